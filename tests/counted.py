"""The web application with one header more: how many queries the answer took. For `make bench`."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

from upwell.wsgi import application as served


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the application does, counting the statements of this thread's connection."""
    # Imported here: it wants the settings, which the line above has set up.
    from upwell.middleware import Counter

    counter = Counter()

    def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        return start_response(status, [*headers, ("X-Queries", str(counter.count))], *error)

    with connection.execute_wrapper(counter):
        return served(environ, start)
