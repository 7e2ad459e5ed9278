"""Every run of a log against the longest of the 30 days before its day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.duplicates import LoggedRun
from assessments.rules.spikes import ClassedRun, class_runs, spike
from assessments.rules.terms import SpikeClass

DAY = date(2026, 5, 3)


def run(days: int, km: float | None) -> LoggedRun:
    """A run so many days after ``DAY``."""
    metres = None if km is None else round(km * 1000)
    return LoggedRun(happened_on=DAY + timedelta(days=days), distance_m=metres, duration_s=600)


def told(classed: list[ClassedRun]) -> list[str]:
    return [
        (each.found.spike_class if each.found else "not classed")
        + ("" if each.whole_history else ", short log")
        for each in classed
    ]


@pytest.mark.parametrize(
    ("log", "last"),
    [
        pytest.param([(0, 10)], "no_baseline, short log", id="the first run of all"),
        pytest.param([(0, 10), (29, 12)], "small, short log", id="log of 29 days"),
        pytest.param([(0, 10), (30, 12)], "small", id="day 30 is in the window"),
        pytest.param([(0, 10), (31, 12)], "no_baseline", id="day 31 is out of it"),
        pytest.param([(0, 20), (1, 10), (31, 12)], "small", id="the longest falls out first"),
        pytest.param([(0, 20), (1, 10), (30, 12)], "reference", id="the longest still counts"),
        pytest.param([(0, 10), (40, 10), (41, 10), (41, 25)], "large", id="two on one day"),
        pytest.param([(0, 5), (30, 30), (30, 10)], "moderate", id="one day is no baseline"),
        pytest.param([(0, None), (30, 10)], "no_baseline", id="only a run without distance"),
        pytest.param([(0, None), (20, 10), (30, 10)], "reference", id="it shows the log was kept"),
        pytest.param([(0, 10), (30, None)], "not classed", id="no distance, no class"),
        pytest.param([(0, 10), (29, None)], "not classed, short log", id="nor in a short log"),
        pytest.param([(0, 10), (30, 11)], "reference", id="10 % is no spike"),
        pytest.param([(0, 10), (30, 13)], "small", id="30 % is small"),
        pytest.param([(0, 10), (30, 20)], "moderate", id="100 % is moderate"),
    ],
)
def test_the_window(log: list[tuple[int, float | None]], last: str) -> None:
    assert told(class_runs(run(*each) for each in log))[-1] == last


def test_places_lead_back_to_the_log_in_any_order() -> None:
    log = [run(40, 12), run(0, 10), run(40, None)]
    assert [(each.place, each.on) for each in class_runs(log)] == [
        (1, DAY),
        (0, DAY + timedelta(days=40)),
        (2, DAY + timedelta(days=40)),
    ]
    assert class_runs([]) == []


def test_a_spike_is_a_class_of_its_own_and_nothing_else() -> None:
    log = [
        run(0, 10),
        run(30, 11),
        run(31, 13),
        run(32, 30),
        run(33, 70),
        run(90, 5),
        run(91, None),
    ]
    assert [each.is_spike for each in class_runs(log)] == [
        False,
        False,
        True,
        True,
        True,
        False,
        False,
    ]


def naive(log: list[LoggedRun]) -> list[tuple[int, int | None, SpikeClass | None, bool]]:
    """The definition written down: every run looks at every other."""
    begins = min((each.happened_on for each in log), default=DAY)
    found = []
    for place, each in enumerate(log):
        before = [
            other.distance_m
            for other in log
            if 1 <= (each.happened_on - other.happened_on).days <= 30
            and other.distance_m is not None
        ]
        longest = max(before, default=None)
        own = None if each.distance_m is None else spike(each.distance_m, longest).spike_class
        found.append((place, longest, own, (each.happened_on - begins).days >= 30))
    return found


@given(
    st.lists(
        st.tuples(
            st.integers(0, 150), st.one_of(st.none(), st.integers(1, 30), st.just(1_000_000))
        ),
        max_size=60,
    )
)
def test_the_quick_way_says_what_the_definition_says(raw: list[tuple[int, int | None]]) -> None:
    log = [
        LoggedRun(happened_on=DAY + timedelta(days=days), distance_m=metres) for days, metres in raw
    ]
    quick = sorted(class_runs(log), key=lambda each: each.place)
    assert naive(log) == [
        (
            each.place,
            each.longest_m,
            each.found.spike_class if each.found else None,
            each.whole_history,
        )
        for each in quick
    ]
