"""What a plan may hold for a tendon: the whole matrix through the editor, unlocks, order, caps."""

from itertools import count, product

import pytest

from assessments.rules.contraindications import grade
from assessments.rules.phase import pathway
from assessments.rules.terms import Cortisone, Grade, Location, MatrixRow, Pathway, Phase, Stage
from patients.rules.terms import Side
from programmes.rules.edits import Desk
from programmes.rules.fill import Owned
from programmes.rules.library import EXERCISES
from programmes.rules.notation import read
from programmes.rules.plan import Column, Plan, Row
from programmes.rules.safety import PlanTendon, checked, judged_row, verdict

PLACES = (Location.MIDPORTION, Location.INSERTIONAL, Location.MIXED)
numbers = count(1)
DESK = Desk(catalogue=EXERCISES, side=Side.LEFT, owned=Owned(), new_id=lambda: f"n{next(numbers)}")
CALM = PlanTendon(phase=Phase.DEGENERATIVE, location=Location.MIDPORTION, cortisone=Cortisone.NONE)


def plan(*steps: tuple[Stage, str, str], rung: str = "") -> Plan:
    """A step for each stage, exercise and dose."""
    columns: list[Column] = []
    rows: list[Row] = []
    cells: dict[tuple[str, str], str] = {}
    for number, (stage, exercise, text) in enumerate(steps, start=1):
        columns.append(Column(id=f"c{number}", stage=stage, order=number, rung=rung))
        if not any((each.stage, each.exercise) == (stage, exercise) for each in rows):
            rows.append(Row(id=f"r{number}", stage=stage, order=number, exercise=exercise))
        row = next(each for each in rows if (each.stage, each.exercise) == (stage, exercise))
        if text:
            cells[row.id, f"c{number}"] = text
    return Plan(columns=tuple(columns), rows=tuple(rows), cells=cells)


def said(made: Plan, tendon: PlanTendon = CALM) -> list[str]:
    return [each.says for each in checked(made, tendon, DESK).refusals]


@pytest.mark.parametrize("cortisone", list(Cortisone), ids=str)
@pytest.mark.parametrize("location", PLACES, ids=str)
@pytest.mark.parametrize("phase", list(Phase), ids=str)
def test_every_cell_of_the_matrix_is_the_editors(
    phase: Phase, location: Location, cortisone: Cortisone
) -> None:
    tendon = PlanTendon(phase=phase, location=location, cortisone=cortisone)
    for row, stage in product(MatrixRow, Stage):
        found = verdict(row, None, tendon, stage=stage)
        assert found.grade is grade(row, phase, location, cortisone), (row, stage)
        assert found.grade is Grade.ALLOWED or found.because


@pytest.mark.parametrize("cortisone", list(Cortisone), ids=str)
@pytest.mark.parametrize("location", PLACES, ids=str)
@pytest.mark.parametrize("phase", list(Phase), ids=str)
def test_the_two_unlocks_open_their_cell_and_nothing_else(
    phase: Phase, location: Location, cortisone: Cortisone
) -> None:
    tendon = PlanTendon(
        phase=phase,
        location=location,
        cortisone=cortisone,
        unlocked=frozenset({"U1", "U2"}),
    )
    bears = pathway(phase) is Pathway.LOAD and cortisone is not Cortisone.RECENT
    for row, stage, rung in product(MatrixRow, Stage, ("", "F1", "F2", "F3", "F4")):
        cell = grade(row, phase, location, cortisone)
        found = verdict(row, None, tendon, stage=stage, rung=rung)
        late = bears and stage is Stage.FULL_RETURN
        u1 = row is MatrixRow.STEP_DEFICIT_HEEL_DROP and location is Location.INSERTIONAL
        u2 = (
            row is MatrixRow.UPHILL_RUNNING
            and location in (Location.INSERTIONAL, Location.MIXED)
            and rung in ("F3", "F4")
        )
        opened = cell is Grade.CONTRAINDICATED and late and (u1 or u2)
        assert found.opened is opened, (row, stage, rung)
        assert found.grade is (Grade.CAUTION if opened else cell), (row, stage, rung)


