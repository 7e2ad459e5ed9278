"""Log lines without patients in them.

A line says when, which request, who, which page by the name of its URL, how it went, and of an
error its kind and place. It never repeats what was typed, an address, or the words of an error:
Postgres puts the failing row into the text of an error, and any error may quote what it met.
"""

import json
import logging
import sys
import threading
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from django.core.signals import got_request_exception
from django.db import DatabaseError
from django.dispatch import receiver
from django.http import HttpRequest

__all__ = [
    "JsonFormatter",
    "LineFormatter",
    "ToldElsewhere",
    "current_request",
    "error_facts",
    "keep_words_out",
    "remember",
]

current_request: ContextVar[str] = ContextVar("current_request", default="-")

# Loggers whose messages we write ourselves; anybody else's message may hold anything.
OURS = ("upwell", "patients", "assessments", "programmes")
DEEPEST_CAUSE = 5
PLACES = 3


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for a program to read."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request": current_request.get(),
        }
        told |= getattr(record, "facts", {}) or {"says": words_of(record)}
        if "error" not in told and (error := _error_of(record)):
            told["error"] = error_facts(error)
        return json.dumps(told, default=str)


class LineFormatter(logging.Formatter):
    """One line a record, for a person to read: the same facts in words."""

    def format(self, record: logging.LogRecord) -> str:
        facts = dict(getattr(record, "facts", {}))
        errors = facts.pop("error", None)
        if errors is None:
            error = _error_of(record)
            errors = error_facts(error) if error else []
        line = f"{self.formatTime(record)} {record.levelname} [{current_request.get()}]"
        line = f"{line} {record.name}"
        if status := getattr(record, "status_code", None):
            line = f"{line} {status}"
        if facts:
            line = f"{line} " + " ".join(f"{name}={value}" for name, value in facts.items())
        elif not errors:
            line = f"{line} {words_of(record)}"
        for each in errors:
            line = f"{line} {each['kind']} at {' < '.join(each['places']) or 'nowhere'}"
            if "sqlstate" in each:
                line = f"{line} sqlstate={each['sqlstate']} constraint={each['constraint']}"
        return line


class ToldElsewhere(logging.Filter):
    """Drops what Django says of a request that has a line of its own (``RequestLine``)."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        return not getattr(request, "has_line", False)


def words_of(record: logging.LogRecord) -> str:
    """The record's message, when it is ours; of anybody else's only what can't quote a request.

    That is the message before its arguments are put in, up to the first colon or line.
    """
    if record.name.split(".")[0] in OURS:
        return " ".join(record.getMessage().split())
    if record.name == "py.warnings":
        # "file.py:12: UserWarning: words"
        return ": ".join(record.getMessage().split(": ", 2)[:2])
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    arguments = record.args if isinstance(record.args, tuple) else ()
    kept = tuple(each if isinstance(each, int | float) else "…" for each in arguments)
    try:
        told = record.msg % kept if kept else record.msg
    except (TypeError, ValueError):
        told = record.msg
    return told.split("\n")[0].split(": ")[0].strip()


def error_facts(error: BaseException) -> list[dict[str, Any]]:
    """Kind and place of an error and of what caused it; of the database's, its code and constraint.

    ``places`` are at most three, the innermost first.
    """
    told: list[dict[str, Any]] = []
    cause: BaseException | None = error
    while cause is not None and len(told) < DEEPEST_CAUSE:
        frames = traceback.extract_tb(cause.__traceback__)[-PLACES:]
        facts: dict[str, Any] = {
            "kind": type(cause).__name__,
            "places": [f"{frame.filename}:{frame.lineno}" for frame in reversed(frames)],
        }
        if isinstance(cause, DatabaseError):
            diagnosis = getattr(cause.__cause__, "diag", None)
            facts["sqlstate"] = getattr(cause.__cause__, "sqlstate", None)
            facts["constraint"] = getattr(diagnosis, "constraint_name", None)
        told.append(facts)
        cause = cause.__cause__ or cause.__context__
    return told


def remember(request: HttpRequest, error: BaseException) -> None:
    """Have the request's line tell of this error, also when a page was found to answer it."""
    request.failure = error_facts(error)  # type: ignore[attr-defined]


@receiver(got_request_exception, dispatch_uid="upwell.logs")
def _remember(sender: object, request: HttpRequest | None = None, **_: object) -> None:
    error = sys.exc_info()[1]
    if request is not None and error is not None:
        remember(request, error)


def keep_words_out(*, of_everything: bool) -> None:
    """Log what nobody caught instead of printing it with its words; warnings too.

    A server does that ``of_everything``; a command only where the database's words, and so
    perhaps a row, are in the error.
    """

    def uncaught(
        kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error or kind(), trace)
        elif of_everything or _has_words_of_the_database(error):
            logging.getLogger("upwell").critical("Stopped", exc_info=(kind, error, trace))
        else:
            sys.__excepthook__(kind, error, trace)

    sys.excepthook = uncaught
    threading.excepthook = lambda told: uncaught(told.exc_type, told.exc_value, told.exc_traceback)
    # When a line can't be written, logging would print the message with its arguments.
    logging.raiseExceptions = False
    logging.captureWarnings(True)


def _has_words_of_the_database(error: BaseException | None) -> bool:
    while error is not None:
        # psycopg's own errors too, which aren't Django's.
        if isinstance(error, DatabaseError) or hasattr(error, "sqlstate"):
            return True
        error = error.__cause__ or error.__context__
    return False


def _error_of(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None
