"""The day's list: each need alone, every pair of needs, and the edges of each of them."""

import re
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

from assessments.rules import version as assessment_version
from programmes.rules import version as programme_version
from programmes.rules.day import RANKS, Action, Facts, Kind, Need, need, plateau
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.terms import ReviewOutcome

TODAY = date(2026, 6, 15)
YESTERDAY = date(2026, 6, 14)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


# Examined, planned, tested, the paper handed out, the last session decided.
FINE: dict[str, Any] = {
    "today": TODAY,
    "signed": True,
    "programme": True,
    "last_session_on": YESTERDAY,
    "morning_recorded": True,
    "decided": True,
    "started_on": date(2026, 1, 5),
    "scores": ((ago(50), 50), (ago(7), 60)),
    "raises_on": ago(7),
    "examined_on": TODAY,
    "paper": True,
    "paper_is_current": True,
}

# In order: kind, tone, words, action, short words, and what alone makes it the need.
NEEDS: list[tuple[Kind, str, str, Action, str, dict[str, Any]]] = [
    (
        Kind.LOCK,
        "stop",
        "Infection: clear or refer",
        Action.OPEN,
        "red flag open",
        {"lock": "Infection"},
    ),
    (
        Kind.REOPENED,
        "caution",
        "Re-opened on 16 April: examine again",
        Action.EXAMINE,
        "re-opened, not examined since",
        {"reopened_on": ago(60), "examined_on": ago(61)},
    ),
    (
        Kind.FLARE,
        "caution",
        "Flare on 12 June: nothing decided since",
        Action.OPEN,
        "flare on 12 June",
        {"flare_on": date(2026, 6, 12)},
    ),
    (
        Kind.STEPS_BACK,
        "caution",
        "3 steps back in 14 days: examine again",
        Action.EXAMINE,
        "3 steps back",
        {"steps_back": 3},
    ),
    (
        Kind.MORNING,
        "caution",
        "Morning after 14 June is missing",
        Action.MORNING,
        "morning after missing",
        {"decided": False, "morning_recorded": False},
    ),
    (
        Kind.DECIDE,
        "caution",
        "Session of 14 June waits for a decision",
        Action.DECIDE,
        "decision waits",
        {"decided": False, "morning_recorded": True},
    ),
    (
        Kind.CORRECTED,
        "caution",
        "Session of 12 June corrected: the rule would have said step back",
        Action.CORRECTED,
        "corrected: would have been step back",
        {"corrected_on": date(2026, 6, 12), "would_have": "step back"},
    ),
    (
        Kind.CRITERIA_MET,
        "caution",
        "Everything to leave the isotonic stage is met since the last session",
        Action.LOG,
        "exit of the isotonic stage met",
        {"criteria_met": "isotonic"},
    ),
    (
        Kind.PLAN_UNFIT,
        "caution",
        "The plan no longer fits the tendon",
        Action.PLAN,
        "plan no longer fits",
        {"needs_new_version": True},
    ),
    (
        Kind.PLATEAU,
        "caution",
        "VISA-A 56, 50 on 26 April: no gain of 7 points",
        Action.OUTCOMES,
        "VISA-A on a plateau",
        {"scores": ((ago(50), 50), (ago(7), 56))},
    ),
    (
        Kind.REVIEW,
        "caution",
        "12-week review: no response, refer for an opinion; stays here until examined again",
        Action.EXAMINE,
        "12-week review due",
        {"review": ReviewOutcome.REFER_NONRESPONSE},
    ),
    (
        Kind.TEST_DUE,
        "caution",
        "Test overdue: heel raises (last 4 May)",
        Action.TEST,
        "heel raises overdue",
        {"raises_on": ago(42)},
    ),
    (
        Kind.PAPER,
        "neutral",
        "The paper is out of date: print a new one",
        Action.PRINT,
        "paper out of date",
        {"paper_is_current": False},
    ),
    (
        Kind.UNSIGNED,
        "caution",
        "Assessment is not signed",
        Action.SIGN,
        "assessment not signed",
        {"draft": True},
    ),
    (
        Kind.NOT_ISSUED,
        "neutral",
        "The draft of the plan is not issued",
        Action.PLAN,
        "draft of the plan not issued",
        {"plan_draft": True},
    ),
    (
        Kind.SILENT,
        "caution",
        "No session for 3 weeks",
        Action.LOG,
        "no session for 3 weeks",
        {"last_session_on": ago(21)},
    ),
    (Kind.NOT_EXAMINED, "neutral", "Not examined yet", Action.EXAMINE, "", {"signed": False}),
    (
        Kind.NO_PROGRAMME,
        "neutral",
        "No programme yet",
        Action.PLAN,
        "no programme yet",
        {"programme": False},
    ),
    (
        Kind.LOGGED,
        "ok",
        "Session of 15 June logged; the morning after comes next",
        Action.SESSION,
        "",
        {"last_session_on": TODAY, "decided": False, "morning_recorded": False},
    ),
    (Kind.ON_TRACK, "ok", "On track", Action.LOG, "", {}),
]


