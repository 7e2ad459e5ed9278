"""The diary that came back: by its code, line by line, and never twice."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.rules.terms import Stage
from patients import actions as patient_actions
from patients.models import AccessLog, Episode, User
from patients.rules.terms import Side
from programmes import actions
from programmes.handout import html_of
from programmes.handout import sheet as printed_sheet
from programmes.models import Correction, Handout, MorningAfter, NotDone, Programme, Session
from programmes.rules.diary import COLUMNS
from programmes.rules.papercode import new_code
from programmes.rules.terms import Outcome, Protocol
from programmes.selectors.diary import lines_of
from tests import make
from tests.conftest import MadeOnce
from tests.programmes.test_corrections import corrected, struck

pytestmark = pytest.mark.django_db

PRINTED = make.DAY
DAY_1 = PRINTED + timedelta(days=1)

# Three evenings of heavy slow resistance as the patient wrote them down.
WEEK = {
    1: "x 10 2 3 2 1 5",
    2: "x 5 1 4 2 2 10",
    3: "80 10 2 4 3 2 _",
}


def running(by: User, protocol: Protocol | None = None, **patient: Any) -> Programme:
    """Somebody at the first isotonic step."""
    episode = make.make_episode(make.make_patient(by=by, **patient), by=by)
    return make.make_programme(episode, protocol=protocol, at=(Stage.ISOTONIC, 1), by=by)


@pytest.fixture(scope="module", autouse=True)
def papers(made_once: MadeOnce[dict[Protocol, Handout]]) -> dict[Protocol, Handout]:
    """One clinician's two papers, of two patients."""

    def made() -> dict[Protocol, Handout]:
        by = make.make_user()
        daily = running(by, Protocol.ALF, family_name="Daily")
        found = {
            Protocol.HSR: make.make_handout(running(by, Protocol.HSR), on=PRINTED, by=by),
            Protocol.ALF: make.make_handout(daily, on=PRINTED, by=by),
        }
        assert {each: len(lines_of(paper)) for each, paper in found.items()} == {
            Protocol.HSR: 3,
            Protocol.ALF: 14,
        }
        return found

    return made_once(made)


@pytest.fixture
def paper(papers: dict[Protocol, Handout]) -> Handout:
    """The paper of three sessions a week of heavy slow resistance."""
    return deepcopy(papers[Protocol.HSR])


@pytest.fixture
def twice_a_day(papers: dict[Protocol, Handout]) -> Handout:
    """The paper of Alfredson's programme: twice a day, every day."""
    return deepcopy(papers[Protocol.ALF])


@pytest.fixture
def by(paper: Handout) -> User:
    return paper.version.programme.episode.opened_by


@pytest.fixture
def visitor(client: Client, by: User) -> Client:
    client.force_login(by)
    return client


def address(paper: Handout) -> str:
    return reverse("programmes:diary_sheet", args=[paper.code])


def typed(
    week: Mapping[int, str] = WEEK,
    dates: Mapping[int, date] | None = None,
    *,
    rows: int = 3,
    first: date = DAY_1,
    gap: int = 2,
) -> dict[str, str]:
    """What the browser sends of a sheet: every box, an underscore for a blank one."""
    sent = {}
    for row in range(1, rows + 1):
        on = (dates or {}).get(row, first + timedelta(days=gap * (row - 1)))
        sent[f"{row}-on"] = f"{on:%a %-d %b %Y}"
        cells = week.get(row, "_ _ _ _ _ _ _").split()
        for name, value in zip(COLUMNS, cells, strict=True):
            sent[f"{row}-{name}"] = value.replace("_", "")
    return sent


def rows_of(paper: Handout) -> list[tuple[Any, ...]]:
    """The sessions of a paper as they are on record, in the order they were written."""
    return [
        (
            each.diary_row,
            each.happened_on,
            each.completed_pct,
            each.stiffness_min,
            each.pain_before,
            each.pain_during,
            each.pain_after,
            (each.morning.pain, each.morning.stiffness_min) if hasattr(each, "morning") else None,
        )
        for each in Session.objects.filter(handout=paper).select_related("morning").order_by("pk")
    ]


# --- the code -----------------------------------------------------------------------------------


def test_the_code_field_has_the_focus_and_nothing_else_is_asked(visitor: Client) -> None:
    page = visitor.get(reverse("programmes:diary"))
    assert page.status_code == 200
    assert page.text.count('type="text"') == 1
    assert "data-focus" in page.text.split('name="code"')[1].split(">")[0]
    assert f'href="{reverse("programmes:diary")}" aria-current="page">Diary' in page.text


