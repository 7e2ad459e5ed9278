"""What every test starts from: a database, the settings, a browser, repeatable properties.

The settings are named here and not in pyproject.toml, because they need DATABASE_URL when they are
loaded, and this file is the first of ours that pytest reads.
"""

import fcntl
import gc
import itertools
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings as hypothesis_settings
from pytest_django.plugin import DjangoDbBlocker, blocking_manager_key

os.environ["UPWELL_DEMO"] = "1"
# Papers are drawn in the process of the test: starting another takes a second each time.
os.environ.setdefault("UPWELL_PDF_WORKERS", "0")
# A paper made in a thread would outlive its test; the tests about it ask for it.
os.environ["UPWELL_PAPERS_AHEAD"] = "0"
# Playwright runs an event loop in the thread in which the tests use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
if "DATABASE_URL" not in os.environ:
    from upwell.embedded import ensure_running

    # Workers of pytest-xdist inherit the address; this process keeps the server until they end.
    os.environ["DATABASE_URL"] = ensure_running()
    os.environ["UPWELL_TESTS_OWN_SERVER"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "upwell.settings"


LOCKS = Path(__file__).resolve().parent.parent / "var"


def free_test_database() -> str:
    """Return the name of a test database that no other run on this checkout is using.

    Held until this process ends, however it ends; the next run takes over what a killed one left.
    """
    LOCKS.mkdir(exist_ok=True)
    for number in itertools.count():
        lock = os.open(LOCKS / f"tests-{number}.lock", os.O_RDONLY | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            break
    return f"test_upwell_{number}"


# Chosen once: the workers of pytest-xdist inherit it and each adds its own name.
if "UPWELL_TEST_DATABASE" not in os.environ:
    os.environ["UPWELL_TEST_DATABASE"] = free_test_database()

hypothesis_settings.register_profile("ci", derandomize=True, deadline=None, max_examples=200)
hypothesis_settings.load_profile("ci")

Made = TypeVar("Made")

TESTS = Path(__file__).resolve().parent
RULES = TESTS / "rules"

# Files that take long beside those of the browser: each seeds a practice, or posts much.
LONG = {"test_demo.py", "test_seed.py", "test_fuzz_forms.py", "test_harm.py"}
# Tests without a database that take as long as its migrations.
PLAIN_AT_FIRST = 6_000


# What a test commits need not outlive the machine: no commit waits for the disk. And a request that
# its browser has left ends some time, instead of keeping the next test from emptying the tables.
FOR_TESTS = (
    "-c synchronous_commit=off -c lock_timeout=60s -c idle_in_transaction_session_timeout=120s"
)


def pytest_configure() -> None:
    from django.conf import settings

    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = os.environ[
        "UPWELL_TEST_DATABASE"
    ]
    options = settings.DATABASES["default"].setdefault("OPTIONS", {})
    options["options"] = f"{options.get('options', '')} {FOR_TESTS}".strip()
    empty_again_when_a_request_is_in_the_way()
    drop_databases_whoever_is_in_them()
    if "PYTEST_XDIST_WORKER" in os.environ:
        migrate_once_for_all_workers()
    from tests.rights import act_as_the_app

    act_as_the_app()
    # Safe hashers are slow on purpose; no test is about them.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def empty_again_when_a_request_is_in_the_way(tries: int = 5) -> None:
    """Have the tables emptied again when that met a request the browser had sent while closing."""
    from django.db import OperationalError
    from django.test import TransactionTestCase

    from tests.rights import as_owner

    # Django's own name, which its types don't tell.
    case: Any = TransactionTestCase

    def patiently(test: TransactionTestCase) -> None:
        for left in reversed(range(tries)):
            try:
                with as_owner():
                    empty_tables()
                return
            except OperationalError:
                if not left:
                    raise
                time.sleep(1)

    case._fixture_teardown = patiently


def drop_databases_whoever_is_in_them() -> None:
    """Drop a test database although a server thread of a browser test still holds a connection."""
    from django.db.backends.postgresql.creation import DatabaseCreation

    # Django's own names, which its types don't tell.
    creation: Any = DatabaseCreation

    def drop(self: Any, test_database_name: str, verbosity: int) -> None:
        name = self.connection.ops.quote_name(test_database_name)
        with self._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")

    creation._destroy_test_db = drop


def empty_tables() -> None:
    """Empty the tables that a test wrote to, whatever their triggers say.

    Django's own way empties all of them, and then finds out anew which models and permissions there
    are. Those are the same for each test and stay. A few rows are deleted sooner than a table is
    truncated, which makes its files anew; but only the server's administrator can pass over the
    triggers and keys that guard single rows.
    """
    from django.conf import settings
    from django.db import connection, transaction

    stay = {"django_content_type", "auth_permission"}
    every = connection.introspection.django_table_names(only_existing=True, include_views=False)
    # No model's: the throttle of signing in counts there.
    counters = str(settings.CACHES["default"]["LOCATION"])
    names = sorted({*every, counters} - stay)
    quoted = {name: connection.ops.quote_name(name) for name in names}
    with transaction.atomic(), connection.cursor() as cursor:
        # As truncating does, this waits for whoever is still writing: a page that was closed may
        # have sent its last save, into a table that would look empty until then.
        cursor.execute(f"LOCK TABLE {', '.join(quoted.values())} IN EXCLUSIVE MODE")
        asked = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM {quoted[name]})" for name in names)
        cursor.execute(" UNION ALL ".join(asked))
        written = [quoted[name] for (name,) in cursor.fetchall()]
        cursor.execute("SHOW is_superuser")
        (administrator,) = cursor.fetchone()
        if written and administrator == "on":
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(f"DELETE FROM {each}" for each in written))
        elif written:
            cursor.execute(f"TRUNCATE {', '.join(written)} CASCADE")


