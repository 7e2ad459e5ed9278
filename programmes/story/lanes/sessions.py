"""The lane of sessions: how long each was, or of long ranges the sessions of each week."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from programmes.models import Session
from programmes.rules.words import counted
from programmes.selectors.story import work_of
from programmes.story.days import DAY, monday_of
from programmes.story.pages import session_page, story_page
from programmes.story.sheet import Sheet
from programmes.story.values import SMALL, Bar, Lane, Mark
from programmes.story.words import MINUTE_S, day_words, session_words, work_words
from upwell.chart import Scale, nice_top

# Lower bars could not be seen or pressed.
LEAST_HEIGHT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worked:
    """A session, its seconds of work (None: not known), and its place among those of its day."""

    session: Session
    work_s: int | None
    x: float
    width: float

    @property
    def has_bar(self) -> bool:
        """A bar says that something of a known length was done."""
        return self.work_s is not None and self.session.completed_pct != 0

    @property
    def monday(self) -> date:
        return monday_of(self.session.happened_on)

    @property
    def says(self) -> str:
        return session_words(self.session, self.work_s)


def sessions_lane(sheet: Sheet, top: float) -> Lane | None:
    """A bar for each session or week, signs below for those not known, not done or corrected."""
    worked = list(_worked(sheet))
    if not worked:
        return None
    bottom = top + 50
    most = _highest_s(sheet, worked) / MINUTE_S
    scale = Scale(low=0, high=nice_top(most), bottom=bottom, top=top)
    a_week = " a week" if sheet.dense else ""
    return Lane(
        key="sessions",
        title=f"Sessions, minutes under tension or running{a_week}: solid seen here, hatched as"
        " reported",
        top=top,
        bottom=bottom,
        ticks=tuple(scale.ticks(2)) if most else (),
        bars=tuple(_week_bars(sheet, worked, scale) if sheet.dense else _bars(worked, scale)),
        marks=tuple(mark for each in worked for mark in _marks(sheet, each, bottom)),
    )


def _worked(sheet: Sheet) -> Iterable[_Worked]:
    """The sessions of the range, those of one day beside each other."""
    doses = sheet.course.doses if sheet.course else {}
    width = max(1.6, min(9.0, sheet.day_width * 0.7))
    for on, day in groupby(sheet.sessions, lambda each: each.happened_on):
        of_day = list(day)
        each_width = round(max(width / len(of_day), 1), 2)
        for place, session in enumerate(of_day):
            yield _Worked(
                session=session,
                work_s=work_of(session, doses.get(session.step_id, ())),
                x=round(sheet.x(on) - width / 2 + place * each_width, 2),
                width=each_width,
            )


def _highest_s(sheet: Sheet, worked: Sequence[_Worked]) -> int:
    """The height of the highest bar, in seconds."""
    if sheet.dense:
        return max(sum(each.work_s or 0 for each in week) for _, week in _by_week(worked))
    return max(each.work_s or 0 for each in worked)


def _by_week(worked: Sequence[_Worked]) -> Iterable[tuple[date, Iterable[_Worked]]]:
    return groupby(worked, lambda each: each.monday)


def _marks(sheet: Sheet, worked: _Worked, bottom: float) -> Iterable[Mark]:
    """Signs for a correction, and for what has no bar."""
    session, middle = worked.session, round(worked.x + worked.width / 2, 2)
    if getattr(session, "set_right", False):
        yield Mark(
            x=middle,
            y=bottom + 7,
            kind="corrected",
            on=session.happened_on,
            says=worked.says,
            url=session_page(session),
        )
    if not worked.has_bar:
        yield Mark(
            x=middle,
            # Bars of weeks leave no room beside them, so below the axis.
            y=bottom + (6 if sheet.dense else -6),
            kind="untold" if worked.work_s is None else "nothing",
            on=session.happened_on,
            says=worked.says,
            url=session_page(session),
            stop=True,
            size=SMALL if sheet.dense else 1,
        )


def _bars(worked: Iterable[_Worked], scale: Scale) -> Iterable[Bar]:
    for each in worked:
        if each.has_bar:
            y = min(scale.y((each.work_s or 0) / MINUTE_S), scale.bottom - LEAST_HEIGHT)
            yield Bar(
                x=each.x,
                y=y,
                width=each.width,
                height=round(scale.bottom - y, 2),
                kind="told" if each.session.is_reported else "seen",
                on=each.session.happened_on,
                says=each.says,
                url=session_page(each.session),
                stop=True,
            )


def _week_bars(sheet: Sheet, worked: Sequence[_Worked], scale: Scale) -> Iterable[Bar]:
    """The work of each week in which some is known; it opens the days of that week."""
    for monday, week in _by_week(worked):
        known = [each for each in week if each.has_bar]
        if not known:
            continue
        first, last = max(monday, sheet.first), min(monday + 6 * DAY, sheet.last)
        total = sum(each.work_s or 0 for each in known)
        seen = sum(each.work_s or 0 for each in known if not each.session.is_reported)
        x = sheet.axis.x(first)
        levels = (("seen", 0, seen), ("told", seen, total))
        drawn = [(kind, low, high) for kind, low, high in levels if high > low]
        for nth, (kind, low, high) in enumerate(drawn):
            y = scale.y(high / MINUTE_S)
            yield Bar(
                x=x,
                y=y,
                width=round(max(sheet.axis.x(last + DAY) - x - 0.8, 1), 2),
                height=round(scale.y(low / MINUTE_S) - y, 2),
                kind=kind,
                on=first,
                says=_week_says(first, known, total),
                url=story_page(sheet.episode, first, last),
                stop=nth == 0,
            )


def _week_says(first: date, known: Sequence[_Worked], total_s: int) -> str:
    reported = sum(each.session.is_reported for each in known)
    says = f"Week of {day_words(first)}: {work_words(total_s)} in {counted(len(known), 'session')}"
    return f"{says}, {reported} as reported" if reported else says
