"""`manage.py handout`: a patient's paper without a browser, or those of every active programme."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from assessments.rules.terms import Stage
from patients.rules.terms import Language
from programmes.actions import as_pdf, make_ready, order_for, print_handout
from programmes.models import Handout, Programme, Step, Version
from programmes.selectors.papers import LARGE, companions, reached, usual_options
from programmes.selectors.standing import standing_of
from upwell.http import Refused

REFUSED, ASKED_WRONGLY = 1, 2
STANDARD_OUTPUT = "-"


class Command(BaseCommand):
    """Prints as the browser does with the same choices: the same paper, the same bytes."""

    help = (
        "Print a version of a plan as PDF, by the code in the address of its page. It is recorded "
        "as printed by command, and from then on it counts as the paper in the patient's hand, "
        "with --all too: give them out. Exit status 1 where a paper is refused, 2 for a wrong "
        "request."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        languages = [each.value for each in Language]
        parser.add_argument("version", nargs="?", help="the version's code")
        stages = [each.value for each in Stage]
        parser.add_argument(
            "--step", type=int, help="the step, counted from 1 through the plan; the one in force"
        )
        parser.add_argument("--stage", choices=stages, help="count the steps of this stage instead")
        parser.add_argument("--ahead", action="store_true", help="a step not reached yet as well")
        parser.add_argument("--large-print", action="store_true", help="18 point, re-flowed")
        parser.add_argument("--language", choices=languages, help="the patient's, unless given")
        parser.add_argument("--output", help="a file, or - for standard output")
        parser.add_argument("--all", metavar="DIR", help="every active programme, into this folder")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one paper, or all of them. Raises ``CommandError`` with one line."""
        one = (options["step"], options["output"], options["stage"], options["ahead"])
        if bool(options["version"]) == bool(options["all"]) or (options["all"] and any(one)):
            raise CommandError(
                "Give the code of a version, or --all and a folder.", returncode=ASKED_WRONGLY
            )
        if options["all"]:
            self._all(_folder(options["all"]), options)
            return
        version = _version(options["version"])
        step = _step(version, options["step"], options["stage"])
        if step is not None and not options["ahead"] and not reached(step):
            raise CommandError(
                f"{step} is not reached yet. Print it all the same with --ahead.",
                returncode=REFUSED,
            )
        try:
            paper, content = _printed(version, step, options)
        except Refused as refused:
            raise CommandError(str(refused), returncode=REFUSED) from None
        if options["output"] == STANDARD_OUTPUT:
            sys.stdout.buffer.write(content)
            return
        path = Path(options["output"] or f"plan-{paper.paper_code}.pdf")
        _write(path, content)
        self.stderr.write(f"{path}: {str(paper.step).lower()}")

    def _all(self, folder: Path, options: dict[str, Any]) -> None:
        """Every active programme; those refused are named by the version's code, on one line."""
        made, refused = 0, 0
        with_another: set[int] = set()
        for version in _active():
            if version.pk in with_another:
                continue  # it stands on the sheet of the other leg
            try:
                paper, content = _printed(version, None, options)
            except Refused as why:
                refused += 1
                self.stderr.write(f"{version.code}: {why}")
                continue
            _write(folder / f"plan-{paper.paper_code}.pdf", content)
            with_another.update(each.version_id for each in companions(paper)[1:])
            made += 1
            patient = version.programme.episode.patient
            self.stdout.write(f"{paper.paper_code} {patient.record_number}")
        self.stderr.write(f"{made} printed, {refused} refused")
        if made:
            self.stderr.write("They count as the papers in the patients' hands now: give them out.")
        if refused:
            sys.exit(REFUSED)


def _printed(version: Version, step: Step | None, options: dict[str, Any]) -> tuple[Handout, bytes]:
    """The paper and its bytes, laid out before it counts as printed. Raises ``Refused``."""
    today = timezone.localdate()
    episode = version.programme.episode
    review = standing_of(episode, today).review
    chosen = usual_options(episode.patient, both=True, next_review=review, on=today)
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


def _step(version: Version, number: int | None, stage: str | None) -> Step | None:
    """The step of this number, counted from 1 in its stage or the plan; None for that in force."""
    if number is None:
        if stage is not None:
            raise CommandError("Give the step of the stage too.", returncode=ASKED_WRONGLY)
        return None
    steps = list(version.steps.order_by("order"))
    if stage is None:
        numbered = dict(enumerate(steps, start=1))
    else:
        numbered = {each.number: each for each in steps if each.stage == stage}
    if number not in numbered:
        where = f"{Stage(stage).value.replace('_', ' ')} " if stage else ""
        has = f"{where}steps {min(numbered)} to {max(numbered)}" if numbered else "no such stage"
        raise CommandError(f"This version has {has}.", returncode=ASKED_WRONGLY)
    return numbered[number]


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
