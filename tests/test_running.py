"""Running it: probes, the status page, log lines without patients, and a start that is refused."""

import http.client
import io
import json
import logging
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.db import DatabaseError, IntegrityError, OperationalError, connection, connections
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse
from django.utils import timezone
from environs import FileAwareEnv
from pytest_django.fixtures import Settings

from assessments.rules import version as examinations
from patients import status as told_status
from patients.models import AuditSeal, BackupLog, Patient, User
from patients.rules.roles import Role
from patients.status import Line, Tone
from programmes.rules import version as programmes
from tests import make
from tests.rights import as_owner
from tests.test_settings import PRODUCTION, run
from upwell import checks, readiness
from upwell.database import APP
from upwell.logs import JsonFormatter, LineFormatter, error_facts, keep_words_out
from upwell.start import reasons_not_to

ROOT = Path(__file__).resolve().parent.parent
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
START_S = 180


# --- probes --------------------------------------------------------------------------------------


def test_being_alive_needs_no_database_and_tells_nothing(client: Client) -> None:
    # No database is open to this test: a question would fail it.
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


def ready(client: Client) -> tuple[int, bytes]:
    """What is answered a while after the last question."""
    readiness._last_answer.at = -readiness.HELD_S
    response = client.get("/readyz")
    return response.status_code, response.content


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has drawn its first paper."""
    monkeypatch.setattr(readiness._first_paper, "drawn", True)


@pytest.mark.django_db
def test_ready_with_a_database_its_migrations_and_a_press(client: Client, drawn: None) -> None:
    assert ready(client) == (200, b"ready")


@pytest.mark.django_db
def test_not_ready_before_every_migration_is_there(
    client: Client, drawn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = (*readiness._needed(), ("patients", "9999_of_tomorrow"))
    monkeypatch.setattr(readiness, "_needed", lambda: needed)
    assert ready(client) == (503, b"not ready")
    database = readiness.ask_database()
    assert database is not None
    assert database.missing == ("patients 9999_of_tomorrow",)


@pytest.mark.django_db
def test_many_questions_at_once_are_one_for_the_database(
    client: Client, drawn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, asked = readiness.ask_database, []

    def counted() -> readiness.Database | None:
        asked.append("once")
        return really()

    monkeypatch.setattr(readiness, "HELD_S", 3600.0)
    monkeypatch.setattr(readiness, "ask_database", counted)
    assert ready(client) == (200, b"ready")
    assert {client.get("/readyz").status_code for _ in range(5)} == {200}
    assert len(asked) == 1


def test_a_process_that_started_without_a_database_asks_before_it_is_ready(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> tuple[list[str], list[str]]:
        raise OperationalError

    settings.DEMO = False
    monkeypatch.setattr(checks, "_start", checks._Start())
    monkeypatch.setattr(connections, "close_all", lambda: None)
    assert checks.reasons_found_late() == []
    monkeypatch.setattr(checks, "ask", away)
    assert checks.reasons_not_to_serve() == []
    assert len(checks.reasons_found_late()) == 1
    monkeypatch.setattr(checks, "ask", lambda: (["fsync is off."], []))
    for _ in range(2):
        assert "fsync is off." in checks.reasons_found_late()[0]
    monkeypatch.setattr(checks, "ask", lambda: ([], []))
    assert checks.reasons_found_late() == []
    monkeypatch.setattr(checks, "ask", away)
    assert checks.reasons_found_late() == []  # asked no more


@pytest.mark.django_db
def test_not_ready_when_the_database_is_away(
    client: Client, drawn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        elsewhere = {"host": "127.0.0.1", "port": nobody.getsockname()[1], "dbname": "x"}
        monkeypatch.setattr(connection, "get_connection_params", lambda: elsewhere)
        assert ready(client) == (503, b"not ready")


@pytest.mark.django_db
def test_not_ready_when_the_database_hangs(
    client: Client, drawn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        elsewhere = {"host": "127.0.0.1", "port": silent.getsockname()[1], "dbname": "x"}
        monkeypatch.setattr(connection, "get_connection_params", lambda: elsewhere)
        monkeypatch.setattr(readiness, "PATIENCE_S", 0.2)
        assert readiness.ask_database(patience_s=0.2) is None
        assert ready(client) == (503, b"not ready")
        # The thread that still waits gives up when its connection ends.
        silent.settimeout(5)
        for _ in range(2):
            silent.accept()[0].close()


@pytest.mark.django_db
def test_ready_once_a_paper_was_drawn_and_not_while_none_can_be(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = readiness._FirstPaper()
    monkeypatch.setattr(readiness, "_first_paper", first)
    monkeypatch.setattr("upwell.pdf.html_to_pdf", lambda html: 1 / 0)
    assert ready(client) == (503, b"not ready")
    until(lambda: not first.under_way)
    assert ready(client) == (503, b"not ready")
    monkeypatch.undo()
    monkeypatch.setattr(readiness, "_first_paper", first)
    first.failed_at = -readiness.AGAIN_S
    assert ready(client) == (503, b"not ready")
    until(lambda: first.drawn)
    assert ready(client) == (200, b"ready")


def until(true: Any) -> None:
    end = time.monotonic() + START_S
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


# --- the status page -----------------------------------------------------------------------------


def line(title: str) -> Line:
    """The line of this name, as of now."""
    (found,) = (each for each in told_status.status(timezone.now()) if each.title == title)
    return found


def backup(kind: str, ago: timedelta, problem: str = "") -> None:
    size = 0 if problem else 5_000_000
    with as_owner():
        BackupLog.objects.create(
            kind=kind,
            at=timezone.now() - ago,
            file_name="upwell-2026-11-22.dump.age",
            size_bytes=size,
            digest="0" * 64,
            rows=size // 100,
            problem=problem,
        )


@pytest.mark.django_db
def test_a_new_practice_is_told_what_is_missing() -> None:
    assert line("Last backup").tone == line("Last restore on trial").tone == Tone.STOP
    assert line("Last backup").says == "No backup has ever been taken."
    assert line("Audit seal").tone == Tone.CAUTION
    assert line("Database").tone == line("Tables").tone == Tone.OK
    assert line("Unsigned examinations").says == "Every examination is signed."
    assert line("Rules of examinations").says == f"Version {examinations.RULES_VERSION}."
    assert line("Rules of programmes").says == f"Version {programmes.RULES_VERSION}."


@pytest.mark.parametrize(
    ("title", "kind", "hours", "tone"),
    [
        ("Last backup", "backup", 25, Tone.OK),
        ("Last backup", "backup", 27, Tone.STOP),
        ("Last restore on trial", "trial", 34 * 24, Tone.OK),
        ("Last restore on trial", "trial", 36 * 24, Tone.STOP),
    ],
)
@pytest.mark.django_db
def test_backups_are_watched(title: str, kind: str, hours: int, tone: Tone) -> None:
    backup(kind, timedelta(hours=hours))
    assert line(title).tone == tone
    assert "50,000 rows, 5.0 MB" in line(title).says


@pytest.mark.django_db
def test_a_failed_backup_is_said_and_does_not_count() -> None:
    backup("backup", timedelta(hours=3), problem="The disk is full")
    assert line("Last backup").tone == Tone.STOP
    assert "The last try failed: The disk is full." in line("Last backup").says
    backup("backup", timedelta(hours=25))
    assert line("Last backup").tone == Tone.CAUTION
    assert "A later try failed: The disk is full." in line("Last backup").says
    backup("backup", timedelta(hours=1))
    assert line("Last backup").tone == Tone.OK


@pytest.mark.django_db
def test_seals_and_drafts_grow_old() -> None:
    at = timezone.now() - timedelta(hours=27)
    with as_owner():
        AuditSeal.objects.create(number=1, made_at=at, tables={}, digest="a" * 64)
    assert line("Audit seal").tone == Tone.CAUTION
    assert line("Audit seal").says == "Seal 1, 27 hours ago."
    with as_owner():
        AuditSeal.objects.create(number=2, tables={}, previous="a" * 64, digest="b" * 64)
    assert line("Audit seal").tone == Tone.OK
    draft = make.make_assessment(make.make_episode())
    assert line("Unsigned examinations").tone == Tone.OK
    type(draft).objects.filter(pk=draft.pk).update(created_at=timezone.now() - timedelta(days=3))
    assert line("Unsigned examinations").tone == Tone.CAUTION
    assert line("Unsigned examinations").says == "1 unsigned, the oldest begun 3 days ago."


@pytest.mark.django_db
def test_a_database_that_is_away_or_refuses_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as cache:
        gone = {"default": {"LOCATION": "no_such_table"}}
        cache.setattr("django.conf.settings.CACHES", gone)
        assert line("Database").tone == Tone.STOP
        assert "takes no writes" in line("Database").says
    monkeypatch.setattr(readiness, "ask_database", lambda **_: None)
    assert line("Database").tone == Tone.STOP
    assert "did not answer" in line("Database").says


@pytest.mark.django_db
def test_asking_for_a_write_leaves_nothing() -> None:
    def counted() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM upwell_cache WHERE cache_key LIKE 'probe-%'")
            return int(cursor.fetchone()[0])

    database = readiness.ask_database(write=True)
    assert database is not None
    assert database.takes_writes
    assert counted() == 0


@pytest.mark.django_db
def test_the_status_page_says_it_in_words_and_names_nobody(client: Client) -> None:
    lead = make.make_user(Role.PRACTICE_LEAD)
    patient = make.make_patient(by=lead, family_name="Zqcanary")
    make.make_assessment(make.make_episode(patient, by=lead), by=lead)
    client.force_login(lead)
    page = client.get(reverse("patients:status")).content.decode()
    assert "No backup has ever been taken." in page
    assert "Run manage.py backup" in page
    # Beside each colour, a word.
    assert page.count('data-tone="stop"') == 2 * page.count("Act now") > 0
    assert "Zqcanary" not in page
    assert not UUID.search(page.split("<main")[1])


# --- log lines -----------------------------------------------------------------------------------


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the server writes as JSON, all levels."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("upwell.requests")
    before = logger.level
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(before)


def told(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(each) for each in lines.getvalue().splitlines()]


@pytest.mark.django_db
def test_each_request_is_one_line_with_the_name_of_its_page(
    client: Client, lines: io.StringIO
) -> None:
    user = make.make_user()
    episode = make.make_episode(by=user)
    client.force_login(user)
    page = client.get(reverse("programmes:episode", args=[episode.code]) + "?from=2025-01-01")
    (only,) = told(lines)
    assert set(only) == {
        *("time", "level", "logger", "request", "user", "page", "method", "status", "ms"),
        "queries",
    }
    assert only["request"] == page["X-Request-Id"]
    assert (only["user"], only["page"]) == (user.pk, "programmes:episode")
    assert (only["method"], only["status"], only["level"]) == ("GET", 200, "INFO")
    assert only["queries"] > 3
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", only["time"])


@pytest.mark.parametrize(
    ("where", "page", "level"),
    [
        ("/nowhere/Zqcanary/", "-", "WARNING"),
        ("/static/upwell/tokens.css", "static", "DEBUG"),
        ("/healthz", "healthz", "DEBUG"),
        ("/patients/?q=Zqcanary", "patients:list", "INFO"),
    ],
)
@pytest.mark.django_db
def test_pages_are_named_and_addresses_are_not(
    client: Client, lines: io.StringIO, where: str, page: str, level: str
) -> None:
    for _ in client.get(where):
        pass
    (only,) = told(lines)
    assert (only["page"], only["level"], only["user"]) == (page, level, None)
    assert "Zqcanary" not in lines.getvalue()


@pytest.mark.django_db
def test_a_method_somebody_made_up_is_not_repeated(client: Client, lines: io.StringIO) -> None:
    client.generic("ZQCANARY", "/")
    assert told(lines)[0]["method"] == "other"


@pytest.mark.django_db
def test_a_database_error_tells_code_and_constraint_and_no_value() -> None:
    patient = make.make_patient(family_name="Zqcanary")
    with pytest.raises(IntegrityError) as raised, connection.cursor() as cursor:
        cursor.execute("UPDATE patients_patient SET sex = 'Q' WHERE id = %s", [patient.pk])
    facts = error_facts(raised.value)
    assert "Zqcanary" in str(raised.value)
    assert facts[0]["kind"] == "IntegrityError"
    assert facts[0]["sqlstate"] == "23514"
    assert facts[0]["constraint"] == "patient_sex_known"
    record = logging.LogRecord("x", 40, "f", 1, "m", (), (IntegrityError, raised.value, None))
    for formatter in (JsonFormatter(), LineFormatter()):
        assert "Zqcanary" not in formatter.format(record)
        assert "23514" in formatter.format(record)


@pytest.mark.parametrize(
    ("name", "message", "arguments", "says"),
    [
        ("programmes.x", "no papers for %s", ("step 2",), "no papers for step 2"),
        ("django.security", "Invalid host: 'Zqcanary'", (), "Invalid host"),
        ("django.request", "%s: %s", ("Not Found", "/Zqcanary/"), "…"),
        (
            "gunicorn.error",
            "Invalid request from ip=::1: Zqcanary",
            (),
            "Invalid request from ip=:",
        ),
        ("gunicorn.error", "Error handling request %s", ("/Zqcanary",), "Error handling request …"),
        ("other", "took %d ms\nZqcanary", (3,), "took 3 ms"),
        ("other", ValueError("Zqcanary"), (), "ValueError"),
        ("py.warnings", "%s", ("a.py:3: UserWarning: Zqcanary",), "a.py:3: UserWarning"),
    ],
)
def test_messages_of_others_are_cut_where_values_begin(
    name: str, message: Any, arguments: tuple[Any, ...], says: str
) -> None:
    record = logging.LogRecord(name, 30, "file", 1, message, arguments, None)
    said = json.loads(JsonFormatter().format(record))["says"]
    assert said.startswith(says)
    assert "Zqcanary" not in said
    assert "Zqcanary" not in LineFormatter().format(record)


def test_what_nobody_caught_is_logged_without_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module, name in ((sys, "excepthook"), (__import__("threading"), "excepthook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    monkeypatch.setattr(logging, "raiseExceptions", logging.raiseExceptions)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.getLogger("upwell").addHandler(handler)
    try:
        keep_words_out(of_everything=False)
        for error in (DatabaseError("Zqcanary"), ValueError("plain words")):
            sys.excepthook(type(error), error, None)
    finally:
        logging.getLogger("upwell").removeHandler(handler)
        logging.captureWarnings(False)
    assert json.loads(stream.getvalue())["error"][0]["kind"] == "DatabaseError"
    printed = capsys.readouterr().err
    assert "plain words" in printed
    assert "Zqcanary" not in printed


# --- a server in production mode -----------------------------------------------------------------


class Server:
    """gunicorn as a practice runs it, on the database of this test."""

    def __init__(self, directory: Path, static: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.output = directory / "output.txt"
        environment = {
            **PRODUCTION,
            "DATABASE_URL": address_of_this_database(),
            "HOME": str(directory),
            "WEB_CONCURRENCY": "1",
            "UPWELL_STATIC_ROOT": str(static),
        }
        command = [sys.executable, "-m", "gunicorn", "--config", "python:upwell.serving"]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, "--bind", f"127.0.0.1:{self.port}", "upwell.wsgi"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        until(lambda: self.process.poll() is not None or self.answers())
        assert self.process.poll() is None, self.output.read_text()

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def ask(
        self, method: str, path: str, body: str | bytes = b"", **headers: str
    ) -> tuple[int, http.client.HTTPMessage, str]:
        """Status, headers and text of an answer."""
        sent = {
            "Host": "upwell.example",
            "X-Forwarded-Proto": "https",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_S)
        try:
            asked.request(method, path, body=body or None, headers=sent)
            answer = asked.getresponse()
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
        finally:
            asked.close()

    def send(self, raw: bytes) -> bytes:
        """What comes back to bytes that may be no request at all."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=START_S) as line:
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            came = b""
            while part := line.recv(65536):
                came += part
            return came

    def stop(self) -> str:
        """End it; all it ever printed."""
        self.process.terminate()
        self.process.wait(START_S)
        return self.output.read_text()


