"""The day's list: each open episode with what it needs, worst first, and one thing to do."""

import json
import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.actions import record_function_test
from assessments.rules.terms import Stage
from patients.actions import discharge, reopen
from patients.models import Episode, User
from patients.rules.terms import Side
from programmes import actions
from programmes.caseload import DayRow, day_list
from programmes.models import Decision, Programme, Session
from programmes.rules.terms import Outcome
from programmes.selectors.caseload import SESSIONS_READ
from programmes.selectors.standing import FUNCTION_COLUMNS
from tests import make
from tests.rights import as_owner

pytestmark = pytest.mark.django_db

LAST_ISOMETRIC = (Stage.ISOMETRIC, 4)


@pytest.fixture
def physio() -> User:
    return make.make_user()


def names(page: str) -> list[str]:
    """Family names in the order of the list."""
    return re.findall(r'<th scope="row"><a href="[^"]+" data-person>(\w+), ', page)


def someone(family_name: str, by: User, *, days: int = 10) -> Episode:
    opened = timezone.localdate() - timedelta(days=days)
    return make.make_episode(make.make_patient(by=by, family_name=family_name), by=by, on=opened)


def planned(name: str, by: User, *, days: int = 10, paper: bool = True, **said: Any) -> Programme:
    """A programme begun so many days ago, with the paper of its step."""
    on = timezone.localdate() - timedelta(days=days)
    made = make.make_programme(
        someone(name, by, days=days), by=by, on=on, **{"examined_on": on, **said}
    )
    if paper:
        make.make_handout(made, on=timezone.localdate(), by=by)
    return made


def held(programme: Programme, days: int, by: User, **told: Any) -> Session:
    """A session so many days ago with a good morning after, which waits for its decision."""
    on = timezone.localdate() - timedelta(days=days)
    session = make.make_session(programme, by=by, happened_on=on, **told)
    actions.record_morning(
        session, pain=2, stiffness_min=10, on=timezone.localdate() - timedelta(days=days - 1), by=by
    )
    return session


def decided(
    programme: Programme, days: int, by: User, outcome: Outcome = Outcome.HOLD, **told: Any
) -> Decision:
    """Such a session, decided as proposed, or for ``outcome`` with a reason."""
    decision = actions.decide(
        held(programme, days, by, **told),
        outcome=outcome,
        reason="So agreed.",
        today=timezone.localdate(),
        by=by,
    )
    programme.refresh_from_db()
    return decision


def test_a_plausible_day_is_ordered_by_what_is_needed(client: Client, physio: User) -> None:
    today = timezone.localdate()
    ago = today - timedelta(days=10)

    make.make_assessment(
        someone("Emergency", physio), by=physio, examined_on=ago, rupture=["calf_squeeze_positive"]
    )
    flared = planned("Flare", physio)
    actions.flare(flared.episode, note="Hills.", on=today, by=physio, form_token=uuid4())
    referred = planned("Third", physio, sl_heel_raise_pain=6)
    decision = decided(referred, 3, physio, Outcome.REFER, pain_during=8)
    assert (decision.proposed, decision.rule) == ("REFER", "D9")
    waiting = make.make_session(
        planned("Morning", physio), by=physio, happened_on=today - timedelta(days=2)
    )
    held(planned("Undecided", physio), 2, physio)
    moving = planned("Criteria", physio, at=LAST_ISOMETRIC, sl_heel_raise_pain=6)
    last = [decided(moving, days, physio) for days in (4, 3, 2)][-1]
    assert last.rule == "D8-E1"
    record_function_test(
        moving.episode,
        form_token=uuid4(),
        on=today,
        by=physio,
        **dict.fromkeys(FUNCTION_COLUMNS) | {"sl_raise_pain": 2},
    )
    unfit = planned("Unfit", physio)
    insertional = {**make.INSERTIONAL, "examined_on": today}
    make.make_signed_assessment(unfit.episode, by=physio, **insertional)
    flat = planned("Plateau", physio, days=43)
    make.make_visa(flat.episode, on=today, by=physio)
    decided(flat, 2, physio)
    due = planned("Testdue", physio, days=43)
    decided(due, 2, physio)
    decided(planned("Paper", physio, paper=False), 2, physio)
    make.make_assessment(someone("Unsigned", physio), by=physio, examined_on=ago)
    quiet = planned("Silent", physio, days=25)
    someone("New", physio)
    make.make_signed_assessment(someone("Planless", physio), by=physio, examined_on=ago)
    make.make_session(planned("Logged", physio), by=physio, happened_on=today)
    decided(planned("Fine", physio), 2, physio)
    discharge(someone("Closed", physio), outcome="returned", note="", on=today, by=physio)

    client.force_login(physio)
    page = client.get(reverse("programmes:caseload")).content.decode()
    assert names(page) == [
        "Emergency",
        "Flare",
        "Third",
        "Morning",
        "Undecided",
        "Criteria",
        "Unfit",
        "Plateau",
        "Testdue",
        "Paper",
        "Unsigned",
        "Silent",
        "New",
        "Planless",
        "Logged",
        "Fine",
    ]
    for words in (
        "Suspect a tendon rupture: clear or refer",
        f"Flare on {today:%-d %B}: nothing decided since",
        f"Referred after the session of {today - timedelta(days=3):%-d %B}: examine again",
        "Everything to leave the isometric stage is met since the last session",
        "no gain of 7 points",
        f"Test overdue: VISA-A (last {today - timedelta(days=43):%-d %B}",
        "The patient has no paper yet",
        "No session for 3 weeks",
        "On track",
        "and: assessment not signed",
    ):
        assert words in page, words
    # One action each, and logging one click away for everybody with a plan to log against.
    assert f'href="{reverse("programmes:session", args=[waiting.code])}"' in page
    for programme in (flared, referred, moving, due, quiet):
        log = reverse("programmes:session_new", args=[programme.episode.code])
        assert page.count(f'href="{log}"') == 1


