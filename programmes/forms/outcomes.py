"""Which closed period the practice lead looks back on."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from upwell.forms import DateInput


def quarter_before(day: date) -> tuple[date, date]:
    """First and last day of the last calendar quarter that was over before this day."""
    first_of_this = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    last = first_of_this - timedelta(days=1)
    return date(last.year, last.month - 2, 1), last


def period_words(first: date, last: date) -> str:
    """A period as it is read: "1 July to 30 September 2026"."""
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first:%-d %B}{year} to {last:%-d %B %Y}"


class PeriodForm(forms.Form):
    """A closed period: a quarter, a year, or two days. Gives ``first`` and ``last``."""

    period = forms.ChoiceField(
        label="Period",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a period."},
    )
    first_on = forms.DateField(label="First day", required=False, widget=DateInput)
    last_on = forms.DateField(label="Last day", required=False, widget=DateInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = timezone.localdate()
        quarter = quarter_before(self.today)
        before = quarter_before(quarter[0])
        year = date(self.today.year - 1, 1, 1), date(self.today.year - 1, 12, 31)
        self.periods = {"quarter": quarter, "quarter_before": before, "year": year}
        self.fields["period"].choices = [  # type: ignore[attr-defined]
            ("quarter", f"Last quarter: {period_words(*quarter)}"),
            ("quarter_before", f"The quarter before: {period_words(*before)}"),
            ("year", f"Last year: {period_words(*year)}"),
            ("own", "From one day to another"),
        ]

    def clean(self) -> dict[str, Any]:
        """The two days; an open or empty period is an error at its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        chosen = cleaned.get("period")
        if chosen in self.periods:
            cleaned["first"], cleaned["last"] = self.periods[chosen]
        elif chosen == "own":
            self._own(cleaned)
        return cleaned

    def _own(self, cleaned: dict[str, Any]) -> None:
        for name, words in (("first_on", "first"), ("last_on", "last")):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, f"Give the {words} day of the period.")
        first, last = cleaned.get("first_on"), cleaned.get("last_on")
        if last and last >= self.today:
            self.add_error(
                "last_on",
                f"This period is not over yet: today is {self.today:%-d %B %Y}. Choose a last day"
                " that has passed.",
            )
        elif first and last and last < first:
            self.add_error("last_on", "The last day lies before the first.")
        cleaned["first"], cleaned["last"] = first, last
