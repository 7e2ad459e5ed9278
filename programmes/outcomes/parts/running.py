"""How many weeks it was until patients ran again."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from programmes.models import PeriodReport
from programmes.outcomes.values import Part, Row, Table
from programmes.outcomes.words import RAN, fewer

DEFINED = (
    (
        "From the start of the programme, or from the examination that says so where somebody"
        " was running at the first one and stopped later, to the first session in the run-walk"
        " or full return stage. Who had not got there counts as followed until the last day of"
        " the period, the discharge, or the last contact of those lost."
    ),
    (
        "Patients discharged before the period began are not in it, so the curve leans towards"
        " longer times."
    ),
)


def running_part(report: PeriodReport) -> Part:
    """The share running again by week, when half of them were, and to whom it does not apply."""
    told: Mapping[str, Any] = report.figures
    running, title = told["running"], "Weeks until running again"
    # In the order of the words: the database keeps none.
    counts = [(said.lower(), running["apart"].get(why, 0)) for why, said in RAN.items()]
    apart = [f"{said}: {count}" for said, count in counts if count]
    aside = f"Not applicable: {', '.join(apart)}." if apart else "Applicable to all."
    curve = running["curve"]
    if curve is None:
        says = (
            f"{running['followed']} could be followed, which is {fewer(told)}: no curve is drawn."
        )
        return Part(key="running", title=title, says=(says, aside), notes=DEFINED)
    says = f"{running['returned']} of {running['followed']} followed ran again in their programme."
    later = (
        f"{running['later']} of those followed had still been running at the first assessment."
        if running.get("later")
        else ""
    )
    # An older report was not cut: it stays as it was worked out.
    cut = (
        f"The curve ends after {curve['lasts']} weeks: from then on {fewer(told)} were still"
        " waiting and followed, too few to tell of."
        if "lasts" in curve
        else ""
    )
    median = (
        f"Half were running after {curve['median']} weeks."
        if curve["median"] is not None
        else "Until then fewer than half were running again, so there is no median."
    )
    return Part(
        key="running",
        title=title,
        says=(_joined(says, later), _joined(cut, median), aside),
        tables=_tables(curve, few=fewer(told)),
        notes=("Estimated by the method of Kaplan and Meier.", *DEFINED),
    )


def _tables(curve: Mapping[str, Any], *, few: str) -> tuple[Table, ...]:
    by_week = tuple(
        Row(
            label=f"{week} weeks",
            cells=(few,) if share is None else (at_risk, Decimal(share)),
        )
        for (week, at_risk), (_, share) in zip(curve["at_risk"], curve["by"], strict=True)
    )
    steps = tuple(
        Row(
            label=f"{step['weeks']} weeks",
            cells=(step["at_risk"], step["happened"], Decimal(step["returned_percent"])),
        )
        for step in curve["steps"]
    )
    tables = (
        Table(
            caption="Number at risk, and share running again",
            columns=("After", "Still waiting and followed", "Running again, %"),
            rows=by_week,
        ),
        Table(
            caption="Steps of the curve",
            columns=("After", "Waiting until then", "Ran then", "Running again, %"),
            rows=steps,
        ),
    )
    return tables if steps else tables[:1]


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
