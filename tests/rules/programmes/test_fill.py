"""Filling a row by rule: what each step asks, and what the practice's weights make of it."""

import re
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programmes.rules.dose import AnyDose, Dose, Load, Tempo, WalkRun
from programmes.rules.fill import (
    Fill,
    FillRule,
    Owned,
    Vary,
    fill_of,
    fill_words,
    filled,
    nearest,
    read_fill,
    short_fill,
)
from programmes.rules.notation import NOTHING, NotUnderstood
from programmes.rules.terms import DoseSide, LoadKind

PAGE = Path(__file__).resolve().parents[3] / "docs" / "notation.md"
NOTHING_OWNED = Owned()
GYM = Owned(
    plates=tuple(map(Decimal, ("1.25", "2.5", "5", "10", "20"))),
    dumbbells=tuple(map(Decimal, ("1", "4", "7"))),
    bands=(Decimal("0.8"),),
)


def load(kind: LoadKind, amount: str) -> Load:
    value = Decimal(amount)
    return Load(kind=kind, amount=int(value) if value == int(value) else value)


def kg(amount: str) -> Load:
    return load(LoadKind.KG, amount)


def dose(**more: object) -> Dose:
    parts: dict[str, object] = {"side": DoseSide.AFFECTED, "sets": 3, "reps": 15}
    return Dose(**{**parts, **more})  # type: ignore[arg-type]


HOLD = dose(reps=None, hold_s=30)


def amounts(doses: tuple[AnyDose, ...]) -> list[str]:
    return [str(each.load.amount) for each in doses if isinstance(each, Dose)]


@pytest.mark.parametrize(
    ("start", "rule", "columns", "owned", "expected"),
    [
        pytest.param(kg("20"), "+5kg", 4, NOTHING_OWNED, "20 25 30 35", id="5 kg a step"),
        pytest.param(kg("20"), "+2.5kg", 4, NOTHING_OWNED, "20 22.5 25 27.5", id="half kilos"),
        pytest.param(kg("20"), "-5kg", 4, NOTHING_OWNED, "20 15 10 5", id="down"),
        pytest.param(kg("20"), "+5kg every 2", 5, NOTHING_OWNED, "20 20 25 25 30", id="every two"),
        pytest.param(kg("20"), "+10%", 4, NOTHING_OWNED, "20 22 24 26.5", id="shares of shares"),
        pytest.param(kg("20"), "-10%", 3, NOTHING_OWNED, "20 18 16", id="shares down"),
        pytest.param(kg("20"), "+5kg", 4, GYM, "20 25 30 35", id="all can be made"),
        pytest.param(kg("20"), "+1kg", 4, GYM, "20 20 20 22.5", id="what can be made"),
        pytest.param(kg("6"), "+0.4kg", 4, GYM, "6 6 6 7", id="never back"),
        pytest.param(kg("2"), "-0.5kg", 4, GYM, "2 1 1 0.8", id="down to the band"),
        pytest.param(kg("1"), "-0.3kg", 3, GYM, "1 0.8 0.8", id="nothing lighter"),
        pytest.param(kg("21"), "+5kg", 2, GYM, "21 25", id="the first stays as typed"),
        pytest.param(Load(kind=LoadKind.BODY_WEIGHT), "+5kg", 3, GYM, "None 5 10", id="from none"),
        pytest.param(
            Load(kind=LoadKind.BODY_WEIGHT), "+5%bw", 3, GYM, "None 5 10", id="share of the body"
        ),
        pytest.param(
            load(LoadKind.PERCENT_MAX, "70"), "+5%max", 3, GYM, "70 75 80", id="of maximum"
        ),
        pytest.param(
            load(LoadKind.PERCENT_MAX, "70"), "+2.5%max", 3, GYM, "70 72.5 75", id="half of it"
        ),
        pytest.param(load(LoadKind.RM, "20"), "-2rm", 3, GYM, "20 18 16", id="heavier is fewer"),
        pytest.param(load(LoadKind.RM, "20"), "+2rm", 3, GYM, "20 22 24", id="lighter"),
        pytest.param(kg("20"), "+5kg", 1, GYM, "20", id="one step"),
    ],
)
def test_loads(start: Load, rule: str, columns: int, owned: Owned, expected: str) -> None:
    doses = filled(fill_of(dose(load=start), rule), columns=columns, owned=owned)
    assert amounts(doses) == expected.split()
    assert doses[0] == dose(load=start)


