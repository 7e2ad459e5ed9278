"""The drawing of an exercise as paper and screens show it."""

from collections.abc import Mapping
from dataclasses import dataclass

from patients.rules.terms import Side
from programmes.rules.dose import AnyDose, Dose, Tempo, Usual
from programmes.rules.figures import Figure, TempoBar, figure, tempo_bar
from programmes.rules.library import Exercise
from programmes.rules.library.pose import Pose, pose_from_json
from programmes.rules.terms import DoseSide


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Start and end side by side, and the tempo below, None where nothing is counted.

    Show it with ``programmes/_drawing.html``, on screen with ``figures.css``.
    """

    figure: Figure
    tempo: TempoBar | None


def drawing_of(
    start: Mapping[str, object],
    end: Mapping[str, object],
    dose: AnyDose | None,
    side: Side | None,
) -> Drawing | None:
    """The drawing of an item from its stored poses; None for an item without them.

    ``side`` is the sore side, None where nobody is meant. Raises ``ValueError`` for what no pose
    stores.
    """
    if not start or not end:
        return None
    legs, tempo = DoseSide.BOTH, None
    if isinstance(dose, Dose):
        legs, tempo = dose.side, dose.tempo
    return _drawing(pose_from_json(start), pose_from_json(end), legs, tempo, side)


def drawing_of_exercise(known: Exercise) -> Drawing:
    """The drawing of an exercise of the library, with its usual side and tempo."""
    return drawing_like(known.start, known.end, known.usual)


def drawing_like(start: Pose, end: Pose, usual: Usual) -> Drawing:
    """The drawing of poses with the usual side and tempo of an exercise."""
    return _drawing(start, end, usual.side, usual.tempo, None)


def _drawing(
    start: Pose, end: Pose, legs: DoseSide, tempo: Tempo | None, side: Side | None
) -> Drawing:
    drawn = side.other if side and legs is DoseSide.OTHER else side
    return Drawing(
        figure=figure(start, end, legs=legs, faces_left=drawn is Side.LEFT),
        tempo=tempo_bar(tempo) if tempo else None,
    )
