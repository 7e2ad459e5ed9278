"""What may have provoked the tendon: the eight weeks before onset in one sentence, and the changes
of load in them (clinical.md section 9)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.finding import Finding, Tone
from assessments.rules.spikes import (
    HAZARD_OF,
    SPIKE_HISTORY_DAYS,
    ClassedRun,
    drop_flag,
    rest_flag,
    surface_flag,
)
from assessments.rules.terms import LoadEventKind, SpikeClass
from assessments.rules.warnings import warning_finding

_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
# The lower end of each class, which a rounded percentage may fall on.
_OVER = {
    SpikeClass.SMALL: HAZARD_OF[SpikeClass.REFERENCE].up_to_percent,
    SpikeClass.MODERATE: HAZARD_OF[SpikeClass.SMALL].up_to_percent,
    SpikeClass.LARGE: HAZARD_OF[SpikeClass.MODERATE].up_to_percent,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """The day symptoms began; ``about`` when it was counted back from their duration."""

    on: date
    about: bool

    @property
    def says(self) -> str:
        """The day in words: "20 May 2026", "about 20 May 2026"."""
        return f"{'about ' if self.about else ''}{self.on:%-d %B %Y}"


def onset_of(
    *, onset_on: date | None, examined_on: date | None, duration_weeks: int | None
) -> Onset | None:
    """The onset an examination tells: the day itself, else counted back; None when it tells
    neither."""
    if onset_on is not None:
        return Onset(on=onset_on, about=False)
    if examined_on is None or duration_weeks is None:
        return None
    return Onset(on=examined_on - timedelta(weeks=duration_weeks), about=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadChange:
    """A load event as the rules read it. ``None`` everywhere means not recorded."""

    kind: LoadEventKind
    on: date
    until: date | None = None
    old_drop_mm: int | None = None
    new_drop_mm: int | None = None
    to_minimal: bool | None = None
    firmer: bool | None = None
    camber: bool | None = None
    downhill: bool | None = None
    straight_to_full: bool | None = None

    @property
    def counts_from(self) -> date | None:
        """The day the tendon had to bear it: after a rest the day it ended, None while it lasts."""
        return self.until if self.kind is LoadEventKind.REST else self.on


@dataclass(frozen=True, slots=True, kw_only=True)
class Provocation:
    """The weeks before onset: one sentence, the spikes of those weeks by day, and what was flagged.

    ``flagged`` are the changes of load that a rule names, ``other`` those in the same weeks that no
    rule does; places in the sequence of changes given. Without an onset both are empty.
    """

    says: str
    onset: Onset | None
    spikes: tuple[ClassedRun, ...] = ()
    findings: tuple[Finding, ...] = ()
    flagged: tuple[int, ...] = ()
    other: tuple[int, ...] = ()

    @property
    def shown(self) -> str:
        """The sentence for a page: a number and its percent sign stay on one line."""
        return self.says.replace(" %", "\N{NO-BREAK SPACE}%")


def weeks_before(onset: date, day: date) -> Decimal | None:
    """Weeks from ``day`` to onset, exact; None for a day after it."""
    days = (onset - day).days
    return None if days < 0 else Decimal(days) / 7


def provocation(
    runs: Sequence[ClassedRun],
    changes: Sequence[LoadChange],
    onset: Onset | None,
    defaults: AssessmentDefaults = DEFAULTS,
) -> Provocation:
    """What stands in the log before onset. ``runs`` are the whole log, as ``class_runs`` gives it.

    The weeks end with the day of onset: what a run does is often felt the next morning.
    """
    if onset is None:
        return Provocation(says=_without_onset(runs), onset=None)
    first = onset.on - timedelta(weeks=defaults.spike_history_weeks)
    inside = [run for run in runs if first <= run.on <= onset.on]
    findings, flagged, other = [], [], []
    for place, change in enumerate(changes):
        counts = change.counts_from
        if counts is None or not first <= counts <= onset.on:
            continue
        if finding := change_finding(change, onset, defaults):
            findings.append(finding)
            flagged.append(place)
        else:
            other.append(place)
    return Provocation(
        says=_sentence(runs, inside, onset, defaults),
        onset=onset,
        spikes=tuple(run for run in inside if run.is_spike),
        findings=tuple(findings),
        flagged=tuple(flagged),
        other=tuple(other),
    )


def change_finding(
    change: LoadChange, onset: Onset, defaults: AssessmentDefaults = DEFAULTS
) -> Finding | None:
    """What a rule says of a change of load before onset; None when it names none."""
    counts = change.counts_from
    weeks = None if counts is None else weeks_before(onset.on, counts)
    if counts is None or weeks is None:
        return None
    numbers = (
        ("On", f"{counts:%-d %B %Y}"),
        ("Weeks before onset", f"{'about ' if onset.about else ''}{_rounded(weeks)}"),
    )
    match change.kind:
        case LoadEventKind.FOOTWEAR if drop_flag(
            old_drop_mm=change.old_drop_mm,
            new_drop_mm=change.new_drop_mm,
            to_minimal=change.to_minimal,
            weeks_before_onset=weeks,
            defaults=defaults,
        ):
            drops = (
                ("Heel drop before", _drop(change.old_drop_mm)),
                ("Heel drop after", _drop(change.new_drop_mm)),
            )
            shoes = _shoes(change)
            return _told("W-DROP", shoes, counts, onset, numbers=(*numbers, *drops))
        case LoadEventKind.SURFACE if surface_flag(
            firmer=change.firmer, camber=change.camber, downhill=change.downhill
        ):
            named = {"firmer": change.firmer, "camber": change.camber, "downhill": change.downhill}
            surface = ", ".join(name for name, yes in named.items() if yes)
            ground = ("Surface", surface)
            return _told("W-SURFACE", surface, counts, onset, numbers=(*numbers, ground))
        case LoadEventKind.REST if rest_flag(
            rest_weeks=rest_weeks(change),
            straight_to_full=change.straight_to_full,
            defaults=defaults,
        ):
            rested = rest_weeks(change)
            assert rested is not None
            return Finding(
                rule="W-REST",
                says="From rest straight back to full load:"
                f" {_when(f'{_rounded(rested)} weeks of rest until', counts, onset)}",
                because="The tendon loses capacity in rest and meets the old load unprepared.",
                numbers=(*numbers, ("Weeks of rest", _rounded(rested))),
                sources=("seed", "own"),
                tone=Tone.CAUTION,
            )
    return None


def _told(
    rule: str, what: str, counts: date, onset: Onset, *, numbers: tuple[tuple[str, str], ...]
) -> Finding:
    """The rule's finding with the change itself in its line, so that it can be read alone."""
    found = warning_finding(rule)
    says = found.says.removesuffix(" before onset")
    return replace(found, says=f"{says}: {_when(f'{what} on', counts, onset)}", numbers=numbers)


