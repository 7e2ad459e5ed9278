"""The key figures on top of a report."""

from collections.abc import Mapping
from typing import Any

from programmes.outcomes.words import fewer, weeks_lasting


def headline_of(told: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """The key figures on top: label, value (blank: not told), what it is of."""
    visa, running, done = told["visa"], told["running"], told["adherence"]
    lost = told["drop_outs"]["stopped"] + told["drop_outs"]["silent"]
    median = (running["curve"] or {}).get("median")
    return (
        ("Episodes", str(told["episodes"]), "in the period"),
        (
            "Important VISA-A change",
            "" if visa["percent"] is None else f"{visa['improved']} of {visa['judged']}",
            fewer(told) + " judged" if visa["percent"] is None else "judged",
        ),
        (
            "Half were running again after",
            f"{median} weeks" if median else "",
            f"of {running['followed']} followed"
            if median
            else f"not reached in {weeks_lasting(running['curve'])} weeks"
            if running["curve"]
            else f"{fewer(told)} followed",
        ),
        (
            "Sessions done",
            f"{done['mean']} %" if done["mean"] is not None else "",
            "of those planned, on average" if done["mean"] is not None else f"{fewer(told)} known",
        ),
        ("Dropped out", str(lost), f"of {told['episodes']}"),
    )
