"""The lanes of what was measured: VISA-A, and heel raises of both legs."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from django.urls import reverse

from assessments.rules.bounds import VISA_TOTAL
from patients.rules.terms import Side
from programmes.rules.words import counted
from programmes.selectors.story import Measured
from programmes.story.pages import measured_page
from programmes.story.sheet import Sheet
from programmes.story.values import Lane, Mark
from programmes.story.words import day_words
from upwell.chart import Scale, nice_top

# No line joins two tests further apart: nobody knows what lay between.
LINE_DAYS = 98
RAISES_TOP = 40


def visa_lane(sheet: Sheet, top: float) -> Lane | None:
    """A sign for each VISA-A, joined by a line; those without a total stand below."""
    shown = [each for each in sheet.told.visas if sheet.holds(each.on)]
    below = [each for each in sheet.told.incomplete if sheet.holds(each.on)]
    if not shown and not below:
        return None
    bottom = top + 84
    scale = Scale(low=VISA_TOTAL.low, high=float(VISA_TOTAL.high), bottom=bottom, top=top)
    marks = [
        _visa_mark(sheet, each, scale.y(each.value), f"{each.value} of {VISA_TOTAL.high}")
        for each in shown
    ]
    marks += [_visa_mark(sheet, each, bottom - 5) for each in below]
    breaks = [each.on for each in sheet.told.incomplete]
    return Lane(
        key="visa",
        title="VISA-A, 0 to 100: more is better",
        top=top,
        bottom=bottom,
        ticks=tuple(scale.ticks(2)),
        lines=tuple(("affected", line) for line in _lines(sheet, shown, scale, breaks)),
        marks=tuple(marks),
    )


def _visa_mark(sheet: Sheet, each: Measured, y: float, total: str = "") -> Mark:
    """The sign of a VISA-A; of one that is incomplete without its total."""
    return Mark(
        x=sheet.x(each.on),
        y=y,
        kind="visa" if total else "incomplete",
        on=each.on,
        says=f"VISA-A {total or 'incomplete, no total'}, {day_words(each.on)}",
        url=reverse("assessments:visa", args=[each.code]),
        stop=True,
    )


def raises_lane(sheet: Sheet, top: float) -> Lane | None:
    """A sign for each test of each leg, joined by a line; the affected leg in front."""
    affected = [each for each in sheet.told.raises if sheet.holds(each.on)]
    other = [each for each in sheet.told.raises_other if sheet.holds(each.on)]
    if not affected and not other:
        return None
    bottom = top + 66
    high = nice_top(max(RAISES_TOP, *(each.value for each in (*affected, *other))))
    scale = Scale(low=0, high=high, bottom=bottom, top=top)
    side = Side(sheet.episode.side)
    marks, lines = [], []
    for kind, leg, values in (("other", side.other, other), ("affected", side, affected)):
        lines += [(kind, line) for line in _lines(sheet, values, scale, ())]
        words = f"{leg.value.title()} leg{', affected' if leg is side else ''}"
        marks += [
            Mark(
                x=sheet.x(each.on),
                y=scale.y(each.value),
                kind=kind,
                on=each.on,
                says=f"{words}: {counted(each.value, 'heel raise')}, {day_words(each.on)}",
                url=measured_page(sheet.episode, each.code),
                stop=kind == "affected",
            )
            for each in values
        ]
    return Lane(
        key="raises",
        title=f"Heel raises to failure: solid {side.value} (affected), dashed {side.other.value}",
        top=top,
        bottom=bottom,
        ticks=tuple(scale.ticks(2)),
        lines=tuple(lines),
        marks=tuple(marks),
    )


def _lines(
    sheet: Sheet, values: Sequence[Measured], scale: Scale, breaks: Sequence[date]
) -> Iterable[str]:
    """Lines from one test to the next where nothing lies between that breaks them."""
    stops = [*breaks, *(each.first for each in sheet.told.closed)]
    for before, after in pairwise(values):
        apart = (after.on - before.on).days > LINE_DAYS
        if not apart and not any(before.on <= stop <= after.on for stop in stops):
            yield (
                f"{sheet.x(before.on)},{scale.y(before.value)}"
                f" {sheet.x(after.on)},{scale.y(after.value)}"
            )
