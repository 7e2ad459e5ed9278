"""The load history: rows typed and pasted, changes of load, entries struck out, and the picture."""

from collections.abc import Sequence
from datetime import date, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments import actions
from assessments.load_history import provoked_by
from assessments.markers import Marker, MarkerKind
from assessments.models import LoadEvent, Run, RunBatch
from assessments.rules.terms import Phase
from assessments.rules.typed_runs import TypedRun
from patients.actions import discharge
from patients.models import Episode, User
from patients.rules.roles import Role
from patients.rules.terms import Side
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("answers_with_context")]

TODAY = timezone.localdate()
ONSET = TODAY - timedelta(days=20)


@pytest.fixture
def physio() -> User:
    return make.make_user(Role.PHYSIOTHERAPIST)


@pytest.fixture
def episode(physio: User) -> Episode:
    return make.make_episode(by=physio)


@pytest.fixture
def client(physio: User) -> Client:
    client = Client()
    client.force_login(physio)
    return client


def page(episode: Episode) -> str:
    return reverse("assessments:load", args=[episode.code])


def adding(episode: Episode) -> str:
    return reverse("assessments:runs_add", args=[episode.code])


def said(day: date) -> str:
    """A day as the page writes it into a row."""
    return f"{day:%-d/%-m/%Y}"


def ago(days: int) -> str:
    return said(TODAY - timedelta(days=days))


def rows(*typed: Sequence[str], **more: str) -> dict[str, Any]:
    """The form as sent: each row as its cells, short ones filled up."""
    columns: dict[str, Any] = {
        name: [row[place] if place < len(row) else "" for row in typed]
        for place, name in enumerate(("on", "distance", "duration", "surface", "note"))
    }
    return {"form_token": str(uuid4()), "pasted": "", "answer": "", "seen": "", **columns, **more}


def log(episode: Episode, *runs: tuple[date, float | None]) -> RunBatch:
    """Runs of these days and kilometres in the patient's log."""
    typed = [
        TypedRun(
            on=on,
            distance_m=None if km is None else round(km * 1000),
            duration_s=2400 if km is None else None,
            surface=None,
            note="",
        )
        for on, km in runs
    ]
    return actions.add_runs(episode, typed, form_token=uuid4(), by=episode.opened_by)


# --- Rows ----------------------------------------------------------------------------------------


def test_typed_rows_are_one_batch_of_the_patients_log(client: Client, episode: Episode) -> None:
    sent = rows(
        (ago(5), "12,5", "1:02:10", "road", "with friends"),
        (ago(3), "", "45", "tre"),
        (ago(2),),
        (ago(1), "400 m"),
    )
    for _ in range(2):
        response = client.post(adding(episode), sent)
        assert response.headers["Location"] == page(episode)
    batch = RunBatch.objects.get()
    assert (batch.source, batch.status, batch.patient) == ("hand", "kept", episode.patient)
    assert batch.kept_by == batch.made_by == episode.opened_by
    values = Run.objects.counted().values_list(
        "happened_on", "distance_m", "duration_s", "surface", "note", "origin"
    )
    assert list(values) == [
        (TODAY - timedelta(days=5), 12_500, 3730, "road", "with friends", ""),
        (TODAY - timedelta(days=3), None, 2700, "treadmill", "", ""),
        (TODAY - timedelta(days=1), 400, None, "", "", ""),
    ]


def test_both_tendons_read_the_same_log(client: Client, episode: Episode, physio: User) -> None:
    other = make.make_episode(episode.patient, side=Side.RIGHT, by=physio)
    client.post(adding(episode), rows((ago(5), "12.34")))
    for each in (episode, other):
        assert "12.34" in client.get(page(each)).text


