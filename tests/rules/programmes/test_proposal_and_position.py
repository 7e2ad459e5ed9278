"""Plans proposed for every tendon there can be, and moving through them."""

from dataclasses import replace
from itertools import combinations, product

import pytest

from assessments.rules.contraindications import grade
from assessments.rules.sources import SOURCES
from assessments.rules.terms import Cortisone, Grade, Location, MatrixRow, Phase, Stage
from programmes.rules.dose import Dose
from programmes.rules.library import exercise
from programmes.rules.position import Position, next_position
from programmes.rules.proposal import StagePlan, problems, propose
from programmes.rules.protocols import ISOTONIC_PROTOCOLS, STAGE_ORDER, Item, ladder
from programmes.rules.terms import Outcome, Protocol, Range

ON_TENDON = (Location.MIDPORTION, Location.INSERTIONAL, Location.MIXED)
COMPRESSED = (Location.INSERTIONAL, Location.MIXED)
SETTLING = (Phase.REACTIVE, Phase.REACTIVE_ON_DEGENERATIVE)
NONE, PAST, RECENT = Cortisone.NONE, Cortisone.PAST, Cortisone.RECENT


def load_plan(location: Location, protocol: Protocol | None = None, **changes):
    known = {"stage": Stage.ISOTONIC, "phase": Phase.DISREPAIR, "cortisone": NONE, **changes}
    return propose(location=location, protocol=protocol, **known)


@pytest.mark.parametrize("location", ON_TENDON, ids=lambda each: each.value)
@pytest.mark.parametrize("cortisone", Cortisone, ids=lambda each: each.value)
@pytest.mark.parametrize("phase", Phase, ids=lambda each: each.value)
def test_no_plan_holds_a_contraindicated_item(phase, cortisone, location):
    for stage, protocol in product(Stage, (None, *ISOTONIC_PROTOCOLS)):
        plan = propose(
            stage=stage, phase=phase, location=location, cortisone=cortisone, protocol=protocol
        )
        assert problems(plan.stages, phase, location, cortisone) == ()
        assert plan.start is not None
        assert plan.start.step == 1
        assert plan.start.stage in [each.stage for each in plan.stages]
        for each in plan.stages:
            assert each.steps
            for step in each.steps:
                assert step.items
                for item in step.items:
                    row = exercise(item.exercise).row
                    assert grade(row, phase, location, cortisone) is not Grade.CONTRAINDICATED
                    if location in COMPRESSED and isinstance(item.dose, Dose):
                        assert item.dose.range is not Range.BELOW_NEUTRAL
        for concern in (*plan.left_out, *plan.cautions):
            assert concern.because
            assert concern.codes
            assert set(concern.sources) <= set(SOURCES)
        assert {each.grade for each in plan.left_out} <= {Grade.CONTRAINDICATED}
        assert {each.grade for each in plan.cautions} <= {Grade.CAUTION}


@pytest.mark.parametrize("location", ON_TENDON, ids=lambda each: each.value)
@pytest.mark.parametrize(
    ("phase", "cortisone"),
    [
        *[(phase, NONE) for phase in SETTLING],
        *[(phase, PAST) for phase in SETTLING],
        *[(phase, RECENT) for phase in Phase],
    ],
)
def test_settling_or_recent_cortisone_is_isometric_only(phase, cortisone, location):
    for stage in Stage:
        plan = propose(stage=stage, phase=phase, location=location, cortisone=cortisone)
        assert plan.shape == ((Stage.ISOMETRIC, 4),)
        assert plan.start == Position(stage=Stage.ISOMETRIC, step=1)
        assert plan.alternatives == ()
        later = any("a later one was asked for" in note for note in plan.notes)
        assert later is (stage is not Stage.ISOMETRIC)
    notes = " ".join(plan.notes)
    assert ("irritable" in notes) is (phase in SETTLING)
    assert ("Cortisone" in notes) is (cortisone is RECENT)


