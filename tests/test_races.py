"""Several hands at once, and pages that grew old: nothing twice, nothing lost, never a 500."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import (
    Assessment,
    FunctionTest,
    HeelRaiseTest,
    LoadEvent,
    Lock,
    OtherScore,
    Run,
    RunBatch,
    UnreadPart,
    VisaA,
)
from assessments.rules.terms import Stage
from patients import actions as patient_actions
from patients.models import AccessLog, DefaultsChange, Episode, Invitation, Patient, Reopening, User
from patients.rules.roles import Role
from patients.rules.terms import Side
from programmes import actions
from programmes.forms.defaults import DefaultsForm
from programmes.forms.library import ExerciseForm
from programmes.models import (
    Correction,
    Decision,
    Draft,
    DraftEdit,
    GateSigning,
    Handout,
    Letter,
    MorningAfter,
    PeriodReport,
    PlanTemplate,
    PracticeExercise,
    Printing,
    PrintJob,
    Programme,
    Session,
    Unlock,
    Version,
)
from programmes.rules.library import EXERCISES
from tests import make
from tests.assessments.test_assessment_form import typed
from tests.assessments.test_import import received, week_of_files
from tests.assessments.test_import import runs as runs_file
from tests.programmes.test_corrections import later as told_later
from tests.programmes.test_corrections import sent as corrected
from tests.programmes.test_diary import typed as copied
from tests.programmes.test_session import decision, form

AT_ONCE = 6
# In a drill (`make drill`): 1,000 forms each sent by many at once, and 10 minutes of 8 people.
TRIALS = int(os.environ.get("UPWELL_TRIALS", "3"))
MIX_SECONDS = 60 * float(os.environ.get("UPWELL_DEADLOCK_MINUTES", "0.05"))
PEOPLE = 8
DAYS_AGO = 28
NEW_PATIENT = {
    "family_name": "Zwilling",
    "given_name": "Zoe",
    "date_of_birth": "1980-02-29",
    "sex": "F",
    "external_id": "PM-77",
}


@pytest.fixture
def by(transactional_db: None) -> User:
    """A physiotherapist, in a database that keeps what is committed."""
    # A test with real commits ends by emptying every table, the roles of the migration too.
    for role in Role:
        Group.objects.get_or_create(name=role.value)
    return make.make_user()


@dataclass
class Sent:
    """A form filled in: where it goes, what it holds, and what it makes."""

    to: str
    data: dict[str, Any]
    made: Any
    # What is answered to a repetition: the same redirect, or a refusal that says this.
    refusal: str = ""
    # Other answers on the same form, with the status and the words they are refused with.
    other: dict[str, Any] = field(default_factory=dict)
    other_status: int = 422
    other_says: str = "This form was sent before with other answers."
    # What is answered when it is stored, and how many such rows there were before.
    done: int = 302
    before: int = 0


def visitor(user: User) -> Client:
    """A signed-in browser; what goes wrong on the server is a 500 and no exception."""
    client = Client(raise_request_exception=False)
    make.sign_in(client, user)
    return client


def at_once(sendings: Sequence[tuple[Client, str, dict[str, Any]]]) -> list[Any]:
    """The answers to all these posts, sent in the same moment on connections of their own."""
    start = Barrier(len(sendings), timeout=60)
    answers: list[Any] = [None] * len(sendings)

    def send(place: int, seated: Client, to: str, data: dict[str, Any]) -> None:
        own = Client(raise_request_exception=False)
        own.cookies = seated.cookies.copy()  # type: ignore[assignment]
        start.wait()
        try:
            answers[place] = own.post(to, data)
        finally:
            connections.close_all()

    threads = [Thread(target=send, args=(place, *each)) for place, each in enumerate(sendings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def statuses(answers: Sequence[Any]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def before(days: int = DAYS_AGO) -> Any:
    return timezone.localdate() - timedelta(days=days)


def running(by: User) -> Programme:
    """Heavy slow resistance since four weeks ago."""
    return make.make_programme(
        make.make_episode(by=by, on=before()), on=before(), examined_on=before()
    )


def patient_form(by: User) -> Sent:
    data = {**NEW_PATIENT, "form_token": str(uuid4())}
    return Sent(reverse("patients:new"), data, Patient, other={"given_name": "Zara"})


def invitation_form(by: User) -> Sent:
    by.groups.add(Group.objects.get(name=Role.PRACTICE_LEAD.value))
    data = {"email": "nora@example.org", "display_name": "Nora New", "role": "Reception"}
    sent = {**data, "form_token": str(uuid4())}
    # Whichever name came first has the one open link of this address.
    other = {"display_name": "Nora Otherwise"}
    return Sent(reverse("patients:user_new"), sent, Invitation, done=200, other=other)


def password_link_form(by: User) -> Sent:
    by.groups.add(Group.objects.get(name=Role.PRACTICE_LEAD.value))
    to = reverse("patients:user", args=[make.make_user(Role.RECEPTION).code])
    return Sent(to, {"do": "new_password", "form_token": str(uuid4())}, Invitation, done=200)


def episode_form(by: User) -> Sent:
    patient = make.make_patient(by=by)
    return Sent(
        reverse("patients:episode_new", args=[patient.code]),
        {"side": "left"},
        Episode,
        refusal="There is already an open episode of the left Achilles.",
    )


def reopening_form(by: User) -> Sent:
    episode = make.make_episode(by=by)
    patient_actions.discharge(episode, outcome="improved", note="", on=make.DAY, by=by)
    return Sent(
        reverse("programmes:reopen", args=[episode.code]),
        {"on": make.DAY.isoformat(), "reason": "Pain is back."},
        Reopening,
    )


def examination_form(by: User) -> Sent:
    episode = make.make_episode(by=by)
    return Sent(
        reverse("assessments:new", args=[episode.code]),
        typed(episode),
        Assessment,
        other={"goal": "Dance"},
        other_status=409,
        other_says="Somebody else saved this draft while you were typing",
    )


def autosave_form(by: User) -> Sent:
    sent = examination_form(by)
    to = reverse("assessments:autosave_new", args=[Episode.objects.get().code])
    return Sent(
        to,
        sent.data,
        Assessment,
        done=200,
        other={"goal": "Dance"},
        other_status=409,
        other_says="saved this draft meanwhile",
    )


def amendment_form(by: User) -> Sent:
    signed = make.make_signed_assessment(make.make_episode(by=by), by=by)
    to = reverse("assessments:amend", args=[signed.code])
    return Sent(to, {"reason": "The other side was written down."}, Assessment, before=1)


def measured_form(by: User) -> Sent:
    episode = make.make_episode(by=by)
    data = {"form_token": str(uuid4()), "tested_on": make.DAY.isoformat(), "sl_raise_pain": "2"}
    to = reverse("assessments:test_new", args=[episode.code])
    return Sent(to, {**data, "left_repetitions": "20"}, FunctionTest, other={"sl_raise_pain": "3"})


def heel_raise_form(by: User) -> Sent:
    sent = measured_form(by)
    del sent.data["sl_raise_pain"]
    return Sent(sent.to, sent.data, HeelRaiseTest, other={"left_repetitions": "21"})


def visa_form(by: User) -> Sent:
    episode = make.make_episode(by=by)
    data = {"form_token": str(uuid4()), "answered_on": make.DAY.isoformat(), "q2": "5"}
    to = reverse("assessments:visa_new", args=[episode.code])
    return Sent(to, {**data, "reported_by": "paper"}, VisaA, other={"q2": "6"})


def visit_raises_form(by: User) -> Sent:
    episode = make.make_episode(by=by)
    data = {"form_token": str(uuid4()), "tested_on": make.DAY.isoformat()}
    to = reverse("programmes:visit_raises", args=[episode.code])
    return Sent(to, {**data, "left_repetitions": "20"}, HeelRaiseTest, other={"left_pain": "3"})


def visit_visa_form(by: User) -> Sent:
    sent = visa_form(by)
    to = reverse("programmes:visit_visa", args=[Episode.objects.get().code])
    return Sent(to, sent.data, VisaA, other={"q2": "6"})


def score_form(by: User) -> Sent:
    episode = make.make_episode(by=by)
    data = {"form_token": str(uuid4()), "answered_on": make.DAY.isoformat(), "value": "40"}
    to = reverse("assessments:score_new", args=[episode.code])
    sent = {**data, "reported_by": "paper", "name": "TENDINS-A", "note": ""}
    return Sent(to, sent, OtherScore, other={"value": "41"})


def exercise_form(by: User) -> Sent:
    by.groups.add(Group.objects.get(name=Role.EXERCISE_PHYSIOLOGIST.value))
    pattern = ExerciseForm.pattern_of(EXERCISES["floor_single_raise"])
    values = {key: each for key, each in pattern.items() if each is not None and each is not True}
    data = {**values, "name": "Raises at the tram stop", "form_token": str(uuid4())}
    to = reverse("programmes:exercise_new")
    return Sent(to, data, PracticeExercise, other={"name": "Raises at the bus stop"})


def issue_form(by: User) -> Sent:
    episode = make.make_episode(by=by)
    make.make_signed_assessment(episode, by=by)
    return Sent(
        reverse("programmes:programme", args=[episode.code]),
        {"number": "1", "note": "", "protocol": ""},
        Version,
        other={"note": "With a note"},
        other_says="issued version 1 meanwhile",
    )


def running_of_an_editor(by: User) -> Version:
    """The version in force of a patient; who sends the form edits plans from now on."""
    by.groups.add(Group.objects.get(name=Role.EXERCISE_PHYSIOLOGIST.value))
    version = Version.objects.in_force(running(by))
    assert version is not None
    return version


def begin_form(by: User) -> Sent:
    by.groups.add(Group.objects.get(name=Role.EXERCISE_PHYSIOLOGIST.value))
    episode = make.make_episode(by=by)
    to = reverse("programmes:edit", args=[episode.code])
    return Sent(to, {"op": "begin", "source": "blank"}, Draft)


def edit_form(by: User) -> Sent:
    to = begin_form(by).to
    visitor(by).post(to, {"op": "begin", "source": "blank"})
    edit = {"op": "add_columns", "stage": "isotonic", "times": "1", "known": "0"}
    return Sent(
        to,
        {**edit, "draft": str(Draft.objects.get().code), "token": str(uuid4())},
        DraftEdit,
        other={"times": "2"},
        other_says="This edit was sent before with other content.",
    )


def restore_form(by: User) -> Sent:
    to = reverse("programmes:restore", args=[running_of_an_editor(by).code])
    return Sent(to, {"form_token": str(uuid4())}, Draft)


def copy_form(by: User) -> Sent:
    version = running_of_an_editor(by)
    target = make.make_episode(make.make_patient(by=by, family_name="Zwilling"), by=by)
    data = {"to": str(target.code), "looked_at": "on", "form_token": str(uuid4())}
    to = reverse("programmes:copy", args=[version.code])
    return Sent(to, data, Draft)


def keep_form(by: User) -> Sent:
    data = {"name": "Calm midportion", "note": "", "form_token": str(uuid4())}
    to = reverse("programmes:template_keep", args=[running_of_an_editor(by).code])
    return Sent(to, data, PlanTemplate, other={"name": "Another"})


def unlock_form(by: User) -> Sent:
    by.groups.add(Group.objects.get(name=Role.EXERCISE_PHYSIOLOGIST.value))
    episode = make.make_episode(by=by)
    make.make_signed_assessment(episode, by=by, **make.INSERTIONAL)
    make.make_programme(episode, by=by, at=(Stage.FULL_RETURN, 1))
    data = {"code": "U2", "reason": "Hilly home.", "form_token": str(uuid4())}
    to = reverse("programmes:unlock", args=[episode.code])
    return Sent(to, data, Unlock, other={"reason": "Another reason."})


def session_form(by: User) -> Sent:
    programme = running(by)
    to = reverse("programmes:session_new", args=[programme.episode.code])
    return Sent(
        to,
        form(programme),
        Session,
        other={"pain_during": "4"},
        other_says="Another session was logged since this page was opened",
    )


def morning_form(by: User) -> Sent:
    session = make.make_session(running(by))
    return Sent(
        reverse("programmes:morning", args=[session.code]),
        {"pain": "2", "stiffness_min": "10"},
        MorningAfter,
        other={"pain": "3"},
        other_says="The morning after is recorded already, with other numbers.",
    )


def decision_form(by: User) -> Sent:
    session = make.make_session(running(by))
    on = session.happened_on + timedelta(days=1)
    actions.record_morning(session, pain=2, stiffness_min=10, on=on, by=by)
    return Sent(
        reverse("programmes:decide", args=[session.code]),
        decision(session, "HOLD"),
        Decision,
        other={"outcome": "REGRESS", "reason": "Slept badly."},
        other_says="This session has been decided already.",
    )


def correction_form(by: User) -> Sent:
    session = make.make_session(running(by))
    to = reverse("programmes:correct", args=[session.code])
    return Sent(to, corrected(session, pain_after="4"), Correction, other={"pain_after": "5"})


def later_form(by: User) -> Sent:
    session = make.make_session(running(by), stiffness_min=None)
    to = reverse("programmes:told_later", args=[session.code])
    return Sent(to, told_later(stiffness_min="15"), Correction, other={"stiffness_min": "25"})


def period_form(by: User) -> Sent:
    by.groups.add(Group.objects.get(name=Role.PRACTICE_LEAD.value))
    running(by)
    days = {"first_on": before(60).isoformat(), "last_on": before(1).isoformat()}
    return Sent(reverse("programmes:outcomes"), {"period": "own", **days}, PeriodReport)


def handout_form(by: User) -> Sent:
    version = running(by).versions.get()
    data = {"diary": "1", "next_review": "", "form_token": str(uuid4())}
    to = reverse("programmes:handout_new", args=[version.code])
    review = (timezone.localdate() + timedelta(days=30)).isoformat()
    return Sent(to, data, Printing, other={"next_review": review})


def again_form(by: User) -> Sent:
    paper = make.make_handout(running(by), on=timezone.localdate(), by=by)
    to = reverse("programmes:handout_again", args=[paper.code])
    return Sent(to, {"form_token": str(uuid4())}, Printing, before=1)


def papers_form(by: User) -> Sent:
    codes = [str(running(by).versions.get().code) for _ in range(2)]
    data = {"versions": codes, "form_token": str(uuid4())}
    return Sent(reverse("programmes:papers_new"), data, PrintJob, other={"versions": codes[:1]})


def diary_form(by: User) -> Sent:
    paper = make.make_handout(running(by), on=before(DAYS_AGO), by=by)
    data = copied({1: "x 10 2 3 2 1 5"}, rows=1, first=before(DAYS_AGO - 1))
    to = reverse("programmes:diary_sheet", args=[paper.code])
    return Sent(to, data, Session, other={"1-during": "4"}, other_says="Entered before otherwise")


def flare_form(by: User) -> Sent:
    programme = running(by)
    data = {"note": "Ran for a bus.", "form_token": str(uuid4())}
    to = reverse("programmes:flare", args=[programme.episode.code])
    return Sent(to, data, Handout, other={"note": "Danced."})


def gate_form(by: User) -> Sent:
    programme = running(by)
    data = {"mode": "norm", "reason": "Norm for her age.", "form_token": str(uuid4())}
    to = reverse("programmes:gate", args=[programme.episode.code])
    return Sent(to, data, GateSigning, other={"reason": "Another reason."})


def letter_form(by: User) -> Sent:
    episode = make.make_assessment(by=by, bone=["focal_bone_tenderness"]).episode
    to = reverse("programmes:letter_new", args=[episode.code])
    return Sent(to, {"form_token": str(uuid4())}, Letter)


def referral_form(by: User) -> Sent:
    lock = make.make_assessment(by=by, bone=["focal_bone_tenderness"]).locks.get()
    to = reverse("programmes:referral_new", args=[lock.code])
    return Sent(to, {"form_token": str(uuid4()), "again": "on"}, Letter)


def runs_form(by: User) -> Sent:
    episode = make.make_episode(by=by)
    cells = {"on": ["1/5/2025", "2/5/2025"], "distance": ["9,5", ""], "duration": ["", "45:00"]}
    data = {**cells, "surface": ["", ""], "note": ["", ""], "form_token": str(uuid4())}
    to = reverse("assessments:runs_add", args=[episode.code])
    return Sent(to, data, RunBatch, other={"distance": ["9,6", ""]})


def load_event_form(by: User) -> Sent:
    episode = make.make_episode(by=by)
    data = {"form_token": str(uuid4()), "kind": "rest", "on": "2025-05-01", "note": ""}
    to = reverse("assessments:load_event_new", args=[episode.code])
    return Sent(to, data, LoadEvent, other={"note": "Holiday"})


class Chosen:
    """A chosen file that any number of requests can send at once."""

    def __init__(self, content: bytes) -> None:
        self.name, self.content = "activities.csv", content

    def read(self) -> bytes:
        return self.content


def import_form(by: User) -> Sent:
    episode = make.make_episode(by=by)
    data = {"form_token": str(uuid4()), "logs": Chosen(runs_file(30))}
    to = reverse("assessments:load_import", args=[episode.code])
    return Sent(to, data, RunBatch, other={"logs": Chosen(runs_file(31))})


def defaults_form(by: User) -> Sent:
    by.groups.add(Group.objects.get(name=Role.PRACTICE_LEAD.value))
    values = {**DefaultsForm.stored(0, {}), "programmes-pain_ceiling": "4"}
    data = {**values, "reason": "Agreed in March.", "form_token": str(uuid4())}
    other = {"programmes-pain_ceiling": "3"}
    return Sent(reverse("programmes:defaults"), data, DefaultsChange, other=other)


FORMS: dict[str, Callable[[User], Sent]] = {
    "defaults": defaults_form,
    "patient": patient_form,
    "invitation": invitation_form,
    "link for a password": password_link_form,
    "episode": episode_form,
    "reopening": reopening_form,
    "examination": examination_form,
    "autosave": autosave_form,
    "amendment": amendment_form,
    "tests": measured_form,
    "import": import_form,
    "runs": runs_form,
    "change of load": load_event_form,
    "heel raises": heel_raise_form,
    "visa": visa_form,
    "heel raises beside a session": visit_raises_form,
    "visa beside a session": visit_visa_form,
    "other score": score_form,
    "exercise of ours": exercise_form,
    "programme": issue_form,
    "begun draft": begin_form,
    "edit of a draft": edit_form,
    "restored draft": restore_form,
    "copied draft": copy_form,
    "template": keep_form,
    "unlock": unlock_form,
    "session": session_form,
    "morning after": morning_form,
    "decision": decision_form,
    "correction": correction_form,
    "told later": later_form,
    "period": period_form,
    "handout": handout_form,
    "paper again": again_form,
    "papers": papers_form,
    "diary": diary_form,
    "flare": flare_form,
    "gate": gate_form,
    "letter": letter_form,
    "referral": referral_form,
}
# The others hold nothing that could be answered otherwise, or say so in words of their own.
UNREPEATABLE = {"episode", "reopening", "decision", "amendment", "letter", "referral", "period"}
UNREPEATABLE |= {"paper again", "link for a password"}
UNREPEATABLE |= {"begun draft", "restored draft", "copied draft"}
REPEATABLE = sorted(set(FORMS) - UNREPEATABLE)


@pytest.mark.parametrize("name", FORMS)
def test_the_same_form_many_times_at_once_makes_one_row(by: User, name: str) -> None:
    sent, client = FORMS[name](by), visitor(by)
    answers = at_once([(client, sent.to, sent.data)] * AT_ONCE)
    assert sent.made.objects.count() == sent.before + 1
    done = [answer for answer in answers if answer.status_code == sent.done]
    assert len({answer.get("Location") for answer in done}) == 1
    if not sent.refusal:
        assert statuses(answers) == [sent.done] * AT_ONCE
        return
    assert statuses(answers) == [302, *[422] * (AT_ONCE - 1)]
    for answer in answers:
        assert answer.status_code == 302 or sent.refusal in answer.text


@pytest.mark.parametrize("name", REPEATABLE)
def test_the_same_form_with_other_answers_is_refused(by: User, name: str) -> None:
    sent, client = FORMS[name](by), visitor(by)
    first, second = sent.data, {**sent.data, **sent.other}
    answers = at_once([(client, sent.to, data) for data in (first, second) * (AT_ONCE // 2)])
    assert sent.made.objects.count() == 1
    assert statuses(answers) == [sent.done] * 3 + [sent.other_status] * 3
    # Whichever came first, all of its repetitions are taken for what they are.
    assert len({answer.status_code for answer in answers[::2]}) == 1
    for answer in answers:
        assert answer.status_code == sent.done or sent.other_says in answer.text


def test_the_same_rows_from_both_tendons_pages_at_once_are_saved_once(by: User) -> None:
    left = make.make_episode(by=by)
    right = make.make_episode(left.patient, side=Side.RIGHT, by=by)
    sendings = [
        (
            visitor(by),
            reverse("assessments:runs_add", args=[episode.code]),
            {**runs_form(by).data, "form_token": str(uuid4())},
        )
        for episode in (left, right) * 3
    ]
    answers = at_once(sendings)
    assert statuses(answers) == [302, *[422] * 5]
    assert Run.objects.count() == 2
    for answer in answers:
        assert answer.status_code == 302 or "look like runs already there" in answer.text


def test_two_imports_of_one_file_confirmed_at_once_from_two_tendons_make_one_set(by: User) -> None:
    left = make.make_episode(by=by)
    right = make.make_episode(left.patient, side=Side.RIGHT, by=by)
    other = make.make_user(display_name="Petra Otherwise")
    batches = [received(left, runs_file(20), by=user) for user in (by, other)]
    sendings: list[tuple[Client, str, dict[str, Any]]] = [
        (
            visitor(user),
            f"{reverse('assessments:import_keep', args=[batch.code])}?episode={episode.code}",
            {},
        )
        for batch, user, episode in zip(
            batches * 2, (by, other) * 2, (left, right) * 2, strict=True
        )
    ]
    answers = at_once(sendings)
    assert statuses(answers) == [302] * 4
    assert Run.objects.count() == 20
    # Whichever came first holds them all.
    assert Run.objects.values("batch").distinct().count() == 1


def test_two_tabs_reading_one_import_read_no_piece_twice(by: User) -> None:
    batch = received(make.make_episode(by=by), week_of_files(6), by=by, seconds=-1)
    assert UnreadPart.objects.count() == 6
    to = reverse("assessments:import_read", args=[batch.code])
    answers = at_once([(visitor(by), to, {}) for _ in range(AT_ONCE)])
    assert statuses(answers) == [302] * AT_ONCE
    batch.refresh_from_db()
    assert (batch.status, len(batch.rows), UnreadPart.objects.count()) == ("preview", 6, 0)


def test_of_two_people_issuing_a_version_one_wins_and_the_other_is_told_who(by: User) -> None:
    sent = issue_form(by)
    other = make.make_user(display_name="Petra Otherwise")
    answers = at_once([(visitor(user), sent.to, sent.data) for user in (by, other)])
    version = Version.objects.get()
    assert statuses(answers) == [302, 422]
    refused = next(answer for answer in answers if answer.status_code == 422)
    assert f"{version.issued_by} issued version 1 meanwhile" in refused.text


@pytest.mark.parametrize(("in_force", "number"), [(0, 2), (1, 3), (1, 9999), (2, 1)])
def test_a_version_out_of_turn_is_refused(by: User, in_force: int, number: int) -> None:
    sent = issue_form(by)
    episode = Episode.objects.get()
    for each in range(1, in_force + 1):
        actions.issue_proposal(episode, on=make.DAY, number=each, by=by)
    answer = visitor(by).post(sent.to, {**sent.data, "number": number})
    assert answer.status_code == 422
    assert "This page is out of date. Open the programme again." in answer.text
    assert Version.objects.count() == in_force


def test_one_number_of_the_practice_system_for_two_patients_at_once(by: User) -> None:
    to, client = reverse("patients:new"), visitor(by)
    sendings = [
        (client, to, {**NEW_PATIENT, "family_name": name, "form_token": str(uuid4())})
        for name in ("Anders", "Bertram", "Clemens", "Dietrich")
    ]
    answers = at_once(sendings)
    assert Patient.objects.count() == 1
    assert statuses(answers) == [302, 422, 422, 422]
    for answer in answers:
        if answer.status_code == 422:
            assert 'id="id_external_id_error"' in answer.text
            assert "has this number" in answer.text
            assert "Zoe" in answer.text


def test_all_kinds_of_writing_on_one_episode_at_once(by: User) -> None:
    programme = running(by)
    episode, client = programme.episode, visitor(by)
    for day in range(3):
        programme.refresh_from_db()
        session = make.make_session(programme, happened_on=before(20 - day))
        actions.record_morning(session, pain=2, stiffness_min=10, on=timezone.localdate(), by=by)
        draft = episode.assessments.draft()
        save = reverse("assessments:new", args=[episode.code])
        held = Session.objects.count()
        issue, *logs, saved, decided = at_once(
            [
                (
                    client,
                    reverse("programmes:programme", args=[episode.code]),
                    {"number": programme.versions.count() + 1, "note": "", "protocol": ""},
                ),
                *[
                    (
                        client,
                        reverse("programmes:session_new", args=[episode.code]),
                        form(programme, happened_on=before(16 - 3 * day - one).isoformat()),
                    )
                    for one in range(3)
                ],
                (client, save, typed(episode, version=draft.version if draft else 1)),
                (
                    client,
                    reverse("programmes:decide", args=[session.code]),
                    decision(session, "HOLD", "Wait a little."),
                ),
            ]
        )
        answers = [issue, *logs, saved, decided]
        assert set(statuses(answers)) <= {302, 422}, statuses(answers)
        counted = Counter(answer.status_code for answer in logs)
        assert Session.objects.count() == held + counted[302]
        assert (issue.status_code, saved.status_code) == (302, 302)
        assert Decision.objects.filter(session=session).exists() == (decided.status_code == 302)
    numbers = [version.number for version in Version.objects.order_by("number")]
    assert numbers == [1, 2, 3, 4]
    assert episode.assessments.count() == 2


def test_twenty_at_once_open_one_episode_of_a_side(by: User) -> None:
    sent, client = episode_form(by), visitor(by)
    answers = at_once([(client, sent.to, sent.data)] * 20)
    assert Episode.objects.open().count() == 1
    assert set(statuses(answers)) <= {302, 422}


def test_of_many_forms_each_sent_many_times_each_makes_one_row(by: User) -> None:
    client = visitor(by)
    for trial in range(TRIALS):
        sent = patient_form(by)
        # Born on another day each, or the page would ask whether it is the same person.
        born = date(1950, 1, 1) + timedelta(days=trial)
        data = {**sent.data, "date_of_birth": born.isoformat(), "external_id": f"PM-{trial}"}
        answers = at_once([(client, sent.to, data)] * AT_ONCE)
        assert statuses(answers) == [302] * AT_ONCE, trial
        assert Patient.objects.filter(external_id=f"PM-{trial}").count() == 1, trial
    assert Patient.objects.count() == TRIALS
    print(f"C2: {TRIALS} forms, {AT_ONCE} times each at once: one row each")


def something_to_send(chance: random.Random, programme: Programme) -> tuple[str, dict[str, Any]]:
    """Some form of this episode or its patient, filled in as of now."""
    episode = programme.episode
    day, token = before(chance.randrange(1, 20)).isoformat(), str(uuid4())
    match chance.randrange(8):
        case 0 | 1:
            to = reverse("programmes:session_new", args=[episode.code])
            return to, form(programme, happened_on=day, form_token=token)
        case 2:
            draft = episode.assessments.draft()
            to = reverse("assessments:new", args=[episode.code])
            return to, typed(episode, version=draft.version if draft else 1)
        case 3:
            number = programme.versions.count() + 1
            to = reverse("programmes:programme", args=[episode.code])
            return to, {"number": number, "note": "", "protocol": ""}
        case 4:
            to = reverse("assessments:load_event_new", args=[episode.code])
            return to, {"form_token": token, "kind": "rest", "on": day, "note": token}
        case 5:
            to = reverse("assessments:visa_new", args=[episode.code])
            told = {"form_token": token, "answered_on": day, "q2": "5", "reported_by": "paper"}
            return to, told
        case 6:
            to = reverse("programmes:gate", args=[episode.code])
            return to, {"mode": "norm", "reason": f"Norm {token}", "form_token": token}
        case _:
            to = reverse("programmes:flare", args=[episode.code])
            return to, {"note": f"Ran for a bus {token}.", "form_token": token}


def deadlocks() -> int:
    """How many this database has counted since it was made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_eight_people_writing_anything_on_the_same_episodes_meet_no_deadlock(by: User) -> None:
    """None is met, not even one that a second try would hide."""
    programmes = [running(by), running(by)]
    seated, had = visitor(by), deadlocks()
    seed = random.randrange(10_000)
    answers: Counter[int] = Counter()
    wrong: list[str] = []
    start = Barrier(PEOPLE, timeout=60)

    def write(person: int) -> None:
        chance = random.Random(f"{seed} {person}")
        own = Client(raise_request_exception=False)
        own.cookies = seated.cookies.copy()  # type: ignore[assignment]
        start.wait()
        try:
            until = time.monotonic() + MIX_SECONDS
            while time.monotonic() < until:
                programme = Programme.objects.get(pk=chance.choice(programmes).pk)
                to, data = something_to_send(chance, programme)
                status = own.post(to, data).status_code
                answers[status] += 1
                if status >= 500:
                    wrong.append(f"{status} {to}")
        finally:
            connections.close_all()

    people = [Thread(target=write, args=(person,)) for person in range(PEOPLE)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    time.sleep(1)  # each connection tells its numbers when it ends
    met = deadlocks() - had
    print(f"C5: {MIX_SECONDS:.0f} s, {PEOPLE} people: {dict(answers)}, {met} deadlocks")
    assert (wrong, met) == ([], 0), seed
    assert answers[302]
    assert set(answers) <= {200, 302, 409, 422}


def test_an_answer_to_an_older_proposal_is_refused(by: User) -> None:
    session = make.make_session(running(by))
    seen = decision(session, "HOLD", "Wait a little.")
    assert seen["proposed"] == "PENDING"
    on = session.happened_on + timedelta(days=1)
    actions.record_morning(session, pain=9, stiffness_min=10, on=on, by=by)
    answer = visitor(by).post(reverse("programmes:decide", args=[session.code]), seen)
    assert answer.status_code == 422
    assert "The proposal has changed since you opened this page." in answer.text
    assert "Wait a little." in answer.text
    assert not Decision.objects.exists()


def test_of_two_clinicians_deciding_one_wins_and_the_other_sees_who_decided_what(by: User) -> None:
    sent, other = decision_form(by), make.make_user(Role.PRACTICE_LEAD)
    theirs = {**sent.data, "outcome": "REGRESS", "reason": "Too soon.", "reason_kind": "confidence"}
    mine, yours = at_once([(visitor(by), sent.to, sent.data), (visitor(other), sent.to, theirs)])
    made = Decision.objects.get()
    assert statuses([mine, yours]) == [302, 422]
    lost = mine if mine.status_code == 422 else yours
    assert f"{made.get_outcome_display()}, by {made.decided_by.signature}" in lost.text
    assert made.decided_by == (other if lost is mine else by)
    assert lost is mine or "Too soon." in lost.text


def test_of_two_corrections_of_one_session_the_second_sees_the_first(by: User) -> None:
    first, second = correction_form(by), make.make_user(Role.PRACTICE_LEAD)
    other = {**first.data, "pain_before": "5", "reason": "Mine.", "form_token": str(uuid4())}
    answers = at_once([(visitor(by), first.to, first.data), (visitor(second), first.to, other)])
    assert statuses(answers) == [302, 422]
    assert Correction.objects.count() == 1
    lost = next(answer for answer in answers if answer.status_code == 422)
    assert "Somebody else changed what is recorded" in lost.text


def test_a_session_for_a_step_left_meanwhile_is_refused_and_the_new_step_named(by: User) -> None:
    programme = running(by)
    sent = form(programme, note="felt fine")
    assert programme.current_step is not None
    programme.current_step = programme.versions.get().steps.get(
        order=programme.current_step.order + 1
    )
    programme.save(update_fields=["current_step"])
    to = reverse("programmes:session_new", args=[programme.episode.code])
    answer = visitor(by).post(to, sent)
    assert answer.status_code == 422
    assert f"The patient was moved to {programme.current_step} meanwhile." in answer.text
    assert "felt fine" in answer.text
    assert not Session.objects.exists()


@dataclass
class Closed:
    """An episode with everything on record, closed while its pages were open."""

    episode: Episode
    sent: dict[str, tuple[str, dict[str, Any]]]


@pytest.fixture
def closed(by: User) -> Closed:
    programme = running(by)
    episode = programme.episode
    session = make.make_session(programme)
    draft = make.make_assessment(episode, by=by, examined_on=timezone.localdate())
    code = episode.code
    red_flag = typed(episode, version=draft.version, rupture=["calf_squeeze_positive"])
    today = timezone.localdate().isoformat()
    tests = {"form_token": str(uuid4()), "tested_on": today, "sl_raise_pain": "2"}
    sign = {"location": "midportion", "phase": "degenerative", "version": draft.version}
    printing = {"diary": "1", "next_review": "", "form_token": str(uuid4())}
    issue = {"number": "2", "note": "", "protocol": ""}
    sent = {
        "session": (reverse("programmes:session_new", args=[code]), form(programme)),
        "morning": (
            reverse("programmes:morning", args=[session.code]),
            {"pain": "2", "stiffness_min": "10"},
        ),
        "decide": (
            reverse("programmes:decide", args=[session.code]),
            decision(session, "HOLD", "Wait."),
        ),
        "print": (
            reverse("programmes:handout_new", args=[programme.versions.get().code]),
            printing,
        ),
        "sign": (reverse("assessments:sign", args=[draft.code]), sign),
        "save draft": (
            reverse("assessments:detail", args=[draft.code]),
            typed(episode, version=draft.version, goal="Dance"),
        ),
        "examine": (reverse("assessments:new", args=[code]), typed(episode, version=1)),
        "lock": (reverse("assessments:detail", args=[draft.code]), red_flag),
        "tests": (reverse("assessments:test_new", args=[code]), tests),
        "issue": (reverse("programmes:programme", args=[code]), issue),
        "flare": (
            reverse("programmes:flare", args=[code]),
            {"note": "Ran for a bus.", "form_token": str(uuid4())},
        ),
        "gate": (
            reverse("programmes:gate", args=[code]),
            {"mode": "norm", "reason": "Norm.", "form_token": str(uuid4())},
        ),
        "days": (reverse("programmes:training_days", args=[code]), {"days": ["1"]}),
        "discharge": (
            reverse("programmes:discharge", args=[code]),
            {"outcome": "returned", "on": today, "note": ""},
        ),
    }
    patient_actions.discharge(episode, outcome="improved", note="", on=timezone.localdate(), by=by)
    return Closed(episode, sent)


WRITES = (
    "session",
    "morning",
    "decide",
    "print",
    "sign",
    "save draft",
    "examine",
    "lock",
    "tests",
    "issue",
    "flare",
    "gate",
    "days",
    "discharge",
)


def on_record() -> dict[str, int]:
    """How many rows each table of ours holds, histories among them; readings are no record."""
    ours = [
        model
        for label in ("patients", "assessments", "programmes")
        for model in apps.get_app_config(label).get_models()
        if model is not AccessLog
    ]
    return {model.__name__: model._default_manager.count() for model in ours}


@pytest.mark.parametrize("write", WRITES)
def test_a_closed_episode_takes_nothing_more(by: User, closed: Closed, write: str) -> None:
    assert set(closed.sent) == set(WRITES)
    record = on_record()
    to, data = closed.sent[write]
    answer = visitor(by).post(to, data)
    assert answer.status_code == 422
    assert "episode is closed" in answer.text
    assert on_record() == record


def test_a_lock_can_be_cleared_after_the_discharge(by: User) -> None:
    episode = make.make_episode(by=by)
    make.make_assessment(episode, by=by, rupture=["calf_squeeze_positive"])
    patient_actions.discharge(episode, outcome="referred", note="", on=make.DAY, by=by)
    lock = Lock.objects.get()
    address = reverse("assessments:lock_clear", args=[lock.code])
    sent = {"reason": "The surgeon has seen the tendon whole."}
    answers = at_once([(visitor(by), address, sent)] * AT_ONCE)
    assert statuses(answers) == [302, *[422] * (AT_ONCE - 1)]
    assert not Lock.objects.open().exists()
    for answer in answers:
        assert answer.status_code == 302 or "Somebody has cleared this already." in answer.text


def test_discharged_on_both_pages_at_once_it_is_closed_once(by: User) -> None:
    episode = make.make_episode(by=by, side=Side.RIGHT)
    to = reverse("programmes:discharge", args=[episode.code])
    sent = {"outcome": "returned", "on": timezone.localdate().isoformat(), "note": ""}
    answers = at_once([(visitor(by), to, sent)] * AT_ONCE)
    assert statuses(answers) == [302, *[422] * (AT_ONCE - 1)]
    assert not Episode.objects.open().exists()
