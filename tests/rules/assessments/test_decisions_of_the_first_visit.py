"""Cortisone, where to start, running, spikes and warnings."""

import json
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from assessments.rules.cortisone import cortisone_class, cortisone_finding
from assessments.rules.defaults import AssessmentDefaults
from assessments.rules.finding import Tone
from assessments.rules.running import running_finding, running_permission
from assessments.rules.spikes import (
    HAZARDS,
    drop_flag,
    rest_flag,
    spike,
    spike_finding,
    surface_flag,
)
from assessments.rules.start import initial_stage, initial_stage_finding
from assessments.rules.terms import (
    Cortisone,
    Location,
    Pathway,
    Phase,
    Q8Band,
    RunningPermission,
    RunningStatus,
    SpikeClass,
    Stage,
)
from assessments.rules.visa import VisaAnswers
from assessments.rules.warnings import WARNINGS, warning_finding, warnings

VECTORS = json.loads(
    (Path(__file__).parents[1] / "clinical-cases.json").read_text(), parse_float=Decimal
)["vectors"]


@pytest.mark.parametrize(
    ("days", "expected"),
    [(None, "none"), (0, "recent"), (56, "recent"), (57, "past"), (4000, "past")],
)
def test_cortisone(days, expected):
    assert cortisone_class(days) == expected


def test_cortisone_limit_is_a_setting():
    assert cortisone_class(57, defaults=AssessmentDefaults(cortisone_recent_days=60)) == "recent"


def test_cortisone_refused():
    with pytest.raises(ValueError, match=r"^cortisone_days: "):
        cortisone_class(-1)


@pytest.mark.parametrize(
    ("cortisone", "days", "says", "shown"),
    [
        ("recent", 10, "Recent cortisone at this tendon", "10 days ago"),
        ("recent", None, "Recent cortisone at this tendon", "not recorded"),
        ("past", 100, "Earlier cortisone at this tendon", "100 days ago"),
    ],
)
def test_cortisone_finding(cortisone, days, says, shown):
    finding = cortisone_finding(Cortisone(cortisone), days=days)
    assert finding is not None
    assert finding.says == says
    assert ("Last injection", shown) in finding.numbers
    assert ("Without a date" in finding.because) is (days is None)


def test_no_cortisone_no_finding():
    assert cortisone_finding(Cortisone.NONE, days=None) is None


STARTS = list(
    product(
        (False, True),
        Cortisone,
        (None, *Pathway),
        (None, 0, 4, Decimal("4.9"), 5, 10),
        (None, 0, 60, 61),
    )
)


def start_values(locked, cortisone, pathway, pain, days):
    return {
        "locked": locked,
        "cortisone": cortisone,
        "pathway": pathway,
        "single_leg_pain": pain,
        "fluoroquinolone_days": days,
    }


@pytest.mark.parametrize("values", STARTS, ids=str)
def test_start(values):
    locked, cortisone, pathway, pain, days = values
    if locked:
        expected = None
    elif cortisone == "recent" or pathway != "load" or pain is None or pain >= 5 or days in {0, 60}:
        expected = Stage.ISOMETRIC
    else:
        expected = Stage.ISOTONIC
    assert initial_stage(**start_values(*values)) is expected


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((False, Cortisone.NONE, None, 2, None), "The pathway is not clear yet"),
        ((False, Cortisone.NONE, Pathway.LOAD, None, None), "pain is not recorded"),
        ((False, Cortisone.NONE, Pathway.LOAD, 5, None), "hurts 5 out of 10 or more"),
        ((False, Cortisone.RECENT, Pathway.LOAD, 2, None), "was recent"),
        ((False, Cortisone.NONE, Pathway.SETTLE, 2, None), "irritable"),
        ((False, Cortisone.NONE, Pathway.LOAD, 2, 60), "within 60 days"),
    ],
    ids=str,
)
def test_isometric_start_says_why(values, words):
    finding = initial_stage_finding(location=Location.MIDPORTION, **start_values(*values))
    assert finding.says == "Start: isometric"
    assert words in finding.because
    assert finding.tone is Tone.CAUTION


