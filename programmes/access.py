"""The way to drafts, versions, sessions, handouts and letters: by code, the reading recorded."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone

from patients.access import AppRequest, log_access, log_readings
from patients.models import AccessLog, Episode, Patient
from programmes.models import (
    Document,
    Draft,
    Handout,
    Letter,
    PrintJob,
    Ready,
    Session,
    Version,
)
from upwell.http import Refused


def get_draft(request: AppRequest, episode: UUID, *, by_itself: bool = False) -> Draft:
    """The draft of this episode that the form names, an ended one too; the reading is recorded.

    ``by_itself`` is for what a page sends by itself: it is recorded unless the log has a reading
    of this patient by this user today. Raises ``Refused`` for a draft the episode hasn't got.
    """
    drafts = Draft.objects.select_related("episode__patient", "episode__clinician")
    try:
        wanted = UUID(request.POST.get("draft", ""))
        draft = drafts.select_related("based_on", "started_by").get(
            code=wanted, episode__code=episode
        )
    except (ValueError, Draft.DoesNotExist):
        get_object_or_404(Episode, code=episode)
        raise Refused("This page shows a draft that isn't there. Reload it.") from None
    patient = draft.episode.patient
    if not (by_itself and _read_today(request, patient)):
        log_access(request, patient)
    return draft


def _read_today(request: AppRequest, patient: Patient) -> bool:
    """Whether the log has a reading of this patient by this user today; a refusal is none."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    readings = AccessLog.objects.filter(
        user=request.user, patient=patient, at__gte=today, denied=False
    )
    return readings.exists()


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
            "version__programme__episode__patient",
            "version__issued_by",
            "step",
            "printed_by",
            "document",
        ).defer("document__pdf"),
        code=code,
    )
    log_access(request, handout.version.programme.episode.patient)
    return handout


def get_shown_or_404(
    request: AppRequest, code: UUID, paper: str, *, by_itself: bool = False
) -> Document:
    """The paper with this code as a preview shows it, of this version's patient; it is recorded.

    Made ready, or printed meanwhile. ``by_itself`` as for ``get_draft``.
    """
    versions = Version.objects.issued().select_related("programme__episode__patient")
    version = get_object_or_404(versions, code=code)
    patient = version.programme.episode.patient
    theirs = {"paper_code": paper, "version__programme__episode__patient": patient}
    printed = Handout.objects.filter(**theirs, document__isnull=False)
    found = printed.select_related("document").defer("document__pdf").first()
    document = found.document if found else None
    if document is None:
        ready = Ready.objects.select_related("document").defer("document__pdf")
        document = get_object_or_404(ready, **theirs).document
    if not (by_itself and _read_today(request, patient)):
        log_access(request, patient)
    return document


def get_print_job_or_404(request: AppRequest, code: UUID, *, log: bool = True) -> PrintJob:
    """The user's own job; that its patients' papers were read is recorded.

    ``log=False`` is for the steps the job's page makes by itself: the view records whose paper each
    of them makes.
    """
    job = get_object_or_404(PrintJob, code=code, made_by=request.user)
    if not log:
        return job
    patients = job.papers.values_list("version__programme__episode__patient", flat=True)
    log_readings(request, patients.order_by("order"))
    return job


def get_letter_or_404(request: AppRequest, code: UUID) -> Letter:
    """The letter with whom and what it is about; the reading is recorded."""
    letter = get_object_or_404(
        Letter.objects.select_related("episode__patient", "lock", "written_by", "printed_by"),
        code=code,
    )
    log_access(request, letter.episode.patient)
    return letter
