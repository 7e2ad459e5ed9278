"""What the paper says beside the exercises, for every tendon the rules know."""

import re

import pytest

from assessments.rules.contraindications import grade
from assessments.rules.phase import pathway
from assessments.rules.terms import (
    Cortisone,
    Grade,
    Location,
    MatrixRow,
    Pathway,
    Phase,
    RunningStatus,
    Side,
    Stage,
)
from programmes.rules.defaults import DEFAULTS
from programmes.rules.dose import AnyDose, Dose, FreeRun, Load, Tempo, WalkRun
from programmes.rules.handout import (
    DoseWords,
    carry_words,
    dated_words,
    days_between,
    diary_days,
    dose_in_words,
    flare_signs,
    for_both_legs,
    has_flared,
    heel_lift,
    how_often,
    in_a_flare,
    in_a_flare_phase,
    leg,
    may_run,
    run_table,
    telephone,
    three_rules,
    weight_place,
    what_not_to_do,
    what_you_have,
    when_to_call,
    your_job,
)
from programmes.rules.library.pose import Hands, LoadAt, Support
from programmes.rules.terms import DoseSide, LoadKind
from tests.readable import HIGHEST_GRADE, grade_of

ON_TENDON = (Location.MIDPORTION, Location.INSERTIONAL, Location.MIXED)
JARGON = ("insertion", "midportion", "reactive", "degenerat", "disrepair", "pathology", "week")


def avoid(
    location: Location = Location.MIDPORTION,
    phase: Phase = Phase.DEGENERATIVE,
    cortisone: Cortisone = Cortisone.NONE,
    stage: Stage = Stage.ISOTONIC,
    planned: tuple[MatrixRow, ...] = (),
    status: RunningStatus | None = None,
    pain: int | None = None,
    settled: bool | None = None,
    flared: bool = False,
) -> str:
    return " ".join(
        what_not_to_do(
            location=location,
            phase=phase,
            cortisone=cortisone,
            stage=stage,
            planned=planned,
            running_status=status,
            run_pain=pain,
            run_settled=settled,
            flared=flared,
        )
    )


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("location", Location)
def test_what_you_have_is_one_plain_sentence(location: Location, phase: Phase, side: Side) -> None:
    said = what_you_have(location, phase, side)
    assert said.count(".") == 1
    assert said.endswith(".")
    assert said[0].isupper()
    assert f"our {side.value} Achilles tendon" in said
    assert grade_of([said]) <= HIGHEST_GRADE
    assert not [word for word in JARGON if word in said.casefold()]


@pytest.mark.parametrize("cortisone", Cortisone)
@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("location", ON_TENDON)
def test_stretching_is_forbidden_exactly_where_the_matrix_does(
    location: Location, phase: Phase, cortisone: Cortisone
) -> None:
    forbidden = grade(MatrixRow.DORSIFLEXION_STRETCH, phase, location, cortisone) is (
        Grade.CONTRAINDICATED
    )
    assert ("Do not stretch your calf." in avoid(location, phase, cortisone)) is forbidden


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("location", ON_TENDON)
def test_the_heel_stays_level_only_where_it_presses_on_the_bone(
    location: Location, phase: Phase
) -> None:
    insertional = location is not Location.MIDPORTION
    assert ("never below" in avoid(location, phase)) is insertional
    assert ("uphill" in avoid(location, phase)) is insertional
    assert bool(heel_lift(location)) is insertional


def test_nothing_is_said_where_nothing_applies() -> None:
    assert avoid() == ""


def test_the_paper_never_forbids_what_the_plan_asks_for() -> None:
    opened = (MatrixRow.STEP_DEFICIT_HEEL_DROP, MatrixRow.UPHILL_RUNNING)
    said = avoid(Location.INSERTIONAL, stage=Stage.FULL_RETURN, planned=opened)
    assert said == "Do not stretch your calf. Do not run fast yet."


@pytest.mark.parametrize("phase", Phase)
def test_recent_cortisone_forbids_heavy_work_jumping_and_running(phase: Phase) -> None:
    said = avoid(phase=phase, cortisone=Cortisone.RECENT)
    assert "Do no heavy work with this calf, and do not jump," in said
    assert "Do not run yet." in said
    assert "Do not jump or hop." not in said


