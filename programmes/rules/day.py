"""What an open episode needs today: the first need that holds, in words, worst first."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.words import counted


class Action(StrEnum):
    """The one thing the row offers to do."""

    OPEN = "open"
    EXAMINE = "examine"
    SIGN = "sign"
    PLAN = "plan"
    MORNING = "morning"
    DECIDE = "decide"
    PRINT = "print"
    LOG = "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of an episode today. Dates None: there is none."""

    today: date
    lock: str = ""
    draft: bool = False
    signed: bool = False
    programme: bool = False
    needs_new_version: bool = False
    last_session_on: date | None = None
    morning_recorded: bool = False
    decided: bool = False
    referred: bool = False
    started_on: date | None = None
    paper_is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A need: its place in the order (0 first), a tone, what it says, and the action offered."""

    rank: int
    tone: str
    says: str
    action: Action


def need(facts: Facts, *, defaults: ProgrammeDefaults = DEFAULTS) -> Need:
    """The most pressing need of an episode; "on track" when there is none."""
    waiting = facts.last_session_on is not None and not facts.decided
    last = f"{facts.last_session_on:%-d %B}" if facts.last_session_on else ""
    quiet_since = facts.last_session_on or facts.started_on
    quiet = (facts.today - quiet_since).days if quiet_since else 0
    offers = (
        (bool(facts.lock), "stop", f"{facts.lock}: clear or refer", Action.OPEN),
        (
            waiting and not facts.morning_recorded and facts.last_session_on != facts.today,
            "caution",
            f"Morning after {last} is missing",
            Action.MORNING,
        ),
        (
            waiting and facts.morning_recorded,
            "caution",
            f"Session of {last} waits for a decision",
            Action.DECIDE,
        ),
        (
            facts.referred,
            "caution",
            f"Referred after the session of {last}: examine again",
            Action.OPEN,
        ),
        (facts.draft, "caution", "Assessment is not signed", Action.SIGN),
        (not facts.signed, "neutral", "Not examined yet", Action.EXAMINE),
        (not facts.programme, "neutral", "No programme yet", Action.PLAN),
        (facts.needs_new_version, "caution", "The plan no longer fits the tendon", Action.PLAN),
        (not facts.paper_is_current, "neutral", "The patient needs a new paper", Action.PRINT),
        (
            quiet >= defaults.no_contact_days,
            "caution",
            f"No session for {counted(quiet // 7, 'week')}",
            Action.LOG,
        ),
        (
            waiting,
            "ok",
            f"Session of {last} logged; the morning after comes next",
            Action.MORNING,
        ),
        (True, "ok", "On track", Action.LOG),
    )
    # The last offer always holds.
    return next(
        Need(rank=rank, tone=tone, says=says, action=action)
        for rank, (holds, tone, says, action) in enumerate(offers)
        if holds
    )
