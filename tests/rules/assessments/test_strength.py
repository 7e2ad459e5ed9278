"""Loads per body weight, symmetry of every measure, and changes inside the error of the test."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.finding import Tone
from assessments.rules.strength import (
    Knee,
    Leg,
    Strength,
    Symmetry,
    change_words,
    load_words,
    per_body_weight,
    strength_findings,
    symmetries,
)

MEASURES = ("repetitions", "height_cm", "straight_kg", "bent_kg", "hop_cm")


def legs(affected: dict[str, Any], other: dict[str, Any], **about: Any) -> Strength:
    return Strength(affected=Leg(**affected), other=Leg(**other), **about)


def one(strength: Strength, measure: str, defaults: AssessmentDefaults = DEFAULTS) -> Symmetry:
    return next(each for each in symmetries(strength, defaults) if each.measure == measure)


@pytest.mark.parametrize(
    ("kg", "body", "share", "words"),
    [
        pytest.param(40, 75, Fraction(8, 15), "40 kg = 0.53 × body weight, 8 repetitions", id="40"),
        pytest.param(
            Decimal("52.5"),
            75,
            Fraction(7, 10),
            "52.5 kg = 0.70 × body weight, 8 repetitions",
            id="seventy per cent",
        ),
        pytest.param(0, 75, Fraction(0), "0 kg = 0.00 × body weight, 8 repetitions", id="none"),
        pytest.param(
            90,
            Decimal("75.0"),
            Fraction(6, 5),
            "90 kg = 1.20 × body weight, 8 repetitions",
            id="more than the body",
        ),
        pytest.param(40, None, None, "40 kg (per body weight not known), 8 repetitions", id="?"),
        pytest.param(None, 75, None, "not tested", id="no load"),
    ],
)
def test_a_load_per_body_weight(kg: Any, body: Any, share: Fraction | None, words: str) -> None:
    assert per_body_weight(kg, body) == share
    assert load_words(kg, 8, body) == words


@pytest.mark.parametrize(
    ("kg", "body", "name"),
    [(-1, 75, "kg"), (501, 75, "kg"), (40, 24, "body_kg"), (40, 351, "body_kg")],
)
def test_impossible_loads(kg: int, body: int, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: "):
        per_body_weight(kg, body)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("affected", "other", "percent", "enough", "words"),
    [
        pytest.param(9, 10, Fraction(90), True, "90.0 % of the other leg, reaches 90 %", id="90"),
        pytest.param(
            89, 100, Fraction(89), False, "89.0 % of the other leg, below 90 %", id="just below"
        ),
        pytest.param(
            18, 26, Fraction(900, 13), False, "69.2 % of the other leg, below 90 %", id="69.2"
        ),
        pytest.param(0, 10, Fraction(0), False, "0.0 % of the other leg, below 90 %", id="0"),
        pytest.param(12, 10, Fraction(120), True, "120.0 % of the other leg, reaches 90 %", id="+"),
        pytest.param(10, 0, None, None, "Not compared: the other leg has 0", id="other 0"),
        pytest.param(None, 10, None, None, "Affected leg not tested", id="affected missing"),
        pytest.param(10, None, None, None, "Other leg not tested", id="other missing"),
        pytest.param(None, None, None, None, "Not tested", id="neither"),
    ],
)
def test_symmetry_of_every_measure(
    measure: str,
    affected: int | None,
    other: int | None,
    percent: Fraction | None,
    enough: bool | None,
    words: str,
) -> None:
    # A heel rises 30 cm at most: a tenth keeps the share.
    part = 10 if measure == "height_cm" else 1
    here, there = (
        each if each is None or part == 1 else Decimal(each) / part for each in (affected, other)
    )
    reps = {measure.replace("_kg", "_reps"): 8} if measure.endswith("_kg") else {}
    found = one(legs({measure: here, **reps}, {measure: there, **reps}), measure)
    assert (found.index, found.enough, found.says) == (percent, enough, words)
    assert found.recorded is not (affected is None and other is None)


@pytest.mark.parametrize("knee", list(Knee), ids=str)
@pytest.mark.parametrize(
    ("reps", "other_reps", "words"),
    [
        pytest.param(8, 10, "Not compared: 8 repetitions here, 10 repetitions on the other leg"),
        pytest.param(1, 8, "Not compared: 1 repetition here, 8 repetitions on the other leg"),
        pytest.param(
            None, 8, "Not compared: repetitions not recorded here, 8 repetitions on the other leg"
        ),
        pytest.param(8, 8, "80.0 % of the other leg, below 90 %"),
    ],
    ids=["8 and 10", "1 and 8", "? and 8", "8 and 8"],
)
def test_loads_are_compared_at_equal_repetitions_only(
    knee: Knee, reps: int | None, other_reps: int | None, words: str
) -> None:
    strength = legs(
        {f"{knee}_kg": 32, f"{knee}_reps": reps}, {f"{knee}_kg": 40, f"{knee}_reps": other_reps}
    )
    found = one(strength, f"{knee}_kg")
    assert found.says == words
    assert (found.index is None) is words.startswith("Not compared")


@pytest.mark.parametrize("measure", MEASURES)
def test_a_second_treated_tendon_is_no_reference(measure: str) -> None:
    found = one(legs({measure: 10}, {measure: 20}, bilateral=True), measure)
    assert (found.index, found.enough) == (None, None)
    assert found.says == "Not compared: both tendons are being treated"
    assert not [
        each
        for each in strength_findings(legs({measure: 10}, {measure: 20}, bilateral=True))
        if each.rule == "HR-LSI"
    ]


def test_the_share_asked_is_the_practices_own() -> None:
    strict = AssessmentDefaults(symmetry_percent=95)
    found = one(legs({"hop_cm": 90}, {"hop_cm": 100}), "hop_cm", strict)
    assert (found.enough, found.says) == (False, "90.0 % of the other leg, below 95 %")


@pytest.mark.parametrize(
    ("knee", "aims", "advised"),
    [(Knee.STRAIGHT, ("70 %", "80 %"), True), (Knee.BENT, ("90 %", "110 %"), False)],
    ids=["straight", "bent"],
)
@pytest.mark.parametrize("kg", [10, 300], ids=["light", "heavy"])
def test_a_load_is_set_beside_the_trial_and_never_judged(
    knee: Knee, aims: tuple[str, str], advised: bool, kg: int
) -> None:
    strength = legs({f"{knee}_kg": kg, f"{knee}_reps": 8}, {}, body_kg=80)
    (found,) = strength_findings(strength)
    assert found.tone is Tone.NEUTRAL
    assert all(aim in found.because for aim in aims)
    assert ("for 8 repetitions" in found.because) is advised
    assert found.sources == ("PMC8364697-T2",)


def test_without_body_weight_a_load_says_so() -> None:
    (found,) = strength_findings(legs({"straight_kg": 40, "straight_reps": 8}, {}))
    assert found.tone is Tone.MISSING
    assert found.says == "Loaded raise, knee straight: per body weight not known"
    assert ("Body weight", "not recorded") in found.numbers


@pytest.mark.parametrize(
    ("affected", "other", "rules"),
    [
        pytest.param({}, {}, [], id="nothing"),
        pytest.param({"repetitions": 20}, {"repetitions": 25}, [], id="repetitions elsewhere"),
        pytest.param({"hop_cm": 90}, {"hop_cm": 100}, ["HR-LSI"], id="hop"),
        pytest.param({}, {"bent_kg": 60, "bent_reps": 8}, ["HR-LOAD-BENT"], id="other leg only"),
        pytest.param(
            {"straight_kg": 40, "straight_reps": 8, "height_cm": 9},
            {"straight_kg": 44, "straight_reps": 8, "height_cm": 10},
            ["HR-LOAD-STRAIGHT", "HR-LSI", "HR-LSI"],
            id="loads and height",
        ),
    ],
)
def test_what_is_said(affected: dict[str, Any], other: dict[str, Any], rules: list[str]) -> None:
    assert [each.rule for each in strength_findings(legs(affected, other))] == rules


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("repetitions", 201),
        ("height_cm", 31),
        ("straight_kg", Decimal("500.5")),
        ("straight_reps", 201),
        ("bent_kg", -1),
        ("bent_reps", -1),
        ("hop_cm", 401),
    ],
)
def test_impossible_measures(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name}: "):
        Leg(**{name: value})


@pytest.mark.parametrize("body", [24, 351])
def test_impossible_body_weight(body: int) -> None:
    with pytest.raises(ValueError, match=r"^body_kg: "):
        legs({}, {}, body_kg=body)


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (11, 18, "+7"),
        (18, 11, "−7"),
        (11, 17, "+6, within measurement error"),
        (17, 11, "−6, within measurement error"),
        (11, 11, "no change, within measurement error"),
        (None, 11, ""),
        (11, None, ""),
    ],
)
def test_a_change_of_repetitions(before: int | None, now: int | None, words: str) -> None:
    assert change_words(before, now) == words
