"""`manage.py seal_audit`: one more seal over every history; daily, by a timer."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from upwell import seals


class Command(BaseCommand):
    """Seal what was written since the last time, as the owner of the tables."""

    help = "Seal every history as it is now. Keep the digest it prints outside the database."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the number and the digest of the new seal. Raises ``CommandError``."""
        try:
            made = seals.seal()
        except seals.NotNowError as error:
            raise CommandError(str(error)) from None
        new = sum(held[1] for table, held in made.tables.items() if table != seals.SHORTENED)
        self.stdout.write(f"Seal {made.number}: {new} new rows. {made.digest}")
