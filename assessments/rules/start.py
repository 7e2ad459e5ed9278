"""The stage a programme begins with (clinical.md section 12, initial stage)."""

from assessments.rules.bounds import DAYS, PAIN, Number, check
from assessments.rules.finding import Finding, Tone
from assessments.rules.terms import Cortisone, Location, Pathway, Stage

SINGLE_LEG_PAIN_LIMIT = 5
"""Single-leg heel-raise pain below this starts with isotonic work (PMC8364697-T2). The source
leaves exactly 5 open; here it starts with isometric work (own)."""
FLUOROQUINOLONE_DAYS = 60
"""Days after the last dose for which the risk of rupture stayed raised (PMC6394638)."""

STAGE_LABELS = {
    Stage.ISOMETRIC: "Isometric",
    Stage.ISOTONIC: "Isotonic",
    Stage.PLYOMETRIC: "Plyometric",
    Stage.RUN_WALK: "Run and walk",
    Stage.FULL_RETURN: "Full return",
}
OFF_TENDON = frozenset({Location.OUT_OF_RANGE, Location.UNDETERMINED})
"""Locations for which no programme is proposed."""
_SOURCES = ("PMC8364697-T2", "seed", "own")


def initial_stage(
    *,
    locked: bool,
    cortisone: Cortisone,
    pathway: Pathway | None,
    single_leg_pain: Number | None,
    fluoroquinolone_days: int | None = None,
) -> Stage | None:
    """Stage to begin with: ``None`` while locked, never higher than isotonic.

    ``pathway`` or ``single_leg_pain`` of ``None`` (not recorded) gives the gentler start,
    isometric. ``fluoroquinolone_days`` is days since the last dose, ``None`` for never; within 60
    days the start is isometric even after the lock was cleared. Raises ``ValueError`` for a number
    out of range.
    """
    check("single_leg_pain", single_leg_pain, PAIN)
    check("fluoroquinolone_days", fluoroquinolone_days, DAYS)
    if locked:
        return None
    reasons = _reasons(cortisone, pathway, single_leg_pain, fluoroquinolone_days)
    return Stage.ISOMETRIC if reasons else Stage.ISOTONIC


def initial_stage_finding(
    *,
    locked: bool,
    location: Location,
    cortisone: Cortisone,
    pathway: Pathway | None,
    single_leg_pain: Number | None,
    fluoroquinolone_days: int | None = None,
) -> Finding:
    """The initial stage with its reason.

    Says so when the gentler start is due to a gap in the record, and that no programme is proposed
    while locked or without a location on the tendon.
    """
    stage = initial_stage(
        locked=locked,
        cortisone=cortisone,
        pathway=pathway,
        single_leg_pain=single_leg_pain,
        fluoroquinolone_days=fluoroquinolone_days,
    )
    if stage is None:
        return Finding(
            rule="START",
            says="No programme for now",
            because="A red flag is open. A named clinician has to clear it first.",
            sources=("own",),
            tone=Tone.STOP,
        )
    if location in OFF_TENDON:
        return Finding(
            rule="START",
            says="No programme proposed",
            because="There is no location on the tendon to propose one for.",
            sources=("own",),
            tone=Tone.MISSING,
        )
    pain = "not recorded" if single_leg_pain is None else f"{single_leg_pain} out of 10"
    reasons = _reasons(cortisone, pathway, single_leg_pain, fluoroquinolone_days)
    return Finding(
        rule="START",
        says=f"Start: {STAGE_LABELS[stage].lower()}",
        because=" ".join(reasons)
        or f"Not irritable, and a single-leg heel raise hurts less than {SINGLE_LEG_PAIN_LIMIT}"
        " out of 10.",
        numbers=(("Single-leg heel-raise pain", pain),),
        sources=_SOURCES,
        tone=Tone.CAUTION if reasons else Tone.OK,
    )


def _reasons(
    cortisone: Cortisone,
    pathway: Pathway | None,
    single_leg_pain: Number | None,
    fluoroquinolone_days: int | None,
) -> tuple[str, ...]:
    """Why the start is isometric; empty when it is isotonic."""
    reasons = []
    if cortisone is Cortisone.RECENT:
        reasons.append("Cortisone at this tendon was recent.")
    if fluoroquinolone_days is not None and fluoroquinolone_days <= FLUOROQUINOLONE_DAYS:
        reasons.append(f"A fluoroquinolone was taken within {FLUOROQUINOLONE_DAYS} days.")
    if pathway is Pathway.SETTLE:
        reasons.append("The tendon is irritable.")
    elif pathway is None:
        reasons.append("The pathway is not clear yet, so this is the gentler start.")
    if single_leg_pain is None:
        reasons.append("Single-leg heel-raise pain is not recorded, so this is the gentler start.")
    elif single_leg_pain >= SINGLE_LEG_PAIN_LIMIT:
        reasons.append(f"A single-leg heel raise hurts {SINGLE_LEG_PAIN_LIMIT} out of 10 or more.")
    return tuple(reasons)
