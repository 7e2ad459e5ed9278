"""Everything that changes programmes, drafts, sessions, decisions, handouts and letters."""

from programmes.actions.corrections import correct_session
from programmes.actions.diary import (
    Entered,
    LineProblem,
    LinesRefused,
    NoteRefused,
    enter_diary,
    problems_of,
)
from programmes.actions.drafts import (
    Answer,
    DraftClash,
    begin_draft,
    copy_plan,
    edit_draft,
    issue_draft,
    keep_version_as_template,
    put_aside,
    restore,
    retire_template,
    sign_unlock,
    undo_draft,
)
from programmes.actions.letters import copy_letter, save_letter, write_referral, write_report
from programmes.actions.library import (
    add_exercise,
    add_weight,
    change_exercise,
    drop_weight,
    retire_exercise,
)
from programmes.actions.logging import (
    AnotherSession,
    StepMoved,
    log_session,
    session_token,
    targets_of,
)
from programmes.actions.moving import flare, set_training_days, sign_gate
from programmes.actions.papers import (
    as_pdf,
    freeze,
    make_ready,
    order_for,
    print_again,
    print_handout,
)
from programmes.actions.plans import issue_proposal
from programmes.actions.print_jobs import Asked, job_pdf, print_family, print_next, start_job
from programmes.actions.sessions import (
    DecidedMeanwhile,
    ReasonNeeded,
    decide,
    record_morning,
)

__all__ = [
    "AnotherSession",
    "Answer",
    "Asked",
    "DecidedMeanwhile",
    "DraftClash",
    "Entered",
    "LineProblem",
    "LinesRefused",
    "NoteRefused",
    "ReasonNeeded",
    "StepMoved",
    "add_exercise",
    "add_weight",
    "as_pdf",
    "begin_draft",
    "change_exercise",
    "copy_letter",
    "copy_plan",
    "correct_session",
    "decide",
    "drop_weight",
    "edit_draft",
    "enter_diary",
    "flare",
    "freeze",
    "issue_draft",
    "issue_proposal",
    "job_pdf",
    "keep_version_as_template",
    "log_session",
    "make_ready",
    "order_for",
    "print_again",
    "print_family",
    "print_handout",
    "print_next",
    "problems_of",
    "put_aside",
    "record_morning",
    "restore",
    "retire_exercise",
    "retire_template",
    "save_letter",
    "session_token",
    "set_training_days",
    "sign_gate",
    "sign_unlock",
    "start_job",
    "targets_of",
    "undo_draft",
    "write_referral",
    "write_report",
]
