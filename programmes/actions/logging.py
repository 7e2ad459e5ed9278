"""Logging a session."""

from typing import Any
from uuid import UUID

from django.db import transaction

from patients.actions import lock_episode, once
from patients.models import User
from programmes.models import Programme, Session
from upwell.http import Refused


@transaction.atomic
def log_session(
    programme: Programme, *, form_token: UUID, by: User, step: UUID | None = None, **facts: Any
) -> Session:
    """A session held against the current step; the same form sent again gives the same session.

    ``facts`` are the fields of the session form; ``step`` is the code of the step the form showed.
    Raises ``Refused`` for a session before the programme, without a step to hold it against, and
    when the patient was moved to another step since the form was opened.
    """
    lock_episode(programme.episode_id)
    programme = Programme.objects.select_related("current_step__version").get(pk=programme.pk)
    return once(
        Session,
        form_token=form_token,
        content={"programme": programme.pk, **facts},
        create=lambda marks: _new_session(programme, step, by, {**facts, **marks}),
    )


def _new_session(
    programme: Programme, shown: UUID | None, by: User, values: dict[str, Any]
) -> Session:
    step = programme.current_step
    if step is None:
        raise Refused("There is no programme in force to log a session against.")
    if shown is not None and shown != step.code:
        raise Refused(f"The patient was moved to {step} meanwhile. Look at the new targets first.")
    if values["happened_on"] < programme.started_on:
        raise Refused(f"The programme began on {programme.started_on:%-d %B %Y}.")
    targets = [
        {"name": item.name, "dose": item.dose_words, "exercise": item.exercise}
        for item in step.items.all()
    ]
    return Session.objects.create(
        programme=programme,
        version=step.version,
        step=step,
        targets=targets,
        logged_by=by,
        **values,
    )
