"""Discharge with what it asks for, and opening an episode again on relapse."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from patients import actions as patient_actions
from patients.models import Episode, Reopening
from patients.rules.terms import Side
from programmes import actions
from programmes.rules.terms import Outcome
from tests import make
from upwell.clock import told_at
from upwell.http import Refused

pytestmark = pytest.mark.django_db

CLOSED = make.DAY + timedelta(days=40)
BACK = make.DAY + timedelta(days=90)


@pytest.fixture
def episode() -> Episode:
    """Closed as improved after forty days of heavy slow resistance."""
    found = make.make_programme().episode
    return patient_actions.discharge(
        found, outcome="improved", note="Carries on alone.", on=CLOSED, by=found.opened_by
    )


@pytest.fixture
def reader(client: Client, episode: Episode) -> Client:
    client.force_login(episode.clinician)
    return client


def address(episode: Episode) -> str:
    return reverse("programmes:reopen", args=[episode.code])


def typed(on: date = BACK, reason: str = "Pain is back after a race.") -> dict[str, str]:
    return {"on": on.isoformat(), "reason": reason}


def test_a_relapse_opens_the_same_episode_again(reader: Client, episode: Episode) -> None:
    assert "patient" in reader.get(address(episode)).content.decode()
    answer = reader.post(address(episode), typed())
    assert answer.status_code == 302
    assert answer["Location"] == reverse("programmes:episode", args=[episode.code])
    episode.refresh_from_db()
    assert (episode.is_open, episode.outcome, episode.closing_note) == (True, "", "")
    kept = Reopening.objects.get()
    assert (kept.closed_on, kept.outcome, kept.closing_note, kept.closed_by) == (
        CLOSED,
        "improved",
        "Carries on alone.",
        episode.opened_by,
    )
    shown = reader.get(answer["Location"]).content.decode()
    for words in (
        "Re-opened 1 June 2025: Pain is back after a race.",
        "Before that closed 12 April 2025: improved, carries on alone.",
        "Carries on alone.",
        "The step is the one left 7 weeks before.",
        "Examine again first",
    ):
        assert words in shown, words
    days = {"from": make.DAY.isoformat(), "to": (BACK + timedelta(days=7)).isoformat()}
    story = reader.get(answer["Location"], days).content.decode()
    assert "Closed 12 Apr 2025: improved, carries on alone, re-opened 1 Jun 2025." in story


@pytest.mark.parametrize(
    ("days", "examined", "says"),
    [
        pytest.param(27, False, False, id="closed_for_less_than_four_weeks"),
        pytest.param(28, False, True, id="closed_for_four_weeks"),
        pytest.param(28, True, False, id="examined_since"),
    ],
)
def test_an_old_step_is_examined_again_first(
    reader: Client, episode: Episode, days: int, examined: bool, says: bool
) -> None:
    back = CLOSED + timedelta(days=days)
    patient_actions.reopen(episode, reason="Back.", on=back, by=episode.opened_by)
    if examined:
        make.make_signed_assessment(Episode.objects.get(), examined_on=back)
    shown = reader.get(reverse("programmes:episode", args=[episode.code])).content.decode()
    assert "Re-opened" in shown
    assert ("Examine again first" in shown) is says


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param(
            typed(on=CLOSED - timedelta(days=1)),
            "it can&#x27;t be opened again before",
            id="before",
        ),
        pytest.param(typed(on=date(2999, 1, 1)), "id_on", id="to_come"),
        pytest.param(typed(reason=" "), "Say what has come back", id="no_reason"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    reader: Client, episode: Episode, said: dict[str, str], words: str
) -> None:
    answer = reader.post(address(episode), said)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not Reopening.objects.exists()


def test_while_another_of_that_side_is_open_it_stays_closed(
    reader: Client, episode: Episode
) -> None:
    by = episode.opened_by
    patient_actions.open_episode(episode.patient, side=Side(episode.side), on=BACK, by=by)
    answer = reader.post(address(episode), typed())
    assert answer.status_code == 422
    assert "Another episode of the left Achilles is open." in answer.content.decode()
    with pytest.raises(Refused, match="Another episode of the left Achilles is open"):
        patient_actions.reopen(episode, reason="Back.", on=BACK, by=by)
    assert not Reopening.objects.exists()


def test_the_other_side_is_no_hindrance(episode: Episode) -> None:
    by = episode.opened_by
    patient_actions.open_episode(episode.patient, side=Side.RIGHT, on=BACK, by=by)
    assert patient_actions.reopen(episode, reason="Back.", on=BACK, by=by).is_open


@pytest.mark.parametrize(
    ("reason", "on", "words"),
    [
        pytest.param(" ", BACK, "Say why", id="no_reason"),
        pytest.param("Back.", CLOSED - timedelta(days=1), "before it was closed", id="before"),
    ],
)
def test_the_action_refuses_what_the_form_would(
    episode: Episode, reason: str, on: date, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        patient_actions.reopen(episode, reason=reason, on=on, by=episode.opened_by)


def test_sent_twice_it_is_opened_once(reader: Client, episode: Episode) -> None:
    answers = [reader.post(address(episode), typed()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Reopening.objects.count() == 1
    with pytest.raises(Refused, match="open already"):
        patient_actions.reopen(episode, reason="Back.", on=BACK, by=episode.opened_by)


def test_closed_and_opened_twice_keeps_both(episode: Episode) -> None:
    by = episode.opened_by
    patient_actions.reopen(episode, reason="Back.", on=BACK, by=by)
    patient_actions.discharge(episode, outcome="returned", note="", on=BACK, by=by)
    patient_actions.reopen(episode, reason="Again.", on=BACK, by=by)
    assert list(Reopening.objects.values_list("reason", "outcome")) == [
        ("Again.", "returned"),
        ("Back.", "improved"),
    ]


def test_the_closed_page_offers_both_ways_back(reader: Client, episode: Episode) -> None:
    shown = reader.get(reverse("programmes:episode", args=[episode.code])).content.decode()
    new = reverse("patients:episode_new", args=[episode.patient.code])
    assert f'href="{address(episode)}">Re-open this episode' in shown
    assert f'href="{new}">open a new one' in shown


def test_discharge_shows_what_it_asks_for_and_blocks_nothing(client: Client) -> None:
    found = make.make_programme().episode
    client.force_login(found.clinician)
    to = reverse("programmes:discharge", args=[found.code])
    shown = client.get(to).content.decode()
    for words in ("Last VISA-A 52 of 100", "Not met", "Not measured", 'data-rule="visa_ge90"'):
        assert words in shown, words
    sent = {"outcome": "stopped", "on": CLOSED.isoformat(), "note": ""}
    assert client.post(to, sent).status_code == 302
    found.refresh_from_db()
    assert (found.closed_on, found.outcome) == (CLOSED, "stopped")


@pytest.mark.parametrize(
    ("days", "status"),
    [pytest.param(7, 422, id="the_day_before"), pytest.param(8, 302, id="on_the_day")],
)
def test_discharge_comes_after_the_last_thing_recorded(
    client: Client, days: int, status: int
) -> None:
    programme = make.make_programme()
    on = programme.started_on + timedelta(days=8)
    make.make_session(programme, happened_on=on)
    client.force_login(programme.episode.clinician)
    answer = client.post(
        reverse("programmes:discharge", args=[programme.episode.code]),
        {
            "outcome": "stopped",
            "on": (programme.started_on + timedelta(days=days)).isoformat(),
            "note": "Moved away.",
        },
    )
    assert answer.status_code == status
    if status == 422:
        shown = answer.content.decode()
        assert f"The last thing recorded is a session on {on:%-d %B %Y}" in shown
        assert "Moved away." in shown
    programme.episode.refresh_from_db()
    assert programme.episode.is_open == (status == 422)


def test_discharge_comes_after_the_last_decision(client: Client) -> None:
    programme = make.make_programme()
    held = make.make_session(programme)
    by = held.logged_by
    decided_on = held.happened_on + timedelta(days=5)
    with told_at(datetime.combine(decided_on, time(2), tzinfo=UTC)):
        actions.record_morning(held, pain=1, stiffness_min=5, on=decided_on, by=by)
        actions.decide(held, outcome=Outcome.HOLD, reason="As agreed.", today=decided_on, by=by)
    client.force_login(by)
    sent = {"outcome": "stopped", "on": held.happened_on.isoformat(), "note": ""}
    answer = client.post(reverse("programmes:discharge", args=[programme.episode.code]), sent)
    assert answer.status_code == 422
    assert f"a decision on {decided_on:%-d %B %Y}" in answer.content.decode()


def test_discharge_without_a_programme_says_what_is_not_measured(client: Client) -> None:
    found = make.make_episode()
    client.force_login(found.clinician)
    shown = client.get(reverse("programmes:discharge", args=[found.code])).content.decode()
    assert "No VISA-A is recorded." in shown
    assert "Not measured" in shown
