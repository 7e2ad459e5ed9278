"""The contraindication matrix, each of its 144 cells read from a table of our own here."""

from itertools import chain, combinations, permutations, product

import pytest

from assessments.rules.contraindications import (
    NO_CORTISONE,
    PAST_CORTISONE_CAUTION,
    REASON_CELLS,
    REASONS,
    RECENT_CORTISONE,
    ROW_LABELS,
    contraindications_finding,
    grade,
    matrix,
    reason_for,
    strictest,
    unlock_for,
    unlocks,
)
from assessments.rules.defaults import AssessmentDefaults
from assessments.rules.finding import Tone
from assessments.rules.sources import SOURCES
from assessments.rules.terms import Cortisone, Grade, Location, MatrixRow, Phase, Stage

# Rows as in the rule book: reactive mid, ins; disrepair mid, ins; degenerative mid, ins.
NONE = """
isometric_mid_range A A A A A A
bilateral_heel_raise_floor C C A A A A
single_leg_heel_raise_floor C C A A A A
step_deficit_heel_drop X X A X A X
seated_soleus_raise C C A A A A
loaded_hsr X X A C A C
double_leg_hop X X A C A C
single_leg_hop X X C C A C
run_walk_flat C C A A A A
uphill_running X X C X C X
speed_running X X C C C C
dorsiflexion_stretch X X C X C X
"""
RECENT = """
isometric_mid_range C C C C C C
bilateral_heel_raise_floor C C C C C C
single_leg_heel_raise_floor X X C C C C
step_deficit_heel_drop X X X X X X
seated_soleus_raise C C C C C C
loaded_hsr X X X X X X
double_leg_hop X X X X X X
single_leg_hop X X X X X X
run_walk_flat X X X X X X
uphill_running X X X X X X
speed_running X X X X X X
dorsiflexion_stretch X X X X X X
"""
COLUMNS = [
    (Phase.REACTIVE, Location.MIDPORTION),
    (Phase.REACTIVE, Location.INSERTIONAL),
    (Phase.DISREPAIR, Location.MIDPORTION),
    (Phase.DISREPAIR, Location.INSERTIONAL),
    (Phase.DEGENERATIVE, Location.MIDPORTION),
    (Phase.DEGENERATIVE, Location.INSERTIONAL),
]
CELLS = [
    (row, phase, location, cortisone, letter)
    for cortisone, table in ((Cortisone.NONE, NONE), (Cortisone.RECENT, RECENT))
    for row, *letters in (line.split() for line in table.strip().splitlines())
    for (phase, location), letter in zip(COLUMNS, letters, strict=True)
]
ON_TENDON = [Location.MIDPORTION, Location.INSERTIONAL, Location.MIXED]
OFF_TENDON = [Location.OUT_OF_RANGE, Location.UNDETERMINED]
ALL = list(product(MatrixRow, Phase, ON_TENDON, Cortisone))
ORDER = "ACX"


def test_there_are_144_cells():
    assert len({cell[:4] for cell in CELLS}) == 144


@pytest.mark.parametrize(("row", "phase", "location", "cortisone", "letter"), CELLS)
def test_cell(row, phase, location, cortisone, letter):
    assert grade(MatrixRow(row), phase, location, cortisone) == letter
    assert matrix(phase, location, cortisone)[MatrixRow(row)] == letter


@pytest.mark.parametrize("location", ON_TENDON)
@pytest.mark.parametrize("cortisone", Cortisone)
@pytest.mark.parametrize(
    ("phase", "like"),
    [
        (Phase.REACTIVE_ON_DEGENERATIVE, Phase.REACTIVE),
        (Phase.INDETERMINATE_EARLY, Phase.DISREPAIR),
    ],
)
def test_phase_without_columns_of_its_own(phase, like, location, cortisone):
    assert matrix(phase, location, cortisone) == matrix(like, location, cortisone)


@pytest.mark.parametrize("cortisone", Cortisone)
@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("row", MatrixRow)
def test_mixed_is_the_worse_of_the_two(row, phase, cortisone):
    cells = [
        grade(row, phase, location, cortisone)
        for location in (Location.MIDPORTION, Location.INSERTIONAL)
    ]
    assert grade(row, phase, Location.MIXED, cortisone) == max(cells, key=ORDER.index)


@pytest.mark.parametrize("location", ON_TENDON)
@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("row", MatrixRow)
def test_monotone_in_cortisone(row, phase, location):
    none, past, recent = (
        ORDER.index(grade(row, phase, location, cortisone))
        for cortisone in (Cortisone.NONE, Cortisone.PAST, Cortisone.RECENT)
    )
    assert none <= past <= recent


