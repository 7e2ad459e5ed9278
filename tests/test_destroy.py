"""Retention and destruction: nothing a day early, nothing by cascade, nothing left behind."""

from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone
from django.utils.timezone import localdate
from pypdf import PdfReader
from pypdf.errors import PdfReadError

from assessments import actions as assessment_actions
from patients.models import AccessLog, Destruction, Episode, Patient, User
from patients.rules.retention import years_later
from patients.rules.roles import Role
from programmes import actions, belongings, destruction
from programmes.models import Document, Handout, Programme, Ready, Version
from tests import make
from upwell import backups, seals
from upwell.clock import told_at
from upwell.database import APP
from upwell.http import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_the_owners_rights")]

LONG_AGO = date(2010, 3, 1)


@pytest.fixture(autouse=True)
def sealed(with_the_owners_rights: None) -> None:
    """A seal of last night: without one nothing is destroyed."""
    seals.seal()


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def a_record(**person: Any) -> Patient:
    """A patient with an examination, a plan, a session, a decision, a paper and a reading."""
    programme = make.make_programme()
    session = make.make_session(programme)
    patient = programme.episode.patient
    by = session.logged_by
    assessment_actions.record_function_test(
        programme.episode, form_token=uuid4(), on=make.DAY, by=by, sl_raise_pain=2
    )
    hold(programme, Document.objects.create(sha256=uuid4().hex * 2, pdf=b"%PDF", pages=1))
    AccessLog.objects.create(user=by, patient=patient, page="patients:detail", method="GET")
    return patient


def hold(programme: Programme, document: Document, *, diary: bool = True) -> None:
    """Give the patient a paper that is this document."""
    paper = make.make_handout(programme, diary=diary)
    assert paper.document_id is None
    Handout.objects.filter(pk=paper.pk).update(document=document)


def traces(patient: Patient, rows: belongings.Rows) -> dict[str, int]:
    """Rows that are left of a record, and of its histories, by table."""
    left = {}
    for model, mine in rows.items():
        left[model._meta.label] = model._base_manager.filter(pk__in=mine).count()
        if history := belongings.history_of(model):
            left[history._meta.label] = history._base_manager.filter(pgh_obj_id__in=mine).count()
    return {name: number for name, number in left.items() if number}


@pytest.fixture
def lead() -> User:
    return make.make_user(Role.PRACTICE_LEAD, email="lead@example.org")


@pytest.fixture
def physio() -> User:
    return make.make_user(Role.PHYSIOTHERAPIST, email="physio@example.org")


def after_its_time(patient: Patient) -> date:
    return destruction.kept(patient).until + timedelta(days=1)


# --- what belongs ------------------------------------------------------------------------------
def project_tables() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if not model._meta.proxy]


def test_every_table_with_a_way_to_a_patient_belongs() -> None:
    """Found by another way than the code's own: from each table upwards, over any key."""

    def leads_to_a_patient(model: Any, seen: frozenset[Any] = frozenset()) -> bool:
        return model is Patient or any(
            leads_to_a_patient(field.related_model, seen | {model})
            for field in model._meta.fields
            if field.related_model and field.related_model not in seen | {model}
        )

    expected = {
        model
        for model in project_tables()
        if not hasattr(model, "pgh_tracked_model") and leads_to_a_patient(model)
    }
    assert {each.model for each in belongings.belongings()} == expected
    assert len(expected) > 30


def test_every_day_on_record_is_told_to_be_a_service_or_not() -> None:
    for each in belongings.belongings():
        name = each.model._meta.label
        days = {
            field.name for field in each.model._meta.fields if isinstance(field, models.DateField)
        }
        told = {*belongings.service_fields(each.model), *belongings.NO_SERVICE_DAYS.get(name, ())}
        assert days == told & days, name
        for listed in (belongings.SERVICE_DAYS, belongings.NO_SERVICE_DAYS):
            assert set(listed.get(name, ())) <= days, name


