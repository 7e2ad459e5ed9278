"""What a decision reads: the session, those before it, the tendon today and its newest tests."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, prefetch_related_objects

from assessments.in_force import defaults_in_force as assessment_defaults_in_force
from assessments.rules.heel_raise import lsi, norm
from assessments.rules.terms import Pathway, Sex, SportLevel, Stage
from assessments.selectors import Tendon
from patients.models import Episode
from patients.rules.terms import Side
from programmes.in_force import defaults_in_force
from programmes.models import Correction, Decision, MorningAfter, Session, Step
from programmes.rules.decision import (
    Context,
    Proposal,
    SessionFacts,
    decide,
    facts_from_json,
    facts_to_json,
    n_ok_after,
)
from programmes.rules.exits import Criterion, Measurements
from programmes.rules.gate import Gate, at_gate, criteria_of, gate_to_json
from programmes.rules.pain import MorningEntry, rising_weeks, settling
from programmes.rules.position import Position, next_position
from programmes.rules.recovery import recovery_days
from programmes.rules.replay import told_again
from programmes.rules.terms import Outcome, Protocol
from programmes.selectors.plans import cap, shape_of, step_at
from programmes.selectors.plans import unsuited as unsuited
from programmes.selectors.standing import Standing, Tests, standing_with_tests
from upwell.http import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCard:
    """A proposal with everything behind it: ``inputs`` and ``defaults`` are what is stored.

    ``here`` is the step of the session, ``to_step`` where the proposed outcome leads,
    ``passed_over`` why it is not the step the plan has there, blank otherwise; ``not_offered`` why
    its dose must not be offered, blank when it may; ``overtaken``: a later session was decided;
    ``moved``: that, or the patient has left ``here``, so nothing moves. ``criteria`` are those of
    the stage exits on the way, empty inside a stage; ``steps`` are those of the session's version.
    All these steps have their items. ``rest`` are the days of rest asked for before the session and
    those taken, None where none lies before it; ``most_of_a_day`` is how many of the good sessions
    in a row and this one share a day; ``since`` counts the sessions held after it.
    """

    standing: Standing
    proposal: Proposal
    inputs: dict[str, Any]
    defaults: dict[str, int]
    here: Step
    to_step: Step
    passed_over: str
    not_offered: str
    moved: bool
    overtaken: bool
    steps: Sequence[Step]
    criteria: tuple[Criterion, ...]
    n_ok_before: int
    rest: tuple[int, int] | None
    most_of_a_day: int
    since: int


def measurements(
    episode: Episode,
    step: Step,
    now: Tendon,
    tests: Tests,
    *,
    on: date,
    steps: Sequence[Step],
    sessions: Sequence[Session],
    n_ok: int,
) -> Measurements:
    """Everything the stage exits ask for, from the newest tests and the sessions until ``on``.

    ``step`` is where the patient stands, ``steps`` are those of its version; what the last session
    tells counts only when it was held at that step.
    """
    affected = Side(episode.side)
    reps, other = tests.raises.get(affected), tests.raises.get(affected.other)
    items = tests.visa.get("items")
    patient = episode.patient
    isotonic = [each.happened_on for each in sessions if each.step.stage == Stage.ISOTONIC]
    last = sessions[-1] if sessions and sessions[-1].step_id == step.pk else None
    morning = getattr(last, "morning", None)
    on_last_rung = step.stage == Stage.RUN_WALK and _is_last(step, steps)
    full = [
        each.happened_on
        for each in sessions
        if each.step.stage == Stage.FULL_RETURN and _is_last(each.step, steps)
    ]
    return Measurements(
        reactive=None if now.pathway is None else now.pathway is Pathway.SETTLE,
        cortisone=now.cortisone,
        lsi=lsi(reps, other),
        bilateral=tests.bilateral,
        sl_pain=tests.raise_pain(now),
        n_ok=n_ok,
        dl_hop_pain=tests.newest("dl_hop_pain"),
        weeks_isotonic=(max(isotonic) - min(isotonic)).days // 7 if isotonic else None,
        sl_reps=reps,
        sl_reps_pain=tests.raises.get(f"{affected}_pain"),
        walk30_pain=tests.newest("walk_pain"),
        walk_min=tests.newest("walk_min"),
        attested=tests.newest("strength_adequate"),
        sl_hop_pain=tests.newest("sl_hop_pain"),
        gate_mode=tests.gate_mode,
        norm=norm(Sex(patient.sex), patient.age_on(on)),
        unaffected_reps=other,
        last_rung_sessions=n_ok if on_last_rung else None,
        last_rung_pain=last.pain_during if last and on_last_rung else None,
        settled=(
            settling(
                last.pain_before, morning.pain if morning else None, defaults=defaults_in_force()
            )
            if last and on_last_rung
            else None
        ),
        weeks_full_training=(on - min(full)).days // 7 if full else None,
        rising_weeks=rising_weeks(
            _mornings(sessions), on=on + timedelta(days=1), defaults=defaults_in_force()
        ),
        visa_total=tests.visa.get("total"),
        visa_q1_q6=sum(items[:6]) if items else None,
        does_sport=tests.visa["q7"] != SportLevel.NOT_AT_ALL if items else None,
        days=_days_of_values(now, tests, sessions, last),
    )


def _days_of_values(
    now: Tendon, tests: Tests, sessions: Sequence[Session], last: Session | None
) -> dict[str, date]:
    """The day each value of ``measurements`` is of, as far as it is of a day."""
    raised, scored = tests.raises.get("on"), tests.visa.get("on")
    raised_on = date.fromisoformat(raised) if raised else None
    scored_on = date.fromisoformat(scored) if scored else None
    held_on = last.happened_on if last else None
    days: dict[str, date | None] = {
        "reactive": tests.classified_on,
        "cortisone": now.examined_on,
        "sl_pain": tests.raise_pain_with_day(now)[1],
        **dict.fromkeys(("lsi", "sl_reps", "sl_reps_pain"), raised_on),
        **dict.fromkeys(("visa_total", "visa_q1_q6"), scored_on),
        **dict.fromkeys(("n_ok", "last_rung_sessions", "last_rung_pain", "settled"), held_on),
        "rising_weeks": sessions[-1].happened_on if sessions else None,
        **{
            field: _newest_in(sessions, stage)
            for field, stage in (
                ("weeks_isotonic", Stage.ISOTONIC),
                ("weeks_full_training", Stage.FULL_RETURN),
            )
        },
        **{
            field: tests.function.get(name, (None, None))[1]
            for field, name in (
                ("dl_hop_pain", "dl_hop_pain"),
                ("sl_hop_pain", "sl_hop_pain"),
                ("walk_min", "walk_min"),
                ("walk30_pain", "walk_pain"),
                ("attested", "strength_adequate"),
            )
        },
    }
    return {name: day for name, day in days.items() if day is not None}


def _newest_in(sessions: Sequence[Session], stage: Stage) -> date | None:
    return max((each.happened_on for each in sessions if each.step.stage == stage), default=None)


def _is_last(step: Step, steps: Sequence[Step]) -> bool:
    """Whether a step is the last of its stage in this plan."""
    return step.number == max((s.number for s in steps if s.stage == step.stage), default=None)


def good_in_a_row(sessions: Sequence[Session], step: Step, tests: Tests) -> int:
    """Good sessions in a row at a step, up to the last of these, which are given in order.

    They are counted at one step of one version, and begin again when the patient was moved there
    otherwise than by a decision (a flare), as ``tests`` tells. A session nobody decided is judged
    by the rules, so that a diary of three good days counts three; those struck out are not given.
    """
    decided = [place for place, each in enumerate(sessions) if hasattr(each, "decision")]
    newest = decided[-1] if decided else -1
    count = _as_decided(sessions[newest], step, tests.moved_at) if decided else 0
    for place in range(newest + 1, len(sessions)):
        each = sessions[place]
        if each.step_id == step.pk and not _before(each, tests):
            count = _gone_on(sessions[: place + 1], count)
    return count


def _as_decided(last: Session, step: Step, last_move: datetime | None) -> int:
    """The count its decision left, or the newest correction since."""
    decision = last.decision
    if last.step_id != step.pk or (last_move is not None and last_move > decision.decided_at):
        return 0
    counts = last.corrections.order_by("number").values_list("n_ok_after", flat=True)
    said = [count for count in counts if count is not None] if last.corrected else []
    return said[-1] if said else decision.n_ok_after


def _before(session: Session, tests: Tests) -> bool:
    """Whether a session was held before the patient was last moved, as far as days can tell."""
    if tests.moved_on is None or tests.moved_at is None:
        return False
    same_day = session.happened_on == tests.moved_on
    return session.happened_on < tests.moved_on or (
        same_day and session.recorded_at < tests.moved_at
    )


def _gone_on(until: Sequence[Session], count: int) -> int:
    """The count after the last of these sessions, which nobody decided."""
    session = until[-1]
    rested = _rest_kept(until[:-1], session.happened_on)
    context = Context(
        stage=Stage(session.step.stage),
        step=session.step.number,
        protocol=Protocol(session.step.protocol),
        n_ok_before=count,
        week_trend_rising=rising_weeks(
            _mornings(until),
            on=session.happened_on + timedelta(days=1),
            defaults=defaults_in_force(),
        ),
    )
    facts = facts_of(session, recovery_ok=rested)
    proposal = decide(facts, context, locked=False, defaults=defaults_in_force())
    # Nothing was decided, so nobody moved: a good session counts, also one that asked for a step.
    goes_well = proposal.outcome is Outcome.PROGRESS
    outcome = Outcome.HOLD if goes_well else proposal.outcome
    return n_ok_after(outcome, proposal.rule, count)


def _mornings(sessions: Iterable[Session]) -> list[MorningEntry]:
    """One entry a morning: where two sessions of a day tell it otherwise, the worse of each."""
    told: dict[date, list[MorningAfter]] = {}
    for each in sessions:
        if hasattr(each, "morning"):
            told.setdefault(each.happened_on + timedelta(days=1), []).append(each.morning)
    return [
        MorningEntry(
            on=on,
            pain=_worst(each.pain for each in mornings),
            stiffness_min=_worst(each.stiffness_min for each in mornings),
        )
        for on, mornings in told.items()
    ]


def _worst(told: Iterable[int | None]) -> int | None:
    return max((value for value in told if value is not None), default=None)


def _none_done(session: Session) -> bool:
    """Whether nothing of it was done: it loaded nothing, so it asks for no rest and counts not."""
    return session.completed_pct == 0


def _rest_kept(earlier: Sequence[Session], on: date) -> bool:
    """Whether the rest that the last of these sessions asked for was kept until this day."""
    loaded = [each for each in earlier if not _none_done(each)]
    return not loaded or _rested(loaded[-1], on)


def _rested(before: Session, on: date) -> bool:
    """Whether the days of rest the earlier session asked for lay between it and this day."""
    asked, taken = _rest(before, on)
    return not asked or taken >= asked


def _rest(before: Session, on: date) -> tuple[int, int]:
    """The days of rest the earlier session asked for, and those between it and this day.

    Two of a day have -1 between them, which is less than none.
    """
    morning = getattr(before, "morning", None)
    rest = recovery_days(
        Stage(before.step.stage),
        Protocol(before.step.protocol),
        before.step.number,
        before.pain_during,
        morning.pain if morning else None,
        defaults=defaults_in_force(),
    )
    if before.step.stage == Stage.ISOTONIC and before.step.rest_days is not None:
        rest = before.step.rest_days
    return rest or 0, (on - before.happened_on).days - 1


def _most_of_a_day(run: Sequence[Session]) -> int:
    """How many of these sessions fall on the day that has most of them."""
    return max(Counter(each.happened_on for each in run).values(), default=0)


def held_at(step: Step, sessions: Iterable[Session]) -> int:
    """How many of these sessions were held at a step, also in a version of the plan before it.

    There only while the step asked for the same exercises with the same doses. Those of which
    nothing was done are left out. One query at most.
    """
    here, before = 0, []
    for each in sessions:
        if _none_done(each):
            continue
        if each.step_id == step.pk:
            here += 1
        elif step.column and each.step.column == step.column:
            before.append(each.step)
    if not before:
        return here
    prefetch_related_objects([step, *before], "items")
    work = _work(step)
    return here + sum(_work(each) == work for each in before)


def _work(step: Step) -> list[tuple[str, str]]:
    """The exercises of a step with their doses, in an order of their own."""
    return sorted(
        (item.exercise, json.dumps(item.dose, sort_keys=True)) for item in step.items.all()
    )


def facts_of(session: Session, *, recovery_ok: bool) -> SessionFacts:
    """What the rules read of a session and of its morning after, as they are believed now."""
    morning = getattr(session, "morning", None)
    return SessionFacts(
        pain_before=session.pain_before,
        pain_during=session.pain_during,
        pain_after=session.pain_after,
        pain_24h=morning.pain if morning else None,
        stiff_base=session.stiffness_min,
        stiff_next=morning.stiffness_min if morning else None,
        completed_pct=session.completed_pct,
        new_warm_or_swollen=bool(session.new_warm_or_swollen),
        recovery_ok=recovery_ok,
    )


def rest_kept(session: Session) -> bool:
    """Whether the rest that the session before this one asked for was kept; one query.

    One of which nothing was done asks for none.
    """
    before = (
        session.programme.sessions.counted()
        .exclude(completed_pct=0)
        .select_related("morning", "step")
        .filter(
            Q(happened_on__lt=session.happened_on)
            | Q(happened_on=session.happened_on, pk__lt=session.pk)
        )
        .in_order()
        .last()
    )
    return before is None or _rested(before, session.happened_on)


def told_now(session: Session, *, day_changed: bool) -> tuple[Proposal, dict[str, Any]]:
    """What the rule says of a decided session as it is told now, where its decision was made.

    The rest before it is read again only when it was moved to another day.
    """
    decision = session.decision
    known, _, _ = facts_from_json(decision.inputs)
    rested = rest_kept(session) if day_changed or known is None else known.recovery_ok
    facts = facts_of(session, recovery_ok=rested)
    return told_again(decision.inputs, decision.defaults, facts)


def corrected_since(session: Session, at: datetime) -> Session | None:
    """The last session before this one whose entry was corrected after that moment; None if none.

    Also one that lay before it until the correction gave it another date.
    """
    day = session.happened_on
    first = Q(happened_on__lt=day) | Q(happened_on=day, pk__lt=session.pk)
    # Stored as text; days as text stand in the order of days.
    stored = day.isoformat()
    was_first = Q(corrections__before__happened_on__lt=stored) | Q(
        corrections__before__happened_on=stored, pk__lt=session.pk
    )
    return (
        session.programme.sessions.filter(first | was_first, corrections__corrected_at__gt=at)
        .exclude(pk=session.pk)
        .in_order()
        .last()
    )


def corrections_in(session: Session) -> Iterable[Correction]:
    """The corrections of a session, oldest first, with who made them; no query where none is."""
    if not session.corrected:
        return ()
    return session.corrections.select_related("corrected_by").order_by("number")


def decision_card(session: Session, *, today: date) -> DecisionCard:
    """What the rules propose after this session, from everything recorded up to it.

    Later sessions don't count: the card of an old session reads what was known of the days before.
    Once one of them is decided, deciding this one moves nothing. Neither do sessions struck out
    count, and one struck out has no card: raises ``Refused``.
    """
    if session.struck_at is not None:
        raise Refused("This session was struck out: there is nothing to decide.")
    programme = session.programme
    sessions = list(
        programme.sessions.counted().select_related("morning", "decision", "step").in_order()
    )
    place = next(place for place, each in enumerate(sessions) if each.pk == session.pk)
    until = sessions[: place + 1]
    earlier = until[:-1]
    loaded = [each for each in earlier if not _none_done(each)]
    decided = [each for each in earlier if hasattr(each, "decision")]
    standing, tests = standing_with_tests(programme.episode, today)
    n_ok_before = good_in_a_row(earlier, session.step, tests)
    window = session.happened_on - timedelta(days=defaults_in_force().regress_window_days)
    facts = facts_of(session, recovery_ok=_rest_kept(earlier, session.happened_on))
    step = session.step
    least = step.minimum_sessions
    context = Context(
        stage=Stage(step.stage),
        step=step.number,
        protocol=Protocol(step.protocol),
        n_ok_before=n_ok_before,
        week_trend_rising=rising_weeks(
            _mornings(until),
            on=session.happened_on + timedelta(days=1),
            defaults=defaults_in_force(),
        ),
        regress_in_14d=sum(
            each.decision.outcome == Outcome.REGRESS
            for each in decided
            if each.happened_on > window
        ),
        sessions_at_step=held_at(step, until) if least else None,
        min_sessions=least or None,
    )
    now = standing.tendon
    judged = decide(facts, context, locked=now.locked, defaults=defaults_in_force())
    steps = list(session.version.steps.order_by("order").prefetch_related("items"))
    known = _Known(session=session, steps=steps, tendon=now, tests=tests, sessions=until)
    gate, criteria = _gate(known, n_ok=n_ok_before + 1)
    proposal = at_gate(judged, gate)
    # A session of a step the patient has left moves nothing any more (see actions.decide), and
    # neither does one before a decided one: what was decided later knew more.
    overtaken = any(hasattr(each, "decision") for each in sessions[place + 1 :])
    moved = standing.step is not None and (overtaken or standing.step.pk != step.pk)
    leads = destination(steps, step, proposal.outcome, now, rule=proposal.rule)
    ahead, not_offered = leads.step, leads.refusal
    if moved and standing.step:
        ahead = next((each for each in steps if each.pk == standing.step.pk), standing.step)
        why = unsuited(ahead, now)
        not_offered = f"{ahead} {NOT_FOR_IT} {why}" if why else ""
    return DecisionCard(
        standing=standing,
        proposal=proposal,
        inputs={
            **facts_to_json(facts, context, locked=now.locked),
            "gate": gate_to_json(gate),
        },
        defaults=defaults_in_force().as_dict(),
        here=next(each for each in steps if each.pk == step.pk),
        to_step=ahead,
        passed_over="" if moved else leads.passed_over,
        not_offered=not_offered,
        moved=moved,
        overtaken=overtaken,
        steps=steps,
        criteria=criteria,
        n_ok_before=n_ok_before,
        rest=_rest(loaded[-1], session.happened_on) if loaded else None,
        most_of_a_day=_most_of_a_day([*_run(earlier, step, n_ok_before), session]),
        since=len(sessions) - place - 1,
    )


def _run(earlier: Sequence[Session], step: Step, count: int) -> list[Session]:
    """The last so many of these at a step, which are the good ones in a row."""
    here = [each for each in earlier if each.step_id == step.pk and not _none_done(each)]
    return here[-count:] if count else []


NOT_FOR_IT = "is not for this tendon now."
LOWER_TAKEN = "The next lower step that suits is taken."
TO_A_STEP_THAT_SUITS = "Back to a step that suits"


def decided_words(decision: Decision) -> str:
    """What was decided, in words; staying where the step no longer suited is named for what it is.

    Such a decision leads to a lower step, which is on record in its reason.
    """
    if decision.outcome == Outcome.HOLD and LOWER_TAKEN in decision.reason:
        return TO_A_STEP_THAT_SUITS
    return decision.get_outcome_display()


def reason_given(decision: Decision) -> str:
    """The words a decision was given as its reason, without why a step was passed over."""
    if not decision.reason.endswith(LOWER_TAKEN):
        return decision.reason
    steps = Step.objects.filter(version=decision.from_step.version_id)
    starts = (decision.reason.rfind(f"{step} {NOT_FOR_IT}") for step in steps)
    passed_over = max(starts)
    return decision.reason[:passed_over].strip() if passed_over >= 0 else decision.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """The step a decision leads to; ``passed_over`` says why it is not the one the plan has there,
    blank when it is. ``refusal`` says that neither that step nor one below it suits, blank else."""

    step: Step
    passed_over: str = ""
    refusal: str = ""


def destination(
    steps: Sequence[Step], here: Step, outcome: Outcome, now: Tendon, *, rule: str = ""
) -> Destination:
    """Where ``outcome`` by ``rule`` leads from the step ``here`` in the plan of these steps.

    Where this tendon must not do the step the plan has there, it leads to the nearest one below
    that it may do as it stands now: a step back does, and so does staying where the patient is. A
    step up is not looked for elsewhere (see ``cap``).
    """
    shape = shape_of(steps)
    position = Position(stage=Stage(here.stage), step=here.number)
    wanted = step_at(steps, next_position(shape, position, outcome, rule=rule).position)
    if outcome is Outcome.PROGRESS or not (why := unsuited(wanted, now)):
        return Destination(step=wanted)
    lower = sorted(steps, key=lambda step: step.order)
    found = next(
        (step for step in reversed(lower) if step.order < wanted.order and not unsuited(step, now)),
        None,
    )
    says = f"{wanted} {NOT_FOR_IT} {why}"
    if found is None:
        return Destination(
            step=wanted, refusal=f"{says} No lower step of this plan suits: it needs a new version."
        )
    return Destination(step=found, passed_over=f"{says} {LOWER_TAKEN}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known when a step up is judged."""

    session: Session
    steps: list[Step]
    tendon: Tendon
    tests: Tests
    sessions: list[Session]


def _gate(known: _Known, *, n_ok: int) -> tuple[Gate, tuple[Criterion, ...]]:
    """What the step after this one asks for, and the criteria of the exits on the way."""
    session, steps = known.session, known.steps
    here = Position(stage=Stage(session.step.stage), step=session.step.number)
    ahead = next_position(shape_of(steps), here, Outcome.PROGRESS)
    held = cap(step_at(steps, ahead.position), known.tendon)
    if not ahead.exits_needed:
        return Gate(cap=held), ()
    measured = measurements(
        session.programme.episode,
        session.step,
        known.tendon,
        known.tests,
        on=session.happened_on,
        steps=steps,
        sessions=known.sessions,
        n_ok=n_ok,
    )
    criteria = criteria_of(
        ahead.exits_needed,
        measured,
        assessment_defaults=assessment_defaults_in_force(),
        defaults=defaults_in_force(),
    )
    lacking = tuple(
        f"{each.says}: {each.value or 'not measured'}, needed {each.needed}"
        for each in criteria
        if each.failed
    )
    gate = Gate(
        exits_needed=ahead.exits_needed, lacking=lacking, cap=held, end_of_plan=ahead.end_of_plan
    )
    return gate, criteria
