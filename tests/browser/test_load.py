"""The load history by keyboard: rows typed, rows pasted, a change of load, zooming."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from assessments.models import LoadEvent, Run, RunBatch
from patients.models import Episode, User
from patients.rules.roles import Role
from tests import make

Look = Callable[[str], None]
SignIn = Callable[[Role], None]
People = dict[Role, User]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def episode(people: People) -> Episode:
    today = timezone.localdate()
    episode = make.make_episode(by=people[Role.PHYSIOTHERAPIST], on=today - timedelta(days=5))
    make.make_assessment(episode, examined_on=today, onset_on=today - timedelta(days=14))
    return episode


def box(page: Page, name: str, row: int) -> object:
    return page.get_by_label(f"{name}, row {row}", exact=True)


def paste(page: Page, label: str, text: str) -> None:
    """Paste as the browser does, without the machine's own clipboard."""
    page.get_by_label(label, exact=True).evaluate(
        """(input, text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            input.dispatchEvent(new ClipboardEvent(
                "paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        text,
    )


def test_rows_by_keyboard_rows_pasted_a_change_and_zooming(
    visitor: Page, look: Look, sign_in: SignIn, live_server: object, episode: Episode
) -> None:
    page, today = visitor, timezone.localdate()

    def said(days: int) -> str:
        return f"{today - timedelta(days=days):%-d/%-m/%Y}"

    sign_in(Role.PHYSIOTHERAPIST)
    path = reverse("assessments:load", args=[episode.code])
    page.goto(f"{live_server.url}{path}")  # type: ignore[attr-defined]
    expect(page.get_by_text("No runs are recorded, so nothing can be said")).to_be_visible()
    look("empty log")

    # Three rows: Tab goes right, Enter goes down; the next date is guessed from the one above.
    page.get_by_label("Date, row 1", exact=True).fill(said(60))
    for kilometres, minutes in (("8", "45"), ("9,5", "52:10"), ("8", "44")):
        page.keyboard.press("Tab")
        page.keyboard.type(kilometres)
        page.keyboard.press("Tab")
        page.keyboard.type(minutes)
        page.keyboard.press("Enter")
    expect(page.get_by_label("Date, row 2", exact=True)).to_have_value(said(59))
    expect(page.get_by_label("Date, row 4", exact=True)).to_be_focused()
    expect(page.get_by_label("Date, row 4", exact=True)).to_have_value(said(57))
    page.get_by_role("button", name="Save runs").click()
    expect(page.get_by_text("3 runs saved.")).to_be_visible()
    assert [run.distance_m for run in Run.objects.counted()] == [8000, 9500, 8000]

    # Ten rows from a spreadsheet, one of them wrong: it stands in its box and says so.
    lines = [f"{said(50 - 3 * place)}\t{7 + place / 10:.1f}\t45:00\troad" for place in range(8)]
    lines += [f"{said(26)}\t18\t1:38:00\troad\tclub run", f"{said(20)}\tfar\t40"]
    paste(page, "Date, row 1", "\r\n".join(lines) + "\r\n")
    wrong = page.get_by_label("Distance, row 10", exact=True)
    expect(wrong).to_have_value("far")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Note, row 9", exact=True)).to_have_value("club run")
    assert Run.objects.count() == 3
    look("rows pasted")
    wrong.fill("6,5")
    page.get_by_role("button", name="Save runs").click()
    expect(page.get_by_text("10 runs saved.")).to_be_visible()
    expect(page.locator(".provoked")).to_contain_text("18 km on")
    expect(page.locator(".provoked")).to_contain_text("% longer than anything")
    page.get_by_role("link", name="Add runs").click()
    expect(page.get_by_label("Date, row 1", exact=True)).to_be_focused()
    assert RunBatch.objects.count() == 2

    # The same run again is asked about first.
    page.get_by_label("Date, row 1", exact=True).fill(said(26))
    page.get_by_label("Distance, row 1", exact=True).fill("18")
    page.get_by_role("button", name="Save runs").click()
    expect(page.get_by_text("1 row looks like runs already there.").first).to_be_visible()
    look("asked about a duplicate")
    assert Run.objects.count() == 13

    # A change of load shows the boxes of its kind only.
    page.goto(f"{live_server.url}{path}")  # type: ignore[attr-defined]
    page.get_by_role("link", name="Add a change").click()
    expect(page.get_by_label("Heel drop of the old shoe")).to_be_hidden()
    page.get_by_role("radio", name="Shoes").check()
    expect(page.get_by_label("Last day of the rest")).to_be_hidden()
    page.get_by_label("Date", exact=True).fill(str(today - timedelta(days=30)))
    page.get_by_label("Heel drop of the old shoe").fill("10")
    page.get_by_label("Heel drop of the new shoe").fill("4")
    look("change of load")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Change of load saved.")).to_be_visible()
    assert LoadEvent.objects.get().new_drop_mm == 4
    expect(page.get_by_text("Lower-heeled shoes: heel drop 10 to 4 mm on").first).to_be_visible()

    # Zooming swaps the picture and nothing else.
    page.get_by_label("Note, row 1", exact=True).fill("still here")
    page.get_by_role("link", name="1 year", exact=True).click()
    expect(page.get_by_role("heading", name="Runs by week")).to_be_visible()
    expect(page.get_by_label("Note, row 1", exact=True)).to_have_value("still here")
    page.get_by_label("From").fill(str(today - timedelta(days=40)))
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("heading", name="Runs by day")).to_be_visible()
    page.get_by_text("What the classes mean").click()
    expect(page.get_by_role("cell", name="1.64")).to_be_visible()
    look("log with a spike")
