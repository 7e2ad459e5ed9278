"""What may be typed about the practice's own exercises and the weights it owns."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from assessments.rules.contraindications import ROW_LABELS
from assessments.rules.terms import MatrixRow, Stage
from programmes.drawing import drawing_of_exercise
from programmes.models import OwnedWeight, PracticeExercise
from programmes.rules.dose import Tempo, Usual
from programmes.rules.library import Catalogue, Contraction, Equipment, Exercise, Knee
from programmes.rules.library.practice import INSTRUCTION_LINES, NAME_LENGTH
from programmes.rules.library.search import (
    CONTRACTION_WORDS,
    EQUIPMENT_WORDS,
    KNEE_WORDS,
    RANGE_WORDS,
    SIDE_WORDS,
    STAGE_WORDS,
)
from programmes.rules.terms import DoseSide, Range
from upwell.forms import UnitNumber, differences

KEEP = ("", "As it is drawn now")
NO_EASIER = ("", "None: this is the easiest")
MOST_KG = Decimal(200)
TEMPO = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{1,2})")


def _choices(words: Mapping[Any, str]) -> list[tuple[str, str]]:
    return [(each.value, said) for each, said in words.items()]


def _by_stage(catalogue: Catalogue) -> list[tuple[str, list[tuple[str, str]]]]:
    """The exercises as groups of a list to choose from."""
    return [
        (said, [(each.key, each.name) for each in catalogue.values() if each.stage is stage])
        for stage, said in STAGE_WORDS.items()
    ]


class SearchForm(forms.Form):
    """What is looked for in the library; nothing here can be wrong, only unknown."""

    q = forms.CharField(label="Search", max_length=80, required=False)
    stage = forms.ChoiceField(required=False, choices=[("", "Any stage"), *_choices(STAGE_WORDS)])
    row = forms.ChoiceField(
        label="Kind", required=False, choices=[("", "Any kind"), *_choices(ROW_LABELS)]
    )
    equipment = forms.ChoiceField(
        required=False, choices=[("", "Any equipment"), *_choices(EQUIPMENT_WORDS)]
    )
    home = forms.BooleanField(label="Can be done at home", required=False)

    def wanted(self) -> dict[str, Any]:
        """What ``matching`` takes; what isn't known is not asked for."""
        self.is_valid()
        found = self.cleaned_data
        return {
            "typed": found.get("q", ""),
            "stage": Stage(found["stage"]) if found.get("stage") else None,
            "row": MatrixRow(found["row"]) if found.get("row") else None,
            "equipment": Equipment(found["equipment"]) if found.get("equipment") else None,
            "at_home": found.get("home", False),
        }


