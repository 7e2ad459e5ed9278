"""Moving through the plan: stage exits, the gate to running, running with dates, and flares."""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import actions as assessment_actions
from assessments.rules.terms import GateMode, Phase, Stage
from assessments.rules.typed_runs import TypedRun
from patients import actions as patient_actions
from patients.models import Episode
from patients.rules.roles import Role
from programmes import actions
from programmes.actions import as_pdf
from programmes.criteria import RECORDED_KEYS
from programmes.handout import sheet
from programmes.models import (
    GateSigning,
    Handout,
    Item,
    Move,
    Programme,
    Session,
    Step,
    Version,
)
from programmes.rules.exits import EXIT_NAMES, Measurements, exit_check
from programmes.rules.gate import replay
from programmes.rules.terms import Outcome
from programmes.selectors.decisions import Destination, decision_card, destination
from programmes.selectors.running import running, stage_exit
from programmes.selectors.standing import standing_of
from tests import make
from tests.conftest import MadeOnce
from upwell.http import Refused

pytestmark = pytest.mark.django_db

DAYS_AGO = 60


def ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


@pytest.fixture(scope="module", autouse=True)
def started(made_once: MadeOnce[Programme]) -> Programme:
    return made_once(since_two_months)


def since_two_months(**examination: Any) -> Programme:
    values = {"examined_on": ago(DAYS_AGO), **examination}
    return make.make_programme(make.make_episode(on=ago(DAYS_AGO)), on=ago(DAYS_AGO), **values)


At = Callable[..., Programme]


@pytest.fixture
def at(started: Programme) -> At:
    """A patient since two months, at this step; another one each time."""
    waiting = [deepcopy(started)]

    def found(stage: Stage, number: int, **examination: Any) -> Programme:
        programme = since_two_months(**examination) if examination or not waiting else waiting.pop()
        programme.current_step = programme.versions.get().steps.get(stage=stage, number=number)
        programme.save(update_fields=["current_step"])
        return programme

    return found


def measured(programme: Programme, on: date, **values: Any) -> None:
    episode = programme.episode
    assessment_actions.record_function_test(
        episode, form_token=uuid4(), on=on, by=episode.opened_by, **values
    )


def ran(programme: Programme, *runs: tuple[int, int]) -> None:
    """Runs on record: days ago and metres."""
    episode = programme.episode
    assessment_actions.add_runs(
        episode,
        [
            TypedRun(on=ago(days), distance_m=metres, duration_s=None, surface=None, note="")
            for days, metres in runs
        ],
        form_token=uuid4(),
        by=episode.opened_by,
    )


def decided(programme: Programme, days_ago: int, **facts: Any) -> Session:
    """A good session with its morning, decided as proposed."""
    programme.refresh_from_db()
    values = {"pain_before": 1, "pain_during": 1, "pain_after": 1, **facts}
    session = make.make_session(programme, happened_on=ago(days_ago), **values)
    by = session.logged_by
    actions.record_morning(session, pain=1, stiffness_min=10, on=timezone.localdate(), by=by)
    outcome = decision_card(
        Session.objects.whole().get(pk=session.pk), today=timezone.localdate()
    ).proposal.outcome
    actions.decide(session, outcome=outcome, reason="", today=timezone.localdate(), by=by)
    return session


def address(name: str, programme: Programme) -> str:
    return reverse(f"programmes:{name}", args=[programme.episode.code])


def page(client: Client, programme: Programme) -> str:
    client.force_login(programme.episode.opened_by)
    response = client.get(address("running", programme))
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


def rows(programme: Programme) -> dict[str, Any]:
    found = stage_exit(programme.episode, timezone.localdate())
    assert found is not None
    return {row.key: row for row in found.rows}


# --- Stage exits ---


def test_each_criterion_shows_its_value_with_the_day_of_its_test(at: At) -> None:
    programme = at(Stage.PLYOMETRIC, 5)
    measured(programme, ago(9), sl_hop_pain=1, walk_min=35)
    measured(programme, ago(3), walk_pain=0, strength_adequate=True)
    found = rows(programme)
    assert (found["sl10_hop_pain_le2"].word, found["sl10_hop_pain_le2"].on) == ("Met", ago(9))
    # Of a walk told in two tests the earlier day is named.
    assert (found["walk30_pain0"].value, found["walk30_pain0"].on) == ("35 min, pain 0", ago(9))
    assert found["strength_attested"].on == ago(3)
    # The heel raises are of the examination.
    assert (found["reps_ge25"].value, found["reps_ge25"].on) == ("15", ago(DAYS_AGO))
    assert found["reps_ge25"].word == "Not met"
    assert found["not_reactive"].on == ago(DAYS_AGO)


