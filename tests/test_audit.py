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
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

import programmes.views.episode
import programmes.views.logging
from assessments.models import Assessment, Lock, UnreadPart
from patients.access import AppRequest
from patients.forms import PatientForm
from patients.models import AccessLog, Episode, Patient, User
from patients.rules.roles import Role
from programmes import actions
from programmes.models import (
    Document,
    Handout,
    PrintJob,
    PrintJobPaper,
    Ready,
    Session,
    Version,
)
from tests import make
from tests.assessments.test_assessment_form import typed
from tests.assessments.test_import import received, runs
from tests.programmes.test_session import form as session_form
from tests.test_access import ACCESS, OURS, PATTERNS, address
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
    and not name.startswith("programmes:outcomes_")
]


def sign_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.fixture
def by() -> User:
    return make.make_user(Role.PRACTICE_LEAD)


@pytest.fixture
def codes(by: User) -> dict[str, UUID]:
    """The code of each readable page, all of one patient."""
    episode = make.make_episode(by=by)
    programme = make.make_programme(episode, by=by)
    session = make.make_session(programme, by=by)
    paper = make.make_handout(programme, by=by)
    letter = actions.write_report(episode, form_token=uuid4(), on=make.DAY, by=by)
    draft = make.make_assessment(episode, by=by, rupture=["calf_squeeze_positive"])
    version = programme.versions.get()
    of_patient = ("patients:detail", "patients:edit", "patients:episode_new")
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
    # made: each printing has a history.
    without = {AccessLog, UnreadPart, Document, Ready, PrintJob, PrintJobPaper}
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


@pytest.mark.parametrize("name", READABLE)
def test_each_reading_of_a_record_is_logged_once(
    by: User, codes: dict[str, UUID], name: str
) -> None:
    reader = make.make_user(Role.PRACTICE_LEAD)
    answer = sign_in(reader).get(address(name, codes[name]))
    assert answer.status_code in (200, 302), name
    entry = AccessLog.objects.get()
    patient = Patient.objects.get()
    assert (entry.user, entry.patient, entry.page, entry.method) == (reader, patient, name, "GET")


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
    monkeypatch.setattr("programmes.views.caseload.day_list", fail)
    answer = client.get("/")
    assert answer.status_code == 500
    assert answer["X-Request-Id"] in answer.content.decode()
    assert "no text of an error" not in answer.content.decode()
