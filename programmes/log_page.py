"""The page on which a session is logged: a row an exercise, with last time's values in grey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.forms import BoundField
from django.utils import timezone

from patients.rules.terms import Side
from programmes.actions import AnotherSession, StepMoved, session_token
from programmes.drawing import Drawing, drawing_of
from programmes.forms.logging import SessionForm, Target, targets_of_items
from programmes.models import Programme, Session, Step
from programmes.rules import performed
from programmes.rules.dose import AnyDose
from programmes.rules.performed import Line
from programmes.rules.words import plain
from programmes.selectors.logging import recent_sessions, shown_step
from programmes.selectors.plans import unsuited
from programmes.selectors.standing import Standing

PAINS = ("pain_before", "pain_during", "pain_after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One box: its field, the word above it, and last time's value (blank: not known)."""

    box: BoundField
    word: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One exercise: what is planned, its boxes, and their errors.

    ``load`` is the box for all sets; ``load_asked`` says whether it stands open. ``was`` is the
    dose of the step the form was opened for, where that was another.
    """

    name: str
    side: str
    drawing: Drawing | None
    dose_words: str
    was: str
    load: Cell | None
    load_asked: bool
    sets: tuple[Cell, ...]

    @property
    def boxes(self) -> tuple[Cell, ...]:
        """All its boxes."""
        return (*((self.load,) if self.load else ()), *self.sets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What was logged of one day already; ``chosen`` says whether that day's date is chosen."""

    on: date
    chosen: bool
    words: tuple[str, ...]
    nth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanwhile:
    """The session that is there already, why it is shown, and the token of a further one."""

    session: Session
    title: str
    words: str
    lines: tuple[Line, ...]
    token: UUID


@dataclass(kw_only=True)
class LogPage:
    """One opening of the page, or one sending of its form."""

    standing: Standing
    programme: Programme
    step: Step
    today: date
    data: Mapping[str, Any] | None = None
    meanwhile: Meanwhile | None = None
    left_over: tuple[str, ...] = ()
    _was: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shown = self.step
        if self.data is not None:
            shown = shown_step(self.programme, self.step, str(self.data.get("step", "")))
        self.recent = recent_sessions(self.programme)
        self.form = self._form(shown)
        self.moved = shown.pk != self.step.pk

    def _form(self, step: Step) -> SessionForm:
        side = Side(self.standing.episode.side)
        form = SessionForm(
            self.data,
            programme=self.programme,
            targets=targets_of_items(list(step.items.all()), side),
            initial={
                "happened_on": self.today,
                "step": step.code,
                "form_token": None if self.data is not None else session_token(self.programme),
            },
        )
        last = self.recent[0] if self.recent else None
        for name in PAINS:
            told = getattr(last, name, None)
            form.fields[name].help_text = "" if told is None else f"Last time {told}"
        return form

    def refused(self, why: str) -> None:
        """Say at the form why it was not logged."""
        self.form.add_error(None, why)

    def told_of(self, other: AnotherSession) -> None:
        """Show the session that came first, and offer to log this as another one."""
        session = other.session
        self.meanwhile = Meanwhile(
            session=session,
            title=other.title,
            words=session_words(session),
            lines=tuple(
                line for line in performed.lines(session.targets, session.done) if line.done
            ),
            token=session_token(self.programme),
        )

    def look_again(self) -> None:
        """Where the patient was moved meanwhile: the new targets, with all that was typed."""
        if not self.moved:
            return
        errors, before = self.form.non_field_errors(), self.form
        self._was = {target.key: target.item.dose_words for target in before.targets}
        self.form = self._form(self.step)
        self.form.full_clean()
        for why in errors or [str(StepMoved(self.step))]:
            self.form.add_error(None, why)
        self.left_over = tuple(
            f"{box.label}: {value}"
            for box in before
            if box.name not in self.form.fields and (value := box.value())
        )

    @property
    def context(self) -> dict[str, Any]:
        """What the template needs."""
        return {
            "episode": self.standing.episode,
            "standing": self.standing,
            "form": self.form,
            "pains": [self.form[name] for name in PAINS],
            "step": self.step,
            "token": self.data.get("form_token") if self.data else self.form["form_token"].value(),
            "rows": self._rows(),
            "left_over": self.left_over,
            "meanwhile": self.meanwhile,
            "last": self.recent[0] if self.recent else None,
            "days": _days(self.recent, str(self.form["happened_on"].value())),
            "today": self.today,
            "items": [target.item for target in self.form.targets],
            "not_for_now": unsuited(self.step, self.standing.tendon),
        }

    def _rows(self) -> list[Row]:
        known = _last_values(self.recent)
        return [self._row(target, known.get(target.item.exercise, {})) for target in self.targets]

    @property
    def targets(self) -> Sequence[Target]:
        """The rows' items."""
        return self.form.targets

    def _row(self, target: Target, last: Mapping[int, str]) -> Row:
        form, dose = self.form, target.dose
        sets = tuple(
            Cell(box=form[name], word=form.fields[name].word, last=last.get(number, ""))  # type: ignore[attr-defined]
            for number, name in enumerate(target.set_names, 1)
        )
        load = None
        if performed.can_weigh(dose):
            load = Cell(box=form[target.kg_name], word="kg", last=last.get(0, ""))
        return Row(
            name=target.item.name,
            side=target.side,
            drawing=drawing_of(
                target.item.start, target.item.end, dose, Side(self.standing.episode.side)
            ),
            dose_words=target.item.dose_words,
            was=self._changed(target),
            load=load,
            load_asked=bool(
                load and (performed.usually_weighs(dose) or load.last or load.box.value())
            ),
            sets=sets,
        )

    def _changed(self, target: Target) -> str:
        if not self._was:
            return ""
        before = self._was.get(target.key)
        return "new in this step" if before is None else f"before: {before}"


