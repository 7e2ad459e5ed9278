"""Cases in, findings out: the worked patients, the vectors, and every way a case can be wrong."""

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmes.rules.appraise import CaseError, appraise, appraise_all, read_cases

FILE = Path(__file__).parents[1] / "clinical-cases.json"
BOOK = json.loads(FILE.read_text())
VECTORS = BOOK["vectors"]
CASES = {case["id"]: case for case in BOOK["cases"]}

KEYS = {
    "visa_items",
    "visa_total",
    "location",
    "phase",
    "pathway",
    "red_flags",
    "initial_stage",
    "matrix",
    "norm",
    "lsi",
    "running",
    "spike_class",
    "spike_pct",
    "warnings",
    "decision",
    "recovery_days",
    "exit_failed",
    "visa_change",
    "review",
}


def case(number: int = 1, /, **changes: Any) -> dict[str, Any]:
    """A worked case with fields changed by dotted path: ``case(**{"session.pain_during": 6})``."""
    made: dict[str, Any] = copy.deepcopy(CASES[number])
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = made
        for parent in parents:
            if place.get(parent) is None:
                place[parent] = {}
            place = place[parent]
        place[last] = value
    return made


def found(number: int = 1, /, **changes: Any) -> Any:
    return appraise(case(number, **changes))


@pytest.mark.parametrize("number", CASES, ids=lambda number: CASES[number]["title"])
def test_worked_patients(number):
    appraised: Any = appraise(CASES[number])
    for key, expected in CASES[number]["expected"].items():
        got = appraised[key]
        if key == "matrix" and expected:
            assert len(got) == 12
            got = {row: got[row] for row in expected}
        assert got == expected, key


@pytest.mark.parametrize("number", CASES)
def test_every_key_is_always_there(number):
    appraised: Any = appraise(CASES[number])
    assert set(appraised) - {"run_level_1"} == KEYS
    assert ("run_level_1" in appraised) is (appraised["running"] == "start_level_1")
    assert json.loads(json.dumps(appraised)) == appraised


def test_a_patient_without_anything():
    assert appraise({"patient": {}}) == {
        "visa_items": [None] * 8,
        "visa_total": None,
        "location": "undetermined",
        "phase": None,
        "pathway": None,
        "red_flags": [],
        "initial_stage": "isometric",
        "matrix": {},
        "norm": None,
        "lsi": None,
        "running": None,
        "spike_class": None,
        "spike_pct": None,
        "warnings": ["W-VISA-INCOMPLETE"],
        "decision": None,
        "recovery_days": None,
        "exit_failed": None,
        "visa_change": None,
        "review": None,
    }


@pytest.mark.parametrize(
    "key", ["visa", "session", "ctx", "exit", "review"], ids=lambda key: f"no {key}"
)
def test_absent_and_null_are_the_same(key):
    with_null = {**CASES[8], key: None}
    without = {name: value for name, value in CASES[8].items() if name != key}
    assert appraise(with_null) == appraise(without)


def test_null_in_every_field_is_not_recorded():
    nothing = {
        part: dict.fromkeys(CASES[8][part])
        for part in ("patient", "visa", "session", "ctx", "review")
    }
    appraised: Any = appraise(nothing)
    assert appraised["decision"] == ["PENDING", "D0"]
    assert appraised["visa_items"] == [None] * 8
    assert appraised["recovery_days"] is None


# --- The vectors. ---


@pytest.mark.parametrize(("minutes", "points"), VECTORS["q1_points"])
def test_minutes_to_points(minutes, points):
    assert found(**{"visa.q1_min": minutes})["visa_items"][0] == points


BEST = {
    "q1_min": 0,
    "q2": 10,
    "q3": 10,
    "q4": 10,
    "q5": 10,
    "q6_hops": 12,
    "q7": "same_or_higher",
}
WORST = dict.fromkeys(("q2", "q3", "q4", "q5", "q6_hops"), 0) | {"q1_min": 100, "q7": "not_at_all"}


@pytest.mark.parametrize(
    ("visa", "total"),
    [
        pytest.param({**BEST, "q8": {"A": ">30"}}, 100, id="part A"),
        pytest.param({**BEST, "q8": {"B": ">30"}}, 90, id="part B"),
        pytest.param({**BEST, "q8": {"C": ">30"}}, 80, id="part C"),
        pytest.param({**BEST, "q7": "not_at_all", "q8": {"A": "nil"}}, 60, id="no sport"),
        pytest.param({**WORST, "q8": {"C": "nil"}}, 0, id="all worst"),
        pytest.param({**BEST, "q8": {"A": ">30", "B": ">30"}}, None, id="two parts"),
        pytest.param({**BEST, "q8": {}}, None, id="no part"),
        pytest.param({**BEST, "q8": {"A": None, "B": "nil"}}, 70, id="a null part is ignored"),
    ],
)
def test_ceilings_of_the_score(visa, total):
    appraised = found(visa=visa)
    assert appraised["visa_total"] == total
    if total is None:
        assert appraised["visa_items"][7] is None
        assert "W-VISA-INCOMPLETE" in appraised["warnings"]