def test_a_diary_of_two_weeks_goes_on_through_the_second(visitor: Client, by: User) -> None:
    programme = running(by, Protocol.HSR)
    version = programme.versions.get()
    paper = actions.print_handout(
        version, options={"diary": True, "weeks": 2}, form_token=uuid4(), today=PRINTED, by=by
    )
    assert [line.row for line in lines_of(paper)] == [1, 2, 3, 4, 5, 6]
    page = visitor.get(address(paper)).text
    assert page.index("Week 1") < page.index("Session 3") < page.index("Week 2")
    assert page.index("Week 2") < page.index("Session 4")
    visitor.post(address(paper), typed({6: "x 10 1 2 1 2 5"}, rows=6))
    assert [row[0] for row in rows_of(paper)] == [6]


def test_a_code_that_was_only_looked_at_says_so(visitor: Client, by: User) -> None:
    programme = running(by, Protocol.HSR)
    order = actions.order_for(programme.versions.get(), options={"diary": True}, today=PRINTED)
    shown = actions.make_ready(order)
    answer = visitor.post(reverse("programmes:diary"), {"code": shown.paper_code})
    assert answer.status_code == 422
    assert "only looked at before printing" in answer.text
    assert "Print it from the patient’s page" in answer.text


@pytest.mark.parametrize("shape", ["{0}", "{1}", "{0}{0}", "\n{0}", "{2}"])
def test_a_code_opens_its_sheet(visitor: Client, paper: Handout, shape: str) -> None:
    code = paper.paper_code
    text = shape.format(code, code.lower(), f"{code[:4]} - {code[4:]}")
    answer = visitor.post(reverse("programmes:diary"), {"code": text})
    assert (answer.status_code, answer.headers["Location"]) == (302, address(paper))
    assert paper.paper_code not in answer.headers["Location"]


def misread(code: str) -> str:
    return code[0] + code[2] + code[1] + code[3:] if code[1] != code[2] else code[:-1]


@pytest.mark.parametrize("kind", ["misread", "unknown", "empty"])
def test_a_code_that_opens_nothing_says_why_and_stays(
    visitor: Client, paper: Handout, kind: str
) -> None:
    unknown = next(code for code in iter(new_code, "") if code != paper.paper_code)
    text, says = {
        "misread": (misread(paper.paper_code), "One sign is wrong or two are swapped"),
        "unknown": (unknown, "No paper of this practice has this code"),
        "empty": ("", "Type the code printed on the diary"),
    }[kind]
    if kind == "misread" and len(text) != len(paper.paper_code):
        says = "this has 7"
    answer = visitor.post(reverse("programmes:diary"), {"code": text})
    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{text}"' in answer.text or not text
    assert not AccessLog.objects.exists()


def test_a_code_of_another_patient_says_whose_it_is_and_asks(
    visitor: Client, by: User, paper: Handout
) -> None:
    here = make.make_episode(make.make_patient(by=by, family_name="Here"), by=by)
    to = reverse("programmes:diary")
    opened = visitor.get(to, {"episode": str(here.code)})
    assert "From the record of <span data-person>Alex Here</span>" in opened.text
    sent = {"code": paper.paper_code, "episode": str(here.code)}
    answer = visitor.post(to, sent)
    assert answer.status_code == 422
    assert "for another patient: <span data-person>Alex Sampleton</span>, left." in answer.text
    patient = paper.version.programme.episode.patient
    assert AccessLog.objects.filter(patient=patient, page="programmes:diary").count() == 1
    # Yes to another paper is no yes to this one.
    assert visitor.post(to, {**sent, "other": str(uuid4())}).status_code == 422
    agreed = visitor.post(to, {**sent, "other": str(paper.code)})
    assert (agreed.status_code, agreed.headers["Location"]) == (302, address(paper))


def test_a_paper_of_the_other_leg_is_asked_about_too(
    visitor: Client, by: User, paper: Handout
) -> None:
    patient = paper.version.programme.episode.patient
    right = make.make_episode(patient, side=Side.RIGHT, by=by)
    sent = {"code": paper.paper_code, "episode": str(right.code)}
    answer = visitor.post(reverse("programmes:diary"), sent)
    assert answer.status_code == 422
    assert "printed for the left Achilles of <span data-person>Alex Sampleton<" in answer.text


