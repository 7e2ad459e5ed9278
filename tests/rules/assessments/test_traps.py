"""Treatments so far, shoes, medicines and what else was considered: every answer they can have."""

from itertools import product
from typing import cast

import pytest

from assessments.rules.differentials import DIFFERENTIAL_LABELS, differentials_finding
from assessments.rules.examination import Examination, examine
from assessments.rules.finding import Tone
from assessments.rules.footwear import footwear_finding
from assessments.rules.medicines import medicine_findings
from assessments.rules.running_form import RunningAnalysis, running_form_finding
from assessments.rules.screening import Screening
from assessments.rules.terms import Cortisone, Differential, Location, Pathway, TreatmentKind
from assessments.rules.traps import Treatments, trap_findings

ANSWERS = (True, False, None)
WORDS = {True: "yes", False: "no", None: "open"}
ALONE = {"rest": "TRAP-REST", "medicines": "TRAP-NSAID", "massage": "TRAP-MASSAGE"}
INSERTION = {Location.INSERTIONAL, Location.MIXED}


def traps(
    *,
    location=Location.MIDPORTION,
    pathway=Pathway.LOAD,
    cortisone_given=None,
    cortisone=Cortisone.NONE,
    **tried,
):
    return trap_findings(
        Treatments(**tried),
        location=location,
        pathway=pathway,
        cortisone_given=cortisone_given,
        cortisone=cortisone,
    )


def rules_of(found):
    return [one.rule for one in found]


@pytest.mark.parametrize("loading", ANSWERS, ids=lambda answer: f"loading-{WORDS[answer]}")
@pytest.mark.parametrize("tried", ANSWERS, ids=WORDS.get)
@pytest.mark.parametrize("kind", sorted(ALONE))
def test_a_treatment_stood_alone_only_if_loading_is_answered_with_no(kind, tried, loading):
    found = traps(**{kind: tried}, loading=loading)
    if tried is True and loading is False:
        assert rules_of(found) == [ALONE[kind]]
        assert found[0].tone is Tone.NEUTRAL
        assert found[0].sources == ("seed",)
        assert found[0].numbers[-1] == ("Loading exercises", "no")
    elif tried is True and loading is None:
        assert rules_of(found) == ["TRAP"]
        assert found[0].tone is Tone.MISSING
        assert found[0].numbers[-1] == ("Loading exercises", "not recorded")
    else:
        assert found == ()


def test_one_open_question_however_much_was_tried():
    found = traps(rest=True, medicines=True, massage=True)
    assert rules_of(found) == ["TRAP"]
    assert [name for name, _ in found[0].numbers] == [
        "Rest",
        "Anti-inflammatory medicines",
        "Massage or foam rolling",
        "Loading exercises",
    ]


def test_all_that_stood_alone_is_named_one_by_one():
    found = traps(rest=True, medicines=True, massage=True, loading=False)
    assert rules_of(found) == list(ALONE.values())


@pytest.mark.parametrize("kind", [TreatmentKind.HEEL_LIFT, TreatmentKind.SHOCK_WAVE, "other"])
def test_other_treatments_are_no_trap(kind):
    assert traps(**{str(kind): True}, loading=False) == ()


@pytest.mark.parametrize("tried", ANSWERS, ids=WORDS.get)
@pytest.mark.parametrize("pathway", [*Pathway, None], ids=str)
@pytest.mark.parametrize("location", Location, ids=str)
def test_stretching_by_location_and_pathway(location, pathway, tried):
    found = traps(location=location, pathway=pathway, stretching=tried)
    if not tried:
        assert found == ()
    elif location in INSERTION or pathway is Pathway.SETTLE:
        assert rules_of(found) == ["TRAP-STRETCH"]
        assert found[0].tone is Tone.CAUTION
        assert ("heel bone" in found[0].because) is (location in INSERTION)
        assert ("irritable" in found[0].because) is (pathway is Pathway.SETTLE)
    elif location is Location.UNDETERMINED or (location is Location.MIDPORTION and pathway is None):
        assert found[0].tone is Tone.MISSING
        assert ("the location" in found[0].because) is (location is Location.UNDETERMINED)
        assert ("the pathway" in found[0].because) is (pathway is None)
    else:
        assert found == ()


@pytest.mark.parametrize("loading", ANSWERS, ids=lambda answer: f"loading-{WORDS[answer]}")
@pytest.mark.parametrize(
    ("given", "cortisone"),
    [
        (None, Cortisone.NONE),
        (False, Cortisone.NONE),
        (True, Cortisone.RECENT),
        (True, Cortisone.PAST),
        (None, Cortisone.PAST),
    ],
)
def test_cortisone_carries_the_caution_and_says_it_is_disputed(given, cortisone, loading):
    found = traps(cortisone_given=given, cortisone=cortisone, loading=loading)
    if cortisone is Cortisone.NONE:
        assert found == ()
        return
    (finding,) = found
    assert finding.rule == "TRAP-CSI"
    assert finding.tone is Tone.CAUTION
    assert "rupture" in finding.because
    assert "disputed" in finding.because
    assert ("the more so now" in finding.because) is (cortisone is Cortisone.RECENT)
    assert ("without loading" in finding.says) is (loading is False)
    assert finding.numbers == (
        ("Last injection counts as", str(cortisone)),
        ("Loading exercises", {True: "yes", False: "no", None: "not recorded"}[loading]),
    )


