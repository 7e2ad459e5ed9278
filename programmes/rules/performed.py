"""What was really done of each target of a session, as values, as typed, as stored and in words.

Blank always means as planned; a set that was not done is 0. Only what differs is kept.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from assessments.rules.bounds import LOAD_KG, PAIN, Bounds, Number, check
from programmes.rules.dose import (
    HOLD_S,
    REPS,
    ROUNDS,
    RUN_MINUTES,
    SETS,
    AnyDose,
    Dose,
    FreeRun,
    RunThroughs,
    WalkRun,
    dose_from_json,
)
from programmes.rules.terms import LoadKind
from programmes.rules.words import counted, plain

LONGEST = 20
"""The most characters one cell may have."""

TARGETS = 60
"""The most targets a session may have; places beyond it are refused when read back."""

DECIMALS = 2
WHOLE = 100

_CELL = re.compile(
    r"""
    (?:(?P<none>[-–—])|(?P<amount>[0-9]{1,6})\s*(?:s|sec|reps?|min)?)?
    (?:\s*[x×*@]\s*(?P<kg>[0-9]{1,6}(?:[.,][0-9]{1,4})?)\s*(?:kg)?)?
    (?:\s*p\s*(?P<pain>[0-9]{1,4}))?
    """,
    re.VERBOSE,
)
_KG_ALONE = re.compile(
    r"(?P<kg>[0-9]{1,6}(?:[.,][0-9]{1,4})?)\s*kg(?:\s*p\s*(?P<pain>[0-9]{1,4}))?"
)
_KG = re.compile(r"(?P<kg>[0-9]{1,6}(?:[.,][0-9]{1,4})?)\s*(?:kg)?")


class NotRead(ValueError):
    """A typed set or load that can't be read: ``problem`` in a sentence, ``place`` where."""

    def __init__(self, problem: str, *, place: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.problem = problem
        self.place = place


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDone:
    """What was done of one set where it differs; None is as planned.

    ``amount`` is repetitions, seconds of a hold, rounds of walking and running, run-throughs, or
    minutes of a free run; 0 is not done. Raises ``ValueError`` naming the field.
    """

    amount: int | None = None
    kg: Number | None = None
    pain: int | None = None

    def __post_init__(self) -> None:
        check("amount", self.amount, Bounds(low=0, high=HOLD_S.high, whole=True))
        check("kg", self.kg, LOAD_KG)
        check("pain", self.pain, Bounds(low=PAIN.low, high=PAIN.high, whole=True))

    @property
    def is_as_planned(self) -> bool:
        """Whether it says nothing that differs."""
        return self.amount is None and self.kg is None and self.pain is None


AS_PLANNED = SetDone()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done of one target of a session where it differs.

    ``target`` is its place among the targets, from 0; ``sets`` are in order and may be fewer than
    planned; ``kg`` is the load of all sets that name none. Raises ``ValueError``.
    """

    target: int
    sets: tuple[SetDone, ...] = ()
    kg: Number | None = None

    def __post_init__(self) -> None:
        check("target", self.target, Bounds(low=0, high=TARGETS, whole=True))
        check("kg", self.kg, LOAD_KG)
        if len(self.sets) > SETS.high:
            raise ValueError(f"sets: must be at most {SETS.high}")

    @property
    def is_as_planned(self) -> bool:
        """Whether it says nothing that differs."""
        return self.kg is None and all(each.is_as_planned for each in self.sets)


# --- The plan: how many cells, and what each of them counts --------------------------------------


def sets_of(dose: AnyDose) -> int:
    """How many sets are asked for; a run is one."""
    return dose.sets if isinstance(dose, Dose | RunThroughs) else 1


def amount_of(dose: AnyDose) -> int | None:
    """How much is planned in each set: the lower end of a range; None for a free run."""
    match dose:
        case Dose():
            return dose.reps if dose.reps is not None else dose.hold_s
        case WalkRun():
            return dose.rounds
        case RunThroughs():
            return dose.reps
        case FreeRun():
            return None


def planned_words(dose: AnyDose) -> str:
    """What is planned in each set, short: "15", "10-15"; blank for a free run."""
    if isinstance(dose, Dose) and dose.reps_to is not None:
        return f"{dose.reps}-{dose.reps_to}"
    amount = amount_of(dose)
    return "" if amount is None else f"{amount}"


def planned_kg(dose: AnyDose) -> Number | None:
    """The load in kilograms where the plan says one."""
    if isinstance(dose, Dose) and dose.load.kind is LoadKind.KG:
        return dose.load.amount
    return None


def can_weigh(dose: AnyDose) -> bool:
    """Whether a load in kilograms can be told of it: never of a run."""
    return isinstance(dose, Dose)


def usually_weighs(dose: AnyDose) -> bool:
    """Whether it is planned with more than body weight."""
    return isinstance(dose, Dose) and dose.load.kind is not LoadKind.BODY_WEIGHT


def set_word(dose: AnyDose) -> str:
    """What one cell is called: "set", "hold", or "rounds" and "minutes" of a run."""
    match dose:
        case WalkRun():
            return "rounds"
        case FreeRun():
            return "minutes"
        case Dose(hold_s=int()):
            return "hold"
        case _:
            return "set"


def _limits(dose: AnyDose) -> Bounds:
    match dose:
        case Dose(hold_s=int()):
            high, unit = HOLD_S.high, "seconds"
        case WalkRun():
            high, unit = ROUNDS.high, "rounds"
        case FreeRun():
            high, unit = RUN_MINUTES.high, "minutes"
        case RunThroughs():
            high, unit = REPS.high, "run-throughs"
        case _:
            high, unit = REPS.high, "repetitions"
    return Bounds(low=0, high=high, unit=unit, whole=True)


# --- As typed -----------------------------------------------------------------------------------


def read_set(text: str, dose: AnyDose, number: int = 1) -> SetDone:
    """One typed set: "12", "12x40", "x37,5", "40kg", "12p4", "p4", "0" or "-" for not done.

    Blank is as planned, and so is the planned number. ``number`` names the set in the error. Raises
    ``NotRead``.
    """
    limits, word = _limits(dose), set_word(dose)
    place = f"{word} {number}" if sets_of(dose) > 1 else word
    typed = text.strip().lower()
    if not typed:
        return AS_PLANNED
    found = _KG_ALONE.fullmatch(typed) or _CELL.fullmatch(typed) if len(typed) <= LONGEST else None
    if found is None:
        raise NotRead(_how(dose, limits), place=place)
    said = found.groupdict()
    amount = 0 if said.get("none") else _whole(said.get("amount"))
    if amount is not None and amount > limits.high:
        raise NotRead(f"Must be {limits.says}, not {amount}.", place=place)
    pain = _whole(said["pain"])
    if pain is not None and pain > PAIN.high:
        raise NotRead(f"Pain is {PAIN.low} to {PAIN.high}, not {pain}.", place=place)
    kg = _kg(said["kg"], dose, place)
    if amount == 0 and kg is not None:
        raise NotRead("A set that was not done has no weight.", place=place)
    if amount == amount_of(dose) and planned_words(dose) == f"{amount}":
        amount = None
    return SetDone(amount=amount, kg=kg, pain=pain)


def read_sets(cells: Sequence[str], dose: AnyDose) -> tuple[SetDone, ...]:
    """The typed sets of one exercise in order, without the last ones that are as planned.

    Raises ``NotRead``, also for more cells than the dose has sets.
    """
    if len(cells) > sets_of(dose):
        raise NotRead(f"There are {sets_of(dose)} planned.", place=f"{set_word(dose)} {len(cells)}")
    return shortened([read_set(cell, dose, number) for number, cell in enumerate(cells, 1)])


def shortened(sets: Sequence[SetDone]) -> tuple[SetDone, ...]:
    """The sets without those at the end that are as planned."""
    kept = list(sets)
    while kept and kept[-1].is_as_planned:
        kept.pop()
    return tuple(kept)


def read_kg(text: str, dose: AnyDose) -> Decimal | None:
    """The load of all sets: "40", "37,5 kg"; blank is as planned. Raises ``NotRead``."""
    typed = text.strip().lower()
    if not typed:
        return None
    found = _KG.fullmatch(typed) if len(typed) <= LONGEST else None
    if found is None:
        raise NotRead("Write kilograms like 40 or 37.5.", place="kg")
    kg = _kg(found["kg"], dose, "kg")
    planned = planned_kg(dose)
    return None if planned is not None and kg == planned else kg


def _how(dose: AnyDose, limits: Bounds) -> str:
    if can_weigh(dose):
        return (
            f"Write {limits.unit} like {amount_of(dose)}, with a weight {amount_of(dose)}x40, with"
            " pain p4; - for not done."
        )
    return f"Write {limits.unit} like {amount_of(dose) or 30}, with pain p4; - for not done."


def _whole(text: str | None) -> int | None:
    return None if text is None else int(text)


def _kg(text: str | None, dose: AnyDose, place: str) -> Decimal | None:
    if text is None:
        return None
    if not can_weigh(dose):
        raise NotRead("A run has no weight.", place=place)
    kg = Decimal(text.replace(",", "."))
    if not LOAD_KG.low <= kg <= LOAD_KG.high:
        raise NotRead(f"The weight must be {LOAD_KG.says}, not {plain(kg)}.", place=place)
    if kg != round(kg, DECIMALS):
        raise NotRead("Two decimal places are enough for a weight.", place=place)
    return Decimal(plain(kg))


# --- How much of it -----------------------------------------------------------------------------


def completed(done: Sequence[Done], targets: Sequence[AnyDose | None]) -> int | None:
    """The share of the planned work that was done, in whole per cent, rounded down.

    [own] Of each exercise the share of its planned repetitions (seconds, rounds, run-throughs), a
    set counting for no more than its plan; then the mean over the exercises, so that a long one
    doesn't outweigh a short one. The weight doesn't count: a session with less weight was done.
    A free run counts whole unless it was not done. None when the plan of a target isn't known.
    """
    if not targets:
        return None
    by_place = {each.target: each for each in done}
    shares = []
    for place, dose in enumerate(targets):
        if dose is None:
            return None
        shares.append(_share(by_place.get(place), dose))
    return int(WHOLE * sum(shares, Fraction(0)) / len(shares))


def _share(done: Done | None, dose: AnyDose) -> Fraction:
    if done is None:
        return Fraction(1)
    planned, sets = amount_of(dose), sets_of(dose)
    if planned is None:
        return Fraction(0 if done.sets and done.sets[0].amount == 0 else 1)
    told = done.sets[:sets]
    worked = sum(planned if each.amount is None else min(each.amount, planned) for each in told)
    return Fraction(worked + planned * (sets - len(told)), planned * sets)


# --- As stored ----------------------------------------------------------------------------------


def plan_of(target: Mapping[str, object]) -> AnyDose | None:
    """The dose of a stored target; None for one stored before doses were kept with it."""
    stored = target.get("plan")
    return dose_from_json(stored) if isinstance(stored, Mapping) else None


def done_to_json(done: Sequence[Done]) -> list[dict[str, object]]:
    """What differs, for JSON, in the order of the targets; weights become strings."""
    return [
        {
            "target": each.target,
            "kg": None if each.kg is None else plain(each.kg),
            "sets": [_set_to_json(one) for one in shortened(each.sets)],
        }
        for each in sorted(done, key=lambda each: each.target)
        if not each.is_as_planned
    ]


def _set_to_json(one: SetDone) -> dict[str, object] | None:
    said = {"amount": one.amount, "kg": None if one.kg is None else plain(one.kg), "pain": one.pain}
    return {name: value for name, value in said.items() if value is not None} or None


def done_from_json(stored: object) -> tuple[Done, ...]:
    """What ``done_to_json`` stored. Raises ``ValueError`` for anything else."""
    if not isinstance(stored, list):
        raise ValueError("done: must be a list")
    return tuple(_done_from_json(each) for each in stored)


def _done_from_json(stored: object) -> Done:
    if not isinstance(stored, Mapping) or set(stored) != {"target", "kg", "sets"}:
        raise ValueError("done: is not what a session stores")
    sets = stored["sets"]
    if not isinstance(sets, list) or stored["target"] is None:
        raise ValueError("sets: must be a list")
    return Done(
        target=stored["target"],
        kg=_stored_kg(stored["kg"]),
        sets=tuple(_set_from_json(each) for each in sets),
    )


def _set_from_json(stored: object) -> SetDone:
    if stored is None:
        return AS_PLANNED
    if not isinstance(stored, Mapping) or not set(stored) <= {"amount", "kg", "pain"}:
        raise ValueError("sets: is not what a session stores")
    return SetDone(
        amount=stored.get("amount"), kg=_stored_kg(stored.get("kg")), pain=stored.get("pain")
    )


def _stored_kg(stored: object) -> Decimal | None:
    if stored is None:
        return None
    try:
        kg = Decimal(str(stored))
    except InvalidOperation:
        raise ValueError("kg: must be a number") from None
    check("kg", kg, LOAD_KG)
    return kg


# --- In words -----------------------------------------------------------------------------------


def done_in_words(done: Done, plan: AnyDose | None) -> str:
    """What differs of one target: "40 kg; set 3: 12 of 15"; blank when all is as planned."""
    words = [] if done.kg is None else [f"{plain(done.kg)} kg"]
    told = [each for each in done.sets if not each.is_as_planned]
    if plan and told and len(told) == sets_of(plan) and {one.amount for one in told} == {0}:
        pains = [one.pain for one in told if one.pain is not None]
        return "not done" + (f", pain {max(pains)}" if pains else "")
    for number, one in enumerate(done.sets, 1):
        if not one.is_as_planned:
            words.append(_set_in_words(one, number, plan))
    return "; ".join(words)


def _set_in_words(one: SetDone, number: int, plan: AnyDose | None) -> str:
    parts = []
    if one.amount == 0:
        parts.append("not done")
    elif one.amount is not None:
        parts.append(_amount_in_words(one.amount, plan))
    if one.kg is not None:
        parts.append(f"{plain(one.kg)} kg")
    if one.pain is not None:
        parts.append(f"pain {one.pain}")
    if plan is not None and sets_of(plan) == 1 and isinstance(plan, WalkRun | FreeRun):
        return ", ".join(parts)
    return f"{set_word(plan) if plan else 'set'} {number}: {', '.join(parts)}"


def _amount_in_words(amount: int, plan: AnyDose | None) -> str:
    match plan:
        case Dose(hold_s=int()):
            return f"{amount} of {plan.hold_s} seconds"
        case Dose(reps_to=int()):
            return f"{amount} of {plan.reps} to {plan.reps_to}"
        case WalkRun():
            return f"{amount} of {counted(plan.rounds, 'round')}"
        case FreeRun():
            return counted(amount, "minute")
        case None:
            return f"{amount}"
        case _:
            return f"{amount} of {amount_of(plan)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One target of a stored session: its name, leg and dose, and what was done otherwise."""

    name: str
    side: str
    dose: str
    done: str


def lines(targets: Sequence[Mapping[str, object]], done: object) -> tuple[Line, ...]:
    """The targets of a stored session, each with what was done otherwise (blank: as planned)."""
    by_place = {each.target: each for each in done_from_json(done)}
    shown = []
    for place, target in enumerate(targets):
        told = by_place.get(place)
        shown.append(
            Line(
                name=str(target.get("name", "")),
                side=str(target.get("side") or ""),
                dose=str(target.get("dose", "")),
                done=done_in_words(told, plan_of(target)) if told else "",
            )
        )
    return tuple(shown)
