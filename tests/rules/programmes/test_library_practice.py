"""A practice's own exercise: what it may say, and what it may not hide."""

from dataclasses import replace
from typing import Any

import pytest

from assessments.rules.terms import MatrixRow, Stage
from programmes.rules.library import (
    BUILT_IN,
    EXERCISES,
    Contraction,
    Equipment,
    Exercise,
    catalogue,
    practice_exercise,
)
from programmes.rules.terms import DoseSide, Range


def own_like(like: str, **changes: Any) -> Exercise:
    """A practice exercise that says what a built-in one says, but for ``changes``."""
    known = EXERCISES[like]
    said: dict[str, Any] = {
        "key": "own-tram-stop-raise",
        "name": "Raises at the tram stop",
        "stage": known.stage,
        "row": known.row,
        "knee": known.knee,
        "contraction": known.contraction,
        "heel_range": known.range,
        "equipment": known.equipment,
        "tempo": known.tempo,
        "instructions": known.instructions,
        "start": known.start,
        "end": known.end,
        "usual": known.usual,
        "regression": known.regression,
        "at_home": known.at_home,
        "among": EXERCISES,
    }
    return practice_exercise(**{**said, **changes})


# The matrix has no row for ankle pumps, a band or walking; those say why their row was chosen.
ORDINARY = [each for each in BUILT_IN if not each.row_because]


@pytest.mark.parametrize("known", ORDINARY, ids=lambda each: each.key)
def test_what_the_library_says_a_practice_may_say(known):
    own = own_like(known.key)
    assert own == replace(
        known,
        key="own-tram-stop-raise",
        name="Raises at the tram stop",
        tendon_load=None,
        earliest=known.stage,
        earliest_because="",
        earliest_source="",
    )


DROP = EXERCISES["heel_drop_straight"]
HOP = EXERCISES["single_leg_hop_in_place"]
PACK = EXERCISES["pack_double_raise"]
BELOW_ALLOWED = {
    MatrixRow.STEP_DEFICIT_HEEL_DROP,
    MatrixRow.LOADED_HSR,
    MatrixRow.DORSIFLEXION_STRETCH,
    MatrixRow.UPHILL_RUNNING,
}


@pytest.mark.parametrize("row", [row for row in MatrixRow if row not in BELOW_ALLOWED])
def test_a_heel_below_the_floor_is_judged_as_a_step_drop(row):
    known = next(each for each in BUILT_IN if each.row is row and not each.row_because)
    below = replace(known.usual, range=Range.BELOW_NEUTRAL)
    with pytest.raises(ValueError, match=r"^range: "):
        own_like(known.key, heel_range=Range.BELOW_NEUTRAL, usual=below)


@pytest.mark.parametrize(
    ("like", "changes", "field"),
    [
        pytest.param("floor_single_raise", {"key": "floor_single_raise"}, "key", id="built-in key"),
        pytest.param("floor_single_raise", {"key": "own-"}, "key", id="no key"),
        pytest.param("floor_single_raise", {"key": "own-" + "a" * 60}, "key", id="long key"),
        pytest.param("floor_single_raise", {"name": "  "}, "name", id="no name"),
        pytest.param("floor_single_raise", {"name": "x" * 121}, "name", id="long name"),
        pytest.param("floor_single_raise", {"instructions": []}, "instructions", id="no lines"),
        pytest.param(
            "floor_single_raise", {"instructions": ["Rise."] * 7}, "instructions", id="seven lines"
        ),
        pytest.param(
            "floor_single_raise", {"instructions": ["x" * 141]}, "instructions", id="long line"
        ),
        pytest.param("floor_single_raise", {"stage": Stage.ISOMETRIC}, "stage", id="too early"),
        pytest.param("run_speed", {"stage": Stage.RUN_WALK}, "stage", id="speed before its stage"),
        pytest.param(
            "isometric_hold_single",
            {"contraction": Contraction.STRETCH_SHORTENING},
            "contraction",
            id="a hop called a hold",
        ),
        pytest.param(
            "floor_double_raise",
            {"contraction": Contraction.STRETCH_SHORTENING},
            "contraction",
            id="a hop called a raise",
        ),
        pytest.param(
            "floor_double_raise",
            {"usual": replace(EXERCISES["floor_double_raise"].usual, side=DoseSide.AFFECTED)},
            "side",
            id="one leg called two",
        ),
        pytest.param(
            "floor_single_raise",
            {"start": DROP.end, "end": DROP.start},
            "start",
            id="drawn below the step",
        ),
        pytest.param(
            "floor_double_raise", {"start": PACK.start}, "start", id="weight on a floor raise"
        ),
        pytest.param(
            "floor_double_raise",
            {"equipment": (Equipment.BARBELL,)},
            "equipment",
            id="barbell on a floor raise",
        ),
        pytest.param("floor_single_raise", {"end": HOP.end}, "start", id="in the air"),
        pytest.param(
            "isometric_hold_single",
            {
                "heel_range": Range.TO_NEUTRAL,
                "usual": replace(EXERCISES["isometric_hold_single"].usual, range=Range.TO_NEUTRAL),
            },
            "range",
            id="a hold at the end of the movement",
        ),
        pytest.param(
            "heel_drop_straight", {"heel_range": Range.TO_NEUTRAL}, "range", id="two ranges"
        ),
        pytest.param("floor_single_raise", {"tempo": None}, "tempo", id="two tempos"),
        pytest.param("floor_single_raise", {"regression": "headstand"}, "regression", id="unknown"),
        pytest.param(
            "floor_single_raise",
            {"regression": "step_double_raise"},
            "regression",
            id="worse for some",
        ),
        pytest.param(
            "isometric_hold_single",
            {"regression": "floor_double_raise"},
            "regression",
            id="a row that is graded worse",
        ),
    ],
)
def test_what_a_practice_may_not_say(like, changes, field):
    with pytest.raises(ValueError, match=f"^{field}: "):
        own_like(like, **changes)


