"""`manage.py backup`: the whole database as one encrypted file, while the practice works."""

import contextlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from patients.models import BackupLog
from upwell import backups


class Command(BaseCommand):
    """Writes, keeps a note of it in the database, and removes what need not be kept."""

    help = (
        "Write an encrypted backup and print its digest, to be kept off the server. Keeps the "
        "newest of each of the last 35 days, 12 months and 7 years in its folder. docs/backups.md "
        "says where the keys go. Exit status 1 on failure."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", metavar="DIR", help="the folder (default: var/backups)")
        parser.add_argument("--new-key", action="store_true", help="only print a new pair of keys")

    def handle(self, *args: Any, **options: Any) -> None:
        """Back up once, or print a pair of keys. Raises ``CommandError`` with one sentence."""
        if options["new_key"]:
            self._new_key()
            return
        folder = Path(options["to"] or settings.BACKUP_FOLDER)
        try:
            url = settings.BACKUP_DATABASE_URL
            where = backups.address(url) if url else None
            written = backups.back_up(folder, to=settings.BACKUP_RECIPIENT, where=where)
        except backups.BackupError as error:
            _note(BackupLog(kind=BackupLog.BACKUP, problem=str(error)[:300]))
            raise CommandError(str(error)) from None
        held = written.contents
        told = (
            f"{written.path}: {len(held.tables)} tables, {held.rows} rows, "
            f"{written.size_bytes / 1e6:.1f} MB, SHA-256 {written.digest}."
        )
        try:
            backups.log_of(written, kind=BackupLog.BACKUP).save()
            gone = backups.prune(folder)
        except DatabaseError:
            raise CommandError(
                f"{told} It is whole, but the database took no note of it, and nothing older was "
                "removed."
            ) from None
        except OSError as error:
            raise CommandError(
                f"{told} It is whole, but older ones can't be removed: {error.strerror or error}."
            ) from None
        self.stdout.write(f"{told} {len(gone)} older removed.")

    def _new_key(self) -> None:
        private, public = backups.new_key()
        self.stdout.write(INSTRUCTIONS.format(private=private, public=public))


def _note(row: BackupLog) -> None:
    """Leave word of a failure where the practice lead sees it, if the database can be had."""
    row.size_bytes, row.rows = 0, 0
    with contextlib.suppress(DatabaseError):
        row.save()


INSTRUCTIONS = """\
A new pair of keys. Nothing was stored: this is the only time they are shown.

1. On the server, in its settings, the public key. It can only lock:

   UPWELL_BACKUP_RECIPIENT={public}

2. Away from the server, the private key. It opens every backup made from now on. Save this
   line as a file, upwell-key.txt, in the practice's password safe, and print it once for the
   place where the practice keeps its contracts. Never on the server, never in an e-mail.

   {private}

Whoever has the private key and a backup reads every record. Without the private key nobody
does, you neither: a lost key means lost backups. Then clear this screen."""
