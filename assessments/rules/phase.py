"""Phase of the tendon from history and hands-on findings (clinical.md section 2, rule P).

The principle for what is not recorded: a phase is suggested only if what is missing cannot change
it. Every value the missing inputs could take is tried; if all agree, that is the phase, otherwise
there is none and the inputs that matter are listed. Structure and pain agree poorly, so confidence
is always low.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

from assessments.rules.bounds import PAIN, WEEKS, Number, check, check_answer
from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.finding import Finding, Tone
from assessments.rules.terms import Pathway, Phase

PHASE_LABELS = {
    Phase.REACTIVE: "Reactive (irritable)",
    Phase.REACTIVE_ON_DEGENERATIVE: "Reactive on degenerative",
    Phase.DISREPAIR: "Disrepair",
    Phase.DEGENERATIVE: "Degenerative",
    Phase.INDETERMINATE_EARLY: "Early, not yet clear",
}
INPUT_LABELS = {
    "duration_weeks": "weeks since onset",
    "warm": "warmth",
    "swelling_diffuse": "diffuse swelling",
    "thickening_nodular": "nodular thickening",
    "prior_episode": "earlier episode",
    "pain_light_load": "pain with light load",
}
_SETTLE_PHASES = frozenset({Phase.REACTIVE, Phase.REACTIVE_ON_DEGENERATIVE})
_SOURCES = ("seed", "PMC5808052-T1", "PMC5118437", "own")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseInputs:
    """What rule P reads. ``None`` is not recorded: it is never read as no, or as zero.

    ``pain_light_load`` is the worst pain (0 to 10) on level walking or double-leg heel raises.
    Raises ``ValueError`` naming the input that is out of range.
    """

    duration_weeks: Number | None = None
    warm: bool | None = None
    swelling_diffuse: bool | None = None
    thickening_nodular: bool | None = None
    prior_episode: bool | None = None
    pain_light_load: Number | None = None

    def __post_init__(self) -> None:
        check("duration_weeks", self.duration_weeks, WEEKS)
        check_answer("warm", self.warm)
        check_answer("swelling_diffuse", self.swelling_diffuse)
        check_answer("thickening_nodular", self.thickening_nodular)
        check_answer("prior_episode", self.prior_episode)
        check("pain_light_load", self.pain_light_load, PAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A phase still possible, with the recorded findings for and against it, in words."""

    phase: Phase
    supports: tuple[str, ...]
    against: tuple[str, ...]

    @property
    def label(self) -> str:
        """The phase in words."""
        return PHASE_LABELS[self.phase]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseReading:
    """What the findings say about phase.

    ``possible`` are the phases that the missing inputs still leave open; ``phase`` is set only when
    there is one, ``pathway`` only when all of them share it. ``missing`` names the unrecorded
    inputs that could change the phase. ``supports`` and ``against`` are in words; ``candidates``
    has both for each phase in ``possible``.
    """

    phase: Phase | None
    pathway: Pathway | None
    possible: tuple[Phase, ...]
    supports: tuple[str, ...]
    against: tuple[str, ...]
    missing: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    finding: Finding
    confidence: Literal["low"] = "low"

    @property
    def missing_labels(self) -> tuple[str, ...]:
        """The inputs of ``missing`` in words."""
        return tuple(INPUT_LABELS[name] for name in self.missing)


Completion = tuple[Number, bool, bool, bool, bool, Number]


def phase(inputs: PhaseInputs, *, defaults: AssessmentDefaults = DEFAULTS) -> Phase | None:
    """The phase by rule P, or ``None`` while something not recorded could change it."""
    possible = possible_phases(inputs, defaults=defaults)
    return possible[0] if len(possible) == 1 else None


def pathway(phase: Phase | None) -> Pathway | None:
    """Settle for the reactive phases, load for the others; ``None`` while there is no phase."""
    if phase is None:
        return None
    return Pathway.SETTLE if phase in _SETTLE_PHASES else Pathway.LOAD


def pathway_of(inputs: PhaseInputs, *, defaults: AssessmentDefaults = DEFAULTS) -> Pathway | None:
    """The pathway all phases still possible share, or ``None``. It can be known before the phase
    is."""
    pathways = {pathway(one) for one in possible_phases(inputs, defaults=defaults)}
    return pathways.pop() if len(pathways) == 1 else None


def possible_phases(
    inputs: PhaseInputs, *, defaults: AssessmentDefaults = DEFAULTS
) -> tuple[Phase, ...]:
    """Every phase that some completion of the inputs not recorded would give, in the order of
    ``Phase``."""
    found = {_rule_p(values, defaults) for values in _completions(inputs, defaults)}
    return tuple(one for one in Phase if one in found)


