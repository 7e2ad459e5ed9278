"""The lead's pages of who saw and who changed what, and the selector they read."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import programmes.audit as words
from patients import actions as patient_actions
from patients.models import AccessLog, Patient, User
from patients.rules.roles import Role
from programmes import actions
from programmes.models import Session
from programmes.selectors import audit
from programmes.selectors.audit import CHANGED, Mark, Question
from tests import make
from tests.programmes.test_session import form as session_form
from tests.rights import as_owner
from tests.test_access import OURS, address
from tests.test_queries import crowd

pytestmark = pytest.mark.django_db

# Tracked models that are the practice's, not a patient's.
OF_THE_PRACTICE = {
    "patients.user",
    "patients.userrole",
    "patients.invitation",
    "patients.defaultschange",
    "assessments.wording",
    "programmes.plantemplate",
    "programmes.practiceexercise",
    "programmes.ownedweight",
    "programmes.periodreport",
}
LIST, FILE = reverse("programmes:audit"), reverse("programmes:audit_csv")


def sign_in(user: User) -> Client:
    client = Client()
    make.sign_in(client, user)
    return client


@pytest.fixture
def by() -> User:
    return make.make_user(Role.PRACTICE_LEAD)


@pytest.fixture
def lead(by: User) -> Client:
    return sign_in(by)


def whole_record(by: User, **patient: Any) -> Patient:
    """A patient with a row in most tables."""
    person = make.make_patient(by=by, **patient)
    episode = make.make_episode(person, by=by)
    programme = make.make_programme(episode, by=by)
    make.make_session(programme, by=by)
    make.make_handout(programme, by=by)
    make.make_visa(episode, by=by, q5=1)
    make.make_score(episode, by=by)
    actions.write_report(episode, form_token=uuid4(), on=make.DAY, by=by)
    make.make_assessment(episode, by=by, rupture=["calf_squeeze_positive"])
    return person


def shown(page: Any) -> str:
    """The words of a page's main part."""
    main = page.text.split('<main id="main"')[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def rows_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


# --- words ---------------------------------------------------------------------------------------
def test_every_page_has_words() -> None:
    """A page without any is told by its name, so a new one needs a line in ``PAGES``."""
    assert set(OURS) - set(words.PAGES) == set()


def test_every_page_from_which_something_changes_is_named_by_its_path() -> None:
    for name in OURS:
        path = "/".join(part for part in address(name).split("/") if part.isalpha())
        # The day's list, at the root, has no form.
        known = words.path_in_words(path) in words.PAGES.values()
        assert known or name == "programmes:caseload", name
    assert words.path_in_words("episodes/sessions/new") == "the form of a session"


@pytest.mark.parametrize(
    ("page", "method", "denied", "says"),
    [
        ("programmes:episode", "GET", False, "Opened the overview"),
        ("programmes:session_new", "POST", False, "Sent the form of a session"),
        ("programmes:handout", "GET", False, "Printed a paper"),
        ("programmes:audit_csv", "GET", False, "Exported who saw and changed what"),
        ("export_patient", "COMMAND", False, "Exported the whole record, by command"),
        ("programmes:letter", "GET", True, "Was refused a letter"),
        ("programmes:gone", "GET", False, "Opened the page “gone”"),
    ],
)
def test_a_reading_in_words(page: str, method: str, denied: bool, says: str) -> None:
    assert words.reading_in_words(page, method, denied=denied) == says


def test_every_field_of_every_history_can_be_told(by: User) -> None:
    """Whatever a field holds is words; the kinds of all tables differ in their names."""
    assert len({words.noun_of(model) for model in audit.tracked()}) == len(audit.tracked())
    for model in audit.tracked():
        for field in audit.columns(model):
            assert words.label_of(field)
            assert words.in_words(field, None) == "nothing"


# --- whose row it is -----------------------------------------------------------------------------
def test_every_tracked_table_belongs_to_a_patient_or_to_the_practice() -> None:
    """A new table fails here until it leads to a patient or is named above."""
    reached = {model._meta.label_lower for model in audit.links()} | {"patients.patient"}
    tracked = {model._meta.label_lower for model in audit.tracked()}
    assert len(tracked) > 30
    assert reached & OF_THE_PRACTICE == set()
    assert reached | OF_THE_PRACTICE == tracked


def history_rows() -> set[tuple[str, int]]:
    """Every row of every history, by table and key."""
    return {
        (model._meta.label_lower, key)
        for model in audit.tracked()
        for key in audit._events(model)._default_manager.values_list("pgh_id", flat=True)
    }


def found(question: Question) -> set[tuple[str, int]]:
    entries = audit.all_entries(question, most=100_000, at_once=150)
    return {(entry.mark.label, entry.mark.key) for entry in entries}


def test_each_row_of_a_record_is_in_its_own_patients_history_and_no_other(by: User) -> None:
    one, other = whole_record(by), whole_record(by, family_name="Other")
    make.make_practice_exercise(by=by)
    changed = frozenset({CHANGED})
    of_one, of_other = (found(Question(kinds=changed, patient=each)) for each in (one, other))
    everything = found(Question(kinds=changed))
    assert everything == history_rows()
    assert len(of_one) == len(of_other) > 50
    assert of_one & of_other == set()
    of_nobody = {label for label, _ in everything - of_one - of_other}
    assert of_nobody <= OF_THE_PRACTICE
    tables = {label for label, _ in of_one}
    assert {"programmes.item", "programmes.session", "assessments.lock"} <= tables
    # The same the other way round: from the row up to the patient.
    for entry in audit.all_entries(Question(kinds=changed), most=100_000):
        own = {one.pk: of_one, other.pk: of_other}.get(entry.patient or 0, set())
        assert ((entry.mark.label, entry.mark.key) in own) == (entry.patient is not None)


def test_what_was_removed_stays_in_the_history(by: User) -> None:
    user = make.make_user(Role.PHYSIOTHERAPIST, display_name="Gone Role")
    user.groups.clear()
    entries = audit.entries(Question(kinds=frozenset({CHANGED})), limit=10)
    (removed,) = [entry for entry in entries if entry.label == "delete"]
    page = words.page(Question(kinds=frozenset({CHANGED})), before=None)
    (change,) = [c for act in page.acts for c in act.changes if "removed" in c.title]
    assert (removed.model is not None, change.title) == (True, "Role of a user removed")
    assert [(value.label, value.now) for value in change.values] == [
        ("User", "Gone Role"),
        ("Group", "Physiotherapist"),
    ]


# --- pages of it ---------------------------------------------------------------------------------
def test_pages_by_mark_lose_and_repeat_nothing_while_rows_are_added(by: User) -> None:
    patient = whole_record(by)
    moment = timezone.now()
    AccessLog.objects.bulk_create(
        AccessLog(user=by, patient=patient, page="patients:detail", method="GET", at=moment)
        for _ in range(40)
    )
    at_once = audit.entries(Question(), limit=10_000)
    places = [entry.mark for entry in at_once]
    assert places == sorted(places, key=lambda m: (m.at, m.label, m.key), reverse=True)
    read, before = [], None
    while page := audit.entries(Question(), before=before, limit=7):
        read += [entry.mark for entry in page]
        before = Mark.read(str(page[-1].mark))
        assert before == page[-1].mark
        AccessLog.objects.create(user=by, patient=patient, page="patients:edit", method="GET")
    assert read == places


@pytest.mark.parametrize(
    "mark",
    [
        "",
        "~",
        "2025-03-03~patients.patient~1",
        "2025-03-03T10:00:00+00:00~patients.nothing~1",
        "2025-03-03T10:00:00+00:00~patients.patient~x",
        "2025-03-03T10:00:00+00:00~patients.patient~-1",
        "2025-03-03T10:00:00+00:00~patients.patient~" + "9" * 30,
        "2025-03-03T10:00:00+00:00~patients.patient~1'; DROP TABLE x",
    ],
)
def test_a_mark_somebody_made_up_begins_at_the_top(lead: Client, mark: str) -> None:
    assert Mark.read(mark) is None
    assert lead.get(LIST, {"before": mark}).status_code == 200


# --- the list ------------------------------------------------------------------------------------
def test_the_list_tells_who_opened_printed_changed_and_was_refused(by: User, lead: Client) -> None:
    physio = make.make_user(Role.PHYSIOTHERAPIST)
    reception = make.make_user(Role.RECEPTION)
    programme = make.make_programme(by=by)
    episode = programme.episode
    paper = make.make_handout(programme, by=by)
    visitor = sign_in(physio)
    sent = session_form(programme, happened_on=(make.DAY + timedelta(days=1)).isoformat())
    opened = visitor.get(address("programmes:episode", episode.code))
    logged = visitor.post(address("programmes:session_new", episode.code), sent)
    visitor.get(address("programmes:handout", paper.code))
    refused = sign_in(reception).get(address("programmes:episode", episode.code))
    assert (opened.status_code, logged.status_code, refused.status_code) == (200, 302, 403)
    page = shown(lead.get(LIST))
    for says in (
        "Paul Physio Sampleton, Alex Opened the overview",
        "Paul Physio Sampleton, Alex Printed a paper",
        "Paul Physio Sampleton, Alex Session entered From the form of a session",
        "Rita Reception Sampleton, Alex Refused Was refused the overview",
    ):
        assert says in page
    for answer in (opened, logged, refused):
        assert answer["X-Request-Id"] in page
    for what, only in (
        ("opened", "Opened the overview"),
        ("printed", "Printed a paper"),
        ("changed", "Session entered"),
        ("refused", "Was refused the overview"),
    ):
        page = shown(lead.get(LIST, {"what": what, "user": str(physio.code)}))
        assert (only in page) == (what != "refused")
        page = shown(lead.get(LIST, {"what": what}))
        assert only in page
        others = {"Opened the overview", "Printed a paper", "Session entered", "Was refused the"}
        assert [each for each in others if each in page and each not in only] == []


def test_days_are_whole_days_of_the_practice(by: User, lead: Client) -> None:
    patient = make.make_patient(by=by)
    day = date(2025, 6, 10)
    # Ten hours ahead of UTC: half past midnight, and half past eleven in the evening.
    for at in ("2025-06-09T14:30+00:00", "2025-06-10T13:30+00:00", "2025-06-10T14:30+00:00"):
        moment = datetime.fromisoformat(at)
        AccessLog.objects.create(user=by, patient=patient, page=f"p:{at[8:13]}", at=moment)
    asked = {"first": day.isoformat(), "last": day.isoformat(), "what": "opened"}
    page = shown(lead.get(LIST, asked))
    assert "“09T14”" in page
    assert "“10T13”" in page
    assert "“10T14”" not in page
    assert "Tuesday, 10 June 2025" in page


def test_the_last_seven_days_unless_asked_otherwise(by: User, lead: Client) -> None:
    patient = make.make_patient(by=by)
    for days in (6, 8):
        at = timezone.now() - timedelta(days=days)
        AccessLog.objects.create(user=by, patient=patient, page=f"p:{days}", method="GET", at=at)
    page = shown(lead.get(LIST))
    assert "“6”" in page
    assert "“8”" not in page


def test_values_stand_in_the_list_of_a_chosen_patient_only_and_that_is_on_record(
    by: User, lead: Client
) -> None:
    patient = make.make_patient(by=by)
    fields = {name: getattr(patient, name) for name in ("family_name", "date_of_birth", "sex")}
    fields |= {"external_id": None, "phone": "", "email": "", "referrer": ""}
    patient_actions.edit_patient(patient, version=1, given_name="Alexandra", **fields)
    everybody = lead.get(LIST)
    assert "Given name" in shown(everybody)
    assert "→" not in everybody.text
    assert not AccessLog.objects.exists()
    theirs = lead.get(LIST, {"patient": str(patient.code)})
    assert "Given name: Alex → became Alexandra" in shown(theirs)
    row = AccessLog.objects.get()
    assert (row.patient, row.page, row.user) == (patient, "programmes:audit", by)


def test_a_patient_is_searched_for_by_post_and_chosen_by_code(by: User, lead: Client) -> None:
    patient = make.make_patient(by=by)
    physio = make.make_user()
    answer = lead.post(f"{LIST}?user={physio.code}&what=opened", {"q": "sample"})
    (chosen,) = re.findall(r'href="(\?[^"]*patient=[^"]*)"', answer.text)
    assert str(patient.code) in chosen
    assert str(physio.code) in chosen
    assert "what=opened" in chosen
    assert "ample" not in chosen.lower()
    assert not AccessLog.objects.exists()
    assert "Nobody found" in lead.post(LIST, {"q": "zzzz"}).text
    assert lead.post(LIST, {"q": "x" * 101}).status_code == 422
    assert lead.get(LIST, {"patient": str(uuid4())}).status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {"first": "2025-06-10", "last": "2025-06-09"},
        {"first": "10/6/25x"},
        {"first": "0001-01-01"},
        {"last": "9999-12-31"},
        {"user": "nobody"},
        {"user": "00000000-0000-4000-8000-000000000000"},
        {"what": "everything"},
        {"patient": "Sampleton"},
        {"lines": "once"},
    ],
    ids=str,
)
def test_a_question_nobody_can_mean_is_answered_at_its_field(
    lead: Client, asked: dict[str, str]
) -> None:
    for to in (LIST, FILE):
        answer = lead.get(to, asked)
        assert answer.status_code == 422
        assert 'class="error' in answer.text or "aria-invalid" in answer.text


