"""Who may do what in the database: three roles, and what each may do to each table.

``upwell_owner`` owns the tables and migrates them; ``upwell_app`` is what web processes connect
as: it owns nothing, and no history or log can be changed by it, whatever code it runs; a history
isn't even written by it, but by triggers that run with the rights of the owner.
``upwell_backup`` reads everything. The rights follow from the triggers of the models and from two
small tables below. Migrations apply them at their end; `manage.py database_roles` does so by
itself. Why it is built like this: docs/decisions/0013-who-writes-history.md.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any

import pgtrigger
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, transaction

OWNER, APP, BACKUP = "upwell_owner", "upwell_app", "upwell_backup"
ROLES = (OWNER, APP, BACKUP)

# By role, so that they hold behind a connection pooler too: the longest statement, the longest wait
# for a row that somebody else is changing, the longest pause inside a transaction.
LIMITS = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
}


class Rights(Enum):
    """What the web application may do to the rows of a table."""

    READ = ("SELECT",)
    ADD = ("SELECT", "INSERT")
    CHANGE = ("SELECT", "INSERT", "UPDATE")
    DELETE = ("SELECT", "INSERT", "UPDATE", "DELETE")


# Tables whose triggers don't say it. A table that is neither here nor protected by a trigger fails
# the tests.
DECLARED = {
    # What only migrations write.
    "django_migrations": Rights.READ,
    "django_content_type": Rights.READ,
    "auth_group": Rights.READ,
    "auth_group_permissions": Rights.READ,
    "auth_permission": Rights.READ,
    "patients_user_user_permissions": Rights.READ,
    "pghistory_context": Rights.READ,
    # What ends: sessions, counters of failed sign-ins, second factors, roles of a user, pieces of
    # files waiting to be read, papers laid out ahead.
    "django_session": Rights.DELETE,
    "usersessions_usersession": Rights.DELETE,
    "upwell_cache": Rights.DELETE,
    "account_emailaddress": Rights.DELETE,
    "account_emailconfirmation": Rights.DELETE,
    "mfa_authenticator": Rights.DELETE,
    "patients_user_groups": Rights.DELETE,
    "assessments_unreadpart": Rights.DELETE,
    "programmes_ready": Rights.DELETE,
    # Frozen with their version, and what a print job says of each paper.
    "programmes_step": Rights.CHANGE,
    "programmes_item": Rights.CHANGE,
    "programmes_printjob": Rights.CHANGE,
    "programmes_printjobpaper": Rights.CHANGE,
}

# Logs that only commands write, which connect as the owner.
WRITTEN_BY_THE_OWNER = ("patients_auditseal", "patients_backuplog", "patients_destruction")

# What happens to an account without changing its row, and stands in its history all the same.
NOTES = (
    *("signed_in", "password_refused", "second_step_refused"),
    *("password_set", "second_step_removed", "signed_out"),
)


def rights() -> dict[str, Rights]:
    """What the application may do to each table; a table nobody declared is missing."""
    found = dict(DECLARED)
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy:
            continue
        refused = set(_refused(getattr(model._meta, "triggers", ())))
        if {"UPDATE", "DELETE"} <= refused:
            found[model._meta.db_table] = Rights.ADD
        elif "DELETE" in refused:
            found[model._meta.db_table] = Rights.CHANGE
    return found | dict.fromkeys([*histories(), *WRITTEN_BY_THE_OWNER], Rights.READ)


def histories() -> list[str]:
    """The tables of all histories, which triggers write."""
    return [
        model._meta.db_table
        for model in apps.get_models()
        if getattr(model, "pgh_tracked_model", None) and model._meta.managed
    ]


def _refused(triggers: Any) -> Iterator[str]:
    """The operations that these triggers refuse for every row."""
    for each in triggers:
        # One that is read-only but for some columns is a kind of its own.
        if type(each) is pgtrigger.Protect and each.condition is None:
            yield from str(each.operation).split(" OR ")


# One at a time: two commands that grant at once would trip over each other.
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('upwell database roles'))"

CREATE_ROLES = "\n".join(
    f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} LOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another command was faster
END $$;"""
    for role in ROLES
)

# Only where a limit isn't there yet, since two commands must not write it at once.
SET_LIMITS = "\n".join(
    f"""
DO $$ BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_db_role_setting AS held JOIN pg_roles ON pg_roles.oid = held.setrole
        WHERE rolname = '{APP}' AND held.setdatabase = 0 AND '{name}={value}' = ANY(setconfig)
    ) THEN
        ALTER ROLE {APP} SET {name} = '{value}';
    END IF;
END $$;"""
    for name, value in LIMITS.items()
)

READ_ALL = f"""
DO $$ BEGIN
    IF NOT pg_has_role('{BACKUP}', 'pg_read_all_data', 'MEMBER') THEN
        GRANT pg_read_all_data TO {BACKUP};
    END IF;
END $$;"""

MAKE_ROLES = CREATE_ROLES + SET_LIMITS + READ_ALL
"""The roles, their limits and the right of the backup to read: by an administrator, repeatable."""

# What pgtrigger.ignore asks. Who is not the owner can't have a trigger look away. Inside a trigger
# that writes history everybody is the owner, so it is asked who called: the role that was put on,
# or else who signed in.
_NOBODY_LOOKS_AWAY = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME)
RETURNS BOOLEAN AS $$
    SELECT CASE
        WHEN coalesce(current_setting('pgtrigger.ignore', TRUE), '') = '' THEN FALSE
        WHEN NOT pg_has_role(
            CASE current_setting('role') WHEN 'none' THEN session_user
                ELSE current_setting('role')::name END,
            (SELECT relowner FROM pg_class WHERE oid = 'public.django_migrations'::regclass),
            'MEMBER'
        ) THEN FALSE
        ELSE trigger_name = ANY(current_setting('pgtrigger.ignore')::TEXT[])
    END
