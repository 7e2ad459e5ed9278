"""The day's list, the episode's working page, its plan, sessions, decisions and papers."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patients import actions as patient_actions
from patients.access import AppRequest, check_may, get_episode_or_404, needs
from patients.forms import DischargeForm
from patients.models import Episode
from patients.rules.roles import May
from programmes import actions, plan_table
from programmes.access import get_handout_or_404, get_session_or_404, get_version_or_404
from programmes.caseload import day_list
from programmes.decision_card import card_words
from programmes.forms import DecisionForm, HandoutForm, IssueForm, MorningForm, SessionForm
from programmes.handout import as_pdf
from programmes.models import Programme, Session, Step
from programmes.rules.protocols import ISOTONIC_PROTOCOLS
from programmes.rules.terms import Outcome, Protocol
from programmes.selectors.decisions import DecisionCard, decision_card
from programmes.selectors.plans import PlanOffer, plan_offer
from programmes.selectors.standing import Standing, standing_of
from upwell.http import Refused, go_to

ROWS_A_PAGE = 50
SESSIONS_SHOWN = 12


@needs(May.READ_CLINICAL)
@require_safe
def caseload(request: AppRequest) -> HttpResponse:
    """The day's list: open episodes by the decision they need."""
    mine = request.GET.get("show") != "all"
    rows = day_list(timezone.localdate(), clinician=request.user if mine else None)
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "mine": mine, "everybody": not mine}
    return render(request, "programmes/caseload.html", context)


@needs(May.READ_CLINICAL)
@require_safe
def episode(request: AppRequest, code: UUID) -> HttpResponse:
    """The working page: everything needed to start a consult."""
    found = get_episode_or_404(request, code)
    standing = standing_of(found, timezone.localdate())
    sessions = Session.objects.of(found).newest_first()[:SESSIONS_SHOWN]
    context = {
        "episode": found,
        "standing": standing,
        "sessions": sessions,
        "last_decision": next((s.decision for s in sessions if hasattr(s, "decision")), None),
        "items": standing.step.items.all() if standing.step else [],
        "may_clear": request.user.may(May.CLEAR_LOCK),
    }
    return render(request, "programmes/episode.html", context)


