"""Edits of a plan: each does what it says, undoing is exact, and nothing unsafe can be issued."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.rules.contraindications import grade
from assessments.rules.terms import Cortisone, Grade, Location, MatrixRow, Phase, Stage
from patients.rules.terms import Side
from programmes.rules.dose import AnyDose, Dose, RunThroughs
from programmes.rules.edits import (
    AddColumns,
    AddPlan,
    AddRow,
    Desk,
    Edit,
    FillRow,
    Mode,
    MoveColumn,
    MoveRow,
    NameColumn,
    NotPossible,
    Paste,
    RemoveColumn,
    RemoveRow,
    SetCells,
    SwapRow,
    Turn,
    clashes,
    edited,
    plan_of_ladder,
    says,
    to_redo,
    to_undo,
)
from programmes.rules.fill import Owned
from programmes.rules.library import EXERCISES, Exercise
from programmes.rules.plan import (
    EMPTY,
    Clash,
    Plan,
    flat,
    from_flat,
    patch_between,
    patched,
    reverse,
)
from programmes.rules.protocols import LADDERS
from programmes.rules.safety import PlanTendon, checked
from programmes.rules.terms import DoseSide, LoadKind, Protocol, Range

SEQUENCES = 5_000
SHARDS = 4


def desk(side: Side | None = Side.LEFT) -> Desk:
    """A desk whose ids count up, so that a failure can be repeated."""
    numbers = count(1)
    return Desk(catalogue=EXERCISES, side=side, owned=Owned(), new_id=lambda: f"n{next(numbers)}")


def protocol(which: Protocol, at: Desk) -> AddPlan:
    return AddPlan(plan=plan_of_ladder(LADDERS[which], at), mode=Mode.APPEND, name=which.value)


def small() -> tuple[Plan, Desk]:
    """Two exercises in three steps of the isotonic stage, the second done from step 2 on."""
    at = desk()
    plan = edited(EMPTY, AddColumns(stage=Stage.ISOTONIC, times=3), at)
    plan = edited(plan, AddRow(stage=Stage.ISOTONIC, exercise="seated_raise"), at)
    plan = edited(plan, AddRow(stage=Stage.ISOTONIC, exercise="floor_single_raise"), at)
    first, second = (row.id for row in plan.rows)
    one, two, three = (column.id for column in plan.columns)
    typed = [(first, each, "3x15") for each in (one, two, three)]
    typed += [(second, each, "3x10") for each in (two, three)]
    return edited(plan, SetCells(cells=tuple(typed)), at), at


def shown(plan: Plan) -> list[tuple[str, list[str]]]:
    """Each exercise with what stands in its cells, sets and repetitions only."""
    return [
        (
            row.exercise,
            [
                plan.cells.get((row.id, column.id), "").split(" ")[0]
                for column in plan.columns_of(row.stage)
            ],
        )
        for row in plan.rows
    ]


def test_typing_keeps_a_dose_short_and_anything_else_as_typed() -> None:
    plan, at = small()
    row, column = plan.rows[0].id, plan.columns[0].id
    after = edited(plan, SetCells(cells=((row, column, " 4 sets of 10 "),)), at)
    assert after.cells[row, column].startswith("4x10 ")
    after = edited(plan, SetCells(cells=((row, column, "four of ten"),)), at)
    assert after.cells[row, column] == "four of ten"
    after = edited(plan, SetCells(cells=((row, column, "  "),)), at)
    assert (row, column) not in after.cells


def test_moving_rows_and_steps_keeps_what_stands_in_them() -> None:
    plan, at = small()
    first, second = plan.rows
    moved = edited(plan, MoveRow(row=second.id, before=first.id), at)
    assert shown(moved) == [
        ("floor_single_raise", ["", "3x10", "3x10"]),
        ("seated_raise", ["3x15", "3x15", "3x15"]),
    ]
    last = plan.columns[2].id
    moved = edited(plan, MoveColumn(column=last, before=plan.columns[0].id), at)
    assert shown(moved)[1] == ("floor_single_raise", ["3x10", "", "3x10"])
    assert edited(moved, MoveColumn(column=last), at).cells == plan.cells


def test_a_removed_exercise_takes_its_doses_with_it() -> None:
    plan, at = small()
    after = edited(plan, RemoveRow(row=plan.rows[0].id), at)
    assert shown(after) == [("floor_single_raise", ["", "3x10", "3x10"])]
    after = edited(plan, RemoveColumn(column=plan.columns[1].id), at)
    assert shown(after)[0] == ("seated_raise", ["3x15", "3x15"])


def test_an_exercise_changes_for_another_with_the_same_doses() -> None:
    plan, at = small()
    after = edited(plan, SwapRow(row=plan.rows[1].id, exercise="floor_double_raise"), at)
    assert shown(after)[1] == ("floor_double_raise", ["", "3x10", "3x10"])
    with pytest.raises(NotPossible, match="is in this stage already"):
        edited(plan, SwapRow(row=plan.rows[1].id, exercise="seated_raise"), at)


def test_a_copied_step_has_the_doses_but_not_the_published_name() -> None:
    at = desk()
    plan = edited(EMPTY, protocol(Protocol.HSR, at), at)
    last = plan.columns[-1]
    after = edited(plan, AddColumns(stage=last.stage, copy=last.id), at)
    copy = after.columns[-1]
    assert (copy.title, copy.protocol, copy.rung) == (last.title, last.protocol, "")
    for row in after.rows:
        assert after.cells[row.id, copy.id] == after.cells[row.id, last.id]


def test_a_row_is_filled_by_rule_from_its_first_dose() -> None:
    plan, at = small()
    row = plan.rows[0].id
    columns = tuple(each.id for each in plan.columns)
    after = edited(plan, FillRow(row=row, columns=columns, rule="+5kg", start="3x15 20kg"), at)
    loads = [after.cells[row, column].split()[1] for column in columns]
    assert loads == ["20kg", "25kg", "30kg"]
    with pytest.raises(NotPossible):
        edited(plan, FillRow(row=row, columns=columns, rule="more every week"), at)


def test_a_block_from_a_spreadsheet_adds_the_steps_it_needs() -> None:
    plan, at = small()
    lines = (("3x8", "3x8", "4x8", "4x8"), ("3x6", "3x6", "4x6", "4x6"))
    block = Paste(stage=Stage.ISOTONIC, row=plan.rows[0].id, column=plan.columns[1].id, lines=lines)
    assert shown(edited(plan, block, at)) == [
        ("seated_raise", ["3x15", "3x8", "3x8", "4x8", "4x8"]),
        ("floor_single_raise", ["", "3x6", "3x6", "4x6", "4x6"]),
    ]
    with pytest.raises(NotPossible, match="add 1 more exercise"):
        edited(
            plan,
            Paste(
                stage=Stage.ISOTONIC, row=None, column=None, lines=(("3x8",), ("3x8",), ("3x8",))
            ),
            at,
        )


def test_a_block_with_names_finds_and_adds_its_exercises() -> None:
    plan, at = small()
    lines = (
        ("Seated heel raise", "3x8", "3x8"),
        ("heel drop over a step, knee straight", "3x15", "3x15"),
    )
    after = edited(plan, Paste(stage=Stage.ISOTONIC, row=None, column=None, lines=lines), at)
    assert shown(after) == [
        ("seated_raise", ["3x8", "3x8", "3x15"]),
        ("floor_single_raise", ["", "3x10", "3x10"]),
        ("heel_drop_straight", ["3x15", "3x15", ""]),
    ]
    strange = (("Seated heel raise", "3x8"), ("Squats", "3x8"))
    twice = (("Seated heel raise", "3x15"), ("Seated heel raise", "3x10"))
    with pytest.raises(NotPossible, match="stands twice"):
        edited(plan, Paste(stage=Stage.ISOTONIC, row=None, column=None, lines=twice), at)
    with pytest.raises(NotPossible, match="“Squats” is no exercise"):
        edited(plan, Paste(stage=Stage.ISOTONIC, row=None, column=None, lines=strange), at)


def test_a_protocol_is_added_under_what_stands_or_instead_of_it() -> None:
    plan, at = small()
    added = edited(plan, protocol(Protocol.HSR, at), at)
    assert len(added.columns) == 3 + 5
    assert len(added.rows) == 2 + 3
    assert {cell: added.cells[cell] for cell in plan.cells} == dict(plan.cells)
    instead = AddPlan(plan=plan_of_ladder(LADDERS[Protocol.HSR], at), mode=Mode.REPLACE, name="HSR")
    replaced = edited(added, instead, at)
    assert [each.rung for each in replaced.columns] == ["H1", "H2", "H3", "H4", "H5"]
    assert len(replaced.rows) == 3
    running = edited(plan, protocol(Protocol.RUN, at), at)
    kept = edited(running, AddPlan(plan=instead.plan, mode=Mode.REPLACE), at)
    assert len(kept.columns_of(Stage.RUN_WALK)) == 10


@pytest.mark.parametrize("which", list(LADDERS), ids=str)
def test_a_protocol_survives_being_typed(which: Protocol) -> None:
    """Every dose of every ladder is the same after it went through the cells of a plan."""
    at = desk()
    plan = plan_of_ladder(LADDERS[which], at)
    for column, step in zip(plan.columns, LADDERS[which].steps, strict=True):
        for item in step.items:
            row = next(each for each in plan.rows if each.exercise == item.exercise)
            assert at.dose(item.exercise, plan.cells[row.id, column.id]) == item.dose


def test_what_was_removed_meanwhile_can_not_be_edited() -> None:
    plan, at = small()
    gone = plan.rows[0].id
    after = edited(plan, RemoveRow(row=gone), at)
    for edit in (
        SetCells(cells=((gone, plan.columns[0].id, "3x8"),)),
        RemoveRow(row=gone),
        MoveRow(row=gone),
        SwapRow(row=gone, exercise="seated_raise"),
    ):
        with pytest.raises(NotPossible, match="gone"):
            edited(after, edit, at)


def test_two_people_clash_only_over_the_same_place_and_another_value() -> None:
    plan, at = small()
    row, (one, two, _three) = plan.rows[0].id, (each.id for each in plan.columns)
    before = flat(plan)

    def patch(text: str, *columns: str) -> dict[str, Any]:
        typed = SetCells(cells=tuple((row, each, text) for each in columns))
        return patch_between(before, flat(edited(plan, typed, at)))

    theirs = patch("4x8", one)
    now = patched(before, theirs)
    assert clashes(patch("4x6", two), [theirs], now) == {}
    assert clashes(patch("4x8", one), [theirs], now) == {}
    found = clashes(patch("4x6", one, two), [theirs], now)
    assert list(found) == [f"cell/{row}/{one}"]
    assert found[f"cell/{row}/{one}"].startswith("4x8")


@pytest.mark.parametrize(
    ("turns", "undo", "redo"),
    [
        pytest.param([], None, None, id="nothing yet"),
        pytest.param([(1, 1, None)], 1, None, id="one edit"),
        pytest.param([(1, 1, None), (2, 2, None)], 1, None, id="another's edit is not mine"),
        pytest.param([(1, 1, None), (2, 1, 1)], None, 1, id="undone"),
        pytest.param([(1, 1, None), (2, 1, None), (3, 1, 2)], 1, 2, id="the second undone"),
        pytest.param([(1, 1, None), (2, 1, None), (3, 1, 2), (4, 1, 1)], None, 1, id="both undone"),
        pytest.param(
            [(1, 1, None), (2, 1, None), (3, 1, 2), (4, 1, 1), (5, 1, 1)],
            1,
            2,
            id="one of two done again",
        ),
        pytest.param([(1, 1, None), (2, 1, 1), (3, 1, 1)], 1, None, id="done again"),
        pytest.param(
            [(1, 1, None), (2, 1, None), (3, 1, 2), (4, 1, None), (5, 1, 4)],
            1,
            4,
            id="an edit given up for a new one stays given up",
        ),
        pytest.param(
            [(1, 1, None), (2, 1, 1), (3, 1, None)], 3, None, id="a new edit ends redoing"
        ),
    ],
)
def test_undo_and_redo_take_ones_own_edits_in_order(
    turns: list[tuple[int, int, int | None]], undo: int | None, redo: int | None
) -> None:
    listed = [Turn(number=number, by=by, of=of) for number, by, of in turns]
    assert (to_undo(listed, 1), to_redo(listed, 1)) == (undo, redo)


@pytest.mark.parametrize("which", list(LADDERS), ids=str)
def test_a_plan_is_stored_whole(which: Protocol) -> None:
    plan = plan_of_ladder(LADDERS[which], desk())
    assert from_flat(flat(plan)) == plan


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param({"col/c1": {"stage": "isotonic"}}, id="no order"),
        pytest.param({"col/c1/order": 1}, id="an order of nothing"),
        pytest.param({"row/r1": {"stage": "no"}, "row/r1/order": 1}, id="unknown stage"),
        pytest.param({"cell/r1/c1": "3x15"}, id="a cell of nothing"),
        pytest.param({"elsewhere": 1}, id="another place"),
        pytest.param(
            {"row/r 1": {"stage": "isotonic", "exercise": "x"}, "row/r 1/order": 1},
            id="an id with a space",
        ),
    ],
)
def test_anything_else_is_no_plan(stored: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r":|valid Stage"):
        from_flat(stored)


# --- Thousands of sequences of random edits, by two people, on random tendons. ---

TEXTS = (
    "3x15",
    "4x10RM 3-0-3 r120 3/wk L",
    "4x8RM r3min",
    "3x15 below",
    "5x45s 80%",
    "3x12 20kg",
    "3x(9w/1r) 3/wk",
    "30r 3/wk",
    "+10% 3/wk",
    "3x15 40kg below",
    "4x6RM 3-0-3 L",
    "3x20 E",
    "4x30s 70% below",
    "10x10x400m 95-100% 7/wk",
    "3x5x80m 50-60% 2/wk",
    "+100% 7/wk",
    "as last week",
    "4x",
    "",
)
KEYS = tuple(EXERCISES)
TENDONS = tuple(
    PlanTendon(
        phase=phase,
        location=location,
        cortisone=cortisone,
        unlocked=frozenset(unlocked),
    )
    for phase in (*Phase, None)
    for location in (
        Location.MIDPORTION,
        Location.INSERTIONAL,
        Location.MIXED,
        Location.UNDETERMINED,
    )
    for cortisone in Cortisone
    for unlocked in ((), ("U1", "U2"))
)


def random_edit(dice: random.Random, plan: Plan, at: Desk) -> Edit:
    """Any edit, mostly one that can be made."""
    stage = (
        dice.choice(plan.stages or tuple(Stage))
        if dice.random() < 0.8
        else dice.choice(tuple(Stage))
    )
    rows, columns = plan.rows_of(stage), plan.columns_of(stage)
    a_row = dice.choice(rows).id if rows else "gone"
    a_column = dice.choice(columns).id if columns else "gone"
    some_row = dice.choice([None, *(each.id for each in rows)])
    some_column = dice.choice([None, *(each.id for each in columns)])
    kind = dice.randrange(16)
    if kind < 5:
        cells = tuple(
            (a_row, dice.choice(columns).id if columns else "gone", dice.choice(TEXTS))
            for _ in range(dice.choice((1, 1, 3)))
        )
        return SetCells(cells=cells)
    match kind:
        case 5:
            return AddRow(stage=stage, exercise=dice.choice(KEYS), before=some_row)
        case 6:
            suited = [key for key in KEYS if EXERCISES[key].stage is stage]
            return AddRow(stage=stage, exercise=dice.choice(suited))
        case 7:
            return RemoveRow(row=a_row)
        case 8:
            return MoveRow(row=a_row, before=some_row)
        case 9:
            return SwapRow(row=a_row, exercise=dice.choice(KEYS))
        case 10:
            copy = a_column if columns and dice.random() < 0.5 else None
            return AddColumns(stage=stage, times=dice.choice((1, 2)), before=some_column, copy=copy)
        case 11:
            return RemoveColumn(column=a_column)
        case 12:
            return MoveColumn(column=a_column, before=some_column)
        case 13:
            titles = ("Week 1", "Heavy", "x" * 121)
            return NameColumn(column=a_column, title=dice.choice(titles), least=dice.randrange(9))
        case 14:
            width = dice.randrange(1, 4)
            lines = tuple(
                tuple(dice.choice(TEXTS) for _ in range(width)) for _ in range(dice.randrange(1, 3))
            )
            return Paste(stage=stage, row=some_row, column=some_column, lines=lines)
        case _:
            which = dice.choice(tuple(LADDERS))
            plan = plan_of_ladder(LADDERS[which], at)
            return AddPlan(plan=plan, mode=dice.choice(tuple(Mode)), name=which.value)


@dataclass
class Store:
    """What the record keeps of a draft: the plan and every edit, as the actions keep them."""

    plan: dict[str, Any] = field(default_factory=dict)
    edits: list[tuple[int, int | None, dict[str, Any]]] = field(default_factory=list)

    def turns(self) -> list[Turn]:
        return [
            Turn(number=number, by=by, of=of)
            for number, (by, of, _patch) in enumerate(self.edits, start=1)
        ]

    def take(self, by: int, patch: dict[str, Any], of: int | None = None) -> None:
        self.plan = patched(self.plan, patch)
        self.edits.append((by, of, patch))


def acknowledged(dice: random.Random, at: Desk, store: Store) -> Iterator[int]:
    """Two people edit a draft for a while; 1 for each edit that was taken."""
    known = {1: 0, 2: 0}
    if dice.random() < 0.7:
        which = dice.choice(tuple(LADDERS))
        begun = edited(EMPTY, protocol(which, at), at)
        store.take(1, patch_between({}, flat(begun)))
    for _ in range(dice.randrange(6, 18)):
        by = dice.choice((1, 2))
        if dice.random() < 0.6:
            known[by] = len(store.edits)  # the page has caught up
        what = dice.random()
        if what < 0.2:
            target = (to_undo if what < 0.13 else to_redo)(store.turns(), by)
            if target is None:
                continue
            patch = store.edits[target - 1][2]
            try:
                store.take(by, reverse(patch) if what < 0.13 else dict(patch), of=target)
                from_flat(store.plan)
            except Clash:
                continue
            except ValueError:
                # Taken back as a whole: a plan that can't be is never stored.
                _by, _of, refused = store.edits.pop()
                store.plan = patched(store.plan, reverse(refused))
                continue
        else:
            plan = from_flat(store.plan)
            try:
                after = flat(edited(plan, edit := random_edit(dice, plan, at), at))
            except NotPossible:
                continue
            assert says(plan, edit, at)
            patch = patch_between(store.plan, after)
            since = [patch for _by, _of, patch in store.edits[known[by] :]]
            if not patch or clashes(patch, since, store.plan):
                continue
            assert patched(store.plan, patch) == after
            store.take(by, patch)
        known[by] = len(store.edits)
        yield 1


def test_together_they_are_five_thousand() -> None:
    assert SEQUENCES // SHARDS * SHARDS >= 5_000


@pytest.mark.parametrize("shard", range(SHARDS))
def test_random_edits_lose_nothing_and_issue_nothing_unsafe(shard: int) -> None:
    seen: dict[str, int] = {"issued": 0, "refused": 0, "taken": 0}

    @settings(max_examples=SEQUENCES // SHARDS, database=None)
    @given(seed=st.integers(0, 2**48))
    def sequence(seed: int) -> None:
        dice = random.Random(seed * SHARDS + shard)
        at = desk(dice.choice((Side.LEFT, Side.RIGHT)))
        tendon = dice.choice(TENDONS)
        store = Store()
        for edits in acknowledged(dice, at, store):
            seen["taken"] += edits
        # No edit is lost: the plan is what all patches, one after the other, make of nothing.
        again: dict[str, Any] = {}
        for _by, _of, patch in store.edits:
            again = patched(again, patch)
        assert again == store.plan
        # Undoing is exact: taking every patch back leads to the blank page.
        for _by, _of, patch in reversed(store.edits):
            again = patched(again, reverse(patch))
        assert again == {}
        plan = from_flat(store.plan)
        safe_or_refused(plan, tendon, at, seen)
        safe_or_refused(mended(plan, tendon, at), tendon, at, seen)

    sequence()
    assert seen["issued"] > 100
    assert seen["taken"] > SEQUENCES // SHARDS


def mended(plan: Plan, tendon: PlanTendon, at: Desk) -> Plan:
    """The plan without what can't be read and without empty steps: only safety is left to fail."""
    cells = tuple(
        (row, column, "")
        for (row, column), cell in checked(plan, tendon, at).cells.items()
        if cell.error
    )
    plan = edited(plan, SetCells(cells=cells), at)
    for column in plan.columns:
        if not any(each == column.id for _row, each in plan.cells):
            plan = edited(plan, RemoveColumn(column=column.id), at)
    return plan


