"""The practice's outcomes: a small practice, its figures by hand, and what may never happen."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from assessments.actions import amend, record_heel_raise, save_draft, sign
from assessments.models import FunctionTest
from assessments.rules.terms import Stage
from assessments.selectors import findings
from patients import actions as patient_actions
from patients.models import Episode, Patient, User
from patients.rules.roles import Role
from programmes import actions
from programmes.actions import reading
from programmes.actions.corrections import VALUES, correct_session, known_of
from programmes.actions.reports import make_report
from programmes.forms.outcomes import quarter_before
from programmes.models import NotDone, PeriodReport, Programme, Session
from programmes.outcomes import as_csv, as_pdf, changed, later_words, page
from programmes.outcomes.reasons import reasons_in_words
from programmes.outcomes.stored import in_words
from programmes.outcomes.words import STAGES
from programmes.rules.outcomes import account_to_json
from programmes.rules.terms import Outcome
from programmes.selectors import outcomes as outcomes_read
from programmes.selectors.outcomes import Reason, accounts, differences
from programmes.views import outcomes as outcomes_view
from tests import make
from upwell.clock import told_at
from upwell.csv import csv_bytes
from upwell.http import Refused

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2025, 4, 1), date(2025, 6, 30)
MADE = datetime(2025, 7, 2, 2, tzinfo=UTC)
# From 52 at the first examination to 72: training without pain again.
BETTER = {"q8_part": "A", "q8_band": ">30"}


TODAY = MADE.date()
NOTHING_LATER = later_words(0, on=TODAY)


def day(nth: int) -> date:
    """The nth day of the programmes, counted from 0, the 3rd of March."""
    return make.DAY + timedelta(days=nth)


@contextmanager
def on(nth: int) -> Iterator[date]:
    """Records made inside are of noon of that day."""
    with told_at(datetime.combine(day(nth), time(2), tzinfo=UTC)):
        yield day(nth)


def begun(name: str, by: User, *, nth: int = 0, **examination: Any) -> Programme:
    """A programme of somebody of this name since that day."""
    with on(nth) as today:
        patient = make.make_patient(by=by, family_name=name, given_name="Invented")
        episode = make.make_episode(patient, on=today, by=by)
        said = {**examination, "examined_on": today}
        return make.make_programme(episode, on=today, by=by, **said)


def held(programme: Programme, nth: int, *, running: bool = False, **said: Any) -> Session:
    """A session of that day, written down on it."""
    here = programme.current_step
    if running:
        programme.current_step = programme.versions.get().steps.filter(stage=Stage.RUN_WALK)[0]
        programme.save(update_fields=["current_step"])
    with on(nth) as today:
        session = make.make_session(programme, happened_on=today, **said)
    programme.current_step = here
    programme.save(update_fields=["current_step"])
    return session


def closed(programme: Programme, nth: int, outcome: str) -> None:
    with on(nth) as today:
        by = programme.episode.opened_by
        patient_actions.discharge(programme.episode, outcome=outcome, note="", on=today, by=by)


def scored(programme: Programme, nth: int, **items: Any) -> None:
    with on(nth) as today:
        make.make_visa(programme.episode, on=today, **items)


@pytest.fixture(scope="module", autouse=True)
def practice(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Fourteen episodes, eleven of them in force between April and June 2025."""
    with django_db_blocker.unblock(), transaction.atomic():
        by = make.make_user(Role.PRACTICE_LEAD, email="lead@example.org")
        load = [begun(f"Load{number:02d}", by) for number in range(1, 11)]
        for programme, nth in zip(load, (70, 84, 84), strict=False):
            held(programme, nth, running=True)
        for programme in load[:7]:
            held(programme, 110, source="home")
        for programme in load[:5]:
            scored(programme, 84, **BETTER)
        scored(load[5], 84)
        scored(load[6], 20, **BETTER)
        settled = held(load[7], 50)
        with on(51) as today:
            actions.record_morning(settled, pain=1, stiffness_min=5, on=today, by=by)
            actions.decide(settled, outcome=Outcome.HOLD, reason="As agreed.", today=today, by=by)
        closed(load[7], 60, "improved")
        held(load[8], 40)
        closed(load[8], 50, "stopped")
        held(load[9], 20)
        before = begun("Beforeman", by)
        closed(before, 20, "returned")
        closed(begun("Mistaker", by), 60, "error")
        heel = begun("Insertley", by, **{**make.INSERTIONAL, "running_status": "not_a_runner"})
        held(heel, 110, source="phone")
        begun("Laterson", by, nth=130)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def lead() -> User:
    return User.objects.get(email="lead@example.org")


@pytest.fixture
def visitor(client: Client, lead: User) -> Client:
    client.force_login(lead)
    return client


@pytest.fixture
def report(lead: User) -> PeriodReport:
    with told_at(MADE):
        return make_report(first=FIRST, last=LAST, today=TODAY, by=lead)


