"""Issuing plans: a proposal or a draft becomes the version in force, frozen."""

from datetime import date
from typing import Any

from django.db import transaction

from assessments.rules.contraindications import grade
from assessments.rules.terms import Location, Phase
from patients.actions import lock_episode
from patients.models import Episode, User
from patients.rules.roles import May
from programmes.models import Item, Programme, Step, Version
from programmes.rules.dose import dose_to_json, in_words
from programmes.rules.library import exercise
from programmes.rules.proposal import PlanProposal, StagePlan, item_concern, problems
from programmes.rules.terms import Protocol
from programmes.rules.version import RULES_VERSION
from programmes.selectors.plans import PlanOffer, plan_offer, step_at
from upwell.clock import now
from upwell.http import Refused


@transaction.atomic
def issue_proposal(
    episode: Episode,
    *,
    on: date,
    number: int,
    protocol: Protocol | None = None,
    note: str = "",
    by: User,
) -> Version:
    """Issue the proposed plan as version ``number``, which makes it the one in force.

    ``number`` is the version the page offered: sent twice, the page gives one version. Only who may
    edit plans chooses another ``protocol`` than the proposed one. Raises ``Refused`` with the
    reason when there is nothing to issue.
    """
    episode = lock_episode(episode.pk)
    programme = Programme.objects.filter(episode=episode).first()
    latest = programme.versions.first() if programme else None
    if latest is not None and latest.number == number:
        chosen = protocol is None or latest.steps.filter(protocol=protocol).exists()
        if chosen and (latest.issued_by_id, latest.note) == (by.pk, note):
            return latest  # the same page sent twice
        raise Refused(f"{latest.issued_by} issued version {number} meanwhile. Look at it first.")
    if number != (latest.number if latest else 0) + 1:
        raise Refused("This page is out of date. Open the programme again.")
    if protocol is not None and not by.may(May.EDIT_PLAN):
        raise Refused("Another protocol is chosen by an exercise physiologist.")
    offer = plan_offer(episode, on=on, protocol=protocol)
    if offer.plan is None or offer.refusal:
        raise Refused(offer.refusal)
    if programme is None:
        programme = Programme.objects.create(episode=episode, started_on=on)
    version = _write_version(programme, offer, offer.plan, number=number, note=note, by=by)
    start = offer.plan.start
    assert start is not None
    programme.current_step = step_at(version.steps.all(), start)
    programme.at_step_since = on
    programme.save(update_fields=["current_step", "at_step_since"])
    return version


def _write_version(
    programme: Programme,
    offer: PlanOffer,
    plan: PlanProposal,
    *,
    number: int,
    note: str,
    by: User,
) -> Version:
    """The plan as rows, checked once more, then frozen."""
    location, phase, assessment = offer.tendon.location, offer.tendon.phase, offer.assessment
    assert location is not None
    assert phase is not None
    assert assessment is not None
    if found := problems(plan.stages, phase, location, offer.tendon.cortisone):
        raise Refused(f"Not for this tendon: {found[0].because}")
    version = Version.objects.create(
        programme=programme,
        number=number,
        note=note,
        assessment=assessment,
        location=location,
        phase=phase,
        cortisone=offer.tendon.cortisone,
        rules_version=RULES_VERSION,
        created_by=by,
    )
    order = 0
    for stage in plan.stages:
        for place, step in enumerate(stage.steps, start=1):
            order += 1
            row = Step.objects.create(
                version=version,
                order=order,
                stage=stage.stage,
                number=place,
                protocol=stage.protocol,
                title=step.title,
                weeks=step.weeks,
                minimum_sessions=step.min_sessions or 0,
            )
            Item.objects.bulk_create(_items(row, stage, step, phase, location, offer))
    version.status = Version.Status.ISSUED
    version.issued_by, version.issued_at = by, now()
    version.save(update_fields=["status", "issued_by", "issued_at"])
    return version


def _items(
    row: Step, stage: StagePlan, step: Any, phase: Phase, location: Location, offer: PlanOffer
) -> list[Item]:
    items = []
    for place, item in enumerate(step.items, start=1):
        known = exercise(item.exercise)
        cortisone = offer.tendon.cortisone
        concern = item_concern(item, stage.stage, step.code, phase, location, cortisone)
        items.append(
            Item(
                step=row,
                order=place,
                exercise=known.key,
                name=known.name,
                instructions=list(known.instructions),
                matrix_row=known.row,
                grade=grade(known.row, phase, location, cortisone),
                caution=concern.because if concern else "",
                dose=dose_to_json(item.dose),
                dose_words=in_words(item.dose),
            )
        )
    return items