@pytest.mark.parametrize(
    ("phase", "status", "pain", "settled", "expected"),
    [
        pytest.param(Phase.REACTIVE, None, None, None, "Run less than usual.", id="not recorded"),
        pytest.param(
            Phase.REACTIVE,
            RunningStatus.NEVER_STOPPED,
            3,
            True,
            "5 km at most where you used to run 10 km",
            id="half",
        ),
        pytest.param(
            Phase.REACTIVE, RunningStatus.NEVER_STOPPED, 6, True, "Do not run yet.", id="sore"
        ),
        pytest.param(
            Phase.DEGENERATIVE, RunningStatus.STOPPED, None, None, "Do not run yet.", id="stopped"
        ),
        pytest.param(
            Phase.DEGENERATIVE, RunningStatus.NEVER_STOPPED, 3, True, "", id="may carry on"
        ),
    ],
)
def test_running_by_what_is_allowed_now(
    phase: Phase,
    status: RunningStatus | None,
    pain: int | None,
    settled: bool | None,
    expected: str,
) -> None:
    said = avoid(phase=phase, status=status, pain=pain, settled=settled)
    assert expected in said
    assert bool(expected) or "un" not in said


@pytest.mark.parametrize("settled", [True, False, None], ids=["settled", "not", "not recorded"])
@pytest.mark.parametrize("pain", [0, 5, 6, None])
@pytest.mark.parametrize("status", [*RunningStatus, None])
@pytest.mark.parametrize("cortisone", Cortisone)
@pytest.mark.parametrize("phase", Phase)
def test_after_a_flare_no_answer_keeps_anybody_running(
    phase: Phase,
    cortisone: Cortisone,
    status: RunningStatus | None,
    pain: int | None,
    settled: bool | None,
) -> None:
    said = avoid(
        phase=phase, cortisone=cortisone, status=status, pain=pain, settled=settled, flared=True
    )
    assert said.count("Do not run yet.") == 1
    assert "Run less" not in said
    assert ("running test" in said) is (cortisone is not Cortisone.RECENT)


@pytest.mark.parametrize("flared", [False, True], ids=["calm", "flared"])
@pytest.mark.parametrize("settled", [True, False, None], ids=["settled", "not", "not recorded"])
@pytest.mark.parametrize("pain", [0, 5, 6, None])
@pytest.mark.parametrize("status", [*RunningStatus, None])
@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("phase", Phase)
def test_less_running_and_no_running_are_never_on_one_paper(
    phase: Phase,
    stage: Stage,
    status: RunningStatus | None,
    pain: int | None,
    settled: bool | None,
    flared: bool,
) -> None:
    said = avoid(phase=phase, stage=stage, status=status, pain=pain, settled=settled, flared=flared)
    assert said.count("Run less") + said.count("Do not run yet.") <= 1
    assert "no running" not in f"{said} {three_rules().flare}".casefold()


@pytest.mark.parametrize(
    ("stepped_back", "reclassified", "before", "morning", "expected"),
    [
        pytest.param(False, False, None, None, False, id="nothing known"),
        pytest.param(True, False, 2, 2, True, id="stepped back"),
        pytest.param(False, True, 2, 2, True, id="irritable again"),
        pytest.param(False, False, 2, 3, False, id="up one"),
        pytest.param(False, False, 2, 4, True, id="up two"),
        pytest.param(False, False, 5, 5, False, id="at the ceiling"),
        pytest.param(False, False, 6, 6, True, id="above the ceiling"),
        pytest.param(False, False, None, 6, True, id="above, before not told"),
        pytest.param(False, False, None, 4, False, id="before not told"),
        pytest.param(False, False, 6, None, False, id="morning not told"),
    ],
)
def test_what_counts_as_a_flare(
    stepped_back: bool, reclassified: bool, before: int | None, morning: int | None, expected: bool
) -> None:
    flared = has_flared(
        stepped_back=stepped_back, reclassified=reclassified, pain_before=before, pain_24h=morning
    )
    assert flared is expected


