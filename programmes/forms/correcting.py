"""What may be typed when what was told of a session is corrected."""

from collections.abc import Collection
from typing import Any
from uuid import uuid4

from django import forms

from assessments.forms.fields import WholeNumberField
from assessments.rules import bounds
from programmes.models import SOURCES
from programmes.rules.decision import COMPLETED
from upwell.forms import PainField, PastDateField, Segmented, YesNoField

OF_THE_MORNING = ("morning_pain", "morning_stiffness_min")
TOLD_LATER_ID = "later_"
"""What the ids of ``ToldLaterForm`` begin with."""


class CorrectionForm(forms.Form):
    """Everything told of a session and of its morning after, as it should stand, and why.

    ``stands`` are the words of what is recorded now, shown beside each field. Sent with
    ``strikes`` only the reason matters.
    """

    happened_on = PastDateField(label="Date")
    source = forms.ChoiceField(choices=SOURCES, widget=Segmented)
    completed_pct = WholeNumberField(COMPLETED, unit="%", label="How much of it was done?")
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
    morning_pain = PainField(label="Pain the next morning")
    morning_stiffness_min = WholeNumberField(
        bounds.MINUTES, unit="min", label="Stiffness the next morning"
    )
    reason = forms.CharField(
        label="Why is it corrected?",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write why it is corrected."},
    )
    strikes = forms.BooleanField(required=False, widget=forms.HiddenInput)
    known = forms.CharField(max_length=40, widget=forms.HiddenInput)
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, stands: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stand_beside(stands)

    def stand_beside(self, stands: dict[str, str]) -> None:
        """Shows beside each field what is recorded now."""
        for name, words in stands.items():
            self.fields[name].help_text = f"Recorded: {words}"

    def seen_again(self, known: str, stands: dict[str, str]) -> None:
        """The page is shown again with what is recorded now, which the next answer goes by."""
        self.data = {**{name: self.data.get(name) for name in self.data}, "known": known}
        self.stand_beside(stands)

    def clean(self) -> dict[str, Any]:
        """Striking out, nothing else that is typed matters."""
        told = super().clean() or {}
        if told.get("strikes"):
            for name in set(self.errors) - {"reason", "known", "form_token"}:
                del self.errors[name]
        return told

    @property
    def told(self) -> tuple[list[forms.BoundField], list[forms.BoundField]]:
        """The fields of the session, and those of the morning after."""
        last = {*OF_THE_MORNING, "reason"}
        shown = [field for field in self.visible_fields() if field.name not in last]
        return shown, [self[name] for name in OF_THE_MORNING]


class ToldLaterForm(forms.Form):
    """What was not asked of a session, entered where it is missed; blank stays not asked.

    ``missing`` are the names of what nobody told yet: only those are shown.
    """

    stiffness_min = WholeNumberField(
        bounds.MINUTES, unit="min", label="Morning stiffness on the day"
    )
    pain_before = PainField(label="Pain before")
    pain_during = PainField(label="Pain during, the worst of it")
    pain_after = PainField(label="Pain after")
    new_warm_or_swollen = YesNoField(label="Newly warm or visibly swollen?")
    completed_pct = WholeNumberField(COMPLETED, unit="%", label="How much of it was done?")
    morning_pain = PainField(label="Pain the next morning")
    morning_stiffness_min = WholeNumberField(
        bounds.MINUTES, unit="min", label="Stiffness the next morning"
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, missing: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The morning after has a form of its own on the same page.
        self.auto_id = f"{TOLD_LATER_ID}%s"
        self.missing = missing

    def clean(self) -> dict[str, Any]:
        """Everything blank tells nothing."""
        values = super().clean() or {}
        if not self.errors and not self.told(values):
            self.add_error(self.asked[0].name if self.asked else None, "Nothing is entered yet.")
        return values

    @staticmethod
    def told(values: dict[str, Any]) -> dict[str, int | bool]:
        """What was entered, of the cleaned values."""
        return {
            name: value
            for name, value in values.items()
            if name != "form_token" and value is not None
        }

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields of what is missing, and those with something wrong."""
        return [
            field
            for field in self.visible_fields()
            if field.name in self.missing or field.name in self.errors
        ]
