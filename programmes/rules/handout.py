"""What a patient reads beside the exercises: what it is, three rules, and what not to do.

Plain words for a reader of twelve. What a tendon must not do comes from the contraindication
matrix, so the paper and the plan editor can't say different things.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from assessments.rules.bounds import PAIN, Number, check
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
from programmes.rules.dose import (
    AnyDose,
    Dose,
    FreeRun,
    RunThroughs,
    WalkRun,
    amount_words,
    days_words,
    tempo_words,
    time_words,
    times_words,
)
from programmes.rules.library.pose import Hands, LoadAt, Support
from programmes.rules.pain import settling
from programmes.rules.terms import DoseSide, LoadKind, Settling
from programmes.rules.words import marked, numeral, say, say_counted

COMPRESSED = frozenset({Location.INSERTIONAL, Location.MIXED})
# The length of run that a share of one is explained with.
USUAL_RUN_KM = 10
RUNNING_STAGES = frozenset({Stage.RUN_WALK, Stage.FULL_RETURN})

# Titles that everybody of a profession has; any other is printed as it was typed.
TITLES = frozenset(
    {
        marked("Physiotherapist"),
        marked("Exercise physiologist"),
        marked("Accredited exercise physiologist"),
    }
)

# Rounds shown one a line; more than that are one line that says how often.
ROUNDS_SHOWN = 6
# A cell left open for the patient's own figure, in kilometres.
WRITE_HERE = "km"
_TENTH_M = 100
# From this many days a week there is no free day between every two sessions.
DAYS_WITHOUT_A_GAP = 4
# No more runs than this fit into a week that begins with one and has none two days in a row.
MOST_WITH_A_GAP = 4


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

    Without ``heads`` it is a list: each row is what it is about, and what to do.
    ``rows`` start with the head of the row; ``total`` is a line below, blank where there is none.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: str


def what_you_have(
    location: Location,
    phase: Phase,
    side: Side,
    *,
    stage: Stage | None = None,
    cortisone: Cortisone = Cortisone.NONE,
    holds: bool = False,
) -> str:
    """The problem in one sentence, without a name for it and without a promise.

    ``stage`` is how far on it is, None at its beginning; ``holds`` says that the paper has holds,
    which aren't light.
    """
    left = side is Side.LEFT
    match location:
        case Location.MIDPORTION:
            tendon = (
                say("The middle of your left Achilles tendon")
                if left
                else say("The middle of your right Achilles tendon")
            )
        case Location.INSERTIONAL:
            tendon = (
                say("The heel end of your left Achilles tendon")
                if left
                else say("The heel end of your right Achilles tendon")
            )
        case Location.MIXED:
            tendon = (
                say("Your left Achilles tendon, middle and heel,")
                if left
                else say("Your right Achilles tendon, middle and heel,")
            )
        case _:
            tendon = say("Your left Achilles tendon") if left else say("Your right Achilles tendon")
    if cortisone is Cortisone.RECENT:
        if holds:
            return say(
                "{tendon} has had a cortisone injection, so for now we keep its work light, apart"
                " from the holds below.",
                tendon=tendon,
            )
        return say(
            "{tendon} has had a cortisone injection, so for now we keep its work light.",
            tendon=tendon,
        )
    if pathway(phase) is not Pathway.SETTLE:
        if stage is Stage.PLYOMETRIC:
            return say(
                "{tendon} has got stronger, so now we teach it to bounce again.", tendon=tendon
            )
        if stage in RUNNING_STAGES:
            return say("{tendon} has got stronger, so now we teach it to run again.", tendon=tendon)
    match phase:
        case Phase.REACTIVE:
            return say(
                "{tendon} is sore and easily upset, so first we calm it down.", tendon=tendon
            )
        case Phase.REACTIVE_ON_DEGENERATIVE:
            return say(
                "{tendon} was sore before and is upset again, so first we calm it down.",
                tendon=tendon,
            )
        case Phase.DISREPAIR:
            return say(
                "{tendon} is sore and not yet strong, so we make it stronger bit by bit.",
                tendon=tendon,
            )
        case Phase.DEGENERATIVE:
            return say(
                "{tendon} has been sore for a long time, so we make it stronger bit by bit.",
                tendon=tendon,
            )
        case Phase.INDETERMINATE_EARLY:
            return say("{tendon} is sore, so we make it stronger with care.", tendon=tendon)


def your_job(doses: Collection[AnyDose]) -> str:
    """What to do from now on, in a sentence: the first thing a patient looks for."""
    often = {how_often(dose) for dose in doses}
    if not often:
        return ""
    if all(isinstance(dose, FreeRun) for dose in doses):
        return run_days(next(dose for dose in doses if isinstance(dose, FreeRun)))
    exercises, count = all(isinstance(dose, Dose) for dose in doses), len(doses)
    if len(often) > 1:
        if exercises:
            return say(
                "Do these {count} exercises as often as it says beside each one.", count=count
            )
        return say("Do these {count} things as often as it says beside each one.", count=count)
    shared = often.pop()
    if not exercises:
        job = say("Do each of these {often}.", often=shared)
        job = say("Do this {often}.", often=shared) if count == 1 else job
    elif count == 1:
        job = say("Do this exercise {often}.", often=shared)
    else:
        job = say("Do these {count} exercises {often}.", count=count, often=shared)
    free = days_between(doses)
    return f"{job} {free}" if free else job


def run_days(dose: FreeRun) -> str:
    """On how many days of a week to run, in a sentence.

    A day of rest follows each run also where the plan allows two in a row: of section 7 (at least
    one day) and section 8.4 (none in a row before faster running), the stricter.
    """
    if dose.days_per_week > MOST_WITH_A_GAP:
        return say_counted(
            dose.days_per_week, "Run up to {count} day a week.", "Run up to {count} days a week."
        )
    return say_counted(
        dose.days_per_week,
        "Run up to {count} day a week, never two days in a row.",
        "Run up to {count} days a week, never two days in a row.",
    )


def how_often(dose: AnyDose) -> str:
    """ "twice a day, every day", "3 days a week", or "up to 3 days a week" of a free run."""
    if isinstance(dose, FreeRun):
        return say_counted(
            dose.days_per_week, "up to {count} day a week", "up to {count} days a week"
        )
    days = days_words(dose.days_per_week)
    times = dose.times_per_day if isinstance(dose, Dose) else 1
    return say("{times}, {days}", times=times_words(times), days=days) if times > 1 else days


def three_rules(
    *,
    stage: Stage = Stage.ISOTONIC,
    runs: bool = False,
    flare_paper: bool = False,
    assessment: AssessmentDefaults = ASSESSMENT_DEFAULTS,
    programme: ProgrammeDefaults = DEFAULTS,
) -> Rules:
    """The rules with the practice's own numbers.

    ``runs`` says that the paper leaves running beside the plan open; ``flare_paper`` that the plan
    has a paper of its own for a flare, which then says what to do.
    """
    safe, most = assessment.safe_pain, assessment.acceptable_pain
    return Rules(
        bands=(
            PainBand(
                mark="ok",
                numbers=say("{low} to {high}", low=0, high=safe),
                word=say("Fine"),
                do=say("Carry on."),
            ),
            PainBand(
                mark="caution",
                numbers=say("{low} to {high}", low=safe + 1, high=most),
                word=say("All right"),
                do=say("Carry on, but add nothing."),
            ),
            PainBand(
                mark="stop",
                numbers=say("Above {most}", most=most),
                word=say("Too much"),
                do=say("Stop for today. Do less next time."),
            ),
        ),
        morning=say(
            "When you get up, compare with before you exercised: your pain, and how long you were"
            " stiff that morning. No worse? Fine. A little worse? Do the same again and add"
            " nothing."
        ),
        flare=" ".join(
            (flare_signs(programme), _when_it_flares(stage, runs=runs, flare_paper=flare_paper))
        ),
    )


def flare_signs(defaults: ProgrammeDefaults = DEFAULTS) -> str:
    """What counts as a flare: the one trigger, with the same words on every paper."""
    return say(
        "It is a flare if, the next morning, your pain is {rise} or more above your pain before you"
        " exercised, or above {ceiling}. So is being stiff for over {minutes} minutes longer, or a"
        " tendon that is newly warm or swollen.",
        rise=_points(defaults.next_day_rise_regress),
        ceiling=defaults.next_day_pain_ceiling,
        minutes=defaults.stiffness_regress_min,
    )


def _when_it_flares(stage: Stage, *, runs: bool, flare_paper: bool) -> str:
    """What to do in a flare, as it suits what the patient does now."""
    if flare_paper:
        return _follow_the_flare_paper()
    match stage:
        case Stage.RUN_WALK:
            return say("Skip the next run and call us. Then walk more and run less.")
        case Stage.FULL_RETURN:
            return say("Skip the next run and call us. Then run less far, and slowly.")
        case Stage.PLYOMETRIC:
            said = say("Skip the next session and call us. Then do fewer jumps.")
        case Stage.ISOMETRIC:
            said = say("Do fewer holds, keep walking and call us.")
        case _:
            said = say("Use less weight or do fewer sets, keep walking and call us.")
    return f"{said} {say('Do not run until we have talked.')}" if runs else said


def _follow_the_flare_paper() -> str:
    return say("Then put your plan aside, follow the paper “Your plan for a flare” and call us.")


def _do_what_is_here() -> str:
    """The same on that paper itself."""
    return say("Then put your plan aside, do what is on this paper and call us.")


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
    opened: Collection[MatrixRow] = (),
    sprints: bool = False,
    defaults: AssessmentDefaults = ASSESSMENT_DEFAULTS,
) -> tuple[str, ...]:
    """What this tendon must leave alone now, one sentence each; empty when nothing applies.

    ``planned`` are the matrix rows of the step's own exercises: what the plan asks for, a clinician
    opened it, so the paper never forbids it in the same breath. ``flared`` is what ``has_flared``
    says: then the answers about running no longer hold, and who was never asked counts as running.
    ``opened`` are the rows of running the plan has come to with this step, ``sprints`` says whether
    the fastest running is among them.
    """

    def forbidden(*rows: MatrixRow) -> bool:
        return all(
            grade(row, phase, location, cortisone) is Grade.CONTRAINDICATED and row not in planned
            for row in rows
        )

    said: list[str] = []
    if cortisone is Cortisone.RECENT:
        said.append(_after_cortisone(MatrixRow.ISOMETRIC_MID_RANGE in planned))
    if location in COMPRESSED and forbidden(MatrixRow.STEP_DEFICIT_HEEL_DROP):
        said.append(_heel_level())
    if forbidden(MatrixRow.DORSIFLEXION_STRETCH):
        said.append(say("Do not stretch your calf."))
    if cortisone is not Cortisone.RECENT and forbidden(
        MatrixRow.DOUBLE_LEG_HOP, MatrixRow.SINGLE_LEG_HOP
    ):
        said.append(say("Do not jump or hop."))
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
    may_run = permission not in NO_RUNNING
    level = location in COMPRESSED and forbidden(MatrixRow.UPHILL_RUNNING)
    if stage in RUNNING_STAGES and (line := _not_yet(stage, {*opened, *planned}, level, sprints)):
        said.append(line)
    if level:
        said.append(
            say("Do not run uphill, and keep to flat ground when you can.")
            if may_run
            else say("Avoid walking uphill: keep to flat ground when you can.")
        )
    return tuple(said)


def _after_cortisone(holds: bool) -> str:
    if holds:
        return say(
            "You had a cortisone injection at this tendon. Do no heavy work with this calf, apart"
            " from the holds on this paper, and do not jump, until we tell you."
        )
    return say(
        "You had a cortisone injection at this tendon. Do no heavy work with this calf, and do not"
        " jump, until we tell you."
    )


def _not_yet(stage: Stage, opened: Collection[MatrixRow], level: bool, sprints: bool) -> str:
    """What of running comes later (section 8.4: flat first, speed last); blank where nothing does.

    ``level``: another line says that this tendon keeps to flat ground.
    """
    hills = level or MatrixRow.UPHILL_RUNNING in opened
    easy = stage is Stage.FULL_RETURN and MatrixRow.SPEED_RUNNING not in opened
    match hills, easy, sprints:
        case False, _, True:
            return say("Do not run uphill yet.")
        case False, True, _:
            return say("Do not run uphill yet, and do not run fast.")
        case False, _, _:
            return say("Do not run uphill yet, and do not sprint.")
        case _, _, True:
            return ""
        case _, True, _:
            return say("Do not run fast yet.")
        case _:
            return say("Do not sprint yet.")


NO_RUNNING = frozenset(
    {RunningPermission.STOP, RunningPermission.STOP_UNTIL_E3, RunningPermission.NOT_YET}
)


def _running(
    permission: RunningPermission | None, phase: Phase, defaults: AssessmentDefaults
) -> tuple[str, ...]:
    """What to leave of running; nothing for who may carry on or runs by this plan."""
    stop, not_yet, less, ask = _run_lines(defaults)
    if permission is RunningPermission.STOP:
        return (stop,)
    if permission in NO_RUNNING:
        return (not_yet,)
    if permission is RunningPermission.CONTINUE_REDUCED:
        return (less,)
    if permission is None and pathway(phase) is Pathway.SETTLE:
        return (ask,)
    return ()


def _run_lines(defaults: AssessmentDefaults = ASSESSMENT_DEFAULTS) -> tuple[str, ...]:
    """The sentences about running, the strictest first."""
    most = numeral(Decimal(USUAL_RUN_KM) * defaults.running_reduced_percent / 100)
    return (
        say("Do not run yet. We will tell you when."),
        say("Do not run yet. You can start again once you pass our running test."),
        say(
            "Run less: {most} km at most where you used to run {usual} km.",
            most=most,
            usual=USUAL_RUN_KM,
        ),
        say("Run less than usual. Ask us how much."),
    )


def may_run(avoid: Collection[str]) -> bool:
    """Whether what a paper says not to do leaves running open."""
    return not set(_run_lines()[:2]).intersection(avoid)


def for_both_legs(
    left: Sequence[str],
    right: Sequence[str],
    *,
    defaults: AssessmentDefaults = ASSESSMENT_DEFAULTS,
) -> tuple[tuple[str, ...], ...]:
    """What both legs must leave alone, and what only the left and only the right.

    Nobody runs on one leg, so of two sentences about running the stricter one is for both.
    """
    about_runs = [line for line in _run_lines(defaults) if line in left or line in right]
    strictest = about_runs[:1]
    shared = [line for line in left if line in right and line not in about_runs]
    own = [
        tuple(line for line in lines if line not in shared and line not in about_runs)
        for lines in (left, right)
    ]
    return (*shared, *strictest), *own


@dataclass(frozen=True, slots=True, kw_only=True)
class FlareWords:
    """What the paper for a flare says beside the exercises: what it is for, and when to come."""

    says: str
    back: str
    avoid: tuple[str, ...]


def in_a_flare_phase(phase: Phase) -> Phase:
    """The phase this tendon is taken for once it flares."""
    if pathway(phase) is Pathway.SETTLE:
        return phase
    chronic = phase in (Phase.DEGENERATIVE, Phase.DISREPAIR)
    return Phase.REACTIVE_ON_DEGENERATIVE if chronic else Phase.REACTIVE


def in_a_flare(
    side: Side,
    avoid: Collection[str],
    *,
    ahead: bool = False,
    defaults: ProgrammeDefaults = DEFAULTS,
) -> FlareWords:
    """The words of the flare edition; ``avoid`` is what the paper says already not to do.

    ``ahead``: it is given before there is a flare, to be kept.
    """
    sessions = say_counted(defaults.ok_isometric, "{count} session", "{count} sessions")
    heel, left = _heel_level() in avoid, side is Side.LEFT
    return FlareWords(
        says=_ahead(left, defaults) if ahead else _now(left),
        back=say(
            "Call us when {sessions} in a row went well and you were no more sore and no stiffer"
            " the next morning. Call us sooner if it gets worse, warmer or more swollen, or does"
            " not calm down.",
            sessions=sessions,
        ),
        avoid=() if heel else (say("Do not lower your heel over the edge of a step."),),
    )


def _now(left: bool) -> str:
    if left:
        return say(
            "Your left Achilles tendon is more sore than it was. Do less for now, and keep it"
            " working gently. Your other plan waits."
        )
    return say(
        "Your right Achilles tendon is more sore than it was. Do less for now, and keep it"
        " working gently. Your other plan waits."
    )


def _ahead(left: bool, defaults: ProgrammeDefaults) -> str:
    keep = (
        say("Keep this paper for a flare of your left Achilles tendon.")
        if left
        else say("Keep this paper for a flare of your right Achilles tendon.")
    )
    return f"{keep} {flare_signs(defaults)} {_do_what_is_here()}"


def _points(count: int) -> str:
    return say_counted(count, "{count} point", "{count} points")


def _heel_level() -> str:
    return say("Keep your heel level with the floor or the step, never below it.")


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


# At least six digits, with what people put between them: not a house number or a postcode.
_NUMBER = re.compile(r"\d(?:[\s()+./-]*\d){5}")


def telephone(contact: str) -> str:
    """How to reach the practice where that has a telephone number in it; else blank."""
    return contact if _NUMBER.search(contact) else ""


def heel_lift(location: Location) -> str:
    """A word about a heel lift where the heel presses on the tendon; blank elsewhere."""
    if location not in COMPRESSED:
        return ""
    return say("A small heel lift in your shoes can help for a short time. Ask us about it.")


def when_to_call() -> tuple[str, ...]:
    """Signs that don't wait for the next visit."""
    return (
        say("You feel a sudden pop or cannot push off."),
        say("Your calf is swollen, hot or painful."),
        say("You have a fever."),
    )


