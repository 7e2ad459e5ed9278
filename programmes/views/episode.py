"""The episode's working page, its end, and its being opened again."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from assessments.forms.load import RangeForm
from patients import actions as patient_actions
from patients.access import AppRequest, get_episode_or_404, needs
from patients.forms import DischargeForm, ReopenForm
from patients.rules.roles import May
from programmes import story
from programmes.models import Session
from programmes.selectors.adherence import courses, review_of
from programmes.selectors.caseload import day_of
from programmes.selectors.decisions import decided_words
from programmes.selectors.plans import unsuited_items
from programmes.selectors.running import discharge_exit
from programmes.selectors.standing import Standing, standing_with_tests
from programmes.selectors.story import (
    Told,
    items_of,
    last_recorded,
    sessions_of,
    since_words,
    told_of,
)
from programmes.selectors.versions import unfit_now
from upwell.http import Refused, go_to

SESSIONS_SHOWN = 12


@needs(May.READ_CLINICAL)
@require_safe
def episode(request: AppRequest, code: UUID) -> HttpResponse:
    """The working page: everything needed to start a consult."""
    found = get_episode_or_404(request, code)
    day = day_of(found, timezone.localdate())
    standing = day.standing
    sessions = sessions_of(found)
    told = told_of(found, sessions)
    context = {
        "episode": found,
        "day": day,
        "standing": standing,
        **_newest(sessions),
        "flare": told.flare,
        "reopened": story.reopened_shown(told, standing),
        "unfit": unfit_now(standing),
        **_now(standing),
        **_story(request, standing, told),
        "may_clear": request.user.may(May.CLEAR_LOCK),
        "may_reopen": request.user.may(May.DISCHARGE),
    }
    return render(request, "programmes/episode.html", context)


def _newest(sessions: Sequence[Session]) -> dict[str, object]:
    """The newest sessions, newest first, each with what was decided in words, or blank."""
    newest = sessions[: -SESSIONS_SHOWN - 1 : -1]
    last = next((each.decision for each in newest if hasattr(each, "decision")), None)
    return {
        "sessions": [
            (each, decided_words(each.decision) if hasattr(each, "decision") else "")
            for each in newest
        ],
        "last_decision": last,
        "decided": decided_words(last) if last else "",
        "since": since_words(last.session) if last else "",
    }


def _now(standing: Standing) -> dict[str, object]:
    """The exercises of the step in force, each with why it is not for this tendon now, or blank."""
    step = standing.step
    if step is None:
        return {"items": [], "not_for_now": ""}
    items = items_of(step)
    not_now = unsuited_items(step, standing.tendon, unlocked=standing.unlocked)
    return {
        "items": [(item, not_now.get(item.exercise, "")) for item in items],
        "not_for_now": next(iter(not_now.values()), ""),
    }


def _story(request: AppRequest, standing: Standing, told: Told) -> dict[str, object]:
    """The picture of the days asked for, what was done of the plan, and the review once due."""
    programme, today = standing.programme, standing.on
    course = courses([programme], until=today)[programme.pk] if programme else None
    days = RangeForm(request.GET if {"from", "to"} & set(request.GET) else None, today=today)
    review = review_of(course, standing) if course and standing.episode.is_open else None
    return {
        "story": story.story_of(standing.episode, told, course, today=today, asked=days.chosen),
        "adherence": story.adherence_of(course),
        "review": story.review_shown(review, standing) if review else None,
    }


@needs(May.DISCHARGE)
@require_http_methods(["GET", "HEAD", "POST"])
def discharge(request: AppRequest, code: UUID) -> HttpResponse:
    """Close an episode with its outcome; what discharge asks for is shown and blocks nothing."""
    found = get_episode_or_404(request, code)
    if not found.is_open:
        raise Refused("This episode is closed already.")
    today = timezone.localdate()
    last = last_recorded(told_of(found, sessions_of(found)))
    form = DischargeForm(request.POST or None, episode=found, last=last, initial={"on": today})
    if request.method == "POST" and form.is_valid():
        try:
            patient_actions.discharge(found, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The episode is closed.")
            return go_to(request, "patients:detail", found.patient.code)
    status = 422 if form.is_bound else 200
    read = standing, tests = standing_with_tests(found, today)
    context = {"episode": found, "form": form, "standing": standing, "visa": tests.visa}
    context |= {"exit": discharge_exit(found, today, read)}
    return render(request, "programmes/discharge.html", context, status=status)


@needs(May.DISCHARGE)
@require_http_methods(["GET", "HEAD", "POST"])
def reopen(request: AppRequest, code: UUID) -> HttpResponse:
    """Open a closed episode again because the same problem is back."""
    found = get_episode_or_404(request, code)
    form = ReopenForm(request.POST or None, episode=found, initial={"on": timezone.localdate()})
    try:
        if found.is_open:
            raise patient_actions.OpenAlready
        if request.method == "POST" and form.is_valid():
            patient_actions.reopen(found, by=request.user, **form.cleaned_data)
            messages.success(request, "The episode is open again.")
            return go_to(request, "programmes:episode", code)
    except patient_actions.OpenAlready as refused:
        messages.info(request, str(refused))
        return go_to(request, "programmes:episode", code)
    except Refused as refused:
        form.add_error(None, str(refused))
    status = 422 if form.is_bound else 200
    return render(
        request, "programmes/reopen.html", {"episode": found, "form": form}, status=status
    )