def wanted(**changes: Any) -> Need:
    return need(Facts(**FINE | changes))


@pytest.mark.parametrize(
    ("kind", "tone", "says", "action", "short", "changes"), NEEDS, ids=[row[0] for row in NEEDS]
)
def test_each_need_alone(kind, tone, says, action, short, changes):
    assert wanted(**changes) == Need(kind=kind, tone=tone, says=says, action=action, short=short)


def test_the_needs_are_answered_in_the_order_of_the_practice():
    assert [row[0] for row in NEEDS] == list(Kind)
    assert [RANKS[kind] for kind in Kind] == list(range(20))


# A session of today waits for no morning; a morning can't be both missing and told; whoever trained
# today was not silent; without an examination or a programme there is nothing of the programme.
APART = {
    *combinations([Kind.MORNING, Kind.DECIDE, Kind.LOGGED], 2),
    (Kind.SILENT, Kind.LOGGED),
    (Kind.UNSIGNED, Kind.NOT_EXAMINED),
    (Kind.NOT_EXAMINED, Kind.NO_PROGRAMME),
    (Kind.NOT_ISSUED, Kind.NO_PROGRAMME),
    *(
        (kind, Kind.NO_PROGRAMME)
        for kind in (Kind.PLAN_UNFIT, Kind.PLATEAU, Kind.REVIEW, Kind.TEST_DUE, Kind.PAPER)
    ),
}
PAIRS = [
    pytest.param(first, second, id=f"{first[0]} before {second[0]}")
    for first, second in combinations(NEEDS, 2)
    if (first[0], second[0]) not in APART
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_needs_the_first_is_told_and_the_other_counted(first, second):
    found = wanted(**second[-1] | first[-1])
    assert (found.kind, found.action) == (first[0], first[3])
    assert found.also == ((second[4],) if second[4] else ())


def test_all_at_once_is_the_lock_and_the_rest_in_their_order():
    changes: dict[str, Any] = {}
    for *_, each in reversed(NEEDS):
        changes |= each
    found = wanted(**changes | {"signed": True, "programme": True})
    assert found.kind is Kind.LOCK
    # While the morning is missing no decision waits.
    hidden = {"decision waits", "no programme yet", ""}
    assert list(found.also) == [row[4] for row in NEEDS[1:] if row[4] not in hidden]


def test_a_new_episode_is_to_be_examined_and_nothing_else():
    found = need(Facts(today=TODAY))
    assert (found.kind, found.action, found.also) == (Kind.NOT_EXAMINED, Action.EXAMINE, ())


@pytest.mark.parametrize(
    ("last", "morning", "kind"),
    [
        pytest.param(TODAY, False, Kind.LOGGED, id="today, no morning yet"),
        pytest.param(TODAY, True, Kind.DECIDE, id="today, morning told"),
        pytest.param(YESTERDAY, False, Kind.MORNING, id="yesterday, no morning"),
        pytest.param(YESTERDAY, True, Kind.DECIDE, id="yesterday, morning told"),
        pytest.param(None, False, Kind.ON_TRACK, id="no session"),
        pytest.param(None, True, Kind.ON_TRACK, id="no session, nothing to tell a morning of"),
    ],
)
def test_a_session_waits_for_its_morning_and_then_for_a_decision(last, morning, kind):
    found = wanted(
        last_session_on=last, morning_recorded=morning, decided=False, started_on=YESTERDAY
    )
    assert found.kind is kind


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"steps_back": 2}, "On track", id="two steps back"),
        pytest.param({"steps_back": 4}, "4 steps back in 14 days: examine again", id="four"),
        pytest.param(
            {"referred_on": date(2026, 6, 3), "steps_back": 3},
            "Referred after the session of 3 June: examine again",
            id="referred says more",
        ),
        pytest.param(
            {"steps_back": 3, "examined_since": True}, "On track", id="three, examined since"
        ),
    ],
)
def test_steps_back_and_referrals_ask_for_an_examination(changes, says):
    assert wanted(**changes).says == says


