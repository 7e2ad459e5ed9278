"""What the examinations add to the practice lead's status page."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min

from assessments.models import Assessment
from assessments.rules.version import RULES_VERSION
from patients.status import Line, Tone, ago

NAGGED_AFTER = timedelta(hours=24)
"""A record is made at the time, or as soon as possible afterwards."""


def tell_drafts(at: datetime) -> Iterator[Line]:
    """How many examinations nobody has signed, and since when the oldest."""
    drafts = Assessment.objects.filter(status=Assessment.Status.DRAFT)
    count, oldest = drafts.aggregate(count=Count("pk"), oldest=Min("created_at")).values()
    title = "Unsigned examinations"
    if oldest is None:
        yield Line(title=title, tone=Tone.OK, says="Every examination is signed.")
        return
    says = f"{count} unsigned, the oldest begun {ago(at - oldest)}."
    if at - oldest > NAGGED_AFTER:
        yield Line(
            title=title,
            tone=Tone.CAUTION,
            says=says,
            to_do="Ask for signatures: today’s lists show each clinician’s own.",
        )
    else:
        yield Line(title=title, tone=Tone.OK, says=says)


def tell_rules(at: datetime) -> Iterator[Line]:
    """Which rules read examinations today."""
    yield Line(title="Rules of examinations", tone=Tone.NOTE, says=f"Version {RULES_VERSION}.")
