"""The ladders, row by row against the rule book, and the library they draw on."""

from typing import Any

import pytest

from assessments.rules.sources import SOURCES
from assessments.rules.terms import MatrixRow, Stage
from programmes.rules.dose import Dose, FreeRun, RunThroughs, WalkRun, in_words
from programmes.rules.library import EXERCISES, LEVEL_VARIANTS, Contraction, Knee, exercise
from programmes.rules.protocols import (
    ISOTONIC_PROTOCOLS,
    LADDERS,
    STAGE_ORDER,
    STAGE_PROTOCOLS,
    ladder,
)
from programmes.rules.terms import DoseSide, LoadKind, Protocol, Range

STEPS = [pytest.param(each, step, id=step.code) for each in LADDERS.values() for step in each.steps]


def steps_of(protocol: Protocol) -> Any:
    """The steps without their types: each test knows which kind of dose a ladder holds."""
    return ladder(protocol).steps


def rows(protocol: Protocol) -> list[tuple[Any, ...]]:
    """Code, exercise, sets, repetitions or seconds, load amount, of every item of a ladder."""
    return [
        (
            step.code,
            item.exercise,
            item.dose.sets,
            item.dose.hold_s or item.dose.reps,
            item.dose.load.amount,
        )
        for step in steps_of(protocol)
        for item in step.items
        if isinstance(item.dose, Dose)
    ]


def doses(protocol: Protocol) -> list[Any]:
    return [
        item.dose
        for step in steps_of(protocol)
        for item in step.items
        if isinstance(item.dose, Dose)
    ]


def test_isometric():
    assert rows(Protocol.ISO) == [
        ("I1", "isometric_hold_double", 4, 30, 70),
        ("I2", "isometric_hold_single", 5, 30, 70),
        ("I3", "isometric_hold_single", 4, 45, 75),
        ("I4", "isometric_hold_single", 5, 45, 80),
    ]
    sides = [dose.side for dose in doses(Protocol.ISO)]
    assert sides == [DoseSide.BOTH, DoseSide.AFFECTED, DoseSide.AFFECTED, DoseSide.AFFECTED]
    for dose in doses(Protocol.ISO):
        assert (dose.rest_s, dose.days_per_week, dose.range) == (120, 7, Range.MID_RANGE)
        assert dose.load.kind is LoadKind.PERCENT_MAX


def test_heavy_slow_resistance():
    assert [
        (
            step.code,
            step.weeks,
            step.items[0].dose.sets,
            step.items[0].dose.load.amount,
            step.min_sessions,
            step.own,
        )
        for step in steps_of(Protocol.HSR)
    ] == [
        ("H1", "1", 3, 15, 3, ()),
        ("H2", "2 to 3", 3, 12, 6, ()),
        ("H3", "4 to 5", 4, 10, 6, ()),
        ("H4", "6 to 8", 4, 8, 9, ("sets", "reps", "load")),
        ("H5", "9 to 12", 4, 6, 12, ()),
    ]
    for step in steps_of(Protocol.HSR):
        assert [exercise(item.exercise).knee for item in step.items] == [
            Knee.BENT,
            Knee.STRAIGHT,
            Knee.STRAIGHT,
        ]
        assert len({item.dose for item in step.items}) == 1
    for dose in doses(Protocol.HSR):
        assert dose.load.kind is LoadKind.RM
        assert dose.reps == dose.load.amount
        assert (dose.side, dose.days_per_week) == (DoseSide.BOTH, 3)
        assert (dose.tempo.up_s, dose.tempo.hold_s, dose.tempo.down_s) == (3, 0, 3)
        assert 120 <= dose.rest_s <= 180


def test_least_sessions_of_heavy_slow_resistance_are_three_a_week():
    for step in steps_of(Protocol.HSR):
        first, _, last = step.weeks.partition(" to ")
        assert step.min_sessions == 3 * (int(last or first) - int(first) + 1)


def test_single_leg_loaded():
    assert rows(Protocol.GRIF) == [
        ("G1", "loaded_single_leg_raise", 4, 8, 10),
        ("G1", "loaded_single_leg_seated_raise", 4, 10, 12),
    ]
    assert {dose.days_per_week for dose in doses(Protocol.GRIF)} == {3}


