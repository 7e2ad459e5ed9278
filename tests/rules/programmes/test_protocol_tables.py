"""Every protocol, cell by cell, against sections 6, 8.3 and 8.4 of the rule book.

The tables below say what stands there. A line that begins with a code is a step: code, weeks, least
sessions, sources, what in it is ours. The lines under it are its exercises: side, sets and
repetitions (or seconds), load, tempo, rest in seconds, how often, range. Running lines are walk and
run minutes, or metres and pace, or how much longer than the longest run.
"""

from itertools import pairwise

import pytest

from assessments.rules.sources import SOURCES
from assessments.rules.terms import Stage
from programmes.rules.dose import AnyDose, Dose, FreeRun, Load, RunThroughs, WalkRun
from programmes.rules.protocols import LADDERS, Note, Step, ladder, protocols_of
from programmes.rules.terms import LoadKind, Protocol

TABLES = {
    # 6.4, the ladder; 5 x 45 s daily PMC8364697-T2, rest of 2 min ANATFISIO-ISO, the rest own
    Protocol.ISO: """
I1 | - | - | seed PMC8364697-T2 ANATFISIO-ISO | sets, hold_s, load, side
    isometric_hold_double | both | 4x30s | 70% max | - | 120 | 1/d 7/wk | mid_range
I2 | - | - | seed PMC8364697-T2 ANATFISIO-ISO | sets, hold_s, load, side
    isometric_hold_single | affected | 5x30s | 70% max | - | 120 | 1/d 7/wk | mid_range
I3 | - | - | seed PMC8364697-T2 ANATFISIO-ISO | sets, hold_s, load, side
    isometric_hold_single | affected | 4x45s | 75% max | - | 120 | 1/d 7/wk | mid_range
I4 | - | - | seed PMC8364697-T2 ANATFISIO-ISO | sets, hold_s, load, side
    isometric_hold_single | affected | 5x45s | 80% max | - | 120 | 1/d 7/wk | mid_range
    """,
    # 6.2, the table; 3 exercises, 3 a week, both legs, 3 s up and 3 s down, full range, rest 2 to 3
    # min: UTD. Row 6 to 8 is missing in the copy seen, so own. Least sessions derived: 3 a week
    Protocol.HSR: """
H1 | 1 | 3 | UTD | -
    hsr_seated_raise | both | 3x15 | 15RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
    hsr_leg_press_raise | both | 3x15 | 15RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
    hsr_barbell_raise | both | 3x15 | 15RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
H2 | 2 to 3 | 6 | UTD | -
    hsr_seated_raise | both | 3x12 | 12RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
    hsr_leg_press_raise | both | 3x12 | 12RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
    hsr_barbell_raise | both | 3x12 | 12RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
H3 | 4 to 5 | 6 | UTD | -
    hsr_seated_raise | both | 4x10 | 10RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
    hsr_leg_press_raise | both | 4x10 | 10RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
    hsr_barbell_raise | both | 4x10 | 10RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
H4 | 6 to 8 | 9 | UTD own | sets, reps, load
    hsr_seated_raise | both | 4x8 | 8RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
    hsr_leg_press_raise | both | 4x8 | 8RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
    hsr_barbell_raise | both | 4x8 | 8RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
H5 | 9 to 12 | 12 | UTD | -
    hsr_seated_raise | both | 4x6 | 6RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
    hsr_leg_press_raise | both | 4x6 | 6RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
    hsr_barbell_raise | both | 4x6 | 6RM | 3-0-3 | 120 | 1/d 3/wk | below_neutral
    """,
    # 6.2, last line; PMC8364697-T2
    Protocol.GRIF: """
G1 | - | - | PMC8364697-T2 NCT0677 | tempo
    loaded_single_leg_raise | affected | 4x8 | 10RM | 3-0-3 | 120 | 1/d 3/wk | to_neutral
    loaded_single_leg_seated_raise | affected | 4x10 | 12RM | 3-0-3 | 120 | 1/d 3/wk | to_neutral
    """,
    # 6.5, the ladder: N1 and N2 at the dose of Jonsson (PM18184750), the rest own
    Protocol.INS: """
N1 | - | - | PM18184750 own | order, tempo
    level_double_raise | both | 3x15 | BW | 2-0-2 | - | 2/d 7/wk | to_neutral
N2 | - | - | PM18184750 own | order, tempo
    level_single_raise | affected | 3x15 | BW | 2-0-2 | - | 2/d 7/wk | to_neutral
N3 | - | - | BOOKSCI-P own | sets, reps, load, tempo, rest_s, days_per_week
    level_loaded_raise | affected | 3x12 | 12RM | 3-0-3 | 120 | 1/d 3/wk | to_neutral
N4 | - | - | BOOKSCI-P own | sets, reps, load, tempo, rest_s, days_per_week
    level_loaded_raise | affected | 4x10 | 10RM | 3-0-3 | 120 | 1/d 3/wk | to_neutral
N5 | - | - | BOOKSCI-P own | sets, reps, load, tempo, rest_s, days_per_week
    level_loaded_raise | affected | 4x8 | 8RM | 3-0-3 | 120 | 1/d 3/wk | to_neutral
N6 | - | - | BOOKSCI-P own | sets, reps, load, tempo, rest_s, days_per_week
    level_loaded_raise | affected | 4x6 | 6RM | 3-0-3 | 120 | 1/d 3/wk | to_neutral
    """,
    # 6.1: 3 x 15, twice a day, 7 days, both knees, and 5 kg more up to 60 kg: PMC6356409-A2
    Protocol.ALF: """
A1 | - | - | PMC6356409-A2 | tempo, one step a decision instead of one a week
    heel_drop_straight | affected | 3x15 | BW | 1-0-3 | - | 2/d 7/wk | below_neutral
    heel_drop_bent | affected | 3x15 | BW | 1-0-3 | - | 2/d 7/wk | below_neutral
A2 | - | - | PMC6356409-A2 | tempo, one step a decision instead of one a week
    heel_drop_straight | affected | 3x15 | 5 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
    heel_drop_bent | affected | 3x15 | 5 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
A3 | - | - | PMC6356409-A2 | tempo, one step a decision instead of one a week
    heel_drop_straight | affected | 3x15 | 10 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
    heel_drop_bent | affected | 3x15 | 10 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
A4 | - | - | PMC6356409-A2 | tempo, one step a decision instead of one a week
    heel_drop_straight | affected | 3x15 | 15 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
    heel_drop_bent | affected | 3x15 | 15 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
A5 | - | - | PMC6356409-A2 | tempo, one step a decision instead of one a week
    heel_drop_straight | affected | 3x15 | 20 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
    heel_drop_bent | affected | 3x15 | 20 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
A6 | - | - | PMC6356409-A2 | tempo, one step a decision instead of one a week
    heel_drop_straight | affected | 3x15 | 25 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
    heel_drop_bent | affected | 3x15 | 25 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
A7 | - | - | PMC6356409-A2 | tempo, one step a decision instead of one a week
    heel_drop_straight | affected | 3x15 | 30 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
    heel_drop_bent | affected | 3x15 | 30 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
A8 | - | - | PMC6356409-A2 | tempo, one step a decision instead of one a week
    heel_drop_straight | affected | 3x15 | 35 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
    heel_drop_bent | affected | 3x15 | 35 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
A9 | - | - | PMC6356409-A2 | tempo, one step a decision instead of one a week
    heel_drop_straight | affected | 3x15 | 40 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
    heel_drop_bent | affected | 3x15 | 40 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
A10 | - | - | PMC6356409-A2 | tempo, one step a decision instead of one a week
    heel_drop_straight | affected | 3x15 | 45 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
    heel_drop_bent | affected | 3x15 | 45 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
A11 | - | - | PMC6356409-A2 | tempo, one step a decision instead of one a week
    heel_drop_straight | affected | 3x15 | 50 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
    heel_drop_bent | affected | 3x15 | 50 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
A12 | - | - | PMC6356409-A2 | tempo, one step a decision instead of one a week
    heel_drop_straight | affected | 3x15 | 55 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
    heel_drop_bent | affected | 3x15 | 55 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
A13 | - | - | PMC6356409-A2 | tempo, one step a decision instead of one a week
    heel_drop_straight | affected | 3x15 | 60 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
    heel_drop_bent | affected | 3x15 | 60 kg | 1-0-3 | - | 2/d 7/wk | below_neutral
    """,
    # 6.3, the table; once daily. Phases 1 and 2 PMC7249277-T2, the second copy BMC-T1; what is
    # own in phases 3 and 4 is named there
    Protocol.SILB: """
S1 | 1 to 2+ | - | PMC7249277-T2 | ankle_circulation, tempo
    ankle_circulation | affected | 1x20 | BW | - | - | 1/d 7/wk | mid_range
    floor_double_raise | both | 3x10-15 | BW | 2-0-2 | - | 1/d 7/wk | to_neutral
    floor_single_raise | affected | 3x10 | BW | 2-0-2 | - | 1/d 7/wk | to_neutral
    floor_eccentric | affected | 3x10 | BW | 1-0-3 | - | 1/d 7/wk | to_neutral
    seated_raise | affected | 3x10 | BW | 2-0-2 | - | 1/d 7/wk | to_neutral
S2 | 2 to 5+ | - | PMC7249277-T2 BMC-T1 | tempo
    step_double_raise | both | 3x15 | BW | 2-0-2 | - | 1/d 7/wk | below_neutral
    step_single_raise | affected | 3x15 | BW | 2-0-2 | - | 1/d 7/wk | below_neutral
    step_eccentric | affected | 3x15 | BW | 1-0-3 | - | 1/d 7/wk | below_neutral
    seated_raise | affected | 3x15 | BW | 2-0-2 | - | 1/d 7/wk | to_neutral
    quick_rebound_raise | both | 3x20 | BW | - | - | 1/d 7/wk | to_neutral
S3 | 3 to 12+ | - | PMC7249277-T2 own | load, tempo
    step_single_raise | affected | 3x15 | 15RM | 2-0-2 | - | 1/d 7/wk | below_neutral
    step_eccentric | affected | 3x15 | 15RM | 1-0-3 | - | 1/d 7/wk | below_neutral
    seated_raise | affected | 3x15 | BW | 2-0-2 | - | 1/d 7/wk | to_neutral
    quick_rebound_raise | both | 3x20 | BW | - | - | 1/d 7/wk | to_neutral
S4 | 3 to 6 months+ | - | PMC7249277-T2 own | sets, reps, load, tempo, days_per_week
    step_single_raise | affected | 3x15 | 15RM | 2-0-2 | - | 1/d 3/wk | below_neutral
    step_eccentric | affected | 3x15 | BW | 1-0-3 | - | 1/d 3/wk | below_neutral
    quick_rebound_raise | both | 3x20 | BW | - | - | 1/d 3/wk | to_neutral
    """,
    # 6.6: P1 PMC7249277-T2, P2 PMC8364697-T2 with 2 a week, P3 to P5 own; 3 a week and 2 min
    # NCT0677
    Protocol.PLYO: """
P1 | - | - | PMC7249277-T2 NCT0677 | -
    quick_rebound_raise | both | 3x20 | BW | - | 120 | 1/d 3/wk | to_neutral
P2 | - | - | PMC8364697-T2 NCT0677 | -
    double_leg_pogo | both | 4x10 | BW | - | 120 | 1/d 2/wk | to_neutral
P3 | - | - | NCT0677 own | sets, reps, load
    double_leg_jump_loaded | both | 3x10 | 10% BW | - | 120 | 1/d 3/wk | to_neutral
P4 | - | - | NCT0677 own | sets, reps
    single_leg_hop_in_place | affected | 3x10 | BW | - | 120 | 1/d 3/wk | to_neutral
P5 | - | - | own | exercise, sets, reps
    forward_hop | affected | 3x10 | BW | - | 120 | 1/d 3/wk | to_neutral
    """,
    # 8.3: BLAKE, three rounds, 30 minutes, three sessions at least, a rest day after each
    Protocol.RUN: """
L1 | - | 3 | BLAKE | days_per_week
    run_walk | 3 x 9/1 min | 3/wk
L2 | - | 3 | BLAKE | days_per_week
    run_walk | 3 x 8/2 min | 3/wk
L3 | - | 3 | BLAKE | days_per_week
    run_walk | 3 x 7/3 min | 3/wk
L4 | - | 3 | BLAKE | days_per_week
    run_walk | 3 x 6/4 min | 3/wk
L5 | - | 3 | BLAKE | days_per_week
    run_walk | 3 x 5/5 min | 3/wk
L6 | - | 3 | BLAKE | days_per_week
    run_walk | 3 x 4/6 min | 3/wk
L7 | - | 3 | BLAKE | days_per_week
    run_walk | 3 x 3/7 min | 3/wk
L8 | - | 3 | BLAKE | days_per_week
    run_walk | 3 x 2/8 min | 3/wk
L9 | - | 3 | BLAKE | days_per_week
    run_walk | 3 x 1/9 min | 3/wk
L10 | - | 3 | BLAKE | days_per_week
    run_walk | 1 x 0/30 min | 3/wk
    """,
    # 8.3, alternatives: ARC. Days a week own; the source jogs first in 2 x (14 j / 2 w)
    Protocol.ARC: """
R1 | - | - | ARC | days_per_week
    run_walk | 5 x 4/2 min | 3/wk
R2 | - | - | ARC | days_per_week
    run_walk | 5 x 3/3 min | 3/wk
R3 | - | - | ARC | days_per_week
    run_walk | 5 x 2/4 min | 3/wk
R4 | - | - | ARC | days_per_week, walk first
    run_walk | 2 x 2/14 min | 3/wk
R5 | - | - | ARC | days_per_week
    run_walk | 1 x 0/30 min | 3/wk
    """,
    # 8.3, alternatives: PMC6356409-A2; "every second day" read as 3 a week, own
    Protocol.GRAS: """
T1 | 1 | 2 | PMC6356409-A2 | -
    grass_run_through | 3x5 | 80 m | 50-60% | 2/wk
T2 | 2 | 2 | PMC6356409-A2 | -
    grass_run_through | 3x6 | 80 m | 50-60% | 2/wk
T3 | 3 | 2 | PMC6356409-A2 | -
    grass_run_through | 4x5 | 80 m | 50-60% | 2/wk
T4 | 4+ | - | PMC6356409-A2 | metres, days_per_week
    grass_run_through | 4x6 | 80 m | 55-65% | 3/wk
    """,
    # 8.4: order seed, the steps own, the limit of 10 % PUBHAWK
    Protocol.FULL: """
F1 | - | - | seed PUBHAWK own | step, days_per_week
    run_flat | +10% | 3/wk | never two days running
F2 | - | - | seed PUBHAWK own | step, days_per_week
    run_tempo_flat | +10% | 4/wk | any days
F3 | - | - | seed PUBHAWK own | step, days_per_week
    run_hills | +10% | 4/wk | any days
F4 | - | - | seed PUBHAWK own | step, days_per_week
    run_speed | +10% | 4/wk | any days
    """,
}

