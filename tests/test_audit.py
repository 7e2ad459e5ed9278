"""What stays on record of who did what: histories, readings, and log lines without patients."""

import io
import logging
from collections.abc import Iterator
from datetime import date, timedelta
from operator import attrgetter
from uuid import UUID, uuid4

import pghistory.models
import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import programmes.views.episode
import programmes.views.logging
from assessments.models import Assessment, Lock, UnreadPart
from patients.access import AppRequest, log_access
from patients.forms import PatientForm
from patients.models import (
    AccessLog,
    AuditSeal,
    BackupLog,
    Destruction,
    Episode,
    Patient,
    User,
)
from patients.rules.roles import Role
from patients.rules.terms import Side
from programmes import actions
from programmes.actions.reports import make_report
from programmes.models import (
    Document,
    Handout,
    PrintJob,
    PrintJobPaper,
    Ready,
    Session,
    Version,
)
from programmes.selectors.papers import usual_options
from tests import make
from tests.assessments.test_assessment_form import typed
from tests.assessments.test_import import received, runs
from tests.programmes.test_session import form as session_form
from tests.test_access import ACCESS, OURS, PATTERNS, READ, address
from upwell.logs import LineFormatter

pytestmark = pytest.mark.django_db

APPS = ("patients", "assessments", "programmes")
# Pages about one patient that somebody can read.
READABLE = [
    name
    for name in OURS
    if "GET" in ACCESS[name][1]
    and "code" in PATTERNS[name].pattern.converters
    # An exercise of the practice's own is about no patient, and a period's outcomes name none.
    and name != "programmes:exercise"
    # Of a paper by its printed code, and of several patients: tests/programmes/test_print_pages.py.
    and name not in {"programmes:handout_page", "programmes:handout_shown"}
    and name not in {"programmes:papers", "programmes:papers_pdf"}
    and not name.startswith(("programmes:outcomes_", "patients:user", "patients:link"))
]


def sign_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    make.sign_in(client, user)
    return client


@pytest.fixture
def by() -> User:
    return make.make_user(Role.PRACTICE_LEAD)


@pytest.fixture
def codes(by: User) -> dict[str, UUID]:
    """The code of each readable page, all of one patient."""
    return make_codes(by)


def make_codes(by: User) -> dict[str, UUID]:
    """The codes of ``codes``, and what they are of."""
    episode = make.make_episode(by=by)
    programme = make.make_programme(episode, by=by)
    session = make.make_session(programme, by=by)
    paper = make.make_handout(programme, by=by)
    letter = actions.write_report(episode, form_token=uuid4(), on=make.DAY, by=by)
    draft = make.make_assessment(episode, by=by, rupture=["calf_squeeze_positive"])
    version = programme.versions.get()
    of_patient = ("patients:detail", "patients:edit", "patients:episode_new", "programmes:history")
    of_others = {
        "assessments:detail": draft.code,
        "assessments:amend": Assessment.objects.get(status="signed").code,
        "assessments:compare": draft.code,
        "assessments:discard": draft.code,
        "assessments:import_detail": received(episode, runs(2), by=by).code,
        "assessments:lock_clear": Lock.objects.get().code,
        "assessments:visa": make.make_visa(episode, by=by, q5=1).code,
        "assessments:score_strike": make.make_score(episode, by=by).code,
        "programmes:session": session.code,
        "programmes:correct": session.code,
        "programmes:version": version.code,
        "programmes:copy": version.code,
        "programmes:handout_new": version.code,
        "programmes:handout": paper.code,
        "programmes:diary_sheet": paper.code,
        **dict.fromkeys(("programmes:letter", "programmes:letter_pdf"), letter.code),
    }
    return {
        **dict.fromkeys(READABLE, episode.code),
        **dict.fromkeys(of_patient, episode.patient.code),
        **of_others,
    }


def models_of_ours() -> list[type[Model]]:
    return [model for label in APPS for model in apps.get_app_config(label).get_models()]


