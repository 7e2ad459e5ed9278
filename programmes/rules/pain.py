"""The pain-monitoring model: did the tendon settle, and are the weeks rising (section 7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from assessments.rules.bounds import MINUTES, PAIN, Number, check
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.terms import Settling

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class MorningEntry:
    """Pain (0-10) and stiffness (minutes) of one morning; None where nothing was written."""

    on: date
    pain: Number | None = None
    stiffness_min: Number | None = None

    def __post_init__(self) -> None:
        check("pain", self.pain, PAIN)
        check("stiffness_min", self.stiffness_min, MINUTES)


def settling(
    pain_before: Number | None,
    pain_24h: Number | None,
    *,
    defaults: ProgrammeDefaults = DEFAULTS,
) -> Settling | None:
    """How the tendon stood the next morning; None when what is known can't tell.

    Two values are enough alone: a painless morning has settled whatever came before, and one
    above the ceiling has not.
    """
    if pain_24h is None:
        return None
    if pain_24h > defaults.next_day_pain_ceiling:
        return Settling.NOT_SETTLED
    if pain_24h == 0:
        return Settling.SETTLED
    if pain_before is None:
        return None
    rise = pain_24h - pain_before
    if rise >= defaults.next_day_rise_regress:
        return Settling.NOT_SETTLED
    return Settling.MARGINAL if rise > defaults.next_day_rise_hold else Settling.SETTLED


def rising_weeks(
    entries: Iterable[MorningEntry],
    *,
    on: date | None = None,
    defaults: ProgrammeDefaults = DEFAULTS,
) -> int:
    """How many weeks in a row, counted back from ``on``, were worse than the week before.

    Weeks are blocks of seven days, the last one ending on ``on`` (else on the last entry's day).
    A week rises when its mean morning pain or stiffness does; a measure with too few entries in
    either week says nothing, so it never makes a week rise.
    """
    dated = tuple(entries)
    last = on if on is not None else max((each.on for each in dated), default=None)
    rising = 0
    while last is not None:
        this = _week(dated, last)
        before = _week(dated, last - WEEK)
        if not _rises(this, before, defaults):
            break
        rising += 1
        last -= WEEK
    return rising


def _week(entries: Sequence[MorningEntry], last: date) -> tuple[MorningEntry, ...]:
    return tuple(each for each in entries if last - WEEK < each.on <= last)


def _rises(
    this: Sequence[MorningEntry], before: Sequence[MorningEntry], defaults: ProgrammeDefaults
) -> bool:
    pain = _mean_rise([e.pain for e in this], [e.pain for e in before], defaults)
    stiffness = _mean_rise(
        [e.stiffness_min for e in this], [e.stiffness_min for e in before], defaults
    )
    return (pain is not None and pain >= Fraction(defaults.rising_pain)) or (
        stiffness is not None and stiffness >= Fraction(defaults.rising_stiffness_min)
    )


def _mean_rise(
    this: Sequence[Number | None], before: Sequence[Number | None], defaults: ProgrammeDefaults
) -> Fraction | None:
    known_this = [Fraction(each) for each in this if each is not None]
    known_before = [Fraction(each) for each in before if each is not None]
    if min(len(known_this), len(known_before)) < defaults.rising_entries:
        return None
    return sum(known_this, Fraction()) / len(known_this) - sum(known_before, Fraction()) / len(
        known_before
    )