def test_who_saw_a_patient_and_whom_somebody_saw_each_once(by: User, lead: Client) -> None:
    physio, reception = make.make_user(), make.make_user(Role.RECEPTION)
    one, other = make.make_patient(by=by), make.make_patient(by=by, family_name="Other")
    for user, patient, page in (
        (physio, one, "patients:detail"),
        (physio, one, "programmes:handout"),
        (physio, other, "patients:detail"),
        (reception, one, "patients:detail"),
    ):
        AccessLog.objects.create(user=user, patient=patient, page=page, method="GET")
    AccessLog.objects.create(user=by, patient=one, page="patients:detail", denied=True)
    saw = shown(lead.get(LIST, {"patient": str(one.code), "lines": "once"}))
    assert "Paul Physio" in saw.split("Opened Printed or exported")[1]
    assert "Rita Reception" in saw
    # The lead's own reading of this very list is on record; the refusal is no reading.
    rows = audit.seen(Question(patient=one, prints=tuple(words.PRINTS)), limit=10)
    assert {(row.user, row.opened, row.printed) for row in rows} == {
        (physio.pk, 1, 1),
        (reception.pk, 1, 0),
        (by.pk, 1, 0),
    }
    answer = lead.get(FILE, {"user": str(physio.code), "lines": "once"})
    assert [row[:3] + row[5:] for row in rows_of(answer)[1:]] == [
        ["Other, Alex", other.record_number, "Paul Physio", "1", "0"],
        ["Sampleton, Alex", one.record_number, "Paul Physio", "1", "1"],
    ]


