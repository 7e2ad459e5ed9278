"""Getting in and being shown out: passwords, second factor, throttling, and the clock."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.conf import settings as settings_of_django
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from patients import staff
from patients.models import Patient, User
from patients.rules.roles import Role
from patients.templatetags.accounts import browser
from tests import make
from tests.test_access import ACCESS, ACCOUNT, OURS, address
from upwell.accounts import folded
from upwell.middleware import BACKGROUND

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
TOO_MANY = (
    "Too many failed tries from this place, for this account or for several. Wait 15 minutes, or "
    "ask the practice lead for a link."
)
# An instant of no meaning, in the middle of the codes' half minutes.
NOW = datetime(2026, 3, 2, 9, 0, 15, tzinfo=UTC)


@pytest.fixture
def user() -> User:
    return make.make_user(email="paul@example.org")


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were compared with somebody's."""
    passwords: list[str] = []
    check = AuthenticationBackend._check_password

    def counted(self: Any, found: Any, password: str) -> Any:
        passwords.append(password)
        return check(self, found, password)

    monkeypatch.setattr(AuthenticationBackend, "_check_password", counted)
    return passwords


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


def with_app(user: User) -> str:
    """The secret of an authenticator app this person has set up."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


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


def test_after_ten_wrong_passwords_the_right_one_waits_in_the_same_place(
    user: User, time_machine: Any
) -> None:
    time_machine.move_to(NOW, tick=False)
    for attempt in range(10):
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
    time_machine.move_to(NOW + timedelta(minutes=15, seconds=1), tick=False)
    assert enter(late).status_code == 302
    assert is_in(late)


def test_a_stranger_who_fails_on_purpose_locks_nobody_out_elsewhere(user: User) -> None:
    stranger = Client(REMOTE_ADDR="203.0.113.9")
    for attempt in range(12):
        last = enter(stranger, password=f"wrong-{attempt}")
    assert errors(last) == [TOO_MANY]
    owner = Client(REMOTE_ADDR="198.51.100.4")
    assert enter(owner).status_code == 302
    assert is_in(owner)


@pytest.mark.parametrize(
    "variants",
    [
        pytest.param(["PAUL@EXAMPLE.ORG", "Paul@example.org", " paul@example.org"], id="capitals"),
        pytest.param(
            ["\uff50aul@example.org", "paul@example.org\u00a0", "paul@example.org"], id="full width"
        ),
        pytest.param(
            ["pau\u217c@example.org", "paul@examp\u217ce.org", "PAUL@example.org"],
            id="small roman fifty",
        ),
    ],
)
def test_writing_an_address_otherwise_gives_no_further_tries(
    user: User, looked_at: list[str], variants: list[str]
) -> None:
    for attempt in range(30):
        enter(Client(), variants[attempt % len(variants)], f"wrong-{attempt}")
    # What the form takes for no address at all isn't even a try.
    assert 0 < len(looked_at) <= 10


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paul@example.org", "PAUL@EXAMPLE.ORG"),
        ("paul@example.org", " paul@example.org\u00a0"),
        ("paul@example.org", "\uff50\uff41\uff55\uff4c@example.org"),
        ("kim@example.org", "\u212aim@example.org"),
        ("ines@example.org", "\u0131nes@example.org"),
        ("strasse@example.org", "stra\u00dfe@example.org"),
        ("les@example.org", "le\u017f@example.org"),
    ],
)
def test_look_alike_addresses_are_counted_as_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)
    assert folded(one) != folded("x" + one)


def test_fifty_failures_close_a_place_for_every_account(user: User, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    visitor = Client()
    answers = [enter(visitor, f"guess-{number}@example.org", "x") for number in range(51)]
    assert [errors(each) == [TOO_MANY] for each in answers] == [False] * 50 + [True]
    assert errors(enter(visitor)) == [TOO_MANY]
    assert enter(Client(REMOTE_ADDR="198.51.100.4")).status_code == 302


def test_very_many_attempts_from_one_place_are_turned_away(user: User, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    visitor = Client(raise_request_exception=False)
    answers = [enter(visitor, f"guess-{number}@example.org", "x") for number in range(101)]
    assert {answer.status_code for answer in answers[:100]} == {200}
    assert answers[100].status_code == 429
    assert answers[100]["Cache-Control"] == "no-store"
    assert "Too many tries" in answers[100].text


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_a_place_made_up_in_a_header_gives_no_further_tries(
    user: User, settings: Any, proxies: int
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    # What our proxies add stands last; before it stands whatever the client wrote.
    own = ["203.0.113.9", "10.0.0.1"][:proxies]
    for attempt in range(11):
        forged = ", ".join([f"192.0.2.{attempt}", f"192.0.2.{attempt + 100}", *own])
        last = Client(headers={"X-Forwarded-For": forged})
        answer = enter(last, password=f"wrong-{attempt}")
    assert errors(answer) == [TOO_MANY]
    if proxies:
        elsewhere = ["198.51.100.4", "10.0.0.1"][:proxies]
        assert enter(Client(headers={"X-Forwarded-For": ", ".join(elsewhere)})).status_code == 302


def test_a_request_past_the_proxies_is_counted_by_where_it_comes_from(
    user: User, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    for attempt in range(11):
        visitor = Client(headers={"X-Forwarded-For": f"192.0.2.{attempt}"})
        answer = enter(visitor, password=f"wrong-{attempt}")
    assert errors(answer) == [TOO_MANY]


@pytest.mark.parametrize("case", ["wrong password", "no such account", "ended account"])
def test_every_refusal_does_the_same_work(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    work: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        work.append(password)
        return encode(self, password, salt)

    if case == "ended account":
        user.is_active = False
        user.save(update_fields=["is_active"])
    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    email = "nobody@example.org" if case == "no such account" else "paul@example.org"
    enter(client, email, make.PASSWORD if case == "ended account" else "wrong")
    assert len(work) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_tries_at_once_ten_are_looked_at(user: User, looked_at: list[str]) -> None:
    def guess(number: int) -> Any:
        try:
            return enter(Client(), password=f"wrong-{number}").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(guess, range(50))) == {200}
    assert len(looked_at) <= 10


def test_signing_out_takes_a_post(client: Client, user: User) -> None:
    enter(client)
    assert client.get(reverse("account_logout")).status_code == 200
    assert is_in(client)
    session = client.cookies[settings_of_django.SESSION_COOKIE_NAME].value
    assert Session.objects.filter(session_key=session).exists()
    answer = client.post(reverse("account_logout"))
    assert (answer.status_code, answer["Location"]) == (302, LOGIN)
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(client)
    assert not Session.objects.filter(session_key=session).exists()


def test_a_new_key_is_given_at_each_step_of_signing_in(user: User, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    secret = with_app(user)
    time_machine.move_to(NOW + timedelta(minutes=10), tick=False)
    visitor = Client()
    keys = [""]
    for step in (
        lambda: visitor.get(reverse("usersessions_list")),
        lambda: enter(visitor),
        lambda: visitor.post(reverse("mfa_authenticate"), {"code": code_now(secret)}),
    ):
        step()
        cookie = visitor.cookies.get(settings_of_django.SESSION_COOKIE_NAME)
        keys.append(cookie.value if cookie else "")
    nobody, _, half, whole = keys
    assert is_in(visitor)
    assert half
    assert whole not in ("", half)
    for old in (nobody, half, "made-up-key"):
        thief = Client()
        thief.cookies[settings_of_django.SESSION_COOKIE_NAME] = old
        assert not is_in(thief)


def test_a_key_that_was_planted_before_is_not_taken_over(user: User) -> None:
    victim = Client()
    victim.cookies[settings_of_django.SESSION_COOKIE_NAME] = "planted0planted0planted0planted0"
    enter(victim)
    assert is_in(victim)
    thief = Client()
    thief.cookies[settings_of_django.SESSION_COOKIE_NAME] = "planted0planted0planted0planted0"
    assert not is_in(thief)


@pytest.mark.parametrize("name", sorted(BACKGROUND))
def test_what_a_page_asks_for_by_itself_keeps_no_session_alive(
    client: Client, user: User, time_machine: Any, name: str
) -> None:
    time_machine.move_to(NOW, tick=False)
    enter(client)
    assert is_in(client)
    for minutes in range(1, 31):
        time_machine.move_to(NOW + timedelta(minutes=minutes), tick=False)
        assert client.post(address(name)).status_code not in (302, 401), minutes
    time_machine.move_to(NOW + timedelta(minutes=30, seconds=1), tick=False)
    asked = client.post(address(name), headers={"HX-Request": "true"})
    assert asked.status_code == 401
    assert not is_in(client)


@pytest.mark.parametrize("name", OURS)
def test_no_page_opens_in_a_session_that_was_idle_too_long(
    client: Client, user: User, time_machine: Any, name: str
) -> None:
    time_machine.move_to(NOW, tick=False)
    enter(client)
    assert is_in(client)
    time_machine.move_to(NOW + timedelta(minutes=30, seconds=1), tick=False)
    answer = client.generic("POST", address(name))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, LOGIN)


def test_ones_own_sessions_are_listed_and_the_others_ended(client: Client, user: User) -> None:
    others = [Client(headers={"User-Agent": f"Browser {each}"}) for each in range(3)]
    for each in (client, *others):
        enter(each)
        assert is_in(each)
    page = client.get(reverse("usersessions_list"))
    assert page.text.count("this one") == 1
    assert all(f"Browser {each}" in page.text for each in range(3))
    assert client.post(reverse("usersessions_list")).status_code == 302
    assert is_in(client)
    assert not any(is_in(each) for each in others)
    assert "Only here." in client.get(reverse("usersessions_list")).text


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
    assert "This code is not right" in wrong.text
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
    assert "15 characters" in short.text
    answer = client.post(change, {"oldpassword": make.PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302
    assert is_in(client)
    assert not is_in(other)
    assert enter(Client(), password=new).status_code == 302


@pytest.mark.parametrize("minutes", [-0.5, 0.5, 30, -30])
def test_only_the_code_of_this_half_minute_opens(
    user: User, time_machine: Any, minutes: float
) -> None:
    time_machine.move_to(NOW, tick=False)
    secret = with_app(user)
    visitor = Client()
    enter(visitor)
    then = NOW + timedelta(minutes=minutes)
    time_machine.move_to(then, tick=False)
    code = code_now(secret)
    time_machine.move_to(NOW, tick=False)
    assert visitor.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200
    assert not is_in(visitor)


def test_guessing_codes_stops_after_ten_and_the_password_alone_helps_nobody(
    user: User, time_machine: Any
) -> None:
    time_machine.move_to(NOW, tick=False)
    secret = with_app(user)
    for number in range(11):
        thief = Client(REMOTE_ADDR=f"192.0.2.{number}")
        enter(thief)
        answer = thief.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert answer.status_code == 200
    assert "Wait 15 minutes" in answer.text
    right = thief.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
    assert right.status_code == 200
    assert not is_in(thief)


def test_a_recovery_code_typed_twice_at_once_opens_one_session(user: User) -> None:
    with_app(user)
    codes = RecoveryCodes.activate(user).generate_codes()
    opened = 0
    for code in (codes[3], codes[3], codes[4]):
        visitor = Client()
        enter(visitor)
        visitor.post(reverse("mfa_authenticate"), {"code": code})
        opened += is_in(visitor)
    assert opened == 2


def test_after_a_recovery_code_it_is_said_how_many_are_left(client: Client, user: User) -> None:
    with_app(user)
    codes = RecoveryCodes.activate(user).generate_codes()
    for code, said in ((codes[0], f"{len(codes) - 1} are left"), (codes[1], "8 are left")):
        client.logout()
        enter(client)
        answer = client.post(reverse("mfa_authenticate"), {"code": code}, follow=True)
        assert f"You used a recovery code. {said}" in answer.text
    client.logout()
    enter(client)
    refused = client.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert "Wait for the next one" not in refused.text
    assert "each recovery code works once" in refused.text


def test_after_the_apps_code_nothing_is_said_of_recovery_codes(client: Client, user: User) -> None:
    secret = with_app(user)
    RecoveryCodes.activate(user)
    enter(client)
    answer = client.post(reverse("mfa_authenticate"), {"code": code_now(secret)}, follow=True)
    assert answer.status_code == 200
    assert "recovery code" not in answer.text


@pytest.mark.parametrize(
    ("required", "says"),
    [(True, "Nothing else opens here before one"), (False, "One of these two is enough")],
)
def test_the_page_of_second_steps_says_whether_one_is_needed(
    client: Client, user: User, settings: Any, required: bool, says: str
) -> None:
    settings.MFA_REQUIRED = required
    enter(client)
    assert says in client.get(reverse("mfa_index")).text


@pytest.mark.parametrize(
    ("role", "to"), [(Role.PHYSIOTHERAPIST, "Go to Today"), (Role.RECEPTION, "Go to the patients")]
)
def test_a_sign_in_beside_a_form_leads_back_to_the_form(
    client: Client, role: Role, to: str
) -> None:
    make.make_user(role, email="paul@example.org")
    link = re.search(r'<meta name="sign-in" content="([^"]+)"', client.get(LOGIN).text)
    assert link is not None
    page = client.get(link[1])
    typed = {**hidden(page), "login": "paul@example.org", "password": make.PASSWORD}
    answer = client.post(LOGIN, typed, follow=True)
    assert "Go back to the tab with your form and save again." in answer.text
    assert to in answer.text


@pytest.mark.parametrize("meanwhile", ["password changed", "account ended"])
def test_a_second_step_finishes_no_sign_in_of_an_account_changed_meanwhile(
    user: User, meanwhile: str
) -> None:
    secret = with_app(user)
    visitor = Client()
    enter(visitor)
    if meanwhile == "password changed":
        user.set_password("Walking-Slowly-12345")
    else:
        user.is_active = False
    user.save()
    answer = visitor.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
    assert (answer.status_code, answer["Location"]) == (302, LOGIN)
    assert not is_in(visitor)


def test_recovery_codes_alone_are_no_second_step(client: Client, user: User, settings: Any) -> None:
    settings.MFA_REQUIRED = True
    RecoveryCodes.activate(user)
    enter(client)
    answer = client.get("/")
    assert answer["Location"] == reverse("mfa_index")


@pytest.mark.parametrize("role", Role)
def test_every_role_needs_a_second_step_outside_the_demo(
    client: Client, settings: Any, role: Role
) -> None:
    settings.MFA_REQUIRED = True
    user = make.make_user(role, email="paul@example.org")
    enter(client)
    for name in OURS:
        answer = client.get(address(name))
        assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index")), name
    with_app(user)
    first = "patients:list" if role is Role.RECEPTION else "programmes:caseload"
    assert client.get(reverse(first)).status_code == 200


GUESSABLE = [
    "passwordpassword",
    "password1234567",
    "aaaaaaaaaaaaaaaa",
    "abcabcabcabcabcabc",
    "qwertyuiopasdfgh",
    "123456789012345",
    "my achilles hurts a lot",
    "Upwell-2026-spring!",
    "the-collective-is-open",
    "paul@example.org",
    "correct horse",
]


@pytest.mark.parametrize("password", GUESSABLE)
def test_a_password_that_is_guessed_first_is_refused(user: User, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, user)


@pytest.mark.parametrize(
    "password",
    [
        "four grey herons wading",
        "493 847 201 665 118",
        "x" * 3 + "Lamp-Teapot-Gravel-Ounce" * 1 + "\u00e9\u4e2d",
        "sixty-four letters are fine and so are many more of them, with spaces & signs",
        "m3Zq!vR8w_Lk2@p",
    ],
)
def test_a_password_that_is_none_of_that_is_taken(user: User, password: str) -> None:
    validate_password(password, user)


def test_a_session_begun_by_a_script_shows_up_and_can_be_ended(client: Client, user: User) -> None:
    client.force_login(user)
    assert is_in(client)
    assert staff.end_sessions(user) == 1
    assert not is_in(client)


# --- what was typed survives a sign-in in between, without a script too --------------------------
TYPED = {"family_name": "Kept", "given_name": "Ana <b>", "sex": "F", "date_of_birth": "1980-01-31"}
OWN_SITE = {"Origin": "http://testserver"}


def hidden(answer: Any) -> dict[str, str]:
    """What the page would send again."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.text)
    return {name: unescape(value) for name, value in found}


