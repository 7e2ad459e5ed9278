"""The running analysis: what was seen on the treadmill, shown side by side and never judged.

No limit for cadence, contact time or a difference between the legs is known for this tendon, so
there is none here.
"""

from dataclasses import dataclass

from assessments.rules.bounds import CADENCE_SPM, CONTACT_MS, check
from assessments.rules.finding import Finding, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningAnalysis:
    """Cadence in steps a minute and contact time of each foot in ms; ``None`` is not measured.

    Raises ``ValueError`` naming the field that is out of range.
    """

    cadence_spm: int | None = None
    contact_affected_ms: int | None = None
    contact_unaffected_ms: int | None = None

    def __post_init__(self) -> None:
        check("cadence_spm", self.cadence_spm, CADENCE_SPM)
        check("contact_affected_ms", self.contact_affected_ms, CONTACT_MS)
        check("contact_unaffected_ms", self.contact_unaffected_ms, CONTACT_MS)

    @property
    def difference_ms(self) -> int | None:
        """Contact of the affected foot less that of the other; ``None`` unless both are known."""
        if self.contact_affected_ms is None or self.contact_unaffected_ms is None:
            return None
        return self.contact_affected_ms - self.contact_unaffected_ms


def running_form_finding(analysis: RunningAnalysis) -> Finding | None:
    """What the analysis measured, in one line; ``None`` when nothing was."""
    known = (analysis.cadence_spm, analysis.contact_affected_ms, analysis.contact_unaffected_ms)
    if known == (None, None, None):
        return None
    return Finding(
        rule="FORM",
        says=_says(analysis),
        because="Shown for comparison over time. No limit is known for this tendon, so it is not"
        " judged.",
        numbers=(
            ("Cadence", _amount(analysis.cadence_spm, "steps a minute")),
            ("Contact, affected side", _amount(analysis.contact_affected_ms, "ms")),
            ("Contact, other side", _amount(analysis.contact_unaffected_ms, "ms")),
        ),
        sources=("seed",),
        tone=Tone.NEUTRAL,
    )


def _says(analysis: RunningAnalysis) -> str:
    parts = []
    if analysis.cadence_spm is not None:
        parts.append(f"cadence {analysis.cadence_spm} a minute")
    gap = analysis.difference_ms
    if gap == 0:
        parts.append("contact time the same on both sides")
    elif gap is not None:
        longer = "longer" if gap > 0 else "shorter"
        parts.append(f"contact {abs(gap)} ms {longer} on the affected side")
    elif parts == []:
        parts.append("contact time of one side")
    return f"Running: {', '.join(parts)}"


def _amount(value: int | None, unit: str) -> str:
    return "not measured" if value is None else f"{value} {unit}"
