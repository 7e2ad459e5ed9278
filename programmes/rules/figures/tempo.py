"""The seconds of one repetition, or of a hold, as a bar."""

from dataclasses import dataclass

from programmes.rules.dose import Tempo
from programmes.rules.figures.pen import number

HEIGHT = 20.0
A_SECOND = 15.0
NARROWEST = 22.0
# Longer than four seconds is no wider: the bar has its place on a paper.
WIDEST = 60.0
SEAM = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoPart:
    """One part of a repetition: its seconds as written, and where this figure stands."""

    seconds: str
    middle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoBar:
    """The parts of one repetition side by side, as wide as they are long; ``path`` is their boxes,
    rising on the way up and falling on the way down."""

    width: str
    height: str
    path: str
    parts: tuple[TempoPart, ...]


def tempo_bar(tempo: Tempo) -> TempoBar:
    """The seconds up, held and down; a part of no seconds is a narrow one with its 0."""
    parts = (("up", tempo.up_s), ("hold", tempo.hold_s), ("down", tempo.down_s))
    return _bar(tuple((way, seconds, str(seconds)) for way, seconds in parts))


def hold_bar(seconds: int) -> TempoBar:
    """The seconds of one hold, with their unit."""
    return _bar((("hold", seconds, f"{seconds} s"),))


def _bar(parts: tuple[tuple[str, int, str], ...]) -> TempoBar:
    drawn: list[TempoPart] = []
    boxes, left = "", 1.0
    for way, seconds, words in parts:
        width = min(WIDEST, max(NARROWEST, seconds * A_SECOND))
        drawn.append(TempoPart(seconds=words, middle=number(left + width / 2)))
        boxes += _box(way, left, width)
        left += width + SEAM
    return TempoBar(
        width=number(left - SEAM + 1), height=number(HEIGHT), path=boxes, parts=tuple(drawn)
    )


def _box(way: str, left: float, width: float) -> str:
    right, low, high, top = left + width, HEIGHT - 1, 1.0, 5.0
    start, end = {"up": (top, high), "down": (high, top)}.get(way, (high, high))
    return (
        f"M{number(left)} {number(low)}L{number(left)} {number(start)}"
        f"L{number(right)} {number(end)}L{number(right)} {number(low)}Z"
    )
