"""`manage.py destroy`: one record past its time, by two people; a line in the register remains."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError
from django.utils import timezone

from patients.models import Patient
from programmes.belongings import member_by_email, patient_of_record
from programmes.destruction import check_two, destroy, kept
from upwell.http import Refused
from upwell.seals import rows_of_tables


class Command(BaseCommand):
    """Asks for the record number once more before anything is done."""

    help = (
        "Destroy a patient's whole record, its histories and papers, once it is past the time it "
        "must be kept. Only a practice lead, and somebody else agrees. Connects as the owner of "
        "the tables; the account of the pages may not delete."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("record_number", help="for example U00042")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="the practice lead")
        parser.add_argument("--agreed-by", required=True, metavar="EMAIL", help="who agrees")
        parser.add_argument("--yes", action="store_true", help="don't ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Destroy one record. Raises ``CommandError`` with one sentence."""
        try:
            patient = patient_of_record(options["record_number"])
            by, agreed_by = member_by_email(options["by"]), member_by_email(options["agreed_by"])
            check_two(by, agreed_by)
            if not options["yes"]:
                self._ask(patient)
            told = destroy(patient, by=by, agreed_by=agreed_by, on=timezone.localdate())
        except Refused as error:
            raise CommandError(str(error)) from None
        except ProgrammingError as error:
            if getattr(error.__cause__, "sqlstate", "") == "42501":
                raise CommandError(NOT_THE_OWNER) from None
            raise
        self.stdout.write(
            f"Destroyed {told.record_number}: {rows_of_tables(told.rows)}. The register "
            "keeps the name, the period, and who did it. Backups still hold "
            "the record until they are deleted in their turn."
        )

    def _ask(self, patient: Patient) -> None:
        until = kept(patient).until
        self.stdout.write(
            f"{patient.record_number}: {patient}, born {patient.date_of_birth:%-d %B %Y}, kept "
            f"until {until:%-d %B %Y}. This can't be undone."
        )
        if input("Type the record number to destroy it: ").strip() != patient.record_number:
            raise Refused("That is another record number. Nothing was destroyed.")


NOT_THE_OWNER = (
    "This account of the database may not delete records. Set UPWELL_OWNER_DATABASE_URL to the "
    "owner's address for this command. Nothing was destroyed."
)
