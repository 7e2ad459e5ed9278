"""Which leg works, and runs over a measured stretch: as values, in words, and through JSON."""

import json

import pytest

from patients.rules.terms import Side
from programmes.rules.dose import (
    Dose,
    RunThroughs,
    Usual,
    dose_from_json,
    dose_to_json,
    in_words,
)
from programmes.rules.handout import leg, run_table
from programmes.rules.terms import DoseSide, Range


@pytest.mark.parametrize(
    ("dose_side", "words"),
    [
        pytest.param(DoseSide.BOTH, "Both legs", id="both"),
        pytest.param(DoseSide.AFFECTED, "Right leg", id="affected"),
        pytest.param(DoseSide.OTHER, "Left leg", id="other"),
        pytest.param(DoseSide.EACH, "Each leg in turn", id="each"),
    ],
)
def test_every_side_has_a_leg_and_survives_json(dose_side: DoseSide, words: str) -> None:
    dose = Dose(side=dose_side, sets=3, reps=15)
    assert leg(dose, Side.RIGHT) == words
    assert dose_from_json(json.loads(json.dumps(dose_to_json(dose)))) == dose


GRASS = RunThroughs(sets=3, reps=5, metres=80, percent_from=50, percent_to=60, days_per_week=2)
ONE = RunThroughs(sets=1, reps=1, metres=100, percent_from=70, percent_to=70, days_per_week=1)
MANY = RunThroughs(sets=7, reps=6, metres=80, percent_from=55, percent_to=65, days_per_week=4)


@pytest.mark.parametrize(
    ("dose", "words"),
    [
        pytest.param(
            GRASS,
            "3 sets of 5 run-throughs of 80 metres at 50 to 60 % of full pace, 2 days a week",
            id="grass",
        ),
        pytest.param(
            ONE,
            "1 set of 1 run-through of 100 metres at 70 % of full pace, 1 day a week",
            id="one",
        ),
    ],
)
def test_run_throughs_in_words_and_through_json(dose: RunThroughs, words: str) -> None:
    assert in_words(dose) == words
    assert dose_from_json(json.loads(json.dumps(dose_to_json(dose)))) == dose


@pytest.mark.parametrize(
    ("dose", "rows", "total"),
    [
        pytest.param(
            GRASS,
            tuple((f"Set {n}", "5 of 80 m", "5 to 6 out of 10") for n in (1, 2, 3)),
            "Together 1200 m.",
            id="grass",
        ),
        pytest.param(ONE, (("Once", "1 of 100 m", "7 out of 10"),), "Together 100 m.", id="one"),
        pytest.param(
            MANY,
            (("7 sets, each", "6 of 80 m", "5.5 to 6.5 out of 10"),),
            "Together 3360 m.",
            id="many",
        ),
    ],
)
def test_run_throughs_as_a_table(
    dose: RunThroughs, rows: tuple[tuple[str, ...], ...], total: str
) -> None:
    table = run_table(dose)
    assert table is not None
    assert (table.heads, table.rows, table.total) == (
        ("When", "Runs", "How fast (10 is your fastest)"),
        rows,
        total,
    )
    assert leg(dose, Side.LEFT) == ""


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"sets": 0}, "sets", id="no sets"),
        pytest.param({"sets": None}, "sets", id="sets missing"),
        pytest.param({"reps": 201}, "reps", id="too many"),
        pytest.param({"metres": 9}, "metres", id="too short"),
        pytest.param({"metres": 1001}, "metres", id="too long"),
        pytest.param({"percent_from": 0}, "percent_from", id="standing"),
        pytest.param({"percent_to": 101}, "percent_to", id="faster than full"),
        pytest.param({"percent_to": 49}, "percent_to", id="backwards"),
        pytest.param({"days_per_week": 8}, "days_per_week", id="eight days"),
    ],
)
def test_impossible_run_throughs_are_refused(wrong: dict[str, int | None], field: str) -> None:
    good = {
        "sets": 3,
        "reps": 5,
        "metres": 80,
        "percent_from": 50,
        "percent_to": 60,
        "days_per_week": 2,
    }
    with pytest.raises(ValueError, match=f"^{field}"):
        RunThroughs(**{**good, **wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"rest_s": -1}, "rest_s", id="rest"),
        pytest.param({"times_per_day": 0}, "times_per_day", id="times"),
        pytest.param({"times_per_day": None}, "times_per_day", id="times missing"),
        pytest.param({"days_per_week": 8}, "days_per_week", id="days"),
    ],
)
def test_the_usual_parts_have_the_bounds_of_a_dose(
    wrong: dict[str, int | None], field: str
) -> None:
    good = {
        "side": DoseSide.AFFECTED,
        "range": Range.TO_NEUTRAL,
        "tempo": None,
        "rest_s": None,
        "times_per_day": 1,
        "days_per_week": 7,
    }
    with pytest.raises(ValueError, match=f"^{field}"):
        Usual(**{**good, **wrong})  # type: ignore[arg-type]
