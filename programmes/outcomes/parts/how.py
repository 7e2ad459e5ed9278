"""How a report was worked out."""

from programmes.models import PeriodReport
from programmes.outcomes.values import Part


def how_part(report: PeriodReport) -> Part:
    """By which rules and which of the practice's defaults."""
    programmes = report.defaults["programmes"]
    return Part(
        key="how",
        title="How it was worked out",
        says=(
            (
                f"Rules of version {report.rules_version}. Dropped out means discharged as stopped"
                f" coming, or no contact for {programmes['drop_out_days']} days or more by the last"
                f" day. A group of fewer than {programmes['small_group']} is not broken down"
                " further. Quartiles between two values are in proportion. Percentages are whole,"
                " rounded down."
            ),
        ),
    )
