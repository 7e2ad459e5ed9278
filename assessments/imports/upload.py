"""The two doors for training logs: ``read_upload`` for a file as it was chosen, ``read_part`` for
each activity file that the first look left to be read."""

import logging
import re
import traceback
from typing import BinaryIO, Literal
from zoneinfo import ZoneInfo

from assessments.imports.archives import LIST_NAME, Archive, short_name
from assessments.imports.entry import Entry, Part, Reading, Unreadable, Verdict
from assessments.imports.fit import read_fit
from assessments.imports.gpx import read_gpx
from assessments.imports.judging import unreadable
from assessments.imports.limits import (
    FIT_BYTES,
    LIST_BYTES,
    MEGABYTE,
    PACKED_BYTES,
    XML_BYTES,
    ZIP_BYTES,
    Swells,
    read_whole,
    size_of,
    unzip_one,
)
from assessments.imports.lists import ActivityList, read_list
from assessments.imports.tables import table_of
from assessments.imports.tcx import read_tcx

logger = logging.getLogger(__name__)

HEAD_BYTES = 4096
GZIP = b"\x1f\x8b"
_GPX_ROOT = re.compile(r"<(?:\w{1,20}:)?gpx[\s>]")
_TCX_ROOT = re.compile(r"<(?:\w{1,20}:)?TrainingCenterDatabase[\s>]")
_PAGE_ROOT = re.compile(r"<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE)
# Bytes of one activity file, unpacked.
_MOST = {"FIT file": FIT_BYTES, "GPX file": XML_BYTES, "TCX file": XML_BYTES}
_READERS = {"FIT file": read_fit, "GPX file": read_gpx, "TCX file": read_tcx}
# What people choose by mistake, by how it begins.
_STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF"),
    (b"\xff\xd8\xff", "a photo"),
    (b"\x89PNG", "a picture"),
    (b"GIF8", "a picture"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"Rar!", "a RAR archive; only zip is opened"),
    (b"7z\xbc\xaf", "a 7z archive; only zip is opened"),
    (b"SQLite format 3", "a database"),
    (b"{", "a JSON file"),
    (b"[", "a JSON file"),
)


def read_upload(
    name: str, file: BinaryIO, *, zone: ZoneInfo, unit: Literal["", "km", "mi"] = ""
) -> Reading:
    """A quick look at a chosen file: a Strava or Garmin list is read whole, a zip is opened, a
    single FIT, GPX or TCX file (gzipped or not) becomes the one part.

    ``file`` can seek. ``zone`` is where the person runs when the file only knows UTC. ``unit`` is
    what the person answered when an earlier reading said ``needs_unit``. Raises ``Unreadable`` for
    a file that can't be taken at all, and nothing else.
    """
    shown = short_name(name)
    try:
        return _read_upload(shown, file, zone=zone, unit=unit)
    except Unreadable:
        raise
    except Exception as error:
        # The readers name every error that damaged files are known to raise, and 10,000 of them
        # are tried in each test run. One that is new must not take the page down with it; the log
        # has its kind and no word of the file.
        _log(error)
        raise Unreadable("This file can't be read.") from error


def read_part(part: Part, *, zone: ZoneInfo) -> tuple[Entry, ...]:
    """The activities of one FIT, GPX or TCX file, at least one entry. A file that can't be read
    is an entry that says so; nothing is raised."""
    try:
        return _read_activity(part.name, part.content, zone=zone)
    except Unreadable as error:
        return (unreadable(part.name, _as_reason(str(error))),)
    except Exception as error:
        # As in ``read_upload``: one broken file of two thousand must not lose the others.
        _log(error)
        return (unreadable(part.name, "this file can't be read"),)


