"""A chain of seals over every history: what was written stays as it was, or the break is found.

Each seal holds, for each table that only grows, how far it reached, how many rows came since the
seal before and a digest of them; and a digest of all that together with the seal before. Whoever
changes, removes or adds a row inside a sealed stretch breaks the digest of that stretch; whoever
writes the seals anew changes their digests, of which the newest belongs somewhere else as well
(`seal_audit` prints it: with the backup, on paper). Rows younger than the newest seal are not
protected yet.

A record destroyed after its time takes sealed rows away. The seal made with it keeps the digest of
each such row, so that every stretch still gives the digest it was sealed with: what is left can't
have been changed. It names one line of the register, written under the same seal, whose numbers
must be those of the rows; `verify_audit` prints each.
"""

import hashlib
import json
import re
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

import pghistory.models
from django.apps import apps
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Model
from django.utils import timezone

from patients.models import AccessLog, AuditSeal, BackupLog, DefaultsChange, Destruction, Patient

LOGS: tuple[type[Model], ...] = (AccessLog, BackupLog, Destruction, DefaultsChange)

# Rows that are digested at once: memory stays the same however long a history is. The digest of a
# stretch is made of those of its pieces, so this number stays as well.
AT_ONCE = 5_000

# Below any key that a row can have, and the digest of no row at all.
FIRST = -(2**63)
NOTHING = hashlib.sha256().hexdigest()

# In the tables of a seal: what a destruction took out of earlier ones, {"register": key of its
# line, "rows": {table: [[number of the seal, key, digest], …]}}.
SHORTENED = "shortened"

FRESH = timedelta(hours=26)
"""How old the last seal may be when a record is destroyed: what came since is sealed with it."""

# A table is asked for so long, so often, with a pause (seconds) between: pages that write to it
# queue behind the question, and never behind the transaction that the question waits for.
WAIT, LONGER_WAIT = "300ms", "1500ms"
TRIES = 100
PAUSE = 1.0

# One at a time: two seals of the same moment would bear the same number.
_ALONE = "hashtext('upwell seals')"

