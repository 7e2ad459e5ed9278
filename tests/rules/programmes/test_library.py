"""Every exercise of the library: whole, plain, safe to step back from, and drawn as it is said."""

import re
from itertools import pairwise, product
from typing import Any

import pytest

from assessments.rules.contraindications import grade
from assessments.rules.sources import SOURCES
from assessments.rules.terms import Cortisone, Grade, Location, MatrixRow, Phase, Stage
from programmes.rules.dose import Dose
from programmes.rules.library import (
    BUILT_IN,
    EXERCISES,
    LEVEL_VARIANTS,
    Contraction,
    Equipment,
    Knee,
    LoadAt,
    OtherLeg,
    Pose,
    Support,
    exercise,
    no_worse,
    pose_from_json,
    pose_to_json,
)
from programmes.rules.library.practice import (
    BELOW_ROWS,
    LOADED_ROWS,
    ROW_CONTRACTIONS,
    ROW_STAGES,
    TWO_LEGGED,
    WEIGHTS,
)
from programmes.rules.protocols import LADDERS
from programmes.rules.terms import DoseSide, Range

STAGES = list(Stage)
EACH = pytest.mark.parametrize("known", BUILT_IN, ids=lambda each: each.key)
SEVERITY = [Grade.ALLOWED, Grade.CAUTION, Grade.CONTRAINDICATED]
TENDONS = list(
    product(Phase, (Location.MIDPORTION, Location.INSERTIONAL, Location.MIXED), Cortisone)
)
JARGON = re.compile(
    r"\b(dorsiflex\w*|plantar\w*|eccentric\w*|concentric\w*|isometric\w*|isotonic\w*|plyometric\w*"
    r"|unilateral\w*|bilateral\w*|neutral|tempo|RM|reps?|proximal|distal|insertion\w*|tendon\w*"
    r"|soleus|gastrocnemius|affected|contralateral|range of motion|inflam\w*|load\w*)\b",
    re.IGNORECASE,
)


def test_there_are_more_than_forty_and_none_twice():
    assert len(BUILT_IN) == len(EXERCISES) >= 40
    assert len({each.name.casefold() for each in BUILT_IN}) == len(BUILT_IN)
    assert not [key for key in EXERCISES if key.startswith("own-")]


@pytest.mark.parametrize("row", MatrixRow)
def test_every_matrix_row_has_an_exercise(row):
    assert [each for each in BUILT_IN if each.row is row]


@pytest.mark.parametrize("stage", [Stage.ISOMETRIC, Stage.ISOTONIC, Stage.PLYOMETRIC])
def test_every_stage_can_be_done_at_home_with_nothing_bought(stage):
    bought = {
        Equipment.WEIGHT,
        Equipment.BARBELL,
        Equipment.LEG_PRESS,
        Equipment.SEATED_MACHINE,
        Equipment.POOL,
        Equipment.BAND,
        Equipment.ROPE,
    }
    home = [
        each
        for each in BUILT_IN
        if each.stage is stage and each.at_home and not bought.intersection(each.equipment)
    ]
    assert len(home) >= 4


@EACH
def test_instructions_are_short_and_plain(known):
    assert 2 <= len(known.instructions) <= 4
    for line in known.instructions:
        assert line.endswith(".")
        assert len(line.split()) <= 18
        assert not JARGON.search(line), JARGON.search(line)


@EACH
def test_sources_are_registered(known):
    if known.tendon_load is not None:
        assert known.tendon_load.source in SOURCES
    assert bool(known.earliest_because) == (known.earliest is not known.stage)
    if known.earliest_because:
        assert known.earliest_source in SOURCES


def test_tendon_loads_are_the_three_the_rule_book_has():
    loads = {
        each.key: (f"{each.tendon_load.body_weights}", each.tendon_load.source)
        for each in BUILT_IN
        if each.tendon_load
    }
    assert loads == {
        "seated_raise": ("0.5", "PM32658037"),
        "floor_single_raise": ("3.98", "HHP-CALF"),
        "level_single_raise": ("3.98", "HHP-CALF"),
        "forward_hop": ("7.3", "PM32658037"),
    }


