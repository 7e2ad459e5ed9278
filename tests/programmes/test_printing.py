"""Papers printed, printed again, made ready beforehand, and their bytes kept."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.actions import reclassify
from assessments.rules.terms import Phase, Stage
from patients.actions import edit_patient
from patients.models import User
from patients.rules.roles import Role
from patients.rules.terms import Side
from programmes import actions
from programmes.actions.ahead import make_usual
from programmes.actions.corrections import MORNING, VALUES, known_of, standing_values
from programmes.handout import html_of, sheet
from programmes.models import (
    Document,
    Handout,
    Printing,
    Programme,
    Ready,
    Version,
)
from programmes.rules.diary import Line, Told
from programmes.selectors.diary import dates_of, lines_of, newer_paper, on_record
from programmes.selectors.papers import in_hand, printings_of, same_paper, usual_options
from programmes.selectors.standing import standing_of
from tests import make
from tests.conftest import MadeOnce
from upwell import pdf
from upwell.http import Refused

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate


def in_force(programme: Programme) -> Version:
    version = Version.objects.in_force(programme)
    assert version is not None
    return version


def chosen(programme: Programme, **options: Any) -> dict[str, Any]:
    return {**usual_options(programme.episode.patient), **options}


def printed(programme: Programme, *, by: User | None = None, **options: Any) -> Handout:
    return actions.print_handout(
        in_force(programme),
        options=chosen(programme, **options),
        form_token=uuid4(),
        today=TODAY(),
        by=by,
    )


def enter(paper: Handout) -> None:
    """The first line of its diary, copied."""
    line = Line(row=1, on=TODAY(), told=Told(completed_pct=100, pain_during=2))
    by = paper.version.programme.episode.opened_by
    actions.enter_diary(paper, [line], today=TODAY(), by=by)


def both_legs() -> tuple[Programme, Programme]:
    """A patient with a programme for each leg."""
    patient = make.make_patient()
    left = make.make_programme(make.make_episode(patient, side=Side.LEFT))
    return left, make.make_programme(make.make_episode(patient, side=Side.RIGHT))


@pytest.fixture(scope="module", autouse=True)
def begun(made_once: MadeOnce[Programme]) -> Programme:
    return made_once(make.make_programme)


@pytest.fixture
def programme(begun: Programme) -> Programme:
    return deepcopy(begun)


@pytest.fixture(scope="module", autouse=True)
def begun_for_both(made_once: MadeOnce[tuple[Programme, Programme]]) -> tuple[Programme, Programme]:
    return made_once(both_legs)


@pytest.fixture
def legs(begun_for_both: tuple[Programme, Programme]) -> tuple[Programme, Programme]:
    """Those of another patient: left, then right."""
    return deepcopy(begun_for_both)


# --- the same paper ----------------------------------------------------------------------------


def test_the_same_content_is_the_same_paper_printed_again(programme: Programme) -> None:
    first, second = printed(programme), printed(programme)
    assert first == second
    assert Handout.objects.count() == 1
    assert first.printings.count() == 2


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"edition": "large"}, id="large print"),
        pytest.param({"language": "it"}, id="Italian"),
        pytest.param({"diary": False}, id="no diary"),
        pytest.param({"weeks": 2}, id="two weeks"),
        pytest.param({"next_review": "2030-01-01"}, id="review"),
    ],
)
def test_other_choices_are_another_paper(programme: Programme, other: dict[str, Any]) -> None:
    first, second = printed(programme), printed(programme, **other)
    assert first != second
    assert first.paper_code != second.paper_code


@pytest.mark.parametrize("kind", ["session", "not done"])
def test_a_diary_that_was_entered_is_not_printed_again(programme: Programme, kind: str) -> None:
    first = printed(programme)
    if kind == "session":
        enter(first)
    else:
        first.not_done.create(diary_row=1, on=TODAY(), recorded_by=programme.episode.opened_by)
    second = printed(programme)
    assert second != first
    assert printed(programme) == second


def test_the_same_form_twice_is_one_printing_and_other_answers_are_refused(
    programme: Programme,
) -> None:
    token = uuid4()
    sent: dict[str, Any] = {"form_token": token, "today": TODAY(), "by": None}
    version = in_force(programme)
    first = actions.print_handout(version, options=chosen(programme), **sent)
    assert actions.print_handout(version, options=chosen(programme), **sent) == first
    assert Printing.objects.count() == 1
    with pytest.raises(Refused, match="sent before with other answers"):
        actions.print_handout(version, options=chosen(programme, edition="large"), **sent)


# --- the bytes ---------------------------------------------------------------------------------


def test_the_bytes_are_made_once_and_kept(programme: Programme) -> None:
    paper = printed(programme)
    assert paper.document is None
    first = actions.as_pdf(paper)
    assert Document.objects.count() == 1
    found = Handout.objects.get()
    assert found.document is not None
    assert actions.as_pdf(found) == first


def correct(programme: Programme) -> None:
    by = programme.episode.opened_by
    session = make.make_session(programme, happened_on=TODAY(), by=by)
    stands = standing_values(session)
    actions.correct_session(
        session,
        values={name: stands[name] for name in VALUES} | {"pain_during": 7},
        morning={name: stands[f"morning_{name}"] for name in MORNING},
        strikes=False,
        reason="Misread.",
        known=known_of(session),
        on=TODAY(),
        form_token=uuid4(),
        by=by,
    )


def strike(programme: Programme) -> None:
    by = programme.episode.opened_by
    session = make.make_session(programme, happened_on=TODAY(), by=by, pain_during=8)
    stands = standing_values(session)
    actions.correct_session(
        session,
        values={name: stands[name] for name in VALUES},
        morning={name: stands[f"morning_{name}"] for name in MORNING},
        strikes=True,
        reason="Somebody else's.",
        known=known_of(session),
        on=TODAY(),
        form_token=uuid4(),
        by=by,
    )


def rename(programme: Programme) -> None:
    patient = programme.episode.patient
    edit_patient(patient, version=patient.version, family_name="Novello", language="it")


def classify(programme: Programme) -> None:
    reclassify(
        programme.episode.classifications.get(),
        phase=Phase.REACTIVE_ON_DEGENERATIVE,
        reason="Warm.",
        on=TODAY(),
        by=programme.episode.opened_by,
    )


def flare_up(programme: Programme) -> None:
    by = programme.episode.opened_by
    actions.flare(programme.episode, note="", on=TODAY(), by=by, form_token=uuid4())


@pytest.mark.parametrize(
    "change", [rename, classify, flare_up, correct, strike], ids=lambda each: each.__name__
)
def test_nothing_told_later_changes_a_paper(
    programme: Programme, change: Callable[[Programme], None]
) -> None:
    paper = printed(programme)
    before = actions.as_pdf(paper)
    change(programme)
    assert actions.as_pdf(Handout.objects.get(pk=paper.pk)) == before


@pytest.mark.parametrize(
    "change", [classify, flare_up, correct, strike], ids=lambda each: each.__name__
)
def test_nothing_told_later_stands_on_a_paper_laid_out_late(
    programme: Programme, change: Callable[[Programme], None]
) -> None:
    paper = printed(programme)
    before = html_of(sheet(paper))
    change(programme)
    late = Handout.objects.get(pk=paper.pk)
    assert late.document is None
    assert html_of(sheet(late)) == before


def test_the_paper_of_a_flare_is_laid_out_right_after_the_commit(
    programme: Programme, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        flare_up(programme)
    assert Handout.objects.get().document is not None


def test_a_flare_is_settled_where_nothing_can_be_printed(
    programme: Programme, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(html: str) -> bytes:
        raise pdf.Unprintable(pdf.BUSY)

    monkeypatch.setattr("upwell.pdf.html_to_pdf", broken)
    with django_capture_on_commit_callbacks(execute=True):
        flare_up(programme)
    assert Handout.objects.get().document is None


def test_the_bytes_are_read_only_where_they_are_sent(programme: Programme) -> None:
    order = actions.order_for(in_force(programme), options=chosen(programme), today=TODAY())
    actions.make_ready(order)
    with CaptureQueriesContext(connection) as captured:
        actions.make_ready(order)
        paper = printed(programme)
        actions.make_ready(order)
    assert '"programmes_document"."pdf"' not in " ".join(each["sql"] for each in captured)
    assert actions.as_pdf(paper).startswith(b"%PDF")


def test_a_paper_printed_while_another_is_made_ready_is_that_paper(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for, then what was made ready; somebody prints it between the two."""
    order = actions.order_for(in_force(programme), options=chosen(programme), today=TODAY())
    asked = same_paper
    found: list[Handout | None] = []

    def meanwhile(*args: Any, **known: Any) -> Handout | None:
        paper = asked(*args, **known)
        if len(found) == 1:
            monkeypatch.setattr("programmes.actions.papers.same_paper", asked)
            printed(programme)
        found.append(paper)
        return paper

    monkeypatch.setattr("programmes.actions.papers.same_paper", meanwhile)
    assert actions.make_ready(order) == Handout.objects.get()
    assert found == [None, None]


