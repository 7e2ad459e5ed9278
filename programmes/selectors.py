"""Read models of a programme: where an episode stands, and what a decision has to read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from assessments.models import (
    LOCATION_CHOICES,
    PHASE_CHOICES,
    Assessment,
    Classification,
    FunctionTest,
    HeelRaiseTest,
    Lock,
    VisaA,
)
from assessments.rules.cortisone import cortisone_class
from assessments.rules.heel_raise import lsi, norm
from assessments.rules.start import initial_stage
from assessments.rules.terms import Cortisone, Location, Pathway, Phase, Sex, Stage
from assessments.selectors import Tendon, is_bilateral, tendon
from patients.models import Episode
from patients.rules.terms import Side
from programmes.models import STAGE_CHOICES, Handout, Programme, Session, Step, Version
from programmes.rules.decision import Context, SessionFacts, decide, facts_to_json
from programmes.rules.defaults import DEFAULTS
from programmes.rules.dose import dose_from_json
from programmes.rules.exits import Criterion, Measurements, exit_check
from programmes.rules.gate import Gate, at_gate, gate_to_json
from programmes.rules.pain import MorningEntry, rising_weeks, settling
from programmes.rules.position import Move, Position, next_position
from programmes.rules.proposal import (
    Concern,
    PlanProposal,
    item_concern,
    propose,
)
from programmes.rules.protocols import Item as PlanItem
from programmes.rules.recovery import recovery_days
from programmes.rules.terms import Outcome, Protocol

LOCATION_WORDS, PHASE_WORDS = dict(LOCATION_CHOICES), dict(PHASE_CHOICES)


# --- Where an episode stands: the header of its pages and its row in the day's list ---------------


def with_standing(episodes: "QuerySet[Episode]") -> "QuerySet[Episode]":
    """The episodes with everything ``Standing`` reads, in one query however many there are."""
    of_episode = {"episode": OuterRef("pk")}
    classified = Classification.objects.filter(**of_episode).order_by("-set_at", "-pk")
    signed = Assessment.objects.signed().filter(**of_episode).newest_first()
    scores = VisaA.objects.filter(**of_episode, total__isnull=False)
    of_programme = {"programme__episode": OuterRef("pk")}
    sessions = Session.objects.filter(**of_programme).order_by("-happened_on", "-pk")
    papers = Handout.objects.filter(version__programme__episode=OuterRef("pk"))
    return episodes.select_related(
        "patient", "clinician", "programme__current_step__version__issued_by"
    ).annotate(
        location=Subquery(classified.values("location")[:1]),
        phase=Subquery(classified.values("phase")[:1]),
        classified_at=Subquery(classified.values("set_at")[:1]),
        cortisone_on=Subquery(signed.values("cortisone_last_on")[:1]),
        signed_code=Subquery(signed.values("code")[:1]),
        signed_pk=Subquery(signed.values("pk")[:1]),
        draft_code=Subquery(
            Assessment.objects.filter(**of_episode, status="draft").values("code")[:1]
        ),
        open_locks=ArraySubquery(
            Lock.objects.open()
            .filter(**of_episode)
            .order_by("flag")
            .values(
                lock=JSONObject(
                    code="code", level="level", says="says", what_to_do="what_to_do", flag="flag"
                )
            )
        ),
        scores=ArraySubquery(
            scores.order_by("-answered_on", "-pk").values(
                score=JSONObject(total="total", on="answered_on")
            )
        ),
        last_session=Subquery(
            sessions.values(
                session=JSONObject(
                    code="code",
                    on="happened_on",
                    morning="morning__pain",
                    outcome="decision__outcome",
                )
            )[:1]
        ),
        paper=Subquery(
            papers.order_by("-printed_at", "-pk").values(
                paper=JSONObject(
                    code="code",
                    paper_code="paper_code",
                    version="version_id",
                    number="version__number",
                    step="step_id",
                )
            )[:1]
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert of the header: its tone, its words, and where it leads (blank: nowhere)."""

    tone: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an episode stands on a day, read from one row of ``with_standing``."""

    episode: Episode
    on: date
    programme: Programme | None
    step: Step | None
    location: Location | None
    phase: Phase | None
    cortisone: Cortisone
    locks: tuple[dict[str, str], ...]
    draft_code: str | None
    signed_code: str | None
    visa_now: int | None
    visa_first: int | None
    visa_weeks: int
    last_session: dict[str, Any] | None
    paper: dict[str, Any] | None
    needs_new_version: bool

    @property
    def version(self) -> Version | None:
        """The version in force: the one of the step the patient is on."""
        return self.step.version if self.step else None

    @property
    def paper_is_current(self) -> bool:
        """Whether the newest paper shows the version and step the patient is on."""
        return (
            self.paper is not None and self.step is not None and self.paper["step"] == self.step.pk
        )

    @property
    def visa_line(self) -> str:
        """The last VISA-A with its change from the first, or blank."""
        if self.visa_now is None or self.visa_first is None:
            return ""
        if not self.visa_weeks:
            return f"VISA-A {self.visa_now}"
        return f"VISA-A {self.visa_now} ({self.visa_now - self.visa_first:+d})"

    @property
    def programme_line(self) -> str:
        """Protocol, version, stage and step in words, or blank without a programme."""
        if self.step is None:
            return ""
        return (
            f"{self.step.get_protocol_display()}, version {self.step.version.number}, "
            f"{self.step.get_stage_display().lower()} step {self.step.number}"
        )

    @property
    def tendon_line(self) -> str:
        """Location and phase in words, or blank before the first signature."""
        if self.location is None or self.phase is None:
            return ""
        return f"{LOCATION_WORDS[self.location]}, {PHASE_WORDS[self.phase].lower()}"

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """What nobody may overlook, worst first."""
        found = [
            Alert(tone="stop", text=f"{lock['says']}: programme locked") for lock in self.locks
        ]
        if self.cortisone is Cortisone.RECENT:
            found.append(Alert(tone="caution", text="Recent cortisone"))
        if self.needs_new_version:
            found.append(Alert(tone="caution", text="Plan made for an earlier classification"))
        if self.step is not None and self.paper is not None and not self.paper_is_current:
            found.append(Alert(tone="caution", text="Paper out of date"))
        return tuple(found)


def standing(row: Any, on: date) -> Standing:
    """The standing of one row of ``with_standing``."""
    programme: Programme | None = getattr(row, "programme", None)
    step = programme.current_step if programme else None
    scores = row.scores
    newest, oldest = (scores[0], scores[-1]) if scores else ({}, {})
    days = (_day(newest["on"]) - _day(oldest["on"])).days if scores else 0
    cortisone_days = (on - row.cortisone_on).days if row.cortisone_on else None
    return Standing(
        episode=row,
        on=on,
        programme=programme,
        step=step,
        location=Location(row.location) if row.location else None,
        phase=Phase(row.phase) if row.phase else None,
        cortisone=cortisone_class(cortisone_days),
        locks=tuple(row.open_locks),
        draft_code=row.draft_code,
        signed_code=row.signed_code,
        visa_now=newest.get("total"),
        visa_first=oldest.get("total"),
        visa_weeks=days // 7,
        last_session=row.last_session,
        paper=row.paper,
        needs_new_version=bool(
            step
            and row.location
            and (step.version.location, step.version.phase) != (row.location, row.phase)
        ),
    )


def _day(stored: str) -> date:
    """A date as JSON from the database gives it."""
    return date.fromisoformat(stored)


def standing_of(episode: Episode, on: date) -> Standing:
    """Where one episode stands, in one query."""
    return standing(with_standing(Episode.objects.filter(pk=episode.pk)).get(), on)


# --- The plan ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOffer:
    """What may be planned for a tendon today. ``refusal`` says why nothing may, else blank."""

    refusal: str
    tendon: Tendon
    plan: PlanProposal | None = None
    stage: Stage | None = None
    protocol: Protocol | None = None

    @property
    def stage_label(self) -> str:
        """The stage the plan starts at, in words."""
        return dict(STAGE_CHOICES)[self.stage].lower() if self.stage else ""


def plan_offer(episode: Episode, *, on: date, protocol: Protocol | None = None) -> PlanOffer:
    """The plan the rules propose for this tendon on this day, or why there is none."""
    now = tendon(episode, on)
    if refusal := _why_no_plan(episode, now):
        return PlanOffer(refusal=refusal, tendon=now)
    assert now.assessment is not None
    assert now.classification is not None
    stage = initial_stage(
        locked=now.locked,
        cortisone=now.cortisone,
        pathway=Pathway(now.classification.pathway),
        single_leg_pain=_raise_pain(now.assessment, latest_function(episode)),
    )
    if now.isometric_only:
        stage = Stage.ISOMETRIC
    assert stage is not None
    plan = propose(
        stage=stage,
        phase=Phase(now.classification.phase),
        location=Location(now.classification.location),
        cortisone=now.cortisone,
        protocol=protocol,
    )
    refusal = "" if plan.stages else " ".join(plan.notes)
    return PlanOffer(refusal=refusal, tendon=now, plan=plan, stage=stage, protocol=protocol)


def _why_no_plan(episode: Episode, now: Tendon) -> str:
    if not episode.is_open:
        return "This episode is closed."
    if now.locked:
        return "A red flag is open: no programme until a clinician has cleared it."
    if now.assessment is None:
        return "There is no signed assessment. A programme is made from a signed one only."
    if now.classification is None:
        return "The tendon has not been classified. Examine it again and set location and phase."
    return ""


def shape_of(steps: Iterable[Step]) -> tuple[tuple[Stage, int], ...]:
    """The stages of a plan in order, each with its number of steps."""
    counts: dict[Stage, int] = {}
    for step in steps:
        counts[Stage(step.stage)] = counts.get(Stage(step.stage), 0) + 1
    return tuple(counts.items())


def no_longer_suits(step: Step, now: Tendon) -> tuple[Concern, ...]:
    """Items of a step that this tendon must not do as it stands today; empty when all suit."""
    if now.classification is None:
        return ()
    concerns = (
        item_concern(
            PlanItem(exercise=item.exercise, dose=dose_from_json(item.dose)),
            Stage(step.stage),
            step.title,
            Phase(now.classification.phase),
            Location(now.classification.location),
            now.cortisone,
        )
        for item in step.items.all()
    )
    return tuple(each for each in concerns if each is not None and each.grade == "X")


# --- What a decision reads -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCard:
    """A proposal with everything behind it: ``inputs`` and ``defaults`` are what is stored.

    ``move`` is where the proposed outcome leads; ``criteria`` are those of the stage exit on the
    way, empty inside a stage.
    """

    proposal: Any
    inputs: dict[str, Any]
    defaults: dict[str, int]
    move: Move
    to_step: Step
    criteria: tuple[Criterion, ...]
    n_ok_before: int


def latest_function(episode: Episode) -> dict[str, Any]:
    """The newest value of each function test with its day; a test not done is absent."""
    found: dict[str, Any] = {}
    names = ("sl_raise_pain", "dl_hop_pain", "sl_hop_pain", "walk_min", "walk_pain")
    for test in FunctionTest.objects.filter(episode=episode)[:20]:
        for name in (*names, "strength_adequate"):
            if getattr(test, name) is not None:
                found.setdefault(name, (getattr(test, name), test.tested_on))
    return found


def _raise_pain(assessment: Assessment | None, tests: dict[str, Any]) -> int | None:
    """Pain of one single-leg raise, from the later of the last test and the last assessment."""
    examined = assessment.sl_heel_raise_pain if assessment else None
    value, on = tests.get("sl_raise_pain", (None, None))
    if value is None or (
        assessment is not None and examined is not None and assessment.examined_on > on
    ):
        return examined
    return int(value)


def measurements(
    session: Session, now: Tendon, *, n_ok: int, sessions: list[Session]
) -> Measurements:
    """Everything the stage exits ask for, from the newest tests and this session."""
    episode = session.programme.episode
    tests = latest_function(episode)
    raises = HeelRaiseTest.objects.filter(episode=episode).newest_first().first()
    scores = VisaA.objects.filter(episode=episode).with_total().first()
    affected = Side(episode.side)
    reps = raises.repetitions(affected) if raises else None
    other = raises.repetitions(affected.other) if raises else None
    patient, on = episode.patient, session.happened_on
    isotonic = [each.happened_on for each in sessions if each.step.stage == Stage.ISOTONIC]
    morning = getattr(session, "morning", None)
    on_last_rung = session.step.stage == Stage.RUN_WALK
    return Measurements(
        reactive=now.classification.pathway == Pathway.SETTLE if now.classification else None,
        cortisone=now.cortisone,
        lsi=lsi(reps, other),
        bilateral=is_bilateral(episode),
        sl_pain=_raise_pain(now.assessment, tests),
        n_ok=n_ok,
        dl_hop_pain=tests.get("dl_hop_pain", (None,))[0],
        weeks_isotonic=(on - min(isotonic)).days // 7 if isotonic else None,
        sl_reps=reps,
        sl_reps_pain=raises.pain(affected) if raises else None,
        walk30_pain=tests.get("walk_pain", (None,))[0],
        walk_min=tests.get("walk_min", (None,))[0],
        attested=tests.get("strength_adequate", (None,))[0],
        sl_hop_pain=tests.get("sl_hop_pain", (None,))[0],
        norm=norm(Sex(patient.sex), patient.age_on(on)),
        unaffected_reps=other,
        last_rung_sessions=n_ok if on_last_rung else None,
        last_rung_pain=session.pain_during if on_last_rung else None,
        settled=settling(session.pain_before, morning.pain if morning else None),
        rising_weeks=rising_weeks(_mornings(sessions), on=on + timedelta(days=1)),
        visa_total=scores.total if scores else None,
        visa_q1_q6=sum(points or 0 for points in scores.items[:6]) if scores else None,
        does_sport=scores.q7 != "not_at_all" if scores else None,
    )


def _mornings(sessions: Iterable[Session]) -> list[MorningEntry]:
    return [
        MorningEntry(
            on=each.happened_on + timedelta(days=1),
            pain=each.morning.pain,
            stiffness_min=each.morning.stiffness_min,
        )
        for each in sessions
        if hasattr(each, "morning")
    ]


def _rested(before: Session, on: date) -> bool:
    """Whether the days of rest the earlier session asked for lay between it and this day."""
    morning = getattr(before, "morning", None)
    rest = recovery_days(
        Stage(before.step.stage),
        Protocol(before.step.protocol),
        before.step.number,
        before.pain_during,
        morning.pain if morning else None,
    )
    return not rest or (on - before.happened_on).days > rest


def decision_card(session: Session, *, today: date) -> DecisionCard:
    """What the rules propose after this session, from everything recorded up to it.

    Later sessions don't count: the card of an old session reads what was known of the days before.
    """
    programme = session.programme
    sessions = list(
        programme.sessions.select_related("morning", "decision", "step")
        .in_order()
        .filter(happened_on__lte=session.happened_on)
    )
    place = next(place for place, each in enumerate(sessions) if each.pk == session.pk)
    until = sessions[: place + 1]
    earlier = until[:-1]
    decided = [each.decision for each in earlier if hasattr(each, "decision")]
    n_ok_before = decided[-1].n_ok_after if decided else 0
    morning = getattr(session, "morning", None)
    window = session.happened_on - timedelta(days=DEFAULTS.regress_window_days)
    facts = SessionFacts(
        pain_before=session.pain_before,
        pain_during=session.pain_during,
        pain_after=session.pain_after,
        pain_24h=morning.pain if morning else None,
        stiff_base=session.stiffness_min,
        stiff_next=morning.stiffness_min if morning else None,
        completed_pct=session.completed_pct,
        new_warm_or_swollen=bool(session.new_warm_or_swollen),
        recovery_ok=_rested(earlier[-1], session.happened_on) if earlier else True,
    )
    step = session.step
    least = step.minimum_sessions
    context = Context(
        stage=Stage(step.stage),
        step=step.number,
        protocol=Protocol(step.protocol),
        n_ok_before=n_ok_before,
        week_trend_rising=rising_weeks(
            _mornings(until), on=session.happened_on + timedelta(days=1)
        ),
        regress_in_14d=sum(
            each.decision.outcome == Outcome.REGRESS
            for each in earlier
            if hasattr(each, "decision") and each.happened_on > window
        ),
        sessions_at_step=sum(each.step_id == step.pk for each in until) if least else None,
        min_sessions=least or None,
    )
    now = tendon(programme.episode, today)
    judged = decide(facts, context, locked=now.locked, defaults=DEFAULTS)
    steps = list(Step.objects.filter(version=session.version).order_by("order"))
    gate, criteria = _gate(session, steps, now, n_ok_before + 1, until)
    proposal = at_gate(judged, gate)
    move = next_position(
        shape_of(steps),
        Position(stage=Stage(step.stage), step=step.number),
        proposal.outcome,
        rule=proposal.rule,
    )
    return DecisionCard(
        proposal=proposal,
        inputs={
            **facts_to_json(facts, context, locked=now.locked),
            "gate": gate_to_json(gate),
        },
        defaults=DEFAULTS.as_dict(),
        move=move,
        to_step=step_at(steps, move.position),
        criteria=criteria,
        n_ok_before=n_ok_before,
    )


def step_at(steps: Iterable[Step], position: Position) -> Step:
    """The step of a plan at a position."""
    return next(
        step for step in steps if (step.stage, step.number) == (position.stage, position.step)
    )


def _gate(
    session: Session, steps: list[Step], now: Tendon, n_ok: int, sessions: list[Session]
) -> tuple[Gate, tuple[Criterion, ...]]:
    """What the step after this one asks for, and the criteria of the exit on the way."""
    here = Position(stage=Stage(session.step.stage), step=session.step.number)
    ahead = next_position(shape_of(steps), here, Outcome.PROGRESS)
    held = cap(step_at(steps, ahead.position), now)
    if ahead.exit_needed is None:
        return Gate(cap=held), ()
    criteria = exit_check(
        ahead.exit_needed, measurements(session, now, n_ok=n_ok, sessions=sessions)
    )
    lacking = tuple(
        f"{each.says}: {each.value or 'not measured'}, needed {each.needed}"
        for each in criteria
        if each.failed
    )
    gate = Gate(
        exit_needed=ahead.exit_needed, lacking=lacking, cap=held, end_of_plan=ahead.end_of_plan
    )
    return gate, criteria


def cap(step: Step, now: Tendon) -> str:
    """Why this tendon may not take up that step as it stands today; blank when it may."""
    if now.isometric_only and step.stage != Stage.ISOMETRIC:
        return f"{now.isometric_only} Stay with isometric work for now."
    unsuitable = no_longer_suits(step, now)
    return f"The next step is not for this tendon: {unsuitable[0].because}" if unsuitable else ""
