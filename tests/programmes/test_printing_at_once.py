"""Papers printed and made ready by several people at the same time."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connections

from patients.models import User
from patients.rules.roles import Role
from programmes import actions
from programmes.models import Document, Handout, Printing, Ready
from tests import make
from tests.programmes.test_printing import both_legs, printed, ready

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 6


@pytest.fixture
def by() -> User:
    for role in Role:
        Group.objects.get_or_create(name=role.value)
    return make.make_user()


def at_once(act: Callable[[], Any], times: int = AT_ONCE) -> list[Any]:
    """What the same thing gives, done in the same moment on connections of their own."""
    start, answers = Barrier(times), []

    def run() -> None:
        start.wait()
        try:
            answers.append(act())
        except Exception as error:
            answers.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_six_people_at_once_print_one_paper(by: User) -> None:
    programme = make.make_programme(make.make_episode(by=by))
    papers = at_once(lambda: printed(programme, by=by))
    assert len({paper.pk for paper in papers}) == 1
    assert Handout.objects.count() == 1
    assert Printing.objects.count() == AT_ONCE


def test_both_sides_at_once_wait_for_each_other_and_print_one_sheet(by: User) -> None:
    left, right = both_legs()
    sides = iter([left, right] * 3)
    papers = at_once(lambda: printed(next(sides), both=True))
    assert {type(paper) for paper in papers} == {Handout}
    assert Handout.objects.count() == 2
    assert Printing.objects.count() == 2 * AT_ONCE


def test_two_at_once_keep_one_document(by: User) -> None:
    paper = printed(make.make_programme(make.make_episode(by=by)), by=by)
    found = at_once(lambda: actions.as_pdf(Handout.objects.get(pk=paper.pk)), times=3)
    assert len(set(found)) == 1
    assert Document.objects.count() == 1


def test_made_ready_at_once_is_one(by: User) -> None:
    programme = make.make_programme(make.make_episode(by=by))
    found = at_once(lambda: ready(programme).paper_code, times=3)
    assert len(set(found)) == 1
    assert Ready.objects.count() == 1
