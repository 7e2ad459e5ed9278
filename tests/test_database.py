"""What the database itself refuses, whatever the application does: real Postgres, raw rows."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models import F
from pghistory.models import Event

from assessments import actions as assessment_actions
from assessments.models import (
    Assessment,
    Classification,
    FunctionTest,
    HeelRaiseTest,
    LoadEvent,
    Lock,
    OtherScore,
    Run,
    RunBatch,
    Treatment,
    UnreadPart,
    VisaA,
    Wording,
)
from assessments.rules.contraindications import grade
from assessments.rules.terms import Cortisone, Grade, Location, MatrixRow, Phase
from patients.models import (
    AccessLog,
    AuditSeal,
    BackupLog,
    DefaultsChange,
    Destruction,
    Episode,
    Invitation,
    Patient,
    Reopening,
    User,
    UserRole,
)
from patients.rules.roles import Role
from programmes import actions
from programmes.models import (
    TOLD,
    Correction,
    Decision,
    Document,
    Draft,
    DraftEdit,
    GateSigning,
    Handout,
    Item,
    Letter,
    MorningAfter,
    Move,
    NotDone,
    OwnedWeight,
    PeriodReport,
    PlanTemplate,
    PracticeExercise,
    Printing,
    PrintJob,
    PrintJobPaper,
    Programme,
    Ready,
    Session,
    Step,
    Unlock,
    Version,
)
from programmes.rules.terms import Outcome
from tests import make
from upwell.clock import now

# What tables and triggers refuse even to their owner; tests/test_roles.py is about the application.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_the_owners_rights")]

DAY_LATER = timedelta(days=1)

CLINICAL: tuple[type[models.Model], ...] = (
    User,
    Patient,
    Episode,
    Assessment,
    Treatment,
    Wording,
    VisaA,
    OtherScore,
    HeelRaiseTest,
    FunctionTest,
    Classification,
    Lock,
    RunBatch,
    Run,
    LoadEvent,
    Programme,
    Version,
    Step,
    Item,
    Session,
    MorningAfter,
    Decision,
    Handout,
    Letter,
    PracticeExercise,
    OwnedWeight,
    Move,
    GateSigning,
    Draft,
    DraftEdit,
    Unlock,
    PlanTemplate,
    Correction,
    NotDone,
    PeriodReport,
    Reopening,
    Printing,
    Invitation,
    DefaultsChange,
    UserRole,
)

# What is printed, without a history of its own: the printings have one.
PRINTED: tuple[type[models.Model], ...] = (Document, PrintJob, PrintJobPaper)

# Never changed once written, and no history beside them.
LOGS: tuple[type[models.Model], ...] = (AccessLog, AuditSeal, BackupLog, Destruction)


def models_of_ours() -> list[type[models.Model]]:
    """The models of our three apps, each history of theirs included."""
    labels = ("patients", "assessments", "programmes")
    return [model for label in labels for model in apps.get_app_config(label).get_models()]


def refuses(change: object) -> str:
    """The message the database refuses the change with."""
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        change()  # type: ignore[operator]
    return str(error.value)


@pytest.fixture
def practice() -> Session:
    """One patient all the way: assessment, programme, session, morning after, decision, paper."""
    programme = make.make_programme(treated_rest=True)
    session = make.make_session(programme)
    by = session.logged_by
    assessment_actions.record_function_test(
        programme.episode, form_token=uuid4(), on=make.DAY, by=by, sl_raise_pain=2
    )
    run_row()
    load_event_row()
    actions.record_morning(session, pain=2, stiffness_min=10, on=make.DAY + DAY_LATER, by=by)
    actions.decide(session, outcome=Outcome.HOLD, reason="", today=make.DAY + DAY_LATER, by=by)
    make.make_handout(programme)
    make.make_score(programme.episode)
    wording_row()
    actions.write_report(programme.episode, form_token=uuid4(), on=make.DAY, by=by)
    lock_row(episode=programme.episode, assessment=programme.versions.get().assessment)
    make.make_practice_exercise(by=by)
    make.make_weight(by=by)
    gate_row(episode=programme.episode)
    edit_row(draft=draft_plan_row(episode=programme.episode))
    unlock_row(episode=programme.episode)
    template_row()
    correction_row(session=session)
    not_done_row(handout=Handout.objects.get())
    report_row()
    reopening_row(episode=programme.episode)
    invitation_row()
    change_of_defaults()
    assert Move.objects.exists()
    return session


@pytest.mark.parametrize("model", CLINICAL, ids=lambda model: model.__name__)
def test_each_change_of_a_clinical_row_leaves_an_event(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [model._meta.db_table],
        )
        names = " ".join(row[0] for row in cursor.fetchall())
    for operation in ("insert", "update", "delete"):
        assert operation in names


def test_history_sees_bulk_and_raw_changes_with_the_values_before() -> None:
    patient = make.make_patient()
    events = apps.get_model("patients", "PatientEvent").objects
    before = events.filter(pgh_obj_id=patient.pk).count()
    Patient.objects.filter(pk=patient.pk).update(phone="1")
    Patient.objects.bulk_update([patient], ["phone"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE patients_patient SET phone = '3' WHERE id = %s", [patient.pk])
    phones = list(events.filter(pgh_obj_id=patient.pk).order_by("pgh_id").values_list("phone"))
    assert phones[before:] == [("1",), ("",), ("3",)]


def test_history_itself_never_changes() -> None:
    patient = make.make_patient()
    events = apps.get_model("patients", "PatientEvent").objects.filter(pgh_obj_id=patient.pk)
    refuses(lambda: events.update(family_name="Forged"))
    refuses(events.delete)


@pytest.mark.parametrize(
    "model",
    [m for m in CLINICAL if m not in (Step, Item, UserRole)],
    ids=lambda model: model.__name__,
)
def test_clinical_rows_are_never_deleted(model: type[models.Model], practice: Session) -> None:
    assert model.objects.exists()  # type: ignore[attr-defined]

    def delete() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')

    assert re.search("Cannot (update or )?delete", refuses(delete))


AS_IT_WAS: list[type[models.Model]] = [
    Decision,
    Correction,
    NotDone,
    PeriodReport,
    Reopening,
    Printing,
    Classification,
    Move,
    GateSigning,
    DraftEdit,
    Unlock,
    DefaultsChange,
]


@pytest.mark.parametrize("model", AS_IT_WAS)
def test_what_happened_is_never_rewritten(model: type[models.Model], practice: Session) -> None:
    rows = model.objects.all()  # type: ignore[attr-defined]
    assert rows.exists()
    field = next(f for f in model._meta.concrete_fields if not f.primary_key and not f.is_relation)
    assert "annot update" in refuses(lambda: rows.update(**{field.name: F(field.name)}))


def test_a_paper_gets_its_document_once_and_nothing_printed_ever_changes() -> None:
    paper, first, second = make.make_handout(), document_row(), document_row()
    rows = Handout.objects.filter(pk=paper.pk)
    rows.update(document=first)
    assert "annot update" in refuses(lambda: rows.update(document=second))
    assert "annot update" in refuses(lambda: rows.update(document=None))
    assert "annot update" in refuses(lambda: rows.update(paper_code="23456789"))
    assert "annot update" in refuses(lambda: rows.update(options={}))
    assert "annot update" in refuses(lambda: rows.update(content_digest="x"))
    kept = Document.objects.filter(pk=first.pk)
    assert "annot update" in refuses(lambda: kept.update(pdf=b"%PDF other"))
    assert "or delete" in refuses(lambda: Document.objects.filter(pk=second.pk).delete())


def test_what_was_told_changes_only_with_a_correction_on_record() -> None:
    session = make.make_session()
    morning = MorningAfter.objects.create(session=session, pain=2, recorded_by=session.logged_by)
    told: dict[type[models.Model], tuple[str, ...]] = {
        Session: (*TOLD, "struck_at"),
        MorningAfter: ("pain", "stiffness_min"),
    }
    for row in (session, morning):
        rows = type(row)._default_manager.filter(pk=row.pk)
        columns = [field for field in row._meta.concrete_fields if not field.primary_key]
        for field in columns:
            if field.is_relation:
                continue  # a key of another row would break its own constraint first
            value = other_than(field, getattr(row, field.attname))
            if field.name == "source":
                value = "phone"
            said = refuses(lambda rows=rows, f=field, v=value: rows.update(**{f.attname: v}))
            assert "only by a correction" in said, field.name
    correction_row(session=session, number=1)
    for row in (session, morning):
        rows = type(row)._default_manager.filter(pk=row.pk)
        for field in row._meta.concrete_fields:
            if field.primary_key or field.is_relation or field.name == "corrected":
                continue
            value = other_than(field, getattr(row, field.attname))
            if field.name == "source":
                value = "phone"
            if field.name not in told[type(row)]:
                changed = {"corrected": 1, field.attname: value}
                said = refuses(lambda rows=rows, changed=changed: rows.update(**changed))
                assert "only by a correction" in said, field.name
        assert rows.update(corrected=1, **{told[type(row)][-1]: None}) == 1
        again = refuses(lambda rows=rows: rows.update(corrected=1))
        assert "only by a correction" in again
        ahead = refuses(lambda rows=rows: rows.update(corrected=2))
        assert "only by a correction" in ahead


def other_than(field: models.Field, value: object) -> object:  # type: ignore[type-arg]
    """A value of this column that is not the one it holds; nobody asks whether it may stand."""
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, ArrayField):
        return [1] if isinstance(field.base_field, models.DecimalField) else ["changed"]
    if isinstance(field, models.UUIDField):
        return uuid4()
    if isinstance(field, models.DateTimeField):
        return now() + DAY_LATER
    if isinstance(field, models.DateField):
        return make.DAY + DAY_LATER
    if isinstance(field, models.CharField | models.TextField):
        return "x"
    if field.is_relation:
        # Itself where nothing stood, nobody where somebody did.
        return F("pk") if value is None else None
    return 1 if value != 1 else 2


def test_a_signed_assessment_is_frozen_with_its_measurements() -> None:
    assessment = make.make_signed_assessment()
    rows = Assessment.objects.filter(pk=assessment.pk)
    columns = [field for field in Assessment._meta.concrete_fields if not field.primary_key]
    assert len(columns) > 60
    for field in columns:
        if field.name == "superseded":
            continue
        changed = {field.attname: other_than(field, getattr(assessment, field.attname))}
        said = refuses(lambda changed=changed: rows.update(**changed))
        assert "this row never changes" in said, field.name
    assert "signed assessment never changes" in refuses(
        lambda: VisaA.objects.filter(assessment=assessment).update(q2=9)
    )
    assert "signed assessment never changes" in refuses(
        lambda: HeelRaiseTest.objects.filter(assessment=assessment).update(left_pain=9)
    )


def test_a_signed_assessment_is_superseded_once_and_for_good() -> None:
    assessment = make.make_signed_assessment()
    rows = Assessment.objects.filter(pk=assessment.pk)
    with_more = {"superseded": True, "goal": "Something else"}
    assert "this row never changes" in refuses(lambda: rows.update(**with_more))
    assert rows.update(superseded=True) == 1
    for again in (True, False):
        assert "this row never changes" in refuses(lambda to=again: rows.update(superseded=to))
    assert rows.get().superseded


def test_a_run_and_a_change_of_load_are_struck_out_once_and_never_change() -> None:
    run_row()
    load_event_row()
    by = make.make_user()
    for model, column in ((Run, "note"), (LoadEvent, "happened_on")):
        rows = model._default_manager.all()
        assert "never changes" in refuses(
            lambda rows=rows, column=column: rows.update(**{column: "2020-01-01"})
        )
        rows.update(struck_at="2026-01-01T00:00Z", struck_by=by, struck_reason="Wrong.")
        assert "never changes" in refuses(
            lambda rows=rows: rows.update(struck_at=None, struck_by=None, struck_reason="")
        )


def test_an_issued_version_is_frozen_with_its_steps_and_items() -> None:
    version = make.make_programme().versions.get()
    refuses(lambda: Version.objects.filter(pk=version.pk).update(note="other"))
    step = version.steps.first()
    assert step is not None
    refuses(lambda: Step.objects.filter(pk=step.pk).update(title="other"))
    refuses(lambda: Item.objects.filter(step=step).update(dose_words="other"))
    refuses(lambda: Item.objects.filter(step=step).delete())
    refuses(
        lambda: Step.objects.create(
            version=version, order=99, stage="isometric", number=99, protocol="ISO", title="x"
        )
    )


def test_a_draft_that_ended_is_frozen() -> None:
    draft = draft_plan_row()
    rows = Draft.objects.filter(pk=draft.pk)
    assert rows.update(plan={"a": 1}, revision=1) == 1
    assert rows.update(discarded_by=draft.started_by, discarded_at="2026-01-01T00:00Z") == 1
    assert "annot update" in refuses(lambda: rows.update(plan={}))
    assert "annot update" in refuses(lambda: rows.update(discarded_by=None, discarded_at=None))


def test_a_lock_is_cleared_once() -> None:
    assessment = make.make_signed_assessment(bone=["calcaneal_squeeze_positive"])
    lock = assessment.locks.get()
    assessment_actions.clear_lock(lock, reason="Scan was clear.", by=assessment.created_by)
    assert "annot update" in refuses(
        lambda: Lock.objects.filter(pk=lock.pk).update(cleared_at=None, cleared_by=None, reason="")
    )


# --- What this tendon must not do ---

STEPS = (("isotonic", ""), ("full_return", "F2"), ("full_return", "F3"))
BELOW = {"kind": "exercise", "range": "below_neutral"}


def unissued(*, phase: str, location: str, cortisone: str, programme: Programme) -> list[Step]:
    """A version for such a tendon that isn't issued yet, with the steps ``STEPS``."""
    issued = Version.objects.filter(programme=programme).first()
    assert issued is not None
    version = Version.objects.create(
        programme=programme,
        number=issued.number + 1,
        assessment=issued.assessment,
        location=location,
        phase=phase,
        cortisone=cortisone,
        rules_version="x",
        created_by=issued.created_by,
    )
    return [
        Step.objects.create(
            version=version,
            order=number,
            stage=stage,
            number=number,
            protocol="OWN",
            title="x",
            rung=rung,
        )
        for number, (stage, rung) in enumerate(STEPS, start=1)
    ]


