"""The load history of a patient, read for one tendon: the log classed, what stood before onset, and
the picture of a range of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Q

from assessments.in_force import defaults_in_force
from assessments.markers import Marker, MarkerKind
from assessments.models import Assessment, LoadEvent, Run, RunBatch
from assessments.models.load import SURFACE_CHOICES
from assessments.rules.duplicates import LoggedRun
from assessments.rules.load_history import (
    LoadChange,
    Onset,
    Provocation,
    distance_words,
    onset_of,
    percent_words,
    provocation,
)
from assessments.rules.spikes import SPIKE_LABELS, ClassedRun, class_runs
from assessments.rules.terms import LoadEventKind, SpikeClass
from patients.models import Episode
from upwell.chart import Scale, Tick, TimeAxis, nice_top

# Days a picture shows one by one; longer ranges are drawn by week.
MOST_DAYS = 98
# Weeks up to which the longest run is drawn inside the bar; bars of longer ranges are too thin.
MOST_WIDE_WEEKS = 120
# Rows a table opens with; the rest is one press away.
RUNS_SHOWN = 30
RUNS_A_PAGE = 500
WEEKS_SHOWN = 26
BEFORE_ONSET = timedelta(weeks=8)
AFTER_ONSET = timedelta(weeks=2)
_SURFACES = dict(SURFACE_CHOICES)
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_CHANGE_FIELDS = (
    "old_drop_mm",
    "new_drop_mm",
    "to_minimal",
    "firmer",
    "camber",
    "downhill",
    "straight_to_full",
)


def provoked_by(episode: Episode, *, on: date, drafts: bool = True) -> Provocation:
    """What stood in the log before this tendon's symptoms, as known on a day: three queries.

    ``says`` is the one sentence for a letter or a panel. Without ``drafts`` only signed
    examinations tell the onset.
    """
    runs = Run.objects.counted().filter(patient_id=episode.patient_id, happened_on__lte=on)
    log = [
        LoggedRun(happened_on=day, distance_m=metres)
        for day, metres in runs.values_list("happened_on", "distance_m")
    ]
    events = LoadEvent.objects.counted().filter(patient_id=episode.patient_id, happened_on__lte=on)
    onset = _onset(episode, on, drafts=drafts)
    return provocation(
        class_runs(log), [_change(each) for each in events], onset, defaults=defaults_in_force()
    )


def _onset(episode: Episode, on: date, *, drafts: bool = True) -> Onset | None:
    """The onset by the newest examination that tells it; a follow-up often doesn't ask again."""
    counts = Q(status=Assessment.Status.SIGNED, superseded=False)
    if drafts:
        counts |= Q(status=Assessment.Status.DRAFT)
    told = (
        episode.assessments.filter(counts, examined_on__lte=on)
        .newest_first()
        .values_list("onset_on", "examined_on", "duration_weeks")
    )
    found = (
        onset_of(onset_on=onset, examined_on=examined, duration_weeks=weeks)
        for onset, examined, weeks in told
    )
    return next((onset for onset in found if onset), None)


