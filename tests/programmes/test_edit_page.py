"""The plan editor's page: begun, edited in every way, answered in parts, and issued."""

import html
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.rules.terms import Stage
from patients.models import Episode, User
from patients.rules.roles import Role
from programmes import actions
from programmes.models import Draft, Version
from programmes.rules.edits import NameColumn, SetCells
from programmes.rules.library import BUILT_IN, EXERCISES
from programmes.rules.plan import Plan, from_flat
from programmes.rules.safety import RUNNING_STAGES
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor_user() -> User:
    return make.make_user(Role.EXERCISE_PHYSIOLOGIST)


@pytest.fixture
def episode() -> Episode:
    episode = make.make_episode()
    make.make_signed_assessment(episode)
    return episode


@pytest.fixture
def desk(client: Client, editor_user: User) -> Client:
    client.force_login(editor_user)
    return client


def address(episode: Episode) -> str:
    return reverse("programmes:edit", args=[episode.code])


def begin(episode: Episode, by: User, source: str = "protocol:HSR") -> Draft:
    return actions.begin_draft(episode, source=source, on=make.DAY, by=by)


def plan_of(draft: Draft) -> Plan:
    draft.refresh_from_db()
    return from_flat(draft.plan)


def send(client: Client, draft: Draft, op: str, edit: object, **more: Any) -> Any:
    """One edit as the page's script sends it."""
    draft_now = Draft.objects.get(pk=draft.pk)
    values = {
        "op": op,
        "edit": json.dumps(edit),
        "known": draft_now.revision,
        "token": str(uuid4()),
        **more,
    }
    headers = {"HX-Request": "true"}
    return client.post(address(draft.episode), values, headers=headers)


def send_known(client: Client, to: str, op: str, edit: object, known: int, step: str = "") -> Any:
    """One edit by a page that knows every edit so far, without a query of the test's own."""
    values = {
        "op": op,
        "edit": json.dumps(edit),
        "known": known,
        "token": str(uuid4()),
        "step": step,
    }
    return client.post(to, values, headers={"HX-Request": "true"})


def test_without_a_draft_the_page_offers_every_way_to_begin(desk: Client, episode: Episode) -> None:
    text = desk.get(address(episode)).content.decode()
    for name in (
        "As proposed for this tendon",
        "Blank page",
        "Heavy slow resistance",
        "Jumping and hopping",
    ):
        assert name in text


def test_beginning_from_a_protocol_opens_the_table(desk: Client, episode: Episode) -> None:
    response = desk.post(address(episode), {"op": "begin", "source": "protocol:HSR"}, follow=True)
    text = response.content.decode()
    assert "Plan, being edited" in text
    assert "3x15RM" in text


def test_an_answer_to_one_cell_holds_its_parts_and_stays_small(
    desk: Client,
    episode: Episode,
    editor_user: User,
    django_assert_max_num_queries: Any,
) -> None:
    draft = begin(episode, editor_user, "blank")
    for stage in Stage:
        keys = [each.key for each in BUILT_IN if each.stage is stage][:6]
        others = [each.key for each in BUILT_IN if each.key not in keys][: 6 - len(keys)]
        names = [EXERCISES[key].name for key in (*keys, *others)]
        dose = "3x(9w/1r) 3/wk" if stage in RUNNING_STAGES else "3x15"
        lines = [[name, *[dose] * 10] for name in names]
        assert send(desk, draft, "paste", {"stage": stage, "lines": lines}).status_code < 500
    plan = plan_of(draft)
    assert (len(plan.columns), len(plan.rows), len(plan.cells)) == (50, 30, 300)
    row, column = plan.rows_of(Stage.ISOTONIC)[2], plan.columns_of(Stage.ISOTONIC)[4]
    to, edit = address(episode), {"cells": [[row.id, column.id, "4x8RM"]]}
    # Those of the request's own savepoint and the edit's are counted too.
    with django_assert_max_num_queries(15):
        response = send_known(desk, to, "set", edit, draft.revision, column.id)
    assert response.status_code == 200
    assert len(response.content) <= 20_000
    text = response.content.decode()
    for part in ("state", "turns", "stands", f"cell-{row.id}-{column.id}", f"safety-{row.id}"):
        assert f'id="{part}"' in text
    assert f'id="week-{column.id}"' in text
    assert "4x8RM" in text
    assert 'id="grid"' not in text


