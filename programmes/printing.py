"""The page on which papers are printed: what is offered, what it looks like, what was before."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import prefetch_related_objects
from django.urls import reverse

from patients.models import Episode
from patients.rules.terms import Language
from programmes.actions import Asked, make_ready, order_for
from programmes.caseload import DayRow
from programmes.handout import NO_CODE, Merged, Order, order_of, sheet_of
from programmes.models import Handout, PrintJob, PrintJobPaper, Step, Version
from programmes.rules.library.spoken import stays_as_typed
from programmes.rules.papercode import shown_code
from programmes.rules.words import counted
from programmes.selectors.papers import (
    CLOSED,
    InHand,
    Printed,
    in_hand,
    other_leg,
    printings_of,
    step_for_a_flare,
    usual_options,
)
from programmes.selectors.plans import RED_FLAG, unsuited_items, why_no_paper, with_plan
from programmes.selectors.standing import Standing, isometric_only, paper_changes, standing_of
from upwell import pdf


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintPage:
    """What the page offers for a version. ``refusal`` says why nothing is printed, else blank."""

    version: Version
    standing: Standing
    refusal: str
    other: Step | None
    flare_step: Step | None
    printed: list[Printed]
    in_hand: InHand | None
    chooses: bool

    @property
    def prints(self) -> bool:
        """Whether a paper is made here; who chooses nothing prints the one of before again."""
        return not self.refusal and (self.chooses or self.in_hand is None)

    @property
    def shown_step(self) -> int | None:
        """The place in the plan of the step the page shows; None where nothing is printed."""
        return None if self.refusal or self.step is None else self.step.order

    @property
    def usual(self) -> dict[str, Any]:
        """What is printed where nobody chooses: the patient's own settings, both legs.

        A review that lies ahead stays on the paper.
        """
        found = self.standing
        return usual_options(
            self.episode.patient,
            both=self.other is not None,
            next_review=found.review,
            on=found.on,
        )

    @property
    def unknown_letters(self) -> tuple[str, ...]:
        """The letters of the patient's name that the fonts of the paper lack."""
        patient = self.episode.patient
        return pdf.unknown_letters(f"{patient.given_name} {patient.family_name}")

    @property
    def episode(self) -> Episode:
        """The episode it is printed for."""
        return self.standing.episode

    @property
    def step(self) -> Step | None:
        """The step in force."""
        return self.standing.step

    @property
    def other_side(self) -> str:
        """The leg that may stand on the same sheet, in words; blank without one."""
        if self.other is None:
            return ""
        return str(self.other.version.programme.episode.get_side_display()).lower()


