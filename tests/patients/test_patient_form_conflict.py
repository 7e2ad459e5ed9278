"""Two people changing the same details, and paging through a search."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from patients import actions
from patients.forms import PatientForm
from patients.rules.roles import Role
from tests.make import make_patient, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_user(Role.RECEPTION))
    return client


def test_the_second_to_save_sees_both_and_decides(client: Client) -> None:
    patient = make_patient()
    url = reverse("patients:edit", args=[patient.code])
    typed = {name: value or "" for name, value in PatientForm.initial_of(patient).items()}
    typed["phone"] = "0400 000 001"
    theirs = actions.edit_patient(patient, version=patient.version, phone="0400 000 002")
    for _ in range(2):
        response = client.post(url, typed)
        assert response.status_code == 409
        assert "0400 000 001" in response.text
        assert "0400 000 002" in response.text
    assert f'name="replaces" value="{theirs.version}"' in response.text
    assert client.post(url, {**typed, "replaces": theirs.version}).status_code == 302
    patient.refresh_from_db()
    assert patient.phone == "0400 000 001"


def test_a_conflict_shows_only_what_differs_in_words(client: Client) -> None:
    patient = make_patient()
    typed = {name: value or "" for name, value in PatientForm.initial_of(patient).items()}
    typed |= {"date_of_birth": "1971-02-03", "large_print": "on", "email": "a@example.org"}
    actions.edit_patient(patient, version=patient.version, phone="", email="b@example.org")
    page = client.post(reverse("patients:edit", args=[patient.code]), typed).text
    table = page.partition("<table")[2].partition("</table>")[0]
    born = f"{patient.date_of_birth:%-d %B %Y}"
    rows = re.findall(r"<th scope=\"row\">(.*?)</th><td.*?>(.*?)</td><td.*?>(.*?)</td>", table)
    assert ("Date of birth", born, "3 February 1971") in rows
    assert ("Large print", "no", "yes") in rows
    assert ("E-mail", "b@example.org", "a@example.org") in rows
    assert {label for label, _, _ in rows} <= {"Date of birth", "Large print", "E-mail", "Phone"}


def test_the_second_page_of_a_search_keeps_the_search(client: Client) -> None:
    by = make_user()
    make_patient(by=by, family_name="Otherwise")
    for number in range(51):
        make_patient(by=by, given_name=f"Number {number:02}")
    url = reverse("patients:list")
    response = client.post(url, {"q": "sampleton", "page": "2"})
    assert "Number 50" in response.text
    assert "Otherwise" not in response.text
    assert "sampleton" not in response.request["QUERY_STRING"]
