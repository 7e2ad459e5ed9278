"""Runs as people type or paste them, cell by cell."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules.terms import Surface
from assessments.rules.typed_runs import (
    COLUMNS,
    NotUnderstood,
    guess_day,
    read_day,
    read_distance,
    read_duration,
    read_row,
    read_surface,
    split_rows,
)

TODAY = date(2026, 5, 10)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-03", "2026-05-03"),
        ("2026/5/3", "2026-05-03"),
        ("2026-05-03 07:12", "2026-05-03"),
        ("2026-05-03T07:12:55", "2026-05-03"),
        ("3/5/2026", "2026-05-03"),
        ("03/05/26", "2026-05-03"),
        ("3.5.2026", "2026-05-03"),
        ("3-5-2026", "2026-05-03"),
        ("3/5", "2026-05-03"),
        ("3.5.", "2026-05-03"),
        ("11/5", "2025-05-11"),
        ("10/5", "2026-05-10"),
        ("29/2", "2024-02-29"),
        ("3 May 2026", "2026-05-03"),
        ("3 may", "2026-05-03"),
        ("3rd May", "2026-05-03"),
        ("3-May-26", "2026-05-03"),
        ("31 December", "2025-12-31"),
        ("12 Sept 2025", "2025-09-12"),
        ("Sun 3 May", "2026-05-03"),
        ("Sunday, 3 May 2026", "2026-05-03"),
        ("Today", "2026-05-10"),
        ("yesterday", "2026-05-09"),
    ],
)
def test_days(text: str, expected: str) -> None:
    assert read_day(text, TODAY).isoformat() == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Give the date."),
        ("11/5/2026", "11 May 2026 is in the future."),
        ("5/13/2026", "“5/13/2026”: the day comes first, as in 13/5."),
        ("5/13", "“5/13”: the day comes first, as in 13/5."),
        ("31/2/2026", "There is no such day as “31/2/2026”."),
        ("31/2", "There is no such day as “31/2”."),
        ("1/1/0026", "Check the year: 26."),
        ("0000-01-01", "There is no such day as “0000-01-01”."),
        ("Maytime", "“Maytime” is not a date I can read. Write it like 3/5/2026."),
        ("3 Mai", "“3 Mai” is not a date I can read. Write it like 3/5/2026."),
        ("18.4", None),
        (
            "\N{ARABIC-INDIC DIGIT THREE}/5/26",
            "“\N{ARABIC-INDIC DIGIT THREE}/5/26” is not a date I can read. Write it like 3/5/2026.",
        ),
    ],
)
def test_days_refused(text: str, says: str | None) -> None:
    if says is None:
        # A distance in the wrong column looks like a day; the rest of the row then tells.
        assert read_day(text, TODAY) == date(2026, 4, 18)
        return
    with pytest.raises(NotUnderstood) as error:
        read_day(text, TODAY)
    assert str(error.value) == says


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("", None),
        ("18", 18_000),
        ("18.4", 18_400),
        ("18,4", 18_400),
        (",5", 500),
        ("18.4 km", 18_400),
        ("5k", 5000),
        ("100", 100_000),
        ("161 km", 161_000),
        ("18400 m", 18_400),
        ("10 mi", 16_093),
        ("1 mile", 1609),
        ("0.001", 1),
        ("320 km", 320_000),
    ],
)
def test_distances(text: str, metres: int | None) -> None:
    assert read_distance(text) == metres


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0", "Leave the distance empty if it is not known."),
        ("0.0004", "Leave the distance empty if it is not known."),
        ("5000", "5000 is too far. For metres write m after the number."),
        ("100.5", "100.5 km: is that metres? Write 100.5 m, or 100.5 km if it is right."),
        ("320", "320 km: is that metres? Write 320 m, or 320 km if it is right."),
        ("500", "500 km: is that metres? Then write 500 m. It is too far for one run."),
        ("500 km", "500 km: is that metres? Then write 500 m. It is too far for one run."),
        ("200 mi", "200 mi is too far for one run."),
        ("-3", "“-3” is not a distance. Write kilometres, like 12.5."),
        ("1.234,5", "“1.234,5” is not a distance. Write kilometres, like 12.5."),
        ("ten", "“ten” is not a distance. Write kilometres, like 12.5."),
        ("5 laps", "“5 laps” is not a distance. Write kilometres, like 12.5."),
        ("km", "“km” is not a distance. Write kilometres, like 12.5."),
        ("1e3", "“1e3” is not a distance. Write kilometres, like 12.5."),
        ("1" * 40, f"“{'1' * 29}…” is not a distance. Write kilometres, like 12.5."),
    ],
)
def test_distances_refused(text: str, says: str) -> None:
    with pytest.raises(NotUnderstood) as error:
        read_distance(text)
    assert str(error.value) == says


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", None),
        ("1:32:10", 5530),
        ("01:32:10.4", 5530),
        ("0:28:05", 1685),
        ("28:05", 1685),
        ("92:10", 5530),
        ("92", 5520),
        ("92.5", 5550),
        ("92,5 min", 5550),
        ("45 minutes", 2700),
        ("1h32", 5520),
        ("1 h 32 min", 5520),
        ("1h32m10s", 5530),
        ("2h", 7200),
        ("1 hour", 3600),
        ("100:00:00", 360_000),
    ],
)
def test_durations(text: str, seconds: int | None) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0", "Leave the time empty if it is not known."),
        ("0:00", "Leave the time empty if it is not known."),
        ("100:00:01", "100:00:01 is longer than 100 hours."),
        ("1:75:00", "“1:75:00” is not a time. Write 1:32:10, 45:30, or minutes like 45."),
        ("28:5", "“28:5” is not a time. Write 1:32:10, 45:30, or minutes like 45."),
        ("-5", "“-5” is not a time. Write 1:32:10, 45:30, or minutes like 45."),
        ("road", "“road” is not a time. Write 1:32:10, 45:30, or minutes like 45."),
    ],
)
def test_durations_refused(text: str, says: str) -> None:
    with pytest.raises(NotUnderstood) as error:
        read_duration(text)
    assert str(error.value) == says


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("", None),
        ("road", Surface.ROAD),
        ("Road", Surface.ROAD),
        ("r", Surface.ROAD),
        ("trea", Surface.TREADMILL),
        ("TRAIL", Surface.TRAIL),
        ("g", Surface.GRASS),
        ("asphalt", Surface.ROAD),
        ("beach", Surface.OTHER),
    ],
)
def test_surfaces(text: str, surface: Surface | None) -> None:
    assert read_surface(text) is surface


@pytest.mark.parametrize("text", ["tr", "t", "moon", "roadd"])
def test_surfaces_refused(text: str) -> None:
    with pytest.raises(NotUnderstood, match="is not a surface I know: road, trail, grass"):
        read_surface(text)


def test_a_row_in_full() -> None:
    row = read_row(["3/5", "18,4 km", "1:32:10", "road", "  with  friends "], TODAY)
    assert row.errors == {}
    assert row.run is not None
    assert (row.run.on, row.run.distance_m, row.run.duration_s) == (date(2026, 5, 3), 18_400, 5530)
    assert (row.run.surface, row.run.note) == (Surface.ROAD, "with friends")


@pytest.mark.parametrize(
    ("cells", "errors"),
    [
        pytest.param(["3/5", "", "45"], {}, id="time alone"),
        pytest.param(["3/5", "9"], {}, id="distance alone"),
        pytest.param(
            ["3/5", "", "", "road"],
            {"distance": "Give a distance, or a time if the distance is not known."},
            id="neither",
        ),
        pytest.param(["", "9"], {"on": "Give the date."}, id="no date"),
        pytest.param(
            ["3/5", "18", "1:32"],
            {
                "duration": "Read as 1 min 32 s, too fast for this distance."
                " For hours and minutes write 1:32:00."
            },
            id="hours taken for minutes",
        ),
        pytest.param(
            ["3/5", "18", "4"],
            {"duration": "Read as 4 min, too fast for this distance. Check both."},
            id="a decimal in the next column",
        ),
        pytest.param(["3/5", "15", "30"], {}, id="30 km/h exactly"),
        pytest.param(
            ["3/5", "15.001", "30"],
            {"duration": "Read as 30 min, too fast for this distance. Check both."},
            id="over 30 km/h",
        ),
        pytest.param(
            ["3/5", "9", "", "", "x" * 201],
            {"note": "At most 200 characters; these are 201."},
            id="long note",
        ),
        pytest.param(["3/5", "9", "", "", "x" * 200], {}, id="note just fits"),
    ],
)
def test_rows(cells: list[str], errors: dict[str, str]) -> None:
    row = read_row(cells, TODAY)
    assert row.errors == errors
    assert (row.run is None) is bool(errors)


def test_no_run_before_birth() -> None:
    born = date(2025, 5, 3)
    assert read_row(["3/5/2025", "9"], TODAY, born).run
    early = read_row(["2/5/2025", "9"], TODAY, born)
    assert early.errors == {"on": "2 May 2025 is before the patient was born."}
    assert early.run is None


def test_every_wrong_cell_says_so_and_keeps_what_was_typed() -> None:
    row = read_row(["x", "y", "z", "moon", "note"], TODAY)
    assert set(row.errors) == {"on", "distance", "duration", "surface"}
    assert dict(row.cells) == dict(zip(COLUMNS, ["x", "y", "z", "moon", "note"], strict=True))


@pytest.mark.parametrize("cells", [[], [""], ["3/5/2026"], ["nonsense", "", " ", "", ""]], ids=str)
def test_a_date_alone_is_no_row(cells: list[str]) -> None:
    row = read_row(cells, TODAY)
    assert row.blank
    assert (row.run, row.errors) == (None, {})


def test_more_cells_than_columns_belong_to_the_note() -> None:
    row = read_row(["3/5", "9", "", "road", "easy", "", "wet"], TODAY)
    assert row.cells["note"] == "easy wet"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("3/5\t18,4\t1:32:10", [["3/5", "18,4", "1:32:10"]]),
        ("3/5;18,4;1:32:10\n\n4/5; 9;", [["3/5", "18,4", "1:32:10"], ["4/5", "9", ""]]),
        ("3 May, 18,4, 1:32:10", [["3 May", "18,4", "1:32:10"]]),
        ("3/5,18.4,1:32:10", [["3/5", "18.4", "1:32:10"]]),
        ('3/5,"18,4",1:32:10', [["3/5", "18,4", "1:32:10"]]),
        ("3/5,18,45:00,road,easy; wet", [["3/5,18,45:00,road,easy", "wet"]]),
        ("Date\tkm\n3/5\t9", [["3/5", "9"]]),
        ("2026-05-03", [["2026-05-03"]]),
        ('3/5,"18', [["3/5", "18"]]),
        ("", []),
        ("\n \n", []),
    ],
    ids=repr,
)
def test_pasted_rows(text: str, rows: list[list[str]]) -> None:
    assert split_rows(text) == rows


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([], TODAY),
        ([date(2026, 5, 3)], date(2026, 5, 4)),
        ([date(2026, 5, 8), date(2026, 5, 3)], date(2026, 5, 9)),
        ([TODAY], TODAY),
    ],
    ids=str,
)
def test_the_day_of_the_next_row(known: list[date], expected: date) -> None:
    assert guess_day(known, TODAY) == expected


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    for cells in split_rows(text):
        row = read_row(cells, TODAY)
        assert row.blank or (row.run is None) == bool(row.errors)
        assert all(row.errors.values())


@given(
    st.lists(
        st.text(alphabet="0123456789:/.,-;hkm \tJanMay'\"", max_size=14), min_size=1, max_size=6
    )
)
def test_nearly_right_cells_are_read_or_refused_in_words(cells: list[str]) -> None:
    row = read_row(cells, TODAY)
    if row.run:
        assert row.run.on <= TODAY
        assert row.run.distance_m or row.run.duration_s
        assert row.run.distance_m is None or 0 < row.run.distance_m <= 1_000_000
        assert row.run.duration_s is None or 0 < row.run.duration_s <= 360_000
