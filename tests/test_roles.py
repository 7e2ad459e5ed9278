"""What the web application's own role can't do to the database, whatever code it runs (D7)."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pghistory
import pghistory.trigger
import psycopg
import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction
from pytest_django.fixtures import Settings

from patients.models import Patient
from tests import make
from tests.rights import as_owner
from upwell import checks
from upwell.database import (
    APP,
    BACKUP,
    DECLARED,
    HISTORY_FUNCTIONS,
    LIMITS,
    NOTES,
    OWNER,
    WRITTEN_BY_THE_OWNER,
    Rights,
    after_migrating,
    apply,
    before_migrating,
    histories,
    note_in_history,
    rights,
)

pytestmark = pytest.mark.django_db

REFUSED = "42501"  # insufficient_privilege


def ask(sql: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def refused_with(sql: str) -> str:
    """The SQLSTATE that the database refuses a statement with; empty when it takes it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
            transaction.set_rollback(True)
    except DatabaseError as error:
        return str(getattr(error.__cause__, "sqlstate", "unknown"))
    return ""


def tables() -> list[str]:
    """Every table of the application there is."""
    found = ask(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') "
        "AND relnamespace = 'public'::regnamespace ORDER BY relname"
    )
    return [str(name) for (name,) in found]


def append_only() -> list[str]:
    """Tables whose rows a trigger protects from every change, as the database itself knows."""
    found = ask(
        """
        SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE NOT tgisinternal AND tgqual IS NULL
        AND (tgname LIKE 'pgtrigger_append_only%%' OR tgname LIKE 'pgtrigger_never_rewritten%%')
        ORDER BY relname
        """
    )
    return [str(name) for (name,) in found]


def test_tests_act_as_the_application() -> None:
    assert ask("SELECT current_user") == [(APP,)]


def test_each_table_has_a_rule_and_each_rule_a_table() -> None:
    """A new table fails here until a trigger or a row in DECLARED says what may be done to it."""
    assert set(rights()) == set(tables())
    protected = {
        model._meta.db_table
        for model in apps.get_models()
        if any("never_deleted" in each.name for each in getattr(model._meta, "triggers", ()))
    }
    assert not protected & set(DECLARED)


def test_the_role_has_exactly_these_rights() -> None:
    held = ask(
        "SELECT table_name, array_agg(privilege_type::text ORDER BY privilege_type) "
        "FROM information_schema.role_table_grants WHERE grantee = %s GROUP BY table_name",
        APP,
    )
    assert dict(held) == {table: sorted(right.value) for table, right in rights().items()}
    assert apply_again() == dict(held)


def apply_again() -> dict[object, object]:
    with as_owner():
        assert apply()
    return dict(
        ask(
            "SELECT table_name, array_agg(privilege_type::text ORDER BY privilege_type) "
            "FROM information_schema.role_table_grants WHERE grantee = %s GROUP BY table_name",
            APP,
        )
    )


ATTACKS = (
    'UPDATE "{table}" SET "{column}" = "{column}"',
    'DELETE FROM "{table}"',
    'TRUNCATE "{table}" CASCADE',
    'ALTER TABLE "{table}" DISABLE TRIGGER ALL',
    'ALTER TABLE "{table}" DISABLE TRIGGER USER',
    'ALTER TABLE "{table}" ADD COLUMN more text',
    'ALTER TABLE "{table}" OWNER TO upwell_app',
    'DROP TABLE "{table}" CASCADE',
    (
        'CREATE TRIGGER away BEFORE INSERT ON "{table}" FOR EACH ROW '
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    ),
    'CREATE RULE away AS ON INSERT TO "{table}" DO INSTEAD NOTHING',
    'GRANT UPDATE ON "{table}" TO upwell_app',
    'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE',
)