def test_a_flare_is_told_until_the_next_decision(client: Client, physio: User) -> None:
    programme = planned("Flare", physio)
    today = timezone.localdate()
    actions.flare(programme.episode, note="", on=today, by=physio, form_token=uuid4())
    programme.refresh_from_db()
    client.force_login(physio)
    assert "nothing decided since" in client.get("/").content.decode()
    decided(programme, 1, physio)
    assert "nothing decided since" not in client.get("/").content.decode()


def test_an_exit_still_not_met_and_one_met_elsewhere_move_nobody(
    client: Client, physio: User
) -> None:
    programme = planned("Held", physio, at=LAST_ISOMETRIC, sl_heel_raise_pain=6)
    for days in (4, 3, 2):
        last = decided(programme, days, physio)
    assert last.rule == "D8-E1"
    client.force_login(physio)
    assert "Everything to leave" not in client.get("/").content.decode()
    for pain, met in ((5, False), (4, True)):
        record_function_test(
            programme.episode,
            form_token=uuid4(),
            on=timezone.localdate(),
            by=physio,
            **dict.fromkeys(FUNCTION_COLUMNS) | {"sl_raise_pain": pain},
        )
        assert ("Everything to leave" in client.get("/").content.decode()) is met
    programme.current_step = programme.versions.get().steps.get(stage="isotonic", number=1)
    programme.save(update_fields=["current_step"])
    assert "Everything to leave" not in client.get("/").content.decode()


def test_the_review_of_twelve_weeks_comes_by_itself_until_the_next_examination(
    client: Client, physio: User
) -> None:
    programme = planned("Review", physio, days=85)
    client.force_login(physio)
    page = client.get("/").content.decode()
    assert re.search(r"12-week review: [^<]+; stays here until examined again", page)
    row = row_of(programme)
    assert row.label == "Examine"
    assert row.url == reverse("assessments:new", args=[programme.episode.code])
    make.make_signed_assessment(programme.episode, by=physio, examined_on=timezone.localdate())
    assert "12-week review" not in client.get("/").content.decode()


def ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def row_of(programme: Programme) -> DayRow:
    rows = day_list(timezone.localdate(), clinician=None)
    return next(each for each in rows if each.standing.episode == programme.episode)


def told(programme: Programme) -> list[str]:
    """Everything the list says of an episode."""
    row = row_of(programme)
    return [row.need.says, *row.need.also]


def test_a_referral_is_told_until_the_examination(physio: User) -> None:
    programme = planned("Third", physio, sl_heel_raise_pain=6)
    decided(programme, 4, physio, Outcome.REFER, pain_during=8)
    says = f"Referred after the session of {ago(4):%-d %B}: examine again"
    assert told(programme)[0] == says
    decided(programme, 3, physio)
    make.make_session(programme, by=physio, happened_on=ago(2))
    assert told(programme) == [says, "morning after missing"]
    make.make_signed_assessment(programme.episode, by=physio, examined_on=ago(4))
    assert told(programme)[0] == says
    make.make_signed_assessment(programme.episode, by=physio, examined_on=ago(1))
    assert "eferred" not in " ".join(told(programme))


