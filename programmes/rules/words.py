"""Numbers as they are read aloud, and words of papers in the patient's language.

The sources say everything in English. ``say`` and its sisters look their message up in the
catalogue of the language that ``in_language`` puts in force, then insert the values; without one
they answer in English. Only what stands literally in the sources is a message: what people typed
comes in as a value and is never looked up.
"""

import gettext
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import lru_cache
from pathlib import Path

from assessments.rules.bounds import Number

ENGLISH = "en"
FOLDER = Path(__file__).resolve().parent.parent / "locale"
"""Where the catalogues are: ``<code>/LC_MESSAGES/django.mo``."""
DOMAIN = "django"
CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")


def plain(number: Number) -> str:
    """The number without an exponent and without zeros at the end of its decimals."""
    text = f"{number:f}" if not isinstance(number, int) else str(number)
    return text.rstrip("0").rstrip(".") if "." in text else text


def counted(count: int, singular: str, plural: str = "") -> str:
    """The count with its noun: "1 session", "2 sessions"."""
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


_in_force: ContextVar[gettext.NullTranslations | None] = ContextVar("language", default=None)


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Within it everything is said in this language. Raises ``KeyError`` without a catalogue."""
    before = _in_force.set(None if code == ENGLISH else catalogue(FOLDER, code))
    try:
        yield
    finally:
        _in_force.reset(before)


@lru_cache(maxsize=16)
def catalogue(folder: Path, code: str) -> gettext.NullTranslations:
    """The catalogue of this language, read once a process. Raises ``KeyError`` without one."""
    if not CODE.fullmatch(code):
        raise KeyError(code)
    try:
        return gettext.translation(DOMAIN, folder, [code])
    except OSError:
        raise KeyError(code) from None


def say(message: str, /, **values: object) -> str:
    """The message in the language in force, with the values in its places."""
    language = _in_force.get()
    said = language.gettext(message) if language else message
    return said.format_map(values) if values else said


def say_as(context: str, message: str, /, **values: object) -> str:
    """As ``say``, for a word that means several things: ``context`` tells translators which."""
    said = look_up(context, message)
    return said.format_map(values) if values else said


def say_counted(count: int, one: str, many: str, /, **values: object) -> str:
    """As ``say``, in the form that goes with the count, which stands at ``{count}``."""
    language = _in_force.get()
    english = one if count == 1 else many
    said = language.ngettext(one, many, count) if language else english
    return said.format_map({"count": count, **values})


def look_up(context: str, message: str) -> str:
    """The message of this context, itself where the catalogue has none. For texts of ours only."""
    language = _in_force.get()
    return language.pgettext(context, message) if language else message


def marked(message: str, /) -> str:
    """The message itself, now known to translators: for tables of words made on import."""
    return message


def say_marked(message: str, /) -> str:
    """As ``say``, for a message that ``marked`` stands around elsewhere, and for nothing else."""
    language = _in_force.get()
    return language.gettext(message) if language and message else message


def numeral(number: Number) -> str:
    """As ``plain``, with the decimal sign of the language in force."""
    return plain(number).replace(".", say_as("decimal sign", "."))


_MONTHS: tuple[Callable[[], str], ...] = (
    lambda: say_as("month", "January"),
    lambda: say_as("month", "February"),
    lambda: say_as("month", "March"),
    lambda: say_as("month", "April"),
    lambda: say_as("month", "May"),
    lambda: say_as("month", "June"),
    lambda: say_as("month", "July"),
    lambda: say_as("month", "August"),
    lambda: say_as("month", "September"),
    lambda: say_as("month", "October"),
    lambda: say_as("month", "November"),
    lambda: say_as("month", "December"),
)
_WEEKDAYS: tuple[Callable[[], str], ...] = (
    lambda: say_as("weekday", "Monday"),
    lambda: say_as("weekday", "Tuesday"),
    lambda: say_as("weekday", "Wednesday"),
    lambda: say_as("weekday", "Thursday"),
    lambda: say_as("weekday", "Friday"),
    lambda: say_as("weekday", "Saturday"),
    lambda: say_as("weekday", "Sunday"),
)


def date_words(day: date) -> str:
    """The date with its year: "22 November 2026"."""
    return say(
        "{day} {month} {year}",
        day=_day_of_month(day),
        month=_MONTHS[day.month - 1](),
        year=day.year,
    )


def weekday_words(day: date) -> str:
    """The date with its weekday and no year: "Monday 23 November"."""
    return say(
        "{weekday} {day} {month}",
        weekday=_WEEKDAYS[day.weekday()](),
        day=_day_of_month(day),
        month=_MONTHS[day.month - 1](),
    )


def _day_of_month(day: date) -> str:
    """The number of the day; some languages write the first of a month otherwise."""
    return say_as("first day of a month", "1") if day.day == 1 else str(day.day)