def missing_inputs(
    inputs: PhaseInputs, *, defaults: AssessmentDefaults = DEFAULTS
) -> tuple[str, ...]:
    """Names of the inputs not recorded that could change the phase, in the order of
    ``PhaseInputs``."""
    outcomes = {values: _rule_p(values, defaults) for values in _completions(inputs, defaults)}
    matters = []
    for place, name in enumerate(INPUT_LABELS):
        by_the_others: dict[tuple[Number, ...], set[Phase]] = defaultdict(set)
        for values, outcome in outcomes.items():
            by_the_others[values[:place] + values[place + 1 :]].add(outcome)
        if any(len(phases) > 1 for phases in by_the_others.values()):
            matters.append(name)
    return tuple(matters)


def phase_finding(inputs: PhaseInputs, *, defaults: AssessmentDefaults = DEFAULTS) -> PhaseReading:
    """The phase with what speaks for it and against it, and what is missing. Confidence is
    always low."""
    possible = possible_phases(inputs, defaults=defaults)
    missing = missing_inputs(inputs, defaults=defaults)
    suggested = possible[0] if len(possible) == 1 else None
    candidates = tuple(_candidate(one, inputs, defaults) for one in possible)
    supports: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    if suggested is None:
        finding = Finding(
            rule="P",
            says="Phase not yet clear",
            because=(
                "What is recorded still allows more than one phase:"
                f" {'; '.join(PHASE_LABELS[one].lower() for one in possible)}."
                f" Missing: {', '.join(INPUT_LABELS[name] for name in missing)}."
            ),
            numbers=_numbers(inputs),
            sources=_SOURCES,
            tone=Tone.MISSING,
        )
    else:
        supports, against = candidates[0].supports, candidates[0].against
        finding = Finding(
            rule="P",
            says=PHASE_LABELS[suggested],
            because=(
                f"{_because(suggested, defaults)} Low confidence: phases are named from findings"
                " that"
                " match the tendon's structure only loosely."
            ),
            numbers=_numbers(inputs),
            sources=_SOURCES,
            tone=Tone.CAUTION if suggested in _SETTLE_PHASES else Tone.NEUTRAL,
        )
    return PhaseReading(
        phase=suggested,
        pathway=pathway_of(inputs, defaults=defaults),
        possible=possible,
        supports=supports,
        against=against,
        missing=missing,
        candidates=candidates,
        finding=finding,
    )


def _candidate(phase: Phase, inputs: PhaseInputs, defaults: AssessmentDefaults) -> Candidate:
    supports, against = features(phase, inputs, defaults=defaults)
    return Candidate(phase=phase, supports=supports, against=against)


def pathway_finding(pathway: Pathway | None) -> Finding:
    """What the pathway asks for. ``None`` says that more must be recorded first."""
    if pathway is None:
        return Finding(
            rule="P6",
            says="Pathway not yet clear",
            because="It follows from the phase, and the phases still possible do not share one.",
            sources=("seed", "own"),
            tone=Tone.MISSING,
        )
    if pathway is Pathway.SETTLE:
        return Finding(
            rule="P6",
            says="Settle first",
            because="An irritable tendon needs isometric work and less load, not rest, before it"
            " is built up.",
            sources=("seed",),
            tone=Tone.CAUTION,
        )
    return Finding(
        rule="P6",
        says="Load progressively",
        because="The tendon is not irritable, so progressive loading is the treatment.",
        sources=("seed",),
        tone=Tone.OK,
    )


