"""Every form without a network, and every call that fails: what was typed stays, and words say so.

The list of forms comes from the URLconf.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from playwright.sync_api import Browser, Dialog, ElementHandle, Page, Route, expect

from patients.models import Patient, User
from patients.rules.roles import Role
from tests import make
from tests.browser.conftest import let_in
from tests.browser.test_expiry import SESSION_FORM, check_session, fill_in_session, typed
from tests.test_access import ACCESS, OURS, address
from tests.test_audit import addresses as addresses
from tests.test_audit import codes as codes

pytestmark = pytest.mark.django_db(transaction=True)

FORMS = {name for name in OURS if "POST" in ACCESS[name][1]}
NO_FORMS = {
    "assessments:autosave": "a draft saves itself (test_drafts.py)",
    "assessments:autosave_new": "a draft saves itself (test_drafts.py)",
    "assessments:findings": "the panel beside a draft asks by itself",
    "assessments:visa_points": "the points beside the questions are asked for by themselves",
    "patients:search": "the box in the top bar (test_pages.py)",
    "programmes:papers_next": "a list of papers asks for the next by itself",
}

ELSEWHERE = 16
FILES = {
    "programmes:audit_csv",
    "programmes:handout_page",
    "programmes:looks",
    "programmes:picture",
}

# Fills a form in as somebody would, each field by its kind, and without a word to the page's
# scripts: what they do with each key is not what this is about.
FILL = """form => {
  for (const field of form.elements) {
    if (field.type === "hidden" || field.disabled || field.readOnly || !field.name) continue;
    if (field.type === "checkbox") field.checked = !field.checked;
    else if (field.type === "radio") field.checked = true;
    else if (field.tagName === "SELECT") field.selectedIndex = field.options.length - 1;
    else if (field.type === "date") field.value = "2025-03-05";
    else if (field.type === "number") field.value = "3";
    else if (["text", "textarea", "search", "email", "tel", ""].includes(field.type)) {
      field.value = `Typed in ${field.name}`;
    }
  }
  form.noValidate = true;
}"""
TYPED = """form => [...new FormData(form)]
  .filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string")"""
SEND = """form => {
  const by = [...form.elements].find((each) => each.type === "submit" && !each.disabled);
  form.requestSubmit(by ?? null);
}"""
SAID = "() => document.getElementById('notice')?.innerText ?? ''"
SAY_NOTHING = "() => document.getElementById('notice').replaceChildren()"
FORGET = "() => { document.body.replaceChildren(); }"
ADDRESS = "form => form.getAttribute('hx-post') || form.getAttribute('action') || location.pathname"


@pytest.fixture
def by(people: dict[Role, User]) -> User:
    return people[Role.PRACTICE_LEAD]


@pytest.fixture
def sign_in_lead(visitor: Page, live_server: Any, by: User) -> None:
    """The lead, who has just typed the password: some pages ask for that."""
    signed_in = Client()
    make.sign_in(signed_in, by)
    session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    visitor.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )


@pytest.fixture
def visitor(page: Page) -> Iterator[Page]:
    """The page. What its console says of a dead network is provoked."""

    def leave(dialog: Dialog) -> None:
        dialog.accept()

    page.on("dialog", leave)
    page.set_viewport_size({"width": 1280, "height": 900})
    yield page
    page.context.set_offline(False)
    page.goto("about:blank")


def name_of(path: str) -> str:
    """The name of the URL a form is sent to."""
    try:
        return resolve(path.split("?")[0]).view_name
    except Resolver404:
        return path


def test_no_form_loses_what_was_typed_when_the_network_does(
    visitor: Page,
    sign_in_lead: None,
    live_server: Any,
    by: User,
    addresses: dict[str, str],
) -> None:
    """F2: on each page of the URLconf, each form filled in, the network lost, and sent."""
    seen: dict[str, str] = {}
    wrong: list[str] = []
    for path in pages(addresses, by):
        while (found := next_form(visitor, f"{live_server.url}{path}", seen)) is not None:
            name, form = found
            seen[name] = path
            form.evaluate(FILL)
            before = form.evaluate(TYPED)
            visitor.evaluate(SAY_NOTHING)
            visitor.context.set_offline(True)
            form.evaluate(SEND)
            said = wait_for_words(visitor)
            if form.evaluate(TYPED) != before:
                wrong.append(f"{name} on {path} lost what was typed")
            if "still here" not in said:
                wrong.append(f"{name} on {path} said: {said!r}")
            # Or it would be sent now.
            visitor.evaluate(FORGET)
            visitor.context.set_offline(False)
    assert wrong == []
    # The others are on no page of this patient as things stand: a closed episode's, a flare's.
    missing = sorted(FORMS - set(seen) - set(NO_FORMS))
    assert len(missing) <= ELSEWHERE, missing


def next_form(page: Page, path: str, seen: Mapping[str, str]) -> tuple[str, ElementHandle] | None:
    """The first form of this page that was on no page before."""
    page.goto(path)
    for form in page.query_selector_all("form"):
        name = name_of(form.evaluate(ADDRESS))
        if name in FORMS and name not in NO_FORMS and name not in seen:
            return name, form
    return None


