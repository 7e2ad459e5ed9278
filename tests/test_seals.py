"""The seals over every history find whatever is changed behind the application's back."""

import io
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from patients.models import AccessLog, AuditSeal, Destruction, Patient
from tests import make
from upwell import backups, seals

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_the_owners_rights")]


class Undo(Exception):
    """Ends a try, so that its change is taken back."""


def run(sql: str, *values: Any) -> int:
    """Rows changed by an administrator with all triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        return int(cursor.rowcount)


@pytest.fixture
def sealed() -> None:
    """A practice with two seals over its histories, and something written since."""
    session = make.make_session()
    episode = session.programme.episode
    for number in range(3):
        AccessLog.objects.create(
            user=session.logged_by, patient=episode.patient, page=f"page {number}", method="GET"
        )
    seals.seal()
    Patient.objects.update(phone="03 5550 0111")
    make.make_handout(session.programme)
    seals.seal()
    Patient.objects.update(phone="03 5550 0112")


def with_rows() -> dict[str, str]:
    """The sealed tables that hold anything, each with its key."""
    found = {}
    for table, key in seals.sealed_tables().items():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            if cursor.fetchone()[0]:
                found[table] = key
    return found


def test_what_nobody_touched_holds(sealed: None) -> None:
    said = io.StringIO()
    call_command("verify_audit", stdout=said)
    assert "2 seals" in said.getvalue()
    assert len(with_rows()) > 10


def test_every_history_and_log_is_sealed() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid "
            "WHERE relkind = 'r' AND attname = 'pgh_label'"
        )
        events = {name for (name,) in cursor.fetchall()}
    logs = {"patients_accesslog", "patients_backuplog", "patients_destruction"}
    assert len(events) > 30
    assert set(seals.sealed_tables()) == events | logs | {"patients_defaultschange"}


def edits(table: str, key: str, chosen: random.Random) -> Callable[[], int]:
    """One change of a sealed row of this table, by an administrator."""
    with connection.cursor() as cursor:
        cursor.execute('SELECT tables->%s->0 FROM "patients_auditseal" WHERE number = 2', [table])
        last = int(cursor.fetchone()[0])
        cursor.execute(f'SELECT "{key}" FROM "{table}" WHERE "{key}" <= %s', [last])
        row = chosen.choice([found for (found,) in cursor.fetchall()])
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_name = %s AND data_type IN "
            "('character varying', 'text', 'bigint', 'boolean', 'date', "
            "'timestamp with time zone') AND column_name <> %s",
            [table, key],
        )
        column, kind = chosen.choice(sorted(cursor.fetchall()))
    value = {
        "bigint": f'coalesce("{column}", 0) + 1',
        "boolean": f'coalesce(NOT "{column}", TRUE)',
        "date": f"coalesce(\"{column}\" + 1, '2026-01-01')",
        "timestamp with time zone": f"coalesce(\"{column}\" + interval '1 ms', now())",
    }.get(kind, f"CASE WHEN \"{column}\" = 'x' THEN 'y' ELSE 'x' END")
    name = f'"{table}"'
    return chosen.choice(
        [
            lambda: run(f'UPDATE {name} SET "{column}" = {value} WHERE "{key}" = %s', row),
            lambda: run(f'UPDATE {name} SET "{column}" = {value} WHERE "{key}" = %s', row),
            lambda: run(f'DELETE FROM {name} WHERE "{key}" = %s', row),
            lambda: run(f'UPDATE {name} SET "{key}" = -"{key}" WHERE "{key}" = %s', row),
        ]
    )


def test_a_hundred_changes_by_an_administrator_are_all_found(sealed: None) -> None:
    chosen = random.Random(7)
    tables = with_rows()
    old = {
        table: key
        for table, key in tables.items()
        if table in AuditSeal.objects.get(number=2).tables
        and any(each[table][1] for each in AuditSeal.objects.values_list("tables", flat=True))
    }
    found = 0
    for _ in range(100):
        table = chosen.choice(sorted(old))
        with suppress(Undo), transaction.atomic():
            assert edits(table, old[table], chosen)() == 1
            breaks = list(seals.verify())
            assert breaks, table
            assert {each.table for each in breaks} == {table}
            found += 1
            raise Undo
    assert found == 100
    assert list(seals.verify()) == []


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param("UPDATE patients_auditseal SET made_at = now() WHERE FALSE", id="nothing"),
        pytest.param("DELETE FROM patients_auditseal WHERE number = 1", id="first-taken-away"),
        pytest.param(
            "UPDATE patients_auditseal SET digest = repeat('0', 64) WHERE number = 1",
            id="digest-changed",
        ),
        pytest.param(
            "UPDATE patients_auditseal SET tables = tables - 'patients_patientevent' "
            "WHERE number = 2",
            id="a-table-left-out",
        ),
    ],
)
def test_the_seals_themselves_are_in_the_chain(
    sealed: None, forge: str, request: pytest.FixtureRequest
) -> None:
    untouched = request.node.callspec.id == "nothing"
    assert run(forge) == (0 if untouched else 1)
    tables = {each.table for each in seals.verify()}
    assert ("patients_auditseal" in tables) is not untouched


def test_a_chain_written_anew_lacks_the_digest_that_was_kept(sealed: None) -> None:
    kept = AuditSeal.objects.get(number=2).digest
    call_command("verify_audit", digest=kept, stdout=io.StringIO())
    run("UPDATE patients_patientevent SET given_name = 'Forged'")
    run("DELETE FROM patients_auditseal")
    seals.seal()
    call_command("verify_audit", stdout=io.StringIO())
    said = io.StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", digest=kept, stdout=said)
    assert "written anew" in said.getvalue()


def test_the_command_names_the_table_and_the_seals(sealed: None) -> None:
    run("UPDATE patients_accesslog SET page = 'x' WHERE page = 'page 1'")
    said = io.StringIO()
    with pytest.raises(CommandError, match="1 place differs"):
        call_command("verify_audit", stdout=said)
    assert "patients_accesslog, after seal 0 up to seal 1: a row was changed" in said.getvalue()


def line_of(rows: Mapping[str, int], number: str = "U99999") -> Destruction:
    """A line of the register for these numbers of rows by table."""
    by = make.make_user(email=f"{number}@example.org")
    return Destruction.objects.create(
        record_number=number,
        family_name="Gone",
        given_name="Long",
        first_service_on=date(2001, 1, 1),
        last_service_on=date(2002, 1, 1),
        kept_until=date(2009, 1, 1),
        destroyed_on=date(2010, 1, 1),
        destroyed_by=by,
        agreed_by=make.make_user(email=f"agreed-{number}@example.org"),
        rows=dict(rows),
    )


def readings(*pages: str) -> dict[str, list[int]]:
    found = AccessLog.objects.filter(page__in=pages).values_list("pk", flat=True)
    return {"patients_accesslog": list(found)}


def destroying(*pages: str, **more: Any) -> Callable[[], Destruction]:
    """Destroys the readings of these pages and writes the line."""

    def destroy() -> Destruction:
        gone = run("DELETE FROM patients_accesslog WHERE page = ANY(%s)", list(pages))
        return line_of({"patients_accesslog": gone, **more})

    return destroy


def test_a_destruction_is_told_by_a_seal_of_its_own(sealed: None) -> None:
    seals.forget(lambda: readings("page 1", "page 2"), destroying("page 1", "page 2"))
    assert list(seals.verify()) == []
    # Seal 3 has what was written since; seal 4 the destruction.
    (told,) = seals.shortenings()
    assert (told.seal, told.rows, told.doubt) == (4, {"patients_accesslog": 2}, "")
    said = io.StringIO()
    call_command("verify_audit", stdout=said)
    assert "Seal 4 leaves out 2 rows of 1 table: U99999, destroyed on 1 January 2010" in (
        said.getvalue()
    )
    # What it left is watched as before, and so is the line of the register.
    for sql in (
        "UPDATE patients_accesslog SET page = 'x' WHERE page = 'page 0'",
        "DELETE FROM patients_accesslog WHERE page = 'page 0'",
        "UPDATE patients_destruction SET family_name = 'Other'",
    ):
        with suppress(Undo), transaction.atomic():
            assert run(sql) == 1
            assert [each.table for each in seals.verify()] == [sql.replace("FROM ", "").split()[1]]
            raise Undo


def test_no_change_hides_behind_a_destruction(sealed: None) -> None:
    run("UPDATE patients_accesslog SET page = 'x' WHERE page = 'page 2'")
    with pytest.raises(seals.BrokenError, match="patients_accesslog"):
        seals.forget(dict, lambda: pytest.fail("never comes here"))


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param("UPDATE patients_patientevent SET phone = 'x'", id="another-table"),
        pytest.param("DELETE FROM patients_accesslog WHERE page = 'page 2'", id="a-row-more"),
        pytest.param(
            "UPDATE patients_accesslog SET page = 'x' WHERE page = 'page 2'", id="a-row-changed"
        ),
        pytest.param(
            "INSERT INTO patients_accesslog (id, at, user_id, patient_id, page, method) "
            "SELECT id - 1000, at, user_id, patient_id, page, method FROM patients_accesslog "
            "WHERE page = 'page 2'",
            id="one-put-in-its-place",
        ),
    ],
)
def test_nothing_but_the_destructions_own_rows_changes(sealed: None, beside: str) -> None:
    def both() -> Destruction:
        assert run(beside)
        return destroying("page 1")()

    before = AuditSeal.objects.count()
    with pytest.raises(seals.BrokenError):
        seals.forget(lambda: readings("page 1"), both)
    assert list(seals.verify()) == []
    assert AuditSeal.objects.count() == before
    assert AccessLog.objects.filter(page="page 1").exists()


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param({"patients_accesslog": 2}, id="more"),
        pytest.param({"patients_accesslog": 1, "patients_patientevent": 1}, id="another-table"),
        pytest.param({"patients_accesslog": 0}, id="none"),
    ],
)
def test_the_line_has_the_numbers_of_the_rows(sealed: None, rows: dict[str, int]) -> None:
    with pytest.raises(seals.BrokenError, match="other numbers"):
        seals.forget(lambda: readings("page 1"), destroying("page 1", **rows))


def test_who_rewrites_history_cant_add_a_seal_that_says_it_was_a_destruction(
    sealed: None,
) -> None:
    """The whole register of what was read is forged, and a seal put on it in every way there is."""
    kept = AuditSeal.objects.get(number=2).digest
    of = "patients_accesslog"
    honest = AuditSeal.objects.get(number=1).tables[of]
    rows = sorted(AccessLog.objects.values_list("pk", flat=True))
    true = seals._digests_of({of: rows})
    run("UPDATE patients_accesslog SET page = 'forged'")
    forged_digest = seals._digest(
        seals.Stretch(table=of, first=seals.FIRST, last=honest[0], columns=tuple(honest[3])), "id"
    )[1]
    ways: list[Callable[[], Any]] = [
        # As seals once were believed: the stretch and a new digest of it.
        lambda: [[of, 1, honest[1], forged_digest]],
        lambda: {"register": line_of({}).pk, "rows": {}},
        lambda: {
            "register": line_of({of: 3}).pk,
            "rows": {of: [[1, row, "0" * 64] for row in rows]},
        },
        lambda: {"register": line_of({of: 3}).pk, "rows": true},
        # Rows that are said to be gone, and others in their place.
        lambda: {
            "register": line_of({of: 3}).pk,
            "rows": {of: [[1, row + 1000, "0" * 64] for row in rows]},
        },
        lambda: {"register": line_of({of: 3}).pk, "rows": {of: "nonsense"}},
        lambda: {"register": line_of({of: 3}).pk, "rows": {of: [[1, 1, None]]}},
        lambda: {"register": None, "rows": {}},
        lambda: None,
    ]
    for way in ways:
        with suppress(Undo), transaction.atomic():
            seals._seal(way())
            assert list(seals.verify())
            with pytest.raises(CommandError, match=r"[2-9] places differ|1 place differs"):
                call_command("verify_audit", digest=kept, stdout=io.StringIO())
            raise Undo


def test_numbers_stand_with_their_nouns() -> None:
    assert seals.rows_of_tables({"a": 1}) == "1 row of 1 table"
    assert seals.rows_of_tables({"a": 1, "b": 2}) == "3 rows of 2 tables"


def test_one_line_of_the_register_stands_for_one_destruction(sealed: None) -> None:
    seals.forget(lambda: readings("page 1"), destroying("page 1"))
    honest = AuditSeal.objects.get(number=4).tables[seals.SHORTENED]
    with suppress(Undo), transaction.atomic():
        # The same line once more, for a row that somebody wants to be gone.
        (row,) = readings("page 2")["patients_accesslog"]
        away = seals._digests_of({"patients_accesslog": [row]})
        run("DELETE FROM patients_accesslog WHERE page = 'page 2'")
        seals._seal({"register": honest["register"], "rows": away})
        assert "another seal" in " ".join(map(str, seals.verify()))
        raise Undo
    # And a line about a record that is still there stands for none.
    patient = Patient.objects.get()
    (row,) = readings("page 2")["patients_accesslog"]
    away = seals._digests_of({"patients_accesslog": [row]})
    run("DELETE FROM patients_accesslog WHERE page = 'page 2'")
    line = line_of({"patients_accesslog": 1}, patient.record_number)
    seals._seal({"register": line.pk, "rows": away})
    assert f"{patient.record_number} is still there" in " ".join(map(str, seals.verify()))


def test_rows_of_several_pieces_are_put_back_in_their_places(
    monkeypatch: pytest.MonkeyPatch, sealed: None
) -> None:
    monkeypatch.setattr(seals, "AT_ONCE", 2)
    run("DELETE FROM patients_auditseal")
    seals.seal()
    seals.forget(lambda: readings("page 0", "page 2"), destroying("page 0", "page 2"))
    assert list(seals.verify()) == []


def test_what_was_not_sealed_today_is_not_destroyed(sealed: None) -> None:
    run("UPDATE patients_auditseal SET made_at = made_at - interval '27 hours'")
    with pytest.raises(seals.NotNowError, match="seal_audit"):
        seals.forget(dict, lambda: pytest.fail("never comes here"))
    run("DELETE FROM patients_auditseal")
    with pytest.raises(seals.NotNowError, match="seal_audit"):
        seals.forget(dict, lambda: pytest.fail("never comes here"))


# --- beside people at work ---------------------------------------------------------------------
@contextmanager
def another_session() -> Iterator[Any]:
    """A second connection to the same database, as the owner, that nobody commits."""
    with closing(backups.connect(backups.parameters())) as other:
        other.execute("BEGIN")
        yield other
        # What it holds is free when this is answered, and not a moment later.
        other.execute("ROLLBACK")


def locks() -> int:
    """Tables that this session holds against writers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'ShareLock' "
            "AND locktype = 'relation'"
        )
        return int(cursor.fetchone()[0])


