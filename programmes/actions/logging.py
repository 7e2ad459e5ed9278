"""Logging a session."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from patients.actions import lock_episode, once
from patients.models import User
from patients.rules.terms import Side
from programmes.models import Programme, Session, Step
from programmes.rules.dose import dose_from_json
from programmes.rules.handout import leg
from programmes.rules.performed import Done, done_to_json
from upwell.http import Refused


class AnotherSession(Refused):
    """The form's token came before with other answers; ``session`` is what was logged with it."""

    title = "Another session was logged since this page was opened"

    def __init__(self, session: Session) -> None:
        super().__init__(f"{self.title}. If this is a further one, log it as another session.")
        self.session = session


class DayTaken(AnotherSession):
    """The day has a session already, and nobody said that this is a further one."""

    title = "That day has a session already"


class StepMoved(Refused):
    """The patient was moved to another step since the form was opened."""

    def __init__(self, step: Step) -> None:
        super().__init__(
            f"The patient was moved to {step} meanwhile. Look at the new targets first."
        )


def session_token(programme: Programme) -> UUID:
    """The token of the next session: the same for everybody until one is logged, struck or not.

    Two tabs, a reload and two clinicians get the same one, so the same session twice is one.
    """
    logged = programme.sessions.count()
    return uuid5(programme.episode.code, f"session {logged}")


def targets_of(step: Step, side: Side) -> list[dict[str, object]]:
    """What a session at this step is held against, as it is kept with the session."""
    return [
        {
            "name": item.name,
            "dose": item.dose_words,
            "exercise": item.exercise,
            "plan": item.dose,
            "side": leg(dose_from_json(item.dose), side),
        }
        for item in step.items.all()
    ]


@transaction.atomic
def log_session(
    programme: Programme,
    *,
    form_token: UUID,
    by: User,
    happened_on: date,
    source: str,
    completed_pct: int | None,
    pain_before: int | None,
    pain_during: int | None,
    pain_after: int | None,
    stiffness_min: int | None,
    new_warm_or_swollen: bool | None,
    note: str,
    step: UUID | None = None,
    done: Sequence[Done] = (),
    another: UUID | None = None,
    one_a_day: bool = False,
) -> Session:
    """A session held against the current step; the same form sent again gives the same session.

    ``step`` is the code of the step the form showed, ``done`` what was done otherwise than planned.
    ``another`` is the token of the next session where somebody said that this is a further one;
    with ``one_a_day`` nothing else makes a second session of a day: ``DayTaken`` is raised instead.
    Raises ``AnotherSession`` when the token came with other answers, ``StepMoved`` when the patient
    was moved since the form was opened, and ``Refused`` for a session before the programme or
    without a step.
    """
    lock_episode(programme.episode_id)
    programme = Programme.objects.select_related("current_step__version", "episode").get(
        pk=programme.pk
    )
    facts: dict[str, Any] = {
        "happened_on": happened_on,
        "source": source,
        "completed_pct": completed_pct,
        "pain_before": pain_before,
        "pain_during": pain_during,
        "pain_after": pain_after,
        "stiffness_min": stiffness_min,
        "new_warm_or_swollen": new_warm_or_swollen,
        "note": note,
        "done": done_to_json(done),
    }
    token = another or form_token
    known = programme.sessions.filter(form_token=token).first()
    if one_a_day and known is None and another != session_token(programme):
        that_day = programme.sessions.counted().filter(happened_on=happened_on)
        if (held := that_day.newest_first().first()) is not None:
            raise DayTaken(held)
    try:
        return once(
            Session,
            form_token=token,
            content={"programme": programme.pk, **facts},
            create=lambda marks: _new_session(programme, step, by, {**facts, **marks}),
        )
    except Refused:
        if known is not None:
            raise AnotherSession(known) from None
        raise


def _new_session(
    programme: Programme,
    shown: UUID | None,
    by: User,
    values: dict[str, Any],
) -> Session:
    step = programme.current_step
    if step is None:
        raise Refused("There is no programme in force to log a session against.")
    if shown is not None and shown != step.code:
        raise StepMoved(step)
    if values["happened_on"] < programme.started_on:
        raise Refused(f"The programme began on {programme.started_on:%-d %B %Y}.")
    return Session.objects.create(
        programme=programme,
        version_id=step.version_id,
        step=step,
        targets=targets_of(step, Side(programme.episode.side)),
        logged_by=by,
        **values,
    )
