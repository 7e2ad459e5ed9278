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
class Step:
    """One column of a plan.

    ``weeks`` is the published week span as text, empty where progress goes by sessions alone;
    ``min_sessions`` the least number of sessions at this step, None where there is none.
    """

    code: str
    title: str
    weeks: str
    min_sessions: int | None
    items: tuple[Item, ...]
    sources: tuple[str, ...]
    own: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The steps of one protocol, in order, and the stage they belong to."""

    protocol: Protocol
    stage: Stage
    name: str
    steps: tuple[Step, ...]


STAGE_ORDER = tuple(Stage)
ISOTONIC_PROTOCOLS = (
    Protocol.HSR,
    Protocol.GRIF,
    Protocol.INS,
    Protocol.ALF,
    Protocol.SILB,
)
TWO_MINUTES_S = 120


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
        # A second copy prints 3 x 10 for the single-leg raise on a step.
        sources=("PMC7249277-T2", "BMC-T1"),
        own=("tempo",),
    ),
    Step(
        code="S3",
        title="Phase 3, with weight",
        weeks="3 to 12+",
        min_sessions=None,
        # The plyometric work of this phase waits for its own stage.
        items=(
            _silb("step_single_raise", _AFFECTED, 3, 15, load=_rm(15)),
            _silb("step_eccentric", _AFFECTED, 3, 15, load=_rm(15)),
            _silb("seated_raise", _AFFECTED, 3, 15),
            _QUICK_REBOUND,
        ),
        sources=("PMC7249277-T2", "own"),
        own=("load", "tempo"),
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


def _ladder(protocol: Protocol, stage: Stage, name: str, steps: tuple[Step, ...]) -> Ladder:
    return Ladder(protocol=protocol, stage=stage, name=name, steps=steps)


LADDERS: Mapping[Protocol, Ladder] = MappingProxyType(
    {
        ladder.protocol: ladder
        for ladder in (
            _ladder(Protocol.ISO, Stage.ISOMETRIC, "Isometric", _ISO),
            _ladder(Protocol.HSR, Stage.ISOTONIC, "Heavy slow resistance", _HSR),
            _ladder(Protocol.GRIF, Stage.ISOTONIC, "Single-leg, loaded", _GRIF),
            _ladder(Protocol.INS, Stage.ISOTONIC, "Insertional, level floor", _INS),
            _ladder(Protocol.ALF, Stage.ISOTONIC, "Alfredson heel drops", _ALF),
            _ladder(Protocol.SILB, Stage.ISOTONIC, "Silbernagel combined", _SILB),
            _ladder(Protocol.PLYO, Stage.PLYOMETRIC, "Jumping and hopping", _PLYO),
            _ladder(Protocol.RUN, Stage.RUN_WALK, "Run and walk", _RUN),
            _ladder(Protocol.FULL, Stage.FULL_RETURN, "Full return to running", _FULL),
        )
    }
)
STAGE_PROTOCOLS: Mapping[Stage, Protocol] = MappingProxyType(
    {
        Stage.ISOMETRIC: Protocol.ISO,
        Stage.PLYOMETRIC: Protocol.PLYO,
        Stage.RUN_WALK: Protocol.RUN,
        Stage.FULL_RETURN: Protocol.FULL,
    }
)
"""The one protocol of every stage but the isotonic, which has five."""


def ladder(protocol: Protocol) -> Ladder:
    """The ladder of this protocol."""
    return LADDERS[protocol]