def _change(event: LoadEvent) -> LoadChange:
    return LoadChange(
        kind=LoadEventKind(event.kind),
        on=event.happened_on,
        until=event.until_on,
        **{name: getattr(event, name) for name in _CHANGE_FIELDS},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run as a table shows it. ``classed`` is None for a run that was struck out."""

    code: UUID
    on: date
    distance_m: int | None
    duration_s: int | None
    surface: str
    origin: str
    note: str
    struck_at: datetime | None
    struck_by: str
    struck_reason: str
    classed: ClassedRun | None = None

    @property
    def km(self) -> str:
        """Kilometres with two decimals, blank when not recorded."""
        return "" if self.distance_m is None else f"{Decimal(self.distance_m) / 1000:.2f}"

    @property
    def time(self) -> str:
        """Hours, minutes and seconds, blank when not recorded."""
        return "" if self.duration_s is None else duration_words(self.duration_s)

    @property
    def is_spike(self) -> bool:
        """Whether it stood out from the month before."""
        return self.classed is not None and self.classed.is_spike

    @property
    def spike_class(self) -> str:
        """The class's name for shapes and styles; blank when not classed."""
        found = self.classed.found if self.classed else None
        return found.spike_class.value if found else ""

    @property
    def class_words(self) -> str:
        """The class in words, with why there is none."""
        found = self.classed.found if self.classed else None
        return SPIKE_LABELS[found.spike_class] if found else "Not classed: no distance"

    @property
    def difference(self) -> str:
        """Percent against the longest run of the month before, with its sign; blank without."""
        found = self.classed.found if self.classed else None
        if found is None or found.percent is None:
            return ""
        return f"{found.percent:+.1f} %".replace("-", "\N{MINUS SIGN}")

    @property
    def short_log(self) -> bool:
        """Whether the log begins too late to know the month before."""
        return self.classed is not None and not self.classed.whole_history

    @property
    def says(self) -> str:
        """The run in one line, for the picture."""
        what = distance_words(self.distance_m) if self.distance_m else "no distance"
        says = f"{self.on:%-d %B %Y}: {what}"
        if self.is_spike and self.classed:
            return f"{says}, {self.class_words.lower()}, {percent_words(self.classed)} longer"
        if self.spike_class == SpikeClass.NO_BASELINE:
            return f"{says}, {self.class_words.lower()}"
        return says


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """A change of load: its number in the picture, what it says, and whether a rule names it."""

    number: int
    event: LoadEvent
    flagged: bool

    @property
    def says(self) -> str:
        """The change in a few words."""
        return event_words(self.event)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadHistory:
    """Everything the page shows before a range is chosen. ``runs`` and ``events`` oldest first."""

    runs: tuple[RunRow, ...]
    struck_runs: tuple[RunRow, ...]
    events: tuple[EventRow, ...]
    struck_events: tuple[LoadEvent, ...]
    provocation: Provocation

    @property
    def first(self) -> date | None:
        """The first day of the log, None when nothing is logged."""
        days = [self.runs[0].on] if self.runs else []
        days += [self.events[0].event.happened_on] if self.events else []
        return min(days, default=None)

    @property
    def last(self) -> date | None:
        """The day of the newest run, None without one."""
        return self.runs[-1].on if self.runs else None

    @property
    def onset(self) -> Onset | None:
        """When symptoms began, if anybody recorded it."""
        return self.provocation.onset


def load_history(episode: Episode, *, on: date) -> LoadHistory:
    """The patient's log as it stands, set against this tendon's onset: three queries."""
    rows = [
        RunRow(
            code=code,
            on=day,
            distance_m=metres,
            duration_s=seconds,
            surface=_SURFACES.get(surface, ""),
            origin=origin or ("typed" if source == RunBatch.Source.HAND else "file"),
            note=note,
            struck_at=struck_at,
            struck_by=struck_by or "",
            struck_reason=reason,
        )
        for (
            code,
            day,
            metres,
            seconds,
            surface,
            origin,
            note,
            source,
            struck_at,
            struck_by,
            reason,
        ) in _kept_runs(episode)
    ]
    counted = [row for row in rows if row.struck_at is None]
    classed = class_runs(
        LoggedRun(happened_on=row.on, distance_m=row.distance_m) for row in counted
    )
    events = list(
        LoadEvent.objects.filter(patient_id=episode.patient_id)
        .select_related("struck_by")
        .order_by("happened_on", "pk")
    )
    standing = [each for each in events if each.struck_at is None]
    found = provocation(
        classed,
        [_change(each) for each in standing],
        _onset(episode, on),
        defaults=defaults_in_force(),
    )
    return LoadHistory(
        runs=tuple(_classed(counted[each.place], each) for each in classed),
        struck_runs=tuple(row for row in rows if row.struck_at),
        events=tuple(
            EventRow(number=place + 1, event=event, flagged=place in found.flagged)
            for place, event in enumerate(standing)
        ),
        struck_events=tuple(each for each in events if each.struck_at),
        provocation=found,
    )


def _kept_runs(episode: Episode) -> Iterable[tuple[Any, ...]]:
    """Runs of kept batches as plain values, struck-out ones too: thousands are read at once."""
    kept = Run.objects.filter(
        patient_id=episode.patient_id, batch__status=RunBatch.Status.KEPT
    ).order_by("happened_on", "started_at", "pk")
    return kept.values_list(
        "code",
        "happened_on",
        "distance_m",
        "duration_s",
        "surface",
        "origin",
        "note",
        "batch__source",
        "struck_at",
        "struck_by__display_name",
        "struck_reason",
    )


def _classed(row: RunRow, classed: ClassedRun) -> RunRow:
    values = {name: getattr(row, name) for name in RunRow.__slots__}
    return RunRow(**{**values, "classed": classed})


def duration_words(seconds: int) -> str:
    """Seconds as they are read on a watch: "1:32:10", "28:05"."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def entry_words(entry: Run | LoadEvent) -> str:
    """A run or change of load in one line, for asking whether to strike it out."""
    if isinstance(entry, LoadEvent):
        return f"{entry.happened_on:%-d %B %Y}, {event_words(entry)}"
    parts = [f"{entry}"]
    if entry.distance_m:
        parts.append(distance_words(entry.distance_m))
    if entry.duration_s:
        parts.append(duration_words(entry.duration_s))
    return ", ".join(parts)


def event_words(event: LoadEvent) -> str:
    """A change of load in a few words, missing things left out."""
    parts = []
    if event.old_drop_mm is not None or event.new_drop_mm is not None:
        old, new = (
            "?" if each is None else f"{each}" for each in (event.old_drop_mm, event.new_drop_mm)
        )
        parts.append(f"heel drop {old} to {new} mm")
    for name, words in (
        ("to_minimal", "minimal or zero-drop shoe"),
        ("firmer", "firmer"),
        ("camber", "camber"),
        ("downhill", "downhill"),
        ("straight_to_full", "straight back to full load"),
    ):
        if getattr(event, name):
            parts.append(words)
    if event.kind == LoadEventKind.REST:
        until = f"until {event.until_on:%-d %B %Y}" if event.until_on else "still resting"
        parts.insert(0, until)
    if event.note:
        parts.append(event.note)
    kind = event.get_kind_display()
    return f"{kind}: {', '.join(parts)}" if parts else kind


# --- The picture ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Days from ``first`` to ``last``, both shown; whole weeks when it is long."""

    first: date
    last: date

    @property
    def by_day(self) -> bool:
        """Whether days are drawn one by one."""
        return (self.last - self.first).days < MOST_DAYS

    def whole_weeks(self) -> "Range":
        """The same, or widened to whole weeks when drawn by week."""
        if self.by_day:
            return self
        return Range(first=_monday(self.first), last=_monday(self.last) + 6 * _DAY)

    def holds(self, day: date) -> bool:
        """Whether the day is in it."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A range somebody often wants, by its name."""

    name: str
    label: str
    range: Range
    current: bool = False


def choose_range(
    history: LoadHistory, asked: tuple[date, date | None] | None, *, today: date
) -> tuple[Range, tuple[Preset, ...]]:
    """The range to show, and those offered beside it: the weeks around onset, half a year, a year,
    all. What was ``asked`` for is shown; else the first offered one that holds a run or the onset.
    """
    offered = []
    if history.onset:
        onset = history.onset.on
        around = Range(first=onset - BEFORE_ONSET, last=max(onset, min(onset + AFTER_ONSET, today)))
        offered.append(("onset", "8 weeks around onset", around))
    offered += [
        ("half", "6 months", Range(first=today - timedelta(days=182), last=today)),
        ("year", "1 year", Range(first=today - timedelta(days=365), last=today)),
    ]
    if history.first:
        begins = min(history.first, history.onset.on if history.onset else history.first)
        offered.append(("all", "All", Range(first=begins, last=max(today, begins))))
    if asked:
        chosen = Range(first=asked[0], last=asked[1] or today)
    else:
        filled = (each for *_, each in offered if _shows_something(history, each))
        chosen = next(filled, offered[0][2])
    return chosen, tuple(
        Preset(name=name, label=label, range=each, current=each == chosen)
        for name, label, each in offered
    )


def _shows_something(history: LoadHistory, offered: Range) -> bool:
    onset = history.onset is not None and offered.holds(history.onset.on)
    return onset or any(offered.holds(row.on) for row in history.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar of the picture; ``longest_y`` is the top of the part that is the week's longest run."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    says: str
    longest_y: float | None = None
    longest_height: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A sign in the picture: where, of what class or kind, what it says when pointed at."""

    x: float
    y: float
    kind: str
    says: str
    words: str = ""
    number: int = 0
    anchor: str = "middle"
    flagged: bool = False
    label_x: float = 0
    until_x: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRow:
    """One week in the table, or several in a row without a run (then ``runs`` is 0)."""

    first: date
    last: date
    runs: int
    km: str = ""
    longest: str = ""
    unmeasured: int = 0
    spikes: tuple[RunRow, ...] = ()
    empty_weeks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPicture:
    """The drawing of a range and the tables beside it, newest first.

    Places are in units of the ``viewBox`` (0 0 1000 320). Tables hold their newest rows only,
    unless a page of all runs was asked for; ``run_count`` and ``week_count`` say how many there
    are, ``page`` which page this is (0: the newest few) and ``pages`` of how many.
    ``wide`` says whether bars have room for the longest run inside and words above.
    """

    range: Range
    by_day: bool
    wide: bool
    left: float
    right: float
    top: float
    bottom: float
    days: list[Tick]
    kilometres: list[Tick]
    bars: list[Bar]
    unmeasured: list[Sign]
    spikes: list[Sign]
    events: list[Sign]
    onset: Sign | None
    sessions: list[Sign]
    runs: Sequence[RunRow]
    run_count: int
    weeks: Sequence[WeekRow]
    week_count: int
    page: int
    pages: int
    event_rows: tuple[EventRow, ...] = field(default=())

    @property
    def empty(self) -> bool:
        """Whether the range holds nothing to draw."""
        return not (self.bars or self.unmeasured or self.events or self.sessions)

    @property
    def more(self) -> bool:
        """Whether a table leaves rows out."""
        return self.run_count > len(self.runs) or self.week_count > len(self.weeks)


LEFT, RIGHT, TOP, BOTTOM = 48.0, 992.0, 64.0, 252.0
EVENT_Y, ONSET_Y, SESSION_Y = 16.0, 44.0, 296.0
# Words beside a spike need this much room to the next one.
WORDS_APART = 50.0
LABELS_APART = 23.0


def picture(
    history: LoadHistory, chosen: Range, markers: Iterable[Marker], *, page: int = 0
) -> LoadPicture:
    """The drawing of a range. Of ``markers``, those of this tendon, it shows the sessions.

    ``page`` of all its runs, newest first and counted from 1, beyond the last the last; 0 gives the
    newest few.
    """
    shown = chosen.whole_weeks()
    axis = TimeAxis(first=shown.first, last=shown.last + _DAY, left=LEFT, right=RIGHT)
    runs = [row for row in history.runs if shown.holds(row.on)]
    groups = [
        (first, list(rows))
        for first, rows in groupby(runs, lambda row: row.on if shown.by_day else _monday(row.on))
    ]
    most = max((_metres(rows) for _, rows in groups), default=0)
    scale = Scale(low=0, high=nice_top(most / 1000), bottom=BOTTOM, top=TOP)
    width = axis.x(shown.first + (_DAY if shown.by_day else _WEEK)) - axis.x(shown.first)
    drawing = _Drawing(axis=axis, scale=scale, width=width, by_day=shown.by_day)
    weeks = _weeks(history.runs, shown)
    events = tuple(row for row in history.events if _overlaps(row.event, shown))
    pages = max(1, -(-len(runs) // RUNS_A_PAGE))
    page = min(page, pages)
    newest = runs[::-1]
    return LoadPicture(
        range=shown,
        by_day=shown.by_day,
        wide=drawing.wide,
        left=LEFT,
        right=RIGHT,
        top=TOP,
        bottom=BOTTOM,
        days=axis.ticks(),
        kilometres=scale.ticks(),
        bars=[bar for first, rows in groups for bar in drawing.bars(first, rows)],
        unmeasured=[sign for first, rows in groups for sign in drawing.unmeasured(first, rows)],
        spikes=drawing.spikes(groups),
        events=_apart([drawing.event(row, shown) for row in events]),
        onset=drawing.onset(history.onset, shown),
        sessions=[
            Sign(x=axis.x(each.on), y=SESSION_Y, kind="session", says=each.says)
            for each in markers
            if each.kind is MarkerKind.SESSION and shown.holds(each.on)
        ],
        runs=newest[(page - 1) * RUNS_A_PAGE : page * RUNS_A_PAGE] if page else newest[:RUNS_SHOWN],
        run_count=len(runs),
        weeks=weeks if page else weeks[:WEEKS_SHOWN],
        week_count=len(weeks),
        page=page,
        pages=pages,
        event_rows=events,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawing:
    """Where things stand, once the axes are known. ``width`` is that of a day or a week."""

    axis: TimeAxis
    scale: Scale
    width: float
    by_day: bool

    @property
    def wide(self) -> bool:
        """Whether there is room in and above a bar."""
        return self.width * MOST_WIDE_WEEKS >= RIGHT - LEFT

    def middle(self, first: date) -> float:
        """Where a sign of this day or week stands."""
        return round(self.axis.x(first) + self.width / 2, 2)

    def bars(self, first: date, rows: Sequence[RunRow]) -> list[Bar]:
        """By day a bar for each run, one on the other; by week one bar for all."""
        gap = 1 if self.width > 4 else 0
        x, width = self.axis.x(first) + gap / 2, round(self.width - gap, 2)
        if not self.by_day:
            return self._week(x, width, first, rows)
        bars, below = [], 0
        for row in rows:
            if row.distance_m:
                bottom, top = self._y(below), self._y(below + row.distance_m)
                below += row.distance_m
                bars.append(
                    Bar(
                        x=round(x, 2),
                        y=top,
                        width=width,
                        height=round(bottom - top, 2),
                        kind="spike" if row.is_spike else "",
                        says=row.says,
                    )
                )
        return bars

    def _week(self, x: float, width: float, first: date, rows: Sequence[RunRow]) -> list[Bar]:
        total = _metres(rows)
        if not total:
            return []
        longest = max(row.distance_m or 0 for row in rows)
        top, longest_top = self._y(total), self._y(longest)
        runs = "1 run" if len(rows) == 1 else f"{len(rows)} runs"
        return [
            Bar(
                x=round(x, 2),
                y=top,
                width=width,
                height=round(BOTTOM - top, 2),
                kind="week",
                says=f"Week of {first:%-d %B %Y}: {distance_words(total)} in {runs},"
                f" longest {distance_words(longest)}",
                longest_y=longest_top if self.wide else None,
                longest_height=round(BOTTOM - longest_top, 2) if self.wide else None,
            )
        ]

    def unmeasured(self, first: date, rows: Sequence[RunRow]) -> list[Sign]:
        """Days or weeks with a run whose distance nobody knows."""
        count = sum(row.distance_m is None for row in rows)
        if not count or not self.wide:
            return []
        says = f"{first:%-d %B %Y}: {count} without a distance"
        return [Sign(x=self.middle(first), y=BOTTOM - 6, kind="unmeasured", says=says)]

    def spikes(self, groups: Sequence[tuple[date, Sequence[RunRow]]]) -> list[Sign]:
        """The spike that stood out most of each day or week, and runs with nothing to compare."""
        signs: list[Sign] = []
        worded = -WORDS_APART
        for first, rows in groups:
            marked = [row for row in rows if row.is_spike] or [
                row for row in rows if row.spike_class == SpikeClass.NO_BASELINE
            ]
            if not marked:
                continue
            row = max(marked, key=_by_percent)
            x = self.middle(first)
            words = ""
            room = self.wide and x - worded >= WORDS_APART
            if room and row.is_spike and row.classed:
                words, worded = f"+{percent_words(row.classed)}".replace("+just over", ">"), x
            signs.append(
                Sign(
                    x=x,
                    y=round(self._y(_metres(rows)) - 8, 2),
                    kind=row.spike_class,
                    says=row.says,
                    words=words,
                )
            )
        return signs

    def event(self, row: EventRow, shown: Range) -> Sign:
        """The number of a change of load on top, and how far a rest reaches."""
        event = row.event
        begins = max(event.happened_on, shown.first)
        until = min(event.until_on or shown.last, shown.last)
        rest = event.kind == LoadEventKind.REST
        return Sign(
            x=self.axis.x(begins),
            y=EVENT_Y,
            kind=event.kind,
            says=f"{event.happened_on:%-d %B %Y}: {row.says}",
            number=row.number,
            flagged=row.flagged,
            until_x=round(self.axis.x(until + _DAY) - self.axis.x(begins), 2) if rest else 0,
        )

    def onset(self, onset: Onset | None, shown: Range) -> Sign | None:
        """The line at onset, its words turned inwards at the right edge."""
        if onset is None or not shown.holds(onset.on):
            return None
        x = self.axis.x(onset.on)
        return Sign(
            x=x,
            y=ONSET_Y,
            kind="about" if onset.about else "day",
            says=f"Symptoms began {onset.says}",
            words=f"Onset {onset.says}",
            anchor="end" if x > (LEFT + RIGHT) / 2 else "start",
        )

    def _y(self, metres: int) -> float:
        return self.scale.y(metres / 1000)


def _apart(events: Sequence[Sign]) -> list[Sign]:
    """The numbers of changes moved apart where their days lie close together."""
    places: list[float] = []
    for sign in events:
        places.append(max(sign.x, places[-1] + LABELS_APART) if places else sign.x)
    limit = RIGHT
    for place in range(len(places) - 1, -1, -1):
        places[place] = round(min(places[place], limit), 2)
        limit = places[place] - LABELS_APART
    return [replace(sign, label_x=at) for sign, at in zip(events, places, strict=True)]


def _weeks(runs: Sequence[RunRow], shown: Range) -> list[WeekRow]:
    """The weeks a range touches, newest first; neighbours without a run make one row.

    Weeks are whole, however few of their days are in the range: a part would be taken for the week.
    """
    rows: list[WeekRow] = []
    expected = _monday(shown.last)
    whole = Range(first=_monday(shown.first), last=expected + 6 * _DAY)
    inside_weeks = [row for row in runs if whole.holds(row.on)]
    newest_first = groupby(reversed(inside_weeks), lambda row: _monday(row.on))
    for monday, each in newest_first:
        if monday < expected:
            rows.append(_gap(monday + _WEEK, expected))
        inside = list(each)
        longest = max((row.distance_m or 0 for row in inside), default=0)
        rows.append(
            WeekRow(
                first=monday,
                last=monday + 6 * _DAY,
                runs=len(inside),
                km=f"{Decimal(_metres(inside)) / 1000:.1f}" if longest else "",
                longest=f"{Decimal(longest) / 1000:.1f}" if longest else "",
                unmeasured=sum(row.distance_m is None for row in inside),
                spikes=tuple(row for row in reversed(inside) if row.is_spike),
            )
        )
        expected = monday - _WEEK
    first = _monday(shown.first)
    if expected >= first:
        rows.append(_gap(first, expected))
    return rows


def _gap(first: date, last_monday: date) -> WeekRow:
    return WeekRow(
        first=first,
        last=last_monday + 6 * _DAY,
        runs=0,
        empty_weeks=(last_monday - first).days // 7 + 1,
    )


def _overlaps(event: LoadEvent, shown: Range) -> bool:
    until = event.happened_on
    if event.kind == LoadEventKind.REST:
        until = event.until_on or shown.last
    return event.happened_on <= shown.last and until >= shown.first


def _by_percent(row: RunRow) -> tuple[Decimal, int]:
    found = row.classed.found if row.classed else None
    return (
        found.percent if found and found.percent is not None else Decimal(0),
        row.distance_m or 0,
    )


def _metres(rows: Iterable[RunRow]) -> int:
    return sum(row.distance_m or 0 for row in rows)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
