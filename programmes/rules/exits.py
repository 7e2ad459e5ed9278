"""Stage exits E1 to E5 (section 12): what a patient must show before the next stage.

Every criterion counts; one that nobody measured counts as not met.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from assessments.rules.bounds import (
    MINUTES,
    PAIN,
    REPETITIONS,
    VISA_TOTAL,
    WEEKS,
    Bounds,
    Number,
    check,
    check_answer,
)
from assessments.rules.defaults import DEFAULTS as ASSESSMENT_DEFAULTS
from assessments.rules.defaults import AssessmentDefaults
from assessments.rules.heel_raise import gate_repetitions
from assessments.rules.rounding import one_decimal
from assessments.rules.terms import Cortisone, GateMode, Stage
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.terms import CriterionState, Settling
from programmes.rules.words import counted, plain

STAGE_EXITS = {
    Stage.ISOMETRIC: "E1",
    Stage.ISOTONIC: "E2",
    Stage.PLYOMETRIC: "E3",
    Stage.RUN_WALK: "E4",
    Stage.FULL_RETURN: "E5",
}
EXIT_NAMES = tuple(STAGE_EXITS.values())

_COUNT = Bounds(low=0, high=100_000, whole=True)
_NO_SPORT_POINTS = Bounds(low=0, high=60, unit="points", whole=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """What is known when an exit is asked for; None is "not measured".

    Pain is 0 to 10. ``lsi`` is the exact share in percent, never the rounded one. ``n_ok`` and
    ``last_rung_sessions`` count good sessions in a row; ``sl_reps_pain`` is the pain of those
    raises. ``bilateral`` says that the other leg is no reference: symmetry then gives way to the
    age and sex ``norm``. ``days`` holds the day a value is of, by the name of its field; it changes
    no result. Raises ``ValueError`` naming the field.
    """

    reactive: bool | None = None
    cortisone: Cortisone | None = None
    lsi: Fraction | None = None
    bilateral: bool = False
    sl_pain: Number | None = None
    n_ok: int | None = None
    dl_hop_pain: Number | None = None
    weeks_isotonic: Number | None = None
    sl_reps: int | None = None
    sl_reps_pain: Number | None = None
    walk30_pain: Number | None = None
    walk_min: Number | None = None
    attested: bool | None = None
    sl_hop_pain: Number | None = None
    gate_mode: GateMode = GateMode.SEED
    unaffected_reps: int | None = None
    norm: int | None = None
    last_rung_sessions: int | None = None
    last_rung_pain: Number | None = None
    settled: Settling | None = None
    weeks_full_training: Number | None = None
    rising_weeks: int | None = None
    visa_total: int | None = None
    visa_q1_q6: int | None = None
    does_sport: bool | None = None
    days: Mapping[str, date] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for name in (
            "sl_pain",
            "dl_hop_pain",
            "sl_reps_pain",
            "walk30_pain",
            "sl_hop_pain",
            "last_rung_pain",
        ):
            check(name, getattr(self, name), PAIN)
        for name in ("sl_reps", "unaffected_reps", "norm"):
            check(name, getattr(self, name), REPETITIONS)
        for name in ("n_ok", "last_rung_sessions", "rising_weeks"):
            check(name, getattr(self, name), _COUNT)
        for name in ("weeks_isotonic", "weeks_full_training"):
            check(name, getattr(self, name), WEEKS)
        check("walk_min", self.walk_min, MINUTES)
        check("visa_total", self.visa_total, VISA_TOTAL)
        check("visa_q1_q6", self.visa_q1_q6, _NO_SPORT_POINTS)
        for name in ("reactive", "attested", "does_sport"):
            check_answer(name, getattr(self, name))
        if self.lsi is not None and self.lsi < 0:
            raise ValueError("lsi: must be 0 or more")

    def day(self, *names: str) -> date | None:
        """The earliest day the values of these fields are of; None where no day is known."""
        return min((self.days[name] for name in names if name in self.days), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One criterion: what it asks, where it stands, the value read and the one needed.

    ``on`` is the day of the test or the session the value comes from, None where none is known.
    """

    key: str
    says: str
    state: CriterionState
    value: str
    needed: str
    source: str
    on: date | None = None

    @property
    def failed(self) -> bool:
        """True unless the criterion is met or does not apply to this patient."""
        return self.state in (CriterionState.NOT_MET, CriterionState.NOT_MEASURED)


def exit_check(
    name: str,
    measurements: Measurements,
    *,
    defaults: ProgrammeDefaults = DEFAULTS,
    assessment_defaults: AssessmentDefaults = ASSESSMENT_DEFAULTS,
) -> tuple[Criterion, ...]:
    """The criteria of exit ``name`` ("E1" to "E5") in the order they are read.

    Raises ``ValueError`` for any other name.
    """
    if name not in _EXITS:
        raise ValueError(f"exit: must be one of {', '.join(_EXITS)}, got {name!r}")
    return _EXITS[name](measurements, defaults, assessment_defaults)


def failed_keys(criteria: tuple[Criterion, ...]) -> tuple[str, ...]:
    """Keys of the criteria that keep the patient in the stage; empty when all are met."""
    return tuple(each.key for each in criteria if each.failed)


