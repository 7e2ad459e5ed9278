"""A returned paper diary: its code as typed or scanned, its lines, and what a patient wrote there.

Blank is not zero, and neither is "not done": a blank line says nothing, a zero is a figure, and a
dash under Done says that nothing was done that day.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from typing import Any, Final

from assessments.rules import bounds
from programmes.rules.handout import DAYS_WITHOUT_A_GAP
from programmes.rules.papercode import ALPHABET, LENGTH, read_code
from programmes.rules.words import marked, say, say_as

WEEK = 7

TICKS: Final = frozenset({"x", "t", "✓", "✔"})
DASHES: Final = frozenset({"-", "\N{EN DASH}", "\N{EM DASH}", "\N{MINUS SIGN}"})
IN_FULL: Final = 100

COLUMNS: Final[Mapping[str, str]] = {
    "done": marked("Done: tick or %"),
    "stiff": marked("Stiff that morning, min"),
    "before": marked("Pain before"),
    "during": marked("Pain during"),
    "after": marked("Pain after"),
    "next_pain": marked("Pain next morning"),
    "next_stiff": marked("Stiff next morning, min"),
}
"""The columns of the paper in their order, each with the words at its head."""

MORNING: Final = ("next_pain", "next_stiff")
PAINS: Final = ("before", "during", "after")
MINUTES: Final = ("stiff", "next_stiff")


class Misread(ValueError):
    """A cell or a code that can't be read; the message is the sentence for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """One line of the printed diary: ``row`` counts from 1 down the page, ``nth`` within a day.

    Days count on through the weeks. ``free``: not every day of a week has a line, so the patient
    chooses which.
    """

    row: int
    day: int
    nth: int
    of_day: int
    week: int = 1
    free: bool = False

    @property
    def label(self) -> str:
        """The line as it is named: "Day 3", or "Day 3, second" where a day has more.

        "Session 3" where the patient chooses the days.
        """
        if self.of_day > 1:
            return say("Day {day}, {nth}", day=self.day, nth=_nth(self.nth))
        if self.free:
            return say("Session {number}", number=self.day)
        return say("Day {day}", day=self.day)


def _nth(number: int) -> str:
    match number:
        case 1:
            return say_as("time of the day", "first")
        case 2:
            return say_as("time of the day", "second")
        case 3:
            return say_as("time of the day", "third")
        case _:
            return say_as("time of the day", "{number}th", number=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a line says of its session; None is a blank cell. Minutes, per cent, pain 0 to 10."""

    completed_pct: int | None = None
    stiffness_min: int | None = None
    pain_before: int | None = None
    pain_during: int | None = None
    pain_after: int | None = None


