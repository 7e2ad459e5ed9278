"""Thousands of posts nobody would type: every form of ours, its own fields, hostile answers.

Each form's page is read as a browser reads it, so a new field is in the mill without a word here.
Whatever is sent, the answer is a page, a redirect or a refusal: never an error of the server.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.models import User
from patients.rules.roles import Role
from patients.staff import password_link
from programmes.actions import start_job
from programmes.actions.reports import make_report
from programmes.models import Version
from tests import make
from tests.conftest import MadeOnce
from tests.test_access import ACCESS, OURS, PATTERNS, address
from tests.test_audit import make_codes

pytestmark = pytest.mark.django_db

FORMS = [name for name in OURS if "POST" in ACCESS[name][1]]
# Answers that take long to work out or to draw get fewer of the posts.
SLOW = {
    "assessments:new",
    "assessments:detail",
    "assessments:autosave",
    "assessments:autosave_new",
    "assessments:test_new",
    "assessments:visa_new",
    "programmes:decide",
}
# Answers made in a few milliseconds, each of them from what was typed, share what is left.
QUICK = {
    "assessments:visa_points",
    "patients:episode_new",
    "patients:list",
    "patients:new",
    "programmes:discharge",
}
# `make drill` sends ten thousand; a run of every day stays short.
POSTS = int(os.environ.get("UPWELL_FUZZ_POSTS", "1000"))
POSTS_OF_A_SLOW_FORM = POSTS // 250
POSTS_OF_A_FORM = POSTS // 125

ANSWERED = {200, 204, 302, 303, 400, 403, 404, 409, 413, 422}

NASTY = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\u202e right to left",
    "😀" * 50,
    "’; DROP TABLE patients_patient; --",
    "<script>alert(1)</script>",
    "{{ 7 }}{% load static %}",
    "=HYPERLINK(1)",
    "../../etc/passwd",
    "x" * 10_000,
    "٣",
    "½",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "-1",
    "0",
    "10",
    "11",
    "1.5",
    "1,5",
    "99999999999999999999",
    "0x10",
    "true",
    "yes",
    "None",
    "0001-01-01",
    "9999-12-31",
    "2024-02-30",
    "2024-02-29",
    "29/2/2023",
    "12:61",
    "99:99:99",
    "00000000-0000-0000-0000-000000000000",
    "midportion",
    "A",
]
# A number stands for one of the values that the page itself would send.
VALUES = st.integers(0, 9) | st.sampled_from(NASTY) | st.text(max_size=40)
KINDS = ("application/x-www-form-urlencoded", MULTIPART_CONTENT)


class Fields(HTMLParser):
    """The names and values of everything a form of the page would send."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given_as = dict(attributes)
        name = given_as.get("name")
        if tag in {"input", "select", "textarea"} and name and name != "csrfmiddlewaretoken":
            self.found.setdefault(name, []).append(given_as.get("value") or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The practice lead who posts, and the codes of one patient's pages."""

    by: User
    codes: Mapping[str, UUID]


@pytest.fixture(scope="module")
def shared(made_once: MadeOnce[Shared]) -> Shared:
    def made() -> Shared:
        by = make.make_user(Role.PRACTICE_LEAD)
        return Shared(by=by, codes=make_codes(by))

    return made_once(made)


@pytest.fixture
def codes(shared: Shared) -> Mapping[str, UUID]:
    return shared.codes


@pytest.fixture
def client(shared: Shared) -> Client:
    visitor = Client(raise_request_exception=True)
    make.sign_in(visitor, shared.by)
    return visitor


def where(name: str, codes: Mapping[str, UUID]) -> str:
    """The address of a form, below the one patient of ``codes``."""
    if "code" not in PATTERNS[name].pattern.converters:
        return address(name)
    if name == "programmes:exercise":
        return address(name, make.make_practice_exercise().code)
    if name == "patients:user":
        return address(name, make.make_user(Role.RECEPTION, email="fuzzed@example.org").code)
    if name == "patients:link":
        lead = User.objects.earliest("pk")
        return address(name, password_link(lead, form_token=uuid4(), by=lead).code)
    if name == "programmes:template_retire":
        return address(name, make.make_template().code)
    if name == "programmes:outcomes_report":
        lead, today = User.objects.earliest("pk"), timezone.localdate()
        first, last = today - timedelta(days=60), today - timedelta(days=1)
        return address(name, make_report(first=first, last=last, today=today, by=lead).code)
    if name == "programmes:handout_again":
        return address(name, codes["programmes:handout"])
    if name == "programmes:papers_next":
        version = Version.objects.get(code=codes["programmes:version"])
        by = User.objects.earliest("pk")
        return address(name, start_job([(version, {})], form_token=uuid4(), by=by).code)
    page = f"/{address(name).split('/')[1]}/"
    same = {
        "/episodes/": "programmes:episode",
        "/assessments/": "assessments:detail",
        "/locks/": "assessments:lock_clear",
        "/visa/": "assessments:visa",
        "/scores/": "assessments:score_strike",
        "/imports/": "assessments:import_detail",
        "/letters/": "programmes:letter",
        "/sessions/": "programmes:session",
        "/handouts/": "programmes:handout_new",
        "/versions/": "programmes:version",
        "/patients/": "patients:detail",
        "/diary/": "programmes:diary_sheet",
    }
    return address(name, codes[same[page]])


def fields_of(client: Client, to: str) -> Mapping[str, list[str]]:
    """The fields of a form, from its own page or from the page that holds it."""
    reader = Fields()
    for path in (to, *parents(to)):
        answer = client.get(path)
        if answer.status_code == 200 and "html" in answer.headers["Content-Type"]:
            reader.feed(answer.text)
    return reader.found or {"reason": [""], "form_token": [""]}


def parents(to: str) -> Iterator[str]:
    """The addresses above an address."""
    parts = to.strip("/").split("/")
    for length in range(2, len(parts)):
        yield "/" + "/".join(parts[:length]) + "/"


def posts_of(name: str) -> int:
    """How many posts this form gets, so that all of them together are ``POSTS``."""
    if name in SLOW:
        return POSTS_OF_A_SLOW_FORM
    if name not in QUICK:
        return POSTS_OF_A_FORM
    rest = POSTS - sum(posts_of(each) for each in FORMS if each not in QUICK)
    return max(POSTS_OF_A_FORM, -(-rest // len(QUICK)))


def test_together_they_are_as_many_as_promised() -> None:
    assert set(FORMS) >= SLOW | QUICK
    assert sum(map(posts_of, FORMS)) >= POSTS


@pytest.mark.parametrize("name", FORMS)
def test_no_post_breaks_the_server(client: Client, codes: Mapping[str, UUID], name: str) -> None:
    to = where(name, codes)
    found = fields_of(client, to)
    answers: list[int] = []

    def filled_in(field: str, value: int | str) -> str:
        return found[field][value % len(found[field])] if isinstance(value, int) else value

    @settings(max_examples=posts_of(name), suppress_health_check=list(HealthCheck), database=None)
    @given(
        changes=st.dictionaries(
            st.sampled_from(sorted(found)),
            VALUES | st.lists(VALUES, max_size=3),
            min_size=1,
            max_size=6,
        ),
        left_out=st.integers(0, 9),
        htmx=st.booleans(),
        kind=st.sampled_from(KINDS),
    )
    def send(
        changes: dict[str, int | str | list[int | str]], left_out: int, htmx: bool, kind: str
    ) -> None:
        sent: dict[str, str | list[str]] = {each: value[0] for each, value in found.items()}
        for field, value in changes.items():
            if left_out == 0:
                del sent[field]
            elif isinstance(value, list):
                sent[field] = [filled_in(field, each) for each in value]
            else:
                sent[field] = filled_in(field, value)
        # The client makes a body of several parts itself.
        body = sent if kind == MULTIPART_CONTENT else urlencode(sent, doseq=True)
        headers = {"HX-Request": "true"} if htmx else {}
        answers.append(client.post(to, body, content_type=kind, headers=headers).status_code)

    send()
    assert len(answers) >= posts_of(name)
    assert set(answers) <= ANSWERED, set(answers) - ANSWERED
    assert set(answers) - {403, 404}, f"{name}: not one post arrived"


def test_bodies_that_are_no_form_are_refused(client: Client, codes: Mapping[str, UUID]) -> None:
    bodies = (
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"a=%ff%fe&b=%00", "application/x-www-form-urlencoded"),
        (b"{", "application/json"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b"a=1" * 500_000, "application/x-www-form-urlencoded"),
        ("&".join(f"a{n}=1" for n in range(500)).encode(), "application/x-www-form-urlencoded"),
    )
    for name in FORMS:
        to = where(name, codes)
        for body, kind in bodies:
            status = client.post(to, body, content_type=kind).status_code
            assert status in ANSWERED, (name, kind, status)