@pytest.mark.parametrize(("before", "morning"), [(11, 1), (1, 11), (-1, 1), (1, -1)])
def test_pain_out_of_range_is_no_flare_but_an_error(before: int, morning: int) -> None:
    with pytest.raises(ValueError, match="pain"):
        has_flared(stepped_back=True, reclassified=False, pain_before=before, pain_24h=morning)


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("Camberwell", False),
        ("", False),
        ("Camberwell, (03) 5550 0123", True),
        ("+61 3 5550 0123", True),
        ("12 High Street, 3124", False),
        ("Level 2, 1203 Burke Road", False),
    ],
    ids=["place only", "nothing", "number", "abroad", "postcode", "house"],
)
def test_a_number_is_promised_only_where_there_is_one(contact: str, expected: bool) -> None:
    assert telephone(contact) == (contact if expected else "")


@pytest.mark.parametrize("stage", [Stage.RUN_WALK, Stage.FULL_RETURN])
def test_who_runs_by_the_plan_is_not_told_not_to(stage: Stage) -> None:
    said = avoid(stage=stage, status=RunningStatus.STOPPED)
    assert may_run(said.split(". "))
    assert "Do not run yet" not in said


def test_uphill_for_who_may_not_run_is_about_walking() -> None:
    said = avoid(Location.INSERTIONAL, status=RunningStatus.STOPPED)
    assert "Avoid walking uphill" in said
    assert "Do not run uphill" in avoid(Location.INSERTIONAL)


def test_bands_meet_and_each_has_a_shape_of_its_own() -> None:
    bands = three_rules().bands
    assert [band.numbers for band in bands] == ["0 to 2", "3 to 5", "Above 5"]
    assert len({band.mark for band in bands}) == 3
    assert "2 points or more above your pain before you exercised, or above 5" in (
        three_rules().flare
    )


def test_signs_to_call_for() -> None:
    assert len(when_to_call()) == 3


def dose(**more: object) -> Dose:
    return Dose(side=DoseSide.AFFECTED, sets=3, reps=10, **more)  # type: ignore[arg-type]


def loaded(kind: LoadKind, amount: int | None) -> Dose:
    return dose(load=Load(kind=kind, amount=amount))


EFFORT = "It should feel like 7 out of 10, where 10 is your hardest."


@pytest.mark.parametrize(
    ("load", "place", "words", "blank"),
    [
        pytest.param(loaded(LoadKind.BODY_WEIGHT, None), "", "", "", id="body weight"),
        pytest.param(loaded(LoadKind.KG, 0), "on the bar", "", "", id="nothing on the bar"),
        pytest.param(loaded(LoadKind.KG, 20), "", "Weight: 20 kg.", "", id="kilograms"),
        pytest.param(
            loaded(LoadKind.KG, 20),
            "in the rucksack",
            "Weight: 20 kg in the rucksack.",
            "",
            id="kilograms in the rucksack",
        ),
        pytest.param(
            loaded(LoadKind.RM, 10),
            "on the machine",
            "Weight: as much on the machine as you can lift 10 times, but not 11.",
            "The weight you use",
            id="RM",
        ),
        pytest.param(
            loaded(LoadKind.RM, 1),
            "",
            "Weight: as much as you can lift 1 time, but not 2.",
            "The weight you use",
            id="1RM",
        ),
        pytest.param(
            loaded(LoadKind.PERCENT_MAX, 70),
            "",
            "Weight: 7 tenths of the most you can lift once.",
            "The weight you use",
            id="percent, lifted",
        ),
        pytest.param(
            loaded(LoadKind.PERCENT_BODY_WEIGHT, 10),
            "in your hand",
            "Weight: one tenth of your own weight, in your hand.",
            "The weight you use",
            id="percent of body weight",
        ),
    ],
)
def test_the_weight_as_it_looks_at_the_gym(load: Dose, place: str, words: str, blank: str) -> None:
    said = dose_in_words(load, place)
    assert (said.weight, said.blank) == (words, blank)


@pytest.mark.parametrize(
    ("percent", "number"), [(70, "7"), (85, "8.5"), (72, "7"), (73, "7.5"), (5, "0.5"), (100, "10")]
)
@pytest.mark.parametrize("harder", ["If it feels easy, hold a weight.", ""], ids=["on", "not"])
def test_effort_of_a_hold_is_a_number_out_of_ten(percent: int, number: str, harder: str) -> None:
    held = Dose(
        side=DoseSide.AFFECTED,
        sets=4,
        hold_s=30,
        rest_s=120,
        load=Load(kind=LoadKind.PERCENT_MAX, amount=percent),
    )
    said = dose_in_words(held, harder=harder)
    assert said.weight.startswith(f"It should feel like {number} out of 10, where 10 is your hard")
    assert ("If it feels easy, hold a weight." in said.weight) is bool(harder)
    assert (said.amount, said.often) == ("4 holds of 30 seconds", "every day")
    assert (said.pace, said.rest, said.blank) == ("", "Rest 2 minutes between holds.", "")


