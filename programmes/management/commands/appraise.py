"""`manage.py appraise [FILE]`: the rules run on cases in JSON, without a database."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from programmes.rules.appraise import CaseError, appraise_all, read_cases

BAD_INPUT = 2


class Command(BaseCommand):
    """Appraise one case, or a list of them."""

    help = "Run the rules on a JSON case, or a list of cases, and print what they say as JSON."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", default="-", help="JSON file; standard input when absent or -"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the appraisal; bad input is one line on standard error and exit status 2."""
        try:
            appraised = appraise_all(read_cases(_read(options["file"])))
        except CaseError as error:
            self.stderr.write(str(error))
            sys.exit(BAD_INPUT)
        self.stdout.write(json.dumps(appraised, indent=1, allow_nan=False))


def _read(name: str) -> str:
    """The text of the file, or of standard input. Raises ``CaseError`` when it can't be had."""
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise CaseError(f"file: can't be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise CaseError("file: is not UTF-8 text") from None