def test_the_number_of_queries_does_not_grow_with_the_plan(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)

    def queries() -> int:
        plan = plan_of(draft)
        row = plan.rows_of(Stage.ISOTONIC)[0].id
        column = plan.columns_of(Stage.ISOTONIC)[0].id
        text = "4x8RM" if plan.cells[row, column].startswith("4x7") else "4x7RM"
        with CaptureQueriesContext(connection) as caught:
            send_known(desk, to, "set", {"cells": [[row, column, text]]}, draft.revision)
        return len(caught)

    to = address(episode)
    # The first request of a session writes when it began.
    desk.get(to)
    before = queries()
    for source in ("protocol:ISO", "protocol:PLYO", "protocol:RUN", "protocol:FULL"):
        send(desk, draft, "add_plan", {"source": source, "mode": "append"})
    assert len(plan_of(draft).columns) > 20
    assert queries() == before


def test_a_cell_that_cant_be_read_is_kept_and_says_what_was_understood(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    plan = plan_of(draft)
    row, column = plan.rows[0].id, plan.columns[0].id
    response = send(desk, draft, "set", {"cells": [[row, column, "4x10 70"]]})
    assert response.status_code == 422
    text = response.content.decode()
    assert "could be a weight, an effort or a rest" in text
    assert "Understood: 4 sets of 10" in text
    assert 'aria-invalid="true"' in text
    assert f'aria-describedby="says-{row}-{column}"' in text
    assert "1 cell can’t be read" in text
    assert plan_of(draft).cells[row, column] == "4x10 70"


def test_two_values_of_one_cell_are_both_shown_and_neither_is_lost(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    lead = make.make_user(Role.PRACTICE_LEAD)
    plan = plan_of(draft)
    row, column, other = plan.rows[0].id, plan.columns[0].id, plan.columns[1].id
    theirs = SetCells(cells=((row, column, "3x12RM"),))
    actions.edit_draft(draft, edit=theirs, known=0, token=uuid4(), by=lead)
    mine = {"cells": [[row, column, "3x11RM"], [row, other, "3x9RM"]]}
    response = send(desk, draft, "set", mine, known=0)
    assert response.status_code == 409
    text = response.content.decode()
    assert "Leo Lead" in text
    assert "3x12RM" in text
    assert "3x11RM" in text
    assert "Keep theirs" in text
    cells = plan_of(draft).cells
    assert cells[row, column].startswith("3x12RM")
    assert cells[row, other].startswith("3x9RM"), "what nobody else touched is stored"
    again = json.loads(html.unescape(text.split('name="edit" value="')[1].split('"')[0]))
    assert send(desk, draft, "set", again).status_code == 200
    assert plan_of(draft).cells[row, column].startswith("3x11RM")


def test_others_cells_come_with_the_answer(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    lead = make.make_user(Role.PRACTICE_LEAD)
    plan = plan_of(draft)
    row, column, other = plan.rows[0].id, plan.columns[0].id, plan.columns[1].id
    theirs = SetCells(cells=((row, column, "3x12RM"),))
    actions.edit_draft(draft, edit=theirs, known=0, token=uuid4(), by=lead)
    response = send(desk, draft, "set", {"cells": [[row, other, "3x9RM"]]}, known=0)
    assert response.status_code == 200
    assert f'id="cell-{row}-{column}"' in response.content.decode()


def test_a_clash_over_the_name_of_a_step_shows_both(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    lead = make.make_user(Role.PRACTICE_LEAD)
    column = plan_of(draft).columns[0].id
    theirs = NameColumn(column=column, title="Lighter week", weeks="1")
    actions.edit_draft(draft, edit=theirs, known=0, token=uuid4(), by=lead)
    mine = {"column": column, "title": "Heavy week", "weeks": "1", "least": 3}
    response = send(desk, draft, "name_column", mine, known=0)
    assert response.status_code == 409
    text = response.content.decode()
    assert "Lighter week" in text
    assert "Heavy week" in text


def test_the_same_edit_sent_twice_is_one(desk: Client, episode: Episode, editor_user: User) -> None:
    draft = begin(episode, editor_user)
    plan = plan_of(draft)
    edit = {"cells": [[plan.rows[0].id, plan.columns[0].id, "3x9RM"]]}
    token = str(uuid4())
    for _ in range(2):
        assert send(desk, draft, "set", edit, token=token, known=0).status_code == 200
    assert draft.edits.count() == 1


Made = Callable[[Plan], tuple[str, dict[str, Any]]]
OPS: dict[str, Made] = {
    "set": lambda plan: ("set", {"cells": [[plan.rows[0].id, plan.columns[0].id, "3x9RM"]]}),
    "empty": lambda plan: ("set", {"cells": [[plan.rows[0].id, plan.columns[0].id, ""]]}),
    "fill": lambda plan: (
        "fill",
        {
            "row": plan.rows[0].id,
            "columns": [each.id for each in plan.columns],
            "rule": "+5kg",
            "start": "3x15 20kg",
        },
    ),
    "add_row": lambda plan: ("add_row", {"stage": "isotonic", "exercise": "floor_double_raise"}),
    "remove_row": lambda plan: ("remove_row", {"row": plan.rows[0].id}),
    "move_row": lambda plan: ("move_row", {"row": plan.rows[0].id, "before": None}),
    "swap_row": lambda plan: (
        "swap_row",
        {"row": plan.rows[0].id, "exercise": "floor_double_raise"},
    ),
    "add_columns": lambda plan: ("add_columns", {"stage": "isotonic", "times": 2}),
    "copy": lambda plan: ("add_columns", {"stage": "isotonic", "copy": plan.columns[0].id}),
    "remove_column": lambda plan: ("remove_column", {"column": plan.columns[0].id}),
    "move_column": lambda plan: ("move_column", {"column": plan.columns[0].id, "before": None}),
    "name_column": lambda plan: (
        "name_column",
        {"column": plan.columns[0].id, "title": "Heavy", "weeks": "1-2", "least": 4},
    ),
    "paste": lambda plan: (
        "paste",
        {
            "stage": "isotonic",
            "row": plan.rows[0].id,
            "column": plan.columns[0].id,
            "lines": [["3x9RM", "3x8RM"]],
        },
    ),
    "add_plan": lambda plan: ("add_plan", {"source": "protocol:ALF", "mode": "append"}),
    "replace": lambda plan: ("add_plan", {"source": "protocol:ALF", "mode": "replace"}),
}


@pytest.mark.parametrize("name", OPS)
def test_every_edit_changes_the_plan_and_undo_and_redo_are_exact(
    desk: Client, episode: Episode, editor_user: User, name: str
) -> None:
    draft = begin(episode, editor_user)
    before = plan_of(draft)
    op, edit = OPS[name](before)
    response = send(desk, draft, op, edit)
    assert response.status_code == 200
    after = plan_of(draft)
    assert after != before
    assert send(desk, draft, "undo", {}).status_code == 200
    assert plan_of(draft) == before
    assert send(desk, draft, "redo", {}).status_code == 200
    assert plan_of(draft) == after


NONSENSE = [
    ("set", "not json"),
    ("set", "[]"),
    ("set", "{}"),
    ("set", '{"cells": []}'),
    ("set", '{"cells": [["a", "b"]]}'),
    ("set", '{"cells": [["a", "b", 3]]}'),
    ("set", '{"cells": [["a", "b", "\\u0000"]]}'),
    ("set", '{"cells": [["a", "b", "\\ud800"]]}'),
    ("set", '{"cells": [["gone", "gone", "3x5"]]}'),
    ("set", json.dumps({"cells": [["a", "b", "x" * 201]]})),
    ("set", "[" * 100_000),
    ("set", '{"cells": ' + "9" * 5_000 + "}"),
    ("fill", '{"row": "a", "columns": "b", "rule": "+5kg"}'),
    ("fill", '{"row": "a", "columns": ["b"], "rule": "+5kg"}'),
    ("paste", '{"stage": "isotonic", "lines": {"a": "3x5"}}'),
    ("paste", '{"stage": "none", "lines": [["3x5"]]}'),
    ("paste", '{"stage": "isotonic", "lines": [[7]]}'),
    ("add_row", '{"stage": "isotonic", "exercise": "no_such"}'),
    ("add_columns", '{"stage": "isotonic", "times": 1e9}'),
    ("add_columns", '{"stage": "isotonic", "times": true}'),
    ("name_column", '{"column": "a", "title": "x", "least": -1}'),
    ("move_row", '{"row": ""}'),
    ("add_plan", '{"source": "protocol:NONE", "mode": "append"}'),
    ("add_plan", '{"source": "template:7", "mode": "append"}'),
    ("add_plan", '{"source": "protocol:HSR", "mode": "both"}'),
    ("nothing", "{}"),
]


@pytest.mark.parametrize(("op", "edit"), NONSENSE, ids=range(len(NONSENSE)))
def test_what_is_no_edit_is_refused_with_a_sentence(
    desk: Client, episode: Episode, editor_user: User, op: str, edit: str
) -> None:
    draft = begin(episode, editor_user)
    values = {"op": op, "edit": edit, "known": 0, "token": str(uuid4())}
    response = desk.post(address(episode), values, headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert draft.edits.count() == 0


def test_without_a_script_a_save_button_stores_only_what_was_typed(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    plan = plan_of(draft)
    boxes = {f"cell-{row}-{column}": text for (row, column), text in plan.cells.items()}
    boxes |= {f"title-{each.id}": each.title for each in plan.columns}
    boxes |= {f"weeks-{each.id}": each.weeks for each in plan.columns}
    row, column, other = plan.rows[0].id, plan.columns[0].id, plan.columns[1].id
    lead = make.make_user(Role.PRACTICE_LEAD)
    theirs = SetCells(cells=((row, other, "3x12RM"),))
    actions.edit_draft(draft, edit=theirs, known=0, token=uuid4(), by=lead)
    typed = {f"cell-{row}-{column}": "3x9RM", f"weeks-{other}": "2"}
    response = desk.post(address(episode), {"op": "save", "known": 0, **boxes, **typed})
    assert response.status_code == 302
    after = plan_of(draft)
    assert after.cells[row, column].startswith("3x9RM")
    assert after.cells[row, other].startswith("3x12RM"), "an untouched box undoes nobody's work"
    assert after.column(other).weeks == "2"


def test_without_a_script_a_clash_shows_both_values_on_the_page(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    plan = plan_of(draft)
    row, column = plan.rows[0].id, plan.columns[0].id
    lead = make.make_user(Role.PRACTICE_LEAD)
    theirs = SetCells(cells=((row, column, "3x12RM"),))
    actions.edit_draft(draft, edit=theirs, known=0, token=uuid4(), by=lead)
    sent = {"op": "save", "known": 0, f"cell-{row}-{column}": "3x9RM"}
    response = desk.post(address(episode), sent)
    assert response.status_code == 409
    text = response.content.decode()
    assert "<dd>3x9RM</dd>" in text
    assert "3x12RM" in text


def test_without_a_script_plain_fields_make_the_same_edits(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user, "blank")
    row = {"op": "add_row", "known": 0, "stage": "isotonic", "exercise": "floor_double_raise"}
    steps = {"op": "add_columns", "known": 1, "stage": "isotonic", "times": "3"}
    for sent in (row, steps):
        assert desk.post(address(episode), sent).status_code == 302
    plan = plan_of(draft)
    assert (len(plan.rows), len(plan.columns)) == (1, 3)


def test_a_contraindicated_exercise_is_marked_and_stops_the_issue(
    desk: Client, editor_user: User
) -> None:
    episode = make.make_episode()
    make.make_signed_assessment(episode, **make.INSERTIONAL)
    draft = begin(episode, editor_user, "blank")
    lines = [["Heel drop over a step, knee straight", "3x15"]]
    response = send(desk, draft, "paste", {"stage": "isotonic", "lines": lines})
    text = response.content.decode()
    assert response.status_code == 200, text
    assert "Contraindicated" in text
    assert 'data-tone="stop"' in text
    issued = desk.post(address(episode), {"op": "issue", "known": 1, "note": "x"})
    assert issued.status_code == 422
    assert "There is a problem" in issued.content.decode()
    assert not Version.objects.filter(programme__episode=episode).exists()


def test_issuing_makes_the_next_version_with_its_note(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    second = plan_of(draft).columns[1].id
    sent = {"op": "issue", "known": 0, "note": "Begun heavy.", "stand_at": second}
    response = desk.post(address(episode), sent)
    assert response["Location"] == reverse("programmes:programme", args=[episode.code])
    version = Version.objects.get(programme__episode=episode)
    assert (version.note, version.issued_by) == ("Begun heavy.", editor_user)
    assert version.programme.current_step is not None
    assert version.programme.current_step.column == second


def test_an_issue_of_what_nobody_saw_is_refused_and_keeps_the_note(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    send(desk, draft, "add_columns", {"stage": "isotonic"})
    response = desk.post(address(episode), {"op": "issue", "known": 0, "note": "My note."})
    assert response.status_code == 422
    text = response.content.decode()
    assert "The draft has changed since you opened this page" in text
    assert "My note." in text


def test_a_draft_put_aside_leaves_the_ways_to_begin(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    begin(episode, editor_user)
    assert desk.post(address(episode), {"op": "aside"}).status_code == 302
    assert "Start from" in desk.get(address(episode)).content.decode()
    refused = desk.post(address(episode), {"op": "undo", "known": 0})
    assert refused.status_code == 422


def test_only_who_may_edit_plans_opens_the_page(client: Client, episode: Episode) -> None:
    client.force_login(make.make_user(Role.PHYSIOTHERAPIST, email="other@example.org"))
    assert client.get(address(episode)).status_code == 403
    sent = {"op": "begin", "source": "blank"}
    assert client.post(address(episode), sent).status_code == 403
    assert not Draft.objects.exists()


def test_an_irritable_tendon_says_why_the_plan_stays_isometric(
    desk: Client, editor_user: User
) -> None:
    episode = make.make_episode()
    make.make_signed_assessment(episode, **make.REACTIVE)
    begin(episode, editor_user)
    text = desk.get(address(episode)).content.decode()
    assert "only the isometric stage can be issued" in text
    assert "Not for issue now" in text