def _e1(m: Measurements, d: ProgrammeDefaults, a: AssessmentDefaults) -> tuple[Criterion, ...]:
    return (
        _below("sl_pain_lt5", "Single-leg heel raise pain", m, "sl_pain", d.e1_raise_pain),
        _not_reactive(m),
        _at_least(
            "ok3", "Good sessions in a row", m, "n_ok", d.ok_isometric, unit="", source="own"
        ),
        _cortisone_not_recent(m),
    )


def _e2(m: Measurements, d: ProgrammeDefaults, a: AssessmentDefaults) -> tuple[Criterion, ...]:
    return (
        _below("sl_pain_lt4", "Single-leg heel raise pain", m, "sl_pain", d.e2_raise_pain),
        _below("dl10_hop_pain_lt5", "Pain of 10 double-leg hops", m, "dl_hop_pain", d.e2_hop_pain),
        *_symmetry(m, a),
        _at_least(
            "weeks_ge6",
            "Weeks of isotonic loading",
            m,
            "weeks_isotonic",
            d.e2_weeks,
            unit=" weeks",
            source="PMC8364697-T2",
        ),
        _not_reactive(m),
        _cortisone_not_recent(m),
    )


def _e3(m: Measurements, d: ProgrammeDefaults, a: AssessmentDefaults) -> tuple[Criterion, ...]:
    return (
        _raises(m, a),
        _at_most("raises_pain0", "Pain of these raises", m, "sl_reps_pain", d.e3_pain, "seed"),
        _walk(m, d),
        _yes("strength_attested", "Adequate calf strength, by the clinician", m, "seed"),
        *_symmetry(m, a),
        _at_most(
            "sl10_hop_pain_le2",
            "Pain of 10 single-leg hops",
            m,
            "sl_hop_pain",
            d.e3_hop_pain,
            "PMC6356409-A2",
        ),
        _not_reactive(m),
        _cortisone_not_recent(m),
    )


def _e4(m: Measurements, d: ProgrammeDefaults, a: AssessmentDefaults) -> tuple[Criterion, ...]:
    return (
        _at_least(
            "l10_ok3",
            "Good sessions in a row on the last rung",
            m,
            "last_rung_sessions",
            d.ok_run_walk,
            unit="",
            source="BLAKE",
        ),
        _at_most("pain_le2", "Pain on the last rung", m, "last_rung_pain", d.e4_pain, "own"),
        _criterion(
            "settled",
            "Settled by the next morning",
            None if m.settled is None else m.settled is Settling.SETTLED,
            {
                None: "",
                Settling.SETTLED: "yes",
                Settling.MARGINAL: "nearly",
                Settling.NOT_SETTLED: "no",
            }[m.settled],
            "yes",
            "own",
            on=m.day("settled"),
        ),
    )


def _e5(m: Measurements, d: ProgrammeDefaults, a: AssessmentDefaults) -> tuple[Criterion, ...]:
    no_sport = m.does_sport is False
    visa = _at_least(
        "visa_ge90", "VISA-A", m, "visa_total", d.e5_visa, unit=" points", source="PM22319681"
    )
    no_sport_points = _at_least(
        "visa_q1_q6_ge54",
        "VISA-A questions 1 to 6, for who does no sport",
        m,
        "visa_q1_q6",
        d.e5_no_sport_points,
        unit=" points",
        source="own",
    )
    return (
        _at_least(
            "full_training_4wk",
            "Weeks of full training",
            m,
            "weeks_full_training",
            d.e5_weeks,
            unit=" weeks",
            source="own",
        ),
        _criterion(
            "no_rising_week",
            "No rising week",
            None if m.rising_weeks is None else m.rising_weeks == 0,
            "" if m.rising_weeks is None else counted(m.rising_weeks, "rising week"),
            "none",
            "ID571",
            on=m.day("rising_weeks"),
        ),
        *_symmetry(m, a),
        _not_applicable(visa) if no_sport else visa,
        no_sport_points if no_sport else _not_applicable(no_sport_points),
    )


_Exit = Callable[[Measurements, ProgrammeDefaults, AssessmentDefaults], tuple[Criterion, ...]]
_EXITS: dict[str, _Exit] = {"E1": _e1, "E2": _e2, "E3": _e3, "E4": _e4, "E5": _e5}


def _raises(m: Measurements, a: AssessmentDefaults) -> Criterion:
    """Seed mode keeps the key of the practice's 25; norm mode says that it is another gate."""
    needed = gate_repetitions(
        m.gate_mode,
        unaffected=m.unaffected_reps,
        norm=m.norm,
        bilateral=m.bilateral,
        defaults=a,
    )
    seed = m.gate_mode is GateMode.SEED
    return _criterion(
        "reps_ge25" if seed else "reps_ge_norm",
        "Single-leg heel raises",
        None if m.sl_reps is None or needed is None else m.sl_reps >= needed,
        "" if m.sl_reps is None else f"{m.sl_reps}",
        "norm and other leg not known" if needed is None else f"at least {needed}",
        "seed" if seed else "own",
        on=m.day("sl_reps"),
    )


