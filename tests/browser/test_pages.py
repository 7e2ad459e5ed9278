"""The pages beside the path: light, dark and on a tablet; and the day a tendon may have torn."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Page, expect

from assessments import actions
from assessments.models import Assessment, Lock
from patients.models import User
from patients.rules.roles import Role
from programmes.actions import record_morning
from programmes.models import Decision, Session, Version
from tests import make
from tests.browser.test_path import answer, examine

Look = Callable[[str], None]
SignIn = Callable[[Role], None]
People = dict[Role, User]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visitor(page: Page) -> Iterator[Page]:
    """The page; the test fails if the console complained of more than the status of an answer."""
    complaints: list[str] = []
    # Refusals are what these tests are about; the browser reports each as an error of its own.
    refused = "the server responded with a status of 4"
    # A request whose answer nobody waits for any more, as a newer one took its place.
    replaced = ("htmx:sendAbort", "htmx:afterRequest, ")

    def hear(message: ConsoleMessage) -> None:
        told = refused in message.text or message.text.startswith(replaced)
        if message.type in {"error", "warning"} and not told:
            complaints.append(f"{message.text} ({message.location.get('url')})")

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": 1280, "height": 900})
    yield page
    assert complaints == []


@pytest.fixture
def visit(visitor: Page, live_server: object) -> Callable[..., None]:
    """Opens a page of ours by its name; the answer must have this status."""

    def go(name: str, code: object = None, *, status: int = 200) -> None:
        path = reverse(name, args=[code] if code else [])
        response = visitor.goto(f"{live_server.url}{path}")  # type: ignore[attr-defined]
        assert response is not None
        assert response.status == status, path

    return go


def title(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def test_pages_about_a_person_and_an_account(
    visitor: Page, look: Look, sign_in: SignIn, visit: Callable[..., None], people: People
) -> None:
    patient = make.make_patient(by=people[Role.PHYSIOTHERAPIST])
    sign_in(Role.RECEPTION)
    visit("patients:edit", patient.code)
    look("patient edit")
    visit("programmes:library", status=403)
    title(visitor, "Not allowed")
    look("not allowed")
    visit("patients:detail", uuid4(), status=404)
    look("not found")
    visit("mfa_index")
    look("two-step sign-in")
    visit("account_change_password")
    look("change password")


def test_pages_of_an_episode_under_way(
    visitor: Page, look: Look, sign_in: SignIn, visit: Callable[..., None], people: People
) -> None:
    by = people[Role.PHYSIOTHERAPIST]
    programme = make.make_programme(make.make_episode(by=by))
    episode = programme.episode
    sign_in(Role.PHYSIOTHERAPIST)
    visit("programmes:discharge", episode.code)
    look("discharge")
    visit("assessments:test_new", episode.code)
    look("tests")
    visitor.get_by_role("button", name="Save").click()
    expect(visitor.get_by_text("Nothing is filled in yet.")).to_be_visible()
    look("tests, refused")
    visit("assessments:detail", Assessment.objects.get().code)
    look("signed assessment")
    unplanned = make.make_episode(make.make_patient(by=by, family_name="Unplanned"))
    visit("programmes:session_new", unplanned.code, status=422)
    title(visitor, "Not done")
    look("refused")


def test_a_draft_refused_and_a_draft_saved_by_somebody_else(
    visitor: Page, look: Look, sign_in: SignIn, visit: Callable[..., None], people: People
) -> None:
    page, by = visitor, people[Role.PHYSIOTHERAPIST]
    draft = make.make_assessment(make.make_episode(by=by))
    sign_in(Role.PHYSIOTHERAPIST)
    visit("assessments:detail", draft.code)

    # Two digits typed into a row of buttons are ten; a click on the picture is a tender point.
    row = page.get_by_role("group", name="Pain when running", exact=True)
    row.get_by_role("radio").first.focus()
    page.keyboard.press("1")
    page.keyboard.press("0")
    expect(row.get_by_role("radio", name="10")).to_be_checked()
    page.locator("tender-points [data-hit]").scroll_into_view_if_needed()
    page.locator("tender-points [data-hit]").click(position={"x": 90, "y": 180})
    points = page.get_by_label("Tender points, cm above the insertion")
    expect(points).to_have_value("3, 4")
    expect(page.locator("tender-points [data-dots] circle")).to_have_count(2)

    # A number nobody can mean: said at the field, and everything typed is still there.
    page.locator("[name=left_repetitions]").fill("-1")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Must be from 0 to 200 repetitions, not -1.").first).to_be_visible()
    expect(row.get_by_role("radio", name="10")).to_be_checked()
    expect(points).to_have_value("3, 4")
    expect(page.locator("tender-points [data-dots] circle")).to_have_count(2)
    look("assessment, refused")

    # Somebody else saves first: both versions stand side by side, and ours is kept knowingly.
    draft.refresh_from_db()
    stored = make.examination_values(goal="Dance at a wedding")
    actions.save_draft(draft, stored, version=draft.version, by=people[Role.PRACTICE_LEAD])
    page.locator("[name=left_repetitions]").fill("12")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Somebody else saved this draft")).to_be_visible()
    expect(page.get_by_role("cell", name="Dance at a wedding")).to_be_visible()
    look("assessment, conflict")
    page.get_by_label("Left: repetitions, typed by you: 12 reps").check()
    page.get_by_label("What do they want to do again?, typed by you").check()
    page.get_by_role("button", name="Save what is chosen").click()
    expect(page.get_by_text("Draft saved").first).to_be_visible()
    saved = Assessment.objects.all().whole().get()
    assert (saved.run_pain, saved.tender_cm, saved.heel_raise.left_repetitions) == (
        10,
        [Decimal(3), Decimal(4)],
        12,
    )
    assert saved.goal == make.MIDPORTION["goal"]


def test_a_tendon_that_may_have_torn_is_locked_until_a_physiotherapist_clears_it(
    visitor: Page, look: Look, sign_in: SignIn, visit: Callable[..., None], people: People
) -> None:
    page = visitor
    episode = make.make_episode(by=people[Role.PHYSIOTHERAPIST])
    sign_in(Role.PHYSIOTHERAPIST)
    visit("assessments:new", episode.code)
    examine(page)
    rupture = page.locator("#screening").get_by_role("group", name="Rupture")
    rupture.get_by_label("None of these").uncheck()
    for sign in rupture.get_by_role("checkbox").all()[:2]:
        sign.check()
    panel = page.locator("#panel")
    expect(panel.get_by_text("Stop the examination.")).to_be_visible()
    look("assessment, emergency")
    page.get_by_role("button", name="Save and go to signing").click()
    expect(page.get_by_text("Draft saved").first).to_be_visible()
    page.get_by_role("button", name="Sign assessment").click()
    expect(page.get_by_text("The programme is locked").first).to_be_visible()
    look("overview, locked")
    lock = Lock.objects.get()

    # An exercise physiologist sees the lock and can't clear it.
    sign_in(Role.EXERCISE_PHYSIOLOGIST)
    visit("programmes:episode", episode.code)
    expect(page.get_by_text("A physiotherapist can clear it.")).to_be_visible()
    visit("assessments:lock_clear", lock.code, status=403)
    title(page, "Not allowed")

    sign_in(Role.PHYSIOTHERAPIST)
    visit("programmes:programme", episode.code)
    expect(page.get_by_text("A red flag is open").first).to_be_visible()
    look("programme, locked")
    visit("programmes:episode", episode.code)
    page.get_by_role("link", name="Clear it with a reason").click()
    look("clear a lock")
    page.get_by_label("Why is it safe to go on?").fill("The surgeon saw the tendon whole today.")
    page.get_by_role("button", name="Clear the lock").click()
    expect(page.get_by_text("Cleared:").first).to_be_visible()
    expect(page.get_by_text("The programme is locked")).to_have_count(0)
    page.get_by_role("link", name="See the plan", exact=False).first.click()
    title(page, "Proposed programme")
    page.get_by_role("button", name="Accept and issue").click()
    title(page, "Version 1 In force")
    lock.refresh_from_db()
    assert lock.cleared_by == people[Role.PHYSIOTHERAPIST]
    assert Version.objects.count() == 1


def test_deciding_otherwise_takes_a_reason(
    visitor: Page, look: Look, sign_in: SignIn, visit: Callable[..., None], people: People
) -> None:
    page, by = visitor, people[Role.PHYSIOTHERAPIST]
    on = timezone.localdate() - timedelta(days=2)
    episode = make.make_episode(by=by, on=on)
    session = make.make_session(make.make_programme(episode, on=on, examined_on=on))
    record_morning(session, pain=2, stiffness_min=10, on=timezone.localdate(), by=by)
    sign_in(Role.PHYSIOTHERAPIST)
    visit("programmes:session", session.code)
    expect(page.get_by_text("Proposed: stay at this step")).to_be_visible()
    page.get_by_text("Decide otherwise").click()
    answer(page, "Outcome", "Step back")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Give the reason for deciding otherwise").first).to_be_visible()
    look("decision, refused")
    page.get_by_label("In your words").fill("Slept badly, wants a lighter week.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("heading", name="Decided:")).to_be_visible()
    look("decision, overridden")
    decision = Decision.objects.get()
    assert (decision.proposed, decision.outcome) == ("HOLD", "REGRESS")
    assert decision.reason == "Slept badly, wants a lighter week."
    assert Session.objects.count() == 1