# --- signing in ----------------------------------------------------------------------------------
def test_the_list_tells_who_signed_in_and_who_was_not_let_in(by: User, lead: Client) -> None:
    physio = make.make_user(Role.PHYSIOTHERAPIST)
    TOTP.activate(physio, generate_totp_secret())
    make.make_user(Role.RECEPTION)
    enter, second = reverse("account_login"), reverse("mfa_authenticate")
    visitor, password = Client(), {"login": physio.email, "password": make.PASSWORD}
    wrong = visitor.post(enter, {**password, "password": "a wrong one"})
    visitor.post(enter, password)
    mistaken = visitor.post(second, {"code": "000000"})
    assert (wrong.status_code, mistaken.status_code) == (200, 200)
    (code,) = [str(each) for each in RecoveryCodes.activate(physio).get_unused_codes()[:1]]
    came_in = visitor.post(second, {"code": code})
    assert came_in.status_code == 302
    reader = Client()
    reader.post(enter, {"login": by.email, "password": make.PASSWORD})
    page = shown(lead.get(LIST, {"what": "signed", "user": str(physio.code)}))
    nobody = "nobody signed in no patient Account not let in: wrong"
    second_step = "Paul Physio From the second step of the sign-in"
    told = [
        f"Paul Physio no patient Account signed in , {second_step} {came_in['X-Request-Id']}",
        f"{nobody} second step , {second_step} {mistaken['X-Request-Id']}",
        f"{nobody} password , Paul Physio From the sign-in {wrong['X-Request-Id']}",
    ]
    places = [page.find(each) for each in told]
    assert -1 < places[0] < places[1] < places[2], page
    # Of one person, and of nothing but signing in.
    assert page.count("From the") == 3
    everybodys = shown(lead.get(LIST, {"what": "signed"}))
    assert "Leo Lead no patient Account signed in , Leo Lead" in everybodys
    assert "Account entered" not in everybodys
    assert "signed in , " not in shown(lead.get(LIST, {"what": "changed"}))
    # Among everything of a person is what was tried on the account.
    of_physio = shown(lead.get(LIST, {"user": str(physio.code)}))
    assert all(each in of_physio for each in told)
    assert told[1] not in shown(lead.get(LIST, {"user": str(by.code)}))
    rows = rows_of(lead.get(FILE, {"what": "signed", "user": str(physio.code)}))
    people = [row[1] for row in rows[1:]]
    assert people == ["Paul Physio", "nobody signed in", "nobody signed in"]


