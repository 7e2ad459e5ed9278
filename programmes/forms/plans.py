"""What may be typed about plans, handouts and letters."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from programmes.models import Letter
from programmes.rules.protocols import ISOTONIC_PROTOCOLS, ladder
from programmes.rules.terms import Protocol
from upwell.forms import DateInput, PastDateField


class IssueForm(forms.Form):
    """Which plan to issue, and what changed."""

    protocol = forms.TypedChoiceField(
        choices=[("", "As proposed"), *((each, ladder(each).name) for each in ISOTONIC_PROTOCOLS)],
        coerce=Protocol,
        empty_value=None,
        required=False,
    )
    note = forms.CharField(
        label="Note for the record",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=9999)


class HandoutForm(forms.Form):
    """What to print."""

    diary = forms.BooleanField(label="With a diary", required=False, initial=True)
    next_review = forms.DateField(label="Next review", required=False, widget=DateInput)
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean_next_review(self) -> date | None:
        review: date | None = self.cleaned_data["next_review"]
        if review is not None and review < timezone.localdate():
            raise ValidationError("The next review is in the past.")
        return review

    def options(self) -> dict[str, Any]:
        """The choices as they are kept with the paper."""
        review = self.cleaned_data["next_review"]
        return {
            "diary": self.cleaned_data["diary"],
            "next_review": review.isoformat() if review else None,
        }


class NewLetterForm(forms.Form):
    """The one click that makes a letter; ``source`` is the code of the letter it is copied from."""

    form_token = forms.UUIDField()
    source = forms.UUIDField(required=False)
    again = forms.BooleanField(required=False)


LETTER_FIELDS = ("recipient", "subject", "body", "with_chart", "dated_on")
TO_WHOM = "To whom it may concern"
"""Stands on a letter that is printed while nobody is named."""


class LetterForm(forms.Form):
    """The words of a letter."""

    recipient = forms.CharField(
        label="To",
        max_length=500,
        required=False,
        help_text="Name and address, one line each.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    dated_on = PastDateField(
        label="Date of the letter", error_messages={"required": "Give the letter a date"}
    )
    subject = forms.CharField(
        max_length=200,
        help_text="Name, date of birth and record number are printed below it.",
        error_messages={"required": "Write what the letter is about"},
    )
    body = forms.CharField(
        label="Text",
        max_length=20_000,
        help_text="A blank line begins a new paragraph.",
        widget=forms.Textarea(attrs={"rows": 30, "data-person": True}),
        error_messages={"required": "Write the letter"},
    )
    with_chart = forms.BooleanField(
        label="With the picture of VISA-A over time", required=False, label_suffix=""
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=10**9)
    # Ticked where a conflict is shown: the version this text knowingly replaces.
    replaces = forms.IntegerField(
        required=False, widget=forms.HiddenInput, min_value=1, max_value=10**9
    )
    # For keeping this text as a new letter, when the other one is printed.
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.nobody_named:
            shown = self["recipient"]
            nobody = f"Nobody is named yet: left empty, it is printed “{TO_WHOM}”."
            shown.help_text = f"{nobody} {shown.help_text}"

    @property
    def nobody_named(self) -> bool:
        """Whether the letter, as it stands on the page, goes to nobody in particular."""
        return not str(self["recipient"].value() or "").strip()

    @staticmethod
    def initial_of(letter: Letter) -> dict[str, Any]:
        """The form's values for a stored letter."""
        return {name: getattr(letter, name) for name in (*LETTER_FIELDS, "version")}

    def clean_recipient(self) -> str:
        # Kept with the letter, so that the record says what stood on the paper.
        nobody = TO_WHOM if "print" in self.data else ""
        return _lines(self.cleaned_data["recipient"]) or nobody

    def clean_body(self) -> str:
        return _lines(self.cleaned_data["body"])

    @property
    def version_known(self) -> int:
        """The version typed over, or knowingly replaced."""
        known: int = self.cleaned_data.get("replaces") or self.cleaned_data["version"]
        return known

    def words(self) -> dict[str, Any]:
        """What is stored, once the form is valid."""
        return {name: self.cleaned_data[name] for name in LETTER_FIELDS}

    def differences(self, stored: Letter) -> list[tuple[str, str, str]]:
        """What is typed otherwise than stored: label, stored and typed, each in words."""
        told = []
        for name in LETTER_FIELDS:
            theirs, mine = getattr(stored, name), self.cleaned_data[name]
            if theirs != mine:
                told.append((str(self[name].label), _in_words(theirs), _in_words(mine)))
        return told


def _lines(text: str) -> str:
    """The text with plain line ends, as a browser's own differ."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _in_words(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case date():
            return f"{value:%-d %B %Y}"
        case _:
            return str(value)