def test_what_nobody_measured_has_no_day_and_leads_to_where_it_is_recorded(
    at: At, client: Client
) -> None:
    programme = at(Stage.ISOTONIC, 2)
    hops = rows(programme)["dl10_hop_pain_lt5"]
    assert (hops.word, hops.value, hops.on) == ("Not measured", "", None)
    client.force_login(programme.episode.opened_by)
    form_page = client.get(hops.url.partition("#")[0])
    assert f'id="{hops.url.partition("#")[2]}"' in form_page.text


@pytest.mark.parametrize("name", EXIT_NAMES)
def test_every_criterion_that_can_fail_has_a_place_where_it_is_recorded(name: str) -> None:
    variants = [
        Measurements(bilateral=bilateral, gate_mode=mode, does_sport=sport)
        for bilateral in (False, True)
        for mode in GateMode
        for sport in (None, True, False)
    ]
    keys = {each.key for variant in variants for each in exit_check(name, variant)}
    assert keys <= RECORDED_KEYS


def test_good_sessions_of_another_rung_do_not_count_for_the_last(at: At, client: Client) -> None:
    programme = at(Stage.RUN_WALK, 4)
    decided(programme, 6)
    assert rows(programme)["l10_ok3"].word == "Not measured"
    found = stage_exit(programme.episode, timezone.localdate())
    assert found is not None
    assert (found.name, found.at_last_step, found.leads_to) == ("E4", False, "full return")


def test_full_training_is_counted_from_the_first_session_of_the_last_step(at: At) -> None:
    programme = at(Stage.FULL_RETURN, 4)
    decided(programme, 30)
    found = rows(programme)["full_training_4wk"]
    assert (found.word, found.value) == ("Met", "4 weeks")


def test_weeks_of_isotonic_loading_end_with_the_last_session(at: At) -> None:
    programme = at(Stage.ISOTONIC, 2)
    decided(programme, 50)
    decided(programme, 40)
    found = rows(programme)["weeks_ge6"]
    assert (found.word, found.value, found.on) == ("Not met", "1 week", ago(40))


def test_only_a_session_on_the_last_rung_tells_that_it_settled(at: At) -> None:
    programme = at(Stage.RUN_WALK, 4)
    decided(programme, 6)
    assert rows(programme)["settled"].word == "Not measured"
    programme = at(Stage.RUN_WALK, 10)
    decided(programme, 6)
    assert rows(programme)["settled"].word == "Met"


def test_who_goes_on_through_an_exit_that_is_not_met_has_it_on_record(
    at: At, client: Client
) -> None:
    programme = at(Stage.RUN_WALK, 10)
    session = make.make_session(programme, happened_on=ago(2), pain_before=1, pain_during=1)
    here = reverse("programmes:session", args=[session.code])
    client.force_login(session.logged_by)
    waiting = client.get(here).text
    assert "Before the next stage" in waiting
    assert 'data-rule="l10_ok3"' in waiting
    today, by = timezone.localdate(), session.logged_by
    actions.decide(session, outcome=Outcome.PROGRESS, reason="Race.", today=today, by=by)
    assert (
        "Not met and passed over: Good sessions in a row on the last rung" in client.get(here).text
    )


E3_ALONE = {"reps_ge25", "raises_pain0", "walk30_pain0", "strength_attested", "sl10_hop_pain_le2"}


@pytest.mark.parametrize(
    ("stages", "at_step", "name", "asked"),
    [
        pytest.param(
            (Stage.ISOTONIC, Stage.RUN_WALK),
            (Stage.ISOTONIC, 5),
            "E2, E3",
            {"weeks_ge6", "dl10_hop_pain_lt5"},
            id="without jumping",
        ),
        pytest.param(
            (Stage.ISOMETRIC, Stage.RUN_WALK),
            (Stage.ISOMETRIC, 4),
            "E1, E2, E3",
            {"ok3", "sl_pain_lt5", "sl_pain_lt4", "weeks_ge6"},
            id="isometric only before running",
        ),
    ],
)
def test_no_plan_leads_to_running_past_the_gate(
    at: At,
    client: Client,
    stages: tuple[Stage, ...],
    at_step: tuple[Stage, int],
    name: str,
    asked: set[str],
) -> None:
    programme = at(Stage.ISOTONIC, 1)
    only(programme, *stages, at=at_step, least=0)
    found = stage_exit(programme.episode, timezone.localdate())
    assert found is not None
    assert (found.name, found.leads_to, found.at_last_step) == (name, "run-walk", True)
    keys = [row.key for row in found.rows]
    assert set(keys) >= E3_ALONE | asked
    assert len(keys) == len(set(keys))
    for days in (8, 6, 4):
        session = decided(programme, days)
    session = Session.objects.whole().get(pk=session.pk)
    assert (session.decision.rule, session.decision.outcome) == ("D8-E3", "HOLD")
    assert session.decision.inputs["gate"]["exits_needed"] == name.split(", ")
    again = replay(session.decision.inputs, session.decision.defaults)
    assert (again.rule, again.because) == (session.decision.rule, session.decision.because)
    assert "Single-leg heel raises" in again.because
    client.force_login(programme.episode.opened_by)
    plan = client.get(reverse("programmes:programme", args=[programme.episode.code]))
    assert "From isometric to run-walk" in plan.text or "From isotonic to run-walk" in plan.text


