"""What the practice adds to the library: its own exercises, and the weights it owns."""

import uuid

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from assessments.rules.terms import MatrixRow, Stage
from patients.models import NEVER_DELETED, User
from programmes.models.words import STAGE_CHOICES
from upwell.clock import now


@pghistory.track()
class PracticeExercise(models.Model):
    """An exercise of the practice's own. Plans already issued keep the words they had."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # What a plan knows it by; begins with "own-", as no built-in exercise does.
    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    stage = models.CharField(max_length=11, choices=STAGE_CHOICES)
    matrix_row = models.CharField(max_length=30)
    knee = models.CharField(max_length=10)
    contraction = models.CharField(max_length=24)
    range = models.CharField(max_length=14)
    equipment = ArrayField(models.CharField(max_length=20), default=list)
    # As ``programmes.rules.dose`` has them: the parts of a dose nobody types.
    usual = models.JSONField(default=dict)
    start = models.JSONField(default=dict)
    end = models.JSONField(default=dict)
    instructions = models.JSONField(default=list)
    regression = models.CharField(max_length=60, blank=True)
    at_home = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=now)
    retired_at = models.DateTimeField(null=True, blank=True)
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.CheckConstraint(
                name="practice_exercise_row_known", condition=Q(matrix_row__in=list(MatrixRow))
            ),
            models.CheckConstraint(
                name="practice_exercise_stage_known", condition=Q(stage__in=list(Stage))
            ),
            models.CheckConstraint(
                name="practice_exercise_key_own", condition=Q(key__startswith="own-")
            ),
            models.CheckConstraint(name="practice_exercise_has_name", condition=~Q(name="")),
        )
        triggers = (NEVER_DELETED,)

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class OwnedWeight(models.Model):
    """A weight the practice owns: what filled-in loads are rounded to."""

    class Kind(models.TextChoices):
        PLATE = "plate", "Pair of plates"
        DUMBBELL = "dumbbell", "Dumbbell or kettlebell"
        BAND = "band", "Band"

    kind = models.CharField(max_length=8, choices=Kind)
    # Of one plate; of a band the pull at the length it is used.
    kg = models.DecimalField(max_digits=5, decimal_places=2)
    label = models.CharField(max_length=40, blank=True)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=now)
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("kind", "kg", "pk")
        constraints = (
            models.CheckConstraint(
                name="owned_weight_in_bounds", condition=Q(kg__gt=0, kg__lte=200)
            ),
            models.UniqueConstraint(
                name="one_owned_weight_a_kind",
                fields=["kind", "kg", "label"],
                condition=Q(gone_at=None),
            ),
        )
        triggers = (NEVER_DELETED,)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.kg.normalize():f} kg"
