"""Getting in and being shown out: passwords, second factor, throttling, and the clock."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from patients.models import User
from patients.rules.roles import Role
from tests import make
from tests.test_access import ACCESS, ACCOUNT, OURS, address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("answers_with_context")]

LOGIN = "/accounts/login/"
ALLAUTHS = sorted(name for name, (who, _) in ACCESS.items() if who == ACCOUNT)
# Pages about a second factor that somebody without one doesn't have.
OF_ONE_KEY = {"mfa_edit_webauthn", "mfa_remove_webauthn"}
ABSENT = {
    *OF_ONE_KEY,
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_view_recovery_codes",
}
TOO_MANY = "Too many failed login attempts. Try again later."
# An instant of no meaning, in the middle of the codes' half minutes.
NOW = datetime(2026, 3, 2, 9, 0, 15, tzinfo=UTC)


@pytest.fixture
def user() -> User:
    return make.make_user(email="paul@example.org")


def enter(client: Client, email: str = "paul@example.org", password: str = make.PASSWORD) -> Any:
    return client.post(LOGIN, {"login": email, "password": password})


def is_in(client: Client) -> bool:
    """Whether the day's list opens; if not, the login page must have been answered."""
    answer = client.get("/")
    assert answer.status_code == 200 or answer["Location"].startswith(LOGIN)
    return bool(answer.status_code == 200)