def test_no_history_is_changed_by_the_application() -> None:
    found = append_only()
    events = [
        model._meta.db_table for model in apps.get_models() if model.__name__.endswith("Event")
    ]
    assert len(found) > 45
    assert {each for each in events if each != "assessments_loadevent"} <= {
        *found,
        "pghistory_events",
    }
    assert {"patients_accesslog", "patients_auditseal", "patients_destruction"} <= set(found)
    allowed = []
    for table in found:
        (column,) = ask(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 LIMIT 1",
            table,
        )[0]
        for attack in ATTACKS:
            sql = attack.format(table=table, column=column)
            # A grant by somebody who may not grant says so in a warning only, and grants nothing.
            said = refused_with(sql)
            if said != REFUSED and not sql.startswith("GRANT"):
                allowed.append((sql, said))
    assert allowed == []
    assert apply_again() == {table: sorted(right.value) for table, right in rights().items()}


@pytest.mark.parametrize(
    "sql",
    [
        "SET session_replication_role = replica",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY patients_patient TO '/dev/null'",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT pg_ls_dir('.')",
        "SELECT lo_import('/etc/hostname')",
        "CREATE TABLE own (name text)",
        "CREATE TEMPORARY TABLE own (name text)",
        "CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE VIEW own AS SELECT 1",
        "CREATE SCHEMA own",
        "CREATE EXTENSION citext",
        "CREATE ROLE other",
        "CREATE DATABASE other",
        f"ALTER ROLE {APP} SUPERUSER",
        "ALTER SYSTEM SET fsync = off",
        (
            "CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name NAME) "
            "RETURNS BOOLEAN LANGUAGE sql AS 'SELECT TRUE'"
        ),
        "SELECT rolpassword FROM pg_authid",
        "SELECT pg_reload_conf()",
    ],
)
def test_the_application_cannot(sql: str) -> None:
    if sql.startswith("CREATE DATABASE"):
        assert ask("SELECT rolcreatedb FROM pg_roles WHERE rolname = %s", APP) == [(False,)]
    elif sql.startswith(("SET session", "ALTER SYSTEM")):
        # A role that was put on judges settings by who signed in: asked of a real connection.
        real = psycopg.connect(signed_in_as(APP), autocommit=True)
        with real, pytest.raises(psycopg.errors.InsufficientPrivilege):
            real.execute(sql.encode())
    else:
        assert refused_with(sql) == REFUSED


def signed_in_as(role: str) -> str:
    """The address of this test's database for another role, on the embedded server."""
    if "UPWELL_TESTS_OWN_SERVER" not in os.environ:
        pytest.skip("another server may ask that role for a password")
    parts = urlsplit(os.environ["DATABASE_URL"])
    place = parts.netloc.partition("@")[2]
    name = connection.settings_dict["NAME"]
    return urlunsplit(parts._replace(netloc=f"{role}@{place}", path=f"/{name}"))


@pytest.fixture
def signed_in() -> Iterator["psycopg.Connection[Any]"]:
    with psycopg.connect(signed_in_as(APP), autocommit=True) as real:
        yield real


