"""A form whose answer never came stays as it was typed, says so, and is sent again by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Dialog, Page, Request, Route, expect

from assessments.models import VisaA
from patients.models import Episode, User
from patients.rules.roles import Role
from programmes.actions import record_morning
from programmes.models import Decision, MorningAfter, Session
from tests import make
from tests.browser.test_expiry import typed

pytestmark = pytest.mark.django_db(transaction=True)

LOG = "form:has([name=pain_during])"
BY_ITSELF = "What you typed is still here and is sent by itself when the connection is back."
AGAIN_BY_ITSELF = "What you typed is still here and is sent again by itself until it does."
# What the browser and htmx themselves write of a request without an answer, or with a bad one.
PROVOKED = ("net::ERR_", "htmx:", "Failed to load resource", "Response Status Error Code")


@pytest.fixture
def visitor(page: Page) -> Iterator[Page]:
    """The page; the test fails on each complaint a lost network doesn't explain."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        provoked = any(words in message.text for words in PROVOKED)
        if message.type in {"error", "warning"} and not provoked:
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": 1280, "height": 900})
    # Its time runs as ever, and a test can put it forward instead of waiting.
    page.clock.install()
    yield page
    assert complaints == []


@pytest.fixture
def physio(people: dict[Role, User]) -> User:
    return people[Role.PHYSIOTHERAPIST]


