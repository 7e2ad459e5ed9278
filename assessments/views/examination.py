"""Examining a tendon: the page, its live findings, the signature, and clearing a lock."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from assessments import actions, selectors
from assessments.access import get_assessment_or_404, get_lock_or_404
from assessments.forms import records
from assessments.forms.examination import (
    ClearLockForm,
    ExaminationForm,
    SignForm,
    initial_values,
    rail,
)
from assessments.models import Assessment, Classification, Lock
from assessments.rules.examination import Findings
from assessments.strength_picture import strength_of
from assessments.wording import words_of
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
    if request.method != "POST":
        actions.check_may_be_assessed(episode, today)
    # Somebody may have begun meanwhile: then a save meets their draft and shows both.
    if request.method != "POST" and (draft := episode.assessments.draft()):
        return go_to(request, "assessments:detail", draft.code)
    form = ExaminationForm(
        request.POST if request.method == "POST" else None,
        initial={"examined_on": today, "version": 1},
        episode=episode,
    )
    if request.method == "POST" and form.is_valid():
        try:
            draft = actions.start_assessment(episode, on=today, by=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return _save(request, draft, form)
    return _form_page(request, episode, form, status=422 if form.is_bound else 200)


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: AppRequest, code: UUID) -> HttpResponse:
    """A draft to go on with, or a signed assessment to read."""
    assessment = get_assessment_or_404(request, code)
    if not assessment.is_draft and request.method != "POST":
        return _signed_page(request, assessment)
    if "replaces" in request.POST:
        return _settle(request, assessment)
    form = ExaminationForm(
        request.POST if request.method == "POST" else None,
        initial=initial_values(assessment),
        episode=assessment.episode,
    )
    if request.method == "POST" and form.is_valid():
        return _save(request, assessment, form)
    status = 422 if form.is_bound else 200
    return _form_page(request, assessment.episode, form, assessment=assessment, status=status)


def _save(
    request: AppRequest,
    assessment: Assessment,
    form: ExaminationForm,
    *,
    typed: ExaminationForm | None = None,
) -> HttpResponse:
    """Store a valid page; a conflict shows both answers to each question and keeps what was typed.

    ``typed`` is the page as typed, where ``form`` holds what was chosen from two such pages.
    """
    typed = typed or form
    try:
        saved = actions.save_draft(
            assessment, form.cleaned_data, version=form.version_known, by=request.user
        )
    except EditedMeanwhile as edited:
        return _conflict_page(request, typed, edited.theirs, status=409)
    except Refused as refused:
        typed.add_error(None, str(refused))
        return _form_page(request, assessment.episode, typed, assessment=assessment, status=422)
    messages.success(request, "Draft saved.")
    page = reverse("assessments:detail", args=[saved.code])
    return go_to(request, f"{page}?to=sign" if "then_sign" in request.POST else page)


def _settle(request: AppRequest, assessment: Assessment) -> HttpResponse:
    """Store a page after a conflict: at each question the answer that was chosen."""
    typed = ExaminationForm(request.POST, episode=assessment.episode)
    typed.is_valid()
    form = ExaminationForm(records.settled(request.POST, assessment), episode=assessment.episode)
    valid = form.is_valid()
    if form.cleaned_data.get("replaces") == assessment.version:
        unsettled = _conflict(request, typed, assessment).missing
        if unsettled or not valid:
            return _conflict_page(request, typed, assessment, status=422, settled=form)
    elif not valid:
        return _conflict_page(request, typed, assessment, status=409)
    return _save(request, assessment, form, typed=typed)


def _conflict(request: AppRequest, typed: ExaminationForm, theirs: Assessment) -> records.Conflict:
    version = typed.cleaned_data.get("version")
    who = selectors.saved_by(theirs)
    return records.conflict(
        typed,
        theirs,
        by="you, in another window" if who == request.user else str(who or "somebody else"),
        base=selectors.saved_as(theirs, version) if version else None,
        sent=request.POST,
    )


def _conflict_page(
    request: AppRequest,
    typed: ExaminationForm,
    theirs: Assessment,
    *,
    status: int,
    settled: ExaminationForm | None = None,
) -> HttpResponse:
    """Both answers to each question where two pages differ, for a choice."""
    return _form_page(
        request,
        theirs.episode,
        typed,
        assessment=theirs,
        status=status,
        conflict=_conflict(request, typed, theirs),
        settled=settled,
    )


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
    bilateral = selectors.is_bilateral(assessment or episode)
    found = selectors.preview(values, episode, assessment, bilateral=bilateral)
    earlier = selectors.earlier_assessment(episode, on=values.get("examined_on"), but=assessment)
    form.show_beside(earlier)
    strength = _strength(episode, values, assessment, bilateral=bilateral)
    form.earlier = strength["before"]
    defaults = {
        **_panel(found, values, refused=form.errors),
        **strength,
        "episode": episode,
        "assessment": assessment,
        "form": form,
        "sign_form": SignForm(found=found, chosen=_amended(assessment)),
        "missing": actions.missing_to_sign(found, values),
        "to_sign": request.GET.get("to") == "sign" and not form.is_bound,
        "history": selectors.classification_history(episode) if assessment else (),
        "comparable": assessment and (earlier or assessment.amends),
    }
    return render(
        request, "assessments/assessment_form.html", {**defaults, **context}, status=status
    )


def _amended(assessment: Assessment | None) -> Classification | None:
    return selectors.classification_amended(assessment) if assessment else None


def _panel(
    found: Findings, values: Mapping[str, Any], *, refused: Collection[str] = ()
) -> dict[str, Any]:
    """What the aside shows: how far the page is, and what the rules make of it, flags first."""
    flags = {flag.finding for flag in found.open_flags}
    return {
        "found": found,
        "rail": rail(values, refused=refused),
        "findings": [finding for finding in found.panel if finding not in flags],
        "visa_answered": sum(points is not None for points in found.visa_items),
    }


def _strength(
    episode: Episode,
    values: Mapping[str, Any],
    assessment: Assessment | None,
    *,
    bilateral: bool,
) -> dict[str, Any]:
    """The picture of the heel raises, and the earlier test beside it."""
    on = values.get("examined_on")
    before = episode.heel_raises.earlier(on, assessment=assessment).first()
    picture = strength_of(episode, values, on=on, bilateral=bilateral, before=before)
    return {"strength": picture, "before": before}


def _signed_page(request: AppRequest, assessment: Assessment) -> HttpResponse:
    form = ExaminationForm(
        initial=initial_values(assessment),
        episode=assessment.episode,
        words=words_of(getattr(assessment, "visa", None)),
    )
    bilateral = selectors.is_bilateral(assessment)
    found = selectors.findings(assessment, bilateral=bilateral)
    values = selectors.recorded(assessment)
    context = {
        **_panel(found, values),
        **_strength(assessment.episode, values, assessment, bilateral=bilateral),
        "assessment": assessment,
        "episode": assessment.episode,
        "sections": form.answers(),
        "classifications": assessment.own_classifications,
        "history": selectors.classification_history(assessment.episode),
        "amendment": selectors.amendment_of(assessment),
        "changes": records.changes(assessment.amends, assessment) if assessment.amends else (),
        "comparable": selectors.has_comparable(assessment),
        "locks": assessment.locks.all(),
        "cleared_before": _cleared_before(assessment),
        "may_clear": request.user.may(May.CLEAR_LOCK),
    }
    page = "assessment_detail" if assessment.is_signed else "assessment_void"
    return render(request, f"assessments/{page}.html", context)


def _cleared_before(assessment: Assessment) -> list[Lock]:
    """The cleared locks of the assessments this one amends: what they said is copied here."""
    found: list[Lock] = []
    amended = assessment.amends
    while amended is not None:
        found += [lock for lock in amended.locks.all() if lock.cleared_at]
        amended = amended.amends
    return found


@needs(May.ASSESS)
@require_POST
def findings(request: AppRequest, code: UUID) -> HttpResponse:
    """What the rules make of the page as it stands; nothing is stored."""
    episode = get_episode_or_404(request, code, log=False)
    form = ExaminationForm(request.POST, episode=episode)
    form.is_valid()
    values = form.values()
    bilateral = selectors.is_bilateral(episode)
    draft = episode.assessments.draft()
    found = selectors.preview(values, episode, draft, bilateral=bilateral)
    strength = _strength(episode, values, draft, bilateral=bilateral)
    context = {**_panel(found, values), **strength, "episode": episode}
    return render(request, "assessments/assessment_form.html#panel", context)


@needs(May.ASSESS)
@require_POST
def sign(request: AppRequest, code: UUID) -> HttpResponse:
    """Freeze a draft under the clinician's name."""
    assessment = get_assessment_or_404(request, code)
    if assessment.is_signed:
        messages.info(request, "This assessment is signed already.")
        return go_to(request, "assessments:detail", code)
    found = selectors.findings(assessment, bilateral=selectors.is_bilateral(assessment))
    form, status = SignForm(request.POST, found=found, chosen=_amended(assessment)), 422
    if form.is_valid():
        try:
            actions.sign(assessment, by=request.user, **form.cleaned_data)
        except EditedMeanwhile as conflict:
            form.add_error(None, f"{conflict} Look at what is stored now, then sign.")
            status = 409
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Signed.")
            return go_to(request, "programmes:episode", assessment.episode.code)
    page = ExaminationForm(initial=initial_values(assessment), episode=assessment.episode)
    return _form_page(
        request, assessment.episode, page, assessment=assessment, status=status, sign_form=form
    )


@needs(May.CLEAR_LOCK)
@require_http_methods(["GET", "HEAD", "POST"])
def lock_clear(request: AppRequest, code: UUID) -> HttpResponse:
    """Clear a red flag's lock, with a name and a reason."""
    lock = get_lock_or_404(request, code)
    form = ClearLockForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.clear_lock(lock, reason=form.cleaned_data["reason"], by=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Cleared: {lock.says}.")
            return go_to(request, "programmes:episode", lock.episode.code)
    context = {"lock": lock, "episode": lock.episode, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "assessments/lock_clear.html", context, status=status)
