"""Who: the practice's users, its patients and their episodes."""

import re
import uuid
from datetime import date
from typing import Any, ClassVar, Self

import pghistory
import pgtrigger
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property

from patients.rules.age import age_on
from patients.rules.names import folded, read_date
from patients.rules.roles import May, Role, capabilities
from patients.rules.terms import Language, Sex, Side
from upwell.clock import now

NEVER_DELETED = pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)


def choices(enum: Any, **words: str) -> list[tuple[str, str]]:
    """Choices of a field for an enum: the value stored, the words shown."""
    return [(member.value, words[member.name.lower()]) for member in enum]


# What staff type about a person; everything else on the row is ours.
PATIENT_FIELDS = (
    "family_name",
    "given_name",
    "date_of_birth",
    "sex",
    "external_id",
    "phone",
    "email",
    "referrer",
    "language",
    "large_print",
)

SIDE_CHOICES = choices(Side, left="Left", right="Right")
SEX_CHOICES = choices(Sex, female="Female", male="Male", unstated="Not stated")
LANGUAGE_CHOICES = [(each.value, each.own_name) for each in Language]


class UserManager(BaseUserManager["User"]):
    """Makes accounts; an account's role is the group it is put in."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A saved account with this e-mail address, lower-cased."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str | None) -> "User":
        """The account with this e-mail address, whatever its capitals."""
        return self.get(email__iexact=email)


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractBaseUser, PermissionsMixin):
    """A member of the practice. Name, title and number are printed on handouts and signatures."""

    email = models.EmailField("e-mail address", unique=True)
    display_name = models.CharField(max_length=120)
    professional_title = models.CharField(max_length=120, blank=True)
    # Ahpra numbers physiotherapists, ESSA accredits exercise physiologists: the words differ.
    registration_number = models.CharField(max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = False
    created_at = models.DateTimeField(default=now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]
    objects = UserManager()

    class Meta:
        ordering = ("display_name",)
        constraints = (
            models.UniqueConstraint(Lower("email"), name="one_account_an_email_address"),
        )
        triggers = (NEVER_DELETED,)

    def __str__(self) -> str:
        return self.display_name

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """The roles this user holds now, read once a request."""
        names = {group.name for group in self.groups.all()}
        return tuple(role for role in Role if role.value in names)

    @cached_property
    def capabilities(self) -> frozenset[May]:
        """What this user may do now."""
        return capabilities(frozenset(role.value for role in self.roles))

    def may(self, capability: May) -> bool:
        """Whether this user may do that."""
        return capability in self.capabilities

    @property
    def signature(self) -> str:
        """Name, title and number as they stand under a signed record."""
        parts = (self.display_name, self.professional_title, self.registration_number)
        return ", ".join(part for part in parts if part)


class PatientQuerySet(models.QuerySet["Patient"]):
    """Questions about patients."""

    def search(self, text: str) -> Self:
        """Patients by any few letters of the names, record number, external id or date of birth.

        Every word must match something; dates as 1980-01-31 or 31/1/1980.
        """
        # Phones write a curly apostrophe; the record may hold either.
        text = text.replace("’", "'").strip()
        if born := read_date(text):
            return self.filter(date_of_birth=born)
        found = self
        for word in text.replace(",", " ").split():
            match = Q(external_id__icontains=word)
            for name in ("family_name", "given_name"):
                match |= Q(**{f"{name}__unaccent__icontains": word})
            if number := re.fullmatch(r"[Uu]?0*(\d{1,9})", word):
                match |= Q(pk=int(number[1]))
            if born := read_date(word):
                match |= Q(date_of_birth=born)
            found = found.filter(match)
        return found

    def same_person_as(self, family_name: str, date_of_birth: date) -> Self:
        """Patients with this family name and date of birth: perhaps entered before.

        Accents, capitals, hyphens and apostrophes make no other person.
        """
        born_then = self.filter(date_of_birth=date_of_birth)
        same = [each.pk for each in born_then if folded(each.family_name) == folded(family_name)]
        return self.filter(pk__in=same)

    def with_episodes(self) -> Self:
        """Each patient with the episodes, newest first, in one more query."""
        newest_first = Episode.objects.order_by("-opened_on", "-pk")
        return self.prefetch_related(models.Prefetch("episodes", queryset=newest_first))


@pghistory.track()
class Patient(models.Model):
    """A person. The record number is what staff say on the phone; the code is for addresses."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    family_name = models.CharField(max_length=100)
    given_name = models.CharField(max_length=100)
    date_of_birth = models.DateField()
    sex = models.CharField(max_length=1, choices=SEX_CHOICES)
    # The practice-management system's number for the same person.
    external_id = models.CharField(max_length=60, null=True, blank=True, unique=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    referrer = models.CharField(max_length=120, blank=True)
    # How the patient's papers are printed.
    language = models.CharField(
        max_length=8, choices=LANGUAGE_CHOICES, default=Language.ENGLISH.value
    )
    large_print = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    # Made when the form is opened: the same form sent twice is one patient.
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ("family_name", "given_name", "pk")
        indexes = (models.Index(fields=["family_name", "given_name"], name="patient_by_name"),)
        constraints = (
            models.CheckConstraint(name="patient_sex_known", condition=Q(sex__in=list(Sex))),
            models.CheckConstraint(
                name="patient_language_known", condition=Q(language__in=list(Language))
            ),
            models.CheckConstraint(
                name="patient_born_after_1900", condition=Q(date_of_birth__gte=date(1900, 1, 1))
            ),
            models.CheckConstraint(
                name="patient_has_names", condition=~Q(family_name="") & ~Q(given_name="")
            ),
        )
        triggers = (NEVER_DELETED,)

    def __str__(self) -> str:
        return f"{self.family_name}, {self.given_name}"

    @property
    def record_number(self) -> str:
        """The number staff use for this record, for example U00042."""
        return f"U{self.pk:05d}"

    def age_on(self, on: date) -> int:
        """Age in whole years on a date."""
        return age_on(self.date_of_birth, on)


class EpisodeQuerySet(models.QuerySet["Episode"]):
    """Questions about episodes."""

    def open(self) -> Self:
        """Episodes nobody has closed."""
        return self.filter(closed_on=None)


OUTCOMES = [
    ("returned", "Back to what they wanted to do"),
    ("improved", "Improved, carries on alone"),
    ("referred", "Referred on"),
    ("stopped", "Stopped coming"),
    ("error", "Opened in error"),
]


@pghistory.track()
class Episode(models.Model):
    """One Achilles problem on one side of one patient, from first visit to discharge."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="episodes")
    side = models.CharField(max_length=5, choices=SIDE_CHOICES)
    opened_on = models.DateField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # Whose caseload it is on.
    clinician = models.ForeignKey(User, on_delete=models.PROTECT, related_name="episodes")
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    outcome = models.CharField(max_length=20, choices=OUTCOMES, blank=True)
    closing_note = models.TextField(max_length=2000, blank=True)

    objects = EpisodeQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_on", "-pk")
        constraints = (
            models.UniqueConstraint(
                name="one_open_episode_a_side",
                fields=["patient", "side"],
                condition=Q(closed_on=None),
            ),
            models.CheckConstraint(name="episode_side_known", condition=Q(side__in=list(Side))),
            models.CheckConstraint(
                name="episode_closed_after_opened",
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")),
            ),
            models.CheckConstraint(
                name="episode_closed_by_somebody",
                condition=Q(closed_on=None, closed_by=None, outcome="")
                | (Q(closed_on__isnull=False, closed_by__isnull=False) & ~Q(outcome="")),
            ),
        )
        triggers = (NEVER_DELETED,)

    def __str__(self) -> str:
        return f"{self.patient}: {self.get_side_display()} Achilles"

    @property
    def is_open(self) -> bool:
        """Whether the episode still runs."""
        return self.closed_on is None


@pghistory.track()
class Reopening(models.Model):
    """A closed episode opened again, with how it had been closed before."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="reopenings")
    closed_on = models.DateField()
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=20, choices=OUTCOMES)
    closing_note = models.TextField(max_length=2000, blank=True)
    reopened_on = models.DateField()
    reason = models.TextField(max_length=1000)
    reopened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reopened_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("-reopened_at", "-pk")
        constraints = (
            models.CheckConstraint(name="reopening_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="reopened_after_closed", condition=Q(reopened_on__gte=F("closed_on"))
            ),
        )
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"Re-opened {self.reopened_on:%-d %B %Y}"


class AccessLog(models.Model):
    """Who opened which record when. A row is written in the transaction of the read itself."""

    at = models.DateTimeField(default=now)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    page = models.CharField(max_length=60)
    method = models.CharField(max_length=8)

    class Meta:
        indexes = (
            models.Index(fields=["patient", "at"], name="access_by_patient"),
            models.Index(fields=["user", "at"], name="access_by_user"),
        )
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.page} {self.at:%Y-%m-%d %H:%M}"
