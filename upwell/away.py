"""The answer where the database is away or too slow, or more is asked than can be answered.

It asks no database: no user, no session, nothing of the practice. It says whether what was sent was
saved, and keeps it to be sent again.
"""

from types import TracebackType

from django.db import DatabaseError, InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from upwell.http import held_by
from upwell.logs import remember

# Seconds after which a browser or a program may ask again.
RETRY_AFTER_S = 5
# Told as an error of other kinds, but no fault of the program: a transaction that paused for too
# long and was ended, and a server that takes no writes just now.
AWAY_TOO = frozenset({"25P03", "25006"})
# Told as the server's trouble, but a statement that would fail again: too long, too many columns.
NEVER = "54"
# What a transaction passes through when it ends; after that it isn't known which way it ended.
_ENDING = frozenset(
    each.__code__
    for each in (
        BaseDatabaseWrapper._commit,  # type: ignore[attr-defined]
        BaseDatabaseWrapper.run_and_clear_commit_hooks,
    )
)
# With one of these the same form is saved once only, however often it comes.
_ONCE = ("form_token", "version")


def is_away(error: BaseException | None) -> bool:
    """Whether this error, or what it came from, is a database that is away or too slow."""
    while error is not None:
        if isinstance(error, Exception) and told_by(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def told_by(error: Exception) -> bool:
    """Whether just this error says that the database is away or too slow."""
    sqlstate = getattr(error.__cause__, "sqlstate", None) or ""
    if isinstance(error, OperationalError):
        return not sqlstate.startswith(NEVER)
    return isinstance(error, InterfaceError) or (
        isinstance(error, DatabaseError) and sqlstate in AWAY_TOO
    )


def perhaps_saved(error: BaseException | None) -> bool:
    """Whether the error came while a transaction was being ended, or after that."""
    while error is not None:
        if _passes_the_end(error.__traceback__):
            return True
        error = error.__cause__ or error.__context__
    return False


def _passes_the_end(trace: TracebackType | None) -> bool:
    while trace is not None:
        if trace.tb_frame.f_code in _ENDING:
            return True
        trace = trace.tb_next
    return False


def _saves_in_parts(request: HttpRequest) -> bool:
    """Whether the view has transactions of its own, so that an earlier one may have ended well."""
    match = request.resolver_match
    return match is not None and bool(getattr(match.func, "_non_atomic_requests", None))


def answer(request: HttpRequest, error: BaseException) -> HttpResponse:
    """The page with status 503; the request's line tells of the error."""
    remember(request, error)
    unknown = (
        perhaps_saved(error) or getattr(request, "answered", False) or _saves_in_parts(request)
    )
    # A second failure, in what stands around the view, knows no better than the first.
    request.answered = unknown  # type: ignore[attr-defined]
    return _page(request, unknown=unknown, crowded=False)


def turned_away(request: HttpRequest) -> HttpResponse:
    """The page with status 503 where too many ask at once: nothing of the request was done."""
    return _page(request, unknown=False, crowded=True)


def _page(request: HttpRequest, *, unknown: bool, crowded: bool) -> HttpResponse:
    reads = request.method in ("GET", "HEAD", "OPTIONS")
    try:
        once = any(name in request.POST for name in _ONCE)
        held = held_by(request)
    except Exception:  # what was sent can't be read any more
        once, held = False, None
    context = {
        "state": "reading" if reads else "unknown" if unknown else "unsaved",
        "held": held,
        "files": request.content_type == "multipart/form-data",
        "once": once,
        "crowded": crowded,
        "where": request.get_full_path(),
        "request_id": getattr(request, "request_id", ""),
    }
    if held is not None:
        # That of the browser's own cookie.
        context["token"] = get_token(request)
    page = render_to_string("503.html", context)
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
