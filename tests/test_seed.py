"""The demo practice: every story it promises is there, and everything in it suits its tendon.

Seeding takes long, so what else needs a whole practice (``manage.py replay``) is here too.
"""

import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Classification, Lock
from assessments.rules.contraindications import grade
from assessments.rules.heel_raise import norm
from assessments.rules.terms import Cortisone, Grade, Location, MatrixRow, Phase, Stage
from patients.models import Episode, Patient, User
from patients.rules.roles import Role
from patients.rules.terms import Sex
from programmes import actions
from programmes.actions.corrections import known_of, standing_values
from programmes.caseload import day_list
from programmes.models import Correction, Decision, Draft, Handout, Item, Session, Version
from programmes.rules.defaults import DEFAULTS
from programmes.rules.exits import STAGE_EXITS
from programmes.rules.gate import replay
from programmes.rules.papercode import read_code
from programmes.rules.terms import Outcome
from programmes.selectors import replay as stored
from programmes.selectors.standing import Standing, standing_of
from tests.rights import as_owner
from upwell.management.sizes import multiply
from upwell.management.stories import STAFF, STORIES, Examine, Story, Train, Weeks

TABLES = (
    User,
    Patient,
    Episode,
    Assessment,
    Classification,
    Lock,
    Version,
    Item,
    Session,
    Decision,
    Handout,
)

