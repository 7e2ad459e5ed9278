"""How much of a file is read at all, and reading that never goes further.

The sizes that a zip or gzip file states about itself are not believed: what comes out is counted.
"""

import gzip
import io
import zlib
from typing import BinaryIO, Protocol

from assessments.imports.entry import Unreadable

MEGABYTE = 1024 * 1024

# An export of ten years with photos stays below; each is far above what a person's log holds.
ZIP_BYTES = 200 * MEGABYTE
PACKED_BYTES = 20 * MEGABYTE
# A day of points in a FIT file is 5 MB, in XML with heart rate and steps 26 MB.
FIT_BYTES = 10 * MEGABYTE
XML_BYTES = 30 * MEGABYTE
LIST_BYTES = 20 * MEGABYTE
ROWS = 20_000
ZIP_MEMBERS = 20_000
# The directory at the end of a zip: 200 bytes for each of its files.
ZIP_DIRECTORY_BYTES = 4 * MEGABYTE
# Activities in one GPX or TCX file: some people keep all of theirs in one.
ACTIVITIES = 5_000
# What comes out of one packed file, and out of all files of one zip together. What comes out of a
# zip is in memory at once; files that are packed again inside it, as every site does, stay packed.
UNPACKED_BYTES = 30 * MEGABYTE
UNPACKED_IN_ALL_BYTES = 200 * MEGABYTE
# Text packs to a tenth or a thirtieth. Past this ratio it is made to swell.
SWELLING = 200
SWELLING_COUNTS_FROM_BYTES = MEGABYTE

STEP_BYTES = 64 * 1024


class Swells(Unreadable):
    """A packed file that unpacks to more than any training log would."""


def size_of(file: BinaryIO) -> int:
    """Bytes in ``file``; it stands at its start afterwards."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size


def read_whole(file: BinaryIO, *, limit: int, what: str) -> bytes:
    """All of ``file``. Raises ``Unreadable`` before reading when it is over ``limit`` bytes."""
    if size_of(file) > limit:
        raise Unreadable(f"{what} is over {limit // MEGABYTE} MB, more than is read.")
    return file.read(limit)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def unpack(packed: _Readable, *, packed_bytes: int, limit: int = UNPACKED_BYTES) -> bytes:
    """What comes out of ``packed``, counted while it comes. Raises ``Swells`` once it is over
    ``limit`` bytes, or more than ``SWELLING`` times as long as it was packed."""
    steps: list[bytes] = []
    count = 0
    while step := packed.read(STEP_BYTES):
        steps.append(step)
        count += len(step)
        swollen = count > SWELLING_COUNTS_FROM_BYTES and count > SWELLING * max(packed_bytes, 1)
        if count > limit or swollen:
            raise Swells("It unpacks to far more than a training log holds, so it was not opened.")
    return b"".join(steps)


def unzip_one(content: bytes) -> bytes:
    """What a gzip file holds. Raises ``Unreadable`` when it is damaged or swells."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            return unpack(packed, packed_bytes=len(content))
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable("The packed file is damaged or breaks off before its end.") from error
