"""What a clinician must show to open one of the two contraindicated cells that may be opened."""

from dataclasses import dataclass
from datetime import date, timedelta

from assessments.rules.bounds import Number
from assessments.rules.contraindications import Unlock, unlocks
from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.terms import Location, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """What an unlock lacks: the field it is about, blank for none, and a sentence."""

    field: str
    says: str


def unlock_of(code: str, *, defaults: AssessmentDefaults = DEFAULTS) -> Unlock | None:
    """The unlock of this code; None when there is none: no other cell may be opened."""
    return next((each for each in unlocks(defaults=defaults) if each.code == code), None)


def lacking_to_unlock(
    code: str,
    *,
    location: Location | None,
    dorsiflexion_pain: Number | None,
    since: date | None,
    on: date,
    stage: Stage | None,
    held_back: str,
    defaults: AssessmentDefaults = DEFAULTS,
) -> Lacking | None:
    """The first thing that stands against signing an unlock on a day; None when it may be signed.

    ``dorsiflexion_pain`` is the worst since ``since``, 0 to 10; an unlock that does not ask for it
    does not read it. ``stage`` is where the patient stands; ``held_back`` says why nothing above
    the isometric stage may be planned, blank when nothing does.
    """
    wanted = unlock_of(code, defaults=defaults)
    if wanted is None:
        return Lacking(field="code", says="There is no such unlock.")
    if location not in wanted.locations:
        return Lacking(field="code", says="This unlock is not for this place on the tendon.")
    if held_back:
        return Lacking(field="code", says=held_back)
    if stage is not wanted.stage:
        return Lacking(field="code", says="It can be opened once the patient is in full return.")
    if wanted.dorsiflexion_pain is None or wanted.weeks is None:
        return None
    if dorsiflexion_pain is None:
        return Lacking(field="dorsiflexion_pain", says="Give the worst dorsiflexion pain, 0 to 10.")
    if dorsiflexion_pain > wanted.dorsiflexion_pain:
        most = wanted.dorsiflexion_pain
        return Lacking(field="dorsiflexion_pain", says=f"Dorsiflexion pain must be {most} or less.")
    if since is None:
        return Lacking(field="since", says="Give the day since which it has been so low.")
    if since > on - timedelta(weeks=wanted.weeks):
        return Lacking(
            field="since", says=f"It must have been so low for {wanted.weeks} weeks or longer."
        )
    return None