def programme_of(name: str) -> Programme:
    return Programme.objects.get(episode__patient__family_name=name)


def test_the_figures_are_those_worked_out_by_hand(report: PeriodReport) -> None:
    told = report.figures
    assert told["episodes"] == 11
    assert told["completeness"] == {
        "baseline": [11, 11],
        "second": [7, 11],
        "raises": [11, 11],
        "running": [11, 11],
        "mornings": [1, 13],
        "decisions": [1, 13],
    }
    visa = told["visa"]
    assert (visa["judged"], visa["improved"], visa["percent"]) == (6, 5, 83)
    assert visa["not_judged"] == {"no_baseline": 0, "no_second": 4, "too_soon": 1, "capped": 0}
    assert [count for *_, count in visa["bands"]] == [0, 1, 0, 5, 0]
    running = told["running"]
    assert (running["followed"], running["returned"]) == (10, 3)
    assert running["apart"] == {"kept_running": 0, "not_a_runner": 1, "not_recorded": 0}
    assert [
        (step["weeks"], step["at_risk"], step["happened"], step["returned_percent"])
        for step in running["curve"]["steps"]
    ] == [("10", 7, 1, "14"), ("12", 6, 2, "42")]
    assert running["curve"]["at_risk"] == [[0, 10], [4, 9], [8, 8], [12, 6], [16, None], [24, None]]
    assert told["drop_outs"] == {"of": 11, "stopped": 1, "silent": 1, "stages": None}
    assert (told["adherence"]["observed"], told["adherence"]["reported"]) == (5, 8)
    isotonic = next(each for each in told["stages"] if each["stage"] == "isotonic")
    assert (isotonic["left"], isotonic["still"], isotonic["days"]) == (1, 10, None)
    assert told["groups"]["location"] is None


def test_an_account_holds_what_was_known_by_the_last_day() -> None:
    found = {each.code: each for each in accounts(first=FIRST, last=day(83))}
    one = found[str(programme_of("Load01").episode.code)]
    assert (one.baseline and one.baseline.total, one.latest) == (52, None)
    assert (one.ran_on, one.sessions, one.last_contact) == (day(70), 1, day(70))
    other = found[str(programme_of("Load02").episode.code)]
    assert (other.ran_on, other.sessions, other.last_contact) == (None, 0, day(0))
    # Discharged on day 60: closed for a period that ends later, open for one that ends before.
    discharged = str(programme_of("Load08").episode.code)
    assert (found[discharged].ended_on, found[discharged].outcome) == (day(60), "improved")
    earlier = {each.code: each for each in accounts(first=FIRST, last=day(59))}
    assert (earlier[discharged].ended_on, earlier[discharged].outcome) == (None, "")


def _raised(programme: Programme) -> None:
    record_heel_raise(
        programme.episode,
        form_token=uuid4(),
        on=day(100),
        by=programme.episode.opened_by,
        left_repetitions=20,
        right_repetitions=25,
    )


def _tested(programme: Programme) -> None:
    FunctionTest.objects.create(
        episode=programme.episode,
        tested_on=day(100),
        sl_hop_pain=2,
        recorded_by=programme.episode.opened_by,
    )


def _answered_in_part(programme: Programme) -> None:
    made = make.make_visa(programme.episode, on=day(100), q5=None)
    assert made.total is None


def _flared(programme: Programme) -> None:
    with on(100) as today:
        by = programme.episode.opened_by
        actions.flare(programme.episode, note="", on=today, by=by, form_token=uuid4())


def _not_done(programme: Programme) -> None:
    with on(90):
        handout = make.make_handout(programme, on=day(90))
    NotDone.objects.create(
        handout=handout, diary_row=1, on=day(100), recorded_by=programme.episode.opened_by
    )


@pytest.mark.parametrize(
    "recorded",
    [_raised, _tested, _answered_in_part, _flared, _not_done],
    ids=["heel raises", "function tests", "VISA-A in part", "flare", "diary line not done"],
)
def test_whatever_the_patient_brought_is_a_contact(recorded: Callable[[Programme], None]) -> None:
    programme = programme_of("Load10")
    code = str(programme.episode.code)
    (before,) = (each for each in accounts(first=FIRST, last=LAST) if each.code == code)
    assert (before.last_contact, before.dropped_out(LAST)) == (day(20), "silent")
    recorded(programme)
    (after,) = (each for each in accounts(first=FIRST, last=LAST) if each.code == code)
    assert (after.last_contact, after.dropped_out(LAST)) == (day(100), "")
    # What comes after the last day of a period is no contact of it.
    (earlier,) = (each for each in accounts(first=FIRST, last=day(99)) if each.code == code)
    assert earlier.last_contact == day(20)


