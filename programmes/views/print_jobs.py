"""Several papers at once: whose, how far, and all of them as one PDF."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patients.access import AppRequest, log_access, needs
from patients.rules.roles import May
from programmes import actions
from programmes.access import get_print_job_or_404
from programmes.caseload import day_list
from programmes.forms import PapersForm
from programmes.models import PrintJob
from programmes.printing import Wanted, job_page, listed, with_ticks
from programmes.selectors.papers import batches_of
from programmes.views.handout import pdf_answer
from upwell.http import Refused, TryLater, go_to


@needs(May.READ_CLINICAL)
@require_http_methods(["GET", "HEAD", "POST"])
def papers_new(request: AppRequest) -> HttpResponse:
    """Whose papers of the day's list to print at once."""
    everybody = request.GET.get("show") == "all"
    rows = day_list(timezone.localdate(), clinician=None if everybody else request.user)
    entries = {each.version.code: each for each in listed(rows)}
    offered = [code for code, each in entries.items() if not each.refusal]
    form = PapersForm(request.POST or None, offered=offered)
    if request.method == "POST" and form.is_valid() and (job := _start(request, form, entries)):
        return go_to(request, "programmes:papers", job.code)
    ticked = request.POST.getlist("versions") if form.is_bound else None
    shown = with_ticks(entries.values(), ticked)
    context = {
        "entries": shown,
        "form": form,
        "everybody": everybody,
        "batches": batches_of(request.user, timezone.now()),
    }
    status = 422 if form.is_bound else 200
    return render(request, "programmes/papers_new.html", context, status=status)


def _start(
    request: AppRequest, form: PapersForm, entries: Mapping[UUID, Wanted]
) -> PrintJob | None:
    """The job for the papers ticked; None where it is refused, which the form then says."""
    ticked, flare = form.cleaned_data["versions"], form.cleaned_data["flare"]
    asked: list[actions.Asked] = []
    for each in (each for code, each in entries.items() if code in ticked):
        asked += [(each.version, each.options), *(each.for_a_flare if flare else ())]
    try:
        token = form.cleaned_data["form_token"]
        return actions.start_job(asked, form_token=token, by=request.user)
    except Refused as refused:
        form.add_error(None, str(refused))
        return None


@needs(May.PRINT)
@require_safe
def papers(request: AppRequest, code: UUID) -> HttpResponse:
    """How far a job is; opened again, it goes on."""
    found = job_page(get_print_job_or_404(request, code))
    return render(request, "programmes/papers.html", {"page": found})


@transaction.non_atomic_requests
@needs(May.PRINT)
@require_POST
def papers_next(request: AppRequest, code: UUID) -> HttpResponse:
    """Make the next paper of a job; while the printers are busy, it waits."""
    job = get_print_job_or_404(request, code, log=False)
    busy = ""
    try:
        made = actions.print_next(job, today=timezone.localdate(), by=request.user)
        if made is not None:
            log_access(request, made.version.programme.episode.patient)
    except TryLater as later:
        busy = str(later)
    if not request.htmx:
        return go_to(request, "programmes:papers", job.code)
    context = {"page": job_page(job), "busy": busy}
    return render(request, "programmes/papers.html#job", context)


@transaction.non_atomic_requests
@needs(May.PRINT)
@require_safe
def papers_pdf(request: AppRequest, code: UUID) -> HttpResponse:
    """The papers of a job as one PDF, for the printer."""
    job = get_print_job_or_404(request, code)
    return pdf_answer(actions.job_pdf(job), f"papers-{job.made_at:%Y-%m-%d}.pdf")