def test_isotonic_start():
    finding = initial_stage_finding(
        location=Location.MIXED,
        **start_values(False, Cortisone.PAST, Pathway.LOAD, Decimal("4.5"), 61),
    )
    assert finding.says == "Start: isotonic"
    assert finding.numbers == (("Single-leg heel-raise pain", "4.5 out of 10"),)
    assert finding.tone is Tone.OK


@pytest.mark.parametrize(
    ("locked", "location", "says"),
    [
        (True, "midportion", "No programme for now"),
        (True, "undetermined", "No programme for now"),
        (False, "undetermined", "No programme proposed"),
        (False, "out_of_range", "No programme proposed"),
        (False, "insertional", "Start: isotonic"),
    ],
)
def test_no_start_is_proposed_without_a_place_or_while_locked(locked, location, says):
    values = start_values(locked, Cortisone.NONE, Pathway.LOAD, 1, None)
    assert initial_stage_finding(location=Location(location), **values).says == says


@pytest.mark.parametrize(
    ("pain", "days", "field"), [(11, None, "single_leg_pain"), (1, -1, "fluoroquinolone_days")]
)
def test_start_refused(pain, days, field):
    with pytest.raises(ValueError, match=f"^{field}: "):
        initial_stage(**start_values(True, Cortisone.NONE, None, pain, days))


RUNS = list(
    product(
        (False, True),
        Cortisone,
        (None, *RunningStatus),
        (None, *Pathway),
        (None, 0, 5, Decimal("5.1")),
        (None, False, True),
        (False, True),
    )
)


@pytest.mark.parametrize("status", [None, *RunningStatus])
@pytest.mark.parametrize("cortisone", Cortisone)
def test_running(cortisone, status):
    for locked, other, same, pathway, pain, settled, e3 in RUNS:
        if (other, same) != (cortisone, status):
            continue
        if locked or cortisone == "recent":
            expected = "stop"
        elif status is None:
            expected = None
        elif status == "stopped":
            expected = "start_level_1" if e3 else "not_yet"
        elif pain in {0, 5} and settled:
            expected = "continue_modified" if pathway == "load" else "continue_reduced"
        else:
            expected = "stop_until_E3"
        found = running_permission(
            locked=locked,
            cortisone=cortisone,
            status=status,
            pathway=pathway,
            run_pain=pain,
            settled=settled,
            e3_met=e3,
        )
        assert found == expected, (locked, pathway, pain, settled, e3)


@pytest.mark.parametrize(
    ("pain", "settled", "field"), [(11, True, "run_pain"), (3, 1, "run_settled")]
)
def test_running_refused(pain, settled, field):
    with pytest.raises(ValueError, match=f"^{field}: "):
        running_permission(
            locked=True,
            cortisone=Cortisone.NONE,
            status=None,
            pathway=None,
            run_pain=pain,
            settled=settled,
        )


@pytest.mark.parametrize("permission", RunningPermission)
def test_running_finding(permission):
    finding = running_finding(permission, run_pain=3, settled=True)
    assert finding.numbers == (
        ("Pain while running", "3 out of 10"),
        ("Settled by the next morning", "yes"),
    )
    assert "not recorded" not in finding.because


@pytest.mark.parametrize(
    ("pain", "settled", "gap"),
    [(None, True, True), (3, None, True), (7, False, False), (3, False, False)],
)
def test_running_finding_names_the_gap(pain, settled, gap):
    finding = running_finding(RunningPermission.STOP_UNTIL_E3, run_pain=pain, settled=settled)
    assert ("not recorded" in finding.because) is gap


def test_running_not_known():
    assert running_finding(None, run_pain=None, settled=None).tone is Tone.MISSING


@pytest.mark.parametrize(("km", "expected"), VECTORS["spike_of_longest_10km"], ids=str)
def test_published_spikes(km, expected):
    assert spike(km * 1000, 10_000).spike_class == expected
    assert spike(km, 10).spike_class == expected