def test_without_a_plan_there_is_no_exit() -> None:
    assert stage_exit(make.make_episode(), make.DAY) is None


def test_the_decision_card_shows_the_days_too(at: At, client: Client) -> None:
    programme = at(Stage.PLYOMETRIC, 5)
    measured(programme, ago(9), sl_hop_pain=5)
    session = make.make_session(programme, happened_on=ago(2), pain_during=1)
    client.force_login(programme.episode.opened_by)
    text = client.get(reverse("programmes:session", args=[session.code])).text
    assert f"{ago(9):%-d %b %Y}" in text
    assert "#id_sl_hop_pain" in text


# --- The gate ---


def sign(mode: str = "norm", **overrides: Any) -> dict[str, str]:
    values = {"mode": mode, "reason": "Norm for her age is 21.", "form_token": str(uuid4())}
    return {**values, **overrides}


def test_the_norm_is_signed_with_a_reason_and_taken_back(at: At, client: Client) -> None:
    programme = at(Stage.PLYOMETRIC, 5)
    client.force_login(programme.episode.opened_by)
    assert "at least 25" in page(client, programme)
    response = client.post(address("gate", programme), sign())
    assert (response.status_code, response["Location"]) == (302, address("running", programme))
    shown = page(client, programme)
    # 90 % of the other leg's 22 is 20; the norm of a woman of this age is more.
    assert "reps_ge_norm" in shown
    assert "at least 25" not in shown
    assert "practice default, not from the literature" in shown
    assert "Norm for her age is 21." in shown
    assert programme.episode.opened_by.display_name in shown
    back = client.post(address("gate", programme), sign("seed", reason="Training for a race."))
    assert back.status_code == 302
    assert "at least 25" in page(client, programme)
    assert [each.mode for each in GateSigning.objects.order_by("pk")] == ["norm", "seed"]


def test_the_gate_names_what_either_measure_asks_for(client: Client) -> None:
    today = timezone.localdate()
    patient = make.make_patient(sex="F", date_of_birth=date(today.year - 71, 1, 1))
    programme = make.make_programme(
        make.make_episode(patient, on=ago(DAYS_AGO)),
        on=ago(DAYS_AGO),
        at=(Stage.PLYOMETRIC, 5),
        examined_on=ago(DAYS_AGO),
        left_repetitions=10,
        right_repetitions=17,
    )
    text = page(client, programme)
    assert "The norm for a woman of 71 is 16 (HEBERT)" in text
    assert "the practice’s number is 25 (seed)" in text
    assert "W-HR-NORM" in text
    client.post(address("gate", programme), sign())
    shown = page(client, programme)
    assert "The gate now goes by the norm (16 raises)." in shown
    assert "W-HR-NORM" not in shown
    client.post(address("gate", programme), sign("seed"))
    assert "The gate now goes by the practice’s number (25)." in page(client, programme)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"reason": ""}, "Give the reason for this measure."),
        ({"mode": "seed"}, "The gate goes by this measure already."),
        ({"mode": "other"}, "Select a valid choice"),
    ],
    ids=["no reason", "already so", "no such measure"],
)
def test_a_signature_that_cannot_be_is_refused_and_the_words_are_kept(
    at: At, client: Client, data: Mapping[str, str], says: str
) -> None:
    programme = at(Stage.PLYOMETRIC, 5)
    client.force_login(programme.episode.opened_by)
    response = client.post(address("gate", programme), sign(**data))
    assert response.status_code == 422
    assert says in response.text
    assert sign(**data)["reason"] in response.text
    assert not GateSigning.objects.exists()


