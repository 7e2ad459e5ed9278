"""`manage.py forget_imports`: drop imports of training logs that nobody went on with."""

from typing import Any

from django.core.management.base import BaseCommand

from assessments.actions.imports import forget_imports


class Command(BaseCommand):
    """Drop what nobody came back to; meant to run once a day."""

    help = (
        "Drop imports whose reading was abandoned a day ago, with the pieces of their files, "
        "and previews that nobody confirmed for 30 days."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Drop them and say how many they were."""
        self.stdout.write(f"Imports dropped: {forget_imports()}.")
