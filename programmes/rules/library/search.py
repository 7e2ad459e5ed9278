"""Finding an exercise by what is typed and chosen."""

from collections.abc import Iterable

from assessments.rules.contraindications import ROW_LABELS
from assessments.rules.terms import MatrixRow, Stage
from programmes.rules.library.entry import Contraction, Equipment, Exercise, Knee
from programmes.rules.terms import DoseSide, Range

STAGE_WORDS = {
    Stage.ISOMETRIC: "Isometric",
    Stage.ISOTONIC: "Isotonic",
    Stage.PLYOMETRIC: "Plyometric",
    Stage.RUN_WALK: "Run-walk",
    Stage.FULL_RETURN: "Full return",
}
EQUIPMENT_WORDS = {
    Equipment.NONE: "Nothing",
    Equipment.WALL: "Wall",
    Equipment.BENCH: "Kitchen bench",
    Equipment.STEP: "Step",
    Equipment.STAIR_RAIL: "Stair rail",
    Equipment.CHAIR: "Chair",
    Equipment.BAND: "Band",
    Equipment.ROPE: "Skipping rope",
    Equipment.PACK: "Rucksack",
    Equipment.WEIGHT: "Dumbbell or plate",
    Equipment.SEATED_MACHINE: "Seated calf machine",
    Equipment.LEG_PRESS: "Leg press",
    Equipment.BARBELL: "Barbell",
    Equipment.POOL: "Pool",
    Equipment.GRASS: "Grass",
}
KNEE_WORDS = {Knee.STRAIGHT: "Straight", Knee.BENT: "Bent", Knee.FREE: "Free"}
CONTRACTION_WORDS = {
    Contraction.ISOMETRIC: "Hold",
    Contraction.ECCENTRIC: "Lowering",
    Contraction.CONCENTRIC_ECCENTRIC: "Up and down",
    Contraction.STRETCH_SHORTENING: "Spring",
    Contraction.CYCLIC: "Step after step",
    Contraction.PASSIVE: "Stretch",
}
RANGE_WORDS = {
    Range.TO_NEUTRAL: "Down to a right angle, heel level",
    Range.BELOW_NEUTRAL: "Past a right angle, heel below or under load",
    Range.MID_RANGE: "In the middle of the movement",
}
SIDE_WORDS = {
    DoseSide.BOTH: "Both legs together",
    DoseSide.AFFECTED: "The sore leg",
    DoseSide.OTHER: "The other leg",
    DoseSide.EACH: "Each leg in turn",
}


def matching(
    exercises: Iterable[Exercise],
    *,
    typed: str = "",
    stage: Stage | None = None,
    row: MatrixRow | None = None,
    equipment: Equipment | None = None,
    at_home: bool = False,
) -> tuple[Exercise, ...]:
    """The exercises that have every typed word somewhere, and what was chosen.

    Words are looked for in the name, the kind, the stage and the equipment, whatever their case.
    """
    words = typed.casefold().split()
    return tuple(
        each
        for each in exercises
        if (stage is None or each.stage is stage)
        and (row is None or each.row is row)
        and (equipment is None or equipment in each.equipment)
        and (each.at_home or not at_home)
        and all(word in _told(each) for word in words)
    )


def _told(known: Exercise) -> str:
    told = (
        known.name,
        ROW_LABELS[known.row],
        STAGE_WORDS[known.stage],
        *(EQUIPMENT_WORDS[each] for each in known.equipment),
        KNEE_WORDS[known.knee] + " knee",
        CONTRACTION_WORDS[known.contraction],
        "home" if known.at_home else "",
    )
    return " ".join(told).casefold()
