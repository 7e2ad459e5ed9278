"""Which days a story tells of: all there are, and the range of them that is shown."""

from datetime import date, timedelta

from patients.models import Episode
from programmes.selectors.story import BEFORE, Told
from programmes.story.values import Preset

DAY = timedelta(days=1)
RANGE_WEEKS = 12


def monday_of(day: date) -> date:
    """The first day of the week of a day."""
    return day - timedelta(days=day.weekday())


def all_days(episode: Episode, told: Told, today: date) -> tuple[date, date]:
    """The first and the last day there is anything to tell of."""
    days = [each.happened_on for each in told.sessions]
    days += [each.on for each in (*told.visas, *told.raises, *told.raises_other)]
    since = episode.opened_on - BEFORE
    days += [each.on for each in told.happened if each.on >= since or each.kind == "examination"]
    # Runs before that are known too, for the first ones to be read against.
    days += [each.on for each in told.runs if each.on >= since]
    begins = min([episode.opened_on, *days])
    ends = today if episode.closed_on is None else max([episode.closed_on, *days])
    return begins, max(min(ends, today), begins)


def range_shown(
    begins: date, ends: date, asked: tuple[date, date | None] | None, today: date
) -> tuple[date, date, tuple[Preset, ...]]:
    """The days ``asked`` for, or the newest twelve weeks, and the ranges to choose from."""
    newest = max(begins, ends - timedelta(weeks=RANGE_WEEKS) + DAY)
    offered = {f"{RANGE_WEEKS} weeks": newest, "All": begins}
    if newest == begins:
        del offered[f"{RANGE_WEEKS} weeks"]
    first, last = (asked[0], asked[1] or today) if asked else (newest, ends)
    presets = tuple(
        Preset(label=label, first=each, last=ends, current=(each, ends) == (first, last))
        for label, each in offered.items()
    )
    return first, max(last, first), presets
