"""A returned diary becomes sessions, marked as reported."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import uuid4, uuid5

from django.db import transaction

from patients.actions import lock_episode, once
from patients.models import User
from patients.rules.terms import Side
from programmes.actions.corrections import (
    MORNING,
    VALUES,
    correct_session,
    known_of,
    standing_values,
    tell_morning_later,
)
from programmes.actions.logging import targets_of
from programmes.models import Correction, Handout, MorningAfter, NotDone, Session
from programmes.rules.diary import Line, differences, once_a_day, why_not_day
from programmes.selectors.diary import (
    OnRecord,
    as_line,
    lines_of,
    logged_otherwise,
    morning_as_copied,
    on_record,
)
from upwell.http import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What entering a diary added, by kind, and how many of its lines were on record already.

    ``noted`` is the session that got what the patient wants to tell or ask as its note.
    """

    sessions: int
    not_done: int
    mornings: int
    known: int
    noted: Session | None = None

    @property
    def anything(self) -> bool:
        """Whether anything was added."""
        return bool(self.sessions or self.not_done or self.mornings or self.noted)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineProblem:
    """Why a line is refused. ``session`` is the one on record that it clashes with.

    ``asks`` is for a session of that day known otherwise: it may be another one. ``asks_after_all``
    is for a line on record as not done: it may have been done after all.
    """

    says: str
    session: Session | None = None
    asks: bool = False
    asks_after_all: bool = False
    to_log: bool = False


class LinesRefused(Refused):
    """Lines of a diary that can't be added as they stand; ``at`` says why, by row."""

    def __init__(self, at: Mapping[int, LineProblem]) -> None:
        super().__init__("Nothing was saved: look at the lines marked below.")
        self.at = at


class NoteRefused(Refused):
    """What the patient wants to tell or ask can't be kept with a session."""


def problems_of(
    paper: Handout, lines: Collection[Line], *, today: date, by: User
) -> dict[int, LineProblem]:
    """What stands against which of these lines, by row; nothing is written."""
    return _Desk(paper, lines, today=today, by=by).problems


@transaction.atomic
def enter_diary(
    paper: Handout, lines: Collection[Line], *, note: str = "", today: date, by: User
) -> Entered:
    """Each line told of as a session of the paper's version and step, in the order of its dates.

    Lines on record already are left as they are, so the same diary again adds nothing, and one
    with more lines adds those. A next morning told later is added to its session. ``note`` is what
    the patient wants to tell or ask: the note of the newest session of this diary. Either all
    lines are taken or none: raises ``LinesRefused`` for lines that say otherwise than what is on
    record, lie outside the programme, or may be on record already, ``NoteRefused`` for a note
    without a session to keep it, and ``Refused`` for a closed episode.
    """
    lock_episode(paper.version.programme.episode_id)
    desk = _Desk(paper, lines, today=today, by=by)
    if desk.problems:
        raise LinesRefused(desk.problems)
    desk.place_note(note)
    counts = {"sessions": 0, "not_done": 0, "mornings": 0, "known": 0}
    for line in desk.ordered:
        counts[desk.enter(line)] += 1
    counts["mornings"] += desk.mornings_of_the_day(desk.ordered)
    return Entered(**counts, noted=desk.noted())


