"""Keeping the record: drafts that save themselves, amendments, and two examinations compared."""

from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import actions, selectors
from assessments.access import get_assessment_or_404
from assessments.forms.examination import ExaminationForm
from assessments.forms.records import AmendForm, DiscardForm, comparison, is_untouched, storable
from assessments.models import Assessment
from patients.access import AppRequest, get_episode_or_404, needs
from patients.actions import EditedMeanwhile
from patients.rules.roles import May
from upwell.http import Refused, go_to


@needs(May.ASSESS)
@require_POST
def autosave_new(request: AppRequest, code: UUID) -> HttpResponse:
    """Store a new page as a draft while it is typed; an untouched one makes none."""
    episode = get_episode_or_404(request, code, log=False)
    form = ExaminationForm(request.POST, episode=episode)
    form.is_valid()
    draft = episode.assessments.draft()
    if draft is None:
        if is_untouched(storable(form, {}).values):
            return _save_state(request, None, "nothing")
        try:
            draft = actions.start_assessment(episode, on=timezone.localdate(), by=request.user)
        except Refused as refused:
            return _save_state(request, None, "stopped", status=422, reason=str(refused))
    return _autosave(request, draft, form)


@needs(May.ASSESS)
@require_POST
def autosave(request: AppRequest, code: UUID) -> HttpResponse:
    """Store what can be stored of a draft while it is typed, and say what can't."""
    assessment = get_assessment_or_404(request, code, log=False)
    form = ExaminationForm(request.POST, episode=assessment.episode)
    form.is_valid()
    return _autosave(request, assessment, form)


def _autosave(request: AppRequest, draft: Assessment, form: ExaminationForm) -> HttpResponse:
    found = storable(form, selectors.recorded(draft))
    known = {lock.pk for lock in draft.locks.all()}
    try:
        saved = actions.save_draft(draft, found.values, version=form.version_known, by=request.user)
    except EditedMeanwhile as edited:
        who = selectors.saved_by(edited.theirs)
        name = "You" if who == request.user else str(who or "Somebody else")
        return _save_state(request, edited.theirs, "conflict", status=409, by=name)
    except Refused as refused:
        return _save_state(request, draft, "stopped", status=422, reason=str(refused))
    except IntegrityError:
        # Answers that exclude each other in a way the page itself hasn't refused yet.
        reason = "Some answers exclude each other. Press Save draft to see which."
        return _save_state(request, draft, "stopped", status=422, reason=reason)
    locked = [lock for lock in saved.locks.all() if lock.pk not in known]
    return _save_state(request, saved, "saved", held_back=found.held_back, locked=locked)


def _save_state(
    request: AppRequest,
    draft: Assessment | None,
    kind: str,
    *,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    """The line that says what is stored, with where the page saves from now on."""
    context |= {"assessment": draft, "kind": kind}
    return render(request, "assessments/save_state.html", context, status=status)


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def amend(request: AppRequest, code: UUID) -> HttpResponse:
    """Begin the correction of a signed assessment, with the reason."""
    assessment = get_assessment_or_404(request, code)
    draft = assessment.episode.assessments.begun()
    if draft and draft.amends_id == assessment.pk:
        return go_to(request, "assessments:detail", draft.code)
    if not assessment.is_signed or assessment.superseded:
        messages.info(request, "This assessment can’t be amended.")
        return go_to(request, "assessments:detail", code)
    form, status = AmendForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST" and form.is_valid():
        try:
            amendment = actions.amend(
                assessment, reason=form.cleaned_data["reason"], by=request.user
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return go_to(request, "assessments:detail", amendment.code)
    status = 422 if form.is_bound else 200
    context = {"assessment": assessment, "episode": assessment.episode, "form": form}
    context |= {"draft": draft}
    return render(request, "assessments/amend.html", context, status=status)


@needs(May.ASSESS)
@require_safe
def compare(request: AppRequest, code: UUID) -> HttpResponse:
    """This assessment beside an earlier one, question by question."""
    assessment = get_assessment_or_404(request, code)
    others = selectors.comparable(assessment)
    then = selectors.previous_of(assessment, others)
    if asked := request.GET.get("with"):
        then = next((other for other in others if str(other.code) == asked), None)
        if then is None:
            raise Http404
    bilateral = selectors.is_bilateral(assessment)
    context = {
        "assessment": assessment,
        "episode": assessment.episode,
        "others": others,
        "then": then,
        "sections": comparison(then, assessment, bilateral=bilateral) if then else (),
        "all": "all" in request.GET,
    }
    return render(request, "assessments/compare.html", context)


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: AppRequest, code: UUID) -> HttpResponse:
    """Set a draft aside that nobody needs, with the reason."""
    assessment = get_assessment_or_404(request, code)
    if not assessment.is_draft:
        messages.info(request, "This is no draft any more.")
        return go_to(request, "assessments:detail", code)
    form = DiscardForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.discard_draft(assessment, reason=form.cleaned_data["reason"], by=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Draft discarded. It stays readable and counts nowhere.")
            return go_to(request, "programmes:episode", assessment.episode.code)
    status = 422 if form.is_bound else 200
    locks = [lock for lock in assessment.locks.all() if lock.cleared_at is None]
    context = {"assessment": assessment, "episode": assessment.episode, "form": form}
    context["locks"] = locks
    return render(request, "assessments/discard.html", context, status=status)
