"""The second step in a real browser: passkeys by a virtual device, codes, and the lead's links."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Page, expect

from patients.models import User
from patients.rules.roles import Role
from tests import make
from tests.browser.conftest import Look
from tests.test_sign_in import code_now

pytestmark = pytest.mark.django_db(transaction=True)

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def address(live_server: Any) -> Callable[..., str]:
    """The address of a page on the test's server; passkeys take localhost for a safe one."""
    assert live_server.url.startswith("http://localhost:")

    def of(name: str, *args: object) -> str:
        return f"{live_server.url}{reverse(name, args=args)}"

    return of


class Device:
    """A fingerprint reader that says yes, or is told to stay silent."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        added = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        self.id = added["authenticatorId"]

    def keys(self) -> int:
        found = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return len(found["credentials"])

    def forget(self) -> None:
        self.session.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})


@pytest.fixture
def reader(visitor: Page) -> Device:
    return Device(visitor)


def type_password(page: Page, user: User, to: str) -> None:
    page.goto(to)
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def confirm_password(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it you?")
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Go on").click()


def test_passkey_is_added_asked_for_renamed_and_removed(
    visitor: Page,
    people: dict[Role, User],
    address: Callable[..., str],
    reader: Device,
    look: Look,
    settings: Any,
) -> None:
    settings.MFA_REQUIRED = True
    page, physio = visitor, people[Role.PHYSIOTHERAPIST]
    login = address("account_login")
    type_password(page, physio, login)
    expect(page.get_by_role("heading", level=1)).to_have_text("Two-step sign-in")
    expect(page.get_by_role("heading", name="Set up a second step")).to_be_visible()
    look("two-step sign-in, nothing set up")
    page.get_by_role("link", name="Add a passkey").click()
    confirm_password(page)
    look("a passkey to add")
    page.get_by_label("Name").fill("Treatment room")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    look("recovery codes")
    assert reader.keys() == 1
    assert page.get_by_role("list", name="Recovery codes").locator("li").count() == 10
    page.goto(address("programmes:caseload"))
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Two-step sign-in")

    # The next time the password alone opens nothing; the device says it is them.
    page.context.clear_cookies()
    type_password(page, physio, login)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    look("the second step")
    page.goto(address("patients:list"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    page.get_by_role("button", name="Use a passkey instead").click()
    page.wait_for_url(address("programmes:caseload"))

    # Confirmed by the passkey in place of the password.
    page.goto(address("mfa_list_webauthn"))
    look("passkeys")
    page.get_by_role("link", name="Rename Treatment room").click()
    page.get_by_role("link", name="a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_label("Name").fill("Gym tablet")
    look("a passkey to rename")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Gym tablet").click()
    look("a passkey to remove")
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("No passkey yet")).to_be_visible()
    assert not Authenticator.objects.exists()


def test_a_device_that_lost_its_key_opens_nothing_and_the_page_says_so(
    visitor: Page, people: dict[Role, User], address: Callable[..., str], reader: Device
) -> None:
    page, physio = visitor, people[Role.PHYSIOTHERAPIST]
    type_password(page, physio, address("account_login"))
    page.goto(address("mfa_add_webauthn"))
    confirm_password(page)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    reader.forget()
    page.context.clear_cookies()
    type_password(page, physio, address("account_login"))
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(page.get_by_role("alert").get_by_text("The passkey wasn’t used")).to_be_visible()
    page.goto(address("patients:list"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")


def test_an_app_is_set_up_and_its_code_asked_for(
    visitor: Page, people: dict[Role, User], address: Callable[..., str], look: Look
) -> None:
    page, physio = visitor, people[Role.PHYSIOTHERAPIST]
    type_password(page, physio, address("account_login"))
    page.goto(address("mfa_activate_totp"))
    confirm_password(page)
    page.get_by_text("Can’t scan it?").click()
    look("an app to set up")
    secret = page.locator("code.key").inner_text()
    page.get_by_label("Authenticator code").fill("000000")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_text("This code is not right").first).to_be_visible()
    page.get_by_label("Authenticator code").fill(code_now(secret))
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.goto(address("mfa_index"))
    look("two-step sign-in, set up")
    page.goto(address("usersessions_list"))
    look("own sessions")
    page.goto(address("account_change_password"))
    look("change the password")
    page.goto(address("mfa_generate_recovery_codes"))
    look("new recovery codes")
    page.goto(address("mfa_deactivate_totp"))
    look("an app to remove")

    # The code of this half minute may have been used to set it up.
    cache.clear()
    page.context.clear_cookies()
    type_password(page, physio, address("account_login"))
    page.get_by_label("Code").fill(code_now(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(address("programmes:caseload"))


def test_a_lead_invites_somebody_who_joins(
    visitor: Page,
    people: dict[Role, User],
    address: Callable[..., str],
    sign_in: Callable[[Role], None],
    look: Look,
) -> None:
    page = visitor
    TOTP.activate(people[Role.PHYSIOTHERAPIST], generate_totp_secret())
    sign_in(Role.PRACTICE_LEAD)
    page.get_by_role("link", name="Practice", exact=True).click()
    look("users")
    page.get_by_role("link", name="Invite somebody").click()
    confirm_password(page)
    look("somebody to invite")
    page.get_by_role("button", name="Make the link").click()
    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_label("E-mail address").fill("ines@example.org")
    page.get_by_label("Name").fill("Ines Sample")
    page.get_by_role("radio", name="Exercise physiologist").check()
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("Hand this link over")
    expect(link).to_have_value(
        f"{address('account_login').rsplit('login', 1)[0]}invitation/"
        + link.input_value().rstrip("/").rsplit("/", 1)[1]
        + "/"
    )
    look("a link")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link.input_value()
    to = link.input_value()
    page.get_by_role("link", name="Back to the users").click()
    expect(page.get_by_role("heading", name="Links that wait")).to_be_visible()
    look("users, a link waits")
    page.get_by_role("link", name="Paul Physio").click()
    look("an account")
    page.context.clear_cookies()
    page.goto(to)
    look("a link to join")
    page.get_by_label("Password").fill("four grey herons wading")
    page.get_by_label("The same again").fill("four grey herons wading")
    page.get_by_role("button", name="Set the password").click()
    page.wait_for_url(address("programmes:caseload"))
    assert User.objects.get(email="ines@example.org").roles == (Role.EXERCISE_PHYSIOLOGIST,)
