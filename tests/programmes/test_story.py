"""The story of an episode: where the patient stood, what was done, and the picture of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.actions import add_load_event, add_runs, record_tests
from assessments.models import Lock
from assessments.rules.terms import Level, Stage
from assessments.rules.typed_runs import TypedRun
from patients import actions as patient_actions
from patients.models import Episode, Reopening
from programmes import actions
from programmes.actions.corrections import known_of, standing_values
from programmes.models import Correction, MorningAfter, Programme, Session, Step
from programmes.rules.terms import Outcome, ReviewOutcome
from programmes.selectors.adherence import Course, courses, review_of
from programmes.selectors.decisions import LOWER_TAKEN
from programmes.selectors.standing import standing_of
from programmes.story import review_shown
from tests import make
from tests.conftest import MadeOnce
from upwell.clock import told_at

pytestmark = pytest.mark.django_db

DAY = make.DAY


def day(nth: int) -> date:
    """The nth day of the programme, counted from 0."""
    return DAY + timedelta(days=nth)


@contextmanager
def on(nth: int) -> Iterator[date]:
    """Records made inside are of noon of that day."""
    with told_at(datetime.combine(day(nth), time(2), tzinfo=UTC)):
        yield day(nth)


@pytest.fixture(scope="module", autouse=True)
def started(made_once: MadeOnce[Programme]) -> Programme:
    with on(0):
        return made_once(make.make_programme)


@pytest.fixture
def programme(started: Programme) -> Programme:
    """Heavy slow resistance three days a week since ``DAY``."""
    return deepcopy(started)


def session(programme: Programme, nth: int, **said: Any) -> Session:
    """A session of that day, written down on it."""
    with on(nth) as today:
        return make.make_session(programme, happened_on=today, **said)


def decided(held: Session, nth: int, outcome: Outcome) -> None:
    """A session settled and decided that day, whatever the rule says."""
    with on(nth) as today:
        by = held.logged_by
        actions.record_morning(held, pain=1, stiffness_min=5, on=today, by=by)
        actions.decide(held, outcome=outcome, reason="As agreed.", today=today, by=by)


def course(programme: Programme, until: int) -> Course:
    return courses([programme], until=day(until))[programme.pk]


def stood(found: Course) -> list[tuple[int, int, int]]:
    """Each stretch as (step's number, first day, last day), days counted from 0."""
    numbers = dict(Step.objects.values_list("pk", "number"))
    return [
        (numbers[each.step_key], (each.first - DAY).days, (each.last - DAY).days)
        for each in found.stretches
    ]


def test_a_new_programme_stands_at_its_first_step(programme: Programme) -> None:
    found = course(programme, 13)
    assert stood(found) == [(1, 0, 13)]
    assert found.stretches[0].stage is Stage.ISOTONIC
    assert [week.planned for week in found.weeks] == [3, 3]
    assert (found.held, found.percent, found.weeks_run) == ((), 0, 2)


def test_there_is_no_course_before_the_first_day(programme: Programme) -> None:
    found = course(programme, -1)
    assert (found.stretches, found.weeks, found.percent, found.weeks_run) == ((), (), None, 0)


def test_decisions_cut_the_course_where_the_step_changes(programme: Programme) -> None:
    decided(session(programme, 1), 2, Outcome.HOLD)
    decided(session(programme, 3), 4, Outcome.PROGRESS)
    programme.refresh_from_db()
    decided(session(programme, 8), 9, Outcome.REGRESS)
    assert stood(course(programme, 13)) == [(1, 0, 3), (2, 4, 8), (1, 9, 13)]


def test_what_comes_later_is_not_known_yet(programme: Programme) -> None:
    decided(session(programme, 3), 4, Outcome.PROGRESS)
    programme.refresh_from_db()
    session(programme, 8)
    found = course(programme, 3)
    assert stood(found) == [(1, 0, 3)]
    assert [each.on for each in found.held] == [day(3)]


def test_a_flare_leads_to_the_isometric_stage_that_day(programme: Programme) -> None:
    with on(5) as today:
        actions.flare(
            programme.episode,
            note="Hurdles",
            on=today,
            by=programme.episode.opened_by,
            form_token=uuid4(),
        )
    stages = [(each.stage, (each.first - DAY).days) for each in course(programme, 13).stretches]
    assert stages == [(Stage.ISOTONIC, 0), (Stage.ISOMETRIC, 5)]


def test_seen_told_part_and_struck_sessions_are_told_apart(programme: Programme) -> None:
    session(programme, 0)
    session(programme, 1, source="home", completed_pct=60)
    session(programme, 2, source="paper", completed_pct=None)
    session(programme, 3, source="home", completed_pct=0)
    (week,) = course(programme, 6).weeks
    assert (week.planned, week.observed, week.reported) == (3, 1, 2)
    assert (week.short, week.untold) == (1, 1)
    assert [each.counted for each in course(programme, 6).held] == [True, False, None]


def lock(episode: Episode, first: int, cleared: int | None) -> None:
    by = episode.opened_by
    moment = datetime.combine(day(first), time(2), tzinfo=UTC)
    made = Lock.objects.create(
        episode=episode,
        assessment=episode.assessments.get(),
        flag="RF2",
        level=Level.URGENT,
        says="Possible clot",
        what_to_do="Send today.",
        raised_at=moment,
        raised_by=by,
    )
    if cleared is not None:
        made.cleared_at = datetime.combine(day(cleared), time(2), tzinfo=UTC)
        made.cleared_by, made.reason = by, "Scan was clear."
        made.save()


@pytest.mark.parametrize(
    ("cleared", "planned"),
    [
        pytest.param(14, [3, 0, 3], id="cleared"),
        pytest.param(None, [3, 0, 0], id="open"),
        pytest.param(7, [3, 3, 3], id="cleared_the_same_day"),
    ],
)
def test_days_under_a_red_flag_plan_nothing(
    programme: Programme, cleared: int | None, planned: list[int]
) -> None:
    lock(programme.episode, 7, cleared)
    found = course(programme, 20)
    assert [week.planned for week in found.weeks] == planned
    assert found.weeks_run == 3


def test_a_closed_episode_plans_nothing_until_it_is_opened_again(programme: Programme) -> None:
    by = programme.episode.opened_by
    patient_actions.discharge(programme.episode, outcome="improved", note="", on=day(7), by=by)
    assert [week.planned for week in course(programme, 40).weeks] == [3, 0]
    episode = Episode.objects.get(pk=programme.episode_id)
    Reopening.objects.create(
        episode=episode,
        closed_on=day(7),
        closed_by=by,
        outcome="improved",
        reopened_on=day(21),
        reason="Pain is back.",
        reopened_by=by,
    )
    episode.closed_on, episode.closed_by, episode.outcome = None, None, ""
    episode.save()
    found = course(programme, 27)
    assert [week.planned for week in found.weeks] == [3, 0, 0, 3]
    assert (stood(found), found.weeks_run) == ([(1, 0, 6), (1, 21, 27)], 2)


def test_many_courses_take_as_many_queries_as_one(programme: Programme) -> None:
    session(programme, 1)
    others = [make.make_programme() for _ in range(3)]
    with CaptureQueriesContext(
        connection,
    ) as made:
        found = courses([programme, *others], until=day(6))
    assert len(found) == 4
    assert len(found[programme.pk].held) == 1
    with CaptureQueriesContext(connection) as of_one:
        courses([programme], until=day(6))
    assert len(made) == len(of_one) <= 2


def test_no_programmes_have_no_courses() -> None:
    assert courses([], until=DAY) == {}


# --- The page ------------------------------------------------------------------------------------


@pytest.fixture
def reader(client: Client, programme: Programme) -> Client:
    client.force_login(programme.episode.clinician)
    return client


def page(reader: Client, episode: Episode, first: int | None = None, last: int = 0) -> str:
    """The episode's page; of these days of the programme, where some are given."""
    days = {}
    if first is not None:
        days = {"from": day(first).isoformat(), "to": day(last).isoformat()}
    answer = reader.get(reverse("programmes:episode", args=[episode.code]), days)
    assert answer.status_code == 200
    return answer.content.decode()


def lanes(shown: str) -> list[str]:
    return re.findall(r'data-lane="(\w+)"', shown)


def marks(shown: str, lane: str) -> list[tuple[str, str]]:
    """The marks of a lane that lead somewhere, as (what it says, where it leads)."""
    part = shown.partition(f'data-lane="{lane}"')[2].partition('<g class="lane"')[0]
    found = re.findall(r'href="(/[^"]+)" aria-label="([^"]+)"', part.partition("</svg>")[0])
    return [(unescape(says), unescape(to)) for to, says in found]


def said(shown: str, lane: str) -> list[str]:
    return [says for says, _ in marks(shown, lane)]


def table(shown: str) -> list[tuple[str, str]]:
    """The table beside the picture as (where it leads, what it says)."""
    part = shown.partition("story-rows")[2].partition("</table>")[0]
    return [
        (unescape(to), unescape(says)) for to, says in re.findall(r'href="([^"]+)">([^<]+)', part)
    ]


def run(programme: Programme, nth: int, metres: int) -> None:
    typed = TypedRun(on=day(nth), distance_m=metres, duration_s=None, surface=None, note="")
    add_runs(programme.episode, [typed], form_token=uuid4(), by=programme.episode.opened_by)


@pytest.fixture
def told(programme: Programme) -> Episode:
    """A month with something of everything."""
    episode, by = programme.episode, programme.episode.opened_by
    decided(session(programme, 1, pain_during=4, stiffness_min=25), 2, Outcome.HOLD)
    session(programme, 3, source="home", pain_during=None, stiffness_min=None)
    for nth, metres in ((-20, 5000), (5, 5200), (8, 9000)):
        run(programme, nth, metres)
    shoes: dict[str, Any] = {"old_drop_mm": 10, "new_drop_mm": 4}
    add_load_event(episode, kind="footwear", on=day(6), form_token=uuid4(), by=by, **shoes)
    make.make_visa(episode, on=day(20), by=by, q5=9)
    raised = {"left_repetitions": 18, "right_repetitions": 24}
    record_tests(
        episode, form_token=uuid4(), on=day(21), by=by, tests={"sl_hop_pain": 2}, heel_raises=raised
    )
    with on(10) as today:
        actions.flare(episode, note="Hurdles", on=today, by=by, form_token=uuid4())
    return episode


def test_one_axis_holds_everything_told(reader: Client, told: Episode) -> None:
    shown = page(reader, told, 0, 28)
    assert lanes(shown) == [
        "happened",
        "stages",
        "decisions",
        "weeks",
        "sessions",
        "runs",
        "pain",
        "stiffness",
        "visa",
        "raises",
    ]
    assert said(shown, "happened") == [
        "Examined, 3 Mar 2025",
        "Programme version 1, 3 Mar 2025",
        "Shoes: heel drop 10 to 4 mm, 9 Mar 2025",
        "Flare, 13 Mar 2025",
        "Tests of raises, hops, walking or strength, 24 Mar 2025",
    ]
    assert said(shown, "decisions") == ["Stay at this step after 4 Mar 2025"]
    assert [re.sub(r": .* of work", "", each) for each in said(shown, "sessions")] == [
        "Session of 4 Mar 2025, seen here",
        "Session of 6 Mar 2025, as reported",
    ]
    plain, spike = said(shown, "runs")
    assert plain == "8 Mar 2025: 5.2 km"
    assert spike.startswith("11 Mar 2025: 9 km, 73")
    assert spike.endswith("longer than the longest run of the 30 days before")
    assert said(shown, "pain") == [
        "Pain during 4 of 10, 4 Mar 2025",
        "Pain the morning after 1 of 10, 5 Mar 2025",
    ]
    assert said(shown, "stiffness") == [
        "Stiff for 25 minutes, 4 Mar 2025",
        "Stiff for 5 minutes, 5 Mar 2025",
    ]
    assert [says.partition(",")[0] for says in said(shown, "visa")] == [
        "VISA-A 52 of 100",
        "VISA-A 56 of 100",
    ]
    assert said(shown, "raises") == [
        "Right leg: 22 heel raises, 3 Mar 2025",
        "Right leg: 24 heel raises, 24 Mar 2025",
        "Left leg, affected: 15 heel raises, 3 Mar 2025",
        "Left leg, affected: 18 heel raises, 24 Mar 2025",
    ]


def test_each_mark_opens_what_it_stands_for_and_the_table_says_the_same(
    reader: Client, told: Episode
) -> None:
    shown = page(reader, told, 0, 28)
    drawn = [(to, says) for lane in lanes(shown) for says, to in marks(shown, lane)]
    assert sorted(drawn) == sorted(table(shown))
    for to in {to for to, _ in drawn}:
        assert reader.get(to).status_code == 200, to
    held = Session.objects.order_by("happened_on")
    assert [to for _, to in marks(shown, "sessions")] == [
        reverse("programmes:session", args=[each.code]) for each in held
    ]


def test_an_injection_before_the_opening_is_on_the_axis(client: Client) -> None:
    injected = DAY - timedelta(days=21)
    found = make.make_programme(cortisone=True, cortisone_last_on=injected).episode
    client.force_login(found.clinician)
    answer = client.get(
        reverse("programmes:episode", args=[found.code]),
        {"from": injected.isoformat(), "to": DAY.isoformat()},
    )
    shown = answer.content.decode()
    assert said(shown, "happened")[0] == "Cortisone injection at this tendon, 10 Feb 2025"
    assert 'aria-current="true"' not in shown.partition('class="ranges"')[2].partition("</p>")[0]
    # "All" begins with it, and where the days shown begin later it is named in words.
    assert 'href="?from=2025-02-10&amp;' in shown
    later = page(client, found, 0, 5)
    assert "Cortisone injection" not in " ".join(said(later, "happened"))
    assert re.search(r"Earlier: <a [^>]+>Cortisone injection at this tendon, 10 Feb 2025<", later)


def test_an_injection_of_years_ago_is_told_in_words(client: Client) -> None:
    injected = DAY - timedelta(days=900)
    found = make.make_programme(cortisone=True, cortisone_last_on=injected).episode
    client.force_login(found.clinician)
    shown = page(client, found)
    assert 'href="?from=2025-03-03&amp;' in shown
    assert "Earlier: " in shown
    assert "Cortisone injection at this tendon, 15 Sep 2022" in shown


def test_runs_before_the_opening_are_on_the_axis_or_counted(
    reader: Client, programme: Programme
) -> None:
    by = programme.episode.opened_by
    for nth in (-500, -400, -90):
        run(programme, nth, 5000)
    shoes: dict[str, Any] = {"old_drop_mm": 10, "new_drop_mm": 4}
    change = {"kind": "footwear", "by": by, **shoes}
    add_load_event(programme.episode, on=day(-100), form_token=uuid4(), **change)
    add_load_event(programme.episode, on=day(-300), form_token=uuid4(), **change)
    shown = page(reader, programme.episode)
    begins = day(-100).isoformat()
    assert f'href="?from={begins}&amp;' in shown
    whole = page(reader, programme.episode, -100, 5)
    assert len(said(whole, "runs")) == 1
    assert "Shoes: heel drop 10 to 4 mm, 23 Nov 2024" in said(whole, "happened")
    load = reverse("assessments:load", args=[programme.episode.code])
    (told,) = re.findall(r'<p class="soft">Earlier: (.*?)</p>', whole)
    assert "2 runs since 20 Oct 2023" in told
    assert "1 change of load since 7 May 2024" in told
    last = day(-26 * 7 - 1).isoformat()
    assert f'href="{load}?from={day(-500).isoformat()}&amp;to={last}"' in told


def test_tests_and_changes_open_the_record_itself(reader: Client, told: Episode) -> None:
    shown = page(reader, told, 0, 28)
    signed = told.assessments.signed().get()
    detail = reverse("assessments:detail", args=[signed.code])
    own = reverse("assessments:outcomes", args=[told.code]) + "#raises-title"
    assert [to for _, to in marks(shown, "raises")] == [detail, own] * 2
    happened = dict(marks(shown, "happened"))
    load = reverse("assessments:load", args=[told.code])
    assert happened["Shoes: heel drop 10 to 4 mm, 9 Mar 2025"] == (
        f"{load}?from=2025-02-23&to=2025-03-23"
    )
    assert happened["Tests of raises, hops, walking or strength, 24 Mar 2025"] == own


def test_runs_that_stood_out_look_unlike_sessions_as_reported(
    reader: Client, told: Episode
) -> None:
    shown = page(reader, told, 0, 28)
    (spike,) = re.findall(r'<rect class="bar spike"[^>]*>', shown)
    assert "hatch" not in spike
    assert re.findall(r'<rect class="bar told"[^>]*fill="url\(#story-hatch\)"', shown)
    assert "dark stood out from the 30 days before" in shown


def test_closing_and_opening_again_are_marks(reader: Client, programme: Programme) -> None:
    episode, by = programme.episode, programme.episode.opened_by
    patient_actions.discharge(episode, outcome="improved", note="", on=day(10), by=by)
    patient_actions.reopen(episode, reason="Back.", on=day(14), by=by)
    shown = page(reader, episode, 0, 20)
    assert said(shown, "happened")[-2:] == [
        "Closed: improved, carries on alone, 13 Mar 2025",
        "Re-opened, 17 Mar 2025",
    ]
    assert {"closed", "reopened"} <= set(re.findall(r'href="#story-(\w+)"', shown))


def corrected(held: Session, **changes: Any) -> None:
    held = Session.objects.whole().get(pk=held.pk)
    stands = {**standing_values(held), **changes}
    actions.correct_session(
        held,
        values={name: value for name, value in stands.items() if not name.startswith("morning_")},
        morning={name: stands[f"morning_{name}"] for name in ("pain", "stiffness_min")},
        strikes=False,
        reason="Told wrongly.",
        known=known_of(held),
        on=day(6),
        form_token=uuid4(),
        by=held.logged_by,
    )


def test_a_corrected_session_is_marked_on_the_picture_and_in_words(
    reader: Client, programme: Programme
) -> None:
    held = session(programme, 1)
    decided(held, 2, Outcome.HOLD)
    plain = page(reader, programme.episode, 0, 13)
    assert "orrected" not in plain.partition("</defs>")[2]
    corrected(held, pain_during=8)
    shown = page(reader, programme.episode, 0, 13)
    since = "corrected since: the rule would have said step back"
    assert since in said(shown, "decisions")[0]
    assert since in " ".join(says for _, says in table(shown))
    assert all(says.endswith(", corrected") for says in said(shown, "sessions"))
    assert 'href="#story-corrected"' in shown
    assert since.capitalize() in shown.partition("Last decision")[2].partition("</p>")[0]
    long = page(reader, programme.episode, 0, 200)
    assert [each for each in said(long, "sessions") if each.endswith(", corrected")]


def test_what_was_only_told_later_is_no_correction(reader: Client, programme: Programme) -> None:
    held = session(programme, 1, pain_during=None)
    with on(3):
        Correction.objects.create(
            session=held,
            number=1,
            before={},
            after={},
            reason="Told later: the next morning.",
            form_token=uuid4(),
            form_digest="0" * 64,
            corrected_by=held.logged_by,
        )
    shown = page(reader, programme.episode, 0, 13)
    assert "story-corrected" not in shown.partition("</defs>")[2]


def test_on_paper_the_patient_heads_each_page_and_no_control_is_printed(
    reader: Client, told: Episode
) -> None:
    shown = page(reader, told)
    head = shown.partition('<p class="report-head"')[2].partition("</p>")[0]
    for words in (str(told.patient), told.patient.record_number, "left Achilles"):
        assert words in head
    for control in ("Discharge</a>", "Letter to the GP", "Print a paper for this step"):
        assert control in shown
        nearest = re.findall(r'class="[^"]*"', shown.partition(control)[0])[-8:]
        assert any("on-screen" in each for each in nearest), control
    style = Path("static/upwell/story.css").read_text().partition("@media print")[2]
    assert ".report-head { display: table-header-group; break-inside: avoid;" in style
    assert ".story-weeks:not([open])::details-content { display: block;" in style


def test_tab_stops_once_at_a_session(reader: Client, told: Episode) -> None:
    shown = page(reader, told, 0, 28)
    stops = re.findall(r'<a [^>]*href="(/sessions/[^"]+)" aria-label="[^"]+">', shown)
    assert len(stops) == Session.objects.count() == 2


def test_unknown_and_nothing_are_drawn_as_neither_done_in_full_nor_as_each_other(
    reader: Client, programme: Programme
) -> None:
    session(programme, 1)
    session(programme, 3, completed_pct=None)
    session(programme, 5, source="home", completed_pct=0)
    shown = page(reader, programme.episode, 0, 13)
    assert [re.sub(r": .* of work", ": work", each) for each in said(shown, "sessions")] == [
        "Session of 4 Mar 2025: work, seen here",
        "Session of 6 Mar 2025: how much not known, seen here",
        "Session of 8 Mar 2025: nothing done, as reported",
    ]
    lane = shown.partition('data-lane="sessions"')[2].partition('<g class="lane"')[0]
    assert lane.count('<rect class="bar') == 1
    assert re.findall(r'<use href="#story-(\w+)"', lane.partition("</svg>")[0]) == [
        "untold",
        "nothing",
    ]
    for words in ("session, how much not known", "session, nothing done"):
        assert words in shown
    assert "2 of 3 planned, 2 seen here, 1 without how much" in shown


def test_the_page_names_a_decision_as_its_own_page_does(
    reader: Client, programme: Programme
) -> None:
    held = session(programme, 1, pain_during=6)
    with on(2) as today:
        by = held.logged_by
        actions.record_morning(held, pain=6, stiffness_min=5, on=today, by=by)
        # The rule asks for a step back, so the reason for another decision is kept.
        reason = f"Not for this tendon. {LOWER_TAKEN}"
        actions.decide(held, outcome=Outcome.HOLD, reason=reason, today=today, by=by)
    shown = page(reader, programme.episode, 0, 13)
    assert said(shown, "decisions")[0].startswith("Back to a step that suits after 4 Mar 2025")
    assert "Last decision: <strong>back to a step that suits</strong>" in shown
    assert re.search(r"<td>Back to a step that suits <span", shown)
    own = reader.get(reverse("programmes:session", args=[held.code])).content.decode()
    assert "back to a step that suits" in own.lower()
    assert "Stay at this step after" not in shown


def test_a_range_shows_its_own_days_alone(reader: Client, told: Episode) -> None:
    shown = page(reader, told, 4, 8)
    assert lanes(shown) == ["happened", "stages", "weeks", "runs"]
    assert "Not recorded in these days: decisions, sessions, pain in sessions" in shown


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"from": "2025-13-40", "to": ""}, id="no_day"),
        pytest.param({"from": "2025-04-02", "to": "2025-04-01"}, id="ends_before_it_begins"),
        pytest.param({"from": "1066-10-14", "to": ""}, id="too_early"),
    ],
)
def test_days_that_make_no_range_give_the_usual_one(
    reader: Client, told: Episode, asked: dict[str, str]
) -> None:
    answer = reader.get(reverse("programmes:episode", args=[told.code]), asked)
    assert 'aria-current="true">12 weeks' in answer.content.decode()


