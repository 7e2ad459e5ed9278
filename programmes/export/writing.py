"""The record written into a folder of its own, and put on record as a reading."""

import datetime
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from patients.models import AccessLog, Patient, User
from patients.rules.roles import May
from programmes.export.files import as_html, as_pdf
from programmes.export.page import page_of
from programmes.export.record import Record, record_of
from programmes.export.rows import as_json
from programmes.models import Handout, Letter
from upwell.http import Refused

PRIVATE, PRIVATE_FOLDER = 0o600, 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Where the record was written to, how many rows and files it has, and of how many papers.

    Not every paper's bytes were kept: of those only that they were printed is on record.
    """

    folder: Path
    rows: int
    files: int
    papers: int


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """One transaction whose every question sees the database as the first did."""
    within = connection.in_atomic_block
    with transaction.atomic():
        if not within:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def export(patient: Patient, *, by: User, into: Path) -> Exported:
    """Write the whole record into a new folder there, and put that on record as a reading.

    Readable by the account that runs this alone. All of it is of one moment, whoever saves
    meanwhile. The folder is there whole, and the reading on record, or it is not there at all.
    Raises ``Refused``.
    """
    if not by.is_active or not by.may(May.LEAD):
        raise Refused(f"{by} is no active practice lead: only a lead hands out a whole record.")
    at = timezone.now()
    folder = into / f"{patient.record_number}-{timezone.localtime(at):%Y-%m-%d-%H%M%S}"
    unfinished = into / f".{folder.name}.{secrets.token_hex(4)}"
    try:
        into.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        if folder.exists():
            raise Refused("This record was exported in this very second. Try again.")
        unfinished.mkdir(mode=PRIVATE_FOLDER)
        with _one_snapshot():
            reading = AccessLog(user=by, patient=patient, page="export_patient", method="COMMAND")
            reading.save()
            record = record_of(Patient.objects.get(pk=patient.pk))
            _fill(unfinished, record, by=by, at=at)
        # The reading is on record now.
        unfinished.rename(folder)
        _on_disk(into)
    except OSError as error:
        raise Refused(f"The record can't be written: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    rows = sum(len(each) for each in (*record.rows.values(), *record.history.values()))
    papers = len(record.rows[Handout]) + len(record.rows[Letter])
    return Exported(folder=folder, rows=rows, files=len(record.files), papers=papers)


def _fill(folder: Path, record: Record, *, by: User, at: datetime.datetime) -> None:
    """Write the files of a record, and have them on the disk."""
    page = page_of(record, by=by, at=at)
    told = as_json(record, by=by, at=at)
    _write(folder / "record.json", json.dumps(told, ensure_ascii=False, indent=1).encode())
    _write(folder / "record.html", as_html(page).encode("utf-8", "replace"))
    _write(folder / "record.pdf", as_pdf(page))
    for file in record.files.values():
        _write(folder / file.name, file.content)
    for each in (*(path for path in folder.rglob("*") if path.is_dir()), folder):
        _on_disk(each)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _on_disk(folder: Path) -> None:
    """Have the names in a folder on the disk too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
