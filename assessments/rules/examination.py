"""A whole examination to its findings: the one road from recorded values to everything shown about
them.

The live panel beside the assessment form, the signed assessment and the teaching command all use
it, so they cannot disagree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from fractions import Fraction

from assessments.rules.bounds import (
    AGE,
    DAYS,
    DISTANCE_M,
    HEEL_DROP_MM,
    PAIN,
    REPETITIONS,
    Number,
    check,
    check_answer,
)
from assessments.rules.contraindications import contraindications_finding, strictest
from assessments.rules.cortisone import cortisone_class, cortisone_finding
from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.differentials import differentials_finding
from assessments.rules.finding import Finding, Tone
from assessments.rules.footwear import footwear_finding
from assessments.rules.heel_raise import heel_raise_findings, lsi, lsi_display, norm
from assessments.rules.location import (
    LocationInputs,
    LocationReading,
    bursa_finding,
    location_finding,
)
from assessments.rules.medicines import medicine_findings
from assessments.rules.phase import (
    PHASE_LABELS,
    PhaseInputs,
    PhaseReading,
    pathway,
    pathway_finding,
    phase_finding,
)
from assessments.rules.running import running_finding, running_permission
from assessments.rules.running_form import RunningAnalysis, running_form_finding
from assessments.rules.screening import (
    ANSWER_LABELS,
    RedFlag,
    Screening,
    is_emergency,
    locks,
    red_flags,
    unanswered,
)
from assessments.rules.spikes import Spike, spike
from assessments.rules.start import initial_stage, initial_stage_finding
from assessments.rules.terms import (
    Cortisone,
    Differential,
    Grade,
    Level,
    Location,
    MatrixRow,
    Pathway,
    Phase,
    RunningPermission,
    RunningStatus,
    Sex,
    Stage,
)
from assessments.rules.traps import Treatments, trap_findings
from assessments.rules.visa import VisaAnswers, visa_findings
from assessments.rules.warnings import warnings

# Permissions to run, and the questions that are asked before one of them is shown.
_MAY_RUN = (
    RunningPermission.CONTINUE_MODIFIED,
    RunningPermission.CONTINUE_REDUCED,
    RunningPermission.START_LEVEL_1,
)
_BEFORE_RUNNING = (
    "calf_squeeze_positive",
    "matles_positive",
    "palpable_gap",
    "sudden_pop",
    "new_inability_single_heel_raise",
    "wells_items",
    "fever",
    "wound_infected",
    "systemic_illness",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """Everything an assessment records, as plain values. ``None`` is not recorded, never zero and
    never no.

    ``tender_cm`` are tender points in cm above the insertion (empty: none found).
    ``cortisone_days`` and ``fluoroquinolone_days`` are days since the last one; ``cortisone_given``
    says whether cortisone was ever injected at this tendon, and with yes and no date it counts as
    recent. ``load_pain`` is pain when the tendon is loaded; when it is ``None`` the pain of a
    single-leg heel raise answers it. ``heel_raise_affected`` and ``heel_raise_unaffected`` are
    repetitions. ``differentials`` are other conditions considered (empty: none fits).
    ``spike_m`` and ``longest_m`` are one run and the longest of the 30 days before it.
    ``chosen_phase`` and ``chosen_location`` are a clinician's own choice and replace the
    suggestion. ``cleared_flags`` are ids of red flags a named clinician has cleared; being under
    age cannot be cleared. ``e3_met`` and ``nonresponse`` come from the programme. Raises
    ``ValueError`` naming the field that is out of range.
    """

    sex: Sex = Sex.UNSTATED
    age: int | None = None
    duration_weeks: Number | None = None
    tender_cm: tuple[Number, ...] | None = None
    points_to_site: bool | None = None
    load_pain: bool | None = None
    arc_sign: bool | None = None
    royal_london: bool | None = None
    bursa_squeeze: bool | None = None
    passive_dorsiflexion_pain: bool | None = None
    warm: bool | None = None
    swelling_diffuse: bool | None = None
    thickening_nodular: bool | None = None
    prior_episode: bool | None = None
    pain_light_load: Number | None = None
    single_leg_pain: Number | None = None
    screening: Screening = field(default_factory=Screening)
    cleared_flags: tuple[str, ...] = ()
    cortisone_given: bool | None = None
    cortisone_days: int | None = None
    fluoroquinolone_days: int | None = None
    heel_raise_affected: int | None = None
    heel_raise_unaffected: int | None = None
    bilateral: bool = False
    running_status: RunningStatus | None = None
    run_pain: Number | None = None
    run_settled: bool | None = None
    spike_m: Number | None = None
    longest_m: Number | None = None
    visa: VisaAnswers | None = None
    treatments: Treatments = field(default_factory=Treatments)
    differentials: tuple[Differential, ...] | None = None
    statins: bool | None = None
    diabetes: bool | None = None
    rigid_heel_counter: bool | None = None
    heel_lift: bool | None = None
    shoe_drop_mm: Number | None = None
    running_analysis: RunningAnalysis = field(default_factory=RunningAnalysis)
    chosen_phase: Phase | None = None
    chosen_location: Location | None = None
    e3_met: bool = False
    nonresponse: bool = False

    def __post_init__(self) -> None:
        for name, bounds in (
            ("age", AGE),
            ("single_leg_pain", PAIN),
            ("cortisone_days", DAYS),
            ("fluoroquinolone_days", DAYS),
            ("heel_raise_affected", REPETITIONS),
            ("heel_raise_unaffected", REPETITIONS),
            ("run_pain", PAIN),
            ("spike_m", DISTANCE_M),
            ("longest_m", DISTANCE_M),
            ("shoe_drop_mm", HEEL_DROP_MM),
        ):
            check(name, getattr(self, name), bounds)
        for name in (
            "cortisone_given",
            "run_settled",
            "statins",
            "diabetes",
            "rigid_heel_counter",
            "heel_lift",
        ):
            check_answer(name, getattr(self, name))
        # The parts check their own fields; building them refuses what they refuse.
        phase_inputs(self)
        location_inputs(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the rules make of an examination.

    ``phase``, ``location`` and ``pathway`` are the clinician's choice where there is one;
    ``phase_reading`` keeps what the rule suggests. ``red_flags`` are all flags raised,
    ``open_flags`` those not cleared. ``matrix`` is empty during an emergency and off
    the tendon; while the phase is open each cell is the strictest of those still possible.
    ``panel`` is every finding in the order it is shown. ``unanswered`` are
    screening questions not asked.
    """

    red_flags: tuple[RedFlag, ...]
    open_flags: tuple[RedFlag, ...]
    unanswered: tuple[str, ...]
    locked: bool
    emergency: bool
    phase: Phase | None
    phase_reading: PhaseReading
    location: Location
    location_reading: LocationReading
    pathway: Pathway | None
    cortisone: Cortisone
    initial_stage: Stage | None
    running: RunningPermission | None
    matrix: Mapping[MatrixRow, Grade]
    visa_items: tuple[int | None, ...]
    visa_total: int | None
    norm: int | None
    lsi: Fraction | None
    lsi_display: Decimal | None
    spike: Spike | None
    warnings: tuple[str, ...]
    panel: tuple[Finding, ...]


