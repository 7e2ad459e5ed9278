"""The decision table: each threshold from both sides, the order of the rules, what is missing."""

import json
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.sources import SOURCES
from assessments.rules.terms import Stage
from programmes.rules.decision import (
    Context,
    Proposal,
    SessionFacts,
    decide,
    facts_from_json,
    facts_to_json,
    missing_inputs,
    n_ok_after,
    required_ok,
)
from programmes.rules.defaults import ProgrammeDefaults
from programmes.rules.terms import Outcome, Protocol

CASES = json.loads((Path(__file__).parents[1] / "clinical-cases.json").read_text())
VECTORS = CASES["vectors"]

# A session that goes up a step, with every value at its limit.
BASE: dict[str, Any] = {
    "pain_before": 2,
    "pain_during": 5,
    "pain_after": 5,
    "pain_24h": 2,
    "stiff_base": 10,
    "stiff_next": 20,
    "completed_pct": 90,
}
CONTEXT: dict[str, Any] = {"stage": Stage.ISOTONIC, "step": 2, "n_ok_before": 1}


def proposal(**changes: Any) -> Proposal:
    locked = changes.pop("locked", False)
    facts = {**BASE, **{key: value for key, value in changes.items() if key in FACTS}}
    context = {**CONTEXT, **{key: value for key, value in changes.items() if key not in FACTS}}
    return decide(SessionFacts(**facts), Context(**context), locked=locked)


FACTS = {*BASE, "new_warm_or_swollen", "recovery_ok"}


def says(given_proposal: Proposal) -> tuple[str, str]:
    return given_proposal.outcome.value, given_proposal.rule


def test_the_base_of_the_vectors_is_ours():
    given_base = VECTORS["decision_isotonic_base"]
    assert given_base["session"] == BASE
    assert says(proposal()) == tuple(given_base["gives"]) == ("PROGRESS", "D8")


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    VECTORS["decision_one_change_from_base"],
    ids=lambda part: str(part),
)
def test_one_change_from_the_base(field, value, expected):
    number = Decimal(str(value)) if isinstance(value, float) else value
    assert says(proposal(**{field.removeprefix("ctx."): number})) == tuple(expected)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"pain_during": Decimal("5.01")}, ("REGRESS", "D3"), id="during above 5"),
        pytest.param({"pain_after": Decimal("5.01")}, ("REGRESS", "D3"), id="after above 5"),
        pytest.param(
            {"pain_before": 5, "pain_24h": 5}, ("PROGRESS", "D8"), id="morning 5, as before"
        ),
        pytest.param(
            {"pain_before": 5, "pain_24h": Decimal("5.1")},
            ("REGRESS", "D4"),
            id="morning above 5",
        ),
        pytest.param(
            {"pain_before": None, "pain_24h": 6}, ("REGRESS", "D4"), id="morning 6, before unknown"
        ),
        pytest.param({"pain_24h": Decimal("3.99")}, ("HOLD", "D6a"), id="rise just below 2"),
        pytest.param({"pain_24h": Decimal("2.01")}, ("HOLD", "D6a"), id="rise just above 0"),
        pytest.param({"pain_24h": 4}, ("REGRESS", "D4"), id="rise of 2"),
        pytest.param({"pain_24h": 1}, ("PROGRESS", "D8"), id="less pain than before"),
        pytest.param({"stiff_next": 20}, ("PROGRESS", "D8"), id="stiffness +10"),
        pytest.param({"stiff_next": Decimal("20.5")}, ("HOLD", "D6b"), id="stiffness +10.5"),
        pytest.param({"stiff_next": 40}, ("HOLD", "D6b"), id="stiffness +30"),
        pytest.param({"stiff_next": Decimal("40.5")}, ("REGRESS", "D4"), id="stiffness +30.5"),
        pytest.param({"stiff_next": 0}, ("PROGRESS", "D8"), id="less stiff than before"),
        pytest.param({"week_trend_rising": 0}, ("PROGRESS", "D8"), id="no rising week"),
        pytest.param({"week_trend_rising": 1}, ("HOLD", "D6c"), id="1 rising week"),
        pytest.param({"week_trend_rising": 2}, ("REGRESS", "D5"), id="2 rising weeks"),
        pytest.param({"week_trend_rising": 3}, ("REGRESS", "D5"), id="3 rising weeks"),
        pytest.param({"completed_pct": Decimal("89.9")}, ("HOLD", "D6d"), id="89.9 % done"),
        pytest.param({"completed_pct": 100}, ("PROGRESS", "D8"), id="100 % done"),
        pytest.param({"recovery_ok": False}, ("HOLD", "D6e"), id="rest not kept"),
        pytest.param({"new_warm_or_swollen": True}, ("REGRESS", "D2"), id="newly warm"),
        pytest.param(
            {"pain_during": 6, "regress_in_14d": 1}, ("REGRESS", "D3"), id="second step back"
        ),
        pytest.param(
            {"pain_during": 6, "regress_in_14d": 2}, ("REFER", "D9"), id="third step back, D3"
        ),
        pytest.param(
            {"pain_24h": 4, "regress_in_14d": 2}, ("REFER", "D9"), id="third step back, D4"
        ),
        pytest.param(
            {"week_trend_rising": 2, "regress_in_14d": 2},
            ("REFER", "D9"),
            id="third step back, D5",
        ),
        pytest.param({"regress_in_14d": 5}, ("PROGRESS", "D8"), id="earlier steps back alone"),
        pytest.param(
            {"pain_during": 6, "stage": Stage.ISOMETRIC, "step": 1},
            ("REFER", "D9"),
            id="lowest step",
        ),
        pytest.param(
            {"pain_during": 6, "stage": Stage.ISOMETRIC, "step": 2},
            ("REGRESS", "D3"),
            id="second isometric step",
        ),
        pytest.param(
            {"pain_during": 6, "step": 1}, ("REGRESS", "D3"), id="first step of a later stage"
        ),
        pytest.param(
            {"new_warm_or_swollen": True, "regress_in_14d": 2, "pain_during": 6},
            ("REGRESS", "D2"),
            id="newly warm comes before the third step back",
        ),
    ],
)
def test_each_threshold_from_both_sides(changes, expected):
    assert says(proposal(**changes)) == expected


