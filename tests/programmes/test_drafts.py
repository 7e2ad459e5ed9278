"""Drafts on the real database: edited by two, taken back, issued, copied, kept as templates."""

import random
from copy import deepcopy
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from assessments.actions import reclassify
from assessments.rules.contraindications import grade
from assessments.rules.terms import Cortisone, Grade, Location, MatrixRow, Phase, Stage
from patients.models import Episode, User
from patients.rules.roles import Role
from patients.rules.terms import Side
from programmes.actions import (
    DraftClash,
    ReasonNeeded,
    begin_draft,
    copy_plan,
    decide,
    edit_draft,
    issue_draft,
    issue_proposal,
    keep_version_as_template,
    put_aside,
    record_morning,
    restore,
    sign_unlock,
    undo_draft,
)
from programmes.models import Draft, DraftEdit, Item, Move, PlanTemplate, Version
from programmes.rules.edits import (
    AddColumns,
    AddPlan,
    AddRow,
    Edit,
    Mode,
    RemoveColumn,
    RemoveRow,
    SetCells,
)
from programmes.rules.plan import Plan, from_flat, patched
from programmes.rules.safety import checked
from programmes.rules.terms import Outcome
from programmes.selectors.decisions import decision_card
from programmes.selectors.drafts import desk_of, draft_page, plan_from, plan_tendon
from tests import make
from tests.conftest import MadeOnce
from tests.rules.programmes.test_edits import mended, random_edit
from upwell.http import Refused

pytestmark = pytest.mark.django_db

DAY = make.DAY


@pytest.fixture
def leo() -> User:
    return make.make_user(Role.PRACTICE_LEAD)


def examined(by: User, **examination: Any) -> Episode:
    episode = make.make_episode(by=by)
    make.make_signed_assessment(episode, by=by, **examination)
    return episode


@pytest.fixture(scope="module", autouse=True)
def midportion(made_once: MadeOnce[Episode]) -> Episode:
    return made_once(lambda: examined(make.make_user(Role.EXERCISE_PHYSIOLOGIST)))


@pytest.fixture
def episode(midportion: Episode) -> Episode:
    """Somebody examined, without a plan."""
    return deepcopy(midportion)


@pytest.fixture
def edith(episode: Episode) -> User:
    return episode.opened_by


def begin(episode: Episode, by: User, source: str = "protocol:HSR") -> Draft:
    return begin_draft(episode, source=source, on=DAY, by=by)


def send(draft: Draft, edit: Edit, by: User, known: int | None = None) -> Draft:
    draft.refresh_from_db()
    seen = draft.revision if known is None else known
    return edit_draft(draft, edit=edit, known=seen, token=uuid4(), by=by).draft


def plan_of(draft: Draft) -> Plan:
    return from_flat(Draft.objects.get(pk=draft.pk).plan)


def typed(plan: Plan, row: int, column: int, text: str) -> SetCells:
    return SetCells(cells=((plan.rows[row].id, plan.columns[column].id, text),))


def cell(draft: Draft, row: int, column: int) -> str:
    plan = plan_of(draft)
    return plan.cells[plan.rows[row].id, plan.columns[column].id].split(" ")[0]


def issue(draft: Draft, by: User, **more: Any) -> Version:
    draft.refresh_from_db()
    return issue_draft(
        draft, known=draft.revision, note=more.pop("note", ""), on=DAY, by=by, **more
    )


def test_an_edit_is_stored_with_both_values_and_its_author(edith: User, episode: Episode) -> None:
    draft = begin(episode, edith)
    draft = send(draft, typed(plan_of(draft), 0, 0, "2x20"), edith)
    stored = draft.edits.get()
    assert stored.by == edith
    [(place, (before, after))] = stored.patch.items()
    assert place.startswith("cell/")
    assert before.startswith("3x15RM")
    assert after.startswith("2x20")
    assert "→" in stored.says


