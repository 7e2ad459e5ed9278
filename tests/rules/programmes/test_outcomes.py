"""Figures of a period from accounts of episodes, by numbers worked out by hand."""

import json
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.terms import Location, Pathway, Stage, VisaChange
from programmes.rules.defaults import ProgrammeDefaults
from programmes.rules.outcomes import (
    Account,
    Ran,
    Score,
    Stay,
    account_to_json,
    figures,
    hidden,
    judged,
    quartiles,
    rounded,
    share_percent,
    whole,
)

START, LAST = date(2025, 1, 6), date(2025, 6, 30)


def score(total: int, *, day: int = 0, capped: bool = False) -> Score:
    return Score(on=START + timedelta(days=day), total=total, capped=capped)


def account(number: int = 1, **said) -> Account:
    values = {
        "code": f"{number:04d}",
        "location": Location.MIDPORTION,
        "pathway": Pathway.LOAD,
        "started_on": START,
        "ended_on": None,
        "outcome": "",
        "last_contact": LAST,
        "stays": (Stay(stage=Stage.ISOTONIC, days=176, over=False),),
        "left_in": Stage.ISOTONIC,
        "sessions": 10,
        "mornings": 8,
        "decisions": 6,
        "baseline": None,
        "latest": None,
        "raises": False,
        "ran": Ran.STOPPED,
        "waits_from": START,
        "ran_on": None,
        "planned": 30,
        "observed": 10,
        "reported": 12,
        "percent": 70,
        **said,
    }
    return Account(**values)


def pair(before: int, after: int, *, days: int = 84) -> dict[str, Score]:
    return {"baseline": score(before), "latest": score(after, day=days)}


CAPPED = {"baseline": score(30, capped=True), "latest": score(55, day=84, capped=True)}


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        pytest.param({}, "no_baseline", id="nothing"),
        pytest.param({"baseline": score(40)}, "no_second", id="one"),
        pytest.param(pair(40, 80, days=27), "too_soon", id="27 days"),
        pytest.param(pair(40, 54, days=28), VisaChange.IMPROVED, id="28 days, 14 points"),
        pytest.param(pair(40, 53), VisaChange.UNCERTAIN, id="13 points"),
        pytest.param(pair(40, 46), VisaChange.NO_CHANGE, id="6 points"),
        pytest.param(pair(40, 33), VisaChange.WORSE, id="7 lost"),
        pytest.param(pair(40, 47, days=168), VisaChange.IMPROVED, id="7 points after 24 weeks"),
        pytest.param(
            {**pair(40, 47), "location": Location.INSERTIONAL}, VisaChange.IMPROVED, id="insertion"
        ),
        pytest.param(CAPPED, "capped", id="no sport then nor now"),
        pytest.param(
            {**CAPPED, "latest": score(80, day=84)}, VisaChange.IMPROVED, id="sport again"
        ),
        pytest.param({**CAPPED, "baseline": score(75)}, VisaChange.WORSE, id="gave sport up since"),
    ],
)
def test_what_a_change_is_called_or_why_it_is_not(said, verdict):
    assert judged(account(**said)) == verdict


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ({}, ""),
        ({"last_contact": LAST - timedelta(days=41)}, ""),
        ({"last_contact": LAST - timedelta(days=42)}, "silent"),
        ({"ended_on": LAST, "outcome": "stopped"}, "stopped"),
        ({"ended_on": LAST, "outcome": "improved", "last_contact": START}, ""),
    ],
    ids=["seen", "41 days", "42 days", "stopped", "discharged"],
)
def test_who_dropped_out(said, how):
    assert account(**said).dropped_out(LAST) == how


def test_quartiles_lie_between_two_values_in_proportion():
    # Of 1 2 3 4 they stand a quarter of the way into the first gap, half way, three quarters in.
    assert quartiles([4, 2, 1, 3]) == (Fraction(7, 4), Fraction(5, 2), Fraction(13, 4))
    assert [int(each) for each in quartiles([5])] == [5, 5, 5]
    with pytest.raises(ValueError, match="values"):
        quartiles([])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(5, 2), "2.5"),
        (Fraction(7, 4), "1.8"),
        (Fraction(20), "20"),
        (Fraction(1, 3), "0.3"),
    ],
)
def test_rounded_once(value, text):
    assert rounded(value) == text


