"""What stops the start: settings that would leave a practice open, each told in a sentence.

Asked by the settings themselves, before anything else of the application is there.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from environs import FileAwareEnv

# gunicorn stops at this code instead of starting worker after worker.
WILL_NOT_WORK = 3

KEY_CHARACTERS = 50
KEY_DIFFERENT = 10
LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "testserver")
IDLE_SECONDS = (300, 3600)
LOG_FORMATS = ("json", "line")
NO_DATABASE = "Set DATABASE_URL for a practice, or start the demo with: make run"


def refuse(reasons: Sequence[str]) -> NoReturn:
    """End this process with these sentences."""
    for reason in reasons:
        print(f"Upwell does not start: {reason}", file=sys.stderr)
    raise SystemExit(WILL_NOT_WORK)


def is_set(name: str, environment: Mapping[str, str]) -> bool:
    """Whether a variable is given, by itself or as a file (``NAME_FILE``)."""
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


def reasons_not_to(env: FileAwareEnv, *, demo: bool) -> list[str]:
    """Why this environment must not be served; empty when it may."""
    try:
        return [*(_of_the_demo(env) if demo else _of_a_practice(env)), *_of_both(env, demo=demo)]
    except ValueError as error:
        # A file that can't be read, or a number that is none; the words name only the variable.
        return [str(error)]


def _hosts(env: FileAwareEnv) -> list[str]:
    named: list[str] = env.list("ALLOWED_HOSTS", [])
    return [host for host in named if host]


def _of_the_demo(env: FileAwareEnv) -> list[str]:
    elsewhere = [host for host in _hosts(env) if host not in LOOPBACK]
    if not elsewhere:
        return []
    why = "The demo has public passwords and no second factor, so it answers on this machine only."
    return [f"UPWELL_DEMO is set together with ALLOWED_HOSTS. {why} Unset one of them."]


def _of_a_practice(env: FileAwareEnv) -> list[str]:
    found = []
    if not env.str("DATABASE_URL", "").startswith(("postgresql://", "postgres://")):
        found.append("DATABASE_URL must be the address of a PostgreSQL database.")
    key = env.str("SECRET_KEY", "")
    if not key:
        found.append("SECRET_KEY is missing. Give it 50 random characters.")
    elif len(key) < KEY_CHARACTERS or len(set(key)) < KEY_DIFFERENT:
        found.append("SECRET_KEY is too weak. Give it 50 random characters.")
    elif key.startswith(("demo-only-", "django-insecure-")):
        found.append("SECRET_KEY is one that others know. Give it 50 random characters.")
    before: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
    if any(len(old) < KEY_CHARACTERS for old in before):
        found.append("SECRET_KEY_FALLBACKS holds a key that is too short, or nothing.")
    hosts = _hosts(env)
    if not hosts:
        found.append("ALLOWED_HOSTS is missing. Name the host the practice opens.")
    elif any("*" in host for host in hosts):
        found.append(
            "ALLOWED_HOSTS may not hold *: whoever reaches the server could choose the addresses "
            "it writes into its pages. Name each host."
        )
    elif any("/" in host or ":" in host.split("]")[-1] for host in hosts):
        found.append(
            "ALLOWED_HOSTS holds names of hosts alone, without https://, slash or port: "
            "upwell.practice.example, for example."
        )
    return found


def _of_both(env: FileAwareEnv, *, demo: bool) -> list[str]:
    found = []
    idle = env.int("UPWELL_SESSION_IDLE_SECONDS", IDLE_SECONDS[0])
    if not demo and not IDLE_SECONDS[0] <= idle <= IDLE_SECONDS[1]:
        found.append("UPWELL_SESSION_IDLE_SECONDS must be 300 to 3600: five minutes to an hour.")
    if env.str("UPWELL_LOG_FORMAT", LOG_FORMATS[0]) not in LOG_FORMATS:
        found.append("UPWELL_LOG_FORMAT must be json or line.")
    if not 0 <= env.int("UPWELL_PDF_WORKERS", 1) <= 2:
        found.append("UPWELL_PDF_WORKERS must be 0, 1 or 2.")
    if env.int("UPWELL_TRUSTED_PROXIES", 1) < 0:
        found.append("UPWELL_TRUSTED_PROXIES must be 0 or more.")
    return found
