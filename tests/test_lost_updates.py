"""Nobody overwrites what they haven't seen: every form that is posted, and why it can't (C1).

The list of forms comes from the URLconf. Each either edits something, then a page that grew old is
answered with 409, what stands there now and what was typed; or it says here why it overwrites
nothing. A new form without a row fails.
"""

import os
from collections.abc import Callable
from html.parser import HTMLParser
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client

from assessments.models import Assessment
from patients import actions as patient_actions
from patients.models import Episode, Patient, User
from patients.rules.roles import Role
from programmes import actions
from programmes.models import Letter
from tests import make
from tests.assessments.test_assessment_form import typed as examined
from tests.test_access import ACCESS, OURS, address

pytestmark = pytest.mark.django_db

ADDS = "adds a row of its own by the token of its form, and changes none"
KEEPS = "adds a row to what only grows: both stay on record"
ONCE = "ends something once: a row that ended is refused any change by the database"
STATES = "says the state it wants, and saying it twice changes nothing more"
READS = "writes nothing"

# Forms that can't lose an update, and why.
WHY: dict[str, str] = {
    "patients:list": READS,
    "patients:search": READS,
    "patients:new": ADDS,
    "patients:episode_new": "one open episode a side: the second is refused by the database",
    "patients:user_new": ADDS,
    "patients:link": ONCE,
    "assessments:new": "a draft somebody began meanwhile is answered with 409 (test_autosave.py)",
    "assessments:autosave_new": "as assessments:new (test_autosave.py)",
    "assessments:findings": READS,
    "assessments:discard": ONCE,
    "assessments:amend": ADDS,
    "assessments:sign": "signs the version that was shown, and no other (test_assessment_form.py)",
    "assessments:test_new": ADDS,
    "assessments:lock_clear": ONCE,
    "assessments:runs_add": ADDS,
    "assessments:load_event_new": ADDS,
    "assessments:load_strike": ONCE,
    "assessments:load_import": ADDS,
    "assessments:import_read": "each piece of a file is read once, under a lock of its import",
    "assessments:import_keep": ONCE,
    "assessments:import_drop": ONCE,
    "assessments:import_undo": ONCE,
    "assessments:visa_new": ADDS,
    "assessments:visa_points": READS,
    "assessments:visa_strike": ONCE,
    "assessments:score_new": ADDS,
    "assessments:score_strike": ONCE,
    "programmes:discharge": ONCE,
    "programmes:reopen": KEEPS,
    "programmes:programme": ADDS,
    "programmes:gate": KEEPS,
    "programmes:flare": ADDS,
    "programmes:unlock": KEEPS,
    "programmes:restore": "begins a draft; one that is open is refused, not replaced",
    "programmes:copy": "begins a draft; one that is open is refused, not replaced",
    "programmes:template_keep": ADDS,
    "programmes:template_retire": STATES,
    "programmes:session_new": ADDS,
    "programmes:visit_raises": ADDS,
    "programmes:visit_visa": ADDS,
    "programmes:morning": "recorded once: other numbers are refused, a correction changes them",
    "programmes:decide": ONCE,
    "programmes:correct": KEEPS,
    "programmes:told_later": KEEPS,
    "programmes:diary": READS,
    "programmes:diary_sheet": ADDS,
    "programmes:outcomes": ADDS,
    "programmes:outcomes_report": "compares with what is known today and changes nothing",
    "programmes:audit": READS,
    "programmes:exercise_new": ADDS,
    "programmes:weights": STATES,
    "programmes:handout_new": ADDS,
    "programmes:handout_again": ADDS,
    "programmes:papers_new": ADDS,
    "programmes:papers_next": "draws the next paper of a job, each once under a lock",
    "programmes:letter_new": ADDS,
    "programmes:referral_new": ADDS,
    "programmes:edit": (
        "each box typed in is an edit of its own; two values of one box are shown side by side "
        "(tests/programmes/test_edit_page.py, tests/browser/test_editor.py)"
    ),
    "programmes:defaults": (
        "changes are numbered: a second of the same number is answered with 409 "
        "(tests/programmes/test_defaults_page.py)"
    ),
}


