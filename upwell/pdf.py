"""HTML to PDF, with local files only."""

import mimetypes
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

SCHEME = "upwell:"


class Unprintable(Exception):
    """The document asked for something that isn't ours; nothing was fetched."""


class LocalFiles(URLFetcher):
    """Serves ``upwell:<static path>`` from our own static files and refuses every other address."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The file, or ``FatalURLFetchingError`` for an address that isn't one of ours."""
        found = finders.find(url.removeprefix(SCHEME)) if url.startswith(SCHEME) else None
        if not isinstance(found, str):
            raise FatalURLFetchingError(f"refused: {url[:80]}")
        # Without its type a stylesheet would be read as plain text and dropped.
        kind = mimetypes.guess_type(found)[0] or "application/octet-stream"
        return URLFetcherResponse(url, Path(found).read_bytes(), {"Content-Type": kind})


def render_pdf(template: str, context: dict[str, Any]) -> bytes:
    """The template as a tagged PDF (PDF/UA-1): same context, same bytes.

    Raises ``Unprintable`` when the document refers to anything but our own static files.
    """
    html = render_to_string(template, context)
    try:
        document = HTML(string=html, base_url=SCHEME, url_fetcher=LocalFiles())
        pdf = document.write_pdf(pdf_variant="pdf/ua-1", font_config=FontConfiguration())
    # A BaseException in WeasyPrint 70: uncaught it would end the worker without an answer.
    except FatalURLFetchingError as error:
        raise Unprintable(str(error)) from error
    return bytes(pdf or b"")
