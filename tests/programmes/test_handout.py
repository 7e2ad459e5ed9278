"""The patient's paper, read back from the PDF."""

import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
import segno
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from assessments.actions import add_runs, reclassify
from assessments.rules.terms import MatrixRow, Phase, Stage
from assessments.rules.typed_runs import TypedRun
from patients.rules.roles import Role
from patients.rules.terms import Side
from programmes.actions import as_pdf, decide, record_morning
from programmes.handout import (
    Sheet,
    codes_of,
    digest_of,
    html_of,
    order_of,
    qr_code,
    sheet,
    sheet_of,
)
from programmes.models import Handout, Programme, Step
from programmes.rules.dose import dose_from_json
from programmes.rules.handout import dose_in_words
from programmes.rules.library import EXERCISES
from programmes.rules.papercode import read_code
from programmes.rules.terms import Outcome, Protocol
from tests.conftest import MadeOnce
from tests.make import (
    DAY,
    INSERTIONAL,
    MIDPORTION,
    MIXED,
    REACTIVE,
    make_episode,
    make_handout,
    make_patient,
    make_programme,
    make_session,
    make_signed_assessment,
    make_user,
)
from tests.readable import blocks_of
from upwell import pdf
from upwell.http import Refused

pytestmark = pytest.mark.django_db

RAN: dict[str, Any] = {"running_status": "never_stopped", "run_pain": 3, "run_settled": True}

# Whose papers most tests are about; the others make their patient themselves.
PATIENTS = (MIDPORTION, INSERTIONAL, REACTIVE, {**REACTIVE, **RAN})

Planned = Callable[..., Programme]


@pytest.fixture(scope="module", autouse=True)
def started(made_once: MadeOnce[list[Programme]]) -> list[Programme]:
    return made_once(lambda: [make_programme(**each) for each in PATIENTS])


@pytest.fixture
def planned(started: list[Programme]) -> Planned:
    """As ``make_programme``; for one of ``PATIENTS`` the programme made once, moved on ``at``."""

    def found(*, at: tuple[Stage, int] | None = None, **plan: Any) -> Programme:
        examination = {**MIDPORTION, **plan}
        if examination not in PATIENTS:
            return make_programme(at=at, **plan)
        programme = deepcopy(started[PATIENTS.index(examination)])
        if at:
            stage, number = at
            programme.current_step = programme.versions.get().steps.get(stage=stage, number=number)
            programme.save(update_fields=["current_step"])
        return programme

    return found


@pytest.fixture(scope="module", autouse=True)
def printed(made_once: MadeOnce[Handout]) -> Handout:
    return made_once(make_handout)


@pytest.fixture
def handout(printed: Handout) -> Handout:
    """A paper with a diary, of heavy slow resistance at its first step."""
    return deepcopy(printed)


def words(text: str) -> str:
    """The text with every run of white space as one space: lines break where they like."""
    return " ".join(text.split())


def pages(paper: bytes) -> list[str]:
    return [words(page.extract_text()) for page in PdfReader(BytesIO(paper)).pages]


def root(paper: bytes) -> Any:
    """The catalogue of the PDF."""
    return PdfReader(BytesIO(paper)).trailer["/Root"]


def text_of(handout: Handout) -> str:
    """What stands on the paper, block by block, without laying it out."""
    return " ".join(blocks_of(html_of(sheet(handout))))


def test_it_says_whose_it_is_and_which_plan() -> None:
    patient = make_patient()
    handout = make_handout(make_programme(make_episode(patient, side=Side.RIGHT)))
    text = text_of(handout)
    for expected in (
        "Your Achilles plan",
        settings.PRACTICE_NAME,
        settings.PRACTICE_CONTACT,
        "Alex Sampleton",
        f"Record {patient.record_number}",
        "Born 31 January 1980",
        "Side Right",
        f"Plan from {timezone.localdate():%-d %B %Y}",
        "Version 1",
        f"{handout.paper_code[:4]} {handout.paper_code[4:]}",
        "your right Achilles tendon",
    ):
        assert expected in text


def test_every_page_says_whose_it_is(planned: Planned) -> None:
    found = pages(as_pdf(make_handout(planned(**INSERTIONAL))))
    assert len(found) == 2
    for number, page in enumerate(found, start=1):
        assert "Alex Sampleton, born 31 January 1980" in page
        assert f"page {number} of 2" in page


