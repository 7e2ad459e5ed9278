"""Hostile addresses: what stands after the question mark, in the path, in the headers."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import unified_diff
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.db import connection
from django.forms import Form
from django.test import Client
from django.urls import reverse

from patients.models import User
from patients.rules.roles import Role
from tests import make
from tests.test_access import ACCESS, OURS, PATTERNS
from tests.test_audit import addresses as addresses
from tests.test_audit import by as by
from tests.test_audit import codes as codes

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent.parent
OPENED = [name for name in OURS if "GET" in ACCESS[name][1]]
VIEWS = [
    path
    for app in ("patients", "assessments", "programmes")
    for path in (*(ROOT / app / "views").glob("*.py"), ROOT / app / "access.py")
    if path.exists()
]
NAMED = re.compile(r"(?:GET|named)(?:\.get\(|\[)\s*\"(\w+)\"|\"(\w+)\" in request\.GET")
TYPED = re.compile(r"(\w+Form)\(\s*request\.GET")
# Names of other people's programs: lists that are sorted, joined or filtered by what is asked for.
OTHERS = (
    *("sort", "order", "order_by", "o", "filter", "id", "pk", "fields", "limit", "offset", "q"),
    *("patient__family_name__startswith", "_connector", "_negated", "alias", "format", "next"),
)
TELLTALE = "zqsql"
# Each has the telltale where the database would meet it.
STATEMENTS = (
    f"' OR 1=1 -- {TELLTALE}",
    f"1; SELECT pg_sleep(5) -- {TELLTALE}",
    f"1) UNION SELECT {TELLTALE} FROM patients_user --",
    f"-{TELLTALE}__family_name",
    f'"{TELLTALE}" DESC, (SELECT pg_sleep(5))',
    f"{TELLTALE}%' ESCAPE '\\",
)
TURNS = int(os.environ.get("UPWELL_HOSTILE_TURNS", "3"))
NUMBERS = ("-1", "0", "99999999999999999999", "1e309", "٣", "0000-00-00", "\x00", "[]", "x" * 5_000)


def names_asked_for() -> set[str]:
    """The name of everything that a view of ours reads out of an address."""
    found: set[str] = set()
    for path in VIEWS:
        source = path.read_text()
        found |= {name for pair in NAMED.findall(source) for name in pair if name}
        module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for form in TYPED.findall(source):
            kind: type[Form] = getattr(module, form)
            found |= set(kind.base_fields)
    return found


def test_the_names_asked_for_are_found() -> None:
    assert {"page", "show", "from", "to", "exercise", "before", "episode"} <= names_asked_for()


@contextmanager
def statements() -> Iterator[list[str]]:
    """The text of every statement sent to the database meanwhile, without its values."""
    sent: list[str] = []

    def keep(execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        sent.append(str(sql))
        return execute(sql, *rest)

    with connection.execute_wrapper(keep):
        yield sent


@pytest.fixture
def visitor(by: User) -> Client:
    client = Client(raise_request_exception=False)
    make.sign_in(client, by)
    return client


ONCE = re.compile(
    r'name="(?:csrfmiddlewaretoken|form_token|token)" value="[^"]*"|"[0-9a-f-]{36}"'
    r'|<p class="message".*?</p>|X-CSRFToken[^,}]*|(?:href|action|value|hx-\w+)="[^"]*"'
)


def same(body: bytes) -> str:
    """A page without what differs each time it is opened."""
    return ONCE.sub("", body.decode("utf-8", "replace"))


def test_no_parameter_becomes_a_statement_or_an_error(
    visitor: Client, addresses: dict[str, str]
) -> None:
    """I3: all names a view reads at once, in every address that is opened, by turns."""
    names, values = sorted(names_asked_for()), [*STATEMENTS, *NUMBERS]
    wrong = {}
    with statements() as sent:
        for turn in range(0, len(values), len(values) // TURNS):
            asked = {each: values[(place + turn) % len(values)] for place, each in enumerate(names)}
            for name in OPENED:
                # Papers read nothing of their address and take long to draw.
                if name.endswith("_pdf"):
                    continue
                status = visitor.get(addresses[name].split("?")[0], asked).status_code
                if status not in (200, 302, 400, 404, 422):
                    wrong[name] = (status, turn)
    assert wrong == {}
    assert len(sent) > len(OPENED)
    assert [sql for sql in sent if TELLTALE in sql or "pg_sleep" in sql] == []


def test_names_no_view_knows_change_no_answer(visitor: Client, addresses: dict[str, str]) -> None:
    """I3: sorting, filtering and joining by an address is nobody's."""
    unknown = sorted(set(OTHERS) - names_asked_for())
    assert len(unknown) > 10
    different = []
    for name in OPENED:
        to = addresses[name]
        # Papers are long to draw, and the audit page lists the opening of itself.
        if name.endswith("_pdf") or name.startswith(("programmes:audit", "patients:status")):
            continue
        query = "&".join(f"{each}={quote(STATEMENTS[3])}" for each in unknown)
        plain = visitor.get(to)
        asked = visitor.get(f"{to}{'&' if '?' in to else '?'}{query}")
        # Its links and forms may lead back to the address it was opened by.
        told = [(each.status_code, same(each.content)) for each in (plain, asked)]
        if told[0] != told[1]:
            before, after = (each[1].splitlines() for each in told)
            change = unified_diff(before, after, lineterm="", n=0)
            different.append((name, list(change)[3:6]))
    assert different == []


