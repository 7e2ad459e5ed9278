"""Everybody's list of a practice where more episodes are open than are judged at once."""

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.models import User
from programmes import caseload
from programmes.selectors import caseload as selectors
from tests import make

pytestmark = pytest.mark.django_db

BY_NAME = "listed by name here"


@pytest.fixture
def physio(client: Client) -> User:
    user = make.make_user()
    client.force_login(user)
    return user


def opened(by: User, *names: str) -> None:
    for name in names:
        make.make_episode(make.make_patient(by=by, family_name=name), by=by)


def names(page: str) -> list[str]:
    return re.findall(r"<a href=\"[^\"]+\" data-person>(\w+), ", page)


def test_more_than_are_judged_at_once_are_by_name_a_page_at_a_time(
    client: Client, physio: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "JUDGED_AT_ONCE", 4)
    monkeypatch.setattr(caseload, "ROWS_A_PAGE", 3)
    opened(physio, "Echo", "Alpha", "Delta", "Bravo")
    few = client.get("/", {"show": "all"}).content.decode()
    assert BY_NAME not in few
    opened(physio, "Charlie")
    first = client.get("/", {"show": "all"}).content.decode()
    assert BY_NAME in first
    assert names(first) == ["Alpha", "Bravo", "Charlie"]
    second = client.get("/", {"show": "all", "page": "2"}).content.decode()
    assert names(second) == ["Delta", "Echo"]
    assert "Page 2 of 2" in second
    mine = client.get("/").content.decode()
    assert BY_NAME not in mine
    assert len(set(names(mine))) == 3


def test_only_the_rows_of_the_page_are_judged(
    client: Client, physio: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "JUDGED_AT_ONCE", 2)
    monkeypatch.setattr(caseload, "ROWS_A_PAGE", 2)
    opened(physio, "Alpha", "Bravo", "Charlie")
    judged: list[int] = []
    whole = selectors._days

    def counted(episodes: Any, today: date) -> list[Any]:
        found: list[Any] = whole(episodes, today)
        judged.append(len(found))
        return found

    monkeypatch.setattr(selectors, "_days", counted)
    client.get("/", {"show": "all"})
    with CaptureQueriesContext(connection) as caught:
        client.get("/", {"show": "all"})
    assert judged == [2, 2]
    assert len(caught) <= 12


def test_papers_for_everybody_are_those_of_a_bounded_list(
    client: Client, physio: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "JUDGED_AT_ONCE", 1)
    opened(physio, "Alpha", "Bravo")
    page = client.get(reverse("programmes:papers_new"), {"show": "all"})
    assert page.status_code == 200
    assert len(selectors.days(make.DAY, clinician=None)) == 1
