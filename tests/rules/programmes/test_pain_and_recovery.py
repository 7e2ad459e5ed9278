"""The pain model: settling, rising weeks, and days of rest."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from assessments.rules.terms import Stage
from programmes.rules.defaults import ProgrammeDefaults
from programmes.rules.pain import MorningEntry, rising_weeks, settling
from programmes.rules.recovery import recovery_days
from programmes.rules.terms import Protocol, Settling

LAST = date(2026, 3, 29)


@pytest.mark.parametrize(
    ("before", "morning", "expected"),
    [
        (2, 2, Settling.SETTLED),
        (2, 0, Settling.SETTLED),
        (2, Decimal("2.1"), Settling.MARGINAL),
        (2, 3, Settling.MARGINAL),
        (2, Decimal("3.9"), Settling.MARGINAL),
        (2, 4, Settling.NOT_SETTLED),
        (5, 5, Settling.SETTLED),
        (6, Decimal("5.1"), Settling.NOT_SETTLED),
        (None, 0, Settling.SETTLED),
        (None, 6, Settling.NOT_SETTLED),
        (None, 5, None),
        (2, None, None),
        (None, None, None),
    ],
)
def test_settling(before, morning, expected):
    assert settling(before, morning) is expected


def week(back: int, *, pain=None, stiffness=None, mornings: int = 3) -> list[MorningEntry]:
    """Mornings of one value each in the week that ended ``back`` weeks before the last day."""
    ends = LAST - timedelta(days=7 * back)
    return [
        MorningEntry(on=ends - timedelta(days=day), pain=pain, stiffness_min=stiffness)
        for day in range(mornings)
    ]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param([], 0, id="nothing recorded"),
        pytest.param(week(0, pain=5), 0, id="one week has nothing to compare with"),
        pytest.param(week(0, pain=3) + week(1, pain=2), 1, id="pain +1.0"),
        pytest.param(week(0, pain=Decimal("2.9")) + week(1, pain=2), 0, id="pain +0.9"),
        pytest.param(week(0, stiffness=20) + week(1, stiffness=10), 1, id="stiffness +10"),
        pytest.param(week(0, stiffness=19) + week(1, stiffness=10), 0, id="stiffness +9"),
        pytest.param(week(0, pain=4, mornings=2) + week(1, pain=2), 0, id="2 mornings this week"),
        pytest.param(
            week(0, pain=4) + week(1, pain=2, mornings=2), 0, id="2 mornings the week before"
        ),
        pytest.param(week(0, pain=4) + week(1, pain=3) + week(2, pain=2), 2, id="two in a row"),
        pytest.param(
            week(0, pain=4) + week(1, pain=3) + week(2, pain=2) + week(3, pain=1),
            3,
            id="three in a row",
        ),
        pytest.param(
            week(0, pain=2) + week(1, pain=3) + week(2, pain=2), 0, id="rose before, not now"
        ),
        pytest.param(
            week(0, pain=4) + week(1, pain=2) + week(2, pain=2), 1, id="only the last rose"
        ),
        pytest.param(
            week(0, pain=4, stiffness=10) + week(1, pain=2, stiffness=30),
            1,
            id="pain rose, stiffness fell",
        ),
        pytest.param(
            week(0, stiffness=60) + week(1, pain=1), 0, id="different measures are not compared"
        ),
    ],
)
def test_rising_weeks(entries, expected):
    assert rising_weeks(entries) == expected
    assert rising_weeks(reversed(entries)) == expected


def test_a_week_is_seven_days():
    eighth = MorningEntry(on=LAST - timedelta(days=7), pain=10)
    entries = [*week(0, pain=3), *week(1, pain=2, mornings=2), eighth]
    # The eighth day back belongs to the week before, which is then the worse one.
    assert rising_weeks(entries) == 0
    ninth = MorningEntry(on=LAST - timedelta(days=6), pain=10)
    assert rising_weeks([*week(0, pain=3), *week(1, pain=2), ninth]) == 1


def test_rising_weeks_as_of_a_day():
    entries = week(0, pain=4) + week(1, pain=3) + week(2, pain=2)
    assert rising_weeks(entries, on=LAST - timedelta(days=7)) == 1
    assert rising_weeks(entries, on=LAST + timedelta(days=30)) == 0


def test_rising_week_settings():
    entries = week(0, pain=4) + week(1, pain=3)
    assert rising_weeks(entries, defaults=ProgrammeDefaults(rising_pain=2)) == 0
    assert rising_weeks(entries, defaults=ProgrammeDefaults(rising_entries=4)) == 0


@pytest.mark.parametrize(
    ("wrong", "field"), [({"pain": 11}, "pain"), ({"stiffness_min": -1}, "stiffness_min")]
)
def test_morning_out_of_range_is_refused(wrong, field):
    with pytest.raises(ValueError, match=field):
        MorningEntry(on=LAST, **wrong)


ENERGY = [Stage.PLYOMETRIC, Stage.RUN_WALK, Stage.FULL_RETURN]


@pytest.mark.parametrize("stage", ENERGY, ids=lambda stage: stage.value)
@pytest.mark.parametrize(
    ("during", "next_day", "expected"),
    [
        (1, 1, 1),
        (2, 2, 1),
        (Decimal("2.1"), 1, 2),
        (3, 1, 2),
        (Decimal("3.1"), 1, 3),
        (4, 1, 3),
        (2, Decimal("2.1"), 2),
        (2, 4, 2),
        (2, 5, 3),
        (4, 5, 3),
        (1, None, 1),
        (3, None, 2),
        (None, 3, 2),
        (None, 5, 3),
        (None, 0, 1),
        (None, None, 1),
    ],
)
def test_rest_after_jumping_and_running(stage, during, next_day, expected):
    assert recovery_days(stage, None, 1, during, next_day) == expected


@pytest.mark.parametrize(
    ("protocol", "step", "expected"),
    [
        (Protocol.HSR, 1, 1),
        (Protocol.GRIF, 1, 1),
        (Protocol.INS, 1, 0),
        (Protocol.INS, 2, 0),
        (Protocol.INS, 3, 1),
        (Protocol.INS, 6, 1),
        (Protocol.INS, None, 1),
        (Protocol.ALF, 5, 0),
        (Protocol.SILB, 2, 0),
        (None, 2, 1),
    ],
)
def test_rest_after_isotonic_work_is_by_protocol(protocol, step, expected):
    assert recovery_days(Stage.ISOTONIC, protocol, step, 5, 6) == expected


def test_rest_after_isometric_work_and_without_a_stage():
    assert recovery_days(Stage.ISOMETRIC, Protocol.ISO, 1, 9, 9) == 0
    assert recovery_days(None, Protocol.HSR, 1, 1, 1) is None


@pytest.mark.parametrize("stage", ENERGY, ids=lambda stage: stage.value)
@pytest.mark.parametrize("days", [0, 1, 2])
def test_rest_without_any_pain_known_is_the_least_rest(stage, days):
    settings = ProgrammeDefaults(energy_storage_days=days)
    assert recovery_days(stage, None, None, None, None, defaults=settings) == days


def test_rest_follows_the_settings():
    stricter = ProgrammeDefaults(energy_storage_days=2, high_days=4)
    assert recovery_days(Stage.RUN_WALK, None, 1, 1, 1, defaults=stricter) == 2
    assert recovery_days(Stage.RUN_WALK, None, 1, 5, 1, defaults=stricter) == 4
