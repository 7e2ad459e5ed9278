"""A plan proposed from an assessment: the ladders less what this tendon must not do.

Contraindication is the matrix; timing is the order of the stages. An exercise the matrix allows
still waits for its stage.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assessments.rules.contraindications import grade, reason_for, unlock_for
from assessments.rules.phase import pathway
from assessments.rules.terms import Cortisone, Grade, Location, Pathway, Phase, Stage
from programmes.rules.dose import AnyDose, Dose
from programmes.rules.library import LEVEL_VARIANTS, exercise
from programmes.rules.position import Position
from programmes.rules.protocols import (
    ISOTONIC_PROTOCOLS,
    STAGE_ORDER,
    STAGE_PROTOCOLS,
    Item,
    Step,
    ladder,
)
from programmes.rules.terms import Protocol, Range

COMPRESSED = (Location.INSERTIONAL, Location.MIXED)
OFF_TENDON = (Location.UNDETERMINED, Location.OUT_OF_RANGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlan:
    """One stage of a plan: the protocol it follows and the steps that remain for this tendon."""

    stage: Stage
    protocol: Protocol
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """An item that the matrix does not simply allow, and why.

    ``codes`` are reason codes of the matrix; ``unlock`` names the one way a clinician may open a
    contraindicated item later, None where there is none.
    """

    stage: Stage
    step: str
    exercise: str
    grade: Grade
    codes: tuple[str, ...]
    because: str
    sources: tuple[str, ...]
    unlock: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProposal:
    """A plan to offer; without ``stages`` there is none and ``notes`` say what to look at instead.

    ``left_out`` are items of the ladders this tendon must not do, ``cautions`` items that stay with
    a warning, ``alternatives`` further isotonic protocols the matrix permits.
    """

    stages: tuple[StagePlan, ...] = ()
    start: Position | None = None
    left_out: tuple[Concern, ...] = ()
    cautions: tuple[Concern, ...] = ()
    alternatives: tuple[Protocol, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[tuple[Stage, int], ...]:
        """The stages with their number of steps, as ``position`` wants them."""
        return tuple((each.stage, len(each.steps)) for each in self.stages)


WAITS = "An allowed exercise still waits for its stage; each stage has an exit to meet first."


def default_protocol(location: Location) -> Protocol:
    """The isotonic protocol offered first: the level-floor ladder wherever the insertion hurts."""
    return Protocol.INS if location in COMPRESSED else Protocol.HSR


def propose(
    *,
    stage: Stage,
    phase: Phase | None,
    location: Location,
    cortisone: Cortisone,
    protocol: Protocol | None = None,
) -> PlanProposal:
    """The plan for a tendon that may start at ``stage``, by ``protocol`` or the default one.

    While the tendon is irritable or cortisone is recent only the isometric stage is offered. Raises
    ``ValueError`` for a protocol that isn't an isotonic one.
    """
    if protocol is not None and protocol not in ISOTONIC_PROTOCOLS:
        raise ValueError(f"protocol: {protocol.value} is not an isotonic protocol")
    nothing = _nothing_to_propose(phase, location)
    if phase is None or nothing:
        return PlanProposal(notes=nothing)
    held_back = _held_back(phase, cortisone)
    notes = [*held_back]
    wanted = (Stage.ISOMETRIC,) if held_back else STAGE_ORDER
    chosen = protocol or default_protocol(location)
    if not held_back and not _steps(chosen, phase, location, cortisone)[0]:
        fallback = default_protocol(location)
        notes.append(
            f"No exercise of {ladder(chosen).name} is permitted for this tendon, so the plan"
            f" follows {ladder(fallback).name}."
        )
        chosen = fallback
    stages: list[StagePlan] = []
    left_out: list[Concern] = []
    cautions: list[Concern] = []
    for each in wanted:
        follows = STAGE_PROTOCOLS.get(each, chosen)
        steps, omitted, warned = _steps(follows, phase, location, cortisone)
        stages.append(StagePlan(stage=each, protocol=follows, steps=steps))
        left_out += omitted
        cautions += warned
    if stage not in wanted:
        notes.append("The plan starts with the isometric stage although a later one was asked for.")
    notes.append(WAITS)
    return PlanProposal(
        stages=tuple(stages),
        start=Position(stage=stage if stage in wanted else Stage.ISOMETRIC, step=1),
        left_out=tuple(left_out),
        cautions=tuple(cautions),
        alternatives=() if held_back else _alternatives(chosen, phase, location, cortisone),
        notes=tuple(notes),
    )


def problems(
    stages: Sequence[StagePlan], phase: Phase | None, location: Location, cortisone: Cortisone
) -> tuple[Concern, ...]:
    """Items that must not be issued for this tendon; empty when the plan may be issued.

    Without a phase or a place on the tendon nothing may be issued, so every item is listed.
    """
    return tuple(
        concern
        for stage in stages
        for step in stage.steps
        for item in step.items
        if (concern := item_concern(item, stage.stage, step.code, phase, location, cortisone))
        is not None
        and concern.grade is Grade.CONTRAINDICATED
    )


def item_concern(
    item: Item,
    stage: Stage,
    step: str,
    phase: Phase | None,
    location: Location,
    cortisone: Cortisone,
) -> Concern | None:
    """What the matrix says against one item, or None when it is simply allowed.

    A heel that goes below the floor counts as a step drop where the insertion hurts.
    """
    if phase is None or location in OFF_TENDON:
        return Concern(
            stage=stage,
            step=step,
            exercise=item.exercise,
            grade=Grade.CONTRAINDICATED,
            codes=(),
            because="Phase and place on the tendon must be known before anything is issued.",
            sources=("own",),
        )
    row = exercise(item.exercise).row
    cell = grade(row, phase, location, cortisone)
    reasons = reason_for(row, phase, location, cortisone)
    unlock = unlock_for(row, phase, location, cortisone)
    because = " ".join(reason.because for reason in reasons)
    if cell is not Grade.CONTRAINDICATED and location in COMPRESSED and _below(item.dose):
        return Concern(
            stage=stage,
            step=step,
            exercise=item.exercise,
            grade=Grade.CONTRAINDICATED,
            codes=("M1",),
            because="The heel must not go below the floor where the insertion hurts.",
            sources=("seed", "BOOKSCI-P"),
        )
    if cell is Grade.ALLOWED:
        return None
    return Concern(
        stage=stage,
        step=step,
        exercise=item.exercise,
        grade=cell,
        codes=tuple(reason.code for reason in reasons),
        because=because,
        sources=tuple(dict.fromkeys(key for reason in reasons for key in reason.sources)),
        unlock=unlock.code if unlock is not None and cell is Grade.CONTRAINDICATED else None,
    )


def _nothing_to_propose(phase: Phase | None, location: Location) -> tuple[str, ...]:
    """What to examine instead of proposing a plan; empty when a plan can be proposed."""
    notes = []
    if location is Location.UNDETERMINED:
        notes.append("No plan yet: find the tender point, in centimetres above the insertion.")
    if location is Location.OUT_OF_RANGE:
        notes.append(
            "No plan: pain only above the tendon is not Achilles tendinopathy. Look for a calf"
            " strain or the junction of muscle and tendon."
        )
    if phase is None:
        notes.append(
            "No plan yet: the phase needs duration, warmth, swelling, thickening, earlier episodes"
            " and pain with light load."
        )
    return tuple(notes)


def _held_back(phase: Phase, cortisone: Cortisone) -> tuple[str, ...]:
    """Why only the isometric stage is offered; empty when the whole plan is."""
    notes = []
    if pathway(phase) is Pathway.SETTLE:
        notes.append(
            "The tendon is irritable: only the isometric stage is planned. Later stages are added"
            " once it has settled and the phase is set again."
        )
    if cortisone is Cortisone.RECENT:
        notes.append(
            "Cortisone at this tendon is recent: only the isometric stage is planned. Later stages"
            " are added once the injection no longer counts as recent."
        )
    return tuple(notes)


def _steps(
    protocol: Protocol, phase: Phase, location: Location, cortisone: Cortisone
) -> tuple[tuple[Step, ...], list[Concern], list[Concern]]:
    """The protocol's steps for this tendon, what had to be left out, and what needs caution.

    A step with no item left is left out itself.
    """
    source = ladder(protocol)
    steps: list[Step] = []
    left_out: list[Concern] = []
    cautions: list[Concern] = []
    for step in source.steps:
        kept: list[Item] = []
        for item in step.items:
            fitting = suited(item, location)
            concern = item_concern(fitting, source.stage, step.code, phase, location, cortisone)
            if concern is None or concern.grade is Grade.CAUTION:
                kept.append(fitting)
            if concern is not None:
                (cautions if concern.grade is Grade.CAUTION else left_out).append(concern)
        if kept:
            steps.append(replace(step, items=tuple(kept)))
    return tuple(steps), left_out, cautions


def suited(item: Item, location: Location | None) -> Item:
    """The item, or its level variant to neutral where the insertion hurts and there is one."""
    if location not in COMPRESSED or item.exercise not in LEVEL_VARIANTS:
        return item
    dose = item.dose
    dose = replace(dose, range=Range.TO_NEUTRAL) if isinstance(dose, Dose) else dose
    return Item(exercise=LEVEL_VARIANTS[item.exercise], dose=dose)


def _below(dose: AnyDose) -> bool:
    return isinstance(dose, Dose) and dose.range is Range.BELOW_NEUTRAL


def _alternatives(
    chosen: Protocol, phase: Phase, location: Location, cortisone: Cortisone
) -> tuple[Protocol, ...]:
    """Other isotonic protocols without a contraindicated item; the level one is for insertions."""
    return tuple(
        each
        for each in ISOTONIC_PROTOCOLS
        if each is not chosen
        and (each is not Protocol.INS or location in COMPRESSED)
        and not _steps(each, phase, location, cortisone)[1]
    )
