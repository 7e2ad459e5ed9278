"""Brings the catalogues of translations up to date with what the sources say."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from programmes.management.catalogue import catalogue_path, languages, updated


class Command(BaseCommand):
    """Each catalogue with the messages of today, and compiled beside it."""

    help = (
        "Update programmes/locale/<code>/LC_MESSAGES/django.po from the sources and compile it."
        " Needs polib, a development package; running Upwell doesn't."
    )
    requires_system_checks: list[Any] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--new fr --plurals "nplurals=2; plural=(n > 1);"`` begins a language."""
        parser.add_argument("--new", metavar="CODE", help="begin a catalogue for this language")
        parser.add_argument(
            "--plurals", default="nplurals=2; plural=(n != 1);", help="its Plural-Forms"
        )

    def handle(self, *args: Any, new: str | None, plurals: str, **options: Any) -> None:
        """Write the catalogues and say what each lacks."""
        import polib  # type: ignore[import-untyped]

        if new:
            if catalogue_path(new).exists():
                raise CommandError(f"There is a catalogue for {new} already.")
            catalogue_path(new).parent.mkdir(parents=True)
            begun = polib.POFile()
            begun.metadata = {
                "Project-Id-Version": "Upwell",
                "Language": new,
                "MIME-Version": "1.0",
                "Content-Type": "text/plain; charset=UTF-8",
                "Content-Transfer-Encoding": "8bit",
                "Plural-Forms": plurals,
            }
            begun.save(str(catalogue_path(new)))
        for code in languages():
            path = catalogue_path(code)
            catalogue = updated(polib.pofile(str(path)))
            catalogue.save(str(path))
            catalogue.save_as_mofile(str(path.with_suffix(".mo")))
            missing = catalogue.untranslated_entries()
            self.stdout.write(f"{code}: {len(catalogue)} messages, {len(missing)} not translated")
            for entry in missing:
                self.stdout.write(f"  {entry.msgid}")
