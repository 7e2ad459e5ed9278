"""The plan editor in a browser: by keyboard alone, from a spreadsheet, by two people, offline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Locator, Page, expect

from patients.rules.roles import Role
from programmes import actions
from programmes.models import Draft, Version
from programmes.rules.edits import RemoveRow
from programmes.rules.plan import Plan, from_flat
from programmes.selectors.drafts import desk_of
from tests import make
from tests.browser.conftest import leave

if TYPE_CHECKING:
    from patients.models import Episode, User

pytestmark = pytest.mark.django_db(transaction=True)

MOST_KEYS_BLANK = 150
MOST_KEYS_PROTOCOL = 15


@dataclass
class Keys:
    """A keyboard that counts: each letter is a key, each key of a chord too."""

    page: Page
    count: int = 0

    def press(self, *chords: str) -> None:
        for chord in chords:
            self.count += len(chord.split("+"))
            self.page.keyboard.press(chord)

    def type(self, text: str) -> None:
        for letter in text:
            self.count += 1 + letter.isupper()
            self.page.keyboard.type(letter)


@pytest.fixture
def episode(people: dict[Role, User]) -> Episode:
    episode = make.make_episode(by=people[Role.PHYSIOTHERAPIST])
    make.make_signed_assessment(episode)
    return episode


@pytest.fixture
def editor(
    visitor: Page,
    sign_in: Callable[[Role], None],
    live_server: Any,
    episode: Episode,
    people: dict[Role, User],
) -> Callable[[str], Page]:
    """Opens the editor with a draft begun from a source, as an exercise physiologist."""

    def opened(source: str = "") -> Page:
        sign_in(Role.EXERCISE_PHYSIOLOGIST)
        if source:
            by = people[Role.EXERCISE_PHYSIOLOGIST]
            actions.begin_draft(episode, source=source, on=make.DAY, by=by)
        visitor.goto(live_server.url + reverse("programmes:edit", args=[episode.code]))
        return visitor

    return opened


@pytest.fixture
def second(
    browser: Browser, people: dict[Role, User], live_server: Any, episode: Episode
) -> Iterator[Page]:
    """The same draft in the browser of the practice lead."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(live_server.url + reverse("account_login"))
    page.get_by_label("Email").fill(people[Role.PRACTICE_LEAD].email)
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
    yield page
    leave(page)
    context.close()


def saved(page: Page) -> None:
    """Wait until everything typed is stored."""
    expect(page.locator("[data-unsaved]")).to_have_count(0)


def here(page: Page) -> Locator:
    return page.locator("#grid input[data-active]")


def box(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name, exact=True)


def plan_of(episode: Episode) -> Plan:
    return from_flat(Draft.objects.get(episode=episode).plan)


def doses(plan: Plan) -> list[list[str]]:
    """Rows of the plan with the first word of each dose."""
    return [
        [plan.cells.get((row.id, column.id), "").split(" ")[0] for column in plan.columns]
        for row in plan.rows
    ]