@pytest.mark.parametrize("location", [Location.INSERTIONAL, Location.MIXED], ids=str)
def test_a_heel_below_the_floor_counts_as_a_step_drop(location: Location) -> None:
    tendon = PlanTendon(phase=Phase.DEGENERATIVE, location=location, cortisone=Cortisone.NONE)
    usual = EXERCISES["level_loaded_raise"].usual
    to_neutral = read("3x12RM", usual=usual, side=Side.LEFT)
    below = read("3x12RM below", usual=usual, side=Side.LEFT)
    grades = [
        verdict(MatrixRow.LOADED_HSR, dose, tendon, stage=Stage.ISOTONIC).grade
        for dose in (to_neutral, below)
    ]
    assert grades == [Grade.CAUTION, Grade.CONTRAINDICATED]
    assert verdict(MatrixRow.LOADED_HSR, below, CALM, stage=Stage.ISOTONIC).grade is Grade.ALLOWED


@pytest.mark.parametrize(
    ("exercise", "text", "row"),
    [
        pytest.param("floor_single_raise", "3x15", "single_leg_heel_raise_floor", id="nothing"),
        pytest.param("floor_single_raise", "3x15 BW", "single_leg_heel_raise_floor", id="BW"),
        pytest.param("floor_single_raise", "3x15 0kg", "single_leg_heel_raise_floor", id="0 kg"),
        pytest.param("floor_single_raise", "3x15 5kg", "loaded_hsr", id="kg"),
        pytest.param("floor_double_raise", "3x15RM", "loaded_hsr", id="RM"),
        pytest.param("seated_raise", "3x15 +10%bw", "loaded_hsr", id="share of body weight"),
        pytest.param("floor_double_raise", "3x15 L", "single_leg_heel_raise_floor", id="one leg"),
        pytest.param("floor_double_raise", "3x15 B", "bilateral_heel_raise_floor", id="both legs"),
        pytest.param("double_leg_pogo", "3x10 E", "single_leg_hop", id="a hop, each leg in turn"),
        pytest.param("heel_drop_straight", "3x15 5kg", "step_deficit_heel_drop", id="step drop"),
        pytest.param("floor_single_raise", "3x15 below", "step_deficit_heel_drop", id="below"),
        pytest.param("seated_raise", "3x15 below 9kg", "step_deficit_heel_drop", id="seated below"),
        pytest.param("isometric_hold_single", "4x30s 70%", "isometric_mid_range", id="a hold"),
    ],
)
def test_weight_on_the_floor_is_heavy_work(exercise: str, text: str, row: str) -> None:
    known = EXERCISES[exercise]
    assert judged_row(known.row, read(text, usual=known.usual, side=Side.LEFT)) == row


@pytest.mark.parametrize(
    ("tendon", "says"),
    [
        pytest.param(
            PlanTendon(
                phase=Phase.REACTIVE, location=Location.MIDPORTION, cortisone=Cortisone.NONE
            ),
            "The tendon is irritable",
            id="irritable",
        ),
        pytest.param(
            PlanTendon(
                phase=Phase.DEGENERATIVE, location=Location.MIDPORTION, cortisone=Cortisone.RECENT
            ),
            "Cortisone at this tendon is recent",
            id="cortisone",
        ),
        pytest.param(
            PlanTendon(
                phase=Phase.DEGENERATIVE,
                location=Location.MIDPORTION,
                cortisone=Cortisone.NONE,
                held_back="Fluoroquinolone: isometric only until May.",
            ),
            "Fluoroquinolone",
            id="an antibiotic",
        ),
    ],
)
def test_a_cap_leaves_the_isometric_stage(tendon: PlanTendon, says: str) -> None:
    hold = (Stage.ISOMETRIC, "isometric_hold_double", "4x30s 70%")
    assert said(plan(hold), tendon) == []
    later = plan(hold, (Stage.ISOTONIC, "floor_double_raise", "3x15"))
    assert any(each.startswith(says) for each in said(later, tendon))


