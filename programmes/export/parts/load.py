"""The training log: runs, and what changed the load."""

from collections.abc import Iterator

from assessments.models import LoadEvent, Run, RunBatch, UnreadPart
from programmes.export.record import Record
from programmes.export.values import Block
from programmes.export.words import (
    NOT_RECORDED,
    day_words,
    done_by,
    facts_of,
    moment_words,
    struck_words,
    table_of,
    value_words,
)


def load_blocks(record: Record) -> Iterator[Block]:
    """The training log: it belongs to the person, not to one tendon."""
    runs = sorted(record.of(Run), key=lambda row: (row.happened_on, row.pk))
    events = sorted(record.of(LoadEvent), key=lambda row: (row.happened_on, row.pk))
    unread = record.of(UnreadPart)
    batches = record.of(RunBatch)
    if not (runs or events or batches):
        return
    yield Block(
        title="Training log",
        level=2,
        tables=(
            table_of(
                "Runs",
                "Day | Distance | Time | Surface | From | Note",
                (
                    (
                        day_words(row.happened_on),
                        value_words(row.distance_m, " m"),
                        value_words(row.duration_s and row.duration_s // 60, " min"),
                        row.get_surface_display() or NOT_RECORDED,
                        row.origin or "typed",
                        " ".join(
                            part
                            for part in (
                                row.note,
                                struck_words(row),
                                ""
                                if row.batch.status == RunBatch.Status.KEPT
                                else f"Import {row.batch.get_status_display().lower()}.",
                            )
                            if part
                        ),
                    )
                    for row in runs
                ),
            ),
            table_of(
                "Changes of load",
                "From | To | What | Details | Recorded by",
                (
                    (
                        day_words(row.happened_on),
                        day_words(row.until_on),
                        row.get_kind_display(),
                        _event(row),
                        done_by(row.recorded_by, row.recorded_at),
                    )
                    for row in events
                ),
            ),
            table_of(
                "How runs came in",
                "When | By | How | State | Files",
                (
                    (
                        moment_words(row.made_at),
                        str(row.made_by),
                        row.get_source_display(),
                        row.get_status_display()
                        + (
                            ", some pieces not read yet"
                            if any(part.batch_id == row.pk for part in unread)
                            else ""
                        ),
                        ", ".join(str(each.get("name", "")) for each in row.files),
                    )
                    for row in batches
                ),
            ),
        ),
    )


def _event(row: LoadEvent) -> str:
    drop = row.old_drop_mm is not None or row.new_drop_mm is not None
    pairs = facts_of(
        (
            "heel drop",
            f"{value_words(row.old_drop_mm)} to {value_words(row.new_drop_mm)} mm" if drop else "",
        ),
        *(
            (label, None if value is None else value_words(value))
            for label, value in (
                ("to minimal shoes", row.to_minimal),
                ("firmer", row.firmer),
                ("on a slope across", row.camber),
                ("downhill", row.downhill),
                ("straight back to full", row.straight_to_full),
            )
        ),
        ("note", row.note),
    )
    return "; ".join(
        [*(f"{label}: {said}" for label, said in pairs), *filter(None, [struck_words(row)])]
    )