def test_two_own_exercises_may_not_lead_to_each_other():
    first = own_like("floor_single_raise", key="own-first")
    second = own_like(
        "floor_single_raise",
        key="own-second",
        regression="own-first",
        among=catalogue([first], EXERCISES),
    )
    assert second.regression == "own-first"
    with pytest.raises(ValueError, match=r"^regression: leads back"):
        own_like(
            "floor_single_raise",
            key="own-first",
            regression="own-second",
            among=catalogue([first, second], EXERCISES),
        )


def test_lines_are_trimmed_and_equipment_is_told_once():
    own = own_like(
        "floor_single_raise",
        instructions=["  Stand at the tram stop. ", "", "Rise."],
        equipment=[Equipment.WALL, Equipment.WALL],
    )
    assert own.instructions == ("Stand at the tram stop.", "Rise.")
    assert own.equipment == (Equipment.WALL,)
    assert own_like("floor_single_raise", equipment=[]).equipment == (Equipment.NONE,)


def test_the_catalogue_never_replaces_a_built_in_exercise():
    own = own_like("floor_single_raise")
    impostor = replace(own, key="floor_single_raise")
    both = catalogue([own, impostor], EXERCISES)
    assert both["floor_single_raise"] is EXERCISES["floor_single_raise"]
    assert both[own.key] is own
    assert len(both) == len(EXERCISES) + 1


@pytest.mark.parametrize(
    ("like", "changes", "says"),
    [
        pytest.param(
            "level_double_raise",
            {"name": "Heel drop off a step (Alfredson)"},
            "a heel below a step",
            id="a heel drop by name",
        ),
        pytest.param(
            "level_double_raise",
            {"instructions": ("Let the heels drop below the step.",)},
            "a heel below a step",
            id="a heel drop by its words",
        ),
        pytest.param(
            "level_double_raise",
            {"equipment": (Equipment.STEP,)},
            "a heel below a step",
            id="a step",
        ),
        pytest.param(
            "level_double_raise",
            {"instructions": ("Hop as high as you can.",)},
            "hopping",
            id="a hop",
        ),
        pytest.param(
            "level_double_raise",
            {"instructions": ("Push off and leave the ground.",)},
            "hopping",
            id="off the ground",
        ),
        pytest.param(
            "isometric_hold_double",
            {"instructions": ("Bounce quickly on both feet.",)},
            "hopping",
            id="a hold that bounces",
        ),
        pytest.param(
            "level_double_raise", {"equipment": (Equipment.ROPE,)}, "hopping", id="a rope"
        ),
    ],
)
def test_words_and_things_of_harder_work_are_not_harmless(like, changes, says):
    with pytest.raises(ValueError, match=says):
        own_like(like, **changes)


@pytest.mark.parametrize(
    "line",
    [
        "Your heel never goes below the floor.",
        "Lower slowly, without a bounce.",
        "Do not jump.",
        "Stand tall and rise as high as you can.",
    ],
)
def test_what_not_to_do_may_be_said(line):
    assert own_like("level_double_raise", instructions=(line,)).instructions == (line,)
