"""The mornings after, and decisions."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from assessments.actions import reclassify
from assessments.rules.terms import Phase, Stage
from patients.actions import lock_episode
from patients.models import Episode, User
from programmes.actions.ahead import ready_ahead
from programmes.actions.corrections import tell_morning_later
from programmes.actions.plans import settling_step
from programmes.models import REASONS, Decision, MorningAfter, Programme, Session
from programmes.rules.decision import n_ok_after
from programmes.rules.position import IRRITABLE_AGAIN
from programmes.rules.terms import Outcome
from programmes.rules.version import RULES_VERSION
from programmes.selectors.decisions import (
    DecisionCard,
    Destination,
    decided_words,
    decision_card,
    destination,
    reason_given,
)
from programmes.selectors.plans import cap
from programmes.selectors.standing import standing_of
from upwell.http import Refused


class ReasonNeeded(Refused):
    """An override without a reason."""


class DecidedMeanwhile(Refused):
    """Somebody has decided this session before; says who, when and what."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        at = timezone.localtime(decision.decided_at)
        super().__init__(
            f"This session has been decided already. {decided_words(decision)}, "
            f"by {decision.decided_by.signature} on {at:%-d %B %Y, %H:%M}."
        )


@transaction.atomic
def record_morning(
    session: Session, *, pain: int | None, stiffness_min: int | None, on: date, by: User
) -> MorningAfter:
    """The morning after a session, told on day ``on``: its pain, its stiffness, or both.

    Of a session decided before it is a correction, which says what the rule says of it. Raises
    ``Refused`` when neither is told, before that morning has come, for a session struck out, and if
    other numbers are recorded already: those are changed by a correction.
    """
    if pain is None and stiffness_min is None:
        raise Refused("Give the pain of the morning after, its stiffness, or both.")
    lock_episode(session.programme.episode_id)
    # Read again under the lock: it may have been corrected to another day, or struck out.
    session = Session.objects.get(pk=session.pk)
    if session.struck_at is not None:
        raise Refused("This session was struck out.")
    if on <= session.happened_on:
        raise Refused("The morning after has not come yet. Enter it tomorrow.")
    known = MorningAfter.objects.filter(session=session).first()
    if known is None and Decision.objects.filter(session=session).exists():
        tell_morning_later(session, pain=pain, stiffness_min=stiffness_min, on=on, by=by)
        return MorningAfter.objects.get(session=session)
    if known is None:
        return MorningAfter.objects.create(
            session=session, pain=pain, stiffness_min=stiffness_min, recorded_by=by
        )
    if (known.pain, known.stiffness_min) != (pain, stiffness_min):
        raise Refused("The morning after is recorded already, with other numbers.")
    return known