@pytest.mark.parametrize(
    "stage", [Stage.PLYOMETRIC, Stage.RUN_WALK, Stage.FULL_RETURN], ids=lambda stage: stage.value
)
def test_jumping_and_running_hold_above_pain_2(stage):
    above = {"stage": stage, "pain_during": Decimal("2.1"), "n_ok_before": 2}
    assert says(proposal(**above)) == ("HOLD", "D7")
    assert says(proposal(**above | {"pain_during": 2})) == ("PROGRESS", "D8")


@pytest.mark.parametrize("stage", [Stage.ISOMETRIC, Stage.ISOTONIC], ids=lambda stage: stage.value)
def test_slow_loading_goes_on_with_pain_5(stage):
    assert says(proposal(stage=stage, n_ok_before=2)) == ("PROGRESS", "D8")


@pytest.mark.parametrize(
    ("stage", "needed"),
    [
        (Stage.ISOMETRIC, 3),
        (Stage.ISOTONIC, 2),
        (Stage.PLYOMETRIC, 2),
        (Stage.RUN_WALK, 3),
        (Stage.FULL_RETURN, 2),
    ],
)
def test_count_of_good_sessions(stage, needed):
    calm = {"stage": stage, "pain_during": 1}
    assert required_ok(stage) == needed
    assert says(proposal(**calm, n_ok_before=needed - 2)) == ("HOLD", "D8-count")
    assert says(proposal(**calm, n_ok_before=needed - 1)) == ("PROGRESS", "D8")


@pytest.mark.parametrize(
    ("done", "expected"),
    [(5, ("HOLD", "D8-count")), (6, ("PROGRESS", "D8")), (7, ("PROGRESS", "D8"))],
)
def test_least_sessions_of_a_step(done, expected):
    found = proposal(protocol=Protocol.HSR, n_ok_before=3, min_sessions=6, sessions_at_step=done)
    assert says(found) == expected
    assert "UTD" in found.sources


def test_least_sessions_of_another_protocol_cite_no_hsr_source():
    found = proposal(protocol=Protocol.INS, min_sessions=6, sessions_at_step=6)
    assert found.sources == ("own",)


def test_both_counts_short_are_both_told():
    found = proposal(n_ok_before=0, min_sessions=6, sessions_at_step=1)
    assert "1 more good session" in found.because
    assert "5 more sessions on this step" in found.because


