"""Red flags: what must be excluded before any programme (clinical.md section 4).

An answer is yes, no or ``None`` (not asked). Only a yes raises a flag; what was not asked is listed
by ``unanswered``, never read as no. Cortisone (RF04) is not here: it has a column of the matrix.

Two triggers in the rule book leave room, and are read on the careful side: for RF10 either sign is
enough, and for RF11 weight loss alone is enough while a history of cancer needs pain at rest or at
night.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from assessments.rules.bounds import AGE, DAYS, check, check_answer
from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.finding import Finding, Tone
from assessments.rules.start import FLUOROQUINOLONE_DAYS
from assessments.rules.terms import Level

WELLS_ITEMS = {
    "active_cancer": "Active cancer",
    "paralysis_or_plaster": "Paralysis, weakness or recent plaster of the leg",
    "bedridden_or_surgery": "In bed 3 days or more, or major surgery within 12 weeks",
    "deep_vein_tenderness": "Tender along the deep veins",
    "entire_leg_swollen": "Whole leg swollen",
    "calf_3cm_larger": "Calf at least 3 cm larger than the other",
    "pitting_oedema": "Pitting oedema of this leg only",
    "collateral_veins": "Swollen superficial veins (not varicose)",
    "previous_dvt": "Earlier deep vein thrombosis",
}
WELLS_ALTERNATIVE_POINTS = -2
WELLS_LIKELY = 2
"""Wells score from which a deep vein thrombosis is likely (WELLS, two-level version)."""
WELLS_ITEMS_MAX = 20
OLDER_AGE = 60
"""Age from which the risk with a fluoroquinolone is clearly higher (EUR56901)."""

FLAG_TITLES = {
    "RF01": "Tendon rupture",
    "RF02": "Deep vein thrombosis",
    "RF03": "Fluoroquinolone antibiotic",
    "RF05": "Inflammatory joint disease",
    "RF06": "Inherited high cholesterol",
    "RF07": "Stress fracture",
    "RF08": "Infection",
    "RF09": "Under age",
    "RF10": "Nerve problem",
    "RF11": "Serious illness",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """Answers to the screening questions: yes, no, or ``None`` for not asked.

    ``wells_items`` are the names of the ticked Wells items (an empty tuple: asked, none applies);
    each distinct name counts once. ``wells_alt`` is yes only when the clinician ticks that another
    diagnosis is at least as likely. ``fluoroquinolone_taken`` says whether one was ever taken; with
    yes and no date the dose counts as inside the 60 days. Raises ``ValueError`` naming a field that
    is malformed.
    """

    calf_squeeze_positive: bool | None = None
    matles_positive: bool | None = None
    palpable_gap: bool | None = None
    sudden_pop: bool | None = None
    new_inability_single_heel_raise: bool | None = None
    wells_items: tuple[str, ...] | None = None
    wells_alt: bool | None = None
    fluoroquinolone_taken: bool | None = None
    oral_steroid: bool | None = None
    ibp: bool | None = None
    psoriasis: bool | None = None
    uveitis: bool | None = None
    ibd: bool | None = None
    dactylitis_or_other_enthesitis: bool | None = None
    fh_spa: bool | None = None
    xanthoma: bool | None = None
    known_fh: bool | None = None
    corneal_arcus_early_cvd: bool | None = None
    calcaneal_squeeze_positive: bool | None = None
    focal_bone_tenderness: bool | None = None
    fever: bool | None = None
    wound_infected: bool | None = None
    systemic_illness: bool | None = None
    lateral_foot_paraesthesia: bool | None = None
    tinel_positive: bool | None = None
    unexplained_weight_loss: bool | None = None
    cancer_history: bool | None = None
    rest_or_night_pain: bool | None = None

    def __post_init__(self) -> None:
        for one in fields(self):
            if one.name != "wells_items":
                check_answer(one.name, getattr(self, one.name))
        names = self.wells_items or ()
        if len(names) > WELLS_ITEMS_MAX:
            raise ValueError(f"wells_items: must be at most {WELLS_ITEMS_MAX} items")
        if isinstance(names, str) or not all(isinstance(name, str) and name for name in names):
            raise ValueError("wells_items: must be a list of names")


ANSWER_LABELS = {
    "calf_squeeze_positive": "Calf squeeze: foot does not move",
    "matles_positive": "Matles: foot falls to neutral or beyond",
    "palpable_gap": "Gap felt in the tendon",
    "sudden_pop": "Sudden pop, or felt kicked",
    "new_inability_single_heel_raise": "Newly unable to rise on this leg",
    "wells_items": "Signs of deep vein thrombosis",
    "wells_alt": "Another diagnosis at least as likely as thrombosis",
    "fluoroquinolone_taken": "Fluoroquinolone antibiotic taken",
    "oral_steroid": "Steroid tablets",
    "ibp": "Inflammatory back stiffness",
    "psoriasis": "Psoriasis",
    "uveitis": "Uveitis",
    "ibd": "Inflammatory bowel disease",
    "dactylitis_or_other_enthesitis": "Swollen whole finger or toe, or another sore tendon"
    " insertion",
    "fh_spa": "Inflammatory joint disease in the family",
    "xanthoma": "Fatty lump in a tendon",
    "known_fh": "Known inherited high cholesterol",
    "corneal_arcus_early_cvd": "Ring around the iris and early heart disease in the family",
    "calcaneal_squeeze_positive": "Heel-bone squeeze painful",
    "focal_bone_tenderness": "Tender at one spot of bone",
    "fever": "Fever",
    "wound_infected": "Wound or infected skin",
    "systemic_illness": "Generally unwell",
    "lateral_foot_paraesthesia": "Tingling along the outer foot",
    "tinel_positive": "Tapping the nerve causes tingling",
    "unexplained_weight_loss": "Unexplained weight loss",
    "cancer_history": "Cancer in the past",
    "rest_or_night_pain": "Pain at rest or at night",
}

_RUPTURE_SIGNS = (
    "matles_positive",
    "palpable_gap",
    "sudden_pop",
    "new_inability_single_heel_raise",
)
_JOINT_FEATURES = (
    "ibp",
    "psoriasis",
    "uveitis",
    "ibd",
    "dactylitis_or_other_enthesitis",
    "fh_spa",
)
_CHOLESTEROL_SIGNS = ("xanthoma", "known_fh", "corneal_arcus_early_cvd")
_FRACTURE_SIGNS = ("calcaneal_squeeze_positive", "focal_bone_tenderness")
_INFECTION_SIGNS = ("fever", "wound_infected", "systemic_illness")
_NERVE_SIGNS = ("lateral_foot_paraesthesia", "tinel_positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedFlag:
    """One red flag: its id, how urgent it is, the finding, and what to do now in plain words."""

    id: str
    level: Level
    finding: Finding
    action: str


def red_flags(
    screening: Screening,
    *,
    age: int | None,
    fluoroquinolone_days: int | None,
    defaults: AssessmentDefaults = DEFAULTS,
) -> tuple[RedFlag, ...]:
    """Every flag the answers raise, sorted by id.

    ``age`` of ``None`` is not recorded: it raises nothing, and ``unanswered`` lists it.
    ``fluoroquinolone_days`` is days since the last dose (0 while taking it); ``None`` means never,
    unless the screening says one was taken. Raises ``ValueError`` for a number out of range.
    """
    check("age", age, AGE)
    check("fluoroquinolone_days", fluoroquinolone_days, DAYS)
    raised = (
        _rupture(screening, defaults),
        _thrombosis(screening),
        _fluoroquinolone(screening, age, fluoroquinolone_days),
        _joint_disease(screening, defaults),
        _cholesterol(screening),
        _fracture(screening),
        _infection(screening),
        _under_age(age, defaults),
        _nerve(screening),
        _malignancy(screening),
    )
    return tuple(flag for flag in raised if flag is not None)


def locks(flags: Sequence[RedFlag]) -> bool:
    """Whether any of these flags stops the programme: every level but routine does."""
    return any(flag.level is not Level.ROUTINE for flag in flags)


def is_emergency(flags: Sequence[RedFlag]) -> bool:
    """Whether any of these flags is an emergency."""
    return any(flag.level is Level.EMERGENCY for flag in flags)


def unanswered(
    screening: Screening, *, age: int | None, fluoroquinolone_days: int | None = None
) -> tuple[str, ...]:
    """Names of what was not asked, in the order of the page; empty when screening is complete.

    Whether another diagnosis explains the leg is asked only once a Wells item is ticked, and the
    date of the last dose only once a fluoroquinolone was taken. A recorded date answers that one
    was taken.
    """
    names = [one.name for one in fields(screening) if getattr(screening, one.name) is None]
    if not screening.wells_items and "wells_alt" in names:
        names.remove("wells_alt")
    if fluoroquinolone_days is not None and "fluoroquinolone_taken" in names:
        names.remove("fluoroquinolone_taken")
    if screening.fluoroquinolone_taken and fluoroquinolone_days is None:
        names.append("fluoroquinolone_days")
    if age is None:
        names.append("age")
    return tuple(names)


def wells_score(screening: Screening) -> int:
    """Two-level Wells score: one for each distinct ticked item, less 2 for a ticked alternative."""
    score = len(set(screening.wells_items or ()))
    return score + WELLS_ALTERNATIVE_POINTS if screening.wells_alt else score


def _rupture(screening: Screening, defaults: AssessmentDefaults) -> RedFlag | None:
    signs = _given(screening, _RUPTURE_SIGNS)
    squeeze = _given(screening, ("calf_squeeze_positive",))
    sources = ("PM9548122", "SPORTDOC", "FOOTHB", "own")
    if squeeze or len(signs) >= defaults.rupture_signs:
        return _flag(
            "RF01",
            Level.EMERGENCY,
            says="Suspect a tendon rupture",
            because="A positive calf squeeze, or two other signs together, fits a rupture; being"
            " able to"
            " rise on the toes does not exclude it.",
            signs=squeeze + signs,
            sources=sources,
            action="Send to an emergency department now. Keep weight off the leg with the foot"
            " pointed"
            " down, and do no further testing.",
        )
    if signs:
        return _flag(
            "RF01",
            Level.SAME_DAY_REVIEW,
            says="A rupture is not excluded",
            because="One sign that goes with a rupture is present.",
            signs=signs,
            sources=sources,
            action="Arrange a medical review or imaging today. No loading until then.",
        )
    return None


def _thrombosis(screening: Screening) -> RedFlag | None:
    score = wells_score(screening)
    if score < 1:
        return None
    likely = score >= WELLS_LIKELY
    numbers = [("Wells score", str(score))]
    numbers += [
        (WELLS_ITEMS.get(name, name), "yes") for name in sorted(set(screening.wells_items or ()))
    ]
    if screening.wells_alt:
        numbers.append(("Another diagnosis at least as likely", "yes"))
    finding = Finding(
        rule="RF02",
        says="Deep vein thrombosis likely" if likely else "Deep vein thrombosis not excluded",
        because=f"A Wells score of {WELLS_LIKELY} or more makes a thrombosis likely; the urgency"
        " of each"
        " score is the practice's choice.",
        numbers=tuple(numbers),
        sources=("WELLS", "own"),
        tone=Tone.STOP,
    )
    if likely:
        return RedFlag(
            id="RF02",
            level=Level.EMERGENCY,
            finding=finding,
            action="Send for same-day assessment at an emergency department now. No massage, no"
            " exercise.",
        )
    return RedFlag(
        id="RF02",
        level=Level.URGENT,
        finding=finding,
        action="Refer urgently to a doctor to exclude a thrombosis. No programme until that is"
        " done.",
    )


def _fluoroquinolone(screening: Screening, age: int | None, days: int | None) -> RedFlag | None:
    undated = days is None and screening.fluoroquinolone_taken is True
    inside = days is not None and days <= FLUOROQUINOLONE_DAYS
    if not (inside or undated):
        return None
    numbers = [("Last dose", "date not recorded" if undated else f"{days} days ago")]
    because = f"The risk of an Achilles rupture is raised for {FLUOROQUINOLONE_DAYS} days after"
    " the last dose."
    if undated:
        because += " Without a date it counts as within that time."
    action = (
        "Contact the prescriber urgently. No loading until the prescriber agrees, then isometric"
        " work"
        f" only until day {FLUOROQUINOLONE_DAYS + 1}."
    )
    older = age is not None and age >= OLDER_AGE
    if older:
        numbers.append(("Age", f"{age} years"))
    if screening.oral_steroid:
        numbers.append(("Steroid tablets", "yes"))
    if older or screening.oral_steroid:
        because += f" Age {OLDER_AGE} or over, or steroid tablets, raises it much further."
        action = f"Contact the prescriber today: the risk is much higher here. {action}"
    return RedFlag(
        id="RF03",
        level=Level.URGENT,
        finding=Finding(
            rule="RF03",
            says=f"Fluoroquinolone within {FLUOROQUINOLONE_DAYS} days",
            because=f"{because} One cohort found less.",
            numbers=tuple(numbers),
            sources=("PMC6394638", "EUR56901", "ALVES", "PMC7754651", "own"),
            tone=Tone.STOP,
        ),
        action=action,
    )


def _joint_disease(screening: Screening, defaults: AssessmentDefaults) -> RedFlag | None:
    signs = _given(screening, _JOINT_FEATURES)
    if len(signs) < defaults.spondyloarthropathy_features:
        return None
    return _flag(
        "RF05",
        Level.ROUTINE,
        says="Inflammatory joint disease possible",
        because=f"{defaults.spondyloarthropathy_features} or more features that go with it are"
        " present.",
        signs=signs,
        sources=("BMJ-SPA", "own"),
        action="Write to the GP and suggest a rheumatology opinion. The programme may go on.",
    )


def _cholesterol(screening: Screening) -> RedFlag | None:
    signs = _given(screening, _CHOLESTEROL_SIGNS)
    if not signs:
        return None
    return _flag(
        "RF06",
        Level.ROUTINE,
        says="Inherited high cholesterol possible",
        because="Fatty deposits in the tendon and inherited high cholesterol go together.",
        signs=signs,
        sources=("PMC1079686",),
        action="Write to the GP and ask for blood lipids. The programme may go on.",
    )


def _fracture(screening: Screening) -> RedFlag | None:
    signs = _given(screening, _FRACTURE_SIGNS)
    if not signs:
        return None
    return _flag(
        "RF07",
        Level.URGENT,
        says="Stress fracture possible",
        because="Pain on squeezing the heel bone, or at one spot of bone, is not explained by the"
        " tendon.",
        signs=signs,
        sources=("ID704", "own"),
        action="Refer urgently for imaging. No impact and no loading until it is excluded.",
    )


def _infection(screening: Screening) -> RedFlag | None:
    signs = _given(screening, _INFECTION_SIGNS)
    if not signs:
        return None
    return _flag(
        "RF08",
        Level.EMERGENCY,
        says="Infection possible",
        because="Fever, an infected wound or feeling generally unwell does not fit a tendon"
        " problem.",
        signs=signs,
        sources=("own",),
        action="Send for medical assessment now. No exercise.",
    )


def _under_age(age: int | None, defaults: AssessmentDefaults) -> RedFlag | None:
    if age is None or age >= defaults.adult_age:
        return None
    return RedFlag(
        id="RF09",
        level=Level.BLOCK,
        finding=Finding(
            rule="RF09",
            says=f"Under {defaults.adult_age}: outside these rules",
            because="Heel pain while growing is often the growth plate, which these rules do not"
            " cover.",
            numbers=(("Age", f"{age} years"),),
            sources=("own",),
            tone=Tone.STOP,
        ),
        action="Do not use this programme. Refer to somebody who treats growing athletes.",
    )


def _nerve(screening: Screening) -> RedFlag | None:
    signs = _given(screening, _NERVE_SIGNS)
    if not signs:
        return None
    return _flag(
        "RF10",
        Level.ROUTINE,
        says="Nerve involvement possible",
        because="Tingling along the outer foot, or on tapping the nerve, points to the sural"
        " nerve.",
        signs=signs,
        sources=("own",),
        action="Examine the nerve and the back, and write to the GP if it persists. The programme"
        " may go"
        " on.",
    )


def _malignancy(screening: Screening) -> RedFlag | None:
    signs = _given(screening, ("unexplained_weight_loss",))
    both = _given(screening, ("cancer_history", "rest_or_night_pain"))
    if len(both) == 2:
        signs += both
    if not signs:
        return None
    return _flag(
        "RF11",
        Level.URGENT,
        says="Serious illness not excluded",
        because="Unexplained weight loss, or pain at rest or at night after cancer, needs a"
        " doctor first.",
        signs=signs,
        sources=("own",),
        action="Refer urgently to the GP. No programme until that is done.",
    )


def _given(screening: Screening, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if getattr(screening, name))


def _flag(
    flag_id: str,
    level: Level,
    *,
    says: str,
    because: str,
    signs: tuple[str, ...],
    sources: tuple[str, ...],
    action: str,
) -> RedFlag:
    return RedFlag(
        id=flag_id,
        level=level,
        finding=Finding(
            rule=flag_id,
            says=says,
            because=because,
            numbers=tuple((ANSWER_LABELS[name], "yes") for name in signs),
            sources=sources,
            tone=Tone.CAUTION if level is Level.ROUTINE else Tone.STOP,
        ),
        action=action,
    )