def test_two_people_edit_different_cells_and_both_stay(
    edith: User, episode: Episode, leo: User
) -> None:
    draft = begin(episode, edith)
    plan = plan_of(draft)
    send(draft, typed(plan, 0, 0, "2x20"), edith, known=0)
    answer = edit_draft(draft, edit=typed(plan, 1, 1, "2x18"), known=0, token=uuid4(), by=leo)
    assert [each.by for each in answer.others] == [edith]
    assert (cell(draft, 0, 0), cell(draft, 1, 1)) == ("2x20", "2x18")


def test_two_people_edit_one_cell_and_the_second_sees_both_values(
    edith: User, episode: Episode, leo: User
) -> None:
    draft = begin(episode, edith)
    plan = plan_of(draft)
    send(draft, typed(plan, 0, 0, "2x20"), edith, known=0)
    with pytest.raises(DraftClash) as clash:
        send(draft, typed(plan, 0, 0, "2x18"), leo, known=0)
    [(value, who)] = clash.value.places.values()
    assert (value.split(" ")[0], who) == ("2x20", edith.display_name)
    assert cell(draft, 0, 0) == "2x20"
    # Knowing it, the second may replace it.
    send(draft, typed(plan, 0, 0, "2x18"), leo, known=1)
    assert cell(draft, 0, 0) == "2x18"


def test_a_row_somebody_typed_in_meanwhile_is_not_removed_unseen(
    edith: User, episode: Episode, leo: User
) -> None:
    draft = begin(episode, edith)
    plan = plan_of(draft)
    send(draft, typed(plan, 0, 0, "2x20"), edith, known=0)
    with pytest.raises(DraftClash):
        send(draft, RemoveRow(row=plan.rows[0].id), leo, known=0)
    assert len(plan_of(draft).rows) == 3


def test_the_same_edit_sent_twice_is_one(edith: User, episode: Episode) -> None:
    draft = begin(episode, edith)
    token = uuid4()
    edit = AddRow(stage=Stage.ISOTONIC, exercise="seated_raise")
    for _ in range(2):
        edit_draft(draft, edit=edit, known=0, token=token, by=edith)
    assert len(plan_of(draft).rows) == 4
    assert draft.edits.count() == 1


def test_undo_and_redo_take_ones_own_edits(edith: User, episode: Episode, leo: User) -> None:
    draft = begin(episode, edith)
    before = Draft.objects.get(pk=draft.pk).plan
    plan = plan_of(draft)
    send(draft, typed(plan, 0, 0, "2x20"), edith)
    send(draft, typed(plan, 1, 0, "2x18"), leo)
    undo_draft(draft, known=2, token=uuid4(), by=edith)
    assert (cell(draft, 0, 0), cell(draft, 1, 0)) == ("3x15RM", "2x18")
    undo_draft(draft, known=3, token=uuid4(), by=leo)
    assert Draft.objects.get(pk=draft.pk).plan == before
    undo_draft(draft, known=4, token=uuid4(), by=edith, redo=True)
    assert cell(draft, 0, 0) == "2x20"
    with pytest.raises(Refused, match="nothing to do again"):
        undo_draft(draft, known=5, token=uuid4(), by=edith, redo=True)


def test_undo_never_takes_away_what_somebody_else_typed_since(
    edith: User, episode: Episode, leo: User
) -> None:
    draft = begin(episode, edith)
    plan = plan_of(draft)
    send(draft, typed(plan, 0, 0, "2x20"), edith)
    send(draft, typed(plan, 0, 0, "2x18"), leo)
    with pytest.raises(DraftClash, match=leo.display_name):
        undo_draft(draft, known=2, token=uuid4(), by=edith)
    assert cell(draft, 0, 0) == "2x18"


def test_issuing_freezes_the_draft_as_the_next_version(edith: User, episode: Episode) -> None:
    draft = begin(episode, edith)
    send(draft, typed(plan_of(draft), 0, 0, "3x15RM 4-0-4"), edith)
    version = issue(draft, edith, note="Slower at first.")
    assert (version.number, version.status, version.note) == (1, "issued", "Slower at first.")
    first = version.steps.get(order=1)
    assert first.items.get(order=1).dose["tempo"] == [4, 0, 4]
    assert (first.rung, first.rest_days, first.minimum_sessions) == ("H1", 1, 3)
    assert version.programme.current_step == first
    again = issue_draft(draft, known=1, note="Slower at first.", on=DAY, by=edith)
    assert again == version
    with pytest.raises(Refused, match="issued meanwhile"):
        send(draft, AddRow(stage=Stage.ISOTONIC, exercise="seated_raise"), edith)


