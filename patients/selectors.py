"""Reading patients for the search that is everywhere."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Case, Prefetch, Q, Value, When

from patients.models import Episode, Patient

LEAST_LETTERS = 2
MATCHES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One line below the search: a patient, and the open episode it leads to (None: no such)."""

    patient: Patient
    episode: Episode | None


def matches(text: str, *, clinical: bool) -> list[Match]:
    """The first few patients these letters find, in two queries; none for fewer than two letters.

    Whose name begins with a word typed comes first. With ``clinical`` a patient has a line for each
    open episode, else one line.
    """
    words = text.replace("’", "'").replace(",", " ").split()
    if sum(map(len, words)) < LEAST_LETTERS:
        return []
    begins = Q()
    for word in words:
        for name in ("family_name", "given_name"):
            begins |= Q(**{f"{name}__unaccent__istartswith": word})
    found = (
        Patient.objects.all()
        .search(text)
        .annotate(later=Case(When(begins, then=Value(0)), default=Value(1)))
        .order_by("later", "family_name", "given_name", "pk")
        .prefetch_related(
            Prefetch("episodes", Episode.objects.open().order_by("side"), to_attr="open_now")
        )
    )
    return list(islice(_lines(found[:MATCHES], clinical), MATCHES))


def _lines(found: Iterable[Any], clinical: bool) -> Iterator[Match]:
    for patient in found:
        episodes = patient.open_now if clinical else []
        for episode in episodes or [None]:
            yield Match(patient=patient, episode=episode)
