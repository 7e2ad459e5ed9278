"""Keys at a session's page: the morning after, confirming, one tap for a reason."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Dialog, Page, expect

from patients.rules.roles import Role
from programmes.actions import record_morning
from programmes.models import Correction, Decision, MorningAfter, Session
from tests import make
from tests.browser.conftest import stop_clock

if TYPE_CHECKING:
    from patients.models import User

pytestmark = pytest.mark.django_db(transaction=True)

People = Mapping[Role, "User"]


@pytest.fixture
def session(people: People) -> Session:
    """A session of two days ago at isotonic step 1, its morning after not told yet."""
    by, on = people[Role.PHYSIOTHERAPIST], timezone.localdate() - timedelta(days=2)
    episode = make.make_episode(by=by, on=on)
    return make.make_session(make.make_programme(episode, on=on, examined_on=on))


@pytest.fixture
def opened(
    visitor: Page, live_server: object, sign_in: Callable[[Role], None]
) -> Callable[[str, Session], Page]:
    """Opens a page of a session as its physiotherapist."""

    def visit(name: str, session: Session) -> Page:
        sign_in(Role.PHYSIOTHERAPIST)
        server: str = live_server.url  # type: ignore[attr-defined]
        visitor.goto(server + reverse(name, args=[session.code]))
        return visitor

    return visit


Opened = Callable[[str, Session], Page]


def test_the_morning_after_is_two_keys_and_enter_then_c_confirms(
    opened: Opened, session: Session, look: Callable[[str], None]
) -> None:
    page = opened("programmes:session", session)
    look("session, morning missing")
    page.reload()
    expect(page.get_by_role("group", name="Pain the next morning")).to_be_visible()
    page.keyboard.press("2")
    expect(page.get_by_label("Stiffness the next morning")).to_be_focused()
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    confirm = page.get_by_role("button", name="Stay at isotonic step 1")
    expect(confirm).to_be_visible()
    told = MorningAfter.objects.get()
    assert (told.pain, told.stiffness_min) == (2, 5)
    look("session, proposed")
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Decided:")).to_be_visible()
    assert Decision.objects.get().outcome == "HOLD"
    look("session, decided")


def test_a_one_before_another_digit_stays_one_and_a_ten_is_asked_about(
    opened: Opened, session: Session, look: Callable[[str], None]
) -> None:
    page = opened("programmes:session", session)
    stop_clock(page)
    said, minutes = page.locator("[data-morning] output"), page.get_by_label("Stiffness the next")
    page.keyboard.press("1")
    expect(said).to_have_text("1 … or 10")
    page.keyboard.press("0")
    expect(minutes).to_be_focused()
    expect(said).to_have_text("10: is that so?")
    page.clock.resume()
    look("morning, pain of ten")
    stop_clock(page)
    # Not ten: a one, and its digit behind it is of the minutes.
    page.get_by_role("radio", name="10 worst pain").focus()
    page.keyboard.press("1")
    page.keyboard.press("2")
    expect(minutes).to_be_focused()
    expect(said).to_have_text("")
    page.clock.resume()
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    expect(page.locator("#morning")).to_have_count(0)
    told = MorningAfter.objects.get()
    assert (told.pain, told.stiffness_min) == (1, 20)


def test_a_ten_is_typed_as_ten_and_c_in_a_box_of_words_is_a_letter(
    opened: Opened, session: Session
) -> None:
    page = opened("programmes:session", session)
    page.keyboard.press("1")
    page.keyboard.press("0")
    expect(page.get_by_label("Stiffness the next morning")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Step back to isometric step 4")).to_be_visible()
    assert MorningAfter.objects.get().pain == 10
    page.get_by_text("Decide otherwise").click()
    page.get_by_label("In your words").press("c")
    assert page.get_by_label("In your words").input_value() == "c"
    assert not Decision.objects.exists()


def test_a_reason_is_one_tap(opened: Opened, session: Session) -> None:
    record_morning(session, pain=2, stiffness_min=10, on=timezone.localdate(), by=session.logged_by)
    page = opened("programmes:session", session)
    page.get_by_text("Decide otherwise").click()
    outcomes = page.get_by_role("group", name="Outcome")
    outcomes.get_by_role("radio", name="Progress one step").check()
    expect(page.get_by_label("The patient does not feel ready")).to_be_hidden()
    expect(page.get_by_label("Another reason", exact=True)).to_be_visible()
    outcomes.get_by_role("radio", name="Step back").check()
    expect(page.get_by_label("Settled, though later")).to_be_hidden()
    page.get_by_label("The patient does not feel ready").check()
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("heading", name="Decided: step back")).to_be_visible()
    made = Decision.objects.get()
    assert (made.reason_kind, made.reason) == ("confidence", "The patient does not feel ready")


def test_a_correction_and_striking_out(
    opened: Opened, session: Session, look: Callable[[str], None]
) -> None:
    page = opened("programmes:correct", session)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    look("correction")
    page.get_by_label("Why is it corrected?").fill("Somebody else’s session.")
    page.get_by_role("group", name="Pain after").get_by_role("radio", name="4", exact=True).check()
    page.get_by_role("link", name="Leave it").click(no_wait_after=True)
    expect(page.get_by_label("Why is it corrected?")).to_have_value("Somebody else’s session.")
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_role("heading", name="Corrected", exact=True)).to_be_visible()
    look("session, corrected")
    page.get_by_role("link", name="correct", exact=False).click()
    page.get_by_label("Why is it corrected?").fill("Somebody else’s session.")
    page.get_by_text("It never happened, or was somebody else’s").click()
    page.get_by_role("button", name="Strike the session out").click()
    expect(page.get_by_text("this session counts nowhere")).to_be_visible()
    assert [each.strikes for each in Correction.objects.all()] == [False, True]
    # Stored, so nothing warned of leaving.
    assert asked == ["beforeunload"]
    look("session, struck out")
