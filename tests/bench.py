"""What `make bench` prints: how the work grows. Ratios within one run; nothing here fails.

Absolute times say nothing on a machine that does other things too.
"""

import gc
import random
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from threading import Event, Thread
from time import perf_counter
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserType, Page, Route

from assessments.rules.terms import Cortisone, Location, Phase, Stage
from patients.models import Episode
from patients.rules.roles import Role
from patients.rules.terms import Side
from programmes.actions import begin_draft, edit_draft, order_for, print_handout
from programmes.actions.ahead import make_usual
from programmes.handout import html_of, qr_code, sheet_of
from programmes.models import Session, Version
from programmes.rules.edits import Desk, Paste, SetCells, edited
from programmes.rules.fill import Owned
from programmes.rules.library import EXERCISES
from programmes.rules.papercode import new_code
from programmes.rules.plan import EMPTY, Plan, flat, from_flat, patch_between
from programmes.rules.safety import PlanTendon, checked
from programmes.selectors.papers import usual_options
from tests import make
from tests.test_press import BOMBS
from tests.test_press import page as plain_page
from upwell import pdf
from upwell.press.pool import Pool
from upwell.press.quick import unhurried

numbers = count(1)
DESK = Desk(catalogue=EXERCISES, side=Side.LEFT, owned=Owned(), new_id=lambda: f"n{next(numbers)}")
TENDON = PlanTendon(
    phase=Phase.DEGENERATIVE, location=Location.MIDPORTION, cortisone=Cortisone.NONE
)
TIMES = 20


def block(stage: Stage, steps: int, rows: int) -> Paste:
    running = stage in (Stage.RUN_WALK, Stage.FULL_RETURN)
    names = [each.name for each in EXERCISES.values()][:rows]
    dose = "3x(9w/1r) 3/wk" if running else "3x15 2-0-2 3/wk L"
    lines = tuple((name, *[dose] * steps) for name in names)
    return Paste(stage=stage, row=None, column=None, lines=lines)


def plan_of(steps: int, rows: int) -> Plan:
    plan = EMPTY
    for stage in Stage:
        plan = edited(plan, block(stage, steps, rows), DESK)
    return plan


def milliseconds(work: Callable[..., object], *given: object) -> float:
    taken = []
    for _ in range(TIMES):
        start = perf_counter()
        work(*given)
        taken.append((perf_counter() - start) * 1000)
    return median(taken)


def test_rules_of_a_plan() -> None:
    small, large = plan_of(5, 3), plan_of(10, 6)
    print(f"\nPlans of {len(small.cells)} and {len(large.cells)} cells, times as a ratio:")
    for name, work in (
        ("read from JSON", lambda plan: from_flat(flat(plan))),
        ("every cell graded", lambda plan: checked(plan, TENDON, DESK)),
        (
            "one cell edited",
            lambda plan: patch_between(
                flat(plan),
                flat(
                    edited(
                        plan,
                        SetCells(cells=((plan.rows[0].id, plan.columns[0].id, "4x8RM"),)),
                        DESK,
                    )
                ),
            ),
        ),
    ):
        few, many = milliseconds(work, small), milliseconds(work, large)
        print(f"  {name}: {many / few:.1f} ({many:.2f} ms for the larger)")


@pytest.mark.django_db
def test_one_cell_through_the_page() -> None:
    by = make.make_user(Role.EXERCISE_PHYSIOLOGIST)
    episode = make.make_episode(by=by)
    make.make_signed_assessment(episode, by=by)
    today = timezone.localdate()
    draft = begin_draft(episode, source="blank", on=today, by=by)
    for stage in Stage:
        answer = edit_draft(
            draft, edit=block(stage, 10, 6), known=draft.revision, token=uuid4(), by=by
        )
        draft = answer.draft
    client = Client()
    client.force_login(by)
    to = reverse("programmes:edit", args=[episode.code])
    page = client.get(to)
    dice = random.Random(1)
    sizes, queries = [], []

    def one_cell() -> None:
        draft.refresh_from_db()
        plan = from_flat(draft.plan)
        row = dice.choice(plan.rows_of(Stage.ISOTONIC)).id
        column = dice.choice(plan.columns_of(Stage.ISOTONIC)).id
        sent = {
            "op": "set",
            "edit": f'{{"cells": [["{row}", "{column}", "{dice.randrange(2, 9)}x12"]]}}',
            "known": draft.revision,
            "token": str(uuid4()),
            "step": column,
        }
        with CaptureQueriesContext(connection) as caught:
            answer = client.post(to, sent, headers={"HX-Request": "true"})
        sizes.append(len(answer.content))
        queries.append(len(caught))

    whole, cell = milliseconds(lambda: client.get(to)), milliseconds(one_cell)
    print(f"\nA plan of {len(from_flat(draft.plan).cells)} cells in the editor:")
    print(f"  one cell: {max(queries)} queries at most, {max(sizes)} bytes at most")
    print(f"  the whole page: {len(page.content)} bytes")
    print(f"  time of a cell to that of the page: {cell / whole:.2f} ({cell:.0f} ms)")


