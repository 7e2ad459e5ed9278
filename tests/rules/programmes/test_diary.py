"""What is read of a returned diary: its code, its lines, and each cell."""

from datetime import date
from typing import Any

import pytest

from programmes.rules.diary import (
    COLUMNS,
    Line,
    Misread,
    NextMorning,
    Told,
    diary_weeks,
    differences,
    once_a_day,
    paper_lines,
    proposed_dates,
    read_done,
    read_line,
    read_minutes,
    read_pain,
    read_paper_code,
    why_not_day,
)
from programmes.rules.papercode import ALPHABET, check_sign

CODE = "K7PM4XD" + check_sign("K7PM4XD")
OTHER_SIGN = next(sign for sign in ALPHABET if sign != CODE[0])
MONDAY = date(2025, 3, 3)


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        f"{CODE[:4]} {CODE[4:]}",
        f"{CODE[:4]}-{CODE[4:]}",
        f"\n{CODE}",
        f"\r\n {CODE}\r\n",
        CODE + CODE,
        f"{CODE}\n{CODE}\n",
        f"{CODE[:4]}\N{EN DASH}{CODE[4:]}",
    ],
    ids=[
        "as printed",
        "small letters",
        "with a space",
        "with a hyphen",
        "newline before",
        "newlines around",
        "scanned twice",
        "scanned twice, lines",
        "with a dash",
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert read_paper_code(typed) == CODE


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Type the code"),
        (" \n", "Type the code"),
        (CODE[:7], "this has 7"),
        (CODE + "2", "this has 9"),
        ("O" + CODE[1:], "“O” is in no code"),
        ("0" + CODE[1:], "“0” is in no code"),
        (OTHER_SIGN + CODE[1:], "One sign is wrong or two are swapped"),
        (CODE[1] + CODE[0] + CODE[2:], "One sign is wrong or two are swapped"),
        (CODE + OTHER_SIGN + CODE[1:], "this has 16"),
    ],
    ids=["empty", "blank", "short", "long", "O", "0", "one wrong", "swapped", "two codes"],
)
def test_a_misread_code_says_what_is_wrong(typed: str, says: str) -> None:
    with pytest.raises(Misread, match=says):
        read_paper_code(typed)


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (2, "The programme began on 3 March 2025: check the date."),
        (3, ""),
        (10, ""),
        (11, "11 March 2025 is in the future."),
    ],
    ids=["before", "its first day", "today", "tomorrow"],
)
def test_a_line_is_of_a_day_of_its_programme(day: int, says: str) -> None:
    on, today = date(2025, 3, day), date(2025, 3, 10)
    assert why_not_day(on, began=MONDAY, today=today) == says


@pytest.mark.parametrize(
    ("typed", "percent"),
    [
        ("", None),
        ("  ", None),
        ("x", 100),
        ("X", 100),
        ("t", 100),
        ("✓", 100),
        ("100", 100),
        ("80", 80),
        ("80%", 80),
        ("80 %", 80),
        ("1", 1),
        ("0", 0),
    ],
)
def test_done_is_a_tick_or_per_cent(typed: str, percent: int | None) -> None:
    assert read_done(typed) == percent


@pytest.mark.parametrize(
    "typed", ["101", "-5", "yes", "x x", "8o", "5.5", "\N{ARABIC-INDIC DIGIT ONE}"]
)
def test_done_otherwise_is_refused(typed: str) -> None:
    with pytest.raises(Misread, match="Done is"):
        read_done(typed)


@pytest.mark.parametrize(
    ("typed", "pain"), [("", None), (" ", None), ("0", 0), ("7", 7), ("10", 10), ("07", 7)]
)
def test_pain_is_a_whole_number_and_zero_is_one(typed: str, pain: int | None) -> None:
    assert read_pain(typed) == pain


@pytest.mark.parametrize("typed", ["11", "-1", "3-4", "2.5", "x", "1 0"])
def test_pain_otherwise_is_refused(typed: str) -> None:
    with pytest.raises(Misread, match="Pain is 0 to 10"):
        read_pain(typed)


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("", None), ("0", 0), ("15", 15), ("120", 120), ("1440", 1440), ("2h", 120), ("1h30", 90)],
)
def test_stiffness_is_in_minutes_or_hours(typed: str, minutes: int | None) -> None:
    assert read_minutes(typed) == minutes


