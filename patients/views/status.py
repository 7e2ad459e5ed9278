"""How the system stands, for the practice lead."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients.access import AppRequest, needs
from patients.rules.roles import May
from patients.status import Tone, status


@needs(May.LEAD)
@require_safe
def system_status(request: AppRequest) -> HttpResponse:
    """Database, backups, seals, printing and drafts, each in a sentence; no patient's data."""
    at = timezone.now()
    lines = status(at)
    needing = [line for line in lines if line.tone in (Tone.STOP, Tone.CAUTION)]
    context = {"lines": lines, "needing": needing, "at": at}
    return render(request, "patients/status.html", context)
