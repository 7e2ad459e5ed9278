"""Two sayings side by side: a conflict to settle, an amendment, two examinations compared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from assessments.forms.examination import SECTIONS, ExaminationForm, in_words, initial_values
from assessments.forms.fields import METRES_IN_KM, KilometresField
from assessments.in_force import defaults_in_force
from assessments.models import Assessment
from assessments.rules.heel_raise import is_noise, lsi, lsi_display
from assessments.rules.terms import Location
from assessments.rules.visa import ITEM_NAMES, ITEMS, change_finding
from assessments.selectors import EXAMINATION_FIELDS, TREATMENT_FIELDS, recorded, visa_answers
from assessments.wording import Words, words_in_force
from patients.models import Episode
from patients.rules.terms import Side
from upwell.forms import TenderPointsField, plain_number

Q8 = ("q8_a", "q8_b", "q8_c", "q8_part", "q8_band")
# Fields that say one thing together: kept, refused and chosen as one.
COUPLED = (
    ("clot", "clot_alternative"),
    ("fluoroquinolone", "fluoroquinolone_last_on"),
    ("cortisone", "cortisone_last_on"),
    ("tender_cm", "no_tender_point"),
    Q8,
    *TREATMENT_FIELDS.values(),
)
# Days that can't come after the day of the examination.
NOT_AFTER_EXAMINATION = ("onset_on", "cortisone_last_on", "fluoroquinolone_last_on")
DAYS_A_WEEK = 7


class AmendForm(forms.Form):
    """Why a signed assessment has to be corrected."""

    reason = forms.CharField(
        label="What was wrong?",
        help_text="Stays in the record beside your name, with the original and what changed.",
        max_length=1000,
        min_length=10,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Write what was wrong.",
            "min_length": "Write a little more: what was wrong, and how you know.",
        },
    )


class DiscardForm(forms.Form):
    """Why a draft is not needed."""

    reason = forms.CharField(
        label="Why is it not needed?",
        help_text="The draft stays readable with your name and this reason, and counts nowhere.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write why it is not needed."},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of the page: its section and the fields that answer it together."""

    section: str
    fields: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the question: that of its first field."""
        return self.fields[0]


def questions(form: ExaminationForm) -> list[Question]:
    """All questions of the page in its order, each once."""
    found: dict[tuple[str, ...], Question] = {}
    for section in SECTIONS:
        for name in section.fields:
            fields = next((each for each in COUPLED if name in each), (name,))
            found.setdefault(fields, Question(section=section.title, fields=fields))
    return [each for each in found.values() if each.name in form.fields]


def label_of(form: ExaminationForm, question: Question) -> str:
    """What the question is called beside its answers."""
    if question.fields == Q8:
        return f"8. {ITEMS[-1].label}"
    return str(form[question.name].label)


def answer_of(form: ExaminationForm, question: Question) -> str:
    """The answer in words; blank when nothing is recorded. ``form`` is not bound."""
    values = form.initial
    if question.fields == Q8:
        if not (part := values.get("q8_part")):
            return ""
        field = form[f"q8_{part.lower()}"]
        return f"{field.label}: {in_words(field)}".removeprefix("8")
    words = in_words(form[question.name])
    if not words or question.name == "tender_cm":
        return words
    for name in question.fields[1:]:
        more = in_words(form[name])
        if name == "clot_alternative":
            words += f"; {form[name].label.lower()}" if values.get(name) else ""
        elif more:
            joint = "until" if name.endswith("_until") else "since"
            words += f", {'last on' if name.endswith('_last_on') else joint} {more}"
    return words


def unbound(
    episode: Episode, values: Mapping[str, Any], words: Words | None = None
) -> ExaminationForm:
    """The page with these values to read, nothing typed."""
    return ExaminationForm(initial=dict(values), episode=episode, words=words)


# --- two people on one draft ---------------------------------------------------------------------

STORED, TYPED = "stored", "typed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A question answered differently by two people: both answers, and which one is chosen.

    ``chosen`` is "stored", "typed" or blank; ``missing`` says that a choice was asked for in vain.
    """

    name: str
    fields: tuple[str, ...]
    label: str
    stored: str
    typed: str
    chosen: str
    missing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """What somebody stored while this page was typed, row by row. ``by`` names them."""

    rows: tuple[Row, ...]
    by: str
    theirs: Assessment

    @property
    def missing(self) -> int:
        """How many rows were sent without a choice."""
        return sum(row.missing for row in self.rows)