def test_who_was_discharged_before_or_began_after_or_was_a_mistake_is_not_in(
    report: PeriodReport,
) -> None:
    codes = {row["code"] for row in report.rows}
    names = Patient.objects.filter(episodes__code__in=codes).values_list("family_name", flat=True)
    assert sorted(names) == ["Insertley", *(f"Load{number:02d}" for number in range(1, 11))]


def test_an_episode_opened_again_is_open_and_its_gap_is_no_time_in_a_stage(lead: User) -> None:
    programme = programme_of("Load08")
    with on(100) as today:
        patient_actions.reopen(programme.episode, reason="A relapse.", on=today, by=lead)
    found = {each.code: each for each in accounts(first=FIRST, last=LAST)}
    again = found[str(programme.episode.code)]
    assert (again.ended_on, again.last_contact) == (None, day(100))
    # 60 days until the discharge, and from the 100th to the 119th.
    assert [stay.days for stay in again.stays] == [60 + 20]


def test_the_same_period_again_is_the_same_report(
    visitor: Client, lead: User, report: PeriodReport
) -> None:
    other = make.make_user(Role.PRACTICE_LEAD)
    assert make_report(first=FIRST, last=LAST, today=TODAY, by=other) == report
    sent = {"period": "own", "first_on": FIRST.isoformat(), "last_on": LAST.isoformat()}
    answers = [visitor.post(reverse("programmes:outcomes"), sent) for _ in range(2)]
    to = reverse("programmes:outcomes_report", args=[report.code])
    assert [answer["Location"] for answer in answers] == [to, to]
    assert PeriodReport.objects.count() == 1


def test_the_files_stay_the_same_when_people_and_practices_are_renamed(
    lead: User, report: PeriodReport, settings: Any
) -> None:
    was = as_csv(report, later=NOTHING_LATER), as_pdf(report, later=NOTHING_LATER)
    lead.display_name = "Leo Otherwise"
    lead.save()
    settings.PRACTICE_NAME, settings.PRACTICE_CONTACT = "Renamed practice", "elsewhere"
    again = PeriodReport.objects.get(pk=report.pk)
    assert (as_csv(again, later=NOTHING_LATER), as_pdf(again, later=NOTHING_LATER)) == was


@pytest.mark.parametrize(
    ("median", "said"),
    [
        pytest.param("6", ("6 weeks", "of 10 followed"), id="reached"),
        pytest.param(None, ("", "not reached in 12 weeks"), id="not_reached"),
    ],
)
def test_the_headline_says_of_whom_half_were_running(
    report: PeriodReport, median: str | None, said: tuple[str, str]
) -> None:
    report.figures["running"]["curve"]["median"] = median
    shown = {label: (value, of) for label, value, of in page(report).headline}
    assert shown["Half were running again after"] == said


def test_a_report_of_before_the_curve_was_cut_is_shown_as_it_is(report: PeriodReport) -> None:
    running = report.figures["running"]
    running.pop("later")
    curve = running["curve"]
    curve["longest"] = curve.pop("lasts")
    curve["by"][-1], curve["at_risk"][-1] = [24, "42.9"], [24, 0]
    shown = page(report)
    (part,) = (each for each in shown.parts if each.key == "running")
    assert part.says[1].startswith("Until then fewer than half")
    assert [cell.words for cell in part.tables[0].lines[-1].cells] == ["0", "42.9"]
    assert shown.curve is not None


def test_the_ends_of_a_small_range_are_not_shown(lead: User) -> None:
    for name in [f"Load{number:02d}" for number in range(1, 7)]:
        closed(programme_of(name), 112, "improved")
    told = make_report(first=FIRST, last=LAST, today=TODAY, by=lead)
    (table,) = next(part for part in page(told).parts if part.key == "stages").tables
    (isotonic,) = (line for line in table.lines if line.label == STAGES["isotonic"])
    left, _, shortest, *_, longest = [cell.words for cell in isotonic.cells]
    assert (left, shortest, longest) == ("7", "not shown", "not shown")


def test_reading_makes_no_report(visitor: Client, report: PeriodReport) -> None:
    for name in ("outcomes_report", "outcomes_csv", "outcomes_pdf"):
        with CaptureQueriesContext(connection) as captured:
            answer = visitor.get(reverse(f"programmes:{name}", args=[report.code]))
        assert answer.status_code == 200
        written = [q["sql"] for q in captured if q["sql"].startswith(("INSERT", "UPDATE"))]
        assert written == [] or all("session" in sql for sql in written)
    chosen = {"period": "quarter"}
    assert visitor.get(reverse("programmes:outcomes"), chosen).status_code == 200
    assert PeriodReport.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "Choose a period."),
        ({"period": "own"}, "Give the first day of the period."),
        ({"period": "own", "first_on": "2025-04-01"}, "Give the last day of the period."),
        (
            {"period": "own", "first_on": "2025-04-02", "last_on": "2025-04-01"},
            "The last day lies before the first.",
        ),
        ({"period": "own", "first_on": "2025-04-02", "last_on": "soon"}, "Enter a valid date."),
        ({"period": "for ever"}, "for ever is not one of the available choices"),
    ],
    ids=["nothing", "no days", "no end", "backwards", "no date", "unknown"],
)
def test_what_is_no_period_is_said_at_the_field(
    visitor: Client, typed: dict[str, str], says: str
) -> None:
    answer = visitor.post(reverse("programmes:outcomes"), typed)
    assert answer.status_code == 422
    assert says in answer.text
    assert not PeriodReport.objects.exists()


