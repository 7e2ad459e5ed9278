"""The paper in the patient's hand: chosen, looked at, printed, and printed again."""

from functools import cache
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patients.access import AppRequest, needs
from patients.rules.roles import May
from programmes import actions
from programmes.access import get_handout_or_404, get_shown_or_404, get_version_or_404
from programmes.actions.papers import refused
from programmes.forms import HandoutForm, PrintAgainForm, UsualPaperForm
from programmes.printing import Preview, PrintPage, previews, print_page
from programmes.selectors.papers import pictures_of
from upwell import pdf
from upwell.http import Refused, go_to

PREVIEW = "Preview. Not printed yet."
PREVIEW_AGAIN = "Preview. Press Print for the patient’s paper."


# Laying out takes longer than a page may hold rows: each action below is a transaction of its own.
@transaction.non_atomic_requests
@needs(May.PRINT)
@require_http_methods(["GET", "HEAD", "POST"])
def handout_new(request: AppRequest, code: UUID) -> HttpResponse:
    """Choose what goes on the paper with its pages in sight, and print it."""
    version, may_read = get_version_or_404(request, code), request.user.may(May.READ_CLINICAL)
    page = print_page(version, timezone.localdate(), chooses=may_read)
    form = _form(request, page)
    looks = "show" in request.POST
    if not looks and form.is_valid() and (answer := _print(request, page, form)):
        return answer
    looks = (looks and form.is_valid()) or form.moved_on
    shown = _look(page, form) if looks else ()
    context = {"page": page, "form": form, "previews": shown, "looks": looks}
    part = "#preview" if "show" in request.POST and request.htmx else ""
    status = 422 if form.errors else 200
    return render(request, f"programmes/handout_form.html{part}", context, status=status)


def _form(request: AppRequest, page: PrintPage) -> HandoutForm | UsualPaperForm:
    """What this user may choose: who doesn't read the record prints the usual paper."""
    if not page.chooses:
        return UsualPaperForm(
            request.POST or None,
            step=page.shown_step,
            usual=page.usual,
            printed=page.in_hand is not None,
        )
    return HandoutForm(
        request.POST or None,
        step=page.shown_step,
        patient=page.episode.patient,
        other_side=page.other is not None,
        with_flare=page.flare_step is not None,
        today=page.standing.on,
        review=page.standing.review,
    )


def _look(page: PrintPage, form: HandoutForm | UsualPaperForm) -> tuple[Preview, ...]:
    """The papers as they would be printed; none where they are refused, which the form says."""
    try:
        today = page.standing.on
        asked = actions.family_of(page.version, form.papers(), today=today)
        return previews(asked, today=today)
    except Refused as refused:
        form.add_error(None, str(refused))
        return ()


def _print(
    request: AppRequest, page: PrintPage, form: HandoutForm | UsualPaperForm
) -> HttpResponse | None:
    """The way to the printed paper; None where it is refused, which the form then says."""
    papers, token, today = form.papers(), form.cleaned_data["form_token"], page.standing.on
    try:
        if len(papers) > 1:
            asked = actions.family_of(page.version, papers, today=today)
            job = actions.print_family(asked, form_token=token, today=today, by=request.user)
            return go_to(request, "programmes:papers_pdf", job.code)
        actions.make_ready(actions.order_for(page.version, options=papers[0], today=today))
        paper = actions.print_handout(
            page.version, options=papers[0], form_token=token, today=today, by=request.user
        )
        return go_to(request, "programmes:handout", paper.code)
    except Refused as refused:
        form.add_error(None, str(refused))
        return None


@transaction.non_atomic_requests
@needs(May.PRINT)
@require_safe
def handout(request: AppRequest, code: UUID) -> HttpResponse:
    """The paper as PDF: the same bytes each time."""
    found = get_handout_or_404(request, code)
    return pdf_answer(actions.as_pdf(found), f"plan-{found.paper_code}.pdf")


def pdf_answer(content: bytes, name: str) -> HttpResponse:
    """A PDF for the browser. The file's name says which paper it is, never whose."""
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@needs(May.PRINT)
@require_POST
def handout_again(request: AppRequest, code: UUID) -> HttpResponse:
    """Print a paper of before again: that it was printed is recorded, its bytes are the same."""
    found = get_handout_or_404(request, code)
    form = PrintAgainForm(request.POST)
    if not form.is_valid():
        raise Refused("This page is out of date. Reload it and press the button again.")
    actions.print_again(
        found,
        form_token=form.cleaned_data["form_token"],
        today=timezone.localdate(),
        by=request.user,
    )
    return go_to(request, "programmes:handout", found.code)


@transaction.non_atomic_requests
@needs(May.PRINT)
@require_safe
def handout_shown(request: AppRequest, code: UUID, paper: str) -> HttpResponse:
    """A paper of the preview as PDF, to be read by a screen reader; each page says what it is."""
    found = get_shown_or_404(request, code, paper)
    says = PREVIEW_AGAIN if found.handouts.exists() else PREVIEW
    try:
        content = pdf.stamped(bytes(found.pdf), _stamp(says))
    except pdf.Unprintable as error:
        raise refused(error) from error
    return pdf_answer(content, f"preview-{paper}.pdf")


@cache
def _stamp(says: str) -> bytes:
    """A page with a line at its head and nothing else."""
    return pdf.render_pdf("programmes/preview_stamp.html", {"says": says})


@transaction.non_atomic_requests
@needs(May.PRINT)
@require_safe
def handout_page(request: AppRequest, code: UUID, paper: str, page: int) -> HttpResponse:
    """One page of a paper of the preview, as a picture."""
    found = get_shown_or_404(request, code, paper, by_itself=True)
    try:
        pictures = pictures_of(found.sha256)
    except pdf.Unprintable as error:
        raise refused(error) from error
    if not 1 <= page <= len(pictures):
        raise Http404
    return HttpResponse(pictures[page - 1], content_type="image/png")