@pytest.mark.parametrize(
    ("distance", "longest", "expected", "percent"),
    [
        (20, 12, "moderate", "66.7"),
        (11, 10, "reference", "10.0"),
        (5, 10, "reference", "-50.0"),
        (0, 10, "reference", "-100.0"),
        (Decimal("11.004"), 10, "small", "10.0"),
        (Decimal("1.1"), 1, "reference", "10.0"),
        (Decimal("0.33"), Decimal("0.3"), "reference", "10.0"),
    ],
    ids=str,
)
def test_spike_percent(distance, longest, expected, percent):
    found = spike(distance, longest)
    assert (found.spike_class, str(found.percent)) == (expected, percent)


@pytest.mark.parametrize("longest", [None, 0, Decimal("0.0")], ids=str)
def test_spike_without_history(longest):
    found = spike(10, longest)
    assert found.spike_class is SpikeClass.NO_BASELINE
    assert found.percent is None
    assert found.hazard is None


@pytest.mark.parametrize(("distance", "longest"), [(-1, 10), (1, -1), (1.5, 10)], ids=str)
def test_spike_refused(distance, longest):
    with pytest.raises(ValueError, match=r"^(distance_m|longest_m): "):
        spike(distance, longest)


def test_published_hazards():
    table = [(row.spike_class, str(row.ratio), str(row.low), str(row.high)) for row in HAZARDS]
    assert table == [
        ("reference", "1", "None", "None"),
        ("small", "1.64", "1.31", "2.05"),
        ("moderate", "1.52", "1.16", "2.00"),
        ("large", "2.28", "1.50", "3.48"),
    ]


@pytest.mark.parametrize(
    ("distance", "longest", "says", "ratio", "tone"),
    [
        (11, 10, "No spike", False, Tone.OK),
        (12, 10, "Small spike", True, Tone.CAUTION),
        (15, 10, "Moderate spike", True, Tone.CAUTION),
        (25, 10, "Large spike", True, Tone.CAUTION),
        (25, None, "No run to compare with", False, Tone.CAUTION),
    ],
)
def test_spike_finding(distance, longest, says, ratio, tone):
    finding = spike_finding(distance, longest)
    assert (finding.says, finding.tone) == (says, tone)
    assert any(label.startswith("Hazard ratio") for label, _ in finding.numbers) is ratio


@pytest.mark.parametrize(
    ("old", "new", "minimal", "weeks", "flagged"),
    [
        (10, 6, None, 6, True),
        (10, 7, None, 6, False),
        (10, Decimal("6.5"), None, 2, False),
        (10, 6, None, 7, False),
        (10, 6, None, None, False),
        (2, 0, None, 3, True),
        (0, 0, None, 3, False),
        (None, 0, None, 3, False),
        (10, None, None, 3, False),
        (None, None, True, 3, True),
        (None, None, True, 7, False),
        (6, 10, False, 3, False),
    ],
)
def test_lower_shoes(old, new, minimal, weeks, flagged):
    found = drop_flag(
        old_drop_mm=old, new_drop_mm=new, to_minimal=minimal, weeks_before_onset=weeks
    )
    assert found is flagged


@pytest.mark.parametrize("answers", list(product((None, False, True), repeat=3)), ids=str)
def test_surface(answers):
    firmer, camber, downhill = answers
    assert surface_flag(firmer=firmer, camber=camber, downhill=downhill) is (True in answers)


def test_surface_refused():
    answers: dict[str, Any] = {"firmer": None, "camber": 1, "downhill": None}
    with pytest.raises(ValueError, match=r"^camber: "):
        surface_flag(**answers)


@pytest.mark.parametrize(
    ("weeks", "straight", "flagged"),
    [
        (2, True, True),
        (Decimal("1.9"), True, False),
        (None, True, False),
        (5, False, False),
        (5, None, False),
    ],
)
def test_rest_straight_to_full(weeks, straight, flagged):
    assert rest_flag(rest_weeks=weeks, straight_to_full=straight) is flagged