def test_of_an_account_there_is_not_nothing_typed_is_kept(by: User) -> None:
    events = audit._events(User)._default_manager
    before = events.count()
    typed = {"login": "my-password-by-mistake@example.org", "password": "wrong"}
    assert Client().post(reverse("account_login"), typed).status_code == 200
    assert events.count() == before


def test_an_ended_account_that_is_tried_is_told(by: User, lead: Client) -> None:
    gone = make.make_user(display_name="Gone Sample", is_active=False)
    Client().post(reverse("account_login"), {"login": gone.email, "password": make.PASSWORD})
    page = shown(lead.get(LIST, {"what": "signed"}))
    assert "Account not let in: wrong password , Gone Sample" in page


# --- many people ---------------------------------------------------------------------------------
def staffed(number: int) -> list[User]:
    return User.objects.bulk_create(
        User(email=f"person-{each}@example.org", display_name=f"Sample, Person {each:02}")
        for each in range(number)
    )


@pytest.fixture
def sixty(by: User) -> list[User]:
    """With the lead, one more than a choice holds."""
    return staffed(60)


def test_up_to_sixty_people_are_chosen_from_a_list(by: User, lead: Client) -> None:
    staffed(59)
    page = lead.get(LIST, {"what": "opened"}).text
    assert page.count(">Sample, Person ") == 59
    assert "By " not in shown(lead.get(LIST, {"user": str(by.code)}))
    assert 'name="who"' not in page


