"""Signing in: no sign-up by strangers, and a password hash ten logins at once can afford."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.http import HttpRequest
from django.urls import reverse


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the practice lead, never by sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The account with this password; an ended one is told the same as a wrong password."""
        # allauth would send its owner on to a page for inactive accounts, which we don't have.
        found: AbstractBaseUser | None = super().authenticate(request, **credentials)
        return found if found is not None and found.is_active else None

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Clinicians begin with the day's list; who may not read it begins with the patients."""
        reads = "read_clinical" in getattr(request.user, "capabilities", ())
        return reverse("programmes:caseload" if reads else "patients:list")


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id with 46 MiB and one pass: Django's default takes 100 MB for each attempt."""

    time_cost = 1
    memory_cost = 47_104
    parallelism = 1
