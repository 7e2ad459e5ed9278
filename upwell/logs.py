"""Log lines without patients in them."""

import logging
from contextvars import ContextVar

from django.db import DatabaseError

current_request: ContextVar[str] = ContextVar("current_request", default="-")


class LineFormatter(logging.Formatter):
    """One line a record with the request id; a database error gives its code, never its row.

    Postgres puts the failing row into the error's text, so the text of such an error is dropped.
    """

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        line = (
            f"{self.formatTime(record)} {record.levelname} [{current_request.get()}] {record.name}"
        )
        status = getattr(record, "status_code", "")
        if isinstance(error, DatabaseError):
            cause = error.__cause__
            state = getattr(cause, "sqlstate", None)
            constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
            return (
                f"{line} {status} {type(error).__name__} sqlstate={state} constraint={constraint}"
            )
        if error is not None:
            return f"{line} {self.formatException(record.exc_info)}"  # type: ignore[arg-type]
        return f"{line} {record.getMessage()}"
