"""What the day's list reads: a bounded amount of each open episode, and nothing of closed ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import DateField, Exists, ExpressionWrapper, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from assessments.in_force import defaults_in_force as assessment_defaults_in_force
from assessments.models import Assessment, HeelRaiseTest, VisaA
from assessments.rules.terms import Stage
from assessments.rules.visa import CEILING_NO_SPORT
from patients.models import Episode, EpisodeQuerySet, Reopening, User
from programmes.in_force import defaults_in_force
from programmes.models import Correction, Draft, Move, Session, Step
from programmes.rules.day import Score
from programmes.rules.gate import criteria_of
from programmes.rules.terms import Outcome, ReviewOutcome
from programmes.selectors.adherence import Course, courses, review_of
from programmes.selectors.decisions import measurements
from programmes.selectors.standing import (
    Standing,
    isometric_only,
    standing,
    standings,
    standings_with_tests,
    tests_of,
)

# Twice a day for the two weeks in which steps back are counted, and a few more.
SESSIONS_READ = 30
# A list of more open episodes than this is no list of a day, and takes seconds to judge: of a large
# practice everybody's is by name, and only a page of it is judged. Nobody turns twenty pages.
JUDGED_AT_ONCE = 200
LISTED = 1000
# Of a session held back by a stage exit: as many as the last eight weeks of daily work.
SESSIONS_JUDGED = 56
HELD_BY_AN_EXIT = "D8-E"
# What may ask for a step back, beside the morning after.
TOLD_OF_A_SESSION = (
    "pain_before",
    "pain_during",
    "pain_after",
    "stiffness_min",
    "new_warm_or_swollen",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One open episode as the list judges it. Days are None where there is none.

    ``recent`` are the newest sessions, the last first, each with the day it was ("on"), what was
    told of it and when ("logged"), and of its decision "outcome", "proposed", "rule", "exits" and
    the moment ("at"), None while undecided; "told" is when its morning after was told, "corrected"
    what its newest correction says of the rule, and when. ``signed_at`` is the moment the newest
    examination was signed. ``scores`` are the newest complete total and the newest one as much
    older as a plateau asks for, ``score_ceiling`` the most that both could have reached
    where that is less than usual.
    ``criteria_met`` is whether the stage exit that held the last step up is met since.
    """

    standing: Standing
    recent: Sequence[Mapping[str, Any]]
    flare_on: date | None
    flare_at: datetime | None
    signed_at: datetime | None
    reopened_on: date | None
    scores: tuple[Score, ...]
    score_ceiling: int | None
    raises_on: date | None
    plan_draft: bool
    criteria_met: bool
    review: ReviewOutcome | None


def days(today: date, *, clinician: User | None) -> list[Day]:
    """Open episodes, of one clinician or of all, in six queries at most.

    Of all they are the first by name where more are open than are judged at once.
    """
    if clinician is not None:
        return _days(standings().open().filter(clinician=clinician), today)
    if open_now() > JUDGED_AT_ONCE:
        first = listed_by_name()[:JUDGED_AT_ONCE]
        return _days(standings().filter(pk__in=first), today)
    return days_of_all(today)


def days_of_all(today: date) -> list[Day]:
    """Every open episode, for who has looked at ``open_now`` already."""
    return _days(standings().open(), today)


def days_of(keys: Sequence[int], today: date) -> list[Day]:
    """The episodes with these keys as the list judges them, in five queries at most."""
    return _days(standings().filter(pk__in=keys), today)


def open_now() -> int:
    """How many episodes are open, counted no further than a list by name goes."""
    return Episode.objects.open().order_by()[:LISTED].count()


def listed_by_name() -> "QuerySet[Episode, int]":
    """The keys of the first open episodes by the patient's name."""
    ordered = Episode.objects.open().order_by("patient__family_name", "patient__given_name", "pk")
    return ordered.values_list("pk", flat=True)[:LISTED]


