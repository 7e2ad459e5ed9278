"""Letters about an episode."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from assessments.in_force import defaults_in_force as assessment_defaults_in_force
from assessments.models import Lock
from patients.actions import EditedMeanwhile, lock_episode, once
from patients.models import Episode, User
from programmes import letters
from programmes.models import Letter
from programmes.rules.letter import addressee, referral, report, signed_by_another
from upwell.clock import now
from upwell.http import Refused


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
    words = report(case, defaults=assessment_defaults_in_force())
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
