"""An account that opens very many records: told in the log, and on the status page.

Nobody is kept from reading: who cares for somebody must get at the record. But an account that
somebody else uses, or a person who looks through everybody, is noticed within the hour.
"""

import logging
import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import TruncHour

from patients.models import AccessLog
from upwell.clock import now

logger = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
LOOKS_BACK = timedelta(days=7)
ASKS_EACH = 20
"""How many patients an account opens, in one web process, between two counts in the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who opened the records of so many patients in the hour from ``hour`` on."""

    user: str
    hour: datetime
    patients: int


_lock = threading.Lock()
# Whom each account has opened in this process, in the hour counted from 1970.
_opened: dict[int, set[int]] = {}
_hour = 0


def note(user: int, patients: Collection[int]) -> None:
    """Remember that this account opens these, and warn in the log where there are too many.

    One query for each twenty patients an account opens, none for the others. The warning names the
    account by its number and no patient.
    """
    if not _time_to_count(user, patients):
        return
    since = AccessLog.objects.filter(user=user, at__gt=now() - HOUR, denied=False)
    count = since.aggregate(count=Count("patient", distinct=True))["count"]
    if count >= settings.PATIENTS_AN_HOUR:
        logger.warning("user=%d opened the records of %d patients within an hour", user, count)


def _time_to_count(user: int, patients: Collection[int]) -> bool:
    global _hour
    hour = int(now().timestamp() // HOUR.total_seconds())
    with _lock:
        if hour != _hour:
            _opened.clear()
            _hour = hour
        opened = _opened.setdefault(user, set())
        before = len(opened) // ASKS_EACH
        opened.update(patients)
        return len(opened) // ASKS_EACH > before


def many_readers(at: datetime) -> list[Reader]:
    """Who opened too many in one hour of the clock of the last seven days, the most first."""
    rows = (
        AccessLog.objects.filter(at__gt=at - LOOKS_BACK, at__lte=at, denied=False)
        .values("user__display_name", hour=TruncHour("at"))
        .annotate(patients=Count("patient", distinct=True))
        .filter(patients__gte=settings.PATIENTS_AN_HOUR)
        .order_by("-patients", "hour", "user")
    )
    return [
        Reader(user=row["user__display_name"], hour=row["hour"], patients=row["patients"])
        for row in rows
    ]
