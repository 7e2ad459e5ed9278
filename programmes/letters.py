"""What a letter is made from, read from the record; and a letter as PDF."""

import re
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from assessments.in_force import defaults_in_force as assessment_defaults_in_force
from assessments.load_history import provoked_by
from assessments.models import (
    DIFFERENTIAL_CHOICES,
    Assessment,
    Classification,
    FunctionTest,
    HeelRaiseTest,
    Lock,
    Run,
    VisaA,
)
from assessments.rules.heel_raise import norm
from assessments.rules.running import running_permission
from assessments.rules.strength import Leg
from assessments.rules.terms import (
    Level,
    Location,
    Phase,
    RunningPermission,
    RunningStatus,
    Sex,
    Stage,
)
from assessments.selectors import (
    Tendon,
    cleared_flags,
    examination,
    findings,
    is_bilateral,
    recorded,
)
from assessments.trajectory import visa_trajectory
from patients.models import Episode, User
from patients.rules.terms import Side
from programmes.models import Handout, Letter, Session
from programmes.rules import letter as rules
from programmes.rules.letter import (
    Case,
    Classified,
    Examined,
    Flag,
    HeelRaises,
    HopPain,
    Plan,
    Score,
    StrengthTest,
    Tried,
)
from programmes.selectors.standing import Standing, standing_of
from upwell.http import Refused
from upwell.pdf import Unprintable, render_pdf

# A foot longer than this needs more than the two lines an ordinary page keeps for it.
FOOT_LETTERS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One paragraph of a letter: a label of ours to print in bold (else blank), and its lines."""

    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything on the printed letter. ``created`` is the moment the PDF says it was made."""

    draft: bool
    dated: str
    created: str
    recipient: tuple[str, ...]
    name: str
    born: str
    record_number: str
    foot: str
    long_foot: bool
    subject: str
    paragraphs: tuple[Paragraph, ...]


def as_pdf(letter: Letter) -> bytes:
    """The letter as PDF: marked as a draft until it is printed, from then on the bytes kept then.

    Raises ``Refused`` with a sentence for the user where this machine can't print.
    """
    if letter.printed_at is not None and letter.printed_pdf is not None:
        return bytes(letter.printed_pdf)
    return rendered(letter)


def rendered(letter: Letter) -> bytes:
    """The letter as PDF from the record as it is now; see ``as_pdf``."""
    # What was scored after the day of the letter is not in its picture.
    drawn = (
        visa_trajectory(letter.episode, on=letter.dated_on, paper=True)
        if letter.with_chart
        else None
    )
    if drawn is not None and drawn.is_empty:
        drawn = None
    try:
        return render_pdf("programmes/letter_pdf.html", {"page": page(letter), "trajectory": drawn})
    except Unprintable as error:
        raise Refused(str(error)) from error


def page(letter: Letter) -> Page:
    """What stands on the printed letter."""
    patient = letter.episode.patient
    name, born = f"{patient.given_name} {patient.family_name}", _day(patient.date_of_birth)
    foot = f"{name}, born {born}, {patient.record_number}"
    return Page(
        draft=letter.printed_at is None,
        dated=_day(letter.dated_on),
        created=(letter.printed_at or letter.saved_at).strftime("%Y-%m-%dT%H:%M:%SZ"),
        recipient=tuple(letter.recipient.splitlines()),
        name=name,
        born=born,
        record_number=patient.record_number,
        foot=foot,
        long_foot=len(foot) > FOOT_LETTERS,
        subject=letter.subject,
        paragraphs=paragraphs(letter.body),
    )


def paragraphs(body: str) -> tuple[Paragraph, ...]:
    """The text in paragraphs: a blank line parts them."""
    return tuple(_paragraph(part) for part in re.split(r"\n[^\S\n]*\n", body) if part.strip())


def _paragraph(text: str) -> Paragraph:
    text = text.strip()
    label = next((each for each in rules.LABELS if text.startswith(each)), "")
    return Paragraph(label=label, lines=tuple(text.removeprefix(label).lstrip().split("\n")))


def report_case(episode: Episode, *, on: date, by: User) -> Case:
    """What a report of this day is made from: signed examinations, and what else is on record."""
    standing = standing_of(episode, on)
    signed = episode.assessments.signed().filter(examined_on__lte=on)
    assessment = signed.whole().newest_first().first()
    days = tuple(signed.order_by("examined_on", "pk").values_list("examined_on", flat=True))
    return _case(
        standing,
        by=by,
        referred=bool(episode.patient.referrer),
        examined_on=tuple(dict.fromkeys(days)),
        assessment=assessment,
        provoked=_provoked(episode, on),
        # What its author took back in the draft was never judged, and is nobody's finding.
        flags=tuple(
            flag_of(lock)
            for lock in episode.locks.filter(withdrawn=False)
            .select_related("cleared_by")
            .order_by("pk")
        ),
    )


