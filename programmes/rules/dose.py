"""Doses: how much of one exercise, as values with bounds, and the same in words.

The words are in the language in force (``programmes.rules.words``), in English outside of papers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation

from assessments.rules.bounds import Bounds, Number, check
from programmes.rules.terms import DoseSide, LoadKind, Range
from programmes.rules.words import numeral, say, say_counted

SETS = Bounds(low=1, high=20, unit="sets", whole=True)
REPS = Bounds(low=1, high=200, unit="repetitions", whole=True)
HOLD_S = Bounds(low=1, high=300, unit="seconds", whole=True)
REST_S = Bounds(low=0, high=1800, unit="seconds", whole=True)
TEMPO_S = Bounds(low=0, high=60, unit="seconds", whole=True)
TIMES_A_DAY = Bounds(low=1, high=10, unit="times", whole=True)
DAYS_A_WEEK = Bounds(low=1, high=7, unit="days", whole=True)
ROUNDS = Bounds(low=1, high=30, unit="rounds", whole=True)
RUN_MINUTES = Bounds(low=0, high=240, unit="minutes", whole=True)
INCREASE_PERCENT = Bounds(low=0, high=100, unit="%", whole=True)
RUN_METRES = Bounds(low=10, high=1000, unit="m", whole=True)
PACE_PERCENT = Bounds(low=1, high=100, unit="%", whole=True)
LOAD_BOUNDS = {
    LoadKind.KG: Bounds(low=0, high=500, unit="kg"),
    LoadKind.RM: Bounds(low=1, high=50, unit="RM", whole=True),
    LoadKind.PERCENT_MAX: Bounds(low=1, high=100, unit="%"),
    LoadKind.PERCENT_BODY_WEIGHT: Bounds(low=1, high=300, unit="%"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How heavy: a kind and its amount. Body weight has no amount, every other kind has one.

    Raises ``ValueError`` naming the field.
    """

    kind: LoadKind
    amount: Number | None = None

    def __post_init__(self) -> None:
        if self.kind is LoadKind.BODY_WEIGHT:
            if self.amount is not None:
                raise ValueError("load: body weight has no amount")
            return
        if self.amount is None:
            raise ValueError(f"load: {self.kind.value} needs an amount")
        check("load", self.amount, LOAD_BOUNDS[self.kind])