def test_after_its_days_a_diary_is_another_paper_and_printed_again_keeps_its_days(
    programme: Programme,
) -> None:
    first = printed(programme)
    last = TODAY() + timedelta(days=7)
    sent: dict[str, Any] = {"options": chosen(programme), "by": None}
    version = in_force(programme)
    again = actions.print_handout(version, form_token=uuid4(), today=last, **sent)
    assert again == first
    after = last + timedelta(days=1)
    later = actions.print_handout(version, form_token=uuid4(), today=after, **sent)
    assert later != first
    lines = lines_of(first)
    days = dates_of(first, lines, on_record(first))
    actions.print_again(first, form_token=uuid4(), today=after, by=None)
    assert dates_of(first, lines, on_record(first)) == days
    assert min(days.values()) == TODAY() + timedelta(days=1)


def test_the_paper_in_hand_is_the_one_printed_last(programme: Programme) -> None:
    first, second = printed(programme), printed(programme, edition="large")
    assert newer_paper(first) == second
    actions.print_again(first, form_token=uuid4(), today=TODAY(), by=None)
    assert newer_paper(first) is None
    assert newer_paper(second) == first


def test_a_paper_of_before_documents_is_made_at_the_first_need(programme: Programme) -> None:
    old = make.make_handout(programme)
    Handout.objects.filter(pk=old.pk, document=None).get()
    bytes_then = actions.as_pdf(old)
    rename(programme)
    assert actions.as_pdf(Handout.objects.get(pk=old.pk)) == bytes_then


