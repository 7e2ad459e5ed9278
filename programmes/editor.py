"""The plan editor's page: a draft as tables of boxes with what each means for this tendon."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assessments.rules.terms import Grade, Stage
from programmes.in_force import defaults_in_force
from programmes.plan_table import PROTOCOL_WORDS, STAGE_WORDS
from programmes.rules.diff import week_words
from programmes.rules.edits import Desk, plan_of_stages
from programmes.rules.library import Exercise
from programmes.rules.library.entry import Contraction
from programmes.rules.plan import STAGES, Cell, Column, Plan, Row
from programmes.rules.proposal import StagePlan, suited
from programmes.rules.protocols import LADDERS, Ladder
from programmes.rules.safety import RUNNING_STAGES, PlanTendon, Refusal, Verdict, checked, verdict
from programmes.rules.terms import Protocol
from programmes.rules.week import Week, WeekItem, week
from programmes.rules.words import counted
from programmes.selectors.drafts import DraftPage

REFUSALS_SHOWN = 8
LONGEST_NOTE_OFFERED = 180
TONES = {Grade.ALLOWED: "ok", Grade.CAUTION: "caution", Grade.CONTRAINDICATED: "stop"}
WORDS = {
    Grade.ALLOWED: "Allowed",
    Grade.CAUTION: "Caution",
    Grade.CONTRAINDICATED: "Contraindicated",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoValues:
    """A place two people changed: what it holds now and whose that is, and what was sent.

    ``op`` and ``edit`` are what makes it ``mine`` after all.
    """

    where: str
    theirs: str
    who: str
    mine: str
    op: str
    edit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unstored:
    """What was typed into a box and can't be stored, with the reason."""

    where: str
    text: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """What of a request could not be made as it was sent, by the place of the plan it is about.

    ``clashes`` are under a cell's place, under "col/<column>" for its name, under "" for an edit of
    many places. ``unstored`` are under the place of their box, "title/<column>" and
    "weeks/<column>" too.
    """

    clashes: Mapping[str, TwoValues] = field(default_factory=dict)
    unstored: Mapping[str, Unstored] = field(default_factory=dict)

    @property
    def loose(self) -> tuple[TwoValues, ...]:
        """The clashes that have no cell to stand at."""
        return tuple(each for place, each in self.clashes.items() if not place.startswith("cell/"))

    @property
    def status(self) -> int:
        """The status of an answer that shows them, 200 when there are none."""
        return 409 if self.clashes else 422 if self.unstored else 200

    def lost(self, plan: Plan) -> tuple[Unstored, ...]:
        """What was typed into boxes this plan has no more."""
        return tuple(each for place, each in self.unstored.items() if not has_box(plan, place))


NO_TROUBLES = Troubles()


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One cell: what stands in it, its dose in words, and what is wrong or to be minded.

    ``tone`` is "error" for what can't be read, "stop" or "caution" for what the matrix says, blank
    for anything else. ``label`` is its accessible name.
    """

    row: str
    column: str
    label: str
    text: str = ""
    words: str = ""
    error: str = ""
    understood: str = ""
    tone: str = ""
    because: str = ""
    clash: TwoValues | None = None

    @property
    def place(self) -> str:
        """The place of this cell in the plan."""
        return f"cell/{self.row}/{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One exercise with its safety for this tendon; ``unlock`` says what could open it."""

    id: str
    stage: str
    exercise: str
    name: str
    tone: str
    word: str
    because: str
    unlock: str
    opened: bool
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One step: ``here`` is where the patient stands."""

    id: str
    number: int
    name: str
    title: str
    weeks: str
    least: int
    rung: str
    here: bool
    title_error: str = ""
    weeks_error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One stage; ``protocol`` names the protocols its steps come from."""

    stage: str
    label: str
    protocol: str
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    waits: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing is planned in this stage yet."""
        return not self.heads and not self.lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """One thing against issuing: ``target`` is the id of the box or heading it is about."""

    says: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One exercise of the library as the list of exercises offers it."""

    key: str
    name: str
    stage: str
    family: str
    tone: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """One way to begin: ``about`` says how long it is, ``tone`` and ``fits`` what it is here."""

    source: str
    name: str
    about: str
    tone: str = ""
    fits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What an answer to an edit of cells alone swaps."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LivedWeek:
    """The week of one step. ``name`` as "Isotonic step 3"."""

    id: str
    name: str
    title: str
    week: Week


