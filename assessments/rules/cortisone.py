"""Cortisone injected at this tendon: how long ago, as the matrix needs it (clinical.md RF04)."""

from assessments.rules.bounds import DAYS, check
from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.finding import Finding, Tone
from assessments.rules.terms import Cortisone

SOURCES_CORTISONE = ("seed", "NURSING", "MYORTHO", "REGIONH", "own")


def cortisone_class(days: int | None, *, defaults: AssessmentDefaults = DEFAULTS) -> Cortisone:
    """Class by days since the last injection at this tendon.

    ``None`` means no injection is recorded and gives ``NONE``. Raises ``ValueError`` for days below
    0.
    """
    check("cortisone_days", days, DAYS)
    if days is None:
        return Cortisone.NONE
    return Cortisone.RECENT if days <= defaults.cortisone_recent_days else Cortisone.PAST


def cortisone_finding(
    cortisone: Cortisone, *, days: int | None, defaults: AssessmentDefaults = DEFAULTS
) -> Finding | None:
    """What an injection at this tendon means now; ``None`` when there was none.

    ``days`` of ``None`` with another class means the date is not known.
    """
    if cortisone is Cortisone.NONE:
        return None
    since = "not recorded" if days is None else f"{days} days ago"
    numbers = (
        ("Last injection", since),
        ("Counted as recent up to", f"{defaults.cortisone_recent_days} days"),
    )
    if cortisone is Cortisone.RECENT:
        undated = " Without a date it is counted as recent." if days is None else ""
        return Finding(
            rule="RF04",
            says="Recent cortisone at this tendon",
            because=(
                "The tendon may be less able to bear load for some weeks after an injection, so"
                " nothing"
                f" above isometric and floor work is proposed.{undated}"
            ),
            numbers=numbers,
            sources=SOURCES_CORTISONE,
            tone=Tone.CAUTION,
        )
    return Finding(
        rule="RF04",
        says="Earlier cortisone at this tendon",
        because=(
            "Caution with hopping, hills and speed stays in the record; a trial of injection with"
            " exercise found no added harm, so this is disputed."
        ),
        numbers=numbers,
        sources=SOURCES_CORTISONE,
        tone=Tone.CAUTION,
    )
