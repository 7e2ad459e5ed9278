"""FIT, GPX and TCX files, alone and in a zip, with their traps."""

import json
import struct
from datetime import UTC, date, datetime, timedelta

import fitdecode
import pytest
from fit_tool.profile.profile_type import FileType
from fitdecode.utils import compute_crc

from assessments.imports import Entry, Part, Verdict, fit, from_row, read_part, to_row
from assessments.rules.terms import Surface
from tests.imports.files import (
    START,
    Sport,
    SubSport,
    make_fit,
    make_gpx,
    make_strava_zip,
    make_tcx,
    make_zip,
    packed,
    strava_row,
)
from tests.imports.reading import BERLIN, SYDNEY, look, read

RUN, NOT_A_RUN, UNREADABLE = Verdict.RUN, Verdict.NOT_A_RUN, Verdict.UNREADABLE


def only(content, name="run.fit", **how):
    (entry,) = read(content, name, **how)
    return entry


# --- FIT


def test_a_fit_file_is_one_run():
    reading = look(make_fit(), "2019-05-03.fit")
    assert (reading.kind, reading.entries) == ("FIT file", ())
    assert only(make_fit(), "2019-05-03.fit") == Entry(
        verdict=RUN,
        where="2019-05-03.fit",
        happened_on=date(2019, 5, 3),
        started_at=START,
        distance_m=10_000,
        duration_s=3000,
        origin="FIT file",
    )


FIT_SPORTS = [
    (Sport.RUNNING, None, RUN, None, ""),
    (Sport.RUNNING, SubSport.TREADMILL, RUN, Surface.TREADMILL, ""),
    (Sport.RUNNING, SubSport.STREET, RUN, Surface.ROAD, ""),
    (Sport.RUNNING, SubSport.TRAIL, RUN, Surface.TRAIL, ""),
    (Sport.RUNNING, SubSport.TRACK, RUN, Surface.TRACK, ""),
    (Sport.RUNNING, SubSport.VIRTUAL_ACTIVITY, RUN, Surface.TREADMILL, ""),
    (Sport.RUNNING, SubSport.INDOOR_RUNNING, RUN, Surface.OTHER, ""),
    (Sport.FITNESS_EQUIPMENT, SubSport.TREADMILL, RUN, Surface.TREADMILL, ""),
    (Sport.FITNESS_EQUIPMENT, SubSport.ELLIPTICAL, NOT_A_RUN, None, "training in the gym"),
    (Sport.CYCLING, None, NOT_A_RUN, None, "a ride"),
    (Sport.WALKING, None, NOT_A_RUN, None, "a walk"),
    (Sport.RUNNING, SubSport.INDOOR_WALKING, NOT_A_RUN, None, "a walk"),
    (Sport.HIKING, None, NOT_A_RUN, None, "a hike"),
    (Sport.SWIMMING, SubSport.OPEN_WATER, NOT_A_RUN, None, "a swim"),
    (Sport.ROWING, None, NOT_A_RUN, None, "another sport"),
    (Sport.GENERIC, None, RUN, None, ""),
    (None, None, RUN, None, ""),
]


@pytest.mark.parametrize(
    ("sport", "sub_sport", "verdict", "surface", "why"),
    FIT_SPORTS,
    ids=[f"{row[0] and row[0].name}-{row[1] and row[1].name}" for row in FIT_SPORTS],
)
def test_fit_sports(sport, sub_sport, verdict, surface, why):
    entry = only(make_fit(sport=sport, sub_sport=sub_sport))
    assert (entry.verdict, entry.surface, entry.why) == (verdict, surface, why)


def test_a_walk_labelled_run():
    entry = only(make_fit(distance_m=4000, duration_s=3600))
    assert (entry.verdict, entry.doubtful) == (NOT_A_RUN, True)
    assert entry.why == "labelled a run, but at walking pace: 4.0 km/h"


@pytest.mark.parametrize("distance", [None, 0.0])
def test_a_treadmill_run_without_distance_keeps_its_duration(distance):
    entry = only(make_fit(distance_m=distance, sub_sport=SubSport.TREADMILL))
    assert (entry.verdict, entry.distance_m, entry.duration_s) == (RUN, None, 3000)


