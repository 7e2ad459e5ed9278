"""The plan of an episode: programme, versions, steps, items, and the moves between steps."""

import uuid
from typing import Self

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Prefetch, Q

from assessments.models import LOCATION_CHOICES, PHASE_CHOICES, Assessment
from assessments.rules.terms import MatrixRow, Stage
from patients.models import NEVER_DELETED, Episode, User
from programmes.models.safety import issued_for_this_tendon, item_never_contraindicated
from programmes.models.words import (
    CORTISONE_CHOICES,
    GRADE_CHOICES,
    PROTOCOL_CHOICES,
    STAGE_CHOICES,
)
from upwell.clock import now


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    """Questions about programmes."""

    def running(self) -> Self:
        """Programmes of open episodes with a plan in force, each with its step and version."""
        return self.filter(episode__closed_on=None, current_step__isnull=False).select_related(
            "episode", "current_step__version"
        )


@pghistory.track()
class Programme(models.Model):
    """The loading plan of an episode, and where the patient stands in it."""

    episode = models.OneToOneField(Episode, on_delete=models.PROTECT, related_name="programme")
    started_on = models.DateField()
    # The step of the issued version the next session is held against.
    current_step = models.ForeignKey(
        "Step", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    at_step_since = models.DateField(null=True, blank=True)
    # Weekdays the patient can run on, Monday 1 to Sunday 7; empty: any.
    training_days = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="programme_training_days_are_weekdays",
                condition=Q(training_days__contained_by=[1, 2, 3, 4, 5, 6, 7]),
            ),
        )
        triggers = (NEVER_DELETED,)

    def __str__(self) -> str:
        return f"Programme of {self.episode}"


class VersionQuerySet(models.QuerySet["Version"]):
    """Questions about versions of a plan."""

    def issued(self) -> Self:
        """Versions that were given out; the newest first."""
        return self.filter(status=Version.Status.ISSUED).order_by("-number")

    def in_force(self, programme: Programme | None) -> "Version | None":
        """The newest issued version of a programme with its plan; None before the first."""
        if programme is None:
            return None
        return self.issued().filter(programme=programme).with_plan().first()

    def with_plan(self) -> Self:
        """Each version with its steps and their items, in order, in two more queries."""
        return self.prefetch_related(
            Prefetch("steps", Step.objects.order_by("order")),
            Prefetch("steps__items", Item.objects.order_by("order")),
        )


@pghistory.track()
class Version(models.Model):
    """One version of a plan. Issued means frozen, by triggers too."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ISSUED = "issued", "Issued"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=6, choices=Status, default=Status.DRAFT)
    note = models.TextField(max_length=1000, blank=True)
    # The version it was drafted from; empty for a plan begun from a proposal or a blank page.
    based_on = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # What the plan was made for: kept with it, so an old page says what it said.
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="versions")
    location = models.CharField(max_length=12, choices=LOCATION_CHOICES)
    phase = models.CharField(max_length=24, choices=PHASE_CHOICES)
    cortisone = models.CharField(max_length=6, choices=CORTISONE_CHOICES)
    rules_version = models.CharField(max_length=20)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=now)
    issued_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    issued_at = models.DateTimeField(null=True, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(name="one_version_a_number", fields=["programme", "number"]),
            models.CheckConstraint(
                name="version_issued_by_somebody",
                condition=Q(status="draft", issued_by=None, issued_at=None)
                | Q(status="issued", issued_by__isnull=False, issued_at__isnull=False),
            ),
        )
        triggers = (
            NEVER_DELETED,
            pgtrigger.Protect(
                name="issued_is_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="issued"),
            ),
            issued_for_this_tendon(),
        )

    def __str__(self) -> str:
        return f"Version {self.number}"


def _frozen_with_version(path: str) -> pgtrigger.Trigger:
    """Refuses any change of a row that belongs to an issued version; ``path`` finds the version."""
    return pgtrigger.Trigger(
        name="frozen_with_version",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("frozen", "BOOLEAN"), ("touched", "BIGINT")],
        func=f"""
            IF TG_OP = 'DELETE' THEN touched := OLD.{path}; ELSE touched := NEW.{path}; END IF;
            SELECT programmes_version.status = 'issued' INTO frozen
            FROM programmes_version
            {
            "JOIN programmes_step ON programmes_step.version_id = programmes_version.id"
            if path == "step_id"
            else ""
        }
            WHERE {"programmes_step" if path == "step_id" else "programmes_version"}.id = touched;
            IF frozen THEN
                RAISE EXCEPTION 'an issued version never changes'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


