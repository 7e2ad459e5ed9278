"""The way to an assessment and to a lock: by code, with the reading recorded."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from assessments.models import Assessment, Lock
from patients.access import AppRequest, log_access


def get_assessment_or_404(request: AppRequest, code: UUID) -> Assessment:
    """The assessment with all its page shows; the reading is recorded."""
    assessment = get_object_or_404(Assessment.objects.all().whole(), code=code)
    log_access(request, assessment.episode.patient)
    return assessment


def get_lock_or_404(request: AppRequest, code: UUID) -> Lock:
    """The lock with its episode and patient; the reading is recorded."""
    lock = get_object_or_404(Lock.objects.select_related("episode__patient"), code=code)
    log_access(request, lock.episode.patient)
    return lock
