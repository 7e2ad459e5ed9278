"""FIT files: the sessions that a watch summed up, read with fitdecode.

A file has thousands of points and one or two summaries. The points are stepped over, their places
never decoded; only a file without a summary is gone through again for times and distances.
"""

import io
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import fitdecode

from assessments.imports.entry import Entry, Unreadable
from assessments.imports.judging import judged, unreadable
from assessments.imports.moments import in_zone
from assessments.imports.sports import sport_numbered

ORIGIN = "FIT file"

# Numbers of FIT messages.
FILE_ID, SPORT, SESSION, RECORD, ACTIVITY = 0, 12, 18, 20, 34
# Two days with a point every second, and twice as many other messages.
MESSAGES = 400_000
# Values decoded or defined in one file: those of a long day of points with a dozen each.
VALUES = 750_000
# Parts of a race, and more than any race has.
SESSIONS = 100
# FIT counts seconds from here; smaller numbers count from when the watch was switched on.
EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
FIRST_SECOND_OF_A_CLOCK = 0x10000000
# No place on earth is further from UTC. A larger gap is a clock that was never set.
FURTHEST_FROM_UTC = timedelta(hours=15)
ACTIVITY_FILE = "activity"

# What damaged files make fitdecode raise besides its own errors, found by the fuzz test.
DAMAGE = (
    fitdecode.FitError,
    struct.error,
    AssertionError,
    LookupError,
    TypeError,
    ValueError,
)


@dataclass(slots=True)
class _Totals:
    """What the messages of a file say, raw."""

    sessions: list[dict[str, Any]] = field(default_factory=list)
    local_minus_utc: timedelta | None = None
    sport: dict[str, Any] = field(default_factory=dict)
    kind_of_file: Any = None
    whole: bool = False


def read_fit(content: bytes, *, name: str, zone: ZoneInfo) -> tuple[Entry, ...]:
    """The sessions of a FIT file, at least one entry. Raises ``Unreadable`` when it is damaged."""
    try:
        totals = _totals(content)
        if not totals.sessions and totals.kind_of_file in (None, ACTIVITY_FILE):
            summed = _summed(content)
            if summed is not None:
                totals.sessions.append({**totals.sport, **summed})
    except Unreadable:
        raise
    except DAMAGE as error:
        raise Unreadable("The FIT file is damaged or breaks off before its end.") from error
    if not totals.sessions:
        why = (
            "nothing recorded in it"
            if totals.kind_of_file in (None, ACTIVITY_FILE)
            else "not an activity: settings, a course or a plan of the watch"
        )
        return (unreadable(name, why, origin=ORIGIN),)
    return tuple(
        _entry(
            session,
            where=name if len(totals.sessions) == 1 else f"{name}, part {number}",
            local_minus_utc=totals.local_minus_utc,
            zone=zone,
        )
        for number, session in enumerate(totals.sessions, start=1)
    )