def test_a_first_visit_says_what_will_be_here(reader: Client, programme: Programme) -> None:
    shown = page(reader, make.make_episode(by=programme.episode.opened_by))
    assert "Nothing to show yet" in shown
    assert lanes(shown) == []
    assert "Done against planned" not in shown


def test_one_score_is_one_dot(reader: Client, programme: Programme) -> None:
    episode = make.make_episode(by=programme.episode.opened_by)
    make.make_visa(episode, on=DAY, by=episode.opened_by)
    shown = page(reader, episode, 0, 1)
    assert lanes(shown) == ["visa"]
    assert len(said(shown, "visa")) == 1
    assert "polyline" not in shown


@pytest.mark.parametrize(
    ("second", "lines"),
    [pytest.param(98, 1, id="near"), pytest.param(99, 0, id="too_far_apart")],
)
def test_no_line_crosses_a_long_gap(
    reader: Client, programme: Programme, second: int, lines: int
) -> None:
    episode = make.make_episode(by=programme.episode.opened_by)
    for nth in (0, second):
        make.make_visa(episode, on=day(nth), by=episode.opened_by)
    assert page(reader, episode, 0, 120).count("<polyline") == lines


def test_no_line_crosses_an_incomplete_score_or_a_closed_time(
    reader: Client, programme: Programme
) -> None:
    episode = make.make_episode(by=programme.episode.opened_by)
    for nth, said_of_q5 in ((0, 5), (10, None), (20, 5)):
        make.make_visa(episode, on=day(nth), by=episode.opened_by, q5=said_of_q5)
    shown = page(reader, episode, 0, 30)
    assert "VISA-A incomplete, no total, 13 Mar 2025" in said(shown, "visa")
    assert "<polyline" not in shown


