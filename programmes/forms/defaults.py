"""What may be typed about the practice defaults: every setting, and why it is changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms
from django.forms.boundfield import BoundField

from assessments.rules.defaults import AssessmentDefaults
from assessments.rules.practice import DefaultRow
from assessments.rules.sources import SOURCES, Source
from programmes.rules.defaults import ProgrammeDefaults
from upwell.forms import UnitNumber

# Where each group of settings begins, in the order they are declared in.
GROUPS = {
    "assessments.visa_minimum_weeks": "VISA-A",
    "assessments.phase_light_load_pain": "Phase",
    "assessments.rupture_signs": "Screening and cortisone",
    "assessments.heel_raise_gate_repetitions": "Heel raises",
    "assessments.running_recent_days": "Running while settling, and pain",
    "assessments.heel_drop_decrease_mm": "What came before onset",
    "assessments.unlock_dorsiflexion_pain": "Unlocking step drops",
    "programmes.pain_ceiling": "Pain of a session and of the next morning",
    "programmes.rising_pain": "Rising weeks",
    "programmes.regress_limit": "Repeated steps back",
    "programmes.ok_isometric": "Good sessions before a step up",
    "programmes.light_during": "Days of rest",
    "programmes.repetition_s": "The week",
    "programmes.longer_run_every_days": "Runs",
    "programmes.e1_raise_pain": "Stage exits",
    "programmes.review_weeks": "Review",
    "programmes.no_contact_days": "The day’s list",
    "programmes.drop_out_days": "The practice’s outcomes",
    "programmes.reopened_examine_days": "An episode opened again",
}
# What must not be above what: else no value in between is left, or the wrong rule speaks first.
IN_ORDER = (
    ("assessments.safe_pain", "assessments.acceptable_pain"),
    ("programmes.next_day_rise_hold", "programmes.next_day_rise_regress"),
    ("programmes.stiffness_hold_min", "programmes.stiffness_regress_min"),
    ("programmes.rising_weeks_hold", "programmes.rising_weeks_regress"),
    ("programmes.light_during", "programmes.medium_during"),
    ("programmes.light_next_day", "programmes.medium_next_day"),
    ("programmes.light_days", "programmes.medium_days"),
    ("programmes.medium_days", "programmes.high_days"),
)
ROWS: Mapping[str, DefaultRow] = {
    f"{app}.{row.name}": row
    for app, settings in (
        ("assessments", AssessmentDefaults()),
        ("programmes", ProgrammeDefaults()),
    )
    for row in settings.described()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingShown:
    """One setting on the page: its field, ours beside it, and where ours is from.

    ``changed`` says that the value in force differs from ours.
    """

    field: BoundField
    row: DefaultRow
    source: Source
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupShown:
    """Settings that belong together, under one heading; ``key`` is an anchor on the page."""

    key: str
    title: str
    settings: tuple[SettingShown, ...]


def field_name(name: str) -> str:
    """The name of the field of a setting: "programmes.pain_ceiling" is "programmes-pain_ceiling".

    A point would have to be escaped in a style or a script.
    """
    return name.replace(".", "-")


def limits(row: DefaultRow) -> str:
    """What may be typed for this setting, as the error says it."""
    return f"Give a whole number from {row.low} to {row.high}."


class DefaultsForm(forms.Form):
    """Every setting in force, to be changed, with the reason.

    ``version`` is the number of the change that the page showed.
    """

    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, row in ROWS.items():
            said = limits(row)
            self.fields[field_name(name)] = forms.IntegerField(
                label=row.label,
                help_text=row.note,
                min_value=row.low,
                max_value=row.high,
                widget=UnitNumber(unit=row.unit, characters=4, attrs={"inputmode": "numeric"}),
                error_messages=dict.fromkeys(
                    ("required", "invalid", "min_value", "max_value"), said
                ),
            )
        self.fields["reason"] = forms.CharField(
            label="Reason for the change",
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text="Kept with the change, for whoever asks later.",
            error_messages={"required": "Give the reason for the change."},
        )

    @staticmethod
    def stored(number: int, values: Mapping[str, int]) -> dict[str, Any]:
        """The form's values for what is in force."""
        rows = {field_name(name): values.get(name, row.shipped) for name, row in ROWS.items()}
        return {"version": number, **rows}

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        for low, high in IN_ORDER:
            least, most = found.get(field_name(low)), found.get(field_name(high))
            if least is not None and most is not None and least > most:
                self.add_error(
                    field_name(low),
                    f"This can’t be more than “{ROWS[high].label}”, which is {most}.",
                )
        return found

    @property
    def number(self) -> int:
        """The change that was in force on the page typed over; 0 for none."""
        return int(self.cleaned_data["version"])

    def settings_of(self, app: str) -> dict[str, int]:
        """What was typed for one app, by name of the setting."""
        return {
            row.name: self.cleaned_data[field_name(name)]
            for name, row in ROWS.items()
            if name.startswith(f"{app}.")
        }

    def groups(self, values: Mapping[str, int]) -> tuple[GroupShown, ...]:
        """Every setting under its heading; ``values`` are those in force that differ from ours."""
        groups: list[tuple[str, str, list[SettingShown]]] = []
        for name, row in ROWS.items():
            if name in GROUPS:
                groups.append((field_name(name), GROUPS[name], []))
            groups[-1][2].append(
                SettingShown(
                    field=self[field_name(name)],
                    row=row,
                    source=SOURCES[row.source],
                    changed=values.get(name, row.shipped) != row.shipped,
                )
            )
        return tuple(
            GroupShown(key=key, title=title, settings=tuple(settings))
            for key, title, settings in groups
        )

    def over(
        self, number: int, *, before: Mapping[str, int], values: Mapping[str, int]
    ) -> "DefaultsForm":
        """What was typed, upon change ``number`` that was saved meanwhile with these ``values``.

        What nobody typed, by what was in force ``before``, takes the value saved meanwhile; saving
        again therefore replaces only what was typed. For a valid form.
        """
        upon: dict[str, Any] = {**self.stored(number, values)}
        upon |= {field: typed for _, field, typed in self._typed_upon(before)}
        kept = {name: self.data[name] for name in ("form_token", "reason")}
        return DefaultsForm({**kept, **upon})

    def differences(
        self, *, before: Mapping[str, int], values: Mapping[str, int]
    ) -> Iterator[tuple[str, str, str]]:
        """What somebody else changed meanwhile: label, saved and typed, each with its unit.

        ``before`` was in force when the form was opened, ``values`` are in force now. Blank stands
        for a setting nobody typed here. For a valid form.
        """
        mine = {name: typed for name, _, typed in self._typed_upon(before)}
        for name, row in ROWS.items():
            theirs = values.get(name, row.shipped)
            if theirs != before.get(name, row.shipped):
                typed = f"{mine[name]} {row.unit}" if name in mine else ""
                yield row.label, f"{theirs} {row.unit}", typed

    def _typed_upon(self, before: Mapping[str, int]) -> Iterator[tuple[str, str, int]]:
        """The settings typed otherwise than they were: name, name of the field and value."""
        for name, row in ROWS.items():
            typed = self.cleaned_data[field_name(name)]
            if typed != before.get(name, row.shipped):
                yield name, field_name(name), typed