def test_an_answer_that_is_none_is_refused_by_name():
    with pytest.raises(ValueError, match=r"^rest: must be yes, no or not answered$"):
        Treatments(rest=cast("bool", "yes"))


@pytest.mark.parametrize(
    ("location", "rigid", "lift"),
    list(product(Location, ANSWERS, ANSWERS)),
    ids=lambda value: WORDS.get(value, str(value)) if not isinstance(value, str) else str(value),
)
def test_shoes_matter_where_the_insertion_does(location, rigid, lift):
    found = footwear_finding(location, rigid_heel_counter=rigid, heel_lift=lift, shoe_drop_mm=8)
    if location not in INSERTION:
        assert found is None
        return
    assert found is not None
    assert found.tone is (Tone.CAUTION if rigid else Tone.NEUTRAL)
    assert ("presses on the insertion" in found.says) is bool(rigid)
    assert ("plan when it comes out" in found.because) is bool(lift)
    assert ("small heel lift can" in found.because) is not bool(lift)
    assert "Uphill" in found.because
    assert ("Heel drop of the shoe", "8 mm") in found.numbers
    assert {"seed", "BOOKSCI-P", "HEALTHY"} <= set(found.sources)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shoe_drop_mm": 61}, "shoe_drop_mm: must be from 0 to 60 mm"),
        ({"heel_lift": "yes"}, "heel_lift: must be yes, no or not answered"),
        ({"rigid_heel_counter": 1}, "rigid_heel_counter: must be yes, no or not answered"),
    ],
    ids=["drop", "lift", "counter"],
)
def test_shoes_out_of_range_are_refused_by_name(change, words):
    answers = {"rigid_heel_counter": None, "heel_lift": None, **change}
    with pytest.raises(ValueError, match=f"^{words}$"):
        footwear_finding(Location.MIDPORTION, **answers)
    with pytest.raises(ValueError, match=f"^{words}$"):
        Examination(**change)


@pytest.mark.parametrize("statins", ANSWERS, ids=lambda answer: f"statins-{WORDS[answer]}")
@pytest.mark.parametrize("diabetes", ANSWERS, ids=lambda answer: f"diabetes-{WORDS[answer]}")
def test_medicines_inform_only_when_answered_with_yes(statins, diabetes):
    found = medicine_findings(statins=statins, diabetes=diabetes)
    expected = [("DIABETES", Tone.CAUTION, ("own",))] if diabetes else []
    expected += [("STATIN", Tone.NEUTRAL, ("PMC6394638",))] if statins else []
    assert [(one.rule, one.tone, one.sources) for one in found] == expected


def test_medicines_lock_nothing():
    found = examine(Examination(statins=True, diabetes=True))
    assert not found.locked
    assert found.red_flags == ()


@pytest.mark.parametrize("considered", [None, ()], ids=["not considered", "none fits"])
def test_nothing_else_considered_says_nothing(considered):
    assert differentials_finding(considered) is None


@pytest.mark.parametrize("one", Differential, ids=str)
def test_each_differential_is_named_and_locks_nothing(one):
    found = differentials_finding((one, Differential.PLANTARIS))
    assert found is not None
    careful = one in {Differential.PARTIAL_TEAR, Differential.PARATENON}
    assert found.says.startswith("Also considered: ")
    assert DIFFERENTIAL_LABELS[one] in found.says
    assert found.tone is (Tone.CAUTION if careful else Tone.NEUTRAL)
    assert not examine(Examination(differentials=(one,))).locked


def test_what_else_was_considered_stays_in_view_in_an_emergency():
    found = examine(
        Examination(
            screening=Screening(calf_squeeze_positive=True),
            differentials=(Differential.PARTIAL_TEAR,),
            treatments=Treatments(rest=True, loading=False),
            diabetes=True,
            running_analysis=RunningAnalysis(cadence_spm=160),
        )
    )
    assert found.emergency
    assert "DIFF" in rules_of(found.panel)
    assert not {"TRAP-REST", "DIABETES", "FORM"} & set(rules_of(found.panel))


@pytest.mark.parametrize(
    ("measured", "says"),
    [
        ({}, None),
        ({"cadence_spm": 164}, "Running: cadence 164 a minute"),
        ({"contact_affected_ms": 250}, "Running: contact time of one side"),
        ({"contact_unaffected_ms": 250}, "Running: contact time of one side"),
        (
            {"contact_affected_ms": 250, "contact_unaffected_ms": 262},
            "Running: contact 12 ms shorter on the affected side",
        ),
        (
            {"cadence_spm": 170, "contact_affected_ms": 270, "contact_unaffected_ms": 262},
            "Running: cadence 170 a minute, contact 8 ms longer on the affected side",
        ),
        (
            {"contact_affected_ms": 262, "contact_unaffected_ms": 262},
            "Running: contact time the same on both sides",
        ),
    ],
    ids=["nothing", "cadence", "affected", "other", "shorter", "longer", "same"],
)
def test_the_running_analysis_is_shown_and_never_judged(measured, says):
    found = running_form_finding(RunningAnalysis(**measured))
    assert (found and found.says) == says
    if found:
        assert found.tone is Tone.NEUTRAL


@pytest.mark.parametrize(
    "measured",
    [{"cadence_spm": 79}, {"cadence_spm": 281}, {"contact_affected_ms": 801}],
    ids=["slow", "fast", "contact"],
)
def test_a_running_analysis_out_of_range_is_refused(measured):
    with pytest.raises(ValueError, match=f"^{next(iter(measured))}: must be from"):
        RunningAnalysis(**measured)
