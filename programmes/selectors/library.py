"""The library as the rules read it: the built-in exercises and the practice's own."""

from collections.abc import Mapping
from typing import Any

from assessments.rules.terms import MatrixRow, Stage
from programmes.models import PracticeExercise
from programmes.rules.dose import Tempo, Usual
from programmes.rules.library import Exercise
from programmes.rules.library.entry import Contraction, Equipment, Knee
from programmes.rules.library.pose import pose_from_json
from programmes.rules.terms import DoseSide, Range


def as_exercise(stored: PracticeExercise) -> Exercise:
    """An exercise of the practice's own as the value every rule reads."""
    usual = usual_from_json(stored.usual)
    return Exercise(
        key=stored.key,
        name=stored.name,
        stage=Stage(stored.stage),
        row=MatrixRow(stored.matrix_row),
        knee=Knee(stored.knee),
        contraction=Contraction(stored.contraction),
        range=Range(stored.range),
        equipment=tuple(Equipment(each) for each in stored.equipment),
        tempo=usual.tempo,
        tendon_load=None,
        instructions=tuple(stored.instructions),
        start=pose_from_json(stored.start),
        end=pose_from_json(stored.end),
        usual=usual,
        regression=stored.regression or None,
        earliest=Stage(stored.stage),
        at_home=stored.at_home,
    )


def usual_to_json(usual: Usual) -> dict[str, Any]:
    """The parts of a dose nobody types, for JSON."""
    tempo = usual.tempo
    return {
        "side": usual.side.value,
        "range": usual.range.value,
        "tempo": [tempo.up_s, tempo.hold_s, tempo.down_s] if tempo else None,
        "rest_s": usual.rest_s,
        "times_per_day": usual.times_per_day,
        "days_per_week": usual.days_per_week,
    }


def usual_from_json(stored: Mapping[str, Any]) -> Usual:
    """What ``usual_to_json`` stored."""
    tempo = stored["tempo"]
    return Usual(
        side=DoseSide(stored["side"]),
        range=Range(stored["range"]),
        tempo=Tempo(up_s=tempo[0], hold_s=tempo[1], down_s=tempo[2]) if tempo else None,
        rest_s=stored["rest_s"],
        times_per_day=stored["times_per_day"],
        days_per_week=stored["days_per_week"],
    )