@pytest.mark.parametrize("ahead", [0, 1, 400], ids=["today", "tomorrow", "next year"])
def test_an_open_period_is_refused(visitor: Client, lead: User, ahead: int) -> None:
    last = timezone.localdate() + timedelta(days=ahead)
    typed = {"period": "own", "first_on": "2025-04-01", "last_on": last.isoformat()}
    answer = visitor.post(reverse("programmes:outcomes"), typed)
    assert answer.status_code == 422
    assert "This period is not over yet" in answer.text
    assert f'value="{last.isoformat()}"' in answer.text
    with pytest.raises(Refused, match="not over yet"):
        make_report(first=FIRST, last=last, today=timezone.localdate(), by=lead)
    assert not PeriodReport.objects.exists()


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 1, 1), date(2025, 10, 1), date(2025, 12, 31)),
        (date(2026, 3, 31), date(2025, 10, 1), date(2025, 12, 31)),
        (date(2026, 4, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 11, 22), date(2026, 7, 1), date(2026, 9, 30)),
    ],
    ids=str,
)
def test_the_last_quarter(today: date, first: date, last: date) -> None:
    assert quarter_before(today) == (first, last)


def test_the_page_says_it_in_sentences(visitor: Client, report: PeriodReport) -> None:
    shown = visitor.get(reverse("programmes:outcomes_report", args=[report.code])).text
    for words in (
        "Outcomes, 1 April 2025 to 30 June 2025",
        "Worked out on 2 July 2025 by Leo Lead",
        "11 episodes are counted.",
        "whose programme was in force on at least one day of the period",
        "5 of 6 judged reached the smallest important change (83 %).",
        "5 not judged: 4 with no second VISA-A, 1 with a second VISA-A too soon after the first.",
        "3 of 10 followed ran again in their programme.",
        "Not applicable: not a runner: 1.",
        "The curve ends after 12 weeks: from then on fewer than 5 were still waiting and followed,",
        "Until then fewer than half were running again, so there is no median.",
        "Percentages are whole, rounded down.",
        "5 were seen in the clinic and 8 are as the patient reported them",
        "2 of 11 dropped out: 1 discharged as stopped coming, 1 without contact",
        "By location: not broken down, as a group has fewer than 5.",
        "Nothing: a report made today would take the same from every episode.",
    ):
        assert words in shown, words
    # What was recorded at all comes before the first result, also before those in brief.
    assert (
        shown.index("Who is counted")
        < shown.index("How complete the record is")
        < shown.index('class="key-figures"')
        < shown.index("How long each stage takes")
    )
    for name in Patient.objects.values_list("family_name", flat=True):
        assert name not in shown


def test_what_becomes_known_later_is_listed_and_changes_no_figure(
    visitor: Client, lead: User, report: PeriodReport
) -> None:
    to = reverse("programmes:outcomes_report", args=[report.code])
    files = [as_csv(report, later=NOTHING_LATER), as_pdf(report, later=NOTHING_LATER)]
    late, unmorning, mistaken = (programme_of(f"Load{number:02d}") for number in (10, 1, 4))
    make.make_visa(late.episode, on=day(84), by=lead, **BETTER)
    make.make_session(late, happened_on=day(50), source="paper", by=lead)
    ran = unmorning.sessions.get(happened_on=day(70))
    actions.record_morning(ran, pain=1, stiffness_min=5, on=day(71), by=lead)
    patient_actions.discharge(
        mistaken.episode, outcome="error", note="", on=timezone.localdate(), by=lead
    )
    found = {each.code: each for each in differences(report)}
    assert set(found) == {str(each.episode.code) for each in (late, unmorning, mistaken)}
    now = f"{timezone.localdate():%-d %b %Y}"
    because = {code: reasons_in_words(each.because) for code, each in found.items()}
    assert because == {
        str(late.episode.code): (
            f"session of {day(50):%-d %b %Y} entered on {now};"
            f" VISA-A of {day(84):%-d %b %Y} entered on {now}"
        ),
        str(unmorning.episode.code): (
            f"morning after the session of {day(70):%-d %b %Y} told on {now}"
        ),
        str(
            mistaken.episode.code
        ): f"closing as opened in error of {now} entered after this report",
    }
    assert found[str(mistaken.episode.code)].now is None
    shown = visitor.get(to).text
    assert "3 episodes would give something else to a report made today" in shown
    for words in ("Last VISA-A", "72 on 26 May 2025", "Mornings after", "opened in error"):
        assert words in shown, words
    assert reverse("programmes:episode", args=[late.episode.code]) in shown
    assert "5 of 6 judged" in shown
    report.refresh_from_db()
    kept = [as_csv(report, later=NOTHING_LATER), as_pdf(report, later=NOTHING_LATER)]
    assert kept == files


