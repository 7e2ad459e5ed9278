"""Practices of any size for trying load: the demo's stories multiplied by the database itself.

`grow` copies the rows of the demo practice by one INSERT ... SELECT a table, histories included, as
often as a practice of so many clinicians needs. Each clinician gets the whole of the stories as an
open caseload, and longer episodes of the past that are closed. Everything is the same each time:
keys are counted on, codes and tokens are digests of the ones copied, days are moved back, names are
drawn from two lists. While rows are copied the tables have no indexes, foreign keys or triggers;
making these anew at the end proves every key and every unique value. Checks hold all the time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import connection, models, transaction
from django.utils import timezone

from patients.models import Episode, Patient, User
from patients.rules.roles import Role
from programmes.models import Session
from upwell.management.play import DEMO_PASSWORD, seed

APPS = ("patients", "assessments", "programmes")
SESSIONS_A_CLINICIAN = 2000
# A closed episode of the past is as long as a story, and again so many times, so many days later.
ROUNDS = 4
DAYS_A_ROUND = 84
# How long ago the last of it ended: a month to four years.
DAYS_SINCE_CLOSED = (30, 1400)
# Stories with fewer sessions than this make no closed episode.
LEAST_SESSIONS = 9
# Of one sitting, or of one practice: no copy of these is made.
LEFT_OUT = {"accesslog", "ready", "printjob", "printjobpaper", "unreadpart"}

FAMILY_BEGINS = """
Abber Alder Ash Barn Beck Birch Black Bramble Brook Cald Chest Clay Cliff Copper Cross Dale
Dun East Elder Elm Fair Farn Fen Fern Gold Green Hale Harrow Hart Hazel Heath Hedge High
Holl Iron Kel Kirk Lang Lark Lind Marsh Mill Moor North Oak Over Peat Quill Raven Red Rook
Rush Sand Silver Stan Stone Thorn Wal West Wind Wood Wren Yar
"""
FAMILY_ENDS = """
acre bank beck bourne bridge brook burn bury by combe cote croft dale den field ford gate
grove ham hurst land leigh ley low mere mont more ridge shaw side stead ston thorpe ton wade
ward water well wick worth
"""
GIVEN_BEGINS = """
Ad Al An Ar Bel Ben Cal Car Cel Dan Del Ed El Em Fel Fin Gab Gem Han Hel Ir Is Jan Jo Kar
Kit Lau Len Lu Mar Max Mel Mir Nat Nel Nor Ol Os Pen Phil Ro Ros Sal Sam Sel Tam Tess Ur Val
Vi Wil Zan
"""
GIVEN_ENDS = """
a ana ard ela en ene eth ette ia ian ice ina is ley o on ora us
"""

Said = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """How large the practice is now."""

    clinicians: int
    patients: int
    episodes: int
    open_episodes: int
    sessions: int


def grow(clinicians: int, *, say: Said = lambda _: None) -> Grown | None:
    """The practice of so many clinicians, 1 or more; None when there are patients already.

    As the owner of the tables. All or nothing: it is one transaction. Raises ``ValueError`` below
    one clinician, and outside the demo.
    """
    if clinicians < 1 or not settings.DEMO:
        raise ValueError("A demo practice has one clinician at least.")
    with transaction.atomic():
        if not seed(timezone.localdate()):
            return None
        say("The stories are told.")
        multiply(clinicians, say=say)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Grown(
        clinicians=clinicians,
        patients=Patient.objects.count(),
        episodes=Episode.objects.count(),
        open_episodes=Episode.objects.open().count(),
        sessions=Session.objects.count(),
    )


# --- which tables ---------------------------------------------------------------------------------

Model = type[models.Model]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that is copied: how its rows lead to a patient, and whether rounds repeat them."""

    model: Model
    above: models.ForeignKey[Any, Any] | None
    repeats: bool

    @property
    def name(self) -> str:
        """Its name in the database."""
        return self.model._meta.db_table

    @property
    def key(self) -> str:
        """The column of its key."""
        return str(self.model._meta.pk.column)


