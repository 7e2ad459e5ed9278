"""What a letter gathers from the record beside the newest examination."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.actions import clear_lock, record_heel_raise, save_draft
from assessments.models import Assessment, Lock
from assessments.rules.terms import Phase
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


# --- Numbers -------------------------------------------------------------------------------------


HOPS: dict[str, Any] = {"left_hop_cm": Decimal(13), "right_hop_cm": Decimal(15)}


def test_the_report_tells_whatever_was_measured(by: User) -> None:
    episode = make.make_episode(by=by)
    make.make_signed_assessment(
        episode,
        by=by,
        phase=Phase.REACTIVE,
        goal_event="Harbour run",
        goal_event_on=date(2025, 10, 5),
        goal_distance_m=10_000,
        history_note="Known to the practice only",
        shoe_drop_mm=8,
        rigid_heel_counter=False,
        analysis_speed_kmh=Decimal("11.5"),
        cadence_spm=168,
        left_contact_ms=251,
        right_contact_ms=240,
        left_strike="forefoot",
        left_straight_kg=Decimal(30),
        left_straight_reps=8,
        right_straight_kg=Decimal(40),
        right_straight_reps=8,
        body_kg=Decimal(75),
        left_height_cm=Decimal("9.5"),
        left_hop_cm=Decimal(12),
        right_hop_cm=Decimal(15),
        sl_hop_pain=4,
    )
    later = make.DAY + timedelta(days=7)
    record_heel_raise(episode, form_token=uuid4(), on=later, by=by, **HOPS)
    text = report(episode, by)
    for line in (
        "Event: Harbour run, 5 October 2025, 10 km.",
        (
            "Loaded single-leg raises, straight knee, on 3 March 2025: left 30 kg = 0.40 × body"
            " weight, 8 repetitions; right 40 kg = 0.53 × body weight, 8 repetitions."
        ),
        "Heel height on 3 March 2025: left 9.5 cm, right not measured.",
        "Single-leg hop on 10 March 2025: left 13 cm, right 15 cm.",
        "Pain hopping on 3 March 2025: on both legs not recorded, on the left 4 of 10.",
        (
            "Running analysis at 11.5 km/h: cadence 168 steps a minute; ground contact left 251 ms,"
            " right 240 ms; foot strike left forefoot, right not recorded."
        ),
        "Footwear: heel drop 8 mm, no stiff heel counter.",
    ):
        assert line in text
    # Why somebody judged otherwise, and what was noted for the practice, stay in the record.
    assert "set otherwise by the clinician." in text
    assert "Judged otherwise at the bedside." not in text
    assert "Known to the practice only" not in text


def test_numbers_of_a_draft_and_of_a_later_day_are_in_no_report(by: User) -> None:
    episode = make.make_episode(by=by)
    make.make_signed_assessment(episode, by=by)
    later = make.DAY + timedelta(days=7)
    record_heel_raise(episode, form_token=uuid4(), on=later, by=by, **HOPS)
    make.make_assessment(episode, by=by, left_height_cm=Decimal("9.5"), sl_hop_pain=4)
    text = report(episode, by, on=make.DAY)
    assert "ingle-leg hop" not in text
    text = report(episode, by)
    assert "Single-leg hop on 10 March 2025" in text
    assert "Heel height" not in text
    assert "Pain hopping" not in text
