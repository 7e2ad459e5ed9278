"""Drafts of plans: begun, edited by one or several people, taken back, issued, copied, kept."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from assessments.rules.terms import Location, Stage
from patients.actions import lock_episode, once
from patients.models import Episode, User
from patients.rules.roles import May
from programmes.actions.plans import stand_on, write_version
from programmes.actions.sessions import ReasonNeeded
from programmes.models import Draft, DraftEdit, Move, PlanTemplate, Programme, Step, Unlock, Version
from programmes.rules.edits import (
    AddPlan,
    Desk,
    Edit,
    Mode,
    NotPossible,
    clashes,
    edited,
    says,
    to_redo,
    to_undo,
)
from programmes.rules.plan import (
    EMPTY,
    STAGES,
    Clash,
    Plan,
    flat,
    from_flat,
    patch_between,
    reverse,
)
from programmes.rules.plan import patched as with_patch
from programmes.rules.protocols import LADDERS
from programmes.rules.unlocking import lacking_to_unlock
from programmes.selectors.drafts import (
    desk_of,
    draft_page,
    is_behind,
    open_draft,
    plan_from,
    plan_of_version,
    turns_of,
)
from programmes.selectors.plans import plan_offer
from upwell.clock import now
from upwell.http import Refused


class DraftClash(Refused):
    """Somebody else changed the same places; ``places`` has what each holds now, and whose it is.

    Nothing of the edit was stored.
    """

    def __init__(self, places: Mapping[str, tuple[Any, str]]) -> None:
        names = ", ".join(sorted({who for _value, who in places.values()}))
        super().__init__(f"{names} changed this meanwhile.")
        self.places = places


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An edit that is stored: the draft after it, what it changed, and what others had changed.

    ``others`` are the edits the page didn't know, oldest first; ``made`` is the edit itself, None
    when it changed nothing.
    """

    draft: Draft
    patch: Mapping[str, Any]
    others: tuple[DraftEdit, ...]
    made: DraftEdit | None = None


@transaction.atomic
def begin_draft(episode: Episode, *, source: str, on: date, by: User) -> Draft:
    """A draft of the next version, begun from ``source``; an open one is returned as it is.

    ``source`` as ``plan_from`` reads it. Raises ``Refused``.
    """
    episode = lock_episode(episode.pk)
    _check_may_edit(by)
    if known := open_draft(episode):
        return known
    desk = desk_of(episode)
    plan, _name = plan_from(source, episode=episode, desk=desk, on=on)
    kind, _, _which = source.partition(":")
    if kind in ("protocol", "template"):
        plan = edited(EMPTY, AddPlan(plan=plan, mode=Mode.APPEND), desk)
    in_force = Version.objects.issued().filter(programme__episode=episode).first()
    return Draft.objects.create(episode=episode, based_on=in_force, plan=flat(plan), started_by=by)


@transaction.atomic
def edit_draft(
    draft: Draft, *, edit: Edit, known: int, token: UUID, by: User, desk: Desk | None = None
) -> Answer:
    """One edit of a draft, by a page that had seen its first ``known`` edits.

    The same ``token`` is stored once. Raises ``DraftClash`` when others changed the same places
    since, and ``Refused`` with a sentence when the edit can't be made.
    """
    draft = _held(draft, by)
    desk = desk or desk_of(draft.episode)
    # The ids of an added plan are made anew each time it is sent.
    content = f"{edit.name} {edit.mode}" if isinstance(edit, AddPlan) else repr(edit)
    digest = _digest(content, by)
    since = _since(draft, known)
    if stored := _sent_before(since, token, digest):
        return _answer(draft, stored, since)
    before = from_flat(draft.plan)
    try:
        after = flat(edited(before, edit, desk))
        told = says(before, edit, desk)
    except (NotPossible, KeyError) as error:
        raise Refused(str(error) if isinstance(error, NotPossible) else GONE) from error
    patch = patch_between(draft.plan, after)
    if found := clashes(patch, (each.patch for each in since), draft.plan):
        raise DraftClash(_with_names(found, since))
    if not patch:
        return Answer(draft=draft, patch={}, others=tuple(since))
    return _store(draft, after, patch, since, says=told, token=token, digest=digest, by=by)


GONE = "This part of the plan is gone: somebody removed it meanwhile."


