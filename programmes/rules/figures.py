"""A person drawn from the side in two moments of an exercise, from the numbers of two poses."""

from dataclasses import dataclass

from programmes.rules.dose import Tempo
from programmes.rules.library.pose import Pose
from programmes.rules.terms import DoseSide


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One path of a drawing. ``role`` is its class; the rest is how paper shows it."""

    role: str
    path: str
    fill: str
    stroke: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoPart:
    """One part of a repetition: its seconds, and where its box and its figure stand."""

    role: str
    seconds: str
    left: str
    width: str
    middle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoBar:
    """The parts of one repetition side by side, as wide as they are long; ``words`` says them."""

    width: str
    height: str
    words: str
    parts: tuple[TempoPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawing: its size, its layers from back to front, and what it shows in plain words."""

    width: str
    height: str
    words: str
    layers: tuple[Layer, ...]


def figure(
    start: Pose, end: Pose, *, legs: DoseSide = DoseSide.AFFECTED, faces_left: bool = False
) -> Figure:
    """Start and end side by side. ``legs`` says which of them work, so are drawn strongly."""
    return Figure(width="200", height="160", words="", layers=())


def tempo_bar(tempo: Tempo) -> TempoBar:
    """The seconds of a repetition as a bar of three parts."""
    return TempoBar(width="0", height="0", words="", parts=())
