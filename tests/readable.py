"""How hard a text is to read, and the words a patient's paper must not have."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from importlib import import_module

HIGHEST_GRADE = 7
"""Flesch-Kincaid grade: years at school somebody needs to read it."""

JARGON = (
    "isometric",
    "isotonic",
    "eccentric",
    "concentric",
    "plyometric",
    "insertional",
    "midportion",
    "mid-portion",
    "reactive",
    "degenerat",
    "disrepair",
    "tendinopathy",
    "patholog",
    "contraindicat",
    "dorsiflexion",
    "plantar",
    "irritab",
    "inflam",
    "visa",
    "protocol",
    "prescri",
    "repetition",
    "tempo",
    "maximum effort",
    "body weight",
    "1rm",
    "rm)",
)
"""Words of the trade, in lower case."""

FORECASTS = re.compile(
    r"\d+\s*(?:to\s+\d+\s*)?(?:weeks|months)|\b(?:within|in|after|for)\s+(?:a few|some)?\s*"
    r"(?:weeks|months)|will be (?:better|healed|well|pain)|\d+RM\b",
    re.IGNORECASE,
)
"""A promise of weeks, and the abbreviation of a load nobody explains."""

_BLOCKS = frozenset({"p", "li", "h1", "h2", "h3", "td", "th", "div", "br"})
_UNREAD = frozenset({"svg", "head"})


class _Blocks(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._text = ""
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in _UNREAD
        if tag in _BLOCKS:
            self.flush()

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in _UNREAD
        if tag in _BLOCKS:
            self.flush()

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self._text += data

    def flush(self) -> None:
        """Ends the block being read."""
        if text := " ".join(self._text.split()):
            self.found.append(text)
        self._text = ""


def blocks_of(html: str) -> list[str]:
    """The text of a page, block by block, without its pictures."""
    reader = _Blocks()
    reader.feed(html)
    reader.flush()
    return reader.found


def _sentences(block: str) -> Iterator[str]:
    for sentence in re.split(r"(?<=[.!?:])\s+", block):
        if words := re.findall(r"[A-Za-z][A-Za-z'’-]*|\d+", sentence):
            yield " ".join(words)


def grade_of(blocks: Iterable[str]) -> float:
    """The grade of the texts together; each block ends a sentence."""
    text = "\n".join(sentence for block in blocks for sentence in _sentences(block))
    # It has no types of its own, so it is not imported by name.
    measures = import_module("readability").getmeasures(text, lang="en")
    return float(measures["readability grades"]["Kincaid"])
