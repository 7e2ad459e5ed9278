"""What the preview of an import says of each row: taken or not, and why."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from assessments.imports.entry import Entry, Verdict, from_row, to_row
from assessments.rules.duplicates import LoggedRun, duplicates

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
    """A run of the log that new ones are compared with, and where it came from in words."""

    run: LoggedRun
    origin: str


def judged(entries: Iterable[Entry], known: Sequence[OnRecord], *, today: date) -> list[Row]:
    """The rows of these entries, in their order, each with its fate; none is later than today.

    Doubtful ones come last in the comparison, so that no run is left out for the sake of a row
    that nobody takes.
    """
    entries = [_not_to_come(entry, today) for entry in entries]
    rows: list[Row] = [
        {**to_row(entry), "is": _alone(entry).value, "twin": ""} for entry in entries
    ]
    comparable = [place for place, entry in enumerate(entries) if entry.verdict is Verdict.RUN]
    comparable += [place for place, entry in enumerate(entries) if _is_doubtful(entry)]
    _mark_known(rows, comparable, known)
    return rows


def taken(rows: Sequence[Row], ticked: Collection[int], known: Sequence[OnRecord]) -> list[Row]:
    """The same rows after they were confirmed: new ones and ``ticked`` doubtful ones are added.

    Compared anew, because the log may have grown since the preview. ``ticked`` are places in
    ``rows``; a place that isn't doubtful is left as it is.
    """
    rows = [dict(row) for row in rows]
    adding = [place for place, row in enumerate(rows) if row["is"] == Fate.NEW]
    adding += [
        place for place, row in enumerate(rows) if row["is"] == Fate.DOUBTFUL and place in ticked
    ]
    for place in adding:
        rows[place]["is"] = Fate.ADDED.value
    _mark_known(rows, adding, known)
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


def _mark_known(rows: list[Row], places: Sequence[int], known: Sequence[OnRecord]) -> None:
    """Note beside each of these rows which run it is a second copy of."""
    new = [_logged(from_row(rows[place])) for place in places]
    for place, twin in zip(places, duplicates(new, [each.run for each in known]), strict=True):
        if twin is None:
            continue
        where, index = twin
        if where == "known":
            words = f"{_named(known[index].run, known[index].origin)}, on record"
        else:
            other = rows[places[index]]
            words = f"{_named(new[index], other['origin'])}, {other['where']}"
        rows[place] |= {"is": Fate.KNOWN.value, "twin": words}


def _logged(entry: Entry) -> LoggedRun:
    return LoggedRun(
        happened_on=entry.happened_on or date.min,
        started_at=entry.started_at,
        distance_m=entry.distance_m,
        duration_s=entry.duration_s,
    )


def _named(run: LoggedRun, origin: str) -> str:
    told = f"the run of {run.happened_on:%-d %b %Y}, {kilometres(run.distance_m)}"
    return f"{told}, {origin}" if origin else f"{told}, typed"
