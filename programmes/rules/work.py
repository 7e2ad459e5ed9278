"""How much of one session the affected leg did: the measure that sizes it in pictures.

[own] Seconds under tension, from repetitions, sets and tempo, or seconds held; of walking and
running the seconds run. A range of repetitions counts as its lower end, and repetitions without a
tempo take the time the practice's defaults say.
"""

from collections.abc import Sequence

from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.dose import AnyDose, Dose, FreeRun, RunThroughs, WalkRun
from programmes.rules.performed import Done, amount_of, sets_of
from programmes.rules.terms import DoseSide

_MINUTE = 60


def work_s(
    targets: Sequence[AnyDose | None],
    done: Sequence[Done] = (),
    *,
    percent: int | None = None,
    defaults: ProgrammeDefaults = DEFAULTS,
) -> int | None:
    """Seconds of work of a session with these targets; None where it is not known, 0 for none.

    ``done`` is what was done otherwise. Where that names no amount, ``percent`` (0-100) of the plan
    counts; without either nobody knows how much it was. A run without a ladder has no known time.
    """
    told = any(one.amount is not None for each in done for one in each.sets)
    if percent == 0 and not told:
        return 0
    by_place = {each.target: each for each in done}
    known = [
        _seconds(dose, by_place.get(place), defaults)
        for place, dose in enumerate(targets)
        if dose is not None and not isinstance(dose, FreeRun | RunThroughs)
    ]
    if not known:
        return None
    total = sum(known)
    if told:
        return total
    if percent is None:
        return total if done else None
    return total * percent // 100


def _seconds(dose: AnyDose, done: Done | None, defaults: ProgrammeDefaults) -> int:
    planned, told = amount_of(dose) or 0, done.sets if done else ()
    amounts = [told[place].amount if place < len(told) else None for place in range(sets_of(dose))]
    total = sum(planned if amount is None else amount for amount in amounts)
    return total * _each_s(dose, defaults)


def _each_s(dose: AnyDose, defaults: ProgrammeDefaults) -> int:
    """Seconds of one repetition, of one second held, or of one round."""
    if isinstance(dose, WalkRun):
        return dose.run_min * _MINUTE
    if not isinstance(dose, Dose) or dose.side is DoseSide.OTHER:
        return 0
    if dose.hold_s is not None:
        return 1
    tempo = dose.tempo
    each = 0 if tempo is None else tempo.up_s + tempo.hold_s + tempo.down_s
    return each or defaults.repetition_s
