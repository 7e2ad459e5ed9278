"""What a plan may hold for one tendon: every cell graded, and what stands against issuing it.

Contraindication is the matrix of section 11, with its two unlocks; timing is the order of stages.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from assessments.rules.contraindications import grade, reason_for, unlock_for
from assessments.rules.phase import pathway
from assessments.rules.spikes import HAZARD_OF
from assessments.rules.terms import (
    Cortisone,
    Grade,
    Location,
    MatrixRow,
    Pathway,
    Phase,
    SpikeClass,
    Stage,
)
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.dose import AnyDose, Dose, FreeRun, RunThroughs, WalkRun
from programmes.rules.edits import Desk
from programmes.rules.library import Catalogue, Exercise
from programmes.rules.library.entry import Contraction
from programmes.rules.library.practice import BELOW_ROWS, ROW_STAGES
from programmes.rules.notation import NotUnderstood, spelled
from programmes.rules.plan import STAGES, Cell, Column, Plan
from programmes.rules.terms import DoseSide, LoadKind, Range

PRESSED = (Location.INSERTIONAL, Location.MIXED)
UPHILL_RUNGS = ("F3", "F4")
"""Steps of full return at which U2 may open hills."""

RUNNING_STAGES = (Stage.RUN_WALK, Stage.FULL_RETURN)
STAGE_WORDS = {
    Stage.ISOMETRIC: "isometric",
    Stage.ISOTONIC: "isotonic",
    Stage.PLYOMETRIC: "plyometric",
    Stage.RUN_WALK: "run-walk",
    Stage.FULL_RETURN: "full return",
}


RUNNING_ROWS = (
    MatrixRow.RUN_WALK_FLAT,
    MatrixRow.UPHILL_RUNNING,
    MatrixRow.SPEED_RUNNING,
)
TEMPO_RUN = "run_tempo_flat"
"""The one fast run that comes before hills: steady, on the flat."""

LONGER_PERCENT = HAZARD_OF[SpikeClass.REFERENCE].up_to_percent or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTendon:
    """The tendon a plan is for, as it stands today; None is "not classified yet".

    ``locked``: a red flag is open. ``held_back`` says in words why nothing above isometric may be
    planned, by the calendar of what was injected or taken. ``unlocked`` are the codes a clinician
    has signed for this episode.
    """

    phase: Phase | None
    location: Location | None
    cortisone: Cortisone
    locked: bool = False
    held_back: str = ""
    unlocked: frozenset[str] = frozenset()

    @property
    def isometric_only(self) -> str:
        """Why only the isometric stage may be issued; blank when every stage may."""
        if self.phase is not None and pathway(self.phase) is Pathway.SETTLE:
            return "The tendon is irritable: only the isometric stage can be issued."
        if self.cortisone is Cortisone.RECENT:
            return "Cortisone at this tendon is recent: only the isometric stage can be issued."
        return self.held_back

    @property
    def known(self) -> bool:
        """Whether phase and place on the tendon are known, so that the matrix has a column."""
        nowhere = (None, Location.UNDETERMINED, Location.OUT_OF_RANGE)
        return self.phase is not None and self.location not in nowhere


UNLOADED_ROWS = (
    MatrixRow.BILATERAL_HEEL_RAISE_FLOOR,
    MatrixRow.SINGLE_LEG_HEEL_RAISE_FLOOR,
    MatrixRow.SEATED_SOLEUS_RAISE,
)
"""Rows of body weight alone."""


ONE_LEGGED = {
    MatrixRow.BILATERAL_HEEL_RAISE_FLOOR: MatrixRow.SINGLE_LEG_HEEL_RAISE_FLOOR,
    MatrixRow.DOUBLE_LEG_HOP: MatrixRow.SINGLE_LEG_HOP,
}
"""The row of the same work on one leg, for rows of both legs together."""


def judged_row(
    row: MatrixRow, dose: AnyDose | None, *, defaults: ProgrammeDefaults = DEFAULTS
) -> MatrixRow:
    """The row an item is judged by: what its dose makes of the work counts, not its name alone.

    Both legs' work done by one is that leg's. A raise on the floor that goes below it is a step
    drop, and with weight added heavy work. Run-throughs near full pace are speed.
    """
    if isinstance(dose, RunThroughs) and row is MatrixRow.RUN_WALK_FLAT:
        fast = dose.percent_to > defaults.easy_pace_percent
        return MatrixRow.SPEED_RUNNING if fast else row
    if not isinstance(dose, Dose):
        return row
    if dose.side is not DoseSide.BOTH:
        row = ONE_LEGGED.get(row, row)
    if row not in UNLOADED_ROWS:
        return row
    if dose.range is Range.BELOW_NEUTRAL:
        return MatrixRow.STEP_DEFICIT_HEEL_DROP
    load = dose.load
    added = load.kind is not LoadKind.BODY_WEIGHT and load.amount
    return MatrixRow.LOADED_HSR if added else row


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The grade of one item with its reasons.

    ``unlock`` names the unlock that could open it or, when ``opened``, has opened it.
    """

    grade: Grade
    because: str = ""
    codes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    unlock: str = ""
    opened: bool = False


