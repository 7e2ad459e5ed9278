"""The few answers every app gives."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect


class Refused(Exception):
    """A thing the practice's rules don't allow now, with the sentence the user reads.

    Raised by actions; ``upwell.middleware.Refusals`` answers with status 422 and that sentence.
    Views that have a form show it at the form instead.
    """


class TryLater(Refused):
    """Refused only now, as too much is going on: the same thing may be done in a moment."""


def go_to(request: HttpRequest, url_name: str, *args: Any) -> HttpResponse:
    """Send the browser to a page, also from inside an htmx request (a 302 would be swapped in)."""
    response = redirect(url_name, *args)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(response.url)
    return response


def practice(request: HttpRequest) -> dict[str, Any]:
    """What every template knows: the practice's name, if this is the demo, if names are hidden.

    privacy.js sets the cookie; it says nothing about anybody.
    """
    return {
        "demo": settings.DEMO,
        "practice_name": settings.PRACTICE_NAME,
        "private": request.COOKIES.get("privacy") == "1",
    }
