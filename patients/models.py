"""Who: the practice's users, its patients and their episodes."""

import re
import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar, Self

import pghistory
import pgtrigger
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.utils.functional import cached_property

from patients.plain_names import AllLetters, PlainLetters, ordered
from patients.rules.age import age_on
from patients.rules.names import folded, read_date
from patients.rules.roles import May, Role, capabilities
from patients.rules.terms import Language, Sex, Side
from upwell.clock import now

NEVER_DELETED = pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)
APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)

# Whoever takes the last active practice lead away is refused. The row of the role is locked, so two
# leads who take it from each other at once queue up.
OTHER_LEAD = """
    PERFORM FROM auth_group WHERE name = 'Practice lead' FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM patients_user_groups AS held JOIN auth_group AS role ON role.id = held.group_id
        WHERE role.name = 'Practice lead' AND held.{lost}
    ) AND NOT EXISTS (
        SELECT FROM patients_user_groups AS held
        JOIN auth_group AS role ON role.id = held.group_id
        JOIN patients_user AS other ON other.id = held.user_id
        WHERE role.name = 'Practice lead' AND other.is_active AND other.id <> {user}
    ) THEN
        RAISE EXCEPTION 'the practice keeps one active practice lead'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'keeps_a_lead';
    END IF;
    RETURN {row};
"""


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


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    # What no column of the row shows: patients.staff and upwell.accounts record it.
    pghistory.ManualEvent("password_set"),  # type: ignore[no-untyped-call]
    pghistory.ManualEvent("second_step_removed"),  # type: ignore[no-untyped-call]
    pghistory.ManualEvent("signed_out"),  # type: ignore[no-untyped-call]
    pghistory.ManualEvent("signed_in"),  # type: ignore[no-untyped-call]
    pghistory.ManualEvent("password_refused"),  # type: ignore[no-untyped-call]
    pghistory.ManualEvent("second_step_refused"),  # type: ignore[no-untyped-call]
    exclude=["password", "last_login", "code"],
)
class User(AbstractBaseUser, PermissionsMixin):
    """A member of the practice. Name, title and number are printed on handouts and signatures."""

    code = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
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
        triggers = (
            NEVER_DELETED,
            pgtrigger.Trigger(
                name="keeps_a_lead",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__is_active=True, new__is_active=False),
                func=OTHER_LEAD.format(lost="user_id = OLD.id", user="OLD.id", row="NEW"),
            ),
        )

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


@pghistory.track()
class UserRole(User.groups.through):  # type: ignore[name-defined]
    """Which roles a user holds, so that giving and taking them has a history."""

    class Meta:
        proxy = True
        triggers = (
            pgtrigger.Trigger(
                name="keeps_a_lead",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete | pgtrigger.Update,
                func=OTHER_LEAD.format(
                    lost="id = OLD.id", user="OLD.user_id", row="COALESCE(NEW, OLD)"
                ),
            ),
        )


ROLE_CHOICES = [(role.value, role.value) for role in Role]