@pytest.mark.parametrize("typed", ["1441", "25h", "-", "long", "1h75", "10 min ago"])
def test_stiffness_otherwise_is_refused(typed: str) -> None:
    with pytest.raises(Misread, match="Stiffness is in minutes"):
        read_minutes(typed)


def cells(written: str) -> dict[str, str]:
    """The cells of a line as "x 10 2 3 2 1 5", with _ for a blank one."""
    values = [each.replace("_", "") for each in written.split()]
    return dict(zip(COLUMNS, values, strict=True))


FULL = Told(completed_pct=100, stiffness_min=10, pain_before=2, pain_during=3, pain_after=2)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (
            "x 10 2 3 2 1 5",
            Line(row=4, told=FULL, morning=NextMorning(pain=1, stiffness_min=5)),
        ),
        ("_ _ _ _ _ _ _", Line(row=4)),
        ("- _ _ _ _ _ _", Line(row=4, not_done=True)),
        ("– _ _ _ _ _ _", Line(row=4, not_done=True)),
        ("0 _ _ _ _ _ _", Line(row=4, not_done=True)),
        ("x _ _ _ _ _ _", Line(row=4, told=Told(completed_pct=100))),
        (
            "x 0 0 0 0 _ _",
            Line(row=4, told=Told(**dict.fromkeys(Told.__slots__, 0) | {"completed_pct": 100})),
        ),
        ("0 _ 4 8 _ _ _", Line(row=4, told=Told(completed_pct=0, pain_before=4, pain_during=8))),
        ("_ _ _ 5 _ _ _", Line(row=4, told=Told(pain_during=5))),
        (
            "60 _ _ _ _ _ 0",
            Line(row=4, told=Told(completed_pct=60), morning=NextMorning(stiffness_min=0)),
        ),
        (
            "60 _ _ _ _ 0 _",
            Line(row=4, told=Told(completed_pct=60), morning=NextMorning(pain=0)),
        ),
    ],
    ids=[
        "everything",
        "blank",
        "hyphen",
        "dash",
        "zero alone",
        "tick alone",
        "zeros are answers",
        "tried and stopped",
        "done left blank",
        "stiffness of the morning only",
        "pain of the morning only",
    ],
)
def test_a_line_is_blank_or_not_done_or_a_session(written: str, line: Line) -> None:
    assert read_line(4, cells(written)) == (line, {})


@pytest.mark.parametrize(
    ("written", "column", "says"),
    [
        ("- _ _ 3 _ _ _", "done", "no other figures"),
        ("- 10 _ _ _ _ _", "done", "no other figures"),
        ("0 10 _ _ _ _ _", "done", "no other figures"),
        ("_ 10 _ _ _ _ _", "done", "Was it done"),
        ("_ _ _ _ _ 2 5", "done", "Was it done"),
        ("x 10 2 11 2 1 5", "during", "not “11”"),
        ("x ten 2 3 2 1 5", "stiff", "not “ten”"),
        ("maybe 10 2 3 2 1 5", "done", "not “maybe”"),
        ("x 10 2 3 2 _ 9999", "next_stiff", "not “9999”"),
    ],
)
def test_a_line_that_cannot_be_says_where(written: str, column: str, says: str) -> None:
    line, errors = read_line(4, cells(written))
    assert line == Line(row=4)
    assert list(errors) == [column]
    assert says in errors[column]


def test_each_wrong_cell_of_a_line_is_named() -> None:
    _, errors = read_line(1, cells("x ten 11 3 2 1 5"))
    assert set(errors) == {"stiff", "before"}


@pytest.mark.parametrize(
    ("typed", "morning"),
    [
        (("2", ""), NextMorning(pain=2)),
        (("", "0"), NextMorning(stiffness_min=0)),
        (("", ""), NextMorning()),
    ],
    ids=["pain", "no stiffness", "nothing"],
)
def test_of_a_line_on_record_the_next_morning_is_read(
    typed: tuple[str, str], morning: NextMorning
) -> None:
    later = dict(zip(("next_pain", "next_stiff"), typed, strict=True))
    assert read_line(2, later) == (Line(row=2, morning=morning), {})


