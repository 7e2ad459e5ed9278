"""HTML to PDF, with local files only, in processes of their own.

Drawing happens in a worker process that has no database and no secrets, may use so much time and
memory and no more, and goes behind the pages (docs/decisions/0009-press.md). With
``UPWELL_PDF_WORKERS=0`` it happens in this process instead, without limits.
"""

import atexit
import os
import threading
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from upwell.press import BUSY, TOO_LONG, TOO_MUCH, Unprintable, drawing
from upwell.press.pool import MOST_WORKERS, Pool

__all__ = [
    "BUSY",
    "TOO_LONG",
    "TOO_MUCH",
    "Unprintable",
    "html_to_pdf",
    "joined",
    "local_file",
    "page_count",
    "pictures",
    "render_pdf",
    "stamped",
    "unknown_letters",
    "warm",
    "workers",
]

# Pango's font map isn't safe to share between threads, so a process makes one PDF at a time.
_one_at_a_time = threading.Lock()


def render_pdf(template: str, context: dict[str, Any]) -> bytes:
    """The template as a tagged PDF (PDF/UA-1): same context, same bytes.

    The template also knows ``practice_name`` and ``practice_contact``. Raises ``Unprintable`` when
    the document refers to anything but our own static files, is too much for a paper, or too many
    are waiting, and where Pango is missing.
    """
    practice = {
        "practice_name": settings.PRACTICE_NAME,
        "practice_contact": settings.PRACTICE_CONTACT,
    }
    return html_to_pdf(render_to_string(template, practice | context))


def html_to_pdf(html: str) -> bytes:
    """The document as a tagged PDF; see ``render_pdf``."""
    if not settings.PDF_WORKERS:
        with _one_at_a_time:
            return _engine().pdf(html)
    # A letter that is half of one: what a browser sends as such has no UTF-8.
    return _pool().ask({"do": "pdf"}, html.encode("utf-8", "replace"))[1]


def pictures(pdf: bytes, *, width_px: int) -> tuple[bytes, ...]:
    """Each page of the PDF as PNG, so many pixels wide. Raises ``Unprintable``."""
    if not settings.PDF_WORKERS:
        with _one_at_a_time:
            return tuple(drawing.pictures(pdf, width_px))
    head, body = _pool().ask({"do": "pictures", "width": width_px}, pdf)
    drawn, at = [], 0
    for size in head["sizes"]:
        drawn.append(body[at : at + size])
        at += size
    return tuple(drawn)


def page_count(pdf: bytes) -> int:
    """How many pages the PDF has."""
    from pypdf import PdfReader

    return len(PdfReader(BytesIO(pdf)).pages)


def joined(pdfs: Sequence[bytes], *, title: str = "") -> bytes:
    """The PDFs one after the other as one, tagged as they are: same PDFs, same bytes.

    Blank for ``title`` is that of the first one, which stays as it is where it is alone.
    """
    from upwell.press.joining import joined as join

    return pdfs[0] if len(pdfs) == 1 else join(pdfs, title)


def stamped(pdf: bytes, stamp: bytes) -> bytes:
    """The PDF with the first page of another laid over the head of each of its pages."""
    from upwell.press.joining import stamped as stamp_pages

    return stamp_pages(pdf, stamp)


def unknown_letters(text: str) -> tuple[str, ...]:
    """The letters of a text that print as a sign for an unknown letter, each once in order."""
    if text.isascii():
        return ()
    found = drawing.unprintable_letters().finditer(text)
    return tuple(
        dict.fromkeys(each[0] for each in found if drawing.in_words(each) == drawing.UNKNOWN_LETTER)
    )


def local_file(url: str) -> Path | None:
    """The static file behind an ``upwell:`` address; None for any other address."""
    return drawing.local_file(url, _roots())


def warm() -> None:
    """Start a worker, if workers draw here, without waiting: the first paper finds it ready."""
    if settings.PDF_WORKERS:
        _pool().warm()


def workers() -> tuple[int, int]:
    """Workers of this process that wait for a paper, and how many it has at most (0: none)."""
    if not settings.PDF_WORKERS:
        return 0, 0
    return len(_pool().workers()), min(settings.PDF_WORKERS, MOST_WORKERS)


@cache
def _roots() -> tuple[tuple[str, str], ...]:
    """The folders with static files, each with the first part of its addresses, or ""."""
    # What the finders of Django have in common, which their types don't tell.
    every: list[Any] = list(finders.get_finders())
    return tuple(
        (getattr(storage, "prefix", "") or "", str(storage.location))
        for finder in every
        for storage in finder.storages.values()
    )


@cache
def _engine() -> drawing.Engine:
    return drawing.Engine(_roots())


@cache
def _pool() -> Pool:
    pool = Pool(
        _roots(),
        workers=settings.PDF_WORKERS,
        waiting=settings.PDF_WAITING,
        seconds=settings.PDF_SECONDS,
        processor_seconds=settings.PDF_PROCESSOR_SECONDS,
    )
    atexit.register(pool.close)
    # A copy of this process has workers of its own: two on one pipe would read each other's papers.
    os.register_at_fork(after_in_child=lambda: _left_behind(pool))
    return pool


def _left_behind(pool: Pool) -> None:
    pool.forget()
    _pool.cache_clear()
