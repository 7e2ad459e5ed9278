"""`manage.py handout`: a patient's paper without a browser, or those of every active programme."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from patients.rules.terms import Language
from programmes.actions import as_pdf, make_ready, order_for, print_handout
from programmes.models import Handout, Programme, Step, Version
from programmes.selectors.papers import LARGE, usual_options
from upwell.http import Refused

REFUSED, ASKED_WRONGLY = 1, 2
STANDARD_OUTPUT = "-"


class Command(BaseCommand):
    """Prints as the browser does with the same choices: the same paper, the same bytes."""

    help = (
        "Print a version of a plan as PDF, by the code in the address of its page. It is recorded "
        "as printed by command. Exit status 1 where a paper is refused, 2 for a wrong request."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        languages = [each.value for each in Language]
        parser.add_argument("version", nargs="?", help="the version's code")
        parser.add_argument("--step", type=int, help="the step, counted from 1; the one in force")
        parser.add_argument("--large-print", action="store_true", help="18 point, re-flowed")
        parser.add_argument("--language", choices=languages, help="the patient's, unless given")
        parser.add_argument("--output", help="a file, or - for standard output")
        parser.add_argument("--all", metavar="DIR", help="every active programme, into this folder")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one paper, or all of them. Raises ``CommandError`` with one line."""
        one = (options["step"], options["output"])
        if bool(options["version"]) == bool(options["all"]) or (options["all"] and any(one)):
            raise CommandError(
                "Give the code of a version, or --all and a folder.", returncode=ASKED_WRONGLY
            )
        if options["all"]:
            self._all(_folder(options["all"]), options)
            return
        version = _version(options["version"])
        try:
            paper, content = _printed(version, _step(version, options["step"]), options)
        except Refused as refused:
            raise CommandError(str(refused), returncode=REFUSED) from None
        if options["output"] == STANDARD_OUTPUT:
            sys.stdout.buffer.write(content)
            return
        path = Path(options["output"] or f"plan-{paper.paper_code}.pdf")
        _write(path, content)
        self.stderr.write(str(path))

    def _all(self, folder: Path, options: dict[str, Any]) -> None:
        """Every active programme; those refused are named by the version's code, on one line."""
        made, refused = 0, 0
        for version in _active():
            try:
                paper, content = _printed(version, None, options)
            except Refused as why:
                refused += 1
                self.stderr.write(f"{version.code}: {why}")
                continue
            _write(folder / f"plan-{paper.paper_code}.pdf", content)
            made += 1
        self.stderr.write(f"{made} printed, {refused} refused")
        if refused:
            sys.exit(REFUSED)


def _printed(version: Version, step: Step | None, options: dict[str, Any]) -> tuple[Handout, bytes]:
    """The paper and its bytes, laid out before it counts as printed. Raises ``Refused``."""
    today = timezone.localdate()
    chosen = usual_options(version.programme.episode.patient, both=True)
    if options["large_print"]:
        chosen["edition"] = LARGE
    if options["language"]:
        chosen["language"] = options["language"]
    make_ready(order_for(version, options=chosen, today=today, step=step))
    paper = print_handout(
        version, options=chosen, form_token=uuid4(), today=today, by=None, step=step
    )
    return paper, as_pdf(paper)


def _active() -> Iterator[Version]:
    """The version in force of every open episode, in the order of their episodes."""
    running = Programme.objects.running().select_related("episode__patient")
    for programme in running.order_by("episode__pk"):
        assert programme.current_step is not None
        version: Version = programme.current_step.version
        version.programme = programme
        yield version


def _version(text: str) -> Version:
    versions = Version.objects.issued().select_related("programme__episode__patient", "issued_by")
    try:
        return versions.get(code=UUID(text))
    except ValueError:
        raise CommandError(
            "That is no code of a version: it stands in the address of its page.",
            returncode=ASKED_WRONGLY,
        ) from None
    except Version.DoesNotExist:
        raise CommandError("No issued version has this code.", returncode=ASKED_WRONGLY) from None


def _step(version: Version, number: int | None) -> Step | None:
    """The step of this number, counted from 1; None for the one in force."""
    if number is None:
        return None
    steps = list(version.steps.order_by("order"))
    if not 1 <= number <= len(steps):
        raise CommandError(f"This version has steps 1 to {len(steps)}.", returncode=ASKED_WRONGLY)
    return steps[number - 1]


def _folder(text: str) -> Path:
    folder = Path(text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"{folder}: {error.strerror}", returncode=ASKED_WRONGLY) from None
    return folder


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", returncode=ASKED_WRONGLY) from None
