"""The plan editor's page: begun, edited in every way, answered in parts, and issued."""

import html
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.rules.terms import MatrixRow, Stage
from patients.models import AccessLog, Episode, User
from patients.rules.roles import Role
from programmes import actions
from programmes.editor import weeks_of
from programmes.models import Draft, Version
from programmes.plan_table import of_version
from programmes.rules.edits import (
    Edit,
    NameColumn,
    RemoveColumn,
    RemoveRow,
    SetCells,
)
from programmes.rules.library import BUILT_IN, EXERCISES
from programmes.rules.plan import Plan, from_flat
from programmes.rules.safety import RUNNING_STAGES
from programmes.rules.week import WeekItem
from programmes.selectors.drafts import draft_page
from programmes.selectors.editor import desk_to_type_at
from tests import make
from tests.conftest import MadeOnce

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor_user() -> User:
    return make.make_user(Role.EXERCISE_PHYSIOLOGIST)


@pytest.fixture(scope="module", autouse=True)
def examined(made_once: MadeOnce[Episode]) -> Episode:
    return made_once(lambda: make.make_signed_assessment().episode)


@pytest.fixture
def episode(examined: Episode) -> Episode:
    return deepcopy(examined)


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
        "draft": draft.code,
        "known": draft_now.revision,
        "token": str(uuid4()),
        **more,
    }
    headers = {"HX-Request": "true"}
    return client.post(address(draft.episode), values, headers=headers)


def send_known(
    client: Client, to: str, draft: Draft, op: str, edit: object, known: int, step: str = ""
) -> Any:
    """One edit by a page that knows every edit so far, without a query of the test's own."""
    values = {
        "op": op,
        "edit": json.dumps(edit),
        "draft": draft.code,
        "known": known,
        "token": str(uuid4()),
        "step": step,
    }
    return client.post(to, values, headers={"HX-Request": "true"})


def post(client: Client, draft: Draft, op: str, **fields: Any) -> Any:
    """A form of the page as a browser without a script sends it."""
    values = {"op": op, "draft": draft.code, "known": 0, **fields}
    return client.post(address(draft.episode), values)


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
        response = send_known(desk, to, draft, "set", edit, draft.revision, column.id)
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
            send_known(
                desk,
                address(episode),
                draft,
                "set",
                {"cells": [[row, column, text]]},
                draft.revision,
            )
        return len(caught)

    # The first request of a session writes when it began.
    desk.get(address(episode))
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
    values = {"op": op, "edit": edit, "draft": draft.code, "known": 0, "token": str(uuid4())}
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
    response = post(desk, draft, "save", **{**boxes, **typed})
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
    response = post(desk, draft, "save", **{f"cell-{row}-{column}": "3x9RM"})
    assert response.status_code == 409
    text = response.content.decode()
    assert "<dd>3x9RM</dd>" in text
    assert "3x12RM" in text


def test_without_a_script_plain_fields_make_the_same_edits(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user, "blank")
    row: dict[str, Any] = {
        "op": "add_row",
        "known": 0,
        "stage": "isotonic",
        "exercise": "floor_double_raise",
    }
    steps: dict[str, Any] = {"op": "add_columns", "known": 1, "stage": "isotonic", "times": "3"}
    for sent in (row, steps):
        assert post(desk, draft, **sent).status_code == 302
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
    issued = post(desk, draft, "issue", known=1, note="x")
    assert issued.status_code == 422
    assert "There is a problem" in issued.content.decode()
    assert not Version.objects.filter(programme__episode=episode).exists()


