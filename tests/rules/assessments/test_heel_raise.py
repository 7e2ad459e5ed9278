"""Heel-raise norms, symmetry and the running gate."""

from decimal import Decimal
from fractions import Fraction

import pytest

from assessments.rules.defaults import AssessmentDefaults
from assessments.rules.finding import Tone
from assessments.rules.heel_raise import (
    gate_repetitions,
    heel_raise_findings,
    is_noise,
    lsi,
    lsi_display,
    norm,
)
from assessments.rules.terms import GateMode, Sex

MALE = [37, 32, 28, 23, 19, 14, 10]
FEMALE = [30, 27, 24, 21, 19, 16, 13]
CELLS = [
    (sex, decade + offset, cell)
    for sex, cells in (("M", MALE), ("F", FEMALE))
    for decade, cell in zip(range(20, 90, 10), cells, strict=True)
    for offset in (0, 9)
]


@pytest.mark.parametrize(("sex", "age", "expected"), CELLS)
def test_norm_at_both_ends_of_each_cell(sex, age, expected):
    assert norm(Sex(sex), age) == expected


@pytest.mark.parametrize(
    ("sex", "age"), [("M", 19), ("F", 19), ("M", 90), ("F", 120), ("U", 45), ("M", None), ("F", 0)]
)
def test_no_norm(sex, age):
    assert norm(Sex(sex), age) is None


@pytest.mark.parametrize("age", [-1, 121, Decimal(45)])
def test_impossible_age(age):
    with pytest.raises(ValueError, match=r"^age: "):
        norm(Sex.MALE, age)


@pytest.mark.parametrize(
    ("affected", "unaffected", "exact", "shown"),
    [
        (18, 26, Fraction(900, 13), "69.2"),
        (15, 20, Fraction(75), "75.0"),
        (27, 28, Fraction(675, 7), "96.4"),
        (0, 10, Fraction(0), "0.0"),
        (9, 10, Fraction(90), "90.0"),
        (30, 10, Fraction(300), "300.0"),
    ],
)
def test_symmetry(affected, unaffected, exact, shown):
    assert lsi(affected, unaffected) == exact
    assert str(lsi_display(lsi(affected, unaffected))) == shown


@pytest.mark.parametrize(
    ("affected", "unaffected"), [(None, 10), (10, None), (None, None), (10, 0), (0, 0)]
)
def test_no_symmetry(affected, unaffected):
    assert lsi(affected, unaffected) is None
    assert lsi_display(None) is None


@pytest.mark.parametrize(
    ("affected", "unaffected", "field"),
    [(-1, 10, "hret_affected"), (10, 201, "hret_unaffected"), (True, 10, "hret_affected")],
)
def test_repetitions_refused(affected, unaffected, field):
    with pytest.raises(ValueError, match=f"^{field}: "):
        lsi(affected, unaffected)


@pytest.mark.parametrize(
    ("mode", "unaffected", "expected", "bilateral", "gate"),
    [
        ("seed", None, None, False, 25),
        ("seed", 40, 10, True, 25),
        ("norm", 28, 32, False, 32),
        ("norm", 28, 24, False, 26),
        ("norm", 30, 24, False, 27),
        ("norm", 0, 24, False, 24),
        ("norm", None, 24, False, None),
        ("norm", 30, None, False, None),
        ("norm", None, 24, True, 24),
        ("norm", 40, 24, True, 24),
        ("norm", 40, None, True, None),
    ],
)
def test_gate(mode, unaffected, expected, bilateral, gate):
    found = gate_repetitions(
        GateMode(mode), unaffected=unaffected, norm=expected, bilateral=bilateral
    )
    assert found == gate


def test_gate_follows_the_settings():
    defaults = AssessmentDefaults(heel_raise_gate_repetitions=20, heel_raise_gate_share_percent=80)
    seed = gate_repetitions(GateMode.SEED, unaffected=None, norm=None, defaults=defaults)
    normed = gate_repetitions(GateMode.NORM, unaffected=30, norm=10, defaults=defaults)
    assert (seed, normed) == (20, 24)


@pytest.mark.parametrize(
    ("change", "noise"), [(0, True), (6, True), (-6, True), (7, False), (-7, False)]
)
def test_noise(change, noise):
    assert is_noise(change) is noise


def found(**given):
    return heel_raise_findings(
        **{"affected": None, "unaffected": None, "sex": Sex.MALE, "age": 45, **given}
    )


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        ({}, ["HR-TEST"]),
        ({"unaffected": 30}, ["HR-TEST"]),
        ({"affected": 20}, ["HR-NORM"]),
        ({"affected": 20, "unaffected": 25}, ["HR-LSI", "HR-NORM"]),
        ({"affected": 20, "unaffected": 25, "age": None}, ["HR-LSI"]),
        ({"affected": 20, "unaffected": 25, "bilateral": True}, ["HR-NORM"]),
        ({"affected": 20, "age": 52}, ["HR-NORM", "W-HR-NORM"]),
    ],
    ids=str,
)
def test_findings(given, rules):
    assert [finding.rule for finding in found(**given)] == rules


@pytest.mark.parametrize(
    ("affected", "unaffected", "symmetry", "against_norm"),
    [
        (28, 31, Tone.OK, Tone.OK),
        (27, 30, Tone.OK, Tone.CAUTION),
        (26, 30, Tone.CAUTION, Tone.CAUTION),
    ],
)
def test_tones(affected, unaffected, symmetry, against_norm):
    first, second = found(affected=affected, unaffected=unaffected)
    assert (first.tone, second.tone) == (symmetry, against_norm)


def test_when_both_sides_are_affected_the_norm_is_the_reference():
    (finding,) = found(affected=20, unaffected=20, bilateral=True)
    assert "the norm is the reference" in finding.because