def test_a_row_has_one_owner_whichever_key_is_followed() -> None:
    """So that nothing of another patient's is ever taken along."""
    one, other = a_record(), a_record()
    mine, theirs = belongings.rows_of(one), belongings.rows_of(other)
    for model in mine:
        assert not set(mine[model]) & set(theirs[model])
        for field in belongings.keys(model):
            if field.related_model in mine:
                pointed = model._base_manager.filter(pk__in=mine[model])
                used = set(pointed.values_list(field.attname, flat=True)) - {None}
                assert used <= set(mine[field.related_model]), (model, field.name)


def test_no_constraint_of_the_database_deletes_by_cascade() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' "
            "AND (confdeltype <> 'a' OR confupdtype <> 'a')"
        )
        assert cursor.fetchall() == []
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE contype = 'f'")
        assert cursor.fetchone()[0] > 50


# --- until when --------------------------------------------------------------------------------
def test_a_record_is_kept_seven_years_after_what_was_last_written() -> None:
    patient = a_record()
    told = destruction.kept(patient)
    # Everything here was written today, whatever day it speaks of.
    last = AccessLog.objects.get(patient=patient).at.date()
    assert abs((told.last_service - last).days) <= 1
    assert told.until == years_later(told.last_service, 7)
    assert told.first_service == make.DAY


def test_reading_a_record_is_no_service() -> None:
    patient = a_record()
    before = destruction.kept(patient)
    by = patient.created_by
    later = AccessLog(user=by, patient=patient, page="patients:detail", method="GET")
    later.at = later.at + timedelta(days=900)
    later.save()
    assert destruction.kept(patient) == before


def an_old_record(*, born: date = date(1960, 1, 1), last: date = LONG_AGO) -> Patient:
    """A patient whose record ended long ago, told in its own time."""
    with told_at(datetime(last.year, last.month, last.day, 12, tzinfo=UTC)):
        return make.make_patient(date_of_birth=born)


def test_the_list_names_records_past_their_time_and_nobody() -> None:
    adult = an_old_record()
    an_old_record(born=date(2005, 5, 5))  # a child of four: until 2030
    make.make_patient()
    told = run("retention")
    assert told.splitlines() == [
        f"{adult.record_number}  services 1 Mar 2010 to 1 Mar 2010  kept until 1 Mar 2017",
        "1 past the time they must be kept.",
    ]
    assert adult.family_name not in told
    assert run("retention", "--count") == "1 past the time they must be kept.\n"


def test_the_list_begins_with_the_day_after_the_last() -> None:
    patient = an_old_record()
    until = destruction.kept(patient).until
    for day, listed in ((until, False), (until + timedelta(days=1), True)):
        found = [each.pk for each, _ in destruction.past_their_time(on=day)]
        assert (patient.pk in found) is listed


# --- destroying --------------------------------------------------------------------------------
def test_a_destroyed_record_leaves_its_line_in_the_register_and_nothing_else(
    lead: User, physio: User
) -> None:
    patient, other = a_record(), a_record()
    rows, theirs = belongings.rows_of(patient), belongings.rows_of(other)
    filled = {model._meta.label for model, mine in rows.items() if mine}
    assert len(filled) > 15
    kept_before = traces(other, theirs)
    until = destruction.kept(patient).until
    number, on = patient.record_number, until + timedelta(days=1)
    told = destruction.destroy(patient, by=lead, agreed_by=physio, on=on)
    assert traces(patient, rows) == {}
    assert traces(other, theirs) == kept_before
    register = Destruction.objects.get()
    assert register == told
    assert (register.record_number, register.kept_until) == (number, until)
    assert (register.destroyed_by, register.agreed_by) == (lead, physio)
    assert register.rows["patients_patient"] == 1
    assert register.rows["programmes_sessionevent"] == 1  # the end of it has no history
    assert set(register.rows) >= {"patients_accesslog", "programmes_document"}


def test_a_paper_that_somebody_else_holds_too_stays(lead: User, physio: User) -> None:
    patient, other = a_record(), a_record()
    shared = Document.objects.create(sha256="f" * 64, pdf=b"%PDF", pages=1)
    for each in (patient, other):
        hold(Programme.objects.get(episode__patient=each), shared, diary=False)
    on = after_its_time(patient)
    destruction.destroy(patient, by=lead, agreed_by=physio, on=on)
    assert Document.objects.filter(pk=shared.pk).exists()
    destruction.destroy(other, by=lead, agreed_by=physio, on=after_its_time(other))
    assert not Document.objects.filter(pk=shared.pk).exists()