@pytest.mark.parametrize("has_second_step", [False, True])
def test_a_plain_post_after_the_session_ended_is_kept_and_sent_again_after_signing_in(
    user: User, time_machine: Any, has_second_step: bool
) -> None:
    time_machine.move_to(NOW, tick=False)
    secret = with_app(user) if has_second_step else ""

    def come_in() -> None:
        enter(visitor)
        if secret:
            visitor.post(reverse("mfa_authenticate"), {"code": code_now(secret)})

    visitor = Client(enforce_csrf_checks=False)
    come_in()
    form = visitor.get(reverse("patients:new"))
    assert form.status_code == 200
    typed = {**TYPED, "form_token": "00000000-0000-4000-8000-000000000007"}
    time_machine.move_to(NOW + timedelta(minutes=31), tick=False)
    refused = visitor.post(reverse("patients:new"), typed, headers=OWN_SITE)
    assert refused.status_code == 401
    assert "kept on this page" in refused.text
    assert "<b>" not in refused.text.split("<main")[1]
    again = hidden(refused)
    assert {name: again[name] for name in typed} == typed
    assert not Patient.objects.exists()

    come_in()
    # The old page's token is void since: one more page says in whose name it is saved.
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = visitor.cookies
    asked = strict.post(reverse("patients:new"), again, headers=OWN_SITE)
    assert asked.status_code == 403
    assert "Paul Physio" in asked.text
    last = hidden(asked)
    assert {name: last[name] for name in typed} == typed
    for _ in range(2):
        saved = strict.post(reverse("patients:new"), last, headers=OWN_SITE)
        assert saved.status_code == 302
    assert Patient.objects.get().given_name == "Ana <b>"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {}],
    ids=["another site", "hidden", "none"],
)
def test_nothing_another_site_sent_is_offered_again(
    client: Client, headers: dict[str, str]
) -> None:
    answer = client.post(reverse("patients:new"), TYPED, headers=headers)
    assert answer.status_code == 302
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("patients:new"), TYPED, headers=headers)
    assert answer.status_code == 403
    assert "Kept" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_method_no_page_has_is_told_so_and_not_of_an_old_page(method: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.generic(method, reverse("patients:new")).status_code == 405


def test_an_old_form_that_cant_be_kept_is_not_told_to_reload() -> None:
    answer = Client(enforce_csrf_checks=True).post(LOGIN, {"login": "x"}, headers=OWN_SITE)
    assert answer.status_code == 403
    assert "reload" not in answer.text
    assert "if what you typed is still there, copy it" in answer.text


def test_a_password_is_never_offered_again() -> None:
    strict = Client(enforce_csrf_checks=True)
    typed = {"login": "paul@example.org", "password": make.PASSWORD}
    answer = strict.post(LOGIN, typed, headers=OWN_SITE)
    assert answer.status_code == 403
    assert make.PASSWORD not in answer.text


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537 Edg/120", "Edge on Windows"),
        ("Mozilla/5.0 (iPad; CPU OS 17) Version/17 Safari/604", "Safari on iPad"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120) Firefox/120.0", "Firefox on Linux"),
        ("curl/8", "curl/8"),
        ("", "not told"),
    ],
)
def test_a_browser_is_named_in_words(told: str, shown: str) -> None:
    assert browser(told) == shown