def _days(episodes: "EpisodeQuerySet", today: date) -> list[Day]:
    rows = [(row, standing(row, today)) for row in _with_day(episodes)]
    met = _exits_met(rows, today)
    due = [found.programme for row, found in rows if found.programme and _review_is_due(row, found)]
    course = courses(due, until=today)
    return [_day_of(row, found, met, course) for row, found in rows]


def day_of(episode: Episode, today: date) -> Day:
    """One episode as the list judges it, in one query.

    The review and a stage exit met since are left out: they take more queries, and both lead to
    what its own page offers anyway.
    """
    row = _with_day(standings()).get(pk=episode.pk)
    return _day_of(row, standing(row, today), set(), {})


def _with_day(episodes: "EpisodeQuerySet") -> "EpisodeQuerySet":
    """These of ``standings`` with everything the list judges an episode by."""
    of_episode = {"episode": OuterRef("pk")}
    of_programme = {"programme": OuterRef("programme__pk")}
    # By the programme's own key, so that the newest sessions are one step in an index.
    sessions = Session.objects.filter(**of_programme).counted().order_by("-happened_on", "-pk")
    corrections = Correction.objects.filter(session=OuterRef("pk"), number=OuterRef("corrected"))
    signed = Assessment.objects.signed().filter(**of_episode).newest_first()
    scores = VisaA.objects.filter(**of_episode).counted()
    flares = Move.objects.filter(**of_programme, kind=Move.Kind.FLARE)
    span = timedelta(weeks=defaults_in_force().plateau_weeks)
    newest = scores.annotate(
        latest=ExpressionWrapper(F("answered_on") - span, output_field=DateField())
    )
    return episodes.annotate(score_before=Subquery(newest.values("latest")[:1])).annotate(
        visa_before=Subquery(
            scores.filter(answered_on__lte=OuterRef("score_before")).values(
                score=JSONObject(total="total", on="answered_on", items="items")
            )[:1]
        ),
        visa_items=Subquery(scores.values("items")[:1]),
        signed_at=Subquery(signed.values("signed_at")[:1]),
        reopened=ArraySubquery(
            Reopening.objects.filter(**of_episode)
            .order_by("reopened_on", "pk")
            .values(row=JSONObject(closed="closed_on", on="reopened_on"))
        ),
        raises_on=Subquery(
            HeelRaiseTest.objects.filter(**of_episode).endurance().values("tested_on")[:1]
        ),
        plan_draft=Exists(Draft.objects.open().filter(**of_episode)),
        flare=Subquery(
            flares.order_by("-moved_at", "-pk").values(
                move=JSONObject(on="moved_on", at="moved_at")
            )[:1]
        ),
        recent=ArraySubquery(
            sessions.values(
                session=JSONObject(
                    code="code",
                    on="happened_on",
                    logged="recorded_at",
                    step="step_id",
                    **{name: name for name in TOLD_OF_A_SESSION},
                    pain_24h="morning__pain",
                    stiff_next="morning__stiffness_min",
                    told="morning__recorded_at",
                    corrected=Subquery(
                        corrections.values(said=JSONObject(proposed="proposed", at="corrected_at"))[
                            :1
                        ]
                    ),
                    outcome="decision__outcome",
                    proposed="decision__proposed",
                    rule="decision__rule",
                    at="decision__decided_at",
                    good="decision__n_ok_after",
                    exits="decision__inputs__gate__exits_needed",
                )
            )[:SESSIONS_READ]
        ),
    )


def _day_of(row: Any, found: Standing, met: set[int], course: Mapping[int, Course]) -> Day:
    scores = tuple(
        (date.fromisoformat(each["on"]), each["total"])
        for each in (row.visa_newest, row.visa_before)
        if each
    )
    answers = [row.visa_items, row.visa_before["items"] if row.visa_before else None]
    no_sport = all(items[6] == 0 and items[7] == 0 for items in answers if items)
    flare = row.flare or {}
    went = course.get(found.programme.pk) if found.programme else None
    due = review_of(went, found) if went else None
    return Day(
        standing=found,
        recent=row.recent,
        flare_on=date.fromisoformat(flare["on"]) if flare else None,
        flare_at=datetime.fromisoformat(flare["at"]) if flare else None,
        signed_at=row.signed_at,
        reopened_on=date.fromisoformat(row.reopened[-1]["on"]) if row.reopened else None,
        scores=scores,
        score_ceiling=CEILING_NO_SPORT if no_sport else None,
        raises_on=row.raises_on,
        plan_draft=row.plan_draft,
        criteria_met=row.pk in met,
        review=due.outcome if due else None,
    )