def print_page(version: Version, today: date, *, chooses: bool = True) -> PrintPage:
    """What may be printed of a version today, and every paper there was.

    ``chooses``: whether the user may choose what stands on a paper.
    """
    found = standing_of(version.programme.episode, today)
    known = {step.pk: step for step in with_plan(version).steps.all()}
    if found.step is not None and found.step.pk in known:
        found = replace(found, step=known[found.step.pk])  # with its exercises, read already
    closed = "" if found.episode.is_open else CLOSED
    refusal = closed or why_no_paper(version, found)
    settling = found.step is not None and bool(isometric_only(found.tendon))
    printed = printings_of(found.episode)
    return PrintPage(
        version=version,
        standing=found,
        refusal=refusal,
        other=None if refusal else other_leg(found.episode, today),
        flare_step=None if refusal or settling else step_for_a_flare(version, found),
        printed=printed,
        in_hand=in_hand(printed, found),
        chooses=chooses,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePicture:
    """One page of a preview: its number, what it is in words, and where its picture is."""

    number: int
    words: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One paper as it will come out of the printer.

    ``typed`` are the words somebody typed, which no other language than theirs has; ``shared`` says
    what of two legs' plans stands on it once.
    """

    title: str
    code: str
    pdf_url: str
    pictures: tuple[PagePicture, ...]
    held: bool
    typed: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    @property
    def sheets(self) -> str:
        """How many pages, in words."""
        return counted(len(self.pictures), "page")


def previews(asked: Sequence[Asked], *, today: date) -> tuple[Preview, ...]:
    """Each of these papers made ready and pictured. Raises ``Refused`` where one may not be."""
    found = []
    several = sum(1 for _, options in asked if options.get("ahead")) > 1
    for version, options in asked:
        order = order_for(version, options=options, today=today)
        ready = make_ready(order)
        assert ready.document is not None
        title = "The paper for a flare" if options.get("ahead") else "The plan"
        if several and options.get("ahead"):
            title += f", {order.episode.get_side_display().lower()}"
        pages = ready.document.pages
        at = [version.code, ready.paper_code]
        found.append(
            Preview(
                title=title,
                code=shown_code(ready.paper_code),
                pdf_url=reverse("programmes:handout_shown", args=at),
                pictures=tuple(
                    PagePicture(
                        number=number,
                        words=f"{title}, page {number} of {pages}",
                        url=reverse("programmes:handout_page", args=[*at, number]),
                    )
                    for number in range(1, pages + 1)
                ),
                held=hasattr(ready, "printed_at"),
                shared=_shared(order) if order.options["both"] else (),
                typed=_typed(order.step) if order.language != Language.ENGLISH else (),
            )
        )
    return tuple(found)


def _merged(order: Order) -> tuple[Merged, ...]:
    """What a sheet for both legs says once, in English."""
    english = {**order.options, "language": Language.ENGLISH.value}
    return sheet_of(replace(order, options=english), (NO_CODE, NO_CODE)).shared


def _shared(order: Order) -> tuple[str, ...]:
    """What a sheet for both legs says once, with the doses it leaves out: a line for each dose."""
    alike: dict[Merged, list[str]] = {}
    for each in _merged(order):
        alike.setdefault(replace(each, name=""), []).append(each.name)
    return tuple(_said_once(each, names) for each, names in alike.items())


def _said_once(each: Merged, names: Sequence[str]) -> str:
    which = ", ".join(names)
    if not each.dose:
        return f"{which}: left out, as the {each.side} leg must not run"
    if each.dose == each.instead_of:
        return f"{which}: {each.dose}"
    return f"{which}: {each.dose} as for the {each.side} leg, not {each.instead_of}"


def other_doses(paper: Handout) -> tuple[str, ...]:
    """What a paper for both legs has with the other leg's dose, which its own step has otherwise.

    A diary of that paper tells of the dose printed; empty for a paper of one leg.
    """
    if paper.together is None or not paper.options.get("both"):
        return ()
    side = paper.version.programme.episode.side
    order = order_of(paper)
    merged = [each for each in _merged(order) if each.side != side and each.dose]
    return tuple(
        f"{each.name}: {each.dose}, where this leg’s step has {each.instead_of}"
        for each in merged
        if each.dose != each.instead_of
    )


def _typed(step: Step) -> tuple[str, ...]:
    texts = (text for item in step.items.all() for text in (item.name, *item.instructions))
    return tuple(dict.fromkeys(text for text in texts if stays_as_typed(text)))


# --- several at once ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A patient of the day's list with a plan: one leg, or both where both are as ``because`` says.

    ``refusal`` says why it is left out, blank where it is printed; ``legs`` names the side, or
    both where both are on one sheet. ``current`` papers are up to date.
    """

    standing: Standing
    version: Version
    because: str
    refusal: str
    legs: str
    current: bool
    other: Standing | None = None
    ticked: bool = True

    @property
    def options(self) -> dict[str, Any]:
        """What is printed: the usual paper, for both legs only where the list says so."""
        found = self.standing
        return usual_options(
            found.episode.patient,
            both=self.other is not None,
            next_review=found.review,
            on=found.on,
        )

    @property
    def for_a_flare(self) -> list[tuple[Version, dict[str, Any]]]:
        """The papers to keep for a flare beside it, one a leg that has one."""
        return [
            (found.step.version, self.options | {"both": False, "flare": True, "ahead": True})
            for found in (self.standing, self.other)
            if found is not None
            and found.step is not None
            and not isometric_only(found.tendon)
            and step_for_a_flare(found.step.version, found) is not None
        ]


def listed(rows: Iterable[DayRow]) -> list[Wanted]:
    """Everybody of the day's list who has a plan: out of date and missing papers first, by name.

    Both legs of a patient are one entry where neither's paper is up to date, or both are. One
    query however many there are.
    """
    found = [row.standing for row in rows if row.standing.step is not None]
    steps = [each.step for each in found if each.step is not None]
    if steps:
        prefetch_related_objects(steps, "items")
    entries: list[Wanted] = []
    for each in sorted(found, key=lambda each: (_name(each), each.episode.side)):
        entry = _wanted(each)
        last = entries[-1] if entries else None
        if last is not None and _on_one_sheet(last, entry):
            entries[-1] = replace(last, legs="both legs, one sheet", other=each)
        else:
            entries.append(entry)
    return sorted(entries, key=lambda each: each.current)


def wanted(rows: Iterable[DayRow]) -> list[Wanted]:
    """Of the day's list, whose paper is out of date or missing, by name."""
    return listed(row for row in rows if not row.standing.paper_is_current)


def _on_one_sheet(left: Wanted, right: Wanted) -> bool:
    same = left.standing.episode.patient_id == right.standing.episode.patient_id
    return same and left.current == right.current and not (left.refusal or right.refusal)


def with_ticks(entries: Iterable[Wanted], ticked: Collection[str] | None) -> list[Wanted]:
    """The list with these codes ticked; what isn't up to date where nobody has chosen yet."""
    return [
        replace(
            each,
            ticked=not each.current if ticked is None else str(each.version.code) in ticked,
        )
        for each in entries
    ]


def _wanted(found: Standing) -> Wanted:
    step = found.step
    assert step is not None
    changes = paper_changes(found)
    current = found.paper_is_current
    because = f"changed: {', '.join(changes)}" if changes else "never printed"
    return Wanted(
        standing=found,
        version=step.version,
        because="up to date" if current else because,
        refusal=_refusal(found, step),
        legs=str(found.episode.get_side_display()).lower(),
        current=current,
    )


def _refusal(found: Standing, step: Step) -> str:
    if found.tendon.locked:
        return RED_FLAG
    why = next(iter(unsuited_items(step, found.tendon, unlocked=found.unlocked).values()), "")
    return f"This step is not for this tendon now. {why}" if why else ""


def _name(found: Standing) -> tuple[str, int]:
    return (str(found.episode.patient).casefold(), found.episode.patient_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """How far a job is."""

    job: PrintJob
    papers: Sequence[PrintJobPaper]

    @property
    def made(self) -> list[PrintJobPaper]:
        """The papers that were made."""
        return [each for each in self.papers if each.handout_id is not None]

    @property
    def refused(self) -> list[PrintJobPaper]:
        """Those that were refused, each with its reason."""
        return [each for each in self.papers if each.problem]

    @property
    def done(self) -> int:
        """How many need nothing any more."""
        return len(self.made) + len(self.refused)

    @property
    def following(self) -> PrintJobPaper | None:
        """The one that is made next; None when the job is done."""
        left = (each for each in self.papers if each.handout_id is None and not each.problem)
        return next(left, None)


def job_page(job: PrintJob) -> JobPage:
    """How far a job is, in one query."""
    papers = job.papers.select_related("version__programme__episode__patient", "handout")
    return JobPage(job=job, papers=list(papers.order_by("order")))
