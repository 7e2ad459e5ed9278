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

Step = tuple[Literal["start", "end"], tuple[str, ...], "Element"]


def walk(content: bytes) -> Iterator[Step]:
    """Each start and end of an element: the names from the root to it without their namespaces,
    and the element. After its end an element is emptied, so its text has to be looked at when it
    ends. Raises ``Unreadable`` for anything that is no plain XML of a sane size."""
    path: list[str] = []
    count = 0
    try:
        for event, element in iterparse(BytesIO(content), events=("start", "end"), forbid_dtd=True):
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
