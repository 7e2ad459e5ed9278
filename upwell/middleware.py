"""What happens to every request: an id, its log line, headers, the idle clock, login, factors."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pghistory.middleware
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.middleware.security import SecurityMiddleware
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from upwell import away
from upwell.http import Refused, go_to, send_again
from upwell.logs import current_request
from upwell.views import PROBES

Next = Callable[[HttpRequest], HttpResponse]
# Requests pages make by themselves, by name: a screen left open is not a clinician at work.
BACKGROUND = frozenset(
    {
        "assessments:autosave",
        "assessments:autosave_new",
        "assessments:findings",
        "assessments:import_read",
        "programmes:papers_next",
    }
)
lines = logging.getLogger("upwell.requests")


class RequestId:
    """Gives each request an id: in the log lines, the response header and on error pages."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid4().hex[:12]  # type: ignore[attr-defined]
        token = current_request.set(request.request_id)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            current_request.reset(token)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response


class RequestLine:
    """Writes the one log line of each request: who, which page by name, how it went, how long.

    Never the address, which has codes of patients in it, nor anything that was sent.
    """

    # Part of using a form, and said on the page; not a sign that something is wrong.
    USUAL = (409, 422)

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.has_line = True  # type: ignore[attr-defined]
        queries = Counter()
        began = time.perf_counter()
        with connection.execute_wrapper(queries):
            response = self.get_response(request)
        level = self.level(request, response.status_code)
        if lines.isEnabledFor(level):
            spent_ms = round((time.perf_counter() - began) * 1000, 1)
            lines.log(level, "", extra={"facts": self.facts(request, response, spent_ms, queries)})
        return response

    def level(self, request: HttpRequest, status: int) -> int:
        """How loudly the line is written; probes and static files that are well, not at all."""
        if status >= 500:
            return logging.ERROR
        if status >= 400 and status not in self.USUAL:
            return logging.WARNING
        quiet = request.path in PROBES or request.path.startswith(settings.STATIC_URL)
        return logging.DEBUG if quiet else logging.INFO

    def facts(
        self, request: HttpRequest, response: HttpResponse, spent_ms: float, queries: "Counter"
    ) -> dict[str, Any]:
        """What the line tells."""
        told = {
            "user": known_user(request),
            "page": page_name(request),
            "method": request.method if request.method in METHODS else "other",
            "status": response.status_code,
            "ms": spent_ms,
            "queries": queries.count,
        }
        if failure := getattr(request, "failure", None):
            told["error"] = failure
        return told


class Counter:
    """Counts the queries of one request."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


def page_name(request: HttpRequest) -> str:
    """The name of the URL that was asked for; never the address."""
    if match := request.resolver_match:
        return match.view_name
    if request.path in PROBES:
        return request.path.strip("/")
    return "static" if request.path.startswith(settings.STATIC_URL) else "-"


def known_user(request: HttpRequest) -> int | None:
    """The id of the user, if this request has found out already; asks no database."""
    session = getattr(request, "session", None)
    if session is None or not hasattr(session, "_session_cache"):
        return None
    key = session.get("_auth_user_id")
    return int(key) if key else None


# Whatever else is asked for (TRACE, CONNECT, inventions) is refused before anybody looks at it.
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
NO_DEVICES = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "autoplay", "browsing-topics", "camera"),
        *("display-capture", "encrypted-media", "geolocation", "gyroscope", "hid"),
        *("idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment"),
        *("picture-in-picture", "serial", "usb", "xr-spatial-tracking"),
    )
)


class Headers:
    """The headers of every answer, also of those that are given before a page is looked for."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.security = SecurityMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in METHODS:
            response = self.get_response(request)
        else:
            response = HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Permissions-Policy"] = NO_DEVICES
        response.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        # No page is kept by a browser or a proxy; static files said before how long they last.
        response.setdefault("Cache-Control", "no-store")
        # An address nobody serves is refused inside Django's own, which then adds nothing.
        self.security.process_response(request, response)
        if request.method == "HEAD":
            _leave_body_out(response)
        return response


def _leave_body_out(response: HttpResponse) -> None:
    """Keep the headers alone, which is what HEAD asks for: the server warns of a body else."""
    if response.streaming:
        response.streaming_content = ()  # type: ignore[attr-defined]
    else:
        response.setdefault("Content-Length", str(len(response.content)))
        response.content = b""


