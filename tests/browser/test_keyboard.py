"""A whole first assessment without a mouse: from the sign-in to the signature, keys only."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from assessments.models import Assessment
from assessments.rules.terms import Location, Phase
from assessments.selectors import recorded
from patients.models import Episode
from patients.rules.roles import Role

# Where the focus is, as somebody who can't see the page is told it.
FOCUS = """() => {
    const at = document.activeElement;
    const words = at.matches("button, a, summary") ? at.innerText : "";
    return [at.name || "", at.type === "radio" || at.type === "checkbox" ? at.value : "", words];
}"""
# A page of this length has fewer places to stop at than this.
MOST_STOPS = 260


class Keys:
    """Somebody who only has a keyboard. Reading where the focus is isn't cheating: they hear it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stops = 0

    def to(self, name: str, value: str | None = None) -> None:
        """Press Tab until the field of this name (and value) has the focus."""
        self._until(lambda at: at[0] == name and value in (None, at[1]), name)

    def to_words(self, words: str) -> None:
        """Press Tab until the button or link of these words has the focus."""
        self._until(lambda at: at[2].strip() == words, words)

    def _until(self, here: Callable[[list[str]], bool], what: str) -> None:
        for _ in range(MOST_STOPS):
            if here(self.page.evaluate(FOCUS)):
                return
            self.page.keyboard.press("Tab")
            self.stops += 1
        pytest.fail(f"Tab never came to {what}.")

    def type(self, name: str, text: str) -> None:
        """Go to a box and write."""
        self.to(name)
        self.page.keyboard.type(text)

    def press(self, name: str, *keys: str) -> None:
        """Go to a row of buttons and press keys there."""
        self.to(name)
        for key in keys:
            self.page.keyboard.press(key)

    def tick(self, name: str, value: str) -> None:
        """Go to a box to tick and tick it."""
        self.to(name, value)
        self.page.keyboard.press("Space")

    def enter(self, words: str) -> None:
        """Go to a button or link and press Enter."""
        self.to_words(words)
        self.page.keyboard.press("Enter")


def add_patient(keys: Keys) -> None:
    """A patient with an open episode of the left tendon."""
    page = keys.page
    keys.enter("Patients")
    expect(page.get_by_role("heading", level=1)).to_have_text("Patients")
    keys.enter("Add a patient")
    expect(page.get_by_role("heading", level=1)).to_have_text("New patient")
    keys.type("family_name", "Tastatur")
    keys.type("given_name", "Theo")
    keys.type("date_of_birth", "03031979")
    keys.to("sex", "F")
    page.keyboard.press("ArrowRight")
    keys.enter("Add patient")
    expect(page.get_by_role("heading", level=1)).to_have_text("Theo Tastatur")
    keys.enter("Open an episode")
    expect(page.get_by_role("heading", level=1)).to_have_text("Open an episode")
    keys.to("side")
    page.keyboard.press("Space")
    keys.enter("Open episode")
    expect(page.get_by_text("Not examined yet")).to_be_visible()


def history_and_screening(keys: Keys) -> None:
    """Ten months of pain in somebody who stopped running; nothing found in the screening."""
    keys.type("duration_weeks", "43")
    keys.press("prior_episode", "n")
    keys.press("running_status", "ArrowRight")
    keys.press("diabetes", "n")
    keys.press("statins", "y")
    for group in ("rupture", "infection", "bone", "inflammatory", "lipids", "nerve", "tumour"):
        keys.tick(group, "none")
    keys.tick("clot", "none")
    keys.press("fluoroquinolone", "n")
    keys.press("cortisone", "n")
    keys.press("oral_steroid", "n")


def tendon(keys: Keys) -> None:
    """Tender at four centimetres, a quiet nodule, nothing else that fits."""
    keys.type("tender_cm", "4")
    keys.press("points_to_site", "y")
    keys.press("load_provokes", "y")
    keys.press("arc_sign", "y")
    keys.tick("differentials", "none")
    keys.press("warm", "n")
    keys.press("swelling_diffuse", "n")
    keys.press("thickening_nodular", "y")
    keys.press("pain_light_load", "1")
    keys.press("sl_heel_raise_pain", "3")


def scores(keys: Keys) -> None:
    """A whole VISA-A, heel raises counted by keys, hops, treatments and the goal."""
    page = keys.page
    keys.type("q1_minutes", "20")
    for name, digit in (("q2", "7"), ("q3", "8"), ("q4", "8"), ("q5", "6")):
        keys.press(name, digit)
    keys.type("q6_hops", "6")
    keys.press("q7", "2")
    keys.press("q8_b", "4")
    keys.type("left_repetitions", "18")
    keys.type("right_repetitions", "26")
    keys.press("left_pain", "3")
    keys.press("right_pain", "0")
    keys.press("dl_hop_pain", "2")
    keys.press("treated_rest", "y")
    keys.press("treated_loading", "n")
    keys.type("goal", "Ten kilometres in the park")
    keys.type("goal_distance_m", "10")
    expect(page.locator("#panel").get_by_text("61").first).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_a_first_assessment_by_keyboard_only(
    visitor: Page, sign_in: Callable[[Role], None]
) -> None:
    sign_in(Role.PHYSIOTHERAPIST)
    keys = Keys(visitor)
    add_patient(keys)
    keys.enter("Examine")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Assessment")
    # What the training log says of the weeks before onset comes by itself.
    expect(visitor.locator("#history .provoked")).not_to_be_empty()
    keys.stops = 0
    history_and_screening(keys)
    tendon(keys)
    scores(keys)
    # The way from one answer to the next is straight: no field is passed twice.
    assert keys.stops < MOST_STOPS
    keys.enter("Save and go to signing")
    expect(visitor.get_by_role("heading", name="Sign", exact=True)).to_be_focused()
    draft = Assessment.objects.all().whole().get()
    stored = recorded(draft)
    assert (stored["duration_weeks"], stored["running_status"]) == (43, "stopped")
    assert [stored[name] for name in ("rupture", "clot", "tumour")] == [[], [], []]
    assert stored["differentials"] == []
    assert (stored["statins"], stored["diabetes"]) == (True, False)
    assert (stored["pain_light_load"], stored["sl_heel_raise_pain"]) == (1, 3)
    assert (stored["treated_rest"], stored["treated_loading"]) == (True, False)
    assert stored["goal_distance_m"] == 10_000
    assert draft.visa.total == 61
    # Suggested already, and typed as in any list: the letters stay on midportion.
    keys.to("location")
    visitor.keyboard.type("Mid")
    expect(visitor.locator("[name=location]")).to_have_value("midportion")
    keys.enter("Sign assessment")
    expect(visitor.get_by_text("Signed.").first).to_be_visible()
    classified = Episode.objects.get().classifications.get()
    assert classified.location == Location.MIDPORTION
    assert classified.phase == Phase.DEGENERATIVE
    expect(visitor.get_by_role("link", name="See the plan", exact=True)).to_be_visible()
