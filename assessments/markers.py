"""What happened to a tendon beside measurements, for the time axes of this app's pictures.

This app lies below ``programmes`` and can't ask it; so whoever knows of something worth a mark says
so here when Django starts, and a picture asks everybody who did.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from patients.models import Episode


class MarkerKind(StrEnum):
    """What a mark stands for; the style sheet and the legend know these."""

    VERSION = "version"
    INJECTION = "injection"
    FLARE = "flare"
    SESSION = "session"
    ONSET = "onset"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """One mark on a time axis: the day, what it is, what it says, and where it leads (or blank)."""

    on: date
    kind: MarkerKind
    says: str
    url: str = ""


Teller = Callable[[Episode], Iterable[Marker]]
_tellers: list[Teller] = []


def tells(teller: Teller) -> Teller:
    """Have ``teller`` asked for its markers by every picture; usable as a decorator."""
    if teller not in _tellers:
        _tellers.append(teller)
    return teller


def markers_of(episode: Episode) -> list[Marker]:
    """Everything anybody knows of, by day."""
    found = [marker for teller in _tellers for marker in teller(episode)]
    return sorted(found, key=lambda marker: (marker.on, marker.kind, marker.says))


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Numbers another app measured of a tendon: named lines of (day, value, address or blank).

    Each line runs from the oldest to the newest; ``high`` is the top of the scale, which begins
    at 0.
    """

    title: str
    explains: str
    high: int
    lines: Sequence[tuple[str, Sequence[tuple[date, int | Decimal, str]]]]


SeriesTeller = Callable[[Episode], Iterable[Series]]
_series_tellers: list[SeriesTeller] = []


def tells_series(teller: SeriesTeller) -> SeriesTeller:
    """Have ``teller`` asked for its series by the page of outcomes; usable as a decorator."""
    if teller not in _series_tellers:
        _series_tellers.append(teller)
    return teller


def series_of(episode: Episode) -> list[Series]:
    """Every series anybody tells that has a value, in the order they were registered."""
    found = [series for teller in _series_tellers for series in teller(episode)]
    return [series for series in found if any(values for _, values in series.lines)]
