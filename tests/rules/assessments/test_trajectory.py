"""A course of totals: what each change may be called, and where the band lies."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from assessments.rules.defaults import AssessmentDefaults
from assessments.rules.finding import Tone
from assessments.rules.terms import Location, Q8Part
from assessments.rules.trajectory import (
    Entry,
    band,
    first_total,
    frequency_finding,
    other_change,
    part_switch,
    readings,
    repetition_band,
)

DAY = date(2025, 3, 3)
MID, INS, MIXED = Location.MIDPORTION, Location.INSERTIONAL, Location.MIXED


def entry(days: int, total: int | None) -> Entry:
    return Entry(on=DAY + timedelta(days=days), total=total)


def words(first: int, days: int, now: int, location: Location | None) -> str:
    finding = readings([entry(0, first), entry(days, now)], location)[1].finding
    assert finding is not None
    return finding.says


TOO_SOON, IMPROVED, PERHAPS = "Too soon to read a change", "Improved", "Perhaps improved"
NO_CHANGE, WORSE = "No change", "Worse"


@pytest.mark.parametrize(
    ("days", "change", "location", "said"),
    [
        # Nothing is judged before 28 days, not even a leap.
        (0, 40, MID, TOO_SOON),
        (27, 40, MID, TOO_SOON),
        (27, -40, MID, TOO_SOON),
        (27, 40, INS, TOO_SOON),
        (28, 40, MID, IMPROVED),
        (28, -40, MID, WORSE),
        # Midportion before 24 weeks: 14 points.
        (28, 13, MID, PERHAPS),
        (28, 14, MID, IMPROVED),
        (28, 7, MID, PERHAPS),
        (28, 6, MID, NO_CHANGE),
        (28, 0, MID, NO_CHANGE),
        (28, -6, MID, NO_CHANGE),
        (28, -7, MID, WORSE),
        (167, 13, MID, PERHAPS),
        (167, 14, MID, IMPROVED),
        # From 24 weeks on: 7 points.
        (168, 6, MID, NO_CHANGE),
        (168, 7, MID, IMPROVED),
        (168, -7, MID, WORSE),
        # Insertional: 7 points from the start.
        (28, 6, INS, NO_CHANGE),
        (28, 7, INS, IMPROVED),
        (28, -7, INS, WORSE),
        # A mixed or unknown place takes the higher number.
        (28, 13, MIXED, PERHAPS),
        (28, 13, None, PERHAPS),
        (168, 7, MIXED, IMPROVED),
    ],
)
def test_words_of_a_change(days: int, change: int, location: Location | None, said: str) -> None:
    assert words(50, days, 50 + change, location) == said


def test_readings_compare_with_the_first_total_and_skip_incomplete_ones() -> None:
    course = [entry(0, None), entry(2, 40), entry(30, None), entry(40, 50), entry(50, 47)]
    read = readings(course, MID)
    assert [reading.is_first for reading in read] == [False, True, False, False, False]
    assert [reading.change for reading in read] == [None, None, None, 10, 7]
    assert [reading.finding and reading.finding.says for reading in read] == [
        None,
        None,
        None,
        PERHAPS,
        PERHAPS,
    ]
    # Ten days after the total before it; the incomplete one between doesn't count.
    assert [reading.too_often for reading in read] == [False, False, False, False, True]


@pytest.mark.parametrize(("days", "often"), [(0, True), (13, True), (14, False), (15, False)])
def test_two_totals_close_together(days: int, often: bool) -> None:
    assert readings([entry(0, 40), entry(days, 41)], MID)[1].too_often is often


@pytest.mark.parametrize(
    ("days", "total", "says"),
    [
        (0, 46, "+6 points from the total of the same day: this step is within measurement error"),
        (1, 39, "−1 point from the total of the day before: this step is within measurement error"),
        (3, 40, "0 points from the total of 3 days before: this step is within measurement error"),
        (3, 47, "+7 points from the total of 3 days before: too soon to read this step"),
        (14, 41, ""),
    ],
)
def test_what_is_within_error_is_the_step_from_the_last_total(
    days: int, total: int, says: str
) -> None:
    course = [entry(0, 20), entry(60, 40), entry(60 + days, total)]
    first, second, last = readings(course, MID)
    assert last.finding
    assert last.finding.says == "Improved"
    assert last.step_says == says
    assert first.step_says == second.step_says == ""


def test_readings_want_the_oldest_first() -> None:
    with pytest.raises(ValueError, match=r"^entries: must be in order"):
        readings([entry(1, 40), entry(0, 41)], MID)


def test_of_two_totals_on_one_day_the_one_written_first_is_the_first() -> None:
    course = [entry(0, 40), entry(0, 60)]
    assert first_total(course) is course[0]
    assert readings(course, MID)[1].change == 20
    assert first_total([entry(0, None)]) is None
    assert readings([], MID) == ()


@pytest.mark.parametrize("total", [-1, 101])
def test_a_total_outside_the_form_is_refused(total: int) -> None:
    with pytest.raises(ValueError, match=r"^visa_total: "):
        entry(0, total)


def steps(first: Entry | None, days: int, location: Location | None) -> list[tuple[int, ...]]:
    """First and last day after the first total, and the two limits."""
    return [
        ((step.first - DAY).days, (step.last - DAY).days, step.improved_from, step.worse_to)
        for step in band(first, DAY + timedelta(days=days), location)
    ]


@pytest.mark.parametrize(
    ("days", "location", "expected"),
    [
        (0, MID, []),
        (27, MID, []),
        (28, MID, []),
        (29, MID, [(28, 29, 64, 43)]),
        (168, MID, [(28, 168, 64, 43)]),
        (169, MID, [(28, 168, 64, 43), (168, 169, 57, 43)]),
        (400, MIXED, [(28, 168, 64, 43), (168, 400, 57, 43)]),
        (400, None, [(28, 168, 64, 43), (168, 400, 57, 43)]),
        (400, INS, [(28, 400, 57, 43)]),
        (28, INS, []),
    ],
)
def test_band(days: int, location: Location | None, expected: list[tuple[int, ...]]) -> None:
    assert steps(entry(0, 50), days, location) == expected


def test_band_without_a_total_and_beyond_the_form() -> None:
    assert steps(None, 400, MID) == []
    assert steps(entry(0, None), 400, MID) == []
    assert steps(entry(0, 95), 60, MID) == [(28, 60, 109, 88)]
    assert steps(entry(0, 3), 60, MID) == [(28, 60, 17, -4)]


def test_band_and_words_agree_on_every_day_and_change() -> None:
    """Inside the shaded band nothing is called improved or worse, outside something is."""
    first = entry(0, 50)
    for location in (MID, INS, MIXED, None):
        drawn = band(first, DAY + timedelta(days=400), location)
        for days in (28, 29, 100, 167, 168, 169, 399):
            on = DAY + timedelta(days=days)
            step = next(step for step in drawn if step.first <= on < step.last)
            for total in range(101):
                said = words(50, days, total, location)
                assert (said == IMPROVED) is (total >= step.improved_from), (location, days, total)
                assert (said == WORSE) is (total <= step.worse_to), (location, days, total)


def test_the_practice_may_wait_longer() -> None:
    patient = AssessmentDefaults(visa_minimum_weeks=26)
    assert [
        (step.first - DAY).days
        for step in band(entry(0, 50), DAY + timedelta(days=400), MID, defaults=patient)
    ] == [26 * 7]


A, B, C = Q8Part
SWITCHES = [
    (B, A, "+10"),
    (C, B, "+10"),
    (C, A, "+20"),
    (A, B, "-10"),
    (B, C, "-10"),
    (A, C, "-20"),
]


@pytest.mark.parametrize(("before", "now", "points"), SWITCHES)
def test_another_part_of_the_last_item_moves_the_total(
    before: Q8Part, now: Q8Part, points: str
) -> None:
    finding = part_switch(before, now)
    assert finding is not None
    assert f"changes the total by {points} points" in finding.because
    assert finding.says == f"The last item moved from part {before} to part {now}"


@pytest.mark.parametrize("pair", [(A, A), (None, A), (A, None), (None, None)])
def test_the_same_part_needs_no_word(pair: tuple[Q8Part | None, Q8Part | None]) -> None:
    assert part_switch(*pair) is None


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (None, None),
        (0, "The last total is from the same day;"),
        (1, "The last total is from the day before;"),
        (13, "The last total is from 13 days before;"),
        (14, None),
    ],
)
def test_a_word_about_entering_too_often(days: int | None, said: str | None) -> None:
    finding = frequency_finding(days)
    if said is None:
        assert finding is None
        return
    assert finding is not None
    assert finding.because.startswith(said)
    assert (finding.rule, finding.tone) == ("W-VISA-FREQ", Tone.NEUTRAL)


@pytest.mark.parametrize(
    ("name", "before", "now", "higher", "said", "difference"),
    [
        ("TENDINS-A", 52, 41, False, "Within measurement error", "-11 points"),
        ("TENDINS-A", 52, 40, False, "Better", "-12 points"),
        ("TENDINS-A", 40, 52, False, "Worse", "+12 points"),
        ("tendins-a", 40, 52, True, "Better", "+12 points"),
        ("TENDINS-A", 40, 52, None, "Changed", "+12 points"),
        ("TENDINS-A", 40, 40, False, "Within measurement error", "+0 points"),
    ],
)
def test_two_totals_of_the_tendins(
    name: str, before: int, now: int, higher: bool | None, said: str, difference: str
) -> None:
    finding = other_change(name, Decimal(before), Decimal(now), higher_is_better=higher)
    assert finding is not None
    assert finding.says == said
    assert finding.numbers == (("Difference", difference),)
    assert finding.sources == ("TENDINS",)


def test_a_fraction_keeps_its_figures() -> None:
    finding = other_change("TENDINS-A", Decimal("40.5"), Decimal(30), higher_is_better=False)
    assert finding is not None
    assert finding.numbers == (("Difference", "-10.5 points"),)


def test_nothing_is_said_of_a_questionnaire_without_numbers() -> None:
    assert (
        other_change("VISA-A (sedentary)", Decimal(1), Decimal(90), higher_is_better=True) is None
    )


@pytest.mark.parametrize(("count", "expected"), [(0, (0, 6)), (4, (0, 10)), (20, (14, 26))])
def test_repetitions_within_measurement_error(count: int, expected: tuple[int, int]) -> None:
    assert repetition_band(count) == expected