def test_insertional():
    assert rows(Protocol.INS) == [
        ("N1", "level_double_raise", 3, 15, None),
        ("N2", "level_single_raise", 3, 15, None),
        ("N3", "level_loaded_raise", 3, 12, 12),
        ("N4", "level_loaded_raise", 4, 10, 10),
        ("N5", "level_loaded_raise", 4, 8, 8),
        ("N6", "level_loaded_raise", 4, 6, 6),
    ]
    assert {dose.range for dose in doses(Protocol.INS)} == {Range.TO_NEUTRAL}
    assert [(dose.times_per_day, dose.days_per_week) for dose in doses(Protocol.INS)][:2] == [
        (2, 7),
        (2, 7),
    ]


def test_alfredson():
    steps = steps_of(Protocol.ALF)
    assert [step.code for step in steps] == [f"A{rung}" for rung in range(1, 14)]
    loads = [step.items[0].dose.load.amount for step in steps]
    assert loads == [None, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60]
    for step in steps:
        knees = [exercise(item.exercise).knee for item in step.items]
        assert knees == [Knee.STRAIGHT, Knee.BENT]
        assert (
            sum(item.dose.sets * item.dose.reps * item.dose.times_per_day for item in step.items)
            == 180
        )
        for item in step.items:
            assert item.dose.load == step.items[0].dose.load
            assert item.dose.days_per_week == 7
            assert exercise(item.exercise).row is MatrixRow.STEP_DEFICIT_HEEL_DROP
            assert exercise(item.exercise).contraction is Contraction.ECCENTRIC


def test_silbernagel():
    assert rows(Protocol.SILB) == [
        ("S1", "ankle_circulation", 1, 20, None),
        ("S1", "floor_double_raise", 3, 10, None),
        ("S1", "floor_single_raise", 3, 10, None),
        ("S1", "floor_eccentric", 3, 10, None),
        ("S1", "seated_raise", 3, 10, None),
        ("S2", "step_double_raise", 3, 15, None),
        ("S2", "step_single_raise", 3, 15, None),
        ("S2", "step_eccentric", 3, 15, None),
        ("S2", "seated_raise", 3, 15, None),
        ("S2", "quick_rebound_raise", 3, 20, None),
        ("S3", "step_single_raise", 3, 15, 15),
        ("S3", "step_eccentric", 3, 15, 15),
        ("S3", "seated_raise", 3, 15, None),
        ("S3", "quick_rebound_raise", 3, 20, None),
        ("S4", "step_single_raise", 3, 15, 15),
        ("S4", "step_eccentric", 3, 15, None),
        ("S4", "quick_rebound_raise", 3, 20, None),
    ]
    assert steps_of(Protocol.SILB)[0].items[1].dose.reps_to == 15
    frequency = [
        {item.dose.days_per_week for item in step.items} for step in steps_of(Protocol.SILB)
    ]
    assert frequency == [{7}, {7}, {7}, {3}]


def test_plyometric():
    assert rows(Protocol.PLYO) == [
        ("P1", "quick_rebound_raise", 3, 20, None),
        ("P2", "double_leg_pogo", 4, 10, None),
        ("P3", "double_leg_jump_loaded", 3, 10, 10),
        ("P4", "single_leg_hop_in_place", 3, 10, None),
        ("P5", "forward_hop", 3, 10, None),
    ]
    assert [dose.days_per_week for dose in doses(Protocol.PLYO)] == [3, 2, 3, 3, 3]
    assert {dose.rest_s for dose in doses(Protocol.PLYO)} == {120}


def test_run_walk():
    runs = [step.items[0].dose for step in steps_of(Protocol.RUN)]
    assert [(dose.rounds, dose.walk_min, dose.run_min) for dose in runs] == [
        (3, 9, 1),
        (3, 8, 2),
        (3, 7, 3),
        (3, 6, 4),
        (3, 5, 5),
        (3, 4, 6),
        (3, 3, 7),
        (3, 2, 8),
        (3, 1, 9),
        (1, 0, 30),
    ]
    assert {dose.rounds * (dose.walk_min + dose.run_min) for dose in runs} == {30}
    assert {step.min_sessions for step in steps_of(Protocol.RUN)} == {3}
    # A rest day after every session leaves no more than every second day.
    assert all(dose.days_per_week <= 3 for dose in runs)


