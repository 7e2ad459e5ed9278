"""The decision card in words: what a proposal and its criteria look like on the page."""

from typing import Any

from assessments.rules.finding import Tone
from assessments.rules.sources import SOURCES
from programmes.criteria import criterion_rows
from programmes.rules.terms import Outcome
from programmes.selectors.decisions import DecisionCard

OUTCOME_WORDS = {
    Outcome.PROGRESS: ("Proposed: progress one step", Tone.OK),
    Outcome.HOLD: ("Proposed: stay at this step", Tone.NEUTRAL),
    Outcome.REGRESS: ("Proposed: step back", Tone.CAUTION),
    Outcome.REFER: ("Proposed: refer, loading waits", Tone.STOP),
    Outcome.PENDING: ("Waiting", Tone.MISSING),
}
INPUT_WORDS = {
    "session": "a session",
    "pain_before": "pain before",
    "pain_during": "pain during",
    "pain_after": "pain after",
    "pain_24h": "pain the next morning",
    "stiff_base": "stiffness on the day",
    "stiff_next": "stiffness the next morning",
    "completed_pct": "how much was done",
    "stage": "the stage",
    "sessions_at_step": "sessions at this step",
}


def card_words(card: DecisionCard) -> dict[str, Any]:
    """What the template needs beside the card itself."""
    words, tone = OUTCOME_WORDS[card.proposal.outcome]
    if card.proposal.outcome is Outcome.HOLD and (card.passed_over or card.not_offered):
        # Staying would be at a step this tendon must not do.
        back = "Proposed: back to a step that suits"
        words, tone = back if card.passed_over else "Proposed: no step up", Tone.CAUTION
    return {
        "outcome_words": words,
        "tone": tone.value,
        "missing_words": ", ".join(INPUT_WORDS[name] for name in card.proposal.missing),
        "sources": [SOURCES[key] for key in card.proposal.sources],
        "criteria": criterion_rows(card.criteria, card.standing.episode),
    }
