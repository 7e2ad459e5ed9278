"""Least rest between the sessions of a step, by its stage, its ladder and what is in it."""

from itertools import chain, combinations

import pytest

from assessments.rules.terms import MatrixRow, Stage
from programmes.rules.defaults import ProgrammeDefaults
from programmes.rules.library import exercise
from programmes.rules.protocols import LADDERS
from programmes.rules.recovery import rest_days_of
from programmes.rules.terms import Protocol

HEAVY, LIGHT = MatrixRow.LOADED_HSR, MatrixRow.SEATED_SOLEUS_RAISE
CONTENTS = [set(each) for each in chain(*(combinations([HEAVY, LIGHT], n) for n in range(3)))]
HEAVY_LADDERS = (Protocol.HSR, Protocol.GRIF)
DAILY = (Protocol.ALF, Protocol.SILB)


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("rows", CONTENTS, ids=lambda rows: "+".join(sorted(rows)) or "nothing")
def test_isotonic_steps(protocol: Protocol, rows: set[MatrixRow]) -> None:
    if protocol in DAILY:
        expected = 0
    elif protocol in HEAVY_LADDERS:
        expected = 1
    else:
        expected = 1 if HEAVY in rows else 0
    assert rest_days_of(Stage.ISOTONIC, protocol, rows) == expected


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
    ("code", "expected"),
    [("N1", 0), ("N2", 0), ("N3", 1), ("N6", 1), ("H1", 1), ("G1", 1), ("A5", 0), ("S3", 0)],
)
def test_published_steps(code: str, expected: int) -> None:
    found = [
        rest_days_of(
            ladder.stage, ladder.protocol, [exercise(item.exercise).row for item in step.items]
        )
        for ladder in LADDERS.values()
        for step in ladder.steps
        if step.code == code
    ]
    assert found == [expected]
