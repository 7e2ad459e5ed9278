"""The whole path in a browser: first consult to printed plan, as each profession walks it."""

import os
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from patients.rules.roles import Role
from programmes.models import Decision, Handout, Session, Version
from tests import make

SCREENSHOT = Path(__file__).resolve().parents[2] / "docs" / "assessment.png"


def answer(page: Page, question: str, choice: str) -> None:
    """Press one of a row of buttons."""
    group = page.get_by_role("group", name=question, exact=True)
    press(group.get_by_role("radio", name=choice, exact=True))


def press(radio: Locator) -> None:
    """Press a button of a row where a finger would: on its words, once they stand still."""
    label = radio.locator("xpath=ancestor::label[1]")
    label.evaluate("each => each.scrollIntoView({ block: 'center' })")
    label.click()
    expect(radio).to_be_checked()


def nothing_applies(page: Page) -> None:
    """Tick "None of these" in every group of the screening."""
    for box in page.locator("#screening").get_by_label("None of these").all():
        box.check()


def examine(page: Page) -> None:
    """A calm, nodular midportion tendon of ten months."""
    page.get_by_label("How long has it hurt?").fill("43")
    answer(page, "An earlier episode on this side?", "No")
    answer(page, "Running now", "Ran in the last 14 days")
    answer(page, "Pain when running", "3")
    answer(page, "Settled by the next morning after a run?", "Yes")
    page.get_by_label("What do they want to do again?").fill("Ten kilometres in the park")
    nothing_applies(page)
    answer(page, "Fluoroquinolone antibiotic, ever?", "No")
    answer(page, "Steroid tablets now?", "No")
    answer(page, "Cortisone injection at this tendon, ever?", "No")
    page.get_by_label("Tender points, cm above the insertion").fill("4")
    answer(page, "Points to the same place with a finger?", "Yes")
    answer(page, "Loading the tendon brings the pain?", "Yes")
    answer(page, "Warm?", "No")
    answer(page, "Diffuse swelling?", "No")
    answer(page, "A nodule or a thick spot?", "Yes")
    answer(page, "Pain on light load", "1")
    answer(page, "Pain in one single-leg heel raise", "3")
    page.locator("[name=q1_minutes]").fill("20")
    for number, points in ((2, 7), (3, 8), (4, 8), (5, 6)):
        press(page.locator(f"[name=q{number}][value='{points}']"))
    page.locator("[name=q6_hops]").fill("6")
    press(page.locator("[name=q7][value=modified]"))
    press(page.locator("[name=q8_b][value='21-30']"))
    page.locator("[name=left_repetitions]").fill("18")
    page.locator("[name=right_repetitions]").fill("26")


