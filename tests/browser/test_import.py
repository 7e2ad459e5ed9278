"""Importing training logs in a browser: chosen, sent, read, looked at, added and taken back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import FilePayload, Page, expect

import assessments.actions.imports
from assessments.models import Run, RunBatch
from patients.models import Episode
from patients.rules.roles import Role
from tests import make
from tests.imports import files

DAYS = [files.START + timedelta(days=days) for days in range(12)]

# File name, content, and the verdicts of its rows from the top.
FILES: dict[str, tuple[str, bytes, list[str]]] = {
    "Strava list": (
        "activities.csv",
        files.make_strava_csv(
            [
                files.strava_row(),
                files.strava_row(date="May 4, 2019, 6:12:00 AM", kind="Ride"),
                files.strava_row(date="", kind="Run"),
            ]
        ),
        ["New", "Not a run", "Unreadable"],
    ),
    "Strava export": (
        "export.zip",
        files.make_strava_zip(
            [files.strava_row(file="activities/1.fit.gz")],
            {
                "activities/1.fit.gz": files.packed(files.make_fit()),
                "activities/2.fit.gz": files.packed(files.make_fit(start=DAYS[2])),
                "activities/3.gpx.gz": files.packed(files.make_gpx(start=DAYS[3])),
                "activities/4.tcx.gz": files.packed(files.make_tcx(start=DAYS[4])),
            },
        ),
        ["New"] * 4,
    ),
    "Garmin list": (
        "Activities.csv",
        files.make_garmin_csv([files.garmin_row(), files.garmin_row(kind="Cycling")]),
        ["New", "Not a run"],
    ),
    "FIT": ("a.fit", files.make_fit(), ["New"]),
    "GPX": ("a.gpx", files.make_gpx(tracks=2), ["New", "New"]),
    "TCX": ("a.tcx", files.make_tcx(), ["New"]),
}


@pytest.fixture
def episode(people: dict[Role, object]) -> Episode:
    return make.make_episode(by=people[Role.PHYSIOTHERAPIST])  # type: ignore[arg-type]


def choose(page: Page, name: str, content: bytes) -> None:
    """Choose one file, as the file dialog does."""
    kind = "application/octet-stream"
    file = FilePayload(name=name, mimeType=kind, buffer=content)
    page.get_by_label("Files", exact=True).set_input_files(file)


@pytest.mark.django_db(transaction=True)
def test_a_file_of_each_format_is_previewed_added_and_taken_back(
    visitor: Page,
    look: Callable[[str], None],
    sign_in: Callable[[Role], None],
    live_server: object,
    episode: Episode,
) -> None:
    page = visitor
    here = f"{live_server.url}{reverse('assessments:load', args=[episode.code])}"  # type: ignore[attr-defined]
    sign_in(Role.PHYSIOTHERAPIST)
    for kind, (name, content, verdicts) in FILES.items():
        page.goto(here)
        page.get_by_role("link", name="Import files").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Import runs")
        if kind == "Strava list":
            look("import, empty")
        choose(page, name, content)
        page.get_by_role("button", name="Read the files").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Look before adding")
        rows = page.get_by_role("region", name="Table of rows").locator("tbody tr")
        expect(rows).to_have_count(len(verdicts))
        for place, verdict in enumerate(verdicts):
            expect(rows.nth(place)).to_contain_text(verdict)
        if kind == "Strava list":
            look("import, preview")
        new = verdicts.count("New")
        assert not Run.objects.counted().exists()
        label = "Add 1 run" if new == 1 else f"Add {new} runs"
        page.get_by_role("button", name=label, exact=True).click()
        expect(page).to_have_url(here)
        expect(page.get_by_text("added to the training log")).to_be_visible()
        assert Run.objects.counted().count() == new
        page.get_by_role("link", name="Import files").click()
        latest = page.get_by_role("row").nth(1)
        expect(latest).to_contain_text("In the log")
        latest.get_by_text("Undo…").click()
        if kind == "Strava list":
            look("imports so far")
        latest.get_by_role("button", name="Undo all of it").click()
        expect(page.get_by_text("no longer count")).to_be_visible()
        assert not Run.objects.counted().exists()
    assert RunBatch.objects.count() == len(FILES)


@pytest.mark.django_db(transaction=True)
def test_a_long_import_shows_how_far_it_is_and_goes_on_by_itself(
    visitor: Page,
    look: Callable[[str], None],
    sign_in: Callable[[Role], None],
    live_server: object,
    episode: Episode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = visitor
    monkeypatch.setattr(assessments.actions.imports, "READ_SECONDS", -1.0)
    here = f"{live_server.url}{reverse('assessments:load_import', args=[episode.code])}"  # type: ignore[attr-defined]
    sign_in(Role.PHYSIOTHERAPIST)
    tracks = {f"activities/{day:%d}.gpx": files.make_gpx(start=day) for day in DAYS}
    page.goto(here)
    choose(page, "export.zip", files.make_zip(tracks))
    # The page's own requests are held back, so that it can be looked at.
    page.route("**/read/*", lambda route: None)
    page.get_by_role("button", name="Read the files").click()
    expect(page.get_by_label("0 of 12 files read")).to_be_visible()
    look("import, being read")
    page.unroute("**/read/*")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Look before adding")
    expect(page.get_by_role("button", name="Add 12 runs")).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_a_refused_file_is_told_at_the_field(
    visitor: Page,
    look: Callable[[str], None],
    sign_in: Callable[[Role], None],
    live_server: object,
    episode: Episode,
) -> None:
    page = visitor
    sign_in(Role.PHYSIOTHERAPIST)
    page.goto(f"{live_server.url}{reverse('assessments:load_import', args=[episode.code])}")  # type: ignore[attr-defined]
    choose(page, "letter.fit", b"%PDF-1.7 a letter")
    page.get_by_role("button", name="Read the files").click()
    expect(page.get_by_role("alert")).to_contain_text("“letter.fit”: ")
    look("import, refused")
    choose(page, "a.gpx", files.make_gpx())
    page.get_by_role("button", name="Read the files").click()
    expect(page.get_by_role("button", name="Add 1 run", exact=True)).to_be_visible()
