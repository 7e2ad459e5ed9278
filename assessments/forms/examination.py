"""What may be typed about a tendon. Limits come from the rules' own bounds."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from assessments.forms.background import (
    TREATMENT_DATES,
    BackgroundFields,
    treatment_in_words,
)
from assessments.forms.fields import BoxesField, GroupField, KilometresField, WholeNumberField
from assessments.forms.strength import (
    CIRCUMSTANCE_FIELDS,
    PAIN_FIELDS,
    STRENGTH_TABLE_FIELDS,
    StrengthFields,
)
from assessments.forms.visa import one_part_of_q8, visa_fields
from assessments.models import (
    LOCATION_CHOICES,
    PHASE_CHOICES,
    RUNNING_CHOICES,
    SCREENING_GROUPS,
    Assessment,
    Classification,
)
from assessments.rules import bounds
from assessments.rules.examination import Findings
from assessments.rules.location import locate
from assessments.rules.terms import Location, Phase, RunningStatus, TreatmentKind
from assessments.selectors import HOP_FIELDS, TREATMENT_FIELDS, measures_beside, recorded
from assessments.wording import Words, words_in_force
from patients.models import Episode
from patients.rules.age import why_not_adult
from patients.rules.terms import Side
from upwell.forms import (
    PainField,
    PastDateField,
    Segmented,
    TenderPointsField,
    YesNoField,
    plain_number,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Fields that stand together, and how: ``layout`` is a class of the style sheet.

    ``side`` is set for the measurements of one leg. ``title`` stands above the fields. Empty fields
    of a part that is ``extra`` are left out where an assessment is read.
    """

    layout: str
    fields: tuple[str, ...]
    side: Side | None = None
    title: str = ""
    extra: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page: its anchor, its title, its fields, and which of them the rail counts.

    ``asked_if`` says from the values of the page whether this patient needs the section; when not,
    nothing in it counts as missing.
    """

    anchor: str
    title: str
    parts: tuple[Part, ...]
    counted: tuple[str, ...]
    hint: str = ""
    asked_if: Callable[[Mapping[str, Any]], bool] | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of all its fields, in order."""
        return tuple(name for part in self.parts for name in part.fields)

    def asked(self, values: Mapping[str, Any]) -> bool:
        """Whether a patient with these values needs the section."""
        return self.asked_if is None or self.asked_if(values)


def _runs(values: Mapping[str, Any]) -> bool:
    return values.get("running_status") == RunningStatus.NEVER_STOPPED


def _at_the_insertion(values: Mapping[str, Any]) -> bool:
    return locate(values.get("tender_cm")) in {Location.INSERTIONAL, Location.MIXED}


