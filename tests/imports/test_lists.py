"""Strava's activities.csv and Garmin Connect's list, row by row with their traps."""

from datetime import UTC, date, datetime

import pytest

from assessments.imports import Unreadable, Verdict, lists
from assessments.rules.terms import Surface
from tests.imports.files import (
    garmin_row,
    make_garmin_csv,
    make_strava_csv,
    strava_row,
)
from tests.imports.reading import BERLIN, SYDNEY, look, read

RUN, NOT_A_RUN, UNREADABLE = Verdict.RUN, Verdict.NOT_A_RUN, Verdict.UNREADABLE
SIX_TWELVE = datetime(2019, 5, 3, 6, 12, tzinfo=UTC)


def only(content, **how):
    (entry,) = read(content, **how)
    return entry


# --- Strava


@pytest.mark.parametrize("columns", [20, 80, 92, 101, 160])
def test_columns_are_found_by_name_however_many_there_are(columns):
    entry = only(make_strava_csv(columns=columns))
    assert (entry.verdict, entry.distance_m, entry.duration_s) == (RUN, 10_000, 3_000)
    assert entry.where == "activities.csv, row 2"
    assert entry.origin == "Strava"


@pytest.mark.parametrize(
    ("language", "kind"),
    [
        ("en", "Run"),
        ("de", "Lauf"),
        ("fr", "Course à pied"),
        ("es", "Carrera"),
    ],
)
def test_four_languages_are_read(language, kind):
    ride = {"en": "Ride", "de": "Radfahrt", "fr": "Vélo", "es": "Bicicleta"}[language]
    first, second = read(
        make_strava_csv([strava_row(kind=kind), strava_row(kind=ride)], language=language)
    )
    assert (first.verdict, first.distance_m) == (RUN, 10_000)
    assert (second.verdict, second.why) == (NOT_A_RUN, "a ride")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("May 3, 2019, 6:12:00 AM", SIX_TWELVE),
        ("May 3, 2019, 6:12:00\u202fAM", SIX_TWELVE),
        ("May 3 2019 6:12:00 AM", SIX_TWELVE),
        ("Sep 12, 2018, 3:02:23 PM", datetime(2018, 9, 12, 15, 2, 23, tzinfo=UTC)),
        ("Sept 12, 2018, 12:02:23 AM", datetime(2018, 9, 12, 0, 2, 23, tzinfo=UTC)),
        ("Sep 12, 2018, 12:02:23 PM", datetime(2018, 9, 12, 12, 2, 23, tzinfo=UTC)),
        ("2019-05-03 06:12:00", SIX_TWELVE),
        ("2019-05-03T06:12:00Z", SIX_TWELVE),
        ("2019-05-03T16:12:00+10:00", SIX_TWELVE),
        ("2019-05-03T00:12:00-06:00", SIX_TWELVE),
        ("2019-05-03 06:12:00 UTC", SIX_TWELVE),
        ("03.05.2019, 06:12:00", SIX_TWELVE),
        ("3. Mai 2019, 06:12:00", SIX_TWELVE),
        ("3 mai 2019 à 06:12:00", SIX_TWELVE),
        ("3 may 2019, 6:12:00", SIX_TWELVE),
        ("3 de mayo de 2019, 6:12:00", SIX_TWELVE),
        ("21. Dez. 2018 um 23:59", datetime(2018, 12, 21, 23, 59, tzinfo=UTC)),
        ("1er août 2018, 07:00:00", datetime(2018, 8, 1, 7, 0, tzinfo=UTC)),
        ("12 févr. 2018, 07:00:00", datetime(2018, 2, 12, 7, 0, tzinfo=UTC)),
        ("12 juil. 2018, 07:00:00", datetime(2018, 7, 12, 7, 0, tzinfo=UTC)),
        ("4. März 2018, 07:00", datetime(2018, 3, 4, 7, 0, tzinfo=UTC)),
    ],
)
def test_dates_in_every_form_are_utc(text, moment):
    entry = only(make_strava_csv([strava_row(date=text)]))
    assert entry.started_at == moment
    assert entry.verdict is RUN


