"""How two plans differ, as a clinician would tell it: steps, exercises, and doses in words.

Steps are the same by the column they came from, else by stage and number; exercises are the same
by key. What is equal at several steps is told once.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import TypeVar

from assessments.rules.terms import Stage
from patients.rules.terms import Side
from programmes.rules.dose import (
    AnyDose,
    Dose,
    FreeRun,
    RunThroughs,
    Tempo,
    WalkRun,
    amount_words,
    days_words,
    load_words,
    longer_words,
    pace_words,
    run_through_words,
    tempo_words,
    time_words,
    times_words,
    walk_run_words,
)
from programmes.rules.plan import STAGES
from programmes.rules.terms import DoseSide, Range
from programmes.rules.words import counted

Key = TypeVar("Key", bound=Hashable)

STAGE_NAMES = {
    Stage.ISOMETRIC: "isometric",
    Stage.ISOTONIC: "isotonic",
    Stage.PLYOMETRIC: "plyometric",
    Stage.RUN_WALK: "run-walk",
    Stage.FULL_RETURN: "full return",
}
RANGE_WORDS = {
    Range.TO_NEUTRAL: "to neutral",
    Range.BELOW_NEUTRAL: "below neutral",
    Range.MID_RANGE: "mid-range",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """One exercise of one step. ``dose`` is None where a draft holds text nobody can read:
    ``typed`` is that text."""

    exercise: str
    name: str
    dose: AnyDose | None
    typed: str = ""
    instructions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    """One step. ``column`` is what it is known by from version to version, blank if by nothing."""

    stage: Stage
    number: int
    column: str = ""
    title: str = ""
    weeks: str = ""
    least: int = 0
    protocol: str = ""
    items: tuple[ShownItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A plan as it is compared: ``name`` as in "version 2", ``side`` the affected leg."""

    name: str
    side: Side | None
    steps: tuple[ShownStep, ...]


class Kind(StrEnum):
    """What happened to a step or an exercise."""

    STEP_REMOVED = "step_removed"
    STEP_ADDED = "step_added"
    STEP_MOVED = "step_moved"
    STEP_CHANGED = "step_changed"
    REMOVED = "removed"
    ADDED = "added"
    MOVED = "moved"
    CHANGED = "changed"
    RENAMED = "renamed"
    REWORDED = "reworded"