@transaction.atomic
def undo_draft(draft: Draft, *, known: int, token: UUID, by: User, redo: bool = False) -> Answer:
    """Take back this person's last edit, or do again what they took back last.

    Exactly the places it changed become what they were. Raises ``DraftClash`` when somebody else
    has changed one of them since, and ``Refused`` when there is nothing to take back.
    """
    draft = _held(draft, by)
    digest = _digest("redo" if redo else "undo", by)
    since = _since(draft, known)
    if stored := _sent_before(since, token, digest):
        return _answer(draft, stored, since)
    target = (to_redo if redo else to_undo)(turns_of(draft), by.pk)
    if target is None:
        raise Refused("There is nothing to do again." if redo else "There is nothing to undo.")
    edit = draft.edits.get(number=target)
    patch = edit.patch if redo else reverse(edit.patch)
    try:
        after = with_patch(draft.plan, patch)
        from_flat(after)
    except Clash as clash:
        later = draft.edits.filter(number__gt=target).select_related("by").order_by("number")
        raise DraftClash(_with_names(clash.places, later)) from clash
    except ValueError as error:
        raise Refused("This can't be taken back any more: the plan has changed since.") from error
    return _store(
        draft,
        after,
        patch,
        since,
        says=f"{'Done again' if redo else 'Undone'}: {edit.says}"[:300],
        token=token,
        digest=digest,
        by=by,
        of=edit,
        kind=DraftEdit.Kind.REDO if redo else DraftEdit.Kind.UNDO,
    )


@transaction.atomic
def issue_draft(
    draft: Draft,
    *,
    known: int,
    note: str,
    on: date,
    by: User,
    stand_at: str = "",
    reason: str = "",
) -> Version:
    """Issue a draft as the next version, which makes it the one in force.

    ``known`` is the revision the page showed: what nobody looked at isn't issued. The patient goes
    on at the step ``stand_at``, or where they stand now. A later stage than that needs a reason
    (``ReasonNeeded``). Sent twice, it is one version. Raises ``Refused`` with everything that
    stands against it.
    """
    episode = lock_episode(draft.episode_id)
    _check_may_edit(by)
    draft = Draft.objects.select_related("issued_as", "based_on").get(pk=draft.pk)
    if draft.issued_as is not None:
        if (draft.issued_as.issued_by_id, draft.issued_as.note) == (by.pk, note):
            return draft.issued_as  # the same page sent twice
        raise Refused(f"{draft.issued_as.issued_by} issued this draft meanwhile.")
    if draft.discarded_at is not None:
        raise Refused("This draft was put aside.")
    if draft.revision != known:
        raise Refused("The draft has changed since you opened this page. Look at it once more.")
    draft.episode = episode
    page = draft_page(draft, on=on)
    if is_behind(draft, page.standing.version):
        assert page.standing.version is not None
        raise Refused(
            f"Version {page.standing.version.number} was issued since this draft was begun."
            " Begin a new draft from it."
        )
    programme = Programme.objects.select_related("current_step").filter(episode=episode).first()
    if programme is None:
        programme = Programme.objects.create(episode=episode, started_on=on)
    version = write_version(
        programme, page.checked, on=on, note=note, by=by, based_on=draft.based_on
    )
    steps = list(version.steps.order_by("order"))
    usual = _where_to_stand(steps, programme.current_step, episode, on)
    chosen = next((each for each in steps if each.column == stand_at), usual)
    jumps = STAGES.index(Stage(chosen.stage)) > STAGES.index(Stage(usual.stage))
    if jumps and not reason.strip():
        raise ReasonNeeded(
            f"{chosen} comes before its stage has been reached. Give the reason for it."
        )
    stand_on(
        programme,
        chosen,
        on=on,
        by=by,
        kind=Move.Kind.OVERRIDE if jumps else Move.Kind.ISSUE,
        reason=reason.strip() if jumps else "",
    )
    draft.issued_as = version
    draft.save(update_fields=["issued_as"])
    return version


def _where_to_stand(steps: list[Step], current: Step | None, episode: Episode, on: date) -> Step:
    """The step of a new version a patient goes on at: the same one, or the nearest before it.

    Without a plan in force it is the first step of the stage the examination allows.
    """
    if current is not None:
        same = next(
            (each for each in steps if current.column and each.column == current.column), None
        )
        if same is not None:
            return same
        stage, number = Stage(current.stage), current.number
    else:
        offer = plan_offer(episode, on=on)
        stage, number = offer.stage or Stage.ISOMETRIC, 1
    reached = [
        each
        for each in steps
        if (STAGES.index(Stage(each.stage)), each.number) <= (STAGES.index(stage), number)
    ]
    return reached[-1] if reached else steps[0]


