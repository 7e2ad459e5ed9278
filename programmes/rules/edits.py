"""Edits of a plan: what a page may ask for, what each does, and how it is taken back.

An edit works on the plan as it is now. Whether it runs over somebody else's is told by the places
it changes: ``clashes`` compares them with those changed since the page last looked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import count
from typing import Any

from assessments.rules.terms import Stage
from patients.rules.terms import Side
from programmes.rules.diff import STAGE_NAMES, step_words, week_words
from programmes.rules.dose import AnyDose
from programmes.rules.fill import Fill, Owned, filled, read_fill
from programmes.rules.library import Catalogue
from programmes.rules.notation import NotUnderstood, read, short
from programmes.rules.plan import (
    STAGES,
    Cell,
    Clash,
    Column,
    Patch,
    Plan,
    Row,
    with_columns,
    with_rows,
)
from programmes.rules.proposal import StagePlan
from programmes.rules.protocols import Ladder
from programmes.rules.terms import Protocol
from programmes.rules.words import counted

# The cells of a plan are read for every answer, and hold the same few doses.
_read = lru_cache(maxsize=10_000)(read)


class NotPossible(ValueError):
    """An edit that can't be made, with a sentence for whoever asked."""


class Mode(StrEnum):
    """What adding a protocol or template does to the steps that stand."""

    APPEND = "append"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an edit needs to know besides the plan.

    ``new_id`` gives ids no plan of this episode has; ``side`` is the leg of the episode;
    ``retired`` are exercises the practice offers no more, which old plans may still hold.
    """

    catalogue: Catalogue
    side: Side | None
    owned: Owned
    new_id: Callable[[], str]
    retired: frozenset[str] = frozenset()

    def dose(self, exercise: str, text: str) -> AnyDose:
        """The dose typed for an exercise. Raises ``NotUnderstood``."""
        return _read(text, usual=self.catalogue[exercise].usual, side=self.side)

    def written(self, exercise: str, dose: AnyDose) -> str:
        """The dose as it is typed."""
        return short(dose, usual=self.catalogue[exercise].usual, side=self.side)

    def tidy(self, exercise: str, text: str) -> str:
        """The text as it is kept: a dose in its short form, anything else as typed."""
        typed = " ".join(text.split())
        try:
            return self.written(exercise, self.dose(exercise, typed)) if typed else ""
        except NotUnderstood:
            return typed


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCells:
    """Type into cells; blank text empties one. All of them or none."""

    cells: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRow:
    """Fill a row from its first column on by a rule, as "+5kg every 2"."""

    row: str
    columns: tuple[str, ...]
    rule: str
    start: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRow:
    """Add an exercise to a stage, before a row or at the end."""

    stage: Stage
    exercise: str
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveRow:
    """Take an exercise out of its stage, with its doses."""

    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    """Bring a row before another of its stage, or to the end."""

    row: str
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapRow:
    """Another exercise with the same doses."""

    row: str
    exercise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddColumns:
    """Add steps to a stage, before a column or at the end; ``copy`` names one to copy."""

    stage: Stage
    times: int = 1
    before: str | None = None
    copy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveColumn:
    """Take a step out, with its doses."""

    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveColumn:
    """Bring a step before another of its stage, or to the end."""

    column: str
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NameColumn:
    """Title, span of weeks and least number of sessions of a step."""

    column: str
    title: str
    weeks: str = ""
    least: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Paste:
    """A block from a spreadsheet, typed in from one cell on to the right and down.

    Steps are added where it is wider than the stage. A first column of exercise names is read as
    such: the exercises are found, or added.
    """

    stage: Stage
    row: str | None
    column: str | None
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPlan:
    """Add a whole protocol, template or version, under what stands or instead of it."""

    plan: Plan
    mode: Mode
    name: str = ""


Edit = (
    SetCells
    | FillRow
    | AddRow
    | RemoveRow
    | MoveRow
    | SwapRow
    | AddColumns
    | RemoveColumn
    | MoveColumn
    | NameColumn
    | Paste
    | AddPlan
)

MOST_CELLS = 2_000
MOST_NAMED = 3
"""Exercises told by name in the list of edits; more are counted."""
MOST_UNKNOWN = 10
"""Unknown names told when a block is refused; more are counted."""


def edited(plan: Plan, edit: Edit, desk: Desk) -> Plan:
    """The plan after an edit. Raises ``NotPossible`` with a sentence."""
    try:
        return _edited(plan, edit, desk)
    except KeyError as error:
        raise NotPossible(
            "This part of the plan is gone: somebody removed it meanwhile."
        ) from error
    except NotPossible:
        raise
    except ValueError as error:
        raise NotPossible(_sentence(str(error))) from error


def _edited(plan: Plan, edit: Edit, desk: Desk) -> Plan:
    match edit:
        case SetCells():
            return _typed(plan, edit.cells, desk)
        case FillRow():
            return _filled(plan, edit, desk)
        case AddRow():
            return _with_exercise(plan, edit, desk)[0]
        case RemoveRow():
            plan.row(edit.row)
            return with_rows(plan, (each for each in plan.rows if each.id != edit.row))
        case MoveRow():
            row = plan.row(edit.row)
            return with_rows(plan, _placed(plan.rows, plan.rows_of(row.stage), row, edit.before))
        case SwapRow():
            return _swapped(plan, edit, desk)
        case AddColumns():
            return _with_steps(plan, edit, desk)[0]
        case RemoveColumn():
            plan.column(edit.column)
            return with_columns(plan, (each for each in plan.columns if each.id != edit.column))
        case MoveColumn():
            column = plan.column(edit.column)
            among = plan.columns_of(column.stage)
            return with_columns(plan, _placed(plan.columns, among, column, edit.before))
        case NameColumn():
            named = replace(
                plan.column(edit.column),
                title=edit.title.strip(),
                weeks=edit.weeks.strip(),
                least=edit.least,
            )
            return with_columns(
                plan, (named if each.id == named.id else each for each in plan.columns)
            )
        case Paste():
            return _pasted(plan, edit, desk)
        case _:
            return _joined(plan, edit, desk)


def says(plan: Plan, edit: Edit, desk: Desk) -> str:
    """What an edit of this plan does, in a few words for the list of edits."""
    match edit:
        case SetCells(cells=((row, column, text),)):
            before = plan.cells.get((row, column), "") or "blank"
            after = desk.tidy(plan.row(row).exercise, text) or "blank"
            return f"{_place(plan, row, column, desk)}: {before} → {after}"
        case SetCells():
            return _typed_words(plan, edit, desk)
        case FillRow():
            return f"{_name(plan.row(edit.row).exercise, desk)}: filled {edit.rule}"
        case AddRow():
            return f"{_name(edit.exercise, desk)} added"
        case RemoveRow():
            return f"{_name(plan.row(edit.row).exercise, desk)} removed"
        case MoveRow():
            return f"{_name(plan.row(edit.row).exercise, desk)} moved"
        case SwapRow():
            before = _name(plan.row(edit.row).exercise, desk)
            return f"{before} changed to {_name(edit.exercise, desk)}"
        case AddColumns():
            return f"{counted(edit.times, 'step')} added"
        case RemoveColumn():
            return f"{_step(plan, edit.column)} removed"
        case MoveColumn():
            return f"{_step(plan, edit.column)} moved"
        case NameColumn():
            told = [edit.title.strip(), week_words(edit.weeks.strip())]
            if edit.least:
                told.append(f"at least {counted(edit.least, 'session')}")
            words = ", ".join(each for each in told if each) or "without a name"
            return f"{_step(plan, edit.column)}: {words}"
        case Paste():
            return f"{counted(len(edit.lines), 'line')} pasted"
        case _:
            how = "instead of what stood" if edit.mode is Mode.REPLACE else "added"
            return f"{edit.name or 'A plan'} {how}"


def _typed_words(plan: Plan, edit: SetCells, desk: Desk) -> str:
    """Which exercises and steps were typed into: "Seated heel raise, isotonic steps 2 to 3"."""
    texts = {desk.tidy(plan.row(row).exercise, text) for row, _column, text in edit.cells}
    places = []
    for stage in STAGES:
        rows = {row for row, _column, _text in edit.cells if plan.row(row).stage is stage}
        columns = {column for _row, column, _text in edit.cells}
        names = [_name(each.exercise, desk) for each in plan.rows_of(stage) if each.id in rows]
        if not names:
            continue
        numbered = enumerate(plan.columns_of(stage), start=1)
        steps = step_words([number for number, each in numbered if each.id in columns])
        if len(names) > MOST_NAMED:
            names = [counted(len(names), "exercise")]
        places.append(f"{', '.join(names)}, {STAGE_NAMES[stage]} {steps}")
    value = texts.pop() or "emptied" if len(texts) == 1 else f"{len(edit.cells)} cells typed"
    return f"{'; '.join(places)}: {value}"


def clashes(patch: Patch, since: Iterable[Patch], now: Mapping[str, Any]) -> dict[str, Any]:
    """Places of this patch that edits ``since`` changed too, each with the value it has now.

    Two people who type the same don't clash.
    """
    touched = {place for each in since for place in each}
    return {
        place: now.get(place)
        for place, (_before, after) in patch.items()
        if place in touched and now.get(place) != after
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One entry of the list of edits: ``of`` is the edit an undo or redo is about."""

    number: int
    by: int
    of: int | None = None


