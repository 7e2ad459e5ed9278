"""What the page of the plan editor asks besides the draft itself."""

import secrets
from datetime import date

from patients.models import Episode
from patients.rules.terms import Side
from programmes.models import Draft, DraftEdit, PlanTemplate, PracticeExercise, Version
from programmes.rules.edits import Desk
from programmes.rules.fill import Owned
from programmes.rules.plan import Plan, from_flat, patched, reverse
from programmes.rules.safety import checked
from programmes.selectors.drafts import DraftPage, catalogue, is_behind, plan_tendon
from programmes.selectors.standing import standing_of


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


def version_in_force(episode_id: int) -> Version | None:
    """The version in force of an episode, if any."""
    return Version.objects.issued().filter(programme__episode=episode_id).first()


def retired_keys() -> frozenset[str]:
    """Keys of the practice's own exercises that are offered no more."""
    gone = PracticeExercise.objects.filter(retired_at__isnull=False)
    return frozenset(gone.values_list("key", flat=True))


def desk_to_type_at(episode: Episode) -> Desk:
    """The desk for an edit that fills nothing by rule: it needn't know the practice's weights."""
    return Desk(
        catalogue=catalogue(),
        side=Side(episode.side),
        owned=Owned(plates=(), dumbbells=(), bands=()),
        new_id=lambda: secrets.token_hex(4),
    )


def page_after_edit(draft: Draft, *, on: date, desk: Desk) -> DraftPage:
    """The draft right after somebody's edit: that one can be undone, nothing done again.

    The list of the latest edits isn't asked for: the answer to an edit adds the new one to it.
    """
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
        can_undo=True,
        can_redo=False,
        edits=(),
        here=here if here in {each.id for each in plan.columns} else "",
        behind=is_behind(draft, standing.version),
    )
