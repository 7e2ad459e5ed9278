"""Bad sessions nobody decided, and those corrected into bad ones, on the day's list."""

from copy import deepcopy
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import User
from programmes import actions
from programmes.models import Programme
from programmes.rules.terms import Outcome
from tests import make
from tests.conftest import MadeOnce
from tests.programmes.test_caseload import ago, decided, held, planned, row_of, told
from tests.programmes.test_corrections import corrected

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def begun(made_once: MadeOnce[Programme]) -> Programme:
    return made_once(lambda: planned("Someone", make.make_user()))


@pytest.fixture
def programme(begun: Programme) -> Programme:
    """A programme begun ten days ago, with the paper of its step."""
    return deepcopy(begun)


@pytest.fixture
def physio(programme: Programme) -> User:
    return programme.episode.opened_by


def settled(answer: str, programme: Programme, by: User) -> None:
    """One of the answers that take an old need off the list."""
    if answer == "decision":
        decided(programme, 1, by)
    elif answer == "flare":
        actions.flare(
            programme.episode, note="", on=timezone.localdate(), by=by, form_token=uuid4()
        )
    else:
        make.make_signed_assessment(
            programme.episode, by=by, examined_on=timezone.localdate(), sl_heel_raise_pain=3
        )


ANSWERS = ["decision", "flare", "examination"]


def test_bad_sessions_before_the_last_are_told_from_the_oldest(
    programme: Programme, physio: User
) -> None:
    decided(programme, 6, physio)
    oldest, next_one = (held(programme, days, physio, pain_during=8) for days in (5, 4))
    held(programme, 3, physio)
    last = held(programme, 2, physio)

    row = row_of(programme)
    assert row.need.says == (
        f"Session of {ago(5):%-d %B} asks for a step back and was never decided"
    )
    assert row.url == reverse("programmes:session", args=[oldest.code])
    assert row.label == "Decide"
    assert row.need.also == ("decision waits",)

    for session, outcome in ((oldest, Outcome.REGRESS), (last, Outcome.HOLD)):
        actions.decide(
            session, outcome=outcome, reason="So.", today=timezone.localdate(), by=physio
        )
        # After the oldest the next one asks; whoever decides the last has those before it too.
        asks = f"Session of {ago(4):%-d %B} asks" in row_of(programme).need.says
        assert asks is (session == oldest)
    assert not hasattr(next_one, "decision")


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize(
    "said",
    [
        {"pain_during": 8},
        {"pain_after": 7},
        {"new_warm_or_swollen": True},
        {"stiffness_min": 0, "morning": {"pain": 2, "stiffness_min": 90}},
        {"pain_before": 0, "morning": {"pain": 6, "stiffness_min": None}},
    ],
    ids=["during", "after", "warm", "stiff", "morning"],
)
def test_a_bad_session_written_down_late_is_told(
    programme: Programme, physio: User, said: dict[str, Any], answer: str
) -> None:
    decided(programme, 2, physio)
    values = dict(said)
    morning = values.pop("morning", None)
    late = make.make_session(programme, by=physio, happened_on=ago(4), **values)
    make.make_session(programme, by=physio, happened_on=ago(5))  # a good one asks for nothing
    if morning:
        actions.record_morning(late, on=timezone.localdate(), by=physio, **morning)
    asks = f"Session of {ago(4):%-d %B} asks for a step back and was never decided"
    assert told(programme)[0] == asks
    settled(answer, programme, physio)
    assert "step back" not in " ".join(told(programme))


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_decided_session_corrected_into_a_bad_one_is_told(
    programme: Programme, physio: User, answer: str
) -> None:
    decision = decided(programme, 3, physio)
    corrected(decision.session, pain_after=3)
    assert "corrected" not in " ".join(told(programme))
    corrected(decision.session, pain_during=9)
    row = row_of(programme)
    assert row.need.says == (
        f"Session of {ago(3):%-d %B} corrected: the rule would have said step back"
    )
    assert row.url == reverse("programmes:session", args=[decision.session.code])
    assert row.label == "See the session"
    settled(answer, programme, physio)
    assert "corrected" not in " ".join(told(programme))


def test_a_correction_is_not_told_where_a_step_back_was_decided_anyway(
    programme: Programme, physio: User
) -> None:
    decision = decided(programme, 3, physio, Outcome.REGRESS)
    corrected(decision.session, pain_during=9)
    assert "corrected" not in " ".join(told(programme))


def test_a_correction_taken_back_is_not_told(programme: Programme, physio: User) -> None:
    decision = decided(programme, 3, physio)
    corrected(decision.session, pain_during=9)
    corrected(decision.session, pain_during=2)
    assert "corrected" not in " ".join(told(programme))