def ready_database() -> str:
    """The database with all migrations that the workers of one run take their own from."""
    return f"{os.environ['UPWELL_TEST_DATABASE']}_ready"


def migrate_once_for_all_workers() -> None:
    """Have the first worker that needs a database migrate one, and the others copy it."""
    from django.db.backends.postgresql.creation import DatabaseCreation

    # Django's own names, which its types don't tell.
    creation: Any = DatabaseCreation
    create = creation.create_test_db
    ready = ready_database()

    def shared(self: Any, *args: Any, **named: Any) -> str:
        with open(LOCKS / f"{ready}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with self._nodb_cursor() as cursor:
                cursor.execute("SELECT FROM pg_database WHERE datname = %s", [ready])
                known = cursor.rowcount > 0
            if known:
                self.connection.settings_dict["TEST"]["TEMPLATE"] = ready
            name: str = create(self, *args, **named)
            if not known:
                self.connection.close()
                quote = self.connection.ops.quote_name
                with self._nodb_cursor() as cursor:
                    cursor.execute(f"CREATE DATABASE {quote(ready)} TEMPLATE {quote(name)}")
            return name

    creation.create_test_db = shared


def drop_ready_database(config: pytest.Config) -> None:
    """Drop what this run's workers, or a killed run's, took their databases from."""
    if "PYTEST_XDIST_WORKER" in os.environ or not config.getoption("numprocesses", None):
        return
    from django.db import connection

    # Django's own name, which its types don't tell.
    server: Any = connection
    with config.stash[blocking_manager_key].unblock(), server._nodb_cursor() as cursor:
        name = server.ops.quote_name(ready_database())
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    drop_ready_database(session.config)


def pytest_sessionfinish(session: pytest.Session) -> None:
    drop_ready_database(session.config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order a run on several workers: long tests first, tests without a database last.

    Each worker begins with an equal stretch of the list, and an idle one takes from the end of
    another's, where so nothing is long or shares a costly fixture. Only the first worker begins
    with the database; the others have plain tests to do while it is migrated. Within each kind the
    order stays random.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1:
        return
    kinds: dict[str, list[pytest.Item]] = {"long": [], "usual": [], "plain": []}
    for item in items:
        kinds[kind_of(item.path.relative_to(TESTS))].append(item)
    files = itertools.groupby(kinds["long"], key=lambda item: item.path)
    long = [list(of_one_file) for _, of_one_file in files]
    length = -(-len(items) // workers)
    items.clear()
    for worker in range(workers):
        stretch = kinds["plain"][: PLAIN_AT_FIRST if worker else 0]
        del kinds["plain"][: len(stretch)]
        # Whole files, so that what their tests share is made once.
        stretch += itertools.chain.from_iterable(long[worker::workers])
        usual = -(-len(kinds["usual"]) // (workers - worker))
        stretch += kinds["usual"][:usual]
        del kinds["usual"][:usual]
        filling = max(0, length - len(stretch))
        stretch += kinds["plain"][:filling]
        del kinds["plain"][:filling]
        items += stretch
    items += kinds["plain"]


def kind_of(path: Path) -> str:
    """Whether the tests of this file are long, usual, or plain ones without a database."""
    if path.parts[0] in {"rules", "imports"}:
        return "plain"
    return "long" if path.parts[0] == "browser" or path.name in LONG else "usual"


def pytest_collection_finish() -> None:
    """Leave what the tests were collected with out of every later search for garbage."""
    gc.collect()
    gc.freeze()
    # Ten times Python's own: most of a page's objects are gone before anybody looks for them.
    gc.set_threshold(7_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def templates_drawn_as_in_use(django_test_environment: None) -> None:
    """Draw pages without Django's notes of each template and its context, which few tests read."""
    from django.template import Template
    from django.test import utils

    # Django's own names, which its types don't tell.
    environment: Any = utils
    pages: Any = Template
    pages._render = environment._TestState.saved_data.template_render


@pytest.fixture(scope="session", autouse=True)
def static_files_looked_for_once(django_test_environment: None) -> None:
    """Have the first test's client look for the static files; each client's middleware did."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    # It has no types.
    middleware: Any = import_string("whitenoise.middleware.WhiteNoiseMiddleware")
    look = middleware.add_files_from_finders
    known: dict[tuple[str, ...], dict[str, Any]] = {}

    def look_once(self: Any) -> None:
        asked = (str(settings.STATIC_URL), *map(str, settings.STATICFILES_DIRS))
        if asked not in known:
            look(self)
            known[asked] = dict(self.files)
        self.files.update(known[asked])

    middleware.add_files_from_finders = look_once


@pytest.fixture
def answers_with_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers of the test client tell the context their page was drawn from."""
    from django.template import Template
    from django.test import utils

    # Django's own name, which its types don't tell.
    environment: Any = utils
    monkeypatch.setattr(Template, "_render", environment.instrumented_test_render)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Bring back the roles of the migration when a test with real commits has emptied the tables.

    An idle worker takes tests from a busy one, so any test may come after such a one. After a
    worker's last test its database is gone, and nobody needs the roles.
    """
    try:
        yield
    finally:
        # Also where what the test used complained at its end.
        if nextitem is not None and _commits(item):
            _bring_back_the_roles(item)


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    asked = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(asked or (marker and marker.kwargs.get("transaction")))


def _bring_back_the_roles(item: pytest.Item) -> None:
    from django.contrib.auth.models import Group

    from patients.rules.roles import Role
    from tests.rights import as_owner

    with item.config.stash[blocking_manager_key].unblock(), as_owner():
        for role in Role:
            Group.objects.get_or_create(name=role.value)


@pytest.fixture
def with_the_owners_rights(db: None) -> Iterator[None]:
    """A test of what tables and triggers refuse, or one that needs what no web process may do."""
    from tests.rights import as_owner

    with as_owner():
        yield


@pytest.fixture(autouse=True)
def rules_without_database(request: pytest.FixtureRequest) -> None:
    """Fail a test under tests/rules that asks for the database: rules are plain Python."""
    if RULES not in request.path.parents:
        return
    asked = {"db", "transactional_db", "live_server"} & set(request.fixturenames)
    if asked or request.node.get_closest_marker("django_db"):
        pytest.fail("A test under tests/rules must not use the database.")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the system's own Chromium, which must not look for anything outside this machine."""
    # The shell is the same browser without the windows, which cost a second process for each page.
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        pytest.fail("Chromium is missing: `sh .ci/system test` says how to get it.")
    return {
        **browser_type_launch_args,
        "executable_path": found,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    }


# People and patients: fixtures that several test files share go below this line.


MadeOnce = Callable[[Callable[[], Made]], Made]


@pytest.fixture(scope="module")
def made_once(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[MadeOnce[Any]]:
    """Makes, once for a file, what each of its tests begins with: ``made_once(make.make_user)``.

    For fixtures of the module's scope, in files where making it takes longer than the tests do.
    What a test changes in the database is undone with the test, what it changes in the objects is
    not: hand it copies of them, by ``copy.deepcopy``. No test of the file may commit.
    """
    from django.db import transaction

    for item in request.session.items:
        asked = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
        marker = item.get_closest_marker("django_db")
        if item.path == request.path and (asked or (marker and marker.kwargs.get("transaction"))):
            pytest.fail(f"{item.name} commits: what is made once for its file would stay.")
    around = transaction.atomic()
    with django_db_blocker.unblock():
        around.__enter__()

    def made(maker: Callable[[], Made]) -> Made:
        with django_db_blocker.unblock():
            return maker()

    yield made
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)