# --- the review after twelve weeks -----------------------------------------------------------


def _review_is_due(row: Any, found: Standing) -> bool:
    """From its day on, put off by those the episode was closed, until the tendon is examined."""
    if found.programme is None or found.step is None:
        return False
    due = found.programme.started_on + timedelta(weeks=defaults_in_force().review_weeks)
    for each in row.reopened:
        closed, again = date.fromisoformat(each["closed"]), date.fromisoformat(each["on"])
        if closed < due:
            due += again - closed
    examined_on = found.tendon.examined_on
    return due <= found.on and (examined_on is None or examined_on < due)


# --- a step up that a stage exit held back ---------------------------------------------------


def _held_by_an_exit(row: Any, found: Standing) -> bool:
    """Whether the last session was held back by a stage exit only, at the step it was held at."""
    last = row.recent[0] if row.recent else None
    return (
        last is not None
        and last["outcome"] == Outcome.HOLD
        and str(last["rule"]).startswith(HELD_BY_AN_EXIT)
        and bool(last["exits"])
        and found.step is not None
        and last["step"] == found.step.pk
        and not isometric_only(found.tendon)
    )


def _exits_met(all_rows: Iterable[tuple[Any, Standing]], today: date) -> set[int]:
    """Keys of those episodes whose exit is met by what is known today; three queries or none."""
    rows = [row for row, found in all_rows if _held_by_an_exit(row, found)]
    if not rows:
        return set()
    tested = {row.pk: row for row in _with_judged(rows)}
    keys = {key for row in tested.values() for key in (*row.judged, row.first_isotonic) if key}
    sessions: dict[int, list[Session]] = {}
    held = Session.objects.filter(pk__in=keys).select_related("morning", "step").in_order()
    for session in held:
        sessions.setdefault(session.programme_id, []).append(session)
    steps: dict[int, list[Step]] = {}
    for step in Step.objects.filter(version__in=[_step(row).version_id for row in rows]):
        steps.setdefault(step.version_id, []).append(step)
    met = set()
    for row in rows:
        last, known = row.recent[0], tested[row.pk]
        measured = measurements(
            row,
            _step(row),
            standing(known, today).tendon,
            tests_of(known),
            on=date.fromisoformat(last["on"]),
            steps=steps[_step(row).version_id],
            sessions=sessions.get(row.programme.pk, []),
            n_ok=last["good"],
        )
        if not any(
            each.failed
            for each in criteria_of(
                last["exits"],
                measured,
                assessment_defaults=assessment_defaults_in_force(),
                defaults=defaults_in_force(),
            )
        ):
            met.add(row.pk)
    return met


def _step(row: Any) -> Step:
    step: Step = row.programme.current_step
    return step


def _with_judged(rows: Iterable[Any]) -> "QuerySet[Episode, Any]":
    """These episodes with their tests and the sessions a stage exit reads."""
    of_programme = {"programme": OuterRef("programme__pk")}
    sessions = Session.objects.filter(**of_programme).counted()
    first = sessions.filter(step__stage=Stage.ISOTONIC).in_order()
    return (
        standings_with_tests()
        .filter(pk__in=[row.pk for row in rows])
        .annotate(
            judged=ArraySubquery(
                sessions.order_by("-happened_on", "-pk").values("pk")[:SESSIONS_JUDGED]
            ),
            first_isotonic=Subquery(first.values("pk")[:1]),
        )
    )