WEEKS = {Protocol.ALF: 12, Protocol.HSR: 12, Protocol.INS: 12}
"""Published lengths in weeks; no other protocol has one."""

LOADS = {
    LoadKind.BODY_WEIGHT: "BW",
    LoadKind.KG: "{} kg",
    LoadKind.RM: "{}RM",
    LoadKind.PERCENT_MAX: "{}% max",
    LoadKind.PERCENT_BODY_WEIGHT: "{}% BW",
}


def load_cell(load: Load) -> str:
    return LOADS[load.kind].format(load.amount)


def dose_cells(dose: AnyDose) -> list[str]:
    match dose:
        case WalkRun():
            return [
                f"{dose.rounds} x {dose.walk_min}/{dose.run_min} min",
                f"{dose.days_per_week}/wk",
            ]
        case RunThroughs():
            pace = f"{dose.percent_from}-{dose.percent_to}%"
            amount = f"{dose.sets}x{dose.reps}"
            return [amount, f"{dose.metres} m", pace, f"{dose.days_per_week}/wk"]
        case FreeRun():
            days = "any days" if dose.consecutive_days else "never two days running"
            return [f"+{dose.longer_percent}%", f"{dose.days_per_week}/wk", days]
        case Dose():
            return exercise_cells(dose)


def exercise_cells(dose: Dose) -> list[str]:
    amount = f"{dose.hold_s}s" if dose.hold_s is not None else f"{dose.reps}"
    if dose.reps_to is not None:
        amount += f"-{dose.reps_to}"
    tempo = dose.tempo
    return [
        dose.side.value,
        f"{dose.sets}x{amount}",
        load_cell(dose.load),
        "-" if tempo is None else f"{tempo.up_s}-{tempo.hold_s}-{tempo.down_s}",
        "-" if dose.rest_s is None else f"{dose.rest_s}",
        f"{dose.times_per_day}/d {dose.days_per_week}/wk",
        dose.range.value,
    ]


