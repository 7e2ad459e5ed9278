"""What may be typed about running, its gate, and a flare."""

from uuid import uuid4

from django import forms

from assessments.rules.terms import GateMode
from programmes.rules.calendar import WEEKDAYS


class FlareForm(forms.Form):
    """The one button for a flare, with what the patient told."""

    note = forms.CharField(max_length=500, required=False)
    form_token = forms.UUIDField()


class TrainingDaysForm(forms.Form):
    """The weekdays a patient can run on; none ticked is any day."""

    days = forms.TypedMultipleChoiceField(
        label="Days the patient can run on",
        help_text="Leave all empty for any day.",
        choices=list(enumerate(WEEKDAYS, start=1)),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose days of the week."},
    )


class GateForm(forms.Form):
    """Which measure of single-leg raises the gate to running goes by, with the reason."""

    mode = forms.TypedChoiceField(
        choices=[(mode, mode.value) for mode in GateMode],
        coerce=GateMode,
        widget=forms.HiddenInput,
    )
    reason = forms.CharField(
        label="Reason",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Give the reason for this measure."},
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