@pytest.mark.parametrize(
    ("start", "rule", "columns", "expected"),
    [
        pytest.param(dose(), "-1rep", 3, [15, 14, 13], id="fewer"),
        pytest.param(dose(), "+2 reps every 2 steps", 4, [15, 15, 17, 17], id="every two"),
        pytest.param(dose(), "+10%reps", 4, [15, 16, 18, 19], id="shares, never up"),
    ],
)
def test_repetitions(start: Dose, rule: str, columns: int, expected: list[int]) -> None:
    doses = filled(fill_of(start, rule), columns=columns, owned=GYM)
    assert [each.reps for each in doses if isinstance(each, Dose)] == expected


def test_a_range_of_repetitions_moves_as_one() -> None:
    start = dose(reps=10, reps_to=15)
    doses = filled(fill_of(start, "+2reps"), columns=3, owned=GYM)
    found = [(each.reps, each.reps_to) for each in doses if isinstance(each, Dose)]
    assert found == [(10, 15), (12, 17), (14, 19)]


def test_sets_and_seconds() -> None:
    sets = filled(fill_of(dose(), "+1set"), columns=3, owned=GYM)
    assert [each.sets for each in sets if isinstance(each, Dose)] == [3, 4, 5]
    seconds = filled(fill_of(HOLD, "+5s"), columns=3, owned=GYM)
    assert [each.hold_s for each in seconds if isinstance(each, Dose)] == [30, 35, 40]
    shares = filled(fill_of(HOLD, "+50%s"), columns=3, owned=GYM)
    assert [each.hold_s for each in shares if isinstance(each, Dose)] == [30, 45, 67]


def test_repetitions_that_are_their_own_rm_follow_it() -> None:
    start = dose(sets=4, reps=10, load=load(LoadKind.RM, "10"))
    doses = filled(fill_of(start, "-2rm"), columns=3, owned=GYM)
    found = [(each.reps, each.load.amount) for each in doses if isinstance(each, Dose)]
    assert found == [(10, 10), (8, 8), (6, 6)]


def test_everything_else_stays_as_in_the_first() -> None:
    start = dose(load=kg("20"), tempo=Tempo(up_s=3, hold_s=0, down_s=3), rest_s=90, days_per_week=3)
    _, second = filled(fill_of(start, "+5kg"), columns=2, owned=GYM)
    assert isinstance(second, Dose)
    assert (second.tempo, second.rest_s, second.days_per_week) == (start.tempo, 90, 3)