def referral_case(lock: Lock, *, on: date, by: User) -> Case:
    """What the referral for this red flag is made from: ``examination_of`` it."""
    assessment = examination_of(lock)
    standing = standing_of(assessment.episode, on)
    return _case(standing, by=by, assessment=assessment, flags=_beside(lock))


def _beside(lock: Lock) -> tuple[Flag, ...]:
    """The other red flags a referral tells: open ones of both legs, and those of its examination
    that somebody cleared."""
    tendons = Episode.objects.open().filter(patient_id=lock.episode.patient_id)
    here = Q(episode_id=lock.episode_id)
    still_open = Q(cleared_at=None) & (here | Q(episode__in=tendons))
    judged = Q(assessment_id=lock.assessment_id, withdrawn=False)
    others = Lock.objects.filter(still_open | judged).exclude(pk=lock.pk)
    return tuple(
        flag_of(each, side=None if each.episode_id == lock.episode_id else Side(each.episode.side))
        for each in others.select_related("cleared_by", "episode").order_by("pk")
    )


def examination_of(lock: Any) -> Assessment:
    """The examination that raised a red flag, as last amended and signed."""
    whole = Assessment.objects.all().whole()
    assessment = whole.get(pk=lock.assessment_id)
    while assessment.superseded:
        assessment = whole.get(amends=assessment)
    return assessment


def flag_of(lock: Lock, *, side: Side | None = None) -> Flag:
    """A lock as a letter tells it; ``side`` is given where it is not the letter's own."""
    cleared, raised = "", timezone.localtime(lock.raised_at)
    if lock.cleared_at:
        moment = timezone.localtime(lock.cleared_at)
        cleared = f"on {_day(moment.date())} by {lock.cleared_by}: {lock.reason}"
    return Flag(
        id=lock.flag,
        level=Level(lock.level),
        says=lock.says,
        raised_on=raised.date(),
        raised_at=f"{raised:%H:%M}",
        cleared=cleared,
        side=side,
    )


def writer(user: User) -> rules.Writer:
    """Who signs, with title and number."""
    return rules.Writer(
        name=user.display_name,
        title=user.professional_title,
        registration=user.registration_number,
    )


def _case(standing: Standing, *, by: User, assessment: Assessment | None, **known: Any) -> Case:
    episode, on = standing.episode, standing.on
    patient = episode.patient
    bilateral = is_bilateral(episode)
    scores = list(VisaA.objects.filter(episode=episode, answered_on__lte=on).counted())
    held = (
        Session.objects.of(episode)
        .counted()
        .aggregate(held=Count("pk"), first=Min("happened_on"), last=Max("happened_on"))
    )
    paper = Handout.objects.filter(version__programme__episode=episode).first()
    review = (paper.options if paper else {}).get("next_review")
    review_on = date.fromisoformat(review) if review else None
    return Case(
        on=on,
        patient=f"{patient.given_name} {patient.family_name}",
        sex=Sex(patient.sex),
        age=patient.age_on(on),
        side=Side(episode.side),
        writer=writer(by),
        bilateral=bilateral,
        examination=_examined(assessment, bilateral=bilateral) if assessment else None,
        classified=_classified(episode),
        first=_score(scores[-1]) if scores else None,
        last=_score(scores[0]) if scores else None,
        heel_raises=_heel_raises(episode, assessment, on),
        strength=_strength(episode, on),
        hop_pain=_hop_pain(episode, on),
        plan=_plan(standing),
        running=_running(standing.tendon, assessment),
        review_on=review_on if review_on and review_on >= on else None,
        sessions=held["held"],
        session_days=(held["first"], held["last"]) if held["held"] else None,
        **known,
    )