def step_lines(step: Step) -> list[str]:
    head = [
        step.code,
        step.weeks or "-",
        "-" if step.min_sessions is None else f"{step.min_sessions}",
        " ".join(step.sources),
        ", ".join(step.own) or "-",
    ]
    items = [[item.exercise, *dose_cells(item.dose)] for item in step.items]
    return [" | ".join(cells) for cells in (head, *items)]


@pytest.mark.parametrize("protocol", TABLES)
def test_every_cell(protocol: Protocol) -> None:
    written = [line.strip() for line in TABLES[protocol].strip().splitlines()]
    assert [line for step in ladder(protocol).steps for line in step_lines(step)] == written


def test_every_protocol_has_a_table() -> None:
    assert set(TABLES) == set(LADDERS) == set(Protocol) - {Protocol.OWN}
    with pytest.raises(KeyError):
        ladder(Protocol.OWN)


@pytest.mark.parametrize("protocol", LADDERS)
def test_published_length(protocol: Protocol) -> None:
    assert ladder(protocol).weeks == WEEKS.get(protocol)


def test_alternatives_and_the_order_they_are_offered_in() -> None:
    replaced = {key: each.alternative_to for key, each in LADDERS.items() if each.alternative_to}
    assert replaced == {Protocol.ARC: Protocol.RUN, Protocol.GRAS: Protocol.RUN}
    assert {stage: protocols_of(stage) for stage in Stage} == {
        Stage.ISOMETRIC: (Protocol.ISO,),
        Stage.ISOTONIC: (
            Protocol.HSR,
            Protocol.GRIF,
            Protocol.INS,
            Protocol.ALF,
            Protocol.SILB,
        ),
        Stage.PLYOMETRIC: (Protocol.PLYO,),
        Stage.RUN_WALK: (Protocol.RUN, Protocol.ARC, Protocol.GRAS),
        Stage.FULL_RETURN: (Protocol.FULL,),
    }


