"""Every valid dose, and every usual dose, as hypothesis draws them."""

from decimal import Decimal

from hypothesis import strategies as st

from programmes.rules.dose import (
    BODY_WEIGHT,
    LOAD_BOUNDS,
    AnyDose,
    Dose,
    FreeRun,
    Load,
    RunThroughs,
    Tempo,
    Usual,
    WalkRun,
)
from programmes.rules.terms import DoseSide, Range

tempos = st.builds(
    Tempo, up_s=st.integers(0, 60), hold_s=st.integers(0, 60), down_s=st.integers(0, 60)
)
rests = st.none() | st.integers(0, 1800)


@st.composite
def loads(draw: st.DrawFn) -> Load:
    kind = draw(st.sampled_from([None, *sorted(LOAD_BOUNDS)]))
    if kind is None:
        return BODY_WEIGHT
    bounds = LOAD_BOUNDS[kind]
    whole = st.integers(bounds.low, bounds.high)
    parts = st.decimals(Decimal(bounds.low), Decimal(bounds.high), places=4)
    return Load(kind=kind, amount=draw(whole if bounds.whole else whole | parts))


@st.composite
def exercises(draw: st.DrawFn) -> Dose:
    holds = draw(st.booleans())
    reps = None if holds else draw(st.integers(1, 199))
    more = None if reps is None else draw(st.none() | st.integers(reps + 1, 200))
    return Dose(
        side=draw(st.sampled_from(DoseSide)),
        sets=draw(st.integers(1, 20)),
        reps=reps,
        reps_to=more,
        hold_s=draw(st.integers(1, 300)) if holds else None,
        load=draw(loads()),
        tempo=None if holds else draw(st.none() | tempos),
        rest_s=draw(rests),
        times_per_day=draw(st.integers(1, 10)),
        days_per_week=draw(st.integers(1, 7)),
        range=draw(st.sampled_from(Range)),
    )


walk_runs = st.builds(
    WalkRun,
    rounds=st.integers(1, 30),
    walk_min=st.integers(0, 240),
    run_min=st.integers(1, 240),
    days_per_week=st.integers(1, 7),
)
walks = st.builds(
    WalkRun,
    rounds=st.integers(1, 30),
    walk_min=st.integers(1, 240),
    run_min=st.just(0),
    days_per_week=st.integers(1, 7),
)
free_runs = st.builds(
    FreeRun,
    longer_percent=st.integers(0, 100),
    days_per_week=st.integers(1, 7),
    consecutive_days=st.booleans(),
)


@st.composite
def run_throughs(draw: st.DrawFn) -> RunThroughs:
    slow = draw(st.integers(1, 100))
    return RunThroughs(
        sets=draw(st.integers(1, 20)),
        reps=draw(st.integers(1, 200)),
        metres=draw(st.integers(10, 1000)),
        percent_from=slow,
        percent_to=draw(st.integers(slow, 100)),
        days_per_week=draw(st.integers(1, 7)),
    )


doses: st.SearchStrategy[AnyDose] = st.one_of(
    exercises(), walk_runs, walks, free_runs, run_throughs()
)
usuals = st.builds(
    Usual,
    side=st.sampled_from(DoseSide),
    range=st.sampled_from(Range),
    tempo=st.none() | tempos,
    rest_s=rests,
    times_per_day=st.integers(1, 10),
    days_per_week=st.integers(1, 7),
)
