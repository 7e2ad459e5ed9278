"""PostgreSQL servers that a test makes for itself, does harm to, and throws away.

Each has its data in a folder, waits for the disk, and is reached by a socket in that folder only.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from tests import keeper
from upwell import embedded

PATIENCE_S = 240.0


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder that is cleared, with all that runs in it, when this or the whole test run ends."""
    # Root's database server belongs to another account, which must get there.
    place = Path(tempfile.mkdtemp(prefix="upwell-test-", dir="/tmp"))
    place.chmod(0o755)
    kept = subprocess.Popen(
        [sys.executable, "-I", keeper.__file__, str(place)],
        stdin=subprocess.PIPE,
        start_new_session=True,
        cwd="/",
    )
    try:
        yield place
    finally:
        assert kept.stdin is not None
        kept.stdin.close()
        kept.wait(PATIENCE_S)


@dataclass(slots=True)
class Cluster:
    """A PostgreSQL server; may be set, started, stopped, killed and started again."""

    server: embedded.Server
    # The one that is connected to.
    database: str = "postgres"
    _killed: bool = field(default=False, init=False)

    def run(self, program: str, *arguments: str) -> str:
        """What one of PostgreSQL's programs said; AssertionError with it when that failed."""
        code, said = self._run(program, *arguments)
        assert code == 0, said
        return said

    def _run(self, program: str, *arguments: str) -> tuple[int, str]:
        """As the account the data belongs to."""
        account = self.server.account
        done = subprocess.run(
            [str(self.server.programs / program), *arguments],
            env={"PATH": os.defpath, "LC_ALL": "C", "PGHOST": str(self.server.sockets)},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        return done.returncode, done.stdout

    def set(self, **settings: str) -> None:
        """Have it begin with these settings, the next time it is started."""
        with (self.server.data / "postgresql.conf").open("a") as file:
            for name, value in settings.items():
                quoted = value.replace("'", "''")
                file.write(f"{name} = '{quoted}'\n")

    def start(self) -> None:
        """Start, also over what a killed server left; its children need a moment to go."""
        options = f"-k {self.server.sockets} -c listen_addresses=''"
        command = ("-D", str(self.server.data), "-l", str(self.server.log), "-o", options)
        until = time.monotonic() + (PATIENCE_S if self._killed else 0)
        code, said = self._run("pg_ctl", *command, "-w", "start")
        while code:
            assert time.monotonic() < until, said
            time.sleep(0.1)
            code, said = self._run("pg_ctl", *command, "-w", "start")
        self._killed = False

    def stop(self, how: str = "fast") -> None:
        """Stop in order, with connections cut, or in one of the other ways of pg_ctl."""
        self.run("pg_ctl", "-D", str(self.server.data), "-m", how, "-w", "stop")

    @contextlib.contextmanager
    def running(self, stopped: str = "fast") -> Iterator[None]:
        """Start; stopped in this way at the end."""
        self.start()
        try:
            yield
        finally:
            self.stop(stopped)

    def kill(self) -> None:
        """SIGKILL to the server and all its children."""
        self._killed = True
        first = int((self.server.data / "postmaster.pid").read_text().split()[0])
        for process in (first, *children_of(first)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def with_data(self, data: Path) -> "Cluster":
        """One with other data, a backup of this one's, in this one's place: run one of them."""
        return Cluster(replace(self.server, data=data), self.database)

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.server.sockets / f".s.PGSQL.{embedded.PORT}"

    def url(self, role: str = embedded.SUPERUSER) -> str:
        """The address of its database for this role, in the form of DATABASE_URL."""
        return self.server.url(self.database, role)

    def connect(self, database: str = "") -> psycopg.Connection[Any]:
        """An administrator's connection, to its database or to this one."""
        return psycopg.connect(
            host=str(self.server.sockets),
            user=embedded.SUPERUSER,
            dbname=database or self.database,
            autocommit=True,
        )


def new_server(place: Path) -> embedded.Server:
    """A server with new data in this folder, which every account must be able to reach."""
    account = None
    programs = embedded._wheel() / "bin"
    data = place / "postgres"
    if os.geteuid() == 0:
        account = embedded._account_for(data)
        os.chown(place, account.uid, account.gid)
        if not embedded._reachable_by_all(programs / "postgres"):
            programs = embedded._copy_of_programs()
    made = embedded.Server(
        programs=programs, data=data, sockets=data, log=place / "log", account=account
    )
    embedded._initialise(made)
    return made


def children_of(process: int) -> list[int]:
    """The processes this one has started."""
    found = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(each) for each in path.read_text().split()]
    return found
