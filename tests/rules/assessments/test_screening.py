"""Red flags: each trigger alone, together, and around its threshold."""

from dataclasses import fields
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.defaults import AssessmentDefaults
from assessments.rules.finding import Tone
from assessments.rules.screening import (
    ANSWER_LABELS,
    FLAG_TITLES,
    WELLS_ITEMS,
    Screening,
    is_emergency,
    locks,
    red_flags,
    unanswered,
    wells_score,
)
from assessments.rules.terms import Level

ANSWERS = [one.name for one in fields(Screening) if one.name != "wells_items"]
SIGNS = ["matles_positive", "palpable_gap", "sudden_pop", "new_inability_single_heel_raise"]
FEATURES = ["ibp", "psoriasis", "uveitis", "ibd", "dactylitis_or_other_enthesitis", "fh_spa"]


def flags(*, age=40, fluoroquinolone_days=None, defaults=None, **answers):
    more = {} if defaults is None else {"defaults": defaults}
    return red_flags(
        Screening(**answers), age=age, fluoroquinolone_days=fluoroquinolone_days, **more
    )


def levels(**given_answers):
    return [(flag.id, flag.level.value) for flag in flags(**given_answers)]


# What one yes alone raises; everything left out raises nothing alone.
ALONE = {
    "calf_squeeze_positive": ("RF01", "EMERGENCY"),
    **dict.fromkeys(SIGNS, ("RF01", "SAME_DAY_REVIEW")),
    "fluoroquinolone_taken": ("RF03", "URGENT"),
    "xanthoma": ("RF06", "ROUTINE"),
    "known_fh": ("RF06", "ROUTINE"),
    "corneal_arcus_early_cvd": ("RF06", "ROUTINE"),
    "calcaneal_squeeze_positive": ("RF07", "URGENT"),
    "focal_bone_tenderness": ("RF07", "URGENT"),
    "fever": ("RF08", "EMERGENCY"),
    "wound_infected": ("RF08", "EMERGENCY"),
    "systemic_illness": ("RF08", "EMERGENCY"),
    "lateral_foot_paraesthesia": ("RF10", "ROUTINE"),
    "tinel_positive": ("RF10", "ROUTINE"),
    "unexplained_weight_loss": ("RF11", "URGENT"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_one_yes_alone(name):
    expected = [ALONE[name]] if name in ALONE else []
    assert levels(**{name: True}) == expected


@pytest.mark.parametrize("name", ANSWERS)
def test_no_and_not_asked_raise_nothing(name):
    assert levels(**{name: False}) == []
    assert levels(**{name: None}) == []


@pytest.mark.parametrize("pair", list(combinations(SIGNS, 2)), ids="+".join)
def test_two_rupture_signs_are_an_emergency(pair):
    assert levels(**dict.fromkeys(pair, True)) == [("RF01", "EMERGENCY")]


def test_a_positive_squeeze_shows_the_other_signs_too():
    (flag,) = flags(calf_squeeze_positive=True, sudden_pop=True)
    assert [label for label, _ in flag.finding.numbers] == [
        ANSWER_LABELS["calf_squeeze_positive"],
        ANSWER_LABELS["sudden_pop"],
    ]
    assert flag.finding.tone is Tone.STOP


@pytest.mark.parametrize(
    ("items", "alternative", "score", "expected"),
    [
        (None, None, 0, None),
        (None, True, -2, None),
        ((), None, 0, None),
        (("deep_vein_tenderness",), None, 1, "URGENT"),
        (("deep_vein_tenderness",), False, 1, "URGENT"),
        (("deep_vein_tenderness",), True, -1, None),
        (("deep_vein_tenderness", "deep_vein_tenderness"), None, 1, "URGENT"),
        (("deep_vein_tenderness", "previous_dvt"), None, 2, "EMERGENCY"),
        (("deep_vein_tenderness", "previous_dvt"), True, 0, None),
        (("active_cancer", "pitting_oedema", "previous_dvt"), True, 1, "URGENT"),
        (("one", "two"), None, 2, "EMERGENCY"),
        (tuple(WELLS_ITEMS), True, 7, "EMERGENCY"),
    ],
    ids=str,
)
def test_wells(items, alternative, score, expected):
    assert wells_score(Screening(wells_items=items, wells_alt=alternative)) == score
    raised = levels(wells_items=items, wells_alt=alternative)
    assert raised == ([] if expected is None else [("RF02", expected)])


def test_wells_has_its_nine_items():
    assert len(WELLS_ITEMS) == 9
    for name in WELLS_ITEMS:
        assert levels(wells_items=(name,)) == [("RF02", "URGENT")]


def test_wells_names_what_was_ticked():
    (flag,) = flags(wells_items=("previous_dvt", "odd", "active_cancer"), wells_alt=True)
    assert flag.finding.numbers == (
        ("Wells score", "1"),
        ("Active cancer", "yes"),
        ("odd", "yes"),
        ("Earlier deep vein thrombosis", "yes"),
        ("Another diagnosis at least as likely", "yes"),
    )


@pytest.mark.parametrize(
    ("days", "raised"), [(None, False), (0, True), (59, True), (60, True), (61, False)]
)
def test_fluoroquinolone(days, raised):
    assert levels(fluoroquinolone_days=days) == ([("RF03", "URGENT")] if raised else [])


@pytest.mark.parametrize("taken", [None, False, True])
def test_a_recorded_date_decides_over_the_question(taken):
    assert levels(fluoroquinolone_days=61, fluoroquinolone_taken=taken) == []
    assert levels(fluoroquinolone_days=60, fluoroquinolone_taken=taken) == [("RF03", "URGENT")]


def test_taken_without_a_date_counts_and_says_so():
    (flag,) = flags(fluoroquinolone_taken=True)
    assert "Without a date" in flag.finding.because
    assert ("Last dose", "date not recorded") in flag.finding.numbers


@pytest.mark.parametrize(
    ("age", "steroid", "stronger"),
    [
        (59, None, False),
        (59, False, False),
        (60, None, True),
        (80, False, True),
        (30, True, True),
        (None, None, False),
        (None, True, True),
    ],
)
def test_age_and_steroids_make_the_wording_stronger_only(age, steroid, stronger):
    (flag,) = flags(fluoroquinolone_days=10, age=age, oral_steroid=steroid)
    assert flag.level is Level.URGENT
    assert ("much further" in flag.finding.because) is stronger
    assert ("today" in flag.action) is stronger
    assert (("Steroid tablets", "yes") in flag.finding.numbers) is bool(steroid)
    assert ("Age" in dict(flag.finding.numbers)) is (age is not None and age >= 60)


@pytest.mark.parametrize("count", range(7))
def test_joint_disease_needs_two_features(count):
    for some in combinations(FEATURES, count):
        assert levels(**dict.fromkeys(some, True)) == ([("RF05", "ROUTINE")] if count > 1 else [])


@pytest.mark.parametrize(
    ("age", "raised"),
    [(None, False), (0, True), (17, True), (18, False), (120, False)],
)
def test_under_age_blocks(age, raised):
    assert levels(age=age) == ([("RF09", "BLOCK")] if raised else [])


@pytest.mark.parametrize(
    ("loss", "cancer", "night", "raised"),
    [
        (True, None, None, True),
        (True, True, False, True),
        (None, True, None, False),
        (None, None, True, False),
        (False, True, False, False),
        (None, True, True, True),
        (True, True, True, True),
    ],
)
def test_malignancy(loss, cancer, night, raised):
    found = levels(unexplained_weight_loss=loss, cancer_history=cancer, rest_or_night_pain=night)
    assert found == ([("RF11", "URGENT")] if raised else [])


def test_all_flags_come_sorted_with_words():
    answers = dict.fromkeys(ANSWERS, True) | {"wells_alt": False}
    raised = flags(**answers, wells_items=("active_cancer",), age=17, fluoroquinolone_days=3)
    assert [flag.id for flag in raised] == list(FLAG_TITLES)
    for flag in raised:
        assert flag.finding.rule == flag.id
        assert flag.action.endswith(".")
        expected = Tone.CAUTION if flag.level is Level.ROUTINE else Tone.STOP
        assert flag.finding.tone is expected


@pytest.mark.parametrize(
    ("answers", "locked", "emergency"),
    [
        ({}, False, False),
        ({"xanthoma": True}, False, False),
        ({"sudden_pop": True}, True, False),
        ({"focal_bone_tenderness": True}, True, False),
        ({"age": 12}, True, False),
        ({"fever": True}, True, True),
        ({"fever": True, "xanthoma": True}, True, True),
    ],
    ids=str,
)
def test_locks(answers, locked, emergency):
    raised = flags(**answers)
    assert locks(raised) is locked
    assert is_emergency(raised) is emergency


def test_settings_move_the_thresholds():
    defaults = AssessmentDefaults(rupture_signs=1, spondyloarthropathy_features=1, adult_age=16)
    assert flags(sudden_pop=True, defaults=defaults)[0].level is Level.EMERGENCY
    assert [flag.id for flag in flags(uveitis=True, age=17, defaults=defaults)] == ["RF05"]


def test_unanswered_lists_everything_at_first():
    names = unanswered(Screening(), age=None)
    assert set(names) == {*ANSWERS, "wells_items", "age"} - {"wells_alt"}


def test_unanswered_is_empty_when_all_was_asked():
    screening = Screening(**dict.fromkeys(ANSWERS, False), wells_items=())
    assert unanswered(screening, age=40) == ()


@pytest.mark.parametrize(
    ("change", "days", "missing"),
    [
        ({"wells_alt": None}, None, ()),
        ({"wells_alt": None, "wells_items": ("active_cancer",)}, None, ("wells_alt",)),
        ({"wells_items": ("active_cancer",)}, None, ()),
        ({"fluoroquinolone_taken": True}, None, ("fluoroquinolone_days",)),
        ({"fluoroquinolone_taken": True}, 100, ()),
        ({"fluoroquinolone_taken": None}, 100, ()),
        ({"fluoroquinolone_taken": None}, None, ("fluoroquinolone_taken",)),
    ],
    ids=str,
)
def test_questions_that_hang_on_others(change, days, missing):
    answers = {**dict.fromkeys(ANSWERS, False), "wells_items": (), **change}
    assert unanswered(Screening(**answers), age=40, fluoroquinolone_days=days) == missing


@pytest.mark.parametrize(
    "wells", ["active_cancer", ("active_cancer", ""), (1,), ("a",) * 21], ids=str
)
def test_malformed_wells_items_are_refused(wells):
    with pytest.raises(ValueError, match=r"^wells_items: "):
        Screening(wells_items=wells)


@pytest.mark.parametrize("name", ANSWERS)
def test_malformed_answers_are_refused(name):
    bad: dict[str, Any] = {name: 1}
    with pytest.raises(ValueError, match=f"^{name}: "):
        Screening(**bad)


@pytest.mark.parametrize(
    ("name", "value"), [("age", 121), ("age", -1), ("fluoroquinolone_days", -1)]
)
def test_numbers_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=f"^{name}: "):
        flags(**{name: value})


def test_labels_cover_every_question():
    assert set(ANSWER_LABELS) == {*ANSWERS, "wells_items"}


RANK = [Level.ROUTINE, Level.URGENT, Level.SAME_DAY_REVIEW, Level.EMERGENCY, Level.BLOCK]


@given(
    st.fixed_dictionaries({name: st.sampled_from((None, False, True)) for name in ANSWERS}),
    st.sampled_from([name for name in ANSWERS if name != "wells_alt"]),
    st.sampled_from((None, (), ("active_cancer",), ("active_cancer", "previous_dvt"))),
)
def test_one_more_yes_never_lowers_a_flag(answers, name, wells):
    before = {flag.id: flag.level for flag in flags(**answers, wells_items=wells)}
    after = {flag.id: flag.level for flag in flags(**{**answers, name: True}, wells_items=wells)}
    for flag_id, level in before.items():
        assert RANK.index(after[flag_id]) >= RANK.index(level)
