"""Who saw and who changed what: the log of readings and every history table, as one time line.

The one module that writes SQL by hand. A practice's time line lies in some forty tables: the log of
readings and a history table of each tracked model. Asked one by one, a page would take forty
queries and read far more rows than it shows; as one ``UNION ALL`` of (table, row, time), where each
part gives only as many rows as the page holds, the database finds the page by indexes, and a second
statement reads its rows from the few tables that have any. The ORM can't write this: a union of
querysets knows neither the parts' own limits nor a row as JSON.

The statements are composed from the models, so a model tracked tomorrow is in them by itself. Names
of tables and columns are identifiers of the models, everything else a literal, both quoted by the
driver.

What belongs to a patient is found through the histories themselves, never the tables of today, so
a row that was deleted is still in its patient's history. Every history table has an index on each
of its foreign keys and on ``pgh_obj_id``; ``pgh_created_at`` serves the time line of all patients.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import Any, Self
from uuid import UUID

import pghistory.models
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Count, Field, ForeignKey, JSONField, Max, Min, Model, Q
from psycopg import sql
from psycopg.types.json import Jsonb

from assessments.models import Assessment
from patients.models import AccessLog, Patient, User
from programmes.models import Step, Version

APPS = ("patients", "assessments", "programmes")
OPENED, PRINTED, CHANGED, REFUSED = "opened", "printed", "changed", "refused"
SIGNED = "signed"
KINDS = frozenset({OPENED, PRINTED, CHANGED, REFUSED, SIGNED})
# Rows of the history of accounts that tell of signing in, by their label (patients.models.User).
SIGN_INS = ("signed_in", "password_refused", "second_step_refused")
# A longer JSON value is not read for a page: an import holds thousands of rows.
LONGEST_JSON = 20_000
# Columns that hold a file.
FILES = {"printed_pdf"}

Row = Mapping[str, Any]


# --- the tables ----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One table of the time line: the log of readings (no ``model``), or a model's history."""

    label: str
    table: str
    model: type[Model] | None
    # The way to the patient: a foreign key, and whose row it leads to. None: of no patient.
    link: tuple[str, type[Model]] | None

    @property
    def key(self) -> str:
        return "id" if self.model is None else "pgh_id"

    @property
    def at(self) -> str:
        return "at" if self.model is None else "pgh_created_at"


@cache
def tracked() -> tuple[type[Model], ...]:
    """Every model of ours with a history, by label."""
    models = chain.from_iterable(apps.get_app_config(app).get_models() for app in APPS)
    found = [
        model
        for model in models
        if hasattr(model, "pgh_event_model") and not issubclass(model, pghistory.models.Event)
    ]
    return tuple(sorted(found, key=lambda model: model._meta.label_lower))


def links() -> dict[type[Model], tuple[str, type[Model]]]:
    """For each tracked model whose rows belong to a patient: the column and model that lead there.

    The nearest way through foreign keys that are never empty, patient first.
    """
    found: dict[type[Model], tuple[str, type[Model]]] = {}
    reached: deque[type[Model]] = deque([Patient])
    while reached:
        parent = reached.popleft()
        for model in tracked():
            if model in found or model is Patient:
                continue
            for field in model._meta.concrete_fields:
                leads = isinstance(field, ForeignKey) and field.related_model is parent
                if leads and not field.null:
                    found[model] = (str(field.column), parent)
                    reached.append(model)
                    break
    return found


@cache
def sources() -> dict[str, Source]:
    """Every table of the time line by its label, in the order of rows of the same moment."""
    ways = links()
    log = Source(
        label=AccessLog._meta.label_lower,
        table=AccessLog._meta.db_table,
        model=None,
        link=("patient_id", Patient),
    )
    histories = [
        Source(
            label=model._meta.label_lower,
            table=_events(model)._meta.db_table,
            model=model,
            link=("pgh_obj_id", Patient) if model is Patient else ways.get(model),
        )
        for model in tracked()
    ]
    return {source.label: source for source in (log, *histories)}


