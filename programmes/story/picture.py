"""The story of an episode as one picture: lanes below each other on one time axis.

A lane without anything in the range is left out and named in words; what was not recorded is a gap,
never a line or a nought.
"""

from collections.abc import Iterable
from datetime import date

from patients.models import Episode
from programmes.selectors.adherence import Course
from programmes.selectors.story import Told
from programmes.story.days import all_days, range_shown
from programmes.story.lanes import TITLE, lanes_of
from programmes.story.sheet import Sheet
from programmes.story.table import absent_from, earlier_than, rows_of
from programmes.story.values import Gap, Story
from programmes.story.words import day_words

# The room below the lanes, for the days.
BELOW = 30.0
MOST_ROWS = 300


def story_of(
    episode: Episode,
    told: Told,
    course: Course | None,
    *,
    today: date,
    asked: tuple[date, date | None] | None = None,
) -> Story:
    """The story of the days ``asked`` for; of the newest twelve weeks where none were. No query."""
    begins, ends = all_days(episode, told, today)
    first, last, presets = range_shown(begins, ends, asked, today)
    sheet = Sheet(episode=episode, told=told, course=course, first=first, last=last)
    lanes = lanes_of(sheet)
    rows = rows_of(lanes)
    bottom = lanes[-1].bottom if lanes else TITLE
    return Story(
        first=first,
        last=last,
        presets=presets,
        is_empty=told.is_empty and course is None,
        dense=sheet.dense,
        height=bottom + BELOW,
        bottom=bottom,
        days=tuple(sheet.axis.ticks(9)),
        lanes=lanes,
        gaps=tuple(_gaps(sheet, today)),
        absent=tuple(absent_from(lanes)),
        earlier=tuple(earlier_than(sheet)),
        rows=tuple(rows[:MOST_ROWS]),
        row_count=len(rows),
    )


def _gaps(sheet: Sheet, today: date) -> Iterable[Gap]:
    """Days the episode was closed, as far as they are in the range."""
    for each in sheet.told.closed:
        first, last = max(each.first, sheet.first), min(each.reopened or today, sheet.axis.last)
        if first < last:
            x = sheet.axis.x(first)
            again = f", re-opened {day_words(each.reopened)}" if each.reopened else ""
            yield Gap(
                x=x,
                width=round(sheet.axis.x(last) - x, 2),
                says=f"Closed {day_words(each.first)}: {each.outcome.lower()}{again}",
            )