def test_issuing_makes_the_next_version_with_its_note(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    second = plan_of(draft).columns[1].id
    sent = {"note": "Begun heavy.", "stand_at": second, "reason": "Strong enough for it."}
    response = post(desk, draft, "issue", **sent)
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
    response = post(desk, draft, "issue", note="My note.")
    assert response.status_code == 422
    text = response.content.decode()
    assert "The draft has changed since you opened this page" in text
    assert "My note." in text


def test_a_draft_put_aside_leaves_the_ways_to_begin(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    assert post(desk, draft, "aside").status_code == 302
    assert "Start from" in desk.get(address(episode)).content.decode()
    assert post(desk, draft, "undo").status_code == 422


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


# --- a page of a draft that is no longer the open one --------------------------------------------


@pytest.fixture
def two_drafts(episode: Episode, editor_user: User) -> tuple[Draft, Draft]:
    """What one person looks at, and what a colleague began after putting it aside."""
    lead = make.make_user(Role.PRACTICE_LEAD)
    seen = begin(episode, editor_user)
    actions.put_aside(seen, by=lead)
    seen.refresh_from_db()
    return seen, begin(episode, lead, "protocol:ALF")


@pytest.mark.parametrize("op", ["issue", "save", "set", "undo", "add_columns"])
def test_a_page_of_an_ended_draft_changes_no_other(
    desk: Client, two_drafts: tuple[Draft, Draft], op: str
) -> None:
    seen, theirs = two_drafts
    plan = from_flat(seen.plan)
    row, column = plan.rows[0].id, plan.columns[0].id
    edit = {"set": {"cells": [[row, column, "3x9RM"]]}, "add_columns": {"stage": "isotonic"}}
    fields = {f"cell-{row}-{column}": "3x9RM", "edit": json.dumps(edit.get(op, {}))}
    answer = post(desk, seen, op, note="Mine.", **fields)
    assert answer.status_code == 422
    assert "put aside" in answer.text
    assert not Version.objects.exists()
    theirs.refresh_from_db()
    assert (theirs.revision, theirs.discarded_at) == (0, None)


def test_putting_aside_twice_leaves_the_next_draft_alone(
    desk: Client, two_drafts: tuple[Draft, Draft]
) -> None:
    seen, theirs = two_drafts
    assert post(desk, seen, "aside").status_code in (302, 422)
    theirs.refresh_from_db()
    assert theirs.discarded_at is None


@pytest.mark.parametrize("code", ["", "gone", "00000000-0000-4000-8000-000000000001"])
def test_a_form_without_a_draft_of_the_episode_is_refused(
    desk: Client, episode: Episode, editor_user: User, code: str
) -> None:
    draft = begin(episode, editor_user)
    for op in ("issue", "aside", "save", "undo"):
        answer = desk.post(address(episode), {"op": op, "draft": code, "known": 0})
        assert answer.status_code == 422
        assert "Reload it" in answer.text
    draft.refresh_from_db()
    assert (draft.revision, draft.discarded_at, draft.issued_as) == (0, None, None)


def test_a_draft_of_another_episode_is_not_reached(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    begin(episode, editor_user)
    other = make.make_episode(make.make_patient(family_name="Zwilling"))
    theirs = begin(other, editor_user, "blank")
    assert post(desk, theirs, "aside").status_code == 302
    assert desk.post(address(episode), {"op": "aside", "draft": theirs.code}).status_code == 422
    unknown = reverse("programmes:edit", args=[uuid4()])
    assert desk.post(unknown, {"op": "aside", "draft": theirs.code}).status_code == 404


def test_every_form_of_the_page_names_its_draft(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    text = desk.get(address(episode)).text
    assert f'data-draft="{draft.code}"' in text
    forms = [each.split("</form>")[0] for each in text.split("<form")[1:] if 'name="op"' in each]
    assert len(forms) == 8
    for each in forms:
        assert f'name="draft" value="{draft.code}"' in each


def test_issuing_twice_lands_on_the_programme_both_times(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    for _ in range(2):
        answer = post(desk, draft, "issue", note="Begun.")
        assert answer["Location"] == reverse("programmes:programme", args=[episode.code])
    assert Version.objects.count() == 1


def test_going_further_than_reached_asks_for_the_reason_at_its_field(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    send(desk, draft, "add_plan", {"source": "protocol:PLYO", "mode": "append"})
    last = plan_of(draft).columns_of(Stage.PLYOMETRIC)[-1].id
    answer = post(desk, draft, "issue", known=1, note="Hops now.", stand_at=last)
    assert answer.status_code == 422
    reason = answer.text.split('class="disclosure" open')[1].split("</details>")[0]
    assert 'name="reason"' in reason
    assert "Give the reason" in reason
    assert "Hops now." in answer.text
    assert not Version.objects.exists()


# --- saving everything at once -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("box", "text", "shown", "says"),
    [
        ("cell", "x" * 201, "x" * 201, "at most 200 letters"),
        ("cell", "3x9\x00RM", "3x9\ufffdRM", "can&#x27;t be stored"),
        ("title", "y" * 121, "y" * 121, "at most 120 letters"),
        ("weeks", "1\x00", "1\ufffd", "can&#x27;t be stored"),
    ],
    ids=["long-dose", "null-dose", "long-title", "null-weeks"],
)
def test_what_cant_be_stored_is_told_at_its_box_and_the_rest_is_kept(
    desk: Client,
    episode: Episode,
    editor_user: User,
    box: str,
    text: str,
    shown: str,
    says: str,
) -> None:
    draft = begin(episode, editor_user)
    plan = plan_of(draft)
    row, column, other = plan.rows[0].id, plan.columns[0].id, plan.columns[1].id
    name = f"cell-{row}-{column}" if box == "cell" else f"{box}-{column}"
    fine = {f"cell-{row}-{other}": "3x9RM", f"title-{other}": "Heavy"}
    answer = post(desk, draft, "save", **{name: text, **fine})
    assert answer.status_code == 422
    page = answer.text
    at = page.index(f'name="{name}"')
    assert f'value="{shown}"' in page[at : at + 300]
    assert 'aria-invalid="true"' in page[at : at + 900]
    assert says in page[at : at + 1200]
    after = plan_of(draft)
    assert after.cells[row, other].startswith("3x9RM")
    assert after.column(other).title == "Heavy"


def test_a_cell_of_a_removed_row_takes_no_other_with_it(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user, "protocol:ISO")
    send(desk, draft, "add_plan", {"source": "protocol:HSR", "mode": "append"})
    plan = plan_of(draft)
    gone = plan.rows_of(Stage.ISOTONIC)[0]
    stays, column = plan.rows_of(Stage.ISOTONIC)[1], plan.columns_of(Stage.ISOTONIC)[0]
    lost_step = plan.columns_of(Stage.ISOMETRIC)[0].id
    lead = make.make_user(Role.PRACTICE_LEAD)
    removals: tuple[Edit, ...] = (RemoveRow(row=gone.id), RemoveColumn(column=lost_step))
    for known, edit in enumerate(removals, 1):
        actions.edit_draft(draft, edit=edit, known=known, token=uuid4(), by=lead)
    typed = {
        f"cell-{gone.id}-{column.id}": "4x11RM",
        f"cell-{stays.id}-{column.id}": "4x9RM",
        f"title-{lost_step}": "Calm week",
    }
    answer = post(desk, draft, "save", known=1, **typed)
    assert answer.status_code == 422
    lost = answer.text.split("Typed, but not stored")[1].split("</ul>")[0]
    assert "4x11RM" in lost
    assert EXERCISES[gone.exercise].name in lost
    assert "Calm week" in lost
    assert plan_of(draft).cells[stays.id, column.id].startswith("4x9RM")


def test_two_names_that_clash_are_both_shown_and_can_both_be_taken(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    lead = make.make_user(Role.PRACTICE_LEAD)
    first, second = (each.id for each in plan_of(draft).columns[:2])
    for known, column in enumerate((first, second)):
        theirs = NameColumn(column=column, title=f"Theirs {known}")
        actions.edit_draft(draft, edit=theirs, known=known, token=uuid4(), by=lead)
    typed = {f"title-{first}": "Mine 0", f"title-{second}": "Mine 1"}
    answer = post(desk, draft, "save", **typed)
    assert answer.status_code == 409
    for number in (0, 1):
        assert f"<dd>Theirs {number}</dd>" in answer.text
        assert f"<dd>Mine {number}" in answer.text
    for sent in answer.text.split('name="edit" value="')[1:]:
        again = json.loads(html.unescape(sent.split('"')[0]))
        assert send(desk, draft, "name_column", again).status_code == 200
    assert [each.title for each in plan_of(draft).columns[:2]] == ["Mine 0", "Mine 1"]


def test_saving_without_what_the_page_had_seen_undoes_nobodys_work(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    row, column = plan_of(draft).rows[0].id, plan_of(draft).columns[0].id
    for known in ("", "x", "-1", "9" * 30):
        typed = {f"cell-{row}-{column}": "3x9RM"}
        assert post(desk, draft, "save", known=known, **typed).status_code == 422
    assert draft.edits.count() == 0


NASTY: list[Any] = [
    None,
    True,
    10**30,
    float("nan"),
    "a\x00b",
    "\ud800",
    "x" * 10_000,
    [[[[]]]],
    [7, None],
    {"a": {}},
]


def nasty_edits(plan: Plan) -> Iterator[tuple[str, object]]:
    """Every edit a page can send, one of its values made nonsense, and nonsense alone."""
    for op, edit in (made(plan) for made in OPS.values()):
        yield op, [7]
        for nasty in NASTY:
            for key in edit:
                yield op, {**edit, key: nasty}
        yield op, {**edit, "before": 7, "copy": [], "least": 1e400, "no_such_key": {}}
    row, column = plan.rows[0].id, plan.columns[0].id
    for nasty in NASTY:
        for cell in ([nasty, column, "3x5"], [row, nasty, "3x5"], [row, column, nasty]):
            yield "set", {"cells": [cell]}
        yield "paste", {"stage": "isotonic", "row": row, "column": column, "lines": [[nasty]]}
        yield "fill", {"row": row, "columns": [column, nasty], "rule": "+5kg"}


def test_no_edit_breaks_the_server(desk: Client, episode: Episode, editor_user: User) -> None:
    draft = begin(episode, editor_user)
    plan = plan_of(draft)
    answers = {}
    for number, (op, edit) in enumerate(nasty_edits(plan)):
        answer = send_known(desk, address(episode), draft, op, edit, known=0)
        assert answer.status_code in {200, 409, 422}, (op, edit)
        answers[number] = answer.status_code
    assert len(answers) > 350
    assert set(answers.values()) >= {200, 422}


FIELDS = {
    "issue": ("known", "note", "stand_at", "reason"),
    "aside": ("known",),
    "save": ("known", "cell", "title", "weeks"),
    "undo": ("known", "token", "edit"),
    "begin": ("source",),
    "add_plan": ("source", "mode"),
}
WORDS = ("", "a\x00b", "x" * 10_000, "1e400", "-1", "9" * 30, "template:x", "version:7")


@pytest.mark.parametrize("op", FIELDS)
def test_no_form_breaks_the_server(
    desk: Client, episode: Episode, editor_user: User, op: str
) -> None:
    for name in FIELDS[op]:
        for word in WORDS:
            draft = begin(episode, editor_user)
            plan = plan_of(draft)
            column = plan.columns[0].id
            boxes = {"cell": f"cell-{plan.rows[0].id}-{column}"}
            field = boxes.get(name, f"{name}-{column}" if op == "save" else name)
            if name in ("known", "source", "mode"):
                field = name
            answer = post(desk, draft, op, **{field: word})
            assert answer.status_code in {302, 409, 422}, (name, word)
            if begin(episode, editor_user).pk == draft.pk:
                actions.put_aside(draft, by=editor_user)


# --- who read what -------------------------------------------------------------------------------


def test_an_edit_by_somebody_who_opened_no_page_is_recorded_once(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    for known in range(2):
        send_known(desk, address(episode), draft, "add_columns", {"stage": "isotonic"}, known=known)
    entry = AccessLog.objects.get()
    assert (entry.user, entry.patient) == (editor_user, episode.patient)
    assert (entry.page, entry.method) == ("programmes:edit", "POST")


def test_an_edit_after_the_page_was_read_is_no_second_reading(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    desk.get(address(episode))
    send_known(desk, address(episode), draft, "add_columns", {"stage": "isotonic"}, known=0)
    assert AccessLog.objects.get().method == "GET"


# --- the library's part --------------------------------------------------------------------------


def test_a_retired_exercise_is_not_offered(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    ours = make.make_practice_exercise()
    begin(episode, editor_user, "blank")
    offered = f'data-key="{ours.key}"'
    assert offered in desk.get(address(episode)).text
    actions.retire_exercise(ours, out=True, by=editor_user)
    assert offered not in desk.get(address(episode)).text
    assert desk_to_type_at(episode).retired == {ours.key}


def test_the_week_is_worked_out_by_the_row_a_dose_is_judged_by(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user, "blank")
    lines = [[EXERCISES["floor_double_raise"].name, "3x15 20kg"]]
    send(desk, draft, "paste", {"stage": "isotonic", "lines": lines})
    page = draft_page(Draft.objects.get(pk=draft.pk), on=make.DAY)
    seen: list[MatrixRow] = []

    def week(items: list[WeekItem], **_more: Any) -> None:
        seen.extend(each.row for each in items)

    with mock.patch("programmes.editor.week", week):
        weeks_of(page)
    assert seen == [MatrixRow.LOADED_HSR]


def test_a_heading_of_a_pasted_block_is_skipped_and_all_unknown_names_are_told(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user, "blank")
    known = ["Seated heel raise", "3x15", "3x12"]
    lines = [["Exercise", "Week 1", "Week 2"], known]
    send(desk, draft, "paste", {"stage": "isotonic", "lines": lines})
    plan = plan_of(draft)
    assert (len(plan.rows), len(plan.columns)) == (1, 2)
    lines = [known, ["Wobble raise", "3x9", ""], ["Calf thing", "3x8", ""]]
    answer = send(desk, draft, "paste", {"stage": "isotonic", "lines": lines})
    assert "“Wobble raise”, “Calf thing” are no exercises of the library" in answer.text
    lines = [["Wobble raise", "3x9", "3x8"]]
    answer = send(desk, draft, "paste", {"stage": "plyometric", "lines": lines})
    assert "“Wobble raise” is no exercise of the library" in answer.text
    assert plan_of(draft) == plan


def test_cells_typed_at_once_are_told_by_their_exercises_and_steps(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    plan = plan_of(draft)
    row, steps = plan.rows[0], plan.columns_of(Stage.ISOTONIC)
    cells = [[row.id, each.id, "4x8RM"] for each in steps[1:4]]
    send(desk, draft, "set", {"cells": cells})
    told = draft.edits.get().says
    assert told.startswith("Seated heel raise, machine, isotonic steps 2 to 4: 4x8RM")
    send(desk, draft, "set", {"cells": [[*each[:2], ""] for each in cells[:2]]})
    told = draft.edits.latest("number").says
    assert told == "Seated heel raise, machine, isotonic steps 2 and 3: emptied"


def test_the_note_is_offered_from_what_changed_and_asked_for(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user)
    plan = plan_of(draft)
    row, column = plan.rows[0].id, plan.columns[3].id
    stood = plan.cells[row, column]
    for text in ("4x7RM", "4x6RM"):
        send(desk, draft, "set", {"cells": [[row, column, text]]})
    first = (
        f"From Heavy slow resistance. Seated heel raise, machine, isotonic step 4: {stood} → 4x7RM"
    )
    note = html.unescape(desk.get(address(episode)).text.split('name="note"')[1])
    assert first in note
    assert "→ 4x6RM" in note
    note = html.unescape(
        send(desk, draft, "undo", {}).text.split('id="offered"')[1].split("</p>")[0]
    )
    assert first in note
    assert "→ 4x6RM" not in note
    answer = post(desk, draft, "issue", known=3, note=" ")
    assert answer.status_code == 422
    assert "Say in a few words what changed." in answer.text
    assert not Version.objects.filter(status="issued").exists()


def test_the_issued_table_shows_range_and_leg_where_they_are_unusual(
    desk: Client, episode: Episode, editor_user: User
) -> None:
    draft = begin(episode, editor_user, "blank")
    names = [EXERCISES["seated_raise"].name]
    lines = [["Seated heel raise", "3x15", "3x12 below B"]]
    send(desk, draft, "paste", {"stage": "isotonic", "lines": lines})
    columns = plan_of(draft).columns
    spans = (("Step 1", "2"), ("Later", "3 to 6 months+"))
    for column, (title, weeks) in zip(columns, spans, strict=True):
        sent = {"column": column.id, "title": title, "weeks": weeks, "least": 0}
        send(desk, draft, "name_column", sent)
    post(desk, draft, "issue", known=3, note="x")
    version = Version.objects.with_plan().get(status="issued")
    (table,) = of_version(version, None)
    assert [each.words for each in table.columns] == ["week 2", "Later, 3 to 6 months+"]
    assert [each.name for each in table.rows] == names
    first, second = table.rows[0].cells
    assert "both legs" in second
    assert "below neutral" in second
    assert "both legs" not in first
    assert "below neutral" not in first