@needs(May.DISCHARGE)
@require_http_methods(["GET", "HEAD", "POST"])
def discharge(request: AppRequest, code: UUID) -> HttpResponse:
    """Close an episode with its outcome."""
    found = get_episode_or_404(request, code)
    if not found.is_open:
        raise Refused("This episode is closed already.")
    form = DischargeForm(request.POST or None, episode=found, initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            patient_actions.discharge(found, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The episode is closed.")
            return go_to(request, "patients:detail", found.patient.code)
    status = 422 if form.is_bound else 200
    context = {"episode": found, "form": form}
    return render(request, "programmes/discharge.html", context, status=status)


@needs(May.READ_CLINICAL)
@require_http_methods(["GET", "HEAD", "POST"])
def programme(request: AppRequest, code: UUID) -> HttpResponse:
    """The plan in force, or the one proposed; issuing freezes it as the next version."""
    found = get_episode_or_404(request, code)
    today = timezone.localdate()
    standing = standing_of(found, today)
    version = standing.version
    number = version.number + 1 if version else 1
    form = IssueForm(request.POST or None, initial={"number": number})
    if request.method == "POST":
        check_may(request.user, May.ACCEPT_PLAN)
        if form.is_valid() and _issue(request, found, form):
            return go_to(request, "programmes:programme", code)
    offer = None
    if version is None or standing.needs_new_version or "new" in request.GET or form.is_bound:
        offer = plan_offer(found, on=today, protocol=_protocol(request, form))
    context = {
        "episode": found,
        "standing": standing,
        "version": version,
        "version_tables": plan_table.of_version(version, standing.step) if version else (),
        "offer": offer,
        "form": form,
        "may_accept": request.user.may(May.ACCEPT_PLAN),
        "may_edit": request.user.may(May.EDIT_PLAN),
        **_offer_context(offer),
    }
    status = 422 if form.is_bound else 200
    return render(request, "programmes/programme.html", context, status=status)


def _offer_context(offer: PlanOffer | None) -> dict[str, object]:
    """The proposed plan as the template shows it."""
    if offer is None or offer.plan is None:
        return {}
    return {
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


def _in_force(standing: Standing) -> tuple[Programme, Step]:
    """The programme and the step a session can be held against; refuses where there is none."""
    if not standing.episode.is_open:
        raise Refused("This episode is closed. Open a new one to go on.")
    if standing.programme is None or standing.step is None:
        raise Refused("There is no programme yet. Issue one, then log sessions against it.")
    return standing.programme, standing.step


@needs(May.LOG_SESSION)
@require_http_methods(["GET", "HEAD", "POST"])
def session_new(request: AppRequest, code: UUID) -> HttpResponse:
    """Log a session against the current step."""
    found = get_episode_or_404(request, code)
    today = timezone.localdate()
    standing = standing_of(found, today)
    programme, step = _in_force(standing)
    initial = {"happened_on": today, "step": step.code}
    form = SessionForm(request.POST or None, programme=programme, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            logged = actions.log_session(programme, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return go_to(request, "programmes:session", logged.code)
    context = {
        "episode": found,
        "standing": standing,
        "form": form,
        "items": step.items.all(),
        "last": programme.sessions.newest_first().first(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "programmes/session_form.html", context, status=status)


@needs(May.READ_CLINICAL)
@require_safe
def session(request: AppRequest, code: UUID) -> HttpResponse:
    """One session with its morning after and its decision, made or to be made."""
    found = get_session_or_404(request, code)
    return _session_page(request, found)


def _session_page(
    request: AppRequest,
    found: Session,
    *,
    morning_form: MorningForm | None = None,
    decision_form: DecisionForm | None = None,
    refusal: str = "",
) -> HttpResponse:
    """The session's page; ``refusal`` says why what was sent could not be done."""
    decided = getattr(found, "decision", None)
    card = None if decided else decision_card(found, today=timezone.localdate())
    ahead = decided.to_step if decided else card.to_step if card else found.step
    pending = card is not None and card.proposal.outcome is Outcome.PENDING
    if decision_form is None:
        # Nothing is preselected while something is missing: that would look like an answer.
        decision_form = DecisionForm(initial=_proposed(card, pending=pending))
    context = {
        "session": found,
        "refusal": refusal,
        "episode": found.programme.episode,
        "decision": decided,
        "card": card,
        "next_items": ahead.items.all(),
        "morning": getattr(found, "morning", None),
        "morning_form": morning_form or MorningForm(),
        "morning_has_come": found.happened_on < timezone.localdate(),
        "decision_form": decision_form,
        "pending": pending,
        "may_decide": request.user.may(May.DECIDE),
        **({"standing": card.standing, **card_words(card)} if card else {}),
    }
    failed = any(form and form.is_bound for form in (morning_form, decision_form))
    status = 422 if failed else 200
    return render(request, "programmes/session.html", context, status=status)


def _proposed(card: DecisionCard | None, *, pending: bool) -> dict[str, object]:
    """The proposal as the decision form starts with it."""
    if card is None:
        return {}
    outcome, rule = card.proposal.outcome, card.proposal.rule
    return {"outcome": None if pending else outcome, "proposed": outcome, "rule": rule}


@needs(May.LOG_SESSION)
@require_POST
def morning(request: AppRequest, code: UUID) -> HttpResponse:
    """Record the morning after a session."""
    found = get_session_or_404(request, code)
    form = MorningForm(request.POST)
    if form.is_valid():
        try:
            actions.record_morning(
                found, by=request.user, on=timezone.localdate(), **form.cleaned_data
            )
        except Refused as refused:
            return _session_page(request, found, morning_form=form, refusal=str(refused))
        return go_to(request, "programmes:session", code)
    return _session_page(request, found, morning_form=form)


@needs(May.DECIDE)
@require_POST
def decide(request: AppRequest, code: UUID) -> HttpResponse:
    """Confirm what the rule proposes, or decide otherwise with a reason."""
    found = get_session_or_404(request, code)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            decision = actions.decide(
                found,
                outcome=form.cleaned_data["outcome"],
                reason=form.cleaned_data["reason"],
                shown=(form.cleaned_data["proposed"], form.cleaned_data["rule"]),
                today=timezone.localdate(),
                by=request.user,
            )
        except actions.ReasonNeeded as refused:
            form.add_error("reason", str(refused))
        except Refused as refused:
            # Read again: what refuses it is often what somebody else has just recorded.
            found = get_session_or_404(request, code)
            return _session_page(request, found, decision_form=form, refusal=str(refused))
        else:
            messages.success(request, f"Decided: {decision.get_outcome_display().lower()}.")
            return go_to(request, "programmes:session", code)
    return _session_page(request, found, decision_form=form)


@needs(May.PRINT)
@require_http_methods(["GET", "HEAD", "POST"])
def handout_new(request: AppRequest, code: UUID) -> HttpResponse:
    """Choose what goes on the paper, and print it."""
    version = get_version_or_404(request, code)
    step = version.programme.current_step
    form = HandoutForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            printed = actions.print_handout(
                version,
                options=form.options(),
                form_token=form.cleaned_data["form_token"],
                today=timezone.localdate(),
                by=request.user,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return go_to(request, "programmes:handout", printed.code)
    context = {
        "version": version,
        "episode": version.programme.episode,
        "step": step,
        "form": form,
        "papers": version.handouts.select_related("step", "printed_by")[:SESSIONS_SHOWN],
    }
    status = 422 if form.is_bound else 200
    return render(request, "programmes/handout_form.html", context, status=status)


@needs(May.PRINT)
@require_safe
def handout(request: AppRequest, code: UUID) -> HttpResponse:
    """The paper as PDF: the same bytes each time."""
    found = get_handout_or_404(request, code)
    # The file's name says which paper it is, never whose.
    name = f"plan-{found.paper_code}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(as_pdf(found), content_type="application/pdf", headers=headers)
