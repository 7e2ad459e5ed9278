"""A whole examination: the worked patients, the panel, overrides, and that nothing valid raises."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.contraindications import matrix, strictest
from assessments.rules.examination import Examination, examine
from assessments.rules.finding import Tone
from assessments.rules.running_form import RunningAnalysis
from assessments.rules.screening import Screening
from assessments.rules.terms import (
    Cortisone,
    Differential,
    Level,
    Location,
    MatrixRow,
    Pathway,
    Phase,
    Q8Band,
    Q8Part,
    RunningPermission,
    RunningStatus,
    Sex,
    SportLevel,
    Stage,
)
from assessments.rules.traps import Treatments
from assessments.rules.visa import VisaAnswers, q1_points, q6_points, q7_points

CASES = json.loads(
    (Path(__file__).parents[1] / "clinical-cases.json").read_text(), parse_float=Decimal
)["cases"]
SAME_NAMES = (
    "age",
    "duration_weeks",
    "warm",
    "swelling_diffuse",
    "thickening_nodular",
    "prior_episode",
    "pain_light_load",
    "run_pain",
    "run_settled",
)


def visa_of(case):
    answers = case["visa"]
    part, band = next(iter((answers["q8"] or {None: None}).items()))
    return VisaAnswers.with_part(
        part and Q8Part(part),
        band and Q8Band(band),
        q1=q1_points(answers["q1_min"]),
        **{name: answers[name] for name in ("q2", "q3", "q4", "q5")},
        q6=q6_points(answers["q6_hops"]),
        q7=q7_points(answers["q7"] and SportLevel(answers["q7"])),
    )


def examination_of(case):
    patient = case["patient"]
    red = dict(patient["red"])
    if "wells_items" in red:
        red["wells_items"] = tuple(red["wells_items"])
    run, longest = patient.get("spike", (None, None))
    return Examination(
        **{name: patient[name] for name in SAME_NAMES},
        sex=Sex(patient["sex"]),
        tender_cm=tuple(patient["tender_cm"]),
        single_leg_pain=patient["sl_heel_raise_pain"],
        cortisone_days=patient["csi_days"],
        fluoroquinolone_days=patient["fq_days"],
        screening=Screening(**red),
        heel_raise_affected=patient["hret_affected"],
        heel_raise_unaffected=patient["hret_unaffected"],
        running_status=RunningStatus(patient["running_status"]),
        spike_m=run,
        longest_m=longest,
        visa=visa_of(case),
        e3_met=case["expected"].get("exit_failed") == [],
    )


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_worked_patients(case):
    expected = case["expected"]
    found = examine(examination_of(case))
    assert list(found.visa_items) == expected["visa_items"]
    assert found.visa_total == expected["visa_total"]
    assert found.location == expected["location"]
    assert found.phase == expected["phase"]
    assert found.pathway == expected["pathway"]
    assert found.initial_stage == expected["initial_stage"]
    assert [[flag.id, flag.level] for flag in found.red_flags] == expected["red_flags"]
    assert {row: found.matrix[MatrixRow(row)] for row in expected["matrix"]} == expected["matrix"]
    assert len(found.matrix) == (12 if expected["matrix"] else 0)
    assert found.norm == expected["norm"]
    assert found.lsi_display == expected["lsi"]
    assert found.running == expected["running"]
    assert list(found.warnings) == expected["warnings"]
    assert (found.spike and found.spike.spike_class) == expected.get("spike_class")
    assert (found.spike and found.spike.percent) == expected.get("spike_pct")


CALM: dict[str, Any] = {
    "sex": Sex.MALE,
    "age": 45,
    "duration_weeks": 40,
    "tender_cm": (4,),
    "warm": False,
    "swelling_diffuse": False,
    "thickening_nodular": True,
    "prior_episode": False,
    "pain_light_load": 1,
    "single_leg_pain": 3,
}


def calm(**change):
    return examine(Examination(**{**CALM, **change}))


def rules_of(found):
    return [finding.rule for finding in found.panel]


def test_nothing_recorded():
    found = examine(Examination())
    empty = ("phase", "pathway", "running", "spike", "visa_total", "norm", "lsi", "lsi_display")
    assert {name: getattr(found, name) for name in empty} == dict.fromkeys(empty)
    assert found.location is Location.UNDETERMINED
    assert found.matrix == {}
    assert found.visa_items == (None,) * 8
    assert found.initial_stage is Stage.ISOMETRIC
    assert found.warnings == ("W-VISA-INCOMPLETE",)
    assert {finding.tone for finding in found.panel} == {Tone.MISSING}


def test_panel_order():
    found = calm(
        screening=Screening(xanthoma=True, sudden_pop=True),
        bursa_squeeze=True,
        cortisone_given=True,
        cortisone_days=100,
        differentials=(Differential.PLANTARIS,),
        diabetes=True,
        statins=True,
        treatments=Treatments(rest=True, loading=False),
        running_analysis=RunningAnalysis(cadence_spm=164),
        heel_raise_affected=20,
        heel_raise_unaffected=25,
    )
    assert rules_of(found) == [
        "RF01",
        "RF06",
        "RF",
        "P",
        "L",
        "L-BURSA",
        "DIFF",
        "P6",
        "RF04",
        "RUN",
        "START",
        "M",
        "DIABETES",
        "STATIN",
        "TRAP-REST",
        "TRAP-CSI",
        "FORM",
        "V3",
        "HR-LSI",
        "HR-NORM",
    ]
    assert found.locked
    assert not found.emergency
    assert found.initial_stage is None
    assert found.running is RunningPermission.STOP
    assert len(found.matrix) == 12


def test_an_emergency_says_nothing_about_a_programme():
    found = calm(
        screening=Screening(calf_squeeze_positive=True),
        running_status=RunningStatus.NEVER_STOPPED,
        cortisone_days=3,
        heel_raise_affected=20,
    )
    assert found.emergency
    assert found.matrix == {}
    # No phase, so no words about confidence, and no location.
    assert rules_of(found) == ["RF01", "RF", "RUN", "V3"]
    assert "W-PHASE-LOWCONF" not in found.warnings


ASKED: dict[str, Any] = {
    **dict.fromkeys(
        (
            "calf_squeeze_positive",
            "matles_positive",
            "palpable_gap",
            "sudden_pop",
            "new_inability_single_heel_raise",
            "fever",
            "wound_infected",
            "systemic_illness",
        ),
        False,
    ),
    "wells_items": (),
}
RUNS = {"running_status": RunningStatus.NEVER_STOPPED, "run_pain": 2, "run_settled": True}


def running_words(found):
    finding = next(finding for finding in found.panel if finding.rule == "RUN")
    return finding.says, finding.tone


@pytest.mark.parametrize("name", [*ASKED, "cortisone_given"])
def test_no_running_is_called_fine_before_it_is_asked_what_forbids_it(name):
    answers: dict[str, Any] = {**ASKED, "cortisone_given": False, name: None}
    cortisone = answers.pop("cortisone_given")
    found = calm(screening=Screening(**answers), cortisone_given=cortisone, **RUNS)
    assert found.running is RunningPermission.CONTINUE_MODIFIED
    assert running_words(found) == ("Running: after the screening", Tone.MISSING)


def test_running_is_permitted_once_the_screening_is_answered():
    found = calm(screening=Screening(**ASKED), cortisone_given=False, **RUNS)
    assert running_words(found) == ("Keep running, adjusted by pain", Tone.OK)


def test_what_forbids_running_is_said_before_the_screening_is_complete():
    found = calm(**{**RUNS, "run_pain": 8})
    assert running_words(found)[1] is Tone.STOP
    found = calm(screening=Screening(focal_bone_tenderness=True), **RUNS)
    assert running_words(found) == ("No running", Tone.STOP)


def test_a_cleared_flag_stays_in_view_but_no_longer_locks():
    found = calm(
        screening=Screening(calf_squeeze_positive=True, focal_bone_tenderness=True),
        cleared_flags=("RF01", "RF07"),
    )
    assert [flag.level for flag in found.red_flags] == [Level.EMERGENCY, Level.URGENT]
    assert found.open_flags == ()
    assert not found.locked
    assert found.initial_stage is Stage.ISOTONIC
    assert [finding.says for finding in found.panel[:2]] == [
        "Suspect a tendon rupture (cleared)",
        "Stress fracture possible (cleared)",
    ]


def test_clearing_one_flag_leaves_the_other():
    found = calm(
        screening=Screening(calf_squeeze_positive=True, focal_bone_tenderness=True),
        cleared_flags=("RF01",),
    )
    assert [flag.id for flag in found.open_flags] == ["RF07"]
    assert found.locked
    assert not found.emergency


def test_being_under_age_cannot_be_cleared():
    found = calm(age=17, cleared_flags=("RF09",))
    assert found.locked
    assert found.initial_stage is None


def test_a_cleared_fluoroquinolone_still_starts_isometric():
    found = calm(fluoroquinolone_days=20, cleared_flags=("RF03",))
    assert not found.locked
    assert found.initial_stage is Stage.ISOMETRIC
    assert "W-FQ" in found.warnings


@pytest.mark.parametrize(
    ("given_", "days", "expected", "asked"),
    [
        (None, None, Cortisone.NONE, False),
        (False, None, Cortisone.NONE, True),
        (True, None, Cortisone.RECENT, True),
        (True, 57, Cortisone.PAST, True),
        (None, 56, Cortisone.RECENT, True),
    ],
)
def test_cortisone(given_, days, expected, asked):
    found = calm(cortisone_given=given_, cortisone_days=days)
    assert found.cortisone is expected
    says = [finding.says for finding in found.panel if finding.rule == "RF04"]
    assert ("Cortisone not asked" in says) is not asked
    assert bool(says) == (not asked or expected is not Cortisone.NONE)


def test_a_chosen_phase_moves_everything_that_hangs_on_it():
    found = calm(chosen_phase=Phase.REACTIVE)
    assert found.phase is Phase.REACTIVE
    assert found.phase_reading.phase is Phase.DEGENERATIVE
    assert found.pathway is Pathway.SETTLE
    assert found.initial_stage is Stage.ISOMETRIC
    assert found.matrix[MatrixRow.LOADED_HSR] == "X"
    assert "W-REACTIVE" in found.warnings
    finding = next(finding for finding in found.panel if finding.rule == "P")
    assert "suggested by the findings: degenerative" in finding.because


def test_a_chosen_phase_where_none_is_suggested():
    found = examine(Examination(chosen_phase=Phase.DISREPAIR))
    assert found.pathway is Pathway.LOAD
    finding = next(finding for finding in found.panel if finding.rule == "P")
    assert "none yet" in finding.because


def test_an_open_phase_takes_the_strictest_cells_still_possible():
    found = calm(thickening_nodular=None, warm=None)
    assert found.phase is None
    assert len(found.phase_reading.possible) > 1
    assert found.matrix == strictest(
        found.phase_reading.possible, Location.MIDPORTION, Cortisone.NONE
    )
    assert "M" in rules_of(found)
    # Choosing the phase closes it; so does recording what was missing.
    for phase in found.phase_reading.possible:
        chosen = calm(thickening_nodular=None, warm=None, chosen_phase=phase)
        assert chosen.matrix == matrix(phase, Location.MIDPORTION, Cortisone.NONE)
    told = calm()
    assert told.phase is not None
    assert told.matrix == matrix(told.phase, Location.MIDPORTION, Cortisone.NONE)


@pytest.mark.parametrize("tender", [None, (), (9,)], ids=["unknown", "none", "out of range"])
def test_an_open_phase_off_the_tendon_has_no_cells(tender):
    found = calm(thickening_nodular=None, warm=None, tender_cm=tender)
    assert found.phase is None
    assert found.matrix == {}


def test_an_open_phase_in_an_emergency_has_no_cells():
    found = calm(
        thickening_nodular=None, warm=None, screening=Screening(calf_squeeze_positive=True)
    )
    assert found.phase is None
    assert found.matrix == {}


def test_a_chosen_location_moves_the_matrix():
    found = calm(chosen_location=Location.MIXED)
    assert found.location is Location.MIXED
    assert found.matrix[MatrixRow.STEP_DEFICIT_HEEL_DROP] == "X"
    assert "W-STEP-INS" in found.warnings


@pytest.mark.parametrize(
    ("load_pain", "single_leg_pain", "supported"),
    [(None, 3, True), (None, 0, False), (None, None, None), (False, 3, False), (True, 0, True)],
)
def test_heel_raise_pain_answers_whether_loading_hurts(load_pain, single_leg_pain, supported):
    found = calm(points_to_site=True, load_pain=load_pain, single_leg_pain=single_leg_pain)
    assert found.location_reading.clinically_supported is supported


def test_a_complete_screening_leaves_no_gap():
    answers: dict[str, Any] = dict.fromkeys(Screening.__dataclass_fields__, False)
    answers["wells_items"] = ()
    found = calm(screening=Screening(**answers))
    assert found.unanswered == ()
    assert "RF" not in rules_of(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("age", 121),
        ("duration_weeks", -1),
        ("tender_cm", (16,)),
        ("pain_light_load", Decimal("10.5")),
        ("single_leg_pain", 11),
        ("cortisone_days", -1),
        ("fluoroquinolone_days", -1),
        ("heel_raise_affected", -1),
        ("heel_raise_unaffected", 201),
        ("run_pain", 11),
        ("spike_m", -1),
        ("longest_m", -1),
        ("warm", 1),
        ("arc_sign", "yes"),
        ("cortisone_given", 1),
        ("run_settled", 0),
    ],
)
def test_refused(name, value):
    with pytest.raises(ValueError, match=rf"^{name}: "):
        Examination(**{name: value})


def number(low, high):
    return st.one_of(
        st.none(), st.integers(low, high), st.decimals(low, high, places=1, allow_nan=False)
    )


def whole(low, high):
    return st.one_of(st.none(), st.integers(low, high))


ANSWER = st.sampled_from((None, False, True))
YES_OR_NO = (
    "points_to_site",
    "load_pain",
    "arc_sign",
    "royal_london",
    "bursa_squeeze",
    "passive_dorsiflexion_pain",
    "warm",
    "swelling_diffuse",
    "thickening_nodular",
    "prior_episode",
    "cortisone_given",
    "run_settled",
)
EXAMINATIONS = st.builds(
    Examination,
    sex=st.sampled_from(Sex),
    age=whole(0, 120),
    duration_weeks=number(0, 6300),
    tender_cm=st.one_of(
        st.none(),
        st.lists(st.decimals(0, 15, places=1, allow_nan=False), max_size=4).map(tuple),
    ),
    **dict.fromkeys(YES_OR_NO, ANSWER),
    pain_light_load=number(0, 10),
    single_leg_pain=number(0, 10),
    screening=st.builds(
        Screening,
        **{
            name: st.one_of(st.none(), st.just(("active_cancer",)))
            if name == "wells_items"
            else ANSWER
            for name in Screening.__dataclass_fields__
        },
    ),
    cleared_flags=st.lists(st.sampled_from(("RF01", "RF02", "RF03", "RF08", "RF09"))).map(tuple),
    cortisone_days=whole(0, 200),
    fluoroquinolone_days=whole(0, 200),
    heel_raise_affected=whole(0, 200),
    heel_raise_unaffected=whole(0, 200),
    bilateral=st.booleans(),
    running_status=st.sampled_from((None, *RunningStatus)),
    run_pain=number(0, 10),
    spike_m=number(0, 60_000),
    longest_m=number(0, 60_000),
    visa=st.one_of(
        st.none(), st.builds(VisaAnswers, q1=whole(0, 10), q8_a=st.sampled_from(Q8Band))
    ),
    chosen_phase=st.sampled_from((None, *Phase)),
    chosen_location=st.sampled_from((None, *Location)),
    e3_met=st.booleans(),
    nonresponse=st.booleans(),
)


@given(EXAMINATIONS)
def test_the_matrix_is_never_milder_than_a_phase_still_possible(examination):
    found = examine(examination)
    possible = found.phase_reading.possible if found.phase is None else (found.phase,)
    assert possible
    for phase in possible:
        for row, cell in matrix(phase, found.location, found.cortisone).items():
            assert found.matrix == {} or "ACX".index(found.matrix[row]) >= "ACX".index(cell)
    on_tendon = found.location not in {Location.OUT_OF_RANGE, Location.UNDETERMINED}
    emergency = any(flag.level is Level.EMERGENCY for flag in found.open_flags)
    assert len(found.matrix) == (12 if on_tendon and not emergency else 0)


@given(EXAMINATIONS)
def test_nothing_valid_raises(examination):
    found = examine(examination)
    assert found.panel
    if found.locked:
        assert found.initial_stage is None
        assert found.running is RunningPermission.STOP
    if found.emergency:
        assert found.matrix == {}
        assert set(found.warnings) <= {"W-VISA-CEIL60", "W-VISA-INCOMPLETE"}
    if found.cortisone is Cortisone.RECENT:
        assert found.initial_stage in {None, Stage.ISOMETRIC}
        assert "A" not in found.matrix.values()
    if examination.age is not None and examination.age < 18:
        assert found.locked
