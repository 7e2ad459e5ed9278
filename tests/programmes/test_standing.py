"""The queries that tell where an episode stands: put together once, and each thread its own."""

from collections.abc import Callable
from threading import Thread

import pytest

from patients.models import EpisodeQuerySet
from programmes.selectors.standing import standing_of, standings, standings_with_tests
from tests import make


@pytest.mark.parametrize("asked", [standings, standings_with_tests])
def test_a_query_asked_again_stays_as_it_was(asked: Callable[[], EpisodeQuerySet]) -> None:
    first = str(asked().filter(pk=1).query)
    asked().open().exclude(pk=2).order_by("pk")[:1].query.sql_with_params()
    assert [str(asked().filter(pk=1).query) for _ in range(3)] == [first] * 3


@pytest.mark.parametrize("asked", [standings, standings_with_tests])
def test_no_two_threads_share_what_compiling_changes(asked: Callable[[], EpisodeQuerySet]) -> None:
    of_threads = [subqueries(asked())]

    def work() -> None:
        of_threads.append(subqueries(asked()))

    other = Thread(target=work)
    other.start()
    other.join()
    here, there = of_threads
    assert here == subqueries(asked())
    assert not here & there


@pytest.mark.django_db
def test_nothing_is_remembered_of_the_episode_asked_before() -> None:
    one, other = make.make_episode(), make.make_programme().episode
    first = [standing_of(each, make.DAY) for each in (one, other, one)]
    assert [each.episode.pk for each in first] == [one.pk, other.pk, one.pk]
    assert [each.step is None for each in first] == [True, False, True]
    make.make_signed_assessment(one)
    assert first[0].signed_code is None
    assert standing_of(one, make.DAY).signed_code is not None


def subqueries(asked: EpisodeQuerySet) -> set[int]:
    """What the columns of this query are put together from, by identity."""
    return {id(each) for each in asked.query.annotations.values()}
