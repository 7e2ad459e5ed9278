"""The course of a tendon as a picture: every VISA-A on one axis, with what happened on the way.

``visa_trajectory`` gives everything ``charts/trajectory.html`` draws, on a screen or, with
``paper``, inside a letter. Places are in units of the drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse

from assessments.in_force import defaults_in_force
from assessments.markers import Marker, MarkerKind, markers_of
from assessments.models import Assessment, Classification, VisaA
from assessments.rules.finding import Finding
from assessments.rules.sources import Source, source
from assessments.rules.terms import Location, Q8Band, Q8Part, SportLevel
from assessments.rules.trajectory import (
    BandStep,
    Entry,
    Reading,
    band,
    first_total,
    readings,
)
from assessments.rules.visa import ITEM_NAMES, ITEMS, REFERENCE_MARKS, VisaAnswers
from assessments.selectors import VISA_FIELDS, visa_answers
from assessments.wording import ItemWords, Words, words_of
from patients.models import Episode
from upwell.chart import Scale, Tick, TimeAxis

MARK_WORDS = {
    MarkerKind.VERSION: "programme version",
    MarkerKind.INJECTION: "injection",
    MarkerKind.FLARE: "flare",
}
"""The kinds of marks this picture shows, and their words."""
BEST, WORST = 100, 0
LANE, MARK_WIDTH, MOST_LANES = 20, 30, 4
PLOT, BELOW, LEFT = 300, 56, 40
# Between the axis and the first day, so that a first total doesn't cover the scale.
PADDING = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One questionnaire: where it stands, and its words. An incomplete one stands below the axis.

    ``words_at`` is where "incomplete" is written beside it, ``words_anchor`` how; blank where the
    next one says it.
    """

    x: float
    y: float
    total: int | None
    on: date
    says: str
    url: str
    words_at: float = 0
    words_anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A stretch of the band: inside it no change counts as important."""

    x: float
    y: float
    width: float
    height: float
    improved_y: float | None
    worse_y: float | None
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceMark:
    """A line across the picture: what it stands for in studies, and which study."""

    points: int
    words: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A mark for something that happened, and its number in the list below the picture."""

    x: float
    y: float
    number: int
    kind: MarkerKind
    on: date
    says: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table beside the picture: a questionnaire and what it says."""

    visa: VisaA
    url: str
    reading: Reading | None
    answered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """The picture of an episode's VISA-A totals until a day, and the table beside it.

    ``rows`` runs from the newest to the oldest and holds struck-out and incomplete ones too;
    ``dots`` and ``segments`` hold what counts. ``earlier`` are marks from before the axis begins.
    """

    on: date
    paper: bool
    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    references: tuple[Tick, ...]
    boxes: tuple[Box, ...]
    segments: tuple[str, ...]
    dots: tuple[Dot, ...]
    signs: tuple[Sign, ...]
    earlier: tuple[Marker, ...]
    rows: tuple[Row, ...]
    first: Entry | None
    last: Reading | None

    @property
    def is_empty(self) -> bool:
        """Whether not one questionnaire counts, complete or not."""
        return not self.dots

    @property
    def says(self) -> str:
        """The picture in one sentence, for who can't see it."""
        totals = [f"{dot.total} on {_day(dot.on)}" for dot in self.dots if dot.total is not None]
        if not totals:
            return "No complete VISA-A yet."
        return f"VISA-A totals out of {BEST}, more is better: {', '.join(totals)}."

    @property
    def kinds(self) -> tuple[MarkerKind, ...]:
        """The kinds of marks in it, for the legend."""
        return tuple(kind for kind in MARK_WORDS if any(sign.kind == kind for sign in self.signs))

    @property
    def findings(self) -> list[Finding]:
        """What the newest total says beside the first; empty before there are two."""
        return [self.last.finding] if self.last and self.last.finding else []

    @property
    def marks(self) -> tuple[ReferenceMark, ...]:
        """The reference marks with where each comes from."""
        return tuple(
            ReferenceMark(points=points, words=words[0].lower() + words[1:], source=source(key))
            for points, words, key in REFERENCE_MARKS
        )

    @property
    def important(self) -> str:
        """What the band stands for, in a sentence; blank while there is none."""
        if not self.boxes:
            return ""
        return " ".join(dict.fromkeys(box.says for box in self.boxes))