def words_of_all_documents() -> str:
    """Every letter of every stored paper, as a reader of it sees them."""
    found = []
    for stored in Document.objects.values_list("pdf", flat=True):
        with suppress(PdfReadError):
            pages = PdfReader(BytesIO(bytes(stored))).pages
            found += [page.extract_text() for page in pages]
    return " ".join(found)


def a_preview(patient: Patient, **options: Any) -> Ready:
    """A paper that somebody looked at and nobody printed."""
    version = Version.objects.get(programme__episode__patient=patient)
    ready = actions.make_ready(
        actions.order_for(version, options={"edition": "large"} | options, today=localdate())
    )
    assert isinstance(ready, Ready)
    return ready


def test_no_stored_paper_has_the_name_afterwards(lead: User, physio: User) -> None:
    """Neither what was printed, nor a preview, nor one that nothing points to any more."""
    patient, other = a_record(), a_record()
    Patient.objects.filter(pk=patient.pk).update(family_name="Quimblethorpe")
    Patient.objects.filter(pk=other.pk).update(family_name="Staysonrecord")
    a_preview(patient).delete()
    a_preview(patient, diary=True)
    a_preview(other)
    assert "Quimblethorpe" in words_of_all_documents()
    assert Document.objects.filter(pk__in=destruction.unused_documents()).count() == 1
    destruction.destroy(patient, by=lead, agreed_by=physio, on=after_its_time(patient))
    left = words_of_all_documents()
    assert "Quimblethorpe" not in left
    assert "Staysonrecord" in left
    assert destruction.unused_documents() == []


def test_what_nobody_printed_is_deleted_at_night(lead: User) -> None:
    patient = a_record()
    printed = set(Document.objects.values_list("pk", flat=True))
    old, new = a_preview(patient), a_preview(patient, diary=True)
    Ready.objects.filter(pk=old.pk).update(made_at=timezone.now() - timedelta(days=15))
    assert run("forget_unprinted") == "Papers nobody printed, deleted: 1.\n"
    assert {*Document.objects.values_list("pk", flat=True)} == {*printed, new.document_id}
    # And those that were only ever an older preview's.
    Ready.objects.all().delete()
    assert run("forget_unprinted") == "Papers nobody printed, deleted: 1.\n"
    assert {*Document.objects.values_list("pk", flat=True)} == printed
    assert run("forget_unprinted") == "Papers nobody printed, deleted: 0.\n"


def test_the_account_of_the_pages_deletes_no_paper() -> None:
    a_preview(a_record()).delete()
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {APP}")
    with pytest.raises(CommandError, match="UPWELL_OWNER_DATABASE_URL"):
        run("forget_unprinted")
    assert destruction.unused_documents()


def test_a_record_is_destroyed_only_after_the_seal_of_the_day(lead: User, physio: User) -> None:
    patient = an_old_record()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE patients_auditseal SET made_at = made_at - interval '2 days'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    with pytest.raises(Refused, match=r"seal_audit.*Nothing was destroyed"):
        destruction.destroy(patient, by=lead, agreed_by=physio, on=after_its_time(patient))
    assert Patient.objects.filter(pk=patient.pk).exists()


def test_while_a_seal_is_made_nothing_is_destroyed(lead: User, physio: User) -> None:
    """Both at once would be two seals of the same number."""
    patient = an_old_record()
    with closing(backups.connect(backups.parameters())) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('upwell seals'))")
        with pytest.raises(CommandError, match="Try again in a few minutes"):
            run(
                *("destroy", patient.record_number, "--yes"),
                *("--by", lead.email, "--agreed-by", physio.email),
            )
    assert Patient.objects.filter(pk=patient.pk).exists()


