"""The values of a stored account of an episode, as they are read."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from programmes.outcomes.words import ENDINGS, LOCATIONS, PATHWAYS, RAN, STAGES

WORDS: Mapping[str, Mapping[str, str]] = {
    "location": LOCATIONS,
    "pathway": PATHWAYS,
    "outcome": ENDINGS,
    "left_in": STAGES,
    "ran": RAN,
}


def in_words(name: str, value: Any) -> str:
    """A value of a stored account as it is read; "none" for what there is not."""
    match value:
        case None | "":
            return "none"
        case bool():
            return "yes" if value else "no"
        case dict():
            return f"{value['total']} on {_day(value['on'])}"
        case list():
            return ", ".join(
                f"{STAGES[stay['stage']].lower()} {stay['days']}{' (left)' if stay['over'] else ''}"
                for stay in value
            )
        case str() if name in WORDS:
            return WORDS[name].get(value, value)
        case str():
            return _day(value)
        case _:
            return str(value)


def _day(stored: str) -> str:
    return f"{date.fromisoformat(stored):%-d %b %Y}"
