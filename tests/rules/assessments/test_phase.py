"""Rule P: every case of its six inputs against a slow version written out here."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.defaults import AssessmentDefaults
from assessments.rules.finding import Tone
from assessments.rules.phase import (
    INPUT_LABELS,
    PHASE_LABELS,
    PhaseInputs,
    features,
    missing_inputs,
    pathway,
    pathway_finding,
    pathway_of,
    phase,
    phase_finding,
    possible_phases,
)
from assessments.rules.terms import Pathway, Phase

NAMES = (
    "duration_weeks",
    "warm",
    "swelling_diffuse",
    "thickening_nodular",
    "prior_episode",
    "pain_light_load",
)
WEEKS = (0, 5, Decimal("5.9"), 6, 11, Decimal("11.9"), 12, 40)
PAINS = (0, 3, Decimal("3.9"), 4, 10)
ANSWERS = (False, True)


def slow(weeks, warm, swelling, nodular, prior, pain):
    light = pain >= 4
    hot = warm or swelling
    chronic = weeks >= 12 or nodular or prior
    if light and hot and chronic:
        return Phase.REACTIVE_ON_DEGENERATIVE
    if light and hot:
        return Phase.REACTIVE
    if weeks >= 12 and nodular:
        return Phase.DEGENERATIVE
    if weeks >= 6:
        return Phase.DISREPAIR
    return Phase.INDETERMINATE_EARLY


def inputs(values):
    return PhaseInputs(**dict(zip(NAMES, values, strict=True)))


@pytest.mark.parametrize("weeks", WEEKS, ids=str)
@pytest.mark.parametrize("pain", PAINS, ids=str)
def test_every_complete_case(weeks, pain):
    for warm, swelling, nodular, prior in product(ANSWERS, repeat=4):
        values = (weeks, warm, swelling, nodular, prior, pain)
        expected = slow(*values)
        given_inputs = inputs(values)
        assert phase(given_inputs) is expected, values
        assert possible_phases(given_inputs) == (expected,)
        assert missing_inputs(given_inputs) == ()
        assert pathway_of(given_inputs) is pathway(expected)


def one_of_none(*values):
    return st.sampled_from((None, *values))


CASES = st.tuples(
    one_of_none(*WEEKS),
    one_of_none(*ANSWERS),
    one_of_none(*ANSWERS),
    one_of_none(*ANSWERS),
    one_of_none(*ANSWERS),
    one_of_none(*PAINS),
)


def completions(values):
    everything = (WEEKS, ANSWERS, ANSWERS, ANSWERS, ANSWERS, PAINS)
    return product(
        *(
            options if value is None else (value,)
            for value, options in zip(values, everything, strict=True)
        )
    )


@given(CASES)
def test_a_phase_is_named_only_if_no_completion_disagrees(values):
    phases = {slow(*whole) for whole in completions(values)}
    named = phase(inputs(values))
    assert set(possible_phases(inputs(values))) == phases
    assert named == (phases.pop() if len(phases) == 1 else None)


@given(CASES)
def test_the_pathway_is_known_when_all_possible_phases_share_it(values):
    ways = {pathway(slow(*whole)) for whole in completions(values)}
    assert pathway_of(inputs(values)) == (ways.pop() if len(ways) == 1 else None)


@given(CASES)
def test_an_input_is_missing_when_it_alone_can_change_the_phase(values):
    expected = set()
    for place, name in enumerate(NAMES):
        if values[place] is None:
            groups: dict[tuple[Any, ...], set[Phase]] = {}
            for whole in completions(values):
                others = whole[:place] + whole[place + 1 :]
                groups.setdefault(others, set()).add(slow(*whole))
            if any(len(group) > 1 for group in groups.values()):
                expected.add(name)
    missing = missing_inputs(inputs(values))
    assert set(missing) == expected
    assert (phase(inputs(values)) is None) == bool(missing)


def test_nothing_recorded():
    reading = phase_finding(PhaseInputs())
    assert reading.phase is None
    assert reading.pathway is None
    assert reading.possible == tuple(Phase)
    assert reading.missing == NAMES
    assert reading.finding.tone is Tone.MISSING
    assert dict(reading.finding.numbers)["Warm"] == "not recorded"


def test_unrecorded_nodule_cannot_matter_early_without_irritability():
    known = PhaseInputs(duration_weeks=3, pain_light_load=1)
    assert phase(known) is Phase.INDETERMINATE_EARLY
    assert missing_inputs(known) == ()


def test_pathway_known_before_the_phase():
    known = PhaseInputs(duration_weeks=20, warm=False, swelling_diffuse=False)
    reading = phase_finding(known)
    assert reading.phase is None
    assert reading.pathway is Pathway.LOAD
    assert reading.missing == ("thickening_nodular",)
    assert "disrepair; degenerative" in reading.finding.because


def test_reactive_with_its_findings():
    reading = phase_finding(
        PhaseInputs(
            duration_weeks=2,
            warm=True,
            swelling_diffuse=False,
            thickening_nodular=False,
            prior_episode=False,
            pain_light_load=6,
        )
    )
    assert reading.phase is Phase.REACTIVE
    assert reading.confidence == "low"
    assert reading.supports == (
        "painful with light load",
        "warm",
        "no nodule",
        "first episode",
        "shorter than 12 weeks",
    )
    assert reading.against == ("no diffuse swelling",)
    assert reading.finding.tone is Tone.CAUTION
    assert "Low confidence" in reading.finding.because
    assert ("Since onset", "2 weeks") in reading.finding.numbers


def test_what_is_not_recorded_is_neither_for_nor_against():
    reading = phase_finding(PhaseInputs(duration_weeks=8, pain_light_load=0))
    assert reading.phase is Phase.DISREPAIR
    assert reading.supports == ("little pain with light load", "6 weeks or longer")
    assert reading.against == ()
    assert reading.finding.tone is Tone.NEUTRAL


@pytest.mark.parametrize("one", Phase)
def test_each_phase_has_words_and_expected_features(one):
    supports, against = features(
        one,
        PhaseInputs(
            duration_weeks=20,
            warm=True,
            swelling_diffuse=True,
            thickening_nodular=True,
            prior_episode=True,
            pain_light_load=8,
        ),
    )
    assert supports or against
    assert PHASE_LABELS[one]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (Phase.REACTIVE, Pathway.SETTLE),
        (Phase.REACTIVE_ON_DEGENERATIVE, Pathway.SETTLE),
        (Phase.DISREPAIR, Pathway.LOAD),
        (Phase.DEGENERATIVE, Pathway.LOAD),
        (Phase.INDETERMINATE_EARLY, Pathway.LOAD),
        (None, None),
    ],
)
def test_pathway(one, expected):
    assert pathway(one) is expected


@pytest.mark.parametrize(
    ("way", "says"),
    [
        (Pathway.SETTLE, "Settle first"),
        (Pathway.LOAD, "Load progressively"),
        (None, "Pathway not yet clear"),
    ],
)
def test_pathway_finding(way, says):
    assert pathway_finding(way).says == says


def test_thresholds_are_settings():
    known = PhaseInputs(
        duration_weeks=5,
        warm=True,
        swelling_diffuse=False,
        thickening_nodular=False,
        prior_episode=False,
        pain_light_load=3,
    )
    assert phase(known) is Phase.INDETERMINATE_EARLY
    assert phase(known, defaults=AssessmentDefaults(phase_light_load_pain=3)) is Phase.REACTIVE
    assert phase(known, defaults=AssessmentDefaults(phase_disrepair_weeks=5)) is Phase.DISREPAIR


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("duration_weeks", -1),
        ("pain_light_load", 11),
        ("warm", 1),
        ("swelling_diffuse", "no"),
        ("thickening_nodular", 0),
        ("prior_episode", 2),
    ],
)
def test_refused(name, value):
    with pytest.raises(ValueError, match=f"^{name}: "):
        PhaseInputs(**{name: value})


def test_labels_cover_the_inputs():
    assert tuple(INPUT_LABELS) == NAMES


def test_each_phase_still_possible_has_what_is_for_and_against_it():
    reading = phase_finding(PhaseInputs(duration_weeks=30, warm=False, swelling_diffuse=False))
    assert reading.phase is None
    assert [one.phase for one in reading.candidates] == list(reading.possible)
    sides = {one.phase: (one.supports, one.against) for one in reading.candidates}
    assert sides[Phase.DEGENERATIVE] == (
        ("not warm", "no diffuse swelling", "12 weeks or longer"),
        (),
    )
    assert reading.missing_labels == ("nodular thickening",)
    assert reading.candidates[0].label == "Disrepair"


def test_a_settled_phase_is_its_only_candidate():
    reading = phase_finding(
        PhaseInputs(warm=False, swelling_diffuse=False, duration_weeks=7, thickening_nodular=True)
    )
    (only,) = reading.candidates
    assert (only.phase, only.supports, only.against) == (
        reading.phase,
        reading.supports,
        reading.against,
    )
    assert only.against == ("nodular thickening",)
