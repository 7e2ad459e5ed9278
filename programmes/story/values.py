"""What the picture of an episode is made of: signs, bars, lanes, closed days, rows and the whole.

Places are in units of the ``viewBox``, ``WIDTH`` wide; lanes reach from ``LEFT`` to ``RIGHT``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from programmes.story.words import SIGN_WORDS, day_words
from upwell.chart import Tick

WIDTH, LEFT, RIGHT = 820.0, 36.0, 812.0
# The height of a row of signs.
ROW = 20.0
# The size of a sign where many stand close together.
SMALL = 0.65


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A sign for one thing: where, of what kind, what it says, and the page it leads to.

    ``stop``: reached with the Tab key; the other marks of a session lead to the same page.
    ``size`` is below 1 where many stand close together.
    """

    x: float
    y: float
    kind: str
    on: date
    says: str
    url: str = ""
    stop: bool = False
    size: float = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar, its kind and what it says. ``words`` stand in it where there is room."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    on: date
    says: str
    url: str = ""
    stop: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One kind of thing on the axis, with its own fixed scale. ``lines`` are (kind, places)."""

    key: str
    title: str
    top: float
    bottom: float
    ticks: tuple[Tick, ...] = ()
    bars: tuple[Bar, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def name(self) -> str:
        """The title without what it explains."""
        return self.title.partition(":")[0]

    @property
    def signs(self) -> Iterable[Mark | Bar]:
        """What it shows, each thing once: the bars of a week say the same."""
        known: set[tuple[date, str, str]] = set()
        everything: list[Mark | Bar] = [*self.bars, *self.marks]
        for each in everything:
            if (key := (each.on, each.says, each.url)) not in known:
                known.add(key)
                yield each


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Days on which the episode was closed."""

    x: float
    width: float
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table beside the picture."""

    on: date
    what: str
    says: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A range somebody often wants: its words, its days, and whether it is the one shown."""

    label: str
    first: date
    last: date
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The picture of a range and the table beside it, newest first.

    ``rows`` holds the newest of ``row_count``. ``absent`` names in words what nobody recorded in
    these days, ``earlier`` what came before the picture begins and is not in "All", and each
    injection before it.
    """

    first: date
    last: date
    presets: tuple[Preset, ...]
    is_empty: bool
    dense: bool
    height: float
    bottom: float
    days: tuple[Tick, ...]
    lanes: tuple[Lane, ...]
    gaps: tuple[Gap, ...]
    absent: tuple[str, ...]
    earlier: tuple[Row, ...]
    rows: tuple[Row, ...]
    row_count: int
    left: float = LEFT
    right: float = RIGHT
    width: float = WIDTH

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """The kinds of signs in it, each with its words."""
        kinds = {mark.kind for lane in self.lanes for mark in lane.marks}
        return tuple((kind, words) for kind, words in SIGN_WORDS.items() if kind in kinds)

    @property
    def says(self) -> str:
        """The picture in one sentence, for who can't see it."""
        names = ", ".join(lane.name.lower() for lane in self.lanes)
        first, last = day_words(self.first), day_words(self.last)
        return f"{first} to {last}: {names}. The table has the same numbers."