def test_a_date_without_a_time_has_a_day_and_no_start():
    entry = only(make_strava_csv([strava_row(date="2019-05-03")]))
    assert (entry.happened_on, entry.started_at) == (date(2019, 5, 3), None)


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2019-13-03 06:12:00",
        "31.02.2019, 06:12:00",
        "May 3, 2019, 13:12:00 PM",
        "Foo 3, 2019, 6:12:00 AM",
        "=HYPERLINK(A1)",
        "2019-05-03 25:00:00",
        "2019-05-03T06:12:00+99:00",
        "9" * 500,
    ],
)
def test_a_date_that_is_none_is_said_beside_what_could_be_read(text):
    entry = only(make_strava_csv([strava_row(date=text)]))
    assert (entry.verdict, entry.why) == (UNREADABLE, "the date can't be read")
    assert (entry.happened_on, entry.distance_m, entry.duration_s) == (None, 10_000, 3000)


def test_an_empty_date_and_a_clock_that_was_never_set():
    empty, unset = read(
        make_strava_csv([strava_row(date=""), strava_row(date="Jan 1, 1970, 0:00:10 AM")])
    )
    assert empty.why == "no date, so the day is not known"
    # There is no hour 0 with AM; and 1970 is no year of running watches.
    assert unset.verdict is UNREADABLE
    for text, why in (
        ("1970-01-01 00:00:10", "dated 1970, so the clock was wrong"),
        ("0001-01-01 00:00:10", "dated 1, so the clock was wrong"),
        ("9999-12-31 23:59:59", "no date, so the day is not known"),
    ):
        unset = only(make_strava_csv([strava_row(date=text)]))
        assert (unset.verdict, unset.why) == (UNREADABLE, why)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("someday", "the date can't be read"),
        ("0001-01-01 00:00:10", "dated 1, so the clock was wrong"),
    ],
)
def test_garmin_dates_that_are_none(text, why):
    entry = only(make_garmin_csv([garmin_row(date=text)]))
    assert (entry.verdict, entry.why) == (UNREADABLE, why)


@pytest.mark.parametrize(
    ("first", "day", "month"),
    [("23/12/2018", 4, 7), ("12/23/2018", 7, 4)],
)
def test_day_and_month_with_slashes_are_told_by_the_other_rows(first, day, month):
    rows = [strava_row(date=f"{first} 06:12"), strava_row(date="4/7/2018 06:12")]
    assert read(make_strava_csv(rows))[1].happened_on == date(2018, month, day)


def test_day_and_month_with_slashes_that_nothing_tells_are_not_guessed():
    entry = only(make_strava_csv([strava_row(date="4/7/2018 06:12")]))
    assert (entry.verdict, entry.why) == (
        UNREADABLE,
        "the date 4/7/2018 can't tell day from month",
    )
    assert (entry.happened_on, entry.distance_m) == (None, 10_000)


@pytest.mark.parametrize("written", ["4/7/2018x", "0/7/2018", "31.2.2018", "12/99/2018", "soon"])
def test_a_date_that_is_none_is_not_said_to_be_two(written):
    entry = only(make_strava_csv([strava_row(date=written)]))
    assert (entry.verdict, entry.why) == (UNREADABLE, "the date can't be read")


def test_an_unreadable_row_keeps_what_was_readable_of_it():
    rows = [
        garmin_row(date="2019-05-03 06:12:00", distance="--", time="--"),
        garmin_row(date="2019-05-04 06:12:00", distance="9999999"),
    ]
    nothing, far = read(make_garmin_csv(rows), unit="km")
    assert (nothing.verdict, nothing.happened_on) == (UNREADABLE, date(2019, 5, 3))
    assert (far.why, far.happened_on) == ("the distance can't be right", date(2019, 5, 4))
    assert far.distance_m is None
    assert far.duration_s