@pytest.mark.parametrize(
    ("tender", "gained", "weeks", "expected"),
    [([4], *row) for row in VECTORS["visa_change"]["midportion"]]
    + [([1], *row) for row in VECTORS["visa_change"]["insertional"]],
)
def test_change_of_the_score(tender, gained, weeks, expected):
    changes = {
        "patient.tender_cm": tender,
        "review.weeks": weeks,
        "review.baseline_visa": 61 - gained,
    }
    assert found(**changes)["visa_change"] == expected


@pytest.mark.parametrize(("tender", "expected"), VECTORS["location"])
def test_location(tender, expected):
    appraised = found(**{"patient.tender_cm": tender})
    assert appraised["location"] == expected
    assert (appraised["matrix"] == {}) is (expected in {"out_of_range", "undetermined"})


@pytest.mark.parametrize(
    ("tender", "cells"), [([4], 12), ([1], 12), ([1, 4], 12), ([], 0), ([9], 0), (None, 0)]
)
def test_an_open_phase_has_every_cell_on_the_tendon(tender, cells):
    appraised: Any = appraise({"patient": {"tender_cm": tender}})
    assert appraised["phase"] is None
    assert len(appraised["matrix"]) == cells


@pytest.mark.parametrize(
    ("tender", "csi_days", "letters"),
    [
        # Nothing known: as for the irritable tendon.
        pytest.param([4], None, "ACCXCXXXCXXX", id="midportion"),
        pytest.param([1], None, "ACCXCXXXCXXX", id="insertional"),
        pytest.param([4], 56, "CCXXCXXXXXXX", id="midportion, recent cortisone"),
        pytest.param([4], 57, "ACCXCXXXCXXX", id="midportion, past cortisone"),
    ],
)
def test_an_open_phase_takes_the_strictest_cells(tender, csi_days, letters):
    appraised: Any = appraise({"patient": {"tender_cm": tender, "csi_days": csi_days}})
    assert "".join(appraised["matrix"].values()) == letters


@pytest.mark.parametrize(("distance", "expected"), VECTORS["spike_of_longest_10km"])
def test_spike(distance, expected):
    exact = Decimal(str(distance))
    assert found(**{"patient.spike": [exact, 10]})["spike_class"] == expected
    # A float of Python's means its shortest decimal.
    assert found(**{"patient.spike": [distance, 10]})["spike_class"] == expected


@pytest.mark.parametrize("longest", [0, None])
def test_spike_without_history(longest):
    appraised = found(**{"patient.spike": [5, longest]})
    assert (appraised["spike_class"], appraised["spike_pct"]) == ("no_baseline", None)
    assert "W-SPIKE-NOBASE" in appraised["warnings"]


@pytest.mark.parametrize(
    ("run", "longest", "percent"),
    [(20, 12, 66.7), (5, 10, -50.0), (12, 12, 0.0), ("10.025", 10, 0.2), ("10.035", 10, 0.4)],
)
def test_spike_percentage_rounds_once_half_to_even(run, longest, percent):
    assert found(**{"patient.spike": [Decimal(run), longest]})["spike_pct"] == percent


@pytest.mark.parametrize(
    ("affected", "unaffected", "expected"),
    [(18, 26, 69.2), (15, 20, 75.0), (13, 80, 16.2), (11, 80, 13.8), (5, 0, None), (None, 9, None)],
)
def test_symmetry_rounds_once_half_to_even(affected, unaffected, expected):
    changes = {"patient.hret_affected": affected, "patient.hret_unaffected": unaffected}
    assert found(**changes)["lsi"] == expected


@pytest.mark.parametrize(
    ("red", "flags"),
    [
        ({"palpable_gap": True}, [["RF01", "SAME_DAY_REVIEW"]]),
        ({"palpable_gap": True, "sudden_pop": True}, [["RF01", "EMERGENCY"]]),
        ({"calf_squeeze_positive": True}, [["RF01", "EMERGENCY"]]),
        ({"wells_items": ["active_cancer", "previous_dvt"]}, [["RF02", "EMERGENCY"]]),
        ({"wells_items": ["active_cancer"]}, [["RF02", "URGENT"]]),
        ({"wells_items": ["active_cancer"], "wells_alt": True}, []),
        (
            {"wells_items": ["active_cancer", "previous_dvt", "pitting"], "wells_alt": True},
            [["RF02", "URGENT"]],
        ),
        ({"wells_items": None, "fever": None}, []),
    ],
)
def test_red_flags(red, flags):
    appraised = found(**{"patient.red": red})
    assert appraised["red_flags"] == flags
    locked = bool(flags)
    assert (appraised["decision"] == ["REFER", "D1"]) is locked
    assert (appraised["initial_stage"] is None) is locked
    assert (appraised["matrix"] == {}) is (flags != [] and flags[0][1] == "EMERGENCY")


