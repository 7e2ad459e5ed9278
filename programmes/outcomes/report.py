"""The report of a period as a page: its head, the key figures, the parts and the pictures."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import timezone

from programmes.models import PeriodReport
from programmes.outcomes.headline import headline_of
from programmes.outcomes.parts import parts_of
from programmes.outcomes.pictures import bars_of, curve_of
from programmes.outcomes.values import Page


def page(report: PeriodReport) -> Page:
    """The report as it was worked out; nothing is asked of the database."""
    told: Mapping[str, Any] = report.figures
    made = f"{timezone.localtime(report.made_at):%-d %B %Y} by {head_of(report)['made_by']}"
    return Page(
        report=report,
        title=str(report),
        made=made,
        headline=headline_of(told),
        parts=parts_of(report),
        curve=curve_of(told["running"]["curve"], least=told["least"]),
        bars=bars_of(told["visa"]["bands"]),
    )


def head_of(report: PeriodReport) -> dict[str, str]:
    """Who made it and for which practice, as they were called then.

    A report older than the keeping of these words says them as they are now.
    """
    now = {
        "made_by": str(report.made_by),
        "practice_name": settings.PRACTICE_NAME,
        "practice_contact": settings.PRACTICE_CONTACT,
    }
    then: dict[str, str] = report.figures.get("head", {})
    return now | then