@pghistory.track()
class Step(models.Model):
    """One column of the plan."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="steps")
    order = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=11, choices=STAGE_CHOICES)
    number = models.PositiveSmallIntegerField()
    protocol = models.CharField(max_length=4, choices=PROTOCOL_CHOICES)
    title = models.CharField(max_length=120)
    weeks = models.CharField(max_length=60, blank=True)
    minimum_sessions = models.PositiveSmallIntegerField(default=0)
    # The column of the draft it came from: the same step in the next version of the plan.
    column = models.CharField(max_length=12, blank=True)
    # The published rung, as L4 or F3; blank for a step a clinician made.
    rung = models.CharField(max_length=4, blank=True)
    # Days of rest between two sessions; empty where the protocol alone says.
    rest_days = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("order",)
        constraints = (
            models.UniqueConstraint(name="one_step_a_place", fields=["version", "order"]),
            models.UniqueConstraint(
                name="one_step_a_number", fields=["version", "stage", "number"]
            ),
            models.CheckConstraint(name="step_stage_known", condition=Q(stage__in=list(Stage))),
        )
        triggers = (_frozen_with_version("version_id"),)

    def __str__(self) -> str:
        return f"{self.get_stage_display()}, step {self.number}"


@pghistory.track()
class Item(models.Model):
    """One exercise with its dose in one step, or one run-walk session."""

    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="items")
    order = models.PositiveSmallIntegerField()
    # Name and words are copied, so an issued plan says the same when the library changes.
    exercise = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    instructions = models.JSONField(default=list)
    matrix_row = models.CharField(max_length=30)
    grade = models.CharField(max_length=1, choices=GRADE_CHOICES)
    caution = models.TextField(max_length=1000, blank=True)
    # As ``programmes.rules.dose`` stores it, and in words, which is what the paper said.
    dose = models.JSONField()
    dose_words = models.CharField(max_length=300)
    # The unlock that opened a contraindicated item; its reason is on record, never on paper.
    unlock = models.CharField(max_length=2, blank=True)
    # How the body stands at the start and the end, as the drawings need it.
    start = models.JSONField(default=dict, blank=True)
    end = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("order",)
        constraints = (
            models.UniqueConstraint(name="one_item_a_place", fields=["step", "order"]),
            models.CheckConstraint(
                name="item_never_contraindicated", condition=Q(grade__in=["A", "C"])
            ),
            models.CheckConstraint(
                name="item_matrix_row_known",
                condition=Q(matrix_row__in=list(MatrixRow)),
            ),
        )
        triggers = (_frozen_with_version("step_id"), item_never_contraindicated())

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Move(models.Model):
    """The patient was brought to another step otherwise than by the decision after a session."""

    class Kind(models.TextChoices):
        ISSUE = "issue", "A version was issued"
        FLARE = "flare", "A flare"
        OVERRIDE = "override", "Chosen by a clinician"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="moves")
    kind = models.CharField(max_length=8, choices=Kind)
    from_step = models.ForeignKey(
        Step, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    to_step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(max_length=1000, blank=True)
    moved_on = models.DateField()
    moved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    moved_at = models.DateTimeField(default=now)
    # Made when the page with the button is opened: the same button pressed twice is one move.
    form_token = models.UUIDField(unique=True, null=True, blank=True)
    form_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-moved_at", "-pk")
        indexes = (models.Index(fields=["programme", "-moved_at"], name="move_newest"),)
        constraints = (
            models.CheckConstraint(
                name="move_override_has_reason", condition=~Q(kind="override") | ~Q(reason="")
            ),
        )
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.moved_on:%-d %B %Y}"
