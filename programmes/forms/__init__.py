"""What may be typed about plans, sessions, decisions, handouts and letters."""

from programmes.forms.correcting import CorrectionForm, ToldLaterForm
from programmes.forms.deciding import DecisionForm, MorningForm
from programmes.forms.diary import DiaryCodeForm, DiarySheetForm
from programmes.forms.logging import SessionForm
from programmes.forms.plans import (
    LETTER_FIELDS,
    TO_WHOM,
    HandoutForm,
    IssueForm,
    LetterForm,
    NewLetterForm,
    PapersForm,
    PrintAgainForm,
    UsualPaperForm,
)

__all__ = [
    "LETTER_FIELDS",
    "TO_WHOM",
    "CorrectionForm",
    "DecisionForm",
    "DiaryCodeForm",
    "DiarySheetForm",
    "HandoutForm",
    "IssueForm",
    "LetterForm",
    "MorningForm",
    "NewLetterForm",
    "PapersForm",
    "PrintAgainForm",
    "SessionForm",
    "ToldLaterForm",
    "UsualPaperForm",
]
