"""The lane of what happened: versions, flares, injections, changes of load, examinations, ends."""

from programmes.story.pages import happened_page
from programmes.story.sheet import Sheet
from programmes.story.values import ROW, Lane, Mark
from programmes.story.words import day_words

MOST_SIGN_ROWS = 4
SIGN_WIDTH = 17


def happened_lane(sheet: Sheet, top: float) -> Lane | None:
    """A sign for each thing, in as many rows as keep them apart."""
    shown = [each for each in sheet.told.happened if sheet.holds(each.on)]
    if not shown:
        return None
    ends = [float("-inf")] * MOST_SIGN_ROWS
    marks = []
    for each in shown:
        x = sheet.x(each.on)
        row = next((row for row, end in enumerate(ends) if end <= x), MOST_SIGN_ROWS - 1)
        ends[row] = x + SIGN_WIDTH
        marks.append(
            Mark(
                x=x,
                y=top + ROW * row + ROW / 2,
                kind=each.kind,
                on=each.on,
                says=f"{each.says}, {day_words(each.on)}",
                url=happened_page(sheet.episode, each),
                stop=True,
            )
        )
    rows = sum(end > float("-inf") for end in ends)
    return Lane(
        key="happened",
        title="What happened",
        top=top,
        bottom=top + rows * ROW,
        marks=tuple(marks),
    )
