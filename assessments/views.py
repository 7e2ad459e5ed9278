"""Examining a tendon: the page, its live findings, the signature, and clearing a lock."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from assessments import actions, selectors
from assessments.access import get_assessment_or_404, get_lock_or_404
from assessments.forms import (
    ClearLockForm,
    ExaminationForm,
    SignForm,
    in_words,
    initial_values,
    rail,
)
from assessments.models import Assessment
from patients.access import AppRequest, get_episode_or_404, needs
from patients.actions import EditedMeanwhile
from patients.models import Episode
from patients.rules.roles import May
from upwell.http import Refused, go_to


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: AppRequest, code: UUID) -> HttpResponse:
    """An empty assessment page; the draft is stored with the first save."""
    episode = get_episode_or_404(request, code)
    today = timezone.localdate()
    actions.check_may_be_assessed(episode, today)
    if draft := episode.assessments.draft():
        return redirect("assessments:detail", draft.code)
    form = ExaminationForm(
        request.POST or None, initial={"examined_on": today, "version": 1}, episode=episode
    )
    if request.method == "POST" and form.is_valid():
        draft = actions.start_assessment(episode, on=today, by=request.user)
        return _save(request, draft, form)
    return _form_page(request, episode, form, status=422 if form.is_bound else 200)


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: AppRequest, code: UUID) -> HttpResponse:
    """A draft to go on with, or a signed assessment to read."""
    assessment = get_assessment_or_404(request, code)
    if assessment.is_signed and request.method != "POST":
        return _signed_page(request, assessment)
    form = ExaminationForm(
        request.POST or None, initial=initial_values(assessment), episode=assessment.episode
    )
    if request.method == "POST" and form.is_valid():
        return _save(request, assessment, form)
    status = 422 if form.is_bound else 200
    return _form_page(request, assessment.episode, form, assessment=assessment, status=status)


def _save(request: AppRequest, assessment: Assessment, form: ExaminationForm) -> HttpResponse:
    """Store a valid page; a conflict shows both versions and keeps what was typed."""
    try:
        saved = actions.save_draft(
            assessment,
            form.cleaned_data,
            version=form.cleaned_data["version"] or 0,
            by=request.user,
        )
    except EditedMeanwhile as conflict:
        context = {"theirs": form.differences(conflict.theirs)}
        return _form_page(
            request, assessment.episode, form, assessment=conflict.theirs, status=409, **context
        )
    messages.success(request, "Draft saved.")
    response = go_to(request, "assessments:detail", saved.code)
    if "then_sign" in request.POST:
        response["Location"] += "#sign"
    return response


def _form_page(
    request: AppRequest,
    episode: Episode,
    form: ExaminationForm,
    *,
    assessment: Assessment | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    values = form.values()
    bilateral = selectors.is_bilateral(episode)
    found = selectors.preview(values, episode, assessment, bilateral=bilateral)
    defaults = {
        "episode": episode,
        "assessment": assessment,
        "form": form,
        "found": found,
        "rail": rail(values),
        "sign_form": SignForm(found=found, initial={"version": assessment.version})
        if assessment
        else None,
        "missing": actions.missing_to_sign(found, values),
        "locks": [lock for lock in assessment.locks.all() if not lock.cleared_at]
        if assessment
        else [],
    }
    return render(
        request, "assessments/assessment_form.html", {**defaults, **context}, status=status
    )


def _signed_page(request: AppRequest, assessment: Assessment) -> HttpResponse:
    form = ExaminationForm(initial=initial_values(assessment), episode=assessment.episode)
    bilateral = selectors.is_bilateral(assessment.episode)
    context = {
        "assessment": assessment,
        "episode": assessment.episode,
        "sections": [
            (section, [(field.label, in_words(field)) for field in fields])
            for section, fields in form.sections()
        ],
        "found": selectors.findings(assessment, bilateral=bilateral),
        "classification": next(iter(assessment.classifications.all()), None),
        "locks": assessment.locks.all(),
        "may_clear": request.user.may(May.CLEAR_LOCK),
    }
    return render(request, "assessments/assessment_detail.html", context)


@needs(May.ASSESS)
@require_POST
def findings(request: AppRequest, code: UUID) -> HttpResponse:
    """What the rules make of the page as it stands; nothing is stored."""
    episode = get_episode_or_404(request, code, log=False)
    form = ExaminationForm(request.POST, episode=episode)
    form.is_valid()
    values = form.values()
    assessment = episode.assessments.draft()
    found = selectors.preview(
        values, episode, assessment, bilateral=selectors.is_bilateral(episode)
    )
    context = {"found": found, "rail": rail(values), "episode": episode}
    return render(request, "assessments/assessment_form.html#panel", context)


@needs(May.ASSESS)
@require_POST
def sign(request: AppRequest, code: UUID) -> HttpResponse:
    """Freeze a draft under the clinician's name."""
    assessment = get_assessment_or_404(request, code)
    found = selectors.findings(assessment, bilateral=selectors.is_bilateral(assessment.episode))
    form = SignForm(request.POST, found=found)
    if form.is_valid():
        try:
            actions.sign(assessment, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Signed.")
            return go_to(request, "programmes:episode", assessment.episode.code)
    page = ExaminationForm(initial=initial_values(assessment), episode=assessment.episode)
    return _form_page(
        request, assessment.episode, page, assessment=assessment, status=422, sign_form=form
    )


@needs(May.CLEAR_LOCK)
@require_http_methods(["GET", "HEAD", "POST"])
def lock_clear(request: AppRequest, code: UUID) -> HttpResponse:
    """Clear a red flag's lock, with a name and a reason."""
    lock = get_lock_or_404(request, code)
    form = ClearLockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.clear_lock(lock, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, f"Cleared: {lock.says}.")
        return go_to(request, "programmes:episode", lock.episode.code)
    context = {"lock": lock, "episode": lock.episode, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "assessments/lock_clear.html", context, status=status)
