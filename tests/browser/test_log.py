"""Logging a session with the keyboard: every key press and every request is counted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Dialog, Locator, Page, Request, expect

from patients.models import User
from patients.rules.roles import Role
from programmes.models import Programme, Session
from tests import make
from tests.browser.conftest import stop_clock

pytestmark = pytest.mark.django_db(transaction=True)

AS_PLANNED_KEYS = 3
TWO_DEVIATIONS_KEYS = 12


@dataclass
class Typist:
    """Somebody at the keyboard: counts the keys, and what the page asks of the server."""

    page: Page
    keys: int = 0
    posts: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._hear)

    def _hear(self, request: Request) -> None:
        if request.method == "POST":
            self.posts.append(request.url)
        elif request.is_navigation_request():
            self.pages.append(request.url)

    def press(self, *keys: str) -> None:
        """Press these keys one after the other."""
        for key in keys:
            self.keys += 1
            self.page.keyboard.press(key)


@pytest.fixture
def programme(people: dict[Role, User]) -> Programme:
    """Heavy slow resistance since four weeks ago, with a session last week."""
    by, on = people[Role.PHYSIOTHERAPIST], timezone.localdate() - timedelta(days=28)
    programme = make.make_programme(make.make_episode(by=by, on=on), on=on, examined_on=on)
    make.make_session(programme, by=by, happened_on=on + timedelta(days=21))
    return programme


@pytest.fixture
def open_page(
    visitor: Page, live_server: object, sign_in: Callable[[Role], None], programme: Programme
) -> Callable[..., Typist]:
    """Opens the page, signed in; what was asked until then isn't counted."""
    sign_in(Role.PHYSIOTHERAPIST)

    def go(page: Page = visitor) -> Typist:
        path = reverse("programmes:session_new", args=[programme.episode.code])
        page.goto(f"{live_server.url}{path}")  # type: ignore[attr-defined]
        expect(number(page, "Pain before", 0)).to_be_focused()
        return Typist(page)

    return go


def number(page: Page, name: str, value: int) -> Locator:
    row = page.get_by_role("group", name=name)
    return row.locator(f"input[value='{value}']")


def cell(page: Page, name: str) -> Locator:
    return page.get_by_label(name, exact=True)


def newest() -> Session:
    return Session.objects.order_by("pk")[1]


