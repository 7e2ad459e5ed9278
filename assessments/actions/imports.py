"""Importing training logs: files in, a preview, and runs only once somebody confirms it.

Lock order: the episode, its patient, the batch. Reading takes the batch alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from time import monotonic
from typing import Any, BinaryIO, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from assessments.actions.load import lock_patient_of
from assessments.imports import (
    Entry,
    Part,
    Unreadable,
    from_row,
    read_part,
    read_upload,
    to_row,
)
from assessments.imports.limits import ROWS
from assessments.imports.preview import Fate, OnRecord, Row, judged, taken
from assessments.models import Run, RunBatch, UnreadPart
from assessments.rules.duplicates import LoggedRun
from patients.actions import once
from patients.models import Episode, Patient, User
from upwell.clock import now
from upwell.http import Refused

# One request reads about this long; the rest waits for the next one.
READ_SECONDS = 2.0
# The first look at the files, lists read whole, starts on no further file after this long.
LOOK_SECONDS = 8.0
TOO_SLOW = "Not looked into: the files before it took too long. Choose fewer at a time."
TOO_MANY = f"These are more than {ROWS:,} activities. Choose fewer at a time."
# Pieces of files nobody came back to may hold places on the map; a preview holds rows only. Both go
# once they are this old, as soon as the next import begins or `manage.py forget_imports` runs.
ABANDONED_AFTER = timedelta(days=1)
UNCONFIRMED_AFTER = timedelta(days=30)
NAME_SHOWN = 100

Unit = Literal["", "km", "mi"]
Status = RunBatch.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file as it was sent: its name, content, size in bytes and SHA-256 in hexadecimal."""

    name: str
    file: BinaryIO
    size: int
    sha256: str


