"""The record to read as a file: one page of HTML, and PDF."""

import base64
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from programmes.export.cutting import pieces
from programmes.export.values import Page, Part
from upwell.http import Refused
from upwell.pdf import Unprintable, joined, render_pdf

STYLES = ("upwell/tokens.css", "upwell/record.css")


def as_html(page: Page) -> str:
    """The record as one page that needs nothing else but the files named in it."""
    css = "\n".join(_stylesheet(name) for name in STYLES)
    styles = "data:text/css;base64," + base64.b64encode(css.encode()).decode()
    context = {"page": page, "styles": styles, "practice_name": settings.PRACTICE_NAME}
    return render_to_string("programmes/export.html", context)


def _stylesheet(name: str) -> str:
    found = finders.find(name)
    assert isinstance(found, str)
    return Path(found).read_text(encoding="utf-8")


def as_pdf(page: Page) -> bytes:
    """The record as PDF, part after part. Raises ``Refused`` where this machine can't print."""
    try:
        cut = pieces(page)
        return joined([_laid_out(page, cut, number) for number in range(len(cut))])
    except Unprintable as error:
        raise Refused(str(error)) from error


def _laid_out(page: Page, cut: list[Part], number: int) -> bytes:
    place = f"Part {number + 1} of {len(cut)}"
    context = {"page": page, "part": cut[number], "place": place, "first": not number}
    return render_pdf("programmes/export_pdf.html", context | {"paper": True})
