"""What the plan editor may be sent: one edit of a draft, as JSON or plain fields, and its issue."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from assessments.rules.terms import Stage
from programmes.rules.edits import (
    MOST_CELLS,
    AddColumns,
    AddRow,
    Edit,
    FillRow,
    Mode,
    MoveColumn,
    MoveRow,
    NameColumn,
    Paste,
    RemoveColumn,
    RemoveRow,
    SetCells,
    SwapRow,
)
from programmes.rules.plan import MOST_LETTERS, MOST_SESSIONS, Plan

MOST_CHARACTERS = 400_000
MOST_STEPS_AT_ONCE = 52
LONGEST_ID = 12
LONGEST_KEY = 60
LONGEST_SOURCE = 60
MOST_LETTERS_OF_TITLE = 120
MOST_LETTERS_OF_WEEKS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSource:
    """Add the plan of a source ("protocol:HSR"), which only a view can look up."""

    source: str
    mode: Mode


UNDO, REDO = "undo", "redo"
EDITS = (
    "set",
    "fill",
    "add_row",
    "remove_row",
    "move_row",
    "swap_row",
    "add_columns",
    "remove_column",
    "move_column",
    "name_column",
    "paste",
    "add_plan",
    UNDO,
    REDO,
)
"""What a page may ask for, one at a time."""


class EditForm(forms.Form):
    """One edit, the revision the page had seen, and the token that makes it one edit."""

    op = forms.ChoiceField(choices=[(each, each) for each in EDITS])
    known = forms.IntegerField(min_value=0, max_value=2_000_000_000)
    token = forms.UUIDField(required=False)
    edit = forms.CharField(required=False, max_length=MOST_CHARACTERS, strip=False)

    def clean(self) -> dict[str, Any]:
        """``what`` is the edit to make, None to undo or redo."""
        cleaned = super().clean() or {}
        cleaned["token"] = cleaned.get("token") or uuid4()
        if not self.errors:
            # Without a script the fields of a form say what the JSON says.
            sent = _read_json(cleaned["edit"]) if cleaned["edit"] else _plain(self.data)
            cleaned["what"] = edit_from(cleaned["op"], sent)
            cleaned["edit"] = cleaned["edit"] or json.dumps(sent)
        return cleaned


class SaveForm(forms.Form):
    """What the page had seen whose boxes are all sent at once."""

    known = forms.IntegerField(min_value=0, max_value=2_000_000_000)


def edit_from(op: str, sent: object) -> Edit | AddSource | None:
    """The edit described by what was sent; None to undo or redo.

    Raises ``ValidationError`` for anything an edit can't be made of.
    """
    if op in (UNDO, REDO):
        return None
    if not isinstance(sent, Mapping):
        raise ValidationError("This edit can't be read. Reload the page.")
    match op:
        case "set":
            return SetCells(cells=_cells(sent.get("cells")))
        case "fill":
            return FillRow(
                row=_id(sent, "row"),
                columns=tuple(_word(each, LONGEST_ID) for each in _list(sent, "columns", 120)),
                rule=_text(sent, "rule", MOST_LETTERS),
                start=_text(sent, "start", MOST_LETTERS),
            )
        case "paste":
            return Paste(
                stage=_stage(sent),
                row=_maybe(sent, "row"),
                column=_maybe(sent, "column"),
                lines=_lines(sent),
            )
        case "add_plan":
            return AddSource(source=_text(sent, "source", LONGEST_SOURCE), mode=_mode(sent))
        case "add_row" | "remove_row" | "move_row" | "swap_row":
            return _of_row(op, sent)
        case _:
            return _of_column(op, sent)


def _of_row(op: str, sent: Mapping[str, Any]) -> Edit:
    match op:
        case "add_row":
            exercise = _text(sent, "exercise", LONGEST_KEY)
            return AddRow(stage=_stage(sent), exercise=exercise, before=_maybe(sent, "before"))
        case "remove_row":
            return RemoveRow(row=_id(sent, "row"))
        case "move_row":
            return MoveRow(row=_id(sent, "row"), before=_maybe(sent, "before"))
        case _:
            return SwapRow(row=_id(sent, "row"), exercise=_text(sent, "exercise", LONGEST_KEY))


def _of_column(op: str, sent: Mapping[str, Any]) -> Edit:
    match op:
        case "add_columns":
            return AddColumns(
                stage=_stage(sent),
                times=_whole(sent, "times", 1, MOST_STEPS_AT_ONCE, usual=1),
                before=_maybe(sent, "before"),
                copy=_maybe(sent, "copy"),
            )
        case "remove_column":
            return RemoveColumn(column=_id(sent, "column"))
        case "move_column":
            return MoveColumn(column=_id(sent, "column"), before=_maybe(sent, "before"))
        case _:
            return NameColumn(
                column=_id(sent, "column"),
                title=_text(sent, "title", MOST_LETTERS_OF_TITLE),
                weeks=_text(sent, "weeks", MOST_LETTERS_OF_WEEKS),
                least=_whole(sent, "least", 0, MOST_SESSIONS, usual=0),
            )


@dataclass(slots=True, kw_only=True)
class Typed:
    """What was typed into the page's boxes: the cells, the names of steps, and what can't be kept.

    ``unkept`` maps a box ("cell/<row>/<column>", "title/<column>", "weeks/<column>") to what was
    typed into it and why it can't be stored.
    """

    cells: list[tuple[str, str, str]] = field(default_factory=list)
    names: list[NameColumn] = field(default_factory=list)
    unkept: dict[str, tuple[str, str]] = field(default_factory=dict)

    def read(self, data: QueryDict, place: str, before: str, most: int) -> str:
        """The text of a box, ``before`` when it wasn't sent or can't be kept."""
        text = data.get(place.replace("/", "-"), before)
        try:
            return _word(text, most, blank=True)
        except ValidationError as error:
            self.unkept[place] = (text.replace("\x00", "\ufffd"), str(error.message))
            return before


def typed_changes(data: QueryDict, seen: Plan) -> Typed:
    """What was typed into the page's boxes where a Save button sends them all.

    ``seen`` is the plan as the page had shown it: only what differs from it was typed.
    """
    typed = Typed()
    for row in seen.rows:
        for column in seen.columns_of(row.stage):
            before = seen.cells.get((row.id, column.id), "")
            text = typed.read(data, f"cell/{row.id}/{column.id}", before, MOST_LETTERS)
            if text != before:
                typed.cells.append((row.id, column.id, text))
    for column in seen.columns:
        title = typed.read(data, f"title/{column.id}", column.title, MOST_LETTERS_OF_TITLE)
        weeks = typed.read(data, f"weeks/{column.id}", column.weeks, MOST_LETTERS_OF_WEEKS)
        if (title, weeks) != (column.title, column.weeks):
            typed.names.append(
                NameColumn(column=column.id, title=title, weeks=weeks, least=column.least)
            )
    return typed


class IssueDraftForm(forms.Form):
    """The note of what changed, and where the patient continues."""

    known = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000)
    note = forms.CharField(
        label="What changed",
        help_text="Stays with the version in the record.",
        max_length=1000,
        error_messages={"required": "Say in a few words what changed."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    stand_at = forms.ChoiceField(label="The patient continues at", required=False)
    reason = forms.CharField(
        label="Reason for a later stage",
        help_text="Only when the patient goes on at a stage not reached yet.",
        max_length=1000,
        required=False,
    )

    def __init__(self, *args: Any, steps: list[tuple[str, str]], usual: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", usual), *steps]
        self.fields["stand_at"] = forms.ChoiceField(
            label=self.fields["stand_at"].label, required=False, choices=choices
        )


def _read_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError("This edit can't be read. Reload the page.") from None


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data.get(name) for name in data if name not in NO_PART_OF_AN_EDIT}


NO_PART_OF_AN_EDIT = {"csrfmiddlewaretoken", "draft", "edit", "known", "op", "step", "token"}


def _word(value: object, most: int, *, blank: bool = False) -> str:
    if not isinstance(value, str) or len(value) > most or not (value or blank):
        raise ValidationError(f"Write at most {most} letters.")
    if "\x00" in value or any("\ud800" <= each <= "\udfff" for each in value):
        raise ValidationError("This has a character that can't be stored.")
    return value


def _text(sent: Mapping[str, Any], name: str, most: int) -> str:
    return _word(sent.get(name, ""), most, blank=True)


def _id(sent: Mapping[str, Any], name: str) -> str:
    return _word(sent.get(name), LONGEST_ID)


def _maybe(sent: Mapping[str, Any], name: str) -> str | None:
    found = sent.get(name)
    return _word(found, LONGEST_ID) if found not in (None, "") else None


def _list(sent: Mapping[str, Any], name: str, most: int) -> list[Any]:
    found = sent.get(name)
    if not isinstance(found, list) or len(found) > most:
        raise ValidationError("This edit can't be read. Reload the page.")
    return found


def _whole(sent: Mapping[str, Any], name: str, low: int, high: int, *, usual: int) -> int:
    found = sent.get(name, usual)
    if found == "":
        return usual
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 6:
        found = int(found)
    if not isinstance(found, int) or isinstance(found, bool) or not low <= found <= high:
        raise ValidationError(f"Write a whole number from {low} to {high}.")
    return found


def _stage(sent: Mapping[str, Any]) -> Stage:
    try:
        return Stage(str(sent.get("stage")))
    except ValueError:
        raise ValidationError("There is no such stage.") from None


def _mode(sent: Mapping[str, Any]) -> Mode:
    try:
        return Mode(str(sent.get("mode")))
    except ValueError:
        raise ValidationError("Choose whether to append or to replace.") from None


def _cells(found: object) -> tuple[tuple[str, str, str], ...]:
    if not isinstance(found, list) or not 0 < len(found) <= MOST_CELLS:
        raise ValidationError(f"At most {MOST_CELLS:,} cells can be typed at once.")
    cells = {}
    for each in found:
        match each:
            case [str() as row, str() as column, str() as text]:
                place = _word(row, LONGEST_ID), _word(column, LONGEST_ID)
                cells[place] = _word(text, MOST_LETTERS, blank=True)
            case _:
                raise ValidationError("This edit can't be read. Reload the page.")
    return tuple((*place, text) for place, text in cells.items())


def _lines(sent: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    found = sent.get("lines")
    if isinstance(found, str):
        # A block as a spreadsheet puts it on the clipboard.
        found = [line.split("\t") for line in found.splitlines()]
    if not isinstance(found, list) or len(found) > MOST_CELLS:
        raise ValidationError("This block can't be read.")
    lines = []
    for line in found:
        if not isinstance(line, list) or len(line) > MOST_CELLS:
            raise ValidationError("This block can't be read.")
        lines.append(tuple(_word(each, MOST_LETTERS, blank=True) for each in line))
    return tuple(lines)