@pytest.mark.parametrize(
    ("examined", "says"),
    [
        pytest.param(None, "Re-opened on 10 June: examine", id="never"),
        pytest.param(date(2026, 6, 9), "Re-opened on 10 June: examine again", id="the day before"),
        pytest.param(date(2026, 6, 10), "On track", id="that day"),
        pytest.param(date(2026, 6, 11), "On track", id="later"),
    ],
)
def test_an_episode_opened_again_is_examined_again(examined, says):
    signed = examined is not None
    found = wanted(reopened_on=date(2026, 6, 10), examined_on=examined, signed=signed)
    assert found.says == says


def test_an_earlier_session_that_asks_for_a_step_back_is_decided_before_the_last():
    found = wanted(step_back_on=date(2026, 6, 10), decided=False)
    assert (found.kind, found.tone, found.action, found.says, found.also) == (
        Kind.DECIDE,
        "caution",
        Action.DECIDE_EARLIER,
        "Session of 10 June asks for a step back and was never decided",
        ("decision waits",),
    )
    also = wanted(step_back_on=date(2026, 6, 10), flare_on=YESTERDAY).also
    assert also == ("an earlier session asks for a step back",)


@pytest.mark.parametrize(
    ("days", "kind"), [(6, Kind.ON_TRACK), (7, Kind.CRITERIA_MET), (8, Kind.CRITERIA_MET)]
)
def test_a_step_up_held_is_asked_about_after_a_week(days, kind):
    found = wanted(held_on=ago(days), last_session_on=ago(days))
    assert found.kind is kind
    if kind is Kind.CRITERIA_MET:
        assert found.says.startswith("A step up was proposed and held on ")


@pytest.mark.parametrize(
    ("scores", "flat"),
    [
        pytest.param((), False, id="never measured"),
        pytest.param(((ago(0), 50),), False, id="one total"),
        pytest.param(((ago(41), 50), (ago(0), 50)), False, id="a day short of six weeks"),
        pytest.param(((ago(42), 50), (ago(0), 50)), True, id="six weeks"),
        pytest.param(((ago(42), 50), (ago(0), 56)), True, id="a gain of 6"),
        pytest.param(((ago(42), 50), (ago(0), 57)), False, id="a gain of 7"),
        pytest.param(((ago(42), 50), (ago(0), 30)), True, id="a loss"),
        pytest.param(((ago(84), 50), (ago(42), 50)), True, id="the newest six weeks old"),
        pytest.param(((ago(85), 50), (ago(43), 50)), False, id="the newest too old to say"),
        pytest.param(((ago(42), 89), (ago(0), 89)), True, id="not yet recovered"),
        pytest.param(((ago(42), 90), (ago(0), 90)), False, id="as good as recovered"),
        pytest.param(
            ((ago(90), 20), (ago(42), 50), (ago(0), 52)), True, id="with the newest that old"
        ),
        pytest.param(
            ((ago(90), 50), (ago(42), 20), (ago(20), 50), (ago(0), 52)),
            False,
            id="not with an older one, nor with a younger one",
        ),
    ],
)
def test_a_plateau(scores, flat):
    assert (plateau(scores, TODAY) is not None) is flat
    assert (plateau(tuple(reversed(scores)), TODAY) is not None) is flat