def test_every_table_has_a_history_but_the_log_of_readings() -> None:
    events = [each for each in models_of_ours() if issubclass(each, pghistory.models.Event)]
    tables = set(models_of_ours()) - set(events)
    tracked = {event.pgh_tracked_model for event in events}
    assert len(tables) > 10
    # Pieces of uploaded files waiting to be read are no record, and gone when they are; nor is what
    # nobody printed yet. Documents never change, and a list of papers to print is kept in what it
    # made: each printing has a history. Seals, backups and destructions are logs that only grow.
    without = {AccessLog, UnreadPart, Document, Ready, PrintJob, PrintJobPaper}
    without |= {AuditSeal, BackupLog, Destruction}
    assert tracked == tables - without


def test_a_change_stands_beside_who_made_it_from_which_page_in_which_request(by: User) -> None:
    client = sign_in(by)
    typed_in = {
        "family_name": "Sampleton",
        "given_name": "Alex",
        "date_of_birth": "1980-01-31",
        "sex": "F",
    }
    added = client.post(reverse("patients:new"), {**typed_in, "form_token": str(uuid4())})
    patient = Patient.objects.get()
    known = {name: value or "" for name, value in PatientForm.initial_of(patient).items()}
    changed = client.post(
        reverse("patients:edit", args=[patient.code]), {**known, "given_name": "Alexa"}
    )
    assert (added.status_code, changed.status_code) == (302, 302)
    history = Patient.pgh_event_model.objects.order_by("pgh_id")  # type: ignore[attr-defined]
    assert [(row.pgh_label, row.given_name, row.pgh_context) for row in history] == [
        (
            "insert",
            "Alex",
            {"user": by.pk, "page": "patients/new", "request": added["X-Request-Id"]},
        ),
        (
            "update",
            "Alexa",
            {"user": by.pk, "page": "patients/edit", "request": changed["X-Request-Id"]},
        ),
    ]


def test_histories_hold_no_code_and_no_name_in_the_page(by: User, codes: dict[str, UUID]) -> None:
    client = sign_in(by)
    programme = Episode.objects.get().programme
    sent = session_form(programme, happened_on=(make.DAY + timedelta(days=1)).isoformat())
    episode = codes["programmes:episode"]
    assert client.post(address("programmes:session_new", episode), sent).status_code == 302
    morning = {"pain": "2", "stiffness_min": "10"}
    session = codes["programmes:session"]
    assert client.post(address("programmes:morning", session), morning).status_code == 302
    clear = {"reason": "The surgeon has seen the tendon whole."}
    lock = codes["assessments:lock_clear"]
    assert client.post(address("assessments:lock_clear", lock), clear).status_code == 302
    pages = {
        context["page"]
        for event in models_of_ours()
        if issubclass(event, pghistory.models.Event)
        for context in map(attrgetter("pgh_context"), event._default_manager.all())
        if context
    }
    assert pages == {"episodes/sessions/new", "sessions/morning", "locks/clear"}


# Requests that a page makes by itself: the page's own row stands for them. The next of several
# papers is recorded when one is made (test_print_pages); here the job is done.
BY_ITSELF = {
    "programmes:handout_page",
    "programmes:papers_next",
    "assessments:findings",
    "assessments:autosave",
    "assessments:autosave_new",
    "assessments:visa_points",
    "assessments:import_read",
}
# About no patient, or about several of whom each has a row (papers; here it is one patient).
OF_NOBODY = {
    name
    for name in OURS
    if "code" not in PATTERNS[name].pattern.converters
    or name in {"programmes:exercise", "programmes:template_retire"}
    or name.startswith(("programmes:outcomes_", "patients:user", "patients:link"))
}


@pytest.fixture
def addresses(by: User, codes: dict[str, UUID]) -> dict[str, str]:
    """An address for every page of ours, of one patient where it is of a patient at all."""
    return make_addresses(by, codes)