@pytest.mark.parametrize(
    ("utc", "zone", "day"),
    [
        pytest.param("2019-05-03 13:59:00", SYDNEY, date(2019, 5, 3), id="before-midnight"),
        pytest.param("2019-05-03 14:01:00", SYDNEY, date(2019, 5, 4), id="after-midnight"),
        pytest.param("2019-03-30 22:59:00", BERLIN, date(2019, 3, 30), id="winter-before-midnight"),
        pytest.param("2019-03-31 21:59:00", BERLIN, date(2019, 3, 31), id="summer-before-midnight"),
        pytest.param("2019-03-31 22:00:00", BERLIN, date(2019, 4, 1), id="summer-midnight"),
        pytest.param("2019-10-27 22:59:00", BERLIN, date(2019, 10, 27), id="back-in-winter"),
        pytest.param("2019-10-27 23:00:00", BERLIN, date(2019, 10, 28), id="winter-midnight"),
    ],
)
def test_the_day_is_that_of_the_place_in_summer_and_winter(utc, zone, day):
    entry = only(make_strava_csv([strava_row(date=utc)]), zone=zone)
    assert entry.happened_on == day


@pytest.mark.parametrize(
    ("shown", "metres", "expected"),
    [
        pytest.param("10.00", "10000.0", 10_000, id="kilometres-and-metres"),
        pytest.param("6.21", "10000.0", 10_000, id="miles-and-metres"),
        pytest.param("10,00", "10000,0", 10_000, id="decimal-comma"),
        pytest.param("10,5", "10.500,5", 10_501, id="decimal-comma-and-point-for-thousands"),
        pytest.param("10.5", "10,500.5", 10_501, id="comma-for-thousands"),
        pytest.param("10,5", "10 500,5", 10_501, id="space-for-thousands"),
        pytest.param("10.5", "10\u202f500.4", 10_500, id="narrow-space-for-thousands"),
        pytest.param("10.5", "10'500.4", 10_500, id="apostrophe-for-thousands"),
        pytest.param("0,8", "0.000.800", 800, id="points-twice-are-for-thousands"),
        pytest.param("10.00", "", None, id="second-column-empty-everywhere"),
    ],
)
def test_of_two_distance_columns_the_second_is_metres(shown, metres, expected):
    if expected is None:
        assert look(make_strava_csv([strava_row(shown=shown, metres=metres)])).needs_unit
        return
    entry = only(make_strava_csv([strava_row(shown=shown, metres=metres)]))
    assert entry.distance_m == expected


def test_a_row_with_the_shown_distance_only_takes_the_unit_of_the_others():
    rows = [strava_row(shown="6.21"), strava_row(shown="3.11", metres="", moving="1800")]
    assert [entry.distance_m for entry in read(make_strava_csv(rows))] == [10_000, 5005]


def one_column(*rows, speed=None):
    """A list with one distance column: what is written, and the elapsed seconds."""
    names = "Activity ID,Activity Date,Activity Type,Elapsed Time,Distance"
    lines = [names + (",Average Speed" if speed else "")]
    for distance, seconds in rows:
        line = f"1,2019-05-03 06:12:00,Run,{seconds},{distance}"
        lines.append(line + (f",{speed}" if speed else ""))
    return "\n".join(lines).encode()


def test_one_distance_column_is_metres_when_it_can_be_nothing_else():
    assert only(one_column((10250.5, 3700))).distance_m == 10_251


@pytest.mark.parametrize(("speed", "metres"), [("2.703", 10_000), ("4.35", 16_093)])
def test_one_distance_column_is_told_by_the_average_speed(speed, metres):
    assert only(one_column((10, 3700), speed=speed)).distance_m == metres


