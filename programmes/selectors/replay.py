"""Every stored decision and correction with what it read, one at a time, for a replay."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from programmes.models import Correction, Decision
from programmes.rules.replay import Stored

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """One stored proposal; ``kind`` is "decision" or "correction 2", ``session`` its code."""

    kind: str
    session: UUID
    rules_version: str
    stored: Stored


def stored_decisions() -> Iterator[StoredRow]:
    """Every decision, in the order they were made; read in pieces."""
    rows = Decision.objects.order_by("pk").select_related("session")
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        yield _row("decision", row, outcome=row.outcome, n_ok_after=row.n_ok_after)


def stored_corrections() -> Iterator[StoredRow]:
    """Every correction that stores what the rule says, likewise."""
    rows = Correction.objects.exclude(proposed="").order_by("pk")
    for row in rows.select_related("session__decision").iterator(chunk_size=ROWS_AT_ONCE):
        outcome = row.session.decision.outcome
        # The database holds that a correction which says something says all of it.
        assert row.n_ok_after is not None
        yield _row(f"correction {row.number}", row, outcome=outcome, n_ok_after=row.n_ok_after)


def _row(kind: str, row: Decision | Correction, *, outcome: str, n_ok_after: int) -> StoredRow:
    return StoredRow(
        kind=kind,
        session=row.session.code,
        rules_version=row.rules_version,
        stored=Stored(
            proposed=row.proposed,
            rule=row.rule,
            because=row.because,
            inputs=row.inputs or {},
            defaults=row.defaults or {},
            outcome=outcome,
            n_ok_after=n_ok_after,
        ),
    )
