"""A database that is away or too slow: 503, plain words, and what was typed is kept."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import IntegrityError, InterfaceError, OperationalError, ProgrammingError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve, reverse
from django.utils.html import escape

from assessments.models import Run, RunBatch
from patients.models import Episode
from patients.rules.roles import Role
from tests import make
from upwell import away
from upwell.middleware import Crowd

pytestmark = pytest.mark.django_db(transaction=True)

OWN = {"Origin": "http://testserver"}
NOTE = "along the river & back"


@pytest.fixture
def episode() -> Episode:
    for role in Role:
        Group.objects.get_or_create(name=role.value)
    return make.make_episode(by=make.make_user())


@pytest.fixture
def client(episode: Episode) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(episode.opened_by)
    # The clock of the session has begun, so that later requests leave it alone.
    assert client.get(reverse("patients:list")).status_code == 200
    return client


def typed() -> dict[str, Any]:
    cells = {"on": ["1/5/2025", "2/5/2025"], "distance": ["9,5", "8"], "duration": ["", ""]}
    return {**cells, "surface": ["", ""], "note": [NOTE, ""], "form_token": str(uuid4())}


def adding(episode: Episode) -> str:
    return reverse("assessments:runs_add", args=[episode.code])


def failing(error: Exception, when: str = "") -> Any:
    """Every statement with these words fails; all of them unless given."""

    def execute(next_: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if when in sql:
            raise error
        return next_(sql, *rest)

    return connection.execute_wrapper(execute)


def caused(kind: type[Exception], cause: Exception) -> Exception:
    error = kind("words of the database: Zqcanary")
    error.__cause__ = cause
    return error


def shows_nothing_of(response: Any) -> None:
    assert response["Retry-After"] == "5"
    assert response["X-Request-Id"] in response.content.decode()
    assert "Zqcanary" not in response.content.decode()


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(OperationalError("Zqcanary"), id="connection-lost"),
        pytest.param(InterfaceError("Zqcanary"), id="connection-closed"),
        pytest.param(caused(OperationalError, psycopg.errors.QueryCanceled()), id="too-slow"),
        pytest.param(caused(OperationalError, psycopg.errors.LockNotAvailable()), id="locked"),
        pytest.param(caused(OperationalError, psycopg.errors.DeadlockDetected()), id="deadlock"),
        pytest.param(caused(OperationalError, psycopg.errors.DiskFull()), id="disk-full"),
        pytest.param(
            caused(ProgrammingError, psycopg.errors.ReadOnlySqlTransaction()), id="read-only"
        ),
    ],
)
def test_which_errors_are_a_database_that_is_away(error: Exception) -> None:
    assert away.is_away(error)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(IntegrityError("Zqcanary"), id="integrity"),
        pytest.param(ProgrammingError("Zqcanary"), id="programming"),
        pytest.param(
            caused(OperationalError, psycopg.errors.StatementTooComplex()), id="too-complex"
        ),
        pytest.param(ValueError("Zqcanary"), id="value"),
    ],
)
def test_which_errors_are_faults_of_ours(
    error: Exception, client: Client, episode: Episode
) -> None:
    assert not away.is_away(error)
    with failing(error, 'INTO "assessments_run"'):
        assert client.post(adding(episode), typed(), headers=OWN).status_code == 500
    assert not Run.objects.exists()


def test_without_any_database_a_page_says_so(client: Client) -> None:
    """The session can't be read either: nothing but the page itself is left."""
    with failing(OperationalError("Zqcanary")):
        response = client.get(reverse("patients:list"))
    assert response.status_code == 503
    assert "Not available just now" in response.text
    shows_nothing_of(response)
    assert client.get(reverse("patients:list")).status_code == 200


@pytest.mark.parametrize("when", ["", "assessments_run"], ids=["all-away", "in-the-view"])
def test_what_was_typed_is_on_the_page_and_can_be_sent_again(
    client: Client, episode: Episode, when: str
) -> None:
    sent = typed()
    with failing(OperationalError("Zqcanary"), when):
        response = client.post(adding(episode), sent, headers=OWN)
    assert response.status_code == 503
    assert "What you sent was not saved." in response.text
    for word in ("along the river &amp; back", sent["form_token"], "Send again"):
        assert word in response.text
    shows_nothing_of(response)
    assert not RunBatch.objects.exists()
    assert client.post(adding(episode), sent, headers=OWN).status_code == 302
    assert Run.objects.count() == 2


def test_nothing_typed_is_shown_for_another_site_or_a_password(
    client: Client, episode: Episode
) -> None:
    with failing(OperationalError("Zqcanary")):
        elsewhere = client.post(adding(episode), typed(), headers={"Origin": "https://x.invalid"})
        password = client.post(
            reverse("account_login"), {"login": "a@b.invalid", "password": NOTE}, headers=OWN
        )
    for response in (elsewhere, password):
        assert response.status_code == 503
        assert "river" not in response.text
        assert "go back to the form" in response.text


def test_inside_htmx_the_form_stays_as_it_is(client: Client, episode: Episode) -> None:
    with failing(OperationalError("Zqcanary")):
        response = client.post(adding(episode), typed(), headers={**OWN, "HX-Request": "true"})
    # resend.js sends it again by itself; the answer isn't put into the page.
    assert response.status_code == 503
    assert "river" not in response.text


