"""What was measured: assessments, VISA-A, heel-raise tests, classifications and locks."""

import uuid
from typing import Any, Self

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from assessments.rules import bounds
from assessments.rules.screening import WELLS_ITEMS
from assessments.rules.terms import Level, Location, Pathway, Phase, RunningStatus
from patients.models import NEVER_DELETED, Episode, User, choices
from upwell.clock import now

LOCATION_CHOICES = choices(
    Location,
    midportion="Midportion",
    insertional="Insertional",
    mixed="Midportion and insertional",
    out_of_range="Above the tendon",
    undetermined="Not determined",
)
PHASE_CHOICES = choices(
    Phase,
    reactive="Reactive (irritable)",
    reactive_on_degenerative="Reactive on degenerative",
    disrepair="Disrepair",
    degenerative="Degenerative",
    indeterminate_early="Early, not determined",
)

PATHWAY_CHOICES = choices(Pathway, settle="Settle", load="Load")
RUNNING_CHOICES = [
    *choices(RunningStatus, never_stopped="Ran in the last 14 days", stopped="Stopped running"),
    # An answer too: the rules then have no running to permit.
    ("not_a_runner", "Not a runner"),
]

# The screening is asked in groups: one answer to a whole group is one click in a clear case, and
# a null group is a group nobody asked about, which is never the same as "none of these".
SCREENING_GROUPS: dict[str, tuple[str, ...]] = {
    "rupture": (
        "calf_squeeze_positive",
        "matles_positive",
        "palpable_gap",
        "sudden_pop",
        "new_inability_single_heel_raise",
    ),
    "clot": tuple(WELLS_ITEMS),
    "infection": ("fever", "wound_infected", "systemic_illness"),
    "bone": ("calcaneal_squeeze_positive", "focal_bone_tenderness"),
    "inflammatory": (
        "ibp",
        "psoriasis",
        "uveitis",
        "ibd",
        "dactylitis_or_other_enthesitis",
        "fh_spa",
    ),
    "lipids": ("xanthoma", "known_fh", "corneal_arcus_early_cvd"),
    "nerve": ("lateral_foot_paraesthesia", "tinel_positive"),
    "tumour": ("unexplained_weight_loss", "cancer_history", "rest_or_night_pain"),
}


def _within(name: str, low: Any, high: Any) -> Q:
    """Null or inside the bounds: what was not measured is not checked."""
    return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__range": (low, high)})


def _pain_check(model: str, *names: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(
            name=f"{model}_{name}_0_to_10",
            condition=_within(name, bounds.PAIN.low, bounds.PAIN.high),
        )
        for name in names
    ]


def _dated(name: str) -> Q:
    """A date stands exactly where the answer is yes."""
    yes = Q(**{name: True, f"{name}_last_on__isnull": False})
    no = Q(**{name: False, f"{name}_last_on": None})
    return yes | no | Q(**{name: None, f"{name}_last_on": None})


def _group_field() -> "ArrayField[Any, Any]":
    return ArrayField(models.CharField(max_length=40), null=True, blank=True)


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    """Questions about assessments."""

    def signed(self) -> Self:
        """Assessments with a signature."""
        return self.filter(status=Assessment.Status.SIGNED)

    def newest_first(self) -> Self:
        """By the day of the examination."""
        return self.order_by("-examined_on", "-pk")

    def draft(self) -> "Assessment | None":
        """The one not signed yet, if there is one."""
        return self.whole().filter(status=Assessment.Status.DRAFT).first()

    def whole(self) -> Self:
        """Each assessment with everything its page shows, in two more queries."""
        return self.select_related(
            "episode__patient",
            "episode__clinician",
            "visa",
            "heel_raise",
            "created_by",
            "signed_by",
        ).prefetch_related("locks__cleared_by", "classifications__set_by")


