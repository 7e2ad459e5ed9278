"""Tests outside an assessment."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from assessments import actions
from assessments.forms.strength import FunctionTestForm
from patients.access import AppRequest, get_episode_or_404, needs
from patients.models import Episode
from patients.rules.roles import May
from upwell.http import Refused, go_to


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def test_new(request: AppRequest, code: UUID) -> HttpResponse:
    """Record tests for a stage exit, heel raises among them."""
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
            _record_tests(episode, form, request)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Tests saved.")
            return go_to(request, "programmes:episode", code)
    context = {"episode": episode, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "assessments/function_test_form.html", context, status=status)


@transaction.atomic
def _record_tests(episode: Episode, form: FunctionTestForm, request: AppRequest) -> None:
    """Store what was tested: a row of tests, a row of heel raises, or both."""
    token, on = form.cleaned_data["form_token"], form.cleaned_data["tested_on"]
    if tests := form.tests():
        actions.record_function_test(episode, form_token=token, on=on, by=request.user, **tests)
    if heel_raises := form.heel_raises():
        actions.record_heel_raise(episode, form_token=token, on=on, by=request.user, **heel_raises)
