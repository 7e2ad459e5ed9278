"""What a test asks of a paper: that everybody can read it, and that it looks as it did.

Two programs that know nothing of each other read the accessibility of a PDF (PDF/UA-1), and the
structure is read once more by our own eyes: a validator counts whether a header has a scope, not
whether it is the right one.
"""

import os
import re
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageFilter
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"
COMPARED = ROOT / "var" / "compared"

# Of outloud. An empty diary is mostly empty cells, and that is what it is for.
EMPTY_TABLE = "TBL-012"
POINTS_PER_INCH = 72
# Two renderings of one page differ by the grey of an edge; a moved word differs by ink.
EDGE = 40
HEADINGS = {f"/H{level}": level for level in range(1, 7)}
# What makes a paper do something, fetch something or carry something.
ACTIVE = {"/EmbeddedFile", "/EmbeddedFiles", "/JavaScript", "/JS", "/Launch", "/URI", "/AA"}
ACTIVE |= {"/OpenAction", "/AcroForm", "/RichMedia", "/GoToR", "/SubmitForm", "/AF"}


def assert_accessible(pdf: bytes, *, allowed: frozenset[str] = frozenset({EMPTY_TABLE})) -> None:
    """Fail with every finding unless the PDF is PDF/UA-1 by both programs and by our own reading.

    ``allowed`` are rules of outloud whose findings are what is wanted, by their number.
    """
    findings = [*_by_page(pdf), *_by_outloud(pdf, allowed), *_by_structure(pdf)]
    assert not findings, "This paper is not for everybody:\n  " + "\n  ".join(findings)


def _by_page(pdf: bytes) -> Iterator[str]:
    report = import_module("page").validate_pdf_bytes(pdf, profile="ua1")
    for failure in report.failures:
        yield f"page: {failure.rule_id}: {failure.message}"
    if not report.is_compliant and not report.failures:
        yield "page: not PDF/UA-1, and it does not say why"


def _by_outloud(pdf: bytes, allowed: frozenset[str]) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "paper.pdf"
        file.write_bytes(pdf)
        result = _outloud().check(str(file))
    if result.error:
        yield f"outloud: unreadable: {result.error}"
    for finding in result.sorted_findings():
        if finding.severity != "info" and finding.rule not in allowed:
            where = f"page {finding.page}" if finding.page else "the document"
            told = f" ({finding.evidence})" if finding.evidence else ""
            yield f"outloud: {finding.rule} on {where}: {finding.message}{told}"


@cache
def _outloud() -> Any:
    with warnings.catch_warnings():
        # PyMuPDF's C types, as it is imported.
        warnings.simplefilter("ignore", DeprecationWarning)
        return import_module("outloud")


def _by_structure(pdf: bytes) -> Iterator[str]:
    reader = PdfReader(BytesIO(pdf))
    root: Any = reader.root_object
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "not tagged"
    if not root.get("/Lang"):
        yield "no language"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "a reader shows the name of the file instead of the title"
    if not (reader.metadata and reader.metadata.title):
        yield "no title"
    elements = list(structure(reader))
    if not elements:
        yield "no structure"
    for element in elements:
        yield from _of_element(element)
    levels = [HEADINGS[_kind(each)] for each in elements if _kind(each) in HEADINGS]
    if levels[:1] != [1]:
        yield "the first heading is not the heading of the whole paper (h1)"
    for before, after in pairwise(levels):
        if after > before + 1:
            yield f"a heading of level {after} under one of level {before}"
    pages = list(_pages_of_content(reader))
    if pages != sorted(pages):
        yield "something of a later page is read aloud before an earlier page has ended"


