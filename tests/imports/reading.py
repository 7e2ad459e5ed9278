"""Reading a file to its end, as an import does."""

import io
from typing import Literal
from zoneinfo import ZoneInfo

from assessments.imports import Entry, Reading, read_part, read_upload

SYDNEY = ZoneInfo("Australia/Sydney")
BERLIN = ZoneInfo("Europe/Berlin")


def look(
    content: bytes,
    name: str = "activities.csv",
    *,
    zone: ZoneInfo = SYDNEY,
    unit: Literal["", "km", "mi"] = "",
) -> Reading:
    """The first look at an upload."""
    return read_upload(name, io.BytesIO(content), zone=zone, unit=unit)


def read(
    content: bytes,
    name: str = "activities.csv",
    *,
    zone: ZoneInfo = SYDNEY,
    unit: Literal["", "km", "mi"] = "",
) -> list[Entry]:
    """Every entry of an upload, its parts read too."""
    reading = look(content, name, zone=zone, unit=unit)
    entries = list(reading.entries)
    for part in reading.parts:
        entries += read_part(part, zone=zone)
    return entries
