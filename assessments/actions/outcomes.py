"""Recording questionnaires outside an assessment, and striking wrong entries out."""

from datetime import date
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction

from assessments.models import OtherScore, VisaA
from assessments.rules.terms import ReportedBy
from assessments.rules.trajectory import known_score, score_key
from assessments.rules.version import RULES_VERSION
from assessments.selectors import VISA_FIELDS, visa_answers
from assessments.wording import Words
from patients.actions import lock_episode, once
from patients.models import Episode, User
from patients.rules.age import why_not_adult
from upwell.clock import now
from upwell.http import Refused

Score = TypeVar("Score", VisaA, OtherScore)


class SameVisa(Refused):
    """A VISA-A of that day with the very same answers is recorded already."""


@transaction.atomic
def record_visa(
    episode: Episode,
    *,
    form_token: UUID,
    on: date,
    reported_by: ReportedBy,
    words: Words,
    by: User,
    again: bool = False,
    **answers: Any,
) -> VisaA:
    """A VISA-A at any time; the same form sent again gives the same row.

    ``answers`` are ``selectors.VISA_FIELDS``; with one missing it is stored without a total. Raises
    ``Refused`` when nothing is answered, for a closed episode and for a day that can't be, and
    ``SameVisa`` for the day and answers of another one, unless ``again`` says that it is meant.
    """
    episode = lock_episode(episode.pk)
    check_day(episode, on, reported_by)
    stored = {name: answers[name] for name in VISA_FIELDS}
    points = visa_answers(stored)
    if points is None:
        raise Refused("Not one item is answered yet.")
    others = episode.visas.on_record().exclude(form_token=form_token)
    if not again and others.filter(struck_at=None, answered_on=on, **stored).exists():
        raise SameVisa(
            f"A VISA-A of {on:%-d %B %Y} with the same answers is recorded already. Nothing is"
            " saved yet."
        )
    content = {"episode": episode.pk, "on": on, "reported_by": reported_by, **stored}
    return once(
        VisaA,
        form_token=form_token,
        content={**content, "wording": words.name},
        create=lambda marks: VisaA.objects.create(
            episode=episode,
            answered_on=on,
            reported_by=reported_by,
            items=list(points.items),
            total=points.total,
            rules_version=RULES_VERSION,
            recorded_by=by,
            **words.stamp,
            **stored,
            **marks,
        ),
    )


def check_day(episode: Episode, on: date, reported_by: ReportedBy) -> None:
    """Raise ``Refused`` for a day on which this score can't have been answered.

    What was answered on paper may be older than the episode (sent along by a referrer, say); what
    was told here can't.
    """
    if on < episode.opened_on and reported_by is not ReportedBy.PAPER:
        raise Refused(
            f"The episode was opened on {episode.opened_on:%-d %B %Y}. Only what came on paper can"
            " be older."
        )
    if on < episode.patient.date_of_birth:
        raise Refused("That is before the patient was born.")
    if reason := why_not_adult(episode.patient.age_on(on)):
        raise Refused(f"On that day: {reason}")


@transaction.atomic
def record_score(
    episode: Episode,
    *,
    form_token: UUID,
    name: str,
    value: Decimal,
    better: str,
    on: date,
    reported_by: ReportedBy,
    note: str,
    by: User,
) -> OtherScore:
    """The total of another questionnaire; the same form sent again gives the same row.

    Raises ``Refused`` for a closed episode, a day that can't be, and when earlier totals of that
    name run the other way.
    """
    episode = lock_episode(episode.pk)
    check_day(episode, on, reported_by)
    counted = episode.other_scores.filter(struck_at=None).exclude(form_token=form_token)
    same = [score for score in counted if score_key(score.name) == score_key(name)]
    if same:
        earlier = same[0]
        name = known_score(name) or earlier.name
        if earlier.better != better:
            raise Refused(
                f"For {name}, “{earlier.get_better_display().lower()}” was recorded before. Choose"
                " the same, or strike the earlier total out."
            )
    columns = {
        "name": name,
        "value": value,
        "better": better,
        "answered_on": on,
        "reported_by": reported_by,
        "note": note,
    }
    return once(
        OtherScore,
        form_token=form_token,
        content={"episode": episode.pk, **columns},
        create=lambda marks: OtherScore.objects.create(
            episode=episode, recorded_by=by, **columns, **marks
        ),
    )


@transaction.atomic
def strike_score(score: Score, *, reason: str, by: User) -> Score:
    """Strike a wrong entry out: it stays readable with the reason, and counts nowhere.

    Raises ``Refused`` for one struck out before, one of an assessment and a closed episode.
    """
    lock_episode(score.episode_id)
    if isinstance(score, VisaA) and score.assessment_id is not None:
        raise Refused("This VISA-A belongs to an assessment. Correct it there, by an amendment.")
    struck = type(score)._default_manager.filter(pk=score.pk, struck_at=None)
    if not struck.update(struck_at=now(), struck_by=by, struck_reason=reason):
        raise Refused("Somebody has struck this out already.")
    score.refresh_from_db()
    return score
