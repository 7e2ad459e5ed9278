"""Hostile words in every column somebody types in, on every page, in every file and paper."""

import csv
import io
import os
import re
import subprocess
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import CharField, JSONField, Value
from django.db.models.functions import Concat
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from assessments import actions as assessment_actions
from assessments.models import Assessment, Lock, OtherScore, Treatment, VisaA
from assessments.rules.terms import Stage
from assessments.rules.typed_runs import TypedRun
from patients import staff
from patients.models import BackupLog, Episode, Patient, User
from patients.rules.roles import Role
from patients.rules.terms import Side
from programmes import actions, export
from programmes.actions.defaults import change_defaults
from programmes.models import Draft, Session, Version
from programmes.selectors.papers import usual_options
from tests import make
from tests.hostile.payloads import FORMULAS, MARK, SHORT, WAYS, poison, read, typed_columns
from tests.paper_checks import assert_inert
from tests.programmes.test_corrections import sent as corrected
from tests.programmes.test_session import decision
from tests.rights import as_owner
from tests.test_access import address
from tests.test_database import models_of_ours
from tests.test_queries import make_pages

pytestmark = pytest.mark.django_db

# What the database takes no such text in: it is worked out, or of a fixed form.
NO_ROOM: set[str] = set()
ROOT = Path(__file__).resolve().parent.parent.parent
FILES = {*("handout_page", "handout_shown", "letter_pdf", "outcomes_csv", "outcomes_pdf")}
FILES |= {"papers_pdf", "audit_csv", "picture"}
# The drill draws every paper there is.
LONG = os.environ.get("UPWELL_HOSTILE_EACH") == "1"
# Pages about accounts ask for the password first; a printed code that was changed leads nowhere.
ANSWERED = {200, 302}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def test_there_are_as_many_ways_as_promised() -> None:
    assert len(set(WAYS)) >= 60
    assert all(MARK in each for each in WAYS)


def test_the_reader_sees_what_a_payload_makes() -> None:
    for page in (
        f'<input value="{SHORT}">',
        f"<input value='{SHORT}'>",
        f"<p>{SHORT}</p>",
        '<a href="java\tscript:1">x</a>',
        "<p onclick=1>",
        f"<!-- {SHORT} -->",
        f"<script>{SHORT}</script>",
        '<div hx-get="zq">',
        f"<p>{191 * 193}</p>",
    ):
        assert read(page).found, page
    safe = read("<p title='&lt;zq&gt;'>&lt;zq zq=1&gt;</p>")
    assert (safe.found, safe.told) == ([], 2)


def visit(visitor: Client, to: str, *, htmx: bool) -> tuple[list[str], int]:
    """What this address made of the payloads, and how often it told one."""
    answer = visitor.get(to, headers={"HX-Request": "true"} if htmx else {})
    kind = answer.headers.get("Content-Type", "")
    where = f"{to} {answer.status_code}"
    if answer.status_code not in ANSWERED:
        return [where], 0
    if MARK in str(answer.headers):
        return [f"{where}: in its headers"], 0
    if answer.status_code == 302:
        return [], 0
    body = b"".join(answer) if answer.streaming else answer.content
    if kind.startswith("application/pdf"):
        return [], MARK in text_of(body)
    if kind.startswith("image/"):
        return [], 0
    text = body.decode("utf-8-sig")
    if kind.startswith("text/csv"):
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        run = [cell for cell in cells if MARK in cell and formula(cell)]
        return [f"{where}: {cell}" for cell in run], sum(MARK in cell for cell in cells)
    made = read(text)
    return [f"{where}: {each}" for each in made.found], made.told


def formula(cell: str) -> bool:
    """Whether a spreadsheet could take this cell for a formula."""
    seen = unicodedata.normalize("NFKC", cell)
    return seen.startswith(FORMULA) or seen.lstrip().startswith(FORMULA)


