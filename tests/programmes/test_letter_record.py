"""What a letter gathers from the record beside the newest examination."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.actions import clear_lock, save_draft
from assessments.models import Assessment, Lock
from patients.models import Episode, User
from patients.rules.terms import Side
from programmes import actions
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> User:
    return make.make_user()


def report(episode: Episode, by: User, *, on: date | None = None) -> str:
    on = on or timezone.localdate()
    return actions.write_report(episode, form_token=uuid4(), on=on, by=by).body


def referral(lock: Lock, by: User) -> str:
    on = timezone.localdate()
    return actions.write_referral(lock, form_token=uuid4(), on=on, by=by).body


def changed(draft: Assessment, by: User, **answers: Any) -> None:
    save_draft(draft, answers, version=draft.version, by=by)


# --- Red flags beside the one of a referral ------------------------------------------------------


def test_a_referral_tells_the_open_locks_of_both_legs(by: User) -> None:
    patient = make.make_patient(by=by)
    left = make.make_episode(patient, by=by)
    right = make.make_episode(patient, by=by, side=Side.RIGHT)
    draft = make.make_assessment(
        left, by=by, rupture=["calf_squeeze_positive"], clot=["calf_3cm_larger"]
    )
    make.make_assessment(right, by=by, bone=["focal_bone_tenderness"])
    make.make_assessment(make.make_episode(by=by), by=by, infection=["fever"])
    clot = draft.locks.get(flag="RF02")
    changed(draft, make.make_user(), clot=None, clot_alternative=False)
    text = referral(draft.locks.get(flag="RF01"), by)
    assert "Open red flag: deep vein thrombosis not excluded (raised on" in text
    assert "Open red flag of the right leg: stress fracture possible (raised on" in text
    assert "nfection" not in text
    assert "Not asked: signs of deep vein thrombosis" not in text
    text = referral(clot, by)
    assert "Open red flag: suspect a tendon rupture (raised on" in text


def test_an_answer_somebody_changed_since_is_told_with_its_time(by: User) -> None:
    draft = make.make_assessment(make.make_episode(by=by), by=by, rupture=["calf_squeeze_positive"])
    changed(draft, make.make_user(), rupture=[])
    lock = draft.locks.get()
    at = timezone.localtime(lock.raised_at)
    assert (
        f"Findings: what raised this flag was recorded on {at:%-d %B %Y} at {at:%H:%M}, since"
        " changed to none of these." in referral(lock, by)
    )


def test_what_its_author_took_back_is_in_no_letter(by: User) -> None:
    episode = make.make_episode(by=by)
    draft = make.make_assessment(
        episode, by=by, rupture=["calf_squeeze_positive"], infection=["fever"]
    )
    changed(draft, by, rupture=[])
    assert draft.locks.get(flag="RF01").withdrawn
    for text in (referral(draft.locks.get(flag="RF08"), by), report(episode, by)):
        assert "uspect a tendon rupture" not in text
        assert "A red flag for tendon rupture" not in text
        assert "Withdrawn" not in text


def test_a_cleared_slip_is_told_to_the_gp_without_its_suspicion(by: User) -> None:
    episode = make.make_episode(by=by)
    make.make_signed_assessment(episode, by=by, rupture=["sudden_pop"])
    clear_lock(episode.locks.get(), reason="Mis-tick", by=by)
    text = report(episode, by)
    assert "A red flag for tendon rupture was raised on" in text
    assert "by Paul Physio: Mis-tick." in text
    assert "not excluded" not in text


def test_a_referral_tells_when_and_how_it_began(by: User) -> None:
    draft = make.make_assessment(
        make.make_episode(by=by),
        by=by,
        rupture=["calf_squeeze_positive"],
        onset_on=make.DAY - timedelta(days=1),
        duration_weeks=0,
        history_note="Felt a kick while serving",
    )
    assert (
        "History: symptoms since 2 March 2025, less than a week of symptoms at the examination."
        " Felt a kick while serving." in referral(draft.locks.get(), by)
    )


# --- Whom it is for ------------------------------------------------------------------------------

NOBODY = "Nobody is named yet: left empty, it is printed “To whom it may concern”."


@pytest.mark.parametrize("referrer", ["", "Dr Gwen Practice"], ids=["nobody", "somebody"])
def test_the_page_says_before_the_printing_that_nobody_is_named(
    client: Client, by: User, referrer: str
) -> None:
    client.force_login(by)
    episode = make.make_episode(make.make_patient(by=by, referrer=referrer), by=by)
    report(episode, by)
    to = reverse("programmes:letter", args=[episode.letters.get().code])
    page = client.get(to).text
    assert (NOBODY in page, "data-nobody-named" in page) == (not referrer, not referrer)
    refused = client.post(to, {"recipient": " ", "print": "1"})
    assert refused.status_code == 422
    assert NOBODY in refused.text
    assert "data-nobody-named" in refused.text


@pytest.mark.parametrize(
    ("button", "recipient", "kept"),
    [
        pytest.param("print", " ", "To whom it may concern", id="printed to nobody"),
        pytest.param("print", "Dr Ada Surgeon", "Dr Ada Surgeon", id="printed to somebody"),
        pytest.param("save", " ", "", id="saved for nobody yet"),
    ],
)
def test_a_letter_printed_to_nobody_is_to_whom_it_may_concern(
    client: Client, by: User, button: str, recipient: str, kept: str
) -> None:
    client.force_login(by)
    episode = make.make_episode(by=by)
    report(episode, by)
    letter = episode.letters.get()
    sent = {
        "recipient": recipient,
        "dated_on": letter.dated_on.isoformat(),
        "subject": letter.subject,
        "body": letter.body,
        "version": letter.version,
        "form_token": str(uuid4()),
        button: "1",
    }
    answer = client.post(reverse("programmes:letter", args=[letter.code]), sent)
    assert answer.status_code == 302
    letter.refresh_from_db()
    assert letter.recipient == kept
    assert bool(letter.printed_at) == (button == "print")
