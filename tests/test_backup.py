"""Backups: written while people work, restored, compared; and every way in which one is no good."""

import contextlib
import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import psycopg
import pyrage
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils.timezone import localdate
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings
from psycopg import sql

from patients.models import BackupLog
from tests import make
from tests.rights import as_owner
from upwell import backups
from upwell.database import BACKUP
from upwell.management import play, stories

ROOT = Path(__file__).resolve().parent.parent
LABEL = "Zqcanary"


@pytest.fixture
def keys(tmp_path: Path, settings: Any) -> Path:
    """A file with the private key; the public one stands in the settings."""
    private, public = backups.new_key()
    settings.BACKUP_RECIPIENT = public
    path = tmp_path / "upwell-key.txt"
    path.write_text(f"# the practice's\n{private}\n")
    return path


@pytest.fixture
def empty_database() -> Iterator[str]:
    """The address of a new database with nothing in it."""
    name = f"{os.environ['UPWELL_TEST_DATABASE']}_{secrets.token_hex(4)}"
    where = backups.parameters()
    with contextlib.closing(backups.connect(where)) as server:
        quoted = sql.Identifier(name)
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(quoted))
        try:
            yield name
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))


def address(name: str) -> str:
    where = backups.parameters() | {"dbname": name}
    kept = {key: where[key] for key in ("host", "port", "user", "dbname") if key in where}
    return psycopg.conninfo.make_conninfo(**kept)


def run(*arguments: str) -> str:
    """What a command says that connects as the owner, as manage.py has it do."""
    out = StringIO()
    with as_owner():
        call_command(*arguments, stdout=out)
    return out.getvalue()


def made_in(folder: Path) -> Path:
    (path,) = folder.glob("upwell-*.age")
    return path


def trial_databases() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'upwell\\_trial\\_%'")
        return [name for (name,) in cursor.fetchall()]


