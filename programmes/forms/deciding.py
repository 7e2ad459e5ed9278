"""What may be typed about the morning after a session, and about its decision."""

from django import forms

from assessments.forms.fields import WholeNumberField
from assessments.rules import bounds
from programmes.rules.terms import Outcome
from upwell.forms import PainField, Segmented


class MorningForm(forms.Form):
    """The morning after."""

    pain = PainField(label="Pain the next morning", required=True)
    stiffness_min = WholeNumberField(bounds.MINUTES, unit="min", label="Stiffness the next morning")


class DecisionForm(forms.Form):
    """What is decided: the proposal, or something else with a reason."""

    outcome = forms.TypedChoiceField(
        choices=[
            (Outcome.PROGRESS, "Progress one step"),
            (Outcome.HOLD, "Stay at this step"),
            (Outcome.REGRESS, "Step back"),
            (Outcome.REFER, "Refer"),
        ],
        coerce=Outcome,
        widget=Segmented,
        error_messages={"required": "Choose what is decided."},
    )
    # What the page proposed when it was opened, so that nobody answers another proposal.
    proposed = forms.CharField(widget=forms.HiddenInput)
    rule = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Reason",
        help_text="Needed when you decide otherwise than proposed.",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
