"""Assessments with their treatments, and what follows from one: classifications and locks."""

import uuid
from typing import Any, Self

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q

from assessments.models.common import (
    bounded,
    frozen_with_assessment,
    marked_once,
    pain_check,
    within,
)
from assessments.rules import bounds
from assessments.rules.screening import WELLS_ITEMS
from assessments.rules.terms import (
    Differential,
    FootStrike,
    Level,
    Location,
    Pathway,
    Phase,
    RunningStatus,
    TreatmentKind,
)
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

STRIKE_CHOICES = choices(FootStrike, rearfoot="Rearfoot", midfoot="Midfoot", forefoot="Forefoot")
TREATMENT_CHOICES = choices(
    TreatmentKind,
    rest="Rest from running or sport",
    stretching="Stretching",
    medicines="Anti-inflammatory medicines",
    massage="Massage or foam rolling",
    loading="Loading exercises",
    heel_lift="Heel lift or shoe change",
    shock_wave="Shock waves",
    other="Other",
)
DIFFERENTIAL_CHOICES = choices(
    Differential,
    posterior_impingement="Posterior impingement: pain in forced pointing of the foot",
    superficial_bursitis="Superficial heel bursa: tender swelling under the skin of the heel",
    plantaris="Plantaris: pain along the inner side",
    flexor_hallucis="Flexor hallucis longus: pain behind the inner ankle, big toe resisted",
    paratenon="Paratenon: crackling, swelling that stays when the foot moves",
    partial_tear="Partial tear",
    accessory_soleus="Accessory soleus",
    referred_s1="Referred from S1",
)

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
        """Assessments that count: signed, and not replaced by a signed amendment."""
        return self.filter(status=Assessment.Status.SIGNED, superseded=False)

    def newest_first(self) -> Self:
        """By the day of the examination."""
        return self.order_by("-examined_on", "-pk")

    def draft(self) -> "Assessment | None":
        """The one not signed yet, if there is one."""
        return self.whole().filter(status=Assessment.Status.DRAFT).first()

    def answered(self) -> Self:
        """Each assessment with every answer of its page, in one more query."""
        return self.select_related("visa", "heel_raise", "function").prefetch_related("treatments")

    def begun(self) -> "Assessment | None":
        """The draft, if there is one, with none of its answers."""
        return self.filter(status=Assessment.Status.DRAFT).first()

    def whole(self) -> Self:
        """Each assessment with everything its page shows, in three more queries."""
        other = Episode.objects.open().filter(patient_id=OuterRef("episode__patient_id"))
        return (
            self.answered()
            .select_related(
                "episode__patient",
                "episode__clinician",
                "created_by",
                "signed_by",
                "void_by",
                "amends",
                "amended_by__created_by",
                "amended_by__signed_by",
            )
            .annotate(other_tendon_open=Exists(other.exclude(pk=OuterRef("episode_id"))))
            .prefetch_related(
                Prefetch("locks", Lock.objects.select_related("cleared_by")),
                Prefetch(
                    "episode__classifications",
                    Classification.objects.select_related("set_by", "assessment"),
                ),
            )
        )