def test_one_distance_column_that_nothing_tells_is_asked_about():
    content = one_column((10, 3700))
    reading = look(content)
    assert reading.needs_unit
    assert reading.entries == ()
    assert only(content, unit="km").distance_m == 10_000
    assert only(content, unit="mi").distance_m == 16_093


def test_the_list_of_before_2019_is_in_metres():
    content = (
        b"id,date,name,type,description,elapsed_time,distance,commute,gear,filename\n"
        b"1,2018-01-03 06:12:00,Early,Run,,3000,10123.4,false,,activities/1.gpx\n"
    )
    entry = only(content)
    assert (entry.verdict, entry.distance_m, entry.duration_s) == (RUN, 10_123, 3000)


@pytest.mark.parametrize(
    ("elapsed", "moving", "seconds"),
    [
        pytest.param("3100", "3000.0", 3000, id="time-in-motion"),
        pytest.param("3100", "", 3100, id="elapsed-time-without-it"),
        pytest.param("3100", "0.0", 3100, id="time-in-motion-0"),
        pytest.param("0", "0", None, id="no-time"),
        pytest.param("", "50:00", 3000, id="minutes-and-seconds"),
        pytest.param("", "1:02:03", 3723, id="hours"),
    ],
)
def test_the_duration_is_the_time_in_motion(elapsed, moving, seconds):
    entry = only(make_strava_csv([strava_row(elapsed=elapsed, moving=moving)]))
    assert entry.duration_s == seconds


KINDS = [
    ("Run", RUN, None, ""),
    ("TrailRun", RUN, Surface.TRAIL, ""),
    ("Trail Run", RUN, Surface.TRAIL, ""),
    ("VirtualRun", RUN, Surface.TREADMILL, ""),
    ("Virtual Run", RUN, Surface.TREADMILL, ""),
    ("Virtueller Lauf", RUN, Surface.TREADMILL, ""),
    ("Traillauf", RUN, Surface.TRAIL, ""),
    ("Course à pied", RUN, None, ""),
    ("Course à pied en sentier", RUN, Surface.TRAIL, ""),
    ("Carrera de montaña", RUN, Surface.TRAIL, ""),
    ("Ride", NOT_A_RUN, None, "a ride"),
    ("Virtual Ride", NOT_A_RUN, None, "a ride"),
    ("E-Bike Ride", NOT_A_RUN, None, "a ride"),
    ("Walk", NOT_A_RUN, None, "a walk"),
    ("Spaziergang", NOT_A_RUN, None, "a walk"),
    ("Hike", NOT_A_RUN, None, "a hike"),
    ("Wanderung", NOT_A_RUN, None, "a hike"),
    ("Randonnée", NOT_A_RUN, None, "a hike"),
    ("Senderismo", NOT_A_RUN, None, "a hike"),
    ("Swim", NOT_A_RUN, None, "a swim"),
    ("Natación", NOT_A_RUN, None, "a swim"),
    ("Weight Training", NOT_A_RUN, None, "training in the gym"),
    ("Nordic Ski", NOT_A_RUN, None, "another sport"),
    ("Kite-Buggy", NOT_A_RUN, None, "a kind of activity not known here"),
]


@pytest.mark.parametrize(("kind", "verdict", "surface", "why"), KINDS, ids=[k[0] for k in KINDS])
def test_kinds_of_activity_are_told_apart(kind, verdict, surface, why):
    entry = only(make_strava_csv([strava_row(kind=kind)]))
    assert (entry.verdict, entry.surface, entry.why) == (verdict, surface, why)
    # What isn't known may be a run all the same: it can be taken after a look.
    assert entry.doubtful is (kind == "Kite-Buggy")