def tables_of(page: DraftPage, troubles: Troubles = NO_TROUBLES) -> tuple[Table, ...]:
    """Every stage in order, those with nothing in them too, so that anything can be added."""
    return tuple(_table(page, stage, troubles) for stage in STAGES)


def has_box(plan: Plan, place: str) -> bool:
    """Whether the page of this plan has the box of ``Troubles.unstored`` at this place."""
    columns = {each.id: each.stage for each in plan.columns}
    match place.split("/"):
        case ["cell", row, column]:
            rows = {each.id: each.stage for each in plan.rows}
            return row in rows and rows[row] is columns.get(column)
        case [_, column]:
            return column in columns
    return False


def changed_by(
    page: DraftPage, patches: Iterable[Mapping[str, Any]], troubles: Troubles = NO_TROUBLES
) -> Changed | None:
    """The cells that were changed, with their rows; None when more than cells was."""
    places = {place for patch in patches for place in patch} | {*troubles.clashes}
    cells = {tuple(place.split("/")[1:]) for place in places if place.startswith("cell/")}
    if len(cells) < len(places):
        return None
    lines = [
        line
        for stage in page.plan.stages
        for line in _lines(page, stage, troubles, only={row for row, _column in cells})
    ]
    return Changed(
        boxes=tuple(box for line in lines for box in line.boxes if (box.row, box.column) in cells),
        lines=tuple(lines),
        steps=tuple(dict.fromkeys(column for _row, column in sorted(cells))),
    )


def weeks_of(page: DraftPage, only: Sequence[str] | None = None) -> tuple[LivedWeek, ...]:
    """Each step's week as the patient will live it; ``only`` names the steps to work out."""
    return tuple(
        LivedWeek(id=column.id, name=name, title=column.title, week=_lived(page, column))
        for stage in page.plan.stages
        for column, name in _named(page.plan, stage)
        if only is None or column.id in only
    )


def refusals_of(page: DraftPage) -> tuple[tuple[Stands, ...], int]:
    """What stands against issuing: the first ones, and how many more there are.

    The same reason at several steps of one exercise is told once.
    """
    told: dict[tuple[str, str], list[Refusal]] = {}
    for each in page.checked.refusals:
        row = each.place.split("/")[1] if each.place.startswith("cell/") else each.place
        reason = each.says.partition(": ")[2] or each.says
        told.setdefault((row, reason), []).append(each)
    found = tuple(
        Stands(
            says=same[0].says + _and_more(len(same) - 1),
            target=same[0].place.replace("/", "-"),
        )
        for same in told.values()
    )
    return found[:REFUSALS_SHOWN], max(0, len(found) - REFUSALS_SHOWN)


def unreadable_of(page: DraftPage) -> int:
    """How many cells can't be read."""
    return sum(bool(cell.error) for cell in page.checked.cells.values())


def unreadable_in(page: DraftPage, patch: Mapping[str, Any]) -> bool:
    """Whether a cell this patch changed can't be read."""
    return any(
        cell.error and f"cell/{row}/{column}" in patch
        for (row, column), cell in page.checked.cells.items()
    )


def choices_of(page: DraftPage) -> tuple[Choice, ...]:
    """The library for the list of exercises, each graded for this tendon; no retired ones."""
    return tuple(
        Choice(
            key=each.key,
            name=each.name,
            stage=each.stage.value,
            family=STAGE_WORDS[each.stage],
            tone=TONES[found.grade],
            word=WORDS[found.grade],
        )
        for each in page.desk.catalogue.values()
        if each.key not in page.desk.retired
        for found in (_usually(each, page.tendon),)
    )


def protocols_of(tendon: PlanTendon, desk: Desk) -> tuple[Beginning, ...]:
    """Each built-in protocol, suited to the place, with what of it this tendon must not do."""
    return tuple(_beginning(each, tendon, desk) for each in LADDERS.values())


