"""A finding: what a rule concludes, why, from which numbers, and where the rule comes from."""

from dataclasses import dataclass
from enum import StrEnum

from assessments.rules.sources import SOURCES, Source


class Tone(StrEnum):
    """How a finding is to be read; screens give each tone a word and a mark as well as a colour."""

    NEUTRAL = "neutral"
    OK = "ok"
    CAUTION = "caution"
    STOP = "stop"
    MISSING = "missing"


TONE_WORDS = {
    Tone.NEUTRAL: "Note",
    Tone.OK: "Fine",
    Tone.CAUTION: "Caution",
    Tone.STOP: "Stop",
    Tone.MISSING: "Missing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One conclusion for a clinician.

    ``rule`` is the rule's id, ``says`` the conclusion in a few words, ``because`` the reason in a
    sentence, ``numbers`` the values read as (label, value with unit) pairs, ``sources`` keys of the
    source registry. Raises ``ValueError`` for empty words, no source, or an unknown source.
    """

    rule: str
    says: str
    because: str
    numbers: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...]
    tone: Tone

    def __post_init__(self) -> None:
        for name in ("rule", "says", "because"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name}: must not be empty")
        if not self.sources:
            raise ValueError("sources: must name at least one source")
        for key in self.sources:
            if key not in SOURCES:
                raise ValueError(f"sources: {key} is not in the register of sources")

    @property
    def source_list(self) -> tuple[Source, ...]:
        """The sources themselves, for the "why" beside the finding."""
        return tuple(SOURCES[key] for key in self.sources)

    @property
    def word(self) -> str:
        """The word beside the mark, so that colour never has to carry the meaning."""
        return TONE_WORDS[self.tone]
