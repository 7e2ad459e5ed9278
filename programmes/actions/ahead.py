"""Papers made ready before somebody asks for them, beside the work of the page."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from patients.models import Patient
from programmes.actions.papers import make_ready, order_for
from programmes.models import Programme
from programmes.selectors.papers import LARGE, STANDARD, other_leg, usual_options
from programmes.selectors.standing import standing_of
from upwell import clock
from upwell.http import Refused

log = logging.getLogger(__name__)


@cache
def _pool() -> ThreadPoolExecutor:
    """One thread a process: laying out is done by processes of its own, one after the other."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="papers")


def ready_ahead(programme: Programme) -> None:
    """Have the usual editions of the step in force made ready, once this transaction is committed.

    Nothing waits for it, and what goes wrong there harms nothing: printing makes what is missing.
    Not while the demo's stories are told.
    """
    if settings.PAPERS_AHEAD and not clock.is_telling():
        key = programme.pk
        transaction.on_commit(lambda: _later(key))


def _later(programme: int) -> None:
    try:
        _pool().submit(_in_a_thread, programme)
    except RuntimeError as error:  # the process is coming down
        log.warning("no papers made ready: %s", error)


def _in_a_thread(programme: int) -> None:
    try:
        make_usual(programme)
    except Exception as error:
        # No words of the error: they may name the patient.
        log.warning("no papers made ready: %s", type(error).__name__)
    finally:
        connection.close()


def make_usual(programme: int) -> int:
    """Make the usual editions of a programme's step in force ready; how many there are then."""
    found = Programme.objects.running().select_related("episode__patient").get(pk=programme)
    assert found.current_step is not None
    version = found.current_step.version
    version.programme = found
    today = timezone.localdate()
    both = other_leg(found.episode, today) is not None
    made = 0
    review = standing_of(found.episode, today).review
    for options in usual_editions(found.episode.patient, both=both, review=review, on=today):
        try:
            make_ready(order_for(version, options=options, today=today))
        except Refused:
            break
        made += 1
    return made


def usual_editions(
    patient: Patient, *, both: bool, review: date | None, on: date
) -> Iterator[dict[str, Any]]:
    """The choices worth making ready: the patient's own, and the standard edition besides."""
    own = usual_options(patient, both=both, next_review=review, on=on)
    yield own
    if own["edition"] == LARGE:
        yield {**own, "edition": STANDARD}
