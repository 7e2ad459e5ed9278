"""Where along the tendon the tenderness lies, and what supports it (clinical.md section 3, rule
L)."""

from collections.abc import Sequence
from dataclasses import dataclass

from assessments.rules.bounds import TENDER_CM, TENDER_POINTS_MAX, Number, check, check_answer
from assessments.rules.finding import Finding, Tone
from assessments.rules.terms import Location

INSERTIONAL_UPPER_CM = 2
"""Insertional is the lowest 2 cm (PMC8485842-T13). Exactly 2.0 cm counts as insertional, because
that carries the stricter rules (own)."""
MIDPORTION_UPPER_CM = 6
"""Midportion reaches 6 cm above the insertion (seed)."""

LOCATION_LABELS = {
    Location.MIDPORTION: "Midportion",
    Location.INSERTIONAL: "Insertional",
    Location.MIXED: "Mixed: midportion and insertional",
    Location.OUT_OF_RANGE: "Above the Achilles tendon",
    Location.UNDETERMINED: "Location not determined",
}
_SOURCES = ("seed", "PMC8485842-T13", "ID704", "own")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationInputs:
    """What locating the problem reads. ``None`` is not examined and neither supports nor
    contradicts.

    ``tender_cm`` are the reproducible tender points in cm above the insertion; an empty tuple means
    none was found. The two compression tests count for insertional tendons only. Raises
    ``ValueError`` naming the field that is out of range.
    """

    tender_cm: tuple[Number, ...] | None = None
    points_to_site: bool | None = None
    load_pain: bool | None = None
    arc_sign: bool | None = None
    royal_london: bool | None = None
    bursa_squeeze: bool | None = None
    passive_dorsiflexion_pain: bool | None = None

    def __post_init__(self) -> None:
        _check_points(self.tender_cm)
        for name in (
            "points_to_site",
            "load_pain",
            "arc_sign",
            "royal_london",
            "bursa_squeeze",
            "passive_dorsiflexion_pain",
        ):
            check_answer(name, getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationReading:
    """Location with its support.

    ``clinically_supported`` is yes when the patient points to the site, palpation hurts there and
    loading the tendon hurts; ``None`` while one of the three is not recorded and none is negative.
    """

    location: Location
    clinically_supported: bool | None
    supports: tuple[str, ...]
    against: tuple[str, ...]
    missing: tuple[str, ...]
    finding: Finding


def locate(tender_cm: Sequence[Number] | None) -> Location:
    """Location by rule L from tender points in cm above the insertion.

    ``None`` (not examined) and an empty sequence (none found) are both ``UNDETERMINED``. Points
    above the midportion count only when there is no other. Raises ``ValueError`` for a point off
    the scale.
    """
    _check_points(tender_cm)
    if not tender_cm:
        return Location.UNDETERMINED
    insertional = any(cm <= INSERTIONAL_UPPER_CM for cm in tender_cm)
    midportion = any(INSERTIONAL_UPPER_CM < cm <= MIDPORTION_UPPER_CM for cm in tender_cm)
    if insertional and midportion:
        return Location.MIXED
    if insertional:
        return Location.INSERTIONAL
    return Location.MIDPORTION if midportion else Location.OUT_OF_RANGE


def clinically_supported(inputs: LocationInputs) -> bool | None:
    """Whether history, palpation and loading agree on the site; ``None`` while that is open."""
    palpation = None if inputs.tender_cm is None else bool(inputs.tender_cm)
    parts = (inputs.points_to_site, palpation, inputs.load_pain)
    if False in parts:
        return False
    return None if None in parts else True


def location_finding(inputs: LocationInputs, *, chosen: Location | None = None) -> LocationReading:
    """The location with what speaks for and against it.

    ``chosen`` is a clinician's own choice and replaces the suggestion. A positive arc sign or Royal
    London test adds support; a negative one never excludes, so it is listed as not adding support.
    """
    location = locate(inputs.tender_cm) if chosen is None else chosen
    compression = location in {Location.INSERTIONAL, Location.MIXED}
    tests = [
        (inputs.points_to_site, "patient points to the site", "patient points elsewhere"),
        (inputs.load_pain, "loading the tendon hurts", "loading the tendon does not hurt"),
        (inputs.arc_sign, "arc sign positive", "arc sign negative (does not exclude)"),
        (
            inputs.royal_london,
            "Royal London test positive",
            "Royal London test negative (does not exclude)",
        ),
    ]
    if compression:
        tests += [
            (inputs.bursa_squeeze, "bursa squeeze painful", "bursa squeeze not painful"),
            (
                inputs.passive_dorsiflexion_pain,
                "passive dorsiflexion painful",
                "passive dorsiflexion not painful",
            ),
        ]
    supported = clinically_supported(inputs)
    missing = tuple(
        words
        for value, words in (
            (inputs.tender_cm, "palpation along the tendon"),
            (inputs.points_to_site, "where the patient points"),
            (inputs.load_pain, "pain with tendon loading"),
        )
        if value is None
    )
    return LocationReading(
        location=location,
        clinically_supported=supported,
        supports=tuple(yes for value, yes, _ in tests if value is True),
        against=tuple(no for value, _, no in tests if value is False),
        missing=missing,
        finding=_finding(location, inputs, supported=supported, chosen=chosen is not None),
    )


def bursa_finding(location: Location, *, bursa_squeeze: bool | None) -> Finding | None:
    """A reminder to apply the insertional rules when squeezing in front of a midportion tendon
    hurts."""
    if location is not Location.MIDPORTION or not bursa_squeeze:
        return None
    return Finding(
        rule="L-BURSA",
        says="Consider setting the location to mixed",
        because=(
            "Pain on squeezing in front of the tendon suggests the bursa is involved, and then the"
            " insertional rules are the safe ones."
        ),
        numbers=(("Bursa squeeze", "painful"),),
        sources=("own",),
        tone=Tone.CAUTION,
    )


_BECAUSE = {
    Location.MIDPORTION: f"Tender between {INSERTIONAL_UPPER_CM} and {MIDPORTION_UPPER_CM} cm"
    " above the insertion.",
    Location.INSERTIONAL: f"Tender within {INSERTIONAL_UPPER_CM} cm of the insertion.",
    Location.MIXED: (
        f"Tender both within {INSERTIONAL_UPPER_CM} cm of the insertion and above it; the"
        " stricter rule of the"
        " two applies."
    ),
    Location.OUT_OF_RANGE: (
        f"Tender only more than {MIDPORTION_UPPER_CM} cm above the insertion: consider the"
        " muscle-tendon junction or a calf"
        " strain and review. No programme is proposed."
    ),
    Location.UNDETERMINED: (
        "No reproducible tender point is recorded: palpate along the tendon and mark the points. No"
        " programme is proposed until then."
    ),
}
_SUPPORT = {
    True: " Pointing, palpation and loading agree.",
    False: " Pointing, palpation and loading do not all agree.",
    None: " Not all of pointing, palpation and loading are recorded.",
}
_TONES = {Location.UNDETERMINED: Tone.MISSING, Location.OUT_OF_RANGE: Tone.CAUTION}


def _finding(
    location: Location, inputs: LocationInputs, *, supported: bool | None, chosen: bool
) -> Finding:
    if inputs.tender_cm is None:
        points = "not recorded"
    else:
        points = ", ".join(f"{cm} cm" for cm in inputs.tender_cm) or "none"
    because = "Set by the clinician." if chosen else _BECAUSE[location]
    return Finding(
        rule="L",
        says=LOCATION_LABELS[location],
        because=because + _SUPPORT[supported],
        numbers=(("Tender points above the insertion", points),),
        sources=_SOURCES,
        tone=_TONES.get(location, Tone.NEUTRAL),
    )


def _check_points(tender_cm: Sequence[Number] | None) -> None:
    if tender_cm is None:
        return
    if len(tender_cm) > TENDER_POINTS_MAX:
        raise ValueError(f"tender_cm: must be at most {TENDER_POINTS_MAX} points")
    for cm in tender_cm:
        if cm is None:
            raise ValueError("tender_cm: must be a number")
        check("tender_cm", cm, TENDER_CM)