DOUBTS = [
    pytest.param("4000", "3600", "labelled a run, but at walking pace: 4.0 km/h", id="walk"),
    pytest.param("5000", "3600", "", id="slow-but-5-km-an-hour"),
    pytest.param("4990", "3600", "labelled a run, but at walking pace: 5.0 km/h", id="just-below"),
    pytest.param("26000", "3600", "", id="as-fast-as-anybody"),
    pytest.param("32000", "3600", "labelled a run, but faster than a run: 32.0 km/h", id="ride"),
    pytest.param("390", "3600", "", id="too-short-to-say"),
]


@pytest.mark.parametrize(("metres", "seconds", "why"), DOUBTS)
def test_a_walk_or_ride_labelled_run_is_left_out_until_somebody_looks(metres, seconds, why):
    row = strava_row(shown=str(int(metres) / 1000), metres=metres, moving=seconds)
    entry = only(make_strava_csv([row]))
    assert entry.why == why
    assert entry.doubtful is bool(why)
    assert entry.verdict is (NOT_A_RUN if why else RUN)
    assert (entry.distance_m, entry.duration_s) == (int(metres), int(seconds))


def test_a_treadmill_run_of_distance_0_keeps_its_duration():
    rows = [strava_row(), strava_row(kind="Virtual Run", shown="0.00", metres="0.0")]
    entry = read(make_strava_csv(rows))[1]
    assert (entry.verdict, entry.distance_m, entry.duration_s) == (RUN, None, 3000)
    assert entry.surface is Surface.TREADMILL


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"metres": "0", "elapsed": "0", "moving": "0"}, "neither a distance nor a duration"),
        ({"metres": "1000001"}, "the distance can't be right"),
        ({"moving": "360001"}, "the duration can't be right"),
    ],
)
def test_values_that_can_not_be_are_said(changes, why):
    entry = read(make_strava_csv([strava_row(), strava_row(**changes)]))[1]
    assert (entry.verdict, entry.why) == (UNREADABLE, why)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_are_found_out(encoding):
    content = make_strava_csv([strava_row(kind="Course à pied")], encoding=encoding, columns=24)
    assert only(content).verdict is RUN


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_old_western_encodings_are_found_out(encoding):
    content = make_garmin_csv([garmin_row(kind="Läufen nach Gehör")], language="es")
    content = content.decode().encode(encoding)
    assert only(content).why == "a kind of activity not known here"
    german = make_garmin_csv(language="de").decode().encode(encoding)
    assert only(german.replace(b"Running,", b"Laufen,", 1)).verdict is RUN


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
def test_separators_and_line_ends_of_spreadsheets(separator, ending):
    content = make_strava_csv(separator=separator).replace(b"\r\n", ending.encode())
    assert only(content).distance_m == 10_000


def test_line_breaks_and_quotes_in_a_title_keep_the_rows_in_step():
    rows = [strava_row(title='Hills,\n"hard"\nand long'), strava_row(kind="Ride")]
    entries = read(make_strava_csv(rows))
    assert [entry.verdict for entry in entries] == [RUN, NOT_A_RUN]
    assert [entry.where for entry in entries] == ["activities.csv, row 2", "activities.csv, row 3"]


def test_empty_and_short_rows():
    content = make_strava_csv() + b"\r\n,,,\r\n7,2019-05-04 06:00:00\r\n"
    first, short = read(content)
    assert first.verdict is RUN
    assert (short.verdict, short.where) == (UNREADABLE, "activities.csv, row 5")
    assert short.why == "neither a distance nor a duration"


def test_a_list_without_rows_says_so():
    reading = look(make_strava_csv([]))
    assert (reading.entries, reading.notes) == ((), ("The list has no rows.",))


OTHER_LANGUAGES = [
    ("Italian", "ID attività,Data dell'attività,Nome attività,Tipo attività,Distanza"),
    ("Italian", "Tipo di attività,Data,Preferito,Titolo,Distanza"),
    ("Dutch", "Activiteits-ID,Datum van activiteit,Naam activiteit,Type activiteit,Afstand"),
    ("Dutch", "Activiteittype,Datum,Favoriet,Titel,Afstand"),
    ("Portuguese", "ID da atividade,Data da atividade,Tipo de atividade,Distância,Tempo"),
    ("Portuguese", "Tipo de atividade,Data,Favorito,Título,Distância"),
]


