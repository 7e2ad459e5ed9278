"""Drafts that save themselves, two people on one draft, and a correction after the signature."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from assessments import actions, selectors
from assessments.models import Assessment
from patients.rules.roles import Role
from tests import make
from tests.browser.conftest import leave, let_in
from tests.browser.test_path import examine

if TYPE_CHECKING:
    from patients.models import Episode, User

pytestmark = pytest.mark.django_db(transaction=True)

Address = Callable[..., str]
Enter = Callable[[Role], Page]
SAVED = "Draft saved"


@pytest.fixture
def address(live_server: Any) -> Address:
    """The address of a page on the test's server."""

    def of(name: str, *args: UUID) -> str:
        return f"{live_server.url}{reverse(name, args=args)}"

    return of


@pytest.fixture
def enter(browser: Browser, people: dict[Role, User], live_server: Any) -> Iterator[Enter]:
    """Signs somebody in with a browser of their own, on no page yet."""
    opened: list[BrowserContext] = []

    def signed_in(role: Role) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        opened.append(context)
        let_in(context, live_server.url, people[role])
        return context.new_page()

    yield signed_in
    for context in opened:
        for page in context.pages:
            leave(page)
        context.close()


def sign_in_here(page: Page, user: User) -> None:
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")


@pytest.fixture
def episode(people: dict[Role, User]) -> Episode:
    return make.make_episode(by=people[Role.PHYSIOTHERAPIST])


def state(page: Page) -> Any:
    return expect(page.locator("[data-save-state]"))


def press_yes(page: Page, question: str) -> None:
    """Answer a question with its key."""
    group = page.get_by_role("group", name=question, exact=True)
    group.get_by_role("radio").first.focus()
    page.keyboard.press("y")
    expect(group.get_by_role("radio", name="Yes", exact=True)).to_be_checked()


def typed(page: Page) -> list[list[str]]:
    """Name and value of everything the page would send, but its token and its version."""
    pairs: list[list[str]] = page.evaluate(
        "[...new FormData(document.querySelector('#examination'))]"
    )
    return [pair for pair in pairs if pair[0] not in ("csrfmiddlewaretoken", "version")]


