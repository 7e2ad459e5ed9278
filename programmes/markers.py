"""What a programme adds to the time axes of the assessment's pictures; told when Django starts."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.urls import reverse
from django.utils import timezone

from assessments.markers import Marker, MarkerKind, Series
from patients.models import Episode
from programmes.in_force import defaults_in_force
from programmes.models import Move, Session, Version
from programmes.rules.pain import settling
from programmes.rules.terms import Outcome, Settling


def tell_versions(episode: Episode) -> Iterable[Marker]:
    """Each version of the plan, on the day it was issued. One query."""
    for version in _versions(episode):
        issued = version.issued_at
        if issued is None:
            continue
        # The first stands for the start of the programme, which may have been typed in later.
        on = version.programme.started_on if version.number == 1 else _day(issued)
        yield Marker(
            on=on,
            kind=MarkerKind.VERSION,
            says=f"Programme version {version.number}",
            url=reverse("programmes:version", args=[version.code]),
        )


def _versions(episode: Episode) -> list[Any]:
    """The episode's versions, each with the flares that led into it; read once for a page."""
    told: list[Any] | None = episode.__dict__.get("_told_versions")
    if told is None:
        flares = Move.objects.filter(to_step__version=OuterRef("pk"), kind=Move.Kind.FLARE)
        days = flares.order_by("moved_at", "pk").values("moved_on")
        versions = Version.objects.filter(
            programme__episode=episode, status=Version.Status.ISSUED
        ).annotate(flared_on=ArraySubquery(days))
        told = list(versions.select_related("programme").order_by("number"))
        episode.__dict__["_told_versions"] = told
    return told


def _day(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def _sessions(episode: Episode) -> list[Session]:
    """The episode's sessions in order; read once for all tellers of a page."""
    told: list[Session] | None = episode.__dict__.get("_told_sessions")
    if told is None:
        sessions = Session.objects.of(episode).counted().select_related("decision", "morning")
        told = episode.__dict__["_told_sessions"] = list(sessions.in_order())
    return told


def tell_flares(episode: Episode) -> Iterable[Marker]:
    """Each flare on record, and each session that led a step back or left the tendon worse the next
    morning. One query after ``tell_versions``.
    """
    for version in _versions(episode):
        for on in version.flared_on:
            yield Marker(
                on=on,
                kind=MarkerKind.FLARE,
                says="Flare: settled in the isometric stage",
                url=reverse("programmes:version", args=[version.code]),
            )
    for session in _sessions(episode):
        decision, morning = getattr(session, "decision", None), getattr(session, "morning", None)
        pain = morning.pain if morning else None
        if decision and decision.outcome == Outcome.REGRESS:
            says = "Flare: stepped back after this session"
        elif (
            settling(session.pain_before, pain, defaults=defaults_in_force())
            is Settling.NOT_SETTLED
        ):
            says = "Flare: not settled the morning after"
        else:
            continue
        yield Marker(
            on=session.happened_on,
            kind=MarkerKind.FLARE,
            says=says,
            url=reverse("programmes:session", args=[session.code]),
        )


def tell_sessions(episode: Episode) -> Iterable[Marker]:
    """Each session of the programme; no query after ``tell_flares``."""
    for session in _sessions(episode):
        yield Marker(
            on=session.happened_on,
            kind=MarkerKind.SESSION,
            says=f"Session of {session.happened_on:%-d %B %Y}",
            url=reverse("programmes:session", args=[session.code]),
        )


def tell_pain(episode: Episode) -> Iterable[Series]:
    """Pain during sessions and the next morning, 0 to 10; no query after ``tell_flares``."""
    during, after = [], []
    for session in _sessions(episode):
        url = reverse("programmes:session", args=[session.code])
        if session.pain_during is not None:
            during.append((session.happened_on, session.pain_during, url))
        morning = getattr(session, "morning", None)
        if morning is not None and morning.pain is not None:
            after.append((session.happened_on, morning.pain, url))
    yield Series(
        title="Pain in training",
        explains="0 to 10, by the day of the session. What was not asked is left out.",
        high=10,
        lines=(("Next morning", after), ("During", during)),
    )
