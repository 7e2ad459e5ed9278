"""The parts of a report from top to bottom, each told by a function of its own.

A function takes the report and gives its part, in sentences alone where too few are in it.
"""

from collections.abc import Callable

from programmes.models import PeriodReport
from programmes.outcomes.parts.adherence import adherence_part
from programmes.outcomes.parts.counted import completeness_part, who_part
from programmes.outcomes.parts.drop_outs import drop_outs_part
from programmes.outcomes.parts.groups import groups_part
from programmes.outcomes.parts.how import how_part
from programmes.outcomes.parts.running import running_part
from programmes.outcomes.parts.stages import stages_part
from programmes.outcomes.parts.visa import visa_part
from programmes.outcomes.values import Part

PARTS: tuple[Callable[[PeriodReport], Part], ...] = (
    who_part,
    completeness_part,
    stages_part,
    visa_part,
    running_part,
    adherence_part,
    drop_outs_part,
    groups_part,
    how_part,
)


def parts_of(report: PeriodReport) -> tuple[Part, ...]:
    """The parts from top to bottom; of a period without episodes the first and the last."""
    found = [part_of(report) for part_of in PARTS]
    return tuple(part for part in found if report.figures["episodes"] or part.key in ("who", "how"))
