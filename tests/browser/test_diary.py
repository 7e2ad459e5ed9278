"""The diary that came back, in a browser: a scanner, and a week with few keys."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Dialog, Page, expect

from assessments.rules.terms import Stage
from patients.models import User
from patients.rules.roles import Role
from programmes.models import Handout, NotDone, Session
from programmes.rules.terms import Protocol
from tests import make

Look = Callable[[str], None]
SignIn = Callable[[Role], None]
People = dict[Role, User]

pytestmark = pytest.mark.django_db(transaction=True)

MOST_KEYS = 60

# As typed on the keyboard, one word a key: > and v are the arrows to the right and down.
HEAVY_SLOW = """
    1 0 0  1 0 >  2 3 2  1  5 >
    1 0 0  5 >    1 > 4 2  2  1 0 >
    8 0    1 2 0  2 4 3  0  v
"""
HEAVY_SLOW_READ = [
    (100, 10, 2, 3, 2, (1, 5)),
    (100, 5, 1, 4, 2, (2, 10)),
    (80, 120, 2, 4, 3, (0, None)),
]
# Twice a day for a week: ticks, the stiffness and the next morning once a day, a day not done, and
# "the rest as above" where the patient wrote the same again.
TWICE_A_DAY = """
    _ 1 0 > 2 3 2 1 5 > _ = = 4 = d
    d                   d
    _ 1 0 > 2 4 2 2 5 > d
    d                   -
    _ 5 > 1 > 3 2 1 5 > d
    d                   d
    _ 5 > 1 > 2 1 > 0 0 > d
