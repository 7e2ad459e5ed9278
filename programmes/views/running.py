"""The way back to running: the gate, the days, the dated plan; and the button for a flare."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from patients.access import AppRequest, check_may, get_episode_or_404, needs
from patients.actions import EditedMeanwhile
from patients.models import Episode
from patients.rules.roles import May
from programmes import actions
from programmes.forms.moving import FlareForm, GateForm, TrainingDaysForm
from programmes.selectors.running import running as running_of
from upwell.http import Refused, go_to


@needs(May.READ_CLINICAL)
@require_safe
def running(request: AppRequest, code: UUID) -> HttpResponse:
    """The gate to running, and running with dates."""
    return _page(request, get_episode_or_404(request, code))


def _page(
    request: AppRequest,
    found: Episode,
    *,
    days_form: TrainingDaysForm | None = None,
    gate_form: GateForm | None = None,
    refused: int = 422,
) -> HttpResponse:
    """The page; a form that was refused is shown as it was typed."""
    shown = running_of(found, timezone.localdate())
    programme = shown.standing.programme
    days = programme.training_days if programme else []
    context = {
        "episode": found,
        "standing": shown.standing,
        "running": shown,
        "exit": shown.gate,
        "days_form": days_form or TrainingDaysForm.of(days),
        "gate_form": gate_form or GateForm(),
        "may_sign": request.user.may(May.ASSESS),
        "may_plan": request.user.may(May.DECIDE),
    }
    status = refused if days_form or gate_form else 200
    return render(request, "programmes/running.html", context, status=status)


@needs(May.DECIDE)
@require_POST
def training_days(request: AppRequest, code: UUID) -> HttpResponse:
    """Set the weekdays the patient can run on."""
    found = get_episode_or_404(request, code)
    form = TrainingDaysForm(request.POST)
    if not form.is_valid():
        return _page(request, found, days_form=form)
    try:
        days = form.cleaned_data["days"]
        actions.set_training_days(found, days=days, known=form.days_known)
    except EditedMeanwhile as conflict:
        both = form.over(conflict.theirs.training_days)
        return _page(request, found, days_form=both, refused=409)
    messages.success(request, "The days are saved.")
    return go_to(request, "programmes:running", code)


@needs(May.ASSESS)
@require_POST
def gate(request: AppRequest, code: UUID) -> HttpResponse:
    """Sign which measure of single-leg raises the gate goes by."""
    found = get_episode_or_404(request, code)
    form = GateForm(request.POST)
    if form.is_valid():
        try:
            actions.sign_gate(found, by=request.user, **form.cleaned_data)
        except Refused as refused:
            if not found.is_open:
                raise  # the page has no form to say it in
            form.add_error(None, str(refused))
        else:
            measures = running_of(found, timezone.localdate()).measures
            messages.success(request, measures.chosen(form.cleaned_data["mode"]))
            return go_to(request, "programmes:running", code)
    return _page(request, found, gate_form=form)


@needs(May.ASSESS)
@require_POST
def flare(request: AppRequest, code: UUID) -> HttpResponse:
    """Settle a flare: back to the isometric stage, and the paper for these days."""
    check_may(request.user, May.DECIDE)
    found = get_episode_or_404(request, code)
    form = FlareForm(request.POST)
    if not form.is_valid():
        raise Refused("This page is out of date. Reload it, then try again.")
    paper = actions.flare(found, on=timezone.localdate(), by=request.user, **form.cleaned_data)
    return go_to(request, "programmes:handout", paper.code)
