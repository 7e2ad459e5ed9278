"""Several papers at once: asked for together, made one after the other, never twice."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from patients.actions import once
from patients.models import User
from programmes.actions.papers import as_pdf, make_ready, order_for, print_handout
from programmes.models import Handout, PrintJob, PrintJobPaper, Version
from programmes.rules.words import in_language, say
from programmes.selectors.papers import complete, other_leg, step_for_a_flare
from programmes.selectors.standing import isometric_only, standing_of
from upwell import pdf
from upwell.http import Refused, TryLater

PROBLEM_LETTERS = 500

Asked = tuple[Version, Mapping[str, Any]]
"""A paper asked for: a version and the options chosen."""


@transaction.atomic
def start_job(asked: Sequence[Asked], *, form_token: UUID, by: User) -> PrintJob:
    """A job for these papers, none made yet; the same form sent again is the same job."""
    content = [[version.pk, dict(options)] for version, options in asked]

    def create(marks: dict[str, Any]) -> PrintJob:
        job = PrintJob.objects.create(made_by=by, **marks)
        PrintJobPaper.objects.bulk_create(
            PrintJobPaper(job=job, order=place, version=version, options=dict(options))
            for place, (version, options) in enumerate(asked, start=1)
        )
        return job

    return once(PrintJob, form_token=form_token, content={"papers": content}, create=create)


def print_next(job: PrintJob, *, today: date, by: User) -> PrintJobPaper | None:
    """Make the next paper of a job, or write down why it is refused; None when none is left.

    Asked for twice at once, it is one paper and one printing. It is laid out before anything is
    written, so nothing waits for it. Raises ``TryLater`` where the printers are busy: then it is
    still to be made.
    """
    left = job.papers.filter(handout=None, problem="")
    papers = left.select_related("version__programme__episode__patient", "version__issued_by")
    paper = papers.order_by("order").first()
    if paper is None:
        return None
    try:
        make_ready(order_for(paper.version, options=paper.options, today=today))
        with transaction.atomic():
            # What somebody else made or refused in the meantime stands.
            if left.select_for_update(of=("self",)).filter(pk=paper.pk).first() is None:
                paper.refresh_from_db(fields=["handout", "problem"])
                return paper
            handout = print_handout(
                paper.version,
                options=paper.options,
                form_token=uuid5(job.code, str(paper.order)),
                today=today,
                by=by,
                job=job,
            )
            left.filter(pk=paper.pk).update(handout=handout)
    except TryLater:
        raise
    except Refused as refused:
        left.filter(pk=paper.pk).update(problem=str(refused)[:PROBLEM_LETTERS])
    paper.refresh_from_db(fields=["handout", "problem"])
    return paper


def family_of(version: Version, papers: Sequence[Mapping[str, Any]], *, today: date) -> list[Asked]:
    """These papers of a version, with one for a flare of the other leg too where both are wanted.

    That leg gets it where its own plan has such a paper.
    """
    asked: list[Asked] = [(version, options) for options in papers]
    ahead = next((options for options in papers if options.get("ahead")), None)
    if ahead is None or not any(options.get("both") for options in papers):
        return asked
    step = other_leg(version.programme.episode, today)
    if step is None:
        return asked
    found = standing_of(step.version.programme.episode, today)
    if isometric_only(found.tendon) or step_for_a_flare(step.version, found) is None:
        return asked
    return [*asked, (step.version, ahead)]


def print_family(asked: Sequence[Asked], *, form_token: UUID, today: date, by: User) -> PrintJob:
    """Several papers of one patient, made at once. Raises ``Refused`` where one may not be.

    Refused while the printers are busy, the same form sent again goes on where it stopped.
    """
    for version, options in asked:
        make_ready(order_for(version, options=options, today=today))
    job = start_job(asked, form_token=form_token, by=by)
    while print_next(job, today=today, by=by):
        pass
    return job


def job_pdf(job: PrintJob) -> bytes:
    """The papers of a job that were made, as one PDF in their order.

    Raises ``Refused`` while there are none, and where this machine can't print.
    """
    made = job.papers.filter(handout__isnull=False).select_related(
        "handout__document", "handout__step", "handout__version__programme__episode__patient"
    )
    handouts = [each.handout for each in made.order_by("order") if each.handout]
    if not handouts:
        raise Refused("No paper of this list has been made.")
    title = _title(job, handouts)
    return pdf.joined([as_pdf(each) for each in handouts], title=title)


def _title(job: PrintJob, handouts: Sequence[Handout]) -> str:
    """What the file is called in the reader's window: a family's in its language, never a name."""
    if len({each.version.programme.episode.patient_id for each in handouts}) > 1:
        return f"Papers of {timezone.localtime(job.made_at):%-d %B %Y}"
    with in_language(complete(handouts[0].options)["language"]):
        return say("Your Achilles plan and the paper for a flare")
