"""What is printed: the patient's papers, and letters."""

import uuid

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q

from assessments.models import Assessment, Lock
from patients.models import NEVER_DELETED, Episode, User
from programmes.models.plan import Step, Version
from programmes.rules.papercode import new_code
from upwell.clock import now


class DocumentManager(models.Manager["Document"]):
    """Documents without their bytes, which are read when somebody asks for them."""

    def get_queryset(self) -> "models.QuerySet[Document]":
        return super().get_queryset().defer("pdf")


class Document(models.Model):
    """One PDF as it was made, kept by its content: the same bytes are stored once."""

    sha256 = models.CharField(max_length=64, unique=True)
    pdf = models.BinaryField()
    pages = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField(default=now)

    objects = DocumentManager()

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = (
            models.CheckConstraint(name="document_has_a_page", condition=Q(pages__gte=1)),
        )
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"Document {self.sha256[:8]}"


class Ready(models.Model):
    """A paper made before somebody prints it; printing takes its code and its document over.

    Nobody holds it, so it is no record and may be thrown away.
    """

    # What stands on it, without its code (``programmes.handout.digest_of``).
    content_digest = models.CharField(max_length=64, unique=True)
    paper_code = models.CharField(max_length=8, unique=True, default=new_code)
    # Of a paper for both legs: the code of the other leg's diary.
    other_code = models.CharField(max_length=8, blank=True)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return f"Ready {self.paper_code[:4]} {self.paper_code[4:]}"


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
    # The first printing; empty where the server printed it by command.
    printed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    printed_at = models.DateTimeField(default=now)
    # What stands on it, without its code; blank on papers of before there were documents.
    content_digest = models.CharField(max_length=64, blank=True)
    # The very bytes; empty until they were made, then never another.
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="handouts", null=True, blank=True
    )
    # The same on both papers of one sheet for both legs.
    together = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ("-printed_at", "-pk")
        indexes = (models.Index(fields=["version", "content_digest"], name="handout_same_content"),)
        triggers = (
            NEVER_DELETED,
            pgtrigger.ReadOnly(name="as_it_was_printed", exclude=["document"]),
            pgtrigger.Protect(
                name="one_document",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__document__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"Paper {self.paper_code[:4]} {self.paper_code[4:]}"


class PrintJob(models.Model):
    """Several papers asked for at once, made one after the other."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return f"Papers of {self.made_at:%-d %B %Y}"


class PrintJobPaper(models.Model):
    """One paper of a job: to be made, made, or refused with the reason."""

    job = models.ForeignKey(PrintJob, on_delete=models.PROTECT, related_name="papers")
    order = models.PositiveSmallIntegerField()
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    options = models.JSONField(default=dict)
    handout = models.ForeignKey(
        Handout, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("job", "order")
        constraints = (
            models.UniqueConstraint(name="one_job_paper_a_place", fields=["job", "order"]),
            models.CheckConstraint(
                name="job_paper_made_or_refused", condition=Q(handout=None) | Q(problem="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.job}, number {self.order}"


@pghistory.track()
class Printing(models.Model):
    """Somebody printed a paper: the first time, or the same bytes again."""

    handout = models.ForeignKey(Handout, on_delete=models.PROTECT, related_name="printings")
    # Empty where the server printed it by command.
    printed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    printed_at = models.DateTimeField(default=now)
    job = models.ForeignKey(
        PrintJob, on_delete=models.PROTECT, related_name="printings", null=True, blank=True
    )
    # Made when the page with the button is opened: the same button pressed twice is one printing.
    form_token = models.UUIDField(unique=True, null=True, blank=True)

    class Meta:
        ordering = ("-printed_at", "-pk")
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"{self.handout}, {self.printed_at:%-d %B %Y}"


@pghistory.track()
class NotDone(models.Model):
    """A line of a returned diary on which the patient wrote that nothing was done that day."""

    handout = models.ForeignKey(Handout, on_delete=models.PROTECT, related_name="not_done")
    # Its line on the paper, counted from 1 down the diary, as in ``Session.diary_row``.
    diary_row = models.PositiveSmallIntegerField()
    on = models.DateField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("handout", "diary_row")
        constraints = (
            models.UniqueConstraint(name="one_not_done_a_row", fields=["handout", "diary_row"]),
            models.CheckConstraint(
                name="not_done_row_counts_from_one", condition=Q(diary_row__gte=1)
            ),
        )
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"Not done on {self.on:%-d %B %Y}"


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
