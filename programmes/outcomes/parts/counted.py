"""What is read first: who is counted, and how complete the record is."""

from collections.abc import Mapping
from typing import Any

from programmes.models import PeriodReport
from programmes.outcomes.values import Part, Row, Table
from programmes.rules.outcomes import share_percent
from programmes.rules.words import counted
from upwell.csv import Cell

INCLUDED = (
    "Counted is each episode whose programme was in force on at least one day of the period."
    " Episodes closed as opened in error are not, whenever that was found. A patient with two"
    " tendons counts twice. What is dated after the last day of the period does not count,"
    " even where it is known."
)
KNOWN = {
    "baseline": ("First VISA-A", "episodes"),
    "second": ("A second VISA-A", "episodes"),
    "raises": ("Heel raises of both sides", "episodes"),
    "running": ("Whether the patient runs", "episodes"),
    "mornings": ("The morning after", "sessions"),
    "decisions": ("A decision", "sessions"),
}


def who_part(report: PeriodReport) -> Part:
    """How many episodes are counted, and which."""
    told: Mapping[str, Any] = report.figures
    count = counted(told["episodes"], "episode is", "episodes are")
    says = f"{count} counted." if told["episodes"] else "No programme was in force in this period."
    return Part(key="who", title="Who is counted", says=(says, INCLUDED))


def completeness_part(report: PeriodReport) -> Part:
    """Of how many each thing was recorded by the last day."""
    told: Mapping[str, Any] = report.figures
    rows = []
    for key, (label, unit) in KNOWN.items():
        known, count = told["completeness"][key]
        share: Cell = share_percent(known, count) if count else f"no {unit}"
        rows.append(Row(label=label, cells=(known, f"of {count} {unit}", share)))
    return Part(
        key="known",
        title="How complete the record is",
        says=("Read this first: what was never asked can’t be counted below.",),
        tables=(
            Table(
                caption="Recorded by the last day of the period",
                columns=("What", "Recorded", "Of", "%"),
                rows=tuple(rows),
            ),
        ),
        notes=("A morning after and a decision belong to the session they are about.",),
    )
