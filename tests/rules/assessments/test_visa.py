"""VISA-A: points, total, ceilings, consistency, change."""

import json
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.defaults import AssessmentDefaults
from assessments.rules.finding import Tone
from assessments.rules.sources import SOURCES
from assessments.rules.terms import Location, Q8Band, Q8Part, SportLevel, VisaChange
from assessments.rules.visa import (
    BAND_LABELS,
    ITEM_NAMES,
    ITEMS,
    PART_LABELS,
    REFERENCE_MARKS,
    SPORT_LABELS,
    VisaAnswers,
    change_finding,
    entered_too_often,
    inconsistencies,
    q1_points,
    q6_points,
    q7_points,
    visa_change,
    visa_findings,
)

VECTORS = json.loads((Path(__file__).parents[1] / "clinical-cases.json").read_text())["vectors"]
BEST: dict[str, Any] = {"q1": 10, "q2": 10, "q3": 10, "q4": 10, "q5": 10, "q6": 10, "q7": 10}
WORST = dict.fromkeys(BEST, 0)


@pytest.mark.parametrize(("minutes", "points"), VECTORS["q1_points"])
def test_minutes_to_points(minutes, points):
    assert q1_points(minutes) == points


def test_minutes_between_and_missing():
    assert q1_points(Decimal("0.5")) == 9
    assert q1_points(Decimal("10.1")) == 8
    assert q1_points(None) is None


@pytest.mark.parametrize("minutes", [-1, 1441, 2.5])
def test_minutes_refused(minutes):
    with pytest.raises(ValueError, match=r"^q1_min: "):
        q1_points(minutes)


@pytest.mark.parametrize(("hops", "points"), [(None, None), (0, 0), (9, 9), (10, 10), (12, 10)])
def test_hops_count_up_to_ten(hops, points):
    assert q6_points(hops) == points


@pytest.mark.parametrize("hops", [-1, 1001, Decimal(3)])
def test_hops_refused(hops):
    with pytest.raises(ValueError, match=r"^q6_hops: "):
        q6_points(hops)


@pytest.mark.parametrize(
    ("level", "points"),
    [
        (None, None),
        ("not_at_all", 0),
        ("modified", 4),
        ("full_lower", 7),
        ("same_or_higher", 10),
    ],
)
def test_sport_to_points(level, points):
    assert q7_points(level and SportLevel(level)) == points


@pytest.mark.parametrize(
    ("part", "band", "points"),
    [
        ("A", "nil", 0),
        ("A", "1-10", 7),
        ("A", "11-20", 14),
        ("A", "21-30", 21),
        ("A", ">30", 30),
        ("B", "nil", 0),
        ("B", "1-10", 4),
        ("B", "11-20", 10),
        ("B", "21-30", 14),
        ("B", ">30", 20),
        ("C", "nil", 0),
        ("C", "1-10", 2),
        ("C", "11-20", 5),
        ("C", "21-30", 7),
        ("C", ">30", 10),
    ],
)
def test_training_time_to_points(part, band, points):
    answers = VisaAnswers.with_part(Q8Part(part), Q8Band(band))
    assert answers.q8 == points
    assert (answers.q8_part, answers.q8_band) == (part, band)


@pytest.mark.parametrize(("part", "total"), [("A", 100), ("B", 90), ("C", 80)])
def test_the_best_of_each_part(part, total):
    answers = VisaAnswers.with_part(Q8Part(part), Q8Band.OVER_30, **BEST)
    assert answers.total == answers.ceiling == total


def test_no_sport_is_capped_at_60():
    answers = VisaAnswers.with_part(Q8Part.A, Q8Band.NIL, **{**BEST, "q7": 0})
    assert answers.no_sport
    assert answers.total == answers.ceiling == 60


@pytest.mark.parametrize(
    ("q7", "part", "band", "capped"),
    [
        (0, "A", "nil", True),
        (0, "C", "nil", True),
        (0, "A", "1-10", False),
        (4, "A", "nil", False),
        (None, "A", "nil", False),
        (0, None, None, False),
    ],
)
def test_cap_needs_both_at_zero(q7, part, band, capped):
    answers = VisaAnswers.with_part(part and Q8Part(part), band and Q8Band(band), q7=q7)
    assert answers.no_sport is capped


def test_all_worst_is_zero():
    assert VisaAnswers.with_part(Q8Part.C, Q8Band.NIL, **WORST).total == 0


