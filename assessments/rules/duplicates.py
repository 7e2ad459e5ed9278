"""Which runs are the same run, recorded twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Twin = tuple[Literal["new", "known"], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRun:
    """What tells two runs apart: the day, the moment of the start if known (with a time zone),
    metres and seconds if recorded."""

    happened_on: date
    started_at: datetime | None = None
    distance_m: int | None = None
    duration_s: int | None = None


def same_run(a: LoggedRun, b: LoggedRun) -> bool:
    """Whether ``a`` and ``b`` are one run: from watch and phone, or from two exports."""
    raise NotImplementedError


def duplicates(new: Sequence[LoggedRun], known: Sequence[LoggedRun]) -> list[Twin | None]:
    """For each of ``new``: ``("known", i)`` when it is the same run as ``known[i]``, else
    ``("new", i)`` when it is the same as the earlier ``new[i]``, else ``None``."""
    raise NotImplementedError
