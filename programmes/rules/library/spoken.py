"""Names and instructions of the library in the patient's language.

A plan keeps copies of them, which a clinician may have changed: only what still reads as the
library wrote it is said in another language, everything else stays as it was typed.
"""

from programmes.rules.library import BUILT_IN
from programmes.rules.words import look_up

CONTEXT = "exercise"
"""What the catalogues keep these texts under."""

TEXTS: tuple[str, ...] = tuple(
    dict.fromkeys(text for each in BUILT_IN for text in (each.name, *each.instructions))
)
"""Every name and instruction of the built-in exercises, once."""

_OURS = frozenset(TEXTS)


def spoken(text: str) -> str:
    """The text in the language in force where it is the library's, else as it was typed."""
    return look_up(CONTEXT, text) if text in _OURS else text


def stays_as_typed(text: str) -> bool:
    """Whether the text is a person's own, so that no language but theirs has it."""
    return bool(text.strip()) and text not in _OURS
