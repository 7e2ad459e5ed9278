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

from assessments.in_force import defaults_in_force as assessment_defaults_in_force
from assessments.models import Assessment, Classification
from assessments.rules.cortisone import cortisone_class
from assessments.rules.phase import pathway
from assessments.rules.terms import (
    Cortisone,
    Location,
    MatrixRow,
    Pathway,
    Phase,
    RunningStatus,
    Stage,
)
from assessments.selectors import Tendon, tendon_on
from patients.models import Episode, User
from patients.rules.terms import Language, Side
from programmes.drawing import Drawing, drawing_of
from programmes.in_force import defaults_in_force
from programmes.language import PaperLanguage, paper_language
from programmes.models import Decision, Handout, Item, MorningAfter, Move, Step, Version
from programmes.rules import handout as rules
from programmes.rules.diary import COLUMNS, PaperLine, diary_weeks, paper_lines
from programmes.rules.dose import (
    AnyDose,
    Dose,
    FreeRun,
    WalkRun,
    adds_load,
    dose_from_json,
    in_words,
)
from programmes.rules.handout import DoseWords, FlareWords, Rules, RunTable
from programmes.rules.library import EXERCISES
from programmes.rules.library.entry import Equipment
from programmes.rules.library.pose import LoadAt, Support, pose_from_json
from programmes.rules.library.spoken import spoken
from programmes.rules.papercode import ALPHABET, LENGTH
from programmes.rules.terms import DoseSide, Outcome
from programmes.rules.words import date_words, say, say_marked, weekday_words
from programmes.selectors.papers import LARGE, companions, other_leg
from programmes.selectors.plans import no_longer_suits
from programmes.selectors.running import longest_run_m
from programmes.selectors.standing import isometric_only

