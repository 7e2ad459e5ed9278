"""What may be printed for an episode today, what was printed before, and what papers look like."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils import timezone

from assessments.rules.terms import Stage
from patients.models import AccessLog, Episode, Patient, User
from patients.rules.terms import Language
from programmes.models import (
    Decision,
    Document,
    Handout,
    Move,
    NotDone,
    Printing,
    PrintJob,
    PrintJobPaper,
    Programme,
    Session,
    Step,
    Version,
)
from programmes.rules.diary import diary_weeks
from programmes.rules.papercode import shown_code
from programmes.rules.words import counted
from programmes.selectors.plans import (
    RED_FLAG,
    no_longer_suits,
    unsuited,
    why_no_paper,
    with_plan,
)
from programmes.selectors.standing import (
    Standing,
    paper_changes,
    standing,
    standing_of,
    standings,
)
from upwell import pdf

PAPERS_SHOWN = 30
CLOSED = "This episode is closed. Nothing is printed for it."
STANDARD, LARGE = "standard", "large"
ONE_WEEK, TWO_WEEKS = 1, 2
DAYS_OF_A_WEEK = 7
BATCHES_SHOWN = timedelta(days=2)
PAPERS_PICTURED = 16
PICTURE_PX = 760
"""Width of a page of the preview in pixels; twice its width on most screens."""


# --- what a paper shows ------------------------------------------------------------------------


def complete(options: Mapping[str, Any]) -> dict[str, Any]:
    """The choices of a paper with every key: what is missing is as on papers of before."""
    diary = bool(options.get("diary"))
    chosen = {
        "diary": diary,
        "weeks": options.get("weeks") or ONE_WEEK if diary else ONE_WEEK,
        "next_review": options.get("next_review"),
        "flare": bool(options.get("flare")),
        "edition": options.get("edition") or STANDARD,
        "language": options.get("language") or Language.ENGLISH.value,
        "both": bool(options.get("both")),
    }
    return {**chosen, "ahead": True} if options.get("ahead") else chosen


def usual_options(
    patient: Patient, *, both: bool = False, next_review: date | None = None, on: date | None = None
) -> dict[str, Any]:
    """The choices somebody makes who changes nothing: by the patient's language and eyesight.

    The diary covers the days until the next review, two weeks at most.
    """
    return complete(
        {
            "diary": True,
            "weeks": weeks_until(next_review, on=on) if next_review and on else ONE_WEEK,
            "next_review": next_review.isoformat() if next_review else None,
            "edition": LARGE if patient.large_print else STANDARD,
            "language": patient.language,
            "both": both,
        }
    )


def weeks_until(next_review: date, *, on: date) -> int:
    """Weeks of diary, 1 or 2, that reach from a printing to the next review."""
    return ONE_WEEK if (next_review - on).days <= DAYS_OF_A_WEEK else TWO_WEEKS


def other_leg(episode: Episode, on: date) -> Step | None:
    """The step of the patient's other leg that may stand on the same sheet; None without one.

    Its version, programme, episode and patient are loaded.
    """
    for row in standings().open().filter(patient=episode.patient_id).exclude(pk=episode.pk):
        found = standing(row, on)
        if found.step is None or why_no_paper(found.step.version, found):
            continue
        assert found.programme is not None
        found.step.version.programme = found.programme
        found.programme.episode = row
        return found.step
    return None


def step_for_a_flare(version: Version, found: Standing) -> Step | None:
    """The isometric step of this version that a flare would lead to; None where none suits.

    Read only: nobody is moved.
    """
    steps = (step for step in with_plan(version).steps.all() if step.stage == Stage.ISOMETRIC)
    return next((step for step in steps if not no_longer_suits(step, found.tendon)), None)


def why_not_step(version: Version, step: Step, found: Standing) -> str:
    """Why this step of a version may not be printed now; blank when it may.

    Another step than the one in force is printed by command, and for a flare to come.
    """
    here = found.step
    if here is None or here.version_id != version.pk or here.pk == step.pk:
        return why_no_paper(version, found)
    if found.tendon.locked:
        return RED_FLAG
    why = unsuited(step, found.tendon)
    return f"This step is not for this tendon now. {why}" if why else ""


def reached(step: Step) -> bool:
    """Whether the patient stands at this step of a version, has stood there, or is past it."""
    programme = step.version.programme
    ways = (
        Programme.objects.filter(pk=programme.pk).values("current_step"),
        Move.objects.filter(programme=programme).values("to_step"),
        Decision.objects.filter(session__programme=programme).values("to_step"),
    )
    stood = Q(pk__in=ways[0]) | Q(pk__in=ways[1]) | Q(pk__in=ways[2])
    return Step.objects.filter(stood, version=step.version, order__gte=step.order).exists()


# --- papers printed before ---------------------------------------------------------------------


def same_paper(version: Version, digest: str, *, on: date) -> Handout | None:
    """The newest paper with this content that printing it on this day would be; None without.

    A paper is itself as long as its diary: once the diary's days are over, or something of it is on
    record, the next one needs a code of its own, else two diaries would have the same.
    """
    entered = Session.objects.filter(handout__together=OuterRef("together"))
    left_out = NotDone.objects.filter(handout__together=OuterRef("together"))
    papers = Handout.objects.filter(version=version, content_digest=digest).exclude(
        Exists(Session.objects.filter(handout=OuterRef("pk")))
        | Exists(NotDone.objects.filter(handout=OuterRef("pk")))
        | Exists(entered)
        | Exists(left_out)
    )
    paper = papers.select_related("step").order_by("-printed_at", "-pk").first()
    return paper if paper is not None and on <= last_day_of(paper) else None


def last_day_of(paper: Handout) -> date:
    """The last day a paper is printed again as itself: the last of its diary."""
    options = complete(paper.options)
    if not options["diary"]:
        return date.max
    days = DAYS_OF_A_WEEK * diary_weeks(paper.options)
    return timezone.localdate(paper.printed_at) + timedelta(days=days)


def companions(handout: Handout) -> list[Handout]:
    """The papers of one sheet, this one first: itself alone, or with that of the other leg."""
    if handout.together is None:
        return [handout]
    others = Handout.objects.filter(together=handout.together).exclude(pk=handout.pk)
    return [handout, *others.select_related("step", "version__programme__episode")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One paper and its newest printing, as the page lists it. ``by`` is who, in words.

    ``times`` it was printed; ``apart`` is what it has and another of the list with the same words
    has not, blank where they tell it.
    """

    printing: Printing
    handout: Handout
    by: str
    times: int
    apart: str = ""
    # For its button: the same button pressed twice is one printing.
    token: UUID = field(default_factory=uuid4)

    @property
    def code(self) -> str:
        """The paper's code as it stands on it."""
        return shown_code(self.handout.paper_code)

    @property
    def kind(self) -> str:
        """What it is beside the standard English plan, in a few words; blank when nothing."""
        options = complete(self.handout.options)
        parts = [
            "kept for a flare"
            if options.get("ahead")
            else "for a flare"
            if options["flare"]
            else "",
            "both legs" if options["both"] else "",
            "large print" if options["edition"] == LARGE else "",
            Language(options["language"]).own_name if options["language"] != "en" else "",
            "" if options["diary"] else "no diary",
        ]
        return ", ".join(part for part in parts if part)

    @property
    def details(self) -> str:
        """How long its diary is and the review on it, in words."""
        options = complete(self.handout.options)
        review = options["next_review"]
        parts = [
            f"diary of {counted(diary_weeks(self.handout.options), 'week')}"
            if options["diary"]
            else "",
            f"review {date.fromisoformat(review):%-d %B %Y}" if review else "no review",
        ]
        return ", ".join(part for part in parts if part)