@pytest.mark.parametrize(
    ("typed", "says", "box"),
    [
        pytest.param(("x", "9"), "“x” is not a date I can read.", "row-1-on", id="date"),
        pytest.param((ago(1), "nine"), "“nine” is not a distance.", "row-1-distance", id="km"),
        pytest.param((ago(1), "9", "x"), "“x” is not a time.", "row-1-duration", id="time"),
        pytest.param((ago(1), "9", "", "ice"), "“ice” is not a surface", "row-1-surface", id="on"),
        pytest.param((ago(1), "", "", "road"), "Give a distance, or a time", "row-1-distance"),
        pytest.param((ago(-1), "9"), "is in the future.", "row-1-on", id="tomorrow"),
        pytest.param(("1/2/1955", "9"), "before the patient was born.", "row-1-on", id="birth"),
        pytest.param((ago(1), "500"), "500 km: is that metres?", "row-1-distance", id="500 km"),
    ],
)
def test_refused_at_the_box_with_all_typed_kept(
    client: Client, episode: Episode, typed: tuple[str, ...], says: str, box: str
) -> None:
    response = client.post(adding(episode), rows(typed, (ago(2), "7.77", "", "", "kept too")))
    text = unescape(response.text)
    assert response.status_code == 422
    assert f'id="{box}-error"' in text
    assert says in text
    assert "1 row needs another look; nothing is saved yet." in text
    for value in (*filter(None, typed), "7.77", "kept too"):
        assert f'value="{value}"' in text
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        pytest.param(rows(), "Nothing is typed yet.", id="nothing"),
        pytest.param(rows((ago(1),)), "Nothing is typed yet.", id="a guessed date alone"),
        pytest.param(rows((ago(1), "9"), form_token="x"), "Enter a valid UUID", id="token"),
        pytest.param(rows((ago(1), "9"), answer="maybe"), "Select a valid choice", id="answer"),
        pytest.param(rows(pasted="\n".join(["1/5;5"] * 4001)), "At most 4,000 rows", id="paste"),
    ],
)
def test_refused_with_words(
    client: Client, episode: Episode, sent: dict[str, Any], says: str
) -> None:
    response = client.post(adding(episode), sent)
    assert response.status_code == 422
    assert says in response.text
    assert not Run.objects.exists()


def test_columns_of_different_length_are_filled_up(client: Client, episode: Episode) -> None:
    sent = {**rows((ago(1), "9")), "distance": ["9", "5"], "note": []}
    response = client.post(adding(episode), sent)
    assert response.status_code == 422
    assert "Give the date." in response.text


def test_pasted_rows_are_saved_with_typed_ones(client: Client, episode: Episode) -> None:
    pasted = f"Date;km;time\n{ago(9)};8,5;45:00\n\n{ago(8)};9;;road"
    shown = client.post(adding(episode), rows((ago(7), "5"), pasted=pasted))
    assert shown.status_code == 200
    assert "2 rows read. Nothing is saved yet: look at the table" in shown.text
    assert not Run.objects.exists()
    drawn = [[cell.value for cell in row.cells] for row in shown.context["form"].shown_rows[:3]]
    assert client.post(adding(episode), rows(*drawn)).status_code == 302
    values = Run.objects.counted().values_list("distance_m", flat=True)
    assert list(values) == [8500, 9000, 5000]


def test_spreading_reads_pasted_rows_and_saves_nothing(client: Client, episode: Episode) -> None:
    pasted = f"{ago(9)}\t8,5\t45:00\n{ago(8)}\tfar"
    good = client.post(adding(episode), rows(pasted=pasted.split("\n")[0], spread="1"))
    bad = client.post(adding(episode), rows((ago(7), "5"), pasted=pasted, spread="1"))
    assert (good.status_code, bad.status_code) == (200, 422)
    for value in (ago(7), "8,5", "45:00", "far"):
        assert f'value="{value}"' in bad.text
    assert 'id="row-3-distance-error"' in bad.text
    assert pasted.split("\n")[1] not in bad.text
    assert not Run.objects.exists()


def test_a_long_list_is_read_where_it_stands(client: Client, episode: Episode) -> None:
    lines = [f"{ago(place + 1)};{5 + place / 100:.2f}" for place in range(100)]
    wrong = [*lines[:49], "32/1;5", *lines[50:]]
    refused = client.post(adding(episode), rows(pasted="\n".join(wrong)))
    assert refused.status_code == 422
    assert "Row 50: There is no such day as “32/1”." in refused.text
    assert "32/1;5" in refused.text
    assert not Run.objects.exists()
    assert "100 rows read, 1 not understood. Nothing is saved yet" in refused.text
    sent = rows(pasted="\n".join(lines))
    for more in ({}, {"read": "x"}, {"spread": "1"}):
        shown = client.post(adding(episode), sent | more)
        assert shown.status_code == 200
        assert "100 rows read. Nothing is saved yet: look at the list" in shown.text
        assert f"<td>{TODAY - timedelta(days=100):%-d %b %Y}</td>" in shown.text
    assert not Run.objects.exists()
    read = shown.context["form"].digest
    assert f'name="read" value="{read}"' in shown.text
    other = rows(pasted="\n".join([*lines, f"{ago(101)};9"]), read=read)
    assert client.post(adding(episode), other).status_code == 200
    assert not Run.objects.exists()
    # A browser ends lines its own way.
    again = sent | {"read": read, "pasted": "\r\n".join(lines)}
    assert client.post(adding(episode), again).status_code == 302
    assert Run.objects.count() == 100