# Every test here, so that the practice is seeded once for all of them and into a test database.
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def practice(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The practice seeded once for this file, and taken back at its end; what the command said."""
    with django_db_blocker.unblock(), transaction.atomic():
        said = StringIO()
        call_command("seed", stdout=said)
        yield said.getvalue()
        transaction.set_rollback(True)


def episode_of(given: str, *, side: str = "") -> Episode:
    episodes = Episode.objects.filter(patient__given_name=given)
    return episodes.get(side=side) if side else episodes.get()


def standing_now(given: str) -> Standing:
    return standing_of(episode_of(given), timezone.localdate())


def decisions_of(given: str) -> list[tuple[str, str]]:
    decided = Decision.objects.filter(session__programme__episode=episode_of(given))
    return list(decided.order_by("session__happened_on").values_list("rule", "outcome"))


def needs_today() -> dict[str, str]:
    rows = day_list(timezone.localdate(), clinician=None)
    return {row.standing.episode.patient.given_name: row.need.says for row in rows}


def test_every_story_is_one_patient_and_the_command_says_how_many(practice: str) -> None:
    assert Patient.objects.count() == len(STORIES) >= 12
    assert practice == f"Added {len(STORIES)} invented patients.\n"


def test_every_role_has_a_login() -> None:
    assert {role for user in User.objects.all() for role in user.roles} == set(Role)
    assert User.objects.count() == len(STAFF)
    physios = [user for user in User.objects.all() if user.roles == (Role.PHYSIOTHERAPIST,)]
    assert len(physios) == 2


def test_nobody_is_said_to_be_registered_where_nobody_can_be() -> None:
    exercise = User.objects.get(groups__name=Role.EXERCISE_PHYSIOLOGIST.value)
    assert "ESSA" in exercise.signature
    assert "regist" not in exercise.signature.lower()


def test_seeding_twice_adds_nothing() -> None:
    before = [table.objects.count() for table in TABLES]
    said = StringIO()
    call_command("seed", stdout=said)
    assert "Already seeded" in said.getvalue()
    assert [table.objects.count() for table in TABLES] == before


def test_refused_outside_the_demo(settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="for the demo only"):
        call_command("seed")


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.person.given)
def test_a_story_is_told_in_the_order_of_its_days(story: Story) -> None:
    for episode in story.episodes:
        days = [episode.opened]
        for event in episode.events:
            parts = event.sessions() if isinstance(event, Weeks) else (event,)
            days += [each.day for each in parts]
        assert days == sorted(days, reverse=True)


def test_nothing_happened_in_the_future() -> None:
    today = timezone.localdate()
    assert not Assessment.objects.filter(examined_on__gt=today).exists()
    assert not Session.objects.filter(happened_on__gt=today).exists()
    assert not Session.objects.filter(morning__isnull=False, happened_on__gte=today).exists()


def test_every_item_given_out_suits_its_tendon() -> None:
    items = list(Item.objects.select_related("step__version"))
    assert items
    for item in items:
        version = item.step.version
        cell = grade(
            MatrixRow(item.matrix_row),
            Phase(version.phase),
            Location(version.location),
            Cortisone(version.cortisone),
        )
        assert cell is not Grade.CONTRAINDICATED, (item, version.programme)
        assert item.grade == cell


def test_every_decision_replays_to_its_proposal() -> None:
    decisions = list(Decision.objects.all())
    assert len(decisions) > 100
    for decision in decisions:
        again = replay(decision.inputs, decision.defaults)
        assert (again.outcome, again.rule, again.because) == (
            decision.proposed,
            decision.rule,
            decision.because,
        )


def test_every_override_of_the_stories_is_one_in_the_record_with_its_reason() -> None:
    told = {
        event.reason
        for story in STORIES
        for episode in story.episodes
        for event in episode.events
        if isinstance(event, Train) and event.outcome
    }
    overridden = [decision for decision in Decision.objects.all() if decision.overridden]
    assert {decision.reason for decision in overridden} == told
    assert len(told) >= 3


def test_every_other_classification_of_the_stories_is_in_the_record_with_its_reason() -> None:
    told = {
        event.reason
        for story in STORIES
        for episode in story.episodes
        for event in episode.events
        if isinstance(event, Examine) and event.reason
    }
    assert told
    assert told <= set(Classification.objects.values_list("reason", flat=True))


@pytest.mark.parametrize("phase", Phase.__members__.values(), ids=str)
def test_phases_that_are_treated_differently_are_there(phase: Phase) -> None:
    found = Classification.objects.filter(phase=phase).exists()
    assert found is (phase is not Phase.INDETERMINATE_EARLY)


@pytest.mark.parametrize(
    "location", [Location.MIDPORTION, Location.INSERTIONAL, Location.MIXED], ids=str
)
def test_every_location_has_a_plan(location: Location) -> None:
    assert Version.objects.filter(location=location).exists()


def test_insertional_plan_is_the_level_ladder() -> None:
    step = standing_now("Ines").step
    assert step is not None
    assert step.protocol == "INS"
    items = Item.objects.filter(step__version=step.version)
    assert not items.filter(matrix_row=MatrixRow.STEP_DEFICIT_HEEL_DROP).exists()


def test_suspected_rupture_is_an_open_emergency_without_a_plan() -> None:
    episode = episode_of("Rupert")
    lock = episode.locks.open().get()
    assert (lock.flag, lock.level) == ("RF01", "EMERGENCY")
    assert not hasattr(episode, "programme")
    assert not episode.classifications.exists()
    assert "rupture" in needs_today()["Rupert"]


def test_stress_fracture_was_cleared_and_an_antibiotic_70_days_before_is_no_flag() -> None:
    episode = episode_of("Flo")
    first = episode.assessments.order_by("examined_on").first()
    assert first is not None
    assert first.fluoroquinolone_last_on is not None
    assert (first.examined_on - first.fluoroquinolone_last_on).days == 70
    lock = episode.locks.get()
    assert (lock.flag, lock.level) == ("RF07", "URGENT")
    assert "MRI" in lock.reason
    assert lock.cleared_by is not None
    assert Role.PHYSIOTHERAPIST in lock.cleared_by.roles
    assert episode.programme.current_step is not None


def test_recent_cortisone_has_isometric_work_only() -> None:
    episode = episode_of("Cora")
    today = timezone.localdate()
    now = standing_of(episode, today).tendon
    signed = episode.assessments.signed().get()
    assert signed.cortisone_last_on == today - timedelta(days=21)
    assert now.cortisone is Cortisone.RECENT
    stages = Version.objects.filter(programme__episode=episode).values_list("steps__stage")
    assert {stage for (stage,) in stages} == {Stage.ISOMETRIC}


def test_past_cortisone_has_the_whole_plan_with_cautions() -> None:
    episode = episode_of("Percy")
    assert standing_of(episode, timezone.localdate()).tendon.cortisone is Cortisone.PAST
    hops = Item.objects.filter(
        step__version__programme__episode=episode, matrix_row=MatrixRow.SINGLE_LEG_HOP
    )
    assert hops
    assert {item.grade for item in hops} == {Grade.CAUTION}


def test_flare_steps_back_twice_then_to_isometric_and_needs_another_plan() -> None:
    assert decisions_of("Flora")[-3:] == [
        ("D3", Outcome.REGRESS),
        ("D4", Outcome.REGRESS),
        ("D2", Outcome.REGRESS),
    ]
    now = standing_now("Flora")
    assert now.tendon.phase is Phase.REACTIVE_ON_DEGENERATIVE
    assert now.needs_new_version
    assert now.step is not None
    assert (now.step.stage, now.step.number) == (Stage.ISOMETRIC, 1)


def test_settled_tendon_has_a_second_version() -> None:
    versions = Version.objects.filter(programme__episode=episode_of("Axel")).order_by("number")
    assert [version.phase for version in versions] == [Phase.REACTIVE, Phase.DISREPAIR]


def test_plateau_has_barely_moved_in_eight_weeks_or_more() -> None:
    now = standing_now("Pete")
    assert now.visa_weeks >= 8
    assert now.visa_now is not None
    assert now.visa_first is not None
    assert 0 <= now.visa_now - now.visa_first < 7
    assert len(decisions_of("Pete")) >= 16


def test_runner_passed_both_gates_and_is_walking_and_running() -> None:
    step = standing_now("Runa").step
    assert step is not None
    assert step.stage == Stage.RUN_WALK
    decided = Decision.objects.filter(session__programme__episode=episode_of("Runa"))
    for stage, ahead in ((Stage.ISOTONIC, Stage.PLYOMETRIC), (Stage.PLYOMETRIC, Stage.RUN_WALK)):
        through = decided.get(from_step__stage=stage, to_step__stage=ahead)
        assert (through.proposed, through.outcome) == (Outcome.PROGRESS, Outcome.PROGRESS)
        assert through.inputs["gate"]["exit_needed"] == STAGE_EXITS[stage]
        assert through.inputs["gate"]["lacking"] == []
    test = episode_of("Runa").heel_raises.counted().first()
    assert test is not None
    assert test.left_repetitions is not None
    assert test.left_repetitions >= 25


def test_discharged_episode_has_its_outcome() -> None:
    episode = episode_of("Dora")
    assert not episode.is_open
    assert episode.outcome == "improved"
    assert episode.closed_by is not None


def test_both_sides_at_once_are_two_open_episodes() -> None:
    assert Episode.objects.open().filter(patient__given_name="Bill").count() == 2
    assert all(hasattr(episode_of("Bill", side=side), "programme") for side in ("left", "right"))


def test_older_woman_has_a_norm_below_the_gate() -> None:
    patient = episode_of("Hilda").patient
    expected = norm(Sex(patient.sex), patient.age_on(timezone.localdate()))
    assert expected is not None
    assert expected < 25


def test_two_people_are_easily_mistaken() -> None:
    one, other = Patient.objects.filter(family_name="Lookalike")
    assert (one.date_of_birth - other.date_of_birth).days in (9, -9)


def test_a_name_has_an_apostrophe_and_another_letter() -> None:
    name = str(episode_of("Zoë").patient)
    assert "'" in name
    assert "Å" in name


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("Rupert", "rupture: clear or refer"),
        ("Nora", "Assessment is not signed"),
        ("Lina", "Not examined yet"),
        ("Lena", "No programme yet"),
        ("Zoë", "waits for a decision"),
        ("Mona", "is missing"),
        ("Mike", "The paper is out of date"),
        ("Flora", "3 steps back in 14 days"),
        ("Stan", "Test overdue: VISA-A (last "),
        ("Tess", "Test overdue: VISA-A (last "),
        ("Pete", "Referred after"),
        ("Axel", "On track"),
    ],
)
def test_day_list_says_what_each_needs(given: str, says: str) -> None:
    assert says in needs_today()[given]


def test_out_of_date_paper_is_an_alert() -> None:
    assert "Paper out of date" in {alert.text for alert in standing_now("Mike").alerts}


def test_stories_are_told_in_their_own_time() -> None:
    version = Version.objects.earliest("issued_at")
    assert version.issued_at is not None
    assert (timezone.now() - version.issued_at).days > 30
    signed = version.assessment
    assert signed.signed_at is not None
    assert signed.signed_at.date() >= signed.examined_on - timedelta(days=1)
    for session in Session.objects.select_related("morning"):
        late = session.recorded_at - timezone.make_aware(
            datetime.combine(session.happened_on, time())
        )
        assert timedelta() <= late < timedelta(days=1)
    assert not Handout.objects.filter(printed_at__gt=timezone.now()).exists()


def test_nothing_but_the_demo_tells_another_time() -> None:
    root = Path(__file__).resolve().parent.parent
    users = [
        path.name
        for app in ("patients", "assessments", "programmes", "upwell")
        for path in (root / app).rglob("*.py")
        if "told_at" in path.read_text()
    ]
    assert sorted(users) == ["clock.py", "play.py"]


def test_a_plan_is_being_edited_and_one_was_changed_by_hand() -> None:
    draft = Draft.objects.open().get()
    assert draft.episode == episode_of("Tess")
    assert draft.edits.count() == 4
    assert {str(role) for role in draft.started_by.roles} == {Role.EXERCISE_PHYSIOLOGIST}
    first, second = Version.objects.filter(programme__episode=episode_of("Hilda")).order_by(
        "number"
    )
    assert second.based_on == first
    doses = second.steps.get(rung="S2").items.values_list("exercise", "dose_words")
    assert "3 sets of 20" in dict(doses)["seated_raise"]
    assert "floor_double_raise" in dict(doses)


# --- Replaying its decisions: all are reached again, a changed row is found. ---


def replayed(*options: str) -> tuple[int, str]:
    """The exit status of the command and what it printed."""
    said = StringIO()
    try:
        call_command("replay", *options, stdout=said)
    except SystemExit as ended:
        return int(ended.code or 0), said.getvalue()
    return 0, said.getvalue()


def tampered(decision: Decision, **changes: Any) -> None:
    """Changed past every guard, as somebody with the database's password could."""
    with as_owner(), pgtrigger.ignore("programmes.Decision:never_rewritten"):
        Decision.objects.filter(pk=decision.pk).update(**changes)


def of_a_progress() -> Decision:
    found = Decision.objects.filter(proposed="PROGRESS", outcome="PROGRESS").first()
    assert found is not None
    return found


def corrected_one() -> Correction:
    """A step up whose morning after was painful, as it turned out."""
    session = Session.objects.whole().get(pk=of_a_progress().session_id)
    stands = {**standing_values(session), "morning_pain": 9}
    return actions.correct_session(
        session,
        values={name: value for name, value in stands.items() if not name.startswith("morning_")},
        morning={"pain": 9, "stiffness_min": stands["morning_stiffness_min"]},
        strikes=False,
        reason="Told wrongly.",
        known=known_of(session),
        on=timezone.localdate(),
        form_token=uuid4(),
        by=session.logged_by,
    )


@pytest.fixture
def names() -> set[str]:
    """Every name of a patient."""
    return {
        name
        for patient in Patient.objects.all()
        for name in (patient.given_name, patient.family_name)
    }


def test_every_decision_of_the_practice_is_reached_again() -> None:
    corrections = Correction.objects.exclude(proposed="").count()
    status, said = replayed()
    assert Decision.objects.count() > 20
    assert said == (
        f"{Decision.objects.count()} decisions and {corrections} corrections replayed,"
        " 0 unlike what is stored.\n"
    )
    assert status == 0


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param({"rule": "D8-count"}, "rule", id="rule"),
        pytest.param({"proposed": "HOLD", "reason": "Made up."}, "proposal", id="proposal"),
        pytest.param({"n_ok_after": 3}, "good sessions in a row", id="count"),
        pytest.param({"inputs": {}}, "inputs", id="inputs"),
    ],
)
def test_one_changed_row_is_found_and_named_by_its_session_alone(
    change: dict[str, Any], what: str, names: set[str]
) -> None:
    changed = of_a_progress()
    tampered(changed, **change)
    status, said = replayed()
    assert status == 1
    assert f"decision of session {changed.session.code}" in said
    assert f"  {what}: stored" in said
    assert said.endswith(" 1 unlike what is stored.\n")
    assert not {name for name in names if name in said}


