"""What was measured apart from examinations."""

from collections.abc import Iterator

from assessments.models import FunctionTest, HeelRaiseTest, OtherScore, VisaA
from patients.models import Episode
from programmes.export.record import Record
from programmes.export.values import Block
from programmes.export.words import (
    day_words,
    done_by,
    facts_of,
    figure,
    load_words,
    struck_words,
    table_of,
    value_words,
)
from programmes.models import GateSigning


def measured_block(record: Record, episode: Episode) -> Block:
    """Every score and test, those of assessments too, by their days."""
    visas = sorted(record.of(VisaA, episode=episode), key=lambda row: (row.answered_on, row.pk))
    raises = sorted(
        record.of(HeelRaiseTest, episode=episode), key=lambda row: (row.tested_on, row.pk)
    )
    tests = sorted(
        record.of(FunctionTest, episode=episode), key=lambda row: (row.tested_on, row.pk)
    )
    return Block(
        title="Scores and tests",
        tables=(
            table_of(
                "VISA-A: points of each item (10 is best on items 1 to 6), total of 100",
                "Day | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | Total | How, and recorded by",
                (
                    (
                        day_words(row.answered_on),
                        *("–" if points is None else str(points) for points in row.items),
                        "no total" if row.total is None else str(row.total),
                        (
                            f"{row.get_reported_by_display()}. {done_by(row.recorded_by)}."
                            f" {struck_words(row)}"
                        ),
                    )
                    for row in visas
                ),
            ),
            table_of(
                "Other questionnaires",
                "Day | Name | Value | Recorded by | Note",
                (
                    (
                        day_words(row.answered_on),
                        row.name,
                        value_words(row.value),
                        done_by(row.recorded_by, row.recorded_at),
                        f"{row.get_better_display()}. {row.note} {struck_words(row)}",
                    )
                    for row in record.of(OtherScore, episode=episode)
                ),
            ),
            table_of(
                "Heel raises, left and right leg, pain of 0 to 10",
                "Day | Leg | Repetitions | Pain | Height (cm) | Knee straight | Knee bent "
                "| Hop (cm) | Notes",
                (line for row in raises for line in _legs(row)),
            ),
            table_of(
                "Other tests: pain of 0 to 10 on a raise, on hops and walking",
                "Day | Pain: one raise | Hop, both | Hop, one | Walk, min | Walking | Calf strong "
                "| Recorded by",
                (
                    (
                        day_words(row.tested_on),
                        figure(row.sl_raise_pain),
                        figure(row.dl_hop_pain),
                        figure(row.sl_hop_pain),
                        figure(row.walk_min),
                        figure(row.walk_pain),
                        figure(row.strength_adequate),
                        done_by(row.recorded_by, row.recorded_at),
                    )
                    for row in tests
                ),
            ),
            table_of(
                "Measure of single-leg raises the gate to running goes by",
                "Signed | Measure | Reason",
                (
                    (done_by(row.signed_by, row.signed_at), row.get_mode_display(), row.reason)
                    for row in record.of(GateSigning, episode=episode)
                ),
            ),
        ),
    )


def _legs(row: HeelRaiseTest) -> Iterator[tuple[str, ...]]:
    """A line for each leg, and one for what is said of both."""
    for side in ("left", "right"):
        told = {
            name: getattr(row, f"{side}_{name}")
            for name in (
                *("repetitions", "pain", "height_cm", "straight_kg", "straight_reps"),
                *("bent_kg", "bent_reps", "hop_cm"),
            )
        }
        stop = getattr(row, f"get_{side}_stop_display")()
        if any(value is not None for value in told.values()) or stop:
            yield (
                day_words(row.tested_on),
                side,
                figure(told["repetitions"]),
                figure(told["pain"]),
                figure(told["height_cm"]),
                load_words(told["straight_kg"], told["straight_reps"]),
                load_words(told["bent_kg"], told["bent_reps"]),
                figure(told["hop_cm"]),
                stop,
            )
    both = facts_of(
        ("body", row.body_kg and value_words(row.body_kg, " kg")),
        ("on an incline", None if row.on_incline is None else value_words(row.on_incline)),
        ("how", row.protocol_note),
        ("recorded by", str(row.recorded_by)),
    )
    said = "; ".join(f"{label}: {words}" for label, words in both)
    yield (day_words(row.tested_on), "both", *[""] * 6, said)