def test_the_decision_reads_the_newest_signature_and_the_one_before_it_stays(at: At) -> None:
    programme = at(Stage.PLYOMETRIC, 5)
    session = make.make_session(programme, happened_on=ago(2), pain_during=1)
    card = decision_card(Session.objects.whole().get(), today=timezone.localdate())
    assert "reps_ge25" in {each.key for each in card.criteria}
    actions.sign_gate(
        programme.episode,
        mode=GateMode.NORM,
        reason="Older than the study.",
        by=session.logged_by,
        form_token=uuid4(),
    )
    card = decision_card(Session.objects.whole().get(), today=timezone.localdate())
    needed = {each.key: each for each in card.criteria}
    assert needed["reps_ge_norm"].needed == "at least 24"
    assert needed["reps_ge_norm"].source == "own"


def test_a_closed_episode_takes_no_signature(at: At) -> None:
    programme = at(Stage.PLYOMETRIC, 5)
    episode, by = programme.episode, programme.episode.opened_by
    patient_actions.discharge(episode, outcome="improved", note="", on=ago(0), by=by)
    with pytest.raises(Refused, match="closed"):
        actions.sign_gate(episode, mode=GateMode.NORM, reason="x", by=by, form_token=uuid4())


# --- Running with dates ---


def calendar(programme: Programme) -> Any:
    return running(programme.episode, timezone.localdate()).calendar


def test_the_ladder_has_dates_from_today_with_a_rest_day_after_each(at: At) -> None:
    programme = at(Stage.RUN_WALK, 3)
    dates = [row.on for row in calendar(programme).rows][:3]
    assert dates == [ago(0), ago(-2), ago(-4)]
    assert [row.what for row in calendar(programme).rows][:4] == [
        "Level 3: Walk 7 min, run 3 min",
        "Level 3: Walk 7 min, run 3 min",
        "Level 3: Walk 7 min, run 3 min",
        "Level 4: Walk 6 min, run 4 min",
    ]
    assert [row.waits for row in calendar(programme).rows][:4] == [False, False, False, True]


def test_sessions_done_at_the_level_shorten_it_and_a_session_of_today_is_not_planned(
    at: At,
) -> None:
    programme = at(Stage.RUN_WALK, 3)
    decided(programme, 3)
    make.make_session(programme, happened_on=ago(0), pain_during=1)
    found = calendar(programme)
    assert found.rows[0].on == ago(-2)
    assert [row.note for row in found.rows][:2] == ["session 2 of 3", "session 3 of 3"]


def test_pain_of_the_last_session_lengthens_the_rest_before_the_next_run(at: At) -> None:
    programme = at(Stage.RUN_WALK, 3)
    make.make_session(programme, happened_on=ago(0), pain_during=4)
    assert calendar(programme).rows[0].on == ago(-4)


def test_after_a_step_back_the_dates_are_of_the_lower_level(at: At) -> None:
    programme = at(Stage.RUN_WALK, 3)
    decided(programme, 1, pain_during=7)
    programme.refresh_from_db()
    assert programme.current_step is not None
    assert programme.current_step.number == 2
    assert calendar(programme).rows[0].what.startswith("Level 2:")
    assert calendar(programme).rows[0].on == ago(-3)


def test_days_the_patient_has_are_saved_and_planned_on(at: At, client: Client) -> None:
    programme = at(Stage.RUN_WALK, 1)
    client.force_login(programme.episode.opened_by)
    response = client.post(address("training_days", programme), {"days": ["3", "2"]})
    assert (response.status_code, response["Location"]) == (302, address("running", programme))
    programme.refresh_from_db()
    assert programme.training_days == [2, 3]
    found = calendar(programme)
    assert {row.on.isoweekday() for row in found.rows} <= {2, 3}
    assert "one run a week fits on Tuesday and Wednesday" in found.fits
    client.post(address("training_days", programme), {"known": "2,3"})
    programme.refresh_from_db()
    assert programme.training_days == []
    assert calendar(programme).fits == ""


def test_the_built_in_plan_is_no_reason_to_warn(at: At, client: Client) -> None:
    programme = at(Stage.FULL_RETURN, 2)
    found = calendar(programme)
    assert found.fits == ""
    assert found.rest == "Up to 4 days a week, with a rest day between: 3 fit."
    assert found.rest in page(client, programme)
    gaps = [(after.on - this.on).days for this, after in pairwise(found.rows)]
    assert min(gaps) == 2
    programme.training_days = [2, 3]
    programme.save()
    found = calendar(programme)
    assert "The plan asks for 4 runs a week." in found.fits
    assert found.rest == ""