def struck_out(session: Session, by: User) -> None:
    correct_session(
        session,
        values={},
        morning={},
        strikes=True,
        reason="Of somebody else.",
        known=known_of(session),
        on=timezone.localdate(),
        form_token=uuid4(),
        by=by,
    )


def test_a_correction_is_listed_with_what_was_and_what_is_now(
    visitor: Client, lead: User, report: PeriodReport
) -> None:
    programme = programme_of("Load01")
    struck_out(programme.sessions.get(happened_on=day(70)), lead)
    (found,) = differences(report)
    now = f"{timezone.localdate():%-d %b %Y}"
    assert reasons_in_words(found.because) == f"session of 12 May 2025 struck out on {now}"
    (told,) = changed([found])
    # The one running session is gone, and with it a session of the period.
    assert ("First running session", "12 May 2025", "none") in told.values
    assert ("Sessions", "2", "1") in told.values
    shown = visitor.get(reverse("programmes:outcomes_report", args=[report.code])).text
    assert "1 episode would give something else to a report made today" in shown
    for words in ("First running session", "session of 12 May 2025 struck out on"):
        assert words in shown, words
    assert "3 of 10 followed ran again" in shown
    # A report of another period, made now, counts what is believed now.
    fresh = make_report(first=FIRST, last=LAST - timedelta(days=1), today=TODAY, by=lead)
    assert (fresh.figures["running"]["returned"], report.figures["running"]["returned"]) == (2, 3)


def corrected(
    session: Session, by: User, *, morning: dict[str, int | None] | None = None, **values: Any
) -> None:
    standing = {name: getattr(session, name) for name in VALUES}
    correct_session(
        session,
        values={**standing, **values},
        morning=morning or {"pain": None, "stiffness_min": None},
        strikes=False,
        reason="Mistyped.",
        known=known_of(session),
        on=timezone.localdate(),
        form_token=uuid4(),
        by=by,
    )


def why(report: PeriodReport) -> str:
    """Why the one episode that differs does."""
    (found,) = differences(report)
    return reasons_in_words(found.because)


def test_a_correction_is_named_by_what_it_changed(report: PeriodReport, lead: User) -> None:
    session = programme_of("Load01").sessions.get(happened_on=day(70))
    # What no figure is made of is no reason.
    corrected(session, lead, pain_during=7)
    assert differences(report) == ()
    corrected(
        Session.objects.get(pk=session.pk),
        lead,
        happened_on=day(71),
        completed_pct=50,
        morning={"pain": 2, "stiffness_min": None},
    )
    now = f"{timezone.localdate():%-d %b %Y}"
    assert why(report) == (
        f"session of 13 May 2025 corrected on {now} (date, was 12 May 2025, done,"
        f" pain the next morning); morning after the session of 13 May 2025 told on {now}"
    )


def test_a_session_moved_into_the_period_by_a_correction_is_named(lead: User) -> None:
    session = programme_of("Load01").sessions.get(happened_on=day(110))
    with told_at(MADE):
        before = make_report(first=FIRST, last=day(100), today=TODAY, by=lead)
    corrected(session, lead, note="Tired.")
    assert differences(before) == ()
    corrected(Session.objects.get(pk=session.pk), lead, happened_on=day(100))
    assert "corrected on" in why(before)
    assert "date, was 21 Jun 2025" in why(before)


def test_a_discharge_dated_back_is_named(report: PeriodReport, lead: User) -> None:
    programme = programme_of("Load10")
    patient_actions.discharge(programme.episode, outcome="returned", note="", on=day(100), by=lead)
    assert why(report) == "discharge of 11 Jun 2025 entered after this report"
    (told,) = changed(differences(report))
    assert ("Discharged", "none", "11 Jun 2025") in told.values


def test_an_opening_after_the_period_is_no_reason(lead: User) -> None:
    programme = programme_of("Load08")
    with told_at(MADE):
        before = make_report(first=FIRST, last=day(70), today=TODAY, by=lead)
    patient_actions.reopen(programme.episode, reason="A relapse.", on=day(90), by=lead)
    assert differences(before) == ()
    programme.episode.refresh_from_db()
    make.make_visa(programme.episode, on=day(65), by=lead)
    (found,) = differences(before)
    assert [each.kind for each in found.because] == ["scored"]


