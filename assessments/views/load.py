"""The load history of a patient on the page of one tendon, and what is added to it by hand."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import actions
from assessments.access import get_load_entry_or_404, imports_of
from assessments.forms.load import LoadEventForm, RangeForm, RunRowsForm, StrikeForm
from assessments.load_history import choose_range, entry_words, load_history, picture, provoked_by
from assessments.markers import markers_of
from assessments.models import Run
from assessments.rules.sources import SOURCES
from assessments.rules.spikes import HAZARD_NOTE, HAZARDS, SPIKE_LABELS
from patients.access import AppRequest, get_episode_or_404, needs
from patients.models import Episode
from patients.rules.roles import May
from upwell.http import Refused, go_to

BATCHES_SHOWN = 10
MOST_DIGITS = 5


@needs(May.READ_CLINICAL)
@require_safe
def load(request: AppRequest, code: UUID) -> HttpResponse:
    """What stood before onset in one sentence, the picture, the tables, and rows for more runs."""
    return _page(request, get_episode_or_404(request, code))


def _page(
    request: AppRequest, episode: Episode, form: RunRowsForm | None = None, status: int = 200
) -> HttpResponse:
    """The page, or the picture with its tables alone when the browser asks for no more."""
    today = timezone.localdate()
    history = load_history(episode, on=today)
    asked = request.GET if {"from", "to"} & set(request.GET) else None
    days = RangeForm(asked, today=today)
    chosen, presets = choose_range(history, days.chosen, today=today)
    days.initial = {"from": chosen.first, "to": chosen.last}
    page = request.GET.get("page", "")
    page_asked = int(page) if page.isdecimal() and len(page) < MOST_DIGITS else 0
    context = {
        "episode": episode,
        "history": history,
        "days": days,
        "chosen": chosen,
        "presets": presets,
        "picture": picture(history, chosen, markers_of(episode), page=page_asked),
        "hazards": [(SPIKE_LABELS[row.spike_class], row) for row in HAZARDS],
        "hazard_note": HAZARD_NOTE,
        "hazard_source": SOURCES["PUBHAWK"],
    }
    if request.htmx.target == "load-picture":
        return render(request, "assessments/load_picture.html", context)
    context |= {
        "form": form
        or RunRowsForm(
            initial={"form_token": uuid4()},
            today=today,
            born=episode.patient.date_of_birth,
            last=history.last,
        ),
        "batches": imports_of(episode.patient)[:BATCHES_SHOWN],
        "today": today,
    }
    return render(request, "assessments/load.html", context, status=status)


@needs(May.READ_CLINICAL)
@require_safe
def provocation(request: AppRequest, code: UUID) -> HttpResponse:
    """What stood before onset, inside the page of an examination; opened alone, the whole page."""
    episode = get_episode_or_404(request, code)
    if not request.htmx:
        return redirect("assessments:load", code)
    context = {"provocation": provoked_by(episode, on=timezone.localdate()), "episode": episode}
    return render(request, "assessments/load_sentence.html", context)


@needs(May.ASSESS)
@require_POST
def runs_add(request: AppRequest, code: UUID) -> HttpResponse:
    """Save rows that were seen; pasted ones are only read and shown, with what isn't understood."""
    episode = get_episode_or_404(request, code)
    born = episode.patient.date_of_birth
    form = RunRowsForm(request.POST, today=timezone.localdate(), born=born)
    seen = form.is_valid() and not form.unseen and "spread" not in request.POST
    if seen and _added(request, episode, form):
        return go_to(request, "assessments:load", code)
    return _page(request, episode, form, 422 if form.errors else 200)


def _added(request: AppRequest, episode: Episode, form: RunRowsForm) -> bool:
    """Whether the rows were saved; else the form says why not."""
    given = form.cleaned_data
    try:
        batch = actions.add_runs(
            episode,
            form.runs,
            form_token=given["form_token"],
            answer=given["answer"],
            seen=given["seen"],
            by=request.user,
        )
    except actions.LikelyDuplicates as found:
        form.ask_about(found)
    except Refused as refused:
        form.add_error(None, str(refused))
    else:
        count = batch.runs.count()
        messages.success(request, "1 run saved." if count == 1 else f"{count:,} runs saved.")
        return True
    return False


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def event_new(request: AppRequest, code: UUID) -> HttpResponse:
    """Record a change of load: shoes, surface, rest or training."""
    episode = get_episode_or_404(request, code)
    if not episode.is_open:
        raise Refused("This episode is closed. Nothing can be added to it.")
    posted = request.POST if request.method == "POST" else None
    form = LoadEventForm(posted, initial={"form_token": uuid4()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.add_load_event(
                episode,
                kind=given["kind"],
                on=given["on"],
                form_token=given["form_token"],
                by=request.user,
                **form.values(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Change of load saved.")
            return go_to(request, "assessments:load", code)
    context = {"episode": episode, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "assessments/load_event_form.html", context, status=status)


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def strike(request: AppRequest, code: UUID) -> HttpResponse:
    """Strike a wrong run or change of load out, with the reason."""
    episode = get_episode_or_404(request, code)
    named = request.POST if request.method == "POST" else request.GET
    run, event = named.get("run", ""), named.get("event", "")
    if not (run or event):
        return redirect("assessments:load", code)
    entry = get_load_entry_or_404(episode, run=run, event=event)
    form = StrikeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.strike_out(episode, entry, reason=form.cleaned_data["reason"], by=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Struck out. It stays readable and counts no more.")
            return go_to(request, "assessments:load", code)
    context = {"episode": episode, "form": form, "entry": entry, "says": entry_words(entry)}
    context["is_run"] = isinstance(entry, Run)
    status = 422 if form.is_bound else 200
    return render(request, "assessments/load_strike.html", context, status=status)
