"""Everything that changes patients and episodes."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F

from patients.models import Episode, Patient, User
from patients.rules.terms import Side
from upwell.http import Refused


class EditedMeanwhile(Refused):
    """Somebody saved the same record since this form was opened; ``theirs`` is what they saved."""

    def __init__(self, theirs: Any) -> None:
        super().__init__("Somebody else saved this record while you were typing.")
        self.theirs = theirs


@transaction.atomic
def add_patient(*, by: User, **fields: Any) -> Patient:
    """A new patient with the fields of ``PATIENT_FIELDS``."""
    return Patient.objects.create(created_by=by, **fields)


@transaction.atomic
def edit_patient(patient: Patient, *, version: int, **fields: Any) -> Patient:
    """Change demographics. Raises ``EditedMeanwhile`` if ``version`` is no longer the newest."""
    changed = Patient.objects.filter(pk=patient.pk, version=version).update(
        version=F("version") + 1, **fields
    )
    saved = Patient.objects.get(pk=patient.pk)
    if not changed:
        raise EditedMeanwhile(saved)
    return saved


@transaction.atomic
def open_episode(patient: Patient, *, side: Side, on: date, by: User) -> Episode:
    """A new episode on this side. Raises ``Refused`` while another is open there."""
    # The row lock makes two simultaneous clicks queue up; the database constraint stands behind.
    Patient.objects.select_for_update().get(pk=patient.pk)
    if patient.episodes.open().filter(side=side).exists():
        raise Refused(f"There is already an open episode of the {side} Achilles. Use that one.")
    return Episode.objects.create(
        patient=patient, side=side, opened_on=on, opened_by=by, clinician=by
    )


@transaction.atomic
def discharge(episode: Episode, *, outcome: str, note: str, on: date, by: User) -> Episode:
    """Close an episode with its outcome. Raises ``Refused`` if it is closed already."""
    closed = (
        Episode.objects.open()
        .filter(pk=episode.pk)
        .update(closed_on=on, closed_by=by, outcome=outcome, closing_note=note)
    )
    if not closed:
        raise Refused("This episode is closed already.")
    episode.refresh_from_db()
    return episode