@pytest.mark.parametrize(("days", "flags"), [(60, [["RF03", "URGENT"]]), (61, [])])
def test_fluoroquinolone(days, flags):
    appraised = found(**{"patient.fq_days": days})
    assert appraised["red_flags"] == flags
    assert ("W-FQ" in appraised["warnings"]) is bool(flags)


@pytest.mark.parametrize(
    ("days", "code", "stage"),
    [(56, "W-CSI-RECENT", "isometric"), (57, "W-CSI-PAST", "isotonic"), (None, None, "isotonic")],
)
def test_cortisone(days, code, stage):
    appraised = found(**{"patient.csi_days": days})
    assert [each for each in appraised["warnings"] if "CSI" in each] == ([code] if code else [])
    assert appraised["initial_stage"] == stage


@pytest.mark.parametrize(("sex", "age", "norm"), VECTORS["heel_raise_norm"])
def test_norm(sex, age, norm):
    assert found(**{"patient.sex": sex, "patient.age": age})["norm"] == norm


@pytest.mark.parametrize("sex", ["U", None])
def test_no_norm_without_a_sex(sex):
    assert found(**{"patient.sex": sex})["norm"] is None


@pytest.mark.parametrize(
    ("stage", "protocol", "during", "next_day", "days"),
    [
        ("isometric", None, 5, 5, 0),
        ("isotonic", "HSR", 1, 1, 1),
        ("isotonic", None, 1, 1, 1),
        ("isotonic", "ALF", 1, 1, 0),
        ("run_walk", None, 1, 1, 1),
        ("run_walk", None, 3, 1, 2),
        ("run_walk", None, 2, 4, 2),
        ("run_walk", None, 2, 5, 3),
        ("full_return", None, 4, 1, 3),
    ],
)
def test_recovery_days(stage, protocol, during, next_day, days):
    changes = {
        "ctx.stage": stage,
        "ctx.protocol": protocol,
        "session.pain_during": during,
        "session.pain_24h": next_day,
    }
    assert found(**changes)["recovery_days"] == days


BASE = VECTORS["decision_isotonic_base"]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [("ctx.step", 2, BASE["gives"]), *VECTORS["decision_one_change_from_base"]],
)
def test_decisions(field, value, expected):
    path = field if field.startswith("ctx.") else f"session.{field}"
    made = case(**{"session": copy.deepcopy(BASE["session"]), "ctx": copy.deepcopy(BASE["ctx"])})
    part, name = path.split(".")
    made[part][name] = value
    assert appraise(made)["decision"] == expected


def test_decision_without_session():
    assert found(session=None)["decision"] is None
    assert found(session=None)["recovery_days"] is None
    locked = found(session=None, **{"patient.red": {"calf_squeeze_positive": True}})
    assert locked["decision"] == ["REFER", "D1"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"session.new_warm_or_swollen": True}, ["REGRESS", "D2"]),
        ({"session.recovery_ok": False}, ["HOLD", "D6e"]),
        ({"session.recovery_ok": None}, ["PROGRESS", "D8"]),
        ({"ctx.stage": None}, ["PENDING", "D0"]),
        ({"ctx": None}, ["PENDING", "D0"]),
        ({"ctx.min_sessions": 6, "ctx.sessions_at_step": 5}, ["HOLD", "D8-count"]),
        ({"ctx.n_ok_before": None}, ["HOLD", "D8-count"]),
    ],
)
def test_decision_inputs(changes, expected):
    assert found(**changes)["decision"] == expected


# --- Exits and reviews. ---


@pytest.mark.parametrize(
    ("changes", "failed", "running"),
    [
        ({}, [], "start_level_1"),
        ({"exit.t.sl_reps": 24}, ["reps_ge25"], "not_yet"),
        ({"exit.t.walk_min": 29}, ["walk30_pain0"], "not_yet"),
        ({"exit.t.attested": None}, ["strength_attested"], "not_yet"),
        ({"patient.hret_affected": 25}, ["lsi_ge90"], "not_yet"),
        ({"patient.hret_affected": 25, "exit.t.lsi": 95}, [], "start_level_1"),
        ({"exit.t.lsi": Decimal("89.96")}, ["lsi_ge90"], "not_yet"),
        ({"exit.t.csi": "recent"}, ["csi_not_recent"], "not_yet"),
        ({"exit.t.csi": "past"}, [], "start_level_1"),
        ({"exit.t.csi": "none"}, [], "start_level_1"),
        ({"exit.t.csi": 0}, ["csi_not_recent"], "not_yet"),
        ({"exit.t.csi": 56}, ["csi_not_recent"], "not_yet"),
        ({"exit.t.csi": Decimal("56.0")}, ["csi_not_recent"], "not_yet"),
        ({"exit.t.csi": 57}, [], "start_level_1"),
        ({"exit.t.csi": None}, [], "start_level_1"),
        # Days given for the exit stand before those of the patient.
        ({"patient.csi_days": 10, "exit.t.csi": 57}, [], "stop"),
        ({"patient.csi_days": 10}, ["csi_not_recent"], "stop"),
        ({"exit.t.reactive": True}, ["not_reactive"], "not_yet"),
        ({"patient.pain_light_load": 5, "patient.warm": True}, ["not_reactive"], "not_yet"),
        ({"patient.pain_light_load": 5, "patient.warm": None}, ["not_reactive"], "not_yet"),
        (
            {
                "patient.running_status": "never_stopped",
                "patient.run_pain": 1,
                "patient.run_settled": True,
            },
            [],
            "continue_modified",
        ),
        ({"exit": None}, None, "not_yet"),
        (
            {"exit.t": None},
            [
                "reps_ge25",
                "raises_pain0",
                "walk30_pain0",
                "strength_attested",
                "sl10_hop_pain_le2",
            ],
            "not_yet",
        ),
        ({"exit": {"name": "E1", "t": {"sl_pain": 1, "n_ok": 3}}}, [], "not_yet"),
    ],
)
def test_exit_to_running(changes, failed, running):
    appraised = found(8, **changes)
    assert appraised["exit_failed"] == failed
    assert appraised["running"] == running
    assert appraised.get("run_level_1") == ([3, 9, 1] if running == "start_level_1" else None)


