"""Filling a row by rule: from a first dose so much more every so many steps, with what there is.

A weight that can't be made is rounded to a lighter one. What each step asks is worked out from the
first dose, never from a rounded neighbour, so that rounding does not add up.
"""

import re
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal, localcontext
from enum import StrEnum

from assessments.rules.bounds import Number
from programmes.rules.dose import HOLD_S, LOAD_BOUNDS, REPS, SETS, AnyDose, Dose, Load
from programmes.rules.notation import NOTHING, QUOTED, NotUnderstood
from programmes.rules.terms import LoadKind
from programmes.rules.words import counted, plain

HALF_KG = Decimal("0.5")
"""Weights are rounded to this where the practice has not said what it owns."""

# Weights are counted in these, so that sums of plates are exact.
TEN_GRAMS = Decimal("0.01")
HEAVIEST_KG = 200
MOST_OWNED = 200
MOST_STEPS = 200
MOST_EVERY = 100
LONGEST_RULE = 60


class Vary(StrEnum):
    """What a rule changes from step to step."""

    LOAD = "load"
    REPS = "reps"
    SETS = "sets"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """The weights of a practice in kg, each as often as it is there.

    ``plates`` are pairs: the weight of one plate, of which there are two; pairs add up.
    Of ``dumbbells`` and ``bands`` one is used at a time. Raises ``ValueError`` naming the field.
    """

    plates: tuple[Decimal, ...] = ()
    dumbbells: tuple[Decimal, ...] = ()
    bands: tuple[Decimal, ...] = ()

    def __post_init__(self) -> None:
        for name in ("plates", "dumbbells", "bands"):
            weights = getattr(self, name)
            if len(weights) > MOST_OWNED:
                raise ValueError(f"{name}: at most {MOST_OWNED}")
            for kg in weights:
                if not kg.is_finite() or not 0 < kg <= HEAVIEST_KG or kg % TEN_GRAMS:
                    raise ValueError(
                        f"{name}: must be above 0 and at most {HEAVIEST_KG} kg, to two decimals"
                    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRule:
    """So much more, or less where ``by`` is below 0, every ``every`` steps.

    ``percent`` makes ``by`` a share of the step before. ``kind`` says which loads an amount is for
    (kg, RM, % of maximum, % of body weight), None for everything else. Raises
    ``ValueError`` naming the field.
    """

    what: Vary
    by: Decimal
    percent: bool = False
    every: int = 1
    kind: LoadKind | None = None

    def __post_init__(self) -> None:
        _check_rule(self.what, self.by, self.percent, self.every)
        if (self.kind is not None) != (self.what is Vary.LOAD and not self.percent):
            raise ValueError("kind: an amount of load has one, nothing else has")
        if self.kind is LoadKind.BODY_WEIGHT:
            raise ValueError("kind: body weight has no amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """A rule with the first dose of the row. The fields are those of ``FillRule``.

    Without ``kind`` an amount of load is in whatever the first dose counts. Raises ``ValueError``
    naming the field.
    """

    start: AnyDose
    what: Vary
    by: Decimal
    percent: bool = False
    every: int = 1
    kind: LoadKind | None = None

    def __post_init__(self) -> None:
        _check_rule(self.what, self.by, self.percent, self.every)
        if not isinstance(self.start, Dose):
            raise ValueError("start: only sets of an exercise can be filled by rule")
        if self.what is Vary.HOLD and self.start.hold_s is None:
            raise ValueError("what: repetitions are not counted in seconds")
        if self.what is Vary.REPS and self.start.reps is None:
            raise ValueError("what: a hold has no repetitions")
        if self.what is Vary.LOAD:
            self._check_load(self.start.load.kind)

    def _check_load(self, kind: LoadKind) -> None:
        if self.percent:
            if kind is not LoadKind.KG:
                raise ValueError(f"what: {_NO_SHARE[kind]}")
            return
        # Weight is added to body weight, so a row may start without any.
        if self.kind is not None and self.kind is not kind and not self._adds_weight(kind):
            raise ValueError(f"what: the first dose is {_KIND_WORDS[kind]}")
        if kind is LoadKind.RM and self.by != self.by.to_integral_value():
            raise ValueError("by: RM goes in whole numbers")

    def _adds_weight(self, kind: LoadKind) -> bool:
        added = (LoadKind.KG, LoadKind.PERCENT_BODY_WEIGHT)
        return kind is LoadKind.BODY_WEIGHT and self.kind in added


_NO_SHARE = {
    LoadKind.BODY_WEIGHT: "body weight has no amount to take a share of: write +5kg",
    LoadKind.RM: "RM goes in whole numbers: write -2rm",
    LoadKind.PERCENT_MAX: "more of a % of maximum effort is written as +5%max",
    LoadKind.PERCENT_BODY_WEIGHT: "more of a % of body weight is written as +5%bw",
}
_KIND_WORDS = {
    LoadKind.BODY_WEIGHT: "with body weight",
    LoadKind.KG: "in kg",
    LoadKind.RM: "in RM",
    LoadKind.PERCENT_MAX: "in % of maximum effort",
    LoadKind.PERCENT_BODY_WEIGHT: "in % of body weight",
}


_BOUNDS = {Vary.REPS: REPS, Vary.SETS: SETS, Vary.HOLD: HOLD_S}


def _check_rule(what: Vary, by: Decimal, percent: bool, every: int) -> None:
    if not by.is_finite() or by == 0 or abs(by) > 500:
        raise ValueError("by: must be a number above or below 0, at most 500")
    if by % Decimal("0.001"):
        raise ValueError("by: must have at most three decimals")
    if percent and not -90 <= by <= 100:
        raise ValueError("by: must be from -90 to 100 %")
    if not percent and what is not Vary.LOAD and by != by.to_integral_value():
        raise ValueError(f"by: {what.value} go in whole numbers")
    if not 1 <= every <= MOST_EVERY:
        raise ValueError(f"every: must be from 1 to {MOST_EVERY} steps")


def nearest(kg: Decimal, owned: Owned) -> Decimal:
    """The weight to use for ``kg``: that one where it can be made, else the next lighter.

    Heavier than asked only where nothing lighter can be made. 0 stays 0. Where nothing is owned,
    halves of a kg can be made. Raises ``ValueError`` for less than 0 or more than a dose may have.
    """
    most = LOAD_BOUNDS[LoadKind.KG].high
    if not kg.is_finite() or not 0 <= kg <= most:
        raise ValueError(f"kg: must be {LOAD_BOUNDS[LoadKind.KG].says}")
    if kg == 0:
        return kg
    if not (owned.plates or owned.dumbbells or owned.bands):
        return max(HALF_KG, _down(kg / HALF_KG) * HALF_KG)
    made = _made(owned)
    lighter = made & ((1 << int(_down(kg / TEN_GRAMS)) + 1) - 1)
    best = lighter.bit_length() - 1 if lighter else (made & -made).bit_length() - 1
    return best * TEN_GRAMS


def _down(number: Decimal) -> Decimal:
    return number.to_integral_value(rounding=ROUND_FLOOR)


def _made(owned: Owned) -> int:
    """Every weight that can be made, as the bits of a number: bit n is n times ten grams."""
    limit = (1 << int(max(LOAD_BOUNDS[LoadKind.KG].high, HEAVIEST_KG * 2) / TEN_GRAMS) + 1) - 1
    sums = 1
    for kg in owned.plates:
        sums |= (sums << int(2 * kg / TEN_GRAMS)) & limit
    sums &= ~1
    for kg in (*owned.dumbbells, *owned.bands):
        sums |= 1 << int(kg / TEN_GRAMS)
    return sums


def filled(fill: Fill, *, columns: int, owned: Owned) -> tuple[AnyDose, ...]:
    """The doses of a row, the first as typed.

    Kilograms are rounded to what is owned, shares of repetitions, sets and seconds to the easier
    whole number; rounding never turns a step around. Repetitions that are their own RM (10 at 10RM)
    follow it. Raises ``ValueError`` naming the step that no dose can be.
    """
    if not 1 <= columns <= MOST_STEPS:
        raise ValueError(f"columns: must be from 1 to {MOST_STEPS}")
    assert isinstance(fill.start, Dose)
    doses = [fill.start]
    with localcontext() as context:
        context.prec = 40
        for column in range(1, columns):
            try:
                doses.append(_at(fill, fill.start, column // fill.every, doses[-1], owned))
            except ValueError as error:
                raise ValueError(f"step {column + 1}: {_reason(error)}") from None
    return tuple(doses)


def _reason(error: ValueError) -> str:
    """The message without the name of its field, which nobody reads in a row."""
    return str(error).split(": ", 1)[-1]


def _at(fill: Fill, start: Dose, times: int, before: Dose, owned: Owned) -> Dose:
    """The dose after the rule has been used ``times`` times."""
    if not times:
        return start
    match fill.what:
        case Vary.LOAD:
            return _loaded(fill, start, times, before, owned)
        case Vary.SETS:
            return replace(start, sets=_whole(fill, start.sets, times, "sets"))
        case Vary.HOLD:
            return replace(start, hold_s=_whole(fill, start.hold_s or 0, times, "seconds"))
        case Vary.REPS:
            reps = _whole(fill, start.reps or 0, times, "repetitions")
            more = reps - (start.reps or 0)
            reps_to = None if start.reps_to is None else start.reps_to + more
            return _possible(_changed(start, reps=reps, reps_to=reps_to))


def _loaded(fill: Fill, start: Dose, times: int, before: Dose, owned: Owned) -> Dose:
    kind, amount = _from(fill, start.load)
    asked = _grown(fill, amount, times)
    bounds = LOAD_BOUNDS[kind]
    if not bounds.low <= asked <= bounds.high:
        raise ValueError(f"{_shown(asked)} {bounds.unit} is out of bounds, {bounds.says}")
    if kind is LoadKind.KG:
        asked = nearest(asked, owned)
        limit = Decimal(before.load.amount or 0)
        asked = max(asked, limit) if fill.by > 0 else min(asked, limit)
    load = Load(kind=kind, amount=_exact(asked))
    if kind is LoadKind.RM and start.reps == start.load.amount and start.reps_to is None:
        return replace(start, load=load, reps=int(asked))
    return _possible(replace(start, load=load))


def _from(fill: Fill, load: Load) -> tuple[LoadKind, Decimal]:
    """What is grown: body weight is none added."""
    if load.amount is None:
        return fill.kind or LoadKind.KG, Decimal(0)
    return load.kind, Decimal(load.amount)


def _grown(fill: Fill, amount: Decimal, times: int) -> Decimal:
    if fill.percent:
        grown = amount * (1 + fill.by / 100) ** times
        # Shares of shares run to many decimals; a thousandth is finer than anything owned.
        return grown.quantize(Decimal("0.001"), rounding=ROUND_FLOOR) if grown < 10**9 else grown
    return amount + fill.by * times


def _whole(fill: Fill, amount: int, times: int, unit: str) -> int:
    grown = int(_down(_grown(fill, Decimal(amount), times)))
    bounds = _BOUNDS[fill.what]
    if not bounds.low <= grown <= bounds.high:
        raise ValueError(f"{_shown(Decimal(grown))} {unit} is out of bounds, {bounds.says}")
    return grown


def _shown(amount: Decimal) -> str:
    return plain(amount) if abs(amount) < 10**6 else "too many"


def _changed(dose: Dose, **changes: int | None) -> Dose:
    return replace(dose, **changes)  # type: ignore[arg-type]


def _possible(dose: Dose) -> Dose:
    """The dose, unless it asks for more repetitions than its RM allows."""
    most = dose.reps_to or dose.reps
    if dose.load.kind is LoadKind.RM and most is not None and most > (dose.load.amount or 0):
        raise ValueError(
            f"{counted(most, 'repetition')} can't be done at {dose.load.amount}RM,"
            " change the repetitions first"
        )
    return dose


def _exact(amount: Decimal) -> Number:
    return int(amount) if amount == amount.to_integral_value() else Decimal(plain(amount))


# --- The rule as it is typed. ---

_UNITS: dict[str, tuple[Vary, bool, LoadKind | None]] = {
    "kg": (Vary.LOAD, False, LoadKind.KG),
    "rm": (Vary.LOAD, False, LoadKind.RM),
    "%max": (Vary.LOAD, False, LoadKind.PERCENT_MAX),
    "%bw": (Vary.LOAD, False, LoadKind.PERCENT_BODY_WEIGHT),
    "%": (Vary.LOAD, True, None),
    "rep": (Vary.REPS, False, None),
    "%rep": (Vary.REPS, True, None),
    "set": (Vary.SETS, False, None),
    "%set": (Vary.SETS, True, None),
    "s": (Vary.HOLD, False, None),
    "%s": (Vary.HOLD, True, None),
}
_SPOKEN = {
    "kgs": "kg",
    "kilo": "kg",
    "kilos": "kg",
    "reps": "rep",
    "repetition": "rep",
    "repetitions": "rep",
    "sets": "set",
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "load": "",
}
_RULE = re.compile(
    r"(?P<sign>[+-])?\s*(?P<by>[0-9]+(?:[.,][0-9]+)?)\s*(?P<share>%)?\s*(?:of\s+)?(?P<unit>[a-z]*)"
    r"(?P<every>\s*,?\s*(?:every|each)\s+(?:(?P<steps>[0-9]+)(?:nd|rd|th)?\s*)?"
    r"(?:steps?|columns?)?)?\s*",
    re.ASCII,
)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


def read_fill(text: str) -> FillRule:
    """The rule this text means: "+5kg", "+10%", "+2.5kg every 2", "-1rep", "+5s", "-2rm".

    Raises ``NotUnderstood``, and nothing else, for every other text.
    """
    if len(text) > LONGEST_RULE:
        raise NotUnderstood(
            f"A rule has at most {LONGEST_RULE} letters", part=text[:QUOTED], understood=NOTHING
        )
    part = text.strip()
    if not part:
        raise NotUnderstood(
            "No rule is written: write so much more a step, as +5kg or +10%",
            part="",
            understood=NOTHING,
        )
    match = _RULE.fullmatch(part.lower().translate(_DASHES))
    if match is None:
        raise _no_rule(part, "is not a rule: write +5kg, +10%, -2rm, +1rep or +5s every 2")
    share, word = match["share"] or "", match["unit"]
    unit = share + _SPOKEN.get(word, word)
    if unit not in _UNITS:
        raise _no_rule(
            part, "has no unit known here: write kg, rm, %, %max, %bw, rep, set or s after it"
        )
    if match["sign"] is None:
        raise _no_rule(part, f"could be more or less: write +{part} or -{part}")
    what, percent, kind = _UNITS[unit]
    by = Decimal(match["by"].replace(",", "."))
    every = int(match["steps"] or 1)
    try:
        return FillRule(
            what=what,
            by=by if match["sign"] == "+" else -by,
            percent=percent,
            every=every,
            kind=kind,
        )
    except ValueError as error:
        raise _no_rule(part, _reason(error)) from None


def _no_rule(part: str, problem: str) -> NotUnderstood:
    shown = part if len(part) <= QUOTED else f"{part[:QUOTED]}…"
    glue = "" if problem.startswith(("is ", "has ", "could ")) else ":"
    match = re.match(r"([+-]?)\s*([0-9]+(?:[.,][0-9]+)?)", part.translate(_DASHES), re.ASCII)
    understood = NOTHING
    if match:
        way = {"+": " more", "-": " less"}.get(match[1], "")
        understood = f"{match[2].replace(',', '.')}{way}"
    return NotUnderstood(f"“{shown}”{glue} {problem}", part=part, understood=understood)


def short_fill(rule: FillRule) -> str:
    """The rule as it is typed; ``read_fill`` gets the same rule back from it."""
    sign = "+" if rule.by > 0 else "-"
    every = f" every {rule.every}" if rule.every > 1 else ""
    return f"{sign}{plain(abs(rule.by))}{_unit(rule)}{every}"


def _unit(rule: FillRule) -> str:
    meant = (rule.what, rule.percent, rule.kind)
    return next((unit for unit, means in _UNITS.items() if means == meant), "kg")


def fill_words(rule: FillRule) -> str:
    """The rule in words: "5 kg more every 2 steps", "10 % less load every step"."""
    amount = plain(abs(rule.by))
    unit = {
        "kg": " kg",
        "rm": "RM",
        "%max": " % of maximum effort",
        "%bw": " % of body weight",
        "%": " %",
        "rep": " repetition" if amount == "1" else " repetitions",
        "set": " set" if amount == "1" else " sets",
        "s": " second" if amount == "1" else " seconds",
    }.get(_unit(rule), " %")
    of = {Vary.LOAD: "load", Vary.REPS: "repetitions", Vary.SETS: "sets", Vary.HOLD: "time"}
    noun = f" {of[rule.what]}" if rule.percent else ""
    way = "more" if rule.by > 0 else "less"
    if rule.what is Vary.REPS or rule.what is Vary.SETS:
        way = "more" if rule.by > 0 else "fewer"
    every = "every step" if rule.every == 1 else f"every {rule.every} steps"
    return f"{amount}{unit} {way}{noun} {every}"


def fill_of(start: AnyDose, text: str) -> Fill:
    """The typed rule with the first dose of the row.

    Raises ``NotUnderstood`` for a text that is no rule, or no rule for this dose.
    """
    rule = read_fill(text)
    try:
        return Fill(
            start=start,
            what=rule.what,
            by=rule.by,
            percent=rule.percent,
            every=rule.every,
            kind=rule.kind,
        )
    except ValueError as error:
        raise NotUnderstood(
            f"“{text.strip()}” does not fit the first dose: {_reason(error)}",
            part=text.strip(),
            understood=fill_words(rule),
        ) from None
