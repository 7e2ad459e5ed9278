"""Days of rest before the same tendon is loaded again (section 7)."""

from collections.abc import Iterable

from assessments.rules.bounds import Number
from assessments.rules.terms import MatrixRow, Stage
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.terms import Protocol

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
) -> int:
    """Least days of rest between two sessions of a step, by what it holds.

    A step a clinician made, and the insertional ladder, rest like heavy work where there is any.
    """
    match stage:
        case Stage.ISOMETRIC:
            return defaults.isometric_days
        case Stage.ISOTONIC if protocol in (Protocol.HSR, Protocol.GRIF):
            return defaults.heavy_isotonic_days
        case Stage.ISOTONIC if protocol in (Protocol.ALF, Protocol.SILB):
            return defaults.daily_isotonic_days
        case Stage.ISOTONIC:
            heavy = MatrixRow.LOADED_HSR in rows
            return defaults.heavy_isotonic_days if heavy else defaults.daily_isotonic_days
        case _:  # plyometric, run-walk, full return
            return defaults.energy_storage_days


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