def _shoes(change: LoadChange) -> str:
    """The shoes in words: "heel drop 10 to 4 mm", "to a minimal shoe"."""
    old, new = change.old_drop_mm, change.new_drop_mm
    minimal = "to a minimal or zero-drop shoe"
    if old is None and new is None:
        return minimal
    known = ["not recorded" if each is None else f"{each}" for each in (old, new)]
    drop = f"heel drop {known[0]} to {known[1]}{'' if new is None else ' mm'}"
    return f"{drop}, {minimal}" if change.to_minimal else drop


def _when(what: str, day: date, onset: Onset) -> str:
    """What happened, its day, and how long before onset that was, in whole weeks or days."""
    days = (onset.on - day).days
    before = f"{_counted(days // 7, 'week')} before" if days >= 14 else _days_before(days)
    about = "about " if onset.about and days else ""
    return f"{what} {_day(day, onset.on)}, {about}{before} onset"


def _days_before(days: int) -> str:
    return f"{_counted(days, 'day')} before" if days else "the day of"


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def rest_weeks(change: LoadChange) -> Decimal | None:
    """How long a rest was, first and last day included; None while it lasts and for other kinds."""
    if change.kind is not LoadEventKind.REST or change.until is None:
        return None
    return Decimal((change.until - change.on).days + 1) / 7


def distance_words(metres: int) -> str:
    """A distance as it is said: "18 km", "18.4 km", "800 m"."""
    if metres < 1000:
        return f"{metres} m"
    return f"{_rounded(Decimal(metres) / 1000)} km"


def percent_words(run: ClassedRun) -> str:
    """By how much a spike is longer, in whole percent; never a number of the class below it."""
    assert run.found is not None
    assert run.found.percent is not None
    whole = int(run.found.percent.quantize(Decimal(1), ROUND_HALF_UP))
    over = _OVER.get(run.found.spike_class)
    if over is not None and whole <= over:
        return f"just over {over} %"
    return f"{whole} %"