def address_of_this_database() -> str:
    """The DATABASE_URL of the database of this test, for the application's role."""
    base, _, query = os.environ["DATABASE_URL"].partition("?")
    if "UPWELL_TESTS_OWN_SERVER" not in os.environ:
        pytest.skip("another server may ask the application's role for a password")
    place = base.rsplit("/", 1)[0].replace("//postgres@", f"//{APP}@")
    return f"{place}/{connection.settings_dict['NAME']}?{query}"


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Static files as production has them: compressed, with a digest in each name."""
    place = tmp_path_factory.mktemp("static")
    done = run(
        "manage.py", "collectstatic", "--noinput", **PRODUCTION, UPWELL_STATIC_ROOT=str(place)
    )
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture
def server(transactional_db: None, static: Path, tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path, static)
    yield made
    if made.process.poll() is None:
        made.stop()


# An error whose words hold the whole row, as a broken rule of the database has them; and one whose
# words a trigger made of a value.
TRAPS = """
ALTER TABLE patients_patient ADD CONSTRAINT trap CHECK (family_name NOT LIKE 'Zqcanary%');
CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'spilled %', NEW.family_name; END $$;
CREATE TRIGGER trap BEFORE INSERT ON patients_patient FOR EACH ROW
    WHEN (NEW.given_name = 'Spill') EXECUTE FUNCTION trap();