@EACH
def test_the_row_fits_what_the_exercise_does(known):
    assert known.contraction in ROW_CONTRACTIONS[known.row] or known.row_because
    assert STAGES.index(known.stage) >= STAGES.index(ROW_STAGES[known.row])
    if known.range is Range.BELOW_NEUTRAL:
        assert known.row in BELOW_ROWS
    weighted = any(
        pose.load_at is not LoadAt.NONE for pose in (known.start, known.end)
    ) or WEIGHTS & set(known.equipment) - {Equipment.WEIGHT}
    if weighted:
        assert known.row in LOADED_ROWS
    if known.row in TWO_LEGGED:
        assert known.usual.side is DoseSide.BOTH


def test_only_quick_raises_and_walking_come_before_their_stage():
    early = {each.key: each.earliest for each in BUILT_IN if each.earliest is not each.stage}
    assert early == {"quick_rebound_raise": Stage.ISOTONIC, "walk_brisk": Stage.ISOTONIC}


def test_no_ladder_uses_an_exercise_before_its_earliest_stage():
    for each in LADDERS.values():
        for step in each.steps:
            for item in step.items:
                earliest = exercise(item.exercise).earliest
                assert STAGES.index(earliest) <= STAGES.index(each.stage), item.exercise


@EACH
def test_the_usual_dose_is_of_the_exercise(known):
    assert (known.usual.range, known.usual.tempo) == (known.range, known.tempo)
    assert (known.tempo is not None) == (
        known.contraction in (Contraction.ECCENTRIC, Contraction.CONCENTRIC_ECCENTRIC)
    )


@pytest.mark.parametrize("protocol", LADDERS)
def test_the_usual_dose_is_what_the_first_ladder_step_says(protocol):
    """What nobody types is what the ladder of the exercise's own stage would say."""
    ladder = LADDERS[protocol]
    for item in ladder.steps[0].items:
        known = exercise(item.exercise)
        if known.stage is ladder.stage:
            assert known.usual.days_per_week == item.dose.days_per_week, item.exercise
        if known.stage is ladder.stage and isinstance(item.dose, Dose):
            said = (item.dose.side, item.dose.range, item.dose.tempo, item.dose.rest_s)
            usual = known.usual
            assert said == (usual.side, usual.range, usual.tempo, usual.rest_s), item.exercise
            assert item.dose.times_per_day == usual.times_per_day, item.exercise


# --- Stepping back ---


@EACH
def test_the_easier_exercise_is_no_worse_for_any_tendon(known):
    if known.regression is None:
        return
    easier = exercise(known.regression)
    for tendon in TENDONS:
        assert SEVERITY.index(grade(easier.row, *tendon)) <= SEVERITY.index(
            grade(known.row, *tendon)
        ), tendon
    assert no_worse(easier.row, known.row)
    assert STAGES.index(easier.earliest) <= STAGES.index(known.earliest)
    if known.range is not Range.BELOW_NEUTRAL:
        assert easier.range is not Range.BELOW_NEUTRAL


def test_no_worse_can_say_no():
    assert not no_worse(MatrixRow.STEP_DEFICIT_HEEL_DROP, MatrixRow.LOADED_HSR)
    assert not no_worse(MatrixRow.RUN_WALK_FLAT, MatrixRow.BILATERAL_HEEL_RAISE_FLOOR)


@EACH
def test_stepping_back_ends(known):
    seen = []
    step = known
    while step.regression is not None:
        seen.append(step.key)
        assert step.regression not in seen
        step = exercise(step.regression)
    assert step.key in {"isometric_foot_press", "ankle_circulation", "walk_brisk"}


def test_known_loads_never_rise_on_the_way_back():
    for known in BUILT_IN:
        chain = [known]
        while chain[-1].regression is not None:
            chain.append(exercise(chain[-1].regression))
        loads = [each.tendon_load.body_weights for each in chain if each.tendon_load]
        assert all(first >= second for first, second in pairwise(loads)), known.key


@pytest.mark.parametrize("level", LEVEL_VARIANTS.values())
def test_level_variants_and_what_they_step_back_to_stay_at_the_floor(level):
    step = exercise(level)
    while True:
        assert step.range is not Range.BELOW_NEUTRAL
        assert not step.start.below_neutral
        assert not step.end.below_neutral
        if step.regression is None:
            return
        step = exercise(step.regression)