class _Reader(fitdecode.FitReader):
    """Decodes the messages named in ``wanted`` and steps over the others, unread."""

    def __init__(self, content: bytes, wanted: Iterable[int]) -> None:
        super().__init__(
            io.BytesIO(content),
            processor=None,
            check_crc=fitdecode.CrcCheck.READONLY,
            error_handling=fitdecode.ErrorHandling.IGNORE,
        )
        # How watches describe fields of their own makers; fitdecode needs them for what follows.
        self.wanted = {
            *wanted,
            fitdecode.profile.MESG_NUM_DEVELOPER_DATA_ID,
            fitdecode.profile.MESG_NUM_FIELD_DESCRIPTION,
        }
        self.values = 0

    def spend(self, values: int) -> None:
        """Count values; raises ``Unreadable`` when there are more than an activity has."""
        self.values += values
        if self.values > VALUES:
            raise Unreadable("The FIT file has far more in it than an activity.")

    def _read_data_message(self, header_chunk: bytes, record_header: Any) -> Any:
        definition = self._local_mesg_defs.get(record_header.local_mesg_num)
        fields = list(definition.all_field_defs) if definition else []
        size = sum(one.size for one in fields)
        if definition is None or definition.global_mesg_num in self.wanted:
            # A field may hold an array: a value for each four of its bytes.
            self.spend(1 + max(len(fields), size // 4))
            return super()._read_data_message(header_chunk, record_header)
        if size:
            self._read_bytes(size)
        return fitdecode.FitDataMessage(
            record_header.is_developer_data,
            record_header.local_mesg_num,
            record_header.time_offset,
            definition,
            [],
            None,
        )


def _messages(content: bytes, wanted: tuple[int, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and values of each wanted message. Raises ``Unreadable`` when the check sum at the
    end doesn't fit what came before, or there is no end."""
    ended = False
    with _Reader(content, wanted) as frames:
        for count, frame in enumerate(frames):
            if count > MESSAGES:
                raise Unreadable("The FIT file has far more in it than an activity.")
            if frame.frame_type == fitdecode.FIT_FRAME_DEFINITION:
                frames.spend(len(frame.field_defs) + len(frame.dev_field_defs))
            ended = frame.frame_type == fitdecode.FIT_FRAME_CRC
            if ended and not frame.matched:
                raise Unreadable("The FIT file is damaged: its check sum doesn't fit.")
            if frame.frame_type == fitdecode.FIT_FRAME_DATA and frame.global_mesg_num in wanted:
                # Fields that a maker added (developer fields) may carry any name: left out.
                yield (
                    frame.global_mesg_num,
                    {
                        one.name: one.raw_value if one.name in _BY_NUMBER else one.value
                        for one in frame.fields
                        if one.field_def is None or not one.field_def.is_dev
                    },
                )
    if not ended:
        raise Unreadable("The FIT file breaks off before its end.")


# Wanted by number, not by the name that fitdecode gives it.
_BY_NUMBER = frozenset({"sport", "sub_sport"})


def _totals(content: bytes) -> _Totals:
    """Every summary in the file."""
    totals = _Totals()
    for number, values in _messages(content, (FILE_ID, SPORT, SESSION, ACTIVITY)):
        match number:
            case 0:
                totals.kind_of_file = values.get("type")
            case 12:
                totals.sport = {key: values.get(key) for key in ("sport", "sub_sport")}
            case 18:
                totals.sessions.append(values)
                if len(totals.sessions) > SESSIONS:
                    raise Unreadable("The FIT file has far more in it than an activity.")
            case _:
                local = _moment(values.get("local_timestamp"))
                utc = _moment(values.get("timestamp"))
                if local and utc and abs(local - utc) <= FURTHEST_FROM_UTC:
                    totals.local_minus_utc = local - utc
    return totals


def _summed(content: bytes) -> dict[str, Any] | None:
    """Start, duration and distance of a file without a summary, from its points."""
    first: int | None = None
    last: int | None = None
    furthest: float | None = None
    for _, values in _messages(content, (RECORD,)):
        at, metres = values.get("timestamp"), values.get("distance")
        if isinstance(at, int) and at >= FIRST_SECOND_OF_A_CLOCK:
            first = min(at, first if first is not None else at)
            last = max(at, last if last is not None else at)
        # The distance adds up from point to point; a restart of the watch begins at 0 again.
        if isinstance(metres, int | float):
            furthest = max(metres, furthest or 0.0)
    if first is None or last is None:
        return None
    return {"start_time": first, "total_timer_time": last - first, "total_distance": furthest}


def _entry(
    session: dict[str, Any], *, where: str, local_minus_utc: timedelta | None, zone: ZoneInfo
) -> Entry:
    seconds = _number(session.get("total_timer_time")) or _number(session.get("total_elapsed_time"))
    started_at = _moment(session.get("start_time"))
    ended_at = _moment(session.get("timestamp"))
    if started_at is None and ended_at is not None:
        spent = _number(session.get("total_elapsed_time")) or seconds or 0
        started_at = ended_at - timedelta(seconds=min(spent, 400_000))
    return judged(
        where=where,
        origin=ORIGIN,
        sport=sport_numbered(session.get("sport"), session.get("sub_sport")),
        happened_on=_day(started_at, local_minus_utc, zone),
        started_at=started_at,
        metres=_number(session.get("total_distance")),
        seconds=seconds,
    )


def _day(
    started_at: datetime | None, local_minus_utc: timedelta | None, zone: ZoneInfo
) -> date | None:
    """The day on the wrist when the watch noted its own time, else the day in ``zone``."""
    if started_at is None:
        return None
    if local_minus_utc is not None:
        return (started_at + local_minus_utc).date()
    return in_zone(started_at, zone)


def _moment(value: object) -> datetime | None:
    if not isinstance(value, int) or not FIRST_SECOND_OF_A_CLOCK <= value < 0xFFFFFFFF:
        return None
    return EPOCH + timedelta(seconds=value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