def test_the_longest_list_is_drawn_in_part_with_what_is_wrong_first(
    client: Client, episode: Episode
) -> None:
    lines = ["1/5;5"] * 3999 + ["32/1;5"]
    shown = client.post(adding(episode), rows(pasted="\n".join(lines)))
    listed = shown.context["form"].rows_read
    assert (listed[0].number, len(listed)) == (4000, 500)
    assert "And 3500 more rows." in shown.text


def test_more_rows_than_the_server_takes_values_are_never_drawn(
    client: Client, episode: Episode
) -> None:
    lines = "\n".join(f"x{place};5" for place in range(70))
    response = client.post(adding(episode), rows(pasted=lines, spread="1"))
    assert response.text.count('name="on"') == 70
    names = ("on", "distance", "duration", "surface", "note")
    assert sum(response.text.count(f'name="{name}"') for name in names) + 10 <= 400


def test_the_next_row_opens_with_the_day_after_the_last_run(
    client: Client, episode: Episode
) -> None:
    # The day of asking: a run of all tests may begin on the day before.
    assert f'value="{said(timezone.localdate())}"' in client.get(page(episode)).text
    log(episode, (TODAY - timedelta(days=9), 5))
    text = client.get(page(episode)).text
    assert f'value="{ago(8)}"' in text
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    ("answer", "kilometres"),
    [
        pytest.param("save", [10.0, 10.1, 20.0], id="saved all the same"),
        pytest.param("leave", [10.0, 20.0], id="left out"),
    ],
)
def test_rows_that_look_like_known_runs_are_asked_about(
    client: Client, episode: Episode, answer: str, kilometres: list[float]
) -> None:
    log(episode, (TODAY - timedelta(days=3), 10))
    sent = rows((ago(3), "10.1"), (ago(2), "20"))
    asked = client.post(adding(episode), sent)
    assert asked.status_code == 422
    assert "1 row looks like runs already there. Nothing is saved yet." in asked.text
    assert "10 km, in the log already" in asked.text
    assert Run.objects.count() == 1
    seen = asked.context["form"]["seen"].value()
    again = {**sent, "answer": answer, "seen": seen}
    for _ in range(2):
        assert client.post(adding(episode), again).status_code == 302
    found = Run.objects.counted().values_list("distance_m", flat=True)
    assert [(metres or 0) / 1000 for metres in found] == kilometres


def test_an_answer_holds_for_the_rows_it_was_asked_about_only(
    client: Client, episode: Episode
) -> None:
    log(episode, (TODAY - timedelta(days=3), 10), (TODAY - timedelta(days=2), 20))
    asked = client.post(adding(episode), rows((ago(3), "10")))
    seen = asked.context["form"]["seen"].value()
    changed = rows((ago(3), "10"), (ago(2), "20"), answer="save", seen=seen)
    again = client.post(adding(episode), changed)
    assert again.status_code == 422
    assert "2 rows look like runs already there." in again.text
    assert Run.objects.count() == 2


def test_a_row_typed_twice_is_asked_about(client: Client, episode: Episode) -> None:
    asked = client.post(adding(episode), rows((ago(3), "10"), (ago(3), "10")))
    assert asked.status_code == 422
    assert "row 1 here" in asked.text


def test_nothing_left_to_save_is_said(client: Client, episode: Episode) -> None:
    log(episode, (TODAY - timedelta(days=3), 10))
    sent = rows((ago(3), "10"))
    seen = client.post(adding(episode), sent).context["form"]["seen"].value()
    response = client.post(adding(episode), {**sent, "answer": "leave", "seen": seen})
    assert response.status_code == 422
    assert "Nothing is left to save" in response.text


