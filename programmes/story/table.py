"""The story in words: the rows of the table, what nobody recorded, and what came earlier."""

from collections.abc import Iterable, Sequence

from programmes.rules.words import counted
from programmes.selectors.story import BEFORE
from programmes.story.days import DAY
from programmes.story.pages import happened_page, load_page
from programmes.story.sheet import Sheet
from programmes.story.values import Lane, Row
from programmes.story.words import day_words

_ABSENT = {
    "decisions": "decisions",
    "weeks": "a programme",
    "sessions": "sessions",
    "runs": "runs",
    "pain": "pain in sessions",
    "stiffness": "morning stiffness",
    "visa": "VISA-A",
    "raises": "heel raises",
}


def rows_of(lanes: Sequence[Lane]) -> list[Row]:
    """Everything the lanes show as rows, newest first."""
    rows = [
        Row(on=each.on, what=lane.name, says=each.says, url=each.url)
        for lane in lanes
        for each in lane.signs
    ]
    return sorted(rows, key=lambda row: row.on, reverse=True)


def absent_from(lanes: Sequence[Lane]) -> Iterable[str]:
    """What nobody recorded in the range, in words."""
    keys = {lane.key for lane in lanes}
    return (words for key, words in _ABSENT.items() if key not in keys)


def earlier_than(sheet: Sheet) -> Iterable[Row]:
    """What came before the picture begins: each injection, and how many runs and changes."""
    for each in sheet.told.happened:
        if each.kind == "injection" and each.on < sheet.first:
            says = f"{each.says}, {day_words(each.on)}"
            yield Row(on=each.on, what="", says=says, url=happened_page(sheet.episode, each))
    until = sheet.episode.opened_on - BEFORE - DAY
    for before in sheet.told.earlier:
        if before.first < sheet.first:
            yield Row(
                on=before.first,
                what="",
                says=f"{counted(before.count, before.what)} since {day_words(before.first)}",
                url=load_page(sheet.episode, before.first, until),
            )
