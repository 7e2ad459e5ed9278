"""Warning codes: what each says, where it comes from, and when it is raised (clinical.md section
12)."""

from collections.abc import Mapping
from dataclasses import dataclass

from assessments.rules.bounds import DAYS, check
from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.finding import Finding, Tone
from assessments.rules.start import FLUOROQUINOLONE_DAYS
from assessments.rules.terms import Cortisone, Location, Pathway, Phase, SpikeClass
from assessments.rules.visa import VisaAnswers


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningText:
    """One warning: its code, what it says, why, and source keys."""

    code: str
    says: str
    because: str
    sources: tuple[str, ...]


_WARNINGS = (
    WarningText(
        code="W-VISA-INCOMPLETE",
        says="VISA-A has no total",
        because="An item is unanswered, or not exactly one part of the last item is answered.",
        sources=("AWELL", "own"),
    ),
    WarningText(
        code="W-VISA-CEIL60",
        says="VISA-A capped at 60",
        because="Without sport and training time the last two items give nothing.",
        sources=("R-VISA", "AWELL"),
    ),
    WarningText(
        code="W-VISA-CHECK",
        says="VISA-A answers do not fit together",
        because="Sport, training time, heel raises and hops contradict each other; ask again.",
        sources=("own",),
    ),
    WarningText(
        code="W-VISA-FREQ",
        says="VISA-A within measurement error",
        because="The last entry is too recent for a difference to mean anything.",
        sources=("PMC1724384", "own"),
    ),
    WarningText(
        code="W-PHASE-LOWCONF",
        says="Phase with low confidence",
        because="Phases are named from findings that match the tendon's structure only loosely.",
        sources=("PMC5118437", "own"),
    ),
    WarningText(
        code="W-REACTIVE",
        says="Irritable tendon",
        because="Settle it with isometric work and less load before building up.",
        sources=("seed",),
    ),
    WarningText(
        code="W-STRETCH",
        says="No calf stretching",
        because="Stretching presses and pulls on an irritable or insertional tendon.",
        sources=("seed", "BOOKSCI-P"),
    ),
    WarningText(
        code="W-STEP-INS",
        says="No heel drops below a step",
        because="Below the step the tendon is pressed against the heel bone.",
        sources=("seed", "BOOKSCI-P"),
    ),
    WarningText(
        code="W-UPHILL-INS",
        says="No uphill running",
        because="Running uphill bends the ankle under load and presses on the insertion.",
        sources=("seed",),
    ),
    WarningText(
        code="W-CSI-RECENT",
        says="Recent cortisone at this tendon",
        because="Nothing above isometric and floor work for now, because of the risk of rupture.",
        sources=("seed", "NURSING", "MYORTHO", "own"),
    ),
    WarningText(
        code="W-CSI-PAST",
        says="Earlier cortisone at this tendon",
        because="Go carefully with hops, hills and speed.",
        sources=("seed", "own"),
    ),
    WarningText(
        code="W-FQ",
        says=f"Fluoroquinolone within {FLUOROQUINOLONE_DAYS} days",
        because=f"The risk of an Achilles rupture is raised for {FLUOROQUINOLONE_DAYS} days after"
        " the last dose.",
        sources=("PMC6394638", "PMC7754651"),
    ),
    WarningText(
        code="W-SPIKE-SMALL",
        says="Small load spike",
        because="The run was more than 10 and up to 30 % longer than any in the 30 days before.",
        sources=("PUBHAWK",),
    ),
    WarningText(
        code="W-SPIKE-MODERATE",
        says="Moderate load spike",
        because="The run was more than 30 and up to 100 % longer than any in the 30 days before.",
        sources=("PUBHAWK",),
    ),
    WarningText(
        code="W-SPIKE-LARGE",
        says="Large load spike",
        because="The run was more than twice as long as any in the 30 days before.",
        sources=("PUBHAWK",),
    ),
    WarningText(
        code="W-SPIKE-NOBASE",
        says="No run to compare with",
        because="There was no run in the 30 days before.",
        sources=("PUBHAWK", "own"),
    ),
    WarningText(
        code="W-HR-NORM",
        says="Running gate above the norm",
        because="Many healthy people of this age and sex cannot do the heel raises the gate asks"
        " for.",
        sources=("seed", "NAAS", "HEALTHHP"),
    ),
    WarningText(
        code="W-NONRESPONSE",
        says="Not responding",
        because="After a full programme that was followed, the VISA-A has not improved.",
        sources=("PMC5808052-T1", "own"),
    ),
    WarningText(
        code="W-DROP",
        says="Lower-heeled shoes before onset",
        because="A lower heel drop puts more load on the tendon.",
        sources=("seed", "own"),
    ),
    WarningText(
        code="W-SURFACE",
        says="Other surface before onset",
        because="Firmer ground, camber and downhill change the load on the tendon.",
        sources=("seed",),
    ),
)
WARNINGS: Mapping[str, WarningText] = {warning.code: warning for warning in _WARNINGS}

