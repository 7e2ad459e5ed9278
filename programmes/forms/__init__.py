"""What may be typed about plans, sessions, decisions, handouts and letters."""

from programmes.forms.plans import (
    LETTER_FIELDS,
    TO_WHOM,
    DecisionForm,
    HandoutForm,
    IssueForm,
    LetterForm,
    MorningForm,
    NewLetterForm,
    SessionForm,
)

__all__ = [
    "LETTER_FIELDS",
    "TO_WHOM",
    "DecisionForm",
    "HandoutForm",
    "IssueForm",
    "LetterForm",
    "MorningForm",
    "NewLetterForm",
    "SessionForm",
]