@pytest.mark.parametrize("name", ["E1", "E2", "E3"])
def test_exit_keys_are_those_of_the_book(name):
    worst = {"reactive": True, "csi": "recent", "lsi": 10}
    appraised = found(8, exit={"name": name, "t": worst})
    assert appraised["exit_failed"] == BOOK["notes"]["exit_criteria"][name]
    for key in BOOK["notes"]["exit_values"][name]:
        value = True if key == "attested" else 0
        assert found(8, exit={"name": name, "t": {key: value}})["exit_failed"]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"review.weeks": 11, "review.adherence_pct": 10}, None),
        ({"review.adherence_pct": 74}, "ADHERENCE_REVIEW"),
        ({"review.adherence_pct": 75, "review.baseline_visa": 77}, "REFER_NONRESPONSE"),
        ({"review.adherence_pct": 75, "review.baseline_visa": 90}, "REFER_NONRESPONSE"),
        ({"review.adherence_pct": 75, "review.baseline_visa": 70}, None),
        ({"review.adherence_pct": None, "review.baseline_visa": 77}, None),
        ({"review.baseline_visa": None}, None),
        ({"visa": None}, None),
    ],
)
def test_review(changes, outcome):
    appraised = found(8, **changes)
    assert appraised["review"] == outcome
    assert ("W-NONRESPONSE" in appraised["warnings"]) is (outcome == "REFER_NONRESPONSE")


@pytest.mark.parametrize(
    "changes",
    [{"review": None}, {"review.baseline_visa": None}, {"review.weeks": None}, {"visa.q2": None}],
)
def test_no_change_without_two_totals_and_a_time(changes):
    assert found(8, **changes)["visa_change"] is None


# --- Ways to write the seventh and the eighth item. ---


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        ("not_at_all", 0),
        ("none", 0),
        ("no", 0),
        ("modified", 4),
        ("modified_training", 4),
        ("full_not_same_level", 7),
        ("full", 7),
        ("full_not_same", 7),
        ("full_lower", 7),
        ("full_lower_level", 7),
        ("full_below_level", 7),
        ("full_training", 7),
        ("same_or_higher", 10),
        ("same", 10),
        ("same_level", 10),
        ("same_or_higher_level", 10),
        ("competing", 10),
        ("competing_same_or_higher", 10),
        ("full_same_level", 10),
        ("  Modified ", 4),
        ("not at all", 0),
        ("Not-At-All", 0),
        ("modified training", 4),
        ("modified-training", 4),
        ("full not same level", 7),
        ("full-not-same-level", 7),
        ("Full  Not\tSame - Level", 7),
        ("same or higher", 10),
        ("SAME-OR-HIGHER", 10),
        ("same-or higher_level", 10),
        (0, 0),
        (4, 4),
        (7, 7),
        (10, 10),
        (None, None),
    ],
)
def test_sport(answer, points):
    assert found(**{"visa.q7": answer})["visa_items"][6] == points


@pytest.mark.parametrize(
    ("band", "points"),
    [
        ("nil", 0),
        ("NIL", 0),
        ("1-10", 7),
        ("1\N{EN DASH}10", 7),
        ("11-20", 14),
        ("21-30", 21),
        (">30", 30),
        ("30+", 30),
        ("over_30", 30),
        ("GT30", 30),
        ("nil minutes", 0),
        ("1-10 min", 7),
        ("1-10 minutes", 7),
        ("1-10min", 7),
        ("1-10minutes", 7),
        (" 11\N{EN DASH}20  Minutes ", 14),
        ("21-30 MIN", 21),
        (">30 min", 30),
        ("30+ minutes", 30),
        ("over_30 min", 30),
    ],
)
def test_training_time(band, points):
    assert found(**{"visa.q8": {"A": band}})["visa_items"][7] == points