@cache
def depth(label: str) -> int:
    """How many tables lie between this one and its patient; 0 if it has none."""
    link = sources()[label].link
    if link is None or sources()[label].model is Patient:
        return 0
    return 1 + depth(link[1]._meta.label_lower)


def columns(model: type[Model]) -> tuple["Field[Any, Any]", ...]:
    """The columns of a model that its history keeps, without files."""
    fields = _events(model)._meta.concrete_fields
    kept = {field.name for field in fields if not field.name.startswith("pgh_")} - FILES
    return tuple(field for field in model._meta.concrete_fields if field.name in kept)


def _events(model: type[Model]) -> type[Model]:
    events: type[Model] = model.pgh_event_model  # type: ignore[attr-defined]
    return events


# --- the question --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the time line; None leaves a side open. ``until`` itself is not in it.

    ``prints`` are the names of the pages that are papers and exports.
    """

    kinds: frozenset[str] = KINDS
    patient: Patient | None = None
    user: User | None = None
    since: datetime | None = None
    until: datetime | None = None
    prints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The row a page ended with, so that the next one begins behind it however much was added."""

    at: datetime
    label: str
    key: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).isoformat()}~{self.label}~{self.key}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The mark an address holds; None for anything else."""
        at, _, rest = text.partition("~")
        label, _, key = rest.partition("~")
        try:
            moment = datetime.fromisoformat(at)
        except ValueError:
            return None
        fits = moment.tzinfo and label in sources() and key.isascii() and key.isdigit()
        # A key of the database has eight bytes.
        return cls(at=moment, label=label, key=int(key)) if fits and len(key) < 19 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the time line. A change has a model, a label and its values now and before."""

    mark: Mark
    model: type[Model] | None
    user: int | None
    patient: int | None
    # A reading: the name of the page's URL. A change: the path of the page without codes.
    page: str
    request: str
    method: str
    denied: bool
    label: str
    now: Row
    was: Row | None


def entries(question: Question, *, before: Mark | None = None, limit: int) -> list[Entry]:
    """The newest rows that answer the question, at most ``limit``, those behind ``before``."""
    found = _run(page_statement(question, before=before, limit=limit))
    page = [(label, key) for label, key, _ in found]
    read = {row[:2]: _entry(row) for row in _run(rows_statement(page))} if page else {}
    return [read[place] for place in page]


def _run(statement: sql.Composed) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        # The middleware of the history reads each statement, so it has to be text.
        cursor.execute(statement.as_string(connection.connection))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def page_statement(question: Question, *, before: Mark | None, limit: int) -> sql.Composed:
    """The statement that finds (table, row, time) of one page."""
    reach, parts = _Reach(question.patient), []
    for source in sources().values():
        conditions = _conditions(source, question, reach)
        if conditions is None:
            continue
        if before:
            conditions.append(_behind(source, before))
        parts.append(
            sql.SQL(
                "(SELECT {label} AS label, {key} AS key, {at} AS at FROM {table} WHERE {where}"
                " ORDER BY {at} DESC, {key} DESC LIMIT {limit})"
            ).format(
                label=sql.Literal(source.label),
                key=sql.Identifier(source.key),
                at=sql.Identifier(source.at),
                table=sql.Identifier(source.table),
                where=sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true"),
                limit=sql.Literal(limit),
            )
        )
    return sql.SQL(
        "SELECT * FROM ({reach}{parts}) AS found"
        ' ORDER BY at DESC, label COLLATE "C" DESC, key DESC LIMIT {limit}'
    ).format(
        reach=reach.clause(),
        parts=sql.SQL(" UNION ALL ").join(parts),
        limit=sql.Literal(limit),
    )


def _conditions(source: Source, question: Question, reach: "_Reach") -> list[sql.Composable] | None:
    """What rows of this table must fulfil; None if none of them can answer the question."""
    kinds = question.kinds & _kinds_of(source)
    if not kinds or (question.patient and source.link is None):
        return None
    found: list[sql.Composable] = []
    if question.patient and source.link:
        found.append(reach.within(source.link))
    at = sql.Identifier(source.at)
    if question.since:
        found.append(sql.SQL("{} >= {}").format(at, sql.Literal(question.since)))
    if question.until:
        found.append(sql.SQL("{} < {}").format(at, sql.Literal(question.until)))
    signs = source.model is User
    if question.user and source.model:
        found.append(_by(question.user, of_the_account=signs and SIGNED in kinds))
    elif question.user:
        found.append(sql.SQL("user_id = {}").format(sql.Literal(question.user.pk)))
    if signs and len(kinds) < 2:
        found.append(sql.SQL("({})").format(_signs_in(yes=SIGNED in kinds)))
    if not source.model and len(kinds) < 3:
        found.append(_of_kinds(kinds, question.prints))
    return found


