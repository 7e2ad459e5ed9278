"""The plan in force, or the one proposed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from patients.access import AppRequest, check_may, get_episode_or_404, needs
from patients.models import Episode
from patients.rules.roles import May
from patients.rules.terms import Side
from programmes import actions, plan_table
from programmes.forms import IssueForm
from programmes.forms.versions import RestoreForm
from programmes.rules.protocols import ISOTONIC_PROTOCOLS
from programmes.rules.terms import Protocol
from programmes.selectors.plans import PlanOffer, plan_offer, with_plan
from programmes.selectors.running import stage_exit
from programmes.selectors.standing import (
    Standing,
    Tests,
    flare_since,
    standing_with_tests,
)
from programmes.selectors.versions import draft_line, goes_on_at, unfit_now, versions_of
from upwell.http import Refused, go_to


@needs(May.READ_CLINICAL)
@require_http_methods(["GET", "HEAD", "POST"])
def programme(request: AppRequest, code: UUID) -> HttpResponse:
    """The plan in force, or the one proposed; issuing freezes it as the next version."""
    found = get_episode_or_404(request, code)
    today = timezone.localdate()
    read = standing, _tests = standing_with_tests(found, today)
    number = standing.version.number + 1 if standing.version else 1
    form = IssueForm(request.POST or None, initial={"number": number})
    if request.method == "POST":
        check_may(request.user, May.ACCEPT_PLAN)
        if form.is_valid() and _issue(request, found, form):
            return go_to(request, "programmes:programme", code)
    offer = None
    if _wants_offer(request, form, standing):
        known = None if form.is_bound else read  # what refused it may be what somebody just did
        offer = plan_offer(found, on=today, protocol=_protocol(request, form), read=known)
    context = {
        "episode": found,
        "standing": standing,
        "offer": offer,
        "form": form,
        "may_accept": request.user.may(May.ACCEPT_PLAN),
        "may_edit": request.user.may(May.EDIT_PLAN),
        **_record(read, offered=offer is not None),
        **_offer_context(read, offer),
    }
    status = 422 if form.is_bound else 200
    return render(request, "programmes/programme.html", context, status=status)


def _wants_offer(request: AppRequest, form: IssueForm, standing: Standing) -> bool:
    """Whether a plan is proposed: where none is in force, or it is not for the tendon now."""
    if not standing.version or standing.needs_new_version:
        return True
    held_back = standing.held_back and standing.episode.is_open and not standing.locks
    return bool(held_back) or "new" in request.GET or form.is_bound


def _record(read: tuple[Standing, Tests], *, offered: bool) -> dict[str, object]:
    """The plan in force with what of it no longer fits, every version, and the open draft.

    The exit of the stage isn't asked for while another plan is offered or a red flag is open.
    """
    standing, _tests = read
    episode, version = standing.episode, standing.version
    shows_exit = version is not None and episode.is_open and not offered and not standing.locks
    return {
        "version": version,
        "version_tables": (
            plan_table.of_version(with_plan(version), standing.step, side=Side(episode.side))
            if version
            else ()
        ),
        "unfit": unfit_now(standing),
        "flare": flare_since(standing),
        "versions": versions_of(episode),
        "draft": draft_line(episode),
        "restore_form": RestoreForm(),
        "exit": stage_exit(episode, standing.on, read) if shows_exit else None,
    }


def _offer_context(read: tuple[Standing, Tests], offer: PlanOffer | None) -> dict[str, object]:
    """The proposed plan as the template shows it."""
    if offer is None or offer.plan is None:
        return {}
    standing, tests = read
    return {
        "reclassified": tests.reclassified,
        "goes_on_at": goes_on_at(offer.plan, standing.step),
        "tables": plan_table.of_proposal(offer.plan),
        "left_out": plan_table.shown(offer.plan.left_out),
        "cautions": plan_table.shown(offer.plan.cautions),
        "alternatives": [
            {"key": each.value, "name": plan_table.PROTOCOL_WORDS[each]}
            for each in offer.plan.alternatives
        ],
        "chosen_protocol": offer.protocol or "",
    }


def _protocol(request: AppRequest, form: IssueForm) -> Protocol | None:
    """The isotonic protocol looked at: typed in the form, or chosen in the address to compare."""
    if form.is_bound:
        return form.cleaned_data.get("protocol")
    wanted = request.GET.get("protocol")
    return next((each for each in ISOTONIC_PROTOCOLS if each == wanted), None)


def _issue(request: AppRequest, found: Episode, form: IssueForm) -> bool:
    try:
        version = actions.issue_proposal(
            found, on=timezone.localdate(), by=request.user, **form.cleaned_data
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, f"Version {version.number} is issued.")
    return True
