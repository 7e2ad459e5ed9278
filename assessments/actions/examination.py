"""Everything that changes assessments, classifications and locks."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from assessments.models import (
    Assessment,
    Classification,
    FunctionTest,
    HeelRaiseTest,
    Lock,
    Treatment,
    VisaA,
)
from assessments.rules.examination import Findings
from assessments.rules.phase import pathway
from assessments.rules.terms import Level, Location, Phase
from assessments.rules.version import RULES_VERSION
from assessments.selectors import (
    EXAMINATION_FIELDS,
    HEEL_RAISE_FIELDS,
    HOP_FIELDS,
    TREATMENT_FIELDS,
    VISA_FIELDS,
    findings,
    is_bilateral,
    recorded,
    visa_answers,
)
from assessments.wording import words_in_force, words_of
from patients.actions import EditedMeanwhile, lock_episode
from patients.models import Episode, User
from patients.rules.age import why_not_adult
from upwell.clock import now
from upwell.http import Refused

# How long a red flag counts as a slip of whoever ticked it.
SLIP = timedelta(minutes=15)


@transaction.atomic
def start_assessment(episode: Episode, *, on: date, by: User) -> Assessment:
    """The open draft of this episode, or a new one.

    Raises ``Refused`` for a closed episode and for a patient under 18.
    """
    episode = lock_episode(episode.pk)
    check_may_be_assessed(episode, on)
    draft = episode.assessments.draft()
    return draft or Assessment.objects.create(episode=episode, examined_on=on, created_by=by)


def check_may_be_assessed(episode: Episode, on: date) -> None:
    """Raise ``Refused`` with the reason for a closed episode and for a patient under 18."""
    if not episode.is_open:
        raise Refused("This episode is closed. Open a new one to examine the tendon again.")
    if reason := why_not_adult(episode.patient.age_on(on)):
        raise Refused(reason)


@transaction.atomic
def save_draft(
    assessment: Assessment, values: Mapping[str, Any], *, version: int, by: User
) -> Assessment:
    """Store the page's values; red flags among them lock the episode at once.

    ``values`` holds fields of ``selectors.PAGE_FIELDS``; one that isn't there keeps what is stored.
    Raises ``Refused`` for a signed assessment and
    ``EditedMeanwhile`` when somebody saved since ``version``.
    """
    episode = lock_episode(assessment.episode_id)
    stored = Assessment.objects.all().whole().get(pk=assessment.pk)
    values = {**recorded(stored), **values}
    check_may_be_assessed(episode, values["examined_on"])
    if stored.is_signed:
        raise Refused("This assessment is signed. It no longer changes.")
    if not stored.is_draft:
        raise Refused("This draft was discarded. Examine again to begin a new one.")
    if stored.version != version:
        if all(values[name] == value for name, value in recorded(stored).items()):
            return stored  # the same page sent twice: it is saved already
        raise EditedMeanwhile(stored)
    Assessment.objects.filter(pk=assessment.pk).update(
        version=F("version") + 1,
        saved_at=now(),
        **{name: values[name] for name in EXAMINATION_FIELDS},
    )
    _save_visa(stored, values, by)
    _save_heel_raise(stored, values, by)
    _save_hops(stored, values, by)
    _save_treatments(stored, values)
    saved = Assessment.objects.all().whole().get(pk=assessment.pk)
    _withdraw_and_raise_locks(saved, by)
    return Assessment.objects.all().whole().get(pk=assessment.pk)


def _save_visa(assessment: Assessment, values: Mapping[str, Any], by: User) -> None:
    answers = visa_answers(values)
    if answers is None and not hasattr(assessment, "visa"):
        return
    items = list(answers.items) if answers else [None] * 8
    # The wording is that of the moment the answers were given, not of a later save of the page.
    known = getattr(assessment, "visa", None) or getattr(assessment.amends, "visa", None)
    as_before = known and all(getattr(known, name) == values[name] for name in VISA_FIELDS)
    words = words_of(known) if as_before else words_in_force()
    VisaA.objects.update_or_create(
        assessment=assessment,
        defaults={
            **words.stamp,
            **{name: values[name] for name in VISA_FIELDS},
            "episode": assessment.episode,
            "answered_on": values["examined_on"],
            "items": items,
            "total": answers.total if answers else None,
            "rules_version": RULES_VERSION,
            "recorded_by": by,
        },
    )


def _save_heel_raise(assessment: Assessment, values: Mapping[str, Any], by: User) -> None:
    measured = any(values[name] not in (None, "") for name in HEEL_RAISE_FIELDS)
    if not measured and not hasattr(assessment, "heel_raise"):
        return
    HeelRaiseTest.objects.update_or_create(
        assessment=assessment,
        defaults={
            **{name: values[name] for name in HEEL_RAISE_FIELDS},
            "episode": assessment.episode,
            "tested_on": values["examined_on"],
            "recorded_by": by,
        },
    )


def _save_hops(assessment: Assessment, values: Mapping[str, Any], by: User) -> None:
    measured = any(values[name] is not None for name in HOP_FIELDS)
    if not measured and not hasattr(assessment, "function"):
        return
    FunctionTest.objects.update_or_create(
        assessment=assessment,
        defaults={
            **{name: values[name] for name in HOP_FIELDS},
            "episode": assessment.episode,
            "tested_on": values["examined_on"],
            "recorded_by": by,
        },
    )


def _save_treatments(assessment: Assessment, values: Mapping[str, Any]) -> None:
    known = {treatment.kind for treatment in assessment.treatments.all()}
    for kind, (tried, since, until) in TREATMENT_FIELDS.items():
        if values[tried] is not None or kind in known:
            Treatment.objects.update_or_create(
                assessment=assessment,
                kind=kind,
                defaults={
                    "tried": values[tried],
                    "since_on": values[since],
                    "until_on": values[until],
                },
            )


def _withdraw_and_raise_locks(assessment: Assessment, by: User) -> None:
    """Lock the episode for each red flag that isn't locked yet or cleared for this assessment.

    A slip takes its lock back: an answer that whoever gave it changes within a few minutes, before
    the signature. The lock stays on record as withdrawn, and the same answer locks again.
    """
    found = findings(assessment, bilateral=False)
    raised = {flag.id for flag in found.open_flags}
    slips = assessment.locks.open().filter(raised_by=by, raised_at__gte=now() - SLIP)
    slips.exclude(flag__in=raised).update(
        cleared_at=now(),
        cleared_by=by,
        withdrawn=True,
        reason="Withdrawn: the answer was taken back in the draft by whoever gave it.",
    )
    known = set(assessment.locks.filter(withdrawn=False).values_list("flag", flat=True))
    known |= set(assessment.episode.locks.open().values_list("flag", flat=True))
    for flag in found.open_flags:
        if flag.level is not Level.ROUTINE and flag.id not in known:
            Lock.objects.create(
                episode=assessment.episode,
                assessment=assessment,
                flag=flag.id,
                level=flag.level,
                says=flag.finding.says,
                what_to_do=flag.action,
                raised_by=by,
            )


def missing_to_sign(found: Findings, values: Mapping[str, Any]) -> tuple[str, ...]:
    """What must be recorded before this assessment can be signed; empty when it can.

    In an emergency nothing more is asked: the record of the red flag is what matters.
    """
    if found.emergency:
        return ()
    missing = []
    if found.unanswered:
        missing.append("The screening: every group needs an answer.")
    if values.get("cortisone") is None:
        missing.append("Whether cortisone was ever injected at this tendon.")
    if values.get("tender_cm") is None:
        missing.append("Palpation: tender points, or that there is none.")
    if values.get("sl_heel_raise_pain") is None:
        missing.append("Pain in one single-leg heel raise.")
    return tuple(missing)


@transaction.atomic
def sign(
    assessment: Assessment,
    *,
    location: Location | None,
    phase: Phase | None,
    reason: str,
    version: int,
    by: User,
) -> Assessment:
    """Freeze the assessment with the clinician's classification of the tendon.

    Only in an emergency may ``location`` and ``phase`` be None: then nothing is classified.

    Raises ``Refused`` when it is signed already, incomplete, or differs from the suggestion without
    a reason, and ``EditedMeanwhile`` when somebody saved since ``version``.
    """
    lock_episode(assessment.episode_id)
    stored = Assessment.objects.get(pk=assessment.pk)
    if stored.is_signed:
        raise Refused("This assessment is signed already.")
    if not stored.is_draft:
        raise Refused("This draft was discarded.")
    if stored.version != version:
        raise EditedMeanwhile(Assessment.objects.all().whole().get(pk=assessment.pk))
    assessment = Assessment.objects.all().whole().get(pk=assessment.pk)
    bilateral = is_bilateral(assessment.episode)
    found = findings(assessment, bilateral=bilateral)
    if missing := missing_to_sign(found, recorded(assessment)):
        raise Refused(" ".join(missing))
    if location is not None and phase is not None:
        _classify(assessment, found, location, phase, reason.strip(), by)
    elif not found.emergency:
        raise Refused("Set the location and the phase.")
    moment = now()
    Assessment.objects.filter(pk=assessment.pk).update(
        status=Assessment.Status.SIGNED,
        signed_by=by,
        signed_at=moment,
        bilateral=bilateral,
        version=F("version") + 1,
    )
    if assessment.amends_id:
        Assessment.objects.filter(pk=assessment.amends_id).update(superseded=True)
        if location is not None:
            _correct_location(assessment, location, moment, by)
    return Assessment.objects.all().whole().get(pk=assessment.pk)


def _correct_location(
    amendment: Assessment, location: Location, moment: datetime, by: User
) -> None:
    """Take the signed location into what a session made of the amended examination since.

    The phase set there stays, as does its day; a newer examination has a location of its own.
    """
    latest = Classification.objects.in_force().filter(episode=amendment.episode_id).first()
    if latest is None or latest.location == location:
        return
    amended = amendment.amends
    while amended is not None and amended.pk != latest.assessment_id:
        amended = amended.amends
    if amended is None:
        return
    Classification.objects.create(
        episode=amendment.episode,
        assessment=amendment,
        location=location,
        phase=latest.phase,
        pathway=latest.pathway,
        suggested_location=latest.location,
        suggested_phase=latest.phase,
        reason=amendment.amendment_reason,
        rules_version=RULES_VERSION,
        set_on=latest.set_on,
        set_by=by,
        # Made with the signature, so it goes with it if this one is amended in turn.
        set_at=moment,
    )


def _classify(
    assessment: Assessment, found: Findings, location: Location, phase: Phase, reason: str, by: User
) -> None:
    differs = location != found.location or phase != found.phase
    if differs and not reason:
        raise Refused("This differs from what the findings suggest: give a reason.")
    Classification.objects.create(
        episode=assessment.episode,
        assessment=assessment,
        location=location,
        phase=phase,
        pathway=pathway(phase) or "",
        suggested_location=found.location,
        suggested_phase=found.phase or "",
        reason=reason if differs else "",
        rules_version=RULES_VERSION,
        set_on=assessment.examined_on,
        set_by=by,
    )


@transaction.atomic
def reclassify(
    previous: Classification, *, phase: Phase, reason: str, on: date, by: User
) -> Classification:
    """A later classification of the same tendon, outside an examination; the earlier one stays."""
    return Classification.objects.create(
        episode=previous.episode,
        assessment=previous.assessment,
        location=previous.location,
        phase=phase,
        pathway=pathway(phase) or "",
        suggested_location=previous.location,
        suggested_phase=previous.phase,
        reason=reason,
        rules_version=RULES_VERSION,
        set_on=on,
        set_by=by,
    )


@transaction.atomic
def clear_lock(lock: Lock, *, reason: str, by: User) -> Lock:
    """Clear a lock under the clinician's name. Raises ``Refused`` if it was cleared before."""
    lock_episode(lock.episode_id, closed_too=True)
    cleared = (
        Lock.objects.open()
        .filter(pk=lock.pk)
        .update(cleared_at=now(), cleared_by=by, reason=reason)
    )
    if not cleared:
        raise Refused("Somebody has cleared this already.")
    lock.refresh_from_db()
    return lock