def _examined(assessment: Assessment, *, bilateral: bool) -> Examined:
    values, cleared = recorded(assessment), cleared_flags(assessment)
    words, chosen = dict(DIFFERENTIAL_CHOICES), assessment.differentials
    return Examined(
        on=assessment.examined_on,
        signed=assessment.is_signed,
        values=examination(
            values, episode=assessment.episode, cleared=cleared, bilateral=bilateral
        ),
        found=findings(assessment, bilateral=bilateral),
        onset_on=assessment.onset_on,
        not_a_runner=assessment.running_status == "not_a_runner",
        cortisone_on=assessment.cortisone_last_on,
        fluoroquinolone_on=assessment.fluoroquinolone_last_on,
        treatments=tuple(
            Tried(
                what=row.get_kind_display() + (f", {row.note}" if row.note else ""),
                tried=row.tried,
                since=row.since_on,
                until=row.until_on,
            )
            for row in assessment.treatments.all()
        ),
        statins=assessment.statins,
        diabetes=assessment.diabetes,
        medicines_note=assessment.medication_note,
        differentials=None
        if chosen is None
        # What a choice is known by stands behind its colon, for the form.
        else tuple(words[each].partition(":")[0] for each in chosen),
        goal=assessment.goal,
        event=assessment.goal_event,
        event_on=assessment.goal_event_on,
        event_m=assessment.goal_distance_m,
        speed_kmh=assessment.analysis_speed_kmh,
        contact_ms=(assessment.left_contact_ms, assessment.right_contact_ms),
        strikes=(assessment.get_left_strike_display(), assessment.get_right_strike_display()),
        history_note=assessment.history_note,
    )


def _provoked(episode: Episode, on: date) -> str:
    """What the log says of the weeks before onset; blank without a run or without an onset."""
    if not Run.objects.counted().filter(patient_id=episode.patient_id).exists():
        return ""
    found = provoked_by(episode, on=on, drafts=False)
    if found.onset is None:
        return ""
    return " ".join([found.says, *(f"{each.says}." for each in found.findings)])


def _classified(episode: Episode) -> Classified | None:
    row = Classification.objects.in_force().filter(episode=episode).first()
    if row is None:
        return None
    return Classified(
        location=Location(row.location),
        phase=Phase(row.phase),
        suggested_location=Location(row.suggested_location),
        suggested_phase=Phase(row.suggested_phase) if row.suggested_phase else None,
    )


def _score(row: VisaA) -> Score:
    assert row.total is not None
    return Score(total=row.total, on=row.answered_on)


def _heel_raises(episode: Episode, assessment: Assessment | None, on: date) -> HeelRaises | None:
    row = HeelRaiseTest.objects.filter(episode=episode, tested_on__lte=on).endurance().first()
    if assessment is not None and not assessment.is_signed:
        # The examination a referral is about counts nowhere else before it is signed.
        own = getattr(assessment, "heel_raise", None)
        if own and (own.left_repetitions, own.right_repetitions) != (None, None):
            row = own
    if row is None:
        return None
    patient = episode.patient
    return HeelRaises(
        on=row.tested_on,
        left=row.left_repetitions,
        right=row.right_repetitions,
        left_pain=row.left_pain,
        right_pain=row.right_pain,
        norm=norm(Sex(patient.sex), patient.age_on(row.tested_on)),
    )


def _strength(episode: Episode, on: date) -> tuple[StrengthTest, ...]:
    """The tests of both legs on record on a day, newest first."""
    rows = HeelRaiseTest.objects.filter(episode=episode, tested_on__lte=on).counted()
    return tuple(
        StrengthTest(
            on=row.tested_on, left=_leg(row, "left"), right=_leg(row, "right"), body_kg=row.body_kg
        )
        for row in rows
    )


def _leg(row: HeelRaiseTest, side: str) -> Leg:
    names = (one.name for one in fields(Leg))
    return Leg(**{name: getattr(row, f"{side}_{name}") for name in names})


def _hop_pain(episode: Episode, on: date) -> HopPain | None:
    """Pain of the newest hops on record on a day; None where nobody hopped."""
    tests = FunctionTest.objects.filter(episode=episode, tested_on__lte=on).counted()
    row = tests.exclude(dl_hop_pain=None, sl_hop_pain=None).first()
    return HopPain(on=row.tested_on, both=row.dl_hop_pain, one=row.sl_hop_pain) if row else None


def _plan(standing: Standing) -> Plan | None:
    step = standing.step
    if step is None or standing.programme is None:
        return None
    return Plan(
        protocol=step.get_protocol_display(),
        version=step.version.number,
        stage=Stage(step.stage),
        step=step.number,
        title=step.title,
        items=tuple((item.name, item.dose_words) for item in step.items.order_by("order")),
        since=standing.programme.at_step_since,
    )


def _running(tendon: Tendon, assessment: Assessment | None) -> RunningPermission | None:
    if assessment is None:
        return None
    status = assessment.running_status
    return running_permission(
        locked=tendon.locked,
        cortisone=tendon.cortisone,
        status=RunningStatus.told(status),
        pathway=tendon.pathway,
        run_pain=assessment.run_pain,
        settled=assessment.run_settled,
        defaults=assessment_defaults_in_force(),
    )


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"
