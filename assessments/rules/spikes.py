"""One run against the longest of the 30 days before it, and changes before onset (clinical.md
section 9)."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from assessments.rules.bounds import (
    DISTANCE_M,
    HEEL_DROP_MM,
    WEEKS,
    Number,
    check,
    check_answer,
)
from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.duplicates import LoggedRun
from assessments.rules.finding import Finding, Tone
from assessments.rules.rounding import one_decimal
from assessments.rules.terms import SpikeClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """One row of the published table: the class, its upper end in percent (inclusive; ``None``
    open), and the adjusted hazard rate ratio of any overuse injury with its 95 % interval."""

    spike_class: SpikeClass
    up_to_percent: int | None
    ratio: Decimal
    low: Decimal | None
    high: Decimal | None


# Frandsen 2025, Br J Sports Med 59:1203, n = 5,205 runners (PUBHAWK). Not monotone: the middle
# class is below the small one. Any overuse injury, not the Achilles tendon alone.
HAZARDS: tuple[Hazard, ...] = (
    Hazard(
        spike_class=SpikeClass.REFERENCE,
        up_to_percent=10,
        ratio=Decimal("1"),
        low=None,
        high=None,
    ),
    Hazard(
        spike_class=SpikeClass.SMALL,
        up_to_percent=30,
        ratio=Decimal("1.64"),
        low=Decimal("1.31"),
        high=Decimal("2.05"),
    ),
    Hazard(
        spike_class=SpikeClass.MODERATE,
        up_to_percent=100,
        ratio=Decimal("1.52"),
        low=Decimal("1.16"),
        high=Decimal("2.00"),
    ),
    Hazard(
        spike_class=SpikeClass.LARGE,
        up_to_percent=None,
        ratio=Decimal("2.28"),
        low=Decimal("1.50"),
        high=Decimal("3.48"),
    ),
)
HAZARD_OF: Mapping[SpikeClass, Hazard] = {row.spike_class: row for row in HAZARDS}
HAZARD_NOTE = (
    "Hazard of any overuse injury, not of the Achilles tendon alone. It does not rise evenly from"
    " class to class."
)
SPIKE_HISTORY_DAYS = 30
SPIKES = frozenset({SpikeClass.SMALL, SpikeClass.MODERATE, SpikeClass.LARGE})
SPIKE_LABELS = {
    SpikeClass.REFERENCE: "No spike",
    SpikeClass.SMALL: "Small spike",
    SpikeClass.MODERATE: "Moderate spike",
    SpikeClass.LARGE: "Large spike",
    SpikeClass.NO_BASELINE: "No run to compare with",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """Class of a run, by how many percent it exceeds the longest before (one decimal, negative
    when shorter), and its row of the hazard table. The last two are ``None`` without a run to
    compare with."""

    spike_class: SpikeClass
    percent: Decimal | None
    hazard: Hazard | None


def spike(distance_m: Number, longest_m: Number | None) -> Spike:
    """Class of a run of ``distance_m`` against the longest of the previous 30 days, both in one
    unit.

    ``longest_m`` of ``None`` or 0 means there was no run, and gives ``NO_BASELINE``. The class
    comes from the exact percentage, the shown one is rounded. Raises ``ValueError`` for a distance
    out of range.
    """
    check("distance_m", distance_m, DISTANCE_M)
    check("longest_m", longest_m, DISTANCE_M)
    if not longest_m:
        return Spike(spike_class=SpikeClass.NO_BASELINE, percent=None, hazard=None)
    percent = (Fraction(distance_m) / Fraction(longest_m) - 1) * 100
    hazard = next(
        row for row in HAZARDS if row.up_to_percent is None or percent <= row.up_to_percent
    )
    return Spike(spike_class=hazard.spike_class, percent=one_decimal(percent), hazard=hazard)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassedRun:
    """A run of the log against the longest of the 30 days before its day.

    ``place`` is its place in the log as given. ``longest_m`` is None when no run of those days has
    a distance, ``found`` when the run itself has none: then it isn't classed. ``whole_history`` is
    False when the log begins within those days, so the longest known run may not be the longest
    there was.
    """

    place: int
    on: date
    distance_m: int | None
    longest_m: int | None
    found: Spike | None
    whole_history: bool

    @property
    def is_spike(self) -> bool:
        """Whether it was more than 10 % longer than the longest run before."""
        return self.found is not None and self.found.spike_class in SPIKES


def class_runs(log: Iterable[LoggedRun]) -> list[ClassedRun]:
    """Every run of the log classed, by day, those of one day in the order given.

    The 30 days end with the day before the run. Runs of one day aren't compared with each other,
    because their order is often unknown, and aren't added up, because the study is of single
    sessions. A run without a distance isn't classed and is nothing to compare with, but shows that
    the log was kept. Time grows with the number of runs alone.
    """
    ordered = sorted(enumerate(log), key=lambda numbered: numbered[1].happened_on)
    if not ordered:
        return []
    begins = ordered[0][1].happened_on
    # Days that may still be the longest of some window: later ones are shorter.
    longest: deque[tuple[date, int]] = deque()
    classed = []
    for on, numbered in groupby(ordered, key=lambda each: each[1].happened_on):
        while longest and (on - longest[0][0]).days > SPIKE_HISTORY_DAYS:
            longest.popleft()
        before = longest[0][1] if longest else None
        whole = (on - begins).days >= SPIKE_HISTORY_DAYS
        today = list(numbered)
        for place, run in today:
            classed.append(
                ClassedRun(
                    place=place,
                    on=on,
                    distance_m=run.distance_m,
                    longest_m=before,
                    found=None if run.distance_m is None else spike(run.distance_m, before),
                    whole_history=whole,
                )
            )
        if most := max((run.distance_m or 0 for _, run in today), default=0):
            while longest and longest[-1][1] <= most:
                longest.pop()
            longest.append((on, most))
    return classed


def spike_finding(distance_m: Number, longest_m: Number | None) -> Finding:
    """The class of one run in words, with its hazard ratio where there is one."""
    found = spike(distance_m, longest_m)
    numbers = [
        ("This run", f"{distance_m} m"),
        (
            f"Longest run in the {SPIKE_HISTORY_DAYS} days before",
            f"{longest_m} m" if longest_m else "none",
        ),
    ]
    if found.hazard is None:
        because = "Without a run in the 30 days before there is nothing to compare with."
    else:
        numbers.append(("Difference", f"{found.percent} %"))
        because = "By how far it exceeds the longest run before."
        if found.hazard.low is not None:
            numbers.append(
                (
                    "Hazard ratio (95 % interval)",
                    f"{found.hazard.ratio} ({found.hazard.low} to {found.hazard.high})",
                )
            )
            because += (
                " The ratio is for any overuse injury and does not rise evenly with the spike."
            )
    reference = found.spike_class is SpikeClass.REFERENCE
    return Finding(
        rule="SPIKE",
        says=SPIKE_LABELS[found.spike_class],
        because=because,
        numbers=tuple(numbers),
        sources=("PUBHAWK",),
        tone=Tone.OK if reference else Tone.CAUTION,
    )


def drop_flag(
    *,
    old_drop_mm: Number | None,
    new_drop_mm: Number | None,
    to_minimal: bool | None,
    weeks_before_onset: Number | None,
    defaults: AssessmentDefaults = DEFAULTS,
) -> bool:
    """Whether a shoe change before onset is flagged (W-DROP).

    Flagged: a heel drop lower by the practice's limit, or a change to a zero-drop or minimal shoe,
    within the practice's weeks of onset. A drop or date of ``None`` is not recorded and flags
    nothing by itself. Raises ``ValueError`` for a number out of range.
    """
    check("old_drop_mm", old_drop_mm, HEEL_DROP_MM)
    check("new_drop_mm", new_drop_mm, HEEL_DROP_MM)
    check_answer("to_minimal", to_minimal)
    check("weeks_before_onset", weeks_before_onset, WEEKS)
    if weeks_before_onset is None or weeks_before_onset > defaults.footwear_weeks:
        return False
    if to_minimal:
        return True
    if old_drop_mm is None or new_drop_mm is None:
        return False
    to_zero = new_drop_mm == 0 and old_drop_mm > 0
    return to_zero or old_drop_mm - new_drop_mm >= defaults.heel_drop_decrease_mm


def surface_flag(*, firmer: bool | None, camber: bool | None, downhill: bool | None) -> bool:
    """Whether a surface change before onset is flagged (W-SURFACE). ``None`` flags nothing."""
    for name, value in (("firmer", firmer), ("camber", camber), ("downhill", downhill)):
        check_answer(name, value)
    return bool(firmer or camber or downhill)


def rest_flag(
    *,
    rest_weeks: Number | None,
    straight_to_full: bool | None,
    defaults: AssessmentDefaults = DEFAULTS,
) -> bool:
    """Whether a return from rest straight to full load is flagged. ``None`` flags nothing."""
    check("rest_weeks", rest_weeks, WEEKS)
    check_answer("straight_to_full", straight_to_full)
    return rest_weeks is not None and rest_weeks >= defaults.rest_weeks and bool(straight_to_full)
