"""HTML to PDF with our own files and our own fonts, and PDF to pictures.

WeasyPrint is loaded when an ``Engine`` is made: it opens the system's Pango library, and the
application must start on a machine that has none.
"""

import importlib
import importlib.util
import mimetypes
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from upwell.press import OUTSIDE, PANGO, TOO_MUCH, Unprintable
from upwell.press.quick import hurry

SCHEME = "upwell:"

# A paper is a few pages of a few ten thousand letters; a patient's report is the longest.
LONGEST_HTML = 2_000_000
MOST_PAGES = 100
# A page of A3, in CSS pixels of 1/96 inch.
LONGEST_SIDE = 1_600

# The wheels our fonts come in. Latin letters are Atkinson Hyperlegible's, drawn for low vision.
FONT_PACKAGES = (
    "fontpkg_atkinson_hyperlegible",
    "fontpkg_noto_sans",
    "fontpkg_noto_sans_arabic",
)
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  {folders}
  <!-- Atkinson has four Greek letters, for formulas: a word of two fonts looks broken. -->
  <match target="font">
    <test name="family" compare="contains"><string>Atkinson</string></test>
    <edit name="charset" mode="assign">
      <minus>
        <name>charset</name>
        <charset><range><int>0x370</int><int>0x3ff</int></range></charset>
      </minus>
    </edit>
  </match>
  <match target="pattern">
    <edit name="family" mode="append_last"><string>Atkinson Hyperlegible</string></edit>
    <edit name="family" mode="append_last"><string>Noto Sans</string></edit>
    <edit name="family" mode="append_last"><string>Noto Sans Arabic</string></edit>
  </match>
</fontconfig>
"""
FOLDER = "<dir>{}</dir>"

# A stylesheet of ours as templates/print.html links it. Parsed once, not once a paper.
OUR_SHEET = re.compile(r'<link rel="stylesheet" href="(upwell:[^"]+)">')
SCOPES = {"col": "/Column", "colgroup": "/Column", "row": "/Row", "rowgroup": "/Row"}
POINTS = 0.75  # of a CSS pixel

# Nothing is drawn for these: line ends, joiners, direction marks, soft hyphens.
INVISIBLE = (
    *(0x09, 0x0A, 0x0D, 0xAD, 0x61C, 0xFEFF),
    *range(0x200B, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x206A),
)
# Parts of an emoji that say nothing by themselves: joiner of keycaps, variations, skins, tags.
FLAG_LETTERS = range(0x1F1E6, 0x1F200)  # A to Z; two of them are a flag
SILENT = (0x20E3, *range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), *range(0xE0000, 0xE0080))
UNKNOWN_LETTER = "\N{REPLACEMENT CHARACTER}"
# The text of a glyph that has none of its own, as some Arabic dots: it is invisible and joins.
NO_LETTER = b"<034f>"

type_of = mimetypes.MimeTypes().guess_type


def local_file(url: str, roots: tuple[tuple[str, str], ...]) -> Path | None:
    """The static file behind an ``upwell:`` address; None for any other address.

    ``roots`` are the folders with static files, each with the first part of its addresses, or "".
    """
    if not url.startswith(SCHEME):
        return None
    path = url.removeprefix(SCHEME)
    for prefix, folder in roots:
        rest = path.removeprefix(f"{prefix}/") if prefix else path
        if prefix and rest == path:
            continue
        try:
            found = Path(folder, rest).resolve()
            if found.is_relative_to(Path(folder).resolve()) and found.is_file():
                return found
        except (OSError, ValueError):
            return None
    return None


@contextmanager
def our_fonts_only() -> Iterator[None]:
    """While it lasts, whoever asks the machine for its fonts finds those of our wheels."""
    folders = "\n  ".join(FOLDER.format(escape(str(each))) for each in font_folders())
    with tempfile.TemporaryDirectory(prefix="upwell-fonts-") as folder:
        file = Path(folder) / "fonts.conf"
        file.write_text(FONTS.format(folders=folders), encoding="utf-8")
        with environment("FONTCONFIG_FILE", str(file)):
            yield


@contextmanager
def environment(name: str, value: str) -> Iterator[None]:
    """While it lasts, the variable of this process has this value."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def font_folders() -> tuple[Path, ...]:
    """The folders with our fonts."""
    found = (importlib.util.find_spec(name) for name in FONT_PACKAGES)
    return tuple(Path(each.origin).parent / "files" for each in found if each and each.origin)


