"""Small pictures of one kind of number over time: heel raises, other questionnaires, pain.

Each has a scale of its own and a table beside it, and none is drawn with VISA-A's marks. Gives what
``charts/course.html`` draws.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from assessments.markers import Series, series_of
from assessments.models import HeelRaiseTest, OtherScore, VisaA
from assessments.rules.finding import Finding
from assessments.rules.heel_raise import NOISE_REPETITIONS, norm
from assessments.rules.terms import Sex
from assessments.rules.trajectory import (
    known_score,
    other_change,
    repetition_band,
    score_key,
)
from patients.models import Episode
from patients.rules.terms import Side
from upwell.chart import Scale, Tick, TimeAxis, nice_top
from upwell.forms import plain_number

WIDTH, LEFT, RIGHT, TOP, PLOT, BELOW, PADDING = 480, 40, 400, 14, 170, 34, 10
ROWS_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value: where it stands, what it says beside its dot, and where it leads (or blank)."""

    x: float
    y: float
    says: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One run of values. ``other`` draws it hollow and broken, to tell it from the first."""

    name: str
    points: tuple[Point, ...]
    other: bool
    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRow:
    """A day of the table: what each line says, blank where it wasn't measured; and where it leads.

    ``finding`` is what may be said of it beside the first.
    """

    on: date
    values: tuple[str, ...]
    url: str = ""
    note: str = ""
    score: OtherScore | None = None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A small picture with its table. ``band_y`` and ``level_y`` are None where there is none."""

    key: str
    title: str
    explains: str
    lines: tuple[Line, ...]
    rows: tuple[CourseRow, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    band_y: float | None = None
    band_height: float = 0
    level_y: float | None = None
    level_words: str = ""
    width: int = WIDTH
    height: int = TOP + PLOT + BELOW
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = TOP + PLOT

    @property
    def band_width(self) -> int:
        """The band runs all along the axis."""
        return self.right - self.left

    @property
    def newest(self) -> tuple[CourseRow, ...]:
        """The rows shown at once."""
        return self.rows[:ROWS_AT_ONCE]

    @property
    def older(self) -> tuple[CourseRow, ...]:
        """The rows shown when asked for."""
        return self.rows[ROWS_AT_ONCE:]

    @property
    def has_notes(self) -> bool:
        """Whether the table needs a column for words."""
        return any(row.note or row.score for row in self.rows)

    @property
    def says(self) -> str:
        """The picture in one sentence, for who can't see it."""
        parts = [
            f"{line.name}: {', '.join(point.says for point in line.points)}"
            for line in self.lines
            if line.points
        ]
        return f"{self.title}. {'; '.join(parts)}."


Values = Sequence[tuple[date, int | Decimal, str]]


def _course(
    *,
    key: str,
    title: str,
    explains: str,
    series: Sequence[tuple[str, Values]],
    rows: Iterable[CourseRow],
    on: date,
    began: date,
    low: float = 0,
    high: float | None = None,
    band: tuple[int, int] | None = None,
    level: tuple[int, str] | None = None,
) -> Course:
    """``series`` are names with (day, value, address), from the oldest to the newest."""
    values = [value for _, each in series for _, value, _ in each]
    top = high if high is not None else nice_top(float(max([*values, level[0] if level else 1])))
    low = min([low, *(float(value) for value in values)])
    start = min([began, *(day for _, each in series for day, _, _ in each)])
    axis = TimeAxis(
        first=start, last=max(on, start + timedelta(weeks=4)), left=LEFT + PADDING, right=RIGHT
    )
    scale = Scale(low=low, high=top, bottom=TOP + PLOT, top=TOP)
    band_y = scale.y(min(band[1], top)) if band else None
    return Course(
        key=key,
        title=title,
        explains=explains,
        lines=tuple(
            _line(name, each, axis, scale, other=number > 0)
            for number, (name, each) in enumerate(series)
        ),
        rows=tuple(rows),
        x_ticks=tuple(axis.ticks(5)),
        y_ticks=tuple(scale.ticks(5)),
        band_y=band_y,
        band_height=round(scale.y(band[0]) - band_y, 2) if band and band_y is not None else 0,
        level_y=scale.y(level[0]) if level else None,
        level_words=level[1] if level else "",
    )


def _line(name: str, values: Values, axis: TimeAxis, scale: Scale, *, other: bool) -> Line:
    points = tuple(
        Point(
            x=axis.x(day),
            y=scale.y(float(value)),
            says=f"{plain_number(Decimal(value))} on {day:%-d %b %Y}",
            url=url,
        )
        for day, value, url in values
    )
    places = " ".join(f"{point.x},{point.y}" for point in points)
    return Line(
        name=name, points=points, other=other, segments=(places,) if len(points) > 1 else ()
    )


def heel_raise_course(episode: Episode, *, on: date) -> Course | None:
    """Repetitions of both legs over time; None before the first test. One query.

    The band is what no retest could tell from the first count of the affected leg.
    """
    tests = list(
        HeelRaiseTest.objects.counted().filter(episode=episode, tested_on__lte=on).reverse()
    )
    side = Side(episode.side)
    names = {side: f"{side.value.title()} (affected)", side.other: side.other.value.title()}
    series = [
        (
            name,
            [
                (test.tested_on, count, "")
                for test in tests
                if (count := test.repetitions(leg)) is not None
            ],
        )
        for leg, name in names.items()
    ]
    if not any(values for _, values in series):
        return None
    affected = series[0][1]
    expected = norm(Sex(episode.patient.sex), episode.patient.age_on(on))
    return _course(
        key="heel-raise",
        title="Heel raises to failure",
        explains=f"Repetitions on one leg. A change of fewer than {NOISE_REPETITIONS} can be"
        " measurement error; the band shows that around the first count of the affected leg.",
        series=series,
        rows=[_raise_row(test, names) for test in reversed(tests)],
        on=on,
        began=episode.opened_on,
        band=repetition_band(int(affected[0][1])) if affected else None,
        level=(expected, f"norm {expected}") if expected is not None else None,
    )


def _raise_row(test: HeelRaiseTest, names: dict[Side, str]) -> CourseRow:
    counts = [test.repetitions(leg) for leg in names]
    return CourseRow(
        on=test.tested_on,
        values=tuple("" if count is None else str(count) for count in counts),
        note=test.protocol_note,
    )


def moved_baseline(visa: VisaA) -> bool:
    """Whether this total stands before every other of its episode, so that all are read anew."""
    others = VisaA.objects.counted().filter(episode_id=visa.episode_id).exclude(pk=visa.pk)
    first = others.last()
    return visa.total is not None and first is not None and visa.answered_on < first.answered_on


def score_courses(scores: Iterable[OtherScore], *, on: date, began: date) -> list[Course]:
    """One picture for each other questionnaire, by its name, each on its own scale.

    Spellings of one name are one questionnaire, called as it was last.
    """
    by_key: dict[str, list[OtherScore]] = {}
    for score in sorted(scores, key=lambda score: (score.answered_on, score.pk)):
        by_key.setdefault(score_key(score.name), []).append(score)
    return [
        _score_course(number, known_score(rows[-1].name) or rows[-1].name, rows, on=on, began=began)
        for number, (_, rows) in enumerate(sorted(by_key.items()), start=1)
    ]


def _score_course(
    number: int, name: str, scores: Sequence[OtherScore], *, on: date, began: date
) -> Course:
    counted = [score for score in scores if not score.struck_at]
    better = scores[-1].get_better_display()
    rows, first = [], counted[0] if counted else None
    for score in reversed(scores):
        compared = first is not None and score is not first and not score.struck_at
        finding = None
        if compared and first is not None:
            finding = other_change(
                name, first.value, score.value, higher_is_better=_higher(score.better)
            )
        rows.append(
            CourseRow(
                on=score.answered_on,
                values=(plain_number(score.value),),
                note=score.note,
                score=score,
                finding=finding,
            )
        )
    return _course(
        key=f"score-{number}",
        title=name,
        explains=f"{better if better else 'Which way is better is not known'}. Not comparable"
        " with the VISA-A.",
        series=[(name, [(score.answered_on, score.value, "") for score in counted])],
        rows=rows,
        on=on,
        began=began,
    )


def _higher(better: str) -> bool | None:
    return {OtherScore.Better.HIGHER: True, OtherScore.Better.LOWER: False}.get(
        OtherScore.Better(better)
    )


def told_courses(episode: Episode, *, on: date) -> list[Course]:
    """Pictures of what other apps measured of this tendon; nothing where nobody tells."""
    return [_told(number, each, episode, on) for number, each in enumerate(series_of(episode))]


def _told(number: int, told: Series, episode: Episode, on: date) -> Course:
    by_day: dict[date, list[str]] = {}
    addresses: dict[date, str] = {}
    for place, (_, values) in enumerate(told.lines):
        for day, value, url in values:
            addresses[day] = url
            cells = by_day.setdefault(day, [""] * len(told.lines))
            cells[place] = plain_number(Decimal(value))
    return _course(
        key=f"told-{number}",
        title=told.title,
        explains=told.explains,
        series=told.lines,
        rows=[
            CourseRow(on=day, values=tuple(by_day[day]), url=addresses[day])
            for day in sorted(by_day, reverse=True)
        ],
        on=on,
        began=episode.opened_on,
        high=told.high,
    )
