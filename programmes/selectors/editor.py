"""What the page of the plan editor asks besides the draft itself."""

import secrets
from datetime import date

from patients.models import Episode
from patients.rules.terms import Side
from programmes.models import Draft, DraftEdit, PlanTemplate
from programmes.rules.edits import Desk
from programmes.rules.fill import Owned
from programmes.rules.plan import Plan, from_flat, patched, reverse
from programmes.selectors.drafts import DraftPage, assembled, catalogue, own_exercises


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


def lasting_edits(draft: Draft) -> tuple[str, ...]:
    """What each edit says that was not taken back, oldest first."""
    lasting: dict[int, str] = {}
    rows = draft.edits.order_by("number").values_list("number", "kind", "of__number", "says")
    told = {}
    for number, kind, of, says in rows:
        told[number] = says
        if kind == DraftEdit.Kind.UNDO:
            lasting.pop(of)
        else:
            edit = of or number
            lasting[edit] = told[edit]
    return tuple(lasting.values())


def templates_offered() -> tuple[PlanTemplate, ...]:
    """The practice's own templates that are in use, by name."""
    return tuple(PlanTemplate.objects.filter(retired_at=None).order_by("name"))


def desk_to_type_at(episode: Episode) -> Desk:
    """The desk for a page, or for an edit that needn't know the practice's weights.

    The practice's retired exercises are known too: plans may hold them.
    """
    own = own_exercises()
    return Desk(
        catalogue=catalogue(own),
        side=Side(episode.side),
        owned=Owned(plates=(), dumbbells=(), bands=()),
        new_id=lambda: secrets.token_hex(4),
        retired=frozenset(each.key for each in own if each.retired_at),
    )


def page_after_edit(draft: Draft, *, on: date, desk: Desk) -> DraftPage:
    """The draft right after somebody's edit: that one can be undone, nothing done again.

    The list of the latest edits isn't asked for: the answer to an edit adds the new one to it.
    """
    return assembled(draft, on=on, desk=desk, edits=(), can_undo=True, can_redo=False)
