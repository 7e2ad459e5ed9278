"""Runs as people type or paste them: one row, five cells, read cell by cell.

The day comes first as in Australia (3/5/2026 is the 3rd of May). What isn't understood is said of
its own cell and never guessed.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from assessments.rules.bounds import DISTANCE_M, DURATION_S
from assessments.rules.terms import Surface

COLUMNS = ("on", "distance", "duration", "surface", "note")
NOTE_LENGTH = 200
EARLIEST_YEAR = 1950
# Faster than this over a whole run means a cell was read otherwise than meant.
FASTEST_KMH = 30
# A bare number above the first is asked about: metres and steps are typed by mistake. With km after
# it it is taken, up to the second, which nobody has run in a day.
USUAL_MOST_KM = 100
MOST_KM = 320
METRES = {
    "": Decimal(1000),
    "k": Decimal(1000),
    "km": Decimal(1000),
    "kms": Decimal(1000),
    "m": Decimal(1),
    "mi": Decimal("1609.344"),
    "mile": Decimal("1609.344"),
    "miles": Decimal("1609.344"),
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAY = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)
_TIME_OF_DAY = re.compile(r"[\sT]+\d{1,2}:\d{2}(:\d{2})?(\s*[ap]m)?$", re.IGNORECASE)
_SURFACE_WORDS = {
    "asphalt": Surface.ROAD,
    "bitumen": Surface.ROAD,
    "concrete": Surface.ROAD,
    "footpath": Surface.ROAD,
    "street": Surface.ROAD,
    "tarmac": Surface.ROAD,
    "bush": Surface.TRAIL,
    "gravel": Surface.TRAIL,
    "dirt": Surface.TRAIL,
    "oval": Surface.GRASS,
    "park": Surface.GRASS,
    "indoor": Surface.TREADMILL,
    "sand": Surface.OTHER,
    "beach": Surface.OTHER,
}
_HEADINGS = frozenset({"date", "day", "datum", "on"})


class NotUnderstood(ValueError):
    """A cell that can't be read, with the sentence that stands beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedRun:
    """One run as read: metres or seconds are None when their cell was empty, never both."""

    on: date
    distance_m: int | None
    duration_s: int | None
    surface: Surface | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: its cells as typed by name of the column, and either the run or what is wrong."""

    cells: Mapping[str, str]
    run: TypedRun | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def blank(self) -> bool:
        """Whether nothing was typed; a date alone is only the guess the row opened with."""
        return not any(self.cells[name] for name in COLUMNS if name != "on")


def read_row(values: Sequence[str], today: date, born: date | None = None) -> Row:
    """A row of up to five cells in the order of ``COLUMNS``; more cells than that belong to the
    note. No day before ``born`` is taken."""
    texts = [" ".join(value.split()) for value in values]
    if len(texts) > len(COLUMNS):
        tail = " ".join(filter(None, texts[len(COLUMNS) - 1 :]))
        texts = [*texts[: len(COLUMNS) - 1], tail]
    texts += [""] * (len(COLUMNS) - len(texts))
    cells = dict(zip(COLUMNS, texts, strict=True))
    row = Row(cells=cells)
    if row.blank:
        return row
    errors: dict[str, str] = {}
    on = distance = duration = surface = None
    try:
        on = read_day(cells["on"], today)
    except NotUnderstood as error:
        errors["on"] = str(error)
    if on and born and on < born:
        errors["on"] = f"{on:%-d %B %Y} is before the patient was born."
    try:
        distance = read_distance(cells["distance"])
    except NotUnderstood as error:
        errors["distance"] = str(error)
    try:
        duration = read_duration(cells["duration"])
    except NotUnderstood as error:
        errors["duration"] = str(error)
    try:
        surface = read_surface(cells["surface"])
    except NotUnderstood as error:
        errors["surface"] = str(error)
    if len(cells["note"]) > NOTE_LENGTH:
        errors["note"] = f"At most {NOTE_LENGTH} characters; these are {len(cells['note'])}."
    if not errors and distance is None and duration is None:
        errors["distance"] = "Give a distance, or a time if the distance is not known."
    if not errors and distance and duration and _too_fast(distance, duration):
        errors["duration"] = _doubt(cells["duration"], duration)
    if errors or on is None:
        return Row(cells=cells, errors=errors)
    run = TypedRun(
        on=on, distance_m=distance, duration_s=duration, surface=surface, note=cells["note"]
    )
    return Row(cells=cells, run=run)


def read_day(text: str, today: date) -> date:
    """A day up to today. Read: 2026-05-03, 3/5/2026, 3.5.26, 3/5, 3 May 2026, 3 May, today,
    yesterday, with a weekday before or a time of day after it. Without a year it is the most recent
    such day.

    Raises ``NotUnderstood``.
    """
    if not text:
        raise NotUnderstood("Give the date.")
    plain = _TIME_OF_DAY.sub("", _WEEKDAY.sub("", text.strip())).strip().lower()
    if plain in ("today", "yesterday"):
        return date.fromordinal(today.toordinal() - (plain == "yesterday"))
    year, month, day = _parts_of_day(plain, text)
    if year is None:
        return _most_recent(month, day, today, text)
    try:
        found = date(year, month, day)
    except ValueError:
        raise NotUnderstood(_no_such_day(text, month, day)) from None
    if found > today:
        raise NotUnderstood(f"{found:%-d %B %Y} is in the future.")
    if found.year < EARLIEST_YEAR:
        raise NotUnderstood(f"Check the year: {found.year}.")
    return found


def _parts_of_day(plain: str, text: str) -> tuple[int | None, int, int]:
    """Year (None when not given), month and day."""
    if match := re.fullmatch(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", plain, re.ASCII):
        return int(match[1]), int(match[3]), int(match[4])
    if match := re.fullmatch(
        r"(\d{1,2})\s?[-/.]\s?(\d{1,2})(?:\s?[-/.]\s?(\d{4}|\d{2})?)?", plain, re.ASCII
    ):
        return _year(match[3]), int(match[2]), int(match[1])
    if match := re.fullmatch(
        r"(\d{1,2})(?:st|nd|rd|th)?[\s.-]*([a-z]{3,9})\.?[\s,-]*(\d{4}|\d{2})?", plain, re.ASCII
    ):
        name = match[2]
        for number, (short, long) in enumerate(zip(_MONTHS, _MONTH_NAMES, strict=True), 1):
            if name in (short, long) or (name == "sept" and number == 9):
                return _year(match[3]), number, int(match[1])
    raise NotUnderstood(f"“{_short(text)}” is not a date I can read. Write it like 3/5/2026.")


def _year(text: str | None) -> int | None:
    if not text:
        return None
    return int(text) + (2000 if len(text) == 2 else 0)


def _most_recent(month: int, day: int, today: date, text: str) -> date:
    for year in range(today.year, today.year - 9, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    raise NotUnderstood(_no_such_day(text, month, day))


def _no_such_day(text: str, month: int, day: int) -> str:
    if month > 12 and day <= 12:
        return f"“{_short(text)}”: the day comes first, as in {month}/{day}."
    return f"There is no such day as “{_short(text)}”."


def read_distance(text: str) -> int | None:
    """Metres of a distance typed in kilometres, or with km, m or miles after it; None for an empty
    cell. The comma is a decimal point.

    Raises ``NotUnderstood``, also for nothing and for more than anybody runs at once. More than
    ``USUAL_MOST_KM`` needs its unit.
    """
    if not text:
        return None
    match = re.fullmatch(r"(\d{0,7}(?:[.,]\d{1,6})?)\s*([a-z]*)\.?", text.lower(), re.ASCII)
    if not match or not match[1] or match[2] not in METRES:
        raise NotUnderstood(f"“{_short(text)}” is not a distance. Write kilometres, like 12.5.")
    metres = int((_number(match[1]) * METRES[match[2]]).to_integral_value())
    if metres < 1:
        raise NotUnderstood("Leave the distance empty if it is not known.")
    if metres > DISTANCE_M.high:
        raise NotUnderstood(f"{_short(text)} is too far. For metres write m after the number.")
    if metres > MOST_KM * 1000:
        raise NotUnderstood(_too_far(text, match[1], match[2]))
    if not match[2] and metres > USUAL_MOST_KM * 1000:
        raise NotUnderstood(
            f"{match[1]} km: is that metres? Write {match[1]} m, or {match[1]} km if it is right."
        )
    return metres


def _too_far(text: str, number: str, unit: str) -> str:
    if unit in ("", "km"):
        return f"{number} km: is that metres? Then write {number} m. It is too far for one run."
    return f"{_short(text)} is too far for one run."


def read_duration(text: str) -> int | None:
    """Seconds of a time typed as h:mm:ss, mm:ss, minutes, or like 1h32 or 92 min; None for an empty
    cell.

    Raises ``NotUnderstood``, also for no time at all and for more than the log holds.
    """
    if not text:
        return None
    seconds = _seconds(text.lower().replace("\N{PRIME}", "min"))
    if seconds is None:
        raise NotUnderstood(
            f"“{_short(text)}” is not a time. Write 1:32:10, 45:30, or minutes like 45."
        )
    if seconds < 1:
        raise NotUnderstood("Leave the time empty if it is not known.")
    if seconds > DURATION_S.high:
        raise NotUnderstood(f"{_short(text)} is longer than {DURATION_S.high // 3600} hours.")
    return seconds


def _seconds(text: str) -> int | None:
    if match := re.fullmatch(r"(\d{1,3}):([0-5]\d):([0-5]\d)(?:[.,]\d+)?", text, re.ASCII):
        return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
    if match := re.fullmatch(r"(\d{1,4}):([0-5]\d)", text, re.ASCII):
        return int(match[1]) * 60 + int(match[2])
    if match := re.fullmatch(
        r"(\d{1,3})\s?h(?:ours?|rs?|r)?\s?(?:([0-5]?\d)\s?(?:m(?:in)?)?\s?)?(?:([0-5]?\d)\s?s)?",
        text,
        re.ASCII,
    ):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds
    if match := re.fullmatch(
        r"(\d{1,5}(?:[.,]\d{1,3})?)\s?(?:m|min|mins|minutes)?", text, re.ASCII
    ):
        return int((_number(match[1]) * 60).to_integral_value())
    return None


def read_surface(text: str) -> Surface | None:
    """The surface by its name, a common word for it, or letters enough to know it; None for an
    empty cell.

    Raises ``NotUnderstood``.
    """
    if not text:
        return None
    word = text.lower()
    if word in _SURFACE_WORDS:
        return _SURFACE_WORDS[word]
    found = [surface for surface in Surface if surface.value.startswith(word)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(surface.value for surface in Surface)
    raise NotUnderstood(f"“{_short(text)}” is not a surface I know: {names}.")


def split_rows(text: str) -> list[list[str]]:
    """The cells of pasted rows; empty lines and a line of headings are left out.

    Separated by tabs if there is one, else by semicolons, else by commas. A comma followed by a
    space separates where every line has one, so that "3 May, 18,4, 1:32:10" keeps its decimal.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if any("\t" in line for line in lines):
        rows = [line.split("\t") for line in lines]
    elif any(";" in line for line in lines):
        rows = [line.split(";") for line in lines]
    elif lines and all(", " in line for line in lines):
        rows = [re.split(r",\s+", line) for line in lines]
    else:
        rows = [_comma_cells(line) for line in lines]
    rows = [[cell.strip().strip('"') for cell in row] for row in rows]
    if rows and rows[0][0].lower() in _HEADINGS:
        rows = rows[1:]
    return rows


def _comma_cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line]), [line])
    except csv.Error:
        return [line]


def guess_day(known: Sequence[date], today: date) -> date:
    """The day the next row most likely is: the one after the last typed, never in the future."""
    last = max(known, default=None)
    return today if last is None else min(date.fromordinal(last.toordinal() + 1), today)


def _too_fast(metres: int, seconds: int) -> bool:
    return metres * 3600 > FASTEST_KMH * 1000 * seconds


def _doubt(text: str, seconds: int) -> str:
    read = f"{seconds // 60} min {seconds % 60} s" if seconds % 60 else f"{seconds // 60} min"
    doubt = f"Read as {read}, too fast for this distance."
    if re.fullmatch(r"\d{1,2}:\d{2}", text):
        return f"{doubt} For hours and minutes write {text}:00."
    return f"{doubt} Check both."


def _number(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise NotUnderstood(f"“{_short(text)}” is not a number.") from None


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:29]}…"
