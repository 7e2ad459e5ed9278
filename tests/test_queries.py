"""No page runs more than twelve queries, whatever the number of patients."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.actions import clear_lock, keep_import
from assessments.rules.terms import GateMode, Stage
from patients.actions import discharge, reopen
from patients.models import Episode, Patient, User
from patients.rules.roles import Role
from patients.rules.terms import Side
from programmes.actions import (
    as_pdf,
    begin_draft,
    make_ready,
    order_for,
    print_next,
    record_morning,
    save_letter,
    sign_gate,
    start_job,
    write_referral,
    write_report,
)
from programmes.actions.reports import make_report
from programmes.models import Handout, Ready, Session, Version
from programmes.selectors.papers import usual_options
from tests import make
from tests.assessments.test_import import received, runs, week_of_files

pytestmark = pytest.mark.django_db

MOST = 12


def crowd(size: int, by: User) -> None:
    """Other patients with an open episode each, written in bulk."""
    patients = Patient.objects.bulk_create(
        Patient(
            family_name=f"Crowd{number:03d}",
            given_name="Member",
            date_of_birth=date(1970, 1, 1) + timedelta(days=number),
            sex="F",
            form_token=uuid4(),
            created_by=by,
        )
        for number in range(size)
    )
    Episode.objects.bulk_create(
        Episode(patient=patient, side="left", opened_on=make.DAY, opened_by=by, clinician=by)
        for patient in patients
    )


@pytest.fixture
def pages() -> dict[str, str]:
    """Every page somebody can open, of one patient with everything on record."""
    return make_pages()


def make_pages() -> dict[str, str]:
    """The addresses of ``pages``, and all that stands on them."""
    today = timezone.localdate()
    by = make.make_user(Role.PRACTICE_LEAD)
    episode = make.make_episode(by=by, on=today - timedelta(days=30))
    signed = make.make_signed_assessment(
        episode, by=by, examined_on=today - timedelta(days=30), bone=["focal_bone_tenderness"]
    )
    lock = signed.locks.get()
    clear_lock(lock, reason="The scan was clear.", by=by)
    programme = make.make_programme(episode, by=by, on=today - timedelta(days=28))
    for days in range(14, 2, -1):
        make.make_session(programme, by=by, happened_on=today - timedelta(days=days))
    paper = make.make_handout(programme, on=today, by=by)
    last = Session.objects.order_by("-pk").first()
    version = Version.objects.in_force(programme)
    letter = write_report(episode, form_token=uuid4(), on=today, by=by)
    sent = write_referral(lock, form_token=uuid4(), on=today, by=by)
    words = {"recipient": "", "subject": "x", "body": "y", "dated_on": today, "with_chart": True}
    sent = save_letter(sent, version=1, by=by, printing=True, **words)
    draft = make.make_assessment(episode, by=by, examined_on=today)
    other = make.make_episode(
        make.make_patient(by=by, family_name="Other"), by=by, on=today - timedelta(days=5)
    )
    gate = make.make_programme(
        make.make_episode(make.make_patient(by=by, family_name="Gate"), by=by),
        by=by,
        at=(Stage.PLYOMETRIC, 5),
    )
    at_gate = make.make_session(gate, by=by)
    ladder, free = (
        make.make_programme(
            make.make_episode(make.make_patient(by=by, family_name=stage.value), by=by),
            by=by,
            at=(stage, 1),
        )
        for stage in (Stage.RUN_WALK, Stage.FULL_RETURN)
    )
    for programme_of_runner in (ladder, free):
        for _ in range(3):
            make.make_session(programme_of_runner, by=by)
        sign_gate(
            programme_of_runner.episode,
            mode=GateMode.NORM,
            reason="Older than the study.",
            by=by,
            form_token=uuid4(),
        )
    record_morning(at_gate, pain=2, stiffness_min=10, on=today, by=by)
    kept, long_import = (received(episode, runs(count), by=by) for count in (9, 3650))
    keep_import(kept, episode=episode, ticked=(), by=by)
    reading = received(episode, week_of_files(3), by=by, seconds=-1)
    assert (reading.status, len(long_import.rows)) == ("reading", 3650)
    assert last is not None
    assert version is not None
    assert Handout.objects.count() == 1
    for days in (28, 20, 12, 1):
        score = make.make_visa(episode, on=today - timedelta(days=days), q5=days % 10)
    other_score = make.make_score(episode, on=today)
    own_exercise = make.make_practice_exercise(by=by)
    make.make_weight(by=by)
    begin_draft(episode, source=f"version:{version.code}", on=today, by=by)
    # Somebody's session of that time is entered later: the report lists what would differ.
    period = make_report(
        first=today - timedelta(days=60), last=today - timedelta(days=1), today=today, by=by
    )
    make.make_session(programme, by=by, happened_on=today - timedelta(days=2))
    gone, back = (make.make_programme(make.make_episode(by=by)).episode for _ in range(2))
    for each in (gone, back):
        discharge(each, outcome="improved", note="", on=make.DAY, by=by)
    reopen(back, reason="Pain is back.", on=today, by=by)
    # Irritable again, at a step above what is left to do, with a paper and a session waiting.
    unfit = make.make_programme(
        make.make_episode(make.make_patient(by=by, family_name="Unfit"), by=by), by=by
    )
    make.make_handout(unfit, by=by)
    waiting = make.make_session(unfit, by=by)
    record_morning(waiting, pain=2, stiffness_min=10, on=today, by=by)
    reactive = {**make.REACTIVE, "examined_on": today}
    make.make_signed_assessment(unfit.episode, by=by, **reactive)
    ready = make_ready(order_for(version, options={"edition": "large"}, today=today))
    Ready.objects.filter(pk=ready.pk).update(paper_code="23456789")
    # Both are made at the first need, which is not of interest here.
    as_pdf(paper)
    reader = Client()
    reader.force_login(by)
    reader.get(reverse("programmes:handout_page", args=[version.code, "23456789", 1]))
    right = make.make_episode(gate.episode.patient, side=Side.RIGHT, by=by)
    of_both = make.make_programme(right, by=by).versions.get()
    ways = [ladder.versions.get(), free.versions.get(), of_both]
    asked = [(each, usual_options(each.programme.episode.patient)) for each in ways]
    job = start_job(asked, form_token=uuid4(), by=by)
    while print_next(job, today=today, by=by):
        pass
    code, patient = episode.code, episode.patient.code
    return {
        "caseload": reverse("programmes:caseload"),
        "everybody": reverse("programmes:caseload") + "?show=all",
        "signed in beside a form": reverse("welcome"),
        "patients": reverse("patients:list"),
        "status": reverse("patients:status"),
        "patient new": reverse("patients:new"),
        "patient": reverse("patients:detail", args=[patient]),
        "users": reverse("patients:users"),
        "user new": reverse("patients:user_new"),
        "user": reverse("patients:user", args=[by.code]),
        "own sessions": reverse("usersessions_list"),
        "second step": reverse("mfa_index"),
        "patient edit": reverse("patients:edit", args=[patient]),
        "episode new": reverse("patients:episode_new", args=[patient]),
        "diary": reverse("programmes:diary") + f"?episode={code}",
        "diary sheet": reverse("programmes:diary_sheet", args=[paper.code]),
        "episode": reverse("programmes:episode", args=[code]),
        "episode, all days": reverse("programmes:episode", args=[code]) + "?from=2020-01-01",
        "episode, opened again": reverse("programmes:episode", args=[back.code]),
        "episode, plan unfit": reverse("programmes:episode", args=[unfit.episode.code]),
        "discharge": reverse("programmes:discharge", args=[code]),
        "reopen": reverse("programmes:reopen", args=[gone.code]),
        "programme": reverse("programmes:programme", args=[code]),
        "proposal": reverse("programmes:programme", args=[code]) + "?new",
        "unlock": reverse("programmes:unlock", args=[code]),
        "running": reverse("programmes:running", args=[code]),
        "running, with dates": reverse("programmes:running", args=[ladder.episode.code]),
        "running, full return": reverse("programmes:running", args=[free.episode.code]),
        "session new": reverse("programmes:session_new", args=[code]),
        "session": reverse("programmes:session", args=[last.code]),
        "correct": reverse("programmes:correct", args=[last.code]),
        "session at a stage exit": reverse("programmes:session", args=[at_gate.code]),
        "assessment new": reverse("assessments:new", args=[other.code]),
        "assessment draft": reverse("assessments:detail", args=[draft.code]),
        "assessment signed": reverse("assessments:detail", args=[signed.code]),
        "discard": reverse("assessments:discard", args=[draft.code]),
        "amend": reverse("assessments:amend", args=[signed.code]),
        "compare": reverse("assessments:compare", args=[draft.code]) + "?all=1",
        "lock": reverse("assessments:lock_clear", args=[lock.code]),
        "tests new": reverse("assessments:test_new", args=[code]),
        "outcomes": reverse("assessments:outcomes", args=[code]),
        "visa new": reverse("assessments:visa_new", args=[code]),
        "visa": reverse("assessments:visa", args=[score.code]),
        "score new": reverse("assessments:score_new", args=[code]),
        "score strike": reverse("assessments:score_strike", args=[other_score.code]),
        "load": reverse("assessments:load", args=[code]),
        "import": reverse("assessments:load_import", args=[code]),
        "import, being read": reverse("assessments:import_detail", args=[reading.code]),
        "import of 3,650 rows": reverse("assessments:import_detail", args=[long_import.code]),
        "import confirmed": reverse("assessments:import_detail", args=[kept.code]),
        "change of load": reverse("assessments:load_event_new", args=[code]),
        "plan being edited": reverse("programmes:edit", args=[code]),
        "ways to begin a plan": reverse("programmes:edit", args=[other.code]),
        "version": reverse("programmes:version", args=[version.code]),
        "plans compared": reverse("programmes:compare", args=[code]) + "?to=draft",
        "copy": reverse("programmes:copy", args=[version.code]),
        "practice outcomes": reverse("programmes:outcomes"),
        "outcomes of a period": reverse("programmes:outcomes_report", args=[period.code]),
        "outcomes as csv": reverse("programmes:outcomes_csv", args=[period.code]),
        "outcomes as pdf": reverse("programmes:outcomes_pdf", args=[period.code]),
        "audit": reverse("programmes:audit"),
        "audit of a patient": reverse("programmes:audit") + f"?patient={patient}",
        "audit, each once": reverse("programmes:audit") + f"?patient={patient}&lines=once",
        "audit as csv": reverse("programmes:audit_csv") + f"?patient={patient}",
        "history": reverse("programmes:history", args=[patient]),
        "defaults": reverse("programmes:defaults"),
        "templates": reverse("programmes:templates"),
        "library": reverse("programmes:library"),
        "protocols": reverse("programmes:library") + "?part=protocols",
        "weights": reverse("programmes:library") + "?part=weights",
        "drawings": reverse("programmes:library") + "?part=drawings",
        "picture": reverse("programmes:picture") + "?exercise=floor_single_raise",
        "looks": reverse("programmes:looks") + "?like=floor_single_raise",
        "exercise new": reverse("programmes:exercise_new"),
        "exercise": reverse("programmes:exercise", args=[own_exercise.code]),
        "handout new": reverse("programmes:handout_new", args=[version.code]),
        "handout": reverse("programmes:handout", args=[paper.code]),
        "handout new, both legs": reverse("programmes:handout_new", args=[of_both.code]),
        "preview as pdf": reverse("programmes:handout_shown", args=[version.code, "23456789"]),
        "page of a preview": reverse("programmes:handout_page", args=[version.code, "23456789", 1]),
        "papers new": reverse("programmes:papers_new"),
        "papers new, everybody": reverse("programmes:papers_new") + "?show=all",
        "papers": reverse("programmes:papers", args=[job.code]),
        "papers pdf": reverse("programmes:papers_pdf", args=[job.code]),
        "letter": reverse("programmes:letter", args=[letter.code]),
        "letter printed": reverse("programmes:letter", args=[sent.code]),
        "letter pdf": reverse("programmes:letter_pdf", args=[sent.code]),
    }


def queries(client: Client, address: str) -> list[str]:
    """The statements one page runs, without the savepoints the test wraps it in."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200, address
    return [query["sql"] for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]


def test_pages_stay_within_twelve_queries_at_3_and_at_300(
    client: Client, pages: dict[str, str]
) -> None:
    user = Episode.objects.earliest("pk").clinician
    make.sign_in(client, user)
    client.get("/")  # the first request of a session writes its clock
    crowd(3, user)
    few = {name: len(queries(client, address)) for name, address in pages.items()}
    crowd(297, user)
    many = {name: len(queries(client, address)) for name, address in pages.items()}
    # Everybody's list of so many is by name, and asks less.
    assert {name: (few[name], asked) for name, asked in many.items() if asked > few[name]} == {}
    # The file behind a confirmation asks what there is to confirm by.
    most = dict.fromkeys(many, MOST) | {"audit as csv": MOST + 2}
    assert {name: count for name, count in many.items() if count > most[name]} == {}


def test_a_search_among_300_stays_within_twelve_queries(client: Client) -> None:
    user = make.make_user(Role.RECEPTION)
    client.force_login(user)
    crowd(300, user)
    client.get(reverse("patients:list"))
    with CaptureQueriesContext(connection) as captured:
        response = client.post(reverse("patients:list"), {"q": "crowd29 member"})
    assert response.content.decode().count("Crowd29") == 10
    assert len(captured) <= MOST
