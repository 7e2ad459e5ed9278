"""Least rest between the sessions of a step, by its stage, its ladder and what is in it."""

from itertools import chain, combinations

import pytest

from assessments.rules.terms import MatrixRow, Stage
from programmes.rules.defaults import ProgrammeDefaults
from programmes.rules.dose import adds_load
from programmes.rules.library import exercise
from programmes.rules.protocols import LADDERS
from programmes.rules.recovery import rest_and_setting, rest_days_of
from programmes.rules.terms import Protocol

HEAVY, LIGHT = MatrixRow.LOADED_HSR, MatrixRow.SEATED_SOLEUS_RAISE
DROP, HOP = MatrixRow.STEP_DEFICIT_HEEL_DROP, MatrixRow.DOUBLE_LEG_HOP
HOPS = (HOP, MatrixRow.SINGLE_LEG_HOP)
CONTENTS = [
    set(each) for each in chain(*(combinations([HEAVY, LIGHT, DROP, *HOPS], n) for n in range(4)))
]
HEAVY_LADDERS = (Protocol.HSR, Protocol.GRIF)
DAILY = (Protocol.ALF, Protocol.SILB)


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("rows", CONTENTS, ids=lambda rows: "+".join(sorted(rows)) or "nothing")
@pytest.mark.parametrize("loaded", [False, True], ids=["bare", "loaded"])
def test_isotonic_steps(protocol: Protocol, rows: set[MatrixRow], loaded: bool) -> None:
    hops = bool(rows & set(HOPS))
    if protocol in HEAVY_LADDERS or HEAVY in rows:
        expected = 1
    elif protocol is Protocol.SILB:
        expected = 0
    elif protocol is Protocol.ALF:
        expected = int(hops)
    else:
        expected = int(hops or loaded)
    assert rest_days_of(Stage.ISOTONIC, protocol, rows, loaded=loaded) == expected


@pytest.mark.parametrize(
    ("protocol", "row", "loaded", "expected"),
    [
        (Protocol.HSR, LIGHT, False, 1),
        (Protocol.GRIF, LIGHT, False, 1),
        (Protocol.ALF, DROP, False, 0),
        (Protocol.ALF, DROP, True, 0),
        (Protocol.ALF, HEAVY, False, 1),
        (Protocol.ALF, HOP, False, 1),
        (Protocol.SILB, DROP, True, 0),
        (Protocol.SILB, HOP, False, 0),
        (Protocol.SILB, HEAVY, False, 1),
        (Protocol.INS, DROP, False, 0),
        (Protocol.INS, DROP, True, 1),
        (Protocol.INS, HOP, False, 1),
        (Protocol.OWN, DROP, False, 0),
        (Protocol.OWN, DROP, True, 1),
        (Protocol.OWN, HEAVY, False, 1),
        (Protocol.OWN, HOP, False, 1),
        (Protocol.OWN, LIGHT, False, 0),
        (Protocol.OWN, MatrixRow.RUN_WALK_FLAT, False, 0),
    ],
)
def test_the_content_of_a_step_wins_over_its_daily_label(
    protocol: Protocol, row: MatrixRow, loaded: bool, expected: int
) -> None:
    assert rest_days_of(Stage.ISOTONIC, protocol, [row], loaded=loaded) == expected


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("row", list(MatrixRow))
def test_a_row_alone_is_as_heavy_as_in_company(protocol: Protocol, row: MatrixRow) -> None:
    """The most rest of the exercises is the rest of the step, so the panel may ask one by one."""
    for other in MatrixRow:
        together = rest_days_of(Stage.ISOTONIC, protocol, [row, other])
        alone = [rest_days_of(Stage.ISOTONIC, protocol, [each]) for each in (row, other)]
        assert together == max(alone)


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("row", list(MatrixRow))
@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (Stage.ISOMETRIC, 0),
        (Stage.PLYOMETRIC, 1),
        (Stage.RUN_WALK, 1),
        (Stage.FULL_RETURN, 1),
    ],
)
def test_the_other_stages_rest_whatever_is_in_them(
    stage: Stage, expected: int, row: MatrixRow, protocol: Protocol
) -> None:
    assert rest_days_of(stage, protocol, [row]) == expected


def test_the_rows_may_be_read_once() -> None:
    assert rest_days_of(Stage.ISOTONIC, Protocol.OWN, iter([LIGHT, HEAVY])) == 1


def test_the_practice_s_own_days_count() -> None:
    defaults = ProgrammeDefaults(
        isometric_days=3, heavy_isotonic_days=4, daily_isotonic_days=5, energy_storage_days=6
    )
    found = [
        rest_days_of(stage, protocol, [], defaults=defaults)
        for stage, protocol in (
            (Stage.ISOMETRIC, Protocol.ISO),
            (Stage.ISOTONIC, Protocol.HSR),
            (Stage.ISOTONIC, Protocol.ALF),
            (Stage.RUN_WALK, Protocol.RUN),
        )
    ]
    assert found == [3, 4, 5, 6]


@pytest.mark.parametrize(
    ("protocol", "rows", "loaded", "days", "setting"),
    [
        (Protocol.OWN, [HOP], False, 6, "energy_storage_days"),
        (Protocol.OWN, [HEAVY, HOP], False, 6, "energy_storage_days"),
        (Protocol.OWN, [HEAVY], False, 4, "heavy_isotonic_days"),
        (Protocol.OWN, [DROP], True, 4, "heavy_isotonic_days"),
        (Protocol.HSR, [LIGHT], False, 4, "heavy_isotonic_days"),
        (Protocol.SILB, [HOP], False, 5, "daily_isotonic_days"),
        (Protocol.OWN, [MatrixRow.ISOMETRIC_MID_RANGE], False, 3, "isometric_days"),
        (Protocol.OWN, [MatrixRow.ISOMETRIC_MID_RANGE, LIGHT], False, 5, "daily_isotonic_days"),
    ],
)
def test_the_setting_that_asks_for_the_rest(
    protocol: Protocol, rows: list[MatrixRow], loaded: bool, days: int, setting: str
) -> None:
    defaults = ProgrammeDefaults(
        isometric_days=3, heavy_isotonic_days=4, daily_isotonic_days=5, energy_storage_days=6
    )
    found = rest_and_setting(Stage.ISOTONIC, protocol, rows, defaults=defaults, loaded=loaded)
    assert found == (days, setting)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("N1", 0),
        ("N2", 0),
        ("N3", 1),
        ("N6", 1),
        ("H1", 1),
        ("G1", 1),
        ("A1", 0),
        ("A5", 0),
        ("S1", 0),
        ("S3", 0),
    ],
)
def test_published_steps(code: str, expected: int) -> None:
    found = [
        rest_days_of(
            ladder.stage,
            ladder.protocol,
            [exercise(item.exercise).row for item in step.items],
            loaded=any(adds_load(item.dose) for item in step.items),
        )
        for ladder in LADDERS.values()
        for step in ladder.steps
        if step.code == code
    ]
    assert found == [expected]
