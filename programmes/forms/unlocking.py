"""What may be typed to open a contraindicated cell."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms

from assessments.in_force import defaults_in_force as assessment_defaults_in_force
from assessments.rules.terms import Location, Stage
from programmes.models import Unlock
from programmes.rules.unlocking import lacking_to_unlock
from upwell.forms import PainField, PastDateField, Segmented


class UnlockForm(forms.Form):
    """One of the two unlocks, with the reason and what it asks for."""

    code = forms.ChoiceField(
        label="What is opened",
        choices=[
            ("U1", "Heel below the step, in full return"),
            ("U2", "Uphill running, from step F3 of full return"),
        ],
        widget=Segmented,
        error_messages={"required": "Choose what is opened."},
    )
    dorsiflexion_pain = PainField(
        label="Pain of full dorsiflexion, the worst of these weeks",
        help_text="Asked for the heel below the step only.",
    )
    since = PastDateField(
        label="It has been so low since",
        required=False,
        help_text="Asked for the heel below the step only.",
    )
    reason = forms.CharField(
        label="Reason",
        help_text="Kept on record under your name; it is never printed for the patient.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Give the reason for the unlock."},
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(
        self,
        *args: Any,
        location: Location | None,
        stage: Stage | None,
        held_back: str,
        on: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.location, self.stage, self.held_back, self.on = location, stage, held_back, on

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        if not self.errors:
            lacking = lacking_to_unlock(
                found["code"],
                location=self.location,
                dorsiflexion_pain=found["dorsiflexion_pain"],
                since=found["since"],
                on=self.on,
                stage=self.stage,
                held_back=self.held_back,
                defaults=assessment_defaults_in_force(),
            )
            if lacking:
                self.add_error(lacking.field or None, lacking.says)
            elif found["code"] == Unlock.Code.UPHILL:
                found["dorsiflexion_pain"] = found["since"] = None
        return found
