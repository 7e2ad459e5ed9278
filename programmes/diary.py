"""The sheet of a returned diary as its page shows it, and what entering it did, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.forms import BoundField

from programmes.actions import Entered, LineProblem
from programmes.forms import DiarySheetForm
from programmes.models import NotDone, Session
from programmes.rules.diary import COLUMNS, IN_FULL, MORNING, PaperLine
from programmes.rules.words import counted
from programmes.selectors.diary import as_line

# What a cell on record shows where the patient wrote nothing.
BLANK = "blank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell: a box to type in, or what is on record (``text``, or ``BLANK``)."""

    column: str
    box: BoundField | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """One line of the sheet. ``kept`` is "session", "struck" or "not_done" where it is on record.

    ``errors`` are sentences, each with the id its box is described by; ``problem`` is why the line
    as a whole can't be taken, with ``another`` or ``after_all`` as the box to add it all the same.
    """

    line: PaperLine
    on: BoundField | None
    day: str
    cells: tuple[Cell, ...]
    kept: str
    session: Session | None
    errors: tuple[tuple[str, str], ...]
    problem: LineProblem | None
    another: BoundField | None
    after_all: BoundField | None

    @property
    def says(self) -> bool:
        """Whether anything stands below it."""
        below = self.errors or self.problem or self.another or self.after_all
        return bool(below) or self.kept in ("struck", "not_done")

    @property
    def first_of_day(self) -> bool:
        """Whether a day begins with it."""
        return self.line.nth == 1

    @property
    def open(self) -> bool:
        """Whether anything of it is still to be typed."""
        return self.kept != "not_done" and any(cell.box for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarySheet:
    """The sheet: the words at the head of its columns, its lines, and how many say something.

    ``note`` is the box for what the patient wants to tell or ask, None once a session of it has a
    note: ``noted``.
    """

    heads: tuple[tuple[str, str], ...]
    lines: tuple[SheetLine, ...]
    sessions: int
    not_done: int
    note: BoundField | None
    noted: Session | None

    @property
    def weeks(self) -> int:
        """Weeks it covers."""
        return max((line.line.week for line in self.lines), default=1)

    @property
    def wrong(self) -> int:
        """How many lines something stands against."""
        return sum(1 for line in self.lines if line.errors or line.problem)

    @property
    def kept(self) -> bool:
        """Whether any line is on record."""
        return any(line.kept for line in self.lines)

    @property
    def open(self) -> bool:
        """Whether there is anything left to type."""
        return any(line.open for line in self.lines)

    @property
    def savable(self) -> bool:
        """Whether it has any box, also one to write over what is on record."""
        return bool(self.note) or any(cell.box for line in self.lines for cell in line.cells)

    @property
    def total(self) -> str:
        """How many lines are on record: "6 lines, 5 sessions, 1 not done"."""
        return ", ".join(
            (
                counted(self.sessions + self.not_done, "line"),
                counted(self.sessions, "session"),
                f"{self.not_done} not done",
            )
        )


def sheet_of(form: DiarySheetForm, problems: Mapping[int, LineProblem]) -> DiarySheet:
    """The sheet with what is on record and what is typed, and what stands against which line."""
    noted = form.known.noted
    return DiarySheet(
        heads=tuple(COLUMNS.items()),
        lines=tuple(_line(form, line, problems.get(line.row)) for line in form.paper_lines),
        sessions=sum(1 for each in form.known.sessions.values() if not each.struck_at),
        not_done=len(form.known.undone),
        note=form["note"] if form["note"].value() or not noted else None,
        noted=noted,
    )


def _line(form: DiarySheetForm, line: PaperLine, problem: LineProblem | None) -> SheetLine:
    row = line.row
    boxes = {
        name: form[f"{row}-{name}"]
        for name in ("on", *COLUMNS, "another", "after_all")
        if f"{row}-{name}" in form.fields
    }
    session, undone = form.known.sessions.get(row), form.known.undone.get(row)
    whole = "done" in boxes
    texts = {} if whole and not undone else _texts(session, undone)
    cells = tuple(
        Cell(column=name, box=boxes.get(name), text=texts.get(name, BLANK)) for name in COLUMNS
    )
    asks = (problem is not None and problem.asks) or _ticked(form, boxes, "another")
    doubts = (problem is not None and problem.asks_after_all) or _ticked(form, boxes, "after_all")
    return SheetLine(
        line=line,
        on=boxes.get("on"),
        day=f"{form.dates[row]:%a %-d %b %Y}",
        cells=cells,
        kept="" if whole and not undone else _kept(session),
        session=None if whole else session,
        errors=tuple(
            (f"{box.auto_id}_error", str(error)) for box in boxes.values() for error in box.errors
        ),
        problem=problem,
        another=boxes.get("another") if asks else None,
        after_all=boxes.get("after_all") if doubts else None,
    )


def _ticked(form: DiarySheetForm, boxes: Mapping[str, BoundField], name: str) -> bool:
    return form.is_bound and name in boxes and bool(boxes[name].value())


def _kept(session: Session | None) -> str:
    if session is None:
        return "not_done"
    return "struck" if session.struck_at else "session"


def _texts(session: Session | None, undone: NotDone | None) -> dict[str, str]:
    """What is on record of a line, by column, as it would be written on paper."""
    if session is None:
        return dict.fromkeys(COLUMNS, "") | {"done": "not done" if undone else ""}
    line = as_line(0, session)
    assert line.told is not None
    told, done = line.told, line.told.completed_pct
    values = {
        "stiff": told.stiffness_min,
        "before": told.pain_before,
        "during": told.pain_during,
        "after": told.pain_after,
        **dict(zip(MORNING, (line.morning.pain, line.morning.stiffness_min), strict=True)),
    }
    texts = {name: str(value) for name, value in values.items() if value is not None}
    if done is not None:
        texts["done"] = "✓" if done == IN_FULL else f"{done} %"
    return texts


def entered_words(entered: Entered) -> str:
    """What entering a diary did: "5 sessions added. 1 day written as not done."."""
    if not entered.anything:
        return "Already entered, nothing new."
    parts = []
    if entered.sessions:
        parts.append(f"{counted(entered.sessions, 'session')} added, marked as reported.")
    if entered.not_done:
        parts.append(f"{counted(entered.not_done, 'day')} written as not done.")
    if entered.mornings:
        what = counted(entered.mornings, "next morning")
        parts.append(f"{what} added to what was entered before.")
    if entered.noted:
        on = f"{entered.noted.happened_on:%-d %B %Y}"
        parts.append(f"What the patient wrote is the note of the session of {on}.")
    if entered.known:
        parts.append(f"{counted(entered.known, 'line')} entered before and left as they are.")
    return " ".join(parts)
