"""The paper in the patient's hand."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from patients.access import AppRequest, needs
from patients.rules.roles import May
from programmes import actions
from programmes.access import get_handout_or_404, get_version_or_404
from programmes.forms import HandoutForm
from programmes.handout import as_pdf
from programmes.models import Handout, Version
from programmes.selectors.plans import why_no_paper
from programmes.selectors.standing import standing_of
from upwell.http import Refused, go_to

PAPERS_SHOWN = 12


@needs(May.PRINT)
@require_http_methods(["GET", "HEAD", "POST"])
def handout_new(request: AppRequest, code: UUID) -> HttpResponse:
    """Choose what goes on the paper, and print it."""
    version = get_version_or_404(request, code)
    standing = standing_of(version.programme.episode, timezone.localdate())
    form = HandoutForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (paper := _print(request, version, form)):
        return go_to(request, "programmes:handout", paper.code)
    context = {
        "version": version,
        "episode": version.programme.episode,
        "standing": standing,
        "step": standing.step,
        "refusal": why_no_paper(version, standing),
        "form": form,
        "papers": version.handouts.select_related("step", "printed_by")[:PAPERS_SHOWN],
    }
    status = 422 if form.is_bound else 200
    return render(request, "programmes/handout_form.html", context, status=status)


def _print(request: AppRequest, version: Version, form: HandoutForm) -> Handout | None:
    """The new paper; None where it is refused, which the form then says."""
    try:
        return actions.print_handout(
            version,
            options=form.options(),
            form_token=form.cleaned_data["form_token"],
            today=timezone.localdate(),
            by=request.user,
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return None


@needs(May.PRINT)
@require_safe
def handout(request: AppRequest, code: UUID) -> HttpResponse:
    """The paper as PDF: the same bytes each time."""
    found = get_handout_or_404(request, code)
    # The file's name says which paper it is, never whose.
    name = f"plan-{found.paper_code}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(as_pdf(found), content_type="application/pdf", headers=headers)