NOTES = [
    pytest.param(each, id=f"{key.value}-{number}")
    for key, of_ladder in LADDERS.items()
    for number, each in enumerate(
        (
            *of_ladder.entry,
            *of_ladder.notes,
            *(note for step in of_ladder.steps for note in step.notes),
        )
    )
]


@pytest.mark.parametrize("note", NOTES)
def test_notes_are_sentences_with_a_source(note: Note) -> None:
    assert note.says.endswith(".")
    assert note.sources
    assert set(note.sources) <= set(SOURCES)
    assert "inflam" not in note.says


def told(protocol: Protocol) -> dict[str, tuple[str, ...]]:
    of_ladder = ladder(protocol)
    steps = [note for step in of_ladder.steps for note in step.notes]
    return {each.says: each.sources for each in (*of_ladder.entry, *of_ladder.notes, *steps)}


@pytest.mark.parametrize(
    ("protocol", "words", "sources"),
    [
        (Protocol.HSR, "2 to 3 minutes between sets and 5 minutes between exercises", ("UTD",)),
        (Protocol.HSR, "two exercises, 4 sets, 2 minutes", ("NCT0677",)),
        (Protocol.GRIF, "70 % of body weight added standing and 90 %", ("PMC8364697-T2",)),
        (Protocol.ALF, "180 repetitions", ("PMC6356409-A2",)),
        (Protocol.ALF, "5 kg a week up to 60 kg", ("PMC6356409-A2",)),
        (Protocol.SILB, "stay on the floor", ("PMC7249277-T2",)),
        (Protocol.SILB, "3 sets of 10", ("BMC-T1",)),
        (Protocol.SILB, "Two or three days a week", ("own",)),
        (Protocol.ISO, "no relief", ("PMC6706360", "PMC7496962")),
        (Protocol.INS, "67 %", ("PM18184750", "own")),
        (Protocol.INS, "No stretching", ("BOOKSCI-P",)),
        (Protocol.PLYO, "10 double-leg hops with pain below 5", ("PMC8364697-T2",)),
        (Protocol.PLYO, "three levels", ("NCT0677",)),
        (Protocol.RUN, "30 minutes of walking", ("BLAKE",)),
        (Protocol.RUN, "5 sets of 25 raises and 40 minutes", ("SAXENA",)),
        (Protocol.ARC, "below 3 out of 10", ("ARC",)),
        (Protocol.GRAS, "no more than 1 to 2 out of 10", ("PMC6356409-A2",)),
        (Protocol.GRAS, "At most 20 % more distance a week", ("PMC6356409-A2",)),
        (Protocol.FULL, "speed, hills and track last", ("seed",)),
    ],
)
def test_what_is_told_beside_the_numbers(
    protocol: Protocol, words: str, sources: tuple[str, ...]
) -> None:
    assert [kept for says, kept in told(protocol).items() if words in says] == [sources]


def test_grass_never_adds_more_than_a_fifth() -> None:
    doses = [step.items[0].dose for step in ladder(Protocol.GRAS).steps]
    metres = [
        dose.sets * dose.reps * dose.metres for dose in doses if isinstance(dose, RunThroughs)
    ]
    assert metres == [1200, 1440, 1600, 1920]
    assert all(after * 5 <= before * 6 for before, after in pairwise(metres))


def test_arc_runs_half_an_hour_and_walks_less_at_every_rung() -> None:
    doses = [step.items[0].dose for step in ladder(Protocol.ARC).steps]
    runs = [
        (dose.rounds * dose.walk_min, dose.rounds * dose.run_min)
        for dose in doses
        if isinstance(dose, WalkRun)
    ]
    assert runs == [(20, 10), (15, 15), (10, 20), (4, 28), (0, 30)]