def conflict(
    form: ExaminationForm,
    theirs: Assessment,
    *,
    by: str,
    base: Mapping[str, Any] | None,
    sent: QueryDict,
) -> Conflict:
    """The rows where a page as typed and the stored draft differ.

    ``base`` is what was stored when the page was opened, as far as the history tells it. A row that
    only one of the two touched is chosen for that one; where the history can't tell, for the one
    who answered at all. Two answers to one question start without a choice. ``sent`` is the post:
    choices made on an earlier showing of these rows are kept.
    """
    episode = form.episode
    stored_form = unbound(episode, initial_values(theirs))
    typed_form = unbound(episode, form.values())
    base_form = unbound(episode, {**base, "no_tender_point": False}) if base is not None else None
    asked = set(sent.getlist("rows"))
    rows = []
    for question in questions(form):
        stored, typed = answer_of(stored_form, question), answer_of(typed_form, question)
        if wrong := [name for name in question.fields if name in form.errors]:
            typed = ", ".join(text for name in wrong for text in sent.getlist(name) if text)
        if _same(stored, typed):
            continue
        chosen = sent.get(f"keep_{question.name}", "")
        known = base_form and set(question.fields) - {"no_tender_point"} <= set(EXAMINATION_FIELDS)
        rows.append(
            Row(
                name=question.name,
                fields=question.fields,
                label=label_of(form, question),
                stored=stored,
                typed=typed,
                chosen=chosen
                if chosen in (STORED, TYPED)
                else _whose(stored, typed, answer_of(base_form, question))
                if base_form and known
                else _whose(stored, typed, ""),
                missing=question.name in asked and chosen not in (STORED, TYPED),
            )
        )
    return Conflict(rows=tuple(rows), by=by, theirs=theirs)


def _same(one: str, other: str) -> bool:
    return one.replace("\r\n", "\n") == other.replace("\r\n", "\n")


def _whose(stored: str, typed: str, base: str) -> str:
    """Who alone changed the answer; blank when both did."""
    if _same(stored, base):
        return TYPED
    return STORED if _same(typed, base) else ""


def settled(sent: QueryDict, theirs: Assessment) -> QueryDict:
    """The post with their stored answer at each question where that was chosen."""
    data = sent.copy()
    stored = unbound(theirs.episode, initial_values(theirs))
    for question in questions(stored):
        if sent.get(f"keep_{question.name}") != STORED:
            continue
        for name in question.fields:
            if name in stored.fields:
                data.setlist(name, as_sent(stored[name]))
    return data


def as_sent(field: BoundField) -> list[str]:
    """What a browser sends for this field as it stands."""
    value, asked = field.value(), field.field
    if isinstance(asked, forms.BooleanField):
        return ["on"] if value else []
    if isinstance(asked, TenderPointsField):
        return [", ".join(plain_number(each) for each in value)] if value else []
    if value is None or value == "":
        return []
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, (list, tuple)):
        return [str(each) for each in value]
    return [value.isoformat() if isinstance(value, date) else str(value)]


# --- saving by itself ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Storable:
    """The answers that can be stored as they stand, and the labels of those that can't."""

    values: dict[str, Any]
    held_back: tuple[str, ...]


def storable(form: ExaminationForm, stored: Mapping[str, Any]) -> Storable:
    """What of a page half typed can be stored; the rest keeps what is stored already.

    ``form`` is bound and has been validated. Fields that say one thing together are held back
    together, and so are days that would contradict what stays stored.
    """
    refused = set(form.errors) - {"__all__"}
    for fields in COUPLED:
        if refused & set(fields):
            refused |= set(fields)
    refused |= _contradicting(form, stored, refused)
    values = {name: form.cleaned_data[name] for name in form.cleaned_data if name not in refused}
    labels = [label_of(form, each) for each in questions(form) if set(each.fields) & refused]
    return Storable(values=values, held_back=tuple(labels))


