"""With whose rights a test uses the database: the web application's, unless it says otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created

from upwell.database import APP, roles_made

_state = {"ready": False}


def act_as_the_app() -> None:
    """Have each connection to the test database, in any thread, act as the application's role.

    What makes the database goes before, and `as_owner` is the way out; both act as whoever
    DATABASE_URL names.
    """
    from django.db.backends.postgresql.creation import DatabaseCreation

    # Django's own names, which its types don't tell.
    creation: Any = DatabaseCreation
    create = creation.create_test_db

    def then_act(self: Any, *args: Any, **named: Any) -> str:
        _state["ready"] = False
        name: str = create(self, *args, **named)
        # Where the roles can't be made, the tests of them say so.
        _state["ready"] = roles_made()
        _act(connection)
        return name

    creation.create_test_db = then_act
    connection_created.connect(_begin, dispatch_uid="rights")


def _begin(*, connection: Any, **_: Any) -> None:
    if connection.alias == "default":
        _act(connection)


def _act(on: Any) -> None:
    if _state["ready"]:
        with on.cursor() as cursor:
            cursor.execute(f"SET ROLE {APP}")


@contextmanager
def as_owner() -> Iterator[None]:
    """Rights of the tables' owner while this lasts, on this thread's connection."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    try:
        yield
    finally:
        # In a transaction that failed, undoing it brings the role back as well.
        if not connection.needs_rollback:
            _act(connection)
