"""The one writer of CSV files, so that no cell of them is ever run as a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal

Cell = str | int | Decimal | None

# What a spreadsheet takes for the start of a formula, also behind blanks and in full width.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
# Without it a spreadsheet takes the file for one in the code page of the machine.
_MARK = "\ufeff"


def csv_bytes(rows: Iterable[Sequence[Cell]]) -> bytes:
    """These rows as a CSV file in UTF-8; numbers stay numbers, None is an empty cell.

    Text that a spreadsheet could take for a formula gets an apostrophe in front.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return (_MARK + out.getvalue()).encode()


def _safe(cell: Cell) -> str | int | Decimal:
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\0", "")
    seen = unicodedata.normalize("NFKC", cell)
    if seen.startswith(_FORMULA) or seen.lstrip().startswith(_FORMULA):
        return f"'{text}"
    return text
