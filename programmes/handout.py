"""What stands on a patient's paper, and the paper as HTML and PDF.

A paper is made from an ``Order``: a version, a step of it, and the options chosen. The same order
is the same content any day while what it tells is true; only the codes differ. ``digest_of`` says
which content it is.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
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
from patients.models import Episode, User
from patients.rules.terms import Language, Side
from programmes.drawing import Drawing, drawing_of
from programmes.language import PaperLanguage, paper_language
from programmes.models import Decision, Handout, Item, MorningAfter, Move, Step, Version
from programmes.rules import handout as rules
from programmes.rules.diary import COLUMNS, PaperLine, paper_lines
from programmes.rules.dose import AnyDose, dose_from_json
from programmes.rules.handout import DoseWords, FlareWords, Rules, RunTable
from programmes.rules.library import EXERCISES
from programmes.rules.library.entry import Equipment
from programmes.rules.library.pose import LoadAt, Support
from programmes.rules.library.spoken import spoken
from programmes.rules.papercode import ALPHABET, LENGTH
from programmes.rules.terms import Outcome
from programmes.rules.words import date_words, say, say_marked, weekday_words
from programmes.selectors.papers import other_leg

# A foot longer than this needs more than the two lines an ordinary page keeps for it.
FOOT_LETTERS = 60
QUIET_ZONE = 4
TEMPLATE: Final = "programmes/handout_pdf.html"
LARGE: Final = "large"
STYLES: Final = (
    "upwell/print-fonts.css",
    "upwell/print-handout.css",
    "upwell/print-large.css",
)
NO_CODE: Final = ALPHABET[0] * LENGTH
"""Stands where the code will be while only the content is of interest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for: a step of a version with these options, printed on this day.

    ``options`` is the JSON kept with ``Handout.options``. ``other`` is the order of the other leg
    where both are on one sheet; left out, it is looked for. ``at`` is the moment an old paper was
    printed, so that it says what was true then; None for now.
    """

    version: Version
    step: Step
    options: Mapping[str, Any]
    on: date
    other: "Order | None" = None
    at: datetime | None = None

    @property
    def episode(self) -> Episode:
        """The episode whose plan it is."""
        return self.version.programme.episode

    @property
    def side(self) -> Side:
        """The leg it is for."""
        return Side(self.episode.side)

    @property
    def flare(self) -> bool:
        """Whether it is the paper for a flare."""
        return bool(self.options.get("flare"))

    @property
    def ahead(self) -> bool:
        """Whether that paper is given before there is a flare, to be kept."""
        return self.flare and bool(self.options.get("ahead"))

    @property
    def weeks(self) -> int:
        """Weeks of its diary."""
        return 2 if self.options.get("weeks") == 2 else 1

    @property
    def large(self) -> bool:
        """Whether it is in large print."""
        return self.options.get("edition") == LARGE

    @property
    def language(self) -> str:
        """The language it is in."""
        return str(self.options.get("language") or Language.ENGLISH.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One exercise as the patient reads it. ``table`` is its running plan, None for an exercise.

    ``drawing`` shows its start and end, None where nobody has said how the body stands.
    """

    name: str
    leg: str
    dose: DoseWords
    instructions: tuple[str, ...]
    table: RunTable | None
    drawing: Drawing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QrCode:
    """A QR code as SVG path data; ``size`` is the width and height with the quiet zone."""

    size: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiaryWeek:
    """One week of the diary: its number, 0 where there is only one, and its lines."""

    number: int
    lines: tuple[PaperLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedRunLine:
    """One run with its date, as the paper shows it."""

    day: str
    what: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One leg's part of the sheet.

    ``code`` is that of its own diary. ``diary`` is empty without a diary, ``helps`` blank where
    there is nothing to say.
    """

    side: Side
    code: str
    qr: QrCode
    large: bool
    what: str
    job: str
    cards: tuple[Card, ...]
    avoid: tuple[str, ...]
    helps: str
    dates: tuple[DatedRunLine, ...]
    diary: tuple[DiaryWeek, ...]

    @property
    def diary_lines(self) -> int:
        """How many lines there are to fill in."""
        return sum(len(week.lines) for week in self.diary)

    @property
    def roomy(self) -> bool:
        """Whether few enough lines leave room to make each one higher."""
        return self.diary_lines <= (3 if self.large else 10)

    @property
    def notes(self) -> bool:
        """Whether there is room for the patient's own words below the lines."""
        return self.diary_lines <= (5 if self.large else 10)

    @property
    def sessions_a_day(self) -> int:
        """Sessions of one day of the diary, 0 without a diary."""
        return max((line.of_day for week in self.diary for line in week.lines), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything on the paper, in words. Nothing a clinician wrote for colleagues is in it.

    ``papers`` holds one leg or both. ``dated`` is the day the plan counts from and ``created`` the
    same as the PDF stores it: never the moment of printing, so that the same content is the same
    bytes. ``review`` is blank where no day was chosen, ``telephone`` where the practice has given
    no number.
    """

    language: str
    tag: str
    direction: str
    large: bool
    practice: str
    contact: str
    name: str
    born: str
    record_number: str
    side: str
    dated: str
    created: str
    version: str
    foot: str
    plan_foot: str
    long_foot: bool
    rules: Rules
    flare: FlareWords | None
    ahead: bool
    papers: tuple[Paper, ...]
    diary_heads: tuple[str, ...]
    dated_words: tuple[str, str]
    call: tuple[str, ...]
    telephone: str
    review: str
    clinicians: tuple[str, ...]

    @property
    def paper(self) -> Paper:
        """The part of the leg whose paper it is first of all."""
        return self.papers[0]

    @property
    def both(self) -> bool:
        """Whether both legs are on it."""
        return len(self.papers) > 1


def order_of(handout: Handout) -> Order:
    """The order of a paper that was printed before, as things stood then."""
    first, *others = _sheets(handout)
    return replace(first, other=others[0]) if others else first


def _sheets(handout: Handout) -> list[Order]:
    """The orders of the papers on one sheet, this one first."""
    return [
        Order(
            version=each.version,
            step=each.step,
            options=each.options,
            on=timezone.localtime(each.printed_at).date(),
            at=each.printed_at,
        )
        for each in _together(handout)
    ]


def _together(handout: Handout) -> list[Handout]:
    if handout.together is None:
        return [handout]
    others = Handout.objects.filter(together=handout.together).exclude(pk=handout.pk)
    return [handout, *others.order_by("pk")]


def _other_leg(order: Order) -> Order | None:
    """The other leg's part of the sheet, None where there is none."""
    if order.other is not None or not order.options.get("both"):
        return order.other
    step = other_leg(order.episode, order.on)
    if step is None:
        return None
    options = {**order.options, "dates": order.options.get("other_dates", ())}
    return Order(version=step.version, step=step, options=options, on=order.on)


def codes_of(handout: Handout) -> tuple[str, ...]:
    """The codes on its sheet: its own, and that of the other leg's diary where there is one."""
    return tuple(each.paper_code for each in _together(handout))


def sheet(handout: Handout) -> Sheet:
    """The content of a paper, as it stood when it was printed."""
    return sheet_of(order_of(handout), codes_of(handout))


def html_of(sheet: Sheet) -> str:
    """The sheet as a document for ``upwell.pdf.html_to_pdf``."""
    with paper_language(sheet.language):
        return render_to_string(TEMPLATE, {"sheet": sheet})


def digest_of(order: Order) -> str:
    """Which content an order is: the same for the same words, whatever the code on the paper."""
    content = html_of(sheet_of(order, (NO_CODE, NO_CODE))).encode()
    return hashlib.sha256(content + _styles()).hexdigest()


@cache
def _styles() -> bytes:
    """What the pages look like: other styles are another content."""
    found = (finders.find(each) for each in STYLES)
    return b"".join(Path(each).read_bytes() for each in found if isinstance(each, str))


def sheet_of(order: Order, codes: Sequence[str]) -> Sheet:
    """The content of an order. ``codes`` are those of its own leg and of the other one.

    Raises ``ValueError`` where a leg on the sheet has no code.
    """
    with paper_language(order.language) as language:
        return _sheet(order, codes, language)


def _sheet(order: Order, codes: Sequence[str], language: PaperLanguage) -> Sheet:
    other = _other_leg(order)
    orders = [order, other] if other else [order]
    patient = order.episode.patient
    dated = max(_dated(each) for each in orders)
    papers = [_paper(each, code) for each, code in zip(orders, codes[: len(orders)], strict=True)]
    name, born = f"{patient.given_name} {patient.family_name}", _day(patient.date_of_birth)
    foot = say("{name}, born {born}", name=_isolated(name, language), born=born)
    version = ", ".join(_version(each, alone=other is None) for each in orders)
    review = order.options.get("next_review")
    return Sheet(
        language=order.language,
        tag=language.tag,
        direction=language.direction,
        large=order.large,
        practice=settings.PRACTICE_NAME,
        contact=settings.PRACTICE_CONTACT,
        name=name,
        born=born,
        record_number=patient.record_number,
        side=say("Left and right") if other else _side(order.side),
        dated=_day(dated),
        created=f"{dated.isoformat()}T00:00:00Z",
        version=version,
        foot=foot,
        plan_foot=say("Plan version {version}", version=version),
        long_foot=len(foot) > FOOT_LETTERS,
        rules=rules.three_rules(),
        flare=rules.in_a_flare(order.side, papers[0].avoid, ahead=order.ahead)
        if order.flare
        else None,
        ahead=order.ahead,
        papers=tuple(papers),
        diary_heads=(say("Day and date"), *(say_marked(each) for each in COLUMNS.values())),
        dated_words=rules.dated_words(),
        call=rules.when_to_call(),
        telephone=rules.telephone(settings.PRACTICE_CONTACT),
        review=_day(date.fromisoformat(review)) if review else "",
        # Reception may print; the plan is the clinician's who issued it.
        clinicians=tuple(dict.fromkeys(_clinician(each).signature for each in orders)),
    )


def _isolated(name: str, language: PaperLanguage) -> str:
    """A name in a line of the other direction, where no markup can set it apart."""
    if language.direction == "ltr":
        return name
    return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"


def _side(side: Side) -> str:
    return say("Left") if side is Side.LEFT else say("Right")


def _version(order: Order, *, alone: bool) -> str:
    """The number of the plan, with its leg where there are two of them."""
    number = order.version.number
    if alone:
        return str(number)
    if order.side is Side.LEFT:
        return say("{number} left", number=number)
    return say("{number} right", number=number)


def _dated(order: Order) -> date:
    """The day the plan counts from: the step was taken up, or the version issued if that was later.

    Of a step the patient no longer stands at, the day the paper was printed.
    """
    programme, version = order.version.programme, order.version
    issued = timezone.localtime(version.issued_at or version.created_at).date()
    if order.ahead or programme.current_step_id == order.step.pk:
        since = programme.at_step_since or issued
        return max(since, issued) if order.at is None else min(max(since, issued), order.on)
    return order.on


def _paper(order: Order, code: str) -> Paper:
    version, side = order.version, order.side
    classified = _classified(order)
    found = classified[0] if classified else version
    location, phase = Location(found.location), Phase(found.phase)
    cortisone, signed = _examined(order)
    items = list(order.step.items.order_by("order"))
    doses = [dose_from_json(item.dose) for item in items]
    avoid = rules.what_not_to_do(
        location=location,
        phase=rules.in_a_flare_phase(phase) if order.ahead else phase,
        cortisone=cortisone,
        stage=Stage(order.step.stage),
        planned=[MatrixRow(item.matrix_row) for item in items],
        running_status=RunningStatus(signed.running_status)
        if signed and signed.running_status
        else None,
        run_pain=signed.run_pain if signed else None,
        run_settled=signed.run_settled if signed else None,
        flared=_flared(order, signed, classified),
    )
    if order.flare:
        avoid = (*avoid, *rules.in_a_flare(side, avoid).avoid)
    return Paper(
        side=side,
        code=f"{code[:4]} {code[4:]}",
        qr=qr_code(code),
        large=order.large,
        what=rules.what_you_have(location, phase, side),
        job=rules.your_job(doses),
        cards=tuple(_card(item, dose, side) for item, dose in zip(items, doses, strict=True)),
        avoid=avoid,
        helps=rules.heel_lift(location),
        dates=_dates(order),
        diary=_diary(doses, order.weeks) if order.options.get("diary") else (),
    )


def _diary(doses: Sequence[AnyDose], weeks: int) -> tuple[DiaryWeek, ...]:
    lines = paper_lines(rules.diary_days(doses, weeks), weeks)
    return tuple(
        DiaryWeek(number=week if weeks > 1 else 0, lines=tuple(rows))
        for week, rows in groupby(lines, key=lambda line: line.week)
    )


def _dates(order: Order) -> tuple[DatedRunLine, ...]:
    """The runs with dates as they were worked out when the paper was printed."""
    return tuple(
        DatedRunLine(
            day=weekday_words(date.fromisoformat(each["on"])),
            what=each["what"],
            amount=each["amount"],
        )
        for each in order.options.get("dates", ())
    )


def _clinician(order: Order) -> User:
    """Whose plan is on the paper: who issued it, and of a flare who settled it."""
    version = order.version
    if order.flare and not order.ahead:
        moves = Move.objects.filter(to_step=order.step, kind=Move.Kind.FLARE)
        if order.at is not None:
            moves = moves.filter(moved_on__lte=order.on)
        if (settled := moves.select_related("moved_by").first()) is not None:
            return settled.moved_by
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


def _card(item: Item, dose: AnyDose, side: Side) -> Card:
    return Card(
        name=spoken(item.name),
        leg=rules.leg(dose, side),
        dose=rules.dose_in_words(dose, _place(item), upright=_upright(item)),
        instructions=tuple(spoken(line) for line in item.instructions),
        table=rules.run_table(dose),
        drawing=drawing_of(item.start, item.end, dose, side),
    )


def _upright(item: Item) -> bool:
    """Whether somebody stands in this exercise."""
    return item.end.get("support", Support.FLOOR) in (Support.FLOOR, Support.STEP)


def _place(item: Item) -> str:
    """Where the weight of an exercise lies, in words; blank where it carries none."""
    known = EXERCISES.get(item.exercise)
    if known and Equipment.PACK in known.equipment:
        return rules.weight_place(LoadAt.PACK)
    return rules.weight_place(LoadAt(item.end.get("load_at", LoadAt.NONE)))


def _classified(order: Order) -> list[Classification]:
    """What the tendon was taken for until the paper was printed, newest first."""
    found = order.episode.classifications.order_by("-set_on", "-set_at", "-pk")
    return list(found if order.at is None else found.filter(set_at__lte=order.at))


def _flared(order: Order, signed: Assessment | None, classified: list[Classification]) -> bool:
    """Whether the tendon flared between the examination in force and the printing."""
    programme = order.version.programme
    if order.flare:
        # Who was examined that day was asked about running as it is now.
        return order.ahead or signed is None or signed.examined_on < _dated(order)
    decisions = Decision.objects.filter(session__programme=programme, outcome=Outcome.REGRESS)
    mornings = MorningAfter.objects.filter(session__programme=programme)
    if order.at is not None:
        decisions = decisions.filter(decided_at__lte=order.at)
        mornings = mornings.filter(recorded_at__lte=order.at)
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


def _examined(order: Order) -> tuple[Cortisone, Assessment | None]:
    """Cortisone by the calendar of the day of printing, and the examination in force then."""
    assessments = order.episode.assessments
    if order.at is None:
        found = assessments.signed()
    else:
        # An amendment signed after the printing changes nothing on the paper in the patient's hand.
        found = assessments.filter(signed_at__lte=order.at).exclude(
            amended_by__signed_at__lte=order.at
        )
    signed = found.newest_first().first()
    given_on = signed.cortisone_last_on if signed else None
    days = (order.on - given_on).days if given_on and given_on <= order.on else None
    return cortisone_class(days), signed


def _day(day: date) -> str:
    return date_words(day)
