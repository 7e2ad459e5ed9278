"""Drafts of plans: begun, edited by one or several people, taken back, issued, copied, kept."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from assessments.in_force import defaults_in_force as assessment_defaults_in_force
from assessments.rules.terms import Stage
from patients.actions import constraint_of, lock_episode, once
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
from programmes.rules.safety import PlanTendon
from programmes.rules.unlocking import lacking_to_unlock
from programmes.selectors.drafts import (
    desk_of,
    draft_page,
    is_behind,
    open_draft,
    plan_from,
    plan_of_version,
    plan_tendon,
    turns_of,
)
from programmes.selectors.plans import plan_offer
from programmes.selectors.standing import standing_of
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
    kind, _, which = source.partition(":")
    if kind in ("protocol", "template"):
        plan = edited(EMPTY, AddPlan(plan=plan, mode=Mode.APPEND), desk)
    from_version = None
    if kind == "version":
        from_version = Version.objects.get(code=which)
    return _begin(episode, plan, based_on=from_version, by=by)


def _begin(
    episode: Episode,
    plan: Plan,
    *,
    by: User,
    based_on: Version | None = None,
    **marks: Any,
) -> Draft:
    """A new draft. Raises ``Refused`` when there is an open one."""
    if open_draft(episode) is not None:
        raise Refused("There is an open draft already. Issue it or put it aside first.")
    in_force = Version.objects.issued().filter(programme__episode=episode).first()
    return Draft.objects.create(
        episode=episode,
        based_on=based_on,
        in_force=in_force,
        plan=flat(plan),
        started_by=by,
        **marks,
    )


def edit_draft(
    draft: Draft, *, edit: Edit, known: int, token: UUID, by: User, desk: Desk | None = None
) -> Answer:
    """One edit of a draft, by a page that had seen its first ``known`` edits.

    The same ``token`` is stored once. Raises ``DraftClash`` when others changed the same places
    since, and ``Refused`` with a sentence when the edit can't be made.
    """
    # The ids of an added plan are made anew each time it is sent.
    content = f"{edit.name} {edit.mode}" if isinstance(edit, AddPlan) else repr(edit)
    digest = _digest(content, by)
    with _once(draft, token, digest) as kept:
        kept.answer = _edit(draft, edit, known, token, digest, by, desk)
    return kept.answer


@transaction.atomic
def _edit(
    draft: Draft,
    edit: Edit,
    known: int,
    token: UUID,
    digest: str,
    by: User,
    desk: Desk | None,
) -> Answer:
    draft = _held(draft, by)
    desk = desk or desk_of(draft.episode)
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


def undo_draft(draft: Draft, *, known: int, token: UUID, by: User, redo: bool = False) -> Answer:
    """Take back this person's last edit, or do again what they took back last.

    Exactly the places it changed become what they were. Raises ``DraftClash`` when somebody else
    has changed one of them since, and ``Refused`` when there is nothing to take back.
    """
    digest = _digest("redo" if redo else "undo", by)
    with _once(draft, token, digest) as kept:
        kept.answer = _undo(draft, known, token, digest, by, redo)
    return kept.answer


@transaction.atomic
def _undo(draft: Draft, known: int, token: UUID, digest: str, by: User, redo: bool) -> Answer:
    draft = _held(draft, by)
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
    on at the step ``stand_at``, or where they stand now. A step further on than they have come
    needs a reason (``ReasonNeeded``). Sent twice, it is one version. Raises ``Refused`` with
    everything that stands against it.
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
    reached = _reached(programme.current_step, episode, page.tendon, on)
    steps = list(version.steps.order_by("order"))
    chosen = next((each for each in steps if each.column == stand_at), None)
    if chosen is None:
        chosen = _where_to_stand(steps, programme.current_step, reached)
    same = programme.current_step is not None and _one_column(chosen, programme.current_step)
    jumps = _place(chosen) > reached and not same
    if jumps and not reason.strip():
        raise ReasonNeeded(
            f"{chosen} lies further on than the patient has come. Give the reason for it."
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


Place = tuple[int, int]
"""A stage and a step in it, as they come one after the other."""


def _place(step: Step) -> Place:
    return STAGES.index(Stage(step.stage)), step.number


def _one_column(one: Step, other: Step) -> bool:
    return bool(one.column) and (one.stage, one.column) == (other.stage, other.column)


def _reached(current: Step | None, episode: Episode, tendon: PlanTendon, on: date) -> Place:
    """How far the patient has come: where they stand, or where the examination lets them begin.

    A tendon that is held to the isometric stage begins it anew, unless it stands in it.
    """
    first = (STAGES.index(Stage.ISOMETRIC), 1)
    if current is not None:
        there = _place(current)
        return first if tendon.isometric_only and there[0] > first[0] else there
    offer = plan_offer(episode, on=on)
    return STAGES.index(offer.stage or Stage.ISOMETRIC), 1


def _where_to_stand(steps: list[Step], current: Step | None, reached: Place) -> Step:
    """The step of a new version a patient goes on at: the same one, or the last one reached."""
    if current is not None:
        same = [each for each in steps if _one_column(each, current)]
        if same:
            return same[0]
    return next((each for each in reversed(steps) if _place(each) <= reached), steps[0])


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
    if not by.may(May.ASSESS):
        raise Refused("An unlock is signed by a clinician.")
    if not reason.strip():
        raise ReasonNeeded("Give the reason for the unlock.")
    standing = standing_of(episode, on)
    lacking = lacking_to_unlock(
        code,
        location=standing.tendon.location,
        dorsiflexion_pain=dorsiflexion_pain,
        since=since,
        on=on,
        stage=Stage(standing.step.stage) if standing.step else None,
        held_back=plan_tendon(episode, on, standing).isometric_only,
        defaults=assessment_defaults_in_force(),
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
def keep_version_as_template(
    version: Version, *, name: str, note: str, form_token: UUID, by: User
) -> PlanTemplate:
    """Keep an issued plan as a template of the practice, for either leg.

    Raises ``Refused`` for a name that is taken, by a built-in protocol or another template.
    """
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
def copy_plan(version: Version, *, to: Episode, form_token: UUID, on: date, by: User) -> Draft:
    """The whole plan of a version as a draft for another episode, either leg, anybody's.

    Nothing is left out: what that tendon must not do is marked there and stops issuing. The same
    form sent again gives the same draft. Raises ``Refused`` when that episode has an open one.
    """
    to = lock_episode(to.pk)
    _check_may_edit(by)
    desk = desk_of(to)

    def create(marks: dict[str, Any]) -> Draft:
        copied = plan_of_version(version, desk)
        plan = edited(EMPTY, AddPlan(plan=copied, mode=Mode.APPEND), desk)
        return _begin(to, plan, by=by, **marks)

    content = {"copied": version.pk, "to": to.pk}
    return once(Draft, form_token=form_token, content=content, create=create)


@transaction.atomic
def restore(version: Version, *, form_token: UUID, on: date, by: User) -> Draft:
    """An old version as a new draft of its episode; nothing of the record changes.

    The same form sent again gives the same draft. Raises ``Refused`` when there is an open one.
    """
    episode = lock_episode(version.programme.episode_id)
    _check_may_edit(by)

    def create(marks: dict[str, Any]) -> Draft:
        plan = plan_of_version(version, desk_of(episode))
        return _begin(episode, plan, based_on=version, by=by, **marks)

    content = {"restored": version.pk}
    return once(Draft, form_token=form_token, content=content, create=create)


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
    if known > draft.revision:
        raise Refused("This page shows another draft. Reload it.")
    if known == draft.revision:
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


@dataclass(slots=True)
class _Kept:
    """What an edit is answered with."""

    answer: Answer = field(init=False)


@contextmanager
def _once(draft: Draft, token: UUID, digest: str) -> Iterator[_Kept]:
    """Answers an edit whose token was stored before, by whatever page, with the edit it made."""
    kept = _Kept()
    try:
        yield kept
    except (IntegrityError, Refused) as error:
        if isinstance(error, IntegrityError) and "form_token" not in constraint_of(error):
            raise
        # What was done already may look impossible now: the same exercise added twice.
        edits = DraftEdit.objects.select_related("draft__episode")
        stored = edits.filter(form_token=token).first()
        if stored is None:
            raise
        if (stored.draft_id, stored.form_digest) != (draft.pk, digest):
            raise Refused(
                "This edit was sent before with other content. Reload the page."
            ) from error
        kept.answer = Answer(draft=stored.draft, patch=stored.patch, others=(), made=stored)


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