def leg(dose: AnyDose, side: Side) -> str:
    """Which leg an exercise is for: "Left leg", "Both legs"; blank for running."""
    if not isinstance(dose, Dose):
        return ""
    match dose.side:
        case DoseSide.BOTH:
            return say("Both legs")
        case DoseSide.EACH:
            return say("Each leg in turn")
        case DoseSide.OTHER:
            side = side.other
    return say("Left leg") if side is Side.LEFT else say("Right leg")


def weight_place(load_at: LoadAt) -> str:
    """Where the weight of an exercise lies, as a patient would say it; blank where there is none.

    What ``dose_in_words`` wants as ``place``.
    """
    match load_at:
        case LoadAt.HAND:
            return say("in your hand")
        case LoadAt.SHOULDERS:
            return say("on the bar")
        case LoadAt.KNEES:
            return say("on your knees")
        case LoadAt.MACHINE:
            return say("on the machine")
        case LoadAt.PACK:
            return say("in the rucksack")
        case LoadAt.NONE:
            return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseWords:
    """A dose as the patient reads it on a card, each part blank where there is nothing to say.

    ``amount`` and ``often`` are the bold line, ``weight`` how heavy, ``pace`` and ``rest`` the
    seconds. ``blank`` names what is written in by hand: the weight found at the first session.
    """

    amount: str
    often: str
    weight: str = ""
    pace: str = ""
    rest: str = ""
    blank: str = ""


