"""What may be typed about tests: heel raises, loaded raises, hops and walking."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from assessments.forms.fields import WholeNumberField
from assessments.rules import bounds
from assessments.selectors import FUNCTION_FIELDS, HEEL_RAISE_FIELDS
from patients.models import Episode
from patients.rules.terms import Side
from upwell.forms import PainField, PastDateField, YesNoField


class FunctionTestForm(forms.Form):
    """Tests for a stage exit, and heel raises beside them. What was not tested stays empty."""

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    tested_on = PastDateField(
        label="Tested on",
        error_messages={
            "required": "Give the date of the tests.",
            "invalid": "Give the date of the tests as day, month and year.",
        },
    )
    sl_raise_pain = PainField(label="Pain in one single-leg heel raise")
    dl_hop_pain = PainField(label="Pain hopping on both legs")
    sl_hop_pain = PainField(label="Pain hopping on this leg")
    walk_min = WholeNumberField(bounds.MINUTES, unit="min", label="Walked on the flat")
    walk_pain = PainField(label="Pain on that walk")
    strength_adequate = YesNoField(
        label="Calf strong enough for the next stage?",
        help_text="Your own judgement; nobody else can give it.",
    )
    left_repetitions = WholeNumberField(bounds.REPETITIONS, unit="reps", label="Left: repetitions")
    left_pain = PainField(label="Left: pain during")
    right_repetitions = WholeNumberField(
        bounds.REPETITIONS, unit="reps", label="Right: repetitions"
    )
    right_pain = PainField(label="Right: pain during")

    def __init__(self, *args: Any, episode: Episode, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.episode = episode

    def sides(self) -> Iterator[tuple[Side, list[BoundField]]]:
        """The heel raises of each leg."""
        for side in Side:
            yield side, [self[f"{side}_repetitions"], self[f"{side}_pain"]]

    def clean_tested_on(self) -> date:
        on: date = self.cleaned_data["tested_on"]
        if on < self.episode.opened_on:
            raise ValidationError(f"The episode was opened on {self.episode.opened_on:%-d %B %Y}.")
        return on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not (self.tests() or self.heel_raises()):
            raise ValidationError("Nothing is filled in yet. Give at least one result.")
        return cleaned

    def tests(self) -> dict[str, Any]:
        """The columns of a function test; empty when none of them was tested."""
        return self._given(FUNCTION_FIELDS)

    def heel_raises(self) -> dict[str, Any]:
        """The columns of a heel-raise test; empty when neither side was tested."""
        return self._given(HEEL_RAISE_FIELDS)

    def _given(self, names: tuple[str, ...]) -> dict[str, Any]:
        values = {name: self.cleaned_data.get(name) for name in names if name in self.fields}
        return values if any(value not in (None, "") for value in values.values()) else {}
