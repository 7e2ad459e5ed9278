"""The papers of the day's list, printed several at once."""

from copy import deepcopy
from datetime import timedelta
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from patients.actions import edit_patient
from patients.models import AccessLog, User
from patients.rules.roles import Role
from programmes.models import Printing, PrintJob, Programme
from programmes.selectors.papers import batches_of
from tests import make
from tests.conftest import MadeOnce
from tests.programmes.test_print_pages import HTMX, TODAY, lock, running, version_of
from upwell import pdf

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def begun(made_once: MadeOnce[list[Programme]]) -> list[Programme]:
    return made_once(lambda: of_the_day(make.make_user()))


@pytest.fixture
def day(begun: list[Programme]) -> list[Programme]:
    """Two without a paper, one out of date, one up to date, one with a red flag."""
    return deepcopy(begun)


@pytest.fixture
def by(day: list[Programme]) -> User:
    return day[0].episode.opened_by


@pytest.fixture
def visitor(client: Client, by: User) -> Client:
    client.force_login(by)
    return client


def of_the_day(by: User) -> list[Programme]:
    names = ("Abel", "Bertha", "Conrad", "Dido", "Emil")
    found = [running(by, family_name=name) for name in names]
    make.make_handout(found[2], on=TODAY(), by=by)
    patient = found[2].episode.patient
    edit_patient(patient, version=patient.version, language="it")
    make.make_handout(found[3], on=TODAY(), by=by)
    lock(found[4])
    return found


NAMES_LISTED = ("Abel", "Bertha", "Conrad", "Emil", "Dido")
"""What is missing or out of date first, what is up to date below."""


def test_the_days_list_offers_the_papers_that_are_missing(
    visitor: Client, day: list[Programme]
) -> None:
    assert "Print 3 papers" in visitor.get(reverse("programmes:caseload")).text
    page = visitor.get(reverse("programmes:papers_new"))
    rows = page.text.split("<tbody>")[1].split("</tbody>")[0].split("<tr")[1:]
    assert [name in row for name, row in zip(NAMES_LISTED, rows, strict=True)] == [True] * 5
    assert [" checked" in row for row in rows] == [True, True, True, False, False]
    assert page.text.count("Never printed") == 2
    assert "Changed: the patient’s language" in page.text
    assert "Left out" in rows[3]
    assert "A red flag is open" in rows[3]
    assert "Up to date" in rows[4]


def started(visitor: Client, programmes: list[Programme]) -> PrintJob:
    codes = [str(version_of(each).code) for each in programmes]
    answer = visitor.post(
        reverse("programmes:papers_new"), {"versions": codes, "form_token": str(uuid4())}
    )
    job = PrintJob.objects.get()
    assert answer["Location"] == reverse("programmes:papers", args=[job.code])
    return job


def test_they_are_made_one_after_the_other_and_joined(
    visitor: Client, by: User, day: list[Programme]
) -> None:
    job = started(visitor, day[:3])
    page = visitor.get(reverse("programmes:papers", args=[job.code])).text
    assert "0 of 3" in page
    assert "Abel" in page
    step = reverse("programmes:papers_next", args=[job.code])
    first = visitor.post(step, headers=HTMX)
    assert "1 of 3" in first.text
    assert "<html" not in first.text
    lock(day[1])
    visitor.post(step, headers=HTMX)
    # Without a script the same button leads back to the page.
    assert visitor.post(step)["Location"] == reverse("programmes:papers", args=[job.code])
    visitor.post(step)
    page = visitor.get(reverse("programmes:papers", args=[job.code])).text
    assert "2 made, 1 refused" in page
    assert "A red flag is open" in page
    assert "hx-trigger" not in page.split('id="job"')[1].split(">")[0]
    pdf = visitor.get(reverse("programmes:papers_pdf", args=[job.code])).content
    made = [each.handout for each in job.papers.filter(handout__isnull=False)]
    pages = sum(each.document.pages for each in made if each and each.document)
    assert len(PdfReader(BytesIO(pdf)).pages) == pages
    assert Printing.objects.filter(job=job).count() == 2
    assert {each.printed_by for each in Printing.objects.filter(job=job)} == {by}


def test_a_job_is_its_makers_and_reading_it_is_on_record(
    visitor: Client, client: Client, day: list[Programme]
) -> None:
    job = started(visitor, day[:2])
    before = AccessLog.objects.count()
    visitor.get(reverse("programmes:papers", args=[job.code]))
    assert AccessLog.objects.count() == before + 2
    other = Client()
    other.force_login(make.make_user(Role.PRACTICE_LEAD))
    for name in ("papers", "papers_pdf"):
        assert other.get(reverse(f"programmes:{name}", args=[job.code])).status_code == 404


@pytest.mark.parametrize("sent", [[], [str(UUID(int=1))]], ids=["nothing ticked", "not offered"])
def test_a_list_that_cannot_be_printed_is_refused(
    visitor: Client, day: list[Programme], sent: list[str]
) -> None:
    answer = visitor.post(
        reverse("programmes:papers_new"), {"versions": sent, "form_token": str(uuid4())}
    )
    assert answer.status_code == 422
    assert not PrintJob.objects.exists()
    assert " checked" not in answer.text.split("<tbody>")[1]


def test_only_whose_paper_is_made_is_recorded_by_a_step(
    visitor: Client, day: list[Programme]
) -> None:
    job = started(visitor, day[:3])
    before = AccessLog.objects.count()
    step = reverse("programmes:papers_next", args=[job.code])
    for _ in range(4):  # the fourth finds nothing left
        visitor.post(step, headers=HTMX)
    read = AccessLog.objects.order_by("-pk")[: AccessLog.objects.count() - before]
    assert [each.patient for each in read] == [each.episode.patient for each in day[2::-1]]


def test_while_the_printers_are_busy_a_job_waits_and_then_goes_on(
    visitor: Client, day: list[Programme], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = started(visitor, day[:1])
    step = reverse("programmes:papers_next", args=[job.code])

    def busy(html: str) -> bytes:
        raise pdf.Unprintable(pdf.BUSY)

    with monkeypatch.context() as patched:
        patched.setattr("upwell.pdf.html_to_pdf", busy)
        answer = visitor.post(step, headers=HTMX)
    assert pdf.BUSY in answer.text
    assert "delay:3s" in answer.text
    assert job.papers.get().problem == ""
    assert "1 of 1" in visitor.post(step, headers=HTMX).text
    assert job.papers.get().handout is not None


def test_a_batch_is_found_again_until_it_is_opened(
    visitor: Client, by: User, day: list[Programme]
) -> None:
    job = started(visitor, day[:2])
    new, today = reverse("programmes:papers_new"), reverse("programmes:caseload")
    there = reverse("programmes:papers", args=[job.code])
    page = visitor.get(new).text
    assert there in page
    assert "Not finished" in page
    for _ in range(2):
        visitor.post(reverse("programmes:papers_next", args=[job.code]), headers=HTMX)
    page = visitor.get(new).text
    assert "2 papers" in page
    assert "Not opened yet" in page
    assert "1 batch not opened" in visitor.get(today).text
    visitor.get(reverse("programmes:papers_pdf", args=[job.code]))
    page = visitor.get(new).text.split("batches-title")[-1]
    assert "Opened" in page
    assert "Not opened yet" not in page
    assert "not opened" not in visitor.get(today).text
    assert batches_of(by, timezone.now() + timedelta(days=2)) == []
    assert batches_of(make.make_user(), timezone.now()) == []
