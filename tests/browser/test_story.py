"""The story of an episode by keyboard, on a tablet and in the dark."""

import itertools
import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from assessments.actions import add_runs
from assessments.rules.typed_runs import TypedRun
from patients.models import Episode, User
from patients.rules.roles import Role
from programmes.actions import record_morning
from programmes.models import Session
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def episode(people: dict[Role, User]) -> Episode:
    """Four weeks with sessions, runs and scores until yesterday."""
    today, by = timezone.localdate(), people[Role.PHYSIOTHERAPIST]
    begun = today - timedelta(days=28)
    found = make.make_episode(by=by, on=begun)
    programme = make.make_programme(found, by=by, on=begun, examined_on=begun)
    for nth in range(1, 28, 3):
        on = begun + timedelta(days=nth)
        source = "home" if nth % 2 else "clinic"
        held = make.make_session(programme, by=by, happened_on=on, source=source)
        record_morning(held, pain=nth % 4, stiffness_min=nth, on=today, by=by)
        typed = TypedRun(on=on, distance_m=4000 + 400 * nth, duration_s=None, surface=None, note="")
        add_runs(found, [typed], form_token=uuid4(), by=by)
    for nth in (10, 20):
        make.make_visa(found, on=begun + timedelta(days=nth), by=by, q5=nth // 2)
    return found


def test_the_story_is_read_by_keyboard_and_fits_a_tablet(
    visitor: Page,
    look: Callable[[str], None],
    sign_in: Callable[[Role], None],
    live_server: object,
    episode: Episode,
) -> None:
    sign_in(Role.PHYSIOTHERAPIST)
    path = reverse("programmes:episode", args=[episode.code])
    visitor.goto(f"{live_server.url}{path}")  # type: ignore[attr-defined]
    look("episode with its story")
    chart = visitor.locator(".story-chart")
    for width in (1280, 820):
        visitor.set_viewport_size({"width": width, "height": 900})
        titles = chart.locator(".lane > text.strong")
        boxes = [titles.nth(nth).bounding_box() for nth in range(titles.count())]
        tops = [box["y"] for box in boxes if box]
        assert len(tops) == 9
        # Each title stands clear of the one before, and none runs out of the picture.
        assert all(after - before > 20 for before, after in itertools.pairwise(tops))
        assert max(box["x"] + box["width"] for box in boxes if box) <= width
    visitor.set_viewport_size({"width": 1280, "height": 900})
    newest = Session.objects.latest("happened_on", "pk")
    visitor.get_by_role("link", name="12 weeks").or_(
        visitor.get_by_role("link", name="All")
    ).first.focus()
    for _ in range(60):
        visitor.keyboard.press("Tab")
        here = visitor.evaluate("document.activeElement.getAttribute('aria-label') || ''")
        if here.startswith(f"Session of {newest.happened_on:%-d %b %Y}"):
            break
    else:
        pytest.fail("the newest session is not reached by the Tab key")
    visitor.keyboard.press("Enter")
    expect(visitor).to_have_url(re.compile(rf"/sessions/{newest.code}/"))
    visitor.go_back()
    visitor.get_by_text("The same as a table").click()
    row = visitor.get_by_role("row").filter(has_text="VISA-A 57 of 100")
    expect(row).to_be_visible()
    row.get_by_role("link").click()
    expect(visitor).to_have_url(re.compile(r"/visa/"))
