"""Five thousand invented histories: sessions, decisions, overrides and corrections, all replayed.

Each history is drawn from its own seed, which every failure names: ``history(seed)`` gives it
again.
"""

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from assessments.rules.terms import Stage
from programmes.rules.decision import (
    Context,
    SessionFacts,
    decide,
    facts_from_json,
    facts_to_json,
    missing_inputs,
    n_ok_after,
    required_ok,
)
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.exits import Measurements
from programmes.rules.gate import Gate, at_gate, criteria_of, gate_to_json
from programmes.rules.pain import MorningEntry, rising_weeks
from programmes.rules.position import Position, next_position
from programmes.rules.replay import (
    ALWAYS_STORED,
    Difference,
    Stored,
    differences,
    replayed,
    told_again,
)
from programmes.rules.terms import Outcome, Protocol

HISTORIES = 5_000
BATCHES = 20
MOST_SESSIONS = 6
DAY = date(2025, 3, 3)
FINAL = (Outcome.PROGRESS, Outcome.HOLD, Outcome.REGRESS, Outcome.REFER)
SHAPES = (
    ((Stage.ISOMETRIC, 4), (Stage.ISOTONIC, 5), (Stage.PLYOMETRIC, 5), (Stage.RUN_WALK, 10)),
    ((Stage.ISOTONIC, 2),),
    ((Stage.ISOMETRIC, 1), (Stage.RUN_WALK, 2), (Stage.FULL_RETURN, 3)),
)
# What a clinician told; the day's own rest is worked out from the days.
TOLD = (
    "pain_before",
    "pain_during",
    "pain_after",
    "pain_24h",
    "stiff_base",
    "stiff_next",
    "completed_pct",
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One session of a history with its decision: as it is stored, and from where to where."""

    on: date
    stored: Stored
    facts: SessionFacts
    context: Context
    locked: bool
    before: Position
    after: Position
    shape: tuple[tuple[Stage, int], ...]


def facts_of(draw: Random) -> SessionFacts:
    """A session: most often a good one, each value lost now and then."""
    good = draw.random() < 0.7
    pain, top = draw.randint(0, 3), 2 if good else 10
    values: dict[str, int | None] = {
        "pain_before": pain,
        "pain_during": draw.randint(0, max(top, draw.choice([2, 2, 2, 4]))),
        "pain_after": draw.randint(0, top),
        "pain_24h": draw.randint(0, pain) if good else draw.randint(0, 10),
        "stiff_base": draw.randrange(0, 40, 5),
        "stiff_next": draw.randrange(0, 20, 5) if good else draw.randrange(0, 90, 5),
        "completed_pct": 100 if good else draw.randint(0, 100),
    }
    for name in TOLD:
        if draw.random() < 0.08:
            values[name] = None
    return SessionFacts(
        **values,
        new_warm_or_swollen=draw.random() < 0.03,
        recovery_ok=draw.random() > 0.1,
    )


def settings_of(draw: Random) -> ProgrammeDefaults:
    """The practice's settings: as shipped, or with the lead's own numbers."""
    if draw.random() < 0.7:
        return DEFAULTS
    return replace(
        DEFAULTS,
        pain_ceiling=draw.randint(3, 6),
        ok_isotonic=draw.randint(1, 3),
        completed_percent=draw.randint(70, 100),
        regress_limit=draw.randint(2, 4),
    )


def gate_of(draw: Random, shape: tuple[tuple[Stage, int], ...], here: Position) -> Gate:
    """What the next step asks for, with tests that were done or not."""
    ahead = next_position(shape, here, Outcome.PROGRESS)
    tested = Measurements(
        reactive=draw.choice([None, False, False, True]),
        sl_pain=draw.choice([None, 0, 3, 6]),
        n_ok=draw.randint(0, 4),
        weeks_isotonic=draw.choice([None, 2, 8]),
    )
    lacking = tuple(each.says for each in criteria_of(ahead.exits_needed, tested) if each.failed)
    if draw.random() < 0.5:
        lacking = ()
    return Gate(
        exits_needed=ahead.exits_needed,
        lacking=lacking,
        cap="Isometric only until it has settled." if draw.random() < 0.05 else "",
        end_of_plan=ahead.end_of_plan,
    )


def history(seed: int) -> list[Entry]:
    """The sessions of one invented patient, each decided as proposed or otherwise."""
    draw = Random(seed)
    shape = draw.choice(SHAPES)
    stage, steps = draw.choice(shape)
    here = Position(stage=stage, step=draw.randint(1, steps))
    on, n_ok, settings = DAY, 0, settings_of(draw)
    entries: list[Entry] = []
    mornings: list[MorningEntry] = []
    for _ in range(draw.randint(1, MOST_SESSIONS)):
        on += timedelta(days=draw.randint(0, 4))
        facts, locked = facts_of(draw), draw.random() < 0.05
        mornings.append(
            MorningEntry(
                on=on + timedelta(days=1), pain=facts.pain_24h, stiffness_min=facts.stiff_next
            )
        )
        window = on - timedelta(days=settings.regress_window_days)
        least = draw.choice([None, None, 3])
        context = Context(
            stage=here.stage,
            step=here.step,
            protocol=draw.choice(list(Protocol)),
            n_ok_before=n_ok,
            week_trend_rising=rising_weeks(mornings, on=on + timedelta(days=1)),
            regress_in_14d=sum(
                each.stored.outcome == Outcome.REGRESS for each in entries if each.on > window
            ),
            sessions_at_step=None if least is None else 1 + sum(e.before == here for e in entries),
            min_sessions=least,
        )
        gate = gate_of(draw, shape, here)
        proposal = at_gate(decide(facts, context, locked=locked, defaults=settings), gate)
        outcome = proposal.outcome
        if outcome is Outcome.PENDING or draw.random() < 0.1:
            outcome = draw.choice([each for each in FINAL if not (locked and each == "PROGRESS")])
        after = next_position(shape, here, outcome, rule=proposal.rule).position
        n_ok = n_ok_after(outcome, proposal.rule, n_ok)
        entries.append(
            Entry(
                on=on,
                stored=Stored(
                    proposed=proposal.outcome.value,
                    rule=proposal.rule,
                    because=proposal.because,
                    inputs={
                        **facts_to_json(facts, context, locked=locked),
                        "gate": gate_to_json(gate),
                    },
                    defaults=settings.as_dict(),
                    outcome=outcome.value,
                    n_ok_after=n_ok,
                ),
                facts=facts,
                context=context,
                locked=locked,
                before=here,
                after=after,
                shape=shape,
            )
        )
        if after != here:
            n_ok = 0
        here = after
    return entries


def through_json(stored: Stored) -> Stored:
    """The record as the database gives it back."""
    inputs, defaults = json.loads(json.dumps([stored.inputs, stored.defaults]))
    return replace(stored, inputs=inputs, defaults=defaults)


def place(shape: tuple[tuple[Stage, int], ...], position: Position) -> int:
    """The steps of the plan below this one."""
    stages = [stage for stage, _ in shape]
    below = shape[: stages.index(position.stage)]
    return sum(steps for _, steps in below) + position.step - 1


def check_decision(entry: Entry, said: str) -> None:
    """What must be true of every decision, whatever was recorded."""
    stored, facts, context = entry.stored, entry.facts, entry.context
    assert differences(through_json(stored)) == (), said
    if entry.locked:
        assert (stored.proposed, stored.rule) == (Outcome.REFER, "D1"), said
    if stored.proposed == Outcome.PROGRESS:
        assert not missing_inputs(facts, context), said
        assert context.stage is not None
        needed = required_ok(
            context.stage, defaults=ProgrammeDefaults.from_dict(dict(stored.defaults))
        )
        assert context.n_ok_before + 1 >= needed, said
    if stored.outcome == Outcome.PROGRESS:
        assert stored.n_ok_after == 0, said
    moved = place(entry.shape, entry.after) - place(entry.shape, entry.before)
    expected = {"PROGRESS": {0, 1}, "REGRESS": {0, -1}}.get(stored.outcome, {0})
    if stored.rule == "D2" and stored.outcome == "REGRESS":
        assert entry.after == Position(stage=entry.shape[0][0], step=1), said
    else:
        assert moved in expected, said
    waiting = n_ok_after(Outcome.PENDING, stored.rule, context.n_ok_before)
    assert waiting == context.n_ok_before, said


def check_missing(entry: Entry, said: str) -> None:
    """What nobody recorded is never better than the least that could have been recorded.

    Blanking a value never makes a step up of what was none, and never counts as zero: where a zero
    would step up, a blank does not.
    """
    if entry.locked:
        return
    for name in TOLD:
        lost: dict[str, Any] = {name: None}
        blank = replace(entry.facts, **lost)
        proposal, _ = told_again(entry.stored.inputs, entry.stored.defaults, blank)
        if proposal.outcome is Outcome.PROGRESS:
            # Only what a painless morning makes needless may be missing from a step up.
            assert name in {"pain_before", "stiff_base"}, said
            spared = entry.facts.pain_24h if name == "pain_before" else entry.facts.stiff_next
            assert spared == 0, said
            assert entry.stored.proposed == Outcome.PROGRESS or getattr(entry.facts, name) == 0


def check_correction(entry: Entry, draw: Random, said: str) -> None:
    """A correction is judged where the decision was made, and replays as a decision does."""
    told = replace(facts_of(draw), recovery_ok=entry.facts.recovery_ok)
    proposal, read = told_again(entry.stored.inputs, entry.stored.defaults, told)
    kept = {key: value for key, value in read.items() if key != "facts"}
    assert kept == {k: v for k, v in entry.stored.inputs.items() if k != "facts"}, said
    if entry.locked:
        assert proposal.rule == "D1", said
    count = n_ok_after(Outcome(entry.stored.outcome), proposal.rule, entry.context.n_ok_before)
    corrected = replace(
        entry.stored,
        proposed=proposal.outcome.value,
        rule=proposal.rule,
        because=proposal.because,
        inputs=read,
        n_ok_after=count,
    )
    assert differences(through_json(corrected)) == (), said
    if entry.stored.outcome == Outcome.PROGRESS:
        assert count == 0, said
    # Told as it was, the rule says what it said.
    same, again = told_again(entry.stored.inputs, entry.stored.defaults, entry.facts)
    assert (same.outcome.value, same.rule) == (entry.stored.proposed, entry.stored.rule), said
    assert again == entry.stored.inputs, said


@pytest.mark.parametrize("batch", range(BATCHES), ids=lambda batch: f"batch {batch}")
def test_every_decision_and_correction_of_a_history_replays(batch: int) -> None:
    for seed in range(batch, HISTORIES, BATCHES):
        draw = Random(-seed - 1)
        entries = history(seed)
        assert entries == history(seed) if seed < BATCHES else entries
        chosen = draw.randrange(len(entries))
        for nth, entry in enumerate(entries):
            said = f"seed {seed}, session {nth + 1}"
            check_decision(entry, said)
            if nth == chosen:
                check_missing(entry, said)
                check_correction(entry, draw, said)


def test_the_histories_reach_every_rule_and_outcome() -> None:
    entries = [entry for seed in range(600) for entry in history(seed)]
    rules = {entry.stored.rule for entry in entries}
    assert {"D0", "D1", "D2", "D3", "D4", "D6a", "D6b", "D6d", "D6e", "D7", "D8"} <= rules
    assert {"D8-count", "D8-cap", "D8-end", "D9"} <= rules
    assert any(rule.startswith("D8-E") for rule in rules)
    assert {entry.stored.outcome for entry in entries} == {each.value for each in FINAL}
    assert any(entry.stored.outcome != entry.stored.proposed for entry in entries)


def one() -> Stored:
    """A good session, stored as a step up."""
    facts = SessionFacts(
        pain_before=2,
        pain_during=2,
        pain_after=2,
        pain_24h=2,
        stiff_base=10,
        stiff_next=10,
        completed_pct=100,
    )
    context = Context(stage=Stage.ISOTONIC, step=2, n_ok_before=1)
    proposal = decide(facts, context, locked=False)
    return Stored(
        proposed=proposal.outcome.value,
        rule=proposal.rule,
        because=proposal.because,
        inputs=facts_to_json(facts, context, locked=False),
        defaults=DEFAULTS.as_dict(),
        outcome="PROGRESS",
        n_ok_after=0,
    )


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param({"proposed": "HOLD"}, {"proposal"}, id="the proposal"),
        pytest.param({"rule": "D8-count"}, {"rule"}, id="the rule"),
        pytest.param({"because": "It looked fine."}, {"reason"}, id="the reason"),
        pytest.param({"n_ok_after": 2}, {"good sessions in a row"}, id="the count"),
        pytest.param({"inputs": {}}, {"inputs"}, id="nothing read"),
        pytest.param({"inputs": {"facts": {"pain": 3}}}, {"inputs"}, id="other things read"),
        pytest.param({"defaults": []}, {"inputs"}, id="no settings"),
        pytest.param({"outcome": "WON"}, {"inputs"}, id="no outcome"),
    ],
)
def test_what_was_changed_by_hand_is_found(change: dict[str, Any], what: set[str]) -> None:
    assert differences(one()) == ()
    found = differences(replace(one(), **change))
    assert {each.what for each in found} == what
    assert all(isinstance(each, Difference) and each.stored != each.replayed for each in found)


def test_a_value_changed_by_hand_is_found() -> None:
    stored = one()
    facts, context, locked = facts_from_json(stored.inputs)
    assert facts is not None
    worse = facts_to_json(replace(facts, pain_after=9), context, locked=locked)
    found = differences(replace(stored, inputs=worse))
    assert ("rule", "D8", "D3") in {(each.what, each.stored, each.replayed) for each in found}


@pytest.mark.parametrize("name", sorted(DEFAULTS.as_dict()))
def test_a_record_is_older_than_a_setting_or_has_lost_it(name: str) -> None:
    stored = one()
    kept = {key: value for key, value in stored.defaults.items() if key != name}
    found = differences(replace(stored, defaults=kept))
    if name in ALWAYS_STORED:
        assert f"{name} lost" in found[0].replayed
    else:
        assert found == ()


def test_only_settings_that_are_always_stored_change_what_a_replay_reaches() -> None:
    settings = DEFAULTS.described()
    assert {row.name for row in settings} >= ALWAYS_STORED
    free = {row.name: row.high for row in settings if row.name not in ALWAYS_STORED}
    for seed in range(100):
        for entry in history(seed):
            again = replayed(entry.stored.inputs, {**entry.stored.defaults, **free})
            assert (again.outcome.value, again.rule) == (entry.stored.proposed, entry.stored.rule)
