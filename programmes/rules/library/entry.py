"""What the library says of one exercise, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from assessments.rules.terms import MatrixRow, Stage
from programmes.rules.dose import Tempo, Usual
from programmes.rules.library.pose import Pose
from programmes.rules.terms import Range


class Knee(StrEnum):
    """How the knee is held: straight works more of the big calf muscle, bent the deep one."""

    STRAIGHT = "straight"
    BENT = "bent"
    FREE = "free"


class Contraction(StrEnum):
    """What the calf muscle does."""

    ISOMETRIC = "isometric"
    ECCENTRIC = "eccentric"
    CONCENTRIC_ECCENTRIC = "concentric_eccentric"
    STRETCH_SHORTENING = "stretch_shortening"
    CYCLIC = "cyclic"
    PASSIVE = "passive"


class Equipment(StrEnum):
    """What has to be there."""

    NONE = "none"
    WALL = "wall"
    BENCH = "bench"
    STEP = "step"
    STAIR_RAIL = "stair_rail"
    CHAIR = "chair"
    BAND = "band"
    ROPE = "rope"
    PACK = "pack"
    WEIGHT = "weight"
    SEATED_MACHINE = "seated_machine"
    LEG_PRESS = "leg_press"
    BARBELL = "barbell"
    POOL = "pool"
    GRASS = "grass"


@dataclass(frozen=True, slots=True, kw_only=True)
class TendonLoad:
    """Peak load of the tendon in multiples of body weight, with its source."""

    body_weights: Decimal
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One exercise. ``row`` is the matrix row that says whether a tendon may do it.

    ``start`` and ``end`` are the two moments a drawing shows; of a hold they are the same.
    ``usual`` fills what nobody writes of a dose. ``regression`` is the key of an easier exercise,
    None for the easiest. ``earliest`` is the earliest stage it may stand in; where that is before
    its own stage ``earliest_because`` says why, with a source in ``earliest_source``.
    ``row_because`` says why a row was chosen that doesn't name the exercise.
    """

    key: str
    name: str
    stage: Stage
    row: MatrixRow
    knee: Knee
    contraction: Contraction
    range: Range
    equipment: tuple[Equipment, ...]
    tempo: Tempo | None
    tendon_load: TendonLoad | None
    instructions: tuple[str, ...]
    start: Pose
    end: Pose
    usual: Usual
    regression: str | None
    earliest: Stage
    at_home: bool
    earliest_because: str = ""
    earliest_source: str = ""
    row_because: str = ""


Catalogue = Mapping[str, Exercise]
"""Exercises by their key: the built-in ones, or those and the practice's own."""