@pghistory.track()
class Assessment(models.Model):
    """One dated examination of an episode: a draft until signed, then frozen.

    Null everywhere means "not asked" or "not measured", never "no" and never zero.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SIGNED = "signed", "Signed"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="assessments")
    status = models.CharField(max_length=6, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    examined_on = models.DateField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    saved_at = models.DateTimeField(default=now)
    signed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    signed_at = models.DateTimeField(null=True, blank=True)

    # History
    duration_weeks = models.PositiveSmallIntegerField(null=True, blank=True)
    prior_episode = models.BooleanField(null=True, blank=True)
    running_status = models.CharField(max_length=13, choices=RUNNING_CHOICES, blank=True)
    run_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    run_settled = models.BooleanField(null=True, blank=True)
    history_note = models.TextField(max_length=5000, blank=True)
    goal = models.TextField(max_length=1000, blank=True)

    # Screening
    rupture = _group_field()
    clot = _group_field()
    # Counts minus two in the score, so it is only ever a tick of its own.
    clot_alternative = models.BooleanField(default=False)
    infection = _group_field()
    bone = _group_field()
    inflammatory = _group_field()
    lipids = _group_field()
    nerve = _group_field()
    tumour = _group_field()
    fluoroquinolone = models.BooleanField(null=True, blank=True)
    fluoroquinolone_last_on = models.DateField(null=True, blank=True)
    oral_steroid = models.BooleanField(null=True, blank=True)
    cortisone = models.BooleanField(null=True, blank=True)
    cortisone_last_on = models.DateField(null=True, blank=True)

    # Palpation and provocation
    tender_cm = ArrayField(
        models.DecimalField(max_digits=3, decimal_places=1), null=True, blank=True
    )
    points_to_site = models.BooleanField(null=True, blank=True)
    load_provokes = models.BooleanField(null=True, blank=True)
    arc_sign = models.BooleanField(null=True, blank=True)
    royal_london = models.BooleanField(null=True, blank=True)
    bursa_squeeze = models.BooleanField(null=True, blank=True)
    dorsiflexion_pain = models.BooleanField(null=True, blank=True)

    # Phase findings
    warm = models.BooleanField(null=True, blank=True)
    swelling_diffuse = models.BooleanField(null=True, blank=True)
    thickening_nodular = models.BooleanField(null=True, blank=True)
    pain_light_load = models.PositiveSmallIntegerField(null=True, blank=True)
    sl_heel_raise_pain = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ("-examined_on", "-pk")
        constraints = (
            models.UniqueConstraint(
                name="one_draft_an_episode", fields=["episode"], condition=Q(status="draft")
            ),
            *_pain_check("assessment", "run_pain", "pain_light_load", "sl_heel_raise_pain"),
            models.CheckConstraint(
                name="assessment_duration_in_bounds",
                condition=_within("duration_weeks", 0, bounds.WEEKS.high),
            ),
            models.CheckConstraint(
                name="assessment_signed_by_somebody",
                condition=Q(status="draft", signed_by=None, signed_at=None)
                | Q(status="signed", signed_by__isnull=False, signed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="assessment_cortisone_dated",
                condition=_dated("cortisone"),
            ),
            models.CheckConstraint(
                name="assessment_fluoroquinolone_dated",
                condition=_dated("fluoroquinolone"),
            ),
            models.CheckConstraint(
                name="assessment_drugs_before_examination",
                condition=(Q(cortisone_last_on=None) | Q(cortisone_last_on__lte=F("examined_on")))
                & (
                    Q(fluoroquinolone_last_on=None)
                    | Q(fluoroquinolone_last_on__lte=F("examined_on"))
                ),
            ),
            *(
                models.CheckConstraint(
                    name=f"assessment_{group}_answers_known",
                    condition=Q(**{f"{group}__isnull": True})
                    | Q(**{f"{group}__contained_by": list(answers)}),
                )
                for group, answers in SCREENING_GROUPS.items()
            ),
        )
        triggers = (
            NEVER_DELETED,
            pgtrigger.Protect(
                name="signed_is_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="signed"),
            ),
        )

    def __str__(self) -> str:
        return f"Assessment of {self.examined_on:%-d %B %Y}"

    @property
    def is_signed(self) -> bool:
        """Whether the assessment is frozen."""
        return self.status == self.Status.SIGNED


def _frozen_with_assessment() -> pgtrigger.Trigger:
    """Refuses a change of a measurement that belongs to a signed assessment."""
    return pgtrigger.Trigger(
        name="frozen_with_assessment",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[("frozen", "BOOLEAN")],
        func="""
            SELECT assessments_assessment.status = 'signed' INTO frozen
            FROM assessments_assessment WHERE assessments_assessment.id = NEW.assessment_id;
            IF frozen THEN
                RAISE EXCEPTION 'a signed assessment never changes'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        """,
    )


# A measurement of its own, or of a signed assessment.
_ON_RECORD = Q(assessment=None) | Q(assessment__status=Assessment.Status.SIGNED)


class VisaQuerySet(models.QuerySet["VisaA"]):
    """Questions about VISA-A scores."""

    def counted(self) -> Self:
        """Complete questionnaires on record, newest first; those of a draft are not yet."""
        return self.filter(_ON_RECORD, total__isnull=False).order_by("-answered_on", "-pk")


@pghistory.track()
class VisaA(models.Model):
    """One VISA-A: points for each item (10 is best on items 1 to 6) and the total, if complete."""

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
    wording = models.CharField(max_length=40, default="short labels 1")
    rules_version = models.CharField(max_length=20)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = VisaQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["episode", "-answered_on"], name="visa_by_day"),)
        constraints = (
            *_pain_check("visa", "q2", "q3", "q4", "q5"),
            models.CheckConstraint(name="visa_total_0_to_100", condition=_within("total", 0, 100)),
            models.CheckConstraint(name="visa_eight_items", condition=Q(items__len=8)),
            models.CheckConstraint(
                name="visa_one_part_of_q8",
                condition=Q(q8_part__in=["", "A", "B", "C"])
                & (Q(q8_part="", q8_band="") | (~Q(q8_part="") & ~Q(q8_band=""))),
            ),
        )
        triggers = (NEVER_DELETED, _frozen_with_assessment())

    def __str__(self) -> str:
        return f"VISA-A {self.total if self.total is not None else 'incomplete'}"


class HeelRaiseQuerySet(models.QuerySet["HeelRaiseTest"]):
    """Questions about heel-raise tests."""

    def counted(self) -> Self:
        """Tests on record, newest first; those of a draft are not yet."""
        return self.filter(_ON_RECORD).order_by("-tested_on", "-pk")


@pghistory.track()
class HeelRaiseTest(models.Model):
    """One heel-raise endurance test: repetitions to failure and pain, each side."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="heel_raises")
    assessment = models.OneToOneField(
        Assessment, on_delete=models.PROTECT, related_name="heel_raise", null=True, blank=True
    )
    tested_on = models.DateField()
    left_repetitions = models.PositiveSmallIntegerField(null=True, blank=True)
    right_repetitions = models.PositiveSmallIntegerField(null=True, blank=True)
    left_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    right_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    # Of the form that made it; a test inside an assessment has none of its own.
    form_token = models.UUIDField(unique=True, null=True, blank=True)
    form_digest = models.CharField(max_length=64, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = HeelRaiseQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["episode", "-tested_on"], name="heel_raise_by_day"),)
        constraints = (
            *_pain_check("heel_raise", "left_pain", "right_pain"),
            *(
                models.CheckConstraint(
                    name=f"heel_raise_{side}_in_bounds",
                    condition=_within(
                        f"{side}_repetitions", bounds.REPETITIONS.low, bounds.REPETITIONS.high
                    ),
                )
                for side in ("left", "right")
            ),
        )
        triggers = (NEVER_DELETED, _frozen_with_assessment())

    def __str__(self) -> str:
        return f"Heel raises of {self.tested_on:%-d %B %Y}"

    def repetitions(self, side: str) -> int | None:
        """Repetitions of one side; None when that side was not tested."""
        return self.left_repetitions if side == "left" else self.right_repetitions

    def pain(self, side: str) -> int | None:
        """Pain 0 to 10 during the test of one side; None when not asked."""
        return self.left_pain if side == "left" else self.right_pain


