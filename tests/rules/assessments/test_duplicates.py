"""Which runs are one run recorded twice, and which are two."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.duplicates import (
    A_DAY,
    LoggedRun,
    duplicates,
    may_be_in_another_zone,
    may_be_typed,
    perhaps_twins,
    run_at_once,
    same_run,
)

DAY = date(2019, 5, 3)
SIX = datetime(2019, 5, 3, 6, 0, tzinfo=UTC)


def run(
    minutes: float | None = 0, km: float | None = 10.0, spent: float | None = 50, day: int = 0
) -> LoggedRun:
    """A run ``minutes`` after six (``None``: no time of day), ``spent`` minutes long."""
    return LoggedRun(
        happened_on=DAY + timedelta(days=day),
        started_at=SIX + timedelta(minutes=minutes) if minutes is not None else None,
        distance_m=round(km * 1000) if km is not None else None,
        duration_s=round(spent * 60) if spent is not None else None,
    )


# To the second, as only a watch writes it.
ODD = run(0, 10, 50.22)

CASES = [
    pytest.param(run(), run(), True, id="the-same-file"),
    pytest.param(run(), run(1, 10.3, 51), True, id="watch-and-phone"),
    pytest.param(run(), run(1, 10.5, 51), True, id="watch-and-phone-5-percent-apart"),
    pytest.param(run(), run(1, 10.6, 51), False, id="at-once-but-longer-by-6-percent"),
    pytest.param(run(), run(20, 9.6, 45), True, id="phone-started-late-and-overlaps"),
    pytest.param(run(), run(26, 10.0, 50), False, id="overlap-of-less-than-half"),
    pytest.param(run(), run(600), False, id="the-same-round-numbers-morning-and-evening"),
    pytest.param(run(), run(607, 10.02, 50.4), False, id="morning-and-evening-alike"),
    pytest.param(run(0, 1, 4), run(4.5, 1, 4), False, id="repetitions-recorded-one-by-one"),
    pytest.param(run(0, 10, None), run(5, 10, 50), True, id="start-5-minutes-apart-no-duration"),
    pytest.param(run(0, 10, None), run(5.1, 10, 50), False, id="start-over-5-minutes-no-duration"),
    pytest.param(run(0, None, 50), run(1, 8, 50), True, id="treadmill-without-distance"),
    pytest.param(run(0, None, 50), run(1, None, 35), False, id="at-once-but-much-shorter"),
    pytest.param(run(0, 10, None), run(1, None, 50), True, id="nothing-but-the-start-to-compare"),
    pytest.param(run(), run(0, day=1), True, id="same-moment-on-two-days-of-two-zones"),
    pytest.param(ODD, run(570, 10.01, 50.24), False, id="never-sure-in-another-zone"),
    pytest.param(run(None), run(), True, id="typed-and-recorded"),
    pytest.param(run(None, 10, None), run(0, 10.2, 50), True, id="typed-2-percent-short"),
    pytest.param(run(None, 10, None), run(0, 10.21, 50), False, id="typed-over-2-percent-short"),
    pytest.param(run(None), run(day=1), False, id="typed-on-the-day-before"),
    pytest.param(run(None, 5, 30), run(0, 5, 20), False, id="same-distance-much-faster"),
    pytest.param(run(None, None, 50), run(0, 10, 50.5), True, id="no-distance-same-duration"),
    pytest.param(run(None, None, 50), run(0, 10, 52), False, id="no-distance-other-duration"),
    pytest.param(run(None, None, 50), run(0, 10, None), False, id="nothing-to-compare"),
]


@pytest.mark.parametrize(("one", "other", "same"), CASES)
def test_two_recordings_are_one_run_when_they_fit(one, other, same):
    assert same_run(one, other) is same
    assert same_run(other, one) is same


ZONES = [
    pytest.param(ODD, run(570, 10.01, 50.24), True, id="local-time-of-another-zone"),
    pytest.param(ODD, run(840, 10, 50.22), True, id="14-hours-apart"),
    pytest.param(ODD, run(855, 10, 50.22), False, id="further-apart-than-any-two-zones"),
    pytest.param(ODD, run(570, 10.2, 50.22), False, id="longer"),
    pytest.param(ODD, run(570, 10, 50.3), False, id="slower"),
    pytest.param(ODD, run(570.2, 10, 50.22), False, id="other-seconds"),
    pytest.param(ODD, run(1440, 10, 50.22, 1), False, id="the-same-hour-of-the-next-day"),
    pytest.param(run(), run(570), False, id="typed-in-whole-minutes"),
    pytest.param(ODD, run(None, 10, 50.22), False, id="no-time-of-day"),
    pytest.param(ODD, run(570, None, 50.22), False, id="no-distance"),
    pytest.param(ODD, run(570, 10, None), False, id="no-duration"),
]


@pytest.mark.parametrize(("one", "other", "alike"), ZONES)
def test_two_runs_may_be_one_in_another_zone_and_are_never_taken_for_one(one, other, alike):
    assert may_be_in_another_zone(one, other) is alike
    assert may_be_in_another_zone(other, one) is alike
    assert not (alike and same_run(one, other))
    in_one_file = [replace(each, file="activities.csv") for each in (one, other)]
    assert not may_be_in_another_zone(*in_one_file)


# Two kilometres a quarter of an hour apart, and an evening and the next morning.
REPEATS = [run(0, 1, 4 + 5 / 60), run(15, 1, 4 + 6 / 60)]
EVENING = [run(720, 5, 31 + 35 / 60), run(1440 + 1 / 60, 5, 31 + 35 / 60, 1)]


@pytest.mark.parametrize("pair", [REPEATS, EVENING], ids=["repeats", "evening-and-morning"])
def test_two_runs_alike_are_both_taken_from_one_file_and_asked_about_from_two(pair):
    assert duplicates(pair, []) == [None, None]
    assert duplicates(pair[1:], pair[:1]) == [None]
    one_file = [replace(each, file="a.csv") for each in pair]
    assert perhaps_twins(one_file, [], may_be_in_another_zone) == [None, None]
    two_files = [replace(each, file=name) for each, name in zip(pair, "ab", strict=True)]
    assert perhaps_twins(two_files, [], may_be_in_another_zone) == [None, ("new", 0)]
    assert perhaps_twins(one_file[1:], pair[:1], may_be_in_another_zone) == [("known", 0)]


AT_ONCE = [
    pytest.param(run(), run(1 / 3, 10.7, 51), True, id="20-seconds-apart-and-7-percent-longer"),
    pytest.param(run(), run(6, 10.7, 45), True, id="6-minutes-apart-and-7-percent-longer"),
    pytest.param(run(), run(1, 10.5, 51), False, id="near-enough-to-be-sure"),
    pytest.param(run(), run(25, 12, 50), False, id="overlap-of-half"),
    pytest.param(run(), run(24.9, 12, 50), True, id="overlap-of-just-over-half"),
    pytest.param(run(), run(10, 2, 11), True, id="a-piece-of-the-longer"),
    pytest.param(run(0, 1, 4), run(4, 1.2, 4), False, id="one-after-the-other"),
    pytest.param(run(0, None, 50), run(1, None, 35), True, id="no-distance-and-much-shorter"),
    pytest.param(run(0, 10, None), run(0, 12, 50), False, id="no-duration"),
    pytest.param(run(None), run(0, 12), False, id="no-time-of-day"),
]


@pytest.mark.parametrize(("one", "other", "overlap"), AT_ONCE)
def test_two_recordings_at_once_of_other_lengths_are_asked_about(one, other, overlap):
    assert run_at_once(one, other) is overlap
    assert run_at_once(other, one) is overlap
    assert not (overlap and same_run(one, other))


GUESSES = [
    pytest.param(run(None, 10, None), run(0, 10.21), True, id="just-over-2-percent"),
    pytest.param(run(None, 10, None), run(0, 10.2), False, id="2-percent-is-sure"),
    pytest.param(run(None, 9, None), run(0, 10), True, id="10-percent-short"),
    pytest.param(run(None, 8.99, None), run(0, 10), False, id="over-10-percent-short"),
    pytest.param(run(None, 11, None), run(0, 10), True, id="longer"),
    pytest.param(run(None, 10.5, None), run(0, 10, day=1), False, id="another-day"),
    pytest.param(run(None, None, 50), run(0, 10, 52), False, id="no-distance"),
    pytest.param(run(None, 10), run(None, 10.5), False, id="both-without-a-time-of-day"),
    pytest.param(run(0, 10), run(600, 10.5), False, id="both-with-a-time-of-day"),
]


@pytest.mark.parametrize(("one", "other", "perhaps"), GUESSES)
def test_a_typed_length_that_is_somewhat_off_is_asked_about(one, other, perhaps):
    assert may_be_typed(one, other) is perhaps
    assert may_be_typed(other, one) is perhaps


def test_of_three_at_once_the_first_is_taken():
    three = [run(), run(1, 10.7, 51), run(2, 11.5, 52)]
    assert perhaps_twins(three, [], run_at_once) == [None, ("new", 0), ("new", 0)]
    assert perhaps_twins(three[1:], three[:1], run_at_once) == [("known", 0)] * 2


BATCHES = [
    pytest.param([run(), run(600, 5, 25)], [], [None, None], id="all-new"),
    pytest.param(
        [run(), run(600, 5, 25)],
        [run(600, 5, 25), run()],
        [("known", 1), ("known", 0)],
        id="the-same-file-again",
    ),
    pytest.param(
        [run(), run(1, 10.2), run(600)],
        [],
        [None, ("new", 0), None],
        id="watch-and-phone-in-one-upload",
    ),
    pytest.param(
        [run(), run(1, 10.2)],
        [run(0, 10.1)],
        [("known", 0), ("known", 0)],
        id="watch-and-phone-of-a-known-run",
    ),
    pytest.param(
        [run(0, 5, 25), run(607, 5.02, 25)],
        [run(None, 5, None)],
        [("known", 0), None],
        id="a-typed-run-stands-for-one-of-two",
    ),
    pytest.param(
        [run(None, 5, None), run(None, 5, None)],
        [run(0, 5, 25), run(607, 5.02, 25)],
        [("known", 0), ("known", 1)],
        id="two-typed-runs-for-two-recorded",
    ),
    pytest.param(
        [run(-360, day=-1), run(-360)],
        [run(-360)],
        [("known", 0), ("known", 0)],
        id="about-midnight-on-either-day",
    ),
    pytest.param(
        [run(0, 10, 50)],
        [run(None, 10, 50), run(1, 10, 50)],
        [("known", 1)],
        id="the-same-time-comes-before-the-same-day",
    ),
    pytest.param([run()], [run(day=2)], [None], id="two-days-later"),
    pytest.param([], [run()], [], id="nothing-new"),
]


@pytest.mark.parametrize(("new", "known", "twins"), BATCHES)
def test_each_new_run_is_told_its_twin(new, known, twins):
    assert duplicates(new, known) == twins


def test_first_and_last_day_of_the_calendar_are_days():
    edges = [
        LoggedRun(happened_on=day, distance_m=5000, duration_s=1500) for day in (date.min, date.max)
    ]
    assert duplicates(edges, edges) == [("known", 0), ("known", 1)]


def test_ten_years_of_daily_runs_twice_are_all_known():
    log = [run(day=day) for day in range(3650)]
    moved = [
        LoggedRun(
            happened_on=one.happened_on,
            started_at=one.started_at + timedelta(days=day),
            distance_m=one.distance_m,
            duration_s=one.duration_s,
        )
        for day, one in enumerate(log)
        if one.started_at
    ]
    assert duplicates(moved, moved) == [("known", day) for day in range(3650)]


def test_a_day_made_of_runs_is_compared_with_a_few_only():
    # 20,000 different runs on one day: the first sixty are compared, the answer still comes.
    crowd = [
        LoggedRun(happened_on=DAY, distance_m=1000 + 50 * number, duration_s=None)
        for number in range(20_000)
    ]
    twins = duplicates(crowd, [])
    assert len(twins) == 20_000
    assert twins[0] is None
    assert sum(twin is not None for twin in twins) <= A_DAY


runs = st.builds(
    run,
    st.none() | st.integers(-300, 300),
    st.none() | st.floats(0.5, 40),
    st.none() | st.floats(1, 400),
    st.integers(-1, 1),
)


@given(st.lists(runs, max_size=8), st.lists(runs, max_size=8))
def test_twins_are_the_same_run_and_come_first(new, known):
    twins = duplicates(new, known)
    assert len(twins) == len(new)
    for index, twin in enumerate(twins):
        if twin is None:
            continue
        where, place = twin
        assert same_run(new[index], (new if where == "new" else known)[place])
        if where == "new":
            assert place < index
            assert twins[place] is None