def _log(error: Exception) -> None:
    """Where an unknown error arose; its message is left out, because it may quote the file."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    logger.error(
        "Unknown error while reading a file: %s at %s:%s",
        type(error).__name__,
        place.filename,
        place.lineno,
    )


def _as_reason(sentence: str) -> str:
    """The sentence as the reason of an entry: "the FIT file is damaged"."""
    sentence = sentence.removesuffix(".")
    return sentence[:1].lower() + sentence[1:]


def _read_upload(
    name: str, file: BinaryIO, *, zone: ZoneInfo, unit: Literal["", "km", "mi"]
) -> Reading:
    size = size_of(file)
    if size == 0:
        raise Unreadable("This file is empty.")
    head = file.read(HEAD_BYTES)
    if head.startswith(b"PK"):
        if size > ZIP_BYTES:
            raise Unreadable(f"The zip is over {ZIP_BYTES // MEGABYTE} MB, more than is read.")
        return _read_zip(file, zone=zone, unit=unit)
    if head.startswith(GZIP):
        packed = read_whole(file, limit=PACKED_BYTES, what="The packed file")
        content = unzip_one(packed)
        if not content:
            raise Unreadable("This file is empty.")
        if kind := _kind(content):
            _refuse_large(kind, content)
            return Reading(kind=kind, parts=(Part(name=name, content=packed),))
        if content.startswith((GZIP, b"PK")):
            raise Unreadable("The file is packed twice. Unpack it once and choose it again.")
    elif kind := _kind(head):
        content = read_whole(file, limit=_MOST[kind], what=f"The {kind}")
        return Reading(kind=kind, parts=(Part(name=name, content=content),))
    else:
        content = b""
    _refuse_strangers(content or head)
    content = content or read_whole(file, limit=LIST_BYTES, what="The list")
    listed = read_list(table_of(content), name=name, zone=zone, unit=unit)
    return Reading(
        kind=listed.kind,
        entries=tuple(row.entry for row in listed.rows),
        notes=listed.notes if listed.rows or listed.needs_unit else ("The list has no rows.",),
        waiting_list=Part(name=name, content=content) if listed.needs_unit else None,
    )


def _read_zip(file: BinaryIO, *, zone: ZoneInfo, unit: Literal["", "km", "mi"]) -> Reading:
    archive = Archive(file)
    notes = archive.notes()
    listed: ActivityList | None = None
    waiting_list: Part | None = None
    try:
        content = archive.list_content()
        if content is not None:
            table = table_of(content)
            listed = read_list(table, name=LIST_NAME, zone=zone, unit=unit)
            if listed.needs_unit:
                # The list waits; the files it doesn't stand for don't. In miles a row is sooner too
                # long to be right than in kilometres, so no file is left out that may be needed.
                waiting_list = Part(name=LIST_NAME, content=content)
                listed = read_list(table, name=LIST_NAME, zone=zone, unit="mi")
    except Swells:
        raise
    except Unreadable as error:
        if not archive.has_files():
            raise
        notes.append(f"{error} Each activity file in the zip is read instead.")
    kind = _EXPORTS[listed.kind] if listed else "Zip of activity files"
    rows = listed.rows if listed else ()
    # A row that says all it should stands for its file, which can stay closed.
    settled = frozenset(
        short_name(row.file)
        for row in rows
        if row.file and row.entry.verdict is not Verdict.UNREADABLE
    )
    parts, damaged = archive.parts(without=settled)
    opened = {part.name for part in parts} | {name for name, _ in damaged}
    entries = [unreadable(name, _as_reason(reason)) for name, reason in damaged]
    if waiting_list is None:
        told = [row.entry for row in rows if not (row.file and short_name(row.file) in opened)]
        entries = told + entries
        notes += listed.notes if listed else ()
    if not (entries or parts or waiting_list):
        raise Unreadable("There are no activities in this zip.")
    return Reading(
        kind=kind,
        entries=tuple(entries),
        parts=tuple(parts),
        notes=tuple(notes),
        waiting_list=waiting_list,
    )


_EXPORTS = {"Strava list": "Strava export", "Garmin Connect list": "Garmin Connect list"}


def _read_activity(name: str, content: bytes, *, zone: ZoneInfo) -> tuple[Entry, ...]:
    if not content:
        raise Unreadable("This file is empty.")
    if content.startswith(GZIP):
        content = unzip_one(content)
    kind = _kind(content)
    if kind is None:
        _refuse_strangers(content)
        raise Unreadable("This is not a FIT, GPX or TCX file.")
    _refuse_large(kind, content)
    return _READERS[kind](content, name=name, zone=zone)


def _kind(content: bytes) -> str | None:
    """Which activity file this is by how it begins, whatever its name says."""
    if content[8:12] == b".FIT":
        return "FIT file"
    head = _beginning(content)
    if head.startswith("<"):
        if _GPX_ROOT.search(head):
            return "GPX file"
        if _TCX_ROOT.search(head):
            return "TCX file"
    return None


def _refuse_large(kind: str, content: bytes) -> None:
    """Raise ``Unreadable`` for an unpacked activity file that is larger than is read."""
    most = _MOST[kind]
    if len(content) > most:
        raise Unreadable(f"The {kind} is over {most // MEGABYTE} MB, more than is read.")


def _beginning(content: bytes) -> str:
    head = content[:HEAD_BYTES]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="replace").strip()
    return head.removeprefix(b"\xef\xbb\xbf").decode("latin-1").strip()


def _refuse_strangers(content: bytes) -> None:
    """Raise ``Unreadable`` with the name of what this is, when it is surely no training log."""
    for start, words in _STRANGERS:
        if content.startswith(start):
            raise Unreadable(f"This is {words}, not a training log.")
    head = _beginning(content)
    if head.startswith("<"):
        what = "a web page" if _PAGE_ROOT.search(head) else "an XML file of another kind"
        raise Unreadable(f"This is {what}, not a training log.")
    if not content.strip():
        raise Unreadable("This file is empty.")
