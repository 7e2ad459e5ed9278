"""Running with dates: the run-walk ladder and full return on the days a patient has (section 8).

A calendar is a plan and no forecast: it is worked out anew each day from where the patient stands,
the sessions held at this step and the runs on record, and each next level waits for its decision.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from assessments.rules.bounds import Bounds, check
from assessments.rules.duplicates import LoggedRun
from assessments.rules.spikes import HAZARD_OF, SPIKE_HISTORY_DAYS
from assessments.rules.terms import SpikeClass
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.dose import FreeRun, RunThroughs, WalkRun
from programmes.rules.words import numeral, say

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EVERY_DAY = frozenset(range(1, 8))
_WEEK = 7
_WEEKDAY = Bounds(low=1, high=7, whole=True)
_COUNT = Bounds(low=0, high=1_000, whole=True)
_SESSIONS = Bounds(low=1, high=1_000, whole=True)
# Planned lengths are rounded down to this, so that rounding never adds.
ROUND_M = 10
# A run is written down as no spike up to here, whatever a dose says.
_MOST_PERCENT = HAZARD_OF[SpikeClass.REFERENCE].up_to_percent or 0
# Weeks looked at to say how many runs a week fit.
_WEEKS_TRIED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One level of the plan's run-walk stage: its step number, its dose, and how many sessions."""

    number: int
    dose: WalkRun | RunThroughs
    sessions: int

    @property
    def minutes(self) -> int | None:
        """Minutes of one session, walking and running; None for run-throughs."""
        if isinstance(self.dose, RunThroughs):
            return None
        return self.dose.rounds * (self.dose.walk_min + self.dose.run_min)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedRun:
    """One run of the calendar.

    ``step`` is the step of the stage it belongs to and ``place`` its number there (``of`` so many).
    ``minutes`` is how long it is where that is known. In full return ``most_m`` says how many
    metres it may have at most, None where no run of the 30 days before is known; ``longest_m`` is
    what that was read from. ``waits`` says that it needs a decision first: a level the patient has
    not reached.
    """

    on: date
    step: int
    place: int
    of: int | None = None
    minutes: int | None = None
    most_m: int | None = None
    longest_m: int | None = None
    waits: bool = False

    @property
    def longer(self) -> bool:
        """Whether it may be longer than every run of the 30 days before."""
        return None not in (self.most_m, self.longest_m) and (self.most_m or 0) > (
            self.longest_m or 0
        )


def run_days(
    start: date,
    *,
    available: frozenset[int],
    before: Collection[date],
    rest_days: int,
    rest_after_last: int,
    days_per_week: int,
    until: date,
) -> Iterator[date]:
    """The days to run on from ``start`` to ``until``, both included, the earliest that may be.

    ``available`` are ISO weekdays, empty for any. ``rest_days`` lie free between two runs;
    ``rest_after_last`` between the last run of ``before`` and the first. At most ``days_per_week``
    runs in any seven days, those of ``before`` counted. Raises ``ValueError`` for a number out of
    range.
    """
    for weekday in available:
        check("available", weekday, _WEEKDAY)
    for name, value in (
        ("rest_days", rest_days),
        ("rest_after_last", rest_after_last),
        ("days_per_week", days_per_week),
    ):
        check(name, value, _COUNT)
    # One run a day is planned, two of one day in the log are one day.
    held = sorted({day for day in before if day <= start})
    rest = rest_after_last
    for ordinal in range(start.toordinal(), until.toordinal() + 1):
        on = date.fromordinal(ordinal)
        if available and on.isoweekday() not in available:
            continue
        if held and (on - held[-1]).days <= rest:
            continue
        if sum((on - day).days < _WEEK for day in held[-_WEEK:]) >= days_per_week:
            continue
        yield on
        held.append(on)
        rest = rest_days


