"""Who may do what, against a table of our own, and the words of a person's record."""

from itertools import combinations

import pytest

from patients.rules.roles import CAPABILITIES, May, Role, capabilities
from patients.rules.terms import Sex, Side

# Columns: reception, physiotherapist, exercise physiologist, practice lead.
TABLE = """
demographics  yes yes yes yes
print         yes yes yes yes
read_clinical no  yes yes yes
assess        no  yes yes yes
clear_lock    no  yes no  yes
accept_plan   no  yes yes yes
edit_plan     no  no  yes yes
log_session   no  yes yes yes
decide        no  yes yes yes
discharge     no  yes yes yes
lead          no  no  no  yes
"""
ROLES = ["Reception", "Physiotherapist", "Exercise physiologist", "Practice lead"]
ROWS = [line.split() for line in TABLE.split("\n") if line]
CELLS = [
    (role, row[0], row[column] == "yes")
    for row in ROWS
    for column, role in enumerate(ROLES, start=1)
]


def test_the_table_is_whole():
    assert [row[0] for row in ROWS] == [may.value for may in May]
    assert [role.value for role in Role] == ROLES
    assert set(CAPABILITIES) == set(Role)


@pytest.mark.parametrize(("role", "may", "allowed"), CELLS)
def test_each_cell(role, may, allowed):
    assert (May(may) in capabilities(frozenset({role}))) is allowed


@pytest.mark.parametrize(
    "names",
    [names for size in (2, 3, 4) for names in combinations(ROLES, size)],
    ids=" and ".join,
)
def test_several_roles_add_up(names):
    allowed = {may for role, may, yes in CELLS if yes and role in names}
    assert {may.value for may in capabilities(frozenset(names))} == allowed


@pytest.mark.parametrize(
    "names",
    [set(), {"Cleaner"}, {"reception"}, {"Practice lead "}, {"RECEPTION", ""}],
    ids=["none", "another group", "small letters", "a space", "two"],
)
def test_a_group_that_is_no_role_gives_nothing(names):
    assert capabilities(frozenset(names)) == frozenset()
    with_a_role = frozenset({*names, "Reception"})
    assert capabilities(with_a_role) == {May.DEMOGRAPHICS, May.PRINT}


def test_the_other_side():
    assert (Side.LEFT.other, Side.RIGHT.other) == (Side.RIGHT, Side.LEFT)


def test_stored_words():
    assert [side.value for side in Side] == ["left", "right"]
    assert [sex.value for sex in Sex] == ["F", "M", "U"]