def test_a_closed_episode_shows_its_log_and_takes_no_more(
    client: Client, episode: Episode, physio: User
) -> None:
    log(episode, (TODAY - timedelta(days=3), 12.34))
    event = actions.add_load_event(
        episode, kind="training", on=TODAY, form_token=uuid4(), by=physio, note="hills"
    )
    discharge(episode, outcome="returned", note="", on=TODAY, by=physio)
    shown = client.get(page(episode)).text
    assert "12.34" in shown
    assert "Save runs" not in shown
    assert "Strike out" not in shown
    strike = reverse("assessments:load_strike", args=[episode.code])
    new = reverse("assessments:load_event_new", args=[episode.code])
    for to, sent in (
        (adding(episode), rows((ago(3), "10"))),
        (new, event_form(kind="training", note="x")),
        (strike, {"run": str(Run.objects.get().code), "reason": "Wrong."}),
        (strike, {"event": str(event.code), "reason": "Wrong."}),
    ):
        response = client.post(to, sent)
        assert response.status_code == 422
        assert "episode is closed" in response.text
    assert (Run.objects.counted().count(), LoadEvent.objects.counted().count()) == (1, 1)


# --- Changes of load -----------------------------------------------------------------------------


def event_form(**typed: str) -> dict[str, str]:
    return {"form_token": str(uuid4()), "on": str(TODAY - timedelta(days=30)), **typed}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        pytest.param(
            {"kind": "footwear", "old_drop_mm": "10", "new_drop_mm": "4", "to_minimal": "no"},
            {"old_drop_mm": 10, "new_drop_mm": 4, "to_minimal": False},
            id="shoes",
        ),
        pytest.param(
            {"kind": "surface", "firmer": "yes", "downhill": "no"},
            {"firmer": True, "camber": None, "downhill": False},
            id="surface",
        ),
        pytest.param(
            {"kind": "rest", "until_on": str(TODAY), "straight_to_full": "yes"},
            {"until_on": TODAY, "straight_to_full": True},
            id="rest",
        ),
        pytest.param({"kind": "rest"}, {"until_on": None, "straight_to_full": None}, id="resting"),
        pytest.param({"kind": "training", "note": "Hills"}, {"note": "Hills"}, id="training"),
        pytest.param(
            {"kind": "surface", "firmer": "yes", "old_drop_mm": "x", "until_on": "x"},
            {"firmer": True, "old_drop_mm": None, "until_on": None},
            id="boxes of other kinds are not read",
        ),
    ],
)
def test_a_change_of_load_is_stored_once(
    client: Client, episode: Episode, typed: dict[str, str], stored: dict[str, Any]
) -> None:
    to, sent = reverse("assessments:load_event_new", args=[episode.code]), event_form(**typed)
    assert client.get(to).status_code == 200
    for _ in range(2):
        assert client.post(to, sent).headers["Location"] == page(episode)
    event = LoadEvent.objects.get()
    assert {name: getattr(event, name) for name in stored} == stored
    assert event.kind == typed["kind"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        pytest.param({}, "Choose what changed.", id="no kind"),
        pytest.param({"kind": "training", "note": "x", "on": ""}, "Give the date.", id="no date"),
        pytest.param({"kind": "training"}, "Say in a few words what changed", id="no note"),
        pytest.param({"kind": "footwear", "new_drop_mm": "61"}, "Must be from 0 to 60", id="drop"),
        pytest.param(
            {"kind": "rest", "until_on": "2020-01-01"}, "ends before it begins", id="backwards"
        ),
        pytest.param({"kind": "surface", "on": "2999-01-01"}, "in the future", id="future"),
    ],
)
def test_a_change_is_refused_with_words(
    client: Client, episode: Episode, typed: dict[str, str], says: str
) -> None:
    to = reverse("assessments:load_event_new", args=[episode.code])
    response = client.post(to, event_form(**typed))
    assert response.status_code == 422
    assert says in response.text
    assert not LoadEvent.objects.exists()


# --- What stood before onset ---------------------------------------------------------------------