@pytest.mark.parametrize("stage", list(Stage), ids=str)
def test_an_open_red_flag_and_an_unknown_tendon_stop_every_plan(stage: Stage) -> None:
    known = next(each for each in EXERCISES.values() if each.stage is stage)
    text = "30r 3/wk" if stage in (Stage.RUN_WALK, Stage.FULL_RETURN) else "3x15"
    made = plan((stage, known.key, text))
    locked = PlanTendon(
        phase=Phase.DEGENERATIVE,
        location=Location.MIDPORTION,
        cortisone=Cortisone.NONE,
        locked=True,
    )
    assert "A red flag is open" in said(made, locked)[0]
    for phase, location in (
        (None, Location.MIDPORTION),
        (Phase.DEGENERATIVE, None),
        (Phase.DEGENERATIVE, Location.UNDETERMINED),
        (Phase.DEGENERATIVE, Location.OUT_OF_RANGE),
    ):
        tendon = PlanTendon(phase=phase, location=location, cortisone=Cortisone.NONE)
        assert "must be known" in said(made, tendon)[0]


@pytest.mark.parametrize(
    ("stage", "exercise", "text", "says"),
    [
        pytest.param(
            Stage.ISOTONIC, "single_leg_hop_in_place", "3x10", "plyometric stage", id="hop early"
        ),
        pytest.param(
            Stage.ISOMETRIC, "floor_double_raise", "3x15", "isotonic stage", id="raise early"
        ),
        pytest.param(
            Stage.RUN_WALK, "run_flat", "+10% 3/wk", "full return stage", id="free run early"
        ),
        pytest.param(Stage.FULL_RETURN, "run_speed", "+10% 3/wk", "speed last", id="speed first"),
        pytest.param(Stage.FULL_RETURN, "run_hills", "+10% 3/wk", "speed last", id="hills first"),
        pytest.param(
            Stage.FULL_RETURN, "run_tempo_flat", "+10% 3/wk", "speed last", id="tempo first"
        ),
        pytest.param(
            Stage.ISOTONIC, "quick_rebound_raise", "3x20 L", "plyometric stage", id="one-leg hops"
        ),
        pytest.param(
            Stage.ISOTONIC, "walk_brisk", "30r 7/wk", "run-walk stage", id="a walk that is a run"
        ),
        pytest.param(
            Stage.ISOTONIC, "walk_brisk", "+10% 7/wk", "full return stage", id="a walk run freely"
        ),
        pytest.param(
            Stage.ISOTONIC, "walk_brisk", "3x15x80m 60% 2/wk", "run-walk stage", id="run-throughs"
        ),
        pytest.param(
            Stage.RUN_WALK,
            "run_walk",
            "10x10x400m 95-100% 7/wk",
            "full return stage",
            id="sprints in the run-walk stage",
        ),
    ],
)
def test_nothing_stands_before_its_time(stage: Stage, exercise: str, text: str, says: str) -> None:
    [told] = said(plan((stage, exercise, text)))
    assert says in told


@pytest.mark.parametrize(
    ("stage", "exercise", "text"),
    [
        pytest.param(Stage.ISOTONIC, "quick_rebound_raise", "3x20", id="as Silbernagel has it"),
        pytest.param(Stage.PLYOMETRIC, "floor_single_raise", "3x15", id="strength kept up"),
        pytest.param(Stage.FULL_RETURN, "isometric_hold_single", "4x30s 70%", id="a hold late"),
        pytest.param(Stage.RUN_WALK, "grass_run_through", "3x5x80m 50-60% 2/wk", id="on grass"),
    ],
)
def test_what_came_earlier_may_stay(stage: Stage, exercise: str, text: str) -> None:
    assert said(plan((stage, exercise, text))) == []


