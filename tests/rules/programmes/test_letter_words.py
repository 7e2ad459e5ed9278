"""The words of a letter: every phase, place, flag and gap, and nothing that isn't on record."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from assessments.rules.defaults import DEFAULTS
from assessments.rules.examination import Examination, examine
from assessments.rules.running_form import RunningAnalysis
from assessments.rules.screening import ANSWER_LABELS, WELLS_ITEMS, Screening, red_flags
from assessments.rules.strength import Leg
from assessments.rules.terms import (
    Level,
    Location,
    Phase,
    RunningPermission,
    RunningStatus,
    Sex,
    Side,
    Stage,
)
from assessments.rules.visa import VisaAnswers
from programmes.rules.letter import (
    LABELS,
    SUBJECT_LETTERS,
    Case,
    Classified,
    Examined,
    Flag,
    HeelRaises,
    HopPain,
    Plan,
    Score,
    StrengthTest,
    Tried,
    Writer,
    addressee,
    referral,
    report,
    sign_off,
    signed_by_another,
)

DAY = date(2025, 3, 3)
PAUL = Writer(name="Paul Physio", title="Physiotherapist", registration="PHY0000000001")
ASKED = Screening(
    **{
        name: False
        for name in ANSWER_LABELS
        if name not in ("wells_items", "wells_alt", "fluoroquinolone_taken")
    },
    wells_items=(),
    fluoroquinolone_taken=False,
)
FULL = Examination(
    sex=Sex.FEMALE,
    age=45,
    duration_weeks=30,
    tender_cm=(Decimal("4.0"), Decimal("5.5")),
    points_to_site=True,
    load_pain=True,
    arc_sign=False,
    warm=False,
    swelling_diffuse=False,
    thickening_nodular=True,
    prior_episode=True,
    pain_light_load=1,
    single_leg_pain=3,
    screening=ASKED,
    cortisone_given=False,
    running_status=RunningStatus.STOPPED,
)
HSR = Plan(
    protocol="Heavy slow resistance",
    version=2,
    stage=Stage.ISOTONIC,
    step=3,
    title="4 sets at 10RM",
    items=(("Seated heel raise", "4 sets of 10 at 10RM"), ("Leg press", "4 sets of 10 at 10RM")),
    since=DAY,
)


def examined(examination: Examination = FULL, **told: Any) -> Examined:
    values: dict[str, Any] = {"on": DAY, "signed": True, **told}
    return Examined(values=examination, found=examine(examination), **values)


def classified(
    location: Location = Location.MIDPORTION, phase: Phase = Phase.DEGENERATIVE, **other: Any
) -> Classified:
    suggested = {"suggested_location": location, "suggested_phase": phase, **other}
    return Classified(location=location, phase=phase, **suggested)


def case(**known: Any) -> Case:
    values: dict[str, Any] = {
        "on": DAY + timedelta(days=7),
        "patient": "Alex Sampleton",
        "sex": Sex.FEMALE,
        "age": 45,
        "side": Side.LEFT,
        "writer": PAUL,
        "examined_on": (DAY,),
        "examination": examined(),
        "classified": classified(),
        **known,
    }
    return Case(**values)


NOTHING = Case(
    on=DAY,
    patient="Alex Sampleton",
    sex=Sex.UNSTATED,
    age=45,
    side=Side.RIGHT,
    writer=Writer(name="Paul Physio", title="", registration=""),
)


def body(**known: Any) -> str:
    return report(case(**known)).body


def part(label: str, text: str) -> str:
    """The one paragraph that begins with this label."""
    (found,) = [each for each in text.split("\n\n") if each.startswith(label)]
    return found


# --- Who, when and whom -------------------------------------------------------------------------


def test_it_says_who_was_seen_for_which_tendon_and_when() -> None:
    days = (DAY, DAY + timedelta(days=42), DAY + timedelta(days=84))
    text = body(examined_on=days, sessions=12, session_days=(DAY, DAY + timedelta(days=80)))
    assert (
        "Alex Sampleton was examined here on 3 March 2025, 14 April 2025 and 26 May 2025 for the"
        " left Achilles tendon. 12 training sessions are on record, from 3 March 2025 to 22 May"
        " 2025." in text
    )


@pytest.mark.parametrize(
    ("known", "words"),
    [
        pytest.param(
            {"referred": True},
            "Thank you for sending us Alex Sampleton, who was examined here on 3 March 2025",
            id="referred",
        ),
        pytest.param(
            {"sessions": 1, "session_days": (DAY, DAY)},
            "1 training session is on record, on 3 March 2025.",
            id="one session",
        ),
        pytest.param(
            {"bilateral": True}, "The other Achilles tendon is treated here too.", id="both sides"
        ),
        pytest.param(
            {"side": Side.RIGHT}, "Diagnosis: midportion Achilles tendinopathy, right side", id="r"
        ),
    ],
)
def test_the_opening(known: dict[str, Any], words: str) -> None:
    assert words in body(**known)


def test_nobody_is_thanked_who_did_not_refer() -> None:
    assert "Thank you" not in body()


def test_the_writer_signs_with_title_and_number_and_without_what_is_missing() -> None:
    assert body().endswith("Kind regards,\nPaul Physio\nPhysiotherapist\nPHY0000000001")
    assert report(NOTHING).body.endswith("Kind regards,\nPaul Physio")


def test_an_empty_record_makes_a_letter_that_invents_nothing() -> None:
    words = report(NOTHING)
    assert words.subject == "Right Achilles tendon: report"
    assert words.body == (
        "Dear colleague,\n\n"
        "Alex Sampleton comes to us about the right Achilles tendon.\n\n"
        "No examination is signed yet, so this letter has no findings.\n\n"
        "VISA-A: not asked.\n\n"
        "Plan: no loading programme has been issued yet.\n\n"
        "Kind regards,\nPaul Physio"
    )


def test_an_examination_without_answers_says_so_everywhere() -> None:
    text = body(
        examination=examined(Examination()), classified=None, examined_on=(DAY,), heel_raises=None
    )
    for words in (
        "History: how long the symptoms have lasted is not recorded.",
        "Diagnosis: not made; the tendon has not been classified.",
        "VISA-A: not asked.",
        "Findings: on 3 March 2025 palpation not recorded.",
        "Pain (0 to 10): one single-leg heel raise not recorded; light loading not recorded.",
        "Single-leg heel raises: not measured.",
        "Screening: red flags not asked.",
        "Treatment so far: not asked; cortisone at this tendon not asked.",
        "Running: whether the patient still runs is not recorded.",
    ):
        assert words in text
    assert "Present" not in text
    assert "Absent" not in text
    assert "None" not in text


# --- Diagnosis -----------------------------------------------------------------------------------

LOCATIONS = {
    Location.MIDPORTION: "midportion Achilles tendinopathy, left side",
    Location.INSERTIONAL: "insertional Achilles tendinopathy, left side",
    Location.MIXED: "Achilles tendinopathy of the midportion and the insertion, left side",
    Location.OUT_OF_RANGE: "tenderness above the Achilles tendon only",
    Location.UNDETERMINED: "where along the tendon could not be determined",
}
PHASES = {
    Phase.REACTIVE: "clinical findings: reactive (irritable).",
    Phase.REACTIVE_ON_DEGENERATIVE: "clinical findings: reactive on degenerative (irritable",
    Phase.DISREPAIR: "clinical findings: disrepair.",
    Phase.DEGENERATIVE: "clinical findings: degenerative.",
    Phase.INDETERMINATE_EARLY: "clinical findings: early, not yet clear.",
}


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("location", Location)
def test_each_place_and_phase_in_words_with_low_confidence(
    location: Location, phase: Phase
) -> None:
    diagnosis = part("Diagnosis:", body(classified=classified(location, phase)))
    assert LOCATIONS[location] in diagnosis
    assert PHASES[phase] in diagnosis
    assert "Confidence in the phase is low" in diagnosis
    assert "suggested" not in diagnosis
    assert "_" not in diagnosis


@pytest.mark.parametrize(("suggested", "set_as"), list(product(Phase, Phase)))
def test_a_phase_set_otherwise_names_what_was_suggested(suggested: Phase, set_as: Phase) -> None:
    found = classified(phase=set_as, suggested_phase=suggested)
    diagnosis = part("Diagnosis:", body(classified=found))
    assert ("The findings alone suggested phase" in diagnosis) == (suggested is not set_as)
    assert diagnosis.endswith("by the clinician.") == (suggested is not set_as)


def test_a_place_set_otherwise_and_a_phase_never_suggested() -> None:
    found = classified(suggested_location=Location.MIXED, suggested_phase=None)
    diagnosis = part("Diagnosis:", body(classified=found))
    assert "did not settle the phase; the clinician set it." in diagnosis
    assert "suggested location midportion and insertional; set otherwise" in diagnosis
    assert diagnosis.endswith("by the clinician.")


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (None, ""),
        ((), "Other conditions of this region were considered; none fits."),
        (("Plantaris", "Partial tear"), "Also considered: plantaris and partial tear."),
    ],
    ids=["not considered", "none fits", "two"],
)
def test_other_conditions(others: tuple[str, ...] | None, words: str) -> None:
    diagnosis = part("Diagnosis:", body(examination=examined(differentials=others)))
    assert words in diagnosis
    if not words:
        assert "onsidered" not in diagnosis


# --- History, numbers and treatments -------------------------------------------------------------


def test_the_history_in_one_sentence() -> None:
    told = examined(onset_on=date(2024, 8, 1), goal="Run ten kilometres with friends")
    text = body(examination=told, provoked="18 km on 1 July was much longer than before.")
    assert part("History:", text) == (
        "History: symptoms since 1 August 2024, 30 weeks of symptoms at the examination, an"
        " earlier episode, has stopped running. 18 km on 1 July was much longer than before."
        " Goal: Run ten kilometres with friends."
    )


def visa(first: int, last: int, days: int, location: Location = Location.MIDPORTION) -> str:
    scores = {
        "first": Score(total=first, on=DAY),
        "last": Score(total=last, on=DAY + timedelta(days=days)),
    }
    return part("VISA-A:", body(classified=classified(location), **scores))


@pytest.mark.parametrize(
    ("first", "last", "days", "words"),
    [
        pytest.param(50, 80, 27, "too soon to judge, as fewer than 4 weeks", id="27 days"),
        pytest.param(50, 80, 28, "improved, by at least what patients find", id="28 days"),
        pytest.param(50, 58, 84, "perhaps improved", id="between error and importance"),
        pytest.param(50, 52, 84, "no change beyond measurement error", id="error"),
        pytest.param(50, 30, 84, "worse, by more than measurement error", id="loss"),
    ],
)
def test_a_change_of_visa_in_the_words_of_the_rule(
    first: int, last: int, days: int, words: str
) -> None:
    text = visa(first, last, days)
    assert f"{first} of 100 (higher is better) on 3 March 2025" in text
    assert f"Change {last - first:+d} points over {days // 7} weeks: " in text
    assert words in text


def test_one_visa_has_no_change() -> None:
    score = Score(total=62, on=DAY)
    assert body(first=score, last=score).count("VISA-A: 62 of 100") == 1
    assert "Change" not in body(first=score, last=score)


def test_an_incomplete_visa_has_no_total() -> None:
    told = examined(replace(FULL, visa=VisaAnswers(q2=5)))
    assert "VISA-A: not complete, so there is no total." in body(examination=told)


RAISES = HeelRaises(on=DAY, left=15, right=22, left_pain=3, right_pain=0, norm=24)


@pytest.mark.parametrize(
    ("test", "known", "words"),
    [
        pytest.param(
            RAISES,
            {},
            "heel raises on 3 March 2025: left 15 (pain 3 of 10), right 22 (pain 0 of 10). Affected"
            " side 68.2 % of the other. Mean for age and sex 24.",
            id="both legs",
        ),
        pytest.param(
            RAISES, {"side": Side.RIGHT}, "Affected side 146.7 % of the other.", id="other side"
        ),
        pytest.param(
            replace(RAISES, right=None, norm=None),
            {},
            "left 15 (pain 3 of 10), right not measured.",
            id="one leg",
        ),
        pytest.param(
            RAISES, {"bilateral": True}, "so the norm is the reference. Mean for", id="bilateral"
        ),
        pytest.param(
            replace(RAISES, left=0, left_pain=None), {}, "left 0, right 22", id="none at all"
        ),
        pytest.param(
            replace(RAISES, left=None, right=None), {}, "heel raises: not measured.", id="empty"
        ),
    ],
)
def test_heel_raises_of_both_sides(test: HeelRaises, known: dict[str, Any], words: str) -> None:
    assert words in body(heel_raises=test, **known)


def test_without_both_legs_there_is_no_symmetry() -> None:
    assert "%" not in part("Findings:", body(heel_raises=replace(RAISES, right=None)))
    assert "%" not in part("Findings:", body(heel_raises=RAISES, bilateral=True))


NOW = DAY + timedelta(days=6)
STRONG = StrengthTest(
    on=DAY,
    left=Leg(straight_kg=30, straight_reps=8, bent_kg=Decimal("22.5"), height_cm=Decimal("9.5")),
    right=Leg(straight_kg=40, straight_reps=8),
    body_kg=75,
)
HOPPED = StrengthTest(on=NOW, left=Leg(hop_cm=12), right=Leg(hop_cm=Decimal("15.5")))
ANALYSED = RunningAnalysis(cadence_spm=168)


@pytest.mark.parametrize(
    ("known", "line"),
    [
        pytest.param(
            {"strength": (STRONG,)},
            "Loaded single-leg raises, straight knee, on 3 March 2025: left 30 kg = 0.40 × body"
            " weight, 8 repetitions; right 40 kg = 0.53 × body weight, 8 repetitions.",
            id="straight knee",
        ),
        pytest.param(
            {"strength": (HOPPED, STRONG)},
            "Loaded single-leg raises, bent knee, on 3 March 2025: left 22.5 kg = 0.30 × body"
            " weight; right not tested.",
            id="bent knee, before a day of hops",
        ),
        pytest.param(
            {"strength": (STRONG,)},
            "Heel height on 3 March 2025: left 9.5 cm, right not measured.",
            id="height",
        ),
        pytest.param(
            {"strength": (HOPPED, replace(HOPPED, on=DAY, left=Leg(hop_cm=5)), STRONG)},
            "Single-leg hop on 9 March 2025: left 12 cm, right 15.5 cm.",
            id="newest hops",
        ),
        pytest.param(
            {"hop_pain": HopPain(on=NOW, both=0, one=4)},
            "Pain hopping on 9 March 2025: on both legs 0 of 10, on the left 4 of 10.",
            id="hop pain",
        ),
        pytest.param(
            {"hop_pain": HopPain(on=NOW, both=2, one=None), "side": Side.RIGHT},
            "Pain hopping on 9 March 2025: on both legs 2 of 10, on the right not recorded.",
            id="hop pain of both legs",
        ),
        pytest.param(
            {
                "examination": examined(
                    replace(FULL, running_analysis=ANALYSED),
                    speed_kmh=Decimal("11.5"),
                    contact_ms=(251, 240),
                    strikes=("Forefoot", ""),
                )
            },
            "Running analysis at 11.5 km/h: cadence 168 steps a minute; ground contact left 251"
            " ms, right 240 ms; foot strike left forefoot, right not recorded.",
            id="running",
        ),
        pytest.param(
            {"examination": examined(contact_ms=(None, 240))},
            "Running analysis: ground contact left not measured, right 240 ms.",
            id="one contact time",
        ),
        pytest.param(
            {
                "examination": examined(
                    replace(FULL, shoe_drop_mm=0, rigid_heel_counter=True, heel_lift=False)
                )
            },
            "Footwear: heel drop 0 mm, a stiff heel counter, no heel lift.",
            id="shoes",
        ),
        pytest.param(
            {"examination": examined(replace(FULL, heel_lift=True))},
            "Footwear: a heel lift.",
            id="lift",
        ),
    ],
)
def test_what_else_was_measured_is_told_in_a_line(known: dict[str, Any], line: str) -> None:
    assert part("Findings:", body(**known)).splitlines().count(line) == 1


def test_what_was_not_measured_has_no_line() -> None:
    for text in (body(), body(strength=(replace(STRONG, left=Leg(), right=Leg()),))):
        assert len(part("Findings:", text).splitlines()) == 6
    alone = examined(speed_kmh=Decimal("11.5"))
    assert "Running analysis" not in body(examination=alone)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        pytest.param(
            {"event": "Harbour run", "event_on": date(2025, 10, 5), "event_m": 42_195},
            " Event: Harbour run, 5 October 2025, 42.195 km.",
            id="all",
        ),
        pytest.param({"event": "Harbour run"}, " Event: Harbour run.", id="name"),
        pytest.param({"event_m": 10_000}, " Event: 10 km.", id="distance"),
    ],
)
def test_the_event_it_is_for(told: dict[str, Any], words: str) -> None:
    assert part("History:", body(examination=examined(**told))).endswith(words)
    assert "Event:" not in body()


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (None, "palpation not recorded."),
        ((), "no tender point found."),
        ((Decimal("4.0"),), "tender at 4 cm above the insertion."),
        ((0, Decimal("4.5")), "tender at 0 cm and 4.5 cm above the insertion."),
    ],
    ids=["not palpated", "none", "one", "two"],
)
def test_palpation(points: Any, words: str) -> None:
    assert words in body(examination=examined(replace(FULL, tender_cm=points)))


def test_signs_by_present_absent_and_not_recorded() -> None:
    findings = part("Findings:", body()).splitlines()
    assert findings[1] == (
        "Present: points to the site with a finger, pain when the tendon is loaded, nodular"
        " thickening."
    )
    assert findings[2] == "Absent: arc sign, warmth, diffuse swelling."
    assert findings[3] == "Not recorded: Royal London Hospital test."


@pytest.mark.parametrize("location", Location)
def test_compression_is_missed_only_where_it_matters(location: Location) -> None:
    asks = location in (Location.INSERTIONAL, Location.MIXED)
    text = body(classified=classified(location))
    assert ("pain on passive dorsiflexion" in text) == asks
    told = examined(replace(FULL, passive_dorsiflexion_pain=False))
    assert "pain on passive dorsiflexion" in body(examination=told)


def test_zero_pain_is_told_and_no_pain_asked_is_said() -> None:
    told = replace(FULL, single_leg_pain=0, pain_light_load=None)
    text = body(examination=examined(told))
    assert "one single-leg heel raise 0 of 10; light loading not recorded." in text


@pytest.mark.parametrize(
    ("pain", "settled", "words"),
    [
        (4, True, "running 4 of 10, settled by the next morning."),
        (4, False, "running 4 of 10, not settled by the next morning."),
        (4, None, "running 4 of 10."),
        (None, None, "running not recorded."),
    ],
)
def test_pain_of_who_still_runs(pain: int | None, settled: bool | None, words: str) -> None:
    runs = replace(
        FULL, running_status=RunningStatus.NEVER_STOPPED, run_pain=pain, run_settled=settled
    )
    assert words in body(examination=examined(runs))
    assert "; running" not in body()


def test_treatments_with_dates_and_what_was_not_tried() -> None:
    tried = (
        Tried(what="Stretching", tried=True, since=date(2025, 1, 1), until=date(2025, 2, 1)),
        Tried(what="Massage or foam rolling", tried=True),
        Tried(what="Shock waves", tried=False),
        Tried(what="Loading exercises", tried=None),
    )
    told = examined(treatments=tried, cortisone_on=date(2024, 12, 24))
    assert part("Treatment so far:", body(examination=told)) == (
        "Treatment so far: stretching (from 1 January 2025 until 1 February 2025); massage or foam"
        " rolling; not tried: shock waves; cortisone at this tendon on 24 December 2024."
    )


def test_medicines_only_where_there_are_some() -> None:
    assert "Medicines and conditions:" not in body()
    told = examined(
        statins=True,
        diabetes=False,
        medicines_note="Perindopril 4 mg.",
        fluoroquinolone_on=date(2024, 1, 2),
    )
    assert part("Medicines and conditions:", body(examination=told)) == (
        "Medicines and conditions: statin; fluoroquinolone antibiotic, last dose on 2 January 2024;"
        " Perindopril 4 mg."
    )


# --- Screening and requests ----------------------------------------------------------------------


def screened(**answers: Any) -> Examined:
    return examined(replace(FULL, screening=replace(ASKED, **answers)))


def test_a_full_screening_that_found_nothing() -> None:
    assert part("Screening:", body()) == (
        "Screening: red flags asked in full on 3 March 2025.\nNothing found."
    )


def test_what_was_not_asked_is_named_and_never_read_as_no() -> None:
    text = part("Screening:", body(examination=screened(wells_items=None, fever=None)))
    assert "asked in part on" in text
    assert "Not asked: signs of deep vein thrombosis; fever." in text
    assert "Nothing found." in text


def test_a_group_nobody_asked_about_is_named_once() -> None:
    joints = ("ibp", "psoriasis", "uveitis", "ibd", "dactylitis_or_other_enthesitis", "fh_spa")
    text = part("Screening:", body(examination=screened(**dict.fromkeys(joints), fever=None)))
    assert "Not asked: signs of inflammatory joint disease; fever." in text
    asked = dict.fromkeys(joints[1:])
    assert "inflammatory joint disease;" not in body(examination=screened(**asked))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "cortisone at this tendon not asked."),
        (False, "no cortisone at this tendon."),
        (True, "cortisone at this tendon, on a day not recorded."),
    ],
)
def test_cortisone(given: bool | None, words: str) -> None:
    told = examined(replace(FULL, cortisone_given=given))
    assert part("Treatment so far:", body(examination=told)).endswith(words)


def test_one_feature_alone_is_told_without_a_flag() -> None:
    text = body(examination=screened(psoriasis=True))
    assert "Answered yes without raising a flag: psoriasis." in text
    assert "Nothing found." not in text
    assert "Our request:" not in text


ROUTINE = {
    "RF05": ({"psoriasis": True, "uveitis": True}, "would you consider a rheumatology opinion?"),
    "RF06": ({"xanthoma": True}, "would you check the blood lipids?"),
    "RF10": ({"tinel_positive": True}, "would you see the patient about it if it persists?"),
}


@pytest.mark.parametrize("flag", ROUTINE)
def test_each_routine_flag_becomes_a_finding_and_a_question(flag: str) -> None:
    answers, question = ROUTINE[flag]
    text = body(examination=screened(**answers))
    assert part("Our request:", text).endswith(question)
    for name in answers:
        assert ANSWER_LABELS[name].lower() in part("Screening:", text).lower()
    assert "Nothing found." not in text


def test_two_routine_flags_are_two_questions() -> None:
    text = body(examination=screened(psoriasis=True, uveitis=True, known_fh=True))
    assert part("Our request:", text).count("?") == 2


LOCKED = Flag(id="RF07", level=Level.URGENT, says="Stress fracture possible", raised_on=DAY)


def test_an_open_flag_stops_the_plan_in_the_letter_too() -> None:
    text = body(
        flags=(LOCKED,),
        plan=HSR,
        running=RunningPermission.STOP,
        examination=screened(focal_bone_tenderness=True),
    )
    assert "Open red flag: stress fracture possible (raised on 3 March 2025)." in text
    assert "Plan: our loading programme is locked" in text
    assert "10RM" not in text
    assert "Running: none for now." in text


def test_a_cleared_flag_is_told_with_who_cleared_it() -> None:
    cleared = replace(LOCKED, cleared="on 10 March 2025 by Paul Physio: The scan was clear")
    text = body(flags=(cleared,), plan=HSR, examination=screened(focal_bone_tenderness=True))
    assert (
        "A red flag for stress fracture was raised on 3 March 2025 and cleared on 10 March 2025 by"
        " Paul Physio: The scan was clear." in text
    )
    assert "Stress fracture possible" not in text
    assert "10RM" in part("Plan:", text)


# --- Plan and running ----------------------------------------------------------------------------


def test_the_plan_with_its_doses_and_the_review() -> None:
    assert part("Plan:", body(plan=HSR, review_on=date(2025, 6, 2))) == (
        "Plan: heavy slow resistance, plan version 2, isotonic stage, step 3 (4 sets at 10RM),"
        " since 3 March 2025.\n"
        "- Seated heel raise; Leg press: 4 sets of 10 at 10RM\n"
        "Next review on 2 June 2025."
    )


@pytest.mark.parametrize("stage", Stage)
def test_each_stage_in_words(stage: Stage) -> None:
    text = body(plan=replace(HSR, stage=stage), running=RunningPermission.NOT_YET)
    assert f", {stage.value.replace('_', ' ' if stage is Stage.FULL_RETURN else '-')} stage" in text
    running = stage in (Stage.RUN_WALK, Stage.FULL_RETURN)
    assert ("Running: as in the plan." in text) == running


@pytest.mark.parametrize(
    ("permission", "words"),
    [
        (RunningPermission.STOP, "none for now."),
        (RunningPermission.CONTINUE_MODIFIED, "continues, adjusted by pain."),
        (
            RunningPermission.CONTINUE_REDUCED,
            f"continues, at no more than {DEFAULTS.running_reduced_percent} % of usual.",
        ),
        (RunningPermission.STOP_UNTIL_E3, "paused until the criteria"),
        (RunningPermission.START_LEVEL_1, "may begin at level 1"),
        (RunningPermission.NOT_YET, "not yet; it begins when the criteria"),
        (None, "whether the patient still runs is not recorded."),
    ],
)
def test_each_running_permission(permission: RunningPermission | None, words: str) -> None:
    assert part("Running:", body(running=permission)).startswith(f"Running: {words}")


def test_nothing_about_running_for_who_does_not_run() -> None:
    text = body(examination=examined(not_a_runner=True))
    assert "Running:" not in text
    assert "not a runner" in part("History:", text)


# --- The referral --------------------------------------------------------------------------------

URGENCY = {
    Level.EMERGENCY: ("please see this patient today", "Emergency, today"),
    Level.SAME_DAY_REVIEW: ("Same day: please see this patient", "Same day"),
    Level.URGENT: ("Urgent: please see this patient as soon as you can", "Urgent"),
    Level.BLOCK: ("Please take this patient over", "Referral"),
}
# What raises each flag that locks: the answers, and words its letter must hold.
RAISED: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "RF01 squeeze": (
        {"calf_squeeze_positive": True, "palpable_gap": None},
        (
            "Yes: calf squeeze, foot does not move.",
            "Not recorded: Matles, foot falls to neutral or beyond; gap felt in the tendon; sudden",
            "pop, or felt kicked; newly unable to rise on this leg.",
            "examine the tendon for a rupture",
        ),
    ),
    "RF01 one sign": ({"sudden_pop": True}, ("Yes: sudden pop, or felt kicked.",)),
    "RF02 likely": (
        {"wells_items": ("calf_3cm_larger", "previous_dvt"), "wells_alt": False},
        (
            "Wells score 2 (thrombosis likely from 2)",
            "Yes: calf at least 3 cm larger than the other; earlier deep vein thrombosis.",
            "Not recorded: active cancer;",
            "as likely as thrombosis: not recorded.",
            "find out whether there is a deep vein thrombosis",
        ),
    ),
    "RF02 possible": (
        {"wells_items": ("calf_3cm_larger",)},
        ("Wells score 1 ", "as likely as thrombosis: not recorded."),
    ),
    "RF03": (
        {"fluoroquinolone_taken": True},
        ("last dose on a day not recorded", "Steroid tablets: no.", "review the antibiotic"),
    ),
    "RF07": (
        {"focal_bone_tenderness": True},
        ("Yes: tender at one spot of bone.", "imaging for a stress fracture"),
    ),
    "RF08": ({"fever": True}, ("Yes: fever.", "whether there is an infection")),
    "RF11": (
        {"unexplained_weight_loss": True},
        ("Yes: unexplained weight loss.", "please look for the cause"),
    ),
}


def referred(answers: dict[str, Any], *, age: int = 45, **told: Any) -> tuple[Case, Flag]:
    examination = replace(FULL, screening=replace(ASKED, **answers), age=age)
    seen = examined(examination, **{"signed": False, **told})
    raised = next(flag for flag in seen.found.red_flags if flag.level is not Level.ROUTINE)
    flag = Flag(id=raised.id, level=raised.level, says=raised.finding.says, raised_on=DAY)
    return case(examination=seen, examined_on=(), classified=None, age=age), flag


@pytest.mark.parametrize("name", RAISED)
def test_each_red_flag_has_its_letter(name: str) -> None:
    answers, expected = RAISED[name]
    about, flag = referred(answers)
    assert flag.id == name[:4]
    words = referral(about, flag)
    urgency, head = URGENCY[flag.level]
    assert urgency in words.body.split("\n\n")[1]
    assert words.subject.startswith(f"{head}: ")
    assert words.subject.endswith(", left leg")
    for text in (*expected, f"{flag.says}.", "a 45-year-old woman", "on 3 March 2025"):
        assert text in words.body
    assert "locked since 3 March 2025" in part("What was done:", words.body)
    assert "not signed yet" in words.body
    assert words.body.endswith(sign_off(PAUL))


ANSWERS_OF_RUPTURE = (
    "calf_squeeze_positive",
    "matles_positive",
    "palpable_gap",
    "sudden_pop",
    "new_inability_single_heel_raise",
)
GROUPS = {
    "RF01": ("calf_squeeze_positive", "Calf squeeze, foot does not move"),
    "RF07": ("focal_bone_tenderness", "Tender at one spot of bone"),
    "RF08": ("fever", "Fever"),
    "RF11": ("unexplained_weight_loss", "Unexplained weight loss"),
}


@pytest.mark.parametrize("flag", GROUPS)
def test_beside_a_tick_nothing_is_called_absent(flag: str) -> None:
    name, label = GROUPS[flag]
    about, raised = referred({name: True})
    for text in (referral(about, raised).body, body(examination=about.examination)):
        assert label.lower() in text.lower()
        assert "No:" not in text
        assert "\nNot recorded: " in text


RUPTURE = Flag(
    id="RF01",
    level=Level.EMERGENCY,
    says="Suspect a tendon rupture",
    raised_on=DAY,
    raised_at="23:07",
)
RECORDED = "Findings: what raised this flag was recorded on 3 March 2025 at 23:07, since"


@pytest.mark.parametrize(
    ("flag", "answers", "words"),
    [
        pytest.param("RF01", {}, "changed to none of these.", id="RF01 none of these"),
        pytest.param(
            "RF01",
            dict.fromkeys(ANSWERS_OF_RUPTURE),
            "taken back: it now stands as not asked.",
            id="RF01 taken back",
        ),
        pytest.param(
            "RF01",
            {"sudden_pop": True},
            "changed. Now: the signs asked for.\nYes: sudden pop, or felt kicked.\nNot recorded:",
            id="RF01 less than it was",
        ),
        pytest.param("RF02", {}, "changed to none of these.", id="RF02 none of these"),
        pytest.param(
            "RF02",
            {"wells_items": ("calf_3cm_larger",)},
            "changed. Now: Wells score 1 ",
            id="RF02 less than it was",
        ),
        pytest.param("RF02", {"wells_items": None}, "taken back:", id="RF02 taken back"),
        pytest.param("RF03", {}, "changed to no.", id="RF03 no"),
        pytest.param("RF03", {"fluoroquinolone_taken": None}, "taken back:", id="RF03 taken back"),
        pytest.param("RF08", {}, "changed to none of these.", id="RF08 none of these"),
        pytest.param("RF09", {}, "changed. Now: age 45 years.", id="RF09"),
        pytest.param(
            "RF11",
            {"cancer_history": True},
            "changed. Now: the signs asked for.\nYes: cancer in the past.",
            id="RF11 less than it was",
        ),
    ],
)
def test_an_answer_changed_since_is_said_to_be_changed(
    flag: str, answers: dict[str, Any], words: str
) -> None:
    screening = replace(ASKED, **{"wells_alt": None, **answers})
    about = case(examination=examined(replace(FULL, screening=screening)))
    text = referral(about, replace(RUPTURE, id=flag)).body
    assert part("Findings:", text).startswith(f"{RECORDED} {words}")
    assert "Not asked" not in text


@pytest.mark.parametrize("name", RAISED)
def test_an_answer_that_still_stands_is_not_called_changed(name: str) -> None:
    assert "since" not in part("Findings:", referral(*referred(RAISED[name][0])).body)


OPEN_CLOT = Flag(
    id="RF02", level=Level.URGENT, says="Deep vein thrombosis not excluded", raised_on=DAY
)


def test_other_locks_are_told_and_never_called_not_asked() -> None:
    about, flag = referred(
        {"calf_squeeze_positive": True, "wells_items": None, "wells_alt": None, "xanthoma": None}
    )
    other = replace(LOCKED, side=Side.RIGHT)
    text = part("Screening:", referral(replace(about, flags=(OPEN_CLOT, other)), flag).body)
    assert text == (
        "Screening: the other red flags.\n"
        "Open red flag: deep vein thrombosis not excluded (raised on 3 March 2025).\n"
        "Open red flag of the right leg: stress fracture possible (raised on 3 March 2025).\n"
        "Not asked: fatty lump in a tendon."
    )


def test_a_lock_of_the_other_leg_answers_nothing_of_this_one() -> None:
    about, flag = referred({"calf_squeeze_positive": True, "wells_items": None})
    other = replace(OPEN_CLOT, side=Side.RIGHT)
    text = part("Screening:", referral(replace(about, flags=(other,)), flag).body)
    assert "Not asked: signs of deep vein thrombosis." in text


def test_a_lock_told_is_not_told_again_as_raised() -> None:
    about, flag = referred({"calf_squeeze_positive": True, "wells_items": ("calf_3cm_larger",)})
    text = referral(replace(about, flags=(OPEN_CLOT,)), flag).body.lower()
    assert text.count("thrombosis not excluded") == 1


def test_a_flag_cleared_as_a_slip_is_told_without_its_suspicion() -> None:
    about, flag = referred({"fever": True})
    slip = replace(RUPTURE, cleared="on 3 March 2025 by Paul Physio: Mis-tick")
    for text in (referral(replace(about, flags=(slip,)), flag).body, body(flags=(slip,))):
        assert (
            "A red flag for tendon rupture was raised on 3 March 2025 and cleared on 3 March 2025"
            " by Paul Physio: Mis-tick." in text
        )
        assert "uspect a tendon rupture" not in text


@pytest.mark.parametrize(
    ("onset", "weeks", "note", "words"),
    [
        pytest.param(
            DAY,
            0,
            "Felt a kick\n\nwhile serving",
            "History: symptoms since 3 March 2025, less than a week of symptoms at the"
            " examination. Felt a kick while serving.",
            id="all",
        ),
        pytest.param(None, 3, "", "History: 3 weeks of symptoms at the examination.", id="weeks"),
        pytest.param(None, None, "Felt a kick!", "History: Felt a kick!", id="note"),
        pytest.param(None, None, " ", "", id="nothing"),
    ],
)
def test_a_referral_tells_when_and_how_it_began(
    onset: date | None, weeks: int | None, note: str, words: str
) -> None:
    about, flag = referred({"calf_squeeze_positive": True})
    assert about.examination is not None
    seen = replace(
        about.examination,
        values=replace(about.examination.values, duration_weeks=weeks),
        onset_on=onset,
        history_note=note,
    )
    text = referral(replace(about, examination=seen), flag).body
    assert ("History:" in text) == bool(words)
    assert words in text.split("\n\n") or not words


def test_two_ticks_of_an_emergency_leave_the_other_signs_open() -> None:
    about, flag = referred({"calf_squeeze_positive": True, "sudden_pop": True})
    assert part("Findings:", referral(about, flag).body) == (
        "Findings: the signs asked for.\n"
        "Yes: calf squeeze, foot does not move; sudden pop, or felt kicked.\n"
        "Not recorded: Matles, foot falls to neutral or beyond; gap felt in the tendon; newly"
        " unable to rise on this leg."
    )


def test_the_report_names_what_was_ticked_and_what_was_not_recorded_beside_it() -> None:
    text = part("Screening:", body(examination=screened(sudden_pop=True, psoriasis=True)))
    assert text == (
        "Screening: red flags asked in part on 3 March 2025.\n"
        "Signs of tendon rupture: sudden pop, or felt kicked.\n"
        "Answered yes without raising a flag: psoriasis.\n"
        "Not recorded: calf squeeze, foot does not move; Matles, foot falls to neutral or beyond;"
        " gap felt in the tendon; newly unable to rise on this leg; inflammatory back stiffness;"
        " uveitis; inflammatory bowel disease; swollen whole finger or toe, or another sore tendon"
        " insertion; inflammatory joint disease in the family."
    )
    text = body(examination=screened(wells_items=("calf_3cm_larger",)))
    assert "Not recorded: the other signs of deep vein thrombosis." in text


def test_a_referral_says_what_stands_open_beside_another_tick() -> None:
    about, flag = referred({"calf_squeeze_positive": True, "psoriasis": True})
    text = part("Screening:", referral(about, flag).body)
    assert "Not recorded: inflammatory back stiffness; uveitis;" in text
    assert "Matles" not in text
    assert "All other questions were asked" not in text


def test_every_flag_that_locks_is_among_them() -> None:
    known = {
        (flag.id, flag.level) for _, flag in (referred(answers) for answers, _ in RAISED.values())
    }
    assert {flag for flag, _ in known} == {"RF01", "RF02", "RF03", "RF07", "RF08", "RF11"}
    assert {level for _, level in known} == set(Level) - {Level.ROUTINE, Level.BLOCK}


def test_only_an_emergency_speaks_of_the_phone() -> None:
    for answers, _ in RAISED.values():
        about, flag = referred(answers)
        phone = "This letter goes with a phone call" in referral(about, flag).body
        assert phone == (flag.level is Level.EMERGENCY)


def test_somebody_under_age_is_handed_over() -> None:
    about, flag = referred({}, age=17)
    words = referral(about, flag)
    assert flag.level is Level.BLOCK
    assert URGENCY[Level.BLOCK][0] in words.body
    assert "a 17-year-old woman" in words.body
    assert "Findings: age 17 years." in words.body
    assert "growing athletes" in words.body


def test_a_dated_antibiotic_with_age_tablets_and_the_note() -> None:
    told = replace(
        FULL,
        age=63,
        fluoroquinolone_days=11,
        screening=replace(ASKED, fluoroquinolone_taken=True, oral_steroid=True),
    )
    seen = examined(told, fluoroquinolone_on=date(2025, 2, 20), medicines_note="Ciprofloxacin")
    flag = Flag(id="RF03", level=Level.URGENT, says="Fluoroquinolone", raised_on=DAY)
    assert part("Findings:", referral(case(examination=seen, age=63), flag).body) == (
        "Findings: fluoroquinolone antibiotic, last dose on 20 February 2025, 11 days before the"
        " examination. Steroid tablets: yes. Age: 63 years. Noted: Ciprofloxacin."
    )


def test_what_else_was_raised_and_what_was_not_asked() -> None:
    about, flag = referred({"calf_squeeze_positive": True, "fever": True, "xanthoma": None})
    text = part("Screening:", referral(about, flag).body)
    assert "Also raised: infection possible." in text
    assert "Not asked: fatty lump in a tendon." in text
    about, flag = referred({"fever": True})
    assert "All other questions were asked; they raised nothing." in referral(about, flag).body


def test_numbers_of_the_examination_go_along() -> None:
    about, flag = referred({"fever": True})
    text = referral(replace(about, heel_raises=RAISES), flag).body
    assert "Pain (0 to 10): one single-leg heel raise 3 of 10" in text
    assert "left 15 (pain 3 of 10), right 22" in text


def test_a_plan_in_force_is_named_and_a_cleared_lock_is_not_called_open() -> None:
    about, flag = referred({"fever": True})
    text = part("What was done:", referral(replace(about, plan=HSR), flag).body)
    assert "Until then the plan was heavy slow resistance, plan version 2" in text
    cleared = replace(flag, cleared="on 4 March 2025 by Leo Lead: Seen by the hospital")
    done = part("What was done:", referral(about, cleared).body)
    assert done.endswith("was cleared on 4 March 2025 by Leo Lead: Seen by the hospital.")
    assert "locked since" not in done


def test_a_flag_of_a_later_rule_book_still_has_a_letter() -> None:
    flag = Flag(id="RF99", level=Level.URGENT, says="x" * 300, raised_on=DAY)
    words = referral(case(), flag)
    assert len(words.subject) == SUBJECT_LETTERS
    assert "please see this patient about this." in words.body


@pytest.mark.parametrize("sex", Sex)
@pytest.mark.parametrize(("age", "article"), [(18, "an"), (45, "a"), (80, "an"), (90, "a")])
def test_age_and_sex_in_words(sex: Sex, age: int, article: str) -> None:
    about, flag = referred({"fever": True}, age=age)
    noun = {Sex.FEMALE: "woman", Sex.MALE: "man", Sex.UNSTATED: "person"}[sex]
    text = referral(replace(about, sex=sex), flag).body
    assert f"Alex Sampleton, {article} {age}-year-old {noun}, was" in text


@pytest.mark.parametrize("level", list(URGENCY))
def test_whom_it_is_for(level: Level) -> None:
    flag = replace(LOCKED, level=level)
    expected = "Emergency department" if level is Level.EMERGENCY else "Dr Gwen Practice"
    assert addressee(flag, "Dr Gwen Practice") == expected
    assert addressee(None, "Dr Gwen Practice") == "Dr Gwen Practice"
    assert addressee(None, "") == ""


# --- Another hand --------------------------------------------------------------------------------

EDITH = Writer(name="Edith Exercise", title="Accredited exercise physiologist", registration="")


def test_a_copy_is_signed_by_who_makes_it() -> None:
    text = signed_by_another(body(), before=PAUL, now=EDITH)
    assert text.endswith("Kind regards,\nEdith Exercise\nAccredited exercise physiologist")
    assert "Paul" not in text


@pytest.mark.parametrize("text", ["", "Regards, P.", body() + "\n\nP.S. See you."])
def test_what_was_signed_otherwise_is_left_alone(text: str) -> None:
    assert signed_by_another(text, before=PAUL, now=EDITH) == text
    assert signed_by_another(text, before=PAUL, now=PAUL) == text


# --- All of them ---------------------------------------------------------------------------------


def letters() -> Iterator[str]:
    """Every kind of letter above."""
    yield report(NOTHING).body
    yield body(examination=examined(Examination()), classified=None)
    for location, phase in product(Location, Phase):
        yield body(classified=classified(location, phase), plan=HSR, heel_raises=RAISES)
    for permission in RunningPermission:
        yield body(running=permission)
    for answers, _ in ROUTINE.values():
        yield body(examination=screened(**answers))
    for answers, _ in RAISED.values():
        yield referral(*referred(answers)).body
    yield visa(50, 58, 84)


def test_no_letter_promises_time_or_shows_a_stored_word() -> None:
    told = list(letters())
    assert len(told) > 40
    for text in told:
        for never in ("inflamed", "grade ", "weeks to", "within weeks", "acute:chronic", "None"):
            assert never not in text
        for name in (*Phase, *Location, *RunningPermission, *WELLS_ITEMS, *ANSWER_LABELS):
            if "_" in name:
                assert str(name) not in text
        assert ".." not in text
        assert "  " not in text


def test_every_label_is_printed_somewhere() -> None:
    text = "\n\n".join(
        (
            *letters(),
            body(examination=examined(statins=True)),
        )
    )
    for label in LABELS:
        assert any(each.startswith(label) for each in text.split("\n\n")), label


def test_flags_of_the_rule_book_that_lock_have_a_request() -> None:
    answers: dict[str, Any] = {
        "calf_squeeze_positive": True,
        "wells_items": ("calf_3cm_larger",),
    }
    for flag in red_flags(replace(ASKED, **answers), age=45, fluoroquinolone_days=None):
        about, _ = referred(answers)
        words = referral(
            about, Flag(id=flag.id, level=flag.level, says=flag.finding.says, raised_on=DAY)
        )
        assert "about this." not in words.body