@pytest.fixture
def address(live_server: object) -> Callable[..., str]:
    """The address of a page on the test's server."""

    def of(name: str, *args: UUID) -> str:
        return f"{live_server.url}{reverse(name, args=args)}"  # type: ignore[attr-defined]

    return of


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A form filled in on its page, ready to be sent."""

    page: str
    to: str
    form: str
    fields: dict[str, str]
    makes: type[Model]

    def fill_in(self, page: Page) -> None:
        page.locator(f"details:has({self.form})").evaluate_all(
            "all => all.forEach(each => each.open = true)"
        )
        for name, value in self.fields.items():
            field = page.locator(f"{self.form} [name={name}]")
            kind = field.first.get_attribute("type")
            if kind == "radio":
                page.locator(f"{self.form} [name={name}][value='{value}']").dispatch_event("click")
            else:
                field.fill(value)

    def save(self, page: Page) -> None:
        page.locator(f"{self.form} button:not([type=button])").last.click()


def session_case(by: User, address: Callable[..., str]) -> Case:
    programme = make.make_programme(by=by)
    page = address("programmes:session_new", programme.episode.code)
    fields = {
        "pain_before": "1",
        "pain_during": "3",
        "pain_after": "2",
        "stiffness_min": "20",
        "new_warm_or_swollen": "no",
        "note": "Half of the second set",
    }
    return Case(page=page, to=page, form=LOG, fields=fields, makes=Session)


def morning_case(by: User, address: Callable[..., str]) -> Case:
    session = yesterday(by)
    to = address("programmes:morning", session.code)
    return Case(
        page=address("programmes:session", session.code),
        to=to,
        form="form[action$='/morning/']",
        fields={"pain": "2", "stiffness_min": "15"},
        makes=MorningAfter,
    )


def decision_case(by: User, address: Callable[..., str]) -> Case:
    session = yesterday(by)
    record_morning(session, pain=2, stiffness_min=10, on=timezone.localdate(), by=by)
    to = address("programmes:decide", session.code)
    return Case(
        page=address("programmes:session", session.code),
        to=to,
        form="form[action$='/decide/']:has([name=reason])",
        fields={"outcome": "REGRESS", "reason_kind": "other", "reason": "Slept badly"},
        makes=Decision,
    )


def yesterday(by: User) -> Session:
    """A session of yesterday in a programme of four weeks."""
    began = timezone.localdate() - timedelta(days=28)
    programme = make.make_programme(make.make_episode(by=by, on=began), by=by, on=began)
    return make.make_session(programme, by=by, happened_on=timezone.localdate() - timedelta(days=1))


CASES = {"session": session_case, "morning after": morning_case, "decision": decision_case}


@pytest.fixture
def case(request: pytest.FixtureRequest, physio: User, address: Callable[..., str]) -> Case:
    case: Case = CASES[request.param](physio, address)
    return case


@pytest.fixture
def opened(visitor: Page, sign_in: Callable[[Role], None], case: Case) -> Page:
    """The form of the case on its page, filled in and not yet sent."""
    sign_in(Role.PHYSIOTHERAPIST)
    visitor.goto(case.page)
    case.fill_in(visitor)
    return visitor


def posts(page: Page, to: str) -> list[Request]:
    """Every post to this address from now on."""
    sent: list[Request] = []

    def see(request: Request) -> None:
        if request.method == "POST" and request.url == to:
            sent.append(request)

    page.on("request", see)
    return sent


def lose_answers(page: Page, to: str, times: int = 1) -> None:
    """The next posts to this address reach the server, and their answers are lost."""
    left = [times]

    def lose(route: Route) -> None:
        if route.request.method != "POST" or not left[0]:
            return route.fallback()
        left[0] -= 1
        route.fetch(max_redirects=0)
        route.abort("connectionreset")

    page.route(to, lose)


def arrived(page: Page) -> None:
    """The page after saving: nothing waits, and nothing warns."""
    expect(page.locator("#notice .banner")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Session of")


every_form = pytest.mark.parametrize("case", CASES, indirect=True)
session_form = pytest.mark.parametrize("case", ["session"], indirect=True)


@every_form
def test_without_a_network_it_waits_and_goes_by_itself(opened: Page, case: Case) -> None:
    page, sent = opened, posts(opened, case.to)
    before = typed(page, case.form)
    page.context.set_offline(True)
    case.save(page)
    expect(page.locator("#notice")).to_contain_text(f"No connection. {BY_ITSELF}")
    assert typed(page, case.form) == before
    # It tries again meanwhile, without a word more.
    page.clock.fast_forward(4000)
    expect(page.locator("#notice .banner")).to_have_count(1)
    assert case.makes._default_manager.count() == 0

    failed = len(sent)
    page.context.set_offline(False)
    arrived(page)
    assert case.makes._default_manager.count() == 1
    assert len(sent) == failed + 1


@every_form
def test_a_lost_answer_makes_no_second_row(opened: Page, case: Case) -> None:
    page, sent = opened, posts(opened, case.to)
    before = typed(page, case.form)
    lose_answers(page, case.to)
    case.save(page)
    expect(page.locator("#notice")).to_contain_text(BY_ITSELF)
    assert case.makes._default_manager.count() == 1
    assert typed(page, case.form) == before
    page.clock.fast_forward(4000)
    arrived(page)
    assert case.makes._default_manager.count() == 1
    assert len(sent) == 2


@session_form
def test_every_value_arrives(opened: Page, case: Case) -> None:
    page = opened
    page.context.set_offline(True)
    case.save(page)
    expect(page.locator("#notice")).to_contain_text(BY_ITSELF)
    page.context.set_offline(False)
    arrived(page)
    stored = Session.objects.get()
    assert (stored.pain_before, stored.pain_during, stored.pain_after) == (1, 3, 2)
    assert (stored.stiffness_min, stored.new_warm_or_swollen) == (20, False)
    assert stored.note == case.fields["note"]


@session_form
def test_what_is_typed_meanwhile_is_what_is_sent(opened: Page, case: Case) -> None:
    page = opened
    page.context.set_offline(True)
    case.save(page)
    expect(page.locator("#notice")).to_contain_text(BY_ITSELF)
    page.locator(f"{case.form} [name=note]").press_sequentially(" and it rained")
    page.context.set_offline(False)
    # Not while somebody is typing: two seconds later.
    page.clock.fast_forward(2500)
    arrived(page)
    assert "and it rained" in Session.objects.get().note


@session_form
def test_typing_takes_a_try_back_that_hangs(opened: Page, case: Case) -> None:
    page, sent = opened, posts(opened, case.to)
    hanging: list[Route] = []
    page.context.set_offline(True)
    case.save(page)
    expect(page.locator("#notice")).to_contain_text(BY_ITSELF)

    def hang(route: Route) -> None:
        if route.request.method != "POST" or hanging:
            return route.fallback()
        hanging.append(route)

    page.route(case.to, hang)
    with page.expect_request(case.to):
        page.context.set_offline(False)
    page.locator(f"{case.form} [name=note]").press_sequentially(" and it rained")
    page.clock.fast_forward(2500)
    arrived(page)
    assert Session.objects.get().note.endswith("and it rained")
    assert len(sent) == 3


@session_form
def test_other_content_after_a_lost_answer_is_refused_in_words(opened: Page, case: Case) -> None:
    page = opened
    lose_answers(page, case.to)
    case.save(page)
    expect(page.locator("#notice")).to_contain_text(BY_ITSELF)
    page.locator(f"{case.form} [name=note]").press_sequentially(" and it rained")
    page.clock.fast_forward(4000)
    expect(
        page.get_by_text("Another session was logged since this page was opened")
    ).to_be_visible()
    expect(page.locator(f"{case.form} [name=note]")).to_have_value(
        f"{case.fields['note']} and it rained"
    )
    assert Session.objects.get().note == case.fields["note"]


@session_form
@pytest.mark.parametrize("status", [503])
def test_a_server_that_is_away_is_asked_again_less_and_less(
    opened: Page, case: Case, status: int
) -> None:
    page, sent = opened, posts(opened, case.to)

    def away(route: Route) -> None:
        if route.request.method != "POST":
            return route.fallback()
        route.fulfill(status=status, body="away")

    page.route(case.to, away)
    case.save(page)
    expect(page.locator("#notice")).to_contain_text(AGAIN_BY_ITSELF)
    tries = 1
    for seconds in (3, 6, 12, 24, 30, 30):
        page.clock.fast_forward(seconds * 1000 - 600)
        assert len(sent) == tries
        with page.expect_response(case.to):
            page.clock.fast_forward(700)
        tries += 1
        assert len(sent) == tries
    page.unroute(case.to)
    page.get_by_role("button", name="Send now").click()
    arrived(page)
    assert Session.objects.count() == 1
    assert len(sent) == tries + 1


@session_form
def test_leaving_with_something_unsent_is_warned_of(opened: Page, case: Case) -> None:
    page = opened
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.context.set_offline(True)
    case.save(page)
    expect(page.locator("#notice")).to_contain_text(BY_ITSELF)
    page.get_by_role("link", name="Patients", exact=True).click(no_wait_after=True)
    expect(page.locator("#notice")).to_contain_text(BY_ITSELF)
    assert asked == ["beforeunload"]
    page.context.set_offline(False)
    arrived(page)
    assert asked == ["beforeunload"]
    kept: str = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert case.fields["note"] not in kept


def test_a_form_that_could_be_done_twice_waits_for_a_hand(
    visitor: Page, sign_in: Callable[[Role], None], physio: User, address: Callable[..., str]
) -> None:
    page, patient = visitor, make.make_patient(by=physio)
    to = address("patients:episode_new", patient.code)
    sign_in(Role.PHYSIOTHERAPIST)
    page.goto(to)
    sent = posts(page, to)
    page.get_by_role("radio", name="Left").dispatch_event("click")
    page.context.set_offline(True)
    page.locator("main form button").last.click()
    expect(page.locator("#notice")).to_contain_text("No connection: it may not be saved.")
    page.clock.fast_forward(40_000)
    page.context.set_offline(False)
    expect(page.locator("#notice")).to_contain_text("The connection is back.")
    page.clock.fast_forward(40_000)
    assert len(sent) == 1
    assert Episode.objects.count() == 0
    page.get_by_role("button", name="Send now").click()
    expect(page.locator("#notice .banner")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_url("**/episodes/**")
    assert Episode.objects.count() == 1


def test_a_visa_beside_the_session_is_sent_again_in_its_place(
    visitor: Page, sign_in: Callable[[Role], None], physio: User, address: Callable[..., str]
) -> None:
    page, programme = visitor, make.make_programme(by=physio)
    sign_in(Role.PHYSIOTHERAPIST)
    page.goto(address("programmes:session_new", programme.episode.code))
    page.locator(f"{LOG} [name=note]").fill("Felt strong")
    page.locator(".same-visit > details > summary").last.click()
    page.locator("#visa [name=q2][value='7']").dispatch_event("click")
    lose_answers(page, address("programmes:visit_visa", programme.episode.code))
    page.get_by_role("button", name="Record the VISA-A").click()
    expect(page.locator("#notice")).to_contain_text(BY_ITSELF)
    page.clock.fast_forward(4000)
    expect(page.locator(".recorded")).to_contain_text("1 item of 8 answered, so no total.")
    expect(page.locator("#notice .banner")).to_have_count(0)
    expect(page.locator(f"{LOG} [name=note]")).to_have_value("Felt strong")
    assert VisaA.objects.filter(assessment=None).count() == 1