def printings_of(episode: Episode) -> list[Printed]:
    """Every paper of an episode, the one printed last first; the newest ``PAPERS_SHOWN``."""
    later = Printing.objects.filter(
        Q(printed_at__gt=OuterRef("printed_at"))
        | Q(printed_at=OuterRef("printed_at"), pk__gt=OuterRef("pk")),
        handout=OuterRef("handout"),
    )
    times = Printing.objects.filter(handout=OuterRef("handout")).order_by().values("handout")
    rows = (
        Printing.objects.filter(~Exists(later), handout__version__programme__episode=episode)
        .select_related("handout__version", "handout__step", "handout__printed_by", "printed_by")
        .annotate(times=Subquery(times.annotate(count=Count("pk")).values("count")))
    )
    papers = [
        Printed(
            printing=row,
            handout=row.handout,
            by=str(row.printed_by) if row.printed_by else "printed by command",
            times=row.times,
        )
        for row in rows[:PAPERS_SHOWN]
    ]
    alike = Counter((each.handout.step_id, each.kind) for each in papers)
    return [
        replace(each, apart=each.details) if alike[each.handout.step_id, each.kind] > 1 else each
        for each in papers
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """The paper the patient holds: the one printed last. ``changes`` is what it shows wrongly."""

    printed: Printed
    changes: tuple[str, ...]
    refusal: str


def in_hand(printed: list[Printed], found: Standing) -> InHand | None:
    """The paper in the patient's hand; None where none was printed."""
    newest = next((each for each in printed if not each.handout.options.get("ahead")), None)
    if newest is None:
        return None
    if found.step is not None and found.step.pk == newest.handout.step_id:
        newest.handout.step = found.step  # its exercises are read already
    return InHand(
        printed=newest,
        changes=paper_changes(found),
        refusal=next(filter(None, _refusals(newest.handout, found)), ""),
    )


def _refusals(handout: Handout, found: Standing) -> Iterator[str]:
    """Why each leg on a sheet may not be printed again; blank for one that may."""
    yield why_not_again(handout, found)
    for other in companions(handout)[1:]:
        yield why_not_again(other, standing_of(other.version.programme.episode, found.on))


def why_not_again(handout: Handout, found: Standing) -> str:
    """Why a paper of before may not be printed again; blank when it may."""
    if found.tendon.locked:
        return RED_FLAG
    why = unsuited(handout.step, found.tendon)
    return f"What stands on it is not for this tendon now. {why}" if why else ""


# --- several papers at once --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Papers somebody had made at once: how many, how many still wait, and if they were opened."""

    job: PrintJob
    papers: int
    waiting: int
    opened: bool


def batches_of(user: User, now: datetime) -> list[Batch]:
    """The user's batches of the last two days, the newest first.

    Opened is one whose patients' papers were all opened as one PDF since it was made, as the log
    of readings has it.
    """
    unread = PrintJobPaper.objects.filter(job=OuterRef("pk"), handout__isnull=False).exclude(
        Exists(
            AccessLog.objects.filter(
                user=user,
                page="programmes:papers_pdf",
                patient=OuterRef("version__programme__episode__patient"),
                at__gte=OuterRef("job__made_at"),
            )
        )
    )
    jobs = PrintJob.objects.filter(made_by=user, made_at__gte=now - BATCHES_SHOWN).annotate(
        made=Count("papers", filter=Q(papers__handout__isnull=False)),
        waits=Count("papers", filter=Q(papers__handout=None, papers__problem="")),
        unread=Exists(unread),
    )
    return [
        Batch(
            job=job,
            papers=job.made + job.waits,
            waiting=job.waits,
            opened=not job.unread and not job.waits,
        )
        for job in jobs
        if job.made or job.waits
    ]


# --- what a paper looks like -------------------------------------------------------------------


def pictures_of(sha256: str) -> tuple[bytes, ...]:
    """The pages of a document as PNG. Raises ``pdf.Unprintable`` where they can't be drawn now.

    The browser asks for all pages at once: whoever comes first draws them for the others.
    """
    with _drawing_of(sha256):
        return _pictures(sha256)


@lru_cache(maxsize=PAPERS_PICTURED)
def _pictures(sha256: str) -> tuple[bytes, ...]:
    return pdf.pictures(bytes(Document.objects.get(sha256=sha256).pdf), width_px=PICTURE_PX)


@lru_cache(maxsize=PAPERS_PICTURED)
def _drawing_of(sha256: str) -> Lock:
    """Held by whoever draws the pages of this document."""
    return Lock()
