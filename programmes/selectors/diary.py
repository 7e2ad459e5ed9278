"""What is known of a returned paper diary: the paper, and what of it is on record."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone

from patients.models import Episode, Patient
from programmes.models import Handout, MorningAfter, NotDone, Printing, Ready, Session
from programmes.rules.diary import (
    Line,
    NextMorning,
    PaperLine,
    Told,
    diary_weeks,
    paper_lines,
    proposed_dates,
)
from programmes.rules.dose import dose_from_json
from programmes.rules.handout import diary_days


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """What of a diary is on record, by row; struck sessions are among them."""

    sessions: Mapping[int, Session]
    not_done: Mapping[int, NotDone]

    @property
    def dates(self) -> dict[int, date]:
        """The day of each row on record."""
        days = {row: each.on for row, each in self.not_done.items()}
        return days | {row: each.happened_on for row, each in self.sessions.items()}

    @property
    def undone(self) -> dict[int, NotDone]:
        """The rows that stand as not done; one that was done after all has a session as well."""
        return {row: each for row, each in self.not_done.items() if row not in self.sessions}

    @property
    def newest(self) -> Session | None:
        """The newest session of this diary that counts."""
        counted = [each for each in self.sessions.values() if each.struck_at is None]
        return max(counted, key=lambda each: (each.happened_on, each.diary_row), default=None)

    @property
    def noted(self) -> Session | None:
        """The newest session of this diary that has a note."""
        noted = [each for each in self.sessions.values() if each.note and each.struck_at is None]
        return max(noted, key=lambda each: (each.happened_on, each.diary_row), default=None)


def paper_by_code(code: str) -> Handout | None:
    """The paper with this code printed on it; None where the practice has none."""
    papers = Handout.objects.select_related("version__programme__episode__patient", "step")
    return papers.filter(paper_code=code).first()


def only_made_ready(code: str) -> Patient | None:
    """Whose paper this code was meant for, while nobody has printed it; None for any other code."""
    papers = Ready.objects.filter(Q(paper_code=code) | Q(other_code=code))
    found = papers.select_related("version__programme__episode__patient").first()
    return found.version.programme.episode.patient if found else None


def newer_paper(paper: Handout) -> Handout | None:
    """The paper of the same programme that was printed last, where that is another than this."""
    printings = Printing.objects.filter(handout__version__programme=paper.version.programme_id)
    plans = printings.exclude(handout__options__contains={"ahead": True})
    newest = plans.select_related("handout__version").order_by("-printed_at", "-pk").first()
    return newest.handout if newest and newest.handout_id != paper.pk else None


def lines_of(paper: Handout) -> tuple[PaperLine, ...]:
    """The lines of its diary as they are printed; none on a paper without a diary."""
    if not paper.options.get("diary"):
        return ()
    doses = [dose_from_json(item.dose) for item in paper.step.items.order_by("order")]
    weeks = diary_weeks(paper.options)
    return paper_lines(diary_days(doses, weeks), weeks)


def on_record(paper: Handout) -> OnRecord:
    """What of this diary was entered before."""
    sessions = Session.objects.filter(handout=paper).select_related("morning", "logged_by")
    return OnRecord(
        sessions={each.diary_row: each for each in sessions if each.diary_row},
        not_done={each.diary_row: each for each in NotDone.objects.filter(handout=paper)},
    )


def dates_of(paper: Handout, lines: Collection[PaperLine], known: OnRecord) -> dict[int, date]:
    """The date each line has or probably has; a diary starts on the day after it was printed.

    Printed again it is the same diary, so its days stay.
    """
    first = timezone.localdate(paper.printed_at) + timedelta(days=1)
    return proposed_dates(tuple(lines), first, known.dates)


def logged_otherwise(paper: Handout, days: Collection[date]) -> dict[date, Session]:
    """Sessions of these days, by day, that are on record without this diary."""
    sessions = Session.objects.counted().filter(
        programme=paper.version.programme_id, happened_on__in=days
    )
    return {each.happened_on: each for each in sessions.exclude(handout=paper).in_order()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A session without a decision; ``ready`` where the rule has what it reads of the morning."""

    session: Session
    ready: bool


def waiting(episode: Episode) -> Waiting | None:
    """What is decided next: the newest session whose morning is told, else the newest there is.

    Only sessions after the last decided one are asked about; None where that is the newest.
    """
    undecided = []
    for each in Session.objects.of(episode).counted().newest_first():
        if hasattr(each, "decision"):
            break
        if hasattr(each, "morning") and each.morning.pain is not None:
            return Waiting(session=each, ready=True)
        undecided.append(each)
    return Waiting(session=undecided[0], ready=False) if undecided else None


def morning_as_copied(session: Session) -> NextMorning:
    """The next morning as it was told first, whatever a correction has made of it since."""
    told = as_line(0, session).morning
    # The oldest correction comes last, so what it found is what stays. One that found nothing is
    # the one it was told with.
    for correction in session.corrections.order_by("-number"):
        found = NextMorning(
            pain=correction.before.get("morning_pain", told.pain),
            stiffness_min=correction.before.get("morning_stiffness_min", told.stiffness_min),
        )
        told = found if found.said else told
    return told


def as_line(row: int, session: Session) -> Line:
    """A session on record as the line of the diary it was copied from."""
    after: MorningAfter | None = getattr(session, "morning", None)
    return Line(
        row=row,
        on=session.happened_on,
        told=Told(
            completed_pct=session.completed_pct,
            stiffness_min=session.stiffness_min,
            pain_before=session.pain_before,
            pain_during=session.pain_during,
            pain_after=session.pain_after,
        ),
        morning=NextMorning(pain=after.pain, stiffness_min=after.stiffness_min)
        if after
        else NextMorning(),
    )
