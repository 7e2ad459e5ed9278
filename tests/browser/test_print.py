"""Printing in a browser: the paper in sight before it is printed, and the day's papers at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from patients.rules.roles import Role
from programmes.models import Handout, Printing, Ready
from tests import make
from tests.browser.conftest import Look

if TYPE_CHECKING:
    from patients.models import User
    from programmes.models import Programme

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = 30_000
DRAWN = """() => [...document.querySelectorAll('.sheets img')].every(
    one => one.complete && one.naturalWidth > 0)"""


@pytest.fixture
def programme(people: dict[Role, User]) -> Programme:
    by = people[Role.PHYSIOTHERAPIST]
    return make.make_programme(make.make_episode(by=by), by=by)


def test_the_paper_is_seen_before_it_is_printed_and_printed_again(
    visitor: Page,
    live_server: object,
    look: Look,
    sign_in: Callable[[Role], None],
    programme: Programme,
) -> None:
    sign_in(Role.PHYSIOTHERAPIST)
    server: str = live_server.url  # type: ignore[attr-defined]
    version = programme.versions.get()
    visitor.goto(f"{server}/handouts/new/{version.code}/")
    pages = visitor.locator(".sheets img")
    expect(pages.first).to_be_visible(timeout=SLOW)
    standard = pages.first.get_attribute("src")
    look("the paper to be printed")
    visitor.get_by_role("radio", name="Large print").check()
    expect(pages.first).not_to_have_attribute("src", str(standard), timeout=SLOW)
    visitor.wait_for_function(DRAWN, timeout=SLOW)
    # Nothing is on record until the button is pressed.
    assert not Handout.objects.exists()
    seen = Ready.objects.order_by("-pk")[0].paper_code
    answer = visitor.request.get(
        f"{server}{visitor.get_by_text('Read it as PDF').get_attribute('href')}"
    )
    assert answer.body().startswith(b"%PDF")
    with visitor.expect_request(re.compile(r"/handouts/[0-9a-f-]{36}\.pdf")):
        visitor.get_by_role("button", name="Print", exact=True).click()
    paper = Handout.objects.get()
    assert (paper.paper_code, paper.options["edition"]) == (seen, "large")
    visitor.goto(f"{server}/handouts/new/{version.code}/")
    expect(visitor.get_by_text("In the patient’s hand")).to_be_visible()
    with visitor.expect_request(re.compile(r"/handouts/[0-9a-f-]{36}\.pdf")):
        visitor.get_by_role("button", name="Print again").click()
    assert Printing.objects.filter(handout=paper).count() == 2
    assert Handout.objects.count() == 1


def test_the_days_papers_are_made_one_after_the_other(
    visitor: Page,
    look: Look,
    sign_in: Callable[[Role], None],
    programme: Programme,
    people: dict[Role, User],
) -> None:
    by = people[Role.PHYSIOTHERAPIST]
    other = make.make_patient(by=by, family_name="Otherwise")
    make.make_programme(make.make_episode(other, by=by), by=by)
    sign_in(Role.PHYSIOTHERAPIST)
    visitor.get_by_role("link", name="Print 2 papers").click()
    look("whose papers to print")
    visitor.get_by_role("button", name="Print the papers ticked").click()
    expect(visitor.locator("strong", has_text="2 of 2")).to_be_visible(timeout=2 * SLOW)
    look("papers that were made")
    expect(visitor.get_by_role("link", name="Open the 2 papers as one PDF")).to_be_visible()
    assert Printing.objects.count() == 2
    # Opened again, nothing is made twice.
    visitor.reload()
    expect(visitor.locator("strong", has_text="2 of 2")).to_be_visible()
    assert Printing.objects.count() == 2
