"""A person's whole record: every row, readable, private, and with nothing in it that runs."""

import base64
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from io import BytesIO, StringIO
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone
from pypdf import PdfReader

from assessments.models import Assessment
from patients.models import AccessLog, Patient, User
from patients.rules.roles import Role
from programmes import export
from programmes.belongings import belongings, history_of, rows_of
from programmes.export import record as export_record
from programmes.export import writing
from programmes.models import Document, Handout, Session
from tests import make
from tests.rights import as_owner
from upwell.management import play, stories

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 }}\u202e=cmd()"


@pytest.fixture
def lead() -> User:
    return make.make_user(Role.PRACTICE_LEAD, email="lead@example.org")


def told(patient: Patient, lead: User) -> tuple[export.Record, export.Page]:
    record = export.record_of(patient)
    return record, export.page_of(record, by=lead, at=timezone.now())


def words(html: str) -> str:
    """What a person reads of the page."""
    parser = HTMLParser()
    text: list[str] = []
    parser.handle_data = text.append  # type: ignore[assignment,method-assign]
    parser.feed(html)
    return re.sub(r"\s+", " ", " ".join(text))


def a_record(**person: Any) -> Patient:
    programme = make.make_programme(treated_rest=True)
    session = make.make_session(programme)
    by = session.logged_by
    patient = programme.episode.patient
    paper = make.make_handout(programme)
    if paper.document_id is None:
        stored = Document.objects.create(sha256=uuid4().hex * 2, pdf=b"%PDF-1.7 paper", pages=1)
        with as_owner():
            Handout.objects.filter(pk=paper.pk).update(document=stored)
    if person:
        with as_owner():
            Patient.objects.filter(pk=patient.pk).update(**person)
    AccessLog.objects.create(user=by, patient=patient, page="patients:detail", method="GET")
    return Patient.objects.get(pk=patient.pk)


@pytest.mark.parametrize("number", range(3))
def test_a_story_of_the_demo_is_exported_whole(
    number: int, monkeypatch: pytest.MonkeyPatch, lead: User
) -> None:
    monkeypatch.setattr(play, "STORIES", stories.STORIES[number : number + 1])
    play.seed(timezone.localdate())
    patient = Patient.objects.get()
    record, page = told(patient, lead)
    read = words(export.as_html(page))
    for session in Session.objects.all():
        assert f"{session.happened_on:%-d %B %Y}" in read
        if session.note:
            assert " ".join(session.note.split()) in read
    for row in Assessment.objects.all():
        assert f"Assessment of {row.examined_on:%-d %B %Y}" in read
    told_of = export.as_json(record, by=lead, at=timezone.now())
    for model, mine in rows_of(patient).items():
        label = model._meta.label
        assert [row[model._meta.pk.attname] for row in told_of["tables"][label]] == mine
        if events := history_of(model):
            number_of = events._base_manager.filter(pgh_obj_id__in=mine).count()
            assert len(told_of["history"][label]) == number_of
    json.dumps(told_of)


def test_every_table_of_a_patient_has_a_place_on_the_page(lead: User) -> None:
    """A new table that belongs to a patient fails here until the record shows it, or says why."""
    sources = Path(export.__file__).parent.rglob("*.py")
    placed = {
        each for path in sources for each in re.findall(r"record\.of\((\w+)", path.read_text())
    }
    placed |= {model.__name__ for model in export.NOT_SHOWN}
    assert placed == {each.model.__name__ for each in belongings()}
    # And rows of such a table stop the export.
    record, _ = told(a_record(), lead)
    record.rows[User] = [lead]
    with pytest.raises(AssertionError, match="not in the record to read"):
        export.page_of(record, by=lead, at=timezone.now())


def test_the_command_writes_a_private_folder_and_stands_in_the_log(
    tmp_path: Path, lead: User
) -> None:
    patient = a_record()
    before = AccessLog.objects.count()
    out = StringIO()
    call_command(
        *("export_patient", patient.record_number, "--by", lead.email),
        *("--to", str(tmp_path / "out")),
        stdout=out,
    )
    (folder,) = (tmp_path / "out").iterdir()
    assert str(folder) in out.getvalue()
    assert "rows; 1 of 1 papers and letters kept as they were printed." in out.getvalue()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"record.html", "record.pdf", "record.json"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}
    assert patient.family_name not in " ".join(str(path) for path in folder.rglob("*"))

    (reading,) = AccessLog.objects.order_by("-pk")[: AccessLog.objects.count() - before]
    assert (reading.user, reading.patient, reading.page) == (lead, patient, "export_patient")

    paper = Handout.objects.get()
    assert paper.document_id is not None
    stored = Document.objects.values_list("pdf", flat=True).get(pk=paper.document_id)
    assert (folder / "papers" / f"plan-{paper.paper_code}.pdf").read_bytes() == bytes(stored)
    html = (folder / "record.html").read_text()
    for href in re.findall(r'href="([^"#]+)"', html):
        assert href.startswith("data:text/css;base64,") or (folder / href).is_file()
    assert json.loads((folder / "record.json").read_text())["record_number"] in folder.name