# The treatments that nearly everybody has tried, or should have.
TRIED_FIRST = (
    TreatmentKind.REST,
    TreatmentKind.STRETCHING,
    TreatmentKind.MEDICINES,
    TreatmentKind.MASSAGE,
    TreatmentKind.LOADING,
)
PHASE_FIELDS = (
    "warm",
    "swelling_diffuse",
    "thickening_nodular",
    "pain_light_load",
    "sl_heel_raise_pain",
)
SECTIONS = (
    Section(
        anchor="history",
        title="History",
        parts=(
            Part(layout="fields", fields=("examined_on", "onset_on", "duration_weeks")),
            Part(layout="questions", fields=("prior_episode",)),
            Part(layout="stacked", fields=("running_status", "run_pain")),
            Part(layout="questions", fields=("run_settled",)),
            Part(layout="questions", fields=("diabetes", "statins")),
            Part(layout="stacked", fields=("medication_note", "history_note"), extra=True),
        ),
        counted=("duration_weeks", "prior_episode", "running_status", "diabetes"),
    ),
    Section(
        anchor="screening",
        title="Screening",
        parts=(
            Part(layout="groups", fields=tuple(n for n in SCREENING_GROUPS if n != "clot")),
            Part(layout="groups clot", fields=("clot", "clot_alternative")),
            Part(layout="fields dated", fields=("fluoroquinolone", "fluoroquinolone_last_on")),
            Part(layout="fields dated", fields=("cortisone", "cortisone_last_on")),
            Part(layout="stacked", fields=("oral_steroid",)),
        ),
        counted=(*SCREENING_GROUPS, "fluoroquinolone", "oral_steroid", "cortisone"),
        hint="Before any programme. An untouched group counts as not asked.",
    ),
    Section(
        anchor="palpation",
        title="Palpation and provocation",
        parts=(
            Part(layout="picture", fields=("tender_cm", "no_tender_point")),
            Part(
                layout="questions",
                fields=(
                    "points_to_site",
                    "load_provokes",
                    "arc_sign",
                    "royal_london",
                    "bursa_squeeze",
                    "dorsiflexion_pain",
                ),
            ),
            Part(layout="groups clot wide", fields=("differentials",)),
            Part(layout="stacked wide", fields=("differential_note",), extra=True),
        ),
        counted=("tender_cm", "points_to_site", "load_provokes", "differentials"),
    ),
    Section(
        anchor="phase",
        title="Phase findings",
        parts=(Part(layout="questions", fields=PHASE_FIELDS),),
        counted=PHASE_FIELDS,
    ),
    Section(
        anchor="visa",
        title="VISA-A",
        parts=(
            Part(layout="questions", fields=("q1_minutes", "q2", "q3", "q4", "q5", "q6_hops")),
            Part(layout="choices", fields=("q7",)),
            Part(layout="training", fields=("q8_a", "q8_b", "q8_c")),
        ),
        counted=("q1_minutes", "q2", "q3", "q4", "q5", "q6_hops", "q7", "q8"),
        hint="By recall. Nobody has to hop or stretch for this form; what can’t be done scores 0.",
    ),
    Section(
        anchor="heel-raise",
        title="Heel raises",
        parts=(
            Part(layout="strength", fields=STRENGTH_TABLE_FIELDS, extra=True),
            Part(layout="questions", fields=PAIN_FIELDS, extra=True),
            Part(layout="stacked", fields=CIRCUMSTANCE_FIELDS, extra=True),
            Part(layout="questions", fields=HOP_FIELDS, title="Hops", extra=True),
        ),
        counted=("left_repetitions", "right_repetitions"),
        hint="One leg, to failure, 30 a minute. Leave a side empty if it was not tested.",
    ),
    Section(
        anchor="running-analysis",
        title="Running analysis",
        parts=(
            Part(layout="fields", fields=("analysis_speed_kmh", "cadence_spm"), extra=True),
            Part(layout="fields", fields=("left_contact_ms", "right_contact_ms"), extra=True),
            Part(layout="fields", fields=("left_strike", "right_strike"), extra=True),
            Part(layout="stacked", fields=("calf_loading_note",), extra=True),
        ),
        counted=("cadence_spm", "left_contact_ms", "right_contact_ms"),
        hint="On the treadmill, for somebody who runs now. Differences are shown, not judged.",
        asked_if=_runs,
    ),
    Section(
        anchor="footwear",
        title="Footwear",
        parts=(
            Part(layout="questions", fields=("rigid_heel_counter", "heel_lift")),
            Part(layout="questions", fields=("shoe_drop_mm",), extra=True),
            Part(layout="stacked", fields=("footwear_note",), extra=True),
        ),
        counted=("rigid_heel_counter", "heel_lift"),
        hint="Pressure on the heel matters most where the insertion is tender.",
        asked_if=_at_the_insertion,
    ),
    Section(
        anchor="treatments",
        title="Treatments so far",
        parts=tuple(
            Part(layout="treatment", fields=(tried, *TREATMENT_DATES[tried]), extra=True)
            for tried in TREATMENT_DATES
        ),
        counted=tuple(TREATMENT_FIELDS[kind][0] for kind in TRIED_FIRST),
        hint="The days, if known, appear with a yes. Cortisone is asked under Screening.",
    ),
    Section(
        anchor="goal",
        title="Goal",
        parts=(
            Part(layout="stacked", fields=("goal",)),
            Part(
                layout="fields",
                fields=("goal_event", "goal_event_on", "goal_distance_m"),
                extra=True,
            ),
        ),
        counted=("goal",),
    ),
)
# The measurements an earlier examination is shown beside, in grey.
COMPARED_FIELDS = (
    "analysis_speed_kmh",
    "cadence_spm",
    "left_contact_ms",
    "right_contact_ms",
    "left_strike",
    "right_strike",
    *HOP_FIELDS,
)