def _contradicting(form: ExaminationForm, stored: Mapping[str, Any], refused: set[str]) -> set[str]:
    def merged(name: str, held: set[str]) -> Any:
        return stored.get(name) if name in held else form.cleaned_data.get(name, stored.get(name))

    def late(held: set[str]) -> set[str]:
        on = merged("examined_on", held)
        days = {name: merged(name, held) for name in NOT_AFTER_EXAMINATION}
        return {name for name, day in days.items() if on and day and day > on}

    if not late(refused):
        return set()
    held = refused | {"examined_on"}
    for name in late(held):
        held |= next((set(each) for each in COUPLED if name in each), {name})
    return held


def is_untouched(values: Mapping[str, Any]) -> bool:
    """Whether nothing but the day is answered on a page."""
    unasked = {"examined_on", "version", "replaces"}
    return not any(
        value not in (None, "", False) for name, value in values.items() if name not in unasked
    )


# --- two examinations compared -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One line of a comparison. Blank words mean not recorded; ``note`` says what the change is.

    ``name`` is the question's, where the line is one question.
    """

    label: str
    then: str
    now: str
    change: str = ""
    note: str = ""
    name: str = ""

    @property
    def differs(self) -> bool:
        """Whether the two answers are not the same."""
        return not _same(self.then, self.now)

    @property
    def kind(self) -> str:
        """What happened to the answer, in words: what was never recorded can't have changed."""
        if not self.differs:
            return "no change"
        if not self.then:
            return "new"
        return "changed" if self.now else "no longer recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedSection:
    """A section of a comparison: changed lines first, then the others."""

    title: str
    rows: tuple[Compared, ...]

    @property
    def changed(self) -> tuple[Compared, ...]:
        """The lines whose answers differ."""
        return tuple(row for row in self.rows if row.differs)

    @property
    def same(self) -> tuple[Compared, ...]:
        """The lines that read the same on both days."""
        return tuple(row for row in self.rows if not row.differs)


def changes(original: Assessment, amended: Assessment) -> list[Compared]:
    """What an amendment changed: the classification, and each question with what it said and what
    it says."""
    sections = _questions_compared(original, amended, words_in_force())
    rows = [row for section in sections for row in section.rows]
    # The pathway follows from the phase.
    classified = [row for row in _classified(original, amended) if row.label != "Pathway"]
    return [row for row in (*classified, *rows) if row.differs]


def comparison(then: Assessment, now: Assessment, *, bilateral: bool) -> list[ComparedSection]:
    """An examination beside an earlier one, section by section, the classification first."""
    sections = [ComparedSection(title="Classification", rows=tuple(_classified(then, now)))]
    wording = words_in_force()
    for section in _questions_compared(then, now, wording):
        # Two examinations are of two days; the heads of the columns say which.
        rows = tuple(row for row in section.rows if row.name != "examined_on")
        if section.title == "VISA-A":
            rows = tuple(_scores(then, now, wording))
        if section.title == "Heel raises" and not bilateral:
            rows = (*_symmetry(then, now), *rows)
        sections.append(ComparedSection(title=section.title, rows=rows))
    return sections


def _questions_compared(then: Assessment, now: Assessment, wording: Words) -> list[ComparedSection]:
    before = unbound(now.episode, initial_values(then), wording)
    after = unbound(now.episode, initial_values(now), wording)
    found: dict[str, list[Compared]] = {}
    for question in questions(after):
        words = [answer_of(form, question) for form in (before, after)]
        values = [_number(form[question.name]) for form in (before, after)]
        change, note = _change(question, *values, unit=_unit(after[question.name]))
        found.setdefault(question.section, []).append(
            Compared(
                label=label_of(after, question),
                then=words[0],
                now=words[1],
                change=change,
                note=note,
                name=question.name,
            )
        )
    return [ComparedSection(title=title, rows=tuple(rows)) for title, rows in found.items()]


def _number(field: BoundField) -> Any:
    """The stored value in the unit its field shows."""
    if isinstance(field.field, KilometresField) and field.initial is not None:
        return Decimal(field.initial) / METRES_IN_KM
    return field.initial


def _unit(field: BoundField) -> str:
    return getattr(field.field.widget, "unit", "")


