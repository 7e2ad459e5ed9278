"""Recording a heel-raise test and a VISA-A beside a session, each by itself."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from assessments import actions
from assessments.forms.outcomes import VisaForm
from assessments.models import HeelRaiseTest, VisaA
from patients.access import AppRequest, get_episode_or_404, needs
from patients.models import Episode, User
from patients.rules.roles import May
from programmes.forms.visit import RaisesForm, raises_form, visa_form
from programmes.visit import raises_words, too_soon, visa_words
from upwell.http import Refused, go_to


@needs(May.ASSESS)
@require_POST
def visit_raises(request: AppRequest, code: UUID) -> HttpResponse:
    """Record a quick heel-raise test; answers with one line, or with the form and its errors."""
    episode = get_episode_or_404(request, code)
    form = raises_form(episode, request.POST)
    if form.is_valid():
        try:
            test = _record_raises(episode, form, request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return _recorded(request, episode, raises_words(episode, test))
    return _refused(request, episode, "raises", {"form": form})


@needs(May.ASSESS)
@require_POST
def visit_visa(request: AppRequest, code: UUID) -> HttpResponse:
    """Record a VISA-A; answers with one line, or with the form and its errors."""
    episode = get_episode_or_404(request, code)
    form = visa_form(episode, request.POST)
    if form.is_valid():
        try:
            visa = _record_visa(episode, form, request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            return _recorded(request, episode, visa_words(visa))
    soon = too_soon(episode, form.cleaned_data.get("answered_on") or timezone.localdate())
    return _refused(request, episode, "visa", {"form": form, "soon": soon})


def _record_raises(episode: Episode, form: RaisesForm, by: User) -> HeelRaiseTest:
    cleaned = form.cleaned_data
    return actions.record_heel_raise(
        episode,
        form_token=cleaned["form_token"],
        on=cleaned["tested_on"],
        by=by,
        **form.measured(),
    )


def _record_visa(episode: Episode, form: VisaForm, by: User) -> VisaA:
    cleaned = form.cleaned_data
    return actions.record_visa(
        episode,
        form_token=cleaned["form_token"],
        on=cleaned["answered_on"],
        reported_by=cleaned["reported_by"],
        words=form.words,
        again=cleaned["again"],
        by=by,
        **form.answers(),
    )


def _recorded(request: AppRequest, episode: Episode, words: str) -> HttpResponse:
    if request.htmx:
        return render(request, "programmes/_visit_recorded.html", {"recorded": words})
    messages.success(request, f"Recorded: {words}")
    return go_to(request, "programmes:session_new", episode.code)


def _refused(
    request: AppRequest, episode: Episode, part: str, context: dict[str, Any]
) -> HttpResponse:
    """The form with its errors: inside the page it was sent from, or on a page of its own."""
    box = f"programmes/_visit_{part}.html"
    template = box if request.htmx else "programmes/visit.html"
    return render(request, template, {**context, "episode": episode, "box": box}, status=422)