class Probes:
    """Answers the probes before anybody asks for a session, a database or a known host name.

    What watches the server asks it by whatever address it has.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path)
        return probe(request) if probe else self.get_response(request)


class Crowd:
    """Turns requests away at once, politely, where all threads but one are at work.

    Else each waits behind all that came before, until its browser has long given up, and what
    nobody waits for any more is worked through first when the rush is over. Health and static files
    are answered before this.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.places = threading.BoundedSemaphore(settings.REQUESTS_AT_ONCE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.places.acquire(blocking=False):
            return away.turned_away(request)
        try:
            return self.get_response(request)
        finally:
            self.places.release()


class PrivatePages:
    """No page is kept by a browser or a proxy: Back after sign-out shows the login page."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Cache-Control"] = "no-store"
        # A fragment is never shown where a page was asked for, or the other way round.
        patch_vary_headers(response, ["HX-Request", "Cookie"])
        return response


class IdleSession:
    """Ends a session nobody used for ``SESSION_IDLE_SECONDS``, and any after 12 hours.

    The clock is the server's. ``SESSION_COOKIE_AGE`` is the longest stay, used or not. What a page
    asks for by itself (``BACKGROUND``) is no use.
    """

    # Writing the session on each request would cost a query a page; a minute is exact enough.
    SLACK_SECONDS = 60

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = int(time.time())
        began, seen = request.session.get("began"), request.session.get("seen")
        idle = seen is not None and now - seen > settings.SESSION_IDLE_SECONDS
        # Writing the session also renews its cookie, so the longest stay is counted here.
        over = began is not None and now - began > settings.SESSION_COOKIE_AGE
        if idle or over:
            logout(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> None:
        """Set the clock; only here is it known which page was asked for."""
        now, seen = int(time.time()), request.session.get("seen")
        match = request.resolver_match
        if match is None or (match.view_name in BACKGROUND and seen is not None):
            return
        if (seen is None or now - seen > self.SLACK_SECONDS) and request.user.is_authenticated:
            request.session["seen"] = now
            request.session.setdefault("began", now)
            # What the lead and the person see of it, and by what it can be ended from elsewhere.
            UserSession.objects.create_from_request(request)


class History(pghistory.middleware.HistoryMiddleware):
    """Puts who, from which page and in which request beside every change the database records."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        # The path without its codes: history holds no more about a patient than it must. (The
        # URL's name would say the same, but no view is resolved yet here.)
        return {
            "user": request.user.pk,
            "page": "/".join(part for part in request.path.split("/") if part.isalpha()),
            "request": request.request_id,  # type: ignore[attr-defined]
        }


class LoginRequired(LoginRequiredMiddleware):
    """Private by default. An htmx request of a dead session gets 401 and an event, not a redirect.

    htmx would follow the redirect and swap the login page into the form the user was filling.
    """

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponse:
        if request.htmx:  # type: ignore[attr-defined]
            return HttpResponse(status=401, headers={"HX-Trigger": "session-expired"})
        if kept := send_again(request):
            return kept
        return super().handle_no_permission(request, view_func)


class MfaRequired:
    """Sends a user without a second factor to set one up before any page of the practice."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            settings.MFA_REQUIRED
            and request.user.is_authenticated
            and not request.path.startswith(("/accounts/", settings.STATIC_URL))
            and not is_mfa_enabled(request.user)
        ):
            return go_to(request, "mfa_index")
        return self.get_response(request)


class Refusals:
    """Turns a ``Refused`` no form caught into a page that says why, status 422, nothing saved."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        return render(request, "refused.html", {"reason": str(exception)}, status=422)


class Sessions(SessionMiddleware):
    """Django's own, which takes a database that is away for a session that was ended elsewhere."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except SessionInterrupted as interrupted:
            if not away.is_away(interrupted):
                raise
            return away.answer(request, interrupted)


class DatabaseAway:
    """Answers 503 where a view fails because the database is away or too slow.

    Whatever stands around the views and fails for that reason is ``upwell.views.server_error``'s.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # The view's transaction has ended: what fails from here on takes nothing back.
        if response.status_code < 400:
            request.answered = True  # type: ignore[attr-defined]
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return away.answer(request, exception) if away.told_by(exception) else None
