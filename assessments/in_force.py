"""The practice's settings for assessing a tendon, as they are now."""

from dataclasses import fields
from datetime import datetime
from functools import lru_cache

from assessments.rules.defaults import AssessmentDefaults
from patients.in_force import in_force

NAMES = frozenset(each.name for each in fields(AssessmentDefaults))


def defaults_in_force(at: datetime | None = None) -> AssessmentDefaults:
    """Ours, with what the practice lead changed; one query, shared by all of a request.

    With ``at`` those of that moment, by a query of their own.
    """
    return _checked(tuple(in_force(at).of("assessments", NAMES).items()))


@lru_cache(maxsize=16)
def _checked(values: tuple[tuple[str, int], ...]) -> AssessmentDefaults:
    """The settings with these values; a day's list asks for the same ones many times."""
    return AssessmentDefaults.from_dict(dict(values))
