"""Fields that forms about a tendon share: numbers with a unit, distances, and boxes to tick."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from assessments.models import SCREENING_GROUPS
from assessments.rules import bounds
from assessments.rules.bounds import Bounds
from assessments.rules.screening import ANSWER_LABELS, WELLS_ITEMS
from upwell.forms import UnitNumber, plain_number

NONE_OF_THESE = "none"
METRES_IN_KM = 1000
# Digits of a refused number that its error still repeats.
ECHO_DIGITS = 12
GROUP_TITLES = {
    "rupture": "Rupture",
    "clot": "Clot in the leg",
    "infection": "Infection",
    "bone": "Stress fracture",
    "inflammatory": "Inflammatory disease",
    "lipids": "Cholesterol",
    "nerve": "Nerve",
    "tumour": "Serious illness",
}


class GroupBoxes(forms.CheckboxSelectMultiple):
    """Boxes of one group. Nothing ticked is ``None``: not asked, which is never "none of these"."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return super().value_from_datadict(data, files, name) or None


class BoxesField(forms.MultipleChoiceField):
    """What applies of a list, ``[]`` for "none of these", ``None`` for not asked."""

    widget = GroupBoxes

    def __init__(self, label: str, choices: Iterable[tuple[str, str]]) -> None:
        super().__init__(
            label=label, choices=[*choices, (NONE_OF_THESE, "None of these")], required=False
        )

    def prepare_value(self, value: Any) -> Any:
        """A stored empty list is the tick at "none of these"."""
        return [NONE_OF_THESE] if value == [] else value

    def clean(self, value: Any) -> Any:
        ticked = super().clean(value)
        if not ticked:
            return None
        if NONE_OF_THESE in ticked and len(ticked) > 1:
            raise ValidationError("Either none of these, or what applies: not both.")
        return [name for name in ticked if name != NONE_OF_THESE]


class GroupField(BoxesField):
    """One screening group: what applies, ``[]`` for "none of these", ``None`` for not asked."""

    def __init__(self, group: str) -> None:
        words = {**ANSWER_LABELS, **WELLS_ITEMS}
        super().__init__(
            GROUP_TITLES[group], [(name, words[name]) for name in SCREENING_GROUPS[group]]
        )


class WholeNumberField(forms.IntegerField):
    """A whole number with its unit inside the box; empty means not measured."""

    def __init__(self, limits: Bounds, *, unit: str, **kwargs: Any) -> None:
        self.limits = limits
        sentence = f"Write a whole number {limits.says}."
        super().__init__(
            required=False,
            widget=UnitNumber(unit=unit),
            error_messages={"invalid": sentence},
            **kwargs,
        )

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and not self.limits.low <= value <= self.limits.high:
            raise ValidationError(f"Must be {self.limits.says}, not {value}.")


class DecimalNumberField(forms.DecimalField):
    """A number to one decimal place with its unit inside the box; a decimal comma is read too.

    Empty means not measured.
    """

    def __init__(self, limits: Bounds, *, unit: str, **kwargs: Any) -> None:
        self.limits = limits
        super().__init__(
            required=False,
            decimal_places=1,
            widget=UnitNumber(unit=unit),
            error_messages={
                "invalid": f"Write a number {limits.says}.",
                "max_decimal_places": "One decimal place is enough.",
            },
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        return super().to_python(str(value).replace(",", ".") if value is not None else None)

    def prepare_value(self, value: Any) -> Any:
        return plain_number(value) if isinstance(value, Decimal) else value

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and not self.limits.low <= value <= self.limits.high:
            # A power of ten in the typed number may be a word of a million digits.
            given = f", not {plain_number(value)}" if abs(value.adjusted()) < ECHO_DIGITS else ""
            raise ValidationError(f"Must be {self.limits.says}{given}.")


class KilometresField(forms.DecimalField):
    """A distance typed in kilometres, with a decimal point or comma; it gives whole metres."""

    limits = Bounds(low=0, high=bounds.DISTANCE_M.high // METRES_IN_KM, unit="km")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            decimal_places=3,
            widget=UnitNumber(unit="km"),
            error_messages={
                "invalid": f"Write a number {self.limits.says}.",
                "max_decimal_places": "Three decimal places are enough: that is metres.",
            },
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        return super().to_python(str(value).replace(",", ".") if value is not None else None)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and not self.limits.low < value <= self.limits.high:
            raise ValidationError(f"Must be more than 0 and at most {self.limits.high} km.")

    def clean(self, value: Any) -> int | None:
        kilometres: Decimal | None = super().clean(value)
        return None if kilometres is None else int(kilometres * METRES_IN_KM)

    def prepare_value(self, value: Any) -> Any:
        """Stored metres as kilometres; what was typed stays as it was."""
        return plain_number(Decimal(value) / METRES_IN_KM) if isinstance(value, int) else value
