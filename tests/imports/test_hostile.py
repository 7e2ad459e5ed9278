"""Files made to do harm, and files chosen by mistake: refused in plain words, nothing half read."""

import gzip
import io
import logging
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from assessments.imports import (
    Entry,
    Part,
    Unreadable,
    Verdict,
    archives,
    fit,
    gpx,
    limits,
    read_part,
    read_upload,
    tables,
    tcx,
    upload,
    xmltree,
)
from tests.imports.files import (
    make_fit,
    make_gpx,
    make_strava_csv,
    make_strava_zip,
    make_tcx,
    make_zip,
    packed,
    strava_row,
)
from tests.imports.reading import SYDNEY, look, read

UNREADABLE = Verdict.UNREADABLE


def refusal(content: bytes, name: str = "run.fit") -> str:
    """What the person is told when the whole file is refused."""
    with pytest.raises(Unreadable) as refused:
        look(content, name)
    words = str(refused.value)
    assert words.endswith(".")
    return words


def reason(content: bytes, name: str = "run.fit") -> str:
    """The reason of the one entry of a single file that can't be read."""
    (entry,) = read(content, name)
    assert entry.verdict is UNREADABLE
    assert (entry.happened_on, entry.distance_m, entry.duration_s) == (None, None, None)
    return entry.why


# --- Something else under the name of a training log


STRANGERS = [
    pytest.param(b"%PDF-1.7\n%\xe2\xe3", "This is a PDF, not a training log.", id="pdf"),
    pytest.param(b"\xff\xd8\xff\xe0\x00\x10JFIF", "This is a photo,", id="jpeg"),
    pytest.param(b"\x89PNG\r\n\x1a\n", "This is a picture,", id="png"),
    pytest.param(b"MZ\x90\x00\x03", "This is a program,", id="exe"),
    pytest.param(b"\x7fELF\x02", "This is a program,", id="elf"),
    pytest.param(b"<!DOCTYPE html><html><body>", "This is a web page,", id="html"),
    pytest.param(b"\n <html lang=en>", "This is a web page,", id="html-without-doctype"),
    pytest.param(b"<?xml version='1.0'?><svg/>", "This is an XML file of another", id="svg"),
    pytest.param(b'{"type": "run"}', "This is a JSON file,", id="json"),
    pytest.param(b"Rar!\x1a\x07\x00", "This is a RAR archive; only zip is opened", id="rar"),
    pytest.param(b"7z\xbc\xaf\x27\x1c", "This is a 7z archive", id="7z"),
    pytest.param(b"\x00" * 600, "This is not a list in text form.", id="zeros"),
    pytest.param(bytes(range(256)) * 4, "This is not a list in text form.", id="bytes"),
    pytest.param(b"", "This file is empty.", id="empty"),
    pytest.param(b" \r\n\n ", "This file is empty.", id="blank"),
    pytest.param(b"\xef\xbb\xbf", "The list is empty.", id="a-byte-order-mark"),
    pytest.param(b"hello", "This is neither Strava's", id="words"),
    pytest.param(gzip.compress(b"%PDF-1.7"), "This is a PDF,", id="pdf-gzipped"),
    pytest.param(gzip.compress(b""), "This file is empty.", id="nothing-gzipped"),
]


@pytest.mark.parametrize(("content", "words"), STRANGERS)
@pytest.mark.parametrize("name", ["run.fit", "activities.csv", "export.zip"])
def test_something_else_by_the_name_of_a_log_is_named(content, words, name):
    assert refusal(content, name).startswith(words)


@pytest.mark.parametrize(("content", "words"), STRANGERS)
def test_something_else_inside_a_zip_is_an_entry_of_its_own(content, words):
    good, bad = read(make_zip({"a.fit": make_fit(), "b.fit": content}), "log.zip")
    assert good.verdict is Verdict.RUN
    assert (bad.where, bad.verdict) == ("b.fit", UNREADABLE)
    assert bad.why[0].islower()