def _walk(m: Measurements, d: ProgrammeDefaults) -> Criterion:
    """Both the length and the pain of the walk; one that fails is enough to say not met."""
    long_enough = None if m.walk_min is None else m.walk_min >= d.e3_walk_min
    painless = None if m.walk30_pain is None else m.walk30_pain <= d.e3_pain
    both = (long_enough, painless)
    met = False if False in both else None if None in both else True
    told = []
    if m.walk_min is not None:
        told.append(f"{plain(m.walk_min)} min")
    if m.walk30_pain is not None:
        told.append(f"pain {plain(m.walk30_pain)}")
    return _criterion(
        "walk30_pain0",
        "Walk without pain or limp",
        met,
        ", ".join(told),
        f"{d.e3_walk_min} min, pain {d.e3_pain}",
        "seed",
        on=m.day("walk_min", "walk30_pain"),
    )


def _symmetry(m: Measurements, a: AssessmentDefaults) -> tuple[Criterion, ...]:
    """Symmetry between the legs; with both tendons affected, repetitions against the norm."""
    symmetry = _criterion(
        "lsi_ge90",
        "Heel raises, affected against the other side",
        None if m.lsi is None else m.lsi >= a.symmetry_percent,
        "" if m.lsi is None else f"{one_decimal(m.lsi)} %",
        f"at least {a.symmetry_percent} %",
        "PMC8364697-T2",
        on=m.day("lsi"),
    )
    if not m.bilateral:
        return (symmetry,)
    reached = None if m.sl_reps is None or m.norm is None else m.sl_reps >= m.norm
    return (
        _not_applicable(symmetry),
        _criterion(
            "reps_ge_norm_bilateral",
            "Heel raises against the age and sex norm, as both sides are affected",
            reached,
            "" if reached is None else f"{m.sl_reps}",
            "norm not known" if m.norm is None else f"at least {m.norm}",
            "own",
            on=m.day("sl_reps"),
        ),
    )


def _not_reactive(m: Measurements) -> Criterion:
    return _criterion(
        "not_reactive",
        "The tendon is not irritable",
        None if m.reactive is None else not m.reactive,
        {None: "", True: "irritable", False: "not irritable"}[m.reactive],
        "not irritable",
        "own",
        on=m.day("reactive"),
    )


def _cortisone_not_recent(m: Measurements) -> Criterion:
    return _criterion(
        "csi_not_recent",
        "No recent cortisone at this tendon",
        None if m.cortisone is None else m.cortisone is not Cortisone.RECENT,
        "" if m.cortisone is None else m.cortisone.value,
        "none or past",
        "own",
        on=m.day("cortisone"),
    )


def _below(key: str, says: str, m: Measurements, name: str, limit: int) -> Criterion:
    pain = _value(m, name)
    return _criterion(
        key,
        says,
        None if pain is None else pain < limit,
        "" if pain is None else plain(pain),
        f"below {limit}",
        "PMC8364697-T2",
        on=m.day(name),
    )


def _at_most(key: str, says: str, m: Measurements, name: str, limit: int, source: str) -> Criterion:
    pain = _value(m, name)
    return _criterion(
        key,
        says,
        None if pain is None else pain <= limit,
        "" if pain is None else plain(pain),
        f"{limit}" if limit == 0 else f"at most {limit}",
        source,
        on=m.day(name),
    )


def _at_least(
    key: str, says: str, m: Measurements, name: str, limit: int, *, unit: str, source: str
) -> Criterion:
    value = _value(m, name)
    return _criterion(
        key,
        says,
        None if value is None else value >= limit,
        "" if value is None else _with_unit(value, unit),
        f"at least {limit}{unit}",
        source,
        on=m.day(name),
    )


def _with_unit(value: Number, unit: str) -> str:
    """A number with its unit, "1 week" and not "1 weeks"."""
    return f"{plain(value)}{unit.removesuffix('s') if value == 1 else unit}"


def _value(m: Measurements, name: str) -> Number | None:
    """A number of the measurements by the name of its field."""
    value: Number | None = getattr(m, name)
    return value


def _yes(key: str, says: str, m: Measurements, source: str) -> Criterion:
    answer = m.attested
    words = {None: "", True: "yes", False: "no"}[answer]
    return _criterion(key, says, answer, words, "yes", source, on=m.day("attested"))


def _criterion(
    key: str,
    says: str,
    met: bool | None,
    value: str,
    needed: str,
    source: str,
    *,
    on: date | None,
) -> Criterion:
    state = {
        None: CriterionState.NOT_MEASURED,
        True: CriterionState.MET,
        False: CriterionState.NOT_MET,
    }[met]
    return Criterion(
        key=key,
        says=says,
        state=state,
        value=value or "not measured",
        needed=needed,
        source=source,
        on=on if value else None,
    )


def _not_applicable(criterion: Criterion) -> Criterion:
    return Criterion(
        key=criterion.key,
        says=criterion.says,
        state=CriterionState.NOT_APPLICABLE,
        value="not applicable",
        needed=criterion.needed,
        source=criterion.source,
    )