def to_undo(turns: Sequence[Turn], by: int) -> int | None:
    """The number of the edit this person would take back next, None when there is none."""
    done, _undone = _stacks(turns, by)
    return done[-1] if done else None


def to_redo(turns: Sequence[Turn], by: int) -> int | None:
    """The number of the edit this person would do again next: only until they edit anew."""
    _done, undone = _stacks(turns, by)
    return undone[-1] if undone else None


def _stacks(turns: Sequence[Turn], by: int) -> tuple[list[int], list[int]]:
    """What this person has done, and has undone since their last edit; the latest last."""
    done: list[int] = []
    undone: list[int] = []
    for turn in turns:
        if turn.by != by:
            continue
        if turn.of is None:
            done.append(turn.number)
            undone.clear()
        elif turn.of in done:
            done.remove(turn.of)
            undone.append(turn.of)
        else:
            undone.remove(turn.of)
            done.append(turn.of)
    return done, undone


def plan_of_ladder(source: Ladder, desk: Desk) -> Plan:
    """A protocol as a plan of one stage."""
    return plan_of_stages(
        (StagePlan(stage=source.stage, protocol=source.protocol, steps=source.steps),), desk
    )


def plan_of_stages(stages: Iterable[StagePlan], desk: Desk, *, by_rung: bool = False) -> Plan:
    """Stages of protocols as a plan, its ids new.

    With ``by_rung`` the columns are called after the published steps, so that two proposals for one
    patient know them as the same.
    """
    columns: list[Column] = []
    rows: list[Row] = []
    cells: dict[Cell, str] = {}
    for stage in stages:
        known: dict[str, str] = {}
        for order, step in enumerate(stage.steps, start=1):
            column = Column(
                id=step.code.lower() if by_rung else desk.new_id(),
                stage=stage.stage,
                order=order,
                protocol=stage.protocol,
                title=step.title,
                weeks=step.weeks,
                least=step.min_sessions or 0,
                rung=step.code,
            )
            columns.append(column)
            for item in step.items:
                if item.exercise not in known:
                    known[item.exercise] = desk.new_id()
                    rows.append(
                        Row(
                            id=known[item.exercise],
                            stage=stage.stage,
                            order=len(known),
                            exercise=item.exercise,
                        )
                    )
                cell = known[item.exercise], column.id
                cells[cell] = desk.written(item.exercise, item.dose)
    return Plan(columns=tuple(columns), rows=tuple(rows), cells=cells)