def test_the_overview_leads_to_the_diary_where_a_paper_was_printed(
    visitor: Client, by: User, paper: Handout
) -> None:
    episode = paper.version.programme.episode
    overview = reverse("programmes:episode", args=[episode.code])
    link = f'href="{reverse("programmes:diary")}?episode={episode.code}">Enter a diary<'
    assert link in visitor.get(overview).text
    unprinted = make.make_episode(make.make_patient(by=by, family_name="Unprinted"), by=by)
    bare = visitor.get(reverse("programmes:episode", args=[unprinted.code]))
    assert "Enter a diary" not in bare.text


def test_from_its_own_episode_the_sheet_opens_at_once(visitor: Client, paper: Handout) -> None:
    episode = paper.version.programme.episode
    sent = {"code": paper.paper_code, "episode": str(episode.code)}
    answer = visitor.post(reverse("programmes:diary"), sent)
    assert (answer.status_code, answer.headers["Location"]) == (302, address(paper))


@pytest.mark.parametrize("named", ["nobody", "1", "%00"])
def test_an_address_that_names_no_episode_is_only_the_page(visitor: Client, named: str) -> None:
    answer = visitor.get(reverse("programmes:diary"), {"episode": named})
    assert answer.status_code == 200
    assert "From the record" not in answer.text


# --- the sheet ----------------------------------------------------------------------------------


def test_the_sheet_has_the_columns_and_lines_of_the_paper(
    visitor: Client, twice_a_day: Handout
) -> None:
    printed = html_of(printed_sheet(twice_a_day)).replace("&nbsp;", " ")
    shown = visitor.get(address(twice_a_day)).text
    diary = printed.split("Your diary")[-1]
    at = [diary.index(f">{words}<") for words in COLUMNS.values()]
    assert at == sorted(at)
    screen = [shown.index(f">{words}<") for words in COLUMNS.values()]
    assert screen == sorted(screen)
    for line in lines_of(twice_a_day):
        assert f">{line.label}<" in shown
        assert f">{line.label}<" in diary
    assert shown.count("data-line") == 14


def test_the_sheet_says_whose_and_which_paper_it_is(visitor: Client, paper: Handout) -> None:
    page = visitor.get(address(paper)).text
    code = paper.paper_code
    printed = timezone.localtime(paper.printed_at)
    for words in (
        f"{code[:4]} {code[4:]}",
        "<span data-person>Alex Sampleton</span>, left",
        f"{printed:%-d %B %Y}",
        "Version 1, isotonic, step 1",
    ):
        assert words in page
    proposed = printed.date() + timedelta(days=1)
    assert f'value="{proposed:%a %-d %b %Y}"' in page
    assert f'value="{proposed + timedelta(days=4):%a %-d %b %Y}"' in page


def test_an_older_paper_says_that_a_newer_one_is_with_the_patient(
    visitor: Client, by: User, paper: Handout
) -> None:
    assert "older paper" not in visitor.get(address(paper)).text
    programme = paper.version.programme
    lead = make.make_user()
    actions.issue_proposal(programme.episode, on=PRINTED, number=2, by=lead)
    newer = make.make_handout(programme, by=by)
    page = visitor.get(address(paper)).text
    assert "An older paper" in page
    assert "The patient has a newer one: version 2" in page
    assert "older paper" not in visitor.get(address(newer)).text


def test_a_paper_without_a_diary_has_nothing_to_copy(visitor: Client, by: User) -> None:
    bare = make.make_handout(running(by, Protocol.HSR), diary=False, by=by)
    page = visitor.get(address(bare))
    assert "This paper has no diary" in page.text
    assert visitor.post(address(bare), typed()).status_code == 422
    assert not Session.objects.exists()


# --- saving -------------------------------------------------------------------------------------


def test_a_plausible_week_becomes_sessions_marked_as_reported(
    visitor: Client, by: User, paper: Handout
) -> None:
    # The patient has moved on since: what was done is held against the plan on this paper.
    programme = paper.version.programme
    later = paper.version.steps.get(order=paper.step.order + 1)
    Programme.objects.filter(pk=programme.pk).update(current_step=later)
    answer = visitor.post(address(paper), typed(), follow=True)
    assert "3 sessions added, marked as reported." in answer.text
    days = [DAY_1 + timedelta(days=each) for each in (0, 2, 4)]
    assert rows_of(paper) == [
        (1, days[0], 100, 10, 2, 3, 2, (1, 5)),
        (2, days[1], 100, 5, 1, 4, 2, (2, 10)),
        (3, days[2], 80, 10, 2, 4, 3, (2, None)),
    ]
    for session in Session.objects.all():
        assert session.is_reported
        assert (session.source, session.step, session.version) == (
            "paper",
            paper.step,
            paper.version,
        )
        assert [each["name"] for each in session.targets] == [
            item.name for item in paper.step.items.all()
        ]
        assert all("plan" in each for each in session.targets)
        assert session.new_warm_or_swollen is None
        assert not hasattr(session, "decision")
    assert "3 lines, 3 sessions, 0 not done" in answer.text
    newest = Session.objects.get(diary_row=3)
    assert f"the session of {newest.happened_on:%-d %B %Y} waits for a decision" in answer.text
    assert reverse("programmes:session", args=[newest.code]) in answer.text