def decided_on(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text("Session of")


def test_as_planned_is_one_key(open_page: Callable[..., Typist]) -> None:
    typist = open_page()
    typist.press("Enter")
    decided_on(typist.page)
    expect(typist.page.locator("#decision-title")).to_be_visible()
    assert typist.keys <= AS_PLANNED_KEYS
    assert (len(typist.posts), len(typist.pages)) == (1, 1)
    assert (newest().completed_pct, newest().done, newest().pain_during) == (100, [], None)


def test_two_deviations_with_pain_are_twelve_keys_at_most(
    open_page: Callable[..., Typist],
) -> None:
    typist = open_page()
    page = typist.page
    typist.press("Tab", "3", "2")
    expect(page.get_by_label("Morning stiffness on the day")).to_be_focused()
    # No stiffness asked. The load comes first; right to set 2, and down to that of the next one.
    typist.press("Tab", "ArrowRight", "ArrowRight", "1", "2", "ArrowDown", "1", "0", "Enter")
    decided_on(page)
    expect(page.locator("#decision-title")).to_be_visible()
    assert typist.keys <= TWO_DEVIATIONS_KEYS
    assert (len(typist.posts), len(typist.pages)) == (1, 1)
    session = newest()
    assert (session.pain_before, session.pain_during, session.pain_after) == (None, 3, 2)
    assert [(each["target"], each["sets"]) for each in session.done] == [
        (0, [None, {"amount": 12}]),
        (1, [None, {"amount": 10}]),
    ]


def test_one_then_nought_is_ten_and_one_then_another_digit_is_two_answers(
    open_page: Callable[..., Typist], look: Callable[[str], None]
) -> None:
    typist = open_page()
    page = typist.page
    said = page.locator(".log-pains output")
    stop_clock(page)
    typist.press("1")
    expect(said.first).to_have_text("1 … or 10")
    typist.press("0", "1", "4")
    expect(number(page, "Pain before", 10)).to_be_checked()
    expect(said).to_have_text(["10: is that so?", "", ""])
    expect(number(page, "Pain during", 1)).to_be_checked()
    expect(number(page, "Pain after", 4)).to_be_checked()
    expect(page.get_by_label("Morning stiffness on the day")).to_be_focused()
    page.clock.resume()
    look("pain of ten")
    number(page, "Pain before", 9).check(force=True)
    expect(said).to_have_text(["", "", ""])


def test_one_then_tab_then_nought_is_one_and_no_pain(open_page: Callable[..., Typist]) -> None:
    typist = open_page()
    typist.press("1", "Tab", "0")
    expect(number(typist.page, "Pain before", 1)).to_be_checked()
    expect(number(typist.page, "Pain during", 0)).to_be_checked()


def test_after_a_while_one_is_one(open_page: Callable[..., Typist]) -> None:
    typist = open_page()
    typist.press("1")
    expect(number(typist.page, "Pain during", 0)).to_be_focused()
    typist.press("0")
    expect(number(typist.page, "Pain before", 1)).to_be_checked()
    expect(number(typist.page, "Pain during", 0)).to_be_checked()


def test_a_mistyped_digit_is_taken_back_by_one_key(open_page: Callable[..., Typist]) -> None:
    typist = open_page()
    page = typist.page
    typist.press("2", "8", "Backspace")
    expect(number(page, "Pain during", 8)).not_to_be_checked()
    expect(number(page, "Pain before", 2)).to_be_checked()
    typist.press("3", "4", "Backspace", "5", "Enter")
    decided_on(page)
    session = newest()
    assert (session.pain_before, session.pain_during, session.pain_after) == (2, 3, 5)


def test_the_table_moves_by_arrows_and_takes_last_times_value(
    open_page: Callable[..., Typist],
) -> None:
    typist = open_page()
    page = typist.page
    cell(page, "Seated heel raise, machine, kg").focus()
    typist.press("4", "0", "ArrowDown", "5", "0", "ArrowUp", "ArrowRight", "=", "ArrowRight", "-")
    expect(cell(page, "Seated heel raise, machine, kg")).to_have_value("40")
    expect(cell(page, "Heel raise on the leg press, kg")).to_have_value("50")
    expect(cell(page, "Seated heel raise, machine, set 1")).to_have_value("15")
    expect(cell(page, "Seated heel raise, machine, set 2")).to_have_value("-")
    typist.press("ArrowLeft", "ArrowUp")
    expect(page.get_by_label("Morning stiffness on the day")).to_be_focused()
    typist.press("ArrowUp")
    expect(number(page, "Pain after", 0)).to_be_focused()
    typist.press("Enter")
    decided_on(page)
    assert newest().done == [
        {"target": 0, "kg": "40", "sets": [None, {"amount": 0}]},
        {"target": 1, "kg": "50", "sets": []},
    ]


def test_a_refused_session_keeps_its_place_and_is_saved_by_enter(
    open_page: Callable[..., Typist], look: Callable[[str], None]
) -> None:
    typist = open_page()
    page = typist.page
    look("session form")
    cell(page, "Seated heel raise, machine, set 2").fill("12q")
    typist.press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    look("session form, refused")
    box = cell(page, "Seated heel raise, machine, set 2")
    expect(box).to_have_value("12q")
    box.focus()
    typist.press("1", "2", "Enter")
    decided_on(page)
    assert newest().done[0]["sets"] == [None, {"amount": 12}]


def test_enter_twice_back_reload_and_a_second_tab_make_one_session(
    open_page: Callable[..., Typist], visitor: Page
) -> None:
    beside = visitor.context.new_page()
    second = open_page(beside)
    first = open_page(visitor)
    first.press("Tab", "3", "Enter", "Enter")
    decided_on(visitor)
    assert Session.objects.count() == 2
    second.press("Tab", "3", "Enter")
    decided_on(beside)
    assert Session.objects.count() == 2
    visitor.reload()
    decided_on(visitor)
    visitor.go_back()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Log a session")
    said = visitor.locator(".log-day:visible")
    expect(said).to_contain_text("This will be the second session of that day.")
    first.press("Enter")
    expect(visitor.get_by_role("alert")).to_contain_text("That day has a session already")
    first.press("Enter")
    expect(visitor.get_by_role("button", name="Log this as another session")).to_be_focused()
    assert Session.objects.count() == 2


def test_minutes_of_stiffness_stand_between_pain_and_the_table(
    open_page: Callable[..., Typist],
) -> None:
    typist = open_page()
    page = typist.page
    typist.press("1", "Tab", "3", "2", "1", "5", "Tab")
    expect(cell(page, "Seated heel raise, machine, kg")).to_be_focused()
    typist.press("Backspace")
    expect(page.get_by_label("Morning stiffness on the day")).to_be_focused()
    typist.press("ArrowDown", "Enter")
    decided_on(page)
    assert (newest().pain_after, newest().stiffness_min) == (2, 15)


def test_leaving_with_something_typed_is_warned_of_and_saving_is_not(
    open_page: Callable[..., Typist],
) -> None:
    typist = open_page()
    page = typist.page
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_label("Note").fill("felt fine")
    page.get_by_role("link", name="Cancel").click(no_wait_after=True)
    expect(page.get_by_label("Note")).to_have_value("felt fine")
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Save session").click()
    decided_on(page)
    assert asked == ["beforeunload"]


def test_day_and_place_are_in_sight_above_the_bar(open_page: Callable[..., Typist]) -> None:
    page = open_page().page
    bar = page.locator(".log-save").bounding_box()
    assert bar is not None
    for name in ("happened_on", "stiffness_min"):
        box = page.locator(f"form[data-log] [name={name}]").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= bar["y"], name
    expect(page.get_by_role("group", name="Source")).to_be_in_viewport(ratio=1)


def test_another_session_from_an_old_page_is_saved_only_by_its_button(
    open_page: Callable[..., Typist], visitor: Page, look: Callable[[str], None]
) -> None:
    beside = visitor.context.new_page()
    second = open_page(beside)
    first = open_page(visitor)
    second.press("Tab", "5", "Enter")
    decided_on(beside)
    first.press("Tab", "3", "Enter")
    expect(visitor.get_by_role("alert")).to_be_focused()
    look("another session meanwhile")
    expect(number(visitor, "Pain during", 3)).to_be_checked()
    first.press("Enter")
    button = visitor.get_by_role("button", name="Log this as another session")
    expect(button).to_be_focused()
    assert Session.objects.count() == 2
    button.click()
    decided_on(visitor)
    assert [each.pain_during for each in Session.objects.order_by("pk")[1:]] == [5, 3]


def test_a_day_that_has_a_session_says_so_when_its_date_is_chosen(
    open_page: Callable[..., Typist], visitor: Page
) -> None:
    open_page()
    said = visitor.get_by_text("This will be the second session of that day.")
    expect(said).to_be_hidden()
    day = Session.objects.get().happened_on
    visitor.get_by_label("Date").fill(day.isoformat())
    expect(said).to_be_visible()


def test_without_a_script_it_is_a_plain_form(
    browser: object, visitor: Page, live_server: object, open_page: Callable[..., Typist]
) -> None:
    open_page()
    plain = browser.new_context(  # type: ignore[attr-defined]
        java_script_enabled=False, storage_state=visitor.context.storage_state()
    )
    page = plain.new_page()
    page.goto(visitor.url)
    page.get_by_label("Heel raise on the leg press, set 1", exact=True).fill("1x")
    page.get_by_role("button", name="Save session").click()
    expect(page.get_by_text("set 1: Write repetitions like 15").first).to_be_visible()
    box = page.get_by_label("Heel raise on the leg press, set 1", exact=True)
    expect(box).to_have_value("1x")
    box.fill("14")
    page.get_by_role("button", name="Save session").click()
    decided_on(page)
    assert newest().done[0]["sets"] == [{"amount": 14}]
    plain.close()
