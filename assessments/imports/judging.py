"""From the values of one activity to its entry: the same verdicts for every format."""

import math
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial

from assessments.imports.entry import Entry, Verdict
from assessments.imports.sports import UNKNOWN, Sport
from assessments.rules import bounds

# Slower over the whole of it than 12 minutes a kilometre is walking; nobody runs a kilometre and
# more faster than 26 km/h. Between 18 and 26 a run that is labelled so is believed, an activity
# without a label is not. These tell labels apart, they are no clinical numbers.
WALKING_BELOW_KMH = Decimal(5)
NO_RUN_ABOVE_KMH = Decimal(26)
UNLABELLED_RUN_ABOVE_KMH = Decimal(18)
# Below this an average says little: two presses of the button, a sprint.
SPEED_COUNTS_FROM_M = 400
# Watches with GPS came after this day; an earlier date is a clock that was never set.
EARLIEST = date(1990, 1, 1)
LATEST = date(2199, 12, 31)


def unreadable(
    where: str,
    why: str,
    *,
    origin: str = "",
    happened_on: date | None = None,
    metres: float | Decimal | None = None,
    seconds: float | Decimal | None = None,
) -> Entry:
    """An entry for something that can't be read, with the reason and what of it could be read, so
    that a person can find it."""
    return Entry(
        verdict=Verdict.UNREADABLE,
        where=where,
        happened_on=happened_on,
        distance_m=_whole(metres, bounds.DISTANCE_M.high)[0],
        duration_s=_whole(seconds, bounds.DURATION_S.high)[0],
        why=why,
        origin=origin,
    )


def judged(
    *,
    where: str,
    origin: str,
    sport: Sport,
    happened_on: date | None,
    started_at: datetime | None,
    metres: float | Decimal | None,
    seconds: float | Decimal | None,
) -> Entry:
    """The entry of one activity: a run, not a run, or unreadable, with the reason.

    A distance or duration of 0 was not recorded.
    """
    if happened_on is not None and not EARLIEST <= happened_on <= LATEST:
        why = f"dated {happened_on.year}, so the clock was wrong"
        return unreadable(where, why, origin=origin, metres=metres, seconds=seconds)
    said = partial(
        unreadable,
        where,
        origin=origin,
        happened_on=happened_on,
        metres=metres,
        seconds=seconds,
    )
    if happened_on is None:
        return said("no date, so the day is not known")
    distance_m, distance_fits = _whole(metres, bounds.DISTANCE_M.high)
    duration_s, duration_fits = _whole(seconds, bounds.DURATION_S.high)
    if sport.is_run is False:
        return Entry(
            verdict=Verdict.NOT_A_RUN,
            where=where,
            happened_on=happened_on,
            started_at=started_at.astimezone(UTC) if started_at else None,
            distance_m=distance_m,
            duration_s=duration_s,
            origin=origin,
            why=sport.words,
        )
    if not distance_fits:
        return said("the distance can't be right")
    if not duration_fits:
        return said("the duration can't be right")
    if distance_m is None and duration_s is None:
        return said("neither a distance nor a duration")
    doubt = _doubt(sport, distance_m, duration_s)
    return Entry(
        verdict=Verdict.NOT_A_RUN if doubt else Verdict.RUN,
        where=where,
        happened_on=happened_on,
        started_at=started_at.astimezone(UTC) if started_at else None,
        distance_m=distance_m,
        duration_s=duration_s,
        surface=sport.surface,
        origin=origin,
        why=doubt,
        doubtful=bool(doubt),
    )


def _whole(value: float | Decimal | None, high: int) -> tuple[int | None, bool]:
    """``value`` as a whole number, and whether it is inside 0 to ``high``; 0 is not recorded."""
    if value is None:
        return None, True
    if not math.isfinite(value) or value < 0 or value > high:
        return None, False
    whole = int(Decimal(value).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return whole or None, True


def _doubt(sport: Sport, distance_m: int | None, duration_s: int | None) -> str:
    """Why a look is needed before this counts as a run; blank when none is."""
    if distance_m is None or duration_s is None or distance_m < SPEED_COUNTS_FROM_M:
        return "" if sport.is_run else sport.words
    kmh = Decimal(distance_m) / Decimal(duration_s) * Decimal("3.6")
    shown = f"{kmh.quantize(Decimal('0.1'), rounding=ROUND_HALF_UP)} km/h"
    label = "labelled a run, but" if sport.is_run else f"{sport.words}, and"
    if kmh < WALKING_BELOW_KMH:
        return f"{label} at walking pace: {shown}"
    if kmh > NO_RUN_ABOVE_KMH or (sport.is_run is None and kmh > UNLABELLED_RUN_ABOVE_KMH):
        return f"{label} faster than a run: {shown}"
    # A file that names no sport, at a running speed, is a run; one that names a strange one isn't.
    return sport.words if sport is UNKNOWN else ""
