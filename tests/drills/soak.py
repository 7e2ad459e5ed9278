"""Mixed traffic for ten minutes: do memory and database connections stay as they are?

Run by `make drill`, or by itself: ``python tests/drills/soak.py``. ``UPWELL_SOAK_MINUTES`` says how
long (10), ``UPWELL_SOAK_SIZE`` in a practice of how many clinicians (1). Loopback only. Ends with
status 1 where memory grew by more than a twentieth after warming up, a connection stayed that has
no thread, or a page failed.
"""

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import psycopg

from tests.bench_http import PAGES, Desk, forget, records_of
from tests.practices import THREADS, Practice, Visitor, practice_of, served

MINUTES = float(os.environ.get("UPWELL_SOAK_MINUTES", "10"))
SIZE = int(os.environ.get("UPWELL_SOAK_SIZE", "1"))
WORKERS = 2
VISITORS = 4
PAUSE_S = 0.1
SAMPLE_S = 5.0
# The first part of the time warms up: each thread of each worker meets each page.
WARM_UP = 0.3
MOST_GROWTH = 0.05
# Two who log a session of one patient at once are told so: that is no failure here.
FINE = {200, 302, 409, 422}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """How things stood at a moment: seconds since the start, memory in MB, connections."""

    at: float
    resident_mb: float
    connections: int


def processes(root: int) -> Iterator[int]:
    """A process and all below it."""
    yield root
    for path in Path(f"/proc/{root}/task").glob("*/children"):
        for child in path.read_text().split():
            yield from processes(int(child))


def resident_mb(root: int) -> float:
    """Memory of a process and all below it, in MB; shared pages count for each."""
    total = 0
    for process in processes(root):
        try:
            pages = Path(f"/proc/{process}/statm").read_text().split()[1]
        except (OSError, IndexError):
            continue
        total += int(pages)
    return total * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def visit(desk: Desk, until: float, number: int, answers: Counter[str]) -> None:
    """Open page after page, each visitor from another place in the list."""
    pages = list(PAGES.items())
    turn = number * 5
    while time.monotonic() < until:
        name, page = pages[turn % len(pages)]
        try:
            status = page(desk, turn).status
        except (OSError, AssertionError) as error:
            answers[f"{name}: {type(error).__name__} {error}"] += 1
        else:
            answers["well" if status in FINE else f"{name}: {status}"] += 1
        turn += 1
        time.sleep(PAUSE_S)


def samples(practice: Practice, root: int, until: float) -> list[Sample]:
    """Look every few seconds until the time is over."""
    began, found = time.monotonic(), []
    with psycopg.connect(practice.owner_url, autocommit=True) as connection:
        while time.monotonic() < until:
            time.sleep(SAMPLE_S)
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND usename = 'upwell_app'"
            ).fetchone()
            found.append(
                Sample(
                    at=time.monotonic() - began,
                    resident_mb=resident_mb(root),
                    connections=row[0] if row else 0,
                )
            )
    return found


def main() -> int:
    """Visit, look, print; 0 when nothing grew and nothing failed."""
    answers: Counter[str] = Counter()
    with ExitStack() as stack:
        practice = practice_of(SIZE)
        stack.callback(forget, practice)
        port, root = stack.enter_context(served(practice, workers=WORKERS))
        records = records_of(practice)
        desks = []
        for _ in range(VISITORS):
            physio, lead = Visitor(port), Visitor(port)
            physio.sign_in("physio@upwell.invalid")
            lead.sign_in("lead@upwell.invalid")
            desks.append(Desk(practice=practice, physio=physio, lead=lead, records=records))
        until = time.monotonic() + MINUTES * 60
        visitors = [
            threading.Thread(target=visit, args=(desk, until, number, answers))
            for number, desk in enumerate(desks)
        ]
        for each in visitors:
            each.start()
        found = samples(practice, root, until)
        for each in visitors:
            each.join()
    return told(found, answers)


def told(found: list[Sample], answers: Counter[str]) -> int:
    """Print what was found; 1 where something grew or failed."""
    after = [each for each in found if each.at > MINUTES * 60 * WARM_UP]
    part = max(1, len(after) // 4)
    before_mb = median(each.resident_mb for each in after[:part])
    end_mb = median(each.resident_mb for each in after[-part:])
    growth = end_mb / before_mb - 1
    connections = [each.connections for each in after]
    most = WORKERS * THREADS
    failed = {name: number for name, number in answers.items() if name != "well"}
    print(
        f"{answers['well']} pages in {MINUTES:g} minutes, {sum(failed.values())} failed.\n"
        f"Memory of the web processes {found[0].resident_mb:.0f} MB at the start,"
        f" {before_mb:.0f} MB when warm, {end_mb:.0f} MB at the end: {growth:+.1%}.\n"
        f"Connections to the database {min(connections)} to {max(connections)},"
        f" {most} threads at most."
    )
    for name, number in failed.items():
        print(f"  {number} x {name}")
    return int(bool(failed) or growth > MOST_GROWTH or max(connections) > most)


if __name__ == "__main__":
    sys.exit(main())