def _of_element(element: DictionaryObject) -> Iterator[str]:
    kind = _kind(element)
    if kind == "/Figure" and not str(element.get("/Alt", "")).strip():
        yield "a figure without alternative text"
    if kind == "/TH" and _of_table(element, "/Scope") not in ("/Column", "/Row", "/Both"):
        yield "a table header without a scope"
    if kind == "/TD" and not _of_table(element, "/Headers"):
        yield "a table cell without headers"
    if kind == "/TR" and not {_kind(each) for each in _kids(element)} <= {"/TH", "/TD"}:
        yield "a table row with something else than cells"
    if kind == "/L" and not {_kind(each) for each in _kids(element)} <= {"/LI", "/Caption", "/L"}:
        yield "a list with something else than its items"


def structure(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every element of the structure tree, in the order of reading."""
    tree: Any = reader.root_object.get("/StructTreeRoot")
    if tree is not None:
        for each in _kids(tree.get_object()):
            yield from _below(each)


def _below(element: DictionaryObject) -> Iterator[DictionaryObject]:
    yield element
    for each in _kids(element):
        yield from _below(each)


def _kids(element: DictionaryObject) -> list[DictionaryObject]:
    """The elements right below this one; content of pages and links are none."""
    found: Any = element.get("/K", [])
    found = found.get_object()
    every = found if isinstance(found, ArrayObject) else [found]
    kids = [each.get_object() for each in every]
    return [each for each in kids if isinstance(each, DictionaryObject) and "/S" in each]


def _kind(element: DictionaryObject) -> str:
    return str(element["/S"])


def _of_table(element: DictionaryObject, name: str) -> Any:
    attributes: Any = element.get("/A", {})
    attributes = attributes.get_object()
    every = attributes if isinstance(attributes, ArrayObject) else [attributes]
    return next((each.get_object()[name] for each in every if name in each.get_object()), None)


def _pages_of_content(reader: PdfReader) -> Iterator[int]:
    """The page of each piece of content, in the order of the structure tree.

    Pieces of one page are painted in another order than they are read: lists and boxes inside
    lines come last. ``read_aloud`` tells what is heard.
    """
    pages = {
        page.indirect_reference.idnum: number
        for number, page in enumerate(reader.pages)
        if page.indirect_reference is not None
    }
    for element in structure(reader):
        page: Any = element.raw_get("/Pg") if "/Pg" in element else None
        content: Any = element.get("/K", [])
        kids = content.get_object()
        if isinstance(page, IndirectObject) and isinstance(kids, ArrayObject):
            yield from (pages[page.idnum] for each in kids if isinstance(each, int))


def read_aloud(pdf: bytes) -> str:
    """The words a screen reader says, in the order of the structure, without the figures'."""
    asked = ["pdfinfo", "-struct-text", "-enc", "UTF-8", "-"]
    done = subprocess.run(asked, input=pdf, capture_output=True, check=True)
    said = re.compile(r'\s*"(.*)"')
    lines = (said.fullmatch(line) for line in done.stdout.decode().splitlines())
    return " ".join(" ".join(found[1] for found in lines if found).split())


def assert_inert(pdf: bytes) -> None:
    """Fail unless the paper carries no file, script or link and nothing that opens by itself."""
    found = {name for each in _objects(PdfReader(BytesIO(pdf))) for name in _names(each)}
    assert not found & ACTIVE, f"This paper is more than a paper: {sorted(found & ACTIVE)}"


def _objects(reader: PdfReader) -> Iterator[Any]:
    yield reader.trailer
    for number in range(1, int(str(reader.trailer["/Size"]))):
        yield reader.get_object(IndirectObject(number, 0, reader))


def _names(each: Any) -> Iterator[str]:
    if isinstance(each, DictionaryObject):
        for key in each:
            value = each.raw_get(key)
            yield str(key)
            yield from _names(value)
    elif isinstance(each, ArrayObject):
        for value in each:
            yield from _names(value)
    elif isinstance(each, str) and str(each).startswith("/"):
        yield str(each)


def alternatives_of(pdf: bytes) -> list[str]:
    """The alternative text of each figure, in the order of reading; blank where it has none."""
    elements = structure(PdfReader(BytesIO(pdf)))
    return [str(each.get("/Alt", "")) for each in elements if _kind(each) == "/Figure"]


def fonts_of(pdf: bytes) -> set[str]:
    """The names of the fonts in the PDF, without the letters that mark a part of a font."""
    found = set()
    for each in _objects(PdfReader(BytesIO(pdf))):
        if isinstance(each, DictionaryObject) and each.get("/Type") == "/FontDescriptor":
            found.add(re.sub(r"^/?[A-Z]{6}\+", "", str(each["/FontName"])).lstrip("/"))
    return found


def told_about(pdf: bytes) -> str:
    """Everything the PDF says about itself: title, author, dates and the XMP packet."""
    reader = PdfReader(BytesIO(pdf))
    metadata: Any = reader.root_object.get("/Metadata")
    packet = metadata.get_object().get_data().decode() if metadata is not None else ""
    told = [f"{key}: {value}" for key, value in (reader.metadata or {}).items()]
    return "\n".join([*told, packet])


def text_of(pdf: bytes, *, layout: bool = False) -> str:
    """The words of the PDF as pdftotext reads them; with ``layout`` in the columns of the page."""
    asked = ["pdftotext", *(["-layout"] if layout else []), "-enc", "UTF-8", "-", "-"]
    done = subprocess.run(asked, input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def pages_of(pdf: bytes, *, layout: bool = False) -> list[str]:
    """The words of each page, as ``text_of`` reads them."""
    return text_of(pdf, layout=layout).split("\f")[:-1]


def pages_as_pictures(pdf: bytes, dpi: int = 60) -> tuple[bytes, ...]:
    """Each page as PNG, drawn by the program that comes as a wheel: the same on each machine."""
    pdfium = import_module("pypdfium2")
    document = pdfium.PdfDocument(pdf)
    try:
        return tuple(
            _png(page.render(scale=dpi / POINTS_PER_INCH).to_pil().convert("RGB"))
            for page in document
        )
    finally:
        document.close()


def _png(picture: Image.Image) -> bytes:
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


def same_picture(png: bytes, golden: str | Path, tolerance: float = 0.002) -> None:
    """Fail unless the picture looks like the golden one of this name in ``tests/golden``.

    ``tolerance`` is the share of the picture, from 0 to 1, that may differ by more than the edge of
    a letter. When more does, the new picture and the differences (red) are written to
    ``var/compared``. With ``UPWELL_GOLDEN=write`` the new picture becomes the golden one.
    """
    file = GOLDEN / golden
    new = Image.open(BytesIO(png)).convert("RGB")
    if os.environ.get("UPWELL_GOLDEN") == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png)
        return
    COMPARED.mkdir(parents=True, exist_ok=True)
    written = COMPARED / file.name
    if not file.exists():
        written.write_bytes(png)
        raise AssertionError(
            f"No golden picture {file}. Look at {written}, then run with UPWELL_GOLDEN=write."
        )
    old = Image.open(file).convert("RGB")
    if old.size != new.size:
        written.write_bytes(png)
        raise AssertionError(
            f"{file.name} was {old.size[0]} x {old.size[1]} and is {new.size[0]} x {new.size[1]}"
            f" pixels; the new one is {written}."
        )
    soft = ImageFilter.BoxBlur(1)
    apart = ImageChops.difference(old.filter(soft), new.filter(soft)).convert("L")
    changed = apart.point([0 if grey < EDGE else 255 for grey in range(256)])
    share = changed.histogram()[255] / (new.width * new.height)
    if share > tolerance:
        grey, red = new.convert("L").convert("RGB"), Image.new("RGB", new.size, "red")
        shown = Image.composite(red, grey, changed)
        shown.save(COMPARED / f"{file.stem}-differences.png")
        written.write_bytes(png)
        raise AssertionError(
            f"{share:.2%} of {file.name} changed, {tolerance:.2%} may. New: {written}. Red in"
            f" {COMPARED / f'{file.stem}-differences.png'}. If that is wanted: UPWELL_GOLDEN=write."
        )
