"""Backups that were proved: one encrypted file each, and what a restored one is held against.

A file is made for a public key (age, by pyrage); the private key never lies on the server. Inside
stands one line of JSON, the ``Contents`` of the database, and then the archive of ``pg_dump``,
both of the same snapshot. So nothing but ``age`` and ``pg_restore`` is needed in an emergency
(docs/backups.md).
"""

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import psycopg
import pyrage
from django.db import DatabaseError, connections, transaction
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from patients.models import BackupLog

FORMAT = 1
DAILY, MONTHLY, YEARLY = 35, 12, 7
# Nothing of a patient, and nothing a pattern of somebody else's could match.
NAME = re.compile(r"upwell-(\d{8}T\d{6}Z)\.age")
UNFINISHED = re.compile(r"\.upwell-\d{8}T\d{6}Z\.age\.[0-9a-f]{8}")
STAMP = "%Y%m%dT%H%M%SZ"
PRIVATE = 0o600
AGE_BEGINS = b"age-encryption.org/"
SCRATCH = "upwell_trial_"
# What ends by itself and must not come back: a session that was ended would run again. Their
# tables are in a backup, their rows are not.
NOT_KEPT = ("public.django_session", "public.usersessions_usersession", "public.upwell_cache")
# As text the same on every server, whatever its own settings are.
AS_TEXT = """
    SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC';
    SET bytea_output = 'hex'; SET extra_float_digits = 1; SET search_path = '';
    SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
"""

TABLES = """
    SELECT namespace.nspname, class.relname
    FROM pg_catalog.pg_class AS class
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.relkind = %s AND class.relpersistence = 'p'
      AND namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema'
      AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS owned
        WHERE owned.objid = class.oid AND owned.deptype = 'e'
      )
    ORDER BY 1, 2
"""
# What the tables are made of: kind and name, and the definition as the server tells it.
SCHEMA = """
    SELECT 'extension ' || extname, '' FROM pg_catalog.pg_extension
    UNION ALL
    SELECT 'column ' || attribute.attrelid::regclass || '.' || attribute.attname,
        concat_ws(' ', pg_catalog.format_type(attribute.atttypid, attribute.atttypmod),
            attribute.attnotnull, attribute.attidentity, attribute.attgenerated,
            pg_catalog.pg_get_expr(given.adbin, given.adrelid))
    FROM pg_catalog.pg_attribute AS attribute
    JOIN pg_catalog.pg_class AS class ON class.oid = attribute.attrelid
    LEFT JOIN pg_catalog.pg_attrdef AS given
        ON given.adrelid = attribute.attrelid AND given.adnum = attribute.attnum
    WHERE class.relkind IN ('r', 'p', 'v') AND attribute.attnum > 0 AND NOT attribute.attisdropped
        AND class.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
    UNION ALL
    SELECT 'constraint ' || conname || ' of ' || conrelid::regclass,
        pg_catalog.pg_get_constraintdef(oid)
    FROM pg_catalog.pg_constraint
    WHERE contype <> 'n' AND conrelid <> 0
        AND connamespace::regnamespace::text !~ '^(pg_|information_schema)'
    UNION ALL
    SELECT 'index ' || indexrelid::regclass, pg_catalog.pg_get_indexdef(indexrelid)
    FROM pg_catalog.pg_index JOIN pg_catalog.pg_class AS class ON class.oid = indexrelid
    WHERE class.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
    UNION ALL
    SELECT 'trigger ' || tgname || ' of ' || tgrelid::regclass,
        tgenabled::text || pg_catalog.pg_get_triggerdef(oid)
    FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'function ' || function.oid::regprocedure,
        pg_catalog.pg_get_functiondef(function.oid)
    FROM pg_catalog.pg_proc AS function
    WHERE function.prokind IN ('f', 'p')
        AND function.pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS owned
            WHERE owned.objid = function.oid AND owned.deptype = 'e'
        )
"""
# Casts that the server itself writes otherwise once a definition was dumped and read again.
REWRITTEN = re.compile(r"::(character varying|text)(\(\d+\))?(\[\])?|[\s()]")


