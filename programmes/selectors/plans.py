"""The plan of an episode: what may be planned today, and what of a plan still suits the tendon."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, prefetch_related_objects

from assessments.models import Assessment
from assessments.rules.start import initial_stage
from assessments.rules.terms import Grade, MatrixRow, Stage
from assessments.selectors import Tendon
from patients.models import Episode
from programmes.in_force import defaults_in_force
from programmes.models import STAGE_CHOICES, Item, Step, Unlock, Version
from programmes.rules.dose import dose_from_json
from programmes.rules.position import Position
from programmes.rules.proposal import Concern, PlanProposal, propose
from programmes.rules.safety import PlanTendon, Verdict, verdict
from programmes.rules.terms import Protocol
from programmes.selectors.standing import (
    LOCATION_WORDS,
    PHASE_WORDS,
    Standing,
    Tests,
    isometric_only,
    standing_with_tests,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOffer:
    """What may be planned for a tendon today. ``refusal`` says why nothing may, else blank."""

    refusal: str
    tendon: Tendon
    assessment: Assessment | None = None
    plan: PlanProposal | None = None
    stage: Stage | None = None
    protocol: Protocol | None = None

    @property
    def stage_label(self) -> str:
        """The stage the plan starts at, in words."""
        return dict(STAGE_CHOICES)[self.stage].lower() if self.stage else ""

    @property
    def tendon_line(self) -> str:
        """What the plan is for, in words."""
        if self.tendon.location is None or self.tendon.phase is None:
            return ""
        location = LOCATION_WORDS[self.tendon.location].lower()
        return f"{location}, {PHASE_WORDS[self.tendon.phase].lower()}"


def plan_offer(
    episode: Episode,
    *,
    on: date,
    protocol: Protocol | None = None,
    read: tuple[Standing, Tests] | None = None,
) -> PlanOffer:
    """The plan the rules propose for this tendon on this day, or why there is none.

    ``read`` is where the episode stands, from a page that has read it already.
    """
    standing, tests = read or standing_with_tests(episode, on)
    now = standing.tendon
    if refusal := _why_no_plan(standing.episode, now):
        return PlanOffer(refusal=refusal, tendon=now)
    assert now.location is not None
    stage = initial_stage(
        locked=now.locked,
        cortisone=now.cortisone,
        pathway=now.pathway,
        single_leg_pain=tests.raise_pain(now),
    )
    if now.isometric_only:
        stage = Stage.ISOMETRIC
    assert stage is not None
    plan = propose(
        stage=stage,
        phase=now.phase,
        location=now.location,
        cortisone=now.cortisone,
        protocol=protocol,
    )
    signed = episode.assessments.signed().select_related("signed_by").newest_first().first()
    refusal = "" if plan.stages else " ".join(plan.notes)
    return PlanOffer(
        refusal=refusal,
        tendon=now,
        assessment=signed,
        plan=plan,
        stage=stage,
        protocol=protocol,
    )


def _why_no_plan(episode: Episode, now: Tendon) -> str:
    if not episode.is_open:
        return "This episode is closed."
    if now.locked:
        return "A red flag is open: no programme until a clinician has cleared it."
    if now.examined_on is None:
        return "There is no signed assessment. A programme is made from a signed one only."
    if now.location is None:
        return "The tendon has not been classified. Examine it again and set location and phase."
    return ""


def shape_of(steps: Iterable[Step]) -> tuple[tuple[Stage, int], ...]:
    """The stages of a plan in order, each with its number of steps."""
    counts: dict[Stage, int] = {}
    for step in steps:
        counts[Stage(step.stage)] = counts.get(Stage(step.stage), 0) + 1
    return tuple(counts.items())


def no_longer_suits(
    step: Step, now: Tendon, *, unlocked: frozenset[str] | None = None
) -> tuple[Concern, ...]:
    """Items of a step that this tendon must not do as it stands today; empty when all suit.

    ``unlocked`` are the unlocks of its ``Standing``, from a page that has read it; else they are
    read where the step was issued with any.
    """
    if now.location is None:
        return ()
    items = list(step.items.all())
    issued = frozenset(item.unlock for item in items if item.unlock)
    tendon = PlanTendon(
        phase=now.phase,
        location=now.location,
        cortisone=now.cortisone,
        unlocked=_still_open(step, issued) if unlocked is None else issued & unlocked,
    )
    found = ((item, verdict_on(item, step, tendon)) for item in items)
    return tuple(
        Concern(
            stage=Stage(step.stage),
            step=step.title,
            exercise=item.exercise,
            grade=each.grade,
            codes=each.codes,
            because=each.because,
            sources=each.sources,
            unlock=each.unlock or None,
        )
        for item, each in found
        if each.grade is Grade.CONTRAINDICATED
    )


def _still_open(step: Step, opened: frozenset[str]) -> frozenset[str]:
    """Of the unlocks a step was issued with, those no later classification has ended."""
    if not opened:
        return opened
    standing = Unlock.objects.standing().filter(episode__programme__versions=step.version_id)
    return opened & frozenset(standing.values_list("code", flat=True))


def verdict_on(item: Item, step: Step, tendon: PlanTendon) -> Verdict:
    """What the matrix says of an item of a plan for this tendon, by what was stored with it.

    The library isn't asked: a practice's own exercise may have changed since, or be retired.
    """
    return verdict(
        MatrixRow(item.matrix_row),
        dose_from_json(item.dose),
        tendon,
        stage=Stage(step.stage),
        rung=step.rung,
        defaults=defaults_in_force(),
    )


def with_plan(version: Version, *steps: Step) -> Version:
    """The version with its steps and their items in order, read once however often it is asked.

    Other objects of its ``steps``, as a standing has one, get their items with them.
    """
    prefetch_related_objects([version], Prefetch("steps", Step.objects.order_by("order")))
    items = Prefetch("items", Item.objects.order_by("order"))
    prefetch_related_objects([*version.steps.all(), *steps], items)
    return version


def step_at(steps: Iterable[Step], position: Position) -> Step:
    """The step of a plan at a position."""
    return next(
        step for step in steps if (step.stage, step.number) == (position.stage, position.step)
    )


def cap(step: Step, now: Tendon) -> str:
    """Why this tendon may not take up that step as it stands today; blank when it may."""
    why = unsuited(step, now)
    return f"The next step is not for this tendon now. {why}" if why else ""


def unsuited(step: Step, now: Tendon) -> str:
    """Why this tendon must not be held to that step as it stands now; blank when it may."""
    return next(iter(unsuited_items(step, now).values()), "")


def unsuited_items(
    step: Step, now: Tendon, *, unlocked: frozenset[str] | None = None
) -> dict[str, str]:
    """Why, by its key, each exercise of a step is not for this tendon now; empty when all are.

    ``unlocked`` as for ``no_longer_suits``.
    """
    if step.stage != Stage.ISOMETRIC and (why := isometric_only(now)):
        return {item.exercise: why for item in step.items.all()} or {"": why}
    found: dict[str, str] = {}
    for each in no_longer_suits(step, now, unlocked=unlocked):
        found.setdefault(each.exercise, each.because)
    return found


RED_FLAG = "A red flag is open: nothing is printed until a clinician has cleared it."


def why_no_paper(version: Version, standing: Standing) -> str:
    """Why nothing may be printed of a version now; blank when its current step may be."""
    step = standing.step
    if step is None or step.version_id != version.pk:
        return f"Version {version.number} is no longer in force. Print the newest one."
    if standing.tendon.locked:
        return RED_FLAG
    why = unsuited(step, standing.tendon)
    return f"This step is not for this tendon now. {why}" if why else ""