# A foot longer than this needs more than the line an ordinary page keeps for it, or the two of
# large print.
FOOT_LETTERS = 60
QUIET_ZONE = 4
STAGES: Final = tuple(Stage)
# Faster running on the flat comes before hills, sprints come after them.
STEADY: Final = "run_tempo_flat"
# Jumps that bend the knees deep enough to tip the shins forward at the landing.
DEEP_JUMPS: Final = frozenset({"double_leg_jump", "double_leg_jump_loaded"})
TEMPLATE: Final = "programmes/handout_pdf.html"
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
        return diary_weeks(self.options)

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
class DiaryPage:
    """One page of the diary, with its heading and code: its lines by week.

    ``row_mm`` is how high a line is; ``notes_mm`` the box for the patient's own words, 0 for none.
    """

    number: int
    of: int
    weeks: tuple[DiaryWeek, ...]
    row_mm: int
    notes_mm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a page of the diary has room for, in millimetres.

    A line is at least ``least`` high, ``twice`` where its name is longer as there are more than one
    a day. Pages after the first have ``later`` more.
    """

    lines: int
    least: int
    twice: int
    week: int
    notes: int
    notes_least: int
    notes_highest: int
    highest: int
    later: int = 0


ROOM: Final = Room(
    lines=202,
    least=12,
    twice=12,
    week=6,
    notes=30,
    notes_least=20,
    notes_highest=80,
    highest=26,
    later=8,
)
ROOM_LARGE: Final = Room(
    lines=86,
    least=14,
    twice=16,
    week=9,
    notes=44,
    notes_least=30,
    notes_highest=40,
    highest=24,
    later=16,
)


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
    there is nothing to say. ``heads`` are those of the columns of its diary. ``elsewhere`` says
    that all it has to do stands in the part for both legs.
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
    heads: tuple[str, ...] = ()
    elsewhere: bool = False

    @property
    def diary_lines(self) -> int:
        """How many lines there are to fill in."""
        return sum(len(week.lines) for week in self.diary)

    @property
    def pages(self) -> tuple[DiaryPage, ...]:
        """The diary page by page, each with lines as high as its page has room for."""
        return _diary_pages(self.diary, ROOM_LARGE if self.large else ROOM)

    @property
    def sessions_a_day(self) -> int:
        """Sessions of one day of the diary, 0 without a diary."""
        return max((line.of_day for week in self.diary for line in week.lines), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """An exercise that the plans of both legs have, and that the paper says once.

    ``dose`` is the one printed, that of ``side``; ``instead_of`` the other leg's, which is left
    out. ``dose`` is blank where the exercise isn't printed at all: ``side`` must not run, so the
    running of the other leg waits.
    """

    name: str
    side: Side
    dose: str
    instead_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForBoth:
    """What is for both legs together: said once, before what each leg does."""

    job: str
    cards: tuple[Card, ...]
    dates: tuple[DatedRunLine, ...]
    avoid: tuple[str, ...]
    helps: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything on the paper, in words. Nothing a clinician wrote for colleagues is in it.

    ``papers`` holds one leg or both. ``dated`` is the day the plan counts from and ``created`` the
    same as the PDF stores it: never the moment of printing, so that the same content is the same
    bytes. ``for_both`` is there where both legs are, and ``shared`` tells the clinician what of
    both plans was put together in it. ``review`` is blank where no day was chosen, ``telephone``
    where the practice has given no number.
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
    long_foot: bool
    rules: Rules
    flare: FlareWords | None
    ahead: bool
    papers: tuple[Paper, ...]
    for_both: ForBoth | None
    shared: tuple[Merged, ...]
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

    @property
    def warned(self) -> bool:
        """Whether the box of whom to call has what not to do beside it."""
        beside = self.for_both or self.paper
        return bool(beside.avoid or beside.helps)

    @property
    def drawn(self) -> bool:
        """Whether there is a drawing on it, whose signs have to be told."""
        cards = [card for paper in self.papers for card in paper.cards]
        return any(
            card.drawing for card in (*cards, *(self.for_both.cards if self.for_both else ()))
        )


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
        for each in companions(handout)
    ]


def _other_leg(order: Order) -> Order | None:
    """The other leg's part of the sheet, None where there is none."""
    if order.other is not None or not order.options.get("both"):
        return order.other
    step = other_leg(order.episode, order.on)
    if step is None:
        return None
    if order.ahead:
        # What the other leg would do in a flare, too.
        step = _flare_step(step.version)
        if step is None:
            return None
    options = {**order.options, "dates": order.options.get("other_dates", ())}
    return Order(version=step.version, step=step, options=options, on=order.on)


def codes_of(handout: Handout) -> tuple[str, ...]:
    """The codes on its sheet: its own, and that of the other leg's diary where there is one."""
    return tuple(each.paper_code for each in companions(handout))


def sheet(handout: Handout) -> Sheet:
    """The content of a paper: plan and findings as of its printing, names as they are now.

    What was on the paper in the patient's hand is in its document, whose bytes never change.
    """
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
    legs = [_leg(each) for each in ([order, other] if other else [order])]
    patient = order.episode.patient
    dated = max(_dated(each.order) for each in legs)
    for_both, shared = _for_both(legs) if other else (None, ())
    papers = [_paper(leg, code) for leg, code in zip(legs, codes[: len(legs)], strict=True)]
    name, born = f"{patient.given_name} {patient.family_name}", _day(patient.date_of_birth)
    foot = say("{name}, born {born}", name=_isolated(name, language), born=born)
    review = order.options.get("next_review")
    first = min(legs, key=_Leg.how_far)
    avoid = {line for leg in legs for line in leg.avoid}
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
        version=", ".join(_version(leg.order, alone=other is None) for leg in legs),
        foot=foot,
        long_foot=len(foot) > FOOT_LETTERS,
        rules=rules.three_rules(
            stage=first.stage,
            runs=first.stage not in rules.RUNNING_STAGES and rules.may_run(avoid),
            flare_paper=all(leg.flare_paper for leg in legs),
            assessment=assessment_defaults_in_force(first.order.at),
            programme=defaults_in_force(first.order.at),
        ),
        flare=next((leg.flare for leg in legs if leg.flare), None),
        ahead=order.ahead,
        papers=tuple(papers),
        for_both=for_both,
        shared=tuple(shared),
        dated_words=rules.dated_words(),
        call=rules.when_to_call(),
        telephone=rules.telephone(settings.PRACTICE_CONTACT),
        review=_day(date.fromisoformat(review)) if review else "",
        # Reception may print; the plan is the clinician's who issued it.
        clinicians=tuple(dict.fromkeys(_signature(_clinician(leg.order)) for leg in legs)),
    )


