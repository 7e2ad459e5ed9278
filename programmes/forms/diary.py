"""What may be typed of a returned diary: its code, and the cells of its sheet."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from assessments.rules.typed_runs import NotUnderstood, read_day
from programmes.models import Handout
from programmes.rules.diary import (
    COLUMNS,
    MINUTES,
    MORNING,
    Line,
    Misread,
    PaperLine,
    read_line,
    read_paper_code,
)
from programmes.selectors.diary import OnRecord, paper_by_code

CELL_LENGTH = 30


class DiaryCodeForm(forms.Form):
    """The code of a paper; ``cleaned_data["code"]`` is the paper itself."""

    code = forms.CharField(
        label="Code on the diary",
        help_text="Eight letters and digits, at the top of the paper and above the diary. "
        "Spaces and small letters don’t matter. A scanner types it for you.",
        max_length=60,
        required=False,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "size": 12,
                "data-code": "",
                "data-focus": "",
            }
        ),
    )
    # The episode it was opened from, and the paper of somebody else to be opened all the same.
    episode = forms.UUIDField(required=False, widget=forms.HiddenInput)
    other = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean_code(self) -> Handout:
        try:
            paper = paper_by_code(read_paper_code(self.cleaned_data["code"]))
        except Misread as error:
            raise ValidationError(str(error)) from None
        if paper is None:
            raise ValidationError("No paper of this practice has this code. Is it one of ours?")
        return paper

    def opened_elsewhere(self) -> bool:
        """Whether the paper is not of the episode the page was opened from, and nobody said yes."""
        paper: Handout = self.cleaned_data["code"]
        episode: UUID | None = self.cleaned_data.get("episode")
        meant = episode in (None, paper.version.programme.episode.code)
        return not meant and self.cleaned_data.get("other") != paper.code


class DiarySheetForm(forms.Form):
    """The sheet: a box for each cell of the paper, named by row and column: ``3-during``.

    A row on record already has boxes for its next morning only, and none where that is told; but
    a page opened before somebody else entered the row sends all of them, and is read in full.
    ``lines`` is what was read.
    """

    lines: tuple[Line, ...] = ()

    def __init__(
        self,
        *args: Any,
        lines: tuple[PaperLine, ...],
        known: OnRecord,
        dates: Mapping[int, date],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.paper_lines, self.known, self.dates, self.today = lines, known, dates, today
        for line in lines:
            for name in self._boxes_of(line.row):
                self.fields[f"{line.row}-{name}"] = self._box(line, name)

    def _boxes_of(self, row: int) -> tuple[str, ...]:
        if f"{row}-done" in self.data or row not in self.known.dates:
            return ("on", *COLUMNS, "another")
        session = self.known.sessions.get(row)
        open_morning = session and not session.struck_at and not hasattr(session, "morning")
        return MORNING if open_morning else ()

    def _box(self, line: PaperLine, name: str) -> forms.Field:
        if name == "another":
            return forms.BooleanField(required=False, label="Another session: add it too")
        words = "date" if name == "on" else COLUMNS[name]
        kind = "minutes" if name in MINUTES else name if name in ("on", "done") else "pain"
        attrs: dict[str, Any] = {
            "autocomplete": "off",
            "aria-label": f"{line.label}: {words}",
            "data-cell": kind,
            "data-column": name,
        }
        initial = None
        if name == "on":
            initial = f"{self.dates[line.row]:%a %-d %b %Y}"
        elif name != "done":
            attrs["inputmode"] = "numeric"
        widget = forms.TextInput(attrs=attrs)
        return forms.CharField(
            required=False, max_length=CELL_LENGTH, widget=widget, initial=initial
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.lines = tuple(
            read
            for line in self.paper_lines
            if (read := self._read(line.row, cleaned)) and read != Line(row=line.row)
        )
        if not self.errors and not self.lines:
            self.add_error(None, "Nothing is written on the sheet yet.")
        return cleaned

    def _read(self, row: int, cleaned: dict[str, Any]) -> Line | None:
        """One line with its date; None where it can't be read, which the form then says."""
        boxes = {name: f"{row}-{name}" for name in COLUMNS if f"{row}-{name}" in self.fields}
        if any(box in self.errors for box in boxes.values()):
            return None
        line, errors = read_line(row, {name: cleaned[box] for name, box in boxes.items()})
        for name, says in errors.items():
            self.add_error(boxes[name], says)
        if errors:
            return None
        if not (line.told or line.not_done):
            # Of a line without a session only the next morning counts, where it is on record.
            return line
        try:
            on = read_day(cleaned.get(f"{row}-on", ""), self.today)
        except NotUnderstood as error:
            self.add_error(f"{row}-on", str(error))
            return None
        return Line(
            row=row,
            on=on,
            told=line.told,
            morning=line.morning,
            not_done=line.not_done,
            another=bool(cleaned.get(f"{row}-another")),
        )
