"""The record as JSON: every row, and every earlier state of it."""

import datetime
import hashlib
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models

from patients.models import User
from programmes.export.record import Record

FORMAT = 1


def as_json(record: Record, *, by: User, at: datetime.datetime) -> dict[str, Any]:
    """Every row and every earlier state of it, as docs/backups.md describes."""
    return {
        "format": FORMAT,
        "practice": settings.PRACTICE_NAME,
        "record_number": record.patient.record_number,
        "made_at": at.isoformat(),
        "made_by": by.pk,
        "people": {
            str(key): {"name": user.display_name, "signature": user.signature}
            for key, user in record.people.items()
        },
        "files": {
            file.name: {"sha256": hashlib.sha256(file.content).hexdigest(), "of": [label, key]}
            for (label, key), file in (
                ((model._meta.label, key), file) for (model, key), file in record.files.items()
            )
        },
        "tables": {
            model._meta.label: [_row(row) for row in rows] for model, rows in record.rows.items()
        },
        "history": {
            model._meta.label: [_row(row) for row in rows] for model, rows in record.history.items()
        },
    }


def _row(row: models.Model) -> dict[str, Any]:
    return {each.attname: _plain(getattr(row, each.attname)) for each in row._meta.concrete_fields}


def _plain(value: Any) -> Any:
    match value:
        case datetime.datetime() | datetime.date():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
        case bytes() | memoryview():
            return {"bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return value