def _typed(plan: Plan, typed: Iterable[tuple[str, str, str]], desk: Desk) -> Plan:
    cells = dict(plan.cells)
    for row, column, text in typed:
        plan.column(column)
        if kept := desk.tidy(plan.row(row).exercise, text):
            cells[row, column] = kept
        else:
            cells.pop((row, column), None)
    return replace(plan, cells=cells)


def _filled(plan: Plan, edit: FillRow, desk: Desk) -> Plan:
    if not edit.columns:
        raise NotPossible("Choose the steps to fill.")
    row = plan.row(edit.row)
    start = edit.start.strip() or plan.cells.get((row.id, edit.columns[0]), "")
    if not start:
        raise NotPossible("Type the first dose of the row, then fill from it.")
    try:
        first = desk.dose(row.exercise, start)
    except NotUnderstood as error:
        raise NotPossible(f"The first dose can't be read: {_sentence(error.problem)}") from error
    try:
        rule = read_fill(edit.rule)
    except NotUnderstood as error:
        raise NotPossible(_sentence(error.problem)) from error
    fill = Fill(
        start=first,
        what=rule.what,
        by=rule.by,
        percent=rule.percent,
        every=rule.every,
        kind=rule.kind,
    )
    doses = filled(fill, columns=len(edit.columns), owned=desk.owned)
    typed = (
        (row.id, column, desk.written(row.exercise, dose))
        for column, dose in zip(edit.columns, doses, strict=True)
    )
    return _typed(plan, typed, desk)


