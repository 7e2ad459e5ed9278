"""What may be typed about the load history: rows of runs, changes of load, a range of days."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from assessments.actions.load import LEAVE, SAVE, LikelyDuplicates
from assessments.forms.fields import WholeNumberField
from assessments.models.load import EVENT_CHOICES
from assessments.rules import bounds
from assessments.rules.terms import LoadEventKind
from assessments.rules.typed_runs import (
    COLUMNS,
    EARLIEST_YEAR,
    Row,
    TypedRun,
    guess_day,
    read_row,
    split_rows,
)
from upwell.forms import DateInput, PastDateField, YesNoField

# Five boxes a row: the server takes 400 values in one form.
MOST_ROWS = 70
MOST_PASTED = 4000
BLANK_ROWS = 3
ERRORS_LISTED = 10
# Rows of a list too long for the table that are shown as read; those not understood come first.
ROWS_LISTED = 500
HEADINGS = {
    "on": "Date",
    "distance": "Distance",
    "duration": "Time",
    "surface": "Surface",
    "note": "Note",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One box of the rows: what it is called, holds, and what is wrong with it."""

    name: str
    id: str
    label: str
    value: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """One row with its boxes, and the run it looks like (blank when none)."""

    number: int
    cells: tuple[Cell, ...]
    twin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """One row of a long list as it was read: its place, its cells, and what is wrong with it."""

    number: int
    values: tuple[str, ...]
    error: str