def stands(step: Step, **item: object) -> bool:
    """Whether the database takes such an item, for all its tendon says; it is taken away again."""
    values = {
        "order": 1,
        "exercise": "x",
        "name": "x",
        "grade": "C",
        "dose": {"hold_s": 30},
        "dose_words": "x",
    }
    try:
        with transaction.atomic():
            Item.objects.create(step=step, **{**values, **item})
            transaction.set_rollback(True)
    except DatabaseError as error:
        if "is contraindicated for this tendon" not in str(error):
            raise
        return False
    return True


@pytest.mark.parametrize(
    "dose",
    [{}, {"reps": 15}, {"hold_s": None}, {"hold_s": 30, "range": "below_neutral"}],
    ids=["nothing", "repetitions", "no seconds", "below the floor"],
)
def test_what_stands_in_the_row_of_holds_is_one(dose: dict[str, object]) -> None:
    steps = unissued(
        phase=Phase.REACTIVE,
        location=Location.MIDPORTION,
        cortisone="none",
        programme=make.make_programme(**make.REACTIVE),
    )
    assert stands(steps[0], matrix_row="isometric_mid_range")
    with pytest.raises(IntegrityError, match="is no hold"):
        stands(steps[0], matrix_row="isometric_mid_range", dose=dose)


WHERE = (Location.MIDPORTION, Location.INSERTIONAL, Location.MIXED)