def test_a_level_with_more_sessions_of_its_own_is_dated_with_them(at: At) -> None:
    programme = at(Stage.RUN_WALK, 3)
    only(programme, Stage.RUN_WALK, at=(Stage.RUN_WALK, 3), least=5)
    notes = [row.note for row in calendar(programme).rows]
    assert notes[:6] == [*(f"session {place} of 5" for place in range(1, 6)), "session 1 of 5"]
    assert calendar(programme).rows[5].what.startswith("Level 4:")
    decided(programme, 4)
    assert calendar(programme).rows[0].note == "session 2 of 5"


def test_walking_and_running_in_full_return_has_no_dates_and_says_so(at: At) -> None:
    programme = at(Stage.FULL_RETURN, 1)
    ladder = programme.versions.get().steps.filter(stage=Stage.RUN_WALK).first()
    assert ladder is not None
    only(
        programme,
        Stage.FULL_RETURN,
        at=(Stage.FULL_RETURN, 1),
        dose=ladder.items.all()[0].dose,
    )
    assert "no running that dates can be worked out for" in calendar(programme).refusal


def test_a_day_that_does_not_exist_is_refused_at_the_field(at: At, client: Client) -> None:
    programme = at(Stage.RUN_WALK, 1)
    client.force_login(programme.episode.opened_by)
    response = client.post(address("training_days", programme), {"days": ["8"]})
    assert response.status_code == 422
    assert "Choose days of the week." in response.text
    programme.refresh_from_db()
    assert programme.training_days == []


def test_days_need_a_programme(client: Client) -> None:
    episode = make.make_episode()
    client.force_login(episode.opened_by)
    response = client.post(
        reverse("programmes:training_days", args=[episode.code]), {"days": ["1"]}
    )
    assert response.status_code == 422
    assert "There is no programme yet" in response.text


def test_full_return_grows_from_the_runs_on_record_without_hills_or_speed(
    at: At, client: Client
) -> None:
    programme = at(Stage.FULL_RETURN, 1)
    ran(programme, (35, 15_000), (12, 5000), (3, 4000))
    found = calendar(programme)
    assert found.rows[0].amount == "at most 5.5 km"
    text = " ".join(row.what for row in found.rows).lower()
    assert "flat" in text
    assert not re.search("hill|speed|track|faster", text)
    assert "5.5 km" in page(client, programme)


def test_full_return_without_a_known_run_plans_no_distance_and_says_so(at: At) -> None:
    programme = at(Stage.FULL_RETURN, 1)
    ran(programme, (35, 15_000))
    found = calendar(programme)
    assert "No run with a distance is on record in the last 30 days" in found.unknown
    assert {row.amount for row in found.rows} == {"no longer than 30 min"}


def test_the_goal_ends_the_growth_and_is_named(at: At) -> None:
    programme = at(
        Stage.FULL_RETURN,
        1,
        goal_event="Harbour run",
        goal_event_on=ago(-60),
        goal_distance_m=5200,
    )
    ran(programme, (12, 5000))
    found = calendar(programme)
    assert {row.amount for row in found.rows} == {"at most 5.2 km"}
    assert "Goal: 5.2 km (Harbour run)" in found.goal


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        (Stage.ISOTONIC, "The patient is in the isotonic stage"),
        (Stage.PLYOMETRIC, "The patient is in the plyometric stage"),
    ],
    ids=str,
)
def test_before_the_gate_there_are_no_dates(
    at: At, client: Client, stage: Stage, says: str
) -> None:
    programme = at(stage, 1)
    assert says in calendar(programme).refusal
    assert says in page(client, programme)


def test_an_irritable_tendon_has_no_dates(at: At) -> None:
    programme = at(Stage.RUN_WALK, 3)
    episode = programme.episode
    previous = episode.classifications.in_force().get()
    assessment_actions.reclassify(
        previous, phase=Phase.REACTIVE, reason="Warm.", on=ago(0), by=episode.opened_by
    )
    assert "This step is not for this tendon now." in calendar(programme).refusal


def test_the_page_of_an_episode_without_a_plan_says_so(client: Client) -> None:
    episode = make.make_episode()
    client.force_login(episode.opened_by)
    response = client.get(reverse("programmes:running", args=[episode.code]))
    assert response.status_code == 200
    assert "There is no programme in force." in response.text


def test_the_paper_keeps_the_dates_it_was_printed_with(at: At) -> None:
    programme = at(Stage.RUN_WALK, 3)
    paper = make.make_handout(programme, on=ago(0), diary=False)
    lines = sheet(paper).paper.dates
    assert lines[0].day == f"{ago(0):%A %-d %B}"
    assert lines[3].what == "Level 4: Walk 6 min, run 4 min, once we have agreed on it"
    assert len(lines) <= 7
    first = as_pdf(paper)
    make.make_session(programme, happened_on=ago(0), pain_during=1)
    assert as_pdf(Handout.objects.get(pk=paper.pk)) == first