def safe_or_refused(plan: Plan, tendon: PlanTendon, at: Desk, seen: dict[str, int]) -> None:
    """A plan that may be issued holds nothing this tendon must not do, by the matrix itself."""
    found = checked(plan, tendon, at)
    if found.refusals:
        seen["refused"] += 1
        return
    seen["issued"] += 1
    assert tendon.phase is not None
    assert tendon.location is not None
    for (row, column), cell in found.cells.items():
        known = EXERCISES[plan.row(row).exercise]
        where = plan.column(column)
        assert cell.dose is not None
        forbidden = [
            work
            for work in kinds_of_work(known, cell.dose)
            if grade(work, tendon.phase, tendon.location, tendon.cortisone) is Grade.CONTRAINDICATED
        ]
        pressed = tendon.location in (Location.INSERTIONAL, Location.MIXED)
        below = isinstance(cell.dose, Dose) and cell.dose.range is Range.BELOW_NEUTRAL
        if forbidden or (pressed and below):
            assert cell.verdict.opened, (known.key, cell.text)
            assert cell.verdict.unlock in tendon.unlocked
            assert where.stage is Stage.FULL_RETURN
            assert tendon.cortisone is not Cortisone.RECENT
        if tendon.isometric_only:
            assert where.stage is Stage.ISOMETRIC