def test_the_lines_are_those_of_the_paper() -> None:
    lines = paper_lines([(1, 2), (2, 2)])
    assert [line.label for line in lines] == [
        "Day 1, first",
        "Day 1, second",
        "Day 2, first",
        "Day 2, second",
    ]
    assert [line.row for line in lines] == [1, 2, 3, 4]
    assert [line.label for line in paper_lines([(1, 1)])] == ["Session 1"]
    daily = paper_lines([(day, 1) for day in range(1, 8)])
    assert [line.label for line in daily] == [f"Day {day}" for day in range(1, 8)]


@pytest.mark.parametrize(
    ("options", "weeks"),
    [
        ({}, 1),
        ({"weeks": 2}, 2),
        ({"dates": [{"on": "2026-11-23"}, {"on": "2026-11-29"}]}, 1),
        ({"dates": [{"on": "2026-11-23"}, {"on": "2026-11-30"}]}, 2),
        ({"weeks": 1, "dates": []}, 1),
    ],
)
def test_a_diary_reaches_as_far_as_the_runs_with_dates(options: Any, weeks: int) -> None:
    assert diary_weeks(options) == weeks


@pytest.mark.parametrize(
    ("days", "expected"),
    [(7, [3, 4, 5, 6, 7, 8, 9]), (4, [3, 4, 5, 6]), (3, [3, 5, 7]), (2, [3, 6]), (1, [3]), (0, [])],
)
def test_dates_follow_from_the_first_day(days: int, expected: list[int]) -> None:
    lines = paper_lines([(day, 1) for day in range(1, days + 1)])
    found = proposed_dates(lines, MONDAY, {})
    assert [on.day for on in found.values()] == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (7, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
        (4, [3, 4, 5, 6, 10, 11, 12, 13]),
        (3, [3, 5, 7, 10, 12, 14]),
        (1, [3, 10]),
    ],
)
def test_a_second_week_begins_seven_days_after_the_first(days: int, expected: list[int]) -> None:
    lines = paper_lines([(day, 1) for day in range(1, 2 * days + 1)], 2)
    assert [line.week for line in lines] == [1] * days + [2] * days
    assert [on.day for on in proposed_dates(lines, MONDAY, {}).values()] == expected


def test_dates_follow_from_the_last_line_on_record_and_two_sessions_share_a_day() -> None:
    lines = paper_lines([(day, 2) for day in range(1, 8)])
    found = proposed_dates(lines, MONDAY, {3: date(2025, 3, 10), 4: date(2025, 3, 10)})
    assert [found[row].day for row in (1, 2, 3, 4, 5, 6)] == [3, 3, 10, 10, 11, 11]


def written(row: int, text: str) -> Line:
    line, errors = read_line(row, cells(text))
    assert not errors
    return line


@pytest.mark.parametrize(
    ("mine", "theirs", "filled"),
    [
        ("x _ 1 2 1 _ _", ["x 10 3 4 3 2 5"], "x 10 1 2 1 2 5"),
        ("x 15 1 2 1 3 _", ["x 10 3 4 3 2 5"], "x 15 1 2 1 3 5"),
        ("x _ _ _ _ _ _", ["x 10 3 4 3 _ _"], "x 10 _ _ _ _ _"),
        ("x _ _ _ _ _ _", ["x 10 _ _ _ _ _", "x 20 _ _ _ _ _"], "x _ _ _ _ _ _"),
        ("x _ _ _ _ _ _", ["x 0 _ _ _ 0 _"], "x 0 _ _ _ 0 _"),
        ("x _ _ _ _ _ _", ["- _ _ _ _ _ _"], "x _ _ _ _ _ _"),
    ],
    ids=["taken over", "own figures stay", "pain never", "not agreed", "zero too", "not done"],
)
def test_what_a_day_has_once_counts_for_both_sessions(
    mine: str, theirs: list[str], filled: str
) -> None:
    others = [written(row, text) for row, text in enumerate(theirs, start=2)]
    assert once_a_day(written(1, mine), others) == written(1, filled)


def test_a_blank_and_a_not_done_line_take_nothing_over() -> None:
    other = written(2, "x 10 _ _ _ _ _")
    assert once_a_day(Line(row=1, not_done=True), [other]) == Line(row=1, not_done=True)


def test_two_copies_that_differ_show_both_figures() -> None:
    typed = Told(completed_pct=100, stiffness_min=None, pain_before=2, pain_during=4, pain_after=2)
    assert differences(FULL, typed) == (
        "stiff that morning: on record 10 min, typed blank",
        "pain during: on record 3, typed 4",
    )
    assert differences(FULL, FULL) == ()
