"""`manage.py database_roles`: what the roles of the database may do, as `migrate` leaves it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from upwell.database import MAKE_ROLES, apply


class Command(BaseCommand):
    """Apply the rights again, or print what an administrator runs once to make the roles."""

    help = "Give the database's roles their rights on every table; --sql prints how to make them."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--sql", action="store_true", help="print the statements that make the roles, and stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was done; fail where the roles are missing and may not be made."""
        if options["sql"]:
            self.stdout.write(MAKE_ROLES.strip())
        elif apply():
            self.stdout.write("Each role has its rights, and no more.")
        else:
            raise CommandError(
                "This server has no role upwell_app. Have its administrator run what "
                "`manage.py database_roles --sql` prints, then run this again."
            )