def _last_values(recent: Sequence[Session]) -> dict[str, dict[int, str]]:
    """By exercise: what each box would have held last time; 0 is the load of all sets."""
    known: dict[str, dict[int, str]] = {}
    for session in recent:
        done = {each.target: each for each in performed.done_from_json(session.done)}
        # Neither a share alone nor a load beside it says which sets were done.
        sets_known = session.completed_pct == performed.WHOLE or any(
            one.amount is not None for each in done.values() for one in each.sets
        )
        for place, target in enumerate(session.targets):
            plan = performed.plan_of(target)
            if plan is None or target["exercise"] in known:
                continue
            told = done.get(place, performed.Done(target=place))
            load = performed.planned_kg(plan) if told.kg is None and sets_known else told.kg
            values = {} if load is None else {0: plain(load)}
            if sets_known:
                values |= _sets_in_words(told, plan)
            if values:
                known[target["exercise"]] = values
    return known


def _sets_in_words(told: performed.Done, plan: AnyDose) -> dict[int, str]:
    """What the box of each set would have held, by its number."""
    values = {}
    for number in range(1, performed.sets_of(plan) + 1):
        one = told.sets[number - 1] if number <= len(told.sets) else performed.AS_PLANNED
        amount = performed.planned_words(plan) if one.amount is None else f"{one.amount}"
        heavy = "" if one.kg is None else f"×{plain(one.kg)}"
        values[number] = amount + heavy
    return values


def _days(recent: Sequence[Session], chosen: str) -> list[Day]:
    """What is logged already, by day, the newest first."""
    by_day: dict[date, list[Session]] = {}
    for session in recent:
        by_day.setdefault(session.happened_on, []).append(session)
    return [
        Day(
            on=on,
            chosen=on.isoformat() == chosen,
            words=tuple(session_words(each) for each in reversed(sessions)),
            nth=_nth(len(sessions) + 1),
        )
        for on, sessions in by_day.items()
    ]


def session_words(session: Session) -> str:
    """A logged session in one line: where, how much, pain, by whom and when."""
    pains = [
        "not asked" if told is None else str(told)
        for told in (session.pain_before, session.pain_during, session.pain_after)
    ]
    done = (
        "how much was done is not known"
        if session.completed_pct is None
        else f"{session.completed_pct} % done"
    )
    at = timezone.localtime(session.recorded_at)
    return (
        f"{session.get_source_display().lower()}, {done}, pain before {pains[0]}, during"
        f" {pains[1]}, after {pains[2]}; logged by {session.logged_by} on {at:%-d %b at %H:%M}"
    )


def _nth(number: int) -> str:
    return {2: "second", 3: "third", 4: "fourth"}.get(number, f"{number}th")
