"""What was tried before, and what the practice's article calls traps: said gently, only where they
apply.

A treatment stood "alone" only if loading exercises were answered with no. While that is not
recorded nothing is concluded, and one finding says what to ask.
"""

from dataclasses import dataclass, fields

from assessments.rules.bounds import check_answer
from assessments.rules.finding import Finding, Tone
from assessments.rules.terms import Cortisone, Location, Pathway, TreatmentKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatments:
    """What was tried so far, by kind. ``None`` is not asked, never no.

    Raises ``ValueError`` naming the kind whose answer is none.
    """

    rest: bool | None = None
    stretching: bool | None = None
    medicines: bool | None = None
    massage: bool | None = None
    loading: bool | None = None
    heel_lift: bool | None = None
    shock_wave: bool | None = None
    other: bool | None = None

    def __post_init__(self) -> None:
        for one in fields(self):
            check_answer(one.name, getattr(self, one.name))


_ANSWERS = {True: "yes", False: "no", None: "not recorded"}
_LABELS = {
    TreatmentKind.REST: "Rest",
    TreatmentKind.MEDICINES: "Anti-inflammatory medicines",
    TreatmentKind.MASSAGE: "Massage or foam rolling",
    TreatmentKind.STRETCHING: "Stretching",
    TreatmentKind.LOADING: "Loading exercises",
}
# What each does without loading: its rule, what to say, and why.
_ALONE = {
    TreatmentKind.REST: (
        "TRAP-REST",
        "Rest so far, without loading",
        (
            "Rest eases pain for a while, but the tendon gains no strength from it, so the pain"
            " tends to come back with the old load. Less load, and the right one, helps more than"
            " none."
        ),
    ),
    TreatmentKind.MEDICINES: (
        "TRAP-NSAID",
        "Anti-inflammatory medicines so far, without loading",
        (
            "They can ease pain for a short time. They don't change the tendon, and don't take the"
            " place of loading it."
        ),
    ),
    TreatmentKind.MASSAGE: (
        "TRAP-MASSAGE",
        "Massage or rolling so far, without loading",
        (
            "It can ease symptoms and may go on beside the programme. It doesn't treat the tendon"
            " by itself."
        ),
    ),
}


def trap_findings(
    treatments: Treatments,
    *,
    location: Location,
    pathway: Pathway | None,
    cortisone_given: bool | None,
    cortisone: Cortisone,
) -> tuple[Finding, ...]:
    """What the treatments so far leave to say, in a fixed order; empty when nothing applies.

    ``cortisone`` is the class by days since the last injection, ``cortisone_given`` whether there
    ever was one; a class other than none says so too.
    """
    injected = bool(cortisone_given) or cortisone is not Cortisone.NONE
    return (
        *_alone(treatments),
        *_open_question(treatments),
        *_stretching(treatments, location, pathway),
        *_cortisone(treatments, cortisone, injected=injected),
    )


def _alone(treatments: Treatments) -> list[Finding]:
    if treatments.loading is not False:
        return []
    return [
        Finding(
            rule=rule,
            says=says,
            because=because,
            numbers=_numbers(treatments, kind, TreatmentKind.LOADING),
            sources=("seed",),
            tone=Tone.NEUTRAL,
        )
        for kind, (rule, says, because) in _ALONE.items()
        if getattr(treatments, kind.value)
    ]


def _open_question(treatments: Treatments) -> list[Finding]:
    """Asks for the one answer that would tell whether the others stood alone."""
    tried = [kind for kind in _ALONE if getattr(treatments, kind.value)]
    if treatments.loading is not None or not tried:
        return []
    return [
        Finding(
            rule="TRAP",
            says="Loading exercises so far: not recorded",
            because="What else was tried is judged by whether loading went with it.",
            numbers=_numbers(treatments, *tried, TreatmentKind.LOADING),
            sources=("seed",),
            tone=Tone.MISSING,
        )
    ]


def _stretching(
    treatments: Treatments, location: Location, pathway: Pathway | None
) -> list[Finding]:
    if not treatments.stretching:
        return []
    reasons = []
    if location in {Location.INSERTIONAL, Location.MIXED}:
        reasons.append("it presses the tendon against the heel bone where it is tender")
    if pathway is Pathway.SETTLE:
        reasons.append("it adds strain to a tendon that is irritable now")
    if reasons:
        return [
            Finding(
                rule="TRAP-STRETCH",
                says="Leave stretching out for now",
                because=f"Stretching into full bend: {', and '.join(reasons)}. Calf length can be"
                " kept by moving through the comfortable range.",
                numbers=_numbers(treatments, TreatmentKind.STRETCHING),
                sources=("seed", "BOOKSCI-P"),
                tone=Tone.CAUTION,
            )
        ]
    unknown = [
        words
        for words, missing in (
            ("the location", location is Location.UNDETERMINED),
            ("the pathway", pathway is None and location is not Location.OUT_OF_RANGE),
        )
        if missing
    ]
    if not unknown:
        return []
    return [
        Finding(
            rule="TRAP-STRETCH",
            says="Stretching: not yet clear whether it suits",
            because=f"That depends on {' and '.join(unknown)}, which what is recorded leaves open.",
            numbers=_numbers(treatments, TreatmentKind.STRETCHING),
            sources=("seed",),
            tone=Tone.MISSING,
        )
    ]


def _cortisone(treatments: Treatments, cortisone: Cortisone, *, injected: bool) -> list[Finding]:
    if not injected:
        return []
    alone = treatments.loading is False
    recent = cortisone is Cortisone.RECENT
    return [
        Finding(
            rule="TRAP-CSI",
            says="Cortisone so far, without loading"
            if alone
            else "Cortisone: keep a rupture in mind",
            because=(
                "Relief after an injection is often short, and a tendon that was injected is loaded"
                f" with more care because it may rupture{', the more so now' if recent else ''}."
                " This is disputed: in one trial an injection together with exercise did better"
                " after six months than exercise with placebo, without more harm."
            ),
            numbers=(
                ("Last injection counts as", _CLASSES[cortisone]),
                *_numbers(treatments, TreatmentKind.LOADING),
            ),
            sources=("seed", "MYORTHO", "REGIONH"),
            tone=Tone.CAUTION,
        )
    ]


_CLASSES = {
    Cortisone.RECENT: "recent",
    Cortisone.PAST: "past",
    Cortisone.NONE: "not dated",
}


def _numbers(treatments: Treatments, *kinds: TreatmentKind) -> tuple[tuple[str, str], ...]:
    return tuple((_LABELS[kind], _ANSWERS[getattr(treatments, kind.value)]) for kind in kinds)