@cache
def unprintable_letters() -> re.Pattern[str]:
    """Finds each letter that none of our fonts has."""
    ttlib: Any = importlib.import_module("fontTools.ttLib")
    known = set(INVISIBLE)
    for folder in font_folders():
        for file in folder.glob("*.ttf"):
            with ttlib.TTFont(file, lazy=True) as font:
                known |= set(font.getBestCmap())
    runs = groupby(enumerate(sorted(known)), key=lambda each: each[1] - each[0])
    spans = ([code for _, code in run] for _, run in runs)
    ranges = (f"\\U{span[0]:08x}-\\U{span[-1]:08x}" for span in spans)
    return re.compile(f"[^{''.join(ranges)}]")


def in_words(found: re.Match[str]) -> str:
    """What is printed for a letter that no font of ours has: a symbol's name, or a sign."""
    letter = found[0]
    if ord(letter) in SILENT or unicodedata.category(letter) == "Cc":
        return ""
    if ord(letter) in FLAG_LETTERS:
        return chr(ord("A") + ord(letter) - FLAG_LETTERS[0])
    if unicodedata.category(letter) in ("So", "Sm"):
        name = unicodedata.name(letter, "").lower()
        return f"({name})" if name else UNKNOWN_LETTER
    return UNKNOWN_LETTER


class Engine:
    """What draws papers, one at a time. Reading fonts and stylesheets anew for each is slow.

    Raises ``Unprintable`` where Pango is missing.
    """

    def __init__(self, roots: tuple[tuple[str, str], ...]) -> None:
        try:
            with our_fonts_only():
                import weasyprint
                from weasyprint.text.fonts import FontConfiguration
                from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

                self._fonts = FontConfiguration()
        except OSError as error:
            raise Unprintable(PANGO) from error

        hurry()

        class LocalFiles(URLFetcher):
            """Serves our static files and refuses every other address."""

            def __init__(self) -> None:
                super().__init__()
                self.refused = False

            def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
                """The file, or ``FatalURLFetchingError`` for an address that isn't one of ours."""
                found = local_file(url, roots)
                if found is None:
                    self.refused = True
                    raise FatalURLFetchingError("refused")
                # Without its type a stylesheet would be read as plain text and dropped.
                kind = type_of(found.name)[0] or "application/octet-stream"
                return URLFetcherResponse(url, found.read_bytes(), {"Content-Type": kind})

        self._roots = roots
        self._weasyprint = weasyprint
        self._fetcher = LocalFiles
        self._refused: type[BaseException] = FatalURLFetchingError
        self._sheets: dict[tuple[tuple[str, int], ...], list[Any]] = {}

    def pdf(self, html: str) -> bytes:
        """The document as a tagged PDF (PDF/UA-1): same document, same bytes, on each machine.

        Raises ``Unprintable`` when the document refers to anything but our own static files or is
        longer than a paper can be.
        """
        if len(html) > LONGEST_HTML:
            raise Unprintable(TOO_MUCH)
        fetcher = self._fetcher()
        written = b""
        try:
            written = self._written(unprintable_letters().sub(in_words, html), fetcher)
        # A BaseException in WeasyPrint 70: uncaught it would end the worker without an answer.
        except self._refused:
            pass
        # Lengths beyond any paper end in all kinds of arithmetic.
        except (RecursionError, ArithmeticError) as error:
            raise Unprintable(TOO_MUCH) from error
        # Inside an SVG WeasyPrint swallows the refusal and leaves a hole in the page.
        if fetcher.refused:
            raise Unprintable(OUTSIDE)
        return written

    def _written(self, html: str, fetcher: Any) -> bytes:
        sheets = self._parsed(tuple(OUR_SHEET.findall(html)), fetcher)
        document = self._weasyprint.HTML(
            string=OUR_SHEET.sub("", html), base_url=SCHEME, url_fetcher=fetcher
        ).render(font_config=self._fonts, stylesheets=sheets, pdf_variant="pdf/ua-1")
        pages = document.pages
        if len(pages) > MOST_PAGES or any(
            max(page.width, page.height) > LONGEST_SIDE for page in pages
        ):
            raise Unprintable(TOO_MUCH)
        # A font of several weights is cut to one as it is embedded, and would tell when that was.
        with environment("SOURCE_DATE_EPOCH", "0"):
            return bytes(document.write_pdf(finisher=_finish, pdf_variant="pdf/ua-1"))

    def _parsed(self, urls: tuple[str, ...], fetcher: Any) -> list[Any]:
        """The stylesheets of these addresses, parsed when one of their files has changed."""
        files = [local_file(url, self._roots) for url in urls]
        stamps = (file.stat().st_mtime_ns if file else 0 for file in files)
        key = tuple(zip(urls, stamps, strict=True))
        if key not in self._sheets:
            # One order of layers for all of them, as in a browser. Without the fonts: their rules
            # for a browser are passed over here, where our fonts are all there is.
            layers: list[str] = []
            self._sheets[key] = [
                self._weasyprint.CSS(url=url, url_fetcher=fetcher, layers=layers) for url in urls
            ]
        return self._sheets[key]