def _kinds_of(source: Source) -> set[str]:
    """The kinds of rows this table holds."""
    if source.model is None:
        return {OPENED, PRINTED, REFUSED}
    return {CHANGED, SIGNED} if source.model is User else {CHANGED}


def _by(user: User, *, of_the_account: bool) -> sql.Composable:
    """Changes made by this user; ``of_the_account`` adds the account's own sign-ins.

    Nobody is signed in while a password is refused, so the account is all that tells whose it was.
    """
    by = sql.SQL("pgh_context @> {}").format(sql.Literal(Jsonb({"user": user.pk})))
    if not of_the_account:
        return by
    return sql.SQL("({} OR (pgh_obj_id = {} AND {}))").format(
        by, sql.Literal(user.pk), _signs_in(yes=True)
    )


def _signs_in(*, yes: bool) -> sql.Composable:
    """Rows of the history of accounts that tell of signing in, or all others."""
    labels = sql.Literal(list(SIGN_INS))
    return sql.SQL("pgh_label = ANY({})" if yes else "pgh_label <> ALL({})").format(labels)


def _of_kinds(kinds: frozenset[str], prints: tuple[str, ...]) -> sql.Composable:
    printed = sql.SQL("page = ANY({})").format(sql.Literal(list(prints)))
    each = {
        REFUSED: sql.SQL("denied"),
        PRINTED: sql.SQL("(NOT denied AND {})").format(printed),
        OPENED: sql.SQL("(NOT denied AND NOT {})").format(printed),
    }
    either = sql.SQL(" OR ").join(each[kind] for kind in sorted(kinds))
    return sql.SQL("({})").format(either)


def _behind(source: Source, mark: Mark) -> sql.Composable:
    """Rows of this table that come after the mark; newest first, then by table and key."""
    at, key = sql.Identifier(source.at), sql.Identifier(source.key)
    moment = sql.Literal(mark.at)
    if source.label == mark.label:
        row = (at, key, moment, sql.Literal(mark.key))
        return sql.SQL("({}, {}) < ({}, {})").format(*row)
    return sql.SQL("{} <= {}" if source.label < mark.label else "{} < {}").format(at, moment)


class _Reach:
    """The rows between a table and its patient: a WITH part for each model on the way."""

    def __init__(self, patient: Patient | None) -> None:
        self.patient = patient
        self.parts: dict[type[Model], sql.Composable] = {}

    def within(self, link: tuple[str, type[Model]]) -> sql.Composable:
        """The condition that a row belongs to the patient."""
        column, parent = link
        ours = sql.Identifier(column)
        if parent is Patient:
            key = self.patient.pk if self.patient else None
            return sql.SQL("{} = {}").format(ours, sql.Literal(key))
        if parent not in self.parts:
            source = sources()[parent._meta.label_lower]
            assert source.link
            # First the condition: what stands above it must be named before it.
            condition = self.within(source.link)
            self.parts[parent] = sql.SQL(
                "{} AS MATERIALIZED (SELECT DISTINCT pgh_obj_id AS id FROM {} WHERE {})"
            ).format(self._name(parent), sql.Identifier(source.table), condition)
        # An array and not a join: the database then takes the index, however it guesses.
        whole = sql.SQL("{} = ANY(ARRAY(SELECT id FROM {}))")
        return whole.format(ours, self._name(parent))

    def clause(self) -> sql.Composable:
        """The WITH clause, empty if every table leads to the patient at once."""
        if not self.parts:
            return sql.SQL("")
        return sql.SQL("WITH {} ").format(sql.SQL(", ").join(self.parts.values()))

    @staticmethod
    def _name(model: type[Model]) -> sql.Identifier:
        return sql.Identifier(f"reach_{model._meta.db_table}")


