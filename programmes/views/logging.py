"""Logging a session."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from patients.access import AppRequest, get_episode_or_404, needs
from patients.rules.roles import May
from programmes import actions
from programmes.forms import SessionForm
from programmes.models import Programme, Step
from programmes.selectors.plans import unsuited
from programmes.selectors.standing import Standing, standing_of
from upwell.http import Refused, go_to


def _in_force(standing: Standing) -> tuple[Programme, Step]:
    """The programme and the step a session can be held against; refuses where there is none."""
    if not standing.episode.is_open:
        raise Refused("This episode is closed. Open a new one to go on.")
    if standing.programme is None or standing.step is None:
        raise Refused("There is no programme yet. Issue one, then log sessions against it.")
    return standing.programme, standing.step


@needs(May.LOG_SESSION)
@require_http_methods(["GET", "HEAD", "POST"])
def session_new(request: AppRequest, code: UUID) -> HttpResponse:
    """Log a session against the current step."""
    found = get_episode_or_404(request, code)
    today = timezone.localdate()
    standing = standing_of(found, today)
    programme, step = _in_force(standing)
    initial = {"happened_on": today, "step": step.code}
    form = SessionForm(request.POST or None, programme=programme, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            logged = actions.log_session(programme, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return go_to(request, "programmes:session", logged.code)
    context = {
        "episode": found,
        "standing": standing,
        "form": form,
        "items": step.items.all(),
        "last": programme.sessions.newest_first().first(),
        "not_for_now": unsuited(step, standing.tendon),
    }
    status = 422 if form.is_bound else 200
    return render(request, "programmes/session_form.html", context, status=status)
