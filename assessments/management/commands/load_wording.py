"""`manage.py load_wording FILE`: the words of the VISA-A items a practice may use."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assessments import wording
from upwell.http import Refused

BAD_INPUT = 2


class Command(BaseCommand):
    """Load a wording set, list what was loaded, or choose which is in force."""

    help = "Load the wording of the VISA-A items from a JSON file; docs/wording.md says how."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="JSON file; it is in force from then on")
        parser.add_argument("--list", action="store_true", help="what was loaded, newest first")
        parser.add_argument("--use", metavar="NAME", help="have a set loaded before in force again")
        parser.add_argument("--use-own", action="store_true", help="back to our own short labels")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked; a bad file is one line on standard error and exit status 2."""
        chosen = [name for name in ("file", "list", "use", "use_own") if options[name]]
        if len(chosen) != 1:
            self._refuse("Give a file, --list, --use NAME or --use-own: one of them.")
        try:
            if options["file"]:
                self._load(options["file"])
            elif options["list"]:
                self._list()
            else:
                wording.use(options["use"] or "")
                self.stdout.write(f"In force: {wording.words_in_force().name}")
        except (ValueError, Refused) as error:
            self._refuse(str(error))

    def _load(self, name: str) -> None:
        loaded, new = wording.load(_read(name))
        said = "loaded" if new else "was loaded before with the same content"
        self.stdout.write(f"{loaded.name}: {said}. In force for new questionnaires from now on.")

    def _list(self) -> None:
        in_force = wording.words_in_force()
        for row in wording.loaded_sets():
            now = "in force, " if in_force.loaded == row else ""
            self.stdout.write(
                f"{row.name}: {now}loaded {row.loaded_at:%-d %B %Y}, {row.form_version},"
                f" {row.language}. Permission: {row.permission}"
            )
        own = "in force" if in_force.is_own else "always there"
        self.stdout.write(f"{wording.OWN.name}: {own}, our own short labels")

    def _refuse(self, sentence: str) -> None:
        self.stderr.write(sentence)
        sys.exit(BAD_INPUT)


def _read(name: str) -> str:
    """The text of the file. Raises ``ValueError`` when it can't be had."""
    try:
        with Path(name).open("rb") as file:
            raw = file.read(wording.FILE_MOST * 4 + 1)
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"file: can't be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ValueError("file: is not UTF-8 text") from None
