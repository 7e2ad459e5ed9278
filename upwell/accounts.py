"""Signing in and out: no sign-up by strangers, failures counted, passwords that hold.

Accounts are made by the practice lead's links (``patients.staff``); nothing is ever e-mailed.
"""

import logging
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.logout import logout as leave
from allauth.account.models import Login
from allauth.account.views import logout as allauth_logout
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import clean_client_ip
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed as second_step_failed
from allauth.mfa.signals import authenticator_used
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_http_methods

from upwell import second_steps
from upwell.database import note_in_history

logger = logging.getLogger("upwell.accounts")

SECOND_STEPS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
# Of the account as it was when the password was typed, until the second step is done.
ACCOUNT_SEEN = "account_seen"


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the practice lead, never by sign-up."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": (
            "Too many failed tries from this place, for this account or for several. Wait 15 "
            "minutes, or ask the practice lead for a link."
        ),
        "email_password_mismatch": "The e-mail address or the password is not right.",
        "incorrect_password": "This password is not right.",
        "enter_current_password": "This is not your current password.",
        "rate_limited": "Too many failed tries. Wait 15 minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The account with this password; an ended one is told the same as a wrong password."""
        # allauth would send its owner on to a page for inactive accounts, which we don't have.
        found: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if found is None or found.is_active:
            return found
        self.authentication_failed(request, **credentials)
        return None

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Put a refused password into the history of the account it was tried on.

        What was typed for an account there isn't is kept nowhere: it may be a password.
        """
        accounts = get_user_model().objects.filter(email__iexact=credentials.get("email") or "")
        if account := accounts.first():
            note_in_history(account.pk, "password_refused")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count this try before the password is looked at; refuse it when there were too many."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            # The alarm: no name and no address, those are in the proxy's log.
            logger.warning("Sign-in refused after too many failures")
            raise

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # By account and place: a stranger who fails on purpose locks nobody out elsewhere.
        return f"{folded(credentials.get('email') or '')} {get_ip(request)}"

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address our outermost proxy saw; what a client writes itself counts for nothing."""
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured:
            # Fewer addresses than proxies: this request came past them.
            return clean_client_ip(request.META.get("REMOTE_ADDR") or "") or "0.0.0.0"

    def pre_login(self, request: HttpRequest, user: Any, **how: Any) -> HttpResponse | None:
        answer: HttpResponse | None = super().pre_login(request, user, **how)
        request.session[ACCOUNT_SEEN] = user.get_session_auth_hash()
        return answer

    def login(self, request: HttpRequest, user: Any) -> None:
        """Begin the session, unless the account changed between the first and the second step."""
        seen = request.session.pop(ACCOUNT_SEEN, "")
        if not user.is_active or not constant_time_compare(seen, user.get_session_auth_hash()):
            leave(request, show_message=False)
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)
        note_in_history(user.pk, "signed_in")
        second_steps.lock_anew(user.pk)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Clinicians begin with the day's list; who may not read it begins with the patients."""
        reads = "read_clinical" in getattr(request.user, "capabilities", ())
        return reverse("programmes:caseload" if reads else "patients:list")

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the practice's software sends no e-mail."""


@receiver(second_step_failed)
def record_second_step(*, user: Any, **_: Any) -> None:
    """Put a refused second step into the history of its account."""
    note_in_history(user.pk, "second_step_refused")


