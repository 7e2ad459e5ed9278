"""The decision after one session (section 12): the first rule that matches, with what it read.

A value nobody recorded is never taken as zero: it can't make a rule match, and where a step up
would need it the decision is pending and says what is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation

from assessments.rules.bounds import MINUTES, PAIN, Bounds, Number, check
from assessments.rules.terms import Stage
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.pain import settling
from programmes.rules.terms import Outcome, Protocol, Settling
from programmes.rules.words import counted, plain

COMPLETED = Bounds(low=0, high=100, unit="%")
COUNT = Bounds(low=0, high=100_000, whole=True)
STEP = Bounds(low=1, high=1_000, whole=True)

ENERGY_STORAGE = (Stage.PLYOMETRIC, Stage.RUN_WALK, Stage.FULL_RETURN)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """One session and the morning after it, as recorded; None is "not recorded".

    Pain is 0 to 10, stiffness minutes a morning, ``completed_pct`` 0 to 100. ``recovery_ok`` says
    whether the rest before this session was kept. Raises ``ValueError`` naming the field.
    """

    pain_before: Number | None = None
    pain_during: Number | None = None
    pain_after: Number | None = None
    pain_24h: Number | None = None
    stiff_base: Number | None = None
    stiff_next: Number | None = None
    completed_pct: Number | None = None
    new_warm_or_swollen: bool = False
    recovery_ok: bool = True

    def __post_init__(self) -> None:
        for name in ("pain_before", "pain_during", "pain_after", "pain_24h"):
            check(name, getattr(self, name), PAIN)
        for name in ("stiff_base", "stiff_next"):
            check(name, getattr(self, name), MINUTES)
        check("completed_pct", self.completed_pct, COMPLETED)
        for name in ("new_warm_or_swollen", "recovery_ok"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name}: must be yes or no")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where the patient stands when the session is judged.

    ``n_ok_before`` counts the qualifying sessions in a row before this one, ``week_trend_rising``
    the rising weeks in a row, ``regress_in_14d`` the steps back already decided. Give
    ``min_sessions`` for a step that has a least number, with ``sessions_at_step`` counting this
    session too. Raises ``ValueError`` naming the field.
    """

    stage: Stage | None
    step: int | None = None
    protocol: Protocol | None = None
    n_ok_before: int = 0
    week_trend_rising: int = 0
    regress_in_14d: int = 0
    sessions_at_step: int | None = None
    min_sessions: int | None = None

    def __post_init__(self) -> None:
        check("step", self.step, STEP)
        for name in ("n_ok_before", "week_trend_rising", "regress_in_14d"):
            count = getattr(self, name)
            if count is None:
                raise ValueError(f"{name}: must be a whole number")
            check(name, count, COUNT)
        for name in ("sessions_at_step", "min_sessions"):
            check(name, getattr(self, name), COUNT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the rules propose after a session; a clinician confirms or overrides it.

    ``rule`` is the id of the rule that matched ("D4", "D8-count"), ``because`` the reason in a
    sentence, ``numbers`` the values it read as (label, value) pairs, ``missing`` the names of
    inputs nobody recorded, ``sources`` keys of the source register.
    """

    outcome: Outcome
    rule: str
    because: str
    numbers: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def required_ok(stage: Stage, *, defaults: ProgrammeDefaults = DEFAULTS) -> int:
    """Good sessions in a row the stage asks for before a step up."""
    return {
        Stage.ISOMETRIC: defaults.ok_isometric,
        Stage.ISOTONIC: defaults.ok_isotonic,
        Stage.PLYOMETRIC: defaults.ok_plyometric,
        Stage.RUN_WALK: defaults.ok_run_walk,
        Stage.FULL_RETURN: defaults.ok_full_return,
    }[stage]


def decide(
    facts: SessionFacts | None,
    context: Context,
    *,
    locked: bool,
    defaults: ProgrammeDefaults = DEFAULTS,
) -> Proposal:
    """The proposal for the next session: first match of D1, D2, D9, D3-D5, D0, D6, D7, D8.

    An open lock refers with or without a session; no session and no lock is pending.
    """
    if locked:
        return Proposal(
            outcome=Outcome.REFER,
            rule="D1",
            because="A red flag is open: loading waits until a clinician has cleared it.",
            numbers=(("Red flag", "open"),),
            missing=missing_inputs(facts, context),
            sources=("seed", "own"),
        )
    if facts is None:
        return Proposal(
            outcome=Outcome.PENDING,
            rule="D0",
            because="No session is recorded, so there is nothing to judge.",
            missing=missing_inputs(facts, context),
            sources=("seed",),
        )
    for rule in (_d2, _d9, _d3, _d4, _d5, _d0, _d6a, _d6b, _d6c, _d6d, _d6e, _d7):
        proposal = rule(facts, context, defaults)
        if proposal is not None:
            return proposal
    if context.stage is None or missing_inputs(facts, context):
        return _pending(facts, context)
    return _d8(facts, context, context.stage, defaults)


def n_ok_after(outcome: Outcome, rule: str, n_ok_before: int) -> int:
    """Qualifying sessions in a row once the decision stands.

    Pending leaves the count. A good session held back, by the count, by a stage exit or by the
    clinician, still counts; everything else starts again.
    """
    if outcome is Outcome.PENDING:
        return n_ok_before
    if outcome is Outcome.HOLD and rule.startswith("D8"):
        return n_ok_before + 1
    return 0


def missing_inputs(facts: SessionFacts | None, context: Context) -> tuple[str, ...]:
    """Names of the inputs a step up needs and nobody recorded, in the order they are asked.

    A value from before isn't needed when the next morning's is 0: it can't have risen.
    """
    if facts is None:
        return ("session",)
    needed: list[tuple[str, object]] = [
        ("pain_before", 0 if facts.pain_24h == 0 else facts.pain_before),
        ("pain_during", facts.pain_during),
        ("pain_after", facts.pain_after),
        ("pain_24h", facts.pain_24h),
        ("stiff_base", 0 if facts.stiff_next == 0 else facts.stiff_base),
        ("stiff_next", facts.stiff_next),
        ("completed_pct", facts.completed_pct),
        ("stage", context.stage),
    ]
    if context.min_sessions is not None:
        needed.append(("sessions_at_step", context.sessions_at_step))
    return tuple(name for name, value in needed if value is None)


# --- The rules in order. Each returns its proposal, or None when it does not match. ---


def _d2(facts: SessionFacts, context: Context, defaults: ProgrammeDefaults) -> Proposal | None:
    if not facts.new_warm_or_swollen:
        return None
    return Proposal(
        outcome=Outcome.REGRESS,
        rule="D2",
        because=(
            "The tendon is newly warm or swollen after the session, so it is treated as irritable:"
            " back to the isometric stage until it has settled."
        ),
        numbers=(("New warmth or swelling", "yes"),),
        missing=missing_inputs(facts, context),
        sources=("seed",),
    )


def _d9(facts: SessionFacts, context: Context, defaults: ProgrammeDefaults) -> Proposal | None:
    step_back = next(
        (
            proposal
            for rule in (_d3, _d4, _d5)
            if (proposal := rule(facts, context, defaults)) is not None
        ),
        None,
    )
    if step_back is None:
        return None
    nth = context.regress_in_14d + 1
    lowest = context.stage is Stage.ISOMETRIC and context.step == 1
    if nth < defaults.regress_limit and not lowest:
        return None
    if lowest:
        reason = "There is no lower step to go back to"
    else:
        reason = f"This would be step back number {nth} in {defaults.regress_window_days} days"
    return Proposal(
        outcome=Outcome.REFER,
        rule="D9",
        because=f"{reason}, so a clinician looks again before loading goes on.",
        numbers=(
            *step_back.numbers,
            (f"Steps back in {defaults.regress_window_days} days, this one included", f"{nth}"),
            ("Clinician review from", f"{defaults.regress_limit}"),
        ),
        missing=step_back.missing,
        sources=(*step_back.sources, *(("own",) if "own" not in step_back.sources else ())),
    )


def _d3(facts: SessionFacts, context: Context, defaults: ProgrammeDefaults) -> Proposal | None:
    ceiling = defaults.pain_ceiling
    over = [
        (label, pain)
        for label, pain in (
            ("Pain during", facts.pain_during),
            ("Pain after", facts.pain_after),
        )
        if pain is not None and pain > ceiling
    ]
    if not over:
        return None
    words = " and ".join(f"{label.lower()} was {plain(pain)}" for label, pain in over)
    return Proposal(
        outcome=Outcome.REGRESS,
        rule="D3",
        because=f"{_sentence(words)}, above the {ceiling} out of 10 that loading may reach.",
        numbers=(
            ("Pain during", _shown(facts.pain_during)),
            ("Pain after", _shown(facts.pain_after)),
            ("Accepted up to", f"{ceiling}"),
        ),
        missing=missing_inputs(facts, context),
        sources=("seed", "GAMEPLAN"),
    )


def _d4(facts: SessionFacts, context: Context, defaults: ProgrammeDefaults) -> Proposal | None:
    stiffer = _stiffness_rise(facts)
    settled = settling(facts.pain_before, facts.pain_24h, defaults=defaults)
    stiff = stiffer is not None and stiffer > defaults.stiffness_regress_min
    if settled is not Settling.NOT_SETTLED and not stiff:
        return None
    reasons = []
    if settled is Settling.NOT_SETTLED:
        reasons.append("the pain had not settled by the next morning")
    if stiff:
        reasons.append(f"morning stiffness grew by more than {defaults.stiffness_regress_min} min")
    return Proposal(
        outcome=Outcome.REGRESS,
        rule="D4",
        because=f"{_sentence(' and '.join(reasons))}.",
        numbers=(
            *_morning_numbers(facts),
            ("Step back from a rise of", f"{defaults.next_day_rise_regress} points"),
            ("Next-morning pain accepted up to", f"{defaults.next_day_pain_ceiling}"),
            ("Stiffness accepted up to", f"+{defaults.stiffness_regress_min} min"),
        ),
        missing=missing_inputs(facts, context),
        sources=("seed", "own"),
    )


def _d5(facts: SessionFacts, context: Context, defaults: ProgrammeDefaults) -> Proposal | None:
    if context.week_trend_rising < defaults.rising_weeks_regress:
        return None
    return Proposal(
        outcome=Outcome.REGRESS,
        rule="D5",
        because="Morning pain or stiffness has risen from week to week.",
        numbers=(
            ("Rising weeks in a row", f"{context.week_trend_rising}"),
            ("Step back from", counted(defaults.rising_weeks_regress, "week")),
        ),
        missing=missing_inputs(facts, context),
        sources=("ID571", "own"),
    )


def _d0(facts: SessionFacts, context: Context, defaults: ProgrammeDefaults) -> Proposal | None:
    told = facts.pain_24h is not None and facts.stiff_next is not None
    return None if told else _pending(facts, context)


def _d6a(facts: SessionFacts, context: Context, defaults: ProgrammeDefaults) -> Proposal | None:
    if settling(facts.pain_before, facts.pain_24h, defaults=defaults) is not Settling.MARGINAL:
        return None
    return _hold(
        "D6a",
        "The next morning was a little more painful than before the session.",
        (
            *_morning_numbers(facts),
            ("Held above a rise of", f"{defaults.next_day_rise_hold} points"),
        ),
        facts,
        context,
        "own",
    )


def _d6b(facts: SessionFacts, context: Context, defaults: ProgrammeDefaults) -> Proposal | None:
    stiffer = _stiffness_rise(facts)
    if stiffer is None or stiffer <= defaults.stiffness_hold_min:
        return None
    return _hold(
        "D6b",
        "The tendon was stiff for longer the next morning.",
        (*_morning_numbers(facts), ("Held above", f"+{defaults.stiffness_hold_min} min")),
        facts,
        context,
        "own",
    )


def _d6c(facts: SessionFacts, context: Context, defaults: ProgrammeDefaults) -> Proposal | None:
    if context.week_trend_rising < defaults.rising_weeks_hold:
        return None
    return _hold(
        "D6c",
        "Morning pain or stiffness is higher than the week before.",
        (
            ("Rising weeks in a row", f"{context.week_trend_rising}"),
            ("Held from", counted(defaults.rising_weeks_hold, "week")),
        ),
        facts,
        context,
        "ID571",
    )


def _d6d(facts: SessionFacts, context: Context, defaults: ProgrammeDefaults) -> Proposal | None:
    if facts.completed_pct is None or facts.completed_pct >= defaults.completed_percent:
        return None
    return _hold(
        "D6d",
        "Too little of the session was done to judge the next step.",
        (
            ("Completed", f"{plain(facts.completed_pct)} %"),
            ("Counts as done from", f"{defaults.completed_percent} %"),
        ),
        facts,
        context,
        "own",
    )


def _d6e(facts: SessionFacts, context: Context, defaults: ProgrammeDefaults) -> Proposal | None:
    if facts.recovery_ok:
        return None
    return _hold(
        "D6e",
        "The session came before its days of rest were over.",
        (("Days of rest kept", "no"),),
        facts,
        context,
        "ID571",
    )


def _d7(facts: SessionFacts, context: Context, defaults: ProgrammeDefaults) -> Proposal | None:
    ceiling = defaults.energy_storage_pain
    if context.stage not in ENERGY_STORAGE:
        return None
    if facts.pain_during is None or facts.pain_during <= ceiling:
        return None
    return _hold(
        "D7",
        "Jumping and running go on only while they hurt very little.",
        (("Pain during", plain(facts.pain_during)), ("Progress up to", f"{ceiling}")),
        facts,
        context,
        "PMC6356409-A2",
        "own",
    )


def _d8(
    facts: SessionFacts, context: Context, stage: Stage, defaults: ProgrammeDefaults
) -> Proposal:
    """The count: enough good sessions, and enough sessions on a step that has a least number."""
    needed = required_ok(stage, defaults=defaults)
    in_a_row = context.n_ok_before + 1
    numbers: tuple[tuple[str, str], ...] = (
        ("Good sessions in a row, with this one", f"{in_a_row}"),
        ("Needed in this stage", f"{needed}"),
    )
    reasons = []
    if in_a_row < needed:
        reasons.append(f"{counted(needed - in_a_row, 'more good session')} in a row needed")
    sources: tuple[str, ...] = ("BLAKE",) if stage is Stage.RUN_WALK else ("own",)
    if context.min_sessions is not None and context.sessions_at_step is not None:
        numbers = (
            *numbers,
            ("Sessions on this step", f"{context.sessions_at_step}"),
            ("Least sessions on this step", f"{context.min_sessions}"),
        )
        sources = (*sources, "UTD") if context.protocol is Protocol.HSR else sources
        left = context.min_sessions - context.sessions_at_step
        if left > 0:
            reasons.append(f"{counted(left, 'more session')} on this step needed")
    if reasons:
        return Proposal(
            outcome=Outcome.HOLD,
            rule="D8-count",
            because=f"The session went well; {' and '.join(reasons)}.",
            numbers=numbers,
            sources=sources,
        )
    return Proposal(
        outcome=Outcome.PROGRESS,
        rule="D8",
        because="The tendon settled, the session was done in full and often enough in a row.",
        numbers=(*_morning_numbers(facts), *numbers),
        sources=sources,
    )


def _pending(facts: SessionFacts, context: Context) -> Proposal:
    missing = missing_inputs(facts, context)
    what = (
        "The next morning is not recorded yet"
        if "pain_24h" in missing
        else "Something a step up needs is not recorded"
    )
    return Proposal(
        outcome=Outcome.PENDING,
        rule="D0",
        because=f"{what}; the next session stays at the same step.",
        missing=missing,
        sources=("seed",),
    )


def _hold(
    rule: str,
    because: str,
    numbers: tuple[tuple[str, str], ...],
    facts: SessionFacts,
    context: Context,
    *sources: str,
) -> Proposal:
    return Proposal(
        outcome=Outcome.HOLD,
        rule=rule,
        because=because,
        numbers=numbers,
        missing=missing_inputs(facts, context),
        sources=sources,
    )


def _stiffness_rise(facts: SessionFacts) -> Number | None:
    """Minutes longer than that morning; None unless both mornings are known."""
    if facts.stiff_next is None or facts.stiff_base is None:
        return None
    return facts.stiff_next - facts.stiff_base


def _morning_numbers(facts: SessionFacts) -> tuple[tuple[str, str], ...]:
    return (
        ("Pain before", _shown(facts.pain_before)),
        ("Pain next morning", _shown(facts.pain_24h)),
        ("Stiffness before", _shown(facts.stiff_base, " min")),
        ("Stiffness next morning", _shown(facts.stiff_next, " min")),
    )


def _shown(number: Number | None, unit: str = "") -> str:
    return "not recorded" if number is None else f"{plain(number)}{unit}"


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


# --- Storing what a decision read, so that it can be made again. ---


def facts_to_json(
    facts: SessionFacts | None, context: Context, *, locked: bool
) -> dict[str, object]:
    """Everything ``decide`` read besides the settings, for JSON; decimals become strings."""
    return {
        "facts": None
        if facts is None
        else {f.name: _stored(getattr(facts, f.name)) for f in fields(facts)},
        "context": {f.name: _stored(getattr(context, f.name)) for f in fields(context)},
        "locked": locked,
    }


def facts_from_json(
    stored: Mapping[str, object],
) -> tuple[SessionFacts | None, Context, bool]:
    """What ``facts_to_json`` stored, exactly: facts, context and lock for another ``decide``.

    Raises ``ValueError`` for anything ``facts_to_json`` can't have written.
    """
    facts, context, locked = stored.get("facts"), stored.get("context"), stored.get("locked")
    if not isinstance(context, Mapping) or not isinstance(locked, bool):
        raise ValueError("stored: is not what a decision stores")
    if facts is not None and not isinstance(facts, Mapping):
        raise ValueError("facts: is not what a decision stores")
    return _facts(facts), _context(context), locked


def _stored(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value


def _facts(stored: Mapping[str, object] | None) -> SessionFacts | None:
    if stored is None:
        return None
    _refuse_unknown(stored, SessionFacts)
    values = {key: _number(key, value) for key, value in stored.items()}
    # SessionFacts checks every value it is given, so a wrong one raises there.
    return SessionFacts(**values)  # type: ignore[arg-type]


def _context(stored: Mapping[str, object]) -> Context:
    _refuse_unknown(stored, Context)
    values = dict(stored)
    stage, protocol = values.pop("stage", None), values.pop("protocol", None)
    return Context(
        stage=None if stage is None else Stage(str(stage)),
        protocol=None if protocol is None else Protocol(str(protocol)),
        **values,  # type: ignore[arg-type]
    )


def _number(key: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{key}: must be a number") from None


def _refuse_unknown(stored: Mapping[str, object], kind: type[SessionFacts] | type[Context]) -> None:
    for key in stored:
        if key not in {each.name for each in fields(kind)}:
            raise ValueError(f"{key}: is not stored with a decision")