def dose_in_words(dose: AnyDose, place: str = "", *, harder: str = "") -> DoseWords:
    """The dose for the card.

    ``place`` is where the weight lies ("on the bar", see ``weight_place``); ``harder`` says how a
    hold is made harder, blank where it must not be. Running has its own table, so only how often is
    said of it here.
    """
    often = how_often(dose)
    if not isinstance(dose, Dose):
        return DoseWords(amount="", often=often)
    weight, blank = _weight(dose, place, harder)
    pace = ", ".join(tempo_words(dose.tempo)) if dose.tempo else ""
    rest = ""
    if dose.rest_s and dose.sets > 1:
        time = time_words(dose.rest_s)
        held = dose.hold_s is not None
        rest = say("Rest {time} between sets.", time=time)
        rest = say("Rest {time} between holds.", time=time) if held else rest
    return DoseWords(
        amount=amount_words(dose.sets, reps=dose.reps, reps_to=dose.reps_to, hold_s=dose.hold_s),
        often=often,
        weight=weight,
        pace=f"{pace}." if pace else "",
        rest=rest,
        blank=blank,
    )


def harder_words(load_at: LoadAt) -> str:
    """How somebody who stands makes a hold harder."""
    if load_at is LoadAt.PACK:
        return say("If it feels easy, put more in the rucksack.")
    return say("If it feels easy, hold a weight.")


