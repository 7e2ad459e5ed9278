"""What a report is made of: rows, tables, parts, the two pictures, and the whole page.

Places are in units of the ``viewBox`` of the picture.
"""

from dataclasses import dataclass

from programmes.models import PeriodReport
from upwell.chart import Tick
from upwell.csv import Cell

# The step from bar to bar, where they begin, and how long the longest is.
BAR_STEP, BAR_LEFT, BAR_LONGEST = 34, 215, 360
# The parts that are read before any result.
OPENING = ("who", "known")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table: what it is about, and its cells; text says what is not told.

    With too few cells the last one stands for the rest of the columns.
    """

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A cell as it is drawn; ``quiet``: it says that there is no figure."""

    words: str
    quiet: bool
    span: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row as it is drawn."""

    label: str
    cells: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its caption; the first column names the row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The rows as they are drawn; the last cell of a short one reaches to the end."""
        return tuple(
            Line(
                label=row.label,
                cells=tuple(
                    Drawn(
                        words=str(cell),
                        quiet=isinstance(cell, str) and not cell.startswith("of "),
                        span=len(self.columns) - nth if nth == len(row.cells) else 1,
                    )
                    for nth, cell in enumerate(row.cells, start=1)
                ),
            )
            for row in self.rows
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the report: a title, sentences, tables, and small print below them."""

    key: str
    title: str
    says: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The picture of the share that ran again, with how many were still followed below it."""

    says: str
    path: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    at_risk: tuple[Tick, ...]
    width: int = 640
    height: int = 330
    left: int = 70
    right: int = 620
    top: int = 20
    bottom: int = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One band of the VISA-A change: its words, where its line stands, how long its bar is."""

    words: str
    y: int
    width: float
    count: int
    tone: str

    @property
    def end(self) -> float:
        """Where its number stands."""
        return round(BAR_LEFT + self.width + 8, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything a report shows that never changes."""

    report: PeriodReport
    title: str
    made: str
    headline: tuple[tuple[str, str, str], ...]
    parts: tuple[Part, ...]
    curve: Curve | None
    bars: tuple[Bar, ...]

    @property
    def opening(self) -> tuple[Part, ...]:
        """What is read before any result: who is counted, and how complete the record is."""
        return tuple(part for part in self.parts if part.key in OPENING)

    @property
    def results(self) -> tuple[Part, ...]:
        """The other parts."""
        return tuple(part for part in self.parts if part.key not in OPENING)

    @property
    def bars_height(self) -> int:
        """The height of the strip of bars, in the units of its drawing."""
        return BAR_STEP * len(self.bars) + 10

    @property
    def bars_say(self) -> str:
        """The strip of bars in a sentence."""
        told = ", ".join(f"{bar.words}: {bar.count}" for bar in self.bars)
        return f"VISA-A change in points. {told}."