@pytest.mark.parametrize("cortisone", [NONE, PAST], ids=lambda each: each.value)
@pytest.mark.parametrize(
    "phase",
    [Phase.DISREPAIR, Phase.DEGENERATIVE, Phase.INDETERMINATE_EARLY],
    ids=lambda each: each.value,
)
def test_midportion_plan(phase, cortisone):
    plan = load_plan(Location.MIDPORTION, phase=phase, cortisone=cortisone)
    assert plan.shape == (
        (Stage.ISOMETRIC, 4),
        (Stage.ISOTONIC, 5),
        (Stage.PLYOMETRIC, 5),
        (Stage.RUN_WALK, 10),
        (Stage.FULL_RETURN, 4),
    )
    assert tuple(each.stage for each in plan.stages) == STAGE_ORDER
    assert plan.stages[1].protocol is Protocol.HSR
    assert plan.alternatives == (Protocol.GRIF, Protocol.ALF, Protocol.SILB)
    assert plan.left_out == ()
    assert plan.start == Position(stage=Stage.ISOTONIC, step=1)


@pytest.mark.parametrize("location", COMPRESSED, ids=lambda each: each.value)
def test_insertional_plan(location):
    plan = load_plan(location)
    assert plan.shape == (
        (Stage.ISOMETRIC, 4),
        (Stage.ISOTONIC, 6),
        (Stage.PLYOMETRIC, 5),
        (Stage.RUN_WALK, 10),
        (Stage.FULL_RETURN, 3),
    )
    assert plan.stages[1].protocol is Protocol.INS
    assert plan.alternatives == (Protocol.HSR, Protocol.GRIF)
    [hills] = plan.left_out
    assert (hills.step, hills.exercise, hills.unlock) == ("F3", "run_hills", "U2")
    assert [step.code for step in plan.stages[4].steps] == ["F1", "F2", "F4"]
    cautioned = {each.step for each in plan.cautions}
    assert cautioned == {"N3", "N4", "N5", "N6", "P1", "P2", "P3", "P4", "P5", "F2", "F4"}


@pytest.mark.parametrize("location", COMPRESSED, ids=lambda each: each.value)
def test_heavy_slow_resistance_at_the_insertion_stays_level(location):
    plan = load_plan(location, Protocol.HSR)
    assert plan.stages[1].protocol is Protocol.HSR
    for step in plan.stages[1].steps:
        assert [item.exercise for item in step.items] == [
            "level_seated_machine_raise",
            "level_leg_press_raise",
            "level_barbell_raise",
        ]
        assert {item.dose.range for item in step.items} == {Range.TO_NEUTRAL}
    assert plan.alternatives == (Protocol.GRIF, Protocol.INS)


def test_heel_drops_are_never_offered_at_the_insertion():
    plan = load_plan(Location.INSERTIONAL, Protocol.ALF)
    assert plan.stages[1].protocol is Protocol.INS
    assert any("Alfredson" in note for note in plan.notes)


def test_combined_programme_at_the_insertion_leaves_the_step_out():
    plan = load_plan(Location.INSERTIONAL, Protocol.SILB)
    assert plan.stages[1].protocol is Protocol.SILB
    left = {(each.step, each.exercise) for each in plan.left_out if each.stage is Stage.ISOTONIC}
    assert left == {
        ("S2", "step_double_raise"),
        ("S2", "step_single_raise"),
        ("S2", "step_eccentric"),
        ("S3", "step_single_raise"),
        ("S3", "step_eccentric"),
        ("S4", "step_single_raise"),
        ("S4", "step_eccentric"),
    }
    assert {each.codes for each in plan.left_out if each.stage is Stage.ISOTONIC} == {("M1",)}
    assert {each.unlock for each in plan.left_out if each.step == "S2"} == {"U1"}


def test_level_ladder_can_be_chosen_for_the_midportion():
    assert load_plan(Location.MIDPORTION, Protocol.INS).stages[1].protocol is Protocol.INS


def test_timing_is_told_with_every_plan():
    assert "waits for its stage" in load_plan(Location.MIDPORTION).notes[-1]


@pytest.mark.parametrize("protocol", [Protocol.ISO, Protocol.PLYO, Protocol.RUN, Protocol.FULL])
def test_only_isotonic_protocols_can_be_chosen(protocol):
    with pytest.raises(ValueError, match=protocol.value):
        load_plan(Location.MIDPORTION, protocol)


