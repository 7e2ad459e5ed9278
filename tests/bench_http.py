"""What `make bench` prints of whole pages: gunicorn, Postgres, and practices of several sizes.

Each page is asked of every size by turns within one run, so that a busy machine is as busy for all,
and told as a ratio to the smallest practice and to a page that asks no database. At each size the
pages are those of the same stories: what differs is what lies around them. Nothing here fails.

``UPWELL_BENCH_SIZES`` names the sizes in clinicians (1,50,1000 unless given; growing the largest
takes some minutes and 20 GB once), ``UPWELL_BENCH_ROUNDS`` how often each page is asked.
"""

import os
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psycopg

from tests.practices import Answer, Practice, Visitor, practice_of, served, value_of

SIZES = [int(each) for each in os.environ.get("UPWELL_BENCH_SIZES", "1,50,1000").split(",")]
ROUNDS = int(os.environ.get("UPWELL_BENCH_ROUNDS", "30"))
WARM_UP = 3
NOTE = "Logged by the bench."
# Stories with this many sessions at least, of this many clinicians.
LEAST_SESSIONS = 9
CLINICIANS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One patient with an open episode, by the codes in addresses."""

    patient: str
    episode: str
    session: str
    assessment: str
    family: str
    given: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A practice that is served, two people signed in, and the records they open in turn."""

    practice: Practice
    physio: Visitor
    lead: Visitor
    records: list[Record]

    def record(self, turn: int) -> Record:
        """The record of this turn: the same story at every size."""
        return self.records[turn % len(self.records)]


RECORDS = """
SELECT patient.code::text, episode.code::text,
    (
        SELECT code::text FROM programmes_session WHERE programme_id = programme.id
        ORDER BY happened_on DESC LIMIT 1
    ),
    (
        SELECT code::text FROM assessments_assessment AS made
        WHERE made.episode_id = episode.id AND status = 'signed' ORDER BY id LIMIT 1
    ),
    patient.family_name, patient.given_name, episode.clinician_id
FROM patients_episode AS episode
JOIN patients_patient AS patient ON patient.id = episode.patient_id
JOIN programmes_programme AS programme ON programme.episode_id = episode.id
WHERE episode.closed_on IS NULL AND programme.current_step_id IS NOT NULL
    AND (episode.id < 100 OR episode.clinician_id = ANY(%s))
    AND (SELECT count(*) FROM programmes_session WHERE programme_id = programme.id) >= %s
    AND NOT EXISTS (
        SELECT FROM assessments_lock AS held
        WHERE held.episode_id = episode.id AND held.cleared_at IS NULL
    )
ORDER BY episode.id
"""


def records_of(practice: Practice) -> list[Record]:
    """The same stories one after the other, each time of another clinician."""
    with psycopg.connect(practice.owner_url) as connection:
        others = connection.execute(
            "SELECT id FROM patients_user WHERE email LIKE 'clinician-%%' ORDER BY md5(email)"
            " LIMIT %s",
            [CLINICIANS],
        ).fetchall()
        keys = [key for (key,) in others]
        rows = connection.execute(RECORDS.encode(), [keys, LEAST_SESSIONS]).fetchall()
    stories: dict[int, list[Record]] = defaultdict(list)
    for *codes, owner in rows:
        patient, episode, session, assessment, family, given = codes
        record = Record(
            patient=patient,
            episode=episode,
            session=session,
            assessment=assessment,
            family=family,
            given=given,
        )
        stories[owner if owner in keys else 0].append(record)
    # The stories of the demo have several clinicians and their copies one, in the same order.
    told = [stories[key] for key in (keys or [0])]
    number = min(map(len, told))
    return [told[turn % len(told)][turn % number] for turn in range(number * len(told))]


Page = Callable[[Desk, int], Answer]


def of_episode(end: str = "", *, lead: bool = False) -> Page:
    """A page below an episode."""
    return lambda desk, turn: (desk.lead if lead else desk.physio).ask(
        f"/episodes/{desk.record(turn).episode}/{end}"
    )


def plain(address: str, *, lead: bool = False) -> Page:
    """A page that is the same for every record."""
    return lambda desk, turn: (desk.lead if lead else desk.physio).ask(address)


def log_a_session(desk: Desk, turn: int) -> Answer:
    """The post of a session; the form is asked before it and not counted."""
    address = f"/episodes/{desk.record(turn).episode}/sessions/new/"
    opened = desk.physio.ask(address)
    if opened.status != 200:
        return opened
    form = opened.body
    token = value_of(form, "form_token")
    sent = {
        "pain_before": "1",
        "pain_during": "2",
        "pain_after": "1",
        "happened_on": value_of(form, "happened_on"),
        "source": "clinic",
        "completed_pct": "100",
        "note": NOTE,
        "form_token": token,
        "another": token,
        "step": value_of(form, "step"),
    }
    return desk.physio.ask(address, sent)