def test_a_morning_without_pain_is_no_dot(reader: Client, programme: Programme) -> None:
    held = session(programme, 1, pain_during=None)
    held.programme.refresh_from_db()
    MorningAfter.objects.create(session=held, stiffness_min=12, recorded_by=held.logged_by)
    shown = page(reader, programme.episode, 0, 6)
    assert "pain" not in lanes(shown)
    assert said(shown, "stiffness")[-1] == "Stiff for 12 minutes, 5 Mar 2025"


def test_a_zero_is_a_dot(reader: Client, programme: Programme) -> None:
    session(programme, 1, pain_during=0)
    assert said(page(reader, programme.episode, 0, 6), "pain") == [
        "Pain during 0 of 10, 4 Mar 2025"
    ]


def test_long_ranges_are_drawn_by_week(reader: Client, programme: Programme) -> None:
    for nth in (1, 2, 8):
        run(programme, nth, 4000)
    shown = page(reader, programme.episode, 0, 200)
    assert said(shown, "runs") == [
        "Week of 3 Mar 2025: 8 km in 2 runs",
        "Week of 10 Mar 2025: 4 km",
    ]
    assert "data-dense" in shown


def test_long_ranges_show_the_highest_of_each_week_and_one_stay_of_each(
    reader: Client, programme: Programme
) -> None:
    for nth, during, stiff, outcome in (
        (1, 2, 10, Outcome.HOLD),
        (3, 5, 40, Outcome.HOLD),
        (5, 3, 20, Outcome.PROGRESS),
        (8, 1, 5, Outcome.HOLD),
    ):
        programme.refresh_from_db()
        held = session(programme, nth, pain_during=during, stiffness_min=stiff)
        decided(held, nth + 1, outcome)
    shown = page(reader, programme.episode, 0, 200)
    assert [each for each in said(shown, "pain") if "during" in each] == [
        "Pain during 5 of 10, 6 Mar 2025, the highest of its week",
        "Pain during 1 of 10, 11 Mar 2025, the highest of its week",
    ]
    assert said(shown, "stiffness") == [
        "Stiff for 40 minutes, 6 Mar 2025, the highest of its week",
        "Stiff for 5 minutes, 11 Mar 2025, the highest of its week",
    ]
    assert [each.partition(", decided")[0] for each in said(shown, "decisions")] == [
        "Progress one step after 8 Mar 2025",
        "Stay at this step after 6 Mar 2025, and 1 more in its week",
        "Stay at this step after 11 Mar 2025",
    ]
    assert "highest of each week" in shown
    weeks = dict(marks(shown, "sessions"))
    assert [re.sub(r"\d+ min .* of work", "work", each) for each in weeks] == [
        "Week of 3 Mar 2025: work in 3 sessions",
        "Week of 10 Mar 2025: work in 1 session",
    ]
    first = next(iter(weeks.values()))
    assert first.endswith("?from=2025-03-03&to=2025-03-09#story-title")
    opened = reader.get(first.partition("#")[0]).content.decode()
    assert len(said(opened, "sessions")) == 3
    short = page(reader, programme.episode, 0, 28)
    assert len([each for each in said(short, "pain") if "during" in each]) == 4
    assert len(said(short, "decisions")) == 4
    assert "highest of" not in short