def test_what_nobody_looked_at_is_not_issued(edith: User, episode: Episode, leo: User) -> None:
    draft = begin(episode, edith)
    send(draft, typed(plan_of(draft), 0, 0, "2x20"), leo)
    with pytest.raises(Refused, match="has changed since"):
        issue_draft(draft, known=0, note="", on=DAY, by=edith)
    assert not Version.objects.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("three of ten", "step 1: ", id="not understood"),
        pytest.param("3x(9w/1r)", "sets and repetitions", id="a run"),
    ],
)
def test_a_cell_that_can_not_be_read_stays_and_stops_issuing(
    edith: User, episode: Episode, text: str, says: str
) -> None:
    draft = begin(episode, edith)
    plan = plan_of(draft)
    send(draft, typed(plan, 0, 0, text), edith)
    kept = plan_of(draft).cells[plan.rows[0].id, plan.columns[0].id]
    assert kept.split()[0] == text.split()[0]
    with pytest.raises(Refused, match=says):
        issue(draft, edith)


def test_an_empty_step_and_an_empty_plan_are_not_issued(edith: User, episode: Episode) -> None:
    draft = begin(episode, edith, source="blank")
    with pytest.raises(Refused, match="no step"):
        issue(draft, edith)


@pytest.mark.parametrize("protocol", ["ALF", "SILB"])
def test_an_insertional_tendon_gets_no_drop_below_the_step(edith: User, protocol: str) -> None:
    draft = begin(examined(edith, **make.INSERTIONAL), edith, source=f"protocol:{protocol}")
    with pytest.raises(Refused, match=r"below the step|below the floor"):
        issue(draft, edith)
    assert not Item.objects.exists()


def test_heavy_work_at_the_insertion_is_offered_to_neutral(edith: User) -> None:
    draft = begin(examined(edith, **make.INSERTIONAL), edith)
    version = issue(draft, edith)
    ranges = {item.dose["range"] for item in Item.objects.filter(step__version=version)}
    assert ranges == {"to_neutral"}
    plan = plan_of(begin(version.programme.episode, edith, source=f"version:{version.code}"))
    assert len(plan.columns) == 5


def test_an_irritable_tendon_gets_the_isometric_stage_only(edith: User) -> None:
    episode = examined(edith, **make.REACTIVE)
    draft = begin(episode, edith, source="proposal")
    desk = desk_of(episode)
    plan, _name = plan_from("protocol:SILB", episode=episode, desk=desk, on=DAY)
    send(draft, AddPlan(plan=plan, mode=Mode.APPEND), edith)
    with pytest.raises(Refused, match="only the isometric stage"):
        issue(draft, edith)


def test_recent_cortisone_caps_the_stage(edith: User) -> None:
    episode = examined(edith, cortisone=True, cortisone_last_on=DAY - timedelta(days=10))
    with pytest.raises(Refused, match="Cortisone"):
        issue(begin(episode, edith), edith)


def test_nothing_is_issued_while_a_red_flag_is_open(edith: User) -> None:
    episode = examined(edith, bone=["focal_bone_tenderness"])
    draft = begin(episode, edith)
    with pytest.raises(Refused, match="red flag"):
        issue(draft, edith)


def test_a_draft_is_checked_for_the_tendon_as_it_is_now(edith: User, episode: Episode) -> None:
    """Reclassified after the draft was begun: what fitted then doesn't any more, and is told."""
    draft = begin(episode, edith)
    assert draft_page(draft, on=DAY).checked.refusals == ()
    reclassify(
        episode.classifications.get(),
        phase=Phase.REACTIVE_ON_DEGENERATIVE,
        reason="Warm since yesterday.",
        on=DAY,
        by=edith,
    )
    said = [each.says for each in draft_page(draft, on=DAY).checked.refusals]
    assert any("irritable" in each for each in said)
    with pytest.raises(Refused, match="irritable"):
        issue(draft, edith)


