"""Days of rest before the same tendon is loaded again (section 7)."""

from collections.abc import Iterable

from assessments.rules.bounds import Number
from assessments.rules.terms import MatrixRow, Stage
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.terms import Protocol

HOPS = frozenset({MatrixRow.DOUBLE_LEG_HOP, MatrixRow.SINGLE_LEG_HOP})
"""The rows of jumping and hopping."""

HEAVY_BY_DESIGN = frozenset({Protocol.HSR, Protocol.GRIF})
DAILY_BY_DESIGN = frozenset({Protocol.ALF, Protocol.SILB})

# The insertional ladder is loaded from its third step on; the two before it are body weight.
INS_FIRST_LOADED_STEP = 3


def recovery_days(
    stage: Stage | None,
    protocol: Protocol | None,
    step: int | None,
    pain_during: Number | None,
    pain_24h: Number | None,
    *,
    defaults: ProgrammeDefaults = DEFAULTS,
) -> int | None:
    """Days of rest this session asks for; None without a stage.

    Isometric and isotonic work rest by protocol; jumping and running by the worse of the pain
    during and the pain next day, by whichever of the two is known, and a day at least.
    """
    match stage:
        case None:
            return None
        case Stage.ISOMETRIC:
            return defaults.isometric_days
        case Stage.ISOTONIC:
            return _isotonic_days(protocol, step, defaults)
        case _:  # plyometric, run-walk, full return
            return _energy_storage_days(pain_during, pain_24h, defaults)


def rest_days_of(
    stage: Stage,
    protocol: Protocol,
    rows: Iterable[MatrixRow],
    *,
    defaults: ProgrammeDefaults = DEFAULTS,
    loaded: bool = False,
) -> int:
    """Least days of rest between two sessions of a step, by its label and by what it holds.

    ``rows`` are the matrix rows of its exercises; ``loaded`` says whether any of them is done with
    added load (``dose.adds_load``), which counts where no published ladder loads daily.
    """
    days, _ = rest_and_setting(stage, protocol, rows, defaults=defaults, loaded=loaded)
    return days


def rest_and_setting(
    stage: Stage,
    protocol: Protocol,
    rows: Iterable[MatrixRow],
    *,
    defaults: ProgrammeDefaults = DEFAULTS,
    loaded: bool = False,
) -> tuple[int, str]:
    """The days of ``rest_days_of``, and the name of the setting that asks for them."""
    match stage:
        case Stage.ISOMETRIC:
            return defaults.isometric_days, "isometric_days"
        case Stage.ISOTONIC:
            return _isotonic_rest(protocol, frozenset(rows), loaded, defaults)
        case _:  # plyometric, run-walk, full return
            return defaults.energy_storage_days, "energy_storage_days"


def _isotonic_rest(
    protocol: Protocol, rows: frozenset[MatrixRow], loaded: bool, defaults: ProgrammeDefaults
) -> tuple[int, str]:
    """A heavy label never rests less than heavy work; a daily one more only for other work."""
    asked = []
    if (
        protocol in HEAVY_BY_DESIGN
        or MatrixRow.LOADED_HSR in rows
        # The step raise with a rucksack is daily in the ladders that publish it, and only there.
        or (loaded and protocol not in DAILY_BY_DESIGN)
    ):
        asked.append((defaults.heavy_isotonic_days, "heavy_isotonic_days"))
    # The source of SILB has quick rebounds every day.
    if rows & HOPS and protocol is not Protocol.SILB:
        asked.append((defaults.energy_storage_days, "energy_storage_days"))
    if asked:
        return max(asked, key=lambda each: each[0])
    if rows == {MatrixRow.ISOMETRIC_MID_RANGE}:
        return defaults.isometric_days, "isometric_days"
    return defaults.daily_isotonic_days, "daily_isotonic_days"


def _isotonic_days(protocol: Protocol | None, step: int | None, defaults: ProgrammeDefaults) -> int:
    """Rest by protocol; an unknown protocol rests like a heavy one."""
    match protocol:
        case Protocol.ALF | Protocol.SILB:
            return defaults.daily_isotonic_days
        case Protocol.INS if step is not None and step < INS_FIRST_LOADED_STEP:
            return defaults.daily_isotonic_days
        case _:
            return defaults.heavy_isotonic_days


def _energy_storage_days(
    pain_during: Number | None, pain_24h: Number | None, defaults: ProgrammeDefaults
) -> int:
    grades = [defaults.energy_storage_days]
    if pain_during is not None:
        grades.append(_graded(pain_during, defaults.light_during, defaults.medium_during, defaults))
    if pain_24h is not None:
        grades.append(
            _graded(pain_24h, defaults.light_next_day, defaults.medium_next_day, defaults)
        )
    return max(grades)


def _graded(pain: Number, light: Number, medium: Number, defaults: ProgrammeDefaults) -> int:
    if pain <= light:
        return defaults.light_days
    return defaults.medium_days if pain <= medium else defaults.high_days
