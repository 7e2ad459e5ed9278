"""Training logs from files: bytes in, entries out. No Django, no database, nothing on disk."""

from assessments.imports.entry import (
    Entry,
    Part,
    Reading,
    Unreadable,
    Verdict,
    from_row,
    to_row,
)
from assessments.imports.upload import read_part, read_upload

__all__ = [
    "Entry",
    "Part",
    "Reading",
    "Unreadable",
    "Verdict",
    "from_row",
    "read_part",
    "read_upload",
    "to_row",
]
