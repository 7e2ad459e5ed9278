"""What was measured: VISA-A and other scores, heel-raise and other tests."""

import uuid
from datetime import date
from typing import Self

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from assessments.models.common import (
    STRIKE,
    Strikable,
    bounded,
    frozen_with_assessment,
    marked_once,
    pain_check,
    struck_by_somebody,
    within,
)
from assessments.models.examination import Assessment
from assessments.rules import bounds
from assessments.rules.terms import RaiseStop, ReportedBy
from patients.models import NEVER_DELETED, Episode, User, choices
from upwell.clock import now

REPORTED_CHOICES = choices(ReportedBy, room="In the room", phone="By phone", paper="From paper")
STOP_CHOICES = choices(
    RaiseStop,
    heel="Heel no longer leaves the ground",
    pace="Could not keep the pace",
    form="Knee or trunk gave way",
    support="Leaned on the hands",
    pain="Stopped for pain",
    patient="Did not want to go on",
)


@pghistory.track()
class Wording(models.Model):
    """A set of words for the VISA-A items, loaded by a practice that may use it; never changed.

    ``texts`` holds label, hint, worst and best by item name, as ``rules.visa.ITEMS`` does.
    """

    name = models.CharField(max_length=40, unique=True)
    form_version = models.CharField(max_length=80)
    language = models.CharField(max_length=10, default="en")
    permission = models.CharField(max_length=300)
    texts = models.JSONField()
    loaded_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("-loaded_at", "-pk")
        constraints = (
            models.CheckConstraint(
                name="wording_with_permission", condition=~Q(permission="") & ~Q(name="")
            ),
        )
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return self.name


# A measurement of its own, or of a signed assessment that no amendment replaced.
_ON_RECORD = Q(assessment=None) | Q(
    assessment__status=Assessment.Status.SIGNED, assessment__superseded=False
)


class VisaQuerySet(models.QuerySet["VisaA"]):
    """Questions about VISA-A scores."""

    def counted(self) -> Self:
        """Complete questionnaires on record, newest first; those of a draft are not yet."""
        complete = self.filter(_ON_RECORD, total__isnull=False, struck_at=None)
        return complete.order_by("-answered_on", "-pk")

    def on_record(self) -> Self:
        """All of them, incomplete ones and those struck out too, newest first; none of a draft."""
        return self.filter(_ON_RECORD).order_by("-answered_on", "-pk")