def opened_again(physio: User, *, weeks: int, closed: int, again: int, **said: Any) -> Programme:
    """A programme of so many weeks ago, closed and opened again after so many weeks of it."""
    programme = planned("Back", physio, days=7 * weeks, **said)
    episode, start = programme.episode, programme.started_on
    make.make_session(programme, by=physio, happened_on=start + timedelta(days=1))
    days = (start + timedelta(weeks=closed), start + timedelta(weeks=again))
    discharge(episode, outcome="improved", note="", on=days[0], by=physio)
    episode.refresh_from_db()
    reopen(episode, reason="Pain is back.", on=days[1], by=physio)
    episode.refresh_from_db()
    programme.refresh_from_db()
    return programme


@pytest.mark.parametrize(
    ("weeks", "due"), [(31, False), (32, True), (45, True)], ids="{} weeks".format
)
def test_the_review_waits_while_the_episode_is_closed(
    physio: User, weeks: int, *, due: bool
) -> None:
    programme = opened_again(physio, weeks=weeks, closed=4, again=24)
    on = programme.started_on + timedelta(weeks=24)
    make.make_signed_assessment(programme.episode, by=physio, examined_on=on)
    assert any("12-week review" in words for words in told(programme)) is due
    make.make_signed_assessment(programme.episode, by=physio, examined_on=timezone.localdate())
    assert not any("12-week review" in words for words in told(programme))


def test_an_episode_opened_again_is_examined_first(physio: User) -> None:
    programme = opened_again(physio, weeks=6, closed=4, again=5)
    on = programme.started_on + timedelta(weeks=5)
    row = row_of(programme)
    assert row.need.says.startswith(f"Re-opened on {on:%-d %B}")
    assert row.need.says.endswith(": examine again")
    assert row.label == "Examine"
    assert row.url == reverse("assessments:new", args=[programme.episode.code])
    for day, asked in ((on - timedelta(days=1), True), (on, False)):
        make.make_signed_assessment(programme.episode, by=physio, examined_on=day)
        assert any("e-opened" in words for words in told(programme)) is asked


def test_the_day_it_is_opened_again_nobody_was_silent_nor_on_a_plateau(physio: User) -> None:
    programme = opened_again(physio, weeks=30, closed=4, again=30)
    make.make_visa(programme.episode, on=timezone.localdate(), by=physio)
    words = " ".join(told(programme))
    assert "o session for" not in words
    assert "plateau" not in words
    assert "no gain" not in words


@pytest.mark.parametrize(
    ("q7", "flat"), [("not_at_all", False), ("modified", True)], ids=["no sport", "sport"]
)
def test_the_most_there_is_without_sport_is_no_plateau(
    physio: User, q7: str, *, flat: bool
) -> None:
    best: dict[str, Any] = {
        "q1_minutes": 0,
        **dict.fromkeys(("q2", "q3", "q4", "q5", "q6_hops"), 10),
        "q7": q7,
        "q8_part": "A",
        "q8_band": "nil",
    }
    programme = planned("Retired", physio, days=43, **best)
    make.make_visa(programme.episode, on=timezone.localdate(), by=physio, **best)
    assert (any("no gain of 7" in words or "plateau" in words for words in told(programme))) is flat


def test_a_session_of_today_is_looked_at_and_another_logged(client: Client, physio: User) -> None:
    programme = planned("Logged", physio)
    session = make.make_session(programme, by=physio, happened_on=timezone.localdate())
    row = row_of(programme)
    assert row.label == "See the session"
    assert row.url == reverse("programmes:session", args=[session.code])
    assert row.log_url == reverse("programmes:session_new", args=[programme.episode.code])
    client.force_login(physio)
    assert ">Morning after<" not in client.get("/").content.decode()


def test_a_red_flag_is_cleared_or_referred_from_the_overview(client: Client, physio: User) -> None:
    episode = someone("Emergency", physio)
    make.make_assessment(episode, by=physio, examined_on=ago(10), rupture=["calf_squeeze_positive"])
    flared = planned("Flare", physio)
    actions.flare(flared.episode, note="", on=timezone.localdate(), by=physio, form_token=uuid4())
    client.force_login(physio)
    page = client.get("/").content.decode()
    overview = reverse("programmes:episode", args=[episode.code])
    assert f'href="{overview}">Clear or refer<' in page
    assert row_of(flared).label == "Open"
    assert client.get(overview).content.decode().count(">Clear or refer<") == 0


