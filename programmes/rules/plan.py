"""A plan that is being edited, as a value: columns are steps, rows exercises, cells doses as typed.

Stored and compared as a flat mapping of places to values, so that an edit is the places it changed
with both values. That makes undoing exact, and tells two people's edits apart by place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from assessments.rules.terms import Stage
from programmes.rules.terms import Protocol

STAGES = tuple(Stage)

MOST_COLUMNS = 120
MOST_ROWS = 120
MOST_LETTERS = 200
"""Letters of one cell, title or span of weeks."""
MOST_SESSIONS = 100

Flat = Mapping[str, Any]
"""Places of a plan with their values: "col/…", "row/…", "cell/<row>/<column>" and the orders."""

Patch = Mapping[str, Sequence[Any]]
"""Places an edit changed, each with the value before and after; None where there is none."""


class Clash(ValueError):
    """Places somebody else changed meanwhile. ``places`` maps each to the value it has now."""

    def __init__(self, places: Mapping[str, Any]) -> None:
        super().__init__("somebody else changed this meanwhile")
        self.places = places


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One step of the plan. ``id`` stays the same from version to version.

    ``rung`` is the published name of the step, as F3; blank for a step a clinician made. ``weeks``
    is the span of weeks as text, ``least`` the least number of sessions, 0 where there is none.
    Raises ``ValueError`` naming the field.
    """

    id: str
    stage: Stage
    order: int
    protocol: Protocol = Protocol.OWN
    title: str = ""
    weeks: str = ""
    least: int = 0
    rung: str = ""

    def __post_init__(self) -> None:
        _check_id(self.id)
        _check_letters("title", self.title, 120)
        _check_letters("weeks", self.weeks, 60)
        _check_letters("rung", self.rung, 4)
        if not isinstance(self.least, int) or not 0 <= self.least <= MOST_SESSIONS:
            raise ValueError(f"least: must be 0 to {MOST_SESSIONS} sessions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One exercise of one stage, by its key in the library. Raises ``ValueError``."""

    id: str
    stage: Stage
    order: int
    exercise: str

    def __post_init__(self) -> None:
        _check_id(self.id)
        if not self.exercise:
            raise ValueError("exercise: must be named")
        _check_letters("exercise", self.exercise, 60)


Cell = tuple[str, str]
"""A row and a column, by their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Columns and rows in the order they are shown, and what is typed in the cells.

    A cell nobody filled has no entry: the exercise isn't done at that step. A cell joins a row and
    a column of one stage; no stage has an exercise twice. Raises ``ValueError``.
    """

    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    cells: Mapping[Cell, str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(sorted(self.columns, key=_in_order)))
        object.__setattr__(self, "rows", tuple(sorted(self.rows, key=_in_order)))
        if len(self.columns) > MOST_COLUMNS or len(self.rows) > MOST_ROWS:
            raise ValueError(f"plan: at most {MOST_COLUMNS} steps and {MOST_ROWS} exercises")
        columns = {each.id: each for each in self.columns}
        rows = {each.id: each for each in self.rows}
        if len(columns) < len(self.columns) or len(rows) < len(self.rows):
            raise ValueError("plan: an id stands twice")
        if len({(each.stage, each.exercise) for each in self.rows}) < len(self.rows):
            raise ValueError("plan: an exercise stands twice in a stage")
        for (row, column), text in self.cells.items():
            if row not in rows or column not in columns:
                raise ValueError("plan: a cell without its row or column")
            if rows[row].stage is not columns[column].stage:
                raise ValueError("plan: a cell joins two stages")
            if not text.strip():
                raise ValueError("plan: an empty cell has no entry")
            _check_letters("cell", text, MOST_LETTERS)

    def column(self, id: str) -> Column:
        """The column with this id. Raises ``KeyError``."""
        return _one(self.columns, id)

    def row(self, id: str) -> Row:
        """The row with this id. Raises ``KeyError``."""
        return _one(self.rows, id)

    def columns_of(self, stage: Stage) -> tuple[Column, ...]:
        """The steps of a stage in order."""
        return tuple(each for each in self.columns if each.stage is stage)

    def rows_of(self, stage: Stage) -> tuple[Row, ...]:
        """The exercises of a stage in order."""
        return tuple(each for each in self.rows if each.stage is stage)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that have a step or an exercise, in their order."""
        used = {column.stage for column in self.columns} | {row.stage for row in self.rows}
        return tuple(stage for stage in STAGES if stage in used)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it yet."""
        return not self.columns and not self.rows


def flat(plan: Plan) -> dict[str, Any]:
    """The plan as JSON stores it."""
    stored: dict[str, Any] = {}
    for kind, things in (("col", plan.columns), ("row", plan.rows)):
        for each in things:
            values = asdict(each)
            del values["id"]
            stored[f"{kind}/{each.id}/order"] = values.pop("order")
            stored[f"{kind}/{each.id}"] = {name: _plain(value) for name, value in values.items()}
    for (row, column), text in plan.cells.items():
        stored[f"cell/{row}/{column}"] = text
    return stored


def from_flat(stored: Flat) -> Plan:
    """The plan ``flat`` stored. Raises ``ValueError`` for anything else."""
    columns, rows, cells = [], [], {}
    try:
        for place, value in stored.items():
            match place.split("/"):
                case ["col", id]:
                    columns.append(_column(id, stored[f"{place}/order"], value))
                case ["row", id]:
                    order = stored[f"{place}/order"]
                    rows.append(
                        Row(
                            id=id,
                            order=order,
                            stage=Stage(value["stage"]),
                            exercise=value["exercise"],
                        )
                    )
                case ["cell", row, column]:
                    cells[row, column] = value
                case ["col" | "row", _, "order"]:
                    if place.removesuffix("/order") not in stored:
                        raise ValueError("plan: an order of nothing")
                case _:
                    raise ValueError(f"plan: has no place {place!r}")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"plan: is not what a plan stores ({error})") from None
    return Plan(columns=tuple(columns), rows=tuple(rows), cells=cells)


