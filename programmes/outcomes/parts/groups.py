"""The same by location and pathway, where no group is too small."""

from collections.abc import Mapping, Sequence
from typing import Any

from programmes.models import PeriodReport
from programmes.outcomes.values import Part, Row, Table
from programmes.outcomes.words import LOCATIONS, PATHWAYS, count_or_hidden, fewer


def groups_part(report: PeriodReport) -> Part:
    """Episodes, judged and improved in each group."""
    told: Mapping[str, Any] = report.figures
    tables, says = [], []
    for key, caption, words in (
        ("location", "By location", LOCATIONS),
        ("pathway", "By pathway", PATHWAYS),
    ):
        groups: Sequence[Mapping[str, Any]] | None = told["groups"][key]
        if groups is None:
            says.append(f"{caption}: not broken down, as a group has {fewer(told)}.")
            continue
        rows = tuple(
            Row(
                label=words[each["group"]],
                cells=tuple(
                    count_or_hidden(each[name]) for name in ("episodes", "judged", "improved")
                ),
            )
            for each in groups
        )
        columns = (caption.removeprefix("By ").capitalize(), "Episodes", "Judged", "Improved")
        tables.append(Table(caption=caption, columns=columns, rows=rows))
    return Part(
        key="groups",
        title="By location and pathway",
        says=(*says, "As the tendon was classified for the first version of the plan."),
        tables=tuple(tables),
        notes=(
            (
                f"A group of {fewer(told)} is not shown, nor another one from which it could be"
                " worked out."
            ),
        )
        if tables
        else (),
    )
