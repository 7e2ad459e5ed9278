"""Changing the practice defaults: each change is a row of its own, and none is ever edited."""

from collections.abc import Mapping
from uuid import UUID

from django.db import IntegrityError, transaction

from assessments.rules.defaults import AssessmentDefaults
from patients.actions import EditedMeanwhile, once
from patients.in_force import forget
from patients.models import DefaultsChange, User
from programmes.rules.defaults import ProgrammeDefaults
from upwell.http import Refused


@transaction.atomic
def change_defaults(
    *,
    form_token: UUID,
    number: int,
    assessment: Mapping[str, int],
    programme: Mapping[str, int],
    reason: str,
    by: User,
) -> DefaultsChange:
    """The change that puts these settings in force; the same form sent again gives the same one.

    ``number`` is that of the change which was in force when the form was opened, 0 for none.
    Settings that aren't named take our value. What was decided before keeps the defaults it was
    decided with. Raises ``EditedMeanwhile`` when another change came first, ``ValueError`` naming
    a setting for a value out of its limits, and ``Refused`` when nothing would change.
    """
    values = {
        f"{app}.{each.name}": each.value
        for app, settings in (
            ("assessments", AssessmentDefaults.from_dict(assessment)),
            ("programmes", ProgrammeDefaults.from_dict(programme)),
        )
        for each in settings.described()
        if each.value != each.shipped
    }
    changes = DefaultsChange.objects.order_by("-number")
    before = changes.filter(number=number).first()
    if number and before is None:
        raise Refused("This page is out of date. Reload it.")
    if values == (before.values if before else {}):
        raise Refused("Nothing is changed: these are the defaults in force already.")
    if not reason.strip():
        raise Refused("Give the reason for the change.")
    content = {"number": number, "values": values, "reason": reason.strip()}
    try:
        made = once(
            DefaultsChange,
            form_token=form_token,
            content=content,
            create=lambda marks: DefaultsChange.objects.create(
                number=number + 1, values=values, reason=reason.strip(), made_by=by, **marks
            ),
        )
    except IntegrityError:
        # The number is taken: somebody else's change came first.
        raise EditedMeanwhile(changes.select_related("made_by").first()) from None
    forget()
    return made
