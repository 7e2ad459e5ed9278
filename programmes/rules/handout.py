"""What a patient reads beside the exercises: what it is, three rules, and what not to do.

Plain words for a reader of twelve. What a tendon must not do comes from the contraindication
matrix, so the paper and the plan editor can't say different things.
"""

from collections.abc import Collection
from dataclasses import dataclass

from assessments.rules.bounds import PAIN, check
from assessments.rules.contraindications import grade
from assessments.rules.defaults import DEFAULTS as ASSESSMENT_DEFAULTS
from assessments.rules.defaults import AssessmentDefaults
from assessments.rules.phase import pathway
from assessments.rules.running import running_permission
from assessments.rules.terms import (
    Cortisone,
    Grade,
    Location,
    MatrixRow,
    Pathway,
    Phase,
    RunningPermission,
    RunningStatus,
    Side,
    Stage,
)
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.dose import AnyDose, Dose, FreeRun, Load, RunThroughs, WalkRun, pace_words
from programmes.rules.pain import settling
from programmes.rules.terms import DoseSide, LoadKind, Settling
from programmes.rules.words import counted, plain

COMPRESSED = frozenset({Location.INSERTIONAL, Location.MIXED})
RUNNING_STAGES = frozenset({Stage.RUN_WALK, Stage.FULL_RETURN})

# Rounds shown one a line; more than that are one line that says how often.
ROUNDS_SHOWN = 6
# From this many days a week there is no free day between every two sessions.
DAYS_WITHOUT_A_GAP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PainBand:
    """One colour of the traffic light: its ``mark`` is a shape, so that it reads without colour."""

    mark: str
    numbers: str
    word: str
    do: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The three rules: bands of pain during exercise, the next morning, and a flare."""

    bands: tuple[PainBand, ...]
    morning: str
    flare: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTable:
    """A running plan as a table: the heads of its columns and its rows, all in words.

    ``rows`` start with the head of the row; ``total`` is a line below, blank where there is none.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: str


def what_you_have(location: Location, phase: Phase, side: Side) -> str:
    """The problem in one sentence, without a name for it and without a promise."""
    tendon = f"our {side.value} Achilles tendon"
    where = {
        Location.MIDPORTION: f"The middle part of y{tendon}, a little above your heel,",
        Location.INSERTIONAL: f"The lowest part of y{tendon}, where it joins your heel bone,",
        Location.MIXED: f"Y{tendon}, in the middle and where it joins your heel bone,",
    }.get(location, f"Y{tendon}")
    how = {
        Phase.REACTIVE: "is sore and easily upset right now, so first we calm it down and keep it"
        " working gently.",
        Phase.REACTIVE_ON_DEGENERATIVE: "has been sore before and is easily upset right now, so"
        " first we calm it down and keep it working gently.",
        Phase.DISREPAIR: "is sore and not yet strong enough for all you want to do, so we make it"
        " stronger step by step.",
        Phase.DEGENERATIVE: "has been sore for a long time, so we make it stronger step by step.",
        Phase.INDETERMINATE_EARLY: "is sore, so we make it stronger step by step and with care.",
    }[phase]
    return f"{where} {how}"


def three_rules(
    *,
    assessment: AssessmentDefaults = ASSESSMENT_DEFAULTS,
    programme: ProgrammeDefaults = DEFAULTS,
) -> Rules:
    """The rules with the practice's own numbers."""
    safe, most = assessment.safe_pain, assessment.acceptable_pain
    rise = counted(programme.next_day_rise_regress, "point")
    return Rules(
        bands=(
            PainBand(mark="ok", numbers=f"0 to {safe}", word="Fine", do="Carry on."),
            PainBand(
                mark="caution",
                numbers=f"{safe + 1} to {most}",
                word="Acceptable",
                do="Carry on, but add nothing.",
            ),
            PainBand(
                mark="stop",
                numbers=f"Above {most}",
                word="Too much",
                do="Stop. Do less next time.",
            ),
        ),
        morning=(
            "You should be no more sore and no stiffer than before the exercise. A little worse:"
            " do the same again, add nothing."
        ),
        flare=(
            f"Next morning pain up {rise} or more, or above {programme.next_day_pain_ceiling}:"
            " less weight or fewer sets. Stop running and jumping. Keep moving. Call us if it goes"
            " on."
        ),
    )


