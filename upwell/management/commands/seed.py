"""`manage.py seed`: the demo practice, on this machine only."""

from argparse import ArgumentParser
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from upwell.management.play import seed
from upwell.management.sizes import grow


class Command(BaseCommand):
    """Add the invented patients of the demo practice, unless there are patients already."""

    help = "Fill an empty demo practice with invented patients, each with a story."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How large the practice is to be."""
        parser.add_argument(
            "--size",
            type=int,
            metavar="CLINICIANS",
            help="multiply the stories to a practice of so many clinicians, for trying load: "
            "1, 50 or 1000, say; 1000 take some minutes and 20 GB",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed and say so; refuse outside the demo."""
        if not settings.DEMO:
            raise CommandError(
                "Invented patients are for the demo only. Set UPWELL_DEMO=1 on a machine "
                "that holds no real ones."
            )
        if options["size"] is not None:
            self._grow(options["size"], loud=options["verbosity"] > 1)
            return
        added = seed(timezone.localdate())
        if added:
            self.stdout.write(f"Added {added} invented patients.")
        else:
            self.stdout.write("Already seeded: there are patients, so nothing was added.")

    def _grow(self, clinicians: int, *, loud: bool) -> None:
        if clinicians < 1:
            raise CommandError("A practice has one clinician at least.")
        start = perf_counter()

        def say(what: str) -> None:
            if loud:
                self.stdout.write(f"{perf_counter() - start:5.0f} s  {what}")
                self.stdout.flush()

        grown = grow(clinicians, say=say)
        if grown is None:
            raise CommandError("There are patients already: a practice is grown from nothing.")
        self.stdout.write(
            f"A practice of {grown.clinicians:,} clinicians: {grown.patients:,} patients, "
            f"{grown.episodes:,} episodes ({grown.open_episodes:,} open), "
            f"{grown.sessions:,} sessions, in {perf_counter() - start:.0f} s."
        )