@pytest.mark.parametrize("cortisone", list(Cortisone))
def test_the_database_knows_the_matrix(cortisone: Cortisone) -> None:
    programme = make.make_programme()
    told, wanted = {}, {}
    for phase, location in product(Phase, WHERE):
        steps = unissued(phase=phase, location=location, cortisone=cortisone, programme=programme)
        for row in MatrixRow:
            cell = (phase.value, location.value, row.value)
            told[cell] = stands(steps[0], matrix_row=row)
            wanted[cell] = grade(row, phase, location, cortisone) is not Grade.CONTRAINDICATED
    assert told == wanted
    assert set(wanted.values()) == {True, False}


UNLOCKS = {
    # What is signed, tendon, step, row: whether the database takes the item.
    "U1 signed": ("U1", "insertional", "degenerative", "none", 2, "step_deficit_heel_drop", True),
    "U1 not signed": (
        "",
        "insertional",
        "degenerative",
        "none",
        2,
        "step_deficit_heel_drop",
        False,
    ),
    "U1 too early": (
        "U1",
        "insertional",
        "degenerative",
        "none",
        0,
        "step_deficit_heel_drop",
        False,
    ),
    "U1 where both hurt": (
        "U1",
        "mixed",
        "degenerative",
        "none",
        2,
        "step_deficit_heel_drop",
        False,
    ),
    "U1 while irritable": (
        "U1",
        "insertional",
        "reactive",
        "none",
        2,
        "step_deficit_heel_drop",
        False,
    ),
    "U1 after recent cortisone": (
        "U1",
        "insertional",
        "degenerative",
        "recent",
        2,
        "step_deficit_heel_drop",
        False,
    ),
    "U1 for hills": ("U1", "insertional", "degenerative", "none", 2, "uphill_running", False),
    "U2 signed": ("U2", "mixed", "degenerative", "none", 2, "uphill_running", True),
    "U2 after past cortisone": (
        "U2",
        "insertional",
        "disrepair",
        "past",
        2,
        "uphill_running",
        True,
    ),
    "U2 at F2": ("U2", "insertional", "degenerative", "none", 1, "uphill_running", False),
    "U2 not signed": ("", "insertional", "degenerative", "none", 2, "uphill_running", False),
    "U2 for a stretch": ("U2", "mixed", "degenerative", "none", 2, "dorsiflexion_stretch", False),
}


@pytest.mark.parametrize("name", UNLOCKS)
def test_the_two_unlocks_open_what_they_are_for(name: str) -> None:
    signed, location, phase, cortisone, step, row, taken = UNLOCKS[name]
    programme = make.make_programme()
    if signed == "U1":
        unlock_row(
            episode=programme.episode, code="U1", dorsiflexion_pain=1, since=make.DAY - DAY_LATER
        )
    elif signed:
        unlock_row(episode=programme.episode, code=signed)
    steps = unissued(phase=phase, location=location, cortisone=cortisone, programme=programme)
    unlock = signed or ("U1" if row == "step_deficit_heel_drop" else "U2")
    assert stands(steps[step], matrix_row=row, unlock=unlock) is taken
    # An unlock that isn't named by the item opens nothing.
    assert not stands(steps[step], matrix_row=row)


def test_an_unlock_of_another_patient_opens_nothing() -> None:
    unlock_row(code="U2")
    steps = unissued(
        phase="degenerative",
        location="mixed",
        cortisone="none",
        programme=make.make_programme(),
    )
    assert not stands(steps[2], matrix_row="uphill_running", unlock="U2")


@pytest.mark.parametrize(
    ("location", "taken"), [("midportion", True), ("insertional", False), ("mixed", False)]
)
def test_no_heel_below_the_floor_where_the_insertion_hurts(location: str, taken: bool) -> None:
    steps = unissued(
        phase="degenerative",
        location=location,
        cortisone="none",
        programme=make.make_programme(),
    )
    assert stands(steps[0], matrix_row="loaded_hsr", dose=BELOW) is taken
    assert stands(steps[0], matrix_row="loaded_hsr", dose={**BELOW, "range": "to_neutral"})


@pytest.mark.parametrize("location", ["undetermined", "out_of_range"])
def test_nothing_is_planned_for_a_place_nobody_knows(location: str) -> None:
    steps = unissued(
        phase="degenerative",
        location=location,
        cortisone="none",
        programme=make.make_programme(),
    )
    assert not any(stands(steps[0], matrix_row=row) for row in MatrixRow)


