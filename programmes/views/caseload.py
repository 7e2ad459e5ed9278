"""The day's list."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients.access import AppRequest, needs
from patients.rules.roles import May
from programmes.caseload import day_list
from programmes.printing import batches_of, wanted

ROWS_A_PAGE = 50


@needs(May.READ_CLINICAL)
@require_safe
def caseload(request: AppRequest) -> HttpResponse:
    """The day's list: open episodes by the decision they need."""
    mine = request.GET.get("show") != "all"
    rows = day_list(timezone.localdate(), clinician=request.user if mine else None)
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    papers = sum(not each.refusal for each in wanted(rows))
    unopened = sum(not each.opened for each in batches_of(request.user, timezone.now()))
    context = {
        "page": page,
        "mine": mine,
        "everybody": not mine,
        "papers": papers,
        "unopened": unopened,
    }
    return render(request, "programmes/caseload.html", context)