def _column(id: str, order: int, value: Mapping[str, Any]) -> Column:
    return Column(
        id=id,
        order=order,
        **{
            **value,
            "stage": Stage(value["stage"]),
            "protocol": Protocol(value.get("protocol", Protocol.OWN)),
        },
    )


def patch_between(before: Flat, after: Flat) -> dict[str, list[Any]]:
    """The places that differ, with both values; empty when nothing does."""
    return {
        place: [before.get(place), after.get(place)]
        for place in sorted({*before, *after})
        if before.get(place) != after.get(place)
    }


def patched(stored: Flat, patch: Patch) -> dict[str, Any]:
    """The plan with a patch applied. Raises ``Clash`` when a place isn't as it was before it."""
    clashing = {
        place: stored.get(place)
        for place, (before, _after) in patch.items()
        if stored.get(place) != before
    }
    if clashing:
        raise Clash(clashing)
    result = dict(stored)
    for place, (_before, after) in patch.items():
        if after is None:
            result.pop(place, None)
        else:
            result[place] = after
    return result


def reverse(patch: Patch) -> dict[str, list[Any]]:
    """The patch that takes this one back."""
    return {place: [after, before] for place, (before, after) in patch.items()}


def with_columns(plan: Plan, columns: Iterable[Column]) -> Plan:
    """The plan with these columns, cells of those that are gone removed."""
    kept = tuple(columns)
    ids = {each.id for each in kept}
    cells = {cell: text for cell, text in plan.cells.items() if cell[1] in ids}
    return replace(plan, columns=kept, cells=cells)


def with_rows(plan: Plan, rows: Iterable[Row]) -> Plan:
    """The plan with these rows, cells of those that are gone removed."""
    kept = tuple(rows)
    ids = {each.id for each in kept}
    cells = {cell: text for cell, text in plan.cells.items() if cell[0] in ids}
    return replace(plan, rows=kept, cells=cells)


_Thing = TypeVar("_Thing", Column, Row)


def _one(things: Iterable[_Thing], id: str) -> _Thing:
    for each in things:
        if each.id == id:
            return each
    raise KeyError(id)


def _in_order(each: Column | Row) -> tuple[int, int, str]:
    return (STAGES.index(each.stage), each.order, each.id)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, (Stage, Protocol)) else value


def _check_id(id: str) -> None:
    if not (id.isascii() and id.isalnum() and 0 < len(id) <= 12):
        raise ValueError("id: up to 12 letters and digits")


def _check_letters(name: str, text: str, most: int) -> None:
    if not isinstance(text, str) or len(text) > most:
        raise ValueError(f"{name}: at most {most} letters")
    if "\x00" in text:
        raise ValueError(f"{name}: has a character that can't be stored")


EMPTY = Plan(cells={})
"""A blank page."""
