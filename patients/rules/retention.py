"""How long a record is kept: seven years after the last service, and a child's until 25.

Health Records Act 2001 (Victoria), health privacy principle 4.2; the same in New South Wales and
the Australian Capital Territory. Of two dates the later holds: nothing may go a day too early.
"""

from datetime import date

from patients.rules.age import ADULT_AGE, age_on

KEPT_YEARS = 7
KEPT_UNTIL_AGE = 25


def years_later(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 1 March in a year without one.

    1 March, not 28 February: a person born on the 29th turns a year older then, and the later day
    is the safe one.
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def kept_until(last_service: date, *, born: date, first_service: date) -> date:
    """The last day on which the record must be kept; from the next day on it may be destroyed.

    Whoever was under 18 at the first service was a child when something was written down. Raises
    ``ValueError`` when the dates are out of order.
    """
    if not born <= first_service <= last_service:
        raise ValueError("A record begins after birth and ends after it began.")
    until = years_later(last_service, KEPT_YEARS)
    if age_on(born, first_service) < ADULT_AGE:
        return max(until, years_later(born, KEPT_UNTIL_AGE))
    return until


def may_be_destroyed(until: date, *, on: date) -> bool:
    """Whether a record kept until that day may be destroyed on this one."""
    return on > until