def features(
    phase: Phase, inputs: PhaseInputs, *, defaults: AssessmentDefaults = DEFAULTS
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Recorded findings for and against ``phase``, in words. What is not recorded is in neither."""
    supports: list[str] = []
    against: list[str] = []
    expected = _EXPECTED[phase]
    for name, (present, words_yes, words_no) in _features(inputs, defaults).items():
        if present is not None and name in expected:
            words = words_yes if present else words_no
            (supports if present is expected[name] else against).append(words)
    return tuple(supports), tuple(against)


_IRRITABLE = {"light": True, "warm": True, "swelling": True}
_CALM = {"light": False, "warm": False, "swelling": False}
_EXPECTED: dict[Phase, dict[str, bool]] = {
    Phase.REACTIVE: {**_IRRITABLE, "nodular": False, "prior": False, "chronic_weeks": False},
    Phase.REACTIVE_ON_DEGENERATIVE: {
        **_IRRITABLE,
        "nodular": True,
        "prior": True,
        "chronic_weeks": True,
    },
    Phase.DISREPAIR: {**_CALM, "nodular": False, "disrepair_weeks": True},
    Phase.DEGENERATIVE: {**_CALM, "nodular": True, "prior": True, "chronic_weeks": True},
    Phase.INDETERMINATE_EARLY: {**_CALM, "disrepair_weeks": False},
}


def _features(
    inputs: PhaseInputs, defaults: AssessmentDefaults
) -> dict[str, tuple[bool | None, str, str]]:
    def at_least(value: Number | None, limit: int) -> bool | None:
        return None if value is None else value >= limit

    chronic, disrepair = defaults.phase_chronic_weeks, defaults.phase_disrepair_weeks
    return {
        "light": (
            at_least(inputs.pain_light_load, defaults.phase_light_load_pain),
            "painful with light load",
            "little pain with light load",
        ),
        "warm": (inputs.warm, "warm", "not warm"),
        "swelling": (inputs.swelling_diffuse, "diffuse swelling", "no diffuse swelling"),
        "nodular": (inputs.thickening_nodular, "nodular thickening", "no nodule"),
        "prior": (inputs.prior_episode, "earlier episode", "first episode"),
        "chronic_weeks": (
            at_least(inputs.duration_weeks, chronic),
            f"{chronic} weeks or longer",
            f"shorter than {chronic} weeks",
        ),
        "disrepair_weeks": (
            at_least(inputs.duration_weeks, disrepair),
            f"{disrepair} weeks or longer",
            f"shorter than {disrepair} weeks",
        ),
    }


def _completions(inputs: PhaseInputs, defaults: AssessmentDefaults) -> Iterator[Completion]:
    """Every case rule P can tell apart: one value on each side of each threshold."""
    weeks = (0, defaults.phase_disrepair_weeks, defaults.phase_chronic_weeks)
    pains = (0, defaults.phase_light_load_pain)
    answers = (False, True)
    return product(
        weeks if inputs.duration_weeks is None else (inputs.duration_weeks,),
        answers if inputs.warm is None else (inputs.warm,),
        answers if inputs.swelling_diffuse is None else (inputs.swelling_diffuse,),
        answers if inputs.thickening_nodular is None else (inputs.thickening_nodular,),
        answers if inputs.prior_episode is None else (inputs.prior_episode,),
        pains if inputs.pain_light_load is None else (inputs.pain_light_load,),
    )


def _rule_p(values: Completion, defaults: AssessmentDefaults) -> Phase:
    weeks, warm, swelling, nodular, prior, pain = values
    long_standing = weeks >= defaults.phase_chronic_weeks
    if pain >= defaults.phase_light_load_pain and (warm or swelling):
        chronic = long_standing or nodular or prior
        return Phase.REACTIVE_ON_DEGENERATIVE if chronic else Phase.REACTIVE
    if long_standing and nodular:
        return Phase.DEGENERATIVE
    if weeks >= defaults.phase_disrepair_weeks:
        return Phase.DISREPAIR
    return Phase.INDETERMINATE_EARLY


def _because(suggested: Phase, defaults: AssessmentDefaults) -> str:
    chronic, disrepair = defaults.phase_chronic_weeks, defaults.phase_disrepair_weeks
    return {
        Phase.REACTIVE: (
            "Light load is painful and the tendon is warm or diffusely swollen, without signs of a"
            " long-standing problem."
        ),
        Phase.REACTIVE_ON_DEGENERATIVE: (
            "Light load is painful and the tendon is warm or diffusely swollen, on top of a"
            " long-standing problem."
        ),
        Phase.DISREPAIR: f"Not irritable, and present for {disrepair} weeks or longer.",
        Phase.DEGENERATIVE: f"Not irritable, nodular, and present for {chronic} weeks or longer.",
        Phase.INDETERMINATE_EARLY: (
            f"Not irritable, and present for less than {disrepair} weeks; managed as disrepair,"
            " with care."
        ),
    }[suggested]


def _numbers(inputs: PhaseInputs) -> tuple[tuple[str, str], ...]:
    def answer(value: bool | None) -> str:
        return "not recorded" if value is None else "yes" if value else "no"

    def amount(value: Number | None, unit: str) -> str:
        return "not recorded" if value is None else f"{value} {unit}"

    return (
        ("Since onset", amount(inputs.duration_weeks, "weeks")),
        ("Pain with light load", amount(inputs.pain_light_load, "out of 10")),
        ("Warm", answer(inputs.warm)),
        ("Diffuse swelling", answer(inputs.swelling_diffuse)),
        ("Nodular thickening", answer(inputs.thickening_nodular)),
        ("Earlier episode", answer(inputs.prior_episode)),
    )
