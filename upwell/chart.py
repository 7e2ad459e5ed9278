"""Places on a drawing: a time axis, a scale of values, and the ticks both of them need.

Pictures are SVG written by templates; this module only says where things stand. All places are in
the units of the drawing's ``viewBox``, rounded so that the same data gives the same bytes.
"""

from dataclasses import dataclass
from datetime import date, timedelta

_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on an axis: where, and what it says (blank: a line without words)."""

    at: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAxis:
    """Days from ``first`` to ``last`` spread evenly from ``left`` to ``right``."""

    first: date
    last: date
    left: float
    right: float

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("last: before first")

    @property
    def days(self) -> int:
        """Days from the first to the last, at least one."""
        return max((self.last - self.first).days, 1)

    def x(self, day: date) -> float:
        """The place of the start of a day; outside the axis for a day outside it."""
        share = (day - self.first).days / self.days
        return round(self.left + share * (self.right - self.left), 2)

    def ticks(self, most: int = 10) -> list[Tick]:
        """At most about ``most`` marks at first days of weeks, months, quarters or years."""
        starts = self._starts(most)
        year = None
        ticks = []
        for day in starts:
            weekly = self.days <= 7 * most
            words = f"{day:%-d %b}" if weekly else f"{day:%b}"
            if day.year != year:
                words = f"{words} {day.year}" if not self._yearly(most) else f"{day.year}"
            year = day.year
            ticks.append(Tick(at=self.x(day), words=words))
        return ticks

    def _yearly(self, most: int) -> bool:
        return self.days > most * 186

    def _starts(self, most: int) -> list[date]:
        if self.days <= 7 * most:
            monday = self.first + timedelta(days=-self.first.weekday() % 7)
            return [
                monday + timedelta(weeks=week)
                for week in range(most + 1)
                if monday + timedelta(weeks=week) <= self.last
            ]
        months = 12
        for months in (1, 2, 3, 6, 12, 24, 60):
            if self.days <= most * months * 31:
                break
        found = []
        for number in range(self.first.year * 12, (self.last.year + 1) * 12, months):
            day = date(number // 12, number % 12 + 1, 1)
            if self.first <= day <= self.last:
                found.append(day)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Values from ``low`` to ``high`` spread evenly from ``bottom`` up to ``top``."""

    low: float
    high: float
    bottom: float
    top: float

    def __post_init__(self) -> None:
        if self.high <= self.low:
            raise ValueError("high: must be above low")

    def y(self, value: float) -> float:
        """The place of a value; outside the scale for a value outside it."""
        share = (float(value) - self.low) / (self.high - self.low)
        return round(self.bottom + share * (self.top - self.bottom), 2)

    def ticks(self, most: int = 5) -> list[Tick]:
        """At most about ``most`` round values from low to high."""
        step = _round_step((self.high - self.low) / most)
        # Plus nought, or the first one at zero would say "-0".
        first = -(-self.low // step) * step + 0.0
        values = []
        while first <= self.high + step / 1000:
            values.append(first)
            first = round(first + step, 6)
        return [Tick(at=self.y(value), words=f"{value:g}") for value in values]


def nice_top(value: float) -> float:
    """A round number at or above ``value``, for the upper end of a scale; 1 for nothing."""
    if value <= 0:
        return 1
    step = _round_step(value / 5)
    return float(-(-value // step) * step)


def _round_step(least: float) -> float:
    power = 1.0
    while power * 10 <= least:
        power *= 10
    while power > least:
        power /= 10
    for factor in _STEPS:
        if power * factor >= least:
            return power * factor
    return power * 10
