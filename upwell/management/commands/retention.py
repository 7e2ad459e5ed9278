"""`manage.py retention`: whose records are past the time they must be kept."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from programmes.destruction import past_their_time


class Command(BaseCommand):
    """Lists record numbers and days, never names: the list may be printed or sent."""

    help = (
        "List the records that may be destroyed: seven years after the last service, and a "
        "child's from 25. `manage.py destroy` destroys one, by two people."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", action="store_true", help="only say how many")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each record, and how many there are."""
        found = 0
        for patient, kept in past_their_time(on=timezone.localdate()):
            found += 1
            if not options["count"]:
                self.stdout.write(
                    f"{patient.record_number}  services {kept.first_service:%-d %b %Y} to "
                    f"{kept.last_service:%-d %b %Y}  kept until {kept.until:%-d %b %Y}"
                )
        self.stdout.write(f"{found} past the time they must be kept.")