KIND_WORDS = {
    Kind.STEP_REMOVED: "Removed",
    Kind.STEP_ADDED: "Added",
    Kind.STEP_MOVED: "Moved",
    Kind.STEP_CHANGED: "Changed",
    Kind.REMOVED: "Removed",
    Kind.ADDED: "Added",
    Kind.MOVED: "Moved",
    Kind.CHANGED: "Dose changed",
    Kind.RENAMED: "Name changed",
    Kind.REWORDED: "Instructions changed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A few words of one side of a difference; ``changed`` when the other side says otherwise."""

    text: str
    changed: bool = False

    @property
    def joint(self) -> str:
        """What stands between it and the words before: how heavy follows how much at once."""
        follows = self.text.startswith(("with ", "at ")) and not self.text.startswith("at least")
        return " " if follows else ", "


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One difference at one or several steps.

    ``steps`` are numbers in the later plan, of what was removed in the earlier one. ``before`` and
    ``after`` are the words of both sides, empty where there is nothing; ``left`` and ``right``
    the items themselves.
    """

    steps: tuple[int, ...]
    where: str
    before: tuple[Part, ...] = ()
    after: tuple[Part, ...] = ()
    left: ShownItem | None = None
    right: ShownItem | None = None

    @property
    def before_words(self) -> str:
        """The earlier side in words, blank where there is nothing."""
        return _joined(self.before)

    @property
    def after_words(self) -> str:
        """The later side in words, blank where there is nothing."""
        return _joined(self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Everything of one kind that happened to one exercise, or to steps, of a stage.

    ``exercise`` is its key, blank for a line about steps.
    """

    stage: Stage
    kind: Kind
    name: str
    entries: tuple[Entry, ...]
    exercise: str = ""

    @property
    def word(self) -> str:
        """What happened, in a word or two."""
        return KIND_WORDS[self.kind]

    @property
    def says(self) -> tuple[str, ...]:
        """One sentence an entry."""
        return tuple(_sentence(self, entry) for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDiff:
    """The differences of one stage. ``whole`` says of a stage only one plan has which: "added" or
    "removed", blank otherwise."""

    stage: Stage
    whole: str
    lines: tuple[Line, ...]

    @property
    def name(self) -> str:
        """The stage in words, with a capital."""
        return STAGE_NAMES[self.stage].capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDiff:
    """How the plan ``after`` differs from the plan ``before``; both are names."""

    before: str
    after: str
    stages: tuple[StageDiff, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.stages

    @property
    def lines(self) -> tuple[Line, ...]:
        """All differences in order."""
        return tuple(line for stage in self.stages for line in stage.lines)

    @property
    def summary(self) -> str:
        """The differences counted, in a sentence."""
        if self.same:
            return f"Nothing differs between {self.before} and {self.after}."
        count = sum(len(line.entries) for line in self.lines)
        stages = ", ".join(STAGE_NAMES[each.stage] for each in self.stages)
        return f"{counted(count, 'difference')} ({stages})."


def differences(before: Shown, after: Shown) -> PlanDiff:
    """How ``after`` differs from ``before``: complete, what is equal at several steps told once."""
    stages = []
    for stage in STAGES:
        old = [each for each in before.steps if each.stage is stage]
        new = [each for each in after.steps if each.stage is stage]
        lines = (
            *_of_steps(stage, old, new, before.name),
            *_of_items(stage, _pairs(old, new), after.side or before.side),
        )
        if lines:
            whole = "added" if not old else "removed" if not new else ""
            stages.append(StageDiff(stage=stage, whole=whole, lines=lines))
    return PlanDiff(before=before.name, after=after.name, stages=tuple(stages))


Pair = tuple[ShownStep | None, ShownStep]


def _pairs(old: Sequence[ShownStep], new: Sequence[ShownStep]) -> list[Pair]:
    """Each later step with the earlier one it came from, None for one that is new."""
    columns = {each.column: each for each in old if each.column}
    known = {each.number: columns[each.column] for each in new if each.column in columns}
    taken = {each.number for each in known.values()}
    numbers = {each.number: each for each in old if each.number not in taken}
    for each in new:
        candidate = numbers.get(each.number)
        # Two columns that are both known and differ are two steps.
        if each.number in known or candidate is None or (each.column and candidate.column):
            continue
        known[each.number] = candidate
    return [(known.get(each.number), each) for each in new]


def _of_steps(
    stage: Stage, old: Sequence[ShownStep], new: Sequence[ShownStep], earlier: str
) -> Iterator[Line]:
    pairs = _pairs(old, new)
    kept = {was.number for was, _ in pairs if was is not None}
    gone = [each for each in old if each.number not in kept]
    removed = [
        Entry(steps=numbers, where=f"{step_words(numbers)} of {earlier}", before=held)
        for held, numbers in _grouped((_held(each), each.number) for each in gone)
    ]
    added = [
        Entry(steps=numbers, where=step_words(numbers), after=held)
        for held, numbers in _grouped((_held(now), now.number) for was, now in pairs if was is None)
    ]
    both = [(was, now) for was, now in pairs if was is not None]
    stayed = _longest_rising([was.number for was, _ in both])
    moved = [
        Entry(
            steps=(now.number,),
            where=step_words((now.number,)),
            before=(Part(text=sides[0], changed=True),),
            after=(Part(text=sides[1], changed=True),),
        )
        for was, now in both
        if was.number not in stayed
        for sides in [_move_words(was, now, pairs)]
    ]
    changed = [
        Entry(steps=numbers, where=step_words(numbers), before=sides[0], after=sides[1])
        for sides, numbers in _grouped(
            (sides, now.number) for was, now in both for sides in _step_words(was, now)
        )
    ]
    for kind, entries in (
        (Kind.STEP_REMOVED, removed),
        (Kind.STEP_ADDED, added),
        (Kind.STEP_MOVED, moved),
        (Kind.STEP_CHANGED, changed),
    ):
        if entries:
            name = "Step" if sum(len(each.steps) for each in entries) == 1 else "Steps"
            yield Line(stage=stage, kind=kind, name=name, entries=tuple(entries))


def _move_words(was: ShownStep, now: ShownStep, pairs: Sequence[Pair]) -> tuple[str, str]:
    """Where a step stood and stands; at the same number, what it came after."""
    if was.number != now.number:
        return f"step {was.number}", f"step {now.number}"
    before = next((old for old, new in pairs if new.number == now.number - 1), None)
    came = "a new step" if before is None else f"the old step {before.number}"
    here = f"step {now.number}"
    return f"{here}, after the old step {was.number - 1}", f"{here}, after {came}"


def _held(step: ShownStep) -> tuple[Part, ...]:
    """What a step that is gone held."""
    return tuple(Part(text=each.name) for each in step.items) or (Part(text="no exercise"),)


Sides = tuple[tuple[Part, ...], tuple[Part, ...]]


def _step_words(was: ShownStep, now: ShownStep) -> Iterator[Sides]:
    """Both sides of everything about the step itself that changed."""
    for left, right in (
        (_titled(was.title), _titled(now.title)),
        (_weeks(was.weeks), _weeks(now.weeks)),
        (_least(was.least), _least(now.least)),
        (_followed(was.protocol), _followed(now.protocol)),
    ):
        if left != right:
            yield (Part(text=left, changed=True),), (Part(text=right, changed=True),)


def _titled(title: str) -> str:
    return f"“{title}”" if title else "no title"


def _weeks(weeks: str) -> str:
    return week_words(weeks) or "no weeks given"


def week_words(weeks: str) -> str:
    """The weeks of a step as they are read: "week 2-3", but "3 to 6 months" as it stands."""
    return f"week {weeks}" if weeks and "month" not in weeks else weeks


def _least(least: int) -> str:
    return f"at least {counted(least, 'session')}" if least else "no least number of sessions"


def _followed(protocol: str) -> str:
    return protocol or "no protocol"


Exercise = tuple[str, int]
"""The key of an exercise, and which time it stands in its step."""

Difference = tuple[ShownItem | None, ShownItem | None, str, str]
"""An item before and after, each with its place among the items of its step in words, blank where
that is not the difference."""


def _of_items(stage: Stage, pairs: Sequence[Pair], side: Side | None) -> Iterator[Line]:
    found: dict[tuple[str, Kind], list[tuple[Difference, int]]] = {}
    names: dict[str, str] = {}
    for was, now in pairs:
        old, new = _by_key(was.items if was else ()), _by_key(now.items)
        stayed = _longest_rising([[*old].index(each) for each in new if each in old])
        for each in dict.fromkeys((*new, *old)):
            left, right = old.get(each), new.get(each)
            names.setdefault(each[0], right.name if right else left.name if left else "")
            told = [(kind, (left, right, "", "")) for kind in _kinds(left, right)]
            if left and right and [*old].index(each) not in stayed:
                places = _place(old, each), _place(new, each)
                if places[0] == places[1]:  # what stood around it has changed
                    places = _neighbour(old, each), _neighbour(new, each)
                if places[0] != places[1]:
                    told.append((Kind.MOVED, (None, None, *places)))
            for kind, difference in told:
                found.setdefault((each[0], kind), []).append((difference, now.number))
    order, kinds = list(names), list(Kind)
    for exercise, kind in sorted(
        found, key=lambda each: (order.index(each[0]), kinds.index(each[1]))
    ):
        entries = tuple(
            _entry(kind, difference, numbers, side)
            for difference, numbers in _grouped(found[exercise, kind])
        )
        yield Line(stage=stage, kind=kind, name=names[exercise], exercise=exercise, entries=entries)


def _place(items: Mapping[Exercise, ShownItem], one: Exercise) -> str:
    return f"place {[*items].index(one) + 1}"


def _neighbour(items: Mapping[Exercise, ShownItem], one: Exercise) -> str:
    at = [*items].index(one)
    return f"after {[*items.values()][at - 1].name}" if at else "first"


def _by_key(items: Iterable[ShownItem]) -> dict[Exercise, ShownItem]:
    """The items by exercise; one that stands twice in a step is told apart by its turn."""
    seen: dict[str, int] = {}
    found = {}
    for each in items:
        seen[each.exercise] = turn = seen.get(each.exercise, 0) + 1
        found[each.exercise, turn] = each
    return found


def _kinds(left: ShownItem | None, right: ShownItem | None) -> Iterator[Kind]:
    if left is None or right is None:
        yield Kind.ADDED if left is None else Kind.REMOVED
        return
    if (left.dose, left.typed) != (right.dose, right.typed):
        yield Kind.CHANGED
    if left.name != right.name:
        yield Kind.RENAMED
    if left.instructions != right.instructions:
        yield Kind.REWORDED


def _entry(
    kind: Kind, difference: Difference, numbers: tuple[int, ...], side: Side | None
) -> Entry:
    left, right, from_place, to_place = difference
    # Of what is gone how much and how heavy is enough to know it by.
    before: tuple[Part, ...] = _head(left, side) if left else ()
    after: tuple[Part, ...] = _all_words(right, side) if right else ()
    if left and right:
        match kind:
            case Kind.RENAMED:
                before, after = (Part(text=left.name),), (Part(text=right.name, changed=True),)
            case Kind.REWORDED:
                before, after = _reworded(left.instructions, right.instructions)
            case _:
                before, after = _changed_words(left, right, side)
    elif kind is Kind.MOVED:
        before, after = ((Part(text=place, changed=True),) for place in (from_place, to_place))
    return Entry(
        steps=numbers,
        where=step_words(numbers),
        before=before,
        after=after,
        left=left,
        right=right,
    )


def _reworded(left: Sequence[str], right: Sequence[str]) -> Sides:
    return (
        tuple(Part(text=each, changed=each not in right) for each in left)
        or (Part(text="no instructions", changed=True),),
        tuple(Part(text=each, changed=each not in left) for each in right)
        or (Part(text="no instructions", changed=True),),
    )


def _all_words(item: ShownItem, side: Side | None) -> tuple[Part, ...]:
    return tuple(Part(text=text) for text, _usual in dose_parts(item, side).values())


def _head(item: ShownItem, side: Side | None) -> tuple[Part, ...]:
    parts = dose_parts(item, side).values()
    return tuple(Part(text=text) for text, always in parts if always)


def _changed_words(left: ShownItem, right: ShownItem, side: Side | None) -> Sides:
    """Both doses: how much and how heavy always, every other part only when it changed."""
    old, new = dose_parts(left, side), dose_parts(right, side)
    return _against(old, new), _against(new, old)


Parts = Mapping[str, tuple[str, bool]]
"""What each part of a dose is about, with its words and whether they always stand."""


def _against(mine: Parts, other: Parts) -> tuple[Part, ...]:
    return tuple(
        Part(text=text, changed=text != other.get(about, ("",))[0])
        for about, (text, always) in mine.items()
        if always or text != other.get(about, ("",))[0]
    )


def dose_parts(item: ShownItem, side: Side | None) -> Parts:
    """The dose of an item in its parts, every one of them in words. Different doses differ here."""
    match item.dose:
        case None:
            return {"amount": (f"“{item.typed}”, which can't be read", True)}
        case Dose() as dose:
            return {
                "amount": (
                    amount_words(
                        dose.sets, reps=dose.reps, reps_to=dose.reps_to, hold_s=dose.hold_s
                    ),
                    True,
                ),
                "load": (load_words(dose.load), True),
                **({} if dose.hold_s is not None else {"tempo": (_tempo(dose.tempo), False)}),
                "rest": (_rest(dose.rest_s), False),
                "times": (times_words(dose.times_per_day), False),
                "days": (days_words(dose.days_per_week), False),
                "range": (RANGE_WORDS[dose.range], False),
                "leg": (leg_words(dose.side, side), False),
            }
        case WalkRun() as dose:
            run = walk_run_words(dose)
            return {"amount": (run, True), "days": (days_words(dose.days_per_week), False)}
        case FreeRun() as dose:
            pause = "two days in a row allowed" if dose.consecutive_days else "never two in a row"
            return {
                "amount": (longer_words(dose.longer_percent), True),
                "days": (f"up to {counted(dose.days_per_week, 'day')} a week", False),
                "pause": (pause, False),
            }
        case RunThroughs() as dose:
            return {
                "amount": (run_through_words(dose.sets, dose.reps, dose.metres), True),
                "load": (pace_words(dose.percent_from, dose.percent_to), True),
                "days": (days_words(dose.days_per_week), False),
            }


def _tempo(tempo: Tempo | None) -> str:
    if tempo is None:
        return "no set tempo"
    return ", ".join(tempo_words(tempo)) or "0 seconds up"


def _rest(rest_s: int | None) -> str:
    if rest_s is None:
        return "rest as needed"
    return f"rest {time_words(rest_s)}" if rest_s else "no rest"


def leg_words(works: DoseSide, side: Side | None) -> str:
    """Which leg works, with its name where the affected side is known."""
    match works:
        case DoseSide.BOTH:
            return "both legs"
        case DoseSide.EACH:
            return "each leg in turn"
        case DoseSide.AFFECTED:
            return f"{side.value} leg" if side else "affected leg"
        case DoseSide.OTHER:
            return f"{side.other.value} leg" if side else "the other leg"


def _grouped(told: Iterable[tuple[Key, int]]) -> list[tuple[Key, tuple[int, ...]]]:
    """Each difference once, with the numbers of all steps it is at."""
    found: dict[Key, list[int]] = {}
    for what, number in told:
        found.setdefault(what, []).append(number)
    return [(what, tuple(sorted(numbers))) for what, numbers in found.items()]


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """The most of these numbers that stand in rising order; the others have moved."""
    best: list[tuple[int, ...]] = [()]
    for number in numbers:
        before = max(len(run) for run in best if not run or run[-1] < number)
        longest = next(run for run in best if len(run) == before and (not run or run[-1] < number))
        best.append((*longest, number))
    return set(next(run for run in best if len(run) == max(map(len, best))))


def step_words(numbers: Sequence[int]) -> str:
    """The steps as they are read: "step 2", "steps 2 to 5", "steps 1, 3 and 6 to 8"."""
    runs = []
    for _, run in groupby(enumerate(sorted(numbers)), key=lambda each: each[1] - each[0]):
        part = [number for _, number in run]
        if len(part) > 2:
            runs.append(f"{part[0]} to {part[-1]}")
        else:
            runs += [str(number) for number in part]
    told = " and ".join((", ".join(runs[:-1]), runs[-1])) if len(runs) > 1 else runs[0]
    return f"step{'' if len(numbers) == 1 else 's'} {told}"


def _joined(parts: Iterable[Part]) -> str:
    """The words in one line."""
    told = ""
    for part in parts:
        told += f"{part.joint}{part.text}" if told else part.text
    return told


def _sentence(line: Line, entry: Entry) -> str:
    stage = STAGE_NAMES[line.stage]
    where = f"{stage} {entry.where}"
    match line.kind:
        case Kind.STEP_REMOVED:
            return f"{where.capitalize()}: removed, with {entry.before_words}."
        case Kind.STEP_ADDED:
            return f"{where.capitalize()}: added."
        case Kind.STEP_MOVED:
            return f"{where.capitalize()}: moved, was {entry.before_words}."
        case Kind.STEP_CHANGED:
            return f"{where.capitalize()}: {entry.before_words} → {entry.after_words}."
        case Kind.ADDED:
            return f"{line.name}: added at {where}, {entry.after_words}."
        case Kind.REMOVED:
            return f"{line.name}: removed at {where}, was {entry.before_words}."
        case Kind.MOVED:
            return f"{line.name}: moved at {where}, {entry.before_words} → {entry.after_words}."
        case Kind.CHANGED:
            return f"{line.name}, {where}: {entry.before_words} → {entry.after_words}."
        case Kind.RENAMED:
            return f"{line.name}, {where}: was called {entry.before_words}."
        case Kind.REWORDED:
            return f"{line.name}, {where}: instructions changed."
