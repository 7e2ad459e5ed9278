"""Who dropped out, and in which stage."""

from collections.abc import Mapping
from typing import Any

from programmes.models import PeriodReport
from programmes.outcomes.values import Part, Row, Table
from programmes.outcomes.words import STAGES, count_or_hidden, fewer


def drop_outs_part(report: PeriodReport) -> Part:
    """How many stopped coming or fell silent, by stage where no stage is too small."""
    told: Mapping[str, Any] = report.figures
    lost, title = told["drop_outs"], "Who dropped out"
    total = lost["stopped"] + lost["silent"]
    says = (
        f"{total} of {lost['of']} dropped out: {lost['stopped']} discharged as stopped coming,"
        f" {lost['silent']} without contact for longer than the practice waits."
    )
    if not total:
        return Part(key="drop_outs", title=title, says=("Nobody dropped out.",))
    if lost["stages"] is None:
        aside = f"By stage: not broken down, as a stage has {fewer(told)}."
        return Part(key="drop_outs", title=title, says=(says, aside))
    rows = tuple(
        Row(label=STAGES[stage], cells=(count_or_hidden(count),)) for stage, count in lost["stages"]
    )
    table = Table(caption="Stage they left in", columns=("Stage", "Episodes"), rows=rows)
    return Part(key="drop_outs", title=title, says=(says,), tables=(table,))