def land_words() -> str:
    """How to land where the heel presses on the tendon as the shin tips forward."""
    return say("Land softly, and do not let your knees sink far over your toes.")


def carry_words(support: Support, hands: Hands) -> str:
    """How to carry a weight in an exercise that has no place for one."""
    if support in (Support.SEAT, Support.LEG_PRESS):
        return say("Lay the weight on the knee of the leg that works.")
    if hands in (Hands.WALL, Hands.RAIL):
        return say("Carry the weight in a rucksack, or in the hand that does not hold on.")
    if hands is Hands.FREE:
        return say("Carry the weight in a rucksack, or hold it close to your body.")
    return say("Carry the weight in a rucksack.")


def _weight(dose: Dose, place: str, harder: str) -> tuple[str, str]:
    """How heavy, as it looks at the gym or at home, and what is left to write in."""
    amount, used = numeral(dose.load.amount or 0), say("The weight you use")
    match dose.load.kind:
        case LoadKind.KG if dose.load.amount:
            if place:
                return say("Weight: {amount} kg {place}.", amount=amount, place=place), ""
            return say("Weight: {amount} kg.", amount=amount), ""
        case LoadKind.RM:
            return _most_lifted(int(dose.load.amount or 0), place), used
        case LoadKind.PERCENT_MAX if dose.hold_s is not None:
            says = say(
                "It should feel like {share}, where 10 is your hardest.",
                share=_out_of_ten(dose.load.amount),
            )
            return f"{says} {harder}" if harder else says, ""
        case LoadKind.PERCENT_MAX:
            share = _share(dose.load.amount)
            return say("Weight: {share} of the most you can lift once.", share=share), used
        case LoadKind.PERCENT_BODY_WEIGHT:
            return _share_of_weight(_share(dose.load.amount), place), used
        case _:
            return "", ""