@pghistory.track(exclude=["token_digest"])
class Invitation(models.Model):
    """A link that lets one person set a password, once: to join, or because it was forgotten.

    The link's secret is shown to the lead once and kept only as a digest.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    email = models.EmailField()
    display_name = models.CharField(max_length=120)
    professional_title = models.CharField(max_length=120, blank=True)
    registration_number = models.CharField(max_length=60, blank=True)
    # Blank for a link to an account that exists.
    role = models.CharField(max_length=40, choices=ROLE_CHOICES, blank=True)
    # The account that forgot its password, or the one that was made when the link was used.
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="invitations", null=True, blank=True
    )
    # Blank for the first account of a practice, which the command line makes.
    made_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    made_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = (
            models.CheckConstraint(
                name="invitation_role_known", condition=Q(role__in=["", *map(str, Role)])
            ),
            models.CheckConstraint(
                name="invitation_expires", condition=Q(expires_at__gt=F("made_at"))
            ),
            models.CheckConstraint(
                name="invitation_for_somebody", condition=~Q(role="") | Q(user__isnull=False)
            ),
            models.CheckConstraint(
                name="invitation_used_or_withdrawn",
                condition=Q(used_at=None) | Q(withdrawn_at=None),
            ),
            models.CheckConstraint(
                name="invitation_used_by_somebody", condition=Q(used_at=None) | ~Q(user=None)
            ),
        )
        triggers = (
            NEVER_DELETED,
            pgtrigger.Protect(
                name="used_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__used_at__isnull=False)
                | pgtrigger.Q(old__withdrawn_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"Link for {self.display_name}"


# Fewer letters are looked for at the beginning of names only.
LETTERS_ANYWHERE = 3


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
        return self.with_words(text.replace(",", " ").split())

    def with_words(self, words: Iterable[str]) -> Self:
        """Patients of whom every one of these words is true.

        A word of one or two letters has to begin a name, or a word in it: in the middle of one it
        says nothing, and no index finds it there.
        """
        found = self.alias(letters=AllLetters())
        for word in words:
            part = word if len(word) >= LETTERS_ANYWHERE else f" {word}"
            match = Q(letters__contains=PlainLetters(Value(part)))
            if number := re.fullmatch(r"[Uu]?0*(\d{1,9})", word):
                match |= Q(pk=int(number[1]))
            if born := read_date(word):
                match |= Q(date_of_birth=born)
            found = found.filter(match)
        return found

    def beginning(self, name: str, letters: str) -> Self:
        """Patients whose ``family_name`` or ``given_name`` begins with these letters, by it.

        In the order of an index, so that a few of them cost the same among any number.
        """
        plain = self.alias(plain=ordered(name)).order_by("plain")
        return plain.filter(plain__startswith=PlainLetters(Value(letters)))

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
        indexes = (
            models.Index(fields=["family_name", "given_name"], name="patient_by_name"),
            models.Index(fields=["date_of_birth"], name="patient_by_birth"),
            models.Index(
                ordered("family_name"), ordered("given_name"), name="patient_by_family_letters"
            ),
            models.Index(
                ordered("given_name"), ordered("family_name"), name="patient_by_given_letters"
            ),
            # Without a list of new ones that each search would read to its end.
            GinIndex(
                OpClass(AllLetters(), name="gin_trgm_ops"),
                name="patient_by_any_letters",
                fastupdate=False,
            ),
        )
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
        indexes = (
            models.Index(
                fields=["clinician"], condition=Q(closed_on=None), name="open_by_clinician"
            ),
        )
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
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"Re-opened {self.reopened_on:%-d %B %Y}"


class AccessLog(models.Model):
    """Who opened which record when, and who was refused.

    A reading is written in the transaction of the read itself: no row, no page. A refusal is
    written after its page's transaction, and names no patient where the role may not know of one.
    """

    at = models.DateTimeField(default=now)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    page = models.CharField(max_length=60)
    method = models.CharField(max_length=8)
    denied = models.BooleanField(default=False, db_default=False)
    # As in the log lines and on the error page.
    request = models.CharField(max_length=12, blank=True, db_default="")

    class Meta:
        indexes = (
            models.Index(fields=["at", "id"], name="access_by_time"),
            models.Index(fields=["patient", "at"], name="access_by_patient"),
            models.Index(fields=["user", "at"], name="access_by_user"),
        )
        constraints = (
            models.CheckConstraint(
                name="reading_is_of_a_patient", condition=Q(denied=True) | ~Q(patient=None)
            ),
        )
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"{self.user} {self.page} {self.at:%Y-%m-%d %H:%M}"


@pghistory.track()
class DefaultsChange(models.Model):
    """The practice defaults that differ from ours, whole, from this change on. Never edited."""

    # Two leads who save at once get the same number: the second is told.
    number = models.PositiveIntegerField(unique=True)
    # {"programmes.plateau_days": 21}: the app's set of defaults and the name in it.
    values = models.JSONField()
    reason = models.TextField(max_length=1000)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)
    form_token = models.UUIDField(unique=True)
    form_digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.CheckConstraint(name="defaults_change_has_reason", condition=~Q(reason="")),
        )
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"Practice defaults, change {self.number}"


class AuditSeal(models.Model):
    """One link of a chain over every history: how far each reached, and a digest of it.

    A row of history changed afterwards breaks the digest of its seal and of all later ones.
    """

    number = models.PositiveIntegerField(unique=True)
    made_at = models.DateTimeField(default=now)
    # {table: [last id sealed, rows since the seal before, digest of those rows]}
    tables = models.JSONField()
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.CheckConstraint(
                name="seal_follows_another", condition=Q(number=1, previous="") | ~Q(previous="")
            ),
        )
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"Seal {self.number}, {self.made_at:%Y-%m-%d}"


class BackupLog(models.Model):
    """A backup that was written, or one that was restored on trial and compared."""

    BACKUP, TRIAL = "backup", "trial"

    kind = models.CharField(
        max_length=8, choices=[(BACKUP, "Backup"), (TRIAL, "Restored on trial")]
    )
    at = models.DateTimeField(default=now)
    file_name = models.CharField(max_length=200)
    size_bytes = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    # Rows of all tables that the file holds.
    rows = models.BigIntegerField()
    # Blank when it went well.
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                name="backup_kind_known", condition=Q(kind__in=["backup", "trial"])
            ),
            models.CheckConstraint(
                name="backup_holds_something",
                condition=~Q(problem="") | (Q(size_bytes__gt=0) & Q(rows__gt=0)),
            ),
        )
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"


class Destruction(models.Model):
    """What stays of a record that was destroyed after its time: name, period, by whom, agreed."""

    record_number = models.CharField(max_length=20)
    family_name = models.CharField(max_length=100)
    given_name = models.CharField(max_length=100)
    first_service_on = models.DateField()
    last_service_on = models.DateField()
    kept_until = models.DateField()
    destroyed_on = models.DateField()
    destroyed_at = models.DateTimeField(default=now)
    destroyed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # {table: rows}
    rows = models.JSONField()

    class Meta:
        ordering = ("-destroyed_at", "-pk")
        constraints = (
            models.CheckConstraint(
                name="destruction_takes_two", condition=~Q(destroyed_by=F("agreed_by"))
            ),
            models.CheckConstraint(
                name="destroyed_after_its_time", condition=Q(destroyed_on__gt=F("kept_until"))
            ),
            models.CheckConstraint(
                name="destroyed_period_in_order",
                condition=Q(last_service_on__gte=F("first_service_on")),
            ),
        )
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"{self.record_number} destroyed {self.destroyed_on:%-d %B %Y}"
