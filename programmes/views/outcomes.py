"""The practice's outcomes: choosing a closed period, and the report of one."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from patients.access import AppRequest, needs
from patients.rules.roles import May
from programmes.actions.reports import make_report
from programmes.forms.outcomes import PeriodForm
from programmes.models import PeriodReport
from programmes.outcomes import as_csv, as_pdf, changed, later_words, page
from programmes.rules.version import RULES_VERSION
from programmes.selectors.outcomes import differences, report_or_404, reports
from upwell.http import go_to


@needs(May.LEAD)
@require_http_methods(["GET", "HEAD", "POST"])
def outcomes(request: AppRequest) -> HttpResponse:
    """Choose a closed period; its report is worked out once."""
    form = PeriodForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
        found = make_report(first=first, last=last, today=timezone.localdate(), by=request.user)
        return go_to(request, "programmes:outcomes_report", found.code)
    context = {"form": form, "reports": reports()}
    status = 422 if form.is_bound else 200
    return render(request, "programmes/outcomes.html", context, status=status)


@needs(May.LEAD)
@require_safe
def outcomes_report(request: AppRequest, code: UUID) -> HttpResponse:
    """The report of a period as it was worked out, and what became known since."""
    found = report_or_404(code)
    context = {
        "page": page(found),
        "changed": changed(differences(found)),
        "other_rules": found.rules_version != RULES_VERSION,
    }
    return render(request, "programmes/outcomes_report.html", context)


@needs(May.LEAD)
@require_safe
def outcomes_csv(request: AppRequest, code: UUID) -> HttpResponse:
    """The report's figures as a CSV file."""
    found = report_or_404(code)
    return _file(found, as_csv(found, later=_later(found)), "csv", "text/csv; charset=utf-8")


@needs(May.LEAD)
@require_safe
def outcomes_pdf(request: AppRequest, code: UUID) -> HttpResponse:
    """The report as PDF: the same bytes while the same is known."""
    found = report_or_404(code)
    return _file(found, as_pdf(found, later=_later(found)), "pdf", "application/pdf")


def _later(found: PeriodReport) -> str:
    return later_words(len(differences(found)), on=timezone.localdate())


def _file(found: PeriodReport, content: bytes, ending: str, kind: str) -> HttpResponse:
    how = "attachment" if ending == "csv" else "inline"
    name = f"outcomes-{found.first_on.isoformat()}-{found.last_on.isoformat()}.{ending}"
    headers = {"Content-Disposition": f'{how}; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)