def test_whole_decimals_are_whole_numbers():
    assert found(**{"visa.q2": Decimal("7.0")})["visa_items"][1] == 7


# --- What can't be read. ---


BAD: list[tuple[dict[str, Any], str]] = [
    ({"session.pain_during": 11}, "session.pain_during: must be 0 to 10, got 11"),
    ({"session.pain_24h": -1}, "session.pain_24h: must be 0 to 10, got -1"),
    ({"session.pain_after": "3"}, 'session.pain_after: must be a number, got "3"'),
    ({"session.pain_before": True}, "session.pain_before: must be a number, got true"),
    ({"session.pain_before": [1]}, "session.pain_before: must be a number, got a list"),
    ({"session.pain_before": {}}, "session.pain_before: must be a number, got an object"),
    ({"session.pain_during": float("nan")}, "session.pain_during: must be a number, got NaN"),
    ({"session.pain_during": Decimal("NaN")}, "session.pain_during: must be a number"),
    (
        {"session.pain_during": float("inf")},
        "session.pain_during: must be a number, got Infinity",
    ),
    ({"session.completed_pct": 101}, "session.completed_pct: must be 0 to 100, got 101"),
    ({"session.stiff_next": -1}, "session.stiff_next: must be 0 to 1440, got -1"),
    ({"session.recovery_ok": 1}, "session.recovery_ok: must be true or false, got 1"),
    ({"session.mood": 1}, "session.mood: is not a known field"),
    ({"session": 3}, "session: must be an object, got 3"),
    ({"ctx.stage": "sprint"}, "ctx.stage: must be one of isometric, isotonic, plyometric"),
    ({"ctx.stage": 1}, "ctx.stage: must be one of"),
    ({"ctx.protocol": "RUN"}, "ctx.protocol: must be one of HSR, GRIF, INS, ALF, SILB, got"),
    ({"ctx.step": 0}, "ctx.step: must be 1 to 1000, got 0"),
    (
        {"ctx.step": Decimal("1.5")},
        "ctx.step: must be a whole number, got 1.5",
    ),
    ({"ctx.n_ok_before": -1}, "ctx.n_ok_before: must be"),
    ({"ctx.phase": 1}, "ctx.phase: is not a known field"),
    ({"patient.age": 200}, "patient.age: must be 0 to 120, got 200"),
    ({"patient.age": Decimal("40.5")}, "patient.age: must be a whole number, got 40.5"),
    ({"patient.sex": "X"}, 'patient.sex: must be one of F, M, U, got "X"'),
    ({"patient.tender_cm": 4}, "patient.tender_cm: must be a list of numbers, got 4"),
    ({"patient.tender_cm": [4, -1]}, "patient.tender_cm.1: must be 0 to 15, got -1"),
    ({"patient.tender_cm": [None]}, "patient.tender_cm.0: must be a number, got null"),
    ({"patient.tender_cm": [1] * 21}, "patient.tender_cm: must have at most 20 points"),
    ({"patient.warm": "yes"}, 'patient.warm: must be true or false, got "yes"'),
    ({"patient.hret_affected": -1}, "patient.hret_affected: must be 0 to 200, got -1"),
    ({"patient.csi_days": -1}, "patient.csi_days: must be"),
    ({"patient.running_status": "jogs"}, "patient.running_status: must be one of"),
    ({"patient.spike": [1]}, "patient.spike: must be two distances"),
    ({"patient.spike": 1}, "patient.spike: must be two distances"),
    ({"patient.spike": [None, 1]}, "patient.spike.0: must be a number, got null"),
    ({"patient.spike": [1, -1]}, "patient.spike.1: must be 0 to 1000, got -1"),
    ({"patient.weight": 80}, "patient.weight: is not a known field"),
    ({"patient.red": []}, "patient.red: must be an object, got a list"),
    ({"patient.red.fever": 1}, "patient.red.fever: must be true or false, got 1"),
    ({"patient.red.pop": True}, "patient.red.pop: is not a known field"),
    ({"patient.red.wells_items": "all"}, "patient.red.wells_items: must be a list of names"),
    ({"patient.red.wells_items": [1]}, "patient.red.wells_items.0: must be a name, got 1"),
    ({"patient.red.wells_items": [""]}, 'patient.red.wells_items.0: must be a name, got ""'),
    (
        {"patient.red.wells_items": ["pitting", None]},
        "patient.red.wells_items.1: must be a name, got null",
    ),
    (
        {"patient.red.wells_items": ["a"] * 20 + [[]]},
        "patient.red.wells_items.20: must be a name, got a list",
    ),
    ({"patient.red.wells_items": ["a"] * 21}, "patient.red.wells_items: must have at most 20"),
    ({"patient": None}, "patient: is missing"),
    ({"patient": "Ann"}, 'patient: must be an object, got "Ann"'),
    ({"visa.q1_min": -1}, "visa.q1_min: must be"),
    ({"visa.q2": 11}, "visa.q2: must be 0 to 10, got 11"),
    ({"visa.q2": Decimal("7.5")}, "visa.q2: must be a whole number, got 7.5"),
    ({"visa.q6_hops": -1}, "visa.q6_hops: must be"),
    ({"visa.q7": "sometimes"}, "visa.q7: must be one of not_at_all, modified"),
    ({"visa.q7": 5}, "visa.q7: must be one of"),
    ({"visa.q7": True}, "visa.q7: must be one of"),
    ({"visa.q8": "A"}, 'visa.q8: must be an object, got "A"'),
    ({"visa.q8": {"D": "nil"}}, "visa.q8.D: is not a known field"),
    ({"visa.q8": {"A": "5"}}, "visa.q8.A: must be one of nil, 1-10, 11-20, 21-30, >30"),
    ({"visa.q8": {"A": 30}}, "visa.q8.A: must be one of"),
    ({"visa.q8": {"A": "min"}}, "visa.q8.A: must be one of"),
    ({"visa.q8": {"A": "minutes"}}, "visa.q8.A: must be one of"),
    ({"visa.q8": {"A": "1-10 hours"}}, "visa.q8.A: must be one of"),
    ({"visa.q8": {"A": "1-10 min a day"}}, "visa.q8.A: must be one of"),
    ({"visa.q8": {"A": "1-10 min min"}}, "visa.q8.A: must be one of"),
    # Spaces inside cost no time: an expression that goes back over them would never end here.
    ({"visa.q8": {"A": f"1{' ' * 1_000_000}9"}}, "visa.q8.A: must be one of"),
    ({"visa.q7": ""}, "visa.q7: must be one of"),
    ({"visa.q7": "-"}, "visa.q7: must be one of"),
    ({"visa.q7": "notatall"}, "visa.q7: must be one of"),
    ({"visa.q7": "same/higher"}, "visa.q7: must be one of"),
    ({"visa.q9": 1}, "visa.q9: is not a known field"),
    ({"exit": {"t": {}}}, "exit.name: must be one of E1, E2, E3, got null"),
    ({"exit": {"name": "E4"}}, 'exit.name: must be one of E1, E2, E3, got "E4"'),
    ({"exit": {"name": []}}, "exit.name: must be one of E1, E2, E3, got a list"),
    ({"exit": {"name": "E1", "t": {"sl_pain": 11}}}, "exit.t.sl_pain: must be 0 to 10"),
    ({"exit": {"name": "E1", "t": {"csi": "old"}}}, "exit.t.csi: must be one of"),
    ({"exit": {"name": "E1", "t": {"csi": "20"}}}, "exit.t.csi: must be one of none, recent, past"),
    ({"exit": {"name": "E1", "t": {"csi": -1}}}, "exit.t.csi: must be 0 to"),
    (
        {"exit": {"name": "E1", "t": {"csi": Decimal("1.5")}}},
        "exit.t.csi: must be a whole number, got 1.5",
    ),
    ({"exit": {"name": "E1", "t": {"csi": True}}}, "exit.t.csi: must be a number, got true"),
    ({"exit": {"name": "E1", "t": {"x": 1}}}, "exit.t.x: is not a known field"),
    ({"exit": {"name": "E1", "u": 1}}, "exit.u: is not a known field"),
    ({"review.adherence_pct": 101}, "review.adherence_pct: must be 0 to 100, got 101"),
    ({"review.baseline_visa": 101}, "review.baseline_visa: must be 0 to 100, got 101"),
    ({"review.weeks": -1}, "review.weeks: must be"),
    ({"mood": 1}, "mood: is not a known field"),
    (
        {"session.pain_during": Decimal("1E-21")},
        "session.pain_during: has more than 20 decimal places",
    ),
    ({"session.pain_during": 10**50}, "session.pain_during: must be 0 to 10, got a very"),
    ({"session.pain_during": "x" * 99}, f'must be a number, got "{"x" * 39}...'),
    ({"line\nbreak": 1}, "line\\nbreak: is not a known field"),
]