# Rows that are gone, by table and number of the seal they lay under: key and digest of each.
Gone: TypeAlias = dict[tuple[str, int], list[tuple[int, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A place where the history is not what was sealed."""

    table: str
    # Seals between which the rows lie: after this one, up to the other.
    after: int
    up_to: int
    says: str

    def __str__(self) -> str:
        return f"{self.table}, after seal {self.after} up to seal {self.up_to}: {self.says}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The rows of a table that one seal covers: ids above the first up to the last."""

    table: str
    first: int
    last: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortening:
    """What a seal says a destruction took away, whether or not that is to be believed."""

    seal: int
    register: Destruction | None
    gone: Gone
    # Why it is not believed; blank when it is.
    doubt: str = ""

    @property
    def rows(self) -> dict[str, int]:
        """How many rows of each table it took."""
        found: dict[str, int] = {}
        for (table, _), some in self.gone.items():
            found[table] = found.get(table, 0) + len(some)
        return found

    def __str__(self) -> str:
        line = self.register
        assert line is not None
        return (
            f"Seal {self.seal} leaves out {rows_of_tables(self.rows)}: "
            f"{line.record_number}, destroyed on {line.destroyed_on:%-d %B %Y} by "
            f"{line.destroyed_by}, agreed by {line.agreed_by}. Is it in your register?"
        )


def rows_of_tables(rows: dict[str, int]) -> str:
    """How many rows these are, by table, in words: "2 rows of 1 table"."""
    count = sum(rows.values())
    said = "1 row" if count == 1 else f"{count} rows"
    return f"{said} of {'1 table' if len(rows) == 1 else f'{len(rows)} tables'}"


class BrokenError(Exception):
    """The chain of seals doesn't hold; the message names the first break."""


class NotNowError(Exception):
    """It can't be done at this moment; the message says what to do."""


def sealed_tables() -> dict[str, str]:
    """Every table that the seals cover, with the name of its key: histories and logs."""
    models: list[type[Model]] = [
        model
        for model in apps.get_models()
        if issubclass(model, pghistory.models.Event) and model._meta.managed
    ]
    found = {}
    for model in (*models, *LOGS):
        assert model._meta.pk is not None
        found[model._meta.db_table] = str(model._meta.pk.column)
    return dict(sorted(found.items()))


def seal() -> AuditSeal:
    """Add a seal over everything written since the one before, as the owner of the tables.

    Raises ``NotNowError`` while another is being made, and when somebody's writing doesn't end.
    """
    with _alone():
        return _seal()


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody else makes a seal meanwhile. Raises ``NotNowError``."""
    _hold_off_others("pg_try_advisory_lock")
    try:
        yield
    finally:
        # In a transaction that failed nothing can be asked; the lock ends with the connection.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({_ALONE})")


def _hold_off_others(how: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {how}({_ALONE})")
        if not cursor.fetchone()[0]:
            raise NotNowError("A seal is being made at this moment. Try again in a few minutes.")


def _seal(shortened: dict[str, Any] | None = None) -> AuditSeal:
    last = AuditSeal.objects.first()
    known = _reach(last)
    columns = _columns()
    tables: dict[str, Any] = {}
    for table, key in sealed_tables().items():
        stretch = Stretch(
            table=table,
            first=known.get(table, FIRST),
            # Never back: who took rows away from the end doesn't shorten what was sealed.
            last=max(known.get(table, FIRST), _newest(table, key)),
            columns=tuple(columns[table]),
        )
        rows, digest = _digest(stretch, key)
        tables[table] = [stretch.last, rows, digest, list(stretch.columns) if rows else []]
    if shortened is not None:
        tables[SHORTENED] = shortened
    number = last.number + 1 if last else 1
    previous = last.digest if last else ""
    return AuditSeal.objects.create(
        number=number,
        tables=tables,
        previous=previous,
        digest=_link(number, tables, previous),
    )


def _link(number: int, tables: dict[str, Any], previous: str) -> str:
    said = json.dumps([number, tables, previous], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def _reach(last: AuditSeal | None) -> dict[str, int]:
    """How far each table is sealed; a table that came later isn't there."""
    if last is None:
        return {}
    return {table: held[0] for table, held in last.tables.items() if table != SHORTENED}


def _columns() -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, array_agg(column_name::text ORDER BY column_name) "
            "FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name"
        )
        return dict(cursor.fetchall())


def _newest(table: str, key: str) -> int:
    """The highest key of all rows written, none of which is still to be committed.

    For that nobody may be writing for a moment: an id is drawn only by who holds the table. The
    table is let go at once, whatever transaction this is in, so no two are ever held together.
    Raises ``NotNowError``.
    """
    quote = connection.ops.quote_name
    for attempt in range(TRIES):
        # The server cleans up while nobody waits for longer than a second.
        wait = LONGER_WAIT if attempt % 5 == 4 else WAIT
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{wait}'")
                cursor.execute(f"LOCK TABLE {quote(table)} IN SHARE MODE")
                cursor.execute(f"SELECT coalesce(max({quote(key)}), 0) FROM {quote(table)}")
                newest = int(cursor.fetchone()[0])
                transaction.set_rollback(True)
            return newest
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != "55P03":
                raise
        time.sleep(PAUSE)
    raise NotNowError(
        f"Somebody has been writing to {table} all the while: nothing was sealed. Try again later."
    )


def _row_digests(table: str, key: str, columns: Iterable[str], which: str) -> str:
    """The question for key and digest of some rows; ``which`` is the end of it."""
    quote = connection.ops.quote_name
    named = ", ".join(quote(each) for each in columns)
    return (
        f"SELECT {quote(key)} AS key, "
        f"sha256(convert_to(row_to_json(held)::jsonb::text, 'UTF8')) AS digest "
        f"FROM (SELECT {named} FROM {quote(table)} WHERE {which}) AS held"
    )


def _digest(stretch: Stretch, key: str, gone: Iterable[tuple[int, str]] = ()) -> tuple[int, str]:
    """How many rows a stretch has, and the digest of them in the order of their keys.

    Rows that are gone are counted in by the digests they had.
    """
    if stretch.first == stretch.last:
        return 0, NOTHING
    quote = connection.ops.quote_name
    which = f"{quote(key)} > %s AND {quote(key)} <= %s ORDER BY {quote(key)} LIMIT {AT_ONCE}"
    there = _row_digests(stretch.table, key, stretch.columns or (key,), which)
    # The digests of the rows are made where they lie; what is read is 64 letters and a number.
    question = (
        f"SELECT count(*), max(key), "
        f"encode(sha256(coalesce(string_agg(digest, ''::bytea ORDER BY key), '')), 'hex') FROM ("
        f"SELECT key, digest FROM ({there}) AS there UNION ALL "
        f"SELECT key, decode(digest, 'hex') FROM unnest(%s::bigint[], %s::text[]) "
        f"AS gone (key, digest) WHERE key > %s AND key <= %s "
        f"ORDER BY key LIMIT {AT_ONCE}) AS digests"
    )
    gone = list(gone)
    keys, digests = [each for each, _ in gone], [digest for _, digest in gone]
    whole = hashlib.sha256()
    count, at = 0, stretch.first
    while True:
        with connection.cursor() as cursor:
            cursor.execute(question, [at, stretch.last, keys, digests, at, stretch.last])
            rows, highest, digest = cursor.fetchone()
        if rows:
            whole.update(digest.encode())
            count, at = count + rows, highest
        if rows < AT_ONCE:
            return count, whole.hexdigest()


def verify() -> Iterator[Break]:
    """Every break of the chain: none means that all sealed rows are as they were."""
    known = _columns()
    keys = sealed_tables()
    told = shortenings()
    gone: Gone = defaultdict(list)
    for each in told:
        if each.doubt:
            yield Break(
                table=AuditSeal._meta.db_table,
                after=each.seal - 1,
                up_to=each.seal,
                says=f"its destruction is not to be believed: {each.doubt}",
            )
            continue
        for place, some in each.gone.items():
            gone[place] += some
    before: AuditSeal | None = None
    for held in AuditSeal.objects.order_by("number").iterator(chunk_size=100):
        after = before.number if before else 0
        follows = before.digest if before else ""
        if held.number != after + 1 or held.previous != follows:
            yield _broken(held, "patients_auditseal", after, "a seal is missing or was replaced")
        if held.digest != _link(held.number, held.tables, held.previous):
            yield _broken(held, "patients_auditseal", after, "the seal itself was changed")
        reach = _reach(before)
        for table, sealed in held.tables.items():
            if table == SHORTENED:
                continue
            last, rows, digest, columns = sealed
            if table not in keys or not set(columns) <= set(known.get(table, ())):
                yield _broken(held, table, after, "the table or a column is gone")
                continue
            stretch = Stretch(
                table=table, first=reach.get(table, FIRST), last=last, columns=tuple(columns)
            )
            away = gone.get((table, held.number), [])
            found = _digest(stretch, keys[table], away)
            if found != (rows, digest):
                says = "a row was changed"
                if found[0] != rows:
                    says = f"{found[0] - len(away)} rows, sealed were {rows - len(away)}"
                yield _broken(held, table, after, says)
        before = held


def _broken(held: AuditSeal, table: str, after: int, says: str) -> Break:
    return Break(table=table, after=after, up_to=held.number, says=says)


def shortenings() -> list[Shortening]:
    """Every destruction that a seal tells of, in their order, and why one is not believed."""
    found: list[Shortening] = []
    used: set[int] = set()
    keys = sealed_tables()
    register_table = Destruction._meta.db_table
    for held in AuditSeal.objects.filter(tables__has_key=SHORTENED).order_by("number"):
        gone, key = _read(held, keys)
        before = AuditSeal.objects.filter(number=held.number - 1).first()
        register = Destruction.objects.filter(pk=key).first() if key is not None else None
        first = _reach(before).get(register_table, FIRST)
        last = _reach(held).get(register_table, FIRST)
        told = Shortening(seal=held.number, register=register, gone=gone)
        doubt = ""
        if key is None:
            doubt = "it can't be read"
        elif register is None:
            doubt = "its line of the register is missing"
        elif not first < register.pk <= last or register.pk in used:
            doubt = "its line of the register was written under another seal"
        elif told.rows != {name: rows for name, rows in register.rows.items() if name in keys}:
            doubt = "its line of the register has other numbers"
        elif _is_there(register):
            doubt = f"the record {register.record_number} is still there"
        if register is not None:
            used.add(register.pk)
        found.append(Shortening(seal=held.number, register=register, gone=gone, doubt=doubt))
    return found


def _read(held: AuditSeal, known: Mapping[str, str]) -> tuple[Gone, int | None]:
    """The rows a seal says are gone, and the key of the line; None for what no seal says."""
    gone: Gone = defaultdict(list)
    try:
        told = held.tables[SHORTENED]
        for table, rows in told["rows"].items():
            for number, key, digest in rows:
                whole = isinstance(number, int) and isinstance(key, int) and table in known
                if not whole or number >= held.number or not DIGEST.fullmatch(digest):
                    return {}, None
                gone[table, number].append((key, digest))
        return gone, int(told["register"])
    except (TypeError, ValueError, KeyError, AttributeError):
        return {}, None


DIGEST = re.compile(r"[0-9a-f]{64}")


def _is_there(register: Destruction) -> bool:
    number = re.fullmatch(r"U0*(\d{1,18})", register.record_number)
    return number is not None and Patient.objects.filter(pk=int(number[1])).exists()


@transaction.atomic
def forget(
    doomed: Callable[[], Mapping[str, Iterable[int]]], destroying: Callable[[], Destruction]
) -> Destruction:
    """Destroy sealed rows, and seal that these and no others are gone; the line of the register.

    ``doomed`` says which rows of each sealed table go, ``destroying`` destroys them and writes the
    line, which counts them by table. The chain is read through before and after. Raises
    ``BrokenError`` where it doesn't hold and ``NotNowError``; nothing was done then.
    """
    # Until the transaction ends: nobody else's seal may follow one that isn't there yet.
    _hold_off_others("pg_try_advisory_xact_lock")
    last = AuditSeal.objects.first()
    if last is None or timezone.now() - last.made_at > FRESH:
        raise NotNowError(
            "The histories were not sealed today. Run `manage.py seal_audit` first, and keep the "
            "digest it prints."
        )
    _hold()
    # What was written since, so that everything that goes has a digest.
    _seal()
    rows = {table: sorted(keys) for table, keys in doomed().items()}
    away = _digests_of({table: keys for table, keys in rows.items() if keys})
    register = destroying()
    _seal({"register": register.pk, "rows": away})
    _hold()
    return register


def _hold() -> None:
    """Raise ``BrokenError`` with the first break, if there is one."""
    if (found := next(verify(), None)) is not None:
        raise BrokenError(str(found))


def _digests_of(doomed: Mapping[str, list[int]]) -> dict[str, list[list[Any]]]:
    """For each of these rows the seal it lies under, its key and its digest there."""
    keys = sealed_tables()
    found: dict[str, list[list[Any]]] = {table: [] for table in doomed}
    before: AuditSeal | None = None
    for held in AuditSeal.objects.order_by("number").iterator(chunk_size=100):
        reach = _reach(before)
        for table, mine in doomed.items():
            if table not in held.tables:
                continue
            last, _, _, columns = held.tables[table]
            some = mine[bisect_right(mine, reach.get(table, FIRST)) : bisect_right(mine, last)]
            if not some or not columns:
                continue
            key = connection.ops.quote_name(keys[table])
            question = _row_digests(table, keys[table], columns, f"{key} = ANY(%s) ORDER BY {key}")
            with connection.cursor() as cursor:
                cursor.execute(question, [some])
                found[table] += [
                    [held.number, row, bytes(digest).hex()] for row, digest in cursor.fetchall()
                ]
        before = held
    if {table: len(rows) for table, rows in found.items()} != {
        table: len(mine) for table, mine in doomed.items()
    }:
        raise BrokenError("Rows to be destroyed are under no seal.")
    return found
