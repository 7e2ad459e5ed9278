"""Dates, times of day, durations and numbers as training sites write them, in four languages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

LONGEST_TEXT = 80

# First letters of the month in English, German, French and Spanish, accents as written.
_MONTHS: tuple[tuple[str, ...], ...] = (
    ("jan", "jän", "janv", "ene"),
    ("feb", "févr", "fév", "fevr"),
    ("mar", "mär", "mrz", "maer"),
    ("apr", "avr", "abr"),
    ("may", "mai"),
    ("jun", "juin"),
    ("jul", "juil"),
    ("aug", "août", "aout", "ago"),
    ("sep", "sept"),
    ("oct", "okt"),
    ("nov",),
    ("dec", "dez", "déc", "dic"),
)
_TIME = (
    r"(?:(?:,|\s|T|à|um|a las|at|alle)*\s*"
    r"(?P<hour>\d{1,2})[:h.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*(?P<half>[ap]\.?\s?m\.?)?"
    r"\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + _TIME, re.IGNORECASE
)
_NUMBERS = re.compile(
    r"(?P<first>\d{1,2})(?P<sign>[./-])(?P<then>\d{1,2})[./-](?P<year>\d{4})" + _TIME, re.IGNORECASE
)
_MONTH_NAME = r"(?P<month>[^\W\d_]{3,12})\.?"
_MONTH_FIRST = re.compile(
    _MONTH_NAME + r"\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})" + _TIME, re.IGNORECASE
)
_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})\.?(?:er)?\s+(?:de\s+)?"
    + _MONTH_NAME
    + r",?\s+(?:de\s+|del\s+)?(?P<year>\d{4})"
    + _TIME,
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:[.,]\d{1,6})?)")
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,15})?")
_GROUPS = re.compile(r"[\s'’]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A day, the time on the clock if there is one, and whether that is UTC or has an offset."""

    day: date
    clock: datetime | None = None


def day_first(texts: Iterable[str]) -> bool | None:
    """Whether dates like 7/4/2020 put the day first: told by those that have a number above 12,
    ``None`` when none has."""
    for text in texts:
        found = _NUMBERS.match(text.strip()[:LONGEST_TEXT])
        if found is None or found["sign"] != "/":
            continue
        if int(found["first"]) > 12:
            return True
        if int(found["then"]) > 12:
            return False
    return None


def moment_of(text: str, *, slash_day_first: bool | None = None) -> Moment | None:
    """The day, and the time if written, of ``text``; ``None`` when it is no date that is known.

    ``clock`` has a time zone only when the text says one. ``slash_day_first`` decides 7/4/2020;
    ``None`` leaves it unread.
    """
    text = " ".join(text.split())
    if not text or len(text) > LONGEST_TEXT:
        return None
    if found := _YEAR_FIRST.fullmatch(text):
        return _moment(found, int(found["month"]), int(found["day"]))
    if found := _NUMBERS.fullmatch(text):
        first, then = int(found["first"]), int(found["then"])
        if found["sign"] == "." or slash_day_first:
            return _moment(found, then, first)
        if slash_day_first is None:
            return None
        return _moment(found, first, then)
    for shape in (_MONTH_FIRST, _DAY_FIRST):
        found = shape.fullmatch(text)
        if found and (month := _month(found["month"])):
            return _moment(found, month, int(found["day"]))
    return None


def why_no_date(text: str) -> str:
    """Why ``moment_of`` gave nothing for this text: it is no date, or could be two."""
    text = " ".join(text.split())
    found = _NUMBERS.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    if found is None or found["sign"] == ".":
        return "the date can't be read"
    numbers = int(found["first"]), int(found["then"])
    if not all(1 <= number <= 12 for number in numbers):
        return "the date can't be read"
    written = found["sign"].join((found["first"], found["then"], found["year"]))
    return f"the date {written} can't tell day from month"


def _month(name: str) -> int | None:
    """The number of a month by its name or the start of it."""
    name = name.lower()
    # "mai" and "mar" share two letters, "juin" and "juil" three: the longest start wins.
    best = max(
        (
            (len(start), number)
            for number, starts in enumerate(_MONTHS, start=1)
            for start in starts
            if name.startswith(start)
        ),
        default=None,
    )
    return best[1] if best else None


def _moment(found: re.Match[str], month: int, day: int) -> Moment | None:
    try:
        on = date(int(found["year"]), month, day)
        if found["hour"] is None:
            return Moment(day=on)
        hour, half = int(found["hour"]), (found["half"] or "").lower()
        if half:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if half.startswith("p") else 0)
        clock = datetime.combine(on, time(hour, int(found["minute"]), int(found["second"] or 0)))
    except ValueError:
        return None
    offset = (found["offset"] or "").upper()
    if not offset:
        return Moment(day=on, clock=clock)
    if offset in {"Z", "UTC", "GMT"}:
        return Moment(day=on, clock=clock.replace(tzinfo=UTC))
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    if minutes >= 24 * 60:
        return None
    shift = timedelta(minutes=-minutes if offset[0] == "-" else minutes)
    return Moment(day=on, clock=clock.replace(tzinfo=timezone(shift)))


def in_zone(moment: datetime, zone: ZoneInfo) -> date | None:
    """The day that ``moment`` was in ``zone``; ``None`` at the ends of the calendar."""
    try:
        return moment.astimezone(zone).date()
    except (OverflowError, ValueError):
        return None


def in_utc(clock: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment of a clock that stood in ``zone``.

    An hour that the clocks went through twice is taken as the first of the two; one that they
    skipped, as if they had not been put forward yet.
    """
    try:
        return (clock if clock.tzinfo else clock.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def duration_of(text: str) -> Decimal | None:
    """Seconds of "0:31:02", "31:02.5", "1:02:03" or "1862"; ``None`` for anything else."""
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        return None
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = found.groups()
        return (
            Decimal(hours or 0) * 3600 + Decimal(minutes) * 60 + Decimal(seconds.replace(",", "."))
        )
    return number_of(text, decimal_comma="," in text)


def has_decimal_comma(texts: Iterable[str]) -> bool:
    """Whether the numbers of a column have a decimal comma: the first that can't be read otherwise
    tells. "10,250" alone could be either and counts as ten thousand."""
    for text in texts:
        text = _GROUPS.sub("", text)[:LONGEST_TEXT]
        comma, point = text.rfind(","), text.rfind(".")
        if comma < 0 and point < 0:
            continue
        if comma >= 0 and point >= 0:
            return comma > point
        last = max(comma, point)
        if text.count(text[last]) > 1:
            return text[last] == "."
        if len(text) - last - 1 != 3 or text.startswith("0"):
            return text[last] == ","
    return False


def number_of(text: str, *, decimal_comma: bool) -> Decimal | None:
    """The number in ``text``, thousands separators allowed; ``None`` when it is none."""
    text = _GROUPS.sub("", text)
    text = text.replace(".", "").replace(",", ".") if decimal_comma else text.replace(",", "")
    return Decimal(text) if _NUMBER.fullmatch(text) else None
