"""Everything that changes the practice's accounts, and what the lead reads about them."""

import hashlib
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet
from django.utils.crypto import salted_hmac

from patients.actions import EditedMeanwhile, constraint_of, once
from patients.models import Episode, Invitation, User
from patients.rules.roles import Role
from upwell.clock import now
from upwell.database import note_in_history
from upwell.http import Refused

LINK_HOURS = 72
# What the lead types about a person; the e-mail address is what the person signs in with.
PERSON_FIELDS = ("display_name", "professional_title", "registration_number")
SECOND_STEPS = {
    Authenticator.Type.TOTP.value: "app",
    Authenticator.Type.WEBAUTHN.value: "passkey",
}


class LastLead(Refused):
    """Nobody else could run the practice."""

    def __init__(self) -> None:
        super().__init__(
            "This is the only practice lead who can sign in. "
            "Make somebody else a practice lead first."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One line of the list: an account, its second step in words, and when it was last used."""

    user: User
    second_step: str
    last_seen: datetime | None


# --- links -------------------------------------------------------------------------------------
def secret_of(form_token: UUID) -> str:
    """The secret part of the link that this form makes.

    The same form gives the same link, however often it is sent, and the database alone gives none.
    """
    return salted_hmac("patients.staff.link", str(form_token), algorithm="sha256").hexdigest()


def digest_of(secret: str) -> str:
    """What is kept of a link's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def link_of(secret: str) -> Invitation | None:
    """The link with this secret, in whatever state."""
    links = Invitation.objects.select_related("user", "made_by")
    return links.filter(token_digest=digest_of(secret)).first()


def why_unusable(link: Invitation) -> str:
    """Why a link opens nothing any more, in a sentence; blank while it does."""
    if link.used_at:
        return "This link has been used. Sign in with the password that was set then."
    ended = any(each is not None and not each.is_active for each in (link.user, link.made_by))
    if link.withdrawn_at or ended:
        return "This link was withdrawn. Ask the practice lead for a new one."
    if link.expires_at <= now():
        return f"This link was valid for {LINK_HOURS} hours. Ask the practice lead for a new one."
    return ""


@transaction.atomic
def invite(
    *, email: str, role: str, form_token: UUID, by: User | None, **person: str
) -> Invitation:
    """A link to join with this role; the same form again is the same link.

    ``by`` is None for the first account of a practice. Raises ``Refused`` while the address has an
    account or an open link.
    """
    email = email.strip().lower()
    content = {"email": email, "role": role, **person}
    known = Invitation.objects.filter(form_token=form_token).exists()
    if not known and (account := User.objects.filter(email__iexact=email).first()):
        state = "an account" if account.is_active else "an ended account, which can be restored"
        raise Refused(f"{account.display_name} has {state} with this e-mail address.")
    others = open_links().exclude(form_token=form_token)
    if not known and others.filter(email=email, role__gt="").exists():
        raise Refused("There is an open link for this e-mail address. Withdraw it first.")
    return _make_link(content, form_token=form_token, by=by)


@transaction.atomic
def password_link(user: User, *, form_token: UUID, by: User | None) -> Invitation:
    """A link to set a new password, which leaves the second step as it is.

    Earlier open links of this person are withdrawn. Raises ``Refused`` for an ended account.
    """
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not locked.is_active:
        raise Refused("This account has ended. Restore it first.")
    earlier = open_links().filter(user=locked).exclude(form_token=form_token)
    earlier.update(withdrawn_at=now())
    person = {name: getattr(locked, name) for name in ("email", *PERSON_FIELDS)}
    return _make_link({**person, "user": locked}, form_token=form_token, by=by)


@transaction.atomic
def renew(link: Invitation, *, form_token: UUID, by: User) -> Invitation:
    """A new link in place of one that was lost or has expired; the old one opens nothing more."""
    locked = Invitation.objects.select_for_update(no_key=True).get(pk=link.pk)
    if locked.used_at:
        raise Refused("This link has been used: the person can sign in.")
    if locked.user is not None:
        return password_link(locked.user, form_token=form_token, by=by)
    if not locked.withdrawn_at:
        locked.withdrawn_at = now()
        locked.save(update_fields=["withdrawn_at"])
    person = {name: getattr(locked, name) for name in ("email", "role", *PERSON_FIELDS)}
    return invite(form_token=form_token, by=by, **person)


@transaction.atomic
def withdraw(link: Invitation) -> None:
    """Have a link open nothing from now on. Raises ``Refused`` when it has been used."""
    locked = Invitation.objects.select_for_update(no_key=True).get(pk=link.pk)
    if locked.used_at:
        raise Refused("This link has been used. The account can be ended.")
    if not locked.withdrawn_at:
        locked.withdrawn_at = now()
        locked.save(update_fields=["withdrawn_at"])


@transaction.atomic
def accept(link: Invitation, *, password: str) -> User:
    """The account of a link with the password just set: a new one, or the one that forgot it.

    Works once. Raises ``Refused`` when the link opens nothing any more, or when the address got an
    account some other way.
    """
    locked = Invitation.objects.select_for_update(no_key=True).get(pk=link.pk)
    if reason := why_unusable(locked):
        raise Refused(reason)
    if locked.user is None:
        locked.user = _new_account(locked, password)
    else:
        locked.user.set_password(password)
        locked.user.save(update_fields=["password"])
        end_sessions(locked.user)
    note_in_history(locked.user.pk, "password_set")
    locked.used_at = now()
    locked.save(update_fields=["used_at", "user"])
    return locked.user


def _make_link(content: dict[str, Any], *, form_token: UUID, by: User | None) -> Invitation:
    made_at = now()
    times = {"made_at": made_at, "expires_at": made_at + timedelta(hours=LINK_HOURS)}
    return once(
        Invitation,
        form_token=form_token,
        content={**content, "user": content["user"].pk} if "user" in content else content,
        create=lambda marks: Invitation.objects.create(
            token_digest=digest_of(secret_of(form_token)), made_by=by, **times, **marks, **content
        ),
    )


def _new_account(link: Invitation, password: str) -> User:
    person = {name: getattr(link, name) for name in PERSON_FIELDS}
    try:
        with transaction.atomic():
            user = User.objects.create_user(link.email, password, **person)
    except IntegrityError as error:
        if "email" not in constraint_of(error):
            raise
        raise Refused("This e-mail address has an account. Sign in with it.") from error
    user.groups.add(Group.objects.get(name=link.role))
    return user


# --- accounts ----------------------------------------------------------------------------------
def seen_of(user: User) -> str:
    """A digest of what the form of an account shows, to notice that it was changed meanwhile."""
    shown = [getattr(user, name) for name in PERSON_FIELDS]
    roles = sorted(group.name for group in user.groups.all())
    return hashlib.sha256(json.dumps([shown, roles]).encode()).hexdigest()[:32]


@transaction.atomic
def change(
    user: User, *, seen: str, roles: Collection[str], keep: str = "", **person: str
) -> tuple[User, bool]:
    """The account with these details and roles, and whether the roles are others than before.

    Other roles end the person's sessions, but for the one with the key ``keep``; who leads the
    practice no more has the links they made withdrawn. Raises ``EditedMeanwhile`` when the account
    isn't as ``seen`` says any more, and ``LastLead``.
    """
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if seen != seen_of(locked):
        raise EditedMeanwhile(locked)
    for name in PERSON_FIELDS:
        setattr(locked, name, person[name])
    locked.save(update_fields=PERSON_FIELDS)
    held = {group.name: group for group in locked.groups.all()}
    wanted = set(roles)
    if held.keys() == wanted:
        return locked, False
    locked.groups.add(*Group.objects.filter(name__in=wanted - held.keys()))
    with _keeping_a_lead():
        locked.groups.remove(*(group for name, group in held.items() if name not in wanted))
    if Role.PRACTICE_LEAD.value in held.keys() - wanted:
        open_links().filter(made_by=locked).update(withdrawn_at=now())
    end_sessions(locked, keep=keep)
    return User.objects.get(pk=locked.pk), True


def open_episodes_of(user: User) -> int:
    """How many open episodes bear this person's name."""
    return Episode.objects.open().filter(clinician=user).count()


@transaction.atomic
def end(user: User, *, keep: str = "") -> None:
    """End an account: nobody signs in with it any more, and what it signed stays.

    Links for the person and links the person made open nothing more: who made one may know it.
    ``keep`` is the key of a lead's own session, which then has no user. Raises ``LastLead``.
    """
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    locked.is_active = False
    with _keeping_a_lead():
        locked.save(update_fields=["is_active"])
    open_links().filter(Q(user=locked) | Q(made_by=locked)).update(withdrawn_at=now())
    end_sessions(locked, keep=keep)


@transaction.atomic
def restore(user: User) -> None:
    """Have an ended account sign in again, with its password, its roles and its second step."""
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    locked.is_active = True
    locked.save(update_fields=["is_active"])


@transaction.atomic
def sign_out(user: User, *, keep: str = "") -> int:
    """End all sessions of a person and say how many; ``keep`` is the key of one that goes on."""
    note_in_history(user.pk, "signed_out")
    return end_sessions(user, keep=keep)


@transaction.atomic
def remove_second_step(user: User, *, form_token: UUID, by: User | None) -> Invitation:
    """Take a lost second step away, recovery codes too, and the link to come back with.

    The password goes as well: whoever has it, perhaps with the lost telephone, could otherwise set
    up a second step of their own. The history keeps who did it; ``by`` is None for a command of the
    server, a sole lead's way back. Raises ``Refused`` for one's own
    account, for an ended one, and where there is no second step.
    """
    if user == by:
        raise Refused("This is your own account. Change it under Two-step sign-in.")
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    removed, _ = Authenticator.objects.filter(user=locked).delete()
    if removed:
        note_in_history(locked.pk, "second_step_removed")
        locked.set_unusable_password()
        locked.save(update_fields=["password"])
        end_sessions(locked)
    elif not Invitation.objects.filter(form_token=form_token).exists():
        raise Refused("This person has no second step.")
    return password_link(locked, form_token=form_token, by=by)


def end_sessions(user: User, *, keep: str = "") -> int:
    """End the sessions of a person, but for the one with this key, and say how many."""
    sessions = UserSession.objects.filter(user=user).exclude(session_key=keep)
    keys = list(sessions.values_list("session_key", flat=True))
    ended, _ = Session.objects.filter(session_key__in=keys).delete()
    sessions.delete()
    return ended


@contextmanager
def _keeping_a_lead() -> Iterator[None]:
    """Turns the database's word that nobody would lead the practice into ours."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if constraint_of(error) != "keeps_a_lead":
            raise
        raise LastLead from error


# --- what the lead reads -----------------------------------------------------------------------
def open_links() -> QuerySet[Invitation]:
    """Links that open something now, the newest first, with whom they are for and from."""
    links = Invitation.objects.select_related("user", "made_by")
    return links.filter(used_at=None, withdrawn_at=None, expires_at__gt=now())


def waiting_links() -> list[Invitation]:
    """Links nobody used or withdrew in the last month, those that have expired too."""
    links = Invitation.objects.select_related("user", "made_by")
    recent = now() - timedelta(days=30)
    return list(links.filter(used_at=None, withdrawn_at=None, made_at__gt=recent))


def people(*, active: bool) -> list[Person]:
    """Everybody with an account that goes on, or that has ended, in three queries."""
    found = User.objects.filter(is_active=active).prefetch_related("groups", "authenticator_set")
    rows = found.annotate(used_at=Max("usersession__last_seen_at")).order_by("display_name", "pk")
    return [_person(user) for user in rows]


def person(user: User) -> Person:
    """What the list says of one account, with when it was last used."""
    last = UserSession.objects.filter(user=user).aggregate(used_at=Max("last_seen_at"))
    user.used_at = last["used_at"]  # type: ignore[attr-defined]
    return _person(user)


def has_second_step(user: User) -> bool:
    """Whether an app or a passkey is asked for after the password."""
    steps: QuerySet[Authenticator] = Authenticator.objects.filter(user=user, type__in=SECOND_STEPS)
    return steps.exists()


def user_with(code: UUID) -> User | None:
    """The account with this code, ended or not."""
    return User.objects.prefetch_related("groups").filter(code=code).first()


def link_with(code: UUID) -> Invitation | None:
    """The link with this code, in whatever state."""
    return Invitation.objects.select_related("user").filter(code=code).first()


def _person(user: User) -> Person:
    kinds = {each.type for each in user.authenticator_set.all()}  # type: ignore[attr-defined]
    step = " and ".join(word for kind, word in SECOND_STEPS.items() if kind in kinds)
    seen = [each for each in (user.last_login, user.used_at) if each]  # type: ignore[attr-defined]
    return Person(user=user, second_step=step, last_seen=max(seen, default=None))