def test_among_more_people_one_is_searched_for(sixty: list[User], lead: Client) -> None:
    User.objects.filter(pk=sixty[9].pk).update(is_active=False)
    page = lead.get(f"{LIST}?what=opened").text
    assert "Sample, Person 03" not in page
    assert 'name="who"' in page
    found = lead.post(f"{LIST}?what=opened", {"who": "PERSON sample 09"}).text
    assert shown(lead.post(LIST, {"who": "09"})).count("left") == 1
    (chosen,) = re.findall(r'href="(\?[^"]*user=[^"]*)"', found)
    assert str(User.objects.get(pk=sixty[9].pk).code) in chosen
    assert "what=opened" in chosen
    assert "09" not in re.sub(r"user=[^&]*|first=[^&]*|last=[^&]*", "", chosen)
    theirs = lead.get(LIST + chosen.replace("&amp;", "&"))
    assert "By Sample, Person 09" in shown(theirs)
    assert "Everybody" in shown(theirs)
    many = shown(lead.post(LIST, {"who": "person"}))
    assert many.count("@example.org") == 20
    assert "There are more" in many
    assert "Nobody found" in shown(lead.post(LIST, {"who": "zzzz"}))
    assert lead.post(LIST, {"who": "x" * 101}).status_code == 422
    assert lead.get(LIST, {"user": str(uuid4())}).status_code == 422


def test_the_page_stays_small_among_a_thousand_people(sixty: list[User], lead: Client) -> None:
    asked = {"what": "opened"}
    small = len(lead.get(LIST, asked).content)
    User.objects.bulk_create(
        User(email=f"more-{number}@example.org", display_name=f"More {number}")
        for number in range(940)
    )
    assert len(lead.get(LIST, asked).content) < small + 100


# --- the file ------------------------------------------------------------------------------------
def test_the_file_is_recorded_for_each_patient_it_names(by: User, lead: Client) -> None:
    one, other = make.make_patient(by=by), make.make_patient(by=by, family_name="Other")
    answer = lead.get(FILE)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-')
    recorded = AccessLog.objects.values_list("patient", "page", "request")
    request = answer["X-Request-Id"]
    assert set(recorded) == {(p.pk, "programmes:audit_csv", request) for p in (one, other)}
    assert len(recorded) == 2
    header, *lines = rows_of(answer)
    assert header[:4] == ["When", "Person", "What", "Patient"]
    assert {line[3] for line in lines} == {"Sampleton, Alex", "Other, Alex", ""}
    # Whose values nobody chose to read are not in it.
    assert "1980-01-31" not in answer.content.decode()
    assert "31 January 1980" not in answer.content.decode()


