"""The lane of the weeks of the programme: sessions done against sessions planned."""

from collections.abc import Iterable

from programmes.rules.adherence import Week
from programmes.story.days import DAY
from programmes.story.sheet import Sheet
from programmes.story.values import Bar, Lane
from programmes.story.words import week_words
from upwell.chart import Scale, nice_top


def weeks_lane(sheet: Sheet, top: float) -> Lane | None:
    """For each week up to three bars: planned, and in front of it seen here and as reported."""
    weeks = [
        each
        for each in (sheet.course.weeks if sheet.course else ())
        if each.first <= sheet.last and each.last >= sheet.first
    ]
    if not weeks:
        return None
    bottom = top + 56
    most = max(max(each.planned or 0, each.done) for each in weeks)
    scale = Scale(low=0, high=nice_top(most), bottom=bottom, top=top)
    return Lane(
        key="weeks",
        title=f"Sessions a week: {'pale' if sheet.dense else 'outline'} planned, solid seen"
        " here, hatched as reported",
        top=top,
        bottom=bottom,
        ticks=tuple(scale.ticks(2)),
        bars=tuple(bar for each in weeks for bar in _bars(sheet, each, scale)),
    )


def _bars(sheet: Sheet, week: Week, scale: Scale) -> Iterable[Bar]:
    begins, ends = max(week.first, sheet.first), min(week.last, sheet.last) + DAY
    x, gap = sheet.axis.x(begins), 1.5 if sheet.day_width > 1 else 0.5
    width = round(sheet.axis.x(ends) - x - gap, 2)
    says = week_words(week)
    levels = (
        ("planned", 0, week.planned or 0),
        ("seen", 0, week.observed),
        ("told", week.observed, week.done),
    )
    for kind, low, high in levels:
        if high > low:
            y = scale.y(high)
            yield Bar(
                x=x,
                y=y,
                width=width,
                height=round(scale.y(low) - y, 2),
                kind=kind,
                on=week.first,
                says=says,
            )