def wait_for_words(page: Page, or_these: str = "") -> str:
    """What the banner says, once it says something, or these words, once they are on the page."""
    for _ in range(400):
        said: str = page.evaluate(SAID)
        if said:
            return said
        if or_these and or_these in page.inner_text("body"):
            return or_these
        page.wait_for_timeout(20)
    return ""


def pages(addresses: dict[str, str], by: User) -> Iterator[str]:
    """Every page with a form on it."""
    files = (".pdf", ".csv", ".png", ".svg")
    for name in OURS:
        path = addresses[name].split("?")[0]
        if "GET" in ACCESS[name][1] and not path.endswith(files) and name not in FILES:
            yield path
    yield address("patients:user", make.make_user(Role.RECEPTION, email="desk@example.org").code)


@contextmanager
def database_away() -> Iterator[None]:
    """The database lets nobody in, and those who were in are out."""
    told = connection.get_connection_params()
    name = psycopg.sql.Identifier(told["dbname"])
    allow = psycopg.sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    out = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
    known = {key: told[key] for key in ("host", "port", "user", "password") if told.get(key)}
    connection.close()
    with psycopg.connect(**known, dbname="postgres", autocommit=True) as administrator:
        administrator.execute(allow.format(name, psycopg.sql.SQL("false")))
        try:
            administrator.execute(out, [told["dbname"]])
            yield
        finally:
            administrator.execute(allow.format(name, psycopg.sql.SQL("true")))


def test_a_form_waits_for_a_database_that_is_away_and_is_saved_once(
    visitor: Page, sign_in: Callable[[Role], None], people: dict[Role, User], live_server: Any
) -> None:
    page, programme = visitor, make.make_programme(by=people[Role.PHYSIOTHERAPIST])
    sign_in(Role.PHYSIOTHERAPIST)
    page.goto(
        f"{live_server.url}{reverse('programmes:session_new', args=[programme.episode.code])}"
    )
    fill_in_session(page)
    before = typed(page, SESSION_FORM)
    with database_away():
        page.get_by_role("button", name="Save session").click()
        expect(page.locator("#notice")).to_contain_text("The server doesn’t answer.")
        expect(page.locator("#notice")).to_contain_text("What you typed is still here")
        assert typed(page, SESSION_FORM) == before
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Session of")
    check_session()


def test_without_a_script_the_page_says_what_is_saved_and_keeps_what_was_typed(
    browser: Browser, live_server: Any, people: dict[Role, User]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    let_in(context, live_server.url, people[Role.PHYSIOTHERAPIST])
    page.goto(f"{live_server.url}{reverse('patients:new')}")
    page.get_by_label("Family name").fill("Keptname")
    page.get_by_label("Given name").fill("Kim")
    page.get_by_label("Date of birth").fill("1980-01-31")
    page.get_by_label("Female").check()
    with database_away():
        page.get_by_role("button", name="Add patient").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Not saved")
        expect(page.get_by_text("What you typed is kept on this page.")).to_be_visible()
        page.get_by_role("button", name="Send again").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Not saved")
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kim Keptname")
    assert Patient.objects.count() == 1
    context.close()


STATUSES = (400, 403, 404, 409, 413, 422, 429, 500, 503, 0)
OWN_WORDS = "Refused in the words of the answer"
ANSWER = f"<main id='main'><p>{OWN_WORDS}</p></main>"

# Each kind of call: its page, the field that makes it, and what happens to that field.
CALLS = {
    "a form of a page": ("patients:new", "main form", "submit"),
    "the list as one types": ("patients:list", "main [name=q]", "input"),
    "the panel beside a draft": ("assessments:new", "#examination input", "input"),
    "the points of a questionnaire": ("assessments:visa_new", "#visa input", "input"),
}
CALL = """([selector, kind]) => {
  const made = new Event(kind, { bubbles: true, cancelable: true });
  const found = document.querySelector(selector);
  if (found.type === "search" || found.type === "text") found.value += "1";
  found.dispatchEvent(made);
}"""


@pytest.mark.parametrize("kind", CALLS)
def test_no_call_fails_in_silence(
    visitor: Page,
    sign_in: Callable[[Role], None],
    live_server: Any,
    people: dict[Role, User],
    kind: str,
) -> None:
    """B7: whatever the server answers, there are words to read; 0 stands for no answer in time."""
    page, (name, field, what) = visitor, CALLS[kind]
    episode = make.make_episode(by=people[Role.PHYSIOTHERAPIST])
    path = reverse(name, args=[episode.code] if name.startswith("assessments") else [])
    sign_in(Role.PHYSIOTHERAPIST)
    status = [0]

    def answer(route: Route) -> None:
        if route.request.headers.get("hx-request") != "true":
            return route.fallback()
        if status[0]:
            route.fulfill(status=status[0], body=ANSWER, content_type="text/html")

    page.route("**", answer)
    silent: list[int] = []
    for status[0] in STATUSES:
        page.goto(f"{live_server.url}{path}")
        page.evaluate("htmx.config.timeout = 200")
        page.evaluate(SAY_NOTHING)
        page.evaluate(CALL, [field, what])
        said = wait_for_words(page, OWN_WORDS if status[0] in (409, 422) else "")
        if not said or "undefined" in said:
            silent.append(status[0])
    assert silent == []