def test_a_fit_without_a_session_is_summed_up_from_its_points():
    entry = only(make_fit(sessions=[]))
    assert (entry.verdict, entry.distance_m, entry.duration_s) == (RUN, 10_000, 3000)
    assert entry.started_at == START
    faster = only(make_fit(sessions=[], distance_m=20_000))
    assert faster.why == "no sport is named, and faster than a run: 24.0 km/h"


def test_a_fit_without_a_session_may_note_its_sport_all_the_same():
    assert only(make_fit(sessions=[], noted_sport=Sport.RUNNING, distance_m=20_000)).why == ""
    assert only(make_fit(sessions=[], noted_sport=Sport.CYCLING)).why == "a ride"


def test_a_session_without_a_start_began_before_its_end():
    entry = only(make_fit(sessions=[{"start": None}]))
    assert (entry.verdict, entry.started_at, entry.duration_s) == (RUN, START, 3000)


def test_points_of_a_clock_that_was_never_set_are_nothing():
    entry = only(make_fit(sessions=[], start=datetime(1990, 1, 2, tzinfo=UTC)))
    assert entry.why == "nothing recorded in it"


def test_a_fit_without_anything_in_it():
    entry = only(make_fit(sessions=[], points=0))
    assert (entry.verdict, entry.why) == (UNREADABLE, "nothing recorded in it")


def test_a_course_or_settings_file_is_no_activity():
    entry = only(make_fit(sessions=[], file_type=FileType.COURSE))
    assert entry.verdict is UNREADABLE
    assert entry.why == "not an activity: settings, a course or a plan of the watch"


def test_of_a_triathlon_only_the_run_counts():
    hour = timedelta(hours=1)
    sessions = [
        {"sport": Sport.SWIMMING, "distance_m": 1500, "duration_s": 1800},
        {"sport": Sport.TRANSITION, "distance_m": 200, "duration_s": 120},
        {"sport": Sport.CYCLING, "distance_m": 40_000, "start": START + hour},
        {"sport": Sport.RUNNING, "distance_m": 10_000, "start": START + 3 * hour},
    ]
    entries = read(make_fit(sessions=sessions), "race.fit")
    assert [entry.why for entry in entries] == [
        "a swim",
        "the change between two sports",
        "a ride",
        "",
    ]
    assert entries[3].where == "race.fit, part 4"
    assert entries[3].started_at == START + 3 * hour


def test_the_day_is_that_of_the_watch_when_it_noted_its_own_time():
    # 23:30 on the wrist in Honolulu is the next day in Sydney, and in UTC.
    start = datetime(2019, 5, 4, 9, 30, tzinfo=UTC)
    entry = only(make_fit(start=start, local_offset=timedelta(hours=-10)))
    assert (entry.happened_on, entry.started_at) == (date(2019, 5, 3), start)


@pytest.mark.parametrize("offset", [None, timedelta(days=-400), timedelta(hours=16)])
def test_without_a_local_time_that_can_be_the_day_is_that_of_the_practice(offset):
    start = datetime(2019, 5, 3, 14, 30, tzinfo=UTC)
    entry = only(make_fit(start=start, local_offset=offset))
    assert entry.happened_on == date(2019, 5, 4)


@pytest.mark.parametrize("zone", [SYDNEY, BERLIN], ids=str)
def test_a_run_about_midnight_has_the_day_it_began(zone):
    start = datetime(2019, 3, 30, 22, 50, tzinfo=UTC)
    entry = only(make_fit(start=start), zone=zone)
    assert entry.happened_on == (date(2019, 3, 31) if zone is SYDNEY else date(2019, 3, 30))


def test_fields_that_makers_add_don_t_stand_for_the_watch_s_own():
    # The added field is called "distance", and holds 7.
    entry = only(make_fit(developer_field=True, sessions=[]))
    assert (entry.verdict, entry.distance_m) == (RUN, 10_000)
    assert only(make_fit(developer_field=True)).distance_m == 10_000


@pytest.mark.parametrize("kept", [13, 40, 200, -1, -2, -5])
def test_a_fit_that_breaks_off(kept):
    entry = only(make_fit()[:kept])
    assert entry.verdict is UNREADABLE
    assert entry.why == "the FIT file is damaged or breaks off before its end"


def test_a_fit_with_a_wrong_check_sum():
    content = make_fit()
    wrong = content[:-2] + bytes(255 - byte for byte in content[-2:])
    assert only(wrong).why == "the FIT file is damaged: its check sum doesn't fit"