def issue_again(programme: Programme, *, stage: str = "isometric", **tendon: str) -> str:
    """What the database says of issuing a next version for such a tendon; blank when it does."""
    issued = programme.versions.first()
    assert issued is not None
    known = {
        "phase": issued.phase,
        "location": issued.location,
        "cortisone": issued.cortisone,
        **tendon,
    }
    version = Version.objects.create(
        programme=programme,
        number=issued.number + 1,
        assessment=issued.assessment,
        rules_version="x",
        created_by=issued.created_by,
        **known,
    )
    Step.objects.create(version=version, order=1, stage=stage, number=1, protocol="OWN", title="x")
    try:
        with transaction.atomic():
            Version.objects.filter(pk=version.pk).update(
                status="issued", issued_by=issued.created_by, issued_at=now()
            )
    except DatabaseError as error:
        return str(error).partition("\n")[0]
    return ""


def test_a_version_is_issued_for_the_tendon_as_it_is_classified() -> None:
    programme = make.make_programme()
    assert issue_again(programme, stage="full_return") == ""
    for tendon in ({"phase": "disrepair"}, {"location": "insertional"}):
        assert "as it is classified" in issue_again(programme, **tendon)


def test_no_version_is_issued_while_a_red_flag_is_open() -> None:
    programme = make.make_programme()
    assessment = programme.versions.get().assessment
    lock_row(episode=programme.episode, assessment=assessment)
    assert "while a red flag is open" in issue_again(programme)
    assessment_actions.clear_lock(
        Lock.objects.get(), reason="Scan was clear.", by=assessment.created_by
    )
    assert issue_again(programme) == ""


@pytest.mark.parametrize("stage", ["isotonic", "plyometric", "run_walk", "full_return"])
def test_only_isometric_work_is_issued_while_the_tendon_settles(stage: str) -> None:
    irritable, injected = make.make_programme(**make.REACTIVE), make.make_programme()
    assert issue_again(irritable) == ""
    assert "only the isometric stage" in issue_again(irritable, stage=stage)
    assert issue_again(injected, stage=stage) == ""
    assert issue_again(injected, cortisone="recent") == ""
    assert "only the isometric stage" in issue_again(injected, stage=stage, cortisone="recent")


@pytest.mark.parametrize("model", LOGS, ids=lambda model: model.__name__)
def test_a_log_only_grows(model: type[models.Model]) -> None:
    {
        AccessLog: access_row,
        AuditSeal: seal_row,
        BackupLog: backup_row,
        Destruction: destruction_row,
    }[model]()
    rows = model._default_manager.all()
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    assert rows.count() == 1
    for field in fields:
        assert "annot update or delete" in refuses(
            lambda name=field.name: rows.update(**{name: F(name)})
        )
    assert "annot update or delete" in refuses(rows.delete)


def test_a_link_is_used_or_withdrawn_once() -> None:
    used, withdrawn = invitation_row(), invitation_row()
    rows = Invitation.objects.all()
    assert rows.filter(pk=used.pk).update(used_at=now(), user=used.made_by) == 1
    assert rows.filter(pk=withdrawn.pk).update(withdrawn_at=now()) == 1
    for link in (used, withdrawn):
        for field in Invitation._meta.concrete_fields:
            if field.primary_key:
                continue
            changed = {field.attname: other_than(field, getattr(link, field.attname))}
            said = refuses(lambda pk=link.pk, to=changed: rows.filter(pk=pk).update(**to))
            assert "annot update" in said, field.name


def test_roles_are_given_and_taken_while_a_lead_stays() -> None:
    first, second = make.make_user(Role.PRACTICE_LEAD), make.make_user(Role.PRACTICE_LEAD)
    first.groups.clear()
    assert "keeps one active practice lead" in refuses(second.groups.clear)
    assert "keeps one active practice lead" in refuses(
        lambda: User.objects.filter(pk=second.pk).update(is_active=False)
    )
    # Somebody who holds another role only goes as before.
    other = make.make_user(Role.RECEPTION)
    User.objects.filter(pk=other.pk).update(is_active=False)
    other.groups.clear()
    # A lead who has left is none.
    third = make.make_user(Role.PRACTICE_LEAD, is_active=False)
    assert "keeps one active practice lead" in refuses(second.groups.clear)
    User.objects.filter(pk=third.pk).update(is_active=True)
    second.groups.clear()


# --- Constraints: one row that must not stand, for each ------------------------------------------


def episode() -> Episode:
    return make.make_episode()


def version_row(**overrides: object) -> Version:
    """A draft version to hang steps on."""
    programme = make.make_programme()
    issued = programme.versions.get()
    values = {
        "programme": programme,
        "number": 2,
        "assessment": issued.assessment,
        "location": issued.location,
        "phase": issued.phase,
        "cortisone": issued.cortisone,
        "rules_version": "x",
        "created_by": issued.created_by,
        **overrides,
    }
    return Version.objects.create(**values)


def draft(**overrides: object) -> None:
    found = episode()
    Assessment.objects.create(
        episode=found, examined_on=make.DAY, created_by=found.opened_by, **overrides
    )


def access_row(**overrides: object) -> None:
    values = {"user": make.make_user(), "patient": None, "page": "x", "method": "GET"}
    AccessLog.objects.create(**{**values, "denied": True, **overrides})


def seal_row(**overrides: object) -> None:
    values = {"number": 1, "tables": {}, "digest": uuid4().hex, **overrides}
    AuditSeal.objects.create(**values)


def backup_row(**overrides: object) -> None:
    values = {"kind": "backup", "file_name": "x", "size_bytes": 9, "digest": "x", "rows": 1}
    BackupLog.objects.create(**{**values, **overrides})


def destruction_row(**overrides: object) -> None:
    values = {
        "record_number": "U00001",
        "family_name": "A",
        "given_name": "B",
        "first_service_on": date(2010, 1, 1),
        "last_service_on": date(2010, 1, 1),
        "kept_until": date(2017, 1, 1),
        "destroyed_on": date(2017, 1, 2),
        "destroyed_by": make.make_user(),
        "agreed_by": make.make_user(),
        "rows": {},
        **overrides,
    }
    Destruction.objects.create(**values)


def destroyed_by_one() -> None:
    by = make.make_user()
    destruction_row(destroyed_by=by, agreed_by=by)


def invitation_row(**overrides: object) -> Invitation:
    values = {
        "token_digest": uuid4().hex,
        "email": "new@example.org",
        "display_name": "Nadia New",
        "role": Role.RECEPTION.value,
        "made_by": make.make_user(),
        "expires_at": now() + DAY_LATER,
        "form_token": uuid4(),
        "form_digest": "x",
        **overrides,
    }
    return Invitation.objects.create(**values)


