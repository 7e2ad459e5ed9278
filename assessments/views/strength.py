"""Tests outside an assessment."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from assessments import actions, selectors
from assessments.forms.strength import FunctionTestForm
from assessments.strength_picture import strength_of
from patients.access import AppRequest, get_episode_or_404, needs
from patients.models import Episode, User
from patients.rules.roles import May
from upwell.http import Refused, go_to


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def test_new(request: AppRequest, code: UUID) -> HttpResponse:
    """Record tests for a stage exit, heel raises among them; saved ones are shown as a picture."""
    episode = get_episode_or_404(request, code)
    form = FunctionTestForm(
        request.POST if request.method == "POST" else None,
        initial={"tested_on": timezone.localdate(), "form_token": uuid4()},
        episode=episode,
    )
    if not episode.is_open:
        raise Refused("This episode is closed: no more tests can be recorded in it.")
    if request.method == "POST" and form.is_valid():
        try:
            _record_tests(episode, form, request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Tests saved.")
            return _saved(request, episode, form)
    context = {**_last_test(episode), "episode": episode, "form": form}
    form.earlier = context["last"]
    context["saved"] = "saved" in request.GET and context["strength"]
    status = 422 if form.is_bound else 200
    return render(request, "assessments/function_test_form.html", context, status=status)


def _saved(request: AppRequest, episode: Episode, form: FunctionTestForm) -> HttpResponse:
    """On to the picture of what was measured, or to the episode when there is none to show."""
    if not form.heel_raises():
        return go_to(request, "programmes:episode", episode.code)
    page = reverse("assessments:test_new", args=[episode.code])
    return go_to(request, f"{page}?saved=1")


def _last_test(episode: Episode) -> dict[str, Any]:
    """The newest strength test on record, and its picture beside the one before it."""
    last = episode.heel_raises.counted().first()
    if last is None:
        return {"last": None, "strength": None}
    before = episode.heel_raises.earlier(last.tested_on).first()
    values = {name: getattr(last, name) for name in selectors.HEEL_RAISE_FIELDS}
    bilateral = selectors.is_bilateral(episode)
    return {
        "last": last,
        "strength": strength_of(
            episode, values, on=last.tested_on, bilateral=bilateral, before=before
        ),
    }


def _record_tests(episode: Episode, form: FunctionTestForm, by: User) -> None:
    actions.record_tests(
        episode,
        form_token=form.cleaned_data["form_token"],
        on=form.cleaned_data["tested_on"],
        by=by,
        tests=form.tests(),
        heel_raises=form.heel_raises(),
    )
