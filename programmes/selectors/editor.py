"""What the page of the plan editor asks besides the draft itself."""

import secrets
from collections.abc import Iterable
from datetime import date

from patients.models import Episode
from patients.rules.terms import Side
from programmes.models import Draft, DraftEdit, PlanTemplate, PracticeExercise
from programmes.rules.edits import Desk, Turn, to_redo, to_undo
from programmes.rules.fill import Owned
from programmes.rules.library import EXERCISES
from programmes.rules.plan import Plan, from_flat, patched, reverse
from programmes.rules.safety import checked
from programmes.selectors.drafts import DraftPage, is_behind, plan_tendon
from programmes.selectors.library import as_exercise
from programmes.selectors.standing import standing_of

EDITS_SHOWN = 6


def edits_since(draft: Draft, known: int) -> tuple[DraftEdit, ...]:
    """The edits a page that had seen the first ``known`` doesn't know, oldest first."""
    edits = draft.edits.filter(number__gt=known)
    return tuple(edits.select_related("by").order_by("number"))


def plan_seen(draft: Draft, known: int) -> Plan:
    """The plan as a page had shown it that had seen the first ``known`` edits."""
    stored = draft.plan
    for each in reversed(edits_since(draft, known)):
        stored = patched(stored, reverse(each.patch))
    return from_flat(stored)


def templates_offered() -> tuple[PlanTemplate, ...]:
    """The practice's own templates that are in use, by name."""
    return tuple(PlanTemplate.objects.filter(retired_at=None).order_by("name"))


def desk_to_type_at(episode: Episode) -> Desk:
    """The desk for a page, or for an edit that needn't know the practice's weights."""
    return desk_with(episode, own_exercises())


def own_exercises() -> tuple[PracticeExercise, ...]:
    """The practice's own exercises, the retired ones too: plans may hold them."""
    return tuple(PracticeExercise.objects.all())


def desk_with(episode: Episode, own: Iterable[PracticeExercise]) -> Desk:
    """The desk for a page with the built-in exercises and these, without weights."""
    return Desk(
        catalogue={**EXERCISES, **{each.key: as_exercise(each) for each in own}},
        side=Side(episode.side),
        owned=Owned(plates=(), dumbbells=(), bands=()),
        new_id=lambda: secrets.token_hex(4),
    )


def page_now(draft: Draft, *, on: date, by: int, desk: Desk) -> DraftPage:
    """The draft as it stands; ``by`` is whose edits undo and redo take."""
    rows = draft.edits.select_related("by", "of").defer("patch", "of__patch").order_by("number")
    edits = tuple(rows)
    turns = [
        Turn(number=each.number, by=each.by_id, of=each.of.number if each.of else None)
        for each in edits
    ]
    return _page(
        draft,
        on=on,
        desk=desk,
        edits=edits[-EDITS_SHOWN:][::-1],
        can_undo=to_undo(turns, by) is not None,
        can_redo=to_redo(turns, by) is not None,
    )


def page_after_edit(draft: Draft, *, on: date, desk: Desk) -> DraftPage:
    """The draft right after somebody's edit: that one can be undone, nothing done again.

    The list of the latest edits isn't asked for: the answer to an edit adds the new one to it.
    """
    return _page(draft, on=on, desk=desk, edits=(), can_undo=True, can_redo=False)


def _page(
    draft: Draft,
    *,
    on: date,
    desk: Desk,
    edits: tuple[DraftEdit, ...],
    can_undo: bool,
    can_redo: bool,
) -> DraftPage:
    standing = standing_of(draft.episode, on)
    tendon = plan_tendon(draft.episode, on, standing)
    plan = from_flat(draft.plan)
    here = standing.step.column if standing.step else ""
    return DraftPage(
        draft=draft,
        plan=plan,
        checked=checked(plan, tendon, desk),
        desk=desk,
        tendon=tendon,
        standing=standing,
        can_undo=can_undo,
        can_redo=can_redo,
        edits=edits,
        here=here if here in {each.id for each in plan.columns} else "",
        behind=is_behind(draft, standing.version),
    )