# --- the rows of a page --------------------------------------------------------------------------
def rows_statement(page: Sequence[tuple[str, int]]) -> sql.Composed:
    """The statement that reads these rows, a change with its values and those before it."""
    keys: dict[str, list[int]] = {}
    for label, key in page:
        keys.setdefault(label, []).append(key)
    parts = [_rows(sources()[label], those) for label, those in keys.items()]
    return sql.SQL(" UNION ALL ").join(parts)


def _rows(source: Source, keys: list[int]) -> sql.Composable:
    names = {
        "label": sql.Literal(source.label),
        "table": sql.Identifier(source.table),
        "keys": sql.Literal(keys),
    }
    if source.model is None:
        return sql.SQL(
            "SELECT {label} AS label, id AS key, at, user_id::bigint, patient_id::bigint,"
            " page::text, request::text, method::text, denied, '' AS what,"
            " NULL::text AS now, NULL::text AS was FROM {table} WHERE id = ANY({keys})"
        ).format(**names)
    return sql.SQL(
        "SELECT {label} AS label, e.pgh_id::bigint AS key, e.pgh_created_at AS at,"
        " (e.pgh_context->>'user')::bigint, {patient}, coalesce(e.pgh_context->>'page', ''),"
        " coalesce(e.pgh_context->>'request', ''), '', false, e.pgh_label AS what, {now} AS now,"
        " (SELECT {then} FROM {table} AS b WHERE b.pgh_obj_id = e.pgh_obj_id"
        " AND b.pgh_id < e.pgh_id ORDER BY b.pgh_id DESC LIMIT 1) AS was"
        " FROM {table} AS e WHERE e.pgh_id = ANY({keys})"
    ).format(
        patient=_patient_of(source, "e"),
        now=_as_json(source.model, "e"),
        then=_as_json(source.model, "b"),
        **names,
    )


def _patient_of(source: Source, alias: str) -> sql.Composable:
    """The patient of a row, up through the histories of what it belongs to."""
    if source.link is None:
        return sql.SQL("NULL::bigint")
    column, parent = source.link
    ours = sql.Identifier(alias, column)
    if parent is Patient:
        return sql.SQL("{}::bigint").format(ours)
    above, inner = sources()[parent._meta.label_lower], f"{alias}x"
    return sql.SQL(
        "(SELECT {patient} FROM {table} AS {inner} WHERE {inner}.pgh_obj_id = {ours}"
        " ORDER BY {inner}.pgh_id DESC LIMIT 1)"
    ).format(
        patient=_patient_of(above, inner),
        table=sql.Identifier(above.table),
        inner=sql.Identifier(inner),
        ours=ours,
    )


def _as_json(model: type[Model], alias: str) -> sql.Composable:
    """The columns of a row as JSON text; of a long JSON value its length and digest."""
    values = []
    for field in columns(model):
        value: sql.Composable = sql.Identifier(alias, str(field.column))
        if isinstance(field, JSONField):
            value = sql.SQL(
                "CASE WHEN length({0}::text) <= {1} THEN {0} ELSE jsonb_build_object("
                "'characters', length({0}::text), 'digest', md5({0}::text)) END"
            ).format(value, sql.Literal(LONGEST_JSON))
        values.append(sql.SQL("{} AS {}").format(value, sql.Identifier(field.name)))
    return sql.SQL("(SELECT to_jsonb(r)::text FROM (SELECT {}) AS r)").format(
        sql.SQL(", ").join(values)
    )


def _entry(row: Sequence[Any]) -> Entry:
    label, key, at, user, patient, page, request, method, denied, what, now, was = row
    return Entry(
        mark=Mark(at=at, label=label, key=key),
        model=sources()[label].model,
        user=user,
        patient=patient,
        page=page,
        request=request,
        method=method,
        denied=denied,
        label=what,
        now=json.loads(now, parse_float=Decimal) if now else {},
        was=json.loads(was, parse_float=Decimal) if was else None,
    )