@pytest.mark.parametrize(
    ("phase", "location", "words"),
    [
        (Phase.DISREPAIR, Location.UNDETERMINED, ["tender point"]),
        (Phase.DISREPAIR, Location.OUT_OF_RANGE, ["calf strain"]),
        (None, Location.MIDPORTION, ["phase"]),
        (None, Location.UNDETERMINED, ["tender point", "phase"]),
    ],
)
def test_no_plan_says_what_to_examine(phase, location, words):
    plan = propose(stage=Stage.ISOTONIC, phase=phase, location=location, cortisone=NONE)
    assert plan.stages == ()
    assert plan.start is None
    assert len(plan.notes) == len(words)
    for note, word in zip(plan.notes, words, strict=True):
        assert word in note


def test_problems_of_an_edited_plan():
    plan = load_plan(Location.MIDPORTION)
    found = problems(plan.stages, Phase.DISREPAIR, Location.INSERTIONAL, NONE)
    # The heel of the gym exercises goes below the floor; hills bend the ankle.
    assert {each.step for each in found} == {"H1", "H2", "H3", "H4", "H5", "F3"}
    assert {each.codes for each in found} == {("M1",), ("M7",)}
    now_reactive = problems(plan.stages, Phase.REACTIVE, Location.MIDPORTION, NONE)
    assert {each.step[0] for each in now_reactive} == {"H", "P", "F"}
    assert "F1" not in {each.step for each in now_reactive}


def test_a_dose_below_the_floor_is_a_problem_at_the_insertion_only():
    [item] = ladder(Protocol.INS).steps[0].items
    assert isinstance(item.dose, Dose)
    lowered = Item(exercise=item.exercise, dose=replace(item.dose, range=Range.BELOW_NEUTRAL))
    step = replace(ladder(Protocol.INS).steps[0], items=(lowered,))
    stage = StagePlan(stage=Stage.ISOTONIC, protocol=Protocol.INS, steps=(step,))
    assert problems([stage], Phase.DISREPAIR, Location.MIDPORTION, NONE) == ()
    [found] = problems([stage], Phase.DISREPAIR, Location.MIXED, NONE)
    assert found.codes == ("M1",)
    assert found.unlock is None


@pytest.mark.parametrize(
    ("phase", "location"),
    [
        (None, Location.MIDPORTION),
        (Phase.DISREPAIR, Location.UNDETERMINED),
        (Phase.DISREPAIR, Location.OUT_OF_RANGE),
    ],
)
def test_without_phase_or_place_nothing_may_be_issued(phase, location):
    plan = load_plan(Location.MIDPORTION)
    items = sum(len(step.items) for stage in plan.stages for step in stage.steps)
    assert len(problems(plan.stages, phase, location, NONE)) == items


def test_stretching_and_step_drops_are_in_no_default_plan():
    for location in ON_TENDON:
        plan = load_plan(location)
        rows = {
            exercise(item.exercise).row
            for stage in plan.stages
            for step in stage.steps
            for item in step.items
        }
        assert MatrixRow.DORSIFLEXION_STRETCH not in rows
        assert MatrixRow.STEP_DEFICIT_HEEL_DROP not in rows


SHAPE = (
    (Stage.ISOMETRIC, 4),
    (Stage.ISOTONIC, 5),
    (Stage.PLYOMETRIC, 5),
    (Stage.RUN_WALK, 10),
    (Stage.FULL_RETURN, 4),
)


def at(stage: Stage, step: int) -> Position:
    return Position(stage=stage, step=step)