def test_two_parts_give_no_total():
    answers = VisaAnswers(**BEST, q8_a=Q8Band.OVER_30, q8_b=Q8Band.OVER_30)
    assert answers.total is None
    nothing = (answers.q8, answers.q8_part, answers.q8_band, answers.ceiling)
    assert nothing == (None, None, None, None)
    assert answers.missing_items == ("q8",)
    assert "exactly one" in visa_findings(answers)[0].because


@pytest.mark.parametrize("name", ITEM_NAMES)
def test_any_missing_item_gives_no_total(name):
    whole: dict[str, Any] = {**BEST, "q8_a": Q8Band.OVER_30}
    whole["q8_a" if name == "q8" else name] = None
    answers = VisaAnswers(**whole)
    assert answers.total is None
    assert answers.missing_items == (name,)
    assert answers.items[ITEM_NAMES.index(name)] is None


@given(
    st.tuples(*[st.one_of(st.none(), st.integers(0, 10))] * 6),
    st.sampled_from((None, 0, 4, 7, 10)),
    st.sampled_from((None, *Q8Part)),
    st.sampled_from((None, *Q8Band)),
)
def test_total_is_the_sum_and_below_its_ceiling(points, q7, part, band):
    names = ("q1", "q2", "q3", "q4", "q5", "q6")
    answers = VisaAnswers.with_part(part, band, **dict(zip(names, points, strict=True)), q7=q7)
    if None in answers.items:
        assert answers.total is None
    else:
        total = sum(one for one in answers.items if one is not None)
        assert answers.total == total
        assert answers.ceiling in {60, 80, 90, 100}
        assert 0 <= total <= (answers.ceiling or 0)
    assert visa_findings(answers)


@pytest.mark.parametrize("name", ITEM_NAMES[:-1])
@pytest.mark.parametrize("points", [-1, 11, True, Decimal(4)], ids=str)
def test_points_out_of_range_are_refused(name, points):
    with pytest.raises(ValueError, match=f"^{name}: "):
        VisaAnswers(**{name: points})


@pytest.mark.parametrize("points", sorted(set(range(11)) - {0, 4, 7, 10}))
def test_sport_has_four_values(points):
    with pytest.raises(ValueError, match=r"^q7: must be 0, 4, 7 or 10 points$"):
        VisaAnswers(q7=points)


@pytest.mark.parametrize(
    ("location", "delta", "weeks", "expected"),
    [
        (place, *row)
        for place, rows in VECTORS["visa_change"].items()
        if place != "columns"
        for row in rows
    ],
)
def test_published_changes(location, delta, weeks, expected):
    assert visa_change(delta, weeks, Location(location)) == expected


@pytest.mark.parametrize(
    ("delta", "weeks", "location", "expected"),
    [
        (14, 4, "midportion", "improved"),
        (14, Decimal("3.9"), "midportion", "too_soon"),
        (13, Decimal("23.9"), "midportion", "uncertain"),
        (6, 24, "midportion", "no_change"),
        (-7, 24, "insertional", "worse"),
        (-6, 24, "insertional", "no_change"),
        (6, 4, "insertional", "no_change"),
        (7, 12, "mixed", "uncertain"),
        (7, 12, None, "uncertain"),
        (-100, 3, "mixed", "too_soon"),
    ],
)
def test_further_changes(delta, weeks, location, expected):
    assert visa_change(delta, weeks, location and Location(location)) == expected


def test_when_a_change_counts_is_a_setting():
    later = AssessmentDefaults(visa_minimum_weeks=8)
    assert visa_change(20, 7, None, defaults=later) is VisaChange.TOO_SOON


@pytest.mark.parametrize(
    ("delta", "weeks", "field"), [(101, 5, "delta"), (-101, 5, "delta"), (1, -1, "weeks")]
)
def test_change_refused(delta, weeks, field):
    with pytest.raises(ValueError, match=f"^{field}: "):
        visa_change(delta, weeks, None)


@pytest.mark.parametrize(
    ("now", "weeks", "says", "tone"),
    [
        (60, 2, "Too soon to read a change", Tone.NEUTRAL),
        (64, 12, "Improved", Tone.OK),
        (60, 12, "Perhaps improved", Tone.NEUTRAL),
        (50, 12, "No change", Tone.NEUTRAL),
        (40, 12, "Worse", Tone.CAUTION),
    ],
)
def test_change_finding(now, weeks, says, tone):
    finding = change_finding(50, now, weeks, Location.MIDPORTION)
    assert (finding.says, finding.tone) == (says, tone)
    assert ("This total", f"{now} points") in finding.numbers