def change_of_defaults(**overrides: object) -> None:
    values = {
        "number": 1,
        "values": {"programmes.plateau_days": 21},
        "reason": "Ours come every third week.",
        "made_by": make.make_user(),
        "form_token": uuid4(),
        "form_digest": "x",
        **overrides,
    }
    DefaultsChange.objects.create(**values)


def treatment_row(**overrides: object) -> None:
    values = {"assessment": make.make_assessment(), "kind": "rest", "tried": True, **overrides}
    Treatment.objects.create(**values)


def second_treatment() -> None:
    assessment = make.make_assessment()
    for _ in range(2):
        Treatment.objects.create(assessment=assessment, kind="rest", tried=True)


def patient_row(**overrides: object) -> None:
    values = {
        "family_name": "A",
        "given_name": "B",
        "date_of_birth": date(1980, 1, 1),
        "sex": "F",
        "form_token": uuid4(),
        "created_by": make.make_user(),
        **overrides,
    }
    Patient.objects.create(**values)


def visa_row(**overrides: object) -> None:
    found = episode()
    values = {
        "episode": found,
        "answered_on": make.DAY,
        "items": [None] * 8,
        "rules_version": "x",
        "recorded_by": found.opened_by,
        **overrides,
    }
    VisaA.objects.create(**values)


def score_row(**overrides: object) -> None:
    found = episode()
    values = {
        "episode": found,
        "name": "TENDINS-A",
        "value": 40,
        "answered_on": make.DAY,
        "form_token": uuid4(),
        "form_digest": "x",
        "recorded_by": found.opened_by,
        **overrides,
    }
    OtherScore.objects.create(**values)


def wording_row(**overrides: object) -> None:
    values = {
        "name": "Set",
        "form_version": "x",
        "permission": "x",
        "texts": {"use": ""},
        **overrides,
    }
    Wording.objects.create(**values)


def raise_row(**overrides: object) -> None:
    found = episode()
    HeelRaiseTest.objects.create(
        episode=found, tested_on=make.DAY, recorded_by=found.opened_by, **overrides
    )


def function_row(**overrides: object) -> None:
    found = episode()
    FunctionTest.objects.create(
        episode=found,
        tested_on=make.DAY,
        recorded_by=found.opened_by,
        form_token=uuid4(),
        **overrides,
    )


def classification_row(**overrides: object) -> None:
    assessment = make.make_signed_assessment()
    known = assessment.classifications.get()
    values = {
        field.name: getattr(known, field.name)
        for field in Classification._meta.concrete_fields
        if not field.primary_key
    }
    Classification.objects.create(**{**values, **overrides})


def lock_row(**overrides: object) -> None:
    assessment = make.make_signed_assessment()
    values = {
        "episode": assessment.episode,
        "assessment": assessment,
        "flag": "RF07",
        "level": "URGENT",
        "says": "x",
        "what_to_do": "y",
        "raised_by": assessment.created_by,
        **overrides,
    }
    Lock.objects.create(**values)


def batch_row(**overrides: object) -> RunBatch:
    by = make.make_user()
    values = {
        "patient": make.make_patient(by=by),
        "source": "hand",
        "status": "kept",
        "made_by": by,
        "kept_by": by,
        "kept_at": "2026-01-01T00:00Z",
        "form_token": uuid4(),
        "form_digest": "x",
        **overrides,
    }
    return RunBatch.objects.create(**values)


def run_row(**overrides: object) -> Run:
    batch = batch_row()
    values = {
        "batch": batch,
        "patient": batch.patient,
        "happened_on": make.DAY,
        "distance_m": 5000,
        **overrides,
    }
    return Run.objects.create(**values)


def load_event_row(**overrides: object) -> None:
    patient = make.make_patient()
    values = {
        "patient": patient,
        "kind": "training",
        "happened_on": make.DAY,
        "form_token": uuid4(),
        "form_digest": "x",
        "recorded_by": patient.created_by,
        **overrides,
    }
    LoadEvent.objects.create(**values)


def session_row(**overrides: object) -> None:
    programme = make.make_programme()
    step = programme.current_step
    assert step is not None
    values = {
        "programme": programme,
        "version": step.version,
        "step": step,
        "targets": [],
        "happened_on": make.DAY,
        "form_token": uuid4(),
        "form_digest": "x",
        "logged_by": step.version.created_by,
        **overrides,
    }
    Session.objects.create(**values)


def morning_row(**overrides: object) -> None:
    session = make.make_session()
    MorningAfter.objects.create(session=session, recorded_by=session.logged_by, **overrides)


def decision_row(**overrides: object) -> None:
    session = make.make_session()
    values = {
        "session": session,
        "proposed": Outcome.HOLD,
        "rule": "D6a",
        "because": "x",
        "inputs": {},
        "defaults": {},
        "rules_version": "x",
        "outcome": Outcome.HOLD,
        "n_ok_after": 0,
        "from_step": session.step,
        "to_step": session.step,
        "decided_by": session.logged_by,
        **overrides,
    }
    Decision.objects.create(**values)


def correction_row(**overrides: object) -> Correction:
    session = overrides.pop("session", None) or make.make_session()
    assert isinstance(session, Session)
    values = {
        "session": session,
        "number": 1,
        "before": {},
        "after": {},
        "reason": "x",
        "form_token": uuid4(),
        "form_digest": "x",
        "corrected_by": session.logged_by,
    }
    return Correction.objects.create(**{**values, **overrides})


def not_done_row(**overrides: object) -> NotDone:
    handout = overrides.pop("handout", None) or make.make_handout()
    assert isinstance(handout, Handout)
    values = {"handout": handout, "diary_row": 1, "on": make.DAY, "recorded_by": handout.printed_by}
    return NotDone.objects.create(**{**values, **overrides})


def document_row(**overrides: object) -> Document:
    values = {"sha256": uuid4().hex, "pdf": b"%PDF", "pages": 1}
    return Document.objects.create(**{**values, **overrides})


def job_row() -> PrintJob:
    by = User.objects.first() or make.make_user()
    return PrintJob.objects.create(form_token=uuid4(), form_digest="x", made_by=by)


def job_paper_row(**overrides: object) -> PrintJobPaper:
    values = {"order": 1, **overrides}
    values.setdefault("job", job_row())
    version = make.make_programme().versions.get()
    return PrintJobPaper.objects.create(**{"version": version, **values})


def report_row(**overrides: object) -> PeriodReport:
    values = {
        "first_on": make.DAY,
        "last_on": make.DAY + DAY_LATER,
        "figures": {},
        "rows": {},
        "defaults": {},
        "rules_version": "x",
        "made_by": User.objects.first() or make.make_user(),
    }
    return PeriodReport.objects.create(**{**values, **overrides})