@pytest.mark.parametrize(
    ("part", "of", "percent"), [(7, 11, 63), (2, 3, 66), (199, 200, 99), (5, 5, 100), (0, 4, 0)]
)
def test_percentages_are_whole_and_rounded_down(part, of, percent):
    assert share_percent(part, of) == percent
    assert whole(Fraction(100 * part, of)) == str(percent)


@pytest.mark.parametrize(
    ("counts", "away"),
    [
        ([], []),
        ([9], [False]),
        ([4], [True]),
        ([7, 9, 5], [False, False, False]),
        # One small group: the second smallest goes too, or the total would tell it.
        ([3, 9, 6], [True, False, True]),
        ([4, 6], [True, True]),
        # Two small ones together are still fewer than five.
        ([1, 2, 8, 9], [True, True, True, False]),
        ([3, 4, 8], [True, True, False]),
        ([0, 8, 9], [True, True, False]),
    ],
    ids=str,
)
def test_what_is_hidden(counts, away):
    assert list(hidden(counts, least=5)) == away


@given(st.lists(st.integers(0, 12), max_size=6), st.integers(2, 8))
def test_no_small_group_can_be_told_from_the_total(counts, least):
    away = hidden(counts, least=least)
    gone = [count for count, hide in zip(counts, away, strict=True) if hide]
    assert all(count >= least for count, hide in zip(counts, away, strict=True) if not hide)
    if gone and not all(away):
        # What the total tells of the hidden ones: their sum, of more than one group.
        assert len(gone) > 1
        assert sum(gone) >= least


def test_hidden_already_counts_with_the_hidden():
    assert hidden([5, 6, 7], least=5, already=(True, False, False)) == (True, True, False)


# Twelve episodes: what each is about stands beside it.
PRACTICE = (
    account(1, **pair(40, 60), ran_on=START + timedelta(weeks=10), raises=True),
    account(2, **pair(50, 70), ran_on=START + timedelta(weeks=12)),
    account(3, **pair(50, 64), ran_on=START + timedelta(weeks=12)),
    account(4, **pair(50, 60), ended_on=START + timedelta(weeks=11), outcome="referred"),
    account(5, **pair(50, 52), last_contact=START + timedelta(weeks=8)),
    account(6, **pair(50, 40), ended_on=START + timedelta(weeks=9), outcome="stopped",
            last_contact=START + timedelta(weeks=6)),
    account(7, **pair(50, 55, days=20), ran=Ran.KEPT_RUNNING),
    account(8, baseline=score(50), ran=Ran.NOT_A_RUNNER),
    account(9, **CAPPED, ran=Ran.NOT_RECORDED),
    account(10, location=Location.INSERTIONAL, percent=None, planned=0, observed=0, reported=0),
    account(11, **pair(30, 59), location=Location.INSERTIONAL, ran=Ran.GOAL),
    account(12, **pair(30, 31), location=Location.INSERTIONAL, percent=100),
)  # fmt: skip


@pytest.fixture(scope="module")
def told():
    return figures(PRACTICE, last=LAST)


def test_completeness_comes_first(told):
    assert told["episodes"] == 12
    assert told["completeness"] == {
        "baseline": [11, 12],
        "second": [10, 12],
        "raises": [1, 12],
        "running": [11, 12],
        "mornings": [96, 120],
        "decisions": [72, 120],
    }


def test_the_change_of_the_visa(told):
    visa = told["visa"]
    # Changes: 20 20 14 10 2 -10 29 1; not judged: 7 too soon, 8 no second, 9 capped, 10 nothing.
    assert visa["judged"] == 8
    assert visa["not_judged"] == {"no_baseline": 1, "no_second": 1, "too_soon": 1, "capped": 1}
    assert (visa["improved"], visa["percent"]) == (4, 50)
    assert visa["called"] == {"improved": 4, "uncertain": 1, "no_change": 2, "worse": 1}
    assert visa["bands"] == [
        [None, -7, 1],
        [-6, 6, 2],
        [7, 13, 1],
        [14, 27, 3],
        [28, None, 1],
    ]
    # In order: -10 1 2 10 14 20 20 29.
    assert visa["points"] == {
        "median": "12",
        "low": "1.8",
        "high": "20",
        "least": None,
        "most": None,
    }