def phase_inputs(examination: Examination) -> PhaseInputs:
    """The part of an examination that rule P reads."""
    return PhaseInputs(**{one.name: getattr(examination, one.name) for one in fields(PhaseInputs)})


def location_inputs(examination: Examination) -> LocationInputs:
    """The part of an examination that locating the problem reads.

    Pain on a single-leg heel raise answers whether loading hurts when that is not recorded itself.
    """
    values = {one.name: getattr(examination, one.name) for one in fields(LocationInputs)}
    if examination.load_pain is None and examination.single_leg_pain is not None:
        values["load_pain"] = examination.single_leg_pain > 0
    return LocationInputs(**values)


def examine(examination: Examination, defaults: AssessmentDefaults = DEFAULTS) -> Findings:
    """Everything the rules conclude from an examination, with the findings of the panel in
    order."""
    raised = red_flags(
        examination.screening,
        age=examination.age,
        fluoroquinolone_days=examination.fluoroquinolone_days,
        defaults=defaults,
    )
    open_flags = tuple(flag for flag in raised if _is_open(flag, examination.cleared_flags))
    locked, emergency = locks(open_flags), is_emergency(open_flags)
    phase_reading = phase_finding(phase_inputs(examination), defaults=defaults)
    location_reading = location_finding(
        location_inputs(examination), chosen=examination.chosen_location
    )
    phase, way = phase_reading.phase, phase_reading.pathway
    if examination.chosen_phase is not None:
        phase, way = examination.chosen_phase, pathway(examination.chosen_phase)
    location = location_reading.location
    cortisone = _cortisone(examination, defaults)
    running = running_permission(
        locked=locked,
        cortisone=cortisone,
        status=examination.running_status,
        pathway=way,
        run_pain=examination.run_pain,
        settled=examination.run_settled,
        e3_met=examination.e3_met,
        defaults=defaults,
    )
    stage = initial_stage(
        locked=locked,
        cortisone=cortisone,
        pathway=way,
        single_leg_pain=examination.single_leg_pain,
        fluoroquinolone_days=examination.fluoroquinolone_days,
    )
    possible = phase_reading.possible if phase is None else (phase,)
    cells = {} if emergency else strictest(possible, location, cortisone)
    index = lsi(examination.heel_raise_affected, examination.heel_raise_unaffected)
    expected = norm(examination.sex, examination.age)
    looked_at = (
        None if examination.spike_m is None else spike(examination.spike_m, examination.longest_m)
    )
    codes = warnings(
        emergency=emergency,
        visa=examination.visa,
        phase=phase,
        pathway=way,
        location=location,
        cortisone=cortisone,
        fluoroquinolone_days=examination.fluoroquinolone_days,
        spike_class=None if looked_at is None else looked_at.spike_class,
        heel_raise_affected=examination.heel_raise_affected,
        norm=expected,
        nonresponse=examination.nonresponse,
        defaults=defaults,
    )
    visa = VisaAnswers() if examination.visa is None else examination.visa
    found = Findings(
        red_flags=raised,
        open_flags=open_flags,
        unanswered=unanswered(
            examination.screening,
            age=examination.age,
            fluoroquinolone_days=examination.fluoroquinolone_days,
        ),
        locked=locked,
        emergency=emergency,
        phase=phase,
        phase_reading=phase_reading,
        location=location,
        location_reading=location_reading,
        pathway=way,
        cortisone=cortisone,
        initial_stage=stage,
        running=running,
        matrix=cells,
        visa_items=visa.items,
        visa_total=visa.total,
        norm=expected,
        lsi=index,
        lsi_display=lsi_display(index),
        spike=looked_at,
        warnings=codes,
        panel=(),
    )
    return replace(found, panel=_panel(examination, found, defaults))


