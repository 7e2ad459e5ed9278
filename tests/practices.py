"""Grown practices behind gunicorn, for `make bench` and the soak: loopback only, invented data.

Each size has a database of its own on the checkout's server, made the first time and kept.
"""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from time import perf_counter
from urllib.parse import urlencode

import psycopg

from upwell import embedded
from upwell.database import APP, OWNER

PROJECT = Path(__file__).resolve().parent.parent
PASSWORD = "invented-patients-only"
HOST = "127.0.0.1"
THREADS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """A database with a practice of so many clinicians."""

    clinicians: int
    app_url: str
    owner_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of the web application, and how long it took, body and all."""

    status: int
    body: str
    queries: int
    milliseconds: float
    location: str


def environment(practice: Practice) -> dict[str, str]:
    """What a web process of this practice is started with."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UPWELL_")}
    return {
        **kept,
        "UPWELL_DEMO": "1",
        "DATABASE_URL": practice.app_url,
        # Papers are another bench's.
        "UPWELL_PAPERS_AHEAD": "0",
        "UPWELL_PDF_WORKERS": "0",
        "PYTHONPATH": str(PROJECT),
    }


def practice_of(clinicians: int) -> Practice:
    """The practice of this size; grown now if it isn't there or the growing was cut short."""
    name = f"upwell_bench_{clinicians}"
    administrator = embedded.ensure_running()
    practice = Practice(
        clinicians=clinicians,
        app_url=embedded.ensure_running(role=APP).replace("/upwell?", f"/{name}?"),
        owner_url=embedded.ensure_running(role=OWNER).replace("/upwell?", f"/{name}?"),
    )
    with psycopg.connect(administrator, autocommit=True) as server:
        known = server.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount
        if not known:
            server.execute(f'CREATE DATABASE "{name}" OWNER {OWNER}'.encode())
    commands = [["migrate", "--verbosity", "0"]]
    if not (known and _grown(practice)):
        print(f"Growing a practice of {clinicians:,} clinicians; it is kept in {name}.", flush=True)
        commands.append(["seed", "--size", str(clinicians)])
    for command in commands:
        subprocess.run(
            [sys.executable, str(PROJECT / "manage.py"), *command],
            env=environment(practice) | {"UPWELL_OWNER_DATABASE_URL": practice.owner_url},
            check=True,
        )
    return practice


def _grown(practice: Practice) -> bool:
    with psycopg.connect(practice.owner_url) as connection:
        table = connection.execute("SELECT to_regclass('patients_patient')").fetchone()
        if table is None or table[0] is None:
            return False
        return connection.execute("SELECT FROM patients_patient LIMIT 1").rowcount == 1


@contextmanager
def served(
    practice: Practice,
    *,
    workers: int = 1,
    threads: int = THREADS,
    papers: int = 0,
    log: Path | None = None,
) -> Iterator[tuple[int, int]]:
    """Gunicorn for this practice while this lasts: its port and its process.

    Each worker has so many threads, and so many processes that draw papers. Its lines go to
    ``log``, or where ours go.
    """
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    lines = log.open("ab") if log else None
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "tests.counted:application"),
            *("--config", "python:upwell.serving", "--chdir", str(PROJECT)),
            *("--bind", f"{HOST}:{port}", "--workers", str(workers)),
            *("--threads", str(threads)),
        ],
        env=environment(practice) | {"UPWELL_PDF_WORKERS": str(papers)},
        stderr=lines,
    )
    try:
        for _ in range(600):
            try:
                socket.create_connection((HOST, port), 1).close()
            except OSError:
                time.sleep(0.1)
            else:
                break
        yield port, server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
        if lines:
            lines.close()


@dataclass(slots=True)
class Visitor:
    """A browser that is signed in: one connection, its cookies, forms with their tokens."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    # Another address of this machine, for what is counted by address.
    come_from: str = HOST
    _connection: http.client.HTTPConnection | None = None

    def ask(
        self,
        address: str,
        sent: dict[str, str] | list[tuple[str, str]] | None = None,
        *,
        htmx: bool = False,
    ) -> Answer:
        """Get this address, or post what is sent."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if htmx:
            headers["HX-Request"] = "true"
        if sent is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-CSRFToken": self.cookies.get("csrftoken", ""),
            }
            body = urlencode(sent)
        start = perf_counter()
        reply = self._reply("GET" if sent is None else "POST", address, body, headers)
        text = reply.read().decode()
        spent_ms = (perf_counter() - start) * 1000
        for line in reply.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return Answer(
            status=reply.status,
            body=text,
            queries=int(reply.headers.get("X-Queries") or 0),
            milliseconds=spent_ms,
            location=reply.headers.get("HX-Location") or reply.headers.get("Location") or "",
        )

    def _reply(
        self, method: str, address: str, body: str | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        for fresh in (False, True):
            if self._connection is None or fresh:
                self.leave()
                self._connection = http.client.HTTPConnection(
                    HOST, self.port, timeout=120, source_address=(self.come_from, 0)
                )
            try:
                self._connection.request(method, address, body, headers)
                return self._connection.getresponse()
            except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError):
                if fresh:
                    raise
        raise AssertionError("unreachable")

    def leave(self) -> None:
        """Close the connection; the next page opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def sign_in(self, email: str) -> None:
        """Sign in as one of the practice."""
        self.ask("/accounts/login/")
        answer = self.ask("/accounts/login/", {"login": email, "password": PASSWORD})
        if answer.status != 302:
            raise AssertionError(f"{email} can't sign in: {answer.status}")


def value_of(page: str, name: str) -> str:
    """The value of a hidden field on a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    if found is None:
        raise AssertionError(f"The page has no field {name}.")
    return found[1]