def test_a_fit_whose_clock_was_never_set():
    entry = only(make_fit(start=datetime(1990, 1, 2, tzinfo=UTC)))
    assert (entry.verdict, entry.why) == (UNREADABLE, "no date, so the day is not known")


def test_points_are_stepped_over_without_changing_what_is_read(monkeypatch):
    """Stepping over leans on the inside of fitdecode: it must give what full decoding gives."""
    files = [
        make_fit(points=40, developer_field=True),
        make_fit(points=5, sessions=[]),
        make_fit(sessions=[{}, {"sport": Sport.CYCLING}], local_offset=timedelta(hours=10)),
    ]
    quick = [read(content, "a.fit") for content in files]
    decoded = []
    full = fitdecode.FitReader._read_data_message

    def counting(self, *arguments):
        message = full(self, *arguments)
        decoded.append(message.global_mesg_num)
        return message

    monkeypatch.setattr(fitdecode.FitReader, "_read_data_message", counting)
    read(files[0], "a.fit")
    assert fit.RECORD not in decoded
    assert fit.SESSION in decoded
    monkeypatch.setattr(fit._Reader, "_read_data_message", full)
    assert [read(content, "a.fit") for content in files] == quick


def test_points_in_the_compressed_form_are_stepped_over():
    """A head of one byte with five bits of the time, as small old watches write it."""
    whole = make_fit(points=0)
    definition = bytes((0x41, 0, 0)) + struct.pack("<HB", fit.RECORD, 1) + bytes((5, 4, 0x86))
    points = b"".join(
        bytes((0x80 | 1 << 5 | time,)) + struct.pack("<I", metres * 100)
        for time, metres in ((10, 0), (20, 50))
    )
    body = definition + points + whole[12:-2]
    content = whole[:4] + struct.pack("<I", len(body)) + b".FIT" + body
    content += struct.pack("<H", compute_crc(content))
    assert only(content).distance_m == 10_000


# --- GPX


def test_a_gpx_track_is_a_run_with_the_length_of_its_points():
    entry = only(make_gpx(), "run.gpx")
    assert (entry.verdict, entry.origin) == (RUN, "GPX file")
    assert entry.distance_m == pytest.approx(5000, rel=0.01)
    assert (entry.duration_s, entry.started_at) == (1800, START)
    assert entry.happened_on == date(2019, 5, 3)


GPX_KINDS = [
    ("running", 10, RUN, ""),
    ("9", 10, RUN, ""),
    ("trail_running", 10, RUN, ""),
    (None, 10, RUN, ""),
    (None, 4, NOT_A_RUN, "no sport is named, and at walking pace: 4.0 km/h"),
    (None, 25, NOT_A_RUN, "no sport is named, and faster than a run: 25.0 km/h"),
    ("cycling", 25, NOT_A_RUN, "a ride"),
    ("1", 25, NOT_A_RUN, "a ride"),
    ("hiking", 4, NOT_A_RUN, "a hike"),
]


@pytest.mark.parametrize(
    ("kind", "kmh", "verdict", "why"), GPX_KINDS, ids=[f"{k[0]}-{k[1]}" for k in GPX_KINDS]
)
def test_gpx_kinds(kind, kmh, verdict, why):
    entry = only(make_gpx(kind=kind, kmh=kmh), "run.gpx")
    assert (entry.verdict, entry.why) == (verdict, why)


def test_an_empty_trkseg_beside_a_full_one_is_nothing():
    assert only(make_gpx(empty_segment=True), "run.gpx").duration_s == 1800


def test_a_gpx_of_empty_trksegs_only():
    entry = only(make_gpx(points=0, empty_segment=True), "run.gpx")
    assert (entry.verdict, entry.why) == (UNREADABLE, "a track without any points")


def test_a_gpx_without_times():
    # The time of the file's own making is not the time of the run.
    entry = only(make_gpx(start=None), "run.gpx")
    assert (entry.verdict, entry.happened_on) == (UNREADABLE, None)
    assert entry.why == "points without times, so the day is not known"


def test_a_gpx_of_one_point():
    entry = only(make_gpx(points=1), "run.gpx")
    assert entry.why == "neither a distance nor a duration"