class ExerciseForm(forms.Form):
    """An exercise of the practice's own. The kind decides which tendons may do it."""

    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # Sent where a conflict was shown: the version these words knowingly replace.
    replaces = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        max_length=NAME_LENGTH,
        error_messages={"required": "Give the exercise a name."},
    )
    row = forms.ChoiceField(
        label="Kind",
        choices=[("", "Choose the kind"), *_choices(ROW_LABELS)],
        help_text="Safety goes by this: which tendons may do it, and which may not.",
        error_messages={"required": "Choose the kind of exercise."},
    )
    stage = forms.ChoiceField(choices=_choices(STAGE_WORDS))
    contraction = forms.ChoiceField(label="Work", choices=_choices(CONTRACTION_WORDS))
    knee = forms.ChoiceField(choices=_choices(KNEE_WORDS))
    range = forms.ChoiceField(choices=_choices(RANGE_WORDS))
    like = forms.ChoiceField(
        label="Looks like",
        help_text="Its start and end are drawn like those of this exercise.",
        error_messages={"required": "Choose an exercise that looks like it."},
    )
    instructions = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=f"For the patient, in plain words: 1 to {INSTRUCTION_LINES} lines.",
        error_messages={"required": "Write how it is done."},
    )
    equipment = forms.MultipleChoiceField(
        label="Needs",
        required=False,
        choices=[
            (each.value, said)
            for each, said in EQUIPMENT_WORDS.items()
            if each is not Equipment.NONE
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    at_home = forms.BooleanField(label="Can be done at home", required=False)
    side = forms.ChoiceField(label="Usual side", choices=_choices(SIDE_WORDS))
    tempo = forms.CharField(
        required=False,
        max_length=8,
        widget=UnitNumber(unit="s", characters=8),
        help_text="Up, held, down, such as 3-0-3. Empty for a hold, a hop or a run.",
    )
    rest_s = forms.IntegerField(
        label="Rest between sets", required=False, widget=UnitNumber(unit="s", characters=5)
    )
    times_per_day = forms.IntegerField(
        label="Times a day", initial=1, widget=UnitNumber(unit="a day", characters=3)
    )
    days_per_week = forms.IntegerField(
        label="Days a week", initial=7, widget=UnitNumber(unit="a week", characters=3)
    )
    regression = forms.ChoiceField(
        label="Easier exercise",
        required=False,
        help_text="Where to step back to. No tendon may be worse off with it.",
    )

    def __init__(
        self,
        *args: Any,
        catalogue: Catalogue,
        own: Exercise | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.catalogue, self.own = catalogue, own
        groups: list[Any] = _by_stage(catalogue)
        looks, easier = self.fields["like"], self.fields["regression"]
        assert isinstance(looks, forms.ChoiceField)
        assert isinstance(easier, forms.ChoiceField)
        looks.choices = [KEEP if own else ("", "Choose an exercise"), *groups]
        looks.required = own is None
        easier.choices = [NO_EASIER, *groups]
        if own is not None:
            del self.fields["form_token"]
        looks.widget.attrs |= {
            "hx-get": reverse("programmes:looks") + (f"?own={own.key}" if own else ""),
            "hx-target": "#looks",
            "hx-select": "#looks",
            "hx-swap": "outerHTML",
            "hx-push-url": "false",
            "hx-trigger": "change",
        }

    @property
    def looks(self) -> dict[str, Any]:
        """The drawing of what is chosen, and of which exercise; of its own where nothing is."""
        like = self.catalogue.get(str(self["like"].value() or "")) or self.own
        return {"looks": drawing_of_exercise(like) if like else None, "like": like}

    @staticmethod
    def initial_of(known: Exercise) -> dict[str, Any]:
        """The form's values for an exercise, also for one that is only taken as a pattern."""
        tempo = known.tempo
        return {
            "name": known.name,
            "row": known.row.value,
            "stage": known.stage.value,
            "contraction": known.contraction.value,
            "knee": known.knee.value,
            "range": known.range.value,
            "instructions": "\n".join(known.instructions),
            "equipment": [each.value for each in known.equipment if each is not Equipment.NONE],
            "at_home": known.at_home,
            "side": known.usual.side.value,
            "tempo": f"{tempo.up_s}-{tempo.hold_s}-{tempo.down_s}" if tempo else "",
            "rest_s": known.usual.rest_s,
            "times_per_day": known.usual.times_per_day,
            "days_per_week": known.usual.days_per_week,
            "regression": known.regression or "",
        }

    @classmethod
    def pattern_of(cls, known: Exercise) -> dict[str, Any]:
        """The values a new exercise begins with when it is to be like this one."""
        return {**cls.initial_of(known), "name": "", "like": known.key}

    @classmethod
    def stored(cls, row: PracticeExercise, known: Exercise) -> dict[str, Any]:
        """The values of an exercise of the practice's own, with the version they are of."""
        return {**cls.initial_of(known), "version": row.version}

    @property
    def version_known(self) -> int:
        """The version typed over, or knowingly replaced; 0 if it wasn't sent."""
        return self.cleaned_data.get("replaces") or self.cleaned_data.get("version") or 0

    def differences(self, stored: dict[str, Any]) -> list[tuple[str, str, str]]:
        """What is typed otherwise than stored: label, stored and typed, each in words.

        ``stored`` is what ``stored`` says of the exercise as somebody else saved it.
        """
        return differences(self, stored)

    def clean_tempo(self) -> Tempo | None:
        typed = str(self.cleaned_data["tempo"]).strip()
        if not typed:
            return None
        match = TEMPO.fullmatch(typed)
        if match is None:
            raise ValidationError("Write three numbers of seconds: up, held, down, such as 3-0-3.")
        up_s, hold_s, down_s = (int(part) for part in match.groups())
        try:
            return Tempo(up_s=up_s, hold_s=hold_s, down_s=down_s)
        except ValueError as error:
            raise ValidationError(_sentence(error)) from None

    def said(self) -> dict[str, Any]:
        """What the actions take, once the form is valid. Raises ``ValueError`` naming a field."""
        found = self.cleaned_data
        like = self.catalogue[found["like"]] if found["like"] else self.own
        assert like is not None
        heel_range = Range(found["range"])
        usual = Usual(
            side=DoseSide(found["side"]),
            range=heel_range,
            tempo=found["tempo"],
            rest_s=found["rest_s"],
            times_per_day=found["times_per_day"],
            days_per_week=found["days_per_week"],
        )
        return {
            "name": found["name"],
            "stage": Stage(found["stage"]),
            "row": MatrixRow(found["row"]),
            "knee": Knee(found["knee"]),
            "contraction": Contraction(found["contraction"]),
            "heel_range": heel_range,
            "equipment": [Equipment(each) for each in found["equipment"]],
            "tempo": found["tempo"],
            "instructions": found["instructions"].splitlines(),
            "start": like.start,
            "end": like.end,
            "usual": usual,
            "regression": found["regression"] or None,
            "at_home": found["at_home"],
        }

    def refuse(self, error: ValueError) -> None:
        """The error of a rule at the field it names."""
        field = str(error).partition(":")[0]
        field = {"start": "like", "end": "like"}.get(field, field)
        self.add_error(field if field in self.fields else None, _sentence(error))


class WeightForm(forms.Form):
    """One weight the practice owns."""

    kind = forms.ChoiceField(choices=OwnedWeight.Kind.choices)
    kg = forms.DecimalField(
        label="Weight",
        max_digits=5,
        decimal_places=2,
        widget=UnitNumber(unit="kg", characters=6),
        help_text="Of one plate. Of a band, its pull at the length it is used.",
        error_messages={"required": "Give the weight.", "invalid": "Write the weight as a number."},
    )
    label = forms.CharField(
        label="Called", max_length=40, required=False, help_text="Such as a colour."
    )

    def clean_kg(self) -> Decimal:
        kg: Decimal = self.cleaned_data["kg"]
        if not 0 < kg <= MOST_KG:
            raise ValidationError(f"Must be more than 0 and at most {MOST_KG} kg.")
        return kg


class GoneForm(forms.Form):
    """A weight the practice no longer owns."""

    gone = forms.IntegerField(required=False)


def _sentence(error: ValueError) -> str:
    says = str(error).partition(": ")[2] or str(error)
    return f"{says[:1].upper()}{says[1:].rstrip('.')}."