def kinds_of_work(known: Exercise, dose: AnyDose) -> set[MatrixRow]:
    """Every row of the matrix that an exercise with this dose is work of, told apart from the code.

    Read off what the body does: what is lifted, how far the heel goes, on how many legs, how fast.
    """
    kinds = {known.row}
    if isinstance(dose, RunThroughs) and dose.percent_to > 70:
        kinds.add(MatrixRow.SPEED_RUNNING)
    if not isinstance(dose, Dose):
        return kinds
    hold = dose.hold_s is not None
    one_leg = dose.side is not DoseSide.BOTH
    weight = dose.load.kind is not LoadKind.BODY_WEIGHT and bool(dose.load.amount)
    hop = known.row in (MatrixRow.DOUBLE_LEG_HOP, MatrixRow.SINGLE_LEG_HOP)
    if dose.range is Range.BELOW_NEUTRAL and known.row is not MatrixRow.LOADED_HSR:
        kinds.add(MatrixRow.STEP_DEFICIT_HEEL_DROP)
    if weight and not hold and not hop and known.row is not MatrixRow.STEP_DEFICIT_HEEL_DROP:
        kinds.add(MatrixRow.LOADED_HSR)
    if hop and one_leg:
        kinds.add(MatrixRow.SINGLE_LEG_HOP)
    if known.row is MatrixRow.BILATERAL_HEEL_RAISE_FLOOR and one_leg:
        kinds.add(MatrixRow.SINGLE_LEG_HEEL_RAISE_FLOOR)
    if known.row is MatrixRow.ISOMETRIC_MID_RANGE and not hold:
        # Movement under load, whatever it is called.
        kinds.add(MatrixRow.LOADED_HSR)
    return kinds