# --- made ready --------------------------------------------------------------------------------


def ready(programme: Programme, **options: Any) -> Ready | Handout:
    order = actions.order_for(
        in_force(programme), options=chosen(programme, **options), today=TODAY()
    )
    return actions.make_ready(order)


def test_what_was_made_ready_is_taken_over_with_its_code_and_bytes(programme: Programme) -> None:
    before = ready(programme)
    assert isinstance(before, Ready)
    paper = printed(programme)
    assert (paper.paper_code, paper.document) == (before.paper_code, before.document)
    assert not Ready.objects.exists()


def test_made_ready_twice_is_one_and_a_printed_paper_is_its_own(programme: Programme) -> None:
    assert ready(programme) == ready(programme)
    assert Document.objects.count() == 1
    paper = printed(programme)
    assert ready(programme) == paper


def test_what_nobody_printed_is_thrown_away(programme: Programme) -> None:
    old = ready(programme)
    Ready.objects.filter(pk=old.pk).update(made_at=timezone.now() - timedelta(days=15))
    ready(programme, edition="large")
    assert [each.pk for each in Ready.objects.filter(pk=old.pk)] == []


def test_the_usual_editions_are_made_ready(programme: Programme) -> None:
    assert make_usual(programme.pk) == 1
    patient = programme.episode.patient
    edit_patient(patient, version=patient.version, large_print=True)
    assert make_usual(programme.pk) == 2
    programme.refresh_from_db()
    documents = Document.objects.count()
    printed(Programme.objects.get(pk=programme.pk), edition="large")
    assert Document.objects.count() == documents


