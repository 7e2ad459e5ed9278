"""`manage.py replay`: every stored decision worked out again, and every correction of one."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from programmes.rules.replay import Difference, differences
from programmes.selectors.replay import StoredRow, stored_corrections, stored_decisions

FOUND = 1


class Command(BaseCommand):
    """Works every stored decision out again and says where it comes to something else."""

    help = (
        "Replay every stored decision and correction; exit status 1 if one leads to another "
        "proposal than is stored. Sessions are named by their code."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the counts and each difference; memory doesn't grow with what is stored."""
        counts = {"decisions": 0, "corrections": 0}
        found: list[dict[str, Any]] = []
        for row, unlike in _replayed(counts):
            if options["json"]:
                found.append(_described(row, unlike))
            else:
                self._tell(row, unlike)
            counts["unlike"] = counts.get("unlike", 0) + 1
        unlike_count = counts.pop("unlike", 0)
        if options["json"]:
            said = {**counts, "unlike": unlike_count, "differences": found}
            self.stdout.write(json.dumps(said, indent=1, allow_nan=False))
        else:
            self.stdout.write(
                f"{counts['decisions']} decisions and {counts['corrections']} corrections replayed,"
                f" {unlike_count} unlike what is stored."
            )
        if unlike_count:
            sys.exit(FOUND)

    def _tell(self, row: StoredRow, unlike: tuple[Difference, ...]) -> None:
        self.stdout.write(f"{row.kind} of session {row.session}, rules of {row.rules_version}:")
        for each in unlike:
            self.stdout.write(f"  {each.what}: stored {each.stored!r}, replayed {each.replayed!r}")


def _replayed(counts: dict[str, int]) -> Iterator[tuple[StoredRow, tuple[Difference, ...]]]:
    """Every row that replays otherwise; ``counts`` counts all of them meanwhile."""
    for name, rows in (("decisions", stored_decisions()), ("corrections", stored_corrections())):
        for row in rows:
            counts[name] += 1
            if unlike := differences(row.stored):
                yield row, unlike


def _described(row: StoredRow, unlike: tuple[Difference, ...]) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "session": str(row.session),
        "rules_version": row.rules_version,
        "differences": [
            {"what": each.what, "stored": each.stored, "replayed": each.replayed} for each in unlike
        ],
    }