def test_no_table_is_held_after_it_was_asked_even_inside_a_longer_transaction(
    sealed: None,
) -> None:
    seals.seal()
    assert locks() == 0
    seen = []

    def looks() -> Destruction:
        seen.append(locks())
        return destroying("page 1")()

    seals.forget(lambda: readings("page 1"), looks)
    assert (seen, locks()) == ([0], 0)
    with another_session() as other:
        other.execute("SET LOCAL lock_timeout = '2s'")
        other.execute("LOCK TABLE public.patients_accesslog IN ROW EXCLUSIVE MODE NOWAIT")


def test_a_seal_asks_again_while_somebody_writes_and_says_when_it_never_ends(
    sealed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "WAIT", "20ms")
    monkeypatch.setattr(seals, "LONGER_WAIT", "20ms")
    monkeypatch.setattr(seals, "TRIES", 3)
    pauses: list[float] = []
    with another_session() as other:
        other.execute("LOCK TABLE public.patients_accesslog IN ROW EXCLUSIVE MODE")
        monkeypatch.setattr("time.sleep", pauses.append)
        with pytest.raises(CommandError, match="writing to patients_accesslog"):
            call_command("seal_audit", stdout=io.StringIO())
        assert len(pauses) == 3
        # While it pauses, others write; and when the writer ends, it goes on.
        monkeypatch.setattr("time.sleep", lambda _: other.execute("ROLLBACK"))
        call_command("seal_audit", stdout=io.StringIO())
    assert AuditSeal.objects.count() == 3


