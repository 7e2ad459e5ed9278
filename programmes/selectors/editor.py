"""What the page of the plan editor asks besides the draft itself."""

from programmes.models import Draft, DraftEdit, PlanTemplate, PracticeExercise, Version
from programmes.rules.plan import Plan, from_flat, patched, reverse


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
