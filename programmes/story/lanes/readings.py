"""The lanes of numbers told of sessions: pain, and stiffness in the morning."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from assessments.rules.bounds import PAIN
from programmes.models import Session
from programmes.rules.words import counted
from programmes.story.days import DAY, monday_of
from programmes.story.pages import session_page
from programmes.story.sheet import Sheet
from programmes.story.values import SMALL, Lane, Mark
from programmes.story.words import day_words
from upwell.chart import Scale, nice_top

STIFFNESS_TOP_MIN = 60
# Dots stay large enough to be seen on paper.
SMALL_DOT = 0.85
PAIN_WORDS = {"during": "Pain during", "morning": "Pain the morning after"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A number told of a session: its kind, the day it is of, and the session."""

    kind: str
    on: date
    value: int
    session: Session


def pain_lane(sheet: Sheet, top: float) -> Lane | None:
    """Pain during each session, and the morning after."""
    told = list(_pain(sheet))
    if not told:
        return None
    bottom = top + 76
    scale = Scale(low=PAIN.low, high=float(PAIN.high), bottom=bottom, top=top)
    return Lane(
        key="pain",
        title=f"Pain, 0 to 10{sheet.highest_of_weeks}: dot during, diamond the next morning",
        top=top,
        bottom=bottom,
        ticks=tuple(scale.ticks(2)),
        marks=_marks(
            sheet, told, scale, lambda each: f"{PAIN_WORDS[each.kind]} {each.value} of {PAIN.high}"
        ),
    )


def stiffness_lane(sheet: Sheet, top: float) -> Lane | None:
    """Morning stiffness, as told at each session and the morning after."""
    told = _stiffness(sheet)
    if not told:
        return None
    bottom = top + 52
    high = nice_top(max(STIFFNESS_TOP_MIN, *(each.value for each in told)))
    scale = Scale(low=0, high=high, bottom=bottom, top=top)
    return Lane(
        key="stiffness",
        title=f"Morning stiffness, minutes{sheet.highest_of_weeks}",
        top=top,
        bottom=bottom,
        ticks=tuple(scale.ticks(2)),
        marks=_marks(sheet, told, scale, lambda each: f"Stiff for {counted(each.value, 'minute')}"),
    )


def _pain(sheet: Sheet) -> Iterable[_Reading]:
    for each in sheet.sessions:
        if each.pain_during is not None:
            yield _Reading(kind="during", on=each.happened_on, value=each.pain_during, session=each)
        morning = getattr(each, "morning", None)
        if morning is not None and morning.pain is not None:
            yield _Reading(
                kind="morning", on=each.happened_on + DAY, value=morning.pain, session=each
            )


def _stiffness(sheet: Sheet) -> list[_Reading]:
    """By day, where a session's own stands before the morning after the session before."""
    told = [(each.happened_on, each.stiffness_min, each) for each in sheet.sessions]
    told += [
        (each.happened_on + DAY, each.morning.stiffness_min, each)
        for each in sheet.sessions
        if hasattr(each, "morning")
    ]
    told.sort(key=lambda each: each[0])
    return [
        _Reading(kind="stiffness", on=on, value=value, session=session)
        for on, value, session in told
        if value is not None
    ]


def _marks(
    sheet: Sheet, told: Iterable[_Reading], scale: Scale, words: Callable[[_Reading], str]
) -> tuple[Mark, ...]:
    """A mark for each number told; of long ranges for the highest of each kind and week."""
    return tuple(
        Mark(
            x=sheet.week_x(each.on) if sheet.dense else sheet.x(each.on),
            y=scale.y(each.value),
            kind=each.kind,
            on=each.on,
            says=f"{words(each)}, {day_words(each.on)}"
            + (", the highest of its week" if sheet.dense else ""),
            url=session_page(each.session),
            size=1 if not sheet.dense else SMALL if each.kind == "morning" else SMALL_DOT,
        )
        for each in (_highest_of_weeks(told) if sheet.dense else told)
    )


def _highest_of_weeks(told: Iterable[_Reading]) -> list[_Reading]:
    highest: dict[tuple[str, date], _Reading] = {}
    for each in told:
        known = highest.setdefault((each.kind, monday_of(each.on)), each)
        if each.value > known.value:
            highest[each.kind, monday_of(each.on)] = each
    # A dot at the place of a diamond is drawn last, so that it stands inside it.
    return sorted(highest.values(), key=lambda each: each.kind == "during")