@pytest.mark.parametrize("asked", ["", "?what=opened", "?patient={code}"])
def test_the_file_asks_who_it_is_and_names_nobody_before(by: User, asked: str) -> None:
    """It tells of everybody, so it takes a password of a moment ago, and comes once that is given.

    What was asked for before is asked for after.
    """
    patient = make.make_patient(by=by)
    visitor, confirm = Client(), reverse("account_reauthenticate")
    visitor.force_login(by)
    for page in (LIST, reverse("patients:detail", args=[patient.code])):
        assert visitor.get(page).status_code == 200
    to = FILE + asked.format(code=patient.code)
    for headers in ({}, {"HX-Request": "true"}):
        answer = visitor.get(to, headers=headers)
        there = answer.get("HX-Redirect") or answer["Location"]
        assert there.split("?")[0] == confirm
        assert b"Sampleton" not in answer.content
    wrong = visitor.post(confirm, {"password": "wrong", "next": to})
    assert (wrong.status_code, b"Sampleton" in wrong.content) == (200, False)
    assert not AccessLog.objects.filter(page="programmes:audit_csv").exists()
    answer = visitor.post(confirm, {"password": make.PASSWORD, "next": to})
    if answer.status_code == 302:
        assert answer["Location"] == to
        answer = visitor.get(to)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert AccessLog.objects.filter(page="programmes:audit_csv").exists()


def test_the_file_asks_again_after_a_quarter_of_an_hour(by: User, time_machine: Any) -> None:
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    visitor = sign_in(by)
    assert visitor.get(FILE).status_code == 200
    time_machine.move_to(now + timedelta(minutes=15, seconds=1), tick=False)
    assert visitor.get(FILE).status_code == 302
    assert visitor.get(LIST).status_code == 200


def test_the_file_of_one_patient_holds_the_values_and_no_formula(by: User, lead: Client) -> None:
    patient = make.make_patient(by=by, family_name="=cmd|' /C calc'!A0", referrer="+61 1")
    answer = lead.get(FILE, {"patient": str(patient.code)})
    cells = [cell for row in rows_of(answer) for cell in row]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]
    assert any("Family name: =cmd" in cell for cell in cells)
    assert AccessLog.objects.get().patient == patient