@pytest.mark.parametrize(
    ("examination", "plan"),
    [
        pytest.param(MIDPORTION, {"at": (Stage.ISOTONIC, 3)}, id="heavy slow resistance"),
        pytest.param(MIDPORTION, {"protocol": Protocol.SILB}, id="five exercises"),
        pytest.param(MIDPORTION, {"protocol": Protocol.ALF}, id="heel drops"),
        pytest.param(INSERTIONAL, {"at": (Stage.ISOTONIC, 4)}, id="insertional"),
        pytest.param(REACTIVE, {}, id="isometric"),
        pytest.param(MIDPORTION, {"at": (Stage.PLYOMETRIC, 3)}, id="jumps with weight"),
        pytest.param(MIDPORTION, {"at": (Stage.RUN_WALK, 3)}, id="run-walk"),
        pytest.param(MIDPORTION, {"at": (Stage.FULL_RETURN, 1)}, id="full return"),
    ],
)
def test_it_prints_each_exercise_of_the_step(
    planned: Planned, examination: dict[str, Any], plan: dict[str, Any]
) -> None:
    handout = make_handout(planned(**examination, **plan))
    text = text_of(handout)
    items = list(handout.step.items.all())
    assert items
    for number, item in enumerate(items, start=1):
        assert f"{number}. {item.name}" in text
        for line in item.instructions:
            assert line in text
        dose = dose_in_words(dose_from_json(item.dose))
        for said in (dose.amount, dose.often, dose.rest, dose.pace):
            assert said.casefold() in text.casefold()


NUMBER = "Camberwell, (03) 5550 0123"


