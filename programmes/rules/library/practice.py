"""An exercise of the practice's own, held to what the matrix needs to judge it.

The matrix knows twelve kinds of work. An exercise may name any of them, but what it says of itself
must fit the name: a hop can't stand in the row of a hold, nor a heel hang below the step in the row
of the floor.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import product
from types import MappingProxyType

from assessments.rules.contraindications import grade
from assessments.rules.terms import Cortisone, Grade, Location, MatrixRow, Phase, Stage
from programmes.rules.dose import Tempo, Usual
from programmes.rules.library.entry import (
    Catalogue,
    Contraction,
    Equipment,
    Exercise,
    Knee,
)
from programmes.rules.library.pose import LoadAt, Pose
from programmes.rules.terms import DoseSide, Range

STAGES = tuple(Stage)
OWN_PREFIX = "own-"
NAME_LENGTH = 120
KEY_LENGTH = 60
INSTRUCTION_LINES = 6
INSTRUCTION_LENGTH = 140

BELOW_ROWS = frozenset(
    {
        MatrixRow.STEP_DEFICIT_HEEL_DROP,
        MatrixRow.LOADED_HSR,
        MatrixRow.DORSIFLEXION_STRETCH,
        MatrixRow.UPHILL_RUNNING,
    }
)
"""Rows whose exercises may bend the ankle past a right angle under load."""

LOADED_ROWS = frozenset(
    {
        MatrixRow.ISOMETRIC_MID_RANGE,
        MatrixRow.STEP_DEFICIT_HEEL_DROP,
        MatrixRow.LOADED_HSR,
        MatrixRow.DOUBLE_LEG_HOP,
        MatrixRow.SINGLE_LEG_HOP,
    }
)
"""Rows whose exercises may carry weight; with weight a raise on the floor is loaded work."""

WEIGHTS = frozenset(
    {
        Equipment.WEIGHT,
        Equipment.PACK,
        Equipment.BARBELL,
        Equipment.LEG_PRESS,
        Equipment.SEATED_MACHINE,
    }
)
"""Equipment that loads the tendon by itself."""

ROW_CONTRACTIONS: Mapping[MatrixRow, frozenset[Contraction]] = MappingProxyType(
    {
        MatrixRow.ISOMETRIC_MID_RANGE: frozenset({Contraction.ISOMETRIC}),
        **dict.fromkeys(
            (
                MatrixRow.BILATERAL_HEEL_RAISE_FLOOR,
                MatrixRow.SINGLE_LEG_HEEL_RAISE_FLOOR,
                MatrixRow.SEATED_SOLEUS_RAISE,
            ),
            frozenset(
                {
                    Contraction.ISOMETRIC,
                    Contraction.ECCENTRIC,
                    Contraction.CONCENTRIC_ECCENTRIC,
                    Contraction.CYCLIC,
                }
            ),
        ),
        **dict.fromkeys(
            (MatrixRow.STEP_DEFICIT_HEEL_DROP, MatrixRow.LOADED_HSR),
            frozenset(
                {
                    Contraction.ISOMETRIC,
                    Contraction.ECCENTRIC,
                    Contraction.CONCENTRIC_ECCENTRIC,
                }
            ),
        ),
        **dict.fromkeys(
            (MatrixRow.DOUBLE_LEG_HOP, MatrixRow.SINGLE_LEG_HOP),
            frozenset({Contraction.STRETCH_SHORTENING}),
        ),
        **dict.fromkeys(
            (MatrixRow.RUN_WALK_FLAT, MatrixRow.UPHILL_RUNNING, MatrixRow.SPEED_RUNNING),
            frozenset({Contraction.CYCLIC}),
        ),
        MatrixRow.DORSIFLEXION_STRETCH: frozenset({Contraction.PASSIVE}),
    }
)
"""What the calf may do in each row, so that a row can't hide harder work."""

ROW_STAGES: Mapping[MatrixRow, Stage] = MappingProxyType(
    {
        MatrixRow.ISOMETRIC_MID_RANGE: Stage.ISOMETRIC,
        MatrixRow.BILATERAL_HEEL_RAISE_FLOOR: Stage.ISOTONIC,
        MatrixRow.SINGLE_LEG_HEEL_RAISE_FLOOR: Stage.ISOTONIC,
        MatrixRow.STEP_DEFICIT_HEEL_DROP: Stage.ISOTONIC,
        MatrixRow.SEATED_SOLEUS_RAISE: Stage.ISOTONIC,
        MatrixRow.LOADED_HSR: Stage.ISOTONIC,
        MatrixRow.DOUBLE_LEG_HOP: Stage.PLYOMETRIC,
        MatrixRow.SINGLE_LEG_HOP: Stage.PLYOMETRIC,
        MatrixRow.RUN_WALK_FLAT: Stage.RUN_WALK,
        MatrixRow.UPHILL_RUNNING: Stage.FULL_RETURN,
        MatrixRow.SPEED_RUNNING: Stage.FULL_RETURN,
        MatrixRow.DORSIFLEXION_STRETCH: Stage.ISOTONIC,
    }
)
"""The stage an exercise of each row belongs to, at the earliest."""

