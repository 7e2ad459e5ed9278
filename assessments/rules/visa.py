"""VISA-A: points, total, ceilings, consistency and change (clinical.md section 1).

Points are stored, never "pain": on every item more is better. The item texts here are our own short
neutral labels, not the questionnaire's wording, and are no validated translation of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from assessments.rules.bounds import (
    DAYS,
    HOPS,
    MINUTES,
    VISA_DELTA,
    VISA_POINTS,
    VISA_TOTAL,
    WEEKS,
    Number,
    check,
)
from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.finding import Finding, Tone
from assessments.rules.terms import Location, Q8Band, Q8Part, SportLevel, VisaChange

# Points of the categories: R-VISA (public research script), point sets also in AWELL.
Q7_POINTS: Mapping[SportLevel, int] = {
    SportLevel.NOT_AT_ALL: 0,
    SportLevel.MODIFIED: 4,
    SportLevel.FULL_LOWER: 7,
    SportLevel.SAME_OR_HIGHER: 10,
}
Q8_POINTS: Mapping[Q8Part, Mapping[Q8Band, int]] = {
    part: dict(zip(Q8Band, points, strict=True))
    for part, points in (
        (Q8Part.A, (0, 7, 14, 21, 30)),
        (Q8Part.B, (0, 4, 10, 14, 20)),
        (Q8Part.C, (0, 2, 5, 7, 10)),
    )
}
MINUTES_PER_POINT = 10
Q1_BEST = 10
HOPS_COUNTED = 10
CEILINGS: Mapping[Q8Part, int] = {Q8Part.A: 100, Q8Part.B: 90, Q8Part.C: 80}
CEILING_NO_SPORT = 60
"""The most somebody can reach with no sport and no training time: six items of ten points."""

REFERENCE_MARKS: tuple[tuple[int, str, str], ...] = (
    (44, "Mean before surgery", "PMC1724384"),
    (64, "Mean of a clinic's patients", "PMC1724384"),
    (90, "Could be considered full recovery", "PM22319681"),
    (96, "Healthy people", "PMC1724384"),
)

# Change that matters: Lagas 2021 (RYORTHO) for the midportion; McCormack 2015, 6.5 rounded up to
# the smallest detectable change of 7 (LOADWISE), for the insertion.
IMPORTANT_EARLY = 14
IMPORTANT_LATE = 7
LATE_WEEKS = 24
DETECTABLE = 7


class ItemKind(StrEnum):
    """How an item is answered."""

    MINUTES = "minutes"
    SCALE = "scale"
    COUNT = "count"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisaItem:
    """One item as a form shows it: our own label and hint, and what the two ends of its scale mean.

    ``by_recall`` marks tasks that may be harmful for this tendon: ask for an estimate, don't have
    them performed for the form.
    """

    name: str
    label: str
    hint: str
    kind: ItemKind
    worst: str
    best: str
    points: int
    by_recall: bool = False


_RECALL = "Ask for an estimate; do not have it done for this form. Cannot do it: 0."
ITEMS: tuple[VisaItem, ...] = (
    VisaItem(
        name="q1",
        label="Morning stiffness",
        hint="Minutes until the tendon feels loose after getting up.",
        kind=ItemKind.MINUTES,
        worst="100 minutes or nearly",
        best="None",
        points=10,
    ),
    VisaItem(
        name="q2",
        label="Stretch over a step",
        hint=f"Pain once warmed up for the day, knee straight. {_RECALL}",
        kind=ItemKind.SCALE,
        worst="Severe pain",
        best="No pain",
        points=10,
        by_recall=True,
    ),
    VisaItem(
        name="q3",
        label="After half an hour of walking",
        hint="Pain in the two hours after 30 minutes on the flat. Cannot walk that long for pain:"
        " 0.",
        kind=ItemKind.SCALE,
        worst="Severe pain",
        best="No pain",
        points=10,
    ),
    VisaItem(
        name="q4",
        label="Going downstairs",
        hint="Pain when taking stairs at a usual step.",
        kind=ItemKind.SCALE,
        worst="Severe pain",
        best="No pain",
        points=10,
    ),
    VisaItem(
        name="q5",
        label="Ten single-leg heel raises",
        hint=f"Pain during or straight after, from flat ground. {_RECALL}",
        kind=ItemKind.SCALE,
        worst="Severe pain",
        best="No pain",
        points=10,
        by_recall=True,
    ),
    VisaItem(
        name="q6",
        label="Single-leg hops",
        hint=f"Hops possible without pain; ten or more count as ten. {_RECALL}",
        kind=ItemKind.COUNT,
        worst="None",
        best="Ten or more",
        points=10,
        by_recall=True,
    ),
    VisaItem(
        name="q7",
        label="Sport at present",
        hint="Sport or other physical activity.",
        kind=ItemKind.CATEGORY,
        worst="None",
        best="At the earlier level or above",
        points=10,
    ),
    VisaItem(
        name="q8",
        label="Training time",
        hint="Answer one part only: no pain, pain that allows finishing, or pain that stops it.",
        kind=ItemKind.CATEGORY,
        worst="None",
        best="More than 30 minutes without pain",
        points=30,
    ),
)
ITEM_NAMES = tuple(item.name for item in ITEMS)
SPORT_LABELS = {
    SportLevel.NOT_AT_ALL: "None",
    SportLevel.MODIFIED: "Reduced or changed training",
    SportLevel.FULL_LOWER: "Full training, below the earlier level",
    SportLevel.SAME_OR_HIGHER: "At the earlier level or above",
}
PART_LABELS = {
    Q8Part.A: "No pain during sport that loads the tendon",
    Q8Part.B: "Pain, but the session can be finished",
    Q8Part.C: "Pain that stops the session",
}
BAND_LABELS = {
    Q8Band.NIL: "None",
    Q8Band.MIN_1_10: "1 to 10 minutes",
    Q8Band.MIN_11_20: "11 to 20 minutes",
    Q8Band.MIN_21_30: "21 to 30 minutes",
    Q8Band.OVER_30: "More than 30 minutes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VisaAnswers:
    """Points of one questionnaire for one side. ``None`` is unanswered and never counts as zero.

    ``q1`` to ``q6`` are points 0 to 10, ``q7`` is 0, 4, 7 or 10; ``q8_a``, ``q8_b`` and ``q8_c``
    hold the training time of each part, of which exactly one should be answered. Raises
    ``ValueError`` naming the item that is out of range.
    """

    q1: int | None = None
    q2: int | None = None
    q3: int | None = None
    q4: int | None = None
    q5: int | None = None
    q6: int | None = None
    q7: int | None = None
    q8_a: Q8Band | None = None
    q8_b: Q8Band | None = None
    q8_c: Q8Band | None = None

    def __post_init__(self) -> None:
        for name in ITEM_NAMES[:-1]:
            check(name, getattr(self, name), VISA_POINTS)
        if self.q7 is not None and self.q7 not in Q7_POINTS.values():
            raise ValueError("q7: must be 0, 4, 7 or 10 points")

    @classmethod
    def with_part(
        cls,
        part: Q8Part | None,
        band: Q8Band | None,
        *,
        q1: int | None = None,
        q2: int | None = None,
        q3: int | None = None,
        q4: int | None = None,
        q5: int | None = None,
        q6: int | None = None,
        q7: int | None = None,
    ) -> "VisaAnswers":
        """Answers whose last item is given as a part and a time; without both it is unanswered."""
        return cls(
            q1=q1,
            q2=q2,
            q3=q3,
            q4=q4,
            q5=q5,
            q6=q6,
            q7=q7,
            q8_a=band if part is Q8Part.A else None,
            q8_b=band if part is Q8Part.B else None,
            q8_c=band if part is Q8Part.C else None,
        )

    @property
    def q8_answers(self) -> tuple[tuple[Q8Part, Q8Band], ...]:
        """The parts of the last item that were answered."""
        parts = ((Q8Part.A, self.q8_a), (Q8Part.B, self.q8_b), (Q8Part.C, self.q8_c))
        return tuple((part, band) for part, band in parts if band is not None)

    @property
    def q8_part(self) -> Q8Part | None:
        """The part answered; ``None`` unless exactly one was."""
        answers = self.q8_answers
        return answers[0][0] if len(answers) == 1 else None

    @property
    def q8_band(self) -> Q8Band | None:
        """The training time given; ``None`` unless exactly one part was answered."""
        answers = self.q8_answers
        return answers[0][1] if len(answers) == 1 else None

    @property
    def q8(self) -> int | None:
        """Points of the last item, 0 to 30; ``None`` unless exactly one part was answered."""
        answers = self.q8_answers
        if len(answers) != 1:
            return None
        part, band = answers[0]
        return Q8_POINTS[part][band]

    @property
    def items(self) -> tuple[int | None, ...]:
        """Points of the eight items in order, ``None`` where unanswered."""
        return tuple(getattr(self, name) for name in ITEM_NAMES)

    @property
    def total(self) -> int | None:
        """Sum of the eight items, 0 to 100; ``None`` while any is missing. Never pro-rated."""
        total = 0
        for points in self.items:
            if points is None:
                return None
            total += points
        return total

    @property
    def missing_items(self) -> tuple[str, ...]:
        """Names of the items without points, ``q8`` also when more than one part was answered."""
        return tuple(
            name for name, points in zip(ITEM_NAMES, self.items, strict=True) if points is None
        )

    @property
    def no_sport(self) -> bool:
        """Whether sport and training time both score 0, so that the total cannot exceed 60."""
        return self.q7 == 0 and self.q8 == 0

    @property
    def ceiling(self) -> int | None:
        """The most this patient could have scored; ``None`` unless one part of q8 was answered."""
        if self.no_sport:
            return CEILING_NO_SPORT
        part = self.q8_part
        return None if part is None else CEILINGS[part]


def q1_points(minutes: Number | None) -> int | None:
    """Points for minutes of morning stiffness: one less for each 10 minutes begun, 0 from 91 on.

    ``None`` (unanswered) stays ``None``. Raises ``ValueError`` for minutes out of range.
    """
    check("q1_min", minutes, MINUTES)
    if minutes is None:
        return None
    return max(0, Q1_BEST - ceil(minutes / MINUTES_PER_POINT))


def q6_points(hops: int | None) -> int | None:
    """Points for hops without pain: the count, at most 10. ``None`` (unanswered) stays ``None``."""
    check("q6_hops", hops, HOPS)
    return None if hops is None else min(hops, HOPS_COUNTED)


def q7_points(level: SportLevel | None) -> int | None:
    """Points for the sport done at present. ``None`` (unanswered) stays ``None``."""
    return None if level is None else Q7_POINTS[level]


def visa_change(
    delta: int,
    weeks: Number,
    location: Location | None,
    *,
    defaults: AssessmentDefaults = DEFAULTS,
) -> VisaChange:
    """What a difference of ``delta`` points over ``weeks`` may be called.

    The lower threshold applies to insertional tendons only; a mixed or unknown location (``None``)
    takes the higher one. Raises ``ValueError`` for numbers out of range.
    """
    check("delta", delta, VISA_DELTA)
    check("weeks", weeks, WEEKS)
    if weeks < defaults.visa_minimum_weeks:
        return VisaChange.TOO_SOON
    lower = location is Location.INSERTIONAL or weeks >= LATE_WEEKS
    if delta >= (IMPORTANT_LATE if lower else IMPORTANT_EARLY):
        return VisaChange.IMPROVED
    if delta <= -DETECTABLE:
        return VisaChange.WORSE
    return VisaChange.UNCERTAIN if delta >= DETECTABLE else VisaChange.NO_CHANGE


def change_finding(
    baseline: int,
    now: int,
    weeks: Number,
    location: Location | None,
    *,
    defaults: AssessmentDefaults = DEFAULTS,
) -> Finding:
    """The change since the first total in words. Raises ``ValueError`` for numbers out of range."""
    check("baseline_visa", baseline, VISA_TOTAL)
    check("visa_total", now, VISA_TOTAL)
    change = visa_change(now - baseline, weeks, location, defaults=defaults)
    says, because, tone = {
        VisaChange.TOO_SOON: (
            "Too soon to read a change",
            f"Fewer than {defaults.visa_minimum_weeks} weeks lie between the two totals.",
            Tone.NEUTRAL,
        ),
        VisaChange.IMPROVED: (
            "Improved",
            "The gain reaches the smallest change patients find important.",
            Tone.OK,
        ),
        VisaChange.UNCERTAIN: (
            "Perhaps improved",
            "The gain exceeds measurement error but not the smallest important change.",
            Tone.NEUTRAL,
        ),
        VisaChange.NO_CHANGE: (
            "No change",
            "The difference is within measurement error.",
            Tone.NEUTRAL,
        ),
        VisaChange.WORSE: (
            "Worse",
            "The loss exceeds measurement error.",
            Tone.CAUTION,
        ),
    }[change]
    return Finding(
        rule="V-CHANGE",
        says=says,
        because=f"{because} A different part of the last item alone can move the total by 10.",
        numbers=(
            ("First total", f"{baseline} points"),
            ("This total", f"{now} points"),
            ("Weeks between", f"{weeks} weeks"),
        ),
        sources=("RYORTHO", "LOADWISE", "own"),
        tone=tone,
    )


def entered_too_often(
    days_since_last: int | None, *, defaults: AssessmentDefaults = DEFAULTS
) -> bool:
    """Whether an entry follows the last one so soon that W-VISA-FREQ is shown.

    ``None`` means there is no earlier entry. Raises ``ValueError`` for days out of range.
    """
    check("days_since_last", days_since_last, DAYS)
    return days_since_last is not None and days_since_last < defaults.visa_frequency_days


def inconsistencies(
    answers: VisaAnswers, *, defaults: AssessmentDefaults = DEFAULTS
) -> tuple[Finding, ...]:
    """Answers that do not fit together (W-VISA-CHECK). Unanswered items are in conflict with
    nothing."""
    low = defaults.visa_check_low_points
    found = []
    if answers.q7 == 0 and answers.q8_band not in {None, Q8Band.NIL}:
        found.append(("No sport, but training time is given", ("q7", "q8")))
    if answers.q8_part is Q8Part.A:
        # Part A says that sport doesn't hurt, also of somebody who trains not at all.
        none = answers.q8_band is Q8Band.NIL
        training = "Part A with no training time:" if none else "Pain-free training, but"
        if answers.q5 is not None and answers.q5 <= low:
            found.append((f"{training} heel raises hurt", ("q5", "q8")))
        if answers.q6 is not None and answers.q6 <= low:
            found.append((f"{training} few hops", ("q6", "q8")))
    if (
        answers.q8_band is Q8Band.NIL
        and answers.q7 is not None
        and answers.q7 >= defaults.visa_check_sport_points
    ):
        found.append(("Full sport, but no training time", ("q7", "q8")))
    labels = {item.name: item.label for item in ITEMS}
    return tuple(
        Finding(
            rule="W-VISA-CHECK",
            says=says,
            because="The two answers rarely go together; ask again.",
            numbers=tuple((labels[name], f"{getattr(answers, name)} points") for name in names),
            sources=("own",),
            tone=Tone.CAUTION,
        )
        for says, names in found
    )


def visa_findings(
    answers: VisaAnswers | None, *, defaults: AssessmentDefaults = DEFAULTS
) -> tuple[Finding, ...]:
    """The total or what is missing, the ceiling for people without sport, and inconsistencies.

    ``None`` means no questionnaire was given.
    """
    if answers is None:
        return (
            Finding(
                rule="V3",
                says="VISA-A not given",
                because="There is no questionnaire to score.",
                sources=("seed",),
                tone=Tone.MISSING,
            ),
        )
    return (
        _total_finding(answers),
        *(_ceiling_finding() for _ in range(answers.no_sport)),
        *inconsistencies(answers, defaults=defaults),
    )


def _total_finding(answers: VisaAnswers) -> Finding:
    numbers = tuple(
        (item.label, "not answered" if points is None else f"{points} of {item.points} points")
        for item, points in zip(ITEMS, answers.items, strict=True)
    )
    total = answers.total
    if total is not None:
        return Finding(
            rule="V1",
            says=f"VISA-A {total} of 100",
            because=f"Sum of the eight items; with the part of the last item answered, at most"
            f" {answers.ceiling} was possible.",
            numbers=numbers,
            sources=("PMC1724384", "AWELL", "R-VISA"),
            tone=Tone.NEUTRAL,
        )
    if len(answers.q8_answers) > 1:
        because = "More than one part of the last item is answered; exactly one may be."
    else:
        because = (
            f"{len(answers.missing_items)} of 8 items have no answer; a total is never estimated."
        )
    return Finding(
        rule="V3",
        says="VISA-A incomplete",
        because=because,
        numbers=numbers,
        sources=("AWELL", "own"),
        tone=Tone.MISSING,
    )


def _ceiling_finding() -> Finding:
    return Finding(
        rule="V4",
        says=f"Capped at {CEILING_NO_SPORT} for now",
        because="Without sport and training time the last two items give nothing, so marks such"
        " as 90"
        " cannot be reached.",
        numbers=(("Highest possible", f"{CEILING_NO_SPORT} points"),),
        sources=("R-VISA", "AWELL"),
        tone=Tone.CAUTION,
    )
