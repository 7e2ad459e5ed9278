"""How the VISA-A changed."""

from collections.abc import Mapping
from typing import Any

from assessments.rules.visa import (
    CEILING_NO_SPORT,
    IMPORTANT_EARLY,
    IMPORTANT_LATE,
    LATE_WEEKS,
)
from programmes.models import PeriodReport
from programmes.outcomes.values import Part, Row, Table
from programmes.outcomes.words import band_words, fewer, signed

NOT_JUDGED = {
    "no_baseline": "no VISA-A at all",
    "no_second": "no second VISA-A",
    "too_soon": "a second VISA-A too soon after the first",
    "capped": f"no sport at either VISA-A, so neither could exceed {CEILING_NO_SPORT}",
}
CALLED = {
    "improved": "Improved: the smallest important change is reached",
    "uncertain": "Perhaps improved: more than measurement error, less than important",
    "no_change": "No change: within measurement error",
    "worse": "Worse by more than measurement error",
}


def visa_part(report: PeriodReport) -> Part:
    """Who reached the smallest important change, and by how many points it changed."""
    told: Mapping[str, Any] = report.figures
    visa, weeks_apart = told["visa"], report.defaults["assessments"]["visa_minimum_weeks"]
    apart = _not_judged(visa["not_judged"], NOT_JUDGED)
    if visa["percent"] is None:
        says = f"{visa['judged']} could be judged, which is {fewer(told)}: not broken down."
        return Part(key="visa", title="How the VISA-A changed", says=(says, apart))
    says = (
        f"{visa['improved']} of {visa['judged']} judged reached the smallest important change"
        f" ({visa['percent']} %)."
    )
    points = visa["points"]
    middle = (
        f"The median change is {signed(points['median'])} points, the middle half from"
        f" {signed(points['low'])} to {signed(points['high'])}."
    )
    bands = tuple(
        Row(label=band_words(low, high), cells=(count,)) for low, high, count in visa["bands"]
    )
    called = tuple(Row(label=CALLED[key], cells=(visa["called"][key],)) for key in CALLED)
    return Part(
        key="visa",
        title="How the VISA-A changed",
        says=(says, middle, apart),
        tables=(
            Table(caption="Change in points", columns=("Change", "Episodes"), rows=bands),
            Table(caption="What it may be called", columns=("Change", "Episodes"), rows=called),
        ),
        notes=(
            (
                "From the first total of the episode to its last by the end of the period, at least"
                f" {weeks_apart} weeks apart. Important is a gain of {IMPORTANT_EARLY} points; of"
                f" {IMPORTANT_LATE} at the insertion or from {LATE_WEEKS} weeks on."
            ),
        ),
    )


def _not_judged(apart: Mapping[str, int], words: Mapping[str, str]) -> str:
    told = [f"{apart[why]} with {said}" for why, said in words.items() if apart[why]]
    return f"{sum(apart.values())} not judged: {', '.join(told)}." if told else "None left out."
