"""Outcomes: a plausible course of scores, recorded, drawn, judged, struck out."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from assessments import actions
from assessments.models import OtherScore, VisaA
from assessments.rules.terms import ReportedBy
from assessments.trajectory import Trajectory, visa_trajectory
from assessments.wording import OWN
from patients.actions import discharge
from patients.models import OUTCOMES, Episode, User
from patients.rules.roles import Role
from programmes.actions import decide, record_morning
from tests import make
from tests.make import DAY

pytestmark = pytest.mark.django_db

# Points of a middling answer; ``scored`` moves the rest onto the scales.
ANSWERS: dict[str, Any] = {
    "q1_minutes": 20,
    "q2": 5,
    "q3": 5,
    "q4": 5,
    "q5": 5,
    "q6_hops": 5,
    "q7": "modified",
    "q8_part": "B",
    "q8_band": "11-20",
}


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def scored(total: int) -> dict[str, Any]:
    """Answers that come to this total, from 14 to 54: q7 and q8 give 14, the rest is spread."""
    left = total - 14
    points = [min(8, max(0, left - 8 * number)) for number in range(6)]
    assert sum(points) == left, total
    values = dict(zip(("q2", "q3", "q4", "q5", "q6_hops"), points[1:], strict=True))
    return {**ANSWERS, **values, "q1_minutes": (10 - points[0]) * 10}


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


def record(episode: Episode, days: int, total: int | None = None, **overrides: Any) -> VisaA:
    answers = scored(total) if total is not None else ANSWERS
    return actions.record_visa(
        episode,
        form_token=uuid4(),
        on=after(days),
        reported_by=ReportedBy.PHONE,
        words=OWN,
        by=episode.opened_by,
        **{**answers, **overrides},
    )


def drawn(episode: Episode, days: int = 200) -> Trajectory:
    return visa_trajectory(Episode.objects.get(pk=episode.pk), on=after(days))


def page(client: Client, episode: Episode) -> str:
    response = client.get(reverse("assessments:outcomes", args=[episode.code]))
    assert response.status_code == 200
    return response.text


def typed(**overrides: Any) -> dict[str, Any]:
    """The form as it is sent when everything is answered: 62 of 100."""
    return {
        "form_token": str(uuid4()),
        "wording": "",
        "answered_on": str(after(30)),
        "reported_by": "paper",
        "q1_minutes": "10",
        "q2": "8",
        "q3": "7",
        "q4": "8",
        "q5": "7",
        "q6_hops": "9",
        "q7": "modified",
        "q8_b": "11-20",
        **overrides,
    }


# --- recording ---------------------------------------------------------------------------------


def visa_url(episode: Episode) -> str:
    return reverse("assessments:visa_new", args=[episode.code])


def test_a_paper_questionnaire_is_stored_once_however_often_sent(
    client: Client, episode: Episode, physio: User
) -> None:
    assert client.get(visa_url(episode)).status_code == 200
    data = typed()
    for _ in range(3):
        response = client.post(visa_url(episode), data)
        assert response["Location"] == reverse("assessments:outcomes", args=[episode.code])
    score = VisaA.objects.get()
    assert score.items == [9, 8, 7, 8, 7, 9, 4, 10]
    assert (score.total, score.answered_on, score.reported_by) == (62, after(30), "paper")
    assert (score.recorded_by, score.assessment_id) == (physio, None)
    assert (score.wording, score.wording_set, score.form_version) == (
        "short labels 1",
        None,
        "VISA-A, Robinson 2001",
    )
    assert "VISA-A saved, 62 of 100." in page(client, episode)
