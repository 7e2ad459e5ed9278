"""The plan: proposed from a signed assessment, accepted, frozen; only what the tendon may do."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import actions as assessment_actions
from assessments.rules.contraindications import grade
from assessments.rules.terms import Cortisone, Grade, Location, MatrixRow, Phase, Stage
from patients.actions import discharge
from patients.models import Episode
from patients.rules.roles import Role
from patients.rules.terms import Side
from programmes import actions
from programmes.models import Item, Version
from programmes.rules.terms import Protocol
from programmes.selectors.plans import plan_offer
from programmes.selectors.standing import standing_of
from programmes.selectors.versions import unfit_now
from tests import make
from upwell.http import Refused

pytestmark = pytest.mark.django_db


def page(episode: object) -> str:
    return reverse("programmes:programme", args=[episode.code])  # type: ignore[attr-defined]


def test_a_physiotherapist_sees_and_accepts_the_proposal(client: Client) -> None:
    assessment = make.make_signed_assessment()
    episode = assessment.episode
    client.force_login(episode.opened_by)
    shown = client.get(page(episode)).content.decode()
    assert "Proposed programme" in shown
    assert "Heavy slow resistance" in shown
    assert "4 sets of 10 at 10RM" in shown
    answer = client.post(page(episode), {"number": 1, "note": "First plan"})
    assert answer.status_code == 302
    version = Version.objects.get()
    assert (version.number, version.status, version.note) == (1, "issued", "First plan")
    step = version.programme.current_step
    assert step is not None
    assert (step.stage, step.number) == ("isotonic", 1)
    assert "Version 1" in client.get(page(episode)).content.decode()


def test_the_same_page_sent_twice_issues_one_version(client: Client) -> None:
    episode = make.make_signed_assessment().episode
    client.force_login(episode.opened_by)
    for _ in range(3):
        assert client.post(page(episode), {"number": 1, "note": ""}).status_code == 302
    assert Version.objects.count() == 1


def test_an_unsigned_assessment_gives_no_programme(client: Client) -> None:
    episode = make.make_assessment().episode
    client.force_login(episode.opened_by)
    answer = client.post(page(episode), {"number": 1, "note": "keep me"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "There is no signed assessment" in text
    assert not Version.objects.exists()


def test_an_open_lock_stops_the_programme(client: Client) -> None:
    episode = make.make_signed_assessment(bone=["focal_bone_tenderness"]).episode
    client.force_login(episode.opened_by)
    answer = client.post(page(episode), {"number": 1, "note": ""})
    assert answer.status_code == 422
    assert "A red flag is open" in answer.content.decode()
    assessment_actions.clear_lock(episode.locks.get(), reason="Scan clear.", by=episode.opened_by)
    assert client.post(page(episode), {"number": 1, "note": ""}).status_code == 302


def test_a_lock_on_the_other_leg_is_told_on_this_one(client: Client) -> None:
    episode = make.make_signed_assessment().episode
    other = make.make_episode(episode.patient, side=Side.RIGHT)
    make.make_assessment(other, infection=["fever"])
    alerts = standing_of(episode, make.DAY).alerts
    assert [alert.tone for alert in alerts] == ["stop"]
    assert "Right leg:" in alerts[0].text
    client.force_login(episode.opened_by)
    assert alerts[0].text in client.get(page(episode)).content.decode()
    # A closed problem is history.
    Episode.objects.filter(pk=other.pk).update(
        closed_on=make.DAY, closed_by=other.opened_by, outcome="recovered"
    )
    assert not standing_of(episode, make.DAY).alerts


def test_only_an_exercise_physiologist_chooses_another_protocol(client: Client) -> None:
    episode = make.make_signed_assessment().episode
    client.force_login(episode.opened_by)
    answer = client.post(page(episode), {"number": 1, "note": "", "protocol": "SILB"})
    assert answer.status_code == 422
    assert "exercise physiologist" in answer.content.decode()
    client.force_login(make.make_user(Role.EXERCISE_PHYSIOLOGIST))
    assert "?new&amp;protocol=SILB" in client.get(page(episode)).content.decode()
    client.post(page(episode), {"number": 1, "note": "", "protocol": "SILB"})
    steps = Version.objects.get().steps.filter(stage="isotonic")
    assert {step.protocol for step in steps} == {"SILB"}


def test_an_insertional_tendon_never_goes_below_the_floor() -> None:
    version = make.make_programme(**make.INSERTIONAL).versions.get()
    rows = set(Item.objects.filter(step__version=version).values_list("matrix_row", flat=True))
    assert not rows & {
        MatrixRow.STEP_DEFICIT_HEEL_DROP,
        MatrixRow.UPHILL_RUNNING,
        MatrixRow.DORSIFLEXION_STRETCH,
    }
    assert "INS" in set(version.steps.values_list("protocol", flat=True))
    doses = Item.objects.filter(step__version=version).values_list("dose", flat=True)
    assert all(dose.get("range") != "below_neutral" for dose in doses)


@pytest.mark.parametrize(
    ("examination", "stages"),
    [
        (make.REACTIVE, {"isometric"}),
        ({"cortisone": True, "cortisone_last_on": make.DAY - timedelta(days=21)}, {"isometric"}),
        ({}, {"isometric", "isotonic", "plyometric", "run_walk", "full_return"}),
    ],
    ids=["reactive", "recent cortisone", "degenerative"],
)
def test_the_plan_holds_the_stages_the_tendon_may_do(
    examination: dict[str, Any], stages: set[str]
) -> None:
    version = make.make_programme(**examination).versions.get()
    assert set(version.steps.values_list("stage", flat=True)) == stages


EXAMINATIONS = {
    (Location.MIDPORTION, Phase.DEGENERATIVE): make.MIDPORTION,
    (Location.INSERTIONAL, Phase.DEGENERATIVE): make.INSERTIONAL,
    (Location.MIXED, Phase.DEGENERATIVE): make.MIXED,
    (Location.MIDPORTION, Phase.REACTIVE): make.REACTIVE,
    (Location.INSERTIONAL, Phase.REACTIVE): {**make.REACTIVE, "tender_cm": [1]},
}


@pytest.mark.parametrize(
    ("tendon", "days"),
    list(product(EXAMINATIONS, (None, 21, 100))),
    ids=lambda value: str(value),
)
def test_no_issued_item_is_contraindicated(
    tendon: tuple[Location, Phase], days: int | None
) -> None:
    drug = {"cortisone": True, "cortisone_last_on": make.DAY - timedelta(days=days)} if days else {}
    version = make.make_programme(**{**EXAMINATIONS[tendon], **drug}).versions.get()
    cortisone = {None: Cortisone.NONE, 21: Cortisone.RECENT, 100: Cortisone.PAST}[days]
    assert (version.location, version.phase, version.cortisone) == (*tendon, cortisone)
    for item in Item.objects.filter(step__version=version):
        cell = grade(MatrixRow(item.matrix_row), tendon[1], tendon[0], cortisone)
        assert cell is not Grade.CONTRAINDICATED
        assert item.grade == cell


def test_no_plan_for_pain_above_the_tendon() -> None:
    episode = make.make_signed_assessment(tender_cm=[8]).episode
    offer = plan_offer(episode, on=make.DAY)
    assert "calf strain" in offer.refusal
    with pytest.raises(Refused, match="calf strain"):
        actions.issue_proposal(episode, on=make.DAY, number=1, by=episode.opened_by)


def test_a_new_classification_asks_for_a_new_version_and_the_old_one_stays() -> None:
    programme = make.make_programme(**make.REACTIVE)
    episode = programme.episode
    later = make.DAY + timedelta(days=28)
    make.make_signed_assessment(episode, examined_on=later)
    standing = standing_of(episode, later)
    assert standing.needs_new_version
    version = actions.issue_proposal(episode, on=later, number=2, by=episode.opened_by)
    assert version.number == 2
    assert not standing_of(episode, later).needs_new_version
    old = programme.versions.get(number=1)
    assert (old.phase, old.steps.count()) == ("reactive", 4)


def test_cortisone_that_came_later_stops_the_print_of_a_heavy_step() -> None:
    programme = make.make_programme()
    episode = programme.episode
    today = make.DAY + timedelta(days=10)
    make.make_signed_assessment(episode, examined_on=today, cortisone=True, cortisone_last_on=today)
    with pytest.raises(Refused, match="not for this tendon"):
        make.make_handout(programme, on=today)


def test_a_fluoroquinolone_cleared_by_a_clinician_still_starts_isometric() -> None:
    assessment = make.make_signed_assessment(
        fluoroquinolone=True, fluoroquinolone_last_on=make.DAY - timedelta(days=30)
    )
    episode = assessment.episode
    assessment_actions.clear_lock(
        episode.locks.get(), reason="Stopped; prescriber agrees.", by=episode.opened_by
    )
    soon = plan_offer(episode, on=make.DAY)
    later = plan_offer(episode, on=make.DAY + timedelta(days=31))
    assert (soon.stage, later.stage) == ("isometric", "isotonic")


def test_reading_the_plan_changes_nothing(client: Client) -> None:
    episode = make.make_signed_assessment().episode
    client.force_login(episode.opened_by)
    client.get(page(episode))
    assert not Version.objects.exists()


def test_protocols_the_proposal_offers_can_all_be_issued() -> None:
    episode = make.make_signed_assessment().episode
    lead = make.make_user(Role.PRACTICE_LEAD)
    offer = plan_offer(episode, on=make.DAY)
    assert offer.plan is not None
    assert Protocol.SILB in offer.plan.alternatives
    for number, protocol in enumerate(offer.plan.alternatives, start=1):
        version = actions.issue_proposal(
            episode, on=make.DAY, number=number, protocol=protocol, by=lead
        )
        assert protocol in set(version.steps.values_list("protocol", flat=True))


def test_a_closed_episode_gets_no_plan() -> None:
    episode = make.make_signed_assessment().episode

    discharge(episode, outcome="stopped", note="", on=timezone.localdate(), by=episode.opened_by)
    assert plan_offer(episode, on=timezone.localdate()).refusal


def test_another_protocol_for_a_version_already_issued_is_not_lost_in_silence() -> None:
    episode = make.make_signed_assessment().episode
    lead = make.make_user(Role.PRACTICE_LEAD)
    actions.issue_proposal(episode, on=make.DAY, number=1, by=lead)
    with pytest.raises(Refused, match="issued version 1 meanwhile"):
        actions.issue_proposal(episode, on=make.DAY, number=1, protocol=Protocol.SILB, by=lead)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(
            {"cortisone": True, "cortisone_last_on": timezone.localdate()},
            "isometric only",
            id="cortisone",
        ),
        pytest.param(make.REACTIVE, "until it has settled", id="settle"),
    ],
)
def test_above_isometric_everything_is_unfit_and_the_way_down_is_offered(
    client: Client, change: dict[str, object], says: str
) -> None:
    today = timezone.localdate()
    programme = make.make_programme(
        make.make_episode(on=today), on=today, at=(Stage.ISOTONIC, 2), examined_on=today
    )
    episode = programme.episode
    make.make_signed_assessment(episode, **{**make.MIDPORTION, **change, "examined_on": today})
    found = unfit_now(standing_of(episode, today))
    here = {item.name for item in programme.current_step.items.all()}  # type: ignore[union-attr]
    assert here <= {each.name for each in found if each.where.startswith("Isotonic")}
    assert not any(each.where.startswith("Isometric") for each in found)
    client.force_login(episode.opened_by)
    text = client.get(page(episode)).text
    assert says in text
    assert "Proposed next version" in text
    assert "It starts at <strong>isometric</strong>" in text
