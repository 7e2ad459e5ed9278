"""What each episode gives to a period's outcomes, and what became known of it later."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.shortcuts import get_object_or_404
from django.utils import timezone

from assessments.models import Assessment, FunctionTest, HeelRaiseTest, VisaA
from assessments.rules.phase import pathway
from assessments.rules.terms import Location, Pathway, Phase, Stage
from patients.models import Episode, EpisodeQuerySet, Reopening
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
from upwell.rows import Rows

# Of the eight items of a VISA-A: sport, and training time.
_SPORT, _TRAINING = 6, 7
AT_ONCE = 250
"""Episodes read at once."""
COMPARED_AT_ONCE = 500
"""The most episodes of a report whose page compares them with today by itself."""


def accounts(*, first: date, last: date) -> tuple[Account, ...]:
    """One account for each episode whose programme was in force on a day of the period.

    Without those closed as opened in error, whenever that was found. What is dated after ``last``
    counts nothing, even when it is known; a morning after and a decision belong to their session.
    By code; two queries for each few hundred episodes, so that no statement is a long one and no
    more of them than that are in memory, however many there are.
    """
    found: list[Account] = []
    after: UUID | None = None
    while True:
        some, after = next_accounts(first=first, last=last, after=after)
        found += some
        if after is None:
            return tuple(found)


def next_accounts(
    *, first: date, last: date, after: UUID | None
) -> tuple[list[Account], UUID | None]:
    """The accounts of the next few hundred episodes after this code, and the code to go on after.

    None to begin with, and None given back when all were read. Two queries.
    """
    rows = list(_rows(first, last, after))
    ran = courses((row.programme for row in rows), until=last, weekly=False)
    found = (_account(row, ran[row.programme.pk], first, last) for row in rows)
    return [each for each in found if each], rows[-1].code if len(rows) == AT_ONCE else None


def how_many(*, first: date, last: date) -> int:
    """How many episodes are read for a period; a few of them may not count after all."""
    return _begun(first, last).count()


def _begun(first: date, last: date) -> EpisodeQuerySet:
    return Episode.objects.filter(
        Q(closed_on=None) | Q(closed_on__gte=first), programme__started_on__lte=last
    ).exclude(outcome=OPENED_IN_ERROR)


def _rows(first: date, last: date, after: UUID | None) -> Iterable[Any]:
    """The next episodes that may be in it, each with everything an account reads, in one query."""
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
    begun = _begun(first, last)
    return (
        (begun.filter(code__gt=after) if after else begun)
        .select_related("programme")
        .only("code", "closed_on", "outcome", "programme__started_on")
        .order_by("code")
        .annotate(
            **{f"seen_{name}": ArraySubquery(days) for name, days in seen.items()},
            plan=Subquery(
                issued.order_by("number").values(
                    row=JSONObject(location="location", phase="phase")
                )[:1]
            ),
            closures=Rows(
                Reopening.objects.filter(**of_episode)
                .order_by("reopened_on", "pk")
                .values(row=JSONObject(on="closed_on", again="reopened_on", outcome="outcome"))
            ),
            held=Rows(
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
            scores=Rows(
                scores.order_by("answered_on", "pk").values(
                    row=JSONObject(on="answered_on", total="total", items="items")
                )
            ),
            both_raised=Exists(
                raises.filter(left_repetitions__isnull=False, right_repetitions__isnull=False)
            ),
            examined=Rows(
                signed.order_by("examined_on", "pk").values(
                    row=JSONObject(
                        on="examined_on", running="running_status", goal="goal_distance_m"
                    )
                )
            ),
        )[:AT_ONCE]
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
    ran, waits_from = _ran(row)
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
        ran=ran,
        waits_from=waits_from,
        ran_on=next(
            (
                each["on"]
                for each in held
                if Stage(each["stage"]) in RUNNING_STAGES
                and each["done"] != 0
                and each["on"] >= waits_from
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


def _ran(row: Any) -> tuple[Ran, date]:
    """What running was at the first examination that says so, and since when it is waited for."""
    told = [each for each in row.examined if each["running"]]
    goal = any(each["goal"] for each in row.examined)
    began: date = row.programme.started_on
    match told[0]["running"] if told else "":
        case "stopped":
            return Ran.STOPPED, began
        case "never_stopped":
            stopped = next((each["on"] for each in told if each["running"] == "stopped"), None)
            if stopped is None:
                return Ran.KEPT_RUNNING, began
            return Ran.STOPPED_LATER, max(began, date.fromisoformat(stopped))
        case _ if goal:
            return Ran.GOAL, began
        case "not_a_runner":
            return Ran.NOT_A_RUNNER, began
        case _:
            return Ran.NOT_RECORDED, began


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
class Reason:
    """Something recorded since a report was made that changes what an episode gives to it.

    ``on`` is the day it is about and ``at`` the day it was recorded, None where that is not kept.
    ``names`` are what a correction or an amendment changed; ``was`` is the day before a correction
    of the day.
    """

    kind: str
    on: date | None
    at: date | None = None
    names: tuple[str, ...] = ()
    was: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An episode that would give something else to a report made now.

    ``was`` and ``now`` are its accounts as stored, None for one that was not or would not be in it.
    ``because`` is what was recorded since that can have made the difference.
    """

    code: str
    was: dict[str, Any] | None
    now: dict[str, Any] | None
    because: tuple[Reason, ...]