def reopening_row(**overrides: object) -> Reopening:
    found = of_episode(overrides)
    values = {
        "episode": found,
        "closed_on": make.DAY,
        "closed_by": found.opened_by,
        "outcome": "returned",
        "reopened_on": make.DAY,
        "reason": "x",
        "reopened_by": found.opened_by,
    }
    return Reopening.objects.create(**{**values, **overrides})


def letter_row(**overrides: object) -> None:
    found = episode()
    values = {
        "episode": found,
        "kind": "report",
        "subject": "x",
        "body": "y",
        "dated_on": make.DAY,
        "form_token": uuid4(),
        "form_digest": "x",
        "written_by": found.opened_by,
        **overrides,
    }
    Letter.objects.create(**values)


def step_row(**overrides: object) -> Step:
    values = {
        "version": version_row(),
        "order": 1,
        "stage": "isometric",
        "number": 1,
        "protocol": "ISO",
        "title": "x",
        **overrides,
    }
    return Step.objects.create(**values)


def item_row(**overrides: object) -> None:
    values = {
        "step": step_row(),
        "order": 1,
        "exercise": "x",
        "name": "x",
        "matrix_row": "loaded_hsr",
        "grade": "A",
        "dose": {},
        "dose_words": "x",
        **overrides,
    }
    Item.objects.create(**values)


def twice(make_row: object, **same: object) -> None:
    make_row(**same)  # type: ignore[operator]
    make_row(**same)  # type: ignore[operator]


def second_open_episode() -> None:
    first = episode()
    Episode.objects.create(
        patient=first.patient,
        side=first.side,
        opened_on=make.DAY,
        opened_by=first.opened_by,
        clinician=first.opened_by,
    )


def episode_update(**values: object) -> None:
    found = episode()
    Episode.objects.filter(pk=found.pk).update(**values)


def second_draft() -> None:
    found = episode()
    for _ in range(2):
        Assessment.objects.create(episode=found, examined_on=make.DAY, created_by=found.opened_by)


def two_open_locks() -> None:
    assessment = make.make_signed_assessment()
    for _ in range(2):
        lock_row(episode=assessment.episode)


def two_sessions_of_one_form() -> None:
    token = uuid4()
    twice(session_row, form_token=token)


def exercise_update(**values: object) -> None:
    own = make.make_practice_exercise()
    PracticeExercise.objects.filter(pk=own.pk).update(**values)


def weight_row(**values: object) -> OwnedWeight:
    by = User.objects.first() or make.make_user()
    return OwnedWeight.objects.create(**{"kind": "plate", "kg": 5, "added_by": by, **values})


def move_row(**overrides: object) -> Move:
    programme = make.make_programme()
    values = {
        "programme": programme,
        "kind": "flare",
        "to_step": programme.current_step,
        "moved_on": make.DAY,
        "moved_by": programme.episode.opened_by,
        **overrides,
    }
    return Move.objects.create(**values)


def of_episode(overrides: dict[str, object]) -> Episode:
    """The episode a row is asked for, taken out of what is asked; else a new one."""
    found = overrides.pop("episode", None)
    return found if isinstance(found, Episode) else episode()


def of_a_form(of: Episode) -> dict[str, object]:
    """The columns of a row that a form of this episode makes."""
    return {"episode": of, "form_token": uuid4(), "form_digest": "x"}


def gate_row(**overrides: object) -> GateSigning:
    found = of_episode(overrides)
    values = {"mode": "norm", "reason": "x", "signed_by": found.opened_by}
    return GateSigning.objects.create(**{**of_a_form(found), **values, **overrides})


def draft_plan_row(**overrides: object) -> Draft:
    found = of_episode(overrides)
    values = {"episode": found, "started_by": found.opened_by}
    return Draft.objects.create(**{**values, **overrides})


def edit_row(**overrides: object) -> DraftEdit:
    draft = overrides.pop("draft", None) or draft_plan_row()
    values = {
        "draft": draft,
        "number": 1,
        "says": "x",
        "patch": {},
        "by": draft.started_by,  # type: ignore[attr-defined]
        "form_token": uuid4(),
        "form_digest": "x",
    }
    return DraftEdit.objects.create(**{**values, **overrides})


def unlock_row(**overrides: object) -> Unlock:
    found = of_episode(overrides)
    values = {"code": "U2", "reason": "x", "signed_by": found.opened_by}
    return Unlock.objects.create(**{**of_a_form(found), **values, **overrides})


def template_row(**overrides: object) -> PlanTemplate:
    values = {
        "name": "Calm midportion",
        "plan": {},
        "made_by": User.objects.first() or make.make_user(),
        "form_token": uuid4(),
        "form_digest": "x",
    }
    return PlanTemplate.objects.create(**{**values, **overrides})


def issued_and_put_aside() -> None:
    issued = make.make_programme().versions.get()
    by = issued.created_by
    draft_plan_row(issued_as=issued, discarded_by=by, discarded_at="2026-01-01T00:00Z")


def two_of(build: Callable[[], models.Model], **same: object) -> None:
    row = build()
    values = {
        field.name: getattr(row, field.name)
        for field in row._meta.concrete_fields
        if not field.primary_key and field.name != "code"
    }
    type(row)._default_manager.create(**{**values, **same})


