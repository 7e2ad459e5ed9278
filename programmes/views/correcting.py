"""Correcting what was told of a session."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from patients.access import AppRequest, needs
from patients.rules.roles import May
from programmes import actions
from programmes.access import get_session_or_404
from programmes.actions.corrections import (
    MORNING,
    VALUES,
    CorrectedMeanwhile,
    WrongValue,
    known_of,
    standing_values,
)
from programmes.corrections_shown import stands_in_words
from programmes.forms.correcting import CorrectionForm
from programmes.models import Session
from programmes.selectors.decisions import decided_words
from upwell.http import Refused, go_to


@needs(May.LOG_SESSION)
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: AppRequest, code: UUID) -> HttpResponse:
    """Correct a session and its morning after, add what was not asked, or strike it out."""
    found = get_session_or_404(request, code)
    values = standing_values(found)
    stands = _stands(found)
    if request.method != "POST":
        start = {**values, "known": known_of(found)}
        return _page(request, found, CorrectionForm(initial=start, stands=stands))
    form = CorrectionForm(request.POST, stands=stands)
    if form.is_valid():
        try:
            _correct(request, found, form)
        except CorrectedMeanwhile as refused:
            found = get_session_or_404(request, code)
            form.seen_again(known_of(found), _stands(found))
            form.add_error(None, str(refused))
        except WrongValue as refused:
            form.add_error(refused.field, str(refused))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Corrected. What was told before stays on record.")
            return go_to(request, "programmes:session", code)
    return _page(request, found, form)


def _stands(found: Session) -> dict[str, str]:
    """What is recorded, in words, beside its field."""
    words = stands_in_words(standing_values(found))
    if found.done:
        words["completed_pct"] += ". Another share takes away what was told of each set."
    return words


def _correct(request: AppRequest, found: Session, form: CorrectionForm) -> None:
    told = form.cleaned_data
    actions.correct_session(
        found,
        values={name: told.get(name) for name in VALUES},
        morning={name: told.get(f"morning_{name}") for name in MORNING},
        strikes=told["strikes"],
        reason=told["reason"],
        known=told["known"],
        on=timezone.localdate(),
        form_token=told["form_token"],
        by=request.user,
    )


def _page(request: AppRequest, found: Session, form: CorrectionForm) -> HttpResponse:
    of_session, of_morning = form.told
    context = {
        "session": found,
        "episode": found.programme.episode,
        "form": form,
        "of_session": of_session,
        "of_morning": of_morning,
        "decided": decided_words(found.decision) if hasattr(found, "decision") else "",
        "morning_has_come": found.happened_on < timezone.localdate(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "programmes/correct.html", context, status=status)
