"""The drawing of an exercise as paper and screens show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from patients.rules.terms import Side
from programmes.rules.dose import AnyDose, Dose, Tempo, Usual, tempo_words
from programmes.rules.figures import (
    Figure,
    TempoBar,
    carrying,
    figure,
    hold_bar,
    pose_sentences,
    tempo_bar,
)
from programmes.rules.library import Exercise
from programmes.rules.library.pose import Pose, pose_from_json
from programmes.rules.terms import DoseSide, LoadKind
from programmes.rules.words import say, say_counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Start and end side by side, and the tempo below, None where nothing is counted.

    ``words`` say what is drawn, ``tempo_words`` the seconds. Show it with
    ``programmes/_drawing.html``, on screen with ``figures.css``.
    """

    figure: Figure
    words: str
    tempo: TempoBar | None
    tempo_words: str


def drawing_of(
    start: Mapping[str, object],
    end: Mapping[str, object],
    dose: AnyDose | None,
    side: Side | None,
) -> Drawing | None:
    """The drawing of an item from its stored poses; None for an item without them.

    A dose with a weight shows it. ``side`` is the sore side, None where nobody is meant. Raises
    ``ValueError`` for what no pose stores.
    """
    if not start or not end:
        return None
    legs, tempo, hold_s = DoseSide.BOTH, None, None
    first, last = pose_from_json(start), pose_from_json(end)
    if isinstance(dose, Dose):
        legs, tempo, hold_s = dose.side, dose.tempo, dose.hold_s
        if _weighs(dose):
            first, last = carrying(first), carrying(last)
    return _drawing(first, last, legs=legs, tempo=tempo, hold_s=hold_s, side=side)


def _weighs(dose: Dose) -> bool:
    """Whether there is something to lift besides the body; a share of the effort isn't."""
    own = dose.load.kind in (LoadKind.BODY_WEIGHT, LoadKind.PERCENT_MAX)
    return not own and dose.load.amount != 0


def drawing_of_exercise(known: Exercise) -> Drawing:
    """The drawing of an exercise of the library, with its usual side and tempo."""
    return drawing_like(known.start, known.end, known.usual)


def drawing_like(start: Pose, end: Pose, usual: Usual) -> Drawing:
    """The drawing of poses with the usual side and tempo of an exercise."""
    return _drawing(start, end, legs=usual.side, tempo=usual.tempo, hold_s=None, side=None)


def _drawing(
    start: Pose,
    end: Pose,
    *,
    legs: DoseSide,
    tempo: Tempo | None,
    hold_s: int | None,
    side: Side | None,
) -> Drawing:
    drawn = side.other if side and legs is DoseSide.OTHER else side
    bar, said = None, ""
    if tempo is not None:
        bar, said = tempo_bar(tempo), ", ".join(tempo_words(tempo))
    elif hold_s is not None:
        bar, said = (
            hold_bar(hold_s),
            say_counted(hold_s, "{count} second held", "{count} seconds held"),
        )
    return Drawing(
        figure=_figure(start, end, legs, drawn is Side.LEFT),
        words=_words(start, end, legs),
        tempo=bar,
        tempo_words=said,
    )


@lru_cache(maxsize=512)
def _figure(start: Pose, end: Pose, legs: DoseSide, faces_left: bool) -> Figure:
    """Pages show the same few exercises again and again."""
    return figure(start, end, legs=legs, faces_left=faces_left)


def _words(start: Pose, end: Pose, legs: DoseSide) -> str:
    first = " ".join(pose_sentences(start, legs=legs))
    if start == end:
        return say("Hold still: {pose}", pose=first)
    then = " ".join(pose_sentences(end, legs=legs, before=start))
    return say("Start: {start} End: {end}", start=first, end=then)