class RunRowsForm(forms.Form):
    """Rows typed as in a spreadsheet, and rows pasted as text; read by ``rules.typed_runs``.

    ``rows`` are those with anything in them, ``runs`` what they say once the form is valid. Pasted
    rows join the others as far as they fit; longer lists are read where they stand. Either way
    they are ``unseen`` until they were shown, and nothing is to be saved before.
    """

    # What was posted: every column comes as a list.
    data: Any

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    pasted = forms.CharField(
        label="Paste rows",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
        help_text=(
            "One run a line: date, distance in km, time, surface, note; with tabs, semicolons or"
            " commas between."
        ),
    )
    answer = forms.ChoiceField(
        label="These rows",
        required=False,
        choices=[(LEAVE, "Leave them out"), (SAVE, "Save them too, they are other runs")],
        widget=forms.RadioSelect,
    )
    seen = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
    # Names the long list that was shown, so that only this one is saved.
    read = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        today: date,
        born: date,
        last: date | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.today = today
        self.born = born
        self.last = last
        self.rows: list[Row] = []
        self.long_paste: list[Row] = []
        self.pasted_text = ""
        self.unseen = False
        self.digest = ""
        self.pasted_count = 0
        self.twins: Mapping[int, str] = {}

    @property
    def runs(self) -> list[TypedRun]:
        """The runs of all rows, in order."""
        return [row.run for row in (*self.rows, *self.long_paste) if row.run]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.rows = self._typed_rows()
        text = cleaned.get("pasted") or ""
        lines = split_rows(text)
        if len(lines) > MOST_PASTED:
            self.pasted_text = text
            self.add_error("pasted", f"At most {MOST_PASTED:,} rows; these are {len(lines):,}.")
            return cleaned
        pasted = [row for cells in lines if not (row := self._read(cells)).blank]
        self.pasted_count = len(pasted)
        if len(self.rows) + len(pasted) <= MOST_ROWS:
            self.rows += pasted
            self.unseen = bool(pasted)
        else:
            self.long_paste, self.pasted_text = pasted, text
            self.digest = hashlib.sha256(repr(lines).encode()).hexdigest()
            self.unseen = cleaned.get("read") != self.digest
            self._name_unread(pasted)
        if wrong := sum(bool(row.errors) for row in self.rows):
            rows = "1 row needs" if wrong == 1 else f"{wrong} rows need"
            self.add_error(None, f"{rows} another look; nothing is saved yet.")
        if not self.rows and not self.long_paste:
            self.add_error(None, "Nothing is typed yet. Give at least one run.")
        return cleaned

    def _typed_rows(self) -> list[Row]:
        columns = [self.data.getlist(name) for name in COLUMNS]
        rows = [self._read(cells) for cells in zip_longest(*columns, fillvalue="")]
        return [row for row in rows if not row.blank]

    def _read(self, cells: Sequence[str]) -> Row:
        return read_row(cells, self.today, self.born)

    def _name_unread(self, pasted: Sequence[Row]) -> None:
        """A list too long for the table: each row that can't be read is named by its place."""
        wrong = [(place, row) for place, row in enumerate(pasted, 1) if row.errors]
        for place, row in wrong[:ERRORS_LISTED]:
            self.add_error("pasted", f"Row {place}: {' '.join(row.errors.values())}")
        if len(wrong) > ERRORS_LISTED:
            self.add_error("pasted", f"And {len(wrong) - ERRORS_LISTED} more rows like these.")

    @property
    def read_words(self) -> str:
        """How many pasted rows were read and what is to be done with them; blank without any."""
        if not self.pasted_count:
            return ""
        rows = "1 row" if self.pasted_count == 1 else f"{self.pasted_count:,} rows"
        if not self.long_paste:
            return f"{rows} read. Nothing is saved yet: look at the table and press Save runs."
        wrong = sum(bool(row.errors) for row in self.long_paste)
        if wrong:
            return (
                f"{rows} read, {wrong:,} not understood. Nothing is saved yet: correct those in the"
                " box below the list and press Save runs."
            )
        return f"{rows} read. Nothing is saved yet: look at the list and press Save runs."

    @property
    def rows_read(self) -> list[ReadRow]:
        """The rows of a long list, at most ``ROWS_LISTED``, those not understood first."""
        rows = [
            ReadRow(
                number=place,
                values=_read_cells(row),
                error=" ".join(row.errors.values()),
            )
            for place, row in enumerate(self.long_paste, 1)
        ]
        return sorted(rows, key=lambda row: not row.error)[:ROWS_LISTED]

    @property
    def rows_unlisted(self) -> int:
        """Rows of a long list that ``rows_read`` leaves out."""
        return max(0, len(self.long_paste) - ROWS_LISTED)

    def ask_about(self, found: LikelyDuplicates) -> None:
        """Show the rows that look like others, and ask what to do with them."""
        self.twins = found.twins
        self.data = self.data.copy()
        self.data["seen"] = found.seen
        self.data.pop("answer", None)
        count = len(found.twins)
        rows = "1 row looks" if count == 1 else f"{count} rows look"
        self.add_error("answer", f"{rows} like runs already there. Nothing is saved yet.")

    @property
    def twins_listed(self) -> list[str]:
        """The rows of a long paste that look like others, the first of them."""
        listed = [(place, words) for place, words in self.twins.items() if place >= len(self.rows)]
        lines = [f"Row {place + 1 - len(self.rows)}: {words}" for place, words in listed]
        more = len(lines) - ERRORS_LISTED
        return [*lines[:ERRORS_LISTED], f"and {more} more"] if more > 0 else lines

    @property
    def shown_rows(self) -> list[ShownRow]:
        """The rows with something in them and blank ones below, the first of those dated."""
        days = [row.run.on for row in self.rows if row.run] or ([self.last] if self.last else [])
        day = guess_day(days, self.today)
        blank = {**dict.fromkeys(COLUMNS, ""), "on": f"{day:%-d/%-m/%Y}"}
        empty = [Row(cells=blank), *[Row(cells=dict.fromkeys(COLUMNS, ""))] * (BLANK_ROWS - 1)]
        room = MOST_ROWS - len(self.rows)
        return [
            ShownRow(
                number=place + 1,
                cells=tuple(_cell(name, place, row) for name in COLUMNS),
                twin=self.twins.get(place, ""),
            )
            for place, row in enumerate([*self.rows, *empty[:room]])
        ]


def _read_cells(row: Row) -> tuple[str, ...]:
    """A row as it was read; as it was typed where it can't be."""
    run = row.run
    if run is None:
        return tuple(row.cells[name] for name in COLUMNS)
    return (
        f"{run.on:%-d %b %Y}",
        "" if run.distance_m is None else f"{Decimal(run.distance_m) / 1000:.2f}",
        "" if run.duration_s is None else f"{timedelta(seconds=run.duration_s)}",
        run.surface or "",
        run.note,
    )