def in_full_return(by: User) -> Episode:
    """An insertional tendon that has come to full return."""
    episode = examined(by, **make.INSERTIONAL)
    make.make_programme(episode, by=by, at=(Stage.FULL_RETURN, 1))
    return episode


def test_u1_opens_the_step_drop_late_and_keeps_the_reason(edith: User) -> None:
    episode = in_full_return(edith)
    draft = begin(episode, edith, source="protocol:FULL")
    send(draft, AddRow(stage=Stage.FULL_RETURN, exercise="heel_drop_straight"), edith)
    plan = plan_of(draft)
    drop = next(row for row in plan.rows if row.exercise == "heel_drop_straight")
    cells = tuple((drop.id, each.id, "3x15 2/wk") for each in plan.columns)
    send(draft, SetCells(cells=cells), edith)
    hills = next(row for row in plan.rows if row.exercise == "run_hills")
    send(draft, RemoveRow(row=hills.id), edith)
    third = plan_of(draft).columns[2]
    send(draft, SetCells(cells=((drop.id, third.id, "3x15 2/wk"),)), edith)
    with pytest.raises(Refused, match="below the step"):
        issue(draft, edith)
    unlock: dict[str, Any] = {"code": "U1", "on": DAY, "form_token": uuid4(), "by": edith}
    for pain, since, says in (
        (None, None, "worst dorsiflexion pain"),
        (3, DAY - timedelta(weeks=6), "must be 2 or less"),
        (2, DAY - timedelta(weeks=3), "4 weeks"),
    ):
        with pytest.raises(Refused, match=says):
            sign_unlock(episode, reason="x", dorsiflexion_pain=pain, since=since, **unlock)
    with pytest.raises(ReasonNeeded):
        sign_unlock(
            episode, reason=" ", dorsiflexion_pain=1, since=DAY - timedelta(weeks=5), **unlock
        )
    sign_unlock(
        episode,
        reason="Plays on hills, pain free for weeks.",
        dorsiflexion_pain=1,
        since=DAY - timedelta(weeks=5),
        **unlock,
    )
    version = issue(draft, edith, reason="Referred in full training.")
    opened = Item.objects.filter(step__version=version, unlock="U1")
    assert opened.count() == 4
    assert {each.grade for each in opened} == {"C"}


def test_u2_opens_hills_at_f3_only(edith: User) -> None:
    episode = in_full_return(edith)
    draft = begin(episode, edith, source="protocol:FULL")
    with pytest.raises(Refused, match="uphill"):
        issue(draft, edith)
    sign_unlock(episode, code="U2", reason="Hilly home.", on=DAY, form_token=uuid4(), by=edith)
    plan = plan_of(draft)
    hills = next(row for row in plan.rows if row.exercise == "run_hills")
    second = plan.columns[1]
    send(draft, SetCells(cells=((hills.id, second.id, "+10% 3/wk"),)), edith)
    with pytest.raises(Refused, match="uphill"):
        issue(draft, edith)
    send(draft, SetCells(cells=((hills.id, second.id, ""),)), edith)
    version = issue(draft, edith, reason="Referred in full training.")
    assert [item.unlock for item in Item.objects.filter(exercise="run_hills")] == ["U2"]
    assert version.steps.get(rung="F3").items.filter(unlock="U2").exists()


def test_an_unlock_ends_with_the_next_classification(edith: User) -> None:
    episode = in_full_return(edith)
    sign_unlock(episode, code="U2", reason="Hilly home.", on=DAY, form_token=uuid4(), by=edith)
    draft = begin(episode, edith, source="protocol:FULL")
    assert plan_tendon(episode, DAY).unlocked == {"U2"}
    for phase in (Phase.REACTIVE_ON_DEGENERATIVE, Phase.DEGENERATIVE):
        reclassify(
            episode.classifications.in_force()[0],
            phase=phase,
            reason="Flared, and calm again.",
            on=DAY,
            by=edith,
        )
    assert plan_tendon(episode, DAY).unlocked == frozenset()
    with pytest.raises(Refused, match="uphill"):
        issue(draft, edith)


