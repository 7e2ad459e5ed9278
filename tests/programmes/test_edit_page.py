"""The plan editor's page: begun, edited in every way, answered in parts, and issued."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from patients.models import Episode, User
from patients.rules.roles import Role
from programmes import actions
from programmes.models import Draft
from programmes.rules.plan import Plan, from_flat
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor_user() -> User:
    return make.make_user(Role.EXERCISE_PHYSIOLOGIST)


@pytest.fixture
def episode() -> Episode:
    episode = make.make_episode()
    make.make_signed_assessment(episode)
    return episode


@pytest.fixture
def desk(client: Client, editor_user: User) -> Client:
    client.force_login(editor_user)
    return client


def address(episode: Episode) -> str:
    return reverse("programmes:edit", args=[episode.code])


def begin(episode: Episode, by: User, source: str = "protocol:HSR") -> Draft:
    return actions.begin_draft(episode, source=source, on=make.DAY, by=by)


def plan_of(draft: Draft) -> Plan:
    draft.refresh_from_db()
    return from_flat(draft.plan)


def send(client: Client, draft: Draft, op: str, edit: object, **more: Any) -> HttpResponse:
    """One edit as the page's script sends it."""
    draft_now = Draft.objects.get(pk=draft.pk)
    values = {
        "op": op,
        "edit": json.dumps(edit),
        "known": draft_now.revision,
        "token": str(uuid4()),
        **more,
    }
    headers = {"HX-Request": "true"}
    return client.post(address(draft.episode), values, headers=headers)


def test_without_a_draft_the_page_offers_every_way_to_begin(desk: Client, episode: Episode) -> None:
    text = desk.get(address(episode)).content.decode()
    for name in (
        "As proposed for this tendon",
        "Blank page",
        "Heavy slow resistance",
        "Plyometric",
    ):
        assert name in text


def test_beginning_from_a_protocol_opens_the_table(desk: Client, episode: Episode) -> None:
    response = desk.post(address(episode), {"op": "begin", "source": "protocol:HSR"}, follow=True)
    text = response.content.decode()
    assert "Plan, being edited" in text
    assert "4x15RM" in text