class Writers:
    """People who add patients with an episode, both or neither, until told to stop."""

    def __init__(self, number: int) -> None:
        self.stopping = threading.Event()
        self.written: list[int] = []
        self.failures: list[BaseException] = []
        self.threads = [
            threading.Thread(target=self.write, args=(each,), daemon=True) for each in range(number)
        ]

    def write(self, number: int) -> None:
        try:
            user = make.make_user(email=f"writer-{number}@example.org")
            while not self.stopping.is_set():
                with transaction.atomic():
                    patient = make.make_patient(family_name=LABEL, by=user)
                    make.make_episode(patient, by=user)
                self.written.append(patient.pk)
        except BaseException as error:
            self.failures.append(error)
        finally:
            connection.close()

    def __enter__(self) -> "Writers":
        for each in self.threads:
            each.start()
        while len(self.written) < 5 and not self.failures:
            self.stopping.wait(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for each in self.threads:
            each.join()


@pytest.mark.django_db(transaction=True)
def test_a_backup_written_while_people_work_restores_to_the_same(
    tmp_path: Path,
    keys: Path,
    empty_database: str,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    """The drill: the seeded practice, two writers, a backup, a trial, a restore, a page."""
    # As in production: by the account that may read everything and change nothing.
    reader = backups.parameters() | {"user": BACKUP}
    settings.BACKUP_DATABASE_URL = psycopg.conninfo.make_conninfo(**reader)
    monkeypatch.setattr(play, "STORIES", stories.STORIES[:3])
    play.seed(localdate())
    with Writers(2) as writers:
        told = run("backup", "--to", str(tmp_path / "backups"))
    assert not writers.failures
    path = made_in(tmp_path / "backups")
    assert str(path) in told
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert re.fullmatch(r"upwell-\d{8}T\d{6}Z\.age", path.name)
    assert b"Zqcanary" not in path.read_bytes()

    log = BackupLog.objects.get()
    assert (log.kind, log.file_name, log.problem) == ("backup", path.name, "")
    assert log.size_bytes == path.stat().st_size

    told = run("restore", str(path), "--key-file", str(keys), "--trial")
    compared = re.search(r"Compared (\d+) tables, (\d+) rows, (\d+) sequences, (\d+) def", told)
    assert compared
    assert all(int(number) > 40 for number in compared.groups())
    assert int(compared[2]) == log.rows > 1_000
    assert BackupLog.objects.get(kind="trial").problem == ""
    assert trial_databases() == []

    run("restore", str(path), "--key-file", str(keys), "--into", address(empty_database))
    where = backups.parameters() | {"dbname": empty_database}
    with contextlib.closing(backups.connect(where)) as restored:
        ask = "SELECT count(*) FROM public.patients_patient WHERE family_name = 'Zqcanary'"
        ((before,),) = restored.execute(ask.encode()).fetchall()
        of_nobody = "SELECT FROM public.patients_episode WHERE patient_id = patients_patient.id"
        alone = f"{ask} AND NOT EXISTS ({of_nobody})"
        assert restored.execute(alone.encode()).fetchall() == [(0,)]
    # The snapshot lay in the middle of their work.
    assert 5 <= before < len(writers.written)

    used = subprocess.run(
        [sys.executable, "-c", SMOKE],
        env=os.environ | {"DATABASE_URL": restored_url(empty_database), "UPWELL_PDF_WORKERS": "0"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert used.returncode == 0, used.stderr
    assert used.stdout.split() == ["200", "True"]


def restored_url(name: str) -> str:
    """The address of this run's server, with another database."""
    head, _, query = os.environ["DATABASE_URL"].partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


SMOKE = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "upwell.settings"
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", "--check", verbosity=0)
client = Client()
from patients.models import User
client.force_login(User.objects.get(email="physio@upwell.invalid"))
page = client.get("/patients/", {"q": "Zqcanary"})
print(page.status_code, "Zqcanary" in page.content.decode())
"""


# --- files that are no good --------------------------------------------------------------------
@pytest.fixture
def one_backup(db: None, tmp_path: Path, keys: Path) -> Path:
    """A backup of a small practice; the database is that of the test's own transaction, so the
    snapshot shows what is committed: the roles and settings that every practice begins with."""
    run("backup", "--to", str(tmp_path / "backups"))
    return made_in(tmp_path / "backups")


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def at_a_seal(content: bytes) -> bytes:
    # The header, and just one piece of 64 KiB with its seal.
    head = content.index(b"\n", content.index(b"\n--- ") + 1) + 1
    return content[: head + 16 + 65_536 + 16]


def flipped(place: float) -> Any:
    def change(content: bytes) -> bytes:
        changed = bytearray(content)
        changed[int(len(content) * place)] ^= 0x01
        return bytes(changed)

    return change


def longer(content: bytes) -> bytes:
    return content + b"x"


SPOILED = {
    "cut in the middle": (cut, "damaged or not complete"),
    "cut where a piece ends": (at_a_seal, "damaged or not complete"),
    "without its last byte": (lambda content: content[:-1], "damaged or not complete"),
    "one bit early": (flipped(0.1), "damaged or not complete"),
    "one bit in the middle": (flipped(0.5), "damaged or not complete"),
    "one bit late": (flipped(0.9999), "damaged or not complete"),
    "a byte more": (longer, "damaged or not complete"),
    "empty": (lambda content: b"", "no backup of Upwell"),
    "something else": (lambda content: b"%PDF-1.7 " * 999, "no backup of Upwell"),
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_file_is_refused_before_any_database_is_touched(
    how: str, one_backup: Path, keys: Path, empty_database: str, tmp_path: Path
) -> None:
    change, says = SPOILED[how]
    spoiled = tmp_path / "spoiled.age"
    spoiled.write_bytes(change(one_backup.read_bytes()))
    for way in (["--trial"], ["--into", address(empty_database)]):
        with pytest.raises(CommandError, match=says) as refused:
            run("restore", str(spoiled), "--key-file", str(keys), *way)
        assert refused.value.returncode == 1
    assert backups.is_empty(backups.parameters() | {"dbname": empty_database})
    assert not BackupLog.objects.filter(kind="trial").exists()


def test_another_key_opens_nothing(one_backup: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(backups.new_key()[0])
    with pytest.raises(CommandError, match="doesn't open this file"):
        run("restore", str(one_backup), "--key-file", str(other), "--trial")


@pytest.mark.parametrize("content", ["", "age1nothing", "AGE-SECRET-KEY-1NO", "é"])
def test_a_file_without_a_key_is_named_as_such(
    content: str, one_backup: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text(content)
    with pytest.raises(CommandError, match="holds no private key"):
        run("restore", str(one_backup), "--key-file", str(other), "--trial")
    with pytest.raises(CommandError, match="can't be read"):
        run("restore", str(one_backup), "--key-file", str(tmp_path / "none"), "--trial")


def test_age_and_pg_restore_are_enough_without_upwell(one_backup: Path, keys: Path) -> None:
    """As docs/backups.md says: decrypt, leave the first line out, restore."""
    plain = pyrage.decrypt(one_backup.read_bytes(), backups.identities(keys))
    line, _, dump = plain.partition(b"\n")
    told = json.loads(line)
    assert told["format"] == backups.FORMAT
    tool, _ = backups.program("pg_restore", at_least=told["program"])
    listed = subprocess.run([tool, "--list"], input=dump, capture_output=True, check=True).stdout
    assert b"TABLE DATA public patients_patient" in listed


def test_a_file_that_is_not_there_is_named(one_backup: Path, keys: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can't be read: No such file"):
        run("restore", str(tmp_path / "none.age"), "--key-file", str(keys), "--trial")


def told_otherwise(path: Path, keys: Path, **changed: Any) -> Path:
    """A copy with another first line inside, with the practice's own key."""
    identity = backups.identities(keys)
    plain = pyrage.decrypt(path.read_bytes(), identity)
    line, _, dump = plain.partition(b"\n")
    said = json.loads(line) | changed
    again = BytesIO()
    pyrage.encrypt_io(
        BytesIO(json.dumps(said).encode() + b"\n" + dump), again, [identity[0].to_public()]
    )
    copy = path.with_name("another.age")
    copy.write_bytes(again.getvalue())
    return copy


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        pytest.param({"format": 2}, "format 2", id="a later format"),
        pytest.param(
            {"migrations": ["patients.0999_later"]}, "0999_later", id="a later version of Upwell"
        ),
        pytest.param({"server": 99}, "PostgreSQL 99", id="a later server"),
        pytest.param({"program": 99}, "pg_restore 99 or newer", id="a later pg_dump"),
        pytest.param({"more": 1}, "no backup of Upwell", id="a key that nobody knows"),
        pytest.param({"tables": {"x": "1"}}, "no backup of Upwell", id="tables of another shape"),
        pytest.param({"server": None}, "no backup of Upwell", id="no server"),
        pytest.param({"made_at": "x"}, "no backup of Upwell", id="no moment"),
        pytest.param({"schema": []}, "no backup of Upwell", id="a list of definitions"),
    ],
)
def test_a_backup_of_another_version_is_refused_and_nothing_changed(
    changed: dict[str, Any],
    says: str,
    one_backup: Path,
    keys: Path,
    empty_database: str,
) -> None:
    other = told_otherwise(one_backup, keys, **changed)
    with pytest.raises(CommandError, match=says):
        run("restore", str(other), "--key-file", str(keys), "--into", address(empty_database))
    assert backups.is_empty(backups.parameters() | {"dbname": empty_database})


def test_a_backup_of_an_earlier_version_says_what_waits(one_backup: Path, keys: Path) -> None:
    held = backups.read_through(one_backup, backups.identities(keys)).contents
    earlier = replace(held, migrations=tuple(n for n in held.migrations if "safe_hands" not in n))
    assert backups.waiting_migrations(held) == []
    assert backups.waiting_migrations(earlier) == ["patients.0005_safe_hands"]


def test_a_database_with_something_in_it_is_never_restored_into(
    one_backup: Path, keys: Path, empty_database: str
) -> None:
    where = backups.parameters() | {"dbname": empty_database}
    with contextlib.closing(backups.connect(where)) as other:
        other.execute("CREATE TABLE public.somebody (name text)")
    for into in (["--into", address(empty_database)], []):
        with pytest.raises(CommandError, match="not empty"):
            run("restore", str(one_backup), "--key-file", str(keys), *into)


def test_a_password_is_never_taken_from_a_command_line(one_backup: Path, keys: Path) -> None:
    into = "postgresql://upwell:secret@localhost/other"
    with pytest.raises(CommandError, match="Leave the password out"):
        run("restore", str(one_backup), "--key-file", str(keys), "--into", into)


def test_programs_get_the_password_in_their_environment_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for them")
    given = backups.environment({"host": "h", "user": "u", "password": "p", "dbname": "d"})
    assert (given["PGHOST"], given["PGUSER"], given["PGPASSWORD"]) == ("h", "u", "p")
    assert "SECRET_KEY" not in given
    assert "DATABASE_URL" not in given


# --- what a trial finds ------------------------------------------------------------------------
def held(**changed: Any) -> backups.Contents:
    values: dict[str, Any] = {
        "made_at": "2026-01-01T00:00:00+00:00",
        "server": 18,
        "program": 18,
        "migrations": (),
        "tables": {"public.a": (3, "77"), "public.b": (0, "0")},
        "sequences": {"public.a_id_seq": 3},
        "schema": {"index public.a_pkey": "aa"},
        **changed,
    }
    return backups.Contents(**values)


@pytest.mark.parametrize(
    ("restored", "finds"),
    [
        pytest.param(held(), [], id="the same"),
        pytest.param(held(sequences={"public.a_id_seq": 9}), [], id="a number given out since"),
        pytest.param(
            held(tables={"public.a": (3, "78"), "public.b": (0, "0")}),
            ["the table public.a has other values"],
            id="a value",
        ),
        pytest.param(
            held(tables={"public.a": (2, "77"), "public.b": (0, "0")}),
            ["the table public.a has 2 rows, not 3"],
            id="a row",
        ),
        pytest.param(
            held(tables={"public.a": (3, "77")}), ["the table public.b is missing"], id="a table"
        ),
        pytest.param(
            held(sequences={"public.a_id_seq": 2}),
            ["the sequence public.a_id_seq stands earlier"],
            id="a sequence",
        ),
        pytest.param(
            held(schema={"index public.c": "aa"}),
            [
                "the definition index public.a_pkey is missing",
                "the definition index public.c is new",
            ],
            id="an index",
        ),
        pytest.param(
            held(schema={"index public.a_pkey": "ab"}),
            ["the definition index public.a_pkey is another"],
            id="a definition",
        ),
    ],
)
def test_a_difference_is_found_and_named(restored: backups.Contents, finds: list[str]) -> None:
    assert backups.differences(held(), restored) == finds


def test_comparing_nothing_is_no_success() -> None:
    nothing = held(tables={}, sequences={}, schema={})
    assert backups.differences(nothing, nothing) == [
        "there are no tables to compare",
        "there are no rows to compare",
    ]


CHANGES = {
    "a value": ("UPDATE auth_group SET name = name || '.'", "auth_group"),
    "a row": ("DELETE FROM django_migrations WHERE id = 1", "django_migrations"),
    "a constraint": (
        "ALTER TABLE patients_patient DROP CONSTRAINT patient_has_names",
        "patient_has_names",
    ),
    "an index": ("DROP INDEX patient_by_name", "patient_by_name"),
    "a trigger": ("ALTER TABLE patients_patient DISABLE TRIGGER ALL", "patients_patient"),
    "a default": ("ALTER TABLE patients_user ALTER code DROP DEFAULT", "patients_user.code"),
    "a sequence": ("SELECT setval('auth_group_id_seq', 1)", "auth_group_id_seq"),
    "a function": (
        "CREATE FUNCTION public.one_more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "one_more",
    ),
}


@pytest.mark.django_db
@pytest.mark.usefixtures("with_the_owners_rights")
@pytest.mark.parametrize("what", CHANGES)
def test_the_figures_of_a_database_change_with(what: str) -> None:
    change, name = CHANGES[what]
    with connection.cursor() as cursor:
        raw: Any = connection.connection
        before = backups.contents(raw)
        cursor.execute(change)
        found = backups.differences(before, backups.contents(raw))
    assert found
    assert any(name in each for each in found)


@pytest.mark.django_db
def test_a_trial_that_finds_a_difference_fails_and_is_on_record(
    one_backup: Path, keys: Path
) -> None:
    identity = backups.identities(keys)
    contents = backups.read_through(one_backup, identity).contents
    tables = contents.tables | {"public.auth_group": (4, "1")}
    other = told_otherwise(one_backup, keys, tables=tables)
    with pytest.raises(CommandError, match="auth_group has other values"):
        run("restore", str(other), "--key-file", str(keys), "--trial")
    assert "auth_group has other values" in BackupLog.objects.get(kind="trial").problem
    assert trial_databases() == []


# --- who made it -------------------------------------------------------------------------------
def forged(path: Path, keys: Path) -> None:
    """Put another backup under this name, as whoever has the public key and the folder can."""
    told_otherwise(path, keys, made_at="2026-01-01T00:00:00+00:00").replace(path)


def test_a_file_that_was_put_in_its_place_is_known_by_its_digest(
    one_backup: Path, keys: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hashlib.sha256(one_backup.read_bytes()).hexdigest()
    assert BackupLog.objects.get().digest == digest
    into = ["--into", address(empty_database)]
    with monkeypatch.context() as patched:
        patched.setattr(backups, "_decrypt", lambda *_: pytest.fail("opened all the same"))
        with pytest.raises(CommandError, match="not the backup that was written"):
            run("restore", str(one_backup), "--key-file", str(keys), *into, "--digest", "0" * 64)
    forged(one_backup, keys)
    with monkeypatch.context() as patched:
        patched.setattr(backups, "_decrypt", lambda *_: pytest.fail("opened all the same"))
        for way in ([*into, "--digest", digest], ["--trial"]):
            with pytest.raises(CommandError, match="not the backup that was written"):
                run("restore", str(one_backup), "--key-file", str(keys), *way)
    assert backups.is_empty(backups.parameters() | {"dbname": empty_database})
    # What is encrypted is not signed: without a digest it can't be known.
    run("restore", str(one_backup), "--key-file", str(keys), *into)


def test_the_digest_is_printed_and_opens_the_way(tmp_path: Path, keys: Path, db: None) -> None:
    told = run("backup", "--to", str(tmp_path / "backups"))
    path = made_in(tmp_path / "backups")
    (digest,) = re.findall(r"SHA-256 ([0-9a-f]{64})\.", told)
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    told = run("restore", str(path), "--key-file", str(keys), "--trial", "--digest", digest.upper())
    assert "all as backed up" in told
    # This database wrote it, so the trial is on record without another word.
    assert "note_trial" not in told


def test_a_trial_elsewhere_is_put_on_record_by_the_line_it_prints(
    one_backup: Path, keys: Path, settings: Any
) -> None:
    """The private key is on another machine, whose database knows nothing of the backup."""
    with monkeypatched_log():
        told = run("restore", str(one_backup), "--key-file", str(keys), "--trial")
    (line,) = re.findall(r"^manage\.py (note_trial .+)$", told, re.MULTILINE)
    before = BackupLog.objects.get(kind="trial")
    assert run(*line.split()) == "Noted.\n"
    assert run(*line.split()) == "This trial is on record already.\n"
    noted = BackupLog.objects.filter(kind="trial").exclude(pk=before.pk).get()
    written = BackupLog.objects.get(kind="backup")
    for name in ("file_name", "digest", "size_bytes", "rows"):
        assert getattr(noted, name) == getattr(written, name)
    assert noted.problem == ""


def test_a_machine_for_trials_needs_no_tables_of_ours(
    one_backup: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be read or noted there, and the trial says what to run where it can be."""

    def save(self: BackupLog) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM tables_of_another_program")

    monkeypatch.setattr(BackupLog, "save", save)
    told = run("restore", str(one_backup), "--key-file", str(keys), "--trial")
    assert "all as backed up" in told
    assert "Not noted here. On the server" in told
    assert "manage.py note_trial upwell-" in told


@contextlib.contextmanager
def monkeypatched_log() -> Iterator[None]:
    """As on another machine."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(backups, "logged", lambda path: None)
        yield


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        pytest.param({"digest": "0" * 64}, "no backup of this name with this digest", id="digest"),
        pytest.param({"file_name": "other.age"}, "no backup of this name", id="name"),
        pytest.param({"at": "2020-01-01T00:00:00Z"}, "after its backup", id="before the backup"),
        pytest.param({"at": "2999-01-01T00:00:00Z"}, "after its backup", id="to come"),
        pytest.param({"at": "yesterday"}, "looks like", id="no moment"),
    ],
)
def test_a_trial_of_nothing_that_was_written_is_not_noted(
    changed: dict[str, str], says: str, with_the_owners_rights: None
) -> None:
    written = BackupLog.objects.create(
        kind="backup", file_name="upwell-1.age", size_bytes=1, digest="a" * 64, rows=1
    )
    given = {
        "file_name": written.file_name,
        "digest": written.digest,
        "at": f"{datetime.now(tz=UTC):%Y-%m-%dT%H:%M:%SZ}",
    } | changed
    with pytest.raises(CommandError, match=says):
        run("note_trial", given["file_name"], "--digest", given["digest"], "--at", given["at"])
    assert not BackupLog.objects.filter(kind="trial").exists()


@pytest.mark.django_db(transaction=True)
def test_a_session_that_was_ended_stays_ended_after_a_restore(
    tmp_path: Path, keys: Path, empty_database: str
) -> None:
    client = Client()
    client.force_login(make.make_user(email="physio@example.org"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone()[0] > 0
    run("backup", "--to", str(tmp_path))
    run(*("restore", str(made_in(tmp_path)), "--key-file", str(keys)),
        *("--into", address(empty_database)))  # fmt: skip
    where = backups.parameters() | {"dbname": empty_database}
    with contextlib.closing(backups.connect(where)) as restored:
        for table in ("django_session", "usersessions_usersession", "upwell_cache"):
            ask = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", table))
            assert restored.execute(ask).fetchall() == [(0,)], table
        ((people,),) = restored.execute("SELECT count(*) FROM public.patients_user").fetchall()
    assert people == 1


# --- making one --------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("recipient", "says"),
    [
        pytest.param("", "No key to encrypt", id="none"),
        pytest.param("age1nonsense", "not a public key", id="no key"),
        pytest.param(backups.new_key()[0], "holds a private key", id="the private one"),
    ],
)
def test_without_a_public_key_nothing_is_written(
    recipient: str, says: str, tmp_path: Path, settings: Any
) -> None:
    settings.BACKUP_RECIPIENT = recipient
    with pytest.raises(CommandError, match=says) as refused:
        run("backup", "--to", str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert says in BackupLog.objects.get().problem
    assert "AGE-SECRET" not in f"{refused.value}{BackupLog.objects.get().problem}"


@pytest.mark.django_db
def test_a_pg_dump_older_than_the_server_is_refused_in_words(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n")
    old.chmod(0o755)
    monkeypatch.setattr(backups, "programs", lambda name: iter([old]))
    folder = tmp_path / "backups"
    with pytest.raises(CommandError, match=r"pg_dump \d\d or newer is needed \(found: 9\)"):
        run("backup", "--to", str(folder))
    assert list(folder.iterdir()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "script",
    [
        pytest.param("printf half; echo 'pg_dump: error: out of luck' >&2; exit 1", id="an error"),
        pytest.param("printf half; kill -9 $$", id="killed"),
    ],
)
def test_a_dump_that_breaks_off_leaves_no_file(
    script: str, tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "pg_dump"
    told = 'if [ "$1" = --version ]; then echo "pg_dump (PostgreSQL) 99"; exit 0; fi'
    tool.write_text(f"#!/bin/sh\n{told}\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.setattr(backups, "programs", lambda name: iter([tool]))
    folder = tmp_path / "backups"
    with pytest.raises(CommandError, match="pg_dump gave up"):
        run("backup", "--to", str(folder))
    assert list(folder.iterdir()) == []


@pytest.mark.django_db
def test_a_full_disk_leaves_no_file(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Any, piece: bytes) -> int:
        self.failure = OSError(28, "No space left on device")
        raise self.failure

    monkeypatch.setattr(backups._Counted, "write", full)
    with pytest.raises(CommandError, match="can't be written: No space left on device"):
        run("backup", "--to", str(tmp_path / "backups"))
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.django_db
def test_what_goes_wrong_after_a_good_backup_is_a_sentence(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(backups, "prune", refused)
        with pytest.raises(CommandError, match=r"older ones can't be removed: Permission denied"):
            run("backup", "--to", str(tmp_path / "one"))
    assert BackupLog.objects.get().problem == ""
    assert made_in(tmp_path / "one").stat().st_size

    def away(*_: Any, **__: Any) -> None:
        raise DatabaseError

    with monkeypatch.context() as patched:
        patched.setattr(BackupLog, "save", away)
        with pytest.raises(CommandError, match="database took no note"):
            run("backup", "--to", str(tmp_path / "two"))
    assert made_in(tmp_path / "two").stat().st_size


def test_a_new_pair_of_keys_is_shown_once_and_opens_what_it_locked(capsys: Any) -> None:
    call_command("backup", "--new-key")
    told = capsys.readouterr().out
    public = re.search(r"UPWELL_BACKUP_RECIPIENT=(age1\w+)", told)
    private = re.search(r"AGE-SECRET-KEY-1\w+", told)
    assert public
    assert private
    locked = pyrage.encrypt(b"open", backups.recipients(public[1]))
    identity = pyrage.x25519.Identity.from_str(private[0])
    assert pyrage.decrypt(locked, [identity]) == b"open"


# --- which stay --------------------------------------------------------------------------------
NIGHT = datetime(2020, 1, 1, 2, 0, tzinfo=UTC)


def test_thirty_five_days_twelve_months_and_seven_years_stay() -> None:
    nights = [NIGHT + timedelta(days=day) for day in range(365 * 10)]
    kept = sorted(backups.to_keep(nights))
    last = nights[-1]
    assert kept[-35:] == nights[-35:]
    months = {(each.year, each.month) for each in kept}
    assert {(last.year, month) for month in range(1, 13)} <= months
    assert {each.year for each in kept} == set(range(last.year - 6, last.year + 1))
    assert len(kept) == 35 + 10 + 6


def test_of_one_day_the_last_stays() -> None:
    hours = [NIGHT + timedelta(hours=hour) for hour in range(20)]
    assert backups.to_keep(hours) == {hours[-1]}


def test_a_long_pause_deletes_nothing() -> None:
    before = frozenset(NIGHT + timedelta(days=day) for day in range(30))
    assert before <= backups.to_keep([*before, NIGHT + timedelta(days=3_000)])


@given(
    strategies.lists(
        strategies.integers(0, 24 * 365 * 12).map(lambda hour: NIGHT + timedelta(hours=hour)),
        max_size=300,
        unique=True,
    )
)
@hypothesis_settings(max_examples=50)
def test_deleting_each_night_ends_where_deleting_once_does(moments: list[datetime]) -> None:
    nightly: set[datetime] = set()
    for moment in sorted(moments):
        nightly = set(backups.to_keep({*nightly, moment}))
        assert moment in nightly
    assert nightly == backups.to_keep(moments)


def test_only_own_files_are_deleted(tmp_path: Path) -> None:
    ours = [f"upwell-2026{month:02}01T020000Z.age" for month in range(1, 13)]
    ours += [f"upwell-20{year}0101T020000Z.age" for year in range(10, 20)]
    others = ["upwell-20100101T020000Z.age.copy", "notes.txt", "my-upwell-20100101T020000Z.age"]
    for name in (*ours, *others):
        (tmp_path / name).write_text("x")
    gone = {path.name for path in backups.prune(tmp_path)}
    assert gone == set()
    for day in range(1, 29):
        (tmp_path / f"upwell-202702{day:02}T020000Z.age").write_text("x")
    gone = {path.name for path in backups.prune(tmp_path)}
    assert gone
    assert gone <= set(ours)
    assert {path.name for path in tmp_path.iterdir()} >= set(others)


def test_what_a_killed_run_left_goes_after_a_day(tmp_path: Path) -> None:
    old, new = (tmp_path / f".upwell-20260101T020000Z.age.{n}" for n in ("0123abcd", "4567abcd"))
    for path in (old, new):
        path.write_text("x")
    os.utime(old, (1, 1))
    backups.prune(tmp_path)
    assert not old.exists()
    assert new.exists()


@pytest.mark.django_db
def test_each_backup_deletes_what_need_not_stay(tmp_path: Path, keys: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in range(1, 29):
        for month in (1, 2):
            (folder / f"upwell-2019{month:02}{day:02}T020000Z.age").write_text("x")
    assert "22 older removed" in run("backup", "--to", str(folder))
    assert len(list(folder.iterdir())) == 35
    assert backups.NAME.fullmatch(max(each.name for each in folder.iterdir()))
