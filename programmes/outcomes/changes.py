"""What became known later: the episodes that would give something else by now, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from programmes.outcomes.reasons import reasons_in_words
from programmes.outcomes.stored import in_words
from programmes.selectors.outcomes import Difference

FIELDS = {
    "location": "Location",
    "pathway": "Pathway",
    "started_on": "Programme began",
    "ended_on": "Discharged",
    "outcome": "Outcome",
    "last_contact": "Last contact",
    "stays": "Days in stages",
    "left_in": "Stage at the end",
    "sessions": "Sessions",
    "mornings": "Mornings after",
    "decisions": "Decisions",
    "baseline": "First VISA-A",
    "latest": "Last VISA-A",
    "raises": "Heel raises of both sides",
    "ran": "Running",
    "waits_from": "Waits to run again since",
    "ran_on": "First running session",
    "planned": "Sessions planned",
    "observed": "Sessions seen",
    "reported": "Sessions as reported",
    "percent": "Sessions done, %",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An episode that would give something else now: what, and why as far as that is known."""

    code: str
    says: str
    values: tuple[tuple[str, str, str], ...]
    because: str


def changed(found: Iterable[Difference]) -> tuple[Changed, ...]:
    """The differences in words: label, was, is now."""
    return tuple(_changed(each) for each in found)


def _changed(found: Difference) -> Changed:
    because = reasons_in_words(found.because)
    if found.was is None:
        says = "Was not counted, and would be now"
    elif found.now is None:
        says = "Was counted, and would no longer be"
    else:
        was, now = found.was, found.now
        values = tuple(
            (label, in_words(name, was.get(name)), in_words(name, now.get(name)))
            for name, label in FIELDS.items()
            # What an older report did not keep can't have changed.
            if name in was and was[name] != now.get(name)
        )
        return Changed(code=found.code, says="", values=values, because=because)
    return Changed(code=found.code, says=says, values=(), because=because)