def _signature(user: User) -> str:
    """Name, title and number; the titles that everybody has are said in the paper's language."""
    title = user.professional_title
    parts = (
        user.display_name,
        say_marked(title) if title in rules.TITLES else title,
        user.registration_number,
    )
    return ", ".join(part for part in parts if part)


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


@dataclass(slots=True, kw_only=True)
class _Leg:
    """What is known of one leg, and what of it is still to be said in its own part."""

    order: Order
    location: Location
    phase: Phase
    cortisone: Cortisone
    items: list[tuple[Item, AnyDose]]
    avoid: tuple[str, ...]
    flare: FlareWords | None
    flare_paper: bool
    dates: tuple[DatedRunLine, ...]
    # What its diary is for, also where the exercise itself stands in the part for both legs.
    doses: tuple[AnyDose, ...]
    helps: str
    elsewhere: bool = False

    @property
    def side(self) -> Side:
        return self.order.side

    @property
    def stage(self) -> Stage:
        return Stage(self.order.step.stage)

    @property
    def compressed(self) -> bool:
        return self.location in rules.COMPRESSED

    def how_far(self) -> tuple[int, int, bool]:
        """Where it stands on the way, to be compared; the left leg first where both are alike."""
        return (
            STAGES.index(self.stage),
            self.order.step.number,
            self.side is not Side.LEFT,
        )


def _leg(order: Order) -> _Leg:
    version, side = order.version, order.side
    classified = _classified(order)
    found = classified[0] if classified else version
    location, phase = Location(found.location), Phase(found.phase)
    cortisone, signed = _examined(order)
    now = tendon_on(
        order.on,
        location=location,
        phase=phase,
        locked=False,
        examined_on=signed.examined_on if signed else None,
        raise_pain=None,
        cortisone_last_on=signed.cortisone_last_on if signed else None,
        fluoroquinolone_last_on=signed.fluoroquinolone_last_on if signed else None,
    )
    phase = rules.in_a_flare_phase(phase) if order.ahead else phase
    items = list(order.step.items.order_by("order"))
    doses = tuple(dose_from_json(item.dose) for item in items)
    runs = _runs_so_far(order)
    avoid = rules.what_not_to_do(
        location=location,
        phase=phase,
        cortisone=cortisone,
        stage=Stage(order.step.stage),
        planned=[MatrixRow(item.matrix_row) for item in items],
        running_status=RunningStatus.told(signed.running_status) if signed else None,
        run_pain=signed.run_pain if signed else None,
        run_settled=signed.run_settled if signed else None,
        flared=_flared(order, signed, classified),
        opened={MatrixRow(item.matrix_row) for item in runs},
        sprints=any(
            item.matrix_row == MatrixRow.SPEED_RUNNING and item.exercise != STEADY for item in runs
        ),
        defaults=assessment_defaults_in_force(order.at),
    )
    # On a sheet for both legs the other one may not be in a flare at all.
    flare = None
    if order.flare and (order.step.stage == Stage.ISOMETRIC or not order.options.get("both")):
        flare = rules.in_a_flare(
            side, avoid, ahead=order.ahead, defaults=defaults_in_force(order.at)
        )
        avoid = (*avoid, *flare.avoid)
    return _Leg(
        order=order,
        location=location,
        phase=phase,
        cortisone=cortisone,
        items=list(zip(items, doses, strict=True)),
        avoid=avoid,
        flare=flare,
        flare_paper=_offers_a_flare_paper(order, now),
        dates=_dates(order),
        doses=doses,
        # A paper for a flare keeps to what is other than in the plan.
        helps="" if flare else rules.heel_lift(location),
    )


