"""What may be typed of a returned diary: its code, and the cells of its sheet."""

from collections.abc import Collection, Mapping
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
    proposed_dates,
    read_line,
    read_paper_code,
    why_not_day,
)
from programmes.selectors.diary import OnRecord, only_made_ready, paper_by_code

CELL_LENGTH = 30
NOTE_LENGTH = 2000


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
            code = read_paper_code(self.cleaned_data["code"])
            paper = paper_by_code(code)
        except Misread as error:
            raise ValidationError(str(error)) from None
        if paper is None:
            raise ValidationError(self._why_none(code))
        return paper

    @staticmethod
    def _why_none(code: str) -> str:
        if only_made_ready(code) is None:
            return "No paper of this practice has this code. Is it one of ours?"
        return (
            "This paper was only looked at before printing, so nothing of it is on record. "
            "Print it from the patient’s page, then enter its diary."
        )

    def opened_elsewhere(self) -> bool:
        """Whether the paper is not of the episode the page was opened from, and nobody said yes."""
        paper: Handout = self.cleaned_data["code"]
        episode: UUID | None = self.cleaned_data.get("episode")
        meant = episode in (None, paper.version.programme.episode.code)
        return not meant and self.cleaned_data.get("other") != paper.code


class DiarySheetForm(forms.Form):
    """The sheet: a box for each cell of the paper, named by row and column: ``3-during``.

    A row on record already has boxes for its next morning only, and none where that is told; but
    a page opened before somebody else entered the row sends all of them, and is read in full. One
    on record as not done has all of them, to be written over. ``lines`` is what was read.
    """

    note = forms.CharField(
        label="What I want to tell or ask next time",
        help_text="Kept as the note of the newest session of this diary.",
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    lines: tuple[Line, ...] = ()

    def __init__(
        self,
        *args: Any,
        lines: tuple[PaperLine, ...],
        known: OnRecord,
        dates: Mapping[int, date],
        began: date,
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.paper_lines, self.known, self.dates = lines, known, dates
        self.began, self.today = began, today
        self.guessed: Collection[int] = self._guessed()
        for line in lines:
            for name in self._boxes_of(line.row):
                self.fields[f"{line.row}-{name}"] = self._box(line, name)

    def _boxes_of(self, row: int) -> tuple[str, ...]:
        if f"{row}-done" in self.data or row not in self.known.sessions:
            return ("on", *COLUMNS, "another", "after_all")
        session = self.known.sessions.get(row)
        open_morning = session and not session.struck_at and not hasattr(session, "morning")
        return MORNING if open_morning else ()

    def _guessed(self) -> frozenset[int]:
        """The rows whose date nobody gave: it follows from those above, or from the printing."""
        rows = [line.row for line in self.paper_lines if line.row not in self.known.dates]
        if not self.is_bound:
            return frozenset(rows)
        given, guessed = dict(self.known.dates), set()
        for row in rows:
            try:
                on = read_day(self.data.get(f"{row}-on", ""), self.today)
            except NotUnderstood:
                continue
            first = self.dates[self.paper_lines[0].row]
            if given and proposed_dates(self.paper_lines, first, given)[row] == on:
                guessed.add(row)
            given[row] = on
        return frozenset(guessed)

    def _box(self, line: PaperLine, name: str) -> forms.Field:
        if name == "another":
            return forms.BooleanField(required=False, label="Another session: add it too")
        if name == "after_all":
            return forms.BooleanField(required=False, label="It was done after all")
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
            if line.row in self.guessed:
                attrs["data-proposed"] = ""
        elif name != "done":
            attrs["inputmode"] = "numeric"
        elif line.row in self.known.undone:
            initial = "-"
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
        if not self.errors and not self.lines and not cleaned.get("note"):
            self.add_error(None, "Nothing is written on the sheet yet.")
        return cleaned

    def _read(self, row: int, cleaned: dict[str, Any]) -> Line | None:
        """One line with its date; None where it can't be read, which the form then says."""
        boxes = {name: f"{row}-{name}" for name in COLUMNS if f"{row}-{name}" in self.fields}
        line, errors = read_line(row, {name: cleaned.get(box, "") for name, box in boxes.items()})
        wrong = bool(errors) or any(box in self.errors for box in boxes.values())
        for name, says in errors.items():
            self.add_error(boxes[name], says)
        if not (wrong or line.told or line.not_done):
            # Of a line without a session only the next morning counts, where it is on record.
            return line
        # Read also where a cell is wrong: everything about a line is said at once.
        on = self._day(row, cleaned)
        if wrong or on is None:
            return None
        return Line(
            row=row,
            on=on,
            told=line.told,
            morning=line.morning,
            not_done=line.not_done,
            another=bool(cleaned.get(f"{row}-another")),
            after_all=bool(cleaned.get(f"{row}-after_all")),
        )

    def _day(self, row: int, cleaned: Mapping[str, Any]) -> date | None:
        """The day of a line; None where it can't be, which the form then says."""
        box = f"{row}-on"
        if box not in self.fields or box in self.errors:
            return None
        try:
            on = read_day(cleaned.get(box, ""), self.today)
        except NotUnderstood as error:
            self.add_error(box, str(error))
            return None
        if says := why_not_day(on, began=self.began, today=self.today):
            self.add_error(box, says)
            return None
        return on
