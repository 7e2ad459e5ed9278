"""Sessions done against sessions planned, week by week."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from assessments.rules.terms import Stage
from programmes.rules.adherence import Held, Stretch, percent, sessions_a_week, weeks
from programmes.rules.dose import AnyDose, Dose, FreeRun, WalkRun
from programmes.rules.terms import DoseSide

FIRST = date(2025, 3, 3)


def day(nth: int) -> date:
    """The nth day of the programme, counted from 0."""
    return FIRST + timedelta(days=nth)


def stretch(first: int, last: int, per_week: Fraction | int | None = 3) -> Stretch:
    return Stretch(
        step_key=1, stage=Stage.ISOTONIC, first=day(first), last=day(last), per_week=per_week
    )


def held(*days: int, reported: bool = False) -> list[Held]:
    return [Held(on=day(each), reported=reported) for each in days]


def dose(times: int, days: int) -> Dose:
    return Dose(side=DoseSide.AFFECTED, sets=3, reps=15, times_per_day=times, days_per_week=days)


@pytest.mark.parametrize(
    ("doses", "expected"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([dose(1, 3)], 3, id="three_days"),
        pytest.param([dose(2, 7)], 14, id="morning_and_evening"),
        pytest.param([dose(1, 3), dose(1, 3)], 3, id="two_exercises_one_session"),
        pytest.param([dose(1, 7), dose(2, 3)], 7, id="the_busiest_first"),
        pytest.param([dose(1, 3), dose(2, 7)], 14, id="the_busiest_last"),
        pytest.param([WalkRun(rounds=3, walk_min=4, run_min=1, days_per_week=4)], 4, id="running"),
        pytest.param(
            [FreeRun(longer_percent=10, days_per_week=2, consecutive_days=False), dose(1, 3)],
            3,
            id="running_and_strength",
        ),
    ],
)
def test_sessions_of_a_week_are_those_of_the_busiest_exercise(
    doses: list[AnyDose], expected: int | None
) -> None:
    assert sessions_a_week(doses) == expected


@pytest.mark.parametrize(
    ("stretches", "last", "planned"),
    [
        pytest.param([stretch(0, 13)], 13, [3, 3], id="two_whole_weeks"),
        pytest.param([stretch(0, 8)], 8, [3, 1], id="two_days_of_the_last_week"),
        pytest.param([stretch(0, 7)], 7, [3, 0], id="one_day_of_the_last_week"),
        pytest.param([stretch(0, 6, 14)], 6, [14], id="twice_a_day"),
        pytest.param([stretch(0, 0, 7)], 0, [1], id="the_first_day_alone"),
        pytest.param([stretch(0, 2), stretch(3, 6, 7)], 6, [5], id="a_step_within_the_week"),
        pytest.param([stretch(0, 6, 0)], 6, [0], id="nothing_to_do"),
        pytest.param([stretch(0, 1), stretch(2, 6, 0)], 6, [1], id="locked_since_the_third_day"),
        pytest.param([stretch(0, 6), stretch(14, 20)], 20, [3, 0, 3], id="closed_for_a_week"),
        pytest.param([stretch(0, 6), stretch(7, 13, None)], 13, [3, None], id="not_known"),
        pytest.param([stretch(0, 6, Fraction(7, 2))], 6, [4], id="a_half_is_rounded_up"),
        pytest.param([], 6, [0], id="no_programme_in_it"),
        pytest.param([stretch(0, 6)], -1, [], id="ended_before_it_began"),
    ],
)
def test_a_week_plans_in_proportion_to_its_days(
    stretches: list[Stretch], last: int, planned: list[int | None]
) -> None:
    found = weeks(stretches, [], first=FIRST, last=day(last))
    assert [week.planned for week in found] == planned


def test_weeks_follow_each_other_and_the_last_ends_with_the_range() -> None:
    found = weeks([], [], first=FIRST, last=day(16))
    assert [(week.first, week.last) for week in found] == [
        (day(0), day(6)),
        (day(7), day(13)),
        (day(14), day(16)),
    ]


def test_seen_and_told_are_counted_apart_in_the_week_they_were_held() -> None:
    sessions = [*held(-1, 0, 6, 7, 14), *held(6, 6, reported=True)]
    found = weeks([stretch(0, 13)], sessions, first=FIRST, last=day(13))
    assert [(week.observed, week.reported, week.done) for week in found] == [(2, 2, 4), (1, 0, 1)]


def test_a_session_done_in_part_is_held_and_told_apart() -> None:
    part = Held(on=day(1), reported=False, counted=False)
    (week,) = weeks([stretch(0, 6)], [part, *held(2)], first=FIRST, last=day(6))
    assert (week.done, week.short, week.untold) == (2, 1, 0)


def test_a_session_of_which_nobody_said_how_much_is_neither_whole_nor_in_part() -> None:
    untold = Held(on=day(1), reported=True, counted=None)
    (week,) = weeks([stretch(0, 6)], [untold, *held(2)], first=FIRST, last=day(6))
    assert (week.done, week.short, week.untold) == (2, 0, 1)


@pytest.mark.parametrize(
    ("stretches", "sessions", "expected"),
    [
        pytest.param([stretch(0, 13)], held(0, 2, 4, 7, 9, 11), 100, id="all"),
        pytest.param([stretch(0, 13)], held(0, 2, 4, 5, 6, 7), 66, id="more_makes_up_for_nothing"),
        pytest.param([stretch(0, 13)], [], 0, id="none"),
        pytest.param([stretch(0, 13)], held(0, reported=True), 16, id="told_counts"),
        pytest.param([stretch(0, 13, 0)], held(0), None, id="nothing_planned"),
        pytest.param([stretch(0, 13, None)], held(0), None, id="plan_not_known"),
        pytest.param([stretch(0, 6), stretch(7, 13, None)], held(0, 2), 66, id="half_known"),
    ],
)
def test_the_share_counts_at_most_what_was_planned_in_each_week(
    stretches: list[Stretch], sessions: list[Held], expected: int | None
) -> None:
    assert percent(weeks(stretches, sessions, first=FIRST, last=day(13))) == expected


def test_a_share_just_under_the_mark_is_not_rounded_onto_it() -> None:
    found = weeks([stretch(0, 27, 7)], held(*range(20)), first=FIRST, last=day(26))
    assert (sum(week.planned or 0 for week in found), percent(found)) == (27, 74)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        pytest.param({"last": day(-1)}, "last", id="ends_before_it_begins"),
        pytest.param({"per_week": -1}, "per_week", id="less_than_nothing"),
    ],
)
def test_a_stretch_that_cannot_be_names_the_field(values: dict[str, object], field: str) -> None:
    known: dict[str, object] = {
        "step_key": 1,
        "stage": Stage.ISOTONIC,
        "first": day(0),
        "last": day(6),
        "per_week": 3,
    }
    with pytest.raises(ValueError, match=f"^{field}:"):
        Stretch(**{**known, **values})  # type: ignore[arg-type]
