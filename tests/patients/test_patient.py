"""Adding, finding and opening patients; opening and closing episodes."""

import re
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients import actions
from patients.models import AccessLog, Episode, Patient
from patients.rules.roles import Role
from patients.rules.terms import Side
from tests import make
from upwell.http import Refused

pytestmark = pytest.mark.django_db

NEW = {
    "family_name": "O'Sehne",
    "given_name": "Zoë",
    "date_of_birth": "1980-02-29",
    "sex": "F",
    "external_id": "PM-77",
    "phone": "",
    "email": "",
    "referrer": "Dr Invented",
}


@pytest.fixture
def reception(client: Client) -> Client:
    client.force_login(make.make_user(Role.RECEPTION))
    return client


def add(client: Client, **overrides: Any) -> Any:
    return client.post(reverse("patients:new"), {**NEW, "form_token": uuid4(), **overrides})


def found(client: Client, text: str) -> list[str]:
    """Given names a search finds, in order."""
    page = client.post(reverse("patients:list"), {"q": text}).content.decode()
    people = Patient.objects.order_by("family_name", "given_name")
    return [each.given_name for each in people if str(each.code) in page]


@pytest.mark.parametrize("sign", [*"\u202a\u202b\u202c\u202d\u202e", *"\u2066\u2067\u2068\u2069"])
@pytest.mark.parametrize("field", ["family_name", "given_name"])
def test_a_name_that_turns_letters_around_is_refused_at_the_field(
    reception: Client, field: str, sign: str
) -> None:
    answer = add(reception, **{field: f"Nel{sign}son"})
    assert answer.status_code == 422
    assert "turns the order of the letters around" in answer.text
    assert not Patient.objects.exists()


def test_an_older_name_turns_no_sentence_it_stands_in() -> None:
    css = Path(str(finders.find("upwell/top.css"))).read_text()
    rule = re.search(r"\[data-person\], \.display-name \{([^}]*)\}", css)
    assert rule is not None
    assert "unicode-bidi: isolate" in rule[1]


def test_a_name_written_from_right_to_left_is_taken(reception: Client) -> None:
    add(reception, family_name="\u200f\u05db\u05d4\u05df", given_name="\u05d3\u05d5\u05d3")
    assert Patient.objects.get().given_name == "\u05d3\u05d5\u05d3"


@pytest.mark.parametrize(
    ("field", "says"),
    [("family_name", "Enter the family name."), ("given_name", "Enter the given name.")],
)
def test_a_missing_name_is_told_in_words(reception: Client, field: str, says: str) -> None:
    assert says in add(reception, **{field: ""}).text


