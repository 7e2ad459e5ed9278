"""The few pages that belong to no app."""

import logging
import sys
from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from patients.access import AppRequest, log_refusal, needs
from patients.rules.roles import May
from upwell import away, readiness
from upwell.http import send_again

logger = logging.getLogger(__name__)


@login_not_required
@transaction.non_atomic_requests
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 if this process answers, and nothing else: the database is ``readyz``'s affair."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@transaction.non_atomic_requests
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 if pages and papers can be served, 503 if they can't, and nothing of the reason."""
    if readiness.is_ready():
        return HttpResponse("ready", content_type="text/plain")
    return HttpResponse("not ready", content_type="text/plain", status=503)


# What ``upwell.middleware.Probes`` answers before everything else.
PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page of a request that can't be read, 400, or is larger than any form of ours, 413.

    Asks no database, and repeats nothing of the request: it may have been refused before anybody
    knew who sent it and to which host.
    """
    large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    context = {"large": large, "request_id": getattr(request, "request_id", "")}
    return HttpResponse(render_to_string("400.html", context), status=413 if large else 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page of a refusal, which says whom the page is for; that somebody tried is recorded."""
    log_refusal(request)
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """The page of an unexpected error, with the id its log line carries; asks no database.

    What stands around the views fails here too, also because the database is away.
    """
    error = sys.exc_info()[1]
    if error is not None and away.is_away(error):
        return away.answer(request, error)
    context = {"request_id": getattr(request, "request_id", "")}
    return HttpResponse(render_to_string("500.html", context), status=500)


@needs(May.DEMOGRAPHICS)
@require_safe
def welcome(request: AppRequest) -> HttpResponse:
    """Where a sign-in beside an open form ends: back to the form's own tab, this one can go."""
    return render(request, "welcome.html")


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon browsers ask for by themselves, also beside a PDF."""
    return redirect(static("upwell/icon.svg"), permanent=True)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose security token is gone: say so in plain words."""
    # Which host or address it came from stands behind the dash, and isn't ours to keep.
    logger.warning("Security token refused: %s", reason.split(" - ")[0])
    if kept := send_again(request):
        return kept
    # No page of ours takes another; PUT and DELETE have no form that could be too old.
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    why = (
        "Nothing was saved: the page was open for too long, or you have signed in again since. "
        "Go back; if what you typed is still there, copy it. Then open the page anew and send it "
        "again."
    )
    return render(request, "403.html", {"reason": why}, status=403)