def test_a_paper_before_running_has_no_dates(at: At) -> None:
    assert sheet(make.make_handout(at(Stage.ISOTONIC, 1), on=ago(0))).paper.dates == ()


# --- A step back that does not suit any more ---


def steps_of(programme: Programme) -> list[Step]:
    return list(programme.versions.get().steps.order_by("order").prefetch_related("items"))


def test_a_step_back_passes_over_what_the_tendon_must_not_do_any_more(at: At) -> None:
    programme = at(Stage.ISOTONIC, 3)
    steps = steps_of(programme)
    here = next(step for step in steps if (step.stage, step.number) == ("isotonic", 3))
    tendon = standing_of(programme.episode, timezone.localdate()).tendon
    plain = destination(steps, here, Outcome.REGRESS, tendon)
    assert (plain.step.stage, plain.step.number, plain.passed_over) == ("isotonic", 2, "")
    capped = replace(tendon, isometric_only="Cortisone on 1 March: isometric only.")
    found = destination(steps, here, Outcome.REGRESS, capped)
    last = [step for step in steps if step.stage == "isometric"][-1]
    assert found.step == last
    assert "Cortisone on 1 March" in found.passed_over
    assert "next lower step that suits" in found.passed_over


@pytest.mark.parametrize("outcome", [Outcome.HOLD, Outcome.PENDING, Outcome.REFER], ids=str)
def test_nobody_stays_at_a_step_the_tendon_must_not_do_any_more(at: At, outcome: Outcome) -> None:
    programme = at(Stage.ISOTONIC, 3)
    steps = steps_of(programme)
    here = next(step for step in steps if (step.stage, step.number) == ("isotonic", 3))
    tendon = standing_of(programme.episode, timezone.localdate()).tendon
    assert destination(steps, here, outcome, tendon) == Destination(step=here)
    capped = replace(tendon, isometric_only="Cortisone on 1 March: isometric only.")
    found = destination(steps, here, outcome, capped)
    assert found.step == [step for step in steps if step.stage == "isometric"][-1]
    assert "Cortisone on 1 March" in found.passed_over
    assert found.refusal == ""


@pytest.mark.parametrize("outcome", [Outcome.HOLD, Outcome.PENDING, Outcome.REGRESS], ids=str)
def test_with_no_step_that_suits_the_plan_needs_a_new_version(at: At, outcome: Outcome) -> None:
    programme = at(Stage.ISOTONIC, 2)
    steps = [step for step in steps_of(programme) if step.stage != Stage.ISOMETRIC]
    tendon = standing_of(programme.episode, timezone.localdate()).tendon
    capped = replace(tendon, isometric_only="Cortisone on 1 March: isometric only.")
    found = destination(steps, steps[1], outcome, capped)
    assert "Cortisone on 1 March" in found.refusal
    assert "needs a new version" in found.refusal
    assert found.passed_over == ""


# --- Flares ---


def flares() -> QuerySet[Move]:
    return Move.objects.filter(kind=Move.Kind.FLARE)


def press(client: Client, programme: Programme, **data: str) -> Any:
    client.force_login(programme.episode.opened_by)
    values = {"note": "Ran for a bus.", "form_token": str(uuid4()), **data}
    return client.post(address("flare", programme), values)


def test_one_button_settles_the_tendon_and_opens_the_paper(at: At, client: Client) -> None:
    programme = at(Stage.RUN_WALK, 4)
    response = press(client, programme)
    paper = Handout.objects.get()
    assert response.status_code == 302
    assert response["Location"] == reverse("programmes:handout", args=[paper.code])
    programme.refresh_from_db()
    assert programme.current_step is not None
    assert (programme.current_step.stage, programme.current_step.number) == ("isometric", 1)
    assert programme.at_step_since == timezone.localdate()
    newest = programme.episode.classifications.in_force().first()
    assert newest is not None
    assert newest.phase == Phase.REACTIVE_ON_DEGENERATIVE
    assert "Ran for a bus." in newest.reason
    move = flares().get()
    assert (move.kind, move.from_step.stage, move.to_step) == (  # type: ignore[union-attr]
        "flare",
        "run_walk",
        programme.current_step,
    )
    assert Version.objects.count() == 1
    assert paper.options["flare"] is True


