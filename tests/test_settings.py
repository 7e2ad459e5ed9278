"""Production is the default: what is missing stops the start, and the deployment check is clean."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from upwell.start import NO_DATABASE

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "PATH": os.environ["PATH"],
    "DATABASE_URL": "postgresql://nobody@localhost/nowhere",
    "SECRET_KEY": "kX7#" + "q2!vB9zR" * 7,
    "ALLOWED_HOSTS": "upwell.example",
}
READ = "from django.conf import settings as s; import django; django.setup(); print({})"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own with this environment and nothing else."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def setting(expression: str) -> str:
    done = run(
        "-c", READ.format(expression), **PRODUCTION, DJANGO_SETTINGS_MODULE="upwell.settings"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS"])
def test_production_does_not_start_without(missing: str) -> None:
    environment = {name: value for name, value in PRODUCTION.items() if name != missing}
    done = run("manage.py", "check", **environment)
    assert done.returncode != 0
    assert missing in done.stderr


def test_the_deployment_check_is_clean() -> None:
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr


def test_the_second_factor_is_off_in_the_demo_only() -> None:
    assert setting("s.MFA_REQUIRED, s.DEMO, s.DEBUG") == "True False False"
    names = setting("s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE")
    assert names == "__Host-session __Host-csrf True"


@pytest.mark.parametrize(
    "command",
    ["migrate", "backup", "seal_audit", "restore x.age --key-file k", "invite a@b", "shell",
     "check --database default"],
)  # fmt: skip
def test_a_command_without_a_database_is_not_run_on_the_demos(command: str) -> None:
    for demo in ({}, {"UPWELL_DEMO": ""}):
        done = run("manage.py", *command.split(), PATH=os.environ["PATH"], **demo)
        assert done.returncode == 3
        assert NO_DATABASE in done.stderr
        assert "UPWELL_DEMO=1" in done.stderr


@pytest.mark.parametrize(
    "command", ["rulebook", "backup --new-key", "help", "--version", "migrate --help"]
)
def test_a_command_that_asks_no_database_needs_none(command: str) -> None:
    done = run("manage.py", *command.split(), PATH=os.environ["PATH"])
    assert done.returncode == 0, done.stderr


def test_appraise_needs_no_setting_at_all() -> None:
    for environment in ({}, {"DATABASE_URL": "postgresql://nobody@localhost/nowhere"}):
        done = run("manage.py", "appraise", "-", PATH=os.environ["PATH"], **environment)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "Traceback" not in done.stderr
