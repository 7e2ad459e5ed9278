"""The programme's settings, and doses as values and in words."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.sources import SOURCES
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.dose import (
    LOAD_BOUNDS,
    Dose,
    FreeRun,
    Load,
    Tempo,
    WalkRun,
    adds_load,
    dose_from_json,
    dose_to_json,
    in_words,
)
from programmes.rules.terms import DoseSide, LoadKind, Range
from programmes.rules.words import counted, plain

BOTH = DoseSide.BOTH


def test_the_rule_book_s_numbers():
    assert DEFAULTS.as_dict() == {
        "pain_ceiling": 5,
        "next_day_pain_ceiling": 5,
        "next_day_rise_hold": 0,
        "next_day_rise_regress": 2,
        "stiffness_hold_min": 10,
        "stiffness_regress_min": 30,
        "completed_percent": 90,
        "energy_storage_pain": 2,
        "rising_pain": 1,
        "rising_stiffness_min": 10,
        "rising_entries": 3,
        "rising_weeks_hold": 1,
        "rising_weeks_regress": 2,
        "regress_limit": 3,
        "regress_window_days": 14,
        "ok_isometric": 3,
        "ok_isotonic": 2,
        "ok_plyometric": 2,
        "ok_run_walk": 3,
        "ok_full_return": 2,
        "light_during": 2,
        "medium_during": 3,
        "light_next_day": 2,
        "medium_next_day": 4,
        "light_days": 0,
        "medium_days": 2,
        "high_days": 3,
        "energy_storage_days": 1,
        "isometric_days": 0,
        "heavy_isotonic_days": 1,
        "daily_isotonic_days": 0,
        "repetition_s": 2,
        "set_rest_s": 60,
        "heavy_change_min": 5,
        "change_min": 1,
        "easy_pace_percent": 70,
        "longer_run_every_days": 7,
        "e1_raise_pain": 5,
        "e2_raise_pain": 4,
        "e2_hop_pain": 5,
        "e2_weeks": 6,
        "e3_pain": 0,
        "e3_walk_min": 30,
        "e3_hop_pain": 2,
        "e4_pain": 2,
        "e5_weeks": 4,
        "e5_visa": 90,
        "e5_no_sport_points": 54,
        "review_weeks": 12,
        "review_adherence_percent": 75,
        "no_contact_days": 21,
        "held_days": 7,
        "plateau_points": 7,
        "plateau_weeks": 6,
        "test_due_weeks": 6,
        "drop_out_days": 42,
        "small_group": 5,
        "reopened_examine_days": 28,
    }


def test_settings_survive_json():
    changed = ProgrammeDefaults(pain_ceiling=4, ok_isotonic=5)
    assert ProgrammeDefaults.from_dict(json.loads(json.dumps(changed.as_dict()))) == changed
    assert ProgrammeDefaults.from_dict({}) == DEFAULTS


@pytest.mark.parametrize(
    ("stored", "name"),
    [
        ({"pain_ceilings": 5}, "pain_ceilings"),
        ({"pain_ceiling": 11}, "pain_ceiling"),
        ({"pain_ceiling": "5"}, "pain_ceiling"),
        ({"pain_ceiling": True}, "pain_ceiling"),
        ({"ok_isotonic": 0}, "ok_isotonic"),
    ],
)
def test_bad_settings_are_refused(stored, name):
    with pytest.raises(ValueError, match=name):
        ProgrammeDefaults.from_dict(stored)


def test_every_setting_is_explained():
    rows = ProgrammeDefaults(pain_ceiling=4).described()
    assert len(rows) == len(DEFAULTS.as_dict())
    assert (rows[0].value, rows[0].shipped) == (4, 5)
    for row in rows:
        assert row.label
        assert row.note
        assert row.unit
        assert row.source in SOURCES
        assert row.low <= row.value <= row.high


@pytest.mark.parametrize(
    ("dose", "words"),
    [
        (
            Dose(
                side=BOTH,
                sets=4,
                reps=10,
                load=Load(kind=LoadKind.RM, amount=10),
                tempo=Tempo(up_s=3, hold_s=0, down_s=3),
                rest_s=120,
                days_per_week=3,
            ),
            "4 sets of 10 at 10RM, 3 seconds up, 3 seconds down, rest 2 minutes, 3 days a week",
        ),
        (
            Dose(
                side=BOTH,
                sets=1,
                hold_s=30,
                load=Load(kind=LoadKind.PERCENT_MAX, amount=70),
                rest_s=60,
            ),
            "1 hold of 30 seconds at 70 % of maximum effort, rest 1 minute, every day",
        ),
        (
            Dose(side=BOTH, sets=3, hold_s=45, rest_s=90, times_per_day=3, days_per_week=1),
            "3 holds of 45 seconds with body weight, rest 90 seconds, 3 times a day, 1 day a week",
        ),
        (
            Dose(
                side=BOTH,
                sets=1,
                reps=10,
                reps_to=15,
                tempo=Tempo(up_s=1, hold_s=2, down_s=0),
                times_per_day=2,
                load=Load(kind=LoadKind.KG, amount=Decimal("7.50")),
            ),
            "1 set of 10 to 15 with 7.5 kg, 1 second up, 2 seconds held, twice a day, every day",
        ),
        (
            Dose(
                side=BOTH,
                sets=3,
                reps=10,
                load=Load(kind=LoadKind.PERCENT_BODY_WEIGHT, amount=10),
                rest_s=45,
            ),
            "3 sets of 10 with 10 % of body weight added, rest 45 seconds, every day",
        ),
        (
            WalkRun(rounds=3, walk_min=9, run_min=1, days_per_week=3),
            "3 rounds: walk 9 minutes, then run 1 minute, 3 days a week",
        ),
        (
            WalkRun(rounds=1, walk_min=0, run_min=30, days_per_week=3),
            "run 30 minutes, 3 days a week",
        ),
        (
            WalkRun(rounds=2, walk_min=0, run_min=10, days_per_week=7),
            "2 rounds: run 10 minutes, every day",
        ),
        (
            WalkRun(rounds=1, walk_min=30, run_min=0, days_per_week=7),
            "walk 30 minutes, every day",
        ),
        (
            WalkRun(rounds=2, walk_min=10, run_min=0, days_per_week=5),
            "2 rounds: walk 10 minutes, 5 days a week",
        ),
        (
            WalkRun(rounds=1, walk_min=5, run_min=20, days_per_week=3),
            "1 round: walk 5 minutes, then run 20 minutes, 3 days a week",
        ),
        (
            FreeRun(longer_percent=10, days_per_week=3, consecutive_days=False),
            (
                "each run at most 10 % longer than the longest run of the last 30 days,"
                " up to 3 days a week, never two days in a row"
            ),
        ),
        (
            FreeRun(longer_percent=0, days_per_week=4, consecutive_days=True),
            "each run no longer than the longest run of the last 30 days, up to 4 days a week",
        ),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_in_words_and_through_json(dose, words):
    assert in_words(dose) == words
    assert dose_from_json(json.loads(json.dumps(dose_to_json(dose)))) == dose


@pytest.mark.parametrize(
    ("kind", "wrong", "field"),
    [
        (Dose, {"side": BOTH, "sets": 0, "reps": 1}, "sets"),
        (Dose, {"side": BOTH, "sets": 21, "reps": 1}, "sets"),
        (Dose, {"side": BOTH, "sets": None, "reps": 1}, "sets"),
        (Dose, {"side": BOTH, "sets": 1}, "reps"),
        (Dose, {"side": BOTH, "sets": 1, "reps": 1, "hold_s": 1}, "reps"),
        (Dose, {"side": BOTH, "sets": 1, "reps": 201}, "reps"),
        (Dose, {"side": BOTH, "sets": 1, "reps": 5, "reps_to": 5}, "reps_to"),
        (Dose, {"side": BOTH, "sets": 1, "hold_s": 5, "reps_to": 6}, "reps_to"),
        (Dose, {"side": BOTH, "sets": 1, "hold_s": 301}, "hold_s"),
        (Dose, {"side": BOTH, "sets": 1, "reps": 1, "rest_s": -1}, "rest_s"),
        (Dose, {"side": BOTH, "sets": 1, "reps": 1, "days_per_week": 8}, "days_per_week"),
        (Dose, {"side": BOTH, "sets": 1, "reps": 1, "times_per_day": 0}, "times_per_day"),
        (
            Dose,
            {"side": BOTH, "sets": 1, "hold_s": 5, "tempo": Tempo(up_s=1, hold_s=1, down_s=1)},
            "tempo",
        ),
        (Load, {"kind": LoadKind.BODY_WEIGHT, "amount": 5}, "load"),
        (Load, {"kind": LoadKind.KG}, "load"),
        (Load, {"kind": LoadKind.KG, "amount": 501}, "load"),
        (Load, {"kind": LoadKind.RM, "amount": 0}, "load"),
        (Load, {"kind": LoadKind.RM, "amount": Decimal("10")}, "load"),
        (Tempo, {"up_s": -1, "hold_s": 0, "down_s": 0}, "up_s"),
        (Tempo, {"up_s": 1, "hold_s": None, "down_s": 0}, "hold_s"),
        (WalkRun, {"rounds": 0, "walk_min": 1, "run_min": 1, "days_per_week": 3}, "rounds"),
        (WalkRun, {"rounds": 1, "walk_min": 0, "run_min": 0, "days_per_week": 3}, "run_min"),
        (WalkRun, {"rounds": 1, "walk_min": 1, "run_min": -1, "days_per_week": 3}, "run_min"),
        (WalkRun, {"rounds": 1, "walk_min": 1, "run_min": None, "days_per_week": 3}, "run_min"),
        (WalkRun, {"rounds": 1, "walk_min": None, "run_min": 1, "days_per_week": 3}, "walk_min"),
        (
            FreeRun,
            {"longer_percent": 101, "days_per_week": 3, "consecutive_days": True},
            "longer_percent",
        ),
        (
            FreeRun,
            {"longer_percent": None, "days_per_week": 3, "consecutive_days": True},
            "longer_percent",
        ),
    ],
)
def test_impossible_doses_are_refused(kind, wrong, field):
    with pytest.raises(ValueError, match=field):
        kind(**wrong)


@pytest.mark.parametrize(
    ("walk_min", "run_min", "runs"), [(9, 1, True), (0, 30, True), (30, 0, False)]
)
def test_whether_there_is_running_in_it(walk_min, run_min, runs):
    dose = WalkRun(rounds=2, walk_min=walk_min, run_min=run_min, days_per_week=3)
    assert dose.runs is runs


@pytest.mark.parametrize(
    ("dose", "adds"),
    [
        (Dose(side=BOTH, sets=3, reps=10), False),
        (Dose(side=BOTH, sets=3, reps=10, load=Load(kind=LoadKind.KG, amount=0)), False),
        (Dose(side=BOTH, sets=3, reps=10, load=Load(kind=LoadKind.KG, amount=5)), True),
        (Dose(side=BOTH, sets=3, reps=10, load=Load(kind=LoadKind.RM, amount=10)), True),
        (Dose(side=BOTH, sets=3, reps=10, load=Load(kind=LoadKind.PERCENT_MAX, amount=70)), True),
        (
            Dose(
                side=BOTH,
                sets=3,
                reps=10,
                load=Load(kind=LoadKind.PERCENT_BODY_WEIGHT, amount=10),
            ),
            True,
        ),
        (Dose(side=BOTH, sets=3, hold_s=30, load=Load(kind=LoadKind.KG, amount=5)), False),
        (WalkRun(rounds=1, walk_min=0, run_min=30, days_per_week=3), False),
    ],
    ids=["body weight", "0 kg", "kg", "RM", "effort", "body weight added", "hold", "run"],
)
def test_whether_a_dose_adds_load(dose, adds):
    assert adds_load(dose) is adds


GOOD = dose_to_json(Dose(side=BOTH, sets=3, reps=10))


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ({}, "kind"),
        ({"kind": "swim"}, "kind"),
        ({"kind": "walk_run"}, "dose"),
        ({"kind": "free_run", "pace": 3}, "dose"),
        ({"kind": "exercise"}, "dose"),
        ({**GOOD, "side": "third"}, "third"),
        ({**GOOD, "load": 5}, "load"),
        ({**GOOD, "load": {"kind": "kg", "amount": "much"}}, "load"),
        ({**GOOD, "tempo": [1, 2]}, "tempo"),
        ({**GOOD, "tempo": 3}, "tempo"),
    ],
)
def test_what_no_dose_stored_is_refused(stored, message):
    with pytest.raises(ValueError, match=message):
        dose_from_json(stored)


loads = st.sampled_from(sorted(LOAD_BOUNDS)).flatmap(
    lambda kind: st.builds(
        Load,
        kind=st.just(kind),
        amount=st.integers(LOAD_BOUNDS[kind].low, LOAD_BOUNDS[kind].high),
    )
)
tempos = st.builds(
    Tempo, up_s=st.integers(0, 60), hold_s=st.integers(0, 60), down_s=st.integers(0, 60)
)


@given(
    st.builds(
        Dose,
        side=st.sampled_from(DoseSide),
        sets=st.integers(1, 20),
        reps=st.integers(1, 200),
        load=loads,
        tempo=st.none() | tempos,
        rest_s=st.none() | st.integers(0, 1800),
        times_per_day=st.integers(1, 10),
        days_per_week=st.integers(1, 7),
        range=st.sampled_from(Range),
    )
)
def test_every_dose_survives_json_and_has_words(dose):
    assert dose_from_json(json.loads(json.dumps(dose_to_json(dose)))) == dose
    assert in_words(dose).startswith(f"{dose.sets} set")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (3, "3"),
        (100, "100"),
        (Decimal("2.50"), "2.5"),
        (Decimal("1E+2"), "100"),
        (Decimal("0.0"), "0"),
    ],
)
def test_plain_numbers(number, text):
    assert plain(number) == text


def test_counted():
    assert counted(1, "session") == "1 session"
    assert counted(2, "session") == "2 sessions"
    assert counted(2, "step back", "steps back") == "2 steps back"
