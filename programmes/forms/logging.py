"""What may be typed when a session is logged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from assessments.forms.fields import WholeNumberField
from assessments.rules import bounds
from patients.rules.terms import Side
from programmes.models import SOURCES, Item, Programme
from programmes.rules import performed
from programmes.rules.decision import COMPLETED
from programmes.rules.dose import AnyDose, dose_from_json
from programmes.rules.handout import leg
from programmes.rules.performed import Done, NotRead
from programmes.rules.words import plain
from upwell.forms import PainField, PastDateField, Segmented, YesNoField


class SetField(forms.CharField):
    """One set as it was done; blank is as planned. ``clean`` gives a ``SetDone``."""

    def __init__(self, dose: AnyDose, number: int, *, name: str) -> None:
        self.dose, self.number = dose, number
        word = performed.set_word(dose)
        self.word = f"{word} {number}" if performed.sets_of(dose) > 1 else word
        box = forms.TextInput(
            {
                "placeholder": performed.planned_words(dose),
                "inputmode": "decimal",
                "autocomplete": "off",
                "size": 5,
                "data-cell": number,
            }
        )
        super().__init__(required=False, label=f"{name}, {self.word}", widget=box)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return performed.read_set(text, self.dose, self.number)
        except NotRead as error:
            raise ValidationError(error.problem, code="invalid") from None


class KgField(forms.CharField):
    """The load of all sets of an exercise; blank is as planned. ``clean`` gives a number."""

    def __init__(self, dose: AnyDose, *, name: str) -> None:
        self.dose = dose
        planned = performed.planned_kg(dose)
        box = forms.TextInput(
            {
                "placeholder": "" if planned is None else plain(planned),
                "inputmode": "decimal",
                "autocomplete": "off",
                "size": 5,
                "data-cell": 0,
            }
        )
        super().__init__(required=False, label=f"{name}, kg", widget=box)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return performed.read_kg(text, self.dose)
        except NotRead as error:
            raise ValidationError(error.problem, code="invalid") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One row of the table: an item of the step, with the names its boxes are sent by.

    The names hold the exercise and not its place, so what was typed stays with the exercise when
    the patient was moved to another step meanwhile.
    """

    item: Item
    place: int
    dose: AnyDose
    side: str
    key: str

    @property
    def kg_name(self) -> str:
        """The name of the box for the load of all sets."""
        return f"kg-{self.key}"

    @property
    def set_names(self) -> tuple[str, ...]:
        """The names of the boxes of its sets."""
        return tuple(f"set-{self.key}-{n}" for n in range(1, performed.sets_of(self.dose) + 1))


def targets_of_items(items: Sequence[Item], side: Side) -> tuple[Target, ...]:
    """The rows of a step's items, in order."""
    seen: dict[str, int] = {}
    rows = []
    for place, item in enumerate(items):
        seen[item.exercise] = seen.get(item.exercise, 0) + 1
        again = seen[item.exercise]
        dose = dose_from_json(item.dose)
        rows.append(
            Target(
                item=item,
                place=place,
                dose=dose,
                side=leg(dose, side),
                key=item.exercise if again == 1 else f"{item.exercise}.{again}",
            )
        )
    return tuple(rows)


class SessionForm(forms.Form):
    """One session. Blank pain means not asked, a blank set as planned; zero is an answer."""

    pain_before = PainField(label="Pain before")
    pain_during = PainField(label="Pain during, the worst of it")
    pain_after = PainField(label="Pain after")
    happened_on = PastDateField(label="Date")
    source = forms.ChoiceField(choices=SOURCES, widget=Segmented, initial="clinic")
    stiffness_min = WholeNumberField(
        bounds.MINUTES, unit="min", label="Morning stiffness on the day"
    )
    new_warm_or_swollen = YesNoField(label="Newly warm or visibly swollen?")
    completed_pct = WholeNumberField(
        COMPLETED,
        unit="%",
        label="How much of it was done?",
        help_text="Only when no detail is known. Blank: what the table says.",
    )
    completed_unknown = forms.BooleanField(required=False, label="It is not known")
    note = forms.CharField(
        max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    # The step the form was opened for: a session is never held against targets nobody saw.
    step = forms.UUIDField(widget=forms.HiddenInput)
    # The token of a further session, sent by the button that says it is one.
    another = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, programme: Programme, targets: Sequence[Target], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.programme = programme
        self.targets = targets
        for target in targets:
            name = target.item.name
            if performed.can_weigh(target.dose):
                self.fields[target.kg_name] = KgField(target.dose, name=name)
            for number, field in enumerate(target.set_names, 1):
                self.fields[field] = SetField(target.dose, number, name=name)

    def clean_happened_on(self) -> date:
        on: date = self.cleaned_data["happened_on"]
        if on < self.programme.started_on:
            raise ValidationError(
                f"The programme began on {self.programme.started_on:%-d %B %Y}: "
                "a session can't be earlier."
            )
        return on

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        if self.errors:
            return facts
        done = tuple(self._done(facts))
        said, unknown = facts["completed_pct"], facts["completed_unknown"]
        told = performed.completed(done, [target.dose for target in self.targets])
        worst = max(
            (one.pain for each in done for one in each.sets if one.pain is not None), default=None
        )
        if worst is not None and facts["pain_during"] is None:
            facts["pain_during"] = worst  # told with a set, so it was asked
        elif worst is not None and facts["pain_during"] < worst:
            self.add_error("pain_during", f"A set says {worst}: the worst of it is at least that.")
        detailed = any(one.amount is not None for each in done for one in each.sets)
        if said is not None and unknown:
            self.add_error("completed_pct", "Either a number, or not known.")
        elif detailed and unknown:
            self.add_error("completed_unknown", f"The table says it: {told} %.")
        elif detailed and said not in {None, told}:
            self.add_error(
                "completed_pct", f"The table says {told} %. Leave this blank, or empty the table."
            )
        elif said is None and not unknown:
            facts["completed_pct"] = told
        return facts | {"done": done}

    def _done(self, facts: Mapping[str, Any]) -> Iterator[Done]:
        for target in self.targets:
            one = Done(
                target=target.place,
                kg=facts.get(target.kg_name),
                sets=performed.shortened([facts[name] for name in target.set_names]),
            )
            if not one.is_as_planned:
                yield one

    @property
    def facts(self) -> dict[str, Any]:
        """What ``log_session`` takes."""
        told = self.cleaned_data
        boxes = {name for target in self.targets for name in (*target.set_names, target.kg_name)}
        facts = {
            name: value
            for name, value in told.items()
            if name not in boxes and name != "completed_unknown"
        }
        return facts | {"one_a_day": True}
