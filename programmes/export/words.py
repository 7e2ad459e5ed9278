"""How the record says things: days, values, who did what, figures, tables."""

import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone

from patients.models import User
from programmes.export.values import Cell, Table

NOT_RECORDED = "not recorded"


def day_words(day: datetime.date | None) -> str:
    """A day; blank where there is none."""
    return f"{day:%-d %B %Y}" if day else ""


def moment_words(at: datetime.datetime | None) -> str:
    """A moment of the practice’s clock; blank where there is none."""
    return f"{timezone.localtime(at):%-d %B %Y, %H:%M}" if at else ""


def value_words(value: Any, unit: str = "") -> str:
    """A value in words; what was not recorded says so, and is never a zero."""
    if value is None or value == "":
        return NOT_RECORDED
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        value = f"{value.normalize():f}"
    return f"{value}{unit}"


def facts_of(*pairs: tuple[str, Any]) -> tuple[tuple[str, str], ...]:
    """Those of the facts that say something."""
    return tuple((label, str(said)) for label, said in pairs if said not in (None, ""))


def signed_by(user: User | None, at: datetime.datetime | None = None) -> str:
    """Who did it, with title and number, and when."""
    name = user.signature if user else "the server, by command"
    return f"{name}, {moment_words(at)}" if at else name


def done_by(user: User | None, at: datetime.datetime | None = None) -> str:
    """As ``signed_by``, by name alone: titles and numbers stand once, on the first page."""
    name = str(user or "the server, by command")
    return f"{name}, {moment_words(at)}" if at else name


def struck_words(row: Any) -> str:
    """By whom, when and why a row was struck out; blank where it stands."""
    if row.struck_at is None:
        return ""
    return f"Struck out by {row.struck_by}, {moment_words(row.struck_at)}: {row.struck_reason}"


def figure(value: Any) -> str:
    """A figure in a table full of them; a dash where none was recorded."""
    return "–" if value is None else value_words(value)


def load_words(kg: Any, reps: Any) -> str:
    """A load and how often; a dash where neither was recorded."""
    if kg is None and reps is None:
        return "–"
    return f"{figure(kg)} kg × {figure(reps)}"


def table_of(title: str, headings: str, rows: Iterable[Sequence[Cell]]) -> Table:
    """A table with these headings, parted by bars; of questions and answers without any."""
    return Table(
        title=title,
        headings=tuple(each.strip() for each in headings.split("|") if each),
        rows=tuple(tuple(row) for row in rows),
    )
