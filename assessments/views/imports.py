"""Importing training logs: choose files, look at what they hold, add it or not, take it back."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import actions
from assessments.access import get_import_or_404, imports_of
from assessments.forms.imports import (
    FATE_WORDS,
    MOST_BYTES,
    MOST_FILES,
    MOST_TICKS,
    ImportForm,
    UnitForm,
    shown,
    ticked,
    told,
)
from assessments.imports.preview import Fate, counts
from assessments.models import RunBatch
from patients.access import AppRequest, get_episode_or_404, needs
from patients.models import Episode
from patients.rules.roles import May
from upwell.http import Refused, go_to
from upwell.uploads import take_files

ROWS_A_PAGE = 200
IMPORTS_SHOWN = 30


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt
def load_import(request: AppRequest, code: UUID) -> HttpResponse:
    """Choose training logs to look into; the one page of the practice that takes files.

    The token is checked inside, after the files were let in.
    """
    refused = ""
    if request.method == "POST":
        refused = take_files(request, most_files=MOST_FILES, most_bytes=MOST_BYTES)
    episode = get_episode_or_404(request, code)
    if not episode.is_open:
        raise Refused("This episode is closed. Nothing can be added to it.")
    if refused:
        form = ImportForm({"form_token": uuid4()}, refused=refused)
        return _form_page(request, episode, form)
    return _chosen(request, episode)


@csrf_protect
def _chosen(request: AppRequest, episode: Episode) -> HttpResponse:
    """The form, or what becomes of the files that were sent with it."""
    if request.method != "POST":
        return _form_page(request, episode, ImportForm(initial={"form_token": uuid4()}))
    form = ImportForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            batch = actions.receive(
                episode.patient,
                uploads=form.cleaned_data["logs"],
                form_token=form.cleaned_data["form_token"],
                today=timezone.localdate(),
                by=request.user,
            )
        except actions.NothingRead as nothing:
            form.add_error("logs", list(nothing.reasons))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return go_to(request, _address("assessments:import_detail", batch, episode))
    return _form_page(request, episode, form)


def _form_page(request: AppRequest, episode: Episode, form: ImportForm) -> HttpResponse:
    context = {
        "episode": episode,
        "form": form,
        "imports": [(one, told(one)) for one in imports_of(episode.patient)[:IMPORTS_SHOWN]],
        "suffix": f"?episode={episode.code}",
        "most_files": MOST_FILES,
    }
    status = 422 if form.is_bound else 200
    return render(request, "assessments/import_form.html", context, status=status)


@needs(May.ASSESS)
@require_safe
def import_detail(request: AppRequest, code: UUID) -> HttpResponse:
    """How far the reading came; then every row with its verdict, to be confirmed or dropped."""
    batch, episode = get_import_or_404(request, code)
    context = _context(batch, episode, UnitForm())
    if batch.status == RunBatch.Status.READING:
        return render(request, "assessments/import_reading.html", context)
    return render(request, "assessments/import_detail.html", context | _rows(request, batch))


@needs(May.ASSESS)
@require_POST
def import_read(request: AppRequest, code: UUID) -> HttpResponse:
    """Read on for two seconds; the page sends this by itself until all is read."""
    batch, episode = get_import_or_404(request, code, log=False)
    form = UnitForm(request.POST)
    if form.is_valid():
        unit, about = form.chosen()
        batch = actions.read_on(batch, unit=unit, about=about, today=timezone.localdate())
    if batch.status != RunBatch.Status.READING or not (request.htmx or form.errors):
        return go_to(request, _address("assessments:import_detail", batch, episode))
    # The next list has its own answer.
    form, status = (form, 422) if form.errors else (UnitForm(), 200)
    context = _context(batch, episode, form)
    page = "assessments/import_reading.html"
    part = f"{page}#progress" if request.htmx.target == "reading" else page
    return render(request, part, context, status=status)


@needs(May.ASSESS)
@require_POST
def import_keep(request: AppRequest, code: UUID) -> HttpResponse:
    """Add the new runs to the log; sent twice, they are there once."""
    batch, episode = get_import_or_404(request, code)
    places = ticked(request.POST.getlist("row"))
    batch = actions.keep_import(batch, episode=episode, ticked=places, by=request.user)
    added = counts(batch.rows)[Fate.ADDED]
    messages.success(request, f"{_runs(added)} added to the training log.")
    return go_to(request, "assessments:load", episode.code)


@needs(May.ASSESS)
@require_POST
def import_drop(request: AppRequest, code: UUID) -> HttpResponse:
    """Throw the preview away."""
    batch, episode = get_import_or_404(request, code)
    actions.drop_import(batch)
    messages.success(request, "Import dropped. Nothing of it was kept.")
    return go_to(request, "assessments:load_import", episode.code)


@needs(May.ASSESS)
@require_POST
def import_undo(request: AppRequest, code: UUID) -> HttpResponse:
    """Take a whole import back, or rows typed together."""
    batch, episode = get_import_or_404(request, code)
    batch = actions.undo_import(batch, episode=episode, by=request.user)
    runs = batch.runs.count()
    messages.success(request, f"Undone: {_runs(runs)} no longer count{'s' if runs == 1 else ''}.")
    return go_to(request, "assessments:load_import", episode.code)


def _address(name: str, batch: RunBatch, episode: Episode) -> str:
    """The address of a page of this import, opened from this tendon's pages."""
    return f"{reverse(name, args=[batch.code])}?episode={episode.code}"


def _runs(number: int) -> str:
    return "1 run" if number == 1 else f"{number:,} runs"


def _context(batch: RunBatch, episode: Episode, form: UnitForm) -> dict[str, Any]:
    """What every page of an import shows."""
    total = sum(told["parts"] for told in batch.files)
    files = enumerate(batch.files, start=1)
    asking = [(number, told) for number, told in files if told["asks_unit"] is not None]
    waiting = batch.unread.count() - len(asking)
    return {
        "batch": batch,
        "episode": episode,
        "form": form,
        "suffix": f"?episode={episode.code}",
        "read_url": _address("assessments:import_read", batch, episode),
        "keep_url": _address("assessments:import_keep", batch, episode),
        "drop_url": _address("assessments:import_drop", batch, episode),
        "asking": asking[0] if asking else None,
        "still_asking": len(asking) - 1,
        "waiting": waiting,
        "total": total,
        "done": total - waiting,
        "refused": [told for told in batch.files if told["refused"]],
        "readable": sum(not told["refused"] for told in batch.files),
    }


def _rows(request: AppRequest, batch: RunBatch) -> dict[str, Any]:
    """The rows of a preview: counted, those to look at, and one page of those asked for."""
    if batch.source == RunBatch.Source.HAND:
        return {"typed": batch.runs.order_by("happened_on", "pk")}
    wanted, counted = request.GET.get("show"), counts(batch.rows)
    fates = [fate for fate in Fate if counted[fate]]
    rows = list(enumerate(batch.rows))
    chosen = [(place, row) for place, row in rows if wanted not in fates or row["is"] == wanted]
    page = Paginator(chosen, ROWS_A_PAGE).get_page(request.GET.get("page"))
    doubtful = [(place, row) for place, row in rows if row["is"] == Fate.DOUBTFUL]
    return {
        "counts": counted,
        "fates": [(fate.value, counted[fate], FATE_WORDS[fate][1]) for fate in fates],
        "shown": wanted if wanted in fates else "",
        "page": page,
        "rows": [shown(place, row) for place, row in page],
        "doubtful": [shown(place, row) for place, row in doubtful[:MOST_TICKS]],
        "doubtful_left": max(len(doubtful) - MOST_TICKS, 0),
    }
