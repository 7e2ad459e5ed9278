"""Importing training logs through the pages: looked at, confirmed, taken back, and refused."""

import gzip
import io
import re
import tempfile
import zipfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

import assessments.actions.imports
import assessments.views.imports
from assessments import actions
from assessments.actions.imports import Upload
from assessments.imports import Entry, Part, read_upload
from assessments.models import Run, RunBatch, UnreadPart
from patients.actions import discharge
from patients.models import OUTCOMES, Episode, User
from patients.rules.roles import Role
from patients.rules.terms import Side
from tests.imports import files
from tests.make import DAY, make_episode, make_user

pytestmark = pytest.mark.django_db

FIRST = date(2025, 1, 1)


@pytest.fixture
def physio() -> User:
    return make_user(Role.PHYSIOTHERAPIST)


@pytest.fixture
def episode(physio: User) -> Episode:
    return make_episode(by=physio)


@pytest.fixture
def client(physio: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(physio)
    return client


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request reads one piece and no more."""
    monkeypatch.setattr(assessments.actions.imports, "READ_SECONDS", -1.0)


def strava(*rows: tuple[date, str, int, int]) -> bytes:
    """A Strava list of these rows: day, type, metres, seconds; each begins at 06:30 UTC."""
    return files.make_strava_csv(
        [
            files.strava_row(
                date=f"{day:%b} {day.day}, {day.year}, 6:30:00 AM",
                kind=kind,
                shown=f"{metres / 1000:.2f}",
                metres=f"{metres}.0",
                elapsed=str(seconds),
                moving=f"{seconds}.0",
                title="Secret lake",
            )
            for day, kind, metres, seconds in rows
        ]
    )


def runs(count: int, *, metres: int = 8000) -> bytes:
    """A Strava list of runs on this many days in a row."""
    return strava(*((FIRST + timedelta(days=n), "Run", metres + n, 2700) for n in range(count)))


def gpx(day: date, *, sport: str = "running") -> bytes:
    """A track northwards from a made-up place, 300 m in 100 seconds from point to point; longer
    from day to day of a week."""
    points = 20 + day.weekday()
    track = "".join(
        f'<trkpt lat="{-37.5 + 0.0027 * n:.4f}" lon="145.0"><time>{day}T06:'
        f"{n * 100 // 60:02d}:{n * 100 % 60:02d}Z</time></trkpt>"
        for n in range(points)
    )
    return (
        '<?xml version="1.0"?><gpx version="1.1" creator="t" '
        'xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><name>Secret lake</name><type>{sport}</type><trkseg>{track}</trkseg></trk></gpx>"
    ).encode()


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip file that holds these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return content.getvalue()


def week_of_files(count: int = 5) -> bytes:
    """A zip of GPX files, one a day, without any list."""
    return zipped(
        {
            f"activities/{n}.gpx.gz": gzip.compress(gpx(FIRST + timedelta(days=n)))
            for n in range(count)
        }
    )


def to(name: str, of: Episode | RunBatch) -> str:
    return reverse(f"assessments:{name}", args=[of.code])


def send(
    client: Client,
    episode: Episode,
    *files: tuple[str, bytes],
    token: UUID | None = None,
    **more: Any,
) -> Any:
    """The answer to these files on the import page."""
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    data = {"form_token": str(token or uuid4()), "logs": sent}
    return client.post(to("load_import", episode), data, **more)


def previewed(client: Client, episode: Episode, *files: tuple[str, bytes]) -> RunBatch:
    """The import of these files, read to its end by the requests its page sends."""
    answer = send(client, episode, *files)
    assert answer.status_code == 302, answer.text
    batch = RunBatch.objects.latest("pk")
    while UnreadPart.objects.exists():
        left = UnreadPart.objects.count()
        assert client.post(to("import_read", batch)).status_code == 302
        assert UnreadPart.objects.count() < left
    batch.refresh_from_db()
    assert batch.status == "preview"
    assert answer["Location"] == f"{to('import_detail', batch)}?episode={episode.code}"
    return batch


def received(episode: Episode, content: bytes, *, by: User, seconds: float = 60) -> RunBatch:
    """An import of one file, read for so long and not confirmed."""
    upload = Upload(
        name="activities.csv", file=io.BytesIO(content), size=len(content), sha256="0" * 64
    )
    with patch.object(assessments.actions.imports, "READ_SECONDS", seconds):
        return actions.receive(
            episode.patient,
            uploads=[upload],
            form_token=uuid4(),
            today=timezone.localdate(),
            by=by,
        )


def fates(batch: RunBatch) -> Counter[str]:
    batch.refresh_from_db()
    return Counter(row["is"] for row in batch.rows)


def counted(episode: Episode) -> int:
    return episode.patient.runs.counted().count()


# --- two steps -------------------------------------------------------------------------------


def test_nothing_is_added_before_it_is_confirmed_and_then_once(
    client: Client, episode: Episode, physio: User
) -> None:
    file = strava(
        (FIRST, "Run", 8000, 2700),
        (FIRST + timedelta(days=1), "Ride", 30_000, 4000),
        (FIRST + timedelta(days=2), "Run", 18_000, 6000),
    )
    batch = previewed(client, episode, ("activities.csv", file))
    assert (fates(batch), Run.objects.count()) == ({"new": 2, "not_a_run": 1}, 0)
    page = client.get(to("import_detail", batch))
    assert "Add 2 runs" in page.text
    assert "18.00 km" in page.text
    for _ in range(2):
        answer = client.post(to("import_keep", batch))
        assert answer["Location"] == reverse("assessments:load", args=[episode.code])
    kept = list(Run.objects.order_by("happened_on"))
    assert [(run.happened_on, run.distance_m, run.duration_s, run.origin) for run in kept] == [
        (FIRST, 8000, 2700, "Strava"),
        (FIRST + timedelta(days=2), 18_000, 6000, "Strava"),
    ]
    assert {(run.batch_id, run.patient_id) for run in kept} == {(batch.pk, episode.patient_id)}
    batch.refresh_from_db()
    assert (batch.status, batch.kept_by) == ("kept", physio)
    assert "Add 2 runs" not in client.get(to("import_detail", batch)).text


def test_the_same_file_twice_adds_nothing_the_second_time(client: Client, episode: Episode) -> None:
    first = previewed(client, episode, ("activities.csv", runs(5)))
    client.post(to("import_keep", first))
    second = previewed(client, episode, ("activities.csv", runs(7)))
    assert fates(second) == {"known": 5, "new": 2}
    page = client.get(to("import_detail", second) + "?show=known").text
    assert page.count("<b>Already known</b>") == 5
    assert "the run of 1 Jan 2025, 8.00 km, Strava, on record" in page
    client.post(to("import_keep", second))
    assert counted(episode) == 7


def test_the_log_is_asked_again_at_the_confirmation(client: Client, episode: Episode) -> None:
    """Two previews of one file: the second confirmation adds no second copy."""
    batches = [previewed(client, episode, ("a.csv", runs(4))) for _ in range(2)]
    assert [fates(batch) for batch in batches] == [{"new": 4}] * 2
    for batch in batches:
        assert client.post(to("import_keep", batch)).status_code == 302
    assert [fates(batch) for batch in batches] == [{"added": 4}, {"known": 4}]
    assert Run.objects.count() == 4


def test_one_run_from_two_files_of_one_upload_is_added_once(
    client: Client, episode: Episode
) -> None:
    track = gpx(FIRST)
    batch = previewed(client, episode, ("watch.gpx", track), ("phone.gpx.gz", gzip.compress(track)))
    assert fates(batch) == {"new": 1, "known": 1}
    client.post(to("import_keep", batch))
    assert Run.objects.count() == 1


def test_a_doubtful_row_is_taken_only_when_ticked(client: Client, episode: Episode) -> None:
    day = FIRST + timedelta(days=1)
    file = strava((FIRST, "Run", 8000, 2700), (day, "Run", 4000, 3600), (day, "Ride", 40_000, 5000))
    for ticks, expected in (([], 1), (["1"], 2), (["1", "2", "77", "-1", "x", "9" * 9], 2)):
        batch = previewed(client, episode, ("a.csv", file))
        assert fates(batch) == {"new": 1, "doubtful": 1, "not_a_run": 1}
        assert "walking pace" in client.get(to("import_detail", batch)).text
        assert client.post(to("import_keep", batch), {"row": ticks}).status_code == 302
        assert counted(episode) == expected
        client.post(to("import_undo", batch))


def test_an_import_with_nothing_new_is_not_confirmed(client: Client, episode: Episode) -> None:
    batch = previewed(client, episode, ("a.csv", strava((FIRST, "Ride", 30_000, 4000))))
    assert "Nothing here is a new run." in client.get(to("import_detail", batch)).text
    answer = client.post(to("import_keep", batch))
    assert answer.status_code == 422
    assert "there is nothing to add" in answer.text


def test_an_unreadable_row_shows_its_day_and_what_is_wrong(
    client: Client, episode: Episode
) -> None:
    rows = [
        files.strava_row(date="4/7/2018 06:12"),
        files.strava_row(date="2018-07-05 01:12:00", metres="99999999.0"),
    ]
    batch = previewed(client, episode, ("a.csv", files.make_strava_csv(rows)))
    assert fates(batch) == {"unreadable": 2}
    page = client.get(to("import_detail", batch)).text
    table = re.findall('<tr data-fate="unreadable">(.*?)</tr>', page)
    either, far = (" ".join(re.sub("<[^>]*>", " ", row).split()) for row in table)
    assert "no date 10.00 km" in either
    assert "the date 4/7/2018 can&#x27;t tell day from month" in either
    assert "5 Jul 2018 no distance" in far
    assert "the distance can&#x27;t be right" in far
    assert client.post(to("import_keep", batch)).status_code == 422
    assert not Run.objects.exists()


def test_a_run_to_come_is_unreadable(client: Client, episode: Episode) -> None:
    day = timezone.localdate() + timedelta(days=1)
    batch = previewed(client, episode, ("a.csv", strava((day, "Run", 8000, 2700))))
    assert fates(batch) == {"unreadable": 1}
    assert "in the future" in client.get(to("import_detail", batch)).text


# A day of each file, its metres and seconds, and what the preview says of each of its rows.
FORMATS: dict[str, tuple[str, bytes, dict[str, int], list[tuple[int | None, int | None, str]]]] = {
    "Strava list": (
        "activities.csv",
        files.make_strava_csv(
            [
                files.strava_row(),
                files.strava_row(date="May 4, 2019, 6:12:00 AM", kind="Ride"),
                files.strava_row(date="May 5, 2019, 6:12:00 AM", metres="0.0", shown="0.00"),
                files.strava_row(date="", kind="Run"),
            ]
        ),
        {"new": 2, "not_a_run": 1, "unreadable": 1},
        [(10_000, 3000, "Strava"), (None, 3000, "Strava")],
    ),
    "Strava export": (
        "export_123.zip",
        files.make_strava_zip(
            [
                files.strava_row(file="activities/1.fit.gz"),
                files.strava_row(date="May 6, 2019, 6:12:00 AM", metres="8000.0", shown="8.00"),
            ],
            {
                "activities/1.fit.gz": files.packed(files.make_fit()),
                "activities/9.fit.gz": files.packed(
                    files.make_fit(start=files.START + timedelta(days=9), distance_m=12_000.0)
                ),
            },
        ),
        {"new": 3},
        [(10_000, 3000, "Strava"), (8000, 3000, "Strava"), (12_000, 3000, "FIT file")],
    ),
    "Garmin list": (
        "Activities.csv",
        files.make_garmin_csv([files.garmin_row(), files.garmin_row(kind="Cycling")]),
        {"new": 1, "not_a_run": 1},
        [(10_000, 3000, "Garmin")],
    ),
    "FIT": ("a.fit", files.make_fit(), {"new": 1}, [(10_000, 3000, "FIT file")]),
    "FIT without a session": (
        "a.fit.gz",
        files.packed(files.make_fit(sessions=[])),
        {"new": 1},
        [(10_000, 3000, "FIT file")],
    ),
    "GPX": ("a.gpx", files.make_gpx(empty_segment=True), {"new": 1}, [(5005, 1800, "GPX file")]),
    "TCX": ("a.tcx", files.make_tcx(), {"new": 1}, [(2500, 750, "TCX file")]),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_counted_row_by_row(client: Client, episode: Episode, kind: str) -> None:
    name, content, verdicts, kept = FORMATS[kind]
    batch = previewed(client, episode, (name, content))
    assert fates(batch) == verdicts
    page = client.get(to("import_detail", batch)).text
    assert page.count("<tr data-fate=") == sum(verdicts.values())
    client.post(to("import_keep", batch))
    added = Run.objects.order_by("happened_on").values_list("distance_m", "duration_s", "origin")
    assert list(added) == kept
    client.post(to("import_undo", batch))
    assert counted(episode) == 0


def intervals(*starts: str, name: str = "Running") -> bytes:
    """A Garmin list of kilometres in 4:05, begun at these moments."""
    return files.make_garmin_csv(
        [
            files.garmin_row(kind=name, date=at, distance="1.00", time="00:04:05", stride="1.53")
            for at in starts
        ]
    )


def test_repeats_of_one_file_are_all_new_also_when_one_is_on_record(
    client: Client, episode: Episode
) -> None:
    starts = ["2025-01-01 06:00:00", "2025-01-01 06:15:00"]
    first = previewed(client, episode, ("Activities.csv", intervals(*starts[:1])))
    client.post(to("import_keep", first))
    again = previewed(client, episode, ("Activities.csv", intervals(*starts)))
    assert fates(again) == {"known": 1, "new": 1}
    client.post(to("import_keep", again))
    assert counted(episode) == 2


def test_a_run_that_may_be_another_in_another_zone_is_asked_about(
    client: Client, episode: Episode
) -> None:
    first = previewed(client, episode, ("a.csv", intervals("2025-01-01 18:00:00")))
    client.post(to("import_keep", first))
    batch = previewed(client, episode, ("b.csv", intervals("2025-01-02 06:00:01")))
    assert fates(batch) == {"doubtful": 1}
    page = client.get(to("import_detail", batch)).text
    assert "looks like the run of 1 Jan 2025, 1.00 km, Garmin, on record, in another" in page
    assert client.post(to("import_keep", batch)).status_code == 422
    assert client.post(to("import_keep", batch), {"row": ["0"]}).status_code == 302
    assert counted(episode) == 2


def test_two_recordings_at_once_of_other_lengths_are_asked_about(
    client: Client, episode: Episode
) -> None:
    """The same morning from watch and phone, 10.00 and 10.70 km, in one upload or one by one."""
    watch, phone = strava((FIRST, "Run", 10_000, 3000)), strava((FIRST, "Run", 10_700, 3040))
    both = previewed(client, episode, ("watch.csv", watch), ("phone.csv", phone))
    assert fates(both) == {"new": 1, "doubtful": 1}
    page = client.get(to("import_detail", both)).text
    words = "overlaps the run of 1 Jan 2025, 10.00 km, Strava, "
    assert f"{words}watch.csv, row 2: watch and phone?" in page
    client.post(to("import_keep", both))
    assert Run.objects.get().distance_m == 10_000
    alone = previewed(client, episode, ("phone.csv", phone))
    assert fates(alone) == {"doubtful": 1}
    assert f"{words}on record: watch and phone?" in client.get(to("import_detail", alone)).text
    client.post(to("import_keep", alone), {"row": ["0"]})
    assert counted(episode) == 2


def test_two_imports_of_one_run_looked_at_side_by_side_add_it_once(
    client: Client, episode: Episode
) -> None:
    """Both previews were made before either was confirmed."""
    watch = previewed(client, episode, ("a.csv", strava((FIRST, "Run", 10_000, 3000))))
    phone = previewed(client, episode, ("b.csv", strava((FIRST, "Run", 10_700, 3040))))
    for batch in (watch, phone):
        assert fates(batch) == {"new": 1}
        client.post(to("import_keep", batch))
    assert (fates(phone), counted(episode)) == ({"doubtful": 1}, 1)


def test_a_run_near_the_length_of_a_typed_one_is_asked_about(
    client: Client, episode: Episode
) -> None:
    typed: dict[str, Any] = {
        "on": ["1/1/2025"],
        "distance": ["10"],
        "duration": [""],
        "surface": [""],
    }
    typed |= {"note": [""], "form_token": str(uuid4())}
    client.post(reverse("assessments:runs_add", args=[episode.code]), typed)
    assert counted(episode) == 1
    batch = previewed(client, episode, ("a.csv", strava((FIRST, "Run", 10_600, 3000))))
    assert fates(batch) == {"doubtful": 1}
    page = client.get(to("import_detail", batch)).text
    assert "perhaps the typed run of that day, 10.00 km" in page
    sure = strava((FIRST, "Run", 10_100, 3000), (FIRST, "Run", 10_600, 3000))
    sure = sure.replace(b"6:30:00 AM", b"1:30:00 AM", 1)
    assert fates(previewed(client, episode, ("b.csv", sure))) == {"known": 1, "new": 1}


def test_a_run_struck_out_comes_back_on_purpose_only(
    client: Client, episode: Episode, physio: User
) -> None:
    first = previewed(client, episode, ("a.csv", runs(3)))
    client.post(to("import_keep", first))
    run = Run.objects.get(happened_on=FIRST)
    Run.objects.filter(pk=run.pk).update(
        struck_at=timezone.now(), struck_by=physio, struck_reason="Bike, not a run"
    )
    again = previewed(client, episode, ("a.csv", runs(4)))
    assert fates(again) == {"doubtful": 1, "known": 2, "new": 1}
    page = client.get(to("import_detail", again)).text
    assert f"struck out on {timezone.localdate():%-d %B %Y}: Bike, not a run" in page
    client.post(to("import_keep", again))
    assert (fates(again), counted(episode)) == ({"doubtful": 1, "known": 2, "added": 1}, 3)
    on_purpose = previewed(client, episode, ("a.csv", runs(4)))
    client.post(to("import_keep", on_purpose), {"row": ["0"]})
    assert (fates(on_purpose), counted(episode)) == ({"added": 1, "known": 3}, 4)


def test_a_run_struck_out_after_the_preview_is_not_added(
    client: Client, episode: Episode, physio: User
) -> None:
    early = previewed(client, episode, ("a.csv", runs(2)))
    client.post(to("import_keep", previewed(client, episode, ("a.csv", runs(1)))))
    Run.objects.update(struck_at=timezone.now(), struck_by=physio, struck_reason="Not his run")
    client.post(to("import_keep", early))
    assert (fates(early), counted(episode)) == ({"doubtful": 1, "added": 1}, 1)


def test_runs_of_an_undone_import_are_new_even_when_struck_out(
    client: Client, episode: Episode, physio: User
) -> None:
    first = previewed(client, episode, ("a.csv", runs(2)))
    client.post(to("import_keep", first))
    Run.objects.update(struck_at=timezone.now(), struck_by=physio, struck_reason="Twice")
    client.post(to("import_undo", first))
    assert fates(previewed(client, episode, ("a.csv", runs(2)))) == {"new": 2}


# --- undo, drop, old pages -------------------------------------------------------------------


def test_undone_as_a_whole_and_imported_again(client: Client, episode: Episode) -> None:
    batch = previewed(client, episode, ("a.csv", runs(5)))
    client.post(to("import_keep", batch))
    assert counted(episode) == 5
    for _ in range(2):
        assert client.post(to("import_undo", batch)).status_code == 302
    assert (counted(episode), Run.objects.count()) == (0, 5)
    assert "Undone on" in client.get(to("import_detail", batch)).text
    refused = client.post(to("import_keep", batch))
    assert (refused.status_code, counted(episode)) == (422, 0)
    assert "This import was undone." in refused.text
    again = previewed(client, episode, ("a.csv", runs(5)))
    assert fates(again) == {"new": 5}
    client.post(to("import_keep", again))
    assert counted(episode) == 5


def test_rows_typed_together_are_taken_back_too(client: Client, episode: Episode) -> None:
    cells = {"on": ["1/1/2025", "2/1/2025"], "distance": ["9.5", "12"], "duration": ["", ""]}
    typed = {**cells, "surface": ["", ""], "note": ["", "hilly"], "form_token": str(uuid4())}
    answer = client.post(reverse("assessments:runs_add", args=[episode.code]), typed)
    assert (answer.status_code, counted(episode)) == (302, 2)
    batch = RunBatch.objects.get()
    page = client.get(to("import_detail", batch)).text
    assert "12000" in page
    assert "hilly" in page
    assert "Undo…" in client.get(to("load_import", episode)).text
    assert client.post(to("import_undo", batch)).status_code == 302
    assert counted(episode) == 0


def test_dropped_before_it_was_confirmed(client: Client, episode: Episode) -> None:
    batch = previewed(client, episode, ("a.csv", runs(5)))
    refused = client.post(to("import_undo", batch))
    assert (refused.status_code, "never confirmed" in refused.text) == (422, True)
    for _ in range(2):
        assert client.post(to("import_drop", batch)).status_code == 302
    batch.refresh_from_db()
    assert (batch.status, batch.rows) == ("dropped", [])
    assert "dropped before it was confirmed" in client.get(to("import_detail", batch)).text
    refused = client.post(to("import_keep", batch))
    assert (refused.status_code, "This import was dropped." in refused.text) == (422, True)
    assert not Run.objects.exists()


def test_a_confirmed_import_is_not_dropped(client: Client, episode: Episode) -> None:
    batch = previewed(client, episode, ("a.csv", runs(2)))
    client.post(to("import_keep", batch))
    refused = client.post(to("import_drop", batch))
    assert (refused.status_code, "Undo it instead" in refused.text) == (422, True)
    assert counted(episode) == 2


def test_earlier_imports_are_listed_with_their_counts(client: Client, episode: Episode) -> None:
    assert "Nothing yet" in client.get(to("load_import", episode)).text
    kept, undone, dropped, _ = (
        previewed(client, episode, ("a.csv", runs(n))) for n in (3, 9, 4, 5)
    )
    for batch in (kept, undone):
        client.post(to("import_keep", batch))
    client.post(to("import_undo", undone))
    client.post(to("import_drop", dropped))
    text = client.get(to("load_import", episode)).text
    table = re.search("<tbody>(.*)</tbody>", text, re.DOTALL)
    assert table
    rows = table[1].split("</tr>")[:-1]
    assert [re.findall(r'class="number">(\d+)<', row) for row in rows] == [["6"], ["3"], ["0"]]
    for row, words in zip(rows, ("Undone", "In the log", "Not confirmed"), strict=True):
        assert words in row
    assert ["Undo…" in row for row in rows] == [False, True, False]


def test_previews_nobody_confirmed_come_last_and_are_dropped_from_the_lists(
    client: Client, episode: Episode
) -> None:
    kept = previewed(client, episode, ("a.csv", runs(1)))
    client.post(to("import_keep", kept))
    for number in range(30):
        left = received(episode, runs(1, metres=5000 + 9 * number), by=kept.made_by)
    for page in ("load_import", "load"):
        text = client.get(to(page, episode)).text
        places = [text.find(str(batch.code)) for batch in RunBatch.objects.all()]
        assert text.find(str(kept.code)) == min(place for place in places if place >= 0)
        assert f'action="{to("import_drop", left)}?episode={episode.code}"' in text
        assert to("import_drop", kept) not in text
    assert client.post(f"{to('import_drop', left)}?episode={episode.code}").status_code == 302
    for page in ("load_import", "load"):
        assert str(left.code) not in client.get(to(page, episode)).text


def test_a_closed_episode_takes_no_import(client: Client, episode: Episode, physio: User) -> None:
    batch = previewed(client, episode, ("a.csv", runs(2)))
    discharge(episode, outcome=OUTCOMES[0][0], note="", on=DAY, by=physio)
    for answer in (
        client.get(to("load_import", episode)),
        send(client, episode, ("a.csv", runs(2))),
        client.post(to("import_keep", batch)),
    ):
        assert answer.status_code == 422
        assert "This episode is closed" in answer.text
    assert not Run.objects.exists()


def test_the_page_stands_in_the_tendon_it_was_opened_from(
    client: Client, episode: Episode, physio: User
) -> None:
    other = make_episode(episode.patient, side=Side.RIGHT, by=physio)
    batch = previewed(client, episode, ("a.csv", runs(2)))
    for one in (episode, other):
        page = client.get(f"{to('import_detail', batch)}?episode={one.code}").text
        assert f"{one.get_side_display()} Achilles" in page
        assert f"?episode={one.code}" in page
    assert client.get(f"{to('import_detail', batch)}?episode=x").status_code == 200


# --- reading on ------------------------------------------------------------------------------


@pytest.mark.usefixtures("slowly")
def test_pieces_are_read_one_request_at_a_time_and_gone_when_read(
    client: Client, episode: Episode
) -> None:
    send(client, episode, ("export.zip", week_of_files(5)))
    batch = RunBatch.objects.get()
    for done in range(5):
        assert UnreadPart.objects.count() == 5 - done
        page = client.get(to("import_detail", batch)).text
        assert f"{done} of 5 files read" in page
        assert "Go on reading" in page
        headers = {"HX-Request": "true", "HX-Target": "reading"}
        fragment = client.post(to("import_read", batch), headers=headers)
        assert fragment.status_code == 200
        if done < 4:
            assert f"{done + 1} of 5 files read" in fragment.text
            assert "<html" not in fragment.text
    assert fragment["HX-Redirect"] == f"{to('import_detail', batch)}?episode={episode.code}"
    assert (fates(batch), UnreadPart.objects.count()) == ({"new": 5}, 0)
    assert client.post(to("import_read", batch)).status_code == 302
    assert fates(batch) == {"new": 5}


@pytest.mark.usefixtures("slowly")
def test_a_reading_that_breaks_off_goes_on_where_it_was(
    client: Client, episode: Episode, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, episode, ("export.zip", week_of_files(3)))
    batch = RunBatch.objects.get()
    client.post(to("import_read", batch))

    def crash(part: Part, **_: object) -> tuple[Entry, ...]:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(assessments.actions.imports, "read_part", crash)
        with pytest.raises(KeyboardInterrupt):
            client.post(to("import_read", batch))
    assert UnreadPart.objects.count() == 2
    for _ in range(2):
        client.post(to("import_read", batch))
    assert fates(batch) == {"new": 3}


@pytest.mark.usefixtures("slowly")
def test_an_import_still_being_read_is_not_confirmed_but_can_be_dropped(
    client: Client, episode: Episode
) -> None:
    send(client, episode, ("export.zip", week_of_files(3)))
    batch = RunBatch.objects.get()
    refused = client.post(to("import_keep", batch))
    assert (refused.status_code, "still being read" in refused.text) == (422, True)
    client.post(to("import_drop", batch))
    assert (Run.objects.count(), UnreadPart.objects.count()) == (0, 0)


@pytest.mark.usefixtures("slowly")
def test_pieces_nobody_came_back_to_are_gone_after_a_day(client: Client, episode: Episode) -> None:
    send(client, episode, ("export.zip", week_of_files(3)))
    abandoned = RunBatch.objects.get()
    send(client, episode, ("a.csv", runs(1)))
    assert UnreadPart.objects.count() == 3
    before = abandoned.made_at - timedelta(days=1, seconds=1)
    RunBatch.objects.filter(pk=abandoned.pk).update(made_at=before)
    send(client, episode, ("a.csv", runs(1)))
    abandoned.refresh_from_db()
    assert (abandoned.status, UnreadPart.objects.count()) == ("dropped", 0)


AGES = [
    ("reading", timedelta(hours=23), "reading"),
    ("reading", timedelta(hours=25), "dropped"),
    ("preview", timedelta(days=29), "preview"),
    ("preview", timedelta(days=31), "dropped"),
    ("kept", timedelta(days=400), "kept"),
    ("undone", timedelta(days=400), "undone"),
]


@pytest.mark.parametrize(
    ("status", "age", "after"), AGES, ids=[f"{status}-{age.days}" for status, age, _ in AGES]
)
@pytest.mark.parametrize("by", ["command", "next import"])
def test_what_nobody_came_back_to_is_forgotten(
    client: Client, episode: Episode, status: str, age: timedelta, after: str, by: str
) -> None:
    with patch.object(assessments.actions.imports, "READ_SECONDS", -1.0):
        send(client, episode, ("export.zip", week_of_files(2)))
    batch = RunBatch.objects.get()
    if status != "reading":
        for _ in range(2):
            client.post(to("import_read", batch))
    if status in ("kept", "undone"):
        client.post(to("import_keep", batch))
    if status == "undone":
        client.post(to("import_undo", batch))
    batch.refresh_from_db()
    assert batch.status == status
    RunBatch.objects.update(made_at=timezone.now() - age)
    if by == "command":
        said = io.StringIO()
        call_command("forget_imports", stdout=said)
        assert said.getvalue() == f"Imports dropped: {int(after == 'dropped')}.\n"
    else:
        send(client, episode, ("a.csv", runs(1)))
    batch.refresh_from_db()
    assert (batch.status, bool(batch.rows)) == (after, after not in ("dropped", "reading"))
    assert batch.unread.count() == (2 if after == "reading" else 0)


def test_a_list_without_a_unit_waits_for_the_answer(client: Client, episode: Episode) -> None:
    """Garmin’s list has a distance, and nothing that tells kilometres from miles."""
    file = (
        b"Activity Type,Date,Title,Distance,Time\n"
        b"Running,2025-01-01 06:30:00,Secret lake,5.00,00:45:00\n"
    )
    for unit, metres in (("km", 5000), ("mi", 8047)):
        send(client, episode, ("Activities.csv", file))
        batch = RunBatch.objects.latest("pk")
        page = client.get(to("import_detail", batch)).text
        assert "kilometres or miles" in page
        for wrong in ("furlongs", ""):
            answer = client.post(to("import_read", batch), {"unit": wrong, "about": "0"})
            assert (answer.status_code, "Choose kilometres or miles." in answer.text) == (422, True)
        right = {"unit": unit, "about": "0"}
        assert client.post(to("import_read", batch), right).status_code == 302
        batch.refresh_from_db()
        assert [row["distance_m"] for row in batch.rows] == [metres]
        assert (batch.status, UnreadPart.objects.count()) == ("preview", 0)
        client.post(to("import_drop", batch))


def without_unit(day: date, title: str = "x") -> bytes:
    """A Garmin list of 5.00 in 45 minutes that nothing tells kilometres or miles of."""
    return (
        f"Activity Type,Date,Title,Distance,Time\nRunning,{day} 06:30:00,{title},5.00,00:45:00\n"
    ).encode()


def test_each_list_without_a_unit_has_its_own_answer(client: Client, episode: Episode) -> None:
    send(
        client,
        episode,
        ("club.csv", without_unit(FIRST)),
        ("whole.csv", runs(1)),
        ("abroad.csv", without_unit(FIRST + timedelta(days=1))),
    )
    batch = RunBatch.objects.get()
    page = client.get(to("import_detail", batch)).text
    assert "File 1 of 3, “club.csv” doesn’t say" in page
    assert "1 more list will be asked about" in page
    assert "abroad.csv" not in page
    first = {"unit": "km", "about": "0"}
    page = client.post(to("import_read", batch), first, headers={"HX-Request": "true"}).text
    assert "File 3 of 3, “abroad.csv” doesn’t say" in page
    assert "checked" not in page
    # Sent twice, the first answer is no answer for the second list.
    client.post(to("import_read", batch), first)
    assert UnreadPart.objects.count() == 1
    client.post(to("import_read", batch), {"unit": "mi", "about": "1"})
    batch.refresh_from_db()
    assert [row["distance_m"] for row in batch.rows] == [8000, 5000, 8047]
    assert batch.status == "preview"


def export_without_unit() -> bytes:
    """A zip of a list that doesn't say its unit and of files that it doesn't stand for."""
    return zipped(
        {
            "activities.csv": without_unit(FIRST),
            "holiday.jpg": b"\xff\xd8",
            **{f"{n}.gpx": gpx(FIRST + timedelta(days=n)) for n in range(1, 4)},
        }
    )


@pytest.mark.parametrize("seconds", [-1.0, 60.0], ids=["slowly", "at-once"])
def test_a_zip_whose_list_has_no_unit_keeps_its_files_and_notes(
    client: Client, episode: Episode, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr(assessments.actions.imports, "READ_SECONDS", seconds)
    content = export_without_unit()
    send(client, episode, ("export.zip", content))
    batch = RunBatch.objects.get()
    waiting = list(UnreadPart.objects.all())
    assert (waiting[0].name, bytes(waiting[0].content)) == ("activities.csv", without_unit(FIRST))
    if seconds < 0:
        assert len(waiting) == 4
        assert "0 of 3 files read" in client.get(to("import_detail", batch)).text
        for _ in range(3):
            client.post(to("import_read", batch))
    assert UnreadPart.objects.count() == 1
    page = client.get(to("import_detail", batch)).text
    assert "“export.zip” has a list that doesn’t say" in page
    client.post(to("import_read", batch), {"unit": "mi", "about": "0"})
    assert fates(batch) == {"new": 4}
    assert {row["where"] for row in batch.rows} == {
        "1.gpx", "2.gpx", "3.gpx", "activities.csv, row 2",
    }  # fmt: skip
    left_aside = "1 file was left aside: no activities."
    miles = "Distances were read as miles and turned into kilometres."
    assert batch.files[0]["notes"] == [left_aside, miles]
    assert miles in client.get(to("import_detail", batch)).text
    assert UnreadPart.objects.count() == 0


# --- more than is taken at a time -------------------------------------------------------------


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import holds ten activities."""
    monkeypatch.setattr(assessments.actions.imports, "ROWS", 10)


@pytest.mark.usefixtures("few", "slowly")
def test_more_activities_than_an_import_holds_stop_the_reading(
    client: Client, episode: Episode
) -> None:
    many = files.make_gpx(tracks=6)
    content = zipped({"a.gpx": many, "b.gpx": many, "c.gpx": many})
    send(client, episode, ("all.zip", content), ("good.csv", runs(2)))
    batch = RunBatch.objects.get()
    assert client.post(to("import_read", batch)).status_code == 302
    assert UnreadPart.objects.count() == 2
    answer = client.post(to("import_read", batch))
    batch.refresh_from_db()
    assert (batch.status, batch.rows, UnreadPart.objects.count()) == ("dropped", [], 0)
    page = client.get(answer["Location"]).text
    assert "“all.zip”: These are more than 20,000 activities. Choose fewer at a time." in page
    assert "Nothing of it was kept." in page


@pytest.mark.usefixtures("few")
def test_a_file_of_more_activities_than_an_import_holds_is_refused_whole(
    client: Client, episode: Episode
) -> None:
    batch = previewed(
        client, episode, ("good.csv", runs(2)), ("many.gpx", files.make_gpx(tracks=11))
    )
    assert fates(batch) == {"new": 2}
    assert [told["refused"] for told in batch.files] == ["", assessments.actions.imports.TOO_MANY]


@pytest.mark.usefixtures("few")
def test_a_list_whose_unit_was_asked_for_is_counted_too(client: Client, episode: Episode) -> None:
    rows = without_unit(FIRST) + b"".join(without_unit(FIRST).splitlines(True)[1:]) * 10
    send(client, episode, ("a.csv", rows))
    batch = RunBatch.objects.get()
    client.post(to("import_read", batch), {"unit": "km", "about": "0"})
    batch.refresh_from_db()
    assert (batch.status, batch.rows, UnreadPart.objects.count()) == ("dropped", [], 0)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were looked into."""
    seen: list[str] = []

    def noted(name: str, *args: Any, **how: Any) -> Any:
        seen.append(name)
        return read_upload(name, *args, **how)

    monkeypatch.setattr(assessments.actions.imports, "read_upload", noted)
    return seen


@pytest.mark.usefixtures("few")
def test_no_further_file_is_opened_once_there_are_enough_activities(
    client: Client, episode: Episode, looks: list[str]
) -> None:
    batch = previewed(client, episode, ("a.csv", runs(10)), ("b.csv", runs(1)), ("c.csv", runs(1)))
    assert (looks, fates(batch)) == (["a.csv"], {"new": 10})
    assert "Choose fewer at a time." in batch.files[2]["refused"]


def test_no_further_file_is_opened_once_the_time_is_over(
    client: Client, episode: Episode, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assessments.actions.imports, "LOOK_SECONDS", -1.0)
    batch = previewed(client, episode, ("a.csv", runs(3)), ("b.csv", runs(9)))
    assert (looks, fates(batch)) == (["a.csv"], {"new": 3})
    page = client.get(to("import_detail", batch)).text
    assert "“b.csv”: Not looked into: the files before it took too long." in page


def test_pieces_go_in_and_come_out_one_by_one(client: Client, episode: Episode) -> None:
    """A piece may have 20 MB, so neither a statement nor a fetch holds several."""
    with patch.object(assessments.actions.imports, "READ_SECONDS", -1.0):
        with CaptureQueriesContext(connection) as queries:
            send(client, episode, ("export.zip", week_of_files(5)))
        inserts = [each["sql"] for each in queries if "INSERT INTO" in each["sql"]]
        assert sum("assessments_unreadpart" in sql for sql in inserts) == 5


# --- several files, and files that can't be taken --------------------------------------------


def test_refused_files_are_named_and_the_others_go_on(client: Client, episode: Episode) -> None:
    batch = previewed(
        client, episode, ("good.csv", runs(3)), ("letter.fit", b"%PDF-1.7 nothing"), ("e.gpx", b"")
    )
    assert fates(batch) == {"new": 3}
    page = client.get(to("import_detail", batch)).text
    assert "1 of 3 files could be read." in page
    assert "“letter.fit”: " in page
    assert "“e.gpx”: " in page


HOSTILE = {
    "a PDF called .fit": ("run.fit", b"%PDF-1.7\n" + b"x" * 5000, "PDF"),
    "an empty file": ("run.gpx", b"", "empty"),
    "a picture": ("run.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "picture"),
    "a web page": ("run.csv", b"<!doctype html><html><body>Sign in</body></html>", ""),
    "noise": ("run.fit", bytes(range(256)) * 40, ""),
    "a list of other things": ("a.csv", b"name,price\nshoes,120\n", ""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_that_is_none_is_refused_at_the_field_in_words(
    client: Client, episode: Episode, case: str
) -> None:
    name, content, words = HOSTILE[case]
    answer = send(client, episode, (name, content))
    assert answer.status_code == 422
    assert 'id="id_logs_error"' in answer.text
    assert f"“{name}”: " in answer.text
    assert words in answer.text
    assert not RunBatch.objects.exists()


def test_a_damaged_activity_is_a_row_that_says_so(client: Client, episode: Episode) -> None:
    body = zipped({"a.gpx": gpx(FIRST), "b.gpx": gpx(FIRST + timedelta(days=1))[:400]})
    batch = previewed(client, episode, ("export.zip", body))
    assert fates(batch) == {"new": 1, "unreadable": 1}


def test_a_zip_bomb_and_names_that_lead_out_are_harmless(
    client: Client, episode: Episode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two levels down in a folder of this test alone, so that a name that leads out stays in it.
    here = tmp_path / "a" / "b"
    here.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(here))
    monkeypatch.chdir(here)
    bomb = zipped({"activities/1.gpx": b"<gpx>" + b" " * 60_000_000})
    answer = send(client, episode, ("bomb.zip", bomb))
    assert len(bomb) < 100_000
    batch = RunBatch.objects.first()
    assert answer.status_code == 422 or (batch and fates(batch) == {"unreadable": 1})
    send(client, episode, ("out.zip", zipped({"../../outside.gpx": gpx(FIRST)})))
    assert not list(tmp_path.glob("**/outside.gpx"))
    assert not Run.objects.exists()


def test_entities_are_not_resolved(client: Client, episode: Episode) -> None:
    """A document type that names a file of the server."""
    body = gpx(FIRST).replace(
        b"<gpx", b'<!DOCTYPE g [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx', 1
    )
    body = body.replace(b"running", b"&x;")
    send(client, episode, ("run.gpx", body))
    assert all(row["is"] == "unreadable" for batch in RunBatch.objects.all() for row in batch.rows)
    assert "root:" not in str(list(RunBatch.objects.values()))


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.csv",
        "..\\..\\up.csv",
        "a\0b.csv",
        "x" * 200 + ".csv",
        "%2e%2e%2f.csv",
        "‮vsc.csv",
    ],
    ids=["up", "up in Windows", "nul", "long", "encoded", "right to left"],
)
def test_a_name_is_only_a_name(client: Client, episode: Episode, name: str) -> None:
    answer = client.post(
        to("load_import", episode),
        *multipart(name.encode(), runs(1)),
    )
    assert answer.status_code == 302
    (told,) = RunBatch.objects.get().files
    assert not set("/\\\0\u202e") & set(told["name"])
    assert len(told["name"]) <= 100


def test_a_name_of_ten_thousand_letters_is_refused_in_words(
    client: Client, episode: Episode
) -> None:
    answer = client.post(to("load_import", episode), *multipart(b"x" * 10_000 + b".csv", runs(1)))
    assert answer.status_code == 422
    assert "Shorten very long file names" in answer.text


def multipart(name: bytes, content: bytes) -> tuple[bytes, str]:
    """A request body as written by hand, with a file name that no client would send."""
    parts = [
        b'--X\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n%b\r\n'
        % str(uuid4()).encode(),
        b'--X\r\nContent-Disposition: form-data; name="logs"; filename="%b"\r\n'
        b"Content-Type: text/csv\r\n\r\n%b\r\n" % (name, content),
        b"--X--\r\n",
    ]
    return b"".join(parts), "multipart/form-data; boundary=X"


@pytest.mark.parametrize(
    "body",
    [b"", b"--X", b"--X\r\n\r\n", b"nonsense" * 99, multipart(b"a.csv", b"x")[0][:-30]],
    ids=["nothing", "a boundary", "no header", "nonsense", "cut off"],
)
def test_a_body_that_is_no_form_is_refused(client: Client, episode: Episode, body: bytes) -> None:
    for kind in ("multipart/form-data; boundary=X", "multipart/form-data", "text/plain"):
        answer = client.post(to("load_import", episode), body, content_type=kind)
        assert answer.status_code == 422
    assert not RunBatch.objects.exists()


# --- caps ------------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of one megabyte together are the most."""
    monkeypatch.setattr(assessments.views.imports, "MOST_BYTES", 1_000_000)


class Unread(io.BytesIO):
    """A body that notices how much of it is read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        got = super().read(size)
        self.taken += len(got)
        return got


def streamed(client: Client, episode: Episode, body: Unread) -> Any:
    """The answer to this body, told its true length."""
    how: dict[str, Any] = {
        "CONTENT_TYPE": "multipart/form-data; boundary=X",
        "CONTENT_LENGTH": str(len(body.getvalue())),
        "wsgi.input": body,
    }
    return client.generic("POST", to("load_import", episode), **how)


@pytest.mark.usefixtures("small")
def test_too_large_by_its_length_is_refused_before_a_byte_is_read(
    client: Client, episode: Episode
) -> None:
    body = Unread(multipart(b"a.csv", b"x" * 3_000_000)[0])
    answer = streamed(client, episode, body)
    assert answer.status_code == 422
    assert "larger than 1 MB" in answer.text
    assert body.taken == 0


@pytest.mark.usefixtures("small")
def test_too_large_on_the_way_is_cut_off(client: Client, episode: Episode) -> None:
    """The length is inside what surrounds files, the files together are not."""
    body = Unread(multipart(b"a.csv", b"x" * 1_900_000)[0])
    answer = streamed(client, episode, body)
    assert answer.status_code == 422
    assert 'id="id_logs_error"' in answer.text
    assert "larger than 1 MB" in answer.text
    assert body.taken < 1_300_000
    assert not RunBatch.objects.exists()


@pytest.mark.parametrize("count", [101, 102, 150])
def test_more_than_a_hundred_files_are_refused(
    client: Client, episode: Episode, count: int
) -> None:
    answer = send(client, episode, *((f"{n}.csv", b"x") for n in range(count)))
    assert answer.status_code == 422
    assert "more than 100 files" in answer.text
    assert not RunBatch.objects.exists()


def test_a_hundred_files_are_taken(client: Client, episode: Episode) -> None:
    files = [(f"{n}.gpx", gpx(FIRST + timedelta(days=n))) for n in range(100)]
    assert fates(previewed(client, episode, *files)) == {"new": 100}


def test_no_file_at_all(client: Client, episode: Episode) -> None:
    answer = client.post(to("load_import", episode), {"form_token": str(uuid4())})
    assert answer.status_code == 422
    assert "Choose at least one file." in answer.text


# --- whose form, and which page --------------------------------------------------------------


def test_files_without_the_token_of_the_page_are_refused(physio: User, episode: Episode) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(physio)
    assert send(strict, episode, ("a.csv", runs(1))).status_code == 403
    assert not RunBatch.objects.exists()
    strict.get(to("load_import", episode))
    token = strict.cookies["csrftoken"].value
    headers = {"X-CSRFToken": token}
    assert send(strict, episode, ("a.csv", runs(1)), headers=headers).status_code == 302
    data = {
        "csrfmiddlewaretoken": token,
        "form_token": str(uuid4()),
        "logs": SimpleUploadedFile("a.csv", runs(1)),
    }
    assert strict.post(to("load_import", episode), data).status_code == 302
    for name in ("import_keep", "import_drop", "import_undo", "import_read"):
        assert strict.post(to(name, RunBatch.objects.latest("pk"))).status_code == 403


def test_a_file_sent_to_any_other_page_is_thrown_away(
    client: Client, episode: Episode, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a file was written")

    monkeypatch.setattr(tempfile, "TemporaryFile", forbidden)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", forbidden)
    data = {
        "form_token": str(uuid4()),
        "tested_on": str(DAY),
        "sl_hop_pain": "0",
        "logs": SimpleUploadedFile("a.csv", b"x" * 3_000_000),
    }
    answer = client.post(reverse("assessments:test_new", args=[episode.code]), data)
    assert answer.status_code == 302
    assert answer.wsgi_request.FILES == {}


def test_reception_may_not(episode: Episode) -> None:
    desk = Client()
    desk.force_login(make_user(Role.RECEPTION))
    assert send(desk, episode, ("a.csv", runs(1))).status_code == 403
    assert not RunBatch.objects.exists()


def test_the_same_form_again_is_the_same_import(client: Client, episode: Episode) -> None:
    token = uuid4()
    answers = [send(client, episode, ("a.csv", runs(2)), token=token) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    other = send(client, episode, ("a.csv", runs(3)), token=token)
    assert (other.status_code, "sent before with other answers" in other.text) == (422, True)
    assert RunBatch.objects.count() == 1


# --- what is kept ----------------------------------------------------------------------------


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder for temporary files, of this test alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_neither_places_nor_names_of_activities_are_kept(
    client: Client, episode: Episode, temporary: Path
) -> None:
    batch = previewed(
        client,
        episode,
        ("run.gpx", gpx(FIRST)),
        ("a.csv", runs(2, metres=12_000)),
        ("week.zip", week_of_files(3)),
    )
    client.post(to("import_keep", batch))
    batch.refresh_from_db()
    kept = str([list(table.objects.values()) for table in (RunBatch, Run, UnreadPart)])
    assert "8.0" not in kept
    for secret in ("Secret", "lake", "-37.", "145.0", "lat"):
        assert secret not in kept
    assert set(batch.rows[0]) == {
        "verdict", "where", "happened_on", "started_at", "distance_m", "duration_s", "surface",
        "origin", "why", "doubtful", "is", "twin",
    }  # fmt: skip
    assert list(temporary.iterdir()) == []


def test_log_lines_name_no_file_and_nothing_in_it(
    client: Client, episode: Episode, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", logger="django.request"):
        send(client, episode, ("Quince knee.fit", b"%PDF-1.7 Quince"))
        send(client, episode, ("Quince knee.gpx", gpx(FIRST)[:300]))
        client.post(to("load_import", episode), *multipart(b"Quince" * 999, b"x"))
    assert "Unprocessable" in caplog.text
    assert "Quince" not in caplog.text


def test_ten_years_of_daily_runs_are_shown_in_pages(client: Client, episode: Episode) -> None:
    first = date(2015, 1, 1)
    file = strava(*((first + timedelta(days=n), "Run", 8000, 2700) for n in range(3650)))
    batch = previewed(client, episode, ("activities.csv", file))
    assert fates(batch) == {"new": 3650}
    page = client.get(to("import_detail", batch))
    assert "Add 3,650 runs" in page.text
    assert "Page 1 of 19" in page.text
    assert len(page.content) < 150_000
    last = client.get(to("import_detail", batch) + "?show=new&page=19").text
    assert last.count("<b>New</b>") == 3650 - 18 * 200
    client.post(to("import_keep", batch))
    assert counted(episode) == 3650


def test_history_tells_who_added_and_who_took_back(
    client: Client, episode: Episode, physio: User
) -> None:
    batch = previewed(client, episode, ("a.csv", runs(2)))
    client.post(to("import_keep", batch))
    other = make_user(Role.PRACTICE_LEAD)
    actions.undo_import(batch, episode=episode, by=other)
    batch.refresh_from_db()
    assert (batch.made_by, batch.kept_by, batch.undone_by) == (physio, physio, other)
    history = Run.pgh_event_model.objects.order_by("pgh_id")  # type: ignore[attr-defined]
    assert [row.pgh_context["page"] for row in history] == ["imports/keep"] * 2


# --- damaged in every way --------------------------------------------------------------------


def damaged(content: bytes, chance: Random) -> bytes:
    """The content with a few bytes changed, a piece cut out, doubled or put elsewhere."""
    body = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(body) + 1)
        end = min(len(body), start + chance.choice((1, 4, 40, 400)))
        piece = bytes(body[start:end])
        match chance.randrange(5):
            case 0:
                body[start:end] = bytes(chance.randrange(256) for _ in piece)
            case 1:
                del body[start:end]
            case 2:
                body[start:start] = piece * chance.choice((1, 3, 50))
            case 3:
                del body[end:]
            case _:
                body[start:end] = chance.choice((b"\0", b"-1", b"1e999", b"\xff\xfe", b'"', b"<!"))
    return bytes(body)


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_files_never_break_the_page_and_add_nothing(
    client: Client, episode: Episode, kind: str
) -> None:
    name, content, *_ = FORMATS[kind]
    chance = Random(kind)
    taken = Counter[int]()
    for _ in range(45):
        answer = send(client, episode, (name, damaged(content, chance)))
        taken[answer.status_code] += 1
        if answer.status_code == 302:
            assert client.get(answer["Location"]).status_code == 200
    assert set(taken) <= {302, 422}, taken
    assert not Run.objects.exists()
