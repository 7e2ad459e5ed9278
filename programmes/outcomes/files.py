"""A report as a file: CSV, and PDF."""

from datetime import UTC, date

from programmes.models import PeriodReport
from programmes.outcomes.report import head_of, page
from programmes.rules.words import counted
from upwell.csv import Cell, csv_bytes
from upwell.http import Refused
from upwell.pdf import Unprintable, render_pdf


def later_words(count: int | None, *, on: date) -> str:
    """What is known on that day of the report's figures, of which ``count`` episodes would give
    something else by now; None: that was not looked up.
    """
    if count is None:
        return "Not compared with what became known later: the page of the report does that."
    said = counted(count, "episode would give", "episodes would give") if count else "nothing gives"
    return f"Known on {on:%-d %B %Y}: {said} something else."


def as_csv(report: PeriodReport, *, later: str) -> bytes:
    """The report as a CSV file: one line a figure, no names and no single episode.

    ``later`` are the words of ``later_words``.
    """
    shown = page(report)
    rows: list[tuple[Cell, ...]] = [
        ("Practice outcomes", shown.title),
        ("Worked out", shown.made),
        ("Later corrections", later),
        (),
        ("Part", "Table", "Row", "Column", "Value"),
    ]
    for part in shown.parts:
        rows += [(part.title, "", "", "In words", words) for words in (*part.says, *part.notes)]
        for table in part.tables:
            for row in table.rows:
                columns = table.columns[1:]
                cells = row.cells + row.cells[-1:] * (len(columns) - len(row.cells))
                rows += [
                    (part.title, table.caption, row.label, column, cell)
                    for column, cell in zip(columns, cells, strict=True)
                ]
    return csv_bytes(rows)


def as_pdf(report: PeriodReport, *, later: str) -> bytes:
    """The report as PDF, the same bytes for the same ``later``, the words of ``later_words``.

    Raises ``Refused`` with a sentence for the user where this machine can't print.
    """
    created = report.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    context = {**head_of(report), "page": page(report), "created": created, "later": later}
    try:
        return render_pdf("programmes/outcomes_pdf.html", context)
    except Unprintable as error:
        raise Refused(str(error)) from error
