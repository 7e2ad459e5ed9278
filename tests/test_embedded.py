"""The embedded server: one for all commands at once, back after a crash, gone when unused."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Timer

import dj_database_url
import psycopg
import pytest

from upwell import embedded
from upwell.database import OWNER, ROLES

pytestmark = pytest.mark.skipif(
    "UPWELL_TESTS_OWN_SERVER" not in os.environ,
    reason="DATABASE_URL names another server; the embedded one may not run here",
)

# A command that uses the server: prints its address, then works until its input ends.
COMMAND = """
import sys
from pathlib import Path
from threading import Timer
from upwell.embedded import ensure_running
print(ensure_running(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


PATIENCE_S = 180


@contextmanager
def command(project: Path) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(project)],
        cwd=embedded.PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        try:
            process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    # A command that says nothing would be waited for for ever.
    mute = Timer(PATIENCE_S, process.kill)
    mute.start()
    line = process.stdout.readline().strip()
    mute.cancel()
    assert line, "the command ended without an address"
    return line


def ask(url: str, question: str) -> str:
    """Answer a question to the database, asked as Django does: with the parts of the URL."""
    parts = dj_database_url.parse(url)
    with psycopg.connect(
        dbname=parts["NAME"], user=parts["USER"], port=parts["PORT"], **parts["OPTIONS"]
    ) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return str(row[0])


def wait_until_stopped(project: Path) -> None:
    var = project.resolve() / "var"
    running = embedded._place(var).data / "postmaster.pid"
    for _ in range(1200):
        if not running.exists():
            break
        time.sleep(0.05)
    else:
        pytest.fail("the server still runs although nobody uses it")
    # The keeper, which ends a moment after the server, lets go of its lock only then.
    with open(embedded._users_lock(var)) as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not tmp_path: the account that PostgreSQL gets when the tests run as root cannot enter it.
    folder = Path(tempfile.mkdtemp(prefix="upwell-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    for project in folder.iterdir():
        server = embedded._place(project.resolve() / "var")
        for elsewhere in (server.data.parent, server.sockets):
            if folder not in elsewhere.parents:
                shutil.rmtree(elsewhere, ignore_errors=True)
    shutil.rmtree(folder)


def make_project(folder: Path, name: str = "project") -> Path:
    project = folder / name
    project.mkdir()
    return project


def test_two_commands_at_once_share_one_server(folder: Path) -> None:
    project = make_project(folder)
    with command(project) as first, command(project) as second:
        urls = [address(first), address(second)]
        started = [ask(url, "SELECT pg_postmaster_start_time()") for url in urls]
    assert urls[0] == urls[1]
    assert started[0] == started[1]
    wait_until_stopped(project)


def test_server_stays_until_the_last_command_ends(folder: Path) -> None:
    project = make_project(folder)
    with ExitStack() as last:
        with command(project) as first:
            url = address(first)
            other = last.enter_context(command(project))
            address(other)
            started = ask(url, "SELECT pg_postmaster_start_time()")
        assert ask(url, "SELECT pg_postmaster_start_time()") == started
    wait_until_stopped(project)


def test_killed_command_does_not_keep_the_server(folder: Path) -> None:
    project = make_project(folder)
    with command(project) as process:
        address(process)
        process.kill()
    wait_until_stopped(project)


def test_killed_server_comes_back_with_its_data(folder: Path) -> None:
    project = make_project(folder)
    with command(project) as first:
        url = address(first)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE note AS SELECT 'kept' AS words")
        server = int(ask(url, "SELECT pg_read_file('postmaster.pid')").split()[0])
        os.kill(server, signal.SIGKILL)
        with command(project) as second:
            assert ask(address(second), "SELECT words FROM note") == "kept"
    wait_until_stopped(project)


def test_number_of_a_dead_server_may_be_another_process_by_now(folder: Path) -> None:
    project = make_project(folder)
    with command(project) as first:
        url = address(first)
        data = Path(ask(url, "SHOW data_directory"))
        left_behind = (data / "postmaster.pid").read_text()
    wait_until_stopped(project)
    owner = data.stat()
    root = os.geteuid() == 0
    with subprocess.Popen(
        ["sleep", "600"],
        user=owner.st_uid if root else None,
        group=owner.st_gid if root else None,
        extra_groups=[] if root else None,
    ) as bystander:
        stale = data / "postmaster.pid"
        stale.write_text(left_behind.replace(left_behind.split()[0], str(bystander.pid), 1))
        os.chown(stale, owner.st_uid, owner.st_gid)
        try:
            with command(project) as second:
                assert ask(address(second), "SELECT 1") == "1"
        finally:
            bystander.kill()
    wait_until_stopped(project)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param('Achilles\' heel, 100 % "loaded"', id="odd-characters"),
        pytest.param("a folder name with spaces " * 6, id="too-long-for-a-socket"),
    ],
)
def test_checkout_may_have_any_path(folder: Path, name: str) -> None:
    project = make_project(folder, name)
    with command(project) as process:
        url = address(process)
        assert ask(url, "SELECT current_database()") == embedded.DATABASE
    wait_until_stopped(project)


def test_each_role_has_an_address_of_its_own(folder: Path) -> None:
    project = make_project(folder)
    with command(project) as process:
        address(process)
        for role in (*ROLES, embedded.SUPERUSER):
            url = embedded.ensure_running(project, role=role)
            assert ask(url, "SELECT current_user") == role
            assert ask(url, "SHOW data_checksums") == "on"
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        assert ask(url, owner) == OWNER
        assert ask(url, "SELECT bool_or(rolsuper) FROM pg_roles WHERE rolname LIKE 'upwell%'") == (
            "False"
        )
        let_go(project)
    wait_until_stopped(project)


def let_go(project: Path) -> None:
    """This process is no user of that server any more."""
    os.close(embedded._held.pop(embedded._users_lock(project.resolve() / "var")))


def test_a_database_of_an_older_version_goes_to_its_owner(folder: Path) -> None:
    """Made by the administrator, it is handed over with all that is in it, and once."""
    project = make_project(folder)
    with command(project) as first:
        url = address(first)
        with psycopg.connect(url) as connection:
            connection.execute("ALTER DATABASE upwell OWNER TO postgres")
            connection.execute("CREATE EXTENSION unaccent")
            connection.execute("CREATE TABLE note (id serial PRIMARY KEY, words text)")
            connection.execute("CREATE TABLE more (id int GENERATED ALWAYS AS IDENTITY)")
            connection.execute("CREATE SEQUENCE alone")
            connection.execute("CREATE VIEW notes AS SELECT words FROM note")
            connection.execute(
                "CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql "
                "AS 'BEGIN RETURN NEW; END'"
            )
            connection.execute("INSERT INTO note (words) VALUES ('kept')")
        for _ in range(2):
            with command(project) as second:
                address(second)
        theirs = embedded.ensure_running(project, role=OWNER)
        with psycopg.connect(theirs) as connection:
            connection.execute("ALTER TABLE note ADD COLUMN seen boolean")
            connection.execute("INSERT INTO note (words) VALUES ('new')")
            connection.execute("ALTER TABLE more ADD COLUMN words text")
            connection.execute("ALTER SEQUENCE alone RESTART")
            connection.execute("DROP VIEW notes")
            connection.execute(
                "CREATE OR REPLACE FUNCTION change() RETURNS trigger LANGUAGE plpgsql "
                "AS 'BEGIN RETURN OLD; END'"
            )
        assert ask(theirs, "SELECT string_agg(words, ' ' ORDER BY id) FROM note") == "kept new"
        let_go(project)
    wait_until_stopped(project)


def test_log_keeps_values_out(folder: Path) -> None:
    project = make_project(folder)
    with command(project) as process:
        url = address(process)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE person (name text PRIMARY KEY)")
            connection.execute("INSERT INTO person VALUES ('Maria Beispiel')")
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute("INSERT INTO person VALUES (%s)", ["Maria Beispiel"])
            with pytest.raises(psycopg.errors.InvalidTextRepresentation):
                connection.execute("SELECT 'Maria Beispiel'::int")
    wait_until_stopped(project)
    log = (project / "var" / "postgres.log").read_text()
    assert "ready to accept connections" in log
    assert "Beispiel" not in log
