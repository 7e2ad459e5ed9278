"""How a body stands in an exercise: enough to draw it from the side, and to check it is safe."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from assessments.rules.bounds import Bounds, check


class Support(StrEnum):
    """What carries the body."""

    FLOOR = "floor"
    STEP = "step"
    SEAT = "seat"
    LEG_PRESS = "leg_press"
    WALL = "wall"
    WATER = "water"


class LoadAt(StrEnum):
    """Where added weight lies."""

    NONE = "none"
    HAND = "hand"
    SHOULDERS = "shoulders"
    KNEES = "knees"
    MACHINE = "machine"
    PACK = "pack"


class OtherLeg(StrEnum):
    """What the leg that isn't drawn working does."""

    BESIDE = "beside"
    LIFTED = "lifted"
    HELPING = "helping"


EDGES = frozenset({Support.STEP, Support.LEG_PRESS, Support.SEAT})
"""Supports with an edge the heel may hang over; a seated machine has one for the feet."""
HIP_DEG = Bounds(low=-40, high=130, unit="degrees", whole=True)
KNEE_DEG = Bounds(low=0, high=140, unit="degrees", whole=True)
ANKLE_DEG = Bounds(low=-60, high=35, unit="degrees", whole=True)
HEEL_CM = Bounds(low=-12, high=40, unit="cm", whole=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """One moment of an exercise, seen from the side.

    ``hip_deg`` and ``knee_deg`` are 0 when straight and grow as they bend; ``ankle_deg`` is 0 with
    the foot at a right angle to the shin, more with the toes pulled up, less with the heel up.
    ``heel_cm`` is the height of the heel above the floor or the edge it hangs over. ``airborne`` is
    true when no foot touches anything. Raises ``ValueError`` naming the field.
    """

    hip_deg: int
    knee_deg: int
    ankle_deg: int
    heel_cm: int
    support: Support = Support.FLOOR
    load_at: LoadAt = LoadAt.NONE
    other_leg: OtherLeg = OtherLeg.BESIDE
    airborne: bool = False

    def __post_init__(self) -> None:
        for name, bounds in (
            ("hip_deg", HIP_DEG),
            ("knee_deg", KNEE_DEG),
            ("ankle_deg", ANKLE_DEG),
            ("heel_cm", HEEL_CM),
        ):
            value = getattr(self, name)
            if value is None:
                raise ValueError(f"{name}: must be a whole number")
            check(name, value, bounds)
        if self.airborne and self.heel_cm <= 0:
            raise ValueError("heel_cm: must be more than 0 in the air")
        if self.heel_cm < 0 and self.support not in EDGES:
            raise ValueError("heel_cm: only an edge lets the heel go below it")

    @property
    def below_neutral(self) -> bool:
        """True when the ankle is bent past a right angle, or the heel hangs below the edge."""
        return self.ankle_deg > 0 or self.heel_cm < 0


def pose_to_json(pose: Pose) -> dict[str, object]:
    """The pose for JSON."""
    return {name: _plain(value) for name, value in asdict(pose).items()}


def pose_from_json(stored: Mapping[str, object]) -> Pose:
    """The pose ``pose_to_json`` stored. Raises ``ValueError`` for anything else."""
    values = dict(stored)
    try:
        return Pose(
            support=Support(str(values.pop("support"))),
            load_at=LoadAt(str(values.pop("load_at"))),
            other_leg=OtherLeg(str(values.pop("other_leg"))),
            **values,  # type: ignore[arg-type]
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"pose: is not what a pose stores ({error})") from None


def _plain(value: object) -> object:
    return value.value if isinstance(value, StrEnum) else value
