"""What may be typed about the way to the clinic and from it: onset, medicines, shoes, treatments so
far, the way of running, and the goal."""

from datetime import date
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from assessments.forms.fields import (
    BoxesField,
    DecimalNumberField,
    KilometresField,
    WholeNumberField,
)
from assessments.models import DIFFERENTIAL_CHOICES, STRIKE_CHOICES, TREATMENT_CHOICES
from assessments.rules import bounds
from assessments.rules.terms import TreatmentKind
from assessments.selectors import TREATMENT_FIELDS
from patients.models import Episode
from patients.rules.terms import Side
from upwell.forms import DateInput, PainField, PastDateField, Segmented, YesNoField

# Weeks by which what the patient says may differ from the weeks since the day it began.
ONSET_SLACK_WEEKS = 4
DAYS_IN_WEEK = 7
TREATMENT_DATES = {tried: (since, until) for tried, since, until in TREATMENT_FIELDS.values()}
"""The two dates of each treatment, by the name of the question whether it was tried."""


def _words(label: str, *, length: int, rows: int = 2, hint: str = "") -> forms.CharField:
    """A few lines of free text."""
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, max_length=length, required=False, widget=area, help_text=hint
    )


class BackgroundFields(forms.Form):
    """The fields of the examination around the hands-on part. Everything may stay empty.

    A day that can't be is an error at its field. Weeks since onset are counted from the day it
    began where only that is given.
    """

    episode: Episode

    onset_on = PastDateField(
        label="Began on", required=False, help_text="If the day is known; weeks follow from it."
    )
    diabetes = YesNoField(label="Diabetes?")
    statins = YesNoField(label="Statins now?")
    medication_note = _words("Other medicines and conditions", length=2000)

    differentials = BoxesField("Something else that fits", DIFFERENTIAL_CHOICES)
    differential_note = _words("Why, and what would settle it", length=1000)

    dl_hop_pain = PainField(
        label="Pain in ten hops on both legs", help_text="Leave hops out while it is irritable."
    )
    sl_hop_pain = PainField(label="Pain in ten hops on this leg")

    analysis_speed_kmh = DecimalNumberField(bounds.SPEED_KMH, unit="km/h", label="Speed")
    cadence_spm = WholeNumberField(bounds.CADENCE_SPM, unit="steps/min", label="Cadence")
    calf_loading_note = _words("How the calf is loaded", length=2000)

    shoe_drop_mm = WholeNumberField(
        bounds.HEEL_DROP_MM, unit="mm", label="Heel drop of the usual shoe"
    )
    rigid_heel_counter = YesNoField(label="Stiff heel counter pressing on the heel?")
    heel_lift = YesNoField(label="Heel lift in use?")
    footwear_note = _words("Shoes and pressure on the heel", length=1000)

    goal = _words("What do they want to do again?", length=1000)
    goal_event = forms.CharField(
        label="Event",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"size": 28}),
    )
    goal_event_on = forms.DateField(
        label="Date of the event",
        required=False,
        widget=DateInput,
        error_messages={"invalid": "Give the date of the event as day, month and year."},
    )
    goal_distance_m = KilometresField(label="Distance")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for side in Side:
            words = side.value.title()
            self.fields[f"{side}_contact_ms"] = WholeNumberField(
                bounds.CONTACT_MS, unit="ms", label=f"{words}: contact time"
            )
            self.fields[f"{side}_strike"] = forms.ChoiceField(
                label=f"{words}: foot strike",
                choices=[*STRIKE_CHOICES, ("", "Not seen")],
                widget=Segmented,
                required=False,
            )
        labels = dict(TREATMENT_CHOICES)
        for kind, (tried, since, until) in TREATMENT_FIELDS.items():
            label = str(labels[kind])
            if kind == TreatmentKind.OTHER:
                label = f"{label}, named in the notes"
            self.fields[tried] = YesNoField(label=label)
            self.fields[since] = PastDateField(label=f"{label}: since", required=False)
            self.fields[until] = PastDateField(label=f"{label}: until", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        examined_on = cleaned.get("examined_on")
        self._not_outside(cleaned, "onset_on", examined_on)
        self._count_weeks(cleaned, examined_on)
        for tried, (since, until) in TREATMENT_DATES.items():
            self._check_treatment(cleaned, tried, since, until)
        event_on = cleaned.get("goal_event_on")
        if event_on and examined_on and event_on < examined_on:
            self.add_error("goal_event_on", "The event was before the examination.")
        return cleaned

    def _not_outside(self, cleaned: dict[str, Any], name: str, examined_on: date | None) -> None:
        """Refuse a day before the patient's birth or after the examination."""
        day = cleaned.get(name)
        if day is None:
            return
        if day < self.episode.patient.date_of_birth:
            self.add_error(name, "That is before the patient was born.")
        elif examined_on and day > examined_on:
            self.add_error(name, "This is after the day of the examination.")

    def _count_weeks(self, cleaned: dict[str, Any], examined_on: date | None) -> None:
        onset_on, weeks = cleaned.get("onset_on"), cleaned.get("duration_weeks")
        if onset_on is None or examined_on is None or "duration_weeks" in self.errors:
            return
        counted = (examined_on - onset_on).days // DAYS_IN_WEEK
        if weeks is None:
            cleaned["duration_weeks"] = counted
        elif abs(weeks - counted) > ONSET_SLACK_WEEKS:
            self.add_error(
                "duration_weeks",
                f"From {onset_on:%-d %B %Y} to the examination are {counted} weeks, not {weeks}."
                " Change one of the two, or leave the weeks empty.",
            )

    def _check_treatment(self, cleaned: dict[str, Any], tried: str, since: str, until: str) -> None:
        examined_on = cleaned.get("examined_on")
        for name in (since, until):
            self._not_outside(cleaned, name, examined_on)
        began, ended = cleaned.get(since), cleaned.get(until)
        if (began or ended) and not cleaned.get(tried) and tried not in self.errors:
            self.add_error(tried, "There is a date: answer yes, or take the date out.")
        if began and ended and ended < began:
            self.add_error(until, "It ended before it began.")


def treatment_in_words(tried: BoundField, since: BoundField, until: BoundField) -> str:
    """A stored treatment on a page to read: "Yes, 3 May to 1 June 2025"; blank if not asked."""
    if tried.initial is None:
        return ""
    if not tried.initial:
        return "No"
    return f"Yes, {_between(since.initial, until.initial)}"


def _between(since: date | None, until: date | None) -> str:
    if since and until:
        year = "" if since.year == until.year else f" {since.year}"
        return f"{since:%-d %B}{year} to {until:%-d %B %Y}"
    if since:
        return f"since {since:%-d %B %Y}"
    return f"until {until:%-d %B %Y}" if until else "days not recorded"