def tables() -> dict[Model, Table]:
    """What belongs to a patient, what leads to it before it; histories after what they are of."""
    ours = [
        model
        for label in APPS
        for model in apps.get_app_config(label).get_models()
        if not model._meta.proxy and model._meta.model_name not in LEFT_OUT
    ]
    found: dict[Model, Table] = {Patient: Table(model=Patient, above=None, repeats=False)}
    while True:
        more = {
            model: Table(
                model=model, above=above, repeats=model is Session or found[_of(above)].repeats
            )
            for model in ours
            if model not in found and (above := _above(model, found)) is not None
        }
        if not more:
            return found
        found |= more


def _of(field: Any) -> Model:
    related: Model = field.remote_field.model
    return related


def _keys(model: Model) -> list[Any]:
    return [each for each in model._meta.concrete_fields if each.is_relation]


def _above(model: Model, found: dict[Model, Table]) -> Any:
    """The key by which rows of this model belong to a patient; a history goes by its object."""
    keys = [each for each in _keys(model) if _of(each) in found]
    if any(each.name == "pgh_obj" for each in _keys(model)):
        return next((each for each in keys if each.name == "pgh_obj"), None)
    return next((each for each in keys if not each.null), None)


# --- how ------------------------------------------------------------------------------------------

FUNCTIONS = """
CREATE FUNCTION pg_temp.spread(text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
RETURN ('x' || substr(md5($1), 1, 12))::bit(48)::bigint;

CREATE FUNCTION pg_temp.family(bigint, bigint) RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT name FROM pg_temp.sizes_family
    WHERE place = pg_temp.spread('family ' || $1 || ' ' || $2) % {families};
END;

CREATE FUNCTION pg_temp.given(bigint, bigint) RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT name FROM pg_temp.sizes_given
    WHERE place = pg_temp.spread('given ' || $1 || ' ' || $2) % {givens};
END;

-- Seven signs and their check sign, as programmes.rules.papercode has them.
CREATE FUNCTION pg_temp.paper_code(bigint) RETURNS text LANGUAGE sql IMMUTABLE STRICT
BEGIN ATOMIC
    SELECT string_agg(substr('23456789ABCDEFGHJKMNPRSTVWXYZ', sign + 1, 1), '' ORDER BY place)
        || substr('23456789ABCDEFGHJKMNPRSTVWXYZ', (sum(place * sign) % 29)::int + 1, 1)
    FROM (
        SELECT place, (($1 * 104729 % 17249876309) / (29 ^ (place - 1))::bigint % 29)::int AS sign
        FROM generate_series(1, 7) AS place
    ) AS signs;
END;
"""


def multiply(clinicians: int, *, say: Said = lambda _: None) -> None:
    """Copy the stories, which are all there is, until the practice has so many clinicians."""
    all_tables = tables()
    users = _clinicians(clinicians)
    with connection.cursor() as cursor:
        # What was deferred is due before a table can be taken apart.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute("SET LOCAL work_mem = '128MB'")
        _names(cursor)
        _originals(cursor, all_tables)
        _copies(cursor, users)
        written = [table.name for table in all_tables.values()]
        strides = {
            name: _stride(cursor, table)
            for name, table in zip(written, all_tables.values(), strict=True)
        }
        with _bare(cursor, [*written, "patients_accesslog"], say):
            for table in all_tables.values():
                cursor.execute(_copying(table, all_tables, strides))
                say(f"{table.name}: {cursor.rowcount} rows more")
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', '{table.key}'),"
                    f" max({table.key})) FROM {table.name}"
                )
            cursor.execute(CLOSINGS.format(stride=strides["patients_episode"]))
            cursor.execute(READINGS)


# Closing an episode is a change of its row, and so a line of its history.
CLOSINGS = """
INSERT INTO patients_episodeevent (
    pgh_created_at, pgh_label, pgh_obj_id, id, code, patient_id, side, opened_on, opened_by_id,
    clinician_id, closed_on, closed_by_id, outcome, closing_note
)
SELECT
    episode.closed_on + time '17:00', 'update', episode.id, episode.id, episode.code,
    episode.patient_id, episode.side, episode.opened_on, episode.opened_by_id,
    episode.clinician_id, episode.closed_on, episode.closed_by_id, episode.outcome,
    episode.closing_note
FROM of_patients_episode AS original
JOIN sizes_copies AS copy ON copy.closed AND original.closes
JOIN patients_episode AS episode ON episode.id = original.id + copy.number * {stride}
"""