@pytest.fixture
def provoked(episode: Episode, physio: User) -> Episode:
    """18 km after a month of 11 km at most, other shoes, then symptoms."""
    make.make_signed_assessment(
        episode,
        by=physio,
        phase=Phase.DEGENERATIVE,
        examined_on=TODAY,
        onset_on=ONSET,
        duration_weeks=None,
    )
    log(
        episode,
        (ONSET - timedelta(days=100), 8),
        (ONSET - timedelta(days=40), 11),
        (ONSET - timedelta(days=17), 18),
        (ONSET - timedelta(days=10), None),
        (ONSET + timedelta(days=3), 5),
    )
    actions.add_load_event(
        episode,
        kind="footwear",
        on=ONSET - timedelta(days=20),
        form_token=uuid4(),
        by=physio,
        old_drop_mm=10,
        new_drop_mm=4,
    )
    return episode


def test_the_page_opens_with_the_sentence_and_the_flags(client: Client, provoked: Episode) -> None:
    text = unescape(client.get(page(provoked)).text)
    on = ONSET - timedelta(days=17)
    assert f"18 km on {on:%-d %B}" in text
    assert "was 64\N{NO-BREAK SPACE}% longer than anything in the month before" in text
    assert 'href="#row-1-on"' in text
    assert "heel drop 10 to 4 mm on" in text
    assert "W-DROP" in text
    assert text.index("64\N{NO-BREAK SPACE}% longer") < text.index('<svg class="chart load-chart"')
    assert text.index("load-chart") < text.index("<caption>Runs") < text.index("Add runs</h2>")
    assert "acute" not in text.lower()
    assert text.count('class="button"') == 1


def test_a_letter_reads_the_same_sentence_as_known_on_its_day(provoked: Episode) -> None:
    found = provoked_by(provoked, on=TODAY)
    assert "64 % longer than anything in the month before" in found.says
    assert [finding.rule for finding in found.findings] == ["W-DROP"]
    assert provoked_by(provoked, on=ONSET - timedelta(days=200)).onset is None


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        pytest.param({"onset_on": ONSET}, {}, f"{ONSET:%-d %B %Y}", id="the newest tells none"),
        pytest.param(
            {"onset_on": ONSET},
            {"duration_weeks": 1},
            f"about {TODAY - timedelta(weeks=1):%-d %B %Y}",
            id="the newest counts",
        ),
        pytest.param({}, {}, None, id="nobody asked"),
    ],
)
def test_the_onset_is_that_of_the_newest_examination_that_tells_it(
    episode: Episode, physio: User, first: dict[str, Any], second: dict[str, Any], says: str | None
) -> None:
    nothing = {"onset_on": None, "duration_weeks": None}
    make.make_signed_assessment(
        episode,
        by=physio,
        phase=Phase.DEGENERATIVE,
        examined_on=TODAY - timedelta(days=9),
        **nothing | first,
    )
    make.make_assessment(episode, by=physio, examined_on=TODAY, **nothing | second)
    onset = provoked_by(episode, on=TODAY).onset
    assert (onset.says if onset else None) == says


def test_runs_of_undone_batches_and_struck_out_ones_count_for_nothing(
    client: Client, provoked: Episode, physio: User
) -> None:
    spike = Run.objects.get(distance_m=18_000)
    actions.strike_out(provoked, spike, reason="Cycled.", by=physio)
    assert "18 km" not in provoked_by(provoked, on=TODAY).says
    text = client.get(page(provoked)).text
    assert "<s>Run of" in text
    assert "Cycled." in text
    log(provoked, (ONSET - timedelta(days=16), 30))
    assert "30 km" in provoked_by(provoked, on=TODAY).says
    batch = RunBatch.objects.order_by("-pk")[0]
    RunBatch.objects.filter(pk=batch.pk).update(
        status="undone", undone_by=physio, undone_at=timezone.now()
    )
    assert "30 km" not in provoked_by(provoked, on=TODAY).says
    assert "30.00" not in client.get(page(provoked)).text


def test_striking_out_asks_why_and_happens_once(client: Client, provoked: Episode) -> None:
    run, event = Run.objects.get(distance_m=18_000), LoadEvent.objects.get()
    to = reverse("assessments:load_strike", args=[provoked.code])
    assert client.get(to).headers["Location"] == page(provoked)
    asked = client.get(to, {"run": str(run.code)}).text
    assert "18 km" in asked
    assert "heel drop 10 to 4 mm" in client.get(to, {"event": str(event.code)}).text
    assert client.post(to, {"run": run.code, "reason": ""}).status_code == 422
    for name, entry in (("run", run), ("event", event)):
        sent = {name: str(entry.code), "reason": "Typed wrong."}
        assert client.post(to, sent).status_code == 302
        again = client.post(to, sent)
        assert again.status_code == 422
        assert "Somebody has struck this out already." in again.text
        entry.refresh_from_db()
        assert entry.struck_reason == "Typed wrong."