$$ LANGUAGE sql STABLE
"""

# The search path of what runs with the owner's rights: nobody's own table comes first in it.
_PATH = "pg_catalog, public, pg_temp"

# Every function of a trigger that writes into a history; the tables themselves say which.
HISTORY_FUNCTIONS = """
    SELECT DISTINCT pg_proc.oid
    FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE NOT tgisinternal AND pronamespace = 'public'::regnamespace AND EXISTS (
        SELECT FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE attname = 'pgh_id' AND relkind = 'r'
        AND strpos(prosrc, 'INSERT INTO "' || relname || '"') > 0
    )
"""

# Migrations make a changed function anew, with the rights of whoever calls it: at their end it is
# the owner's again. The right to execute is asked where a trigger is made, not where it fires.
_OWNER_WRITES_HISTORY = f"""
DO $$ DECLARE each regprocedure; BEGIN
    FOR each IN {HISTORY_FUNCTIONS} LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = {_PATH}', each);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, {APP}', each);
    END LOOP;
END $$
"""


def roles_made() -> bool:
    """Whether this server has the application's role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [APP])
        return bool(cursor.fetchone()[0])


def may_make_roles() -> bool:
    """Whether who is connected may make the roles: an administrator of the server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


@transaction.atomic
def apply() -> bool:
    """Give the roles their rights on every table of this database, as its owner.

    The roles are made first where that is allowed. False, with nothing changed, where there are no
    such roles and they may not be made.
    """
    tables = _tables()
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
        if "patients_userevent" in tables:
            cursor.execute(_note_function())
        if may_make_roles():
            cursor.execute(MAKE_ROLES)
        if not roles_made():
            return False
        cursor.execute(";\n".join(grants(tables)))
    return True


def _note_function() -> str:
    """The one way by which the application notes something in a history itself.

    It takes the account's row as it is, and no other words than ``NOTES``.
    """
    event = get_user_model().pgh_event_model  # type: ignore[attr-defined]
    kept = {field.column for field in event._meta.concrete_fields}
    quote = connection.ops.quote_name
    columns = [str(field.column) for field in get_user_model()._meta.concrete_fields]
    row = ", ".join(quote(name) for name in columns if name in kept)
    allowed = ", ".join(f"'{each}'" for each in NOTES)
    return f"""
CREATE OR REPLACE PROCEDURE public.note_in_history(account bigint, note text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {_PATH} AS $$ BEGIN
    IF note NOT IN ({allowed}) THEN
        RAISE EXCEPTION 'no such note' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO patients_userevent
        ({row}, pgh_created_at, pgh_label, pgh_obj_id, pgh_context, pgh_context_id)
    SELECT {row}, now(), note, id,
        nullif(current_setting('pghistory.context_metadata', TRUE), '')::jsonb,
        nullif(current_setting('pghistory.context_id', TRUE), '')::uuid
    FROM patients_user WHERE id = account;
END $$;
REVOKE ALL ON PROCEDURE public.note_in_history FROM PUBLIC
"""


def note_in_history(account: int, note: str) -> None:
    """Put one of ``NOTES`` into the history of the account with this id, as its row is now."""
    with connection.cursor() as cursor:
        cursor.execute("CALL note_in_history(%s, %s)", [account, note])


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'p') ORDER BY relname"
        )
        return [name for (name,) in cursor.fetchall()]


def grants(tables: list[str]) -> list[str]:
    """The statements that give the roles exactly their rights on these tables, and no more."""
    quote = connection.ops.quote_name
    name = connection.settings_dict["NAME"]
    known = rights()
    said = [
        f"REVOKE ALL ON SCHEMA public FROM PUBLIC, {APP}",
        f"GRANT USAGE ON SCHEMA public TO {APP}, {BACKUP}",
        f"REVOKE TEMPORARY ON DATABASE {quote(name)} FROM PUBLIC, {APP}",
        f"GRANT CONNECT ON DATABASE {quote(name)} TO {APP}, {BACKUP}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {APP}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {APP}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}",
    ]
    for right in Rights:
        those = [quote(each) for each in tables if known.get(each) is right]
        if those:
            said.append(f"GRANT {', '.join(right.value)} ON {', '.join(those)} TO {APP}")
    if "auth_group" in tables:
        # Enough to lock the row of a role while one is taken away; keys in use can't be changed.
        said.append(f"GRANT UPDATE (id) ON auth_group TO {APP}")
    if "django_migrations" in tables:
        said += [_NOBODY_LOOKS_AWAY, _OWNER_WRITES_HISTORY]
    if "patients_userevent" in tables:
        said.append(f"GRANT EXECUTE ON PROCEDURE public.note_in_history TO {APP}")
    return said


@transaction.atomic
def before_migrating(**_: Any) -> None:
    """What `migrate` begins with: the application may add to histories until it ends.

    A migration makes the triggers of a changed table anew, which then write with the rights of who
    called, and the practice needn't close for it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
        there = sorted({*histories()} & {*_tables()})
        if there and roles_made():
            quoted = ", ".join(map(connection.ops.quote_name, there))
            cursor.execute(f"GRANT INSERT ON {quoted} TO {APP}")


def after_migrating(verbosity: int = 0, stdout: Any = None, **_: Any) -> None:
    """What `migrate` ends with: rights for the tables as they are now, and whose tables they are.

    Whoever meant another database, after a restore say, reads it there; never the password.
    """
    apply()
    if verbosity and stdout is not None:
        # As connected: a host may stand anywhere in the address, or in no address at all.
        connection.ensure_connection()
        where = connection.connection.info
        stdout.write(f"Migrated: {where.dbname} on {where.host}.\n")