def test_least_sessions_without_a_count_are_pending():
    found = proposal(min_sessions=6)
    assert says(found) == ("PENDING", "D0")
    assert found.missing == ("sessions_at_step",)


# In the order of the table. Each change makes one rule match and none before it.
ORDER: list[tuple[str, dict[str, Any]]] = [
    ("D2", {"new_warm_or_swollen": True}),
    ("D9", {"pain_during": 6, "regress_in_14d": 2}),
    ("D3", {"pain_during": 6}),
    ("D4", {"stiff_next": 60}),
    ("D5", {"week_trend_rising": 2}),
    ("D0", {"pain_24h": None}),
    ("D6a", {"pain_24h": 3}),
    ("D6b", {"stiff_next": 25}),
    ("D6c", {"week_trend_rising": 1}),
    ("D6d", {"completed_pct": 50}),
    ("D6e", {"recovery_ok": False}),
    ("D7", {"stage": Stage.PLYOMETRIC, "pain_during": 3}),
    ("D8-count", {"n_ok_before": 0}),
]


def test_every_rule_is_in_the_order():
    assert [rule for rule, change in ORDER if says(proposal(**change))[1] != rule] == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(first, second, id=f"{first[0]} before {second[0]}")
        for first, second in combinations(ORDER, 2)
        if not set(first[1]) & set(second[1])
    ],
)
def test_first_match_wins(first, second):
    assert says(proposal(**first[1] | second[1]))[1] == first[0]


@pytest.mark.parametrize("rule", [rule for rule, _ in ORDER])
def test_a_lock_comes_first(rule):
    assert says(proposal(locked=True, **dict(ORDER)[rule])) == ("REFER", "D1")


def test_lock_without_a_session():
    found = decide(None, Context(stage=None), locked=True)
    assert says(found) == ("REFER", "D1")


def test_no_session_and_no_lock():
    found = decide(None, Context(stage=None), locked=False)
    assert says(found) == ("PENDING", "D0")
    assert found.missing == ("session",)


@pytest.mark.parametrize(
    "field",
    [
        "pain_before",
        "pain_during",
        "pain_after",
        "pain_24h",
        "stiff_base",
        "stiff_next",
        "completed_pct",
        "stage",
    ],
)
def test_missing_is_never_zero(field):
    found = proposal(**{field: None})
    assert says(found) == ("PENDING", "D0")
    assert found.missing == (field,)


def test_nothing_recorded_names_everything():
    found = decide(SessionFacts(), Context(stage=None), locked=False)
    assert says(found) == ("PENDING", "D0")
    assert found.missing == (
        "pain_before",
        "pain_during",
        "pain_after",
        "pain_24h",
        "stiff_base",
        "stiff_next",
        "completed_pct",
        "stage",
    )


# What is judged before a missing morning, and what waits for it. Nothing here is the morning's own.
BEFORE_THE_MORNING: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    ("D1", {"locked": True}, ("REFER", "D1")),
    ("D2", {"new_warm_or_swollen": True}, ("REGRESS", "D2")),
    ("D9 by D3", {"pain_during": 6, "regress_in_14d": 2}, ("REFER", "D9")),
    ("D9 by D5", {"week_trend_rising": 2, "regress_in_14d": 2}, ("REFER", "D9")),
    (
        "D9 on the lowest step",
        {"pain_after": 6, "stage": Stage.ISOMETRIC, "step": 1},
        ("REFER", "D9"),
    ),
    ("D3 during", {"pain_during": 6}, ("REGRESS", "D3")),
    ("D3 after", {"pain_after": 6}, ("REGRESS", "D3")),
    ("D5", {"week_trend_rising": 2}, ("REGRESS", "D5")),
]
AFTER_THE_MORNING: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    ("D6c", {"week_trend_rising": 1}, ("HOLD", "D6c")),
    ("D6d", {"completed_pct": 89}, ("HOLD", "D6d")),
    ("D6e", {"recovery_ok": False}, ("HOLD", "D6e")),
    *(
        (f"D7 {stage.value}", {"stage": stage, "pain_during": 3}, ("HOLD", "D7"))
        for stage in (Stage.PLYOMETRIC, Stage.RUN_WALK, Stage.FULL_RETURN)
    ),
    ("D8-count", {"n_ok_before": 0}, ("HOLD", "D8-count")),
    (
        "D8-count of a step",
        {"min_sessions": 6, "sessions_at_step": 5},
        ("HOLD", "D8-count"),
    ),
    ("D8", {}, ("PROGRESS", "D8")),
    ("all that hold", {"week_trend_rising": 1, "completed_pct": 9}, ("HOLD", "D6c")),
]
NO_MORNING: list[dict[str, Any]] = [
    {"pain_24h": None},
    {"stiff_next": None},
    {"pain_24h": None, "stiff_next": None},
]