# --- both legs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["left", "right"])
def test_both_legs_are_one_sheet_with_a_code_each(
    legs: tuple[Programme, Programme], asked: str
) -> None:
    left, right = legs
    paper = printed(left if asked == "left" else right, both=True)
    assert paper.version.programme.episode.side == asked
    other = Handout.objects.exclude(pk=paper.pk).get()
    assert other.together == paper.together is not None
    assert other.paper_code != paper.paper_code
    assert actions.as_pdf(paper) == actions.as_pdf(Handout.objects.get(pk=other.pk))
    # Asked for from the other side, it is the same sheet.
    again = printed(right if asked == "left" else left, both=True)
    assert again == other
    assert Printing.objects.count() == 4


def test_the_diary_of_either_leg_makes_the_sheet_another(legs: tuple[Programme, Programme]) -> None:
    left, _ = legs
    paper = printed(left, both=True)
    other = Handout.objects.exclude(pk=paper.pk).get()
    enter(other)
    assert printed(left, both=True) not in (paper, other)


def test_without_another_leg_it_is_one_paper(programme: Programme) -> None:
    paper = printed(programme, both=True)
    assert paper.together is None
    assert paper.options["both"] is False
    # The form sent again says the same, though there was no other leg.
    assert Handout.objects.count() == 1


# --- a flare to come ---------------------------------------------------------------------------


def test_the_paper_for_a_flare_moves_nobody(programme: Programme) -> None:
    programme.current_step = in_force(programme).steps.get(stage=Stage.ISOTONIC, number=2)
    programme.save(update_fields=["current_step"])
    here = programme.current_step
    plan = printed(programme)
    kept = printed(programme, flare=True, ahead=True)
    programme.refresh_from_db()
    assert programme.current_step == here
    assert kept.step.stage == Stage.ISOMETRIC
    assert plan.step == here


# --- again -------------------------------------------------------------------------------------


def test_printed_again_it_is_the_same_paper(programme: Programme) -> None:
    paper = printed(programme)
    before = actions.as_pdf(paper)
    token, by = uuid4(), make.make_user(Role.RECEPTION)
    first = actions.print_again(paper, form_token=token, today=TODAY(), by=by)
    assert actions.print_again(paper, form_token=token, today=TODAY(), by=by) == first
    assert paper.printings.count() == 2
    assert actions.as_pdf(paper) == before


def test_nothing_is_printed_again_under_a_red_flag(programme: Programme) -> None:
    paper = printed(programme)
    make.make_signed_assessment(
        programme.episode, examined_on=TODAY(), bone=["focal_bone_tenderness"]
    )
    with pytest.raises(Refused, match="red flag"):
        actions.print_again(
            paper, form_token=uuid4(), today=TODAY(), by=programme.episode.opened_by
        )
    assert paper.printings.count() == 1


@pytest.mark.parametrize(
    ("findings", "says"),
    [
        pytest.param({"bone": ["focal_bone_tenderness"]}, "red flag", id="red flag"),
        pytest.param(
            {"cortisone": True, "cortisone_last_on": TODAY() - timedelta(days=10)},
            "not for this tendon now",
            id="cortisone",
        ),
    ],
)
@pytest.mark.parametrize("asked", ["left", "right"])
def test_a_sheet_is_not_printed_again_while_either_leg_may_not_have_it(
    legs: tuple[Programme, Programme], findings: dict[str, Any], says: str, asked: str
) -> None:
    left, right = legs
    assert right.current_step is not None
    assert (right.current_step.stage, right.current_step.number) == (Stage.ISOTONIC, 1)
    paper = printed(left if asked == "left" else right, both=True)
    make.make_signed_assessment(right.episode, examined_on=TODAY(), **findings)
    with pytest.raises(Refused, match=says):
        actions.print_again(paper, form_token=uuid4(), today=TODAY(), by=None)
    assert Printing.objects.count() == 2
    found = standing_of(left.episode, TODAY())
    held = in_hand(printings_of(left.episode), found)
    assert held is not None
    assert says in held.refusal
