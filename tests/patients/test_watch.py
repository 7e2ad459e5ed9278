"""An account that opens very many records is noticed."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients import watch
from patients.models import AccessLog, Patient, User
from patients.rules.roles import Role
from patients.status import Tone, status
from patients.watch import many_readers
from tests import make
from upwell.clock import now, told_at

pytestmark = pytest.mark.django_db

MOST, EACH = 6, 3


@pytest.fixture(autouse=True)
def few(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.PATIENTS_AN_HOUR = MOST
    monkeypatch.setattr(watch, "ASKS_EACH", EACH)
    watch._opened.clear()
    # In the middle of an hour, so that none ends while a test runs.
    with told_at((now() - timedelta(days=1)).replace(minute=30)):
        yield
    watch._opened.clear()


@pytest.fixture
def by() -> User:
    return make.make_user(Role.PHYSIOTHERAPIST, display_name="Pat Physio")


@pytest.fixture
def patients(by: User) -> list[Patient]:
    return [make.make_patient(by=by, family_name=f"Person{nth}") for nth in range(MOST)]


def open_them(by: User, patients: list[Patient]) -> None:
    client = Client()
    client.force_login(by)
    for patient in patients:
        assert client.get(reverse("patients:detail", args=[patient.code])).status_code == 200


def test_the_log_says_that_an_account_opened_many(
    by: User, patients: list[Patient], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="patients.watch"):
        # The same few again and again are no more patients.
        open_them(by, patients[:-1] * 2)
        assert not caplog.records
        open_them(by, patients[-1:])
    (told,) = caplog.messages
    assert told == f"user={by.pk} opened the records of {MOST} patients within an hour"


def test_each_hour_begins_anew(
    by: User, patients: list[Patient], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="patients.watch"):
        with told_at(now() - timedelta(hours=2)):
            watch.note(by.pk, [patient.pk for patient in patients[:3]])
        open_them(by, patients[3:])
    assert not caplog.records


def test_the_database_is_asked_once_for_some_patients(by: User) -> None:
    with CaptureQueriesContext(connection) as captured:
        for patient in range(EACH * 2):
            watch.note(by.pk, [patient])
    assert len(captured) == 2


def test_the_status_page_names_who_opened_many_in_an_hour(
    by: User, patients: list[Patient]
) -> None:
    def line() -> Any:
        return next(each for each in status(now()) if each.title == "Records opened")

    open_them(by, patients[:-1])
    assert line().tone is Tone.OK
    assert line().says.startswith("Nobody opened the records of 6 patients within an hour")
    open_them(by, patients[-1:])
    assert [(each.user, each.patients) for each in many_readers(now())] == [("Pat Physio", MOST)]
    assert line().tone is Tone.CAUTION
    assert line().says.startswith("Pat Physio opened the records of 6 patients on ")


def test_refusals_and_older_readings_do_not_count(by: User, patients: list[Patient]) -> None:
    for patient in patients:
        AccessLog.objects.create(user=by, patient=patient, page="x", denied=True)
        AccessLog.objects.create(
            user=by, patient=patient, page="x", at=now() - timedelta(days=7, minutes=1)
        )
    assert many_readers(now()) == []