@pytest.mark.parametrize("untold", NO_MORNING, ids=lambda untold: " and ".join(untold))
@pytest.mark.parametrize(
    ("changes", "expected"),
    [pytest.param(changes, expected, id=name) for name, changes, expected in BEFORE_THE_MORNING],
)
def test_what_comes_before_the_morning_does_not_wait_for_it(untold, changes, expected):
    assert says(proposal(**changes)) == expected
    found = proposal(**changes, **untold)
    assert says(found) == expected
    assert set(found.missing) == set(untold)


@pytest.mark.parametrize("untold", NO_MORNING, ids=lambda untold: " and ".join(untold))
@pytest.mark.parametrize(
    ("changes", "expected"),
    [pytest.param(changes, expected, id=name) for name, changes, expected in AFTER_THE_MORNING],
)
def test_what_comes_after_the_morning_waits_for_it(untold, changes, expected):
    assert says(proposal(**changes)) == expected
    found = proposal(**changes, **untold)
    assert says(found) == ("PENDING", "D0")
    assert set(found.missing) == set(untold)


@pytest.mark.parametrize(
    ("changes", "told", "expected"),
    [
        pytest.param({"stiff_next": None}, {"pain_24h": 4}, ("REGRESS", "D4"), id="rise of 2"),
        pytest.param(
            {"stiff_next": None}, {"pain_24h": Decimal("3.9")}, ("PENDING", "D0"), id="rise of 1.9"
        ),
        pytest.param({"pain_24h": None}, {"stiff_next": 41}, ("REGRESS", "D4"), id="stiff +31"),
        pytest.param({"pain_24h": None}, {"stiff_next": 40}, ("PENDING", "D0"), id="stiff +30"),
        pytest.param(
            {"pain_24h": None}, {"stiff_next": 21}, ("PENDING", "D0"), id="D6b waits for the pain"
        ),
        pytest.param(
            {"stiff_next": None},
            {"pain_24h": 3},
            ("PENDING", "D0"),
            id="D6a waits for the stiffness",
        ),
        pytest.param(
            {"stiff_next": None},
            {"pain_24h": 4, "regress_in_14d": 2},
            ("REFER", "D9"),
            id="D9 by half a morning",
        ),
    ],
)
def test_half_a_morning_can_step_back_but_never_hold(changes, told, expected):
    found = proposal(**changes, **told)
    assert says(found) == expected
    assert found.missing == tuple(changes)


def test_a_missing_morning_is_told_apart_from_other_gaps():
    assert "next morning is not recorded" in proposal(pain_24h=None).because
    assert "next morning is not recorded" not in proposal(pain_after=None).because


def test_a_morning_without_stiffness_needs_no_stiffness_before():
    assert missing_inputs(SessionFacts(**BASE | {"stiff_base": None}), Context(**CONTEXT)) == (
        "stiff_base",
    )
    assert says(proposal(stiff_base=None, stiff_next=0)) == ("PROGRESS", "D8")
    assert says(proposal(stiff_base=None, stiff_next=Decimal("0.0"))) == ("PROGRESS", "D8")
    assert says(proposal(stiff_base=None, stiff_next=1)) == ("PENDING", "D0")
    assert says(proposal(stiff_base=None, stiff_next=Decimal("0.5"))) == ("PENDING", "D0")
    # The other way round nothing is known of the morning after.
    assert proposal(stiff_base=0, stiff_next=None).missing == ("stiff_next",)