"""
KEYS = {">": "ArrowRight", "v": "ArrowDown", "_": "Space"}


def paper_of(by: User, protocol: Protocol) -> Handout:
    programme = make.make_programme(
        make.make_episode(by=by), protocol=protocol, at=(Stage.ISOTONIC, 1), by=by
    )
    return make.make_handout(programme, by=by)


def copied() -> list[tuple[Any, ...]]:
    return [
        (
            each.completed_pct,
            each.stiffness_min,
            each.pain_before,
            each.pain_during,
            each.pain_after,
            (each.morning.pain, each.morning.stiffness_min),
        )
        for each in Session.objects.order_by("diary_row").select_related("morning")
    ]


def press(page: Page, keys: str) -> int:
    """Press these keys, and how many there were."""
    for key in keys.split():
        page.keyboard.press(KEYS.get(key, key))
    return len(keys.split())


@pytest.fixture
def open_sheet(visitor: Page, live_server: object, sign_in: SignIn) -> Callable[[Handout], None]:
    """Opens a sheet as the address in the list of a browser does."""

    def opened(paper: Handout) -> None:
        sign_in(Role.PHYSIOTHERAPIST)
        path = reverse("programmes:diary_sheet", args=[paper.code])
        visitor.goto(f"{live_server.url}{path}")  # type: ignore[attr-defined]
        # Days in the past by any clock: the day the programme began, and those after it.
        first = visitor.get_by_label(re.compile("^(Day|Session) 1")).first
        first.fill(f"{make.DAY:%-d/%-m/%Y}")
        first.press("Enter")

    return opened


def test_a_scanner_opens_the_sheet_and_needs_nothing_else(
    visitor: Page, live_server: object, look: Look, sign_in: SignIn, people: People
) -> None:
    page, paper = visitor, paper_of(people[Role.PHYSIOTHERAPIST], Protocol.HSR)
    sign_in(Role.PHYSIOTHERAPIST)
    page.get_by_role("link", name="Diary", exact=True).click()
    field = page.get_by_label("Code on the diary")
    expect(field).to_be_focused()
    look("code")
    # A newline before the code sends nothing.
    page.keyboard.press("Enter")
    wrong = paper.paper_code[:7] + ("2" if paper.paper_code[7] != "2" else "3")
    page.keyboard.type(wrong)
    page.keyboard.press("Enter")
    expect(page.get_by_text("One sign is wrong or two are swapped.")).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value(wrong)
    look("misread code")
    # What is typed next replaces what was misread.
    page.keyboard.type(paper.paper_code)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/diary/{paper.code}/")
    # The first thing asked is the date of the first day; those below follow it.
    day = page.get_by_label("Session 1: date")
    expect(day).to_be_focused()
    expect(page.locator("[data-proposed]")).to_have_count(3)
    # Scanned once more, with the newline a scanner sends: the sheet is as it was.
    shown = day.input_value()
    page.keyboard.type(paper.paper_code)
    page.keyboard.press("Enter")
    expect(day).to_be_focused()
    expect(day).to_have_value(shown)
    page.keyboard.press("Enter")
    done = page.get_by_label("Session 1: Done", exact=False)
    expect(done).to_be_focused()
    expect(page.locator("[data-proposed]")).to_have_count(2)
    page.keyboard.type(paper.paper_code)
    page.keyboard.press("Enter")
    expect(done).to_be_focused()
    assert page.locator("input[data-cell]:not([data-cell=on])").evaluate_all(
        "cells => cells.every((cell) => cell.value === '')"
    )
    expect(page.locator("[data-count]")).to_have_text("0 lines, 0 sessions, 0 not done")


def test_a_week_is_copied_with_digits_and_arrows(
    visitor: Page, look: Look, open_sheet: Callable[[Handout], None], people: People
) -> None:
    page, paper = visitor, paper_of(people[Role.PHYSIOTHERAPIST], Protocol.HSR)
    open_sheet(paper)
    pressed = press(page, HEAVY_SLOW)
    # Three digits of minutes stand in their own cell, and are said.
    expect(page.locator("[data-count]")).to_have_text(
        "3 lines, 3 sessions, 0 not done, 100 minutes or more in 1 cell: is that so?"
    )
    look("sheet")
    page.get_by_label("Session 3: Pain next", exact=False).focus()
    # Down from the last line stays; Enter goes to the button, and Enter presses it.
    pressed += press(page, "Enter Enter")
    expect(page.get_by_text("3 sessions added, marked as reported.")).to_be_visible()
    assert pressed <= MOST_KEYS, pressed
    assert copied() == HEAVY_SLOW_READ
    days = Session.objects.order_by("diary_row").values_list("happened_on", flat=True)
    assert list(days) == [make.DAY + timedelta(days=each) for each in (0, 2, 4)]
    expect(page.get_by_role("link", name="Decide")).to_be_visible()
    look("sheet on record")


def test_a_key_of_habit_after_a_cell_moved_on_by_itself_skips_nothing(
    visitor: Page, open_sheet: Callable[[Handout], None], people: People
) -> None:
    page, paper = visitor, paper_of(people[Role.PHYSIOTHERAPIST], Protocol.HSR)
    open_sheet(paper)
    # Tab after each cell, whether it moved on by itself or not; then a line not done, with Enter.
    press(page, "_ Tab 1 0 Tab 2 Tab 3 > 2 Tab 1 Tab 5 Tab - Enter x Tab Tab 4")
    shown = page.locator("tr[data-line]").evaluate_all(
        "lines => lines.map((line) => [...line.querySelectorAll('td input')].map((b) => b.value))"
    )
    assert shown == [
        ["✓", "10", "2", "3", "2", "1", "5"],
        ["-", "", "", "", "", "", ""],
        # The second Tab leaves a cell empty.
        ["✓", "", "4", "", "", "", ""],
    ]
    # Leaving asks first, until it is saved.
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="Next diary").click()
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    assert asked == ["beforeunload"]
    page.get_by_label("What I want to tell or ask").fill("May I cycle?")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 sessions added, marked as reported.")).to_be_visible()
    page.get_by_role("link", name="Next diary").click()
    page.wait_for_url("**/diary/")
    assert asked == ["beforeunload"]


def test_fourteen_lines_are_copied_with_few_keys(
    visitor: Page, look: Look, open_sheet: Callable[[Handout], None], people: People
) -> None:
    page, paper = visitor, paper_of(people[Role.PHYSIOTHERAPIST], Protocol.ALF)
    open_sheet(paper)
    pressed = press(page, TWICE_A_DAY)
    expect(page.locator("[data-count]")).to_have_text("14 lines, 13 sessions, 1 not done")
    look("full sheet")
    pressed += press(page, "Enter")
    expect(page.get_by_text("13 sessions added, marked as reported.")).to_be_visible()
    assert pressed <= MOST_KEYS, pressed
    assert NotDone.objects.get().diary_row == 8
    rows = copied()
    assert rows[:2] == [(100, 10, 2, 3, 2, (1, 5)), (100, 10, 2, 4, 2, (1, 5))]
    assert rows[-1] == (100, 5, 1, 2, 1, (0, 0))


def test_a_refused_sheet_keeps_its_cells_and_stands_at_the_wrong_one(
    visitor: Page, look: Look, open_sheet: Callable[[Handout], None], people: People
) -> None:
    page, paper = visitor, paper_of(people[Role.PHYSIOTHERAPIST], Protocol.HSR)
    by = people[Role.PHYSIOTHERAPIST]
    make.make_session(paper.version.programme, by=by, happened_on=make.DAY + timedelta(days=2))
    open_sheet(paper)
    press(page, "> > 1 0")
    expect(page.locator("[data-count]")).to_have_text(
        "1 line, 1 session, 0 not done, pain 10 in 1 cell: is that so?"
    )
    press(page, "ArrowLeft Delete ArrowLeft ArrowLeft")
    press(page, "_ 1 0 > 2 3 2 1 5 > _ 5 > 1 > 4 2 2 1 0 > - Enter")
    expect(page.get_by_text("is on record already, in the clinic.")).to_be_visible()
    expect(page.get_by_label("Session 2: Done", exact=False)).to_have_value("✓")
    look("asked about a line")
    page.get_by_label("Another session: add it too").check()
    wrong = page.get_by_label("Session 1: Pain during", exact=False)
    wrong.fill("30")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Pain is 0 to 10 in whole numbers, not “30”.")).to_be_visible()
    expect(wrong).to_be_focused()
    look("a wrong cell")
    press(page, "3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 sessions added, marked as reported.")).to_be_visible()
    assert Session.objects.filter(source="paper").count() == 2
    assert NotDone.objects.count() == 1
