"""Moving through a plan otherwise than by the decision after a session: flares, the gate, days."""

import logging
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from assessments.rules.terms import GateMode, Pathway
from patients.actions import EditedMeanwhile, lock_episode, once
from patients.models import Episode, User
from programmes.actions.ahead import ready_ahead
from programmes.actions.papers import freeze, new_paper, order_for
from programmes.actions.plans import settling_step
from programmes.actions.sessions import irritable_again
from programmes.handout import digest_of
from programmes.models import GateSigning, Handout, Move, Printing, Programme, Step
from programmes.selectors.papers import usual_options
from programmes.selectors.standing import Standing, standing_of
from upwell import clock
from upwell.http import Refused

log = logging.getLogger(__name__)


@transaction.atomic
def flare(episode: Episode, *, note: str, on: date, by: User, form_token: UUID) -> Handout:
    """Settle a tendon that has flared, and the paper that says what to do these days.

    It is classified as reactive unless it is already, and the patient goes to the first isometric
    step that suits it now; where the plan in force has none, an isometric plan is issued as the
    next version. The paper is laid out right after the commit. The same form sent again gives the
    same paper, and so does the button pressed again that day while the patient is settling. Raises
    ``Refused`` while a red flag is open, without a programme, and on a closed episode.
    """
    episode = lock_episode(episode.pk)
    return once(
        Handout,
        form_token=form_token,
        content={"flare": episode.pk, "note": note},
        create=lambda marks: _flared(episode, note.strip(), on, by, marks),
    )


def _paper_of_today(
    programme: Programme, here: Step, standing: Standing, on: date
) -> Handout | None:
    """The paper of a flare of this day that the patient is settling from still; None otherwise."""
    newest = programme.moves.first()
    settling = standing.tendon.pathway is Pathway.SETTLE
    if newest is None or newest.form_token is None or not settling:
        return None
    if (newest.kind, newest.moved_on, newest.to_step_id) != (Move.Kind.FLARE, on, here.pk):
        return None
    papers = Handout.objects.filter(step=here, options__flare=True)
    return papers.filter(form_token=newest.form_token).first()


def _flared(episode: Episode, note: str, on: date, by: User, marks: dict[str, Any]) -> Handout:
    before = standing_of(episode, on)
    if before.tendon.locked:
        raise Refused("A red flag is open: nothing is moved or printed until it is cleared.")
    programme, here = before.programme, before.step
    if programme is None or here is None:
        raise Refused("There is no programme to step back in. Examine the tendon and issue one.")
    if (first := _paper_of_today(programme, here, before, on)) is not None:
        return first
    reason = " ".join(part for part in (f"Flare on {on:%-d %B %Y}.", note) if part)
    irritable_again(episode, reason=reason, on=on, by=by)
    step = settling_step(episode, here, on, by, reason)
    # Read again: issuing a version has moved the patient already.
    programme = Programme.objects.get(pk=programme.pk)
    programme.current_step, programme.at_step_since = step, on
    programme.save(update_fields=["current_step", "at_step_since"])
    Move.objects.create(
        programme=programme,
        kind=Move.Kind.FLARE,
        from_step=here,
        to_step=step,
        reason=reason,
        moved_on=on,
        moved_by=by,
        **marks,
    )
    ready_ahead(programme)
    return _paper_of_the_flare(episode, step, on, by, marks)


def _paper_of_the_flare(
    episode: Episode, step: Step, on: date, by: User, marks: dict[str, Any]
) -> Handout:
    options = usual_options(episode.patient) | {"flare": True}
    order = order_for(step.version, options=options, today=on)
    paper = new_paper(order, digest_of(order), marks=marks, by=by)
    Printing.objects.create(handout=paper, printed_by=by)
    # At once, since what is told of the patient later isn't on it. The demo's stories lay out none.
    if not clock.is_telling():
        transaction.on_commit(lambda: _laid_out(paper))
    return paper


def _laid_out(paper: Handout) -> None:
    """The flare is on record by now, so a paper that can't be drawn waits until it is opened."""
    try:
        freeze(paper)
    except Refused as refused:
        log.warning("the paper of a flare is not laid out: %s", refused)


@transaction.atomic
def sign_gate(
    episode: Episode, *, mode: GateMode, reason: str, by: User, form_token: UUID
) -> GateSigning:
    """Sign which measure of single-leg raises the gate to running goes by; the newest counts.

    The same form sent again gives the same signature. Raises ``Refused`` without a reason, on a
    closed episode, while a red flag is open, and when the gate goes by that measure already.
    """
    episode = lock_episode(episode.pk)
    if not reason.strip():
        raise Refused("Give the reason for this measure.")
    return once(
        GateSigning,
        form_token=form_token,
        content={"episode": episode.pk, "mode": mode, "reason": reason},
        create=lambda marks: _sign(episode, mode, reason.strip(), by, marks),
    )


def _sign(
    episode: Episode, mode: GateMode, reason: str, by: User, marks: dict[str, Any]
) -> GateSigning:
    if episode.locks.open().exists():
        raise Refused("A red flag is open: nothing is signed until a clinician has cleared it.")
    newest = episode.gate_signings.order_by("-signed_at", "-pk").first()
    if mode == (newest.mode if newest else GateMode.SEED):
        raise Refused("The gate goes by this measure already.")
    return GateSigning.objects.create(
        episode=episode, mode=mode, reason=reason, signed_by=by, **marks
    )


@transaction.atomic
def set_training_days(
    episode: Episode, *, days: Iterable[int], known: Iterable[int] | None = None
) -> Programme:
    """Set the weekdays a patient can run on (1 is Monday, none is any day).

    Raises ``Refused`` without a programme and on a closed episode, and ``EditedMeanwhile`` when
    other days stand there than the ones ``known``; None asks nobody.
    """
    episode = lock_episode(episode.pk)
    programme = Programme.objects.filter(episode=episode).first()
    if programme is None:
        raise Refused("There is no programme yet, so there are no days to plan.")
    wanted = sorted(set(days))
    if wanted != programme.training_days:
        if known is not None and sorted(known) != programme.training_days:
            raise EditedMeanwhile(programme)
        programme.training_days = wanted
        programme.save(update_fields=["training_days"])
    return programme