def _offers_a_flare_paper(order: Order, now: Tendon) -> bool:
    """Whether the page of this plan would print a paper for a flare: it leads there, and may."""
    if isometric_only(now):
        return False
    step = next(
        (
            each
            for each in order.version.steps.filter(stage=Stage.ISOMETRIC).order_by("order")
            if not no_longer_suits(each, now)
        ),
        None,
    )
    return step is not None and step.pk != order.step.pk


def _runs_so_far(order: Order) -> list[Item]:
    """The running of the plan up to this step: what came before stays open."""
    if order.step.stage not in rules.RUNNING_STAGES:
        return []
    steps = order.version.steps.filter(stage=Stage.FULL_RETURN, order__lte=order.step.order)
    return list(Item.objects.filter(step__in=steps))


def _flare_step(version: Version) -> Step | None:
    """The step that the paper for a flare of this plan has; None where there is no such paper."""
    return version.steps.filter(stage=Stage.ISOMETRIC).order_by("order").first()


def _for_both(legs: list[_Leg]) -> tuple[ForBoth, list[Merged]]:
    """What is said once for both legs, taken out of what each leg says by itself.

    Of two doses the one of the leg that is less far on is printed: nobody can do an exercise of
    both legs with one of them. Nobody runs on one leg either, so where one must not, the running
    of the other waits.
    """
    first, second = sorted(legs, key=_Leg.how_far)
    cards, doses, merged = [], [], []
    dates: tuple[DatedRunLine, ...] = ()
    for item, dose in tuple(first.items):
        same = next((each for each in second.items if _same(item, dose, *each)), None)
        if same is None:
            continue
        first.items.remove((item, dose))
        second.items.remove(same)
        either = first.compressed or second.compressed
        cards.append(_card(first, item, dose, lands_low=either))
        doses.append(dose)
        merged.append(
            Merged(
                name=item.name,
                side=first.side,
                dose=in_words(dose),
                instead_of=in_words(same[1]),
            )
        )
        if not isinstance(dose, Dose):
            dates, first.dates, second.dates = first.dates, (), ()
    for leg, other in ((first, second), (second, first)):
        running = [] if rules.may_run(leg.avoid) else [each for each in other.items if _runs(*each)]
        for each in running:
            other.items.remove(each)
            other.dates = ()
            merged.append(
                Merged(name=each[0].name, side=leg.side, dose="", instead_of=in_words(each[1]))
            )
    for leg in legs:
        leg.elsewhere = bool(cards) and not leg.items
    left, right = sorted(legs, key=lambda leg: leg.side is not Side.LEFT)
    avoid, left.avoid, right.avoid = rules.for_both_legs(
        left.avoid, right.avoid, defaults=assessment_defaults_in_force(left.order.at)
    )
    helps = left.helps if left.helps == right.helps else ""
    if helps:
        left.helps = right.helps = ""
    return (
        ForBoth(
            job=rules.your_job(doses), cards=tuple(cards), dates=dates, avoid=avoid, helps=helps
        ),
        merged,
    )


def _same(item: Item, dose: AnyDose, other: Item, its: AnyDose) -> bool:
    """Whether two items of the two legs are one thing that both legs do together."""
    if _runs(item, dose):
        return _runs(other, its)
    if not isinstance(dose, Dose) or not isinstance(its, Dose):
        return isinstance(dose, Dose) == isinstance(its, Dose)
    together = dose.side is its.side is DoseSide.BOTH
    return together and item.exercise == other.exercise and item.name == other.name


def _runs(item: Item, dose: AnyDose) -> bool:
    """Whether it is running, and not walking only."""
    return not isinstance(dose, Dose) and not (isinstance(dose, WalkRun) and not dose.runs)