def test_a_dose_says_how_fast_and_how_long_to_rest() -> None:
    slow = dose(
        tempo=Tempo(up_s=3, hold_s=0, down_s=3), rest_s=90, times_per_day=2, days_per_week=3
    )
    said = dose_in_words(slow)
    assert (said.amount, said.often) == ("3 sets of 10", "twice a day, 3 days a week")
    assert said.pace == "3 seconds up, 3 seconds down."
    assert said.rest == "Rest 90 seconds between sets."


def test_one_set_has_no_rest_between_sets() -> None:
    one = Dose(side=DoseSide.BOTH, sets=1, reps=10, rest_s=60)
    assert dose_in_words(one).rest == ""


def test_of_a_run_only_how_often_is_said() -> None:
    said = dose_in_words(WalkRun(rounds=3, walk_min=5, run_min=5, days_per_week=3), "on the bar")
    assert said == DoseWords(amount="", often="3 days a week")


@pytest.mark.parametrize("load_at", LoadAt)
def test_weight_lies_somewhere_unless_there_is_none(load_at: LoadAt) -> None:
    assert bool(weight_place(load_at)) is (load_at is not LoadAt.NONE)


RUN = WalkRun(rounds=3, walk_min=5, run_min=5, days_per_week=3)


@pytest.mark.parametrize(
    ("doses", "job"),
    [
        pytest.param((), "", id="nothing"),
        pytest.param((dose(),), "Do this exercise every day.", id="one"),
        pytest.param((dose(times_per_day=2),), "Do this exercise twice a day, every day.", id="2"),
        pytest.param(
            (dose(days_per_week=3), dose(days_per_week=3)),
            "Do these 2 exercises 3 days a week. Leave a free day between.",
            id="two alike",
        ),
        pytest.param(
            (dose(days_per_week=3), dose()),
            "Do these 2 exercises as often as it says beside each one.",
            id="two unlike",
        ),
        pytest.param((RUN,), "Do this 3 days a week. Leave a free day between.", id="run"),
        pytest.param(
            (RUN, dose(days_per_week=3)),
            "Do each of these 3 days a week. Leave a free day between.",
            id="run and exercise alike",
        ),
        pytest.param(
            (RUN, dose()), "Do these 2 things as often as it says beside each one.", id="unlike"
        ),
    ],
)
def test_the_job_is_said_in_one_line(doses: tuple[AnyDose, ...], job: str) -> None:
    assert your_job(doses) == job


def test_the_leg_that_works() -> None:
    assert leg(dose(), Side.RIGHT) == "Right leg"
    assert leg(Dose(side=DoseSide.BOTH, sets=1, reps=1), Side.RIGHT) == "Both legs"
    assert leg(WalkRun(rounds=1, walk_min=0, run_min=30, days_per_week=3), Side.LEFT) == ""


@pytest.mark.parametrize(
    ("running", "heads", "rows", "total"),
    [
        pytest.param(
            WalkRun(rounds=2, walk_min=9, run_min=1, days_per_week=3),
            ("When", "Walk", "Run"),
            (("Round 1", "9 minutes", "1 minute"), ("Round 2", "9 minutes", "1 minute")),
            "Together 20 minutes.",
            id="rounds",
        ),
        pytest.param(
            WalkRun(rounds=1, walk_min=0, run_min=30, days_per_week=3),
            ("When", "Run"),
            (("Once", "30 minutes"),),
            "",
            id="all the way",
        ),
        pytest.param(
            WalkRun(rounds=1, walk_min=30, run_min=0, days_per_week=7),
            ("When", "Walk"),
            (("Once", "30 minutes"),),
            "",
            id="walking only",
        ),
        pytest.param(
            WalkRun(rounds=2, walk_min=10, run_min=0, days_per_week=7),
            ("When", "Walk"),
            (("Round 1", "10 minutes"), ("Round 2", "10 minutes")),
            "Together 20 minutes.",
            id="walking in rounds",
        ),
        pytest.param(
            WalkRun(rounds=7, walk_min=2, run_min=2, days_per_week=3),
            ("When", "Walk", "Run"),
            (("7 rounds, each", "2 minutes", "2 minutes"),),
            "Together 28 minutes.",
            id="many rounds",
        ),
    ],
)
def test_walk_and_run_as_a_table(
    running: WalkRun, heads: tuple[str, ...], rows: tuple[tuple[str, ...], ...], total: str
) -> None:
    table = run_table(running)
    assert table is not None
    assert (table.heads, table.rows, table.total) == (heads, rows, total)


