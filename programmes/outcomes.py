"""A period's outcomes as a report: the same sections for the page, the CSV file and the PDF."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from itertools import groupby
from math import ceil
from typing import Any

from django.conf import settings
from django.utils import timezone

from assessments.models import LOCATION_CHOICES, PATHWAY_CHOICES
from assessments.rules.visa import (
    CEILING_NO_SPORT,
    IMPORTANT_EARLY,
    IMPORTANT_LATE,
    LATE_WEEKS,
)
from patients.models import OUTCOMES
from programmes.corrections_shown import LABELS
from programmes.models import PeriodReport
from programmes.models.words import STAGE_CHOICES
from programmes.rules.outcomes import RANGE_TIMES, RISK_WEEKS, share_percent
from programmes.rules.words import counted
from programmes.selectors.outcomes import Difference, Reason
from upwell.chart import Scale, Tick
from upwell.csv import Cell, csv_bytes
from upwell.http import Refused
from upwell.pdf import Unprintable, render_pdf

STAGES, LOCATIONS = dict(STAGE_CHOICES), dict(LOCATION_CHOICES)
PATHWAYS, ENDINGS = dict(PATHWAY_CHOICES), dict(OUTCOMES)
RAN = {
    "stopped": "Had stopped running",
    "stopped_later": "Was running at the first assessment and stopped later",
    "kept_running": "Was running at the first assessment",
    "goal": "Running is the goal",
    "not_a_runner": "Not a runner",
    "not_recorded": "Running not recorded",
}
NOT_JUDGED = {
    "no_baseline": "no VISA-A at all",
    "no_second": "no second VISA-A",
    "too_soon": "a second VISA-A too soon after the first",
    "capped": f"no sport at either VISA-A, so neither could exceed {CEILING_NO_SPORT}",
}
CALLED = {
    "improved": "Improved: the smallest important change is reached",
    "uncertain": "Perhaps improved: more than measurement error, less than important",
    "no_change": "No change: within measurement error",
    "worse": "Worse by more than measurement error",
}
KNOWN = {
    "baseline": ("First VISA-A", "episodes"),
    "second": ("A second VISA-A", "episodes"),
    "raises": ("Heel raises of both sides", "episodes"),
    "running": ("Whether the patient runs", "episodes"),
    "mornings": ("The morning after", "sessions"),
    "decisions": ("A decision", "sessions"),
}
INCLUDED = (
    "Counted is each episode whose programme was in force on at least one day of the period."
    " Episodes closed as opened in error are not, whenever that was found. A patient with two"
    " tendons counts twice. What is dated after the last day of the period does not count,"
    " even where it is known."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table: what it is about, and its cells; text says what is not told.

    With too few cells the last one stands for the rest of the columns.
    """

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A cell as it is drawn; ``quiet``: it says that there is no figure."""

    words: str
    quiet: bool
    span: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row as it is drawn."""

    label: str
    cells: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its caption; the first column names the row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The rows as they are drawn; the last cell of a short one reaches to the end."""
        return tuple(
            Line(
                label=row.label,
                cells=tuple(
                    Drawn(
                        words=str(cell),
                        quiet=isinstance(cell, str) and not cell.startswith("of "),
                        span=len(self.columns) - nth if nth == len(row.cells) else 1,
                    )
                    for nth, cell in enumerate(row.cells, start=1)
                ),
            )
            for row in self.rows
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the report: a title, sentences, tables, and small print below them."""

    key: str
    title: str
    says: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The picture of the share that ran again, with how many were still followed below it."""

    says: str
    path: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    at_risk: tuple[Tick, ...]
    width: int = 640
    height: int = 330
    left: int = 70
    right: int = 620
    top: int = 20
    bottom: int = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One band of the VISA-A change: its words, where its line stands, how long its bar is."""

    words: str
    y: int
    width: float
    count: int
    tone: str

    @property
    def end(self) -> float:
        """Where its number stands."""
        return round(BAR_LEFT + self.width + 8, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything a report shows that never changes."""

    report: PeriodReport
    title: str
    made: str
    headline: tuple[tuple[str, str, str], ...]
    parts: tuple[Part, ...]
    curve: Curve | None
    bars: tuple[Bar, ...]

    @property
    def opening(self) -> tuple[Part, ...]:
        """What is read before any result: who is counted, and how complete the record is."""
        return tuple(part for part in self.parts if part.key in OPENING)

    @property
    def results(self) -> tuple[Part, ...]:
        """The other parts."""
        return tuple(part for part in self.parts if part.key not in OPENING)

    @property
    def bars_height(self) -> int:
        """The height of the strip of bars, in the units of its drawing."""
        return BAR_STEP * len(self.bars) + 10

    @property
    def bars_say(self) -> str:
        """The strip of bars in a sentence."""
        told = ", ".join(f"{bar.words}: {bar.count}" for bar in self.bars)
        return f"VISA-A change in points. {told}."


BAR_STEP, BAR_LEFT, BAR_LONGEST = 34, 215, 360
OPENING = ("who", "known")


def page(report: PeriodReport) -> Page:
    """The report as it was worked out; nothing is asked of the database."""
    told: Mapping[str, Any] = report.figures
    made = f"{timezone.localtime(report.made_at):%-d %B %Y} by {_head(report)['made_by']}"
    parts = (
        _who(told),
        _completeness(told),
        _stages(told),
        _visa(told, weeks_apart=report.defaults["assessments"]["visa_minimum_weeks"]),
        _running(told),
        _adherence(told),
        _drop_outs(told),
        _groups(told),
        _how(report),
    )
    return Page(
        report=report,
        title=str(report),
        made=made,
        headline=_headline(told),
        parts=tuple(part for part in parts if told["episodes"] or part.key in ("who", "how")),
        curve=_curve(told["running"]["curve"], least=told["least"]),
        bars=_bars(told["visa"]["bands"]),
    )


def _head(report: PeriodReport) -> dict[str, str]:
    """Who made it and for which practice, as they were called then.

    A report older than the keeping of these words says them as they are now.
    """
    now = {
        "made_by": str(report.made_by),
        "practice_name": settings.PRACTICE_NAME,
        "practice_contact": settings.PRACTICE_CONTACT,
    }
    then: dict[str, str] = report.figures.get("head", {})
    return now | then


def _lasts(curve: Mapping[str, Any]) -> str:
    """The weeks the curve lasts; that of an older report until the last one was followed."""
    weeks: str = curve.get("lasts") or curve["longest"]
    return weeks


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _fewer(told: Mapping[str, Any]) -> str:
    return f"fewer than {told['least']}"


def _number(text: str | None, missing: str) -> Cell:
    return missing if text is None else Decimal(text)


def _headline(told: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """The key figures on top: label, value (blank: not told), what it is of."""
    visa, running, done = told["visa"], told["running"], told["adherence"]
    lost = told["drop_outs"]["stopped"] + told["drop_outs"]["silent"]
    median = (running["curve"] or {}).get("median")
    return (
        ("Episodes", str(told["episodes"]), "in the period"),
        (
            "Important VISA-A change",
            "" if visa["percent"] is None else f"{visa['improved']} of {visa['judged']}",
            _fewer(told) + " judged" if visa["percent"] is None else "judged",
        ),
        (
            "Half were running again after",
            f"{median} weeks" if median else "",
            f"of {running['followed']} followed"
            if median
            else f"not reached in {_lasts(running['curve'])} weeks"
            if running["curve"]
            else f"{_fewer(told)} followed",
        ),
        (
            "Sessions done",
            f"{done['mean']} %" if done["mean"] is not None else "",
            "of those planned, on average" if done["mean"] is not None else f"{_fewer(told)} known",
        ),
        ("Dropped out", str(lost), f"of {told['episodes']}"),
    )


def _who(told: Mapping[str, Any]) -> Part:
    count = counted(told["episodes"], "episode is", "episodes are")
    says = f"{count} counted." if told["episodes"] else "No programme was in force in this period."
    return Part(key="who", title="Who is counted", says=(says, INCLUDED))


def _completeness(told: Mapping[str, Any]) -> Part:
    rows = []
    for key, (label, unit) in KNOWN.items():
        known, count = told["completeness"][key]
        share: Cell = share_percent(known, count) if count else f"no {unit}"
        rows.append(Row(label=label, cells=(known, f"of {count} {unit}", share)))
    return Part(
        key="known",
        title="How complete the record is",
        says=("Read this first: what was never asked can’t be counted below.",),
        tables=(
            Table(
                caption="Recorded by the last day of the period",
                columns=("What", "Recorded", "Of", "%"),
                rows=tuple(rows),
            ),
        ),
        notes=("A morning after and a decision belong to the session they are about.",),
    )


SPREAD = ("least", "low", "median", "high", "most")
HIDDEN = "not shown"


def _spread(spread: Mapping[str, str | None] | None, missing: str) -> tuple[Cell, ...]:
    if spread is None:
        return (missing,)
    return tuple(_number(spread[name], HIDDEN) for name in SPREAD)


def _stages(told: Mapping[str, Any]) -> Part:
    rows = tuple(
        Row(
            label=STAGES[each["stage"]],
            cells=(each["left"], each["still"], *_spread(each["days"], _fewer(told))),
        )
        for each in told["stages"]
    )
    return Part(
        key="stages",
        title="How long each stage takes",
        says=(
            (
                "Days in a stage, of those who left it for another stage or by a discharge. Those"
                " still in it on the last day, or lost while in it, are counted apart: their time"
                " was not over."
            ),
        ),
        tables=(
            Table(
                caption="Days in each stage",
                columns=(
                    "Stage",
                    "Left it",
                    "Not over",
                    "Shortest",
                    "Lower quartile",
                    "Median",
                    "Upper quartile",
                    "Longest",
                ),
                rows=rows,
            ),
        ),
        notes=(
            "Days before the period count too. Going back to a stage adds to its days.",
            (
                "The shortest and the longest are one patient’s own: not shown where fewer than"
                f" {RANGE_TIMES * told['least']} left the stage."
            ),
        ),
    )


def _not_judged(apart: Mapping[str, int], words: Mapping[str, str]) -> str:
    told = [f"{apart[why]} with {said}" for why, said in words.items() if apart[why]]
    return f"{sum(apart.values())} not judged: {', '.join(told)}." if told else "None left out."


def _visa(told: Mapping[str, Any], *, weeks_apart: int) -> Part:
    visa = told["visa"]
    apart = _not_judged(visa["not_judged"], NOT_JUDGED)
    if visa["percent"] is None:
        says = f"{visa['judged']} could be judged, which is {_fewer(told)}: not broken down."
        return Part(key="visa", title="How the VISA-A changed", says=(says, apart))
    says = (
        f"{visa['improved']} of {visa['judged']} judged reached the smallest important change"
        f" ({visa['percent']} %)."
    )
    points = visa["points"]
    middle = (
        f"The median change is {_signed(points['median'])} points, the middle half from"
        f" {_signed(points['low'])} to {_signed(points['high'])}."
    )
    bands = tuple(Row(label=_band(low, high), cells=(count,)) for low, high, count in visa["bands"])
    called = tuple(Row(label=CALLED[key], cells=(visa["called"][key],)) for key in CALLED)
    return Part(
        key="visa",
        title="How the VISA-A changed",
        says=(says, middle, apart),
        tables=(
            Table(caption="Change in points", columns=("Change", "Episodes"), rows=bands),
            Table(caption="What it may be called", columns=("Change", "Episodes"), rows=called),
        ),
        notes=(
            (
                "From the first total of the episode to its last by the end of the period, at least"
                f" {weeks_apart} weeks apart. Important is a gain of {IMPORTANT_EARLY} points; of"
                f" {IMPORTANT_LATE} at the insertion or from {LATE_WEEKS} weeks on."
            ),
        ),
    )


def _signed(number: str) -> str:
    return f"−{number[1:]}" if number.startswith("-") else number if number == "0" else f"+{number}"


def _band(low: int | None, high: int | None) -> str:
    if low is None:
        return f"{_signed(str(high))} or lower"
    if high is None:
        return f"{_signed(str(low))} or more"
    return f"{_signed(str(low))} to {_signed(str(high))}"


def _running(told: Mapping[str, Any]) -> Part:
    running, title = told["running"], "Weeks until running again"
    # In the order of the words: the database keeps none.
    counts = [(said.lower(), running["apart"].get(why, 0)) for why, said in RAN.items()]
    apart = [f"{said}: {count}" for said, count in counts if count]
    aside = f"Not applicable: {', '.join(apart)}." if apart else "Applicable to all."
    defined = (
        (
            "From the start of the programme, or from the examination that says so where somebody"
            " was running at the first one and stopped later, to the first session in the run-walk"
            " or full return stage. Who had not got there counts as followed until the last day of"
            " the period, the discharge, or the last contact of those lost."
        ),
        (
            "Patients discharged before the period began are not in it, so the curve leans towards"
            " longer times."
        ),
    )
    curve = running["curve"]
    if curve is None:
        says = (
            f"{running['followed']} could be followed, which is {_fewer(told)}: no curve is drawn."
        )
        return Part(key="running", title=title, says=(says, aside), notes=defined)
    says = f"{running['returned']} of {running['followed']} followed ran again in their programme."
    later = (
        f"{running['later']} of those followed had still been running at the first assessment."
        if running.get("later")
        else ""
    )
    # An older report was not cut: it stays as it was worked out.
    cut = (
        f"The curve ends after {curve['lasts']} weeks: from then on {_fewer(told)} were still"
        " waiting and followed, too few to tell of."
        if "lasts" in curve
        else ""
    )
    median = (
        f"Half were running after {curve['median']} weeks."
        if curve["median"] is not None
        else "Until then fewer than half were running again, so there is no median."
    )
    by_week = tuple(
        Row(
            label=f"{week} weeks",
            cells=(_fewer(told),) if share is None else (at_risk, Decimal(share)),
        )
        for (week, at_risk), (_, share) in zip(curve["at_risk"], curve["by"], strict=True)
    )
    steps = tuple(
        Row(
            label=f"{step['weeks']} weeks",
            cells=(step["at_risk"], step["happened"], Decimal(step["returned_percent"])),
        )
        for step in curve["steps"]
    )
    tables = (
        Table(
            caption="Number at risk, and share running again",
            columns=("After", "Still waiting and followed", "Running again, %"),
            rows=by_week,
        ),
        Table(
            caption="Steps of the curve",
            columns=("After", "Waiting until then", "Ran then", "Running again, %"),
            rows=steps,
        ),
    )
    return Part(
        key="running",
        title=title,
        says=(_joined(says, later), _joined(cut, median), aside),
        tables=tables if steps else tables[:1],
        notes=("Estimated by the method of Kaplan and Meier.", *defined),
    )


def _adherence(told: Mapping[str, Any]) -> Part:
    done, title = told["adherence"], "Sessions done against planned"
    unknown = (
        f"Not known in {counted(done['unknown'], 'episode')}, as nothing was planned."
        if done["unknown"]
        else "Known in all."
    )
    if done["mean"] is None:
        says = f"Known in {done['known']}, which is {_fewer(told)}: not broken down."
        return Part(key="adherence", title=title, says=(says, unknown))
    spread = done["percent"]
    held = done["observed"] + done["reported"]
    rows = (
        Row(label="Planned", cells=(done["planned"],)),
        Row(label="Seen in the clinic", cells=(done["observed"],)),
        Row(label="As reported by the patient", cells=(done["reported"],)),
    )
    return Part(
        key="adherence",
        title=title,
        says=(
            (
                f"On average {done['mean']} % of the planned sessions were done; the middle half of"
                f" the patients from {spread['low']} to {spread['high']} %."
            ),
            (
                f"Of {counted(held, 'session')} held, {done['observed']} were seen in the clinic"
                f" and {done['reported']} are as the patient reported them."
            ),
            unknown,
        ),
        tables=(Table(caption="Sessions", columns=("What", "Sessions"), rows=rows),),
        notes=(
            "Of the period only. In each week at most the planned sessions count for the share.",
        ),
    )


def _drop_outs(told: Mapping[str, Any]) -> Part:
    lost, title = told["drop_outs"], "Who dropped out"
    total = lost["stopped"] + lost["silent"]
    says = (
        f"{total} of {lost['of']} dropped out: {lost['stopped']} discharged as stopped coming,"
        f" {lost['silent']} without contact for longer than the practice waits."
    )
    if not total:
        return Part(key="drop_outs", title=title, says=("Nobody dropped out.",))
    if lost["stages"] is None:
        aside = f"By stage: not broken down, as a stage has {_fewer(told)}."
        return Part(key="drop_outs", title=title, says=(says, aside))
    rows = tuple(
        Row(label=STAGES[stage], cells=(_fewer_or(count, told),)) for stage, count in lost["stages"]
    )
    table = Table(caption="Stage they left in", columns=("Stage", "Episodes"), rows=rows)
    return Part(key="drop_outs", title=title, says=(says,), tables=(table,))


def _fewer_or(count: int | None, told: Mapping[str, Any]) -> Cell:
    return HIDDEN if count is None else count


def _groups(told: Mapping[str, Any]) -> Part:
    tables, says = [], []
    for key, caption, words in (
        ("location", "By location", LOCATIONS),
        ("pathway", "By pathway", PATHWAYS),
    ):
        groups: Sequence[Mapping[str, Any]] | None = told["groups"][key]
        if groups is None:
            says.append(f"{caption}: not broken down, as a group has {_fewer(told)}.")
            continue
        rows = tuple(
            Row(
                label=words[each["group"]],
                cells=tuple(
                    _fewer_or(each[name], told) for name in ("episodes", "judged", "improved")
                ),
            )
            for each in groups
        )
        columns = (caption.removeprefix("By ").capitalize(), "Episodes", "Judged", "Improved")
        tables.append(Table(caption=caption, columns=columns, rows=rows))
    return Part(
        key="groups",
        title="By location and pathway",
        says=(*says, "As the tendon was classified for the first version of the plan."),
        tables=tuple(tables),
        notes=(
            (
                f"A group of {_fewer(told)} is not shown, nor another one from which it could be"
                " worked out."
            ),
        )
        if tables
        else (),
    )


def _how(report: PeriodReport) -> Part:
    programmes = report.defaults["programmes"]
    return Part(
        key="how",
        title="How it was worked out",
        says=(
            (
                f"Rules of version {report.rules_version}. Dropped out means discharged as stopped"
                f" coming, or no contact for {programmes['drop_out_days']} days or more by the last"
                f" day. A group of fewer than {programmes['small_group']} is not broken down"
                " further. Quartiles between two values are in proportion. Percentages are whole,"
                " rounded down."
            ),
        ),
    )


def _curve(curve: Mapping[str, Any] | None, *, least: int) -> Curve | None:
    if curve is None:
        return None
    lasts = Decimal(_lasts(curve))
    high = max(RISK_WEEKS[-1], 4 * ceil(lasts / 4))
    places = Curve(says="", path="", x_ticks=(), y_ticks=(), at_risk=())
    across = Scale(low=0, high=high, bottom=places.left, top=places.right)
    up = Scale(low=0, high=100, bottom=places.bottom, top=places.top)
    path = [f"M{across.y(0)} {up.y(0)}"]
    for step in curve["steps"]:
        x, y = across.y(float(step["weeks"])), up.y(float(step["returned_percent"]))
        path.append(f"H{x}V{y}")
    path.append(f"H{across.y(float(lasts))}")
    weeks = [*RISK_WEEKS, *([high] if high - RISK_WEEKS[-1] >= 4 else [])]
    told = ", ".join(f"{share} % by week {week}" for week, share in curve["by"] if share and week)
    return Curve(
        says=f"Share running again until week {lasts}{': ' if told else ''}{told}.",
        path="".join(path),
        x_ticks=tuple(Tick(at=across.y(week), words=str(week)) for week in weeks),
        y_ticks=tuple(Tick(at=up.y(share), words=f"{share} %") for share in (0, 25, 50, 75, 100)),
        at_risk=tuple(
            Tick(at=across.y(week), words=f"<{least}" if count is None else str(count))
            for week, count in curve["at_risk"]
        ),
    )


def _bars(bands: Iterable[Sequence[Any]] | None) -> tuple[Bar, ...]:
    if bands is None:
        return ()
    found = list(bands)
    along = Scale(low=0, high=max(count for *_, count in found), bottom=0, top=BAR_LONGEST)
    return tuple(
        Bar(
            words=_band(low, high),
            y=BAR_STEP * nth,
            width=along.y(count),
            count=count,
            # A loss beyond measurement error is the one that means something.
            tone="caution" if low is None else "neutral" if low < 0 else "",
        )
        for nth, (low, high, count) in enumerate(found)
    )


def later_words(count: int, *, on: date) -> str:
    """What is known on that day of the report's figures, of which ``count`` episodes would give
    something else by now.
    """
    said = counted(count, "episode would give", "episodes would give") if count else "nothing gives"
    return f"Known on {on:%-d %B %Y}: {said} something else."


def as_csv(report: PeriodReport, *, later: str) -> bytes:
    """The report as a CSV file: one line a figure, no names and no single episode.

    ``later`` are the words of ``later_words``.
    """
    shown = page(report)
    rows: list[tuple[Cell, ...]] = [
        ("Practice outcomes", shown.title),
        ("Worked out", shown.made),
        ("Later corrections", later),
        (),
        ("Part", "Table", "Row", "Column", "Value"),
    ]
    for part in shown.parts:
        rows += [(part.title, "", "", "In words", words) for words in (*part.says, *part.notes)]
        for table in part.tables:
            for row in table.rows:
                columns = table.columns[1:]
                cells = row.cells + row.cells[-1:] * (len(columns) - len(row.cells))
                rows += [
                    (part.title, table.caption, row.label, column, cell)
                    for column, cell in zip(columns, cells, strict=True)
                ]
    return csv_bytes(rows)


def as_pdf(report: PeriodReport, *, later: str) -> bytes:
    """The report as PDF, the same bytes for the same ``later``, the words of ``later_words``.

    Raises ``Refused`` with a sentence for the user where this machine can't print.
    """
    created = report.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    context = {**_head(report), "page": page(report), "created": created, "later": later}
    try:
        return render_pdf("programmes/outcomes_pdf.html", context)
    except Unprintable as error:
        raise Refused(str(error)) from error


# --- What became known later ----------------------------------------------------------------------

FIELDS = {
    "location": "Location",
    "pathway": "Pathway",
    "started_on": "Programme began",
    "ended_on": "Discharged",
    "outcome": "Outcome",
    "last_contact": "Last contact",
    "stays": "Days in stages",
    "left_in": "Stage at the end",
    "sessions": "Sessions",
    "mornings": "Mornings after",
    "decisions": "Decisions",
    "baseline": "First VISA-A",
    "latest": "Last VISA-A",
    "raises": "Heel raises of both sides",
    "ran": "Running",
    "waits_from": "Waits to run again since",
    "ran_on": "First running session",
    "planned": "Sessions planned",
    "observed": "Sessions seen",
    "reported": "Sessions as reported",
    "percent": "Sessions done, %",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An episode that would give something else now: what, and why as far as that is known."""

    code: str
    says: str
    values: tuple[tuple[str, str, str], ...]
    because: str


def changed(found: Iterable[Difference]) -> tuple[Changed, ...]:
    """The differences in words: label, was, is now."""
    return tuple(_changed(each) for each in found)


def _changed(found: Difference) -> Changed:
    because = reasons_in_words(found.because)
    if found.was is None:
        says = "Was not counted, and would be now"
    elif found.now is None:
        says = "Was counted, and would no longer be"
    else:
        was, now = found.was, found.now
        values = tuple(
            (label, in_words(name, was.get(name)), in_words(name, now.get(name)))
            for name, label in FIELDS.items()
            # What an older report did not keep can't have changed.
            if name in was and was[name] != now.get(name)
        )
        return Changed(code=found.code, says="", values=values, because=because)
    return Changed(code=found.code, says=says, values=(), because=because)


REASONS = {
    "corrected": ("session", "corrected"),
    "struck": ("session", "struck out"),
    "logged": ("session", "entered"),
    "morning": ("morning after the session", "told"),
    "decided": ("session", "decided"),
    "scored": ("VISA-A", "entered"),
    "score_struck": ("VISA-A", "struck out"),
    "tested": ("function tests", "entered"),
    "raised": ("heel raises of both sides", "entered"),
    "not_done": ("diary line not done", "entered"),
    "signed": ("examination", "signed"),
    "amended": ("examination", "amended"),
    "moved": ("change of step", "entered"),
    "reopened": ("opening again", "entered"),
    "issued": ("programme", "issued"),
    "discharged": ("discharge", "entered"),
    "error": ("closing as opened in error", "entered"),
}
"""What a reason is about, and what was done with it after the report."""
NAMED_AT_MOST = 3
"""How many of one kind are named one by one."""


def reasons_in_words(found: Iterable[Reason]) -> str:
    """What was recorded since: each with its day, many of one kind with their first and last."""
    said = []
    for kind, alike in groupby(found, key=lambda each: each.kind):
        reasons = list(alike)
        if len(reasons) <= NAMED_AT_MOST:
            said += [_reason(each) for each in reasons]
            continue
        about, done = REASONS[kind]
        days = sorted(each.on for each in reasons if each.on is not None)
        said.append(
            f"{about} {done} later, {len(reasons)} times ({days[0]:%-d %b %Y} to"
            f" {days[-1]:%-d %b %Y})"
        )
    return "; ".join(said)


def _reason(found: Reason) -> str:
    about, done = REASONS[found.kind]
    of = f" of {found.on:%-d %b %Y}" if found.on else ""
    when = f" on {found.at:%-d %b %Y}" if found.at else " after this report"
    in_order = sorted(found.names, key=[*LABELS, "running"].index)
    names = ", ".join(_corrected_name(name, found) for name in in_order)
    return f"{about}{of} {done}{when}{f' ({names})' if names else ''}"


def _corrected_name(name: str, found: Reason) -> str:
    if name == "running":
        return "whether the patient runs"
    if name == "happened_on" and found.was:
        return f"date, was {found.was:%-d %b %Y}"
    return LABELS[name].lower()


WORDS: Mapping[str, Mapping[str, str]] = {
    "location": LOCATIONS,
    "pathway": PATHWAYS,
    "outcome": ENDINGS,
    "left_in": STAGES,
    "ran": RAN,
}


def in_words(name: str, value: Any) -> str:
    """A value of a stored account as it is read; "none" for what there is not."""
    match value:
        case None | "":
            return "none"
        case bool():
            return "yes" if value else "no"
        case dict():
            return f"{value['total']} on {_day(value['on'])}"
        case list():
            return ", ".join(
                f"{STAGES[stay['stage']].lower()} {stay['days']}{' (left)' if stay['over'] else ''}"
                for stay in value
            )
        case str() if name in WORDS:
            return WORDS[name].get(value, value)
        case str():
            return _day(value)
        case _:
            return str(value)


def _day(stored: str) -> str:
    return f"{date.fromisoformat(stored):%-d %b %Y}"
