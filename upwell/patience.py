"""How long one request waits for the database: then it is answered with 503, never left hanging.

A server that is gone is noticed by the kernel, one that is slow ends long statements itself. What
neither sees is a network that still takes everything and answers nothing, or a byte now and then.
"""

import math
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import psycopg
from django.conf import settings
from django.core.signals import request_started
from django.db.backends.postgresql.base import DatabaseWrapper

# libpq waits no shorter than this for a connection.
SHORTEST_CONNECT_S = 2
_this_thread = threading.local()


def limit() -> None:
    """From now on each request of this process waits for at most ``settings.DATABASE_PATIENCE_S``.

    All its waits together; with a last try to connect two seconds more. Threads that serve no
    request wait as ever.
    """
    # Neither Django nor psycopg has a setting for this.
    talks: Any = psycopg.Connection
    connects: Any = DatabaseWrapper
    wait: Callable[..., Any] = talks.wait
    connect: Callable[..., Any] = connects.get_new_connection

    def wait_within(on: psycopg.Connection[Any], generator: Any, *rest: Any, **named: Any) -> Any:
        left = _left()
        if left is None:
            return wait(on, generator, *rest, **named)
        began = time.monotonic()
        try:
            return wait(on, _within(generator, began + left), *rest, **named)
        except TooLong:
            # An answer that comes yet would be taken for that of another question.
            on.pgconn.finish()
            raise
        finally:
            _spent(began)

    def connect_within(on: DatabaseWrapper, parameters: dict[str, Any]) -> Any:
        left = _left()
        if left is None:
            return connect(on, parameters)
        if left <= 0:
            raise TooLong
        longest = max(SHORTEST_CONNECT_S, math.ceil(left))
        shorter = min(longest, int(parameters.get("connect_timeout") or longest))
        began = time.monotonic()
        try:
            return connect(on, {**parameters, "connect_timeout": shorter})
        finally:
            _spent(began)

    talks.wait = wait_within
    connects.get_new_connection = connect_within
    request_started.connect(_begin, dispatch_uid="patience")


class TooLong(psycopg.OperationalError):
    """The database has kept a request waiting for longer than anybody waits."""


def _begin(**_: Any) -> None:
    _this_thread.left = settings.DATABASE_PATIENCE_S


def _left() -> float | None:
    left: float | None = getattr(_this_thread, "left", None)
    return left


def _spent(began: float) -> None:
    _this_thread.left = max(0.0, _this_thread.left - (time.monotonic() - began))


def _within(generator: Generator[Any, Any, Any], until: float) -> Generator[Any, Any, Any]:
    """The same conversation with the server, broken off at this time."""
    try:
        waits_for = next(generator)
        while True:
            ready = yield waits_for
            if time.monotonic() > until:
                raise TooLong
            waits_for = generator.send(ready)
    except StopIteration as done:
        return done.value