@pytest.mark.parametrize("role", [OWNER, BACKUP, "postgres", "pg_write_all_data"])
def test_the_application_becomes_nobody_else(
    signed_in: "psycopg.Connection[Any]", role: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        signed_in.execute(f"SET ROLE {role}".encode())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        signed_in.execute(f"SET SESSION AUTHORIZATION {role}".encode())


def test_its_statements_end_in_time(
    signed_in: "psycopg.Connection[Any]",
) -> None:
    for name, value in LIMITS.items():
        row = signed_in.execute(f"SHOW {name}".encode()).fetchone()
        assert row is not None
        assert row[0] == value


def test_the_backup_reads_everything_and_writes_nothing(db: None) -> None:
    with psycopg.connect(signed_in_as(BACKUP), autocommit=True) as real:
        real.execute("SELECT count(*) FROM patients_patientevent")
        real.execute("SELECT count(*) FROM mfa_authenticator")
        for sql in ("DELETE FROM patients_patient", "CREATE TABLE own (name text)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                real.execute(sql.encode())


def test_the_application_cannot_have_a_trigger_look_away() -> None:
    patient = make.make_patient()
    events = Patient.pgh_event_model.objects.filter(  # type: ignore[attr-defined]
        pgh_obj_id=patient.pk
    )
    names = [
        str(name)
        for (name,) in ask(
            "SELECT tgname FROM pg_trigger "
            "WHERE tgrelid = 'patients_patient'::regclass AND NOT tgisinternal"
        )
    ]
    assert len(names) >= 4
    before = events.count()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL pgtrigger.ignore = %s", ["{" + ",".join(names) + "}"])
    Patient.objects.filter(pk=patient.pk).update(phone="1")
    assert events.count() == before + 1
    with as_owner():
        Patient.objects.filter(pk=patient.pk).update(phone="2")
    assert events.count() == before + 1


# --- who writes history --------------------------------------------------------------------------


MERGED = "WHEN NOT MATCHED THEN INSERT DEFAULT VALUES"


def test_no_row_is_added_to_a_history_by_the_application() -> None:
    """Not even one that copies a row there is, which every constraint lets in."""
    make.make_patient()
    found = histories()
    assert len(found) > 30
    allowed = []
    for table in [*found, *WRITTEN_BY_THE_OWNER]:
        for sql in (
            f'INSERT INTO "{table}" DEFAULT VALUES',
            f'INSERT INTO "{table}" SELECT * FROM "{table}"',
            f'COPY "{table}" FROM STDIN',
            f'MERGE INTO "{table}" USING (SELECT 1) AS one ON FALSE {MERGED}',
        ):
            if (said := refused_with(sql)) != REFUSED:
                allowed.append((sql, said))
    assert allowed == []


def history_functions() -> dict[str, tuple[bool, list[str], str]]:
    """Each function that writes history: whose rights it has, its search path, its text."""
    found = ask(
        "SELECT proname, prosecdef, proconfig, prosrc FROM pg_proc "
        f"WHERE oid IN ({HISTORY_FUNCTIONS})"
    )
    return {name: (definer, config, text) for name, definer, config, text in found}


def triggers_of_histories() -> set[str]:
    """The names of the functions that the models' own history triggers have."""
    return {
        str(trigger.get_pgid(model))  # type: ignore[arg-type]  # it takes the class
        for model in apps.get_models()
        for trigger in getattr(model._meta, "triggers", ())
        if isinstance(trigger, pghistory.trigger.Event)
    }


def test_only_what_writes_history_has_the_rights_of_the_owner() -> None:
    functions = history_functions()
    assert set(functions) == triggers_of_histories()
    assert len(functions) > 100
    for name, (definer, config, text) in functions.items():
        assert definer, name
        # Somebody's own table of the same name would be written into instead.
        assert config == ["search_path=pg_catalog, public, pg_temp"], name
        # It asks whether to look away, and adds one row made of the one that changed.
        assert " ".join(text.split()).startswith(
            'BEGIN IF ("public"._pgtrigger_should_ignore(TG_NAME) IS TRUE) THEN'
        )
        assert text.count("INSERT") == 1
        assert not {"EXECUTE", "UPDATE", "SELECT"} & set(re.findall(r"\b[A-Z]+\b", text)), name
    others = ask(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef "
        "AND NOT proname = ANY(%s)",
        list(functions),
    )
    assert others == [("note_in_history",)]
    callable_by_anybody = ask(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef "
        "AND has_function_privilege(%s, oid, 'EXECUTE')",
        APP,
    )
    assert callable_by_anybody == [("note_in_history",)]


def test_history_is_written_whatever_the_search_path_is() -> None:
    patient = make.make_patient()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = ''")
        cursor.execute("UPDATE public.patients_patient SET phone = '1'")
        cursor.execute("SET LOCAL search_path = public")
    assert ask("SELECT count(*) FROM patients_patientevent WHERE pgh_obj_id = %s", patient.pk) == [
        (2,)
    ]


def test_triggers_that_a_migration_made_anew_write_on_and_are_mended_at_its_end() -> None:
    patient = make.make_patient()

    def change(phone: str) -> str:
        return refused_with(f"UPDATE patients_patient SET phone = '{phone}'")

    with as_owner():
        before_migrating()
        for trigger in Patient._meta.triggers:  # type: ignore[attr-defined]
            trigger.install(Patient)
    assert {definer for definer, _, _ in history_functions().values()} == {True, False}
    assert change("1") == ""
    assert any("write rows of history" in each for each in checks.ask()[1])
    with as_owner():
        apply()
    assert {definer for definer, _, _ in history_functions().values()} == {True}
    assert change("2") == ""
    assert checks.ask()[1] == []
    assert apply_again() == {table: sorted(right.value) for table, right in rights().items()}
    # Without either nothing is saved that history wouldn't know, and the start says why.
    with as_owner():
        for trigger in Patient._meta.triggers:  # type: ignore[attr-defined]
            trigger.install(Patient)
    assert change("3") == REFUSED
    assert "database_roles" in checks.ask()[1][0]
    assert patient.pk


@pytest.mark.parametrize("note", NOTES)
def test_a_note_is_the_account_as_it_is(note: str) -> None:
    user = make.make_user()
    event = type(user).pgh_event_model  # type: ignore[attr-defined]
    with pghistory.context(user=user.pk):
        note_in_history(user.pk, note)
    noted = event.objects.order_by("pgh_id").last()
    assert noted is not None
    assert (noted.pgh_label, noted.pgh_obj_id, noted.email) == (note, user.pk, user.email)
    assert noted.pgh_context == {"user": user.pk}
    # The password's hash stays where it is used.
    assert not hasattr(noted, "password")


def test_no_other_note_is_taken() -> None:
    user = make.make_user()
    for note in ("insert", "update", "delete", "", "password_set "):
        assert refused_with(f"CALL note_in_history({user.pk}, '{note}')") == "23514"


@pytest.mark.django_db(transaction=True)
def test_who_signed_in_as_the_application_has_no_trigger_look_away(
    signed_in: "psycopg.Connection[Any]",
) -> None:
    """The trigger has the owner's rights, but it asks who called."""
    patient = make.make_patient()
    with as_owner():
        apply()
    names = [name for (name,) in ask("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")]
    signed_in.execute("SELECT set_config('pgtrigger.ignore', %s, FALSE)", [names])
    signed_in.execute("UPDATE patients_patient SET phone = 'not told'")
    assert ask(
        "SELECT count(*) FROM patients_patientevent WHERE pgh_obj_id = %s AND phone = 'not told'",
        patient.pk,
    ) == [(1,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        signed_in.execute("INSERT INTO patients_patientevent SELECT * FROM patients_patientevent")


# --- what the database must be set to (D5) -------------------------------------------------------

RIGHT = {
    "fsync": "on",
    "full_page_writes": "on",
    "data_checksums": "on",
    "default_transaction_isolation": "read committed",
    "synchronous_commit": "on",
}


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("fsync", "off", True),
        ("full_page_writes", "off", True),
        ("data_checksums", "off", True),
        ("default_transaction_isolation", "serializable", True),
        ("synchronous_commit", "off", True),
        ("synchronous_commit", "remote_apply", False),
        ("synchronous_commit", "local", False),
    ],
)
def test_a_setting_that_may_lose_data_is_told(name: str, value: str, wrong: bool) -> None:
    assert checks.wrong_settings(RIGHT) == []
    said = checks.wrong_settings({**RIGHT, name: value})
    assert [name in each for each in said] == ([True] if wrong else [])


def test_a_role_that_may_rewrite_history_is_told() -> None:
    """What the tests commit need not last: that one setting is off here."""
    settings, role = checks.ask()
    assert [each.split()[0] for each in settings] == ["synchronous_commit"]
    assert role == []
    with as_owner():
        _, role = checks.ask()
        assert "administrator" in role[0] or "owner" in role[0]
        with connection.cursor() as cursor:
            cursor.execute(f"GRANT UPDATE ON patients_patientevent TO {APP}")
    assert "rows of history" in checks.ask()[1][0]
    assert checks.wrong_role(superuser=False, owner=True, rewrites=True)[0].count("owner") == 1


@pytest.mark.parametrize("taken", ["SELECT ON patients_user", "USAGE ON SCHEMA public"])
def test_a_role_without_rights_is_told(taken: str) -> None:
    """As after a restore that `migrate` was not run on."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"REVOKE {taken} FROM {APP}, PUBLIC")
    assert checks.ask()[1] == [
        "The application may not read its tables. Run `manage.py database_roles`."
    ]


def test_a_migration_says_which_database_it_was_on() -> None:
    said = StringIO()
    with as_owner():
        after_migrating(verbosity=1, stdout=said)
        after_migrating(verbosity=0, stdout=said)
    where = connection.get_connection_params()
    assert said.getvalue() == f"Migrated: {where['dbname']} on {where['host']}.\n"


def test_the_check_runs_with_those_of_the_database(settings: Settings) -> None:
    def found() -> list[str | None]:
        said = run_checks(tags=["database"], databases=["default"])
        return [each.id for each in said if (each.id or "").startswith("upwell")]

    assert found() == []  # the demo
    settings.DEMO = False
    assert found() == ["upwell.E001"]
    with as_owner():
        assert found() == ["upwell.E001", "upwell.W001"]
        settings.AS_OWNER = True
        assert found() == ["upwell.E001"]


def test_the_embedded_server_is_set_up_for_a_practice(
    signed_in: "psycopg.Connection[Any]",
) -> None:
    names = list(RIGHT)
    rows = signed_in.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [names])
    assert dict(rows.fetchall()) == RIGHT


# As upwell/wsgi.py does it, which wants the static files of a practice first.
AS_A_WEB_PROCESS_STARTS = """
import django
django.setup()
from upwell.checks import reasons_not_to_serve
from upwell.start import refuse
if reasons := reasons_not_to_serve():
    refuse(reasons)
"""


def test_a_web_process_asks_before_it_serves() -> None:
    said = (checks_folder() / "upwell" / "wsgi.py").read_text()
    assert "if reasons := reasons_not_to_serve():\n    refuse(reasons)\n" in said


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("role", "status"), [(APP, 0), (OWNER, 3), ("postgres", 3)])
def test_no_practice_is_served_as_somebody_who_may_rewrite_history(role: str, status: int) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "a-key-of-a-test-0123456789-abcdefghijklmnopqrstuvwxyz",
        "ALLOWED_HOSTS": "practice.example",
        "DATABASE_URL": signed_in_as(role),
        "UPWELL_PDF_WORKERS": "0",
        "DJANGO_SETTINGS_MODULE": "upwell.settings",
    }
    with as_owner(), connection.cursor() as cursor:
        # On the embedded server the owner's own table makes the owner one; here all are the
        # administrator's.
        cursor.execute(f"CREATE TABLE of_the_owner (); ALTER TABLE of_the_owner OWNER TO {OWNER}")
    try:
        done = subprocess.run(
            [sys.executable, "-c", AS_A_WEB_PROCESS_STARTS],
            cwd=checks_folder(),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("DROP TABLE of_the_owner")
    assert done.returncode == status, done.stderr
    assert ("Upwell does not start" in done.stderr) is (status != 0)


def checks_folder() -> Path:
    return Path(checks.__file__).resolve().parent.parent


def test_only_what_is_declared_may_be_deleted_from() -> None:
    assert {table for table, right in rights().items() if right is Rights.DELETE} == {
        table for table, right in DECLARED.items() if right is Rights.DELETE
    }
