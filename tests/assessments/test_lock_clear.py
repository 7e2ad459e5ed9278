"""Clearing a lock: by a role that may, with a reason, once."""

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import Lock
from patients.models import Episode, User
from patients.rules.roles import Role
from tests.make import make_assessment, make_episode, make_user

pytestmark = pytest.mark.django_db

REASON = "Ultrasound today shows the tendon in one piece."


@pytest.fixture
def physio() -> User:
    return make_user(Role.PHYSIOTHERAPIST)


@pytest.fixture
def episode(physio: User) -> Episode:
    return make_episode(by=physio)


@pytest.fixture
def lock(episode: Episode) -> Lock:
    make_assessment(episode, rupture=["sudden_pop"])
    return Lock.objects.get()


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(lock: Lock) -> str:
    return reverse("assessments:lock_clear", args=[lock.code])


def test_a_physiotherapist_clears_it_with_name_and_reason(physio: User, lock: Lock) -> None:
    client = sign_in(physio)
    page = client.get(url(lock)).text
    assert lock.says in page
    assert lock.what_to_do in page
    response = client.post(url(lock), {"reason": REASON})
    assert response.status_code == 302
    lock.refresh_from_db()
    assert (lock.cleared_by, lock.reason) == (physio, REASON)
    assert REASON in client.get(url(lock)).text


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        pytest.param("", "Write why it is safe to go on.", id="none"),
        pytest.param("fine", "Write a little more", id="too short"),
    ],
)
def test_without_a_reason_it_stays(physio: User, lock: Lock, reason: str, words: str) -> None:
    response = sign_in(physio).post(url(lock), {"reason": reason})
    assert response.status_code == 422
    assert words in response.text
    lock.refresh_from_db()
    assert lock.cleared_at is None


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.EXERCISE_PHYSIOLOGIST])
def test_other_roles_may_not(lock: Lock, role: Role) -> None:
    client = sign_in(make_user(role))
    assert client.get(url(lock)).status_code == 403
    assert client.post(url(lock), {"reason": REASON}).status_code == 403
    lock.refresh_from_db()
    assert lock.cleared_at is None


def test_the_second_to_clear_it_is_told(physio: User, lock: Lock) -> None:
    client = sign_in(physio)
    client.post(url(lock), {"reason": REASON})
    response = client.post(url(lock), {"reason": "Another reason, later on."})
    assert response.status_code == 422
    assert "Somebody has cleared this already." in response.text
    lock.refresh_from_db()
    assert lock.reason == REASON