def runs_that_fit(available: frozenset[int], *, rest_days: int, days_per_week: int) -> int:
    """Runs a week the available days hold with the rest between them, 1 at least.

    The mean over some weeks, rounded down. Raises ``ValueError`` as ``run_days``.
    """
    monday = date(2024, 1, 1)
    days = run_days(
        monday,
        available=available,
        before=(),
        rest_days=rest_days,
        rest_after_last=rest_days,
        days_per_week=days_per_week,
        until=monday + timedelta(days=_WEEKS_TRIED * _WEEK - 1),
    )
    return max(1, sum(1 for _ in days) // _WEEKS_TRIED)


def run_walk_plan(
    start: date,
    *,
    available: frozenset[int],
    rungs: Sequence[Rung],
    done: int,
    before: Collection[date],
    rest_days: int,
    rest_after_last: int,
    until: date,
) -> tuple[DatedRun, ...]:
    """The run-walk ladder with dates, from the rung the patient is on.

    ``rungs`` begin with that rung, of whose sessions ``done`` count; one more is held there even
    when they are complete, because only a session is decided on. Each rung has its own number of
    sessions and its own days a week. Empty without rungs. Raises ``ValueError`` as ``run_days``.
    """
    check("done", done, _COUNT)
    planned: list[DatedRun] = []
    for rung in rungs:
        check("sessions", rung.sessions, _SESSIONS)
        waits = rung is not rungs[0]
        days = run_days(
            planned[-1].on + timedelta(days=1) if planned else start,
            available=available,
            before=[*before, *(each.on for each in planned)],
            rest_days=rest_days,
            rest_after_last=rest_days if waits else rest_after_last,
            days_per_week=rung.dose.days_per_week,
            until=until,
        )
        first = 1 if waits else min(done, rung.sessions - 1) + 1
        held = [
            DatedRun(
                on=on,
                step=rung.number,
                place=place,
                of=rung.sessions,
                minutes=rung.minutes,
                waits=waits,
            )
            for place, on in zip(range(first, rung.sessions + 1), days, strict=False)
        ]
        planned += held
        if not held or held[-1].place < rung.sessions:
            break  # no later level begins before this one is complete
    return tuple(planned)


def longest_before(runs: Iterable[tuple[date, int]], on: date) -> tuple[int, date] | None:
    """The longest of the 30 days before ``on`` in metres, and the first of those days it was run.

    The days are those of ``assessments.rules.spikes``: they end with the day before. None where no
    run of them is known.
    """
    window = [
        (metres, day)
        for day, metres in runs
        if 0 < (on - day).days <= SPIKE_HISTORY_DAYS and metres > 0
    ]
    if not window:
        return None
    most = max(metres for metres, _ in window)
    return most, min(day for metres, day in window if metres == most)


def full_return_plan(
    start: date,
    *,
    available: frozenset[int],
    step: int,
    dose: FreeRun,
    log: Iterable[LoggedRun],
    held: int,
    before: Collection[date],
    rest_days: int,
    rest_after_last: int,
    until: date,
    goal_m: int | None = None,
    known_minutes: int | None = None,
    defaults: ProgrammeDefaults = DEFAULTS,
) -> tuple[DatedRun, ...]:
    """Full return with dates: how long each run may be, against the longest of 30 days before it.

    Each run is planned against the runs of the ``log`` and the planned ones before it. Once a week
    it may be longer, by at most 10 % or what the dose says, whichever is less; never to grow beyond
    ``goal_m``. Where no run of 30 days has a distance none is made up: ``minutes`` is then
    ``known_minutes``, how long the patient was last asked to run, or None. ``held`` counts the
    sessions at this step so far. Raises ``ValueError`` as ``run_days``.
    """
    check("held", held, _COUNT)
    known = [(run.happened_on, run.distance_m) for run in log if run.distance_m]
    percent = min(dose.longer_percent, _MOST_PERCENT)
    days = run_days(
        start,
        available=available,
        before=before,
        rest_days=rest_days,
        rest_after_last=rest_after_last,
        days_per_week=dose.days_per_week,
        until=until,
    )
    planned = []
    for place, on in enumerate(days, start=held + 1):
        longest = longest_before(known, on)
        most = None
        if longest is not None:
            most = _most(longest, on, percent=percent, goal_m=goal_m, defaults=defaults)
        if most is not None:
            known.append((on, most))
        planned.append(
            DatedRun(
                on=on,
                step=step,
                place=place,
                minutes=known_minutes if most is None else None,
                most_m=most,
                longest_m=longest[0] if longest else None,
            )
        )
    return tuple(planned)


def _most(
    longest: tuple[int, date],
    on: date,
    *,
    percent: int,
    goal_m: int | None,
    defaults: ProgrammeDefaults,
) -> int:
    """Metres a run may have: the longest before it, or more when that has stood long enough."""
    metres, since = longest
    if (on - since).days < defaults.longer_run_every_days:
        return metres
    more = metres * (100 + percent) // 100 // ROUND_M * ROUND_M
    if goal_m is not None:
        more = min(more, goal_m)
    return max(metres, more)


def days_in_words(available: Collection[int]) -> str:
    """Weekdays in words: "Monday, Wednesday and Friday", or "any day" for none or all."""
    names = [WEEKDAYS[day - 1] for day in sorted(set(available))]
    if not names or len(names) == len(WEEKDAYS):
        return "any day"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def kilometres(metres: int) -> str:
    """Metres as kilometres in words, to 10 m: "5.5 km", "12.08 km"."""
    whole, part = divmod(metres // ROUND_M, 100)
    return say("{number} km", number=numeral(Decimal(whole * 100 + part) / 100))