def _most_lifted(times: int, place: str) -> str:
    lifts = say_counted(times, "{count} time", "{count} times")
    if place:
        return say(
            "Weight: as much {place} as you can lift {times}, but not {more}.",
            place=place,
            times=lifts,
            more=times + 1,
        )
    return say(
        "Weight: as much as you can lift {times}, but not {more}.", times=lifts, more=times + 1
    )


def _share_of_weight(share: str, place: str) -> str:
    if place:
        return say("Weight: {share} of your own weight, {place}.", share=share, place=place)
    return say("Weight: {share} of your own weight.", share=share)


def _share(percent: Number | None) -> str:
    """A share as it is spoken: "half", "one tenth", "3 tenths"."""
    share = Decimal(percent or 0)
    match share:
        case 5:
            return say("one twentieth")
        case 10:
            return say("one tenth")
        case 20:
            return say("one fifth")
        case 25:
            return say("one quarter")
        case 50:
            return say("half")
        case 75:
            return say("three quarters")
        case 100:
            return say("all")
    if share % 10 == 0:
        return say("{count} tenths", count=numeral(share / 10))
    return say("{percent} parts in 100", percent=numeral(share))


def _out_of_ten(percent: Number | None) -> str:
    """A share as children know it: "7 out of 10"; to the nearest half."""
    return say("{number} out of 10", number=_tenths(percent))


