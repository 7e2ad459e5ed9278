"""The week of a step: minutes, days, repetitions, time under tension, and the rest between."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.rules.finding import Tone
from assessments.rules.terms import MatrixRow, Stage
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.dose import (
    AnyDose,
    Dose,
    FreeRun,
    Load,
    RunThroughs,
    Tempo,
    WalkRun,
    adds_load,
)
from programmes.rules.library import exercise
from programmes.rules.library.entry import Contraction
from programmes.rules.protocols import LADDERS
from programmes.rules.recovery import rest_days_of
from programmes.rules.terms import DoseSide, LoadKind, Protocol
from programmes.rules.week import NOT_KNOWN, Week, WeekItem, week
from tests.rules.programmes.doses import doses

SLOW = Tempo(up_s=3, hold_s=0, down_s=3)
HEAVY, FLOOR = MatrixRow.LOADED_HSR, MatrixRow.SINGLE_LEG_HEEL_RAISE_FLOOR
HOLD, HOP, RUN = (
    MatrixRow.ISOMETRIC_MID_RANGE,
    MatrixRow.SINGLE_LEG_HOP,
    MatrixRow.RUN_WALK_FLAT,
)


def dose(**more: object) -> Dose:
    parts: dict[str, object] = {"side": DoseSide.AFFECTED, "sets": 3, "reps": 10, "rest_s": 60}
    return Dose(**{**parts, **more})  # type: ignore[arg-type]


def item(row: MatrixRow, planned: AnyDose) -> WeekItem:
    return WeekItem(name=row.value, row=row, dose=planned)


def lived(
    items: Iterable[WeekItem],
    *,
    stage: Stage = Stage.ISOTONIC,
    protocol: Protocol = Protocol.OWN,
    days: Iterable[int] = (),
    defaults: ProgrammeDefaults = DEFAULTS,
) -> Week:
    return week(
        tuple(items), stage=stage, protocol=protocol, days=frozenset(days), defaults=defaults
    )


def shape(found: Week) -> str:
    """The strip as letters: x something, . rest."""
    return "".join("." if day.is_rest else "x" for day in found.strip)


def rules(found: Week) -> list[str]:
    return [each.rule for each in found.findings]


def step(code: str) -> Week:
    """The week of a published step."""
    (found,) = (
        lived(
            (item(exercise(each.exercise).row, each.dose) for each in published.items),
            stage=ladder.stage,
            protocol=ladder.protocol,
        )
        for ladder in LADDERS.values()
        for published in ladder.steps
        if published.code == code
    )
    return found


# --- Published steps. ---


def test_alfredson_is_180_repetitions_a_day() -> None:
    found = step("A1")
    assert (found.repetitions_per_day, found.repetitions) == (180, 1260)
    assert (found.sessions_per_day, found.days, found.sessions) == (2, 7, 14)
    # 1 s up and 3 s down.
    assert found.tension_s == 1260 * 4
    # Two exercises of 180 s of work and two rests of a minute, and a minute between them.
    assert found.session_minutes == 11
    assert found.minutes == 14 * 11


def test_heavy_slow_resistance_at_10rm() -> None:
    found = step("H3")
    assert (found.days, found.sessions_per_day, shape(found)) == (3, 1, "x.x.x..")
    # Three exercises of 4 x 60 s and three rests of 2 min, five minutes between each two.
    assert found.session_minutes == 3 * (4 + 6) + 2 * 5
    assert found.minutes == 120
    assert found.tension_s == 3 * 3 * 4 * 60
    assert found.said == (
        ("Each session", "about 40 minutes"),
        ("In the week", "about 120 minutes"),
        ("Days", "3 days a week"),
        ("Repetitions", "120 a day"),
        ("Under tension", "36 min a week"),
    )


def test_holds() -> None:
    found = step("I4")
    assert (found.days, found.repetitions, found.tension_s) == (7, 0, 7 * 5 * 45)
    # 225 s of holding and four rests of two minutes.
    assert found.session_minutes == 12
    assert dict(found.said)["Under tension"] == "26 min 15 s a week"


def test_walking_only() -> None:
    planned = WalkRun(rounds=2, walk_min=10, run_min=0, days_per_week=7)
    found = lived([item(RUN, planned)])
    assert (found.session_minutes, found.minutes, found.run_minutes) == (20, 140, 0)
    assert found.findings == ()
    assert found.said == (
        ("Each session", "about 20 minutes"),
        ("In the week", "about 140 minutes"),
        ("Days", "every day"),
    )


def test_walking_and_running() -> None:
    found = step("L4")
    assert (found.session_minutes, found.minutes, found.run_minutes) == (30, 90, 36)
    assert dict(found.said)["Running"] == "36 minutes a week"


@pytest.mark.parametrize(
    ("code", "metres"), [("F1", 0), ("F3", 0), ("T1", 2 * 3 * 5 * 80), ("T4", 3 * 4 * 6 * 80)]
)
def test_a_run_of_unknown_length(code: str, metres: int) -> None:
    found = step(code)
    assert (found.session_minutes, found.minutes, found.run_metres) == (None, None, metres)
    assert dict(found.said)["Each session"] == NOT_KNOWN
    assert dict(found.said)["In the week"] == NOT_KNOWN
    assert ("Run-throughs" in dict(found.said)) == bool(metres)


@pytest.mark.parametrize(
    "code", [each.code for ladder in LADDERS.values() for each in ladder.steps]
)
def test_no_published_step_is_found_fault_with(code: str) -> None:
    assert step(code).findings == ()


# --- How long. ---


@pytest.mark.parametrize(
    ("planned", "minutes"),
    [
        pytest.param(dose(tempo=SLOW), 5, id="tempo: 180 s and two minutes"),
        pytest.param(dose(), 3, id="no tempo: 60 s and two minutes"),
        pytest.param(
            dose(tempo=Tempo(up_s=0, hold_s=0, down_s=0)), 3, id="a tempo of nothing is none"
        ),
        pytest.param(dose(rest_s=None), 3, id="rest not written"),
        pytest.param(dose(rest_s=0), 1, id="no rest"),
        pytest.param(dose(side=DoseSide.EACH), 4, id="each leg works, the other rests"),
        pytest.param(dose(side=DoseSide.BOTH), 3, id="both at once"),
        pytest.param(dose(reps_to=15), 4, id="the upper end: 90 s and two minutes"),
        pytest.param(dose(reps=None, hold_s=30), 4, id="90 s of holding"),
        pytest.param(dose(sets=1), 1, id="one set has no rest"),
        pytest.param(WalkRun(rounds=3, walk_min=2, run_min=8, days_per_week=3), 30, id="running"),
    ],
)
def test_minutes_of_one_exercise(planned: AnyDose, minutes: int) -> None:
    assert lived([item(FLOOR, planned)]).session_minutes == minutes


@pytest.mark.parametrize(
    ("rows", "minutes"),
    [
        pytest.param([FLOOR, FLOOR], 7, id="a minute between light ones"),
        pytest.param([HEAVY, FLOOR], 7, id="a minute beside a heavy one"),
        pytest.param([HEAVY, HEAVY], 11, id="five between heavy ones"),
        pytest.param([HEAVY, HEAVY, FLOOR], 15, id="three exercises"),
    ],
)
def test_minutes_between_exercises(rows: list[MatrixRow], minutes: int) -> None:
    assert lived(item(row, dose(days_per_week=2)) for row in rows).session_minutes == minutes


def test_the_practice_says_how_long_things_take() -> None:
    defaults = ProgrammeDefaults(repetition_s=4, set_rest_s=0, heavy_change_min=2, change_min=0)
    plain, heavy = (
        lived(
            [item(row, dose(rest_s=None, days_per_week=1))] * 2, defaults=defaults
        ).session_minutes
        for row in (FLOOR, HEAVY)
    )
    assert (plain, heavy) == (4, 6)


def test_the_affected_leg_is_counted() -> None:
    def counted(side: DoseSide) -> tuple[int, int]:
        found = lived([item(FLOOR, dose(side=side, tempo=SLOW, days_per_week=7))])
        return found.repetitions_per_day, found.tension_s

    assert counted(DoseSide.AFFECTED) == (30, 7 * 180)
    assert counted(DoseSide.BOTH) == (30, 7 * 180)
    assert counted(DoseSide.EACH) == (30, 7 * 180)
    assert counted(DoseSide.OTHER) == (0, 0)


def test_hops_are_repetitions_without_tension() -> None:
    found = lived([item(HOP, dose(days_per_week=3))], stage=Stage.PLYOMETRIC)
    assert (found.repetitions, found.tension_s) == (90, 0)


def test_later_sessions_of_a_day_have_what_is_done_more_often() -> None:
    found = lived([item(FLOOR, dose(times_per_day=2)), item(MatrixRow.SEATED_SOLEUS_RAISE, dose())])
    assert (found.sessions_per_day, found.sessions) == (2, 14)
    # Together 3 + 1 + 3 minutes, then 3 alone.
    assert (found.session_minutes, found.strip[0].minutes, found.minutes) == (7, 10, 70)
    assert found.repetitions_per_day == 90
    assert dict(found.said)["Days"] == "every day, 2 sessions a day"


def test_an_empty_step_has_an_empty_week() -> None:
    found = lived([])
    assert (found.days, found.minutes, found.said, found.findings) == (0, 0, (), ())
    assert shape(found) == "......."


# --- Which days. ---


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, "x......"),
        (2, "x..x..."),
        (3, "x.x.x.."),
        (4, "xx.x.x."),
        (5, "xxxx.x."),
        (6, "xxxxxx."),
        (7, "xxxxxxx"),
    ],
)
def test_days_are_spread(count: int, expected: str) -> None:
    found = lived([item(FLOOR, dose(days_per_week=count))])
    assert (shape(found), found.days) == (expected, count)


def test_exercises_meet_on_the_same_days() -> None:
    found = lived(
        [
            item(FLOOR, dose(days_per_week=4)),
            item(HEAVY, dose(days_per_week=3)),
            item(HEAVY, dose(days_per_week=2)),
            item(HOLD, dose(reps=None, hold_s=45, days_per_week=7)),
        ]
    )
    by_item = [{day.weekday for day in found.strip if place in day.items} for place in range(4)]
    assert by_item[1] == {1, 3, 5}
    assert by_item[2] < by_item[1] < by_item[0] < by_item[3]
    assert found.findings == ()


def test_the_patient_s_days_are_kept() -> None:
    found = lived([item(HEAVY, dose(days_per_week=2))], days={2, 4, 6})
    assert shape(found) == ".x...x."
    assert [day.weekday for day in found.strip if day.available] == [2, 4, 6]
    assert found.findings == ()
    assert found.strip[1].name == "Tue"


@pytest.mark.parametrize("day", [0, 8])
def test_a_week_has_seven_days(day: int) -> None:
    with pytest.raises(ValueError, match="days"):
        lived([item(FLOOR, dose())], days={day})


# --- Rest. ---


def sets(days: int) -> Dose:
    return dose(days_per_week=days)


def run(days: int) -> WalkRun:
    return WalkRun(rounds=1, walk_min=0, run_min=30, days_per_week=days)


REST: list[tuple[Stage, Protocol, MatrixRow, int, str]] = [
    (Stage.ISOMETRIC, Protocol.ISO, HOLD, 0, ""),
    (Stage.ISOTONIC, Protocol.HSR, HEAVY, 1, "NCT0677"),
    (Stage.ISOTONIC, Protocol.HSR, HOLD, 1, "NCT0677"),
    (Stage.ISOTONIC, Protocol.OWN, HOLD, 0, ""),
    (Stage.ISOTONIC, Protocol.GRIF, HEAVY, 1, "NCT0677"),
    (Stage.ISOTONIC, Protocol.INS, HEAVY, 1, "NCT0677"),
    (Stage.ISOTONIC, Protocol.INS, FLOOR, 0, ""),
    (Stage.ISOTONIC, Protocol.OWN, HEAVY, 1, "NCT0677"),
    (Stage.ISOTONIC, Protocol.OWN, FLOOR, 0, ""),
    (Stage.ISOTONIC, Protocol.ALF, MatrixRow.STEP_DEFICIT_HEEL_DROP, 0, ""),
    (Stage.ISOTONIC, Protocol.ALF, HEAVY, 1, "NCT0677"),
    (Stage.ISOTONIC, Protocol.SILB, HEAVY, 1, "NCT0677"),
    (Stage.ISOTONIC, Protocol.SILB, HOP, 0, ""),
    (Stage.ISOTONIC, Protocol.ALF, HOP, 1, "NCT0677"),
    (Stage.ISOTONIC, Protocol.INS, HOP, 1, "NCT0677"),
    (Stage.ISOTONIC, Protocol.OWN, HOP, 1, "NCT0677"),
    (Stage.PLYOMETRIC, Protocol.PLYO, HOP, 1, "NCT0677"),
    (Stage.RUN_WALK, Protocol.RUN, RUN, 1, "BLAKE"),
    (Stage.FULL_RETURN, Protocol.FULL, RUN, 1, "BLAKE"),
]


@pytest.mark.parametrize("days", range(1, 8))
@pytest.mark.parametrize(
    ("stage", "protocol", "row", "rest", "source"),
    [pytest.param(*row, id=f"{row[1]} {row[2]} {row[0]}") for row in REST],
)
def test_too_many_days_are_said(
    stage: Stage, protocol: Protocol, row: MatrixRow, rest: int, source: str, days: int
) -> None:
    planned = run(days) if row is RUN else sets(days)
    found = lived([item(row, planned)], stage=stage, protocol=protocol)
    if not rest or days <= 3:
        assert found.findings == ()
        return
    (finding,) = found.findings
    assert (finding.rule, finding.sources, finding.tone) == ("W1", (source,), Tone.CAUTION)
    assert f"{days} days a week" in finding.says
    assert "1 day of rest between sessions" in finding.because
    assert ("Days that fit", "3") in finding.numbers


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        (Protocol.ALF, []),
        (Protocol.SILB, []),
        (Protocol.INS, ["W1"]),
        (Protocol.OWN, ["W1"]),
    ],
)
def test_a_loaded_step_raise_is_daily_only_where_it_is_published(
    protocol: Protocol, expected: list[str]
) -> None:
    rucksack = Load(kind=LoadKind.KG, amount=10)
    raised = item(MatrixRow.STEP_DEFICIT_HEEL_DROP, dose(load=rucksack))
    assert rules(lived([raised], protocol=protocol)) == expected
    bare = item(MatrixRow.STEP_DEFICIT_HEEL_DROP, dose())
    assert rules(lived([bare], protocol=protocol)) == []


WALK = item(RUN, WalkRun(rounds=1, walk_min=30, run_min=0, days_per_week=7))
HELD = item(HOLD, dose(reps=None, hold_s=45, days_per_week=7))


@pytest.mark.parametrize("gentle", [WALK, HELD], ids=["walk", "hold"])
@pytest.mark.parametrize(
    ("stage", "protocol", "work"),
    [
        (Stage.ISOTONIC, Protocol.HSR, item(HEAVY, dose(days_per_week=3))),
        (Stage.PLYOMETRIC, Protocol.PLYO, item(HOP, dose(days_per_week=3))),
        (
            Stage.RUN_WALK,
            Protocol.RUN,
            item(RUN, WalkRun(rounds=3, walk_min=9, run_min=1, days_per_week=3)),
        ),
    ],
    ids=["heavy", "hops", "running"],
)
def test_walks_and_holds_beside_other_work_are_daily(
    stage: Stage, protocol: Protocol, work: WeekItem, gentle: WeekItem
) -> None:
    assert lived([work, gentle], stage=stage, protocol=protocol).findings == ()


def test_the_words_of_what_needs_rest() -> None:
    def because(stage: Stage, protocol: Protocol, planned: WeekItem) -> str:
        (finding,) = lived([planned], stage=stage, protocol=protocol).findings
        return finding.because.partition(" 1 day")[0]

    heavy = "Heavy loading of the same tendon needs"
    assert because(Stage.ISOTONIC, Protocol.HSR, item(HEAVY, sets(7))) == heavy
    assert because(Stage.ISOTONIC, Protocol.OWN, item(HOP, sets(7))) == "Jumping and hopping need"
    assert because(Stage.PLYOMETRIC, Protocol.PLYO, item(HOP, sets(7))) == (
        "Jumping and hopping need"
    )
    assert because(Stage.PLYOMETRIC, Protocol.PLYO, item(FLOOR, sets(7))) == "This step needs"
    assert because(Stage.RUN_WALK, Protocol.RUN, item(RUN, run(7))) == "Running needs"
    assert because(Stage.RUN_WALK, Protocol.RUN, WALK) == "This step needs"


def test_the_words_of_too_many_days() -> None:
    (finding,) = lived([item(HEAVY, sets(5))], protocol=Protocol.HSR).findings
    assert finding.says == "5 days a week does not leave 1 rest day between all sessions"
    assert finding.because == (
        "Heavy loading of the same tendon needs 1 day of rest between sessions."
    )
    (finding,) = lived([item(HEAVY, sets(7))], protocol=Protocol.HSR).findings
    assert finding.says == "7 days a week leaves no rest day between sessions"


def test_heavy_twice_a_day_is_said() -> None:
    planned = dose(times_per_day=2, days_per_week=3)
    found = lived([item(HEAVY, planned)], protocol=Protocol.HSR)
    assert rules(found) == ["W2"]
    assert found.findings[0].says == "Twice a day leaves no rest between sessions"
    assert found.findings[0].sources == ("NCT0677",)
    assert lived([item(FLOOR, planned)]).findings == ()


def test_more_days_than_the_patient_has() -> None:
    found = lived([item(FLOOR, sets(5))], days={1, 2})
    assert (rules(found), found.days, shape(found)) == (["W3"], 2, "xx.....")
    assert found.findings[0].says == "5 days a week do not fit the patient's 2 days"


@pytest.mark.parametrize(
    ("days", "expected"), [({1, 2, 3}, ["W4"]), ({1, 3, 5}, []), ({1, 3, 7}, ["W4"])]
)
def test_the_patient_s_days_leave_no_rest(days: set[int], expected: list[str]) -> None:
    found = lived([item(HEAVY, sets(3))], protocol=Protocol.HSR, days=days)
    assert rules(found) == expected


@pytest.mark.parametrize(("consecutive", "expected"), [(False, ["W1"]), (True, [])])
def test_a_free_run_may_allow_days_in_a_row(consecutive: bool, expected: list[str]) -> None:
    planned = FreeRun(longer_percent=10, days_per_week=4, consecutive_days=consecutive)
    found = lived([item(RUN, planned)], stage=Stage.FULL_RETURN, protocol=Protocol.FULL)
    assert rules(found) == expected


def test_the_practice_s_own_rest_is_ours() -> None:
    defaults = ProgrammeDefaults(heavy_isotonic_days=2)
    found = lived([item(HEAVY, sets(3))], protocol=Protocol.HSR, defaults=defaults)
    assert rules(found) == ["W1"]
    assert found.findings[0].sources == ("own",)
    assert "2 days of rest" in found.findings[0].because
    assert lived([item(HEAVY, sets(2))], protocol=Protocol.HSR, defaults=defaults).findings == ()


@pytest.mark.parametrize(
    ("row", "setting"), [(HOLD, "isometric_days"), (FLOOR, "daily_isotonic_days")]
)
def test_rest_the_practice_asks_of_daily_work(row: MatrixRow, setting: str) -> None:
    defaults = ProgrammeDefaults(**{setting: 1})
    found = lived([item(row, sets(7))], defaults=defaults)
    assert rules(found) == ["W1"]
    assert found.findings[0].sources == ("own",)


# --- Whatever is planned. ---

rows = st.sampled_from(MatrixRow)
items = st.lists(st.builds(WeekItem, name=st.just("Exercise"), row=rows, dose=doses), max_size=6)


@settings(max_examples=300)
@given(
    items,
    st.sampled_from(Stage),
    st.sampled_from(Protocol),
    st.frozensets(st.integers(1, 7)),
)
def test_the_week_adds_up(
    planned: list[WeekItem], stage: Stage, protocol: Protocol, days: frozenset[int]
) -> None:
    found = week(planned, stage=stage, protocol=protocol, days=days)
    assert [day.weekday for day in found.strip] == list(range(1, 8))
    assert found.days == sum(not day.is_rest for day in found.strip)
    assert found.sessions == sum(day.sessions for day in found.strip)
    assert found.sessions_per_day == max(day.sessions for day in found.strip)
    for day in found.strip:
        assert day.available or day.is_rest
    for place, each in enumerate(planned):
        where = sum(place in day.items for day in found.strip)
        assert where == min(each.dose.days_per_week, len(days) or 7)
    open_ended = any(isinstance(each.dose, FreeRun | RunThroughs) for each in planned)
    assert (found.minutes is None) == (found.session_minutes is None) == open_ended
    if found.minutes is not None and found.session_minutes is not None:
        assert found.session_minutes <= found.minutes <= found.session_minutes * found.sessions
    assert found.repetitions <= 7 * found.repetitions_per_day
    assert len({each.rule for each in found.findings}) == len(found.findings)
    assert all(value for _, value in found.said)


@settings(max_examples=300)
@given(items, st.sampled_from(Stage), st.sampled_from(Protocol))
def test_the_panel_asks_for_the_rest_that_is_frozen(
    planned: list[WeekItem], stage: Stage, protocol: Protocol
) -> None:
    """Every exercise daily: a rest day is said to be missing just where the step has one."""
    daily = [
        replace(each, dose=replace(each.dose, days_per_week=7))
        for each in planned
        # Running on days in a row is the plan's own permission, for that run alone.
        if not isinstance(each.dose, FreeRun)
    ]
    frozen = rest_days_of(
        stage,
        protocol,
        [each.row for each in daily],
        loaded=any(adds_load(each.dose) for each in daily),
    )
    said = [each for each in rules(week(daily, stage=stage, protocol=protocol)) if each == "W1"]
    assert bool(said) == bool(daily and frozen)


@given(st.integers(1, 7), st.integers(0, 6))
def test_days_that_leave_rest_are_found_where_there_are_any(count: int, rest: int) -> None:
    found = lived(
        [item(HEAVY, sets(count))],
        protocol=Protocol.HSR,
        defaults=ProgrammeDefaults(heavy_isotonic_days=rest),
    )
    fits = count == 1 or count * (rest + 1) <= 7
    assert (rules(found) == []) == fits


def test_alfredson_s_sore_leg_works_on_the_way_down_only() -> None:
    """The other leg goes up: 3 s of lowering, 180 times a day (section 6.1)."""
    items = [
        WeekItem(
            name=exercise(item.exercise).name,
            row=exercise(item.exercise).row,
            dose=item.dose,
            lowering_only=exercise(item.exercise).contraction is Contraction.ECCENTRIC,
        )
        for item in LADDERS[Protocol.ALF].steps[0].items
    ]
    lived = week(items, stage=Stage.ISOTONIC, protocol=Protocol.ALF)
    assert (lived.repetitions_per_day, lived.tension_s) == (180, 3 * 180 * 7)