def test_a_session_struck_out_is_no_session(client: Client, physio: User) -> None:
    programme = planned("Struck", physio)
    session = make.make_session(
        programme, by=physio, happened_on=timezone.localdate() - timedelta(days=2)
    )
    client.force_login(physio)
    assert "is missing" in client.get("/").content.decode()
    actions.correct_session(
        session,
        values={},
        morning={},
        strikes=True,
        reason="Somebody else.",
        known="0-untold",
        on=timezone.localdate(),
        form_token=uuid4(),
        by=physio,
    )
    assert "is missing" not in client.get("/").content.decode()


def test_mine_and_everybodys(client: Client, physio: User) -> None:
    colleague = make.make_user(display_name="Conny Colleague")
    someone("Mine", physio)
    someone("Theirs", colleague)
    client.force_login(physio)
    assert names(client.get("/").content.decode()) == ["Mine"]
    everybody = client.get("/?show=all").content.decode()
    assert names(everybody) == ["Mine", "Theirs"]
    assert "Conny Colleague" in everybody


def test_both_sides_of_one_patient_are_two_rows(client: Client, physio: User) -> None:
    patient = make.make_patient(by=physio)
    for side in Side:
        make.make_episode(patient, side=side, by=physio)
    client.force_login(physio)
    page = client.get("/").content.decode()
    assert page.count("Not examined yet") == 2
    assert "Right" in page
    assert "Left" in page


def test_an_empty_list_says_what_to_do(client: Client, physio: User) -> None:
    client.force_login(physio)
    page = client.get("/").content.decode()
    assert "Nobody on your list" in page
    assert reverse("patients:list") in page


def test_a_paper_of_an_earlier_step_is_out_of_date(client: Client, physio: User) -> None:
    programme = planned("Moved", physio)
    client.force_login(physio)
    assert "print a new one" not in client.get("/").content.decode()
    programme.refresh_from_db()
    programme.current_step = programme.versions.get().steps.get(stage="isotonic", number=2)
    programme.save(update_fields=["current_step"])
    assert "print a new one" in client.get("/").content.decode()
    episode = reverse("programmes:episode", args=[programme.episode.code])
    assert "Out of date" in client.get(episode).content.decode()


def rows_read(statements: list[str], table: str) -> int:
    """Rows of a table that these statements read, those thrown away again included."""

    def of(node: dict[str, Any]) -> float:
        here = 0.0
        if node.get("Relation Name") == table:
            each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            here = each * node["Actual Loops"]
        return here + sum(of(inner) for inner in node.get("Plans", ()))

    found = 0.0
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
            told = cursor.fetchone()[0]
            found += of((json.loads(told) if isinstance(told, str) else told)[0]["Plan"])
    return round(found)


def test_neither_history_nor_closed_episodes_make_the_list_read_more(
    client: Client, physio: User
) -> None:
    programmes = [planned(name, physio) for name in ("One", "Two", "Three")]
    session = make.make_session(programmes[0], by=physio)
    client.force_login(physio)
    client.get("/")

    def read() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/").status_code == 200
        return [
            query["sql"] for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]
        ]

    few = read()
    copied = {
        field.attname: getattr(session, field.attname)
        for field in Session._meta.concrete_fields
        if field.name not in {"id", "code", "form_token", "happened_on"}
    }
    Session.objects.bulk_create(
        Session(
            **{**copied, "form_token": uuid4()},
            happened_on=session.happened_on - timedelta(days=number),
        )
        for number in range(1, 2001)
    )
    other = make.make_patient(by=physio, family_name="Former")
    Episode.objects.bulk_create(
        Episode(
            patient=other,
            side="left",
            opened_on=make.DAY,
            opened_by=physio,
            clinician=physio,
            closed_on=make.DAY,
            closed_by=physio,
            outcome="returned",
        )
        for _ in range(3000)
    )
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE programmes_session, patients_episode, programmes_programme")
    many = read()
    assert len(many) == len(few) <= 12
    selects = [each for each in many if each.startswith("SELECT")]
    # The thirty newest, read once for everything that is said of them; the planner may look one
    # of them up twice.
    assert SESSIONS_READ <= rows_read(selects, "programmes_session") <= SESSIONS_READ + 3
    assert rows_read(selects, "patients_episode") <= 40
