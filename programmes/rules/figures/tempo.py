"""The seconds of one repetition, or of a hold, as a bar.

Its words are in the language in force (``programmes.rules.words``).
"""

from dataclasses import dataclass

from programmes.rules.dose import Tempo
from programmes.rules.figures.pen import number
from programmes.rules.words import say

HEIGHT = 20.0
TEXT = 13.0
A_SECOND = 15.0
# Longer than four seconds is no wider, and the whole bar has its place on a paper.
WIDEST_PART = 60.0
WIDEST = 186.0
SEAM = 2.0
# Air at both sides of the words, and how wide letters are, in heights of the text.
AIR = 4.0
THIN, THICK, USUAL = 0.29, 0.86, 0.58
THIN_LETTERS, THICK_LETTERS = frozenset(" .,'’:;ijlíì"), frozenset("mwMW%@")


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoPart:
    """One part of a repetition: its words ("3 s up"), and where their middle stands."""

    words: str
    middle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoBar:
    """The parts of one repetition side by side, as wide as they are long or their words need;
    ``path`` is their boxes, rising on the way up and falling on the way down."""

    width: str
    height: str
    path: str
    parts: tuple[TempoPart, ...]


def tempo_bar(tempo: Tempo) -> TempoBar | None:
    """The seconds up, held and down with their words; a part of no seconds is left out, and None
    where none is left."""
    parts = []
    if tempo.up_s:
        parts.append(("up", tempo.up_s, say("{seconds} s up", seconds=tempo.up_s)))
    if tempo.hold_s:
        parts.append(("hold", tempo.hold_s, say("{seconds} s hold", seconds=tempo.hold_s)))
    if tempo.down_s:
        parts.append(("down", tempo.down_s, say("{seconds} s down", seconds=tempo.down_s)))
    return _bar(parts) if parts else None


def hold_bar(seconds: int) -> TempoBar:
    """The seconds of one hold."""
    return _bar([("hold", seconds, say("{seconds} s hold", seconds=seconds))])


def width_of(words: str) -> float:
    """About how wide the words are in the bar, rather too wide than too narrow."""
    return TEXT * sum(
        THIN if each in THIN_LETTERS else THICK if each in THICK_LETTERS else USUAL
        for each in words
    )


def _bar(parts: list[tuple[str, int, str]]) -> TempoBar:
    widths = [
        max(min(WIDEST_PART, seconds * A_SECOND), width_of(words) + 2 * AIR)
        for _, seconds, words in parts
    ]
    # What is too wide for a paper gives up its air.
    room = WIDEST - 2 - SEAM * (len(parts) - 1)
    smaller = min(1.0, room / sum(widths))
    drawn: list[TempoPart] = []
    boxes, left = "", 1.0
    for (way, _, words), width in zip(parts, widths, strict=True):
        right = left + width * smaller
        drawn.append(TempoPart(words=words, middle=number((left + right) / 2)))
        boxes += _box(way, left, right)
        left = right + SEAM
    return TempoBar(
        width=number(left - SEAM + 1), height=number(HEIGHT), path=boxes, parts=tuple(drawn)
    )


def _box(way: str, left: float, right: float) -> str:
    low, high, top = HEIGHT - 1, 1.0, 5.0
    start, end = {"up": (top, high), "down": (high, top)}.get(way, (high, high))
    return (
        f"M{number(left)} {number(low)}V{number(start)}"
        f"L{number(right)} {number(end)}V{number(low)}Z"
    )
