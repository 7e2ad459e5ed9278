"""What may be typed about running, its gate, and a flare."""

from collections.abc import Iterable
from uuid import uuid4

from django import forms
from django.utils.datastructures import MultiValueDict

from assessments.rules.terms import GateMode
from programmes.rules.calendar import WEEKDAYS, days_in_words


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
    # The days that stood when the page was opened: who saves over others' is told.
    known = forms.RegexField(r"^[1-7,]*$", required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, days: Iterable[int]) -> "TrainingDaysForm":
        """The form with the days as they stand."""
        standing = list(days)
        return cls(initial={"days": standing, "known": _joined(standing)})

    @property
    def days_known(self) -> list[int]:
        """The days this form was opened with."""
        return [int(each) for each in self.cleaned_data["known"].split(",") if each]

    def over(self, theirs: Iterable[int]) -> "TrainingDaysForm":
        """What was ticked, with the words of what somebody else saved; saving again replaces it."""
        standing = list(theirs)
        data = {"days": [str(each) for each in self.cleaned_data["days"]]}
        again = TrainingDaysForm(MultiValueDict({**data, "known": [_joined(standing)]}))
        again.add_error(
            None,
            f"Somebody else saved {days_in_words(standing)} while this page was open. "
            f"You ticked {days_in_words(self.cleaned_data['days'])}: save again to put yours "
            "in place of that.",
        )
        return again


def _joined(days: Iterable[int]) -> str:
    return ",".join(str(each) for each in days)


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
