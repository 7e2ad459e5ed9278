"""The gym tablet's timer, and the tests recorded beside a session."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from assessments.models import HeelRaiseTest
from patients.models import User
from patients.rules.roles import Role
from programmes.models import Programme, Session
from tests import make
from tests.browser.test_expiry import typed

pytestmark = pytest.mark.django_db(transaction=True)

LOG = "form:has([name=pain_during])"
# The page's own module, so what is tested is what runs.
IN_MODULE = """async ([name, ...values]) => {
  const source = document.querySelector("script[src*='upwell/tempo']").src;
  return (await import(source))[name](...values);
}"""


@pytest.fixture
def programme(people: dict[Role, User]) -> Programme:
    """Heavy slow resistance since four weeks ago: 3 seconds up, 3 down."""
    began = timezone.localdate() - timedelta(days=28)
    by = people[Role.PHYSIOTHERAPIST]
    return make.make_programme(
        make.make_episode(by=by, on=began), by=by, on=began, examined_on=began
    )


@pytest.fixture
def session_page(
    visitor: Page, live_server: object, sign_in: Callable[[Role], None], programme: Programme
) -> Page:
    sign_in(Role.PHYSIOTHERAPIST)
    path = reverse("programmes:session_new", args=[programme.episode.code])
    visitor.clock.install()
    visitor.goto(f"{live_server.url}{path}")  # type: ignore[attr-defined]
    return visitor


@pytest.fixture
def timer(session_page: Page) -> Locator:
    """The timer, opened; time stands still but for what a test lets pass."""
    session_page.get_by_role("button", name="Tempo timer").click()
    session_page.clock.pause_at(session_page.evaluate("Date.now() / 1000") + 2)
    return session_page.locator("dialog.tempo")


def choose(timer: Locator, **dose: object) -> None:
    """Give the first exercise this dose, and choose it."""
    blank: dict[str, object] = dict.fromkeys(("repsTo", "hold", "up", "held", "down", "rest"), "")
    data = {**blank, "sets": 2, "reps": 2, "side": "affected", **dose}
    timer.locator("[data-exercise]").evaluate(
        """(list, data) => {
          Object.assign(list.options[0].dataset, data);
          list.dispatchEvent(new Event("change", { bubbles: true }));
        }""",
        data,
    )


def reads(timer: Locator, word: str, seconds: str, set_words: str = "", rep: str = "") -> None:
    expect(timer.locator("[data-word]")).to_have_text(word)
    expect(timer.locator("[data-seconds]")).to_have_text(seconds)
    expect(timer.locator("[data-set]")).to_contain_text(set_words)
    expect(timer.locator("[data-rep]")).to_contain_text(rep)


def pass_by(timer: Locator, milliseconds: int) -> None:
    timer.page.clock.run_for(milliseconds)


def test_it_goes_through_repetitions_rest_and_sets(timer: Locator) -> None:
    choose(timer, up=3, held=0, down=3, rest=5)
    reads(timer, "Ready", "3")
    timer.get_by_role("button", name="Start", exact=True).click()
    pass_by(timer, 1100)
    reads(timer, "Ready", "2")
    pass_by(timer, 2000)
    reads(timer, "Up", "1", "Set 1 of 2", "Repetition 1 of 2")
    pass_by(timer, 2000)
    reads(timer, "Up", "3", "Set 1 of 2", "Repetition 1 of 2")
    pass_by(timer, 1000)
    reads(timer, "Down", "1", "Set 1 of 2", "Repetition 1 of 2")
    pass_by(timer, 3000)
    reads(timer, "Up", "1", "Set 1 of 2", "Repetition 2 of 2")
    pass_by(timer, 6000)
    reads(timer, "Rest", "5", "Set 1 of 2")
    pass_by(timer, 5000)
    reads(timer, "Up", "1", "Set 2 of 2", "Repetition 1 of 2")
    pass_by(timer, 12_000)
    reads(timer, "Done", "✓", "2 of 2 sets")
    expect(timer.get_by_role("button", name="Start", exact=True)).to_be_enabled()


def test_it_is_where_the_clock_is_after_a_long_sleep(timer: Locator) -> None:
    choose(timer, sets=4, reps=10, up=3, held=1, down=3, rest=120)
    timer.get_by_role("button", name="Start", exact=True).click()
    # A tab behind another: no timer fires for the whole of set 1, its rest and 9.5 seconds more.
    timer.page.clock.fast_forward(3000 + 70_000 + 120_000 + 9_500)
    pass_by(timer, 100)
    reads(timer, "Up", "3", "Set 2 of 4", "Repetition 2 of 10")
    pass_by(timer, 1000)
    reads(timer, "Hold", "1", "Set 2 of 4", "Repetition 2 of 10")


def test_a_late_look_shifts_no_later_phase(session_page: Page) -> None:
    phases: list[dict[str, Any]] = session_page.evaluate(
        IN_MODULE, ["course", {"sets": 1, "reps": 60, "tempo": [1, 0, 1]}]
    )
    assert len(phases) == 1 + 120
    at, index = 250.0, 0
    for look in range(400, 60_000, 1337):  # never on the second
        stands = session_page.evaluate(IN_MODULE, ["reached", phases, index, at, look])
        index, at = stands["index"], stands["at"]
        assert at == 250 + (0 if index == 0 else 3000 + (index - 1) * 1000)


def test_holds_count_down_and_a_long_rest_shows_minutes(timer: Locator) -> None:
    choose(timer, reps="", hold=45, rest=120)
    timer.get_by_role("button", name="Start", exact=True).click()
    pass_by(timer, 3100)
    reads(timer, "Hold", "45", "Set 1 of 2")
    pass_by(timer, 40_000)
    reads(timer, "Hold", "5", "Set 1 of 2")
    pass_by(timer, 5000)
    reads(timer, "Rest", "2:00", "Set 1 of 2")
    pass_by(timer, 61_000)
    reads(timer, "Rest", "59", "Set 1 of 2")


def test_without_a_tempo_only_the_rest_is_counted(timer: Locator) -> None:
    choose(timer, reps=15, repsTo=20, rest=30)
    timer.get_by_role("button", name="Start", exact=True).click()
    pass_by(timer, 3100)
    reads(timer, "Your own pace", "…", "Set 1 of 2", "15 to 20 repetitions")
    pass_by(timer, 500_000)
    reads(timer, "Your own pace", "…", "Set 1 of 2")
    timer.get_by_role("button", name="Set done").click()
    reads(timer, "Rest", "30", "Set 1 of 2")
    pass_by(timer, 30_100)
    reads(timer, "Your own pace", "…", "Set 2 of 2")
    timer.get_by_role("button", name="Set done").click()
    reads(timer, "Done", "✓")


def test_each_leg_in_turn(timer: Locator) -> None:
    choose(timer, sets=1, reps=1, up=1, held=0, down=1, side="each")
    timer.get_by_role("button", name="Start", exact=True).click()
    pass_by(timer, 3100)
    reads(timer, "Up", "1", "Set 1 of 1, first leg")
    pass_by(timer, 2000)
    reads(timer, "Change legs", "5")
    pass_by(timer, 5000)
    reads(timer, "Up", "1", "Set 1 of 1, other leg")


def test_keys_and_buttons_pause_skip_and_start_over(timer: Locator) -> None:
    choose(timer, up=3, held=0, down=3, rest=60)
    keys = timer.page.keyboard
    timer.locator("[data-face]").focus()
    keys.press("Space")
    pass_by(timer, 4100)
    reads(timer, "Up", "2", "Set 1 of 2", "Repetition 1 of 2")
    keys.press("Space")
    pass_by(timer, 60_000)
    reads(timer, "Up", "2", "Set 1 of 2", "Repetition 1 of 2")
    expect(timer.get_by_role("button", name="Go on")).to_be_visible()
    keys.press("Space")
    pass_by(timer, 1000)
    reads(timer, "Up", "3", "Set 1 of 2", "Repetition 1 of 2")
    keys.press("n")
    reads(timer, "Rest", "1:00", "Set 1 of 2")
    timer.get_by_role("button", name="Skip the rest").click()
    reads(timer, "Up", "1", "Set 2 of 2", "Repetition 1 of 2")
    timer.get_by_role("button", name="Pause").press("Space")
    expect(timer.get_by_role("button", name="Go on")).to_be_visible()
    timer.get_by_role("button", name="Start over").click()
    reads(timer, "Ready", "3", "Set 1 of 2")


def test_only_sets_are_read_out(timer: Locator) -> None:
    choose(timer, up=1, held=0, down=1, rest=60)
    said = timer.get_by_role("status")
    expect(timer.locator("[aria-live], [role=status]")).to_have_count(1)
    timer.evaluate(
        """timer => {
          window.heard = [];
          const status = timer.querySelector("[role=status]");
          new MutationObserver(() => window.heard.push(status.textContent))
            .observe(status, { childList: true });
        }"""
    )
    timer.get_by_role("button", name="Start", exact=True).click()
    for _ in range(80):
        pass_by(timer, 1000)
    expect(said).to_have_text("All sets done.")
    assert timer.page.evaluate("window.heard") == [
        "Set 1 of 2.",
        "Set 1 done. Rest 1:00.",
        "Set 2 of 2.",
        "All sets done.",
    ]


def test_it_goes_on_closed_and_says_where_it_is(timer: Locator) -> None:
    page = timer.page
    choose(timer, reps="", hold=45, rest=120)
    timer.get_by_role("button", name="Start", exact=True).click()
    timer.get_by_role("button", name="Close").click()
    pass_by(timer, 13_100)
    expect(timer).not_to_be_visible()
    expect(page.locator("[data-now]")).to_have_text("Set 1 of 2, Hold 35")
    assert typed(page, LOG)


def test_the_figure_is_read_from_two_metres_on_a_tablet(
    timer: Locator, look: Callable[[str], None]
) -> None:
    choose(timer, up=3, held=0, down=3, rest=120)
    timer.page.clock.resume()  # axe waits by the page's own clock
    look("tempo timer")
    for width, height in ((820, 1180), (1180, 820), (1280, 900)):
        timer.page.set_viewport_size({"width": width, "height": height})
        size = timer.locator("[data-seconds]").evaluate(
            "e => parseFloat(getComputedStyle(e).fontSize)"
        )
        assert size >= 200, (width, size)
        scrolls = timer.evaluate(
            "e => [e.scrollHeight - e.clientHeight, e.scrollWidth - e.clientWidth]"
        )
        assert scrolls == [0, 0], (width, height)


# --- the forms beside the session -----------------------------------------------------------------


def test_raises_are_recorded_and_the_session_stays_as_typed(
    session_page: Page, look: Callable[[str], None]
) -> None:
    page = session_page
    page.locator(f"{LOG} [name=pain_during][value='3']").dispatch_event("click")
    page.locator(f"{LOG} [name=note]").fill("Felt strong")
    before = typed(page, LOG)
    page.get_by_text("Quick heel raise test").click()
    box = page.locator(".visit-box", has=page.get_by_role("button", name="Record the heel raises"))
    look("session, a quick heel raise test")
    box.get_by_label("Left, affected: repetitions").fill("300")
    box.get_by_role("button", name="Record the heel raises").click()
    expect(page.locator(".visit-box .error-summary")).to_be_focused()
    expect(box.get_by_label("Left, affected: repetitions")).to_have_value("300")
    box.get_by_label("Left, affected: repetitions").fill("18")
    box.get_by_label("Right: repetitions").fill("24")
    box.get_by_role("button", name="Record the heel raises").click()
    expect(page.locator(".recorded")).to_contain_text("left 18, right 24. Symmetry 75.0 %.")
    assert typed(page, LOG) == before
    test = HeelRaiseTest.objects.filter(assessment=None).get()
    assert (test.left_repetitions, test.right_repetitions) == (18, 24)
    assert not Session.objects.exists()
