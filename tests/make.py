"""The people and records of tests, made through the actions the pages use.

Plain functions with fixed, readable values; a test names only what it is about. Days count from
``DAY``, which lies in the past by any clock, so pages accept it.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth.models import Group
from django.test import Client

from assessments import actions as assessment_actions
from assessments.models import Assessment, OtherScore, VisaA
from assessments.rules.terms import Location, Phase, ReportedBy, Stage
from assessments.selectors import PAGE_FIELDS, VISA_FIELDS, blank, findings
from assessments.wording import OWN
from patients import actions as patient_actions
from patients.in_force import read_once
from patients.models import Episode, Patient, User
from patients.rules.roles import Role
from patients.rules.terms import Sex, Side
from programmes import actions as programme_actions
from programmes.actions import library as library_actions
from programmes.models import (
    Handout,
    OwnedWeight,
    PlanTemplate,
    PracticeExercise,
    Programme,
    Session,
    Version,
)
from programmes.rules.library import EXERCISES
from programmes.rules.terms import Protocol

DAY = date(2025, 3, 3)
PASSWORD = "Correct-Horse-7"

TITLES = {
    Role.RECEPTION: ("Rita Reception", "Receptionist", ""),
    Role.PHYSIOTHERAPIST: ("Paul Physio", "Physiotherapist", "PHY0000000001"),
    Role.EXERCISE_PHYSIOLOGIST: (
        "Edith Exercise",
        "Accredited exercise physiologist",
        "ESSA 000001",
    ),
    Role.PRACTICE_LEAD: ("Leo Lead", "Practice lead, physiotherapist", "PHY0000000002"),
}

# Somebody with a calm, nodular midportion tendon of seven months: load pathway, isotonic start.
MIDPORTION: Mapping[str, Any] = {
    "examined_on": DAY,
    "duration_weeks": 30,
    "prior_episode": True,
    "running_status": "stopped",
    "goal": "Run ten kilometres with friends",
    "rupture": [],
    "clot": [],
    "clot_alternative": False,
    "infection": [],
    "bone": [],
    "inflammatory": [],
    "lipids": [],
    "nerve": [],
    "tumour": [],
    "fluoroquinolone": False,
    "oral_steroid": False,
    "cortisone": False,
    "tender_cm": [Decimal("4.0")],
    "points_to_site": True,
    "load_provokes": True,
    "arc_sign": True,
    "royal_london": True,
    "warm": False,
    "swelling_diffuse": False,
    "thickening_nodular": True,
    "pain_light_load": 1,
    "sl_heel_raise_pain": 3,
    "q1_minutes": 10,
    "q2": 6,
    "q3": 6,
    "q4": 7,
    "q5": 5,
    "q6_hops": 5,
    "q7": "modified",
    "q8_part": "B",
    "q8_band": "11-20",
    "left_repetitions": 15,
    "right_repetitions": 22,
    "left_pain": 3,
    "right_pain": 0,
}
INSERTIONAL: Mapping[str, Any] = {
    **MIDPORTION,
    "tender_cm": [Decimal("0.5")],
    "dorsiflexion_pain": True,
}
MIXED: Mapping[str, Any] = {**MIDPORTION, "tender_cm": [Decimal("0.5"), Decimal("4.0")]}
REACTIVE: Mapping[str, Any] = {
    **MIDPORTION,
    "duration_weeks": 3,
    "prior_episode": False,
    "warm": True,
    "swelling_diffuse": True,
    "thickening_nodular": False,
    "pain_light_load": 6,
    "sl_heel_raise_pain": 6,
}
"""Examinations by what they find; each is the overrides of ``make_signed_assessment``."""


def make_user(role: Role | None = Role.PHYSIOTHERAPIST, **overrides: Any) -> User:
    """An account with this role (None: no role yet) and the password ``PASSWORD``."""
    name, title, number = TITLES[role] if role else ("Nadia New", "", "")
    values: dict[str, Any] = {
        "email": f"user-{User.objects.count() + 1}@example.org",
        "display_name": name,
        "professional_title": title,
        "registration_number": number,
        "password": PASSWORD,
        **overrides,
    }
    user = User.objects.create_user(values.pop("email"), **values)
    if role:
        user.groups.add(Group.objects.get(name=role.value))
    return user


def sign_in(client: Client, user: User) -> None:
    """Sign somebody in who has just confirmed the password, as pages about accounts ask for."""
    client.force_login(user)
    session = client.session
    record_authentication(
        SimpleNamespace(session=session), user, method="password", reauthenticated=True
    )
    session.save()


def make_patient(*, by: User | None = None, **overrides: Any) -> Patient:
    """A patient of 45, without an external id."""
    values: dict[str, Any] = {
        "family_name": "Sampleton",
        "given_name": "Alex",
        "date_of_birth": date(1980, 1, 31),
        "sex": Sex.FEMALE,
        **overrides,
    }
    return patient_actions.add_patient(form_token=uuid4(), by=by or make_user(), **values)


def make_episode(
    patient: Patient | None = None,
    *,
    side: Side = Side.LEFT,
    on: date = DAY,
    by: User | None = None,
) -> Episode:
    """An open episode; of a new patient when none is given."""
    by = by or (patient.created_by if patient else make_user())
    return patient_actions.open_episode(patient or make_patient(by=by), side=side, on=on, by=by)


def examination_values(**overrides: Any) -> dict[str, Any]:
    """All values of the assessment page: those of ``MIDPORTION`` with these overrides."""
    empty = {name: blank(name) for name in PAGE_FIELDS}
    values = {**empty, **MIDPORTION, **overrides}
    if unknown := values.keys() - set(PAGE_FIELDS):
        raise TypeError(f"no such field on the assessment page: {sorted(unknown)}")
    return values


@read_once()
def make_assessment(
    episode: Episode | None = None, *, by: User | None = None, **overrides: Any
) -> Assessment:
    """A saved draft with the values of ``MIDPORTION``; ``overrides`` are fields of the page."""
    episode = episode or make_episode()
    by = by or episode.opened_by
    values = examination_values(**overrides)
    draft = assessment_actions.start_assessment(episode, on=values["examined_on"], by=by)
    return assessment_actions.save_draft(draft, values, version=draft.version, by=by)


@read_once()
def make_signed_assessment(
    episode: Episode | None = None,
    *,
    location: Location | None = None,
    phase: Phase | None = None,
    by: User | None = None,
    **overrides: Any,
) -> Assessment:
    """A signed examination: ``make_signed_assessment(episode, **INSERTIONAL)``.

    Classified as the findings suggest; ``location`` or ``phase`` set another one, with a reason.
    """
    saved = make_assessment(episode, by=by, **overrides)
    found = findings(saved, bilateral=False)
    return assessment_actions.sign(
        saved,
        location=location or found.location,
        phase=phase or found.phase,
        reason="Judged otherwise at the bedside." if location or phase else "",
        version=saved.version,
        by=by or saved.created_by,
    )


def make_visa(
    episode: Episode | None = None, *, on: date = DAY, by: User | None = None, **overrides: Any
) -> VisaA:
    """A VISA-A outside an assessment, told by phone; ``overrides`` are items of the page."""
    episode = episode or make_episode()
    values = {name: MIDPORTION[name] for name in VISA_FIELDS} | overrides
    return assessment_actions.record_visa(
        episode,
        form_token=uuid4(),
        on=on,
        reported_by=ReportedBy.PHONE,
        words=OWN,
        by=by or episode.opened_by,
        **values,
    )


def make_score(
    episode: Episode | None = None, *, on: date = DAY, by: User | None = None, **overrides: Any
) -> OtherScore:
    """A TENDINS-A of 48, from paper."""
    episode = episode or make_episode()
    values: dict[str, Any] = {
        "name": "TENDINS-A",
        "value": Decimal(48),
        "better": "lower",
        "note": "",
        **overrides,
    }
    return assessment_actions.record_score(
        episode,
        form_token=uuid4(),
        on=on,
        reported_by=ReportedBy.PAPER,
        by=by or episode.opened_by,
        **values,
    )


@read_once()
def make_programme(
    episode: Episode | None = None,
    *,
    on: date = DAY,
    protocol: Protocol | None = None,
    at: tuple[Stage, int] | None = None,
    by: User | None = None,
    **examination: Any,
) -> Programme:
    """A programme with version 1 in force, made from a signed assessment.

    The episode's own signed assessment is used, else one with ``examination`` is made. ``at`` puts
    the patient at a stage and a step, counted from 1, as if the sessions before had been held.
    """
    episode = episode or make_episode()
    by = by or episode.opened_by
    if not episode.assessments.signed().exists():
        make_signed_assessment(episode, by=by, **examination)
    issuer = make_user(Role.PRACTICE_LEAD) if protocol else by
    version = programme_actions.issue_proposal(
        episode, on=on, number=1, protocol=protocol, by=issuer
    )
    programme = version.programme
    if at:
        stage, number = at
        programme.current_step = version.steps.get(stage=stage, number=number)
        programme.save(update_fields=["current_step"])
    return programme


@read_once()
def make_session(
    programme: Programme | None = None,
    *,
    form_token: UUID | None = None,
    by: User | None = None,
    **overrides: Any,
) -> Session:
    """A session at the current step on the programme's first day, done in full with little pain."""
    programme = programme or make_programme()
    values: dict[str, Any] = {
        "happened_on": programme.started_on,
        "source": "clinic",
        "completed_pct": 100,
        "pain_before": 2,
        "pain_during": 3,
        "pain_after": 2,
        "stiffness_min": 10,
        "new_warm_or_swollen": False,
        "note": "",
        **overrides,
    }
    return programme_actions.log_session(
        programme, form_token=form_token or uuid4(), by=by or programme.episode.opened_by, **values
    )


