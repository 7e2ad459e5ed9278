"""Names and instructions of the library, and of levels of running, in the patient's language.

A plan keeps copies of them, which a clinician may have changed: only what still reads as the
library wrote it is said in another language, everything else stays as it was typed.
"""

from assessments.rules.terms import Stage
from programmes.rules.library import BUILT_IN
from programmes.rules.protocols import LADDERS
from programmes.rules.words import look_up

CONTEXT = "exercise"
"""What the catalogues keep these texts under."""

_LEVELS = tuple(
    step.title
    for ladder in LADDERS.values()
    if ladder.stage is Stage.RUN_WALK
    for step in ladder.steps
)
"""The names of the levels of running, which stand beside its dates."""

TEXTS: tuple[str, ...] = tuple(
    dict.fromkeys(
        (*(text for each in BUILT_IN for text in (each.name, *each.instructions)), *_LEVELS)
    )
)
"""Every name and instruction of the built-in exercises and every level of running, once."""

_OURS = frozenset(TEXTS)


def spoken(text: str) -> str:
    """The text in the language in force where it is the library's, else as it was typed."""
    return look_up(CONTEXT, text) if text in _OURS else text


def stays_as_typed(text: str) -> bool:
    """Whether the text is a person's own, so that no language but theirs has it."""
    return bool(text.strip()) and text not in _OURS