def test_blank_is_not_zero_and_neither_is_not_done(visitor: Client, paper: Handout) -> None:
    week = {1: "x 0 0 0 0 0 0", 2: "- _ _ _ _ _ _", 3: "x _ _ _ _ _ _"}
    answer = visitor.post(address(paper), typed(week), follow=True)
    assert "2 sessions added, marked as reported. 1 day written as not done." in answer.text
    assert rows_of(paper) == [
        (1, DAY_1, 100, 0, 0, 0, 0, (0, 0)),
        (3, DAY_1 + timedelta(days=4), 100, None, None, None, None, None),
    ]
    kept = NotDone.objects.get()
    assert (kept.diary_row, kept.on) == (2, DAY_1 + timedelta(days=2))
    assert "On record as not done." in answer.text
    assert 'name="2-done" value="-"' in answer.text
    assert "3 lines, 2 sessions, 1 not done" in answer.text


def test_a_blank_line_makes_nothing(visitor: Client, paper: Handout) -> None:
    visitor.post(address(paper), typed({2: WEEK[2]}))
    assert [row[0] for row in rows_of(paper)] == [2]
    assert not NotDone.objects.exists()


def test_an_empty_sheet_is_no_diary(visitor: Client, paper: Handout) -> None:
    answer = visitor.post(address(paper), typed({}))
    assert answer.status_code == 422
    assert "Nothing is written on the sheet yet." in answer.text
    assert visitor.post(address(paper), {}).status_code == 422


