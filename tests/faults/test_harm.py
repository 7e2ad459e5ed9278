"""Harm to a real server while people save: what was said to be saved is there, and only once.

``UPWELL_KILLS`` says how often each harm is done: 2, in `make drill` 120.
"""

import contextlib
import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests import keeper
from tests.clusters import PATIENCE_S, children_of
from tests.faults.proxy import ONCE, Mood
from tests.faults.server import (
    Crowd,
    Practice,
    pause,
    practice,
)
from tests.practices import HOST, PROJECT, Visitor
from upwell.database import APP

KILLS = int(os.environ.get("UPWELL_KILLS", "2"))
DRILL = KILLS >= 20
# Seconds a request waits for its database: in a drill as in a practice.
WAITS_S: dict[str, str] = {} if DRILL else {"UPWELL_DATABASE_PATIENCE_S": "1.5"}
LONGEST_S = 10
# In a run of every day a slow machine may well keep somebody waiting for that long.
ANSWERED = {"200", "302"} if DRILL else {"200", "302", "503"}
RELOADS = -(-KILLS // 4)
DISK_MB = 500
UNTIL_SAVED = (*ONCE, Mood.SLOW)
UNTIL_REFUSED = (Mood.LATE, Mood.TRICKLES, Mood.SILENT)


@pytest.fixture(scope="module")
def like(django_db_setup: None) -> str:
    """The address of a database with every table, which the practice's own is made like.

    Empty where no test of this run needs one: then the practice's own is migrated.
    """
    told = connection.get_connection_params()
    if not told["dbname"].startswith(os.environ["UPWELL_TEST_DATABASE"]):
        return ""
    names = ("dbname", "host", "port", "user", "password")
    return psycopg.conninfo.make_conninfo("", **{name: told.get(name) for name in names})


@pytest.fixture(scope="module")
def held(like: str) -> Iterator[Practice]:
    """The practice of this file. In a drill its data is on a real disk."""
    with practice(
        like, disk_mb=0 if DRILL else DISK_MB, workers=2 if DRILL else 1, said=WAITS_S
    ) as made:
        yield made


@pytest.fixture(scope="module")
def everybody(held: Practice) -> Crowd:
    return held.crowd(pause_s=0 if DRILL else 0.1)


@pytest.fixture
def people(everybody: Crowd) -> Crowd:
    """Who works there, with nothing said to them yet in this test."""
    for each in everybody.people:
        each.answers.clear()
        each.longest_s = 0.0
    return everybody


def told(harm: str, people: Crowd) -> None:
    waited = f"longest {people.longest_s:.2f} s"
    print(f"\n{harm}: {len(people.acknowledged)} saved so far, {dict(people.answers)}, {waited}")


def no_faults(people: Crowd) -> None:
    """A page that says what happened each time; never an error of the program, nor its words."""
    assert not {"500", "400", "401", "403", "404", "422", "traceback"} & people.answers.keys()


def test_the_database_killed_again_and_again(held: Practice, people: Crowd) -> None:
    """D1."""
    with people.working():
        people.wait_for_more(2)
        for _ in range(KILLS):
            pause(0.15, 0.8)
            held.cluster.kill()
            people.wait_for_answers("503")
            held.cluster.start()
            people.wait_for_more(2)
    people.compare(held.cluster)
    told(f"{KILLS} kills of the database", people)
    no_faults(people)


def test_web_processes_killed_again_and_again(held: Practice, people: Crowd) -> None:
    """D2, in the middle of saving plans with all their exercises, and sessions of them."""
    with people.working():
        people.wait_for_more(2)
        for turn in range(KILLS):
            pause(0.1, 0.6)
            master = turn % 2 == 1
            # Without a master, those who serve go by themselves, with what they have begun.
            held.web.kill(master=master, workers=not master or random.random() < 0.5)
            people.wait_for_more(2)
    people.compare(held.cluster)
    told(f"{KILLS} kills of web processes, the master each second time", people)
    no_faults(people)


def test_backends_ended_at_random(held: Practice, people: Crowd) -> None:
    """D3."""
    ended, until = 0, time.monotonic() + (300 if DRILL else 0)
    with held.cluster.connect() as administrator, people.working():
        people.wait_for_more(2)
        while ended < KILLS * 5 or time.monotonic() < until:
            pause(0.05, 0.2)
            backends = administrator.execute(
                "SELECT pid FROM pg_stat_activity WHERE usename = %s", [APP]
            ).fetchall()
            if backends:
                (backend,) = random.choice(backends)
                administrator.execute("SELECT pg_terminate_backend(%s)", [backend])
                ended += 1
        people.wait_for_more(4)
    people.compare(held.cluster)
    told(f"{ended} backends ended", people)
    no_faults(people)


def test_a_bad_network_to_the_database(held: Practice, people: Crowd) -> None:
    """F1: cut before a request, before a commit, between it and its reply; slow."""
    with people.working():
        people.wait_for_more(2)
        for turn in range(max(KILLS if DRILL else 0, len(UNTIL_SAVED))):
            held.between.mood = UNTIL_SAVED[turn % len(UNTIL_SAVED)]
            until = time.monotonic() + PATIENCE_S
            while held.between.mood in ONCE:
                assert time.monotonic() < until, held.between.mood
                time.sleep(0.01)
            if held.between.mood is Mood.SLOW:
                pause(0.3, 0.9)
            held.between.mood = Mood.WELL
            people.wait_for_more(2)
    people.compare(held.cluster)
    told(f"{turn + 1} moods of the network", people)
    no_faults(people)
    assert held.between.happened >= set(UNTIL_SAVED)


@pytest.mark.parametrize("mood", UNTIL_REFUSED, ids=[each.name.lower() for each in UNTIL_REFUSED])
def test_nobody_waits_for_a_network_for_ever(held: Practice, people: Crowd, mood: Mood) -> None:
    """F1: two seconds late, a thousand bytes a second, half open."""
    with people.working():
        people.wait_for_more(2)
        held.web.wait_for("/readyz", 200)
        held.between.mood = mood
        red_after = held.web.wait_for("/readyz", 503)
        alive, alive_after = held.web.asked("/healthz")
        people.wait_for_answers("503", 2 if DRILL else 1)
        held.between.mood = Mood.WELL
        people.wait_for_more(2)
    people.compare(held.cluster)
    told(f"{mood}: /readyz red after {red_after:.1f} s, /healthz {alive_after:.2f} s", people)
    no_faults(people)
    assert alive == 200
    if DRILL:
        assert people.longest_s < LONGEST_S
        assert red_after < LONGEST_S / 2
    held.web.wait_for("/readyz", 200)


def test_the_database_is_away_for_a_while_and_back(held: Practice, people: Crowd) -> None:
    """F3."""
    with people.working():
        people.wait_for_more(2)
        held.cluster.stop()
        people.wait_for_answers("503")
        if DRILL:
            time.sleep(60)
        held.cluster.start()
        spent = people.wait_for_more()
    people.compare(held.cluster)
    told(f"Away and back, first saved {spent:.2f} s after the start", people)
    no_faults(people)


def test_nobody_reads_the_log_any_more(held: Practice, people: Crowd) -> None:
    """F6; nobody reads it in the tests after this one either."""
    held.web.nobody_reads()
    # Each has a line that can't be written.
    assert people.people[0].visitor.ask("/nowhere/").status == 404
    with people.working():
        people.wait_for_more(4)
    people.compare(held.cluster)
    no_faults(people)


class Steady:
    """Asks for pages so many times a second, each on a connection of its own, and never again."""

    def __init__(self, port: int, cookies: dict[str, str], a_second: int) -> None:
        self.port, self.cookies, self.a_second = port, cookies, a_second
        self.answers: list[str] = []
        self._stop = threading.Event()
        self._asked: list[threading.Thread] = []

    def _ask(self) -> None:
        asked = http.client.HTTPConnection(HOST, self.port, timeout=60)
        try:
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            asked.request("GET", "/patients/", headers={"Cookie": cookies, "Connection": "close"})
            answer = asked.getresponse()
            answer.read()
            self.answers.append(str(answer.status))
        except (OSError, http.client.HTTPException) as error:
            self.answers.append(type(error).__name__)
        finally:
            asked.close()

    def _go(self) -> None:
        while not self._stop.wait(1 / self.a_second):
            thread = threading.Thread(target=self._ask, daemon=True)
            thread.start()
            self._asked.append(thread)

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        going = threading.Thread(target=self._go, daemon=True)
        going.start()
        try:
            yield
        finally:
            self._stop.set()
            going.join(PATIENCE_S)
            for each in self._asked:
                each.join(PATIENCE_S)


def test_new_processes_put_in_place_under_load(held: Practice, people: Crowd) -> None:
    """F7."""
    steady = Steady(held.web.port, dict(people.people[0].visitor.cookies), 20 if DRILL else 8)
    assert held.web.process is not None
    with steady.asking(), people.working():
        for _ in range(RELOADS):
            people.wait_for_more(2)
            before = set(children_of(held.web.root))
            held.web.process.send_signal(signal.SIGHUP)
            until = time.monotonic() + PATIENCE_S
            while before & set(children_of(held.web.root)):
                assert time.monotonic() < until, "the old processes don't go"
                time.sleep(0.1)
        people.wait_for_more(2)
    people.compare(held.cluster)
    told(f"{RELOADS} reloads, {len(steady.answers)} pages", people)
    # Not one connection is refused or cut.
    assert set(steady.answers) <= ANSWERED
    assert set(people.answers) <= ANSWERED


# A real one of ours, back and forth: it takes what everybody writes to.
MIGRATE = """
import time
import django
django.setup()
from django.core.management import call_command
from django.db import OperationalError
refused = 0
for name in ("0004", "0005"):
    while True:
        try:
            call_command("migrate", "assessments", name, verbosity=0)
        except OperationalError as error:
            assert type(error.__cause__).__name__ == "LockNotAvailable", error
            refused += 1
            time.sleep(0.2)
        else:
            break
print(refused)
"""


def test_migrations_under_load(held: Practice, people: Crowd) -> None:
    """F7: none waits for a lock for longer than 2 s, and one that got none has changed nothing."""
    steady = Steady(held.web.port, dict(people.people[0].visitor.cookies), 20 if DRILL else 8)
    refused = 0
    with steady.asking(), people.working():
        people.wait_for_more(2)
        for _ in range(RELOADS):
            command = held.cluster.manage("-c", MIGRATE, PGOPTIONS="-c lock_timeout=2s")
            said, _ = command.communicate(timeout=PATIENCE_S)
            assert command.returncode == 0, said
            refused += int(said.split()[-1])
        people.wait_for_more(2)
    people.compare(held.cluster)
    told(f"{RELOADS * 2} migrations, {refused} tried again, {len(steady.answers)} pages", people)
    assert set(steady.answers) <= ANSWERED
    assert set(people.answers) <= ANSWERED


def test_a_full_disk_refuses_and_loses_nothing_and_goes_on_when_there_is_room(
    held: Practice, people: Crowd, like: str
) -> None:
    """D4."""
    if held.disk:
        return fill_up(held, people)
    with practice(like, disk_mb=DISK_MB, said=WAITS_S) as small:
        if not small.disk:
            pytest.skip("No disk can be mounted here.")
        fill_up(small, small.crowd())


def fill_up(held: Practice, people: Crowd) -> None:
    assert held.disk is not None
    ballast = held.disk / "ballast"
    with people.working():
        people.wait_for_more(2)
        with held.cluster.connect() as administrator:
            # Room for what it must write in any case: without, the server itself gives up.
            administrator.execute("SELECT pg_switch_wal()")
            administrator.execute("CHECKPOINT")
        reader = Visitor(held.web.port, dict(people.people[0].visitor.cookies))
        # The session's clock is written once a minute, which a full disk refuses.
        assert reader.ask("/patients/").status == 200
        try:
            fill(ballast)
            people.wait_for_answers("503", 10 if DRILL else 1)
            # Reading goes on.
            assert reader.ask("/patients/").status == 200
        finally:
            # The tests after this one save on the same disk.
            ballast.unlink()
        reader.leave()
        spent = people.wait_for_more(2)
    people.compare(held.cluster)
    told(f"Disk full, saved again {spent:.2f} s after there was room", people)
    no_faults(people)


def fill(ballast: Path) -> None:
    """Take all room there is."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(65_536))


def test_every_block_is_as_it_was_written(held: Practice) -> None:
    """D1: asked of the server that all the harm before was done to."""
    held.cluster.is_whole()


STARTS = """
import subprocess, sys
from tests import clusters, keeper
with clusters.folder() as place:
    mark = {{"{mark}": str(place)}}
    subprocess.Popen(["sleep", "600"], env=mark, start_new_session=True)
    subprocess.Popen(["sleep", "600"], cwd=place, env={{}}, start_new_session=True)
    print(place, flush=True)
    sys.stdin.read()
"""


def test_a_killed_test_run_leaves_nothing_behind() -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", STARTS.format(mark=keeper.MARK)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    place = Path(run.stdout.readline().strip())
    until = time.monotonic() + PATIENCE_S
    while len(list(keeper.processes_of(place))) < 2:
        assert time.monotonic() < until, "the run has started nothing"
        time.sleep(0.05)
    run.kill()
    run.communicate()
    while place.exists() or list(keeper.processes_of(place)):
        assert time.monotonic() < until, "a killed run leaves something behind"
        time.sleep(0.05)