def differences(
    report: PeriodReport, read: Iterable[Account] | None = None
) -> tuple[Difference, ...]:
    """What a report of the same period made now would take otherwise, by code.

    ``read`` are the accounts of now, where they were read already. One query when there is any
    difference, beside those of reading.
    """
    if read is None:
        read = accounts(first=report.first_on, last=report.last_on)
    was = {row["code"]: row for row in report.rows}
    now = {each.code: account_to_json(each) for each in read}
    other = {
        code: names
        for code in sorted(was.keys() | now.keys())
        if (names := _other(was.get(code), now.get(code)))
    }
    because = _because(other, report) if other else {}
    return tuple(
        Difference(
            code=code,
            was=was.get(code),
            now=now.get(code),
            because=(
                *because.get(code, ()),
                *_by_itself(was.get(code), now.get(code), other[code]),
            ),
        )
        for code in other
    )


def _other(was: dict[str, Any] | None, now: dict[str, Any] | None) -> frozenset[str]:
    """The names of what differs; of one that was not or would not be in it, everything.

    What an older report did not keep is not compared.
    """
    if was is None or now is None:
        return frozenset(was or now or ())
    return frozenset(name for name, value in was.items() if now.get(name) != value)


def _by_itself(
    was: Mapping[str, Any] | None, now: Mapping[str, Any] | None, other: frozenset[str]
) -> Iterable[Reason]:
    """What the difference itself tells, where no moment of writing is kept."""
    if was is None or now is None:
        return
    if now["ended_on"] is not None and other & {"ended_on", "outcome"}:
        yield Reason(kind="discharged", on=date.fromisoformat(now["ended_on"]))
    if now["raises"] and "raises" in other:
        yield Reason(kind="raised", on=None)


_PLAN = frozenset({"stays", "left_in", "planned", "percent"})
_HELD = frozenset({"ran_on", "last_contact", "observed", "reported", "percent"})
_SESSION = _HELD | {"sessions", "mornings", "decisions"}
_TOLD = frozenset({"baseline", "latest", "last_contact"})
_CHANGES: Mapping[str, frozenset[str]] = {
    "corrected": _SESSION,
    "logged": _SESSION,
    "morning": frozenset({"mornings"}),
    "decided": frozenset({"decisions"}),
    "scored": _TOLD,
    "score_struck": _TOLD,
    "tested": frozenset({"last_contact"}),
    "not_done": frozenset({"last_contact"}),
    "signed": _TOLD | {"ran", "waits_from", "ran_on", "raises"},
    "moved": _PLAN | {"last_contact"},
    "reopened": _PLAN | {"ended_on", "outcome", "last_contact"},
    "issued": frozenset({"location", "pathway"}),
}
"""What of an account each kind of record can change."""
_CORRECTS: Mapping[str, frozenset[str]] = {
    "happened_on": _SESSION,
    "completed_pct": _HELD,
    "source": frozenset({"observed", "reported"}),
    "morning_pain": frozenset({"mornings"}),
    "morning_stiffness_min": frozenset({"mornings"}),
}
"""What of it a correction can change, by the value corrected; one that strikes out, everything."""


def _because(
    other: Mapping[str, frozenset[str]], report: PeriodReport
) -> dict[str, tuple[Reason, ...]]:
    """What was recorded of these episodes since the report was made, in one query."""
    rows = Episode.objects.filter(code__in=list(other)).annotate(
        **{f"since_{kind}": ArraySubquery(found) for kind, found in _since(report).items()}
    )
    found = {}
    for row in rows:
        code = str(row.code)
        reasons = [
            reason
            for kind in _CHANGES
            for stored in getattr(row, f"since_{kind}")
            if (reason := _reason(kind, stored, other[code], report.last_on))
        ]
        if row.outcome == OPENED_IN_ERROR:
            reasons.append(Reason(kind="error", on=row.closed_on))
        found[code] = tuple(reasons)
    return found


