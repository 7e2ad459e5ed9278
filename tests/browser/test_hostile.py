"""What a browser keeps, runs and shows: hostile words, storage, after signing out, no script."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.signals import request_started
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserType, Dialog, Page, expect

from patients.models import Episode, Patient, User
from patients.rules.roles import Role
from programmes import actions
from programmes.models import Handout, Session, Version
from tests import make
from tests.assessments.test_assessment_form import typed
from tests.browser.conftest import leave, let_in, storage_of
from tests.browser.overhearing import Overheard
from tests.hostile.payloads import MARK, WAYS, poison
from tests.rights import as_owner
from tests.test_access import address

SignIn = Callable[[Role], None]
People = dict[Role, User]

pytestmark = pytest.mark.django_db(transaction=True)

# Easy to search for, and nobody's.
CANARY = "Kanarienvogel"

WATCH = """
document.addEventListener('securitypolicyviolation', (each) => {
  (window.reports ||= []).push(each.violatedDirective + ' ' + each.blockedURI);
});
"""


def practice(by: User) -> dict[str, str]:
    """A patient with something on every main page: the addresses of those pages."""
    patient = make.make_patient(
        by=by, family_name=CANARY, given_name=f"{CANARY}a", phone=f"{CANARY} 5"
    )
    episode = make.make_episode(patient, by=by)
    programme = make.make_programme(episode, by=by)
    session = make.make_session(programme, by=by)
    visa = make.make_visa(episode, by=by, q5=3)
    letter = actions.write_report(episode, form_token=uuid4(), on=make.DAY, by=by)
    version = programme.versions.get()
    codes = {
        "patients:list": None,
        "programmes:caseload": None,
        "patients:detail": patient.code,
        "patients:edit": patient.code,
        "programmes:episode": episode.code,
        "programmes:programme": episode.code,
        "programmes:version": version.code,
        "programmes:session_new": episode.code,
        "programmes:session": session.code,
        "programmes:letter": letter.code,
        "assessments:outcomes": episode.code,
        "assessments:visa": visa.code,
        "assessments:load": episode.code,
        "programmes:history": patient.code,
        "programmes:audit": None,
        "patients:users": None,
    }
    return {name: address(name, code) for name, code in codes.items()}


def test_no_hostile_word_runs(
    visitor: Page, sign_in: SignIn, live_server: Any, people: People
) -> None:
    """I2: no window is marked, no policy is broken, no dialog opens."""
    pages = practice(people[Role.PRACTICE_LEAD])
    visitor.add_init_script(WATCH)
    dialogs: list[str] = []

    def hear(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    visitor.on("dialog", hear)
    sign_in(Role.PRACTICE_LEAD)
    with as_owner(), transaction.atomic():
        done, _ = poison(WAYS)
    assert len(done) > 20
    for name, to in pages.items():
        visitor.goto(f"{live_server.url}{to}")
        expect(visitor.locator("h1").first).to_be_visible()
        assert MARK in visitor.content(), name
        assert visitor.evaluate("[window.zq ?? null, window.reports ?? []]") == [None, []], name
        assert visitor.locator("zq, [zq], [onerror], [onload], iframe, object").count() == 0, name
    assert dialogs == []
    # What is looked for can be found.
    visitor.evaluate("document.body.insertAdjacentHTML('beforeend', '<zq zq></zq>')")
    assert visitor.locator("zq, [zq]").count() == 1


def test_a_browser_keeps_nothing_of_a_patient(
    visitor: Page, sign_in: SignIn, live_server: Any, people: People, overheard: Overheard
) -> None:
    """S3 and L2: storage, caches and every address asked for, of a walk over the main pages."""
    pages = practice(people[Role.PRACTICE_LEAD])
    before = len(overheard.addresses)
    sign_in(Role.PRACTICE_LEAD)
    shown = 0
    for to in pages.values():
        visitor.goto(f"{live_server.url}{to}")
        shown += CANARY in visitor.content()
        overheard.stored += storage_of(visitor)
    visitor.goto(f"{live_server.url}{reverse('patients:list')}")
    visitor.get_by_role("searchbox").first.fill(CANARY[:6])
    expect(visitor.get_by_text(CANARY).first).to_be_visible()
    overheard.stored += storage_of(visitor)
    visitor.goto(f"{live_server.url}{pages['programmes:session_new']}")
    visitor.get_by_label("Note").first.fill(f"{CANARY} typed")
    overheard.stored += storage_of(visitor)
    assert shown > len(pages) // 2
    # The fixture of every test here holds these against the patients' names.
    assert len(overheard.addresses) - before > len(pages)
    visitor.evaluate("sessionStorage.setItem('seen', 'nothing')")
    assert "seen: nothing" in storage_of(visitor)
    leave(visitor)


def test_a_name_that_gets_out_is_found() -> None:
    """L1, L2 and S3: what watches over the whole run sees a name wherever it is."""
    overheard = Overheard(words={CANARY})
    with overheard.listening():
        for name in ("upwell", "django.request", "upwell.requests", "patients.actions"):
            logging.getLogger(name).warning("%s was here", CANARY)
        logging.getLogger("upwell.requests").info("", extra={"facts": {"page": CANARY}})
        request_started.send(Overheard, environ={"PATH_INFO": "/", "QUERY_STRING": f"q={CANARY}+x"})
        request_started.send(Overheard, environ={"PATH_INFO": f"/%4{'b'}{CANARY[1:]}/"})
    overheard.stored.append(f"history: <p>{CANARY}</p>")
    logging.getLogger("upwell").warning("%s is not heard any more", CANARY)
    found = overheard.telling()
    kinds = [each.split(":")[0] for each in found]
    assert (kinds.count("addresses"), kinds.count("stored")) == (2, 1)
    assert kinds.count("lines") >= 4
    assert not any("not heard" in each for each in found)
    assert overheard.telling() == []
    assert overheard.telling(of_all=True) == found
    assert not Overheard(words={"Gate"}, addresses=["/gate/ Gates"]).telling()


def sign_out(page: Page) -> None:
    """By the menu of the person."""
    page.locator("header details summary").last.click()
    page.get_by_role("button", name="Sign out").click()


@pytest.mark.parametrize("flags", [["--disable-back-forward-cache"], []], ids=["off", "on"])
def test_nothing_comes_back_after_signing_out(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    live_server: Any,
    people: People,
    flags: list[str],
) -> None:
    """B1: back, forward and a tab opened anew, with the browser's memory of pages and without."""
    pages = practice(people[Role.PRACTICE_LEAD])
    started = {**browser_type_launch_args, "args": [*browser_type_launch_args["args"], *flags]}
    if not flags:
        started["ignore_default_args"] = ["--disable-back-forward-cache"]
    with browser_type.launch(**started) as other:
        for name in (
            "patients:detail",
            "programmes:episode",
            "programmes:session",
            "programmes:letter",
        ):
            context = other.new_context()
            let_in(context, live_server.url, people[Role.PRACTICE_LEAD])
            page = context.new_page()
            page.goto(f"{live_server.url}{pages[name]}")
            assert CANARY in page.content()
            sign_out(page)
            expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
            for move in (page.go_back, page.go_forward, page.go_back, page.reload):
                move()
                page.wait_for_load_state()
                assert CANARY not in page.content(), (name, move.__name__)
            again = context.new_page()
            again.goto(f"{live_server.url}{pages[name]}")
            assert CANARY not in again.content()
            context.close()


