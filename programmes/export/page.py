"""The record as a person reads it, part after part."""

import datetime
from collections.abc import Iterable
from dataclasses import replace

from assessments.models import Treatment
from patients.models import Episode, User
from programmes.export.parts.episode import episode_blocks
from programmes.export.parts.history import changes_table, readings_table
from programmes.export.parts.load import load_blocks
from programmes.export.parts.person import holds_block, named_block, person_block
from programmes.export.record import Record
from programmes.export.values import Block, Page, Part, Table
from programmes.export.words import day_words, moment_words
from programmes.models import Ready

# In words elsewhere, or of nobody: why a table has no place of its own on the page.
NOT_SHOWN = {
    Treatment: "stands with the answers of its assessment",
    Ready: "a paper laid out before anybody printed it; nobody holds it",
}


def page_of(record: Record, *, by: User, at: datetime.datetime) -> Page:
    """The record in parts, as a person reads it; ``AssertionError`` for a table forgotten."""
    patient = record.patient
    name, born = f"{patient.given_name} {patient.family_name}", day_words(patient.date_of_birth)
    parts = [
        Part(
            title="The person",
            blocks=(person_block(record), holds_block(record), named_block(record)),
        )
    ]
    for episode in sorted(record.of(Episode), key=lambda each: (each.opened_on, each.pk)):
        title = f"{episode.get_side_display()} Achilles, from {day_words(episode.opened_on)}"
        parts.append(Part(title=title, blocks=_that_say(episode_blocks(record, episode))))
    parts.append(Part(title="Training log", blocks=tuple(load_blocks(record))))
    parts += [_long_table(readings_table(record)), _long_table(changes_table(record))]
    filled = {model for model, rows in record.rows.items() if rows}
    forgotten = filled - record.shown - set(NOT_SHOWN)
    if forgotten:
        raise AssertionError(f"not in the record to read: {sorted(map(str, forgotten))}")
    return Page(
        name=name,
        born=born,
        record_number=patient.record_number,
        made=moment_words(at),
        made_by=by.signature,
        created=at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        foot=f"{name}, born {born}, {patient.record_number}",
        parts=tuple(part for part in parts if part.blocks),
    )


def _that_say(blocks: Iterable[Block]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block.says)


def _long_table(table: Table) -> Part:
    """A part that is one table."""
    block = Block(title=table.title, level=2, tables=(replace(table, title=""),))
    return Part(title=table.title, blocks=(block,) if table.rows else ())
