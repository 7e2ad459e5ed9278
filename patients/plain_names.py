"""Names as a search reads them: without capitals and accents, by functions of the database.

The same expressions stand in the indexes (migration 0006) and in the queries that use them.
"""

from typing import Any

from django.db.models import Func, TextField
from django.db.models.functions import Collate


class PlainLetters(Func):
    """Text without capitals and accents."""

    function = "plain_letters"
    arity = 1
    output_field = TextField()


class AllLetters(Func):
    """Names and external id of a patient in plain letters; each word after a space."""

    function = "patient_letters"
    output_field = TextField()

    def __init__(self, **extra: Any) -> None:
        super().__init__("family_name", "given_name", "external_id", **extra)


def ordered(name: str) -> Collate:
    """A name in plain letters, in an order whose index finds beginnings in any database."""
    return Collate(PlainLetters(name), "C")