@pytest.mark.django_db
def test_the_days_list_at_ten_times_the_history() -> None:
    by = make.make_user(Role.PHYSIOTHERAPIST)
    today = timezone.localdate()
    programmes = [
        make.make_programme(
            make.make_episode(make.make_patient(by=by, family_name=f"Open{number}"), by=by), by=by
        )
        for number in range(5)
    ]
    first = [make.make_session(programme, by=by) for programme in programmes]
    client = Client()
    client.force_login(by)
    client.get("/")

    def add(count: int) -> None:
        """So many sessions of each open episode, and as many closed episodes."""
        for session in first:
            told = {
                field.attname: getattr(session, field.attname)
                for field in Session._meta.concrete_fields
                if field.name not in {"id", "code", "form_token", "happened_on"}
            }
            Session.objects.bulk_create(
                Session(**told, form_token=uuid4(), happened_on=today - timedelta(days=1 + day))
                for day in range(count)
            )
        closed = {"closed_on": today, "closed_by": by, "outcome": "returned"}
        people = {"opened_by": by, "clinician": by, "patient": programmes[0].episode.patient}
        Episode.objects.bulk_create(
            Episode(side="left", opened_on=make.DAY, **people, **closed) for _ in range(count)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE programmes_session, patients_episode")

    add(200)
    short = milliseconds(lambda: client.get("/"))
    add(1800)
    long = milliseconds(lambda: client.get("/"))
    print(
        f"\nThe day's list at ten times the history: {long / short:.2f} of its time ({long:.0f} ms)"
    )


def usual_paper(stage: Stage = Stage.ISOTONIC) -> tuple[Version, dict[str, object], str]:
    """A version at the stage's first step, the options of its usual paper, and that as HTML."""
    programme = make.make_programme(make.make_episode(), at=(stage, 1))
    version = Version.objects.in_force(programme)
    assert version is not None
    options = usual_options(programme.episode.patient)
    order = order_for(version, options=options, today=timezone.localdate())
    return version, options, html_of(sheet_of(order, (new_code(),)))


@contextmanager
def pool_of(workers: int) -> Iterator[Pool]:
    """Workers with the limits of a practice."""
    pool = Pool(pdf._roots(), workers=workers, waiting=12, seconds=18.0, processor_seconds=15)
    pool.ask({"do": "pdf"}, plain_page().encode())
    try:
        yield pool
    finally:
        pool.close()


PRINTED: Any = {"tagged": True, "prefer_css_page_size": True}
# The shell prints faster: it draws no window.
BROWSERS = {"chromium": "the browser", "chromium-headless-shell": "the browser's shell"}


@contextmanager
def printing(kind: BrowserType, program: str, html: str) -> Iterator[Page]:
    """The document in this browser, with our static files as the press reads them."""

    def served(route: Route) -> None:
        path = route.request.url.removeprefix("http://paper.invalid/")
        found = pdf.local_file(f"upwell:{path}")
        route.fulfill(path=found) if found else route.fulfill(
            body=html.replace("upwell:", "http://paper.invalid/"), content_type="text/html"
        )

    browser = kind.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
    try:
        page = browser.new_page()
        page.route("**/*", served)
        page.goto("http://paper.invalid/")
        yield page
    finally:
        browser.close()


@pytest.mark.django_db
@pytest.mark.parametrize("stage", [Stage.ISOMETRIC, Stage.ISOTONIC])
def test_a_paper_against_a_browsers(browser_type: BrowserType, stage: Stage) -> None:
    """One after the other by turns, so that a busy machine is as busy for all.

    Each paper of ours is somebody else's, with another code; the browser prints the same again.
    """
    html = usual_paper(stage)[2]
    code = re.search(r"paper code (\w{4} \w{4})", html)
    assert code
    squares = qr_code(code[1].replace(" ", "")).path
    assert squares in html

    def of_somebody() -> str:
        other = new_code()
        paper = html.replace(code[1], f"{other[:4]} {other[4:]}")
        return paper.replace(squares, qr_code(other).path).replace("Alex", f"Ann{next(numbers)}")

    ours: list[float] = []
    behind: list[float] = []
    plain: list[float] = []
    with ExitStack() as stack:
        pool = stack.enter_context(pool_of(1))
        pages = {
            said: stack.enter_context(printing(browser_type, program, html))
            for name, said in BROWSERS.items()
            if (program := shutil.which(name))
        }
        theirs: dict[str, list[float]] = {said: [] for said in pages}
        paper = pdf.html_to_pdf(html)
        # As in a worker, where rubbish is collected between papers.
        gc.collect()
        gc.disable()
        for _ in range(TIMES):
            mine, another = of_somebody(), of_somebody()
            works: list[tuple[list[float], Callable[[], object]]] = [
                (ours, partial(pdf.html_to_pdf, mine)),
                (behind, partial(pool.ask, {"do": "pdf"}, another.encode())),
                *((theirs[said], partial(each.pdf, **PRINTED)) for said, each in pages.items()),
            ]
            for taken, work in works:
                begun = perf_counter()
                work()
                taken.append((perf_counter() - begun) * 1000)
            with unhurried():
                begun = perf_counter()
                pdf.html_to_pdf(mine)
                plain.append((perf_counter() - begun) * 1000)
    gc.enable()
    print(f"\nThe {stage.value} paper, {pdf.page_count(paper)} pages, {len(paper)} bytes:")
    print(
        f"  drawn in {median(ours):.0f} ms ({min(ours):.0f} the fastest), by a worker in"
        f" {median(behind):.0f}, {median(ours) / median(plain):.2f} of WeasyPrint's own time"
    )
    for said, taken in theirs.items():
        print(
            f"  against {said}'s warm print: {median(ours) / median(taken):.1f}, by a worker"
            f" {median(behind) / median(taken):.1f}, the fastest of each"
            f" {min(ours) / min(taken):.1f} ({min(taken):.0f} ms)"
        )


@pytest.mark.django_db
def test_a_click_on_print() -> None:
    """With the paper made ready when the plan was issued: no more than a small page."""
    version, options, _ = usual_paper()
    by = make.make_user(Role.PHYSIOTHERAPIST)
    client = Client()
    client.force_login(by)
    today = timezone.localdate()
    client.get("/")
    ready, asked = [], []
    for _ in range(TIMES):
        make_usual(version.programme_id)
        begun = perf_counter()
        paper = print_handout(version, options=options, form_token=uuid4(), today=today, by=by)
        answer = client.get(reverse("programmes:handout", args=[paper.code]))
        ready.append((perf_counter() - begun) * 1000)
        assert answer.content.startswith(b"%PDF")
        begun = perf_counter()
        client.get("/")
        asked.append((perf_counter() - begun) * 1000)
    click, page_time = median(ready), median(asked)
    print("\nPrinting a paper that was made ready, its PDF included:")
    print(f"  against the day's list: {click / page_time:.1f} ({click:.0f} ms)")


@pytest.mark.django_db
def test_pages_while_ten_papers_are_drawn() -> None:
    """Ten different papers at once, one worker, and somebody else opening a page meanwhile."""
    html = usual_paper()[2]
    client = Client()
    client.force_login(make.make_user(Role.PHYSIOTHERAPIST))
    client.get("/")

    def pages(until: Event) -> list[float]:
        taken: list[float] = []
        while not until.is_set() or len(taken) < 3 * TIMES:
            begun = perf_counter()
            client.get("/")
            taken.append((perf_counter() - begun) * 1000)
        return taken

    over = Event()
    over.set()
    alone = pages(over)
    drawn: list[float] = []
    done = Event()
    with pool_of(1) as pool:

        def draw(number: int) -> None:
            begun = perf_counter()
            pool.ask({"do": "pdf"}, html.replace("Your Achilles", f"Plan {number}").encode())
            drawn.append(perf_counter() - begun)
            if len(drawn) == 10:
                done.set()

        threads = [Thread(target=draw, args=(number,)) for number in range(10)]
        for thread in threads:
            thread.start()
        beside = pages(done)
        for thread in threads:
            thread.join()
    late, usual = quantiles(beside, n=20)[-1], quantiles(alone, n=20)[-1]
    print("\nTen different papers at once:")
    print(f"  the last came after {max(drawn):.1f} s, {median(drawn):.1f} s in the middle")
    print(f"  other pages meanwhile: {median(beside) / median(alone):.2f} of their time")
    print(f"  one page in twenty: {late / usual:.2f} ({late:.0f} ms)")


STARTED_MB = 50
HOSTILE = {
    "50,000 rows": plain_page("<table>" + "<tr><td>1<td>2" * 50_000 + "</table>"),
    "200,000 letters in one word": plain_page("<p>" + "x" * 200_000),
    "Arabic of 200,000 letters": plain_page("<p>" + "\u0645\u0631\u062d\u0628\u0627 " * 33_000),
    **{name: html for name, (html, _) in BOMBS.items()},
}


def test_hostile_documents() -> None:
    """Each with the limits of a practice: how it ends, after how long, and with how much memory."""
    print("\nHostile documents:")
    with pool_of(1) as pool:
        for name, html in HOSTILE.items():
            begun = perf_counter()
            try:
                ended = f"{len(pool.ask({'do': 'pdf'}, html.encode())[1])} bytes"
            except pdf.Unprintable as refused:
                ended = re.split(r"[.,]", str(refused))[0]
            (worker,) = pool.workers()
            status = Path(f"/proc/{worker.pid}/status").read_text()
            most = re.search(r"VmHWM:\s+(\d+)", status)
            used = int(most[1]) // 1024 if most else 0
            # A worker that ended has a successor, which has done nothing yet.
            memory = f"{used} MB" if used > STARTED_MB else "its worker was replaced"
            print(f"  {name}: {perf_counter() - begun:.1f} s, {ended}, {memory}")