@pytest.mark.django_db(transaction=True)
def test_from_first_consult_to_printed_plan(
    visitor: Page,
    look: Callable[[str], None],
    sign_in: Callable[[Role], None],
) -> None:
    page = visitor
    look_at_entrance(page, look, sign_in)

    # A physiotherapist adds a patient and opens an episode.
    page.get_by_role("link", name="Patients", exact=True).click()
    look("patients, empty")
    page.get_by_role("link", name="Add a patient").first.click()
    page.get_by_label("Family name").fill("Sehnenschmerz")
    page.get_by_label("Given name").fill("Ada")
    page.get_by_label("Date of birth").fill("1981-03-03")
    answer(page, "Sex", "Female")
    look("patient form")
    page.get_by_role("button", name="Add patient").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Sehnenschmerz")
    look("patient")
    page.get_by_role("link", name="Open an episode").click()
    answer(page, "Which Achilles?", "Left")
    look("episode form")
    page.get_by_role("button", name="Open episode").click()
    expect(page.get_by_text("Not examined yet")).to_be_visible()
    look("overview, empty")

    # The examination, with findings while typing and nothing stored by them.
    page.get_by_role("link", name="Examine", exact=True).click()
    look("assessment, empty")
    examine(page)
    panel = page.locator("#panel")
    expect(panel.get_by_text("Degenerative").first).to_be_visible()
    expect(panel.get_by_text("Midportion").first).to_be_visible()
    expect(panel.get_by_text("61").first).to_be_visible()
    expect(panel.get_by_text("Symmetry 69.2 %").first).to_be_visible()
    panel.get_by_text("Why").first.click()
    look("assessment, filled in")
    page.evaluate("window.scrollTo(0, 0)")
    if os.environ.get("UPWELL_SCREENSHOT"):
        page.screenshot(path=SCREENSHOT)
    page.get_by_role("button", name="Save and go to signing").click()
    expect(page.get_by_text("Draft saved").first).to_be_visible()
    page.get_by_role("button", name="Sign assessment").click()
    expect(page.get_by_text("Signed.").first).to_be_visible()
    look("overview, signed")

    # The proposed plan, accepted as it is.
    page.get_by_role("link", name="See the plan", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Proposed programme")
    look("proposed programme")
    page.get_by_role("button", name="Accept and issue").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Version 1")
    look("programme")

    # The first session; the same day there is nothing to decide.
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("link", name="Log a session").click()
    look("session form")
    answer(page, "Pain before", "1")
    answer(page, "Pain during, the worst of it", "3")
    answer(page, "Pain after", "2")
    page.get_by_label("Morning stiffness on the day").fill("20")
    answer(page, "Newly warm or visibly swollen?", "No")
    page.get_by_role("button", name="Save session").click()
    expect(page.get_by_text("The next morning is not recorded yet")).to_be_visible()
    look("session, waiting")
    assert Session.objects.count() == 1

    # The next morning the day's list asks for it, and the decision follows.
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=True):
        sign_in(Role.PHYSIOTHERAPIST)
        expect(page.get_by_text("is missing")).to_be_visible()
        look("day's list")
        page.get_by_role("link", name="Morning after").click()
        answer(page, "Pain the next morning", "1")
        page.get_by_label("Stiffness the next morning").fill("20")
        page.get_by_role("button", name="Save the morning after").click()
        expect(page.get_by_text("Proposed: stay at this step")).to_be_visible()
        look("decision card")
        page.get_by_role("button", name="Stay at isotonic step").click()
        expect(page.get_by_role("heading", name="Decided: stay at this step")).to_be_visible()
        look("decision made")
    decision = Decision.objects.get()
    assert (decision.outcome, decision.rule, decision.reason) == ("HOLD", "D8-count", "")

    # An exercise physiologist chooses another protocol and prints the paper.
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=True):
        sign_in(Role.EXERCISE_PHYSIOLOGIST)
        page.get_by_role("link", name="Everybody’s").click()
        page.get_by_role("link", name="Sehnenschmerz, Ada", exact=True).click()
        page.get_by_role("link", name="Programme", exact=True).click()
        page.get_by_role("link", name="Propose a new version").click()
        page.get_by_role("link", name="Silbernagel combined").click()
        page.get_by_label("Note for the record").fill("No machines at home.")
        look("proposed version 2")
        page.get_by_role("button", name="Accept and issue").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Version 2")
        page.get_by_role("link", name="Print for the patient").click()
        look("print")
        with page.expect_response("**/handouts/*.pdf") as printed:
            page.get_by_role("button", name="Print", exact=True).click()
    assert printed.value.status == 200
    assert [version.note for version in Version.objects.order_by("number")] == [
        "",
        "No machines at home.",
    ]
    paper = Handout.objects.get()
    body = page.request.get(printed.value.url).body()
    text = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(body)).pages)
    for words in ("Ada Sehnenschmerz", "Version 2", "3 March 1981", "left"):
        assert words.lower() in text.lower(), words
    assert paper.paper_code[:4] in text


def look_at_entrance(
    page: Page, look: Callable[[str], None], sign_in: Callable[[Role], None]
) -> None:
    """The login page, and the empty list behind it."""
    sign_in(Role.PHYSIOTHERAPIST)
    page.context.clear_cookies()
    page.reload()
    page.get_by_label("Email").fill(f"{Role.PHYSIOTHERAPIST.name.lower()}@example.org")
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Nobody on your list")).to_be_visible()
    look("day's list, empty")
