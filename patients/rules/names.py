"""Names and dates as people type them."""

import re
import unicodedata
from datetime import date, datetime

_MONTH_FORMATS = ("%d %b %Y", "%d %B %Y")


def folded(name: str) -> str:
    """The letters of a name without accents, capitals, hyphens, apostrophes or spaces.

    For telling whether two records may be the same person, never for showing.
    """
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).casefold()
    return "".join(sign for sign in plain if sign.isalpha())


def read_date(text: str) -> date | None:
    """A date typed as 1980-01-31, 31/1/1980, 31.1.1980, 31011980 or 31 Jan 1980; else None."""
    try:
        if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text, re.ASCII):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", text, re.ASCII):
            return date(int(match[3]), int(match[2]), int(match[1]))
        if match := re.fullmatch(r"(\d{2})(\d{2})(\d{4})", text, re.ASCII):
            return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        return None
    for pattern in _MONTH_FORMATS:
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