@pytest.mark.parametrize(("first", "now"), [(101, 50), (50, -1)])
def test_change_finding_refuses_impossible_totals(first, now):
    with pytest.raises(ValueError, match=r"^(baseline_visa|visa_total): "):
        change_finding(first, now, 12, None)


@pytest.mark.parametrize(("days", "often"), [(None, False), (0, True), (13, True), (14, False)])
def test_too_often(days, often):
    assert entered_too_often(days) is often


@pytest.mark.parametrize(
    ("answers", "count"),
    [
        ({}, 0),
        ({"q7": 0, "q8_a": Q8Band.MIN_1_10}, 1),
        ({"q7": 0, "q8_a": Q8Band.NIL}, 0),
        ({"q7": 0}, 0),
        ({"q7": 4, "q8_c": Q8Band.MIN_1_10}, 0),
        ({"q5": 3, "q8_a": Q8Band.MIN_1_10}, 1),
        ({"q5": 4, "q8_a": Q8Band.MIN_1_10}, 0),
        ({"q6": 3, "q8_a": Q8Band.MIN_1_10}, 1),
        ({"q6": 4, "q8_a": Q8Band.MIN_1_10}, 0),
        ({"q5": 3, "q6": 3, "q8_a": Q8Band.MIN_1_10}, 2),
        ({"q5": 3, "q6": 3, "q8_b": Q8Band.MIN_1_10}, 0),
        ({"q7": 7, "q8_b": Q8Band.NIL}, 1),
        ({"q7": 10, "q8_b": Q8Band.NIL}, 1),
        ({"q7": 4, "q8_b": Q8Band.NIL}, 0),
        ({"q8_b": Q8Band.NIL}, 0),
        ({"q7": 7}, 0),
    ],
    ids=str,
)
def test_inconsistent_answers(answers, count):
    found = inconsistencies(VisaAnswers(**answers))
    assert [finding.rule for finding in found] == ["W-VISA-CHECK"] * count


@pytest.mark.parametrize(
    ("band", "begins"),
    [
        pytest.param(Q8Band.NIL, "Part A with no training time: ", id="no training"),
        pytest.param(Q8Band.OVER_30, "Pain-free training, but ", id="training"),
    ],
)
def test_part_a_is_called_training_only_with_training(band, begins):
    answers = VisaAnswers.with_part(Q8Part.A, band, **{**WORST, "q7": 4})
    said = [finding.says for finding in inconsistencies(answers)]
    assert said == [f"{begins}heel raises hurt", f"{begins}few hops"]


def test_findings_of_a_whole_questionnaire():
    answers = VisaAnswers.with_part(Q8Part.B, Q8Band.OVER_30, **BEST)
    (finding,) = visa_findings(answers)
    assert finding.says == "VISA-A 90 of 100"
    assert "at most 90" in finding.because
    assert ("Training time", "20 of 30 points") in finding.numbers


def test_findings_when_capped():
    answers = VisaAnswers.with_part(Q8Part.B, Q8Band.NIL, **WORST)
    assert [finding.rule for finding in visa_findings(answers)] == ["V1", "V4"]


def test_findings_when_incomplete_or_absent():
    (finding,) = visa_findings(VisaAnswers(q1=5))
    assert finding.says == "VISA-A incomplete"
    assert "7 of 8" in finding.because
    assert ("Going downstairs", "not answered") in finding.numbers
    assert [one.says for one in visa_findings(None)] == ["VISA-A not given"]


def test_items_are_described():
    assert len(ITEMS) == 8
    assert sum(item.points for item in ITEMS) == 100
    assert [item.name for item in ITEMS if item.by_recall] == ["q2", "q5", "q6"]
    for item in ITEMS:
        assert item.label
        assert ("do not have it done" in item.hint) is item.by_recall
    assert set(SPORT_LABELS) == set(SportLevel)
    assert set(PART_LABELS) == set(Q8Part)
    assert set(BAND_LABELS) == set(Q8Band)


def test_reference_marks():
    assert [mark for mark, _, _ in REFERENCE_MARKS] == [44, 64, 90, 96]
    assert {key for _, _, key in REFERENCE_MARKS} <= set(SOURCES)


def test_a_change_of_part_alone_moves_ten_points():
    for band, (before, after) in product(
        [Q8Band.OVER_30], [(Q8Part.B, Q8Part.A), (Q8Part.C, Q8Part.B)]
    ):
        first, second = (VisaAnswers.with_part(part, band, **BEST) for part in (before, after))
        assert (first.total, second.total) in {(90, 100), (80, 90)}
