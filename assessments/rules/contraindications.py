"""Which exercises this tendon may do: the contraindication matrix (clinical.md section 11).

The matrix is about contraindication, not timing: an allowed exercise still waits for its stage.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.finding import Finding, Tone
from assessments.rules.terms import Cortisone, Grade, Location, MatrixRow, Phase, Stage

ROW_LABELS = {
    MatrixRow.ISOMETRIC_MID_RANGE: "Isometric hold, mid-range",
    MatrixRow.BILATERAL_HEEL_RAISE_FLOOR: "Double-leg heel raise, floor",
    MatrixRow.SINGLE_LEG_HEEL_RAISE_FLOOR: "Single-leg heel raise, floor",
    MatrixRow.STEP_DEFICIT_HEEL_DROP: "Heel drop below a step",
    MatrixRow.SEATED_SOLEUS_RAISE: "Seated heel raise",
    MatrixRow.LOADED_HSR: "Heavy slow resistance",
    MatrixRow.DOUBLE_LEG_HOP: "Double-leg hop",
    MatrixRow.SINGLE_LEG_HOP: "Single-leg hop",
    MatrixRow.RUN_WALK_FLAT: "Run and walk, flat",
    MatrixRow.UPHILL_RUNNING: "Uphill running",
    MatrixRow.SPEED_RUNNING: "Speed running",
    MatrixRow.DORSIFLEXION_STRETCH: "Dorsiflexion stretch",
}

# Columns: reactive mid, reactive ins, disrepair mid, disrepair ins, degenerative mid, degenerative
# ins. Directions by the practice's article of May 2026, further cells by the sources in REASONS
# below.
NO_CORTISONE: Mapping[MatrixRow, str] = {
    MatrixRow.ISOMETRIC_MID_RANGE: "AAAAAA",
    MatrixRow.BILATERAL_HEEL_RAISE_FLOOR: "CCAAAA",
    MatrixRow.SINGLE_LEG_HEEL_RAISE_FLOOR: "CCAAAA",
    MatrixRow.STEP_DEFICIT_HEEL_DROP: "XXAXAX",
    MatrixRow.SEATED_SOLEUS_RAISE: "CCAAAA",
    MatrixRow.LOADED_HSR: "XXACAC",
    MatrixRow.DOUBLE_LEG_HOP: "XXACAC",
    MatrixRow.SINGLE_LEG_HOP: "XXCCAC",
    MatrixRow.RUN_WALK_FLAT: "CCAAAA",
    MatrixRow.UPHILL_RUNNING: "XXCXCX",
    MatrixRow.SPEED_RUNNING: "XXCCCC",
    MatrixRow.DORSIFLEXION_STRETCH: "XXCXCX",
}
RECENT_CORTISONE: Mapping[MatrixRow, str] = {
    MatrixRow.ISOMETRIC_MID_RANGE: "CCCCCC",
    MatrixRow.BILATERAL_HEEL_RAISE_FLOOR: "CCCCCC",
    MatrixRow.SINGLE_LEG_HEEL_RAISE_FLOOR: "XXCCCC",
    MatrixRow.STEP_DEFICIT_HEEL_DROP: "XXXXXX",
    MatrixRow.SEATED_SOLEUS_RAISE: "CCCCCC",
    MatrixRow.LOADED_HSR: "XXXXXX",
    MatrixRow.DOUBLE_LEG_HOP: "XXXXXX",
    MatrixRow.SINGLE_LEG_HOP: "XXXXXX",
    MatrixRow.RUN_WALK_FLAT: "XXXXXX",
    MatrixRow.UPHILL_RUNNING: "XXXXXX",
    MatrixRow.SPEED_RUNNING: "XXXXXX",
    MatrixRow.DORSIFLEXION_STRETCH: "XXXXXX",
}
PAST_CORTISONE_CAUTION = frozenset(
    {
        MatrixRow.DOUBLE_LEG_HOP,
        MatrixRow.SINGLE_LEG_HOP,
        MatrixRow.UPHILL_RUNNING,
        MatrixRow.SPEED_RUNNING,
    }
)
"""Exercises that stay at caution at least after an earlier injection (direction seed; the choice
own)."""

_FIRST_COLUMN = {
    Phase.REACTIVE: 0,
    Phase.REACTIVE_ON_DEGENERATIVE: 0,
    Phase.DISREPAIR: 2,
    Phase.INDETERMINATE_EARLY: 2,
    Phase.DEGENERATIVE: 4,
}
_OFFSETS: Mapping[Location, tuple[int, ...]] = {
    Location.MIDPORTION: (0,),
    Location.INSERTIONAL: (1,),
    Location.MIXED: (0, 1),
    Location.OUT_OF_RANGE: (),
    Location.UNDETERMINED: (),
}
_SEVERITY = {Grade.ALLOWED: 0, Grade.CAUTION: 1, Grade.CONTRAINDICATED: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixReason:
    """Why a cell is not simply allowed: code, reason in one sentence, and source keys."""

    code: str
    because: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlock:
    """The one way a contraindicated cell may be opened to caution, by a named clinician with a
    reason.

    ``step`` is the step of the stage at which it opens; ``None`` means anywhere in the stage.
    ``dorsiflexion_pain`` and ``weeks`` are the most pain allowed and for how long; ``None`` where
    the unlock does not ask for them.
    """

    code: str
    row: MatrixRow
    locations: frozenset[Location]
    stage: Stage
    step: str | None
    dorsiflexion_pain: int | None
    weeks: int | None
    says: str
    sources: tuple[str, ...]


_REASONS = (
    MatrixReason(
        code="M1",
        because="With the heel below the step the tendon is pressed against the heel bone.",
        sources=("seed", "BOOKSCI-P", "SCRIBD-F03", "MALLIARAS"),
    ),
    MatrixReason(
        code="M2",
        because="Stretching presses and pulls on the tendon; at the insertion, or while it is"
        " irritable,"
        " that provokes a flare.",
        sources=("seed", "BOOKSCI-P"),
    ),
    MatrixReason(
        code="M3",
        because="Keep calf length with range-of-motion work rather than strong stretching.",
        sources=("seed", "own"),
    ),
    MatrixReason(
        code="M4",
        because="Not the time for heavy, explosive or fast loading while the tendon is irritable.",
        sources=("seed", "own"),
    ),
    MatrixReason(
        code="M5",
        because="While irritable, only if pain stays acceptable and settles by the next morning.",
        sources=("PMC7249277-T2", "own"),
    ),
    MatrixReason(
        code="M6",
        because="Reduce existing running rather than stop it, and never start anew while"
        " irritable.",
        sources=("seed",),
    ),
    MatrixReason(
        code="M7",
        because="Running uphill bends the ankle under load and presses on the insertion.",
        sources=("seed",),
    ),
    MatrixReason(
        code="M8",
        because="Hills and speed are the last to come back.",
        sources=("seed",),
    ),
    MatrixReason(
        code="M9",
        because="At the insertion, lift to neutral only, and mind the ankle bend on landing.",
        sources=("own", "APPLIED"),
    ),
    MatrixReason(
        code="M10",
        because="Hopping on one leg puts the highest load on the tendon.",
        sources=("PM32658037", "own"),
    ),
    MatrixReason(
        code="M11",
        because="Cortisone at this tendon was recent: nothing above isometric and floor work,"
        " because of"
        " the risk of rupture. A trial found no added harm, so this is disputed.",
        sources=("seed", "NURSING", "MYORTHO", "own"),
    ),
    MatrixReason(
        code="W-CSI-PAST",
        because="Cortisone was injected at this tendon before: go carefully with hops, hills and"
        " speed.",
        sources=("seed", "own"),
    ),
)
REASONS: Mapping[str, MatrixReason] = {reason.code: reason for reason in _REASONS}

# Where each reason applies without cortisone: code, exercises, columns (0 to 5 as above).
_REACTIVE, _LOAD_MID, _LOAD_INS, _LOAD = (0, 1), (2, 4), (3, 5), (2, 3, 4, 5)
_HOPS = (MatrixRow.DOUBLE_LEG_HOP, MatrixRow.SINGLE_LEG_HOP)
REASON_CELLS: tuple[tuple[str, tuple[MatrixRow, ...], tuple[int, ...]], ...] = (
    ("M1", (MatrixRow.STEP_DEFICIT_HEEL_DROP,), (1, 3, 5)),
    ("M2", (MatrixRow.DORSIFLEXION_STRETCH,), (0, 1, 3, 5)),
    ("M3", (MatrixRow.DORSIFLEXION_STRETCH,), _LOAD_MID),
    (
        "M4",
        (
            MatrixRow.STEP_DEFICIT_HEEL_DROP,
            MatrixRow.LOADED_HSR,
            *_HOPS,
            MatrixRow.UPHILL_RUNNING,
            MatrixRow.SPEED_RUNNING,
        ),
        _REACTIVE,
    ),
    (
        "M5",
        (
            MatrixRow.BILATERAL_HEEL_RAISE_FLOOR,
            MatrixRow.SINGLE_LEG_HEEL_RAISE_FLOOR,
            MatrixRow.SEATED_SOLEUS_RAISE,
        ),
        _REACTIVE,
    ),
    ("M6", (MatrixRow.RUN_WALK_FLAT,), _REACTIVE),
    ("M7", (MatrixRow.UPHILL_RUNNING,), (1, 3, 5)),
    ("M8", (MatrixRow.UPHILL_RUNNING,), _LOAD_MID),
    ("M8", (MatrixRow.SPEED_RUNNING,), _LOAD),
    ("M9", (MatrixRow.LOADED_HSR, *_HOPS), _LOAD_INS),
    ("M10", (MatrixRow.SINGLE_LEG_HOP,), (2, 3)),
)


def grade(row: MatrixRow, phase: Phase, location: Location, cortisone: Cortisone) -> Grade:
    """The cell for one exercise; a mixed location takes the worse of its two columns.

    Raises ``ValueError`` for a location that has no columns (undetermined or out of range): then
    there is no matrix, and nothing may be read as allowed.
    """
    columns = _columns(phase, location)
    if not columns:
        raise ValueError("location: has no contraindication matrix")
    return max((_cell(row, column, cortisone) for column in columns), key=_SEVERITY.__getitem__)


def matrix(
    phase: Phase | None, location: Location, cortisone: Cortisone
) -> Mapping[MatrixRow, Grade]:
    """All twelve cells of this tendon; empty without a phase or with a location that has no
    columns."""
    return {} if phase is None else strictest((phase,), location, cortisone)


def strictest(
    phases: Iterable[Phase], location: Location, cortisone: Cortisone
) -> Mapping[MatrixRow, Grade]:
    """All twelve cells, each the strictest of several phases: for a phase that is still open.

    Empty for no phase and for a location that has no columns.
    """
    possible = tuple(phases)
    if not possible or not _OFFSETS[location]:
        return {}
    return {
        row: max(
            (grade(row, phase, location, cortisone) for phase in possible),
            key=_SEVERITY.__getitem__,
        )
        for row in MatrixRow
    }


def reason_for(
    row: MatrixRow, phase: Phase, location: Location, cortisone: Cortisone
) -> tuple[MatrixReason, ...]:
    """Why the cell is what it is, in the order of the codes; empty for an allowed cell.

    Raises ``ValueError`` like ``grade``.
    """
    final = grade(row, phase, location, cortisone)
    if final is Grade.ALLOWED:
        return ()
    columns = [
        column
        for column in _columns(phase, location)
        if _cell(row, column, Cortisone.NONE) is final
    ]
    codes = [
        code
        for code, rows, where in REASON_CELLS
        if row in rows and any(column in where for column in columns)
    ]
    if cortisone is Cortisone.RECENT:
        codes.append("M11")
    elif cortisone is Cortisone.PAST and row in PAST_CORTISONE_CAUTION and final is Grade.CAUTION:
        codes.append("W-CSI-PAST")
    return tuple(REASONS[code] for code in codes)


def unlocks(*, defaults: AssessmentDefaults = DEFAULTS) -> tuple[Unlock, ...]:
    """The two unlocks there are. No other contraindicated cell may be opened."""
    pain, weeks = defaults.unlock_dorsiflexion_pain, defaults.unlock_weeks
    return (
        Unlock(
            code="U1",
            row=MatrixRow.STEP_DEFICIT_HEEL_DROP,
            locations=frozenset({Location.INSERTIONAL}),
            stage=Stage.FULL_RETURN,
            step=None,
            dorsiflexion_pain=pain,
            weeks=weeks,
            says=f"In full return, once dorsiflexion pain has been {pain} out of 10 or less for"
            f" {weeks}"
            " weeks.",
            sources=("own", "MALLIARAS"),
        ),
        Unlock(
            code="U2",
            row=MatrixRow.UPHILL_RUNNING,
            locations=frozenset({Location.INSERTIONAL, Location.MIXED}),
            stage=Stage.FULL_RETURN,
            step="F3",
            dorsiflexion_pain=None,
            weeks=None,
            says="At step F3 of full return.",
            sources=("own",),
        ),
    )


def unlock_for(
    row: MatrixRow,
    phase: Phase,
    location: Location,
    cortisone: Cortisone,
    *,
    defaults: AssessmentDefaults = DEFAULTS,
) -> Unlock | None:
    """The unlock that could open this cell, or ``None``.

    A reactive tendon or recent cortisone has none: an unlock answers compression only.
    """
    if _FIRST_COLUMN[phase] == 0 or cortisone is Cortisone.RECENT:
        return None
    for unlock in unlocks(defaults=defaults):
        if unlock.row is row and location in unlock.locations:
            return unlock
    return None


def contraindications_finding(
    phases: Iterable[Phase], location: Location, cortisone: Cortisone
) -> Finding:
    """The contraindicated and cautioned exercises with the reasons of each, by their codes.

    While several phases are possible each exercise has the strictest grade and the reasons of all.
    Without a phase or a place on the tendon there is nothing to go by, and the finding says so.
    """
    possible = tuple(phases)
    cells = strictest(possible, location, cortisone)
    if not cells:
        return Finding(
            rule="M",
            says="Contraindications not yet clear",
            because="They need a location on the tendon.",
            sources=("own",),
            tone=Tone.MISSING,
        )
    reasons = {
        row: {
            reason.code: reason
            for phase in possible
            for reason in reason_for(row, phase, location, cortisone)
        }
        for row in cells
    }

    def named(wanted: Grade) -> str:
        names = [
            f"{ROW_LABELS[row]} ({', '.join(reasons[row])})"
            for row, cell in cells.items()
            if cell is wanted
        ]
        return "; ".join(names) or "none"

    told = {code: reason for each in reasons.values() for code, reason in each.items()}
    stopped = sum(cell is Grade.CONTRAINDICATED for cell in cells.values())
    return Finding(
        rule="M",
        says=f"{stopped} of {len(cells)} exercises contraindicated" if stopped else "None excluded",
        because=" ".join(
            (
                "By phase, location and cortisone; an allowed exercise still waits for its stage.",
                *(f"{code}: {reason.because}" for code, reason in told.items()),
            )
        ),
        numbers=(
            ("Contraindicated", named(Grade.CONTRAINDICATED)),
            ("Caution", named(Grade.CAUTION)),
        ),
        sources=tuple(
            dict.fromkeys(("seed", *(key for each in told.values() for key in each.sources), "own"))
        ),
        tone=Tone.CAUTION if stopped else Tone.NEUTRAL,
    )


def _columns(phase: Phase, location: Location) -> tuple[int, ...]:
    return tuple(_FIRST_COLUMN[phase] + offset for offset in _OFFSETS[location])


def _cell(row: MatrixRow, column: int, cortisone: Cortisone) -> Grade:
    if cortisone is Cortisone.RECENT:
        return Grade(RECENT_CORTISONE[row][column])
    cell = Grade(NO_CORTISONE[row][column])
    if cortisone is Cortisone.PAST and row in PAST_CORTISONE_CAUTION and cell is Grade.ALLOWED:
        return Grade.CAUTION
    return cell
