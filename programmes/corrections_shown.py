"""Corrections of a session in words: before, now, by whom, why, and what the rule says of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from programmes.actions.corrections import TOLD_LATER
from programmes.models import OUTCOME_CHOICES, SOURCES, Correction, Decision
from programmes.rules.performed import lines

LABELS = {
    "happened_on": "Date",
    "source": "Where it was held",
    "completed_pct": "Done",
    "pain_before": "Pain before",
    "pain_during": "Pain during",
    "pain_after": "Pain after",
    "stiffness_min": "Stiffness that morning",
    "new_warm_or_swollen": "Newly warm or swollen",
    "note": "Note",
    "done": "Done otherwise than planned",
    "morning_pain": "Pain the next morning",
    "morning_stiffness_min": "Stiffness the next morning",
}
_UNITS = {"completed_pct": " %", "stiffness_min": " min", "morning_stiffness_min": " min"}
_BACK = {"REGRESS", "REFER"}
SETS_CLEARED = "taken away: it no longer fits how much was done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value that was corrected, in words."""

    label: str
    before: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionShown:
    """A correction: its row, what it changed, and what the rule says of it, blank if nothing.

    ``adds_only``: nothing told before was wrong, something was told later. ``reason`` is blank
    where the title says it already.
    """

    row: Correction
    changes: tuple[Change, ...]
    adds_only: bool
    reason: str
    would: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """All corrections of a session, oldest first.

    ``differs``: the rule says of the newest otherwise than was proposed and than was decided;
    ``back``: it says to step back or to refer.
    """

    shown: tuple[CorrectionShown, ...] = ()
    differs: bool = False
    back: bool = False


def words_of(name: str, value: Any) -> str:
    """A value told of a session, in words; "not asked" for None."""
    if value is None:
        return "not asked"
    if name == "happened_on":
        day = value if isinstance(value, date) else date.fromisoformat(value)
        return f"{day:%-d %B %Y}"
    if name == "source":
        return dict(SOURCES).get(value, str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value == "":
        return "none"
    return f"{value}{_UNITS.get(name, '')}"


def stands_in_words(values: dict[str, Any]) -> dict[str, str]:
    """What is recorded of a session, in words, by the names of the form."""
    return {name: words_of(name, value) for name, value in values.items()}


def corrections_of(rows: Iterable[Correction], decision: Decision | None) -> Corrections:
    """The corrections of one session beside its decision."""
    shown = tuple(_shown(row, decision) for row in rows)
    newest = next((each.row for each in reversed(shown) if each.row.proposed), None)
    if decision is None or newest is None:
        return Corrections(shown=shown)
    differs = newest.proposed not in (decision.proposed, decision.outcome)
    return Corrections(shown=shown, differs=differs, back=newest.proposed in _BACK)


def _shown(row: Correction, decision: Decision | None) -> CorrectionShown:
    would = ""
    if decision is not None and row.proposed:
        if (row.proposed, row.rule) == (decision.proposed, decision.rule):
            would = f"The rule says the same of it: {_outcome(row.proposed)} ({row.rule})."
        else:
            would = f"The rule would have said: {_outcome(row.proposed)} ({row.rule})."
    return CorrectionShown(
        row=row,
        changes=tuple(
            Change(
                label=label,
                before=_in_words(row, name, row.before.get(name)),
                now=_in_words(row, name, row.after[name]),
            )
            for name, label in LABELS.items()
            if name in row.after
        ),
        adds_only=bool(row.before) and all(value in (None, "") for value in row.before.values()),
        reason="" if row.reason == TOLD_LATER else row.reason,
        would=would,
    )


def _in_words(row: Correction, name: str, value: Any) -> str:
    if name != "done":
        return words_of(name, value)
    told = [f"{line.name}: {line.done}" for line in lines(row.session.targets, value) if line.done]
    return "; ".join(told) or SETS_CLEARED


def _outcome(name: str) -> str:
    return dict(OUTCOME_CHOICES)[name].lower()