@pytest.mark.parametrize(
    ("changes", "message"),
    [pytest.param(*row, id=f"{place} {row[1]}") for place, row in enumerate(BAD)],
)
def test_bad_cases_name_the_field(changes, message):
    with pytest.raises(CaseError) as refused:
        found(**changes)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_notes_are_welcome():
    noted = {"about": "a", "note": "b", "notes": {"c": 1}, "comment": [], "id": "x"}
    assert found(**noted) == found()


def test_a_list_keeps_its_order_and_its_good_cases():
    answered = appraise_all([CASES[1], case(**{"session.pain_during": 11}), 5, CASES[2]])
    assert answered == [
        appraise(CASES[1]),
        {"error": "session.pain_during: must be 0 to 10, got 11"},
        {"error": "case: must be an object, got 5"},
        appraise(CASES[2]),
    ]
    assert appraise_all([]) == []


@pytest.mark.parametrize("wrong", [5, "case", None, True, Decimal("1.5")])
def test_what_is_no_case_is_refused(wrong):
    with pytest.raises(CaseError, match="case: must be an object or a list"):
        appraise_all(wrong)


def test_one_case_gives_one_object():
    assert appraise_all(CASES[1]) == appraise(CASES[1])


# --- Reading JSON. ---


def test_decimals_are_read_exactly():
    assert read_cases("[0.1, 1e2, 3]") == [Decimal("0.1"), Decimal(100), 3]
    assert isinstance(read_cases("3"), int)


