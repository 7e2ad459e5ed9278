"""A server of its own to do harm to: PostgreSQL, gunicorn, and people who save all the time.

Loopback only. The database's data has checksums and waits for the disk, as in a practice. What the
people were told is saved is kept here, beside the server, and compared at the end. Whatever is
started here ends with the test run, also with one that is killed (tests/keeper.py).
"""

import contextlib
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests import keeper
from tests.clusters import PATIENCE_S, Cluster, children_of, folder, new_server
from tests.faults.proxy import Proxy, proxy
from tests.practices import HOST, PASSWORD, PROJECT, Visitor, value_of
from upwell.database import APP, MAKE_ROLES, OWNER

DATABASE = "faults"
EMAIL = "harm@example.org"
ROWS = 3

# Made through the application's own code: a physiotherapist, patients with an open episode, and
# some with a programme. What is printed: their episodes, of those with a programme last.
PEOPLE = f"""
from datetime import date
import django
django.setup()
from django.contrib.auth.models import Group
from patients.rules.roles import Role
from tests import make
for role in Role:
    Group.objects.get_or_create(name=role.value)
by = make.make_user(email="{EMAIL}", password="{PASSWORD}")
for number in range(%d):
    patient = make.make_patient(by=by, family_name=f"Sampleton{{number}}")
    # Long ago, so that there are days enough for everybody's sessions.
    long_ago = date(2010, 1, 4)
    episode = make.make_episode(patient, by=by, on=long_ago)
    if number >= %d:
        make.make_programme(episode, by=by, on=long_ago, examined_on=long_ago)
    print(episode.code)
"""


@dataclass(slots=True)
class FilledCluster(Cluster):
    """A server with the database of a practice."""

    place: Path = field(kw_only=True)
    episodes: list[str] = field(default_factory=list)
    with_programmes: list[str] = field(default_factory=list)

    def manage(self, *command: str, **said: str) -> subprocess.Popen[str]:
        """One of the application's commands, or Python's with -c, with the owner's rights."""
        administrator = self.url()
        program = () if command[0] == "-c" else (str(PROJECT / "manage.py"),)
        return subprocess.Popen(
            [sys.executable, *program, *command],
            env=environment(administrator, self.place)
            | {
                "UPWELL_OWNER_DATABASE_URL": administrator,
                "DJANGO_SETTINGS_MODULE": "upwell.settings",
            }
            | said,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def fill(self, like: str, patients: int, programmes: int) -> None:
        """The tables and rights of this other database, or else migrated, and people."""
        with self.connect("postgres") as server:
            server.execute(MAKE_ROLES.encode())
            server.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}".encode())
        if like:
            self._copy(like)
        else:
            migrated = self.manage("migrate", "--verbosity", "0")
            said, _ = migrated.communicate(timeout=4 * PATIENCE_S)
            assert migrated.returncode == 0, said
        made = self.manage("-c", PEOPLE % (patients + programmes, patients))
        said, _ = made.communicate(timeout=PATIENCE_S)
        assert made.returncode == 0, said
        codes = said.split()
        self.episodes, self.with_programmes = codes[:patients], codes[patients:]

    def _copy(self, like: str) -> None:
        dumped = subprocess.run(
            [str(self.server.programs / "pg_dump"), "--dbname", like],
            cwd="/",
            check=True,
            stdout=subprocess.PIPE,
        )
        restore = ("--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--output", os.devnull)
        subprocess.run(
            [
                *(str(self.server.programs / "psql"), *restore),
                *("--dbname", self.url()),
            ],
            input=dumped.stdout,
            cwd="/",
            check=True,
        )

    def is_whole(self) -> None:
        """Stop, have every block and index looked at, and start again."""
        self.run(
            "pg_amcheck", "-U", "postgres", "-d", DATABASE, "--install-missing", "--heapallindexed"
        )
        self.stop()
        said = self.run("pg_checksums", "--check", "-D", str(self.server.data))
        assert "Bad checksums:  0" in said
        self.start()


