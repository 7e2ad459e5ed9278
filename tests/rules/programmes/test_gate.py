"""The gate before a step up: what holds first, and that a stored decision is reached again."""

import json
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.sources import SOURCES
from assessments.rules.terms import Stage
from programmes.rules import gate as gate_rules
from programmes.rules.decision import (
    Context,
    Proposal,
    SessionFacts,
    decide,
    facts_to_json,
    n_ok_after,
)
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.exits import Measurements, exit_check
from programmes.rules.gate import (
    OPEN,
    Gate,
    at_gate,
    criteria_of,
    gate_from_json,
    gate_to_json,
    replay,
)
from programmes.rules.terms import Outcome, Protocol

UP = Proposal(
    outcome=Outcome.PROGRESS,
    rule="D8",
    because="It went well.",
    numbers=(("Good sessions in a row", "2"),),
    sources=("own", "BLAKE"),
)
CAP: dict[str, Any] = {"cap": "Cortisone was recent."}
LACKING: dict[str, Any] = {"exits_needed": ("E2",), "lacking": ("25 raises", "hop pain below 5")}
END: dict[str, Any] = {"end_of_plan": True}


@pytest.mark.parametrize(("cap", "lacking", "end"), list(product([False, True], repeat=3)))
def test_cap_before_exit_before_end_before_open(cap, lacking, end):
    parts: dict[str, Any] = {}
    for given_, part in ((cap, CAP), (lacking, LACKING), (end, END)):
        parts |= part if given_ else {}
    held = at_gate(UP, Gate(**parts))
    rule = "D8-cap" if cap else "D8-E2" if lacking else "D8-end" if end else "D8"
    assert held.rule == rule
    assert held.outcome is (Outcome.PROGRESS if rule == "D8" else Outcome.HOLD)
    assert (held == UP) is (rule == "D8")


@pytest.mark.parametrize(
    ("parts", "because", "sources"),
    [
        pytest.param(
            CAP,
            "Cortisone was recent.",
            ("own", "BLAKE"),
            id="cap",
        ),
        pytest.param(
            LACKING,
            "The sessions go well. Before the next stage: 25 raises; hop pain below 5.",
            ("own", "BLAKE", "PMC8364697-T2"),
            id="exit",
        ),
        pytest.param(
            END,
            "The sessions go well, and this is the plan's last step: examine again.",
            ("own", "BLAKE"),
            id="end",
        ),
    ],
)
def test_what_a_held_proposal_says(parts, because, sources):
    held = at_gate(UP, Gate(**parts))
    assert held.because == because
    assert held.sources == sources
    assert set(held.sources) <= set(SOURCES)
    assert (held.numbers, held.missing) == (UP.numbers, UP.missing)


@pytest.mark.parametrize(
    ("names", "last"),
    [
        pytest.param(names, names[-1], id="-".join(names))
        for names in (("E1",), ("E2",), ("E3",), ("E4",), ("E2", "E3"), ("E1", "E2", "E3"))
    ],
)
def test_the_rule_names_the_last_exit(names, last):
    held = at_gate(UP, Gate(exits_needed=names, lacking=("anything",)))
    assert held.rule == f"D8-{last}"
    # Held by an exit, the session still counts as a good one.
    assert n_ok_after(held.outcome, held.rule, 2) == 3


def test_an_exit_with_nothing_lacking_is_open():
    assert at_gate(UP, Gate(exits_needed=("E2",))) == UP
    assert at_gate(UP, OPEN) == UP


@pytest.mark.parametrize("outcome", [each for each in Outcome if each is not Outcome.PROGRESS])
@pytest.mark.parametrize("parts", [CAP, LACKING, END, {}], ids=["cap", "exit", "end", "open"])
def test_only_a_step_up_meets_the_gate(outcome, parts):
    other = replace(UP, outcome=outcome, rule="D4")
    assert at_gate(other, Gate(**parts)) is other


gates = st.builds(
    Gate,
    exits_needed=st.sampled_from([(), ("E1",), ("E2", "E3"), ("E3",), ("E4",)]),
    lacking=st.lists(st.text(max_size=9), max_size=3).map(tuple),
    cap=st.sampled_from(["", "Cortisone was recent."]),
    end_of_plan=st.booleans(),
)


@given(gates)
def test_a_gate_survives_json(gate):
    assert gate_from_json(json.loads(json.dumps(gate_to_json(gate)))) == gate


def test_what_a_stored_gate_left_out_is_open():
    assert gate_from_json({}) == OPEN == Gate()
    assert gate_from_json({"end_of_plan": 1}) == OPEN


def test_a_gate_names_its_last_exit_where_older_readers_look():
    assert gate_to_json(Gate(exits_needed=("E2", "E3")))["exit_needed"] == "E3"
    assert gate_to_json(OPEN)["exit_needed"] == ""


def test_a_gate_stored_with_one_exit_is_read():
    old = {"exit_needed": "E2", "lacking": ["hop pain"], "cap": "", "end_of_plan": False}
    assert gate_from_json(old) == Gate(exits_needed=("E2",), lacking=("hop pain",))
    inside = {"exit_needed": "", "lacking": [], "cap": "", "end_of_plan": False}
    assert gate_from_json(inside) == OPEN


