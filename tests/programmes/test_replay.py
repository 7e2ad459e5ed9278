"""`manage.py replay` over the seeded practice: all is reached again, a changed row is found."""

import json
from io import StringIO
from typing import Any
from uuid import uuid4

import pgtrigger
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from patients.models import Patient
from programmes import actions
from programmes.actions.corrections import known_of, standing_values
from programmes.models import Correction, Decision, Session
from programmes.rules.defaults import DEFAULTS
from programmes.selectors import replay as stored
from tests.test_seed import practice

pytestmark = pytest.mark.django_db

__all__ = ["practice"]


def run(*options: str) -> tuple[int, str]:
    """The exit status of the command and what it printed."""
    said = StringIO()
    try:
        call_command("replay", *options, stdout=said)
    except SystemExit as ended:
        return int(ended.code or 0), said.getvalue()
    return 0, said.getvalue()


def tampered(decision: Decision, **changes: Any) -> None:
    """Changed past every guard, as somebody with the database's password could."""
    with pgtrigger.ignore("programmes.Decision:never_rewritten"):
        Decision.objects.filter(pk=decision.pk).update(**changes)


def of_a_progress() -> Decision:
    found = Decision.objects.filter(proposed="PROGRESS", outcome="PROGRESS").first()
    assert found is not None
    return found


def corrected_one() -> Correction:
    """A step up whose morning after was painful, as it turned out."""
    session = Session.objects.whole().get(pk=of_a_progress().session_id)
    stands = {**standing_values(session), "morning_pain": 9}
    return actions.correct_session(
        session,
        values={name: value for name, value in stands.items() if not name.startswith("morning_")},
        morning={"pain": 9, "stiffness_min": stands["morning_stiffness_min"]},
        strikes=False,
        reason="Told wrongly.",
        known=known_of(session),
        on=timezone.localdate(),
        form_token=uuid4(),
        by=session.logged_by,
    )


@pytest.fixture
def names() -> set[str]:
    """Every name of a patient."""
    return {
        name
        for patient in Patient.objects.all()
        for name in (patient.given_name, patient.family_name)
    }


def test_every_decision_of_the_practice_is_reached_again() -> None:
    corrections = Correction.objects.exclude(proposed="").count()
    status, said = run()
    assert Decision.objects.count() > 20
    assert said == (
        f"{Decision.objects.count()} decisions and {corrections} corrections replayed,"
        " 0 unlike what is stored.\n"
    )
    assert status == 0


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param({"rule": "D8-count"}, "rule", id="rule"),
        pytest.param({"proposed": "HOLD", "reason": "Made up."}, "proposal", id="proposal"),
        pytest.param({"n_ok_after": 3}, "good sessions in a row", id="count"),
        pytest.param({"inputs": {}}, "inputs", id="inputs"),
    ],
)
def test_one_changed_row_is_found_and_named_by_its_session_alone(
    change: dict[str, Any], what: str, names: set[str]
) -> None:
    changed = of_a_progress()
    tampered(changed, **change)
    status, said = run()
    assert status == 1
    assert f"decision of session {changed.session.code}" in said
    assert f"  {what}: stored" in said
    assert said.endswith(" 1 unlike what is stored.\n")
    assert not {name for name in names if name in said}


def test_the_difference_as_json() -> None:
    changed = of_a_progress()
    tampered(changed, defaults={**changed.defaults, "pain_ceiling": 1})
    status, said = run("--json")
    told = json.loads(said)
    assert status == 1
    assert (told["decisions"], told["unlike"]) == (Decision.objects.count(), 1)
    found = told["differences"][0]
    assert (found["kind"], found["session"]) == ("decision", str(changed.session.code))
    assert {"what": "rule", "stored": "D8", "replayed": "D3"} in found["differences"]


def test_without_a_difference_the_json_says_so() -> None:
    status, said = run("--json")
    assert (status, json.loads(said)["differences"]) == (0, [])


def test_a_correction_replays_and_a_changed_one_is_found() -> None:
    correction = corrected_one()
    assert (correction.proposed, correction.rule) == ("REGRESS", "D4")
    assert run()[0] == 0
    with pgtrigger.ignore("programmes.Correction:append_only"):
        Correction.objects.filter(pk=correction.pk).update(rule="D3")
    status, said = run()
    assert status == 1
    assert f"correction 1 of session {correction.session.code}" in said


@pytest.mark.parametrize(
    ("lost", "status"),
    [pytest.param("e5_visa", 0, id="younger"), pytest.param("ok_isotonic", 1, id="lost")],
)
def test_a_setting_that_is_not_stored(lost: str, status: int) -> None:
    assert lost in DEFAULTS.as_dict()
    changed = of_a_progress()
    kept = {name: value for name, value in changed.defaults.items() if name != lost}
    tampered(changed, defaults=kept)
    assert run()[0] == status


def test_it_reads_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "ROWS_AT_ONCE", 10)
    with CaptureQueriesContext(connection) as captured:
        assert len(list(stored.stored_decisions())) == Decision.objects.count()
    declared = [query["sql"] for query in captured if "DECLARE" in query["sql"]]
    assert len(declared) == 1, "one cursor on the server, not the whole table"
