"""What may be typed about outcomes: a VISA-A at any time, other totals, and a wrong entry."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from assessments.actions.outcomes import SameVisa, check_day
from assessments.forms.visa import ITEM_FIELDS, PART_FIELDS, one_part_of_q8, visa_fields
from assessments.models import REPORTED_CHOICES, OtherScore
from assessments.rules import bounds
from assessments.rules.terms import ReportedBy
from assessments.rules.trajectory import (
    SCORE_LIMITS,
    TENDINS,
    is_visa,
    known_score,
    score_key,
)
from assessments.selectors import VISA_FIELDS
from assessments.wording import words_in_force, words_named
from patients.models import Episode
from upwell.forms import PastDateField, Segmented, plain_number
from upwell.http import Refused


class ReportedForm(forms.Form):
    """A score of a day that came in a certain way; not before the episode unless on paper."""

    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    answered_on = PastDateField(
        label="Answered on",
        error_messages={
            "required": "Give the date it was answered.",
            "invalid": "Give the date as day, month and year.",
        },
    )
    reported_by = forms.TypedChoiceField(
        label="How it came",
        choices=REPORTED_CHOICES,
        coerce=ReportedBy,
        widget=Segmented,
        error_messages={"required": "Say how it came."},
    )

    def __init__(self, *args: Any, episode: Episode, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.episode = episode

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        on, reported_by = cleaned.get("answered_on"), cleaned.get("reported_by")
        if on and reported_by:
            try:
                check_day(self.episode, on, reported_by)
            except Refused as refused:
                self.add_error("answered_on", str(refused))
        return cleaned


class VisaForm(ReportedForm):
    """One VISA-A outside an assessment. Items may stay open; then it has no total."""

    # The wording the page was drawn with, so that a new one loaded meanwhile isn't taken for it.
    wording = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    # Shown only after the question was asked.
    again = forms.BooleanField(
        label="Save it all the same: it was answered twice that day", required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:
            self.words = words_named(str(self.data.get("wording", "")).replace("\0", ""))
        else:
            self.words = words_in_force()
        self.initial["wording"] = "" if self.words.is_own else self.words.name
        self.fields.update(visa_fields(self.words))

    def items(self) -> list[BoundField]:
        """The first six items."""
        return [self[name] for name in ITEM_FIELDS]

    def parts(self) -> list[BoundField]:
        """The three parts of the last item."""
        return [self[name] for name in PART_FIELDS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        one_part_of_q8(self, cleaned)
        if not self.errors and not any(cleaned[name] not in (None, "") for name in VISA_FIELDS):
            raise ValidationError("Not one item is answered yet.")
        return cleaned

    def refuse(self, refused: Refused) -> None:
        """Say why it was not saved, beside the box to tick where saving again can be meant."""
        self.add_error("again" if isinstance(refused, SameVisa) else None, str(refused))

    def answers(self) -> dict[str, Any]:
        """The items as typed; None or blank where one is open or was refused."""
        return {name: self.cleaned_data.get(name) for name in VISA_FIELDS}


class NameInput(forms.TextInput):
    """A text with suggestions."""

    template_name = "assessments/name_input.html"

    def __init__(self, suggestions: Sequence[str]) -> None:
        self.suggestions = suggestions
        super().__init__({"autocomplete": "off", "list": "score-names"})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "suggestions": self.suggestions}


class TotalField(forms.DecimalField):
    """A number; the comma is a decimal point too."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.count(",") == 1 and "." not in value:
            value = value.replace(",", ".")
        return super().to_python(value)


class ScoreForm(ReportedForm):
    """The total of any other questionnaire, by its name."""

    name = forms.CharField(
        label="Name of the questionnaire",
        max_length=60,
        error_messages={"required": "Give the name of the questionnaire."},
    )
    value = TotalField(
        label="Total",
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 8, "autocomplete": "off"}),
        error_messages={
            "required": "Give the total.",
            "invalid": "Write the total as a number.",
            "max_decimal_places": "Two decimal places are enough.",
        },
    )
    better = forms.ChoiceField(
        label="Which way is better?",
        choices=[*((c.value, c.label) for c in OtherScore.Better if c.value), ("", "Not known")],
        widget=Segmented,
        required=False,
        help_text=f"{TENDINS}: lower is better, unless you say otherwise. That is inferred from how"
        " its total runs against the VISA-A.",
    )
    note = forms.CharField(label="Note", max_length=200, required=False)
    field_order = ("form_token", "name", "value", "better", "answered_on", "reported_by", "note")

    def __init__(self, *args: Any, known: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {score_key(name): name for name in (*known, *SCORE_LIMITS)}
        self.fields["name"].widget = NameInput(sorted(self.names.values()))

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        if is_visa(name):
            raise ValidationError(
                "A VISA-A is recorded by its items: leave this page and use “Record a VISA-A”."
            )
        return self.names.get(score_key(name), name)

    def clean_value(self) -> Decimal:
        value: Decimal = self.cleaned_data["value"]
        limits = bounds.SCORE
        if not limits.low <= value <= limits.high:
            raise ValidationError(f"Must be {limits.says}.")
        return Decimal(plain_number(value))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        name, value = cleaned.get("name", ""), cleaned.get("value")
        limits = SCORE_LIMITS.get(known_score(name) or "")
        if limits and value is not None and not limits.low <= value <= limits.high:
            self.add_error("value", f"A total of the {name} is {limits.says}.")
        if cleaned.get("name") == TENDINS and not cleaned.get("better"):
            cleaned["better"] = OtherScore.Better.LOWER.value
        return cleaned


class StrikeForm(forms.Form):
    """Why an entry is wrong."""

    reason = forms.CharField(
        label="Why is it wrong?",
        help_text="The entry stays readable, struck through, with this reason and your name.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write why this entry is wrong."},
    )
