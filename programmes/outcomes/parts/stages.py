"""How long each stage takes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from programmes.models import PeriodReport
from programmes.outcomes.values import Part, Row, Table
from programmes.outcomes.words import HIDDEN, STAGES, fewer
from programmes.rules.outcomes import RANGE_TIMES
from upwell.csv import Cell

SPREAD = ("least", "low", "median", "high", "most")


def stages_part(report: PeriodReport) -> Part:
    """The days in each stage: the middle, the quartiles, and the ends of a large group."""
    told: Mapping[str, Any] = report.figures
    rows = tuple(
        Row(
            label=STAGES[each["stage"]],
            cells=(each["left"], each["still"], *_spread(each["days"], fewer(told))),
        )
        for each in told["stages"]
    )
    return Part(
        key="stages",
        title="How long each stage takes",
        says=(
            (
                "Days in a stage, of those who left it for another stage or by a discharge. Those"
                " still in it on the last day, or lost while in it, are counted apart: their time"
                " was not over."
            ),
        ),
        tables=(
            Table(
                caption="Days in each stage",
                columns=(
                    "Stage",
                    "Left it",
                    "Not over",
                    "Shortest",
                    "Lower quartile",
                    "Median",
                    "Upper quartile",
                    "Longest",
                ),
                rows=rows,
            ),
        ),
        notes=(
            "Days before the period count too. Going back to a stage adds to its days.",
            (
                "The shortest and the longest are one patient’s own: not shown where fewer than"
                f" {RANGE_TIMES * told['least']} left the stage."
            ),
        ),
    )


def _spread(spread: Mapping[str, str | None] | None, missing: str) -> tuple[Cell, ...]:
    if spread is None:
        return (missing,)
    return tuple(_number(spread[name], HIDDEN) for name in SPREAD)


def _number(text: str | None, missing: str) -> Cell:
    return missing if text is None else Decimal(text)
