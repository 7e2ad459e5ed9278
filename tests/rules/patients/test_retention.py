"""How long records are kept, to the day."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.rules.age import age_on
from patients.rules.retention import kept_until, may_be_destroyed, years_later

CASES = {
    "an adult: seven years after the last service": (
        date(1980, 5, 4), date(2018, 1, 1), date(2019, 3, 20), date(2026, 3, 20),
    ),
    "an adult on the 18th birthday": (
        date(2000, 6, 1), date(2018, 6, 1), date(2018, 6, 1), date(2025, 6, 1),
    ),
    "a child on the day before: 25th birthday and seven years fall together": (
        date(2000, 6, 1), date(2018, 5, 31), date(2018, 5, 31), date(2025, 6, 1),
    ),
    "a child of ten: until 25": (
        date(2008, 2, 2), date(2018, 3, 1), date(2018, 4, 1), date(2033, 2, 2),
    ),
    "a child who came until 30: seven years are later": (
        date(1990, 2, 2), date(2007, 3, 1), date(2020, 4, 1), date(2027, 4, 1),
    ),
    "last service on 29 February": (
        date(1980, 1, 1), date(2020, 2, 29), date(2020, 2, 29), date(2027, 3, 1),
    ),
    "last service on 28 February": (
        date(1980, 1, 1), date(2020, 2, 28), date(2020, 2, 28), date(2027, 2, 28),
    ),
    "a child born on 29 February": (
        date(2008, 2, 29), date(2012, 5, 5), date(2012, 5, 5), date(2033, 3, 1),
    ),
    "born on 29 February, still 17 on 28 February": (
        date(2000, 2, 29), date(2018, 2, 28), date(2018, 2, 28), date(2025, 3, 1),
    ),
    "born on 29 February, 18 on 1 March": (
        date(2000, 2, 29), date(2018, 3, 1), date(2018, 3, 1), date(2025, 3, 1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_kept_until_that_day(case: str) -> None:
    born, first, last, until = CASES[case]
    assert kept_until(last, born=born, first_service=first) == until
    assert not may_be_destroyed(until, on=until)
    assert may_be_destroyed(until, on=until + timedelta(days=1))


@pytest.mark.parametrize(
    ("born", "first", "last"),
    [
        pytest.param(date(2000, 1, 2), date(2000, 1, 1), date(2001, 1, 1), id="before birth"),
        pytest.param(date(1980, 1, 1), date(2001, 1, 2), date(2001, 1, 1), id="ends first"),
    ],
)
def test_dates_out_of_order_are_refused(born: date, first: date, last: date) -> None:
    with pytest.raises(ValueError, match="begins after birth"):
        kept_until(last, born=born, first_service=first)


DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
# As many 29ths of February as everything else together.
LEAP = st.sampled_from([date(year, 2, 29) for year in range(1904, 2100, 4)])


def check(born: date, first: date, last: date) -> None:
    """Counted by whole years as ages are, which is another way than the rule's own."""
    until = kept_until(last, born=born, first_service=first)
    child = age_on(born, first) < 18
    assert age_on(last, until) >= 7
    assert age_on(born, until) >= 25 or not child
    day_before = until - timedelta(days=1)
    assert age_on(last, day_before) < 7 or (child and age_on(born, day_before) < 25)


@given(st.tuples(DAYS | LEAP, DAYS | LEAP, DAYS | LEAP).map(sorted))
@settings(max_examples=500)
def test_the_day_is_neither_early_nor_late(dates: list[date]) -> None:
    check(*dates)


def test_the_day_is_neither_early_nor_late_ten_thousand_times() -> None:
    chance = Random(7)
    first_day = date(1900, 1, 1).toordinal()
    for _ in range(10_000):
        born = first_day + chance.randrange(55_000)
        # Half of them are children, and near the limits more often than not.
        first = born + chance.choice((0, 6_570, 6_574, 6_575, 9_131)) + chance.randrange(12)
        last = first + chance.choice((0, 1, 365, 4_000)) + chance.randrange(400)
        check(*(date.fromordinal(day) for day in (born, first, last)))


@given(DAYS | LEAP, st.integers(0, 50), st.integers(0, 400))
@settings(max_examples=200)
def test_a_later_service_never_shortens(born: date, years: int, more: int) -> None:
    first = years_later(born, years)
    earlier = kept_until(first, born=born, first_service=first)
    later = kept_until(first + timedelta(days=more), born=born, first_service=first)
    assert later >= earlier
