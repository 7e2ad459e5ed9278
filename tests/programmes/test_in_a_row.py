"""Good sessions in a row are counted over sessions, also over those nobody decided."""

from datetime import timedelta
from typing import Any

import pytest

from assessments.rules.terms import Stage
from programmes import actions
from programmes.actions.plans import stand_on
from programmes.models import Move, Programme, Session
from programmes.rules.terms import Outcome, Protocol
from programmes.selectors.decisions import decision_card, rest_kept
from tests import make

pytestmark = pytest.mark.django_db

TODAY = make.DAY + timedelta(days=20)


def held(programme: Programme, day: int, *, morning: int | None = 1, **told: Any) -> Session:
    """A good session two, four, ... days after the programme began, unless told otherwise."""
    on = make.DAY + timedelta(days=day)
    session = make.make_session(programme, happened_on=on, **told)
    if morning is not None:
        actions.record_morning(
            session,
            pain=morning,
            stiffness_min=10,
            on=on + timedelta(days=1),
            by=session.logged_by,
        )
    return Session.objects.whole().get(pk=session.pk)


@pytest.fixture
def programme() -> Programme:
    """Isometric holds, where three good sessions in a row lead on."""
    return make.make_programme(**make.REACTIVE)


def count(session: Session) -> int:
    return decision_card(session, today=TODAY).n_ok_before


def test_a_diary_of_good_days_counts_each_of_them(programme: Programme) -> None:
    assert programme.current_step is not None
    assert programme.current_step.stage == Stage.ISOMETRIC
    days = [held(programme, day) for day in range(4)]
    assert [count(each) for each in days] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({}, 3, id="good"),
        pytest.param({"morning": None}, 2, id="pending leaves the count"),
        pytest.param({"pain_before": None}, 2, id="something missing leaves the count"),
        pytest.param({"morning": 3}, 1, id="held: the morning a little worse"),
        pytest.param({"completed_pct": 50}, 1, id="held: half of it done"),
        pytest.param({"pain_during": 7}, 1, id="would have stepped back"),
        pytest.param({"new_warm_or_swollen": True}, 1, id="irritable again"),
    ],
)
def test_one_nobody_decided_counts_as_the_rules_see_it(
    programme: Programme, told: dict[str, Any], expected: int
) -> None:
    held(programme, 0)
    held(programme, 1, **told)
    held(programme, 2)
    assert count(held(programme, 3)) == expected


def test_it_goes_on_from_the_last_decision(programme: Programme) -> None:
    first = held(programme, 0)
    second = held(programme, 1)
    for each in (first, second):
        actions.decide(each, outcome=Outcome.HOLD, reason="", today=TODAY, by=each.logged_by)
    assert count(held(programme, 2)) == 2
    assert count(held(programme, 3)) == 3


def test_a_session_before_a_flare_counts_no_more(programme: Programme) -> None:
    held(programme, 0)
    held(programme, 1)
    assert programme.current_step is not None
    make_move(programme)
    assert count(held(programme, 3)) == 0


def make_move(programme: Programme) -> None:
    """The patient brought to the step they stand on, as a flare does, on the third day."""
    on, step = make.DAY + timedelta(days=2), programme.current_step
    assert step is not None
    stand_on(programme, step, on=on, by=programme.episode.opened_by, kind=Move.Kind.FLARE)


def test_one_morning_of_two_sessions_counts_once_in_the_weeks(programme: Programme) -> None:
    """A week needs three mornings to rise or not: two mornings told twice are no four."""
    for day in (1, 3, 8, 10):
        for _ in range(2):
            last = held(programme, day, morning=1 if day < 8 else 3, pain_before=3)
    assert decision_card(last, today=TODAY).inputs["context"]["week_trend_rising"] == 0


@pytest.mark.parametrize("worse_first", [True, False], ids=["worse first", "worse last"])
def test_where_one_morning_is_told_in_two_ways_the_worse_counts(
    programme: Programme, worse_first: bool
) -> None:
    for day in range(1, 5):
        held(programme, day, morning=1)
    for day in range(8, 12):
        for morning in (2, 1) if worse_first else (1, 2):
            last = held(programme, day, morning=morning, pain_before=3)
    assert decision_card(last, today=TODAY).inputs["context"]["week_trend_rising"] == 1


def test_of_two_sessions_of_a_day_one_morning_may_be_in_part_told(programme: Programme) -> None:
    for day in range(1, 5):
        held(programme, day, morning=1)
    for day in range(8, 12):
        held(programme, day, morning=3, pain_before=3)
        half = held(programme, day, morning=None)
        by = half.logged_by
        actions.record_morning(half, pain=None, stiffness_min=10, on=TODAY, by=by)
    card = decision_card(Session.objects.whole().get(pk=half.pk), today=TODAY)
    assert card.inputs["context"]["week_trend_rising"] == 1


@pytest.mark.parametrize(("share", "counted"), [(0, 1), (1, 2), (None, 2)])
def test_a_session_of_which_nothing_was_done_is_none_at_the_step(
    share: int | None, counted: int
) -> None:
    slow = make.make_programme(protocol=Protocol.HSR, at=(Stage.ISOTONIC, 1))
    held(slow, 0, completed_pct=share)
    card = decision_card(held(slow, 4), today=TODAY)
    assert card.inputs["context"]["sessions_at_step"] == counted


@pytest.mark.parametrize(("share", "kept"), [(0, True), (1, False), (None, False)])
def test_a_session_of_which_nothing_was_done_asks_for_no_rest(
    share: int | None, kept: bool
) -> None:
    slow = make.make_programme(protocol=Protocol.HSR, at=(Stage.ISOTONIC, 1))
    held(slow, 0, completed_pct=share)
    after = held(slow, 1)
    assert decision_card(after, today=TODAY).inputs["facts"]["recovery_ok"] is kept
    assert rest_kept(after) is kept


def test_the_rest_before_a_session_not_done_is_still_asked_for() -> None:
    slow = make.make_programme(protocol=Protocol.HSR, at=(Stage.ISOTONIC, 1))
    held(slow, 0)
    held(slow, 1, completed_pct=0)
    after = held(slow, 1)
    assert decision_card(after, today=TODAY).inputs["facts"]["recovery_ok"] is False
    assert rest_kept(after) is False
