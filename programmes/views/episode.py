"""The episode's working page and its end."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from patients import actions as patient_actions
from patients.access import AppRequest, get_episode_or_404, needs
from patients.forms import DischargeForm
from patients.rules.roles import May
from programmes.models import Session
from programmes.selectors.plans import unsuited_items
from programmes.selectors.standing import Standing, flare_since, standing_of
from upwell.http import Refused, go_to

SESSIONS_SHOWN = 12


@needs(May.READ_CLINICAL)
@require_safe
def episode(request: AppRequest, code: UUID) -> HttpResponse:
    """The working page: everything needed to start a consult."""
    found = get_episode_or_404(request, code)
    standing = standing_of(found, timezone.localdate())
    sessions = Session.objects.of(found).newest_first()[:SESSIONS_SHOWN]
    context = {
        "episode": found,
        "standing": standing,
        "sessions": sessions,
        "last_decision": next((s.decision for s in sessions if hasattr(s, "decision")), None),
        "flare": flare_since(standing),
        **_now(standing),
        "may_clear": request.user.may(May.CLEAR_LOCK),
    }
    return render(request, "programmes/episode.html", context)


def _now(standing: Standing) -> dict[str, object]:
    """The exercises of the step in force, each with why it is not for this tendon now, or blank."""
    step = standing.step
    if step is None:
        return {"items": [], "not_for_now": ""}
    not_now = unsuited_items(step, standing.tendon)
    return {
        "items": [(item, not_now.get(item.exercise, "")) for item in step.items.all()],
        "not_for_now": next(iter(not_now.values()), ""),
    }


@needs(May.DISCHARGE)
@require_http_methods(["GET", "HEAD", "POST"])
def discharge(request: AppRequest, code: UUID) -> HttpResponse:
    """Close an episode with its outcome."""
    found = get_episode_or_404(request, code)
    if not found.is_open:
        raise Refused("This episode is closed already.")
    form = DischargeForm(request.POST or None, episode=found, initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            patient_actions.discharge(found, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The episode is closed.")
            return go_to(request, "patients:detail", found.patient.code)
    status = 422 if form.is_bound else 200
    context = {"episode": found, "form": form}
    return render(request, "programmes/discharge.html", context, status=status)
