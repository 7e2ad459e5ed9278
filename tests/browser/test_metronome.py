"""The beat and the counter of the heel-raise test: counts land in the fields, no beat drifts."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from assessments.models import HeelRaiseTest
from patients.models import Episode, User
from patients.rules.roles import Role
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

# The page's own module, so the schedule tested is the one that sounds.
BEATS = """async ([first, next, until]) => {
  const source = document.querySelector("script[src*='metronome']").src;
  return (await import(source)).nextBeats(first, next, until);
}"""


@pytest.fixture
def episode(people: dict[Role, User]) -> Episode:
    return make.make_episode(by=people[Role.PHYSIOTHERAPIST])


@pytest.fixture
def tests_page(
    visitor: Page, live_server: object, sign_in: Callable[[Role], None], episode: Episode
) -> Page:
    sign_in(Role.PHYSIOTHERAPIST)
    path = reverse("assessments:test_new", args=[episode.code])
    visitor.goto(f"{live_server.url}{path}")  # type: ignore[attr-defined]
    return visitor


def counter(page: Page) -> None:
    page.get_by_role("group", name="Counter. L and R").focus()


def test_keys_and_taps_land_in_the_fields(
    tests_page: Page, look: Callable[[str], None], episode: Episode
) -> None:
    page = tests_page
    expect(page.get_by_role("button", name="Use 0 for left")).to_be_disabled()
    counter(page)
    for key in ("l", "L", "ArrowLeft", "r", "ArrowRight", "r"):
        page.keyboard.press(key)
    for _ in range(15):
        page.get_by_role("button", name="Left +1").click()
    page.keyboard.press("r")  # the focus is still inside, on the button
    page.keyboard.press("r")
    page.keyboard.press("u")
    page.get_by_role("button", name="Undo last").click()
    page.get_by_role("button", name="Use 18 for left").click()
    expect(page.get_by_label("Left: repetitions", exact=True)).to_have_value("18")
    expect(page.get_by_text("18 written as repetitions of the left leg.")).to_be_visible()
    expect(page.get_by_label("Right: repetitions", exact=True)).to_have_value("")
    page.get_by_role("button", name="Use 3 for right").click()
    expect(page.get_by_label("Right: repetitions", exact=True)).to_have_value("3")
    expect(page.locator("form[data-unsaved]")).to_have_count(1)
    look("tests, counted")
    page.get_by_role("button", name="Save tests").click()
    expect(page.get_by_text("Tests saved.")).to_be_visible()
    stored = HeelRaiseTest.objects.get(episode=episode)
    assert (stored.left_repetitions, stored.right_repetitions) == (18, 3)
    look("tests, saved")


def test_letters_typed_elsewhere_are_not_counted(tests_page: Page) -> None:
    page = tests_page
    note = page.get_by_label("What was different from the protocol?")
    note.press_sequentially("lower heels, ramp")
    expect(note).to_have_value("lower heels, ramp")
    page.get_by_label("Left: repetitions", exact=True).press("l")
    expect(page.get_by_role("button", name="Use 0 for left")).to_be_disabled()
    expect(page.get_by_role("button", name="Use 0 for right")).to_be_disabled()


def test_a_held_key_counts_once(tests_page: Page) -> None:
    counter(tests_page)
    for _ in range(3):
        tests_page.keyboard.down("l")  # the second and third are repeats
    tests_page.keyboard.up("l")
    expect(tests_page.get_by_role("button", name="Use 1 for left")).to_be_enabled()


def test_beats_are_booked_from_the_first_and_never_drift(tests_page: Page) -> None:
    def beats(first: float, number: int, until: float) -> list[dict[str, object]]:
        found: list[dict[str, object]] = tests_page.evaluate(BEATS, [first, number, until])
        return found

    assert beats(10.25, 0, 12.26) == [
        {"number": 0, "at": 10.25, "cue": "up"},
        {"number": 1, "at": 11.25, "cue": "down"},
        {"number": 2, "at": 12.25, "cue": "up"},
    ]
    # Asked late, asked early, asked again: each beat keeps its place and comes once.
    assert beats(10.25, 3, 13.25) == []
    assert [each["at"] for each in beats(10.25, 3, 15.3)] == [13.25, 14.25, 15.25]
    # Two hours later it is still on the second.
    assert beats(10.25, 7199, 7210) == [{"number": 7199, "at": 7209.25, "cue": "down"}]


def test_the_beat_starts_pauses_and_keeps_the_count(tests_page: Page) -> None:
    page = tests_page
    counter(page)
    page.keyboard.press("l")
    page.keyboard.press("m")
    cue = page.locator("strength-metronome [data-cue]")
    expect(page.get_by_role("button", name="Pause the beat")).to_be_visible()
    expect(cue).to_have_attribute("data-cue", "up")
    expect(cue).to_contain_text("Up")
    expect(cue).to_have_attribute("data-cue", "down")
    expect(cue).to_contain_text("Down")
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Start the beat")).to_be_visible()
    expect(cue).to_have_attribute("data-cue", "")
    page.get_by_role("button", name="Mute").click()
    expect(page.get_by_role("button", name="Sound on")).to_be_visible()
    expect(page.get_by_role("button", name="Use 1 for left")).to_be_enabled()


@pytest.mark.parametrize("why", ["missing", "suspended", "standing"])
def test_without_sound_it_says_so_and_goes_on_by_light(
    page: Page,
    visitor: Page,
    live_server: object,
    sign_in: Callable[[Role], None],
    episode: Episode,
    why: str,
) -> None:
    silent = {
        "missing": "delete window.AudioContext;",
        "suspended": "AudioContext.prototype.resume = () => new Promise(() => {});"
        "Object.defineProperty(AudioContext.prototype, 'state', {get: () => 'suspended'});",
        "standing": "AudioContext.prototype.resume = () => Promise.resolve();"
        "Object.defineProperty(AudioContext.prototype, 'state', {get: () => 'running'});"
        "Object.defineProperty(AudioContext.prototype, 'currentTime', {get: () => 0});",
    }
    page.add_init_script(silent[why])
    sign_in(Role.PHYSIOTHERAPIST)
    path = reverse("assessments:test_new", args=[episode.code])
    visitor.goto(f"{live_server.url}{path}")  # type: ignore[attr-defined]
    visitor.get_by_role("button", name="Start the beat").click()
    expect(visitor.get_by_text("follow the light.")).to_be_visible()
    cue = visitor.locator("strength-metronome [data-cue]")
    expect(cue).to_have_attribute("data-cue", "up")
    expect(cue).to_have_attribute("data-cue", "down")


def test_the_assessment_counts_too_and_its_panel_follows(
    visitor: Page, live_server: object, sign_in: Callable[[Role], None], episode: Episode
) -> None:
    page = visitor
    sign_in(Role.PHYSIOTHERAPIST)
    path = reverse("assessments:new", args=[episode.code])
    page.goto(f"{live_server.url}{path}")  # type: ignore[attr-defined]
    counter(page)
    for key in "lllrrrr":
        page.keyboard.press(key)
    page.get_by_role("button", name="Use 3 for left").click()
    page.get_by_role("button", name="Use 4 for right").click()
    expect(page.locator("#panel").get_by_text("Symmetry of repetitions: 75.0 %")).to_be_visible()
