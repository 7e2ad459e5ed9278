"""Bounds, rounding, sources, findings and settings: the parts every rule stands on."""

import json
import re
from dataclasses import FrozenInstanceError, fields
from decimal import Decimal
from fractions import Fraction

import pytest

from assessments.rules.bounds import AGE, PAIN, REPETITIONS, TENDER_CM, check, check_answer
from assessments.rules.defaults import (
    DEFAULTS,
    AssessmentDefaults,
)
from assessments.rules.finding import TONE_WORDS, Finding, Tone
from assessments.rules.practice import setting
from assessments.rules.rounding import one_decimal
from assessments.rules.sources import SOURCES, SourceKind, source
from assessments.rules.version import RULES_VERSION


@pytest.mark.parametrize(
    ("value", "bounds"),
    [
        (None, PAIN),
        (0, PAIN),
        (10, PAIN),
        (Decimal("5.5"), PAIN),
        (15, TENDER_CM),
        (200, REPETITIONS),
        (120, AGE),
    ],
)
def test_inside_bounds(value, bounds):
    check("field", value, bounds)


@pytest.mark.parametrize(
    ("value", "bounds", "message"),
    [
        (11, PAIN, "pain: must be from 0 to 10"),
        (Decimal("10.1"), PAIN, "pain: must be from 0 to 10"),
        (-1, REPETITIONS, "pain: must be from 0 to 200 repetitions"),
        (Decimal("15.1"), TENDER_CM, "pain: must be from 0 to 15 cm"),
        (Decimal("2.0"), REPETITIONS, "pain: must be a whole number"),
        (True, PAIN, "pain: must be a number"),
        (5.5, PAIN, "pain: must be a number"),
        ("5", PAIN, "pain: must be a number"),
        (Decimal("NaN"), PAIN, "pain: must be a number"),
        (Decimal("Infinity"), PAIN, "pain: must be a number"),
    ],
    ids=str,
)
def test_outside_bounds(value, bounds, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check("pain", value, bounds)


@pytest.mark.parametrize("value", [None, True, False])
def test_an_answer(value):
    check_answer("warm", value)


@pytest.mark.parametrize("value", [0, 1, "yes"])
def test_not_an_answer(value):
    with pytest.raises(ValueError, match=r"^warm: must be yes, no or not answered$"):
        check_answer("warm", value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(200, 3), "66.7"),
        (Fraction(1, 20), "0.0"),
        (Fraction(3, 20), "0.2"),
        (Fraction(5, 20), "0.2"),
        (Fraction(-1, 3), "-0.3"),
        (Fraction(75), "75.0"),
        (Fraction(100), "100.0"),
    ],
)
def test_one_decimal_rounds_half_to_even(value, shown):
    assert str(one_decimal(value)) == shown


def test_sources_are_complete_in_themselves():
    assert SOURCES["seed"].kind is SourceKind.PRACTICE
    assert SOURCES["own"].kind is SourceKind.OWN
    for key, one in SOURCES.items():
        assert one.key == key
        assert one.title
        assert one.address == "" or re.match(r"https?://\S+$", one.address)
        assert (one.kind is SourceKind.LOOKED_UP) == (key not in {"seed", "own"})


# Every key of the rule book's index of sources.
INDEX = """
R-VISA AWELL FLUTTER BADVISA PP-VISA PP-TOOLKIT PMC1724384 PMC555595 PM22319681 RYORTHO LOADWISE
ICON23 TENDINS SCRIBD-SE DOCSBAY-DE DURBAN BLR-CLINIC PMC5118437 PMC5808052-T1 PMC8364697-T2 BMC-T1
PMC8485842-T13 PHYSIOSPOT-H ANATFISIO PT-RLHT APTA-PALP THESIS-46 THESIS-47 THESIS-50 THESIS-55
THESIS-104 PM9548122 SPORTDOC FOOTHB WELLS PMC6394638 EUR56901 ALVES PMC7754651 NURSING MYORTHO
REGIONH BMJ-SPA PMC1079686 HEBERT MICKHUGHES NAAS HEALTHHP TOWNS BJPT25 DRAPER PM32658037 HHP-CALF
PMC7496962 PMC6356409-A2 MENDELEY98 SCRIBD-F03 ID571 UTD PHYSIOSPOT-B NCT0677 PMC7249277-T2 JAT20
QXMD-07 ANATFISIO-ISO PMC6706360 BRADFORD KSSTA-INTRO PM18184750 BOOKSCI-P MALLIARAS
HEALTHY GAMEPLAN BIM AHPS BLAKE ARC SAXENA PUBHAWK PMC7534938 UNIVR OUCI ID615 ID704 CPG-PDF
BJSM53 PMC2465339 PMC9878810 BOOKSCI-D APPLIED COMPLIANCE TGA seed own
"""


