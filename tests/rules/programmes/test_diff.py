"""What differs between two plans: told in words, once, and completely."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.rules.terms import Stage
from patients.rules.terms import Side
from programmes.rules.diff import (
    Kind,
    Line,
    PlanDiff,
    Shown,
    ShownItem,
    ShownStep,
    differences,
    dose_parts,
)
from programmes.rules.dose import AnyDose, Dose, Load, Tempo
from programmes.rules.terms import DoseSide, LoadKind
from tests.rules.programmes.doses import doses

HEAVY = Dose(
    side=DoseSide.BOTH,
    sets=4,
    reps=10,
    load=Load(kind=LoadKind.RM, amount=10),
    tempo=Tempo(up_s=3, hold_s=0, down_s=3),
    rest_s=120,
    days_per_week=3,
)
HEAVIER = replace(HEAVY, reps=8, load=Load(kind=LoadKind.RM, amount=8))
SEATED = ShownItem(exercise="seated", name="Seated heel raise", dose=HEAVY)
BARBELL = ShownItem(exercise="barbell", name="Barbell heel raise", dose=HEAVY)
PRESS = ShownItem(exercise="press", name="Leg press heel raise", dose=HEAVY)


def step(
    number: int, *items: ShownItem, stage: Stage = Stage.ISOTONIC, **more: object
) -> ShownStep:
    return ShownStep(stage=stage, number=number, items=items, **more)  # type: ignore[arg-type]


def plan(*steps: ShownStep, name: str = "version 1") -> Shown:
    return Shown(name=name, side=Side.LEFT, steps=steps)


def told(before: Iterable[ShownStep], after: Iterable[ShownStep]) -> list[str]:
    found = differences(plan(*before), plan(*after, name="version 2"))
    return [sentence for line in found.lines for sentence in line.says]


def test_nothing_changed_is_said() -> None:
    same = differences(plan(step(1, SEATED)), plan(step(1, SEATED), name="version 2"))
    assert same.same
    assert same.summary == "Nothing differs between version 1 and version 2."


FIVE = [step(number, BARBELL) for number in range(1, 6)]

CASES: dict[str, tuple[list[ShownStep], list[ShownStep], list[str]]] = {
    "an exercise added at several steps": (
        FIVE,
        [FIVE[0], *(replace(each, items=(BARBELL, SEATED)) for each in FIVE[1:])],
        [
            (
                "Seated heel raise: added at isotonic steps 2 to 5, 4 sets of 10 at 10RM,"
                " 3 seconds up, 3 seconds down, rest 2 minutes, once a day, 3 days a week,"
                " to neutral, both legs."
            )
        ],
    ),
    "a dose": (
        [step(1, SEATED)],
        [step(1, replace(SEATED, dose=HEAVIER))],
        ["Seated heel raise, isotonic step 1: 4 sets of 10 at 10RM → 4 sets of 8 at 8RM."],
    ),
    "a part of a dose that is not how much": (
        [step(1, SEATED)],
        [step(1, replace(SEATED, dose=replace(HEAVY, rest_s=None, side=DoseSide.AFFECTED)))],
        [
            (
                "Seated heel raise, isotonic step 1: 4 sets of 10 at 10RM, rest 2 minutes,"
                " both legs → 4 sets of 10 at 10RM, rest as needed, left leg."
            )
        ],
    ),
    "the same change at steps that do not follow each other": (
        FIVE,
        [
            replace(each, items=(replace(BARBELL, dose=HEAVIER),)) if each.number != 3 else each
            for each in FIVE
        ],
        [
            (
                "Barbell heel raise, isotonic steps 1, 2, 4 and 5:"
                " 4 sets of 10 at 10RM → 4 sets of 8 at 8RM."
            )
        ],
    ),
    "an exercise removed": (
        [step(1, SEATED, BARBELL), step(2, SEATED)],
        [step(1, SEATED), step(2, SEATED)],
        [("Barbell heel raise: removed at isotonic step 1, was 4 sets of 10 at 10RM.")],
    ),
    "an exercise moved": (
        [step(1, SEATED, BARBELL, PRESS)],
        [step(1, PRESS, SEATED, BARBELL)],
        ["Leg press heel raise: moved at isotonic step 1, place 3 → place 1."],
    ),
    "a step put in front, known by its column": (
        [step(1, SEATED, column="a"), step(2, BARBELL, column="b")],
        [
            step(1, PRESS, column="c"),
            step(2, SEATED, column="a"),
            step(3, BARBELL, column="b"),
        ],
        [
            "Isotonic step 1: added.",
            (
                "Leg press heel raise: added at isotonic step 1, 4 sets of 10 at 10RM,"
                " 3 seconds up, 3 seconds down, rest 2 minutes, once a day, 3 days a week,"
                " to neutral, both legs."
            ),
        ],
    ),
    "steps removed": (
        [step(1, SEATED, column="a"), step(2, BARBELL, column="b"), step(3, BARBELL, column="c")],
        [step(1, SEATED, column="a")],
        ["Isotonic steps 2 and 3 of version 1: removed, with Barbell heel raise."],
    ),
    "a step moved": (
        [step(number, SEATED, column=f"c{number}") for number in (1, 2, 3)],
        [
            step(1, SEATED, column="c3"),
            step(2, SEATED, column="c1"),
            step(3, SEATED, column="c2"),
        ],
        ["Isotonic step 1: moved, was step 3."],
    ),
    "a step renamed": (
        [step(1, SEATED, title="Start", weeks="1", least=3)],
        [step(1, SEATED, title="Begin", weeks="1 to 2", least=6)],
        [
            "Isotonic step 1: “Start” → “Begin”.",
            "Isotonic step 1: week 1 → week 1 to 2.",
            "Isotonic step 1: at least 3 sessions → at least 6 sessions.",
        ],
    ),
    "a stage that is new": (
        [step(1, SEATED)],
        [step(1, SEATED), step(1, replace(PRESS, dose=None, typed="4x?"), stage=Stage.PLYOMETRIC)],
        [
            "Plyometric step 1: added.",
            "Leg press heel raise: added at plyometric step 1, “4x?”, which can't be read.",
        ],
    ),
    "a practice exercise with another name and other words": (
        [step(1, replace(SEATED, instructions=("Sit.", "Lift.")))],
        [step(1, replace(SEATED, name="Seated raise", instructions=("Sit.", "Raise.")))],
        [
            "Seated raise, isotonic step 1: was called Seated heel raise.",
            "Seated raise, isotonic step 1: instructions changed.",
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_told_as_a_clinician_would(name: str) -> None:
    before, after, sentences = CASES[name]
    assert told(before, after) == sentences


def test_only_what_changed_is_marked() -> None:
    found = differences(
        plan(step(1, SEATED)), plan(step(1, replace(SEATED, dose=replace(HEAVY, reps=8))))
    )
    (entry,) = found.lines[0].entries
    assert [(part.text, part.changed) for part in entry.before] == [
        ("4 sets of 10", True),
        ("at 10RM", False),
    ]
    assert [(part.text, part.changed) for part in entry.after] == [
        ("4 sets of 8", True),
        ("at 10RM", False),
    ]


# --- For any two plans ---------------------------------------------------------------------------

KEYS = ("seated", "barbell", "press", "drop")
items = st.builds(
    ShownItem,
    exercise=st.sampled_from(KEYS),
    name=st.just("Some exercise"),
    dose=st.none() | doses,
    typed=st.sampled_from(["", "4x?"]),
).map(
    lambda item: replace(item, name=f"Exercise {item.exercise}", typed="" if item.dose else "4x?")
)
contents = st.lists(items, max_size=3, unique_by=lambda item: item.exercise).map(tuple)
columns = st.one_of(
    st.just(("",) * 5), st.permutations(["a", "b", "c", "d", "e", "f", "g"]).map(tuple)
)


@st.composite
def plans(draw: st.DrawFn) -> Shown:
    steps: list[ShownStep] = []
    for stage in (Stage.ISOMETRIC, Stage.ISOTONIC):
        known = draw(columns)
        for number in range(1, draw(st.integers(0, 5)) + 1):
            steps.append(
                ShownStep(
                    stage=stage,
                    number=number,
                    column=known[number - 1],
                    title=draw(st.sampled_from(["", "Start", "On"])),
                    weeks=draw(st.sampled_from(["", "1"])),
                    least=draw(st.integers(0, 2)),
                    items=draw(contents),
                )
            )
    return Shown(name="a plan", side=Side.LEFT, steps=tuple(steps))


@given(plans())
def test_a_plan_does_not_differ_from_itself(one: Shown) -> None:
    assert differences(one, one).same


def _lines(found: PlanDiff, stage: Stage, kind: Kind) -> list[Line]:
    return [line for line in found.lines if (line.stage, line.kind) == (stage, kind)]


def _numbers(found: PlanDiff, stage: Stage, kind: Kind) -> set[int]:
    entries = (entry for line in _lines(found, stage, kind) for entry in line.entries)
    return {number for entry in entries for number in entry.steps}


def applied(
    before: Shown, found: PlanDiff, stage: Stage
) -> dict[int, dict[str, tuple[object, str]]]:
    """The items of a stage after the told differences, worked out from those alone."""
    steps = {each.number: each.items for each in before.steps if each.stage is stage}
    removed = _numbers(found, stage, Kind.STEP_REMOVED)
    added = _numbers(found, stage, Kind.STEP_ADDED)
    moved = {
        entry.steps[0]: int(entry.before[0].text.removeprefix("step ").partition(",")[0])
        for line in _lines(found, stage, Kind.STEP_MOVED)
        for entry in line.entries
    }
    stayed = iter(sorted(set(steps) - removed - set(moved.values())))
    after: dict[int, dict[str, tuple[object, str]]] = {}
    for number in range(1, len(steps) - len(removed) + len(added) + 1):
        held = () if number in added else steps[moved.get(number) or next(stayed)]
        after[number] = {each.exercise: (each.dose, each.typed) for each in held}
    for line in found.lines:
        if line.stage is not stage:
            continue
        for entry in line.entries:
            for number in entry.steps:
                if line.kind in (Kind.ADDED, Kind.CHANGED):
                    assert entry.right is not None
                    after[number][line.exercise] = (entry.right.dose, entry.right.typed)
                elif line.kind is Kind.REMOVED:
                    del after[number][line.exercise]
    return after


@given(plans(), plans())
@settings(max_examples=300)
def test_what_is_told_leads_from_one_plan_to_the_other(before: Shown, after: Shown) -> None:
    found = differences(before, after)
    for stage in (Stage.ISOMETRIC, Stage.ISOTONIC):
        wanted = {
            each.number: {item.exercise: (item.dose, item.typed) for item in each.items}
            for each in after.steps
            if each.stage is stage
        }
        assert applied(before, found, stage) == wanted


@given(plans(), plans())
def test_nothing_is_told_that_is_the_same(before: Shown, after: Shown) -> None:
    for line in differences(before, after).lines:
        for entry in line.entries:
            assert entry.steps
            if line.kind in (Kind.CHANGED, Kind.STEP_CHANGED, Kind.STEP_MOVED, Kind.MOVED):
                assert entry.before_words != entry.after_words


@given(doses, doses)
def test_two_doses_never_read_the_same(one: AnyDose, other: AnyDose) -> None:
    words = [dose_parts(replace(SEATED, dose=each), Side.LEFT) for each in (one, other)]
    assert (words[0] == words[1]) == (one == other)