class Form(HTMLParser):
    """What a browser would send for the form that holds a certain field, as it stands."""

    def __init__(self, text: str, holding: str) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.open: dict[str, list[str]] = {}
        self.choice = self.words = ""
        self.in_words = False
        self.feed(text)
        self.sent = next(form for form in self.forms if holding in form)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = dict(attributes)
        name, value = said.get("name") or "", said.get("value") or ""
        if tag == "form":
            self.open = {}
            self.forms.append(self.open)
        elif tag == "input" and name and said.get("type") != "submit":
            picked = said.get("type") not in {"checkbox", "radio"} or "checked" in said
            if picked and name != "csrfmiddlewaretoken":
                self.open.setdefault(name, []).append(value)
        elif tag == "select":
            self.choice = name
        elif tag == "option" and self.choice and "selected" in said:
            self.open.setdefault(self.choice, []).append(value)
        elif tag == "textarea":
            self.choice, self.words, self.in_words = name, "", True

    def handle_data(self, data: str) -> None:
        if self.in_words:
            self.words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # A browser drops the line end right after the tag.
            self.open.setdefault(self.choice, []).append(self.words.removeprefix("\n"))
            self.in_words = False
        if tag in {"textarea", "select"}:
            self.choice = ""


def of_episode(by: User) -> Episode:
    return make.make_programme(by=by).episode


def patient(by: User) -> tuple[str, str]:
    where = address("patients:edit", make.make_patient(by=by).code)
    return where, where


def member(by: User) -> tuple[str, str]:
    where = address("patients:user", make.make_user(Role.RECEPTION).code)
    return where, where


def exercise(by: User) -> tuple[str, str]:
    where = address("programmes:exercise", make.make_practice_exercise(by=by).code)
    return where, where


def letter(by: User) -> tuple[str, str]:
    programme = make.make_programme(by=by)
    actions.write_report(programme.episode, form_token=uuid4(), on=make.DAY, by=by)
    where = address("programmes:letter", Letter.objects.get().code)
    return where, where


def days(by: User) -> tuple[str, str]:
    code = of_episode(by).code
    return address("programmes:running", code), address("programmes:training_days", code)


# Forms that edit: the page that holds it and where it is sent, the field, what they and I typed,
# and how the two are read on the page of the conflict.
EDITS: dict[str, tuple[Callable[[User], tuple[str, str]], str, Any, Any, str, str]] = {
    "patients:edit": (patient, "phone", "0400 000 001", "0400 000 002", "", ""),
    "patients:user": (member, "professional_title", "Desk A", "Desk B", "", ""),
    "programmes:exercise": (exercise, "instructions", "Stand tall.", "Go slowly.", "", ""),
    "programmes:letter": (letter, "body", "Theirs is longer.", "Mine is short.", "", ""),
    "programmes:training_days": (days, "days", ["2"], ["5", "6"], "Tuesday", "Friday and Saturday"),
}
# Where the button of a conflict says that it saves over what was saved meanwhile.
BY_BUTTON = {"patients:edit", "patients:user", "programmes:exercise"}
# Of the examination, which is longer: below.
PAGES_OF_MANY_QUESTIONS = {"assessments:detail", "assessments:autosave"}

FORMS = {name for name in OURS if "POST" in ACCESS[name][1]}


def test_each_form_says_how_it_loses_nothing() -> None:
    assert set(WHY) | set(EDITS) | PAGES_OF_MANY_QUESTIONS == FORMS
    assert not set(WHY) & (set(EDITS) | PAGES_OF_MANY_QUESTIONS)


@pytest.fixture
def by() -> User:
    return make.make_user(Role.PRACTICE_LEAD)


def signed_in(user: User) -> Client:
    client = Client()
    make.sign_in(client, user)
    return client