def _paper(leg: _Leg, code: str) -> Paper:
    order = leg.order
    return Paper(
        side=leg.side,
        code=f"{code[:4]} {code[4:]}",
        qr=qr_code(code),
        large=order.large,
        what=leg.flare.says
        if leg.flare
        else rules.what_you_have(
            leg.location,
            leg.phase,
            leg.side,
            stage=leg.stage,
            cortisone=leg.cortisone,
            holds=any(isinstance(dose, Dose) and dose.hold_s for dose in leg.doses),
        ),
        job=rules.your_job([dose for _, dose in leg.items]),
        cards=tuple(_card(leg, item, dose) for item, dose in leg.items),
        avoid=leg.avoid,
        helps=leg.helps,
        dates=leg.dates,
        diary=_diary(leg.doses, order.weeks) if order.options.get("diary") else (),
        heads=(say("Day and date"), *_columns(leg.doses)),
        elsewhere=leg.elsewhere,
    )


def _columns(doses: Sequence[AnyDose]) -> tuple[str, ...]:
    """The heads of the columns: those of every diary, the weight and how far where they matter."""
    first, *others = (say_marked(each) for each in COLUMNS.values())
    extra = []
    if any(adds_load(dose) for dose in doses):
        extra.append(say("Kg used"))
    if any(not isinstance(dose, Dose) for dose in doses):
        extra.append(say("Km or min"))
    return (first, *extra, *others)


def _diary(doses: Sequence[AnyDose], weeks: int) -> tuple[DiaryWeek, ...]:
    lines = paper_lines(rules.diary_days(doses, weeks), weeks)
    return _by_week(lines, weeks)


def _by_week(lines: Sequence[PaperLine], weeks: int) -> tuple[DiaryWeek, ...]:
    return tuple(
        DiaryWeek(number=week if weeks > 1 else 0, lines=tuple(rows))
        for week, rows in groupby(lines, key=lambda line: line.week)
    )


