"""What the database must be set to before a practice is served from it.

A system check (`manage.py check --database default`, and `migrate`), and asked once more by each
web process when it starts: outside the demo it refuses to serve from a database that may lose what
was saved, or as a role that may rewrite history.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import OperationalError, connections

from upwell.database import HISTORY_FUNCTIONS

logger = logging.getLogger(__name__)

# Each setting with what it must be, and what happens otherwise.
NEEDED = {
    "fsync": ("on", "a power cut can destroy the database"),
    "full_page_writes": ("on", "a power cut can leave half-written pages"),
    "data_checksums": ("on", "a block that the disk changed would be read as if it were right"),
    "default_transaction_isolation": ("read committed", "changes at once would fail at random"),
}
# Replicas may be asked to have it too; less than the own disk may not be.
SAVED = {"on", "local", "remote_write", "remote_apply"}

HOW_TO_MEND = "docs/production.md says how the database is set up."


def wrong_settings(held: dict[str, str]) -> list[str]:
    """A sentence for each of these settings that would let something saved be lost."""
    said = [
        f"{name} is {held[name]} and must be {value}: {otherwise}."
        for name, (value, otherwise) in NEEDED.items()
        if held[name] != value
    ]
    if held["synchronous_commit"] not in SAVED:
        said.append("synchronous_commit is off: what was said to be saved may be gone.")
    return said


def wrong_role(
    *, superuser: bool, owner: bool, rewrites: bool, unkept: bool = False, reads: bool = True
) -> list[str]:
    """A sentence for each way in which this role could rewrite history, or for having no rights."""
    if superuser:
        return ["The application connects as an administrator of the database server."]
    if owner:
        return ["The application connects as the owner of its tables, who can rewrite history."]
    if rewrites:
        return ["The application may write rows of history. Run `manage.py database_roles`."]
    if unkept:
        return ["Triggers can't write history for it. Run `manage.py database_roles`."]
    if not reads:
        return ["The application may not read its tables. Run `manage.py database_roles`."]
    return []


def ask(alias: str = "default") -> tuple[list[str], list[str]]:
    """What is wrong with the settings and what with the role, in words; empty when all is right."""
    names = [*NEEDED, "synchronous_commit"]
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [names])
        held = dict(cursor.fetchall())
        cursor.execute(
            f"""
            SELECT rolsuper,
                EXISTS (
                    SELECT FROM pg_class
                    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                    AND pg_has_role(current_user, relowner, 'MEMBER')
                ),
                EXISTS (
                    SELECT FROM pg_class
                    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                    AND CASE
                        WHEN EXISTS (
                            SELECT FROM pg_attribute
                            WHERE attrelid = pg_class.oid AND attname = 'pgh_id'
                        )
                        THEN has_table_privilege(pg_class.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                        WHEN relname = 'patients_accesslog'
                        THEN has_table_privilege(pg_class.oid, 'UPDATE, DELETE, TRUNCATE')
                        ELSE FALSE
                    END
                ),
                EXISTS (
                    SELECT FROM pg_proc
                    WHERE NOT prosecdef AND oid IN ({HISTORY_FUNCTIONS})
                ),
                NOT EXISTS (
                    SELECT FROM pg_class
                    WHERE relnamespace = 'public'::regnamespace AND relname = 'patients_user'
                    AND NOT (
                        has_table_privilege(pg_class.oid, 'SELECT')
                        AND has_schema_privilege(relnamespace, 'USAGE')
                    )
                )
            FROM pg_roles WHERE rolname = current_user
            """
        )
        superuser, owner, rewrites, unkept, reads = cursor.fetchone()
    role = wrong_role(
        superuser=superuser, owner=owner, rewrites=rewrites, unkept=unkept, reads=reads
    )
    return wrong_settings(held), role


@register(Tags.database)
def database_is_safe(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Errors for settings that may lose data, a warning for a role that could rewrite history.

    The role is only a warning here, since `migrate` asks too and has to be the owner.
    """
    if settings.DEMO or not databases:
        return []
    wrong, role = ask()
    found: list[CheckMessage] = [Error(said, hint=HOW_TO_MEND, id="upwell.E001") for said in wrong]
    if not settings.AS_OWNER:
        found += [Warning(said, hint=HOW_TO_MEND, id="upwell.W001") for said in role]
    return found


@dataclass(slots=True)
class _Start:
    """What this process knows of the database it serves from."""

    unread: bool = False


_start = _Start()


def reasons_not_to_serve() -> list[str]:
    """Why a web process must not start on this database; empty when it may, and in the demo.

    A database that is away is no reason: the process waits for it and says so on its pages, and
    asks again before it counts as ready (``reasons_found_late``).
    """
    if settings.DEMO:
        return []
    try:
        wrong, role = ask()
    except OperationalError:
        logger.warning("The database is away, so its settings could not be read at the start.")
        _start.unread = True
        return []
    finally:
        connections.close_all()
    _start.unread = False
    return [f"{said} {HOW_TO_MEND}" for said in [*wrong, *role]]


def reasons_found_late() -> list[str]:
    """The same where the database was away at the start, each time until it is all right."""
    if not _start.unread:
        return []
    reasons = reasons_not_to_serve()
    if _start.unread:
        return ["The settings of the database could not be read."]
    _start.unread = bool(reasons)
    return reasons
