"""`manage.py demo` as a newcomer meets it: a process of its own, a port, an empty database."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from io import StringIO
from pathlib import Path
from threading import Timer
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit, urlunsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from psycopg import sql

from upwell.management.commands.demo import HOST, check_port

START_TIMEOUT_S = 240
STOP_TIMEOUT_S = 30


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """The address of an empty database beside the others, dropped at the end."""
    address = urlsplit(os.environ["DATABASE_URL"])
    name = f"demo_{os.getpid()}"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(urlunsplit(address._replace(path="/postgres")), autocommit=True) as server:
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield urlunsplit(address._replace(path=f"/{name}"))
        server.execute(drop)


def demo_process(url: str, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo", *arguments],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url, "UPWELL_DEMO": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def seeded(database_url: str) -> str:
    """What the first start says; it serves nothing."""
    process = demo_process(database_url, "--no-serve")
    said, complained = process.communicate(timeout=START_TIMEOUT_S)
    assert process.returncode == 0, complained
    return said


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def serving(url: str) -> Iterator[tuple[str, str]]:
    """The demo up and running: its address and what it said. Ended as Ctrl-C ends it."""
    port = free_port()
    process = demo_process(url, "--port", f"{port}")
    # Its words are read line by line, which would wait for ever on one that says nothing more.
    mute = Timer(START_TIMEOUT_S, process.kill)
    said = ""
    try:
        mute.start()
        assert process.stdout is not None
        while "Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, f"it ended: {process.communicate()[1]}"
            said += line
        mute.cancel()
        wait_for(port, process)
        yield f"http://{HOST}:{port}", said
    finally:
        mute.cancel()
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
    assert process.returncode == 0
    with socket.socket() as probe:
        assert probe.connect_ex((HOST, port)) != 0, "somebody still listens"


def wait_for(port: int, process: "subprocess.Popen[str]") -> None:
    """Until the web server answers; it needs a moment after the greeting."""
    opener = build_opener()
    for _ in range(START_TIMEOUT_S * 10):
        try:
            opener.open(f"http://{HOST}:{port}/healthz", timeout=10).close()
        except URLError:
            try:
                process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"it ended: {process.communicate()[1]}")
        else:
            return
    pytest.fail("the web server does not answer")


def fetch(opener: OpenerDirector, url: str, data: dict[str, str] | None = None) -> tuple[str, str]:
    """The address a page ended up at, and its text."""
    posted = urlencode(data).encode() if data is not None else None
    with opener.open(url, posted, timeout=30) as answer:
        assert answer.status == 200
        return answer.geturl(), answer.read().decode()


def login_of(said: str, role: str) -> tuple[str, str]:
    """E-mail address and password as the table prints them."""
    row = re.search(rf"^ *{role} {{2,}}(\S+) {{2,}}(\S+)$", said, re.MULTILINE)
    assert row is not None, said
    return row[1], row[2]


def test_first_start_seeds_and_says_how_to_sign_in(seeded: str) -> None:
    assert re.search(r"^Added \d+ invented patients", seeded, re.MULTILINE)
    assert "http://127.0.0.1:8000" in seeded
    assert "All patients are invented" in seeded
    for role in ("Reception", "Physiotherapist", "Exercise physiologist", "Practice lead"):
        email, password = login_of(seeded, role)
        assert email.endswith("@upwell.invalid")
        assert len(password) >= 12


def test_second_start_serves_what_is_there_and_lets_nobody_in_but_staff(
    database_url: str, seeded: str
) -> None:
    with serving(database_url) as (address, said):
        assert "Already seeded" in said
        assert address in said
        browser = build_opener(HTTPCookieProcessor(CookieJar()))
        assert fetch(browser, f"{address}/healthz")[1] == "ok"
        landed, page = fetch(browser, f"{address}/patients/")
        assert "/accounts/login/" in landed
        assert "Tendon" not in page
        _, page = fetch(browser, f"{address}/accounts/login/")
        style = re.search(r'href="(/static/[^"]+\.css)"', page)
        assert style is not None
        assert "{" in fetch(browser, address + style[1])[1]
        with pytest.raises(HTTPError, match="404"):
            fetch(browser, f"{address}/static/no-such-file.css")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        email, password = login_of(said, "Physiotherapist")
        landed, page = fetch(
            browser,
            f"{address}/accounts/login/",
            {"login": email, "password": password, "csrfmiddlewaretoken": token[1]},
        )
        assert landed == f"{address}/"
        assert "Tendon, Tess" in page


def test_a_taken_port_is_one_plain_sentence_and_status_1(database_url: str) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = demo_process(database_url, "--port", f"{port}")
        said, complained = process.communicate(timeout=START_TIMEOUT_S)
    assert process.returncode == 1
    assert said == ""
    assert f"Port {port} of this machine can't be used" in complained
    assert "Traceback" not in complained


def test_without_pango_it_says_so_and_starts(
    database_url: str, seeded: str, tmp_path: Path
) -> None:
    # What importing WeasyPrint does on a machine without the library.
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango')")
    process = demo_process(database_url, "--no-serve", PYTHONPATH=f"{tmp_path}")
    said, complained = process.communicate(timeout=START_TIMEOUT_S)
    assert process.returncode == 0
    assert "Pango is missing" in complained
    assert "Upwell is at" in said


@pytest.mark.parametrize("port", [-1, 0, 65_536, 10**9])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(CommandError, match="from 1 to 65535"):
        check_port(port)


def test_a_free_port_is_taken() -> None:
    check_port(free_port())


def test_refused_outside_the_demo(settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="UPWELL_DEMO"):
        call_command("demo", "--no-serve", stdout=StringIO())