def test_the_difference_as_json() -> None:
    changed = of_a_progress()
    tampered(changed, defaults={**changed.defaults, "pain_ceiling": 1})
    status, said = replayed("--json")
    told = json.loads(said)
    assert status == 1
    assert (told["decisions"], told["unlike"]) == (Decision.objects.count(), 1)
    found = told["differences"][0]
    assert (found["kind"], found["session"]) == ("decision", str(changed.session.code))
    assert {"what": "rule", "stored": "D8", "replayed": "D3"} in found["differences"]


def test_without_a_difference_the_json_says_so() -> None:
    status, said = replayed("--json")
    assert (status, json.loads(said)["differences"]) == (0, [])


def test_a_correction_replays_and_a_changed_one_is_found() -> None:
    correction = corrected_one()
    assert (correction.proposed, correction.rule) == ("REGRESS", "D4")
    assert replayed()[0] == 0
    with as_owner(), pgtrigger.ignore("programmes.Correction:append_only"):
        Correction.objects.filter(pk=correction.pk).update(rule="D3")
    status, said = replayed()
    assert status == 1
    assert f"correction 1 of session {correction.session.code}" in said


@pytest.mark.parametrize(
    ("lost", "status"),
    [pytest.param("e5_visa", 0, id="younger"), pytest.param("ok_isotonic", 1, id="lost")],
)
def test_a_setting_that_is_not_stored(lost: str, status: int) -> None:
    assert lost in DEFAULTS.as_dict()
    changed = of_a_progress()
    kept = {name: value for name, value in changed.defaults.items() if name != lost}
    tampered(changed, defaults=kept)
    assert replayed()[0] == status


