"""The rules run on one case without a database: for teaching, for audit and for tests.

``appraise`` takes a case as decoded JSON and gives plain JSON values. A case that can't be read
raises ``CaseError``, whose message names the field by its path ("session.pain_during: ...").
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from assessments.rules.bounds import (
    AGE,
    DAYS,
    HOPS,
    MINUTES,
    PAIN,
    REPETITIONS,
    TENDER_CM,
    TENDER_POINTS_MAX,
    VISA_POINTS,
    VISA_TOTAL,
    WEEKS,
    Bounds,
    Number,
)
from assessments.rules.cortisone import cortisone_class
from assessments.rules.examination import Examination, Findings, examine
from assessments.rules.rounding import one_decimal
from assessments.rules.screening import WELLS_ITEMS_MAX, Screening
from assessments.rules.terms import (
    Cortisone,
    Pathway,
    Q8Band,
    RunningPermission,
    RunningStatus,
    Sex,
    SportLevel,
    Stage,
    VisaChange,
)
from assessments.rules.visa import Q7_POINTS, VisaAnswers, q1_points, q6_points, visa_change
from programmes.rules.decision import COMPLETED, COUNT, STEP, Context, SessionFacts, decide
from programmes.rules.dose import WalkRun
from programmes.rules.exits import Measurements, exit_check, failed_keys
from programmes.rules.protocols import ISOTONIC_PROTOCOLS, ladder
from programmes.rules.recovery import recovery_days
from programmes.rules.review import ADHERENCE, review
from programmes.rules.terms import Protocol, ReviewOutcome


class CaseError(ValueError):
    """A case that can't be read: one line that names the field."""


# Places a decimal may have; below it sums and differences of values in range are exact.
PLACES_HIGHEST = 20
# Stands for the value of a field that an object names twice.
_TWICE = object()
# Characters of a value that an error repeats.
ECHO_HIGHEST = 40

KILOMETRES = Bounds(low=0, high=1_000)
SYMMETRY = Bounds(low=0, high=100_000, unit="%")

CASE_KEYS = frozenset(
    {
        "id",
        "title",
        "about",
        "note",
        "notes",
        "comment",
        "expected",
        "patient",
        "visa",
        "session",
        "ctx",
        "exit",
        "review",
    }
)
EXIT_CHOICES = ("E1", "E2", "E3")

# Ways a seventh item is written in the wild, each with its canonical answer.
SPORT_SPELLINGS: Mapping[str, SportLevel] = {
    **dict.fromkeys(("not_at_all", "none", "no"), SportLevel.NOT_AT_ALL),
    **dict.fromkeys(("modified", "modified_training"), SportLevel.MODIFIED),
    **dict.fromkeys(
        (
            "full_not_same_level",
            "full",
            "full_not_same",
            "full_lower",
            "full_lower_level",
            "full_below_level",
            "full_training",
        ),
        SportLevel.FULL_LOWER,
    ),
    **dict.fromkeys(
        (
            "same_or_higher",
            "same",
            "same_level",
            "same_or_higher_level",
            "competing",
            "competing_same_or_higher",
            "full_same_level",
        ),
        SportLevel.SAME_OR_HIGHER,
    ),
}
SPORT_CHOICES = ("not_at_all", "modified", "full_not_same_level", "same_or_higher")
BAND_SPELLINGS: Mapping[str, Q8Band] = {
    **{band.value: band for band in Q8Band},
    **dict.fromkeys(("30+", "over_30", "gt30"), Q8Band.OVER_30),
}
# A dash as a word processor makes it.
EN_DASH = "\N{EN DASH}"

Choice = TypeVar("Choice", bound=StrEnum)
Read = TypeVar("Read")


# --- Reading JSON. ---