@transaction.atomic
def decide(
    session: Session,
    *,
    outcome: Outcome,
    reason: str,
    today: date,
    by: User,
    reason_kind: str = "",
    shown: tuple[str, str] | None = None,
) -> Decision:
    """Confirm the proposal, or override it with a reason; the patient's step moves with it.

    ``reason_kind`` is one of ``REASONS``, blank when only words are given; ``reason`` are those
    words. ``shown`` is the proposed outcome and rule of the page that was answered. The same
    decision sent again by the same person is the one on record. Deciding a session moves nothing
    once a later one was decided, or the patient has left its step. Raises ``DecidedMeanwhile`` when
    it is decided otherwise, and ``Refused`` when it was struck out, when the proposal has changed
    since, when an override has no reason, when a lock is open, when the step chosen is one this
    tendon must not do, or when the plan has none that it may do.
    """
    lock_episode(session.programme.episode_id)
    # Read again under the lock: the morning after may have been told since the page was opened.
    session = Session.objects.whole().get(pk=session.pk)
    programme = session.programme
    if hasattr(session, "decision"):
        if _same_again(session.decision, outcome, reason_kind, reason, shown, by):
            return session.decision
        raise DecidedMeanwhile(session.decision)
    card = decision_card(session, today=today)
    proposed = card.proposal
    if shown is not None and shown != (proposed.outcome, proposed.rule):
        raise Refused("The proposal has changed since you opened this page. Look at it again.")
    if outcome is Outcome.PENDING:
        raise Refused("Pending is not a decision: it waits for the morning after.")
    overrides = outcome is not proposed.outcome
    why = _why(reason_kind, reason) if overrides else ""
    if overrides and not why:
        raise ReasonNeeded("Give the reason for deciding otherwise than proposed.")
    if outcome is Outcome.PROGRESS and card.inputs["locked"]:
        raise Refused("A red flag is open: nothing moves up until a clinician has cleared it.")
    flared = outcome is Outcome.REGRESS and proposed.rule == IRRITABLE_AGAIN
    if flared:
        said = f"Newly warm or swollen after the session of {session.happened_on:%-d %B %Y}."
        irritable_again(programme.episode, reason=said, on=today, by=by)
    leads = _destination(session, card, outcome, flared=flared)
    to_step = leads.step
    if flared and not card.moved and (leads.refusal or to_step.stage != Stage.ISOMETRIC):
        # A plan made by hand may have no isometric stage; issuing one moves the patient there.
        to_step = settling_step(programme.episode, session.step, today, by, said)
        programme = Programme.objects.get(pk=programme.pk)
    elif leads.refusal and outcome is not Outcome.REFER:
        raise Refused(leads.refusal)  # while loading waits for somebody else, nobody is held to it
    decision = Decision.objects.create(
        session=session,
        proposed=proposed.outcome,
        rule=proposed.rule,
        because=proposed.because,
        inputs=card.inputs,
        defaults=card.defaults,
        rules_version=RULES_VERSION,
        outcome=outcome,
        reason_kind=reason_kind if overrides else "",
        reason=" ".join(each for each in (why, leads.passed_over) if each),
        n_ok_after=n_ok_after(outcome, proposed.rule, card.n_ok_before),
        from_step=session.step,
        to_step=to_step,
        decided_by=by,
    )
    if to_step != programme.current_step:
        programme.current_step, programme.at_step_since = to_step, today
        programme.save(update_fields=["current_step", "at_step_since"])
        ready_ahead(programme)
    return decision


def _same_again(
    decision: Decision,
    outcome: Outcome,
    reason_kind: str,
    reason: str,
    shown: tuple[str, str] | None,
    by: User,
) -> bool:
    """Whether the same person sent the same decision again, as a lost answer makes one do."""
    if decision.decided_by_id != by.pk or decision.outcome != outcome:
        return False
    if shown is not None and shown != (decision.proposed, decision.rule):
        return False
    if not decision.overridden:
        return not reason_kind and not reason.strip()
    return decision.reason_kind == reason_kind and reason_given(decision) == _why(
        reason_kind, reason
    )


def _why(kind: str, words: str) -> str:
    """The reason in words: the one that was tapped, then what was typed."""
    tapped = "" if kind == "other" else dict(REASONS).get(kind, "")
    typed = words.strip()
    return ". ".join(each for each in (tapped, typed) if each)


def _destination(
    session: Session, card: DecisionCard, outcome: Outcome, *, flared: bool
) -> Destination:
    """The step the decision leads to; a session that was moved on from moves nothing any more."""
    if card.moved:
        current = session.programme.current_step
        assert current is not None
        return Destination(step=current)
    tendon = card.standing.tendon
    if flared:
        # Read again: a tendon found newly warm may do less than the card knew.
        tendon = standing_of(session.programme.episode, card.standing.on).tendon
    leads = destination(card.steps, session.step, outcome, tendon, rule=card.proposal.rule)
    if outcome is Outcome.PROGRESS and (reason := cap(leads.step, tendon)):
        raise Refused(reason)
    return leads


def irritable_again(episode: Episode, *, reason: str, on: date, by: User) -> None:
    """Take the tendon for reactive again, for this reason; the earlier phase stays on record.

    Nothing changes for one that is on the settle pathway already.
    """
    previous = episode.classifications.in_force().first()
    if previous is None or previous.pathway == "settle":
        return
    chronic = previous.phase in (Phase.DEGENERATIVE, Phase.DISREPAIR)
    reclassify(
        previous,
        phase=Phase.REACTIVE_ON_DEGENERATIVE if chronic else Phase.REACTIVE,
        reason=reason,
        on=on,
        by=by,
    )