def what_not_to_do(
    *,
    location: Location,
    phase: Phase,
    cortisone: Cortisone,
    stage: Stage,
    planned: Collection[MatrixRow],
    running_status: RunningStatus | None = None,
    run_pain: int | None = None,
    run_settled: bool | None = None,
    flared: bool = False,
    defaults: AssessmentDefaults = ASSESSMENT_DEFAULTS,
) -> tuple[str, ...]:
    """What this tendon must leave alone now, one sentence each; empty when nothing applies.

    ``planned`` are the matrix rows of the step's own exercises: what the plan asks for, a clinician
    opened it, so the paper never forbids it in the same breath. ``flared`` is what ``has_flared``
    says: then the answers about running no longer hold, and who was never asked counts as running.
    """

    def forbidden(*rows: MatrixRow) -> bool:
        return all(
            grade(row, phase, location, cortisone) is Grade.CONTRAINDICATED and row not in planned
            for row in rows
        )

    said: list[str] = []
    if cortisone is Cortisone.RECENT:
        said.append(
            "You had a cortisone injection at this tendon: no heavy work for this calf and no"
            " jumping until we have checked you again."
        )
    if location in COMPRESSED and forbidden(MatrixRow.STEP_DEFICIT_HEEL_DROP):
        said.append("Keep your heel level with the floor or the step, never below it.")
    if forbidden(MatrixRow.DORSIFLEXION_STRETCH):
        said.append("Do not stretch your calf.")
    if cortisone is not Cortisone.RECENT and forbidden(
        MatrixRow.DOUBLE_LEG_HOP, MatrixRow.SINGLE_LEG_HOP
    ):
        said.append("Do not jump or hop.")
    permission = (
        None
        if stage in RUNNING_STAGES
        else running_permission(
            locked=False,
            cortisone=cortisone,
            status=RunningStatus.NEVER_STOPPED
            if flared and running_status is None
            else running_status,
            pathway=pathway(phase),
            run_pain=run_pain,
            settled=False if flared else run_settled,
            defaults=defaults,
        )
    )
    said += _running(permission, phase, defaults)
    may_run = permission not in _NO_RUNNING
    if location in COMPRESSED and forbidden(MatrixRow.UPHILL_RUNNING):
        said.append(
            "Do not run uphill, and keep to flat ground when you can."
            if may_run
            else "Avoid walking uphill: keep to flat ground when you can."
        )
    return tuple(said)


_NO_RUNNING = frozenset(
    {RunningPermission.STOP, RunningPermission.STOP_UNTIL_E3, RunningPermission.NOT_YET}
)


def _running(
    permission: RunningPermission | None, phase: Phase, defaults: AssessmentDefaults
) -> tuple[str, ...]:
    """What to leave of running; nothing for who may carry on or runs by this plan."""
    if permission is RunningPermission.STOP:
        return ("Do not run yet. We will tell you when.",)
    if permission in _NO_RUNNING:
        return ("Do not run yet. You can start again once you pass our running test.",)
    if permission is RunningPermission.CONTINUE_REDUCED:
        share = defaults.running_reduced_percent
        return (f"Run less: at most {share} % of what you usually run.",)
    if permission is None and pathway(phase) is Pathway.SETTLE:
        return ("Run less than usual. Ask us how much.",)
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlareWords:
    """What the paper for a flare says beside the exercises: what it is for, and when to come."""

    says: str
    back: str
    avoid: tuple[str, ...]


def in_a_flare(
    side: Side, avoid: Collection[str], *, defaults: ProgrammeDefaults = DEFAULTS
) -> FlareWords:
    """The words of the flare edition; ``avoid`` is what the paper says already not to do."""
    sessions = counted(defaults.ok_isometric, "session")
    heel = any("below" in each for each in avoid)
    return FlareWords(
        says=(
            f"This paper is for a flare: your {side.value} Achilles tendon is more sore than it"
            " was. These days you do less, and keep it working gently. Your other plan waits."
        ),
        back=(
            f"Tell us when {sessions} in a row went well, and you were no more sore and no stiffer"
            " the next morning. Call us before that if it gets worse or does not calm down."
        ),
        avoid=() if heel else ("Do not lower your heel over the edge of a step.",),
    )


def has_flared(
    *,
    stepped_back: bool,
    reclassified: bool,
    pain_before: int | None,
    pain_24h: int | None,
    defaults: ProgrammeDefaults = DEFAULTS,
) -> bool:
    """Whether what was said of running at the examination no longer holds (section 8.1).

    ``stepped_back``: a decision since then led back; ``reclassified``: one made the tendon
    irritable again. The pains (0 to 10, None where not told) are those before the last session
    with a known morning after, and of that morning. Raises ``ValueError`` for pain out of range.
    """
    check("pain_before", pain_before, PAIN)
    check("pain_24h", pain_24h, PAIN)
    if stepped_back or reclassified:
        return True
    return settling(pain_before, pain_24h, defaults=defaults) is Settling.NOT_SETTLED


def telephone(contact: str) -> str:
    """How to reach the practice where that has a telephone number in it; else blank."""
    return contact if any(letter.isdigit() for letter in contact) else ""


def heel_lift(location: Location) -> str:
    """A word about a heel lift where the heel presses on the tendon; blank elsewhere."""
    if location not in COMPRESSED:
        return ""
    return "A small heel lift in your shoes can help for a short time. Ask us about it."