def steps_of(page: DraftPage) -> list[tuple[str, str]]:
    """The steps by their ids, for choosing where the patient continues."""
    return [
        (column.id, name + (f": {column.title}" if column.title else ""))
        for stage in page.plan.stages
        for column, name in _named(page.plan, stage)
    ]


def note_offered(page: DraftPage, edits: Sequence[str]) -> str:
    """What changed, for the note of the version: what it was begun from, then its edits."""
    draft = page.draft
    protocols = dict.fromkeys(each.protocol for each in page.plan.columns)
    known = [PROTOCOL_WORDS[each] for each in protocols if each is not Protocol.OWN]
    note = f"From {', '.join(known)}." if known else "Own plan."
    if draft.based_on is not None:
        note = f"Begun from version {draft.based_on.number}."
    for number, each in enumerate(edits):
        if len(note) + len(each) > LONGEST_NOTE_OFFERED:
            return f"{note} And {counted(len(edits) - number, 'more change')}."
        note += f" {each}."
    return note


def place_words(plan: Plan, place: str, desk: Desk) -> str:
    """A place of the plan in words; "The order" where it is one."""
    match place.split("/"):
        case ["cell", row, column] if row in {each.id for each in plan.rows} and column in {
            each.id for each in plan.columns
        }:
            found = plan.row(row)
            steps = {each.id: name for each, name in _named(plan, found.stage)}
            return f"{_exercise_name(found, desk)}, {_lower(steps[column])}"
        case ["row", row] if row in {each.id for each in plan.rows}:
            return _exercise_name(plan.row(row), desk)
        case ["col", column] if column in {each.id for each in plan.columns}:
            steps = {each.id: name for each, name in _named(plan, plan.column(column).stage)}
            return steps[column]
        case [_, _, "order"]:
            return "The order"
        case _:
            return "A part of the plan"


def value_words(value: Any) -> str:
    """A value of a place as a person reads it."""
    match value:
        case None | "":
            return "blank"
        case {"exercise": key}:
            return str(key).replace("_", " ")
        case {"title": title, "weeks": weeks}:
            parts = [title, week_words(weeks)]
            return ", ".join(part for part in parts if part) or "no name"
        case _:
            return str(value)


def _lived(page: DraftPage, column: Column) -> Week:
    items = []
    for row in page.plan.rows_of(column.stage):
        cell = page.checked.cells.get((row.id, column.id))
        known = page.desk.catalogue.get(row.exercise)
        if cell and cell.dose is not None and known:
            lowering = known.contraction is Contraction.ECCENTRIC
            items.append(
                WeekItem(
                    name=known.name,
                    lowering_only=lowering,
                    row=cell.row or known.row,
                    dose=cell.dose,
                )
            )
    programme = page.standing.programme
    # The days kept with a programme are those the patient can run on.
    runs = programme is not None and column.stage in RUNNING_STAGES
    days = frozenset(programme.training_days) if programme and runs else frozenset()
    return week(
        items, stage=column.stage, protocol=column.protocol, days=days, defaults=defaults_in_force()
    )


def _and_more(steps: int) -> str:
    return f" And at {counted(steps, 'more step')}." if steps else ""


def _table(page: DraftPage, stage: Stage, troubles: Troubles) -> Table:
    columns = _named(page.plan, stage)
    protocols = dict.fromkeys(column.protocol for column, _name in columns)
    named = [PROTOCOL_WORDS[each] for each in protocols if each is not Protocol.OWN]
    capped = stage is not Stage.ISOMETRIC and bool(columns) and page.tendon.isometric_only
    return Table(
        stage=stage.value,
        label=STAGE_WORDS[stage],
        protocol=", ".join(named),
        heads=tuple(
            _head(page, column, number, name, troubles)
            for number, (column, name) in enumerate(columns, start=1)
        ),
        lines=_lines(page, stage, troubles),
        waits=capped or "",
    )


def _head(page: DraftPage, column: Column, number: int, name: str, troubles: Troubles) -> Head:
    title = troubles.unstored.get(f"title/{column.id}")
    weeks = troubles.unstored.get(f"weeks/{column.id}")
    return Head(
        id=column.id,
        number=number,
        name=name,
        title=title.text if title else column.title,
        title_error=title.says if title else "",
        weeks=weeks.text if weeks else column.weeks,
        weeks_error=weeks.says if weeks else "",
        least=column.least,
        rung=column.rung,
        here=column.id == page.here,
    )


