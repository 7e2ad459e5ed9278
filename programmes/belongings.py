"""Which rows belong to a patient: found by following the relations, so no table is forgotten.

A table belongs when a chain of foreign keys leads from it to the patient. Each has one key by which
its rows are found, its owner: one that can't be empty where there is one, so that no row of another
patient's is ever taken for this one's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, TypeAlias

from django.apps import apps
from django.db import models
from django.db.models import Max, Min
from django.utils.timezone import localdate

from patients.models import AccessLog, Patient, User
from upwell.http import Refused

Model: TypeAlias = type[models.Model]
Rows: TypeAlias = dict[Model, list[int]]

# Days on which the practice did something for the patient. Not among them are the days a patient
# told of (onset, runs, treatments elsewhere) and days to come (a race).
SERVICE_DAYS = {
    "assessments.Assessment": ("examined_on",),
    "assessments.Classification": ("set_on",),
    "assessments.FunctionTest": ("tested_on",),
    "assessments.HeelRaiseTest": ("tested_on",),
    "assessments.OtherScore": ("answered_on",),
    "assessments.VisaA": ("answered_on",),
    "patients.Episode": ("opened_on", "closed_on"),
    "patients.Reopening": ("closed_on", "reopened_on"),
    "programmes.Letter": ("dated_on",),
    "programmes.Move": ("moved_on",),
    "programmes.Programme": ("started_on", "at_step_since"),
    "programmes.Session": ("happened_on",),
}
NO_SERVICE_DAYS = {
    "assessments.Assessment": (
        "onset_on",
        "goal_event_on",
        "fluoroquinolone_last_on",
        "cortisone_last_on",
    ),
    "assessments.LoadEvent": ("happened_on", "until_on"),
    "assessments.Run": ("happened_on", "started_at"),
    "assessments.Treatment": ("since_on", "until_on"),
    "patients.AccessLog": ("at",),
    "patients.Patient": ("date_of_birth",),
    "programmes.NotDone": ("on",),
    "programmes.Unlock": ("since",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """A table whose rows belong to patients, and the foreign key that says to whom."""

    model: Model
    owner: str


def keys(model: Model) -> Iterator[Any]:
    """The foreign keys of a table, one-to-one ones among them."""
    for field in model._meta.concrete_fields:
        if field.is_relation and field.related_model is not None:
            yield field


def _tables() -> list[Model]:
    """Every table of the project that is no history of another."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy and not hasattr(model, "pgh_tracked_model")
    ]


@cache
def belongings() -> tuple[Belonging, ...]:
    """The tables of a patient's record, each after those its keys must point to."""
    found: dict[Model, str] = {Patient: "pk"}
    # First along keys that can't be empty, then along those that can.
    for required in (True, False):
        while True:
            new = {
                model: field.name
                for model in _tables()
                if model not in found
                for field in keys(model)
                if field.related_model in found and field.null is not required
            }
            if not new:
                break
            found |= new
    ordered: list[Model] = []
    while len(ordered) < len(found):
        ordered += [
            model
            for model in found
            if model not in ordered
            and all(
                field.null or field.related_model in (*ordered, model)
                for field in keys(model)
                if field.related_model in found
            )
        ]
    return tuple(Belonging(model=model, owner=found[model]) for model in ordered)


def patient_of_record(number: str) -> Patient:
    """The patient with this record number, as U00042 or 42. Raises ``Refused``."""
    found = re.fullmatch(r"[Uu]?0*(\d{1,18})", number.strip())
    patient = Patient.objects.filter(pk=int(found[1])).first() if found else None
    if patient is None:
        raise Refused("No patient has this record number.")
    return patient


def member_by_email(email: str) -> User:
    """The account with this e-mail address. Raises ``Refused``."""
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        raise Refused("Nobody of the practice has this e-mail address.")
    return user


@cache
def history_of(model: Model) -> Model | None:
    """The table with the history of this one; None where none is kept."""
    for each in apps.get_models(include_auto_created=True):
        if getattr(each, "pgh_tracked_model", None) is model:
            return each
    return None


def rows_of(patient: Patient, *, lock: bool = False) -> Rows:
    """The keys of all rows of one patient, by table, in the order of ``belongings``.

    With ``lock`` nobody else changes or adds to them until the transaction ends.
    """
    rows: Rows = {}
    mine: models.QuerySet[Any]
    for each in belongings():
        if each.model is Patient:
            mine = Patient.objects.filter(pk=patient.pk)
        else:
            owner = next(field for field in keys(each.model) if field.name == each.owner)
            owners = rows[owner.related_model]
            mine = each.model._base_manager.filter(**{f"{each.owner}__in": owners})
        if lock:
            mine = mine.select_for_update()
        rows[each.model] = list(mine.order_by("pk").values_list("pk", flat=True))
    return rows


def service_fields(model: Model) -> tuple[str, ...]:
    """The fields of a table that say when the practice did or wrote something."""
    name = model._meta.label
    moments = [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.DateTimeField)
        and field.name not in NO_SERVICE_DAYS.get(name, ())
    ]
    return (*SERVICE_DAYS.get(name, ()), *moments)


def service_of(rows: Rows) -> tuple[date, date]:
    """The first and the last day on which the practice did or wrote something for this patient."""
    days: list[date] = []
    for model, mine in rows.items():
        asked = {
            f"{name}_{end.__name__}": end(name) for name in service_fields(model) for end in ENDS
        }
        if asked and mine and model is not AccessLog:
            found = model._base_manager.filter(pk__in=mine).aggregate(**asked)
            days += [_day(value) for value in found.values() if value is not None]
    return min(days), max(days)


ENDS = (Min, Max)


def _day(value: Any) -> date:
    return localdate(value) if hasattr(value, "hour") else value
