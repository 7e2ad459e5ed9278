"""Stored decisions worked out again: as they were made, and as a correction tells the session.

A decision stores what the rules read and the settings in force, so that the same rules must reach
the same proposal whenever they are asked again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from programmes.rules.decision import (
    Proposal,
    SessionFacts,
    facts_from_json,
    facts_to_json,
    n_ok_after,
)
from programmes.rules.gate import replay
from programmes.rules.terms import Outcome

ALWAYS_STORED = frozenset(
    {
        "pain_ceiling",
        "next_day_pain_ceiling",
        "next_day_rise_hold",
        "next_day_rise_regress",
        "stiffness_hold_min",
        "stiffness_regress_min",
        "completed_percent",
        "energy_storage_pain",
        "rising_weeks_hold",
        "rising_weeks_regress",
        "regress_limit",
        "regress_window_days",
        "ok_isometric",
        "ok_isotonic",
        "ok_plyometric",
        "ok_run_walk",
        "ok_full_return",
    }
)
"""The settings the decision table has read since the first decision was stored.

A record without one of them is damaged, so today's default never stands in for it. Any other
setting may be younger than the record, and then takes today's default. Whoever lets the table
read a new setting does not add it here: the records before it have none.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A proposal as it was stored, with what it read.

    ``outcome`` is what the clinician decided, ``n_ok_after`` the good sessions in a row after it.
    """

    proposed: str
    rule: str
    because: str
    inputs: Mapping[str, object]
    defaults: Mapping[str, int]
    outcome: str
    n_ok_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing a replay reaches otherwise: its name, as it is stored, and as it is reached."""

    what: str
    stored: str
    replayed: str


def replayed(inputs: Mapping[str, object], defaults: Mapping[str, int]) -> Proposal:
    """The proposal these stored inputs and settings lead to.

    Raises ``ValueError`` for what no decision stores, and for a setting that is lost.
    """
    if not isinstance(defaults, Mapping):
        raise ValueError("defaults: is not what a decision stores")
    if lost := sorted(ALWAYS_STORED - set(defaults)):
        raise ValueError(f"defaults: {', '.join(lost)} lost")
    return replay(inputs, defaults)


def differences(stored: Stored) -> tuple[Difference, ...]:
    """What a replay reaches otherwise than it is stored; empty when it is all the same."""
    try:
        again = replayed(stored.inputs, stored.defaults)
        _, context, _ = facts_from_json(stored.inputs)
        count = n_ok_after(Outcome(stored.outcome), again.rule, context.n_ok_before)
    except (ValueError, TypeError) as error:
        return (Difference(what="inputs", stored="what they are", replayed=f"unreadable: {error}"),)
    pairs = (
        ("proposal", stored.proposed, again.outcome.value),
        ("rule", stored.rule, again.rule),
        ("reason", stored.because, again.because),
        ("good sessions in a row", str(stored.n_ok_after), str(count)),
    )
    return tuple(
        Difference(what=what, stored=was, replayed=now) for what, was, now in pairs if was != now
    )


def told_again(
    inputs: Mapping[str, object], defaults: Mapping[str, int], facts: SessionFacts
) -> tuple[Proposal, dict[str, object]]:
    """What the rule says of corrected facts where the decision was made, and what it then read.

    Only the session's own facts are replaced. The count before it, the weeks, the red flags, the
    stage exit and the settings are those the decision had. Raises ``ValueError`` as ``replayed``.
    """
    _, context, locked = facts_from_json(inputs)
    read = {**inputs, **facts_to_json(facts, context, locked=locked)}
    return replayed(read, defaults), read