def test_an_amended_running_status_is_named(report: PeriodReport, lead: User) -> None:
    programme = programme_of("Load10")
    signed = programme.episode.assessments.get()
    draft = amend(signed, reason="Asked again.", by=lead)
    said = {"running_status": "never_stopped", "run_pain": 2}
    draft = save_draft(draft, said, version=draft.version, by=lead)
    found = findings(draft, bilateral=False)
    sign(
        draft,
        location=found.location,
        phase=found.phase,
        reason="",
        version=draft.version,
        by=lead,
    )
    now = f"{timezone.localdate():%-d %b %Y}"
    assert f"examination of 3 Mar 2025 amended on {now} (whether the patient runs)" in why(report)
    (told,) = changed(differences(report))
    assert ("Running", "Had stopped running", "Was running at the first assessment") in told.values


def test_many_of_one_kind_are_told_together() -> None:
    reasons = [Reason(kind="logged", on=day(nth), at=TODAY) for nth in (4, 1, 2, 3)]
    assert reasons_in_words(reasons) == "session entered later, 4 times (4 Mar 2025 to 7 Mar 2025)"
    assert reasons_in_words(reasons[:3]).count("session of") == 3
    undated = [replace(each, on=None) for each in reasons]
    assert reasons_in_words(undated) == "session entered later, 4 times"


def test_who_stopped_running_later_is_followed_from_then(lead: User) -> None:
    programme = begun("Stopper", lead, running_status="never_stopped", run_pain=2)
    held(programme, 10, running=True)
    code = str(programme.episode.code)

    def account() -> Any:
        return next(each for each in accounts(first=FIRST, last=LAST) if each.code == code)

    assert (account().ran, account().waits_from) == ("kept_running", day(0))
    with on(40) as today:
        make.make_signed_assessment(programme.episode, examined_on=today, by=lead)
    assert (account().ran, account().waits_from, account().ran_on) == (
        "stopped_later",
        day(40),
        None,
    )
    held(programme, 60, running=True)
    assert account().ran_on == day(60)
    told = make_report(first=FIRST, last=LAST, today=TODAY, by=lead)
    (running,) = (part for part in page(told).parts if part.key == "running")
    assert "1 of those followed had still been running at the first assessment." in running.says[0]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "Known on 22 November 2026: nothing gives something else."),
        (1, "Known on 22 November 2026: 1 episode would give something else."),
        (2, "Known on 22 November 2026: 2 episodes would give something else."),
    ],
)
def test_what_is_known_later_in_words(count: int, words: str) -> None:
    assert later_words(count, on=date(2026, 11, 22)) == words


def test_both_files_say_what_is_known_later(
    visitor: Client, lead: User, report: PeriodReport
) -> None:
    struck_out(programme_of("Load01").sessions.get(happened_on=day(70)), lead)
    says = later_words(1, on=timezone.localdate())
    sheet = visitor.get(reverse("programmes:outcomes_csv", args=[report.code])).content
    assert f"Later corrections,{says}" in sheet.decode("utf-8-sig").splitlines()
    paper = visitor.get(reverse("programmes:outcomes_pdf", args=[report.code])).content
    first = PdfReader(io.BytesIO(paper)).pages[0].extract_text()
    assert says in " ".join(first.split())


def test_what_comes_after_the_last_day_is_no_difference(report: PeriodReport, lead: User) -> None:
    programme = programme_of("Load10")
    make.make_visa(programme.episode, on=LAST + timedelta(days=1), by=lead, **BETTER)
    make.make_session(programme, happened_on=LAST + timedelta(days=1), by=lead)
    patient_actions.discharge(
        programme.episode, outcome="improved", note="", on=LAST + timedelta(days=2), by=lead
    )
    assert differences(report) == ()


def cells(report: PeriodReport) -> list[list[str]]:
    text = as_csv(report, later=NOTHING_LATER).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_csv_holds_each_figure_once_and_no_name(visitor: Client, report: PeriodReport) -> None:
    answer = visitor.get(reverse("programmes:outcomes_csv", args=[report.code]))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    name = "outcomes-2025-04-01-2025-06-30.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    rows = cells(report)
    assert rows[4] == ["Part", "Table", "Row", "Column", "Value"]
    known = ["How complete the record is", "Recorded by the last day of the period"]
    assert [*known, "A second VISA-A", "Recorded", "7"] in rows
    assert [*known, "A second VISA-A", "%", "63"] in rows
    # A band of losses begins with a sign: text, so it is no formula.
    change = ["How the VISA-A changed", "Change in points"]
    assert [*change, "'+14 to +27", "Episodes", "5"] in rows
    said = answer.content.decode()
    for secret in (*Patient.objects.values_list("family_name", flat=True), "Invented"):
        assert secret not in said
    for row in report.rows:
        assert row["code"] not in said
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@now", "\t=1", "\r=1", "\n=1", "  =1+1", "\uff1d1+1", "\0=1", "\ufe631"],
)
def test_no_cell_is_a_formula(cell: str) -> None:
    (row,) = csv.reader(io.StringIO(csv_bytes([(cell,)]).decode("utf-8-sig"), newline=""))
    assert row == ["'" + cell.replace("\0", "")]


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    told = csv_bytes([("Loss", -7, Decimal("-1.5"), None, 'say "x", y')])
    assert told == '\ufeffLoss,-7,-1.5,,"say ""x"", y"\r\n'.encode()