class BackupError(Exception):
    """A backup or restore that can't be had, with the sentence that says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What one snapshot of a database holds.

    ``tables`` has the rows of each table and a sum over all of them that no order changes,
    ``sequences`` the last number given, ``schema`` a digest of each definition by its name.
    """

    made_at: str
    server: int
    program: int
    migrations: tuple[str, ...]
    tables: dict[str, tuple[int, str]]
    sequences: dict[str, int]
    schema: dict[str, str]
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(rows for rows, _ in self.tables.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file with a backup: its size in bytes, its SHA-256, and what it holds."""

    path: Path
    size_bytes: int
    digest: str
    contents: Contents


# --- keys --------------------------------------------------------------------------------------
def new_key() -> tuple[str, str]:
    """A new pair: the private key, to be kept away from the server, and the public one."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipients(text: str) -> list[Any]:
    """The public keys in this text, separated by commas. Raises ``BackupError``."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise BackupError(
            "No key to encrypt the backup to. `manage.py backup --new-key` makes a pair; put the "
            "public one (age1…) into UPWELL_BACKUP_RECIPIENT."
        )
    if any(name.upper().startswith("AGE-SECRET-KEY-") for name in names):
        raise BackupError(
            "UPWELL_BACKUP_RECIPIENT holds a private key. It must not lie on the server: remove it "
            "here, make a new pair, and put only the public key (age1…) there."
        )
    try:
        return [pyrage.x25519.Recipient.from_str(name) for name in names]
    except pyrage.RecipientError:
        raise BackupError(
            "UPWELL_BACKUP_RECIPIENT is not a public key: it begins with age1 and has 62 letters."
        ) from None


def identities(path: Path) -> list[Any]:
    """The private keys in a file; lines beginning with # say nothing. Raises ``BackupError``."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise BackupError(f"The key file can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        lines = []
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    try:
        found = [pyrage.x25519.Identity.from_str(key) for key in keys]
    except pyrage.IdentityError:
        found = []
    if not found:
        raise BackupError("The key file holds no private key (AGE-SECRET-KEY-1…).")
    return found


# --- which files stay --------------------------------------------------------------------------
def to_keep(made: Iterable[datetime]) -> frozenset[datetime]:
    """Which backups stay: the newest of each of the last 35 days, 12 months and 7 years.

    Days, months and years that have a backup are counted: a pause never empties the folder.
    """
    newest_first = sorted(set(made), reverse=True)
    kept: set[datetime] = set()
    for pattern, number in (("%Y%m%d", DAILY), ("%Y%m", MONTHLY), ("%Y", YEARLY)):
        newest: dict[str, datetime] = {}
        for moment in newest_first:
            newest.setdefault(moment.strftime(pattern), moment)
        kept.update(list(newest.values())[:number])
    return frozenset(kept)


def prune(folder: Path) -> list[Path]:
    """Delete the backups that need not stay, and say which. Knows its own files by their name."""
    dated = {}
    for path in folder.iterdir():
        if (named := NAME.fullmatch(path.name)) and path.is_file() and not path.is_symlink():
            dated[path] = datetime.strptime(named[1], STAMP).replace(tzinfo=UTC)
    kept = to_keep(dated.values())
    gone = sorted(path for path, made in dated.items() if made not in kept)
    for path in gone:
        path.unlink()
    # What a run that was killed left behind; no run takes a day.
    for path in folder.iterdir():
        if UNFINISHED.fullmatch(path.name) and path.is_file():
            written = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
            if datetime.now(tz=UTC) - written > timedelta(days=1):
                path.unlink(missing_ok=True)
    return gone


# --- the server and PostgreSQL's own programs --------------------------------------------------
def parameters(alias: str = "default") -> dict[str, str]:
    """How to reach the database of this connection of Django's, as libpq names things."""
    known = {each.keyword.decode() for each in psycopg.pq.Conninfo.get_defaults()}
    given: Mapping[str, Any] = connections[alias].get_connection_params()
    return {name: str(value) for name, value in given.items() if name in known and value}


def address(url: str) -> dict[str, str]:
    """How to reach the database with this address of the environment. Raises ``BackupError``."""
    try:
        found = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise BackupError(
            "That is no address of a database: postgresql://user@host/name."
        ) from None
    return {name: str(value) for name, value in found.items() if value is not None}


def typed_address(url: str) -> dict[str, str]:
    """How to reach the database with this address. Raises ``BackupError``.

    A password in it would be read by everybody who lists the machine's processes.
    """
    found = address(url)
    if "password" in found:
        raise BackupError(
            "Leave the password out of the address: others on this machine can read a command "
            "line. Set PGPASSWORD, or put it into the file .pgpass."
        )
    return found


def connect(where: Mapping[str, str]) -> psycopg.Connection[Any]:
    """A connection that shows values the same way everywhere. Raises ``BackupError``."""
    try:
        connection = psycopg.connect(psycopg.conninfo.make_conninfo(**where), autocommit=True)
        for statement in AS_TEXT.strip().split(";")[:-1]:
            connection.execute(statement.encode())
    except psycopg.OperationalError:
        raise BackupError(
            "The database doesn't answer. Nothing was changed; try again when it does."
        ) from None
    return connection


def environment(where: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child that is to reach this database.

    The password travels here: never on a command line, and no other user can read it.
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR")
            if name in os.environ}  # fmt: skip
    kept |= {name: value for name, value in os.environ.items() if name.startswith("PG")}
    for option in psycopg.pq.Conninfo.get_defaults():
        name = option.keyword.decode()
        if option.envvar and where.get(name):
            kept[option.envvar.decode()] = where[name]
    return kept | {"LC_ALL": "C"}


def programs(name: str) -> Iterator[Path]:
    """The places where a program of PostgreSQL's may be."""
    from upwell import embedded

    with contextlib.suppress(embedded.EmbeddedServerError):
        yield embedded._wheel() / "bin" / name
    if found := shutil.which(name):
        yield Path(found)
    yield from Path("/usr/lib/postgresql").glob(f"*/bin/{name}")


def program(name: str, *, at_least: int) -> tuple[Path, int]:
    """The oldest program of this name not older than that version. Raises ``BackupError``."""
    found: list[tuple[int, Path]] = []
    for path in programs(name):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            told = subprocess.run(
                [path, "--version"], capture_output=True, text=True, timeout=20, check=True
            ).stdout
            if number := re.search(r"\(PostgreSQL\) (\d+)", told):
                found.append((int(number[1]), path))
    new_enough = [each for each in found if each[0] >= at_least]
    if not new_enough:
        have = ", ".join(sorted({str(version) for version, _ in found})) or "none"
        raise BackupError(
            f"{name} {at_least} or newer is needed (found: {have}). Install the package "
            f"postgresql-client-{at_least}, or run `make setup`."
        )
    version, path = min(new_enough, key=lambda each: each[0])
    return path, version


def complaint(errors: IO[bytes], name: str) -> str:
    """What a program of PostgreSQL's said, without the lines that may repeat a row."""
    errors.seek(0)
    for line in errors.read().decode("utf-8", "replace").splitlines():
        if line.startswith(f"{name}: error:"):
            return line.removeprefix(f"{name}: error:").strip()[:200]
    return "it gave no reason"


# --- what a database holds ---------------------------------------------------------------------
def contents(
    connection: psycopg.Connection[Any], *, program: int = 0, without: Iterable[str] = ()
) -> Contents:
    """What the database holds, read in the connection's transaction; some tables as if empty."""

    def ask(question: Any, *values: Any) -> list[Any]:
        return connection.execute(question, values or None).fetchall()

    tables, sequences = {}, {}
    for schema, name in ask(TABLES, "r"):
        if f"{schema}.{name}" in without:
            tables[f"{schema}.{name}"] = (0, "0")
            continue
        table = sql.Identifier(schema, name)
        ((rows, total),) = ask(
            sql.SQL(
                "SELECT count(*), coalesce(sum("
                "('x' || left(md5(row_.*::text), 16))::bit(64)::bigint::numeric), 0) "
                "FROM {} AS row_"
            ).format(table)
        )
        tables[f"{schema}.{name}"] = (int(rows), str(total))
    for schema, name in ask(TABLES, "S"):
        table = sql.Identifier(schema, name)
        ((last, called),) = ask(sql.SQL("SELECT last_value, is_called FROM {}").format(table))
        sequences[f"{schema}.{name}"] = int(last) if called else int(last) - 1
    migrations: list[str] = []
    if "public.django_migrations" in tables:
        migrations = [
            f"{app}.{name}"
            for app, name in ask("SELECT app, name FROM public.django_migrations ORDER BY 1, 2")
        ]
    return Contents(
        made_at=datetime.now(tz=UTC).isoformat(timespec="seconds"),
        server=connection.info.server_version // 10_000,
        program=program,
        migrations=tuple(migrations),
        tables=tables,
        sequences=sequences,
        schema={
            str(name): hashlib.sha256(REWRITTEN.sub("", definition or "").encode()).hexdigest()[:16]
            for name, definition in ask(SCHEMA)
        },
    )


def differences(backed_up: Contents, restored: Contents) -> list[str]:
    """What of a backup a restored database doesn't hold as it was, in words; empty when all is.

    A comparison of nothing is a difference too. Sequences may stand later: they are given out
    outside of every snapshot, and the archive is made after the contents are counted.
    """
    found = []
    if not backed_up.tables or not restored.tables:
        found.append("there are no tables to compare")
    if not backed_up.rows or not restored.rows:
        found.append("there are no rows to compare")
    for kind, before, after in (
        ("table", backed_up.tables, restored.tables),
        ("sequence", backed_up.sequences, restored.sequences),
        ("definition", backed_up.schema, restored.schema),
    ):
        found += [f"the {kind} {name} is missing" for name in sorted(before.keys() - after.keys())]
        found += [f"the {kind} {name} is new" for name in sorted(after.keys() - before.keys())]
    for name in sorted(backed_up.tables.keys() & restored.tables.keys()):
        (rows, total), (rows_now, total_now) = backed_up.tables[name], restored.tables[name]
        if rows != rows_now:
            found.append(f"the table {name} has {rows_now} rows, not {rows}")
        elif total != total_now:
            found.append(f"the table {name} has other values")
    for name in sorted(backed_up.sequences.keys() & restored.sequences.keys()):
        if restored.sequences[name] < backed_up.sequences[name]:
            found.append(f"the sequence {name} stands earlier")
    for name in sorted(backed_up.schema.keys() & restored.schema.keys()):
        if backed_up.schema[name] != restored.schema[name]:
            found.append(f"the definition {name} is another")
    return found


# --- making one --------------------------------------------------------------------------------
class _Pieces:
    """The first line and then what a program writes, for whoever reads."""

    def __init__(self, first: bytes, then: IO[bytes]) -> None:
        self.first, self.then = first, then

    def read(self, size: int = -1) -> bytes:
        if self.first:
            piece, self.first = self.first[:size], self.first[size:]
            return piece
        return self.then.read(size)


class _Counted:
    """A file that counts and digests what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.size, self.digest = file, 0, hashlib.sha256()
        self.failure: OSError | None = None

    def write(self, piece: bytes) -> int:
        try:
            self.file.write(piece)
        except OSError as error:
            self.failure = error
            raise
        self.size += len(piece)
        self.digest.update(piece)
        return len(piece)

    def flush(self) -> None:
        self.file.flush()


def back_up(folder: Path, *, to: str, where: Mapping[str, str] | None = None) -> Written:
    """Write the database as one snapshot of it to a new file in the folder, for these public keys.

    Safe while the practice works. Either the whole file stands there, on the disk, or none under
    that name. Raises ``BackupError``.
    """
    keys = recipients(to)
    where = where or parameters()
    made = datetime.now(tz=UTC)
    path = folder / f"upwell-{made.strftime(STAMP)}.age"
    unfinished = folder / f".{path.name}.{secrets.token_hex(4)}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists():
            raise BackupError("A backup was begun in this very second. Try again.")
        with contextlib.closing(connect(where)) as connection:
            file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
            with os.fdopen(file, "wb") as output:
                counted = _Counted(output)
                held = _write(connection, where, keys, counted)
                output.flush()
                os.fsync(output.fileno())
        unfinished.rename(path)
        _sync(folder)
    except OSError as error:
        raise BackupError(f"The backup can't be written: {error.strerror or error}.") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return Written(
        path=path, size_bytes=counted.size, digest=counted.digest.hexdigest(), contents=held
    )


def _write(
    connection: psycopg.Connection[Any],
    where: Mapping[str, str],
    keys: list[Any],
    output: _Counted,
) -> Contents:
    """Count, dump and encrypt in one snapshot."""
    dump, version = program("pg_dump", at_least=connection.info.server_version // 10_000)
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    row = connection.execute("SELECT pg_catalog.pg_export_snapshot()").fetchone()
    assert row is not None
    try:
        held = contents(connection, program=version, without=NOT_KEPT)
    except psycopg.Error as error:
        raise BackupError(f"The database can't be read whole ({error.sqlstate}).") from None
    if not held.tables or not held.rows:
        raise BackupError("The database is empty: there is nothing to back up.")
    command = [str(dump), "--format=custom", "--no-password", f"--snapshot={row[0]}"]
    command += [f"--exclude-table-data={name}" for name in NOT_KEPT]
    with tempfile.TemporaryFile() as errors, _child(command, where, errors) as child:
        assert child.stdout is not None
        line = json.dumps(asdict(held), separators=(",", ":")).encode() + b"\n"
        try:
            pyrage.encrypt_io(_Pieces(line, child.stdout), output, keys)
        except (pyrage.EncryptError, OSError) as error:
            raise (output.failure or OSError(str(error))) from None
        if child.wait():
            raise BackupError(f"pg_dump gave up: {complaint(errors, 'pg_dump')}.")
    return held


@contextlib.contextmanager
def _child(
    command: list[str], where: Mapping[str, str], errors: IO[bytes], *, fed: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """A program of PostgreSQL's that is gone when this ends, however it ends."""
    child = subprocess.Popen(
        command,
        env=environment(where),
        stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if fed else subprocess.PIPE,
        stderr=errors,
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _sync(folder: Path) -> None:
    """Have the name of a new file on the disk too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


# --- reading one -------------------------------------------------------------------------------
class _AfterTheLine:
    """Keeps the first line of what is written to it and passes the rest on, if anybody wants it."""

    def __init__(self, onward: IO[bytes] | None = None) -> None:
        self.onward, self.line, self.complete, self.after = onward, bytearray(), False, 0

    def write(self, piece: bytes) -> int:
        rest = piece
        if not self.complete:
            begun, newline, rest = piece.partition(b"\n")
            self.line += begun
            self.complete = bool(newline)
        self.after += len(rest)
        if self.onward is not None and rest:
            self.onward.write(rest)
        return len(piece)

    def flush(self) -> None:
        if self.onward is not None:
            self.onward.flush()


def check_digest(path: Path, digest: str) -> None:
    """Raise ``BackupError`` unless the file has this SHA-256, before anything in it is opened.

    Whoever has the public key can make a file that opens: only its digest says that it is the one
    that was written.
    """
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BackupError(f"The file can't be read: {error.strerror or error}.") from None
    if found != digest.strip().lower():
        raise BackupError(
            "This file is not the backup that was written: it has another digest. It was damaged "
            "or put in its place by somebody. Nothing of it was opened."
        )


def logged(path: Path) -> BackupLog | None:
    """What the connected database knows of the backup of this name; None if nothing."""
    try:
        with transaction.atomic():
            return BackupLog.objects.filter(
                kind=BackupLog.BACKUP, file_name=path.name, problem=""
            ).first()
    except DatabaseError:
        # On a machine that is only there for trials: no tables, or no database of this name.
        return None


def read_through(path: Path, keys: list[Any]) -> Written:
    """Read a whole file once, and say what it holds; nothing of it is taken to be true before.

    Every piece carries a seal, so a wrong key, a missing end and one flipped bit are all found
    here; who made the file is not (``check_digest``). Raises ``BackupError``.
    """
    try:
        with path.open("rb") as file:
            if not file.read(len(AGE_BEGINS)) == AGE_BEGINS:
                raise BackupError("This file is no backup of Upwell, or its beginning is damaged.")
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        held = _decrypt(path, keys, _AfterTheLine())
        size = path.stat().st_size
    except OSError as error:
        raise BackupError(f"The file can't be read: {error.strerror or error}.") from None
    return Written(path=path, size_bytes=size, digest=digest, contents=held)


def _decrypt(path: Path, keys: list[Any], output: _AfterTheLine) -> Contents:
    with path.open("rb") as file:
        try:
            pyrage.decrypt_io(file, output, keys)
        except pyrage.DecryptError as error:
            if "No matching keys" in str(error):
                raise BackupError(
                    "This key doesn't open this file. It was made for another key, or its "
                    "beginning is damaged. Nothing was changed."
                ) from None
            raise BackupError(DAMAGED) from None
        except OSError as error:
            # What reading the file said has a number; what the seal said has none.
            if error.errno is not None:
                raise
            raise BackupError(DAMAGED) from None
    if not output.complete or not output.after:
        raise BackupError(DAMAGED)
    return _contents_of(bytes(output.line))


DAMAGED = "This file is damaged or not complete. Nothing was changed. Take another backup."


def _contents_of(line: bytes) -> Contents:
    try:
        told = json.loads(line)
        form = told["format"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BackupError(NO_BACKUP) from None
    if form != FORMAT:
        raise BackupError(
            f"This backup is of format {form}; this version of Upwell reads format {FORMAT}. "
            "Use the version that made it. Nothing was changed."
        )
    try:
        return Contents(
            **{
                **told,
                "made_at": datetime.fromisoformat(told["made_at"]).isoformat(),
                "server": int(told["server"]),
                "program": int(told["program"]),
                "migrations": tuple(str(name) for name in told["migrations"]),
                "tables": {
                    name: (int(rows), str(total)) for name, (rows, total) in told["tables"].items()
                },
                "sequences": {name: int(last) for name, last in told["sequences"].items()},
                "schema": {name: str(digest) for name, digest in told["schema"].items()},
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BackupError(NO_BACKUP) from None


NO_BACKUP = "This file is no backup of Upwell. Nothing was changed."


def waiting_migrations(held: Contents) -> list[str]:
    """Migrations of this version that the backup doesn't have yet.

    Raises ``BackupError`` for a backup of a version that knows more.
    """
    loader = MigrationLoader(None, ignore_no_migrations=True)
    assert loader.disk_migrations is not None
    ours = {".".join(key) for key in loader.disk_migrations}
    replaced = {
        ".".join(key) for each in loader.disk_migrations.values() for key in each.replaces
    }  # fmt: skip
    apps = {app for app, _ in loader.disk_migrations}
    unknown = [
        name
        for name in held.migrations
        if name.split(".")[0] in apps and name not in ours and name not in replaced
    ]
    if unknown:
        raise BackupError(
            f"This backup was made by another version of Upwell: it has {unknown[0]}, which this "
            "one doesn't know. Install the version that made it. Nothing was changed."
        )
    squashed = {
        ".".join(key)
        for key, each in loader.disk_migrations.items()
        if each.replaces and all(".".join(part) in held.migrations for part in each.replaces)
    }
    return sorted(ours - set(held.migrations) - squashed)


def is_empty(where: Mapping[str, str]) -> bool:
    """Whether a database has no table at all. Raises ``BackupError``."""
    with contextlib.closing(connect(where)) as connection:
        return connection.execute(TABLES, ["r"]).fetchone() is None


def restore(written: Written, keys: list[Any], *, where: Mapping[str, str]) -> list[str]:
    """Bring a file that was read through into an empty database, and compare; the differences.

    One transaction: everything or nothing. Raises ``BackupError``.
    """
    with contextlib.closing(connect(where)) as connection:
        server = connection.info.server_version // 10_000
    if server < written.contents.server:
        raise BackupError(
            f"This backup comes from PostgreSQL {written.contents.server}; this server is "
            f"PostgreSQL {server}. Restore into the same version or a newer one."
        )
    if not is_empty(where):
        raise BackupError(
            "This database is not empty. A backup is restored into an empty one only: make one "
            "(createdb), and name it with --into. Nothing was changed."
        )
    tool, _ = program("pg_restore", at_least=written.contents.program)
    command = [str(tool), "--exit-on-error", "--single-transaction", "--no-owner"]
    command += ["--no-privileges", "--no-password", f"--dbname={where.get('dbname', '')}"]
    with tempfile.TemporaryFile() as errors, _child(command, where, errors, fed=True) as child:
        assert child.stdin is not None
        try:
            _decrypt(written.path, keys, _AfterTheLine(child.stdin))
            child.stdin.close()
        except (OSError, BackupError):
            # Either it closed its end, and says why; or the file is not what it was a moment ago,
            # and then its input is never closed, which might look like an end.
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=10)
            if child.returncode is None:
                raise BackupError(DAMAGED) from None
        if child.wait():
            raise BackupError(
                f"The database refused the backup: {complaint(errors, 'pg_restore')}. "
                "Nothing was changed."
            )
    with contextlib.closing(connect(where)) as connection:
        return differences(written.contents, contents(connection))


@contextlib.contextmanager
def scratch_database(where: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """A new empty database on the same server, gone afterwards. Raises ``BackupError``."""
    name = f"{SCRATCH}{secrets.token_hex(6)}"
    with contextlib.closing(connect(where)) as connection:
        # Of a trial that was killed: they hold the practice's records. One that runs is connected.
        left = connection.execute(
            "SELECT datname FROM pg_catalog.pg_database AS made WHERE datname ~ %s AND NOT EXISTS "
            "(SELECT FROM pg_catalog.pg_stat_activity AS used WHERE used.datid = made.oid)",
            [f"^{SCRATCH}[0-9a-f]{{12}}$"],
        )
        for (old,) in left.fetchall():
            with contextlib.suppress(psycopg.Error):
                _drop(connection, old)
        try:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
            )
        except psycopg.errors.InsufficientPrivilege:
            raise BackupError(
                "This database user may not make a scratch database. Run the trial as one who may "
                "(ALTER ROLE … CREATEDB), or on another machine."
            ) from None
        scratch = {**where, "dbname": name}
        try:
            with contextlib.closing(connect(scratch)):
                yield scratch
        finally:
            _drop(connection, name)


def _drop(connection: psycopg.Connection[Any], name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def trial(
    written: Written, keys: list[Any], *, where: Mapping[str, str] | None = None
) -> list[str]:
    """Restore a file that was read through beside the practice's database; the differences.

    The scratch database is dropped again. Raises ``BackupError``.
    """
    with scratch_database(where or parameters()) as scratch:
        return restore(written, keys, where=scratch)


def log_of(written: Written, *, kind: str, problem: str = "") -> BackupLog:
    """The row that tells the practice lead of it, not saved."""
    return BackupLog(
        kind=kind,
        file_name=written.path.name[:200],
        size_bytes=written.size_bytes,
        digest=written.digest,
        rows=written.contents.rows,
        problem=problem[:300],
    )
