"""What may be typed about the morning after a session, and about its decision."""

import json
from typing import Any

from django import forms

from assessments.forms.fields import WholeNumberField
from assessments.rules import bounds
from programmes.models import REASONS
from programmes.rules.terms import Outcome
from upwell.forms import PainField, Segmented

OTHER_REASON = "other"
CHOICES = [
    (Outcome.PROGRESS, "Progress one step"),
    (Outcome.HOLD, "Stay at this step"),
    (Outcome.REGRESS, "Step back"),
    (Outcome.REFER, "Refer"),
]

_FIT = {
    Outcome.PROGRESS: ("other_cause", "unusual", "settled"),
    Outcome.HOLD: ("other_cause", "technique", "confidence", "unusual", "event", "settled"),
    Outcome.REGRESS: ("other_cause", "technique", "confidence", "unusual", "event"),
    Outcome.REFER: ("other_cause", "unusual"),
}


class MorningForm(forms.Form):
    """The morning after: its pain, its stiffness, or both."""

    pain = PainField(label="Pain the next morning")
    stiffness_min = WholeNumberField(bounds.MINUTES, unit="min", label="Stiffness the next morning")

    def clean(self) -> dict[str, Any]:
        """Both blank tells nothing."""
        told = super().clean() or {}
        if not self.errors and told.get("pain") is None and told.get("stiffness_min") is None:
            self.add_error("pain", "Give the pain, the stiffness, or both.")
        return told


class DecisionForm(forms.Form):
    """What is decided: the proposal, or something else with a reason, tapped or typed."""

    outcome = forms.TypedChoiceField(
        choices=CHOICES,
        coerce=Outcome,
        widget=Segmented,
        error_messages={"required": "Choose what is decided."},
    )
    # What the page proposed when it was opened, so that nobody answers another proposal.
    proposed = forms.CharField(widget=forms.HiddenInput)
    rule = forms.CharField(widget=forms.HiddenInput)
    reason_kind = forms.ChoiceField(
        label="Why", choices=REASONS, required=False, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="In your words",
        help_text="Needed for another reason.",
        max_length=900,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @property
    def fits(self) -> str:
        """The reasons that fit each outcome, as JSON for the page's script."""
        return json.dumps({outcome: [*fit, OTHER_REASON] for outcome, fit in _FIT.items()})

    def offer(self, *, without: set[Outcome]) -> None:
        """Leave these out of the choices a page shows; what is sent is judged when it is done."""
        shown = [(value, words) for value, words in CHOICES if value not in without]
        self.fields["outcome"].widget.choices = shown

    def clean(self) -> dict[str, Any]:
        """Another reason than those listed needs words; a listed one must fit the outcome."""
        told = super().clean() or {}
        outcome, kind = told.get("outcome"), told.get("reason_kind")
        confirms = outcome is not None and outcome == told.get("proposed")
        if outcome and not confirms and kind and kind not in (*_FIT[outcome], OTHER_REASON):
            self.add_error("reason_kind", "This reason does not fit what is decided.")
        if told.get("reason_kind") == OTHER_REASON and not told.get("reason", "").strip():
            self.add_error("reason", "Write the other reason.")
        return told
