"""The assessment page: what it stores, what it refuses, and that nothing typed is ever lost."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import actions, selectors
from assessments.forms.examination import ExaminationForm, initial_values
from assessments.models import Assessment, HeelRaiseTest, Lock, VisaA
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