class _Desk:
    """One diary with what is on record of it, held while its lines are entered."""

    def __init__(self, paper: Handout, lines: Collection[Line], *, today: date, by: User) -> None:
        self.paper, self.today, self.by = paper, today, by
        self.days = {each.row: each.day for each in lines_of(paper)}
        self.known: OnRecord = on_record(paper)
        self.targets = targets_of(paper.step, Side(paper.version.programme.episode.side))
        self.typed = {line.row: line for line in lines}
        written = [line for line in lines if line.told or line.not_done or line.morning.said]
        self.ordered = sorted(written, key=lambda line: (line.on or date.min, line.row))
        self.note = ""
        self.note_row: int | None = None
        self.others = logged_otherwise(paper, [line.on for line in lines if line.on])

    @property
    def problems(self) -> dict[int, LineProblem]:
        """What stands against which line, by row."""
        return {line.row: why for line in self.ordered if (why := self.why_not(line))}

    def filled(self, line: Line, *, typed_only: bool = False) -> Line:
        """The line with what its day's other lines say once for both."""
        stored = {row: as_line(row, each) for row, each in self.known.sessions.items()}
        around = self.typed if typed_only else {**stored, **self.typed}
        on = line.on or self.known.dates.get(line.row)
        same_day = [
            other
            for row, other in around.items()
            if row != line.row
            and self.days.get(row) == self.days.get(line.row)
            and (other.on or self.known.dates.get(row)) == on
        ]
        return once_a_day(line, same_day)

    def why_not(self, line: Line) -> LineProblem | None:
        """Why this line can't be taken as it stands; None where it can."""
        stored = self.known.sessions.get(line.row)
        if line.row not in self.days:
            return LineProblem(says="This paper has no such line.")
        if stored is not None:
            return self._otherwise(line, stored) or self._morning(line, stored)
        if line.on is None:
            return LineProblem(says="There is no session of this line on record.")
        undone = self.known.not_done.get(line.row)
        if undone is not None and not (line.told and line.after_all):
            return self._no_longer_undone(line, undone)
        began = self.paper.version.programme.started_on
        if says := why_not_day(line.on, began=began, today=self.today):
            return LineProblem(says=says)
        other = self.others.get(line.on)
        if line.told and other and not line.another:
            how = other.get_source_display().lower()
            says = f"A session of {_day(line.on)} is on record already, {how}."
            return LineProblem(says=says, session=other, asks=True)
        return self._too_early(line, line.on)

    def _otherwise(self, line: Line, stored: Session) -> LineProblem | None:
        if line.told is None and not line.not_done:
            return None
        if line.told is None:
            says = "Entered before as a session; now it says not done."
            return LineProblem(says=says, session=stored)
        before, typed = as_line(line.row, stored), self.filled(line)
        assert before.told is not None
        if line.on == before.on and before.told in (line.told, typed.told):
            return None
        try:
            # The same copy again is no other answer, even if its session was corrected since.
            self._once(line, typed)
        except Refused:
            if stored.struck_at:
                says = "This line was entered before and struck out. Empty it, or log the session."
                return LineProblem(says=says, session=stored, to_log=True)
            told = typed.told
            assert told is not None
            said = [] if line.on == before.on else [f"date: on record {_day(stored.happened_on)}"]
            what = "; ".join([*said, *differences(before.told, told)])
            return LineProblem(says=f"Entered before otherwise: {what}.", session=stored)
        return None

    def _morning(self, line: Line, stored: Session) -> LineProblem | None:
        """Why the next morning of a line on record can't be taken."""
        known = as_line(line.row, stored).morning
        if not line.morning.said or line.morning == known:
            return None
        if stored.corrected and line.morning == morning_as_copied(stored):
            return None
        if stored.struck_at:
            says = "This line was entered before and struck out. Empty it."
            return LineProblem(says=says, session=stored)
        if known.said:
            says = "The next morning is on record already, with other figures."
            return LineProblem(says=says, session=stored)
        return self._too_early(line, stored.happened_on)

    def _no_longer_undone(self, line: Line, known: NotDone) -> LineProblem | None:
        if line.not_done and line.on == known.on:
            return None
        says = f"Entered before as not done on {_day(known.on)}."
        if line.not_done:
            return LineProblem(says=f"{says} Set the date back, or write what was done.")
        return LineProblem(says=says, asks_after_all=True)

    def _too_early(self, line: Line, on: date) -> LineProblem | None:
        if line.morning.said and on >= self.today:
            says = f"The morning after {_day(on)} has not come yet: check the date."
            return LineProblem(says=says)
        return None

    def enter(self, line: Line) -> str:
        """Write one line that nothing stands against; what it added."""
        stored = self.known.sessions.get(line.row)
        if stored is not None:
            return "mornings" if self._add_morning(line, stored, typed_only=True) else "known"
        assert line.on is not None
        if line.not_done:
            _, new = NotDone.objects.get_or_create(
                handout=self.paper,
                diary_row=line.row,
                defaults={"on": line.on, "recorded_by": self.by},
            )
            return "not_done" if new else "known"
        session = self._once(line, self.filled(line))
        self._add_morning(line, session)
        return "sessions"

    def mornings_of_the_day(self, entered: Collection[Line]) -> int:
        """Add what was typed now of a day to its sessions on record; how many got it."""
        rows = {line.row for line in entered}
        return sum(
            self._add_morning(Line(row=row, on=session.happened_on), session, typed_only=True)
            for row, session in self.known.sessions.items()
            if row not in rows and not session.struck_at
        )

    def place_note(self, note: str) -> None:
        """Choose the session that gets this note. Raises ``NoteRefused`` where none can."""
        if not note or self._noted_before(note):
            return
        new = [
            (line.on, line.row)
            for line in self.ordered
            if line.on and line.told and line.row not in self.known.sessions
        ]
        newest = self.known.newest
        old = [(newest.happened_on, newest.diary_row or 0)] if newest else []
        if not (new or old):
            raise NoteRefused("No session on this sheet can keep it: copy a line, or log it.")
        _, row = max(new + old)
        stored = self.known.sessions.get(row)
        if stored is not None and stored.note:
            raise NoteRefused(
                f"The session of {_day(stored.happened_on)} has a note already: correct that"
                " session to add to it."
            )
        self.note, self.note_row = note, row

    def _noted_before(self, note: str) -> bool:
        """Whether a session of this diary has or had this note."""
        told = [each.note for each in self.known.sessions.values()]
        corrections = Correction.objects.filter(session__handout=self.paper)
        for before, after in corrections.values_list("before__note", "after__note"):
            told += [before or "", after or ""]
        return any(each.splitlines() == note.splitlines() for each in told)

    def noted(self) -> Session | None:
        """The session that has the note now; one on record before gets it by a correction."""
        if self.note_row is None:
            return None
        session = Session.objects.whole().get(handout=self.paper, diary_row=self.note_row)
        if session.note:
            return session
        stands = standing_values(session)
        correct_session(
            session,
            values={**{name: stands[name] for name in VALUES}, "note": self.note},
            morning={name: stands[f"morning_{name}"] for name in MORNING},
            strikes=False,
            reason="Told later: what the patient wrote on the diary.",
            known=known_of(session),
            on=self.today,
            form_token=uuid4(),
            by=self.by,
        )
        return session

    def _add_morning(self, line: Line, session: Session, *, typed_only: bool = False) -> bool:
        morning = self.filled(line, typed_only=typed_only).morning
        known = session.struck_at is not None or hasattr(session, "morning")
        if known or not morning.said or session.happened_on >= self.today:
            return False
        told = {"pain": morning.pain, "stiffness_min": morning.stiffness_min}
        if hasattr(session, "decision"):
            tell_morning_later(session, **told, on=self.today, by=self.by)
        else:
            MorningAfter.objects.create(session=session, recorded_by=self.by, **told)
        return True

    def _once(self, written: Line, counted: Line) -> Session:
        """The session of this line, made where it isn't yet.

        Its digest is of what was written, so that the same paper is the same form, whichever of
        its lines stood there the first time.
        """
        assert written.told is not None
        assert counted.told is not None
        assert written.on is not None
        paper, on, told = self.paper, written.on, counted.told
        return once(
            Session,
            form_token=uuid5(paper.code, f"diary row {written.row}"),
            content={"paper": paper.pk, "on": on, **asdict(written.told)},
            create=lambda marks: self._new_session(written.row, on, {**asdict(told), **marks}),
        )

    def _new_session(self, row: int, on: date, values: dict[str, Any]) -> Session:
        paper, programme = self.paper, self.paper.version.programme
        return Session.objects.create(
            programme=programme,
            version=paper.version,
            step=paper.step,
            targets=self.targets,
            happened_on=on,
            source="paper",
            handout=paper,
            diary_row=row,
            note=self.note if row == self.note_row else "",
            logged_by=self.by,
            **values,
        )


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"
