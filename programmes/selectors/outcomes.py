"""What each episode gives to a period's outcomes, and what became known of it later."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.shortcuts import get_object_or_404

from assessments.models import Assessment, FunctionTest, HeelRaiseTest, VisaA
from assessments.rules.phase import pathway
from assessments.rules.terms import Location, Pathway, Phase, Stage
from patients.models import Episode, Reopening
from programmes.models import (
    Correction,
    Decision,
    MorningAfter,
    Move,
    NotDone,
    PeriodReport,
    Session,
    Version,
)
from programmes.rules.adherence import percent, weeks
from programmes.rules.outcomes import (
    OPENED_IN_ERROR,
    RUNNING_STAGES,
    STOPPED,
    Account,
    Ran,
    Score,
    Stay,
    account_to_json,
)
from programmes.selectors.adherence import Course, courses

# Of the eight items of a VISA-A: sport, and training time.
_SPORT, _TRAINING = 6, 7


def accounts(*, first: date, last: date) -> tuple[Account, ...]:
    """One account for each episode whose programme was in force on a day of the period.

    Without those closed as opened in error, whenever that was found. What is dated after ``last``
    counts nothing, even when it is known; a morning after and a decision belong to their session.
    By code; three queries however many episodes there are.
    """
    rows = list(_rows(first, last))
    ran = courses((row.programme for row in rows), until=last)
    found = (_account(row, ran[row.programme.pk], first, last) for row in rows)
    return tuple(each for each in found if each is not None)


def _rows(first: date, last: date) -> Iterable[Any]:
    """The episodes that may be in it, each with everything an account reads, in one query."""
    of_episode = {"episode": OuterRef("pk")}
    issued = Version.objects.filter(programme__episode=OuterRef("pk"), status="issued")
    sessions = Session.objects.filter(programme__episode=OuterRef("pk"), happened_on__lte=last)
    scores = VisaA.objects.filter(**of_episode, answered_on__lte=last).counted()
    raises = HeelRaiseTest.objects.filter(**of_episode, tested_on__lte=last).counted()
    signed = Assessment.objects.filter(**of_episode, examined_on__lte=last).signed()
    of_programme = {"programme__episode": OuterRef("pk")}
    seen = {
        "raised": HeelRaiseTest.objects.filter(**of_episode).counted().values("tested_on"),
        "tested": FunctionTest.objects.filter(**of_episode).counted().values("tested_on"),
        # Also those without a total, which are no score.
        "answered": VisaA.objects.filter(**of_episode, struck_at=None)
        .on_record()
        .values("answered_on"),
        "flared": Move.objects.filter(**of_programme, kind=Move.Kind.FLARE).values("moved_on"),
        "not_done": NotDone.objects.filter(
            handout__version__programme__episode=OuterRef("pk")
        ).values("on"),
    }
    return (
        Episode.objects.filter(
            Q(closed_on=None) | Q(closed_on__gte=first), programme__started_on__lte=last
        )
        .exclude(outcome=OPENED_IN_ERROR)
        .select_related("programme")
        .order_by("code")
        .annotate(
            **{f"seen_{name}": ArraySubquery(days) for name, days in seen.items()},
            plan=Subquery(
                issued.order_by("number").values(
                    row=JSONObject(location="location", phase="phase")
                )[:1]
            ),
            closures=ArraySubquery(
                Reopening.objects.filter(**of_episode)
                .order_by("reopened_on", "pk")
                .values(row=JSONObject(on="closed_on", again="reopened_on", outcome="outcome"))
            ),
            held=ArraySubquery(
                sessions.counted()
                .in_order()
                .values(
                    row=JSONObject(
                        on="happened_on",
                        stage="step__stage",
                        done="completed_pct",
                        morning="morning__pk",
                        decision="decision__pk",
                    )
                )
            ),
            scores=ArraySubquery(
                scores.order_by("answered_on", "pk").values(
                    row=JSONObject(on="answered_on", total="total", items="items")
                )
            ),
            both_raised=Exists(
                raises.filter(left_repetitions__isnull=False, right_repetitions__isnull=False)
            ),
            examined=ArraySubquery(
                signed.order_by("examined_on", "pk").values(
                    row=JSONObject(
                        on="examined_on", running="running_status", goal="goal_distance_m"
                    )
                )
            ),
        )
    )


def _account(row: Any, course: Course, first: date, last: date) -> Account | None:
    """The account of one row; None when the programme was in force on no day of the period."""
    if row.plan is None or not any(each.days_within(first, last) for each in course.stretches):
        return None
    ended_on, outcome = _ending(row, last)
    scores = [_score(each) for each in row.scores]
    held = [{**each, "on": date.fromisoformat(each["on"])} for each in row.held]
    inside = [each for each in held if each["on"] >= first]
    left_in = course.stretches[-1].stage
    return Account(
        code=str(row.code),
        location=Location(row.plan["location"]),
        pathway=pathway(Phase(row.plan["phase"])) or Pathway.LOAD,
        started_on=row.programme.started_on,
        ended_on=ended_on,
        outcome=outcome,
        last_contact=_last_contact(row, held, last),
        stays=_stays(course, left=ended_on is not None and outcome != STOPPED),
        left_in=left_in,
        sessions=len(inside),
        mornings=sum(each["morning"] is not None for each in inside),
        decisions=sum(each["decision"] is not None for each in inside),
        baseline=scores[0] if scores else None,
        latest=scores[-1] if len(scores) > 1 else None,
        raises=row.both_raised,
        ran=_ran(row.examined),
        ran_on=next(
            (
                each["on"]
                for each in held
                if Stage(each["stage"]) in RUNNING_STAGES and each["done"] != 0
            ),
            None,
        ),
        **_adherence(course, first, last),
    )


def _ending(row: Any, last: date) -> tuple[date | None, str]:
    """The discharge that stood on the last day of the period, with its outcome, if one did."""
    closures = [(each["on"], each["again"], each["outcome"]) for each in row.closures]
    if row.closed_on is not None:
        closures.append((row.closed_on.isoformat(), None, row.outcome))
    day = last.isoformat()
    for closed_on, reopened_on, outcome in closures:
        if closed_on <= day and (reopened_on is None or reopened_on > day):
            return date.fromisoformat(closed_on), outcome
    return None, ""


_SEEN = ("raised", "tested", "answered", "flared", "not_done")


def _last_contact(row: Any, held: Iterable[Mapping[str, Any]], last: date) -> date:
    days: list[date] = [row.programme.started_on, *(each["on"] for each in held)]
    for name in _SEEN:
        days += getattr(row, f"seen_{name}")
    days += [date.fromisoformat(each["on"]) for each in row.examined]
    days += [date.fromisoformat(each["again"]) for each in row.closures]
    return max(day for day in days if day <= last)


def _stays(course: Course, *, left: bool) -> tuple[Stay, ...]:
    """The days in each stage, in the order of stages; ``left``: the last one was left too."""
    days: dict[Stage, int] = {}
    for each in course.stretches:
        days[each.stage] = days.get(each.stage, 0) + each.days
    here = course.stretches[-1].stage
    return tuple(
        Stay(stage=stage, days=days[stage], over=left or stage is not here)
        for stage in Stage
        if stage in days
    )


def _score(stored: Mapping[str, Any]) -> Score:
    items = stored["items"]
    return Score(
        on=date.fromisoformat(stored["on"]),
        total=stored["total"],
        capped=items[_SPORT] == 0 and items[_TRAINING] == 0,
    )


def _ran(examined: list[Mapping[str, Any]]) -> Ran:
    """What running was at the first examination that says so."""
    told = next((each["running"] for each in examined if each["running"]), "")
    goal = any(each["goal"] for each in examined)
    match told:
        case "stopped":
            return Ran.STOPPED
        case "never_stopped":
            return Ran.KEPT_RUNNING
        case _ if goal:
            return Ran.GOAL
        case "not_a_runner":
            return Ran.NOT_A_RUNNER
        case _:
            return Ran.NOT_RECORDED


def _adherence(course: Course, first: date, last: date) -> dict[str, Any]:
    """Sessions planned, seen, told, and the percent held, in the weeks of the period."""
    begin = max(first, course.stretches[0].first)
    found = weeks(
        course.stretches, course.held, first=begin, last=min(last, course.stretches[-1].last)
    )
    known = [each for each in found if each.planned is not None]
    return {
        "planned": sum(each.planned or 0 for each in known),
        "observed": sum(each.observed for each in known),
        "reported": sum(each.reported for each in known),
        "percent": percent(found),
    }


def reports() -> tuple[PeriodReport, ...]:
    """The reports made, of the newest period first, without their figures."""
    made = PeriodReport.objects.select_related("made_by").defer("figures", "rows", "defaults")
    return tuple(made)


def report_or_404(code: UUID) -> PeriodReport:
    """The report with this code, and who made it."""
    return get_object_or_404(PeriodReport.objects.select_related("made_by"), code=code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An episode that would give something else to a report made now.

    ``was`` and ``now`` are its accounts as stored, None for one that was not or would not be in it.
    ``because`` names what was recorded since, as far as that is known.
    """

    code: str
    was: dict[str, Any] | None
    now: dict[str, Any] | None
    because: tuple[str, ...]


