"""A heel-raise test and a VISA-A beside a session: recorded by themselves, once, in one line."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.models import HeelRaiseTest, VisaA
from assessments.rules.terms import Q8Band, SportLevel
from patients.models import Episode
from patients.rules.terms import Side
from tests import make

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
ANSWERS = {
    "q1_minutes": "100",
    "q2": "9",
    "q3": "8",
    "q4": "9",
    "q5": "9",
    "q6_hops": "10",
}


@pytest.fixture
def episode() -> Episode:
    """The right Achilles, since four weeks ago."""
    return make.make_episode(on=timezone.localdate() - timedelta(days=28), side=Side.RIGHT)


@pytest.fixture
def seated(client: Client, episode: Episode) -> Client:
    client.force_login(episode.opened_by)
    return client


def raises(**said: Any) -> dict[str, Any]:
    """The heel-raise form as a browser sends it."""
    return {
        "form_token": str(uuid4()),
        "tested_on": timezone.localdate().isoformat(),
        "right_repetitions": "18",
        "right_pain": "3",
        "left_repetitions": "24",
        "left_pain": "0",
        **said,
    }


def visa(**said: Any) -> dict[str, Any]:
    """The VISA-A form as a browser sends it, its sport items open."""
    return {
        "form_token": str(uuid4()),
        "answered_on": timezone.localdate().isoformat(),
        "reported_by": "room",
        "wording": "",
        **ANSWERS,
        **said,
    }


def to(what: str, episode: Episode) -> str:
    return reverse(f"programmes:visit_{what}", args=[episode.code])


def forms_of(episode: Episode) -> str:
    """What stands beside the session form."""
    return render_to_string(
        "programmes/_same_visit.html", {"episode": episode, "user": episode.opened_by}
    )


def test_raises_are_recorded_in_one_line_with_their_symmetry(
    seated: Client, episode: Episode
) -> None:
    answer = seated.post(to("raises", episode), raises(), headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    today = timezone.localdate()
    says = f"heel raises of {today:%-d %B %Y}, right 18, left 24. Symmetry 75.0 %."
    assert says in answer.text
    test = HeelRaiseTest.objects.get()
    assert (test.right_repetitions, test.right_pain) == (18, 3)
    assert (test.left_repetitions, test.left_pain) == (24, 0)
    assert (test.tested_on, test.recorded_by) == (today, episode.opened_by)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param(
            {"left_repetitions": "", "left_pain": ""},
            "right 18, left not tested. No symmetry: one leg was not tested.",
            id="one leg",
        ),
        pytest.param(
            {"left_repetitions": "0"},
            "right 18, left 0. No symmetry: the other leg did none.",
            id="the other leg did none",
        ),
        pytest.param({"right_repetitions": "0"}, "right 0, left 24. Symmetry 0.0 %.", id="none"),
    ],
)
def test_what_has_no_symmetry_says_why(
    seated: Client, episode: Episode, said: dict[str, str], words: str
) -> None:
    assert words in seated.post(to("raises", episode), raises(**said), headers=HTMX).text


def test_two_treated_tendons_are_not_compared(seated: Client, episode: Episode) -> None:
    make.make_episode(episode.patient, by=episode.opened_by, side=Side.LEFT)
    answer = seated.post(to("raises", episode), raises(), headers=HTMX)
    assert "right 18, left 24. No symmetry: both tendons are being treated." in answer.text


@pytest.mark.parametrize(
    ("said", "error"),
    [
        pytest.param(
            {"right_repetitions": "", "left_repetitions": ""},
            "Give the repetitions of at least one leg; 0 if none was done.",
            id="nothing",
        ),
        pytest.param(
            {"right_repetitions": "300"}, "Must be from 0 to 200 repetitions", id="too many"
        ),
        pytest.param({"tested_on": ""}, "Give the date of the test.", id="no date"),
        pytest.param({"tested_on": "2001-01-01"}, "The episode was opened on", id="too early"),
    ],
)
def test_raises_with_an_error_come_back_as_typed(
    seated: Client, episode: Episode, said: dict[str, str], error: str
) -> None:
    answer = seated.post(to("raises", episode), raises(note="", **said), headers=HTMX)
    assert answer.status_code == 422
    assert "<html" not in answer.text
    assert error in answer.text
    assert (
        f'value="{said.get("right_repetitions", "18")}"' in answer.text
        or said.get("right_repetitions") == ""
    )
    assert not HeelRaiseTest.objects.exists()


def test_visa_is_recorded_with_its_total(seated: Client, episode: Episode) -> None:
    full = visa(q7=SportLevel.SAME_OR_HIGHER.value, q8_a=Q8Band.OVER_30.value)
    answer = seated.post(to("visa", episode), full, headers=HTMX)
    stored = VisaA.objects.get()
    assert stored.total is not None
    today = timezone.localdate()
    assert f"VISA-A of {today:%-d %B %Y}, {stored.total} of 100." in answer.text
    assert (answer.status_code, stored.answered_on, stored.reported_by) == (200, today, "room")


def test_a_visa_with_open_items_has_no_total(seated: Client, episode: Episode) -> None:
    answer = seated.post(to("visa", episode), visa(), headers=HTMX)
    assert "6 items of 8 answered, so no total." in answer.text
    assert VisaA.objects.get().total is None


def test_an_empty_visa_comes_back(seated: Client, episode: Episode) -> None:
    empty = visa(**dict.fromkeys(ANSWERS, ""))
    answer = seated.post(to("visa", episode), empty, headers=HTMX)
    assert answer.status_code == 422
    assert "Not one item is answered yet." in answer.text
    assert not VisaA.objects.exists()


@pytest.mark.parametrize(
    ("what", "data", "model"),
    [("raises", raises, HeelRaiseTest), ("visa", visa, VisaA)],
    ids=["raises", "visa"],
)
def test_sent_again_it_is_recorded_once(
    seated: Client, episode: Episode, what: str, data: Any, model: Any
) -> None:
    sent = data()
    first = seated.post(to(what, episode), sent, headers=HTMX)
    again = seated.post(to(what, episode), sent, headers=HTMX)
    assert (first.status_code, again.text) == (200, first.text)
    assert model.objects.count() == 1


def test_the_same_answers_on_one_day_are_asked_about(seated: Client, episode: Episode) -> None:
    seated.post(to("visa", episode), visa(), headers=HTMX)
    answer = seated.post(to("visa", episode), visa(), headers=HTMX)
    assert answer.status_code == 422
    assert "Save it all the same: it was answered twice that day" in answer.text
    assert seated.post(to("visa", episode), visa(again="on"), headers=HTMX).status_code == 200
    assert VisaA.objects.count() == 2


@pytest.mark.parametrize(("days", "warned"), [(13, True), (14, False)])
def test_a_visa_soon_after_the_last_is_warned_of(episode: Episode, days: int, warned: bool) -> None:
    make.make_visa(episode, on=timezone.localdate() - timedelta(days=days))
    assert ("Soon after the last VISA-A" in forms_of(episode)) is warned


def test_the_warning_stays_with_a_form_that_comes_back(seated: Client, episode: Episode) -> None:
    make.make_visa(episode, on=timezone.localdate() - timedelta(days=3))
    empty = visa(**dict.fromkeys(ANSWERS, ""))
    answer = seated.post(to("visa", episode), empty, headers=HTMX)
    assert "Soon after the last VISA-A" in answer.text


def test_the_affected_side_comes_first(episode: Episode) -> None:
    shown = forms_of(episode)
    assert 0 < shown.index("Right, affected: repetitions") < shown.index("Left: repetitions")
    assert "By recall: nobody has to hop or stretch" in shown


def test_nothing_is_offered_in_a_closed_episode_or_to_others(episode: Episode) -> None:
    someone = make.make_user(None, email="nobody@example.org")
    shown = render_to_string("programmes/_same_visit.html", {"episode": episode, "user": someone})
    assert "<form" not in shown
    episode.closed_on = timezone.localdate()
    assert "<form" not in forms_of(episode)


def test_the_forms_take_two_queries(episode: Episode) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        forms_of(Episode.objects.select_related("opened_by").get())
    asked = [each["sql"] for each in queries if "patients_episode" not in each["sql"]]
    assert len([sql for sql in asked if "assessments_" in sql]) == 2


def test_a_closed_episode_takes_no_more(seated: Client, episode: Episode) -> None:
    Episode.objects.filter(pk=episode.pk).update(
        closed_on=timezone.localdate(), closed_by=episode.opened_by, outcome="resolved"
    )
    answer = seated.post(to("raises", episode), raises(), headers=HTMX)
    assert answer.status_code == 422
    assert "This episode is closed." in answer.text
    assert not HeelRaiseTest.objects.exists()


def test_without_a_script_it_leads_back_to_the_session(seated: Client) -> None:
    began = timezone.localdate() - timedelta(days=28)
    programme = make.make_programme(make.make_episode(on=began), on=began, examined_on=began)
    episode = programme.episode
    seated.force_login(episode.opened_by)
    answer = seated.post(to("raises", episode), raises(), follow=True)
    here = reverse("programmes:session_new", args=[episode.code])
    assert answer.redirect_chain == [(here, 302)]
    assert "Recorded: heel raises of" in answer.text


@pytest.mark.parametrize("what", ["raises", "visa"])
def test_without_a_script_errors_have_a_page_of_their_own(
    seated: Client, episode: Episode, what: str
) -> None:
    answer = seated.post(to(what, episode), {"form_token": str(uuid4())})
    assert answer.status_code == 422
    assert "<html" in answer.text
    assert "There is a problem" in answer.text
    assert reverse("programmes:session_new", args=[episode.code]) in answer.text