def _cell(name: str, place: int, row: Row) -> Cell:
    return Cell(
        name=name,
        id=f"row-{place + 1}-{name}",
        label=f"{HEADINGS[name]}, row {place + 1}",
        value=row.cells[name],
        error=row.errors.get(name, ""),
    )


# Which boxes belong to which kind of change; the others are neither shown nor stored.
FIELDS_OF_KIND: Mapping[str, tuple[str, ...]] = {
    LoadEventKind.FOOTWEAR: ("old_drop_mm", "new_drop_mm", "to_minimal"),
    LoadEventKind.SURFACE: ("firmer", "camber", "downhill"),
    LoadEventKind.REST: ("until_on", "straight_to_full"),
    LoadEventKind.TRAINING: (),
}


class LoadEventForm(forms.Form):
    """A change of load. Only the boxes of the chosen kind are read; empty is not recorded."""

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="What changed",
        choices=EVENT_CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what changed."},
    )
    on = PastDateField(
        label="Date",
        help_text="The day it began; roughly is good enough.",
        error_messages={
            "required": "Give the date.",
            "invalid": "Give the date as day, month and year.",
        },
    )
    old_drop_mm = WholeNumberField(
        bounds.HEEL_DROP_MM, unit="mm", label="Heel drop of the old shoe"
    )
    new_drop_mm = WholeNumberField(
        bounds.HEEL_DROP_MM, unit="mm", label="Heel drop of the new shoe"
    )
    to_minimal = YesNoField(label="Is the new shoe minimal or without a drop?")
    firmer = YesNoField(label="Firmer ground?")
    camber = YesNoField(label="A slope to the side?", help_text="As at the edge of a road.")
    downhill = YesNoField(label="More downhill?")
    until_on = PastDateField(
        label="Last day of the rest",
        required=False,
        help_text="Empty while it lasts.",
        error_messages={"invalid": "Give the last day as day, month and year."},
    )
    straight_to_full = YesNoField(label="Straight back to full load afterwards?")
    note = forms.CharField(
        label="Note", required=False, max_length=300, help_text="For example the shoe, or the plan."
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = cleaned.get("kind")
        of_others = {
            name for other, names in FIELDS_OF_KIND.items() if other != kind for name in names
        }
        for name in of_others if kind else ():
            self.errors.pop(name, None)
            cleaned.pop(name, None)
        on, until = cleaned.get("on"), cleaned.get("until_on")
        if on and until and until < on:
            self.add_error("until_on", "The rest ends before it begins.")
        if kind == LoadEventKind.TRAINING and not self.errors and not cleaned.get("note"):
            self.add_error("note", "Say in a few words what changed in training.")
        return cleaned

    def values(self) -> dict[str, Any]:
        """The columns of a valid form, those of the chosen kind only."""
        names = FIELDS_OF_KIND[self.cleaned_data["kind"]]
        return {name: self.cleaned_data.get(name) for name in (*names, "note")}

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The boxes of each kind."""
        return [(kind, [self[name] for name in names]) for kind, names in FIELDS_OF_KIND.items()]


class StrikeForm(forms.Form):
    """Why an entry is struck out."""

    reason = forms.CharField(
        label="What is wrong with it",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say in a few words why."},
    )


class RangeForm(forms.Form):
    """The days of the picture, from the address. Both empty asks for the usual range."""

    def __init__(self, data: Any = None, *, today: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.today = today
        # "from" is a word of the language, so these two can't stand above as attributes.
        for name, label in (("from", "From"), ("to", "To")):
            self.fields[name] = forms.DateField(
                label=label,
                required=False,
                widget=DateInput,
                error_messages={"invalid": "Give a day, month and year."},
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("from"), cleaned.get("to")
        if first and first.year < EARLIEST_YEAR:
            self.add_error("from", f"From {EARLIEST_YEAR} on.")
        if last and last > self.today:
            cleaned["to"] = last = self.today
        if first and first > (last or self.today):
            raise ValidationError("The first day comes after the last.")
        return cleaned

    @property
    def chosen(self) -> tuple[date, date | None] | None:
        """The days asked for; None for none, or for days that make no range."""
        if not self.is_valid() or not self.cleaned_data["from"]:
            return None
        return self.cleaned_data["from"], self.cleaned_data["to"]
