"""Zip files: which of their files are read, and refusing those made to do harm.

Nothing is written to disk, so a path inside a zip can't point anywhere; files with such a path
are left aside all the same.
"""

import io
import struct
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

from assessments.imports.entry import Part, Unreadable
from assessments.imports.limits import (
    UNPACKED_BYTES,
    UNPACKED_IN_ALL_BYTES,
    ZIP_DIRECTORY_BYTES,
    ZIP_MEMBERS,
    Swells,
    unpack,
)

ACTIVITY_ENDINGS = (".fit", ".gpx", ".tcx", ".fit.gz", ".gpx.gz", ".tcx.gz")
LIST_NAME = "activities.csv"

# What opening or unpacking a damaged zip raises: most found by the fuzz test, ``OSError`` is what a
# file on disk says where one in memory says ``ValueError``, ``RuntimeError`` a missing password.
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)
# Stored and deflated, as every site packs. Others swell further and fail in ways of their own.
LOCKED = 0x1
WAYS_OF_PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def short_name(name: str) -> str:
    """The last part of a path as it may be shown: printable, at most 80 characters."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(sign for sign in last if sign.isprintable())[-80:].strip()
    return shown or "a file without a name"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    info: zipfile.ZipInfo
    name: str


class Archive:
    """An open zip: its activity list if there is one, its activity files, and what was left aside.

    Raises ``Unreadable`` when it is damaged, locked, has too many files, or swells.
    """

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        try:
            self._zip = zipfile.ZipFile(_Sparing(file))
        except Unreadable:
            raise
        except (*DAMAGE, NotImplementedError) as error:
            raise Unreadable("The zip is damaged or breaks off before its end.") from error
        self._unpacked = 0
        infos = self._zip.infolist()
        if len(infos) > ZIP_MEMBERS:
            raise Unreadable(f"The zip has more than {ZIP_MEMBERS:,} files.")
        self._lists: list[_Member] = []
        self._files: list[_Member] = []
        self._aside: Counter[str] = Counter()
        for info in infos:
            self._sort(info)
        wanted = [*self._lists, *self._files]
        if wanted and all(member.info.flag_bits & LOCKED for member in wanted):
            raise Unreadable("The zip is locked with a password. Unlock it and choose it again.")

    def _sort(self, info: zipfile.ZipInfo) -> None:
        raw, lower = info.orig_filename, info.filename.lower()
        ending = lower.endswith(ACTIVITY_ENDINGS)
        is_list = lower.replace("\\", "/").rpartition("/")[2] == LIST_NAME
        if info.is_dir():
            return
        if lower.endswith(".zip") or lower.endswith((".zip.gz", ".7z", ".rar", ".tar", ".tar.gz")):
            self._aside["packed"] += 1
        elif lower.startswith("__macosx/") or lower.rpartition("/")[2].startswith("._"):
            return
        elif not (ending or is_list):
            self._aside["other"] += 1
        elif _points_outside(raw):
            self._aside["outside"] += 1
        else:
            member = _Member(info=info, name=short_name(info.filename))
            (self._lists if is_list else self._files).append(member)

    def list_content(self) -> bytes | None:
        """What ``activities.csv`` holds, the one nearest to the top; ``None`` without one."""
        if not self._lists:
            return None
        nearest = min(self._lists, key=lambda member: member.info.filename.count("/"))
        try:
            return self._content(nearest)
        except Swells:
            raise
        except Unreadable as error:
            raise Unreadable(f"The list in the zip can't be opened. {error}") from error

    def parts(
        self, *, without: frozenset[str] = frozenset()
    ) -> tuple[list[Part], list[tuple[str, str]]]:
        """The activity files but those named in ``without``, as they lie in the zip; and the names
        of those that can't be unpacked, with the reason. Raises ``Unreadable`` when they swell."""
        parts: list[Part] = []
        damaged: list[tuple[str, str]] = []
        for member in self._files:
            if member.name in without:
                continue
            try:
                parts.append(Part(name=member.name, content=self._content(member)))
            except Swells:
                raise
            except Unreadable as error:
                damaged.append((member.name, str(error)))
        return parts, damaged

    def has_files(self) -> bool:
        """Whether there is any activity file in it."""
        return bool(self._files)

    def notes(self) -> list[str]:
        """Sentences on what was left aside."""
        reasons = {
            "packed": "packed inside the zip. Unpack the zip and choose them by themselves.",
            "outside": "named so that the path leads out of the zip.",
            "other": "no activities.",
        }
        return [
            f"{_files(count)} left aside: {reason}"
            for key, reason in reasons.items()
            if (count := self._aside[key])
        ]

    def _content(self, member: _Member) -> bytes:
        if member.info.flag_bits & LOCKED:
            raise Unreadable("It is locked with a password.")
        if member.info.compress_type not in WAYS_OF_PACKING:
            raise Unreadable("It is packed in a way that is not unpacked here.")
        try:
            with self._zip.open(member.info) as packed:
                content = unpack(
                    packed,
                    packed_bytes=member.info.compress_size,
                    limit=min(UNPACKED_BYTES, UNPACKED_IN_ALL_BYTES - self._unpacked),
                )
        except Unreadable:
            raise
        except (*DAMAGE, NotImplementedError) as error:
            raise Unreadable("It is damaged.") from error
        self._unpacked += len(content)
        return content


def _files(count: int) -> str:
    return "1 file was" if count == 1 else f"{count:,} files were"


def _points_outside(name: str) -> bool:
    """Whether a path in a zip is absolute, climbs, or holds what no file name holds."""
    path = name.replace("\\", "/")
    return (
        path.startswith("/")
        or path[1:2] == ":"
        or ".." in path.split("/")
        or any(ord(sign) < 32 for sign in path)
    )


class _Sparing(io.BufferedIOBase):
    """A file that refuses to give more at once than the directory of an honest zip needs.

    ``zipfile`` reads the whole directory in one go, and makes an object for each entry of it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        too_much = ZIP_DIRECTORY_BYTES + 1
        step = self._file.read(too_much if size is None or size < 0 else min(size, too_much))
        if len(step) > ZIP_DIRECTORY_BYTES:
            raise Unreadable(f"The zip has more than {ZIP_MEMBERS:,} files.")
        return step

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()