@pytest.mark.parametrize(
    ("made", "says"),
    [
        pytest.param(Plan(cells={}), "The plan has no step yet.", id="nothing"),
        pytest.param(
            plan((Stage.ISOTONIC, "seated_raise", "")),
            "Isotonic step 1 has no exercise.",
            id="an empty step",
        ),
        pytest.param(
            plan((Stage.ISOTONIC, "seated_raise", "3x15"), (Stage.ISOTONIC, "seated_raise", "3x")),
            "Seated heel raise, Isotonic step 2: ",
            id="half a dose",
        ),
        pytest.param(
            plan((Stage.ISOTONIC, "seated_raise", "30r 3/wk")),
            "needs sets and repetitions",
            id="a raise in minutes",
        ),
        pytest.param(
            plan((Stage.RUN_WALK, "run_walk", "3x15")), "planned in minutes", id="a run in sets"
        ),
        pytest.param(
            plan((Stage.ISOMETRIC, "isometric_hold_single", "3x15 40kg")),
            "planned in seconds",
            id="a hold in repetitions",
        ),
        pytest.param(
            plan((Stage.ISOMETRIC, "isometric_hold_single", "4x30s 70% below")),
            "never goes below",
            id="a hold below the floor",
        ),
        pytest.param(
            plan((Stage.PLYOMETRIC, "double_leg_pogo", "4x30s")),
            "planned in repetitions",
            id="a hop that is held",
        ),
        pytest.param(
            plan((Stage.PLYOMETRIC, "double_leg_pogo", "4x10 below")),
            "never goes below",
            id="a hop below the floor",
        ),
        pytest.param(
            plan((Stage.FULL_RETURN, "run_flat", "+100% 3/wk")),
            "at most 10 % longer",
            id="twice as long",
        ),
        pytest.param(
            plan((Stage.ISOTONIC, "own-gone", "3x15")), "no such exercise", id="a lost exercise"
        ),
    ],
)
def test_what_is_not_a_whole_plan_is_told(made: Plan, says: str) -> None:
    [told] = said(made)
    assert says in told


def test_the_order_of_full_return_can_not_be_changed() -> None:
    names = ("run_flat", "run_tempo_flat", "run_hills", "run_speed")
    in_order = [(Stage.FULL_RETURN, name, "+10% 3/wk") for name in names]
    assert said(plan(*in_order)) == []
    assert said(plan(in_order[0], in_order[1], in_order[3])) == []
    assert any("speed last" in each for each in said(plan(in_order[0], in_order[3])))
    for one, other in ((0, 1), (1, 2), (2, 3), (1, 3), (0, 3)):
        swapped = list(in_order)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        assert any("speed last" in each for each in said(plan(*swapped))), (one, other)


@pytest.mark.parametrize(
    "tendon",
    [
        PlanTendon(phase=Phase.REACTIVE, location=Location.MIDPORTION, cortisone=Cortisone.NONE),
        PlanTendon(
            phase=Phase.DEGENERATIVE, location=Location.MIDPORTION, cortisone=Cortisone.RECENT
        ),
        PlanTendon(phase=Phase.REACTIVE, location=Location.INSERTIONAL, cortisone=Cortisone.NONE),
    ],
    ids=["reactive", "cortisone", "reactive insertion"],
)
@pytest.mark.parametrize(
    "exercise", [each.key for each in EXERCISES.values() if each.stage is Stage.ISOMETRIC]
)
@pytest.mark.parametrize(
    "text",
    [
        "4x6RM 3-0-3",
        "3x15 40kg below",
        "10x50 200kg 10/d",
        "3x15",
        "4x30s below",
        "4x45s 80% below",
    ],
)
def test_no_heavy_work_goes_by_the_name_of_a_hold(
    tendon: PlanTendon, exercise: str, text: str
) -> None:
    assert said(plan((Stage.ISOMETRIC, exercise, text)), tendon)
    assert said(plan((Stage.ISOMETRIC, exercise, "4x30s 70%")), tendon) == []
