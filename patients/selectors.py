"""Reading patients for the search that is everywhere, and for the list of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Prefetch, QuerySet

from patients.models import Episode, Patient
from patients.rules.names import read_date

LEAST_LETTERS = 2
MATCHES = 8
# A word that begins or is in more names than this finds the first hundred by the alphabet, and the
# eight are those first among them: nobody waits for twenty thousand Smiths to be sorted.
CANDIDATES = 100
# Each word typed is looked for at the beginning of both names; more words than this are rare.
BEGINNINGS = 4
# Nobody turns that many pages: who isn't among the first thousand is found by a letter more.
LISTED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One line below the search: a patient, and the open episode it leads to (None: no such)."""

    patient: Patient
    episode: Episode | None


def matches(text: str, *, clinical: bool) -> list[Match]:
    """The first few patients these letters find, in six queries; none for fewer than two letters.

    Whose name begins with a word typed comes first. With ``clinical`` a patient has a line for each
    open episode, else one line.
    """
    words = text.replace("’", "'").replace(",", " ").split()
    if sum(map(len, words)) < LEAST_LETTERS:
        return []
    found = [] if read_date(text.strip()) else list(_by_name(_begin_with(words)))
    if len(found) < MATCHES:
        others = Patient.objects.all().search(text).exclude(pk__in=[each.pk for each in found])
        found += _by_name(others.order_by()[:CANDIDATES])
    return list(islice(_lines(found, clinical), MATCHES))


def _begin_with(words: list[str]) -> "QuerySet[Patient, Any]":
    """Patients of whom all words are true and one begins a name, a bounded number for each word."""
    parts = []
    for place, word in enumerate(words[:BEGINNINGS]):
        others = Patient.objects.all().with_words(words[:place] + words[place + 1 :])
        for name in ("family_name", "given_name"):
            parts.append(others.beginning(name, word)[:CANDIDATES].values("pk"))
    return parts[0].union(*parts[1:])


def _by_name(found: "QuerySet[Patient, Any]") -> "QuerySet[Patient]":
    """The first eight of these by name, each with the open episodes."""
    open_now = Prefetch("episodes", Episode.objects.open().order_by("side"), to_attr="open_now")
    # The keys by themselves: joined, some thousands of patients would be read to look for them.
    ordered = Patient.objects.filter(pk__in=list(found.values_list("pk", flat=True)))
    return ordered.order_by("family_name", "given_name", "pk").prefetch_related(open_now)[:MATCHES]


def _lines(found: Iterable[Patient], clinical: bool) -> Iterator[Match]:
    for patient in found:
        # As the prefetch above calls them.
        episodes = getattr(patient, "open_now") if clinical else []  # noqa: B009
        for episode in episodes or [None]:
            yield Match(patient=patient, episode=episode)


def listed(text: str) -> "QuerySet[Patient, Patient]":
    """The first patients by name, of all or of those a search finds, with their episodes."""
    return Patient.objects.all().search(text).with_episodes()[:LISTED]
