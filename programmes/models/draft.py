"""A plan being edited: the draft, every edit made to it, unlocks, and plans kept as templates."""

import uuid
from typing import Self

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q

from assessments.models import Classification
from patients.models import NEVER_DELETED, Episode, User
from programmes.models.plan import Version
from upwell.clock import now


class DraftQuerySet(models.QuerySet["Draft"]):
    """Questions about drafts."""

    def open(self) -> Self:
        """Drafts that are neither issued nor put aside."""
        return self.filter(issued_as=None, discarded_at=None)


# Every edit is a row of its own, with its author and both values: a second history adds nothing.
@pghistory.track(exclude=["plan"])
class Draft(models.Model):
    """The plan an episode may get next, edited by one or several people."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="drafts")
    # The version of this episode it was begun from; empty for a blank page, a protocol, a copy.
    based_on = models.ForeignKey(
        Version, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # The version in force when it was begun: another one since leaves the draft behind.
    in_force = models.ForeignKey(
        Version, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # As ``programmes.rules.plan`` stores it: a flat mapping of places to values.
    plan = models.JSONField(default=dict)
    # Counts the edits: what a page knew when it sends one.
    revision = models.PositiveIntegerField(default=0)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)
    # Of a draft made by a form: the same form sent twice is one draft.
    form_token = models.UUIDField(unique=True, null=True, blank=True)
    form_digest = models.CharField(max_length=64, blank=True)
    issued_as = models.OneToOneField(
        Version, on_delete=models.PROTECT, related_name="draft", null=True, blank=True
    )
    discarded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    discarded_at = models.DateTimeField(null=True, blank=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                name="one_open_draft_an_episode",
                fields=["episode"],
                condition=Q(issued_as=None, discarded_at=None),
            ),
            models.CheckConstraint(
                name="draft_ends_once",
                condition=Q(issued_as=None) | Q(discarded_at=None),
            ),
            models.CheckConstraint(
                name="draft_discarded_by_somebody",
                condition=Q(discarded_at=None, discarded_by=None)
                | Q(discarded_at__isnull=False, discarded_by__isnull=False),
            ),
        )
        triggers = (
            NEVER_DELETED,
            pgtrigger.Protect(
                name="ended_is_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__issued_as__isnull=False)
                | pgtrigger.Q(old__discarded_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"Draft of {self.started_at:%-d %B %Y}"


@pghistory.track()
class DraftEdit(models.Model):
    """One edit: which places of the plan it changed, from what to what, by whom."""

    class Kind(models.TextChoices):
        EDIT = "edit", "Edited"
        UNDO = "undo", "Undone"
        REDO = "redo", "Done again"

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="edits")
    # The revision of the draft after it.
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=4, choices=Kind, default=Kind.EDIT)
    # The edit an undo or redo is about.
    of = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="turns", null=True, blank=True
    )
    says = models.CharField(max_length=300)
    # Place to [before, after]; null where there was or is nothing.
    patch = models.JSONField()
    # Sent with the edit: the same one sent twice is one edit.
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(name="one_edit_a_number", fields=["draft", "number"]),
            models.CheckConstraint(
                name="draft_edit_turns_an_edit",
                condition=Q(kind="edit", of=None) | (~Q(kind="edit") & Q(of__isnull=False)),
            ),
        )
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return self.says


class UnlockQuerySet(models.QuerySet["Unlock"]):
    """Questions about unlocks."""

    def standing(self) -> Self:
        """Unlocks signed since the tendon was last classified: a new classification ends them."""
        later = Classification.objects.filter(
            episode=OuterRef("episode"), set_at__gt=OuterRef("signed_at")
        )
        return self.filter(~Exists(later))


@pghistory.track()
class Unlock(models.Model):
    """A named clinician opened one of the two cells that may be opened, with a reason."""

    class Code(models.TextChoices):
        STEP_DROP = "U1", "Heel below the step, late"
        UPHILL = "U2", "Uphill running, late"

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="unlocks")
    code = models.CharField(max_length=2, choices=Code)
    reason = models.TextField(max_length=1000)
    # U1 only: dorsiflexion pain 0 to 10, the worst of the last weeks, and since when it holds.
    dorsiflexion_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    since = models.DateField(null=True, blank=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=now)
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)

    objects = UnlockQuerySet.as_manager()

    class Meta:
        ordering = ("-signed_at", "-pk")
        constraints = (
            models.CheckConstraint(name="unlock_code_known", condition=Q(code__in=["U1", "U2"])),
            models.CheckConstraint(name="unlock_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="unlock_u1_has_pain",
                condition=Q(code="U2", dorsiflexion_pain=None, since=None)
                | Q(code="U1", dorsiflexion_pain__range=(0, 10), since__isnull=False),
            ),
        )
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"{self.code}, {self.signed_at:%-d %B %Y}"


@pghistory.track()
class PlanTemplate(models.Model):
    """A plan the practice keeps to begin others from. Built-in protocols are not among them."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    note = models.TextField(max_length=1000, blank=True)
    plan = models.JSONField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)
    retired_at = models.DateTimeField(null=True, blank=True)
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.CheckConstraint(name="plan_template_has_name", condition=~Q(name="")),
            models.UniqueConstraint(
                name="one_template_a_name", fields=["name"], condition=Q(retired_at=None)
            ),
        )
        triggers = (NEVER_DELETED,)

    def __str__(self) -> str:
        return self.name
