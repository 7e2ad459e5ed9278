"""Ages in whole years, and which dates of birth are refused."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.rules.age import ADULT_AGE, OLDEST_AGE, age_on, check_date_of_birth

LEAP_DAY = date(2004, 2, 29)


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        pytest.param(date(1980, 6, 15), date(2026, 6, 14), 45, id="day before the birthday"),
        pytest.param(date(1980, 6, 15), date(2026, 6, 15), 46, id="birthday"),
        pytest.param(date(1980, 6, 15), date(2026, 6, 16), 46, id="day after the birthday"),
        pytest.param(date(1980, 6, 15), date(2026, 5, 30), 45, id="later day of an earlier month"),
        pytest.param(date(1980, 6, 15), date(2026, 7, 1), 46, id="earlier day of a later month"),
        pytest.param(date(2026, 6, 15), date(2026, 6, 15), 0, id="day of birth"),
        pytest.param(date(2025, 12, 31), date(2026, 1, 1), 0, id="over the new year"),
        pytest.param(LEAP_DAY, date(2026, 2, 28), 21, id="leap day: 28 February"),
        pytest.param(LEAP_DAY, date(2026, 3, 1), 22, id="leap day: 1 March"),
        pytest.param(LEAP_DAY, date(2024, 2, 28), 19, id="leap day: 28 February of a leap year"),
        pytest.param(LEAP_DAY, date(2024, 2, 29), 20, id="leap day: its own birthday"),
        pytest.param(date(2004, 2, 28), date(2026, 2, 28), 22, id="born the day before"),
        pytest.param(date(2004, 3, 1), date(2024, 2, 29), 19, id="born the day after"),
    ],
)
def test_age(born, on, age):
    assert age_on(born, on) == age


def test_an_adult_becomes_one_on_the_birthday():
    born = date(2008, 11, 3)
    assert age_on(born, date(2026, 11, 2)) == ADULT_AGE - 1
    assert age_on(born, date(2026, 11, 3)) == ADULT_AGE == 18


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 40_000))
def test_age_grows_by_one_on_one_day_a_year(born, days):
    on = born + timedelta(days=days)
    assert age_on(born, on + timedelta(days=1)) - age_on(born, on) in {0, 1}
    assert age_on(born, on.replace(day=1, year=on.year + 1)) == 1 + age_on(born, on.replace(day=1))


TODAY = date(2026, 6, 15)


@pytest.mark.parametrize(
    "born",
    [
        pytest.param(TODAY, id="today"),
        pytest.param(TODAY - timedelta(days=1), id="yesterday"),
        pytest.param(date(1906, 6, 15), id="120 today"),
        pytest.param(date(1905, 6, 16), id="121 tomorrow"),
    ],
)
def test_birthdays_a_living_person_can_have(born):
    check_date_of_birth(born, TODAY)


@pytest.mark.parametrize(
    ("born", "message"),
    [
        pytest.param(TODAY + timedelta(days=1), "in the future", id="tomorrow"),
        pytest.param(date(2062, 6, 15), "in the future", id="a century mistyped"),
        pytest.param(date(1905, 6, 15), "more than 120 years ago", id="121 today"),
        pytest.param(date(1, 1, 1), "more than 120 years ago", id="first day there is"),
    ],
)
def test_birthdays_nobody_can_have(born, message):
    assert OLDEST_AGE == 120
    with pytest.raises(ValueError, match=message):
        check_date_of_birth(born, TODAY)