class ExaminationForm(StrengthFields, BackgroundFields):
    """The whole assessment page. Everything may stay empty; what is typed must be possible."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    # Sent by the box that shows a conflict: the version these answers knowingly replace.
    replaces = forms.IntegerField(widget=forms.HiddenInput, required=False)

    examined_on = PastDateField(
        label="Examined on",
        error_messages={
            "required": "Give the date of the examination.",
            "invalid": "Give the date of the examination as day, month and year.",
        },
    )
    duration_weeks = WholeNumberField(
        bounds.WEEKS,
        unit="weeks",
        label="How long has it hurt?",
        help_text="Ten months are about 43 weeks.",
    )
    prior_episode = YesNoField(label="An earlier episode on this side?")
    running_status = forms.ChoiceField(
        label="Running now",
        choices=[*RUNNING_CHOICES, ("", "Not asked")],
        widget=Segmented,
        required=False,
    )
    run_pain = PainField(label="Pain when running")
    run_settled = YesNoField(label="Settled by the next morning after a run?")
    history_note = forms.CharField(
        label="Notes", max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    clot_alternative = forms.BooleanField(
        label="Another diagnosis is at least as likely as a clot",
        help_text="Takes 2 points off. Tick it only if you mean it.",
        required=False,
    )
    fluoroquinolone = YesNoField(
        label="Fluoroquinolone antibiotic, ever?", help_text="Ciprofloxacin and the like."
    )
    fluoroquinolone_last_on = PastDateField(
        label="Last dose on", required=False, help_text="Today if still taking it."
    )
    oral_steroid = YesNoField(label="Steroid tablets now?")
    cortisone = YesNoField(label="Cortisone injection at this tendon, ever?")
    cortisone_last_on = PastDateField(label="Last injection on", required=False)

    tender_cm = TenderPointsField(
        label="Tender points, cm above the insertion",
        help_text="Click on the picture or type, like 4 or 3.5, 4.5.",
    )
    no_tender_point = forms.BooleanField(label="Palpated: no tender point", required=False)
    points_to_site = YesNoField(label="Points to the same place with a finger?")
    load_provokes = YesNoField(label="Loading the tendon brings the pain?")
    arc_sign = YesNoField(label="Arc sign: swelling moves with the tendon?")
    royal_london = YesNoField(label="Royal London test: tenderness gone in full dorsiflexion?")
    bursa_squeeze = YesNoField(label="Two-finger squeeze in front of the tendon hurts?")
    dorsiflexion_pain = YesNoField(label="Pain at the insertion in full passive dorsiflexion?")

    warm = YesNoField(label="Warm?")
    swelling_diffuse = YesNoField(label="Diffuse swelling?")
    thickening_nodular = YesNoField(label="A nodule or a thick spot?")
    pain_light_load = PainField(
        label="Pain on light load", help_text="Walking on the flat or a two-leg heel raise."
    )
    sl_heel_raise_pain = PainField(label="Pain in one single-leg heel raise")

    def __init__(
        self, *args: Any, episode: Episode, words: Words | None = None, **kwargs: Any
    ) -> None:
        """``words``: the wording of the VISA-A items, that in force when absent."""
        super().__init__(*args, **kwargs)
        self.episode = episode
        # What an earlier examination measured, by field, in words with its day.
        self.beside: dict[str, str] = {}
        self.words = words or words_in_force()
        self.fields.update(visa_fields(self.words))
        for group in SCREENING_GROUPS:
            self.fields[group] = GroupField(group)

    def sections(self) -> Iterator[tuple[Section, list[tuple[Part, list[tuple[BoundField, str]]]]]]:
        """Each section with its parts: each field, and what it was earlier (blank: not known)."""
        for section in SECTIONS:
            yield (
                section,
                [
                    (part, [(self[name], self.beside.get(name, "")) for name in part.fields])
                    for part in section.parts
                ],
            )

    def show_beside(self, earlier: Assessment | None) -> None:
        """Show what this earlier examination measured beside the fields for today's values."""
        if earlier is None:
            return
        values = measures_beside(earlier)
        then = ExaminationForm(initial=values, episode=self.episode, words=self.words)
        self.beside = {
            name: f"{words} on {earlier.examined_on:%-d %b %Y}"
            for name in COMPARED_FIELDS
            if (words := in_words(then[name]))
        }

    def answers(self) -> Iterator[tuple[Section, list[tuple[str, str]]]]:
        """Each section with the label and the answer of its fields; blank if not recorded.

        What only follows from another answer, and what is extra, is left out while it says nothing.
        A section nobody needed and nobody filled in is one line.
        """
        for section in SECTIONS:
            rows = [
                (str(self[name].label), words)
                for part in section.parts
                for name in part.fields
                if (words := self._said(name)) or not self._may_be_left_out(name, part, section)
            ]
            unused = not section.asked(self.initial) and not any(words for _, words in rows)
            yield section, [(section.title, "")] if unused or not rows else rows

    def _said(self, name: str) -> str:
        """The stored answer in words; a treatment's days stand with the treatment."""
        if dates := TREATMENT_DATES.get(name):
            return treatment_in_words(self[name], self[dates[0]], self[dates[1]])
        return "" if name in _TREATMENT_DAYS else in_words(self[name])

    def _may_be_left_out(self, name: str, part: Part, section: Section) -> bool:
        if name in _TREATMENT_DAYS or _follows(self[name]):
            return True
        return part.extra and name not in section.counted

    @property
    def version_known(self) -> int:
        """The version these answers were typed over, or knowingly replace; 0 if it wasn't sent."""
        cleaned = self.cleaned_data
        return cleaned.get("replaces") or cleaned.get("version") or 0

    def values(self) -> dict[str, Any]:
        """The answers as they stand: typed and valid ones, or the stored ones before any typing."""
        return dict(self.cleaned_data) if self.is_bound else dict(self.initial)

    def clean_examined_on(self) -> date:
        on: date = self.cleaned_data["examined_on"]
        patient = self.episode.patient
        if on < patient.date_of_birth:
            raise ValidationError("That is before the patient was born.")
        if reason := why_not_adult(patient.age_on(on)):
            raise ValidationError(f"On that day: {reason}")
        return on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._check_palpation(cleaned)
        for drug, words in (("fluoroquinolone", "dose"), ("cortisone", "injection")):
            self._check_drug(cleaned, drug, words)
        one_part_of_q8(self, cleaned)
        if cleaned.get("clot_alternative") and not cleaned.get("clot"):
            self.add_error("clot_alternative", "This only counts beside a sign of a clot.")
        return cleaned

    def _check_palpation(self, cleaned: dict[str, Any]) -> None:
        if "tender_cm" not in cleaned:
            return
        if len(cleaned["tender_cm"]) > bounds.TENDER_POINTS_MAX:
            self.add_error("tender_cm", f"At most {bounds.TENDER_POINTS_MAX} points.")
            return
        if cleaned["tender_cm"] and cleaned.get("no_tender_point"):
            self.add_error("no_tender_point", "There are tender points above: untick this.")
        if not cleaned["tender_cm"] and not cleaned.get("no_tender_point"):
            cleaned["tender_cm"] = None

    def _check_drug(self, cleaned: dict[str, Any], drug: str, words: str) -> None:
        last_on, examined_on = cleaned.get(f"{drug}_last_on"), cleaned.get("examined_on")
        if f"{drug}_last_on" in self.errors:
            return
        if cleaned.get(drug) and last_on is None:
            self.add_error(f"{drug}_last_on", f"Give the date of the last {words}.")
        if not cleaned.get(drug) and last_on is not None:
            self.add_error(drug, "There is a date below: answer yes, or take the date out.")
        if last_on and last_on < self.episode.patient.date_of_birth:
            self.add_error(f"{drug}_last_on", "That is before the patient was born.")
        if last_on and examined_on and last_on > examined_on:
            self.add_error(f"{drug}_last_on", "This is after the day of the examination.")


