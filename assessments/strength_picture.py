"""One small picture of a strength test: both legs, the norm, the criterion and the error.

The rules give the numbers; this module says where they stand in ``templates/charts/strength.html``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from assessments.in_force import defaults_in_force
from assessments.models import HeelRaiseTest
from assessments.rules.finding import Finding
from assessments.rules.heel_raise import NOISE_REPETITIONS, NORM_SOURCES, norm
from assessments.rules.sources import SOURCES, Source
from assessments.rules.strength import (
    Knee,
    Leg,
    Strength,
    change_words,
    share_words,
    strength_findings,
    symmetries,
)
from assessments.rules.terms import Sex
from assessments.selectors import HEEL_RAISE_FIELDS, blank
from patients.models import Episode
from patients.rules.terms import Side
from upwell.chart import Scale, Tick, nice_top
from upwell.forms import plain_number

WIDTH, LEFT, RIGHT = 320, 8, 256
TOP, ROW, BAR = 38, 58, 16
# The most a repeated test may differ without anything having changed.
ERROR = NOISE_REPETITIONS - 1
SEX_WORDS = {Sex.FEMALE: "women", Sex.MALE: "men"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRow:
    """One leg in the picture: its bar, its whisker of error, and the earlier test below it.

    ``width``, ``low`` and ``high`` are None when this leg was not tested, ``before_width`` when
    there is no earlier count; ``change`` is blank without both.
    """

    name: str
    affected: bool
    says: str
    y: float
    width: float | None
    low: float | None
    high: float | None
    before_width: float | None
    before_says: str
    change: str

    @property
    def bar_y(self) -> float:
        """The upper edge of the bar."""
        return self.y + 8

    @property
    def middle(self) -> float:
        """The height of the whisker."""
        return self.bar_y + BAR / 2

    @property
    def before_y(self) -> float:
        """The upper edge of the thin bar of the earlier test."""
        return self.bar_y + BAR + 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A line across both legs with its words; ``anchor`` keeps two of them apart."""

    at: float
    words: str
    anchor: str

    @property
    def words_x(self) -> float:
        """Where the words begin or end, beside their line."""
        return self.at + (4 if self.anchor == "start" else -4)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A measure of the table: both legs, each with its earlier value, and the symmetry in words.

    ``left_share`` and ``right_share`` are a load per body weight, blank for other measures.
    """

    label: str
    left: str
    left_share: str
    left_before: str
    right: str
    right_share: str
    right_before: str
    symmetry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StrengthPicture:
    """Everything ``charts/strength.html`` shows.

    ``key`` makes the ids of the drawing, so that two of them may stand on one page. ``legs`` is
    empty when no repetitions are recorded, then there is no drawing but the table. ``norm`` is
    None when there is none for this age and sex; ``norm_says`` tells which it is, or why not.
    """

    key: str
    on: date | None
    legs: tuple[LegRow, ...]
    norm: Reference | None
    criterion: Reference
    ticks: tuple[Tick, ...]
    height: int
    norm_says: str
    norm_sources: tuple[Source, ...]
    symmetry_says: str
    before_on: date | None
    table: tuple[TableRow, ...]
    findings: tuple[Finding, ...]

    @property
    def description(self) -> str:
        """The drawing in one sentence, for those who don't see it."""
        legs = "; ".join(f"{leg.name}: {leg.says}" for leg in self.legs)
        return (
            f"{legs}. {self.norm_says} Criterion {defaults_in_force().heel_raise_gate_repetitions}."
        )

    @property
    def width(self) -> int:
        """The width of the drawing."""
        return WIDTH

    @property
    def error(self) -> int:
        """Repetitions a repeated test may differ either way, for the words about the whiskers."""
        return ERROR

    @property
    def axis_y(self) -> int:
        """The height of the axis below the last leg."""
        return self.height - 18


def strength_of(
    episode: Episode,
    values: Mapping[str, Any],
    *,
    on: date | None,
    bilateral: bool,
    before: HeelRaiseTest | None = None,
    key: str = "strength",
) -> StrengthPicture | None:
    """The picture of these values; None when nothing of a strength test is recorded in them.

    ``values`` holds ``HEEL_RAISE_FIELDS`` by name (others are ignored), ``on`` is the day of the
    test, ``before`` an earlier test to set beside it. ``bilateral``: both tendons are treated.
    """
    values = {name: values.get(name, blank(name)) for name in HEEL_RAISE_FIELDS}
    measured = [f"{side}_{name}" for side in Side for name in Leg.__slots__]
    if all(values[name] is None for name in measured):
        return None
    side = Side(episode.side)
    strength = Strength(
        affected=_leg(values, side),
        other=_leg(values, side.other),
        body_kg=values["body_kg"],
        bilateral=bilateral,
    )
    age = None if on is None else episode.patient.age_on(on)
    expected = norm(Sex(episode.patient.sex), age)
    earlier = {name: getattr(before, name, blank(name)) for name in HEEL_RAISE_FIELDS}
    scale = _scale(values, earlier, expected)
    counted = any(values[f"{each}_repetitions"] is not None for each in Side)
    compared = {each.measure: each for each in symmetries(strength, defaults=defaults_in_force())}
    return StrengthPicture(
        key=key,
        on=on,
        legs=tuple(
            _leg_row(each, number, values, earlier, before, scale, side, bilateral=bilateral)
            for number, each in enumerate(Side)
        )
        if counted
        else (),
        norm=None if expected is None else _norm_line(expected, scale),
        criterion=_criterion_line(expected, scale),
        ticks=tuple(scale.ticks(6)),
        height=TOP + 2 * ROW + 20,
        norm_says=_norm_words(expected, Sex(episode.patient.sex), age),
        norm_sources=tuple(SOURCES[each] for each in reversed(NORM_SOURCES)) if expected else (),
        symmetry_says=f"Symmetry of repetitions: {_lower(compared['repetitions'].says)}.",
        before_on=before.tested_on if before else None,
        table=tuple(_table(strength, side, values, earlier)),
        findings=strength_findings(strength, defaults=defaults_in_force()),
    )


