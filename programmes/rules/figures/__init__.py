"""A person drawn from the side in two moments of an exercise, from the numbers of two poses."""

from programmes.rules.figures.drawn import Figure, Layer, figure
from programmes.rules.figures.tempo import TempoBar, TempoPart, hold_bar, tempo_bar
from programmes.rules.figures.told import pose_sentences
from programmes.rules.figures.weighed import carrying

__all__ = (
    "Figure",
    "Layer",
    "TempoBar",
    "TempoPart",
    "carrying",
    "figure",
    "hold_bar",
    "pose_sentences",
    "tempo_bar",
)