def paste(page: Page, text: str) -> None:
    """What the clipboard of a spreadsheet holds, pasted where one is."""
    page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const more = {clipboardData: data, bubbles: true, cancelable: true};
          const event = new ClipboardEvent("paste", more);
          document.activeElement.dispatchEvent(event);
        }""",
        text,
    )


def test_twelve_weeks_from_a_blank_page_by_keyboard(
    editor: Callable[[str], Page], episode: Episode, look: Callable[[str], None]
) -> None:
    page = editor("")
    keys = Keys(page)
    look("ways to begin a plan")
    page.get_by_role("button", name="As proposed for this tendon").focus()
    keys.type("b")
    keys.press("Enter")
    expect(here(page)).to_have_attribute("aria-label", "Add an exercise: Isotonic")
    for number, name in enumerate(("seated heel", "leg press", "barbell"), start=1):
        keys.type(name)
        expect(page.locator("#found li:not([hidden])").first).to_be_visible()
        keys.press("Enter")
        expect(page.locator("#grid tbody tr")).to_have_count(number)
        expect(here(page)).to_have_value("")
    keys.press("Enter")
    for dose in ("3x15rm", "3x12rm", "4x10rm", "4x8rm", "4x6rm"):
        keys.type(dose)
        keys.press("Tab")
    keys.press("Home", *["Shift+ArrowRight"] * 4, *["Shift+ArrowDown"] * 2)
    saved(page)
    keys.press("Control+d")
    keys.press("Control+Home", "ArrowUp")
    for weeks in ("1", "2-3", "4-5", "6-8", "9-12"):
        keys.type(weeks)
        keys.press("Tab")
    saved(page)
    look("a plan of twelve weeks")
    plan = plan_of(episode)
    assert doses(plan) == [["3x15RM", "3x12RM", "4x10RM", "4x8RM", "4x6RM"]] * 3
    assert [each.weeks for each in plan.columns] == ["1", "2-3", "4-5", "6-8", "9-12"]
    here(page).focus()
    keys.press("Control+s")
    keys.type("Twelve weeks, heavy")
    keys.press("Control+Enter")
    expect(page.get_by_text("Version 1 is issued.")).to_be_visible()
    assert Version.objects.get(programme__episode=episode).note == "Twelve weeks, heavy"
    assert keys.count <= MOST_KEYS_BLANK


def test_a_plan_from_a_protocol_by_keyboard(
    editor: Callable[[str], Page], episode: Episode
) -> None:
    page = editor("")
    keys = Keys(page)
    expect(page.get_by_role("button", name="As proposed for this tendon")).to_be_focused()
    keys.type("he")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Plan, being edited")).to_be_visible()
    expect(here(page)).to_be_focused()
    keys.press("Control+s")
    keys.type("Heavy")
    keys.press("Control+Enter")
    expect(page.get_by_text("Version 1 is issued.")).to_be_visible()
    version = Version.objects.get(programme__episode=episode)
    assert (version.note, version.steps.count()) == ("Heavy", 5)
    assert keys.count <= MOST_KEYS_PROTOCOL


def test_a_block_from_a_spreadsheet_brings_its_exercises_and_steps(
    editor: Callable[[str], Page], episode: Episode
) -> None:
    page = editor("blank")
    expect(here(page)).to_be_focused()
    paste(page, "Seated heel raise\t3x15\t3x12\r\nHeel raise on the leg press\t4x8\t\r\n")
    expect(page.locator("#grid tbody tr")).to_have_count(2)
    saved(page)
    assert doses(plan_of(episode)) == [["3x15", "3x12"], ["4x8", ""]]
    box(page, "Heel raise on the leg press, isotonic step 2").click()
    paste(page, "4x7\t4x6")
    expect(box(page, "Heel raise on the leg press, isotonic step 3")).to_have_value(
        re.compile("^4x6 ")
    )
    saved(page)
    assert doses(plan_of(episode)) == [["3x15", "3x12", ""], ["4x8", "4x7", "4x6"]]


def test_a_block_is_copied_cut_and_filled(editor: Callable[[str], Page], episode: Episode) -> None:
    page = editor("protocol:HSR")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    first = "Seated heel raise, machine, isotonic step"
    box(page, f"{first} 1").click()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("td[data-selected]")).to_have_count(4)
    page.keyboard.press("Control+c")
    box(page, f"{first} 4").click()
    page.keyboard.press("Control+v")
    saved(page)
    before = doses(plan_of(episode))
    assert [row[3:5] for row in before[:2]] == [row[0:2] for row in before[:2]]
    page.keyboard.press("Delete")
    saved(page)
    assert doses(plan_of(episode))[0][3] == ""
    page.keyboard.press("Control+r")
    saved(page)
    after = doses(plan_of(episode))
    assert after[0][3] == after[0][2] != ""


def test_two_people_in_one_draft_see_both_values_and_lose_neither(
    editor: Callable[[str], Page], second: Page, live_server: Any, episode: Episode
) -> None:
    page = editor("protocol:HSR")
    name = "Seated heel raise, machine, isotonic step"
    second.goto(live_server.url + reverse("programmes:edit", args=[episode.code]))
    box(page, f"{name} 1").click()
    page.keyboard.type("3x14rm")
    page.keyboard.press("Enter")
    saved(page)
    # Another box: both stay, and each page shows the other's with its next answer.
    box(second, f"{name} 2").click()
    second.keyboard.type("3x11rm")
    second.keyboard.press("Enter")
    saved(second)
    expect(box(second, f"{name} 1")).to_have_value(re.compile("^3x14RM"))
    # The same box: both values are shown, theirs stands until one is chosen.
    box(page, f"{name} 3").click()
    page.keyboard.press("Delete")
    expect(box(page, f"{name} 2")).to_have_value(re.compile("^3x11RM"))
    box(page, f"{name} 2").click()
    page.keyboard.type("3x13rm")
    page.keyboard.press("Enter")
    saved(page)
    box(second, f"{name} 2").click()
    second.keyboard.type("3x10rm")
    second.keyboard.press("Enter")
    panel = second.locator(".clash")
    expect(panel).to_contain_text("Edith Exercise")
    expect(panel).to_contain_text("3x13RM")
    expect(panel).to_contain_text("3x10rm")
    assert doses(plan_of(episode))[0][:2] == ["3x14RM", "3x13RM"]
    panel.get_by_role("button", name="Use mine").click()
    expect(panel).to_have_count(0)
    saved(second)
    assert doses(plan_of(episode))[0][:2] == ["3x14RM", "3x10RM"]


def test_what_is_typed_offline_is_kept_and_sent_when_the_connection_is_back(
    editor: Callable[[str], Page], episode: Episode, visitor: Page
) -> None:
    page = editor("protocol:HSR")
    name = "Seated heel raise, machine, isotonic step"
    box(page, f"{name} 1").click()
    page.evaluate("() => { window.kept = window.fetch; window.fetch = () => Promise.reject(); }")
    page.keyboard.type("3x14rm")
    page.keyboard.press("Tab")
    page.keyboard.type("3x11rm")
    page.keyboard.press("Enter")
    expect(page.locator("[data-save-line]")).to_have_text("Not saved: no connection, trying again")
    expect(box(page, f"{name} 1")).to_have_value("3x14rm")
    assert not Draft.objects.get(episode=episode).edits.exists()
    page.evaluate("() => { window.fetch = window.kept; dispatchEvent(new Event('online')); }")
    saved(page)
    expect(page.locator("[data-save-line]")).to_have_text(re.compile("^Saved"))
    assert doses(plan_of(episode))[0][:2] == ["3x14RM", "3x11RM"]


def test_undo_and_redo_by_keyboard(editor: Callable[[str], Page], episode: Episode) -> None:
    page = editor("protocol:HSR")
    before = plan_of(episode)
    box(page, "Seated heel raise, machine, isotonic step 1").click()
    page.keyboard.type("3x14rm")
    page.keyboard.press("Enter")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#grid tbody tr .exercise").first).not_to_have_text(
        "Seated heel raise, machine"
    )
    saved(page)
    changed = plan_of(episode)
    for _ in range(2):
        page.keyboard.press("Control+z")
    saved(page)
    assert plan_of(episode) == before
    for _ in range(2):
        page.keyboard.press("Control+y")
    saved(page)
    assert plan_of(episode) == changed


def test_escape_takes_back_and_an_unreadable_dose_is_said_at_its_box(
    editor: Callable[[str], Page], episode: Episode, look: Callable[[str], None]
) -> None:
    page = editor("protocol:HSR")
    cell = box(page, "Seated heel raise, machine, isotonic step 1")
    stood = cell.input_value()
    cell.click()
    page.keyboard.type("9")
    page.keyboard.press("Escape")
    expect(cell).to_have_value(stood)
    page.keyboard.type("4x10 70")
    page.keyboard.press("Enter")
    expect(cell).to_have_attribute("aria-invalid", "true")
    expect(cell).to_have_accessible_description(re.compile("Understood: 4 sets of 10"))
    expect(page.locator("#state")).to_contain_text("1 cell can’t be read")
    look("a dose that can't be read")
    page.get_by_role("link", name=re.compile("could be a weight")).click()
    expect(cell).to_be_focused()


def test_a_tablet_selects_with_one_tap_and_edits_with_two(
    editor: Callable[[str], Page], visitor: Page
) -> None:
    page = editor("protocol:HSR")
    page.set_viewport_size({"width": 820, "height": 1100})
    cell = box(page, "Seated heel raise, machine, isotonic step 1")
    cell.click()
    expect(page.locator("#bar")).to_contain_text("3 sets of 15")
    cell.dblclick()
    page.keyboard.press("End")
    page.keyboard.type(" r90")
    assert page.evaluate("document.documentElement.scrollWidth") <= 820
    page.keyboard.press("Escape")
    expect(page.locator("#state")).to_contain_text("Nothing changed yet")


def test_rows_and_steps_are_dragged_by_their_handles(
    editor: Callable[[str], Page], episode: Episode
) -> None:
    page = editor("protocol:HSR")
    before = doses(plan_of(episode))
    rows = page.locator("#stage-isotonic tbody tr")
    first = rows.first.locator(".exercise").inner_text()
    rows.first.locator("[data-drags=row]").drag_to(rows.last, target_position={"x": 40, "y": 45})
    expect(rows.last.locator(".exercise")).to_have_text(first)
    heads = page.locator("#stage-isotonic th[data-column]")
    heads.first.locator("[data-drags=column]").drag_to(
        heads.nth(1), target_position={"x": 190, "y": 15}
    )
    saved(page)
    after = doses(plan_of(episode))
    assert after[-1][:2] == before[0][1::-1]


def test_a_value_for_a_removed_row_stays_marked_and_can_be_copied(
    editor: Callable[[str], Page], episode: Episode, people: dict[Role, User]
) -> None:
    page = editor("protocol:HSR")
    name = "Seated heel raise, machine, isotonic step 1"
    draft = Draft.objects.get(episode=episode)
    row = plan_of(episode).rows[0].id
    lead = people[Role.PRACTICE_LEAD]
    actions.edit_draft(
        draft,
        edit=RemoveRow(row=row),
        known=0,
        token=uuid4(),
        by=lead,
        desk=desk_of(episode),
    )
    box(page, name).click()
    page.keyboard.type("4x8rm")
    page.keyboard.press("Enter")
    said = re.compile("removed it meanwhile. Your value was 4x8rm")
    expect(box(page, name)).to_have_accessible_description(said)
    expect(page.locator("#bar [data-save-line]")).to_contain_text("Not done")
    expect(page.locator("#lost")).to_contain_text(f"{name}: 4x8rm")
    draft.refresh_from_db()
    actions.put_aside(draft, by=lead)
    page.keyboard.type("3x9rm")
    page.keyboard.press("Enter")
    expect(page.locator("#bar [data-save-line]")).to_contain_text("put aside")
    expect(box(page, name)).not_to_be_editable()
    expect(page.locator("#lost")).to_contain_text("3x9rm")
    page.get_by_role("link", name="Go to the programme").click()
    expect(page.get_by_role("heading", name="Plan, being edited")).to_have_count(0)


def test_a_step_typed_or_added_at_the_right_edge_stays_in_view(
    editor: Callable[[str], Page],
) -> None:
    page = editor("protocol:HSR")
    row = "Seated heel raise, machine"
    box(page, f"{row}, isotonic step 5").click()
    page.keyboard.press("Tab")
    page.keyboard.type("3x5rm")
    page.keyboard.press("Tab")
    expect(box(page, f"{row}, isotonic step 6")).to_have_value(re.compile("^3x5RM"))
    expect(here(page)).to_be_in_viewport(ratio=0.9)
    page.get_by_role("button", name="Add step", exact=True).click()
    expect(box(page, f"{row}, isotonic step 7")).to_be_focused()
    expect(here(page)).to_be_in_viewport(ratio=0.9)


def test_a_rule_that_cant_be_read_is_said_at_its_field(editor: Callable[[str], Page]) -> None:
    page = editor("protocol:HSR")
    box(page, "Seated heel raise, machine, isotonic step 1").click()
    page.get_by_role("button", name="Fill by rule").click()
    dialog = page.get_by_role("dialog", name="Fill by rule")
    stood = dialog.get_by_label("First dose").input_value()
    rule = dialog.get_by_label("Then")
    rule.fill("a bit more")
    page.keyboard.press("Enter")
    expect(rule).to_have_attribute("aria-invalid", "true")
    expect(rule).to_have_value("a bit more")
    expect(dialog.get_by_label("First dose")).to_have_value(stood)
    rule.fill("-2 reps")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()


def test_a_quoted_cell_of_a_spreadsheet_is_one_cell(
    editor: Callable[[str], Page], episode: Episode
) -> None:
    page = editor("blank")
    paste(page, 'Seated heel raise\t"3x15\nr90"\t3x12\n')
    expect(page.locator("#grid tbody tr")).to_have_count(1)
    saved(page)
    assert doses(plan_of(episode)) == [["3x15", "3x12"]]


def test_the_literal_beginning_of_a_name_is_found_first(editor: Callable[[str], Page]) -> None:
    page = editor("blank")
    page.keyboard.type("heel drop over a step, knee s")
    first = page.locator("#found li:not([hidden])").first
    expect(first).to_contain_text("knee straight")


def test_a_refused_issue_leaves_one_empty_step_and_a_chosen_cell(
    editor: Callable[[str], Page],
) -> None:
    page = editor("protocol:HSR")
    page.locator("#issue textarea").fill("")
    page.get_by_role("button", name=re.compile("^Issue version")).click()
    expect(page.locator("#issue .error")).to_be_visible()
    expect(page.locator("#stage-isotonic [data-grows]")).to_have_count(1)
    expect(page.locator("[data-bar=where]")).not_to_have_text("Choose a cell")


def test_the_edge_of_a_row_loses_its_colour_with_its_dose(
    editor: Callable[[str], Page], episode: Episode
) -> None:
    make.make_signed_assessment(episode, **make.INSERTIONAL)
    page = editor("blank")
    paste(page, "Heel drop over a step, knee straight\t3x15\t\n")
    row = page.locator("#grid tbody tr")
    expect(row).to_have_count(1)
    safety = row.locator("td.safety")
    box(page, "Heel drop over a step, knee straight, isotonic step 1").click()
    for keys in (["Delete"], ["Control+z"]):
        page.keyboard.press(*keys)
        saved(page)
        tone = safety.get_attribute("data-tone")
        assert row.get_attribute("data-tone") == (tone if tone != "ok" else None)
