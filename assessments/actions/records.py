"""Keeping the record: what corrects a signed assessment and leaves it readable."""

from django.db import transaction
from django.db.models import F

from assessments.actions.examination import check_may_be_assessed, save_draft
from assessments.models import Assessment, VisaA
from assessments.selectors import recorded
from patients.actions import lock_episode
from patients.models import User
from upwell.clock import now
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


@transaction.atomic
def discard_draft(assessment: Assessment, *, reason: str, by: User) -> Assessment:
    """The draft set aside: readable, with name and reason, but counted nowhere; locks it raised
    stay. An amendment's original may then be amended again.

    The same again gives the same. Raises ``Refused`` for a signed assessment.
    """
    lock_episode(assessment.episode_id, closed_too=True)
    draft = Assessment.objects.get(pk=assessment.pk)
    if draft.status == Assessment.Status.VOID:
        return draft
    if draft.is_signed:
        raise Refused("This assessment is signed. Amend it instead.")
    why = reason.strip()
    if draft.amends_id:
        why = f"{why} (Begun as an amendment: {draft.amendment_reason})"
    Assessment.objects.filter(pk=draft.pk).update(
        status=Assessment.Status.VOID,
        void_by=by,
        void_at=now(),
        void_reason=why,
        amends=None,
        amendment_reason="",
        version=F("version") + 1,
    )
    return Assessment.objects.all().whole().get(pk=draft.pk)
