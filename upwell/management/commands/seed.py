"""`manage.py seed`: the demo practice, on this machine only."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from upwell.management.play import seed


class Command(BaseCommand):
    """Add the invented patients of the demo practice, unless there are patients already."""

    help = "Fill an empty demo practice with invented patients, each with a story."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed and say so; refuse outside the demo."""
        if not settings.DEMO:
            raise CommandError(
                "Invented patients are for the demo only. Set UPWELL_DEMO=1 on a machine "
                "that holds no real ones."
            )
        added = seed(timezone.localdate())
        if added:
            self.stdout.write(f"Added {added} invented patients.")
        else:
            self.stdout.write("Already seeded: there are patients, so nothing was added.")
