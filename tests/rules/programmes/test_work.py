"""How much of a session the affected leg did."""

import pytest

from programmes.rules.dose import AnyDose, Dose, FreeRun, RunThroughs, Tempo, WalkRun
from programmes.rules.performed import Done, SetDone
from programmes.rules.terms import DoseSide
from programmes.rules.work import work_s

SLOW = Tempo(up_s=3, hold_s=0, down_s=3)
RAISES = Dose(side=DoseSide.AFFECTED, sets=4, reps=10, tempo=SLOW)
HOLDS = Dose(side=DoseSide.EACH, sets=5, hold_s=45)
RUN = WalkRun(rounds=3, walk_min=4, run_min=2, days_per_week=3)
FREE = FreeRun(longer_percent=10, days_per_week=3, consecutive_days=False)
FAST = RunThroughs(sets=1, reps=5, metres=80, percent_from=50, percent_to=60, days_per_week=2)
OTHER = Dose(side=DoseSide.OTHER, sets=4, reps=10, tempo=SLOW)


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        pytest.param([RAISES], 240, id="tempo"),
        pytest.param([Dose(side=DoseSide.BOTH, sets=3, reps=15)], 90, id="no_tempo"),
        pytest.param([Dose(side=DoseSide.BOTH, sets=2, reps=8, reps_to=12)], 32, id="lower_end"),
        pytest.param([HOLDS], 225, id="hold"),
        pytest.param([RUN], 360, id="minutes_run"),
        pytest.param([OTHER, RAISES], 240, id="other_leg_left_out"),
        pytest.param([RAISES, FREE, FAST], 240, id="runs_of_unknown_time_left_out"),
        pytest.param([RAISES, None], 240, id="unknown_target_left_out"),
        pytest.param([FREE], None, id="only_unknown_time"),
        pytest.param([None], None, id="nothing_known"),
        pytest.param([], None, id="no_targets"),
    ],
)
def test_the_work_of_what_was_planned(targets: list[AnyDose | None], expected: int | None) -> None:
    assert work_s(targets, percent=100) == expected


@pytest.mark.parametrize(
    ("done", "percent", "expected"),
    [
        pytest.param([], 50, 120, id="half_of_it"),
        pytest.param([], 0, 0, id="nothing"),
        pytest.param([], None, None, id="nobody_said_how_much"),
        pytest.param([Done(target=0, sets=(SetDone(amount=4),))], None, 204, id="one_set_less"),
        pytest.param([Done(target=0, sets=(SetDone(amount=15),))], 100, 270, id="one_set_more"),
        pytest.param([Done(target=0, sets=(SetDone(kg=40),))], 50, 120, id="half_at_40_kg"),
        pytest.param([Done(target=0, kg=40)], 0, 0, id="nothing_at_40_kg"),
        pytest.param([Done(target=0, kg=40)], None, 240, id="as_planned_at_40_kg"),
    ],
)
def test_what_was_done_otherwise_counts(
    done: list[Done], percent: int | None, expected: int | None
) -> None:
    assert work_s([RAISES], done, percent=percent) == expected


def test_nothing_done_is_nothing_also_of_a_run_of_unknown_time() -> None:
    assert work_s([FREE], percent=0) == 0
    assert work_s([FREE], percent=100) is None
