"""One session sent by several people at the same time."""

from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import Group
from django.db import connections
from django.test import Client

from patients.rules.roles import Role
from programmes.models import Session
from tests import make
from tests.programmes.test_log import SEATED, address, cells, opened, started

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 20


@pytest.mark.parametrize("people", [1, 2], ids=["one person", "two people"])
def test_twenty_at_once_make_one_session(people: int) -> None:
    for role in Role:
        Group.objects.get_or_create(name=role.value)
    by = [make.make_user(), make.make_user(display_name="Petra Otherwise")][:people]
    programme = started(by[0])
    clients = []
    for user in by:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        clients.append(client)
    boxes = opened(clients[0], programme)
    sent = {**boxes.sent, cells(boxes)[SEATED][2]: "12x40", "pain_during": "3"}
    start, answers = Barrier(AT_ONCE, timeout=60), []

    def send(seated: Client) -> None:
        own = Client(raise_request_exception=False)
        own.cookies = seated.cookies.copy()  # type: ignore[assignment]
        start.wait()
        try:
            answers.append(own.post(address(programme), sent))
        finally:
            connections.close_all()

    threads = [Thread(target=send, args=(clients[number % people],)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [302] * AT_ONCE
    assert len({answer["Location"] for answer in answers}) == 1
    assert Session.objects.get().done[0]["sets"][1] == {"amount": 12, "kg": "40"}
