"""What the record to read is made of: links, tables, blocks, parts, and the whole."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place in a table that leads to a file beside the page."""

    words: str
    href: str


Cell = str | Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under headings, with a line above; not shown when there are no rows."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of the record: a heading with what stands below it.

    ``level`` 2 begins an episode or a part, 3 what is in it, 4 one thing of many.
    """

    title: str
    level: int = 3
    note: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    texts: tuple[Any, ...] = ()
    tables: tuple[Table, ...] = ()
    files: tuple[Link, ...] = ()

    @property
    def says(self) -> bool:
        """Whether anything stands below the heading."""
        tables = any(table.rows for table in self.tables)
        return bool(self.note or self.facts or self.texts or self.files or tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is laid out together: the person, one episode, the load history, or changes."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The record to read."""

    name: str
    born: str
    record_number: str
    made: str
    made_by: str
    created: str
    foot: str
    parts: tuple[Part, ...]