def test_a_planned_route_is_no_run():
    route = (
        b'<gpx version="1.1"><rte><rtept lat="47" lon="8"/><rtept lat="48" lon="8"/></rte></gpx>'
    )
    assert only(route, "a.gpx").why == "a planned route, without a track"


def test_two_tracks_are_two_runs():
    first, second = read(make_gpx(tracks=2), "log.gpx")
    assert (first.where, second.where) == ("log.gpx, track 1", "log.gpx, track 2")
    assert second.started_at == START + timedelta(hours=8)


def test_a_pause_between_two_segments_does_not_count():
    points = [("06:00:00", 47.0), ("06:10:00", 47.01), ("06:40:00", 47.01), ("06:50:00", 47.02)]
    drawn = [f'<trkpt lat="{y}" lon="8"><time>2019-05-03T{t}Z</time></trkpt>' for t, y in points]
    gpx = "<gpx><trk><trkseg>{}{}</trkseg><trkseg>{}{}</trkseg></trk></gpx>".format(*drawn)
    entry = only(gpx.encode(), "run.gpx")
    assert (entry.duration_s, entry.distance_m) == (1200, pytest.approx(2224, rel=0.01))


@pytest.mark.parametrize("place", ['lat="91" lon="8"', 'lat="nan" lon="8"', 'lat="x" lon="8"', ""])
def test_points_that_are_nowhere_on_earth_are_left_out(place):
    stray = f"<trkpt {place}><time>2019-05-03T06:13:00Z</time></trkpt></trkseg>"
    content = make_gpx().replace(b"</trkseg>", stray.encode())
    assert only(content, "run.gpx").distance_m == only(make_gpx(), "run.gpx").distance_m


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_gpx_in_other_encodings(encoding):
    text = make_gpx().decode().replace("UTF-8", encoding.replace("-sig", ""))
    assert only(text.replace("lake", "Zürichsee").encode(encoding), "a.gpx").duration_s == 1800


@pytest.mark.parametrize("kept", [-1, -100, 300, 200])
def test_a_gpx_that_breaks_off(kept):
    entry = only(make_gpx()[:kept], "run.gpx")
    assert entry.why == "the file is damaged or breaks off before its end"


# --- TCX


def test_tcx_laps_are_added_up():
    entry = only(make_tcx(), "run.tcx")
    assert (entry.verdict, entry.origin) == (RUN, "TCX file")
    assert (entry.distance_m, entry.duration_s, entry.started_at) == (2500, 750, START)


def test_tcx_laps_without_sums_are_taken_from_the_points():
    entry = only(make_tcx(sums=False), "run.tcx")
    assert (entry.distance_m, entry.duration_s) == (2500, 750)


@pytest.mark.parametrize(
    ("sport", "why", "doubtful"),
    [("Running", "", False), ("Biking", "a ride", False), ("Other", "", False)],
)
def test_tcx_sports(sport, why, doubtful):
    entry = only(make_tcx(sport=sport), "run.tcx")
    assert (entry.why, entry.doubtful) == (why, doubtful)


def test_a_tcx_in_white_space_as_strava_hands_it_back():
    assert only(b"\n          " + make_tcx().split(b"?>", 1)[1], "1.tcx").distance_m == 2500


def test_a_tcx_on_a_treadmill():
    entry = only(make_tcx(laps=[(0.0, 1800.0)]), "run.tcx")
    assert (entry.verdict, entry.distance_m, entry.duration_s) == (RUN, None, 1800)


def test_a_tcx_course_holds_no_activity():
    course = b"<TrainingCenterDatabase><Courses><Course/></Courses></TrainingCenterDatabase>"
    entry = only(course, "a.tcx")
    assert (entry.verdict, entry.why) == (UNREADABLE, "no activity in it")


# --- Packed, and several at once


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.fit.gz", make_fit()), ("a.gpx.gz", make_gpx()), ("a.tcx.gz", make_tcx())],
)
def test_a_gzipped_file_reads_as_the_file_does(name, content):
    (plain,) = read(content, name)
    (gzipped,) = read(packed(content), name)
    assert gzipped == plain
    assert gzipped.verdict is RUN


@pytest.mark.parametrize("name", ["a.gpx", "a.csv", "a", "", "a.fit.gz"])
def test_what_is_in_the_file_counts_not_its_name(name):
    assert only(make_fit(), name).verdict is RUN