BAD: dict[str, object] = {
    "one_account_an_email_address": lambda: [
        User.objects.create(email=email, display_name="x") for email in ("a@b.cd", "A@b.cd")
    ],
    "patient_language_known": lambda: patient_row(language="xx"),
    "patient_sex_known": lambda: patient_row(sex="X"),
    "patient_born_after_1900": lambda: patient_row(date_of_birth=date(1899, 12, 31)),
    "patient_has_names": lambda: patient_row(family_name=""),
    "one_open_episode_a_side": second_open_episode,
    "episode_side_known": lambda: episode_update(side="both"),
    "episode_closed_after_opened": lambda: (
        lambda found: Episode.objects.filter(pk=found.pk).update(
            closed_on=found.opened_on - timedelta(days=1),
            closed_by=found.opened_by,
            outcome="returned",
        )
    )(episode()),
    "episode_closed_by_somebody": lambda: episode_update(closed_on=date(2026, 1, 1)),
    "one_draft_an_episode": second_draft,
    "assessment_run_pain_0_to_10": lambda: draft(run_pain=11),
    "assessment_pain_light_load_0_to_10": lambda: draft(pain_light_load=11),
    "assessment_sl_heel_raise_pain_0_to_10": lambda: draft(sl_heel_raise_pain=11),
    "assessment_duration_in_bounds": lambda: draft(duration_weeks=7000),
    "assessment_signed_by_somebody": lambda: draft(status="signed"),
    "assessment_cortisone_dated": lambda: draft(cortisone=True),
    "assessment_fluoroquinolone_dated": lambda: draft(
        fluoroquinolone=False, fluoroquinolone_last_on=make.DAY
    ),
    "assessment_drugs_before_examination": lambda: draft(
        cortisone=True, cortisone_last_on=make.DAY + timedelta(days=1)
    ),
    **{
        f"assessment_{group}_answers_known": (lambda group=group: draft(**{group: ["nonsense"]}))
        for group in (
            "rupture",
            "clot",
            "infection",
            "bone",
            "inflammatory",
            "lipids",
            "nerve",
            "tumour",
        )
    },
    **{
        f"visa_{name}_0_to_10": (lambda name=name: visa_row(**{name: 11}))
        for name in ("q2", "q3", "q4", "q5")
    },
    "visa_total_0_to_100": lambda: visa_row(total=101),
    "visa_eight_items": lambda: visa_row(items=[1, 2]),
    "visa_one_part_of_q8": lambda: visa_row(q8_part="A"),
    **{
        f"assessment_{name}_in_bounds": (lambda name=name, value=value: draft(**{name: value}))
        for name, value in (
            ("goal_distance_m", 1_000_001),
            ("shoe_drop_mm", 61),
            ("analysis_speed_kmh", 41),
            ("cadence_spm", 79),
            ("left_contact_ms", 801),
            ("right_contact_ms", 79),
        )
    },
    "assessment_amendment_has_reason": lambda: draft(amendment_reason="Of nothing"),
    "assessment_only_signed_is_superseded": lambda: draft(superseded=True),
    "assessment_onset_before_examination": lambda: draft(onset_on=make.DAY + DAY_LATER),
    "assessment_differentials_known": lambda: draft(differentials=["gout"]),
    "assessment_void_by_somebody_with_a_reason": lambda: draft(status="void"),
    **{
        f"heel_raise_{name}_in_bounds": (lambda name=name, value=value: raise_row(**{name: value}))
        for name, value in (
            ("body_kg", 24),
            *((f"{side}_height_cm", 31) for side in ("left", "right")),
            *((f"{side}_hop_cm", 401) for side in ("left", "right")),
            *(
                (f"{side}_{knee}_kg", 501)
                for side in ("left", "right")
                for knee in ("straight", "bent")
            ),
            *(
                (f"{side}_{knee}_reps", 201)
                for side in ("left", "right")
                for knee in ("straight", "bent")
            ),
        )
    },
    "one_row_a_treatment": second_treatment,
    "treatment_kind_known": lambda: treatment_row(kind="magic"),
    "treatment_dates_only_if_tried": lambda: treatment_row(tried=False, since_on=make.DAY),
    "treatment_ends_after_it_began": lambda: treatment_row(
        since_on=make.DAY, until_on=make.DAY - DAY_LATER
    ),
    "heel_raise_left_pain_0_to_10": lambda: raise_row(left_pain=11),
    "heel_raise_right_pain_0_to_10": lambda: raise_row(right_pain=11),
    "heel_raise_left_in_bounds": lambda: raise_row(left_repetitions=201),
    "heel_raise_right_in_bounds": lambda: raise_row(right_repetitions=201),
    **{
        f"function_{name}_0_to_10": (lambda name=name: function_row(**{name: 11}))
        for name in ("sl_raise_pain", "dl_hop_pain", "sl_hop_pain", "walk_pain")
    },
    "function_walk_in_bounds": lambda: function_row(walk_min=1441),
    "classification_override_has_reason": lambda: classification_row(
        suggested_phase="reactive", reason=""
    ),
    "classification_words_known": lambda: classification_row(
        phase="x", suggested_phase="x", reason="y"
    ),
    "one_open_lock_a_flag": two_open_locks,
    "lock_cleared_by_somebody_with_a_reason": lambda: lock_row(cleared_at="2026-01-01T00:00Z"),
    "lock_level_locks": lambda: lock_row(level="ROUTINE"),
    "visa_struck_by_somebody_with_a_reason": lambda: visa_row(struck_reason="Wrong."),
    "other_score_value_in_bounds": lambda: score_row(value=10_001),
    "other_score_struck_by_somebody_with_a_reason": lambda: score_row(struck_reason="Wrong."),
    "other_score_has_a_name": lambda: score_row(name=""),
    "wording_with_permission": lambda: wording_row(permission=""),
    "one_version_a_number": lambda: version_row(number=1),
    "version_issued_by_somebody": lambda: version_row(status="issued"),
    "one_step_a_place": lambda: two_of(step_row, number=2),
    "one_step_a_number": lambda: two_of(step_row, order=2),
    "step_stage_known": lambda: step_row(stage="x"),
    "one_item_a_place": lambda: (lambda step: twice(item_row, step=step))(step_row()),
    "item_never_contraindicated": lambda: item_row(grade="X"),
    "item_matrix_row_known": lambda: item_row(matrix_row="x"),
    **{
        f"session_{name}_in_bounds": (lambda name=name: session_row(**{name: 2000}))
        for name in ("pain_before", "pain_during", "pain_after", "stiffness_min", "completed_pct")
    },
    "morning_pain_in_bounds": lambda: morning_row(pain=11),
    "morning_stiffness_in_bounds": lambda: morning_row(pain=1, stiffness_min=1441),
    "morning_says_something": morning_row,
    "one_session_a_diary_row": lambda: (
        lambda paper: twice(session_row, handout=paper, diary_row=1)
    )(make.make_handout()),
    "session_of_a_paper_has_its_row": lambda: session_row(diary_row=1),
    "one_correction_a_number": lambda: twice(correction_row, session=make.make_session()),
    "correction_has_reason": lambda: correction_row(reason=""),
    "correction_says_all_or_nothing_of_the_rule": lambda: correction_row(rule="D4"),
    "document_has_a_page": lambda: document_row(pages=0),
    "one_job_paper_a_place": lambda: twice(job_paper_row, job=job_row()),
    "job_paper_made_or_refused": lambda: job_paper_row(
        handout=make.make_handout(), problem="A red flag is open."
    ),
    "one_not_done_a_row": lambda: twice(not_done_row, handout=make.make_handout()),
    "not_done_row_counts_from_one": lambda: not_done_row(diary_row=0),
    "one_report_a_period": lambda: twice(report_row),
    "report_period_begins_first": lambda: report_row(last_on=make.DAY - DAY_LATER),
    "reopening_has_reason": lambda: reopening_row(reason=""),
    "reopened_after_closed": lambda: reopening_row(reopened_on=make.DAY - DAY_LATER),
    "decision_override_has_reason": lambda: decision_row(outcome=Outcome.PROGRESS),
    "decision_is_final": lambda: decision_row(proposed="PENDING", outcome="PENDING"),
    "letter_referral_is_about_a_flag": lambda: letter_row(kind="referral"),
    "letter_printed_by_somebody": lambda: letter_row(printed_at="2026-01-01T00:00Z"),
    "letter_pdf_kept_with_the_printing": lambda: letter_row(printed_pdf=b"x"),
    "batch_kept_by_somebody": lambda: batch_row(kept_by=None),
    "batch_undone_by_somebody": lambda: batch_row(status="undone"),
    "run_distance_m_in_bounds": lambda: run_row(distance_m=1_000_001),
    "run_duration_s_in_bounds": lambda: run_row(duration_s=360_001),
    "run_has_distance_or_duration": lambda: run_row(distance_m=None),
    "run_struck_by_somebody_with_a_reason": lambda: run_row(struck_reason="Wrong."),
    "load_event_old_drop_mm_in_bounds": lambda: load_event_row(kind="footwear", old_drop_mm=61),
    "load_event_new_drop_mm_in_bounds": lambda: load_event_row(kind="footwear", new_drop_mm=61),
    "load_event_kind_known": lambda: load_event_row(kind="weather"),
    "load_event_ends_after_it_began": lambda: load_event_row(
        kind="rest", until_on=make.DAY - DAY_LATER
    ),
    "load_event_holds_its_own_kind_only": lambda: load_event_row(firmer=True),
    "programme_training_days_are_weekdays": lambda: (
        lambda found: Programme.objects.filter(pk=found.pk).update(training_days=[8])
    )(make.make_programme()),
    "move_override_has_reason": lambda: move_row(kind="override"),
    "gate_signing_mode_known": lambda: gate_row(mode="x"),
    "gate_signing_has_reason": lambda: gate_row(reason=""),
    "one_open_draft_an_episode": lambda: twice(draft_plan_row, episode=episode()),
    "draft_ends_once": issued_and_put_aside,
    "draft_discarded_by_somebody": lambda: draft_plan_row(discarded_at="2026-01-01T00:00Z"),
    "one_edit_a_number": lambda: twice(edit_row, draft=draft_plan_row()),
    "draft_edit_turns_an_edit": lambda: edit_row(kind="undo"),
    "unlock_code_known": lambda: unlock_row(code="U3"),
    "unlock_has_reason": lambda: unlock_row(reason=""),
    "unlock_u1_has_pain": lambda: unlock_row(code="U1"),
    "plan_template_has_name": lambda: template_row(name=""),
    "one_template_a_name": lambda: twice(template_row),
    "practice_exercise_row_known": lambda: exercise_update(matrix_row="handstand"),
    "practice_exercise_stage_known": lambda: exercise_update(stage="x"),
    "practice_exercise_key_own": lambda: exercise_update(key="floor_single_raise"),
    "practice_exercise_has_name": lambda: exercise_update(name=""),
    "owned_weight_in_bounds": lambda: weight_row(kg=201),
    "one_owned_weight_a_kind": lambda: twice(weight_row),
    "load_event_struck_by_somebody_with_a_reason": lambda: load_event_row(struck_reason="Wrong."),
    "reading_is_of_a_patient": lambda: access_row(denied=False),
    "seal_follows_another": lambda: seal_row(number=2),
    "backup_kind_known": lambda: backup_row(kind="copy"),
    "backup_holds_something": lambda: backup_row(rows=0),
    "destruction_takes_two": destroyed_by_one,
    "destroyed_after_its_time": lambda: destruction_row(kept_until=date(2017, 1, 2)),
    "destroyed_period_in_order": lambda: destruction_row(last_service_on=date(2009, 12, 31)),
    "invitation_role_known": lambda: invitation_row(role="Owner"),
    "invitation_expires": lambda: invitation_row(expires_at=now() - DAY_LATER),
    "invitation_for_somebody": lambda: invitation_row(role=""),
    "invitation_used_or_withdrawn": lambda: invitation_row(
        used_at=now(), withdrawn_at=now(), user=make.make_user()
    ),
    "invitation_used_by_somebody": lambda: invitation_row(used_at=now()),
    "defaults_change_has_reason": lambda: change_of_defaults(reason=""),
    "keeps_a_lead": lambda: make.make_user(Role.PRACTICE_LEAD).groups.clear(),
}

