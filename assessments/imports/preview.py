"""What the preview of an import says of each row: taken or not, and why."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from assessments.imports.entry import Entry, Verdict, from_row, to_row
from assessments.rules.duplicates import (
    LoggedRun,
    Twin,
    duplicates,
    may_be_in_another_zone,
    may_be_typed,
    perhaps_twins,
    run_at_once,
)

# What stands behind the name of a file in ``Entry.where``.
_PLACE_IN_FILE = re.compile(r", (?:row|track|part|activity) [0-9]+$")

Row = dict[str, Any]
"""One row as it is stored: the keys of ``to_row``, and ``is`` and ``twin``."""


class Fate(StrEnum):
    """What becomes of a row; ``ADDED`` once the import is confirmed."""

    NEW = "new"
    ADDED = "added"
    KNOWN = "known"
    DOUBTFUL = "doubtful"
    NOT_A_RUN = "not_a_run"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """A run of the log that new ones are compared with, and where it came from in words.

    ``struck`` says of one that was struck out when and why ("struck out on 3 May 2025: typed
    twice"), and is blank for one that counts.
    """

    run: LoggedRun
    origin: str
    struck: str = ""


def judged(entries: Iterable[Entry], known: Sequence[OnRecord], *, today: date) -> list[Row]:
    """The rows of these entries, in their order, each with its fate; none is later than today.

    Doubtful ones come last in the comparison, so that no run is left out for the sake of a row
    that nobody takes. A row is doubtful, and a person says, when it is a run struck out, or may be
    another one: in another time zone, recorded at the same time over another length, or typed
    without a time of day.
    """
    entries = [_not_to_come(entry, today) for entry in entries]
    rows: list[Row] = [
        {**to_row(entry), "is": _alone(entry).value, "twin": ""} for entry in entries
    ]
    comparable = [place for place, entry in enumerate(entries) if entry.verdict is Verdict.RUN]
    comparable += [place for place, entry in enumerate(entries) if _is_doubtful(entry)]
    counted = [each for each in known if not each.struck]
    named = _mark_known(rows, comparable, counted)
    left = [place for place in comparable if not _is_known(rows[place])]
    _mark_doubtful(rows, left, known, named)
    return rows


def taken(rows: Sequence[Row], ticked: Collection[int], known: Sequence[OnRecord]) -> list[Row]:
    """The same rows after they were confirmed: new ones and ``ticked`` doubtful ones are added.

    Compared anew, because the log may have changed since the preview. ``ticked`` are places in
    ``rows``; a place that isn't doubtful is left as it is. What nobody ticked and is doubtful by
    now is not added.
    """
    rows = [dict(row) for row in rows]
    counted = [each for each in known if not each.struck]
    new = {place for place, row in enumerate(rows) if row["is"] == Fate.NEW}
    adding = [place for place, row in enumerate(rows) if row["is"] == Fate.NEW]
    adding += [
        place for place, row in enumerate(rows) if row["is"] == Fate.DOUBTFUL and place in ticked
    ]
    for place in adding:
        rows[place]["is"] = Fate.ADDED.value
    _mark_known(rows, adding, counted)
    left = [place for place in adding if place in new and not _is_known(rows[place])]
    all_new = [_logged(from_row(row)) for row in rows if row["happened_on"] and not _is_other(row)]
    named = _on_record_among(duplicates(all_new, [each.run for each in counted]))
    _mark_doubtful(rows, left, known, named)
    return rows


def counts(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many rows have each fate, 0 for a fate that none has."""
    counted = Counter(row["is"] for row in rows)
    return {fate.value: counted[fate.value] for fate in Fate}


def kilometres(metres: int | None) -> str:
    """ "12.04 km", "400 m", or "no distance" for one that wasn't recorded."""
    if metres is None:
        return "no distance"
    return f"{metres / 1000:.2f} km" if metres >= 1000 else f"{metres} m"


def minutes(seconds: int | None) -> str:
    """ "1:02:09", or "not recorded"."""
    if seconds is None:
        return "not recorded"
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"


def _not_to_come(entry: Entry, today: date) -> Entry:
    if entry.happened_on is None or entry.happened_on <= today:
        return entry
    why = f"its date is in the future: {entry.happened_on:%-d %B %Y}"
    return replace(entry, verdict=Verdict.UNREADABLE, why=why, doubtful=False)


def _alone(entry: Entry) -> Fate:
    if entry.verdict is Verdict.RUN:
        return Fate.NEW
    if entry.verdict is Verdict.UNREADABLE:
        return Fate.UNREADABLE
    return Fate.DOUBTFUL if _is_doubtful(entry) else Fate.NOT_A_RUN


def _is_doubtful(entry: Entry) -> bool:
    has_all = entry.happened_on is not None and (entry.distance_m or entry.duration_s)
    return entry.verdict is Verdict.NOT_A_RUN and entry.doubtful and bool(has_all)


def _mark_known(rows: list[Row], places: Sequence[int], known: Sequence[OnRecord]) -> set[int]:
    """Note beside each of these rows which run it is a second copy of; which of ``known`` were
    found so."""
    new = [_logged(from_row(rows[place])) for place in places]
    twins = duplicates(new, [each.run for each in known])
    for place, twin in zip(places, twins, strict=True):
        if twin is not None:
            words = _twin_words(rows, places, known, twin)
            rows[place] |= {"is": Fate.KNOWN.value, "twin": words}
    return _on_record_among(twins)


def _mark_doubtful(
    rows: list[Row], places: Sequence[int], known: Sequence[OnRecord], named: Collection[int]
) -> None:
    """Note beside each of these rows when it is a run struck out, or may be another run; ``known``
    are all runs of the log. Of those that count, the ``named`` are rows of this import at their
    own times, so they are no other row in another zone or as typed."""
    struck = [each for each in known if each.struck]
    counted = [each for each in known if not each.struck]
    others = [each for index, each in enumerate(counted) if index not in named]
    new = [_logged(from_row(rows[place])) for place in places]
    again = duplicates(new, [each.run for each in struck])
    shifted = perhaps_twins(new, [each.run for each in others], may_be_in_another_zone)
    at_once = perhaps_twins(new, [each.run for each in counted], run_at_once)
    typed = perhaps_twins(new, [each.run for each in others], may_be_typed)
    for index, place in enumerate(places):
        if (same := again[index]) is not None and same[0] == "known":
            run = struck[same[1]]
            words = f"{_named(run.run, run.origin)}, {run.struck}"
        elif (twin := shifted[index]) is not None:
            words = f"looks like {_twin_words(rows, places, others, twin)}, in another time zone"
        elif (twin := at_once[index]) is not None:
            words = f"overlaps {_twin_words(rows, places, counted, twin)}: watch and phone?"
        elif (twin := typed[index]) is not None:
            words = f"perhaps {_typed_words(rows, places, others, twin)}"
        else:
            continue
        why = rows[place]["why"]
        rows[place] |= {
            "is": Fate.DOUBTFUL.value,
            "twin": f"{why}; {words}" if why else words,
        }


def _twin_words(
    rows: Sequence[Row], places: Sequence[int], known: Sequence[OnRecord], twin: Twin
) -> str:
    where, index = twin
    if where == "known":
        return f"{_named(known[index].run, known[index].origin)}, on record"
    other = rows[places[index]]
    return f"{_named(_logged(from_row(other)), other['origin'])}, {other['where']}"


def _typed_words(
    rows: Sequence[Row], places: Sequence[int], known: Sequence[OnRecord], twin: Twin
) -> str:
    where, index = twin
    if where == "known" and not known[index].origin:
        return f"the typed run of that day, {kilometres(known[index].run.distance_m)}"
    return _twin_words(rows, places, known, twin)


def _on_record_among(twins: Iterable[Twin | None]) -> set[int]:
    return {twin[1] for twin in twins if twin is not None and twin[0] == "known"}


def _is_known(row: Row) -> bool:
    return bool(row["is"] == Fate.KNOWN)


def _is_other(row: Row) -> bool:
    return row["is"] in (Fate.NOT_A_RUN, Fate.UNREADABLE)


def _logged(entry: Entry) -> LoggedRun:
    return LoggedRun(
        happened_on=entry.happened_on or date.min,
        started_at=entry.started_at,
        distance_m=entry.distance_m,
        duration_s=entry.duration_s,
        file=_PLACE_IN_FILE.sub("", entry.where),
    )


def _named(run: LoggedRun, origin: str) -> str:
    told = f"the run of {run.happened_on:%-d %b %Y}, {kilometres(run.distance_m)}"
    return f"{told}, {origin}" if origin else f"{told}, typed"
