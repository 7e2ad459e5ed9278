"""What the plan editor reads: the desk an edit is made at, the tendon, the draft as it stands."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from assessments.rules.terms import Stage
from patients.models import Episode
from patients.rules.terms import Side
from programmes.in_force import defaults_in_force
from programmes.models import (
    Draft,
    DraftEdit,
    OwnedWeight,
    PlanTemplate,
    PracticeExercise,
    Version,
)
from programmes.rules.dose import dose_from_json
from programmes.rules.edits import Desk, Turn, plan_of_stages, to_redo, to_undo
from programmes.rules.fill import Owned
from programmes.rules.library import EXERCISES, Catalogue
from programmes.rules.plan import EMPTY, Column, Plan, Row, from_flat
from programmes.rules.proposal import StagePlan, suited
from programmes.rules.protocols import LADDERS
from programmes.rules.safety import PRESSED, Checked, PlanTendon, checked
from programmes.rules.terms import Protocol
from programmes.selectors.library import as_exercise
from programmes.selectors.plans import plan_offer
from programmes.selectors.standing import Standing, standing_of
from upwell.http import Refused

EDITS_SHOWN = 6


def own_exercises() -> tuple[PracticeExercise, ...]:
    """The practice's own exercises, the retired ones too: plans may hold them."""
    return tuple(PracticeExercise.objects.all())


def catalogue(own: Iterable[PracticeExercise]) -> Catalogue:
    """The built-in exercises and these of the practice's own."""
    return {**EXERCISES, **{each.key: as_exercise(each) for each in own}}


def owned_weights() -> Owned:
    """What the practice owns, in kg."""
    kg: dict[str, list[Decimal]] = {kind: [] for kind in OwnedWeight.Kind.values}
    for each in OwnedWeight.objects.filter(gone_at=None):
        kg[each.kind].append(each.kg)
    return Owned(
        plates=tuple(kg[OwnedWeight.Kind.PLATE]),
        dumbbells=tuple(kg[OwnedWeight.Kind.DUMBBELL]),
        bands=tuple(kg[OwnedWeight.Kind.BAND]),
    )


def desk_of(episode: Episode | None) -> Desk:
    """What an edit of a plan of this episode needs to know; of a template, without an episode."""
    own = own_exercises()
    return Desk(
        catalogue=catalogue(own),
        side=Side(episode.side) if episode else None,
        owned=owned_weights(),
        new_id=lambda: secrets.token_hex(4),
        retired=frozenset(each.key for each in own if each.retired_at),
    )


def plan_tendon(episode: Episode, on: date, standing: Standing | None = None) -> PlanTendon:
    """The tendon as the safety of a plan reads it today."""
    standing = standing or standing_of(episode, on)
    tendon = standing.tendon
    # Both unlocks answer pressure on the insertion: no other place has any.
    pressed = tendon.location in PRESSED
    return PlanTendon(
        phase=tendon.phase,
        location=tendon.location,
        cortisone=tendon.cortisone,
        locked=tendon.locked,
        held_back=tendon.isometric_only,
        unlocked=standing.unlocked if pressed else frozenset(),
    )


def plan_of_version(version: Version, desk: Desk) -> Plan:
    """A version as a plan to edit; its steps keep the ids they had in the draft it came from."""
    columns: list[Column] = []
    rows: dict[tuple[str, str], Row] = {}
    cells: dict[tuple[str, str], str] = {}
    for step in version.steps.order_by("order").prefetch_related("items"):
        column = Column(
            id=step.column or f"s{step.pk}",
            stage=Stage(step.stage),
            order=step.order,
            protocol=Protocol(step.protocol),
            title=step.title,
            weeks=step.weeks,
            least=step.minimum_sessions,
            rung=step.rung,
        )
        columns.append(column)
        for item in sorted(step.items.all(), key=lambda each: each.order):
            key = (step.stage, item.exercise)
            if key not in rows:
                rows[key] = Row(
                    id=desk.new_id(),
                    stage=column.stage,
                    order=len(rows) + 1,
                    exercise=item.exercise,
                )
            dose = dose_from_json(item.dose)
            cells[rows[key].id, column.id] = desk.written(item.exercise, dose)
    return Plan(columns=tuple(columns), rows=tuple(rows.values()), cells=cells)


