"""Log lines without patients in them."""

import logging
import traceback
from contextvars import ContextVar

from django.db import DatabaseError

current_request: ContextVar[str] = ContextVar("current_request", default="-")


class LineFormatter(logging.Formatter):
    """One line a record with the request id; an error gives its type and place, never its text.

    Postgres puts the failing row into the text of an error, and any error may repeat what was
    typed. Type, place, and for the database its code and constraint, are enough to find the line.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname} [{current_request.get()}]"
        line = f"{line} {record.name}"
        if status := getattr(record, "status_code", None):
            line = f"{line} {status}"
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return f"{line} {record.getMessage()}"
        while error is not None:
            line = f"{line} {_told(error)}"
            error = error.__cause__ or error.__context__
        return line


def _told(error: BaseException) -> str:
    """Type and place of an error, and what the database says of itself."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    place = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
    told = f"{type(error).__name__} at {place or 'nowhere'}"
    if isinstance(error, DatabaseError):
        diagnosis = getattr(error.__cause__, "diag", None)
        state = getattr(error.__cause__, "sqlstate", None)
        constraint = getattr(diagnosis, "constraint_name", None)
        told = f"{told} sqlstate={state} constraint={constraint}"
    return told
