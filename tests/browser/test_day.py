"""The day's list by keyboard alone: find somebody, open them, log, and hide every name."""

from collections.abc import Callable
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from patients.models import User
from patients.rules.roles import Role
from patients.rules.terms import Side
from tests import make
from tests.browser.conftest import Look, let_in
from tests.browser.test_keyboard import MOST_STOPS

SignIn = Callable[[Role], None]
BLURRED = "node => getComputedStyle(node).filter"


def a_day(by: User) -> None:
    """A patient with a plan, one with two sides, two of one name, and somebody new."""
    ten_days_ago = timezone.localdate() - timedelta(days=10)
    planned = make.make_patient(by=by, family_name="Hartig", given_name="Sandra")
    programme = make.make_programme(
        make.make_episode(planned, by=by, on=ten_days_ago),
        by=by,
        on=ten_days_ago,
        examined_on=ten_days_ago,
    )
    make.make_handout(programme, by=by, on=timezone.localdate())
    both = make.make_patient(by=by, family_name="Harfield", given_name="Sasha")
    for side in Side:
        make.make_episode(both, by=by, side=side, on=ten_days_ago)
    for year in (1956, 1980):
        born = ten_days_ago.replace(year=year, day=3)
        make.make_patient(by=by, family_name="Same", given_name="Sam", date_of_birth=born)


def test_a_day_without_a_mouse(
    visitor: Page, sign_in: SignIn, people: dict[Role, User], look: Look
) -> None:
    a_day(people[Role.PHYSIOTHERAPIST])
    sign_in(Role.PHYSIOTHERAPIST)
    look("the day's list")
    press, box = visitor.keyboard.press, visitor.locator("#search")
    lines = visitor.get_by_role("option")
    expect(box).to_have_attribute("aria-expanded", "false")

    # A few letters of both names, in any order, in one request.
    asked: list[str] = []
    visitor.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    press("/")
    expect(box).to_be_focused()
    visitor.keyboard.type("sa ha")
    expect(lines).to_have_count(3)
    assert [each.split(" ")[0] for each in asked] == ["POST"]
    assert "ha" not in asked[0].rsplit("/patients/", 1)[1].removeprefix("search/")
    expect(box).to_have_attribute("aria-expanded", "true")
    look("matches below the search")
    assert visitor.locator("[aria-activedescendant]").count() == 0
    for key, text in (
        ("ArrowDown", "left"),
        ("ArrowDown", "right"),
        ("ArrowDown", "Hartig"),
        ("ArrowDown", "left"),
        ("ArrowUp", "Hartig"),
    ):
        press(key)
        told = visitor.locator(f"#{box.get_attribute('aria-activedescendant')}")
        expect(told).to_have_attribute("aria-selected", "true")
        expect(told).to_contain_text(text)
    assert visitor.locator("[aria-selected=true]").count() == 1
    expect(box).to_be_focused()

    # Escape closes and keeps what was typed; another letter opens again; Enter opens the episode.
    press("Escape")
    expect(lines.first).to_be_hidden()
    expect(box).to_have_value("sa ha")
    press("r")
    expect(lines).to_have_count(3)
    press("ArrowUp")
    press("Enter")
    expect(visitor.locator(".episode-header .name")).to_contain_text("Sandra")
    assert "/episodes/" in visitor.url

    # Without a choice Enter sends the form as it always did.
    expect(box).to_have_attribute("aria-expanded", "false")
    press("/")
    visitor.keyboard.type("same")
    expect(lines).to_have_count(2)
    assert lines.nth(0).inner_text() != lines.nth(1).inner_text()
    press("Enter")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Patients")
    expect(visitor.get_by_role("row").filter(has_text="Same")).to_have_count(2)

    # One match needs no choice.
    expect(box).to_have_attribute("aria-expanded", "false")
    press("/")
    visitor.keyboard.type("sandr")
    expect(lines).to_have_count(1)
    press("Enter")
    expect(visitor.locator(".episode-header .name")).to_contain_text("Sandra")

    # From the list to a session in one press on its row.
    visitor.goto(visitor.url.split("/episodes/")[0] + "/")
    row = visitor.get_by_role("row").filter(has_text="Hartig")
    expect(row).to_contain_text("On track")
    log = row.get_by_role("link", name="Log a session")
    for _ in range(MOST_STOPS):
        if log.evaluate("node => node === document.activeElement"):
            break
        press("Tab")
    press("Enter")
    expect(visitor.locator("form [name=form_token]").first).to_be_attached()


def test_names_stay_hidden_until_they_are_asked_for(
    visitor: Page, sign_in: SignIn, people: dict[Role, User], look: Look
) -> None:
    a_day(people[Role.PHYSIOTHERAPIST])
    sign_in(Role.PHYSIOTHERAPIST)
    name = visitor.get_by_role("link", name="Hartig, Sandra").first
    switch = visitor.get_by_role("button", name="Hide names")
    assert name.evaluate(BLURRED) == "none"
    visitor.keyboard.press("Shift+P")
    expect(switch).to_have_attribute("aria-pressed", "true")
    assert name.evaluate(BLURRED).startswith("blur(")
    name.hover()
    name.focus()
    assert name.evaluate(BLURRED).startswith("blur(")
    look("the day's list with its names hidden")

    # The next page comes blurred from the server, its title too.
    name.press("Enter")
    title = visitor.locator(".episode-header .name")
    expect(title).to_contain_text("Sandra")
    assert title.evaluate(BLURRED).startswith("blur(")
    assert visitor.title() == "Upwell"
    answer = visitor.request.get(visitor.url).text()
    assert 'class="private"' in answer
    assert "<title>Upwell</title>" in answer

    # Typing a capital P is typing; the letters found are blurred too.
    expect(visitor.locator("#search")).to_have_attribute("aria-expanded", "false")
    visitor.keyboard.press("/")
    visitor.keyboard.press("Shift+P")
    visitor.keyboard.press("Backspace")
    visitor.keyboard.type("hart")
    found = visitor.get_by_role("option").locator("[data-person]")
    expect(found.first).to_be_visible()
    assert {each.evaluate(BLURRED)[:5] for each in found.all()} == {"blur("}
    expect(switch).to_have_attribute("aria-pressed", "true")

    switch.click()
    assert title.evaluate(BLURRED) == "none"
    assert "Hartig" in visitor.title()
    visitor.goto(visitor.url.split("/episodes/")[0] + reverse("programmes:caseload"))
    assert name.evaluate(BLURRED) == "none"


def test_reception_finds_a_patient_and_opens_the_record(
    visitor: Page, live_server: LiveServer, people: dict[Role, User]
) -> None:
    a_day(people[Role.PHYSIOTHERAPIST])
    let_in(visitor.context, live_server.url, people[Role.RECEPTION])
    visitor.goto(live_server.url + reverse("patients:new"))
    visitor.get_by_role("heading", level=1).click()
    visitor.keyboard.press("/")
    visitor.keyboard.type("harf")
    option = visitor.get_by_role("option")
    expect(option).to_have_count(1)
    visitor.keyboard.press("ArrowDown")
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Sasha Harfield")
    assert "/patients/" in visitor.url