BODY_WEIGHT = Load(kind=LoadKind.BODY_WEIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """Seconds of one repetition on the way up, held at the top, and on the way down."""

    up_s: int
    hold_s: int
    down_s: int

    def __post_init__(self) -> None:
        for name in ("up_s", "hold_s", "down_s"):
            value = getattr(self, name)
            if value is None:
                raise ValueError(f"{name}: must be a whole number")
            check(name, value, TEMPO_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """Sets of repetitions, or of holds, of one exercise.

    Exactly one of ``reps`` and ``hold_s`` is given; ``reps_to`` makes the repetitions a range.
    ``rest_s`` is the rest between sets. Raises ``ValueError`` naming the field.
    """

    side: DoseSide
    sets: int
    reps: int | None = None
    reps_to: int | None = None
    hold_s: int | None = None
    load: Load = BODY_WEIGHT
    tempo: Tempo | None = None
    rest_s: int | None = None
    times_per_day: int = 1
    days_per_week: int = 7
    range: Range = Range.TO_NEUTRAL

    def __post_init__(self) -> None:
        for name in ("sets", "times_per_day", "days_per_week"):
            if getattr(self, name) is None:
                raise ValueError(f"{name}: must be a whole number")
        check("sets", self.sets, SETS)
        check("reps", self.reps, REPS)
        check("reps_to", self.reps_to, REPS)
        check("hold_s", self.hold_s, HOLD_S)
        check("rest_s", self.rest_s, REST_S)
        check("times_per_day", self.times_per_day, TIMES_A_DAY)
        check("days_per_week", self.days_per_week, DAYS_A_WEEK)
        if (self.reps is None) == (self.hold_s is None):
            raise ValueError("reps: give either repetitions or seconds of holding")
        if self.reps_to is not None and (self.reps is None or self.reps_to <= self.reps):
            raise ValueError("reps_to: must be more than reps")
        if self.hold_s is not None and self.tempo is not None:
            raise ValueError("tempo: a hold has none")


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkRun:
    """Rounds of walking and running minutes.

    ``walk_min`` 0 is running all the way, ``run_min`` 0 walking only; never both. Raises
    ``ValueError`` naming the field.
    """

    rounds: int
    walk_min: int
    run_min: int
    days_per_week: int

    def __post_init__(self) -> None:
        for name, bounds in (
            ("rounds", ROUNDS),
            ("walk_min", RUN_MINUTES),
            ("run_min", RUN_MINUTES),
            ("days_per_week", DAYS_A_WEEK),
        ):
            value = getattr(self, name)
            if value is None:
                raise ValueError(f"{name}: must be a whole number")
            check(name, value, bounds)
        if self.walk_min == self.run_min == 0:
            raise ValueError("run_min: must be more than 0 without walking")

    @property
    def runs(self) -> bool:
        """Whether there is running in it."""
        return self.run_min > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeRun:
    """Running without a ladder: how much longer than the longest run of 30 days one may be."""

    longer_percent: int
    days_per_week: int
    consecutive_days: bool

    def __post_init__(self) -> None:
        for name, bounds in (
            ("longer_percent", INCREASE_PERCENT),
            ("days_per_week", DAYS_A_WEEK),
        ):
            value = getattr(self, name)
            if value is None:
                raise ValueError(f"{name}: must be a whole number")
            check(name, value, bounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunThroughs:
    """Sets of short runs over a measured stretch, at a share of full pace."""

    sets: int
    reps: int
    metres: int
    percent_from: int
    percent_to: int
    days_per_week: int

    def __post_init__(self) -> None:
        for name, bounds in (
            ("sets", SETS),
            ("reps", REPS),
            ("metres", RUN_METRES),
            ("percent_from", PACE_PERCENT),
            ("percent_to", PACE_PERCENT),
            ("days_per_week", DAYS_A_WEEK),
        ):
            value = getattr(self, name)
            if value is None:
                raise ValueError(f"{name}: must be a whole number")
            check(name, value, bounds)
        if self.percent_to < self.percent_from:
            raise ValueError("percent_to: must not be less than percent_from")


AnyDose = Dose | WalkRun | FreeRun | RunThroughs


def adds_load(dose: AnyDose) -> bool:
    """Whether repetitions are done against more than body weight.

    Never for a hold or for running; 0 kg adds nothing.
    """
    if not isinstance(dose, Dose) or dose.hold_s is not None:
        return False
    return dose.load.kind is not LoadKind.BODY_WEIGHT and dose.load.amount != 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """The parts of a dose an exercise has when nobody writes them. Raises ``ValueError``."""

    side: DoseSide
    range: Range
    tempo: Tempo | None
    rest_s: int | None
    times_per_day: int
    days_per_week: int

    def __post_init__(self) -> None:
        for name in ("times_per_day", "days_per_week"):
            if getattr(self, name) is None:
                raise ValueError(f"{name}: must be a whole number")
        check("rest_s", self.rest_s, REST_S)
        check("times_per_day", self.times_per_day, TIMES_A_DAY)
        check("days_per_week", self.days_per_week, DAYS_A_WEEK)


def in_words(dose: AnyDose) -> str:
    """The dose as a line on paper: "4 sets of 10 at 10RM, 3 seconds up, 3 seconds down, ..."."""
    match dose:
        case Dose():
            return ", ".join(_exercise_words(dose))
        case WalkRun():
            return ", ".join((walk_run_words(dose), days_words(dose.days_per_week)))
        case FreeRun():
            return ", ".join(_free_run_words(dose))
        case RunThroughs():
            runs = run_through_words(dose.sets, dose.reps, dose.metres)
            pace = pace_words(dose.percent_from, dose.percent_to)
            how = say("{runs} {pace}", runs=runs, pace=pace)
            return ", ".join((how, days_words(dose.days_per_week)))


def _exercise_words(dose: Dose) -> list[str]:
    amount = amount_words(dose.sets, reps=dose.reps, reps_to=dose.reps_to, hold_s=dose.hold_s)
    words = [say("{amount} {load}", amount=amount, load=load_words(dose.load))]
    if dose.tempo is not None:
        words += tempo_words(dose.tempo)
    if dose.rest_s:
        words.append(say("rest {time}", time=time_words(dose.rest_s)))
    if dose.times_per_day > 1:
        words.append(times_words(dose.times_per_day))
    words.append(days_words(dose.days_per_week))
    return words


def amount_words(
    sets: int, *, reps: int | None, reps_to: int | None = None, hold_s: int | None = None
) -> str:
    """How much: "4 sets of 10", "3 sets of 10 to 15" or "4 holds of 30 seconds"."""
    if hold_s is not None:
        return say_counted(
            sets,
            "{count} hold of {seconds} seconds",
            "{count} holds of {seconds} seconds",
            seconds=hold_s,
        )
    amount = f"{reps}" if reps_to is None else say("{low} to {high}", low=reps, high=reps_to)
    return say_counted(sets, "{count} set of {reps}", "{count} sets of {reps}", reps=amount)


def load_words(load: Load) -> str:
    """How heavy: "with body weight", "with 20 kg", "at 10RM" and so on."""
    amount = "" if load.amount is None else numeral(load.amount)
    match load.kind:
        case LoadKind.BODY_WEIGHT:
            return say("with body weight")
        case LoadKind.KG:
            return say("with {amount} kg", amount=amount)
        case LoadKind.RM:
            return say("at {amount}RM", amount=amount)
        case LoadKind.PERCENT_MAX:
            return say("at {amount} % of maximum effort", amount=amount)
        case LoadKind.PERCENT_BODY_WEIGHT:
            return say("with {amount} % of body weight added", amount=amount)


def tempo_words(tempo: Tempo) -> list[str]:
    """Each part of a repetition that takes time: "3 seconds up", "3 seconds down"."""
    words = []
    if tempo.up_s:
        words.append(say_counted(tempo.up_s, "{count} second up", "{count} seconds up"))
    if tempo.hold_s:
        words.append(say_counted(tempo.hold_s, "{count} second held", "{count} seconds held"))
    if tempo.down_s:
        words.append(say_counted(tempo.down_s, "{count} second down", "{count} seconds down"))
    return words


def walk_run_words(dose: WalkRun) -> str:
    """The rounds without the days: "3 rounds: walk 9 minutes, then run 1 minute"."""
    parts = []
    if dose.walk_min:
        parts.append(say_counted(dose.walk_min, "walk {count} minute", "walk {count} minutes"))
    if dose.run_min:
        parts.append(say_counted(dose.run_min, "run {count} minute", "run {count} minutes"))
    if len(parts) == 1:
        part = parts[0]
        if dose.rounds == 1:
            return part
        return say_counted(
            dose.rounds, "{count} round: {part}", "{count} rounds: {part}", part=part
        )
    return say_counted(
        dose.rounds,
        "{count} round: {walk}, then {run}",
        "{count} rounds: {walk}, then {run}",
        walk=parts[0],
        run=parts[1],
    )


def longer_words(longer_percent: int) -> str:
    """How long each run may be, against the longest of the last 30 days."""
    if longer_percent:
        return say(
            "each run at most {percent} % longer than the longest run of the last 30 days",
            percent=longer_percent,
        )
    return say("each run no longer than the longest run of the last 30 days")


def _free_run_words(dose: FreeRun) -> list[str]:
    words = [
        longer_words(dose.longer_percent),
        say_counted(dose.days_per_week, "up to {count} day a week", "up to {count} days a week"),
    ]
    if not dose.consecutive_days:
        words.append(say("never two days in a row"))
    return words


def run_through_words(sets: int, reps: int, metres: int) -> str:
    """How many runs and how far: "3 sets of 5 run-throughs of 80 metres"."""
    return say(
        "{sets} of {runs} of {length}",
        sets=say_counted(sets, "{count} set", "{count} sets"),
        runs=say_counted(reps, "{count} run-through", "{count} run-throughs"),
        length=say_counted(metres, "{count} metre", "{count} metres"),
    )


def pace_words(percent_from: int, percent_to: int) -> str:
    """How fast: "at 50 to 60 % of full pace"."""
    return say("at {share}", share=pace_share_words(percent_from, percent_to))


def pace_share_words(percent_from: int, percent_to: int) -> str:
    """The pace by itself: "50 to 60 % of full pace"."""
    percent = f"{percent_from}"
    if percent_from != percent_to:
        percent = say("{low} to {high}", low=percent_from, high=percent_to)
    return say("{percent} % of full pace", percent=percent)


def times_words(times_per_day: int) -> str:
    """How often in a day: "once a day", "twice a day", "3 times a day"."""
    if times_per_day == 1:
        return say("once a day")
    if times_per_day == 2:
        return say("twice a day")
    return say("{times} times a day", times=times_per_day)


def days_words(days_per_week: int) -> str:
    """How often in a week: "every day" or "3 days a week"."""
    if days_per_week == 7:
        return say("every day")
    return say_counted(days_per_week, "{count} day a week", "{count} days a week")


def time_words(seconds: int) -> str:
    """Whole minutes as minutes, every other time as seconds."""
    minutes, left = divmod(seconds, 60)
    if minutes and not left:
        return say_counted(minutes, "{count} minute", "{count} minutes")
    return say_counted(seconds, "{count} second", "{count} seconds")


_RUN_KINDS: dict[type[WalkRun | FreeRun | RunThroughs], str] = {
    WalkRun: "walk_run",
    FreeRun: "free_run",
    RunThroughs: "run_throughs",
}


def dose_to_json(dose: AnyDose) -> dict[str, object]:
    """The dose for JSON, with its ``kind``; decimals become strings."""
    match dose:
        case Dose():
            stored: dict[str, object] = {
                each.name: getattr(dose, each.name) for each in fields(dose)
            }
            amount = dose.load.amount
            stored["side"], stored["range"] = dose.side.value, dose.range.value
            stored["load"] = {
                "kind": dose.load.kind.value,
                "amount": str(amount) if isinstance(amount, Decimal) else amount,
            }
            stored["tempo"] = (
                None
                if dose.tempo is None
                else [dose.tempo.up_s, dose.tempo.hold_s, dose.tempo.down_s]
            )
            return {"kind": "exercise", **stored}
        case _:
            return {
                "kind": _RUN_KINDS[type(dose)],
                **{each.name: getattr(dose, each.name) for each in fields(dose)},
            }


def dose_from_json(stored: Mapping[str, object]) -> AnyDose:
    """The dose ``dose_to_json`` stored. Raises ``ValueError`` for anything else."""
    values = dict(stored)
    kind = values.pop("kind", None)
    try:
        match kind:
            case "exercise":
                return Dose(
                    side=DoseSide(str(values.pop("side"))),
                    range=Range(str(values.pop("range"))),
                    load=_load(values.pop("load")),
                    tempo=_tempo(values.pop("tempo")),
                    **values,  # type: ignore[arg-type]
                )
            case "walk_run":
                return WalkRun(**values)  # type: ignore[arg-type]
            case "free_run":
                return FreeRun(**values)  # type: ignore[arg-type]
            case "run_throughs":
                return RunThroughs(**values)  # type: ignore[arg-type]
    except (KeyError, TypeError) as error:
        raise ValueError(f"dose: is not what a dose stores ({error})") from None
    raise ValueError(f"kind: must be exercise or {', '.join(_RUN_KINDS.values())}, got {kind!r}")


def _load(stored: object) -> Load:
    if not isinstance(stored, Mapping):
        raise ValueError("load: is not what a dose stores")
    amount = stored["amount"]
    if isinstance(amount, str):
        try:
            amount = Decimal(amount)
        except InvalidOperation:
            raise ValueError("load: must be a number") from None
    return Load(kind=LoadKind(str(stored["kind"])), amount=amount)


def _tempo(stored: object) -> Tempo | None:
    if stored is None:
        return None
    if not isinstance(stored, list) or len(stored) != 3:
        raise ValueError("tempo: must be three numbers of seconds")
    up_s, hold_s, down_s = stored
    return Tempo(up_s=up_s, hold_s=hold_s, down_s=down_s)
