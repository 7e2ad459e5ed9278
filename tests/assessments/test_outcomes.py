"""Outcomes: a plausible course of scores, recorded, drawn, judged, struck out."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from assessments import actions
from assessments.courses import heel_raise_course
from assessments.forms.visa import visa_fields
from assessments.models import OtherScore, VisaA
from assessments.selectors import findings
from assessments.trajectory import Trajectory, visa_trajectory
from assessments.wording import OWN
from patients.actions import discharge
from patients.models import OUTCOMES, Episode, User
from patients.rules.roles import Role
from programmes.actions import decide, flare, record_morning
from programmes.rules.terms import Outcome
from tests import make
from tests.make import DAY
from upwell.pdf import html_to_pdf

pytestmark = pytest.mark.django_db

# Points of a middling answer; ``scored`` moves the rest onto the scales.
ANSWERS: dict[str, Any] = {
    "q1_minutes": 20,
    "q2": 5,
    "q3": 5,
    "q4": 5,
    "q5": 5,
    "q6_hops": 5,
    "q7": "modified",
    "q8_part": "B",
    "q8_band": "11-20",
}


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def scored(total: int) -> dict[str, Any]:
    """Answers that come to this total, from 14 to 54: q7 and q8 give 14, the rest is spread."""
    left = total - 14
    points = [min(8, max(0, left - 8 * number)) for number in range(6)]
    assert sum(points) == left, total
    values = dict(zip(("q2", "q3", "q4", "q5", "q6_hops"), points[1:], strict=True))
    return {**ANSWERS, **values, "q1_minutes": (10 - points[0]) * 10}


@pytest.fixture
def physio() -> User:
    return make.make_user(Role.PHYSIOTHERAPIST)


@pytest.fixture
def episode(physio: User) -> Episode:
    return make.make_episode(by=physio)


@pytest.fixture
def client(physio: User) -> Client:
    client = Client()
    client.force_login(physio)
    return client


def record(episode: Episode, days: int, total: int | None = None, **overrides: Any) -> VisaA:
    answers = scored(total) if total is not None else ANSWERS
    return make.make_visa(episode, on=after(days), **{**answers, **overrides})


def drawn(episode: Episode, days: int = 200) -> Trajectory:
    return visa_trajectory(Episode.objects.get(pk=episode.pk), on=after(days))


def page(client: Client, episode: Episode) -> str:
    response = client.get(reverse("assessments:outcomes", args=[episode.code]))
    assert response.status_code == 200
    return response.text


def typed(**overrides: Any) -> dict[str, Any]:
    """The form as it is sent when everything is answered: 62 of 100."""
    return {
        "form_token": str(uuid4()),
        "wording": "",
        "answered_on": str(after(30)),
        "reported_by": "paper",
        "q1_minutes": "10",
        "q2": "8",
        "q3": "7",
        "q4": "8",
        "q5": "7",
        "q6_hops": "9",
        "q7": "modified",
        "q8_b": "11-20",
        **overrides,
    }


# --- recording ---------------------------------------------------------------------------------


def visa_url(episode: Episode) -> str:
    return reverse("assessments:visa_new", args=[episode.code])


def test_a_paper_questionnaire_is_stored_once_however_often_sent(
    client: Client, episode: Episode, physio: User
) -> None:
    assert client.get(visa_url(episode)).status_code == 200
    data = typed()
    for _ in range(3):
        response = client.post(visa_url(episode), data)
        assert response["Location"] == reverse("assessments:outcomes", args=[episode.code])
    score = VisaA.objects.get()
    assert score.items == [9, 8, 7, 8, 7, 9, 4, 10]
    assert (score.total, score.answered_on, score.reported_by) == (62, after(30), "paper")
    assert (score.recorded_by, score.assessment_id) == (physio, None)
    assert (score.wording, score.wording_set, score.form_version) == (
        "short labels 1",
        None,
        "VISA-A, Robinson 2001",
    )
    assert "VISA-A saved, 62 of 100." in page(client, episode)


def test_the_page_says_gently_that_the_last_one_was_recent(
    client: Client, episode: Episode
) -> None:
    record(episode, 0, 40)
    to = reverse("assessments:visa_points", args=[episode.code])
    soon = client.post(to, typed(answered_on=str(after(13)))).text
    assert "Soon after the last VISA-A" in soon
    assert "The last total is from 13 days before" in soon
    assert "Soon after" not in client.post(to, typed(answered_on=str(after(14)))).text
    assert client.post(visa_url(episode), typed(answered_on=str(after(13)))).status_code == 302
    assert "(+22 points from the total of 13 days before: too soon to read" in page(client, episode)


def test_points_while_answering_store_nothing(client: Client, episode: Episode) -> None:
    to = reverse("assessments:visa_points", args=[episode.code])
    text = client.post(to, typed()).text
    assert "<!doctype" not in text
    assert "62 <small>of 100</small>" in text
    assert "At most possible</dt><dd>90</dd>" in text
    open_one = client.post(to, typed(q3="")).text
    assert "no total yet" in open_one
    assert "7 of 8 items answered" in open_one
    odd = client.post(to, typed(q7="not_at_all")).text
    assert "No sport, but training time is given" in odd
    refused = client.post(to, typed(q1_minutes="many", answered_on="")).text
    assert "7 of 8 items answered" in refused
    assert not VisaA.objects.exists()


def test_an_incomplete_one_is_kept_without_a_total(client: Client, episode: Episode) -> None:
    assert client.post(visa_url(episode), typed(q3="")).status_code == 302
    score = VisaA.objects.get()
    assert (score.total, score.items[2]) == (None, None)
    text = page(client, episode)
    assert "VISA-A saved, without a total: incomplete." in text
    assert "Incomplete: 7 of 8 items" in text
    detail = client.get(reverse("assessments:visa", args=[score.code])).text
    assert detail.count("not answered") >= 1
    assert "VISA-A incomplete" in detail


@pytest.mark.parametrize("written", ["35", "35 min", "35min.", " 35 Minutes ", "35 m"])
def test_minutes_may_carry_their_unit(written: str) -> None:
    assert visa_fields(OWN)["q1_minutes"].clean(written) == 35


@pytest.mark.parametrize("written", ["min", "35 h", "3 5 min", "35 mina"])
def test_minutes_with_another_word_are_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        visa_fields(OWN)["q1_minutes"].clean(written)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param({"answered_on": ""}, "Give the date it was answered.", id="no date"),
        pytest.param({"answered_on": "2999-01-01"}, "This date is in the future", id="to come"),
        pytest.param({"reported_by": ""}, "Say how it came.", id="no way"),
        pytest.param({"reported_by": "letter"}, "Select a valid choice", id="crafted way"),
        pytest.param(
            {"answered_on": "2025-03-02", "reported_by": "room"},
            "The episode was opened on 3 March 2025. Only what came on paper can be older.",
            id="in the room before the episode",
        ),
        pytest.param(
            {"answered_on": "1997-03-02"}, "On that day:", id="on paper before the 18th birthday"
        ),
        pytest.param(
            {"answered_on": "1970-01-01"}, "before the patient was born", id="before birth"
        ),
        pytest.param({"q2": "11"}, "Pain is 0 to 10, not “11”", id="eleven"),
        pytest.param({"q1_minutes": "-1"}, "Must be from 0 to 1440", id="minutes"),
        pytest.param({"q8_a": "nil"}, "Item 8 has one answer: A, B or C.", id="two parts"),
        pytest.param({"q7": "often"}, "Select a valid choice", id="crafted sport"),
        pytest.param({"form_token": "x"}, "Enter a valid UUID", id="crafted token"),
        pytest.param(
            dict.fromkeys(("q1_minutes", "q2", "q3", "q4", "q5", "q6_hops", "q7", "q8_b"), ""),
            "Not one item is answered yet.",
            id="nothing",
        ),
    ],
)
def test_refused_with_words_and_all_kept(
    client: Client, episode: Episode, sent: dict[str, str], words: str
) -> None:
    response = client.post(visa_url(episode), typed(**sent))
    assert response.status_code == 422
    assert words in response.text
    if "q6_hops" not in sent:
        assert 'value="9"' in response.text
    assert not VisaA.objects.exists()


def test_what_came_on_paper_may_be_older_than_the_episode(client: Client, episode: Episode) -> None:
    sent = typed(answered_on="2025-02-10", reported_by="paper")
    assert client.post(visa_url(episode), sent).status_code == 302
    first = drawn(episode).first
    assert first is not None
    assert first.on == date(2025, 2, 10)


def test_a_total_before_the_first_says_that_it_is_the_first_now(
    client: Client, episode: Episode
) -> None:
    client.post(visa_url(episode), typed(answered_on=str(after(30))))
    client.post(visa_url(episode), typed(answered_on=str(after(60)), q2="9"))
    assert "This is now the first score" not in page(client, episode)
    client.post(visa_url(episode), typed(answered_on=str(after(1)), q2=""))
    assert "This is now the first score" not in page(client, episode)
    client.post(visa_url(episode), typed(answered_on=str(after(2))))
    text = page(client, episode)
    assert "This is now the first score; changes are counted from it." in text


def test_the_same_answers_of_a_day_are_asked_about(client: Client, episode: Episode) -> None:
    client.post(visa_url(episode), typed())
    assert "answered twice that day" not in client.get(visa_url(episode)).text
    sent = typed()
    asked = client.post(visa_url(episode), sent)
    assert asked.status_code == 422
    assert "with the same answers is recorded already. Nothing is saved yet." in asked.text
    assert "answered twice that day" in asked.text
    assert VisaA.objects.count() == 1
    for _ in range(2):
        assert client.post(visa_url(episode), sent | {"again": "on"}).status_code == 302
    assert VisaA.objects.count() == 2
    assert client.post(visa_url(episode), typed(q2="9")).status_code == 302
    assert client.post(visa_url(episode), typed(answered_on=str(after(31)))).status_code == 302


def test_a_closed_episode_takes_no_more(client: Client, episode: Episode, physio: User) -> None:
    outcome = next(iter(OUTCOMES))[0]
    discharge(episode, outcome=outcome, note="", on=after(10), by=physio)
    for name in ("visa_new", "score_new"):
        assert client.get(reverse(f"assessments:{name}", args=[episode.code])).status_code == 422
    assert client.post(visa_url(episode), typed()).status_code == 422
    text = page(client, episode)
    assert "Record a VISA-A" not in text
    assert not VisaA.objects.exists()


# --- the course ----------------------------------------------------------------------------------


@pytest.fixture
def course(episode: Episode) -> Episode:
    """Six scores in half a year: 30, an incomplete one, 33, 43, 44, 54; dear to draw and judge."""
    record(episode, 0, 30)
    record(episode, 10, 33)
    record(episode, 27, None, q5=None)
    record(episode, 60, 43)
    record(episode, 100, 44)
    record(episode, 180, 38)
    return episode


def test_a_course_is_judged_against_the_first_from_four_weeks_on(
    client: Client, course: Episode
) -> None:
    rows = drawn(course).rows
    said = [
        (row.visa.total, row.reading.finding.says if row.reading and row.reading.finding else "")
        for row in rows
    ]
    assert said == [
        (38, "Improved"),
        (44, "Improved"),
        (43, "Perhaps improved"),
        (None, ""),
        (33, "Too soon to read a change"),
        (30, ""),
    ]
    text = page(client, course)
    for words in ("First total", "Perhaps improved", "Incomplete: 7 of 8 items", "+14"):
        assert words in text
    for points, words in ((44, "mean before surgery"), (96, "healthy people")):
        assert f"{points} {words}" in text
    # No grades: nobody's score is called good or poor.
    assert not {"excellent", "poor", "fair"} & set(text.lower().split())


def test_an_insertional_tendon_has_the_lower_threshold_from_the_start(episode: Episode) -> None:
    make.make_signed_assessment(episode, **make.INSERTIONAL)
    record(episode, 60, 59)
    baseline, now = drawn(episode).rows[-1].visa.total, drawn(episode).last
    assert baseline is not None
    assert now is not None
    assert now.finding is not None
    # Seven points would only be perhaps improved at the midportion.
    assert (now.change, now.finding.says) == (7, "Improved")
    steps = drawn(episode).boxes
    assert len(steps) == 1
    assert f"from {baseline + 7} up an important gain" in steps[0].says


def test_places_on_the_picture(course: Episode) -> None:
    picture = drawn(course, days=200)
    complete = [dot for dot in picture.dots if dot.total is not None]
    assert [dot.total for dot in complete] == [30, 33, 43, 44, 38]
    # The axis of totals is fixed, whatever was scored.
    assert [tick.words for tick in picture.y_ticks] == ["0", "20", "40", "60", "80", "100"]
    assert complete[0].y == picture.bottom - 3 * (picture.bottom - picture.top) / 10
    assert [dot.x for dot in complete] == sorted(dot.x for dot in complete)
    # An incomplete one stands below the axis, and the line has a gap there.
    (gap,) = [dot for dot in picture.dots if dot.total is None]
    assert gap.y > picture.bottom
    assert gap.words_anchor
    assert [len(places.split()) for places in picture.segments] == [2, 3]
    assert picture.is_empty is False
    assert "30 on 3 Mar 2025, 33 on" in picture.says
    # The band: from day 28, and narrower from week 24 on.
    early, late = picture.boxes
    assert early.says.startswith("From 31 Mar 2025: from 44 up an important gain, 23 or less worse")
    assert late.says.startswith("From 18 Aug 2025: from 37 up")
    assert early.y < late.y
    assert early.x + early.width == pytest.approx(late.x, abs=0.02)


def test_a_first_total_too_high_for_an_important_gain_says_so(episode: Episode) -> None:
    best = {"q1_minutes": 0, "q2": 10, "q3": 10, "q4": 10, "q5": 10, "q6_hops": 10}
    record(episode, 0, None, **best, q7="same_or_higher", q8_part="A", q8_band="21-30")
    (box,) = drawn(episode, days=60).boxes
    assert "can’t be reached from a first total this high" in box.says
    assert box.improved_y is None
    assert box.worse_y is not None


def test_what_is_not_on_record_is_not_drawn(client: Client, episode: Episode) -> None:
    make.make_assessment(episode, q5=9)
    assert drawn(episode).is_empty
    assert "No VISA-A yet" in page(client, episode)
    draft = VisaA.objects.get()
    assert client.get(reverse("assessments:visa", args=[draft.code])).status_code == 404


def test_an_amended_assessment_counts_once(episode: Episode) -> None:
    signed = make.make_signed_assessment(episode)
    before = drawn(episode).rows
    assert len(before) == 1
    draft = actions.amend(signed, reason="Item 5 was misread.", by=episode.opened_by)
    saved = actions.save_draft(draft, {"q5": 9}, version=draft.version, by=episode.opened_by)
    assert [row.visa.pk for row in drawn(episode).rows] == [before[0].visa.pk]
    found = findings(saved, bilateral=False)
    actions.sign(
        saved,
        location=found.location,
        phase=found.phase,
        reason="",
        version=saved.version,
        by=episode.opened_by,
    )
    assert [row.visa.assessment_id for row in drawn(episode).rows] == [draft.pk]


def test_scores_to_come_are_left_out_of_an_older_picture(course: Episode) -> None:
    assert [row.visa.total for row in drawn(course, days=60).rows] == [43, None, 33, 30]


def test_marks_of_versions_injections_and_flares(client: Client, physio: User) -> None:
    programme = make.make_programme(
        by=physio, cortisone=True, cortisone_last_on=DAY - timedelta(days=400)
    )
    episode = programme.episode
    stepped = make.make_session(programme, happened_on=after(20), pain_during=7)
    decide(
        stepped,
        outcome=Outcome.REGRESS,
        reason="Too much.",
        today=after(20),
        by=physio,
    )
    make.make_session(programme, happened_on=after(30))
    worse = make.make_session(programme, happened_on=after(40), pain_before=1)
    record_morning(worse, pain=6, stiffness_min=60, on=after(41), by=physio)
    picture = drawn(episode)
    found = [(sign.number, sign.kind.value, sign.on) for sign in picture.signs]
    assert found == [
        (1, "version", DAY),
        (2, "flare", after(20)),
        (3, "flare", after(40)),
    ]
    assert [mark.kind.value for mark in picture.earlier] == ["injection"]
    text = page(client, episode)
    assert reverse("programmes:session", args=[stepped.code]) in text
    assert "Flare: not settled the morning after" in text
    assert "Before this picture begins: Cortisone injection at this tendon, 28 Jan 2024" in text
    assert "Pain in training" in text


def test_a_flare_has_a_mark_and_marks_of_plans_lead_to_their_version(
    client: Client, physio: User
) -> None:
    programme = make.make_programme(by=physio)
    episode = programme.episode
    flare(episode, note="Ran for a bus.", on=after(25), by=physio, form_token=uuid4())
    found = [(sign.kind.value, sign.on) for sign in drawn(episode).signs]
    assert found == [("version", DAY), ("flare", after(25))]
    text = page(client, episode)
    assert "Flare: settled in the isometric stage" in text
    assert "Ran for a bus." not in text
    assert reverse("programmes:version", args=[programme.versions.get().code]) in text


def test_many_marks_on_one_day_stay_inside_the_picture(physio: User) -> None:
    programme = make.make_programme(by=physio)
    for _ in range(9):
        session = make.make_session(programme, happened_on=after(40), pain_before=1)
        record_morning(session, pain=6, stiffness_min=60, on=after(41), by=physio)
    signs = drawn(programme.episode).signs
    assert len(signs) == 10
    assert all(sign.y >= 14 for sign in signs)
    assert len({(sign.x, sign.y) for sign in signs}) >= 5


def test_the_picture_for_paper_has_no_links_and_makes_a_pdf(course: Episode) -> None:
    picture = visa_trajectory(course, on=after(200), paper=True)
    drawn_once = render_to_string("charts/trajectory.html", {"trajectory": picture})
    assert "<a " not in drawn_once
    assert "style" not in drawn_once
    html = (
        '<!doctype html><html lang="en"><head><title>x</title></head>'
        f"<body>{drawn_once}</body></html>"
    )
    text = "".join(p.extract_text() for p in PdfReader(BytesIO(html_to_pdf(html))).pages)
    for words in ("44 Mean before surgery", "incomplete", "Sep"):
        assert words in text


# --- items ---------------------------------------------------------------------------------------


def test_items_with_those_of_the_time_before(client: Client, course: Episode) -> None:
    now = record(course, 190, 54, q8_part="A")
    text = client.get(reverse("assessments:visa", args=[now.code])).text
    for words in (
        "1. Morning stiffness",
        "Reduced or changed training",
        "A: No pain during sport that loads the tendon: 11 to 20 minutes",
        "30 Aug 2025",
        "The last item moved from part B to part A",
        "changes the total by +10 points",
        "Form: VISA-A, Robinson 2001. Our own short labels, not the wording of a validated form.",
    ):
        assert words in text


def test_somebody_without_sport_is_told_the_ceiling(client: Client, episode: Episode) -> None:
    score = record(episode, 0, None, q7="not_at_all", q8_part="A", q8_band="nil")
    text = client.get(reverse("assessments:visa", args=[score.code])).text
    assert "With no sport and no training time, at most 60 were possible." in text


# --- striking out --------------------------------------------------------------------------------


def strike(client: Client, score: VisaA, reason: str = "Typed twice.") -> Any:
    return client.post(reverse("assessments:visa_strike", args=[score.code]), {"reason": reason})


def test_a_wrong_entry_is_struck_out_and_stays_readable(
    client: Client, course: Episode, physio: User
) -> None:
    wrong = VisaA.objects.get(answered_on=DAY)
    assert strike(client, wrong, "").status_code == 422
    assert strike(client, wrong).status_code == 302
    picture = drawn(course)
    assert picture.first is not None
    assert picture.first.total == 33
    assert 30 not in [dot.total for dot in picture.dots]
    text = page(client, course)
    assert "<s>30</s>" in text
    assert "Typed twice." in text
    assert "It counts nowhere." in client.get(reverse("assessments:visa", args=[wrong.code])).text
    again = strike(client, wrong)
    assert again.status_code == 422
    assert "Somebody has struck this out already." in again.text


def test_one_of_an_assessment_is_corrected_there(client: Client, episode: Episode) -> None:
    score = make.make_signed_assessment(episode).visa
    text = client.get(reverse("assessments:visa", args=[score.code])).text
    assert "A wrong answer is corrected by amending the assessment." in text
    refused = strike(client, score)
    assert refused.status_code == 422
    assert "Correct it there, by an amendment." in refused.text
    score.refresh_from_db()
    assert score.struck_at is None


# --- other scores --------------------------------------------------------------------------------


def sent_score(**overrides: Any) -> dict[str, Any]:
    return {
        "form_token": str(uuid4()),
        "name": "TENDINS-A",
        "value": "48",
        "better": "",
        "answered_on": str(DAY),
        "reported_by": "paper",
        "note": "",
        **overrides,
    }


def score_url(episode: Episode) -> str:
    return reverse("assessments:score_new", args=[episode.code])


def test_another_total_is_kept_by_its_name_and_drawn_apart(
    client: Client, episode: Episode
) -> None:
    empty = client.get(score_url(episode)).text
    assert '<option value="TENDINS-A">' in empty
    assert '<option value="VISA-A (sedentary)">' in empty
    data = sent_score(name=" tendins a ")
    for _ in range(2):
        assert client.post(score_url(episode), data).status_code == 302
    score = OtherScore.objects.get()
    assert (score.name, score.value, score.better) == ("TENDINS-A", Decimal(48), "lower")
    client.post(
        score_url(episode), sent_score(name="TENDINSA", value="35,5", answered_on=str(after(40)))
    )
    client.post(score_url(episode), sent_score(name="Own scale", value="3", better="higher"))
    totals = OtherScore.objects.filter(name="TENDINS-A").values_list("value", flat=True)
    assert set(totals) == {Decimal(48), Decimal("35.5")}
    text = page(client, episode)
    assert text.count("<h3>TENDINS-A</h3>") == 1
    assert "Lower is better. Not comparable with the VISA-A." in text
    assert "Better" in text
    assert "The smallest detectable change is 12 points and is reached." in text
    assert "Own scale" in text
    assert "No VISA-A yet" in text
    assert '<option value="Own scale">' in client.get(score_url(episode)).text


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param({"name": " "}, "Give the name of the questionnaire.", id="no name"),
        pytest.param({"name": "x" * 61}, "at most 60 characters", id="long name"),
        pytest.param({"value": ""}, "Give the total.", id="no total"),
        pytest.param({"value": "many"}, "Write the total as a number.", id="words"),
        pytest.param({"value": "NaN"}, "Write the total as a number.", id="not a number"),
        pytest.param({"value": "1,2,3"}, "Write the total as a number.", id="commas"),
        pytest.param({"value": "1e9"}, "Must be from -1000 to 10000.", id="too much"),
        pytest.param({"value": "-1001"}, "Must be from -1000 to 10000.", id="too little"),
        pytest.param({"value": "1.234"}, "Two decimal places are enough.", id="decimals"),
        pytest.param({"name": "visa a"}, "A VISA-A is recorded by its items", id="VISA-A"),
        pytest.param({"name": "VISA-A"}, "use “Record a VISA-A”", id="VISA-A as it is written"),
        pytest.param({"value": "100.5"}, "TENDINS-A is from 0 to 100 points.", id="above TENDINS"),
        pytest.param({"name": "lefs", "value": "81"}, "LEFS is from 0 to 80 points.", id="LEFS"),
        pytest.param({"value": "1,234"}, "Two decimal places are enough.", id="thousands"),
        pytest.param({"better": "sideways"}, "Select a valid choice", id="crafted way"),
        pytest.param({"answered_on": "2999-01-01"}, "This date is in the future", id="to come"),
        pytest.param({"note": "x" * 201}, "at most 200 characters", id="long note"),
    ],
)
def test_a_score_refused(
    client: Client, episode: Episode, sent: dict[str, str], words: str
) -> None:
    response = client.post(score_url(episode), sent_score(**sent))
    assert response.status_code == 422
    assert words in response.text
    assert not OtherScore.objects.exists()


def test_totals_of_one_name_run_one_way(client: Client, episode: Episode) -> None:
    make.make_score(episode, name="Own scale", better="higher")
    refused = client.post(score_url(episode), sent_score(name="own-scale", better="lower"))
    assert refused.status_code == 422
    assert "For Own scale, “higher is better” was recorded before." in refused.text


def test_a_score_is_struck_out(client: Client, episode: Episode) -> None:
    score = make.make_score(episode)
    to = reverse("assessments:score_strike", args=[score.code])
    assert client.get(to).status_code == 200
    assert client.post(to, {"reason": ""}).status_code == 422
    assert client.post(to, {"reason": "Another patient's."}).status_code == 302
    text = page(client, episode)
    assert "<s>48</s>" in text
    assert "Another patient&#x27;s." in text
    assert client.post(to, {"reason": "Again"}).status_code == 422


# --- heel raises ---------------------------------------------------------------------------------


def test_heel_raises_over_time_with_norm_and_error(client: Client, episode: Episode) -> None:
    assert "Not tested yet." in page(client, episode)
    for days, left, right in ((0, 12, 22), (40, None, 23), (80, 20, 24)):
        actions.record_heel_raise(
            episode,
            form_token=uuid4(),
            on=after(days),
            by=episode.opened_by,
            left_repetitions=left,
            right_repetitions=right,
        )
    found = heel_raise_course(episode, on=after(100))
    assert found is not None
    assert [line.name for line in found.lines] == ["Left (affected)", "Right"]
    assert [len(line.points) for line in found.lines] == [2, 3]
    assert found.level_words == "norm 24"
    assert [row.values for row in found.rows] == [("20", "24"), ("", "23"), ("12", "22")]
    text = page(client, episode)
    assert "not measured" in text
    assert "A change of fewer than 7 can be measurement error" in text