def test_the_register_has_exactly_the_index():
    assert set(SOURCES) == set(INDEX.split())


def test_source_by_key():
    assert source("HEBERT").title.startswith("Hébert-Losier")
    with pytest.raises(KeyError):
        source("nobody")


def test_a_finding_is_frozen():
    finding = Finding(rule="P", says="a", because="b", sources=("own",), tone=Tone.OK)
    with pytest.raises(FrozenInstanceError):
        finding.says = "c"  # type: ignore[misc]


def test_a_finding_names_its_sources_and_its_tone():
    finding = Finding(rule="P", says="a", because="b", sources=("own", "seed"), tone=Tone.STOP)
    assert finding.source_list == (SOURCES["own"], SOURCES["seed"])
    assert finding.word == "Stop"
    assert set(TONE_WORDS) == set(Tone)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rule": ""}, "rule: "),
        ({"says": " "}, "says: "),
        ({"because": ""}, "because: "),
        ({"sources": ()}, "sources: must name"),
        ({"sources": ("own", "nobody")}, "sources: nobody"),
    ],
)
def test_an_incomplete_finding_is_refused(change, message):
    whole = {"rule": "P", "says": "a", "because": "b", "sources": ("own",), "tone": Tone.OK}
    with pytest.raises(ValueError, match=f"^{message}"):
        Finding(**{**whole, **change})


def test_settings_survive_storing():
    changed = AssessmentDefaults(adult_age=16, phase_disrepair_weeks=8)
    stored = json.loads(json.dumps(changed.as_dict()))
    assert AssessmentDefaults.from_dict(stored) == changed
    assert AssessmentDefaults.from_dict(DEFAULTS.as_dict()) == DEFAULTS


def test_a_setting_younger_than_the_record_takes_the_default():
    assert AssessmentDefaults.from_dict({"adult_age": 16}) == AssessmentDefaults(adult_age=16)


def test_an_unknown_setting_is_refused():
    with pytest.raises(ValueError, match=r"^colour: is not a setting$"):
        AssessmentDefaults.from_dict({"colour": 1})


@pytest.mark.parametrize("value", [Decimal("18"), True, "18"])
def test_a_setting_is_a_whole_number(value):
    with pytest.raises(ValueError, match=r"^adult_age: must be a whole number$"):
        AssessmentDefaults(adult_age=value)


@pytest.mark.parametrize("name", [one.name for one in fields(AssessmentDefaults)])
def test_each_setting_is_explained_and_has_limits(name):
    row = next(row for row in DEFAULTS.described() if row.name == name)
    assert row.low <= row.value == row.shipped <= row.high
    assert row.label
    assert row.note.endswith(".")
    assert row.unit
    assert row.source in SOURCES
    for value in (row.low - 1, row.high + 1):
        with pytest.raises(ValueError, match=f"^{name}: must be from {row.low} to {row.high}$"):
            AssessmentDefaults(**{name: value})


def test_described_shows_the_value_in_force_beside_the_one_shipped():
    rows = {row.name: row for row in AssessmentDefaults(adult_age=16).described()}
    assert (rows["adult_age"].value, rows["adult_age"].shipped) == (16, 18)


def test_a_setting_needs_a_known_source():
    with pytest.raises(ValueError, match=r"^source: nobody"):
        setting(1, "label", "note", unit="days", source="nobody", high=2)


# The numbers of the rule book, once more and by hand, so that no setting changes unnoticed.
SHIPPED = {
    "visa_minimum_weeks": 4,
    "visa_frequency_days": 14,
    "visa_check_low_points": 3,
    "visa_check_sport_points": 7,
    "phase_light_load_pain": 4,
    "phase_chronic_weeks": 12,
    "phase_disrepair_weeks": 6,
    "rupture_signs": 2,
    "spondyloarthropathy_features": 2,
    "adult_age": 18,
    "cortisone_recent_days": 56,
    "heel_raise_gate_repetitions": 25,
    "heel_raise_gate_share_percent": 90,
    "symmetry_percent": 90,
    "running_recent_days": 14,
    "running_reduced_percent": 50,
    "safe_pain": 2,
    "acceptable_pain": 5,
    "heel_drop_decrease_mm": 4,
    "footwear_weeks": 6,
    "rest_weeks": 2,
    "spike_history_weeks": 8,
    "unlock_dorsiflexion_pain": 2,
    "unlock_weeks": 4,
}


def test_the_shipped_settings():
    assert DEFAULTS.as_dict() == SHIPPED


def test_the_rules_have_a_version():
    assert re.fullmatch(r"\d{4}\.\d{1,2}\.\d+", RULES_VERSION)