TWO_LEGGED = frozenset({MatrixRow.BILATERAL_HEEL_RAISE_FLOOR, MatrixRow.DOUBLE_LEG_HOP})
"""Rows of both legs together; on one leg the same work belongs to another row."""

NEGATED = re.compile(r"\b(never|not|don['’]t|without|no|avoid|instead)\b", re.IGNORECASE)

HARDER_WORK = (
    (
        frozenset(
            {
                MatrixRow.STEP_DEFICIT_HEEL_DROP,
                MatrixRow.LOADED_HSR,
                MatrixRow.DORSIFLEXION_STRETCH,
                MatrixRow.RUN_WALK_FLAT,
                MatrixRow.UPHILL_RUNNING,
                MatrixRow.SPEED_RUNNING,
            }
        ),
        re.compile(
            r"\b(below|heel[- ]drops?|drop (?:the|your) heels?|(?:over|off) (?:the|a) (?:edge|step)"
            r"|stairs?|on(?:to)? (?:the|a) step|kerb|curb)\b",
            re.IGNORECASE,
        ),
        frozenset({Equipment.STEP, Equipment.STAIR_RAIL}),
        "a heel below a step",
    ),
    (
        frozenset(
            {
                MatrixRow.DOUBLE_LEG_HOP,
                MatrixRow.SINGLE_LEG_HOP,
                MatrixRow.RUN_WALK_FLAT,
                MatrixRow.UPHILL_RUNNING,
                MatrixRow.SPEED_RUNNING,
            }
        ),
        re.compile(
            r"\b(hop(?:s|ping)?|jump(?:s|ing)?|bounc(?:e|es|ing)|skip(?:s|ping)?|leap(?:s|ing)?|"
            r"leave the (?:ground|floor)|rebounds?|springs?|sprint(?:s|ing)?|pogo)\b",
            re.IGNORECASE,
        ),
        frozenset({Equipment.ROPE}),
        "hopping",
    ),
)
"""Words and equipment of harder work, and the rows they may stand in."""

SEVERITY = {Grade.ALLOWED: 0, Grade.CAUTION: 1, Grade.CONTRAINDICATED: 2}
_TENDONS = tuple(
    product(
        Phase,
        (Location.MIDPORTION, Location.INSERTIONAL, Location.MIXED),
        Cortisone,
    )
)


def no_worse(easier: MatrixRow, than: MatrixRow) -> bool:
    """True when no tendon is graded stricter for ``easier`` than for ``than``."""
    return all(
        SEVERITY[grade(easier, *tendon)] <= SEVERITY[grade(than, *tendon)] for tendon in _TENDONS
    )


def practice_exercise(
    *,
    key: str,
    name: str,
    stage: Stage,
    row: MatrixRow,
    knee: Knee,
    contraction: Contraction,
    heel_range: Range,
    equipment: Iterable[Equipment],
    tempo: Tempo | None,
    instructions: Iterable[str],
    start: Pose,
    end: Pose,
    usual: Usual,
    regression: str | None,
    at_home: bool,
    among: Catalogue,
) -> Exercise:
    """The practice's own exercise as the value every rule reads.

    ``among`` is the catalogue ``regression`` is looked up in. Raises ``ValueError`` naming the
    field, in words for the person typing it.
    """
    lines = tuple(line.strip() for line in instructions if line.strip())
    things = tuple(dict.fromkeys(equipment)) or (Equipment.NONE,)
    _check_names(key, name, lines)
    if STAGES.index(stage) < STAGES.index(ROW_STAGES[row]):
        raise ValueError("stage: this kind of exercise belongs to a later stage")
    if contraction not in ROW_CONTRACTIONS[row]:
        raise ValueError("contraction: does not fit the kind of exercise chosen")
    _check_legs(row, usual)
    _check_range(row, heel_range, usual, (start, end))
    _check_load(row, things, (start, end))
    _check_words(row, things, (name, *lines))
    if (start.airborne or end.airborne) and contraction not in (
        Contraction.STRETCH_SHORTENING,
        Contraction.CYCLIC,
    ):
        raise ValueError("start: nobody leaves the ground in this kind of exercise")
    if contraction is Contraction.ISOMETRIC and tempo is not None:
        raise ValueError("tempo: a hold has none")
    if usual.tempo != tempo:
        raise ValueError("tempo: the usual dose must have the same")
    own = Exercise(
        key=key,
        name=name.strip(),
        stage=stage,
        row=row,
        knee=knee,
        contraction=contraction,
        range=heel_range,
        equipment=things,
        tempo=tempo,
        tendon_load=None,
        instructions=lines,
        start=start,
        end=end,
        usual=usual,
        regression=regression,
        earliest=stage,
        at_home=at_home,
    )
    _check_regression(own, among)
    return own