def test_reception_adds_a_patient(reception: Client) -> None:
    answer = add(reception)
    patient = Patient.objects.get()
    assert answer["Location"] == reverse("patients:detail", args=[patient.code])
    page = reception.get(answer["Location"]).content.decode()
    assert "Zoë O&#x27;Sehne" in page
    assert patient.record_number in page
    assert "29 February 1980" in page


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("family_name", "", "family name"),
        ("given_name", "", "given name"),
        ("date_of_birth", "2999-01-01", "in the future"),
        ("date_of_birth", "1850-01-01", "120 years"),
        ("date_of_birth", "yesterday", "date"),
        ("sex", "", "sex"),
        ("email", "nonsense", "e-mail"),
        ("family_name", "x" * 101, "100"),
        ("family_name", "a\x00b", "Null"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_cannot_be_is_said_at_the_field(
    reception: Client, field: str, value: str, says: str
) -> None:
    answer = add(reception, **{field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in page
    assert says.lower() in page.lower()
    assert "Dr Invented" in page
    assert not Patient.objects.exists()


def test_a_second_person_with_the_same_name_and_birthday_is_asked_about(reception: Client) -> None:
    add(reception)
    again = {"given_name": "Zoe", "family_name": "o'sehne", "external_id": ""}
    answer = add(reception, **again)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Perhaps entered before" in page
    assert str(Patient.objects.get().code) in page
    assert add(reception, **again, add_anyway="on").status_code == 302
    assert Patient.objects.count() == 2


def test_a_number_of_the_practice_system_belongs_to_one_patient(reception: Client) -> None:
    add(reception)
    answer = add(reception, family_name="Other", date_of_birth="1990-01-01")
    assert answer.status_code == 422
    assert "has this number" in answer.content.decode()
    for name in ("One", "Two"):
        assert add(reception, family_name=name, external_id="").status_code == 302


def test_searching_by_anything_on_the_record(reception: Client) -> None:
    by = make.make_user()
    anna = make.make_patient(
        by=by,
        family_name="Tendon-Müller",
        given_name="Anna",
        external_id="PM-1",
        date_of_birth=date(1975, 12, 1),
    )
    make.make_patient(by=by, family_name="O'Heel", given_name="Ben")
    for text in (
        "tend",
        "anna tendon",
        "MÜLLER",
        "pm-1",
        anna.record_number,
        anna.record_number.lower(),
        str(anna.pk),
        "1975-12-01",
        "1/12/1975",
        "Tendon-Müller, Anna",
    ):
        assert found(reception, text) == ["Anna"], text
    assert found(reception, "o'heel") == ["Ben"]
    assert found(reception, "") == ["Ben", "Anna"]
    assert found(reception, "31/31/1975") == []
    assert "Nobody found" in reception.post("/patients/", {"q": "zzz"}).content.decode()


def test_a_search_stands_in_no_address(reception: Client) -> None:
    page = reception.get("/patients/").content.decode()
    assert page.count('method="post" action="/patients/"') >= 2
    assert "anna" not in reception.get("/patients/?q=anna").content.decode().lower()


def test_a_live_search_answers_with_the_rows_alone(reception: Client) -> None:
    make.make_patient()
    part = reception.post("/patients/", {"q": "samp"}, headers={"HX-Request": "true"})
    assert "Sampleton" in part.content.decode()
    assert "<html" not in part.content.decode()


def test_reading_a_record_is_logged(reception: Client) -> None:
    patient = make.make_patient()
    reception.get(reverse("patients:detail", args=[patient.code]))
    entry = AccessLog.objects.get()
    assert (entry.patient, entry.page, entry.method) == (patient, "patients:detail", "GET")
    assert entry.user.display_name == "Rita Reception"


def test_reception_sees_no_clinical_page_behind_the_record(reception: Client) -> None:
    episode = make.make_episode()
    page = reception.get(reverse("patients:detail", args=[episode.patient.code])).content.decode()
    assert "Left Achilles" in page
    assert reverse("programmes:episode", args=[episode.code]) not in page


def test_reception_prints_the_plan_in_force(reception: Client) -> None:
    programme = make.make_programme(make.make_episode(on=make.DAY))
    patient = programme.episode.patient
    page = reception.get(reverse("patients:detail", args=[patient.code])).content.decode()
    printing = reverse("programmes:handout_new", args=[programme.versions.get().code])
    assert printing in page
    sent = {"form_token": uuid4()}
    answer = reception.post(printing, sent)
    paper = reception.get(answer["Location"])
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")


def test_one_open_episode_a_side(client: Client) -> None:
    patient = make.make_patient()
    client.force_login(patient.created_by)
    address = reverse("patients:episode_new", args=[patient.code])
    assert client.post(address, {"side": "left"}).status_code == 302
    answer = client.post(address, {"side": "left"})
    assert answer.status_code == 422
    assert "already an open episode of the left Achilles" in answer.content.decode()
    assert client.post(address, {"side": "right"}).status_code == 302
    assert Episode.objects.count() == 2
    assert client.post(address, {"side": ""}).status_code == 422


def test_after_discharge_a_relapse_is_a_new_episode(client: Client) -> None:
    episode = make.make_episode()
    client.force_login(episode.opened_by)
    address = reverse("programmes:discharge", args=[episode.code])
    today = timezone.localdate().isoformat()
    bad = client.post(address, {"outcome": "", "on": today, "note": "keep this"})
    assert bad.status_code == 422
    assert "keep this" in bad.content.decode()
    early = client.post(address, {"outcome": "returned", "on": "2001-01-01", "note": ""})
    assert early.status_code == 422
    assert "opened on" in early.content.decode()
    assert client.post(address, {"outcome": "returned", "on": today, "note": ""}).status_code == 302
    twice = client.post(address, {"outcome": "returned", "on": today, "note": ""})
    assert twice.status_code == 422
    again = actions.open_episode(
        episode.patient, side=Side.LEFT, on=timezone.localdate(), by=episode.opened_by
    )
    assert again.pk != episode.pk


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_open_one_episode() -> None:
    for role in Role:
        Group.objects.get_or_create(name=role.value)
    patient = make.make_patient()
    start, outcomes = Barrier(8), []

    def click() -> None:
        start.wait()
        try:
            actions.open_episode(
                patient, side=Side.LEFT, on=timezone.localdate(), by=patient.created_by
            )
            outcomes.append("opened")
        except Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["opened", *["refused"] * 7]
    assert Episode.objects.count() == 1


def test_a_session_ending_while_typing_keeps_the_page(client: Client) -> None:
    patient = make.make_patient()
    client.force_login(patient.created_by)
    session = client.session
    session["seen"] = int((timezone.now() - timedelta(hours=1)).timestamp())
    session.save()
    answer = client.post("/patients/", {"q": "x"}, headers={"HX-Request": "true"})
    assert answer.status_code == 401
