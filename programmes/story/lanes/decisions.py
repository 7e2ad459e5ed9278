"""The lane of decisions after sessions."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from programmes.models import Session
from programmes.rules.terms import Outcome
from programmes.selectors.decisions import decided_words
from programmes.selectors.story import since_words
from programmes.story.days import monday_of
from programmes.story.pages import session_page
from programmes.story.sheet import Sheet
from programmes.story.values import ROW, SMALL, Lane, Mark
from programmes.story.words import day_words


def decisions_lane(sheet: Sheet, top: float) -> Lane | None:
    """A sign for each decision; of long ranges one below for the weeks with decisions to stay."""
    decided = [each for each in sheet.sessions if hasattr(each, "decision")]
    if not decided:
        return None
    if not sheet.dense:
        marks = tuple(_mark(sheet, each, top) for each in decided)
        return Lane(key="decisions", title="Decisions", top=top, bottom=top + ROW, marks=marks)
    stays = [each for each in decided if each.decision.outcome == Outcome.HOLD]
    moved = [each for each in decided if each.decision.outcome != Outcome.HOLD]
    below = top + ROW * 0.75 if moved else top
    return Lane(
        key="decisions",
        title="Decisions" + (": below, weeks with one to stay" if moved and stays else ""),
        top=top,
        bottom=below + ROW if stays else top + ROW,
        marks=(*(_mark(sheet, each, top) for each in moved), *_weeks_of(sheet, stays, below)),
    )


def _weeks_of(sheet: Sheet, stays: Sequence[Session], top: float) -> Iterable[Mark]:
    """One sign for all decisions to stay of a week: the newest of them."""
    for _, week in groupby(stays, lambda each: monday_of(each.happened_on)):
        *others, newest = week
        mark = _mark(sheet, newest, top)
        more = f", and {len(others)} more in its week" if others else ""
        x = sheet.week_x(newest.happened_on)
        yield replace(mark, x=x, says=mark.says + more, size=SMALL)


def _mark(sheet: Sheet, session: Session, top: float) -> Mark:
    decision = session.decision
    return Mark(
        x=sheet.x(session.happened_on),
        y=top + ROW / 2,
        kind=decision.outcome.lower(),
        on=session.happened_on,
        says=f"{decided_words(decision)} after {day_words(session.happened_on)}"
        + (", decided otherwise than proposed" if decision.overridden else "")
        + (f", {since}" if (since := since_words(session)) else ""),
        url=session_page(session),
    )
