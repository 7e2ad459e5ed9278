"""What is said of tests recorded beside a session, before and after."""

from datetime import date

from assessments.in_force import defaults_in_force as assessment_defaults_in_force
from assessments.models import HeelRaiseTest, VisaA
from assessments.rules.finding import Finding
from assessments.rules.heel_raise import lsi, lsi_display
from assessments.rules.trajectory import frequency_finding
from assessments.selectors import is_bilateral
from assessments.trajectory import days_since_last
from patients.models import Episode
from patients.rules.terms import Side
from programmes.rules.words import counted


def too_soon(episode: Episode, on: date) -> Finding | None:
    """W-VISA-FREQ for a VISA-A of this day, if the last total is that recent; one query."""
    return frequency_finding(days_since_last(episode, on), defaults=assessment_defaults_in_force())


def raises_words(episode: Episode, test: HeelRaiseTest) -> str:
    """The repetitions of both legs, the affected one first, and their symmetry or why there is
    none; one query.
    """
    affected = Side(episode.side)
    sides = (affected, affected.other)
    repetitions = {side: getattr(test, f"{side}_repetitions") for side in sides}
    legs = ", ".join(
        f"{side} {'not tested' if done is None else done}" for side, done in repetitions.items()
    )
    return f"heel raises of {test.tested_on:%-d %B %Y}, {legs}. {_symmetry(episode, repetitions)}"


def _symmetry(episode: Episode, repetitions: dict[Side, int | None]) -> str:
    affected, other = repetitions.values()
    index = lsi_display(lsi(affected, other))
    if is_bilateral(episode):
        return "No symmetry: both tendons are being treated."
    if index is not None:
        return f"Symmetry {index} %."
    if affected is None or other is None:
        return "No symmetry: one leg was not tested."
    return "No symmetry: the other leg did none."


def visa_words(visa: VisaA) -> str:
    """The total, or how many items stand without one."""
    day = f"VISA-A of {visa.answered_on:%-d %B %Y}"
    if visa.total is not None:
        return f"{day}, {visa.total} of 100."
    answered = counted(sum(points is not None for points in visa.items), "item")
    return f"{day}, {answered} of 8 answered, so no total."