@pytest.mark.parametrize("code", ["x", "00000000-0000-4000-8000-000000000000"])
def test_striking_an_unknown_entry_is_not_found(
    client: Client, episode: Episode, code: str
) -> None:
    to = reverse("assessments:load_strike", args=[episode.code])
    for name in ("run", "event"):
        assert client.get(to, {name: code}).status_code == 404


def test_an_entry_of_another_patient_is_not_found(
    client: Client, provoked: Episode, physio: User
) -> None:
    other = make.make_episode(by=physio)
    to = reverse("assessments:load_strike", args=[other.code])
    sent = {"run": str(Run.objects.get(distance_m=18_000).code), "reason": "x"}
    assert client.post(to, sent).status_code == 404


# --- The picture ---------------------------------------------------------------------------------


def test_zooming_gives_the_picture_alone(client: Client, provoked: Episode) -> None:
    asked = {"from": str(ONSET - timedelta(days=30)), "to": str(ONSET)}
    part = client.get(
        page(provoked), asked, headers={"HX-Request": "true", "HX-Target": "load-picture"}
    ).text
    assert part.strip().startswith('<section class="section" id="load-picture"')
    assert "Save runs" not in part
    whole = client.get(page(provoked), asked).text
    assert "Runs by day" in part
    assert "Runs by day" in whole
    assert "18.00" in part
    assert "11.00" not in part


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        pytest.param({"from": "x", "to": ""}, "Give a day, month and year.", id="no date"),
        pytest.param({"from": "1900-01-01"}, "From 1950 on.", id="too early"),
        pytest.param(
            {"from": "2024-02-01", "to": "2024-01-01"}, "comes after the last", id="backwards"
        ),
        pytest.param({"from": "2999-01-01"}, "comes after the last", id="future"),
    ],
)
def test_a_range_that_is_none_is_said_and_the_usual_one_shown(
    client: Client, provoked: Episode, asked: dict[str, str], says: str
) -> None:
    response = client.get(page(provoked), asked)
    assert response.status_code == 200
    assert says in response.text
    assert "18.00" in response.text


def test_a_long_range_is_drawn_by_whole_weeks_and_its_gaps_stay_gaps(
    client: Client, provoked: Episode
) -> None:
    asked = {"from": str(TODAY - timedelta(days=365)), "to": str(TODAY)}
    response = client.get(page(provoked), asked)
    drawn = response.context["picture"]
    assert "Runs by week" in response.text
    assert drawn.range.first.weekday() == 0
    assert drawn.range.last.weekday() == 6
    with_runs = [week for week in drawn.weeks if week.runs]
    assert len(drawn.bars) == len([week for week in with_runs if week.km])
    assert sum(week.runs for week in with_runs) == 5
    days = sum((week.last - week.first).days + 1 for week in drawn.weeks)
    assert days == (drawn.range.last - drawn.range.first).days + 1
    assert drawn.kilometres[0].words == "0"


def test_weeks_are_whole_where_a_range_by_day_cuts_them(client: Client, episode: Episode) -> None:
    monday = TODAY - timedelta(days=TODAY.weekday() + 28)
    log(
        episode,
        (monday - timedelta(days=1), 8),
        *((monday + timedelta(days=place), km) for place, km in ((0, 18), (4, 5), (6, 6))),
        (monday + timedelta(days=7), 7),
    )
    asked = {"from": str(monday + timedelta(days=3)), "to": str(monday + timedelta(days=5))}
    response = client.get(page(episode), asked)
    drawn = response.context["picture"]
    assert [(row.on - monday).days for row in drawn.runs] == [4]
    (week,) = drawn.weeks
    assert (week.first, week.runs, week.km, week.longest) == (monday, 3, "29.0", "18.0")
    assert len(week.spikes) == 1
    assert "Weeks, whole from Monday to Sunday" in response.text


