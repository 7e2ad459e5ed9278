"""Everything that changes patients and episodes, and the two guards every write goes through."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.db.models import F

from patients.models import Episode, Patient, Reopening, User
from patients.rules.age import why_not_adult
from patients.rules.terms import Side
from upwell.http import Refused

Row = TypeVar("Row", bound=models.Model)


class EditedMeanwhile(Refused):
    """Somebody saved the same record since this form was opened; ``theirs`` is what they saved."""

    def __init__(self, theirs: Any) -> None:
        super().__init__("Somebody else saved this record while you were typing.")
        self.theirs = theirs


class OpenAlready(Refused):
    """The episode is open: nobody needs to open it again."""

    def __init__(self) -> None:
        super().__init__("This episode is open already.")


class NumberTaken(Refused):
    """Another patient has this number of the practice system."""


def lock_episode(episode_id: int, *, closed_too: bool = False) -> Episode:
    """The episode as it stands now, with its patient, held until the transaction ends.

    Every write below an episode begins here, so two of them queue up in one order and can't wait
    for each other. ``no_key`` leaves rows that only point to the episode alone. Raises ``Refused``
    for a closed episode unless ``closed_too``.
    """
    locked = Episode.objects.select_for_update(of=("self",), no_key=True)
    episode = locked.select_related("patient", "clinician").get(pk=episode_id)
    if not episode.is_open and not closed_too:
        raise Refused("This episode is closed. Nothing can be added to it.")
    return episode


def once(
    model: type[Row],
    *,
    form_token: UUID,
    content: Mapping[str, Any],
    create: Callable[[dict[str, Any]], Row],
) -> Row:
    """The row this form makes, however often the form is sent.

    ``create`` gets the columns ``form_token`` and ``form_digest`` to write with the rest. Raises
    ``Refused`` when the token came before with other content.
    """
    digest = hashlib.sha256(json.dumps(content, default=str, sort_keys=True).encode()).hexdigest()
    rows = model._default_manager
    known = rows.filter(form_token=form_token).first()
    if known is None:
        try:
            with transaction.atomic():
                return create({"form_token": form_token, "form_digest": digest})
        except IntegrityError:
            # Two of the same form at once: one gets in, the other reads its row. The database may
            # name any unique column they share, not only the token.
            known = rows.filter(form_token=form_token).first()
            if known is None:
                raise
    if known.form_digest != digest:  # type: ignore[attr-defined]
        raise Refused(
            "This form was sent before with other answers. Reload the page and try again."
        )
    return known


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint a database error is about, blank when it names none."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


@transaction.atomic
def add_patient(*, form_token: UUID, by: User, **fields: Any) -> Patient:
    """A new patient with the fields of ``PATIENT_FIELDS``; the same form again is the same one.

    Raises ``NumberTaken`` when another patient has the external id.
    """
    with _number_free():
        return once(
            Patient,
            form_token=form_token,
            content=fields,
            create=lambda marks: Patient.objects.create(created_by=by, **marks, **fields),
        )


@transaction.atomic
def edit_patient(patient: Patient, *, version: int, **fields: Any) -> Patient:
    """Change demographics.

    Raises ``EditedMeanwhile`` if ``version`` is no longer the newest, and ``NumberTaken``.
    """
    with _number_free():
        changed = Patient.objects.filter(pk=patient.pk, version=version).update(
            version=F("version") + 1, **fields
        )
    saved = Patient.objects.get(pk=patient.pk)
    if not changed:
        raise EditedMeanwhile(saved)
    return saved


@contextmanager
def _number_free() -> Iterator[None]:
    """Turns the database's word that an external id is taken into ours."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "external_id" not in constraint_of(error):
            raise
        raise NumberTaken("Another patient has this number.") from error


@transaction.atomic
def open_episode(patient: Patient, *, side: Side, on: date, by: User) -> Episode:
    """A new episode on this side.

    Raises ``Refused`` while another is open there, and for a patient under 18.
    """
    if reason := why_not_adult(patient.age_on(on)):
        raise Refused(reason)
    # The row lock makes two simultaneous clicks queue up; the database constraint stands behind.
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if patient.episodes.open().filter(side=side).exists():
        raise Refused(f"There is already an open episode of the {side} Achilles. Use that one.")
    return Episode.objects.create(
        patient=patient, side=side, opened_on=on, opened_by=by, clinician=by
    )


@transaction.atomic
def discharge(episode: Episode, *, outcome: str, note: str, on: date, by: User) -> Episode:
    """Close an episode with its outcome. Raises ``Refused`` if it is closed already."""
    episode = lock_episode(episode.pk)
    episode.closed_on, episode.closed_by = on, by
    episode.outcome, episode.closing_note = outcome, note
    episode.save(update_fields=["closed_on", "closed_by", "outcome", "closing_note"])
    return episode


@transaction.atomic
def reopen(episode: Episode, *, reason: str, on: date, by: User) -> Episode:
    """Open a closed episode again because the same problem is back; how it was closed is kept.

    Raises ``OpenAlready``, and ``Refused`` while another episode of that side is, without a
    reason, and for a day before it was closed.
    """
    episode = lock_episode(episode.pk, closed_too=True)
    if episode.closed_on is None or episode.closed_by is None:
        raise OpenAlready
    if not reason.strip():
        raise Refused("Say why it is opened again.")
    if on < episode.closed_on:
        raise Refused("It can't be opened again before it was closed.")
    others = episode.patient.episodes.open().filter(side=episode.side)
    if others.exclude(pk=episode.pk).exists():
        raise Refused(
            f"Another episode of the {episode.get_side_display().lower()} Achilles is open."
            " Go on with that one, or close it first."
        )
    Reopening.objects.create(
        episode=episode,
        closed_on=episode.closed_on,
        closed_by=episode.closed_by,
        outcome=episode.outcome,
        closing_note=episode.closing_note,
        reopened_on=on,
        reason=reason.strip(),
        reopened_by=by,
    )
    episode.closed_on, episode.closed_by = None, None
    episode.outcome, episode.closing_note = "", ""
    try:
        with transaction.atomic():
            episode.save(update_fields=["closed_on", "closed_by", "outcome", "closing_note"])
    except IntegrityError as error:
        # Somebody opened another episode of that side at the same moment.
        if "one_open_episode_a_side" not in constraint_of(error):
            raise
        raise Refused("Another episode of this side has just been opened.") from error
    return episode