def test_weeks_until_running_again(told):
    running = told["running"]
    assert running["apart"] == {"kept_running": 1, "not_a_runner": 1, "not_recorded": 1}
    assert (running["followed"], running["returned"]) == (9, 3)
    curve = running["curve"]
    # Lost: week 6 (stopped), 8 (silent), 11 (discharged); three followed to the end, 25 weeks.
    assert curve["steps"] == [
        {"weeks": "10", "at_risk": 7, "happened": 1, "returned_percent": "14"},
        {"weeks": "12", "at_risk": 5, "happened": 2, "returned_percent": "48"},
    ]
    # From the twelfth week on three are followed: nothing is told of them.
    assert curve["at_risk"] == [[0, 9], [4, 9], [8, 8], [12, 5], [16, None], [24, None]]
    assert curve["by"][3:] == [[12, "48"], [16, None], [24, None]]
    assert (curve["median"], curve["lasts"]) == (None, "12")


def ran_after(*weeks: int) -> list[Account]:
    return [
        account(nth, ran_on=START + timedelta(weeks=each))
        for nth, each in enumerate(weeks, start=1)
    ]


@pytest.mark.parametrize(
    ("weeks", "median", "told"),
    [
        # Of eight the fourth is the half; five were still waiting for it.
        pytest.param((2, 3, 4, 5, 6, 7, 8, 9), "5", ["2", "3", "4", "5"], id="five left"),
        # Of six the third is: four were.
        pytest.param((2, 3, 4, 5, 6, 7), None, ["2", "3"], id="four left"),
        pytest.param((2, 3, 4, 5), None, None, id="four from the start"),
    ],
)
def test_no_median_and_no_step_of_few(weeks, median, told):
    curve = figures(ran_after(*weeks), last=LAST)["running"]["curve"]
    if told is None:
        assert curve is None
        return
    assert curve["median"] == median
    assert [step["weeks"] for step in curve["steps"]] == told
    assert curve["lasts"] == told[-1]
    assert curve["by"][-1] == [24, None]


def test_who_stopped_later_is_followed_from_then():
    stopped = START + timedelta(weeks=5)
    later = account(
        9, ran=Ran.STOPPED_LATER, waits_from=stopped, ran_on=stopped + timedelta(weeks=1)
    )
    running = figures([*ran_after(2, 3, 4, 5, 6, 7), later], last=LAST)["running"]
    assert (running["followed"], running["later"]) == (7, 1)
    assert running["apart"]["kept_running"] == 0
    assert [(step["weeks"], step["at_risk"]) for step in running["curve"]["steps"]] == [
        ("1", 7),
        ("2", 6),
        ("3", 5),
    ]


def test_adherence_of_those_it_is_known_of(told):
    done = told["adherence"]
    assert (done["known"], done["unknown"]) == (11, 1)
    # Ten times 70 and once 100.
    assert done["mean"] == "72"
    assert (done["planned"], done["observed"], done["reported"]) == (330, 110, 132)


def test_drop_outs_are_not_broken_down_while_few(told):
    assert told["drop_outs"] == {"of": 12, "stopped": 1, "silent": 1, "stages": None}


def test_drop_outs_by_the_stage_they_left_in():
    lost = {"last_contact": START}
    stages = [Stage.ISOTONIC] * 6 + [Stage.PLYOMETRIC] * 5
    accounts = [account(n, left_in=stage, **lost) for n, stage in enumerate(stages)]
    assert figures(accounts, last=LAST)["drop_outs"]["stages"] == [
        ["isotonic", 6],
        ["plyometric", 5],
    ]
    one_more = [*accounts, account(99, left_in=Stage.RUN_WALK, **lost)]
    assert figures(one_more, last=LAST)["drop_outs"]["stages"] == [
        ["isotonic", 6],
        ["plyometric", None],
        ["run_walk", None],
    ]


