"""The patient's papers."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from patients.actions import lock_episode, once
from patients.models import User
from programmes.models import Handout, Version
from programmes.selectors.plans import why_no_paper
from programmes.selectors.running import dated_plan
from programmes.selectors.standing import standing_of
from upwell.http import Refused


@transaction.atomic
def print_handout(
    version: Version,
    *,
    options: dict[str, Any],
    form_token: UUID,
    today: date,
    by: User,
) -> Handout:
    """A paper for the patient: the current step of this version, with a code of its own.

    The same form sent again gives the same paper. Raises ``Refused`` while a red flag is open, for
    a version that is no longer in force, and for a step this tendon must not do any more.
    """
    lock_episode(version.programme.episode_id)
    return once(
        Handout,
        form_token=form_token,
        content={"version": version.pk, **options},
        create=lambda marks: _new_handout(version, today, by, {"options": options, **marks}),
    )


def _new_handout(version: Version, today: date, by: User, values: dict[str, Any]) -> Handout:
    standing = standing_of(version.programme.episode, today)
    step = standing.step
    if why := why_no_paper(version, standing):
        raise Refused(why)
    assert step is not None
    if dates := dated_plan(standing.episode, today).rows:
        # Kept with the paper: worked out again another day, the dates would be others.
        stored = [
            {
                "on": row.on.isoformat(),
                "what": f"{row.what}, once we have agreed on it" if row.waits else row.what,
                "amount": row.amount,
            }
            for row in dates
        ]
        values = {**values, "options": {**values["options"], "dates": stored}}
    return Handout.objects.create(version=version, step=step, printed_by=by, **values)