def environment(database_url: str, place: Path) -> dict[str, str]:
    """What a process of this practice is started with."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UPWELL_")}
    return {
        **kept,
        keeper.MARK: str(place),
        "UPWELL_DEMO": "1",
        "DATABASE_URL": database_url,
        "UPWELL_PAPERS_AHEAD": "0",
        "UPWELL_PDF_WORKERS": "0",
        "PYTHONPATH": str(PROJECT),
    }


@dataclass(slots=True)
class Web:
    """Gunicorn on a port that is kept while this lasts; may be killed and started."""

    place: Path
    database_url: str
    said: dict[str, str]
    workers: int = 2
    # What it wrote last, for whoever wonders why a test failed.
    lines: deque[bytes] = field(default_factory=lambda: deque(maxlen=20))
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    _kept: socket.socket = field(default_factory=socket.socket)
    _log: tuple[socket.socket, socket.socket] = field(default_factory=socket.socketpair)

    def open(self) -> None:
        """Take a port and start."""
        # Bound and never listened on: nobody else gets it while the server is down.
        self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._kept.bind((HOST, 0))
        self.port = self._kept.getsockname()[1]
        threading.Thread(target=self._read, daemon=True).start()
        self.start()

    def _read(self) -> None:
        while data := self._log[0].recv(65_536):
            self.lines.extend(data.splitlines())

    def nobody_reads(self) -> None:
        """From now on, what it writes can't be written."""
        self._log[0].shutdown(socket.SHUT_RDWR)

    @property
    def root(self) -> int:
        """The process whose children serve."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start and wait until it answers."""
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "upwell.wsgi"),
                *("--config", "python:upwell.serving", "--chdir", str(PROJECT)),
                *("--bind", f"{HOST}:{self.port}", "--workers", str(self.workers)),
                *("--threads", "8"),
            ],
            env=environment(self.database_url, self.place) | self.said,
            stderr=self._log[1].fileno(),
        )
        self.wait_for("/healthz", 200)

    def asked(self, path: str) -> tuple[int, float]:
        """The status of a page nobody signs in for, 0 without an answer, and the seconds spent."""
        began = time.monotonic()
        asked = http.client.HTTPConnection(HOST, self.port, timeout=60)
        try:
            asked.request("GET", path)
            status = asked.getresponse().status
        except (OSError, http.client.HTTPException):
            status = 0
        finally:
            asked.close()
        return status, time.monotonic() - began

    def wait_for(self, path: str, status: int) -> float:
        """Wait for this answer; returns the seconds that took."""
        began = time.monotonic()
        while self.asked(path)[0] != status:
            spent = time.monotonic() - began
            assert spent < PATIENCE_S, (path, status, [*self.lines])
            time.sleep(0.1)
        return time.monotonic() - began

    def kill(self, *, master: bool, workers: bool) -> None:
        """SIGKILL to the master, to the processes that serve, or to both; starts a new master."""
        assert self.process is not None
        children = children_of(self.root)
        # The master first, or it would start others.
        for process in [self.root] * master + children * workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if master:
            self.process.wait()
            until = time.monotonic() + PATIENCE_S
            # Those without a master end by themselves.
            while any(Path(f"/proc/{each}").exists() for each in children):
                assert time.monotonic() < until, "workers without a master go on"
                time.sleep(0.05)
            self.start()

    def close(self) -> None:
        """End it; the processes that serve go with their master, or with the folder."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self._log[0].close()
        self._log[1].close()
        self._kept.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A form as it is sent, with the words that are found again where it is saved."""

    token: str
    to: str
    pairs: list[tuple[str, str]]
    leads_to: str


@dataclass(slots=True)
class Person:
    """Saves runs of one patient, three a form, each form until it is told that it is saved."""

    port: int
    episode: str
    # Between two forms.
    pause_s: float = 0.0
    acknowledged: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    longest_s: float = 0.0
    visitor: Visitor = field(init=False)
    number: int = 0
    # Filled in, and nobody has said yet that it is saved.
    sheet: Sheet | None = None

    def __post_init__(self) -> None:
        self.visitor = Visitor(self.port)

    def work(self, stop: threading.Event) -> None:
        """Save form after form until told to stop."""
        while not stop.wait(self.pause_s):
            self.save(stop)

    def save(self, stop: threading.Event | None = None) -> bool:
        """Send one form, again after every failure; False when stopped before it was saved.

        Then it is the first that is sent the next time.
        """
        while True:
            try:
                self.sheet = self.sheet or self.form()
                if self.sheet is not None and self._try(self.sheet):
                    self.acknowledged.add(self.sheet.token)
                    self.sheet = None
                    return True
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self.answers[type(error).__name__] += 1
                self.visitor.leave()
            if stop is None or stop.is_set():
                return False
            time.sleep(0.1)

    def form(self) -> Sheet | None:
        """The next form, filled in; None when its page can't be had just now."""
        token = str(uuid4())
        self.number += 1
        # No two runs alike, or the second would be asked about.
        days, distance = divmod(self.number, 40)
        first = date(2025, 6, 1) - timedelta(days=days * ROWS)
        pairs = [("form_token", token), ("pasted", ""), ("answer", ""), ("seen", "")]
        for row in range(ROWS):
            day = first + timedelta(days=row)
            pairs += [
                ("on", f"{day.day}/{day.month}/{day.year}"),
                ("distance", str(1 + distance)),
                ("duration", ""),
                ("surface", ""),
                ("note", f"{token} {row}"),
            ]
        load = f"/episodes/{self.episode}/load/"
        return Sheet(token=token, to=f"{load}runs/", pairs=pairs, leads_to=load)

    def ask(self, address: str, pairs: list[tuple[str, str]] | None = None) -> Any:
        """Ask the server; what it answered is counted."""
        began = time.monotonic()
        try:
            answer = self.visitor.ask(address, pairs)
        finally:
            self.longest_s = max(self.longest_s, time.monotonic() - began)
        self.answers[str(answer.status)] += 1
        if "Traceback" in answer.body:
            self.answers["traceback"] += 1
        return answer

    def _try(self, sheet: Sheet) -> bool:
        """Whether the whole answer came, and said that it is saved."""
        self.sent.add(sheet.token)
        answer = self.ask(sheet.to, sheet.pairs)
        return bool(answer.status == 302 and answer.location.startswith(sheet.leads_to))


