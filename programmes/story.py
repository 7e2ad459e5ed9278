"""The story of an episode as one picture: lanes below each other on one time axis.

Places are in units of the ``viewBox``, ``WIDTH`` wide. A lane without anything in the range is left
out and named in words; what was not recorded is a gap, never a line or a nought.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby, pairwise

from django.urls import reverse

from assessments.load_history import MOST_DAYS
from assessments.rules.bounds import PAIN, VISA_TOTAL
from assessments.rules.finding import Finding, Tone
from assessments.rules.load_history import distance_words, percent_words
from assessments.rules.spikes import SPIKE_HISTORY_DAYS, ClassedRun
from patients.models import Episode
from patients.rules.terms import Side
from programmes.models import STAGE_CHOICES, Session
from programmes.rules.adherence import Stretch, Week
from programmes.rules.defaults import DEFAULTS
from programmes.rules.review import Review
from programmes.rules.terms import Outcome, ReviewOutcome
from programmes.rules.words import counted
from programmes.selectors.adherence import Course
from programmes.selectors.decisions import decided_words
from programmes.selectors.standing import Standing
from programmes.selectors.story import (
    BEFORE,
    Closed,
    Happened,
    Measured,
    Told,
    since_words,
    work_of,
)
from upwell.chart import Scale, Tick, TimeAxis, nice_top

WIDTH, LEFT, RIGHT = 820.0, 36.0, 812.0
TITLE, BELOW, ROW = 34.0, 30.0, 20.0
RANGE_WEEKS = 12
LEAST_DAYS = 28
# No line joins two tests further apart: nobody knows what lay between.
LINE_DAYS = 98
MOST_ROWS = 300
MOST_LANES = 4
SIGN_WIDTH = 17
SMALL = 0.65
STIFFNESS_TOP_MIN, RAISES_TOP = 60, 40
STAGE_WORDS = dict(STAGE_CHOICES)
SIGN_WORDS = {
    "version": "programme version",
    "flare": "flare",
    "injection": "injection",
    "change": "change of load or shoes",
    "examination": "examined",
    "closed": "closed",
    "reopened": "re-opened",
    "test": "tests",
    "progress": "progress",
    "hold": "stay",
    "regress": "step back",
    "refer": "refer",
    "incomplete": "VISA-A incomplete",
    "untold": "session, how much not known",
    "nothing": "session, nothing done",
    "corrected": "session corrected afterwards",
}
"""The signs a reader may not know from the titles of the lanes."""
# The days of the load page around a change of load.
AROUND = timedelta(days=14)
_DAY = timedelta(days=1)
_MINUTE, _METRES = 60, 1000
_Reading = tuple[str, date, int | None, Session]
"""The kind of a number told of a session, its day, the number, and the session."""
_Worked = tuple[Session, int | None]
"""A session and its seconds of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A sign for one thing: where, of what kind, what it says, and the page it leads to.

    ``stop``: reached with the Tab key; the other marks of a session lead to the same page.
    ``size`` is below 1 where many stand close together.
    """

    x: float
    y: float
    kind: str
    on: date
    says: str
    url: str = ""
    stop: bool = False
    size: float = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar, its kind and what it says. ``words`` stand in it where there is room."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    on: date
    says: str
    url: str = ""
    stop: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One kind of thing on the axis, with its own fixed scale. ``lines`` are (kind, places)."""

    key: str
    title: str
    top: float
    bottom: float
    ticks: tuple[Tick, ...] = ()
    bars: tuple[Bar, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def signs(self) -> Iterable[Mark | Bar]:
        """What it shows, each thing once: the bars of a week say the same."""
        known: set[tuple[date, str, str]] = set()
        everything: list[Mark | Bar] = [*self.bars, *self.marks]
        for each in everything:
            if (key := (each.on, each.says, each.url)) not in known:
                known.add(key)
                yield each


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Days on which the episode was closed."""

    x: float
    width: float
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table beside the picture."""

    on: date
    what: str
    says: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A range somebody often wants: its words, its days, and whether it is the one shown."""

    label: str
    first: date
    last: date
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The picture of a range and the table beside it, newest first.

    ``rows`` holds the newest ``MOST_ROWS`` of ``row_count``. ``absent`` names in words what nobody
    recorded in these days, ``earlier`` what came before the picture begins and is not in "All", and
    each injection before it.
    """

    first: date
    last: date
    presets: tuple[Preset, ...]
    is_empty: bool
    dense: bool
    height: float
    bottom: float
    days: tuple[Tick, ...]
    lanes: tuple[Lane, ...]
    gaps: tuple[Gap, ...]
    absent: tuple[str, ...]
    earlier: tuple[Row, ...]
    rows: tuple[Row, ...]
    row_count: int
    left: float = LEFT
    right: float = RIGHT
    width: float = WIDTH

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """The kinds of signs in it, each with its words."""
        kinds = {mark.kind for lane in self.lanes for mark in lane.marks}
        return tuple((kind, words) for kind, words in SIGN_WORDS.items() if kind in kinds)

    @property
    def says(self) -> str:
        """The picture in one sentence, for who can't see it."""
        names = ", ".join(lane.title.partition(":")[0].lower() for lane in self.lanes)
        return f"{_day(self.first)} to {_day(self.last)}: {names}. The table has the same numbers."


def story_of(
    episode: Episode,
    told: Told,
    course: Course | None,
    *,
    today: date,
    asked: tuple[date, date | None] | None = None,
) -> Story:
    """The story of the days ``asked`` for; of the newest twelve weeks where none were. No query."""
    begins, ends = _whole(episode, told, today)
    first, last, presets = _range(begins, ends, asked, today)
    drawing = _Drawing(episode=episode, told=told, course=course, first=first, last=last)
    lanes = drawing.lanes()
    titles = {lane.key: lane.title.partition(":")[0] for lane in lanes}
    rows = [
        Row(on=each.on, what=titles[lane.key], says=each.says, url=each.url)
        for lane in lanes
        for each in lane.signs
    ]
    rows.sort(key=lambda row: row.on, reverse=True)
    bottom = lanes[-1].bottom if lanes else TITLE
    return Story(
        first=first,
        last=last,
        presets=presets,
        is_empty=told.is_empty and course is None,
        dense=drawing.dense,
        height=bottom + BELOW,
        bottom=bottom,
        days=tuple(drawing.axis.ticks(9)),
        lanes=lanes,
        gaps=drawing.gaps(today),
        absent=tuple(words for key, words in _ABSENT.items() if key not in titles),
        earlier=tuple(_earlier(episode, told, drawing)),
        rows=tuple(rows[:MOST_ROWS]),
        row_count=len(rows),
    )


def _whole(episode: Episode, told: Told, today: date) -> tuple[date, date]:
    """The first and the last day there is anything to tell of."""
    days = [each.happened_on for each in told.sessions]
    days += [each.on for each in (*told.visas, *told.raises, *told.raises_other)]
    since = episode.opened_on - BEFORE
    days += [each.on for each in told.happened if each.on >= since or each.kind == "examination"]
    # Runs before that are known too, for the first ones to be read against.
    days += [each.on for each in told.runs if each.on >= since]
    begins = min([episode.opened_on, *days])
    ends = today if episode.closed_on is None else max([episode.closed_on, *days])
    return begins, max(min(ends, today), begins)


def _range(
    begins: date, ends: date, asked: tuple[date, date | None] | None, today: date
) -> tuple[date, date, tuple[Preset, ...]]:
    newest = max(begins, ends - timedelta(weeks=RANGE_WEEKS) + _DAY)
    offered = {f"{RANGE_WEEKS} weeks": newest, "All": begins}
    if newest == begins:
        del offered[f"{RANGE_WEEKS} weeks"]
    first, last = (asked[0], asked[1] or today) if asked else (newest, ends)
    presets = tuple(
        Preset(label=label, first=each, last=ends, current=(each, ends) == (first, last))
        for label, each in offered.items()
    )
    return first, max(last, first), presets


def _earlier(episode: Episode, told: Told, drawing: "_Drawing") -> Iterable[Row]:
    for each in told.happened:
        if each.kind == "injection" and each.on < drawing.first:
            url = drawing.url(each)
            yield Row(on=each.on, what="", says=f"{each.says}, {_day(each.on)}", url=url)
    load = reverse("assessments:load", args=[episode.code])
    until = episode.opened_on - BEFORE - _DAY
    for before in told.earlier:
        if before.first < drawing.first:
            yield Row(
                on=before.first,
                what="",
                says=f"{counted(before.count, before.what)} since {_day(before.first)}",
                url=f"{load}?from={before.first.isoformat()}&to={until.isoformat()}",
            )


_ABSENT = {
    "decisions": "decisions",
    "weeks": "a programme",
    "sessions": "sessions",
    "runs": "runs",
    "pain": "pain in sessions",
    "stiffness": "morning stiffness",
    "visa": "VISA-A",
    "raises": "heel raises",
}


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawing:
    """Where things stand once the range is known."""

    episode: Episode
    told: Told
    course: Course | None
    first: date
    last: date
    axis: TimeAxis = field(init=False)

    def __post_init__(self) -> None:
        last = max(self.last + _DAY, self.first + timedelta(days=LEAST_DAYS))
        axis = TimeAxis(first=self.first, last=last, left=LEFT, right=RIGHT)
        object.__setattr__(self, "axis", axis)

    @property
    def dense(self) -> bool:
        """Whether days are too narrow to be drawn one by one."""
        return self.axis.days > MOST_DAYS

    @property
    def day_width(self) -> float:
        return (RIGHT - LEFT) / self.axis.days

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def x(self, day: date) -> float:
        """The middle of a day."""
        return round(self.axis.x(day) + self.day_width / 2, 2)

    def week_x(self, day: date) -> float:
        """The middle of the week of a day, as far as the week is in the range."""
        first, last = max(_monday(day), self.first), min(_monday(day) + 6 * _DAY, self.last)
        return round((self.x(first) + self.x(max(first, last))) / 2, 2)

    @property
    def sessions(self) -> list[Session]:
        return [each for each in self.told.sessions if self.holds(each.happened_on)]

    def lanes(self) -> tuple[Lane, ...]:
        """The lanes from top to bottom; none for what nobody recorded."""
        makers: tuple[Callable[[float], Lane | None], ...] = (
            self._happened,
            self._steps,
            self._decisions,
            self._weeks,
            self._sessions,
            self._runs,
            self._pain,
            self._stiffness,
            self._visa,
            self._raises,
        )
        found: list[Lane] = []
        for make in makers:
            lane = make((found[-1].bottom if found else 0) + TITLE)
            if lane is not None:
                found.append(lane)
        return tuple(found)

    def gaps(self, today: date) -> tuple[Gap, ...]:
        """Days the episode was closed, as far as they are in the range."""
        found = []
        for each in self.told.closed:
            until = each.reopened or today
            first, last = max(each.first, self.first), min(until, self.axis.last)
            if first < last:
                x = self.axis.x(first)
                again = f", re-opened {_day(each.reopened)}" if each.reopened else ""
                found.append(
                    Gap(
                        x=x,
                        width=round(self.axis.x(last) - x, 2),
                        says=f"Closed {_day(each.first)}: {each.outcome.lower()}{again}",
                    )
                )
        return tuple(found)

    # --- What happened. ---

    def url(self, happened: Happened) -> str:
        """The page of something that happened: its own where it has one."""
        if happened.kind in ("version", "flare"):
            return reverse("programmes:version", args=[happened.code])
        if happened.kind in ("closed", "reopened"):
            return reverse("programmes:episode", args=[self.episode.code])
        if happened.kind != "change":
            return self._test_url(happened.code)
        first, last = happened.on - AROUND, happened.on + AROUND
        load = reverse("assessments:load", args=[self.episode.code])
        return f"{load}?from={first.isoformat()}&to={last.isoformat()}"

    def _test_url(self, code: str) -> str:
        """The assessment a test belongs to; of one of its own the list it stands in."""
        if code:
            return reverse("assessments:detail", args=[code])
        return reverse("assessments:outcomes", args=[self.episode.code]) + "#raises-title"

    def _happened(self, top: float) -> Lane | None:
        shown = [each for each in self.told.happened if self.holds(each.on)]
        if not shown:
            return None
        ends = [float("-inf")] * MOST_LANES
        marks = []
        for each in shown:
            x = self.x(each.on)
            row = next((row for row, end in enumerate(ends) if end <= x), MOST_LANES - 1)
            ends[row] = x + SIGN_WIDTH
            marks.append(
                Mark(
                    x=x,
                    y=top + ROW * row + ROW / 2,
                    kind=each.kind,
                    on=each.on,
                    says=f"{each.says}, {_day(each.on)}",
                    url=self.url(each),
                    stop=True,
                )
            )
        rows = sum(end > float("-inf") for end in ends)
        title = "What happened"
        return Lane(
            key="happened", title=title, top=top, bottom=top + rows * ROW, marks=tuple(marks)
        )

    def _steps(self, top: float) -> Lane | None:
        stretches = self.course.stretches if self.course else ()
        bars = []
        for stage, each in groupby(stretches, lambda stretch: stretch.stage):
            bars += [self._stage(STAGE_WORDS[stage], run, top) for run in _in_a_row(list(each))]
        shown = tuple(bar for bar in bars if bar is not None)
        if not shown:
            return None
        return Lane(key="stages", title="Stage", top=top, bottom=top + ROW, bars=shown)

    def _stage(self, name: str, run: tuple[date, date], top: float) -> Bar | None:
        first, last = max(run[0], self.first), min(run[1], self.last)
        if first > last:
            return None
        x = self.axis.x(first)
        width = round(self.axis.x(last + _DAY) - x, 2)
        return Bar(
            x=x,
            y=top,
            width=width,
            height=ROW,
            kind="stage",
            on=run[0],
            says=f"{name}, {_day(run[0])} to {_day(run[1])}",
            url=reverse("programmes:programme", args=[self.episode.code]),
            words=name if width > 8 * len(name) + 8 else "",
        )

    def _decisions(self, top: float) -> Lane | None:
        decided = [each for each in self.sessions if hasattr(each, "decision")]
        if not decided:
            return None
        if not self.dense:
            marks = tuple(self._decision(each, top) for each in decided)
            return Lane(key="decisions", title="Decisions", top=top, bottom=top + ROW, marks=marks)
        stays = [each for each in decided if each.decision.outcome == Outcome.HOLD]
        moved = [each for each in decided if each.decision.outcome != Outcome.HOLD]
        dense = [self._decision(each, top) for each in moved]
        below = top + ROW * 0.75 if moved else top
        for _, week in groupby(stays, lambda each: _monday(each.happened_on)):
            *others, newest = week
            mark = self._decision(newest, below)
            more = f", and {len(others)} more in its week" if others else ""
            x = self.week_x(newest.happened_on)
            dense.append(replace(mark, x=x, says=mark.says + more, size=SMALL))
        title = "Decisions" + (": below, weeks with one to stay" if moved and stays else "")
        bottom = below + ROW if stays else top + ROW
        return Lane(key="decisions", title=title, top=top, bottom=bottom, marks=tuple(dense))

    def _decision(self, session: Session, top: float) -> Mark:
        decision = session.decision
        return Mark(
            x=self.x(session.happened_on),
            y=top + ROW / 2,
            kind=decision.outcome.lower(),
            on=session.happened_on,
            says=f"{decided_words(decision)} after {_day(session.happened_on)}"
            + (", decided otherwise than proposed" if decision.overridden else "")
            + (f", {since}" if (since := since_words(session)) else ""),
            url=_session_url(session),
        )

    # --- What was done. ---

    def _weeks(self, top: float) -> Lane | None:
        weeks = [
            each
            for each in (self.course.weeks if self.course else ())
            if each.first <= self.last and each.last >= self.first
        ]
        if not weeks:
            return None
        bottom = top + 56
        most = max(max(each.planned or 0, each.done) for each in weeks)
        scale = Scale(low=0, high=nice_top(most), bottom=bottom, top=top)
        return Lane(
            key="weeks",
            title=f"Sessions a week: {'pale' if self.dense else 'outline'} planned, solid seen"
            " here, hatched as reported",
            top=top,
            bottom=bottom,
            ticks=tuple(scale.ticks(2)),
            bars=tuple(bar for each in weeks for bar in self._week(each, scale)),
        )

    def _week(self, week: Week, scale: Scale) -> Iterable[Bar]:
        begins, ends = max(week.first, self.first), min(week.last, self.last) + _DAY
        x, gap = self.axis.x(begins), 1.5 if self.day_width > 1 else 0.5
        width = round(self.axis.x(ends) - x - gap, 2)
        says = week_words(week)
        levels = (
            ("planned", 0, week.planned or 0),
            ("seen", 0, week.observed),
            ("told", week.observed, week.done),
        )
        for kind, low, high in levels:
            if high > low:
                y = scale.y(high)
                yield Bar(
                    x=x,
                    y=y,
                    width=width,
                    height=round(scale.y(low) - y, 2),
                    kind=kind,
                    on=week.first,
                    says=says,
                )

    def _sessions(self, top: float) -> Lane | None:
        doses = self.course.doses if self.course else {}
        shown = [(each, work_of(each, doses.get(each.step_id, ()))) for each in self.sessions]
        if not shown:
            return None
        bottom = top + 50
        most = self._most_s(shown) / _MINUTE
        scale = Scale(low=0, high=nice_top(most), bottom=bottom, top=top)
        bars: list[Bar] = []
        marks: list[Mark] = []
        width = max(1.6, min(9.0, self.day_width * 0.7))
        for _, day in groupby(shown, lambda each: each[0].happened_on):
            of_day = list(day)
            each_width = round(max(width / len(of_day), 1), 2)
            for place, (session, work) in enumerate(of_day):
                on, x = session.happened_on, self.x(session.happened_on)
                x = round(x - width / 2 + place * each_width, 2)
                says, url = _session_words(session, work), _session_url(session)
                if getattr(session, "set_right", False):
                    says += ", corrected"
                    middle = round(x + each_width / 2, 2)
                    marks.append(
                        Mark(x=middle, y=bottom + 7, kind="corrected", on=on, says=says, url=url)
                    )
                if work is None or session.completed_pct == 0:
                    # No bar: it would say that something of a known length was done.
                    kind, middle = "untold" if work is None else "nothing", x + each_width / 2
                    marks.append(
                        Mark(
                            x=round(middle, 2),
                            # Bars of weeks leave no room beside them, so below the axis.
                            y=bottom + (6 if self.dense else -6),
                            kind=kind,
                            on=on,
                            says=says,
                            url=url,
                            stop=True,
                            size=SMALL if self.dense else 1,
                        )
                    )
                    continue
                if self.dense:
                    continue
                y = min(scale.y(work / _MINUTE), bottom - 4)
                bars.append(
                    Bar(
                        x=x,
                        y=y,
                        width=each_width,
                        height=round(bottom - y, 2),
                        kind="told" if session.is_reported else "seen",
                        on=on,
                        says=says,
                        url=url,
                        stop=True,
                    )
                )
        if self.dense:
            bars = list(self._session_weeks(shown, scale))
        a_week = " a week" if self.dense else ""
        return Lane(
            key="sessions",
            title=f"Sessions, minutes under tension or running{a_week}: solid seen here, hatched as"
            " reported",
            top=top,
            bottom=bottom,
            ticks=tuple(scale.ticks(2)) if most else (),
            bars=tuple(bars),
            marks=tuple(marks),
        )

    def _most_s(self, shown: Iterable[_Worked]) -> int:
        """The height of the highest bar, in seconds."""
        if self.dense:
            return max(sum(work or 0 for _, work in each) for _, each in groupby(shown, _week_of))
        return max(work or 0 for _, work in shown)

    def _session_weeks(self, shown: Iterable[_Worked], scale: Scale) -> Iterable[Bar]:
        """The work of each week in which some is known; it opens the days of that week."""
        for monday, each in groupby(shown, _week_of):
            known = [one for one in each if one[1] is not None and one[0].completed_pct != 0]
            if not known:
                continue
            first, last = max(monday, self.first), min(monday + 6 * _DAY, self.last)
            seen = sum(work or 0 for session, work in known if not session.is_reported)
            total = sum(work or 0 for _, work in known)
            reported = sum(session.is_reported for session, _ in known)
            says = (
                f"Week of {_day(first)}: {_work_words(total)} in {counted(len(known), 'session')}"
            )
            says += f", {reported} as reported" if reported else ""
            url = reverse("programmes:episode", args=[self.episode.code])
            url += f"?from={first.isoformat()}&to={last.isoformat()}#story-title"
            x = self.axis.x(first)
            width = round(max(self.axis.x(last + _DAY) - x - 0.8, 1), 2)
            levels = (("seen", 0, seen), ("told", seen, total))
            drawn = [(kind, low, high) for kind, low, high in levels if high > low]
            for nth, (kind, low, high) in enumerate(drawn):
                y = scale.y(high / _MINUTE)
                yield Bar(
                    x=x,
                    y=y,
                    width=width,
                    height=round(scale.y(low / _MINUTE) - y, 2),
                    kind=kind,
                    on=first,
                    says=says,
                    url=url,
                    stop=nth == 0,
                )

    def _runs(self, top: float) -> Lane | None:
        runs = [each for each in self.told.runs if self.holds(each.on)]
        if not runs:
            return None
        bottom = top + 64
        groups = [
            (first, list(each))
            for first, each in groupby(
                runs, lambda run: max(_monday(run.on), self.first) if self.dense else run.on
            )
        ]
        most = max(_metres(each) for _, each in groups) / _METRES
        scale = Scale(low=0, high=nice_top(most), bottom=bottom, top=top)
        bars = []
        for first, each in groups:
            ends = min(_monday(first) + timedelta(days=7), self.last + _DAY)
            until = ends if self.dense else first + _DAY
            url = reverse("assessments:load", args=[self.episode.code])
            url += f"?from={first.isoformat()}&to={(until - _DAY).isoformat()}"
            spikes = [run for run in each if run.is_spike]
            says = self._runs_words(first, each, spikes)
            x = self.axis.x(first)
            y = scale.y(_metres(each) / _METRES)
            bars.append(
                Bar(
                    x=x,
                    y=y,
                    width=round(max(self.axis.x(until) - x - 0.8, 1), 2),
                    height=round(bottom - y, 2),
                    kind="spike" if spikes else "run",
                    on=first,
                    says=says,
                    url=url,
                    stop=bool(spikes),
                )
            )
        return Lane(
            key="runs",
            title=f"Runs, km a {'week' if self.dense else 'day'}: dark stood out from the"
            f" {SPIKE_HISTORY_DAYS} days before",
            top=top,
            bottom=bottom,
            ticks=tuple(scale.ticks(2)) if most else (),
            bars=tuple(bars),
        )

    def _runs_words(
        self, first: date, runs: Sequence[ClassedRun], spikes: Sequence[ClassedRun]
    ) -> str:
        begins = f"Week of {_day(first)}" if self.dense else _day(first)
        metres = _metres(runs)
        what = distance_words(metres) if metres else "no distance"
        count = f" in {counted(len(runs), 'run')}" if len(runs) > 1 else ""
        before = f"longer than the longest run of the {SPIKE_HISTORY_DAYS} days before"
        spiked = "".join(f", {percent_words(run)} {before}" for run in spikes)
        return f"{begins}: {what}{count}{spiked}"

    # --- How it was. ---

    def _pain(self, top: float) -> Lane | None:
        bottom = top + 76
        scale = Scale(low=PAIN.low, high=float(PAIN.high), bottom=bottom, top=top)
        found: list[_Reading] = []
        for each in self.sessions:
            morning = getattr(each, "morning", None)
            found.append(("during", each.happened_on, each.pain_during, each))
            if morning is not None:
                found.append(("morning", each.happened_on + _DAY, morning.pain, each))
        words = {"during": "Pain during", "morning": "Pain the morning after"}
        marks = self._readings(
            found, scale, lambda kind, value: f"{words[kind]} {value} of {PAIN.high}"
        )
        if not marks:
            return None
        return Lane(
            key="pain",
            title=f"Pain, 0 to 10{self.of_weeks}: dot during, diamond the next morning",
            top=top,
            bottom=bottom,
            ticks=tuple(scale.ticks(2)),
            marks=marks,
        )

    @property
    def of_weeks(self) -> str:
        """What a title says where only the highest of each week is drawn."""
        return ", highest of each week" if self.dense else ""

    def _readings(
        self, found: Iterable[_Reading], scale: Scale, words: Callable[[str, int], str]
    ) -> tuple[Mark, ...]:
        """A mark for each number told; of long ranges for the highest of each kind and week."""
        told = [
            (kind, on, value, session)
            for kind, on, value, session in found
            if value is not None and on <= self.axis.last
        ]
        if self.dense:
            highest: dict[tuple[str, date], tuple[str, date, int, Session]] = {}
            for each in told:
                known = highest.setdefault((each[0], _monday(each[1])), each)
                if each[2] > known[2]:
                    highest[each[0], _monday(each[1])] = each
            # A dot at the place of a diamond is drawn last, so that it stands inside it.
            told = sorted(highest.values(), key=lambda each: each[0] == "during")
        return tuple(
            Mark(
                x=self.week_x(on) if self.dense else self.x(on),
                y=scale.y(value),
                kind=kind,
                on=on,
                says=f"{words(kind, value)}, {_day(on)}"
                + (", the highest of its week" if self.dense else ""),
                url=_session_url(session),
                # Dots stay large enough to be seen on paper.
                size=1 if not self.dense else SMALL if kind == "morning" else 0.85,
            )
            for kind, on, value, session in told
        )

    def _stiffness(self, top: float) -> Lane | None:
        told: list[_Reading] = [
            ("stiffness", each.happened_on, each.stiffness_min, each) for each in self.sessions
        ]
        told += [
            ("stiffness", each.happened_on + _DAY, each.morning.stiffness_min, each)
            for each in self.sessions
            if hasattr(each, "morning") and each.happened_on + _DAY <= self.axis.last
        ]
        values = [value for _, _, value, _ in told if value is not None]
        if not values:
            return None
        bottom = top + 52
        high = nice_top(max(STIFFNESS_TOP_MIN, *values))
        scale = Scale(low=0, high=high, bottom=bottom, top=top)
        return Lane(
            key="stiffness",
            title=f"Morning stiffness, minutes{self.of_weeks}",
            top=top,
            bottom=bottom,
            ticks=tuple(scale.ticks(2)),
            marks=self._readings(
                sorted(told, key=lambda one: one[1]),
                scale,
                lambda _, value: f"Stiff for {counted(value, 'minute')}",
            ),
        )

    def _visa(self, top: float) -> Lane | None:
        shown = [each for each in self.told.visas if self.holds(each.on)]
        below = [each for each in self.told.incomplete if self.holds(each.on)]
        if not shown and not below:
            return None
        bottom = top + 84
        scale = Scale(low=VISA_TOTAL.low, high=float(VISA_TOTAL.high), bottom=bottom, top=top)
        marks = [
            Mark(
                x=self.x(each.on),
                y=scale.y(each.value),
                kind="visa",
                on=each.on,
                says=f"VISA-A {each.value} of {VISA_TOTAL.high}, {_day(each.on)}",
                url=reverse("assessments:visa", args=[each.code]),
                stop=True,
            )
            for each in shown
        ]
        marks += [
            Mark(
                x=self.x(each.on),
                y=bottom - 5,
                kind="incomplete",
                on=each.on,
                says=f"VISA-A incomplete, no total, {_day(each.on)}",
                url=reverse("assessments:visa", args=[each.code]),
                stop=True,
            )
            for each in below
        ]
        breaks = [each.on for each in self.told.incomplete]
        return Lane(
            key="visa",
            title="VISA-A, 0 to 100: more is better",
            top=top,
            bottom=bottom,
            ticks=tuple(scale.ticks(2)),
            lines=tuple(("affected", line) for line in self._lines(shown, scale, breaks)),
            marks=tuple(marks),
        )

    def _raises(self, top: float) -> Lane | None:
        affected = [each for each in self.told.raises if self.holds(each.on)]
        other = [each for each in self.told.raises_other if self.holds(each.on)]
        if not affected and not other:
            return None
        bottom = top + 66
        high = nice_top(max(RAISES_TOP, *(each.value for each in (*affected, *other))))
        scale = Scale(low=0, high=high, bottom=bottom, top=top)
        side = Side(self.episode.side)
        marks, lines = [], []
        for kind, leg, values in (("other", side.other, other), ("affected", side, affected)):
            lines += [(kind, line) for line in self._lines(values, scale, ())]
            words = f"{leg.value.title()} leg{', affected' if leg is side else ''}"
            marks += [
                Mark(
                    x=self.x(each.on),
                    y=scale.y(each.value),
                    kind=kind,
                    on=each.on,
                    says=f"{words}: {counted(each.value, 'heel raise')}, {_day(each.on)}",
                    url=self._test_url(each.code),
                    stop=kind == "affected",
                )
                for each in values
            ]
        return Lane(
            key="raises",
            title=f"Heel raises to failure: solid {side.value} (affected),"
            f" dashed {side.other.value}",
            top=top,
            bottom=bottom,
            ticks=tuple(scale.ticks(2)),
            lines=tuple(lines),
            marks=tuple(marks),
        )

    def _lines(
        self, values: Sequence[Measured], scale: Scale, breaks: Sequence[date]
    ) -> Iterable[str]:
        """Lines from one test to the next where nothing lies between that breaks them."""
        stops = [*breaks, *(each.first for each in self.told.closed)]
        for before, after in pairwise(values):
            apart = (after.on - before.on).days > LINE_DAYS
            if not apart and not any(before.on <= stop <= after.on for stop in stops):
                yield (
                    f"{self.x(before.on)},{scale.y(before.value)}"
                    f" {self.x(after.on)},{scale.y(after.value)}"
                )


def _in_a_row(stretches: Sequence[Stretch]) -> Iterable[tuple[date, date]]:
    """The first and last days of stretches that follow each other without a day between."""
    first, last = stretches[0].first, stretches[0].last
    for each in stretches[1:]:
        if each.first > last + _DAY:
            yield first, last
            first = each.first
        last = each.last
    yield first, last


def week_words(week: Week) -> str:
    """A week in words: what was planned, seen and told."""
    planned = "not known" if week.planned is None else f"{week.planned}"
    parts = [f"Week of {_day(week.first)}: {week.done} of {planned} planned"]
    if week.observed:
        parts.append(f"{week.observed} seen here")
    if week.reported:
        parts.append(f"{week.reported} as reported")
    if week.short:
        parts.append(f"{week.short} only in part")
    if week.untold:
        parts.append(f"{week.untold} without how much")
    return ", ".join(parts)


def _session_words(session: Session, work: int | None) -> str:
    how = "as reported" if session.is_reported else "seen here"
    if work is None:
        dose = "how much not known"
    elif session.completed_pct == 0:
        dose = "nothing done"
    else:
        dose = _work_words(work)
    return f"Session of {_day(session.happened_on)}: {dose}, {how}"


def _work_words(work_s: int) -> str:
    minutes, seconds = divmod(work_s, _MINUTE)
    return f"{minutes} min {seconds} s of work" if minutes else f"{seconds} s of work"


def _week_of(worked: _Worked) -> date:
    return _monday(worked[0].happened_on)


def _session_url(session: Session) -> str:
    return reverse("programmes:session", args=[session.code])


def _metres(runs: Iterable[ClassedRun]) -> int:
    return sum(run.distance_m or 0 for run in runs)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True, kw_only=True)
