"""Whether this process can serve: the database answers, its tables fit, papers can be drawn.

Asked on a connection of its own and in a thread of its own, so the answer comes in time also when
the database hangs and says nothing at all.
"""

import logging
import queue
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from upwell import checks, pdf
from upwell.press import Unprintable

logger = logging.getLogger(__name__)

# A database that takes longer to say a word is not there.
PATIENCE_S = 2.0
# Whoever can reach the address may ask, as often as they like.
HELD_S = 1.0
# Between two tries to draw a first paper where that failed.
AGAIN_S = 30.0
# What of the connection's settings says where the server is and when it counts as gone: a thread
# that waits for one without a word ends too.
CONNECTION = (
    *("dbname", "user", "password", "host", "port", "service", "sslmode", "sslrootcert"),
    *("keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"),
)
FIRST_PAPER = '<!doctype html><html lang="en"><head><title>-</title></head><body>-</body></html>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """What the database said of itself."""

    takes_writes: bool
    # Names of migrations this program needs and the database lacks: "patients 0005_safe_hands".
    missing: tuple[str, ...]
    # By how much its clock is ahead of ours, in seconds.
    ahead_s: float
    size_bytes: int
    version: str
    # Whether it keeps its write-ahead log elsewhere, and how often that failed the last time.
    archives: bool
    archive_failing: bool


class _LastAnswer:
    """Whether this process was ready a moment ago; however many ask, the database is asked once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.at = -HELD_S
        self.ready = False

    def is_ready(self) -> bool:
        with self.lock:
            if time.monotonic() - self.at >= HELD_S:
                self.ready = _is_ready_now()
                self.at = time.monotonic()
            return self.ready


_last_answer = _LastAnswer()


def is_ready() -> bool:
    """Whether pages and papers can be served, as of a second ago at most.

    Answers within about two seconds. A process that started while the database was away asks here
    whether it may be served from at all; where not, it is never ready.
    """
    return _last_answer.is_ready()


def _is_ready_now() -> bool:
    database = ask_database()
    if database is None or database.missing:
        return False
    if reasons := checks.reasons_found_late():
        logger.error("Upwell does not serve from this database: %s", " ".join(reasons))
        return False
    return draws()


def ask_database(*, write: bool = False, patience_s: float = PATIENCE_S) -> Database | None:
    """What the database says of itself; None if it says nothing within ``patience_s``.

    ``takes_writes`` is tried with ``write`` only: a row is written and taken back. Without it, it
    says whether the database would refuse writes altogether, as a replica does.
    """
    answers: queue.SimpleQueue[Database | None] = queue.SimpleQueue()
    parameters = connection.get_connection_params()

    def ask() -> None:
        try:
            answers.put(_told_by(parameters, write=write))
        except Exception as error:
            # Its words may hold an address or a row.
            logger.warning("The database was asked and failed: %s", type(error).__name__)
            answers.put(None)

    threading.Thread(target=ask, name="readiness", daemon=True).start()
    try:
        return answers.get(timeout=patience_s)
    except queue.Empty:
        logger.warning("The database did not answer within %s s", patience_s)
        return None


def _told_by(parameters: dict[str, Any], *, write: bool) -> Database:
    chosen = {name: parameters[name] for name in CONNECTION if parameters.get(name)}
    with psycopg.connect(**{**chosen, "connect_timeout": 2}, autocommit=False) as asked:
        row = asked.execute(
            "SELECT pg_is_in_recovery(), now(), pg_database_size(current_database()),"
            " current_setting('server_version'), current_setting('archive_mode'),"
            " last_failed_time > COALESCE(last_archived_time, '-infinity') FROM pg_stat_archiver"
        ).fetchone()
        assert row is not None
        replica, there, size, version, archives, failing = row
        ahead = (there - datetime.now(UTC)).total_seconds()
        applied = set(asked.execute("SELECT app, name FROM django_migrations").fetchall())
        takes_writes = not replica
        if write and takes_writes:
            takes_writes = _write_and_take_back(asked)
        asked.rollback()
    return Database(
        takes_writes=takes_writes,
        missing=tuple(f"{app} {name}" for app, name in _needed() if (app, name) not in applied),
        ahead_s=ahead,
        size_bytes=size,
        version=version,
        archives=archives != "off",
        archive_failing=bool(failing),
    )


def _write_and_take_back(asked: "psycopg.Connection[tuple[Any, ...]]") -> bool:
    # The table of counters: no history, no trigger, nothing of a patient.
    table = psycopg.sql.Identifier(str(settings.CACHES["default"]["LOCATION"]))
    words = psycopg.sql.SQL("INSERT INTO {} (cache_key, value, expires) VALUES (%s, '', now())")
    try:
        asked.execute(words.format(table), [f"probe-{time.time_ns()}"])
    except psycopg.Error as error:
        logger.warning("The database took no write: sqlstate=%s", error.sqlstate)
        return False
    return True


@cache
def _needed() -> tuple[tuple[str, str], ...]:
    """The last migration of each app, as the files of this program have them."""
    leaves: list[tuple[str, str]] = MigrationLoader(None).graph.leaf_nodes()
    return tuple(leaves)


class _FirstPaper:
    """Whether this process has drawn a paper; the first is tried in the background."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.drawn = False
        self.under_way = False
        self.failed_at = -AGAIN_S

    def draws(self) -> bool:
        with self.lock:
            waits = time.monotonic() - self.failed_at < AGAIN_S
            if not self.drawn and not self.under_way and not waits:
                self.under_way = True
                threading.Thread(target=self._try, name="first paper", daemon=True).start()
            return self.drawn

    def _try(self) -> None:
        drawn = False
        try:
            pdf.html_to_pdf(FIRST_PAPER)
            drawn = True
        except Unprintable as error:
            logger.warning("No paper can be drawn: %s", error)
        except Exception as error:
            logger.warning("No paper can be drawn: %s", type(error).__name__)
        finally:
            with self.lock:
                self.under_way, self.drawn = False, drawn
                self.failed_at = -AGAIN_S if drawn else time.monotonic()


_first_paper = _FirstPaper()


def draws() -> bool:
    """Whether papers can be drawn; False until the first one of this process was."""
    return _first_paper.draws()