@pytest.mark.parametrize(
    ("since", "flat"), [(43, True), (42, True), (41, False), (0, False)], ids="{} days ago".format
)
def test_no_plateau_before_the_programme_has_run_that_long(since, flat):
    scores = ((ago(42), 50), (ago(0), 50))
    assert (plateau(scores, TODAY, since=ago(since)) is not None) is flat


@pytest.mark.parametrize(
    ("before", "flat"), [(50, True), (92, True), (93, False)], ids="{} days ago".format
)
def test_the_examination_before_it_is_where_a_programme_begins(before, flat):
    scores = ((ago(before), 50), (ago(0), 50))
    assert (plateau(scores, TODAY, since=ago(50)) is not None) is flat


@pytest.mark.parametrize(
    ("dates", "says"),
    [
        ({"started_on": ago(90)}, "VISA-A 56, 50 on 26 April: no gain of 7 points"),
        ({"started_on": ago(48)}, "On track"),
        ({"started_on": ago(90), "reopened_on": ago(48)}, "On track"),
        ({"started_on": ago(48), "reopened_on": ago(90)}, "On track"),
        (
            {"started_on": ago(90), "reopened_on": ago(60)},
            "VISA-A 56, 50 on 26 April: no gain of 7 points",
        ),
    ],
    ids=["long since", "begun since", "opened again since", "begun after", "opened again before"],
)
def test_a_plateau_is_of_the_programme_since_it_last_began(dates, says):
    assert wanted(scores=((ago(50), 50), (ago(7), 56)), **dates).says == says


@pytest.mark.parametrize(
    ("before", "now", "flat"),
    [
        pytest.param(60, 60, False, id="both the most there is"),
        pytest.param(54, 60, False, id="seven more were not to be had"),
        pytest.param(54, 54, False, id="nor where nothing came of it"),
        pytest.param(53, 59, True, id="they were"),
        pytest.param(60, 52, True, id="a loss"),
    ],
)
def test_no_plateau_where_no_gain_could_be(before, now, flat):
    scores = ((ago(42), before), (ago(0), now))
    assert (plateau(scores, TODAY, ceiling=60) is not None) is flat
    assert plateau(scores, TODAY) is not None
    assert (wanted(scores=scores, score_ceiling=60).kind is Kind.PLATEAU) is flat


@pytest.mark.parametrize(
    ("setting", "total", "flat"),
    [({"plateau_points": 3}, 53, False), ({"plateau_points": 4}, 53, True)],
)
def test_the_practice_sets_the_gain_of_a_plateau(setting, total, flat):
    scores = ((ago(42), 50), (ago(0), total))
    found = plateau(scores, TODAY, defaults=ProgrammeDefaults(**setting))
    assert (found is not None) is flat


def test_the_practice_sets_the_time_of_a_plateau():
    scores = ((ago(28), 50), (ago(0), 50))
    assert plateau(scores, TODAY) is None
    found = plateau(scores, TODAY, defaults=ProgrammeDefaults(plateau_weeks=4))
    assert found == scores


