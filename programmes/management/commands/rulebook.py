"""Prints the practice defaults and the sources, as they stand in ``docs/rulebook.md``."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand

from assessments.rules import defaults as assessment_defaults
from assessments.rules.practice import DefaultRow
from assessments.rules.sources import SOURCES
from programmes.rules import defaults as programme_defaults


class Command(BaseCommand):
    """Everything the rules rest on, as one page of Markdown."""

    help = "Print the practice defaults and the sources of all rules as Markdown."
    requires_system_checks: list[Any] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the page."""
        self.stdout.write(rulebook())


def rulebook() -> str:
    """The page: the defaults of both apps, then the register of sources."""
    lines = [
        "# Practice defaults and sources",
        "",
        "Printed by `manage.py rulebook` from the places the rules read; a test keeps them alike.",
        'A source "own" means: practice default, not from the literature.',
        "",
        "## Assessing a tendon",
        "",
        *_table(assessment_defaults.DEFAULTS.described()),
        "",
        "## Running its programme",
        "",
        *_table(programme_defaults.DEFAULTS.described()),
        "",
        "## Sources",
        "",
        "| key | title | address |",
        "|---|---|---|",
        *(f"| {each.key} | {each.title} | {each.address} |" for each in SOURCES.values()),
    ]
    return "\n".join(lines)


def _table(rows: Iterable[DefaultRow]) -> list[str]:
    head = ["| setting | value | note | source |", "|---|---|---|---|"]
    return head + [
        f"| {row.label} | {row.value} {row.unit} | {row.note} | {row.source} |" for row in rows
    ]