def make_practice_exercise(*, by: User | None = None, **said: Any) -> PracticeExercise:
    """An exercise of the practice's own: a single-leg raise under its own name."""
    known = EXERCISES["floor_single_raise"]
    values: dict[str, Any] = {
        "name": "Raises at the tram stop",
        "stage": known.stage,
        "row": known.row,
        "knee": known.knee,
        "contraction": known.contraction,
        "heel_range": known.range,
        "equipment": known.equipment,
        "tempo": known.tempo,
        "instructions": known.instructions,
        "start": known.start,
        "end": known.end,
        "usual": known.usual,
        "regression": known.regression,
        "at_home": known.at_home,
    }
    by = by or make_user(Role.EXERCISE_PHYSIOLOGIST)
    return library_actions.add_exercise(form_token=uuid4(), by=by, **{**values, **said})


@read_once()
def make_template(*, by: User | None = None, name: str = "Calm midportion") -> PlanTemplate:
    """A plan kept as a template: heavy slow resistance, from a version of somebody's."""
    by = by or make_user(Role.EXERCISE_PHYSIOLOGIST)
    version = Version.objects.in_force(make_programme())
    assert version is not None
    return programme_actions.keep_version_as_template(
        version, name=name, note="", form_token=uuid4(), by=by
    )


def make_weight(
    *, kind: str = "plate", kg: str = "5", label: str = "", by: User | None = None
) -> OwnedWeight:
    """A weight the practice owns."""
    by = by or make_user(Role.EXERCISE_PHYSIOLOGIST)
    return library_actions.add_weight(kind=kind, kg=Decimal(kg), label=label, by=by)


@read_once()
def make_handout(
    programme: Programme | None = None,
    *,
    on: date = DAY,
    diary: bool = True,
    next_review: date | None = None,
    by: User | None = None,
) -> Handout:
    """The paper of the current step."""
    programme = programme or make_programme()
    version: Version | None = Version.objects.in_force(programme)
    assert version is not None
    return programme_actions.print_handout(
        version,
        options={"diary": diary, "next_review": next_review.isoformat() if next_review else None},
        form_token=uuid4(),
        today=on,
        by=by or programme.episode.opened_by,
    )
