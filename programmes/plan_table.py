"""A plan as the table exercise physiologists read: rows exercises, columns steps, by stage."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from patients.rules.terms import Side
from programmes.models import PROTOCOL_CHOICES, STAGE_CHOICES, Item, Step, Version
from programmes.rules.diff import RANGE_WORDS, leg_words, week_words
from programmes.rules.dose import Dose, dose_from_json, in_words
from programmes.rules.library import EXERCISES, exercise
from programmes.rules.position import Position
from programmes.rules.proposal import Concern, PlanProposal
from programmes.rules.terms import Protocol

STAGE_WORDS, PROTOCOL_WORDS = dict(STAGE_CHOICES), dict(PROTOCOL_CHOICES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One step: ``mark`` says in a word why it stands out (now, start), blank otherwise."""

    number: int
    title: str
    weeks: str
    mark: str = ""

    @property
    def words(self) -> str:
        """What it is called and when it is."""
        return head_words(self.title, self.weeks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One exercise: what its dose has at every step, and per step what differs.

    A cell is blank where the exercise isn't done. ``opened`` names the unlock that opened it.
    """

    name: str
    caution: str
    always: str
    cells: tuple[str, ...]
    opened: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTable:
    """One stage of the plan."""

    label: str
    protocol: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownConcern:
    """A concern of the matrix as the page shows it."""

    name: str
    stage: str
    because: str


def of_proposal(plan: PlanProposal) -> tuple[StageTable, ...]:
    """The proposed plan; its first step is marked."""
    cautions = {each.exercise: each.because for each in plan.cautions}
    tables = []
    for stage in plan.stages:
        columns = tuple(
            Column(
                number=number,
                title=step.title,
                weeks=step.weeks,
                mark="Start" if plan.start == Position(stage=stage.stage, step=number) else "",
            )
            for number, step in enumerate(stage.steps, start=1)
        )
        cells = [
            {item.exercise: in_words(item.dose) for item in step.items} for step in stage.steps
        ]
        names = {key: exercise(key).name for key in _in_order(cells)}
        tables.append(
            StageTable(
                label=STAGE_WORDS[stage.stage],
                protocol=PROTOCOL_WORDS[stage.protocol],
                columns=columns,
                rows=_rows(names, cautions, cells),
            )
        )
    return tuple(tables)


def of_version(
    version: Version, current: Step | None, *, side: Side | None = None
) -> tuple[StageTable, ...]:
    """An issued plan as it was frozen, read with its steps and items (``with_plan``).

    The step the patient is on is marked. ``side`` is the leg of the episode, to name it.
    """
    stages: dict[str, list[Step]] = {}
    for step in version.steps.all():
        stages.setdefault(step.stage, []).append(step)
    tables = []
    for stage, steps in stages.items():
        items = [item for step in steps for item in step.items.all()]
        how = _how(items, side)
        cells = [
            {
                item.exercise: ", ".join((item.dose_words, *how.get(item.pk, ())))
                for item in step.items.all()
            }
            for step in steps
        ]
        names = {item.exercise: item.name for item in items}
        tables.append(
            StageTable(
                label=STAGE_WORDS[stage],
                protocol=protocol_words(Protocol(step.protocol) for step in steps),
                columns=tuple(
                    Column(
                        number=step.number,
                        title=step.title,
                        weeks=step.weeks,
                        mark="Now" if step == current else "",
                    )
                    for step in steps
                ),
                rows=_rows(
                    {key: names[key] for key in _in_order(cells)},
                    _by_exercise((item.exercise, item.caution) for item in items),
                    cells,
                    _by_exercise((item.exercise, item.unlock) for item in items),
                ),
            )
        )
    return tuple(tables)


def _how(items: Iterable[Item], side: Side | None) -> dict[int, tuple[str, ...]]:
    """Range and leg of each item, by its key, where its exercise isn't always done in that way.

    They are told where the steps differ from each other or from how the exercise is usually done;
    of an exercise the practice made itself always.
    """
    found: dict[str, dict[int, tuple[str, str]]] = {}
    for item in items:
        dose = dose_from_json(item.dose)
        if isinstance(dose, Dose):
            words = RANGE_WORDS[dose.range], leg_words(dose.side, side)
            found.setdefault(item.exercise, {})[item.pk] = words
    told: dict[int, tuple[str, ...]] = {}
    for key, each in found.items():
        known = EXERCISES.get(key)
        usual = known and (RANGE_WORDS[known.usual.range], leg_words(known.usual.side, side))
        done = [set(kind) for kind in zip(*each.values(), strict=True)]
        unusual = [n for n in (0, 1) if done[n] != {usual and usual[n]}]
        told |= {item: tuple(words[n] for n in unusual) for item, words in each.items()}
    return told


def head_words(title: str, weeks: str) -> str:
    """What a step is called and when it is; a title that only says its number is left out."""
    named = "" if re.fullmatch(r"Step \d+", title.strip()) else title
    return ", ".join(part for part in (named, week_words(weeks)) if part)


def protocol_words(protocols: Iterable[Protocol]) -> str:
    """The protocols the steps of a stage come from, each once: "Alfredson heel drops, own plan"."""
    words = ", ".join(dict.fromkeys(PROTOCOL_WORDS[each] for each in protocols))
    own = PROTOCOL_WORDS[Protocol.OWN]
    return words.replace(f", {own}", f", {own.lower()}")


def _by_exercise(said: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What the steps say of each exercise, everything once."""
    found: dict[str, dict[str, None]] = {}
    for key, words in said:
        if words:
            found.setdefault(key, {})[words] = None
    return {key: " ".join(each) for key, each in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The words an exercise was given with."""

    name: str
    lines: tuple[str, ...]


def given_instructions(version: Version) -> tuple[Given, ...]:
    """What each exercise of an issued plan was explained with, as it was frozen, each once."""
    found: dict[tuple[str, tuple[str, ...]], Given] = {}
    for step in version.steps.all():
        for item in step.items.all():
            lines = tuple(item.instructions)
            if lines:
                found.setdefault((item.name, lines), Given(name=item.name, lines=lines))
    return tuple(found.values())


def shown(concerns: Iterable[Concern]) -> list[ShownConcern]:
    """Each concern once, with the exercise's name and its stage in words."""
    found = {
        (each.exercise, each.because): ShownConcern(
            name=exercise(each.exercise).name,
            stage=STAGE_WORDS[each.stage].lower(),
            because=each.because,
        )
        for each in concerns
    }
    return list(found.values())


def _in_order(cells: Sequence[dict[str, str]]) -> list[str]:
    return list(dict.fromkeys(key for step in cells for key in step))


def _rows(
    names: dict[str, str],
    cautions: dict[str, str],
    cells: Sequence[dict[str, str]],
    opened: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Row, ...]:
    rows = []
    for key, name in names.items():
        doses = [step.get(key, "").split(", ") for step in cells]
        done = [parts for parts in doses if parts != [""]]
        # The first part is the sets: it stays in the cell even when all steps share it.
        always = [part for part in done[0][1:] if all(part in parts for parts in done)]
        rows.append(
            Row(
                name=name,
                caution=cautions.get(key, ""),
                opened=opened.get(key, ""),
                always=", ".join(always),
                cells=tuple(
                    ", ".join(part for part in parts if part not in always) for parts in doses
                ),
            )
        )
    return tuple(rows)
