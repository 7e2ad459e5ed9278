"""How long something takes when not everybody has reached it yet (Kaplan and Meier's estimate)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

Time = Fraction | int
HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """One step of the curve: when, how many were waiting until then, how many of them reached it,
    and the share that is still waiting after it.
    """

    at: Fraction
    at_risk: int
    happened: int
    share: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The share of people who are still waiting, by time. It is 1 until the first step."""

    times: tuple[Fraction, ...]
    steps: tuple[Fall, ...]

    def at_risk(self, time: Time) -> int:
        """How many were still waiting and still followed just before this time."""
        return sum(each >= time for each in self.times)

    def share(self, time: Time) -> Fraction:
        """The share still waiting at this time, from 1 down to 0."""
        return next((step.share for step in reversed(self.steps) if step.at <= time), Fraction(1))

    @property
    def median(self) -> Fraction | None:
        """The time by which half have reached it; None when fewer than half ever did."""
        return next((step.at for step in self.steps if step.share <= HALF), None)

    def lasts(self, least: int) -> Fraction | None:
        """The last time at which at least so many were still waiting and still followed; None when
        they never were so many.
        """
        return self.times[-least] if 0 < least <= len(self.times) else None

    def cut(self, least: int) -> "Curve":
        """The same curve without the steps for which fewer than so many were waiting."""
        return replace(self, steps=tuple(step for step in self.steps if step.at_risk >= least))


def kaplan_meier(times: Iterable[tuple[Time, bool]]) -> Curve:
    """The curve of people who were followed for a time each, and whether it happened at its end.

    Who is lost at the very time at which it happens to others counts as waiting until then. The
    order of ``times`` is of no account. Raises ``ValueError`` for a time below nought.
    """
    followed = [(Fraction(time), happened) for time, happened in times]
    if any(time < 0 for time, _ in followed):
        raise ValueError("times: must be 0 or more")
    share, steps = Fraction(1), []
    for at in sorted({time for time, happened in followed if happened}):
        waiting = sum(time >= at for time, _ in followed)
        reached = sum(time == at and happened for time, happened in followed)
        share *= 1 - Fraction(reached, waiting)
        steps.append(Fall(at=at, at_risk=waiting, happened=reached, share=share))
    return Curve(times=tuple(sorted(time for time, _ in followed)), steps=tuple(steps))
