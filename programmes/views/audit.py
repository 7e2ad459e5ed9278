"""The practice lead's pages of who saw and who changed what."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from patients.access import AppRequest, confirmed, get_patient_or_404, log_readings, needs
from patients.forms import SearchForm
from patients.models import Patient
from patients.rules.roles import May
from patients.selectors import matches
from programmes.audit import PRINTS, as_csv, history_page, once_page, page
from programmes.forms.audit import AuditForm, PersonSearchForm
from programmes.selectors.audit import Mark, people_called

PEOPLE_FOUND = 20


@needs(May.LEAD)
@require_http_methods(["GET", "HEAD", "POST"])
def audit(request: AppRequest) -> HttpResponse:
    """Who signed in, opened, printed and changed what, newest first. A search is a post."""
    form = AuditForm(request.GET)
    context: dict[str, Any] = {"form": form, "search": SearchForm(), "who": PersonSearchForm()}
    if not form.is_valid():
        return render(request, "programmes/audit.html", context, status=422)
    if request.method == "POST":
        return (_search_people if "who" in request.POST else _search)(request, form, context)
    patient = _patient(request, form)
    question = form.question(patient=patient, prints=PRINTS)
    context |= {"patient": patient, "everyone": patient is None, "same": form.address()}
    if form.once:
        context["once"] = once_page(question)
    else:
        before = Mark.read(request.GET.get("before", ""))
        found = page(question, before=before)
        context |= {"page": found, "older": form.address(before=found.older), "before": before}
    return render(request, "programmes/audit.html", context)


@needs(May.LEAD)
@require_safe
@confirmed
def audit_csv(request: AppRequest) -> HttpResponse:
    """The same as a CSV file; every patient it names has it in the log."""
    form = AuditForm(request.GET)
    if not form.is_valid():
        return render(request, "programmes/audit.html", {"form": form}, status=422)
    patient = _patient(request, form)
    question = form.question(patient=patient, prints=PRINTS)
    content, told_of = as_csv(question, once=form.once)
    if patient is None:
        log_readings(request, told_of)
    name = f"audit-{form.cleaned_data['first']}-{form.cleaned_data['last']}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@needs(May.LEAD)
@require_safe
def history(request: AppRequest, code: UUID) -> HttpResponse:
    """Everything that was ever entered and changed of one patient, newest first."""
    patient = get_patient_or_404(request, code)
    before = Mark.read(request.GET.get("before", ""))
    context = {
        "patient": patient,
        "age": patient.age_on(timezone.localdate()),
        "page": history_page(patient, before=before),
        "before": before,
    }
    return render(request, "programmes/history.html", context)


def _patient(request: AppRequest, form: AuditForm) -> Patient | None:
    code = form.cleaned_data["patient"]
    return get_patient_or_404(request, code) if code else None


def _search(request: AppRequest, form: AuditForm, context: dict[str, Any]) -> HttpResponse:
    search = SearchForm(request.POST)
    text = search.cleaned_data["q"] if search.is_valid() else ""
    found = [
        (each.patient, form.address(patient=each.patient.code))
        for each in matches(text, clinical=False)
    ]
    context |= {"search": search, "searched": True, "matches": found}
    status = 200 if search.is_valid() else 422
    return render(request, "programmes/audit.html", context, status=status)


def _search_people(request: AppRequest, form: AuditForm, context: dict[str, Any]) -> HttpResponse:
    who = PersonSearchForm(request.POST)
    text = who.cleaned_data["who"] if who.is_valid() else ""
    people = people_called(text, most=PEOPLE_FOUND + 1)
    found = [(each, form.address(user=each.code)) for each in people[:PEOPLE_FOUND]]
    context |= {"who": who, "people": found, "more": len(people) > PEOPLE_FOUND}
    status = 200 if who.is_valid() else 422
    return render(request, "programmes/audit.html", context, status=status)