PAGES: dict[str, Page] = {
    "health (bare)": plain("/healthz"),
    "login page": lambda desk, turn: Visitor(desk.physio.port).ask("/accounts/login/"),
    "day's list, mine": plain("/"),
    "day's list, everybody's": plain("/?show=all"),
    "patients, the list": plain("/patients/"),
    "search in the top bar": lambda desk, turn: desk.physio.ask(
        "/patients/search/", {"q": desk.record(turn).family[:4]}
    ),
    "search, two letters": lambda desk, turn: desk.physio.ask(
        "/patients/search/", {"q": ("ha", "wo", "ma", "el")[turn % 4]}
    ),
    "search, inside a name": lambda desk, turn: desk.physio.ask(
        "/patients/search/", {"q": ("ord", "bank", "ela", "wood")[turn % 4]}
    ),
    "search in the list": lambda desk, turn: desk.physio.ask(
        "/patients/", {"q": f"{desk.record(turn).family} {desk.record(turn).given}"}
    ),
    "patient": lambda desk, turn: desk.physio.ask(f"/patients/{desk.record(turn).patient}/"),
    "overview and story": of_episode(),
    "assessment": lambda desk, turn: desk.physio.ask(
        f"/assessments/{desk.record(turn).assessment}/"
    ),
    "plan": of_episode("programme/"),
    "plan editor": of_episode("programme/edit/", lead=True),
    "session, the form": of_episode("sessions/new/"),
    "session, posted": log_a_session,
    "session, as logged": lambda desk, turn: desk.physio.ask(
        f"/sessions/{desk.record(turn).session}/"
    ),
    "outcomes": of_episode("outcomes/"),
    "training load": of_episode("load/"),
    "running": of_episode("running/"),
    "audit": plain("/practice/audit/", lead=True),
    "history of a patient": lambda desk, turn: desk.lead.ask(
        f"/patients/{desk.record(turn).patient}/history/"
    ),
    "outcomes of the practice": plain("/practice/outcomes/", lead=True),
}
BARE = "health (bare)"


def main() -> None:
    """Ask all pages of all sizes by turns, and print the table."""
    wanted = os.environ.get("UPWELL_BENCH_PAGES", "")
    pages = {name: page for name, page in PAGES.items() if wanted in name or name == BARE}
    taken: dict[tuple[str, int], list[float]] = defaultdict(list)
    queries: dict[tuple[str, int], int] = defaultdict(int)
    wrong: dict[tuple[str, int], int] = {}
    busy = os.getloadavg()[0]
    with ExitStack() as stack:
        desks = []
        for size in SIZES:
            practice = practice_of(size)
            stack.callback(forget, practice)
            port, _ = stack.enter_context(served(practice))
            people = Visitor(port), Visitor(port)
            for visitor, email in zip(people, ("physio", "lead"), strict=True):
                visitor.sign_in(f"{email}@upwell.invalid")
            desks.append(
                Desk(
                    practice=practice,
                    physio=people[0],
                    lead=people[1],
                    records=records_of(practice),
                )
            )
        for turn in range(-WARM_UP, ROUNDS):
            for name, page in pages.items():
                for desk in desks:
                    answer = page(desk, turn)
                    key = name, desk.practice.clinicians
                    if answer.status not in (200, 302):
                        wrong[key] = answer.status
                    elif turn >= 0:
                        taken[key].append(answer.milliseconds)
                        queries[key] = max(queries[key], answer.queries)
    show(pages, taken, queries, wrong, (busy, os.getloadavg()[0]))


def show(
    pages: dict[str, Page],
    taken: dict[tuple[str, int], list[float]],
    queries: dict[tuple[str, int], int],
    wrong: dict[tuple[str, int], int],
    busy: tuple[float, float],
) -> None:
    """Print medians with the 95th percentile, and their ratios."""
    smallest = min(SIZES)
    print(
        f"\nPages at {', '.join(map(str, SIZES))} clinicians, {ROUNDS} times each by turns;"
        f" load of this machine {busy[0]:.1f} to {busy[1]:.1f} on {os.cpu_count()} processors."
        "\nMilliseconds: median / 95th percentile; x: median to that of the smallest practice;"
        " bare: to a page without a database."
    )
    head = "".join(f"{f'{size} clinicians':>26}" for size in SIZES)
    print(f"{'':26}{'queries':>8}{head}{'bare':>7}")
    for name in pages:
        cells = []
        bad = {size: wrong[name, size] for size in SIZES if (name, size) in wrong}
        if bad:
            print(f"{name:26}  answered {bad}")
            continue
        base = median(taken[name, smallest])
        for size in SIZES:
            times = taken[name, size]
            ratio = f"x {median(times) / base:.2f}"
            late = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
            cells.append(f"{f'{median(times):.1f} / {late:.1f}  {ratio}':>26}")
        asked = max(queries[name, size] for size in SIZES)
        bare = median(taken[name, SIZES[-1]]) / median(taken[BARE, SIZES[-1]])
        print(f"{name:26}{asked:>8}{''.join(cells)}{bare:>7.1f}")


def forget(practice: Practice) -> None:
    """Take back the sessions that were logged: the next run finds the practice as it was."""
    # By the few accounts of the demo, so that an index finds them.
    logged = (
        "(SELECT id FROM programmes_session WHERE note = %s AND logged_by_id ="
        " (SELECT id FROM patients_user WHERE email = 'physio@upwell.invalid'))"
    )
    with psycopg.connect(practice.owner_url) as connection:
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, column in (
            ("programmes_sessionevent", "pgh_obj_id"),
            ("programmes_session", "id"),
        ):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
            connection.execute(f"DELETE FROM {table} WHERE {column} IN {logged}".encode(), [NOTE])
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())


if __name__ == "__main__":
    main()
