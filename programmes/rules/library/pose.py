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


class Hands(StrEnum):
    """What the hands hold on to or hold."""

    FREE = "free"
    WALL = "wall"
    BENCH = "bench"
    RAIL = "rail"
    POOL_EDGE = "pool_edge"
    BAND = "band"
    ROPE = "rope"


class Ground(StrEnum):
    """What the ground is; level ground is where the heel stops, because it must go no further."""

    PLAIN = "plain"
    LEVEL = "level"
    GRASS = "grass"
    TRACK = "track"


EDGES = frozenset({Support.STEP, Support.LEG_PRESS, Support.SEAT})
"""Supports with an edge the heel may hang over; a seated machine has one for the feet."""
HIP_DEG = Bounds(low=-40, high=130, unit="degrees", whole=True)
KNEE_DEG = Bounds(low=0, high=140, unit="degrees", whole=True)
ANKLE_DEG = Bounds(low=-60, high=35, unit="degrees", whole=True)
HEEL_CM = Bounds(low=-12, high=40, unit="cm", whole=True)
SLOPE_DEG = Bounds(low=0, high=20, unit="degrees", whole=True)
PACE = Bounds(low=0, high=2, unit="steps above easy", whole=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """One moment of an exercise, seen from the side.

    ``hip_deg`` and ``knee_deg`` are 0 when straight and grow as they bend; ``ankle_deg`` is 0 with
    the foot at a right angle to the shin, more with the toes pulled up, less with the heel up.
    ``heel_cm`` is the height of the heel above the floor or the edge it hangs over. ``airborne`` is
    true when no foot touches anything. ``slope_deg`` is how steep the ground rises in front.
    ``pace`` is 0 for easy, 1 for faster and 2 for fast running. A rucksack of somebody who sits
    lies on the knees. Raises ``ValueError`` naming the field.
    """

    hip_deg: int
    knee_deg: int
    ankle_deg: int
    heel_cm: int
    support: Support = Support.FLOOR
    load_at: LoadAt = LoadAt.NONE
    other_leg: OtherLeg = OtherLeg.BESIDE
    airborne: bool = False
    # What was stored before drawings were has none of these.
    hands: Hands = Hands.FREE
    slope_deg: int = 0
    ground: Ground = Ground.PLAIN
    pace: int = 0

    def __post_init__(self) -> None:
        for name, bounds in (
            ("hip_deg", HIP_DEG),
            ("knee_deg", KNEE_DEG),
            ("ankle_deg", ANKLE_DEG),
            ("heel_cm", HEEL_CM),
            ("slope_deg", SLOPE_DEG),
            ("pace", PACE),
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
    """The pose ``pose_to_json`` stored, now or before. Raises ``ValueError`` for anything else."""
    values = dict(stored)
    try:
        return Pose(
            support=Support(str(values.pop("support"))),
            load_at=LoadAt(str(values.pop("load_at"))),
            other_leg=OtherLeg(str(values.pop("other_leg"))),
            hands=Hands(str(values.pop("hands", Hands.FREE.value))),
            ground=Ground(str(values.pop("ground", Ground.PLAIN.value))),
            **values,  # type: ignore[arg-type]
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"pose: is not what a pose stores ({error})") from None


def _plain(value: object) -> object:
    return value.value if isinstance(value, StrEnum) else value


def pose_in_words(pose: Pose) -> str:
    """The pose as somebody would say it: "Standing on the floor, knee straight, ..."."""
    words = [_PLACES[pose.support], _knee_words(pose), _ankle_words(pose), _heel_words(pose)]
    if pose.airborne:
        words[0] = "In the air"
    if pose.load_at is not LoadAt.NONE:
        sat = pose.load_at is LoadAt.PACK and pose.support is Support.SEAT
        words.append("rucksack on the knees" if sat else _LOADS[pose.load_at])
    if pose.other_leg is not OtherLeg.BESIDE:
        words.append(_OTHER_LEG[pose.other_leg])
    if pose.hands is not Hands.FREE:
        words.append(_HANDS[pose.hands])
    return ", ".join(words)


_PLACES = {
    Support.FLOOR: "On the floor",
    Support.STEP: "On the edge of a step",
    Support.SEAT: "Sitting",
    Support.LEG_PRESS: "In the leg press",
    Support.WALL: "Leaning on a wall",
    Support.WATER: "In water",
}
_LOADS = {
    LoadAt.HAND: "weight in the hands",
    LoadAt.SHOULDERS: "weight on the shoulders",
    LoadAt.KNEES: "weight on the knees",
    LoadAt.MACHINE: "weight on the machine",
    LoadAt.PACK: "rucksack on the back",
}
_HANDS = {
    Hands.WALL: "fingers on a wall",
    Hands.BENCH: "hands on a bench",
    Hands.RAIL: "hand on a rail",
    Hands.POOL_EDGE: "hands on the edge of the pool",
    Hands.BAND: "band in the hands",
    Hands.ROPE: "rope in the hands",
}
_OTHER_LEG = {OtherLeg.LIFTED: "other foot lifted", OtherLeg.HELPING: "other foot helping"}


def _knee_words(pose: Pose) -> str:
    return f"knee bent {pose.knee_deg}°" if pose.knee_deg else "knee straight"


def _ankle_words(pose: Pose) -> str:
    if pose.ankle_deg == 0:
        return "ankle at a right angle"
    way = "toes up" if pose.ankle_deg > 0 else "toes down"
    return f"ankle {abs(pose.ankle_deg)}° {way}"


def _heel_words(pose: Pose) -> str:
    if pose.heel_cm == 0:
        return "heel level"
    return f"heel {abs(pose.heel_cm)} cm {'up' if pose.heel_cm > 0 else 'below the edge'}"