def _leg(values: Mapping[str, Any], side: Side) -> Leg:
    return Leg(**{name: values[f"{side}_{name}"] for name in Leg.__slots__})


def _scale(values: Mapping[str, Any], earlier: Mapping[str, Any], expected: int | None) -> Scale:
    """Repetitions from 0 to a round number above everything shown, as places from left to right."""
    shown = [row[f"{side}_repetitions"] for row in (values, earlier) for side in Side]
    most = max(
        *(count + ERROR for count in shown if count is not None),
        expected or 0,
        defaults_in_force().heel_raise_gate_repetitions + 5,
    )
    return Scale(low=0, high=nice_top(most), bottom=LEFT, top=RIGHT)


def _leg_row(
    side: Side,
    number: int,
    values: Mapping[str, Any],
    earlier: Mapping[str, Any],
    before: HeelRaiseTest | None,
    scale: Scale,
    affected: Side,
    *,
    bilateral: bool,
) -> LegRow:
    count, count_before = values[f"{side}_repetitions"], earlier[f"{side}_repetitions"]
    badge = ", affected" if side == affected else ", treated too" if bilateral else ""
    return LegRow(
        name=f"{side.value.title()}{badge}",
        affected=side == affected,
        says="not tested" if count is None else str(count),
        y=TOP + number * ROW,
        width=None if count is None else round(scale.y(count) - LEFT, 2),
        low=None if count is None else scale.y(max(count - ERROR, 0)),
        high=None if count is None else scale.y(count + ERROR),
        before_width=None if count_before is None else round(scale.y(count_before) - LEFT, 2),
        before_says=""
        if count_before is None or before is None
        else f"{count_before} on {before.tested_on:%-d %b %Y}",
        change=change_words(count_before, count),
    )


def _norm_line(expected: int, scale: Scale) -> Reference:
    above = expected > defaults_in_force().heel_raise_gate_repetitions
    return Reference(
        at=scale.y(expected), words=f"norm {expected}", anchor="start" if above else "end"
    )


def _criterion_line(expected: int | None, scale: Scale) -> Reference:
    asked = defaults_in_force().heel_raise_gate_repetitions
    below = expected is not None and expected > asked
    return Reference(
        at=scale.y(asked), words=f"criterion {asked}", anchor="end" if below else "start"
    )


def _norm_words(expected: int | None, sex: Sex, age: int | None) -> str:
    if expected is not None and age is not None:
        decade = age // 10 * 10
        return f"Norm {expected}: the mean of healthy {SEX_WORDS[sex]} of {decade} to {decade + 9}."
    return "No norm for this age and sex."


def _table(
    strength: Strength, affected: Side, values: Mapping[str, Any], earlier: Mapping[str, Any]
) -> list[TableRow]:
    rows = []
    for each in symmetries(strength, defaults=defaults_in_force()):
        names = {side: f"{side}_{each.measure}" for side in Side}
        if not each.recorded and all(earlier[name] is None for name in names.values()):
            continue
        words = {affected: each.affected, affected.other: each.other}
        knee = next((knee for knee in Knee if each.measure == f"{knee}_kg"), None)
        rows.append(
            TableRow(
                label=each.label,
                left=words[Side.LEFT],
                left_share=_share(values, Side.LEFT, knee),
                left_before=_before(earlier, Side.LEFT, each.measure),
                right=words[Side.RIGHT],
                right_share=_share(values, Side.RIGHT, knee),
                right_before=_before(earlier, Side.RIGHT, each.measure),
                symmetry=each.says,
            )
        )
    return rows


def _share(values: Mapping[str, Any], side: Side, knee: Knee | None) -> str:
    return "" if knee is None else share_words(values[f"{side}_{knee}_kg"], values["body_kg"])


def _before(earlier: Mapping[str, Any], side: Side, measure: str) -> str:
    value = earlier[f"{side}_{measure}"]
    if value is None:
        return ""
    reps = earlier.get(f"{side}_{measure.replace('_kg', '_reps')}")
    times = f" × {reps}" if measure.endswith("_kg") and reps is not None else ""
    unit = "" if measure == "repetitions" else f" {measure.rsplit('_', 1)[1]}"
    return f"{plain_number(value)}{unit}{times}"


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