def differences(report: PeriodReport) -> tuple[Difference, ...]:
    """What a report of the same period made now would take otherwise, by code.

    Three queries, and one more when there is any.
    """
    was = {row["code"]: row for row in report.rows}
    now = {
        each.code: account_to_json(each)
        for each in accounts(first=report.first_on, last=report.last_on)
    }
    codes = sorted(code for code in was.keys() | now.keys() if was.get(code) != now.get(code))
    because = _because(codes, report) if codes else {}
    return tuple(
        Difference(code=code, was=was.get(code), now=now.get(code), because=because.get(code, ()))
        for code in codes
    )


_SINCE = {
    "corrected": "a session was corrected",
    "logged": "a session was entered later",
    "morning": "a morning after was told later",
    "decided": "a session was decided later",
    "scored": "a VISA-A was entered later",
    "tested": "tests were entered later",
    "not_done": "a diary line was entered later",
    "struck": "a VISA-A was struck out",
    "signed": "an assessment was signed or amended later",
    "moved": "a step was changed later",
    "reopened": "the episode was opened again",
}


def _because(codes: Iterable[str], report: PeriodReport) -> dict[str, tuple[str, ...]]:
    """What was recorded of these episodes since the report was made, in words, in one query."""
    made, last = report.made_at, report.last_on
    of_episode = {"episode": OuterRef("pk")}
    of_programme = {"programme__episode": OuterRef("pk")}
    of_session = {"session__programme__episode": OuterRef("pk")}
    since = {
        "corrected": Correction.objects.filter(**of_session, corrected_at__gt=made),
        "logged": Session.objects.filter(
            **of_programme, recorded_at__gt=made, happened_on__lte=last
        ),
        "morning": MorningAfter.objects.filter(
            **of_session, recorded_at__gt=made, session__happened_on__lte=last
        ),
        "decided": Decision.objects.filter(
            **of_session, decided_at__gt=made, session__happened_on__lte=last
        ),
        "scored": VisaA.objects.filter(
            **of_episode, recorded_at__gt=made, answered_on__lte=last
        ).on_record(),
        "tested": FunctionTest.objects.filter(
            **of_episode, recorded_at__gt=made, tested_on__lte=last
        ).counted(),
        "not_done": NotDone.objects.filter(
            handout__version__programme__episode=OuterRef("pk"),
            recorded_at__gt=made,
            on__lte=last,
        ),
        "struck": VisaA.objects.filter(**of_episode, struck_at__gt=made),
        "signed": Assessment.objects.filter(
            **of_episode, signed_at__gt=made, examined_on__lte=last
        ),
        "moved": Move.objects.filter(**of_programme, moved_at__gt=made, moved_on__lte=last),
        "reopened": Reopening.objects.filter(**of_episode, reopened_at__gt=made),
    }
    rows = Episode.objects.filter(code__in=list(codes)).annotate(
        **{f"since_{name}": Exists(found) for name, found in since.items()}
    )
    found = {}
    for row in rows:
        said = [words for name, words in _SINCE.items() if getattr(row, f"since_{name}")]
        if row.outcome == OPENED_IN_ERROR:
            said.append("the episode was closed as opened in error")
        found[str(row.code)] = tuple(said)
    return found
