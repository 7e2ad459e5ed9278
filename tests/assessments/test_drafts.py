"""Drafts nobody needs, slips taken back, and signed findings that stay what they were."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import actions, selectors
from assessments.models import Assessment, Lock, VisaA
from patients.models import Episode, User
from patients.rules.roles import Role
from patients.rules.terms import Side
from tests import make
from upwell.http import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> User:
    return make.make_user(Role.PHYSIOTHERAPIST)


@pytest.fixture
def episode(by: User) -> Episode:
    return make.make_episode(by=by)


@pytest.fixture
def client(by: User) -> Client:
    visitor = Client()
    visitor.force_login(by)
    return visitor


def save(draft: Assessment, by: User, **values: Any) -> Assessment:
    draft = Assessment.objects.get(pk=draft.pk)
    return actions.save_draft(draft, values, version=draft.version, by=by)


def test_a_discarded_draft_counts_nowhere_and_stays_readable(
    client: Client, episode: Episode, by: User
) -> None:
    signed = make.make_signed_assessment(episode, by=by)
    draft = make.make_assessment(episode, by=by, q1_minutes=0)
    to = reverse("assessments:discard", args=[draft.code])
    assert client.post(to, {"reason": " "}).status_code == 422
    response = client.post(to, {"reason": "Opened by mistake"})
    assert response.headers["Location"] == reverse("programmes:episode", args=[episode.code])
    draft.refresh_from_db()
    assert (draft.status, draft.void_by, draft.void_reason) == ("void", by, "Opened by mistake")
    assert VisaA.objects.filter(episode=episode).counted().get().assessment_id == signed.pk
    page = client.get(reverse("assessments:detail", args=[draft.code]))
    assert "Opened by mistake" in page.text
    assert "counts nowhere" in page.text
    # Nothing stands in the way of the next examination or of an amendment.
    again = actions.start_assessment(episode, on=make.DAY, by=by)
    assert again.pk != draft.pk
    assert client.get(to).status_code == 302


def test_a_discarded_draft_takes_no_answer_and_no_signature(episode: Episode, by: User) -> None:
    draft = make.make_assessment(episode, by=by)
    gone = actions.discard_draft(draft, reason="Wrong patient", by=by)
    with pytest.raises(Refused, match="discarded"):
        save(gone, by, warm=True)
    with pytest.raises(Refused, match="discarded"):
        actions.sign(gone, location=None, phase=None, reason="", version=gone.version, by=by)
    assert actions.discard_draft(gone, reason="Again", by=by).void_reason == "Wrong patient"


def test_a_signed_assessment_is_never_discarded(episode: Episode, by: User) -> None:
    signed = make.make_signed_assessment(episode, by=by)
    with pytest.raises(Refused, match="signed"):
        actions.discard_draft(signed, reason="Not wanted", by=by)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.filter(pk=signed.pk).update(status="void")


def test_the_original_of_a_discarded_amendment_can_be_amended_again(
    episode: Episode, by: User
) -> None:
    signed = make.make_signed_assessment(episode, by=by)
    first = actions.amend(signed, reason="Wrong side counted", by=by)
    gone = actions.discard_draft(first, reason="It was right after all", by=by)
    assert "Wrong side counted" in gone.void_reason
    second = actions.amend(signed, reason="Pain was six, not three", by=by)
    assert (second.pk != first.pk, second.amends_id) == (True, signed.pk)


def test_a_slip_takes_its_lock_back_and_the_same_answer_locks_again(
    episode: Episode, by: User
) -> None:
    draft = make.make_assessment(episode, by=by, infection=["fever"])
    assert Lock.objects.open().get().flag == "RF08"
    draft = save(draft, by, infection=[])
    lock = Lock.objects.get()
    assert (lock.withdrawn, lock.cleared_by) == (True, by)
    assert "taken back" in lock.reason
    assert not selectors.cleared_flags(draft)
    draft = save(draft, by, infection=["fever"])
    assert Lock.objects.open().count() == 1
    assert selectors.findings(draft, bilateral=False).emergency


@pytest.mark.parametrize("who", ["somebody else", "too late"])
def test_a_lock_that_is_no_slip_waits_for_a_clinician(episode: Episode, by: User, who: str) -> None:
    draft = make.make_assessment(episode, by=by, infection=["fever"])
    if who == "too late":
        Lock.objects.update(raised_at=timezone.now() - timedelta(minutes=16))
    save(draft, by if who == "too late" else make.make_user(), infection=[])
    assert Lock.objects.open().count() == 1


def test_signed_findings_stay_when_the_other_tendon_becomes_a_patient(
    client: Client, episode: Episode, by: User
) -> None:
    signed = make.make_signed_assessment(episode, by=by)
    to = reverse("assessments:detail", args=[signed.code])
    before = client.get(to).text
    assert "Symmetry" in before
    make.make_episode(episode.patient, side=Side.RIGHT, by=by)
    whole = Assessment.objects.all().whole().get(pk=signed.pk)
    assert not selectors.is_bilateral(whole)
    assert "Symmetry" in client.get(to).text
    # A new examination sees both.
    assert selectors.is_bilateral(episode)
