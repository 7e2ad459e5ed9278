"""The day's list: each open episode with what it needs, worst first, and one thing to do."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.actions import discharge
from patients.models import Episode, User
from patients.rules.terms import Side
from programmes import actions
from programmes.models import Programme
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def physio() -> User:
    return make.make_user()


def names(page: str) -> list[str]:
    """Family names in the order of the list."""
    return re.findall(r'<th scope="row"><a href="[^"]+">(\w+), ', page)


def someone(family_name: str, by: User) -> Episode:
    days = timezone.localdate() - timedelta(days=10)
    return make.make_episode(make.make_patient(by=by, family_name=family_name), by=by, on=days)


def test_a_plausible_day_is_ordered_by_what_is_needed(client: Client, physio: User) -> None:
    today = timezone.localdate()
    ago = today - timedelta(days=10)

    def programme(name: str) -> Programme:
        made = make.make_programme(someone(name, physio), by=physio, on=ago, examined_on=ago)
        make.make_handout(made, on=today, by=physio)
        return made

    programme("Fine")
    waiting = make.make_session(
        programme("Morning"), by=physio, happened_on=today - timedelta(days=2)
    )
    undecided = make.make_session(
        programme("Decide"), by=physio, happened_on=today - timedelta(days=2)
    )
    actions.record_morning(undecided, pain=2, stiffness_min=10, on=today, by=physio)
    make.make_assessment(someone("Draft", physio), by=physio, examined_on=ago)
    someone("New", physio)
    make.make_signed_assessment(someone("Planless", physio), by=physio, examined_on=ago)
    make.make_assessment(
        someone("Emergency", physio),
        by=physio,
        examined_on=ago,
        rupture=["calf_squeeze_positive"],
    )
    closed = someone("Closed", physio)
    discharge(closed, outcome="returned", note="", on=today, by=physio)

    client.force_login(physio)
    page = client.get(reverse("programmes:caseload")).content.decode()
    assert names(page) == [
        "Emergency",
        "Morning",
        "Decide",
        "Draft",
        "New",
        "Planless",
        "Fine",
    ]
    assert "Suspect a tendon rupture" in page
    assert reverse("programmes:session", args=[waiting.code]) in page
    assert "On track" in page


def test_mine_and_everybodys(client: Client, physio: User) -> None:
    colleague = make.make_user(display_name="Conny Colleague")
    someone("Mine", physio)
    someone("Theirs", colleague)
    client.force_login(physio)
    assert names(client.get("/").content.decode()) == ["Mine"]
    everybody = client.get("/?show=all").content.decode()
    assert names(everybody) == ["Mine", "Theirs"]
    assert "Conny Colleague" in everybody


def test_both_sides_of_one_patient_are_two_rows(client: Client, physio: User) -> None:
    patient = make.make_patient(by=physio)
    for side in Side:
        make.make_episode(patient, side=side, by=physio)
    client.force_login(physio)
    page = client.get("/").content.decode()
    assert page.count("Not examined yet") == 2
    assert "Right" in page
    assert "Left" in page


def test_an_empty_list_says_what_to_do(client: Client, physio: User) -> None:
    client.force_login(physio)
    page = client.get("/").content.decode()
    assert "Nobody on your list" in page
    assert reverse("patients:list") in page


def test_a_paper_of_an_earlier_step_is_out_of_date(client: Client, physio: User) -> None:
    programme = make.make_programme(someone("Moved", physio), by=physio)
    make.make_handout(programme, by=physio)
    client.force_login(physio)
    assert "needs a new paper" not in client.get("/").content.decode()
    programme.refresh_from_db()
    programme.current_step = programme.versions.get().steps.get(stage="isotonic", number=2)
    programme.save(update_fields=["current_step"])
    assert "needs a new paper" in client.get("/").content.decode()
    episode = reverse("programmes:episode", args=[programme.episode.code])
    assert "Out of date" in client.get(episode).content.decode()
