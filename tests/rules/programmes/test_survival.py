"""Kaplan and Meier's estimate, by a known example and by what must hold of any."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmes.rules.survival import kaplan_meier

# The 21 children on 6-mercaptopurine (Freireich 1963), the example of the text books: weeks in
# remission, and whether it ended.
REACHED = (6, 6, 6, 7, 10, 13, 16, 22, 23)
LOST = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
REMISSION = [*((time, True) for time in REACHED), *((time, False) for time in LOST)]
PUBLISHED = [
    (6, 21, 3, 0.857),
    (7, 17, 1, 0.807),
    (10, 15, 1, 0.753),
    (13, 12, 1, 0.690),
    (16, 11, 1, 0.627),
    (22, 7, 1, 0.538),
    (23, 6, 1, 0.448),
]

TIMES = st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=12)


def test_the_published_table():
    curve = kaplan_meier(REMISSION)
    rows = [(int(s.at), s.at_risk, s.happened, round(float(s.share), 3)) for s in curve.steps]
    assert rows == PUBLISHED
    assert curve.median == 23


@pytest.mark.parametrize(
    ("week", "at_risk", "share"),
    [(0, 21, 1), (6, 21, Fraction(6, 7)), (7, 17, Fraction(96, 119)), (24, 5, None), (36, 0, None)],
)
def test_between_the_steps(week, at_risk, share):
    curve = kaplan_meier(REMISSION)
    assert curve.at_risk(week) == at_risk
    assert curve.share(week) == (curve.steps[-1].share if share is None else share)


def test_worked_by_hand():
    # Five followed: one reached it in week 2, one lost in 2 still counts there, one reached it in
    # week 5 of three left, then one of two.
    curve = kaplan_meier([(2, True), (2, False), (5, True), (Fraction(11, 2), True), (9, False)])
    assert [step.share for step in curve.steps] == [
        Fraction(4, 5),
        Fraction(4, 5) * Fraction(2, 3),
        Fraction(4, 15),
    ]
    assert curve.median == Fraction(11, 2)


@pytest.mark.parametrize(
    ("least", "steps", "lasts", "median"),
    [
        pytest.param(1, 7, 35, 23, id="all of it"),
        pytest.param(6, 7, 23, 23, id="six at the last step"),
        pytest.param(7, 6, 22, None, id="the step that reaches half has six"),
        pytest.param(21, 1, 6, None, id="everybody"),
        pytest.param(22, 0, None, None, id="never so many"),
    ],
)
def test_cut_where_few_are_left(least, steps, lasts, median):
    whole = kaplan_meier(REMISSION)
    assert whole.cut(least).steps == whole.steps[:steps]
    assert (whole.lasts(least), whole.cut(least).median) == (lasts, median)


def test_nobody_and_nothing_reached():
    assert kaplan_meier([]).median is None
    assert kaplan_meier([]).share(10) == 1
    assert kaplan_meier([(3, False)] * 6).steps == ()
    assert kaplan_meier([(3, False)] * 6).at_risk(3) == 6


def test_no_time_lies_before_the_start():
    with pytest.raises(ValueError, match="times"):
        kaplan_meier([(-1, True)])


@given(TIMES)
def test_it_never_rises_and_stays_a_share(times):
    shares = [step.share for step in kaplan_meier(times).steps]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= share < 1 for share in shares)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=12))
def test_with_nobody_lost_it_is_the_plain_share(times):
    curve = kaplan_meier((time, True) for time in times)
    for week in range(13):
        waiting = sum(time > week for time in times)
        assert curve.share(week) == Fraction(waiting, len(times))


@given(TIMES, st.randoms())
def test_the_order_does_not_matter(times, chance):
    mixed = list(times)
    chance.shuffle(mixed)
    assert kaplan_meier(mixed) == kaplan_meier(times)


@given(TIMES)
def test_who_is_at_risk_is_who_was_followed_so_long(times):
    curve = kaplan_meier(times)
    counts = [curve.at_risk(week) for week in range(14)]
    assert counts == [sum(time >= week for time, _ in times) for week in range(14)]
