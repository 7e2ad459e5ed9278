"""`manage.py note_trial`: that a backup was restored on trial on another machine."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from patients.models import BackupLog


class Command(BaseCommand):
    """Takes the line that `restore --trial` printed where the private key is."""

    help = (
        "Put on record that a backup of this server was restored on trial elsewhere and compared. "
        "`manage.py restore --trial` prints the whole line there. The name, the digest and the "
        "moment must be those of a backup that this database knows of."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file_name", help="the backup, for example upwell-20261123T020003Z.age")
        parser.add_argument("--digest", required=True, metavar="HEX", help="its SHA-256")
        parser.add_argument("--at", required=True, metavar="TIME", help="when it was tried, UTC")

    def handle(self, *args: Any, **options: Any) -> None:
        """Note one trial, once. Raises ``CommandError`` with one sentence."""
        of = {"file_name": options["file_name"], "digest": options["digest"].strip().lower()}
        written = BackupLog.objects.filter(kind=BackupLog.BACKUP, problem="", **of).first()
        if written is None:
            raise CommandError(
                "This server wrote no backup of this name with this digest. Nothing was noted."
            )
        try:
            at = datetime.strptime(options["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise CommandError("The moment looks like 2026-11-23T02:00:03Z.") from None
        # Two machines, two clocks.
        if not written.at - A_LITTLE <= at <= timezone.now() + A_LITTLE:
            raise CommandError(
                "A trial comes after its backup and not later than now. Nothing was noted."
            )
        sizes = {"size_bytes": written.size_bytes, "rows": written.rows}
        _, new = BackupLog.objects.get_or_create(
            kind=BackupLog.TRIAL, problem="", at=at, **of, defaults=sizes
        )
        self.stdout.write("Noted." if new else "This trial is on record already.")


A_LITTLE = timedelta(minutes=10)