@pghistory.track()
class FunctionTest(models.Model):
    """What a stage exit asks for beside heel raises: pain on a raise, hops, walking, strength."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="function_tests")
    tested_on = models.DateField()
    sl_raise_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    dl_hop_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    sl_hop_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    walk_min = models.PositiveSmallIntegerField(null=True, blank=True)
    walk_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    # The clinician's own judgement that the calf is strong enough; nobody else can attest it.
    strength_adequate = models.BooleanField(null=True, blank=True)
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("-tested_on", "-pk")
        indexes = (models.Index(fields=["episode", "-tested_on"], name="function_by_day"),)
        constraints = (
            *_pain_check("function", "sl_raise_pain", "dl_hop_pain", "sl_hop_pain", "walk_pain"),
            models.CheckConstraint(
                name="function_walk_in_bounds",
                condition=_within("walk_min", bounds.MINUTES.low, bounds.MINUTES.high),
            ),
        )
        triggers = (
            pgtrigger.Protect(name="as_measured", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"Tests of {self.tested_on:%-d %B %Y}"


@pghistory.track()
class Classification(models.Model):
    """What a clinician took the tendon to be, from a day on. A later one never removes this one."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="classifications")
    assessment = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, related_name="classifications"
    )
    location = models.CharField(max_length=12, choices=LOCATION_CHOICES)
    phase = models.CharField(max_length=24, choices=PHASE_CHOICES)
    pathway = models.CharField(max_length=6, choices=PATHWAY_CHOICES)
    suggested_location = models.CharField(max_length=12, choices=LOCATION_CHOICES)
    # Blank: the findings recorded did not settle the phase.
    suggested_phase = models.CharField(max_length=24, choices=PHASE_CHOICES, blank=True)
    reason = models.TextField(max_length=1000, blank=True)
    rules_version = models.CharField(max_length=20)
    set_on = models.DateField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("-set_at", "-pk")
        indexes = (models.Index(fields=["episode", "-set_at"], name="classification_newest"),)
        constraints = (
            models.CheckConstraint(
                name="classification_override_has_reason",
                condition=Q(location=F("suggested_location"), phase=F("suggested_phase"))
                | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="classification_words_known",
                condition=Q(location__in=list(Location))
                & Q(phase__in=list(Phase))
                & Q(pathway__in=list(Pathway)),
            ),
        )
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"{self.get_location_display()}, {self.get_phase_display()}"


