"""A session: what was recorded, the morning after, and the decision."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from patients.access import AppRequest, needs
from patients.rules.roles import May
from programmes import actions
from programmes.access import get_session_or_404
from programmes.actions.corrections import WrongValue, standing_values, tell_later
from programmes.corrections_shown import LABELS, corrections_of
from programmes.decision_card import card_words, figures_of
from programmes.forms import DecisionForm, MorningForm, ToldLaterForm
from programmes.forms.correcting import OF_THE_MORNING
from programmes.models import Decision, Session
from programmes.rules.performed import lines
from programmes.rules.terms import Outcome
from programmes.selectors.decisions import (
    corrected_since,
    corrections_in,
    decided_words,
    decision_card,
)
from programmes.selectors.standing import standing_of
from upwell.http import Refused, go_to


@needs(May.READ_CLINICAL)
@require_safe
def session(request: AppRequest, code: UUID) -> HttpResponse:
    """One session with its morning after and its decision, made or to be made."""
    found = get_session_or_404(request, code)
    return _session_page(request, found)


def _session_page(
    request: AppRequest,
    found: Session,
    *,
    morning_form: MorningForm | None = None,
    decision_form: DecisionForm | None = None,
    later_form: ToldLaterForm | None = None,
    refusal: str = "",
) -> HttpResponse:
    """The session's page; ``refusal`` says why what was sent could not be done."""
    today, decided = timezone.localdate(), getattr(found, "decision", None)
    form, not_asked = decision_form or DecisionForm(), _not_asked(found)
    context = {
        **_recorded(found, today),
        "refusal": refusal,
        "decision": decided,
        "decided": _decided(decided) if decided else {},
        "corrections": corrections_of(corrections_in(found), decided),
        "morning_form": morning_form or MorningForm(),
        "decision_form": form,
        "later_form": later_form or ToldLaterForm(missing=not_asked),
        "later_words": ", ".join(LABELS[name].lower() for name in LABELS if name in not_asked),
        "may_decide": request.user.may(May.DECIDE),
    }
    if decided or found.struck_at:
        context["standing"] = standing_of(found.programme.episode, today)
    else:
        context |= _to_decide(found, form, today)
    failed = any(form and form.is_bound for form in (morning_form, decision_form, later_form))
    status = 422 if failed else 200
    return render(request, "programmes/session.html", context, status=status)


def _recorded(found: Session, today: date) -> dict[str, Any]:
    """What the page says of what was told."""
    return {
        "session": found,
        "episode": found.programme.episode,
        "lines": lines(found.targets, found.done),
        "morning": getattr(found, "morning", None),
        "morning_has_come": found.happened_on < today,
    }


def _not_asked(found: Session) -> set[str]:
    """What nobody told of it; the morning after has a form of its own until some of it is told."""
    missing = {name for name, value in standing_values(found).items() if value is None}
    return missing if hasattr(found, "morning") else missing - set(OF_THE_MORNING)


def _to_decide(found: Session, form: DecisionForm, today: date) -> dict[str, Any]:
    """What the page says of a decision to be made; the form offers what may be decided instead."""
    card = decision_card(found, today=today)
    barred = {Outcome.PROGRESS} if card.inputs["locked"] else set()
    form.offer(without=barred | {card.proposal.outcome})
    return {
        "card": card,
        "pending": card.proposal.outcome is Outcome.PENDING,
        "standing": card.standing,
        **card_words(card, found),
    }


def _decided(decision: Decision) -> dict[str, Any]:
    """What the page says of a decision made."""
    return {
        "words": decided_words(decision),
        "passed_unmet": _passed_unmet(decision),
        "figures": figures_of(decision),
        "next_items": decision.to_step.items.all(),
        "corrected_since": corrected_since(decision.session, decision.decided_at),
    }


def _passed_unmet(decided: Decision) -> list[str]:
    """The criteria of the stage exit that were not met when a step up was decided all the same."""
    if decided.outcome != Outcome.PROGRESS:
        return []
    return list((decided.inputs.get("gate") or {}).get("lacking", []))


@needs(May.LOG_SESSION)
@require_POST
def morning(request: AppRequest, code: UUID) -> HttpResponse:
    """Record the morning after a session."""
    found = get_session_or_404(request, code)
    form = MorningForm(request.POST)
    if form.is_valid():
        try:
            actions.record_morning(
                found, by=request.user, on=timezone.localdate(), **form.cleaned_data
            )
        except Refused as refused:
            return _session_page(request, found, morning_form=form, refusal=str(refused))
        return go_to(request, "programmes:session", code)
    return _session_page(request, found, morning_form=form)


@needs(May.LOG_SESSION)
@require_POST
def told_later(request: AppRequest, code: UUID) -> HttpResponse:
    """Record what was not asked of a session when it was logged."""
    found = get_session_or_404(request, code)
    form = ToldLaterForm(request.POST, missing=_not_asked(found))
    if form.is_valid():
        try:
            tell_later(
                found,
                told=form.told(form.cleaned_data),
                on=timezone.localdate(),
                form_token=form.cleaned_data["form_token"],
                by=request.user,
            )
        except WrongValue as refused:
            form.add_error(refused.field, str(refused))
        except Refused as refused:
            return _session_page(request, found, later_form=form, refusal=str(refused))
        else:
            return go_to(request, "programmes:session", code)
    return _session_page(request, found, later_form=form)


@needs(May.DECIDE)
@require_POST
def decide(request: AppRequest, code: UUID) -> HttpResponse:
    """Confirm what the rule proposes, or decide otherwise with a reason."""
    found = get_session_or_404(request, code)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            decision = actions.decide(
                found,
                outcome=form.cleaned_data["outcome"],
                reason=form.cleaned_data["reason"],
                reason_kind=form.cleaned_data["reason_kind"],
                shown=(form.cleaned_data["proposed"], form.cleaned_data["rule"]),
                today=timezone.localdate(),
                by=request.user,
            )
        except actions.ReasonNeeded as refused:
            form.add_error("reason", str(refused))
        except Refused as refused:
            # Read again: what refuses it is often what somebody else has just recorded.
            found = get_session_or_404(request, code)
            return _session_page(request, found, decision_form=form, refusal=str(refused))
        else:
            messages.success(request, f"Decided: {decided_words(decision).lower()}.")
            return go_to(request, "programmes:session", code)
    return _session_page(request, found, decision_form=form)
