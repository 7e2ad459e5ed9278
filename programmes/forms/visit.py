"""What may be typed beside a session in the same visit: a quick heel-raise test, and a VISA-A."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from assessments.forms.fields import WholeNumberField
from assessments.forms.outcomes import VisaForm
from assessments.rules import bounds
from assessments.rules.terms import ReportedBy
from patients.models import Episode
from patients.rules.terms import Side
from upwell.forms import PainField, PastDateField


class RaisesForm(forms.Form):
    """Heel raises to failure of one leg or both, the affected one first, and the pain of each."""

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    tested_on = PastDateField(
        label="Tested on",
        error_messages={
            "required": "Give the date of the test.",
            "invalid": "Give the date of the test as day, month and year.",
        },
    )

    def __init__(self, *args: Any, episode: Episode, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.episode = episode
        affected = Side(episode.side)
        self.sides = (affected, affected.other)
        for side in self.sides:
            words = f"{side.value.title()}{', affected' if side is affected else ''}"
            self.fields[f"{side}_repetitions"] = WholeNumberField(
                bounds.REPETITIONS, unit="reps", label=f"{words}: repetitions"
            )
            self.fields[f"{side}_pain"] = PainField(label=f"{words}: pain during")

    def legs(self) -> list[tuple[BoundField, BoundField]]:
        """Repetitions and pain of each leg, the affected one first."""
        return [(self[f"{side}_repetitions"], self[f"{side}_pain"]) for side in self.sides]

    def clean_tested_on(self) -> date:
        on: date = self.cleaned_data["tested_on"]
        if on < self.episode.opened_on:
            raise ValidationError(f"The episode was opened on {self.episode.opened_on:%-d %B %Y}.")
        return on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and all(
            cleaned.get(f"{side}_repetitions") is None for side in self.sides
        ):
            raise ValidationError("Give the repetitions of at least one leg; 0 if none was done.")
        return cleaned

    def measured(self) -> dict[str, Any]:
        """The columns of a heel-raise test that this form fills; None is not tested."""
        return {
            f"{side}_{what}": self.cleaned_data[f"{side}_{what}"]
            for side in Side
            for what in ("repetitions", "pain")
        }


def raises_form(episode: Episode, data: Any = None, *, today: date | None = None) -> RaisesForm:
    """The heel-raise form of a page with forms beside it: ids of its own, dated today."""
    initial = {"tested_on": today, "form_token": uuid4()}
    return RaisesForm(data, episode=episode, initial=initial, auto_id="raises_%s")


def visa_form(episode: Episode, data: Any = None, *, today: date | None = None) -> VisaForm:
    """The VISA-A form of such a page: answered today, in the room, unless said otherwise."""
    initial = {"answered_on": today, "reported_by": ReportedBy.ROOM, "form_token": uuid4()}
    return VisaForm(data, episode=episode, initial=initial, auto_id="visa_%s")
