"""Reading the accounts of a period in portions, where a practice has too many for one answer."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from time import monotonic
from uuid import UUID

from django.core.cache import cache
from django.db import connection, transaction

from programmes.rules.outcomes import Account
from programmes.rules.version import RULES_VERSION
from programmes.selectors.outcomes import AT_ONCE, accounts, how_many, next_accounts
from upwell.clock import now

SECONDS = 3.0
"""How long one request reads before it answers how far it is; it waits for the database less than
``settings.DATABASE_PATIENCE_S``."""
KEPT_S = 24 * 3600
"""How long a reading that nobody goes on with is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many episodes were read, and of about how many; ``waits``: somebody else reads now."""

    done: int
    of: int
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All accounts of a period; what was recorded after ``began`` may not be in them."""

    accounts: tuple[Account, ...]
    began: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a reading that goes on stands: how many portions are kept, the last code in them."""

    began: datetime
    portions: int
    after: UUID | None
    done: int
    of: int


@transaction.atomic
def read_on(*, first: date, last: date, what_for: str, whole: bool = False) -> Reading | Progress:
    """Read on where the last call with the same words stopped, for ``SECONDS`` or to the end.

    What was read is kept a day, in the cache of the database, until the end is reached. Of two
    callers at once one reads, and the other is told how far that is. With ``whole`` all is
    read in one go, whatever is kept.
    """
    if whole:
        began = now()
        return Reading(accounts=accounts(first=first, last=last), began=began)
    key = f"outcomes:{what_for}:{first}:{last}:{RULES_VERSION}"
    place: _Place | None = cache.get(key)
    if place is not None and not _mine_alone(key):
        return Progress(done=place.done, of=place.of, waits=True)
    end = monotonic() + SECONDS
    if place is None:
        place = _Place(began=now(), portions=0, after=None, done=0, of=0)
    found: list[Account] = []
    after, done = place.after, place.done
    while True:
        some, after = next_accounts(first=first, last=last, after=after)
        found += some
        done += AT_ONCE
        if after is None or monotonic() >= end:
            break
    if after is None:
        kept = _kept(key, place)
        cache.delete_many([key, *_names(key, place.portions)])
        if kept is None:
            return Progress(done=0, of=place.of)
        return Reading(accounts=(*kept, *found), began=place.began)
    place = _Place(
        began=place.began,
        portions=place.portions + 1,
        after=after,
        done=done,
        of=place.of or how_many(first=first, last=last),
    )
    cache.set_many({key: place, f"{key}:{place.portions}": found}, KEPT_S)
    return Progress(done=place.done, of=place.of)


def _names(key: str, portions: int) -> list[str]:
    return [f"{key}:{number}" for number in range(1, portions + 1)]


def _kept(key: str, place: _Place) -> list[Account] | None:
    """What the portions hold, in order; None where one is gone, so that all is read again."""
    names = _names(key, place.portions)
    held: dict[str, list[Account]] = cache.get_many(names)
    if len(held) < len(names):
        return None
    return [account for name in names for account in held[name]]


def _mine_alone(key: str) -> bool:
    """Whether nobody else reads this now; held until the transaction ends."""
    number = int.from_bytes(sha256(key.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        (mine,) = cursor.fetchone()
    return bool(mine)
