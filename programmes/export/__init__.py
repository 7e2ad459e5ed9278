"""One person's whole record: to read as a page or a PDF, and as JSON with every row of it.

What belongs is found by ``programmes.belongings`` and read by ``record``. ``page`` puts the record
to read together from its ``parts``; a table that is read into the record but shown nowhere stops
it, so that none is forgotten when the tables grow. ``files`` makes HTML and PDF of it, ``cutting``
the pieces that are laid out at once, ``rows`` the JSON, and ``writing`` the folder.
"""

from programmes.export.files import as_html, as_pdf
from programmes.export.page import NOT_SHOWN, page_of
from programmes.export.record import Record, record_of
from programmes.export.rows import as_json
from programmes.export.values import Page
from programmes.export.writing import Exported, export

__all__ = [
    "NOT_SHOWN",
    "Exported",
    "Page",
    "Record",
    "as_html",
    "as_json",
    "as_pdf",
    "export",
    "page_of",
    "record_of",
]
