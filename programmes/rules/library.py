"""The exercises of the ladders: what each is, what it asks of the tendon, and how to do it.

Instructions are for the patient, in plain words. The level variants, for insertional tendons, say
that the heel stays level with the floor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from assessments.rules.terms import MatrixRow, Stage
from programmes.rules.dose import Tempo
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


class Equipment(StrEnum):
    """What has to be there."""

    NONE = "none"
    WALL = "wall"
    STEP = "step"
    CHAIR = "chair"
    WEIGHT = "weight"
    SEATED_MACHINE = "seated_machine"
    LEG_PRESS = "leg_press"
    BARBELL = "barbell"


@dataclass(frozen=True, slots=True, kw_only=True)
class TendonLoad:
    """Peak load of the tendon in multiples of body weight, with its source."""

    body_weights: Decimal
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One exercise. ``row`` is the matrix row that says whether a tendon may do it."""

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


SLOW = Tempo(up_s=3, hold_s=0, down_s=3)
STEADY = Tempo(up_s=2, hold_s=0, down_s=2)
LOWERING = Tempo(up_s=1, hold_s=0, down_s=3)
# Unloaded single-leg raise and forward single-leg hop; n = 8 for the hop (rule book section 5).
SINGLE_RAISE_LOAD = TendonLoad(body_weights=Decimal("3.98"), source="HHP-CALF")
SEATED_LOAD = TendonLoad(body_weights=Decimal("0.5"), source="PM32658037")
FORWARD_HOP_LOAD = TendonLoad(body_weights=Decimal("7.3"), source="PM32658037")

_LEVEL = "At the bottom your heel is level with the floor, never below."


def _exercise(
    key: str,
    name: str,
    stage: Stage,
    row: MatrixRow,
    contraction: Contraction,
    heel_range: Range,
    instructions: tuple[str, ...],
    *,
    knee: Knee = Knee.STRAIGHT,
    equipment: tuple[Equipment, ...] = (Equipment.NONE,),
    tempo: Tempo | None = None,
    tendon_load: TendonLoad | None = None,
) -> Exercise:
    return Exercise(
        key=key,
        name=name,
        stage=stage,
        row=row,
        knee=knee,
        contraction=contraction,
        range=heel_range,
        equipment=equipment,
        tempo=tempo,
        tendon_load=tendon_load,
        instructions=instructions,
    )


