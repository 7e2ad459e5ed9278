"""What happened: sessions, the mornings after, decisions, and the gate a clinician signed."""

import uuid
from typing import Self

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from assessments.rules import bounds
from assessments.rules.terms import GateMode
from patients.models import Episode, User, choices
from programmes.models.plan import Programme, Step, Version
from programmes.models.words import OUTCOME_CHOICES
from upwell.clock import now

GATE_CHOICES = choices(GateMode, seed="25 single-leg raises", norm="Norm for age and sex")


class SessionQuerySet(models.QuerySet["Session"]):
    """Questions about sessions."""

    def of(self, episode: Episode) -> Self:
        """Sessions of an episode."""
        return self.filter(programme__episode=episode)

    def counted(self) -> Self:
        """Those that count: not struck out by a correction."""
        return self.filter(struck_at=None)

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


# What a correction may change; everything else of a session never changes.
TOLD = (
    "happened_on",
    "source",
    "completed_pct",
    "done",
    "pain_before",
    "pain_during",
    "pain_after",
    "stiffness_min",
    "new_warm_or_swollen",
    "note",
)


def _only_by_correction(told: tuple[str, ...], session: str, nth: str) -> pgtrigger.Trigger:
    """Refuses any change that no correction on record stands for; ``session`` names the key."""
    free = ", ".join(f"'{name}'" for name in (*told, "corrected"))
    return pgtrigger.Trigger(
        name="only_by_correction",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"""
            IF (to_jsonb(NEW) - ARRAY[{free}]) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY[{free}])
                OR NOT (NEW.corrected {nth})
                OR NOT EXISTS (
                    SELECT 1 FROM programmes_correction
                    WHERE session_id = NEW.{session} AND number = NEW.corrected
                )
            THEN
                RAISE EXCEPTION 'what was told changes only by a correction on record'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        """,
    )


@pghistory.track()
class Session(models.Model):
    """One training session as it happened, with a frozen copy of what it was held against.

    Its values are what is believed now: ``Correction`` keeps what was told before.
    """

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
    # What was done of each target where it differs, as ``programmes.rules.performed`` stores it.
    done = models.JSONField(default=list, blank=True)
    # The paper it was copied from, and its line there, counted from 1 down the diary.
    handout = models.ForeignKey(
        "Handout", on_delete=models.PROTECT, related_name="sessions", null=True, blank=True
    )
    diary_row = models.PositiveSmallIntegerField(null=True, blank=True)
    # How often it was corrected; the newest correction has this number.
    corrected = models.PositiveSmallIntegerField(default=0)
    # Written down by mistake: it happened otherwise, or to somebody else.
    struck_at = models.DateTimeField(null=True, blank=True)
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
            models.UniqueConstraint(
                name="one_session_a_diary_row", fields=["handout", "diary_row"]
            ),
            models.CheckConstraint(
                name="session_of_a_paper_has_its_row",
                condition=Q(handout=None, diary_row=None)
                | Q(handout__isnull=False, diary_row__gte=1),
            ),
        )
        triggers = (
            pgtrigger.Protect(name="as_it_happened", operation=pgtrigger.Delete),
            _only_by_correction((*TOLD, "struck_at"), "id", "= OLD.corrected + 1"),
        )

    def __str__(self) -> str:
        return f"Session of {self.happened_on:%-d %B %Y}"

    @property
    def is_reported(self) -> bool:
        """Whether it is known from what the patient told; else somebody of the practice saw it."""
        return self.source != "clinic"


