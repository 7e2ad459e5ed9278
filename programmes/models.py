"""What to do next: programmes, versions, steps, sessions, decisions and handouts."""

import uuid
from typing import Self

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Prefetch, Q

from assessments.models import LOCATION_CHOICES, PHASE_CHOICES, Assessment, Lock
from assessments.rules import bounds
from assessments.rules.terms import Cortisone, Grade, MatrixRow, Stage
from patients.models import NEVER_DELETED, Episode, User, choices
from programmes.rules.papercode import new_code
from programmes.rules.terms import Outcome, Protocol
from upwell.clock import now

STAGE_CHOICES = choices(
    Stage,
    isometric="Isometric",
    isotonic="Isotonic",
    plyometric="Plyometric",
    run_walk="Run-walk",
    full_return="Full return",
)
PROTOCOL_CHOICES = choices(
    Protocol,
    iso="Isometric holds",
    hsr="Heavy slow resistance",
    grif="Single-leg loaded",
    ins="Insertional, to neutral",
    alf="Alfredson heel drops",
    silb="Silbernagel combined",
    plyo="Plyometric",
    run="Run-walk",
    full="Full return",
)
CORTISONE_CHOICES = choices(Cortisone, none="None", recent="Recent", past="Past")
OUTCOME_CHOICES = choices(
    Outcome,
    progress="Progress one step",
    hold="Stay at this step",
    regress="Step back",
    refer="Refer",
    pending="Wait for what is missing",
)
GRADE_CHOICES = choices(
    Grade, allowed="Allowed", caution="Caution", contraindicated="Contraindicated"
)


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

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
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
        triggers = (_frozen_with_version("step_id"),)

    def __str__(self) -> str:
        return self.name


class SessionQuerySet(models.QuerySet["Session"]):
    """Questions about sessions."""

    def of(self, episode: Episode) -> Self:
        """Sessions of an episode."""
        return self.filter(programme__episode=episode)

    def whole(self) -> Self:
        """Each session with everything around it: its page, and its decision."""
        return self.select_related(
            "programme__episode__patient",
            "programme__current_step",
            "version",
            "step",
            "logged_by",
            "morning__recorded_by",
            "decision__decided_by",
            "decision__from_step",
            "decision__to_step",
        )

    def in_order(self) -> Self:
        """As they happened; two on one day in the order they were written down."""
        return self.order_by("happened_on", "pk")

    def newest_first(self) -> Self:
        """The last one first, each with its morning after and its decision."""
        return self.select_related("morning", "decision", "step", "version", "logged_by").order_by(
            "-happened_on", "-pk"
        )


SOURCES = [
    ("clinic", "In the clinic"),
    ("home", "At home"),
    ("phone", "By phone"),
    ("paper", "From the paper diary"),
]


