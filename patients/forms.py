"""What may be typed about a person."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone

from patients.models import (
    LANGUAGE_CHOICES,
    OUTCOMES,
    PATIENT_FIELDS,
    SEX_CHOICES,
    SIDE_CHOICES,
    Episode,
    Patient,
    PatientQuerySet,
)
from patients.rules.age import check_date_of_birth
from patients.rules.terms import Language, Side
from upwell.forms import IN_READING_ORDER, DateInput, PastDateField

# Signs alone are what is left of a name whose letters did not arrive.
IN_LETTERS = RegexValidator(r"[^\W\d_]", "Write the name in letters.")


class SearchForm(forms.Form):
    """A few letters of a name, a record number, an external id or a date of birth."""

    q = forms.CharField(
        max_length=100,
        required=False,
        error_messages={"max_length": "Type fewer letters: a hundred are more than enough."},
    )


class PatientForm(forms.Form):
    """Demographics. ``lookalikes`` holds patients who may be the same person."""

    # First, because the checks below ask whether this very form was sent before.
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    family_name = forms.CharField(
        max_length=100,
        validators=[IN_LETTERS, IN_READING_ORDER],
        error_messages={"required": "Enter the family name."},
    )
    given_name = forms.CharField(
        max_length=100,
        validators=[IN_READING_ORDER],
        error_messages={"required": "Enter the given name."},
    )
    date_of_birth = forms.DateField(widget=DateInput)
    sex = forms.ChoiceField(
        choices=SEX_CHOICES, widget=forms.RadioSelect, help_text="Used for heel-raise norms."
    )
    external_id = forms.CharField(
        label="Number in the practice system", max_length=60, required=False
    )
    phone = forms.CharField(max_length=40, required=False)
    email = forms.EmailField(label="E-mail", required=False)
    referrer = forms.CharField(
        label="Referred by",
        max_length=120,
        required=False,
        help_text="GP or other referrer.",
        validators=[IN_READING_ORDER],
    )
    # A page opened before there was this choice sends none: then nothing changes.
    language = forms.ChoiceField(
        label="Language of papers",
        choices=LANGUAGE_CHOICES,
        initial=Language.ENGLISH.value,
        required=False,
        widget=forms.RadioSelect,
        help_text="What a clinician typed stays as it was typed.",
    )
    large_print = forms.BooleanField(
        label="Large print",
        required=False,
        help_text="Papers in 18 point letters, for people with low vision.",
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # Sent where a conflict was shown: the version these details knowingly replace.
    replaces = forms.IntegerField(required=False, widget=forms.HiddenInput)
    add_anyway = forms.BooleanField(label="This is a different person: add anyway", required=False)

    def __init__(self, *args: Any, patient: Patient | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patient = patient
        self.lookalikes: list[Patient] = []
        if patient is not None:
            del self.fields["add_anyway"], self.fields["form_token"]
        elif self.data.get("add_anyway") != "on":
            # Offered only once somebody who may be the same person has been found.
            self.fields["add_anyway"].widget = forms.HiddenInput()

    @staticmethod
    def initial_of(patient: Patient) -> dict[str, Any]:
        """The form's values for a stored patient."""
        return {name: getattr(patient, name) for name in (*PATIENT_FIELDS, "version")}

    def patient_fields(self) -> dict[str, Any]:
        """What the actions store, once the form is valid."""
        return {name: self.cleaned_data[name] for name in PATIENT_FIELDS}

    @property
    def version_known(self) -> int:
        """The version typed over, or knowingly replaced; 0 if it wasn't sent."""
        return self.cleaned_data.get("replaces") or self.cleaned_data.get("version") or 0

    def clean_date_of_birth(self) -> date:
        born: date = self.cleaned_data["date_of_birth"]
        try:
            check_date_of_birth(born, timezone.localdate())
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        return born

    def clean_language(self) -> str:
        kept = self.patient.language if self.patient else Language.ENGLISH.value
        return self.cleaned_data["language"] or kept

    def _others(self) -> PatientQuerySet:
        """Every patient but this one, also when this very form was sent a moment ago."""
        others = Patient.objects.all()
        if self.patient is not None:
            return others.exclude(pk=self.patient.pk)
        token = self.cleaned_data.get("form_token")
        return others.exclude(form_token=token) if token else others

    def clean_external_id(self) -> str | None:
        number = self.cleaned_data["external_id"] or None
        others = self._others().filter(external_id__iexact=number)
        if number and (other := others.first()):
            raise forms.ValidationError(f"{other} ({other.record_number}) has this number.")
        return number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.patient is None and {"family_name", "date_of_birth"} <= cleaned.keys():
            self.lookalikes = list(
                self._others().same_person_as(cleaned["family_name"], cleaned["date_of_birth"])
            )
            if self.lookalikes and not cleaned.get("add_anyway"):
                self.fields["add_anyway"].widget = forms.CheckboxInput()
                self.add_error(
                    "add_anyway",
                    "A patient with this family name and date of birth exists. "
                    "Open that record, or tick here to add a second one.",
                )
        return cleaned


class EpisodeForm(forms.Form):
    """Which tendon."""

    side = forms.TypedChoiceField(
        choices=SIDE_CHOICES, coerce=Side, widget=forms.RadioSelect, label="Which Achilles?"
    )


class ReopenForm(forms.Form):
    """Why a closed episode is opened again, and since when."""

    on = PastDateField(label="Date it is opened again")
    reason = forms.CharField(
        label="What has come back",
        max_length=1000,
        widget=forms.Textarea,
        error_messages={"required": "Say what has come back, in a sentence."},
    )

    def __init__(self, *args: Any, episode: Episode, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.episode = episode

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        closed_on = self.episode.closed_on
        if closed_on is not None and on < closed_on:
            raise forms.ValidationError(
                f"The episode was closed on {closed_on:%-d %B %Y}: it can't be opened again before."
            )
        return on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        others = self.episode.patient.episodes.open().filter(side=self.episode.side)
        if others.exclude(pk=self.episode.pk).exists():
            self.add_error(
                "on",
                f"Another episode of the {self.episode.get_side_display().lower()} Achilles is"
                " open. Go on with that one, or close it first.",
            )
        return cleaned


class DischargeForm(forms.Form):
    """How an episode ended. ``last`` is the day and the name of the last thing recorded of it."""

    outcome = forms.ChoiceField(choices=OUTCOMES, widget=forms.RadioSelect)
    on = PastDateField(label="Date")
    note = forms.CharField(max_length=2000, required=False, widget=forms.Textarea)

    def __init__(
        self, *args: Any, episode: Episode, last: tuple[date, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.episode, self.last = episode, last

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on < self.episode.opened_on:
            raise forms.ValidationError(
                f"The episode was opened on {self.episode.opened_on:%-d %B %Y}: "
                "it can't end before."
            )
        if self.last is not None and on < self.last[0]:
            last_on, what = self.last
            raise forms.ValidationError(
                f"The last thing recorded is {what} on {last_on:%-d %B %Y}: it can't end before."
            )
        return on