@pytest.mark.parametrize("name", sorted(EDITS))
def test_a_page_that_grew_old_overwrites_nothing(by: User, name: str) -> None:
    where, field, they_typed, i_typed, they_read, i_read = EDITS[name]
    page, to = where(by)
    me, them = signed_in(by), signed_in(make.make_user(Role.PRACTICE_LEAD))
    holding = "version" if field == "phone" else "known" if field == "days" else field
    mine = Form(me.get(page).text, holding).sent
    theirs = Form(them.get(page).text, holding).sent
    assert mine.keys() == theirs.keys()
    assert them.post(to, {**theirs, field: they_typed}).status_code == 302
    for _ in range(2):
        refused = me.post(to, {**mine, field: i_typed})
        assert refused.status_code == 409
        assert (they_read or they_typed) in refused.text
        assert (i_read or i_typed) in refused.text
        # Both stand side by side: what is typed isn't only in the form.
        if name in BY_BUTTON:
            table = refused.text.partition("<table")[2].partition("</table>")[0]
            assert they_typed in table
            assert i_typed in table
            assert "Save mine over it</button>" in refused.text
    # What was typed stands in the form again, and what they saved is stored.
    again = Form(refused.text, holding).sent
    assert again[field] == (i_typed if isinstance(i_typed, list) else [i_typed])
    assert Form(them.get(page).text, holding).sent.get(field) == (
        they_typed if isinstance(they_typed, list) else [they_typed]
    )
    # Who has seen both may say that theirs counts.
    refused_form = {**again, **replacing(refused.text)}
    assert me.post(to, refused_form).status_code == 302
    assert Form(them.get(page).text, holding).sent[field] == again[field]


def replacing(text: str) -> dict[str, str]:
    """What the form of a conflict sends, to put one's own over what was saved meanwhile."""
    found: dict[str, str] = {}

    class Boxes(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            said = dict(attributes)
            if tag == "input" and said.get("name") == "replaces":
                found["replaces"] = said.get("value") or ""

    Boxes().feed(text)
    return found


@pytest.mark.parametrize("name", sorted(PAGES_OF_MANY_QUESTIONS))
def test_an_examination_that_grew_old_overwrites_nothing(by: User, name: str) -> None:
    draft = make.make_assessment(by=by)
    them, me = make.make_user(Role.PRACTICE_LEAD), by
    to = address(name, draft.code)
    sent = [
        examined(draft.episode, version=draft.version, goal=goal)
        for goal in ("Walk the dog", "Swim again")
    ]
    first = signed_in(them).post(to, sent[0])
    assert first.status_code in (200, 302)
    refused = signed_in(me).post(to, sent[1])
    assert refused.status_code == 409
    assert Assessment.objects.get(pk=draft.pk).goal == "Walk the dog"
    if name == "assessments:detail":
        assert "Walk the dog" in refused.text
        assert "Swim again" in refused.text


# A drill makes 500 changes in each.
THREADS, CHANGES = 4, int(os.environ.get("UPWELL_CHANGES", "25"))


@pytest.mark.django_db(transaction=True)
def test_of_changes_at_once_each_is_stored_or_told() -> None:
    """Four people read, change and save one record again and again: none is lost in silence."""
    patient = make.make_patient()
    start = Barrier(THREADS, timeout=60)
    stored: list[str] = []
    told: list[str] = []

    def change(person: int) -> None:
        start.wait()
        for number in range(CHANGES):
            seen = Patient.objects.get(pk=patient.pk)
            phone = f"{person}-{number}"
            try:
                patient_actions.edit_patient(seen, version=seen.version, phone=phone)
                stored.append(phone)
            except patient_actions.EditedMeanwhile:
                told.append(phone)
        connections.close_all()

    people = [Thread(target=change, args=(person,)) for person in range(THREADS)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    patient.refresh_from_db()
    events = Patient.pgh_event_model.objects.filter(  # type: ignore[attr-defined]
        pgh_obj_id=patient.pk, pgh_label="update"
    )
    assert len(stored) + len(told) == THREADS * CHANGES
    assert patient.version == 1 + len(stored)
    assert sorted(events.values_list("phone", flat=True)) == sorted(stored)
