"""The forms beside a session, on whatever page they stand."""

from dataclasses import dataclass

from django import template
from django.utils import timezone

from assessments.forms.outcomes import VisaForm
from assessments.rules.finding import Finding
from patients.models import Episode
from programmes.forms.visit import RaisesForm, raises_form, visa_form
from programmes.visit import too_soon

register = template.Library()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A heel-raise form and a VISA-A form, and what is said when the last VISA-A is recent."""

    raises: RaisesForm
    visa: VisaForm
    soon: Finding | None


@register.simple_tag
def same_visit(episode: Episode) -> Visit:
    """What else can be recorded today; two queries."""
    today = timezone.localdate()
    return Visit(
        raises=raises_form(episode, today=today),
        visa=visa_form(episode, today=today),
        soon=too_soon(episode, today),
    )
