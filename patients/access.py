"""The way in: capabilities, and the one helper each noun is fetched through.

A role is the user's own property, so a page a role may not use answers 403 and says why. Whether
an object exists is information about a patient, so an unknown code answers 404.

Each page, print, export or form of a patient's that somebody opens or sends is one row of the
``AccessLog``, written in the transaction of the read: without the row there is no page. No row of
their own have the requests a page makes by itself while somebody types (live panels, drafts that
save themselves, sums): the page's own reading stands in the log already. A refusal is one row too,
written when the refused page has been rolled back.
"""

import logging
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from allauth.account.internal.flows.reauthentication import (
    is_reauthentication_required,
    suspend_request,
)
from allauth.core.exceptions import ReauthenticationRequired
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from patients import watch
from patients.in_force import read_with_roles
from patients.models import AccessLog, Episode, Patient, User
from patients.rules.roles import CAPABILITIES, May, Role

P = ParamSpec("P")
logger = logging.getLogger(__name__)


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
            read_with_roles(request.user)
            check_may(request.user, capability)
            return view(request, *args, **kwargs)

        checked.capability = capability  # type: ignore[attr-defined]
        return checked

    return decorate


def confirmed(view: View[P]) -> Callable[Concatenate[AppRequest, P], HttpResponse]:
    """Lets in who confirmed password or second step a moment ago; others are asked, then go on.

    A post waits in the session meanwhile and is carried out afterwards, so nothing is typed twice.
    """

    @wraps(view)
    def checked(request: AppRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_reauthentication_required(request, app=""):
            return view(request, *args, **kwargs)
        if not request.htmx:
            raise ReauthenticationRequired
        asked = suspend_request(request, reverse("account_reauthenticate"))
        return HttpResponseClientRedirect(asked.url)

    return checked


def check_may(user: User, capability: May) -> None:
    """Raise ``PermissionDenied`` with a sentence for the user if the role doesn't allow it."""
    if not user.may(capability):
        roles = [role.value.lower() for role in Role if capability in CAPABILITIES[role]]
        raise PermissionDenied(f"This page is for: {', '.join(roles)}.")


def log_access(request: AppRequest, patient: Patient) -> None:
    """Record that this user opened this patient's record; in the same transaction as the read."""
    log_readings(request, [patient.pk])


def log_readings(request: AppRequest, patients: Iterable[int]) -> None:
    """Record that what this request answers tells of each of these patients, by primary key."""
    told_of = dict.fromkeys(patients)
    AccessLog.objects.bulk_create(
        AccessLog(user=request.user, patient_id=patient, **_what(request)) for patient in told_of
    )
    watch.note(request.user.pk, told_of)


def log_refusal(request: HttpRequest) -> None:
    """Record that this user was refused this page; for the page of the refusal, so never raises.

    By then the transaction of the refused view is rolled back. A code in an address of patients or
    episodes names the patient if the user may know of patients at all.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return
    try:
        with transaction.atomic():
            patient = _patient_named(request) if user.may(May.DEMOGRAPHICS) else None
            AccessLog.objects.create(user=user, patient=patient, denied=True, **_what(request))
    except DatabaseError:
        # The page says no in any case. The line names the request; the server's own log has it too.
        logger.exception("A refusal could not be recorded.")


def _what(request: HttpRequest) -> dict[str, str]:
    """Which page was asked for how, and the id of the request."""
    match = request.resolver_match
    return {
        "page": match.view_name if match else "",
        "method": request.method or "",
        "request": getattr(request, "request_id", ""),
    }


def _patient_named(request: HttpRequest) -> Patient | None:
    """The patient whose own code, or whose episode's code, stands in the address."""
    match = request.resolver_match
    code = match.kwargs.get("code") if match else None
    if match is None or not isinstance(code, UUID):
        return None
    if match.route.startswith("patients/"):
        return Patient.objects.filter(code=code).first()
    if match.route.startswith("episodes/"):
        return Patient.objects.filter(episodes__code=code).first()
    return None


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