@pytest.mark.parametrize(
    "number",
    ["NaN", "Infinity", "-Infinity", "1e999", "1e99999999999999999999", "9" * 5000],
)
def test_numbers_that_are_none_are_refused_in_their_field(number):
    text = f'{{"patient": {{}}, "session": {{"pain_during": {number}}}}}'
    with pytest.raises(CaseError, match=r"^session\.pain_during: must be"):
        appraise_all(read_cases(text))


TWICE: list[tuple[str, str]] = [
    ('"patient": {}, "patient": {}', "patient: must be an object, got two values"),
    (
        '"patient": {"age": 40, "age": 41}',
        "patient.age: must be a number, got two values",
    ),
    ('"patient": {"age": 40, "age": 40}', "patient.age: must be a number, got two values"),
    ('"patient": {"age": null, "age": 40}', "patient.age: must be a number, got two values"),
    ('"patient": {"age": 1, "age": 2, "age": 3}', "patient.age: must be a number, got two values"),
    ('"patient": {"warm": true, "warm": true}', "patient.warm: must be true or false, got two"),
    ('"patient": {"sex": "M", "sex": "F"}', "patient.sex: must be one of F, M, U, got two values"),
    (
        '"patient": {"tender_cm": [4], "tender_cm": [1]}',
        "patient.tender_cm: must be a list of numbers, got two values",
    ),
    ('"patient": {"spike": [4, 5], "spike": [1, 2]}', "patient.spike: must be two distances"),
    (
        '"patient": {"red": {}, "red": {"fever": true}}',
        "patient.red: must be an object, got two values",
    ),
    (
        '"patient": {"red": {"fever": true, "fever": false}}',
        "patient.red.fever: must be true or false, got two values",
    ),
    (
        '"patient": {"red": {"wells_items": [], "wells_items": []}}',
        "patient.red.wells_items: must be a list of names, got two values",
    ),
    ('"patient": {"mood": 1, "mood": 1}', "patient.mood: is not a known field"),
    ('"patient": {}, "mood": 1, "mood": 1', "mood: is not a known field"),
    ('"patient": {}, "visa": {"q7": 0, "q7": 4}', "visa.q7: must be one of not_at_all"),
    ('"patient": {}, "visa": {"q8": {}, "q8": {}}', "visa.q8: must be an object, got two values"),
    (
        '"patient": {}, "visa": {"q8": {"A": "nil", "A": ">30"}}',
        "visa.q8.A: must be one of nil, 1-10, 11-20, 21-30, >30, got two values",
    ),
    (
        '"patient": {}, "session": {"pain_during": 2, "pain_during": 6}',
        "session.pain_during: must be a number, got two values",
    ),
    (
        '"patient": {}, "ctx": {"stage": "isometric", "stage": "isotonic"}',
        "ctx.stage: must be one of",
    ),
    (
        '"patient": {}, "exit": {"name": "E1", "name": "E2"}',
        "exit.name: must be one of E1, E2, E3, got two values",
    ),
    (
        '"patient": {}, "exit": {"name": "E1", "t": {"csi": "none", "csi": "recent"}}',
        "exit.t.csi: must be a number, got two values",
    ),
    (
        '"patient": {}, "review": {"weeks": 12, "weeks": 13}',
        "review.weeks: must be a number, got two values",
    ),
]


@pytest.mark.parametrize(("text", "message"), TWICE, ids=[text for text, _ in TWICE])
def test_a_field_given_twice_is_refused_by_its_path(text, message):
    with pytest.raises(CaseError) as refused:
        appraise_all(read_cases(f"{{{text}}}"))
    assert str(refused.value).startswith(message)
    # In a list the other cases are still read.
    answered: Any = appraise_all(read_cases(f'[{{"patient": {{}}}}, {{{text}}}]'))
    assert answered == [appraise({"patient": {}}), {"error": str(refused.value)}]


def test_a_note_given_twice_is_nobody_s_concern():
    text = '{"patient": {}, "note": "a", "note": "b"}'
    assert appraise_all(read_cases(text)) == appraise({"patient": {}})


