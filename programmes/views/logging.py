"""Logging a session."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from patients.access import AppRequest, get_episode_or_404, needs
from patients.rules.roles import May
from programmes import actions
from programmes.log_page import LogPage
from programmes.models import Programme, Session, Step
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
    sent = request.POST if request.method == "POST" else None
    page = LogPage(standing=standing, programme=programme, step=step, today=today, data=sent)
    if sent is not None:
        logged = _logged(request, page)
        if logged is not None:
            return go_to(request, "programmes:session", logged.code)
    status = 200 if sent is None else 422
    return render(request, "programmes/session_form.html", page.context, status=status)


def _logged(request: AppRequest, page: LogPage) -> Session | None:
    """The session the form makes; None when it can't be, with the reason on the page."""
    if page.form.is_valid():
        try:
            return actions.log_session(page.programme, by=request.user, **page.form.facts)
        except actions.AnotherSession as other:
            page.told_of(other)
        except Refused as refused:
            page.refused(str(refused))
    page.look_again()
    return None
