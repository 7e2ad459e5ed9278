"""Drawings in a browser, light and dark: all of them, and the one a form changes."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from patients.rules.roles import Role
from programmes.rules.library import BUILT_IN
from tests.browser.conftest import Look

pytestmark = pytest.mark.django_db(transaction=True)

COLOUR = "element => getComputedStyle(element).fill"


def test_drawings_are_seen_by_day_and_by_night(
    visitor: Page, look: Look, sign_in: Callable[[Role], None], live_server: object
) -> None:
    server: str = live_server.url  # type: ignore[attr-defined]
    sign_in(Role.EXERCISE_PHYSIOLOGIST)
    visitor.goto(server + reverse("programmes:library") + "?part=drawings")
    figures = visitor.locator("svg.figure")
    expect(figures).to_have_count(len(BUILT_IN))
    look("drawings")
    leg = figures.first.locator(".near")
    by_day = leg.evaluate(COLOUR)
    visitor.emulate_media(color_scheme="dark")
    assert leg.evaluate(COLOUR) != by_day
    visitor.emulate_media(color_scheme="light")
    sizes = figures.evaluate_all("all => all.map(each => each.getBoundingClientRect().width)")
    # No drawing is smaller than on paper, 35 mm.
    assert min(sizes) >= 132

    visitor.goto(server + reverse("programmes:library") + "?exercise=floor_single_raise")
    facts = visitor.locator("#exercise dd")
    widths = facts.evaluate_all("all => all.map(each => each.getBoundingClientRect().width)")
    # Wide enough for words: a fact beside another one had no room.
    assert min(widths) >= 150
    look("an exercise of the library")

    visitor.goto(server + reverse("programmes:exercise_new") + "?like=floor_single_raise")
    expect(visitor.locator("#looks")).to_contain_text("Single-leg heel raise, floor")
    visitor.get_by_label("Looks like").select_option("rope_skip")
    expect(visitor.locator("#looks")).to_contain_text("Skipping with a rope, both feet")
    expect(visitor.locator("#looks svg.figure")).to_have_count(1)
    look("an exercise of ours with its drawing")