@dataclass(slots=True)
class Planner(Person):
    """Issues a plan, with all its steps and exercises, then logs a session of it, by turns."""

    version: int = 1

    def form(self) -> Sheet | None:
        self.number += 1
        return self._plan() if self.number % 2 else self._session()

    def _plan(self) -> Sheet:
        self.version += 1
        token = f"plan {uuid4()}"
        to = f"/episodes/{self.episode}/programme/"
        pairs = [("number", str(self.version)), ("note", token), ("protocol", "")]
        return Sheet(token=token, to=to, pairs=pairs, leads_to=to)

    def _session(self) -> Sheet | None:
        to = f"/episodes/{self.episode}/sessions/new/"
        page = self.ask(to)
        if page.status != 200:
            self.number -= 1
            return None
        token = f"session {uuid4()}"
        # Days of their own: a second session of a day would be asked about.
        day = date(2010, 1, 4) + timedelta(days=self.number // 2)
        said = {
            "step": value_of(page.body, "step"),
            "form_token": value_of(page.body, "form_token"),
            "happened_on": day.isoformat(),
            "source": "clinic",
            "completed_pct": "100",
            "pain_before": "1",
            "pain_during": "3",
            "pain_after": "2",
            "stiffness_min": "20",
            "new_warm_or_swollen": "no",
            "note": token,
        }
        return Sheet(token=token, to=to, pairs=list(said.items()), leads_to="/sessions/")


# Each with what is wrong of it: not whole, not with as many rows in the histories.
RUNS = """
SELECT batch.form_token::text,
    array_agg(run.note::text ORDER BY run.note) = ARRAY(
        SELECT batch.form_token || ' ' || row FROM generate_series(0, %(rows)s - 1) AS row
    ),
    (
        SELECT count(*) FROM assessments_runbatchevent
        WHERE pgh_obj_id = batch.id AND pgh_label = 'insert'
    ) = 1 AND sum((
        SELECT count(*) FROM assessments_runevent
        WHERE pgh_obj_id = run.id AND pgh_label = 'insert'
    )) = %(rows)s
FROM assessments_runbatch AS batch
LEFT JOIN assessments_run AS run ON run.batch_id = batch.id
WHERE batch.form_token::text = ANY(%(sent)s)
GROUP BY batch.id
"""
# A plan is whole with as many steps and exercises as the first of that patient, which nobody
# disturbed; a session is, with a target for each exercise of its step.
PLANS = """
WITH parts AS (
    SELECT version.id, version.programme_id, version.number, version.note, version.status,
        count(DISTINCT step.id) AS steps, count(item.id) AS items,
        (
            SELECT count(*) FROM programmes_versionevent
            WHERE pgh_obj_id = version.id AND pgh_label = 'insert'
        ) AS told,
        count(DISTINCT step.id) FILTER (WHERE EXISTS (
            SELECT FROM programmes_stepevent
            WHERE pgh_obj_id = step.id AND pgh_label = 'insert'
        )) AS steps_told,
        count(item.id) FILTER (WHERE EXISTS (
            SELECT FROM programmes_itemevent
            WHERE pgh_obj_id = item.id AND pgh_label = 'insert'
        )) AS items_told
    FROM programmes_version AS version
    LEFT JOIN programmes_step AS step ON step.version_id = version.id
    LEFT JOIN programmes_item AS item ON item.step_id = step.id
    GROUP BY version.id
)
SELECT part.note,
    part.status = 'issued' AND part.steps = first.steps AND part.items = first.items
        AND part.steps > 1 AND part.items > 1,
    part.told = 1 AND part.steps_told = part.steps AND part.items_told = part.items
FROM parts AS part
JOIN parts AS first ON first.programme_id = part.programme_id AND first.number = 1
WHERE part.note = ANY(%(sent)s)
"""
SESSIONS = """
SELECT session.note,
    jsonb_array_length(session.targets) > 0 AND jsonb_array_length(session.targets) = (
        SELECT count(*) FROM programmes_item WHERE step_id = session.step_id
    ),
    (
        SELECT count(*) FROM programmes_sessionevent
        WHERE pgh_obj_id = session.id AND pgh_label = 'insert'
    ) = 1
FROM programmes_session AS session
WHERE session.note = ANY(%(sent)s)
"""


@dataclass(slots=True)
class Crowd:
    """People who save at once."""

    people: list[Person]
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def acknowledged(self) -> set[str]:
        """The tokens of the forms that were said to be saved."""
        return set().union(*(each.acknowledged for each in self.people))

    @property
    def answers(self) -> Counter[str]:
        """How often each status came, and each break of a connection."""
        return sum((each.answers for each in self.people), Counter())

    @property
    def longest_s(self) -> float:
        """The longest anybody waited for an answer."""
        return max(each.longest_s for each in self.people)

    def sign_in(self) -> None:
        """Before the harm begins."""
        for each in self.people:
            each.visitor.sign_in(EMAIL)

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """All save while this lasts."""
        self._stop.clear()
        self._threads = [
            threading.Thread(target=each.work, args=[self._stop], daemon=True)
            for each in self.people
        ]
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join(PATIENCE_S)
            for each in self.people:
                each.visitor.leave()

    def wait_for_more(self, number: int = 1) -> float:
        """Wait until so many more forms were saved; returns the seconds that took."""
        began = time.monotonic()
        wanted = len(self.acknowledged) + number
        while len(self.acknowledged) < wanted:
            assert time.monotonic() - began < PATIENCE_S, f"nothing is saved: {self.answers}"
            time.sleep(0.02)
        return time.monotonic() - began

    def wait_for_answers(self, status: str, number: int = 1) -> None:
        """Wait until each of them got so many answers of this status more."""
        until = time.monotonic() + PATIENCE_S
        wanted = {id(each): each.answers[status] + number for each in self.people}
        while any(each.answers[status] < wanted[id(each)] for each in self.people):
            assert time.monotonic() < until, f"no more answers {status}: {self.answers}"
            time.sleep(0.02)

    def compare(self, held: FilledCluster) -> None:
        """What was said to be saved is there once, what wasn't is there whole or not at all."""
        said = {"sent": list(set().union(*(each.sent for each in self.people))), "rows": ROWS}
        with held.connect() as server:
            rows = [
                row
                for query in (RUNS, PLANS, SESSIONS)
                for row in server.execute(query.encode(), said).fetchall()
            ]
        found = Counter(token for token, *_ in rows)
        lost = self.acknowledged - found.keys()
        assert not lost, f"{len(lost)} of {len(self.acknowledged)} said to be saved are lost"
        assert not [token for token, times in found.items() if times != 1], "saved twice"
        assert not [token for token, whole, _ in rows if not whole], "half saved"
        assert not [token for token, _, told in rows if not told], "not in the history"


@dataclass(slots=True)
class Practice:
    """All that harm can be done to, and the people who work there."""

    cluster: FilledCluster
    between: Proxy
    web: Web
    disk: Path | None

    def crowd(self, runners: int = 2, planners: int = 2, pause_s: float = 0.0) -> Crowd:
        """People with patients of their own, signed in."""
        port, held = self.web.port, self.cluster
        people = [
            *(Person(port, held.episodes.pop(), pause_s) for _ in range(runners)),
            *(Planner(port, held.with_programmes.pop(), pause_s) for _ in range(planners)),
        ]
        made = Crowd(people)
        made.sign_in()
        return made


@contextlib.contextmanager
def practice(
    like: str, *, said: dict[str, str], disk_mb: int = 0, workers: int = 2
) -> Iterator[Practice]:
    """A practice with the tables of this other database, while this lasts.

    Its data is on a small disk of its own where one is asked for and can be mounted. ``said`` is
    what its web processes are told besides, as environment variables.
    """
    with folder() as place, contextlib.ExitStack() as opened:
        data = place / "disk"
        data.mkdir()
        mounted = bool(disk_mb) and mount(data, disk_mb)
        held = FilledCluster(new_server(data), DATABASE, place=place)
        held.start()
        held.fill(like, patients=2, programmes=2)
        between = opened.enter_context(proxy(held.socket))
        url = f"postgresql://{APP}@{HOST}:{between.port}/{DATABASE}?sslmode=disable"
        web = Web(place, url, said, workers)
        opened.callback(web.close)
        web.open()
        yield Practice(held, between, web, data if mounted else None)


def mount(place: Path, size_mb: int) -> bool:
    """Whether a small disk in memory could be mounted there."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=755", "none", str(place)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def pause(shortest: float, longest: float) -> None:
    """Wait for a time nobody knows before."""
    time.sleep(random.uniform(shortest, longest))
