"""A period's outcomes as a report: the same sections for the page, the CSV file and the PDF.

``report`` puts the page together: ``headline`` gives the key figures, each module of ``parts`` one
part or two that belong together, ``pictures`` the curve and the bars. ``files`` writes it as CSV
and PDF. What became known later is told by ``changes``: ``stored`` says what an episode gave and
would give, ``reasons`` what was recorded since. The figures are worked out by
``programmes.rules.outcomes``, the differences found by ``programmes.selectors.outcomes``.
"""

from programmes.outcomes.changes import Changed, changed
from programmes.outcomes.files import as_csv, as_pdf, later_words
from programmes.outcomes.report import page
from programmes.outcomes.values import Page

__all__ = [
    "Changed",
    "Page",
    "as_csv",
    "as_pdf",
    "changed",
    "later_words",
    "page",
]