def test_full_return():
    steps = steps_of(Protocol.FULL)
    assert [(step.code, step.items[0].exercise) for step in steps] == [
        ("F1", "run_flat"),
        ("F2", "run_tempo_flat"),
        ("F3", "run_hills"),
        ("F4", "run_speed"),
    ]
    assert {step.items[0].dose.longer_percent for step in steps} == {10}
    assert [step.items[0].dose.consecutive_days for step in steps] == [False, True, True, True]
    assert [exercise(step.items[0].exercise).row for step in steps] == [
        MatrixRow.RUN_WALK_FLAT,
        MatrixRow.SPEED_RUNNING,
        MatrixRow.UPHILL_RUNNING,
        MatrixRow.SPEED_RUNNING,
    ]


def test_every_protocol_has_one_ladder_and_every_stage_its_protocols():
    assert set(LADDERS) == set(Protocol) - {Protocol.OWN}
    assert {key: each.protocol for key, each in LADDERS.items()} == {key: key for key in LADDERS}
    assert STAGE_ORDER == (
        Stage.ISOMETRIC,
        Stage.ISOTONIC,
        Stage.PLYOMETRIC,
        Stage.RUN_WALK,
        Stage.FULL_RETURN,
    )
    for stage, protocol in STAGE_PROTOCOLS.items():
        assert ladder(protocol).stage is stage
    assert {ladder(each).stage for each in ISOTONIC_PROTOCOLS} == {Stage.ISOTONIC}
    assert set(STAGE_PROTOCOLS.values()) | set(ISOTONIC_PROTOCOLS) == {
        key for key, each in LADDERS.items() if each.alternative_to is None
    }


@pytest.mark.parametrize(("of_ladder", "step"), STEPS)
def test_every_step_can_be_shown(of_ladder, step):
    assert of_ladder.name
    assert step.title
    assert step.items
    assert step.sources
    assert set(step.sources) <= set(SOURCES)
    for item in step.items:
        assert item.exercise in EXERCISES
        assert in_words(item.dose)
        assert isinstance(item.dose, Dose | WalkRun | FreeRun | RunThroughs)


@pytest.mark.parametrize("of_ladder", LADDERS.values(), ids=lambda each: each.protocol.value)
def test_codes_are_unique(of_ladder):
    codes = [step.code for step in of_ladder.steps]
    assert len(set(codes)) == len(codes)


def test_the_library_holds_what_the_ladders_use():
    used = {
        item.exercise for each in LADDERS.values() for step in each.steps for item in step.items
    }
    assert used | set(LEVEL_VARIANTS.values()) <= set(EXERCISES)


@pytest.mark.parametrize("known", EXERCISES.values(), ids=lambda each: each.key)
def test_every_exercise_is_explained(known):
    assert known.name
    assert 2 <= len(known.instructions) <= 4
    for line in known.instructions:
        assert line.endswith(".")
        assert len(line.split()) <= 18
    assert known.equipment
    assert known.tendon_load is None or known.tendon_load.source in SOURCES


def test_rows_of_the_step_exercises():
    below = {key for key, each in EXERCISES.items() if "below the step" in each.instructions[-1]}
    assert below == {
        "heel_drop_straight",
        "heel_drop_bent",
        "stair_double_raise",
        "step_double_raise",
        "step_single_raise",
        "step_eccentric",
    }
    for key in below:
        assert exercise(key).row is MatrixRow.STEP_DEFICIT_HEEL_DROP
        assert exercise(key).range is Range.BELOW_NEUTRAL


@pytest.mark.parametrize(("usual", "level"), LEVEL_VARIANTS.items())
def test_level_variants_keep_the_work_and_stop_at_the_floor(usual, level):
    before, after = exercise(usual), exercise(level)
    assert (before.row, before.knee, before.contraction, before.stage) == (
        after.row,
        after.knee,
        after.contraction,
        after.stage,
    )
    assert after.range is Range.TO_NEUTRAL
    assert "level with the floor, never below" in after.instructions[-1]


def test_known_tendon_loads_in_order():
    loads = {key: each.tendon_load for key, each in EXERCISES.items() if each.tendon_load}
    assert loads["seated_raise"].body_weights < loads["floor_single_raise"].body_weights
    assert loads["floor_single_raise"].body_weights < loads["forward_hop"].body_weights
    assert f"{loads['forward_hop'].body_weights}" == "7.3"


def test_unknown_exercise():
    with pytest.raises(KeyError):
        exercise("handstand")
