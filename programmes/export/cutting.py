"""Parts that are too long to be laid out at once, cut into pieces."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from programmes.export.values import Block, Cell, Page, Part

# What is laid out at once, in letters: about five pages, so that a busy machine ends in time. The
# rest is another part of the same PDF.
LETTERS_A_PART = 14_000
LETTERS_A_ROW = 60


def pieces(page: Page) -> list[Part]:
    """The parts of the record, cut where they are too long to be laid out at once."""
    found = []
    for part in page.parts:
        filled: list[Block] = []
        weight = 0
        for block in part.blocks:
            for piece in _cut(block):
                more = _weight(piece)
                if filled and weight + more > LETTERS_A_PART:
                    found.append(Part(title=part.title, blocks=tuple(filled)))
                    filled, weight = [], 0
                filled.append(piece)
                weight += more
        found.append(Part(title=part.title, blocks=tuple(filled)))
    return found


def _cut(block: Block) -> list[Block]:
    """A block as it is, or with its tables cut so that none is longer than a part."""
    if _weight(block) <= LETTERS_A_PART:
        return [block]
    cut: list[Block] = []
    for table in block.tables:
        for rows in _cut_rows(table.rows):
            piece = (replace(table, rows=rows),)
            title = f"{block.title}, continued"
            more = Block(title=title, level=4, tables=piece)
            cut.append(more if cut else replace(block, tables=piece))
    return cut or [block]


def _cut_rows(rows: tuple[tuple[Cell, ...], ...]) -> Iterator[tuple[tuple[Cell, ...], ...]]:
    begun: list[tuple[Cell, ...]] = []
    weight = 0
    for row in rows:
        more = _letters(row)
        if begun and weight + more > LETTERS_A_PART:
            yield tuple(begun)
            begun, weight = [], 0
        begun.append(row)
        weight += more
    if begun:
        yield tuple(begun)


def _letters(row: Iterable[Cell]) -> int:
    return LETTERS_A_ROW + sum(len(str(cell)) for cell in row)


def _weight(block: Block) -> int:
    """About how many letters a block takes on paper."""
    told = sum(_letters(row) for table in block.tables for row in table.rows)
    told += sum(_letters(fact) for fact in block.facts)
    return told + sum(len(line) for text in block.texts for line in text.lines)