@pytest.mark.parametrize("contact", [NUMBER, "Camberwell"], ids=["number", "no number"])
def test_one_sheet_holds_the_plan_of_three_exercises(
    planned: Planned, contact: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PRACTICE_CONTACT", contact)
    programme = planned(at=(Stage.ISOTONIC, 3))
    handout = make_handout(programme, diary=False, next_review=date(2027, 3, 31))
    assert handout.step.items.count() == 3
    first, second = pages(as_pdf(handout))
    assert "Next visit 31 March 2027" in first
    assert "the same day if" in second
    *plan, diary = pages(as_pdf(make_handout(programme, next_review=date(2027, 3, 31))))
    assert len(plan) == 2
    assert "the same day if" not in diary
    assert "Your diary" in diary
    assert "Your diary" not in " ".join(plan)


@pytest.mark.parametrize("diary", [True, False], ids=["diary", "no diary"])
def test_when_to_call_is_never_alone_on_a_page(
    diary: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PRACTICE_CONTACT", NUMBER)
    handout = make_handout(
        make_programme(protocol=Protocol.SILB), diary=diary, next_review=date(2027, 3, 31)
    )
    items = [item.name for item in handout.step.items.all()]
    assert len(items) == 5
    first, second, *more = pages(as_pdf(handout))
    assert items[0] in first
    assert items[-1] in second
    assert "Call us the same day if" in second
    assert len(more) == diary


def test_the_box_names_the_number_to_call(
    handout: Handout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PRACTICE_CONTACT", NUMBER)
    text = text_of(handout)
    assert "Call us the same day if" in text
    assert f"Call us: {NUMBER}" in text


def test_no_number_is_promised_where_there_is_none(
    handout: Handout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PRACTICE_CONTACT", "Camberwell")
    text = text_of(handout)
    assert "Call the practice the same day if" in text
    assert "Call us:" not in text
    assert "Call us the same day" not in text


def test_the_leg_is_named(planned: Planned) -> None:
    episode = make_episode(side=Side.RIGHT)
    assert "Right leg" in text_of(make_handout(make_programme(episode, protocol=Protocol.ALF)))
    assert "Both legs" in text_of(make_handout(planned()))


def test_the_three_rules_have_the_practices_numbers_and_words(handout: Handout) -> None:
    text = text_of(handout)
    for expected in (
        "0 to 2: fine",
        "3 to 5: all right",
        "Above 5: too much",
        "Check the next morning",
        "If it flares up",
    ):
        assert expected in text


INSERTIONAL_WARNINGS = ("never below", "stretch", "flat ground when you can", "heel lift")


@pytest.mark.parametrize("examination", [INSERTIONAL, MIXED], ids=["insertional", "mixed"])
def test_insertional_keeps_the_heel_level(planned: Planned, examination: dict[str, Any]) -> None:
    programme = planned(**examination)
    handout = make_handout(programme)
    text = text_of(handout)
    for warning in INSERTIONAL_WARNINGS:
        assert warning in text
    drops = {
        each.name.casefold()
        for each in EXERCISES.values()
        if each.row is MatrixRow.STEP_DEFICIT_HEEL_DROP
    }
    assert drops
    assert not [name for name in drops if name in text.casefold()]


@pytest.mark.parametrize("stage", [Stage.ISOTONIC, Stage.RUN_WALK])
def test_midportion_has_none_of_the_insertional_warnings(planned: Planned, stage: Stage) -> None:
    text = text_of(make_handout(planned(at=(stage, 1)))).casefold()
    for warning in INSERTIONAL_WARNINGS:
        assert warning.casefold() not in text


LESS = "Run less: 5 km at most where you used to run 10 km."


def step_back(programme: Programme, **session: Any) -> None:
    """A session after which the clinician went back."""
    by = programme.episode.opened_by
    held = make_session(programme, **session)
    decide(held, outcome=Outcome.REGRESS, reason="Went badly.", today=timezone.localdate(), by=by)
    programme.refresh_from_db()


def test_irritable_means_no_stretching_no_jumping_and_less_running(planned: Planned) -> None:
    text = text_of(make_handout(planned(**{**REACTIVE, **RAN})))
    for warning in (
        "Do not stretch your calf.",
        "Do not jump or hop.",
        LESS,
    ):
        assert warning in text
    assert "heavy work" not in text
    assert "never below" not in text


def assert_no_running(programme: Programme) -> None:
    text = text_of(make_handout(programme))
    assert "Do not run yet. You can start again once you pass our running test." in text
    assert "Run less" not in text
    assert "no running" not in text.casefold()


@pytest.mark.parametrize("examination", [MIDPORTION, REACTIVE], ids=["load", "settle"])
def test_no_running_after_a_step_back(planned: Planned, examination: dict[str, Any]) -> None:
    programme = planned(**{**examination, **RAN})
    assert "Do not run yet" not in text_of(make_handout(programme))
    step_back(programme)
    assert_no_running(programme)


def test_no_running_once_a_session_made_it_irritable(planned: Planned) -> None:
    programme = planned(**{**MIDPORTION, **RAN})
    newest = programme.episode.classifications.get()
    reclassify(
        newest,
        phase=Phase.REACTIVE_ON_DEGENERATIVE,
        reason="Newly warm.",
        on=DAY,
        by=programme.episode.opened_by,
    )
    # What the plan asks for suits no irritable tendon; only the page is of interest here.
    programme.current_step = programme.versions.get().steps.get(order=1)
    programme.save(update_fields=["current_step"])
    assert_no_running(programme)


@pytest.mark.parametrize(
    ("before", "morning", "settled"),
    [
        pytest.param(2, 3, True, id="up one"),
        pytest.param(2, 4, False, id="up two"),
        pytest.param(6, 5, True, id="at the ceiling"),
        pytest.param(6, 6, False, id="above the ceiling"),
    ],
)
def test_no_running_after_a_session_that_did_not_settle(
    planned: Planned, before: int, morning: int, settled: bool
) -> None:
    programme = planned(**{**REACTIVE, **RAN})
    by = programme.episode.opened_by
    calm = make_session(programme, happened_on=DAY)
    record_morning(calm, pain=0, stiffness_min=0, on=DAY + timedelta(days=1), by=by)
    last = make_session(programme, happened_on=DAY + timedelta(days=2), pain_before=before)
    record_morning(last, pain=morning, stiffness_min=10, on=DAY + timedelta(days=3), by=by)
    # A session whose morning has not come takes nothing back.
    make_session(programme, happened_on=DAY + timedelta(days=4))
    if settled:
        assert LESS in text_of(make_handout(programme))
    else:
        assert_no_running(programme)


def test_a_new_examination_asks_about_running_again(planned: Planned) -> None:
    programme = planned(**{**REACTIVE, **RAN})
    step_back(programme)
    make_signed_assessment(
        programme.episode, **{**REACTIVE, **RAN, "examined_on": DAY + timedelta(days=7)}
    )
    assert LESS in text_of(make_handout(programme))


def test_a_later_flare_does_not_change_a_paper(planned: Planned) -> None:
    programme = planned(**{**REACTIVE, **RAN})
    handout = make_handout(programme)
    before = text_of(handout)
    held = make_session(programme)
    record_morning(
        held, pain=9, stiffness_min=60, on=DAY + timedelta(days=1), by=handout.version.created_by
    )
    decide(
        held,
        outcome=Outcome.REGRESS,
        reason="Went badly.",
        today=timezone.localdate(),
        by=handout.version.created_by,
    )
    assert text_of(Handout.objects.get(pk=handout.pk)) == before
    assert_no_running(programme)


def test_more_weight_is_offered_only_to_a_calm_tendon(planned: Planned) -> None:
    today = timezone.localdate()
    had: dict[str, Any] = {
        "examined_on": today,
        "cortisone": True,
        "cortisone_last_on": today - timedelta(days=21),
    }
    calm = planned(at=(Stage.ISOMETRIC, 2))
    assert "If it feels easy, hold a weight." in text_of(make_handout(calm))
    for programme, on in (
        (planned(**REACTIVE), None),
        (make_programme(on=today, **had), today),
    ):
        handout = make_handout(programme, on=on) if on else make_handout(programme)
        text = text_of(handout)
        assert "out of 10" in text
        assert "If it feels easy" not in text
        assert ("has had a cortisone injection, so for now" in text) is bool(on)


@pytest.mark.parametrize("rung", [1, 4], ids=["body weight", "15 kg"])
def test_a_weight_without_a_place_is_told_how_to_carry(rung: int) -> None:
    handout = make_handout(make_programme(protocol=Protocol.ALF, at=(Stage.ISOTONIC, rung)))
    text = text_of(handout)
    carry = "Carry the weight in a rucksack, or in the hand that does not hold on."
    assert text.count(carry) == (2 if rung > 1 else 0)
    assert ("Kg used" in sheet(handout).paper.heads) is (rung > 1)


def test_running_all_the_way_says_nothing_of_walking(planned: Planned) -> None:
    text = text_of(make_handout(planned(at=(Stage.RUN_WALK, 10)), diary=False))
    plan = text.split("What to do now")[1]
    assert "1. Easy running, flat" in plan
    assert "alk" not in plan.split("Call us")[0].replace("talk", "")
    assert "Together" not in plan
    assert "Once 30 minutes" in plan


@pytest.mark.parametrize("stage", [Stage.RUN_WALK, Stage.FULL_RETURN])
def test_the_diary_of_a_run_asks_how_far(planned: Planned, handout: Handout, stage: Stage) -> None:
    assert "Km or min" in sheet(make_handout(planned(at=(stage, 1)))).paper.heads
    assert "Km or min" not in sheet(handout).paper.heads


def test_the_longest_run_on_record_is_on_the_paper(planned: Planned) -> None:
    programme = planned(at=(Stage.FULL_RETURN, 1))
    handout = make_handout(programme)
    order = replace(order_of(handout), at=None, options={**handout.options, "dates": []})
    assert "Your longest run: " in " ".join(blocks_of(html_of(sheet_of(order, codes_of(handout)))))
    add_runs(
        programme.episode,
        [
            TypedRun(
                on=order.on - timedelta(days=days),
                distance_m=metres,
                duration_s=None,
                surface=None,
                note="",
            )
            for days, metres in ((30, 7_000), (31, 9_000))
        ],
        form_token=uuid4(),
        by=programme.episode.opened_by,
    )
    told = " ".join(blocks_of(html_of(sheet_of(order, codes_of(handout)))))
    assert "Your longest was 7 km, so up to 7.7 km." in told


ONE_EXERCISE = [
    *(
        pytest.param(REACTIVE, {"at": (Stage.ISOMETRIC, step)}, {}, id=f"hold {step}")
        for step in (1, 4)
    ),
    *(
        pytest.param(INSERTIONAL, {"at": (Stage.ISOTONIC, step)}, {}, id=f"heel {step}")
        for step in (1, 2, 3, 4)
    ),
    *(
        pytest.param(MIDPORTION, {"at": (Stage.PLYOMETRIC, step)}, {}, id=f"jump {step}")
        for step in (1, 3, 5)
    ),
    *(
        pytest.param(MIDPORTION, {"at": (Stage.RUN_WALK, step)}, {}, id=f"run {step}")
        for step in (8, 10)
    ),
    pytest.param(MIDPORTION, {"at": (Stage.FULL_RETURN, 1)}, {}, id="full return"),
    pytest.param(REACTIVE, {}, {"flare": True}, id="flare"),
    pytest.param(
        INSERTIONAL, {"at": (Stage.ISOMETRIC, 1)}, {"flare": True, "ahead": True}, id="flare, kept"
    ),
]


@pytest.mark.parametrize(("examination", "plan", "options"), ONE_EXERCISE)
def test_a_plan_of_one_exercise_is_one_page(
    planned: Planned,
    examination: dict[str, Any],
    plan: dict[str, Any],
    options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "PRACTICE_CONTACT", NUMBER)
    handout = make_handout(planned(**examination, **plan))
    assert handout.step.items.count() == 1
    chosen = {
        **handout.options,
        "diary": False,
        "dates": [],
        "next_review": "2027-03-31",
        **options,
    }
    order = replace(order_of(handout), options=chosen)
    (page,) = pages(pdf.html_to_pdf(html_of(sheet_of(order, codes_of(handout)))))
    assert "Call us the same day if" in page


@pytest.mark.parametrize("edition", ["standard", "large"])
@pytest.mark.parametrize("weeks", [1, 2])
def test_each_sheet_of_the_diary_has_its_heading_and_code(
    planned: Planned, edition: str, weeks: int
) -> None:
    handout = make_handout(planned(**INSERTIONAL))
    order = replace(
        order_of(handout), options={**handout.options, "weeks": weeks, "edition": edition}
    )
    made = sheet_of(order, codes_of(handout))
    found = pages(pdf.html_to_pdf(html_of(made)))
    diary = [page for page in found if "Day and date" in page]
    assert len(diary) == len(made.paper.pages)
    assert found[-len(diary) :] == diary
    for number, page in enumerate(diary, start=1):
        assert made.paper.code in page
        assert page.startswith("Your diary")
        assert len(diary) == 1 or f"sheet {number} of {len(diary)}" in page
    lines = [line for each in made.paper.pages for week in each.weeks for line in week.lines]
    assert [line.row for line in lines] == list(range(1, 14 * weeks + 1))
    assert "What I want to tell or ask next time" in diary[-1]


def both_legs(left: Mapping[str, Any], right: Mapping[str, Any], **options: Any) -> Sheet:
    """The sheet of a patient with both legs treated."""
    patient = make_patient()
    one = make_programme(make_episode(patient, side=Side.LEFT), **left)
    make_programme(make_episode(patient, side=Side.RIGHT), **right)
    handout = make_handout(one)
    order = replace(
        order_of(handout), at=None, options={**handout.options, "both": True, **options}
    )
    return sheet_of(order, ("ABCD2345", "WXYZ6789"))


HEAVY = {**MIDPORTION, "at": (Stage.ISOTONIC, 2)}
HEAVIER = {**MIDPORTION, "at": (Stage.ISOTONIC, 3)}


@pytest.mark.parametrize(
    ("left", "right", "kept"),
    [(HEAVY, HEAVIER, Side.LEFT), (HEAVIER, HEAVY, Side.RIGHT), (HEAVY, HEAVY, Side.LEFT)],
    ids=["left behind", "right behind", "alike"],
)
def test_what_both_legs_do_together_is_printed_once_and_easier(
    left: dict[str, Any], right: dict[str, Any], kept: Side
) -> None:
    made = both_legs(left, right, diary=False)
    text = " ".join(blocks_of(html_of(made)))
    assert "Both legs, once: what to do now" in text
    assert text.count("Seated heel raise, machine") == 1
    assert "3 sets of 12" in text
    assert "4 sets of 10" not in text
    assert [(each.side, each.dose != "") for each in made.shared] == [(kept, True)] * 3
    assert all(each.dose.startswith("3 sets of 12") for each in made.shared)
    assert text.count("There is nothing else for this leg.") == 2
    assert text.count("Do not run yet.") == 1
    # Both codes, also without a diary.
    assert "ABCD 2345" in text
    assert "WXYZ 6789" in text


def test_what_only_one_leg_does_stays_with_it() -> None:
    made = both_legs(HEAVY, INSERTIONAL)
    assert made.shared == ()
    assert [len(paper.cards) for paper in made.papers] == [3, 1]


def test_nobody_runs_while_the_other_leg_must_not() -> None:
    made = both_legs(
        {**MIDPORTION, "at": (Stage.RUN_WALK, 3)}, {**REACTIVE, "running_status": "stopped"}
    )
    text = " ".join(blocks_of(html_of(made)))
    assert "Run and walk" not in text
    assert text.count("Do not run yet.") == 1
    (waits,) = made.shared
    assert (waits.name, waits.side, waits.dose) == ("Run and walk", Side.RIGHT, "")


def test_a_flare_paper_for_both_legs_names_both() -> None:
    left = {**MIDPORTION, "at": (Stage.ISOMETRIC, 1)}
    made = both_legs(left, HEAVIER, flare=True, ahead=True)
    assert [
        f"flare of your {side}" in paper.what
        for side, paper in zip(("left", "right"), made.papers, strict=True)
    ] == [True, True]


def test_the_usual_titles_are_in_the_language_of_the_paper(handout: Handout) -> None:
    order = replace(order_of(handout), options={**handout.options, "language": "it"})
    (signature,) = sheet_of(order, codes_of(handout)).clinicians
    assert "Fisioterapista" in signature


def test_recent_cortisone_means_nothing_heavy() -> None:
    today = timezone.localdate()
    had: dict[str, Any] = {
        "examined_on": today,
        "cortisone": True,
        "cortisone_last_on": today - timedelta(days=21),
    }
    text = text_of(make_handout(make_programme(on=today, **had), on=today))
    assert "Do no heavy work with this calf, apart from the holds on this paper" in text
    assert "keep its work light, apart from the holds below" in text
    assert "until we tell you" in text
    assert "Do not run yet." in text


@pytest.mark.parametrize(
    ("examination", "named"),
    [(MIDPORTION, True), (REACTIVE, False), ("cortisone", False)],
    ids=["settled", "irritable", "fresh cortisone"],
)
def test_the_paper_for_a_flare_is_named_only_where_it_may_be_printed(
    examination: Any, named: bool
) -> None:
    today = timezone.localdate()
    if examination == "cortisone":
        given = today - timedelta(days=21)
        examination = {**MIDPORTION, "cortisone": True, "cortisone_last_on": given}
    programme = make_programme(
        on=today, at=(Stage.ISOMETRIC, 2), **{**examination, "examined_on": today}
    )
    text = text_of(make_handout(programme, on=today))
    assert ("follow the paper “Your plan for a flare”" in text) is named
    assert ("Do fewer holds, keep walking and call us." in text) is not named


@pytest.mark.parametrize(
    ("examination", "told"), [(INSERTIONAL, True), (MIDPORTION, False)], ids=["heel", "middle"]
)
def test_deep_jumps_say_how_to_land_where_the_heel_is_sore(
    planned: Planned, examination: dict[str, Any], told: bool
) -> None:
    programme = planned(**examination)
    step = next(
        step
        for step in programme_steps(programme)
        if step.items.filter(exercise="double_leg_jump_loaded").exists()
    )
    Programme.objects.filter(pk=programme.pk).update(current_step=step)
    programme.refresh_from_db()
    text = text_of(make_handout(programme))
    assert ("do not let your knees sink far over your toes" in text) is told


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "Do not run uphill yet, and do not run fast."),
        (2, "Do not run uphill yet, and do not sprint."),
        (3, "Do not sprint yet."),
        (4, ""),
    ],
)
def test_each_step_of_running_says_what_comes_later(
    planned: Planned, number: int, said: str
) -> None:
    programme = planned(at=(Stage.FULL_RETURN, number), **MIDPORTION)
    made = sheet(make_handout(programme))
    assert made.paper.avoid == ((said,) if said else ())
    assert made.paper.job.endswith("never two days in a row.")


def programme_steps(programme: Programme) -> list[Step]:
    return list(Step.objects.filter(version__programme=programme).order_by("order"))


def test_cortisone_long_ago_is_not_mentioned(planned: Planned) -> None:
    had: dict[str, Any] = {"cortisone": True, "cortisone_last_on": date(2024, 1, 5)}
    assert "cortisone" not in text_of(make_handout(planned(**had)))


def test_running_plan_is_a_table(planned: Planned) -> None:
    text = text_of(make_handout(planned(at=(Stage.RUN_WALK, 3))))
    assert "When Walk Run Round 1 7 minutes 3 minutes Round 2 7 minutes 3 minutes" in text
    assert "Together 30 minutes." in text
    assert "Do not run yet" not in text


@pytest.mark.parametrize(
    ("examination", "plan", "lines"),
    [
        pytest.param(MIDPORTION, {}, 3, id="three days a week"),
        pytest.param(REACTIVE, {}, 7, id="every day"),
        pytest.param(INSERTIONAL, {}, 14, id="twice every day"),
        pytest.param(MIDPORTION, {"at": (Stage.PLYOMETRIC, 2)}, 2, id="two days a week"),
    ],
)
def test_the_diary_has_a_line_for_each_session_of_a_week(
    planned: Planned, examination: dict[str, Any], plan: dict[str, Any], lines: int
) -> None:
    handout = make_handout(planned(**examination, **plan))
    assert sheet(handout).paper.diary_lines == lines
    last = pages(as_pdf(handout))[-1]
    printed = [line for week in sheet(handout).paper.diary for line in week.lines]
    places = [last.index(line.label) for line in printed]
    assert places == sorted(places)
    assert f"{handout.paper_code[:4]} {handout.paper_code[4:]}" in last


def test_a_diary_of_two_weeks_counts_its_lines_on(planned: Planned) -> None:
    programme = planned(**REACTIVE)
    handout = make_handout(programme)
    order = replace(order_of(handout), options={**handout.options, "weeks": 2})
    paper = sheet_of(order, codes_of(handout)).paper
    assert [week.number for week in paper.diary] == [1, 2]
    lines = [line for week in paper.diary for line in week.lines]
    assert [line.row for line in lines] == list(range(1, 15))
    assert [line.day for line in lines] == list(range(1, 15))


DIARY_HEADS = (
    "Day and date",
    "Done: tick or %",
    "Stiff that morning, min",
    "Pain before",
    "Pain during",
    "Pain after",
    "Pain next morning",
    "Stiff next morning, min",
)


@pytest.mark.parametrize(
    "examination", [MIDPORTION, REACTIVE, INSERTIONAL], ids=["three", "seven", "fourteen"]
)
def test_the_diary_asks_what_a_decision_reads_in_boxes_big_enough(
    planned: Planned, examination: dict[str, Any]
) -> None:
    handout = make_handout(planned(**examination))
    page = PdfReader(BytesIO(as_pdf(handout))).pages[-1]
    text = words(page.extract_text())
    for head in DIARY_HEADS:
        assert head in text
    assert "Fill in the last two boxes the next day, on the same line." in text
    rows: list[float] = []

    def find(text: str, _: Any, matrix: list[float], *__: Any) -> None:
        if re.fullmatch(r"(Day |Session )?\d+(, \w+)?", text.strip()) and matrix[4] < 200:
            rows.append(matrix[5])

    page.extract_text(visitor_text=find)
    assert len(rows) == sheet(handout).paper.diary_lines
    twelve_mm = 12 / 25.4 * 72
    assert all(abs(one - two) >= twelve_mm for one, two in pairwise(rows))


@pytest.mark.parametrize("examination", [MIDPORTION, INSERTIONAL], ids=["once", "twice a day"])
def test_every_box_of_the_diary_has_its_two_heads(
    planned: Planned, examination: dict[str, Any]
) -> None:
    handout = make_handout(planned(**examination))
    diary = [each for each in tags(as_pdf(handout)) if each.get("/S") == "/Table"][-1]
    boxes = [cell for cell in below(diary) if cell.get("/S") == "/TD"]
    assert len(boxes) == sheet(handout).paper.diary_lines * (len(sheet(handout).paper.heads) - 1)
    heads = [tuple(cell["/A"]["/Headers"]) for cell in boxes]
    assert {len(each) for each in heads} == {2}
    assert len(set(heads)) == len(boxes)


def test_a_step_without_a_diary_has_none() -> None:
    handout = make_handout(diary=False)
    assert "diary" not in text_of(handout).casefold()


def test_next_review_and_who_made_the_plan() -> None:
    author = make_user(Role.EXERCISE_PHYSIOLOGIST)
    episode = make_episode(by=make_user(Role.PHYSIOTHERAPIST))
    programme = make_programme(episode, by=author)
    printed_by = make_user(Role.RECEPTION)
    text = text_of(make_handout(programme, next_review=date(2027, 3, 31), by=printed_by))
    assert "Next visit 31 March 2027" in text
    assert "Edith Exercise, Accredited exercise physiologist, ESSA 000001" in text
    assert "registered" not in text.casefold()
    assert "Rita Reception" not in text
    by_hand = html_of(sheet(make_handout(programme)))
    assert 'Next visit <span class="line long-line">' in by_hand


def test_it_says_when_to_call(handout: Handout) -> None:
    text = text_of(handout)
    for sign in ("sudden pop", "cannot push off", "calf is swollen, hot or painful", "fever"):
        assert sign in text


def test_nothing_written_for_clinicians_is_on_it() -> None:
    episode = make_episode()
    programme = make_programme(
        episode, **INSERTIONAL, history_note="Worries about work", phase=Phase.DISREPAIR
    )
    handout = make_handout(programme)
    text = text_of(handout).casefold()
    reason = episode.classifications.get().reason
    assert reason
    cautions = [each.caution for step in handout.version.steps.all() for each in step.items.all()]
    assert any(cautions)
    for private in (reason, "worries", *filter(None, cautions), handout.step.title):
        assert private.casefold() not in text
    for jargon in ("insertional", "disrepair", "degenerative", "pathway", "tendinopathy", "weeks"):
        assert jargon not in text


def test_a_later_finding_does_not_change_a_paper(handout: Handout) -> None:
    before = text_of(handout)
    classification = handout.version.programme.episode.classifications.get()
    reclassify(
        classification,
        phase=Phase.REACTIVE_ON_DEGENERATIVE,
        reason="Warm again.",
        on=timezone.localdate(),
        by=handout.version.created_by,
    )
    assert text_of(Handout.objects.get(pk=handout.pk)) == before


def test_the_pdf_is_tagged_and_names_nobody_in_its_metadata(handout: Handout) -> None:
    reader = PdfReader(BytesIO(as_pdf(handout)))
    catalog = root(as_pdf(handout))
    assert catalog["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in catalog
    assert catalog["/Lang"] == "en-AU"
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Your Achilles plan, paper " + sheet(handout).paper.code
    assert reader.metadata.creation_date is not None
    # The day of the plan and never the moment of printing: the same content is the same bytes.
    assert f"{reader.metadata.creation_date:%-d %B %Y}" == sheet(handout).dated
    xmp = catalog["/Metadata"].get_object().get_data().decode()
    assert 'pdfuaid:part="1"' in xmp
    told = xmp + " ".join(str(value) for value in reader.metadata.values())
    assert "Sampleton" not in told
    assert "Alex" not in told


def below(structure: Any) -> list[Any]:
    """Every element of this part of a PDF's structure, itself first."""
    found: list[Any] = []

    def walk(element: Any) -> None:
        element = element.get_object()
        if isinstance(element, list):
            for each in element:
                walk(each)
        elif isinstance(element, dict):
            found.append(element)
            if "/K" in element:
                walk(element["/K"])

    walk(structure)
    return found


def tags(paper: bytes) -> list[Any]:
    """Every element a screen reader is told of."""
    return below(root(paper)["/StructTreeRoot"]["/K"])


def test_headings_tables_and_pictures_are_told_to_a_screen_reader(planned: Planned) -> None:
    found = tags(as_pdf(make_handout(planned(at=(Stage.RUN_WALK, 3)))))
    kinds = [each.get("/S") for each in found]
    assert kinds.count("/H1") == 1
    assert "/H2" in kinds
    assert kinds.count("/Table") == 3  # the run, its dates, the diary
    heads = [each for each in found if each.get("/S") == "/TH"]
    known = {each["/ID"] for each in heads}
    cells = [each for each in found if each.get("/S") == "/TD"]
    assert cells
    for cell in cells:
        assert cell["/A"]["/Headers"]
        assert set(cell["/A"]["/Headers"]) <= known
    pictures = [each for each in found if each.get("/S") == "/Figure"]
    # Three shapes of the traffic light, the run, and the code on the plan and on the diary.
    assert len(pictures) == 6
    assert all(each.get("/Alt") for each in pictures)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("<b>Bold</b>", id="tags"),
        pytest.param("<img src=http://127.0.0.1:9/x>", id="image"),
        pytest.param("{{ 7|add:7 }}{% now 'Y' %}", id="template"),
        pytest.param('O\'Brien & "Söhne"', id="quotes"),
        pytest.param("W" * 100, id="one wide word"),
        pytest.param("Wolfeschlegel-" * 7, id="long"),
    ],
)
def test_any_name_is_printed_as_it_is(name: str) -> None:
    handout = make_handout(make_programme(make_episode(make_patient(family_name=name))))
    for page in pages(as_pdf(handout)):
        assert "".join(f"Alex {name}".split()) in page.replace(" ", "")
        assert "born 31 January 1980" in page


