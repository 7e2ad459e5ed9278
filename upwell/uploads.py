"""Files in a request: thrown away everywhere, but for a view that takes them.

A file that is taken lies in a temporary file without a name until the request ends, and its own
name is never used for a place on the disk.
"""

import tempfile
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

CHUNK_BYTES = 2**16
# Room for what stands around the files: names, boundaries and the other fields.
AROUND_BYTES = 10**6


class NoFiles(FileUploadHandler):
    """Throws every file away, piece by piece: the rest of the form is read as ever.

    Without any handler Django holds up to 2 GB of a request in memory at once.
    """

    chunk_size = CHUNK_BYTES

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


class _ToDisk(FileUploadHandler):
    """Puts files on the disk and stops at the first byte too many."""

    chunk_size = CHUNK_BYTES

    def __init__(self, request: HttpRequest, *, most_files: int, most_bytes: int) -> None:
        super().__init__(request)
        self.most_files, self.most_bytes = most_files, most_bytes
        self.files = self.bytes = 0
        self.refused = ""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.files += 1
        if self.files > self.most_files:
            self._stop(f"These are more than {self.most_files} files. Choose fewer at a time.")
        # Closed, and gone with that, by ``HttpRequest.close`` or below.
        self.file = tempfile.TemporaryFile()  # noqa: SIM115

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.bytes += len(raw_data)
        if self.bytes > self.most_bytes:
            self._stop(_too_large(self.most_bytes))
        self.file.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        self.file.seek(0)
        return UploadedFile(self.file, self.file_name, self.content_type, file_size)

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()

    def _stop(self, reason: str) -> None:
        self.refused = reason
        raise StopUpload(connection_reset=True)


def take_files(request: HttpRequest, *, most_files: int, most_bytes: int) -> str:
    """Read this request with its files into ``request.POST`` and ``request.FILES``.

    Returns why they can't be taken, in words, blank when they can: too large is said by the
    length the browser gives before anything is read, and again while reading. To be called by a
    ``csrf_exempt`` view before anything else reads the request; the view inside checks the token.
    """
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdecimal() and int(length) > most_bytes + AROUND_BYTES:
        return _too_large(most_bytes)
    handler = _ToDisk(request, most_files=most_files, most_bytes=most_bytes)
    request.upload_handlers = [handler]
    try:
        _ = request.POST
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        return "What arrived can’t be read as files. Shorten very long file names and try again."
    return handler.refused


def _too_large(most_bytes: int) -> str:
    return f"Together these files are larger than {most_bytes // 10**6} MB. Choose fewer at a time."