class NothingRead(Refused):
    """None of the files can be taken; ``reasons`` has one sentence for each."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@transaction.atomic
def receive(
    patient: Patient, *, uploads: Sequence[Upload], form_token: UUID, today: date, by: User
) -> RunBatch:
    """An import of these files, read as far as ``READ_SECONDS`` allow; no run is made.

    The same form again is the same import. Raises ``NothingRead`` when no file can be taken; when
    some can, ``files`` of the import says why the others can't.
    """
    forget_imports()
    return once(
        RunBatch,
        form_token=form_token,
        content={"patient": patient.pk, "files": [upload.sha256 for upload in uploads]},
        # The row first: the same form sent at the same time waits for it instead of reading too.
        create=lambda marks: _open(
            RunBatch.objects.create(
                patient=patient,
                source=RunBatch.Source.FILE,
                status=Status.READING,
                made_by=by,
                **marks,
            ),
            uploads,
            today,
        ),
    )


@transaction.atomic
def read_on(batch: RunBatch, *, unit: Unit = "", about: int | None = None, today: date) -> RunBatch:
    """The import with the next pieces read, for ``READ_SECONDS``; a preview when none is left.

    ``unit`` answers for the one list ``about`` (its ``asks_unit``) that doesn't say whether it
    counts kilometres or miles; each such list waits for its own answer. Nothing happens to an
    import that is read already. One that turns out to hold more than ``ROWS`` activities is
    dropped whole, and its files say why.
    """
    batch = _locked(batch)
    if batch.status != Status.READING:
        return batch
    until, done = monotonic() + READ_SECONDS, []
    asking = {told["asks_unit"]: told for told in batch.files if told["asks_unit"] is not None}
    if unit and about is not None and about in asking:
        part = batch.unread.get(position=about)
        _take_list(batch, asking[about], part, unit)
        done.append(part.pk)
    for part in batch.unread.exclude(position__in=list(asking)).iterator(chunk_size=1):
        if len(batch.rows) > ROWS or (done and monotonic() > until):
            break
        piece = Part(name=part.name, content=bytes(part.content))
        batch.rows += map(to_row, read_part(piece, zone=_zone()))
        done.append(part.pk)
    if len(batch.rows) > ROWS:
        return _refused_whole(batch)
    batch.unread.filter(pk__in=done).delete()
    return _settled(batch, today)


@transaction.atomic
def keep_import(
    batch: RunBatch, *, episode: Episode, ticked: Collection[int], by: User
) -> RunBatch:
    """The import with its new runs in the log, all or none, and ``ticked`` doubtful rows too.

    Compared with the log once more, because it may have grown since the preview. The same again is
    the same import. Raises ``Refused`` for an import that is still being read, was dropped or was
    undone, and for a closed episode.
    """
    patient = lock_patient_of(episode)
    batch = _locked(batch)
    if batch.status == Status.KEPT:
        return batch
    if batch.status != Status.PREVIEW:
        raise Refused(WHY_NOT_KEPT[Status(batch.status)])
    before = batch.rows
    if not any(_chosen(place, row, ticked) for place, row in enumerate(before)):
        raise Refused("None of these rows is a new run, so there is nothing to add.")
    batch.rows = taken(before, ticked, _on_record(patient))
    batch.status, batch.kept_by, batch.kept_at = Status.KEPT, by, now()
    batch.save(update_fields=["rows", "status", "kept_by", "kept_at"])
    added = [from_row(row) for row in batch.rows if row["is"] == Fate.ADDED]
    Run.objects.bulk_create((_run(entry, batch) for entry in added), batch_size=500)
    return batch


@transaction.atomic
def drop_import(batch: RunBatch) -> RunBatch:
    """The import thrown away before it was confirmed; nothing of its rows is kept.

    The same again is the same import. Raises ``Refused`` for one that was confirmed.
    """
    batch = _locked(batch)
    if batch.status == Status.DROPPED:
        return batch
    if batch.status not in (Status.READING, Status.PREVIEW):
        raise Refused("This import was confirmed meanwhile. Undo it instead.")
    return _dropped(batch)


@transaction.atomic
def forget_imports() -> int:
    """Drop imports whose reading nobody went on with for a day, and previews that nobody confirmed
    for 30 days; how many they were."""
    reading = Q(status=Status.READING, made_at__lt=now() - ABANDONED_AFTER)
    unconfirmed = Q(status=Status.PREVIEW, made_at__lt=now() - UNCONFIRMED_AFTER)
    # One that somebody works on at this moment is not abandoned.
    old = RunBatch.objects.filter(reading | unconfirmed).defer("rows")
    dropped = [_dropped(batch) for batch in old.select_for_update(no_key=True, skip_locked=True)]
    return len(dropped)


@transaction.atomic
def undo_import(batch: RunBatch, *, episode: Episode, by: User) -> RunBatch:
    """The import, or the rows typed together, taken back as one: its runs count nowhere any more
    and stay readable.

    The same again is the same batch. Raises ``Refused`` for one that was never confirmed, and for
    a closed episode.
    """
    lock_patient_of(episode)
    batch = _locked(batch)
    if batch.status == Status.UNDONE:
        return batch
    if batch.status != Status.KEPT:
        raise Refused("This import was never confirmed, so there is nothing to undo.")
    batch.status, batch.undone_by, batch.undone_at = Status.UNDONE, by, now()
    batch.save(update_fields=["status", "undone_by", "undone_at"])
    return batch


WHY_NOT_KEPT = {
    Status.READING: "These files are still being read. Wait for the preview.",
    Status.DROPPED: "This import was dropped. Choose the files again to import them.",
    Status.UNDONE: "This import was undone. Choose the files again to import them.",
}


def _locked(batch: RunBatch) -> RunBatch:
    return RunBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)


def _dropped(batch: RunBatch) -> RunBatch:
    batch.unread.all().delete()
    batch.status, batch.rows = Status.DROPPED, []
    batch.save(update_fields=["status", "rows", "files"])
    return batch


def _refused_whole(batch: RunBatch) -> RunBatch:
    """Drop an import that holds too much: a half of what somebody ran would be a wrong log."""
    for told in batch.files:
        told["refused"], told["asks_unit"] = told["refused"] or TOO_MANY, None
    return _dropped(batch)


def _open(batch: RunBatch, uploads: Sequence[Upload], today: date) -> RunBatch:
    """Look into each file, as long as there is time and room; read what the time allows and store
    the rest to be read later."""
    began = monotonic()
    for upload in uploads:
        told: dict[str, Any] = {
            "name": upload.name[:NAME_SHOWN],
            "kind": "",
            "size": upload.size,
            "sha256": upload.sha256,
            "refused": "",
            "notes": [],
            "parts": 0,
            "asks_unit": None,
        }
        if batch.files and monotonic() > began + LOOK_SECONDS:
            told["refused"] = TOO_SLOW
        elif len(batch.rows) + batch.unread.count() >= ROWS:
            told["refused"] = TOO_MANY
        else:
            _look_into(batch, told, upload, began + READ_SECONDS)
        batch.files.append(told)
    if all(told["refused"] for told in batch.files):
        raise NothingRead([f"“{told['name']}”: {told['refused']}" for told in batch.files])
    return _settled(batch, today)


def _look_into(batch: RunBatch, told: dict[str, Any], upload: Upload, until: float) -> None:
    """Add what one file gives, rows and pieces that wait; or say in ``told`` why it gives none."""
    try:
        reading = read_upload(told["name"], upload.file, zone=_zone())
    except Unreadable as refused:
        told["refused"] = str(refused)
        return
    told["kind"], told["notes"] = reading.kind, list(reading.notes)
    rows = list(map(to_row, reading.entries))
    left = [reading.waiting_list] if reading.waiting_list else []
    for part in reading.parts:
        if monotonic() < until:
            rows += map(to_row, read_part(part, zone=_zone()))
        else:
            left.append(part)
    waiting = batch.unread.count()
    if len(batch.rows) + waiting + len(rows) + len(left) > ROWS:
        told["refused"] = TOO_MANY
        return
    batch.rows += rows
    told["parts"] = len(reading.parts)
    told["asks_unit"] = waiting if reading.waiting_list else None
    UnreadPart.objects.bulk_create(
        (
            UnreadPart(batch=batch, position=place, name=part.name[:200], content=part.content)
            for place, part in enumerate(left, start=waiting)
        ),
        # One may have 20 MB, and a batch is one statement.
        batch_size=1,
    )


def _take_list(batch: RunBatch, told: dict[str, Any], part: UnreadPart, unit: Unit) -> None:
    """Read a list now that its unit is known."""
    told["asks_unit"] = None
    try:
        reading = read_upload(part.name, BytesIO(bytes(part.content)), zone=_zone(), unit=unit)
    except Unreadable as refused:
        if told["parts"]:
            told["notes"].append(f"The list was left out. {refused}")
        else:
            told["refused"] = str(refused)
    else:
        told["notes"] += [note for note in reading.notes if note not in told["notes"]]
        batch.rows += map(to_row, reading.entries)


def _settled(batch: RunBatch, today: date) -> RunBatch:
    """Save how far the reading came; with nothing left to read, make the preview."""
    if not batch.unread.exists():
        entries = map(from_row, batch.rows)
        batch.rows = judged(entries, _on_record(batch.patient), today=today)
        batch.status = Status.PREVIEW
    batch.save(update_fields=["rows", "files", "status"])
    return batch


def _on_record(patient: Patient) -> list[OnRecord]:
    """The runs of the log: those that count, and those struck out one by one."""
    kept = patient.runs.filter(batch__status=Status.KEPT).order_by("happened_on", "pk")
    columns = ("happened_on", "started_at", "distance_m", "duration_s")
    about = ("origin", "struck_at", "struck_reason")
    return [
        OnRecord(
            run=LoggedRun(**{column: run[column] for column in columns}),
            origin=run["origin"],
            struck=_struck_words(run) if run["struck_at"] else "",
        )
        for run in kept.values(*columns, *about)
    ]


def _struck_words(run: Mapping[str, Any]) -> str:
    on = timezone.localdate(run["struck_at"])
    return f"struck out on {on:%-d %B %Y}: {run['struck_reason']}"


def _chosen(place: int, row: Row, ticked: Collection[int]) -> bool:
    return row["is"] == Fate.NEW or (row["is"] == Fate.DOUBTFUL and place in ticked)


def _run(entry: Entry, batch: RunBatch) -> Run:
    assert entry.happened_on is not None
    return Run(
        patient_id=batch.patient_id,
        batch=batch,
        happened_on=entry.happened_on,
        started_at=entry.started_at,
        distance_m=entry.distance_m,
        duration_s=entry.duration_s,
        surface=entry.surface or "",
        origin=entry.origin[:30],
    )


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)
