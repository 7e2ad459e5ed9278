"""Every constraint there is in the database, listed by the database itself, refuses a raw row.

Those with a name of ours have a row of their own in tests/test_database.py (``BAD``). The others,
keys of other rows, columns that can't be empty, unique columns, whole numbers below nothing, are
broken here by rule: on a table that for a moment holds nothing else against a row.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import GeneratedField

from tests.test_database import BAD, TRIGGERS, models_of_ours

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_the_owners_rights")]

NOT_NULL, FOREIGN_KEY, UNIQUE, CHECK = "23502", "23503", "23505", "23514"
# Some value of each type of a column; a key of no row.
VALUES = {
    "bigint": "-7",
    "integer": "-7",
    "smallint": "-7",
    "uuid": "'00000000-0000-4000-8000-000000000007'",
    "date": "'2025-01-01'",
    "boolean": "TRUE",
    "jsonb": "'{}'",
    "timestamp with time zone": "'2025-01-01T00:00Z'",
}
TEXT = "'x'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A constraint or unique index as the catalogue has it."""

    name: str
    kind: str
    table: str
    columns: tuple[str, ...]


def ask(sql: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


@pytest.fixture(scope="module")
def tables() -> list[str]:
    return sorted(model._meta.db_table for model in models_of_ours())


def constraints(tables: list[str], kinds: str) -> list[Constraint]:
    """What pg_constraint has on these tables: c check, f key of another row, x exclusion, …"""
    found = ask(
        """
        SELECT conname, contype::text, relname, ARRAY(
            SELECT attname::text FROM pg_attribute
            WHERE attrelid = conrelid AND attnum = ANY(conkey) ORDER BY attnum
        )
        FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
        WHERE relname = ANY(%s) AND contype::text = ANY(%s) ORDER BY relname, conname
        """,
        tables,
        list(kinds),
    )
    return [
        Constraint(name=name, kind=kind, table=table, columns=tuple(columns))
        for name, kind, table, columns in found
    ]


def unique_indexes(tables: list[str]) -> list[Constraint]:
    """Every unique index on these tables: of constraints, of columns, and with a condition."""
    found = ask(
        """
        SELECT index.relname, kept.relname, ARRAY(
            SELECT attname::text FROM pg_attribute
            WHERE attrelid = kept.oid AND attnum = ANY(indkey::int2[]) ORDER BY attnum
        )
        FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid
        JOIN pg_class AS kept ON kept.oid = indrelid
        WHERE indisunique AND kept.relname = ANY(%s) ORDER BY kept.relname, index.relname
        """,
        tables,
    )
    return [
        Constraint(name=name, kind="u", table=table, columns=tuple(columns))
        for name, table, columns in found
    ]


def needed_columns(table: str) -> list[str]:
    """Columns that can't be empty, as the catalogue says."""
    found = ask(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
        "AND attnotnull AND NOT attisdropped ORDER BY attnum",
        table,
    )
    return [name for (name,) in found]


def types(table: str) -> dict[str, str]:
    found = ask(
        "SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        table,
    )
    return dict(found)


def key_of(table: str) -> str:
    (model,) = (each for each in models_of_ours() if each._meta.db_table == table)
    assert model._meta.pk is not None
    return str(model._meta.pk.column)


@contextmanager
def bare(table: str, *, but: str = "") -> Iterator[None]:
    """The table without triggers of ours, checks and needed columns, but for this one of them."""
    with transaction.atomic():
        dropped = [
            f'ALTER COLUMN "{name}" DROP NOT NULL'
            for name in needed_columns(table)
            if name not in {but, key_of(table)}
        ]
        dropped += [
            f'DROP CONSTRAINT "{each.name}"'
            for each in constraints([table], "c")
            if each.name != but
        ]
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f'ALTER TABLE "{table}" {", ".join(["DISABLE TRIGGER USER", *dropped])}')
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        yield
        transaction.set_rollback(True)


def refusal(table: str, row: dict[str, str], times: int = 1) -> tuple[str, str]:
    """SQLSTATE, and which constraint or column, that a raw row is refused with; else blanks."""
    columns = ", ".join(f'"{name}"' for name in row)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for _ in range(times):
                cursor.execute(
                    f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join(row.values())})'
                )
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except DatabaseError as error:
        cause: Any = error.__cause__
        return cause.sqlstate, cause.diag.constraint_name or cause.diag.column_name or ""
    return "", ""


def test_each_key_of_another_row_is_held(tables: list[str]) -> None:
    known = {
        (model._meta.db_table, field.column)
        for model in models_of_ours()
        for field in model._meta.concrete_fields
        if field.remote_field and getattr(field, "db_constraint", False)
    }
    found = constraints(tables, "f")
    assert {(each.table, *each.columns) for each in found} == known
    assert len(found) > 60
    wrong = []
    for each in found:
        with bare(each.table):
            of = types(each.table)
            row = {name: VALUES.get(of[name], TEXT) for name in each.columns}
            if (said := refusal(each.table, row)) != (FOREIGN_KEY, each.name):
                wrong.append((each, said))
    assert wrong == []
    print(f"D9: {len(found)} foreign keys")


def test_each_column_that_must_be_there_is_held(tables: list[str]) -> None:
    known = {
        (model._meta.db_table, str(field.column))
        for model in models_of_ours()
        for field in model._meta.concrete_fields
        if not field.null and not isinstance(field, GeneratedField)
    }
    found = [(table, name) for table in tables for name in needed_columns(table)]
    assert set(found) == known
    wrong = []
    for table, name in found:
        with bare(table, but=name):
            said = refusal(table, {name: "NULL"})
            if said != (NOT_NULL, name):
                wrong.append((table, name, said))
    assert wrong == []
    print(f"D9: {len(found)} needed columns")


def test_each_unique_column_is_held(tables: list[str]) -> None:
    found = [each for each in unique_indexes(tables) if each.name not in BAD]
    assert len(found) > 100
    wrong = []
    for each in found:
        with bare(each.table):
            of = types(each.table)
            row = {name: VALUES.get(of[name], TEXT) for name in each.columns}
            # Its keys of other rows are asked for at the end, which this doesn't reach.
            if (said := refusal(each.table, row, times=2)) != (UNIQUE, each.name):
                wrong.append((each, said))
    assert wrong == []
    print(f"D9: {len(found)} unique columns by rule")


def test_each_check_has_a_row_that_breaks_it(tables: list[str]) -> None:
    """By name in ``BAD``; Django's own, for whole numbers, by a number below nothing."""
    found = [each for each in constraints(tables, "c") if each.name not in BAD]
    wrong = []
    for each in found:
        with bare(each.table, but=each.name):
            said = refusal(each.table, dict.fromkeys(each.columns, "-7"))
            if said != (CHECK, each.name):
                wrong.append((each, said))
    assert wrong == []
    print(f"D9: {len(found)} checks by rule")


def test_no_row_breaks_a_constraint_that_is_gone(tables: list[str]) -> None:
    """Each name with a row is in the catalogue, and no kind of constraint is passed over."""
    held = constraints(tables, "cx") + unique_indexes(tables)
    assert set(BAD) - {each.name for each in held} == TRIGGERS
    kinds = {each.kind for each in constraints(tables, "cfnptux")}
    assert kinds - {"n"} <= {"c", "f", "p", "u", "x"}
    assert all(each.name in BAD for each in constraints(tables, "x"))
    print(f"D9: {len(BAD)} by name")