def visa_trajectory(episode: Episode, *, on: date, paper: bool = False) -> Trajectory:
    """Every VISA-A of the episode until ``on``, as a picture and a table.

    ``paper`` gives a narrower drawing without links, for a PDF. Two queries, and those of whoever
    tells markers.
    """
    scores = VisaA.objects.on_record().filter(episode=episode, answered_on__lte=on)
    visas = list(scores.select_related("recorded_by", "struck_by", "assessment", "wording_set"))
    location, injections = _examined(episode)
    happened = [*markers_of(episode), *injections]
    return _drawn(
        visas,
        [mark for mark in happened if mark.kind in MARK_WORDS and mark.on <= on],
        location,
        began=episode.opened_on,
        on=on,
        paper=paper,
    )


def _examined(episode: Episode) -> tuple[Location | None, list[Marker]]:
    """Where the tendon hurts as classified now, and each day of cortisone at this tendon."""
    newest = Classification.objects.in_force().filter(episode=OuterRef("episode"))
    signed = Assessment.objects.signed().filter(episode=episode).order_by("examined_on", "pk")
    rows = list(
        signed.annotate(classified=Subquery(newest.values("location")[:1])).values_list(
            "cortisone_last_on", "code", "classified"
        )
    )
    # The first assessment that names a day stands for it.
    told = {day: code for day, code, _ in reversed(rows) if day is not None}
    location = next((Location(each) for _, _, each in rows if each), None)
    return location, [
        Marker(
            on=day,
            kind=MarkerKind.INJECTION,
            says="Cortisone injection at this tendon",
            url=reverse("assessments:detail", args=[code]),
        )
        for day, code in told.items()
    ]


def _drawn(
    visas: Sequence[VisaA],
    happened: Sequence[Marker],
    location: Location | None,
    *,
    began: date,
    on: date,
    paper: bool,
) -> Trajectory:
    counted = sorted(
        (visa for visa in visas if not visa.struck_at),
        key=lambda visa: (visa.answered_on, visa.pk),
    )
    entries = [Entry(on=visa.answered_on, total=visa.total) for visa in counted]
    read = dict(
        zip(
            (visa.pk for visa in counted),
            readings(entries, location, defaults=defaults_in_force()),
            strict=True,
        )
    )
    first = first_total(entries)
    start = min([began, *(entry.on for entry in entries)])
    width, right_margin = (640, 208) if paper else (960, 252)
    axis = TimeAxis(
        first=start,
        last=max(on, start + timedelta(weeks=4)),
        left=LEFT + PADDING,
        right=width - right_margin,
    )
    signs, lanes = _signs([mark for mark in happened if mark.on >= start], axis)
    top = 14 + lanes * LANE
    bottom = top + PLOT
    scale = Scale(low=WORST, high=BEST, bottom=bottom, top=top)
    dots = _dots(counted, axis, scale, bottom + 16)
    return Trajectory(
        on=on,
        paper=paper,
        width=width,
        height=bottom + BELOW,
        left=LEFT,
        right=axis.right,
        top=top,
        bottom=bottom,
        x_ticks=tuple(axis.ticks(6 if paper else 9)),
        y_ticks=tuple(scale.ticks(5)),
        references=tuple(
            Tick(at=scale.y(points), words=f"{points} {words}")
            for points, words, _ in REFERENCE_MARKS
        ),
        boxes=tuple(
            _box(step, axis, scale)
            for step in band(first, axis.last, location, defaults=defaults_in_force())
        ),
        segments=tuple(_segments(dots)),
        dots=dots,
        signs=signs,
        earlier=tuple(mark for mark in happened if mark.on < start),
        rows=tuple(
            Row(
                visa=visa,
                url=reverse("assessments:visa", args=[visa.code]),
                reading=read.get(visa.pk),
                answered=sum(points is not None for points in visa.items),
            )
            for visa in visas
        ),
        first=first,
        last=next((read[visa.pk] for visa in reversed(counted) if visa.total is not None), None),
    )


def _dots(visas: Sequence[VisaA], axis: TimeAxis, scale: Scale, below: float) -> tuple[Dot, ...]:
    found = []
    incomplete = [visa for visa in visas if visa.total is None]
    for visa in visas:
        x = axis.x(visa.answered_on)
        url = reverse("assessments:visa", args=[visa.code])
        if visa.total is not None:
            says = f"{visa.total} of {BEST} on {_day(visa.answered_on)}"
            dot = Dot(
                x=x,
                y=scale.y(visa.total),
                total=visa.total,
                on=visa.answered_on,
                says=says,
                url=url,
            )
        else:
            answered = sum(points is not None for points in visa.items)
            near_end = x > axis.right - 90
            dot = Dot(
                x=x,
                y=below,
                total=None,
                on=visa.answered_on,
                says=f"Incomplete on {_day(visa.answered_on)}: {answered} of {len(ITEM_NAMES)}"
                " items, no total",
                url=url,
                words_at=x - 9 if near_end else x + 9,
                words_anchor=("end" if near_end else "start") if visa is incomplete[-1] else "",
            )
        found.append(dot)
    return tuple(found)


