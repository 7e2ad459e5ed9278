"""That an episode was closed before and opened again, and what that asks for."""

from dataclasses import dataclass

from programmes.in_force import defaults_in_force
from programmes.selectors.standing import Standing
from programmes.selectors.story import Closed, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenedShown:
    """That the episode was closed before and opened again; ``stale_weeks`` is how long it was
    closed, in whole weeks, where the tendon should be examined again first, else 0.
    """

    closed: Closed
    stale_weeks: int


def reopened_shown(told: Told, standing: Standing) -> ReopenedShown | None:
    """The newest re-opening of an open episode; None where it never was closed."""
    if not standing.episode.is_open or not told.closed:
        return None
    closed = told.closed[-1]
    if closed.reopened is None:
        return None
    examined_on = standing.tendon.examined_on
    days = (closed.reopened - closed.first).days
    examined = examined_on is not None and examined_on >= closed.reopened
    stale = days >= defaults_in_force().reopened_examine_days and not examined
    return ReopenedShown(closed=closed, stale_weeks=days // 7 if stale else 0)
