"""The diary that came back: its code, and the sheet to copy it to."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from patients.access import AppRequest, get_episode_or_404, log_access, needs
from patients.models import Episode
from patients.rules.roles import May
from programmes import actions
from programmes.access import get_handout_or_404
from programmes.actions import LineProblem
from programmes.diary import entered_words, sheet_of
from programmes.forms import DiaryCodeForm, DiarySheetForm
from programmes.models import Handout
from programmes.printing import other_doses
from programmes.selectors.diary import dates_of, lines_of, newer_paper, on_record, waiting
from upwell.http import Refused, go_to


@needs(May.LOG_SESSION)
@require_http_methods(["GET", "HEAD", "POST"])
def diary(request: AppRequest) -> HttpResponse:
    """Type or scan the code of a returned diary."""
    named = request.POST.get("episode") or request.GET.get("episode")
    opened_from = _episode(request, named) if named else None
    initial = {"episode": opened_from.code if opened_from else None}
    form = DiaryCodeForm(request.POST if request.method == "POST" else None, initial=initial)
    elsewhere: Handout | None = None
    if form.is_bound and form.is_valid():
        paper: Handout = form.cleaned_data["code"]
        if not form.opened_elsewhere():
            return go_to(request, "programmes:diary_sheet", paper.code)
        # It says whose it is, so it is a reading of that record.
        elsewhere = paper
        log_access(request, paper.version.programme.episode.patient)
    context = {"form": form, "episode": opened_from, "elsewhere": elsewhere}
    status = 422 if form.is_bound else 200
    return render(request, "programmes/diary.html", context, status=status)


def _episode(request: AppRequest, named: str) -> Episode | None:
    """The episode the page was opened from; None where the address names none."""
    try:
        return get_episode_or_404(request, UUID(named))
    except ValueError:
        return None


@needs(May.LOG_SESSION)
@require_http_methods(["GET", "HEAD", "POST"])
def diary_sheet(request: AppRequest, code: UUID) -> HttpResponse:
    """The diary on screen as it is on paper; each line copied becomes a session."""
    paper = get_handout_or_404(request, code)
    form = _sheet_form(request, paper)
    at, today = {}, timezone.localdate()
    if form.is_bound and not form.is_valid():
        at = actions.problems_of(paper, form.lines, today=today, by=request.user)
    elif form.is_bound:
        note = form.cleaned_data["note"]
        try:
            entered = actions.enter_diary(
                paper, form.lines, note=note, today=today, by=request.user
            )
        except actions.LinesRefused as refused:
            # Read again: what refuses a line is often what somebody else has just entered.
            return _sheet_page(request, paper, _sheet_form(request, paper), refused.at)
        except actions.NoteRefused as refused:
            form.add_error("note", str(refused))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, entered_words(entered))
            return go_to(request, "programmes:diary_sheet", code)
    return _sheet_page(request, paper, form, at)


def _sheet_page(
    request: AppRequest, paper: Handout, form: DiarySheetForm, problems: Mapping[int, LineProblem]
) -> HttpResponse:
    """The sheet with what stands against its lines; once saved, with what comes next."""
    episode = paper.version.programme.episode
    context = {
        "paper": paper,
        "episode": episode,
        "form": form,
        "other_doses": other_doses(paper),
        "sheet": sheet_of(form, problems),
        "newer": newer_paper(paper),
        "waiting": waiting(episode) if form.known.dates and not form.is_bound else None,
    }
    status = 422 if form.is_bound else 200
    return render(request, "programmes/diary_sheet.html", context, status=status)


def _sheet_form(request: AppRequest, paper: Handout) -> DiarySheetForm:
    """The sheet with what is typed on it, beside what is on record now."""
    lines, known = lines_of(paper), on_record(paper)
    return DiarySheetForm(
        request.POST if request.method == "POST" else None,
        lines=lines,
        known=known,
        dates=dates_of(paper, lines, known),
        began=paper.version.programme.started_on,
        today=timezone.localdate(),
    )