def when_to_call() -> tuple[str, ...]:
    """Signs that don't wait for the next visit."""
    return (
        "You feel a sudden pop or cannot push off.",
        "Your calf is swollen, hot or painful.",
        "You have a fever.",
    )


def leg(dose: AnyDose, side: Side) -> str:
    """Which leg an exercise is for: "Left leg", "Both legs"; blank for running."""
    if not isinstance(dose, Dose):
        return ""
    return {
        DoseSide.BOTH: "Both legs",
        DoseSide.AFFECTED: f"{side.value.capitalize()} leg",
        DoseSide.OTHER: f"{side.other.value.capitalize()} leg",
        DoseSide.EACH: "Each leg in turn",
    }[dose.side]


def loads_in_words(doses: Collection[AnyDose]) -> tuple[str, ...]:
    """How to find each weight the doses mean, once; nothing for a dose that says all."""
    said = [_load(dose.load) for dose in doses if isinstance(dose, Dose)]
    return tuple(dict.fromkeys(words for words in said if words))


def _load(load: Load) -> str:
    amount = "" if load.amount is None else plain(load.amount)
    match load.kind:
        case LoadKind.RM:
            times = counted(int(load.amount or 0), "time")
            return f"{amount}RM: a weight you can lift {times}, no more."
        case LoadKind.PERCENT_MAX:
            return (
                f"{amount} % of maximum effort: hard work, but not all you can do. Hold a weight"
                " if it feels easy."
            )
        case LoadKind.PERCENT_BODY_WEIGHT:
            return f"{amount} % of body weight: {amount} kg for every 100 kg you weigh."
        case _:
            return ""


def run_table(dose: AnyDose) -> RunTable | None:
    """The running, or walking, of a dose as a table; None for an exercise."""
    match dose:
        case WalkRun():
            return _walk_run_table(dose)
        case FreeRun():
            longer = (
                f"at most {dose.longer_percent} % longer than it"
                if dose.longer_percent
                else "no longer than it"
            )
            rest = "can be next to each other" if dose.consecutive_days else "never two in a row"
            return RunTable(
                heads=("Your running", "What to do"),
                rows=(
                    ("Days", f"up to {dose.days_per_week} a week, {rest}"),
                    ("Longest run of the last 30 days", "write it here: ................ km"),
                    ("Every run now", longer),
                ),
                total="",
            )
        case RunThroughs():
            return _run_through_table(dose)
        case _:
            return None


def _walk_run_table(dose: WalkRun) -> RunTable:
    times = ["Once"] if dose.rounds == 1 else [f"Round {n}" for n in range(1, dose.rounds + 1)]
    if dose.rounds > ROUNDS_SHOWN:
        times = [f"{dose.rounds} rounds, each"]
    parts = [
        (head, counted(minutes, "minute"))
        for head, minutes in (("Walk", dose.walk_min), ("Run", dose.run_min))
        if minutes
    ]
    cells = tuple(minutes for _, minutes in parts)
    total = dose.rounds * (dose.walk_min + dose.run_min)
    return RunTable(
        heads=("When", *(head for head, _ in parts)),
        rows=tuple((time, *cells) for time in times),
        total=f"Together {counted(total, 'minute')}.",
    )


def _run_through_table(dose: RunThroughs) -> RunTable:
    times = ["Once"] if dose.sets == 1 else [f"Set {n}" for n in range(1, dose.sets + 1)]
    if dose.sets > ROUNDS_SHOWN:
        times = [f"{dose.sets} sets, each"]
    pace = pace_words(dose.percent_from, dose.percent_to).removeprefix("at ")
    cells = (f"{dose.reps} of {dose.metres} m", pace)
    return RunTable(
        heads=("When", "Runs", "How fast"),
        rows=tuple((time, *cells) for time in times),
        total=f"Together {dose.sets * dose.reps * dose.metres} m.",
    )


def dated_words() -> tuple[str, str]:
    """Above and below the runs with dates: that they are a plan, and when not to run."""
    above = (
        "A date counts only if the run before was done and felt right, and if the day before felt"
        " right. If not, wait for the next day here."
    )
    below = "Never run twice to catch up. Call us if two days in a row did not feel right."
    return above, below


def days_between(doses: Collection[AnyDose]) -> str:
    """A word about free days when every exercise leaves room for one between sessions."""
    if not doses or any(dose.days_per_week >= DAYS_WITHOUT_A_GAP for dose in doses):
        return ""
    return "Leave at least one free day between sessions."


def diary_days(doses: Collection[AnyDose]) -> tuple[tuple[int, int], ...]:
    """The lines of one week's diary: each day with its number and how many sessions it has.

    As many as the most frequent exercise of the step.
    """
    days = max((dose.days_per_week for dose in doses), default=0)
    times = max((dose.times_per_day for dose in doses if isinstance(dose, Dose)), default=1)
    return tuple((day, times) for day in range(1, days + 1))