def read_cases(text: str) -> object:
    """The JSON in ``text``, decimals exact. Raises ``CaseError`` when it can't be read.

    Numbers that are none (NaN, infinities) are kept, so that the field they stand in refuses them.
    """
    try:
        return json.loads(
            text,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=Decimal,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise CaseError("JSON: is nested too deeply") from None
    except ValueError as error:
        raise CaseError(f"JSON: can't be read: {_one_line(str(error))}") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The object; a field given twice has no one value, so it is refused where it is read."""
    found: dict[str, object] = {}
    for key, value in pairs:
        found[key] = _TWICE if key in found else value
    return found


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond what Decimal can hold
        return Decimal("NaN")


def _integer(text: str) -> int | Decimal:
    """The number; Python refuses to read very long ones, and no field takes one."""
    return int(text) if len(text) <= ECHO_HIGHEST else Decimal(text)


def appraise_all(cases: object) -> object:
    """The appraisal of one case, or of each in a list, where a bad one gives ``{"error": ...}``.

    Raises ``CaseError`` for a single case that can't be read.
    """
    if isinstance(cases, list):
        return [_appraised(case) for case in cases]
    if not isinstance(cases, Mapping):
        raise CaseError(f"case: must be an object or a list of them, got {_short(cases)}")
    return appraise(cases)


def _appraised(case: object) -> dict[str, object]:
    if not isinstance(case, Mapping):
        return {"error": f"case: must be an object, got {_short(case)}"}
    try:
        return appraise(case)
    except CaseError as error:
        return {"error": str(error)}


# --- One field. Each reader gives None for a value that is absent or null. ---


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One object of a case with its path, so that an error can name the field."""

    path: str
    values: Mapping[str, object]

    def number(self, key: str, bounds: Bounds) -> Number | None:
        return self._read(key, lambda name, value: _number(name, value, bounds))

    def whole(self, key: str, bounds: Bounds) -> int | None:
        return self._read(key, lambda name, value: _whole(name, value, bounds))

    def answer(self, key: str) -> bool | None:
        return self._read(key, _answer)

    def choice(self, key: str, kind: type[Choice], allowed: Sequence[Choice]) -> Choice | None:
        return self._read(key, lambda name, value: _choice(name, value, kind, allowed))

    def _read(self, key: str, reader: Callable[[str, object], Read]) -> Read | None:
        value = self.values.get(key)
        return None if value is None else reader(f"{self.path}.{key}", value)


def _part(
    case: Mapping[str, object], key: str, known: Sequence[str], *, path: str = ""
) -> _Part | None:
    """The object under ``key``, None when absent or null; an unknown key in it is an error."""
    value = case.get(key)
    name = f"{path}{key}"
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise CaseError(f"{name}: must be an object, got {_short(value)}")
    for each in value:
        if each not in known:
            raise CaseError(f"{name}.{_short(each, quote=False)}: is not a known field")
    return _Part(path=name, values=value)


def _number(name: str, value: object, bounds: Bounds) -> Number:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise CaseError(f"{name}: must be a number, got {_short(value)}")
    # A case built in Python may hold floats; their shortest decimal is what was meant.
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if isinstance(number, Decimal) and not number.is_finite():
        raise CaseError(f"{name}: must be a number, got {_short(value)}")
    if not bounds.low <= number <= bounds.high:
        raise CaseError(f"{name}: must be {bounds.low} to {bounds.high}, got {_short(value)}")
    if isinstance(number, Decimal):
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -PLACES_HIGHEST:
            raise CaseError(f"{name}: has more than {PLACES_HIGHEST} decimal places")
    return number


def _whole(name: str, value: object, bounds: Bounds) -> int:
    number = _number(name, value, bounds)
    if number != int(number):
        raise CaseError(f"{name}: must be a whole number, got {_short(value)}")
    return int(number)


def _answer(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise CaseError(f"{name}: must be true or false, got {_short(value)}")
    return value


def _choice(name: str, value: object, kind: type[Choice], allowed: Sequence[Choice]) -> Choice:
    if isinstance(value, str) and value in {each.value for each in allowed}:
        return kind(value)
    raise CaseError(f"{name}: must be one of {_listed(allowed)}, got {_short(value)}")


def _listed(choices: Sequence[str]) -> str:
    return ", ".join(choices)


def _short(value: object, *, quote: bool = True) -> str:
    """The value as JSON writes it, on one line and not too long."""
    if value is _TWICE:
        return "two values"
    if isinstance(value, int) and not isinstance(value, bool):
        # Python refuses to write out very long integers.
        text = str(value) if abs(value) < 10**ECHO_HIGHEST else "a very large number"
    elif isinstance(value, Decimal):
        text = str(value)
    elif isinstance(value, Mapping):
        text = "an object"
    elif isinstance(value, list | tuple):
        text = "a list"
    elif isinstance(value, str) and not quote:
        text = json.dumps(value)[1:-1]
    else:
        text = json.dumps(value, default=repr)
    return text if len(text) <= ECHO_HIGHEST else f"{text[:ECHO_HIGHEST]}..."


def _one_line(text: str) -> str:
    return " ".join(text.split())


# --- The parts of a case. ---

_RED_ANSWERS = tuple(each.name for each in fields(Screening) if each.name != "wells_items")
_PATIENT_KEYS = (
    "sex",
    "age",
    "duration_weeks",
    "tender_cm",
    "warm",
    "swelling_diffuse",
    "thickening_nodular",
    "prior_episode",
    "pain_light_load",
    "sl_heel_raise_pain",
    "csi_days",
    "fq_days",
    "red",
    "hret_affected",
    "hret_unaffected",
    "running_status",
    "run_pain",
    "run_settled",
    "spike",
)
_VISA_KEYS = ("q1_min", "q2", "q3", "q4", "q5", "q6_hops", "q7", "q8")
_SESSION_NUMBERS: Mapping[str, Bounds] = {
    "pain_before": PAIN,
    "pain_during": PAIN,
    "pain_after": PAIN,
    "pain_24h": PAIN,
    "stiff_base": MINUTES,
    "stiff_next": MINUTES,
    "completed_pct": COMPLETED,
}
_SESSION_KEYS = (*_SESSION_NUMBERS, "new_warm_or_swollen", "recovery_ok")
_CTX_KEYS = (
    "stage",
    "step",
    "protocol",
    "n_ok_before",
    "week_trend_rising",
    "regress_in_14d",
    "sessions_at_step",
    "min_sessions",
)
_T_KEYS = (
    "sl_pain",
    "n_ok",
    "dl_hop_pain",
    "weeks_isotonic",
    "sl_reps",
    "sl_reps_pain",
    "walk30_pain",
    "walk_min",
    "attested",
    "sl_hop_pain",
    "reactive",
    "csi",
    "lsi",
)
_REVIEW_KEYS = ("weeks", "adherence_pct", "baseline_visa")


def _examination(case: Mapping[str, object]) -> Examination:
    patient = _part(case, "patient", _PATIENT_KEYS)
    if patient is None:
        raise CaseError("patient: is missing")
    distance, longest = _spike(patient)
    return Examination(
        sex=patient.choice("sex", Sex, tuple(Sex)) or Sex.UNSTATED,
        age=patient.whole("age", AGE),
        duration_weeks=patient.number("duration_weeks", WEEKS),
        tender_cm=_tender(patient),
        warm=patient.answer("warm"),
        swelling_diffuse=patient.answer("swelling_diffuse"),
        thickening_nodular=patient.answer("thickening_nodular"),
        prior_episode=patient.answer("prior_episode"),
        pain_light_load=patient.number("pain_light_load", PAIN),
        single_leg_pain=patient.number("sl_heel_raise_pain", PAIN),
        screening=_screening(patient),
        cortisone_days=patient.whole("csi_days", DAYS),
        fluoroquinolone_days=patient.whole("fq_days", DAYS),
        heel_raise_affected=patient.whole("hret_affected", REPETITIONS),
        heel_raise_unaffected=patient.whole("hret_unaffected", REPETITIONS),
        running_status=patient.choice("running_status", RunningStatus, tuple(RunningStatus)),
        run_pain=patient.number("run_pain", PAIN),
        run_settled=patient.answer("run_settled"),
        spike_m=distance,
        longest_m=longest,
        visa=_visa(case),
    )


def _tender(patient: _Part) -> tuple[Number, ...] | None:
    points = patient.values.get("tender_cm")
    name = f"{patient.path}.tender_cm"
    if points is None:
        return None
    if not isinstance(points, list | tuple):
        raise CaseError(f"{name}: must be a list of numbers, got {_short(points)}")
    if len(points) > TENDER_POINTS_MAX:
        raise CaseError(f"{name}: must have at most {TENDER_POINTS_MAX} points")
    return tuple(_number(f"{name}.{place}", point, TENDER_CM) for place, point in enumerate(points))


def _spike(patient: _Part) -> tuple[Number | None, Number | None]:
    """This run and the longest before it in km; the ratio alone is read, so the unit falls out."""
    pair = patient.values.get("spike")
    name = f"{patient.path}.spike"
    if pair is None:
        return None, None
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise CaseError(f"{name}: must be two distances, [this run, longest before]")
    distance, longest = pair
    return (
        _number(f"{name}.0", distance, KILOMETRES),
        None if longest is None else _number(f"{name}.1", longest, KILOMETRES),
    )


def _screening(patient: _Part) -> Screening:
    red = _part(patient.values, "red", (*_RED_ANSWERS, "wells_items"), path=f"{patient.path}.")
    if red is None:
        return Screening()
    items = red.values.get("wells_items")
    name = f"{red.path}.wells_items"
    if items is not None:
        if not isinstance(items, list | tuple):
            raise CaseError(f"{name}: must be a list of names, got {_short(items)}")
        for place, each in enumerate(items):
            if not isinstance(each, str) or not each:
                raise CaseError(f"{name}.{place}: must be a name, got {_short(each)}")
        if len(items) > WELLS_ITEMS_MAX:
            raise CaseError(f"{name}: must have at most {WELLS_ITEMS_MAX} names")
    answers = {key: red.answer(key) for key in _RED_ANSWERS}
    return Screening(wells_items=None if items is None else tuple(items), **answers)


def _visa(case: Mapping[str, object]) -> VisaAnswers | None:
    visa = _part(case, "visa", _VISA_KEYS)
    if visa is None:
        return None
    parts = _part(visa.values, "q8", ("A", "B", "C"), path=f"{visa.path}.")
    return VisaAnswers(
        q1=q1_points(visa.number("q1_min", MINUTES)),
        q2=visa.whole("q2", VISA_POINTS),
        q3=visa.whole("q3", VISA_POINTS),
        q4=visa.whole("q4", VISA_POINTS),
        q5=visa.whole("q5", VISA_POINTS),
        q6=q6_points(visa.whole("q6_hops", HOPS)),
        q7=_sport_points(f"{visa.path}.q7", visa.values.get("q7")),
        q8_a=_band(parts, "A"),
        q8_b=_band(parts, "B"),
        q8_c=_band(parts, "C"),
    )


def _sport_points(name: str, value: object) -> int | None:
    """Points of the seventh item, from its words in several spellings or from the points."""
    if value is None:
        return None
    if isinstance(value, str):
        level = SPORT_SPELLINGS.get(re.sub(r"[\s-]+", "_", value.strip().lower()))
        if level is not None:
            return Q7_POINTS[level]
    elif isinstance(value, int) and not isinstance(value, bool) and value in Q7_POINTS.values():
        return value
    raise CaseError(f"{name}: must be one of {_listed(SPORT_CHOICES)}, got {_short(value)}")


def _band(parts: _Part | None, key: str) -> Q8Band | None:
    value = None if parts is None else parts.values.get(key)
    if parts is None or value is None:
        return None
    if isinstance(value, str):
        words = value.strip().lower().replace(EN_DASH, "-")
        band = BAND_SPELLINGS.get(re.sub(r"min(utes)?$", "", words).rstrip())
        if band is not None:
            return band
    bands = _listed([each.value for each in Q8Band])
    raise CaseError(f"{parts.path}.{key}: must be one of {bands}, got {_short(value)}")


def _session(case: Mapping[str, object]) -> SessionFacts | None:
    session = _part(case, "session", _SESSION_KEYS)
    if session is None:
        return None
    recovery_ok = session.answer("recovery_ok")
    numbers = {key: session.number(key, bounds) for key, bounds in _SESSION_NUMBERS.items()}
    return SessionFacts(
        new_warm_or_swollen=session.answer("new_warm_or_swollen") or False,
        recovery_ok=True if recovery_ok is None else recovery_ok,
        **numbers,
    )


def _context(case: Mapping[str, object]) -> Context:
    """The context; counts left out are of nothing recorded, and HSR is the protocol left out."""
    ctx = _part(case, "ctx", _CTX_KEYS) or _Part(path="ctx", values={})
    return Context(
        stage=ctx.choice("stage", Stage, tuple(Stage)),
        step=ctx.whole("step", STEP),
        protocol=ctx.choice("protocol", Protocol, ISOTONIC_PROTOCOLS) or Protocol.HSR,
        n_ok_before=ctx.whole("n_ok_before", COUNT) or 0,
        week_trend_rising=ctx.whole("week_trend_rising", COUNT) or 0,
        regress_in_14d=ctx.whole("regress_in_14d", COUNT) or 0,
        sessions_at_step=ctx.whole("sessions_at_step", COUNT),
        min_sessions=ctx.whole("min_sessions", COUNT),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exit:
    """The exit asked for and what was measured for it; None where ``t`` says nothing."""

    name: str
    measured: Measurements


def _exit(case: Mapping[str, object]) -> _Exit | None:
    asked = _part(case, "exit", ("name", "t"))
    if asked is None:
        return None
    name = asked.values.get("name")
    if not isinstance(name, str) or name not in EXIT_CHOICES:
        raise CaseError(f"exit.name: must be one of {_listed(EXIT_CHOICES)}, got {_short(name)}")
    t = _part(asked.values, "t", _T_KEYS, path="exit.") or _Part(path="exit.t", values={})
    lsi = t.number("lsi", SYMMETRY)
    measured = Measurements(
        reactive=t.answer("reactive"),
        cortisone=_cortisone(t),
        lsi=None if lsi is None else Fraction(lsi),
        sl_pain=t.number("sl_pain", PAIN),
        n_ok=t.whole("n_ok", COUNT),
        dl_hop_pain=t.number("dl_hop_pain", PAIN),
        weeks_isotonic=t.number("weeks_isotonic", WEEKS),
        sl_reps=t.whole("sl_reps", REPETITIONS),
        sl_reps_pain=t.number("sl_reps_pain", PAIN),
        walk30_pain=t.number("walk30_pain", PAIN),
        walk_min=t.number("walk_min", MINUTES),
        attested=t.answer("attested"),
        sl_hop_pain=t.number("sl_hop_pain", PAIN),
    )
    return _Exit(name=name, measured=measured)


def _cortisone(t: _Part) -> Cortisone | None:
    """The class by its name, or from whole days since the injection."""
    given = t.values.get("csi")
    if isinstance(given, str):
        return t.choice("csi", Cortisone, tuple(Cortisone))
    days = t.whole("csi", DAYS)
    return None if days is None else cortisone_class(days)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a review is asked with."""

    weeks: Number | None
    adherence_pct: Number | None
    baseline_visa: int | None


def _review(case: Mapping[str, object]) -> _Asked:
    asked = _part(case, "review", _REVIEW_KEYS) or _Part(path="review", values={})
    return _Asked(
        weeks=asked.number("weeks", WEEKS),
        adherence_pct=asked.number("adherence_pct", ADHERENCE),
        baseline_visa=asked.whole("baseline_visa", VISA_TOTAL),
    )


# --- The appraisal. ---


def appraise(case: Mapping[str, object]) -> dict[str, object]:
    """Everything the rules say about one case, in plain JSON values.

    Every key is always there, null where it doesn't apply; ``run_level_1`` is there only when
    running may start. Raises ``CaseError`` naming the first field that can't be read.
    """
    for key in case:
        if key not in CASE_KEYS:
            raise CaseError(f"{_short(key, quote=False)}: is not a known field")
    examination = _examination(case)
    facts, context = _session(case), _context(case)
    wanted_exit, asked = _exit(case), _review(case)
    found = examine(examination)

    failed = None if wanted_exit is None else _failed(wanted_exit, found)
    e3_met = wanted_exit is not None and wanted_exit.name == "E3" and not failed
    change = _visa_change(asked, found)
    outcome = review(
        weeks=asked.weeks, adherence_pct=asked.adherence_pct, visa_change=change
    ).outcome
    nonresponse = outcome is ReviewOutcome.REFER_NONRESPONSE
    if e3_met or nonresponse:
        found = examine(replace(examination, e3_met=e3_met, nonresponse=nonresponse))

    appraised: dict[str, object] = {
        "visa_items": list(found.visa_items),
        "visa_total": found.visa_total,
        "location": found.location.value,
        "phase": _value(found.phase),
        "pathway": _value(found.pathway),
        "red_flags": [[flag.id, flag.level.value] for flag in found.red_flags],
        "initial_stage": _value(found.initial_stage),
        "matrix": {row.value: cell.value for row, cell in found.matrix.items()},
        "norm": found.norm,
        "lsi": None if found.lsi is None else float(one_decimal(found.lsi)),
        "running": _value(found.running),
        "spike_class": None if found.spike is None else found.spike.spike_class.value,
        "spike_pct": _spike_percent(found),
        "warnings": list(found.warnings),
        "decision": _decision(facts, context, found),
        "recovery_days": _recovery(facts, context),
        "exit_failed": None if failed is None else list(failed),
        "visa_change": _value(change),
        "review": _value(outcome),
    }
    if found.running is RunningPermission.START_LEVEL_1:
        appraised["run_level_1"] = _first_rung()
    return appraised


def _value(choice: StrEnum | None) -> str | None:
    return None if choice is None else choice.value


def _spike_percent(found: Findings) -> float | None:
    if found.spike is None or found.spike.percent is None:
        return None
    return float(found.spike.percent)


def _failed(wanted: _Exit, found: Findings) -> tuple[str, ...]:
    """Criteria not met; what was not measured for the exit comes from the patient."""
    measured = wanted.measured
    reactive = None if found.pathway is None else found.pathway is Pathway.SETTLE
    whole = replace(
        measured,
        reactive=reactive if measured.reactive is None else measured.reactive,
        cortisone=found.cortisone if measured.cortisone is None else measured.cortisone,
        lsi=found.lsi if measured.lsi is None else measured.lsi,
    )
    return failed_keys(exit_check(wanted.name, whole))


def _visa_change(asked: _Asked, found: Findings) -> VisaChange | None:
    if asked.baseline_visa is None or asked.weeks is None or found.visa_total is None:
        return None
    return visa_change(found.visa_total - asked.baseline_visa, asked.weeks, found.location)


def _decision(facts: SessionFacts | None, context: Context, found: Findings) -> list[str] | None:
    if facts is None and not found.locked:
        return None
    proposal = decide(facts, context, locked=found.locked)
    return [proposal.outcome.value, proposal.rule]


def _recovery(facts: SessionFacts | None, context: Context) -> int | None:
    if facts is None:
        return None
    return recovery_days(
        context.stage, context.protocol, context.step, facts.pain_during, facts.pain_24h
    )


def _first_rung() -> list[int] | None:
    """Rounds, walking and running minutes of the first rung of the run-walk ladder."""
    dose = ladder(Protocol.RUN).steps[0].items[0].dose
    return [dose.rounds, dose.walk_min, dose.run_min] if isinstance(dose, WalkRun) else None
