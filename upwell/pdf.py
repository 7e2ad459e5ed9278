"""HTML to PDF, with local files only.

WeasyPrint is loaded at the first PDF: it opens the system's Pango library when it is imported, and
the application must start on a machine that has none.
"""

import atexit
import mimetypes
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.template.loader import render_to_string

SCHEME = "upwell:"

# Pango's font map isn't safe to share between threads, so a process makes one PDF at a time.
_one_at_a_time = threading.Lock()


class Unprintable(Exception):
    """No PDF was made; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Engine:
    """What WeasyPrint gives, once a process: reading our fonts again for each PDF is slow."""

    html: Any
    fetcher: Any
    fonts: Any
    refused: type[BaseException]


@cache
def _engine() -> _Engine:
    try:
        from weasyprint import HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse
    except OSError as error:
        raise Unprintable(
            "Printing needs the Pango library: install libpango-1.0-0, libpangoft2-1.0-0 and"
            " libharfbuzz-subset0 on this server, then try again."
        ) from error

    class LocalFiles(URLFetcher):
        """Serves ``upwell:<static path>`` from our static files and refuses every other address."""

        def __init__(self) -> None:
            super().__init__()
            self.refused: list[str] = []

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            """The file, or ``FatalURLFetchingError`` for an address that isn't one of ours."""
            found = local_file(url)
            if found is None:
                self.refused.append(url)
                raise FatalURLFetchingError(f"refused: {url[:80]}")
            # Without its type a stylesheet would be read as plain text and dropped.
            kind = mimetypes.guess_type(found)[0] or "application/octet-stream"
            return URLFetcherResponse(url, found.read_bytes(), {"Content-Type": kind})

    return _Engine(
        html=HTML, fetcher=LocalFiles, fonts=FontConfiguration(), refused=FatalURLFetchingError
    )


# It removes the folder of its fonts itself, which it can't do once Python is coming down.
atexit.register(_engine.cache_clear)


def local_file(url: str) -> Path | None:
    """The static file behind an ``upwell:`` address; None for any other address."""
    if not url.startswith(SCHEME):
        return None
    try:
        found = finders.find(url.removeprefix(SCHEME))
    except (SuspiciousFileOperation, ValueError):
        return None
    return Path(found) if isinstance(found, str) and Path(found).is_file() else None


def render_pdf(template: str, context: dict[str, Any]) -> bytes:
    """The template as a tagged PDF (PDF/UA-1): same context, same bytes.

    The template also knows ``practice_name`` and ``practice_contact``. Raises ``Unprintable`` when
    the document refers to anything but our own static files, and where Pango is missing.
    """
    practice = {
        "practice_name": settings.PRACTICE_NAME,
        "practice_contact": settings.PRACTICE_CONTACT,
    }
    return html_to_pdf(render_to_string(template, practice | context))


def html_to_pdf(html: str) -> bytes:
    """The document as a tagged PDF; see ``render_pdf``."""
    engine = _engine()
    fetcher = engine.fetcher()
    pdf = b""
    try:
        with _one_at_a_time:
            document = engine.html(string=html, base_url=SCHEME, url_fetcher=fetcher)
            pdf = document.write_pdf(pdf_variant="pdf/ua-1", font_config=engine.fonts)
    # A BaseException in WeasyPrint 70: uncaught it would end the worker without an answer.
    except engine.refused:
        pass
    # Inside an SVG WeasyPrint swallows the refusal and leaves a hole in the page.
    if fetcher.refused:
        raise Unprintable("This page refers to something outside Upwell, so it was not printed.")
    return bytes(pdf or b"")
