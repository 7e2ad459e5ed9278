"""How gunicorn serves: ``gunicorn --config python:upwell.serving upwell.wsgi``.

Whatever is given on its command line, or in GUNICORN_CMD_ARGS, comes first.
"""

import logging
import os
from pathlib import Path
from typing import Any

import gunicorn.http.wsgi
from environs import FileAwareEnv
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger

from upwell import start
from upwell.logs import JsonFormatter, LineFormatter

bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Some wait for papers, the others serve pages (PDF_WAITING in the settings).
threads = 16
# A request that took longer than this is a fault; its worker is replaced.
timeout = 60
# Time for the pages under way when the server is told to stop or to reload.
graceful_timeout = 30
# The heartbeat of the workers: in memory where there is such a place, so that a slow disk doesn't
# look like a hanging worker, and a read-only file system does no harm.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# Nothing outside the project is written, and one start never disturbs another.
control_socket_disable = True
# Each request has a line of its own (upwell.middleware.RequestLine), without its address.
accesslog = None
loglevel = "warning"


def on_starting(server: Arbiter) -> None:
    """Refuse an environment before there are workers.

    Workers refuse it too, but two that end in the same moment make the server end with a code that
    a supervisor takes for an accident, and tries again.
    """
    env = FileAwareEnv(strip_whitespace=True)
    demo = env.bool("UPWELL_DEMO", False)
    if not demo and not start.is_set("DATABASE_URL", os.environ):
        start.refuse([start.NO_DATABASE])
    if reasons := start.reasons_not_to(env, demo=demo):
        start.refuse(reasons)


class Quiet(Logger):
    """The server's own messages in the form of ours: no address, no header, no words of errors."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        as_lines = os.environ.get("UPWELL_LOG_FORMAT", "json") == "line"
        for handler in self.error_log.handlers:
            handler.setFormatter(LineFormatter() if as_lines else JsonFormatter())
        # What can't be written is left out, not printed with its words.
        logging.raiseExceptions = False


logger_class = Quiet


class _Response(gunicorn.http.wsgi.Response):
    """An answer that doesn't name the program that gives it."""

    def default_headers(self) -> list[str]:
        told: list[Any] = super().default_headers()
        return [line for line in told if not line.startswith("Server:")]


# The server has no setting for this.
gunicorn.http.wsgi.Response = _Response