@pghistory.track()
class Assessment(models.Model):
    """One dated examination of an episode: a draft until signed, then frozen.

    Null everywhere means "not asked" or "not measured", never "no" and never zero.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SIGNED = "signed", "Signed"
        VOID = "void", "Discarded"

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
    # Of a draft nobody needs: kept and readable, but counts nowhere.
    void_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    void_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.TextField(max_length=2200, blank=True)
    # Whether the other tendon was a patient too on the day of the signature: then it is no
    # reference, and stays none whatever becomes of it. Null: signed before this was kept.
    bilateral = models.BooleanField(null=True, blank=True)

    # A correction of a signed assessment is a new one that names it; the original stays readable.
    amends = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="amended_by", null=True, blank=True
    )
    amendment_reason = models.TextField(max_length=1000, blank=True)
    # Set with the signature of the amendment: this one is kept and shown, but counts no more.
    superseded = models.BooleanField(default=False)

    # History
    onset_on = models.DateField(null=True, blank=True)
    duration_weeks = models.PositiveSmallIntegerField(null=True, blank=True)
    prior_episode = models.BooleanField(null=True, blank=True)
    running_status = models.CharField(max_length=13, choices=RUNNING_CHOICES, blank=True)
    run_pain = models.PositiveSmallIntegerField(null=True, blank=True)
    run_settled = models.BooleanField(null=True, blank=True)
    history_note = models.TextField(max_length=5000, blank=True)
    goal = models.TextField(max_length=1000, blank=True)
    goal_event = models.CharField(max_length=120, blank=True)
    goal_event_on = models.DateField(null=True, blank=True)
    goal_distance_m = models.PositiveIntegerField(null=True, blank=True)

    # Medicines and conditions that slow the tendon or inform; those that lock stand in Screening.
    statins = models.BooleanField(null=True, blank=True)
    diabetes = models.BooleanField(null=True, blank=True)
    medication_note = models.TextField(max_length=2000, blank=True)

    # Footwear and pressure on the heel
    shoe_drop_mm = models.PositiveSmallIntegerField(null=True, blank=True)
    rigid_heel_counter = models.BooleanField(null=True, blank=True)
    heel_lift = models.BooleanField(null=True, blank=True)
    footwear_note = models.TextField(max_length=1000, blank=True)

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
    # Other conditions that fit; empty means considered and none fits, null not considered.
    differentials = _group_field()
    differential_note = models.TextField(max_length=1000, blank=True)

    # Phase findings
    warm = models.BooleanField(null=True, blank=True)
    swelling_diffuse = models.BooleanField(null=True, blank=True)
    thickening_nodular = models.BooleanField(null=True, blank=True)
    pain_light_load = models.PositiveSmallIntegerField(null=True, blank=True)
    sl_heel_raise_pain = models.PositiveSmallIntegerField(null=True, blank=True)

    # Running analysis
    analysis_speed_kmh = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    cadence_spm = models.PositiveSmallIntegerField(null=True, blank=True)
    left_contact_ms = models.PositiveSmallIntegerField(null=True, blank=True)
    right_contact_ms = models.PositiveSmallIntegerField(null=True, blank=True)
    left_strike = models.CharField(max_length=8, choices=STRIKE_CHOICES, blank=True)
    right_strike = models.CharField(max_length=8, choices=STRIKE_CHOICES, blank=True)
    calf_loading_note = models.TextField(max_length=2000, blank=True)

    objects = AssessmentQuerySet.as_manager()

    # Set by ``whole()``: whether the other tendon has an open episode, so that it is no reference.
    other_tendon_open: bool

    class Meta:
        ordering = ("-examined_on", "-pk")
        constraints = (
            models.UniqueConstraint(
                name="one_draft_an_episode", fields=["episode"], condition=Q(status="draft")
            ),
            *pain_check("assessment", "run_pain", "pain_light_load", "sl_heel_raise_pain"),
            models.CheckConstraint(
                name="assessment_duration_in_bounds",
                condition=within("duration_weeks", 0, bounds.WEEKS.high),
            ),
            *bounded(
                "assessment",
                goal_distance_m=bounds.DISTANCE_M,
                shoe_drop_mm=bounds.HEEL_DROP_MM,
                analysis_speed_kmh=bounds.SPEED_KMH,
                cadence_spm=bounds.CADENCE_SPM,
                left_contact_ms=bounds.CONTACT_MS,
                right_contact_ms=bounds.CONTACT_MS,
            ),
            models.CheckConstraint(
                name="assessment_amendment_has_reason",
                condition=Q(amends=None, amendment_reason="")
                | (Q(amends__isnull=False) & ~Q(amendment_reason="")),
            ),
            models.CheckConstraint(
                name="assessment_only_signed_is_superseded",
                condition=Q(superseded=False) | Q(status="signed"),
            ),
            models.CheckConstraint(
                name="assessment_onset_before_examination",
                condition=Q(onset_on=None) | Q(onset_on__lte=F("examined_on")),
            ),
            models.CheckConstraint(
                name="assessment_differentials_known",
                condition=Q(differentials__isnull=True)
                | Q(differentials__contained_by=[each.value for each in Differential]),
            ),
            models.CheckConstraint(
                name="assessment_signed_by_somebody",
                condition=Q(status__in=["draft", "void"], signed_by=None, signed_at=None)
                | Q(status="signed", signed_by__isnull=False, signed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="assessment_void_by_somebody_with_a_reason",
                condition=Q(status="void", void_by__isnull=False, void_at__isnull=False)
                & ~Q(void_reason="")
                | ~Q(status="void") & Q(void_by=None, void_at=None, void_reason=""),
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
            # A signed one never changes; its amendment's signature sets one mark on it.
            marked_once(
                "superseded", marked="OLD.superseded", condition=pgtrigger.Q(old__status="signed")
            ),
        )

    def __str__(self) -> str:
        return f"Assessment of {self.examined_on:%-d %B %Y}"

    @property
    def is_draft(self) -> bool:
        """Whether it can still be changed."""
        return self.status == self.Status.DRAFT

    @property
    def is_signed(self) -> bool:
        """Whether the assessment is frozen."""
        return self.status == self.Status.SIGNED

    @property
    def own_classifications(self) -> list["Classification"]:
        """The classifications that rest on this assessment, newest first."""
        every = self.episode.classifications.all()
        return [each for each in every if each.assessment_id == self.pk]


@pghistory.track()
class Treatment(models.Model):
    """One kind of treatment before the examination: tried or not, and when."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="treatments")
    kind = models.CharField(max_length=10, choices=TREATMENT_CHOICES)
    # Null: not asked.
    tried = models.BooleanField(null=True, blank=True)
    since_on = models.DateField(null=True, blank=True)
    # Null beside a first day: still going on, or the last day is not known.
    until_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(name="one_row_a_treatment", fields=["assessment", "kind"]),
            models.CheckConstraint(
                name="treatment_kind_known",
                condition=Q(kind__in=[kind.value for kind in TreatmentKind]),
            ),
            models.CheckConstraint(
                name="treatment_dates_only_if_tried",
                condition=Q(tried=True) | Q(since_on=None, until_on=None),
            ),
            models.CheckConstraint(
                name="treatment_ends_after_it_began",
                condition=Q(since_on=None) | Q(until_on=None) | Q(until_on__gte=F("since_on")),
            ),
        )
        triggers = (NEVER_DELETED, frozen_with_assessment())

    def __str__(self) -> str:
        return self.get_kind_display()


class ClassificationQuerySet(models.QuerySet["Classification"]):
    """Questions about classifications."""

    def in_force(self) -> Self:
        """Those that count, the one in force first: by the day each speaks of, then by its making.

        What was set at the signing of an examination that was amended since counts no more; what
        a session added to it later does.
        """
        replaced = Q(assessment__superseded=True, set_at__lte=F("assessment__signed_at"))
        return self.exclude(replaced).order_by("-set_on", "-set_at", "-pk")


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

    objects = ClassificationQuerySet.as_manager()

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
    # The answer was taken back in the draft by whoever gave it: no clinician judged the flag.
    withdrawn = models.BooleanField(default=False)

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
