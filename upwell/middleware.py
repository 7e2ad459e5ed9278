"""What happens to every request: an id, private pages, the idle clock, login, second factor."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pghistory.middleware
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from upwell.http import Refused, go_to
from upwell.logs import current_request

Next = Callable[[HttpRequest], HttpResponse]


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

    The clock is the server's. ``SESSION_COOKIE_AGE`` is the longest stay, used or not.
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
        elif (seen is None or now - seen > self.SLACK_SECONDS) and request.user.is_authenticated:
            request.session["seen"] = now
            request.session.setdefault("began", now)
        return self.get_response(request)


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
