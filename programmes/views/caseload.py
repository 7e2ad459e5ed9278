"""The day's list."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients.access import AppRequest, needs
from patients.rules.roles import May
from programmes.caseload import day_page
from programmes.printing import wanted
from programmes.selectors.papers import batches_of
from upwell.http import go_to


@needs(May.DEMOGRAPHICS)
@require_safe
def caseload(request: AppRequest) -> HttpResponse:
    """The day's list: open episodes by the decision they need; the patients for who may not."""
    # The address of the practice's software is this one: it has to lead everybody somewhere.
    if not request.user.may(May.READ_CLINICAL):
        return go_to(request, "patients:list")
    mine = request.GET.get("show") != "all"
    clinician = request.user if mine else None
    shown = day_page(timezone.localdate(), clinician=clinician, number=request.GET.get("page"))
    # Papers are offered for a whole list, which a page by name is not.
    papers = 0 if shown.by_name else sum(not each.refusal for each in wanted(shown.judged))
    context = {
        "page": shown.page,
        "mine": mine,
        "everybody": not mine,
        "papers": papers,
        "unopened": sum(not each.opened for each in batches_of(request.user, timezone.now())),
        "by_name": shown.by_name,
    }
    return render(request, "programmes/caseload.html", context)
