"""What the practice looks back on: the figures of a closed period, as first worked out."""

import uuid

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from patients.models import User
from upwell.clock import now


@pghistory.track()
class PeriodReport(models.Model):
    """The outcomes of one closed period. Worked out once: asking again shows the same figures."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    first_on = models.DateField()
    last_on = models.DateField()
    # As ``programmes.rules.outcomes`` stores them.
    figures = models.JSONField()
    # What each episode gave to them, by its code: a later correction is found by comparing.
    rows = models.JSONField()
    defaults = models.JSONField()
    rules_version = models.CharField(max_length=20)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("-last_on", "-first_on")
        constraints = (
            models.UniqueConstraint(name="one_report_a_period", fields=["first_on", "last_on"]),
            models.CheckConstraint(
                name="report_period_begins_first", condition=Q(last_on__gte=F("first_on"))
            ),
        )
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"{self.first_on:%-d %B %Y} to {self.last_on:%-d %B %Y}"
