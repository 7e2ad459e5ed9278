"""Everything that changes programmes, sessions, decisions, handouts and letters."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from assessments.actions import reclassify
from assessments.models import Lock
from assessments.rules.contraindications import grade
from assessments.rules.terms import Location, Phase, Stage
from patients.actions import EditedMeanwhile, lock_episode, once
from patients.models import Episode, User
from patients.rules.roles import May
from programmes import letters
from programmes.models import (
    Decision,
    Handout,
    Item,
    Letter,
    MorningAfter,
    Programme,
    Session,
    Step,
    Version,
)
from programmes.rules.decision import n_ok_after
from programmes.rules.dose import dose_to_json, in_words
from programmes.rules.letter import addressee, referral, report, signed_by_another
from programmes.rules.library import exercise
from programmes.rules.position import IRRITABLE_AGAIN, Position, next_position
from programmes.rules.proposal import PlanProposal, StagePlan, item_concern, problems
from programmes.rules.terms import Outcome, Protocol
from programmes.rules.version import RULES_VERSION
from programmes.selectors.decisions import decision_card
from programmes.selectors.plans import (
    PlanOffer,
    cap,
    no_longer_suits,
    plan_offer,
    shape_of,
    step_at,
)
from programmes.selectors.standing import standing_of
from upwell.clock import now
from upwell.http import Refused


class ReasonNeeded(Refused):
    """An override without a reason."""


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


@transaction.atomic
def log_session(
    programme: Programme, *, form_token: UUID, by: User, step: UUID | None = None, **facts: Any
) -> Session:
    """A session held against the current step; the same form sent again gives the same session.

    ``facts`` are the fields of the session form; ``step`` is the code of the step the form showed.
    Raises ``Refused`` for a session before the programme, without a step to hold it against, and
    when the patient was moved to another step since the form was opened.
    """
    lock_episode(programme.episode_id)
    programme = Programme.objects.select_related("current_step__version").get(pk=programme.pk)
    return once(
        Session,
        form_token=form_token,
        content={"programme": programme.pk, **facts},
        create=lambda marks: _new_session(programme, step, by, {**facts, **marks}),
    )


def _new_session(
    programme: Programme, shown: UUID | None, by: User, values: dict[str, Any]
) -> Session:
    step = programme.current_step
    if step is None:
        raise Refused("There is no programme in force to log a session against.")
    if shown is not None and shown != step.code:
        raise Refused(f"The patient was moved to {step} meanwhile. Look at the new targets first.")
    if values["happened_on"] < programme.started_on:
        raise Refused(f"The programme began on {programme.started_on:%-d %B %Y}.")
    targets = [
        {"name": item.name, "dose": item.dose_words, "exercise": item.exercise}
        for item in step.items.all()
    ]
    return Session.objects.create(
        programme=programme,
        version=step.version,
        step=step,
        targets=targets,
        logged_by=by,
        **values,
    )


@transaction.atomic
def record_morning(
    session: Session, *, pain: int, stiffness_min: int | None, on: date, by: User
) -> MorningAfter:
    """The morning after a session, told on day ``on``.

    Raises ``Refused`` before that morning has come, and if other numbers are recorded already.
    """
    if on <= session.happened_on:
        raise Refused("The morning after has not come yet. Enter it tomorrow.")
    lock_episode(session.programme.episode_id)
    known = MorningAfter.objects.filter(session=session).first()
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
    shown: tuple[str, str] | None = None,
) -> Decision:
    """Confirm the proposal, or override it with a reason; the patient's step moves with it.

    ``shown`` is the proposed outcome and rule of the page that was answered. Raises ``Refused``
    when it is decided already, when the proposal has changed since, when an override has no
    reason, when a lock is open, or when the step chosen is one this tendon must not do.
    """
    lock_episode(session.programme.episode_id)
    # Read again under the lock: the morning after may have been told since the page was opened.
    session = Session.objects.whole().get(pk=session.pk)
    programme = session.programme
    if hasattr(session, "decision"):
        raise Refused("This session has been decided already.")
    card = decision_card(session, today=today)
    proposed = card.proposal
    if shown is not None and shown != (proposed.outcome, proposed.rule):
        raise Refused("The proposal has changed since you opened this page. Look at it again.")
    if outcome is Outcome.PENDING:
        raise Refused("Pending is not a decision: it waits for the morning after.")
    if outcome is not proposed.outcome and not reason.strip():
        raise ReasonNeeded("Give the reason for deciding otherwise than proposed.")
    if outcome is Outcome.PROGRESS and card.inputs["locked"]:
        raise Refused("A red flag is open: nothing moves up until a clinician has cleared it.")
    to_step = _destination(session, programme, outcome, proposed.rule, today)
    decision = Decision.objects.create(
        session=session,
        proposed=proposed.outcome,
        rule=proposed.rule,
        because=proposed.because,
        inputs=card.inputs,
        defaults=card.defaults,
        rules_version=RULES_VERSION,
        outcome=outcome,
        reason=reason.strip() if outcome is not proposed.outcome else "",
        n_ok_after=n_ok_after(outcome, proposed.rule, card.n_ok_before),
        from_step=session.step,
        to_step=to_step,
        decided_by=by,
    )
    if to_step != programme.current_step:
        programme.current_step, programme.at_step_since = to_step, today
        programme.save(update_fields=["current_step", "at_step_since"])
    if outcome is Outcome.REGRESS and proposed.rule == IRRITABLE_AGAIN:
        _irritable_again(programme.episode, session, today, by)
    return decision


def _destination(
    session: Session, programme: Programme, outcome: Outcome, rule: str, today: date
) -> Step:
    """The step the decision leads to; a session of an earlier step moves nothing any more."""
    assert programme.current_step is not None
    if session.step_id != programme.current_step_id:
        return programme.current_step
    steps = list(Step.objects.filter(version=session.version).order_by("order"))
    here = Position(stage=Stage(session.step.stage), step=session.step.number)
    move = next_position(shape_of(steps), here, outcome, rule=rule)
    step = step_at(steps, move.position)
    if outcome is Outcome.PROGRESS:
        tendon = standing_of(programme.episode, today).tendon
        if reason := cap(step, tendon):
            raise Refused(reason)
    return step


def _irritable_again(episode: Episode, session: Session, today: date, by: User) -> None:
    """New warmth or swelling makes the tendon reactive again; the earlier phase stays on record."""
    previous = episode.classifications.in_force().first()
    if previous is None or previous.pathway == "settle":
        return
    chronic = previous.phase in (Phase.DEGENERATIVE, Phase.DISREPAIR)
    reclassify(
        previous,
        phase=Phase.REACTIVE_ON_DEGENERATIVE if chronic else Phase.REACTIVE,
        reason=f"Newly warm or swollen after the session of {session.happened_on:%-d %B %Y}.",
        on=today,
        by=by,
    )


@transaction.atomic
def print_handout(
    version: Version,
    *,
    options: dict[str, Any],
    form_token: UUID,
    today: date,
    by: User,
) -> Handout:
    """A paper for the patient: the current step of this version, with a code of its own.

    The same form sent again gives the same paper. Raises ``Refused`` while a red flag is open, for
    a version that is no longer in force, and for a step this tendon must not do any more.
    """
    lock_episode(version.programme.episode_id)
    return once(
        Handout,
        form_token=form_token,
        content={"version": version.pk, **options},
        create=lambda marks: _new_handout(version, today, by, {"options": options, **marks}),
    )


def _new_handout(version: Version, today: date, by: User, values: dict[str, Any]) -> Handout:
    programme = Programme.objects.select_related("episode", "current_step").get(
        pk=version.programme_id
    )
    step = programme.current_step
    if step is None or step.version_id != version.pk:
        raise Refused(f"Version {version.number} is no longer in force. Print the newest one.")
    tendon = standing_of(programme.episode, today).tendon
    if tendon.locked:
        raise Refused("A red flag is open: nothing is printed until a clinician has cleared it.")
    if unsuitable := no_longer_suits(step, tendon):
        raise Refused(f"This step is not for this tendon now: {unsuitable[0].because}")
    return Handout.objects.create(version=version, step=step, printed_by=by, **values)


@transaction.atomic
def write_report(
    episode: Episode, *, form_token: UUID, on: date, by: User, source: UUID | None = None
) -> Letter:
    """A letter to the GP or referrer from what is on record, also after the discharge.

    ``source`` is the code of a letter of this episode to begin from instead; its kind is kept. The
    same form sent again gives the same letter. Raises ``Refused`` for an unknown source.
    """
    episode = lock_episode(episode.pk, closed_too=True)
    copied = episode.letters.filter(code=source).first() if source else None
    if source and copied is None:
        raise Refused("The letter to begin from is not one of this episode.")
    return once(
        Letter,
        form_token=form_token,
        content={"episode": episode.pk, "source": source},
        create=lambda marks: (
            _copy(copied, {}, on, by, marks) if copied else _new_report(episode, on, by, marks)
        ),
    )


def _new_report(episode: Episode, on: date, by: User, marks: dict[str, Any]) -> Letter:
    case = letters.report_case(episode, on=on, by=by)
    words = report(case)
    return Letter.objects.create(
        episode=episode,
        assessment=episode.assessments.signed().newest_first().first(),
        kind=Letter.Kind.REPORT,
        recipient=addressee(None, episode.patient.referrer),
        subject=words.subject,
        body=words.body,
        # One score alone makes no picture.
        with_chart=case.first != case.last,
        dated_on=on,
        written_by=by,
        **marks,
    )


@transaction.atomic
def write_referral(
    lock: Lock, *, form_token: UUID, on: date, by: User, again: bool = False
) -> Letter:
    """The referral letter for a red flag.

    One that is not printed yet is gone on with, unless it is to be written ``again`` from the
    record. The same form sent again gives the same letter.
    """
    episode = lock_episode(lock.episode_id, closed_too=True)
    lock = Lock.objects.select_related("cleared_by").get(pk=lock.pk)
    begun = lock.letters.filter(printed_at=None).first()
    if begun is not None and not again:
        return begun
    return once(
        Letter,
        form_token=form_token,
        content={"lock": lock.pk},
        create=lambda marks: _new_referral(lock, episode, on, by, marks),
    )


def _new_referral(
    lock: Lock, episode: Episode, on: date, by: User, marks: dict[str, Any]
) -> Letter:
    flag = letters.flag_of(lock)
    words = referral(letters.referral_case(lock, on=on, by=by), flag)
    return Letter.objects.create(
        episode=episode,
        assessment=letters.examination_of(lock),
        lock=lock,
        kind=Letter.Kind.REFERRAL,
        recipient=addressee(flag, episode.patient.referrer),
        subject=words.subject,
        body=words.body,
        with_chart=False,
        dated_on=on,
        written_by=by,
        **marks,
    )


@transaction.atomic
def save_letter(
    letter: Letter, *, version: int, by: User, printing: bool = False, **words: Any
) -> Letter:
    """Store the words of a letter; ``printing`` freezes it and its PDF, signed by who prints.

    Raises ``EditedMeanwhile`` when somebody saved or printed it since ``version``, and ``Refused``
    where this machine can't print. Sent twice, the same words are stored once.
    """
    lock_episode(letter.episode_id, closed_too=True)
    stored = Letter.objects.select_related("episode__patient", "written_by", "printed_by").get(
        pk=letter.pk
    )
    typed = words
    if printing:
        before, signing = letters.writer(stored.written_by), letters.writer(by)
        body = words.get("body", stored.body)
        words = {**words, "body": signed_by_another(body, before=before, now=signing)}
    same = any(
        all(getattr(stored, name) == value for name, value in each.items())
        for each in (typed, words)
    )
    if same and (stored.printed_at or (stored.version != version and not printing)):
        return stored  # the same page sent twice: it is done already
    if stored.printed_at or (stored.version != version and not same):
        raise EditedMeanwhile(stored)
    moment = now()
    changed = {**words, "version": F("version") + 1, "saved_at": moment}
    if printing:
        for name, value in {**words, "printed_at": moment}.items():
            setattr(stored, name, value)
        # Made under the lock, so that what is kept is what the record says at this moment.
        pdf = letters.rendered(stored)
        changed |= {"printed_at": moment, "printed_by": by, "printed_pdf": pdf}
    Letter.objects.filter(pk=letter.pk).update(**changed)
    return Letter.objects.get(pk=letter.pk)


@transaction.atomic
def copy_letter(letter: Letter, *, form_token: UUID, by: User, **words: Any) -> Letter:
    """A new letter like this one with these words, to go on with after it was printed.

    The same form sent again gives the same letter.
    """
    lock_episode(letter.episode_id, closed_too=True)
    on = words["dated_on"]
    return once(
        Letter,
        form_token=form_token,
        content={"copied": letter.pk, **words},
        create=lambda marks: _copy(letter, words, on, by, marks),
    )


def _copy(
    letter: Letter, words: dict[str, Any], on: date, by: User, marks: dict[str, Any]
) -> Letter:
    before, signing = letters.writer(letter.written_by), letters.writer(by)
    body = words.get("body", letter.body)
    kept = {name: getattr(letter, name) for name in ("recipient", "subject", "with_chart")}
    return Letter.objects.create(
        **{
            **kept,
            "dated_on": on,
            **words,
            "body": signed_by_another(body, before=before, now=signing),
            "episode_id": letter.episode_id,
            "assessment_id": letter.assessment_id,
            "lock_id": letter.lock_id,
            "kind": letter.kind,
            "written_by": by,
            **marks,
        }
    )