_ALL = (
    _exercise(
        "isometric_hold_double",
        "Double-leg heel-raise hold",
        Stage.ISOMETRIC,
        MatrixRow.ISOMETRIC_MID_RANGE,
        Contraction.ISOMETRIC,
        Range.MID_RANGE,
        (
            "Stand on both feet and rest your fingers on a wall.",
            "Rise halfway up and hold still.",
            "Keep your weight even on both feet and breathe.",
        ),
        equipment=(Equipment.WALL,),
    ),
    _exercise(
        "isometric_hold_single",
        "Single-leg heel-raise hold",
        Stage.ISOMETRIC,
        MatrixRow.ISOMETRIC_MID_RANGE,
        Contraction.ISOMETRIC,
        Range.MID_RANGE,
        (
            "Stand on the sore leg and rest your fingers on a wall.",
            "Rise halfway up and hold still.",
            "If you cannot hold it, put the other foot down to help.",
        ),
        equipment=(Equipment.WALL, Equipment.WEIGHT),
    ),
    _exercise(
        "hsr_seated_raise",
        "Seated heel raise, machine",
        Stage.ISOTONIC,
        MatrixRow.LOADED_HSR,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.BELOW_NEUTRAL,
        (
            "Sit with your knees bent under the pad.",
            "Push up slowly with both feet, then lower slowly.",
            "Use the whole movement, without a bounce.",
        ),
        knee=Knee.BENT,
        equipment=(Equipment.SEATED_MACHINE,),
        tempo=SLOW,
    ),
    _exercise(
        "hsr_leg_press_raise",
        "Heel raise on the leg press",
        Stage.ISOTONIC,
        MatrixRow.LOADED_HSR,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.BELOW_NEUTRAL,
        (
            "Sit in the leg press with straight knees and the balls of your feet on the plate.",
            "Push the plate away slowly with your feet, then let it come back slowly.",
            "Use the whole movement, without a bounce.",
        ),
        equipment=(Equipment.LEG_PRESS,),
        tempo=SLOW,
    ),
    _exercise(
        "hsr_barbell_raise",
        "Standing heel raise with barbell",
        Stage.ISOTONIC,
        MatrixRow.LOADED_HSR,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.BELOW_NEUTRAL,
        (
            "Stand with the front of your feet on a weight plate and the bar on your shoulders.",
            "Keep your knees straight.",
            "Rise slowly, then lower slowly as far as you can.",
        ),
        equipment=(Equipment.BARBELL, Equipment.WEIGHT),
        tempo=SLOW,
    ),
    _exercise(
        "loaded_single_leg_raise",
        "Single-leg heel raise with weight",
        Stage.ISOTONIC,
        MatrixRow.LOADED_HSR,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.TO_NEUTRAL,
        (
            "Stand on the sore leg, hold the weight and rest your fingers on a wall.",
            "Rise slowly as high as you can, then lower slowly.",
            "Keep your knee straight.",
        ),
        equipment=(Equipment.WEIGHT, Equipment.WALL),
        tempo=SLOW,
    ),
    _exercise(
        "loaded_single_leg_seated_raise",
        "Seated single-leg heel raise with weight",
        Stage.ISOTONIC,
        MatrixRow.LOADED_HSR,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.TO_NEUTRAL,
        (
            "Sit with the weight on the knee of the sore leg.",
            "Lift your heel slowly as high as you can, then lower slowly.",
        ),
        knee=Knee.BENT,
        equipment=(Equipment.WEIGHT, Equipment.CHAIR),
        tempo=SLOW,
    ),
    _exercise(
        "level_double_raise",
        "Double-leg heel raise, level floor",
        Stage.ISOTONIC,
        MatrixRow.BILATERAL_HEEL_RAISE_FLOOR,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.TO_NEUTRAL,
        (
            "Stand on a flat floor and rest your fingers on a wall.",
            "Rise on both feet, then lower slowly.",
            _LEVEL,
        ),
        equipment=(Equipment.WALL,),
        tempo=STEADY,
    ),
    _exercise(
        "level_single_raise",
        "Single-leg heel raise, level floor",
        Stage.ISOTONIC,
        MatrixRow.SINGLE_LEG_HEEL_RAISE_FLOOR,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.TO_NEUTRAL,
        (
            "Stand on the sore leg on a flat floor and rest your fingers on a wall.",
            "Rise as high as you can, then lower slowly.",
            _LEVEL,
        ),
        equipment=(Equipment.WALL,),
        tempo=STEADY,
        tendon_load=SINGLE_RAISE_LOAD,
    ),
    _exercise(
        "level_loaded_raise",
        "Heel raise with weight, level floor",
        Stage.ISOTONIC,
        MatrixRow.LOADED_HSR,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.TO_NEUTRAL,
        (
            "Stand on the sore leg on a flat floor and hold the weight.",
            "Rise slowly as high as you can, then lower slowly.",
            _LEVEL,
        ),
        equipment=(Equipment.WEIGHT, Equipment.WALL),
        tempo=SLOW,
    ),
    _exercise(
        "level_seated_machine_raise",
        "Seated heel raise, machine, level",
        Stage.ISOTONIC,
        MatrixRow.LOADED_HSR,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.TO_NEUTRAL,
        (
            "Sit with your knees bent under the pad and your feet flat.",
            "Push up slowly with both feet, then lower slowly.",
            _LEVEL,
        ),
        knee=Knee.BENT,
        equipment=(Equipment.SEATED_MACHINE,),
        tempo=SLOW,
    ),
    _exercise(
        "level_leg_press_raise",
        "Heel raise on the leg press, level",
        Stage.ISOTONIC,
        MatrixRow.LOADED_HSR,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.TO_NEUTRAL,
        (
            "Sit in the leg press with straight knees and your feet on the plate.",
            "Push slowly with your feet, then come back slowly.",
            "Stop when your foot is at a right angle: heel level with the floor, never below.",
        ),
        equipment=(Equipment.LEG_PRESS,),
        tempo=SLOW,
    ),
    _exercise(
        "level_barbell_raise",
        "Standing heel raise with barbell, level",
        Stage.ISOTONIC,
        MatrixRow.LOADED_HSR,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.TO_NEUTRAL,
        (
            "Stand on a flat floor with the bar on your shoulders.",
            "Keep your knees straight. Rise slowly, then lower slowly.",
            _LEVEL,
        ),
        equipment=(Equipment.BARBELL,),
        tempo=SLOW,
    ),
    _exercise(
        "heel_drop_straight",
        "Heel drop over a step, knee straight",
        Stage.ISOTONIC,
        MatrixRow.STEP_DEFICIT_HEEL_DROP,
        Contraction.ECCENTRIC,
        Range.BELOW_NEUTRAL,
        (
            "Stand on a step with your heels over the edge and hold on.",
            "Go up with the other leg, then put your weight on the sore leg.",
            "Lower the heel slowly below the step, knee straight.",
        ),
        equipment=(Equipment.STEP,),
        tempo=LOWERING,
    ),
    _exercise(
        "heel_drop_bent",
        "Heel drop over a step, knee bent",
        Stage.ISOTONIC,
        MatrixRow.STEP_DEFICIT_HEEL_DROP,
        Contraction.ECCENTRIC,
        Range.BELOW_NEUTRAL,
        (
            "Stand on a step with your heels over the edge and hold on.",
            "Go up with the other leg, then put your weight on the sore leg.",
            "Bend the knee a little and lower the heel slowly below the step.",
        ),
        knee=Knee.BENT,
        equipment=(Equipment.STEP,),
        tempo=LOWERING,
    ),
    _exercise(
        "ankle_circulation",
        "Ankle pumps",
        Stage.ISOTONIC,
        # The matrix has no row for a foot that moves without load; the seated raise is the nearest.
        MatrixRow.SEATED_SOLEUS_RAISE,
        Contraction.CYCLIC,
        Range.MID_RANGE,
        (
            "Sit or lie with your leg supported.",
            "Move your foot up and down without pushing to the end.",
        ),
        knee=Knee.FREE,
    ),
    _exercise(
        "floor_double_raise",
        "Double-leg heel raise, floor",
        Stage.ISOTONIC,
        MatrixRow.BILATERAL_HEEL_RAISE_FLOOR,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.TO_NEUTRAL,
        (
            "Stand on a flat floor and rest your fingers on a wall.",
            "Rise on both feet as high as you can, then lower slowly.",
        ),
        equipment=(Equipment.WALL,),
        tempo=STEADY,
    ),
    _exercise(
        "floor_single_raise",
        "Single-leg heel raise, floor",
        Stage.ISOTONIC,
        MatrixRow.SINGLE_LEG_HEEL_RAISE_FLOOR,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.TO_NEUTRAL,
        (
            "Stand on the sore leg on a flat floor and rest your fingers on a wall.",
            "Rise as high as you can, then lower slowly.",
        ),
        equipment=(Equipment.WALL,),
        tempo=STEADY,
        tendon_load=SINGLE_RAISE_LOAD,
    ),
    _exercise(
        "floor_eccentric",
        "Lowering on one leg, floor",
        Stage.ISOTONIC,
        MatrixRow.SINGLE_LEG_HEEL_RAISE_FLOOR,
        Contraction.ECCENTRIC,
        Range.TO_NEUTRAL,
        (
            "Stand on a flat floor and rest your fingers on a wall.",
            "Rise on both feet, then put your weight on the sore leg.",
            "Lower the heel slowly to the floor.",
        ),
        equipment=(Equipment.WALL,),
        tempo=LOWERING,
    ),
    _exercise(
        "seated_raise",
        "Seated heel raise",
        Stage.ISOTONIC,
        MatrixRow.SEATED_SOLEUS_RAISE,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.TO_NEUTRAL,
        (
            "Sit with your feet flat on the floor.",
            "Lift your heel as high as you can, then lower slowly.",
        ),
        knee=Knee.BENT,
        equipment=(Equipment.CHAIR,),
        tempo=STEADY,
        tendon_load=SEATED_LOAD,
    ),
    _exercise(
        "step_double_raise",
        "Double-leg heel raise on a step",
        Stage.ISOTONIC,
        MatrixRow.STEP_DEFICIT_HEEL_DROP,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.BELOW_NEUTRAL,
        (
            "Stand on a step with your heels over the edge and hold on.",
            "Rise on both feet, then lower slowly below the step.",
        ),
        equipment=(Equipment.STEP,),
        tempo=STEADY,
    ),
    _exercise(
        "step_single_raise",
        "Single-leg heel raise on a step",
        Stage.ISOTONIC,
        MatrixRow.STEP_DEFICIT_HEEL_DROP,
        Contraction.CONCENTRIC_ECCENTRIC,
        Range.BELOW_NEUTRAL,
        (
            "Stand on the sore leg on a step, heel over the edge, and hold on.",
            "Rise as high as you can, then lower slowly below the step.",
        ),
        equipment=(Equipment.STEP,),
        tempo=STEADY,
    ),
    _exercise(
        "step_eccentric",
        "Lowering on one leg on a step",
        Stage.ISOTONIC,
        MatrixRow.STEP_DEFICIT_HEEL_DROP,
        Contraction.ECCENTRIC,
        Range.BELOW_NEUTRAL,
        (
            "Stand on a step with your heels over the edge and hold on.",
            "Rise on both feet, then put your weight on the sore leg.",
            "Lower the heel slowly below the step.",
        ),
        equipment=(Equipment.STEP,),
        tempo=LOWERING,
    ),
    _exercise(
        "quick_rebound_raise",
        "Quick heel raises",
        Stage.PLYOMETRIC,
        MatrixRow.DOUBLE_LEG_HOP,
        Contraction.STRETCH_SHORTENING,
        Range.TO_NEUTRAL,
        (
            "Stand on both feet and rest your fingers on a wall.",
            "Rise and drop quickly, like a spring.",
            "Catch yourself before your heels touch the floor.",
        ),
        equipment=(Equipment.WALL,),
    ),
    _exercise(
        "double_leg_pogo",
        "Double-leg pogo hops",
        Stage.PLYOMETRIC,
        MatrixRow.DOUBLE_LEG_HOP,
        Contraction.STRETCH_SHORTENING,
        Range.TO_NEUTRAL,
        (
            "Hop on both feet with nearly straight knees.",
            "Small, quick hops; keep your heels off the floor.",
        ),
    ),
    _exercise(
        "double_leg_jump_loaded",
        "Double-leg jumps with added weight",
        Stage.PLYOMETRIC,
        MatrixRow.DOUBLE_LEG_HOP,
        Contraction.STRETCH_SHORTENING,
        Range.TO_NEUTRAL,
        (
            "Hold the weight close to your body.",
            "Jump up from both feet and land softly on both.",
            "Stand still for a moment before the next jump.",
        ),
        equipment=(Equipment.WEIGHT,),
    ),
    _exercise(
        "single_leg_hop_in_place",
        "Single-leg hops on the spot",
        Stage.PLYOMETRIC,
        MatrixRow.SINGLE_LEG_HOP,
        Contraction.STRETCH_SHORTENING,
        Range.TO_NEUTRAL,
        (
            "Hop on the sore leg on the spot.",
            "Small, quick hops; land softly on the front of your foot.",
        ),
    ),
    _exercise(
        "forward_hop",
        "Forward hops on one leg",
        Stage.PLYOMETRIC,
        MatrixRow.SINGLE_LEG_HOP,
        Contraction.STRETCH_SHORTENING,
        Range.TO_NEUTRAL,
        (
            "Hop forward on the sore leg, one hop after the other.",
            "Start with short hops and land softly.",
        ),
        tendon_load=FORWARD_HOP_LOAD,
    ),
    _exercise(
        "run_walk",
        "Run and walk",
        Stage.RUN_WALK,
        MatrixRow.RUN_WALK_FLAT,
        Contraction.CYCLIC,
        Range.TO_NEUTRAL,
        (
            "Choose flat, even ground.",
            "Walk briskly, then run at an easy pace you could talk at.",
            "Have a day without running after every session.",
        ),
        knee=Knee.FREE,
    ),
    _exercise(
        "run_flat",
        "Easy running, flat",
        Stage.FULL_RETURN,
        MatrixRow.RUN_WALK_FLAT,
        Contraction.CYCLIC,
        Range.TO_NEUTRAL,
        (
            "Choose flat, even ground.",
            "Run at an easy pace you could talk at.",
        ),
        knee=Knee.FREE,
    ),
    _exercise(
        "run_tempo_flat",
        "Faster running, flat",
        Stage.FULL_RETURN,
        MatrixRow.SPEED_RUNNING,
        Contraction.CYCLIC,
        Range.TO_NEUTRAL,
        (
            "Choose flat, even ground and warm up with easy running.",
            "Run steadily faster in the middle part, then slow down again.",
        ),
        knee=Knee.FREE,
    ),
    _exercise(
        "run_hills",
        "Hill running",
        Stage.FULL_RETURN,
        MatrixRow.UPHILL_RUNNING,
        Contraction.CYCLIC,
        Range.BELOW_NEUTRAL,
        (
            "Start with gentle hills and short climbs.",
            "Keep the rest of the run flat.",
        ),
        knee=Knee.FREE,
    ),
    _exercise(
        "run_speed",
        "Speed and track running",
        Stage.FULL_RETURN,
        MatrixRow.SPEED_RUNNING,
        Contraction.CYCLIC,
        Range.TO_NEUTRAL,
        (
            "Warm up with easy running.",
            "Run short, fast parts with easy running between them.",
        ),
        knee=Knee.FREE,
    ),
)

EXERCISES: Mapping[str, Exercise] = MappingProxyType({each.key: each for each in _ALL})

LEVEL_VARIANTS: Mapping[str, str] = MappingProxyType(
    {
        "hsr_seated_raise": "level_seated_machine_raise",
        "hsr_leg_press_raise": "level_leg_press_raise",
        "hsr_barbell_raise": "level_barbell_raise",
        "loaded_single_leg_raise": "level_loaded_raise",
        "floor_double_raise": "level_double_raise",
        "floor_single_raise": "level_single_raise",
    }
)
"""What an insertional tendon does instead: the same work with the heel never below the floor."""


def exercise(key: str) -> Exercise:
    """The exercise with this key. Raises ``KeyError`` when the library has none."""
    return EXERCISES[key]
