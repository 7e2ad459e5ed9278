"""Several papers as one file, and a paper with a line over its pages."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    create_string_object,
)


def stamped(pdf: bytes, stamp: bytes) -> bytes:
    """The paper with the first page of ``stamp`` laid over the head of each of its pages.

    The paper's own tags stay; what of the stamp is to be read aloud must not be in tags.
    """
    writer = PdfWriter(clone_from=BytesIO(pdf))
    over = PdfReader(BytesIO(stamp)).pages[0]
    for page in writer.pages:
        higher = float(page.mediabox.height) - float(over.mediabox.height)
        page.merge_translated_page(over, 0, higher, expand=False)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def joined(pdfs: Sequence[bytes], title: str) -> bytes:
    """The papers one after the other, tagged as each of them is: same papers, same bytes.

    Blank for ``title`` is that of the first one. Each paper keeps its own language and its own
    table headers.
    """
    writer = PdfWriter()
    documents, numbers = ArrayObject(), ArrayObject()
    empty = DictionaryObject({NameObject("/Type"): NameObject("/StructTreeRoot")})
    tree = writer._add_object(empty)
    for which, pdf in enumerate(pdfs):
        reader = PdfReader(BytesIO(pdf))
        root: Any = reader.root_object
        before = len(writer.pages)
        for page in reader.pages:
            added = writer.add_page(page)
            number = before + int(str(page["/StructParents"]))
            added[NameObject("/StructParents")] = NumberObject(number)
        structure = root["/StructTreeRoot"]
        for kid in structure["/K"]:
            document: Any = kid.clone(writer)
            element = document.get_object()
            element[NameObject("/P")] = tree
            element[NameObject("/Lang")] = create_string_object(str(root["/Lang"]))
            _name_apart(element, f"{which}-")
            documents.append(document)
        counted = structure["/ParentTree"]["/Nums"]
        for number, elements in zip(counted[::2], counted[1::2], strict=True):
            numbers.append(NumberObject(before + int(number)))
            numbers.append(elements.clone(writer))
    made: Any = tree.get_object()
    made[NameObject("/K")] = documents
    made[NameObject("/ParentTree")] = writer._add_object(
        DictionaryObject({NameObject("/Nums"): numbers})
    )
    _say_what_it_is(writer, PdfReader(BytesIO(pdfs[0])), tree, title)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def _name_apart(element: Any, prefix: str) -> None:
    """Put the prefix before the names of table headers, here and below: papers use the same."""
    if "/ID" in element:
        element[NameObject("/ID")] = create_string_object(prefix + str(element["/ID"]))
    attributes = element.get("/A", DictionaryObject()).get_object()
    if "/Headers" in attributes:
        attributes[NameObject("/Headers")] = ArrayObject(
            create_string_object(prefix + str(each)) for each in attributes["/Headers"]
        )
    kids = element.get("/K", ArrayObject()).get_object()
    for each in kids if isinstance(kids, ArrayObject) else [kids]:
        below = each.get_object()
        if isinstance(below, DictionaryObject) and "/S" in below:
            _name_apart(below, prefix)


def _say_what_it_is(writer: PdfWriter, first: PdfReader, tree: Any, title: str) -> None:
    root: Any = first.root_object
    catalogue = writer.root_object
    catalogue[NameObject("/StructTreeRoot")] = tree
    for name in ("/Lang", "/MarkInfo", "/ViewerPreferences", "/Metadata"):
        catalogue[NameObject(name)] = root.raw_get(name).clone(writer)
    if first.metadata is not None:
        told = {str(key): str(value) for key, value in first.metadata.items()}
        if title:
            # It stands in both places a PDF has for it.
            content: Any = catalogue["/Metadata"].get_object()
            of_first, of_all = escape(told.get("/Title", "")), escape(title)
            content.set_data(content.get_data().replace(of_first.encode(), of_all.encode()))
            told["/Title"] = title
        writer.add_metadata(told)