def test_emoji_and_greek_are_printed() -> None:
    patient = make_patient(given_name="Ada 😀", family_name="Αθηνά")
    for page in pages(as_pdf(make_handout(make_programme(make_episode(patient))))):
        assert "Ada (grinning face) Αθηνά, born 31 January 1980" in page


def test_a_letter_no_font_has_does_not_break_it() -> None:
    patient = make_patient(given_name="Ada \N{LINEAR B SYLLABLE B008 A}")
    found = pages(as_pdf(make_handout(make_programme(make_episode(patient)))))
    assert "Your diary" in found[-1]


def test_the_same_paper_is_the_same_bytes(planned: Planned) -> None:
    handout = make_handout(make_programme(make_episode(make_patient(given_name="Ada 😀"))))
    page = html_of(sheet(handout))
    first = pdf.html_to_pdf(page)
    pdf.html_to_pdf(html_of(sheet(make_handout(planned(**INSERTIONAL)))))
    assert pdf.html_to_pdf(html_of(sheet(Handout.objects.get(pk=handout.pk)))) == first


def test_another_process_makes_the_same_bytes(handout: Handout) -> None:
    code = (
        "import pickle, sys, django; django.setup()\n"
        "from programmes.handout import html_of\n"
        "from upwell.pdf import html_to_pdf\n"
        "sheet = pickle.load(sys.stdin.buffer)\n"
        "sys.stdout.buffer.write(html_to_pdf(html_of(sheet)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps(sheet(handout)),
        capture_output=True,
        check=False,
    )
    assert done.stdout == as_pdf(handout), done.stderr.decode()


