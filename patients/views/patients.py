"""Finding, adding and opening patients."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patients import actions
from patients.access import AppRequest, get_patient_or_404, needs
from patients.forms import EpisodeForm, PatientForm, SearchForm
from patients.models import Patient
from patients.rules.roles import May
from patients.selectors import LISTED, listed, matches
from upwell.forms import differences
from upwell.http import Refused, go_to

ROWS_A_PAGE = 50


@needs(May.DEMOGRAPHICS)
@require_http_methods(["GET", "HEAD", "POST"])
def patient_list(request: AppRequest) -> HttpResponse:
    """All patients, or those a search finds. A search is a post: no name stands in an address."""
    form = SearchForm(request.POST)
    # A search nobody can mean finds nobody; it must not show everybody.
    text = form.cleaned_data["q"] if form.is_valid() else ""
    found = listed(text) if form.is_valid() else Patient.objects.none()
    page = Paginator(found, ROWS_A_PAGE).get_page(
        request.POST.get("page") or request.GET.get("page")
    )
    template = "patients/patient_list.html"
    if request.htmx:
        template += "#results"
    status = 200 if form.is_valid() else 422
    context = {"page": page, "text": text, "form": form, "more": page.paginator.count == LISTED}
    return render(request, template, context, status=status)


@needs(May.DEMOGRAPHICS)
@require_POST
def search(request: AppRequest) -> HttpResponse:
    """The lines below the search of the top bar: names only, so nobody's record is opened by it."""
    form = SearchForm(request.POST)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    found = matches(text, clinical=request.user.may(May.READ_CLINICAL))
    return render(request, "patients/_matches.html", {"matches": found})


@needs(May.DEMOGRAPHICS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: AppRequest) -> HttpResponse:
    """Add a patient; somebody who may be the same person is shown first."""
    form = PatientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            patient = actions.add_patient(
                form_token=form.cleaned_data["form_token"],
                by=request.user,
                **form.patient_fields(),
            )
        except actions.NumberTaken as refused:
            form.add_error("external_id", str(refused))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The patient is added.")  # no name: it would stay unblurred
            return go_to(request, "patients:detail", patient.code)
    status = 422 if form.is_bound else 200
    return render(request, "patients/patient_form.html", {"form": form}, status=status)


@needs(May.DEMOGRAPHICS)
@require_safe
def detail(request: AppRequest, code: UUID) -> HttpResponse:
    """One patient and the episodes."""
    patient = get_patient_or_404(request, code)
    context = {
        "patient": patient,
        "episodes": patient.episodes.select_related("clinician"),
        "today": timezone.localdate(),
        "age": patient.age_on(timezone.localdate()),
        "may_open": request.user.may(May.ASSESS),
        "may_read": request.user.may(May.READ_CLINICAL),
    }
    return render(request, "patients/patient_detail.html", context)


@needs(May.DEMOGRAPHICS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: AppRequest, code: UUID) -> HttpResponse:
    """Change demographics; the second of two people saving sees what the first one saved."""
    patient = get_patient_or_404(request, code)
    form = PatientForm(
        request.POST or None, patient=patient, initial=PatientForm.initial_of(patient)
    )
    status, theirs = (422 if form.is_bound else 200), None
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_patient(patient, version=form.version_known, **form.patient_fields())
        except actions.EditedMeanwhile as conflict:
            status, theirs = 409, conflict.theirs
        except actions.NumberTaken as refused:
            form.add_error("external_id", str(refused))
        else:
            messages.success(request, "Saved.")
            return go_to(request, "patients:detail", code)
    context = {"form": form, "patient": patient, "theirs": theirs}
    if theirs:
        context["differences"] = differences(form, PatientForm.initial_of(theirs))
    return render(request, "patients/patient_form.html", context, status=status)


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def episode_new(request: AppRequest, code: UUID) -> HttpResponse:
    """Open an episode on one side."""
    patient = get_patient_or_404(request, code)
    form = EpisodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            episode = actions.open_episode(
                patient, side=form.cleaned_data["side"], on=timezone.localdate(), by=request.user
            )
        except Refused as refused:
            form.add_error("side", str(refused))
        else:
            return go_to(request, "programmes:episode", episode.code)
    context = {"form": form, "patient": patient}
    status = 422 if form.is_bound else 200
    return render(request, "patients/episode_form.html", context, status=status)
