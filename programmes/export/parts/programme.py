"""A programme: its versions and steps, and what was drafted."""

from collections.abc import Iterator

from patients.models import Episode
from programmes.export.record import Record
from programmes.export.values import Block
from programmes.export.words import day_words, done_by, facts_of, moment_words, signed_by, table_of
from programmes.models import Draft, DraftEdit, Item, Move, Programme, Step, Unlock, Version

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def programme_blocks(record: Record, programme: Programme) -> Iterator[Block]:
    """Where the patient stands, how they got there, and each version of the plan."""
    now = programme.current_step
    yield Block(
        title="Programme",
        facts=facts_of(
            ("Started", day_words(programme.started_on)),
            ("Now at", now and f"{now}, since {day_words(programme.at_step_since)}"),
            ("Days for running", ", ".join(WEEKDAYS[each - 1] for each in programme.training_days)),
        ),
        tables=(
            table_of(
                "Moves to another step, other than by the decision after a session",
                "Day | Why | From | To | Reason | By",
                (
                    (
                        day_words(row.moved_on),
                        row.get_kind_display(),
                        str(row.from_step or "none"),
                        str(row.to_step),
                        row.reason,
                        done_by(row.moved_by, row.moved_at),
                    )
                    for row in record.of(Move, programme=programme)
                ),
            ),
        ),
    )
    for version in record.of(Version, programme=programme):
        yield _version(record, version)


def _version(record: Record, version: Version) -> Block:
    steps = sorted(record.of(Step, version=version), key=lambda row: row.order)
    made_for = f"{version.get_location_display()}, {version.get_phase_display()}"
    return Block(
        title=f"Plan, version {version.number}",
        level=4,
        note=f"Issued by {signed_by(version.issued_by, version.issued_at)}."
        if version.issued_at
        else "Not issued.",
        facts=facts_of(
            ("What changed", version.note),
            ("Made for", made_for),
            ("Cortisone injection", version.get_cortisone_display()),
            ("Made", signed_by(version.created_by, version.created_at)),
            ("Rules of", version.rules_version),
        ),
        tables=(
            table_of(
                "Steps and exercises",
                "Step | Exercise | Dose | Caution",
                (
                    (
                        f"{step}: {step.title}" + (f" ({step.weeks})" if step.weeks else ""),
                        item.name,
                        item.dose_words,
                        " ".join(
                            part
                            for part in (item.caution, item.unlock and f"Unlock {item.unlock}.")
                            if part
                        ),
                    )
                    for step in steps
                    for item in sorted(record.of(Item, step=step), key=lambda row: row.order)
                ),
            ),
        ),
    )


def drafts_block(record: Record, episode: Episode) -> Block:
    """Plans being edited, and what was opened by a clinician's own hand."""

    def fate(row: Draft) -> str:
        if row.issued_as:
            return f"became version {row.issued_as.number}"
        if row.discarded_at:
            return f"put aside by {done_by(row.discarded_by, row.discarded_at)}"
        return "still open"

    drafts = record.of(Draft, episode=episode)
    return Block(
        title="Drafts and unlocks",
        tables=(
            table_of(
                "Exercises unlocked",
                "Signed | What | Reason | Pain at the end of range, since",
                (
                    (
                        done_by(row.signed_by, row.signed_at),
                        row.get_code_display(),
                        row.reason,
                        f"{row.dorsiflexion_pain} of 10, {day_words(row.since)}"
                        if row.since
                        else "",
                    )
                    for row in record.of(Unlock, episode=episode)
                ),
            ),
            table_of(
                "Drafts of plans",
                "Begun | Edits | What became of it",
                (
                    (done_by(row.started_by, row.started_at), str(row.revision), fate(row))
                    for row in drafts
                ),
            ),
            table_of(
                "Edits of drafts",
                "When | By | What",
                (
                    (moment_words(edit.at), str(edit.by), edit.says)
                    for row in drafts
                    for edit in record.of(DraftEdit, draft=row)
                ),
            ),
        ),
    )
