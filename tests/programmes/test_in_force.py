"""Which classification of a tendon is in force after corrections: the same one for every reader."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from assessments import actions
from assessments.models import Assessment, Classification
from assessments.rules.terms import Location, Phase
from assessments.trajectory import _examined
from patients.models import Episode, User
from programmes.actions import decide
from programmes.letters import report_case
from programmes.rules.terms import Outcome
from programmes.selectors.decisions import decision_card
from programmes.selectors.standing import standing_of
from tests import make

pytestmark = pytest.mark.django_db

WHY = "The tender point was measured from the wrong end."
TODAY = make.DAY + timedelta(days=60)
AT_THE_HEEL: dict[str, Any] = {"tender_cm": [Decimal("0.5")], "dorsiflexion_pain": True}


@pytest.fixture
def by() -> User:
    return make.make_user()


@pytest.fixture
def episode(by: User) -> Episode:
    return make.make_episode(by=by, on=make.DAY - timedelta(days=30))


def amended(original: Assessment, location: Location, phase: Phase, **values: Any) -> Assessment:
    """The amendment of this one with these values, signed."""
    by = original.created_by
    draft = actions.amend(original, reason=WHY, by=by)
    draft = actions.save_draft(draft, values, version=draft.version, by=by)
    return actions.sign(
        draft,
        location=location,
        phase=phase,
        reason="Judged at the bedside.",
        version=draft.version,
        by=by,
    )


def flared(episode: Episode, *, days: int, phase: Phase = Phase.REACTIVE) -> Classification:
    """A later phase set outside an examination, this many days after the first."""
    newest = episode.classifications.order_by("-set_on", "-pk")[0]
    on = make.DAY + timedelta(days=days)
    by = episode.opened_by
    return actions.reclassify(newest, phase=phase, reason="Newly warm.", on=on, by=by)


def by_standing(episode: Episode) -> tuple[str | None, str | None]:
    tendon = standing_of(episode, TODAY).tendon
    return tendon.location, tendon.phase


def by_letter(episode: Episode) -> tuple[str | None, str | None]:
    found = report_case(episode, on=TODAY, by=episode.opened_by).classified
    return (found.location, found.phase) if found else (None, None)


READERS = [by_standing, by_letter]


# --- A corrected location ------------------------------------------------------------------------


@pytest.mark.parametrize("read", READERS)
def test_a_corrected_location_reaches_the_phase_set_since(
    episode: Episode, read: Callable[[Episode], tuple[str, str]]
) -> None:
    original = make.make_signed_assessment(episode)
    flare = flared(episode, days=20)
    assert read(episode) == ("midportion", "reactive")
    amendment = amended(original, Location.INSERTIONAL, Phase.DEGENERATIVE, **AT_THE_HEEL)
    assert read(episode) == ("insertional", "reactive")
    newest = Classification.objects.in_force().filter(episode=episode)[0]
    assert (newest.set_on, newest.reason, newest.assessment) == (flare.set_on, WHY, amendment)
    assert (newest.pathway, newest.set_by) == ("settle", original.created_by)
    # Nothing is rewritten: the first, the flare, the amendment's own, and the one that follows.
    assert Classification.objects.count() == 4


def test_a_location_corrected_back_is_back(episode: Episode) -> None:
    original = make.make_signed_assessment(episode)
    flared(episode, days=20)
    first = amended(original, Location.INSERTIONAL, Phase.DEGENERATIVE, **AT_THE_HEEL)
    flared(episode, days=40, phase=Phase.REACTIVE_ON_DEGENERATIVE)
    assert by_standing(episode) == ("insertional", "reactive_on_degenerative")
    amended(first, Location.MIXED, Phase.DEGENERATIVE)
    assert by_standing(episode) == ("mixed", "reactive_on_degenerative")


def test_an_unchanged_location_adds_nothing(episode: Episode) -> None:
    original = make.make_signed_assessment(episode)
    flared(episode, days=20)
    amended(original, Location.MIDPORTION, Phase.DEGENERATIVE)
    assert by_standing(episode) == ("midportion", "reactive")
    assert Classification.objects.count() == 3


def test_a_newer_examination_keeps_its_own_location(episode: Episode) -> None:
    original = make.make_signed_assessment(episode)
    flared(episode, days=20)
    later = make.DAY + timedelta(days=30)
    make.make_signed_assessment(episode, examined_on=later)
    flared(episode, days=40)
    amended(original, Location.INSERTIONAL, Phase.DEGENERATIVE, **AT_THE_HEEL)
    assert by_standing(episode) == ("midportion", "reactive")
    assert Classification.objects.count() == 5


# --- A corrected day -----------------------------------------------------------------------------


EARLIER = make.DAY - timedelta(days=10)


@pytest.mark.parametrize("read", READERS)
def test_a_superseded_examination_classifies_nothing(
    episode: Episode, read: Callable[[Episode], tuple[str, str]]
) -> None:
    original = make.make_signed_assessment(episode)
    values = {"examined_on": EARLIER, **AT_THE_HEEL}
    amended(original, Location.INSERTIONAL, Phase.DISREPAIR, **values)
    assert read(episode) == ("insertional", "disrepair")
    assert Classification.objects.count() == 2


def test_the_picture_takes_the_location_in_force(episode: Episode) -> None:
    original = make.make_signed_assessment(episode)
    assert _examined(episode)[0] is Location.MIDPORTION
    values = {"examined_on": EARLIER, **AT_THE_HEEL}
    amended(original, Location.INSERTIONAL, Phase.DISREPAIR, **values)
    assert _examined(episode)[0] is Location.INSERTIONAL


def test_the_picture_and_the_letter_go_by_the_day_as_the_standing_does(episode: Episode) -> None:
    first = make.make_signed_assessment(episode)
    later = make.DAY + timedelta(days=30)
    make.make_signed_assessment(episode, **{**make.INSERTIONAL, "examined_on": later})
    # Signed last, but it speaks of an earlier day.
    amended(first, Location.MIDPORTION, Phase.DISREPAIR)
    assert by_standing(episode) == by_letter(episode)
    assert by_letter(episode)[0] is _examined(episode)[0] is Location.INSERTIONAL


def test_warmth_in_a_session_starts_from_the_one_in_force(episode: Episode, by: User) -> None:
    original = make.make_signed_assessment(episode)
    programme = make.make_programme(episode, by=by)
    values = {"examined_on": EARLIER, **AT_THE_HEEL}
    amended(original, Location.INSERTIONAL, Phase.DISREPAIR, **values)
    session = make.make_session(programme, by=by, new_warm_or_swollen=True, pain_during=7)
    today = programme.started_on
    proposed = decision_card(session, today=today).proposal
    assert proposed.outcome is Outcome.REGRESS
    decide(session, outcome=Outcome.REGRESS, reason="", today=today, by=by)
    assert by_standing(episode) == ("insertional", "reactive_on_degenerative")