@pghistory.track()
class Session(models.Model):
    """One training session as it happened, with a frozen copy of what it was held against."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="sessions")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="sessions")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="sessions")
    targets = models.JSONField()
    happened_on = models.DateField()
    source = models.CharField(max_length=6, choices=SOURCES, default="clinic")
    pain_before = models.PositiveSmallIntegerField(null=True, blank=True)
    pain_during = models.PositiveSmallIntegerField(null=True, blank=True)
    pain_after = models.PositiveSmallIntegerField(null=True, blank=True)
    stiffness_min = models.PositiveSmallIntegerField(null=True, blank=True)
    completed_pct = models.PositiveSmallIntegerField(null=True, blank=True)
    new_warm_or_swollen = models.BooleanField(null=True, blank=True)
    note = models.TextField(max_length=2000, blank=True)
    # Made when the form is opened: the same form sent twice is one session.
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)
    logged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=now)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ("-happened_on", "-pk")
        indexes = (
            models.Index(fields=["programme", "-happened_on", "-id"], name="session_by_day"),
        )
        constraints = (
            *(
                models.CheckConstraint(
                    name=f"session_{name}_in_bounds",
                    condition=Q(**{f"{name}__isnull": True})
                    | Q(**{f"{name}__range": (limits.low, limits.high)}),
                )
                for name, limits in {
                    "pain_before": bounds.PAIN,
                    "pain_during": bounds.PAIN,
                    "pain_after": bounds.PAIN,
                    "stiffness_min": bounds.MINUTES,
                }.items()
            ),
            models.CheckConstraint(
                name="session_completed_pct_in_bounds",
                condition=Q(completed_pct=None) | Q(completed_pct__range=(0, 100)),
            ),
        )
        triggers = (
            pgtrigger.Protect(name="as_it_happened", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"Session of {self.happened_on:%-d %B %Y}"


@pghistory.track()
class MorningAfter(models.Model):
    """How the tendon was the next morning; often told days later."""

    session = models.OneToOneField(Session, on_delete=models.PROTECT, related_name="morning")
    pain = models.PositiveSmallIntegerField()
    stiffness_min = models.PositiveSmallIntegerField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=now)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="morning_pain_in_bounds",
                condition=Q(pain__range=(bounds.PAIN.low, bounds.PAIN.high)),
            ),
            models.CheckConstraint(
                name="morning_stiffness_in_bounds",
                condition=Q(stiffness_min=None)
                | Q(stiffness_min__range=(bounds.MINUTES.low, bounds.MINUTES.high)),
            ),
        )
        triggers = (
            pgtrigger.Protect(name="as_it_was_told", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"Morning after {self.session}"


@pghistory.track()
class Decision(models.Model):
    """What was decided after a session, with everything needed to work it out again."""

    session = models.OneToOneField(Session, on_delete=models.PROTECT, related_name="decision")
    proposed = models.CharField(max_length=8, choices=OUTCOME_CHOICES)
    rule = models.CharField(max_length=12)
    because = models.TextField()
    inputs = models.JSONField()
    defaults = models.JSONField()
    rules_version = models.CharField(max_length=20)
    outcome = models.CharField(max_length=8, choices=OUTCOME_CHOICES)
    reason = models.TextField(max_length=1000, blank=True)
    n_ok_after = models.PositiveSmallIntegerField()
    from_step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="+")
    to_step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=now)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="decision_override_has_reason",
                condition=Q(outcome=F("proposed")) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="decision_is_final",
                condition=Q(outcome__in=["PROGRESS", "HOLD", "REGRESS", "REFER"]),
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="never_rewritten", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} ({self.rule})"

    @property
    def overridden(self) -> bool:
        """Whether the clinician decided otherwise than the rule proposed."""
        return self.outcome != self.proposed


@pghistory.track()
class Handout(models.Model):
    """One printed plan: which paper the patient holds."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    paper_code = models.CharField(max_length=8, unique=True, default=new_code)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="handouts")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="handouts")
    options = models.JSONField(default=dict)
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)
    printed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    printed_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("-printed_at", "-pk")
        triggers = (
            pgtrigger.Protect(
                name="as_it_was_printed", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        )

    def __str__(self) -> str:
        return f"Paper {self.paper_code[:4]} {self.paper_code[4:]}"


class LetterManager(models.Manager["Letter"]):
    """Letters without the bytes of their PDF, which are read when somebody asks for them."""

    def get_queryset(self) -> "models.QuerySet[Letter]":
        return super().get_queryset().defer("printed_pdf")


# The bytes are written once, with the printing, so a history of them would only be a second copy.
@pghistory.track(exclude=["printed_pdf"])
class Letter(models.Model):
    """A letter about an episode: to the GP or referrer, or for a red flag. Frozen once printed."""

    class Kind(models.TextChoices):
        REPORT = "report", "Letter to the GP or referrer"
        REFERRAL = "referral", "Referral for a red flag"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="letters")
    assessment = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, related_name="letters", null=True, blank=True
    )
    # Of a referral: the red flag it is about.
    lock = models.ForeignKey(
        Lock, on_delete=models.PROTECT, related_name="letters", null=True, blank=True
    )
    kind = models.CharField(max_length=8, choices=Kind)
    recipient = models.TextField(max_length=500, blank=True)
    subject = models.CharField(max_length=200)
    body = models.TextField(max_length=20_000)
    with_chart = models.BooleanField(default=True)
    dated_on = models.DateField()
    version = models.PositiveIntegerField(default=1)
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=now)
    saved_at = models.DateTimeField(default=now)
    printed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    printed_at = models.DateTimeField(null=True, blank=True)
    # As it was sent: the record, the patient's name and the practice's own may change later.
    printed_pdf = models.BinaryField(null=True, blank=True)

    objects = LetterManager()

    class Meta:
        ordering = ("-written_at", "-pk")
        indexes = (models.Index(fields=["episode", "-written_at"], name="letter_newest"),)
        constraints = (
            models.CheckConstraint(
                name="letter_referral_is_about_a_flag",
                condition=Q(kind="report", lock=None) | Q(kind="referral", lock__isnull=False),
            ),
            models.CheckConstraint(
                name="letter_printed_by_somebody",
                condition=Q(printed_at=None, printed_by=None)
                | Q(printed_at__isnull=False, printed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="letter_pdf_kept_with_the_printing",
                condition=Q(printed_pdf=None) | Q(printed_at__isnull=False),
            ),
        )
        triggers = (
            NEVER_DELETED,
            pgtrigger.Protect(
                name="as_it_was_sent",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__printed_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.dated_on:%-d %B %Y}"
