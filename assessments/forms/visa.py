"""The eight items of the VISA-A, for every form that asks them, in the wording given."""

import re
from typing import Any

from django import forms

from assessments.forms.fields import WholeNumberField
from assessments.rules import bounds
from assessments.rules.visa import BAND_LABELS, PART_LABELS, SPORT_LABELS
from assessments.wording import Words
from upwell.forms import PainField, PointsPicker, Segmented

SCALES = ("q2", "q3", "q4", "q5")
ITEM_FIELDS = ("q1_minutes", *SCALES, "q6_hops")
_MINUTES = re.compile(r"(?<=\d)\s*(m|mins?|minutes?)\.?\s*$", re.IGNORECASE)
PART_FIELDS = tuple(f"q8_{part.lower()}" for part in PART_LABELS)


class MinutesField(WholeNumberField):
    """Minutes, also with their unit typed after them: "35 min"."""

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str):
            value = _MINUTES.sub("", value)
        found: int | None = super().to_python(value)
        return found


def visa_fields(words: Words) -> dict[str, forms.Field]:
    """A field for each item, three for the last; all may stay empty."""
    items = words.items

    def said(name: str) -> dict[str, Any]:
        return {"label": f"{name[1:]}. {items[name].label}", "help_text": items[name].hint}

    fields: dict[str, forms.Field] = {
        "q1_minutes": MinutesField(bounds.MINUTES, unit="min", **said("q1"))
    }
    for name in SCALES:
        widget = PointsPicker()
        if not words.is_own:
            widget.ends = (items[name].worst, items[name].best)
        fields[name] = PainField(widget=widget, **said(name))
    fields["q6_hops"] = WholeNumberField(bounds.HOPS, unit="hops", **said("q6"))
    fields["q7"] = forms.ChoiceField(
        choices=[*((level, words.sport[level]) for level in SPORT_LABELS), ("", "Not asked")],
        widget=Segmented,
        required=False,
        **said("q7"),
    )
    bands = [(band, words.bands[band]) for band in BAND_LABELS]
    for part in PART_LABELS:
        fields[f"q8_{part.lower()}"] = forms.ChoiceField(
            label=f"8{part}. {words.parts[part]}",
            choices=[*bands, ("", "Not this one")],
            widget=Segmented,
            required=False,
        )
    if not words.is_own:
        # The three parts carry labels of their own; what is asked of all stands above the first.
        last = items["q8"]
        fields[PART_FIELDS[0]].help_text = f"{last.label} {last.hint}".strip()
    return fields


def one_part_of_q8(form: forms.Form, cleaned: dict[str, Any]) -> None:
    """Set ``q8_part`` and ``q8_band`` from the one part answered; more than one is an error."""
    answered = {
        part: cleaned[name]
        for part, name in zip(PART_LABELS, PART_FIELDS, strict=True)
        if cleaned.get(name)
    }
    if len(answered) > 1:
        parts = " and ".join(answered)
        form.add_error(
            f"q8_{max(answered).lower()}",
            f"Item 8 has one answer: A, B or C. {parts} are filled in; keep one.",
        )
    part, band = next(iter(answered.items())) if len(answered) == 1 else ("", "")
    cleaned["q8_part"], cleaned["q8_band"] = part, band
