"""A rush: a busy day, papers beside it, everybody signing in at once, and far too much.

Run by `make drill`, or by itself: ``python tests/drills/rush.py``. Loopback only, invented data.
``UPWELL_RUSH_SIZE`` is the practice in clinicians (50), ``UPWELL_RUSH_SECONDS`` how long each part
lasts (60), ``UPWELL_RUSH_RATES`` the requests a second of the busy day (4,12.5,50): 12.5 are fifty
clinics with every session in the application, 50 four times that.
``UPWELL_RUSH_PARTS`` are all of X1,X2,X3,X5.

Requests are sent when they are due, whether or not those before were answered, and timed from then:
what waits in a queue counts. Nothing is held to a time here; ends with status 1 where a request
failed that should not have, or something acknowledged is not in the database afterwards.
"""

import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from secrets import randbelow
from statistics import median, quantiles
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import psycopg

from tests.bench_http import PAGES, Desk, Record, forget, records_of
from tests.drills.soak import resident_mb
from tests.practices import PASSWORD, Answer, Practice, Visitor, practice_of, served

SIZE = int(os.environ.get("UPWELL_RUSH_SIZE", "50"))
SECONDS = float(os.environ.get("UPWELL_RUSH_SECONDS", "60"))
RATES = [float(each) for each in os.environ.get("UPWELL_RUSH_RATES", "4,12.5,50").split(",")]
PARTS = os.environ.get("UPWELL_RUSH_PARTS", "X1,X2,X3,X5").split(",")
WORKERS, THREADS = 2, 16
# At most so many requests are on their way; what is due beyond waits, and its waiting counts.
VISITORS = 48
PAPERS_EACH_S = 2.0
SIGN_INS = 100
LOG = Path(__file__).resolve().parent.parent.parent / "var" / "rush.log"
CROWD = 96
# Of one session in the clinic: eight pages, twelve searches and small parts, two saves.
DAY = {
    "page": (
        *("day's list, mine", "patient", "overview and story", "plan", "session, the form"),
        *("session, as logged", "outcomes", "day's list, mine"),
    ),
    "search": ("search in the top bar", "search in the list") * 3,
    "save": ("session, posted", "session, posted"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One answer: its kind, its status (0: none), how long after it was due, and where it led."""

    kind: str
    status: int
    late_s: float
    to: str = ""


def kinds() -> list[tuple[str, str]]:
    """The requests of one session, mixed: (kind, page)."""
    mixed = [(kind, name) for kind, names in DAY.items() for name in names]
    # Every fifth of the list in turn, so that saves lie between pages.
    return [mixed[place] for start in range(5) for place in range(start, len(mixed), 5)]


def ask(desk: Desk, kind: str, name: str, turn: int, due: float, told: list[Told]) -> None:
    """Send one request now and note what came of it."""
    to = ""
    try:
        answer = PAGES[name](desk, turn)
        # Signed out, where nobody signed out, is no answer.
        status, to = 401 if "login" in answer.location else answer.status, answer.location
    except (OSError, AssertionError):
        status = 0
        desk.physio.leave()
    told.append(Told(kind=kind, status=status, late_s=time.monotonic() - due, to=to))


def paced(desks: list[Desk], rate: float, seconds: float) -> list[Told]:
    """So many requests a second for so long, whatever the answers."""
    told: list[Told] = []
    waiting: Queue[tuple[str, str, int, float] | None] = Queue()

    def work(desk: Desk) -> None:
        while (job := waiting.get()) is not None:
            ask(desk, *job, told)

    workers = [threading.Thread(target=work, args=(desk,)) for desk in desks]
    for each in workers:
        each.start()
    began, session = time.monotonic(), kinds()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        time.sleep(max(due - time.monotonic(), 0))
        # Each of another patient than those at the same time.
        waiting.put((*session[number % len(session)], number * 7, due))
    for _ in workers:
        waiting.put(None)
    for each in workers:
        each.join()
    return told


def said(told: list[Told], *, beside: dict[str, float] | None = None) -> dict[str, float]:
    """Print each kind's times in ms, and how often its middle is that of ``beside``."""
    middles = {}
    for kind in sorted({each.kind for each in told}):
        taken = sorted(each.late_s * 1000 for each in told if each.kind == kind)
        of = quantiles(taken, n=100, method="inclusive") if len(taken) > 1 else taken * 99
        middles[kind] = median(taken)
        times = f", {middles[kind] / beside[kind]:.2f} times" if beside and kind in beside else ""
        print(
            f"  {kind:7} {len(taken):5} median {middles[kind]:6.0f}"
            f" 95 % {of[94]:6.0f} 99 % {of[98]:6.0f} ms{times}"
        )
    wrong: dict[str, int] = defaultdict(int)
    for each in told:
        # Two who log a session of one patient at once are told so.
        if each.status not in (200, 302, 409, 422):
            wrong[f"{each.kind} {each.status or 'no answer'}"] += 1
    print(f"  answered otherwise: {dict(wrong) or 'none'}")
    return middles


def failed(told: list[Told], *, fine: tuple[int, ...] = ()) -> int:
    """How many were answered by an error, but for these."""
    return sum(each.status not in (200, 302, 409, 422, *fine) for each in told)


def lost(practice: Practice, told: list[Told]) -> tuple[int, int]:
    """How many sessions were acknowledged, and how many of these are not in the database.

    The form a person opens twice is saved once: both are led to the same session.
    """
    codes = {each.to.split("/")[-2] for each in told if each.kind == "save" and each.status == 302}
    with psycopg.connect(practice.owner_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM programmes_session WHERE code = ANY(%s::uuid[])", [list(codes)]
        ).fetchone()
    return len(codes), len(codes) - (row[0] if row else 0)


def busy(desks: list[Desk]) -> int:
    """X1: the same day at several rates."""
    wrong, calm = 0, None
    for rate in RATES:
        told = paced(desks, rate, SECONDS)
        took = max(each.late_s for each in told)
        print(f"\nX1 {rate:g} a second for {SECONDS:g} s (slowest {took:.1f} s):")
        middles = said(told, beside=calm)
        calm = calm or middles
        # Above what the machine can do it may turn people away.
        wrong += failed(told, fine=(503,) if rate > RATES[0] else ())
    return wrong


VERSIONS = """
SELECT DISTINCT ON (episode.code) version.code::text
FROM patients_episode AS episode
JOIN programmes_programme AS programme ON programme.episode_id = episode.id
JOIN programmes_step AS step ON step.id = programme.current_step_id
JOIN programmes_version AS version ON version.id = step.version_id
WHERE episode.code = ANY(%s::uuid[])
ORDER BY episode.code, version.number DESC
"""


def beside_papers(desks: list[Desk], practice: Practice, records: list[Record]) -> int:
    """X2: the calm rate, alone and with a paper laid out anew every two seconds."""
    with psycopg.connect(practice.owner_url) as connection:
        asked = [record.episode for record in records]
        codes = [code for (code,) in connection.execute(VERSIONS, [asked]).fetchall()]
    drawn: list[Told] = []
    stop = threading.Event()
    today = datetime.now(tz=UTC).date()

    def draw() -> None:
        visitor, number = desks[-1].lead, 0
        while not stop.is_set():
            number += 1
            due = time.monotonic()
            # A day of review by chance: another paper, that hardly any run before has kept.
            review = (today + timedelta(days=1 + randbelow(360))).isoformat()
            sent = {"show": "1", "diary": "1", "edition": "standard", "next_review": review}
            sent |= {"form_token": str(uuid4())}
            address = f"/handouts/new/{codes[number % len(codes)]}/"
            try:
                answer = visitor.ask(address, sent, htmx=True)
                # A page that says why there is no paper took less work than one.
                status = answer.status if 'class="sheets"' in answer.body else 0
            except OSError:
                status = 0
            spent = time.monotonic() - due
            drawn.append(Told(kind="paper", status=status, late_s=spent))
            stop.wait(max(PAPERS_EACH_S - spent, 0))

    print(f"\nX2 {RATES[0]:g} a second for {SECONDS:g} s, alone:")
    alone = said(paced(desks[:-1], RATES[0], SECONDS))
    drawing = threading.Thread(target=draw)
    drawing.start()
    told = paced(desks[:-1], RATES[0], SECONDS)
    stop.set()
    drawing.join()
    print(f"X2 with a paper every {PAPERS_EACH_S:g} s:")
    said(told, beside=alone)
    said(drawn)
    return failed(told) + failed(drawn)


def everybody_signs_in(practice: Practice, port: int, root: int) -> int:
    """X3: a hundred people within a minute, from addresses of their own."""
    with psycopg.connect(practice.owner_url) as connection:
        emails = [
            email
            for (email,) in connection.execute(
                "SELECT email FROM patients_user WHERE email LIKE 'clinician-%' ORDER BY id"
            ).fetchall()
        ]
    told: list[Told] = []
    before_mb = resident_mb(root)

    def sign_in(number: int) -> None:
        visitor = Visitor(port, come_from=f"127.0.1.{1 + number % 200}")
        due = time.monotonic()
        try:
            visitor.ask("/accounts/login/")
            sent = {"login": emails[number % len(emails)], "password": PASSWORD}
            status = visitor.ask("/accounts/login/", sent).status
            # The page again with an error is 200: not signed in.
            status = 0 if status == 200 else status
        except OSError:
            status = 0
        spent = time.monotonic() - due
        told.append(Told(kind="sign in", status=status, late_s=spent))
        visitor.leave()

    people = [threading.Thread(target=sign_in, args=(number,)) for number in range(SIGN_INS)]
    most_mb = before_mb
    for each in people:
        each.start()
        time.sleep(60 / SIGN_INS)
        most_mb = max(most_mb, resident_mb(root))
    for each in people:
        each.join()
    print(f"\nX3 {SIGN_INS} people sign in within 60 s:")
    said(told)
    print(f"  memory of the web processes {before_mb:.0f} MB before, {most_mb:.0f} MB at the most")
    return failed(told)


def too_much(practice: Practice, desks: list[Desk], calm: Callable[[], float]) -> int:
    """X5: a crowd that asks without a pause; then how long until a page is as quick as before."""
    before = calm()
    told: list[Told] = []
    end = time.monotonic() + SECONDS
    session = kinds()

    def press(desk: Desk, number: int) -> None:
        turn = number
        while time.monotonic() < end:
            ask(desk, *session[turn % len(session)], turn * 7, time.monotonic(), told)
            turn += 1

    crowd = [
        threading.Thread(target=press, args=(desk, number)) for number, desk in enumerate(desks)
    ]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    over = time.monotonic()
    while calm() > 2 * before and time.monotonic() < over + 60:
        pass
    back_s = time.monotonic() - over
    acknowledged, gone = lost(practice, told)
    turned = sorted(each.late_s for each in told if each.status == 503)
    well = [each for each in told if each.status != 503]
    print(f"\nX5 {len(desks)} ask without a pause for {SECONDS:g} s, {len(told)} requests:")
    said(well)
    if turned:
        of = quantiles(turned, n=20, method="inclusive") if len(turned) > 1 else turned * 19
        print(
            f"  turned away politely {len(turned)}, after {median(turned):.2f} s in the middle,"
            f" {of[18]:.2f} s at 95 %"
        )
    print(
        f"  as quick as twice the calm page ({before * 1000:.0f} ms) {back_s:.1f} s after the end;"
        f" of {acknowledged} sessions acknowledged {gone} are not in the database"
    )
    return failed(told, fine=(503,)) + gone


def main() -> int:
    """All parts, one after the other; 0 when nothing failed that should not have."""
    with ExitStack() as stack:
        practice = practice_of(SIZE)
        stack.callback(forget, practice)
        port, root = stack.enter_context(
            served(practice, workers=WORKERS, threads=THREADS, papers=1, log=LOG)
        )
        records = records_of(practice)
        physio, lead = Visitor(port), Visitor(port)
        physio.sign_in("physio@upwell.invalid")
        lead.sign_in("lead@upwell.invalid")

        def desk() -> Desk:
            # The same sign-in at many desks: a connection each.
            return Desk(
                practice=practice,
                physio=Visitor(port, cookies=dict(physio.cookies)),
                lead=Visitor(port, cookies=dict(lead.cookies)),
                records=records,
            )

        def calm() -> float:
            return median(one(physio) for _ in range(5))

        def one(visitor: Visitor) -> float:
            answer: Answer = visitor.ask("/")
            return answer.milliseconds / 1000 if answer.status == 200 else 60.0

        print(
            f"A practice of {SIZE}; {WORKERS} web processes of {THREADS} threads;"
            f" load of this machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors."
        )
        # Each process meets each page once before anything is timed.
        paced([desk() for _ in range(8)], 4, 10)
        wrong = 0
        if "X1" in PARTS:
            wrong += busy([desk() for _ in range(VISITORS)])
        if "X2" in PARTS:
            wrong += beside_papers([desk() for _ in range(VISITORS)], practice, records)
        if "X3" in PARTS:
            wrong += everybody_signs_in(practice, port, root)
        if "X5" in PARTS:
            wrong += too_much(practice, [desk() for _ in range(CROWD)], calm)
    print(f"\n{wrong} failed.")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