def test_done_against_planned_is_said_in_words_and_by_week(
    reader: Client, programme: Programme
) -> None:
    by = programme.episode.opened_by
    for nth in (0, 2):
        session(programme, nth)
    for nth in (3, 4, 8):
        session(programme, nth, source="home")
    patient_actions.discharge(programme.episode, outcome="improved", note="", on=day(14), by=by)
    shown = page(reader, programme.episode, 0, 14)
    assert (
        "4 of 6 planned in 3 weeks; 2 seen here, 3 as reported. More than planned in one week"
        in shown
    )
    assert "<strong>66 %</strong>" in shown
    assert "Week of 3 Mar 2025: 4 of 3 planned, 2 seen here, 2 as reported" in shown


# --- The review ----------------------------------------------------------------------------------


def test_the_review_appears_in_its_twelfth_week(programme: Programme) -> None:
    standing = standing_of(programme.episode, day(83))
    assert review_of(course(programme, 82), standing) is None
    due = review_of(course(programme, 83), standing)
    assert due is not None
    assert due.outcome is ReviewOutcome.ADHERENCE_REVIEW


@pytest.mark.parametrize(
    ("q5", "outcome"),
    [
        pytest.param(None, None, id="no_second_score"),
        pytest.param(5, ReviewOutcome.REFER_NONRESPONSE, id="no_change"),
        pytest.param(0, ReviewOutcome.REFER_NONRESPONSE, id="lower"),
    ],
)
def test_the_review_of_sessions_that_were_done_reads_the_score(
    reader: Client, programme: Programme, q5: int | None, outcome: ReviewOutcome | None
) -> None:
    episode = programme.episode
    for nth in range(0, 84, 2):
        session(programme, nth)
    if q5 is not None:
        make.make_visa(episode, on=day(80), by=episode.opened_by, q5=q5)
    found = review_of(course(programme, 83), standing_of(episode, day(83)))
    assert found is not None
    assert (found.outcome, found.missing) == (outcome, () if outcome else ("visa_change",))
    shown = page(reader, episode)
    waits = f'href="{reverse("assessments:visa_new", args=[episode.code])}">Record a VISA-A'
    # Months later the sessions have stopped, so the page asks for the reason first.
    assert "Find out first why sessions were missed" in shown
    assert waits not in shown
    assert shown.count("Too few sessions were done to judge the programme") == 1


def test_the_review_says_what_it_waits_for(programme: Programme) -> None:
    for nth in range(0, 84, 2):
        session(programme, nth)
    standing = standing_of(programme.episode, day(83))
    found = review_of(course(programme, 83), standing)
    assert found is not None
    shown = review_shown(found, standing)
    assert shown.finding.says == "The review waits for what is missing"
    assert [(each.says, each.url) for each in shown.missing] == [
        ("Record a VISA-A", reverse("assessments:visa_new", args=[programme.episode.code]))
    ]
    assert ("VISA-A now", "52") in shown.finding.numbers