def fill(page: Page, data: dict[str, Any]) -> None:
    """Fill in the form of a page, by the names of its fields, as a browser without scripts can."""
    for name, given in data.items():
        for value in given if isinstance(given, list) else [given]:
            chosen = page.locator(f'main input[name="{name}"][value="{value}"]')
            field = page.locator(f'main [name="{name}"]:not([type=hidden])')
            if chosen.count() and chosen.first.get_attribute("type") in {"radio", "checkbox"}:
                if not chosen.first.is_checked():
                    # The words are what a finger meets.
                    chosen.first.locator("xpath=ancestor::label[1]").click()
            elif page.locator(f'main select[name="{name}"]').count():
                field.first.select_option(value)
            elif field.count():
                field.first.fill(value)


def test_the_core_works_without_a_script(
    browser: Browser, live_server: Any, people: People
) -> None:
    """B6: sign in, add and find a patient, assess, sign, plan, print, log, sign out."""
    by = people[Role.PHYSIOTHERAPIST]
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    heading = page.get_by_role("heading", level=1)

    def press(name: str) -> None:
        page.get_by_role("button", name=name, exact=True).first.click()

    page.goto(f"{live_server.url}{reverse('account_login')}")
    fill(page, {"login": by.email, "password": make.PASSWORD})
    press("Sign in")
    expect(heading).not_to_have_text("Sign in")
    page.goto(f"{live_server.url}{reverse('patients:new')}")
    named = {"family_name": "Scriptless", "given_name": "Samira"}
    fill(page, {**named, "date_of_birth": "1980-01-31", "sex": "F"})
    press("Add patient")
    expect(heading).to_have_text("Samira Scriptless")
    patient = Patient.objects.get(family_name="Scriptless")
    page.goto(f"{live_server.url}{reverse('patients:list')}")
    page.locator("main input[name=q]").fill("scriptl")
    page.locator("main input[name=q]").press("Enter")
    page.get_by_role("link", name="Scriptless").first.click()
    expect(heading).to_have_text("Samira Scriptless")
    page.get_by_role("link", name="Open an episode").first.click()
    fill(page, {"side": "left"})
    press("Open episode")
    episode = Episode.objects.get(patient=patient)
    page.goto(f"{live_server.url}{address('assessments:new', episode.code)}")
    today = timezone.localdate().isoformat()
    data = {**typed(episode), "examined_on": today}
    fill(page, {name: value for name, value in data.items() if name != "version"})
    press("Save and go to signing")
    press("Sign assessment")
    assert episode.assessments.signed().count() == 1
    page.goto(f"{live_server.url}{address('programmes:programme', episode.code)}")
    press("Accept and issue")
    version = Version.objects.get(programme__episode=episode)
    page.goto(f"{live_server.url}{address('programmes:handout_new', version.code)}")
    press("Print")
    paper = Handout.objects.get(version=version)
    shown = page.request.get(f"{live_server.url}{address('programmes:handout', paper.code)}")
    assert (shown.status, shown.body()[:4]) == (200, b"%PDF")
    page.goto(f"{live_server.url}{address('programmes:session_new', episode.code)}")
    press("Save session")
    assert Session.objects.filter(programme__episode=episode).count() == 1
    page.goto(f"{live_server.url}{address('programmes:episode', episode.code)}")
    expect(page.get_by_text("Scriptless").first).to_be_visible()
    sign_out(page)
    expect(heading).to_have_text("Sign in")
    context.close()
