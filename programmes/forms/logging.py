"""What may be typed when a session is logged."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from assessments.forms.fields import WholeNumberField
from assessments.rules import bounds
from programmes.models import SOURCES, Programme
from programmes.rules.decision import COMPLETED
from upwell.forms import PainField, PastDateField, Segmented, YesNoField


class SessionForm(forms.Form):
    """One session. Empty means not asked; zero is an answer."""

    happened_on = PastDateField(label="Date")
    source = forms.ChoiceField(choices=SOURCES, widget=Segmented, initial="clinic")
    completed_pct = WholeNumberField(
        COMPLETED, unit="%", label="How much of it was done?", initial=100
    )
    pain_before = PainField(label="Pain before")
    pain_during = PainField(label="Pain during, the worst of it")
    pain_after = PainField(label="Pain after")
    stiffness_min = WholeNumberField(
        bounds.MINUTES, unit="min", label="Morning stiffness on the day"
    )
    new_warm_or_swollen = YesNoField(label="Newly warm or visibly swollen?")
    note = forms.CharField(
        max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    # The step the form was opened for: a session is never held against targets nobody saw.
    step = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programme = programme

    def clean_happened_on(self) -> date:
        on: date = self.cleaned_data["happened_on"]
        if on < self.programme.started_on:
            raise ValidationError(
                f"The programme began on {self.programme.started_on:%-d %B %Y}: "
                "a session can't be earlier."
            )
        return on
