"""TCX files: each activity with its laps, whose distances and times are added up."""

import math
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from assessments.imports.entry import Entry, Unreadable
from assessments.imports.judging import judged, unreadable
from assessments.imports.limits import ACTIVITIES
from assessments.imports.moments import in_utc, in_zone, moment_of
from assessments.imports.sports import sport_named
from assessments.imports.xmltree import walk

ORIGIN = "TCX file"


@dataclass(slots=True)
class _Activity:
    """What is known of one activity. ``furthest_m`` and the two times are of its points, for laps
    that don't sum themselves up."""

    sport: str = ""
    started_at: datetime | None = None
    metres: float | None = None
    seconds: float | None = None
    furthest_m: float | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None


def read_tcx(content: bytes, *, name: str, zone: ZoneInfo) -> tuple[Entry, ...]:
    """The activities of a TCX file, at least one entry. Raises ``Unreadable`` when it can't be
    read."""
    found: list[_Activity] = []
    for event, path, element in walk(content):
        # A triathlon has its activities one level deeper, the parts of "MultiSportSession".
        if "Activity" not in path:
            continue
        below = path[path.index("Activity") + 1 :]
        match event, below:
            case "start", ():
                found.append(_Activity(sport=element.get("Sport") or ""))
                if len(found) > ACTIVITIES:
                    raise Unreadable(f"The file has more than {ACTIVITIES:,} activities.")
            case "end", ("Id",):
                found[-1].started_at = _time(element.text) or found[-1].started_at
            case "start", ("Lap",):
                found[-1].started_at = found[-1].started_at or _time(element.get("StartTime"))
            case "end", ("Lap", "TotalTimeSeconds"):
                found[-1].seconds = _plus(found[-1].seconds, element.text)
            case "end", ("Lap", "DistanceMeters"):
                found[-1].metres = _plus(found[-1].metres, element.text)
            case "end", ("Lap", "Track", "Trackpoint", "DistanceMeters"):
                further = _plus(None, element.text)
                if further is not None:
                    found[-1].furthest_m = max(further, found[-1].furthest_m or 0.0)
            case "end", ("Lap", "Track", "Trackpoint", "Time"):
                if at := _time(element.text):
                    found[-1].first_at = min(at, found[-1].first_at or at)
                    found[-1].last_at = max(at, found[-1].last_at or at)
    if not found:
        return (unreadable(name, "no activity in it", origin=ORIGIN),)
    return tuple(
        _entry(
            activity,
            where=name if len(found) == 1 else f"{name}, activity {number}",
            zone=zone,
        )
        for number, activity in enumerate(found, start=1)
    )


def _entry(activity: _Activity, *, where: str, zone: ZoneInfo) -> Entry:
    started_at = activity.started_at or activity.first_at
    seconds = activity.seconds
    if not seconds and activity.first_at and activity.last_at:
        seconds = (activity.last_at - activity.first_at).total_seconds()
    return judged(
        where=where,
        origin=ORIGIN,
        sport=sport_named(activity.sport),
        happened_on=in_zone(started_at, zone) if started_at else None,
        started_at=started_at,
        metres=activity.metres or activity.furthest_m,
        seconds=seconds,
    )


def _plus(sum_so_far: float | None, text: str | None) -> float | None:
    """The sum with one more number; a text that is no number adds nothing."""
    try:
        number = float(text or "")
    except ValueError:
        return sum_so_far
    if not math.isfinite(number) or number < 0:
        return sum_so_far
    return (sum_so_far or 0.0) + number


def _time(text: str | None) -> datetime | None:
    moment = moment_of(text or "")
    return in_utc(moment.clock, ZoneInfo("UTC")) if moment and moment.clock else None
