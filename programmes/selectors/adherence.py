"""Where patients stood in their plans day by day, and what of it they did."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, TextField
from django.db.models.functions import Cast, JSONObject
from django.utils import timezone

from assessments.in_force import defaults_in_force as assessment_defaults_in_force
from assessments.models import Lock
from assessments.rules.terms import Stage, VisaChange
from assessments.rules.visa import visa_change
from patients.models import Reopening
from programmes.in_force import defaults_in_force
from programmes.models import Decision, Item, Move, Programme, Session
from programmes.rules.adherence import (
    DAYS_A_WEEK,
    Held,
    Stretch,
    Week,
    percent,
    sessions_a_week,
    weeks,
)
from programmes.rules.dose import AnyDose, dose_from_json
from programmes.rules.review import Review, review
from programmes.selectors.standing import Standing
from upwell.rows import Rows

_DAY = timedelta(days=1)
_Days = tuple[date, date]
"""A first and a last day, both included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How one programme went until a day: where the patient stood, what was held, week by week.

    All are empty before the programme began. Days on which the episode was closed are in no
    stretch; days under a red flag are in one that plans nothing. ``doses`` are those of each step
    the patient stood at, by its key.
    """

    stretches: tuple[Stretch, ...]
    held: tuple[Held, ...]
    weeks: tuple[Week, ...]
    percent: int | None
    doses: Mapping[int, tuple[AnyDose, ...]]

    @property
    def weeks_run(self) -> int:
        """Whole weeks of programme, without the time the episode was closed."""
        return sum(each.days for each in self.stretches) // DAYS_A_WEEK


@dataclass(frozen=True, slots=True)
class _Step:
    """Where somebody came to stand, and since when."""

    on: date
    at: datetime
    key: int
    stage: Stage


def courses(
    programmes: Iterable[Programme], *, until: date, weekly: bool = True
) -> dict[int, Course]:
    """The course of each programme until that day, by its key, as it is believed now.

    ``until`` counts in full. Without ``weekly`` there are no weeks and no percent: a report counts
    those of its own period. One query however many programmes there are; none without any.
    """
    keys = [programme.pk for programme in programmes]
    if not keys:
        return {}
    completed = defaults_in_force().completed_percent
    return {
        row.pk: _course(
            row, _places(row, until), _doses(row), until, completed=completed, weekly=weekly
        )
        for row in _rows(keys)
    }


def _rows(keys: Sequence[int]) -> Iterable[Any]:
    """The programmes with everything a course reads, in one query."""
    of_programme = {"programme": OuterRef("pk")}
    of_episode = {"episode": OuterRef("episode")}
    moves = Move.objects.filter(**of_programme).order_by("moved_at", "pk")
    decisions = Decision.objects.filter(session__programme=OuterRef("pk"))
    sessions = Session.objects.filter(**of_programme).counted()
    to_step = {"to_step": OuterRef("step")}
    items = Item.objects.filter(step__version__programme=OuterRef("pk")).filter(
        Exists(Move.objects.filter(**to_step)) | Exists(Decision.objects.filter(**to_step))
    )
    return (
        Programme.objects.filter(pk__in=keys)
        .select_related("episode")
        .only("started_on", "episode__closed_on")
        .annotate(
            moved=Rows(
                moves.values(
                    row=JSONObject(
                        on="moved_on", at="moved_at", key="to_step", stage="to_step__stage"
                    )
                )
            ),
            decided=Rows(
                decisions.order_by("decided_at", "pk").values(
                    row=JSONObject(at="decided_at", key="to_step", stage="to_step__stage")
                )
            ),
            asked=Rows(
                items.order_by("step", "order").values(
                    row=JSONObject(step="step_id", dose=Cast("dose", TextField()))
                )
            ),
            told=Rows(
                sessions.in_order().values(
                    row=JSONObject(on="happened_on", source="source", done="completed_pct")
                )
            ),
            locked=Rows(
                Lock.objects.filter(**of_episode)
                .order_by("raised_at", "pk")
                .values(row=JSONObject(first="raised_at", end="cleared_at"))
            ),
            reopened=Rows(
                Reopening.objects.filter(**of_episode)
                .order_by("reopened_on", "pk")
                .values(row=JSONObject(first="closed_on", end="reopened_on"))
            ),
        )
    )


def _moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored)


def _day(stored: str) -> date:
    """The day, here, of a moment as JSON from the database gives it."""
    return timezone.localtime(_moment(stored)).date()


def _places(row: Any, until: date) -> list[_Step]:
    """Where the patient came to stand until that day, in order; the first since the beginning."""
    found = [
        _Step(
            date.fromisoformat(each["on"]), _moment(each["at"]), each["key"], Stage(each["stage"])
        )
        for each in row.moved
    ]
    found += [
        _Step(_day(each["at"]), _moment(each["at"]), each["key"], Stage(each["stage"]))
        for each in row.decided
    ]
    found.sort(key=lambda each: (each.on, each.at))
    places: list[_Step] = []
    for each in found:
        if each.on <= until and (not places or places[-1].key != each.key):
            places.append(each)
    return places


def _doses(row: Any) -> Mapping[int, tuple[AnyDose, ...]]:
    """The doses of each step the patient came to in order; what has no exercise is absent."""
    found: dict[int, tuple[AnyDose, ...]] = {}
    for each in row.asked:
        key = each["step"]
        found[key] = (*found.get(key, ()), _dose(each["dose"]))
    return found


@lru_cache(maxsize=4096)
def _dose(stored: str) -> AnyDose:
    """The dose stored as this text; most patients of a practice do one of a few hundred."""
    return dose_from_json(json.loads(stored))


def _course(
    row: Any,
    places: Sequence[_Step],
    doses: Mapping[int, tuple[AnyDose, ...]],
    until: date,
    *,
    completed: int,
    weekly: bool,
) -> Course:
    first = row.started_on
    closed = [
        (date.fromisoformat(each["first"]), date.fromisoformat(each["end"]) - _DAY)
        for each in row.reopened
    ]
    last = until
    if (closed_on := row.episode.closed_on) is not None and closed_on <= until:
        # On the day an episode closes nothing is planned any more; what was held that day counts.
        last = closed_on
        closed.append((closed_on, closed_on))
    locked = [
        (_day(each["first"]), (_day(each["end"]) if each["end"] else until + _DAY) - _DAY)
        for each in row.locked
    ]
    own = {place.key: doses.get(place.key, ()) for place in places}
    per_week = {key: sessions_a_week(found) for key, found in own.items()}
    stretches = tuple(_stretches(places, per_week, first, last, closed, locked))
    until_text = until.isoformat()
    held = tuple(
        Held(
            on=date.fromisoformat(each["on"]),
            reported=each["source"] != "clinic",
            counted=None if each["done"] is None else each["done"] >= completed,
        )
        for each in row.told
        if each["done"] != 0 and each["on"] <= until_text
    )
    found = weeks(stretches, held, first=first, last=last) if weekly else ()
    return Course(stretches=stretches, held=held, weeks=found, percent=percent(found), doses=own)


def _stretches(
    places: Sequence[_Step],
    per_week: Mapping[int, int | None],
    first: date,
    last: date,
    closed: Sequence[_Days],
    locked: Sequence[_Days],
) -> Iterator[Stretch]:
    """The days from ``first`` to ``last`` but the closed ones, cut where the step changes, and
    where a red flag is raised or cleared.
    """
    ends = [*(each.on - _DAY for each in places[1:]), last]
    for nth, (place, end) in enumerate(zip(places, ends[: len(places)], strict=True)):
        # The first step was the first thing planned, also when it was typed in later.
        begin = first if nth == 0 else max(place.on, first)
        for open_days in _without([(begin, min(end, last))], closed):
            free = _without([open_days], locked)
            held_up = _without([open_days], free)
            for days, stopped in sorted([(d, False) for d in free] + [(d, True) for d in held_up]):
                yield Stretch(
                    step_key=place.key,
                    stage=place.stage,
                    first=days[0],
                    last=days[1],
                    per_week=0 if stopped else per_week.get(place.key),
                )


def _without(days: Sequence[_Days], taken: Iterable[_Days]) -> list[_Days]:
    """These days but the taken ones."""
    left = [each for each in days if each[0] <= each[1]]
    for from_day, to_day in taken:
        if to_day < from_day:
            continue
        parts = [
            part
            for first, last in left
            for part in ((first, min(last, from_day - _DAY)), (max(first, to_day + _DAY), last))
        ]
        left = [part for part in parts if part[0] <= part[1]]
    return left


def change_since_first(standing: Standing) -> VisaChange | None:
    """What the newest VISA-A total says beside the first of the episode; None without two."""
    if standing.visa_now is None or standing.visa_first is None or not standing.visa_weeks:
        return None
    delta = standing.visa_now - standing.visa_first
    return visa_change(
        delta,
        standing.visa_weeks,
        standing.tendon.location,
        defaults=assessment_defaults_in_force(),
    )


def review_of(course: Course, standing: Standing) -> Review | None:
    """The twelve-week review (D10) of a programme as it stands; None before it is due. No query."""
    if course.weeks_run < defaults_in_force().review_weeks:
        return None
    return review(
        weeks=course.weeks_run,
        adherence_pct=course.percent,
        visa_change=change_since_first(standing),
        defaults=defaults_in_force(),
    )