def test_the_name_of_a_folder_or_no_name_is_no_matter():
    for name in ("activities/", "/", "", "..", "\x00", "a" * 5000, "C:\\runs\\a.fit"):
        (entry,) = read(make_fit(), name)
        assert entry.verdict is Verdict.RUN
        assert 0 < len(entry.where) <= 80
        assert entry.where.isprintable()


def test_a_name_is_shown_without_its_folders_and_hidden_signs():
    (part,) = look(make_fit(), "../../etc/\u202etif.run\x00.fit").parts
    assert part.name == "tif.run.fit"


# --- Sizes


class _Huge(io.BytesIO):
    """A file that says it is large, and notices being read."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self.size = size
        self.given = 0

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self.size if whence == io.SEEK_END else super().seek(offset, whence)

    def read(self, size: int | None = -1, /) -> bytes:
        step = super().read(size)
        self.given += len(step)
        return step


@pytest.mark.parametrize(
    ("content", "limit", "words"),
    [
        pytest.param(make_fit(), limits.FIT_BYTES, "The FIT file is over 10 MB", id="fit"),
        pytest.param(make_gpx(), limits.XML_BYTES, "The GPX file is over 30 MB", id="gpx"),
        pytest.param(make_tcx(), limits.XML_BYTES, "The TCX file is over 30 MB", id="tcx"),
        pytest.param(
            packed(make_gpx()), limits.PACKED_BYTES, "The packed file is over 20 MB", id="gz"
        ),
        pytest.param(make_strava_csv(), limits.LIST_BYTES, "The list is over 20 MB", id="csv"),
        pytest.param(make_strava_zip(), limits.ZIP_BYTES, "The zip is over 200 MB", id="zip"),
    ],
)
def test_a_file_that_is_too_large_is_not_read(content, limit, words):
    file = _Huge(content, limit + 1)
    with pytest.raises(Unreadable, match=words):
        read_upload("a", file, zone=SYDNEY)
    # The first look at how it begins, and no more.
    assert file.given <= upload.HEAD_BYTES


def test_a_list_of_too_many_rows(monkeypatch):
    monkeypatch.setattr(tables, "ROWS", 3)
    rows = [strava_row()] * 4
    assert refusal(make_strava_csv(rows), "a.csv") == "The list has more than 3 rows."
    assert len(read(make_strava_csv(rows[:3]), "a.csv")) == 3


def test_twenty_thousand_rows_are_read():
    row = b"1,2019-05-03 06:12:00,Run,3000,10000\n"
    names = b"Activity ID,Activity Date,Activity Type,Elapsed Time,Distance\n"
    assert len(read(names + row * 20_000, "a.csv")) == 20_000
    assert refusal(names + row * 20_001, "a.csv") == "The list has more than 20,000 rows."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"a," * 1_000_000, "A row of the list is far longer", id="a-million-columns"),
        pytest.param(
            b"a,b\n" + b"," * 900, "Row 2 of the list has more than 400", id="900-columns"
        ),
        pytest.param(b"a,b\n" + b"x" * 150_000, "The list is damaged", id="gigantic-field"),
        pytest.param(b'a,b\n"' + b"x\n" * 300_000, "The list is damaged", id="never-closed"),
        pytest.param(b'a,b\n"' + b'x","\n' * 300_000, "A row of the list is", id="one-row-of-many"),
        pytest.param(b"a,b\n1,\x00,2\n", "This is not a list in text form", id="nul"),
        pytest.param(b"\xff\xfea\x00,\x00b", "This is not a list in text form", id="half-a-sign"),
        pytest.param(b"\xff\xfe\x00\xd8\x00\xd8", "This is not a list in text", id="no-utf-16"),
    ],
)
def test_lists_made_to_choke_a_reader(content, words):
    assert refusal(content, "activities.csv").startswith(words)


# --- Zips


def zeros(megabytes: int) -> bytes:
    return bytes(megabytes * limits.MEGABYTE)


SWELLS = "It unpacks to far more than a training log holds, so it was not opened."


def test_a_zip_whose_file_swells_is_refused_whole():
    files = {"a.fit": make_fit(), "bomb.gpx": zeros(3)}
    assert refusal(make_zip(files), "a.zip") == SWELLS


def test_a_zip_whose_list_swells_is_refused():
    assert refusal(make_zip({"activities.csv": zeros(3), "a.fit": make_fit()}), "a.zip") == SWELLS


def test_the_size_that_a_zip_states_is_not_believed():
    content = bytearray(make_zip({"bomb.fit": zeros(3)}))
    # Ten bytes when unpacked, says the directory, and so does the file's own head.
    struct.pack_into("<I", content, 22, 10)
    struct.pack_into("<I", content, content.rindex(b"PK\x01\x02") + 24, 10)
    outcome: list[Entry] = []
    try:
        outcome = read(bytes(content), "a.zip")
    except Unreadable as error:
        assert str(error) == SWELLS  # noqa: PT017
    assert all(entry.verdict is UNREADABLE for entry in outcome)


def test_all_files_of_a_zip_together_are_counted(monkeypatch):
    monkeypatch.setattr(archives, "UNPACKED_IN_ALL_BYTES", 2 * len(make_gpx()) + 10)
    files = {f"{number}.gpx": make_gpx() for number in range(3)}
    assert refusal(make_zip(files), "a.zip") == SWELLS
    del files["2.gpx"]
    assert len(read(make_zip(files), "a.zip")) == 2


def test_one_file_of_a_zip_is_counted(monkeypatch):
    monkeypatch.setattr(archives, "UNPACKED_BYTES", len(make_gpx()) - 1)
    assert refusal(make_zip({"a.gpx": make_gpx()}), "a.zip") == SWELLS


def test_zips_inside_a_zip_are_never_opened():
    inner = make_zip({f"{number}.gpx": zeros(1) for number in range(4)})
    for _ in range(4):
        inner = make_zip({f"{number}.zip": inner for number in range(4)})
    assert refusal(inner, "42.zip") == "There are no activities in this zip."
    reading = look(make_zip({"a.fit": make_fit(), "b.zip": inner, "c.tar.gz": b"x"}), "a.zip")
    assert [part.name for part in reading.parts] == ["a.fit"]
    (note,) = reading.notes
    assert note.startswith("2 files were left aside: packed inside the zip.")


def test_files_of_a_zip_that_overlap_are_not_read_twice():
    content = bytearray(make_zip({"a.gpx": make_gpx(), "b.gpx": make_gpx()}))
    # The directory points both names at the first file.
    second = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, second + 42, 0)
    first, other = read(bytes(content), "a.zip")
    assert {first.verdict, other.verdict} == {Verdict.RUN, UNREADABLE}


def test_a_zip_of_too_many_files(monkeypatch):
    monkeypatch.setattr(archives, "ZIP_MEMBERS", 2)
    files = {f"{number}.txt": b"" for number in range(3)}
    assert refusal(make_zip(files), "a.zip") == "The zip has more than 2 files."


def test_the_directory_of_a_zip_is_capped_before_it_is_read():
    files = {f"{number}.txt": b"" for number in range(60)}
    content = bytearray(make_zip(files))
    end = content.rindex(b"PK\x05\x06")
    start = content.index(b"PK\x01\x02")
    grown = content[start:end] * 2000
    tail = bytearray(content[end:])
    struct.pack_into("<I", tail, 12, len(grown))
    assert len(grown) > limits.ZIP_DIRECTORY_BYTES
    whole = bytes(content[:start] + grown + tail)
    assert refusal(whole, "a.zip") == "The zip has more than 20,000 files."


def lock(content: bytes) -> bytes:
    """The zip with all its files marked as locked with a password."""
    changed = bytearray(content)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + place] |= 1
            at = changed.find(mark, at + 4)
    return bytes(changed)


def test_a_locked_zip_is_refused():
    words = "The zip is locked with a password. Unlock it and choose it again."
    assert refusal(lock(make_zip({"a.fit": make_fit()})), "a.zip") == words
    assert refusal(lock(make_strava_zip()), "a.zip") == words


def test_a_list_that_is_damaged_leaves_the_files_to_be_read():
    files = {"activities.csv": make_strava_csv(columns=400), "a.gpx": make_gpx()}
    content = make_zip(files)
    damaged = bytearray(content)
    damaged[90] ^= 0xFF
    reading = look(bytes(damaged), "a.zip")
    assert [part.name for part in reading.parts] == ["a.gpx"]
    (note,) = reading.notes
    assert note.startswith("The list in the zip can't be opened. It is damaged. Each activity")
    assert refusal(bytes(damaged).replace(b"a.gpx", b"a.txt"), "a.zip").endswith("It is damaged.")


def test_one_locked_file_of_a_zip_leaves_the_others():
    content = bytearray(make_zip({"a.fit": make_fit(), "b.gpx": make_gpx()}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    good, bad = sorted(read(bytes(content), "a.zip"), key=lambda entry: entry.verdict)
    assert good.verdict is Verdict.RUN
    assert (bad.where, bad.why) == ("a.fit", "it is locked with a password")


@pytest.mark.parametrize("way", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_not_unpacked(way):
    (entry,) = read(make_zip({"a.fit": make_fit()}, compression=way), "a.zip")
    assert entry.why == "it is packed in a way that is not unpacked here"


PATHS = [
    "../../etc/cron.d/a.fit",
    "..\\..\\a.fit",
    "/etc/a.fit",
    "C:\\a.fit",
    "C:a.fit",
    "sub/../a.fit",
    "a\nb.fit",
]


@pytest.mark.parametrize("path", PATHS)
def test_paths_that_lead_out_of_a_zip_are_left_aside(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reading = look(make_zip({path: make_fit(), "b.gpx": make_gpx()}), "a.zip")
    assert [part.name for part in reading.parts] == ["b.gpx"]
    assert reading.notes == ("1 file was left aside: named so that the path leads out of the zip.",)
    assert list(tmp_path.iterdir()) == []


def test_a_name_cut_by_a_zero_byte_is_left_aside():
    # Python ends such a name at the zero; what follows decides nothing.
    content = make_zip({"a.fitX.txt": make_fit(), "b.gpx": make_gpx()}).replace(
        b"X.txt", b"\x00.txt"
    )
    reading = look(content, "a.zip")
    assert [part.name for part in reading.parts] == ["b.gpx"]


def test_nothing_is_written_to_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opened: list[object] = []
    monkeypatch.setattr(Path, "open", lambda *arguments: opened.append(arguments))
    monkeypatch.setattr("builtins.open", lambda *arguments, **_: opened.append(arguments))
    monkeypatch.setattr("io.open", lambda *arguments, **_: opened.append(arguments))
    read(make_strava_zip(None, {"activities/1.fit": make_fit(), "activities/2.gpx": make_gpx()}))
    assert opened == []


def test_folders_and_photos_of_a_zip_are_no_activities():
    content = make_zip({"a.fit/": b"", "media/1.jpg": b"\xff\xd8\xff", "__MACOSX/._a.fit": b"x"})
    assert refusal(content, "a.zip") == "There are no activities in this zip."


@pytest.mark.parametrize("kept", [4, 30, 200, -1, -10, -30])
def test_a_zip_that_breaks_off(kept):
    words = refusal(make_zip({"a.fit": make_fit()})[:kept], "a.zip")
    assert words == "The zip is damaged or breaks off before its end."


def test_one_damaged_file_of_a_zip_leaves_the_others():
    content = bytearray(make_zip({"a.fit": make_fit(), "b.gpx": make_gpx()}))
    content[60] ^= 0xFF
    broken = [entry for entry in read(bytes(content), "a.zip") if entry.verdict is UNREADABLE]
    assert [(entry.where, entry.why) for entry in broken] == [("a.fit", "it is damaged")]


# --- Gzip


def test_a_gzip_bomb():
    assert refusal(packed(zeros(3)), "a.fit.gz") == SWELLS
    (entry,) = read_part(Part(name="a.fit.gz", content=packed(zeros(3))), zone=SYDNEY)
    assert (entry.verdict, entry.why[:20]) == (UNREADABLE, "it unpacks to far mo")


def test_a_gzip_of_more_than_one_file_may_hold(monkeypatch):
    # Text that packs badly: the ratio alone doesn't tell.
    noise = zlib.compress(b"x") + bytes(range(256)) * 10
    monkeypatch.setattr(limits.unpack, "__kwdefaults__", {"limit": 1000})
    assert refusal(packed(noise), "a.fit.gz") == SWELLS


@pytest.mark.parametrize("kept", [5, 20, -1, -8])
def test_a_gzip_that_breaks_off(kept):
    words = refusal(packed(make_fit())[:kept], "a.fit.gz")
    assert words == "The packed file is damaged or breaks off before its end."


def test_a_file_packed_twice():
    words = "The file is packed twice. Unpack it once and choose it again."
    assert refusal(packed(packed(make_fit())), "a.fit.gz") == words
    assert refusal(packed(make_zip({"a.fit": make_fit()})), "a.zip.gz") == words


# --- XML

OWN_DEFINITIONS = (
    "the file brings definitions of its own, which no training app writes. It was not read"
)
LAUGHS = (
    "<!DOCTYPE gpx [<!ENTITY a 'ha'>"
    + "".join(
        f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
DOCTYPES = [
    pytest.param(LAUGHS, id="billion-laughs"),
    pytest.param("<!DOCTYPE gpx [<!ENTITY i SYSTEM 'file:///etc/passwd'>]>", id="external-entity"),
    pytest.param("<!DOCTYPE gpx SYSTEM 'http://127.0.0.1:1/a.dtd'>", id="external-doctype"),
    pytest.param("<!DOCTYPE gpx [<!ENTITY % p SYSTEM 'file:///dev/zero'> %p;]>", id="parameter"),
    pytest.param("<!DOCTYPE gpx>", id="doctype-alone"),
]


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("make", [make_gpx, make_tcx])
def test_no_definition_in_an_xml_file_is_followed(doctype, make):
    content = make().replace(b"?>", b"?>" + doctype.encode(), 1)
    content = content.replace(b"running", b"&i;").replace(b"Running", b"&i;")
    assert reason(content, "run.xml") == OWN_DEFINITIONS


def test_xml_as_deep_as_a_well():
    content = make_gpx().replace(b"<trk>", b"<trk>" + b"<a>" * 100_000, 1)
    assert reason(content, "run.gpx") == "the file has far more in it than an activity"


def test_xml_without_end(monkeypatch):
    monkeypatch.setattr(xmltree, "ELEMENTS", 30)
    assert reason(make_gpx(points=40), "run.gpx") == "the file has far more in it than an activity"


def test_a_bare_xml_file_may_be_as_large_as_what_is_packed(monkeypatch):
    filler = b"<!--" + b"x" * (limits.XML_BYTES - 100_000) + b"-->"
    large = make_gpx().replace(b"<trk>", filler + b"<trk>", 1)
    assert len(large) > 25 * limits.MEGABYTE
    (entry,) = read(large, "day.gpx")
    assert entry.verdict is Verdict.RUN
    monkeypatch.setattr(limits, "SWELLING", 10**6)
    assert read(packed(large), "day.gpx") == [entry]


def test_a_day_and_a_night_of_seven_elements_a_second_is_not_too_much():
    assert xmltree.ELEMENTS > 24 * 3600 * 7


def test_xml_in_an_encoding_nobody_knows():
    content = make_gpx().replace(b"UTF-8", b"klingon")
    assert reason(content, "run.gpx") == "the file is damaged or breaks off before its end"


def test_numbers_of_xml_that_are_none():
    for text in (b"nan", b"inf", b"-5", b"1e400", b"9" * 400, b"x", b""):
        laps = make_tcx().replace(b">1000.0<", b">" + text + b"<")
        (entry,) = read(laps, "run.tcx")
        assert entry.distance_m in (1500, None)


# --- FIT


def test_a_fit_of_more_messages_than_a_watch_writes(monkeypatch):
    monkeypatch.setattr(fit, "MESSAGES", 5)
    assert reason(make_fit()) == "the FIT file has far more in it than an activity"


def test_a_fit_of_more_values_than_points_have(monkeypatch):
    monkeypatch.setattr(fit, "VALUES", 30)
    assert reason(make_fit(sessions=[])) == "the FIT file has far more in it than an activity"


def arrays(messages: int, *, fields: int = 40) -> bytes:
    """A FIT file of this many sessions, each of ``fields`` fields that hold 252 bytes."""
    definition = b"\x40\0\0" + struct.pack("<HB", fit.SESSION, fields)
    definition += b"".join(bytes((number, 252, 2)) for number in range(100, 100 + fields))
    body = definition + (b"\0" + b"\1" * 252 * fields) * messages
    head = struct.pack("<BBHI4s", 12, 0x10, 2000, len(body), b".FIT")
    check = 0
    for byte in head + body:
        check ^= byte
        for _ in range(8):
            check = check >> 1 ^ 0xA001 if check & 1 else check >> 1
    return head + body + struct.pack("<H", check)


def test_a_fit_of_arrays_is_counted_by_what_they_hold(monkeypatch):
    monkeypatch.setattr(fit, "VALUES", 40 + 3 * 41 + 2)
    assert reason(arrays(3)) == "the FIT file has far more in it than an activity"
    monkeypatch.setattr(fit, "VALUES", 40 + 3 * (1 + 40 * 63))
    assert len(read(arrays(3), "run.fit")) == 3


def large_fit() -> bytes:
    """An activity with so much behind it that the file is just over what is read."""
    return make_fit() + bytes(limits.FIT_BYTES)


def test_a_fit_that_is_packed_is_no_larger_than_a_bare_one(monkeypatch):
    monkeypatch.setattr(limits, "SWELLING", 10**6)
    words = "The FIT file is over 10 MB, more than is read."
    assert refusal(packed(large_fit()), "a.fit.gz") == words
    (entry,) = read(make_zip({"a.fit": large_fit()}), "a.zip")
    assert (entry.verdict, entry.why) == (
        UNREADABLE,
        "the FIT file is over 10 MB, more than is read",
    )


def test_a_fit_of_definitions_only(monkeypatch):
    monkeypatch.setattr(fit, "VALUES", 8)
    assert reason(make_fit(points=0)) == "the FIT file has far more in it than an activity"


def test_a_fit_of_more_parts_than_a_race_has():
    assert len(read(make_fit(points=0, sessions=[{}] * fit.SESSIONS), "a.fit")) == fit.SESSIONS
    crowd = make_fit(points=0, sessions=[{}] * (fit.SESSIONS + 1))
    assert reason(crowd) == "the FIT file has far more in it than an activity"


@pytest.mark.parametrize(("module", "make"), [(gpx, make_gpx), (tcx, make_tcx)])
def test_an_xml_file_of_too_many_activities(module, make, monkeypatch):
    monkeypatch.setattr(module, "ACTIVITIES", 0)
    assert reason(make(), "all.xml") == "the file has more than 0 activities"


# --- The catch-all


def test_an_error_that_nobody_foresaw_is_refused_and_logged_without_the_file(monkeypatch, caplog):
    """The one broad ``except`` of this package: a library's error on one file of two thousand must
    not lose the others, and the log must not quote the file."""

    def surprise(*_: object, **__: object) -> None:
        raise ZeroDivisionError("Quentin Quince ran here")

    monkeypatch.setitem(upload._READERS, "FIT file", surprise)
    monkeypatch.setattr(upload, "table_of", surprise)
    with caplog.at_level(logging.ERROR):
        assert reason(make_fit()) == "this file can't be read"
        assert refusal(make_strava_csv(), "a.csv") == "This file can't be read."
    assert len(caplog.records) == 2
    assert "ZeroDivisionError at " in caplog.text
    assert "Quince" not in caplog.text
