"""The practice's outcomes: choosing a closed period, and the report of one."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from patients.access import AppRequest, needs
from patients.rules.roles import May
from programmes.actions.reading import Progress
from programmes.actions.reports import compare, work_on_report
from programmes.forms.outcomes import PeriodForm
from programmes.models import PeriodReport
from programmes.outcomes import as_csv, as_pdf, changed, later_words, page
from programmes.rules.version import RULES_VERSION
from programmes.selectors.outcomes import (
    COMPARED_AT_ONCE,
    Difference,
    differences,
    report_or_404,
    reports,
)
from upwell.http import go_to


@needs(May.LEAD)
@require_http_methods(["GET", "HEAD", "POST"])
def outcomes(request: AppRequest) -> HttpResponse:
    """Choose a closed period; its report is worked out once, in portions where it takes long."""
    form = PeriodForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
        found = work_on_report(first=first, last=last, today=timezone.localdate(), by=request.user)
        if isinstance(found, PeriodReport):
            return go_to(request, "programmes:outcomes_report", found.code)
        context = {"first": first, "last": last, "progress": found}
        return render(request, "programmes/outcomes_working.html", context)
    context = {"form": form, "reports": reports()}
    status = 422 if form.is_bound else 200
    return render(request, "programmes/outcomes.html", context, status=status)


@needs(May.LEAD)
@require_http_methods(["GET", "HEAD", "POST"])
def outcomes_report(request: AppRequest, code: UUID) -> HttpResponse:
    """The report of a period as it was worked out, and what became known since.

    Where comparing takes long it is asked for by a post, and done in portions.
    """
    found = report_or_404(code)
    now = compare(found) if request.method == "POST" else _compared(found)
    if isinstance(now, Progress):
        context = {"report": found, "progress": now}
        return render(request, "programmes/outcomes_working.html", context)
    context = {
        "page": page(found),
        "compared": now is not None,
        "changed": changed(now or ()),
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


def _compared(found: PeriodReport) -> tuple[Difference, ...] | None:
    """What a report made now would take otherwise; None where finding out takes long."""
    return differences(found) if len(found.rows) <= COMPARED_AT_ONCE else None


def _later(found: PeriodReport) -> str:
    now = _compared(found)
    return later_words(None if now is None else len(now), on=timezone.localdate())


def _file(found: PeriodReport, content: bytes, ending: str, kind: str) -> HttpResponse:
    how = "attachment" if ending == "csv" else "inline"
    name = f"outcomes-{found.first_on.isoformat()}-{found.last_on.isoformat()}.{ending}"
    headers = {"Content-Disposition": f'{how}; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)