def shot(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for them."""
    if folder := os.environ.get("UPWELL_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_draft_survives_a_crash_and_a_logout(
    enter: Enter, episode: Episode, address: Address
) -> None:
    page = enter(Role.PHYSIOTHERAPIST)
    page.goto(address("assessments:new", episode.code))
    state(page).to_have_text("New, nothing saved yet")
    examine(page)
    note = page.get_by_label("Notes", exact=True).first
    note.fill("Worse on hills")
    note.focus()
    state(page).to_contain_text(SAVED)
    draft = Assessment.objects.get()
    # The page is that draft's from now on; nobody was disturbed while typing.
    assert page.url == address("assessments:detail", draft.code)
    expect(note).to_be_focused()
    before = typed(page)
    page.context.close()

    page = enter(Role.PHYSIOTHERAPIST)
    page.goto(address("assessments:new", episode.code))
    assert page.url == address("assessments:detail", draft.code)
    assert typed(page) == before
    page.get_by_label("What do they want to do again?").fill("A marathon")
    state(page).to_contain_text(SAVED)
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.context.close()

    page = enter(Role.PHYSIOTHERAPIST)
    page.goto(address("assessments:detail", draft.code))
    expect(page.get_by_label("What do they want to do again?")).to_have_value("A marathon")
    assert Assessment.objects.count() == 1


def test_saving_goes_on_while_typing_and_by_hand(
    enter: Enter, episode: Episode, address: Address
) -> None:
    page = enter(Role.PHYSIOTHERAPIST)
    page.goto(address("assessments:new", episode.code))
    page.get_by_label("How long has it hurt?").fill("4.5")
    page.get_by_label("What do they want to do again?").fill("Dance")
    state(page).to_contain_text("except: How long has it hurt?")
    assert Assessment.objects.get().goal == "Dance"
    page.get_by_label("How long has it hurt?").fill("45")
    state(page).to_have_text(re.compile(r"^\s*Draft saved \d\d:\d\d\s*$"))
    # By hand straight after a change: one draft, one version after the other.
    page.get_by_label("What do they want to do again?").fill("Dance again")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#messages")).to_contain_text("Draft saved")
    assert Assessment.objects.get().goal == "Dance again"


def test_a_refused_save_by_hand_leaves_the_page_saving_itself(
    enter: Enter, episode: Episode, address: Address
) -> None:
    page = enter(Role.PHYSIOTHERAPIST)
    draft = make.make_assessment(episode)
    page.goto(address("assessments:detail", draft.code))
    page.get_by_label("How long has it hurt?").fill("4.5")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("[data-invalid]")).to_have_count(1)
    state(page).to_have_text("Not saved")
    page.get_by_label("How long has it hurt?").fill("45")
    page.get_by_label("What do they want to do again?").fill("Dance")
    state(page).to_have_text(re.compile(r"^\s*Draft saved \d\d:\d\d\s*$"))
    now = selectors.recorded(Assessment.objects.all().whole().get())
    assert (now["duration_weeks"], now["goal"]) == (45, "Dance")


def test_after_a_settled_conflict_the_page_saves_itself_again(
    enter: Enter, episode: Episode, address: Address
) -> None:
    page = enter(Role.PHYSIOTHERAPIST)
    draft = make.make_assessment(episode, goal="Walk")
    page.goto(address("assessments:detail", draft.code))
    actions.save_draft(draft, {"goal": "Walk the dog"}, version=draft.version, by=draft.created_by)
    page.get_by_label("What do they want to do again?").fill("Swim again")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", name="Somebody else saved this draft")).to_be_visible()
    # Which answer counts is for the person to say: typing on changes nothing that is stored.
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_label("What do they want to do again?", exact=True).fill("Swim far")
    page.wait_for_timeout(3000)
    assert not [url for url in sent if "autosave" in url]
    state(page).to_have_text("Not saved")
    page.get_by_role("button", name="Save what is chosen").click()
    expect(page.locator("#messages")).to_contain_text("Draft saved")
    assert Assessment.objects.get().goal == "Swim far"
    page.get_by_label("What do they want to do again?").fill("Swim farther")
    state(page).to_have_text(re.compile(r"^\s*Draft saved \d\d:\d\d\s*$"))
    assert Assessment.objects.get().goal == "Swim farther"


def test_a_new_red_flag_is_seen_wherever_the_page_stands(
    enter: Enter, episode: Episode, address: Address
) -> None:
    page = enter(Role.PHYSIOTHERAPIST)
    make.make_assessment(episode)
    page.goto(address("assessments:new", episode.code))
    panel = page.locator(".assessment-panel")
    panel.evaluate("each => each.scrollTo(0, each.scrollHeight)")
    assert panel.evaluate("each => each.scrollTop") > 0
    expect(page.locator(".episode-header .alerts")).to_have_count(0)
    box = page.get_by_role("group", name="Rupture").get_by_role(
        "checkbox", name="Calf squeeze: foot does not move"
    )
    box.check()
    line = page.locator("[data-flag-line]")
    expect(line).to_contain_text("Suspect a tendon rupture")
    expect(line).to_be_in_viewport()
    assert panel.evaluate("each => each.scrollTop") == 0
    # Stored by itself it locks, which the header and the line beside the buttons say.
    words = "Programme locked: Suspect a tendon rupture"
    state(page).to_contain_text(words)
    beside = page.locator("[data-save-line]")
    expect(beside).to_contain_text(words)
    expect(beside).to_be_in_viewport()
    expect(page.locator("[data-save-status]")).to_contain_text(words)
    expect(page.locator(".episode-header .alerts")).to_contain_text("rupture")
    shot(page, "new-flag")
    # Scrolled again: what is known already moves nothing.
    panel.evaluate("each => each.scrollTo(0, 200)")
    with page.expect_response(re.compile("findings")):
        page.get_by_label("How long has it hurt?").fill("31")
    expect(line).to_contain_text("Suspect a tendon rupture")
    assert panel.evaluate("each => each.scrollTop") > 0


def test_long_notes_are_saved_too(enter: Enter, episode: Episode, address: Address) -> None:
    page = enter(Role.PHYSIOTHERAPIST)
    draft = make.make_assessment(episode)
    page.goto(address("assessments:detail", draft.code))
    # Encoded each of these letters is six bytes or more: together over what a browser lets a
    # page send that it may leave at once.
    for note in page.locator("textarea").all():
        note.fill("ü" * int(note.get_attribute("maxlength") or 4000))
    sent = page.evaluate(
        "new URLSearchParams(new FormData(document.querySelector('#examination')))"
        ".toString().length"
    )
    assert sent > 65_536
    state(page).to_contain_text(SAVED)
    draft.refresh_from_db()
    assert "ü" in draft.history_note


def test_a_page_left_at_once_saves_what_was_typed(
    enter: Enter, episode: Episode, address: Address
) -> None:
    page = enter(Role.PHYSIOTHERAPIST)
    draft = make.make_assessment(episode)
    page.goto(address("assessments:detail", draft.code))
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.get_by_label("What do they want to do again?").fill("Dance")
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("link", name="Overview")).to_have_attribute("aria-current", "page")
    # Not stored yet, so the browser asked; what was typed went out all the same.
    assert asked == ["beforeunload"]
    for _ in range(100):
        draft.refresh_from_db()
        if draft.goal == "Dance":
            break
        # Sent by a page that is gone: nothing on this one tells when it has arrived.
        page.wait_for_timeout(100)
    page.goto(address("assessments:detail", draft.code))
    expect(page.get_by_label("What do they want to do again?")).to_have_value("Dance")
    # All is stored: nobody is asked.
    page.get_by_label("What do they want to do again?").fill("Dance more")
    state(page).to_contain_text(SAVED)
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("link", name="Overview")).to_have_attribute("aria-current", "page")
    assert len(asked) == 1


def test_signed_out_meanwhile_it_waits_and_goes_on_after_signing_in(
    enter: Enter, people: dict[Role, User], episode: Episode, address: Address
) -> None:
    page = enter(Role.PHYSIOTHERAPIST)
    page.goto(address("assessments:new", episode.code))
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("What do they want to do again?").fill("Dance")
    state(page).to_contain_text("Not saved: you were signed out")
    expect(page.locator("#notice")).to_contain_text("Sign in in a new tab")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    sign_in_here(opened.value, people[Role.PHYSIOTHERAPIST])
    page.bring_to_front()
    # A browser without a screen doesn't tell its pages which of them is in front.
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    state(page).to_contain_text(SAVED)
    expect(page.locator("#notice")).to_be_empty()
    expect(page.get_by_label("What do they want to do again?")).to_have_value("Dance")
    assert Assessment.objects.get().goal == "Dance"


def test_somebody_else_signed_in_decides_in_whose_name_it_is_saved(
    enter: Enter, people: dict[Role, User], episode: Episode, address: Address
) -> None:
    page = enter(Role.PHYSIOTHERAPIST)
    page.goto(address("assessments:new", episode.code))
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("What do they want to do again?").fill("Dance")
    state(page).to_contain_text("Not saved: you were signed out")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    sign_in_here(opened.value, people[Role.PRACTICE_LEAD])
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    state(page).to_contain_text("Not saved: signed in as Leo Lead now")
    assert not Assessment.objects.exists()
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#messages")).to_contain_text("Draft saved")
    assert Assessment.objects.get().created_by == people[Role.PRACTICE_LEAD]


def test_two_people_on_one_draft_see_both_answers_and_choose(
    enter: Enter, episode: Episode, address: Address
) -> None:
    draft = make.make_assessment(episode, goal="Walk", duration_weeks=12)
    lead, physio = enter(Role.PRACTICE_LEAD), enter(Role.PHYSIOTHERAPIST)
    for page in (lead, physio):
        page.goto(address("assessments:detail", draft.code))
    lead.get_by_label("What do they want to do again?").fill("Walk the dog")
    lead.get_by_label("How long has it hurt?").fill("20")
    press_yes(lead, "Warm?")
    state(lead).to_contain_text(SAVED)

    physio.get_by_label("What do they want to do again?").fill("Swim again")
    physio.get_by_label("How long has it hurt?").fill("30")
    press_yes(physio, "Diffuse swelling?")
    state(physio).to_contain_text("Not saved: Leo Lead saved this draft meanwhile")
    draft.refresh_from_db()
    assert (draft.goal, draft.duration_weeks) == ("Walk the dog", 20)
    expect(physio.get_by_label("What do they want to do again?")).to_have_value("Swim again")

    physio.get_by_role("button", name="Save draft").click()
    expect(physio.get_by_role("heading", name="Somebody else saved this draft")).to_be_visible()
    shot(physio, "conflict")
    expect(physio.get_by_label("Warm?, stored: Yes")).to_be_checked()
    expect(physio.get_by_label("Diffuse swelling?, typed by you: Yes")).to_be_checked()
    physio.get_by_label("What do they want to do again?, stored: Walk the dog").press("Space")
    physio.get_by_role("button", name="Save what is chosen").click()
    # One row is missing its choice; the other choice is kept.
    expect(physio.get_by_text("1 question still needs a choice")).to_be_visible()
    shot(physio, "conflict-missing")
    expect(
        physio.get_by_label("What do they want to do again?, stored: Walk the dog")
    ).to_be_checked()
    # Typing on in the page means to keep what is typed.
    physio.get_by_label("How long has it hurt?", exact=True).fill("31")
    expect(physio.get_by_label("How long has it hurt?, typed by you")).to_be_checked()
    physio.get_by_role("button", name="Save what is chosen").click()
    expect(physio.locator("#messages")).to_contain_text("Draft saved")
    now = selectors.recorded(Assessment.objects.all().whole().get())
    assert (now["goal"], now["duration_weeks"]) == ("Walk the dog", 31)
    assert (now["warm"], now["swelling_diffuse"]) == (True, True)


def test_a_signed_assessment_is_amended_and_compared(
    visitor: Page,
    look: Callable[[str], None],
    sign_in: Callable[[Role], None],
    episode: Episode,
    address: Address,
) -> None:
    page = visitor
    original = make.make_signed_assessment(episode)
    sign_in(Role.PHYSIOTHERAPIST)
    page.goto(address("assessments:detail", original.code))
    page.get_by_role("link", name="Amend").click()
    look("amend form")
    shot(page, "amend-form")
    page.get_by_label("What was wrong?").fill("Left and right were mixed up at the heel raises.")
    page.get_by_role("button", name="Begin the amendment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Amendment")
    expect(page.get_by_text("Left and right were mixed up")).to_be_visible()
    look("amendment, draft")
    shot(page, "amendment-draft")
    page.locator("[name=left_repetitions]").fill("22")
    page.locator("[name=right_repetitions]").fill("15")
    state(page).to_contain_text(SAVED)
    # What to sign was drawn before these changes.
    expect(page.get_by_role("button", name="Sign assessment")).to_be_disabled()
    page.get_by_role("button", name="Save and go to signing").click()
    page.get_by_role("button", name="Sign assessment").click()
    expect(page.locator("#messages")).to_contain_text("Signed.")
    page.goto(address("assessments:detail", original.code))
    expect(page.get_by_text(re.compile(r"^Amended on \d"))).to_be_visible()
    look("original, amended")
    shot(page, "original")
    page.get_by_role("link", name="Read the amended one").click()
    expect(page.get_by_role("heading", name="Amendment of the assessment")).to_be_visible()
    look("amendment, signed")
    shot(page, "amendment-signed")
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_text("There is no earlier signed assessment")).to_be_visible()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("cell", name="+7 reps")).to_be_visible()
    look("comparison")
    shot(page, "compare")
    page.get_by_role("link", name="Show what stayed the same too").click()
    expect(page.get_by_role("cell", name="no change").first).to_be_visible()
    look("comparison, all")
    shot(page, "compare-all")