@pytest.fixture(scope="module")
def pages(kept: None) -> dict[str, str]:
    """Every page somebody can open, with a row in every table that somebody types into."""
    pages, today = make_pages(), timezone.localdate()
    episode = Episode.objects.earliest("pk")
    by = episode.clinician
    visitor = signed_in(by)
    # As a patient of another system; every kind of treatment was tried.
    with as_owner():
        Patient.objects.update(external_id=Concat(Value("PM-"), "pk", output_field=CharField()))
        draft = episode.assessments.get(status="draft")
        Treatment.objects.create(assessment=draft, kind="rest", tried=True, note="A month")
        BackupLog.objects.create(
            kind="backup", file_name="x", size_bytes=0, rows=0, problem="The disk is full."
        )
    visa = VisaA.objects.filter(assessment=None).latest("pk")
    assessment_actions.strike_score(visa, reason="Twice.", by=by)
    assessment_actions.strike_score(OtherScore.objects.latest("pk"), reason="Twice.", by=by)
    ran = [
        TypedRun(on=today - timedelta(days=n), distance_m=4_321, duration_s=None, **MUDDY)
        for n in (2, 3)
    ]
    added = assessment_actions.add_runs(episode, ran, form_token=uuid4(), by=by)
    assessment_actions.strike_out(episode, added.runs.earliest("pk"), reason="A walk.", by=by)
    event = assessment_actions.add_load_event(
        episode, kind="rest", on=today, form_token=uuid4(), by=by, note="Holiday"
    )
    assessment_actions.strike_out(episode, event, reason="Did run.", by=by)
    decided, corrected_one = Session.objects.filter(programme__episode=episode)[:2]
    for session, name, data in (
        (decided, "decide", {**decision(decided, "REGRESS", "Tired"), "reason_kind": "confidence"}),
        (corrected_one, "correct", corrected(corrected_one, pain_after="5")),
    ):
        answer = visitor.post(address(f"programmes:{name}", session.code), data)
        assert answer.status_code == 302, (name, answer.text)
    staff.invite(
        email="nora@example.org",
        role=Role.RECEPTION.value,
        form_token=uuid4(),
        by=by,
        display_name="Nora New",
    )
    change_defaults(
        form_token=uuid4(),
        number=0,
        assessment={},
        programme={"pain_ceiling": 4},
        reason="Agreed in March.",
        by=by,
    )
    make.make_weight(label="The old one", kg="7", by=by)
    make.make_template(by=by)
    elsewhere = Assessment.objects.signed().exclude(episode=episode).earliest("pk")
    draft = assessment_actions.amend(elsewhere, reason="The other side.", by=by)
    plan = Draft.objects.get(episode=episode)
    edit = {"op": "add_columns", "stage": "isotonic", "times": "1", "known": "0"}
    visitor.post(
        address("programmes:edit", episode.code),
        {**edit, "draft": str(plan.code), "token": str(uuid4())},
    )
    unlocked = make.make_episode(make.make_patient(by=by, family_name="Unlocked"), by=by)
    make.make_signed_assessment(unlocked, by=by, **make.INSERTIONAL)
    make.make_programme(unlocked, by=by, at=(Stage.FULL_RETURN, 1))
    data = {"code": "U2", "reason": "Hilly home.", "form_token": str(uuid4())}
    visitor.post(address("programmes:unlock", unlocked.code), data)
    return {
        **pages,
        "amended": address("assessments:detail", draft.code),
        "unlocked": address("programmes:unlock", unlocked.code),
        "unlocked plan": address("programmes:programme", unlocked.code),
        "unlocked episode": address("programmes:episode", unlocked.code),
    }


# What the pages of a practice in use never show, or never with a row: another licence's wording of
# a questionnaire, assessments withdrawn whole, and who was destroyed after the years of the law.
NEVER_SHOWN = {
    "assessments.Assessment.void_reason",
    "assessments.Wording.name",
    "assessments.Wording.permission",
    "patients.Destruction.family_name",
    "patients.Destruction.given_name",
    "programmes.PrintJobPaper.problem",
}
MUDDY: Any = {"surface": None, "note": "Muddy"}


def signed_in(user: User) -> Client:
    visitor = Client(raise_request_exception=False)
    make.sign_in(visitor, user)
    return visitor


@pytest.fixture
def by(pages: dict[str, str]) -> User:
    """The practice lead, who opens every page."""
    return Episode.objects.earliest("pk").clinician


