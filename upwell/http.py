"""The few answers every app gives."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
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


def send_again(request: HttpRequest) -> HttpResponse | None:
    """A page that keeps what a refused plain post held, with a button to send it again.

    For a session that ended meanwhile, or a security token that a new sign-in made void. None when
    another site may have sent it, for passwords, and inside htmx, where the form is still there.
    """
    held = held_by(request)
    if held is None:
        return None
    status = 403 if request.user.is_authenticated else 401
    return render(request, "send_again.html", {"held": held}, status=status)


def held_by(request: HttpRequest) -> list[tuple[str, str]] | None:
    """The names and values of a plain post that may be shown to be sent again.

    None when another site may have sent it, for passwords, and inside htmx, where the form is still
    there.
    """
    own = f"{request.scheme}://{request.get_host()}"
    if (
        request.method != "POST"
        or request.headers.get("HX-Request") == "true"
        or request.path.startswith("/accounts/")
        or request.headers.get("Origin") != own
    ):
        return None
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]


def practice(request: HttpRequest) -> dict[str, Any]:
    """What every template knows: the practice's name, if this is the demo, if names are hidden, if
    nothing opens without a second step.

    privacy.js sets the cookie; it says nothing about anybody.
    """
    return {
        "demo": settings.DEMO,
        "practice_name": settings.PRACTICE_NAME,
        "second_step_required": settings.MFA_REQUIRED,
        "private": request.COOKIES.get("privacy") == "1",
    }
