"""Papers and letters, with links to the files beside the page."""

from collections.abc import Iterator

from patients.models import Episode
from programmes.belongings import Model
from programmes.export.record import Record
from programmes.export.values import Block, Cell, Link
from programmes.export.words import day_words, done_by, facts_of, moment_words, signed_by, table_of
from programmes.letters import paragraphs
from programmes.models import Handout, Letter, NotDone, Printing, PrintJobPaper, Programme


def papers_blocks(record: Record, programme: Programme) -> Iterator[Block]:
    """The papers of a programme, printed and returned."""
    papers = [
        row for row in record.of(Handout) if row.version.programme_id == programme.pk
    ]  # fmt: skip
    refused = [
        row
        for row in record.of(PrintJobPaper)
        if row.version.programme_id == programme.pk and row.problem
    ]
    printings, not_done = record.of(Printing), record.of(NotDone)
    yield Block(
        title="Papers given to the patient",
        tables=(
            table_of(
                "Papers",
                "Code | Version and step | First printed | As printed",
                (
                    (
                        f"{row.paper_code[:4]} {row.paper_code[4:]}",
                        f"version {row.version.number}, {row.step}",
                        done_by(row.printed_by, row.printed_at),
                        _link(record, Handout, row.pk, "its bytes were not kept"),
                    )
                    for row in papers
                ),
            ),
            table_of(
                "Printed",
                "Paper | When | By",
                (
                    (paper.paper_code, moment_words(row.printed_at), done_by(row.printed_by))
                    for paper in papers
                    for row in printings
                    if row.handout_id == paper.pk
                ),
            ),
            table_of(
                "Lines of returned diaries: nothing done that day",
                "Paper | Line | Day | Recorded by",
                (
                    (
                        paper.paper_code,
                        str(row.diary_row),
                        day_words(row.on),
                        done_by(row.recorded_by, row.recorded_at),
                    )
                    for paper in papers
                    for row in not_done
                    if row.handout_id == paper.pk
                ),
            ),
            table_of(
                "Papers that were asked for and refused",
                "Asked for | Reason",
                ((moment_words(row.job.made_at), row.problem) for row in refused),
            ),
        ),
    )


def letters_blocks(record: Record, episode: Episode) -> Iterator[Block]:
    """The letters of an episode as they were printed."""
    for row in record.of(Letter, episode=episode):
        file = record.files.get((Letter, row.pk))
        state = (
            f"Printed by {signed_by(row.printed_by, row.printed_at)}."
            if row.printed_at
            else "Not printed: a draft."
        )
        yield Block(
            title=f"{row.get_kind_display()}, {day_words(row.dated_on)}",
            note=state,
            facts=facts_of(
                ("To", row.recipient),
                ("Subject", row.subject),
                ("Written", signed_by(row.written_by, row.written_at)),
            ),
            texts=paragraphs(row.body),
            files=(Link(words=file.name, href=file.name),) if file else (),
        )


def _link(record: Record, model: Model, key: int, otherwise: str) -> Cell:
    file = record.files.get((model, key))
    return Link(words=file.name, href=file.name) if file else otherwise