def test_the_flare_paper_says_what_to_do_and_promises_nothing(at: At) -> None:
    programme = at(Stage.RUN_WALK, 4)
    paper = actions.flare(
        programme.episode,
        note="Private remark.",
        on=ago(0),
        by=programme.episode.opened_by,
        form_token=uuid4(),
    )
    shown = sheet(paper)
    assert shown.flare is not None
    said = " ".join([shown.flare.says, shown.flare.back, *shown.paper.avoid])
    for words in (
        "Do less for now",
        "Do not stretch",
        "Do not jump",
        "edge of a step",
        "Do not run",
    ):
        assert words in said
    assert "Private remark" not in said
    assert not re.search(r"\b(weeks?|months?|inflam\w+)\b", said)
    assert shown.paper.dates == ()
    assert as_pdf(paper).startswith(b"%PDF")


def test_who_still_runs_and_was_examined_today_runs_half(at: At, client: Client) -> None:
    programme = at(Stage.ISOTONIC, 1)
    episode = programme.episode
    make.make_signed_assessment(
        episode,
        **{
            **make.REACTIVE,
            "examined_on": ago(0),
            "running_status": "never_stopped",
            "run_pain": 3,
            "run_settled": True,
        },
    )
    press(client, programme)
    avoid = sheet(Handout.objects.get()).paper.avoid
    assert "Run less: 5 km at most where you used to run 10 km." in avoid