def _panel(
    examination: Examination, found: Findings, defaults: AssessmentDefaults
) -> tuple[Finding, ...]:
    """Every finding in the order shown; while an emergency is open none is about a programme."""
    visa = visa_findings(examination.visa, defaults=defaults)
    running = _running_panel(examination, found, defaults)
    first = (
        *(_flag_panel(flag, open_flags=found.open_flags) for flag in found.red_flags),
        *_screening_gaps(found.unanswered),
    )
    differentials = _given(differentials_finding(examination.differentials))
    if found.emergency:
        # No phase and no location: while one is open the tendon is not what matters.
        return (*first, *differentials, running, *visa)
    return (
        *first,
        _phase_panel(examination.chosen_phase, found.phase_reading),
        found.location_reading.finding,
        *_given(bursa_finding(found.location, bursa_squeeze=examination.bursa_squeeze)),
        *differentials,
        pathway_finding(found.pathway),
        *_cortisone_panel(examination, found.cortisone, defaults),
        running,
        initial_stage_finding(
            locked=found.locked,
            location=found.location,
            cortisone=found.cortisone,
            pathway=found.pathway,
            single_leg_pain=examination.single_leg_pain,
            fluoroquinolone_days=examination.fluoroquinolone_days,
        ),
        contraindications_finding(_possible(found), found.location, found.cortisone),
        *_history_panel(examination, found),
        *visa,
        *heel_raise_findings(
            affected=examination.heel_raise_affected,
            unaffected=examination.heel_raise_unaffected,
            sex=examination.sex,
            age=examination.age,
            bilateral=examination.bilateral,
            defaults=defaults,
        ),
    )