def free_run(longer: int = 10, consecutive: bool = False, days: int = 3) -> FreeRun:
    return FreeRun(longer_percent=longer, days_per_week=days, consecutive_days=consecutive)


LONGEST = "no longer than your longest run of the last 30 days"


@pytest.mark.parametrize(
    ("longer", "longest_m", "rows"),
    [
        pytest.param(
            10,
            7_000,
            (
                ("Each run", f"{LONGEST} and one tenth more"),
                ("For you", "Your longest was 7 km, so up to 7.7 km."),
            ),
            id="known",
        ),
        pytest.param(
            10,
            7_090,
            (
                ("Each run", f"{LONGEST} and one tenth more"),
                ("For you", "Your longest was 7 km, so up to 7.7 km."),
            ),
            id="rounded down",
        ),
        pytest.param(
            10,
            None,
            (
                ("Each run", f"{LONGEST} and one tenth more"),
                ("Your longest run", "km"),
                ("So up to", "km"),
            ),
            id="to fill in",
        ),
        pytest.param(0, None, (("Each run", LONGEST), ("Your longest run", "km")), id="steady"),
    ],
)
def test_how_far_to_run_is_said_in_kilometres(
    longer: int, longest_m: int | None, rows: tuple[tuple[str, str], ...]
) -> None:
    table = run_table(free_run(longer), longest_m=longest_m)
    assert table is not None
    assert table.rows == rows
    assert run_table(dose()) is None


def test_runs_with_dates_say_how_far_themselves() -> None:
    table = run_table(free_run(), longest_m=7_000, dated=True)
    assert table is not None
    assert table.rows == ()


@pytest.mark.parametrize(
    ("consecutive", "job"),
    [
        (False, "Run up to 3 days a week, never two days in a row."),
        (True, "Run up to 3 days a week, never two days in a row."),
    ],
    ids=["apart", "together"],
)
def test_days_of_running_are_said_once_and_nothing_against_it(consecutive: bool, job: str) -> None:
    run = free_run(consecutive=consecutive)
    assert your_job((run,)) == job
    assert how_often(run) == "up to 3 days a week"
    assert bool(days_between((run,))) is not consecutive


STAGES_OF_RUNNING = (Stage.RUN_WALK, Stage.FULL_RETURN)


@pytest.mark.parametrize("runs", [True, False], ids=["runs", "does not run"])
@pytest.mark.parametrize("paper", [True, False], ids=["paper", "no paper"])
@pytest.mark.parametrize("stage", Stage)
def test_a_flare_has_one_trigger_and_one_thing_to_do(stage: Stage, paper: bool, runs: bool) -> None:
    said = three_rules(stage=stage, runs=runs, flare_paper=paper).flare
    assert said.startswith(flare_signs())
    assert "over 30 minutes longer" in said
    assert "newly warm or swollen" in said
    assert said.count("all us") == 1
    assert grade_of([said]) <= HIGHEST_GRADE
    follow = "Then put your plan aside, follow the paper “Your plan for a flare” and call us."
    assert (follow in said) is paper
    here = "Then put your plan aside, do what is on this paper and call us."
    kept = in_a_flare(Side.LEFT, (), ahead=True).says
    assert kept.endswith(f"{flare_signs()} {here}")
    assert follow not in kept
    if paper:
        assert said == f"{flare_signs()} {follow}"
    elif stage in STAGES_OF_RUNNING:
        assert "Skip the next run" in said
        assert "weight" not in said
        assert "sets" not in said
    else:
        assert ("Do not run until we have talked." in said) is (runs)


