"""Strength beside the heel-raise count: loads per body weight, and symmetry of every measure.

Loads with the knee straight are kilograms added to the body's own weight, standing on one leg;
with the knee bent they are the load on the machine or on the knee, seated (clinical.md section 5).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from assessments.rules.bounds import (
    BODY_KG,
    HEEL_HEIGHT_CM,
    HOP_CM,
    LOAD_KG,
    REPETITIONS,
    Number,
    check,
)
from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.finding import Finding, Tone
from assessments.rules.heel_raise import is_noise
from assessments.rules.rounding import one_decimal

GRIFFIN = "PMC8364697-T2"


class Knee(StrEnum):
    """How a loaded raise is done: standing with the knee straight, or seated with it bent."""

    STRAIGHT = "straight"
    BENT = "bent"


KNEE_LABELS: Mapping[Knee, str] = {
    Knee.STRAIGHT: "Loaded raise, knee straight",
    Knee.BENT: "Loaded raise, knee bent",
}
LOAD_MEANS: Mapping[Knee, str] = {
    Knee.STRAIGHT: "Load added to body weight, standing",
    Knee.BENT: "Load on the machine or the knee, seated",
}
AIMS_PERCENT: Mapping[Knee, tuple[int, int]] = {Knee.STRAIGHT: (70, 80), Knee.BENT: (90, 110)}
"""Per cent of body weight a trial aimed to pass at its levels 3 and 4 (PMC8364697-T2)."""
ADVISED_PERCENT, ADVISED_REPETITIONS = 70, 8
"""What is advised, not asked, before plyometrics: this share of body weight, standing, so often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """What one leg did; ``None`` is not tested. Height and hop in cm, loads in kg.

    Raises ``ValueError`` naming the measure that is out of range.
    """

    repetitions: int | None = None
    height_cm: Number | None = None
    straight_kg: Number | None = None
    straight_reps: int | None = None
    bent_kg: Number | None = None
    bent_reps: int | None = None
    hop_cm: Number | None = None

    def __post_init__(self) -> None:
        for name, limits in (
            ("repetitions", REPETITIONS),
            ("height_cm", HEEL_HEIGHT_CM),
            ("straight_kg", LOAD_KG),
            ("straight_reps", REPETITIONS),
            ("bent_kg", LOAD_KG),
            ("bent_reps", REPETITIONS),
            ("hop_cm", HOP_CM),
        ):
            check(name, getattr(self, name), limits)

    def load(self, knee: Knee) -> tuple[Number | None, int | None]:
        """Kilograms and repetitions of the loaded raise; each None when not recorded."""
        if knee is Knee.STRAIGHT:
            return self.straight_kg, self.straight_reps
        return self.bent_kg, self.bent_reps


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """A strength test of both legs.

    ``bilateral``: both tendons are being treated, so the other leg is no reference. Raises
    ``ValueError`` for a body weight out of range.
    """

    affected: Leg
    other: Leg
    body_kg: Number | None = None
    bilateral: bool = False

    def __post_init__(self) -> None:
        check("body_kg", self.body_kg, BODY_KG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Symmetry:
    """One measure of the affected leg against the other leg.

    ``index`` is 100 x affected / other, exact; None when the two can't be compared, and ``says``
    then tells why. ``enough`` is whether it reaches the practice's share, None without an index.
    ``recorded`` is whether either leg was tested.
    """

    measure: str
    label: str
    affected: str
    other: str
    recorded: bool
    index: Fraction | None
    enough: bool | None
    says: str


def per_body_weight(kg: Number | None, body_kg: Number | None) -> Fraction | None:
    """A load as a multiple of body weight, exact; ``None`` when either is not recorded.

    Raises ``ValueError`` for a load or a body weight out of range.
    """
    check("kg", kg, LOAD_KG)
    check("body_kg", body_kg, BODY_KG)
    if kg is None or body_kg is None:
        return None
    return Fraction(kg) / Fraction(body_kg)


def share_words(kg: Number | None, body_kg: Number | None) -> str:
    """A load per body weight in words, blank without a load: ``"0.53 × body weight"``."""
    if kg is None:
        return ""
    share = per_body_weight(kg, body_kg)
    if share is None:
        return "per body weight not known"
    return f"{Decimal(round(share * 100)).scaleb(-2)} × body weight"


def load_words(kg: Number | None, reps: int | None, body_kg: Number | None) -> str:
    """A loaded raise in words: ``"40 kg = 0.53 × body weight, 8 repetitions"``."""
    if kg is None:
        return "not tested"
    share = share_words(kg, body_kg)
    relative = f" ({share})" if body_kg is None else f" = {share}"
    often = "" if reps is None else f", {reps} {_times(reps)}"
    return f"{_plain(kg)} kg{relative}{often}"


def symmetries(strength: Strength, defaults: AssessmentDefaults = DEFAULTS) -> tuple[Symmetry, ...]:
    """Every measure against the other leg, in the order of the test.

    Loads are compared only when both legs did the same number of repetitions: nothing is estimated.
    """
    affected, other = strength.affected, strength.other
    found = [
        _compared(
            "repetitions",
            "Repetitions",
            (affected.repetitions, other.repetitions),
            "",
            strength,
            defaults,
        ),
        _compared(
            "height_cm",
            "Peak height",
            (affected.height_cm, other.height_cm),
            " cm",
            strength,
            defaults,
        ),
    ]
    for knee in Knee:
        (kg, reps), (other_kg, other_reps) = affected.load(knee), other.load(knee)
        why = ""
        if kg is not None and other_kg is not None and reps != other_reps:
            why = f"Not compared: {_often(reps)} here, {_often(other_reps)} on the other leg"
        found.append(
            _compared(
                f"{knee}_kg",
                KNEE_LABELS[knee],
                (kg, other_kg),
                " kg",
                strength,
                defaults,
                repetitions=(reps, other_reps),
                why_not=why,
            )
        )
    found.append(
        _compared("hop_cm", "Hop", (affected.hop_cm, other.hop_cm), " cm", strength, defaults)
    )
    return tuple(found)


def _compared(
    measure: str,
    label: str,
    values: tuple[Number | None, Number | None],
    unit: str,
    strength: Strength,
    defaults: AssessmentDefaults,
    *,
    repetitions: tuple[int | None, int | None] = (None, None),
    why_not: str = "",
) -> Symmetry:
    affected, other = values
    index, enough = None, None
    if affected is None and other is None:
        says = "Not tested"
    elif strength.bilateral:
        says = "Not compared: both tendons are being treated"
    elif affected is None:
        says = "Affected leg not tested"
    elif other is None:
        says = "Other leg not tested"
    elif why_not:
        says = why_not
    elif other == 0:
        says = "Not compared: the other leg has 0"
    else:
        index = 100 * Fraction(affected) / Fraction(other)
        enough = index >= defaults.symmetry_percent
        reached = "reaches" if enough else "below"
        says = f"{one_decimal(index)} % of the other leg, {reached} {defaults.symmetry_percent} %"
    return Symmetry(
        measure=measure,
        label=label,
        affected=_value(affected, unit, repetitions[0]),
        other=_value(other, unit, repetitions[1]),
        recorded=affected is not None or other is not None,
        index=index,
        enough=enough,
        says=says,
    )


def strength_findings(
    strength: Strength, defaults: AssessmentDefaults = DEFAULTS
) -> tuple[Finding, ...]:
    """What loads, height and hop say; the count of repetitions has its own findings.

    A load is set beside what a trial aimed for, in words only: it neither passes nor fails.
    """
    found = [_load_finding(strength, knee) for knee in Knee if _loaded(strength, knee)]
    for each in symmetries(strength, defaults):
        if each.measure == "repetitions" or each.index is None:
            continue
        found.append(
            Finding(
                rule="HR-LSI",
                says=f"{each.label}: symmetry {one_decimal(each.index)} %",
                because=f"{'Reaches' if each.enough else 'Below'} {defaults.symmetry_percent} % of"
                " the other leg; the other leg is not always a sound reference.",
                numbers=(("Affected leg", each.affected), ("Other leg", each.other)),
                sources=(GRIFFIN, "THESIS-47", "own"),
                tone=Tone.OK if each.enough else Tone.CAUTION,
            )
        )
    return tuple(found)


def _loaded(strength: Strength, knee: Knee) -> bool:
    return any(leg.load(knee)[0] is not None for leg in (strength.affected, strength.other))


def _load_finding(strength: Strength, knee: Knee) -> Finding:
    third, fourth = AIMS_PERCENT[knee]
    kg, reps = strength.affected.load(knee)
    other_kg, other_reps = strength.other.load(knee)
    advice = (
        f" Advised before plyometrics: at least {ADVISED_PERCENT} % of body weight for"
        f" {ADVISED_REPETITIONS} repetitions."
        if knee is Knee.STRAIGHT
        else ""
    )
    says = share_words(kg, strength.body_kg) or "affected leg not tested"
    return Finding(
        rule=f"HR-LOAD-{knee.name}",
        says=f"{KNEE_LABELS[knee]}: {says}",
        because=f"{LOAD_MEANS[knee]}. For reference, one trial aimed above {third} % and later"
        f" above {fourth} % of body weight.{advice}",
        numbers=(
            ("Affected leg", load_words(kg, reps, strength.body_kg)),
            ("Other leg", load_words(other_kg, other_reps, strength.body_kg)),
            (
                "Body weight",
                "not recorded" if strength.body_kg is None else f"{_plain(strength.body_kg)} kg",
            ),
        ),
        sources=(GRIFFIN,),
        tone=Tone.MISSING if kg is None or strength.body_kg is None else Tone.NEUTRAL,
    )


def change_words(before: int | None, now: int | None) -> str:
    """A change in repetitions between two tests; blank when one of them is missing."""
    if before is None or now is None:
        return ""
    change = now - before
    signed = f"{change:+d}".replace("-", "−") if change else "no change"
    if not is_noise(change):
        return signed
    return f"{signed}, within measurement error"


def _value(value: Number | None, unit: str, reps: int | None) -> str:
    if value is None:
        return "not tested"
    return f"{_plain(value)}{unit}" + ("" if reps is None else f" × {reps}")


def _often(reps: int | None) -> str:
    return "repetitions not recorded" if reps is None else f"{reps} {_times(reps)}"


def _times(reps: int) -> str:
    return "repetition" if reps == 1 else "repetitions"


def _plain(number: Number) -> str:
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