def test_a_zip_of_activity_files():
    files = {"a.fit": make_fit(), "sub/b.gpx": make_gpx(), "c.tcx.gz": packed(make_tcx())}
    reading = look(make_zip(files), "log.zip")
    assert reading.kind == "Zip of activity files"
    assert [part.name for part in reading.parts] == ["a.fit", "b.gpx", "c.tcx.gz"]
    assert [entry.verdict for entry in read(make_zip(files), "log.zip")] == [RUN] * 3


def test_strava_s_export_needs_no_file_whose_row_says_all():
    rows = [
        strava_row(file="activities/1.fit.gz"),
        strava_row(file="activities/2.gpx", kind="Ride"),
        strava_row(file="activities/3.tcx.gz", date="", title="No date in the list"),
        strava_row(date="2019-05-06 06:00:00"),
        strava_row(file="activities/gone.fit", date=""),
    ]
    files = {
        "activities/1.fit.gz": b"not opened",
        "activities/2.gpx": b"not opened",
        "activities/3.tcx.gz": packed(make_tcx()),
        "activities/4.gpx": make_gpx(),
    }
    content = make_strava_zip(rows, files)
    reading = look(content, "export_1.zip")
    assert reading.kind == "Strava export"
    assert [part.name for part in reading.parts] == ["3.tcx.gz", "4.gpx"]
    # Row 4 comes from its file; row 6 names a file that isn't there.
    assert [(entry.where, entry.verdict) for entry in read(content, "export_1.zip")] == [
        ("activities.csv, row 2", RUN),
        ("activities.csv, row 3", NOT_A_RUN),
        ("activities.csv, row 5", RUN),
        ("activities.csv, row 6", UNREADABLE),
        ("3.tcx.gz", RUN),
        ("4.gpx", RUN),
    ]
    assert reading.notes == ("2 files were left aside: no activities.",)


def test_an_export_in_a_folder_of_its_own():
    files = {"export_1/activities.csv": make_strava_zip(), "export_1/activities/1.gpx": make_gpx()}
    files["export_1/activities.csv"] = b"Activity ID,Activity Date,Activity Type,Elapsed Time,"
    files["export_1/activities.csv"] += b"Distance,Filename\n1,,Run,,,activities/1.gpx\n"
    assert [entry.where for entry in read(make_zip(files), "a.zip")] == ["1.gpx"]


def test_an_export_in_italian_is_read_from_its_files():
    files = {
        "activities.csv": "ID attività,Data dell'attività,Tipo attività\n1,2,3\n".encode(),
        "activities/1.gpx": make_gpx(),
    }
    reading = look(make_zip(files), "export.zip")
    assert [part.name for part in reading.parts] == ["1.gpx"]
    assert reading.notes[0].startswith("This list is in Italian")
    assert reading.notes[0].endswith("Each activity file in the zip is read instead.")


def test_the_unit_of_a_list_in_a_zip_is_asked_for():
    names = b"Activity ID,Activity Date,Activity Type,Elapsed Time,Distance\n"
    content = make_zip({"activities.csv": names + b"1,2019-05-03 06:12:00,Run,3600,10\n"})
    assert look(content, "a.zip").needs_unit
    assert only(content, "a.zip", unit="mi").distance_m == 16_093


# --- Nothing of a place


@pytest.mark.parametrize(
    "content", [make_fit(), make_fit(sessions=[]), make_gpx(), make_tcx()], ids=range(4)
)
def test_no_place_leaves_the_readers(content):
    rows = [to_row(entry) for entry in read_part(Part(name="run", content=content), zone=SYDNEY)]
    assert set(rows[0]) == {
        "verdict", "where", "happened_on", "started_at", "distance_m", "duration_s", "surface",
        "origin", "why", "doubtful",
    }  # fmt: skip
    kept = json.dumps(rows)
    for place in ("47.", "8.5", "-33.8", "151.2", "47,", "lake"):
        assert place not in kept


def test_rows_keep_an_entry_whole():
    entries = [
        *read(make_fit(sub_sport=SubSport.TRACK), "a.fit"),
        *read(make_gpx(start=None), "a.gpx"),
        *read(make_fit(distance_m=4000, duration_s=3600), "a.fit"),
    ]
    for entry in entries:
        row = json.loads(json.dumps({**to_row(entry), "more": 1}))
        assert from_row(row) == entry