UPHILL, FAST = MatrixRow.UPHILL_RUNNING, MatrixRow.SPEED_RUNNING


@pytest.mark.parametrize(
    ("stage", "opened", "sprints", "said"),
    [
        (Stage.RUN_WALK, (), False, "Do not run uphill yet, and do not sprint."),
        (Stage.FULL_RETURN, (), False, "Do not run uphill yet, and do not run fast."),
        (Stage.FULL_RETURN, (FAST,), False, "Do not run uphill yet, and do not sprint."),
        (Stage.FULL_RETURN, (FAST, UPHILL), False, "Do not sprint yet."),
        (Stage.FULL_RETURN, (UPHILL,), False, "Do not run fast yet."),
        (Stage.FULL_RETURN, (FAST,), True, "Do not run uphill yet."),
        (Stage.FULL_RETURN, (FAST, UPHILL), True, ""),
        (Stage.ISOTONIC, (), False, ""),
    ],
    ids=["walks", "flat", "faster", "hills", "hills first", "sprints first", "all", "no runner"],
)
def test_flat_comes_before_hills_and_speed_last(
    stage: Stage, opened: tuple[MatrixRow, ...], sprints: bool, said: str
) -> None:
    lines = what_not_to_do(
        location=Location.MIDPORTION,
        phase=Phase.DEGENERATIVE,
        cortisone=Cortisone.NONE,
        stage=stage,
        planned=(),
        opened=opened,
        sprints=sprints,
    )
    assert [line for line in lines if "yet" in line] == ([said] if said else [])


def test_more_runs_than_fit_apart_say_nothing_of_free_days() -> None:
    assert your_job((free_run(days=5, consecutive=True),)) == "Run up to 5 days a week."


@pytest.mark.parametrize("holds", [True, False], ids=["holds", "no holds"])
def test_after_cortisone_the_holds_are_excepted(holds: bool) -> None:
    planned = (MatrixRow.ISOMETRIC_MID_RANGE,) if holds else ()
    first = what_not_to_do(
        location=Location.MIDPORTION,
        phase=Phase.DEGENERATIVE,
        cortisone=Cortisone.RECENT,
        stage=Stage.ISOMETRIC,
        planned=planned,
    )[0]
    assert ("apart from the holds on this paper" in first) is holds
    assert first.endswith("until we tell you.")
    had = what_you_have(
        Location.MIDPORTION,
        Phase.DEGENERATIVE,
        Side.LEFT,
        cortisone=Cortisone.RECENT,
        holds=holds,
    )
    assert had.endswith("light, apart from the holds below." if holds else "keep its work light.")


def test_too_much_pain_is_for_today_and_no_flare() -> None:
    assert three_rules().bands[-1].do == "Stop for today. Do less next time."


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("stage", Stage)
def test_what_you_have_suits_how_far_on_it_is(stage: Stage, phase: Phase) -> None:
    said = what_you_have(Location.MIDPORTION, phase, Side.LEFT, stage=stage)
    settle = pathway(phase) is Pathway.SETTLE
    assert ("calm it down" in said) is settle
    assert ("run again" in said) is (stage in STAGES_OF_RUNNING and not settle)
    assert ("bounce" in said) is (stage is Stage.PLYOMETRIC and not settle)
    injected = what_you_have(
        Location.MIDPORTION, phase, Side.LEFT, stage=stage, cortisone=Cortisone.RECENT
    )
    assert "cortisone" in injected
    assert "stronger" not in injected


@pytest.mark.parametrize(
    ("percent", "share"),
    [
        (5, "one twentieth"),
        (10, "one tenth"),
        (20, "one fifth"),
        (30, "3 tenths"),
        (50, "half"),
        (100, "all"),
        (12, "12 parts in 100"),
    ],
)
def test_a_share_of_ones_weight_is_said_in_words(percent: int, share: str) -> None:
    said = dose_in_words(loaded(LoadKind.PERCENT_BODY_WEIGHT, percent)).weight
    assert said == f"Weight: {share} of your own weight."


