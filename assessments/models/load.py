"""Load history: runs and how they came in, and events that changed the load. They belong to the
patient, so both tendons read the same log."""

import uuid
from typing import Any, Self

import pghistory
from django.db import models
from django.db.models import F, Q

from assessments.models.common import STRIKE, Strikable, bounded, marked_once, struck_by_somebody
from assessments.rules import bounds
from assessments.rules.terms import LoadEventKind, Surface
from patients.models import NEVER_DELETED, Patient, User, choices
from upwell.clock import now

SURFACE_CHOICES = choices(
    Surface,
    road="Road",
    trail="Trail",
    grass="Grass",
    track="Track",
    treadmill="Treadmill",
    other="Other",
)
EVENT_CHOICES = choices(
    LoadEventKind,
    footwear="Shoes",
    surface="Surface",
    rest="Rest",
    training="Training",
)


@pghistory.track(exclude=["rows"])
class RunBatch(models.Model):
    """Runs that came in together: rows typed by hand, or files. Undone as one.

    An import is ``reading`` while its files are read, a ``preview`` until somebody confirms it,
    then ``kept``; ``dropped`` and ``undone`` ones count for nothing.
    """

    class Status(models.TextChoices):
        READING = "reading", "Being read"
        PREVIEW = "preview", "Not confirmed"
        KEPT = "kept", "Kept"
        DROPPED = "dropped", "Dropped"
        UNDONE = "undone", "Undone"

    class Source(models.TextChoices):
        HAND = "hand", "Typed"
        FILE = "file", "From files"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="run_batches")
    source = models.CharField(max_length=4, choices=Source)
    status = models.CharField(max_length=8, choices=Status)
    # Of each file: its name, kind, size and SHA-256. The files themselves are not kept.
    files: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    # What the preview shows: one object a row with its verdict, never a place on the map.
    rows: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)
    kept_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    kept_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")
        indexes = (models.Index(fields=["patient", "-made_at"], name="batch_newest"),)
        constraints = (
            models.CheckConstraint(
                name="batch_kept_by_somebody",
                condition=Q(status__in=["kept", "undone"], kept_by__isnull=False)
                & Q(kept_at__isnull=False)
                | Q(status__in=["reading", "preview", "dropped"], kept_by=None, kept_at=None),
            ),
            models.CheckConstraint(
                name="batch_undone_by_somebody",
                condition=Q(status="undone", undone_by__isnull=False, undone_at__isnull=False)
                | ~Q(status="undone") & Q(undone_by=None, undone_at=None),
            ),
        )
        triggers = (NEVER_DELETED,)

    def __str__(self) -> str:
        return f"Runs of {self.made_at:%-d %B %Y}"


class UnreadPart(models.Model):
    """A piece of an uploaded file that is still to be read; gone as soon as it is."""

    batch = models.ForeignKey(RunBatch, on_delete=models.CASCADE, related_name="unread")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    content = models.BinaryField()

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(name="one_part_a_position", fields=["batch", "position"]),
        )

    def __str__(self) -> str:
        return f"Part {self.position}"


class RunQuerySet(models.QuerySet["Run"]):
    """Questions about runs."""

    def counted(self) -> Self:
        """Runs that stand, oldest first: not struck out, and their batch kept."""
        return self.filter(struck_at=None, batch__status=RunBatch.Status.KEPT).order_by(
            "happened_on", "started_at", "pk"
        )


@pghistory.track()
class Run(Strikable):
    """One run of the training log. No distance means it was not recorded, as on a treadmill."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="runs")
    batch = models.ForeignKey(RunBatch, on_delete=models.PROTECT, related_name="runs")
    # The day where the run was; the moment only when the file says it.
    happened_on = models.DateField()
    started_at = models.DateTimeField(null=True, blank=True)
    distance_m = models.PositiveIntegerField(null=True, blank=True)
    duration_s = models.PositiveIntegerField(null=True, blank=True)
    surface = models.CharField(max_length=9, choices=SURFACE_CHOICES, blank=True)
    # Where it came from in words: "Strava", "Garmin", "FIT file", blank when typed.
    origin = models.CharField(max_length=30, blank=True)
    note = models.CharField(max_length=200, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-happened_on", "-pk")
        indexes = (models.Index(fields=["patient", "happened_on"], name="run_by_day"),)
        constraints = (
            *bounded("run", distance_m=bounds.DISTANCE_M, duration_s=bounds.DURATION_S),
            struck_by_somebody("run"),
            models.CheckConstraint(
                name="run_has_distance_or_duration",
                # A comparison with null is null, which a constraint lets pass: so both are said.
                condition=Q(distance_m__isnull=False, distance_m__gt=0)
                | Q(distance_m=None, duration_s__isnull=False, duration_s__gt=0),
            ),
        )
        triggers = (
            NEVER_DELETED,
            # A wrong run is struck out and typed anew, so an old spike can be explained.
            marked_once(*STRIKE, marked="OLD.struck_at IS NOT NULL"),
        )

    def __str__(self) -> str:
        return f"Run of {self.happened_on:%-d %B %Y}"


class LoadEventQuerySet(models.QuerySet["LoadEvent"]):
    """Questions about load events."""

    def counted(self) -> Self:
        """Events that stand, oldest first."""
        return self.filter(struck_at=None).order_by("happened_on", "pk")


@pghistory.track()
class LoadEvent(Strikable):
    """A change in what the tendon had to bear: shoes, surface, rest or training, from a day on."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="load_events")
    kind = models.CharField(max_length=8, choices=EVENT_CHOICES)
    happened_on = models.DateField()
    # Of a rest: its last day, null while it lasts.
    until_on = models.DateField(null=True, blank=True)
    old_drop_mm = models.PositiveSmallIntegerField(null=True, blank=True)
    new_drop_mm = models.PositiveSmallIntegerField(null=True, blank=True)
    to_minimal = models.BooleanField(null=True, blank=True)
    firmer = models.BooleanField(null=True, blank=True)
    camber = models.BooleanField(null=True, blank=True)
    downhill = models.BooleanField(null=True, blank=True)
    straight_to_full = models.BooleanField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=now)

    objects = LoadEventQuerySet.as_manager()

    class Meta:
        ordering = ("-happened_on", "-pk")
        indexes = (models.Index(fields=["patient", "happened_on"], name="load_event_by_day"),)
        constraints = (
            *bounded(
                "load_event", old_drop_mm=bounds.HEEL_DROP_MM, new_drop_mm=bounds.HEEL_DROP_MM
            ),
            struck_by_somebody("load_event"),
            models.CheckConstraint(
                name="load_event_kind_known",
                condition=Q(kind__in=[kind.value for kind in LoadEventKind]),
            ),
            models.CheckConstraint(
                name="load_event_ends_after_it_began",
                condition=Q(until_on=None) | Q(until_on__gte=F("happened_on")),
            ),
            models.CheckConstraint(
                name="load_event_holds_its_own_kind_only",
                condition=(
                    Q(kind="footwear") | Q(old_drop_mm=None, new_drop_mm=None, to_minimal=None)
                )
                & (Q(kind="surface") | Q(firmer=None, camber=None, downhill=None))
                & (Q(kind="rest") | Q(until_on=None, straight_to_full=None)),
            ),
        )
        triggers = (
            NEVER_DELETED,
            marked_once(*STRIKE, marked="OLD.struck_at IS NOT NULL"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.happened_on:%-d %B %Y}"
