"""What was typed survives: a session that ended meanwhile, a new token, a lost network."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from assessments.models import Assessment
from patients.models import Patient, User
from patients.rules.roles import Role
from programmes.models import Session
from tests import make
from tests.browser.test_path import answer, examine
from tests.test_sign_in import code_now
from upwell import second_steps

# What the browser and htmx themselves write when a request is refused or can't leave.
REFUSED = ("the server responded with a status of", "Response Status Error Code")
OFFLINE = ("net::ERR_INTERNET_DISCONNECTED", "htmx:sendError")
# What a later request replaced before its answer came, on a slow machine: no complaint.
REPLACED = ("htmx:sendAbort", "htmx:afterRequest, ")
KEPT = "What you typed is still here"
NOTE = "Half of the second set"
SESSION_FORM = "main form"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console complained about; a test takes back what it provoked."""
    return []


@pytest.fixture
def visitor(page: Page, complaints: list[str]) -> Iterator[Page]:
    """The page; the test fails on each complaint it didn't provoke itself."""

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(REPLACED):
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": 1280, "height": 900})
    yield page
    assert complaints == []


def take_back(complaints: list[str], *provoked: str) -> None:
    """Forget the complaints a test provoked; there must be some, or it provoked nothing."""
    kept = [text for text in complaints if not any(words in text for words in provoked)]
    assert len(kept) < len(complaints)
    complaints[:] = kept


def refusals(status: int) -> tuple[str, ...]:
    """What the console says of one status, in the browser's words and in htmx's."""
    return tuple(f"{words} {status}" for words in REFUSED)


def enter(page: Page, user: User) -> None:
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
    if app := Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first():
        # One code opens one session: two sign-ins of a test may fall into one half minute.
        cache.clear()
        page.get_by_label("Code").fill(code_now(second_steps.unlock(app.data["secret"])))
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Second step")


def sign_in_beside(page: Page, user: User) -> None:
    """Sign in through the banner's link, in the tab it opens, and come back."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    beside = opened.value
    enter(beside, user)
    page.bring_to_front()


def fill_in_session(page: Page) -> None:
    answer(page, "Pain before", "1")
    answer(page, "Pain during, the worst of it", "3")
    answer(page, "Pain after", "2")
    page.get_by_label("Morning stiffness on the day").fill("20")
    answer(page, "Newly warm or visibly swollen?", "No")
    page.get_by_label("Note").fill(NOTE)


def typed(page: Page, form: str) -> list[list[str]]:
    """Name and value of everything a form would send, but its security token."""
    pairs: list[list[str]] = page.evaluate(
        "selector => [...new FormData(document.querySelector(selector))]", form
    )
    return [pair for pair in pairs if pair[0] != "csrfmiddlewaretoken"]


def without(pairs: list[list[str]], name: str) -> list[list[str]]:
    return [pair for pair in pairs if pair[0] != name]


@pytest.fixture
def physio(people: dict[Role, User]) -> User:
    return people[Role.PHYSIOTHERAPIST]


@pytest.fixture
def address(live_server: object) -> Callable[..., str]:
    """The address of a page on the test's server."""

    def of(name: str, *args: UUID) -> str:
        return f"{live_server.url}{reverse(name, args=args)}"  # type: ignore[attr-defined]

    return of


@pytest.mark.parametrize(
    ("cookies", "status"),
    [
        pytest.param(["sessionid"], 401, id="the session ended"),
        pytest.param(["sessionid", "csrftoken"], 403, id="all cookies are gone"),
    ],
)
def test_assessment_is_kept_and_saved_after_signing_in_again(
    visitor: Page,
    complaints: list[str],
    sign_in: Callable[[Role], None],
    physio: User,
    address: Callable[..., str],
    cookies: list[str],
    status: int,
) -> None:
    page, episode = visitor, make.make_episode(by=physio)
    sign_in(Role.PHYSIOTHERAPIST)
    page.goto(address("assessments:new", episode.code))
    examine(page)
    expect(page.locator("#panel").get_by_text("61").first).to_be_visible()
    # Stored by itself or not yet, whichever the moment.
    before = without(typed(page, "#examination"), "version")

    for cookie in cookies:
        page.context.clear_cookies(name=cookie)
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#notice")).to_contain_text("Not saved: you were signed out")
    assert without(typed(page, "#examination"), "version") == before

    sign_in_beside(page, physio)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Draft saved").first).to_be_visible()
    assert Assessment.objects.count() == 1
    # The version counts the saves; all else reads as it was typed.
    assert without(typed(page, "#examination"), "version") == before
    take_back(complaints, *refusals(status))