# Who logs a session has the record open.
READINGS = """
INSERT INTO patients_accesslog (at, user_id, patient_id, page, method, denied, request)
SELECT
    session.recorded_at, session.logged_by_id, episode.patient_id, 'programmes:session_new', 'GET',
    false, ''
FROM programmes_session AS session
JOIN programmes_programme AS programme ON programme.id = session.programme_id
JOIN patients_episode AS episode ON episode.id = programme.episode_id
"""


def _stride(cursor: Any, table: Table) -> int:
    cursor.execute(f"SELECT coalesce(max({table.key}), 0) + 1 FROM {table.name}")
    stride: int = cursor.fetchone()[0]
    return stride


def _clinicians(count: int) -> list[int]:
    """The keys of so many clinicians; the first is the physiotherapist of the demo."""
    first = User.objects.get(email="physio@upwell.invalid")
    password = make_password(DEMO_PASSWORD)
    names = product(
        GIVEN_ENDS.split(), FAMILY_ENDS.split(), GIVEN_BEGINS.split(), FAMILY_BEGINS.split()
    )
    users = User.objects.bulk_create(
        User(
            email=f"clinician-{number}@upwell.invalid",
            password=password,
            display_name=f"{given}{ends} {family}{closes}",
            professional_title="Physiotherapist",
            registration_number=f"PHY{number:010d}",
        )
        for number, (ends, closes, given, family) in zip(range(2, count + 1), names, strict=False)
    )
    role = Group.objects.get(name=Role.PHYSIOTHERAPIST.value)
    User.groups.through.objects.bulk_create(
        User.groups.through(user=user, group=role) for user in users
    )
    return [first.pk, *(user.pk for user in users)]


def _names(cursor: Any) -> None:
    families = ["".join(parts) for parts in product(FAMILY_BEGINS.split(), FAMILY_ENDS.split())]
    givens = ["".join(parts) for parts in product(GIVEN_BEGINS.split(), GIVEN_ENDS.split())]
    for table, names in (("family", families), ("given", givens)):
        cursor.execute(
            f"CREATE TEMPORARY TABLE sizes_{table} ON COMMIT DROP AS "
            "SELECT place - 1 AS place, name FROM unnest(%s::text[]) WITH ORDINALITY AS all_of"
            " (name, place)",
            [names],
        )
        cursor.execute(f"CREATE UNIQUE INDEX ON sizes_{table} (place)")
    cursor.execute(FUNCTIONS.format(families=len(families), givens=len(givens)))


def _originals(cursor: Any, all_tables: dict[Model, Table]) -> None:
    """Which rows are copied: those of each story, and whether a closed episode is made of it."""
    cursor.execute(
        """
        CREATE TEMPORARY TABLE of_patients_patient ON COMMIT DROP AS
        SELECT patient.id, patient.id AS patient, max(told.last_on) AS last_on,
            count(*) = 1 AND bool_and(
                told.closed_on IS NULL AND told.sessions >= %s
                AND NOT EXISTS (
                    SELECT FROM assessments_lock AS held
                    WHERE held.episode_id = told.id AND held.cleared_at IS NULL
                )
                AND NOT EXISTS (
                    SELECT FROM assessments_assessment AS draft
                    WHERE draft.episode_id = told.id AND draft.status = 'draft'
                )
                AND NOT EXISTS (
                    SELECT FROM programmes_draft AS draft WHERE draft.episode_id = told.id
                )
            ) AS closes
        FROM patients_patient AS patient
        LEFT JOIN (
            SELECT episode.id, episode.patient_id, episode.closed_on,
                count(session.id) AS sessions, max(session.happened_on) AS last_on
            FROM patients_episode AS episode
            LEFT JOIN programmes_programme AS programme ON programme.episode_id = episode.id
            LEFT JOIN programmes_session AS session ON session.programme_id = programme.id
            GROUP BY episode.id
        ) AS told ON told.patient_id = patient.id
        GROUP BY patient.id
        """,
        [LEAST_SESSIONS],
    )
    for table in all_tables.values():
        if table.above is None:
            continue
        above = all_tables[_of(table.above)].name
        cursor.execute(
            f"CREATE TEMPORARY TABLE of_{table.name} ON COMMIT DROP AS SELECT original.{table.key}"
            f" AS id, above.patient, above.closes, above.last_on FROM {table.name} AS original"
            f" JOIN of_{above} AS above ON above.id = original.{table.above.column}"
        )


