"""`manage.py demo`: the demo practice in a browser, on this machine only; `make run` starts it."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils import timezone

from upwell.management.play import DEMO_PASSWORD, seed
from upwell.management.stories import STAFF

HOST = "127.0.0.1"
PORT = 8000
HIGHEST_PORT = 65_535
WORKERS = 2

NO_PRINTING = """\
The library Pango is missing, so handouts can't be printed; everything else works.
On Debian: sudo sh .ci/system run
"""


class Command(BaseCommand):
    """Prepare the database, seed it if it is empty, say how to sign in, and serve."""

    help = "Start the demo practice with invented patients on this machine."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=PORT, help=f"instead of {PORT}")
        parser.add_argument(
            "--no-serve", action="store_true", help="prepare everything, but start no web server"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Become the web server; Ctrl-C ends it, and the embedded database with it."""
        port, serves = options["port"], not options["no_serve"]
        if not settings.DEMO:
            raise CommandError(
                "The demo signs everybody in without a second factor, so it runs only with "
                "UPWELL_DEMO=1, on a machine that holds no real patients."
            )
        if serves:
            check_port(port)
        self.stdout.write("Preparing the demo practice ...")
        self.stdout.flush()
        call_command("migrate", interactive=False, verbosity=0)
        added = seed(timezone.localdate())
        self.stdout.write(
            f"Added {added} invented patients."
            if added
            else "Already seeded: the patients of the last time are still here."
        )
        if not can_print():
            self.stderr.write(NO_PRINTING)
        self.stdout.write(welcome(port))
        self.stdout.flush()
        if serves:
            # Static files come from their source folders; WhiteNoise only warns where this is
            # missing.
            Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
            connections.close_all()
            # The web server takes this process over: it gets Ctrl-C itself, and it keeps the
            # lock that keeps the embedded database running.
            os.environ.setdefault("UPWELL_LOG_FORMAT", settings.LOG_FORMAT)
            # Its processes never hear of the owner of the tables.
            for name in ("UPWELL_AS_OWNER", "UPWELL_OWNER_DATABASE_URL"):
                os.environ.pop(name, None)
            os.execv(sys.executable, server_command(port))


def check_port(port: int) -> None:
    """Raise ``CommandError`` with a plain sentence unless this port can be listened on."""
    if not 1 <= port <= HIGHEST_PORT:
        raise CommandError(f"A port is a number from 1 to {HIGHEST_PORT}, not {port}.")
    with socket.socket() as listener:
        # As gunicorn does it: a connection that ended a moment ago is no obstacle.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} of this machine can't be used ({os.strerror(error.errno or 0)}). "
                "Perhaps Upwell is running already. Stop what uses the port, or choose "
                f"another: {Path(sys.argv[0]).name} demo --port {port % HIGHEST_PORT + 1}"
            ) from None


def can_print() -> bool:
    """Whether the libraries that lay out a handout can be loaded."""
    # In a process of its own: a library that fails to load may leave half a module behind.
    tried = subprocess.run(
        [sys.executable, "-c", "import weasyprint"], capture_output=True, check=False
    )
    return tried.returncode == 0


def welcome(port: int) -> str:
    """The address and the logins, in plain words."""
    rows = [("Role", "E-mail", "Password")]
    rows += [(member.role.value, member.email, DEMO_PASSWORD) for member in STAFF]
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    table = "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)).rstrip()
        for row in rows
    )
    return (
        f"\nUpwell is at http://{HOST}:{port}\n\n{table}\n\n"
        "All patients are invented. Don't enter real ones: these passwords are public.\n"
        "Ctrl-C stops it.\n"
    )


def server_command(port: int) -> list[str]:
    """The web server as a command line, this Python first."""
    return [
        *(sys.executable, "-m", "gunicorn", "upwell.wsgi"),
        *("--config", "python:upwell.serving"),
        *("--chdir", str(settings.BASE_DIR), "--bind", f"{HOST}:{port}"),
        *("--workers", f"{WORKERS}"),
    ]
