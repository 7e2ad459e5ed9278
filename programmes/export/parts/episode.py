"""An episode from its opening to its letters."""

from collections.abc import Iterator

from assessments.models import Assessment
from patients.models import Episode, Reopening
from programmes.export.parts.examinations import assessment_block, judged_block
from programmes.export.parts.measured import measured_block
from programmes.export.parts.papers import letters_blocks, papers_blocks
from programmes.export.parts.programme import drafts_block, programme_blocks
from programmes.export.parts.sessions import sessions_block
from programmes.export.record import Record
from programmes.export.values import Block
from programmes.export.words import day_words, done_by, facts_of, table_of
from programmes.models import Programme


def episode_blocks(record: Record, episode: Episode) -> Iterator[Block]:
    """An episode, a block for each thing in it."""
    yield Block(
        title=f"{episode.get_side_display()} Achilles, from {day_words(episode.opened_on)}",
        level=2,
        facts=facts_of(
            ("Opened", f"{day_words(episode.opened_on)} by {episode.opened_by.signature}"),
            ("Clinician", episode.clinician.signature),
            (
                "Closed",
                episode.closed_on and f"{day_words(episode.closed_on)} by {episode.closed_by}",
            ),
            ("Outcome", episode.get_outcome_display()),
            ("Closing note", episode.closing_note),
        ),
        tables=(
            table_of(
                "Opened again",
                "Re-opened | By | Why | It had been closed",
                (
                    (
                        day_words(each.reopened_on),
                        done_by(each.reopened_by, each.reopened_at),
                        each.reason,
                        _closed(each),
                    )
                    for each in record.of(Reopening, episode=episode)
                ),
            ),
        ),
    )
    examined = record.of(Assessment, episode=episode)
    for each in sorted(examined, key=lambda row: (row.examined_on, row.pk)):
        yield assessment_block(record, each)
    yield judged_block(record, episode)
    yield measured_block(record, episode)
    for programme in record.of(Programme, episode=episode):
        yield from programme_blocks(record, programme)
    yield drafts_block(record, episode)
    for programme in record.of(Programme, episode=episode):
        yield sessions_block(record, programme)
        yield from papers_blocks(record, programme)
    yield from letters_blocks(record, episode)


def _closed(row: Reopening) -> str:
    how = f"{day_words(row.closed_on)} by {row.closed_by}: {row.get_outcome_display()}."
    return f"{how} {row.closing_note}".strip()