# Typing "Mid" in the list stays on midportion: no other location begins with it.
_SIGNED_LOCATIONS = {
    **dict(LOCATION_CHOICES),
    Location.MIXED.value: "Both: insertional and midportion",
}


class SignForm(forms.Form):
    """What the clinician takes the tendon to be, before the signature.

    In an emergency both may stay open: the record of the red flag is what matters.
    """

    location = forms.TypedChoiceField(
        choices=[("", "Choose"), *_SIGNED_LOCATIONS.items()],
        coerce=Location,
        empty_value=None,
        error_messages={"required": "Choose the location."},
    )
    phase = forms.TypedChoiceField(
        choices=[("", "Choose"), *PHASE_CHOICES],
        coerce=Phase,
        empty_value=None,
        error_messages={"required": "Choose the phase."},
    )
    reason = forms.CharField(
        label="Reason, if this differs from the suggestion",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, found: Findings, chosen: Classification | None = None
    ) -> None:
        """``chosen``: what was signed for the assessment this one amends, taken over as it is."""
        initial: dict[str, Any] = {"location": found.location, "phase": found.phase}
        if chosen:
            initial = {name: getattr(chosen, name) for name in ("location", "phase", "reason")}
        super().__init__(data, initial=initial)
        for name in ("location", "phase"):
            self.fields[name].required = not found.emergency