@pytest.mark.parametrize(
    ("start", "outcome", "rule", "end", "exit_needed", "end_of_plan"),
    [
        (at(Stage.ISOTONIC, 2), Outcome.PROGRESS, "D8", at(Stage.ISOTONIC, 3), None, False),
        (at(Stage.ISOMETRIC, 4), Outcome.PROGRESS, "D8", at(Stage.ISOTONIC, 1), "E1", False),
        (at(Stage.ISOTONIC, 5), Outcome.PROGRESS, "D8", at(Stage.PLYOMETRIC, 1), "E2", False),
        (at(Stage.PLYOMETRIC, 5), Outcome.PROGRESS, "D8", at(Stage.RUN_WALK, 1), "E3", False),
        (at(Stage.RUN_WALK, 10), Outcome.PROGRESS, "D8", at(Stage.FULL_RETURN, 1), "E4", False),
        (at(Stage.FULL_RETURN, 4), Outcome.PROGRESS, "D8", at(Stage.FULL_RETURN, 4), "E5", True),
        (at(Stage.ISOTONIC, 2), Outcome.REGRESS, "D4", at(Stage.ISOTONIC, 1), None, False),
        (at(Stage.ISOTONIC, 1), Outcome.REGRESS, "D4", at(Stage.ISOMETRIC, 4), None, False),
        (at(Stage.RUN_WALK, 1), Outcome.REGRESS, "D3", at(Stage.PLYOMETRIC, 5), None, False),
        (at(Stage.ISOMETRIC, 1), Outcome.REGRESS, "D3", at(Stage.ISOMETRIC, 1), None, False),
        (at(Stage.FULL_RETURN, 3), Outcome.REGRESS, "D2", at(Stage.ISOMETRIC, 1), None, False),
        (at(Stage.ISOMETRIC, 3), Outcome.REGRESS, "D2", at(Stage.ISOMETRIC, 1), None, False),
        (at(Stage.RUN_WALK, 3), Outcome.HOLD, "D6a", at(Stage.RUN_WALK, 3), None, False),
        (at(Stage.RUN_WALK, 3), Outcome.PENDING, "D0", at(Stage.RUN_WALK, 3), None, False),
        (at(Stage.RUN_WALK, 3), Outcome.REFER, "D9", at(Stage.RUN_WALK, 3), None, False),
    ],
)
def test_one_step_at_a_time(start, outcome, rule, end, exit_needed, end_of_plan):
    move = next_position(SHAPE, start, outcome, rule=rule)
    assert move.position == end
    assert move.exits_needed == ((exit_needed,) if exit_needed else ())
    assert move.end_of_plan is end_of_plan


def test_a_plan_of_one_stage_ends_with_its_own_exit():
    move = next_position([(Stage.ISOMETRIC, 4)], at(Stage.ISOMETRIC, 4), Outcome.PROGRESS)
    assert (move.position, move.exits_needed) == (at(Stage.ISOMETRIC, 4), ("E1",))
    assert move.end_of_plan


def test_a_stage_without_steps_is_passed_over():
    shape = [(Stage.ISOMETRIC, 2), (Stage.ISOTONIC, 0), (Stage.PLYOMETRIC, 1)]
    move = next_position(shape, at(Stage.ISOMETRIC, 2), Outcome.PROGRESS)
    assert move.position == at(Stage.PLYOMETRIC, 1)
    back = next_position(shape, at(Stage.PLYOMETRIC, 1), Outcome.REGRESS)
    assert back.position == at(Stage.ISOMETRIC, 2)


ALL_EXITS = ("E1", "E2", "E3", "E4")


@pytest.mark.parametrize(
    ("stage", "ahead"),
    list(combinations(Stage, 2)),
    ids=lambda stage: str(stage.value),
)
def test_every_exit_of_the_stages_a_plan_leaves_out_is_asked(stage, ahead):
    order = list(Stage)
    shape = [(stage, 2), (ahead, 1)]
    assert next_position(shape, at(stage, 1), Outcome.PROGRESS).exits_needed == ()
    move = next_position(shape, at(stage, 2), Outcome.PROGRESS)
    assert move.position == at(ahead, 1)
    assert move.exits_needed == ALL_EXITS[order.index(stage) : order.index(ahead)]


def test_irritable_again_without_an_isometric_stage():
    shape = [(Stage.ISOTONIC, 5), (Stage.PLYOMETRIC, 5)]
    move = next_position(shape, at(Stage.PLYOMETRIC, 3), Outcome.REGRESS, rule="D2")
    assert move.position == at(Stage.ISOTONIC, 1)


@pytest.mark.parametrize(
    ("position", "field"),
    [
        (at(Stage.ISOTONIC, 6), "step"),
        (at(Stage.ISOTONIC, 0), "step"),
        (at(Stage.RUN_WALK, 1), "stage"),
    ],
)
def test_a_position_outside_the_plan_is_refused(position, field):
    with pytest.raises(ValueError, match=field):
        next_position([(Stage.ISOTONIC, 5)], position, Outcome.HOLD)
