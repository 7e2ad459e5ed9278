"""What stands on a patient's paper, and the paper as PDF."""

from dataclasses import dataclass
from datetime import date

import segno
from django.conf import settings
from django.utils import timezone

from assessments.models import Assessment, Classification
from assessments.rules.cortisone import cortisone_class
from assessments.rules.terms import (
    Cortisone,
    Location,
    MatrixRow,
    Pathway,
    Phase,
    RunningStatus,
    Stage,
)
from patients.models import User
from patients.rules.terms import Side
from programmes.models import Decision, Handout, Item, MorningAfter
from programmes.rules import handout as rules
from programmes.rules.dose import dose_from_json
from programmes.rules.handout import FlareWords, Rules, RunTable
from programmes.rules.terms import Outcome
from upwell.http import Refused
from upwell.pdf import Unprintable, render_pdf

# A foot longer than this needs more than the two lines an ordinary page keeps for it.
FOOT_LETTERS = 60
# From so many exercises on the lines stand closer, to keep the plan on one page.
MANY_CARDS = 2
QUIET_ZONE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One exercise as the patient reads it. ``table`` is its running plan, None for an exercise."""

    name: str
    leg: str
    dose: str
    instructions: tuple[str, ...]
    table: RunTable | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QrCode:
    """A QR code as SVG path data; ``size`` is the width and height with the quiet zone."""

    size: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiaryDay:
    """One day of the diary: its number and the sessions it has a line for."""

    number: int
    sessions: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedRunLine:
    """One run with its date, as the paper shows it."""

    day: str
    what: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything on the paper, in words. Nothing a clinician wrote for colleagues is in it.

    ``created`` is the moment of printing as the PDF stores it, so that the same paper is the same
    bytes. ``diary`` is empty without a diary; ``review`` and ``helps`` are blank where there is
    nothing to say, ``telephone`` where the practice has given no number.
    """

    name: str
    born: str
    record_number: str
    side: str
    printed: str
    created: str
    version: int
    code: str
    qr: QrCode
    foot: str
    long_foot: bool
    what: str
    rules: Rules
    cards: tuple[Card, ...]
    loads: tuple[str, ...]
    between: str
    avoid: tuple[str, ...]
    helps: str
    call: tuple[str, ...]
    telephone: str
    review: str
    clinician: str
    diary: tuple[DiaryDay, ...]
    flare: FlareWords | None
    dates: tuple[DatedRunLine, ...]
    dated_words: tuple[str, str]

    @property
    def tight(self) -> bool:
        """Whether the lines have to stand closer to keep the plan on one page."""
        return len(self.cards) >= MANY_CARDS

    @property
    def diary_lines(self) -> int:
        """How many lines there are to fill in."""
        return sum(len(day.sessions) for day in self.diary)

    @property
    def sessions_a_day(self) -> int:
        """Sessions of one day of the diary, 0 without a diary."""
        return max((len(day.sessions) for day in self.diary), default=0)


def as_pdf(handout: Handout) -> bytes:
    """The paper as PDF, the same bytes each time.

    Raises ``Refused`` with a sentence for the user where this machine can't print.
    """
    try:
        return render_pdf("programmes/handout_pdf.html", {"sheet": sheet(handout)})
    except Unprintable as error:
        raise Refused(str(error)) from error


def sheet(handout: Handout) -> Sheet:
    """The content of a paper, as it stood when it was printed."""
    version = handout.version
    episode = version.programme.episode
    patient, side = episode.patient, Side(episode.side)
    printed = timezone.localtime(handout.printed_at)
    classified = _classified(handout)
    found = classified[0] if classified else version
    location, phase = Location(found.location), Phase(found.phase)
    cortisone, signed = _examined(handout, printed.date())
    items = list(handout.step.items.order_by("order"))
    doses = [dose_from_json(item.dose) for item in items]
    name, born = f"{patient.given_name} {patient.family_name}", _day(patient.date_of_birth)
    foot = f"{name}, born {born}"
    review = handout.options.get("next_review")
    avoid = rules.what_not_to_do(
        location=location,
        phase=phase,
        cortisone=cortisone,
        stage=Stage(handout.step.stage),
        planned=[MatrixRow(item.matrix_row) for item in items],
        running_status=RunningStatus(signed.running_status)
        if signed and signed.running_status
        else None,
        run_pain=signed.run_pain if signed else None,
        run_settled=signed.run_settled if signed else None,
        flared=_flared(handout, signed, classified),
    )
    flare = rules.in_a_flare(side, avoid) if handout.options.get("flare") else None
    return Sheet(
        name=name,
        born=born,
        record_number=patient.record_number,
        side=episode.get_side_display(),
        printed=_day(printed.date()),
        created=handout.printed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        version=version.number,
        code=f"{handout.paper_code[:4]} {handout.paper_code[4:]}",
        qr=qr_code(handout.paper_code),
        foot=foot,
        long_foot=len(foot) > FOOT_LETTERS,
        what=rules.what_you_have(location, phase, side),
        rules=rules.three_rules(),
        cards=tuple(_card(item, side) for item in items),
        loads=rules.loads_in_words(doses),
        between=rules.days_between(doses),
        avoid=(*avoid, *(flare.avoid if flare else ())),
        helps=rules.heel_lift(location),
        call=rules.when_to_call(),
        telephone=rules.telephone(settings.PRACTICE_CONTACT),
        review=_day(date.fromisoformat(review)) if review else "",
        # Reception may print; the plan is the clinician's who issued it.
        clinician=_clinician(handout).signature,
        diary=tuple(
            DiaryDay(number=day, sessions=tuple(range(1, times + 1)))
            for day, times in rules.diary_days(doses)
        )
        if handout.options.get("diary")
        else (),
        flare=flare,
        dates=_dates(handout),
        dated_words=rules.dated_words(),
    )