class ClearLockForm(forms.Form):
    """Why a lock may go."""

    reason = forms.CharField(
        label="Why is it safe to go on?",
        help_text="Who examined or advised, when, and what was found.",
        max_length=1000,
        min_length=10,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Write why it is safe to go on.",
            "min_length": "Write a little more: who examined or advised, and what was found.",
        },
    )


def initial_values(assessment: Assessment) -> dict[str, Any]:
    """The form's values for a stored draft."""
    values = recorded(assessment)
    values["version"] = assessment.version
    values["no_tender_point"] = assessment.tender_cm == []
    if values["q8_part"]:
        values[f"q8_{values['q8_part'].lower()}"] = values["q8_band"]
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class RailItem:
    """How far one section of the page is, and whether something in it was refused."""

    label: str
    anchor: str
    done: int
    total: int
    refused: bool = False

    @property
    def state(self) -> str:
        """One of problem, optional (nothing counts), done, part and todo."""
        if self.refused:
            return "problem"
        if not self.total:
            return "optional"
        if self.done == self.total:
            return "done"
        return "part" if self.done else "todo"


def rail(values: Mapping[str, Any], *, refused: Collection[str] = ()) -> list[RailItem]:
    """The completeness of each section, from the values recorded and the fields refused."""
    answered = {name for name, value in values.items() if value not in (None, "")}
    if "q8_part" in answered:
        answered.add("q8")
    return [
        _rail_item(section, values, answered, refused=any(n in refused for n in section.fields))
        for section in SECTIONS
    ]


def _rail_item(
    section: Section, values: Mapping[str, Any], answered: Collection[str], *, refused: bool
) -> RailItem:
    done = sum(name in answered for name in section.counted)
    return RailItem(
        label=section.title,
        anchor=section.anchor,
        done=done,
        total=len(section.counted) if section.asked(values) else done,
        refused=refused,
    )


_TREATMENT_DAYS = frozenset(name for dates in TREATMENT_DATES.values() for name in dates)


def _follows(field: BoundField) -> bool:
    return isinstance(field.field, forms.BooleanField) or field.name.endswith("_last_on")


def _labels(asked: forms.ChoiceField) -> dict[Any, Any]:
    choices: Any = asked.choices
    return dict(choices)


def in_words(field: BoundField) -> str:
    """What a stored answer says, on a page to read; blank if not recorded."""
    value, asked = field.initial, field.field
    if value is None or value == "":
        return ""
    if isinstance(asked, BoxesField):
        words = _labels(asked)
        return "; ".join(str(words[name]) for name in value) or "None of these"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(asked, forms.ChoiceField):
        return str(_labels(asked).get(value, value))
    if isinstance(asked, TenderPointsField):
        return ", ".join(f"{plain_number(point)} cm" for point in value) or "None found"
    if isinstance(value, date):
        return f"{value:%-d %B %Y}"
    if isinstance(asked, KilometresField):
        return f"{asked.prepare_value(value)} {asked.widget.unit}"
    unit = getattr(asked.widget, "unit", "")
    if isinstance(asked, PainField):
        unit = f"of {bounds.PAIN.high}"
    if isinstance(value, Decimal):
        value = plain_number(value)
    return f"{value} {unit}".strip()