def _running_panel(
    examination: Examination, found: Findings, defaults: AssessmentDefaults
) -> Finding:
    """The permission to run, or what has to be asked before one is shown."""
    finding = running_finding(
        found.running,
        run_pain=examination.run_pain,
        settled=examination.run_settled,
        defaults=defaults,
    )
    open_questions = [ANSWER_LABELS[name] for name in _BEFORE_RUNNING if name in found.unanswered]
    if examination.cortisone_given is None and examination.cortisone_days is None:
        open_questions.append("Cortisone injection at this tendon")
    if found.running not in _MAY_RUN or not open_questions:
        return finding
    return replace(
        finding,
        says="Running: after the screening",
        because="Whether running goes on is said once rupture, clot, infection and cortisone are"
        " asked.",
        numbers=tuple((label, "not recorded") for label in open_questions),
        tone=Tone.MISSING,
    )


def _history_panel(examination: Examination, found: Findings) -> tuple[Finding, ...]:
    """What medicines, shoes, treatments so far and the way of running leave to say."""
    return (
        *medicine_findings(statins=examination.statins, diabetes=examination.diabetes),
        *_given(
            footwear_finding(
                found.location,
                rigid_heel_counter=examination.rigid_heel_counter,
                heel_lift=examination.heel_lift,
                shoe_drop_mm=examination.shoe_drop_mm,
            )
        ),
        *trap_findings(
            examination.treatments,
            location=found.location,
            pathway=found.pathway,
            cortisone_given=examination.cortisone_given,
            cortisone=found.cortisone,
        ),
        *_given(running_form_finding(examination.running_analysis)),
    )


def _possible(found: Findings) -> tuple[Phase, ...]:
    """The phase, or those the findings leave possible while it is open."""
    return found.phase_reading.possible if found.phase is None else (found.phase,)


def _flag_panel(flag: RedFlag, *, open_flags: tuple[RedFlag, ...]) -> Finding:
    """The flag's finding; a cleared one stays in view and says so."""
    if flag in open_flags:
        return flag.finding
    return replace(flag.finding, says=f"{flag.finding.says} (cleared)", tone=Tone.NEUTRAL)


def _is_open(flag: RedFlag, cleared: tuple[str, ...]) -> bool:
    """Being under age is no finding that a clinician could clear: the rules do not cover it."""
    return flag.level is Level.BLOCK or flag.id not in cleared


def _cortisone(examination: Examination, defaults: AssessmentDefaults) -> Cortisone:
    """An injection without a date counts as recent, the stricter of the two."""
    if examination.cortisone_given and examination.cortisone_days is None:
        return Cortisone.RECENT
    return cortisone_class(examination.cortisone_days, defaults=defaults)


def _cortisone_panel(
    examination: Examination, cortisone: Cortisone, defaults: AssessmentDefaults
) -> list[Finding]:
    found = cortisone_finding(cortisone, days=examination.cortisone_days, defaults=defaults)
    if found is None and examination.cortisone_given is None:
        return [
            Finding(
                rule="RF04",
                says="Cortisone not asked",
                because="Whether cortisone was ever injected at this tendon is not recorded; the"
                " rules"
                " below go by none.",
                sources=("seed", "own"),
                tone=Tone.MISSING,
            )
        ]
    return _given(found)


def _screening_gaps(missing: tuple[str, ...]) -> list[Finding]:
    if not missing:
        return []
    labels = {**ANSWER_LABELS, "age": "Age", "fluoroquinolone_days": "Date of the last dose"}
    return [
        Finding(
            rule="RF",
            says="Screening not complete",
            because=f"{len(missing)} questions are open; an open question is never read as no.",
            numbers=tuple((labels[name], "not recorded") for name in missing),
            sources=("own",),
            tone=Tone.MISSING,
        )
    ]


def _phase_panel(chosen: Phase | None, reading: PhaseReading) -> Finding:
    """The suggested phase, or the clinician's own with the suggestion beside it."""
    if chosen is None:
        return reading.finding
    suggested = reading.phase
    words = "none yet" if suggested is None else PHASE_LABELS[suggested].lower()
    return Finding(
        rule="P",
        says=PHASE_LABELS[chosen],
        because=f"Set by the clinician; suggested by the findings: {words}. Low confidence either"
        " way.",
        numbers=reading.finding.numbers,
        sources=reading.finding.sources,
        tone=Tone.NEUTRAL,
    )


def _given(finding: Finding | None) -> list[Finding]:
    return [] if finding is None else [finding]