def _with_exercise(plan: Plan, edit: AddRow, desk: Desk) -> tuple[Plan, Row]:
    if edit.exercise not in desk.catalogue:
        raise NotPossible("The library has no such exercise.")
    _check_new_exercise(plan, edit.stage, edit.exercise, desk)
    row = Row(
        id=desk.new_id(),
        stage=edit.stage,
        order=_next(plan.rows_of(edit.stage)),
        exercise=edit.exercise,
    )
    plan = replace(plan, rows=(*plan.rows, row))
    if edit.before is not None:
        plan = with_rows(plan, _placed(plan.rows, plan.rows_of(row.stage), row, edit.before))
    return plan, row


def _swapped(plan: Plan, edit: SwapRow, desk: Desk) -> Plan:
    row = plan.row(edit.row)
    if edit.exercise not in desk.catalogue:
        raise NotPossible("The library has no such exercise.")
    _check_new_exercise(plan, row.stage, edit.exercise, desk)
    swapped = replace(row, exercise=edit.exercise)
    return with_rows(plan, (swapped if each.id == row.id else each for each in plan.rows))


def _check_new_exercise(plan: Plan, stage: Stage, exercise: str, desk: Desk) -> None:
    if any(each.exercise == exercise for each in plan.rows_of(stage)):
        raise NotPossible(f"{_name(exercise, desk)} is in this stage already.")


def _with_steps(plan: Plan, edit: AddColumns, desk: Desk) -> tuple[Plan, tuple[Column, ...]]:
    if not 1 <= edit.times <= 52:
        raise NotPossible("Add 1 to 52 steps at a time.")
    copied = plan.column(edit.copy) if edit.copy is not None else None
    stage = copied.stage if copied else edit.stage
    cells = dict(plan.cells)
    added = []
    for order in range(_next(plan.columns_of(stage)), _next(plan.columns_of(stage)) + edit.times):
        if copied:
            # Its published name would say that it is the step of the protocol.
            column = replace(copied, id=desk.new_id(), order=order, rung="")
            for row in plan.rows_of(stage):
                if text := plan.cells.get((row.id, copied.id)):
                    cells[row.id, column.id] = text
        else:
            column = Column(id=desk.new_id(), stage=stage, order=order)
        added.append(column)
    plan = replace(plan, columns=(*plan.columns, *added), cells=cells)
    for column in added if edit.before is not None else ():
        among = plan.columns_of(stage)
        plan = with_columns(plan, _placed(plan.columns, among, column, edit.before))
    return plan, tuple(added)