def test_what_two_exits_ask_is_asked_once():
    asked = [each.key for each in criteria_of(("E2", "E3"), Measurements(reactive=True))]
    assert len(asked) == len(set(asked))
    for name in ("E2", "E3"):
        assert {each.key for each in exit_check(name, Measurements(reactive=True))} <= set(asked)


def test_of_two_answers_to_one_criterion_the_stricter_is_kept(monkeypatch):
    met = {each.key: each for each in exit_check("E2", Measurements(reactive=False))}
    failed = {each.key: each for each in exit_check("E2", Measurements(reactive=True))}
    answers = {
        "E2": (met["not_reactive"],),
        "E3": (failed["not_reactive"],),
    }
    monkeypatch.setattr(gate_rules, "exit_check", lambda name, _, **by: answers[name])
    for names in (("E2", "E3"), ("E3", "E2")):
        assert criteria_of(names, Measurements()) == (failed["not_reactive"],)


@pytest.mark.parametrize("lacking", ["25 raises", None, {}, 3], ids=repr)
def test_what_no_gate_stored_is_refused(lacking):
    with pytest.raises(ValueError, match="lacking: must be a list"):
        gate_from_json({"lacking": lacking})


# Half of the values go up a step, so that the gate matters.
good = {
    "pain_before": st.just(2),
    "pain_during": st.sampled_from([0, 2, Decimal("1.50")]),
    "pain_after": st.just(2),
    "pain_24h": st.sampled_from([0, 2, Decimal("1.5")]),
    "stiff_base": st.just(10),
    "stiff_next": st.sampled_from([0, 10, Decimal("20.0")]),
    "completed_pct": st.sampled_from([90, 100]),
}
pains = st.none() | st.integers(0, 10) | st.decimals(0, 10, places=2)
minutes = st.none() | st.integers(0, 90) | st.decimals(0, 90, places=1)
sessions = st.builds(SessionFacts, **good) | st.builds(
    SessionFacts,
    pain_before=pains,
    pain_during=pains,
    pain_after=pains,
    pain_24h=pains,
    stiff_base=minutes,
    stiff_next=minutes,
    completed_pct=st.none() | st.integers(0, 100),
    new_warm_or_swollen=st.booleans(),
    recovery_ok=st.booleans(),
)
contexts = st.builds(
    Context,
    stage=st.none() | st.sampled_from(Stage),
    step=st.none() | st.integers(1, 13),
    protocol=st.none() | st.sampled_from(Protocol),
    n_ok_before=st.integers(0, 5),
    week_trend_rising=st.sampled_from([0, 0, 0, 1, 2]),
    regress_in_14d=st.integers(0, 3),
    sessions_at_step=st.none() | st.integers(0, 9),
    min_sessions=st.none() | st.integers(0, 9),
)
settings = st.builds(
    ProgrammeDefaults,
    pain_ceiling=st.integers(1, 10),
    ok_isotonic=st.integers(1, 5),
    completed_percent=st.integers(1, 100),
    regress_limit=st.integers(1, 4),
)


@given(st.none() | sessions, contexts, st.booleans(), gates, settings)
def test_every_stored_decision_is_reached_again(facts, context, locked, gate, defaults):
    made = at_gate(decide(facts, context, locked=locked, defaults=defaults), gate)
    inputs = {**facts_to_json(facts, context, locked=locked), "gate": gate_to_json(gate)}
    stored = json.loads(json.dumps([inputs, defaults.as_dict()]))
    assert replay(*stored) == made


FACTS = SessionFacts(
    pain_before=2,
    pain_during=2,
    pain_after=2,
    pain_24h=2,
    stiff_base=10,
    stiff_next=10,
    completed_pct=100,
)
CONTEXT = Context(stage=Stage.ISOTONIC, step=2, n_ok_before=1)


@pytest.mark.parametrize(
    ("gate", "rule"),
    [
        pytest.param({"gate": gate_to_json(Gate(**CAP))}, "D8-cap", id="cap"),
        pytest.param({"gate": gate_to_json(Gate(**LACKING))}, "D8-E2", id="exit"),
        pytest.param({"gate": gate_to_json(Gate(**END))}, "D8-end", id="end"),
        pytest.param({"gate": gate_to_json(OPEN)}, "D8", id="open"),
        pytest.param({"gate": None}, "D8", id="null"),
        pytest.param({}, "D8", id="stored before there were gates"),
    ],
)
def test_a_replay_goes_through_the_stored_gate(gate, rule):
    inputs = {**facts_to_json(FACTS, CONTEXT, locked=False), **gate}
    assert replay(inputs, DEFAULTS.as_dict()).rule == rule


def test_a_replay_uses_the_stored_settings():
    inputs = facts_to_json(FACTS, CONTEXT, locked=False)
    assert replay(inputs, {"pain_ceiling": 1}).rule == "D3"
    assert replay(inputs, {"ok_isotonic": 3}).rule == "D8-count"
    with pytest.raises(ValueError, match="mood"):
        replay(inputs, {"mood": 1})


def test_a_replay_refuses_what_no_decision_stored():
    with pytest.raises(ValueError, match="stored"):
        replay({}, {})
