"""The search among thousands of patients: by indexes, and what it finds in what order."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients.models import Patient
from patients.rules.terms import Sex
from patients.selectors import CANDIDATES, LISTED, MATCHES, listed, matches
from tests import make

pytestmark = pytest.mark.django_db

MANY = 6000


@pytest.fixture
def crowd(db: None) -> None:
    """Thousands of patients; every tenth begins with Smith, one is called Quillon Zephyrine."""
    by = make.make_user()
    names = [
        (f"Smith{number:04}" if number % 10 == 0 else f"{chr(65 + number % 26)}unnam{number:04}")
        for number in range(MANY)
    ]
    Patient.objects.bulk_create(
        Patient(
            family_name=name,
            given_name="Mia" if number % 2 else "Ole",
            external_id=f"X{number:06}",
            date_of_birth=date(1950, 1, 1) + timedelta(days=number),
            sex=Sex.FEMALE.value,
            form_token=uuid4(),
            form_digest="0" * 64,
            created_by=by,
        )
        for number, name in enumerate(names)
    )
    make.make_patient(by=by, family_name="Zephyrine", given_name="Quillon")
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ANALYZE patients_patient, patients_episode")


def plans_of(asked: Callable[[], object]) -> list[str]:
    """How the database finds what these statements ask of patients."""
    with CaptureQueriesContext(connection) as caught:
        asked()
    plans = []
    with connection.cursor() as cursor:
        for query in caught.captured_queries:
            if "patients_patient" in query["sql"]:
                cursor.execute(f"EXPLAIN {query['sql']}")
                plans.append("\n".join(line for (line,) in cursor.fetchall()))
    return plans


def found(text: str) -> list[str]:
    return [str(each.patient) for each in matches(text, clinical=True)]


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("smi", id="a beginning of many"),
        pytest.param("qu", id="two letters"),
        pytest.param("sm ol", id="two letters of two words"),
        pytest.param("ephyr", id="the middle of one"),
        pytest.param("x000123", id="a practice number"),
        pytest.param("U00042", id="a record number"),
        pytest.param("14/1/1960", id="a date of birth"),
        pytest.param("nobody at all", id="nobody"),
    ],
)
def test_the_top_bar_finds_by_indexes(typed: str) -> None:
    plans = plans_of(lambda: matches(typed, clinical=True))
    assert plans
    for plan in plans:
        assert "Seq Scan on patients_patient" not in plan, plan


@pytest.mark.usefixtures("crowd")
def test_what_is_in_most_names_is_looked_for_no_further_than_a_hundred() -> None:
    # The quickest way is to read the table from its beginning, and to stop soon.
    for plan in plans_of(lambda: matches("unnam", clinical=True)):
        assert "Seq Scan on patients_patient" not in plan or f"rows={CANDIDATES} " in plan


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("typed", ["", "zephyrine quillon", "x000123", "14/1/1960", "zep"])
def test_the_list_finds_by_indexes(typed: str) -> None:
    plans = plans_of(lambda: list(listed(typed)[:50]))
    assert plans
    for plan in plans:
        assert "Seq Scan on patients_patient" not in plan, plan


@pytest.mark.usefixtures("crowd")
def test_of_very_many_the_first_by_name_are_shown() -> None:
    assert found("smith") == [f"Smith{number:04}, Ole" for number in range(0, 10 * MATCHES, 10)]
    assert found("mith01") == [f"Smith{number:04}, Ole" for number in range(100, 180, 10)]
    assert len(found("mia")) == MATCHES
    assert found("smith mia") == []
    assert found("quil zeph") == found("zephy") == found("lon") == ["Zephyrine, Quillon"]
    # In the middle of thousands of names: any hundred of them, and of these the first.
    assert ["unnam" in each for each in found("unnam")] == [True] * MATCHES
    assert found("unnam") == sorted(found("unnam"))
    assert [each[:6] for each in found("uunnam")] == ["Uunnam"] * MATCHES


@pytest.mark.usefixtures("crowd")
def test_the_list_ends_after_a_thousand() -> None:
    assert listed("").count() == LISTED
    assert [each.family_name for each in listed("smith")[:2]] == ["Smith0000", "Smith0010"]


def test_two_letters_begin_a_name_or_a_word_of_it() -> None:
    by = make.make_user()
    for family, given in (("van der Berg", "Anna-Lena"), ("Álvarez", "Jo"), ("Hober", "Di")):
        make.make_patient(by=by, family_name=family, given_name=given)
    assert found("be") == ["van der Berg, Anna-Lena"]
    assert found("le") == []
    assert found("len") == ["van der Berg, Anna-Lena"]
    assert found("al") == ["Álvarez, Jo"]
    assert found("ÁL") == ["Álvarez, Jo"]
    assert found("ob") == []
    assert found("obe") == ["Hober, Di"]


def test_signs_of_a_pattern_are_letters_like_any() -> None:
    by = make.make_user()
    make.make_patient(by=by, family_name="Per%cent", given_name="A_b")
    make.make_patient(by=by, family_name="Percent", given_name="Axb")
    assert found("per%c") == ["Per%cent, A_b"]
    assert found("a_b") == ["Per%cent, A_b"]
    assert found("\\\\") == []
