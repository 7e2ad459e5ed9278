"""Everything that changes the load history: runs typed by hand, and events that changed the load.

The log belongs to the patient and is written from the page of any of the patient's episodes.
"""

from patients.actions import lock_episode
from patients.models import Episode, Patient


def lock_patient_of(episode: Episode) -> Patient:
    """The patient whose log this is, held until the transaction ends.

    Every write of a load history begins here: the episode first, as everywhere, then the patient,
    so that the pages of two tendons queue up. Raises ``Refused`` for a closed episode.
    """
    episode = lock_episode(episode.pk)
    return Patient.objects.select_for_update(no_key=True).get(pk=episode.patient_id)
