"""A diary entered by two people at the same time."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from patients.rules.roles import Role
from programmes.models import MorningAfter, NotDone, Session
from programmes.rules.terms import Protocol
from tests import make
from tests.programmes.test_diary import DAY_1, PRINTED, address, running, typed
from tests.test_races import at_once, statuses
from tests.test_races import visitor as signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_people_entering_the_same_diary_at_once_make_one_set() -> None:
    for role in Role:
        Group.objects.get_or_create(name=role.value)
    people = [make.make_user(), make.make_user(display_name="Petra Otherwise")]
    found = make.make_handout(running(people[0], Protocol.ALF), on=PRINTED, by=people[0])
    week = {row: "x 10 2 3 2 1 5" if row % 5 else "- _ _ _ _ _ _" for row in range(1, 15)}
    dates = {row: DAY_1 + timedelta(days=(row - 1) // 2) for row in range(1, 15)}
    sent = typed(week, dates, rows=14)
    answers = at_once([(signed_in(each), address(found), sent) for each in people * 2])
    assert statuses(answers) == [302] * 4
    assert (Session.objects.count(), NotDone.objects.count()) == (12, 2)
    assert MorningAfter.objects.count() == 12
    assert Session.objects.values("logged_by").distinct().count() == 1
