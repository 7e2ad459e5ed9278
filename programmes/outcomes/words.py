"""How a report says things: what was chosen, too few to tell, changes in points, weeks."""

from collections.abc import Mapping
from typing import Any

from assessments.models import LOCATION_CHOICES, PATHWAY_CHOICES
from patients.models import OUTCOMES
from programmes.models.words import STAGE_CHOICES
from upwell.csv import Cell

STAGES, LOCATIONS = dict(STAGE_CHOICES), dict(LOCATION_CHOICES)
PATHWAYS, ENDINGS = dict(PATHWAY_CHOICES), dict(OUTCOMES)
RAN = {
    "stopped": "Had stopped running",
    "stopped_later": "Was running at the first assessment and stopped later",
    "kept_running": "Was running at the first assessment",
    "goal": "Running is the goal",
    "not_a_runner": "Not a runner",
    "not_recorded": "Running not recorded",
}
HIDDEN = "not shown"


def fewer(told: Mapping[str, Any]) -> str:
    """What is said of a group that is too small to be broken down."""
    return f"fewer than {told['least']}"


def count_or_hidden(count: int | None) -> Cell:
    """A count as it is told; None: it is not shown, as others could be worked out from it."""
    return HIDDEN if count is None else count


def signed(number: str) -> str:
    """A number of points with its sign, none at 0."""
    return f"−{number[1:]}" if number.startswith("-") else number if number == "0" else f"+{number}"


def band_words(low: int | None, high: int | None) -> str:
    """A band of the VISA-A change; None: it has no end there."""
    if low is None:
        return f"{signed(str(high))} or lower"
    if high is None:
        return f"{signed(str(low))} or more"
    return f"{signed(str(low))} to {signed(str(high))}"


def weeks_lasting(curve: Mapping[str, Any]) -> str:
    """The weeks the curve lasts; that of an older report until the last one was followed."""
    weeks: str = curve.get("lasts") or curve["longest"]
    return weeks
