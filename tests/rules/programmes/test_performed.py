"""What was done of each set: as typed, how much of the plan it is, as stored, and in words."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.bounds import LOAD_KG, PAIN
from programmes.rules import performed
from programmes.rules.dose import (
    HOLD_S,
    REPS,
    ROUNDS,
    RUN_MINUTES,
    SETS,
    AnyDose,
    Dose,
    FreeRun,
    Load,
    RunThroughs,
    WalkRun,
    dose_to_json,
)
from programmes.rules.performed import (
    AS_PLANNED,
    Done,
    NotRead,
    SetDone,
    completed,
    done_from_json,
    done_in_words,
    done_to_json,
    lines,
    read_kg,
    read_set,
    read_sets,
)
from programmes.rules.terms import DoseSide, LoadKind

RAISES = Dose(side=DoseSide.BOTH, sets=3, reps=15, load=Load(kind=LoadKind.RM, amount=15))
HEAVY = Dose(side=DoseSide.BOTH, sets=3, reps=8, load=Load(kind=LoadKind.KG, amount=Decimal("40")))
RANGED = Dose(side=DoseSide.AFFECTED, sets=2, reps=10, reps_to=15)
HOLDS = Dose(side=DoseSide.AFFECTED, sets=5, hold_s=45)
ROUNDS_OF_RUN = WalkRun(rounds=6, walk_min=2, run_min=3, days_per_week=3)
FREE = FreeRun(longer_percent=10, days_per_week=4, consecutive_days=False)
SPRINTS = RunThroughs(sets=3, reps=5, metres=80, percent_from=50, percent_to=60, days_per_week=2)
DOSES: dict[str, AnyDose] = {
    "raises": RAISES,
    "with kg": HEAVY,
    "a range": RANGED,
    "holds": HOLDS,
    "walk and run": ROUNDS_OF_RUN,
    "free run": FREE,
    "run-throughs": SPRINTS,
}


def named(value: object) -> str:
    """A stable id of a parameter: what was typed, the name of its dose, or what is in words."""
    if isinstance(value, str):
        return value.encode("ascii", "backslashreplace").decode()[:24] or "blank"
    return next((name for name, dose in DOSES.items() if dose == value), "")


def done(amount: int | None = None, kg: str | None = None, pain: int | None = None) -> SetDone:
    return SetDone(amount=amount, kg=None if kg is None else Decimal(kg), pain=pain)


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("", done()),
        ("   ", done()),
        ("15", done()),
        ("12", done(12)),
        (" 12 ", done(12)),
        ("20", done(20)),
        ("0", done(0)),
        ("-", done(0)),
        ("–", done(0)),
        ("12x40", done(12, "40")),
        ("12 x 37,5", done(12, "37.5")),
        ("12×37.5 kg", done(12, "37.5")),
        ("12*40", done(12, "40")),
        ("12@40kg", done(12, "40")),
        ("12X40KG", done(12, "40")),
        ("15x40", done(None, "40")),
        ("x40", done(None, "40")),
        ("40kg", done(None, "40")),
        ("37,5 kg", done(None, "37.5")),
        ("x0", done(None, "0")),
        ("12p4", done(12, None, 4)),
        ("12 p 4", done(12, None, 4)),
        ("p4", done(None, None, 4)),
        ("p0", done(None, None, 0)),
        ("-p7", done(0, None, 7)),
        ("0p10", done(0, None, 10)),
        ("12x40p4", done(12, "40", 4)),
        ("40kg p3", done(None, "40", 3)),
        ("012", done(12)),
        ("12x40.00", done(12, "40")),
    ],
    ids=named,
)
def test_a_typed_set_is_read(typed: str, means: SetDone) -> None:
    assert read_set(typed, RAISES) == means


@pytest.mark.parametrize(
    ("typed", "dose", "means"),
    [
        ("30", HOLDS, done(30)),
        ("30s", HOLDS, done(30)),
        ("30 sec", HOLDS, done(30)),
        ("45", HOLDS, done()),
        ("30x10", HOLDS, done(30, "10")),
        ("4", ROUNDS_OF_RUN, done(4)),
        ("6", ROUNDS_OF_RUN, done()),
        ("4p3", ROUNDS_OF_RUN, done(4, None, 3)),
        ("25", FREE, done(25)),
        ("25 min", FREE, done(25)),
        ("-", FREE, done(0)),
        ("4", SPRINTS, done(4)),
        # Within a range every number says more than the plan does.
        ("10", RANGED, done(10)),
        ("12", RANGED, done(12)),
    ],
    ids=named,
)
def test_each_kind_of_dose_counts_its_own(typed: str, dose: AnyDose, means: SetDone) -> None:
    assert read_set(typed, dose) == means


@pytest.mark.parametrize(
    ("typed", "dose", "problem"),
    [
        ("twelve", RAISES, "Write repetitions like 15"),
        ("12 12", RAISES, "Write repetitions like 15"),
        ("12x", RAISES, "Write repetitions like 15"),
        ("x", RAISES, "Write repetitions like 15"),
        ("p", RAISES, "Write repetitions like 15"),
        ("-5", RAISES, "Write repetitions like 15"),
        ("1.5", RAISES, "Write repetitions like 15"),
        ("12p4x40", RAISES, "Write repetitions like 15"),
        ("9" * 400, RAISES, "Write repetitions like 15"),
        ("٣", RAISES, "Write repetitions like 15"),
        ("1e5", RAISES, "Write repetitions like 15"),
        ("nan", RAISES, "Write repetitions like 15"),
        ("\x00", RAISES, "Write repetitions like 15"),
        ("half", HOLDS, "Write seconds like 45"),
        ("half", ROUNDS_OF_RUN, "Write rounds like 6"),
        ("half", FREE, "Write minutes like 30"),
        (f"{REPS.high + 1}", RAISES, f"Must be from 0 to {REPS.high} repetitions, not 201."),
        (f"{HOLD_S.high + 1}", HOLDS, f"Must be from 0 to {HOLD_S.high} seconds, not 301."),
        (f"{ROUNDS.high + 1}", ROUNDS_OF_RUN, f"Must be from 0 to {ROUNDS.high} rounds"),
        (f"{RUN_MINUTES.high + 1}", FREE, f"Must be from 0 to {RUN_MINUTES.high} minutes"),
        (f"12p{PAIN.high + 1}", RAISES, "Pain is 0 to 10, not 11."),
        (f"12x{LOAD_KG.high + 1}", RAISES, "The weight must be from 0 to 500 kg, not 501."),
        ("12x37.125", RAISES, "Two decimal places are enough"),
        ("0x40", RAISES, "A set that was not done has no weight."),
        ("-x40", RAISES, "A set that was not done has no weight."),
        ("4x40", ROUNDS_OF_RUN, "A run has no weight."),
        ("40kg", SPRINTS, "A run has no weight."),
    ],
    ids=named,
)
def test_what_cannot_be_read_is_said_with_its_set(typed: str, dose: AnyDose, problem: str) -> None:
    with pytest.raises(NotRead) as error:
        read_set(typed, dose, 2)
    assert error.value.problem.startswith(problem)
    several = performed.sets_of(dose) > 1
    assert error.value.place == (
        f"{performed.set_word(dose)} 2" if several else performed.set_word(dose)
    )


@pytest.mark.parametrize(
    ("typed", "dose", "kg"),
    [
        ("", RAISES, None),
        ("40", RAISES, Decimal(40)),
        ("37,5", RAISES, Decimal("37.5")),
        ("40 KG", RAISES, Decimal(40)),
        ("0", RAISES, Decimal(0)),
        # The planned weight is as planned.
        ("40", HEAVY, None),
        ("42.5", HEAVY, Decimal("42.5")),
    ],
)
def test_the_weight_of_all_sets(typed: str, dose: AnyDose, kg: Decimal | None) -> None:
    assert read_kg(typed, dose) == kg


@pytest.mark.parametrize("typed", ["heavy", "501", "-1", "1e3", "40x3", "1.125", "9" * 30, "nan"])
def test_a_weight_that_cannot_be(typed: str) -> None:
    with pytest.raises(NotRead) as error:
        read_kg(typed, RAISES)
    assert error.value.place == "kg"


def test_sets_in_a_row_without_the_last_that_are_as_planned() -> None:
    assert read_sets(["15", "12", ""], RAISES) == (AS_PLANNED, done(12))
    assert read_sets(["", "", ""], RAISES) == ()
    with pytest.raises(NotRead, match="There are 3 planned"):
        read_sets(["1", "2", "3", "4"], RAISES)


@pytest.mark.parametrize(
    ("dose", "sets", "share"),
    [
        pytest.param(RAISES, (), 100, id="as planned"),
        pytest.param(RAISES, (done(12),), 93, id="42 of 45 rounded down"),
        pytest.param(RAISES, (done(15), done(15), done(0)), 66, id="two sets of three"),
        pytest.param(RAISES, (done(0), done(0), done(0)), 0, id="nothing"),
        pytest.param(RAISES, (done(30), done(0)), 66, id="more in one set makes up for none"),
        pytest.param(RAISES, (done(60), done(60), done(60)), 100, id="never more than all"),
        pytest.param(RAISES, (done(None, "5", 9),), 100, id="weight and pain don't count"),
        pytest.param(RAISES, (done(14), done(15), done(15)), 97, id="44 of 45 is not all"),
        pytest.param(RANGED, (done(10), done(10)), 100, id="the low end of a range is all"),
        pytest.param(RANGED, (done(5), done(15)), 75, id="below the range"),
        pytest.param(HOLDS, (done(30),) * 5, 66, id="30 of 45 seconds"),
        pytest.param(ROUNDS_OF_RUN, (done(3),), 50, id="half the rounds"),
        pytest.param(FREE, (done(5),), 100, id="a free run has no plan in minutes"),
        pytest.param(FREE, (done(0),), 0, id="a free run not done"),
        pytest.param(SPRINTS, (done(5), done(5)), 100, id="run-throughs"),
        pytest.param(SPRINTS, (done(0),), 66, id="a set of run-throughs left out"),
    ],
)
def test_the_share_of_one_exercise(dose: AnyDose, sets: tuple[SetDone, ...], share: int) -> None:
    assert completed([Done(target=0, sets=sets)], [dose]) == share


def test_the_share_of_a_session_is_the_mean_over_its_exercises() -> None:
    nothing = Done(target=1, sets=(done(0),) * 5)
    assert completed([nothing], [RAISES, HOLDS]) == 50
    assert completed([nothing], [RAISES, HOLDS, ROUNDS_OF_RUN]) == 66
    assert completed([], [RAISES, HOLDS]) == 100


@pytest.mark.parametrize("targets", [[], [None], [RAISES, None]])
def test_without_a_plan_there_is_no_share(targets: list[AnyDose | None]) -> None:
    assert completed([], targets) is None


SETS_DONE = st.builds(
    SetDone,
    amount=st.none() | st.integers(0, HOLD_S.high),
    kg=st.none() | st.decimals(0, LOAD_KG.high, places=2).map(lambda kg: Decimal(kg)),
    pain=st.none() | st.integers(PAIN.low, PAIN.high),
)
DONE = st.lists(
    st.builds(
        Done,
        target=st.integers(0, 7),
        kg=st.none() | st.decimals(0, LOAD_KG.high, places=1),
        sets=st.lists(SETS_DONE, max_size=SETS.high).map(tuple),
    ),
    max_size=8,
    unique_by=lambda each: each.target,
)


@given(DONE)
def test_what_is_stored_is_read_back(told: list[Done]) -> None:
    stored = done_to_json(told)
    again = done_from_json(stored)
    assert done_to_json(again) == stored
    kept = {each.target: each for each in told if not each.is_as_planned}
    assert {each.target for each in again} == set(kept)
    for each in again:
        assert each.kg == kept[each.target].kg
        assert each.sets == performed.shortened(kept[each.target].sets)


@given(DONE)
def test_the_share_is_always_a_share(told: list[Done]) -> None:
    share = completed(told, [*DOSES.values(), RAISES])
    assert share is not None
    assert 0 <= share <= 100


@given(st.text(max_size=24), st.sampled_from(sorted(DOSES)))
def test_junk_is_read_or_refused_in_a_sentence(typed: str, name: str) -> None:
    dose = DOSES[name]
    for read in (read_set, read_kg) if performed.can_weigh(dose) else (read_set,):
        try:
            read(typed, dose)
        except NotRead as error:
            problem = error.problem
        else:
            problem = "None."
        assert problem.endswith(".")


@pytest.mark.parametrize(
    "stored",
    [
        None,
        {},
        "x",
        [1],
        [{}],
        [{"target": 0, "kg": None}],
        [{"target": None, "kg": None, "sets": []}],
        [{"target": -1, "kg": None, "sets": []}],
        [{"target": "0", "kg": None, "sets": []}],
        [{"target": 0, "kg": "heavy", "sets": []}],
        [{"target": 0, "kg": "NaN", "sets": []}],
        [{"target": 0, "kg": "501", "sets": []}],
        [{"target": 0, "kg": None, "sets": {}}],
        [{"target": 0, "kg": None, "sets": [1]}],
        [{"target": 0, "kg": None, "sets": [{"reps": 1}]}],
        [{"target": 0, "kg": None, "sets": [{"amount": -1}]}],
        [{"target": 0, "kg": None, "sets": [{"amount": True}]}],
        [{"target": 0, "kg": None, "sets": [{"pain": 11}]}],
        [{"target": 0, "kg": None, "sets": [None] * (SETS.high + 1)}],
    ],
    ids=str,
)
def test_anything_else_is_not_read_back(stored: Any) -> None:
    with pytest.raises(ValueError, match=": "):
        done_from_json(stored)


@pytest.mark.parametrize(
    ("dose", "told", "words"),
    [
        (RAISES, Done(target=0), ""),
        (RAISES, Done(target=0, kg=Decimal(40)), "40 kg"),
        (RAISES, Done(target=0, sets=(AS_PLANNED, AS_PLANNED, done(12))), "set 3: 12 of 15"),
        (
            RAISES,
            Done(target=0, kg=Decimal("37.50"), sets=(done(12, "35", 4),)),
            "37.5 kg; set 1: 12 of 15, 35 kg, pain 4",
        ),
        (RAISES, Done(target=0, sets=(done(0, None, 6),)), "set 1: not done, pain 6"),
        (RAISES, Done(target=0, sets=(done(0),) * 3), "not done"),
        (RAISES, Done(target=0, sets=(done(0), done(0, None, 7), done(0))), "not done, pain 7"),
        (RAISES, Done(target=0, sets=(done(None, None, 0),)), "set 1: pain 0"),
        (RANGED, Done(target=0, sets=(done(8),)), "set 1: 8 of 10 to 15"),
        (HOLDS, Done(target=0, sets=(AS_PLANNED, done(30))), "hold 2: 30 of 45 seconds"),
        (ROUNDS_OF_RUN, Done(target=0, sets=(done(4),)), "4 of 6 rounds"),
        (ROUNDS_OF_RUN, Done(target=0, sets=(done(0),)), "not done"),
        (FREE, Done(target=0, sets=(done(1),)), "1 minute"),
        (SPRINTS, Done(target=0, sets=(done(3),)), "set 1: 3 of 5"),
        (None, Done(target=0, sets=(done(12),)), "set 1: 12"),
    ],
    ids=named,
)
def test_what_was_done_in_words(dose: AnyDose | None, told: Done, words: str) -> None:
    assert done_in_words(told, dose) == words


def test_the_lines_of_a_stored_session() -> None:
    targets: list[dict[str, object]] = [
        {"name": "Old raise", "dose": "3 sets of 15", "exercise": "old"},
        {
            "name": "Raise",
            "dose": "3 sets of 15 at 15RM",
            "exercise": "raise",
            "plan": dose_to_json(RAISES),
            "side": "Both legs",
        },
    ]
    told = done_to_json([Done(target=1, sets=(done(12),))])
    old, new = lines(targets, told)
    assert (old.name, old.side, old.done) == ("Old raise", "", "")
    assert (new.dose, new.side, new.done) == (
        "3 sets of 15 at 15RM",
        "Both legs",
        "set 1: 12 of 15",
    )
