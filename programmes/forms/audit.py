"""What a practice lead asks of the time line of the practice."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils import timezone

from patients.models import Patient, User
from programmes.selectors.audit import KINDS, Question, people, person_with
from upwell.forms import DateInput

USUAL_DAYS = 7
# A choice of more people than this is slower to read than to search.
PEOPLE_TO_CHOOSE = 60
EACH, ONCE = "each", "once"
WHAT_CHOICES = [
    ("", "Everything"),
    ("opened", "Records opened"),
    ("printed", "Papers and exports"),
    ("changed", "Changes"),
    ("refused", "Refused"),
    ("signed", "Sign-ins"),
]
LINES_CHOICES = [
    (EACH, "Every time"),
    (ONCE, "Once each"),
]


def _called(user: User) -> str:
    return user.display_name + ("" if user.is_active else " (left)")


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


class PersonSearchForm(forms.Form):
    """A few letters of the name or e-mail address of somebody who works or worked here."""

    who = forms.CharField(
        max_length=100,
        required=False,
        error_messages={"max_length": "Type fewer letters: a hundred are more than enough."},
    )


class AuditForm(forms.Form):
    """Which person, days and kinds; it stands in the address, so a patient is a code in it.

    In a small practice the person is chosen from a list, else searched for and then a code too.
    """

    user = forms.UUIDField(
        label="Person",
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid": "Choose a person."},
    )
    first = forms.DateField(
        label="First day", widget=DateInput, error_messages={"required": "Give the first day."}
    )
    last = forms.DateField(
        label="Last day", widget=DateInput, error_messages={"required": "Give the last day."}
    )
    what = forms.ChoiceField(label="What", required=False, choices=WHAT_CHOICES)
    lines = forms.ChoiceField(label="Lines", required=False, choices=LINES_CHOICES)
    patient = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, asked: QueryDict) -> None:
        today = timezone.localdate()
        usual = {"first": today - timedelta(days=USUAL_DAYS - 1), "last": today, "lines": EACH}
        data = {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in usual.items()
        }
        super().__init__(data | {name: value for name, value in asked.items() if value})
        self.person: User | None = None
        few = people(most=PEOPLE_TO_CHOOSE)
        self.searches_people = few is None
        if few is not None:
            self.fields["user"].widget = forms.Select(
                choices=[("", "Everybody"), *((str(user.code), _called(user)) for user in few)]
            )

    def clean_user(self) -> UUID | None:
        """The code of a person there is."""
        code: UUID | None = self.cleaned_data["user"]
        self.person = person_with(code) if code else None
        if code and self.person is None:
            raise forms.ValidationError("Choose a person.")
        return code

    def clean(self) -> dict[str, Any]:
        """The days in order; each patient once needs a person or a patient."""
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "The last day lies before the first.")
        for name in ("first", "last"):
            day = cleaned.get(name)
            if day and not 2000 <= day.year <= 2200:
                self.add_error(name, "Give a year between 2000 and 2200.")
        if self.once and not (cleaned.get("user") or cleaned.get("patient")):
            self.add_error("lines", "For this, choose a person or a patient.")
        return cleaned

    @property
    def once(self) -> bool:
        """Whether each patient and person is asked for once."""
        return bool(self.cleaned_data.get("lines") == ONCE)

    @property
    def says(self) -> str:
        """What a valid form asks, in words, for paper."""
        cleaned = self.cleaned_data
        what = dict(WHAT_CHOICES)[cleaned["what"]].lower()
        return (
            f"{cleaned['first']:%-d %B %Y} to {cleaned['last']:%-d %B %Y}, {what},"
            f" {self.person.display_name if self.person else 'everybody'}"
        )

    def question(self, *, patient: Patient | None, prints: Iterable[str]) -> Question:
        """What is asked, for a valid form; ``patient`` is the one its code names."""
        cleaned, what = self.cleaned_data, self.cleaned_data["what"]
        return Question(
            kinds=frozenset({what}) if what else KINDS,
            patient=patient,
            user=self.person,
            since=_start(cleaned["first"]),
            until=_start(cleaned["last"] + timedelta(days=1)),
            prints=tuple(prints),
        )

    @property
    def everybodys(self) -> str:
        """The same question about all patients."""
        return self.address(patient=None)

    @property
    def everyones(self) -> str:
        """The same question about everybody who works here."""
        return self.address(user=None)

    def address(self, **changes: Any) -> str:
        """The query string of this question with some values changed, None taking one away."""
        values = {name: self.data.get(name) for name in self.fields} | changes
        return "?" + urlencode({name: value for name, value in values.items() if value})