@pytest.mark.parametrize(
    "at", [(Stage.ISOTONIC, 2), (Stage.RUN_WALK, 10)], ids=["isotonic", "run-walk"]
)
def test_nothing_is_unlocked_before_full_return(edith: User, at: tuple[Stage, int]) -> None:
    episode = examined(edith, **make.INSERTIONAL)
    make.make_programme(episode, by=edith, at=at)
    with pytest.raises(Refused, match="once the patient is in full return"):
        sign_unlock(episode, code="U2", reason="Soon.", on=DAY, form_token=uuid4(), by=edith)


def test_no_other_cell_can_be_unlocked(edith: User, episode: Episode) -> None:
    for code in ("U1", "U2", "U3", ""):
        with pytest.raises(Refused):
            sign_unlock(
                episode,
                code=code,
                reason="Please.",
                on=DAY,
                form_token=uuid4(),
                by=edith,
                dorsiflexion_pain=0,
                since=DAY - timedelta(weeks=9),
            )


def test_the_patient_goes_on_at_the_same_step_of_the_new_version(
    edith: User, episode: Episode
) -> None:
    first = issue(begin(episode, edith), edith)
    programme = first.programme
    programme.current_step = first.steps.get(number=3)
    programme.save(update_fields=["current_step"])
    draft = begin(episode, edith, source=f"version:{first.code}")
    plan = plan_of(draft)
    assert draft_page(draft, on=DAY).here == plan.columns[2].id
    send(draft, AddRow(stage=Stage.ISOTONIC, exercise="seated_raise"), edith)
    seated = plan_of(draft).rows[-1]
    send(draft, SetCells(cells=((seated.id, plan.columns[0].id, "3x15"),)), edith)
    second = issue(draft, edith)
    programme.refresh_from_db()
    assert programme.current_step == second.steps.get(number=3)
    assert second.based_on == first
    move = Move.objects.first()
    assert move is not None
    assert (move.kind, move.to_step) == ("issue", programme.current_step)


def test_starting_beyond_the_stage_reached_needs_a_reason(edith: User, episode: Episode) -> None:
    draft = begin(episode, edith, source="proposal")
    jump = plan_of(draft).columns_of(Stage.RUN_WALK)[0].id
    with pytest.raises(ReasonNeeded):
        issue(draft, edith, stand_at=jump)
    version = issue(draft, edith, stand_at=jump, reason="Came from another practice at L1.")
    move = Move.objects.get()
    assert (move.kind, move.reason) == ("override", "Came from another practice at L1.")
    assert version.programme.current_step == version.steps.get(rung="L1")


@pytest.mark.parametrize(
    ("source", "column"),
    [
        pytest.param("protocol:FULL", 0, id="a plan that begins in full return"),
        pytest.param("protocol:RUN", 0, id="a plan that begins with running"),
        pytest.param("protocol:HSR", 3, id="a heavier step of the same stage"),
        pytest.param("protocol:HSR", 1, id="the next step"),
    ],
)
def test_nobody_is_put_further_on_than_they_have_come_without_a_reason(
    edith: User, episode: Episode, source: str, column: int
) -> None:
    draft = begin(episode, edith, source=source)
    there = plan_of(draft).columns[column].id
    with pytest.raises(ReasonNeeded, match="further on"):
        issue(draft, edith, stand_at=there)
    issue(draft, edith, stand_at=there, reason="Did this elsewhere.")
    assert (Move.objects.get().kind, Move.objects.get().reason) == (
        "override",
        "Did this elsewhere.",
    )


def test_an_irritable_tendon_begins_the_isometric_stage_anew(edith: User, episode: Episode) -> None:
    make.make_programme(episode, by=edith, at=(Stage.ISOTONIC, 3))
    reclassify(
        episode.classifications.get(),
        phase=Phase.REACTIVE_ON_DEGENERATIVE,
        reason="Warm.",
        on=DAY,
        by=edith,
    )
    version = issue(begin(episode, edith, source="protocol:ISO"), edith)
    current = version.programme.current_step
    assert current is not None
    assert (current.stage, current.number) == (Stage.ISOMETRIC, 1)


