"""Recording tests outside an assessment."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction

from assessments.models import FunctionTest, HeelRaiseTest
from patients.actions import lock_episode, once
from patients.models import Episode, User
from upwell.http import Refused

Test = TypeVar("Test", FunctionTest, HeelRaiseTest)


@transaction.atomic
def record_tests(
    episode: Episode,
    *,
    form_token: UUID,
    on: date,
    by: User,
    tests: Mapping[str, Any],
    heel_raises: Mapping[str, Any],
) -> None:
    """What was tested in one sitting: a row of tests, a row of heel raises, both or none at all.

    Empty ``tests`` or ``heel_raises`` make no row. The same form sent again adds nothing. Raises
    ``Refused`` for a closed episode, a day before it began, and when the form was sent before with
    other answers; then neither row is kept.
    """
    if tests:
        record_function_test(episode, form_token=form_token, on=on, by=by, **tests)
    if heel_raises:
        record_heel_raise(episode, form_token=form_token, on=on, by=by, **heel_raises)


@transaction.atomic
def record_function_test(
    episode: Episode, *, form_token: UUID, on: date, by: User, **values: Any
) -> FunctionTest:
    """Tests for a stage exit; the same form sent again gives the same row.

    ``values`` are columns of ``FunctionTest``; None is not tested. Raises ``Refused`` for a closed
    episode or a day before it began.
    """
    return _measured(FunctionTest, episode, form_token, on, by, values)


@transaction.atomic
def record_heel_raise(
    episode: Episode, *, form_token: UUID, on: date, by: User, **values: Any
) -> HeelRaiseTest:
    """A heel-raise test outside an assessment; the same form sent again gives the same row.

    Raises ``Refused`` for a closed episode or a day before it began.
    """
    return _measured(HeelRaiseTest, episode, form_token, on, by, values)


def _measured(
    model: type[Test],
    episode: Episode,
    form_token: UUID,
    on: date,
    by: User,
    values: Mapping[str, Any],
) -> Test:
    episode = lock_episode(episode.pk)
    if on < episode.opened_on:
        raise Refused(f"The episode was opened on {episode.opened_on:%-d %B %Y}.")
    return once(
        model,
        form_token=form_token,
        content={"episode": episode.pk, "on": on, **values},
        create=lambda marks: model._default_manager.create(
            episode=episode, tested_on=on, recorded_by=by, **marks, **values
        ),
    )