# Triggers that refuse as a constraint would, by its name.
TRIGGERS = {"keeps_a_lead"}


def test_each_constraint_of_ours_has_a_row_that_breaks_it() -> None:
    names = {
        constraint.name
        for model in [*CLINICAL, *PRINTED, *LOGS]
        for constraint in model._meta.constraints
    }
    assert names | TRIGGERS == set(BAD)


def test_each_model_of_ours_is_judged_here() -> None:
    events = {model for model in models_of_ours() if issubclass(model, Event)}
    # Pieces of files waiting to be read and papers laid out ahead hold nothing anybody relies on.
    passing = {UnreadPart, Ready}
    assert {*CLINICAL, *PRINTED, *LOGS} == set(models_of_ours()) - events - passing


def test_nothing_clinical_goes_because_something_else_goes() -> None:
    keys = {
        f"{model.__name__}.{field.name}": field.remote_field.on_delete
        for model in models_of_ours()
        for field in model._meta.concrete_fields
        if field.remote_field and not issubclass(model, Event)
    }
    # Who held a role stays in its history; the other two wait for something and hold no record.
    lax = {name for name, on_delete in keys.items() if on_delete is not models.PROTECT}
    assert len(keys) > 60
    assert lax == {"UserRole.user", "UserRole.group", "UnreadPart.batch", "Ready.version"}


def test_the_database_itself_cascades_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' "
            "AND (confdeltype <> 'a' OR confupdtype <> 'a')"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize("name", sorted(BAD))
def test_the_database_refuses(name: str) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        BAD[name]()  # type: ignore[operator]
    assert error.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


def triggers_of(state: ProjectState) -> dict[tuple[str, str], dict[str, str]]:
    """What migrations say of the triggers of each table: their SQL, by name."""
    return {
        table: {each.name: each.install_sql for each in model.options.get("triggers", ())}
        for table, model in state.models.items()
    }


def test_made_in_one_go_the_tables_are_what_the_steps_made() -> None:
    steps = MigrationLoader(None, replace_migrations=False)
    in_steps, in_one_go = steps.project_state(), MigrationLoader(None).project_state()
    assert MigrationAutodetector(in_steps, in_one_go).changes(graph=steps.graph) == {}
    assert MigrationAutodetector(in_one_go, in_steps).changes(graph=steps.graph) == {}
    assert triggers_of(in_one_go) == triggers_of(in_steps)
    assert any(triggers_of(in_steps).values())
