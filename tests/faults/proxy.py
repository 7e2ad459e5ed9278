"""A bad network between the web server and the database: 60 lines that cut, delay and fall silent.

Listens on loopback and passes on to the database's socket.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

from tests.practices import HOST

COMMIT = b"COMMIT"


class Mood(StrEnum):
    """What happens to the next messages."""

    WELL = "passes everything on"
    CUT = "cuts before the next request"
    CUT_BEFORE_COMMIT = "cuts before the next commit arrives"
    CUT_AFTER_COMMIT = "passes the next commit on and cuts before its reply"
    SLOW = "waits before each message"
    LATE = "waits for two seconds before each message"
    TRICKLES = "a thousand bytes a second"
    SILENT = "takes everything and answers nothing"


ONCE = {Mood.CUT, Mood.CUT_BEFORE_COMMIT, Mood.CUT_AFTER_COMMIT}
DELAYS_S = {Mood.SLOW: 0.3, Mood.LATE: 2.0}
BYTES_A_SECOND = 1_000


class Proxy:
    """Its mood may be changed at any time, from any thread; a cut happens once."""

    def __init__(self, target: Path) -> None:
        self.target, self.mood, self.port = target, Mood.WELL, 0
        self.happened: set[Mood] = set()
        self.end: Callable[[], object] = lambda: None
        self._open: set[asyncio.StreamWriter] = set()

    async def _serve(self, ready: threading.Event) -> None:
        done = asyncio.Event()
        loop = asyncio.get_running_loop()
        self.end = lambda: loop.call_soon_threadsafe(done.set)
        server = await asyncio.start_server(self._connected, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await done.wait()
        server.close()
        for each in list(self._open):
            each.close()
        # Both ends hear of it before the rest is called off.
        await asyncio.sleep(0.2)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner, outer = await asyncio.open_unix_connection(str(self.target))
        except OSError:
            writer.close()
            return
        lost = asyncio.Event()  # set where the reply of a commit is to be lost
        both = (writer, outer)
        self._open.update(both)
        pumps = [
            asyncio.ensure_future(self._pump(reader, outer, lost, asks=True)),
            asyncio.ensure_future(self._pump(inner, writer, lost, asks=False)),
        ]
        _, left = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for each in left:
            each.cancel()
        for end in both:
            self._open.discard(end)
            end.close()

    async def _pump(
        self,
        source: asyncio.StreamReader,
        to: asyncio.StreamWriter,
        lost: asyncio.Event,
        asks: bool,
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                mood, commits = self.mood, asks and COMMIT in data
                if not asks and lost.is_set():
                    return
                if mood in DELAYS_S:
                    self.happened.add(mood)
                    await asyncio.sleep(DELAYS_S[mood])
                elif mood is Mood.TRICKLES:
                    self.happened.add(mood)
                    await asyncio.sleep(len(data) / BYTES_A_SECOND)
                elif mood is Mood.SILENT:
                    self.happened.add(mood)
                    while self.mood is Mood.SILENT:
                        await asyncio.sleep(0.05)
                    return
                elif (mood is Mood.CUT and asks) or (mood is Mood.CUT_BEFORE_COMMIT and commits):
                    self._was(mood)
                    return
                elif mood is Mood.CUT_AFTER_COMMIT and commits:
                    self._was(mood)
                    lost.set()
                to.write(data)
                await to.drain()

    def _was(self, mood: Mood) -> None:
        self.happened.add(mood)
        self.mood = Mood.WELL


@contextlib.contextmanager
def proxy(target: Path) -> Iterator[Proxy]:
    """A proxy to this socket while this lasts."""
    made, ready = Proxy(target), threading.Event()
    # Ends what is still under way, and closes all it has opened.
    thread = threading.Thread(target=asyncio.run, args=[made._serve(ready)], daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield made
    finally:
        made.end()
        thread.join(10)
