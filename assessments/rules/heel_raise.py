"""Heel-raise test: norms, symmetry and the running gate (clinical.md section 5)."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import ceil

from assessments.rules.bounds import AGE, REPETITIONS, check
from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.finding import Finding, Tone
from assessments.rules.rounding import one_decimal
from assessments.rules.terms import GateMode, Sex

NORM_FIRST_AGE = 20
NORM_LAST_AGE = 89
NORM_SOURCES = ("NAAS", "HEALTHHP", "HEBERT")
# Mean repetitions a leg in healthy adults by decade of age, 20-29 to 80-89: Hébert-Losier 2017, n =
# 566, as tabled by NAAS and HEALTHHP. TOWNS prints one more in most cells.
NORMS: Mapping[Sex, tuple[int, ...]] = {
    Sex.MALE: (37, 32, 28, 23, 19, 14, 10),
    Sex.FEMALE: (30, 27, 24, 21, 19, 16, 13),
}
NOISE_REPETITIONS = 7
"""A change smaller than this is noise: the retest limits are -6.2 to 6.5 repetitions (HEBERT)."""


def norm(sex: Sex, age: int | None) -> int | None:
    """Mean repetitions of healthy people of this sex and age.

    ``None`` for an unstated sex, an age not recorded, or an age outside 20 to 89, where there is no
    norm. Raises ``ValueError`` for an impossible age.
    """
    check("age", age, AGE)
    if age is None or sex not in NORMS or not NORM_FIRST_AGE <= age <= NORM_LAST_AGE:
        return None
    return NORMS[sex][(age - NORM_FIRST_AGE) // 10]


def lsi(affected: int | None, unaffected: int | None) -> Fraction | None:
    """Limb symmetry index, 100 x affected / unaffected, exact.

    ``None`` when a side is not recorded or the unaffected side did none. Raises ``ValueError`` for
    repetitions out of range.
    """
    check("hret_affected", affected, REPETITIONS)
    check("hret_unaffected", unaffected, REPETITIONS)
    if affected is None or not unaffected:
        return None
    return Fraction(100 * affected, unaffected)


def lsi_display(index: Fraction | None) -> Decimal | None:
    """The index to one decimal, half to even; ``None`` stays ``None``."""
    return None if index is None else one_decimal(index)


def gate_repetitions(
    mode: GateMode,
    *,
    unaffected: int | None,
    norm: int | None,
    bilateral: bool = False,
    defaults: AssessmentDefaults = DEFAULTS,
) -> int | None:
    """Single-leg raises asked before running.

    The practice's number in ``SEED`` mode. In ``NORM`` mode the larger of 90 % of the other leg,
    rounded up, and the norm; when both sides are affected the norm alone. ``None`` when what that
    needs is not known.
    """
    check("hret_unaffected", unaffected, REPETITIONS)
    if mode is GateMode.SEED:
        return defaults.heel_raise_gate_repetitions
    if norm is None:
        return None
    if bilateral:
        return norm
    if unaffected is None:
        return None
    share = Fraction(defaults.heel_raise_gate_share_percent * unaffected, 100)
    return max(ceil(share), norm)


def is_noise(change: int) -> bool:
    """Whether a change in repetitions is too small to mean anything."""
    return abs(change) < NOISE_REPETITIONS


def heel_raise_findings(
    *,
    affected: int | None,
    unaffected: int | None,
    sex: Sex,
    age: int | None,
    bilateral: bool = False,
    defaults: AssessmentDefaults = DEFAULTS,
) -> tuple[Finding, ...]:
    """What the test says: symmetry, comparison with the norm, and a note where the gate exceeds the
    norm.

    When both sides are affected the other leg is no reference, so only the norm counts. A side not
    recorded gives a finding that says so.
    """
    expected = norm(sex, age)
    index = lsi(affected, unaffected)
    numbers = (
        ("Affected side", _repetitions(affected)),
        ("Other side", _repetitions(unaffected)),
        ("Norm for age and sex", _repetitions(expected, absent="none")),
    )
    findings = []
    if affected is None:
        findings.append(
            Finding(
                rule="HR-TEST",
                says="Heel-raise test not recorded",
                because="Repetitions of the affected side are not recorded.",
                numbers=numbers,
                sources=("ICON23",),
                tone=Tone.MISSING,
            )
        )
    if not bilateral and index is not None:
        enough = index >= defaults.symmetry_percent
        findings.append(
            Finding(
                rule="HR-LSI",
                says=f"Symmetry {one_decimal(index)} %",
                because=f"{'Reaches' if enough else 'Below'} {defaults.symmetry_percent} % of the"
                " other"
                " leg; the other leg is not always a sound reference.",
                numbers=numbers,
                sources=("PMC8364697-T2", "THESIS-47", "own"),
                tone=Tone.OK if enough else Tone.CAUTION,
            )
        )
    if affected is not None and expected is not None:
        findings.append(_norm_finding(affected, expected, numbers, bilateral=bilateral))
        if expected < defaults.heel_raise_gate_repetitions:
            findings.append(_gate_finding(expected, defaults))
    return tuple(findings)


def _norm_finding(
    affected: int, expected: int, numbers: tuple[tuple[str, str], ...], *, bilateral: bool
) -> Finding:
    reaches = affected >= expected
    both = " Both sides are affected, so the norm is the reference." if bilateral else ""
    return Finding(
        rule="HR-NORM",
        says="Reaches the norm" if reaches else "Below the norm",
        because=f"Healthy people of this age and sex average {expected} repetitions; a change of"
        " fewer"
        f" than {NOISE_REPETITIONS} is within measurement error.{both}",
        numbers=numbers,
        sources=NORM_SOURCES,
        tone=Tone.OK if reaches else Tone.CAUTION,
    )


def _gate_finding(expected: int, defaults: AssessmentDefaults) -> Finding:
    return Finding(
        rule="W-HR-NORM",
        says="The running gate is above this patient's norm",
        because="Many healthy people of this age and sex cannot do the repetitions the gate asks"
        " for; a"
        " clinician may choose the norm instead, with a reason.",
        numbers=(
            ("Gate", f"{defaults.heel_raise_gate_repetitions} repetitions"),
            ("Norm for age and sex", f"{expected} repetitions"),
        ),
        sources=("seed", *NORM_SOURCES),
        tone=Tone.CAUTION,
    )


def _repetitions(value: int | None, *, absent: str = "not recorded") -> str:
    return absent if value is None else f"{value} repetitions"