def _tenths(percent: Number | None) -> str:
    halves = (Decimal(percent or 0) / 5).quantize(Decimal(1), ROUND_HALF_UP)
    return numeral(halves / 2)


def run_table(
    dose: AnyDose, *, longest_m: int | None = None, dated: bool = False
) -> RunTable | None:
    """The running, or walking, of a dose as a table; None for an exercise.

    ``longest_m`` is the longest run on record of the last 30 days, None where there is none.
    ``dated``: the paper has the runs with their dates, and how far, so the card leaves that out.
    """
    match dose:
        case WalkRun():
            return _walk_run_table(dose)
        case FreeRun():
            return RunTable(heads=(), rows=() if dated else _how_far(dose, longest_m), total="")
        case RunThroughs():
            return _run_through_table(dose)
        case _:
            return None


def _how_far(dose: FreeRun, longest_m: int | None) -> tuple[tuple[str, ...], ...]:
    """How long a run may be against the longest of the last 30 days."""
    longer = dose.longer_percent > 0
    rule = say("no longer than your longest run of the last 30 days")
    if longer:
        share = _share(dose.longer_percent)
        rule = say(
            "no longer than your longest run of the last 30 days and {share} more", share=share
        )
    head = say("Each run")
    if not longest_m:
        blanks = [(head, rule), (say("Your longest run"), WRITE_HERE)]
        return (*blanks, (say("So up to"), WRITE_HERE)) if longer else tuple(blanks)
    # Down to 0.1 km: what is printed is never more than what is meant.
    tenths = [
        numeral((Decimal(metres) / _TENTH_M).to_integral_value(ROUND_FLOOR) / 10)
        for metres in (longest_m, Decimal(longest_m) * (100 + dose.longer_percent) / 100)
    ]
    known = say("Your longest was {km} km, so up to {most} km.", km=tenths[0], most=tenths[1])
    return ((head, rule), (say("For you"), known))


