"""Opening a contraindicated cell, by a named clinician with a reason."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from assessments.rules.terms import Stage
from patients.access import AppRequest, get_episode_or_404, needs
from patients.rules.roles import May
from programmes import actions
from programmes.forms.unlocking import UnlockForm
from programmes.selectors.drafts import plan_tendon
from programmes.selectors.standing import standing_of
from upwell.http import Refused, go_to


@needs(May.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
def unlock(request: AppRequest, code: UUID) -> HttpResponse:
    """Sign one of the two unlocks; the plan editor then lets the item be issued."""
    found = get_episode_or_404(request, code)
    today = timezone.localdate()
    standing = standing_of(found, today)
    tendon = plan_tendon(found, today, standing)
    form = UnlockForm(
        request.POST or None,
        location=tendon.location,
        stage=Stage(standing.step.stage) if standing.step else None,
        held_back=tendon.isometric_only,
        on=today,
        initial={"code": request.GET.get("which", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.sign_unlock(found, on=today, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The unlock is signed.")
            edits = request.user.may(May.EDIT_PLAN)
            return go_to(request, "programmes:edit" if edits else "programmes:programme", code)
    signed = found.unlocks.select_related("signed_by")
    context = {"episode": found, "form": form, "signed": signed, "tendon": tendon}
    status = 422 if form.is_bound else 200
    return render(request, "programmes/unlock.html", context, status=status)
