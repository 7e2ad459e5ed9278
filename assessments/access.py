"""The way to an assessment and to a lock: by code, with the reading recorded."""

from uuid import UUID

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from assessments.models import Assessment, LoadEvent, Lock, OtherScore, Run, RunBatch, VisaA
from patients.access import AppRequest, log_access
from patients.models import Episode, Patient


def get_assessment_or_404(request: AppRequest, code: UUID, *, log: bool = True) -> Assessment:
    """The assessment with all its page shows; the reading is recorded.

    ``log=False`` is for requests a page makes by itself while somebody types.
    """
    assessment = get_object_or_404(Assessment.objects.all().whole(), code=code)
    if log:
        log_access(request, assessment.episode.patient)
    return assessment


def get_lock_or_404(request: AppRequest, code: UUID) -> Lock:
    """The lock with its episode and patient; the reading is recorded."""
    lock = get_object_or_404(Lock.objects.select_related("episode__patient"), code=code)
    log_access(request, lock.episode.patient)
    return lock


def get_import_or_404(
    request: AppRequest, code: UUID, *, log: bool = True
) -> tuple[RunBatch, Episode]:
    """The import, and the episode its page stands in; the reading is recorded.

    An import belongs to the patient: ``?episode=`` says from which tendon's page it was opened,
    else it is the newest open episode. ``log=False`` is for requests a page makes by itself.
    """
    batch = get_object_or_404(RunBatch.objects.select_related("patient", "made_by"), code=code)
    episodes = batch.patient.episodes.select_related("patient", "clinician")
    wanted = request.GET.get("episode")
    by_choice = sorted(
        episodes, key=lambda one: (str(one.code) == wanted, one.is_open, one.opened_on, one.pk)
    )
    if not by_choice:
        raise Http404
    if log:
        log_access(request, batch.patient)
    return batch, by_choice[-1]


def imports_of(patient: Patient) -> QuerySet[RunBatch]:
    """What came into the patient's log together, newest first, each with ``run_count``; those that
    nobody confirmed come after the others, and imports that were dropped are left out."""
    batches = patient.run_batches.exclude(status=RunBatch.Status.DROPPED)
    counted = batches.annotate(run_count=Count("runs")).defer("rows")
    # Said again, because a count drops the order of the table.
    open_ones = Q(status__in=(RunBatch.Status.READING, RunBatch.Status.PREVIEW))
    unconfirmed = ExpressionWrapper(open_ones, output_field=BooleanField())
    return counted.select_related("made_by").order_by(unconfirmed, "-made_at", "-pk")


def get_load_entry_or_404(episode: Episode, *, run: str, event: str) -> Run | LoadEvent:
    """The run or change of load of this episode's patient by its code, the other one being blank.

    The episode's own helper records the reading.
    """
    try:
        code = UUID(run or event)
    except ValueError:
        raise Http404 from None
    of_patient = {"patient_id": episode.patient_id, "code": code}
    if run:
        return get_object_or_404(Run.objects.select_related("struck_by"), **of_patient)
    return get_object_or_404(LoadEvent.objects.select_related("struck_by"), **of_patient)


def get_visa_or_404(request: AppRequest, code: UUID) -> VisaA:
    """The questionnaire on record, also one struck out; the reading is recorded.

    One of a draft isn't on record yet: it is read on the draft.
    """
    scores = VisaA.objects.on_record().select_related(
        "episode__patient", "episode__clinician", "recorded_by", "struck_by", "assessment"
    )
    score = get_object_or_404(scores.select_related("wording_set"), code=code)
    log_access(request, score.episode.patient)
    return score


def get_score_or_404(request: AppRequest, code: UUID) -> OtherScore:
    """The total of another questionnaire; the reading is recorded."""
    scores = OtherScore.objects.select_related(
        "episode__patient", "episode__clinician", "recorded_by", "struck_by"
    )
    score = get_object_or_404(scores, code=code)
    log_access(request, score.episode.patient)
    return score