def _lines(
    page: DraftPage, stage: Stage, troubles: Troubles, only: set[str] | None = None
) -> tuple[Line, ...]:
    columns = _named(page.plan, stage)
    return tuple(
        _line(page, row, columns, troubles)
        for row in page.plan.rows_of(stage)
        if only is None or row.id in only
    )


def _line(
    page: DraftPage, row: Row, columns: Sequence[tuple[Column, str]], troubles: Troubles
) -> Line:
    name = _exercise_name(row, page.desk)
    found = page.checked.rows.get(row.id)
    return Line(
        id=row.id,
        stage=row.stage.value,
        exercise=row.exercise,
        name=name,
        tone=TONES[found.grade] if found else "missing",
        word=WORDS[found.grade] if found else "Not known",
        because=found.because if found else "The library has no such exercise any more.",
        unlock=found.unlock if found else "",
        opened=found.opened if found else False,
        boxes=tuple(
            _box(page, (row.id, column.id), f"{name}, {_lower(step)}", troubles)
            for column, step in columns
        ),
    )


def _box(page: DraftPage, where: Cell, label: str, troubles: Troubles) -> Box:
    row, column = where
    cell = page.checked.cells.get(where)
    clash = troubles.clashes.get(f"cell/{row}/{column}")
    if kept := troubles.unstored.get(f"cell/{row}/{column}"):
        return Box(
            row=row, column=column, label=label, text=kept.text, error=kept.says, tone="error"
        )
    if cell is None:
        return Box(row=row, column=column, label=label, clash=clash)
    tone = TONES[cell.verdict.grade]
    return Box(
        row=row,
        column=column,
        label=label,
        text=cell.text,
        words=cell.words,
        error=cell.error,
        understood=cell.understood if cell.error else "",
        tone="error" if cell.error else "" if tone == "ok" else tone,
        because=cell.verdict.because if tone != "ok" else "",
        clash=clash,
    )


def _lower(name: str) -> str:
    return f"{name[:1].lower()}{name[1:]}"


def _named(plan: Plan, stage: Stage) -> list[tuple[Column, str]]:
    """The steps of a stage with their names, as "Isotonic step 3"."""
    return [
        (column, f"{STAGE_WORDS[stage]} step {number}")
        for number, column in enumerate(plan.columns_of(stage), start=1)
    ]


def _exercise_name(row: Row, desk: Desk) -> str:
    known = desk.catalogue.get(row.exercise)
    return known.name if known else row.exercise


def _usually(exercise: Exercise, tendon: PlanTendon) -> Verdict:
    return verdict(exercise.row, None, tendon, stage=exercise.stage, defaults=defaults_in_force())


def _beginning(ladder: Ladder, tendon: PlanTendon, desk: Desk) -> Beginning:
    steps = ladder.steps
    about = [STAGE_WORDS[ladder.stage].lower(), counted(len(steps), "step")]
    if ladder.weeks:
        about.append(counted(ladder.weeks, "week"))
    plan = plan_of_stages((_suited(ladder, tendon),), desk)
    worst = [
        each.grade
        for each in checked(plan, tendon, desk, defaults=defaults_in_force()).rows.values()
    ]
    barred, wary = worst.count(Grade.CONTRAINDICATED), worst.count(Grade.CAUTION)
    tone, fits = "ok", "Allowed"
    if barred:
        tone, fits = "stop", f"{barred} of {counted(len(worst), 'exercise')} contraindicated"
    elif wary:
        tone, fits = "caution", f"Caution with {wary} of {counted(len(worst), 'exercise')}"
    return Beginning(
        source=f"protocol:{ladder.protocol.value}",
        name=ladder.name,
        about=", ".join(about),
        tone=tone,
        fits=fits,
    )


def _suited(ladder: Ladder, tendon: PlanTendon) -> StagePlan:
    steps = tuple(
        replace(step, items=tuple(suited(item, tendon.location) for item in step.items))
        for step in ladder.steps
    )
    return StagePlan(stage=ladder.stage, protocol=ladder.protocol, steps=steps)