class Adherence:
    """Done against planned, in words and by week (newest first)."""

    says: str
    percent: int | None
    weeks: tuple[Week, ...]


def adherence_of(course: Course | None) -> Adherence | None:
    """How much of the plan was done, as words; None without a programme that has begun."""
    if course is None or not course.weeks:
        return None
    known = [week for week in course.weeks if week.planned is not None]
    planned = sum(week.planned or 0 for week in known)
    seen = sum(week.observed for week in course.weeks)
    told = sum(week.reported for week in course.weeks)
    counts = sum(week.counts for week in known)
    says = (
        f"{counts} of {planned} planned in {counted(len(course.weeks), 'week')};"
        f" {seen} seen here, {told} as reported."
    )
    if seen + told > counts:
        says += " More than planned in one week makes up for no other week."
    return Adherence(says=says, percent=course.percent, weeks=course.weeks[::-1])


_REVIEW_SAYS = {
    ReviewOutcome.ADHERENCE_REVIEW: "Find out first why sessions were missed",
    ReviewOutcome.REFER_NONRESPONSE: "Refer for an opinion: the programme was done, no response",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something a review waits for, and where it is recorded."""

    says: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewShown:
    """The twelve-week review as the page shows it; ``figures`` are what it read, in a sentence."""

    finding: Finding
    figures: str
    missing: tuple[Missing, ...]


def review_shown(found: Review, standing: Standing) -> ReviewShown:
    """The review in words with the numbers it read, and what it waits for."""
    code = standing.episode.code
    pages = {
        "visa_change": ("Record a VISA-A", "assessments:visa_new"),
        "adherence_pct": ("Log a session", "programmes:session_new"),
    }
    missing = tuple(
        Missing(says=pages[each][0], url=reverse(pages[each][1], args=[code]))
        for each in found.missing
        if each in pages
    )
    if found.outcome is not None:
        tone, says = Tone.CAUTION, _REVIEW_SAYS[found.outcome]
    elif found.missing:
        tone, says = Tone.MISSING, "The review waits for what is missing"
    else:
        tone, says = Tone.OK, "Go on as planned"
    totals = (("VISA-A first", standing.visa_first), ("VISA-A now", standing.visa_now))
    read = dict(found.numbers)
    first, now = ("not known" if each is None else f"{each}" for _, each in totals)
    score = f"VISA-A {first} first, {now} now" if standing.visa_weeks else f"VISA-A {now}"
    return ReviewShown(
        finding=Finding(
            rule=found.rule,
            says=says,
            because=found.because,
            numbers=(
                *((name, value.replace("_", " ")) for name, value in found.numbers),
                *((name, "not known" if each is None else f"{each}") for name, each in totals),
            ),
            sources=found.sources,
            tone=tone,
        ),
        figures=f"Weeks of programme {read['Weeks of programme']}, adherence"
        f" {read['Adherence']}, {score}.",
        missing=missing,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenedShown:
    """That the episode was closed before and opened again; ``stale_weeks`` is how long it was
    closed, in whole weeks, where the tendon should be examined again first, else 0.
    """

    closed: Closed
    stale_weeks: int


def reopened_shown(told: Told, standing: Standing) -> ReopenedShown | None:
    """The newest re-opening of an open episode; None where it never was closed."""
    if not standing.episode.is_open or not told.closed:
        return None
    closed = told.closed[-1]
    if closed.reopened is None:
        return None
    examined_on = standing.tendon.examined_on
    days = (closed.reopened - closed.first).days
    examined = examined_on is not None and examined_on >= closed.reopened
    stale = days >= DEFAULTS.reopened_examine_days and not examined
    return ReopenedShown(closed=closed, stale_weeks=days // 7 if stale else 0)