@pytest.mark.parametrize("location", ON_TENDON)
@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("row", MatrixRow)
def test_past_cortisone_raises_only_hops_hills_and_speed(row, phase, location):
    before = grade(row, phase, location, Cortisone.NONE)
    raised = row in {"double_leg_hop", "single_leg_hop", "uphill_running", "speed_running"}
    expected = "C" if raised and before == "A" else before
    assert grade(row, phase, location, Cortisone.PAST) == expected


@pytest.mark.parametrize("location", OFF_TENDON)
def test_no_matrix_off_the_tendon(location):
    assert matrix(Phase.REACTIVE, location, Cortisone.NONE) == {}
    with pytest.raises(ValueError, match=r"^location: "):
        grade(MatrixRow.LOADED_HSR, Phase.REACTIVE, location, Cortisone.NONE)


@pytest.mark.parametrize("location", Location)
def test_no_matrix_without_a_phase(location):
    assert matrix(None, location, Cortisone.RECENT) == {}


SEVERAL = list(chain.from_iterable(combinations(Phase, size) for size in range(1, 6)))


@pytest.mark.parametrize(
    "phases", SEVERAL, ids=lambda phases: " or ".join(phase.value for phase in phases)
)
@pytest.mark.parametrize("location", ON_TENDON)
@pytest.mark.parametrize("cortisone", Cortisone)
def test_several_phases_are_never_milder_than_one_and_no_stricter_than_needed(
    phases, location, cortisone
):
    cells = strictest(phases, location, cortisone)
    assert list(cells) == list(MatrixRow)
    for row, cell in cells.items():
        of_each = [ORDER.index(matrix(phase, location, cortisone)[row]) for phase in phases]
        assert ORDER.index(cell) == max(of_each)


def test_the_order_of_the_phases_does_not_matter():
    tables = [
        strictest(iter(phases), Location.MIXED, Cortisone.NONE) for phases in permutations(Phase)
    ]
    assert all(table == tables[0] for table in tables)


@pytest.mark.parametrize("location", list(Location))
def test_no_phase_at_all_has_no_cells(location):
    assert strictest((), location, Cortisone.NONE) == {}


@pytest.mark.parametrize("location", OFF_TENDON)
@pytest.mark.parametrize("phases", [(Phase.REACTIVE,), tuple(Phase)], ids=["one", "all"])
def test_several_phases_off_the_tendon_have_no_cells(location, phases):
    assert strictest(phases, location, Cortisone.RECENT) == {}


def test_matrix_has_all_rows_in_order():
    assert list(matrix(Phase.DISREPAIR, Location.MIXED, Cortisone.PAST)) == list(MatrixRow)
    assert set(NO_CORTISONE) == set(RECENT_CORTISONE) == set(ROW_LABELS) == set(MatrixRow)


@pytest.mark.parametrize(("row", "phase", "location", "cortisone"), ALL)
def test_a_cell_has_reasons_exactly_when_it_is_not_allowed(row, phase, location, cortisone):
    reasons = reason_for(row, phase, location, cortisone)
    assert bool(reasons) == (grade(row, phase, location, cortisone) is not Grade.ALLOWED)
    assert len({reason.code for reason in reasons}) == len(reasons)


@pytest.mark.parametrize(
    ("row", "phase", "location", "cortisone", "codes"),
    [
        ("step_deficit_heel_drop", "disrepair", "insertional", "none", ["M1"]),
        ("step_deficit_heel_drop", "degenerative", "mixed", "none", ["M1"]),
        ("step_deficit_heel_drop", "reactive", "midportion", "none", ["M4"]),
        ("step_deficit_heel_drop", "reactive", "insertional", "none", ["M1", "M4"]),
        ("dorsiflexion_stretch", "reactive", "midportion", "none", ["M2"]),
        ("dorsiflexion_stretch", "degenerative", "insertional", "none", ["M2"]),
        ("dorsiflexion_stretch", "degenerative", "mixed", "none", ["M2"]),
        ("dorsiflexion_stretch", "degenerative", "midportion", "none", ["M3"]),
        ("dorsiflexion_stretch", "degenerative", "midportion", "recent", ["M11"]),
        ("loaded_hsr", "reactive", "midportion", "none", ["M4"]),
        ("bilateral_heel_raise_floor", "reactive", "midportion", "none", ["M5"]),
        ("bilateral_heel_raise_floor", "reactive", "midportion", "recent", ["M5", "M11"]),
        ("single_leg_heel_raise_floor", "reactive", "midportion", "recent", ["M11"]),
        ("seated_soleus_raise", "reactive_on_degenerative", "mixed", "past", ["M5"]),
        ("run_walk_flat", "reactive", "insertional", "none", ["M6"]),
        ("uphill_running", "disrepair", "insertional", "none", ["M7"]),
        ("uphill_running", "disrepair", "mixed", "none", ["M7"]),
        ("uphill_running", "disrepair", "midportion", "none", ["M8"]),
        ("uphill_running", "disrepair", "midportion", "past", ["M8", "W-CSI-PAST"]),
        ("uphill_running", "disrepair", "insertional", "past", ["M7"]),
        ("speed_running", "degenerative", "insertional", "none", ["M8"]),
        ("loaded_hsr", "degenerative", "insertional", "none", ["M9"]),
        ("loaded_hsr", "degenerative", "insertional", "recent", ["M11"]),
        ("single_leg_hop", "disrepair", "midportion", "none", ["M10"]),
        ("single_leg_hop", "disrepair", "insertional", "none", ["M9", "M10"]),
        ("single_leg_hop", "degenerative", "midportion", "past", ["W-CSI-PAST"]),
        ("isometric_mid_range", "degenerative", "midportion", "recent", ["M11"]),
        ("isometric_mid_range", "reactive", "midportion", "none", []),
    ],
)
def test_reasons(row, phase, location, cortisone, codes):
    reasons = reason_for(MatrixRow(row), Phase(phase), Location(location), Cortisone(cortisone))
    assert [reason.code for reason in reasons] == codes


