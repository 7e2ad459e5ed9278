"""How every form looks and reads: one renderer, the widgets of the clinic and their fields."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.forms.renderers import TemplatesSetting
from django.utils import timezone
from django.utils.formats import date_format

# Signs nobody sees that turn around how the letters after them are shown, also those of the
# sentence a name stands in. Marks of one place (U+200E, U+200F) do nothing to others and are taken.
IN_READING_ORDER = RegexValidator(
    "[\u202a-\u202e\u2066-\u2069]",
    "This has a hidden sign in it that turns the order of the letters around. Clear the field and "
    "type it anew.",
    code="reading_order",
    inverse_match=True,
)
PAIN_MAX = 10
# The picture of the leg shows the first ten centimetres; the field accepts what lies above it too.
TENDER_MAX_CM = Decimal(15)
PICTURE_MAX_CM = Decimal(10)
PICTURE_INSERTION_Y = 272
PICTURE_CM = 24


class UpwellRenderer(TemplatesSetting):
    """Draws each form and field with the templates in ``templates/partials/``."""

    form_template_name = "partials/form.html"
    formset_template_name = "partials/formset.html"
    field_template_name = "partials/field.html"


class UnitNumber(forms.TextInput):
    """A number typed as text with its unit inside the box; what was typed survives an error.

    ``unit`` is read out after the label. ``characters`` sets the width of the box.
    """

    template_name = "partials/widgets/unit_number.html"

    def __init__(
        self, *, unit: str, characters: int = 6, attrs: dict[str, Any] | None = None
    ) -> None:
        self.unit = unit
        self.characters = characters
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        widget = context["widget"]
        widget["unit"] = self.unit
        widget["attrs"].setdefault("size", self.characters)
        if widget["attrs"].get("id"):
            described = (f"{widget['attrs']['id']}_unit", widget["attrs"].get("aria-describedby"))
            widget["attrs"]["aria-describedby"] = " ".join(filter(None, described))
        return context


class DateInput(forms.DateInput):
    """The browser's own date picker, filled in ISO form whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class Segmented(forms.RadioSelect):
    """Radio buttons side by side, nothing chosen beforehand, with a last one for "not asked".

    Sends an empty value for "not asked", so an answer can be taken back without a script.
    """

    template_name = "partials/widgets/segmented.html"
    blank_label = "Not asked"

    def format_value(self, value: Any) -> list[str]:
        # Nothing recorded yet has no button down, "not asked" neither.
        return [] if value in (None, "") else [str(value)]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        options = [option for group in context["widget"]["optgroups"] for option in group[1]]
        context["widget"]["options"] = [option for option in options if option["value"] != ""]
        context["widget"]["blank"] = next((o for o in options if o["value"] == ""), None)
        return context


