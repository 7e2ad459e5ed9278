"""Tests for a stage exit: stored once, and refused with words."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from assessments.actions import record_heel_raise, record_tests
from assessments.models import FunctionTest, HeelRaiseTest
from assessments.selectors import HEEL_RAISE_FIELDS
from patients.actions import discharge
from patients.models import OUTCOMES, Episode, User
from patients.rules.roles import Role
from patients.rules.terms import Side
from programmes.selectors.standing import standing_with_tests
from tests.make import DAY, make_episode, make_signed_assessment, make_user
from upwell.http import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def physio() -> User:
    return make_user(Role.PHYSIOTHERAPIST)


@pytest.fixture
def episode(physio: User) -> Episode:
    return make_episode(by=physio)


@pytest.fixture
def client(physio: User) -> Client:
    client = Client()
    client.force_login(physio)
    return client


def url(episode: Episode) -> str:
    return reverse("assessments:test_new", args=[episode.code])


def typed(**overrides: Any) -> dict[str, Any]:
    return {"form_token": str(uuid4()), "tested_on": str(DAY), **overrides}


def test_both_kinds_are_stored_once_however_often_sent(client: Client, episode: Episode) -> None:
    assert client.get(url(episode)).status_code == 200
    data = typed(sl_hop_pain="0", strength_adequate="no", left_repetitions="21", left_pain="2")
    for _ in range(2):
        response = client.post(url(episode), data)
        assert response.headers["Location"] == f"{url(episode)}?saved=1"
    test = FunctionTest.objects.get()
    assert (test.sl_hop_pain, test.strength_adequate, test.walk_min) == (0, False, None)
    raises = HeelRaiseTest.objects.get()
    assert (raises.left_repetitions, raises.right_repetitions) == (21, None)


def test_what_was_not_tested_makes_no_row(client: Client, episode: Episode) -> None:
    client.post(url(episode), typed(right_repetitions="0"))
    assert not FunctionTest.objects.exists()
    assert HeelRaiseTest.objects.get().right_repetitions == 0


def test_without_a_strength_test_the_episode_comes_next(client: Client, episode: Episode) -> None:
    response = client.post(url(episode), typed(walk_min="30"))
    assert response.headers["Location"] == reverse("programmes:episode", args=[episode.code])
    assert client.get(f"{url(episode)}?saved=1").text.count("Save tests") == 1


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param({}, "Nothing is filled in yet.", id="nothing"),
        pytest.param({"walk_pain": "11"}, "Pain is 0 to 10, not “11”", id="pain 11"),
        pytest.param({"walk_min": "-1"}, "Must be from 0 to 1440 minutes, not -1.", id="minutes"),
        pytest.param(
            {"walk_min": "30", "tested_on": ""}, "Give the date of the tests.", id="no date"
        ),
        pytest.param(
            {"walk_min": "30", "tested_on": "2025-03-02"},
            "The episode was opened on 3 March 2025.",
            id="before the episode",
        ),
        pytest.param({"walk_min": "30", "form_token": "x"}, "Enter a valid UUID", id="token"),
        pytest.param(
            {"left_straight_kg": "40"},
            "Give the repetitions done with this load.",
            id="kg without repetitions",
        ),
        pytest.param(
            {"right_bent_reps": "8"},
            "Give the load of these repetitions; 0 for none added.",
            id="repetitions without kg",
        ),
        pytest.param(
            {"left_straight_kg": "501", "left_straight_reps": "1"},
            "Must be from 0 to 500 kg, not 501.",
            id="kg",
        ),
        pytest.param({"left_height_cm": "30.1"}, "Must be from 0 to 30 cm, not 30.1.", id="height"),
        pytest.param({"right_hop_cm": "-1"}, "Must be from 0 to 400 cm, not -1.", id="hop"),
        pytest.param({"left_hop_cm": "90.25"}, "One decimal place is enough.", id="decimals"),
        pytest.param({"body_kg": "24"}, "Must be from 25 to 350 kg, not 24.", id="body weight"),
        pytest.param({"body_kg": "heavy"}, "Write a number from 25 to 350 kg.", id="no number"),
        pytest.param({"body_kg": "NaN"}, "Write a number from 25 to 350 kg.", id="NaN"),
        pytest.param({"body_kg": "1e3"}, "Must be from 25 to 350 kg, not 1000.", id="exponent"),
        pytest.param(
            {"left_repetitions": "201"},
            "Must be from 0 to 200 repetitions, not 201.",
            id="repetitions",
        ),
        pytest.param({"left_stop": "tired"}, "Select a valid choice.", id="stop"),
        pytest.param({"protocol_note": "x" * 501}, "at most 500 characters", id="note"),
    ],
)
def test_refused_with_words(
    client: Client, episode: Episode, sent: dict[str, str], words: str
) -> None:
    response = client.post(url(episode), typed(**sent))
    assert response.status_code == 422
    assert words in response.text
    assert not FunctionTest.objects.exists()
    assert not HeelRaiseTest.objects.exists()


def test_a_closed_episode_takes_no_more(client: Client, episode: Episode, physio: User) -> None:
    discharge(episode, outcome=OUTCOMES[0][0], note="", on=DAY, by=physio)
    response = client.post(url(episode), typed(walk_min="30"))
    assert response.status_code == 422
    assert "This episode is closed" in response.text


def test_reception_may_not(episode: Episode) -> None:
    desk = Client()
    desk.force_login(make_user(Role.RECEPTION))
    assert desk.get(url(episode)).status_code == 403


EVERYTHING = {
    "left_repetitions": "18",
    "right_repetitions": "26",
    "left_pain": "3",
    "right_pain": "0",
    "left_stop": "pain",
    "right_stop": "pace",
    "left_height_cm": "8,5",
    "right_height_cm": "10",
    "left_straight_kg": "40",
    "left_straight_reps": "8",
    "right_straight_kg": "50",
    "right_straight_reps": "8",
    "left_bent_kg": "60",
    "left_bent_reps": "10",
    "right_bent_kg": "70.5",
    "right_bent_reps": "12",
    "left_hop_cm": "95",
    "right_hop_cm": "100",
    "body_kg": "75",
    "on_incline": "no",
    "protocol_note": "On the flat floor, in trainers",
}


def test_everything_typed_is_stored_and_shown(client: Client, episode: Episode) -> None:
    assert set(EVERYTHING) == set(HEEL_RAISE_FIELDS)
    response = client.post(url(episode), typed(**EVERYTHING), follow=True)
    stored = HeelRaiseTest.objects.get()
    assert (stored.left_height_cm, stored.right_bent_kg) == (Decimal("8.5"), Decimal("70.5"))
    assert (stored.left_stop, stored.on_incline) == ("pain", False)
    assert all(getattr(stored, name) not in (None, "") for name in HEEL_RAISE_FIELDS)
    page = response.text
    for words in (
        "norm 24",
        "criterion 25",
        "Symmetry of repetitions: 69.2 % of the other leg, below 90 %.",
        "40 kg = 0.53 × body weight, 8 repetitions",
        "Not compared: 10 repetitions here, 12 repetitions on the other leg",
        "95.0 % of the other leg, reaches 90 %",
        "at least 70 % of body weight for 8 repetitions",
    ):
        assert words in page, words


def test_one_sitting_is_kept_whole_or_not_at_all(episode: Episode, physio: User) -> None:
    sitting: dict[str, Any] = {"form_token": uuid4(), "on": DAY, "by": physio}
    counted = {"left_repetitions": 21}
    record_tests(episode, **sitting, tests={}, heel_raises=counted)
    assert (FunctionTest.objects.count(), HeelRaiseTest.objects.count()) == (0, 1)
    with pytest.raises(Refused, match="sent before with other answers"):
        record_tests(
            episode, **sitting, tests={"sl_hop_pain": 2}, heel_raises={"left_repetitions": 22}
        )
    assert (FunctionTest.objects.count(), HeelRaiseTest.objects.get().left_repetitions) == (0, 21)
    record_tests(episode, **sitting, tests={"sl_hop_pain": 2}, heel_raises=counted)
    assert (FunctionTest.objects.get().sl_hop_pain, HeelRaiseTest.objects.count()) == (2, 1)


def test_what_was_typed_survives_a_refusal(client: Client, episode: Episode) -> None:
    page = client.post(url(episode), typed(**EVERYTHING | {"left_straight_reps": ""})).text
    assert not HeelRaiseTest.objects.exists()
    for value in ("8,5", "70.5", "On the flat floor, in trainers"):
        assert f'value="{value}"' in page
    assert '<option value="pace" selected>' in page


def earlier(episode: Episode, by: User, days: int, **values: Any) -> HeelRaiseTest:
    return record_heel_raise(
        episode, form_token=uuid4(), on=DAY + timedelta(days=days), by=by, **values
    )


@pytest.mark.parametrize(
    ("count", "words"),
    [
        pytest.param(17, "+6, within measurement error", id="6 is noise"),
        pytest.param(18, "(+7)", id="7 is not"),
    ],
)
def test_last_time_stands_beside(
    client: Client, episode: Episode, physio: User, count: int, words: str
) -> None:
    earlier(
        episode, physio, 0, left_repetitions=11, left_straight_kg=Decimal(30), left_straight_reps=8
    )
    page = client.get(url(episode)).text
    assert "Last time: </span>11<" in page
    assert "Last time: </span>30 kg × 8<" in page
    assert "within measurement error" in page
    on = str(DAY + timedelta(days=30))
    data = typed(tested_on=on, left_repetitions=str(count))
    page = client.post(url(episode), data, follow=True).text
    assert words in page
    assert "11 on 3 Mar 2025" in page


def test_a_leg_not_tested_is_a_gap_in_words(client: Client, episode: Episode) -> None:
    page = client.post(url(episode), typed(left_repetitions="18"), follow=True).text
    assert 'Right: <tspan class="strong" font-weight="700">not tested' in page
    assert "Symmetry of repetitions: other leg not tested." in page
    assert page.count('class="whisker"') == 1


def test_two_treated_tendons_are_compared_with_the_norm_only(
    client: Client, episode: Episode
) -> None:
    make_episode(episode.patient, side=Side.RIGHT)
    data = typed(left_repetitions="18", right_repetitions="26")
    page = client.post(url(episode), data, follow=True).text
    assert "Symmetry of repetitions: not compared: both tendons are being treated." in page
    assert "Right, treated too" in page
    assert "norm 24" in page
    assert "69.2" not in page


def test_a_day_with_only_loads_keeps_the_last_count(episode: Episode, physio: User) -> None:
    earlier(episode, physio, 0, left_repetitions=21, right_repetitions=24)
    earlier(episode, physio, 7, left_straight_kg=Decimal(40), left_straight_reps=8)
    _, tests = standing_with_tests(episode, DAY + timedelta(days=8))
    assert (tests.raises["left"], tests.raises["right"]) == (21, 24)


def test_a_signed_assessment_shows_its_own_test_beside_the_earlier(
    client: Client, episode: Episode, physio: User
) -> None:
    earlier(episode, physio, 0, left_repetitions=11, right_repetitions=24)
    signed = make_signed_assessment(
        episode, examined_on=DAY + timedelta(days=20), left_repetitions=18, right_repetitions=26
    )
    earlier(episode, physio, 40, left_repetitions=35, right_repetitions=35)
    page = client.get(reverse("assessments:detail", args=[signed.code])).text
    assert "11 on 3 Mar 2025" in page
    assert "Symmetry of repetitions: 69.2 %" in page
    assert ">35<" not in page


def test_the_live_panel_draws_what_is_typed(client: Client, episode: Episode) -> None:
    panel = reverse("assessments:findings", args=[episode.code])
    data = {"examined_on": str(DAY), "left_repetitions": "18", "right_repetitions": "26"}
    assert "Symmetry of repetitions: 69.2 %" in client.post(panel, data).text
    assert "strength-picture" not in client.post(panel, {"examined_on": str(DAY)}).text
    # A value that can't be is left out; the rest still stands.
    page = client.post(panel, {**data, "right_repetitions": "900"}).text
    assert "Symmetry of repetitions: other leg not tested." in page


def test_the_picture_costs_few_queries(
    client: Client, episode: Episode, physio: User, django_assert_max_num_queries: Any
) -> None:
    for day in range(5):
        earlier(episode, physio, day, left_repetitions=11 + day, right_repetitions=24)
    client.get("/")  # the first request of a session writes its clock
    with django_assert_max_num_queries(12):
        assert "strength-picture" in client.get(f"{url(episode)}?saved=1").text
