"""Thousands of damaged files: each is refused in words or read within bounds, and none reaches the
catch-all of ``read_upload`` and ``read_part``."""

import gzip
import io
import json
import random
import struct
import warnings
from collections.abc import Callable
from datetime import UTC
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from fitdecode.utils import compute_crc

from assessments.imports import (
    Entry,
    Part,
    Reading,
    Unreadable,
    Verdict,
    from_row,
    read_part,
    read_upload,
    to_row,
)
from assessments.imports.judging import EARLIEST, LATEST
from assessments.rules import bounds
from tests.imports.files import (
    SubSport,
    garmin_row,
    make_fit,
    make_garmin_csv,
    make_gpx,
    make_strava_csv,
    make_strava_zip,
    make_tcx,
    make_zip,
    packed,
    strava_row,
)

ZONE = ZoneInfo("Australia/Sydney")
SHARDS = 12
FILES_A_SHARD = 1000


@cache
def samples() -> dict[str, bytes]:
    """Small whole files of every format."""
    rows = [
        strava_row(file="activities/1.fit.gz"),
        strava_row(date="2019-05-04 06:12:00", kind="Ride", shown="30,5", metres="30500"),
        strava_row(date="12. Sept. 2018, 15:02:23", moving="", metres=""),
    ]
    files = {"activities/1.fit.gz": packed(make_fit(points=2)), "activities/2.gpx": make_gpx()}
    return {
        "run.fit": make_fit(points=3),
        "unsummed.fit": make_fit(points=4, sessions=[]),
        "added.fit": make_fit(points=2, developer_field=True, sub_sport=SubSport.TRAIL),
        "run.fit.gz": packed(make_fit(points=3)),
        "run.gpx": make_gpx(points=4),
        "run.gpx.gz": packed(make_gpx(points=3)),
        "run.tcx": make_tcx(),
        "activities.csv": make_strava_csv(rows, columns=24),
        "wide.csv": make_strava_csv(rows[:1], columns=24, encoding="utf-16"),
        "garmin.csv": make_garmin_csv([garmin_row(), garmin_row(distance="5.02", time="25:00.5")]),
        "export.zip": make_strava_zip(rows, files, columns=24),
        "files.zip": make_zip({"a.tcx": make_tcx(), "b.fit": make_fit(points=2)}),
    }


def flip(content: bytes, chance: random.Random) -> bytes:
    """A few bits turned."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(content: bytes, chance: random.Random) -> bytes:
    """The beginning, or all but a piece."""
    start = chance.randrange(len(content))
    end = len(content) if chance.random() < 0.5 else chance.randrange(start, len(content))
    return content[:start] + content[end:] if chance.random() < 0.5 else content[:start]


def put_in(content: bytes, chance: random.Random) -> bytes:
    """Something that doesn't belong there, or a piece said twice."""
    place = chance.randrange(len(content))
    pieces = (
        chance.randbytes(chance.randrange(1, 9)),
        b"\x00" * chance.randrange(1, 30),
        b"\xff" * chance.randrange(1, 30),
        b'"',
        b",",
        b"\n",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
        b"<a>" * 70,
        b"-1e999",
        b"99999999999999",
        b"NaN",
        content[place : place + chance.randrange(1, 200)],
    )
    return content[:place] + chance.choice(pieces) + content[place:]


def set_numbers(content: bytes, chance: random.Random) -> bytes:
    """A byte, a pair or four of them at their limits, as sizes and counts are."""
    value = chance.choice((b"\x00", b"\x01", b"\x7f", b"\x80", b"\xff"))
    width = chance.choice((1, 2, 4))
    place = chance.randrange(len(content))
    return content[:place] + value * width + content[place + width :]


def splice(content: bytes, chance: random.Random) -> bytes:
    """The beginning of one file and the end of another."""
    other = chance.choice(list(samples().values()))
    return content[: chance.randrange(len(content))] + other[chance.randrange(len(other)) :]


def swap_digits(content: bytes, chance: random.Random) -> bytes:
    """Other digits in a text: days, distances and coordinates that can't be."""
    changed = bytearray(content)
    places = [place for place, sign in enumerate(changed) if 48 <= sign <= 57]
    for place in chance.sample(places, min(len(places), 6)):
        changed[place] = 48 + chance.randrange(10)
    return bytes(changed)


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flip,
    cut,
    put_in,
    set_numbers,
    splice,
    swap_digits,
)


