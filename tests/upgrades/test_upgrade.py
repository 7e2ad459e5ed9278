"""A practice of the version before this one is brought up to date, with nothing lost on the way.

``before-safe-hands.sql.xz`` is pg_dump of a practice with five stories of the demo as they were
told by the version of 22 November 2026: patients up to migration 0004, assessments 0004,
programmes 0007. Made there by ``migrate``, five stories seeded, and
``pg_dump --no-owner --no-privileges --inserts --rows-per-insert=200``, without psql's own lines.
"""

import contextlib
import lzma
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from upwell import backups

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# What migrate itself adds to: the names of models, their rights, and what was applied.
GROWS = {"auth_permission", "django_content_type", "django_migrations"}

COLUMNS = """
SELECT table_name, array_agg(column_name::text ORDER BY column_name)
FROM information_schema.columns
WHERE table_schema = 'public' AND column_name <> 'last_login' AND table_name IN (
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
)
GROUP BY table_name
"""

# All in one process: a start of Django takes longer than an upgrade of so few rows.
UPGRADE = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "upwell.settings"
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
print("again")
call_command("migrate", verbosity=1)
call_command("migrate", "--check", verbosity=0)
call_command("seal_audit", verbosity=0)
call_command("verify_audit")
from patients.models import Patient, User
client = Client()
client.force_login(User.objects.get(email="lead@upwell.invalid"))
for patient in Patient.objects.order_by("pk"):
    pages = [f"/patients/{patient.code}/", f"/patients/{patient.code}/history/"]
    pages += [f"/episodes/{each.code}/" for each in patient.episodes.all()]
    for page in pages:
        answer = client.get(page)
        named = patient.family_name in answer.text
        print("page", page.rstrip("/").rpartition("/")[2][:7], answer.status_code, named)
"""


@pytest.fixture
def before() -> Iterator[dict[str, str]]:
    """The address of a database as the version before left it."""
    where = backups.parameters()
    name = f"{os.environ['UPWELL_TEST_DATABASE']}_{secrets.token_hex(4)}"
    with contextlib.closing(backups.connect(where)) as server:
        quoted = sql.Identifier(name)
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(quoted))
        try:
            with psycopg.connect(**(where | {"dbname": name}), autocommit=True) as loading:  # type: ignore[arg-type]
                loading.execute(lzma.decompress((HERE / "before-safe-hands.sql.xz").read_bytes()))
            yield where | {"dbname": name}
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))


def rows(
    connection: psycopg.Connection[Any], columns: dict[str, list[str]]
) -> dict[str, list[str]]:
    """The rows of each table as text, with these columns of each, in order."""
    found = {}
    for table, names in columns.items():
        asked = sql.SQL("SELECT row({})::text FROM {} ORDER BY 1").format(
            sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier("public", table)
        )
        found[table] = [text for (text,) in connection.execute(asked).fetchall()]
    return found


def address(name: str) -> str:
    """The address of this run's server, with another database."""
    head, _, query = os.environ["DATABASE_URL"].partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


@pytest.mark.django_db
def test_a_practice_of_the_version_before_is_brought_up_to_date(before: dict[str, str]) -> None:
    with contextlib.closing(backups.connect(before)) as connection:
        columns = dict(connection.execute(COLUMNS.encode()).fetchall())
        held = rows(connection, columns)
    assert len(held) > 60
    assert len(held["programmes_sessionevent"]) >= len(held["programmes_session"]) > 50

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", UPGRADE],
        env=os.environ | {"DATABASE_URL": address(before["dbname"]), "UPWELL_PDF_WORKERS": "0"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "No migrations to apply." in done.stdout.partition("again")[2]
    told = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("page")]
    assert len(told) >= 15
    assert {tuple(each[1:]) for each in told} == {("200", "True")}

    with contextlib.closing(backups.connect(before)) as connection:
        after = rows(connection, columns)
        upgraded = backups.contents(connection).schema
    for table in held.keys() - GROWS - {"patients_accesslog", "django_session"}:
        assert after[table] == held[table], table
    for table in GROWS:
        assert set(held[table]) <= set(after[table]), table
    with contextlib.closing(backups.connect(backups.parameters())) as connection:
        fresh = backups.contents(connection).schema
    assert len(fresh) > 3_000
    assert {
        name for name in fresh.keys() | upgraded.keys() if fresh.get(name) != upgraded.get(name)
    } == set()