def make_addresses(by: User, codes: dict[str, UUID]) -> dict[str, str]:
    """The addresses of ``addresses``, and what stands there."""
    episode, version = Episode.objects.get(), Version.objects.get()
    draft, session = codes["assessments:detail"], codes["programmes:session"]
    batch, paper = codes["assessments:import_detail"], Handout.objects.get()
    today = timezone.localdate()
    # Nothing is printed of the left leg, which has a red flag.
    right = make.make_programme(make.make_episode(episode.patient, side=Side.RIGHT, by=by), by=by)
    of_right = right.versions.get()
    large = actions.order_for(of_right, options={"edition": "large"}, today=today)
    ready = actions.make_ready(large)
    job = actions.start_job([(of_right, usual_options(episode.patient))], form_token=uuid4(), by=by)
    while actions.print_next(job, today=today, by=by):
        pass
    period = make_report(first=make.DAY, last=make.DAY + timedelta(days=30), today=today, by=by)
    # Papers are drawn at the first need and then kept, which is the one thing a GET may write.
    actions.as_pdf(paper)
    more = {
        "assessments:autosave": draft,
        "assessments:sign": draft,
        "assessments:visa_strike": codes["assessments:visa"],
        **dict.fromkeys(("programmes:restore", "programmes:template_keep"), version.code),
        **{f"programmes:{name}": session for name in ("morning", "decide", "told_later")},
        **{f"assessments:import_{name}": batch for name in ("read", "keep", "drop", "undo")},
        "programmes:handout_again": paper.code,
        "programmes:referral_new": codes["assessments:lock_clear"],
        "programmes:exercise": make.make_practice_exercise(by=by).code,
        "programmes:template_retire": make.make_template(by=by).code,
        **{f"programmes:papers{name}": job.code for name in ("", "_next", "_pdf")},
        **{f"programmes:outcomes_{name}": period.code for name in ("report", "csv", "pdf")},
        **{f"patients:{name}": by.code for name in ("user", "link")},
    }
    shown = [of_right.code, ready.paper_code]
    return {
        **{name: address(name, codes.get(name) or more.get(name) or episode.code) for name in OURS},
        "programmes:handout_shown": reverse("programmes:handout_shown", args=shown),
        "programmes:handout_page": reverse("programmes:handout_page", args=[*shown, 1]),
        "programmes:audit_csv": f"{address('programmes:audit_csv')}?patient={episode.patient.code}",
    }


