"""The ladders of section 6 as data: protocol, steps, exercises with doses, and their sources.

``own`` of a step names what in it was chosen here; everything else is from its sources.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from assessments.rules.spikes import HAZARD_OF
from assessments.rules.terms import SpikeClass, Stage
from programmes.rules.dose import (
    BODY_WEIGHT,
    AnyDose,
    Dose,
    FreeRun,
    Load,
    RunThroughs,
    WalkRun,
)
from programmes.rules.library import exercise
from programmes.rules.terms import DoseSide, LoadKind, Protocol, Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One exercise of a step, by its key in the library, with its dose."""

    exercise: str
    dose: AnyDose


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A sentence about a ladder or a step, with the keys of its sources."""

    says: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One column of a plan.

    ``weeks`` is the published week span as text, empty where progress goes by sessions alone;
    ``min_sessions`` the least number of sessions at this step, None where there is none. ``notes``
    say what the numbers of the doses cannot, such as whom the step is for.
    """

    code: str
    title: str
    weeks: str
    min_sessions: int | None
    items: tuple[Item, ...]
    sources: tuple[str, ...]
    own: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The steps of one protocol, in order, and the stage they belong to.

    ``weeks`` is the published length, None where none is published; ``entry`` what has to be so
    before its first step, ``notes`` what else its source or the practice says. A ladder with
    ``alternative_to`` may stand in that one's place and is never proposed by itself.
    """

    protocol: Protocol
    stage: Stage
    name: str
    steps: tuple[Step, ...]
    weeks: int | None = None
    entry: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()
    alternative_to: Protocol | None = None


STAGE_ORDER = tuple(Stage)
ISOTONIC_PROTOCOLS = (
    Protocol.HSR,
    Protocol.GRIF,
    Protocol.INS,
    Protocol.ALF,
    Protocol.SILB,
)
TWO_MINUTES_S = 120


def _note(says: str, *sources: str) -> Note:
    return Note(says=says, sources=sources)


def _rm(repetitions: int) -> Load:
    return Load(kind=LoadKind.RM, amount=repetitions)


def _dosed(key: str, side: DoseSide, sets: int, reps: int, **more: object) -> Item:
    """An item with the tempo and range its exercise has by default."""
    known = exercise(key)
    dose = Dose(
        side=side,
        sets=sets,
        reps=reps,
        range=known.range,
        tempo=known.tempo,
        **more,  # type: ignore[arg-type]
    )
    return Item(exercise=key, dose=dose)


# --- Isometric (section 6.4). 30 to 45 s at 70 to 80 % are the practice's; the rungs ours. ---


def _isometric(
    code: str, title: str, key: str, side: DoseSide, sets: int, hold_s: int, percent: int
) -> Step:
    return Step(
        code=code,
        title=title,
        weeks="",
        min_sessions=None,
        items=(
            Item(
                exercise=key,
                dose=Dose(
                    side=side,
                    sets=sets,
                    hold_s=hold_s,
                    load=Load(kind=LoadKind.PERCENT_MAX, amount=percent),
                    rest_s=TWO_MINUTES_S,
                    days_per_week=7,
                    range=Range.MID_RANGE,
                ),
            ),
        ),
        sources=("seed", "PMC8364697-T2", "ANATFISIO-ISO"),
        own=("sets", "hold_s", "load", "side"),
    )


_BOTH, _AFFECTED = DoseSide.BOTH, DoseSide.AFFECTED
_ISO = (
    _isometric("I1", "4 holds of 30 seconds", "isometric_hold_double", _BOTH, 4, 30, 70),
    _isometric("I2", "5 holds of 30 seconds", "isometric_hold_single", _AFFECTED, 5, 30, 70),
    _isometric("I3", "4 holds of 45 seconds", "isometric_hold_single", _AFFECTED, 4, 45, 75),
    _isometric("I4", "5 holds of 45 seconds", "isometric_hold_single", _AFFECTED, 5, 45, 80),
)

# --- Heavy slow resistance (section 6.2, Beyer 2015). 3 days a week, both legs, 6 s each. ---

_HSR_EXERCISES = ("hsr_seated_raise", "hsr_leg_press_raise", "hsr_barbell_raise")


def _hsr(
    code: str, weeks: str, sets: int, rm: int, min_sessions: int, own: tuple[str, ...] = ()
) -> Step:
    return Step(
        code=code,
        title=f"{sets} sets at {rm}RM",
        weeks=weeks,
        min_sessions=min_sessions,
        items=tuple(
            _dosed(key, _BOTH, sets, rm, load=_rm(rm), rest_s=TWO_MINUTES_S, days_per_week=3)
            for key in _HSR_EXERCISES
        ),
        sources=("UTD", *(("own",) if own else ())),
        own=own,
    )


_HSR = (
    _hsr("H1", "1", 3, 15, 3),
    _hsr("H2", "2 to 3", 3, 12, 6),
    _hsr("H3", "4 to 5", 4, 10, 6),
    # The row of weeks 6 to 8 is missing in the copy seen.
    _hsr("H4", "6 to 8", 4, 8, 9, own=("sets", "reps", "load")),
    _hsr("H5", "9 to 12", 4, 6, 12),
)

# --- Single-leg, loaded variant (section 6.2, Griffin 2021 level 3). ---

_GRIF = (
    Step(
        code="G1",
        title="Single leg, loaded",
        weeks="",
        min_sessions=None,
        items=(
            _dosed(
                "loaded_single_leg_raise",
                _AFFECTED,
                4,
                8,
                load=_rm(10),
                rest_s=TWO_MINUTES_S,
                days_per_week=3,
            ),
            _dosed(
                "loaded_single_leg_seated_raise",
                _AFFECTED,
                4,
                10,
                load=_rm(12),
                rest_s=TWO_MINUTES_S,
                days_per_week=3,
            ),
        ),
        sources=("PMC8364697-T2", "NCT0677"),
        own=("tempo",),
    ),
)

# --- Insertional (section 6.5): heel level with the floor. The first two as trialled without
# dorsiflexion (Jonsson 2008: 3 x 15, twice a day, every day); the ladder itself is ours. ---


def _ins_floor(code: str, title: str, key: str, side: DoseSide) -> Step:
    return Step(
        code=code,
        title=title,
        weeks="",
        min_sessions=None,
        items=(_dosed(key, side, 3, 15, times_per_day=2, days_per_week=7),),
        sources=("PM18184750", "own"),
        own=("order", "tempo"),
    )


def _ins_loaded(code: str, sets: int, rm: int) -> Step:
    return Step(
        code=code,
        title=f"{sets} sets at {rm}RM to neutral",
        weeks="",
        min_sessions=None,
        items=(
            _dosed(
                "level_loaded_raise",
                _AFFECTED,
                sets,
                rm,
                load=_rm(rm),
                rest_s=TWO_MINUTES_S,
                days_per_week=3,
            ),
        ),
        sources=("BOOKSCI-P", "own"),
        own=("sets", "reps", "load", "tempo", "rest_s", "days_per_week"),
    )


_INS = (
    _ins_floor("N1", "Both legs, level floor", "level_double_raise", _BOTH),
    _ins_floor("N2", "Single leg, level floor", "level_single_raise", _AFFECTED),
    _ins_loaded("N3", 3, 12),
    _ins_loaded("N4", 4, 10),
    _ins_loaded("N5", 4, 8),
    _ins_loaded("N6", 4, 6),
)

# --- Alfredson (section 6.1): 180 repetitions a day, 5 kg a step up to 60 kg. ---

_ALF_STEP_KG = 5
_ALF_LIMIT_KG = 60


def _alf(rung: int) -> Step:
    kg = rung * _ALF_STEP_KG
    load = Load(kind=LoadKind.KG, amount=kg) if kg else BODY_WEIGHT
    return Step(
        code=f"A{rung + 1}",
        title=f"Heel drops with {kg} kg" if kg else "Heel drops with body weight",
        weeks="",
        min_sessions=None,
        items=tuple(
            _dosed(key, _AFFECTED, 3, 15, load=load, times_per_day=2, days_per_week=7)
            for key in ("heel_drop_straight", "heel_drop_bent")
        ),
        sources=("PMC6356409-A2",),
        own=("tempo", "one step a decision instead of one a week"),
    )


_ALF = tuple(_alf(rung) for rung in range(_ALF_LIMIT_KG // _ALF_STEP_KG + 1))

# --- Silbernagel combined (section 6.3): a step is a phase. ---


def _silb(key: str, side: DoseSide, sets: int, reps: int, **more: object) -> Item:
    return _dosed(key, side, sets, reps, **{"days_per_week": 7, **more})


_QUICK_REBOUND = _silb("quick_rebound_raise", _BOTH, 3, 20)
_SILB = (
    Step(
        code="S1",
        title="Phase 1, on the floor",
        weeks="1 to 2+",
        min_sessions=None,
        items=(
            _silb("ankle_circulation", _AFFECTED, 1, 20),
            _silb("floor_double_raise", _BOTH, 3, 10, reps_to=15),
            _silb("floor_single_raise", _AFFECTED, 3, 10),
            _silb("floor_eccentric", _AFFECTED, 3, 10),
            _silb("seated_raise", _AFFECTED, 3, 10),
        ),
        sources=("PMC7249277-T2",),
        own=("ankle_circulation", "tempo"),
        notes=(
            _note(
                "For pain and difficulty with every activity, and difficulty with 10 raises on one"
                " leg. Slow, with body weight at most; in water, with hands helping or as holds if"
                " needed.",
                "PMC7249277-T2",
            ),
        ),
    ),
    Step(
        code="S2",
        title="Phase 2, on a step",
        weeks="2 to 5+",
        min_sessions=None,
        items=(
            _silb("step_double_raise", _BOTH, 3, 15),
            _silb("step_single_raise", _AFFECTED, 3, 15),
            _silb("step_eccentric", _AFFECTED, 3, 15),
            _silb("seated_raise", _AFFECTED, 3, 15),
            _QUICK_REBOUND,
        ),
        sources=("PMC7249277-T2", "BMC-T1"),
        own=("tempo",),
        notes=(
            _note(
                "For pain with exercise and with raises, and morning stiffness. Where the insertion"
                " hurts, stay on the floor. Add weight once body weight is no effort.",
                "PMC7249277-T2",
            ),
            _note("A second copy prints 3 sets of 10 for the single-leg raise.", "BMC-T1"),
        ),
    ),
    Step(
        code="S3",
        title="Phase 3, with weight",
        weeks="3 to 12+",
        min_sessions=None,
        items=(
            _silb("step_single_raise", _AFFECTED, 3, 15, load=_rm(15)),
            _silb("step_eccentric", _AFFECTED, 3, 15, load=_rm(15)),
            _silb("seated_raise", _AFFECTED, 3, 15),
            _QUICK_REBOUND,
        ),
        sources=("PMC7249277-T2", "own"),
        own=("load", "tempo"),
        notes=(
            _note("For those who tolerate phase 2 without pain at the insertion.", "PMC7249277-T2"),
            _note(
                "Running and jumping start or increase here; in this app they wait for their own"
                " stage.",
                "own",
            ),
        ),
    ),
    Step(
        code="S4",
        title="Phase 4, keeping strength",
        weeks="3 to 6 months+",
        min_sessions=None,
        items=(
            _silb("step_single_raise", _AFFECTED, 3, 15, load=_rm(15), days_per_week=3),
            _silb("step_eccentric", _AFFECTED, 3, 15, days_per_week=3),
            _silb("quick_rebound_raise", _BOTH, 3, 20, days_per_week=3),
        ),
        sources=("PMC7249277-T2", "own"),
        own=("sets", "reps", "load", "tempo", "days_per_week"),
        notes=(
            _note(
                "For few symptoms, stiffness not every day, and sport without difficulty.", "own"
            ),
            _note("Two or three days a week; three are filled in.", "own"),
        ),
    ),
)

# --- Plyometric (section 6.6). Sessions 48 hours apart, rest 2 min (NCT0677). ---


def _plyo(
    code: str,
    title: str,
    item: Item,
    sources: tuple[str, ...],
    own: tuple[str, ...],
) -> Step:
    return Step(
        code=code,
        title=title,
        weeks="",
        min_sessions=None,
        items=(item,),
        sources=sources,
        own=own,
    )


def _hops(
    key: str, side: DoseSide, sets: int, reps: int, days: int, load: Load = BODY_WEIGHT
) -> Item:
    return _dosed(key, side, sets, reps, rest_s=TWO_MINUTES_S, days_per_week=days, load=load)


_JUMP_LOAD = Load(kind=LoadKind.PERCENT_BODY_WEIGHT, amount=10)
_PLYO = (
    _plyo(
        "P1",
        "Quick heel raises",
        _hops("quick_rebound_raise", _BOTH, 3, 20, 3),
        ("PMC7249277-T2", "NCT0677"),
        (),
    ),
    _plyo(
        "P2",
        "Double-leg pogo hops",
        _hops("double_leg_pogo", _BOTH, 4, 10, 2),
        ("PMC8364697-T2", "NCT0677"),
        (),
    ),
    _plyo(
        "P3",
        "Double-leg jumps with weight",
        _hops("double_leg_jump_loaded", _BOTH, 3, 10, 3, _JUMP_LOAD),
        ("NCT0677", "own"),
        ("sets", "reps", "load"),
    ),
    _plyo(
        "P4",
        "Single-leg hops on the spot",
        _hops("single_leg_hop_in_place", _AFFECTED, 3, 10, 3),
        ("NCT0677", "own"),
        ("sets", "reps"),
    ),
    _plyo(
        "P5",
        "Forward hops on one leg",
        _hops("forward_hop", _AFFECTED, 3, 10, 3),
        ("own",),
        ("exercise", "sets", "reps"),
    ),
)

# --- Run-walk (section 8.3, Blake): 30 minutes, three sessions a rung, a rest day after each. ---


def _run(rung: int, rounds: int, walk_min: int, run_min: int) -> Step:
    title = f"Walk {walk_min} min, run {run_min} min" if walk_min else f"Run {run_min} min"
    return Step(
        code=f"L{rung}",
        title=title,
        weeks="",
        min_sessions=3,
        items=(
            Item(
                exercise="run_walk",
                dose=WalkRun(rounds=rounds, walk_min=walk_min, run_min=run_min, days_per_week=3),
            ),
        ),
        sources=("BLAKE",),
        own=("days_per_week",),
    )


_RUN = (
    _run(1, 3, 9, 1),
    _run(2, 3, 8, 2),
    _run(3, 3, 7, 3),
    _run(4, 3, 6, 4),
    _run(5, 3, 5, 5),
    _run(6, 3, 4, 6),
    _run(7, 3, 3, 7),
    _run(8, 3, 2, 8),
    _run(9, 3, 1, 9),
    _run(10, 1, 0, 30),
)

# --- Alternatives to it (section 8.3): five rungs of longer jogs, and run-throughs on grass. ---


def _jog(
    rung: int, title: str, rounds: int, walk_min: int, run_min: int, own: tuple[str, ...] = ()
) -> Step:
    return Step(
        code=f"R{rung}",
        title=title,
        weeks="",
        min_sessions=None,
        items=(
            Item(
                exercise="run_walk",
                dose=WalkRun(rounds=rounds, walk_min=walk_min, run_min=run_min, days_per_week=3),
            ),
        ),
        sources=("ARC",),
        own=("days_per_week", *own),
    )


_ARC = (
    _jog(1, "Walk 4 min, jog 2 min", 5, 4, 2),
    _jog(2, "Walk 3 min, jog 3 min", 5, 3, 3),
    _jog(3, "Walk 2 min, jog 4 min", 5, 2, 4),
    # The source jogs first in each round; a dose here says the walk first.
    _jog(4, "Jog 14 min, walk 2 min", 2, 2, 14, ("walk first",)),
    _jog(5, "Jog 30 min", 1, 0, 30),
)

_GRASS_M = 80


def _grass(
    rung: int,
    weeks: str,
    sets: int,
    reps: int,
    percent: tuple[int, int],
    days: int,
    min_sessions: int | None,
    own: tuple[str, ...] = (),
) -> Step:
    return Step(
        code=f"T{rung}",
        title=f"{sets} sets of {reps} run-throughs",
        weeks=weeks,
        min_sessions=min_sessions,
        items=(
            Item(
                exercise="grass_run_through",
                dose=RunThroughs(
                    sets=sets,
                    reps=reps,
                    metres=_GRASS_M,
                    percent_from=percent[0],
                    percent_to=percent[1],
                    days_per_week=days,
                ),
            ),
        ),
        sources=("PMC6356409-A2",),
        own=own,
    )


_GRAS = (
    _grass(1, "1", 3, 5, (50, 60), 2, 2),
    _grass(2, "2", 3, 6, (50, 60), 2, 2),
    _grass(3, "3", 4, 5, (50, 60), 2, 2),
    # Every second day is three days in most weeks.
    _grass(4, "4+", 4, 6, (55, 65), 3, None, ("metres", "days_per_week")),
)

# --- Full return (section 8.4): volume first, flat first; speed last. The steps are ours. ---

# A run up to this much above the longest of 30 days is the reference class.
_LONGER_PERCENT = HAZARD_OF[SpikeClass.REFERENCE].up_to_percent or 0


def _full(code: str, title: str, key: str, *, days: int, consecutive: bool) -> Step:
    return Step(
        code=code,
        title=title,
        weeks="",
        min_sessions=None,
        items=(
            Item(
                exercise=key,
                dose=FreeRun(
                    longer_percent=_LONGER_PERCENT,
                    days_per_week=days,
                    consecutive_days=consecutive,
                ),
            ),
        ),
        sources=("seed", "PUBHAWK", "own"),
        own=("step", "days_per_week"),
    )


_FULL = (
    _full("F1", "Flat running, building distance", "run_flat", days=3, consecutive=False),
    _full("F2", "Faster running, flat", "run_tempo_flat", days=4, consecutive=True),
    _full("F3", "Hills", "run_hills", days=4, consecutive=True),
    _full("F4", "Speed and track", "run_speed", days=4, consecutive=True),
)


_NO_STRETCH = "No stretching, and heel lifts in the shoes, as in the best trial of this place."
_NOT_VALIDATED = "No ladder back to running was tested as such in a trial of this tendon."
_AT_MOST_A_DAY = "A day without running after every session."
_ALL = (
    Ladder(
        protocol=Protocol.ISO,
        stage=Stage.ISOMETRIC,
        name="Isometric",
        steps=_ISO,
        notes=(
            _note("Mid-range, the heel level with the floor or higher.", "seed"),
            _note(
                "A way to start loading. Trials of this tendon found no relief of pain right"
                " after.",
                "PMC6706360",
                "PMC7496962",
            ),
        ),
    ),
    Ladder(
        protocol=Protocol.HSR,
        stage=Stage.ISOTONIC,
        name="Heavy slow resistance",
        steps=_HSR,
        weeks=12,
        notes=(
            _note(
                "Rest 2 to 3 minutes between sets and 5 minutes between exercises. Pain during is"
                " acceptable; if it is worse afterwards, go lighter.",
                "UTD",
            ),
            _note("The copy seen has no row for weeks 6 to 8; its sets and load are ours.", "own"),
            _note(
                "A newer trial takes two exercises, 4 sets, 2 minutes of rest and at least 48 hours"
                " between sessions.",
                "NCT0677",
            ),
        ),
    ),
    Ladder(
        protocol=Protocol.GRIF,
        stage=Stage.ISOTONIC,
        name="Single-leg, loaded",
        steps=_GRIF,
        notes=(
            _note(
                "Aim for more than 70 % of body weight added standing and 90 % seated, later 80 %"
                " and 110 %.",
                "PMC8364697-T2",
            ),
        ),
    ),
    Ladder(
        protocol=Protocol.INS,
        stage=Stage.ISOTONIC,
        name="Insertional, level floor",
        steps=_INS,
        weeks=12,
        entry=(_note("For pain at the insertion; the heel is never below the floor.", "seed"),),
        notes=(
            _note(
                "Level floor, 3 sets of 15 twice a day for 12 weeks: 67 % were satisfied. The"
                " steps after it are ours.",
                "PM18184750",
                "own",
            ),
            _note(_NO_STRETCH, "BOOKSCI-P"),
            _note("Bending the ankle further comes late and as tolerated.", "MALLIARAS"),
        ),
    ),
    Ladder(
        protocol=Protocol.ALF,
        stage=Stage.ISOTONIC,
        name="Alfredson heel drops",
        steps=_ALF,
        weeks=12,
        entry=(_note("For the middle of the tendon only, never for the insertion.", "seed"),),
        notes=(
            _note("180 repetitions a day.", "PMC6356409-A2"),
            _note("Moderate pain is accepted; stop if it gets disabling.", "own"),
            _note(
                "Add weight when free of pain: 5 kg a week up to 60 kg, by one published hand-out.",
                "PMC6356409-A2",
            ),
            _note("As many as tolerated did as well in one trial, told second-hand.", "ID571"),
        ),
    ),
    Ladder(
        protocol=Protocol.SILB,
        stage=Stage.ISOTONIC,
        name="Silbernagel combined",
        steps=_SILB,
        notes=(
            _note(
                "Running went on under the pain model in its trial, with no worse result than six"
                " weeks without.",
                "QXMD-07",
            ),
        ),
    ),
    Ladder(
        protocol=Protocol.PLYO,
        stage=Stage.PLYOMETRIC,
        name="Jumping and hopping",
        steps=_PLYO,
        entry=(_note("10 double-leg hops with pain below 5 out of 10.", "PMC8364697-T2"),),
        notes=(
            _note("At least 48 hours between sessions, 2 minutes of rest.", "NCT0677"),
            _note(
                "A published scheme has three levels: double-leg push-offs without leaving the"
                " ground; added load and double-leg jumps; more load and single-leg hops. It names"
                " no sets or repetitions, so it is told here and not offered as a ladder.",
                "NCT0677",
            ),
        ),
    ),
    Ladder(
        protocol=Protocol.RUN,
        stage=Stage.RUN_WALK,
        name="Run and walk",
        steps=_RUN,
        entry=(
            _note("30 minutes of walking without pain and without a limp.", "BLAKE"),
            _note(
                "A clinic's marker before running: 5 sets of 25 raises and 40 minutes of brisk"
                " walking.",
                "SAXENA",
            ),
        ),
        notes=(
            _note(f"At least three sessions at each level. {_AT_MOST_A_DAY}", "BLAKE"),
            _note(_NOT_VALIDATED, "own"),
        ),
    ),
    Ladder(
        protocol=Protocol.ARC,
        stage=Stage.RUN_WALK,
        name="Run and walk, five rungs",
        steps=_ARC,
        notes=(
            _note("Pain stays below 3 out of 10 and does not linger.", "ARC"),
            _note("Three days a week, so that a day of rest fits after each, is ours.", "own"),
            _note(_NOT_VALIDATED, "own"),
        ),
        alternative_to=Protocol.RUN,
    ),
    Ladder(
        protocol=Protocol.GRAS,
        stage=Stage.RUN_WALK,
        name="Run-throughs on grass",
        steps=_GRAS,
        entry=(_note("Hops hurt no more than 1 to 2 out of 10.", "PMC6356409-A2"),),
        notes=(
            _note(
                "Free of pain by the third run-through. If pain rises overall, rest a week and"
                " begin again. At most 20 % more distance a week.",
                "PMC6356409-A2",
            ),
            _note("After three weeks, every second day.", "PMC6356409-A2"),
            _note(_NOT_VALIDATED, "own"),
        ),
        alternative_to=Protocol.RUN,
    ),
    Ladder(
        protocol=Protocol.FULL,
        stage=Stage.FULL_RETURN,
        name="Full return to running",
        steps=_FULL,
        notes=(
            _note("Distance before speed, flat first; speed, hills and track last.", "seed"),
            _note("Never two days in a row before faster running.", "BLAKE", "own"),
            _note("Where the insertion hurts, no hills before their own step.", "seed", "own"),
        ),
    ),
)

LADDERS: Mapping[Protocol, Ladder] = MappingProxyType({each.protocol: each for each in _ALL})
"""Every ladder. A clinician's own steps (``Protocol.OWN``) follow none."""

STAGE_PROTOCOLS: Mapping[Stage, Protocol] = MappingProxyType(
    {
        Stage.ISOMETRIC: Protocol.ISO,
        Stage.PLYOMETRIC: Protocol.PLYO,
        Stage.RUN_WALK: Protocol.RUN,
        Stage.FULL_RETURN: Protocol.FULL,
    }
)
"""The protocol proposed at every stage but the isotonic, which has five."""


def ladder(protocol: Protocol) -> Ladder:
    """The ladder of this protocol. Raises ``KeyError`` for ``Protocol.OWN``, which has none."""
    return LADDERS[protocol]


def protocols_of(stage: Stage) -> tuple[Protocol, ...]:
    """The protocols of a stage, the proposed one first, its alternatives after it."""
    return tuple(each.protocol for each in _ALL if each.stage is stage)