def test_small_groups_are_not_broken_down(told):
    # Three insertional of twelve: the other group would tell them too.
    assert told["groups"]["location"] is None
    assert told["groups"]["pathway"] == [
        {"group": "load", "episodes": 12, "judged": 8, "improved": 4}
    ]


def test_a_group_with_few_judged_hides_a_second_one_in_that_column():
    locations = [Location.MIDPORTION] * 8 + [Location.INSERTIONAL] * 7 + [Location.MIXED] * 6
    accounts = [
        account(n, location=location, **(pair(40, 60) if n < 8 or n % 2 else {}))
        for n, location in enumerate(locations)
    ]
    assert figures(accounts, last=LAST)["groups"]["location"] == [
        {"group": "insertional", "episodes": 7, "judged": None, "improved": None},
        {"group": "midportion", "episodes": 8, "judged": 8, "improved": 8},
        {"group": "mixed", "episodes": 6, "judged": None, "improved": None},
    ]


def test_days_in_a_stage_of_those_who_left_it():
    days = (10, 20, 30, 40, 60)
    stays = [(Stay(stage=Stage.ISOMETRIC, days=each, over=True),) for each in days]
    stays += [(Stay(stage=Stage.ISOMETRIC, days=90, over=False),)]
    accounts = [account(n, stays=each) for n, each in enumerate(stays)]
    isometric, isotonic, *_ = figures(accounts, last=LAST)["stages"]
    assert isometric == {
        "stage": "isometric",
        "left": 5,
        "still": 1,
        # Of so few the shortest and the longest are one patient's own.
        "days": {"median": "30", "low": "20", "high": "40", "least": None, "most": None},
    }
    assert isotonic == {"stage": "isotonic", "left": 0, "still": 0, "days": None}


@pytest.mark.parametrize(
    ("count", "ends"),
    [
        pytest.param(5, (None, None), id="the_least_group"),
        pytest.param(9, (None, None), id="one_short_of_two"),
        pytest.param(10, ("10", "19"), id="twice_the_least_group"),
    ],
)
def test_the_ends_of_a_range_are_told_of_two_groups_at_least(count, ends):
    stays = [Stay(stage=Stage.ISOMETRIC, days=10 + nth, over=True) for nth in range(count)]
    accounts = [account(nth, stays=(stay,)) for nth, stay in enumerate(stays)]
    days = figures(accounts, last=LAST)["stages"][0]["days"]
    assert (days["least"], days["most"]) == ends
    assert days["median"] is not None


def test_fewer_than_five_give_counts_alone():
    told = figures(PRACTICE[:4], last=LAST)
    assert told["visa"]["percent"] is told["visa"]["bands"] is told["visa"]["points"] is None
    assert told["running"]["curve"] is None
    assert told["adherence"]["mean"] is told["adherence"]["planned"] is None
    assert told["completeness"]["baseline"] == [4, 4]


def test_nobody_at_all():
    told = figures((), last=LAST)
    assert (told["episodes"], told["visa"]["judged"], told["running"]["followed"]) == (0, 0, 0)
    assert told["groups"] == {"location": None, "pathway": None}


def test_the_practice_may_choose_another_least_group():
    told = figures(PRACTICE, last=LAST, defaults=ProgrammeDefaults(small_group=3))
    assert [each["episodes"] for each in told["groups"]["location"]] == [3, 9]


def test_the_same_whatever_the_order_and_through_json(told):
    backwards = figures(PRACTICE[::-1], last=LAST)
    assert json.dumps(backwards, sort_keys=True) == json.dumps(told, sort_keys=True)
    assert json.loads(json.dumps(told)) == told


def test_an_account_is_stored_without_loss():
    one = replace(PRACTICE[0], ended_on=LAST, outcome="returned")
    stored = account_to_json(one)
    assert json.loads(json.dumps(stored)) == stored
    assert (stored["ended_on"], stored["ran"], stored["location"]) == (
        "2025-06-30",
        "stopped",
        "midportion",
    )
    assert stored["baseline"] == {"on": "2025-01-06", "total": 40, "capped": False}
    assert stored["stays"] == [{"stage": "isotonic", "days": 176, "over": False}]
