"""The tables of this app: plans, drafts, the library, sessions and papers."""

from programmes.models.draft import Draft, DraftEdit, PlanTemplate, Unlock
from programmes.models.library import OwnedWeight, PracticeExercise
from programmes.models.paper import (
    Document,
    Handout,
    Letter,
    NotDone,
    Printing,
    PrintJob,
    PrintJobPaper,
    Ready,
)
from programmes.models.plan import Item, Move, Programme, Step, Version
from programmes.models.report import PeriodReport
from programmes.models.session import (
    GATE_CHOICES,
    REASONS,
    SOURCES,
    TOLD,
    Correction,
    Decision,
    GateSigning,
    MorningAfter,
    Session,
)
from programmes.models.words import (
    CORTISONE_CHOICES,
    GRADE_CHOICES,
    OUTCOME_CHOICES,
    PROTOCOL_CHOICES,
    STAGE_CHOICES,
)

__all__ = [
    "CORTISONE_CHOICES",
    "GATE_CHOICES",
    "GRADE_CHOICES",
    "OUTCOME_CHOICES",
    "PROTOCOL_CHOICES",
    "REASONS",
    "SOURCES",
    "STAGE_CHOICES",
    "TOLD",
    "Correction",
    "Decision",
    "Document",
    "Draft",
    "DraftEdit",
    "GateSigning",
    "Handout",
    "Item",
    "Letter",
    "MorningAfter",
    "Move",
    "NotDone",
    "OwnedWeight",
    "PeriodReport",
    "PlanTemplate",
    "PracticeExercise",
    "PrintJob",
    "PrintJobPaper",
    "Printing",
    "Programme",
    "Ready",
    "Session",
    "Step",
    "Unlock",
    "Version",
]