_SPIKE_CODES = {
    SpikeClass.SMALL: "W-SPIKE-SMALL",
    SpikeClass.MODERATE: "W-SPIKE-MODERATE",
    SpikeClass.LARGE: "W-SPIKE-LARGE",
    SpikeClass.NO_BASELINE: "W-SPIKE-NOBASE",
}
_CORTISONE_CODES = {Cortisone.RECENT: "W-CSI-RECENT", Cortisone.PAST: "W-CSI-PAST"}
_COMPRESSION = frozenset({Location.INSERTIONAL, Location.MIXED})


def warnings(
    *,
    emergency: bool,
    visa: VisaAnswers | None,
    phase: Phase | None,
    pathway: Pathway | None,
    location: Location,
    cortisone: Cortisone,
    fluoroquinolone_days: int | None,
    spike_class: SpikeClass | None,
    heel_raise_affected: int | None,
    norm: int | None,
    nonresponse: bool = False,
    defaults: AssessmentDefaults = DEFAULTS,
) -> tuple[str, ...]:
    """Codes raised, sorted. During an emergency only those about the VISA-A are.

    ``visa`` of ``None`` means no questionnaire and counts as incomplete. ``None`` elsewhere means
    not known, or no run looked at, and raises nothing. W-VISA-FREQ, W-VISA-CHECK, W-DROP and
    W-SURFACE need dates and events and are raised by ``visa`` and ``spikes`` instead.
    """
    check("fluoroquinolone_days", fluoroquinolone_days, DAYS)
    raised = set()
    if visa is None or visa.total is None:
        raised.add("W-VISA-INCOMPLETE")
    if visa is not None and visa.no_sport:
        raised.add("W-VISA-CEIL60")
    if emergency:
        return tuple(sorted(raised))
    if phase is not None:
        raised.add("W-PHASE-LOWCONF")
    if pathway is Pathway.SETTLE:
        raised |= {"W-REACTIVE", "W-STRETCH"}
    if location in _COMPRESSION:
        raised |= {"W-STRETCH", "W-STEP-INS", "W-UPHILL-INS"}
    if cortisone in _CORTISONE_CODES:
        raised.add(_CORTISONE_CODES[cortisone])
    if fluoroquinolone_days is not None and fluoroquinolone_days <= FLUOROQUINOLONE_DAYS:
        raised.add("W-FQ")
    if spike_class in _SPIKE_CODES:
        raised.add(_SPIKE_CODES[spike_class])
    gate = defaults.heel_raise_gate_repetitions
    if heel_raise_affected is not None and norm is not None and norm < gate:
        raised.add("W-HR-NORM")
    if nonresponse:
        raised.add("W-NONRESPONSE")
    return tuple(sorted(raised))


def warning_finding(code: str) -> Finding:
    """The warning behind ``code`` as a finding. Raises ``KeyError`` for an unknown code."""
    warning = WARNINGS[code]
    return Finding(
        rule=warning.code,
        says=warning.says,
        because=warning.because,
        sources=warning.sources,
        tone=Tone.CAUTION,
    )
