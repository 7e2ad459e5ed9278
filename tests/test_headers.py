"""The headers of every answer: each page of the application by each status, in production mode."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from unittest.mock import patch

import pytest
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import override_settings
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from patients.models import Episode
from patients.rules.roles import Role
from tests import make
from tests.test_access import ACCESS, OURS, PATTERNS
from tests.test_access import address as our_address
from tests.test_queries import pages as pages
from upwell.http import Refused
from upwell.middleware import NO_DEVICES

pytestmark = pytest.mark.django_db

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
EXACT = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": NO_DEVICES,
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
    "Cache-Control": "no-store",
}
PRODUCTION: dict[str, Any] = {
    # The second is what the pages' own fixtures call themselves.
    "ALLOWED_HOSTS": ["upwell.example", "testserver"],
    "SESSION_COOKIE_NAME": "__Host-session",
    "CSRF_COOKIE_NAME": "__Host-csrf",
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "SECURE_REDIRECT_EXEMPT": ["^healthz$", "^readyz$"],
    "SECURE_HSTS_SECONDS": 63_072_000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
}


@pytest.fixture(autouse=True)
def production() -> Iterator[None]:
    """The settings of production that have to do with headers; test_settings.py sees that they
    are."""
    with override_settings(**PRODUCTION):
        yield


def address(name: str) -> str:
    """The address of a page of ours, or of the accounts package, which counts its keys."""
    try:
        return our_address(name)
    except NoReverseMatch:
        return reverse(name, kwargs={"pk": 1})


def browser(**named: Any) -> Client:
    """A browser that reached the practice by https, through its proxy."""
    https: dict[str, Any] = {
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_HOST": "upwell.example",
    }
    return Client(raise_request_exception=False, **https, **named)


def wrong(response: Any) -> dict[str, str]:
    """Headers of an answer that are not as they must be."""
    policy = response.headers.get("Content-Security-Policy", "")
    found = {name: response.headers.get(name, "") for name in EXACT}
    bad = {name: value for name, value in found.items() if value != EXACT[name]}
    if sorted(policy.split("; ")) != sorted(POLICY.split("; ")):
        bad["Content-Security-Policy"] = policy
    if not re.fullmatch(r"[0-9a-f]{12}", response.headers.get("X-Request-Id", "")):
        bad["X-Request-Id"] = response.headers.get("X-Request-Id", "")
    for name in ("Server", "X-Powered-By", "Access-Control-Allow-Origin"):
        if name in response.headers:
            bad[name] = response.headers[name]
    for key, cookie in response.cookies.items():
        if key == "privacy":
            continue
        if not cookie.value and cookie["max-age"] == 0:
            continue  # being taken back
        if not (
            key.startswith("__Host-")
            and cookie["secure"]
            and cookie["httponly"]
            and cookie["samesite"] == "Lax"
            and cookie["path"] == "/"
            and not cookie["domain"]
        ):
            bad[f"cookie {key}"] = cookie.OutputString()
    return bad


def varies(response: Any) -> bool:
    return {"HX-Request", "Cookie"} <= set(re.split(r",\s*", response.headers.get("Vary", "")))


def check(response: Any, status: int | tuple[int, ...], *, vary: bool = True) -> None:
    wanted = status if isinstance(status, tuple) else (status,)
    assert response.status_code in wanted
    assert wrong(response) == {}
    assert varies(response) or not vary


def test_every_page_that_can_be_opened(pages: dict[str, str]) -> None:
    client = browser()
    client.force_login(Episode.objects.earliest("pk").clinician)
    for name, where in pages.items():
        response = client.get(where)
        # Pages about accounts ask for the password first.
        assert (name, response.status_code in (200, 302)) == (name, True)
        assert (name, wrong(response), varies(response)) == (name, {}, True)


@pytest.mark.parametrize("name", sorted(ACCESS))
def test_every_url_signed_out_and_by_every_method(name: str) -> None:
    client = browser()
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
        response = client.generic(method, address(name))
        public = (200, 301, 302, 403, 404, 405, 503)
        check(response, (302, 405) if name in OURS else public)


@pytest.mark.parametrize("name", OURS)
def test_every_url_refused_not_found_or_wrong_method(name: str) -> None:
    who, allowed = ACCESS[name]
    client = browser()
    client.force_login(make.make_user(None))
    check(client.get(address(name)), 403)
    assert isinstance(who, set)
    client.force_login(make.make_user(Role.PRACTICE_LEAD))
    check(client.put(address(name)), 405)
    if "code" in PATTERNS[name].pattern.converters:
        # Pages about accounts ask for the password first.
        check(client.generic(sorted(allowed)[0], address(name)), (302, 404))


@pytest.mark.parametrize("name", sorted(ACCESS))
def test_every_url_when_its_view_fails(name: str) -> None:
    """500 for a fault, 422 for a refusal no form caught, 503 for a database that is away."""
    client = browser()
    client.force_login(make.make_user(Role.PRACTICE_LEAD))
    for error, statuses in (
        (RuntimeError("a fault"), (500,)),
        (Refused("This can’t be done now."), (422,)),
        (OperationalError("the connection was closed"), (500, 503)),
    ):
        with failing(error):
            response = client.get(address(name))
        if address(name) in ("/healthz", "/readyz"):
            continue  # given before any view is looked for
        check(response, statuses)


class failing:
    """Has every view raise this error instead of being called."""

    def __init__(self, error: Exception) -> None:
        def raising(self: BaseHandler, callback: Any) -> Any:
            def view(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
                raise error

            view.login_required = False  # type: ignore[attr-defined]
            return view

        self.patched = patch.object(BaseHandler, "make_view_atomic", raising)

    def __enter__(self) -> None:
        self.patched.start()

    def __exit__(self, *_: object) -> None:
        self.patched.stop()


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK", "BREW"])
def test_methods_nobody_uses_are_refused_unseen(method: str) -> None:
    client = browser()
    for name in ACCESS:
        response = client.generic(method, address(name))
        check(response, 405, vary=False)
        assert response["Allow"] == "GET, HEAD, POST"
        assert response.content == b""


def test_an_address_nobody_serves() -> None:
    for where in ("/nowhere/", "/admin/", "/.git/config", "/static/", "/static/upwell/"):
        response = browser().get(where)
        assert response.status_code == 404, where
        assert wrong(response) == {}, where


def test_a_host_nobody_serves_is_refused_with_the_same_headers() -> None:
    response = browser().get("/patients/", headers={"Host": "elsewhere.example"})
    check(response, 400, vary=False)
    assert b"elsewhere" not in response.content


def test_plain_http_is_sent_to_https() -> None:
    response = Client(SERVER_NAME="upwell.example").get("/patients/")
    assert response.status_code == 301
    assert response["Location"] == "https://upwell.example/patients/"
    assert "Strict-Transport-Security" not in response.headers


@pytest.mark.parametrize("where", ["/healthz", "/readyz"])
def test_probes_answer_any_host_and_plain_http_and_leave_no_cookie(where: str) -> None:
    response = Client(SERVER_NAME="10.1.2.3").get(where)
    assert response.status_code in (200, 503)
    assert response.content in (b"ok", b"ready", b"not ready")
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"


def test_static_files_have_the_headers_too_but_may_be_kept() -> None:
    with closing(browser().get("/static/upwell/tokens.css")) as response:
        b"".join(response)
        assert response.status_code == 200
        assert set(wrong(response)) == {"Cache-Control"}
        assert response["Cache-Control"].startswith("max-age=")
        assert not response.cookies


def test_cookies_of_a_sign_in_are_the_hosts_own() -> None:
    user = make.make_user()
    client = browser()
    client.get(reverse("account_login"))
    sent = {"login": user.email, "password": make.PASSWORD}
    response = client.post(reverse("account_login"), sent)
    check(response, 302)
    assert "__Host-session" in response.cookies


def test_the_checks_of_this_file_can_fail() -> None:
    response = HttpResponse(headers={"Server": "x", "Access-Control-Allow-Origin": "*"})
    response.set_cookie("session", "x")
    assert set(wrong(response)) == {
        *EXACT,
        "Content-Security-Policy",
        "X-Request-Id",
        "Server",
        "Access-Control-Allow-Origin",
        "cookie session",
    }
    assert not varies(response)


def test_no_middleware_stands_outside_the_headers() -> None:
    from django.conf import settings

    before = settings.MIDDLEWARE[: settings.MIDDLEWARE.index("upwell.middleware.Headers")]
    assert [import_string(name).__name__ for name in before] == [
        "RequestId",
        "RequestLine",
        "CSPMiddleware",
    ]


# This one lets files in before the token can be read, and asks for it afterwards by itself
# (tests/assessments/test_import.py).
POSTED = sorted(
    name
    for name, (_, methods) in ACCESS.items()
    if "POST" in methods and name != "assessments:load_import"
)


def test_a_post_without_the_right_token_from_here_is_refused() -> None:
    """S6: no token, a wrong one, another browser's, and the right one sent from elsewhere."""
    lead = make.make_user(Role.PRACTICE_LEAD)
    client, other = (browser(enforce_csrf_checks=True) for _ in range(2))
    tokens = []
    for each in (client, other):
        each.force_login(lead)
        page = each.get(reverse("patients:new")).content.decode()
        tokens += re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[:1]
    mine, others = tokens
    here, elsewhere = "https://upwell.example/", "https://elsewhere.example/"
    for name in POSTED:
        for token, referer in (("", here), ("x" * 64, here), (others, here), (mine, elsewhere)):
            headers = {"X-CSRFToken": token, "Referer": referer}
            response = client.post(address(name), headers=headers)
            assert response.status_code == 403, (name, token, referer)
            assert "the page was open for too long" in response.content.decode()
    right = client.post(reverse("patients:new"), headers={"X-CSRFToken": mine, "Referer": here})
    assert right.status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [("/healthz", "200 OK"), ("/no/such/page", "404 Not Found")],
)
def test_the_headers_alone_go_out_where_they_alone_were_asked_for(path: str, status: str) -> None:
    """By the server's own way in: the tests' browser leaves the body out by itself."""
    told: dict[str, str] = {}
    asked = RequestFactory(headers={"X-Forwarded-Proto": "https"}).head(path)

    def start(line: str, headers: Any, *more: Any) -> Any:
        told.update({"status": line, **dict(headers)})

    assert b"".join(WSGIHandler()(asked.environ, start)) == b""
    assert told["status"] == status
    assert int(told["Content-Length"]) > 0