TOLD_WORDS: Final[Mapping[str, str]] = {
    "completed_pct": "Done",
    "stiffness_min": "Stiff that morning",
    "pain_before": "Pain before",
    "pain_during": "Pain during",
    "pain_after": "Pain after",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NextMorning:
    """What a line says of the next morning; either may be missing."""

    pain: int | None = None
    stiffness_min: int | None = None

    @property
    def said(self) -> bool:
        """Whether anything is told of it."""
        return self != NextMorning()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line as it was copied from the paper.

    ``told`` is None for a line without a session: blank, not done, or one that is on record
    already and only gets its morning. ``on`` is None for the latter. ``another`` says that it is
    a session beside the one that is on record for that day, ``after_all`` that it was done although
    the line is on record as not done.
    """

    row: int
    on: date | None = None
    told: Told | None = None
    morning: NextMorning = field(default_factory=NextMorning)
    not_done: bool = False
    another: bool = False
    after_all: bool = False


def scanned(text: str) -> str:
    """The signs of a code as typed or scanned, in capitals; a code sent twice is one code."""
    signs = re.sub(r"[\W_]", "", text).upper()
    if len(signs) == 2 * LENGTH and signs[:LENGTH] == signs[LENGTH:]:
        return signs[:LENGTH]
    return signs


def read_paper_code(text: str) -> str:
    """The code of a paper. Raises ``Misread`` with what is wrong about it."""
    signs = scanned(text)
    if not signs:
        raise Misread("Type the code printed on the diary, or scan it.")
    for sign in signs:
        if sign not in ALPHABET:
            raise Misread(f"“{sign}” is in no code: there is no 0, 1, I, L, O, Q or U. Look again.")
    if len(signs) != LENGTH:
        raise Misread(f"A code has {LENGTH} letters and digits; this has {len(signs)}.")
    code = read_code(signs)
    if code is None:
        raise Misread("One sign is wrong or two are swapped. Read the code on the paper again.")
    return code


def paper_lines(days: Iterable[tuple[int, int]], weeks: int = 1) -> tuple[PaperLine, ...]:
    """The lines of a diary from its days, each with how many sessions it has room for.

    ``weeks`` is over how many weeks these days are spread.
    """
    all_days = list(days)
    places = [(day, nth, times) for day, times in all_days for nth in range(1, times + 1)]
    a_week = max(1, len(all_days) // weeks)
    free = a_week < WEEK
    return tuple(
        PaperLine(row=row, day=day, nth=nth, of_day=times, week=(day - 1) // a_week + 1, free=free)
        for row, (day, nth, times) in enumerate(places, start=1)
    )


def diary_weeks(options: Mapping[str, Any]) -> int:
    """Weeks of the diary of a paper, 1 or 2, from the options kept with it.

    Runs with dates have lines as far as their dates go.
    """
    days = [date.fromisoformat(each["on"]) for each in options.get("dates") or ()]
    dated = bool(days) and (max(days) - min(days)).days >= WEEK
    return 2 if options.get("weeks") == 2 or dated else 1


def proposed_dates(
    lines: Sequence[PaperLine], first: date, known: Mapping[int, date]
) -> dict[int, date]:
    """A date for each row: the known ones, and from each on the days below it.

    Days follow each other where there are four or more a week, with as much room between them as
    the week has where there are fewer. A second week begins seven days after the first.
    """
    weeks = max((line.week for line in lines), default=1)
    days = max((line.day for line in lines), default=0) // weeks
    gap = 1 if days >= DAYS_WITHOUT_A_GAP or not days else WEEK // days
    found: dict[int, date] = {}
    on, was = first, 0
    for line in lines:
        place = WEEK * (line.week - 1) + gap * (line.day - 1 - days * (line.week - 1))
        on = known.get(line.row, on + timedelta(days=place - was))
        was = place
        found[line.row] = on
    return found


def why_not_day(on: date, *, began: date, today: date) -> str:
    """Why no line can be of this day of a programme that began on ``began``; blank when it can."""
    if on < began:
        return f"The programme began on {began:%-d %B %Y}: check the date."
    return f"{on:%-d %B %Y} is in the future." if on > today else ""


def read_done(text: str) -> int | None:
    """How much was done, in per cent; a tick is all of it, blank is None. Raises ``Misread``."""
    typed = text.strip().lower()
    if not typed:
        return None
    if typed in TICKS:
        return IN_FULL
    number = _whole(typed.removesuffix("%").strip())
    if number is None or number > IN_FULL:
        raise Misread(f"Done is x for a tick, 1 to 100 per cent, or - for not done, not “{text}”.")
    return number


def read_pain(text: str) -> int | None:
    """Pain from 0 to 10 in whole numbers, blank is None. Raises ``Misread``."""
    typed = text.strip()
    if not typed:
        return None
    number = _whole(typed)
    if number is None or not bounds.PAIN.low <= number <= bounds.PAIN.high:
        raise Misread(f"Pain is 0 to 10 in whole numbers, not “{text}”.")
    return number


def read_minutes(text: str) -> int | None:
    """Minutes, or hours as "2h" or "1h30"; blank is None. Raises ``Misread``."""
    typed = text.strip().lower()
    if not typed:
        return None
    number = _whole(typed)
    if match := re.fullmatch(r"(\d{1,2})\s?h\s?([0-5]?\d)?", typed, re.ASCII):
        number = int(match[1]) * 60 + int(match[2] or 0)
    if number is None or number > bounds.MINUTES.high:
        raise Misread(f"Stiffness is in minutes (2h for two hours), not “{text}”.")
    return number


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else None


def read_line(row: int, cells: Mapping[str, str]) -> tuple[Line, dict[str, str]]:
    """One line from its cells by column, and what can't be read in which column.

    A column that ``cells`` lacks was not there to be filled in. The date is the caller's.
    """
    found: dict[str, int | None] = {}
    errors: dict[str, str] = {}
    dashed = cells.get("done", "").strip() in DASHES
    for name, text in cells.items():
        reader = read_pain if name in (*PAINS, "next_pain") else read_minutes
        try:
            found[name] = (0 if dashed else read_done(text)) if name == "done" else reader(text)
        except Misread as error:
            errors[name] = str(error)
    if errors:
        return Line(row=row), errors
    morning = NextMorning(pain=found.get("next_pain"), stiffness_min=found.get("next_stiff"))
    if "done" not in cells:
        return Line(row=row, morning=morning), {}
    written = {name for name, value in found.items() if value is not None}
    if not written:
        return Line(row=row), {}
    hurt = written & set(PAINS)
    if found["done"] == 0 and not (hurt and not dashed):
        if written != {"done"}:
            return Line(row=row), {
                "done": "Not done has no other figures: empty them, or write how much was done."
            }
        return Line(row=row, not_done=True), {}
    if "done" not in written and not hurt:
        return Line(row=row), {"done": "Was it done? Write x, per cent, or - for not done."}
    told = Told(
        completed_pct=found["done"],
        stiffness_min=found["stiff"],
        pain_before=found["before"],
        pain_during=found["during"],
        pain_after=found["after"],
    )
    return Line(row=row, told=told, morning=morning), {}


def once_a_day(line: Line, others: Iterable[Line]) -> Line:
    """The line with what the others of its day say and it leaves blank.

    The paper asks to write once what is the same for both sessions of a day. Only what a day has
    once is taken over: the stiffness that morning, and the next morning. Pain at a session never.
    """
    same_day = list(others)

    def agreed(values: Collection[int | None]) -> int | None:
        said = {value for value in values if value is not None}
        return said.pop() if len(said) == 1 else None

    told = line.told
    if told is not None and told.stiffness_min is None:
        stiff = agreed([other.told.stiffness_min for other in same_day if other.told])
        told = replace(told, stiffness_min=stiff)
    morning = line.morning
    if morning.pain is None:
        morning = replace(morning, pain=agreed([other.morning.pain for other in same_day]))
    if morning.stiffness_min is None:
        minutes = agreed([other.morning.stiffness_min for other in same_day])
        morning = replace(morning, stiffness_min=minutes)
    return replace(line, told=told, morning=morning)


def differences(known: Told, typed: Told) -> tuple[str, ...]:
    """What two copies of a line say otherwise, in words: "pain during: on record 3, typed 4"."""
    return tuple(
        f"{TOLD_WORDS[each.name].lower()}: on record {_said(each.name, known)}, "
        f"typed {_said(each.name, typed)}"
        for each in fields(Told)
        if getattr(known, each.name) != getattr(typed, each.name)
    )


def _said(name: str, told: Told) -> str:
    value: int | None = getattr(told, name)
    if value is None:
        return "blank"
    return f"{value}{' %' if name == 'completed_pct' else ' min' if 'min' in name else ''}"