FULL: dict[str, Any] = {
    "q1": 1,
    "q2": 1,
    "q3": 1,
    "q4": 1,
    "q5": 1,
    "q6": 1,
    "q7": 4,
    "q8_b": Q8Band.MIN_1_10,
}
QUIET: dict[str, Any] = {
    "emergency": False,
    "visa": VisaAnswers(**FULL),
    "phase": None,
    "pathway": None,
    "location": Location.MIDPORTION,
    "cortisone": Cortisone.NONE,
    "fluoroquinolone_days": None,
    "spike_class": None,
    "heel_raise_affected": None,
    "norm": None,
}
NO_SPORT = VisaAnswers(**{**FULL, "q7": 0, "q8_b": Q8Band.NIL})
INSERTION = ["W-STEP-INS", "W-STRETCH", "W-UPHILL-INS"]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"visa": None}, ["W-VISA-INCOMPLETE"]),
        ({"visa": VisaAnswers(q1=1)}, ["W-VISA-INCOMPLETE"]),
        ({"visa": NO_SPORT}, ["W-VISA-CEIL60"]),
        (
            {"visa": VisaAnswers(q7=0, q8_b=Q8Band.NIL)},
            ["W-VISA-CEIL60", "W-VISA-INCOMPLETE"],
        ),
        ({"phase": Phase.DISREPAIR, "pathway": Pathway.LOAD}, ["W-PHASE-LOWCONF"]),
        ({"pathway": Pathway.SETTLE}, ["W-REACTIVE", "W-STRETCH"]),
        ({"location": Location.INSERTIONAL}, INSERTION),
        ({"location": Location.MIXED}, INSERTION),
        ({"location": Location.OUT_OF_RANGE}, []),
        ({"location": Location.UNDETERMINED}, []),
        ({"cortisone": Cortisone.RECENT}, ["W-CSI-RECENT"]),
        ({"cortisone": Cortisone.PAST}, ["W-CSI-PAST"]),
        ({"fluoroquinolone_days": 60}, ["W-FQ"]),
        ({"fluoroquinolone_days": 0}, ["W-FQ"]),
        ({"fluoroquinolone_days": 61}, []),
        ({"spike_class": SpikeClass.REFERENCE}, []),
        ({"spike_class": SpikeClass.SMALL}, ["W-SPIKE-SMALL"]),
        ({"spike_class": SpikeClass.MODERATE}, ["W-SPIKE-MODERATE"]),
        ({"spike_class": SpikeClass.LARGE}, ["W-SPIKE-LARGE"]),
        ({"spike_class": SpikeClass.NO_BASELINE}, ["W-SPIKE-NOBASE"]),
        ({"heel_raise_affected": 0, "norm": 24}, ["W-HR-NORM"]),
        ({"heel_raise_affected": 20, "norm": 25}, []),
        ({"heel_raise_affected": None, "norm": 24}, []),
        ({"heel_raise_affected": 20, "norm": None}, []),
        ({"nonresponse": True}, ["W-NONRESPONSE"]),
    ],
    ids=str,
)
def test_warnings(change, codes):
    assert list(warnings(**{**QUIET, **change})) == codes


def test_an_emergency_leaves_only_the_visa_warnings():
    loud: dict[str, Any] = {
        **QUIET,
        "emergency": True,
        "visa": VisaAnswers(q7=0, q8_b=Q8Band.NIL),
        "phase": Phase.REACTIVE,
        "pathway": Pathway.SETTLE,
        "location": Location.MIXED,
        "cortisone": Cortisone.RECENT,
        "fluoroquinolone_days": 1,
        "spike_class": SpikeClass.LARGE,
        "heel_raise_affected": 1,
        "norm": 10,
        "nonresponse": True,
    }
    assert warnings(**loud) == ("W-VISA-CEIL60", "W-VISA-INCOMPLETE")
    calm = warnings(**{**loud, "emergency": False})
    assert len(calm) == 12
    assert list(calm) == sorted(calm)


@pytest.mark.parametrize("code", WARNINGS)
def test_each_warning_has_words_and_sources(code):
    finding = warning_finding(code)
    assert finding.rule == code
    assert finding.because.endswith(".")


def test_the_twenty_codes():
    assert len(WARNINGS) == 20
    with pytest.raises(KeyError):
        warning_finding("W-NOBODY")
