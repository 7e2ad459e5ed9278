"""The moment a record is made: one place, so that invented stories are told in their own time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_told: ContextVar[datetime | None] = ContextVar("told", default=None)


def now() -> datetime:
    """The present moment; inside ``told_at`` the moment that is told."""
    return _told.get() or timezone.now()


def is_telling() -> bool:
    """Whether a story is being told: then nothing is done that only somebody waiting needs."""
    return _told.get() is not None


@contextmanager
def told_at(moment: datetime) -> Iterator[None]:
    """Records made inside carry this moment, never one to come. For the demo's stories alone.

    The database's own history keeps the true time of every row.
    """
    token = _told.set(min(moment, timezone.now()))
    try:
        yield
    finally:
        _told.reset(token)