def poisoned(wanted: tuple[str, ...]) -> None:
    """Every column somebody types in, in every table, holds these texts."""
    with as_owner():
        done, refused = poison(wanted)
    assert len(done) > 40
    every = {
        f"{model._meta.label}.{field.name}"
        for model in models_of_ours()
        for field in typed_columns(model)
        # Of JSON, what stands in it is ours unless there are words in it.
        if not isinstance(field, JSONField)
    }
    assert {name for name in every - done if not re.search(r"Event\.", name)} == NEVER_SHOWN
    assert refused <= NO_ROOM, sorted(refused)


def test_no_page_makes_anything_of_what_was_typed(by: User, pages: dict[str, str]) -> None:
    """I2: every page of ours and of accounts, opened alone and asked for inside a page."""
    poisoned(WAYS)
    visitor, found, told = signed_in(by), [], {}
    for name, to in pages.items():
        for htmx in (False, True):
            # Files are the same both ways, and the longest list is one of many rows.
            if not ((htmx and resolve(to.split("?")[0]).url_name in FILES) or "3,650" in name):
                made, told[name, htmx] = visit(visitor, to, htmx=htmx)
                found += made
    assert found == []
    # A test of pages that show nothing of it would be none.
    assert sum(map(bool, told.values())) > len(told) * 3 // 4


def test_no_cell_of_a_file_is_a_formula(by: User, pages: dict[str, str]) -> None:
    """I6: every address that answers with a file of cells."""
    poisoned(FORMULAS)
    visitor, files = signed_in(by), 0
    for name, to in pages.items():
        if str(resolve(to.split("?")[0]).url_name).endswith("_csv"):
            found, told = visit(visitor, to, htmx=False)
            assert found == []
            assert told, name
            files += 1
    assert files == 2


def test_every_file_of_cells_has_the_one_writer_and_a_name_that_says_so() -> None:
    """I6: what the test above goes through is all there is."""
    writing = {
        path.relative_to(ROOT).as_posix()
        for package in ("upwell", "patients", "assessments", "programmes")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"\bcsv\.writer\b|\bcsv\.DictWriter\b|openpyxl", path.read_text())
    }
    assert writing == {"upwell/csv.py"}
    views = "".join(path.read_text() for path in (ROOT / "programmes" / "views").glob("*.py"))
    others = [
        path.name
        for app in ("patients", "assessments", "upwell")
        for path in (ROOT / app).rglob("*.py")
        if "text/csv" in path.read_text()
    ]
    assert (views.count("text/csv"), others) == (2, [])


def text_of(paper: bytes) -> str:
    """What stands on a paper, which does, fetches and carries nothing."""
    assert_inert(paper)
    return subprocess.run(
        ["pdftotext", "-", "-"], input=paper, capture_output=True, check=True
    ).stdout.decode()


def test_no_new_paper_is_more_than_a_paper(by: User, pages: dict[str, str]) -> None:
    """Papers drawn of hostile words: for the patient, for colleagues, for the practice."""
    poisoned(WAYS)
    visitor, today = signed_in(by), timezone.localdate()
    version = Version.objects.filter(programme__episode__side=Side.RIGHT).latest("pk")
    version.refresh_from_db()
    options = usual_options(version.programme.episode.patient)
    for edition in ({}, {"edition": "large"})[: None if LONG else 1]:
        paper = actions.print_handout(
            version, options={**options, **edition}, form_token=uuid4(), today=today, by=by
        )
        assert MARK in text_of(actions.as_pdf(paper)), edition
    letter = actions.write_referral(Lock.objects.get(), form_token=uuid4(), on=make.DAY, by=by)
    report = actions.write_report(
        Episode.objects.earliest("pk"), form_token=uuid4(), on=today, by=by
    )
    for each in (letter, report):
        found, told = visit(visitor, address("programmes:letter_pdf", each.code), htmx=False)
        assert (found, told > 0) == ([], True), each
    page = export.page_of(
        export.record_of(version.programme.episode.patient), by=by, at=timezone.now()
    )
    # The one link of this page is its own look.
    made = read(re.sub(r"data:text/css;base64,[\w+/=]*", "", export.as_html(page), count=1))
    assert (made.found, made.told > 20) == ([], True)
    if LONG:
        assert MARK in text_of(export.as_pdf(page))
