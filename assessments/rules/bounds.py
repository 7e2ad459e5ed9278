"""What each recorded number may be. Forms, value types and database constraints share these.

``check`` and ``check_answer`` raise ``ValueError("<field>: <plain message>")``; ``None`` always
passes, because "not recorded" is a legal answer everywhere and never means zero.
"""

from dataclasses import dataclass
from decimal import Decimal

Number = int | Decimal
"""Numbers the rules accept: whole or decimal. Binary fractions (``float``) are refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Inclusive limits of one kind of number, its unit, and whether only whole numbers count."""

    low: int
    high: int
    unit: str = ""
    whole: bool = False

    @property
    def says(self) -> str:
        """The limits in words, for a hint or an error: ``"from 0 to 15 cm"``."""
        return f"from {self.low} to {self.high} {self.unit}".rstrip()


PAIN = Bounds(low=0, high=10)
VISA_POINTS = Bounds(low=0, high=10, unit="points", whole=True)
VISA_TOTAL = Bounds(low=0, high=100, unit="points", whole=True)
VISA_DELTA = Bounds(low=-100, high=100, unit="points", whole=True)
MINUTES = Bounds(low=0, high=1440, unit="minutes")
HOPS = Bounds(low=0, high=1000, unit="hops", whole=True)
TENDER_CM = Bounds(low=0, high=15, unit="cm")
REPETITIONS = Bounds(low=0, high=200, unit="repetitions", whole=True)
DAYS = Bounds(low=0, high=43_830, unit="days", whole=True)
WEEKS = Bounds(low=0, high=6_300, unit="weeks")
AGE = Bounds(low=0, high=120, unit="years", whole=True)
DISTANCE_M = Bounds(low=0, high=1_000_000, unit="m")
DURATION_S = Bounds(low=0, high=360_000, unit="seconds", whole=True)
HEEL_DROP_MM = Bounds(low=0, high=60, unit="mm")
HEEL_HEIGHT_CM = Bounds(low=0, high=30, unit="cm")
HOP_CM = Bounds(low=0, high=400, unit="cm")
LOAD_KG = Bounds(low=0, high=500, unit="kg")
BODY_KG = Bounds(low=25, high=350, unit="kg")
SPEED_KMH = Bounds(low=1, high=40, unit="km/h")
CADENCE_SPM = Bounds(low=80, high=280, unit="steps a minute", whole=True)
CONTACT_MS = Bounds(low=80, high=800, unit="ms", whole=True)
SCORE = Bounds(low=-1000, high=10_000)
TENDER_POINTS_MAX = 20


def check(field: str, value: Number | None, bounds: Bounds) -> None:
    """Raise ``ValueError`` naming ``field`` unless ``value`` is ``None`` or a number inside
    ``bounds``."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"{field}: must be a number")
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"{field}: must be a number")
    if bounds.whole and not isinstance(value, int):
        raise ValueError(f"{field}: must be a whole number")
    if not bounds.low <= value <= bounds.high:
        raise ValueError(f"{field}: must be {bounds.says}")


def check_answer(field: str, value: bool | None) -> None:
    """Raise ``ValueError`` naming ``field`` unless ``value`` is yes, no or ``None`` (not
    answered)."""
    if value is not None and not isinstance(value, bool):
        raise ValueError(f"{field}: must be yes, no or not answered")
