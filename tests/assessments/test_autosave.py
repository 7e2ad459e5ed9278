"""A draft that saves itself: what is stored, what is held back, and what it never overwrites."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import actions, selectors
from assessments.models import Assessment, Lock
from patients.actions import discharge
from patients.models import AccessLog, Episode, User
from patients.rules.roles import Role
from tests import make
from tests.assessments.test_assessment_form import detail_url, sign_in, typed

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def physio() -> User:
    return make.make_user(Role.PHYSIOTHERAPIST)


@pytest.fixture
def episode(physio: User) -> Episode:
    return make.make_episode(by=physio)


@pytest.fixture
def client(physio: User) -> Client:
    return sign_in(physio)


def save_new(client: Client, episode: Episode, data: dict[str, Any]) -> Any:
    return client.post(reverse("assessments:autosave_new", args=[episode.code]), data, headers=HTMX)


def save(client: Client, draft: Assessment, data: dict[str, Any]) -> Any:
    return client.post(reverse("assessments:autosave", args=[draft.code]), data, headers=HTMX)


def told(response: Any) -> dict[str, str]:
    """The attributes a page reads from the answer."""
    return dict(re.findall(r'data-([\w-]+)="([^"]*)"', response.text))


def blank(**answers: Any) -> dict[str, Any]:
    """An untouched page but for these answers."""
    return {"examined_on": timezone.localdate().isoformat(), "version": "1", **answers}


def test_an_untouched_page_makes_no_draft(client: Client, episode: Episode) -> None:
    response = save_new(client, episode, blank(goal="", warm="", tender_cm=""))
    assert response.status_code == 200
    assert told(response) == {"kind": "nothing"}
    assert not Assessment.objects.exists()


def test_the_first_answer_begins_the_draft_and_the_next_go_there(
    client: Client, episode: Episode
) -> None:
    response = save_new(client, episode, blank(goal="Ten kilometres"))
    draft = Assessment.objects.get()
    assert draft.goal == "Ten kilometres"
    assert told(response) == {
        "kind": "saved",
        "version": str(draft.version),
        "page": detail_url(draft),
        "autosave": reverse("assessments:autosave", args=[draft.code]),
    }
    assert f"Draft saved {timezone.localtime():%H:}" in response.text
    assert "except" not in response.text
    assert "<html" not in response.text
    again = blank(goal="Ten kilometres", warm="yes", version=draft.version)
    assert told(save(client, draft, again))["version"] == str(draft.version + 1)
    draft.refresh_from_db()
    assert draft.warm is True


def test_the_answer_of_the_first_save_lost_no_second_draft(
    client: Client, episode: Episode
) -> None:
    for _ in range(2):
        assert save_new(client, episode, blank(goal="Ten kilometres")).status_code == 200
    assert Assessment.objects.get().version == 2


@pytest.mark.parametrize(
    ("wrong", "held_back", "kept"),
    [
        pytest.param({"run_pain": "11"}, "Pain when running", {"run_pain": 4}, id="pain 11"),
        pytest.param({"examined_on": ""}, "Examined on", {"examined_on": make.DAY}, id="no day"),
        pytest.param(
            {"examined_on": "2999-01-01"}, "Examined on", {"examined_on": make.DAY}, id="to come"
        ),
        pytest.param(
            {"cortisone": "yes"},
            "Cortisone injection at this tendon, ever?",
            {"cortisone": False, "cortisone_last_on": None},
            id="an injection without its day",
        ),
        pytest.param(
            {"fluoroquinolone_last_on": "2025-01-01"},
            "Fluoroquinolone antibiotic, ever?",
            {"fluoroquinolone": False, "fluoroquinolone_last_on": None},
            id="a dose without its yes",
        ),
        pytest.param(
            {"q8_a": ">30"},
            "8. Training time",
            {"q8_part": "B", "q8_band": "11-20"},
            id="two answers to item 8",
        ),
        pytest.param(
            {"no_tender_point": "on"},
            "Tender points, cm above the insertion",
            {"tender_cm": [4]},
            id="points and none",
        ),
        pytest.param(
            {"rupture": ["none", "palpable_gap"]}, "Rupture", {"rupture": []}, id="none and one"
        ),
        pytest.param(
            {"clot_alternative": "on"},
            "Clot in the leg",
            {"clot": [], "clot_alternative": False},
            id="an alternative to no clot",
        ),
        pytest.param(
            {"left_repetitions": "4.5"},
            "Left: repetitions",
            {"left_repetitions": 15},
            id="half a raise",
        ),
    ],
)
def test_what_is_refused_keeps_what_is_stored_and_the_rest_is_saved(
    client: Client,
    episode: Episode,
    wrong: dict[str, Any],
    held_back: str,
    kept: dict[str, Any],
) -> None:
    draft = make.make_assessment(episode, run_pain=4)
    data = typed(episode, version=draft.version, run_pain="4", goal="Dance")
    response = save(client, draft, {**data, **wrong})
    assert response.status_code == 200
    assert response.text.split("except: ")[1].split("</p>")[0].strip() == held_back
    stored = selectors.recorded(Assessment.objects.all().whole().get())
    assert stored["goal"] == "Dance"
    assert {name: stored[name] for name in kept} == kept


def test_a_day_that_would_contradict_what_stays_stored_is_held_back(
    client: Client, episode: Episode
) -> None:
    injected = make.DAY - timedelta(days=20)
    draft = make.make_assessment(episode, cortisone=True, cortisone_last_on=injected)
    earlier = (make.DAY - timedelta(days=30)).isoformat()
    data = typed(
        episode,
        version=draft.version,
        examined_on=earlier,
        cortisone="yes",
        cortisone_last_on=injected.isoformat(),
        goal="Dance",
    )
    response = save(client, draft, data)
    assert response.status_code == 200
    assert "except: " in response.text
    draft.refresh_from_db()
    assert (draft.goal, draft.examined_on) == ("Dance", make.DAY)
    # Moved together they contradict nothing.
    before = (make.DAY - timedelta(days=40)).isoformat()
    response = save(client, draft, {**data, "version": draft.version, "cortisone_last_on": before})
    assert "except" not in response.text
    draft.refresh_from_db()
    assert draft.examined_on.isoformat() == earlier


def test_over_somebody_elses_save_nothing_is_stored(client: Client, episode: Episode) -> None:
    draft = make.make_assessment(episode)
    lead = sign_in(make.make_user(Role.PRACTICE_LEAD))
    theirs = typed(episode, version=draft.version, goal="Walk the dog")
    assert save(lead, draft, theirs).status_code == 200
    response = save(client, draft, typed(episode, version=draft.version, goal="Swim again"))
    assert response.status_code == 409
    assert told(response) == {"kind": "conflict"}
    assert "Not saved: Leo Lead saved this draft meanwhile. Press Save draft" in response.text
    draft.refresh_from_db()
    assert draft.goal == "Walk the dog"


def test_a_new_page_meets_the_draft_somebody_began(client: Client, episode: Episode) -> None:
    lead = sign_in(make.make_user(Role.PRACTICE_LEAD))
    save_new(lead, episode, blank(goal="Walk the dog"))
    assert save_new(client, episode, blank(goal="Swim again")).status_code == 409
    assert Assessment.objects.get().goal == "Walk the dog"


def test_a_signed_assessment_and_a_closed_episode_take_nothing(
    client: Client, episode: Episode
) -> None:
    signed = make.make_signed_assessment(episode)
    response = save(client, signed, typed(episode, version=signed.version, goal="Dance"))
    assert response.status_code == 422
    assert "Not saved: This assessment is signed. It no longer changes." in response.text
    discharge(episode, outcome="returned", note="", on=make.DAY, by=episode.opened_by)
    response = save_new(client, episode, blank(goal="Dance"))
    assert response.status_code == 422
    assert "This episode is closed" in response.text
    assert Assessment.objects.get().goal != "Dance"


def test_a_red_flag_locks_as_soon_as_it_is_stored(client: Client, episode: Episode) -> None:
    save_new(client, episode, blank(rupture=["calf_squeeze_positive"]))
    lock = Lock.objects.get()
    assert (lock.flag, lock.episode) == ("RF01", episode)


def test_the_answer_says_once_what_was_locked_and_brings_the_header(
    client: Client, episode: Episode
) -> None:
    draft = make.make_assessment(episode)
    data = typed(episode, version=draft.version)
    first = save(client, draft, {**data, "rupture": ["calf_squeeze_positive"]})
    words = "Programme locked: Suspect a tendon rupture"
    assert words in first.text
    assert 'class="episode-header"' in first.text
    again = {**data, "rupture": ["calf_squeeze_positive"], "goal": "Dance"}
    second = save(client, draft, {**again, "version": told(first)["version"]})
    assert second.status_code == 200
    assert words not in second.text
    assert "episode-header" not in second.text


def test_a_session_that_ended_is_told_and_nothing_is_stored(episode: Episode) -> None:
    response = save_new(Client(), episode, blank(goal="Dance"))
    assert response.status_code == 401
    assert response["HX-Trigger"] == "session-expired"
    assert not Assessment.objects.exists()


def test_saving_by_itself_is_no_reading_of_the_record(client: Client, episode: Episode) -> None:
    save_new(client, episode, blank(goal="Dance"))
    draft = Assessment.objects.get()
    save(client, draft, blank(goal="Sing", version=draft.version))
    assert not AccessLog.objects.exists()


def test_an_amendment_saves_itself_too(client: Client, episode: Episode) -> None:
    original = make.make_signed_assessment(episode)
    draft = actions.amend(original, reason="The wrong leg was written.", by=episode.opened_by)
    assert (
        save(client, draft, typed(episode, version=draft.version, goal="Dance")).status_code == 200
    )
    draft.refresh_from_db()
    original.refresh_from_db()
    assert (draft.goal, draft.amends_id) == ("Dance", original.pk)
    assert original.goal != "Dance"


@pytest.mark.parametrize("signed", [False, True], ids=["draft", "signed meanwhile"])
def test_only_a_page_that_may_save_does_so_by_itself(
    client: Client, episode: Episode, signed: bool
) -> None:
    draft = make.make_assessment(episode)
    page = client.get(detail_url(draft)).text
    assert reverse("assessments:autosave", args=[draft.code]) in page
    mine = typed(episode, version=1, goal="Dance")
    if signed:
        found = selectors.findings(draft, bilateral=False)
        assert found.phase is not None
        actions.sign(
            draft,
            location=found.location,
            phase=found.phase,
            reason="",
            version=draft.version,
            by=episode.opened_by,
        )
    answer = client.post(detail_url(draft), mine)
    assert answer.status_code == (422 if signed else 409)
    assert "data-autosave" not in answer.text
    # What was typed stays in view, and the way to what was signed is offered.
    assert "Dance" in answer.text
    assert ("Open the signed assessment" in answer.text) is signed