CLIMBS = (
    *("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/", "....//", "..\\..\\", "%00"),
    *("/etc/passwd", "C:\\", "file:///etc/passwd", "%0d%0aSet-Cookie:zq=1", "x" * 4_000, "٣"),
)
ZERO = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("name", [name for name in PATTERNS if PATTERNS[name].pattern.converters])
def test_no_argument_of_a_path_climbs_out(visitor: Client, name: str) -> None:
    """I4: 404, never a file, a header or an error."""
    converters = PATTERNS[name].pattern.converters
    given: dict[str, object] = {
        key: ZERO if "UUID" in type(kind).__name__ else 7 for key, kind in converters.items()
    }
    to = reverse(name, kwargs=given)
    for kind in (ZERO, "7"):
        if kind not in to:
            continue
        for climb in CLIMBS:
            path = to.replace(kind, climb)
            answer = visitor.get(path)
            assert answer.status_code in (301, 302, 404, 405), path
            assert b"root:" not in (b"" if answer.streaming else answer.content)
            assert "zq" not in answer.cookies
            where = answer.headers.get("Location", "/")
            assert not urlsplit(where).netloc
            assert where.startswith("/")
            assert not where.startswith("//")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../upwell/settings.py",
        "/static/%2e%2e/upwell/settings.py",
        "/static/upwell/../../../manage.py",
        "/static/..%2fmanage.py",
        "/static//etc/passwd",
        "/static/upwell/tokens.css/../../../manage.py",
        "/static/\\..\\manage.py",
        "/static/upwell/tokens.css%00.txt",
    ],
)
def test_static_files_are_those_of_the_list(path: str) -> None:
    answer = Client(raise_request_exception=False).get(path)
    body = b"".join(answer) if answer.streaming else answer.content
    assert answer.status_code in (301, 302, 404)
    assert b"SECRET_KEY" not in body
    assert b"DJANGO_SETTINGS_MODULE" not in body


ELSEWHERE = (
    "https://zq.invalid/",
    "//zq.invalid/",
    "///zq.invalid",
    "/\\zq.invalid",
    "\\\\zq.invalid",
    "http:zq.invalid",
    "https:/zq.invalid",
    "javascript:alert(1)",
    "data:text/html,zq",
    "/\t/zq.invalid",
    " //zq.invalid",
    "https://testserver@zq.invalid/",
    "https://testserver.zq.invalid/",
    "/%0d%0aSet-Cookie:zq=1",
    "/\r\nSet-Cookie: zq=1",
    "\x00//zq.invalid",
    "/" + "x" * 9_000,
)


@pytest.mark.parametrize("there", ELSEWHERE, ids=range(len(ELSEWHERE)))
def test_no_sign_in_or_out_leads_elsewhere(there: str) -> None:
    """I4: `next` of every page that takes one, in the address and in the form."""
    user = make.make_user(Role.PRACTICE_LEAD)
    for name in ("account_login", "account_reauthenticate", "account_logout"):
        for way in ("address", "form"):
            client = Client(raise_request_exception=False)
            if name != "account_login":
                client.force_login(user)
            sent = {"login": user.email, "password": make.PASSWORD}
            to = reverse(name)
            if way == "address":
                to = f"{to}?next={quote(there)}"
            else:
                sent["next"] = there
            for answer in (client.get(to), client.post(to, sent)):
                assert answer.status_code in (200, 302, 400), (name, way)
                where = answer.headers.get("Location", "/")
                assert where.startswith("/"), (name, way, where)
                assert not re.match(r"/[\\/\s]", where), (name, way, where)
                assert "zq" not in answer.cookies


LIES: list[dict[str, str]] = [
    {"X-Forwarded-Host": "zq.invalid"},
    {"X-Forwarded-Proto": "zq"},
    {"X-Forwarded-For": "zq, 127.0.0.1' OR 1=1 --"},
    {"X-Forwarded-Port": "zq"},
    {"Forwarded": "host=zq.invalid;proto=zq"},
    {"X-Original-URL": "/practice/audit/zq"},
    {"X-Rewrite-URL": "/practice/audit/zq"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"HX-Current-URL": "https://zq.invalid/"},
    {"HX-Target": "<zq>", "HX-Trigger": "<zq>", "HX-Request": "true"},
    {"HX-Prompt": "<zq>", "HX-Request": "true"},
    {"Referer": "https://zq.invalid/<zq>"},
    {"User-Agent": "<zq>\x00" * 200},
    {"Accept-Language": "zq;q=9" * 900},
    {"Accept": "zq"},
    {"Cookie": "session=zq; privacy=<zq>; session=\x00; csrftoken=zq"},
    {"Range": "bytes=-1,5-zq"},
    {"If-Modified-Since": "zq"},
    {"Content-Length": "-1"},
    {"Content-Type": "zq"},
    {"X-Request-Id": "zq\r\nzq"},
]


def test_no_header_of_a_request_is_believed(visitor: Client, addresses: dict[str, str]) -> None:
    for headers in LIES:
        for name in ("patients:list", "patients:detail", "programmes:episode"):
            answer = visitor.get(addresses[name], headers=headers)
            assert answer.status_code in (200, 302, 401), (name, headers)
            # Tokens are letters by chance.
            told = re.sub(rb"[A-Za-z0-9]{32,}", b"", answer.content)
            assert b"zq" not in told, (name, headers)
            assert "zq" not in str(answer.headers), (name, headers)


@pytest.mark.parametrize(
    "host", ["zq.invalid", "testserver.zq.invalid", "testserver@zq", "zq:80:80"]
)
def test_no_other_host_is_served(visitor: Client, host: str) -> None:
    for name in ("patients:list", "programmes:caseload", "account_login"):
        answer = visitor.get(reverse(name), headers={"Host": host})
        assert answer.status_code == 400
        assert b"zq" not in answer.content
