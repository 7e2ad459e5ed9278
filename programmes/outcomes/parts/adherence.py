"""Sessions done against planned."""

from collections.abc import Mapping
from typing import Any

from programmes.models import PeriodReport
from programmes.outcomes.values import Part, Row, Table
from programmes.outcomes.words import fewer
from programmes.rules.words import counted


def adherence_part(report: PeriodReport) -> Part:
    """What share of the planned sessions was done, and how many were seen or told."""
    told: Mapping[str, Any] = report.figures
    done, title = told["adherence"], "Sessions done against planned"
    unknown = (
        f"Not known in {counted(done['unknown'], 'episode')}, as nothing was planned."
        if done["unknown"]
        else "Known in all."
    )
    if done["mean"] is None:
        says = f"Known in {done['known']}, which is {fewer(told)}: not broken down."
        return Part(key="adherence", title=title, says=(says, unknown))
    spread = done["percent"]
    held = done["observed"] + done["reported"]
    rows = (
        Row(label="Planned", cells=(done["planned"],)),
        Row(label="Seen in the clinic", cells=(done["observed"],)),
        Row(label="As reported by the patient", cells=(done["reported"],)),
    )
    return Part(
        key="adherence",
        title=title,
        says=(
            (
                f"On average {done['mean']} % of the planned sessions were done; the middle half of"
                f" the patients from {spread['low']} to {spread['high']} %."
            ),
            (
                f"Of {counted(held, 'session')} held, {done['observed']} were seen in the clinic"
                f" and {done['reported']} are as the patient reported them."
            ),
            unknown,
        ),
        tables=(Table(caption="Sessions", columns=("What", "Sessions"), rows=rows),),
        notes=(
            "Of the period only. In each week at most the planned sessions count for the share.",
        ),
    )
