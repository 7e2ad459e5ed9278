"""The few pages that belong to no app."""

from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.views.decorators.http import require_safe


@login_not_required
@transaction.non_atomic_requests
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 if the database answers, 503 if it doesn't, and nothing else."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        return HttpResponse("no database", content_type="text/plain", status=503)
    return HttpResponse("ok", content_type="text/plain")


def server_error(request: HttpRequest) -> HttpResponse:
    """The page of an unexpected error, with the id its log line carries; asks no database."""
    context = {"request_id": getattr(request, "request_id", "")}
    return HttpResponse(render_to_string("500.html", context), status=500)


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon browsers ask for by themselves, also beside a PDF."""
    return redirect(static("upwell/icon.svg"), permanent=True)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose security token is gone: say so in plain words."""
    why = "This page was open for too long. Go back, reload it and send it again."
    return render(request, "403.html", {"reason": why}, status=403)
