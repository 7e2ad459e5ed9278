"""Keeping the record: what corrects a signed assessment and leaves it readable."""

from django.db import transaction

from assessments.actions.examination import check_may_be_assessed, save_draft
from assessments.models import Assessment, VisaA
from assessments.selectors import recorded
from patients.actions import lock_episode
from patients.models import User
from upwell.http import Refused

# Of the questionnaire: what the page doesn't ask, and a copy keeps.
VISA_FORM = ("form_version", "wording", "wording_set_id", "reported_by")


@transaction.atomic
def amend(assessment: Assessment, *, reason: str, by: User) -> Assessment:
    """A draft that says what this signed assessment says, to be corrected and signed in its place.

    Asked again while that draft is open, it gives the same one. Raises ``Refused`` for a draft, for
    an assessment amended already, and while another draft of the episode is open.
    """
    episode = lock_episode(assessment.episode_id)
    original = Assessment.objects.all().whole().get(pk=assessment.pk)
    if not original.is_signed:
        raise Refused("This is a draft: change it as it is.")
    if original.superseded:
        raise Refused("This assessment has been amended already. Amend the newer one.")
    if draft := episode.assessments.draft():
        if draft.amends_id == original.pk:
            return draft
        raise Refused(f"{draft} is an open draft. Sign it first, then amend.")
    check_may_be_assessed(episode, original.examined_on)
    draft = Assessment.objects.create(
        episode=episode,
        examined_on=original.examined_on,
        created_by=by,
        amends=original,
        amendment_reason=reason.strip(),
    )
    copy = save_draft(draft, recorded(original), version=draft.version, by=by)
    if hasattr(original, "visa") and hasattr(copy, "visa"):
        form = {name: getattr(original.visa, name) for name in VISA_FORM}
        VisaA.objects.filter(pk=copy.visa.pk).update(**form)
    for treatment in original.treatments.exclude(note=""):
        copy.treatments.filter(kind=treatment.kind).update(note=treatment.note)
    return copy
