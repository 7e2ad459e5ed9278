"""Outcomes of an episode: the course of its scores, a VISA-A at any time, other totals."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from assessments import actions
from assessments.access import get_score_or_404, get_visa_or_404
from assessments.courses import heel_raise_course, moved_baseline, score_courses, told_courses
from assessments.forms.outcomes import ReportedForm, ScoreForm, StrikeForm, VisaForm
from assessments.in_force import defaults_in_force
from assessments.models import OtherScore, VisaA
from assessments.rules.trajectory import frequency_finding, part_switch
from assessments.rules.visa import CEILING_NO_SPORT, visa_findings
from assessments.selectors import visa_answers
from assessments.trajectory import (
    answers_of,
    before,
    days_since_last,
    item_rows,
    visa_trajectory,
)
from assessments.wording import words_of
from patients.access import AppRequest, get_episode_or_404, needs
from patients.models import Episode
from patients.rules.roles import May
from upwell.http import Refused, go_to


@needs(May.READ_CLINICAL)
@require_http_methods(["GET", "HEAD"])
def outcomes(request: AppRequest, code: UUID) -> HttpResponse:
    """Every score of the episode over time, as pictures with their tables."""
    episode = get_episode_or_404(request, code)
    today = timezone.localdate()
    scores = list(episode.other_scores.select_related("recorded_by", "struck_by"))
    raises = heel_raise_course(episode, on=today)
    context = {
        "episode": episode,
        "trajectory": visa_trajectory(episode, on=today),
        "raises": raises,
        "scores": score_courses(scores, on=today, began=episode.opened_on),
        "told": told_courses(episode, on=today),
        "may_record": episode.is_open and request.user.may(May.ASSESS),
    }
    return render(request, "assessments/outcomes.html", context)


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def visa_new(request: AppRequest, code: UUID) -> HttpResponse:
    """Record a VISA-A of any day, in the room, by phone or from paper."""
    episode = get_episode_or_404(request, code)
    _check_open(episode)
    today = timezone.localdate()
    form = VisaForm(_posted(request), initial={"answered_on": today}, episode=episode)
    if form.is_bound and form.is_valid():
        try:
            saved = actions.record_visa(
                episode,
                **_origin(form),
                words=form.words,
                again=form.cleaned_data["again"],
                by=request.user,
                **form.answers(),
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            return _saved(request, saved)
    context = {"episode": episode, "form": form, **_points(episode, form)}
    status = 422 if form.is_bound else 200
    return render(request, "assessments/visa_form.html", context, status=status)


@needs(May.ASSESS)
@require_POST
def visa_points(request: AppRequest, code: UUID) -> HttpResponse:
    """What the answers on the page come to; nothing is stored."""
    episode = get_episode_or_404(request, code, log=False)
    form = VisaForm(request.POST, episode=episode)
    form.is_valid()
    return render(request, "assessments/visa_form.html#points", _points(episode, form))


def _saved(request: AppRequest, saved: VisaA) -> HttpResponse:
    words = f"{saved.total} of 100" if saved.total is not None else "without a total: incomplete"
    first = " This is now the first score; changes are counted from it."
    messages.success(request, f"VISA-A saved, {words}.{first if moved_baseline(saved) else ''}")
    return go_to(request, "assessments:outcomes", saved.episode.code)


def _points(episode: Episode, form: VisaForm) -> dict[str, Any]:
    """The total so far, what it could be at most, and what is to be said of the answers."""
    on = form.initial.get("answered_on")
    answers = None
    if form.is_bound:
        on, answers = form.cleaned_data.get("answered_on"), visa_answers(form.answers())
    days = days_since_last(episode, on) if on else None
    found = [
        finding for finding in (frequency_finding(days, defaults=defaults_in_force()),) if finding
    ]
    return {
        "answers": answers,
        "ceiling": answers.ceiling if answers else None,
        "answered": 8 - len(answers.missing_items) if answers else 0,
        "findings": [
            *found,
            *(visa_findings(answers, defaults=defaults_in_force()) if answers else ()),
        ],
    }


@needs(May.READ_CLINICAL)
@require_http_methods(["GET", "HEAD"])
def visa(request: AppRequest, code: UUID) -> HttpResponse:
    """The items of one questionnaire."""
    score = get_visa_or_404(request, code)
    return _visa_page(request, score, StrikeForm())


def _visa_page(
    request: AppRequest, score: VisaA, form: StrikeForm, *, status: int = 200
) -> HttpResponse:
    answers, earlier = answers_of(score), before(score)
    switched = part_switch(answers_of(earlier).q8_part, answers.q8_part) if earlier else None
    context = {
        "episode": score.episode,
        "visa": score,
        "words": words_of(score),
        "items": item_rows(score, earlier),
        "earlier": earlier,
        "ceiling": answers.ceiling,
        "no_sport": answers.ceiling == CEILING_NO_SPORT,
        "findings": [
            *visa_findings(answers, defaults=defaults_in_force()),
            *([switched] if switched else []),
        ],
        "form": form,
        "may_strike": score.assessment_id is None
        and score.struck_at is None
        and score.episode.is_open
        and request.user.may(May.ASSESS),
    }
    return render(request, "assessments/visa_detail.html", context, status=status)


@needs(May.ASSESS)
@require_POST
def visa_strike(request: AppRequest, code: UUID) -> HttpResponse:
    """Strike a wrong VISA-A out, with the reason."""
    score = get_visa_or_404(request, code)
    form = StrikeForm(request.POST)
    if form.is_valid():
        try:
            actions.strike_score(score, reason=form.cleaned_data["reason"], by=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Struck out. It counts no more.")
            return go_to(request, "assessments:outcomes", score.episode.code)
    return _visa_page(request, score, form, status=422)


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def score_new(request: AppRequest, code: UUID) -> HttpResponse:
    """Record the total of another questionnaire, by its name."""
    episode = get_episode_or_404(request, code)
    _check_open(episode)
    form = ScoreForm(
        _posted(request),
        initial={"answered_on": timezone.localdate()},
        episode=episode,
        known=list(episode.other_scores.values_list("name", flat=True)),
    )
    if form.is_bound and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("name", "value", "better", "note")}
        try:
            actions.record_score(episode, **_origin(form), by=request.user, **values)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{values['name']} saved.")
            return go_to(request, "assessments:outcomes", code)
    context = {"episode": episode, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "assessments/score_form.html", context, status=status)


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def score_strike(request: AppRequest, code: UUID) -> HttpResponse:
    """Strike a wrong total of another questionnaire out, with the reason."""
    score: OtherScore = get_score_or_404(request, code)
    form = StrikeForm(_posted(request))
    if form.is_bound and form.is_valid():
        try:
            actions.strike_score(score, reason=form.cleaned_data["reason"], by=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Struck out. It counts no more.")
            return go_to(request, "assessments:outcomes", score.episode.code)
    context = {"episode": score.episode, "score": score, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "assessments/score_strike.html", context, status=status)


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _origin(form: ReportedForm) -> dict[str, Any]:
    """When and how a score came, and the form that brought it."""
    cleaned = form.cleaned_data
    return {
        "form_token": cleaned["form_token"],
        "on": cleaned["answered_on"],
        "reported_by": cleaned["reported_by"],
    }


def _check_open(episode: Episode) -> None:
    if not episode.is_open:
        raise Refused("This episode is closed: no more scores can be recorded in it.")