@pghistory.track()
class MorningAfter(models.Model):
    """How the tendon was the next morning; often told days later."""

    session = models.OneToOneField(Session, on_delete=models.PROTECT, related_name="morning")
    pain = models.PositiveSmallIntegerField(null=True, blank=True)
    stiffness_min = models.PositiveSmallIntegerField(null=True, blank=True)
    # The newest correction that changed it.
    corrected = models.PositiveSmallIntegerField(default=0)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=now)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="morning_pain_in_bounds",
                condition=Q(pain=None) | Q(pain__range=(bounds.PAIN.low, bounds.PAIN.high)),
            ),
            models.CheckConstraint(
                name="morning_says_something",
                condition=Q(pain__isnull=False) | Q(stiffness_min__isnull=False),
            ),
            models.CheckConstraint(
                name="morning_stiffness_in_bounds",
                condition=Q(stiffness_min=None)
                | Q(stiffness_min__range=(bounds.MINUTES.low, bounds.MINUTES.high)),
            ),
        )
        triggers = (
            pgtrigger.Protect(name="as_it_was_told", operation=pgtrigger.Delete),
            _only_by_correction(("pain", "stiffness_min"), "session_id", "> OLD.corrected"),
        )

    def __str__(self) -> str:
        return f"Morning after {self.session}"


REASONS = [
    ("other_cause", "The pain came from something else"),
    ("technique", "The technique is not right yet"),
    ("confidence", "The patient does not feel ready"),
    ("unusual", "This session was not like the others"),
    ("event", "A match, a race or a trip is near"),
    ("settled", "Settled, though later than the rule asks"),
    ("other", "Another reason"),
]
"""Why a clinician decides otherwise than proposed: one tap, with words beside it or without."""


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
    # The reason that was tapped, if one was; ``reason`` has the words, also of the tapped one.
    reason_kind = models.CharField(max_length=12, choices=REASONS, blank=True)
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
class Correction(models.Model):
    """A dated correction of a session or of its morning after: what was told before, and what now.

    The decision stands. Of a session that was decided, ``proposed``, ``rule`` and ``because`` say
    what the rule says of the corrected values, with everything needed to work that out again.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="corrections")
    number = models.PositiveSmallIntegerField()
    before = models.JSONField()
    after = models.JSONField()
    # Whether it strikes the session out.
    strikes = models.BooleanField(default=False)
    reason = models.TextField(max_length=1000)
    proposed = models.CharField(max_length=8, choices=OUTCOME_CHOICES, blank=True)
    rule = models.CharField(max_length=12, blank=True)
    because = models.TextField(blank=True)
    inputs = models.JSONField(null=True, blank=True)
    defaults = models.JSONField(null=True, blank=True)
    rules_version = models.CharField(max_length=20, blank=True)
    # Good sessions in a row as they count after it; empty where nothing was decided.
    n_ok_after = models.PositiveSmallIntegerField(null=True, blank=True)
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)
    corrected_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    corrected_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("session", "number")
        constraints = (
            models.UniqueConstraint(name="one_correction_a_number", fields=["session", "number"]),
            models.CheckConstraint(name="correction_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="correction_says_all_or_nothing_of_the_rule",
                condition=Q(
                    proposed="",
                    rule="",
                    inputs__isnull=True,
                    defaults__isnull=True,
                    n_ok_after=None,
                )
                | (
                    ~Q(proposed="")
                    & ~Q(rule="")
                    & Q(inputs__isnull=False, defaults__isnull=False, n_ok_after__isnull=False)
                ),
            ),
        )
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"Correction {self.number} of {self.session}"


@pghistory.track()
class GateSigning(models.Model):
    """Which measure of single-leg raises the gate to running goes by, as a clinician signed it."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="gate_signings")
    mode = models.CharField(max_length=4, choices=GATE_CHOICES)
    reason = models.TextField(max_length=1000)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=now)
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("-signed_at", "-pk")
        indexes = (models.Index(fields=["episode", "-signed_at"], name="gate_signing_newest"),)
        constraints = (
            models.CheckConstraint(
                name="gate_signing_mode_known", condition=Q(mode__in=list(GateMode))
            ),
            models.CheckConstraint(name="gate_signing_has_reason", condition=~Q(reason="")),
        )
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"{self.get_mode_display()}, {self.signed_at:%-d %B %Y}"