@transaction.atomic
def put_aside(draft: Draft, *, by: User) -> Draft:
    """End a draft without issuing it; what was edited stays on record."""
    lock_episode(draft.episode_id)
    _check_may_edit(by)
    draft = Draft.objects.get(pk=draft.pk)
    if draft.issued_as_id is not None:
        raise Refused("This draft was issued meanwhile.")
    if draft.discarded_at is None:
        draft.discarded_by, draft.discarded_at = by, now()
        draft.save(update_fields=["discarded_by", "discarded_at"])
    return draft


@transaction.atomic
def sign_unlock(
    episode: Episode,
    *,
    code: str,
    reason: str,
    on: date,
    form_token: UUID,
    by: User,
    dorsiflexion_pain: int | None = None,
    since: date | None = None,
) -> Unlock:
    """Open one of the two cells that may be opened, by a named clinician with a reason.

    U1 asks for the worst dorsiflexion pain of the last weeks and the day since which it holds.
    Raises ``Refused`` when the conditions are not met.
    """
    episode = lock_episode(episode.pk)
    _check_may_edit(by)
    if not reason.strip():
        raise ReasonNeeded("Give the reason for the unlock.")
    location = episode.classifications.in_force().values_list("location", flat=True).first()
    lacking = lacking_to_unlock(
        code,
        location=Location(location) if location else None,
        dorsiflexion_pain=dorsiflexion_pain,
        since=since,
        on=on,
    )
    if lacking:
        raise Refused(lacking.says)
    if code == Unlock.Code.UPHILL:
        dorsiflexion_pain = since = None
    values = {
        "code": code,
        "reason": reason.strip(),
        "dorsiflexion_pain": dorsiflexion_pain,
        "since": since,
    }
    return once(
        Unlock,
        form_token=form_token,
        content={"episode": episode.pk, **values},
        create=lambda marks: Unlock.objects.create(
            episode=episode, signed_by=by, **values, **marks
        ),
    )


@transaction.atomic
def keep_template(
    draft: Draft, *, name: str, note: str, form_token: UUID, by: User
) -> PlanTemplate:
    """Keep a draft's plan as a template of the practice, for either leg.

    Raises ``Refused`` for a name that is taken, by a built-in protocol or another template.
    """
    _check_may_edit(by)
    draft = Draft.objects.select_related("episode").get(pk=draft.pk)
    return _keep(
        from_flat(draft.plan), desk_of(draft.episode), name, note, form_token=form_token, by=by
    )


@transaction.atomic
def keep_version_as_template(
    version: Version, *, name: str, note: str, form_token: UUID, by: User
) -> PlanTemplate:
    """Keep an issued plan as a template of the practice, as ``keep_template`` does a draft's."""
    _check_may_edit(by)
    desk = desk_of(version.programme.episode)
    return _keep(plan_of_version(version, desk), desk, name, note, form_token=form_token, by=by)


def _keep(
    plan: Plan, desk: Desk, name: str, note: str, *, form_token: UUID, by: User
) -> PlanTemplate:
    name = " ".join(name.split())
    if plan.is_empty:
        raise Refused("There is nothing in the plan to keep.")
    built_in = {each.name.casefold() for each in LADDERS.values()}
    if name.casefold() in built_in:
        raise Refused("A built-in protocol has this name. Choose another.")
    taken = PlanTemplate.objects.filter(retired_at=None, name__iexact=name)
    if taken.exclude(form_token=form_token).exists():
        raise Refused("A template has this name already. Choose another.")
    stored = flat(_for_either_leg(plan, desk))
    return once(
        PlanTemplate,
        form_token=form_token,
        content={"name": name, "note": note},
        create=lambda marks: PlanTemplate.objects.create(
            name=name, note=note.strip(), plan=stored, made_by=by, **marks
        ),
    )


def _for_either_leg(plan: Plan, desk: Desk) -> Plan:
    """The plan with legs told as affected and other; what can't be read stays as typed."""
    anywhere = Desk(catalogue=desk.catalogue, side=None, owned=desk.owned, new_id=desk.new_id)
    cells = {}
    for (row, column), text in plan.cells.items():
        exercise = plan.row(row).exercise
        try:
            cells[row, column] = anywhere.written(exercise, desk.dose(exercise, text))
        except (ValueError, KeyError):
            cells[row, column] = text
    return Plan(columns=plan.columns, rows=plan.rows, cells=cells)


