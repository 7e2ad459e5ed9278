"""Ten thousand posts nobody would type: every form of ours, its own fields, hostile answers.

Each form's page is read as a browser reads it, so a new field is in the mill without a word here.
Whatever is sent, the answer is a page, a redirect or a refusal: never an error of the server.
"""

from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.models import User
from patients.rules.roles import Role
from tests import make
from tests.test_access import ACCESS, OURS, PATTERNS, address
from tests.test_audit import codes as codes_of_pages

pytestmark = pytest.mark.django_db

FORMS = [name for name in OURS if "POST" in ACCESS[name][1]]
# The whole assessment page is slow to draw, so it gets fewer of the posts.
SLOW = {
    "assessments:new",
    "assessments:detail",
    "assessments:autosave",
    "assessments:autosave_new",
    "assessments:findings",
    "assessments:sign",
}
POSTS = 10_000
POSTS_OF_A_SLOW_FORM = 120
SHARDS = 2

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
TEXTS = st.sampled_from(NASTY) | st.text(max_size=40).filter(
    lambda text: not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)
)


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


@pytest.fixture
def by() -> User:
    return make.make_user(Role.PRACTICE_LEAD)


@pytest.fixture
def client(by: User) -> Client:
    visitor = Client(raise_request_exception=True)
    visitor.force_login(by)
    return visitor


codes = codes_of_pages


def where(name: str, codes: Mapping[str, Any]) -> str:
    """The address of a form, below the one patient of ``codes``."""
    if "code" not in PATTERNS[name].pattern.converters:
        return address(name)
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
        "/patients/": "patients:detail",
    }
    return address(name, codes[same[page]])


def fields_of(client: Client, to: str) -> Mapping[str, list[str]]:
    """The fields of a form, from its own page or from the page that holds it."""
    reader = Fields()
    for path in {to, *parents(to)}:
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
    """How many posts this form gets, so that all of them together make ten thousand."""
    slow = [each for each in FORMS if each in SLOW]
    if name in slow:
        return POSTS_OF_A_SLOW_FORM
    rest = POSTS - POSTS_OF_A_SLOW_FORM * len(slow)
    return -(-rest // (len(FORMS) - len(slow)))


def test_together_they_are_ten_thousand() -> None:
    assert sum(SHARDS * (posts_of(name) // SHARDS + 1) for name in FORMS) >= POSTS


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("name", FORMS)
def test_no_post_breaks_the_server(
    client: Client, codes: dict[str, Any], name: str, shard: int
) -> None:
    to = where(name, codes)
    found = fields_of(client, to)
    names = sorted(found)
    answers: set[int] = set()

    @settings(
        max_examples=posts_of(name) // SHARDS + 1,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(data=st.data())
    def send(data: st.DataObject) -> None:
        sent: dict[str, str | list[str]] = {each: value[0] for each, value in found.items()}
        chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=6, unique=True))
        for each in chosen:
            values = st.sampled_from(found[each]) | TEXTS
            sent[each] = data.draw(st.lists(values, min_size=0, max_size=3) | values)
        if data.draw(st.integers(0, 9)) == 0:
            sent = {each: value for each, value in sent.items() if each not in chosen}
        htmx = {"HX-Request": "true"} if data.draw(st.booleans()) else {}
        answers.add(client.post(to, sent, headers=htmx).status_code)

    send()
    assert answers <= ANSWERED, answers - ANSWERED
    assert answers - {403, 404}, f"{name}: not one post arrived"


def test_bodies_that_are_no_form_are_refused(client: Client, codes: dict[str, Any]) -> None:
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
