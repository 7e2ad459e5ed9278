"""What reading a training log gives: entries with a verdict, pieces still to be read, and refusals.

No place on the map, no name of an activity and no free text of a file is in any of these.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from assessments.rules.terms import Surface


class Verdict(StrEnum):
    """What one row or file turned out to be."""

    RUN = "run"
    NOT_A_RUN = "not_a_run"
    UNREADABLE = "unreadable"


class Unreadable(ValueError):
    """The whole file can't be taken; the message says why, in words for the person who chose it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of a list, or one activity of a file.

    ``where`` names its place ("activities.csv, row 12", "2019-05-03.fit.gz"). ``happened_on`` is
    the day where the run was; ``started_at`` the moment in UTC, ``None`` when the file has no time
    of day. ``distance_m`` is ``None`` when it was not recorded (a treadmill), never 0;
    ``duration_s`` likewise. A ``RUN`` always has a day, and a distance or a duration, inside
    ``rules.bounds``. ``origin`` is "Strava", "Garmin", "FIT file", "GPX file" or "TCX file".

    An ``UNREADABLE`` entry has what could be read, to be shown and never taken.

    ``why`` gives the reason in plain words when the verdict is not ``RUN`` ("a ride", "no date"),
    and is blank otherwise. ``doubtful`` marks an entry with the verdict ``NOT_A_RUN`` that has all
    a run has and may be taken after a look ("labelled a run, but at walking pace: 4.2 km/h").
    """

    verdict: Verdict
    where: str
    happened_on: date | None = None
    started_at: datetime | None = None
    distance_m: int | None = None
    duration_s: int | None = None
    surface: Surface | None = None
    origin: str = ""
    why: str = ""
    doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One activity file still to be read: its short name, and its content as it came (perhaps
    still gzipped)."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the first quick look at an upload gave.

    ``kind`` says what it is ("Strava export", "Garmin Connect list", "FIT file"). ``entries`` are
    read already; each of ``parts`` still goes through ``read_part``. ``notes`` are sentences for
    the person ("3 photos and videos were left aside."). ``needs_unit`` is true when nothing in the
    list tells kilometres from miles: then there are no entries of its rows, and ``read_upload``
    wants ``unit`` with ``waiting_list``, which is the list alone, also of a zip.
    """

    kind: str
    entries: tuple[Entry, ...] = ()
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    waiting_list: Part | None = None

    @property
    def needs_unit(self) -> bool:
        """Whether a list waits for its unit."""
        return self.waiting_list is not None


def to_row(entry: Entry) -> dict[str, Any]:
    """The entry as values that JSON can hold."""
    return {
        "verdict": entry.verdict.value,
        "where": entry.where,
        "happened_on": entry.happened_on.isoformat() if entry.happened_on else None,
        "started_at": entry.started_at.isoformat() if entry.started_at else None,
        "distance_m": entry.distance_m,
        "duration_s": entry.duration_s,
        "surface": entry.surface.value if entry.surface else None,
        "origin": entry.origin,
        "why": entry.why,
        "doubtful": entry.doubtful,
    }


def from_row(row: dict[str, Any]) -> Entry:
    """The entry that ``to_row`` wrote down. Further keys of the row are left aside."""
    happened_on, started_at, surface = row["happened_on"], row["started_at"], row["surface"]
    return Entry(
        verdict=Verdict(row["verdict"]),
        where=row["where"],
        happened_on=date.fromisoformat(happened_on) if happened_on else None,
        started_at=datetime.fromisoformat(started_at).astimezone(UTC) if started_at else None,
        distance_m=row["distance_m"],
        duration_s=row["duration_s"],
        surface=Surface(surface) if surface else None,
        origin=row["origin"],
        why=row["why"],
        doubtful=row["doubtful"],
    )
