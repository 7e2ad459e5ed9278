"""Turns the stories of the demo practice into records, by the same actions as the screens."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, assert_never

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.utils import timezone

from assessments import actions as assessing
from assessments.rules.terms import ReportedBy, Stage
from assessments.rules.typed_runs import TypedRun
from assessments.selectors import PAGE_FIELDS, blank, findings, is_bilateral
from assessments.wording import words_in_force
from patients import actions as recording
from patients.in_force import read_once
from patients.models import Episode, Patient, User
from programmes import actions as planning
from programmes.actions.corrections import MORNING, VALUES, known_of, standing_values
from programmes.models import Draft, OwnedWeight, Programme, Session, Version
from programmes.rules.edits import AddRow, SetCells
from programmes.rules.edits import Edit as AnEdit
from programmes.rules.plan import from_flat
from programmes.rules.terms import Outcome
from programmes.selectors.decisions import decision_card
from programmes.selectors.papers import usual_options
from upwell.clock import told_at
from upwell.management.stories import (
    STAFF,
    STORIES,
    WEIGHTS,
    Ask,
    Change,
    Clear,
    Correct,
    Days,
    Discharge,
    Edit,
    Event,
    Examine,
    Log,
    Measure,
    Person,
    Plan,
    Print,
    Score,
    Story,
    Train,
    Weeks,
)

# One for all: it opens invented records on this machine only, and is printed at the start.
DEMO_PASSWORD = "invented-patients-only"
DAYS_A_YEAR = 365.25
NEXT_REVIEW_DAYS = 14
BEGINS = time(8, 0)
_NAMES = uuid.UUID("00000000-0000-4000-8000-00000000de30")

# Fields of the page that hold a day; a story counts them in days before today.
DATED = ("_on", "_since", "_until")

# A page nobody has typed anything into.
EMPTY_PAGE: dict[str, Any] = {
    **{name: blank(name) for name in PAGE_FIELDS},
    "clot_alternative": False,
}


@transaction.atomic
@read_once()
def seed(today: date) -> int:
    """The demo practice as it stands on ``today``; how many patients were added.

    Zero when there are patients already: then nothing is touched.
    """
    with connection.cursor() as cursor:
        # Two commands at once: the second waits here, then finds the patients of the first.
        cursor.execute("LOCK TABLE patients_patient IN SHARE ROW EXCLUSIVE MODE")
    if Patient.objects.exists():
        return 0
    users = _staff()
    _own(users["ep"])
    for number, story in enumerate(STORIES, start=1):
        _tell(story, users, today, number)
    return len(STORIES)


def _staff() -> dict[str, User]:
    """The accounts of the practice by their keys; one that exists stays as it is."""
    users = {}
    for member in STAFF:
        user = User.objects.filter(email=member.email).first()
        if user is None:
            user = User.objects.create_user(
                member.email,
                DEMO_PASSWORD,
                display_name=member.name,
                professional_title=member.title,
                registration_number=member.number,
            )
            user.groups.add(Group.objects.get(name=member.role.value))
        users[member.key] = user
    return users


def _own(by: User) -> None:
    """The weights the practice has: what a row filled by rule is rounded to."""
    for kind, weights in WEIGHTS.items():
        for kg, label in weights:
            planning.add_weight(kind=OwnedWeight.Kind(kind), kg=Decimal(kg), label=label, by=by)


def _tell(story: Story, users: dict[str, User], today: date, number: int) -> None:
    patient = recording.add_patient(
        form_token=uuid.uuid5(_NAMES, f"patient {number}"),
        by=users["reception"],
        **_person(story.person, today),
    )
    for told in story.episodes:
        clinician = users[told.clinician]
        episode = recording.open_episode(
            patient, side=told.side, on=today - timedelta(days=told.opened), by=clinician
        )
        teller = _Teller(
            episode=episode,
            clinician=clinician,
            users=users,
            today=today,
            name=f"{number} {told.side}",
        )
        for event in told.events:
            teller.play(event)


def _person(person: Person, today: date) -> dict[str, Any]:
    return {
        "family_name": person.family,
        "given_name": person.given,
        "date_of_birth": today - timedelta(days=round(person.age * DAYS_A_YEAR)),
        "sex": person.sex,
        "external_id": person.external_id,
        "phone": "",
        "email": "",
        "referrer": person.referrer,
        "language": person.language.value,
        "large_print": person.large_print,
    }


# Everything that happens on one day; ``Weeks`` is many sessions.
OneDay = (
    Examine
    | Clear
    | Plan
    | Train
    | Correct
    | Measure
    | Print
    | Discharge
    | Ask
    | Score
    | Log
    | Change
    | Edit
    | Days
)


@dataclass(slots=True, kw_only=True)
class _Teller:
    """Plays the events of one episode in their order; counts the forms it has sent."""

    episode: Episode
    clinician: User
    users: dict[str, User]
    today: date
    name: str
    forms_sent: int = field(default=0)
    told: int = field(default=0)

    def play(self, event: Event) -> None:
        """Do on the event's day what the screen would do."""
        if isinstance(event, Weeks):
            for session in event.sessions():
                self.play(session)
            return
        with told_at(self._moment(self._date(event.day))):
            self._do(event)

    def _moment(self, day: date) -> datetime:
        """A moment of that day, later than every one before it on the same day."""
        self.told += 1
        start = datetime.combine(day, BEGINS, tzinfo=timezone.get_current_timezone())
        return start + timedelta(minutes=self.told)

    def _do(self, event: OneDay) -> None:
        by = self.users[event.by] if event.by else self.clinician
        match event:
            case Examine():
                self._examine(event, by)
            case Clear():
                lock = self.episode.locks.open().get(flag=event.flag)
                assessing.clear_lock(lock, reason=event.reason, by=by)
            case Plan():
                self._plan(event, by)
            case Train():
                self._train(event, by)
            case Correct():
                self._correct(event, by)
            case Measure():
                assessing.record_function_test(
                    self.episode,
                    form_token=self._form_token(),
                    on=self._date(event.day),
                    by=by,
                    **event.values,
                )
            case Print():
                self._print(event, by)
            case Ask() | Score() | Log() | Change():
                self._note(event, by)
            case Edit():
                self._edit(event, by)
            case Days():
                planning.set_training_days(self.episode, days=event.weekdays)
            case Discharge():
                recording.discharge(
                    self.episode,
                    outcome=event.outcome,
                    note=event.note,
                    on=self._date(event.day),
                    by=by,
                )
            case _:
                assert_never(event)

    def _note(self, event: Ask | Score | Log | Change, by: User) -> None:
        """What is noted outside an examination: scores and the training log."""
        token = self._form_token()
        match event:
            case Ask():
                assessing.record_visa(
                    self.episode,
                    form_token=token,
                    on=self._date(event.day),
                    reported_by=event.reported_by,
                    words=words_in_force(),
                    by=by,
                    **event.values,
                )
            case Score():
                assessing.record_score(
                    self.episode,
                    form_token=token,
                    name=event.name,
                    value=Decimal(event.value),
                    better=event.better,
                    on=self._date(event.day),
                    reported_by=ReportedBy.ROOM,
                    note="",
                    by=by,
                )
            case Log():
                runs = [
                    TypedRun(
                        on=self._date(day),
                        distance_m=round(Decimal(km) * 1000),
                        duration_s=minutes * 60,
                        surface=surface,
                        note="",
                    )
                    for day, km, minutes, surface in event.runs
                ]
                assessing.add_runs(self.episode, runs, form_token=token, by=by)
            case Change():
                values = dict(event.values)
                if "until_on" in values:
                    values["until_on"] = self._date(values["until_on"])
                assessing.add_load_event(
                    self.episode,
                    kind=event.kind,
                    on=self._date(event.changed),
                    form_token=token,
                    by=by,
                    **values,
                )

    def _date(self, days_ago: int) -> date:
        return self.today - timedelta(days=days_ago)

    def _form_token(self) -> uuid.UUID:
        self.forms_sent += 1
        return uuid.uuid5(_NAMES, f"{self.name} {self.forms_sent}")

    def _programme(self) -> Programme:
        return Programme.objects.get(episode=self.episode)

    def _examine(self, event: Examine, by: User) -> None:
        on = self._date(event.day)
        draft = assessing.start_assessment(self.episode, on=on, by=by)
        values = {**EMPTY_PAGE, **event.values, "examined_on": on}
        for name, value in values.items():
            if name != "examined_on" and name.endswith(DATED) and value is not None:
                values[name] = self._date(value)
        draft = assessing.save_draft(draft, values, version=draft.version, by=by)
        if not event.signed:
            return
        found = findings(draft, bilateral=is_bilateral(self.episode))
        suggested = (None, None) if found.emergency else (found.location, found.phase)
        assessing.sign(
            draft,
            location=event.location or suggested[0],
            phase=event.phase or suggested[1],
            reason=event.reason,
            version=draft.version,
            by=by,
        )

    def _plan(self, event: Plan, by: User) -> None:
        programme = Programme.objects.filter(episode=self.episode).first()
        in_force = Version.objects.in_force(programme)
        planning.issue_proposal(
            self.episode,
            on=self._date(event.day),
            number=in_force.number + 1 if in_force else 1,
            protocol=event.protocol,
            note=event.note,
            by=by,
        )

    def _edit(self, event: Edit, by: User) -> None:
        """A draft from the version in force, its cells typed one by one, and issued."""
        on = self._date(event.day)
        version = Version.objects.in_force(self._programme())
        assert version is not None
        draft = planning.begin_draft(self.episode, source=f"version:{version.code}", on=on, by=by)
        for exercise, rung, text in event.cells:
            column = next(each for each in from_flat(draft.plan).columns if each.rung == rung)
            draft = self._row(draft, column.stage, exercise, by)
            row = next(
                each
                for each in from_flat(draft.plan).rows_of(column.stage)
                if each.exercise == exercise
            )
            draft = self._change(draft, SetCells(cells=((row.id, column.id, text),)), by)
        if event.issued:
            planning.issue_draft(draft, known=draft.revision, note=event.note, on=on, by=by)

    def _row(self, draft: Draft, stage: Stage, exercise: str, by: User) -> Draft:
        if any(each.exercise == exercise for each in from_flat(draft.plan).rows_of(stage)):
            return draft
        return self._change(draft, AddRow(stage=stage, exercise=exercise), by)

    def _change(self, draft: Draft, edit: AnEdit, by: User) -> Draft:
        answer = planning.edit_draft(
            draft, edit=edit, known=draft.revision, token=self._form_token(), by=by
        )
        return answer.draft

    def _train(self, event: Train, by: User) -> None:
        felt, on = event.felt, self._date(event.day)
        session = planning.log_session(
            self._programme(),
            form_token=self._form_token(),
            by=by,
            happened_on=on,
            source=event.source,
            completed_pct=felt.done,
            pain_before=felt.before,
            pain_during=felt.during,
            pain_after=felt.after,
            stiffness_min=felt.stiff,
            new_warm_or_swollen=felt.warm,
            note=event.note,
        )
        if felt.morning is None:
            return
        morning = on + timedelta(days=1)
        with told_at(self._moment(morning)):
            planning.record_morning(
                session, pain=felt.morning, stiffness_min=felt.stiff_next, on=morning, by=by
            )
            if event.decided:
                outcome = event.outcome
                if outcome is None:
                    outcome = Outcome(decision_card(session, today=morning).proposal.outcome)
                planning.decide(session, outcome=outcome, reason=event.reason, today=morning, by=by)

    def _correct(self, event: Correct, by: User) -> None:
        session = Session.objects.whole().get(
            programme=self._programme(), happened_on=self._date(event.session)
        )
        stands = standing_values(session)
        planning.correct_session(
            session,
            values={name: stands[name] for name in VALUES} | dict(event.values),
            morning={name: stands[f"morning_{name}"] for name in MORNING},
            strikes=False,
            reason=event.reason,
            known=known_of(session),
            on=self._date(event.day),
            form_token=self._form_token(),
            by=by,
        )

    def _print(self, event: Print, by: User) -> None:
        on = self._date(event.day)
        version = Version.objects.in_force(self._programme())
        assert version is not None
        if event.again:
            paper = version.handouts.order_by("-printed_at").first()
            assert paper is not None
            planning.print_again(paper, form_token=self._form_token(), today=on, by=by)
            return
        review = on + timedelta(days=NEXT_REVIEW_DAYS)
        planning.print_handout(
            version,
            options=usual_options(self.episode.patient, both=True, next_review=review, on=on),
            form_token=self._form_token(),
            today=on,
            by=by,
        )