def test_a_token_is_good_for_one_edit_of_one_draft(edith: User, episode: Episode) -> None:
    token = uuid4()
    draft = begin(episode, edith)
    edit = typed(plan_of(draft), 0, 0, "2x20")
    edit_draft(draft, edit=edit, known=0, token=token, by=edith)
    # Sent again by a page that has seen it meanwhile, and what can't be done twice.
    edit_draft(draft, edit=edit, known=1, token=token, by=edith)
    another = uuid4()
    for known in (1, 1, 2):
        answer = edit_draft(
            draft,
            edit=AddRow(stage=Stage.ISOTONIC, exercise="seated_raise"),
            known=known,
            token=another,
            by=edith,
        )
        assert answer.patch
    assert draft.edits.count() == 2
    with pytest.raises(Refused, match="other content"):
        edit_draft(draft, edit=typed(plan_of(draft), 0, 0, "2x19"), known=1, token=token, by=edith)
    put_aside(draft, by=edith)
    other = begin(draft.episode, edith)
    with pytest.raises(Refused, match="other content"):
        edit_draft(other, edit=typed(plan_of(other), 0, 0, "2x20"), known=0, token=token, by=edith)


def test_a_page_of_another_draft_edits_nothing(edith: User, episode: Episode) -> None:
    draft = begin(episode, edith)
    with pytest.raises(Refused, match="another draft"):
        send(draft, AddRow(stage=Stage.ISOTONIC, exercise="seated_raise"), edith, known=50)


@pytest.mark.parametrize("source", ["blank", "proposal", "protocol:HSR"])
def test_only_what_was_begun_from_a_version_says_so(
    edith: User, episode: Episode, source: str
) -> None:
    version = issue(begin(episode, edith), edith)
    assert version.based_on is None
    draft = begin(episode, edith, source=source)
    assert (draft.based_on, draft.in_force) == (None, version)


def test_a_version_issued_meanwhile_leaves_the_draft_behind(
    edith: User, episode: Episode, leo: User
) -> None:
    make.make_programme(episode, by=leo)
    version = Version.objects.get()
    draft = begin(episode, edith, source=f"version:{version.code}")
    issue_proposal(episode, on=DAY, number=2, by=leo)
    with pytest.raises(Refused, match="Version 2 was issued"):
        issue(draft, edith)
    put_aside(draft, by=edith)
    assert begin(episode, edith).pk != draft.pk


def test_a_plan_is_copied_whole_to_the_other_leg(edith: User, episode: Episode) -> None:
    left = episode
    source = begin(left, edith)
    send(source, typed(plan_of(source), 0, 0, "3x15RM L"), edith)
    version = issue(source, edith)
    right = make.make_episode(left.patient, side=Side.RIGHT, by=edith)
    make.make_signed_assessment(right, by=edith, **make.INSERTIONAL)
    token = uuid4()
    draft = copy_plan(version, to=right, form_token=token, on=DAY, by=edith)
    plan = plan_of(draft)
    assert len(plan.cells) == Item.objects.filter(step__version=version).count() == 15
    first = plan.cells[plan.rows[0].id, plan.columns[0].id]
    assert first.split()[-1] == "R"
    # Re-checked: to below neutral is not for an insertion.
    assert draft_page(draft, on=DAY).checked.refusals
    with pytest.raises(Refused):
        issue(draft, edith)
    # The same form again is the same draft; another one waits until it is ended.
    assert copy_plan(version, to=right, form_token=token, on=DAY, by=edith) == draft
    with pytest.raises(Refused, match="open draft"):
        copy_plan(version, to=right, form_token=uuid4(), on=DAY, by=edith)


def test_an_old_version_is_restored_as_a_draft(edith: User, episode: Episode) -> None:
    first = issue(begin(episode, edith), edith)
    draft = begin(episode, edith, source=f"version:{first.code}")
    send(draft, RemoveRow(row=plan_of(draft).rows[0].id), edith)
    issue(draft, edith)
    restored = restore(first, form_token=uuid4(), on=DAY, by=edith)
    third = issue(restored, edith)
    told = [
        sorted(Item.objects.filter(step__version=each).values_list("name", "dose_words"))
        for each in (first, third)
    ]
    assert told[0] == told[1]
    assert (third.number, third.based_on) == (3, first)


