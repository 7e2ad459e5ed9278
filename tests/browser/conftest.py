"""A real browser on a real server: people to sign in as, and a page that notices what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, expect

from patients.rules.roles import Role
from tests.browser.overhearing import KEPT, Overheard

if TYPE_CHECKING:
    from patients.models import User

Look = Callable[[str], None]

# Light and dark differ in colours only, so only what is about colours is asked a second time.
ABOUT_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
EVERYTHING = {"resultTypes": ["violations"]}
# Asked after by and by: axe waits by timers of the page, which may stand still for ever.
ASK = """options => {
  window.violations = null;
  axe.run(document, options).then(
    (found) => (window.violations = found.violations),
    // A page that was still being put up is looked at once more.
    () => axe.run(document, options).then(
      (found) => (window.violations = found.violations),
      (error) => (window.violations = [{ id: String(error), impact: "critical", nodes: [] }]),
    ),
  );
}"""
AXE = Axe().axe_script
LONGEST_LOOK_MS = 90_000
LOOK_AGAIN_MS = 50


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A visitor who asked for no motion: a page that glides moves away under a click."""
    return {**browser_context_args, "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def overheard() -> Iterator[Overheard]:
    """What this worker's browser tests left in logs, addresses and storage, all of them."""
    kept = Overheard()
    yield kept
    assert kept.telling(of_all=True) == []


@pytest.fixture(autouse=True)
def nobody_is_named(request: pytest.FixtureRequest, overheard: Overheard) -> Iterator[None]:
    """Fails a test that leaves a patient's name in a log line, an address or the browser."""
    if "live_server" not in request.fixturenames:
        yield
        return
    # Emptied after this looked at who the patients are.
    request.getfixturevalue("transactional_db")
    with overheard.listening():
        yield
    overheard.learn()
    assert overheard.telling() == []


@pytest.fixture
def people(transactional_db: None) -> dict[Role, User]:
    """One member of the practice for each role."""
    # Imported here: pytest reads this file before Django is set up.
    from django.contrib.auth.models import Group

    from tests import make

    # Each test with a live server ends by emptying every table, the roles of the migration too.
    for role in Role:
        Group.objects.get_or_create(name=role.value)
    return {role: make.make_user(role, email=f"{role.name.lower()}@example.org") for role in Role}


def leave(page: Page) -> None:
    """Leave a page for good and wait until the server has answered everything it was asked.

    A draft saves itself when its page is closed; the database is emptied after each test, and the
    two must not meet.
    """
    if page.is_closed() or page.url == "about:blank":
        return
    forget = "() => document.querySelector('[data-unsaved]')?.removeAttribute('data-unsaved')"
    page.context.set_offline(False)
    page.evaluate(forget)
    page.wait_for_load_state("networkidle")
    page.goto("about:blank")


def stop_clock(page: Page) -> None:
    """No time passes on the page from now on, however slow the machine; `page.clock.resume()`."""
    page.clock.install()
    page.clock.pause_at(datetime.now() + timedelta(minutes=1))  # noqa: DTZ005


def let_in(context: BrowserContext, server: str, user: User) -> None:
    """Sign somebody in with a fresh session made at the server, without the login page."""
    from django.conf import settings
    from django.test import Client

    signed_in = Client()
    signed_in.force_login(user)
    session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    context.clear_cookies()
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server}])


@pytest.fixture
def visitor(page: Page, overheard: Overheard) -> Iterator[Page]:
    """The page; the test fails if the browser's console complained about anything."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # The browser reports the 422 of a refused form as an error of its own; that is wanted.
        if message.type in {"error", "warning"} and "422" not in message.text:
            complaints.append(f"{message.text} ({message.location.get('url')})")

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": 1280, "height": 900})
    yield page
    overheard.stored += storage_of(page)
    told = list(complaints)
    leave(page)
    # What a page was still asking for is cut off when it is left.
    told += [each for each in complaints[len(told) :] if not each.startswith("htmx:")]
    assert told == []


def storage_of(page: Page) -> list[str]:
    """What the browser keeps of the page as it stands, outside its cookies for the server."""
    if page.is_closed() or not page.url.startswith("http"):
        return []
    # A page that is being left has no storage any more.
    with suppress(Error):
        found: list[str] = page.evaluate(KEPT)
        return found
    return []


def findings_of(page: Page, options: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    """What axe finds serious or critical on the page as it stands; its script is there already."""
    page.evaluate(ASK, options)
    for _ in range(LONGEST_LOOK_MS // LOOK_AGAIN_MS):
        found: list[dict[str, Any]] | None = page.evaluate("window.violations")
        if found is not None:
            return [
                (each["id"], [node["target"] for node in each["nodes"]][:4])
                for each in found
                if each["impact"] in {"serious", "critical"}
            ]
        page.wait_for_timeout(LOOK_AGAIN_MS)
    pytest.fail("axe gives no answer: does the page's clock stand still?")


@pytest.fixture
def look(visitor: Page) -> Look:
    """Checks the page as it stands: axe in light and dark, nothing wider than a tablet."""

    def check(name: str) -> None:
        visitor.wait_for_load_state("load")
        # A page that only had a part of it replaced has the script still.
        if visitor.evaluate("typeof axe") == "undefined":
            visitor.evaluate(AXE)
        visitor.emulate_media(color_scheme="light")
        assert findings_of(visitor, EVERYTHING) == [], f"{name}, light"
        visitor.emulate_media(color_scheme="dark")
        assert findings_of(visitor, ABOUT_COLOURS) == [], f"{name}, dark"
        visitor.emulate_media(color_scheme="light")
        visitor.set_viewport_size({"width": 820, "height": 1100})
        wide = visitor.evaluate("document.documentElement.scrollWidth")
        visitor.set_viewport_size({"width": 1280, "height": 900})
        assert wide <= 820, f"{name} is {wide} px wide on a tablet"

    return check


@pytest.fixture
def sign_in(visitor: Page, live_server: object, people: dict[Role, User]) -> Callable[[Role], None]:
    """Signs in as the member with this role, in a fresh session, and opens the first page.

    The session is made at the server; typing the password is the business of
    test_path.look_at_entrance, and of tests that sign in again.
    """
    server: str = live_server.url  # type: ignore[attr-defined]

    def enter(role: Role) -> None:
        let_in(visitor.context, server, people[role])
        visitor.goto(f"{server}/")
        expect(visitor.get_by_role("heading", level=1)).not_to_have_text("Sign in")

    return enter
