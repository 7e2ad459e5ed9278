"""Which runs are the same run, recorded twice.

Nobody runs twice at once: two recordings that overlap and have the same length are one run, from
watch and phone or from two exports. Without a time of day, day and length have to do, and one
such run stands for one other only, so that a typed "5 km" doesn't swallow both the morning and
the evening run.

The limits here tell recordings apart. They say nothing about a tendon, so they are no defaults of
the practice.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

Twin = tuple[Literal["new", "known"], int]

# Watch and phone are started one after the other; when a duration is missing, this has to do.
START_WITHIN = timedelta(minutes=5)
# What GPS on a wrist and in a pocket differ by.
RECORDED_TWICE = 0.05
# A typed length is the recorded one, rounded; a guess is further off, and a person says.
TYPED = 0.02
GUESSED = 0.1
# Time in motion and time on the clock differ by breaks.
BREAKS = 0.2
# A list in local time, read as if from another zone, is off by whole quarters of an hour and
# otherwise equal to the second. No two zones in which the same person runs are further apart.
QUARTER_S = 15 * 60
ZONES_APART_S = 14 * 3600
EQUAL_S = 2
EQUAL_LENGTH = 0.005
# Nobody runs more often in a day; a list made to be slow is not compared any further.
A_DAY = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRun:
    """What tells two runs apart: the day, the moment of the start if known (with a time zone),
    metres and seconds if recorded. ``file`` names the file a new run is from, blank if none."""

    happened_on: date
    started_at: datetime | None = None
    distance_m: int | None = None
    duration_s: int | None = None
    file: str = ""


def same_run(a: LoggedRun, b: LoggedRun) -> bool:
    """Whether ``a`` and ``b`` are one run: from watch and phone, or from two exports.

    With both starts known: at the same time and within 5 % of the same length. Otherwise: on the
    same day, within 2 % of the same distance, or of the same duration when a distance is missing.
    """
    if a.started_at is not None and b.started_at is not None:
        gap_s = (b.started_at - a.started_at).total_seconds()
        if gap_s < 0:
            a, b, gap_s = b, a, -gap_s
        return _at_once(a, b, gap_s)
    return _same_day_and_length(a, b)


def may_be_in_another_zone(a: LoggedRun, b: LoggedRun) -> bool:
    """Whether ``a`` and ``b`` are equal but for a shift of whole quarters of an hour, so that one
    may be the other as a list in local time has it. Two runs may look so as well: a person says.

    Whole minutes were typed, and people type the same run for morning and evening. The rows of one
    file are in one zone.
    """
    # Cheap comparisons first: nearly all pairs end here.
    if not a.duration_s or not b.duration_s or abs(a.duration_s - b.duration_s) > EQUAL_S:
        return False
    if a.distance_m is None or b.distance_m is None or (a.file and a.file == b.file):
        return False
    if a.started_at is None or b.started_at is None:
        return False
    gap_s = abs((b.started_at - a.started_at).total_seconds())
    off_s = min(gap_s % QUARTER_S, -gap_s % QUARTER_S)
    return (
        (a.duration_s % 60 != 0 or b.duration_s % 60 != 0)
        and gap_s <= ZONES_APART_S + EQUAL_S
        and off_s <= EQUAL_S
        and _near(a.distance_m, b.distance_m, EQUAL_LENGTH)
    )


def run_at_once(a: LoggedRun, b: LoggedRun) -> bool:
    """Whether ``a`` and ``b`` overlap over more than half of the shorter and are of other lengths,
    so that they are no ``same_run``. Nobody runs twice at once, but which of them is right, a
    person says. Both starts and durations are known then.
    """
    if a.started_at is None or b.started_at is None:
        return False
    if a.duration_s is None or b.duration_s is None:
        return False
    gap_s = (b.started_at - a.started_at).total_seconds()
    if gap_s < 0:
        a, b, gap_s = b, a, -gap_s
    return _overlap(a, b, gap_s) and not same_run(a, b)


def may_be_typed(a: LoggedRun, b: LoggedRun) -> bool:
    """Whether one of ``a`` and ``b`` has no time of day, and both are of one day and within 10 % of
    the same distance, but not the ``same_run``: a length typed from memory. A person says.
    """
    return (
        (a.started_at is None) is not (b.started_at is None)
        and a.happened_on == b.happened_on
        and a.distance_m is not None
        and b.distance_m is not None
        and _near(a.distance_m, b.distance_m, GUESSED)
        and not same_run(a, b)
    )


def duplicates(new: Sequence[LoggedRun], known: Sequence[LoggedRun]) -> list[Twin | None]:
    """For each of ``new``: ``("known", i)`` when it is the same run as ``known[i]``, else
    ``("new", i)`` when it is the same as the earlier ``new[i]``, else ``None``.

    The twin of a twin is never a duplicate itself, so taking those with ``None`` takes each run
    once.
    """
    log, added = _Days(), _Days()
    for index, run in enumerate(known):
        log.add(index, run)
    twins: list[Twin | None] = []
    for index, run in enumerate(new):
        if (place := log.twin_of(run)) is not None:
            twins.append(("known", place))
        elif (place := added.twin_of(run)) is not None:
            twins.append(("new", place))
        else:
            added.add(index, run)
            twins.append(None)
    return twins


def perhaps_twins(
    new: Sequence[LoggedRun],
    known: Sequence[LoggedRun],
    alike: Callable[[LoggedRun, LoggedRun], bool],
) -> list[Twin | None]:
    """As ``duplicates``, but for runs that are ``alike``: for each of ``new`` such a run of
    ``known``, else an earlier one of ``new`` that has none itself, else ``None``.

    ``alike`` is one of ``may_be_in_another_zone``, ``run_at_once`` and ``may_be_typed``.
    """
    log, added = _Days(), _Days()
    for index, run in enumerate(known):
        log.add(index, run)
    twins: list[Twin | None] = []
    for index, run in enumerate(new):
        if (place := log.one_like(run, alike)) is not None:
            twins.append(("known", place))
        elif (place := added.one_like(run, alike)) is not None:
            twins.append(("new", place))
        else:
            added.add(index, run)
            twins.append(None)
    return twins


@dataclass(slots=True)
class _Days:
    """Runs by day, and which of them already stand for another run by day and length alone."""

    runs: dict[date, list[tuple[int, LoggedRun]]] = field(default_factory=lambda: defaultdict(list))
    taken: set[int] = field(default_factory=set)

    def add(self, index: int, run: LoggedRun) -> None:
        """Remember ``run`` under its day."""
        self.runs[run.happened_on].append((index, run))

    def twin_of(self, run: LoggedRun) -> int | None:
        """The index of the same run, ``None`` without one. One recorded at the same time comes
        before one of the same day and length."""
        for day in _days_around(run.happened_on):
            for index, other in self.runs.get(day, ())[:A_DAY]:
                both_timed = run.started_at is not None and other.started_at is not None
                if both_timed and same_run(run, other):
                    return index
        for index, other in self.runs.get(run.happened_on, ())[:A_DAY]:
            timeless = run.started_at is None or other.started_at is None
            if timeless and index not in self.taken and same_run(run, other):
                self.taken.add(index)
                return index
        return None

    def one_like(self, run: LoggedRun, alike: Callable[[LoggedRun, LoggedRun], bool]) -> int | None:
        """The index of a run that is ``alike``, ``None`` without one."""
        for day in _days_around(run.happened_on):
            for index, other in self.runs.get(day, ())[:A_DAY]:
                if alike(run, other):
                    return index
        return None


def _days_around(day: date) -> tuple[date, ...]:
    """The day and its neighbours: a run about midnight falls on another day in another zone."""
    around = [day]
    if day > date.min:
        around.append(day - timedelta(days=1))
    if day < date.max:
        around.append(day + timedelta(days=1))
    return tuple(around)


def _at_once(a: LoggedRun, b: LoggedRun, gap_s: float) -> bool:
    """Whether ``b``, started ``gap_s`` after ``a``, was recorded at the same time over the same
    length."""
    if a.duration_s is None or b.duration_s is None:
        together = gap_s <= START_WITHIN.total_seconds()
    else:
        together = _overlap(a, b, gap_s)
    if not together:
        return False
    if a.distance_m is not None and b.distance_m is not None:
        return _near(a.distance_m, b.distance_m, RECORDED_TWICE)
    if a.duration_s is not None and b.duration_s is not None:
        return _near(a.duration_s, b.duration_s, BREAKS)
    return True


def _overlap(a: LoggedRun, b: LoggedRun, gap_s: float) -> bool:
    """Whether ``b``, started ``gap_s`` after ``a``, overlaps it over more than half of the shorter.

    Repetitions recorded one by one follow each other; they don't overlap.
    """
    if a.duration_s is None or b.duration_s is None:
        return False
    overlap_s = min(a.duration_s - gap_s, b.duration_s)
    return overlap_s * 2 > min(a.duration_s, b.duration_s)


def _same_day_and_length(a: LoggedRun, b: LoggedRun) -> bool:
    """What is left to compare when a start is not known."""
    if a.happened_on != b.happened_on:
        return False
    durations = a.duration_s is not None and b.duration_s is not None
    if a.distance_m is not None and b.distance_m is not None:
        return _near(a.distance_m, b.distance_m, TYPED) and (
            not durations or _near(a.duration_s or 0, b.duration_s or 0, BREAKS)
        )
    return durations and _near(a.duration_s or 0, b.duration_s or 0, TYPED)


def _near(one: int, other: int, share: float) -> bool:
    """Whether two lengths differ by at most ``share`` of the longer."""
    return abs(one - other) <= share * max(one, other)
