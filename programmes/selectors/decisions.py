"""What a decision reads: the session, those before it, the tendon today and its newest tests."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from assessments.rules.heel_raise import lsi, norm
from assessments.rules.terms import Pathway, Sex, SportLevel, Stage
from assessments.selectors import Tendon
from patients.rules.terms import Side
from programmes.models import Session, Step
from programmes.rules.decision import Context, Proposal, SessionFacts, decide, facts_to_json
from programmes.rules.defaults import DEFAULTS
from programmes.rules.exits import Criterion, Measurements, exit_check
from programmes.rules.gate import Gate, at_gate, gate_to_json
from programmes.rules.pain import MorningEntry, rising_weeks, settling
from programmes.rules.position import Move, Position, next_position
from programmes.rules.recovery import recovery_days
from programmes.rules.terms import Outcome, Protocol
from programmes.selectors.plans import cap, shape_of, step_at
from programmes.selectors.standing import Standing, Tests, standing_with_tests


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCard:
    """A proposal with everything behind it: ``inputs`` and ``defaults`` are what is stored.

    ``move`` is where the proposed outcome leads; ``criteria`` are those of the stage exit on the
    way, empty inside a stage.
    """

    standing: Standing
    proposal: Proposal
    inputs: dict[str, Any]
    defaults: dict[str, int]
    move: Move
    to_step: Step
    criteria: tuple[Criterion, ...]
    n_ok_before: int


def measurements(
    session: Session, now: Tendon, tests: Tests, *, n_ok: int, sessions: list[Session]
) -> Measurements:
    """Everything the stage exits ask for, from the newest tests and this session."""
    episode = session.programme.episode
    affected = Side(episode.side)
    reps, other = tests.raises.get(affected), tests.raises.get(affected.other)
    items = tests.visa.get("items")
    patient, on = episode.patient, session.happened_on
    isotonic = [each.happened_on for each in sessions if each.step.stage == Stage.ISOTONIC]
    morning = getattr(session, "morning", None)
    on_last_rung = session.step.stage == Stage.RUN_WALK
    return Measurements(
        reactive=None if now.pathway is None else now.pathway is Pathway.SETTLE,
        cortisone=now.cortisone,
        lsi=lsi(reps, other),
        bilateral=tests.bilateral,
        sl_pain=tests.raise_pain(now),
        n_ok=n_ok,
        dl_hop_pain=tests.newest("dl_hop_pain"),
        weeks_isotonic=(on - min(isotonic)).days // 7 if isotonic else None,
        sl_reps=reps,
        sl_reps_pain=tests.raises.get(f"{affected}_pain"),
        walk30_pain=tests.newest("walk_pain"),
        walk_min=tests.newest("walk_min"),
        attested=tests.newest("strength_adequate"),
        sl_hop_pain=tests.newest("sl_hop_pain"),
        norm=norm(Sex(patient.sex), patient.age_on(on)),
        unaffected_reps=other,
        last_rung_sessions=n_ok if on_last_rung else None,
        last_rung_pain=session.pain_during if on_last_rung else None,
        settled=settling(session.pain_before, morning.pain if morning else None),
        rising_weeks=rising_weeks(_mornings(sessions), on=on + timedelta(days=1)),
        visa_total=tests.visa.get("total"),
        visa_q1_q6=sum(items[:6]) if items else None,
        does_sport=tests.visa["q7"] != SportLevel.NOT_AT_ALL if items else None,
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
    decided = [each for each in earlier if hasattr(each, "decision")]
    # Good sessions are counted within one plan: a new version begins the count again.
    same_plan = bool(decided) and decided[-1].version_id == session.version_id
    n_ok_before = decided[-1].decision.n_ok_after if same_plan else 0
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
            for each in decided
            if each.happened_on > window
        ),
        sessions_at_step=sum(each.step_id == step.pk for each in until) if least else None,
        min_sessions=least or None,
    )
    standing, tests = standing_with_tests(programme.episode, today)
    now = standing.tendon
    judged = decide(facts, context, locked=now.locked, defaults=DEFAULTS)
    steps = list(session.version.steps.order_by("order").prefetch_related("items"))
    known = _Known(session=session, steps=steps, tendon=now, tests=tests, sessions=until)
    gate, criteria = _gate(known, n_ok=n_ok_before + 1)
    proposal = at_gate(judged, gate)
    move = next_position(
        shape_of(steps),
        Position(stage=Stage(step.stage), step=step.number),
        proposal.outcome,
        rule=proposal.rule,
    )
    # A session of a step the patient has left moves nothing any more (see actions.decide).
    moved = standing.step is not None and standing.step.pk != step.pk
    ahead = standing.step if moved and standing.step else step_at(steps, move.position)
    return DecisionCard(
        standing=standing,
        proposal=proposal,
        inputs={
            **facts_to_json(facts, context, locked=now.locked),
            "gate": gate_to_json(gate),
        },
        defaults=DEFAULTS.as_dict(),
        move=move,
        to_step=ahead,
        criteria=criteria,
        n_ok_before=n_ok_before,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known when a step up is judged."""

    session: Session
    steps: list[Step]
    tendon: Tendon
    tests: Tests
    sessions: list[Session]


def _gate(known: _Known, *, n_ok: int) -> tuple[Gate, tuple[Criterion, ...]]:
    """What the step after this one asks for, and the criteria of the exit on the way."""
    session, steps = known.session, known.steps
    here = Position(stage=Stage(session.step.stage), step=session.step.number)
    ahead = next_position(shape_of(steps), here, Outcome.PROGRESS)
    held = cap(step_at(steps, ahead.position), known.tendon)
    if ahead.exit_needed is None:
        return Gate(cap=held), ()
    measured = measurements(session, known.tendon, known.tests, n_ok=n_ok, sessions=known.sessions)
    criteria = exit_check(ahead.exit_needed, measured)
    lacking = tuple(
        f"{each.says}: {each.value or 'not measured'}, needed {each.needed}"
        for each in criteria
        if each.failed
    )
    gate = Gate(
        exit_needed=ahead.exit_needed, lacking=lacking, cap=held, end_of_plan=ahead.end_of_plan
    )
    return gate, criteria