def _since(report: PeriodReport) -> dict[str, Any]:
    """For an outer query of episodes: what was recorded since the report, by its kind."""
    made, last = report.made_at, report.last_on
    of_episode = {"episode": OuterRef("pk")}
    of_programme = {"programme__episode": OuterRef("pk")}
    of_session = {"session__programme__episode": OuterRef("pk")}
    by_last = {"session__happened_on__lte": last}
    return {
        "corrected": Correction.objects.filter(**of_session, corrected_at__gt=made)
        .order_by("corrected_at", "pk")
        .values(
            row=JSONObject(
                on="session__happened_on",
                at="corrected_at",
                strikes="strikes",
                before="before",
                after="after",
            )
        ),
        "logged": _dated(
            Session.objects.filter(**of_programme, recorded_at__gt=made, happened_on__lte=last),
            "happened_on",
            "recorded_at",
        ),
        "morning": _dated(
            MorningAfter.objects.filter(**of_session, **by_last, recorded_at__gt=made),
            "session__happened_on",
            "recorded_at",
        ),
        "decided": _dated(
            Decision.objects.filter(**of_session, **by_last, decided_at__gt=made),
            "session__happened_on",
            "decided_at",
        ),
        "scored": _dated(
            VisaA.objects.filter(
                **of_episode, recorded_at__gt=made, answered_on__lte=last
            ).on_record(),
            "answered_on",
            "recorded_at",
        ),
        "score_struck": _dated(
            VisaA.objects.filter(**of_episode, struck_at__gt=made, answered_on__lte=last),
            "answered_on",
            "struck_at",
        ),
        "tested": _dated(
            FunctionTest.objects.filter(
                **of_episode, recorded_at__gt=made, tested_on__lte=last
            ).counted(),
            "tested_on",
            "recorded_at",
        ),
        "not_done": _dated(
            NotDone.objects.filter(
                handout__version__programme__episode=OuterRef("pk"),
                recorded_at__gt=made,
                on__lte=last,
            ),
            "on",
            "recorded_at",
        ),
        "signed": Assessment.objects.filter(**of_episode, signed_at__gt=made, examined_on__lte=last)
        .order_by("examined_on", "pk")
        .values(
            row=JSONObject(
                on="examined_on",
                at="signed_at",
                amends="amends",
                running="running_status",
                running_was="amends__running_status",
            )
        ),
        "moved": _dated(
            Move.objects.filter(**of_programme, moved_at__gt=made, moved_on__lte=last),
            "moved_on",
            "moved_at",
        ),
        "reopened": _dated(
            Reopening.objects.filter(**of_episode, reopened_at__gt=made, reopened_on__lte=last),
            "reopened_on",
            "reopened_at",
        ),
        "issued": _dated(
            Version.objects.filter(**of_programme, number=1, issued_at__gt=made),
            "programme__started_on",
            "issued_at",
        ),
    }


def _dated(found: Any, on: str, at: str) -> Any:
    """For an outer query: the day each of these is about and the moment it was recorded."""
    return found.order_by(on, "pk").values(row=JSONObject(on=on, at=at))


def _reason(
    kind: str, stored: Mapping[str, Any], other: frozenset[str], last: date
) -> Reason | None:
    """The reason one record gives; None for what can't have made this difference."""
    on = date.fromisoformat(stored["on"])
    at = timezone.localtime(datetime.fromisoformat(stored["at"])).date()
    if kind == "corrected":
        return _corrected(stored, on, at, other, last)
    if not other & _CHANGES[kind]:
        return None
    if kind == "signed" and stored["amends"] is not None:
        names = ("running",) if stored["running"] != stored["running_was"] else ()
        return Reason(kind="amended", on=on, at=at, names=names)
    return Reason(kind=kind, on=on, at=at)


def _corrected(
    stored: Mapping[str, Any], on: date, at: date, other: frozenset[str], last: date
) -> Reason | None:
    before = stored["before"].get("happened_on")
    was = date.fromisoformat(before) if before else None
    if min(on, was or on) > last:
        return None
    if stored["strikes"]:
        return Reason(kind="struck", on=on, at=at) if other & _SESSION else None
    names = tuple(stored["after"])
    if not any(other & _CORRECTS.get(name, frozenset()) for name in names):
        return None
    return Reason(kind="corrected", on=on, at=at, names=names, was=was)
