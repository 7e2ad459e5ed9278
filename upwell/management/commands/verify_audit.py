"""`manage.py verify_audit`: whether every history still is what was sealed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from patients.models import AuditSeal
from upwell import seals


class Command(BaseCommand):
    """Read every sealed row again; say which table was changed, and between which seals."""

    help = "Check every history against its seals; exit status 1 and the places if one differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--digest", help="of any seal, as seal_audit printed it: it has to be in the chain"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say each break, and each destruction that left rows out, on a line of its own."""
        count = AuditSeal.objects.count()
        if not count:
            raise CommandError("There is no seal yet: run `manage.py seal_audit`.")
        found = 0
        if options["digest"] and not AuditSeal.objects.filter(digest=options["digest"]).exists():
            found += 1
            self.stdout.write("No seal has this digest: the chain was written anew.")
        for each in seals.verify():
            found += 1
            self.stdout.write(str(each))
        for told in seals.shortenings():
            if not told.doubt:
                self.stdout.write(str(told))
        if found:
            differ = "1 place differs" if found == 1 else f"{found} places differ"
            raise CommandError(f"{differ} from what was sealed.")
        self.stdout.write(f"All rows that are left are as they were sealed, {count} seals.")
