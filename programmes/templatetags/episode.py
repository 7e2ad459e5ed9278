"""The header that stands on every page of an episode, also on those of other apps.

A tag and not a view helper: the assessment pages may not import programmes, but show its header.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import template
from django.urls import reverse
from django.utils import timezone

from assessments.rules.screening import RedFlag
from assessments.rules.terms import Level
from patients.models import Episode, Patient
from programmes.caseload import DayRow, day_row
from programmes.models import Programme
from programmes.rules.day import Action
from programmes.selectors.caseload import day_of
from programmes.selectors.standing import Alert, Standing, standing_of
from programmes.selectors.versions import Unfit, unfit_alert, unfit_now

register = template.Library()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One page of the episode; ``state`` is a word beside the label."""

    key: str
    label: str
    url: str
    current: bool
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the header shows."""

    patient_name: str
    age: int
    date_of_birth: Any
    record_number: str
    side: str
    location: str
    phase: str
    programme_line: str
    visa_line: str
    alerts: tuple[Alert, ...]
    tabs: tuple[Tab, ...]
    action_url: str
    action_label: str


@register.inclusion_tag("partials/episode_header.html", takes_context=True)
def episode_header(
    context: dict[str, Any], episode: Episode, tab: str, *, action: bool = False
) -> dict[str, Any]:
    """The header of this episode with ``tab`` as the current page; one query.

    ``action=True`` shows the one thing the episode needs today as the page's primary button; a
    page that has the ``day`` hands it on, and pages with a form of their own leave it out.
    """
    # A page that needed the standing itself hands it on.
    standing = context.get("standing") or standing_of(episode, timezone.localdate())
    unfit = context["unfit"] if "unfit" in context else unfit_now(standing)
    row = None
    if action and episode.is_open:
        row = day_row(context.get("day") or day_of(episode, standing.on))
    header = _header(standing, tab, row, unfit=unfit)
    return {"header": header, "request": context.get("request")}


def _header(
    standing: Standing, tab: str, row: DayRow | None, *, unfit: Sequence[Unfit] = ()
) -> Header:
    episode, patient = standing.episode, standing.episode.patient
    if row and row.need.action is Action.OPEN:
        row = None  # it leads to the page it would stand on
    location, _, phase = standing.tendon_line.partition(", ")
    return Header(
        patient_name=f"{patient.given_name} {patient.family_name}",
        age=patient.age_on(standing.on),
        date_of_birth=patient.date_of_birth,
        record_number=patient.record_number,
        side=episode.get_side_display(),
        location=location.lower(),
        phase=phase,
        programme_line=standing.programme_line,
        visa_line=standing.visa_line,
        alerts=(*standing.alerts, *_unfit_alerts(unfit)),
        tabs=_tabs(standing, tab),
        action_url=row.url if row else "",
        action_label=row.label if row else "",
    )


def _unfit_alerts(unfit: Sequence[Unfit]) -> tuple[Alert, ...]:
    """The one alert about exercises of the plan in force that no longer fit, or none."""
    says = unfit_alert(unfit)
    return (Alert(tone="stop", text=says),) if says else ()


def _tabs(standing: Standing, current: str) -> tuple[Tab, ...]:
    code = standing.episode.code
    examined = standing.draft_code or standing.signed_code
    examine = (
        reverse("assessments:detail", args=[examined])
        if examined
        else reverse("assessments:new", args=[code])
    )
    draft = "draft" if standing.draft_code else ""
    tabs = (
        ("overview", "Overview", reverse("programmes:episode", args=[code]), ""),
        ("assessment", "Assessment", examine, draft),
        ("programme", "Programme", reverse("programmes:programme", args=[code]), ""),
        ("load", "Load", reverse("assessments:load", args=[code]), ""),
        ("outcomes", "Outcomes", reverse("assessments:outcomes", args=[code]), ""),
    )
    return tuple(
        Tab(key=key, label=label, url=url, current=key == current, state=state)
        for key, label, url, state in tabs
    )


@register.inclusion_tag("programmes/_print_links.html")
def print_links(patient: Patient) -> dict[str, Any]:
    """Links to print the plans in force of a patient's open episodes; one query."""
    running = Programme.objects.running().filter(episode__patient=patient)
    return {"programmes": running}


@register.inclusion_tag("programmes/_letter_links.html")
def letter_links(episode: Episode) -> dict[str, Any]:
    """The button that makes a letter to the GP or referrer; no query."""
    return {"episode": episode, "form_token": uuid4()}


@register.inclusion_tag("programmes/_lock_letter.html")
def lock_letter(lock: Any) -> dict[str, Any]:
    """The button that opens the referral letter for a red flag; no query.

    ``lock`` is a row, or what ``Standing`` says of one.
    """
    return {"lock": lock, "form_token": uuid4()}


@register.inclusion_tag("programmes/_letters.html")
def letters(episode: Episode) -> dict[str, Any]:
    """The letters of an episode, newest first; one query."""
    written = episode.letters.select_related("written_by", "printed_by", "lock")
    return {"episode": episode, "letters": written, "form_token": uuid4()}


@register.inclusion_tag("programmes/_flag_letters.html")
def flag_letters(episode: Episode, flags: Iterable[RedFlag]) -> dict[str, Any]:
    """The same for the flags an examination shows; one query, none without a flag that locks.

    A flag that isn't stored yet has no letter: it says so.
    """
    locking = [flag for flag in flags if flag.level is not Level.ROUTINE]
    stored = {lock.flag: lock for lock in episode.locks.open()} if locking else {}
    return {
        "locks": [stored[flag.id] for flag in locking if flag.id in stored],
        "waits": any(flag.id not in stored for flag in locking),
        "form_token": uuid4(),
    }
