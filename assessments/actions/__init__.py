"""Everything that writes this app's tables, by the part of the examination it belongs to."""

from assessments.actions.examination import (
    check_may_be_assessed,
    clear_lock,
    missing_to_sign,
    reclassify,
    save_draft,
    sign,
    start_assessment,
)
from assessments.actions.imports import (
    NothingRead,
    drop_import,
    keep_import,
    read_on,
    receive,
    undo_import,
)
from assessments.actions.load import LikelyDuplicates, add_load_event, add_runs, strike_out
from assessments.actions.outcomes import record_score, record_visa, strike_score
from assessments.actions.records import amend, discard_draft
from assessments.actions.strength import record_function_test, record_heel_raise, record_tests

__all__ = [
    "LikelyDuplicates",
    "NothingRead",
    "add_load_event",
    "add_runs",
    "amend",
    "check_may_be_assessed",
    "clear_lock",
    "discard_draft",
    "drop_import",
    "keep_import",
    "missing_to_sign",
    "read_on",
    "receive",
    "reclassify",
    "record_function_test",
    "record_heel_raise",
    "record_score",
    "record_tests",
    "record_visa",
    "save_draft",
    "sign",
    "start_assessment",
    "strike_out",
    "strike_score",
    "undo_import",
]
