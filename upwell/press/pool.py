"""A web process's workers, and whose turn it is."""

import contextlib
import json
import logging
import os
import queue
import selectors
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from upwell.press import BUSY, FAILED, TOO_LONG, TOO_MUCH, Unprintable
from upwell.press.worker import FRAME, written

logger = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parent.parent.parent

MOST_WORKERS = 2
START_S = 60
WAIT_S = 60
GOODBYE_S = 2
# What a worker may know of the machine: where libraries and temporary files are, how text is coded.
KNOWN = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "LANG", "LC_ALL", "COVERAGE_PROCESS_START")
# Ended by somebody else, not by what it drew: the same paper is tried once more.
FROM_OUTSIDE = (0, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP)


class _Ended(Exception):
    """The worker ended before it answered."""


class _Slow(Exception):
    """The worker did not answer in time."""


class Worker:
    """One worker process. Starting it doesn't wait for it."""

    def __init__(self, roots: tuple[tuple[str, str], ...]) -> None:
        environment = {name: os.environ[name] for name in KNOWN if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "upwell.press.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Libraries tell there what they read, and that is somebody's paper.
            stderr=subprocess.DEVNULL,
            cwd=PROJECT,
            env=environment | {"PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1"},
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        os.set_blocking(self._in.fileno(), False)
        os.set_blocking(self._out.fileno(), False)
        # Small enough for the pipe: it starts to load its libraries now, not at the first paper.
        os.write(self._in.fileno(), written({"roots": roots}))
        self._ready = False

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def lives(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def ask(
        self, order: dict[str, Any], body: bytes, seconds: float
    ) -> tuple[dict[str, Any], bytes]:
        """Its answer. Raises ``_Ended`` or ``_Slow``; such a worker is to be closed."""
        if not self._ready:
            # Its start is nobody's fault and not counted.
            self._exchange(b"", time.monotonic() + START_S)
            self._ready = True
        return self._exchange(written(order, body), time.monotonic() + seconds)

    def _exchange(self, frame: bytes, until: float) -> tuple[dict[str, Any], bytes]:
        answer = bytearray()
        rest = memoryview(frame)
        with selectors.DefaultSelector() as either:
            either.register(self._out, selectors.EVENT_READ)
            either.register(self._in, selectors.EVENT_WRITE)
            while True:
                left = until - time.monotonic()
                events = either.select(left) if left > 0 else []
                if not events:
                    raise _Slow
                for key, _ in events:
                    if key.fileobj is self._in:
                        rest = self._send(rest)
                        if not rest:
                            either.unregister(self._in)
                    else:
                        came = os.read(self._out.fileno(), 1 << 20)
                        if not came:
                            raise _Ended
                        answer += came
                if len(answer) >= FRAME.size:
                    head, body = FRAME.unpack_from(answer)
                    if len(answer) == FRAME.size + head + body:
                        told = bytes(answer[FRAME.size : FRAME.size + head])
                        return json.loads(told), bytes(answer[FRAME.size + head :])

    def _send(self, rest: memoryview) -> memoryview:
        try:
            return rest[os.write(self._in.fileno(), rest) :]
        except BlockingIOError:
            return rest
        except BrokenPipeError as error:
            raise _Ended from error

    def close(self, patience: float = 0) -> int:
        """End the process, after so many seconds by force; the code it ended with."""
        for pipe in (self._in, self._out):
            with contextlib.suppress(OSError):
                pipe.close()
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return 0

    def forget(self) -> None:
        """Leave it to the process that started it; for a copy of that process made by fork."""
        for pipe in (self._in, self._out):
            with contextlib.suppress(OSError):
                pipe.close()
        self._process.returncode = 0


class Pool:
    """Up to ``MOST_WORKERS`` workers, and at most ``waiting`` papers being drawn or in line."""

    def __init__(
        self,
        roots: tuple[tuple[str, str], ...],
        *,
        workers: int,
        waiting: int,
        seconds: float,
        processor_seconds: int,
    ) -> None:
        self._roots = roots
        self._places = threading.BoundedSemaphore(waiting)
        self._seconds, self._processor_seconds = seconds, processor_seconds
        # A place in line without a worker is None: it is started by whoever comes first.
        self._idle: queue.LifoQueue[Worker | None] = queue.LifoQueue()
        for _ in range(max(1, min(workers, MOST_WORKERS))):
            self._idle.put(None)
        self._closed = False

    def warm(self) -> None:
        """Start one worker, if none has been, without waiting for it."""
        with contextlib.suppress(queue.Empty):
            worker = self._idle.get_nowait()
            self._idle.put(worker or Worker(self._roots))

    def ask(self, order: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """What a worker answers. Raises ``Unprintable``."""
        if not self._places.acquire(blocking=False):
            raise Unprintable(BUSY)
        try:
            worker = self._idle.get(timeout=WAIT_S)
        except queue.Empty:
            self._places.release()
            raise Unprintable(BUSY) from None
        try:
            order = order | {"seconds": self._processor_seconds}
            for again in (True, False):
                if worker is None or not worker.lives():
                    if worker is not None:
                        worker.close()
                    worker = Worker(self._roots)
                try:
                    head, answer = worker.ask(order, body, self._seconds)
                except BaseException as error:
                    code = worker.close(patience=0 if isinstance(error, _Slow) else GOODBYE_S)
                    worker = None
                    if isinstance(error, _Ended) and code in FROM_OUTSIDE and again:
                        continue
                    self._explain(error, code)
                    raise
                break
            if worker is not None and head.get("last"):
                worker.close(GOODBYE_S)
                worker = None
            if "kind" in head:
                logger.error("A paper could not be drawn: %s", head["kind"])
            if "problem" in head:
                raise Unprintable(head["problem"])
            return head, answer
        finally:
            if worker is None and not self._closed:
                # The next paper finds it ready.
                with contextlib.suppress(OSError):
                    worker = Worker(self._roots)
            self._idle.put(worker)
            self._places.release()

    def _explain(self, error: BaseException, code: int) -> None:
        if isinstance(error, _Slow):
            logger.error("A paper was stopped after %s s", self._seconds)
            raise Unprintable(TOO_LONG) from error
        if isinstance(error, _Ended):
            logger.error("A printing process ended with %s", code)
            if code == -signal.SIGXCPU:
                raise Unprintable(TOO_LONG) from error
            raise Unprintable(FAILED if code in FROM_OUTSIDE else TOO_MUCH) from error

    def workers(self) -> list[Worker]:
        """Those that wait for work."""
        return [each for each in list(self._idle.queue) if each is not None]

    def close(self) -> None:
        """End the workers that wait; those at work end when this process does."""
        self._closed = True
        for worker in self.workers():
            worker.close(GOODBYE_S)

    def forget(self) -> None:
        """Leave the workers to the process that started them; see ``Worker.forget``."""
        self._closed = True
        for worker in self.workers():
            worker.forget()