def test_it_reads_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "ROWS_AT_ONCE", 10)
    with CaptureQueriesContext(connection) as captured:
        assert len(list(stored.stored_decisions())) == Decision.objects.count()
    declared = [query["sql"] for query in captured if "DECLARE" in query["sql"]]
    assert len(declared) == 1, "one cursor on the server, not the whole table"


@pytest.mark.usefixtures("with_the_owners_rights")
def test_the_stories_grow_to_a_practice_of_two_that_works_like_one(client: Client) -> None:
    told = Episode.objects.open().count()
    names = set(Patient.objects.values_list("family_name", "given_name"))
    multiply(2)
    other = User.objects.get(email="clinician-2@upwell.invalid")
    mine = Episode.objects.filter(clinician=other)
    assert 15 <= mine.open().count() == told <= 40
    assert mine.exclude(closed_on=None).count() > 20
    sessions = Session.objects.filter(programme__episode__clinician=other)
    assert 1500 <= sessions.count() <= 2500
    assert sessions.filter(happened_on__gt=timezone.localdate()).count() == 0
    copied = Patient.objects.filter(episodes__clinician=other).distinct()
    assert len(set(copied.values_list("family_name", "given_name")) - names) > 40
    closed = mine.exclude(closed_on=None).earliest("pk")
    with connection.cursor() as cursor:
        asked = "SELECT pgh_label, closed_on FROM patients_episodeevent WHERE pgh_obj_id = %s"
        cursor.execute(f"{asked} ORDER BY pgh_id", [closed.pk])
        assert cursor.fetchall() == [("insert", None), ("update", closed.closed_on)]

    client.force_login(other)
    last = sessions.filter(programme__episode=closed).latest("happened_on")
    paper = Handout.objects.filter(version__programme__episode__in=mine.open()).latest("pk")
    assert paper.paper_code == read_code(paper.paper_code)
    for address in (
        "/",
        "/?show=all",
        "/patients/",
        reverse("patients:detail", args=[closed.patient.code]),
        reverse("programmes:episode", args=[closed.code]),
        reverse("programmes:session", args=[last.code]),
        *(reverse("programmes:episode", args=[each.code]) for each in mine.open()[:5]),
        reverse("programmes:handout_new", args=[paper.version.code]),
    ):
        assert client.get(address).status_code == 200, address
    needs = {row.need.says for row in day_list(timezone.localdate(), clinician=other)}
    assert needs == set(needs_today().values())

    sample = Decision.objects.filter(session__in=sessions.filter(pk__endswith="7"))
    assert sample.count() > 100
    for decision in sample:
        assert replay(decision.inputs, decision.defaults).outcome == decision.proposed


def test_a_practice_with_patients_does_not_grow() -> None:
    before = Session.objects.count()
    with pytest.raises(CommandError, match="patients already"):
        call_command("seed", size=2)
    with pytest.raises(CommandError, match="one clinician"):
        call_command("seed", size=0)
    assert Session.objects.count() == before
