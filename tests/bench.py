"""What `make bench` prints: how the work grows. Ratios within one run; nothing here fails.

Absolute times say nothing on a machine that does other things too.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from statistics import median
from time import perf_counter
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.rules.terms import Cortisone, Location, Phase, Stage
from patients.models import Episode
from patients.rules.roles import Role
from patients.rules.terms import Side
from programmes.actions import begin_draft, edit_draft
from programmes.models import Session
from programmes.rules.edits import Desk, Paste, SetCells, edited
from programmes.rules.fill import Owned
from programmes.rules.library import EXERCISES
from programmes.rules.plan import EMPTY, Plan, flat, from_flat, patch_between
from programmes.rules.safety import PlanTendon, checked
from tests import make

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