def test_a_template_serves_either_leg_and_overwrites_nothing(edith: User, episode: Episode) -> None:
    draft = begin(episode, edith)
    send(draft, typed(plan_of(draft), 0, 0, "3x15RM L"), edith)
    version = issue(draft, edith)

    def keep(name: str) -> PlanTemplate:
        return keep_version_as_template(version, name=name, note="", form_token=uuid4(), by=edith)

    template = keep("Gym, slow")
    right = make.make_episode(
        make.make_patient(by=edith, family_name="Otherley"), side=Side.RIGHT, by=edith
    )
    make.make_signed_assessment(right, by=edith)
    other = begin(right, edith, source=f"template:{template.code}")
    plan = plan_of(other)
    assert plan.cells[plan.rows[0].id, plan.columns[0].id].split()[-1] == "R"
    for name in ("Gym, slow", "gym, SLOW", "Heavy slow resistance"):
        with pytest.raises(Refused, match="Choose another"):
            keep(name)
    assert PlanTemplate.objects.count() == 1


@pytest.mark.parametrize("role", [Role.PHYSIOTHERAPIST, Role.RECEPTION])
def test_only_who_may_edit_plans_edits_them(edith: User, episode: Episode, role: Role) -> None:
    draft = begin(episode, edith)
    other = make.make_user(role)
    for act in (
        lambda: begin(episode, other),
        lambda: send(draft, typed(plan_of(draft), 0, 0, "2x20"), other),
        lambda: issue(draft, other),
        lambda: put_aside(draft, by=other),
    ):
        with pytest.raises(Refused, match="exercise physiologist"):
            act()


SEQUENCES = 40


def mend(draft: Draft, episode: Episode, by: User) -> None:
    """Empty what can't be read, take out empty steps: what is left to stop it is safety."""
    draft = Draft.objects.get(pk=draft.pk)
    before = from_flat(draft.plan)
    after = mended(before, plan_tendon(episode, DAY), desk_of(episode))
    gone = [(row, column, "") for row, column in before.cells if (row, column) not in after.cells]
    send(draft, SetCells(cells=tuple(gone)), by)
    kept = {each.id for each in after.columns}
    for column in before.columns:
        if column.id not in kept:
            send(draft, RemoveColumn(column=column.id), by)