def test_a_painless_morning_needs_no_pain_before():
    assert says(proposal(pain_before=None, pain_24h=0)) == ("PROGRESS", "D8")
    assert says(proposal(pain_before=None, pain_24h=1)) == ("PENDING", "D0")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"pain_during": 6}, ("REGRESS", "D3"), id="D3"),
        pytest.param({"stiff_next": 60}, ("REGRESS", "D4"), id="D4 by stiffness"),
        pytest.param({"week_trend_rising": 2}, ("REGRESS", "D5"), id="D5"),
        pytest.param({"completed_pct": 50}, ("PENDING", "D0"), id="a hold waits for the morning"),
    ],
)
def test_what_is_known_can_step_back_before_the_morning(changes, expected):
    found = proposal(pain_24h=None, **changes)
    assert says(found) == expected
    assert found.missing == ("pain_24h",)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        pytest.param({"pain_during": None, "completed_pct": 50}, "D6d", id="hold by share"),
        pytest.param({"completed_pct": None, "pain_24h": 3}, "D6a", id="hold by pain"),
        pytest.param(
            {"stiff_base": None, "stage": Stage.RUN_WALK, "pain_during": 3}, "D7", id="hold by D7"
        ),
    ],
)
def test_a_hold_is_known_without_the_rest(changes, rule):
    found = proposal(**changes)
    assert says(found) == ("HOLD", rule)
    assert len(found.missing) == 1


@pytest.mark.parametrize(
    ("outcome", "rule", "expected"),
    [
        (Outcome.PROGRESS, "D8", 0),
        (Outcome.REGRESS, "D2", 0),
        (Outcome.REGRESS, "D4", 0),
        (Outcome.REFER, "D9", 0),
        (Outcome.HOLD, "D6a", 0),
        (Outcome.HOLD, "D7", 0),
        (Outcome.HOLD, "D8-count", 2),
        # A good session that the clinician or a stage exit holds back is still a good session.
        (Outcome.HOLD, "D8", 2),
        (Outcome.HOLD, "D8-E2", 2),
        (Outcome.PENDING, "D0", 1),
    ],
)
def test_count_after_the_decision(outcome, rule, expected):
    assert n_ok_after(outcome, rule, 1) == expected


@pytest.mark.parametrize("rule", ["D8", "D8-count", "D8-cap", "D8-end", "D8-E1", "D8-E4"])
@pytest.mark.parametrize("before", [0, 1, 7])
def test_every_hold_of_a_good_session_counts_on(rule, before):
    assert n_ok_after(Outcome.HOLD, rule, before) == before + 1
    # Whatever else the clinician decides on it, the count starts again.
    assert {
        n_ok_after(outcome, rule, before)
        for outcome in (Outcome.PROGRESS, Outcome.REGRESS, Outcome.REFER)
    } == {0}
    assert n_ok_after(Outcome.PENDING, rule, before) == before


@pytest.mark.parametrize(
    "rule", ["D0", "D1", "D2", "D3", "D4", "D5", "D6a", "D6b", "D6c", "D6d", "D6e", "D7", "D9", ""]
)
def test_every_other_hold_starts_again(rule):
    assert n_ok_after(Outcome.HOLD, rule, 3) == 0


def test_settings_move_the_thresholds():
    strict = ProgrammeDefaults(pain_ceiling=4, next_day_rise_regress=1, completed_percent=100)
    assert says(
        decide(SessionFacts(**BASE), Context(**CONTEXT), locked=False, defaults=strict)
    ) == ("REGRESS", "D3")
    mild = {**BASE, "pain_during": 4, "pain_after": 4}
    assert says(
        decide(
            SessionFacts(**mild | {"pain_24h": 3}),
            Context(**CONTEXT),
            locked=False,
            defaults=strict,
        )
    ) == ("REGRESS", "D4")
    assert says(
        decide(SessionFacts(**mild), Context(**CONTEXT), locked=False, defaults=strict)
    ) == ("HOLD", "D6d")


@pytest.mark.parametrize(("rule", "change"), ORDER, ids=[rule for rule, _ in ORDER])
def test_every_proposal_says_why(rule, change):
    found = proposal(**change)
    assert found.because.endswith(".")
    assert found.sources
    assert set(found.sources) <= set(SOURCES)
    assert rule == "D0" or found.numbers