class YesNo(Segmented):
    """Yes, No or not asked. Keys: y, n; Delete takes the answer back."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, choices=[("yes", "Yes"), ("no", "No"), ("", self.blank_label)])

    def format_value(self, value: Any) -> list[str]:
        words = {True: "yes", False: "no", None: "none"}
        # Unset has no button down; an empty string was chosen as "not asked".
        return [words.get(value, str(value))]


class PainPicker(Segmented):
    """Pain 0 to 10 in one row of buttons. Keys: digits (1 then 0 is ten), arrows, Delete."""

    template_name = "partials/widgets/pain_picker.html"
    # What 0 and 10 mean, and whether the bands of the pain model are marked on the buttons.
    ends: tuple[str, str] = ("no pain", "worst pain")
    banded = True

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"] |= {"ends": self.ends, "banded": self.banded}
        return context

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        numbers = [(str(number), str(number)) for number in range(PAIN_MAX + 1)]
        super().__init__(attrs, choices=[*numbers, ("", self.blank_label)])

    def format_value(self, value: Any) -> list[str]:
        if value is None:
            return ["none"]
        # A stored Decimal("4.0") is the button 4.
        if isinstance(value, Decimal) and value == value.to_integral_value():
            return [str(int(value))]
        return [str(value)]


class PointsPicker(PainPicker):
    """Points 0 to 10 where ten is best: the same row of buttons, its ends named the other way."""

    ends = ("worst pain", "no pain")
    banded = False


class TenderPoints(forms.TextInput):
    """Tender points as centimetres above the insertion, typed or clicked on a picture."""

    template_name = "partials/widgets/tender_points.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "placeholder": "", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, (list, tuple)):
            return ", ".join(plain_number(point) for point in value) or None
        return None if value in (None, "") else str(value)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        try:
            points = parse_tender_points(self.format_value(value) or "")
        except ValidationError:
            points = []
        shown = [point for point in points if point <= PICTURE_MAX_CM]
        context["widget"]["dots"] = [
            f"{PICTURE_INSERTION_Y - point * PICTURE_CM:f}" for point in shown
        ]
        return context


class YesNoField(forms.Field):
    """``True``, ``False``, or ``None`` for not asked."""

    widget = YesNo
    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": "Choose yes or no",
        "invalid": "Choose yes or no, not “%(value)s”",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, **kwargs})

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        if value in (True, "yes", "True", "true"):
            return True
        if value in (False, "no", "False", "false"):
            return False
        raise ValidationError(
            self.error_messages["invalid"], code="invalid", params={"value": value}
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        try:
            return self.to_python(initial) is not self.to_python(data)
        except ValidationError:
            return True


class PainField(forms.Field):
    """Pain as a whole number from 0 to 10, or ``None`` for not asked. Zero is an answer."""

    widget = PainPicker
    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": "Give the pain from 0 to 10",
        "invalid": "Pain is 0 to 10, not “%(value)s”",
        "whole": "Pain is 0 to 10 in whole numbers, not “%(value)s”",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, **kwargs})

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        params = {"value": value}
        try:
            number = Decimal(str(value).strip().replace(",", "."))
        except InvalidOperation:
            raise ValidationError(
                self.error_messages["invalid"], code="invalid", params=params
            ) from None
        if not number.is_finite() or not 0 <= number <= PAIN_MAX:
            raise ValidationError(self.error_messages["invalid"], code="invalid", params=params)
        if number != number.to_integral_value():
            raise ValidationError(self.error_messages["whole"], code="whole", params=params)
        return int(number)

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class TenderPointsField(forms.Field):
    """Tender points in centimetres above the insertion (0 to 15), sorted, each once.

    Blank gives ``[]``. "4, 4.5", "4 4.5", "4; 4.5" and "4; 4,5" are read; "4,5" alone could be one
    point or two, and is refused.
    """

    widget = TenderPoints

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, **kwargs})

    def to_python(self, value: Any) -> list[Decimal]:
        if value in self.empty_values:
            return []
        if isinstance(value, (list, tuple)):
            return sorted({Decimal(str(point)) for point in value})
        return parse_tender_points(str(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


def plain_number(number: Decimal) -> str:
    """The number without trailing zeros or exponent: 4, 4.5."""
    text = f"{Decimal(str(number)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def parse_tender_points(text: str) -> list[Decimal]:
    """The points of a typed list, or ``ValidationError`` in words."""
    text = re.sub(r"\s*cm\b", " ", text.strip(), flags=re.IGNORECASE)
    if ";" in text:
        parts = re.split(r"[;\s]+", text.replace(",", "."))
    elif re.search(r"\d,\d", text):
        raise ValidationError(
            "Put a space after the comma for two points (4, 5), or a point for a half (4.5)",
            code="ambiguous",
        )
    else:
        parts = re.split(r"[,\s]+", text)
    points: set[Decimal] = set()
    for part in filter(None, parts):
        if not re.fullmatch(r"-?\d{1,3}(\.\d+)?", part):
            raise ValidationError(
                "Write centimetres above the insertion, like 4, 4.5; “%(part)s” isn’t a number",
                code="invalid",
                params={"part": part},
            )
        point = Decimal(part)
        if not 0 <= point <= TENDER_MAX_CM:
            raise ValidationError(
                "A tender point is 0 to %(most)s cm above the insertion, not %(part)s",
                code="range",
                params={"most": TENDER_MAX_CM, "part": part},
            )
        if point * 10 % 1:
            raise ValidationError(
                "One decimal place is enough: 4.5, not %(part)s",
                code="decimals",
                params={"part": part},
            )
        points.add(point)
    return sorted(points)


class PastDateField(forms.DateField):
    """A day that has come: today or earlier, by the practice's clock."""

    widget = DateInput
    default_error_messages: ClassVar[dict[str, Any]] = {
        "future": "This date is in the future: today is %(today)s.",
    }

    def validate(self, value: Any) -> None:
        super().validate(value)
        today = timezone.localdate()
        if value is not None and value > today:
            raise ValidationError(
                self.error_messages["future"],
                code="future",
                params={"today": f"{today:%-d %B %Y}"},
            )


def differences(form: forms.Form, stored: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Where a form says otherwise than ``stored``: label, stored and typed, each in words.

    ``stored`` has the form's values of the record as somebody else saved it, by name of the field.
    """
    told = []
    for bound in form.visible_fields():
        theirs = _in_words(bound.field, stored.get(bound.name))
        mine = _in_words(bound.field, bound.value())
        if theirs != mine:
            told.append((str(bound.label), theirs, mine))
    return told


def _in_words(field: forms.Field, value: Any) -> str:
    match field:
        case forms.BooleanField():
            return "yes" if value else "no"
        case forms.ChoiceField():
            values = value if isinstance(value, list) else [value or ""]
            words = _flat(field.choices)
            return ", ".join(words.get(str(each), str(each)) for each in sorted(values))
        case forms.DateField():
            try:
                day = field.to_python(value)
            except ValidationError:
                return str(value)
            return date_format(day, "j F Y") if day else ""
        case _:
            return "" if value is None else str(value).replace("\r\n", "\n").strip()


def _flat(choices: Any) -> dict[str, str]:
    """The words of each choice, whether it stands in a group or not."""
    found: dict[str, str] = {}
    for value, words in choices:
        if isinstance(words, list | tuple):
            found |= _flat(words)
        else:
            found[str(value)] = str(words)
    return found