def _segments(dots: Sequence[Dot]) -> list[str]:
    """Lines through runs of complete questionnaires; an incomplete one between leaves a gap."""
    lines: list[list[str]] = [[]]
    for dot in dots:
        if dot.total is None:
            lines.append([])
        else:
            lines[-1].append(f"{dot.x},{dot.y}")
    return [" ".join(places) for places in lines if len(places) > 1]


def _box(step: BandStep, axis: TimeAxis, scale: Scale) -> Box:
    high, low = min(step.improved_from, BEST), max(step.worse_to, WORST)
    y = scale.y(high)
    gain = f"from {step.improved_from} up an important gain"
    if step.improved_from > BEST:
        gain = "an important gain can’t be reached from a first total this high"
    loss = f", {step.worse_to} or less worse" if step.worse_to >= WORST else ""
    return Box(
        x=axis.x(step.first),
        y=y,
        width=round(axis.x(step.last) - axis.x(step.first), 2),
        height=round(scale.y(low) - y, 2),
        improved_y=scale.y(high) if step.improved_from <= BEST else None,
        worse_y=scale.y(low) if step.worse_to >= WORST else None,
        says=f"From {_day(step.first)}: {gain}{loss}.",
    )


def _signs(happened: Sequence[Marker], axis: TimeAxis) -> tuple[tuple[Sign, ...], int]:
    """The marks by day, each in the lowest lane with room, and how many lanes that takes."""
    ends = [float("-inf")] * MOST_LANES
    placed = []
    for mark in sorted(happened, key=lambda mark: (mark.on, mark.kind, mark.says)):
        x = axis.x(mark.on)
        lane = next((lane for lane, end in enumerate(ends) if end <= x), MOST_LANES - 1)
        ends[lane] = x + MARK_WIDTH
        placed.append((x, lane, mark))
    lanes = max((lane + 1 for _, lane, _ in placed), default=0)
    signs = tuple(
        Sign(
            x=x,
            y=14 + (lanes - lane - 1) * LANE,
            number=number,
            kind=mark.kind,
            on=mark.on,
            says=mark.says,
            url=mark.url,
        )
        for number, (x, lane, mark) in enumerate(placed, start=1)
    )
    return signs, lanes


def days_since_last(episode: Episode, on: date) -> int | None:
    """Days from the newest total on or before ``on`` until then; None without one."""
    last = VisaA.objects.counted().filter(episode=episode, answered_on__lte=on).first()
    return (on - last.answered_on).days if last else None


def before(visa: VisaA) -> VisaA | None:
    """The complete questionnaire before this one, None for the first."""
    earlier = VisaA.objects.counted().filter(
        Q(answered_on__lt=visa.answered_on) | Q(answered_on=visa.answered_on, pk__lt=visa.pk),
        episode_id=visa.episode_id,
    )
    return earlier.first()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One item of a questionnaire: its words, the answer, its points and those of the one before.

    ``answer`` is blank where the points say it all, and where nothing was answered.
    """

    number: int
    words: ItemWords
    answer: str
    points: int | None
    most: int
    points_before: int | None


def item_rows(visa: VisaA, earlier: VisaA | None) -> list[ItemRow]:
    """The eight items in the wording they were answered under."""
    words = words_of(visa)
    answers = {
        "q1": "" if visa.q1_minutes is None else f"{visa.q1_minutes} min",
        "q6": "" if visa.q6_hops is None else f"{visa.q6_hops} hops",
        "q7": words.sport[SportLevel(visa.q7)] if visa.q7 else "",
        "q8": _training(visa, words),
    }
    return [
        ItemRow(
            number=number,
            words=words.items[item.name],
            answer=answers.get(item.name, ""),
            points=visa.items[number - 1],
            most=item.points,
            points_before=earlier.items[number - 1] if earlier else None,
        )
        for number, item in enumerate(ITEMS, start=1)
    ]


def _training(visa: VisaA, words: Words) -> str:
    if not visa.q8_part:
        return ""
    part, spent = Q8Part(visa.q8_part), Q8Band(visa.q8_band)
    return f"{part}: {words.parts[part]}: {words.bands[spent]}"


def answers_of(visa: VisaA) -> VisaAnswers:
    """The stored answers as the rules take them."""
    answers = visa_answers({name: getattr(visa, name) for name in VISA_FIELDS})
    return answers or VisaAnswers()


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"