def _copies(cursor: Any, users: list[int]) -> None:
    """The copies to be made, by number: for whom, closed or open, how many days ago."""
    cursor.execute(
        "SELECT count(*), count(*) FILTER (WHERE closes) FROM programmes_session"
        " JOIN of_programmes_session AS original USING (id)"
    )
    told, closing = cursor.fetchone()
    closed = max(1, round((SESSIONS_A_CLINICIAN - told) / (closing * ROUNDS)))
    low, high = DAYS_SINCE_CLOSED
    cursor.execute(
        """
        CREATE TEMPORARY TABLE sizes_copies ON COMMIT DROP AS
        SELECT row_number() OVER (ORDER BY place, part) AS number, user_id, part > 0 AS closed,
            CASE WHEN part = 0 THEN 0 ELSE
                %s + pg_temp.spread('days ' || place || ' ' || part) %% %s END::integer AS days
        FROM unnest(%s::bigint[]) WITH ORDINALITY AS clinician (user_id, place)
        CROSS JOIN generate_series(0, %s) AS part
        -- The first has the stories themselves.
        WHERE place > 1 OR part > 0
        """,
        [low + (ROUNDS - 1) * DAYS_A_ROUND, high - low, users, closed],
    )
    cursor.execute(
        "CREATE TEMPORARY TABLE sizes_rounds ON COMMIT DROP AS"
        f" SELECT number FROM generate_series(0, {ROUNDS - 1}) AS number"
    )
    cursor.execute(
        "CREATE TEMPORARY TABLE sizes_staff ON COMMIT DROP AS SELECT id FROM patients_user"
        " WHERE email LIKE 'physio%%@upwell.invalid' OR email = 'ep@upwell.invalid'"
    )
    cursor.execute("ANALYZE sizes_copies, sizes_rounds, sizes_staff")


def _copying(table: Table, all_tables: dict[Model, Table], strides: dict[str, int]) -> str:
    """The statement that copies the rows of a table."""
    fields = table.model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = ",\n    ".join(_value(field, table, all_tables, strides) for field in fields)
    rounds = (
        "JOIN sizes_rounds AS round ON copy.closed OR round.number = 0" if table.repeats else ""
    )
    return (
        f"INSERT INTO {table.name} ({columns})\nSELECT {values}\nFROM {table.name} AS old"
        f" JOIN of_{table.name} AS original ON original.id = old.{table.key}"
        f" JOIN sizes_copies AS copy ON NOT copy.closed OR original.closes {rounds}"
    )


def _value(
    field: Any, table: Table, all_tables: dict[Model, Table], strides: dict[str, int]
) -> str:
    """What stands in this column of a copy."""
    old = f'old."{field.column}"'
    times = _times(table, in_round=table.repeats)
    # A history has the columns of what it is of.
    of = _of(table.above)._meta.model_name if _is_history(table) else table.model._meta.model_name
    own = OWN_VALUES.get((str(of), field.column))
    if own:
        # A history before the closing says what was.
        return old if of == "episode" and _is_history(table) else own.format(old=old)
    if field.primary_key:
        return f"{old} + {times} * {strides[table.name]}"
    if _is_history(table) and field.column == "id":
        return f"{old} + {times} * {strides[all_tables[_of(table.above)].name]}"
    if field.is_relation:
        return _key(field, old, table, all_tables, strides)
    back = f"copy.days - round.number * {DAYS_A_ROUND}" if table.repeats else "copy.days"
    if field.name == "pgh_created_at":
        # All of the stories were recorded at one moment; of two patients it is another.
        return f"{old} - make_interval(days => {back}, secs => {SECONDS_BEFORE})"
    if isinstance(field, models.UUIDField):
        return f"md5({old}::text || ':' || {times})::uuid"
    if isinstance(field, models.DateTimeField):
        return f"{old} - make_interval(days => {back})"
    if isinstance(field, models.DateField):
        return f"{old} - ({back})"
    return old