def test_the_pdf_reads_like_the_page(lead: User, tmp_path: Path) -> None:
    _, page = told(a_record(), lead)
    reader = PdfReader(BytesIO(export.as_pdf(page)))
    text = " ".join(re.sub(r"\s+", " ", each.extract_text()) for each in reader.pages)
    for said in ("The record of", "Sessions and decisions", "Who opened this record"):
        assert said in text
    # Whose record it is stands on every sheet.
    for each in reader.pages:
        assert page.record_number in each.extract_text()
    assert reader.metadata is not None
    assert page.name not in str(reader.metadata)


def test_what_was_typed_is_shown_and_never_runs(lead: User) -> None:
    patient = a_record(family_name=HOSTILE[:90], referrer=HOSTILE[:110], phone="<b>1</b>")
    session = Session.objects.get()
    make.make_score(session.programme.episode, name="<i>score</i>", note=HOSTILE)
    _, page = told(patient, lead)
    html = export.as_html(page)
    tags: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: tags.append(tag)  # type: ignore[assignment,method-assign]
    parser.feed(html)
    assert not {"script", "img", "b", "i", "style"} & set(tags)
    assert "alert(1)" in words(html)
    assert export.as_pdf(page).startswith(b"%PDF")


def test_the_page_asks_nothing_of_any_other_place(lead: User) -> None:
    _, page = told(a_record(), lead)
    html = export.as_html(page)
    (styles,) = re.findall(r'<link rel="stylesheet" href="data:text/css;base64,([^"]+)"', html)
    css = base64.b64decode(styles).decode()
    assert "url(" not in css
    assert "@import" not in css
    assert not re.findall(r'(?:src|href)="(?!#|papers/|data:text/css)', html)


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.PHYSIOTHERAPIST])
def test_only_a_lead_hands_out_a_whole_record(role: Role, tmp_path: Path) -> None:
    patient, by = make.make_patient(), make.make_user(role, email="by@example.org")
    with pytest.raises(CommandError, match="only a lead"):
        call_command("export_patient", patient.record_number, "--by", by.email, "--to", tmp_path)
    assert not list(tmp_path.iterdir())
    assert not AccessLog.objects.exists()


def test_a_folder_that_cant_be_written_leaves_nothing(lead: User, tmp_path: Path) -> None:
    patient = make.make_patient()
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="can't be written"):
        call_command(
            "export_patient", patient.record_number, "--by", lead.email, "--to", tmp_path / "file"
        )
    assert os.listdir(tmp_path) == ["file"]
    assert not AccessLog.objects.exists()


def test_a_folder_has_its_name_only_when_the_reading_is_on_record(
    lead: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = make.make_patient()

    @contextmanager
    def never_committed() -> Iterator[None]:
        yield
        raise DatabaseError("the commit failed")

    monkeypatch.setattr(writing, "_one_snapshot", never_committed)
    with pytest.raises(DatabaseError):
        export.export(patient, by=lead, into=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_an_export_is_of_one_moment_while_people_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its first and its last question somebody renames the patient and opens an episode."""
    lead = make.make_user(Role.PRACTICE_LEAD, email="lead@example.org")
    patient = make.make_patient(family_name="Before")
    found = rows_of

    def save() -> None:
        try:
            with as_owner():
                Patient.objects.filter(pk=patient.pk).update(family_name="After")
                make.make_episode(patient, by=lead)
        finally:
            connection.close()

    def meanwhile(*args: Any, **named: Any) -> Any:
        rows = found(*args, **named)
        thread = Thread(target=save)
        thread.start()
        thread.join()
        return rows

    monkeypatch.setattr(export_record, "rows_of", meanwhile)
    made = export.export(patient, by=lead, into=tmp_path)
    told = json.loads((made.folder / "record.json").read_text())
    (person,) = told["tables"]["patients.Patient"]
    assert person["family_name"] == "Before"
    assert {row["family_name"] for row in told["history"]["patients.Patient"]} == {"Before"}
    assert told["tables"]["patients.Episode"] == []
    assert Patient.objects.get().family_name == "After"
    assert AccessLog.objects.filter(page="export_patient").count() == 1


def test_somebody_with_nothing_on_record_but_a_name(lead: User) -> None:
    _, page = told(make.make_patient(), lead)
    assert [part.title for part in page.parts] == ["The person", "Every change"]
    assert "Sampleton" in words(export.as_html(page))