def _diary_pages(weeks: Sequence[DiaryWeek], room: Room) -> tuple[DiaryPage, ...]:
    """Lines on as few pages as hold them, the fuller the more room a page has.

    The last has the patient's own words; of several pages each has a week where a week fits.
    """
    if not any(week.lines for week in weeks):
        return ()
    if weeks[0].lines[0].of_day > 1:
        room = replace(room, least=room.twice)
    sizes = _sizes(weeks, room)
    count = len(sizes)
    pages = []
    for number, (of_page, left) in enumerate(_filled(weeks, sizes, room), start=1):
        size, ends = sizes[number - 1], number == count
        row = max(room.least, min(room.highest, left // size // 2 * 2))
        notes = left + room.notes_least - row * size
        pages.append(
            DiaryPage(
                number=number,
                of=count,
                weeks=of_page,
                row_mm=row,
                notes_mm=min(room.notes_highest, notes // 10 * 10) if ends else 0,
            )
        )
    return tuple(pages)


def _sizes(weeks: Sequence[DiaryWeek], room: Room) -> list[int]:
    """How many lines each page has."""
    a_week = [len(week.lines) for week in weeks]
    sizes = [sum(a_week)]
    while not _fits(weeks, sizes, room):
        sizes = _spread(sum(a_week), len(sizes) + 1, room)
    return a_week if len(sizes) == len(weeks) and _fits(weeks, a_week, room) else sizes


def _spread(lines: int, pages: int, room: Room) -> list[int]:
    """So many lines on so many pages, each line where there is the most room for it."""
    space = [_space(number, pages, room) for number in range(pages)]
    sizes = [1] * pages if lines >= pages else [0] * (pages - lines) + [1] * lines
    for _ in range(lines - sum(sizes)):
        most = max(range(pages), key=lambda number: space[number] / (sizes[number] + 1))
        sizes[most] += 1
    return sizes


def _space(number: int, pages: int, room: Room) -> int:
    """Millimetres for the lines of a page, counted from 0, and for the heads of their weeks."""
    return room.lines + room.later * (number > 0) - room.notes * (number == pages - 1)


def _filled(
    weeks: Sequence[DiaryWeek], sizes: Sequence[int], room: Room
) -> list[tuple[tuple[DiaryWeek, ...], int]]:
    """The lines of each page, and what its lines have room for in millimetres."""
    lines = [line for week in weeks for line in week.lines]
    found, begun = [], 0
    for number, size in enumerate(sizes):
        of_page = _by_week(lines[begun : begun + size], len(weeks))
        begun += size
        heads = room.week * sum(week.number > 0 for week in of_page)
        found.append((of_page, _space(number, len(sizes), room) - heads))
    return found


def _fits(weeks: Sequence[DiaryWeek], sizes: Sequence[int], room: Room) -> bool:
    filled = _filled(weeks, sizes, room)
    return all(room.least * size <= left for size, (_, left) in zip(sizes, filled, strict=True))


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
    runs = []
    for row, line in enumerate(code.matrix):
        column = QUIET_ZONE
        for dark, modules in groupby(line, bool):
            wide = len(list(modules))
            if dark:
                runs.append(f"M{column} {row + QUIET_ZONE}h{wide}v1h-{wide}z")
            column += wide
    return QrCode(size=len(code.matrix) + 2 * QUIET_ZONE, path="".join(runs))


def _card(leg: _Leg, item: Item, dose: AnyDose, *, lands_low: bool | None = None) -> Card:
    """The card. ``lands_low``: a heel end of a leg that does it is sore; None for its own leg."""
    lands_low = leg.compressed if lands_low is None else lands_low
    name, lines = _told(item, dose)
    carried = isinstance(dose, Dose) and adds_load(dose) and not _place(item)
    carry = (_carry(item),) if carried and item.end else ()
    land = (rules.land_words(),) if lands_low and item.exercise in DEEP_JUMPS else ()
    longest_m = None
    if isinstance(dose, FreeRun) and not leg.dates:
        longest_m = longest_run_m(leg.order.episode.patient, leg.order.on, before=leg.order.at)
    said = rules.dose_in_words(dose, _place(item), harder=_harder(leg, item))
    if isinstance(dose, FreeRun) and len(leg.doses) == 1:
        # What the line above the card has said.
        said = replace(said, often="")
    return Card(
        name=name,
        leg=rules.leg(dose, leg.side),
        dose=said,
        instructions=(*lines, *carry, *land),
        table=rules.run_table(dose, longest_m=longest_m, dated=bool(leg.dates)),
        drawing=drawing_of(item.start, item.end, dose, leg.side),
    )


def _told(item: Item, dose: AnyDose) -> tuple[str, tuple[str, ...]]:
    """Name and instructions, said of what is left where there is no walking or no running."""
    name, lines = item.name, tuple(item.instructions)
    if isinstance(dose, WalkRun) and not (dose.walk_min and dose.run_min):
        both = EXERCISES["run_walk"]
        only = EXERCISES["run_flat" if dose.runs else "walk_brisk"]
        if (name, lines) == (both.name, both.instructions):
            rest = both.instructions[-1:] if dose.runs else ()
            name, lines = only.name, (*only.instructions, *rest)
    return spoken(name), tuple(spoken(line) for line in lines)


def _carry(item: Item) -> str:
    """How to carry the weight of a dose in an exercise that has no place for one."""
    pose = pose_from_json(item.end)
    return rules.carry_words(pose.support, pose.hands)


def _harder(leg: _Leg, item: Item) -> str:
    """How to make a hold harder, for somebody who stands; blank where it must stay as it is."""
    stands = item.end.get("support") in (Support.FLOOR, Support.STEP)
    calm = leg.cortisone is not Cortisone.RECENT and pathway(leg.phase) is not Pathway.SETTLE
    if not stands or not calm or leg.order.flare:
        return ""
    return rules.harder_words(LoadAt(item.end.get("load_at", LoadAt.NONE)))


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
        defaults=defaults_in_force(order.at),
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
    return cortisone_class(days, defaults=assessment_defaults_in_force(order.at)), signed


def _day(day: date) -> str:
    return date_words(day)
