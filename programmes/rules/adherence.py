"""Sessions done against sessions planned, week by week from the first day of a programme.

A session is planned, not an exercise: a step asks for as many as its busiest exercise. What
somebody of the practice saw and what the patient told are counted apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from assessments.rules.terms import Stage
from programmes.rules.dose import AnyDose, Dose

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Days in a row, both ends included, on which the patient stood at one step.

    ``step_key`` is the step's key. ``per_week`` is how many sessions it asks for in a week: 0 where
    nothing was to be done (a red flag was open), None where that is not known. Raises
    ``ValueError``.
    """

    step_key: int
    stage: Stage
    first: date
    last: date
    per_week: Fraction | int | None

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("last: before first")
        if self.per_week is not None and self.per_week < 0:
            raise ValueError("per_week: must be 0 or more")

    @property
    def days(self) -> int:
        """How many days it lasted, at least one."""
        return (self.last - self.first).days + 1

    def days_within(self, first: date, last: date) -> int:
        """How many of its days lie between two days, both included."""
        return max((min(self.last, last) - max(self.first, first)).days + 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A session of which something was done: its day, whether it is only known as told, and
    whether enough of it was done to count as done in full; None: how much was never told.
    """

    on: date
    reported: bool
    counted: bool | None = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Seven days from ``first``, the last week fewer: until ``last``.

    ``planned`` is None where that is not known. Of ``observed`` and ``reported``, ``short`` counts
    those done in part only, ``untold`` those of which nobody said how much was done.
    """

    first: date
    last: date
    planned: int | None
    observed: int
    reported: int
    short: int = 0
    untold: int = 0

    @property
    def done(self) -> int:
        """Sessions held, seen or told."""
        return self.observed + self.reported

    @property
    def counts(self) -> int:
        """Sessions held, at most those planned: more in one week makes up for no other week."""
        return min(self.done, self.planned or 0)


def sessions_a_week(doses: Iterable[AnyDose]) -> int | None:
    """Sessions a step with these doses asks for in a week; None without any.

    That of its exercise done most often; morning and evening are two.
    """
    return max((_often(dose) for dose in doses), default=None)


def _often(dose: AnyDose) -> int:
    if isinstance(dose, Dose):
        return dose.times_per_day * dose.days_per_week
    return dose.days_per_week


def weeks(
    stretches: Sequence[Stretch], held: Iterable[Held], *, first: date, last: date
) -> tuple[Week, ...]:
    """The weeks from ``first`` to ``last``, both included; empty when ``last`` is before.

    A day in no stretch plans nothing. What is planned is in proportion to the days, rounded to
    whole sessions with a half upwards.
    """
    sessions: dict[int, list[Held]] = defaultdict(list)
    for each in held:
        if first <= each.on <= last:
            sessions[(each.on - first).days // DAYS_A_WEEK].append(each)
    found = []
    number = 0
    while first <= last:
        end = min(first + timedelta(days=DAYS_A_WEEK - 1), last)
        within = sessions.get(number, ())
        reported = sum(each.reported for each in within)
        found.append(
            Week(
                first=first,
                last=end,
                planned=_planned(stretches, first, end),
                observed=len(within) - reported,
                reported=reported,
                short=sum(each.counted is False for each in within),
                untold=sum(each.counted is None for each in within),
            )
        )
        first = end + timedelta(days=1)
        number += 1
    return tuple(found)


def _planned(stretches: Sequence[Stretch], first: date, last: date) -> int | None:
    # In sessions times seven, so that a report of thousands of programmes makes no fractions.
    sevenths: Fraction | int = 0
    for each in stretches:
        if each.last < first or last < each.first:
            continue
        if each.per_week is None:
            return None
        sevenths += each.per_week * each.days_within(first, last)
    return int((2 * sevenths + DAYS_A_WEEK) // (2 * DAYS_A_WEEK))


def percent(found: Iterable[Week]) -> int | None:
    """The share of planned sessions that were held, 0 to 100, rounded down.

    In each week at most those planned count. Weeks of which it is not known what was planned are
    left out; None where nothing was planned at all.
    """
    known = [each for each in found if each.planned]
    planned = sum(each.planned or 0 for each in known)
    if not planned:
        return None
    return 100 * sum(each.counts for each in known) // planned
