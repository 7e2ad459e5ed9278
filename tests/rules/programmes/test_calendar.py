"""Running with dates: rest kept, lengths within the limit, worked out from where a patient is."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.duplicates import LoggedRun
from assessments.rules.spikes import class_runs
from programmes.rules.calendar import (
    EVERY_DAY,
    DatedRun,
    Rung,
    days_in_words,
    full_return_plan,
    kilometres,
    longest_before,
    run_walk_plan,
    runs_that_fit,
)
from programmes.rules.dose import FreeRun, RunThroughs, WalkRun

MONDAY = date(2025, 3, 3)
RUNGS = (
    *(
        Rung(
            number=number,
            dose=WalkRun(rounds=3, walk_min=10 - number, run_min=number, days_per_week=3),
            sessions=3,
        )
        for number in range(1, 10)
    ),
    Rung(number=10, dose=WalkRun(rounds=1, walk_min=0, run_min=30, days_per_week=3), sessions=3),
)
FLAT = FreeRun(longer_percent=10, days_per_week=3, consecutive_days=False)


def ladder(
    start: date = MONDAY, *, rung: int = 1, weeks: int = 4, **changes: Any
) -> list[DatedRun]:
    """The ladder from a rung on, three sessions a level, one day of rest."""
    values: dict[str, Any] = {
        "available": EVERY_DAY,
        "rungs": RUNGS[rung - 1 :],
        "done": 0,
        "before": (),
        "rest_days": 1,
        "rest_after_last": 1,
        "until": start + timedelta(days=7 * weeks - 1),
        **changes,
    }
    return list(run_walk_plan(start, **values))


def full(start: date = MONDAY, *, weeks: int = 4, **changes: Any) -> list[DatedRun]:
    """Flat running from a longest run of 5 km two weeks ago."""
    values: dict[str, Any] = {
        "available": EVERY_DAY,
        "step": 1,
        "dose": FLAT,
        "log": [ran(14, 5000, start)],
        "held": 0,
        "before": (),
        "rest_days": 1,
        "rest_after_last": 1,
        "until": start + timedelta(days=7 * weeks - 1),
        **changes,
    }
    return list(full_return_plan(start, **values))


def ran(days_ago: int, metres: int | None, start: date = MONDAY) -> LoggedRun:
    return LoggedRun(
        happened_on=start - timedelta(days=days_ago), distance_m=metres, duration_s=1800
    )


def days(planned: list[DatedRun]) -> list[int]:
    """Days from the Monday the plan starts on."""
    return [(each.on - MONDAY).days for each in planned]


def test_three_sessions_a_level_with_a_rest_day_after_each() -> None:
    planned = ladder(weeks=2)
    assert days(planned) == [0, 2, 4, 7, 9, 11]
    assert [(each.step, each.place, each.waits) for each in planned] == [
        (1, 1, False),
        (1, 2, False),
        (1, 3, False),
        (2, 1, True),
        (2, 2, True),
        (2, 3, True),
    ]
    assert {each.minutes for each in planned} == {30}


def test_the_plan_starts_in_the_middle_of_a_level() -> None:
    planned = ladder(rung=4, done=2, weeks=1)
    assert [(each.step, each.place) for each in planned] == [(4, 3), (5, 1), (5, 2)]


def test_a_level_complete_by_number_but_not_left_asks_for_one_more_session() -> None:
    assert [(each.step, each.place) for each in ladder(rung=4, done=5, weeks=1)] == [
        (4, 3),
        (5, 1),
        (5, 2),
    ]


def test_the_ladder_ends_with_its_last_rung() -> None:
    planned = ladder(rung=10, weeks=8)
    assert [(each.step, each.place) for each in planned] == [(10, 1), (10, 2), (10, 3)]


def test_run_throughs_have_days_and_no_minutes() -> None:
    dose = RunThroughs(sets=3, reps=5, metres=80, percent_from=50, percent_to=60, days_per_week=2)
    planned = ladder(rungs=(Rung(number=1, dose=dose, sessions=3),), weeks=2)
    assert [(each.place, each.minutes) for each in planned] == [(1, None), (2, None), (3, None)]
    assert days(planned) == [0, 2, 7]


def rung_of(number: int, *, days_per_week: int, sessions: int) -> Rung:
    dose = WalkRun(rounds=3, walk_min=5, run_min=5, days_per_week=days_per_week)
    return Rung(number=number, dose=dose, sessions=sessions)


def test_each_rung_has_its_own_number_of_sessions_and_days_a_week() -> None:
    rungs = (
        rung_of(1, days_per_week=3, sessions=3),
        rung_of(2, days_per_week=1, sessions=4),
        rung_of(3, days_per_week=3, sessions=3),
    )
    planned = ladder(rungs=rungs, weeks=7)
    assert [(each.step, each.place, each.of) for each in planned] == [
        *((1, place, 3) for place in (1, 2, 3)),
        *((2, place, 4) for place in (1, 2, 3, 4)),
        *((3, place, 3) for place in (1, 2, 3)),
    ]
    # Once a week at the second, counted from the last run of the first; then three a week again.
    assert days(planned) == [0, 2, 4, 11, 18, 25, 32, 34, 36, 39]


def test_no_later_rung_begins_before_the_one_in_hand_is_complete() -> None:
    rungs = (rung_of(1, days_per_week=1, sessions=3), rung_of(2, days_per_week=3, sessions=3))
    planned = ladder(rungs=rungs, weeks=2)
    assert [(day, each.step) for day, each in zip(days(planned), planned, strict=True)] == [
        (0, 1),
        (7, 1),
    ]


def test_a_rung_of_no_sessions_is_refused() -> None:
    with pytest.raises(ValueError, match="sessions"):
        ladder(rungs=(rung_of(1, days_per_week=3, sessions=0),))


def test_no_rungs_no_runs() -> None:
    assert ladder(rungs=()) == []


def test_a_missed_week_moves_the_dates_and_loses_nothing() -> None:
    held = (MONDAY, MONDAY + timedelta(days=2))
    late = ladder(MONDAY + timedelta(days=11), rung=2, done=2, before=held, weeks=1)
    assert [((each.on - MONDAY).days, each.step, each.place) for each in late] == [
        (11, 2, 3),
        (13, 3, 1),
        (15, 3, 2),
    ]


def test_after_a_step_back_the_plan_goes_on_from_the_lower_level() -> None:
    held = (MONDAY - timedelta(days=1),)
    planned = ladder(rung=3, before=held, rest_after_last=3, weeks=2)
    assert days(planned)[0] == 3
    assert [each.step for each in planned][:4] == [3, 3, 3, 4]


@pytest.mark.parametrize(
    ("rest", "first"), [(0, 0), (1, 1), (2, 2), (3, 3)], ids=lambda value: str(value)
)
def test_the_rest_the_last_session_asked_for_comes_first(rest: int, first: int) -> None:
    held = (MONDAY - timedelta(days=1),)
    assert days(ladder(before=held, rest_after_last=rest, weeks=1))[0] == first


def test_a_session_of_today_is_not_planned_again() -> None:
    assert days(ladder(before=(MONDAY,), weeks=1))[0] == 2


def test_runs_of_the_last_days_count_for_the_week() -> None:
    held = [MONDAY - timedelta(days=n) for n in (6, 4, 2)]
    # Three runs in seven days already: the next comes when the first of them is a week old.
    assert days(ladder(before=held, weeks=1))[:2] == [1, 3]


@pytest.mark.parametrize(
    ("available", "expected"),
    [
        ({2, 3}, [1, 8, 15, 22]),
        ({2, 4, 6}, [1, 3, 5, 8, 10, 12, 15, 17, 19, 22, 24, 26]),
        ({7}, [6, 13, 20, 27]),
        ({1, 7}, [0, 6, 13, 20, 27]),
        (set(), [0, 2, 4, 7, 9, 11, 14, 16, 18, 21, 23, 25]),
    ],
    ids=["neighbours", "three apart", "one day", "Monday and Sunday", "any"],
)
def test_only_days_the_patient_has(available: set[int], expected: list[int]) -> None:
    assert days(ladder(available=frozenset(available))) == expected


@pytest.mark.parametrize(
    ("available", "fits"),
    [({2, 3}, 1), ({1, 3, 5}, 3), (set(), 3), ({6, 7}, 1), ({1, 4}, 2)],
    ids=["neighbours", "three apart", "any", "weekend", "two apart"],
)
def test_how_many_runs_a_week_fit(available: set[int], fits: int) -> None:
    assert runs_that_fit(frozenset(available), rest_days=1, days_per_week=3) == fits


def test_rest_of_three_days_leaves_two_runs_a_week_at_most() -> None:
    assert runs_that_fit(EVERY_DAY, rest_days=3, days_per_week=3) == 1


@pytest.mark.parametrize(
    "start",
    [date(2024, 2, 27), date(2025, 2, 27), date(2025, 12, 29), date(2025, 3, 29)],
    ids=["leap day", "end of February", "new year", "clocks change"],
)
def test_ends_of_months_and_years_are_ordinary_days(start: date) -> None:
    assert [(each.on - start).days for each in ladder(start, weeks=2)] == [0, 2, 4, 7, 9, 11]


def test_a_weekday_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="available"):
        ladder(available=frozenset({0}))


def test_full_return_grows_once_a_week_by_ten_percent() -> None:
    planned = full()
    assert [each.most_m for each in planned] == [5500] * 3 + [6050] * 3 + [6650] * 3 + [7310] * 3
    assert [each.longer for each in planned][:4] == [True, False, False, True]
    assert {each.minutes for each in planned} == {None}
    assert not any(each.waits for each in planned)


def test_a_longest_run_of_this_week_is_not_exceeded_yet() -> None:
    planned = full(log=[ran(2, 6000)], before=(MONDAY - timedelta(days=2),), weeks=1)
    assert [(day, each.most_m) for day, each in zip(days(planned), planned, strict=True)] == [
        (0, 6000),
        (2, 6000),
        (5, 6600),
    ]


def test_growth_stops_at_the_goal() -> None:
    assert [each.most_m for each in full(goal_m=6000)][-1] == 6000


def test_a_goal_shorter_than_the_runs_so_far_shortens_nothing() -> None:
    assert {each.most_m for each in full(goal_m=3000)} == {5000}


def test_after_a_long_break_the_longest_run_is_the_one_still_within_thirty_days() -> None:
    log = [ran(31, 20_000), ran(30, 8000), ran(20, 3000)]
    planned = full(log=log, weeks=1)
    # On the first day the 8 km run is 30 days old and counts; two days later it doesn't.
    assert [each.longest_m for each in planned] == [8000, 8800, 8800]
    later = full(log=[ran(31, 20_000), ran(20, 3000)], weeks=1)
    assert [each.most_m for each in later] == [3300, 3300, 3300]


@pytest.mark.parametrize(
    "log",
    [[], [ran(31, 9000)], [ran(3, None)], [ran(-2, 9000)]],
    ids=["empty", "too old", "without a distance", "after the day"],
)
def test_with_no_run_to_compare_with_no_length_is_made_up(log: list[LoggedRun]) -> None:
    first = full(log=log, known_minutes=30, weeks=1)[0]
    assert (first.most_m, first.longest_m, first.minutes) == (None, None, 30)


def test_a_dose_that_allows_nothing_longer_keeps_the_length() -> None:
    dose = FreeRun(longer_percent=0, days_per_week=3, consecutive_days=False)
    assert {each.most_m for each in full(dose=dose)} == {5000}


def test_a_dose_beyond_the_limit_is_held_to_it() -> None:
    dose = FreeRun(longer_percent=50, days_per_week=3, consecutive_days=False)
    assert full(dose=dose)[0].most_m == 5500


def test_sessions_held_at_the_step_are_counted_on() -> None:
    assert [each.place for each in full(held=2, weeks=1)] == [3, 4, 5]


def test_the_longest_run_is_the_first_day_it_was_run() -> None:
    runs = [(MONDAY - timedelta(days=n), m) for n, m in ((3, 5000), (9, 5000), (1, 4000))]
    assert longest_before(runs, MONDAY) == (5000, MONDAY - timedelta(days=9))


AVAILABLE = st.frozensets(st.integers(1, 7))
PAST_DAYS = st.lists(st.integers(0, 45), max_size=12)
START = st.dates(min_value=date(2000, 3, 1), max_value=date(2090, 1, 1))


@given(
    start=START,
    available=AVAILABLE,
    past=PAST_DAYS,
    rest=st.integers(1, 3),
    after_last=st.integers(0, 3),
    rung=st.integers(1, 10),
    done=st.integers(0, 5),
)
def test_the_ladder_keeps_rest_days_and_order_whatever_was_held(
    start: date,
    available: frozenset[int],
    past: list[int],
    rest: int,
    after_last: int,
    rung: int,
    done: int,
) -> None:
    before = [start - timedelta(days=n) for n in past]
    planned = ladder(
        start,
        rung=rung,
        available=available,
        before=before,
        rest_days=rest,
        rest_after_last=after_last,
        done=done,
        weeks=6,
    )
    on = [each.on for each in planned]
    assert all((after - this).days > rest for this, after in pairwise(on))
    assert all(not available or each.isoweekday() in available for each in on)
    assert all(start <= each < start + timedelta(weeks=6) for each in on)
    if on and before:
        assert (on[0] - max(before)).days > after_last
    steps = [each.step for each in planned]
    assert steps == sorted(steps)
    assert all(1 <= each.place <= 3 for each in planned)
    for last in on:
        assert sum(0 <= (last - day).days < 7 for day in {*on, *before}) <= 3


@given(
    start=START,
    available=AVAILABLE,
    log=st.lists(
        st.tuples(st.integers(0, 60), st.one_of(st.none(), st.integers(1, 60_000))), max_size=15
    ),
    percent=st.integers(0, 30),
    goal=st.one_of(st.none(), st.integers(1, 60_000)),
)
def test_no_planned_run_is_ever_a_spike(
    start: date,
    available: frozenset[int],
    log: list[tuple[int, int | None]],
    percent: int,
    goal: int | None,
) -> None:
    runs = [ran(ago, metres, start) for ago, metres in log]
    planned = full(
        start,
        log=runs,
        available=available,
        before=[run.happened_on for run in runs],
        dose=FreeRun(longer_percent=percent, days_per_week=4, consecutive_days=True),
        goal_m=goal,
        weeks=8,
    )
    told = [LoggedRun(happened_on=each.on, distance_m=each.most_m) for each in planned]
    classed = class_runs([*runs, *told])[len(runs) :]
    by_place = {each.place: each for each in class_runs([*runs, *told])}
    assert len(classed) == len(told)
    for place, each in enumerate(planned, start=len(runs)):
        assert not by_place[place].is_spike
        assert by_place[place].longest_m == each.longest_m
    on = [each.on for each in planned]
    assert all((after - this).days > 1 for this, after in pairwise(on))
    assert all(not available or each.isoweekday() in available for each in on)


@pytest.mark.parametrize(
    ("available", "words"),
    [
        ((), "any day"),
        (range(1, 8), "any day"),
        ((3,), "Wednesday"),
        ((5, 1, 3), "Monday, Wednesday and Friday"),
    ],
    ids=["none", "all", "one", "three"],
)
def test_days_in_words(available: tuple[int, ...], words: str) -> None:
    assert days_in_words(available) == words


@pytest.mark.parametrize(
    ("metres", "words"),
    [(5000, "5 km"), (5500, "5.5 km"), (12_080, "12.08 km"), (5437, "5.43 km"), (90, "0.09 km")],
    ids=lambda value: str(value),
)
def test_kilometres(metres: int, words: str) -> None:
    assert kilometres(metres) == words