"""
NO_TRAPS = """
ALTER TABLE patients_patient DROP CONSTRAINT trap;
DROP TRIGGER trap ON patients_patient;
DROP FUNCTION trap();
"""


@pytest.fixture
def traps(transactional_db: None) -> Iterator[None]:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(TRAPS)
    yield
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(NO_TRAPS)


def signed_in(user: User) -> str:
    """The cookie of a session with both factors, as the server of production reads it."""
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    with override_settings(SECRET_KEY=PRODUCTION["SECRET_KEY"]):
        client = Client()
        client.force_login(User.objects.get(pk=user.pk))
    return f"__Host-session={client.cookies['sessionid'].value}"


def postgres_log() -> str:
    """What the embedded server wrote, if it is the one in use."""
    if "UPWELL_TESTS_OWN_SERVER" not in os.environ:
        return ""
    from upwell.embedded import PROJECT, _place

    log = _place(PROJECT / "var").log
    files = sorted(log.glob("*")) if log.is_dir() else [log]
    return "".join(each.read_text(errors="replace") for each in files if each.is_file())


def test_no_name_reaches_any_log_whatever_goes_wrong(traps: None, server: Server) -> None:
    """Broken rules of the database, faults, bad requests of every kind; then every output."""
    # Of this run only, so that the server's log of other runs is not read.
    name, spilled = (f"Zqcanary{uuid4().hex[:8]}" for _ in range(2))
    user = make.make_user(Role.PRACTICE_LEAD)
    patient = make.make_patient(by=user, given_name=f"{name} already")
    session = signed_in(user)
    status, headers, page = server.ask("GET", "/patients/new/", Cookie=session)
    assert status == 200, page
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
    cookies = SimpleCookie(headers["Set-Cookie"])
    both = f"{session}; __Host-csrf={cookies['__Host-csrf'].value}"

    def post(path: str, body: str, **more: str) -> tuple[int, str]:
        sent = {
            "Cookie": both,
            "Content_Type": "application/x-www-form-urlencoded",
            "Referer": "https://upwell.example/patients/new/",
            "X_CSRFToken": token,
            **more,
        }
        status, headers, page = server.ask("POST", path, body, **sent)
        return status, page + str(headers)

    born = f"date_of_birth=1980-01-31&sex=F&language=en&form_token={uuid4()}"
    faults = [
        post("/patients/new/", f"family_name={name}&given_name=Alex&{born}"),
        post("/patients/new/", f"family_name={spilled}&given_name=Spill&{born}"),
    ]
    assert [status for status, _ in faults] == [500, 500]
    assert not any({name, spilled} & set(re.findall("Zqcanary[0-9a-f]+", p)) for _, p in faults)
    numbers = [re.findall(r"this number: (\w{12})", page)[0] for _, page in faults]
    refused = [
        post("/patients/new/", f"family_name={name}&given_name=%00&{born}")[0],
        post("/patients/new/", f"family_name={name}", X_CSRFToken="wrong")[0],
        post("/patients/new/", f"family_name={name}", Referer=f"https://{name}.example/")[0],
        post("/patients/new/", f"family_name={name}" + "&a=1" * 500)[0],
        post("/patients/new/", f"family_name={name}" * 100_000)[0],
        post("/patients/new/", name, Content_Type="multipart/form-data")[0],
        post("/patients/new/", name, Content_Type="multipart/form-data; boundary=x")[0],
        post(f"/patients/{patient.code}/edit/", f"family_name={name * 500}")[0],
        post(f"/nowhere/{name}/", name)[0],
        post("/accounts/login/", f"login={name}@x.example&password={name}")[0],
        server.ask("GET", f"/patients/{uuid4()}/?q={name}", Cookie=session)[0],
        server.ask("GET", "/patients/", Host=f"{name}.example")[0],
        server.ask("GET", "/patients/", Cookie=f"__Host-session={name}")[0],
        server.ask("TRACE", f"/{name}")[0],
        server.ask("GET", f"/static/{name}")[0],
    ]
    assert all(200 <= status < 500 for status in refused), refused
    read = server.ask("GET", f"/patients/{patient.code}/", Cookie=session)
    assert (read[0], name in read[2]) == (200, True)
    for raw in (
        f"GET /{name} HTTP/9.9\r\n\r\n",
        f"GET /{name}\x00 HTTP/1.1\r\nHost: upwell.example\r\n\r\n",
        f"{name} {name}\r\n\r\n",
        f"GET /{name * 1000} HTTP/1.1\r\nHost: upwell.example\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: upwell.example\r\n{name}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: upwell.example\r\nX: {name * 1000}\r\n\r\n",
        f"POST / HTTP/1.1\r\nTransfer-Encoding: {name}\r\n\r\n",
        f"POST / HTTP/1.1\r\nHost: upwell.example\r\nContent-Length: 900\r\n\r\n{name}",
    ):
        assert b"500 Internal" not in server.send(raw.encode())
    printed = server.stop()
    assert name not in printed
    assert spilled not in printed
    of_the_database = postgres_log()
    assert name not in of_the_database
    with connection.cursor() as cursor:
        cursor.execute("SHOW log_min_messages")
        if cursor.fetchone() == ("log",):
            assert spilled not in of_the_database
    assert user.email not in printed
    assert not UUID.search(printed)
    lines = [json.loads(each) for each in printed.splitlines()]
    by_request = {each["request"]: each for each in lines if each["logger"] == "upwell.requests"}
    codes = [[each.get("sqlstate") for each in by_request[n]["error"]] for n in numbers]
    assert [each[0] for each in codes] == ["23514", "P0001"]
    assert by_request[numbers[0]]["error"][0]["constraint"] == "trap"
    assert {each["page"] for each in by_request.values()} >= {
        "patients:new",
        "patients:detail",
        "-",
    }
    # One line a request that reached the application: none twice.
    told = [each["request"] for each in lines if each["logger"] == "upwell.requests"]
    assert len(told) == len(set(told)) >= 18
    assert Patient.objects.count() == 1


def test_the_server_names_neither_itself_nor_a_version(server: Server) -> None:
    for path in ("/healthz", "/accounts/login/", "/nowhere/"):
        _, headers, _ = server.ask("GET", path)
        names = {name.lower() for name in headers}
        assert not names & {"server", "x-powered-by", "via", "x-aspnet-version"}
    for path in ("/admin/", "/static/", "/static/upwell/", "/.env", "/manage.py", "/var/"):
        status, _, page = server.ask("GET", path)
        assert status == 404, path
        assert "Traceback" not in page


# --- a start that is refused ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too weak"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is too weak"),
        ({"SECRET_KEY": "demo-only-" + "0123456789" * 5}, "SECRET_KEY is one that others know"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS may not hold *"),
        ({"ALLOWED_HOSTS": "upwell.example,*"}, "ALLOWED_HOSTS may not hold *"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is missing"),
        ({"ALLOWED_HOSTS": "https://upwell.example"}, "ALLOWED_HOSTS holds names of hosts alone"),
        ({"ALLOWED_HOSTS": "upwell.example/"}, "ALLOWED_HOSTS holds names of hosts alone"),
        ({"ALLOWED_HOSTS": "upwell.example:443"}, "ALLOWED_HOSTS holds names of hosts alone"),
        ({"DATABASE_URL": "sqlite:///x"}, "DATABASE_URL must be"),
        ({"UPWELL_DEMO": "1"}, "UPWELL_DEMO is set together with ALLOWED_HOSTS"),
        ({"UPWELL_SESSION_IDLE_SECONDS": "86400"}, "UPWELL_SESSION_IDLE_SECONDS must be"),
        ({"UPWELL_SESSION_IDLE_SECONDS": "soon"}, 'Environment variable "UPWELL_SESSION_'),
        ({"UPWELL_LOG_FORMAT": "xml"}, "UPWELL_LOG_FORMAT must be"),
        ({"UPWELL_PDF_WORKERS": "9"}, "UPWELL_PDF_WORKERS must be"),
        ({"UPWELL_TRUSTED_PROXIES": "-1"}, "UPWELL_TRUSTED_PROXIES must be"),
        ({"SECRET_KEY_FILE": "/no/such/file"}, "The value of SECRET_KEY_FILE must be"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value)[1:40],
)
def test_what_would_leave_the_practice_open_is_told_in_a_sentence(
    changed: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("UPWELL_")]:
        monkeypatch.delenv(name)
    for name, value in {**PRODUCTION, **changed}.items():
        monkeypatch.setenv(name, value)
    (told,) = reasons_not_to(FileAwareEnv(), demo="UPWELL_DEMO" in changed)
    assert told.startswith(sentence)
    for name in changed:
        monkeypatch.setenv(name, PRODUCTION.get(name, ""))
        if not PRODUCTION.get(name):
            monkeypatch.delenv(name)
    assert reasons_not_to(FileAwareEnv(), demo=False) == []


def test_a_start_that_would_leave_the_practice_open_is_refused() -> None:
    done = run("manage.py", "check", **{**PRODUCTION, "SECRET_KEY": "short", "ALLOWED_HOSTS": "*"})
    assert done.returncode == 3
    first, second = done.stderr.splitlines()
    assert first.startswith("Upwell does not start: SECRET_KEY is too weak")
    assert second.startswith("Upwell does not start: ALLOWED_HOSTS may not hold *")


def test_secrets_may_come_from_files(tmp_path: Path) -> None:
    environment = dict(PRODUCTION)
    for name in ("SECRET_KEY", "DATABASE_URL"):
        file = tmp_path / name.lower()
        file.write_text(environment.pop(name) + "\n")
        environment[f"{name}_FILE"] = str(file)
    read = "from django.conf import settings as s; print(s.DEMO, s.SECRET_KEY, s.DATABASES)"
    done = run("-c", read, **environment, DJANGO_SETTINGS_MODULE="upwell.settings")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"False {PRODUCTION['SECRET_KEY']} ")
    assert "'nowhere'" in done.stdout


def test_a_web_server_without_its_static_files_does_not_start(tmp_path: Path) -> None:
    done = run("-c", "import upwell.wsgi", **PRODUCTION, UPWELL_STATIC_ROOT=str(tmp_path))
    assert done.returncode == 3
    assert "manage.py collectstatic" in done.stderr


def test_a_web_server_that_may_not_start_ends_instead_of_trying_for_ever() -> None:
    environment = {**PRODUCTION, "ALLOWED_HOSTS": "*"}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "gunicorn", "--config", "python:upwell.serving"),
            *("--bind", "127.0.0.1:0", "upwell.wsgi"),
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )
    assert done.returncode == 3
    assert "Upwell does not start: ALLOWED_HOSTS may not hold *" in done.stderr