@transaction.atomic
def retire_template(template: PlanTemplate, *, by: User) -> PlanTemplate:
    """Offer a template no more; plans begun from it stay as they are."""
    _check_may_edit(by)
    PlanTemplate.objects.filter(pk=template.pk, retired_at=None).update(retired_at=now())
    return PlanTemplate.objects.get(pk=template.pk)


@transaction.atomic
def copy_plan(version: Version, *, to: Episode, on: date, by: User) -> Draft:
    """The whole plan of a version as a draft for another episode, either leg, anybody's.

    Nothing is left out: what that tendon must not do is marked there and stops issuing. Raises
    ``Refused`` when that episode has an open draft.
    """
    to = lock_episode(to.pk)
    _check_may_edit(by)
    if open_draft(to) is not None:
        raise Refused("That episode has an open draft. Issue it or put it aside first.")
    desk = desk_of(to)
    copied = plan_of_version(version, desk)
    plan = edited(EMPTY, AddPlan(plan=copied, mode=Mode.APPEND), desk)
    in_force = Version.objects.issued().filter(programme__episode=to).first()
    return Draft.objects.create(episode=to, based_on=in_force, plan=flat(plan), started_by=by)


@transaction.atomic
def restore(version: Version, *, on: date, by: User) -> Draft:
    """An old version as a new draft of its episode; nothing of the record changes.

    Raises ``Refused`` when there is an open draft.
    """
    episode = lock_episode(version.programme.episode_id)
    _check_may_edit(by)
    if open_draft(episode) is not None:
        raise Refused("There is an open draft. Issue it or put it aside first.")
    desk = desk_of(episode)
    in_force = Version.objects.issued().filter(programme=version.programme_id).first()
    return Draft.objects.create(
        episode=episode,
        based_on=in_force,
        plan=flat(plan_of_version(version, desk)),
        started_by=by,
    )


def _check_may_edit(by: User) -> None:
    if not by.may(May.EDIT_PLAN):
        raise Refused("Plans are edited by an exercise physiologist.")


def _held(draft: Draft, by: User) -> Draft:
    """The draft as it is now, held until the transaction ends, if it may be edited."""
    episode = lock_episode(draft.episode_id)
    _check_may_edit(by)
    draft = Draft.objects.get(pk=draft.pk)
    if draft.issued_as_id is not None:
        raise Refused("This draft was issued meanwhile. Begin a new one to change the plan.")
    if draft.discarded_at is not None:
        raise Refused("This draft was put aside. Begin a new one to change the plan.")
    draft.episode = episode
    return draft


def _since(draft: Draft, known: int) -> list[DraftEdit]:
    if known >= draft.revision:
        return []
    edits = draft.edits.filter(number__gt=known)
    return list(edits.select_related("by").order_by("number"))


def _digest(content: str, by: User) -> str:
    return hashlib.sha256(json.dumps([content, by.pk]).encode()).hexdigest()


def _sent_before(since: list[DraftEdit], token: UUID, digest: str) -> DraftEdit | None:
    """The edit this token made. A page that sends one again has not seen it, so it is in there."""
    stored = next((each for each in since if each.form_token == token), None)
    if stored is not None and stored.form_digest != digest:
        raise Refused("This edit was sent before with other content. Reload the page.")
    return stored


def _answer(draft: Draft, stored: DraftEdit, since: list[DraftEdit]) -> Answer:
    others = tuple(each for each in since if each.pk != stored.pk)
    return Answer(draft=draft, patch=stored.patch, others=others, made=stored)


def _with_names(places: Mapping[str, Any], edits: Any) -> dict[str, tuple[Any, str]]:
    who = {place: str(each.by) for each in edits for place in each.patch}
    return {place: (value, who.get(place, "Somebody")) for place, value in places.items()}


def _store(
    draft: Draft,
    after: Mapping[str, Any],
    patch: Mapping[str, Any],
    since: list[DraftEdit],
    *,
    says: str,
    token: UUID,
    digest: str,
    by: User,
    of: DraftEdit | None = None,
    kind: DraftEdit.Kind = DraftEdit.Kind.EDIT,
) -> Answer:
    draft.plan, draft.revision, draft.changed_at = dict(after), draft.revision + 1, now()
    draft.save(update_fields=["plan", "revision", "changed_at"])
    made = DraftEdit.objects.create(
        draft=draft,
        number=draft.revision,
        kind=kind,
        of=of,
        says=says[:300],
        patch=dict(patch),
        form_token=token,
        form_digest=digest,
        by=by,
    )
    return Answer(draft=draft, patch=patch, others=tuple(since), made=made)