def _change(question: Question, then: Any, now: Any, *, unit: str) -> tuple[str, str]:
    """The difference of two numbers with its sign, and what it may be called."""
    numbers = [
        value
        for value in (then, now)
        if isinstance(value, int | Decimal) and not isinstance(value, bool)
    ]
    if question.fields == Q8 or len(numbers) != len((then, now)):
        return "", ""
    difference = numbers[1] - numbers[0]
    note = ""
    if question.name.endswith("_repetitions") and difference and is_noise(int(difference)):
        note = "within measurement error"
    return f"{signed(difference)} {unit}".strip(), note


def signed(difference: int | Decimal) -> str:
    """A difference with its sign, a real minus: +8, −3, 0."""
    size = plain_number(abs(Decimal(difference)))
    return f"{'+' if difference > 0 else '−' if difference < 0 else ''}{size}"


def _classified(then: Assessment, now: Assessment) -> Iterator[Compared]:
    first, last = (next(iter(each.own_classifications), None) for each in (then, now))
    for label, name in (("Location", "location"), ("Phase", "phase"), ("Pathway", "pathway")):
        words = [getattr(each, f"get_{name}_display")() if each else "" for each in (first, last)]
        # What a draft is gets set with its signature.
        change = "" if last or now.is_signed else "not set yet"
        yield Compared(label=label, then=words[0], now=words[1], change=change)


def _scores(then: Assessment, now: Assessment, wording: Words) -> Iterator[Compared]:
    """The total with what the change may be called, and the points of the eight items."""
    before, after = (visa_answers(recorded(each)) for each in (then, now))
    totals = [answers.total if answers else None for answers in (before, after)]
    change, note = "", ""
    if totals[0] is not None and totals[1] is not None:
        weeks = max(0, (now.examined_on - then.examined_on).days) // DAYS_A_WEEK
        chosen = next(iter((*now.own_classifications, *then.own_classifications)), None)
        location = Location(chosen.location) if chosen else None
        change = f"{signed(totals[1] - totals[0])} points"
        # A correction of the same day is no course of events.
        if now.amends_id != then.pk:
            note = change_finding(
                totals[0], totals[1], weeks, location, defaults=defaults_in_force()
            ).says
    yield Compared(
        label="Total", then=_of(totals[0], 100), now=_of(totals[1], 100), change=change, note=note
    )
    words = [_answered(each, wording) for each in (then, now)]
    for number, (name, item) in enumerate(zip(ITEM_NAMES, ITEMS, strict=True), start=1):
        points = [getattr(answers, name) if answers else None for answers in (before, after)]
        told = [
            _of(each, item.points) + (f" ({said[name]})" if said[name] else "")
            for each, said in zip(points, words, strict=True)
        ]
        change = ""
        if points[0] is not None and points[1] is not None:
            change = signed(points[1] - points[0])
        yield Compared(label=f"{number}. {item.label}", then=told[0], now=told[1], change=change)


def _answered(assessment: Assessment, wording: Words) -> dict[str, str]:
    """What was answered to the items that are no scale of points; blank for the others."""
    form = unbound(assessment.episode, initial_values(assessment), wording)
    words = dict.fromkeys(ITEM_NAMES, "")
    fields = {"q1": "q1_minutes", "q6": "q6_hops", "q7": "q7"}
    words |= {name: in_words(form[field]) for name, field in fields.items()}
    return words | {"q8": answer_of(form, Question(section="VISA-A", fields=Q8))}


def _of(points: int | None, most: int) -> str:
    return "" if points is None else f"{points} of {most}"


def _symmetry(then: Assessment, now: Assessment) -> Iterator[Compared]:
    side = Side(now.episode.side)
    counts = [
        [recorded(each)[f"{leg}_repetitions"] for leg in (side, side.other)] for each in (then, now)
    ]
    indexes = [lsi_display(lsi(*each)) for each in counts]
    change, note = "", ""
    if indexes[0] is not None and indexes[1] is not None:
        change = f"{signed(indexes[1] - indexes[0])} percentage points"
        if all(is_noise(after - before) for before, after in zip(*counts, strict=True)):
            note = "both counts within measurement error"
    words = ["" if index is None else f"{index} %" for index in indexes]
    yield Compared(
        label="Symmetry, affected by other side",
        then=words[0],
        now=words[1],
        change=change,
        note=note,
    )


def missing_choices(found: Conflict) -> Sequence[str]:
    """The labels of the rows that still need a choice."""
    return [row.label for row in found.rows if row.missing]
