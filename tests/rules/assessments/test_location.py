"""Rule L, and what supports a location."""

import json
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from assessments.rules.finding import Tone
from assessments.rules.location import (
    LocationInputs,
    bursa_finding,
    clinically_supported,
    locate,
    location_finding,
)
from assessments.rules.terms import Location

VECTORS = json.loads(
    (Path(__file__).parents[1] / "clinical-cases.json").read_text(), parse_float=Decimal
)["vectors"]


@pytest.mark.parametrize(("points", "expected"), VECTORS["location"], ids=str)
def test_published_vectors(points, expected):
    assert locate(points) == expected


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (None, "undetermined"),
        ((Decimal("2.01"), 7), "midportion"),
        ((1, 4, 9), "mixed"),
        ((15,), "out_of_range"),
        ((2,), "insertional"),
    ],
)
def test_further_points(points, expected):
    assert locate(points) == expected


@pytest.mark.parametrize(
    "points", [(-1,), (Decimal("15.1"),), (1.5,), (None,), ("2",), (1,) * 21], ids=str
)
def test_refused(points):
    with pytest.raises(ValueError, match=r"^tender_cm: "):
        locate(points)
    with pytest.raises(ValueError, match=r"^tender_cm: "):
        LocationInputs(tender_cm=points)


@pytest.mark.parametrize(
    "name",
    [
        "points_to_site",
        "load_pain",
        "arc_sign",
        "royal_london",
        "bursa_squeeze",
        "passive_dorsiflexion_pain",
    ],
)
def test_answers_are_yes_no_or_nothing(name):
    bad: dict[str, Any] = {name: 1}
    with pytest.raises(ValueError, match=f"^{name}: "):
        LocationInputs(**bad)


@pytest.mark.parametrize(
    ("tender", "points", "load"),
    list(product((None, (), (4,)), (None, False, True), (None, False, True))),
    ids=str,
)
def test_support_needs_all_three(tender, points, load):
    parts = [None if tender is None else bool(tender), points, load]
    expected = False if False in parts else None if None in parts else True
    inputs = LocationInputs(tender_cm=tender, points_to_site=points, load_pain=load)
    assert clinically_supported(inputs) is expected
    assert location_finding(inputs).clinically_supported is expected


def test_positive_tests_support_and_negative_never_exclude():
    reading = location_finding(
        LocationInputs(
            tender_cm=(4,),
            points_to_site=True,
            load_pain=True,
            arc_sign=False,
            royal_london=True,
            bursa_squeeze=True,
        )
    )
    assert reading.location is Location.MIDPORTION
    assert reading.supports == (
        "patient points to the site",
        "loading the tendon hurts",
        "Royal London test positive",
    )
    assert reading.against == ("arc sign negative (does not exclude)",)
    assert reading.missing == ()
    assert reading.finding.tone is Tone.NEUTRAL


def test_compression_tests_count_at_the_insertion_only():
    reading = location_finding(
        LocationInputs(tender_cm=(1,), bursa_squeeze=True, passive_dorsiflexion_pain=False)
    )
    assert reading.supports == ("bursa squeeze painful",)
    assert reading.against == ("passive dorsiflexion not painful",)
    assert reading.missing == ("where the patient points", "pain with tendon loading")


@pytest.mark.parametrize(
    ("tender", "tone", "shown"),
    [
        (None, Tone.MISSING, "not recorded"),
        ((), Tone.MISSING, "none"),
        ((8,), Tone.CAUTION, "8 cm"),
        ((1, Decimal("4.5")), Tone.NEUTRAL, "1 cm, 4.5 cm"),
    ],
    ids=str,
)
def test_finding(tender, tone, shown):
    finding = location_finding(LocationInputs(tender_cm=tender)).finding
    assert finding.tone is tone
    assert finding.numbers == (("Tender points above the insertion", shown),)


def test_a_chosen_location_replaces_the_suggestion():
    reading = location_finding(LocationInputs(tender_cm=(4,)), chosen=Location.MIXED)
    assert reading.location is Location.MIXED
    assert reading.finding.because.startswith("Set by the clinician.")


@pytest.mark.parametrize("location", Location)
@pytest.mark.parametrize("squeeze", [None, False, True])
def test_bursa_pain_behind_a_midportion_tendon_asks_for_the_insertional_rules(location, squeeze):
    finding = bursa_finding(location, bursa_squeeze=squeeze)
    assert (finding is not None) == (location is Location.MIDPORTION and squeeze is True)
