"""The day's list: each need alone, every pair of needs, and how long a silence may last."""

import re
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

from assessments.rules import version as assessment_version
from programmes.rules import version as programme_version
from programmes.rules.day import Action, Facts, Need, need
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults

TODAY = date(2026, 6, 15)
YESTERDAY = date(2026, 6, 14)
# Examined, planned, the paper handed out, the last session decided.
FINE: dict[str, Any] = {
    "today": TODAY,
    "signed": True,
    "programme": True,
    "last_session_on": YESTERDAY,
    "morning_recorded": True,
    "decided": True,
    "started_on": date(2026, 1, 5),
    "paper_is_current": True,
}

# In order, each with what alone makes it the need.
NEEDS: list[tuple[Need, dict[str, Any]]] = [
    (
        Need(rank=0, tone="stop", says="Infection: clear or refer", action=Action.OPEN),
        {"lock": "Infection"},
    ),
    (
        Need(
            rank=1,
            tone="caution",
            says="Morning after 14 June is missing",
            action=Action.MORNING,
        ),
        {"decided": False, "morning_recorded": False},
    ),
    (
        Need(
            rank=2,
            tone="caution",
            says="Session of 14 June waits for a decision",
            action=Action.DECIDE,
        ),
        {"decided": False, "morning_recorded": True},
    ),
    (
        Need(
            rank=3,
            tone="caution",
            says="Referred after the session of 14 June: examine again",
            action=Action.OPEN,
        ),
        {"referred": True},
    ),
    (
        Need(rank=4, tone="caution", says="Assessment is not signed", action=Action.SIGN),
        {"draft": True},
    ),
    (
        Need(rank=5, tone="neutral", says="Not examined yet", action=Action.EXAMINE),
        {"signed": False},
    ),
    (
        Need(rank=6, tone="neutral", says="No programme yet", action=Action.PLAN),
        {"programme": False},
    ),
    (
        Need(
            rank=7,
            tone="caution",
            says="The plan no longer fits the tendon",
            action=Action.PLAN,
        ),
        {"needs_new_version": True},
    ),
    (
        Need(rank=8, tone="neutral", says="The patient needs a new paper", action=Action.PRINT),
        {"paper_is_current": False},
    ),
    (
        Need(rank=9, tone="caution", says="No session for 3 weeks", action=Action.LOG),
        {"last_session_on": TODAY - timedelta(days=21)},
    ),
    (
        Need(
            rank=10,
            tone="ok",
            says="Session of 15 June logged; the morning after comes next",
            action=Action.MORNING,
        ),
        {"last_session_on": TODAY, "decided": False, "morning_recorded": False},
    ),
    (Need(rank=11, tone="ok", says="On track", action=Action.LOG), {}),
]
NAMES = [found.says for found, _ in NEEDS]


def wanted(**changes: Any) -> Need:
    return need(Facts(**FINE | changes))


@pytest.mark.parametrize(("expected", "changes"), NEEDS, ids=NAMES)
def test_each_need_alone(expected, changes):
    assert wanted(**changes) == expected


def test_the_needs_are_ranked_in_order():
    assert [found.rank for found, _ in NEEDS] == list(range(12))


# A session of today waits for no morning yet; a morning can't be both missing and told; whoever
# trained today has not been silent.
APART = {(1, 2), (1, 10), (2, 10), (9, 10)}
PAIRS = [
    pytest.param(first, second, id=f"{first[0].rank} before {second[0].rank}")
    for first, second in combinations(NEEDS, 2)
    if (first[0].rank, second[0].rank) not in APART
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_needs_the_first_is_told(first, second):
    found = wanted(**second[1] | first[1])
    assert (found.rank, found.action) == (first[0].rank, first[0].action)


def test_all_at_once_is_the_lock():
    changes: dict[str, Any] = {}
    for _, each in reversed(NEEDS):
        changes |= each
    assert wanted(**changes).rank == 0


def test_a_new_episode_is_to_be_examined():
    assert need(Facts(today=TODAY)).action is Action.EXAMINE


@pytest.mark.parametrize(
    ("last", "morning", "rank"),
    [
        pytest.param(TODAY, False, 10, id="today, no morning yet"),
        pytest.param(TODAY, True, 2, id="today, morning told"),
        pytest.param(YESTERDAY, False, 1, id="yesterday, no morning"),
        pytest.param(YESTERDAY, True, 2, id="yesterday, morning told"),
        pytest.param(None, False, 11, id="no session"),
        pytest.param(None, True, 11, id="no session, nothing to tell a morning of"),
    ],
)
def test_a_session_waits_for_its_morning_and_then_for_a_decision(last, morning, rank):
    found = wanted(
        last_session_on=last, morning_recorded=morning, decided=False, started_on=YESTERDAY
    )
    assert found.rank == rank


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
    dates = {"last_session_on": None, "started_on": None, since: TODAY - timedelta(days=days)}
    assert wanted(**dates).says == says


def test_silence_counts_from_the_last_session_where_there_is_one():
    long_ago = TODAY - timedelta(days=200)
    assert wanted(last_session_on=TODAY - timedelta(days=20), started_on=long_ago).rank == 11
    assert wanted(last_session_on=None, started_on=None).rank == 11


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
    facts = Facts(**FINE | {"last_session_on": TODAY - timedelta(days=days)})
    assert need(facts, defaults=ProgrammeDefaults(no_contact_days=setting)).says == says


def test_the_shortest_silence_is_a_week():
    assert DEFAULTS.no_contact_days == 21
    with pytest.raises(ValueError, match="no_contact_days: must be from 7 to 365"):
        ProgrammeDefaults(no_contact_days=6)


@pytest.mark.parametrize("module", [assessment_version, programme_version])
def test_rules_have_a_version(module):
    assert re.fullmatch(r"20\d\d\.\d{1,2}\.\d+", module.RULES_VERSION)
