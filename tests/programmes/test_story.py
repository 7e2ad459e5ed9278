"""The story of an episode: where the patient stood, what was done, and the picture of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.models import Lock
from assessments.rules.terms import Level, Stage
from patients import actions as patient_actions
from patients.models import Episode, Reopening
from programmes import actions
from programmes.models import Programme, Session, Step
from programmes.rules.terms import Outcome
from programmes.selectors.adherence import Course, courses
from tests import make
from upwell.clock import told_at

pytestmark = pytest.mark.django_db

DAY = make.DAY


def day(nth: int) -> date:
    """The nth day of the programme, counted from 0."""
    return DAY + timedelta(days=nth)


@contextmanager
def on(nth: int) -> Iterator[date]:
    """Records made inside are of noon of that day."""
    with told_at(datetime.combine(day(nth), time(2), tzinfo=UTC)):
        yield day(nth)


@pytest.fixture
def programme() -> Programme:
    """Heavy slow resistance three days a week since ``DAY``."""
    with on(0):
        return make.make_programme()


def session(programme: Programme, nth: int, **said: Any) -> Session:
    """A session of that day, written down on it."""
    with on(nth) as today:
        return make.make_session(programme, happened_on=today, **said)


def decided(held: Session, nth: int, outcome: Outcome) -> None:
    """A session settled and decided that day, whatever the rule says."""
    with on(nth) as today:
        by = held.logged_by
        actions.record_morning(held, pain=1, stiffness_min=5, on=today, by=by)
        actions.decide(held, outcome=outcome, reason="As agreed.", today=today, by=by)


def course(programme: Programme, until: int) -> Course:
    return courses([programme], until=day(until))[programme.pk]


def stood(found: Course) -> list[tuple[int, int, int]]:
    """Each stretch as (step's number, first day, last day), days counted from 0."""
    numbers = dict(Step.objects.values_list("pk", "number"))
    return [
        (numbers[each.step_key], (each.first - DAY).days, (each.last - DAY).days)
        for each in found.stretches
    ]


def test_a_new_programme_stands_at_its_first_step(programme: Programme) -> None:
    found = course(programme, 13)
    assert stood(found) == [(1, 0, 13)]
    assert found.stretches[0].stage is Stage.ISOTONIC
    assert [week.planned for week in found.weeks] == [3, 3]
    assert (found.held, found.percent, found.weeks_run) == ((), 0, 2)


def test_there_is_no_course_before_the_first_day(programme: Programme) -> None:
    found = course(programme, -1)
    assert (found.stretches, found.weeks, found.percent, found.weeks_run) == ((), (), None, 0)


def test_decisions_cut_the_course_where_the_step_changes(programme: Programme) -> None:
    decided(session(programme, 1), 2, Outcome.HOLD)
    decided(session(programme, 3), 4, Outcome.PROGRESS)
    programme.refresh_from_db()
    decided(session(programme, 8), 9, Outcome.REGRESS)
    assert stood(course(programme, 13)) == [(1, 0, 3), (2, 4, 8), (1, 9, 13)]


def test_what_comes_later_is_not_known_yet(programme: Programme) -> None:
    decided(session(programme, 3), 4, Outcome.PROGRESS)
    programme.refresh_from_db()
    session(programme, 8)
    found = course(programme, 3)
    assert stood(found) == [(1, 0, 3)]
    assert [each.on for each in found.held] == [day(3)]


def test_a_flare_leads_to_the_isometric_stage_that_day(programme: Programme) -> None:
    with on(5) as today:
        actions.flare(
            programme.episode,
            note="Hurdles",
            on=today,
            by=programme.episode.opened_by,
            form_token=make.uuid4(),
        )
    stages = [(each.stage, (each.first - DAY).days) for each in course(programme, 13).stretches]
    assert stages == [(Stage.ISOTONIC, 0), (Stage.ISOMETRIC, 5)]


def test_seen_told_part_and_struck_sessions_are_told_apart(programme: Programme) -> None:
    session(programme, 0)
    session(programme, 1, source="home", completed_pct=60)
    session(programme, 2, source="paper", completed_pct=None)
    session(programme, 3, source="home", completed_pct=0)
    (week,) = course(programme, 6).weeks
    assert (week.planned, week.observed, week.reported, week.short) == (3, 1, 2, 1)


def lock(episode: Episode, first: int, cleared: int | None) -> None:
    by = episode.opened_by
    moment = datetime.combine(day(first), time(2), tzinfo=UTC)
    made = Lock.objects.create(
        episode=episode,
        assessment=episode.assessments.get(),
        flag="RF2",
        level=Level.URGENT,
        says="Possible clot",
        what_to_do="Send today.",
        raised_at=moment,
        raised_by=by,
    )
    if cleared is not None:
        made.cleared_at = datetime.combine(day(cleared), time(2), tzinfo=UTC)
        made.cleared_by, made.reason = by, "Scan was clear."
        made.save()


@pytest.mark.parametrize(
    ("cleared", "planned"),
    [
        pytest.param(14, [3, 0, 3], id="cleared"),
        pytest.param(None, [3, 0, 0], id="open"),
        pytest.param(7, [3, 3, 3], id="cleared_the_same_day"),
    ],
)
def test_days_under_a_red_flag_plan_nothing(
    programme: Programme, cleared: int | None, planned: list[int]
) -> None:
    lock(programme.episode, 7, cleared)
    found = course(programme, 20)
    assert [week.planned for week in found.weeks] == planned
    assert found.weeks_run == 3


def test_a_closed_episode_plans_nothing_until_it_is_opened_again(programme: Programme) -> None:
    by = programme.episode.opened_by
    patient_actions.discharge(programme.episode, outcome="improved", note="", on=day(7), by=by)
    assert [week.planned for week in course(programme, 40).weeks] == [3, 0]
    episode = Episode.objects.get(pk=programme.episode_id)
    Reopening.objects.create(
        episode=episode,
        closed_on=day(7),
        closed_by=by,
        outcome="improved",
        reopened_on=day(21),
        reason="Pain is back.",
        reopened_by=by,
    )
    episode.closed_on, episode.closed_by, episode.outcome = None, None, ""
    episode.save()
    found = course(programme, 27)
    assert [week.planned for week in found.weeks] == [3, 0, 0, 3]
    assert (stood(found), found.weeks_run) == ([(1, 0, 6), (1, 21, 27)], 2)


def test_many_courses_take_as_many_queries_as_one(programme: Programme) -> None:
    session(programme, 1)
    others = [make.make_programme() for _ in range(3)]
    with CaptureQueriesContext(
        connection,
    ) as made:
        found = courses([programme, *others], until=day(6))
    assert len(found) == 4
    assert len(found[programme.pk].held) == 1
    assert len(made) == 2


def test_no_programmes_have_no_courses() -> None:
    assert courses([], until=DAY) == {}
