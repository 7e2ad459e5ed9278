"""Tests for a stage exit: stored once, and refused with words."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import FunctionTest, HeelRaiseTest
from patients.actions import discharge
from patients.models import OUTCOMES, Episode, User
from patients.rules.roles import Role
from tests.make import DAY, make_episode, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def physio() -> User:
    return make_user(Role.PHYSIOTHERAPIST)


@pytest.fixture
def episode(physio: User) -> Episode:
    return make_episode(by=physio)


@pytest.fixture
def client(physio: User) -> Client:
    client = Client()
    client.force_login(physio)
    return client


def url(episode: Episode) -> str:
    return reverse("assessments:test_new", args=[episode.code])


def typed(**overrides: Any) -> dict[str, Any]:
    return {"form_token": str(uuid4()), "tested_on": str(DAY), **overrides}


def test_both_kinds_are_stored_once_however_often_sent(client: Client, episode: Episode) -> None:
    assert client.get(url(episode)).status_code == 200
    data = typed(sl_hop_pain="0", strength_adequate="no", left_repetitions="21", left_pain="2")
    for _ in range(2):
        response = client.post(url(episode), data)
        assert response.headers["Location"] == reverse("programmes:episode", args=[episode.code])
    test = FunctionTest.objects.get()
    assert (test.sl_hop_pain, test.strength_adequate, test.walk_min) == (0, False, None)
    raises = HeelRaiseTest.objects.get()
    assert (raises.left_repetitions, raises.right_repetitions) == (21, None)


def test_what_was_not_tested_makes_no_row(client: Client, episode: Episode) -> None:
    client.post(url(episode), typed(right_repetitions="0"))
    assert not FunctionTest.objects.exists()
    assert HeelRaiseTest.objects.get().right_repetitions == 0


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param({}, "Nothing is filled in yet.", id="nothing"),
        pytest.param({"walk_pain": "11"}, "Pain is 0 to 10, not “11”", id="pain 11"),
        pytest.param({"walk_min": "-1"}, "Must be from 0 to 1440 minutes, not -1.", id="minutes"),
        pytest.param(
            {"walk_min": "30", "tested_on": ""}, "Give the date of the tests.", id="no date"
        ),
        pytest.param(
            {"walk_min": "30", "tested_on": "2025-03-02"},
            "The episode was opened on 3 March 2025.",
            id="before the episode",
        ),
        pytest.param({"walk_min": "30", "form_token": "x"}, "Enter a valid UUID", id="token"),
    ],
)
def test_refused_with_words(
    client: Client, episode: Episode, sent: dict[str, str], words: str
) -> None:
    response = client.post(url(episode), typed(**sent))
    assert response.status_code == 422
    assert words in response.text
    assert not FunctionTest.objects.exists()
    assert not HeelRaiseTest.objects.exists()


def test_a_closed_episode_takes_no_more(client: Client, episode: Episode, physio: User) -> None:
    discharge(episode, outcome=OUTCOMES[0][0], note="", on=DAY, by=physio)
    response = client.post(url(episode), typed(walk_min="30"))
    assert response.status_code == 422
    assert "This episode is closed" in response.text


def test_reception_may_not(episode: Episode) -> None:
    desk = Client()
    desk.force_login(make_user(Role.RECEPTION))
    assert desk.get(url(episode)).status_code == 403