# --- who is meant --------------------------------------------------------------------------------
# What a change may point to and what its words are made from; all else is said by its kind.
NAMED: dict[type[Model], tuple[str, ...]] = {
    Group: ("name",),
    Version: ("number",),
    Step: ("stage", "number"),
    Assessment: ("examined_on",),
}


def named(wanted: Mapping[type[Model], Iterable[int]]) -> dict[tuple[type[Model], int], str]:
    """Words for these rows of the models in ``NAMED``, in one query; others are left out."""
    models = {model._meta.label: model for model in wanted if model in NAMED and wanted[model]}
    parts = [
        sql.SQL(
            "SELECT {}, id::bigint, to_jsonb(r) - 'id' FROM (SELECT id, {} FROM {}) AS r"
            " WHERE id = ANY({})"
        ).format(
            sql.Literal(label),
            sql.SQL(", ").join(map(sql.Identifier, NAMED[model])),
            sql.Identifier(model._meta.db_table),
            sql.Literal(sorted(wanted[model])),
        )
        for label, model in models.items()
    ]
    if not parts:
        return {}
    words = {}
    for label, key, values in _run(sql.SQL(" UNION ALL ").join(parts)):
        model = models[label]
        read = values if isinstance(values, dict) else json.loads(values)
        fields = {
            field.name: field.to_python(read[field.name])
            for field in model._meta.concrete_fields
            if field.name in read
        }
        words[model, key] = str(model(**fields))
    return words


def staff_of(found: Iterable[int | None]) -> dict[int, str]:
    """The names of these users by primary key."""
    those = User.objects.filter(pk__in={key for key in found if key is not None})
    return dict(those.values_list("pk", "display_name"))


def people(*, most: int) -> tuple[User, ...] | None:
    """Everybody who ever had an account, by name; None if they are more than ``most``."""
    found = tuple(User.objects.order_by("display_name", "pk")[: most + 1])
    return found if len(found) <= most else None


def people_called(text: str, *, most: int) -> tuple[User, ...]:
    """The first few whose name or e-mail address holds each of these words."""
    found = User.objects.all()
    for word in text.replace("’", "'").split():
        found = found.filter(Q(display_name__icontains=word) | Q(email__icontains=word))
    return tuple(found.order_by("-is_active", "display_name", "pk")[:most])


def person_with(code: UUID) -> User | None:
    """The account with this code, ended or not."""
    return User.objects.filter(code=code).first()


def patients_of(found: Iterable[int | None]) -> dict[int, Patient]:
    """These patients by primary key."""
    return Patient.objects.in_bulk([key for key in set(found) if key is not None])


# --- each patient and person once ----------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How often somebody opened a patient's record in the time asked for, and when."""

    patient: int
    user: int
    first: datetime
    last: datetime
    opened: int
    printed: int


def seen(question: Question, *, limit: int) -> list[Seen]:
    """Each patient and person of the question once, the latest first, at most ``limit``.

    For the question of a breach: whom did this account see, who saw this patient. The question
    names a person or a patient, so that one of the two indexes of the log answers it.
    """
    return [Seen(**row) for row in _seen(question)[:limit]]


def _seen(question: Question) -> Any:
    found = AccessLog.objects.filter(denied=False)
    for name, value in (
        ("user", question.user),
        ("patient", question.patient),
        ("at__gte", question.since),
        ("at__lt", question.until),
    ):
        if value:
            found = found.filter(**{name: value})
    printed = Q(page__in=question.prints)
    return (
        found.values("patient", "user")
        .annotate(
            first=Min("at"),
            last=Max("at"),
            opened=Count("pk", filter=~printed),
            printed=Count("pk", filter=printed),
        )
        .order_by("-last", "patient", "user")
    )


def all_entries(question: Question, *, most: int, at_once: int = 2_000) -> Iterator[Entry]:
    """Every row that answers the question, at most ``most``, read in pieces."""
    before, left = None, most
    while left > 0:
        page = entries(question, before=before, limit=min(at_once, left))
        yield from page
        left -= len(page)
        if len(page) < at_once:
            return
        before = page[-1].mark
