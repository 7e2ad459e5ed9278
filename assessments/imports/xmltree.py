"""Walking through XML without building it: no entities, no document types, no depth, no end."""

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Literal
from xml.parsers.expat import ExpatError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from assessments.imports.entry import Unreadable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# A day and a night with a point every second are 605,000, when each point has its place, height,
# time, heart rate and steps (seven elements).
ELEMENTS = 750_000
DEPTH = 60
# With each piece it is handed, the reader goes over a comment that isn't complete yet from its
# start, so a hundred large pieces and not two thousand small ones: 30 MB of one comment took 20 s.
# What is nested in one piece is built before its depth is counted, so no larger ones either.
PIECE_BYTES = 256 * 1024

Step = tuple[Literal["start", "end"], tuple[str, ...], "Element"]


class _InLargePieces(BytesIO):
    """A file that hands out ``PIECE_BYTES`` at a time, however little it is asked for."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(PIECE_BYTES)


def walk(content: bytes) -> Iterator[Step]:
    """Each start and end of an element: the names from the root to it without their namespaces,
    and the element. After its end an element is emptied, so its text has to be looked at when it
    ends. Raises ``Unreadable`` for anything that is no plain XML of a sane size."""
    path: list[str] = []
    count = 0
    try:
        pieces = iterparse(_InLargePieces(content), events=("start", "end"), forbid_dtd=True)
        for event, element in pieces:
            if event == "start":
                count += 1
                path.append(_plain(element.tag))
                if count > ELEMENTS or len(path) > DEPTH:
                    raise Unreadable("The file has far more in it than an activity.")
                yield "start", tuple(path), element
            else:
                yield "end", tuple(path), element
                path.pop()
                element.clear()
    except DefusedXmlException as error:
        raise Unreadable(
            "The file brings definitions of its own, which no training app writes. It was not read."
        ) from error
    except (ParseError, ExpatError, UnicodeError, LookupError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("The file is damaged or breaks off before its end.") from error


def _plain(tag: object) -> str:
    return str(tag).rpartition("}")[2][:60]