@receiver(authenticator_used)
def tell_recovery_codes_left(
    *, request: HttpRequest, authenticator: Authenticator, **_: Any
) -> None:
    """Say after a recovery code how many are left, before the last is gone."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        return
    # Which codes are used was written to a row read anew.
    left = len(Authenticator.objects.get(pk=authenticator.pk).wrap().get_unused_codes())
    codes = {0: "None is left", 1: "One is left"}.get(left, f"{left} are left")
    messages.warning(
        request, f"You used a recovery code. {codes}; new ones are under “Two-step sign-in”."
    )


class MfaAdapter(DefaultMFAAdapter):
    """The second step in plain words, and its secrets encrypted."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": (
            "This code is not right, or was used before. An app shows its next code within half a "
            "minute; each recovery code works once."
        ),
        "cannot_generate_recovery_codes": "Set up an app or a passkey first.",
    }

    def is_mfa_enabled(self, user: Any, types: Sequence[str] | None = None) -> bool:
        """Whether this user has a second step; recovery codes alone are none."""
        return bool(super().is_mfa_enabled(user, types=SECOND_STEPS if types is None else types))

    def encrypt(self, text: str) -> str:
        return second_steps.lock(text)

    def decrypt(self, encrypted_text: str) -> str:
        return second_steps.unlock(encrypted_text)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        count = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {count + 1}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Upwell"}


@require_http_methods(["GET", "HEAD", "POST"])
def logout(request: HttpRequest) -> HttpResponse:
    """Ask, or sign out by a post and have the browser forget what it kept of our pages."""
    answer: HttpResponse = allauth_logout(request)
    if request.method == "POST":
        answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def enter_by_link(request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
    """Sign somebody in who has just set a password by a link: the second step is asked for as ever.

    Who has none yet and needs one is led to setting it up, without the password a second time.
    """
    leave(request, show_message=False)
    has_second_step = MfaAdapter().is_mfa_enabled(user)
    record_authentication(request, user, method="password", reauthenticated=not has_second_step)
    begins = settings.MFA_REQUIRED and not has_second_step
    login = Login(user=user, redirect_url=reverse("mfa_index") if begins else None)
    answer: HttpResponse = perform_login(request, login)
    return answer


def folded(email: str) -> str:
    """An e-mail address without what typing can vary: capitals, spaces and look-alike letters."""
    plain = unicodedata.normalize("NFKC", email.strip())
    return unicodedata.normalize("NFKC", plain.upper()).casefold()


# --- passwords ---------------------------------------------------------------------------------
class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id with 46 MiB and one pass: Django's default takes 100 MB for each attempt."""

    time_cost = 1
    memory_cost = 47_104
    parallelism = 1


class GuessableValidator:
    """Refuses what is guessed first here: words about the practice, keys in a row, repetitions."""

    WORDS = ("upwell", "achilles", "tendinopathy", "physiotherap")
    ROWS = ("abcdefghijklmnopqrstuvwxyz", "1234567890", "qwertyuiopasdfghjklzxcvbnm")
    # A word of the practice's name shorter than this is no secret's whole, "of" and "the" are none.
    LEAST_LETTERS = 5
    LEAST_DIFFERENT = 5

    def __init__(self) -> None:
        self.common = CommonPasswordValidator().passwords

    def validate(self, password: str, user: object = None) -> None:
        """Raise ``ValidationError`` with a sentence for a password that is easy to guess."""
        plain = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", password).casefold())
        names = re.findall(r"\w+", settings.PRACTICE_NAME.casefold())
        about = {*self.WORDS, *(name for name in names if len(name) >= self.LEAST_LETTERS)}
        if word := next((each for each in sorted(about) if each in plain), None):
            raise ValidationError(f"Leave out “{word}”: it is among the first guesses here.")
        if self._repeats(plain) or self._is_common(plain):
            raise ValidationError(
                "This is too easy to guess. Four or five words that have nothing to do with each "
                "other are good."
            )

    def get_help_text(self) -> str:
        return "Nothing about the practice, no keys in a row, nothing repeated."

    def _repeats(self, plain: str) -> bool:
        unit = (plain + plain).find(plain, 1) if plain else 0
        in_a_row = any(plain in row * 9 or plain[::-1] in row * 9 for row in self.ROWS)
        return len(set(plain)) < self.LEAST_DIFFERENT or unit <= len(plain) / 2 or in_a_row

    def _is_common(self, plain: str) -> bool:
        letters = re.sub(r"\d", "", plain)
        return (
            plain in self.common
            or letters in self.common
            or re.sub(r"\d+$", "", plain) in (self.common)
        )
