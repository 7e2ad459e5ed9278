"""What several models share: limits as constraints, the freeze, and striking a wrong entry out."""

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q

from assessments.rules import bounds
from assessments.rules.bounds import Bounds
from patients.models import User


def within(name: str, low: Any, high: Any) -> Q:
    """Null or inside the bounds: what was not measured is not checked."""
    return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__range": (low, high)})


def bounded(model: str, **limits: Bounds) -> list[models.CheckConstraint]:
    """A constraint for each of these columns: null, or inside its bounds."""
    return [
        models.CheckConstraint(
            name=f"{model}_{name}_in_bounds", condition=within(name, limit.low, limit.high)
        )
        for name, limit in limits.items()
    ]


def pain_check(model: str, *names: str) -> list[models.CheckConstraint]:
    """A constraint for each of these columns: null, or pain from 0 to 10."""
    return [
        models.CheckConstraint(
            name=f"{model}_{name}_0_to_10",
            condition=within(name, bounds.PAIN.low, bounds.PAIN.high),
        )
        for name in names
    ]


def frozen_with_assessment() -> pgtrigger.Trigger:
    """Refuses a change of a measurement that belongs to a signed assessment."""
    return pgtrigger.Trigger(
        name="frozen_with_assessment",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[("frozen", "BOOLEAN")],
        func="""
            SELECT assessments_assessment.status = 'signed' INTO frozen
            FROM assessments_assessment WHERE assessments_assessment.id = NEW.assessment_id;
            IF frozen THEN
                RAISE EXCEPTION 'a signed assessment never changes'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        """,
    )


STRIKE = ("struck_at", "struck_by_id", "struck_reason")


def marked_once(
    *columns: str, marked: str, condition: pgtrigger.Condition | None = None
) -> pgtrigger.Trigger:
    """Refuses every change of a row but of these columns, and those once only.

    ``marked`` is the SQL that says of ``OLD`` that it carries the mark already; ``condition`` names
    the rows this holds for, all of them when absent.
    """
    names = ", ".join(f"'{column}'" for column in columns)
    return pgtrigger.Trigger(
        name="marked_once",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=condition,
        func=f"""
            IF {marked}
                OR to_jsonb(OLD) - ARRAY[{names}] IS DISTINCT FROM to_jsonb(NEW) - ARRAY[{names}]
            THEN
                RAISE EXCEPTION 'this row never changes'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        """,
    )


class Strikable(models.Model):
    """A row that can be struck out: kept and readable, but counted nowhere."""

    struck_at = models.DateTimeField(null=True, blank=True)
    struck_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    struck_reason = models.TextField(max_length=1000, blank=True)

    class Meta:
        abstract = True


def struck_by_somebody(model: str) -> models.CheckConstraint:
    """Struck out means when, by whom and why; otherwise none of the three."""
    return models.CheckConstraint(
        name=f"{model}_struck_by_somebody_with_a_reason",
        condition=Q(struck_at=None, struck_by=None, struck_reason="")
        | (Q(struck_at__isnull=False, struck_by__isnull=False) & ~Q(struck_reason="")),
    )