def test_the_pdf_is_the_report(visitor: Client, report: PeriodReport) -> None:
    answers = [
        visitor.get(reverse("programmes:outcomes_pdf", args=[report.code])) for _ in range(2)
    ]
    assert answers[0].content == answers[1].content
    assert answers[0]["Content-Type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(answers[0].content))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert {tuple(map(round, each.mediabox[2:])) for each in reader.pages} == {(595, 842)}
    said = " ".join(" ".join(each.extract_text().split()) for each in reader.pages)
    for words in (
        "Outcomes, 1 April 2025 to 30 June 2025",
        "Worked out on 2 July 2025 by Leo Lead",
        "5 of 6 judged reached the smallest important change",
        "Still waiting and followed",
        "By location: not broken down",
        f"page 1 of {len(reader.pages)}",
    ):
        assert words in said, words
    assert "Load0" not in said


def test_a_period_without_programmes_says_so(visitor: Client, lead: User) -> None:
    empty = make_report(first=date(2020, 1, 1), last=date(2020, 3, 31), today=TODAY, by=lead)
    shown = visitor.get(reverse("programmes:outcomes_report", args=[empty.code])).text
    assert "No programme was in force in this period." in shown
    assert "VISA-A changed" not in shown
    assert "None" not in shown
    assert [part.key for part in page(empty).parts] == ["who", "how"]
    assert as_pdf(empty, later=NOTHING_LATER).startswith(b"%PDF")
    assert b"No programme was in force" in as_csv(empty, later=NOTHING_LATER)


def test_five_in_each_group_are_broken_down(lead: User) -> None:
    for number in range(4):
        held(begun(f"More{number}", lead, **make.INSERTIONAL), 100)
    told = make_report(first=FIRST, last=LAST, today=TODAY, by=lead)
    assert told.figures["groups"]["location"] == [
        # Nobody judged in the one, so the other's number is the total: neither is shown.
        {"group": "insertional", "episodes": 5, "judged": None, "improved": None},
        {"group": "midportion", "episodes": 10, "judged": None, "improved": None},
    ]
    shown = [row for row in cells(told) if row[:2] == ["By location and pathway", "By location"]]
    assert [row[2:] for row in shown if row[3] != "Improved"] == [
        ["Insertional", "Episodes", "5"],
        ["Insertional", "Judged", "not shown"],
        ["Midportion", "Episodes", "10"],
        ["Midportion", "Judged", "not shown"],
    ]


def asked(visitor: Client, to: str) -> int:
    """How many queries a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert visitor.get(to).status_code == 200
    return sum("SAVEPOINT" not in each["sql"] for each in captured)


def test_queries_do_not_grow_with_the_practice(
    visitor: Client, lead: User, report: PeriodReport
) -> None:
    to = reverse("programmes:outcomes_report", args=[report.code])
    visitor.get(to)
    nothing = asked(visitor, to)
    counts = []
    for names in (["Load01"], ["Load02", "Load03", "Load04", "Load05", "Load06"]):
        for name in names:
            make.make_session(programme_of(name), happened_on=day(90), by=lead)
        counts.append(asked(visitor, to))
    # One more as soon as anything differs, and none for more of it.
    assert counts == [nothing + 1, nothing + 1]
    assert counts[0] <= 12
    for last in (day(1), LAST):
        with CaptureQueriesContext(connection) as captured:
            assert accounts(first=make.DAY, last=last)
        # The practice's settings, read once outside of a request; the episodes; their courses.
        assert len(captured) == 3


@pytest.fixture
def in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four episodes are read at once, and each request reads so many."""
    for module in (outcomes_read, reading):
        monkeypatch.setattr(module, "AT_ONCE", 4)
    monkeypatch.setattr(reading, "SECONDS", 0)


def sent_on(visitor: Client) -> tuple[list[str], Any]:
    """Send the page of a period on until it leads to the report: what it said, and the report."""
    sent = {"period": "own", "first_on": FIRST.isoformat(), "last_on": LAST.isoformat()}
    said = []
    while (answer := visitor.post(reverse("programmes:outcomes"), sent)).status_code == 200:
        said += [answer.text]
        assert len(said) < 10
    return said, PeriodReport.objects.get()


def test_in_portions_it_is_the_same_report(
    visitor: Client, lead: User, in_portions: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, report = sent_on(visitor)
    assert [re.findall(r"<strong>(.*?)</strong>", each)[-1] for each in said] == [
        "4 of about 11",
        "8 of about 11",
    ]
    assert 'name="first_on" value="2025-04-01"' in said[0]
    monkeypatch.undo()
    whole = accounts(first=FIRST, last=LAST)
    assert report.rows == [account_to_json(each) for each in whole]
    assert report.figures["episodes"] == len(whole) == 11
    compared = visitor.post(reverse("programmes:outcomes_report", args=[report.code])).text
    assert "Nothing: a report made today" in compared


def test_what_is_recorded_between_two_portions_became_known_later(
    visitor: Client, lead: User, in_portions: None
) -> None:
    sent = {"period": "own", "first_on": FIRST.isoformat(), "last_on": LAST.isoformat()}
    visitor.post(reverse("programmes:outcomes"), sent)
    portion, _ = outcomes_read.next_accounts(first=FIRST, last=LAST, after=None)
    # Two of the eleven are discharged; codes are drawn by chance, so they may stand first.
    read = Programme.objects.filter(episode__code__in=[each.code for each in portion])
    programme = read.filter(episode__closed_on=None)[0]
    make.make_session(programme, happened_on=day(90), by=lead)
    _, report = sent_on(visitor)
    (found,) = differences(report)
    assert (found.code, found.because[0].kind) == (str(programme.episode.code), "logged")


def test_a_portion_that_is_gone_is_read_again(visitor: Client, in_portions: None) -> None:
    sent = {"period": "own", "first_on": FIRST.isoformat(), "last_on": LAST.isoformat()}
    for _ in range(2):
        visitor.post(reverse("programmes:outcomes"), sent)
    (first,) = (key for key in _cached() if key.endswith(":1"))
    cache.delete(first)
    said, report = sent_on(visitor)
    # The last portion finds that out, and all is read from the first one on.
    assert [re.findall(r"<strong>(.*?)</strong>", each)[-1] for each in said] == [
        "0 of about 11",
        "4 of about 11",
        "8 of about 11",
    ]
    assert report.figures["episodes"] == 11
    assert not _cached()


def _cached() -> list[str]:
    """What is kept of readings, by its key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM upwell_cache WHERE cache_key LIKE '%outcomes:%'")
        return [key.partition(":1:")[2] for (key,) in cursor.fetchall()]


def test_a_large_report_is_compared_when_somebody_asks(
    visitor: Client, lead: User, report: PeriodReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes_view, "COMPARED_AT_ONCE", 10)
    make.make_session(programme_of("Load01"), happened_on=day(90), by=lead)
    to = reverse("programmes:outcomes_report", args=[report.code])
    opened = visitor.get(to).text
    assert "Compare with today" in opened
    assert "would give something else" not in opened
    assert "1 episode would give something else" in visitor.post(to).text
    lines = visitor.get(reverse("programmes:outcomes_csv", args=[report.code])).text
    assert "Not compared with what became known later" in lines


def test_the_command_works_out_the_last_quarter_for_a_lead(lead: User) -> None:
    out = StringIO()
    call_command("outcomes", by=lead.email.upper(), stdout=out)
    found = PeriodReport.objects.get()
    assert (found.first_on, found.last_on) == quarter_before(timezone.localdate())
    assert out.getvalue().endswith(f"{found.figures['episodes']} episodes.\n")
    make.make_user(Role.PHYSIOTHERAPIST, email="physio@example.org")
    with pytest.raises(CommandError, match="No practice lead"):
        call_command("outcomes", by="physio@example.org")


def test_the_menu_leads_there_for_the_lead_alone(visitor: Client) -> None:
    to = reverse("programmes:outcomes")
    users = reverse("patients:users")
    assert users in visitor.get("/").text
    assert to in visitor.get(reverse("programmes:audit")).text
    visitor.force_login(make.make_user(Role.PHYSIOTHERAPIST))
    front = visitor.get("/").text
    assert users not in front
    assert to not in front
    assert visitor.get(to).status_code == 403


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ended_on", None, "none"),
        ("ended_on", "2025-03-03", "3 Mar 2025"),
        ("outcome", "stopped", "Stopped coming"),
        ("outcome", "", "none"),
        ("raises", False, "no"),
        ("sessions", 0, "0"),
        ("ran", "kept_running", "Was running at the first assessment"),
        ("waits_from", "2025-03-03", "3 Mar 2025"),
        ("baseline", {"on": "2025-03-03", "total": 0, "capped": False}, "0 on 3 Mar 2025"),
        ("stays", [{"stage": "isotonic", "days": 9, "over": True}], "isotonic 9 (left)"),
    ],
)
def test_values_in_words(name: str, value: Any, words: str) -> None:
    assert in_words(name, value) == words


def test_the_report_names_no_patient_in_its_rows(report: PeriodReport) -> None:
    stored = str(report.rows) + str(report.figures)
    for patient in Patient.objects.all():
        assert patient.family_name not in stored
        assert str(patient.code) not in stored
    assert Episode.objects.filter(code__in=[row["code"] for row in report.rows]).count() == 11
