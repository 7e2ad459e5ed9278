"""A step's week as the patient lives it: how long, how often, on which days, and with what rest.

Counts of repetitions and of time under tension are those of the affected leg. A range of
repetitions counts as its upper end. Times are what the doses ask, without setting up or changing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from assessments.rules.bounds import Bounds, check
from assessments.rules.finding import Finding, Tone
from assessments.rules.terms import MatrixRow, Stage
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.dose import AnyDose, Dose, FreeRun, RunThroughs, WalkRun, adds_load
from programmes.rules.recovery import HOPS, rest_and_setting
from programmes.rules.terms import DoseSide, Protocol
from programmes.rules.words import counted

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ALL_DAYS = frozenset(range(1, 8))
NOT_KNOWN = "not known"

_WEEKDAY = Bounds(low=1, high=7, whole=True)
_Rest = tuple[int, str]
"""Days of rest, and the setting that asks for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekItem:
    """One exercise of the step: what it is called, its matrix row, and its dose.

    ``lowering_only``: the other leg does the way up, so only the way down loads the tendon.
    """

    name: str
    row: MatrixRow
    dose: AnyDose
    lowering_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekDay:
    """One day of the strip. ``weekday`` is 1 for Monday; ``minutes`` None when not known.

    ``items`` are the places of the day's exercises in the step.
    """

    weekday: int
    items: tuple[int, ...]
    sessions: int
    minutes: int | None
    available: bool

    @property
    def name(self) -> str:
        """The day in three letters."""
        return WEEKDAYS[self.weekday - 1]

    @property
    def is_rest(self) -> bool:
        """Whether nothing is done on it."""
        return not self.items


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What a step asks in a week. Minutes are rounded up, and None when a run has no known length.

    ``session_minutes`` is the longest session, ``sessions_per_day`` and ``repetitions_per_day``
    those of the fullest day. ``run_minutes`` and ``run_metres`` are 0 without such running.
    """

    session_minutes: int | None
    minutes: int | None
    sessions_per_day: int
    days: int
    sessions: int
    tension_s: int
    repetitions_per_day: int
    repetitions: int
    run_minutes: int
    run_metres: int
    strip: tuple[WeekDay, ...]
    findings: tuple[Finding, ...]

    @property
    def said(self) -> tuple[tuple[str, str], ...]:
        """The week as (label, value) pairs in words; what is not in it is left out."""
        if not self.days:
            return ()
        a_day = f", {counted(self.sessions_per_day, 'session')} a day"
        pairs = [
            ("Each session", _minutes_words(self.session_minutes)),
            ("In the week", _minutes_words(self.minutes)),
            (
                "Days",
                ("every day" if self.days == 7 else f"{counted(self.days, 'day')} a week")
                + (a_day if self.sessions_per_day > 1 else ""),
            ),
        ]
        if self.repetitions:
            pairs.append(("Repetitions", f"{self.repetitions_per_day} a day"))
        if self.tension_s:
            pairs.append(("Under tension", f"{_clock(self.tension_s)} a week"))
        if self.run_minutes:
            pairs.append(("Running", f"{counted(self.run_minutes, 'minute')} a week"))
        if self.run_metres:
            pairs.append(("Run-throughs", f"{self.run_metres} m a week"))
        return tuple(pairs)


def _minutes_words(minutes: int | None) -> str:
    return NOT_KNOWN if minutes is None else f"about {counted(minutes, 'minute')}"


def _clock(seconds: int) -> str:
    minutes, left = divmod(seconds, 60)
    if not minutes:
        return counted(left, "second")
    return f"{minutes} min {left} s" if left else f"{minutes} min"


def week(
    items: Sequence[WeekItem],
    *,
    stage: Stage,
    protocol: Protocol,
    days: frozenset[int] = frozenset(),
    defaults: ProgrammeDefaults = DEFAULTS,
) -> Week:
    """The week of one step with these exercises, in the order they are done.

    ``days`` are the weekdays the patient has, Monday 1 to Sunday 7; empty for any. Raises
    ``ValueError`` for another day.
    """
    for day in days:
        check("days", day, _WEEKDAY)
    open_days = days or ALL_DAYS
    rests = _rests(items, stage, protocol, defaults)
    placed = _placed(items, [rest for rest, _ in rests], open_days)
    strip = tuple(_day(day, items, placed, open_days, defaults) for day in range(1, 8))
    sessions = [
        _session_s(chosen, defaults) for day in strip for chosen in _sessions(items, day.items)
    ]
    used = [day for day in strip if day.items]
    counts = [_repetitions(item) for item in items]
    return Week(
        session_minutes=_up(_most(sessions)),
        minutes=_up(_total(sessions)),
        sessions_per_day=max((day.sessions for day in strip), default=0),
        days=len(used),
        sessions=len(sessions),
        tension_s=sum(
            _tension_s(item, defaults) * len(where)
            for item, where in zip(items, placed, strict=True)
        ),
        repetitions_per_day=max(
            (sum(counts[place] for place in day.items) for day in strip), default=0
        ),
        repetitions=sum(count * len(where) for count, where in zip(counts, placed, strict=True)),
        run_minutes=sum(
            _run_minutes(item.dose) * len(where) for item, where in zip(items, placed, strict=True)
        ),
        run_metres=sum(
            _run_metres(item.dose) * len(where) for item, where in zip(items, placed, strict=True)
        ),
        strip=strip,
        findings=tuple(_findings(items, rests, placed, days, defaults)),
    )


# --- How long. ---


def _legs(dose: Dose) -> int:
    return 2 if dose.side is DoseSide.EACH else 1


def _work_s(dose: Dose, defaults: ProgrammeDefaults) -> int:
    """Seconds of work in one session, of one leg or of both at once."""
    if dose.hold_s is not None:
        return dose.sets * dose.hold_s
    tempo = dose.tempo
    each = 0 if tempo is None else tempo.up_s + tempo.hold_s + tempo.down_s
    return dose.sets * (dose.reps_to or dose.reps or 0) * (each or defaults.repetition_s)


def _item_s(dose: AnyDose, defaults: ProgrammeDefaults) -> int | None:
    """Seconds of one exercise in one session with the rests between its sets; None unknown."""
    match dose:
        case Dose():
            rest = defaults.set_rest_s if dose.rest_s is None else dose.rest_s
            # One leg rests while the other works, so rests are not counted twice.
            return _work_s(dose, defaults) * _legs(dose) + rest * (dose.sets - 1)
        case WalkRun():
            return dose.rounds * (dose.walk_min + dose.run_min) * 60
        case FreeRun() | RunThroughs():
            return None


def _session_s(chosen: Sequence[WeekItem], defaults: ProgrammeDefaults) -> int | None:
    """Seconds of one session of these exercises, with the time between them."""
    parts = [_item_s(item.dose, defaults) for item in chosen]
    for before, after in pairwise(chosen):
        heavy = before.row is after.row is MatrixRow.LOADED_HSR
        parts.append(60 * (defaults.heavy_change_min if heavy else defaults.change_min))
    return _total(parts)


def _total(parts: Iterable[int | None]) -> int | None:
    total = 0
    for part in parts:
        if part is None:
            return None
        total += part
    return total


def _most(parts: Sequence[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return max(known, default=0) if len(known) == len(parts) else None


def _up(seconds: int | None) -> int | None:
    return None if seconds is None else -(-seconds // 60)


def _times(dose: AnyDose) -> int:
    return dose.times_per_day if isinstance(dose, Dose) else 1


def _repetitions(item: WeekItem) -> int:
    """Repetitions of the affected leg in a day."""
    dose = item.dose
    if not isinstance(dose, Dose) or dose.side is DoseSide.OTHER:
        return 0
    return dose.sets * (dose.reps_to or dose.reps or 0) * dose.times_per_day


def _tension_s(item: WeekItem, defaults: ProgrammeDefaults) -> int:
    """Seconds under tension of the affected leg in a day; hops are too short to count."""
    dose = item.dose
    if not isinstance(dose, Dose) or dose.side is DoseSide.OTHER or item.row in HOPS:
        return 0
    if item.lowering_only and dose.tempo is not None:
        dose = replace(dose, tempo=replace(dose.tempo, up_s=0))
    return _work_s(dose, defaults) * dose.times_per_day


def _run_minutes(dose: AnyDose) -> int:
    return dose.rounds * dose.run_min if isinstance(dose, WalkRun) else 0


def _run_metres(dose: AnyDose) -> int:
    return dose.sets * dose.reps * dose.metres if isinstance(dose, RunThroughs) else 0


# --- On which days. ---


def _rests(
    items: Sequence[WeekItem], stage: Stage, protocol: Protocol, defaults: ProgrammeDefaults
) -> list[_Rest]:
    """Days of rest each exercise needs between two of its sessions.

    The most of them is what the step needs, by the rule that freezes it. Holds and walks beside
    other work are daily: the rest of the step is for the others.
    """
    mixed = any(not _is_gentle(item) for item in items)
    return [
        _gentle_days(item, defaults)
        if mixed and _is_gentle(item)
        else _rest_of(item, stage, protocol, defaults)
        for item in items
    ]


def _rest_of(
    item: WeekItem, stage: Stage, protocol: Protocol, defaults: ProgrammeDefaults
) -> _Rest:
    if isinstance(item.dose, FreeRun) and item.dose.consecutive_days:
        # Past flat running the plan may allow days in a row (section 8.4).
        return 0, "energy_storage_days"
    return rest_and_setting(
        stage, protocol, (item.row,), defaults=defaults, loaded=adds_load(item.dose)
    )


def _is_walk(item: WeekItem) -> bool:
    walks = isinstance(item.dose, WalkRun) and not item.dose.runs
    return walks and item.row is MatrixRow.RUN_WALK_FLAT


def _is_gentle(item: WeekItem) -> bool:
    return _is_hold(item) or _is_walk(item)


def _is_hold(item: WeekItem) -> bool:
    return item.row is MatrixRow.ISOMETRIC_MID_RANGE and not adds_load(item.dose)


def _gentle_days(item: WeekItem, defaults: ProgrammeDefaults) -> _Rest:
    if _is_hold(item):
        return defaults.isometric_days, "isometric_days"
    return defaults.daily_isotonic_days, "daily_isotonic_days"


def _placed(
    items: Sequence[WeekItem], rests: Sequence[int], open_days: frozenset[int]
) -> list[tuple[int, ...]]:
    """The weekdays of each exercise: those that need rest first, and together where they can."""
    order = sorted(
        range(len(items)),
        key=lambda place: (-rests[place], -items[place].dose.days_per_week, place),
    )
    placed: dict[int, tuple[int, ...]] = {}
    taken: Counter[int] = Counter()
    for place in order:
        chosen = _days(items[place].dose.days_per_week, open_days, taken)
        placed[place] = chosen
        taken.update(chosen)
    return [placed[place] for place in range(len(items))]


def _days(count: int, open_days: frozenset[int], taken: Counter[int]) -> tuple[int, ...]:
    """So many of the open days, on days already taken where they can be, evenly spread."""
    count = min(count, len(open_days))
    return max(
        combinations(sorted(open_days), count),
        key=lambda chosen: (
            sum(taken[day] for day in chosen),
            sorted(_gaps(chosen)),
            tuple(-day for day in chosen),
        ),
    )


def _gaps(chosen: Sequence[int]) -> list[int]:
    """Days from each of these to the next, round the week."""
    if not chosen:
        return []
    return [later - day for day, later in pairwise((*chosen, chosen[0] + 7))]


def _sessions(items: Sequence[WeekItem], places: Sequence[int]) -> list[list[WeekItem]]:
    """The sessions of a day: exercises done more often come back in the later ones."""
    most = max((_times(items[place].dose) for place in places), default=0)
    return [
        [items[place] for place in places if _times(items[place].dose) > session]
        for session in range(most)
    ]


def _day(
    day: int,
    items: Sequence[WeekItem],
    placed: Sequence[tuple[int, ...]],
    open_days: frozenset[int],
    defaults: ProgrammeDefaults,
) -> WeekDay:
    places = tuple(place for place, where in enumerate(placed) if day in where)
    sessions = _sessions(items, places)
    return WeekDay(
        weekday=day,
        items=places,
        sessions=len(sessions),
        minutes=_up(_total(_session_s(chosen, defaults) for chosen in sessions)),
        available=day in open_days,
    )


# --- What to look at again. ---


def _findings(
    items: Sequence[WeekItem],
    rests: Sequence[_Rest],
    placed: Sequence[tuple[int, ...]],
    days: frozenset[int],
    defaults: ProgrammeDefaults,
) -> Iterable[Finding]:
    """At most one finding of a kind, about the exercise with the most days."""
    needing = [place for place, (rest, _) in enumerate(rests) if rest]
    if needing:
        place = max(needing, key=lambda each: items[each].dose.days_per_week)
        yield from _rest_findings(items[place], rests[place], placed[place], defaults)
        place = max(needing, key=lambda each: _times(items[each].dose))
        times = _times(items[place].dose)
        if times > 1:
            rest, setting = rests[place]
            needs, source = _reason(items[place], setting)
            yield _finding(
                "W2",
                f"{_how_often(times)} a day leaves no rest between sessions",
                f"{needs} {counted(rest, 'day')} of rest between sessions.",
                (("Times a day", str(times)),),
                _rest_source(setting, source, defaults),
            )
    asked = max((item.dose.days_per_week for item in items), default=0)
    if days and asked > len(days):
        yield _finding(
            "W3",
            f"{counted(asked, 'day')} a week do not fit the patient's {counted(len(days), 'day')}",
            "The strip shows the days there are; the dose asks more.",
            (("Days a week", str(asked)), ("Days the patient has", str(len(days)))),
            "own",
        )


def _rest_findings(
    item: WeekItem,
    needed: _Rest,
    where: tuple[int, ...],
    defaults: ProgrammeDefaults,
) -> Iterable[Finding]:
    rest, setting = needed
    asked = item.dose.days_per_week
    most = max(7 // (rest + 1), 1)
    needs, own_source = _reason(item, setting)
    source = _rest_source(setting, own_source, defaults)
    because = f"{needs} {counted(rest, 'day')} of rest between sessions."
    numbers = (("Days a week", str(asked)), ("Days of rest needed", str(rest)))
    if asked > most:
        says = (
            f"{counted(asked, 'day')} a week leaves no rest day between sessions"
            if rest == 1 and asked == 7
            else f"{counted(asked, 'day')} a week does not leave {counted(rest, 'rest day')}"
            " between all sessions"
        )
        yield _finding("W1", says, because, (*numbers, ("Days that fit", str(most))), source)
    elif len(where) > 1 and min(_gaps(where)) <= rest:
        named = ", ".join(WEEKDAYS[day - 1] for day in where)
        yield _finding(
            "W4",
            f"The patient's days do not leave {counted(rest, 'rest day')} between all sessions",
            because,
            (*numbers, ("Days", named)),
            source,
        )


def _reason(item: WeekItem, setting: str) -> tuple[str, str]:
    """What needs the rest this setting asks for, in words, and a source where it has its own."""
    match setting:
        case "isometric_days":
            return "Holds need", ""
        case "heavy_isotonic_days":
            return "Heavy loading of the same tendon needs", ""
        case "energy_storage_days" if item.row in HOPS:
            return "Jumping and hopping need", "NCT0677"
        case "energy_storage_days" if not isinstance(item.dose, Dose) and not _is_walk(item):
            return "Running needs", ""
        case _:
            return "This step needs", ""


def _rest_source(name: str, source: str, defaults: ProgrammeDefaults) -> str:
    """Where the least rest is from: ours where the practice changed it."""
    row = next(each for each in defaults.described() if each.name == name)
    return (source or row.source) if row.value == row.shipped else "own"


def _how_often(times: int) -> str:
    return {2: "Twice"}.get(times, f"{times} times")


def _finding(
    rule: str, says: str, because: str, numbers: tuple[tuple[str, str], ...], source: str
) -> Finding:
    return Finding(
        rule=rule,
        says=says,
        because=because,
        numbers=numbers,
        sources=(source,),
        tone=Tone.CAUTION,
    )