@pytest.mark.parametrize(
    ("scores", "raises_on", "started", "says", "action"),
    [
        pytest.param((ago(41),), ago(41), 90, "On track", Action.LOG, id="both in time"),
        pytest.param(
            (ago(42),),
            ago(1),
            90,
            "Test overdue: VISA-A (last 4 May)",
            Action.SCORE,
            id="the score",
        ),
        pytest.param(
            (ago(1),),
            None,
            42,
            "Test overdue: heel raises (never)",
            Action.TEST,
            id="raises never, programme of six weeks",
        ),
        pytest.param((ago(1),), None, 41, "On track", Action.LOG, id="raises never, but young"),
        pytest.param(
            (),
            date(2025, 12, 1),
            60,
            "Test overdue: VISA-A (never), heel raises (last 1 December 2025)",
            Action.SCORE,
            id="both",
        ),
        pytest.param(
            (ago(60), ago(3)), ago(3), 90, "On track", Action.LOG, id="the newest score counts"
        ),
    ],
)
def test_tests_come_due_again(scores, raises_on, started, says, action):
    found = wanted(
        scores=tuple((on, 95) for on in scores), raises_on=raises_on, started_on=ago(started)
    )
    assert (found.says, found.action) == (says, action)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (ReviewOutcome.ADHERENCE_REVIEW, "few of the sessions were done, find out why"),
        (ReviewOutcome.REFER_NONRESPONSE, "no response, refer for an opinion"),
    ],
)
def test_the_review_says_what_it_found(outcome, words):
    says = f"12-week review: {words}; stays here until examined again"
    assert wanted(review=outcome).says == says


def test_a_patient_without_any_paper_gets_the_first():
    found = wanted(paper=False, paper_is_current=False)
    assert (found.says, found.short) == ("The patient has no paper yet", "no paper yet")


@pytest.mark.parametrize("since", ["last_session_on", "started_on"])
@pytest.mark.parametrize(
    ("days", "says"),
    [
        (0, "On track"),
        (20, "On track"),
        (21, "No session for 3 weeks"),
        (27, "No session for 3 weeks"),
        (28, "No session for 4 weeks"),
    ],
)
def test_silence(since, days, says):
    dates = {"last_session_on": None, "started_on": None, since: ago(days)}
    assert wanted(**dates).says == says


def test_silence_counts_from_the_last_session_where_there_is_one():
    assert wanted(last_session_on=ago(20), started_on=ago(200)).kind is Kind.ON_TRACK
    assert wanted(last_session_on=None, started_on=None).kind is Kind.ON_TRACK


@pytest.mark.parametrize(
    ("reopened", "says"),
    [(0, "On track"), (20, "On track"), (21, "No session for 3 weeks"), (300, None)],
)
@pytest.mark.parametrize("since", ["last_session_on", "started_on"])
def test_nobody_is_silent_while_the_episode_is_closed(since, reopened, says):
    dates = {"last_session_on": None, "started_on": None, since: ago(210)}
    found = wanted(**dates, reopened_on=ago(reopened))
    assert found.says == (says or "No session for 30 weeks")


@pytest.mark.parametrize(
    ("setting", "days", "says"),
    [
        (7, 6, "On track"),
        (7, 7, "No session for 1 week"),
        (7, 14, "No session for 2 weeks"),
        (30, 29, "On track"),
        (30, 30, "No session for 4 weeks"),
    ],
)
def test_the_practice_sets_how_long_a_silence_may_last(setting, days, says):
    facts = Facts(**FINE | {"last_session_on": ago(days)})
    assert need(facts, defaults=ProgrammeDefaults(no_contact_days=setting)).says == says


def test_the_shortest_silence_is_a_week():
    assert DEFAULTS.no_contact_days == 21
    with pytest.raises(ValueError, match="no_contact_days: must be from 7 to 365"):
        ProgrammeDefaults(no_contact_days=6)


@pytest.mark.parametrize("module", [assessment_version, programme_version])
def test_rules_have_a_version(module):
    assert re.fullmatch(r"20\d\d\.\d{1,2}\.\d+", module.RULES_VERSION)
