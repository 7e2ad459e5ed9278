"""The way in: capabilities, and the one helper each noun is fetched through.

A role is the user's own property, so a page a role may not use answers 403 and says why. Whether
an object exists is information about a patient, so an unknown code answers 404.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django_htmx.middleware import HtmxDetails

from patients.models import AccessLog, Episode, Patient, User
from patients.rules.roles import CAPABILITIES, May, Role

P = ParamSpec("P")


class AppRequest(HttpRequest):
    """A request past the login: always a user of the practice, always with htmx details."""

    htmx: HtmxDetails
    user: User
    request_id: str


View = Callable[Concatenate[AppRequest, P], HttpResponse]


def needs(capability: May) -> Callable[[View[P]], View[P]]:
    """Lets only users with this capability into a view; others get 403 and the roles it takes."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def checked(request: AppRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            check_may(request.user, capability)
            return view(request, *args, **kwargs)

        checked.capability = capability  # type: ignore[attr-defined]
        return checked

    return decorate


def check_may(user: User, capability: May) -> None:
    """Raise ``PermissionDenied`` with a sentence for the user if the role doesn't allow it."""
    if not user.may(capability):
        roles = [role.value.lower() for role in Role if capability in CAPABILITIES[role]]
        raise PermissionDenied(f"This page is for: {', '.join(roles)}.")


def log_access(request: AppRequest, patient: Patient) -> None:
    """Record that this user opened this patient's record; in the same transaction as the read."""
    page = request.resolver_match.view_name if request.resolver_match else ""
    AccessLog.objects.create(
        user=request.user, patient=patient, page=page, method=request.method or ""
    )


def get_patient_or_404(request: AppRequest, code: UUID) -> Patient:
    """The patient with this code; the reading is recorded."""
    patient = get_object_or_404(Patient, code=code)
    log_access(request, patient)
    return patient


def get_episode_or_404(request: AppRequest, code: UUID, *, log: bool = True) -> Episode:
    """The episode with this code and its patient; the reading is recorded.

    ``log=False`` is for requests a page makes by itself while somebody types: the page's own
    reading stands in the log already.
    """
    episode = get_object_or_404(Episode.objects.select_related("patient", "clinician"), code=code)
    if log:
        log_access(request, episode.patient)
    return episode
