"""The two doors for training logs: ``read_upload`` for a file as it was chosen, ``read_part`` for
each activity file that the first look left to be read."""

from typing import BinaryIO, Literal
from zoneinfo import ZoneInfo

from assessments.imports.entry import Entry, Part, Reading


def read_upload(
    name: str, file: BinaryIO, *, zone: ZoneInfo, unit: Literal["", "km", "mi"] = ""
) -> Reading:
    """A quick look at a chosen file: a Strava or Garmin list is read whole, a zip is opened, a
    single FIT, GPX or TCX file (gzipped or not) becomes the one part.

    ``file`` can seek. ``zone`` is where the person runs when the file only knows UTC. ``unit`` is
    what the person answered when an earlier reading said ``needs_unit``. Raises ``Unreadable`` for
    a file that can't be taken at all, and nothing else.
    """
    raise NotImplementedError


def read_part(part: Part, *, zone: ZoneInfo) -> tuple[Entry, ...]:
    """The activities of one FIT, GPX or TCX file, at least one entry. A file that can't be read
    is an entry that says so; nothing is raised."""
    raise NotImplementedError
