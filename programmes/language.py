"""The language of a paper: in force for the rules and for the templates at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation

from patients.rules.terms import RIGHT_TO_LEFT
from programmes.rules.words import ENGLISH, in_language


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLanguage:
    """What a paper says of its language: the IETF tag, and "ltr" or "rtl"."""

    tag: str
    direction: str


@contextmanager
def paper_language(code: str) -> Iterator[PaperLanguage]:
    """Within it rules and templates speak this language. Raises ``KeyError`` if they can't."""
    with in_language(code), translation.override(_django_code(code)):
        yield described(code)


def described(code: str) -> PaperLanguage:
    """What a paper in this language says of it."""
    tag = "en-AU" if code == ENGLISH else code
    direction = "rtl" if code.partition("-")[0] in RIGHT_TO_LEFT else "ltr"
    return PaperLanguage(tag=tag, direction=direction)


def _django_code(code: str) -> str:
    """English papers read as the English pages of the site."""
    return settings.LANGUAGE_CODE if code == ENGLISH else code
