"""`manage.py restore`: a backup into an empty database, or on trial beside the practice's own."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, transaction
from django.utils import timezone

from patients.models import BackupLog
from upwell import backups
from upwell.database import apply


class Command(BaseCommand):
    """Reads the whole file before any database is touched, restores, and compares every table."""

    help = (
        "Restore a backup into an empty database, or with --trial into a scratch database that is "
        "compared and dropped again. Exit status 1, and nothing changed, when anything is wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the backup")
        parser.add_argument("--key-file", required=True, help="the file with the private key")
        parser.add_argument("--into", metavar="DATABASE_URL", help="an empty database, no password")
        parser.add_argument("--trial", action="store_true", help="restore, compare, drop again")
        parser.add_argument(
            "--digest", metavar="HEX", help="SHA-256 as `backup` printed it: the file must have it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore once. Raises ``CommandError`` with one sentence."""
        if options["trial"] and options["into"]:
            raise CommandError("--trial makes its own database: leave --into out.")
        path = Path(options["file"])
        known = backups.logged(path) if options["trial"] else None
        try:
            keys = backups.identities(Path(options["key_file"]))
            for digest in filter(None, (options["digest"], known and known.digest)):
                backups.check_digest(path, digest)
            written = backups.read_through(path, keys)
            waiting = backups.waiting_migrations(written.contents)
            noted = True
            if options["trial"]:
                noted = self._trial(written, keys) and known is not None
            else:
                self._restore(written, keys, options["into"])
        except backups.BackupError as error:
            raise CommandError(str(error)) from None
        held = written.contents
        self.stdout.write(
            f"Compared {len(held.tables)} tables, {held.rows} rows, {len(held.sequences)} "
            f"sequences, {len(held.schema)} definitions of {held.made_at}: all as backed up."
        )
        if not noted:
            self.stdout.write(
                "Not noted here. On the server that wrote this backup, so that the "
                "practice lead sees the trial:\n"
                f"manage.py note_trial {path.name} --digest {written.digest} "
                f"--at {timezone.now():%Y-%m-%dT%H:%M:%SZ}"
            )
        if waiting:
            self.stdout.write(
                f"The backup is older than this version of Upwell: {len(waiting)} migrations wait. "
                "After a real restore run `manage.py migrate`."
            )

    def _trial(self, written: backups.Written, keys: list[Any]) -> bool:
        """Whether this database has a note of it."""
        try:
            different = backups.trial(written, keys)
        except backups.BackupError as error:
            _note(written, str(error))
            raise
        problem = _sentence(different)
        noted = _note(written, problem)
        if problem:
            raise backups.BackupError(problem)
        return noted

    def _restore(self, written: backups.Written, keys: list[Any], url: str | None) -> None:
        where = backups.typed_address(url) if url else backups.parameters()
        if problem := _sentence(backups.restore(written, keys, where=where)):
            raise backups.BackupError(
                f"{problem} The database was filled all the same: don't work with it."
            )
        if url is None:
            apply()
        self.stdout.write(
            "Restored. Now run `manage.py migrate` on it, which also gives the database roles "
            "their rights, then `manage.py verify_audit` and `manage.py replay`."
        )


def _note(written: backups.Written, problem: str) -> bool:
    """Leave word of a trial here; False where this database isn't Upwell's or doesn't let us."""
    try:
        with transaction.atomic():
            backups.log_of(written, kind=BackupLog.TRIAL, problem=problem).save()
    except DatabaseError:
        return False
    return True


def _sentence(different: list[str]) -> str:
    if not different:
        return ""
    more = f", and {len(different) - 3} more" if len(different) > 3 else ""
    return f"What was restored is not what was backed up: {'; '.join(different[:3])}{more}."
