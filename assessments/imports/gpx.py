"""GPX files: each track is an activity. The points give a length and times, and are let go."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from gpxpy.gpx import GPXTrackPoint, GPXTrackSegment

from assessments.imports.entry import Entry, Unreadable
from assessments.imports.judging import judged, unreadable
from assessments.imports.limits import ACTIVITIES
from assessments.imports.moments import in_utc, in_zone, moment_of
from assessments.imports.sports import sport_named
from assessments.imports.xmltree import walk

ORIGIN = "GPX file"


@dataclass(slots=True)
class _Track:
    """What is known of one track; the points of the piece being read are in ``segment``."""

    sport: str = ""
    metres: float = 0.0
    seconds: float = 0.0
    points: int = 0
    started_at: datetime | None = None
    timed: bool = False
    segment: list[GPXTrackPoint] = field(default_factory=list)

    def close_segment(self) -> None:
        """Add up the piece of track, and forget its points."""
        segment, self.segment = self.segment, []
        self.points += len(segment)
        if len(segment) > 1:
            length = GPXTrackSegment(segment).length_2d()
            self.metres += length if length and math.isfinite(length) else 0.0
        times = [point.time for point in segment if point.time is not None]
        if times:
            self.timed = True
            first, last = min(times), max(times)
            # Pauses between pieces don't count.
            self.seconds += (last - first).total_seconds()
            self.started_at = min(first, self.started_at) if self.started_at else first


def read_gpx(content: bytes, *, name: str, zone: ZoneInfo) -> tuple[Entry, ...]:
    """The tracks of a GPX file, at least one entry. Raises ``Unreadable`` when it can't be read."""
    tracks: list[_Track] = []
    routed = False
    place: tuple[float, float] | None = None
    time: datetime | None = None
    for event, path, element in walk(content):
        match event, path[1:]:
            case "start", ("trk",):
                tracks.append(_Track())
                if len(tracks) > ACTIVITIES:
                    raise Unreadable(f"The file has more than {ACTIVITIES:,} activities.")
            case "start", ("trk", "trkseg", "trkpt"):
                place, time = _place(element.get), None
            case "end", ("trk", "trkseg", "trkpt", "time"):
                time = _time(element.text)
            case "end", ("trk", "trkseg", "trkpt"):
                if place is not None:
                    tracks[-1].segment.append(GPXTrackPoint(*place, time=time))
            case "end", ("trk", "trkseg"):
                tracks[-1].close_segment()
            case "end", ("trk", "type"):
                tracks[-1].sport = (element.text or "").strip()
            case "start", ("rte",):
                routed = True
    walked = [track for track in tracks if track.points]
    if not walked:
        return (
            unreadable(
                name,
                "a planned route, without a track" if routed else "a track without any points",
                origin=ORIGIN,
            ),
        )
    return tuple(
        _entry(
            track,
            where=name if len(walked) == 1 else f"{name}, track {number}",
            zone=zone,
        )
        for number, track in enumerate(walked, start=1)
    )


def _entry(track: _Track, *, where: str, zone: ZoneInfo) -> Entry:
    if not track.timed or track.started_at is None:
        return unreadable(where, "points without times, so the day is not known", origin=ORIGIN)
    return judged(
        where=where,
        origin=ORIGIN,
        sport=sport_named(track.sport),
        happened_on=in_zone(track.started_at, zone),
        started_at=track.started_at,
        metres=track.metres,
        seconds=track.seconds,
    )


def _place(attribute: Callable[[str], str | None]) -> tuple[float, float] | None:
    """Latitude and longitude, ``None`` when they are none on earth."""
    try:
        latitude, longitude = float(attribute("lat") or "x"), float(attribute("lon") or "x")
    except ValueError:
        return None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    return latitude, longitude


def _time(text: str | None) -> datetime | None:
    moment = moment_of(text or "")
    return in_utc(moment.clock, ZoneInfo("UTC")) if moment and moment.clock else None
