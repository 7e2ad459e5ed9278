"""What may be typed about plans, handouts and letters."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError

from patients.models import LANGUAGE_CHOICES, Patient
from programmes.models import Letter
from programmes.rules.protocols import ISOTONIC_PROTOCOLS, ladder
from programmes.rules.terms import Protocol
from programmes.selectors.papers import LARGE, STANDARD, complete, weeks_until
from upwell.forms import DateInput, PastDateField, Segmented


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


DIARY_CHOICES = [
    ("review", "To the review, two weeks at most"),
    ("1", "One week"),
    ("2", "Two weeks"),
    ("none", "None"),
]
EDITION_CHOICES = [(STANDARD, "Standard"), (LARGE, "Large print")]


MOVED_ON = (
    "The plan has moved on since this page was opened: this is the paper now. Look at it and press"
    " Print."
)


class ShownStepForm(forms.Form):
    """Knows the step its page showed: nobody prints another than the one looked at.

    ``step`` is the place in the plan of the step in force, None where nothing is printed.
    """

    # Older pages and other programs don't say; they get the step in force.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    moved_on = False

    def __init__(self, *args: Any, step: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.step = step

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        seen = self.cleaned_data.get("seen")
        # Looking again shows the step in force, whatever was shown before.
        asks = "show" not in self.data and not self.errors
        if asks and None not in (seen, self.step) and seen != self.step:
            self.moved_on = True
            raise ValidationError(MOVED_ON)
        return cleaned


REVIEW_WITHIN = timedelta(days=366)


class HandoutForm(ShownStepForm):
    """What to print: the patient's own edition and language unless chosen otherwise.

    ``with_flare`` and ``other_side`` say whether those papers may be had at all; ``review`` is the
    next one as far as it is known.
    """

    edition = forms.ChoiceField(
        label="Edition", choices=EDITION_CHOICES, required=False, widget=Segmented
    )
    language = forms.ChoiceField(
        label="Language", choices=LANGUAGE_CHOICES, required=False, widget=Segmented
    )
    next_review = forms.DateField(label="Next review", required=False, widget=DateInput)
    diary = forms.ChoiceField(
        label="Diary",
        choices=DIARY_CHOICES,
        required=False,
        initial="review",
        widget=Segmented,
    )
    both = forms.BooleanField(label="Both legs on one sheet", required=False)
    flare = forms.BooleanField(
        label="Also the paper for a flare",
        help_text="To keep at home; nobody is moved by it.",
        required=False,
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(
        self,
        *args: Any,
        patient: Patient,
        other_side: bool,
        with_flare: bool,
        today: date,
        review: date | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.patient, self.today = patient, today
        self.initial = {
            **self.initial,
            "edition": LARGE if patient.large_print else STANDARD,
            "language": patient.language,
            "both": True,
            "next_review": review,
        }
        if not other_side:
            del self.fields["both"]
        if not with_flare:
            del self.fields["flare"]

    def clean_next_review(self) -> date | None:
        review: date | None = self.cleaned_data["next_review"]
        if review is not None and review < self.today:
            raise ValidationError("The next review is in the past.")
        if review is not None and review > self.today + REVIEW_WITHIN:
            raise ValidationError("The next review is more than a year away. Check its year.")
        return review

    def options(self) -> dict[str, Any]:
        """The choices of the plan as they are kept with the paper."""
        chosen = self.cleaned_data
        review: date | None = chosen["next_review"]
        diary = chosen["diary"] or "review"
        weeks = {"1": 1, "2": 2}.get(diary) or (
            weeks_until(review, on=self.today) if review is not None else 1
        )
        return complete(
            {
                "diary": diary != "none",
                "weeks": weeks,
                "next_review": review.isoformat() if review else None,
                "edition": chosen["edition"] or self.initial["edition"],
                "language": chosen["language"] or self.initial["language"],
                "both": chosen.get("both", False),
            }
        )

    def papers(self) -> list[dict[str, Any]]:
        """The choices of each paper asked for: the plan, and what is kept for a flare."""
        plan = self.options()
        if not self.cleaned_data.get("flare"):
            return [plan]
        return [plan, {**plan, "both": False, "flare": True, "ahead": True}]


class UsualPaperForm(ShownStepForm):
    """The usual paper, for who chooses nothing on it: what a clinician issued, as it is.

    ``usual`` are its options; where a paper was printed before, that one is printed again instead.
    """

    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, usual: dict[str, Any], printed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.usual, self.printed = usual, printed

    def clean(self) -> dict[str, Any] | None:
        if any(name in self.data for name in HandoutForm.base_fields if name not in self.fields):
            raise ValidationError("What stands on a paper is for a clinician to choose.")
        if self.printed:
            raise ValidationError("A paper was printed before. Print that one again.")
        return super().clean()

    def papers(self) -> list[dict[str, Any]]:
        """The choices of the one paper."""
        return [self.usual]


class PrintAgainForm(forms.Form):
    """The one click that prints a paper of before again."""

    form_token = forms.UUIDField()


class PapersForm(forms.Form):
    """Whose papers are printed at once: the codes of the versions that are ticked."""

    versions = forms.TypedMultipleChoiceField(
        coerce=UUID,
        required=False,
        error_messages={"invalid_choice": "The list has changed meanwhile. Look at it again."},
    )
    flare = forms.BooleanField(
        label="With the paper for a flare",
        help_text="To keep at home, for each of them whose plan has one.",
        required=False,
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, offered: Collection[UUID], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["versions"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(str(code), str(code)) for code in offered]

    def clean_versions(self) -> list[UUID]:
        chosen: list[UUID] = self.cleaned_data["versions"]
        if not chosen:
            raise ValidationError("Tick at least one paper.")
        return chosen


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