@pytest.mark.parametrize(
    ("start", "rule", "columns", "message"),
    [
        pytest.param(
            dose(load=kg("490")), "+5kg", 5, r"step 4: 505 kg is out of bounds, .* 500 kg", id="kg"
        ),
        pytest.param(
            dose(load=kg("10")), "-5kg", 4, "step 4: -5 kg is out of bounds", id="below 0"
        ),
        pytest.param(
            dose(reps=5, load=load(LoadKind.RM, "5")), "-2rm", 4, "step 4: -1 RM is out", id="RM"
        ),
        pytest.param(
            dose(load=load(LoadKind.PERCENT_MAX, "90")), "+5%max", 4, "step 4: 105 %", id="maximum"
        ),
        pytest.param(dose(reps=3), "-1rep", 4, "step 4: 0 repetitions is out", id="repetitions"),
        pytest.param(dose(sets=19), "+1set", 3, "step 3: 21 sets is out", id="sets"),
        pytest.param(HOLD, "+100s", 4, "step 4: 330 seconds is out", id="seconds"),
        pytest.param(
            dose(reps=15, reps_to=199), "+1rep", 4, "step 3: .* 200 repetitions", id="a range"
        ),
        pytest.param(
            dose(reps=8, load=load(LoadKind.RM, "10")),
            "-1rm",
            5,
            "step 4: 8 repetitions can't be done at 7RM",
            id="more repetitions than the RM allows",
        ),
        pytest.param(
            dose(reps=9, load=load(LoadKind.RM, "10")),
            "+1rep",
            5,
            "step 3: 11 repetitions can't be done at 10RM",
            id="grown beyond the RM",
        ),
        pytest.param(dose(load=kg("1")), "+100%", 200, "step 10: 512 kg is out", id="doubling"),
        pytest.param(
            dose(), "+100%reps", 200, "step 5: 240 repetitions is out", id="doubling reps"
        ),
    ],
)
def test_the_step_no_dose_can_be_is_named(
    start: Dose, rule: str, columns: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        filled(fill_of(start, rule), columns=columns, owned=NOTHING_OWNED)


@pytest.mark.parametrize("columns", [0, 201])
def test_a_row_has_one_step_at_least(columns: int) -> None:
    with pytest.raises(ValueError, match="columns"):
        filled(fill_of(dose(), "+1rep"), columns=columns, owned=GYM)


@pytest.mark.parametrize(
    ("start", "rule", "message"),
    [
        pytest.param(
            WalkRun(rounds=3, walk_min=9, run_min=1, days_per_week=3),
            "+5kg",
            "only sets of an exercise",
            id="running",
        ),
        pytest.param(dose(), "+5s", "not counted in seconds", id="seconds of repetitions"),
        pytest.param(HOLD, "+1rep", "a hold has no repetitions", id="repetitions of a hold"),
        pytest.param(dose(load=load(LoadKind.RM, "10")), "+5kg", "is in RM", id="kg on RM"),
        pytest.param(dose(load=kg("10")), "-2rm", "is in kg", id="RM on kg"),
        pytest.param(dose(), "-2rm", "is with body weight", id="RM on body weight"),
        pytest.param(dose(), "+10%", r"write \+5kg", id="a share of body weight"),
        pytest.param(dose(load=load(LoadKind.RM, "10")), "-10%", "write -2rm", id="a share of RM"),
        pytest.param(
            dose(load=load(LoadKind.PERCENT_MAX, "70")), "+5%", r"\+5%max", id="a share of a share"
        ),
    ],
)
def test_a_rule_that_does_not_fit_says_so(start: AnyDose, rule: str, message: str) -> None:
    with pytest.raises(NotUnderstood, match=message) as raised:
        fill_of(start, rule)
    assert raised.value.understood == fill_words(read_fill(rule))


def test_without_a_kind_an_amount_is_what_the_first_dose_counts() -> None:
    fill = Fill(start=dose(load=kg("20")), what=Vary.LOAD, by=Decimal(5))
    assert amounts(filled(fill, columns=2, owned=GYM)) == ["20", "25"]
    with pytest.raises(ValueError, match="whole"):
        Fill(start=dose(load=load(LoadKind.RM, "10")), what=Vary.LOAD, by=Decimal("0.5"))


# --- What can be made. ---


@pytest.mark.parametrize(
    ("asked", "owned", "made"),
    [
        ("0", GYM, "0"),
        ("0.3", GYM, "0.8"),
        ("0.8", GYM, "0.8"),
        ("2.4", GYM, "1"),
        ("2.5", GYM, "2.5"),
        ("3.9", GYM, "2.5"),
        ("4", GYM, "4"),
        ("7.5", GYM, "7.5"),
        ("8", GYM, "7.5"),
        ("77.5", GYM, "77.5"),
        ("500", GYM, "77.5"),
        ("3", Owned(dumbbells=(Decimal(5), Decimal(10))), "5"),
        ("12.345", NOTHING_OWNED, "12"),
        ("12.5", NOTHING_OWNED, "12.5"),
        ("12.74", NOTHING_OWNED, "12.5"),
        ("0.2", NOTHING_OWNED, "0.5"),
        ("20", Owned(plates=(Decimal(5), Decimal(5))), "20"),
        ("20", Owned(plates=(Decimal(5),)), "10"),
        ("400", Owned(plates=(Decimal(200),)), "400"),
    ],
)
def test_the_nearest_weight(asked: str, owned: Owned, made: str) -> None:
    assert nearest(Decimal(asked), owned) == Decimal(made)


@pytest.mark.parametrize("asked", ["-1", "500.1", "NaN", "Infinity"])
def test_no_weight_for_what_no_dose_asks(asked: str) -> None:
    with pytest.raises(ValueError, match="kg"):
        nearest(Decimal(asked), GYM)


weights = st.decimals(Decimal("0.01"), Decimal(60), places=2)
gyms = st.builds(
    Owned,
    plates=st.lists(weights, max_size=5).map(tuple),
    dumbbells=st.lists(weights, max_size=4).map(tuple),
    bands=st.lists(weights, max_size=3).map(tuple),
)


def makeable(owned: Owned) -> set[Decimal]:
    """Every weight, by trying every choice of pairs."""
    sums = {
        sum((2 * each for each in chosen), Decimal(0))
        for count in range(1, len(owned.plates) + 1)
        for chosen in combinations(owned.plates, count)
    }
    return {each for each in sums | {*owned.dumbbells, *owned.bands} if each <= Decimal(500)}


@settings(max_examples=300)
@given(st.decimals(Decimal("0.01"), Decimal(500), places=3), gyms)
def test_what_is_used_can_be_made_and_is_no_heavier_than_asked(
    asked: Decimal, owned: Owned
) -> None:
    made = makeable(owned)
    found = nearest(asked, owned)
    if not made:
        assert found % Decimal("0.5") == 0
        assert found == Decimal("0.5") or Decimal(0) <= asked - found < Decimal("0.5")
        return
    assert found in made
    lighter = [each for each in made if each <= asked]
    assert found == (max(lighter) if lighter else min(made))


@given(gyms)
def test_what_can_be_made_stays(owned: Owned) -> None:
    for each in makeable(owned):
        assert nearest(each, owned) == each


@given(
    st.integers(1, 400),
    st.integers(-200, 200).filter(bool),
    st.integers(1, 4),
    st.integers(1, 12),
    gyms,
)
def test_a_row_never_turns_round(first: int, by: int, every: int, columns: int, owned: Owned):
    start = dose(load=kg(str(first)))
    fill = Fill(start=start, what=Vary.LOAD, by=Decimal(by) / 4, every=every)
    asked = [Decimal(first) + Decimal(by) / 4 * (step // every) for step in range(columns)]
    if not all(0 <= each <= 500 for each in asked):
        with pytest.raises(ValueError, match=r"^step \d+: "):
            filled(fill, columns=columns, owned=owned)
        return
    doses = filled(fill, columns=columns, owned=owned)
    assert len(doses) == columns
    assert doses[0] == start
    found = [Decimal(each.load.amount or 0) for each in doses if isinstance(each, Dose)]
    assert found == sorted(found, reverse=by < 0)
    made = makeable(owned)
    for each, wanted in zip(found, asked, strict=True):
        assert each in (first, 0) or each <= wanted or each == min(made or {Decimal("0.5")})


@pytest.mark.parametrize(
    "wrong",
    [
        {"plates": (Decimal(0),)},
        {"plates": (Decimal("200.01"),)},
        {"dumbbells": (Decimal("1.001"),)},
        {"bands": (Decimal(-1),)},
        {"bands": (Decimal("NaN"),)},
        {"dumbbells": (Decimal(1),) * 201},
    ],
)
def test_impossible_weights_are_refused(wrong: dict[str, tuple[Decimal, ...]]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Owned(**wrong)


def test_many_plates_are_counted_at_once() -> None:
    many = Owned(plates=tuple(Decimal(n) / 100 for n in range(101, 301)))
    assert nearest(Decimal("333.33"), many) == Decimal("333.32")


# --- The rule as it is typed. ---


def rule(what: Vary, by: str, **more: object) -> FillRule:
    return FillRule(what=what, by=Decimal(by), **more)  # type: ignore[arg-type]


RULES = [
    ("+5kg", rule(Vary.LOAD, "5", kind=LoadKind.KG), "5 kg more every step"),
    ("+ 5 KG", rule(Vary.LOAD, "5", kind=LoadKind.KG), "5 kg more every step"),
    ("+10%", rule(Vary.LOAD, "10", percent=True), "10 % more load every step"),
    ("+10% of load", rule(Vary.LOAD, "10", percent=True), "10 % more load every step"),
    (
        "+2.5kg every 2",
        rule(Vary.LOAD, "2.5", every=2, kind=LoadKind.KG),
        "2.5 kg more every 2 steps",
    ),
    (
        "+2,5 kg every 2nd step",
        rule(Vary.LOAD, "2.5", every=2, kind=LoadKind.KG),
        "2.5 kg more every 2 steps",
    ),
    ("+5kg every step", rule(Vary.LOAD, "5", kind=LoadKind.KG), "5 kg more every step"),
    ("-1rep", rule(Vary.REPS, "-1"), "1 repetition fewer every step"),
    ("−2 reps", rule(Vary.REPS, "-2"), "2 repetitions fewer every step"),
    ("+5s", rule(Vary.HOLD, "5"), "5 seconds more every step"),
    ("+1 second", rule(Vary.HOLD, "1"), "1 second more every step"),
    ("+1set", rule(Vary.SETS, "1"), "1 set more every step"),
    ("-2rm", rule(Vary.LOAD, "-2", kind=LoadKind.RM), "2RM less every step"),
    (
        "+5%max",
        rule(Vary.LOAD, "5", kind=LoadKind.PERCENT_MAX),
        "5 % of maximum effort more every step",
    ),
    (
        "+5%bw",
        rule(Vary.LOAD, "5", kind=LoadKind.PERCENT_BODY_WEIGHT),
        "5 % of body weight more every step",
    ),
    ("-10%reps", rule(Vary.REPS, "-10", percent=True), "10 % fewer repetitions every step"),
]


@pytest.mark.parametrize(
    ("text", "meant", "words"), [pytest.param(*row, id=row[0]) for row in RULES]
)
def test_a_rule_as_typed(text: str, meant: FillRule, words: str) -> None:
    assert read_fill(text) == meant
    assert fill_words(meant) == words


def _page() -> list[tuple[str, str]]:
    section = PAGE.read_text().split("## Filling a row\n")[1]
    return re.findall(r"^\| `([^`]*)` \| (.+?) \|$", section, re.MULTILINE)


def test_the_page_for_clinicians_has_rules() -> None:
    assert len(_page()) >= 5


@pytest.mark.parametrize(("typed", "words"), _page())
def test_the_page_for_clinicians_is_true(typed: str, words: str) -> None:
    assert fill_words(read_fill(typed)) == words


@st.composite
def rules(draw: st.DrawFn) -> FillRule:
    what = draw(st.sampled_from(Vary))
    percent = draw(st.booleans())
    kind = None
    whole = not percent and what is not Vary.LOAD
    if what is Vary.LOAD and not percent:
        kind = draw(st.sampled_from([each for each in LoadKind if each != LoadKind.BODY_WEIGHT]))
    low, high = (-90, 100) if percent else (-500, 500)
    by = (
        draw(st.integers(low, high).map(Decimal))
        if whole
        else draw(st.decimals(Decimal(low), Decimal(high), places=3))
    )
    return FillRule(
        what=what,
        by=by or Decimal(1),
        percent=percent,
        every=draw(st.integers(1, 100)),
        kind=kind,
    )


@given(rules())
def test_every_rule_is_read_back(meant: FillRule) -> None:
    assert read_fill(short_fill(meant)) == meant
    assert fill_words(meant)


@pytest.mark.parametrize(
    ("text", "understood", "problem"),
    [
        ("", NOTHING, "No rule is written"),
        ("5kg", "5", "write +5kg or -5kg"),
        ("+5", "5 more", "no unit known here"),
        ("+5lb", "5 more", "no unit known here"),
        ("+5%kg", "5 more", "no unit known here"),
        ("more", NOTHING, "is not a rule"),
        ("+5kg +1rep", "5 more", "is not a rule"),
        ("+0kg", "0 more", "above or below 0"),
        ("+501kg", "501 more", "at most 500"),
        ("+0.0001kg", "0.0001 more", "three decimals"),
        ("+101%", "101 more", "from -90 to 100 %"),
        ("-95%", "95 less", "from -90 to 100 %"),
        ("+1.5reps", "1.5 more", "whole numbers"),
        ("+5kg every 0", "5 more", "from 1 to 100 steps"),
        ("+5kg every 101", "5 more", "from 1 to 100 steps"),
        ("+" * 61, NOTHING, "at most 60 letters"),
    ],
)
def test_what_is_no_rule(text: str, understood: str, problem: str) -> None:
    with pytest.raises(NotUnderstood) as raised:
        read_fill(text)
    assert raised.value.understood == understood
    assert problem in raised.value.problem
    assert raised.value.part in text


@settings(max_examples=500)
@given(
    st.text(max_size=70)
    | st.text("0123456789.,+-% kgrmsepbwaxvty", max_size=30)
    | st.lists(
        st.sampled_from(["+", "-", "5", "2.5", "%", "kg", "rm", "reps", "every", " ", "2", "max"]),
        max_size=8,
    ).map("".join)
)
def test_any_text_is_a_rule_or_not_understood(text: str) -> None:
    try:
        found = read_fill(text)
    except NotUnderstood:
        return
    assert read_fill(short_fill(found)) == found


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"what": Vary.LOAD, "by": Decimal(5)}, "kind"),
        ({"what": Vary.REPS, "by": Decimal(5), "kind": LoadKind.KG}, "kind"),
        ({"what": Vary.LOAD, "by": Decimal(5), "kind": LoadKind.BODY_WEIGHT}, "kind"),
        ({"what": Vary.LOAD, "by": Decimal("NaN"), "kind": LoadKind.KG}, "by"),
        ({"what": Vary.SETS, "by": Decimal("0.5")}, "by"),
        ({"what": Vary.SETS, "by": Decimal(1), "every": 0}, "every"),
    ],
)
def test_impossible_rules_are_refused(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}"):
        FillRule(**wrong)  # type: ignore[arg-type]
