"""Where a patient is in a plan, and where a decision leads: one step at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from assessments.rules.terms import Stage
from programmes.rules.exits import STAGE_EXITS
from programmes.rules.terms import Outcome

PlanShape = Sequence[tuple[Stage, int]]
"""The stages of a plan in order, each with its number of steps."""

IRRITABLE_AGAIN = "D2"
"""The rule that leads back to the isometric stage whatever the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A stage and a step in it; steps count from 1."""

    stage: Stage
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where a decision leads.

    ``exits_needed`` names the stage exits that must be met before ``position`` may be taken up (or,
    when ``end_of_plan``, before the plan can be left), in their order; empty where none is needed.
    """

    position: Position
    exits_needed: tuple[str, ...] = ()
    end_of_plan: bool = False


def next_position(
    shape: PlanShape, position: Position, outcome: Outcome, *, rule: str = ""
) -> Move:
    """Where ``outcome`` by ``rule`` leads from ``position`` in a plan of this shape.

    Hold, refer and pending stay. The first step of the plan has none below it. Raises
    ``ValueError`` when the plan has no such position.
    """
    order = [stage for stage, steps in shape if steps > 0]
    steps = {stage: count for stage, count in shape if count > 0}
    if position.stage not in steps:
        raise ValueError(f"stage: the plan has no {position.stage.value} stage")
    if not 1 <= position.step <= steps[position.stage]:
        raise ValueError(f"step: must be 1 to {steps[position.stage]}, got {position.step}")
    match outcome:
        case Outcome.PROGRESS:
            return _forward(order, steps, position)
        case Outcome.REGRESS if rule == IRRITABLE_AGAIN:
            return Move(position=Position(stage=order[0], step=1))
        case Outcome.REGRESS:
            return Move(position=_back(order, steps, position))
        case _:
            return Move(position=position)


def _forward(order: Sequence[Stage], steps: dict[Stage, int], position: Position) -> Move:
    if position.step < steps[position.stage]:
        return Move(position=Position(stage=position.stage, step=position.step + 1))
    place = order.index(position.stage)
    if place + 1 == len(order):
        own = (STAGE_EXITS[position.stage],)
        return Move(position=position, exits_needed=own, end_of_plan=True)
    ahead = order[place + 1]
    return Move(
        position=Position(stage=ahead, step=1), exits_needed=_exits_between(position.stage, ahead)
    )


def _exits_between(stage: Stage, ahead: Stage) -> tuple[str, ...]:
    """The exit of a stage and of every stage that the plan leaves out on the way to the next.

    Leaving a stage out of a plan opens no gate: running without jumping still asks for E3.
    """
    stages = list(STAGE_EXITS)
    left_out = stages[stages.index(stage) + 1 : stages.index(ahead)]
    return tuple(STAGE_EXITS[each] for each in (stage, *left_out))


def _back(order: Sequence[Stage], steps: dict[Stage, int], position: Position) -> Position:
    if position.step > 1:
        return Position(stage=position.stage, step=position.step - 1)
    place = order.index(position.stage)
    if place == 0:
        return position
    before = order[place - 1]
    return Position(stage=before, step=steps[before])
