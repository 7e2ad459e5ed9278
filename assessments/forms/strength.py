"""What may be typed about tests: heel raises, loaded raises, hops and walking."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from assessments.forms.fields import DecimalNumberField, WholeNumberField
from assessments.models import STOP_CHOICES, HeelRaiseTest
from assessments.rules import bounds
from assessments.rules.heel_raise import NOISE_REPETITIONS
from assessments.rules.strength import Knee
from assessments.selectors import FUNCTION_FIELDS, HEEL_RAISE_FIELDS
from patients.models import Episode
from patients.rules.terms import Side
from upwell.forms import PainField, PastDateField, UnitNumber, YesNoField, plain_number

KNEES = {Knee.STRAIGHT: "knee straight, standing", Knee.BENT: "knee bent, seated"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One row of the table: its fields for a leg, without the side, and what it is."""

    label: str
    fields: tuple[str, ...]
    hint: str = ""


MEASURES = (
    Measure(label="Repetitions", fields=("repetitions",), hint="to failure, 30 a minute"),
    Measure(label="Stopped because", fields=("stop",)),
    Measure(label="Peak height", fields=("height_cm",), hint="of the heel, if measured"),
    Measure(
        label="Loaded, knee straight",
        fields=("straight_kg", "straight_reps"),
        hint="standing: kg added to body weight",
    ),
    Measure(
        label="Loaded, knee bent",
        fields=("bent_kg", "bent_reps"),
        hint="seated: kg on the machine or the knee",
    ),
    Measure(label="Hop", fields=("hop_cm",), hint="height or distance, the same on both legs"),
)
PAIN_FIELDS = tuple(f"{side}_pain" for side in Side)
CIRCUMSTANCE_FIELDS = ("body_kg", "on_incline", "protocol_note")
# In the order of the page: the table row by row, left before right.
STRENGTH_TABLE_FIELDS = tuple(
    f"{side}_{name}" for measure in MEASURES for side in Side for name in measure.fields
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One leg's fields of a measure, and what they held last time (blank if never)."""

    side: Side
    fields: tuple[BoundField, ...]
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table: the measure, and a cell for each leg."""

    label: str
    hint: str
    cells: tuple[Cell, ...]


def _of_side(side: Side) -> dict[str, forms.Field]:
    """The fields of one leg, named as their columns."""
    words = side.value.title()
    fields: dict[str, forms.Field] = {
        f"{side}_repetitions": WholeNumberField(
            bounds.REPETITIONS, unit="reps", label=f"{words}: repetitions"
        ),
        f"{side}_pain": PainField(label=f"{words}: pain during"),
        f"{side}_stop": forms.ChoiceField(
            label=f"{words}: stopped because",
            choices=[("", "Not recorded"), *STOP_CHOICES],
            required=False,
        ),
        f"{side}_height_cm": DecimalNumberField(
            bounds.HEEL_HEIGHT_CM, unit="cm", label=f"{words}: peak height"
        ),
        f"{side}_hop_cm": DecimalNumberField(bounds.HOP_CM, unit="cm", label=f"{words}: hop"),
    }
    for knee, position in KNEES.items():
        fields[f"{side}_{knee}_kg"] = DecimalNumberField(
            bounds.LOAD_KG, unit="kg", label=f"{words}: load, {position}"
        )
        fields[f"{side}_{knee}_reps"] = WholeNumberField(
            bounds.REPETITIONS, unit="reps", label=f"{words}: repetitions, {position}"
        )
    for field in fields.values():
        if isinstance(field.widget, UnitNumber):
            # Two of them stand side by side in a cell.
            field.widget.characters = 4
    return fields


class StrengthFields(forms.Form):
    """The fields of a heel-raise test, for every form that records one: ``HEEL_RAISE_FIELDS``.

    A load without its repetitions, or the reverse, is an error at the field that is missing.
    ``earlier`` is the test whose values stand in grey beside the fields, if there is one.
    """

    earlier: HeelRaiseTest | None = None
    # A smaller change than this is said to be within measurement error.
    noise = NOISE_REPETITIONS

    body_kg = DecimalNumberField(bounds.BODY_KG, unit="kg", label="Body weight")
    on_incline = YesNoField(label="On a 10° incline board?")
    protocol_note = forms.CharField(
        label="What was different from the protocol?", max_length=500, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for side in Side:
            self.fields |= _of_side(side)

    def strength_rows(self) -> Iterator[Row]:
        """The table of measures, left before right, with the earlier values."""
        for measure in MEASURES:
            cells = tuple(
                Cell(
                    side=side,
                    fields=tuple(self[f"{side}_{name}"] for name in measure.fields),
                    before=self._before(side, measure),
                )
                for side in Side
            )
            yield Row(label=measure.label, hint=measure.hint, cells=cells)

    def strength_pain(self) -> list[BoundField]:
        """Pain during the repetitions, left before right."""
        return [self[name] for name in PAIN_FIELDS]

    def circumstances(self) -> list[BoundField]:
        """What belongs to the whole test: body weight, the board, what was done differently."""
        return [self[name] for name in CIRCUMSTANCE_FIELDS]

    def _before(self, side: Side, measure: Measure) -> str:
        """The earlier values of a cell in words; blank if there are none."""
        parts = []
        for name in measure.fields:
            value = getattr(self.earlier, f"{side}_{name}", None)
            if value is None or value == "":
                continue
            if isinstance(value, Decimal):
                parts.append(f"{plain_number(value)} {name.rsplit('_', 1)[1]}")
            else:
                parts.append(dict(STOP_CHOICES).get(value, str(value)))
        return " × ".join(parts)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for side in Side:
            for knee in KNEES:
                self._check_pair(cleaned, f"{side}_{knee}_kg", f"{side}_{knee}_reps")
        return cleaned

    def _check_pair(self, cleaned: dict[str, Any], kg: str, reps: str) -> None:
        if kg in self.errors or reps in self.errors:
            return
        if cleaned.get(kg) is not None and cleaned.get(reps) is None:
            self.add_error(reps, "Give the repetitions done with this load.")
        if cleaned.get(reps) is not None and cleaned.get(kg) is None:
            self.add_error(kg, "Give the load of these repetitions; 0 for none added.")


class FunctionTestForm(StrengthFields):
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

    def __init__(self, *args: Any, episode: Episode, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.episode = episode

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
        values = {name: self.cleaned_data.get(name) for name in names}
        return values if any(value not in (None, "") for value in values.values()) else {}