def catalogue(own: Iterable[Exercise], built_in: Catalogue) -> Catalogue:
    """The built-in exercises and the practice's own; a built-in one is never replaced."""
    theirs = {each.key: each for each in own if each.key not in built_in}
    return MappingProxyType({**built_in, **theirs})


def _check_names(key: str, name: str, lines: tuple[str, ...]) -> None:
    if not key.startswith(OWN_PREFIX) or key == OWN_PREFIX or len(key) > KEY_LENGTH:
        raise ValueError(f"key: must begin with {OWN_PREFIX} and be at most {KEY_LENGTH} long")
    if not name.strip() or len(name.strip()) > NAME_LENGTH:
        raise ValueError(f"name: give a name of at most {NAME_LENGTH} characters")
    if not 1 <= len(lines) <= INSTRUCTION_LINES:
        raise ValueError(f"instructions: write 1 to {INSTRUCTION_LINES} lines")
    if any(len(line) > INSTRUCTION_LENGTH for line in lines):
        raise ValueError(
            f"instructions: a line may have at most {INSTRUCTION_LENGTH} characters; split it"
        )


def _check_legs(row: MatrixRow, usual: Usual) -> None:
    if row in TWO_LEGGED and usual.side is not DoseSide.BOTH:
        raise ValueError("side: this kind of exercise is done on both legs together")


def _check_range(row: MatrixRow, heel_range: Range, usual: Usual, poses: tuple[Pose, ...]) -> None:
    if heel_range is Range.BELOW_NEUTRAL and row not in BELOW_ROWS:
        raise ValueError(
            "range: a heel below the floor counts as a heel drop below a step; choose that kind"
        )
    if row is MatrixRow.ISOMETRIC_MID_RANGE and heel_range is not Range.MID_RANGE:
        raise ValueError("range: a hold of this kind stays in the middle of the movement")
    if usual.range is not heel_range:
        raise ValueError("range: the usual dose must have the same")
    if heel_range is not Range.BELOW_NEUTRAL and any(pose.below_neutral for pose in poses):
        raise ValueError("start: the drawing bends the ankle further than the range says")


def _check_load(row: MatrixRow, things: tuple[Equipment, ...], poses: tuple[Pose, ...]) -> None:
    if row in LOADED_ROWS:
        return
    if any(pose.load_at is not LoadAt.NONE for pose in poses):
        raise ValueError("start: with added weight this counts as heavy work; choose that kind")
    if WEIGHTS.intersection(things):
        raise ValueError("equipment: with added weight this counts as heavy work; choose that kind")


def _check_words(row: MatrixRow, things: tuple[Equipment, ...], lines: Iterable[str]) -> None:
    """What the words and the equipment say must be the kind that was chosen.

    A line that says what not to do is no instruction to do it.
    """
    said = " ".join(line for line in lines if not NEGATED.search(line))
    for rows, words, equipment, kind in HARDER_WORK:
        if row in rows:
            continue
        if found := words.search(said):
            raise ValueError(
                f"instructions: “{found[0]}” tells of {kind}; choose that kind of exercise"
            )
        if equipment.intersection(things):
            raise ValueError(
                f"equipment: with this it would be {kind}; choose that kind of exercise"
            )


def _check_regression(own: Exercise, among: Catalogue) -> None:
    if own.regression is None:
        return
    easier = among.get(own.regression)
    if easier is None or easier.key == own.key:
        raise ValueError("regression: choose another exercise of the library")
    if not no_worse(easier.row, own.row):
        raise ValueError("regression: some tendons may not do that one, so it is not easier")
    if STAGES.index(easier.earliest) > STAGES.index(own.stage):
        raise ValueError("regression: that one belongs to a later stage")
    seen = {own.key}
    step: Exercise | None = easier
    while step is not None:
        if step.key in seen:
            raise ValueError("regression: leads back to this exercise")
        seen.add(step.key)
        step = among.get(step.regression) if step.regression else None
