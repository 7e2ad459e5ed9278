"""The library as its page shows it: exercises with what they ask of whom, protocols in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from assessments.in_force import defaults_in_force as assessment_defaults_in_force
from assessments.rules.contraindications import ROW_LABELS, grade, unlocks
from assessments.rules.sources import SOURCES, Source
from assessments.rules.terms import Cortisone, Grade, Location, MatrixRow, Phase
from programmes.drawing import Drawing, drawing_of_exercise
from programmes.models import PROTOCOL_CHOICES, PracticeExercise
from programmes.rules.dose import Usual, in_words
from programmes.rules.library import Catalogue, Exercise
from programmes.rules.library.pose import pose_in_words
from programmes.rules.library.search import (
    CONTRACTION_WORDS,
    EQUIPMENT_WORDS,
    KNEE_WORDS,
    RANGE_WORDS,
    SIDE_WORDS,
    STAGE_WORDS,
)
from programmes.rules.protocols import LADDERS, Ladder, Note, Step
from programmes.rules.words import counted, plain

GRADE_TONES = {Grade.ALLOWED: "ok", Grade.CAUTION: "caution", Grade.CONTRAINDICATED: "stop"}
GRADE_WORDS = {
    Grade.ALLOWED: "Allowed",
    Grade.CAUTION: "Caution",
    Grade.CONTRAINDICATED: "Contraindicated",
}
# One phase of each pair of columns the matrix has.
PHASES = (
    (Phase.REACTIVE, "Reactive"),
    (Phase.DISREPAIR, "Disrepair"),
    (Phase.DEGENERATIVE, "Degenerative"),
)
PLACES = (Location.MIDPORTION, Location.INSERTIONAL)
CORTISONE = (
    (Cortisone.NONE, "No cortisone"),
    (Cortisone.PAST, "Cortisone before, no longer recent"),
    (Cortisone.RECENT, "Recent cortisone"),
)
OWN_WORDS = {
    "hold_s": "seconds of holding",
    "reps": "repetitions",
    "rest_s": "rest",
    "days_per_week": "days a week",
    "side": "one or both legs",
    "ankle_circulation": "ankle pumps",
    "order": "the order of the steps",
    "step": "the step itself",
    "exercise": "the exercise",
    "walk first": "the walk first in each round",
    "metres": "the distance",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of the list. ``own`` marks the practice's own, ``current`` the one shown whole."""

    key: str
    name: str
    kind: str
    equipment: str
    at_home: bool
    own: bool
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StageList:
    """The exercises of one stage."""

    label: str
    lines: tuple[Listed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the small matrix, as shape and word."""

    tone: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixGroup:
    """The three phases at one cortisone class, each with midportion and insertion."""

    label: str
    lines: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One exercise whole, in words. ``code`` is that of the practice's own, None of a built-in."""

    key: str
    name: str
    stage: str
    kind: str
    kind_because: str
    figures: tuple[tuple[str, str], ...]
    instructions: tuple[str, ...]
    drawing: Drawing
    start: str
    end: str
    tendon_load: str
    load_sources: tuple[Source, ...]
    early: str
    early_sources: tuple[Source, ...]
    easier: tuple[tuple[str, str], ...]
    matrix: tuple[MatrixGroup, ...]
    unlock: str
    code: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownNote:
    """A sentence with its sources."""

    says: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    """One step of a protocol; ``own`` says in words which of its numbers are ours."""

    code: str
    title: str
    weeks: str
    sessions: str
    items: tuple[tuple[str, str], ...]
    sources: tuple[Source, ...]
    own: str
    notes: tuple[ShownNote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProtocol:
    """One protocol, step by step."""

    key: str
    name: str
    stage: str
    weeks: str
    instead_of: str
    entry: tuple[ShownNote, ...]
    notes: tuple[ShownNote, ...]
    steps: tuple[ShownStep, ...]


def listed(
    exercises: Iterable[Exercise], *, own: Iterable[str], current: str
) -> tuple[StageList, ...]:
    """The exercises by stage, in the order of the stages."""
    own_keys = set(own)
    in_order = sorted(exercises, key=lambda each: list(STAGE_WORDS).index(each.stage))
    return tuple(
        StageList(
            label=STAGE_WORDS[stage],
            lines=tuple(
                Listed(
                    key=each.key,
                    name=each.name,
                    kind=ROW_LABELS[each.row],
                    equipment=_things(each),
                    at_home=each.at_home,
                    own=each.key in own_keys,
                    current=each.key == current,
                )
                for each in group
            ),
        )
        for stage, group in groupby(in_order, key=lambda each: each.stage)
    )


def drawn(
    exercises: Iterable[Exercise],
) -> tuple[tuple[str, tuple[tuple[Exercise, Drawing], ...]], ...]:
    """The exercises with their drawings by stage, in the order of the stages."""
    every = tuple(exercises)
    return tuple(
        (label, tuple((each, drawing_of_exercise(each)) for each in every if each.stage is stage))
        for stage, label in STAGE_WORDS.items()
    )


def shown(known: Exercise, among: Catalogue, stored: PracticeExercise | None = None) -> Shown:
    """One exercise whole; ``stored`` is its row where it is the practice's own."""
    load = known.tendon_load
    opening = next(
        (
            each
            for each in unlocks(defaults=assessment_defaults_in_force())
            if each.row is known.row
        ),
        None,
    )
    return Shown(
        key=known.key,
        name=known.name,
        stage=STAGE_WORDS[known.stage],
        kind=ROW_LABELS[known.row],
        kind_because=known.row_because,
        figures=(
            ("Work", CONTRACTION_WORDS[known.contraction]),
            ("Knee", KNEE_WORDS[known.knee]),
            ("Range", RANGE_WORDS[known.range]),
            ("Needs", _things(known)),
            ("At home", "Yes" if known.at_home else "No"),
            ("Usual dose", usual_in_words(known.usual)),
        ),
        instructions=known.instructions,
        drawing=drawing_of_exercise(known),
        start=pose_in_words(known.start),
        end="" if known.end == known.start else pose_in_words(known.end),
        tendon_load=f"{plain(load.body_weights)} times body weight" if load else "",
        load_sources=_sources((load.source,) if load else ()),
        early=f"From the {STAGE_WORDS[known.earliest].lower()} stage. {known.earliest_because}"
        if known.earliest_because
        else "",
        early_sources=_sources((known.earliest_source,) if known.earliest_source else ()),
        easier=_easier(known, among),
        matrix=matrix_of(known.row),
        unlock=f"May be opened ({opening.code}). {opening.says}" if opening else "",
        code=stored.code if stored else None,
    )


def matrix_of(row: MatrixRow) -> tuple[MatrixGroup, ...]:
    """The grades of one kind of exercise for every tendon the matrix tells apart."""
    return tuple(
        MatrixGroup(
            label=label,
            lines=tuple(
                (
                    words,
                    tuple(
                        Cell(tone=GRADE_TONES[cell], word=GRADE_WORDS[cell])
                        for place in PLACES
                        for cell in (grade(row, phase, place, cortisone),)
                    ),
                )
                for phase, words in PHASES
            ),
        )
        for cortisone, label in CORTISONE
    )


def usual_in_words(usual: Usual) -> str:
    """What a dose of an exercise has when nobody writes it."""
    words = [SIDE_WORDS[usual.side].lower()]
    if usual.tempo is not None:
        tempo = usual.tempo
        words.append(f"{tempo.up_s}-{tempo.hold_s}-{tempo.down_s} s up, held, down")
    if usual.rest_s:
        words.append(f"rest {usual.rest_s} s")
    if usual.times_per_day > 1:
        times = {2: "twice"}.get(usual.times_per_day, f"{usual.times_per_day} times")
        words.append(f"{times} a day")
    days = usual.days_per_week
    words.append("every day" if days == 7 else f"{counted(days, 'day')} a week")
    return ", ".join(words).capitalize()


def protocols_shown(catalogue: Catalogue) -> tuple[ShownProtocol, ...]:
    """Every built-in protocol in words, in the order of the stages."""
    names = dict(PROTOCOL_CHOICES)
    return tuple(
        ShownProtocol(
            key=each.protocol.value,
            name=each.name,
            stage=STAGE_WORDS[each.stage],
            weeks=f"{each.weeks} weeks" if each.weeks else "",
            instead_of=names[each.alternative_to.value] if each.alternative_to else "",
            entry=_notes(each.entry),
            notes=_notes(each.notes),
            steps=tuple(_step(step, catalogue) for step in each.steps),
        )
        for each in _by_stage(LADDERS.values())
    )


def _by_stage(ladders: Iterable[Ladder]) -> list[Ladder]:
    return sorted(ladders, key=lambda each: list(STAGE_WORDS).index(each.stage))


def _step(step: Step, catalogue: Catalogue) -> ShownStep:
    sessions = "" if step.min_sessions is None else f"at least {step.min_sessions}"
    return ShownStep(
        code=step.code,
        title=step.title,
        weeks=step.weeks,
        sessions=sessions,
        items=tuple((catalogue[item.exercise].name, in_words(item.dose)) for item in step.items),
        sources=_sources(key for key in step.sources if key != "own"),
        own=", ".join(OWN_WORDS.get(each, each) for each in step.own),
        notes=_notes(step.notes),
    )


def _notes(notes: Iterable[Note]) -> tuple[ShownNote, ...]:
    return tuple(ShownNote(says=each.says, sources=_sources(each.sources)) for each in notes)


def _sources(keys: Iterable[str]) -> tuple[Source, ...]:
    return tuple(SOURCES[key] for key in keys)


def _things(known: Exercise) -> str:
    return ", ".join(EQUIPMENT_WORDS[each] for each in known.equipment)


def _easier(known: Exercise, among: Catalogue) -> tuple[tuple[str, str], ...]:
    """Key and name of each easier exercise, the nearest first."""
    chain: list[tuple[str, str]] = []
    key = known.regression
    while key is not None and key in among and len(chain) < len(among):
        chain.append((key, among[key].name))
        key = among[key].regression
    return tuple(chain)