# --- Poses ---


@EACH
def test_poses_say_what_the_range_says(known):
    poses = (known.start, known.end)
    match known.range:
        case Range.BELOW_NEUTRAL:
            assert any(pose.ankle_deg > 0 for pose in poses)
            if known.row is MatrixRow.STEP_DEFICIT_HEEL_DROP:
                assert any(pose.heel_cm < 0 and pose.support is Support.STEP for pose in poses)
        case Range.MID_RANGE:
            assert all(-30 <= pose.ankle_deg < 0 and pose.heel_cm >= 0 for pose in poses)
        case _:
            assert all(pose.ankle_deg <= 0 and pose.heel_cm >= 0 for pose in poses)


@EACH
def test_poses_say_what_the_work_says(known):
    start, end = known.start, known.end
    if known.contraction is Contraction.ISOMETRIC:
        assert start == end
    else:
        assert start != end
    if known.contraction is Contraction.CONCENTRIC_ECCENTRIC:
        assert end.ankle_deg < start.ankle_deg
    if known.contraction is Contraction.ECCENTRIC:
        assert end.heel_cm < start.heel_cm
        assert start.other_leg is OtherLeg.HELPING
    assert not start.airborne
    if end.airborne:
        assert known.contraction in (Contraction.STRETCH_SHORTENING, Contraction.CYCLIC)
    if known.contraction is not Contraction.STRETCH_SHORTENING:
        if known.knee is Knee.STRAIGHT:
            assert max(start.knee_deg, end.knee_deg) <= 10
        if known.knee is Knee.BENT:
            assert min(start.knee_deg, end.knee_deg) >= 20


@EACH
def test_poses_say_where_the_weight_is_and_what_the_other_leg_does(known):
    start, end = known.start, known.end
    assert start.load_at is end.load_at
    assert start.support is end.support
    if known.row is MatrixRow.LOADED_HSR:
        assert start.load_at is not LoadAt.NONE
    where = {
        LoadAt.MACHINE: {Equipment.SEATED_MACHINE, Equipment.LEG_PRESS},
        LoadAt.SHOULDERS: {Equipment.BARBELL},
        LoadAt.PACK: {Equipment.PACK},
        LoadAt.KNEES: {Equipment.PACK, Equipment.WEIGHT},
        LoadAt.HAND: {Equipment.WEIGHT},
    }.get(start.load_at)
    assert where is None or where & set(known.equipment)
    standing = start.support in (Support.FLOOR, Support.STEP)
    if standing and known.usual.side is DoseSide.AFFECTED:
        assert end.other_leg is OtherLeg.LIFTED
    if start.support is Support.STEP and known.row is MatrixRow.STEP_DEFICIT_HEEL_DROP:
        assert Equipment.STEP in known.equipment


@EACH
def test_poses_survive_storing(known):
    for pose in (known.start, known.end):
        stored = pose_to_json(pose)
        assert all(isinstance(value, str | int | bool) for value in stored.values())
        assert pose_from_json(stored) == pose


STANDING: dict[str, Any] = {"hip_deg": 0, "knee_deg": 0, "ankle_deg": 0, "heel_cm": 0}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ankle_deg": 36}, "ankle_deg"),
        ({"knee_deg": -1}, "knee_deg"),
        ({"hip_deg": 200}, "hip_deg"),
        ({"heel_cm": 41}, "heel_cm"),
        ({"heel_cm": -3}, "heel_cm"),
        ({"heel_cm": -3, "support": Support.WALL}, "heel_cm"),
        ({"airborne": True}, "heel_cm"),
        ({"knee_deg": None}, "knee_deg"),
    ],
)
def test_a_pose_nobody_can_stand_in(changes, field):
    with pytest.raises(ValueError, match=f"^{field}: "):
        Pose(**{**STANDING, **changes})


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        ({}, "not what a pose stores"),
        ({**pose_to_json(Pose(**STANDING)), "support": "ceiling"}, "ceiling"),
        ({**pose_to_json(Pose(**STANDING)), "elbow_deg": 3}, "elbow_deg"),
    ],
)
def test_what_is_not_a_stored_pose(stored, says):
    with pytest.raises(ValueError, match=says):
        pose_from_json(stored)