def test_numbers_show_what_was_read():
    found = proposal(pain_24h=Decimal("3.50"))
    assert ("Pain next morning", "3.5") in found.numbers
    assert ("Stiffness next morning", "20 min") in found.numbers


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"pain_during": 11}, "pain_during"),
        ({"pain_24h": -1}, "pain_24h"),
        ({"pain_after": Decimal("NaN")}, "pain_after"),
        ({"pain_before": True}, "pain_before"),
        ({"stiff_base": 1441}, "stiff_base"),
        ({"completed_pct": 101}, "completed_pct"),
        ({"recovery_ok": None}, "recovery_ok"),
    ],
)
def test_facts_out_of_range_are_refused(wrong, field):
    with pytest.raises(ValueError, match=field):
        SessionFacts(**wrong)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"step": 0}, "step"),
        ({"n_ok_before": -1}, "n_ok_before"),
        ({"week_trend_rising": None}, "week_trend_rising"),
        ({"regress_in_14d": Decimal("1")}, "regress_in_14d"),
        ({"sessions_at_step": -1}, "sessions_at_step"),
    ],
)
def test_context_out_of_range_is_refused(wrong, field):
    with pytest.raises(ValueError, match=field):
        Context(stage=None, **wrong)


pains = st.none() | st.integers(0, 10) | st.decimals(0, 10, places=2)
minutes = st.none() | st.integers(0, 1440) | st.decimals(0, 1440, places=1)
sessions = st.builds(
    SessionFacts,
    pain_before=pains,
    pain_during=pains,
    pain_after=pains,
    pain_24h=pains,
    stiff_base=minutes,
    stiff_next=minutes,
    completed_pct=st.none() | st.integers(0, 100) | st.decimals(0, 100, places=1),
    new_warm_or_swollen=st.booleans(),
    recovery_ok=st.booleans(),
)
counts = st.integers(0, 5)
contexts = st.builds(
    Context,
    stage=st.none() | st.sampled_from(Stage),
    step=st.none() | st.integers(1, 13),
    protocol=st.none() | st.sampled_from(Protocol),
    n_ok_before=counts,
    week_trend_rising=counts,
    regress_in_14d=counts,
    sessions_at_step=st.none() | counts,
    min_sessions=st.none() | counts,
)


@given(st.none() | sessions, contexts, st.booleans())
def test_no_input_raises_and_every_decision_replays(facts, context, locked):
    found = decide(facts, context, locked=locked)
    assert isinstance(found.outcome, Outcome)
    stored = json.loads(json.dumps(facts_to_json(facts, context, locked=locked)))
    again = facts_from_json(stored)
    assert again == (facts, context, locked)
    assert decide(again[0], again[1], locked=again[2]) == found


@given(sessions, contexts)
def test_nobody_goes_up_with_something_missing_or_too_painful(facts, context):
    if decide(facts, context, locked=False).outcome is Outcome.PROGRESS:
        assert missing_inputs(facts, context) == ()
        assert max(facts.pain_during, facts.pain_after, facts.pain_24h) <= 5
        assert facts.pain_24h == 0 or facts.pain_24h <= facts.pain_before
        assert facts.recovery_ok
        assert not facts.new_warm_or_swollen


@given(sessions, contexts)
def test_an_untold_morning_never_holds(facts, context):
    if facts.pain_24h is None or facts.stiff_next is None:
        found = decide(facts, context, locked=False)
        assert found.rule in {"D2", "D9", "D3", "D4", "D5", "D0"}
        assert (found.outcome is Outcome.PENDING) is (found.rule == "D0")


def test_stored_decimals_keep_their_digits():
    stored: Any = facts_to_json(
        SessionFacts(pain_before=Decimal("2.50")), Context(stage=None), locked=False
    )
    assert stored["facts"]["pain_before"] == "2.50"
    facts, _, _ = facts_from_json(stored)
    assert facts is not None
    assert str(facts.pain_before) == "2.50"


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ({}, "stored"),
        ({"facts": None, "context": {"stage": None}, "locked": 1}, "stored"),
        ({"facts": 3, "context": {"stage": None}, "locked": False}, "facts"),
        ({"facts": {"pain": 3}, "context": {"stage": None}, "locked": False}, "pain"),
        (
            {"facts": {"pain_after": "three"}, "context": {"stage": None}, "locked": False},
            "pain_after",
        ),
        ({"facts": None, "context": {"stage": "sprint"}, "locked": False}, "sprint"),
        ({"facts": None, "context": {"phase": "x"}, "locked": False}, "phase"),
    ],
)
def test_what_no_decision_stored_is_refused(stored, message):
    with pytest.raises(ValueError, match=message):
        facts_from_json(stored)