def test_a_file_of_too_many_lines_is_refused(
    by: User, lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.make_programme(by=by)
    monkeypatch.setattr(words, "ROWS_OF_A_FILE", 20)
    answer = lead.get(FILE)
    assert answer.status_code == 422
    assert "more than 20 lines" in answer.text
    assert not AccessLog.objects.exists()


# --- a patient's history -------------------------------------------------------------------------
def test_a_history_tells_what_changed_from_what_to_what_by_whom_and_where(
    by: User, lead: Client
) -> None:
    programme = make.make_programme(by=by)
    session = make.make_session(programme, by=by)
    physio = make.make_user()
    visitor = sign_in(physio)
    morning = {"pain": "2", "stiffness_min": "10"}
    told = visitor.post(address("programmes:morning", session.code), morning)
    assert told.status_code == 302
    patient = programme.episode.patient
    answer = lead.get(reverse("programmes:history", args=[patient.code]))
    page = shown(answer)
    assert "Paul Physio Morning after entered" in page
    assert "Pain: 2" in page
    assert "Stiffness (min): 10" in page
    assert "From the morning after" in page
    assert told["X-Request-Id"] in page
    # The plan became one in force: a step is named, not numbered.
    assert re.search(r"Current step: (nothing → became )?Isotonic, step 1", page)
    # Ours, and no news to anybody.
    assert "Form token" not in page
    assert str(session.form_token) not in page
    assert AccessLog.objects.get(user=by).page == "programmes:history"


def test_a_long_history_goes_on_behind_its_mark(
    by: User, lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "ROWS_A_PAGE", 20)
    patient = whole_record(by)
    to = reverse("programmes:history", args=[patient.code])
    pages, answer = 1, lead.get(to)
    while older := re.search(r'href="(\?before=[^"]+)"', answer.text):
        answer = lead.get(to + older[1])
        pages += 1
        assert answer.status_code == 200
    total = len(found(Question(kinds=frozenset({CHANGED}), patient=patient)))
    assert pages == -(-total // 20) > 2
    assert "Newest" in answer.text


def test_only_the_lead_has_links_to_it(by: User, lead: Client) -> None:
    patient = make.make_patient(by=by)
    to = reverse("patients:detail", args=[patient.code])
    history, saw = reverse("programmes:history", args=[patient.code]), f"{LIST}?patient="
    for visitor, linked in ((lead, True), (sign_in(make.make_user()), False)):
        page = visitor.get(to).text
        assert (history in page, saw in page, LIST in page) == (linked,) * 3


def test_a_value_of_a_tree_is_told_by_the_places_that_changed() -> None:
    was = {"steps": [{"title": "A", "sets": 3}], "days": ["Mon", "Wed"]}
    now = {"steps": [{"title": "A", "sets": 4}], "days": ["Mon"], "note": "x"}
    assert list(words._places(was, now)) == [
        ("steps, 1, sets", "3", "4"),
        ("days", "Mon, Wed", "Mon"),
        ("note", "nothing", "x"),
    ]


# --- how it is found -----------------------------------------------------------------------------
def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.fixture
def many(by: User) -> tuple[User, Patient]:
    """A log of 30,000 readings and as many rows in the history of sessions."""
    patient = whole_record(by)
    people = User.objects.bulk_create(
        User(email=f"{number}@example.org", display_name=f"Person {number}")
        for number in range(300)
    )
    crowd(300, by)
    patients = list(Patient.objects.exclude(pk=patient.pk))
    start = datetime(2025, 1, 1, tzinfo=UTC)
    AccessLog.objects.bulk_create(
        AccessLog(
            user=people[number % 300],
            patient=patients[number * 7 % 300],
            page="patients:detail",
            method="GET",
            at=start + timedelta(minutes=number),
        )
        for number in range(30_000)
    )
    events = audit._events(Session)
    kept = [str(f.column) for f in events._meta.concrete_fields if f.name != "pgh_id"]
    other = {"programme_id": "n", "pgh_obj_id": "n", "pgh_created_at": "now() - n * interval '1h'"}
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {events._meta.db_table} ({', '.join(f'{name}' for name in kept)})"
            f" SELECT {', '.join(other.get(name, 'e.' + name) for name in kept)}"
            f" FROM {events._meta.db_table} e, generate_series(100000, 130000) n"
        )
        for model in (AccessLog, events):
            cursor.execute(f"ANALYZE {model._meta.db_table}")
    return people[3], patient


def statement_of(question: Question) -> str:
    found = audit.page_statement(question, before=None, limit=100)
    return found.as_string(connection.connection)


def test_the_questions_of_a_breach_are_answered_by_an_index(many: tuple[User, Patient]) -> None:
    user, _ = many
    since = datetime(2025, 1, 3, tzinfo=UTC)
    period: dict[str, Any] = {"since": since, "until": since + timedelta(days=7)}
    opened: dict[str, Any] = {"kinds": frozenset({"opened"}), **period}
    for question, index in (
        (Question(user=user, **opened), "access_by_user"),
        (Question(patient=Patient.objects.latest("pk"), **opened), "access_by_patient"),
        (Question(**opened), "access_by_time"),
    ):
        plan = plan_of(statement_of(question))
        assert index in plan
        assert "Seq Scan" not in plan
    for question, index in (
        (Question(user=user, **period), "access_by_user"),
        (Question(patient=Patient.objects.latest("pk"), **period), "access_by_patient"),
    ):
        plan = audit._seen(question).explain()
        assert index in plan
        assert "Seq Scan" not in plan


def test_a_patients_history_is_found_by_indexes_of_its_foreign_keys(
    many: tuple[User, Patient],
) -> None:
    plan = plan_of(statement_of(Question(kinds=frozenset({CHANGED}), patient=many[1])))
    assert "Seq Scan on programmes_sessionevent" not in plan
    assert re.search(r"programmes_sessionevent_programme_id\w*", plan)


def indexed(model: type[Model]) -> set[str]:
    """The columns with which an index of this history begins."""
    with connection.cursor() as cursor:
        table = audit._events(model)._meta.db_table
        constraints = connection.introspection.get_constraints(cursor, table)
    return {each["columns"][0] for each in constraints.values() if each["index"]}


def test_every_history_can_be_read_by_object_by_patient_and_by_time() -> None:
    missing = {
        (model._meta.label_lower, column)
        for model in audit.tracked()
        for column in (
            "pgh_obj_id",
            "pgh_created_at",
            *([audit.links()[model][0]] if model in audit.links() else []),
        )
        if column not in indexed(model)
    }
    assert missing == set()