def _pasted(plan: Plan, edit: Paste, desk: Desk) -> Plan:
    lines = tuple(line for line in edit.lines if any(text.strip() for text in line))
    if not lines:
        raise NotPossible("There is nothing to paste.")
    if len(lines) * max(map(len, lines)) > MOST_CELLS:
        raise NotPossible(f"At most {MOST_CELLS:,} cells can be pasted at once.")
    by_name = {
        each.name.casefold(): each.key
        for each in desk.catalogue.values()
        if each.key not in desk.retired
    }
    named = [by_name.get(line[0].strip().casefold()) for line in lines]
    if _is_heading(lines[0], named, desk):
        lines, named = lines[1:], named[1:]
    if any(named) or _begins_with_names(plan, lines, edit, desk):
        if unknown := [line[0].strip() for line, key in zip(lines, named, strict=True) if not key]:
            raise NotPossible(_unknown_words(unknown))
        keys = [key for key in named if key]
        if twice := next((key for n, key in enumerate(keys) if key in keys[:n]), None):
            raise NotPossible(f"{_name(twice, desk)} stands twice in the block.")
        plan, rows = _rows_named(plan, edit.stage, keys, desk)
        lines = tuple(line[1:] for line in lines)
    else:
        rows = list(plan.rows_of(edit.stage))
        first = next((n for n, each in enumerate(rows) if each.id == edit.row), 0)
        rows = rows[first : first + len(lines)]
        if len(rows) < len(lines):
            more = counted(len(lines) - len(rows), "more exercise")
            raise NotPossible(
                f"The block has {counted(len(lines), 'line')}: add {more} first, or paste the names"
                " of the exercises with it."
            )
    columns = list(plan.columns_of(edit.stage))
    first = next((n for n, each in enumerate(columns) if each.id == edit.column), 0)
    wide = max(map(len, lines))
    if (missing := first + wide - len(columns)) > 0:
        plan, _ = _with_steps(plan, AddColumns(stage=edit.stage, times=missing), desk)
        columns = list(plan.columns_of(edit.stage))
    typed = (
        (row.id, column.id, text)
        for row, line in zip(rows, lines, strict=True)
        for column, text in zip(columns[first:], line, strict=False)
    )
    return _typed(plan, typed, desk)


def _is_heading(line: Sequence[str], named: Sequence[str | None], desk: Desk) -> bool:
    """Whether the first line of a block names its columns: "Exercise, Week 1, Week 2"."""
    known = next((key for key in named[1:] if key), None)
    if named[0] or known is None:
        return False
    return not any(_is_dose(text, known, desk) for text in line[1:])


def _begins_with_names(plan: Plan, lines: Sequence[Sequence[str]], edit: Paste, desk: Desk) -> bool:
    """Whether the block's first column is names the library doesn't have."""
    rows = plan.rows_of(edit.stage)
    exercise = rows[0].exercise if rows else next(iter(desk.catalogue))
    return all(
        line[0].strip()[:1].isalpha()
        and not _is_dose(line[0], exercise, desk)
        and any(_is_dose(text, exercise, desk) for text in line[1:])
        for line in lines
    )


def _is_dose(text: str, exercise: str, desk: Desk) -> bool:
    try:
        desk.dose(exercise, text.strip())
    except (NotUnderstood, KeyError):
        return False
    return True