def count_words(count: int) -> str:
    """Small numbers as words."""
    return _COUNTS[count] if count < len(_COUNTS) else f"{count:,}"


def _without_onset(runs: Sequence[ClassedRun]) -> str:
    if not runs:
        return "No runs are recorded, and neither is when symptoms began."
    return (
        "When symptoms began is not recorded, so no run can be set against it;"
        " the assessment asks for it."
    )


def _sentence(
    log: Sequence[ClassedRun],
    inside: Sequence[ClassedRun],
    onset: Onset,
    defaults: AssessmentDefaults,
) -> str:
    weeks = f"the {count_words(defaults.spike_history_weeks)} weeks before onset"
    if not log:
        return f"No runs are recorded, so nothing can be said about {weeks} ({onset.says})."
    if not inside:
        return f"No run is recorded in {weeks} ({onset.says})."
    spikes = [run for run in inside if run.is_spike]
    if spikes:
        return _of_spikes(spikes, log, weeks, onset)
    measured = [run for run in inside if run.distance_m is not None]
    if not measured:
        return f"No run in {weeks} ({onset.says}) has a distance, so none can be compared."
    without = [run for run in measured if run.longest_m is None]
    if without:
        return _of_no_baseline(without, measured, log, onset)
    says = (
        f"No run in {weeks} ({onset.says}) was more than"
        f" {_OVER[SpikeClass.SMALL]} % longer than anything in the month before it"
    )
    unknown = sum(run.distance_m is None for run in inside)
    if unknown:
        says += f"; {count_words(unknown)} without a distance could not be compared"
    if not all(run.whole_history for run in measured):
        says += f"; the log begins only on {_begins(log, onset)}"
    return f"{says}."


def _of_spikes(
    spikes: Sequence[ClassedRun], log: Sequence[ClassedRun], weeks: str, onset: Onset
) -> str:
    """The run that stood out most is named; one with its whole month known before any other."""
    named = max(spikes, key=lambda run: (run.whole_history, _percent(run), run.on))
    assert named.distance_m is not None
    than = (
        "anything in the month before"
        if named.whole_history
        else f"anything in the log before it, which begins only on {_begins(log, onset)}"
    )
    says = (
        f"{distance_words(named.distance_m)} on {_day(named.on, onset.on)} was"
        f" {percent_words(named)} longer than {than}"
    )
    more = len(spikes) - 1
    if more:
        others = "run" if more == 1 else "runs"
        says += f", and {count_words(more)} more {others} in {weeks} stood out"
    return f"{says}; {_began(onset)}."


def _of_no_baseline(
    without: Sequence[ClassedRun],
    measured: Sequence[ClassedRun],
    log: Sequence[ClassedRun],
    onset: Onset,
) -> str:
    longest = max(without, key=lambda run: (run.whole_history, run.distance_m or 0, run.on))
    assert longest.distance_m is not None
    if not longest.whole_history:
        return (
            f"Not enough history: the log begins on {_begins(log, onset)}, so there is no month"
            f" before its first run to compare with; {_began(onset)}."
        )
    last = max((run.on for run in log if run.distance_m and run.on < longest.on), default=None)
    came = (
        f"after more than {SPIKE_HISTORY_DAYS} days without a measured run"
        if last is None
        else f"{(longest.on - last).days} days after the last measured run"
    )
    says = (
        f"{distance_words(longest.distance_m)} on {_day(longest.on, onset.on)} came {came}, so"
        " there is nothing to compare it with"
    )
    if len(measured) > len(without):
        says += f", and no other run was more than {_OVER[SpikeClass.SMALL]} % longer"
    return f"{says}; {_began(onset)}."


def _began(onset: Onset) -> str:
    return f"symptoms began {'' if onset.about else 'on '}{onset.says}"


def _begins(log: Sequence[ClassedRun], onset: Onset) -> str:
    return _day(min(run.on for run in log), onset.on)


def _percent(run: ClassedRun) -> Decimal:
    assert run.found is not None
    return run.found.percent or Decimal(0)


def _day(day: date, near: date) -> str:
    """A day without its year when that is plain from the other one."""
    return f"{day:%-d %B}" if day.year == near.year else f"{day:%-d %B %Y}"


def _drop(millimetres: int | None) -> str:
    return "not recorded" if millimetres is None else f"{millimetres} mm"


def _rounded(number: Decimal) -> str:
    text = f"{number.quantize(Decimal('0.1'), ROUND_HALF_UP):f}"
    return text.removesuffix(".0")
