"""Issuing plans: a proposal or a draft becomes the version in force, frozen."""

from collections.abc import Iterator
from datetime import date

from django.db import transaction

from assessments.rules.terms import Stage
from patients.actions import lock_episode
from patients.models import Episode, User
from patients.rules.roles import May
from programmes.actions.ahead import ready_ahead
from programmes.in_force import defaults_in_force
from programmes.models import Item, Move, Programme, Step, Version
from programmes.rules.dose import adds_load, dose_to_json, in_words
from programmes.rules.edits import plan_of_stages
from programmes.rules.library.pose import pose_to_json
from programmes.rules.plan import Column
from programmes.rules.recovery import rest_days_of
from programmes.rules.safety import Checked, checked
from programmes.rules.terms import Protocol
from programmes.rules.version import RULES_VERSION
from programmes.selectors.decisions import unsuited
from programmes.selectors.drafts import desk_of, plan_tendon
from programmes.selectors.plans import plan_offer, step_at
from programmes.selectors.standing import standing_of
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
    desk = desk_of(episode)
    plan = plan_of_stages(offer.plan.stages, desk, by_rung=True)
    version = write_version(
        programme,
        checked(plan, plan_tendon(episode, on), desk, defaults=defaults_in_force()),
        on=on,
        note=note,
        by=by,
    )
    start = offer.plan.start
    assert start is not None
    step = _go_on_at(version, step_at(version.steps.all(), start), programme.current_step)
    stand_on(programme, step, on=on, by=by)
    return version


def _go_on_at(version: Version, start: Step, current: Step | None) -> Step:
    """Where a patient goes on in a proposed plan: at its start, or at the step they had reached.

    A plan that begins with the isometric stage is begun there.
    """
    if current is None or start.stage == Stage.ISOMETRIC:
        return start
    same = version.steps.filter(stage=current.stage, column=current.column).first()
    return same if same is not None and same.order >= start.order else start


def write_version(
    programme: Programme,
    plan: Checked,
    *,
    on: date,
    note: str,
    by: User,
    based_on: Version | None = None,
) -> Version:
    """A plan as rows, frozen as the next version. Every way to a version ends here.

    Raises ``Refused`` with everything that stands against issuing it.
    """
    if plan.refusals:
        raise Refused(" ".join(dict.fromkeys(each.says for each in plan.refusals)))
    episode = programme.episode
    tendon = standing_of(episode, on).tendon
    signed = episode.assessments.signed().newest_first().first()
    latest = programme.versions.first()
    assert tendon.location is not None
    assert tendon.phase is not None
    assert signed is not None
    version = Version.objects.create(
        programme=programme,
        number=latest.number + 1 if latest else 1,
        note=note,
        based_on=based_on,
        assessment=signed,
        location=tendon.location,
        phase=tendon.phase,
        cortisone=tendon.cortisone,
        rules_version=RULES_VERSION,
        created_by=by,
    )
    steps = Step.objects.bulk_create(_steps(version, plan))
    by_column = {step.column: step for step in steps}
    Item.objects.bulk_create(
        item for column in plan.plan.columns for item in _items(by_column[column.id], column, plan)
    )
    version.status = Version.Status.ISSUED
    version.issued_by, version.issued_at = by, now()
    version.save(update_fields=["status", "issued_by", "issued_at"])
    return version


def _steps(version: Version, plan: Checked) -> Iterator[Step]:
    order = 0
    for stage in plan.plan.stages:
        for number, column in enumerate(plan.plan.columns_of(stage), start=1):
            order += 1
            cells = [cell for (_, each), cell in plan.cells.items() if each == column.id]
            yield Step(
                version=version,
                order=order,
                stage=stage,
                number=number,
                protocol=column.protocol,
                title=column.title or f"Step {number}",
                weeks=column.weeks,
                minimum_sessions=column.least,
                column=column.id,
                rung=column.rung,
                rest_days=rest_days_of(
                    stage,
                    column.protocol,
                    [cell.row for cell in cells if cell.row],
                    loaded=any(cell.dose is not None and adds_load(cell.dose) for cell in cells),
                    defaults=defaults_in_force(),
                ),
            )


def _items(step: Step, column: Column, plan: Checked) -> Iterator[Item]:
    rows = [row for row in plan.plan.rows_of(column.stage) if (row.id, column.id) in plan.cells]
    for place, row in enumerate(rows, start=1):
        cell, known = plan.cells[row.id, column.id], plan.catalogue[row.exercise]
        assert cell.dose is not None
        yield Item(
            step=step,
            order=place,
            exercise=known.key,
            name=known.name,
            instructions=list(known.instructions),
            matrix_row=cell.row or known.row,
            grade=cell.verdict.grade,
            caution=cell.verdict.because,
            unlock=cell.verdict.unlock if cell.verdict.opened else "",
            dose=dose_to_json(cell.dose),
            dose_words=in_words(cell.dose),
            start=pose_to_json(known.start),
            end=pose_to_json(known.end),
        )


def stand_on(
    programme: Programme,
    step: Step,
    *,
    on: date,
    by: User,
    kind: Move.Kind = Move.Kind.ISSUE,
    reason: str = "",
) -> None:
    """Bring the patient to a step of the version just issued, and keep that on record."""
    Move.objects.create(
        programme=programme,
        kind=kind,
        from_step=programme.current_step,
        to_step=step,
        reason=reason,
        moved_on=on,
        moved_by=by,
    )
    programme.current_step, programme.at_step_since = step, on
    programme.save(update_fields=["current_step", "at_step_since"])
    ready_ahead(programme)


def settling_step(episode: Episode, here: Step, on: date, by: User, reason: str) -> Step:
    """The first isometric step this tendon may do now; of a new version where the plan has none."""
    tendon = standing_of(episode, on).tendon
    steps = here.version.steps.filter(stage=Stage.ISOMETRIC).order_by("order")
    for step in steps.select_related("version").prefetch_related("items"):
        if not unsuited(step, tendon):
            return step
    newest = Version.objects.filter(programme=here.version.programme_id).first()
    number = newest.number + 1 if newest else 1
    version = issue_proposal(episode, on=on, number=number, note=reason, by=by)
    first = version.steps.filter(stage=Stage.ISOMETRIC).select_related("version").first()
    if first is None:
        raise Refused("No isometric exercise suits this tendon. Examine it again.")
    return first