def test_on_its_last_day_a_record_is_refused(lead: User, physio: User) -> None:
    patient = a_record()
    until = destruction.kept(patient).until
    with pytest.raises(Refused, match="must be kept until"):
        destruction.destroy(patient, by=lead, agreed_by=physio, on=until)
    assert Patient.objects.filter(pk=patient.pk).exists()
    assert not Destruction.objects.exists()


def test_it_takes_two_and_one_of_them_leads(lead: User, physio: User) -> None:
    patient = an_old_record()
    gone = make.make_user(email="gone@example.org", is_active=False)
    desk = make.make_user(Role.RECEPTION, email="desk@example.org")
    for by, agreed_by, says in (
        (lead, lead, "takes two"),
        (physio, lead, "no practice lead"),
        (lead, gone, "no active account"),
        (lead, desk, "may not read records"),
    ):
        with pytest.raises(CommandError, match=says):
            run(
                *("destroy", patient.record_number, "--yes"),
                *("--by", by.email, "--agreed-by", agreed_by.email),
            )
    assert Patient.objects.filter(pk=patient.pk).exists()


def test_the_command_asks_for_the_number_again(
    lead: User, physio: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = an_old_record()
    two = ("--by", "LEAD@example.org", "--agreed-by", physio.email)
    monkeypatch.setattr("builtins.input", lambda _: "U99999")
    with pytest.raises(CommandError, match="another record number"):
        run("destroy", patient.record_number, *two)
    assert Patient.objects.filter(pk=patient.pk).exists()
    monkeypatch.setattr("builtins.input", lambda _: patient.record_number)
    other = make.make_patient()
    told = run("destroy", patient.record_number, *two)
    assert f"Destroyed {patient.record_number}" in told
    assert not Patient.objects.filter(pk=patient.pk).exists()
    with pytest.raises(CommandError, match="No patient has this record number"):
        run("destroy", patient.record_number, "--yes", *two)
    with pytest.raises(CommandError, match="Nobody of the practice"):
        run(
            "destroy",
            other.record_number,
            "--yes",
            "--by",
            "none@example.org",
            "--agreed-by",
            physio.email,
        )


def test_a_failure_in_the_middle_destroys_nothing(
    lead: User, physio: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = a_record()
    rows = belongings.rows_of(patient)
    before = traces(patient, rows)
    delete, calls = destruction._delete, []

    def breaks(*arguments: Any, **named: Any) -> None:
        calls.append(arguments)
        if len(calls) == 12:
            raise RuntimeError("the lights went out")
        delete(*arguments, **named)

    monkeypatch.setattr(destruction, "_delete", breaks)
    with pytest.raises(RuntimeError):
        destruction.destroy(patient, by=lead, agreed_by=physio, on=after_its_time(patient))
    assert traces(patient, rows) == before
    assert not Destruction.objects.exists()


def test_afterwards_the_triggers_refuse_again(lead: User, physio: User) -> None:
    patient, other = a_record(), a_record()
    destruction.destroy(patient, by=lead, agreed_by=physio, on=after_its_time(patient))
    for model in (Patient, Episode):
        with pytest.raises(DatabaseError), transaction.atomic():
            model._base_manager.filter(pk__in=belongings.rows_of(other)[model])._raw_delete(
                "default"
            )
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('pgtrigger.ignore', true)")
        assert not (cursor.fetchone() or ("",))[0]
    history = belongings.history_of(Patient)
    assert history is not None
    with pytest.raises(DatabaseError), transaction.atomic():
        history._base_manager.filter(pgh_obj_id=other.pk)._raw_delete("default")


def test_the_seals_over_the_histories_still_hold_afterwards(lead: User, physio: User) -> None:
    patient, other = a_record(), a_record()
    seals.seal()
    destruction.destroy(patient, by=lead, agreed_by=physio, on=after_its_time(patient))
    assert list(seals.verify()) == []
    # An earlier change can't hide behind a destruction.
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE patients_accesslog DISABLE TRIGGER USER")
        cursor.execute("UPDATE patients_accesslog SET page = 'other'")
    with pytest.raises(Refused, match="seals over the histories are broken"):
        destruction.destroy(other, by=lead, agreed_by=physio, on=after_its_time(other))
    assert Patient.objects.filter(pk=other.pk).exists()