def test_the_content_has_one_digest_whatever_its_code(planned: Planned) -> None:
    programme = planned()
    first, second = make_handout(programme), make_handout(programme, diary=False)
    assert digest_of(order_of(first)) == digest_of(replace(order_of(first), at=None))
    assert digest_of(order_of(first)) != digest_of(order_of(second))


def test_another_name_or_another_day_of_the_plan_is_another_content(planned: Planned) -> None:
    programme = planned()
    handout = make_handout(programme)
    order = replace(order_of(handout), at=None)
    before = digest_of(order)
    # The same any day.
    assert digest_of(replace(order, on=order.on + timedelta(days=3))) == before
    patient = programme.episode.patient
    patient.given_name = "Alexa"
    patient.save(update_fields=["given_name"])
    fresh = replace(order_of(Handout.objects.get(pk=handout.pk)), at=None)
    assert digest_of(fresh) != before


def test_another_style_is_another_content(
    handout: Handout, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = order_of(handout)
    before = digest_of(order)
    monkeypatch.setattr("programmes.handout._styles", lambda: b"other")
    assert digest_of(order) != before


def test_a_sheet_needs_a_code_for_each_leg(handout: Handout) -> None:
    order = order_of(handout)
    with pytest.raises(ValueError, match="zip"):
        sheet_of(order, ())


def test_the_qr_code_has_every_dark_square_inside_its_quiet_zone() -> None:
    code = qr_code("ABCDEFGH")
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", code.path)
    assert code.path == "".join(f"M{x} {y}h{wide}v1h-{back}z" for x, y, wide, back in runs)
    squares = {(int(x) + step, int(y)) for x, y, wide, _ in runs for step in range(int(wide))}
    assert all(wide == back for _, _, wide, back in runs)
    assert all(4 <= number < code.size - 4 for square in squares for number in square)
    matrix = segno.make("ABCDEFGH", error="h", micro=False).matrix
    assert squares == {
        (column + 4, row + 4)
        for row, line in enumerate(matrix)
        for column, dark in enumerate(line)
        if dark
    }


def test_the_code_on_the_paper_reads_back(handout: Handout) -> None:
    found = re.search(r"Paper code (\w{4} \w{4})", text_of(handout))
    assert found
    assert read_code(found[1]) == handout.paper_code


def test_the_page_gives_the_pdf_inline(handout: Handout, client: Client) -> None:
    client.force_login(make_user(Role.RECEPTION))
    answer = client.get(reverse("programmes:handout", args=[handout.code]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert "Sampleton" not in answer["Content-Disposition"]
    assert answer.content == as_pdf(handout)


def test_without_pango_there_is_a_sentence_instead(
    handout: Handout, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def engine(_: str) -> bytes:
        raise pdf.Unprintable("Printing needs the Pango library: install it.")

    monkeypatch.setattr(pdf, "html_to_pdf", engine)
    with pytest.raises(Refused, match="Pango"):
        as_pdf(handout)
    client.force_login(handout.version.created_by)
    answer = client.get(reverse("programmes:handout", args=[handout.code]))
    assert answer.status_code == 422
    assert "Printing needs the Pango library" in answer.content.decode()