def mend_fit(content: bytes) -> bytes:
    """The sizes and check sums of a FIT file made right, so that what is inside gets a say."""
    if len(content) < 16 or content[8:12] != b".FIT":
        return content
    # The writer of the samples makes the short head, without a check sum of its own.
    head = b"\x0c" + content[1:4] + struct.pack("<I", len(content) - 14) + b".FIT"
    body = head + content[12:-2]
    return body + struct.pack("<H", compute_crc(body))


def mutated(chance: random.Random) -> tuple[str, bytes]:
    """One damaged file and its name; some are damaged inside and packed again as if whole."""
    name, content = chance.choice(list(samples().items()))
    change = chance.choice(MUTATIONS)
    if name.endswith(".gz") and chance.random() < 0.7:
        inside = change(gzip.decompress(content), chance)
        return name, packed(mend_fit(inside) if chance.random() < 0.5 else inside)
    if name.endswith(".zip") and chance.random() < 0.5:
        inner, inside = chance.choice(list(samples().items()))
        damaged = change(inside, chance)
        files = {"activities.csv": samples()["activities.csv"], inner: damaged}
        return name, make_zip({"activities.csv": damaged, **files} if ".csv" in inner else files)
    content = change(content, chance)
    if chance.random() < 0.2 and content:
        content = chance.choice(MUTATIONS)(content, chance)
    return name, mend_fit(content) if chance.random() < 0.6 else content


def check_entry(entry: Entry) -> None:
    """Nothing half read and nothing absurd."""
    assert entry.where
    assert len(entry.where) < 120
    assert entry.where.isprintable()
    if entry.distance_m is not None:
        assert 0 < entry.distance_m <= bounds.DISTANCE_M.high
    if entry.duration_s is not None:
        assert 0 < entry.duration_s <= bounds.DURATION_S.high
    if entry.happened_on is not None:
        assert EARLIEST <= entry.happened_on <= LATEST
    if entry.started_at is not None:
        assert entry.happened_on is not None
        assert entry.started_at.tzinfo is UTC
        assert abs((entry.started_at.date() - entry.happened_on).days) <= 1
    if entry.verdict is Verdict.RUN or entry.doubtful:
        assert entry.happened_on is not None
        assert entry.distance_m is not None or entry.duration_s is not None
    if entry.verdict is Verdict.UNREADABLE:
        # What could be read of it is shown; nothing offers it to be taken.
        assert (entry.started_at, entry.doubtful) == (None, False)
    assert bool(entry.why) is (entry.verdict is not Verdict.RUN)
    row = json.loads(json.dumps(to_row(entry)))
    assert from_row(row) == entry


def check_words(words: str) -> None:
    """A sentence for a person, not an error of a library."""
    assert words.endswith(".")
    assert words.isprintable()
    assert "Error" not in words
    assert "b'" not in words


def read_all(name: str, content: bytes) -> list[Entry] | None:
    """Every entry of a file, ``None`` when it is refused."""
    try:
        reading = read_upload(name, io.BytesIO(content), zone=ZONE)
    except Unreadable as refusal:
        words = str(refusal)
        check_words(words)
        return None
    assert isinstance(reading, Reading)
    assert reading.entries or reading.parts or reading.notes or reading.needs_unit
    entries = list(reading.entries)
    for part in reading.parts:
        read = read_part(part, zone=ZONE)
        assert read
        entries += read
    return entries


def test_the_samples_themselves_are_read():
    for name, content in samples().items():
        entries = read_all(name, content)
        assert entries, name
        assert any(entry.verdict is Verdict.RUN for entry in entries), name


def test_there_are_ten_thousand_of_them():
    assert SHARDS * FILES_A_SHARD >= 10_000


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_damaged_file_is_refused_or_read_within_bounds(shard, caplog):
    chance = random.Random(f"upwell {shard}")
    outcomes = {"refused": 0, "read": 0, "runs": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(FILES_A_SHARD):
            name, content = mutated(chance)
            if not content:
                continue
            entries = read_all(name, content)
            # A piece of an upload comes to the second door by itself too.
            for entry in read_part(Part(name=name, content=content), zone=ZONE):
                check_entry(entry)
            for entry in entries or ():
                check_entry(entry)
            outcomes["refused" if entries is None else "read"] += 1
            outcomes["runs"] += any(one.verdict is Verdict.RUN for one in entries or ())
    # The mutations reach all three ends: a file refused, a file read, a run found in it.
    assert min(outcomes.values()) > FILES_A_SHARD * 0.05, outcomes
    # An error that no reader names would have been logged by the catch-all.
    assert caplog.records == []