def _is_history(table: Table) -> bool:
    return table.above is not None and table.above.name == "pgh_obj"


def _times(table: Table, *, in_round: bool) -> str:
    if not table.repeats:
        return "copy.number"
    return f"(copy.number * {ROUNDS}{' + round.number' if in_round else ''})"


def _key(
    field: Any, old: str, table: Table, all_tables: dict[Model, Table], strides: dict[str, int]
) -> str:
    """A key of a copy: to the copy of what it led to, or to whose copy it is."""
    if _of(field) is User:
        return f"CASE WHEN {old} IN (SELECT id FROM sizes_staff) THEN copy.user_id ELSE {old} END"
    target = all_tables.get(_of(field))
    if target is None:
        return old
    if table.repeats and field.column in ("handout_id",):
        # A line of a diary is one session: the rounds after the first came from no paper.
        return f"CASE WHEN round.number = 0 THEN {old} + copy.number * {strides[target.name]} END"
    return f"{old} + {_times(target, in_round=table.repeats)} * {strides[target.name]}"


_PERSON = "original.patient, copy.number"
_BORN_BEFORE = "(pg_temp.spread('born ' || original.patient || ' ' || copy.number) % 3650)::integer"
SECONDS_BEFORE = "pg_temp.spread('seconds ' || original.patient || ' ' || copy.number) % 2592000"
OWN_VALUES = {
    ("patient", "family_name"): f"pg_temp.family({_PERSON})",
    ("patient", "given_name"): f"pg_temp.given({_PERSON})",
    ("patient", "external_id"): "{old} || '-' || copy.number",
    ("patient", "date_of_birth"): f"{{old}} - {_BORN_BEFORE}",
    ("episode", "closed_on"): "CASE WHEN copy.closed THEN original.last_on - copy.days"
    f" + {(ROUNDS - 1) * DAYS_A_ROUND + 3} ELSE {{old}} END",
    ("episode", "closed_by_id"): "CASE WHEN copy.closed THEN copy.user_id"
    " WHEN {old} IN (SELECT id FROM sizes_staff) THEN copy.user_id ELSE {old} END",
    ("episode", "outcome"): "CASE WHEN NOT copy.closed THEN {old} WHEN copy.number % 4 = 0"
    " THEN 'improved' ELSE 'returned' END",
    ("handout", "paper_code"): "pg_temp.paper_code(original.id + copy.number * 1000000)",
    # A paper keeps whose it is, so that it is told when that changes.
    ("handout", "options"): "CASE WHEN {old} ? 'shown' THEN jsonb_set(jsonb_set({old},"
    f" '{{{{shown,name}}}}',"
    f" to_jsonb(pg_temp.given({_PERSON}) || ' ' || pg_temp.family({_PERSON}))),"
    f" '{{{{shown,born}}}}', to_jsonb(({{old}} #>> '{{{{shown,born}}}}')::date - {_BORN_BEFORE}))"
    " ELSE {old} END",
    ("session", "diary_row"): "CASE WHEN round.number = 0 THEN {old} END",
}


# --- tables without what makes each row slow --------------------------------------------------


@contextmanager
def _bare(cursor: Any, names: list[str], say: Said) -> Iterator[None]:
    """These tables without triggers, foreign keys and indexes but the key's, and then with them."""
    cursor.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid), contype"
        " FROM pg_constraint WHERE contype IN ('f', 'u') AND conrelid = ANY(%s::regclass[]::oid[])"
        " ORDER BY contype = 'f', conname",
        [names],
    )
    constraints = cursor.fetchall()
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = ANY(%s::regclass[]::oid[]) AND NOT indisprimary AND NOT EXISTS"
        " (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype = 'u')",
        [names],
    )
    indexes = cursor.fetchall()
    for name in names:
        cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
    for table, constraint, _, _ in reversed(constraints):
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    for index, _ in indexes:
        cursor.execute(f"DROP INDEX {index}")
    yield
    for _, made in indexes:
        cursor.execute(made)
    say("The indexes are made.")
    for table, constraint, made, _ in constraints:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {made}")
    for name in names:
        cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
    say("Every key and every unique value is checked.")
