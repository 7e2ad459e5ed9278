"""The practice's settings for running a programme, as they are now."""

from dataclasses import fields
from datetime import datetime
from functools import lru_cache

from patients.in_force import in_force
from programmes.rules.defaults import ProgrammeDefaults

NAMES = frozenset(each.name for each in fields(ProgrammeDefaults))


def defaults_in_force(at: datetime | None = None) -> ProgrammeDefaults:
    """Ours, with what the practice lead changed; one query, shared by all of a request.

    With ``at`` those of that moment, by a query of their own.
    """
    return _checked(tuple(in_force(at).of("programmes", NAMES).items()))


@lru_cache(maxsize=16)
def _checked(values: tuple[tuple[str, int], ...]) -> ProgrammeDefaults:
    """The settings with these values; a day's list asks for the same ones many times."""
    return ProgrammeDefaults.from_dict(dict(values))