def verdict(
    row: MatrixRow,
    dose: AnyDose | None,
    tendon: PlanTendon,
    *,
    stage: Stage,
    rung: str = "",
    defaults: ProgrammeDefaults = DEFAULTS,
) -> Verdict:
    """What the matrix says of an item of this row in this stage, unlocks counted.

    Weight added to a raise on the floor makes it heavy work. A heel that goes below the floor
    counts as a step drop where the insertion hurts. A tendon that isn't classified has no allowed
    item.
    """
    if not tendon.known:
        return Verdict(
            grade=Grade.CONTRAINDICATED,
            because="Phase and place on the tendon must be known before anything is issued.",
            sources=("own",),
        )
    assert tendon.phase is not None
    assert tendon.location is not None
    where = (tendon.phase, tendon.location, tendon.cortisone)
    row = judged_row(row, dose, defaults=defaults)
    below = isinstance(dose, Dose) and dose.range is Range.BELOW_NEUTRAL
    cell = grade(row, *where)
    if below and tendon.location in PRESSED and cell is not Grade.CONTRAINDICATED:
        return Verdict(
            grade=Grade.CONTRAINDICATED,
            because="The heel must not go below the floor where the insertion hurts.",
            codes=("M1",),
            sources=("seed", "BOOKSCI-P"),
        )
    reasons = reason_for(row, *where)
    found = Verdict(
        grade=cell,
        because=" ".join(each.because for each in reasons),
        codes=tuple(each.code for each in reasons),
        sources=tuple(dict.fromkeys(key for each in reasons for key in each.sources)),
    )
    if cell is not Grade.CONTRAINDICATED:
        return found
    unlock = unlock_for(row, *where)
    if unlock is None or stage is not unlock.stage:
        return found
    if unlock.code == "U2" and rung not in UPHILL_RUNGS:
        return found
    opened = unlock.code in tendon.unlocked
    return Verdict(
        grade=Grade.CAUTION if opened else Grade.CONTRAINDICATED,
        because=found.because,
        codes=found.codes,
        sources=tuple(dict.fromkeys((*found.sources, *unlock.sources))),
        unlock=unlock.code,
        opened=opened,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCell:
    """One filled cell: its dose and the dose in words, or what couldn't be read of it.

    ``row`` is the row of the matrix it is judged by.
    """

    text: str
    dose: AnyDose | None
    words: str
    error: str
    understood: str
    row: MatrixRow | None
    verdict: Verdict

    @property
    def fine(self) -> bool:
        """Whether it may be issued as it stands."""
        return not self.error and self.verdict.grade is not Grade.CONTRAINDICATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One thing that stands against issuing; ``place`` is a cell, row or column, or blank."""

    place: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A plan looked through for one tendon. It may be issued when ``refusals`` is empty.

    ``rows`` has the worst verdict of each row, over its filled cells.
    """

    plan: Plan
    catalogue: Catalogue
    cells: Mapping[Cell, CheckedCell]
    rows: Mapping[str, Verdict]
    refusals: tuple[Refusal, ...]


_WORSE = {Grade.ALLOWED: 0, Grade.CAUTION: 1, Grade.CONTRAINDICATED: 2}


def checked(
    plan: Plan, tendon: PlanTendon, desk: Desk, *, defaults: ProgrammeDefaults = DEFAULTS
) -> Checked:
    """Every cell read and graded for this tendon, and everything against issuing the plan."""
    columns = {each.id: each for each in plan.columns}
    rows = {each.id: each for each in plan.rows}
    cells: dict[Cell, CheckedCell] = {}
    for (row, column), text in plan.cells.items():
        known = desk.catalogue.get(rows[row].exercise)
        cells[row, column] = _checked_cell(
            text, known, columns[column], tendon, desk, defaults=defaults
        )
    worst: dict[str, Verdict] = {}
    for each in plan.rows:
        verdicts = [cell.verdict for (row, _), cell in cells.items() if row == each.id]
        if not verdicts and (known := desk.catalogue.get(each.exercise)):
            verdicts = [verdict(known.row, None, tendon, stage=each.stage, defaults=defaults)]
        if verdicts:
            worst[each.id] = max(verdicts, key=lambda found: _WORSE[found.grade])
    refusals = (*_of_tendon(tendon), *_of_plan(plan, cells, tendon, desk))
    return Checked(plan=plan, catalogue=desk.catalogue, cells=cells, rows=worst, refusals=refusals)


def _checked_cell(
    text: str,
    known: Exercise | None,
    column: Column,
    tendon: PlanTendon,
    desk: Desk,
    *,
    defaults: ProgrammeDefaults,
) -> CheckedCell:
    if known is None:
        return CheckedCell(
            text=text,
            dose=None,
            words="",
            error="The library has no such exercise any more.",
            understood="",
            row=None,
            verdict=Verdict(grade=Grade.CONTRAINDICATED, because="The exercise is not known."),
        )
    error = understood = words = ""
    dose: AnyDose | None = None
    try:
        dose = desk.dose(known.key, text)
        words = spelled(dose, side=desk.side)
        if error := _other_work(known, dose):
            understood = words
    except NotUnderstood as failed:
        error, understood = failed.problem, failed.understood
    return CheckedCell(
        text=text,
        dose=None if error else dose,
        words=words,
        error=error,
        understood=understood,
        row=judged_row(known.row, dose, defaults=defaults),
        verdict=verdict(
            known.row, dose, tendon, stage=column.stage, rung=column.rung, defaults=defaults
        ),
    )


def _other_work(known: Exercise, dose: AnyDose) -> str:
    """Why this dose is none of that exercise; blank when it is one.

    Else a name of harmless work could stand over any other.
    """
    if known.row in RUNNING_ROWS:
        if isinstance(dose, Dose):
            return "Running is planned in minutes, as 3x(9w/1r) 3/wk."
        if isinstance(dose, FreeRun) and dose.longer_percent > LONGER_PERCENT:
            return f"Each run is at most {LONGER_PERCENT} % longer than the longest of 30 days."
        return ""
    if not isinstance(dose, Dose):
        return "This exercise needs sets and repetitions, as 3x15, or seconds, as 4x30s."
    most, at_most = dose.reps_to or dose.reps or 0, dose.load.amount or 0
    if dose.load.kind is LoadKind.RM and most > at_most:
        return f"{most} repetitions can't be done with a weight for {at_most}."
    if known.contraction is Contraction.ISOMETRIC and dose.hold_s is None:
        return "A hold is planned in seconds, as 4x30s."
    if known.contraction is Contraction.STRETCH_SHORTENING and dose.hold_s is not None:
        return "Hops and jumps are planned in repetitions, as 3x10."
    may_go_below = known.row in BELOW_ROWS or known.row in UNLOADED_ROWS
    never = known.contraction is Contraction.ISOMETRIC or not may_go_below
    if never and dose.range is Range.BELOW_NEUTRAL:
        return "In this exercise the heel never goes below the floor."
    return ""


def _of_tendon(tendon: PlanTendon) -> list[Refusal]:
    if tendon.locked:
        says = "A red flag is open: nothing is issued until a clinician has cleared it."
        return [Refusal(place="", says=says)]
    if not tendon.known:
        says = "Phase and place on the tendon must be known before anything is issued."
        return [Refusal(place="", says=says)]
    return []


def _of_plan(
    plan: Plan, cells: Mapping[Cell, CheckedCell], tendon: PlanTendon, desk: Desk
) -> list[Refusal]:
    found: list[Refusal] = []
    if not plan.columns:
        found.append(Refusal(place="", says="The plan has no step yet."))
    capped = tendon.isometric_only
    if capped and any(stage is not Stage.ISOMETRIC for stage in plan.stages):
        found.append(Refusal(place="", says=capped))
    out_of_order = _out_of_order(plan, cells, desk)
    for stage in plan.stages:
        for number, column in enumerate(plan.columns_of(stage), start=1):
            where = f"{STAGE_WORDS[stage].capitalize()} step {number}"
            rows = [row for row in plan.rows_of(stage) if (row.id, column.id) in cells]
            if not rows:
                found.append(Refusal(place=f"col/{column.id}", says=f"{where} has no exercise."))
            for row in rows:
                known = desk.catalogue.get(row.exercise)
                name = known.name if known else row.exercise
                cell = cells[row.id, column.id]
                place = f"cell/{row.id}/{column.id}"
                if cell.error:
                    found.append(Refusal(place=place, says=f"{name}, {where}: {cell.error}"))
                elif not cell.fine:
                    because = cell.verdict.because
                    found.append(Refusal(place=place, says=f"{name}, {where}: {because}"))
                elif early := _too_early(known, cell, stage) or out_of_order.get(
                    (row.id, column.id), ""
                ):
                    found.append(Refusal(place=place, says=f"{name}, {where}: {early}"))
    return found


def _too_early(known: Exercise | None, cell: CheckedCell, stage: Stage) -> str:
    """Why this item doesn't stand in this stage yet; blank when it may."""
    if known is None or cell.row is None:
        return ""
    earliest = known.earliest
    if cell.row is not known.row:
        earliest = max(earliest, ROW_STAGES[cell.row], key=STAGES.index)
    match cell.dose:
        case FreeRun():
            earliest = Stage.FULL_RETURN
        case RunThroughs():
            earliest = max(earliest, Stage.RUN_WALK, key=STAGES.index)
        case WalkRun() if cell.dose.run_min:
            earliest = max(earliest, Stage.RUN_WALK, key=STAGES.index)
    if STAGES.index(stage) < STAGES.index(earliest):
        return f"It waits for the {STAGE_WORDS[earliest]} stage."
    return ""


def _kind_of_run(known: Exercise, row: MatrixRow) -> int:
    """Where an item comes in full return: flat 1, faster 2, hills 3, speed 4."""
    if row is MatrixRow.UPHILL_RUNNING:
        return 3
    if row is MatrixRow.SPEED_RUNNING:
        return 2 if known.key == TEMPO_RUN else 4
    return 1


RUN_WORDS = {1: "flat, easy running", 2: "faster running", 3: "hills", 4: "speed"}
EARLIEST_STEP = {1: 1, 2: 2, 3: 2, 4: 3}
"""The first step of full return each kind may stand at, whatever else there is."""


def _out_of_order(plan: Plan, cells: Mapping[Cell, CheckedCell], desk: Desk) -> dict[Cell, str]:
    """Runs of full return that stand before what comes first: flat, faster, hills, then speed."""
    kinds: dict[Cell, tuple[int, int]] = {}
    for number, column in enumerate(plan.columns_of(Stage.FULL_RETURN), start=1):
        for row in plan.rows_of(Stage.FULL_RETURN):
            cell, known = cells.get((row.id, column.id)), desk.catalogue.get(row.exercise)
            if cell and known and cell.row in RUNNING_ROWS:
                kinds[row.id, column.id] = number, _kind_of_run(known, cell.row)
    first = {
        kind: min(number for number, each in kinds.values() if each == kind)
        for kind in {each for _number, each in kinds.values()}
    }
    told = {}
    for place, (number, kind) in kinds.items():
        before = [each for each in first if each < kind and first[each] >= number]
        if number < EARLIEST_STEP[kind]:
            before = before or [1]
        if before:
            told[place] = (
                f"{RUN_WORDS[kind].capitalize()} waits until {RUN_WORDS[min(before)]} has been"
                " built up: flat first, then faster, then hills, speed last."
            )
    return told
