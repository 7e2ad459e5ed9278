"""Where a patient stands on the way to running: the stage exit today, and the dated calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max

from assessments.in_force import defaults_in_force as assessment_defaults_in_force
from assessments.models import Run
from assessments.rules.duplicates import LoggedRun
from assessments.rules.finding import Finding
from assessments.rules.heel_raise import gate_repetitions, heel_raise_findings, norm
from assessments.rules.spikes import SPIKE_HISTORY_DAYS
from assessments.rules.terms import GateMode, Sex, Stage
from patients.models import Episode, Patient
from patients.rules.terms import Side
from programmes.criteria import CriterionRow, criterion_rows
from programmes.in_force import defaults_in_force
from programmes.models import STAGE_CHOICES, GateSigning, Programme, Session, Step
from programmes.rules.calendar import (
    EVERY_DAY,
    DatedRun,
    Rung,
    days_in_words,
    full_return_plan,
    kilometres,
    run_walk_plan,
    runs_that_fit,
)
from programmes.rules.dose import FreeRun, RunThroughs, WalkRun, dose_from_json
from programmes.rules.exits import STAGE_EXITS
from programmes.rules.gate import criteria_of
from programmes.rules.library.spoken import spoken
from programmes.rules.position import Move, Position, next_position
from programmes.rules.recovery import recovery_days
from programmes.rules.terms import Outcome, Protocol
from programmes.rules.words import counted, say
from programmes.selectors.decisions import good_in_a_row, held_at, measurements
from programmes.selectors.plans import shape_of, unsuited, with_plan
from programmes.selectors.standing import Standing, Tests, standing_with_tests

STAGE_WORDS = dict(STAGE_CHOICES)
ORDER = tuple(STAGE_EXITS)
_ONCE_FELT_RIGHT = "only if the run before was done and felt right"
PAGE_DAYS = 28
PAPER_DAYS = 14
_DAY = timedelta(days=1)
_PRINTED_M = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StageExit:
    """The way out of the stage a patient is in, with each criterion as of today.

    ``name`` is "E1" to "E5", or several of them where the plan leaves a stage out; ``leads_to`` is
    the next stage in words ("discharge" after the last);
    ``at_last_step`` says whether the exit is the next thing to pass.
    """

    name: str
    stage: str
    leads_to: str
    at_last_step: bool
    gate_mode: GateMode
    rows: tuple[CriterionRow, ...]

    @property
    def missing(self) -> int:
        """How many criteria are not met or not measured."""
        return sum(row.word in ("Not met", "Not measured") for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRow:
    """One run of the calendar in words: its day, what to do, and how long or how far."""

    on: date
    what: str
    amount: str
    note: str
    waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Running with dates from today. ``refusal`` says why there is none, blank otherwise.

    ``days`` are the patient's days in words, ``fits`` says when they can't hold what the plan asks;
    ``rest`` when no days could, because a day of rest lies between two runs.
    """

    refusal: str = ""
    stage: str = ""
    days: str = ""
    fits: str = ""
    rest: str = ""
    unknown: str = ""
    goal: str = ""
    rows: tuple[CalendarRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GateMeasures:
    """What each measure of single-leg raises asks of this patient, None where it is not known.

    ``who`` is the patient as the norms see them ("a woman of 71"), ``norm`` their norm and
    ``by_norm`` what the gate asks when it goes by it; ``warning`` is there where the practice's
    number is above the norm.
    """

    who: str
    norm: int | None
    by_norm: int | None
    seed: int
    warning: Finding | None

    def chosen(self, mode: GateMode) -> str:
        """What a signature for this measure means, in words."""
        if mode is GateMode.SEED:
            return f"The gate now goes by the practice’s number ({self.seed})."
        raises = "not known yet" if self.by_norm is None else counted(self.by_norm, "raise")
        return f"The gate now goes by the norm ({raises})."


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Everything the page about running shows."""

    standing: Standing
    gate: StageExit
    measures: GateMeasures
    passed: bool
    signings: tuple[GateSigning, ...]
    calendar: Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What was read of an episode on a day."""

    on: date
    standing: Standing
    tests: Tests
    steps: Sequence[Step]
    sessions: Sequence[Session]

    @property
    def here(self) -> Step:
        """The step the patient is on."""
        step = self.standing.step
        assert step is not None
        return next(each for each in self.steps if each.pk == step.pk)

    @property
    def n_ok(self) -> int:
        """Good sessions in a row at this step."""
        return good_in_a_row(self.sessions, self.here, self.tests)


def stage_exit(
    episode: Episode, on: date, read: tuple[Standing, Tests] | None = None
) -> StageExit | None:
    """The exit of the stage the patient is in on this day; None without a plan in force.

    ``read`` is where the episode stands, from a page that has read it already.
    """
    known = _known(episode, on, read)
    if known.standing.step is None:
        return None
    stage = Stage(known.here.stage)
    shape = shape_of(known.steps)
    last = Position(stage=stage, step=dict(shape)[stage])
    ahead = next_position(shape, last, Outcome.PROGRESS)
    return _exit(known, stage, ahead)


def discharge_exit(
    episode: Episode, on: date, read: tuple[Standing, Tests] | None = None
) -> StageExit:
    """The criteria of discharge (E5) on this day, whatever stage the patient is in."""
    return _exit(_known(episode, on, read), Stage.FULL_RETURN)


def running(episode: Episode, on: date) -> Running:
    """The gate to running and the calendar on this day."""
    known = _known(episode, on)
    stage = Stage(known.here.stage) if known.standing.step else None
    signings = GateSigning.objects.filter(episode=episode).select_related("signed_by")
    return Running(
        standing=known.standing,
        gate=_exit(known, Stage.PLYOMETRIC),
        measures=_measures(known),
        passed=stage in (Stage.RUN_WALK, Stage.FULL_RETURN),
        signings=tuple(signings.order_by("-signed_at", "-pk")),
        calendar=_calendar(known, until=on + timedelta(days=PAGE_DAYS - 1)),
    )


def _measures(known: _Known) -> GateMeasures:
    """What the gate asks by either measure."""
    episode, tests = known.standing.episode, known.tests
    patient, side = episode.patient, Side(episode.side)
    sex, age = Sex(patient.sex), patient.age_on(known.on)
    expected, other = norm(sex, age), tests.raises.get(side.other)
    findings = heel_raise_findings(
        affected=0, unaffected=None, sex=sex, age=age, defaults=assessment_defaults_in_force()
    )
    people = {Sex.FEMALE: "a woman", Sex.MALE: "a man", Sex.UNSTATED: "somebody"}
    by_norm, seed = (
        gate_repetitions(
            mode,
            unaffected=other,
            norm=expected,
            bilateral=tests.bilateral,
            defaults=assessment_defaults_in_force(),
        )
        for mode in (GateMode.NORM, GateMode.SEED)
    )
    assert seed is not None
    return GateMeasures(
        who=f"{people[sex]} of {age}",
        norm=expected,
        by_norm=by_norm,
        seed=seed,
        warning=next((each for each in findings if each.rule == "W-HR-NORM"), None),
    )


def dated_plan(episode: Episode, on: date) -> Calendar:
    """The calendar of the two weeks from this day on, as the paper shows it."""
    return _calendar(_known(episode, on), until=on + timedelta(days=PAPER_DAYS - 1))


def longest_run_m(patient: Patient, on: date, *, before: datetime | None = None) -> int | None:
    """The longest run on record of the 30 days until this day, in metres; None without any.

    ``before`` leaves out what was recorded after that moment.
    """
    runs = Run.objects.counted().filter(
        patient=patient,
        happened_on__gte=on - timedelta(days=SPIKE_HISTORY_DAYS),
        happened_on__lte=on,
    )
    if before is not None:
        runs = runs.filter(batch__made_at__lte=before)
    found: int | None = runs.aggregate(longest=Max("distance_m"))["longest"]
    return found


def _known(episode: Episode, on: date, read: tuple[Standing, Tests] | None = None) -> _Known:
    standing, tests = read or standing_with_tests(episode, on)
    version, programme = standing.version, standing.programme
    if version is None or programme is None:
        return _Known(on=on, standing=standing, tests=tests, steps=(), sessions=())
    return _Known(
        on=on,
        standing=standing,
        tests=tests,
        # As ``with_plan`` reads them: no query where a page has read the plan already.
        steps=tuple(with_plan(version).steps.all()),
        sessions=tuple(
            programme.sessions.counted()
            .select_related("morning", "decision", "step")
            .filter(happened_on__lte=on)
            .in_order()
        ),
    )


def _exit(known: _Known, stage: Stage, ahead: Move | None = None) -> StageExit:
    """The exit of a stage with today's values; sessions count only for the stage the patient is in.

    ``ahead`` is where the plan goes on, with the exits of the stages that it leaves out.
    """
    standing = known.standing
    here = known.here if standing.step else Step(stage=stage, number=0)
    names = ahead.exits_needed if ahead else (STAGE_EXITS[stage],)
    measured = measurements(
        standing.episode,
        here,
        standing.tendon,
        known.tests,
        on=known.on,
        steps=known.steps,
        sessions=known.sessions,
        n_ok=known.n_ok if standing.step else 0,
    )
    place = ORDER.index(stage) + len(names)
    last = max((step.number for step in known.steps if step.stage == stage), default=0)
    return StageExit(
        name=", ".join(names),
        stage=STAGE_WORDS[stage].lower(),
        leads_to=STAGE_WORDS[ORDER[place]].lower() if place < len(ORDER) else "discharge",
        at_last_step=here.stage == stage and here.number == last,
        gate_mode=known.tests.gate_mode,
        rows=criterion_rows(
            criteria_of(
                names,
                measured,
                assessment_defaults=assessment_defaults_in_force(),
                defaults=defaults_in_force(),
            ),
            standing.episode,
        ),
    )


def _calendar(known: _Known, *, until: date) -> Calendar:
    if refusal := _why_no_dates(known):
        return Calendar(refusal=refusal)
    programme = known.standing.programme
    assert programme is not None
    log = _log(known)
    if known.here.stage == Stage.RUN_WALK:
        return _ladder(known, programme, log, until)
    return _full_return(known, programme, log, until)


def _why_no_dates(known: _Known) -> str:
    standing = known.standing
    if not standing.episode.is_open:
        return "This episode is closed."
    if standing.tendon.locked:
        return "A red flag is open: no running until a clinician has cleared it."
    if standing.step is None:
        return "There is no programme in force."
    if known.here.stage not in (Stage.RUN_WALK, Stage.FULL_RETURN):
        stage = known.here.get_stage_display().lower()
        return f"Running has dates once the gate is passed. The patient is in the {stage} stage."
    if why := unsuited(known.here, standing.tendon):
        return f"This step is not for this tendon now. {why}"
    if _running_dose(known.here) is None:
        return "This step has no running that dates can be worked out for."
    return ""


def _ladder(known: _Known, programme: Programme, log: Sequence[LoggedRun], until: date) -> Calendar:
    """The run-walk ladder from the rung the patient is on."""
    rungs, titles = [], {}
    for step in known.steps:
        dose = _running_dose(step)
        if (
            step.stage == Stage.RUN_WALK
            and step.number >= known.here.number
            and isinstance(dose, (WalkRun, RunThroughs))
        ):
            # As many as must go well in a row, and no fewer than the step itself asks for.
            sessions = max(defaults_in_force().ok_run_walk, step.minimum_sessions)
            rungs.append(Rung(number=step.number, dose=dose, sessions=sessions))
            titles[step.number] = step.title
    held = held_at(known.here, known.sessions)
    # Both the good sessions in a row and the step's own least number must be reached.
    left = max(defaults_in_force().ok_run_walk - known.n_ok, known.here.minimum_sessions - held, 1)
    planned = run_walk_plan(
        **_days(known, programme, log, until),
        rungs=rungs,
        done=max(0, rungs[0].sessions - left),
    )
    fits, rest = _fits(programme, rungs[0].dose.days_per_week)
    return Calendar(
        stage=STAGE_WORDS[Stage.RUN_WALK].lower(),
        days=days_in_words(programme.training_days),
        fits=fits,
        rest=rest,
        rows=tuple(
            CalendarRow(
                on=each.on,
                what=say(
                    "Level {number}: {title}",
                    number=each.step,
                    title=spoken(titles[each.step]),
                ),
                amount="" if each.minutes is None else say("{minutes} min", minutes=each.minutes),
                note=f"session {each.place} of {each.of}",
                waits=each.waits,
            )
            for each in planned
        ),
    )


def _full_return(
    known: _Known, programme: Programme, log: Sequence[LoggedRun], until: date
) -> Calendar:
    """Full return, each run against the runs of the last 30 days and those planned before it."""
    dose = _running_dose(known.here)
    assert isinstance(dose, FreeRun)
    goal = _goal(known)
    planned = full_return_plan(
        **_days(known, programme, log, until),
        step=known.here.number,
        dose=dose,
        log=log,
        held=sum(each.step_id == known.here.pk for each in known.sessions),
        goal_m=goal.get("goal_distance_m"),
        known_minutes=_last_minutes(known),
        defaults=defaults_in_force(),
    )
    fits, rest = _fits(programme, dose.days_per_week)
    names = ", ".join(spoken(item.name) for item in known.here.items.all())
    unknown = any(each.most_m is None for each in planned)
    return Calendar(
        stage=STAGE_WORDS[Stage.FULL_RETURN].lower(),
        days=days_in_words(programme.training_days),
        fits=fits,
        rest=rest,
        unknown=(
            f"No run with a distance is on record in the last {SPIKE_HISTORY_DAYS} days, so no"
            " distance is planned. Record the next run, and the calendar goes on from it."
            if unknown
            else ""
        ),
        goal=_goal_words(goal),
        rows=tuple(
            CalendarRow(
                on=each.on,
                what=names,
                amount=_amount(each),
                note=_ONCE_FELT_RIGHT
                + ("; may be longer than the longest so far" if each.longer else ""),
                waits=False,
            )
            for each in planned
        ),
    )


def _amount(run: DatedRun) -> str:
    if run.most_m is not None:
        # Down to 0.1 km: what is printed is never more than what was worked out.
        most = kilometres(run.most_m // _PRINTED_M * _PRINTED_M or run.most_m)
        return say("at most {length}", length=most)
    if run.minutes is not None:
        return say("no longer than {minutes} min", minutes=run.minutes)
    return say("no longer than the last run")


def _days(
    known: _Known, programme: Programme, log: Sequence[LoggedRun], until: date
) -> dict[str, Any]:
    """What both calendars need of days: those the patient has, those run, and the rest after."""
    floor = defaults_in_force().energy_storage_days
    ran = [
        *(run.happened_on for run in log),
        *(
            each.happened_on
            for each in known.sessions
            if each.step.stage in (Stage.RUN_WALK, Stage.FULL_RETURN)
        ),
    ]
    # The next run keeps the rest that the last session asked for, whatever stage it was of.
    earliest = [known.on, *([max(ran) + (floor + 1) * _DAY] if ran else [])]
    if known.sessions:
        last = known.sessions[-1]
        morning = getattr(last, "morning", None)
        rest = recovery_days(
            Stage(last.step.stage),
            Protocol(last.step.protocol),
            last.step.number,
            last.pain_during,
            morning.pain if morning else None,
            defaults=defaults_in_force(),
        )
        earliest.append(last.happened_on + ((rest or 0) + 1) * _DAY)
    return {
        "start": max(earliest),
        "available": frozenset(programme.training_days),
        "before": ran,
        "rest_days": floor,
        "rest_after_last": floor,
        "until": until,
    }


def _log(known: _Known) -> list[LoggedRun]:
    """Runs on record that may still be compared with, today's included."""
    runs = Run.objects.counted().filter(
        patient=known.standing.episode.patient_id,
        happened_on__gte=known.on - timedelta(days=SPIKE_HISTORY_DAYS),
        happened_on__lte=known.on,
    )
    return [
        LoggedRun(happened_on=on, distance_m=metres, duration_s=seconds)
        for on, metres, seconds in runs.values_list("happened_on", "distance_m", "duration_s")
    ]


def _goal(known: _Known) -> dict[str, Any]:
    """The goal of the newest signed examination."""
    signed = known.standing.episode.assessments.signed().newest_first()
    goal = signed.values("goal_distance_m", "goal_event", "goal_event_on").first()
    return dict(goal) if goal else {}


def _goal_words(goal: dict[str, Any]) -> str:
    metres, event, on = (
        goal.get(name) for name in ("goal_distance_m", "goal_event", "goal_event_on")
    )
    if not metres:
        return ""
    named = f" ({event})" if event else ""
    day = f" on {on:%-d %B %Y}" if on else ""
    return f"Goal: {kilometres(metres)}{named}{day}. Runs are not planned to grow beyond it."


def _last_minutes(known: _Known) -> int | None:
    """Minutes of the last rung of this plan's ladder: what the patient was last asked to run."""
    doses = [_running_dose(step) for step in known.steps if step.stage == Stage.RUN_WALK]
    last = doses[-1] if doses else None
    return last.rounds * last.run_min if isinstance(last, WalkRun) else None


def _fits(programme: Programme, days_per_week: int) -> tuple[str, str]:
    """What to say when the plan's frequency can't be held with the rest between, else two blanks.

    First when it is for want of days the patient has; second when not even every day would do.
    Running on days in a row is no longer ruled out by itself from faster running on (section 8.4),
    yet the rest after a run is a day at least (section 7): "up to" so many, and nothing to warn of.
    """
    fits, most = (
        runs_that_fit(
            days, rest_days=defaults_in_force().energy_storage_days, days_per_week=days_per_week
        )
        for days in (frozenset(programme.training_days), EVERY_DAY)
    )
    if fits >= days_per_week:
        return "", ""
    if fits >= most:
        return "", f"Up to {days_per_week} days a week, with a rest day between: {fits} fit."
    times = "one run" if fits == 1 else f"{fits} runs"
    says = (
        f"The plan asks for {days_per_week} runs a week. With a rest day after each, {times} a week"
        f" {'fits' if fits == 1 else 'fit'} on {days_in_words(programme.training_days)}."
    )
    return says, ""


def _running_dose(step: Step) -> WalkRun | RunThroughs | FreeRun | None:
    """The dose of the first running of a step that its stage's calendar knows; None without one."""
    free = step.stage == Stage.FULL_RETURN
    for item in step.items.all():
        dose = dose_from_json(item.dose)
        if isinstance(dose, (WalkRun, RunThroughs, FreeRun)) and isinstance(dose, FreeRun) is free:
            return dose
    return None