def test_twice_a_day_for_a_week_with_what_is_the_same_written_once(
    visitor: Client, twice_a_day: Handout
) -> None:
    week = {row: "x 10 2 3 2 _ _" if row % 2 else "x _ 2 4 2 2 10" for row in range(1, 15)}
    dates = {row: DAY_1 + timedelta(days=(row - 1) // 2) for row in range(1, 15)}
    answer = visitor.post(address(twice_a_day), typed(week, dates, rows=14), follow=True)
    assert "14 sessions added" in answer.text
    rows = rows_of(twice_a_day)
    assert [row[0] for row in rows] == list(range(1, 15))
    assert [row[1] for row in rows] == [dates[row] for row in range(1, 15)]
    assert {row[3] for row in rows} == {10}
    assert {row[7] for row in rows} == {(2, 10)}
    assert [row[5] for row in rows[:4]] == [3, 4, 3, 4]


def test_sessions_are_written_in_the_order_of_their_dates(visitor: Client, paper: Handout) -> None:
    dates = {1: DAY_1 + timedelta(days=6)}
    visitor.post(address(paper), typed(dates=dates))
    assert [row[0] for row in rows_of(paper)] == [2, 3, 1]


# --- twice, and in parts ------------------------------------------------------------------------


def test_the_same_diary_again_changes_nothing(visitor: Client, paper: Handout) -> None:
    week = {**WEEK, 2: "- _ _ _ _ _ _"}
    visitor.post(address(paper), typed(week))
    before = rows_of(paper)
    answer = visitor.post(address(paper), typed(week), follow=True)
    assert "Already entered, nothing new." in answer.text
    assert rows_of(paper) == before
    assert (MorningAfter.objects.count(), NotDone.objects.count()) == (2, 1)


def test_what_is_on_record_is_shown_and_not_asked_again(visitor: Client, paper: Handout) -> None:
    visitor.post(address(paper), typed({1: WEEK[1]}))
    page = visitor.get(address(paper)).text
    assert 'name="1-done"' not in page
    assert 'name="1-next_pain"' not in page
    assert 'name="2-done"' in page
    assert "Grey lines are on record, as reported." in page


def test_more_lines_later_are_added(visitor: Client, paper: Handout) -> None:
    visitor.post(address(paper), typed({1: WEEK[1]}))
    answer = visitor.post(address(paper), typed(), follow=True)
    assert "2 sessions added, marked as reported. 1 line entered before" in answer.text
    assert [row[0] for row in rows_of(paper)] == [1, 2, 3]


def test_a_next_morning_told_later_is_added_to_its_session(visitor: Client, paper: Handout) -> None:
    visitor.post(address(paper), typed({1: "x 10 2 3 2 _ _"}))
    page = visitor.get(address(paper)).text
    assert 'name="1-next_pain"' in page
    assert 'name="1-during"' not in page
    sent = {**typed({}), "1-next_pain": "3", "1-next_stiff": ""}
    for name in ("on", "done", "stiff", "before", "during", "after"):
        del sent[f"1-{name}"]
    answer = visitor.post(address(paper), sent, follow=True)
    assert "1 next morning added to what was entered before." in answer.text
    assert rows_of(paper) == [(1, DAY_1, 100, 10, 2, 3, 2, (3, None))]


def test_the_next_morning_of_a_day_reaches_both_sessions_on_record(
    visitor: Client, twice_a_day: Handout
) -> None:
    dates = {1: DAY_1, 2: DAY_1}
    both = {1: "x 10 2 3 2 _ _", 2: "x _ 2 4 2 _ _"}
    visitor.post(address(twice_a_day), typed(both, dates, rows=14))
    visitor.post(address(twice_a_day), {"1-next_pain": "2", "1-next_stiff": "5"})
    assert [row[7] for row in rows_of(twice_a_day)] == [(2, 5), (2, 5)]


def test_a_second_line_of_a_day_added_later_and_everything_typed_again(
    visitor: Client, twice_a_day: Handout
) -> None:
    dates = dict.fromkeys((1, 2), DAY_1)
    to = address(twice_a_day)
    visitor.post(to, typed({2: "x _ 2 4 2 _ _"}, dates, rows=14))
    both = {1: "x 10 2 3 2 1 5", 2: "x _ 2 4 2 _ _"}
    answer = visitor.post(to, typed(both, dates, rows=14), follow=True)
    assert "1 session added" in answer.text
    again = visitor.post(to, typed(both, dates, rows=14), follow=True)
    assert "Already entered, nothing new." in again.text


@pytest.mark.parametrize(
    ("again", "says"),
    [
        ("x 10 2 5 2 1 5", "pain during: on record 3, typed 5"),
        ("x _ 2 3 2 1 5", "stiff that morning: on record 10 min, typed blank"),
        ("90 10 2 3 2 1 5", "done: on record 100 %, typed 90 %"),
        ("- _ _ _ _ _ _", "Entered before as a session; now it says not done."),
        ("x 10 2 3 2 4 5", "The next morning is on record already, with other figures."),
    ],
    ids=["pain", "blank", "per cent", "not done", "morning"],
)
def test_a_line_entered_before_with_other_figures_is_refused_showing_both(
    visitor: Client, paper: Handout, again: str, says: str
) -> None:
    visitor.post(address(paper), typed({1: WEEK[1]}))
    answer = visitor.post(address(paper), typed({**WEEK, 1: again}))
    assert answer.status_code == 422
    assert says in answer.text
    assert "Correct that session" in answer.text
    # All or nothing, and what was typed is still there.
    assert [row[0] for row in rows_of(paper)] == [1]
    assert 'name="3-done" value="80"' in answer.text


def test_another_date_of_a_line_on_record_is_refused(visitor: Client, paper: Handout) -> None:
    visitor.post(address(paper), typed({1: WEEK[1]}))
    moved = typed({1: WEEK[1]}, {1: DAY_1 + timedelta(days=1)})
    answer = visitor.post(address(paper), moved)
    assert answer.status_code == 422
    assert f"date: on record {DAY_1:%-d %B %Y}" in answer.text


@pytest.mark.parametrize("kind", ["corrected", "struck out"])
def test_the_same_diary_after_a_correction_is_still_nothing_new(
    visitor: Client, paper: Handout, kind: str
) -> None:
    visitor.post(address(paper), typed({1: WEEK[1]}))
    known = Session.objects.get()
    if kind == "corrected":
        corrected(known, pain_during=6, morning_pain=4)
    else:
        struck(known)
    answer = visitor.post(address(paper), typed({1: WEEK[1]}), follow=True)
    assert "Already entered, nothing new." in answer.text
    assert Session.objects.count() == 1
    other = visitor.post(address(paper), typed({1: "x 10 2 9 2 1 5"}))
    assert other.status_code == 422
    assert ("struck out" if kind == "struck out" else "on record 6, typed 9") in other.text


def decided_unasked(session: Session) -> None:
    """Decided before its morning after was told."""
    actions.decide(
        Session.objects.whole().get(pk=session.pk),
        outcome=Outcome.HOLD,
        reason="Nobody could ask.",
        today=timezone.localdate(),
        by=session.logged_by,
    )


def test_a_next_morning_told_after_the_decision_is_judged_and_entered_once(
    visitor: Client, paper: Handout
) -> None:
    visitor.post(address(paper), typed({1: "x 10 2 3 2 _ _"}))
    session = Session.objects.get()
    decided_unasked(session)
    later = typed({1: "x 10 2 3 2 9 90"})
    answer = visitor.post(address(paper), later, follow=True)
    assert "1 next morning added to what was entered before." in answer.text
    correction = Correction.objects.get()
    assert (correction.proposed, correction.rule) == ("REGRESS", "D4")
    page = visitor.get(reverse("programmes:session", args=[session.code])).text
    assert "The rule would have said: step back (D4)." in page
    again = visitor.post(address(paper), later, follow=True)
    assert "Already entered, nothing new." in again.text
    # Nor is it another answer once its figures were corrected.
    corrected(session, morning_pain=4, pain_after=1)
    assert "Already entered" in visitor.post(address(paper), later, follow=True).text
    assert Correction.objects.count() == 2
    other = visitor.post(address(paper), typed({1: "x 10 2 3 2 8 90"}))
    assert "The next morning is on record already, with other figures." in other.text


def test_a_morning_in_part_told_and_completed_later_is_the_same_diary(
    visitor: Client, paper: Handout
) -> None:
    visitor.post(address(paper), typed({1: "x 10 2 3 2 1 _"}))
    corrected(Session.objects.get(), morning_pain=2, morning_stiffness_min=20)
    again = visitor.post(address(paper), typed({1: "x 10 2 3 2 1 _"}), follow=True)
    assert "Already entered, nothing new." in again.text


def test_one_morning_of_two_decided_sessions_is_judged_for_both(
    visitor: Client, twice_a_day: Handout
) -> None:
    dates = {1: DAY_1, 2: DAY_1}
    both = {1: "x 10 2 3 2 _ _", 2: "x _ 2 4 2 _ _"}
    visitor.post(address(twice_a_day), typed(both, dates, rows=14))
    for session in Session.objects.in_order():
        decided_unasked(session)
    later = {"1-next_pain": "9", "1-next_stiff": "5"}
    visitor.post(address(twice_a_day), later)
    assert [row[7] for row in rows_of(twice_a_day)] == [(9, 5), (9, 5)]
    assert Correction.objects.exclude(proposed="").count() == 2
    visitor.post(address(twice_a_day), later)
    assert Correction.objects.count() == 2


def test_a_line_kept_as_not_done_becomes_a_session_when_that_is_meant(
    visitor: Client, paper: Handout
) -> None:
    visitor.post(address(paper), typed({1: "- _ _ _ _ _ _"}))
    answer = visitor.post(address(paper), typed({1: WEEK[1]}))
    assert answer.status_code == 422
    assert f"Entered before as not done on {DAY_1:%-d %B %Y}" in answer.text
    assert 'name="1-after_all"' in answer.text
    assert not Session.objects.exists()
    meant = {**typed({1: WEEK[1]}, {1: DAY_1 + timedelta(days=1)}), "1-after_all": "on"}
    sheet = visitor.post(address(paper), meant, follow=True).text
    assert "1 session added, marked as reported." in sheet
    assert rows_of(paper) == [(1, DAY_1 + timedelta(days=1), 100, 10, 2, 3, 2, (1, 5))]
    # The sheet shows the session; what was written first stays on record.
    assert NotDone.objects.get().on == DAY_1
    assert "1 line, 1 session, 0 not done" in sheet
    assert f"{DAY_1 + timedelta(days=1):%a %-d %b %Y}" in sheet
    assert "On record as not done." not in sheet
    assert "Already entered" in visitor.post(address(paper), meant, follow=True).text
    assert Session.objects.count() == 1


# --- what the patient wants to tell or ask ------------------------------------------------------

NOTE = "My other heel hurts in the morning.\r\nMay I cycle?"


def test_what_the_patient_wrote_is_the_note_of_the_newest_session(
    visitor: Client, paper: Handout
) -> None:
    sent = {**typed(dates={1: DAY_1 + timedelta(days=6)}), "note": NOTE}
    answer = visitor.post(address(paper), sent, follow=True)
    newest = DAY_1 + timedelta(days=6)
    says = f"What the patient wrote is the note of the session of {newest:%-d %B %Y}."
    assert says in answer.text
    notes = Session.objects.order_by("diary_row").values_list("note", flat=True)
    assert list(notes) == [NOTE, "", ""]
    assert "May I cycle?" in answer.text
    assert 'name="note"' not in answer.text
    assert "Already entered" in visitor.post(address(paper), sent, follow=True).text
    assert not Correction.objects.exists()


def test_a_note_told_later_is_kept_once_with_a_session_on_record(
    visitor: Client, paper: Handout
) -> None:
    visitor.post(address(paper), typed({1: WEEK[1], 2: WEEK[2]}))
    sent = {**typed({}), "note": NOTE}
    assert "is the note of the session" in visitor.post(address(paper), sent, follow=True).text
    session = Session.objects.get(diary_row=2)
    assert (session.note, session.corrected) == (NOTE, 1)
    # Taken away since by a correction: the same diary again doesn't bring it back.
    corrected(session, note="")
    assert "Already entered" in visitor.post(address(paper), sent, follow=True).text
    assert not Session.objects.exclude(note="").exists()


@pytest.mark.parametrize(
    ("week", "noted", "says"),
    [
        ({1: "- _ _ _ _ _ _"}, False, "No session on this sheet can keep it"),
        ({1: WEEK[1]}, True, "has a note already"),
    ],
    ids=["no session", "another note"],
)
def test_a_note_that_cannot_be_kept_is_refused_at_its_box(
    visitor: Client, paper: Handout, week: dict[int, str], noted: bool, says: str
) -> None:
    if noted:
        visitor.post(address(paper), {**typed(week), "note": "Slept well."})
    answer = visitor.post(address(paper), {**typed(week), "note": NOTE})
    assert answer.status_code == 422
    assert says in answer.text.split('id="id_note_error"')[1].split("</div>")[0]
    assert "May I cycle?" in answer.text
    assert not NotDone.objects.exists()


# --- what comes next ----------------------------------------------------------------------------


def test_after_a_diary_the_newest_session_that_can_be_decided_is_offered(
    visitor: Client, paper: Handout
) -> None:
    page = visitor.post(address(paper), typed({**WEEK, 3: "x 10 2 4 3 _ 5"}), follow=True).text
    ready, newest = Session.objects.filter(diary_row__gte=2).order_by("diary_row")
    assert f"the session of {ready.happened_on:%-d %B %Y} waits for a decision" in page
    assert f'href="{reverse("programmes:session", args=[ready.code])}">Decide<' in page
    decided_unasked(newest)
    assert "waits for a decision" not in visitor.get(address(paper)).text


def test_where_nothing_can_be_decided_yet_no_decision_is_offered(
    visitor: Client, paper: Handout
) -> None:
    page = visitor.post(address(paper), typed({1: "x 10 2 3 2 _ _"}), follow=True).text
    assert "Nothing to decide yet" in page
    assert ">Decide<" not in page
    assert reverse("programmes:session", args=[Session.objects.get().code]) in page


# --- dates nobody gave --------------------------------------------------------------------------


def proposed(page: str) -> list[int]:
    """The rows whose date is shown as proposed."""
    boxes = {row: page.split(f'name="{row}-on"')[1].split(">")[0] for row in (1, 2, 3)}
    return [row for row, box in boxes.items() if "data-proposed" in box]


def test_dates_nobody_gave_are_shown_as_proposed(visitor: Client, paper: Handout) -> None:
    assert proposed(visitor.get(address(paper)).text) == [1, 2, 3]
    other = {2: DAY_1 + timedelta(days=3), 3: DAY_1 + timedelta(days=5)}
    refused = visitor.post(address(paper), typed({1: "x 99 99 _ _ _ _"}, other)).text
    assert proposed(refused) == [3]


def test_a_sheet_without_an_answer_is_sent_again_by_itself(visitor: Client, paper: Handout) -> None:
    form = visitor.get(address(paper)).text.split("<form")[-1].split("csrfmiddlewaretoken")[0]
    assert "data-diary" in form
    assert "data-once" in form


# --- what a line may not be ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value", "says"),
    [
        ("2-during", "11", "Pain is 0 to 10 in whole numbers, not “11”"),
        ("2-stiff", "long", "Stiffness is in minutes"),
        ("2-done", "120", "Done is x for a tick"),
        ("2-on", "soon", "soon"),
        ("2-on", "", "Give the date."),
    ],
)
def test_a_wrong_cell_is_said_at_the_cell_and_everything_is_kept(
    visitor: Client, paper: Handout, cell: str, value: str, says: str
) -> None:
    answer = visitor.post(address(paper), {**typed(), cell: value})
    assert answer.status_code == 422
    assert says in answer.text.split(f'id="id_{cell}_error"')[1].split("</p>")[0]
    box = answer.text.split(f'name="{cell}"')[1].split(">")[0]
    assert 'aria-invalid="true"' in box
    assert f'aria-describedby="id_{cell}_error"' in box
    assert f'value="{value}"' in box or not value
    assert 'name="3-done" value="80"' in answer.text
    assert not Session.objects.exists()


def test_everything_that_is_wrong_is_said_at_once(
    visitor: Client, by: User, paper: Handout
) -> None:
    make.make_session(paper.version.programme, by=by, happened_on=DAY_1 + timedelta(days=4))
    dates = {1: PRINTED - timedelta(days=1), 2: PRINTED - timedelta(days=2)}
    week = {**WEEK, 2: "x 10 11 _ _ _ _"}
    answer = visitor.post(address(paper), typed(week, dates))
    assert answer.status_code == 422
    for box, says in (
        ("1-on", "The programme began on"),
        ("2-on", "The programme began on"),
        ("2-before", "Pain is 0 to 10"),
    ):
        assert says in answer.text.split(f'id="id_{box}_error"')[1].split("</p>")[0]
    assert 'name="3-another"' in answer.text
    assert "Look at the 3 lines marked below." in answer.text


@pytest.mark.parametrize("which", ["before the programme", "in the future"])
def test_a_date_that_cannot_be_is_refused_at_its_line(
    visitor: Client, paper: Handout, which: str
) -> None:
    today = timezone.localdate()
    on, says = {
        "before the programme": (PRINTED - timedelta(days=1), "The programme began on"),
        "in the future": (today + timedelta(days=1), "is in the future"),
    }[which]
    answer = visitor.post(address(paper), typed(dates={2: on}))
    assert answer.status_code == 422
    assert says in answer.text
    assert not Session.objects.exists()


def test_a_next_morning_that_has_not_come_is_refused(visitor: Client, paper: Handout) -> None:
    today = timezone.localdate()
    answer = visitor.post(address(paper), typed({1: WEEK[1]}, {1: today}))
    assert answer.status_code == 422
    assert f"The morning after {today:%-d %B %Y} has not come yet" in answer.text
    fine = visitor.post(address(paper), typed({1: "x 10 2 3 2 _ _"}, {1: today}))
    assert fine.status_code == 302


@pytest.mark.parametrize("source", ["clinic", "phone"])
def test_a_session_of_that_day_on_record_is_asked_about(
    visitor: Client, by: User, paper: Handout, source: str
) -> None:
    known = make.make_session(
        paper.version.programme, by=by, happened_on=DAY_1 + timedelta(days=2), source=source
    )
    answer = visitor.post(address(paper), typed())
    assert answer.status_code == 422
    assert f"A session of {known.happened_on:%-d %B %Y} is on record already" in answer.text
    assert 'name="2-another"' in answer.text
    assert 'name="1-another"' not in answer.text
    assert not rows_of(paper)
    visitor.post(address(paper), {**typed(), "2-another": "on"})
    assert [row[0] for row in rows_of(paper)] == [1, 2, 3]


def test_a_not_done_day_with_a_session_in_the_clinic_is_no_second_session(
    visitor: Client, by: User, paper: Handout
) -> None:
    make.make_session(paper.version.programme, by=by, happened_on=DAY_1)
    assert visitor.post(address(paper), typed({1: "- _ _ _ _ _ _"})).status_code == 302


def test_a_closed_episode_says_so_and_takes_nothing(
    visitor: Client, by: User, paper: Handout
) -> None:
    episode = paper.version.programme.episode
    patient_actions.discharge(
        Episode.objects.get(pk=episode.pk), outcome="improved", note="", on=PRINTED, by=by
    )
    page = visitor.get(address(paper))
    assert page.status_code == 200
    assert f"This episode was closed on {PRINTED:%-d %B %Y}" in page.text
    assert 'name="1-done"' not in page.text
    answer = visitor.post(address(paper), typed())
    assert answer.status_code == 422
    assert "This episode is closed." in answer.text
    assert not Session.objects.exists()


def test_only_lines_of_the_paper_are_read(visitor: Client, paper: Handout) -> None:
    visitor.post(address(paper), typed({**WEEK, 4: WEEK[1], 15: WEEK[1]}, rows=15))
    assert [row[0] for row in rows_of(paper)] == [1, 2, 3]
