"""The search that is everywhere: the first matches by a few letters, for every role."""

import html
import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.actions import discharge
from patients.models import AccessLog, Patient, User
from patients.rules.roles import Role
from patients.rules.terms import Side
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def physio(client: Client) -> User:
    user = make.make_user()
    client.force_login(user)
    return user


def lines(client: Client, text: str) -> list[str]:
    """The text of each line below the search box."""
    page = client.post(reverse("patients:search"), {"q": text}).content.decode()
    return [
        " ".join(html.unescape(re.sub(r"<[^>]+>", "", line)).split())
        for line in re.findall(r'<a role="option".*?</a>', page, re.DOTALL)
    ]


def someone(family_name: str, given_name: str, by: User, **said: object) -> Patient:
    return make.make_patient(by=by, family_name=family_name, given_name=given_name, **said)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        pytest.param("ha sa", ["Hartig, Sandra"], id="both names"),
        pytest.param("sa ha", ["Hartig, Sandra"], id="in any order"),
        pytest.param("sandra, hart", ["Hartig, Sandra"], id="with a comma"),
        pytest.param("SAND", ["Hartig, Sandra", "Quicksand, Ole"], id="beginnings come first"),
        pytest.param("zoe", ["Sørli, Zoë"], id="without the accent"),
        pytest.param("o’br", ["O'Brien, Mia"], id="a curly apostrophe"),
        pytest.param("31/1/1980", ["Hartig, Sandra"], id="date of birth"),
        pytest.param("1980-01-31", ["Hartig, Sandra"], id="date of birth, the other way round"),
        pytest.param("xq", [], id="nobody"),
        pytest.param("s", [], id="one letter"),
        pytest.param(" , ", [], id="no letter"),
        pytest.param("", [], id="nothing"),
        pytest.param("a" * 101, [], id="more than anybody means"),
    ],
)
def test_a_few_letters_find(client: Client, physio: User, typed: str, found: list[str]) -> None:
    later = date(1991, 5, 5)
    someone("Hartig", "Sandra", physio)
    someone("Quicksand", "Ole", physio, date_of_birth=later)
    someone("Sørli", "Zoë", physio, date_of_birth=later)
    someone("O'Brien", "Mia", physio, date_of_birth=later)
    assert [line.split(" born")[0] for line in lines(client, typed)] == found


def test_a_record_number_finds_its_patient(client: Client, physio: User) -> None:
    patient = someone("Hartig", "Sandra", physio)
    for typed in (patient.record_number, patient.record_number.lower()):
        assert len(lines(client, typed)) == 1


def test_patients_of_one_name_are_told_apart(client: Client, physio: User) -> None:
    one = someone("Same", "Sandra", physio)
    other = someone("Same", "Sandra", physio, date_of_birth=date(1956, 2, 3))
    assert lines(client, "same") == [
        f"Same, Sandra born 31 Jan 1980 · {one.record_number}",
        f"Same, Sandra born 3 Feb 1956 · {other.record_number}",
    ]


def test_a_line_leads_to_the_open_episode_of_a_side(client: Client, physio: User) -> None:
    both = someone("Both", "Sides", physio)
    left, right = (make.make_episode(both, side=side, by=physio) for side in Side)
    closed = someone("Both", "Closed", physio)
    discharge(
        make.make_episode(closed, by=physio), outcome="returned", note="", on=make.DAY, by=physio
    )
    page = client.post(reverse("patients:search"), {"q": "both"}).content.decode()
    assert re.findall(r'href="([^"]+)"', page) == [
        reverse("patients:detail", args=[closed.code]),
        reverse("programmes:episode", args=[left.code]),
        reverse("programmes:episode", args=[right.code]),
    ]
    assert [line.rsplit(" · ", 1)[1] for line in lines(client, "sides")] == ["left", "right"]


def test_reception_is_led_to_the_patient(client: Client, physio: User) -> None:
    patient = someone("Both", "Sides", physio)
    for side in Side:
        make.make_episode(patient, side=side, by=physio)
    client.force_login(make.make_user(Role.RECEPTION))
    page = client.post(reverse("patients:search"), {"q": "both"}).content.decode()
    assert re.findall(r'href="([^"]+)"', page) == [reverse("patients:detail", args=[patient.code])]
    assert "left" not in page


def test_at_most_eight_lines_in_few_queries_and_nothing_logged(
    client: Client, physio: User
) -> None:
    for number in range(7):
        make.make_episode(someone("Crowd", f"No{number}", physio), by=physio)
    twice = someone("Crowd", "Twice", physio)
    for side in Side:
        make.make_episode(twice, side=side, by=physio)
    client.post(reverse("patients:search"), {"q": "crowd"})
    with CaptureQueriesContext(connection) as captured:
        assert len(lines(client, "crowd")) == 8
    assert len(captured) <= 8
    assert not AccessLog.objects.exists()


def test_a_name_can_not_be_searched_for_in_an_address(client: Client, physio: User) -> None:
    assert client.get(reverse("patients:search"), {"q": "crowd"}).status_code == 405
    page = client.get("/").content.decode()
    form = page.split('role="search"')[1].split("</form>")[0]
    assert f'method="post" action="{reverse("patients:list")}"' in form
    assert f'data-matches="{reverse("patients:search")}"' in form


def test_a_name_with_markup_is_shown_as_typed(client: Client, physio: User) -> None:
    someone("<b>Bold", "Sandra", physio)
    page = client.post(reverse("patients:search"), {"q": "bold"}).content.decode()
    assert "&lt;b&gt;Bold" in page
    assert "<b>" not in page