def plan_from(source: str, *, episode: Episode, desk: Desk, on: date) -> tuple[Plan, str]:
    """The plan a draft may begin from or add, and its name in words.

    ``source`` is "blank", "proposal", "version:<uuid>" of this episode, "protocol:HSR" or
    "template:<uuid>". A protocol is suited to the place on the tendon, but nothing of it is left
    out: what this tendon must not do is marked in the editor. Raises ``Refused`` for any other.
    """
    kind, _, which = source.partition(":")
    match kind:
        case "blank":
            return EMPTY, "A blank page"
        case "proposal":
            offer = plan_offer(episode, on=on)
            if offer.plan is None or offer.refusal:
                raise Refused(offer.refusal)
            return plan_of_stages(offer.plan.stages, desk, by_rung=True), "The proposed plan"
        case "version":
            version = (
                Version.objects.issued()
                .filter(programme__episode=episode, code=_uuid(which))
                .first()
            )
            if version is not None:
                return plan_of_version(version, desk), f"Version {version.number}"
        case "protocol" if which in set(LADDERS):
            return _protocol(Protocol(which), episode, desk, on)
        case "template":
            template = PlanTemplate.objects.filter(code=_uuid(which), retired_at=None).first()
            if template is not None:
                return from_flat(template.plan), template.name
    raise Refused("There is no such plan to begin from.")


def _protocol(protocol: Protocol, episode: Episode, desk: Desk, on: date) -> tuple[Plan, str]:
    ladder = LADDERS[protocol]
    location = standing_of(episode, on).tendon.location
    steps = tuple(
        replace(step, items=tuple(suited(item, location) for item in step.items))
        for step in ladder.steps
    )
    stage = StagePlan(stage=ladder.stage, protocol=protocol, steps=steps)
    return plan_of_stages((stage,), desk), ladder.name


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused("There is no such plan to begin from.") from None


def open_draft(episode: Episode) -> Draft | None:
    """The draft of an episode that is neither issued nor put aside."""
    return (
        Draft.objects.open()
        .filter(episode=episode)
        .select_related("based_on", "started_by")
        .first()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    """A draft as the editor shows it.

    ``here`` is the id of the step the patient stands at, blank when it isn't in the draft;
    ``behind``: a version was issued since the draft was begun.
    """

    draft: Draft
    plan: Plan
    checked: Checked
    desk: Desk
    tendon: PlanTendon
    standing: Standing
    can_undo: bool
    can_redo: bool
    edits: tuple[DraftEdit, ...]
    here: str
    behind: bool


def draft_page(
    draft: Draft, *, on: date, by: int | None = None, desk: Desk | None = None
) -> DraftPage:
    """The draft as it stands today; ``by`` is whose edits undo and redo take."""
    rows = draft.edits.select_related("by", "of").defer("patch", "of__patch").order_by("number")
    edits = tuple(rows)
    turns = [
        Turn(number=each.number, by=each.by_id, of=each.of.number if each.of else None)
        for each in edits
    ]
    return assembled(
        draft,
        on=on,
        desk=desk or desk_of(draft.episode),
        edits=edits[-EDITS_SHOWN:][::-1],
        can_undo=by is not None and to_undo(turns, by) is not None,
        can_redo=by is not None and to_redo(turns, by) is not None,
    )


def assembled(
    draft: Draft,
    *,
    on: date,
    desk: Desk,
    edits: tuple[DraftEdit, ...],
    can_undo: bool,
    can_redo: bool,
) -> DraftPage:
    """The draft checked for the tendon as it is today, with what is known of its edits."""
    standing = standing_of(draft.episode, on)
    tendon = plan_tendon(draft.episode, on, standing)
    plan = from_flat(draft.plan)
    here = standing.step.column if standing.step else ""
    return DraftPage(
        draft=draft,
        plan=plan,
        checked=checked(plan, tendon, desk, defaults=defaults_in_force()),
        desk=desk,
        tendon=tendon,
        standing=standing,
        can_undo=can_undo,
        can_redo=can_redo,
        edits=edits,
        here=here if here in {each.id for each in plan.columns} else "",
        behind=is_behind(draft, standing.version),
    )


def is_behind(draft: Draft, in_force: Version | None) -> bool:
    """Whether a version was issued since the draft was begun."""
    return in_force is not None and in_force.pk != draft.in_force_id


def turns_of(draft: Draft) -> tuple[Turn, ...]:
    """The list of edits as undo and redo read it."""
    rows = draft.edits.order_by("number").values_list("number", "by_id", "of__number")
    return tuple(Turn(number=number, by=by, of=of) for number, by, of in rows)