def _walk_run_table(dose: WalkRun) -> RunTable:
    times = [say("Round {number}", number=number) for number in range(1, dose.rounds + 1)]
    if dose.rounds == 1:
        times = [say("Once")]
    elif dose.rounds > ROUNDS_SHOWN:
        times = [say("{count} rounds, each", count=dose.rounds)]
    parts = [
        (head, _minutes(minutes))
        for head, minutes in ((say("Walk"), dose.walk_min), (say("Run"), dose.run_min))
        if minutes
    ]
    cells = tuple(minutes for _, minutes in parts)
    total = dose.rounds * (dose.walk_min + dose.run_min)
    return RunTable(
        heads=(say("When"), *(head for head, _ in parts)),
        rows=tuple((time, *cells) for time in times),
        # What is done once, and is one thing, has been said.
        total=say("Together {time}.", time=_minutes(total)) if dose.rounds * len(parts) > 1 else "",
    )


def _minutes(count: int) -> str:
    return say_counted(count, "{count} minute", "{count} minutes")


def _run_through_table(dose: RunThroughs) -> RunTable:
    times = [say("Set {number}", number=number) for number in range(1, dose.sets + 1)]
    if dose.sets == 1:
        times = [say("Once")]
    elif dose.sets > ROUNDS_SHOWN:
        times = [say("{count} sets, each", count=dose.sets)]
    slow, fast = _tenths(dose.percent_from), _tenths(dose.percent_to)
    pace = _out_of_ten(dose.percent_to)
    if slow != fast:
        pace = say("{low} to {high} out of 10", low=slow, high=fast)
    cells = (say("{reps} of {metres} m", reps=dose.reps, metres=dose.metres), pace)
    return RunTable(
        heads=(say("When"), say("Runs"), say("How fast (10 is your fastest)")),
        rows=tuple((time, *cells) for time in times),
        total=say("Together {metres} m.", metres=dose.sets * dose.reps * dose.metres),
    )


def dated_words() -> tuple[str, str]:
    """Above and below the runs with dates: that they are a plan, and when not to run."""
    above = say(
        "Run on a day only if your last run went well and your tendon felt fine the day before. If"
        " not, wait for the next day here."
    )
    below = say(
        "Never run twice to catch up. Call us if your tendon feels worse two days in a row."
    )
    return above, below


def days_between(doses: Collection[AnyDose]) -> str:
    """A word about free days when every exercise leaves room for one between sessions."""
    if not doses or any(
        dose.days_per_week >= DAYS_WITHOUT_A_GAP
        or (isinstance(dose, FreeRun) and dose.consecutive_days)
        for dose in doses
    ):
        return ""
    return say("Leave a free day between.")


def diary_days(doses: Collection[AnyDose], weeks: int = 1) -> tuple[tuple[int, int], ...]:
    """The lines of a diary: each day with its number and how many sessions it has.

    A week has as many days as the most frequent exercise of the step; the days count on through
    the ``weeks`` (1 or 2).
    """
    days = max((dose.days_per_week for dose in doses), default=0)
    times = max((dose.times_per_day for dose in doses if isinstance(dose, Dose)), default=1)
    return tuple((day, times) for day in range(1, days * weeks + 1))