def test_each_reason_has_words_and_known_sources():
    assert {code for code, _, _ in REASON_CELLS} | {"M11", "W-CSI-PAST"} == set(REASONS)
    for reason in REASONS.values():
        assert reason.because.endswith(".")
        assert reason.sources
        assert set(reason.sources) <= set(SOURCES)


@pytest.mark.parametrize(("row", "phase", "location", "cortisone"), ALL)
def test_unlocks_open_only_two_cells(row, phase, location, cortisone):
    settled = phase in {Phase.DISREPAIR, Phase.DEGENERATIVE, Phase.INDETERMINATE_EARLY}
    expected = None
    if settled and cortisone is not Cortisone.RECENT:
        if row is MatrixRow.STEP_DEFICIT_HEEL_DROP and location is Location.INSERTIONAL:
            expected = "U1"
        if row is MatrixRow.UPHILL_RUNNING and location is not Location.MIDPORTION:
            expected = "U2"
    unlock = unlock_for(row, phase, location, cortisone)
    assert (unlock and unlock.code) == expected
    if unlock:
        assert grade(row, phase, location, cortisone) is Grade.CONTRAINDICATED


def test_unlocks_carry_the_settings():
    first, second = unlocks(defaults=AssessmentDefaults(unlock_dorsiflexion_pain=1, unlock_weeks=6))
    assert (first.stage, first.step) == (Stage.FULL_RETURN, None)
    assert (first.dorsiflexion_pain, first.weeks) == (1, 6)
    assert "1 out of 10 or less for 6 weeks" in first.says
    assert (second.stage, second.step, second.dorsiflexion_pain) == (Stage.FULL_RETURN, "F3", None)
    assert set(first.sources) | set(second.sources) <= set(SOURCES)


def test_finding_names_what_is_contraindicated_with_the_reasons():
    finding = contraindications_finding((Phase.DISREPAIR,), Location.INSERTIONAL, Cortisone.NONE)
    assert finding.says == "3 of 12 exercises contraindicated"
    assert dict(finding.numbers)["Contraindicated"] == (
        "Heel drop below a step (M1); Uphill running (M7); Dorsiflexion stretch (M2)"
    )
    for code in ("M1", "M2", "M7", "M9"):
        assert f"{code}: {REASONS[code].because}" in finding.because
        assert set(REASONS[code].sources) <= set(finding.sources)
    assert "M4:" not in finding.because
    assert finding.tone is Tone.CAUTION


def test_finding_of_an_open_phase_has_the_reasons_of_all_that_are_possible():
    finding = contraindications_finding(
        (Phase.REACTIVE, Phase.DISREPAIR), Location.INSERTIONAL, Cortisone.NONE
    )
    stopped = dict(finding.numbers)["Contraindicated"]
    assert "Heel drop below a step (M1, M4)" in stopped
    assert "M4:" in finding.because


def test_finding_when_nothing_is_excluded_and_when_there_is_no_matrix():
    calm = contraindications_finding((Phase.DEGENERATIVE,), Location.MIDPORTION, Cortisone.NONE)
    assert calm.says == "None excluded"
    nothing = contraindications_finding((), Location.MIDPORTION, Cortisone.NONE)
    assert nothing.tone is Tone.MISSING
    off = contraindications_finding((Phase.REACTIVE,), Location.OUT_OF_RANGE, Cortisone.NONE)
    assert off.tone is Tone.MISSING


def test_the_raised_rows_are_named_once():
    assert len(PAST_CORTISONE_CAUTION) == 4