@pytest.mark.parametrize("text", ["", "{", "[1,", "{'a': 1}", "\x00", '{"a": 1} x', "[" * 100_000])
def test_what_is_no_json_is_refused_in_one_line(text):
    with pytest.raises(CaseError, match=r"^JSON: ") as refused:
        read_cases(text)
    assert "\n" not in str(refused.value)


# --- No input raises anything but CaseError. ---

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
small = st.integers(0, 10) | st.decimals(0, 10, places=1)
answers = st.booleans() | st.none()


def part(**values: Any) -> st.SearchStrategy[Any]:
    """An object with some of the fields, now and then with junk in one or beside them."""
    good = st.fixed_dictionaries({}, optional=values)
    bad = st.tuples(good, st.dictionaries(st.sampled_from([*values, "x"]), junk, max_size=1))
    return good | good | good | bad.map(lambda pair: {**pair[0], **pair[1]}) | junk


red = part(
    calf_squeeze_positive=answers,
    palpable_gap=answers,
    sudden_pop=answers,
    fever=answers,
    psoriasis=answers,
    wells_items=st.lists(st.text(min_size=1, max_size=3), max_size=3),
    wells_alt=answers,
)
patients = part(
    sex=st.sampled_from(["M", "F", "U", None]),
    age=st.integers(0, 120) | st.none(),
    duration_weeks=st.integers(0, 200),
    tender_cm=st.lists(st.decimals(0, 15, places=1), max_size=3),
    warm=answers,
    swelling_diffuse=answers,
    thickening_nodular=answers,
    prior_episode=answers,
    pain_light_load=small,
    sl_heel_raise_pain=small,
    csi_days=st.integers(0, 100) | st.none(),
    fq_days=st.integers(0, 100) | st.none(),
    red=red,
    hret_affected=st.integers(0, 60) | st.none(),
    hret_unaffected=st.integers(0, 60) | st.none(),
    running_status=st.sampled_from(["never_stopped", "stopped", None]),
    run_pain=small | st.none(),
    run_settled=answers,
    spike=st.tuples(small, small | st.none()),
)
visas = part(
    q1_min=st.integers(0, 120),
    q2=st.integers(0, 10),
    q3=st.integers(0, 10),
    q4=st.integers(0, 10),
    q5=st.integers(0, 10),
    q6_hops=st.integers(0, 20),
    q7=st.sampled_from(["not_at_all", "modified", "full", "same", 7, None]),
    q8=st.dictionaries(st.sampled_from("ABC"), st.sampled_from(["nil", "1-10", ">30", None])),
)
sessions = part(
    pain_before=small | st.none(),
    pain_during=small | st.none(),
    pain_after=small | st.none(),
    pain_24h=small | st.none(),
    stiff_base=st.integers(0, 90) | st.none(),
    stiff_next=st.integers(0, 90) | st.none(),
    completed_pct=st.integers(0, 100) | st.none(),
    new_warm_or_swollen=answers,
    recovery_ok=answers,
)
contexts = part(
    stage=st.sampled_from(["isometric", "isotonic", "plyometric", "run_walk", "full_return", None]),
    step=st.integers(1, 13) | st.none(),
    protocol=st.sampled_from(["HSR", "GRIF", "INS", "ALF", "SILB", None]),
    n_ok_before=st.integers(0, 4),
    week_trend_rising=st.integers(0, 3),
    regress_in_14d=st.integers(0, 3),
)
exits = part(
    name=st.sampled_from(["E1", "E2", "E3"]),
    t=part(sl_pain=small, n_ok=st.integers(0, 5), sl_reps=st.integers(0, 40), attested=answers),
)
reviews = part(
    weeks=st.integers(0, 30),
    adherence_pct=st.integers(0, 100),
    baseline_visa=st.integers(0, 100),
)
cases = st.fixed_dictionaries(
    {"patient": patients},
    optional={
        "visa": visas,
        "session": sessions,
        "ctx": contexts,
        "exit": exits,
        "review": reviews,
    },
)
OUTCOMES = {"PROGRESS", "HOLD", "REGRESS", "REFER", "PENDING"}


@given(cases | junk)
def test_no_input_raises(made):
    try:
        appraised: Any = appraise_all(made)
    except CaseError as error:
        message = str(error)
        assert message == message.strip()
        assert "\n" not in message
        assert ": " in message
        return
    # Whatever comes out is JSON as it stands, and shaped as promised.
    assert json.loads(json.dumps(appraised, allow_nan=False)) == appraised
    for each in appraised if isinstance(appraised, list) else [appraised]:
        if set(each) != {"error"}:
            assert set(each) - {"run_level_1"} == KEYS
            assert len(each["visa_items"]) == 8
            assert len(each["matrix"]) in {0, 12}
            assert each["warnings"] == sorted(set(each["warnings"]))
            assert each["decision"] is None or each["decision"][0] in OUTCOMES


@given(st.text())
def test_no_text_raises(text):
    refused = ""
    try:
        read_cases(text)
    except CaseError as error:
        refused = str(error)
    assert refused == "" or refused.startswith("JSON: ")