@pytest.mark.parametrize("second_step", [False, True], ids=["password", "password and code"])
def test_session_is_kept_and_saved_after_signing_in_again(
    visitor: Page,
    complaints: list[str],
    sign_in: Callable[[Role], None],
    physio: User,
    address: Callable[..., str],
    settings: Any,
    second_step: bool,
) -> None:
    page, programme = visitor, make.make_programme(by=physio)
    if second_step:
        settings.MFA_REQUIRED = True
        TOTP.activate(physio, generate_totp_secret())
    sign_in(Role.PHYSIOTHERAPIST)
    page.goto(address("programmes:session_new", programme.episode.code))
    fill_in_session(page)
    before = typed(page, SESSION_FORM)

    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save session").click()
    expect(page.locator("#notice")).to_contain_text("Not saved: you were signed out")
    page.get_by_role("button", name="Save session").click()
    expect(page.locator("#notice")).to_contain_text("Not saved: you were signed out")
    assert typed(page, SESSION_FORM) == before

    sign_in_beside(page, physio)
    page.get_by_role("button", name="Save session").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Session of")
    check_session()
    take_back(complaints, *refusals(401))


def test_plain_form_is_kept_and_saved_after_signing_in_again(
    browser: Browser, physio: User, address: Callable[..., str], complaints: list[str]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address("account_login"))
    enter(page, physio)
    page.goto(address("patients:new"))
    page.get_by_label("Family name").fill("Keptname")
    page.get_by_label("Given name").fill("Kim")
    page.get_by_label("Date of birth").fill("1980-01-31")
    page.get_by_label("Female").check()
    context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Add patient").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Not saved yet")
    with context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    enter(opened.value, physio)
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("You are signed in as Paul Physio")).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kim Keptname")
    assert Patient.objects.count() == 1
    context.close()


def test_coming_back_to_the_page_says_that_saving_works_again(
    visitor: Page,
    complaints: list[str],
    sign_in: Callable[[Role], None],
    physio: User,
    address: Callable[..., str],
) -> None:
    page, programme = visitor, make.make_programme(by=physio)
    sign_in(Role.PHYSIOTHERAPIST)
    page.goto(address("programmes:session_new", programme.episode.code))
    fill_in_session(page)
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save session").click()
    sign_in_beside(page, physio)
    # A browser without a screen doesn't tell its pages which of them is in front.
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("#notice")).to_contain_text("You are signed in again")
    page.get_by_role("button", name="Save session").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Session of")
    check_session()
    take_back(complaints, *refusals(401))


def test_token_renewed_by_another_tab_costs_one_more_click(
    visitor: Page,
    complaints: list[str],
    sign_in: Callable[[Role], None],
    physio: User,
    address: Callable[..., str],
) -> None:
    page, programme = visitor, make.make_programme(by=physio)
    sign_in(Role.PHYSIOTHERAPIST)
    page.goto(address("programmes:session_new", programme.episode.code))
    fill_in_session(page)
    page.context.clear_cookies(name="sessionid")
    beside = page.context.new_page()
    beside.goto(address("account_login"))
    enter(beside, physio)
    page.get_by_role("button", name="Save session").click()
    expect(page.locator("#notice")).to_contain_text(KEPT)
    assert not Session.objects.exists()
    page.get_by_role("button", name="Save session").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Session of")
    check_session()
    take_back(complaints, *refusals(403))


