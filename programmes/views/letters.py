"""Letters: making one from the record, editing it, printing it."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.access import get_lock_or_404
from patients.access import AppRequest, get_episode_or_404, needs
from patients.actions import EditedMeanwhile
from patients.rules.roles import May
from programmes import actions
from programmes.access import get_letter_or_404
from programmes.forms import LetterForm, NewLetterForm
from programmes.letters import as_pdf, paragraphs
from programmes.models import Letter
from upwell.http import Refused, go_to

OUT_OF_DATE = "This page is out of date. Reload it, then try again."


@needs(May.ASSESS)
@require_POST
def letter_new(request: AppRequest, code: UUID) -> HttpResponse:
    """A letter to the GP or referrer from what is on record, opened for editing."""
    found = get_episode_or_404(request, code)
    form = NewLetterForm(request.POST)
    if not form.is_valid():
        raise Refused(OUT_OF_DATE)
    written = actions.write_report(
        found,
        form_token=form.cleaned_data["form_token"],
        source=form.cleaned_data["source"],
        on=timezone.localdate(),
        by=request.user,
    )
    return go_to(request, "programmes:letter", written.code)


@needs(May.ASSESS)
@require_POST
def referral_new(request: AppRequest, code: UUID) -> HttpResponse:
    """The referral letter for a red flag, opened for editing."""
    lock = get_lock_or_404(request, code)
    form = NewLetterForm(request.POST)
    if not form.is_valid():
        raise Refused(OUT_OF_DATE)
    written = actions.write_referral(
        lock,
        form_token=form.cleaned_data["form_token"],
        again=form.cleaned_data["again"],
        on=timezone.localdate(),
        by=request.user,
    )
    return go_to(request, "programmes:letter", written.code)


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: AppRequest, code: UUID) -> HttpResponse:
    """A letter to edit and print; a printed one to read."""
    found = get_letter_or_404(request, code)
    posted = request.POST if request.method == "POST" else None
    form = LetterForm(posted, initial=LetterForm.initial_of(found))
    if posted is None or not form.is_valid():
        return _letter_page(request, found, form, status=422 if form.is_bound else 200)
    try:
        kept = _keep(request, found, form)
    except EditedMeanwhile as conflict:
        return _letter_page(request, found, form, status=409, theirs=conflict.theirs)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _letter_page(request, found, form, status=422)
    if "print" in request.POST and kept.printed_at:
        return go_to(request, "programmes:letter_pdf", kept.code)
    messages.success(request, "The letter is saved.")
    return go_to(request, "programmes:letter", kept.code)


def _keep(request: AppRequest, found: Letter, form: LetterForm) -> Letter:
    """The typed words stored: in this letter, or in a new one when this one is printed."""
    if "as_new" in request.POST:
        token = form.cleaned_data["form_token"]
        return actions.copy_letter(found, form_token=token, by=request.user, **form.words())
    return actions.save_letter(
        found,
        version=form.version_known,
        printing="print" in request.POST,
        by=request.user,
        **form.words(),
    )


def _letter_page(
    request: AppRequest,
    found: Letter,
    form: LetterForm,
    *,
    status: int,
    theirs: Letter | None = None,
) -> HttpResponse:
    """The letter's page; ``theirs`` is what somebody stored while this was typed."""
    context = {
        "letter": found,
        "episode": found.episode,
        "form": form,
        "theirs": theirs,
        "differences": form.differences(theirs) if theirs else (),
        # A text typed while somebody printed it stays in the form.
        "frozen": found.printed_at is not None and not form.is_bound,
        "paragraphs": paragraphs(found.body),
        "form_token": uuid4(),
    }
    return render(request, "programmes/letter_form.html", context, status=status)


@needs(May.READ_CLINICAL)
@require_safe
def letter_pdf(request: AppRequest, code: UUID) -> HttpResponse:
    """The letter as PDF: a draft until it is printed, the same bytes from then on."""
    found = get_letter_or_404(request, code)
    # The file's name says which day's letter it is, never whose.
    name = f"letter-{found.dated_on.isoformat()}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(as_pdf(found), content_type="application/pdf", headers=headers)