@pytest.mark.parametrize(("language", "header"), OTHER_LANGUAGES)
def test_other_languages_are_refused_by_name(language, header):
    with pytest.raises(Unreadable, match=f"This list is in {language}, .* English"):
        read(f"{header}\n1,2,3,4,5\n".encode())


def test_an_unknown_list_is_told_which_columns_are_missing():
    with pytest.raises(Unreadable, match="the columns for the date and the type"):
        read(b"Name,Length\nA,5\n")
    with pytest.raises(Unreadable, match="Strava's, but without a distance and an elapsed time"):
        read(b"Activity ID,Activity Date,Activity Type\n1,2,3\n")
    with pytest.raises(Unreadable, match="Garmin Connect's, but without a distance"):
        read(b"Activity Type,Date,Title,Time\n1,2,3,4\n")


# --- Garmin Connect


@pytest.mark.parametrize(
    ("language", "kind"),
    [("en", "Running"), ("de", "Laufen"), ("fr", "Course à pied"), ("es", "Carrera")],
)
def test_garmin_in_four_languages(language, kind):
    entry = only(make_garmin_csv([garmin_row(kind=kind)], language=language))
    assert (entry.verdict, entry.origin) == (RUN, "Garmin")
    assert (entry.distance_m, entry.duration_s) == (10_000, 3000)
    # 16:12 on a wrist in Sydney.
    assert (entry.started_at, entry.happened_on) == (SIX_TWELVE, date(2019, 5, 3))


GARMIN_KINDS = [
    ("Treadmill Running", Surface.TREADMILL),
    ("Laufbandlaufen", Surface.TREADMILL),
    ("Course sur tapis roulant", Surface.TREADMILL),
    ("Carrera en cinta", Surface.TREADMILL),
    ("treadmill_running", Surface.TREADMILL),
    ("Track Running", Surface.TRACK),
    ("Trail Running", Surface.TRAIL),
    ("Street Running", Surface.ROAD),
    ("Indoor Running", Surface.OTHER),
    ("Ultra Run", None),
]


@pytest.mark.parametrize(("kind", "surface"), GARMIN_KINDS, ids=[k[0] for k in GARMIN_KINDS])
def test_garmin_kinds_of_run(kind, surface):
    entry = only(make_garmin_csv([garmin_row(kind=kind)]))
    assert (entry.verdict, entry.surface) == (RUN, surface)


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ("0:50:00", 3000),
        ("00:50:00", 3000),
        ("50:00", 3000),
        ("50:00.4", 3000),
        ("50:00,6", 3001),
        ("01:20:00.0", 4800),
    ],
)
def test_garmin_times(time, seconds):
    content = make_garmin_csv([garmin_row(time=time)])
    assert only(content, unit="km").duration_s == seconds


def test_dashes_are_nothing():
    rows = [
        garmin_row(),
        garmin_row(kind="Treadmill Running", distance="--", cadence="--", stride="--"),
        garmin_row(distance="--", time="--", cadence="--", stride="--"),
    ]
    first, treadmill, empty = read(make_garmin_csv(rows))
    assert first.distance_m == 10_000
    assert (treadmill.verdict, treadmill.distance_m, treadmill.duration_s) == (RUN, None, 3000)
    assert (empty.verdict, empty.why) == (UNREADABLE, "neither a distance nor a duration")


