"""A course of VISA-A totals: what each change may be called, and the band no change leaves.

Everything is held against the first total. A change is judged from 28 days on (clinical.md section
1.4), so the band begins there too, and its upper edge drops where a smaller gain becomes important.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from assessments.rules.bounds import SCORE, VISA_TOTAL, Bounds, check
from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.finding import Finding, Tone
from assessments.rules.heel_raise import NOISE_REPETITIONS
from assessments.rules.terms import Location, Q8Part
from assessments.rules.visa import (
    CEILINGS,
    DETECTABLE,
    IMPORTANT_EARLY,
    IMPORTANT_LATE,
    LATE_WEEKS,
    Q8_POINTS,
    change_finding,
    entered_too_often,
)

DAYS_A_WEEK = 7
TENDINS = "TENDINS-A"
TENDINS_DETECTABLE = 12
"""Smallest detectable change of the TENDINS-A (TENDINS)."""
SEDENTARY = "VISA-A (sedentary)"
LEFS = "LEFS"
SCORE_LIMITS: Mapping[str, Bounds] = {
    TENDINS: VISA_TOTAL,
    SEDENTARY: VISA_TOTAL,
    LEFS: Bounds(low=0, high=80, unit="points"),
}
"""What a total of a questionnaire known by name may be."""
_VISA_KEYS = frozenset({"visaa", "visaachilles"})


def score_key(name: str) -> str:
    """A name without case, spaces and hyphens: "tendins a" and "TENDINS-A" are the same."""
    return "".join(letter for letter in name.casefold() if letter.isalnum()) or name.casefold()


def known_score(name: str) -> str | None:
    """The usual spelling of a questionnaire in ``SCORE_LIMITS``; ``None`` for any other."""
    return next((known for known in SCORE_LIMITS if score_key(known) == score_key(name)), None)


def is_visa(name: str) -> bool:
    """Whether a name means the VISA-A itself, which is recorded by its items."""
    return score_key(name) in _VISA_KEYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One questionnaire of a course: its day and total; ``None`` where items are missing."""

    on: date
    total: int | None

    def __post_init__(self) -> None:
        check("visa_total", self.total, VISA_TOTAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one entry says beside the first.

    ``is_first`` marks the total everything is compared with. ``change`` is the difference in points
    and ``finding`` what it may be called; both ``None`` for the first and for incomplete ones.
    ``too_often``: it came so soon after the total before it that W-VISA-FREQ is shown. ``step`` is
    the difference to that total and ``days`` how long ago it was; both ``None`` without one.
    """

    entry: Entry
    is_first: bool
    change: int | None
    finding: Finding | None
    too_often: bool
    step: int | None = None
    days: int | None = None

    @property
    def step_says(self) -> str:
        """What may be said of the step from the total just before; blank when that is not near."""
        if not self.too_often or self.step is None or self.days is None:
            return ""
        when = {0: "the same day", 1: "the day before"}.get(self.days, f"{self.days} days before")
        step = f"{self.step:+d}".replace("-", "\N{MINUS SIGN}") if self.step else "0"
        points = "point" if abs(self.step) == 1 else "points"
        if abs(self.step) < DETECTABLE:
            return (
                f"{step} {points} from the total of {when}: this step is within measurement error"
            )
        return f"{step} {points} from the total of {when}: too soon to read this step"


@dataclass(frozen=True, slots=True, kw_only=True)
class BandStep:
    """A stretch of days on which the same limits hold.

    A total of ``improved_from`` or more is an important gain, one of ``worse_to`` or less a loss.
    Either may lie outside 0 to 100: then it can't be reached.
    """

    first: date
    last: date
    improved_from: int
    worse_to: int


def first_total(entries: Sequence[Entry]) -> Entry | None:
    """The earliest entry with a total; ``None`` before there is one."""
    return min(
        (entry for entry in entries if entry.total is not None),
        key=lambda entry: entry.on,
        default=None,
    )


def readings(
    entries: Sequence[Entry],
    location: Location | None,
    *,
    defaults: AssessmentDefaults = DEFAULTS,
) -> tuple[Reading, ...]:
    """Each entry against the first total; ``entries`` from the oldest to the newest.

    Raises ``ValueError`` when they are not in order.
    """
    if any(later.on < earlier.on for earlier, later in pairwise(entries)):
        raise ValueError("entries: must be in order of their days")
    first, found = first_total(entries), []
    last_total: Entry | None = None
    for entry in entries:
        total = entry.total
        change, finding, too_often = None, None, False
        step: int | None = None
        days: int | None = None
        if first is not None and first.total is not None and total is not None:
            if entry is not first:
                weeks = (entry.on - first.on).days // DAYS_A_WEEK
                change = total - first.total
                finding = change_finding(first.total, total, weeks, location, defaults=defaults)
            if last_total is not None and last_total.total is not None:
                step, days = total - last_total.total, (entry.on - last_total.on).days
            too_often = entered_too_often(days, defaults=defaults)
            last_total = entry
        found.append(
            Reading(
                entry=entry,
                is_first=entry is first,
                change=change,
                finding=finding,
                too_often=too_often,
                step=step,
                days=days,
            )
        )
    return tuple(found)


def band(
    first: Entry | None,
    until: date,
    location: Location | None,
    *,
    defaults: AssessmentDefaults = DEFAULTS,
) -> tuple[BandStep, ...]:
    """The limits of an important change from the day one may be judged until ``until``.

    Empty without a first total, and while it is too soon to judge.
    """
    if first is None or first.total is None:
        return ()
    judged = first.on + timedelta(weeks=defaults.visa_minimum_weeks)
    late = max(judged, first.on + timedelta(weeks=LATE_WEEKS))
    stretches = (
        ((judged, until, IMPORTANT_LATE),)
        if location is Location.INSERTIONAL
        else ((judged, min(late, until), IMPORTANT_EARLY), (late, until, IMPORTANT_LATE))
    )
    return tuple(
        BandStep(
            first=start,
            last=end,
            improved_from=first.total + important,
            worse_to=first.total - DETECTABLE,
        )
        for start, end, important in stretches
        if start < end
    )


def part_switch(before: Q8Part | None, now: Q8Part | None) -> Finding | None:
    """A word where two questionnaires answered different parts of the last item (section 1.4).

    ``None`` when both answered the same part, or one answered none.
    """
    if before is None or now is None or before is now:
        return None
    best = {part: max(points.values()) for part, points in Q8_POINTS.items()}
    moved = best[now] - best[before]
    return Finding(
        rule="V-PART",
        says=f"The last item moved from part {before} to part {now}",
        because="For more than 30 minutes of training, that step alone changes the total by"
        f" {moved:+d} points, without anything else being different.",
        numbers=(
            (f"Ceiling with part {before}", f"{CEILINGS[before]} points"),
            (f"Ceiling with part {now}", f"{CEILINGS[now]} points"),
        ),
        sources=("R-VISA", "AWELL"),
        tone=Tone.NEUTRAL,
    )


def frequency_finding(
    days_since_last: int | None, *, defaults: AssessmentDefaults = DEFAULTS
) -> Finding | None:
    """W-VISA-FREQ for an entry this many days after the last; ``None`` when it is not too soon."""
    if not entered_too_often(days_since_last, defaults=defaults):
        return None
    days = "the same day" if days_since_last == 0 else f"{days_since_last} days before"
    if days_since_last == 1:
        days = "the day before"
    return Finding(
        rule="W-VISA-FREQ",
        says="Soon after the last VISA-A",
        because=f"The last total is from {days}; a difference is within measurement error. It can"
        " be recorded, and change is still read from the first total.",
        numbers=(
            ("Days since the last", f"{days_since_last} days"),
            ("Asked for", f"{defaults.visa_frequency_days} days"),
        ),
        sources=("own",),
        tone=Tone.NEUTRAL,
    )


def other_change(
    name: str, before: Decimal, now: Decimal, *, higher_is_better: bool | None
) -> Finding | None:
    """What a difference between two totals of another questionnaire may be called.

    Only the TENDINS-A has a number for that here; ``None`` for every other name. Raises
    ``ValueError`` for a value out of range.
    """
    check("before", before, SCORE)
    check("now", now, SCORE)
    if known_score(name) != TENDINS:
        return None
    difference = now - before
    detectable = abs(difference) >= TENDINS_DETECTABLE
    words = "Within measurement error"
    if detectable:
        better = (difference > 0) is higher_is_better
        words = "Changed" if higher_is_better is None else ("Better" if better else "Worse")
    return Finding(
        rule="T-MDC",
        says=words,
        because=f"The smallest detectable change is {TENDINS_DETECTABLE} points"
        f" {'and is reached' if detectable else 'and is not reached'}. That lower is better is"
        " inferred from how it runs against the VISA-A.",
        numbers=(("Difference", f"{difference:+f}".rstrip("0").rstrip(".") + " points"),)
        if difference % 1
        else (("Difference", f"{int(difference):+d} points"),),
        sources=("TENDINS",),
        tone=Tone.NEUTRAL,
    )


def repetition_band(repetitions: int) -> tuple[int, int]:
    """The lowest and highest count that is no change from ``repetitions``: measurement error."""
    noise = NOISE_REPETITIONS - 1
    return max(repetitions - noise, 0), repetitions + noise