class LostReply:
    """The commit of the runs is done, but its reply never arrives."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.armed = False
        commit = psycopg.Connection.commit

        def lose(on: psycopg.Connection[Any]) -> None:
            commit(on)
            if self.armed:
                self.armed = False
                on.close()
                raise psycopg.OperationalError("Zqcanary")

        monkeypatch.setattr(psycopg.Connection, "commit", lose)

    def __call__(self, next_: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self.armed = self.armed or 'INTO "assessments_run"' in sql
        return next_(sql, *rest)


def test_a_lost_commit_is_said_to_be_unknown_and_sent_again_saved_once(
    client: Client, episode: Episode, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = typed()
    with connection.execute_wrapper(LostReply(monkeypatch)):
        response = client.post(adding(episode), sent, headers=OWN)
    assert response.status_code == 503
    assert "It isn’t known whether" in response.text
    assert "the same form is saved once only" in response.text
    shows_nothing_of(response)
    assert client.post(adding(episode), sent, headers=OWN).status_code == 302
    assert (RunBatch.objects.count(), Run.objects.count()) == (1, 2)


def test_a_session_that_can_not_be_kept_after_the_save_is_no_ended_session(
    client: Client, episode: Episode
) -> None:
    """Django itself would say 400: the session was deleted meanwhile."""
    with failing(OperationalError("Zqcanary"), 'UPDATE "django_session"'):
        response = client.post(adding(episode), typed(), headers=OWN)
    assert response.status_code == 503
    assert "It isn’t known whether" in response.text
    assert Run.objects.count() == 2


@pytest.fixture
def other() -> Iterator[psycopg.Connection[Any]]:
    """Somebody else at the same database, with an administrator's rights."""
    parameters = connection.get_connection_params()
    chosen = {name: parameters[name] for name in ("dbname", "user", "host", "port")}
    with psycopg.connect(**chosen, autocommit=True) as asked:
        yield asked


def test_a_backend_ended_in_the_middle_saves_nothing_and_the_next_request_works(
    client: Client, episode: Episode, other: psycopg.Connection[Any]
) -> None:
    sent = typed()

    def end(next_: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if 'INTO "assessments_run"' in sql:
            backend = connection.connection.info.backend_pid
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        return next_(sql, *rest)

    with connection.execute_wrapper(end):
        response = client.post(adding(episode), sent, headers=OWN)
    assert response.status_code == 503
    assert "What you sent was not saved." in response.text
    assert not RunBatch.objects.exists()
    assert client.post(adding(episode), sent, headers=OWN).status_code == 302
    assert Run.objects.count() == 2


def test_a_row_held_by_somebody_else_for_too_long_is_said_to_be_unsaved(
    client: Client, episode: Episode, other: psycopg.Connection[Any]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    with other.transaction():
        other.execute("SELECT FROM patients_patient WHERE id = %s FOR UPDATE", [episode.patient_id])
        response = client.post(adding(episode), typed(), headers=OWN)
    connection.close()
    assert response.status_code == 503
    assert "What you sent was not saved." in response.text


def test_a_server_that_is_gone_without_a_word_is_noticed() -> None:
    options = settings.DATABASES["default"]["OPTIONS"]
    assert options["connect_timeout"] <= 10
    assert options["tcp_user_timeout"] <= 10_000


@pytest.mark.parametrize(
    ("name", "said"),
    [
        # Prints, and only then reads on: the printing is on record already.
        ("programmes:papers_next", "Perhaps not saved"),
        ("assessments:runs_add", "Not saved"),
    ],
)
def test_a_page_that_saves_in_parts_doesnt_claim_that_nothing_was_saved(
    rf: RequestFactory, name: str, said: str
) -> None:
    request = rf.post(reverse(name, args=[uuid4()]), {"note": NOTE})
    request.resolver_match = resolve(request.path)
    answer = away.answer(request, OperationalError("Zqcanary"))
    assert f"<h1>{said}</h1>" in answer.content.decode()


def test_who_comes_when_every_thread_is_at_work_is_told_at_once(
    settings: Any, rf: RequestFactory
) -> None:
    settings.REQUESTS_AT_ONCE = 1
    typed = {"note": NOTE, "form_token": "1"}
    answers = []

    def view(request: HttpRequest) -> HttpResponse:
        if request.method == "GET":
            answers.append(crowd(rf.post("/somewhere/", typed, headers=OWN)))
            answers.append(crowd(rf.get("/elsewhere/")))
            if "again" in request.GET:
                raise ValueError("of the view")
        return HttpResponse("done")

    crowd = Crowd(view)
    assert crowd(rf.get("/")).text == "done"
    sent, read = answers
    assert (sent.status_code, sent["Retry-After"]) == (503, "5")
    assert "More is asked at once than can be answered just now." in sent.text
    assert "What you sent was not saved." in sent.text
    assert f'name="note" value="{escape(NOTE)}"' in sent.text
    assert (read.status_code, 'href="/elsewhere/"' in read.text) == (503, True)
    # The place is free again, also after an error.
    with pytest.raises(ValueError, match="of the view"):
        crowd(rf.get("/?again"))
    assert crowd(rf.post("/")).text == "done"
