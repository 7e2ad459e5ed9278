"""Ends what a test run has started in a folder, also when the run itself is killed.

Waits until its input ends, which it does with the run, however that ends. Then ends each process
that works in the folder (a database server) or has its name in its environment (everything else),
and takes the folder away, with the disk that may be mounted in it.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "UPWELL_FAULTS"
TRIES = 100


def processes_of(place: Path) -> Iterator[int]:
    """All processes of the run that had this folder."""
    mark = f"{MARK}={place}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            works_in = (process / "cwd").readlink()
            marked = mark in (process / "environ").read_bytes().split(b"\0")
            if marked or works_in.is_relative_to(place):
                yield int(process.name)


def clear(place: Path) -> None:
    """End them all, and take the folder away."""
    for _ in range(TRIES):
        found = list(processes_of(place))
        if not found:
            break
        for process in found:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.1)
    for disk in place.glob("*"):
        if disk.is_mount():
            subprocess.run(["umount", "--lazy", str(disk)], check=False)
    shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    sys.stdin.buffer.read()
    clear(Path(sys.argv[1]))