@pytest.mark.parametrize("hands", Hands)
@pytest.mark.parametrize("support", Support)
def test_a_weight_is_carried_somehow_and_never_in_a_hand_that_holds_on(
    support: Support, hands: Hands
) -> None:
    said = carry_words(support, hands)
    if support in (Support.SEAT, Support.LEG_PRESS):
        assert "knee" in said
    else:
        assert "rucksack" in said
    assert ("does not hold on" in said) is (
        support not in (Support.SEAT, Support.LEG_PRESS) and hands in (Hands.WALL, Hands.RAIL)
    )


def test_of_both_legs_the_stricter_word_on_running_is_said_once() -> None:
    stop, test, less = (
        "Do not run yet. We will tell you when.",
        "Do not run yet. You can start again once you pass our running test.",
        "Run less: 5 km at most where you used to run 10 km.",
    )
    hop = "Do not jump or hop."
    assert for_both_legs((hop, less), (hop, stop)) == ((hop, stop), (), ())
    assert for_both_legs((hop, test), ("A",)) == ((test,), (hop,), ("A",))
    assert for_both_legs((less,), (less,)) == ((less,), (), ())
    assert not may_run((test,))
    assert may_run((less, hop))


@pytest.mark.parametrize(
    ("doses", "expected"),
    [
        pytest.param((dose(days_per_week=3),), True, id="three days"),
        pytest.param((dose(days_per_week=4),), False, id="four days"),
        pytest.param((dose(days_per_week=2), dose()), False, id="one of them daily"),
        pytest.param((), False, id="nothing"),
    ],
)
def test_a_free_day_between_where_there_is_room(doses: tuple[AnyDose, ...], expected: bool) -> None:
    assert bool(days_between(doses)) is expected


@pytest.mark.parametrize(
    ("doses", "expected"),
    [
        pytest.param((dose(days_per_week=2),), ((1, 1), (2, 1)), id="two days"),
        pytest.param(
            (dose(days_per_week=1), dose(days_per_week=2, times_per_day=2)),
            ((1, 2), (2, 2)),
            id="the most frequent",
        ),
        pytest.param(
            (FreeRun(longer_percent=0, days_per_week=1, consecutive_days=False),),
            ((1, 1),),
            id="run",
        ),
        pytest.param((), (), id="nothing"),
    ],
)
def test_the_diary_is_as_long_as_the_week(
    doses: tuple[AnyDose, ...], expected: tuple[tuple[int, int], ...]
) -> None:
    assert diary_days(doses) == expected


def test_a_diary_of_two_weeks_counts_its_days_on() -> None:
    assert diary_days((dose(days_per_week=3),), weeks=2) == tuple((day, 1) for day in range(1, 7))


@pytest.mark.parametrize("side", Side, ids=str)
def test_the_flare_paper_names_the_side_and_the_sessions_to_wait_for(side: Side) -> None:
    words = in_a_flare(side, ())
    assert f"our {side.value} Achilles tendon" in words.says
    assert f"{DEFAULTS.ok_isometric} sessions in a row" in words.back
    assert words.avoid == ("Do not lower your heel over the edge of a step.",)


@pytest.mark.parametrize("side", Side, ids=str)
def test_a_paper_kept_for_a_flare_says_when_it_is_one(side: Side) -> None:
    says = in_a_flare(side, (), ahead=True).says
    assert says.startswith(f"Keep this paper for a flare of your {side.value} Achilles tendon.")
    assert flare_signs() in says


@pytest.mark.parametrize("phase", Phase)
def test_a_flare_makes_any_tendon_irritable(phase: Phase) -> None:
    flared = in_a_flare_phase(phase)
    assert pathway(flared) is Pathway.SETTLE
    assert (flared is phase) is (pathway(phase) is Pathway.SETTLE)
    chronic = phase in (Phase.DEGENERATIVE, Phase.DISREPAIR)
    assert (flared is Phase.REACTIVE_ON_DEGENERATIVE) is (
        chronic or phase is Phase.REACTIVE_ON_DEGENERATIVE
    )


def test_the_flare_paper_says_only_once_to_keep_the_heel_up() -> None:
    said = "Keep your heel level with the floor or the step, never below it."
    assert in_a_flare(Side.LEFT, (said,)).avoid == ()


def test_runs_with_dates_are_no_promise() -> None:
    above, below = dated_words()
    assert "only if your last run went well" in above
    assert "Never run twice" in below
    assert not re.search("week|will be|ready", above + below)