def test_somebody_else_is_told_in_whose_name_it_would_be_saved(
    visitor: Page,
    complaints: list[str],
    sign_in: Callable[[Role], None],
    people: dict[Role, User],
    physio: User,
    address: Callable[..., str],
) -> None:
    page, programme = visitor, make.make_programme(by=physio)
    sign_in(Role.PHYSIOTHERAPIST)
    page.goto(address("programmes:session_new", programme.episode.code))
    fill_in_session(page)
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save session").click()
    sign_in_beside(page, people[Role.PRACTICE_LEAD])
    page.get_by_role("button", name="Save session").click()
    expect(page.locator("#notice")).to_contain_text("You are signed in as Leo Lead now")
    assert not Session.objects.exists()
    page.get_by_role("button", name="Save session").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Session of")
    assert Session.objects.get().logged_by == people[Role.PRACTICE_LEAD]
    take_back(complaints, *refusals(401))


def test_session_is_kept_without_a_network_and_saved_once(
    visitor: Page,
    complaints: list[str],
    sign_in: Callable[[Role], None],
    physio: User,
    address: Callable[..., str],
) -> None:
    page, programme = visitor, make.make_programme(by=physio)
    sign_in(Role.PHYSIOTHERAPIST)
    page.goto(address("programmes:session_new", programme.episode.code))
    fill_in_session(page)
    before = typed(page, SESSION_FORM)

    page.context.set_offline(True)
    page.get_by_role("button", name="Save session").click()
    expect(page.locator("#notice")).to_contain_text(f"No connection. {KEPT}")
    assert typed(page, SESSION_FORM) == before
    page.get_by_role("button", name="Send now").dblclick()
    expect(page.locator("#notice")).to_contain_text(KEPT)
    page.context.set_offline(False)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Session of")
    check_session()
    take_back(complaints, *OFFLINE)


def test_refused_form_is_shown_in_place_and_goes_on_working(
    visitor: Page,
    complaints: list[str],
    sign_in: Callable[[Role], None],
    physio: User,
    address: Callable[..., str],
) -> None:
    page, programme = visitor, make.make_programme(by=physio)
    sign_in(Role.PHYSIOTHERAPIST)
    page.goto(address("programmes:session_new", programme.episode.code))
    title = page.title()
    fill_in_session(page)
    page.get_by_label("How much of it was done?").fill("300")
    page.get_by_role("button", name="Save session").click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator(".error-summary")).to_be_in_viewport()
    expect(page).to_have_title(title)
    expect(page.get_by_label("How much of it was done?")).to_have_value("300")
    expect(page.get_by_label("Note")).to_have_value(NOTE)

    page.get_by_label("How much of it was done?").fill("100")
    pain = page.get_by_role("group", name="Pain after", exact=True)
    pain.get_by_role("radio", name="0 no pain").focus()
    page.keyboard.press("1")
    page.keyboard.press("0")
    ten = pain.get_by_role("radio", name="10 worst pain")
    expect(ten).to_be_checked()
    # The keys went on to the next question by themselves.
    expect(ten).not_to_be_focused()
    ten.focus()
    page.keyboard.press("2")
    page.get_by_role("button", name="Save session").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Session of")
    check_session()
    take_back(complaints, "status of 422")


def test_picture_of_tender_points_works_after_a_refusal(
    visitor: Page,
    complaints: list[str],
    sign_in: Callable[[Role], None],
    physio: User,
    address: Callable[..., str],
) -> None:
    page, episode = visitor, make.make_episode(by=physio)
    sign_in(Role.PHYSIOTHERAPIST)
    page.goto(address("assessments:new", episode.code))
    points = page.get_by_label("Tender points, cm above the insertion")
    points.fill("4")
    page.get_by_label("How long has it hurt?").fill("-1")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator(".error-summary")).to_be_focused()
    dots = page.locator("[data-dots] circle")
    expect(dots).to_have_count(1)
    points.fill("4; 2")
    expect(dots).to_have_count(2)
    points.fill("")
    page.locator("[data-hit]").click()
    expect(dots).to_have_count(1)
    take_back(complaints, "status of 422")
    page.close(run_before_unload=False)


def check_session() -> None:
    """Exactly one session is stored, with every value of ``fill_in_session``."""
    session = Session.objects.get()
    assert (session.pain_before, session.pain_during, session.pain_after) == (1, 3, 2)
    assert (session.stiffness_min, session.completed_pct) == (20, 100)
    assert session.new_warm_or_swollen is False
    assert session.note == NOTE