@pghistory.track()
class VisaA(Strikable):
    """One VISA-A: points for each item (10 is best on items 1 to 6) and the total, if complete."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="visas")
    assessment = models.OneToOneField(
        Assessment, on_delete=models.PROTECT, related_name="visa", null=True, blank=True
    )
    answered_on = models.DateField()
    q1_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    q2 = models.PositiveSmallIntegerField(null=True, blank=True)
    q3 = models.PositiveSmallIntegerField(null=True, blank=True)
    q4 = models.PositiveSmallIntegerField(null=True, blank=True)
    q5 = models.PositiveSmallIntegerField(null=True, blank=True)
    q6_hops = models.PositiveSmallIntegerField(null=True, blank=True)
    q7 = models.CharField(max_length=30, blank=True)
    q8_part = models.CharField(max_length=1, blank=True)
    q8_band = models.CharField(max_length=6, blank=True)
    # Written with the answers, so an old score stays what it was when it was given.
    items = ArrayField(models.PositiveSmallIntegerField(null=True), size=8)
    total = models.PositiveSmallIntegerField(null=True, blank=True)
    form_version = models.CharField(max_length=80, default="VISA-A, Robinson 2001")
    wording = models.CharField(max_length=40, default="short labels 1")
    wording_set = models.ForeignKey(
        Wording, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reported_by = models.CharField(
        max_length=5, choices=REPORTED_CHOICES, default=ReportedBy.ROOM.value
    )
    rules_version = models.CharField(max_length=20)
    # Of the form that made it; a questionnaire inside an assessment has none of its own.
    form_token = models.UUIDField(unique=True, null=True, blank=True)
    form_digest = models.CharField(max_length=64, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=now)

    objects = VisaQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["episode", "-answered_on"], name="visa_by_day"),)
        constraints = (
            *pain_check("visa", "q2", "q3", "q4", "q5"),
            models.CheckConstraint(name="visa_total_0_to_100", condition=within("total", 0, 100)),
            struck_by_somebody("visa"),
            models.CheckConstraint(name="visa_eight_items", condition=Q(items__len=8)),
            models.CheckConstraint(
                name="visa_one_part_of_q8",
                condition=Q(q8_part__in=["", "A", "B", "C"])
                & (Q(q8_part="", q8_band="") | (~Q(q8_part="") & ~Q(q8_band=""))),
            ),
        )
        triggers = (
            NEVER_DELETED,
            frozen_with_assessment(),
            marked_once(
                *STRIKE,
                marked="OLD.struck_at IS NOT NULL",
                condition=pgtrigger.Q(old__assessment__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"VISA-A {self.total if self.total is not None else 'incomplete'}"


class HeelRaiseQuerySet(models.QuerySet["HeelRaiseTest"]):
    """Questions about heel-raise tests."""

    def counted(self) -> Self:
        """Tests on record, newest first; those of a draft are not yet."""
        return self.filter(_ON_RECORD).order_by("-tested_on", "-pk")

    def endurance(self) -> Self:
        """Tests on record with repetitions of at least one leg, newest first.

        A day with only loaded raises or hops leaves the last count standing.
        """
        return self.counted().exclude(left_repetitions=None, right_repetitions=None)

    def earlier(self, than: date | None, *, assessment: Assessment | None = None) -> Self:
        """Tests with repetitions of an earlier day; for an assessment, none of what it amends.

        None at all while the day isn't known.
        """
        tests = self.endurance().filter(tested_on__lt=than) if than else self.none()
        amended = assessment.amends_id if assessment else None
        return tests.exclude(assessment_id=amended) if amended else tests


@pghistory.track()
class HeelRaiseTest(models.Model):
    """One heel-raise test: repetitions to failure, pain, height and loaded raises, each side.

    Heights and hops in cm, loads in kg beside the body's own weight.
    """

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="heel_raises")
    assessment = models.OneToOneField(
        Assessment, on_delete=models.PROTECT, related_name="heel_raise", null=True, blank=True
    )
    tested_on = models.DateField()
    left_repetitions = models.PositiveSmallIntegerField(null=True, blank=True)
    right_repetitions = models.PositiveSmallIntegerField(null=True, blank=True)
    left_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    right_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    left_stop = models.CharField(max_length=7, choices=STOP_CHOICES, blank=True)
    right_stop = models.CharField(max_length=7, choices=STOP_CHOICES, blank=True)
    left_height_cm = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    right_height_cm = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    left_straight_kg = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    left_straight_reps = models.PositiveSmallIntegerField(null=True, blank=True)
    right_straight_kg = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    right_straight_reps = models.PositiveSmallIntegerField(null=True, blank=True)
    left_bent_kg = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    left_bent_reps = models.PositiveSmallIntegerField(null=True, blank=True)
    right_bent_kg = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    right_bent_reps = models.PositiveSmallIntegerField(null=True, blank=True)
    left_hop_cm = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    right_hop_cm = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    body_kg = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    on_incline = models.BooleanField(null=True, blank=True)
    protocol_note = models.CharField(max_length=500, blank=True)
    # Of the form that made it; a test inside an assessment has none of its own.
    form_token = models.UUIDField(unique=True, null=True, blank=True)
    form_digest = models.CharField(max_length=64, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = HeelRaiseQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["episode", "-tested_on"], name="heel_raise_by_day"),)
        constraints = (
            *pain_check("heel_raise", "left_pain", "right_pain"),
            *bounded(
                "heel_raise",
                body_kg=bounds.BODY_KG,
                **{f"{side}_height_cm": bounds.HEEL_HEIGHT_CM for side in ("left", "right")},
                **{f"{side}_hop_cm": bounds.HOP_CM for side in ("left", "right")},
                **{
                    f"{side}_{knee}_{what}": limit
                    for side in ("left", "right")
                    for knee in ("straight", "bent")
                    for what, limit in (("kg", bounds.LOAD_KG), ("reps", bounds.REPETITIONS))
                },
            ),
            *(
                models.CheckConstraint(
                    name=f"heel_raise_{side}_in_bounds",
                    condition=within(
                        f"{side}_repetitions", bounds.REPETITIONS.low, bounds.REPETITIONS.high
                    ),
                )
                for side in ("left", "right")
            ),
        )
        triggers = (NEVER_DELETED, frozen_with_assessment())

    def __str__(self) -> str:
        return f"Heel raises of {self.tested_on:%-d %B %Y}"

    def repetitions(self, side: str) -> int | None:
        """Repetitions of one side; None when that side was not tested."""
        return self.left_repetitions if side == "left" else self.right_repetitions

    def pain(self, side: str) -> int | None:
        """Pain 0 to 10 during the test of one side; None when not asked."""
        return self.left_pain if side == "left" else self.right_pain


class FunctionTestQuerySet(models.QuerySet["FunctionTest"]):
    """Questions about tests for a stage exit."""

    def counted(self) -> Self:
        """Tests on record, newest first; those of a draft are not yet."""
        return self.filter(_ON_RECORD).order_by("-tested_on", "-pk")


@pghistory.track()
class FunctionTest(models.Model):
    """What a stage exit asks for beside heel raises: pain on a raise, hops, walking, strength."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="function_tests")
    assessment = models.OneToOneField(
        Assessment, on_delete=models.PROTECT, related_name="function", null=True, blank=True
    )
    tested_on = models.DateField()
    sl_raise_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    dl_hop_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    sl_hop_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    walk_min = models.PositiveSmallIntegerField(null=True, blank=True)
    walk_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    # The clinician's own judgement that the calf is strong enough; nobody else can attest it.
    strength_adequate = models.BooleanField(null=True, blank=True)
    # Of the form that made it; tests inside an assessment have none of their own.
    form_token = models.UUIDField(unique=True, null=True, blank=True)
    form_digest = models.CharField(max_length=64, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=now)

    objects = FunctionTestQuerySet.as_manager()

    class Meta:
        ordering = ("-tested_on", "-pk")
        indexes = (models.Index(fields=["episode", "-tested_on"], name="function_by_day"),)
        constraints = (
            *pain_check("function", "sl_raise_pain", "dl_hop_pain", "sl_hop_pain", "walk_pain"),
            models.CheckConstraint(
                name="function_walk_in_bounds",
                condition=within("walk_min", bounds.MINUTES.low, bounds.MINUTES.high),
            ),
        )
        triggers = (
            NEVER_DELETED,
            frozen_with_assessment(),
            pgtrigger.Protect(
                name="as_measured",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__assessment__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"Tests of {self.tested_on:%-d %B %Y}"


@pghistory.track()
class OtherScore(Strikable):
    """The total of another questionnaire, by its name, as a plain number; charted apart."""

    class Better(models.TextChoices):
        HIGHER = "higher", "Higher is better"
        LOWER = "lower", "Lower is better"
        UNKNOWN = "", "Not known"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="other_scores")
    name = models.CharField(max_length=60)
    value = models.DecimalField(max_digits=7, decimal_places=2)
    better = models.CharField(max_length=6, choices=Better, blank=True, default=Better.UNKNOWN)
    answered_on = models.DateField()
    reported_by = models.CharField(
        max_length=5, choices=REPORTED_CHOICES, default=ReportedBy.ROOM.value
    )
    note = models.CharField(max_length=200, blank=True)
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("name", "-answered_on", "-pk")
        indexes = (models.Index(fields=["episode", "name"], name="other_score_by_name"),)
        constraints = (
            *bounded("other_score", value=bounds.SCORE),
            struck_by_somebody("other_score"),
            models.CheckConstraint(name="other_score_has_a_name", condition=~Q(name="")),
        )
        triggers = (NEVER_DELETED, marked_once(*STRIKE, marked="OLD.struck_at IS NOT NULL"))

    def __str__(self) -> str:
        return f"{self.name} {self.value}"
