"""The pages that signs and rows of the story lead to."""

from datetime import date, timedelta

from django.urls import reverse

from patients.models import Episode
from programmes.models import Session
from programmes.selectors.story import Happened

# The days of the load page around a change of load.
AROUND = timedelta(days=14)


def happened_page(episode: Episode, happened: Happened) -> str:
    """The page of something that happened: its own where it has one."""
    if happened.kind in ("version", "flare"):
        return reverse("programmes:version", args=[happened.code])
    if happened.kind in ("closed", "reopened"):
        return reverse("programmes:episode", args=[episode.code])
    if happened.kind == "change":
        return load_page(episode, happened.on - AROUND, happened.on + AROUND)
    return measured_page(episode, happened.code)


def measured_page(episode: Episode, code: str) -> str:
    """The assessment a test belongs to; of one of its own the list it stands in."""
    if code:
        return reverse("assessments:detail", args=[code])
    return reverse("assessments:outcomes", args=[episode.code]) + "#raises-title"


def load_page(episode: Episode, first: date, last: date) -> str:
    """The load history of these days."""
    load = reverse("assessments:load", args=[episode.code])
    return f"{load}?from={first.isoformat()}&to={last.isoformat()}"


def story_page(episode: Episode, first: date, last: date) -> str:
    """The story of these days alone."""
    page = reverse("programmes:episode", args=[episode.code])
    return f"{page}?from={first.isoformat()}&to={last.isoformat()}#story-title"


def session_page(session: Session) -> str:
    """The page of a session."""
    return reverse("programmes:session", args=[session.code])