def test_two_seals_are_never_made_at_once(sealed: None) -> None:
    with another_session() as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtext('upwell seals'))")
        with pytest.raises(CommandError, match="at this moment"):
            call_command("seal_audit", stdout=io.StringIO())
        with pytest.raises(seals.NotNowError, match="at this moment"):
            seals.forget(dict, lambda: pytest.fail("never comes here"))
    call_command("seal_audit", stdout=io.StringIO())
    with another_session() as other:
        # And it is given back.
        ((free,),) = other.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext('upwell seals'))"
        ).fetchall()
    assert free


def test_a_column_added_later_breaks_no_seal(sealed: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE patients_patientevent ADD COLUMN more text DEFAULT 'x'")
    assert list(seals.verify()) == []


def test_memory_stays_the_same_however_long_a_history_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Read in pieces of two rows, the digests are checked piece by piece."""
    monkeypatch.setattr(seals, "AT_ONCE", 2)
    make.make_patient()
    for _ in range(5):
        Patient.objects.update(phone="1")
        Patient.objects.update(phone="2")
    seals.seal()
    assert list(seals.verify()) == []
    run("UPDATE patients_patientevent SET phone = '3' WHERE phone = '1'")
    assert [each.table for each in seals.verify()] == ["patients_patientevent"]
