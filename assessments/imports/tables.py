"""A list as rows of texts: encodings, separators, and lists made to choke a reader."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from assessments.imports.entry import Unreadable
from assessments.imports.limits import ROWS

COLUMNS = 400
# A row that is longer than this, line breaks in quotes included, is no row of a training log.
ROW_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The names of the columns, and each row with its number in the file as a spreadsheet shows
    it: the first row below the names is 2."""

    names: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def table_of(content: bytes) -> Table:
    """The list in ``content``. Raises ``Unreadable`` when it isn't one, or is too large."""
    text = _text_of(content)
    rows: list[tuple[int, tuple[str, ...]]] = []
    names: tuple[str, ...] = ()
    try:
        for number, row in enumerate(_rows(text, _separator(text)), start=1):
            if len(row) > COLUMNS:
                raise Unreadable(f"Row {number} of the list has more than {COLUMNS} columns.")
            if not any(field.strip() for field in row):
                continue
            if not names:
                names = tuple(" ".join(field.split())[:100] for field in row)
                continue
            if len(rows) >= ROWS:
                raise Unreadable(f"The list has more than {ROWS:,} rows.")
            rows.append((number, tuple(row)))
    except csv.Error as error:
        raise Unreadable("The list is damaged: its rows can't be told apart.") from error
    if not names:
        raise Unreadable("The list is empty.")
    return Table(names=names, rows=tuple(rows))


def _text_of(content: bytes) -> str:
    """``content`` as text: UTF-8, UTF-16, or the Western European of old spreadsheets."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif content[1:400:2].count(0) > len(content[1:400:2]) * 0.8:
        encodings = ("utf-16-le",)
    elif content[0:400:2].count(0) > len(content[0:400:2]) * 0.8:
        encodings = ("utf-16-be",)
    else:
        encodings = ("utf-8-sig", "cp1252", "latin-1")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        # A spreadsheet on an old Mac ends lines with a carriage return alone.
        return text.replace("\r\n", "\n").replace("\r", "\n")
    raise Unreadable("This is not a list in text form.")


def _separator(text: str) -> str:
    """Comma, semicolon or tab: what the first line has most of."""
    first = text.lstrip()[:ROW_CHARACTERS].partition("\n")[0]
    return max((",", ";", "\t"), key=first.count)


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    """The rows, stopping within one that goes on for too long."""
    lines = _Lines(text)
    for row in csv.reader(lines, delimiter=separator):
        lines.since_row = 0
        yield row


class _Lines:
    """The lines of a text, counting the characters given since the last whole row."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.since_row = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.position >= len(self.text):
            raise StopIteration
        end = self.text.find("\n", self.position)
        stop = len(self.text) if end < 0 else end + 1
        self.since_row += stop - self.position
        if self.since_row > ROW_CHARACTERS:
            raise Unreadable("A row of the list is far longer than any training log writes.")
        line = self.text[self.position : stop]
        self.position = stop
        return line