class LockQuerySet(models.QuerySet["Lock"]):
    """Questions about locks."""

    def open(self) -> Self:
        """Locks nobody has cleared."""
        return self.filter(cleared_at=None)


@pghistory.track()
class Lock(models.Model):
    """A red flag that stops the programme until a named clinician clears it with a reason."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="locks")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="locks")
    flag = models.CharField(max_length=4)
    level = models.CharField(max_length=16)
    says = models.CharField(max_length=200)
    what_to_do = models.CharField(max_length=500)
    raised_at = models.DateTimeField(default=now)
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reason = models.TextField(max_length=1000, blank=True)

    objects = LockQuerySet.as_manager()

    class Meta:
        ordering = ("flag", "pk")
        constraints = (
            models.UniqueConstraint(
                name="one_open_lock_a_flag",
                fields=["episode", "flag"],
                condition=Q(cleared_at=None),
            ),
            models.CheckConstraint(
                name="lock_cleared_by_somebody_with_a_reason",
                condition=Q(cleared_at=None, cleared_by=None, reason="")
                | (Q(cleared_at__isnull=False, cleared_by__isnull=False) & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="lock_level_locks",
                condition=Q(level__in=[level for level in Level if level is not Level.ROUTINE]),
            ),
        )
        triggers = (
            NEVER_DELETED,
            pgtrigger.Protect(
                name="cleared_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__cleared_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.flag} {self.level}"