def errors(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [str(each) for each in answer.context["form"].non_field_errors()]


def code_now(secret: str) -> str:
    """What the authenticator app shows."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def scan(client: Client) -> Any:
    """The page with the picture to scan, after the password once more."""
    activate = reverse("mfa_activate_totp")
    asked = client.get(activate)
    confirm = reverse("account_reauthenticate")
    assert asked["Location"].startswith(confirm)
    answer = client.post(confirm, {"password": make.PASSWORD, "next": activate})
    assert answer["Location"] == activate
    return client.get(activate)


@pytest.mark.parametrize(
    ("role", "first_page"),
    [(Role.PHYSIOTHERAPIST, "programmes:caseload"), (Role.RECEPTION, "patients:list")],
    ids=lambda value: str(value),
)
def test_the_right_password_leads_to_the_first_page(
    client: Client, role: Role, first_page: str
) -> None:
    make.make_user(role, email="paul@example.org")
    answer = enter(client)
    assert (answer.status_code, answer["Location"]) == (302, reverse(first_page))
    assert client.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize("email", ["PAUL@EXAMPLE.ORG", "Paul@Example.org", " paul@example.org "])
def test_capitals_in_the_address_make_no_difference(client: Client, user: User, email: str) -> None:
    assert enter(client, email).status_code == 302
    assert is_in(client)


def test_a_wrong_address_and_a_wrong_password_look_the_same(client: Client, user: User) -> None:
    pages = []
    for email, password in (("paul@example.org", "wrong"), ("nobody@example.org", make.PASSWORD)):
        answer = enter(client, email, password)
        assert len(errors(answer)) == 1
        token = r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"'
        pages.append(re.sub(token, "", answer.text.replace(email, "")))
    assert pages[0] == pages[1]
    assert not is_in(client)


def test_an_account_that_was_ended_stays_out(client: Client, user: User) -> None:
    wrong = enter(client, password="wrong")
    user.is_active = False
    user.save(update_fields=["is_active"])
    client.raise_request_exception = False
    answer = enter(client)
    assert errors(answer) == errors(wrong)
    assert not is_in(client)


def test_failed_attempts_are_counted_where_all_processes_see_them(user: User) -> None:
    assert "upwell_cache" in connection.introspection.table_names()
    cache.set("seen-by-all", 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM upwell_cache WHERE cache_key LIKE '%%seen-by-all'")
        assert cursor.fetchone() == (1,)


def test_after_five_wrong_passwords_the_right_one_waits(user: User, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    for attempt in range(5):
        answer = enter(Client(), password=f"wrong-{attempt}")
        assert errors(answer) != [TOO_MANY]
    late = Client()
    for email in ("paul@example.org", "PAUL@example.org"):
        answer = enter(late, email)
        assert errors(answer) == [TOO_MANY]
        assert TOO_MANY in answer.text
    assert not is_in(late)
    make.make_user(email="petra@example.org")
    assert enter(Client(), "petra@example.org").status_code == 302
    time_machine.move_to(NOW + timedelta(minutes=5, seconds=1), tick=False)
    assert enter(late).status_code == 302
    assert is_in(late)


def test_very_many_attempts_from_one_place_are_turned_away(user: User, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    visitor = Client(raise_request_exception=False)
    answers = [enter(visitor, f"guess-{number}@example.org", "x") for number in range(31)]
    assert {answer.status_code for answer in answers[:30]} == {200}
    assert answers[30].status_code == 429
    assert answers[30]["Cache-Control"] == "no-store"
    assert errors(answers[10]) == [TOO_MANY]


def test_signing_out_takes_a_post(client: Client, user: User) -> None:
    enter(client)
    assert client.get(reverse("account_logout")).status_code == 200
    assert is_in(client)
    answer = client.post(reverse("account_logout"))
    assert (answer.status_code, answer["Location"]) == (302, LOGIN)
    assert not is_in(client)


def test_half_an_hour_without_use_ends_the_session(
    client: Client, user: User, time_machine: Any
) -> None:
    time_machine.move_to(NOW, tick=False)
    enter(client)
    assert is_in(client)
    used = NOW + timedelta(minutes=29)
    time_machine.move_to(used, tick=False)
    assert is_in(client)
    time_machine.move_to(used + timedelta(minutes=29), tick=False)
    assert is_in(client)
    time_machine.move_to(used + timedelta(minutes=60), tick=False)
    assert not is_in(client)
    time_machine.move_to(used, tick=False)
    assert not is_in(client)


def test_twelve_hours_end_a_session_in_steady_use(
    client: Client, user: User, time_machine: Any
) -> None:
    time_machine.move_to(NOW, tick=False)
    enter(client)
    for minutes in range(0, 12 * 60 + 1, 20):
        time_machine.move_to(NOW + timedelta(minutes=minutes), tick=False)
        assert is_in(client), minutes
    time_machine.move_to(NOW + timedelta(hours=12, seconds=1), tick=False)
    assert not is_in(client)


@pytest.mark.parametrize("name", ALLAUTHS)
@pytest.mark.parametrize("required", [False, True], ids=["demo", "second factor required"])
def test_each_page_of_ones_own_account_answers(
    client: Client, user: User, settings: Any, name: str, required: bool
) -> None:
    settings.MFA_REQUIRED = required
    client.raise_request_exception = False
    enter(client)
    again = {"password": make.PASSWORD, "next": reverse("mfa_index")}
    assert client.post(reverse("account_reauthenticate"), again).status_code == 302
    of_one_key = {"pk": 1} if name in OF_ONE_KEY else None
    answer = client.get(reverse(name, kwargs=of_one_key), follow=True)
    assert answer.status_code == (404 if name in ABSENT else 200)
    assert 'id="main"' in answer.text


@pytest.mark.parametrize("name", OURS)
def test_without_a_second_factor_no_page_of_ours_opens(
    client: Client, user: User, settings: Any, name: str
) -> None:
    settings.MFA_REQUIRED = True
    enter(client)
    for method in ("GET", "POST"):
        answer = client.generic(method, address(name))
        assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))
        inside = client.generic(method, address(name), headers={"HX-Request": "true"})
        assert inside.status_code == 200
        assert inside["HX-Redirect"] == reverse("mfa_index")
        assert inside.content == b""


def test_a_second_factor_is_set_up_and_asked_for(
    client: Client, user: User, settings: Any, time_machine: Any
) -> None:
    time_machine.move_to(NOW, tick=False)
    settings.MFA_REQUIRED = True
    enter(client)
    assert client.get("/", follow=True).redirect_chain == [(reverse("mfa_index"), 302)]
    activate = reverse("mfa_activate_totp")
    page = scan(client)
    secret = page.context["form"].secret
    assert secret in page.text
    assert 'src="data:image/svg+xml' in page.text
    wrong = client.post(activate, {"code": "000000"})
    assert wrong.status_code == 200
    assert "Incorrect code" in wrong.text
    assert client.get("/").status_code == 302
    assert wrong.context["form"].secret == secret
    answer = client.post(activate, {"code": code_now(secret)}, follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain == [(reverse("mfa_view_recovery_codes"), 302)]
    assert is_in(client)

    # The next time the password alone opens nothing.
    time_machine.move_to(NOW + timedelta(minutes=10), tick=False)
    again = Client()
    assert enter(again)["Location"] == reverse("mfa_authenticate")
    assert not is_in(again)
    assert again.get(reverse("mfa_authenticate")).status_code == 200
    code = code_now(secret)
    assert again.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert is_in(again)

    # A code somebody looked at over the shoulder opens nothing either.
    third = Client()
    enter(third)
    assert third.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200
    assert not is_in(third)


def test_a_recovery_code_opens_once(client: Client, user: User, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    enter(client)
    secret = scan(client).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)})
    codes = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    assert len(codes) >= 8
    for status in (302, 200):
        visitor = Client()
        enter(visitor)
        answer = visitor.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert answer.status_code == status
        assert is_in(visitor) == (status == 302)


def test_changing_the_password_keeps_the_session_and_closes_the_others(
    client: Client, user: User
) -> None:
    other = Client()
    for each in (client, other):
        enter(each)
        assert is_in(each)
    change = reverse("account_change_password")
    new = "Walking-Slowly-12"
    short = client.post(
        change, {"oldpassword": make.PASSWORD, "password1": "short", "password2": "short"}
    )
    assert short.status_code == 200
    assert "12 characters" in short.text
    answer = client.post(change, {"oldpassword": make.PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302
    assert is_in(client)
    assert not is_in(other)
    assert enter(Client(), password=new).status_code == 302
