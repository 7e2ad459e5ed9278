"""The lane of the stages the patient stood at."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby

from django.urls import reverse

from programmes.models import STAGE_CHOICES
from programmes.rules.adherence import Stretch
from programmes.story.days import DAY
from programmes.story.sheet import Sheet
from programmes.story.values import ROW, Bar, Lane
from programmes.story.words import day_words

STAGE_WORDS = dict(STAGE_CHOICES)


def stages_lane(sheet: Sheet, top: float) -> Lane | None:
    """A bar for each time the patient stood at a stage without a day between."""
    stretches = sheet.course.stretches if sheet.course else ()
    bars = tuple(
        bar
        for stage, each in groupby(stretches, lambda stretch: stretch.stage)
        for first, last in _in_a_row(list(each))
        if (bar := _bar(sheet, STAGE_WORDS[stage], first, last, top)) is not None
    )
    if not bars:
        return None
    return Lane(key="stages", title="Stage", top=top, bottom=top + ROW, bars=bars)


def _bar(sheet: Sheet, name: str, begun: date, ended: date, top: float) -> Bar | None:
    first, last = max(begun, sheet.first), min(ended, sheet.last)
    if first > last:
        return None
    x = sheet.axis.x(first)
    width = round(sheet.axis.x(last + DAY) - x, 2)
    return Bar(
        x=x,
        y=top,
        width=width,
        height=ROW,
        kind="stage",
        on=begun,
        says=f"{name}, {day_words(begun)} to {day_words(ended)}",
        url=reverse("programmes:programme", args=[sheet.episode.code]),
        words=name if width > 8 * len(name) + 8 else "",
    )


def _in_a_row(stretches: Sequence[Stretch]) -> Iterable[tuple[date, date]]:
    """The first and last days of stretches that follow each other without a day between."""
    first, last = stretches[0].first, stretches[0].last
    for each in stretches[1:]:
        if each.first > last + DAY:
            yield first, last
            first = each.first
        last = each.last
    yield first, last
