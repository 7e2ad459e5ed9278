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
from assessments.actions.strength import record_function_test, record_heel_raise

__all__ = [
    "check_may_be_assessed",
    "clear_lock",
    "missing_to_sign",
    "reclassify",
    "record_function_test",
    "record_heel_raise",
    "save_draft",
    "sign",
    "start_assessment",
]