def _dates(handout: Handout) -> tuple[DatedRunLine, ...]:
    """The runs with dates as they were worked out when the paper was printed."""
    return tuple(
        DatedRunLine(
            day=f"{date.fromisoformat(each['on']):%A %-d %B}",
            what=each["what"],
            amount=each["amount"],
        )
        for each in handout.options.get("dates", ())
    )


def _clinician(handout: Handout) -> User:
    """Whose plan is on the paper: who issued it, and of a flare who settled it."""
    version = handout.version
    if handout.options.get("flare"):
        return handout.printed_by
    return version.issued_by or version.created_by


def qr_code(text: str) -> QrCode:
    """The text as a QR code that survives a coffee stain (error level H)."""
    code = segno.make(text, error="h", micro=False)
    runs = [
        f"M{column + QUIET_ZONE} {row + QUIET_ZONE}h1v1h-1z"
        for row, line in enumerate(code.matrix)
        for column, dark in enumerate(line)
        if dark
    ]
    return QrCode(size=len(code.matrix) + 2 * QUIET_ZONE, path="".join(runs))


def _card(item: Item, side: Side) -> Card:
    dose = dose_from_json(item.dose)
    return Card(
        name=item.name,
        leg=rules.leg(dose, side),
        # A number and its sign stay on one line.
        dose=item.dose_words.replace(" %", "\N{NO-BREAK SPACE}%"),
        instructions=tuple(item.instructions),
        table=rules.run_table(dose),
    )


def _classified(handout: Handout) -> list[Classification]:
    """What the tendon was taken for until the paper was printed, newest first."""
    return list(
        handout.version.programme.episode.classifications.filter(
            set_at__lte=handout.printed_at
        ).order_by("-set_on", "-set_at", "-pk")
    )


def _flared(handout: Handout, signed: Assessment | None, classified: list[Classification]) -> bool:
    """Whether the tendon flared between the examination in force and the printing."""
    programme = handout.version.programme
    if handout.options.get("flare"):
        # Who was examined that day was asked about running as it is now.
        printed_on = timezone.localtime(handout.printed_at).date()
        return signed is None or signed.examined_on != printed_on
    decisions = Decision.objects.filter(
        session__programme=programme, decided_at__lte=handout.printed_at, outcome=Outcome.REGRESS
    )
    mornings = MorningAfter.objects.filter(
        session__programme=programme, recorded_at__lte=handout.printed_at
    )
    if signed:
        # A newer examination asked about running again.
        decisions = decisions.filter(decided_at__gt=signed.signed_at)
        mornings = mornings.filter(
            recorded_at__gt=signed.signed_at, session__happened_on__gte=signed.examined_on
        )
    last = (
        mornings.select_related("session").order_by("-session__happened_on", "-session_id").first()
    )
    return rules.has_flared(
        stepped_back=decisions.exists(),
        # The first one of an examination is its own, a later one was set by a decision.
        reclassified=bool(classified)
        and classified[0].pathway == Pathway.SETTLE
        and any(each.assessment_id == classified[0].assessment_id for each in classified[1:]),
        pain_before=last.session.pain_before if last else None,
        pain_24h=last.pain if last else None,
    )


def _examined(handout: Handout, on: date) -> tuple[Cortisone, Assessment | None]:
    """Cortisone by the calendar of the day of printing, and the examination in force then."""
    # An amendment signed after the printing changes nothing on the paper in the patient's hand.
    signed = (
        handout.version.programme.episode.assessments.filter(signed_at__lte=handout.printed_at)
        .exclude(amended_by__signed_at__lte=handout.printed_at)
        .newest_first()
        .first()
    )
    given_on = signed.cortisone_last_on if signed else None
    days = (on - given_on).days if given_on and given_on <= on else None
    return cortisone_class(days), signed


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"
