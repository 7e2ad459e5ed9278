"""Everything that changes programmes, drafts, sessions, decisions, handouts and letters."""

from programmes.actions.letters import copy_letter, save_letter, write_referral, write_report
from programmes.actions.papers import print_handout
from programmes.actions.plans import issue_proposal
from programmes.actions.sessions import ReasonNeeded, decide, log_session, record_morning

__all__ = [
    "ReasonNeeded",
    "copy_letter",
    "decide",
    "issue_proposal",
    "log_session",
    "print_handout",
    "record_morning",
    "save_letter",
    "write_referral",
    "write_report",
]