def sums() -> dict[str, str]:
    """A digest of every table of ours but the log of readings."""
    tables = [m._meta.db_table for m in models_of_ours() if m is not AccessLog]
    each = " UNION ALL ".join(
        f"SELECT '{table}', md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {table} t"
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(each)
        return dict(cursor.fetchall())


def test_each_page_opened_is_one_row_and_nothing_else_is_written(
    by: User, addresses: dict[str, str]
) -> None:
    visitor = sign_in(by)
    # Without a reading of the patient today, a picture of a paper is one; later ones are none.
    visitor.get(addresses["programmes:handout_page"])
    assert AccessLog.objects.get().page == "programmes:handout_page"
    patient, logged, strange = Patient.objects.earliest("pk"), {}, {}
    before = sums()
    assert len(before) > 70
    for name in OURS:
        for method in sorted({"GET", "HEAD"} & ACCESS[name][1]):
            last = AccessLog.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            answer = visitor.generic(method, addresses[name])
            rows = list(AccessLog.objects.filter(pk__gt=last))
            if answer.status_code not in (200, 302) and not name.startswith("patients:link"):
                strange[name, method] = answer.status_code
            logged[name, method] = len(rows)
            for row in rows:
                stored = (row.user, row.patient, row.page, row.method, row.denied, row.request)
                said = (by, patient, name, method, False, answer["X-Request-Id"])
                assert stored == said
    none = BY_ITSELF | OF_NOBODY
    expected = {(name, method): 0 if name in none else 1 for name, method in logged} | {
        ("programmes:audit_csv", method): 1 for method in READ
    }
    assert strange == {}
    assert logged == expected
    assert sums() == before


def test_a_refusal_of_today_is_no_reading(by: User, addresses: dict[str, str]) -> None:
    patient = Patient.objects.earliest("pk")
    AccessLog.objects.create(user=by, patient=patient, denied=True, page="x", method="GET")
    sign_in(by).get(addresses["programmes:handout_page"])
    assert [row.denied for row in AccessLog.objects.order_by("pk")] == [True, False]


def test_each_page_of_the_lead_is_reached_from_the_top_bar_and_marks_its_place(
    by: User, addresses: dict[str, str]
) -> None:
    """One strip leads from each of the lead's pages to the others, and says where one is."""
    visitor, seen = Client(), set()
    make.sign_in(visitor, by)
    for name in OURS:
        who, methods = ACCESS[name]
        if set(who or ()) != {Role.PRACTICE_LEAD} or "GET" not in methods:
            continue
        answer = visitor.get(addresses[name])
        if not answer["Content-Type"].startswith("text/html"):
            continue
        seen.add(name)
        strip = answer.text.split('<nav class="tabs practice-nav"')[1].split("</nav>")[0]
        assert strip.count("aria-current=") == 1, name
        assert strip.count("<a ") == 5
        here = addresses[name].removeprefix(reverse("patients:users").removesuffix("users/"))
        part = "audit" if name == "programmes:history" else here.split("/")[0]
        assert f'/{part}/" aria-current=' in strip
        bar = answer.text.split('<nav class="main-nav"')[1].split("</nav>")[0]
        assert f'<a href="{reverse("patients:users")}" aria-current="true">' in bar
    assert len(seen) == 9
    others = sign_in(make.make_user()).get(reverse("patients:list"))
    assert reverse("patients:users") not in others.text


def test_each_form_sent_is_one_row_unless_the_page_sends_it_by_itself(
    by: User, addresses: dict[str, str]
) -> None:
    visitor, logged, rolled_back = sign_in(by), {}, set()
    for name in OURS:
        if "POST" not in ACCESS[name][1]:
            continue
        before = AccessLog.objects.count()
        with transaction.atomic():
            answer = visitor.post(addresses[name])
            logged[name] = AccessLog.objects.count() - before
            transaction.set_rollback(True)
        # No link of the practice has that code.
        found = (404,) if name == "patients:link" else (200, 302, 409, 422)
        assert answer.status_code in found, name
        # What is refused is rolled back whole, and its answer tells of no patient.
        if b"data-refused" in answer.content:
            rolled_back.add(name)
            assert Patient.objects.earliest("pk").family_name not in answer.text
    none = BY_ITSELF | OF_NOBODY | rolled_back
    assert logged == {name: 0 if name in none else 1 for name in logged}
    assert len(logged.keys() - none) > 30


def test_each_refusal_of_a_role_is_one_row(by: User, addresses: dict[str, str]) -> None:
    reader, patient = make.make_user(Role.RECEPTION), Patient.objects.earliest("pk")
    visitor, found = sign_in(reader), 0
    for name in OURS:
        who, methods = ACCESS[name]
        if Role.RECEPTION in (who or ()):
            continue
        for method in sorted(methods):
            answer = visitor.generic(method, addresses[name])
            assert answer.status_code == 403
            row = AccessLog.objects.order_by("-pk")[0]
            found += 1
            assert (row.user, row.page, row.method, row.denied) == (reader, name, method, True)
            assert row.request == answer["X-Request-Id"]
            path = addresses[name].split("/")[1]
            assert row.patient == (patient if path in {"patients", "episodes"} else None)
    assert AccessLog.objects.count() == found > 100


def test_a_refusal_names_no_patient_to_somebody_without_a_role(
    by: User, codes: dict[str, UUID]
) -> None:
    visitor = sign_in(make.make_user(None))
    for name in ("patients:detail", "programmes:episode"):
        assert visitor.get(address(name, codes[name])).status_code == 403
    assert visitor.get(address("programmes:episode")).status_code == 403
    assert [(row.patient, row.denied) for row in AccessLog.objects.all()] == [(None, True)] * 3


def test_a_refusal_that_can_not_be_recorded_is_a_refusal(
    by: User, codes: dict[str, UUID], monkeypatch: pytest.MonkeyPatch, lines: io.StringIO
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(AccessLog.objects, "create", fail)
    visitor = sign_in(make.make_user(Role.RECEPTION))
    answer = visitor.get(address("programmes:episode", codes["programmes:episode"]))
    assert answer.status_code == 403
    assert "physiotherapist" in answer.text
    assert not AccessLog.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_kept_though_the_refused_page_is_rolled_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for role in Role:
        Group.objects.get_or_create(name=role.value)
    by = make.make_user(Role.PRACTICE_LEAD)
    episode = make.make_episode(by=by)

    def write_and_refuse(request: AppRequest, *_: object, **__: object) -> HttpResponse:
        log_access(request, episode.patient)
        raise PermissionDenied

    monkeypatch.setattr(programmes.views.episode, "render", write_and_refuse)
    answer = sign_in(by).get(reverse("programmes:episode", args=[episode.code]))
    assert answer.status_code == 403
    row = AccessLog.objects.get()
    assert (row.user, row.patient, row.denied) == (by, episode.patient, True)


def test_without_its_row_there_is_no_page(
    by: User, codes: dict[str, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(AccessLog.objects, "bulk_create", fail)
    answer = sign_in(by).get(address("programmes:episode", codes["programmes:episode"]))
    assert answer.status_code in (500, 503)
    assert Patient.objects.get().family_name not in answer.text


@pytest.mark.parametrize("name", READABLE)
def test_an_unknown_code_is_nobodys_reading(by: User, name: str) -> None:
    assert sign_in(by).get(address(name)).status_code == 404
    assert not AccessLog.objects.exists()


def test_the_live_panel_logs_no_reading_of_its_own(by: User, codes: dict[str, UUID]) -> None:
    episode = Episode.objects.get()
    to = reverse("assessments:findings", args=[episode.code])
    answer = sign_in(by).post(to, typed(episode), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "VISA-A" in answer.text
    assert not AccessLog.objects.exists()


def test_a_page_that_fails_after_writing_leaves_nothing(
    by: User, codes: dict[str, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(request: AppRequest, *where: object) -> HttpResponse:
        written.append(Session.objects.count())
        raise RuntimeError("The redirect broke.")

    written: list[int] = []
    programme, held = Episode.objects.get().programme, Session.objects.count()
    monkeypatch.setattr(programmes.views.logging, "go_to", fail)
    sent = session_form(programme, happened_on=(make.DAY + timedelta(days=1)).isoformat())
    to = address("programmes:session_new", programme.episode.code)
    answer = sign_in(by).post(to, sent)
    assert answer.status_code == 500
    assert written == [held + 1]
    assert Session.objects.count() == held
    assert not AccessLog.objects.exists()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the server writes about requests, as it is set up to write it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    formatters = [each.formatter for each in logging.getLogger("django").handlers]
    handler.setFormatter(next(each for each in formatters if isinstance(each, LineFormatter)))
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


def test_a_log_line_about_an_error_holds_nothing_of_the_patient(
    by: User, codes: dict[str, UUID], monkeypatch: pytest.MonkeyPatch, lines: io.StringIO
) -> None:
    def fail(*_: object, **__: object) -> HttpResponse:
        patient = Patient.objects.get()
        try:
            with transaction.atomic():
                Episode.objects.create(
                    patient=patient,
                    side="left",
                    opened_on=date(2025, 3, 3),
                    opened_by=by,
                    clinician=by,
                    closing_note="Private words",
                )
        except IntegrityError as error:
            raise ValueError(f"no second episode\nfor {patient}") from error
        raise AssertionError

    monkeypatch.setattr(programmes.views.episode, "render", fail)
    answer = sign_in(by).get(address("programmes:episode", codes["programmes:episode"]))
    assert answer.status_code == 500
    (line,) = lines.getvalue().splitlines()
    for told in (
        answer["X-Request-Id"],
        "django.request 500",
        "ValueError at",
        "IntegrityError at",
        "sqlstate=23505 constraint=one_open_episode_a_side",
        "UniqueViolation at",
        "test_audit.py:",
    ):
        assert told in line
    patient = Patient.objects.get()
    secrets = (patient.family_name, patient.given_name, "Private", "second episode", "Key (")
    for secret in (*secrets, str(codes["programmes:episode"])):
        assert secret not in line
    assert patient.family_name not in answer.text


def test_an_address_cannot_write_a_log_line_of_its_own(by: User, lines: io.StringIO) -> None:
    assert sign_in(by).get("/nowhere/%0A2026-01-01 ERROR made up/").status_code == 404
    assert len(lines.getvalue().splitlines()) == 1


def test_the_records_of_the_test_are_there(codes: dict[str, UUID]) -> None:
    """Each readable page has a code of its own kind of row, so none above tests a 404."""
    assert set(codes) == set(READABLE)
    assert Version.objects.count() == Handout.objects.count() == Lock.objects.count() == 1


def test_the_error_page_names_the_request_its_log_line_carries(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **named: object) -> None:
        raise RuntimeError("no text of an error is shown")

    client.force_login(make.make_user())
    client.raise_request_exception = False
    monkeypatch.setattr("programmes.views.caseload.day_page", fail)
    answer = client.get("/")
    assert answer.status_code == 500
    assert answer["X-Request-Id"] in answer.content.decode()
    assert "no text of an error" not in answer.content.decode()
