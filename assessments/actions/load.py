"""Everything that changes the load history: runs typed by hand, and events that changed the load.

The log belongs to the patient and is written from the page of any of the patient's episodes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from assessments.models import LoadEvent, Run, RunBatch
from assessments.rules.duplicates import LoggedRun, duplicates
from assessments.rules.load_history import distance_words
from assessments.rules.typed_runs import TypedRun
from patients.actions import lock_episode, once
from patients.models import Episode, Patient, User
from upwell.clock import now
from upwell.http import Refused

SAVE, LEAVE = "save", "leave"
"""What to do with rows that look like runs in the log already."""


class LikelyDuplicates(Refused):
    """Some of the runs look like others. ``twins`` says of each place which; ``seen`` names exactly
    this list, and is given back with the answer."""

    def __init__(self, twins: Mapping[int, str]) -> None:
        super().__init__("Some of these runs look like runs that are in the log already.")
        self.twins = twins
        listed = "|".join(f"{place} {words}" for place, words in sorted(twins.items()))
        self.seen = hashlib.sha256(listed.encode()).hexdigest()[:32]


def lock_patient_of(episode: Episode) -> Patient:
    """The patient whose log this is, held until the transaction ends.

    Every write of a load history begins here: the episode first, as everywhere, then the patient,
    so that the pages of two tendons queue up. Raises ``Refused`` for a closed episode.
    """
    episode = lock_episode(episode.pk)
    return Patient.objects.select_for_update(no_key=True).get(pk=episode.patient_id)


@transaction.atomic
def add_runs(
    episode: Episode,
    runs: Sequence[TypedRun],
    *,
    form_token: UUID,
    by: User,
    answer: str = "",
    seen: str = "",
) -> RunBatch:
    """Typed runs as one batch of the patient's log; the same form sent again is the same batch.

    Raises ``LikelyDuplicates`` when some look like runs of the log, unless ``answer`` says what to
    do with exactly those (``seen``), and ``Refused`` when nothing is left to save or the episode
    is closed.
    """
    patient = lock_patient_of(episode)

    def create(marks: dict[str, Any]) -> RunBatch:
        kept = _without_duplicates(patient, runs, answer, seen)
        batch = RunBatch.objects.create(
            patient=patient,
            source=RunBatch.Source.HAND,
            status=RunBatch.Status.KEPT,
            made_by=by,
            kept_by=by,
            kept_at=now(),
            **marks,
        )
        Run.objects.bulk_create(
            Run(
                patient=patient,
                batch=batch,
                happened_on=run.on,
                distance_m=run.distance_m,
                duration_s=run.duration_s,
                surface=run.surface or "",
                note=run.note,
            )
            for run in kept
        )
        return batch

    content = {"patient": patient.pk, "runs": [asdict(run) for run in runs], "answer": answer}
    return once(RunBatch, form_token=form_token, content=content, create=create)


def _without_duplicates(
    patient: Patient, runs: Sequence[TypedRun], answer: str, seen: str
) -> Sequence[TypedRun]:
    """The runs to save. Looked up behind the lock, so two people's rows can't slip past."""
    twins = _twins(patient, runs)
    if twins:
        asked = LikelyDuplicates(twins)
        if answer not in (SAVE, LEAVE) or seen != asked.seen:
            raise asked
        if answer == LEAVE:
            runs = [run for place, run in enumerate(runs) if place not in twins]
    if not runs:
        raise Refused("Nothing is left to save: all of these runs are in the log already.")
    return runs


def _twins(patient: Patient, runs: Sequence[TypedRun]) -> dict[int, str]:
    """Which of the runs look like which others, in words, by place."""
    typed = [
        LoggedRun(happened_on=run.on, distance_m=run.distance_m, duration_s=run.duration_s)
        for run in runs
    ]
    days = [run.on for run in runs]
    logged = Run.objects.counted().filter(
        patient=patient,
        happened_on__range=(min(days) - timedelta(days=1), max(days) + timedelta(days=1)),
    )
    known = [
        LoggedRun(happened_on=day, started_at=at, distance_m=metres, duration_s=seconds)
        for day, at, metres, seconds in logged.values_list(
            "happened_on", "started_at", "distance_m", "duration_s"
        )
    ]
    words = {}
    for place, twin in enumerate(duplicates(typed, known)):
        if twin is None:
            continue
        where, other = twin
        run = known[other] if where == "known" else typed[other]
        what = distance_words(run.distance_m) if run.distance_m else "no distance"
        place_words = "in the log already" if where == "known" else f"row {other + 1} here"
        words[place] = f"{run.happened_on:%-d %B %Y}, {what}, {place_words}"
    return words


@transaction.atomic
def add_load_event(
    episode: Episode, *, kind: str, on: date, form_token: UUID, by: User, **values: Any
) -> LoadEvent:
    """A change of load in the patient's log; the same form sent again is the same one.

    ``values`` are columns of ``LoadEvent`` that belong to the kind; None is not recorded. Raises
    ``Refused`` for a closed episode.
    """
    patient = lock_patient_of(episode)
    return once(
        LoadEvent,
        form_token=form_token,
        content={"patient": patient.pk, "kind": kind, "on": on, **values},
        create=lambda marks: LoadEvent.objects.create(
            patient=patient, kind=kind, happened_on=on, recorded_by=by, **marks, **values
        ),
    )


@transaction.atomic
def strike_out(episode: Episode, entry: Run | LoadEvent, *, reason: str, by: User) -> None:
    """Strike a wrong run or change of load out: kept and readable, counted nowhere.

    Raises ``Refused`` if it is struck out already, and for a closed episode.
    """
    lock_patient_of(episode)
    rows = type(entry)._default_manager.filter(pk=entry.pk, struck_at=None)
    if not rows.update(struck_at=now(), struck_by=by, struck_reason=reason):
        raise Refused("Somebody has struck this out already.")
