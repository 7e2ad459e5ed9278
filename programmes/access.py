"""The way to versions, sessions, handouts and letters: by code, with the reading recorded."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from patients.access import AppRequest, log_access
from programmes.models import Handout, Letter, Session, Version


def get_version_or_404(request: AppRequest, code: UUID) -> Version:
    """The issued version with its plan; the reading is recorded."""
    versions = Version.objects.issued().with_plan()
    version = get_object_or_404(
        versions.select_related("programme__episode__patient", "issued_by", "assessment"),
        code=code,
    )
    log_access(request, version.programme.episode.patient)
    return version


def get_session_or_404(request: AppRequest, code: UUID) -> Session:
    """The session with everything around it; the reading is recorded."""
    session = get_object_or_404(Session.objects.whole(), code=code)
    log_access(request, session.programme.episode.patient)
    return session


def get_handout_or_404(request: AppRequest, code: UUID) -> Handout:
    """The handout with the step it prints; the reading is recorded."""
    handout = get_object_or_404(
        Handout.objects.select_related(
            "version__programme__episode__patient", "version__issued_by", "step", "printed_by"
        ),
        code=code,
    )
    log_access(request, handout.version.programme.episode.patient)
    return handout


def get_letter_or_404(request: AppRequest, code: UUID) -> Letter:
    """The letter with whom and what it is about; the reading is recorded."""
    letter = get_object_or_404(
        Letter.objects.select_related("episode__patient", "lock", "written_by", "printed_by"),
        code=code,
    )
    log_access(request, letter.episode.patient)
    return letter
