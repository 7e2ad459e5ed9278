"""The practice defaults in force: the newest change of them, read once for each request."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet, Subquery
from django.http import HttpRequest, HttpResponseBase

from patients.models import DefaultsChange, User
from patients.rules.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What differs from our defaults, as ``DefaultsChange.values``, since change ``number``.

    ``number`` is 0 and ``values`` empty where nobody has changed one.
    """

    number: int = 0
    values: Mapping[str, int] = field(default_factory=dict)

    def of(self, app: str, names: frozenset[str]) -> dict[str, int]:
        """What differs for the defaults of one app, by name; a setting no longer known is left."""
        prefix = f"{app}."
        return {
            name.removeprefix(prefix): value
            for name, value in self.values.items()
            if name.startswith(prefix) and name.removeprefix(prefix) in names
        }


# All of a request is judged by the same defaults, and the next one reads anew. Commands and jobs,
# which run for long, read each time unless they ask for ``read_once``.
_remembered: ContextVar[list[InForce] | None] = ContextVar("defaults_in_force", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Read the practice defaults once for all that is done before this ends."""
    before = _remembered.set([])
    try:
        yield
    finally:
        _remembered.reset(before)


class RememberDefaults:
    """Lets each request read the practice defaults once, whatever it judges by them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with read_once():
            return self.get_response(request)


def in_force(at: datetime | None = None) -> InForce:
    """The newest change; one query, within a request only the first time.

    With ``at`` the newest of that moment, always with a query: a paper printed again says what the
    one in the patient's hand says.
    """
    changes = DefaultsChange.objects.order_by("-number")
    if at is not None:
        return _told(changes.filter(made_at__lte=at))
    remembered = _remembered.get()
    if remembered:
        return remembered[0]
    found = _told(changes)
    if remembered is not None:
        remembered.append(found)
    return found


def read_with_roles(user: User) -> None:
    """Reads the user's roles and the defaults in one query: each page asks for the first anyway."""
    remembered = _remembered.get()
    if remembered is None or remembered:
        return
    newest = DefaultsChange.objects.order_by("-number")
    rows = user.groups.values_list(
        "name", Subquery(newest.values("number")[:1]), Subquery(newest.values("values")[:1])
    )
    names = set()
    for name, number, values in rows:
        names.add(name)
        remembered[:] = [InForce(number=number, values=values) if number else InForce()]
    user.roles = tuple(role for role in Role if role.value in names)


def _told(changes: "QuerySet[DefaultsChange]") -> InForce:
    row = changes.values_list("number", "values").first()
    return InForce(number=row[0], values=row[1]) if row else InForce()


def forget() -> None:
    """Has the rest of this request read again: a change was just made, or is about to be."""
    remembered = _remembered.get()
    if remembered is not None:
        remembered.clear()
