"""A process that draws papers and does nothing else: ``python -m upwell.press.worker``.

It has no database and no secret in its environment, and no file it writes may be larger than 20 MB.
It reads orders from its standard input and writes answers to its standard output, each a frame of
``FRAME``: the lengths of a JSON head and of a body, and both. It ends when its input does, so also
when its parent was killed.
"""

import contextlib
import gc
import json
import os
import queue
import resource
import signal
import struct
import threading
from typing import Any, BinaryIO

from upwell.press import FAILED, TOO_MUCH, Unprintable
from upwell.press.drawing import Engine, pictures, unprintable_letters

FRAME = struct.Struct(">II")

MEMORY_BYTES = 1 << 30
OPEN_FILES = 64
LONGEST_FILE_BYTES = 20_000_000
NICE = 10  # pages come before papers
RENDERS_BETWEEN_COLLECTIONS = 10
# The libraries keep 90 kB of each paper for ever: then another process goes on.
PAPERS_OF_ONE_PROCESS = 1_000


def written(head: dict[str, Any], body: bytes = b"") -> bytes:
    """An order or an answer as a frame."""
    told = json.dumps(head).encode()
    return FRAME.pack(len(told), len(body)) + told + body


def limited() -> None:
    """Take from this process what drawing a paper never needs."""
    os.nice(NICE)
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_FSIZE, LONGEST_FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))


def allow_seconds(seconds: int) -> None:
    """End this process when it has worked for so many seconds from now."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + 1 + seconds
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def orders(source: BinaryIO) -> queue.SimpleQueue[tuple[dict[str, Any], bytes]]:
    """The orders as they come, read beside the drawing: so it ends at once when the parent does."""
    coming: queue.SimpleQueue[tuple[dict[str, Any], bytes]] = queue.SimpleQueue()

    def read() -> None:
        with contextlib.suppress(Exception):
            while lengths := source.read(FRAME.size):
                head, body = FRAME.unpack(lengths)
                told = json.loads(source.read(head))
                coming.put((told, source.read(body)))
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return coming


class Drawer:
    """Answers orders. Its engine is made once; where that fails, each answer says why."""

    def __init__(self, roots: tuple[tuple[str, str], ...]) -> None:
        self._engine: Engine | None = None
        self._problem = ""
        try:
            self._engine = Engine(roots)
            unprintable_letters()
        except Unprintable as error:
            self._problem = str(error)

    def answer(self, order: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Head and body of the answer. ``last`` says that this process had better end."""
        try:
            if order["do"] == "pictures":
                drawn = pictures(body, order["width"])
                return {"sizes": [len(each) for each in drawn]}, b"".join(drawn)
            if self._engine is None:
                return {"problem": self._problem}, b""
            return {}, self._engine.pdf(body.decode())
        except Unprintable as error:
            return {"problem": str(error)}, b""
        except MemoryError:
            return {"problem": TOO_MUCH, "kind": "MemoryError", "last": True}, b""
        except Exception as error:
            # Only its kind: the message may hold words of the paper.
            return {"problem": FAILED, "kind": type(error).__name__}, b""


def main() -> None:
    """Draw until the input ends. The first order holds the roots of the static files."""
    # Ctrl-C is the parent's affair.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source = os.fdopen(os.dup(0), "rb")
    target = os.fdopen(os.dup(1), "wb", buffering=0)
    # What a library prints is no answer.
    os.dup2(2, 1)
    limited()
    coming = orders(source)
    first, _ = coming.get()
    drawer = Drawer(tuple((prefix, folder) for prefix, folder in first["roots"]))
    gc.collect()
    gc.freeze()
    gc.disable()
    send(target, written({"ready": True}))
    done = 0
    while True:
        order, body = coming.get()
        allow_seconds(order["seconds"])
        head, answer = drawer.answer(order, body)
        done += 1
        if done >= PAPERS_OF_ONE_PROCESS:
            head["last"] = True
        send(target, written(head, answer))
        if "last" in head:
            os._exit(0)
        del body, answer
        if done % RENDERS_BETWEEN_COLLECTIONS == 0:
            gc.collect()


def send(target: BinaryIO, frame: bytes) -> None:
    """Write all of a frame."""
    rest = memoryview(frame)
    while rest:
        rest = rest[target.write(rest) :]


if __name__ == "__main__":
    main()
