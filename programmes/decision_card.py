"""The decision card in words: what a proposal and its criteria look like on the page."""

from typing import Any

from assessments.rules.finding import Tone
from assessments.rules.sources import SOURCES
from programmes.rules.exits import Criterion
from programmes.rules.terms import CriterionState, Outcome
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
STATE_WORDS = {
    CriterionState.MET: ("Met", Tone.OK),
    CriterionState.NOT_MET: ("Not met", Tone.CAUTION),
    CriterionState.NOT_MEASURED: ("Not measured", Tone.MISSING),
    CriterionState.NOT_APPLICABLE: ("Not applicable", Tone.NEUTRAL),
}


def card_words(card: DecisionCard) -> dict[str, Any]:
    """What the template needs beside the card itself."""
    words, tone = OUTCOME_WORDS[card.proposal.outcome]
    return {
        "outcome_words": words,
        "tone": tone.value,
        "missing_words": ", ".join(INPUT_WORDS[name] for name in card.proposal.missing),
        "sources": [SOURCES[key] for key in card.proposal.sources],
        "criteria": [_criterion(each) for each in card.criteria],
    }


def _criterion(criterion: Criterion) -> dict[str, str]:
    word, tone = STATE_WORDS[criterion.state]
    return {
        "word": word,
        "tone": tone.value,
        "says": criterion.says,
        "value": criterion.value,
        "needed": criterion.needed,
    }