def _finish(document: Any, pdf: Any) -> None:
    """Put right what WeasyPrint 70 leaves out or writes wrong in the structure of a document.

    Headers of tables get their scope, figures their place in the page's own units, glyphs without
    a letter a harmless one, and what stands in the margins of a page is no part of the text.
    Raises ``Unprintable`` for a link to another address.
    """
    _set_margins_apart(pdf)
    heights = dict(zip(pdf.page_references, (page.height for page in document.pages), strict=True))
    for page in document.pages:
        for box in page._page_box.descendants():
            mark = getattr(box, "mark", None)
            if mark is not None and mark.get("S") == "/TH":
                scope = SCOPES.get(box.element.attrib.get("scope"))
                if scope:
                    mark["A"]["Scope"] = scope
    for each in pdf.objects:
        if isinstance(each, dict) and each.get("A", {}).get("S") == "/URI":
            raise Unprintable(OUTSIDE)
        stream = getattr(each, "stream", None)
        if stream and len(stream) > 2 and stream[2] == b"begincmap":
            stream[:] = [
                line[:-2] + NO_LETTER if line.endswith(b"> <>") else line for line in stream
            ]
        elif isinstance(each, dict) and each.get("S") == "/Figure" and "BBox" in each.get("A", {}):
            left, top, right, bottom = each["A"]["BBox"]
            height = heights[each["Pg"]]
            each["A"]["BBox"][:] = [
                left * POINTS,
                (height - bottom) * POINTS,
                right * POINTS,
                (height - top) * POINTS,
            ]


def _set_margins_apart(pdf: Any) -> None:
    """Mark the text in the margins of each page as artifact: a screen reader passes it over.

    WeasyPrint writes elements for it too, and leaves them out of the structure.
    """

    def numbered(reference: bytes) -> Any:
        return pdf.objects[int(reference.split()[0])]

    root = numbered(pdf.catalog["StructTreeRoot"])
    in_text, ahead = set(), list(root["K"])
    while ahead:
        element = numbered(ahead.pop())
        in_text.add(element.number)
        ahead += [kid for kid in element.get("K", ()) if isinstance(kid, bytes)]
    numbers = numbered(root["ParentTree"])["Nums"]
    for page, elements in enumerate(numbers[1 : 2 * len(pdf.page_references) : 2]):
        outside = {
            number
            for number, reference in enumerate(elements)
            if numbered(reference).number not in in_text
        }
        for number in outside:
            elements[number] = "null"
        content = numbered(numbered(pdf.page_references[page])["Contents"]).stream
        for at, operator in enumerate(content):
            if operator == b"BDC" and content[at - 1]["MCID"] in outside:
                content[at - 2] = "/Artifact"
                content[at - 1] = "<</Type /Pagination>>"
    for number, each in enumerate(pdf.objects):
        if isinstance(each, dict) and each.get("Type") == "/StructElem" and number not in in_text:
            each.clear()


def pictures(pdf: bytes, width_px: int) -> list[bytes]:
    """Each page as PNG, so many pixels wide."""
    # Loaded only where pictures are drawn; it has no types.
    pypdfium2: Any = importlib.import_module("pypdfium2")
    document = pypdfium2.PdfDocument(pdf)
    try:
        drawn = []
        for page in document:
            picture = page.render(scale=width_px / page.get_width()).to_pil().convert("RGB")
            written = BytesIO()
            picture.save(written, "PNG")
            drawn.append(written.getvalue())
            page.close()
        return drawn
    finally:
        document.close()