def test_kilometres_or_miles_are_told_by_steps_and_stride():
    # 160 steps a minute of 1.25 m for 50 minutes are 10 km, or 6.21 miles.
    assert only(make_garmin_csv([garmin_row(distance="10.00")])).distance_m == 10_000
    assert only(make_garmin_csv([garmin_row(distance="6.21")])).distance_m == 9_994
    comma = [garmin_row(distance="6,21", stride="1,25")]
    assert only(make_garmin_csv(comma, language="de")).distance_m == 9_994


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(make_garmin_csv(telling=False), id="no-such-columns"),
        pytest.param(make_garmin_csv([garmin_row(stride="--")]), id="dashes"),
        pytest.param(make_garmin_csv([garmin_row(stride="0.90")]), id="neither-km-nor-miles"),
    ],
)
def test_a_unit_that_nothing_tells_is_asked_for(content):
    reading = look(content)
    assert (reading.needs_unit, reading.entries) == (True, ())
    assert only(content, unit="km").distance_m == 10_000
    assert only(content, unit="mi").distance_m == 16_093


def test_a_column_that_comes_a_hundred_times_is_read_twice(monkeypatch):
    asked: list[int] = []

    def asks(texts: list[str]) -> bool:
        asked.append(len(texts))
        return False

    monkeypatch.setattr(lists, "has_decimal_comma", asks)
    names, values = b"Activity ID,Activity Date,Activity Type", b"1,2019-05-03 06:12:00,Run"
    names += b",Elapsed Time" + b",Distance" * 100
    values += b",3000" + b",10.0" + b",10000.0" * 99
    (entry,) = read(names + b"\n" + values + b"\n")
    assert (entry.distance_m, len(asked)) == (10_000, 2)


def test_a_list_in_miles_says_so_and_one_in_kilometres_nothing():
    miles = "Distances were read as miles and turned into kilometres."
    told = make_garmin_csv([garmin_row(distance="6.21")])
    asked = make_garmin_csv([garmin_row(stride="0.90")])
    assert look(told).notes == look(asked, unit="mi").notes == (miles,)
    assert look(make_garmin_csv([garmin_row()])).notes == look(asked, unit="km").notes == ()
    assert look(asked).notes == ()
    # Beside the miles that Strava shows, its list has the metres: nothing was turned.
    both = strava_row(shown="6.21", metres="10000.0")
    assert look(make_strava_csv([both])).notes == ()
    shown_only = strava_row(shown="3.11", metres="")
    assert look(make_strava_csv([both, shown_only])).notes == (miles,)
    assert look(make_strava_csv([strava_row(), shown_only])).notes == ()


def test_no_unit_is_needed_without_a_run():
    entries = read(make_garmin_csv([garmin_row(kind="Cycling")], telling=False))
    assert [entry.why for entry in entries] == ["a ride"]


@pytest.mark.parametrize(
    ("clock", "moment"),
    [
        pytest.param("2019-03-31 01:59:00", "2019-03-31T00:59:00+00:00", id="before-the-gap"),
        pytest.param("2019-03-31 02:30:00", "2019-03-31T01:30:00+00:00", id="in-the-skipped-hour"),
        pytest.param("2019-03-31 03:30:00", "2019-03-31T01:30:00+00:00", id="after-the-gap"),
        pytest.param("2019-10-27 02:30:00", "2019-10-27T00:30:00+00:00", id="in-the-doubled-hour"),
        pytest.param("2019-10-27 03:30:00", "2019-10-27T02:30:00+00:00", id="after-it"),
    ],
)
def test_local_times_about_the_change_of_clocks(clock, moment):
    entry = only(make_garmin_csv([garmin_row(date=clock)]), zone=BERLIN)
    assert entry.started_at == datetime.fromisoformat(moment)
    assert entry.happened_on == date.fromisoformat(clock[:10])


def test_names_places_and_formulas_of_a_list_are_nowhere_in_its_entries():
    rows = [strava_row(title='=cmd|" /C calc"!A0'), strava_row(title="Quentin Quince")]
    kept = repr(look(make_strava_csv(rows)))
    assert "cmd" not in kept
    assert "Quince" not in kept
    assert "Quince" not in repr(look(make_garmin_csv()))
