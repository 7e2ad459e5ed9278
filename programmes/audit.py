"""The time line of the practice in words: pages, changes, and what changed from what to what."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import groupby, islice
from typing import Any
from urllib.parse import urlencode

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, DateTimeField, Field, ForeignKey, JSONField, Model
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from patients.models import Patient, User
from programmes.selectors.audit import (
    CHANGED,
    NAMED,
    SIGN_INS,
    Entry,
    Mark,
    Question,
    Seen,
    all_entries,
    columns,
    depth,
    entries,
    named,
    patients_of,
    seen,
    sources,
    staff_of,
)
from upwell.csv import Cell, csv_bytes
from upwell.http import Refused

ROWS_A_PAGE = 100
# Patients and persons of one page; the file has them all.
ONCE_A_PAGE = 200
ROWS_OF_A_FILE = 20_000
# Changes of one request that stand on the page by themselves; more are folded up.
SHOWN_AT_ONCE = 6
# Places of a JSON value that changed, told one by one.
PLACES_TOLD = 40
NOTHING = "nothing"

# What the page of each URL is called, as the object of "Opened …".
PAGES = {
    "patients:list": "the list of patients",
    "patients:search": "the search",
    "patients:new": "the form of a new patient",
    "patients:detail": "the patient’s page",
    "patients:edit": "the patient’s details",
    "patients:episode_new": "the opening of an episode",
    "patients:users": "the list of users",
    "patients:user": "a user’s page",
    "patients:user_new": "the invitation of a user",
    "patients:link": "a user’s link",
    "patients:status": "the state of the application",
    "assessments:new": "a new examination",
    "assessments:findings": "the findings beside an examination",
    "assessments:autosave_new": "a draft examination that saves itself",
    "assessments:autosave": "a draft examination that saves itself",
    "assessments:discard": "the discarding of a draft examination",
    "assessments:amend": "the amendment of an examination",
    "assessments:compare": "two examinations side by side",
    "assessments:detail": "an examination",
    "assessments:sign": "the signing of an examination",
    "assessments:test_new": "the form of function tests",
    "assessments:lock_clear": "the clearing of a red flag",
    "assessments:provocation": "the load before the onset",
    "assessments:load": "the load history",
    "assessments:runs_add": "typed runs",
    "assessments:load_event_new": "the form of a change of load",
    "assessments:load_strike": "the striking out of a line of the load history",
    "assessments:load_import": "the import of a training log",
    "assessments:import_detail": "an imported training log",
    "assessments:import_read": "the reading of a training log",
    "assessments:import_keep": "the confirmation of a training log",
    "assessments:import_drop": "the dropping of a training log",
    "assessments:import_undo": "the taking back of a training log",
    "assessments:outcomes": "the questionnaires and tests",
    "assessments:visa_new": "the form of a VISA-A",
    "assessments:visa_points": "the points of a VISA-A",
    "assessments:visa": "a VISA-A",
    "assessments:visa_strike": "the striking out of a VISA-A",
    "assessments:score_new": "the form of another score",
    "assessments:score_strike": "the striking out of another score",
    "programmes:caseload": "the day’s list",
    "programmes:episode": "the overview",
    "programmes:discharge": "the discharge",
    "programmes:reopen": "the opening again of an episode",
    "programmes:programme": "the programme",
    "programmes:edit": "the plan draft",
    "programmes:running": "running",
    "programmes:training_days": "the running days",
    "programmes:gate": "the signing of the return to running",
    "programmes:flare": "the flare",
    "programmes:compare": "two plans side by side",
    "programmes:version": "a version of the plan",
    "programmes:unlock": "the unlocking of a range",
    "programmes:restore": "the restoring of a version",
    "programmes:copy": "the copying of a plan",
    "programmes:template_keep": "the keeping of a plan as a template",
    "programmes:templates": "the templates",
    "programmes:template_retire": "the retiring of a template",
    "programmes:session_new": "the form of a session",
    "programmes:visit_raises": "heel raises beside a session",
    "programmes:visit_visa": "a VISA-A beside a session",
    "programmes:session": "a session",
    "programmes:morning": "the morning after",
    "programmes:decide": "the decision",
    "programmes:correct": "the correction of a session",
    "programmes:told_later": "what was told later of a session",
    "programmes:diary": "the diary",
    "programmes:diary_sheet": "a returned diary sheet",
    "programmes:outcomes": "the practice outcomes",
    "programmes:outcomes_report": "the outcomes of a period",
    "programmes:outcomes_csv": "the outcomes of a period as a CSV file",
    "programmes:outcomes_pdf": "the outcomes of a period as PDF",
    "programmes:library": "the library",
    "programmes:exercise_new": "the form of a new exercise",
    "programmes:exercise": "an exercise of the practice",
    "programmes:weights": "the weights of the practice",
    "programmes:picture": "the picture of an exercise",
    "programmes:looks": "the looks of an exercise",
    "programmes:handout_new": "the printing of a paper",
    "programmes:handout": "a paper",
    "programmes:handout_page": "a page of a paper’s preview",
    "programmes:handout_shown": "a paper’s preview as PDF",
    "programmes:handout_again": "a paper, printed again",
    "programmes:papers_new": "the printing of several papers",
    "programmes:papers": "several papers",
    "programmes:papers_next": "the next of several papers",
    "programmes:papers_pdf": "several papers as one PDF",
    "programmes:letter_new": "a new letter",
    "programmes:referral_new": "a letter about a red flag",
    "programmes:letter": "a letter",
    "programmes:letter_pdf": "a letter as PDF",
    "programmes:audit": "the page of who saw and changed what",
    "programmes:audit_csv": "who saw and changed what",
    "programmes:history": "the patient’s full history",
    "programmes:defaults": "the practice defaults",
    "welcome": "the page after signing in beside a form",
    # Of everybody's own: where an account signs in.
    "account_login": "the sign-in",
    "mfa_authenticate": "the second step of the sign-in",
    "mfa_login_webauthn": "the sign-in with a passkey",
    "account_reauthenticate": "the confirmation of the password",
    "mfa_reauthenticate": "the confirmation of the second step",
    "mfa_reauthenticate_webauthn": "the confirmation with a passkey",
    "account_invitation": "a link",
    # No page: what the command of this name writes.
    "export_patient": "the whole record, by command",
}
# Papers and files that leave the screen, and what was done with them.
PRINTS = {
    "programmes:handout": "Printed",
    "programmes:handout_again": "Printed",
    "programmes:papers_next": "Printed",
    "programmes:papers_pdf": "Printed",
    "programmes:letter_pdf": "Printed",
    "programmes:audit_csv": "Exported",
    "export_patient": "Exported",
}

# What a row of a table is called where its own name isn't what people say.
NOUNS = {
    "patients.user": "account",
    "patients.userrole": "role of a user",
    "patients.invitation": "link for a user",
    "patients.reopening": "opening again",
    "patients.defaultschange": "practice defaults",
    "assessments.assessment": "examination",
    "assessments.lock": "red flag",
    "assessments.runbatch": "training log",
    "assessments.loadevent": "change of load",
    "assessments.wording": "wording of the VISA-A",
    "assessments.visaa": "VISA-A",
    "assessments.heelraisetest": "heel-raise test",
    "programmes.version": "version of the plan",
    "programmes.step": "step of the plan",
    "programmes.item": "exercise of the plan",
    "programmes.move": "change of step",
    "programmes.draft": "plan draft",
    "programmes.draftedit": "edit of the plan draft",
    "programmes.unlock": "unlocking of a range",
    "programmes.plantemplate": "template",
    "programmes.practiceexercise": "exercise of the practice",
    "programmes.ownedweight": "weight of the practice",
    "programmes.handout": "paper",
    "programmes.notdone": "diary line not done",
    "programmes.periodreport": "outcomes of a period",
    "programmes.gatesigning": "signing of the return to running",
}
DONE = {
    "insert": "entered",
    "update": "changed",
    "delete": "removed",
    # What no column of an account shows (patients.models.User).
    "password_set": "got a new password",
    "second_step_removed": "lost its second step",
    "signed_out": "was signed out everywhere",
    "signed_in": "signed in",
    "password_refused": "not let in: wrong password",
    "second_step_refused": "not let in: wrong second step",
}
# Deeds around an account, of whose row nothing changes.
DEEDS = {"password_set", "second_step_removed", "signed_out", *SIGN_INS}
# Which of several rows of a kind it is: the first of these that it has.
TELLS_APART = (
    "happened_on", "answered_on", "tested_on", "examined_on", "dated_on", "moved_on", "on",
    "paper_code", "says", "display_name", "number",
)  # fmt: skip
# Ours, and no news to anybody.
UNTOLD = {"id", "code", "form_token", "form_digest", "content_digest", "is_superuser"}
UNITS = {
    "min": "(min)", "pct": "(%)", "cm": "(cm)", "mm": "(mm)", "kg": "(kg)", "m": "(m)", "s": "(s)",
    "kmh": "(km/h)", "spm": "(steps a minute)", "ms": "(ms)", "reps": "(repetitions)",
}  # fmt: skip
# Free words and details that name somebody are blurred with the names.
TELLING = {"patients.patient", "programmes.letter", "programmes.handout"}


# --- what a page shows ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One field that changed. ``places`` are what changed inside a list or a tree of values."""

    label: str
    was: str
    now: str
    places: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row that was entered, changed or removed."""

    title: str
    of: str
    entered: bool
    personal: bool
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody did in one request: opened a page, was refused it, or changed some rows."""

    at: datetime
    who: str
    does: str
    page: str
    patient: Patient | None
    refused: bool
    request: str
    changes: tuple[Change, ...]

    @property
    def told(self) -> bool:
        """Whether there is more to say than ``does``."""
        return any(change.values or change.of for change in self.changes)

    @property
    def folded(self) -> bool:
        """Whether there is too much to show, or nothing but what was entered."""
        values = [value for change in self.changes for value in change.values]
        long = len(values) > SHOWN_AT_ONCE or any(value.places for value in values)
        return long or any(change.entered for change in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Acts, newest first; ``older`` is the mark behind which there is more, else None."""

    acts: tuple[Act, ...]
    older: str | None

    @property
    def behind(self) -> str:
        """The query string of the next page of a page that asks nothing else."""
        return "?" + urlencode({"before": self.older}) if self.older else ""

    @property
    def days(self) -> list[tuple[date, list[Act]]]:
        """The acts of each day."""
        found = groupby(self.acts, key=lambda act: timezone.localtime(act.at).date())
        return [(day, list(acts)) for day, acts in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """A patient and a person, with how often and when the one's record was opened by the other."""

    patient: Patient
    who: str
    seen: Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class OncePage:
    """Patients and persons once each; ``more`` says whether there are others."""

    lines: tuple[Once, ...]
    more: bool


def page(question: Question, *, before: Mark | None) -> Page:
    """One page that answers the question, of the rows behind ``before``.

    Values of a patient's record are only in it when the question names the patient, whose reading
    is then in the log; else a change says which fields it touched.
    """
    found = entries(question, before=before, limit=ROWS_A_PAGE + 1)
    return _page(found, open_book=question.patient is not None)


def history_page(patient: Patient, *, before: Mark | None) -> Page:
    """One page of everything that was entered and changed of this patient, newest first."""
    question = Question(kinds=frozenset({CHANGED}), patient=patient)
    found = entries(question, before=before, limit=ROWS_A_PAGE + 1)
    return _page(found, open_book=True)


def _page(found: Sequence[Entry], *, open_book: bool) -> Page:
    shown = found[:ROWS_A_PAGE]
    older = str(shown[-1].mark) if len(found) > len(shown) else None
    return Page(acts=tuple(_acts(shown, open_book=open_book)), older=older)


def once_page(question: Question) -> OncePage:
    """Each patient and person of the question once, the latest first."""
    found = seen(question, limit=ONCE_A_PAGE + 1)
    lines = _once(found[:ONCE_A_PAGE])
    return OncePage(lines=tuple(lines), more=len(found) > ONCE_A_PAGE)


def _once(found: Sequence[Seen]) -> list[Once]:
    patients = patients_of(each.patient for each in found)
    staff = staff_of(each.user for each in found)
    return [
        Once(patient=patients[each.patient], who=_who(each.user, staff), seen=each)
        for each in found
    ]


def as_csv(question: Question, *, once: bool) -> tuple[bytes, tuple[int, ...]]:
    """The whole answer as a CSV file, and which patients it tells of.

    Raises ``Refused`` with a sentence for the user if it is too long for one file.
    """
    rows: list[tuple[Cell, ...]]
    if once:
        shown = _once(_whole(seen(question, limit=ROWS_OF_A_FILE + 1)))
        rows = [("Patient", "Record number", "Person", "First", "Last", "Opened", "Printed")]
        rows += [
            (*_named(each.patient), each.who, _moment(each.seen.first), _moment(each.seen.last),
             each.seen.opened, each.seen.printed)
            for each in shown
        ]  # fmt: skip
        return csv_bytes(rows), tuple(dict.fromkeys(each.patient.pk for each in shown))
    found = _whole(list(all_entries(question, most=ROWS_OF_A_FILE + 1)))
    acts = list(_acts(found, open_book=question.patient is not None))
    rows = [
        ("When", "Person", "What", "Patient", "Record number", "From page", "Changes", "Request")
    ]
    rows += [
        (_moment(act.at), act.who, act.does, *_named(act.patient), act.page, changes, act.request)
        for act in acts
        for changes in [_in_one_cell(change) for change in act.changes] or [""]
    ]
    told_of = (act.patient.pk for act in acts if act.patient)
    return csv_bytes(rows), tuple(dict.fromkeys(told_of))


def _whole(found: list[Any]) -> list[Any]:
    if len(found) > ROWS_OF_A_FILE:
        raise Refused(
            f"These are more than {ROWS_OF_A_FILE:,} lines. Choose fewer days, a person or a"
            " patient, and make one file after the other."
        )
    return found


def _named(patient: Patient | None) -> tuple[str, str]:
    return (str(patient), patient.record_number) if patient else ("", "")


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"


def _in_one_cell(change: Change) -> str:
    told = []
    for value in change.values:
        told.append(
            f"{value.label}: {value.was} → {value.now}"
            if value.was
            else f"{value.label}: {value.now}"
            if value.now
            else value.label
        )
        told += [f"{value.label}, {place}: {was} → {now}" for place, was, now in value.places]
    return f"{change.title}{f', {change.of}' if change.of else ''}: {'; '.join(told)}"


# --- acts ----------------------------------------------------------------------------------------
def _acts(found: Sequence[Entry], *, open_book: bool) -> Iterator[Act]:
    patients = patients_of(entry.patient for entry in found)
    told = [entry for entry in found if open_book or entry.patient is None]
    pointed_to = _pointed_to(told)
    staff = staff_of([*(entry.user for entry in found), *pointed_to.pop(User, ())])
    words = _Words(staff=staff, names=named(pointed_to))
    for _, together in groupby(found, key=_one_act):
        rows = list(together)
        first = rows[0]
        if first.model is None:
            changes: tuple[Change, ...] = ()
            does, page = reading_in_words(first.page, first.method, denied=first.denied), ""
        else:
            # Newest first among acts; within one, from the patient down, as it happened.
            down = rows[::-1]
            down.sort(key=lambda row: depth(row.mark.label))
            changes = tuple(_change(row, words, open_book or row.patient is None) for row in down)
            does = _summary(changes)
            page = path_in_words(first.page) if first.page else ""
        yield Act(
            at=first.mark.at,
            who=_who(first.user, staff, by_command=bool(first.model and not first.page)),
            does=does,
            page=page,
            patient=patients.get(first.patient) if first.patient else None,
            refused=first.denied,
            request=first.request,
            changes=changes,
        )


def _one_act(entry: Entry) -> tuple[Any, ...]:
    # All rows of one transaction have its time.
    if entry.model is None:
        return (entry.mark,)
    return (entry.mark.at, entry.request, entry.user, entry.patient)


def _who(user: int | None, staff: Mapping[int, str], *, by_command: bool = False) -> str:
    nobody = "a command" if by_command else "nobody signed in"
    return (staff.get(user) if user else None) or nobody


def _summary(changes: Iterable[Change]) -> str:
    counted = Counter(change.title for change in changes)
    told = [f"{title} ({count} times)" if count > 1 else title for title, count in counted.items()]
    return "; ".join(told)


def reading_in_words(name: str, method: str, *, denied: bool) -> str:
    """One row of the log of readings: "Opened the overview"."""
    noun = PAGES.get(name) or f"the page “{name.partition(':')[2] or name or 'unknown'}”"
    if denied:
        return f"Was refused {noun}"
    if name in PRINTS:
        return f"{PRINTS[name]} {noun}"
    return f"{'Opened' if method in {'GET', 'HEAD'} else 'Sent'} {noun}"


@cache
def _paths() -> dict[str, str]:
    """The name of the URL behind each path without codes, as a history keeps it."""
    found: dict[str, str] = {}

    def walk(resolver: URLResolver, before: str, space: str) -> None:
        for each in resolver.url_patterns:
            route = before + str(each.pattern)
            if isinstance(each, URLResolver):
                walk(each, route, f"{each.namespace}:" if each.namespace else space)
            elif isinstance(each, URLPattern):
                path = "/".join(part for part in route.split("/") if part.isalpha())
                found.setdefault(path, f"{space}{each.name}")

    walk(get_resolver(), "", "")
    return found


def path_in_words(path: str) -> str:
    """From which page a change was made: "the form of a session" for "episodes/sessions/new"."""
    return PAGES.get(_paths().get(path, ""), path)


# --- changes -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """Who and what foreign keys point to."""

    staff: Mapping[int, str]
    names: Mapping[tuple[type[Model], int], str]

    def of(self, model: type[Model], key: int) -> str:
        """The row of this model with this key, in words."""
        if model is User:
            return _who(key, self.staff)
        return self.names.get((model, key)) or f"{noun_of(model)} no. {key}"


def noun_of(model: type[Model]) -> str:
    """What a row of this model is called."""
    return NOUNS.get(model._meta.label_lower) or str(model._meta.verbose_name)


def _pointed_to(found: Iterable[Entry]) -> dict[type[Model], set[int]]:
    """The rows that values of these changes point to: accounts, and the models with words."""
    wanted: dict[type[Model], set[int]] = {}
    for entry in found:
        for field in columns(entry.model) if entry.model else ():
            if isinstance(field, ForeignKey) and field.related_model in {User, *NAMED}:
                keys = [(values or {}).get(field.name) for values in (entry.now, entry.was)]
                wanted.setdefault(field.related_model, set()).update(k for k in keys if k)
    return wanted


def _change(entry: Entry, words: _Words, open_book: bool) -> Change:
    assert entry.model
    noun = noun_of(entry.model)
    title = f"{noun[0].upper()}{noun[1:]} {DONE.get(entry.label, entry.label)}"
    told = [
        _value(entry, field, words) if open_book else _label_only(field)
        for field in columns(entry.model)
        if entry.label not in DEEDS
        and _is_told(entry, field)
        and (open_book or entry.label == "update")
    ]
    of = _tells_apart(entry, words) if open_book else ""
    return Change(
        title=title,
        of=of,
        entered=entry.label not in {"update", *DEEDS},
        personal=entry.model._meta.label_lower in TELLING,
        values=tuple(told),
    )


def _tells_apart(entry: Entry, words: _Words) -> str:
    assert entry.model
    fields = {field.name: field for field in columns(entry.model)}
    for name in TELLS_APART:
        if name in fields and entry.now.get(name) not in (None, ""):
            return in_words(fields[name], entry.now[name], words)
    return ""


def _label_only(field: "Field[Any, Any]") -> Value:
    return Value(label=label_of(field), was="", now="")


def label_of(field: "Field[Any, Any]") -> str:
    """What a field is called, with its unit: "Stiffness (min)"."""
    *words, last = str(field.verbose_name).split(" ")
    said = " ".join([*words, UNITS.get(last, last)]) if words else last
    return said[:1].upper() + said[1:]


def _is_told(entry: Entry, field: "Field[Any, Any]") -> bool:
    name, now = field.name, entry.now.get(field.name)
    counts_saves = name == "version" and not isinstance(field, ForeignKey)
    if name in UNTOLD or counts_saves or field.primary_key:
        return False
    if entry.was is not None and entry.label == "update":
        return bool(entry.was.get(name) != now)
    # Of what was entered: no blanks, nor what the line says already.
    source = sources()[entry.mark.label]
    leads_up = source.link is not None and field.column == source.link[0]
    by_them = isinstance(field, ForeignKey) and field.related_model is User and now == entry.user
    just_now = isinstance(field, DateTimeField) and now is not None and _close(field, now, entry)
    return not (now in (None, "", [], {}) or leads_up or by_them or just_now)


def _close(field: "Field[Any, Any]", value: str, entry: Entry) -> bool:
    """Whether a moment is that of the change itself."""
    moment: datetime = field.to_python(value)
    return abs((moment - entry.mark.at).total_seconds()) < 60


def _value(entry: Entry, field: "Field[Any, Any]", words: _Words) -> Value:
    now = entry.now.get(field.name)
    was = entry.was.get(field.name) if entry.was and entry.label == "update" else None
    changed = entry.label == "update"
    if isinstance(field, JSONField):
        places = tuple(islice(_places(was, now), PLACES_TOLD + 1))
        if len(places) > PLACES_TOLD:
            places = (*places[:PLACES_TOLD], ("and more", "", ""))
        return Value(
            label=label_of(field),
            was=_size(was) if changed else "",
            now=_size(now),
            places=places,
        )
    return Value(
        label=label_of(field),
        was=in_words(field, was, words) if changed else "",
        now=in_words(field, now, words),
    )


def in_words(field: "Field[Any, Any]", value: Any, words: _Words | None = None) -> str:
    """A value of a history as a person reads it; "nothing" for what there is not."""
    if value in (None, "", []):
        return NOTHING
    if isinstance(field, ForeignKey):
        return words.of(field.related_model, value) if words else str(value)
    if isinstance(field, ArrayField):
        return ", ".join(in_words(field.base_field, each, words) for each in value)
    choices = dict(field.flatchoices)
    if value in choices:
        return str(choices[value])
    if isinstance(field, BooleanField):
        return "yes" if value else "no"
    read = field.to_python(value)
    match read:
        case datetime():
            return f"{timezone.localtime(read):%-d %b %Y %H:%M}"
        case date():
            return f"{read:%-d %B %Y}"
        case Decimal():
            return f"{read.normalize():f}"
    return str(read)


# --- trees of values -----------------------------------------------------------------------------
def _size(value: Any) -> str:
    match value:
        case None:
            return NOTHING
        case {"characters": int() as characters, "digest": str()}:
            return f"{characters:,} characters, too long to show"
        case dict() | list():
            return f"{len(value)} {'entry' if len(value) == 1 else 'entries'}"
    return str(value)


def _places(was: Any, now: Any) -> Iterator[tuple[str, str, str]]:
    """Where two trees of values differ: the way there, what stood there and what does now."""
    before, after = dict(_leaves(was)), dict(_leaves(now))
    for way in [*after, *(each for each in before if each not in after)]:
        if before.get(way) != after.get(way):
            yield ", ".join(way), before.get(way, NOTHING), after.get(way, NOTHING)


def _leaves(value: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    match value:
        case dict():
            for name, each in value.items():
                yield from _leaves(each, (*way, str(name).replace("_", " ")))
        case list() if all(not isinstance(each, dict | list) for each in value):
            if value:
                yield way, ", ".join(map(_leaf, value))
        case list():
            for number, each in enumerate(value, start=1):
                yield from _leaves(each, (*way, str(number)))
        case None | "":
            return
        case _:
            yield way, _leaf(value)


def _leaf(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return NOTHING
        case str() | int() | Decimal():
            return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)