def test_the_same_button_twice_is_one_flare(at: At, client: Client) -> None:
    programme = at(Stage.RUN_WALK, 4)
    token = str(uuid4())
    first, second = (press(client, programme, form_token=token) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert (flares().count(), Handout.objects.count()) == (1, 1)
    assert programme.episode.classifications.count() == 2


def test_a_second_flare_of_the_day_while_settling_opens_the_first_paper(
    at: At, client: Client
) -> None:
    programme = at(Stage.RUN_WALK, 4)
    first, second = (press(client, programme) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert programme.episode.classifications.count() == 2
    assert (flares().count(), Handout.objects.count()) == (1, 1)


def test_a_flare_is_told_until_the_next_decision_and_as_the_reason_of_a_new_plan(
    at: At, client: Client
) -> None:
    programme = at(Stage.RUN_WALK, 4)
    episode = programme.episode
    press(client, programme, note="Hills on Sunday.")
    client.force_login(episode.opened_by)
    says = f"on {ago(0):%-d %b}, Paul Physio: Hills on Sunday."
    for name in ("episode", "programme"):
        assert says in client.get(address(name, programme)).text
    offer = client.get(address("programme", programme) + "?new").text
    assert f"as classified on {ago(0):%-d %B %Y} by Paul Physio: Flare on" in offer
    assert "from the assessment signed by" not in offer
    assert "It replaces version 1, issued by Paul Physio" in offer
    session = make.make_session(Programme.objects.get(), happened_on=ago(0))
    actions.decide(
        session, outcome=Outcome.HOLD, reason="Calm.", today=ago(0), by=episode.opened_by
    )
    assert says not in client.get(address("episode", programme)).text


def test_a_proposal_says_where_the_patient_goes_on_and_which_draft_it_leaves_behind(
    at: At, client: Client
) -> None:
    programme = at(Stage.ISOTONIC, 2)
    episode = programme.episode
    client.force_login(episode.opened_by)
    here = address("programme", programme) + "?new"
    text = client.get(here).text
    assert "The patient goes on at <strong>isotonic step 2</strong>." in text
    assert "leaves it behind" not in text
    version = actions.issue_proposal(episode, on=ago(0), number=2, by=episode.opened_by)
    programme.refresh_from_db()
    assert programme.current_step == version.steps.get(stage=Stage.ISOTONIC, number=2)
    planner = make.make_user(Role.EXERCISE_PHYSIOLOGIST)
    actions.begin_draft(episode, source=f"version:{version.code}", on=ago(0), by=planner)
    assert "is editing a draft (0 edits): issuing this leaves it behind" in client.get(here).text


def test_a_flare_of_another_day_is_another_one_and_classifies_nothing_again(at: At) -> None:
    programme = at(Stage.RUN_WALK, 4)
    episode, by = programme.episode, programme.episode.opened_by
    for days in (1, 0):
        actions.flare(episode, note="", on=ago(days), by=by, form_token=uuid4())
    assert episode.classifications.count() == 2
    assert flares().count() == 2


def test_a_flare_ends_the_good_sessions_in_a_row(at: At) -> None:
    programme = at(Stage.ISOMETRIC, 1)
    decided(programme, 3)
    by = programme.episode.opened_by
    session = make.make_session(programme, happened_on=ago(1))
    card = decision_card(Session.objects.whole().get(pk=session.pk), today=ago(0))
    assert card.n_ok_before == 1
    actions.flare(programme.episode, note="", on=ago(0), by=by, form_token=uuid4())
    card = decision_card(Session.objects.whole().get(pk=session.pk), today=ago(0))
    assert card.n_ok_before == 0


def only(
    programme: Programme,
    *stages: Stage,
    at: tuple[Stage, int],
    least: int | None = None,
    dose: Any = None,
) -> Version:
    """A second version in force that has only these stages of the first, and the patient there.

    ``least`` is the least number of sessions of each step, where it is another than before;
    ``dose`` that of every exercise.
    """
    first = programme.versions.get()
    by = programme.episode.opened_by
    values = {
        name: getattr(first, name)
        for name in ("programme", "assessment", "location", "phase", "cortisone", "rules_version")
    }
    version = Version.objects.create(**values, number=2, created_by=by)
    for step in first.steps.filter(stage__in=stages):
        items = list(step.items.all())
        step.pk, step.code, step.version = None, uuid4(), version
        step._state.adding = True
        if least is not None:
            step.minimum_sessions = least
        step.save()
        for item in items:
            item.pk, item.step, item.dose = None, step, dose or item.dose
        Item.objects.bulk_create(items)
    version.status, version.issued_by, version.issued_at = "issued", by, timezone.now()
    version.save()
    programme.current_step = version.steps.get(stage=at[0], number=at[1])
    programme.save()
    return version


def test_a_plan_without_an_isometric_stage_gets_one_as_the_next_version(
    at: At, client: Client
) -> None:
    programme = at(Stage.ISOTONIC, 2)
    only(programme, Stage.ISOTONIC, at=(Stage.ISOTONIC, 2))
    press(client, programme)
    programme.refresh_from_db()
    newest = Version.objects.in_force(programme)
    assert newest is not None
    assert (newest.number, {step.stage for step in newest.steps.all()}) == (3, {"isometric"})
    assert programme.current_step == newest.steps.first()
    assert Handout.objects.get().version == newest
    assert flares().get().to_step == programme.current_step


def lock(episode: Episode) -> None:
    make.make_signed_assessment(
        episode, **{**make.MIDPORTION, "examined_on": ago(0), "bone": ["focal_bone_tenderness"]}
    )


def close(episode: Episode) -> None:
    patient_actions.discharge(
        episode, outcome="improved", note="", on=timezone.localdate(), by=episode.opened_by
    )


def test_while_a_red_flag_is_open_nothing_leads_to_tests_or_a_signature(
    at: At, client: Client
) -> None:
    programme = at(Stage.PLYOMETRIC, 1)
    lock(programme.episode)
    text = page(client, programme)
    assert "until a named clinician clears this" in text
    assert "Record the" not in text
    assert "Single-leg raises" not in text
    answer = client.post(
        address("gate", programme), {"mode": "norm", "reason": "Age 71.", "form_token": uuid4()}
    )
    assert answer.status_code == 422
    assert "nothing is signed until" in answer.text
    assert not GateSigning.objects.exists()
    plan = client.get(address("programme", programme)).text
    assert "Record the" not in plan
    assert "exit-title" not in plan


@pytest.mark.parametrize(
    ("before", "says"),
    [(lock, "A red flag is open"), (close, "closed")],
    ids=["locked", "closed"],
)
def test_a_flare_is_refused_with_words_and_changes_nothing(
    at: At, client: Client, before: Any, says: str
) -> None:
    programme = at(Stage.RUN_WALK, 4)
    before(programme.episode)
    response = press(client, programme)
    assert response.status_code == 422
    assert says in response.text
    programme.refresh_from_db()
    assert programme.current_step is not None
    assert programme.current_step.stage == "run_walk"
    assert not flares().exists()
    assert not Handout.objects.exists()


def test_a_flare_needs_a_programme(client: Client) -> None:
    episode = make.make_episode()
    client.force_login(episode.opened_by)
    to = reverse("programmes:flare", args=[episode.code])
    response = client.post(to, {"note": "", "form_token": str(uuid4())})
    assert response.status_code == 422
    assert "There is no programme to step back in." in response.text


def test_reception_presses_no_such_button(at: At, client: Client) -> None:
    programme = at(Stage.RUN_WALK, 4)
    client.force_login(make.make_user(Role.RECEPTION))
    to = address("flare", programme)
    assert client.post(to, {"note": "", "form_token": str(uuid4())}).status_code == 403
    assert not flares().exists()


def test_a_step_back_offers_the_flare_paper(at: At, client: Client) -> None:
    programme = at(Stage.RUN_WALK, 3)
    session = decided(programme, 1, pain_during=7)
    client.force_login(programme.episode.opened_by)
    text = client.get(reverse("programmes:session", args=[session.code])).text
    assert address("flare", programme) in text
