"""The assessment page: what it stores, what it refuses, and that nothing typed is ever lost."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import actions, selectors
from assessments.forms.examination import SECTIONS, ExaminationForm, initial_values, rail
from assessments.forms.fields import DecimalNumberField, KilometresField
from assessments.models import Assessment, HeelRaiseTest, Lock, VisaA
from assessments.rules import bounds
from assessments.rules.terms import Location, Phase
from patients.models import Episode, User
from patients.rules.roles import Role
from tests.make import (
    MIDPORTION,
    examination_values,
    make_assessment,
    make_episode,
    make_patient,
    make_signed_assessment,
    make_user,
)

pytestmark = pytest.mark.django_db


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def physio() -> User:
    return make_user(Role.PHYSIOTHERAPIST)


@pytest.fixture
def episode(physio: User) -> Episode:
    return make_episode(by=physio)


@pytest.fixture
def client(physio: User) -> Client:
    return sign_in(physio)


def typed(episode: Episode, **overrides: Any) -> dict[str, Any]:
    """What a browser sends for the values of ``MIDPORTION``, with raw overrides."""
    values = examination_values()
    values["version"] = 1
    values["q8_b"] = values["q8_band"]
    form = ExaminationForm(initial=values, episode=episode)
    data: dict[str, Any] = {}
    for name in form.fields:
        value = form[name].value()
        if isinstance(value, bool):
            data[name] = {True: "yes", False: "no"}[value]
        elif value is not None:
            data[name] = [str(v) for v in value] if isinstance(value, list) else str(value)
    data.pop("clot_alternative")
    data["tender_cm"] = "4"
    return {**data, **overrides}


def new_url(episode: Episode) -> str:
    return reverse("assessments:new", args=[episode.code])


def detail_url(assessment: Assessment) -> str:
    return reverse("assessments:detail", args=[assessment.code])


def test_a_whole_examination_is_stored_and_signed(client: Client, episode: Episode) -> None:
    assert client.get(new_url(episode)).status_code == 200
    response = client.post(new_url(episode), typed(episode, then_sign="1"))
    draft = Assessment.objects.all().whole().get()
    assert response.headers["Location"] == detail_url(draft) + "?to=sign"
    stored = selectors.recorded(draft)
    assert {name: stored[name] for name in MIDPORTION} == dict(MIDPORTION)
    page = client.get(detail_url(draft) + "?to=sign")
    assert "VISA-A" in page.text
    assert 'id="sign"' in page.text
    signing = {"location": "midportion", "phase": "degenerative", "version": draft.version}
    response = client.post(reverse("assessments:sign", args=[draft.code]), signing)
    assert response.headers["Location"] == reverse("programmes:episode", args=[episode.code])
    draft.refresh_from_db()
    assert draft.is_signed
    read = client.get(detail_url(draft)).text
    assert "Signed by Paul Physio" in read
    assert "11 to 20 minutes" in read
    assert "not recorded" in read


def test_an_empty_page_can_be_saved_and_answers_nothing(client: Client, episode: Episode) -> None:
    response = client.post(new_url(episode), {"examined_on": "2025-03-03", "version": "1"})
    assert response.status_code == 302
    draft = Assessment.objects.get()
    assert (draft.rupture, draft.tender_cm, draft.warm) == (None, None, None)
    assert not VisaA.objects.exists()
    assert not HeelRaiseTest.objects.exists()


@pytest.mark.parametrize(
    ("sent", "words", "kept"),
    [
        pytest.param(
            {"run_pain": "11"}, "Pain is 0 to 10, not “11”", "Run ten kilometres", id="pain 11"
        ),
        pytest.param(
            {"q8_a": ">30"},
            "Item 8 has one answer: A, B or C. A and B are filled in; keep one.",
            'name="q8_a" value="&gt;30"[^>]* checked',
            id="two answers to item 8",
        ),
        pytest.param(
            {"left_repetitions": "-1"},
            "Must be from 0 to 200 repetitions, not -1.",
            'value="-1"',
            id="minus one raise",
        ),
        pytest.param(
            {"left_repetitions": "4.5"},
            "Write a whole number from 0 to 200 repetitions.",
            'value="4.5"',
            id="half a raise",
        ),
        pytest.param(
            {"examined_on": ""}, "Give the date of the examination.", "Run ten", id="no date"
        ),
        pytest.param(
            {"examined_on": "3rd of March"},
            "Give the date of the examination as day, month and year.",
            "3rd of March",
            id="a date in words",
        ),
        pytest.param(
            {"examined_on": "1970-01-01"},
            "That is before the patient was born.",
            'value="1970-01-01"',
            id="before birth",
        ),
        pytest.param(
            {"rupture": ["none", "palpable_gap"]},
            "Either none of these, or what applies: not both.",
            'value="palpable_gap"[^>]* checked',
            id="none and one",
        ),
        pytest.param(
            {"goal": "run\x00home"},
            "Null characters are not allowed.",
            "Pain when running",
            id="NUL in words",
        ),
        pytest.param(
            {"q7": "\x00"}, "is not one of the available choices", "Run ten", id="NUL in a choice"
        ),
        pytest.param(
            {"tender_cm": "4,5"}, "Put a space after the comma", 'value="4,5"', id="4,5 cm"
        ),
        pytest.param(
            {"no_tender_point": "on"},
            "There are tender points above: untick this.",
            'value="4"',
            id="points and none",
        ),
        pytest.param(
            {"cortisone": "yes"},
            "Give the date of the last injection.",
            'name="cortisone" value="yes"[^>]* checked',
            id="cortisone without a date",
        ),
        pytest.param(
            {"cortisone_last_on": "2025-03-01"},
            "There is a date below: answer yes, or take the date out.",
            'value="2025-03-01"',
            id="a date without cortisone",
        ),
        pytest.param(
            {"cortisone": "yes", "cortisone_last_on": "1901-03-01"},
            "That is before the patient was born.",
            'value="1901-03-01"',
            id="cortisone before birth",
        ),
        pytest.param({"version": "nine"}, "Enter a whole number", "Run ten", id="crafted version"),
        pytest.param(
            {"onset_on": "2025-03-04", "duration_weeks": ""},
            "This is after the day of the examination.",
            'value="2025-03-04"',
            id="began after the examination",
        ),
        pytest.param(
            {"onset_on": "1979-03-04"},
            "That is before the patient was born.",
            'value="1979-03-04"',
            id="began before birth",
        ),
        pytest.param(
            {"onset_on": "2024-12-02"},
            "From 2 December 2024 to the examination are 13 weeks, not 30.",
            'value="2024-12-02"',
            id="weeks against the day it began",
        ),
        pytest.param(
            {"goal_event_on": "2025-03-02"},
            "The event was before the examination.",
            'value="2025-03-02"',
            id="event before the examination",
        ),
        pytest.param(
            {"goal_event_on": "the summer"},
            "Give the date of the event as day, month and year.",
            "the summer",
            id="event in words",
        ),
        pytest.param(
            {"goal_distance_m": "half a marathon"},
            "Write a number from 0 to 1000 km.",
            "half a marathon",
            id="distance in words",
        ),
        pytest.param(
            {"shoe_drop_mm": "61"}, "Must be from 0 to 60 mm, not 61.", 'value="61"', id="drop"
        ),
        pytest.param(
            {"cadence_spm": "79"},
            "Must be from 80 to 280 steps a minute, not 79.",
            'value="79"',
            id="cadence",
        ),
        pytest.param(
            {"left_contact_ms": "801"},
            "Must be from 80 to 800 ms, not 801.",
            'value="801"',
            id="contact time",
        ),
        pytest.param(
            {"analysis_speed_kmh": "0,5"},
            "Must be from 1 to 40 km/h, not 0.5.",
            'value="0,5"',
            id="speed",
        ),
        pytest.param(
            {"analysis_speed_kmh": "1e999999999"},
            "Must be from 1 to 40 km/h.",
            'value="1e999999999"',
            id="speed without end",
        ),
        pytest.param(
            {"differentials": ["none", "plantaris"]},
            "Either none of these, or what applies: not both.",
            'value="plantaris"[^>]* checked',
            id="none and a differential",
        ),
        pytest.param(
            {"treated_rest_since": "2025-01-01"},
            "There is a date: answer yes, or take the date out.",
            'value="2025-01-01"',
            id="a date without a treatment",
        ),
        pytest.param(
            {"treated_rest": "no", "treated_rest_until": "2025-01-01"},
            "There is a date: answer yes, or take the date out.",
            'value="2025-01-01"',
            id="a date beside no",
        ),
        pytest.param(
            {
                "treated_massage": "yes",
                "treated_massage_since": "2025-02-01",
                "treated_massage_until": "2025-01-31",
            },
            "It ended before it began.",
            'value="2025-01-31"',
            id="ended before it began",
        ),
        pytest.param(
            {"treated_other": "yes", "treated_other_until": "2025-03-04"},
            "This is after the day of the examination.",
            'value="2025-03-04"',
            id="treated after the examination",
        ),
        pytest.param(
            {"treated_loading": "yes", "treated_loading_since": "1979-03-04"},
            "That is before the patient was born.",
            'value="1979-03-04"',
            id="treated before birth",
        ),
    ],
)
def test_refused_with_words_at_the_field_and_all_kept(
    client: Client, episode: Episode, sent: dict[str, Any], words: str, kept: str
) -> None:
    response = client.post(new_url(episode), typed(episode, **sent))
    assert response.status_code == 422
    assert words in response.text.replace("&#x27;", "'")
    assert re.search(kept, response.text)
    assert "data-unsaved" in response.text
    assert not Assessment.objects.exists()


# What somebody types in a first consult, beside ``MIDPORTION``.
FIRST_CONSULT: dict[str, Any] = {
    "onset_on": "2024-08-05",
    "duration_weeks": "",
    "running_status": "never_stopped",
    "run_pain": "4",
    "diabetes": "no",
    "statins": "yes",
    "medication_note": "Atorvastatin 20 mg for two years",
    "differentials": ["plantaris", "partial_tear"],
    "differential_note": "Pain along the inner side as well",
    "dl_hop_pain": "2",
    "sl_hop_pain": "4",
    "analysis_speed_kmh": "10,5",
    "cadence_spm": "164",
    "left_contact_ms": "262",
    "right_contact_ms": "250",
    "left_strike": "rearfoot",
    "right_strike": "midfoot",
    "calf_loading_note": "Heel drops late on the left",
    "shoe_drop_mm": "8",
    "rigid_heel_counter": "no",
    "heel_lift": "no",
    "footwear_note": "New shoes in July",
    "treated_rest": "yes",
    "treated_rest_since": "2024-10-07",
    "treated_rest_until": "2024-11-17",
    "treated_stretching": "yes",
    "treated_medicines": "yes",
    "treated_medicines_since": "2025-02-03",
    "treated_massage": "no",
    "treated_loading": "no",
    "goal_event": "Harbour half marathon",
    "goal_event_on": "2031-10-12",
    "goal_distance_m": "21,1",
}
FIRST_CONSULT_STORED: dict[str, Any] = {
    "onset_on": date(2024, 8, 5),
    "duration_weeks": 30,
    "statins": True,
    "diabetes": False,
    "differentials": ["plantaris", "partial_tear"],
    "dl_hop_pain": 2,
    "sl_hop_pain": 4,
    "analysis_speed_kmh": Decimal("10.5"),
    "cadence_spm": 164,
    "left_contact_ms": 262,
    "left_strike": "rearfoot",
    "shoe_drop_mm": 8,
    "rigid_heel_counter": False,
    "treated_rest": True,
    "treated_rest_since": date(2024, 10, 7),
    "treated_rest_until": date(2024, 11, 17),
    "treated_stretching": True,
    "treated_stretching_since": None,
    "treated_massage": False,
    "treated_shock_wave": None,
    "goal_event": "Harbour half marathon",
    "goal_event_on": date(2031, 10, 12),
    "goal_distance_m": 21_100,
}


def test_a_whole_first_consult_is_stored_read_and_compared(
    client: Client, episode: Episode
) -> None:
    assert client.post(new_url(episode), typed(episode, **FIRST_CONSULT)).status_code == 302
    draft = Assessment.objects.all().whole().get()
    stored = selectors.recorded(draft)
    assert {name: stored[name] for name in FIRST_CONSULT_STORED} == FIRST_CONSULT_STORED
    again = client.get(detail_url(draft)).text
    assert 'name="goal_distance_m" value="21.1"' in again
    assert 'name="analysis_speed_kmh" value="10.5"' in again
    signing = {"location": "midportion", "phase": "degenerative", "version": draft.version}
    client.post(reverse("assessments:sign", args=[draft.code]), signing)
    read = re.sub(r"\s+", " ", client.get(detail_url(draft)).text)
    for question, answer in (
        ("Began on", "5 August 2024"),
        ("Statins now?", "Yes"),
        ("Cadence", "164 steps/min"),
        ("Speed", "10.5 km/h"),
        ("Left: foot strike", "Rearfoot"),
        ("Pain in ten hops on this leg", "4 of 10"),
        ("Rest from running or sport", "Yes, 7 October to 17 November 2024"),
        ("Stretching", "Yes, days not recorded"),
        ("Anti-inflammatory medicines", "Yes, since 3 February 2025"),
        ("Massage or foam rolling", "No"),
        ("Date of the event", "12 October 2031"),
        ("Distance", "21.1 km"),
    ):
        assert f"<dt>{question}</dt><dd>{answer}</dd>" in read, question
    assert "Also considered: plantaris, partial tear" in read
    # Next time the measurements stand in grey beside today's fields.
    page = client.get(new_url(episode)).text
    assert '<p class="previous">164 steps/min on 3 Mar 2025</p>' in page
    assert '<p class="previous">Rearfoot on 3 Mar 2025</p>' in page
    # A distance is compared in the unit it was typed in.
    later: dict[str, Any] = {"goal_distance_m": 10_000, "examined_on": date(2025, 4, 7)}
    second = make_signed_assessment(episode, **later)
    compared = client.get(reverse("assessments:compare", args=[second.code])).text
    assert "−11.1 km" in compared
    assert "21.1 km" in compared


def test_sections_nobody_needed_are_one_line_on_the_page_to_read(
    client: Client, episode: Episode
) -> None:
    signed = make_signed_assessment(episode)
    read = re.sub(r"\s+", " ", client.get(detail_url(signed)).text)
    assert '<dt>Running analysis</dt><dd class="not-recorded">not recorded</dd>' in read
    assert '<dt>Footwear</dt><dd class="not-recorded">not recorded</dd>' in read
    assert "Cadence" not in read
    assert "Shock waves" not in read
    # What everybody is asked is written out although nobody asked it.
    assert '<dt>Loading exercises</dt><dd class="not-recorded">not recorded</dd>' in read


@pytest.mark.parametrize(
    ("words", "metres"),
    [
        ("", None),
        ("10", 10_000),
        ("42.195", 42_195),
        ("42,195", 42_195),
        (" 0.4 ", 400),
        ("1000", 1_000_000),
        ("0.001", 1),
    ],
    ids=["empty", "ten", "point", "comma", "spaces", "most", "a metre"],
)
def test_kilometres_are_read_as_metres(words: str, metres: int | None) -> None:
    field = KilometresField()
    assert field.clean(words) == metres
    shown = field.prepare_value(metres)
    assert field.clean(shown) == metres


@pytest.mark.parametrize(
    "words",
    ["0", "-1", "1000.1", "5.0001", "ten", "1.000,5", "nan", "1e999999999", "-1e-999999999"],
)
def test_what_is_no_distance_is_refused(words: str) -> None:
    field = KilometresField()
    with pytest.raises(ValidationError) as refused:
        field.clean(words)
    assert len(refused.value.messages[0]) < 80


@pytest.mark.parametrize("words", ["1e999999999", "-1e999999999", "-1e-999999999", "41"])
def test_an_endless_number_is_refused_in_few_words(words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        DecimalNumberField(bounds.SPEED_KMH, unit="km/h").clean(words)
    assert len(refused.value.messages[0]) < 80


@pytest.mark.parametrize(
    ("onset", "weeks", "stored"),
    [
        ("2025-03-03", "", 0),
        ("2025-02-25", "", 0),
        ("2025-02-24", "", 1),
        ("2024-12-02", "", 13),
        ("2024-12-02", "9", 9),
        ("2024-12-02", "17", 17),
        ("", "30", 30),
        ("", "", None),
        ("2024-12-02", "8", None),
        ("2024-12-02", "18", None),
    ],
    ids=[
        "today",
        "six days",
        "a week",
        "three months",
        "four weeks less",
        "four weeks more",
        "only weeks",
        "neither",
        "five weeks less",
        "five weeks more",
    ],
)
def test_weeks_follow_from_the_day_it_began(
    episode: Episode, onset: str, weeks: str, stored: int | None
) -> None:
    form = ExaminationForm(typed(episode, onset_on=onset, duration_weeks=weeks), episode=episode)
    refused = stored is None and bool(onset)
    assert form.is_valid() is not refused
    assert ("duration_weeks" in form.errors) is refused
    assert form.cleaned_data.get("duration_weeks") == stored


def test_a_treatment_may_have_either_day_or_none(episode: Episode) -> None:
    days = {"treated_rest_since": "2025-01-06", "treated_rest_until": "2025-02-03"}
    for given in ({}, *({name: day} for name, day in days.items()), days):
        form = ExaminationForm(typed(episode, treated_rest="yes", **given), episode=episode)
        assert form.is_valid(), form.errors
        assert form.cleaned_data["treated_rest"] is True


@pytest.mark.parametrize(
    ("change", "running", "footwear"),
    [
        ({}, "optional", "optional"),
        ({"running_status": "not_a_runner"}, "optional", "optional"),
        ({"running_status": "never_stopped"}, "todo", "optional"),
        ({"running_status": "never_stopped", "cadence_spm": 160}, "part", "optional"),
        ({"running_status": "stopped", "cadence_spm": 160}, "done", "optional"),
        ({"tender_cm": [Decimal(1)]}, "optional", "todo"),
        ({"tender_cm": [Decimal(1)], "heel_lift": False}, "optional", "part"),
        ({"heel_lift": False}, "optional", "done"),
        ({"tender_cm": None}, "optional", "optional"),
    ],
    ids=[
        "stopped",
        "no runner",
        "runs",
        "begun",
        "measured all the same",
        "insertion",
        "half",
        "asked all the same",
        "not palpated",
    ],
)
def test_the_rail_counts_only_what_this_patient_needs(
    change: dict[str, Any], running: str, footwear: str
) -> None:
    states = {item.anchor: item.state for item in rail(examination_values(**change))}
    assert (states["running-analysis"], states["footwear"]) == (running, footwear)


def test_the_rail_points_at_what_was_refused() -> None:
    items = rail(examination_values(), refused={"treated_rest_until", "cadence_spm"})
    assert {item.anchor for item in items if item.state == "problem"} == {
        "running-analysis",
        "treatments",
    }


def test_every_stored_value_stands_on_the_page_once() -> None:
    names = [name for section in SECTIONS for name in section.fields]
    assert len(names) == len(set(names))
    elsewhere = {"q8_part", "q8_band"}
    assert set(selectors.PAGE_FIELDS) - elsewhere <= set(names)


def test_the_panel_says_gently_what_was_tried_and_shows_both_sides(
    client: Client, episode: Episode
) -> None:
    url = reverse("assessments:findings", args=[episode.code])
    page = re.sub(r"\s+", " ", client.post(url, typed(episode, **FIRST_CONSULT)).text)
    assert "Rest so far, without loading" in page
    assert "Anti-inflammatory medicines so far, without loading" in page
    assert "Massage or rolling so far" not in page
    assert "Leave stretching out" not in page  # a midportion tendon that is not irritable
    assert "contact 12 ms longer on the affected side" in page
    assert "Statins: for information only" in page
    assert "<li>arc sign positive</li>" in page
    assert "<li>first episode</li>" not in page
    assert "Low confidence" in page
    insertional = client.post(url, typed(episode, **FIRST_CONSULT, tender_cm="1")).text
    assert "Leave stretching out for now" in insertional
    assert "Take pressure off the insertion" in insertional


def test_while_the_phase_is_open_each_possible_one_has_both_sides(
    client: Client, episode: Episode
) -> None:
    url = reverse("assessments:findings", args=[episode.code])
    page = client.post(url, typed(episode, thickening_nodular="")).text
    panel = page.split('class="for-against"')[1]
    assert "Disrepair" in panel
    assert "Degenerative" in panel
    assert "Not recorded: nodular thickening" in panel


def test_the_page_to_sign_shows_both_sides_and_all_classifications(
    client: Client, episode: Episode
) -> None:
    make_signed_assessment(episode, phase=Phase.DISREPAIR)
    draft = make_assessment(episode, warm=True)
    page = re.sub(r"\s+", " ", client.get(detail_url(draft)).text)
    sign = page.split('id="sign"')[1].split("<aside")[0]
    assert sign.count("<h4>For</h4>") == 2
    assert "<li>nodular thickening</li>" in sign
    assert "<li>warm</li>" in sign
    assert "Low confidence" in sign
    history = sign.split("Classifications so far</h3>")[1]
    assert "Judged otherwise at the bedside." in history
    assert "suggested: degenerative" in history
    assert "Paul Physio" in history


def test_a_day_to_come_is_refused(client: Client, episode: Episode) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    response = client.post(new_url(episode), typed(episode, examined_on=str(tomorrow)))
    assert response.status_code == 422
    assert "This date is in the future" in response.text
    assert f'value="{tomorrow}"' in response.text


def test_a_refused_page_never_answers_a_group_nobody_asked(
    client: Client, episode: Episode
) -> None:
    data = typed(episode, run_pain="11")
    del data["rupture"]
    response = client.post(new_url(episode), data)
    boxes = response.text.split('id="id_rupture"')[1].split("</fieldset>")[0]
    assert "checked" not in boxes


def test_the_same_page_sent_twice_is_stored_once(client: Client, episode: Episode) -> None:
    blank = {"examined_on": "2025-03-03", "version": "1"}
    for _ in range(2):
        assert client.post(new_url(episode), blank).status_code == 302
    assert Assessment.objects.get().version == 2


@pytest.mark.parametrize("begun", [True, False], ids=["on the draft", "on the new page"])
def test_a_second_person_saving_sees_both_values(
    client: Client, episode: Episode, begun: bool
) -> None:
    draft = make_assessment(episode, duration_weeks=12, goal="Walk the dog")
    url = detail_url(draft) if begun else new_url(episode)
    mine = typed(episode, version="1", goal="Swim again")
    response = client.post(url, mine)
    assert response.status_code == 409
    for words in ("Walk the dog", "Swim again", "12 weeks", "30 weeks"):
        assert words in response.text
    draft.refresh_from_db()
    assert draft.goal == "Walk the dog"
    # The answer may replace theirs only when that is said: not by merely saving again.
    assert client.post(detail_url(draft), mine).status_code == 409
    known = {**mine, "replaces": str(draft.version)}
    assert f'name="replaces" value="{draft.version}"' in response.text
    assert client.post(detail_url(draft), known).status_code == 302
    draft.refresh_from_db()
    assert draft.goal == "Swim again"


def test_a_page_typed_while_somebody_signed_is_not_lost(client: Client, episode: Episode) -> None:
    signed = make_signed_assessment(episode)
    response = client.post(detail_url(signed), typed(episode, goal="Swim again"))
    assert response.status_code == 422
    assert "This assessment is signed. It no longer changes." in response.text
    assert "Swim again" in response.text


def test_the_panel_answers_with_a_fragment_and_stores_nothing(
    client: Client, episode: Episode
) -> None:
    url = reverse("assessments:findings", args=[episode.code])
    data = typed(episode, rupture=["calf_squeeze_positive"], left_repetitions="-1")
    response = client.post(url, data, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "<html" not in response.text
    assert "Suspect a tendon rupture" in response.text
    assert "Stop the examination" in response.text
    assert not Assessment.objects.exists()
    assert not Lock.objects.exists()
    assert not VisaA.objects.exists()
    assert not HeelRaiseTest.objects.exists()


def test_the_panel_shows_the_total_only_when_all_eight_are_answered(
    client: Client, episode: Episode
) -> None:
    url = reverse("assessments:findings", args=[episode.code])
    expected = selectors.visa_answers(MIDPORTION)
    assert expected is not None
    assert f"{expected.total} <small>of 100" in client.post(url, typed(episode)).text
    seven = client.post(url, typed(episode, q3="")).text
    assert "7 of 8 items answered" in seven
    assert "of 100</small>" not in seven
    both = client.post(url, typed(episode, q8_a=">30")).text
    assert "7 of 8 items answered" in both


def test_saving_from_htmx_leaves_by_its_own_redirect(client: Client, episode: Episode) -> None:
    response = client.post(new_url(episode), typed(episode), headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert response.headers["HX-Redirect"] == detail_url(Assessment.objects.get())


def test_a_red_flag_saved_locks_at_once(client: Client, episode: Episode) -> None:
    client.post(new_url(episode), typed(episode, rupture=["calf_squeeze_positive"]))
    assert Lock.objects.get().flag == "RF01"


def test_what_is_missing_to_sign_is_named(client: Client, episode: Episode) -> None:
    draft = make_assessment(episode, tender_cm=None, clot=None)
    page = client.get(detail_url(draft)).text
    assert "Palpation: tender points, or that there is none." in page
    assert "The screening: every group needs an answer." in page
    assert "data-sign" not in page


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param({"location": ""}, "Choose the location.", id="no location"),
        pytest.param({"phase": "reactive"}, "give a reason", id="another phase, no reason"),
    ],
)
def test_a_signature_refused_keeps_the_draft(
    client: Client, episode: Episode, sent: dict[str, str], words: str
) -> None:
    draft = make_assessment(episode)
    data = {"location": "midportion", "phase": "degenerative", "version": draft.version, **sent}
    response = client.post(reverse("assessments:sign", args=[draft.code]), data)
    assert response.status_code == 422
    assert words in response.text
    draft.refresh_from_db()
    assert not draft.is_signed


def test_a_signature_over_a_newer_draft_is_refused(client: Client, episode: Episode) -> None:
    draft = make_assessment(episode)
    older = draft.version
    values = examination_values(goal="Swim again")
    actions.save_draft(draft, values, version=older, by=episode.opened_by)
    data = {"location": Location.MIDPORTION, "phase": Phase.DEGENERATIVE, "version": older}
    response = client.post(reverse("assessments:sign", args=[draft.code]), data)
    assert response.status_code == 409
    assert "Look at what is stored now, then sign." in response.text
    assert "Swim again" in response.text
    draft.refresh_from_db()
    assert not draft.is_signed


def test_signing_twice_leads_to_the_signed_page(client: Client, episode: Episode) -> None:
    signed = make_signed_assessment(episode)
    response = client.post(reverse("assessments:sign", args=[signed.code]), {})
    assert response.headers["Location"] == detail_url(signed)


def test_in_an_emergency_only_the_record_is_signed(client: Client, episode: Episode) -> None:
    draft = make_assessment(episode, rupture=["calf_squeeze_positive"], tender_cm=None)
    page = client.get(detail_url(draft)).text
    assert "Stop the examination" in page
    response = client.post(
        reverse("assessments:sign", args=[draft.code]), {"version": draft.version}
    )
    assert response.status_code == 302
    assert not draft.classifications.exists()


def test_under_eighteen_is_refused_with_the_reason(client: Client, physio: User) -> None:
    today = timezone.localdate()
    patient = make_patient(by=physio, date_of_birth=today.replace(year=today.year - 15, day=1))
    opening = reverse("patients:episode_new", args=[patient.code])
    response = client.post(opening, {"side": "left"})
    assert response.status_code == 422
    assert "This patient is 15. These rules are for adults" in response.text
    # An episode from elsewhere, an import say, changes nothing about the rules.
    episode = Episode.objects.create(
        patient=patient, side="left", opened_on=today, opened_by=physio, clinician=physio
    )
    response = client.get(new_url(episode))
    assert response.status_code == 422
    assert "This patient is 15" in response.text
    assert client.post(new_url(episode), typed(episode)).status_code == 422
    assert not Assessment.objects.exists()


def test_an_examination_before_the_eighteenth_birthday_is_refused(
    client: Client, physio: User
) -> None:
    today = timezone.localdate()
    patient = make_patient(by=physio, date_of_birth=today.replace(year=today.year - 18, day=1))
    episode = make_episode(patient, on=today)
    back_then = (today - timedelta(days=400)).isoformat()
    response = client.post(new_url(episode), typed(episode, examined_on=back_then))
    assert response.status_code == 422
    assert "On that day: This patient is 16" in response.text or "is 17" in response.text
    assert not Assessment.objects.exists()


def test_a_draft_is_gone_on_with(client: Client, episode: Episode) -> None:
    draft = make_assessment(episode)
    assert client.get(new_url(episode)).headers["Location"] == detail_url(draft)
    again = initial_values(draft)
    assert again["q8_b"] == "11-20"


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client: Client, episode: Episode, method: str) -> None:
    draft = make_assessment(episode)
    assert getattr(client, method)(new_url(episode)).status_code == 405
    assert getattr(client, method)(detail_url(draft)).status_code == 405


def test_the_panel_and_the_signature_are_posts(client: Client, episode: Episode) -> None:
    draft = make_assessment(episode)
    assert client.get(reverse("assessments:findings", args=[episode.code])).status_code == 405
    assert client.get(reverse("assessments:sign", args=[draft.code])).status_code == 405


def test_reception_reads_no_assessment(episode: Episode) -> None:
    draft = make_assessment(episode)
    desk = sign_in(make_user(Role.RECEPTION))
    assert desk.get(new_url(episode)).status_code == 403
    assert desk.get(detail_url(draft)).status_code == 403
    assert desk.post(reverse("assessments:findings", args=[episode.code])).status_code == 403