@pytest.mark.parametrize("shard", range(4))
def test_random_edits_through_the_actions_issue_nothing_unsafe(
    edith: User, leo: User, shard: int
) -> None:
    """Fewer sequences than for the rules alone; here the record itself is asked what it kept."""
    dice = random.Random(shard)
    examinations = (make.MIDPORTION, make.INSERTIONAL, make.MIXED, make.REACTIVE)
    episode = examined(edith, **examinations[shard])
    numbers = count()
    issued = 0
    for _ in range(SEQUENCES // 4):
        draft = begin(episode, edith, source="proposal" if dice.random() < 0.5 else "blank")
        start = Draft.objects.get(pk=draft.pk).plan
        known = {edith: 0, leo: 0}
        for _step in range(dice.randrange(3, 9)):
            by = dice.choice((edith, leo))
            draft = Draft.objects.get(pk=draft.pk)
            edit = random_edit(dice, from_flat(draft.plan), desk_of(episode))
            known[by] = draft.revision if dice.random() < 0.7 else known[by]
            try:
                edit_draft(draft, edit=edit, known=known[by], token=uuid4(), by=by)
            except (Refused, KeyError):
                continue
        if dice.random() < 0.7:
            mend(draft, episode, edith)
        draft = Draft.objects.get(pk=draft.pk)
        again = dict(start)
        for each in DraftEdit.objects.filter(draft=draft).order_by("number"):
            again = patched(again, each.patch)
        assert again == draft.plan
        desk = desk_of(episode)
        unsafe = checked(from_flat(draft.plan), plan_tendon(episode, DAY), desk).refusals
        try:
            version = issue(draft, edith, note=str(next(numbers)), reason="For the test.")
        except Refused:
            put_aside(draft, by=edith)
            continue
        issued += 1
        assert unsafe == ()
        for item in Item.objects.filter(step__version=version):
            where = (Phase(version.phase), Location(version.location), Cortisone.NONE)
            assert grade(MatrixRow(item.matrix_row), *where) is not Grade.CONTRAINDICATED
    assert issued


def test_sessions_at_a_step_count_on_when_another_step_is_edited(
    edith: User, episode: Episode
) -> None:
    """The least number of sessions of a step is not begun again by a new version of the plan."""
    version = issue(begin(episode, edith), edith)
    programme = version.programme
    make.make_session(programme, by=edith, happened_on=DAY)
    make.make_session(programme, by=edith, happened_on=DAY + timedelta(days=2))
    draft = begin(episode, edith, source=f"version:{version.code}")
    send(draft, typed(plan_of(draft), 0, 4, "4x6RM 4-0-4"), edith)
    issue(draft, edith)
    third = make.make_session(programme, by=edith, happened_on=DAY + timedelta(days=4))
    record_morning(third, pain=1, stiffness_min=10, on=DAY + timedelta(days=5), by=edith)
    card = decision_card(third, today=DAY + timedelta(days=5))
    assert card.inputs["context"]["sessions_at_step"] == 3


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("3x15 2-0-2 7/wk", True, id="body weight, every day"),
        pytest.param("3x15 2-0-2 3/wk 20kg", False, id="with weight it is heavy"),
    ],
)
def test_a_step_of_our_own_may_be_daily_unless_it_is_heavy(
    edith: User, episode: Episode, text: str, kept: bool
) -> None:
    draft = begin(episode, edith, source="blank")
    send(draft, AddColumns(stage=Stage.ISOTONIC), edith)
    send(draft, AddRow(stage=Stage.ISOTONIC, exercise="floor_single_raise"), edith)
    send(draft, typed(plan_of(draft), 0, 0, text), edith)
    step = issue(draft, edith).steps.get()
    assert (step.protocol, step.rest_days == 0) == ("OWN", kept)


def test_a_warm_tendon_gets_an_isometric_plan_where_the_plan_had_none(
    edith: User, episode: Episode
) -> None:
    version = issue(begin(episode, edith), edith)
    programme = version.programme
    assert not version.steps.filter(stage=Stage.ISOMETRIC).exists()
    session = make.make_session(programme, by=edith, new_warm_or_swollen=True)
    morning = DAY + timedelta(days=1)
    record_morning(session, pain=4, stiffness_min=20, on=morning, by=edith)
    decision = decide(session, outcome=Outcome.REGRESS, reason="", today=morning, by=edith)
    assert (decision.rule, decision.to_step.stage) == ("D2", Stage.ISOMETRIC)
    programme.refresh_from_db()
    assert programme.current_step == decision.to_step
    assert decision.to_step.version.number == 2
    assert decision.from_step.version == version


def test_a_step_that_was_unlocked_is_not_printed_after_the_next_classification(
    edith: User,
) -> None:
    episode = in_full_return(edith)
    sign_unlock(episode, code="U2", reason="Hilly home.", on=DAY, form_token=uuid4(), by=edith)
    draft = begin(episode, edith, source="protocol:FULL")
    hills = plan_of(draft).columns[2].id
    programme = issue(draft, edith, stand_at=hills, reason="Ran hills elsewhere.").programme
    make.make_handout(programme, on=DAY, by=edith)
    reclassify(
        episode.classifications.in_force()[0],
        phase=Phase.DISREPAIR,
        reason="Examined again.",
        on=DAY,
        by=edith,
    )
    with pytest.raises(Refused, match="not for this tendon now"):
        make.make_handout(programme, on=DAY, by=edith)


def test_another_proposal_takes_nobody_back(edith: User, episode: Episode) -> None:
    programme = make.make_programme(episode, by=edith, at=(Stage.RUN_WALK, 3))
    version = issue_proposal(episode, on=DAY, number=2, by=edith)
    programme.refresh_from_db()
    assert programme.current_step == version.steps.get(rung="L3")
