"""`manage.py forget_unprinted`: delete papers that were only looked at."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError

from programmes.destruction import forget_unprinted
from upwell.http import Refused


class Command(BaseCommand):
    """Deletes what nobody printed, as the owner of the tables; meant to run once a day."""

    help = (
        "Delete previews that nobody printed for 14 days, and stored papers that nothing on "
        "record points to. What was printed stays. Connects as the owner of the tables."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete them and say how many they were. Raises ``CommandError`` with one sentence."""
        try:
            self.stdout.write(f"Papers nobody printed, deleted: {forget_unprinted()}.")
        except Refused:
            raise CommandError(
                "Papers were being printed at this moment. Nothing was deleted; try again."
            ) from None
        except ProgrammingError as error:
            if getattr(error.__cause__, "sqlstate", "") == "42501":
                raise CommandError(
                    "This account of the database may not delete papers. Set "
                    "UPWELL_OWNER_DATABASE_URL to the owner's address for this command."
                ) from None
            raise