def test_signs_stand_on_their_days(
    client: Client, provoked: Episode, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Marker(on=ONSET + timedelta(days=5), kind=MarkerKind.SESSION, says="Session 1")
    flare = Marker(on=ONSET, kind=MarkerKind.FLARE, says="Flare")
    monkeypatch.setattr("assessments.views.load.markers_of", lambda episode: [session, flare])
    asked = {"from": str(ONSET - timedelta(days=56)), "to": str(ONSET + timedelta(days=14))}
    drawn = client.get(page(provoked), asked).context["picture"]
    step = (drawn.right - drawn.left) / 71
    assert drawn.by_day
    assert drawn.onset.x == pytest.approx(drawn.left + 56 * step, abs=0.01)
    assert [sign.x for sign in drawn.sessions] == [pytest.approx(drawn.left + 61 * step, abs=0.01)]
    (event,) = drawn.events
    assert (event.number, event.flagged) == (1, True)
    assert event.x == pytest.approx(drawn.left + 36 * step, abs=0.01)
    marks = [(sign.kind, sign.words) for sign in drawn.spikes]
    assert marks == [("no_baseline", ""), ("moderate", "+64 %")]
    assert len(drawn.unmeasured) == 1


def test_sessions_of_the_programme_stand_on_the_same_axis(client: Client, physio: User) -> None:
    programme = make.make_programme(make.make_episode(by=physio))
    make.make_session(programme, happened_on=make.DAY + timedelta(days=2))
    asked = {"from": str(make.DAY), "to": str(make.DAY + timedelta(days=30))}
    response = client.get(page(programme.episode), asked)
    assert [sign.says for sign in response.context["picture"].sessions] == [
        "Session of 5 March 2025"
    ]
    assert "Session of the programme" in response.text


def test_an_empty_log_says_so(client: Client, episode: Episode) -> None:
    text = client.get(page(episode)).text
    assert "No runs are recorded, and neither is when symptoms began." in text
    assert "Nothing in this range" in text
    assert '<svg class="chart load-chart"' not in text


def many(episode: Episode, days: int) -> None:
    """A run a day up to today, some of them spikes, one in ten on a treadmill."""
    by = episode.opened_by
    batch = RunBatch.objects.create(
        patient=episode.patient,
        source="file",
        status="kept",
        made_by=by,
        kept_by=by,
        kept_at=timezone.now(),
        form_token=uuid4(),
        form_digest="x",
    )
    Run.objects.bulk_create(
        Run(
            patient=episode.patient,
            batch=batch,
            happened_on=TODAY - timedelta(days=place),
            distance_m=None if place % 10 == 5 else 5000 + place * 7919 % 9000,
            duration_s=2700,
            origin="Strava",
        )
        for place in range(days)
    )


def statements(client: Client, to: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(to).status_code == 200
    return len([each for each in captured.captured_queries if "SAVEPOINT" not in each["sql"]])


def test_ten_years_of_runs_take_no_more_queries_and_little_more_page(
    client: Client, episode: Episode
) -> None:
    client.get("/")
    many(episode, 30)
    few = statements(client, page(episode))
    small = len(client.get(page(episode)).content)
    whole = make.make_episode(by=episode.opened_by)
    many(whole, 3650)
    assert statements(client, page(whole)) == few <= 12
    assert len(client.get(page(whole)).content) < 3 * small
    everything = f"{page(whole)}?from={TODAY - timedelta(days=3649)}&to={TODAY}"
    response = client.get(everything)
    assert statements(client, everything) == few
    assert len(response.content) < 400_000
    assert "Show all 3650 runs of this range" in response.text
    assert response.text.count('Strike out<span class="visually-hidden"> the run') == 30
    pages = [client.get(f"{everything}&page={number}").text for number in range(1, 9)]
    assert [text.count("> the run of") for text in pages] == [500] * 7 + [150]
    assert all(len(text) < 700_000 for text in pages)
    assert "Page 8 of 8" in client.get(f"{everything}&page=99").text
    assert client.get(f"{everything}&page=x").text.count("> the run of") == 30


def test_reception_may_not(episode: Episode) -> None:
    desk = Client()
    desk.force_login(make.make_user(Role.RECEPTION))
    for name in ("load", "load_event_new", "load_strike"):
        to = reverse(f"assessments:{name}", args=[episode.code])
        assert desk.get(to).status_code == 403
    assert desk.post(adding(episode), rows((ago(1), "5"))).status_code == 403