def _unknown_words(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{each[:60]}”" for each in names[:MOST_UNKNOWN])
    if (more := len(names) - MOST_UNKNOWN) > 0:
        shown += f" and {more} more"
    verb = "is no exercise" if len(names) == 1 else "are no exercises"
    return f"{shown} {verb} of the library."


def _rows_named(
    plan: Plan, stage: Stage, exercises: Iterable[str], desk: Desk
) -> tuple[Plan, list[Row]]:
    rows = []
    for key in exercises:
        row = next((each for each in plan.rows_of(stage) if each.exercise == key), None)
        if row is None:
            plan, row = _with_exercise(plan, AddRow(stage=stage, exercise=key), desk)
        rows.append(row)
    return plan, rows


def _joined(plan: Plan, edit: AddPlan, desk: Desk) -> Plan:
    """The plan with another added: its ids made new, exercises that stand used again."""
    if edit.plan.is_empty:
        raise NotPossible("There is nothing in it to add.")
    if unknown := [each for each in edit.plan.rows if each.exercise not in desk.catalogue]:
        raise NotPossible(f"The library has no exercise “{unknown[0].exercise}” any more.")
    if edit.mode is Mode.REPLACE:
        gone = edit.plan.stages
        plan = with_columns(plan, (each for each in plan.columns if each.stage not in gone))
        plan = with_rows(plan, (each for each in plan.rows if each.stage not in gone))
    cells = dict(plan.cells)
    columns, rows = list(plan.columns), list(plan.rows)
    ids: dict[str, str] = {}
    for stage in STAGES:
        place = count(_next(plan.columns_of(stage)))
        for column in edit.plan.columns_of(stage):
            ids[column.id] = desk.new_id()
            columns.append(replace(column, id=ids[column.id], order=next(place)))
        standing = {each.exercise: each.id for each in plan.rows_of(stage)}
        place = count(_next(plan.rows_of(stage)))
        for row in edit.plan.rows_of(stage):
            ids[row.id] = standing.get(row.exercise) or desk.new_id()
            if row.exercise not in standing:
                rows.append(replace(row, id=ids[row.id], order=next(place)))
    for (old_row, old_column), text in edit.plan.cells.items():
        cells[ids[old_row], ids[old_column]] = desk.tidy(edit.plan.row(old_row).exercise, text)
    return Plan(columns=tuple(columns), rows=tuple(rows), cells=cells)


def _placed(everything: Iterable[Any], among: Sequence[Any], one: Any, before: str | None) -> Any:
    """All things with ``one`` brought before another of its stage; the others keep their places."""
    others = [each for each in among if each.id != one.id]
    if before is None:
        at = len(others)
    elif before == one.id:
        return tuple(everything)
    else:
        at = next((n for n, each in enumerate(others) if each.id == before), -1)
        if at < 0:
            raise KeyError(before)
    others.insert(at, one)
    orders = {each.id: order for order, each in enumerate(others, start=1)}
    return tuple(
        replace(each, order=orders[each.id]) if each.id in orders else each for each in everything
    )


def _next(things: Sequence[Column] | Sequence[Row]) -> int:
    return max((each.order for each in things), default=0) + 1


def _name(exercise: str, desk: Desk) -> str:
    known = desk.catalogue.get(exercise)
    return known.name if known else exercise


def _step(plan: Plan, column: str) -> str:
    found = plan.column(column)
    number = [each.id for each in plan.columns_of(found.stage)].index(column) + 1
    return f"{found.stage.value.replace('_', '-').capitalize()} step {number}"


def _place(plan: Plan, row: str, column: str, desk: Desk) -> str:
    return f"{_name(plan.row(row).exercise, desk)}, {_step(plan, column).lower()}"


def _sentence(text: str) -> str:
    """The message of a value's own check, its field's name left out."""
    told = text.split(": ", 1)[-1].strip()
    return f"{told[:1].upper()}{told[1:]}" + ("" if told.endswith(".") else ".")


__all__ = [
    "AddColumns",
    "AddPlan",
    "AddRow",
    "Clash",
    "Desk",
    "Edit",
    "FillRow",
    "Mode",
    "MoveColumn",
    "MoveRow",
    "NameColumn",
    "NotPossible",
    "Paste",
    "Protocol",
    "RemoveColumn",
    "RemoveRow",
    "SetCells",
    "SwapRow",
    "Turn",
    "clashes",
    "edited",
    "plan_of_ladder",
    "plan_of_stages",
    "says",
    "to_redo",
    "to_undo",
]
