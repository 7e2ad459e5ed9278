"""`manage.py export_patient`: a person's whole record, to read and to hand on."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from programmes.belongings import member_by_email, patient_of_record
from programmes.export import export
from upwell.http import Refused


class Command(BaseCommand):
    """Writes a folder with a page, a PDF, JSON, and the papers as they were printed."""

    help = (
        "Write a patient's whole record into a new folder: record.html and record.pdf to read, "
        "record.json for another system, and every paper and letter as it was printed. It stands "
        "in the log of who opened the record."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("record_number", help="for example U00042")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="the practice lead")
        parser.add_argument("--to", required=True, metavar="DIR", help="where the folder goes")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export one record. Raises ``CommandError`` with one sentence."""
        try:
            patient = patient_of_record(options["record_number"])
            by = member_by_email(options["by"])
            made = export(patient, by=by, into=Path(options["to"]))
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(
            f"{made.folder}: {made.rows} rows; {made.files} of {made.papers} papers and letters "
            "kept as they were printed."
        )
